-- Properties of journey_pattern; what patterns match is in funnel.sql.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(24);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.20240320);

-- 3,000 patterns, each spelled twice: tight, and with blanks, parentheses and
-- key words in capitals.
CREATE TEMP TABLE spelled AS
SELECT id, tight, loose, tight::journey_pattern AS p, loose::journey_pattern AS q
FROM (
  SELECT i AS id, string_agg(link || step, '' ORDER BY k) || max(clause) AS tight,
         string_agg(replace(replace(link, '->', E' \n->\t'), '=>', ' =>  ') || '( ' || replace(step, '|', ' | ') || ')', ' ' ORDER BY k)
           || upper(max(clause)) || '  ' AS loose
  FROM (
    SELECT i, k, CASE WHEN k = 1 THEN '' WHEN random() < 0.3 THEN '=>' ELSE '->' END AS link,
           (ARRAY['a', 'email/*', '.', 'within', 'from', '"x y"', '"a"', 'a|b', 'b|a|b', 'c*|.|d', '"->"', 'été'])[1 + floor(random() * 12)] AS step
    FROM generate_series(1, 3000) i, generate_series(1, 1 + i % 6) k) s
  JOIN LATERAL (SELECT (ARRAY['', ' within 7 days', ' from first', ' within 1.5 h', ' from first within 90 min'])[1 + i % 5] AS clause) c ON true
  GROUP BY i) t;

SELECT is_empty($$SELECT tight, p FROM spelled WHERE p::text::journey_pattern::text <> p::text$$,
  'the printed form is a fixed point; if not, see jny_pattern_print');
SELECT is_empty($$SELECT tight, loose FROM spelled WHERE p <> q OR p::text <> q::text$$,
  'blanks, parentheses and capitals in key words change nothing');
SELECT is_empty($$SELECT p FROM spelled WHERE journey_pattern_hash(p) <> journey_pattern_hash(q)
    OR journey_pattern_hash_extended(p, id) <> journey_pattern_hash_extended(q, id)$$,
  'equal patterns have equal hashes');
SELECT is_empty($$SELECT a.p, b.p FROM spelled a, spelled b WHERE a.id < 300 AND b.id < 300
    AND ((a.p = b.p) <> (a.p::text = b.p::text) OR (a.p < b.p) <> (a.p::text COLLATE "C" < b.p::text)
         OR journey_pattern_cmp(a.p, b.p) <> -journey_pattern_cmp(b.p, a.p)
         OR (a.p >= b.p) = (a.p < b.p) OR (a.p <= b.p) = (a.p > b.p))$$,
  'equality and order are those of the text');
SET LOCAL enable_hashagg = off;
CREATE TEMP TABLE sorted AS SELECT p, count(*) FROM spelled GROUP BY p;
SET LOCAL enable_hashagg = on;
SET LOCAL enable_sort = off;
CREATE TEMP TABLE hashed AS SELECT q, count(*) FROM spelled GROUP BY q;
SET LOCAL enable_sort = on;
SELECT set_eq('TABLE sorted', 'TABLE hashed', 'GROUP BY by sorting and by hashing');
SELECT is((SELECT count(*) FROM sorted), (SELECT count(DISTINCT p::text) FROM spelled), 'one group for each text');

-- Settings change nothing.
CREATE TEMP TABLE said AS SELECT id, p::text AS said FROM spelled;
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL TimeZone = 'Asia/Kolkata';
SET LOCAL standard_conforming_strings = on;
SELECT is_empty($$SELECT id FROM spelled JOIN said USING (id) WHERE p::text <> said OR tight::journey_pattern::text <> said$$,
  'no setting changes a pattern');
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL TimeZone = 'UTC';

-- Any text is a name, in quotes.
CREATE TEMP TABLE names AS
SELECT DISTINCT n FROM (
  SELECT string_agg((ARRAY['a', 'B', '"', ' ', '->', '=>', '*', '.', '|', '(', E'\n', '-', '>', '7', '/', '@', '[', 'é', '😀', '''', '\', 'within'])
                    [1 + floor(random() * 22)], '') AS n
  FROM generate_series(1, 2000) i, generate_series(1, 1 + i % 5) GROUP BY i) x;
CREATE TEMP TABLE quoted AS SELECT n, ('"' || replace(n, '"', '""') || '"')::journey_pattern AS p FROM names;
SELECT is_empty($$SELECT n, p FROM quoted WHERE pattern_names(p) <> ARRAY[n]$$, 'pattern_names gives back any name');
SELECT is((SELECT count(DISTINCT p) FROM quoted), (SELECT count(*) FROM names), 'different names are different patterns');
SELECT is_empty($$
  SELECT q.n FROM quoted q, (SELECT journey_agg('2024-03-20 10:00+00'::timestamptz, n) AS j FROM names) a WHERE event_count(j, p) <> 1$$,
  'a quoted name matches exactly the event of that name');
SELECT is_empty($$
  SELECT q.n FROM quoted q, (SELECT journey_agg('2024-03-20 10:00+00'::timestamptz, n) AS j FROM names) a
  WHERE event_count(j, (p::text || '*')::journey_pattern) <> (SELECT count(*) FROM names m WHERE starts_with(m.n, q.n))$$,
  'a prefix matches every name that starts so');
SELECT is_empty($$
  SELECT a.p, b.p FROM (SELECT n, p FROM quoted ORDER BY n COLLATE "C" LIMIT 40) a, (SELECT n, p FROM quoted ORDER BY n COLLATE "C" DESC LIMIT 40) b,
    (SELECT journey_agg('2024-03-20 10:00+00'::timestamptz, n) AS j FROM names) s
  WHERE event_count(j, (a.p::text || '|' || b.p::text)::journey_pattern) <> 1 + (a.n <> b.n)::int$$,
  'an alternative matches either');
SELECT is((SELECT event_count(journey_agg('2024-03-20 10:00+00'::timestamptz, n), '.') FROM names), (SELECT count(*) FROM names), '"." matches every event');

-- Durations are those of interval: inclusive at the edge, false behind it.
CREATE TEMP TABLE durations AS
SELECT n || ' ' || u AS d, (n || ' ' || v)::interval AS i
FROM (VALUES ('us', 'microseconds'), ('ms', 'milliseconds'), ('s', 'seconds'), ('second', 'seconds'), ('min', 'minutes'), ('m', 'minutes'),
             ('h', 'hours'), ('hours', 'hours'), ('d', 'days'), ('days', 'days'), ('w', 'weeks'), ('weeks', 'weeks')) x (u, v),
     unnest('{0,1,2,7,90,1000}'::int[]) n
UNION ALL VALUES ('1 day 12 hours', interval '36 hours'), ('1h30m', '90 minutes'), ('0.25 s', '250 milliseconds'), ('1.5 days', '36 hours');
CREATE TEMP TABLE edges AS
SELECT d, e, journey_agg(ts, event) AS j FROM durations, (VALUES (0), (1)) v (e),
  LATERAL (VALUES ('2024-03-20 10:00+00'::timestamptz, 'a'), ('2024-03-20 10:00+00'::timestamptz + i + e * interval '1 us', 'b')) r (ts, event)
GROUP BY d, e;
SELECT is_empty($$SELECT d, e FROM edges WHERE (j @@ ('a -> b within ' || d)::journey_pattern) <> (e = 0)$$,
  'a window is as long as the interval and includes its edge');
SELECT is_empty($$SELECT d FROM durations WHERE substring(('a within ' || d)::journey_pattern::text FROM 'within (.*)')::interval <> i$$,
  'a printed duration is an interval of the same length');

-- The call cache: another pattern in every row, several patterns in one call.
CREATE TEMP TABLE j AS
SELECT c, journey_agg('2024-03-20 10:00+00'::timestamptz + floor(random() * 30) * interval '1 min',
                      (ARRAY['a', 'b', 'c', 'd', 'email/open', 'été'])[1 + floor(random() * 6)]) AS j
FROM generate_series(1, 200) c, generate_series(1, 12) GROUP BY c;
CREATE TEMP TABLE p5 AS SELECT n, p FROM (VALUES (1, 'a -> b'::journey_pattern), (2, 'b -> a'), (3, 'a => .'), (4, 'email/* -> c within 10 min'), (5, 'a|b -> d')) v (n, p);
SELECT is_empty($$
  SELECT c, n, funnel_step(j, p) FROM j, p5
  EXCEPT (SELECT c, 1, funnel_step(j, 'a -> b') FROM j UNION ALL SELECT c, 2, funnel_step(j, 'b -> a') FROM j
          UNION ALL SELECT c, 3, funnel_step(j, 'a => .') FROM j UNION ALL SELECT c, 4, funnel_step(j, 'email/* -> c within 10 min') FROM j
          UNION ALL SELECT c, 5, funnel_step(j, 'a|b -> d') FROM j)$$,
  'a pattern that changes from row to row; if not, see journey_getarg_pattern');
PREPARE steps (journey_pattern) AS SELECT sum(funnel_step(j, $1)) FROM j;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT results_eq($$EXECUTE steps('a -> b')$$, $$SELECT sum(funnel_step(j, 'a -> b')) FROM j$$, 'a prepared statement, first pattern');
SELECT results_eq($$EXECUTE steps('b -> a')$$, $$SELECT sum(funnel_step(j, 'b -> a')) FROM j$$, 'a prepared statement, second pattern');
SELECT throws_ok($$EXECUTE steps('a ->')$$, '22P02', NULL, 'a prepared statement, bad text');
SELECT results_eq($$EXECUTE steps('a -> b')$$, $$SELECT sum(funnel_step(j, 'a -> b')) FROM j$$, 'a prepared statement, after an error');

-- Long patterns are compressed or toasted; they mean the same.
CREATE TEMP TABLE long (p journey_pattern);
ALTER TABLE long ALTER p SET STORAGE external;
INSERT INTO long SELECT ('a -> b|' || string_agg('n' || i, '|'))::journey_pattern FROM generate_series(1, 6000) i;
INSERT INTO long SELECT 'a -> b';
SELECT is_empty($$SELECT c FROM j, long WHERE funnel_step(j, p) <> funnel_step(j, 'a -> b')$$, 'a toasted pattern');
SELECT is((SELECT max(cardinality(pattern_names(p))) FROM long), 6002, 'names of a toasted pattern, linear in their number');

-- NULL.
SELECT ok(pattern_names(NULL) IS NULL AND NULL::text::journey_pattern IS NULL AND (NULL::journey_pattern = 'a') IS NULL, 'NULL gives NULL');

-- Parallel workers read and compare patterns.
CREATE TABLE many_patterns AS SELECT ('a -> b' || i % 7)::journey_pattern AS p FROM generate_series(1, 20000) i;
ANALYZE many_patterns;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT results_eq($$SELECT p::text, count(*) FROM many_patterns WHERE cardinality(pattern_names(p)) = 2 GROUP BY p ORDER BY p$$,
  $$SELECT 'a -> b' || n, 20000 / 7 + (n BETWEEN 1 AND 20000 % 7)::int::bigint FROM generate_series(0, 6) n ORDER BY 1$$, 'in parallel');

SELECT * FROM finish();
ROLLBACK;

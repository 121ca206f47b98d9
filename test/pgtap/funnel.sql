-- Funnels against an exhaustive search in plain SQL, at both grains.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(31);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.5);

-- A coarse clock: most customers have events at equal times, some identical.
CREATE TABLE funnel_raw AS
SELECT i AS id, 1 + floor(random() * 2000)::int AS customer, floor(random() * 100)::int AS bucket,
       '2024-03-30 22:00+00'::timestamptz + floor(random() * 12) * interval '30 minutes' AS ts,
       (ARRAY['a', 'a', 'b', 'b', 'c', 'ab', 'd'])[1 + floor(random() * 7)] AS event,
       (ARRAY['email', 'ads', NULL])[1 + floor(random() * 3)] AS channel,
       (ARRAY[1, 2.5, NULL])[1 + floor(random() * 3)]::float8 AS value
FROM generate_series(1, 14000) i;
CREATE TABLE funnel_ev AS
SELECT *, (row_number() OVER (PARTITION BY customer ORDER BY ts, event COLLATE "C", id) - 1)::int AS pos FROM funnel_raw;
CREATE INDEX ON funnel_ev (customer, pos);
ANALYZE funnel_ev;

-- Patterns of up to three items, and what the oracle makes of them.
CREATE TABLE funnel_pat (pat int, n int, from_first boolean, within interval, r1 text, l2 text, r2 text, l3 text, r3 text, p journey_pattern);
INSERT INTO funnel_pat VALUES
  ( 1, 2, false, NULL, '^a$', '->', '^b$', '->', '!', 'a -> b'),
  ( 2, 3, false, NULL, '^a$', '->', '^b$', '->', '^c$', 'a -> b -> c'),
  ( 3, 2, false, NULL, '^a$', '->', '^a$', '->', '!', 'a -> a'),
  ( 4, 3, false, NULL, '^a$', '->', '^a$', '->', '^b$', 'a -> a -> b'),
  ( 5, 2, false, NULL, '^(a|b)$', '->', '^c$', '->', '!', 'a | b -> c'),
  ( 6, 3, false, NULL, '^a', '->', '^b$', '->', '^a', 'a* -> b -> a*'),
  ( 7, 2, false, NULL, '', '->', '^a$', '->', '!', '. -> a'),
  ( 8, 2, false, NULL, '^a$', '=>', '^b$', '->', '!', 'a => b'),
  ( 9, 3, false, NULL, '^a$', '=>', '^b$', '->', '^c$', 'a => b -> c'),
  (10, 3, false, NULL, '^a$', '->', '^b$', '=>', '^c$', 'a -> b => c'),
  (11, 3, false, NULL, '^a$', '=>', '', '=>', '^b$', 'a => . => b'),
  (12, 3, false, '1 hour', '^a$', '->', '^b$', '->', '^c$', 'a -> b -> c within 1 hour'),
  (13, 2, true, NULL, '^a$', '->', '^b$', '->', '!', 'a -> b from first'),
  (14, 3, true, '2 hours', '^b$', '->', '^a$', '->', '^c$', 'b -> a -> c within 2 hours from first'),
  (15, 1, false, NULL, '^c$', '->', '!', '->', '!', 'c'),
  (16, 2, false, NULL, '^z$', '->', '^a$', '->', '!', 'z -> a'),
  (17, 2, false, NULL, '^a$', '->', '^z$', '->', '!', 'a -> z'),
  (18, 3, false, '0', '^(a|b)$', '->', '^(b|c)$', '->', '^(a|c)$', 'a|b -> b|c -> a|c within 0 s');

-- All attempts there are.
CREATE TABLE funnel_attempt AS
SELECT p.pat, p.n, e1.customer, 1 + (e2.pos IS NOT NULL)::int + (e3.pos IS NOT NULL)::int AS depth,
       ARRAY[e1.ts, e2.ts, e3.ts] AS times, ARRAY[e1.pos, e2.pos, e3.pos] AS places,
       coalesce(e3.ts, e2.ts, e1.ts) AS finish
FROM funnel_pat p
JOIN funnel_ev e1 ON e1.event ~ p.r1 AND (NOT from_first OR e1.pos = (
       SELECT min(f.pos) FROM funnel_ev f WHERE f.customer = e1.customer AND f.event ~ p.r1))
LEFT JOIN funnel_ev e2 ON e2.customer = e1.customer AND e2.event ~ p.r2 AND p.r2 <> '!' AND e2.pos <> e1.pos AND e2.ts >= e1.ts
       AND (p.l2 = '->' OR e2.pos = e1.pos + 1) AND (within IS NULL OR e2.ts <= e1.ts + within)
LEFT JOIN funnel_ev e3 ON e3.customer = e2.customer AND e3.event ~ p.r3 AND p.r3 <> '!' AND e3.pos NOT IN (e1.pos, e2.pos) AND e3.ts >= e2.ts
       AND (p.l3 = '->' OR e3.pos = e2.pos + 1) AND (within IS NULL OR e3.ts <= e1.ts + within);
CREATE INDEX ON funnel_attempt (pat, customer);
ANALYZE funnel_attempt;
SELECT cmp_ok((SELECT count(*) FROM funnel_attempt), '>', 100000::bigint, 'the oracle has something to choose from');

CREATE TABLE funnel_best AS
SELECT p.pat, c.customer, coalesce(b.depth, 0) AS step,
       (coalesce(b.times, ARRAY[NULL, NULL, NULL]::timestamptz[]))[1:p.n] AS times
FROM funnel_pat p CROSS JOIN (SELECT DISTINCT customer FROM funnel_ev) c
LEFT JOIN LATERAL (SELECT * FROM funnel_attempt a WHERE a.pat = p.pat AND a.customer = c.customer
  ORDER BY depth DESC, times[1], finish, times, places LIMIT 1) b ON true;

-- Counting: the complete attempt that finishes earliest, starts latest; then on.
CREATE TABLE funnel_count AS
WITH RECURSIVE whole AS (
  SELECT pat, customer, times[1] AS start, finish, times, places,
         (SELECT min(x) FROM unnest(places) x) AS low, (SELECT max(x) FROM unnest(places) x) AS high
  FROM funnel_attempt WHERE depth = n),
picked AS (
  SELECT p.pat, c.customer, 0 AS k, 0 AS next FROM funnel_pat p CROSS JOIN (SELECT DISTINCT customer FROM funnel_ev) c
  UNION ALL
  SELECT p.pat, p.customer, p.k + 1, w.high + 1
  FROM picked p CROSS JOIN LATERAL (
    SELECT high FROM whole w WHERE w.pat = p.pat AND w.customer = p.customer AND w.low >= p.next
    ORDER BY finish, start DESC, times, places LIMIT 1) w)
SELECT pat, customer, max(k)::bigint AS n FROM picked GROUP BY pat, customer;

CREATE TABLE funnel_j AS
SELECT customer, journey_agg(ts, event) AS j, journey_agg(ts, event, channel, value) AS k FROM funnel_ev GROUP BY customer;

-- Journey grain.
SELECT is_empty($$
  SELECT p.p, customer, funnel_step(j, p.p), b.step FROM funnel_pat p, funnel_j JOIN funnel_best b USING (customer)
  WHERE b.pat = p.pat AND funnel_step(j, p.p) IS DISTINCT FROM b.step$$,
  'funnel_step of a journey is the depth of the best attempt; if not, see src/core/match.c');
SELECT is_empty($$
  SELECT p.p, customer, funnel_times(j, p.p), b.times FROM funnel_pat p, funnel_j JOIN funnel_best b USING (customer)
  WHERE b.pat = p.pat AND funnel_times(j, p.p) IS DISTINCT FROM b.times$$,
  'funnel_times of a journey are those of the best attempt');
SELECT is_empty($$
  SELECT p.p, customer, match_count(j, p.p), c.n FROM funnel_pat p, funnel_j JOIN funnel_count c USING (customer)
  WHERE c.pat = p.pat AND match_count(j, p.p) IS DISTINCT FROM c.n$$,
  'match_count of a journey counts one match behind the other');
SELECT is_empty($$
  SELECT p.p, customer FROM funnel_pat p, funnel_j JOIN funnel_best b USING (customer)
  WHERE b.pat = p.pat AND (journey_match(j, p.p) <> (b.step = p.n) OR j @@ p.p <> (b.step = p.n) OR p.p @@ j <> (b.step = p.n)
                           OR journey_match(j => j, p => p.p) <> (b.step = p.n))$$,
  'journey_match and @@ in both directions tell whether the pattern is complete');
SELECT is_empty($$
  SELECT p.p, customer FROM funnel_pat p, funnel_j
  WHERE journey_match(j, p.p, '2024-03-30 23:30+00') IS DISTINCT FROM journey_match(slice(j, NULL, '2024-03-30 23:30:00.000001+00'), p.p)
     OR journey_match(j, p.p, 'infinity') <> journey_match(j, p.p) OR journey_match(j, p.p, NULL) <> journey_match(j, p.p)
     OR journey_match(j, p.p, '-infinity')$$,
  'journey_match as of a moment sees that moment and what was before');

-- Row grain, in several forms.
CREATE TABLE funnel_rows AS
SELECT p.pat, customer, funnel_step(ts, event, p) AS step, funnel_times(ts, event, p) AS times,
       match_count(ts, event, p) AS n, journey_match(ts, event, p) AS m
FROM funnel_ev, funnel_pat p GROUP BY p.pat, customer;
SELECT is_empty('SELECT pat, customer, step, times FROM funnel_rows EXCEPT SELECT pat, customer, step, times FROM funnel_best',
  'funnel_step and funnel_times over rows; if not, see src/pg/funnel.c');
SELECT is_empty('SELECT pat, customer, n FROM funnel_rows EXCEPT TABLE funnel_count', 'match_count over rows');
SELECT is_empty('SELECT r.* FROM funnel_rows r JOIN funnel_pat p USING (pat) WHERE m <> (step = p.n)', 'journey_match over rows');
SELECT is_empty($$
  SELECT p.pat, customer, funnel_step(ts AT TIME ZONE 'UTC', event, p), funnel_times(ts AT TIME ZONE 'UTC', event, p),
         match_count(ts AT TIME ZONE 'UTC', event, p), journey_match(ts AT TIME ZONE 'UTC', event, p)
  FROM funnel_ev, funnel_pat p GROUP BY p.pat, customer EXCEPT TABLE funnel_rows$$,
  'timestamp is read as UTC');
CREATE TABLE funnel_long AS
SELECT p.pat, customer, funnel_step(ts, event, channel, value, p) AS step, funnel_times(ts, event, channel, value, p) AS times,
       match_count(ts, event, channel, value, p) AS n, journey_match(ts, event, channel, value, p) AS m
FROM funnel_ev, funnel_pat p GROUP BY p.pat, customer;
SELECT is_empty($$
  TABLE funnel_long EXCEPT
  SELECT pat, customer, funnel_step(k, p), funnel_times(k, p), match_count(k, p), k @@ p FROM funnel_j, funnel_pat$$,
  'the long form over rows equals the journey with channels and values');
SELECT is_empty($$
  SELECT p.pat, customer, funnel_step(ts, event, p ORDER BY md5(id::text)), funnel_times(ts, event, p ORDER BY ts DESC, id),
         match_count(ts, event, p ORDER BY id DESC), journey_match(ts, event, p ORDER BY ts, id)
  FROM funnel_ev, funnel_pat p WHERE customer <= 700 GROUP BY p.pat, customer EXCEPT TABLE funnel_rows$$,
  'the order of arrival does not matter');
SELECT is_empty($$
  SELECT pat, customer FROM funnel_pat, (
    SELECT customer, journey_agg(ts, event) FILTER (WHERE event <> 'b') AS j,
           funnel_step(ts, event, 'a -> b') FILTER (WHERE event <> 'b') AS s1,
           funnel_step(DISTINCT ts, CASE event WHEN 'a' THEN 1 WHEN 'b' THEN 2 END, NULL::interval) AS s2,
           journey_agg(DISTINCT ts, event) AS d
    FROM funnel_ev GROUP BY customer) s
  WHERE s1 <> coalesce(funnel_step(j, 'a -> b'), 0) OR s2 <> funnel_step(d, 'a -> b')$$,
  'FILTER and DISTINCT choose the rows');

-- More patterns in one call than it keeps compiled for all groups.
SELECT is_empty($$
  SELECT h, customer, funnel_step(ts, event, format('a -> b -> c within %s hours', h)::journey_pattern)
  FROM funnel_ev, generate_series(0, 149) h WHERE customer <= 30 GROUP BY h, customer
  EXCEPT SELECT h, customer, funnel_step(j, format('a -> b -> c within %s hours', h)::journey_pattern)
  FROM funnel_j, generate_series(0, 149) h WHERE customer <= 30$$,
  '150 patterns in one query, a group each');

-- Numbered steps.
SELECT is_empty($$
  SELECT customer, funnel_step(ts, CASE event WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 END, NULL), max(pat)
  FROM funnel_ev, (VALUES (2)) v (pat) GROUP BY customer EXCEPT SELECT customer, step, pat FROM funnel_best$$,
  'steps numbered by CASE');
SELECT is_empty($$
  SELECT customer, funnel_step(ts AT TIME ZONE 'UTC', CASE event WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 END, '1 hour'), max(pat)
  FROM funnel_ev, (VALUES (12)) v (pat) GROUP BY customer EXCEPT SELECT customer, step, pat FROM funnel_best$$,
  'steps numbered by CASE, within an hour');
SELECT is((SELECT funnel_step(ts, s, '64 s') FROM (SELECT 'epoch'::timestamptz + s * interval '1 s' AS ts, s FROM generate_series(1, 64) s) x),
  64, '64 steps');
SELECT is((SELECT funnel_step(ts, s, '10 s') FROM (SELECT 'epoch'::timestamptz + s * interval '1 s' AS ts, s FROM generate_series(1, 64) s) x),
  11, '64 steps, of which 11 within 10 seconds');

-- Nothing to go on.
SELECT results_eq($$SELECT funnel_step(ts, event, 'a -> b'), funnel_times(ts, event, 'a -> b'), match_count(ts, event, 'a -> b'),
  journey_match(ts, event, 'a -> b') FROM funnel_ev WHERE false$$, $$VALUES (0, NULL::timestamptz[], 0::bigint, false)$$, 'no row');
SELECT results_eq($$SELECT funnel_step(ts, event, 'a -> b'), funnel_times(ts, event, 'a -> b'), match_count(ts, event, 'a -> b'),
  journey_match(ts, event, 'a -> b') FROM (VALUES (NULL::timestamptz, 'a'), (now(), NULL)) v (ts, event)$$,
  $$VALUES (0, ARRAY[NULL, NULL]::timestamptz[], 0::bigint, false)$$, 'no usable row');
SELECT results_eq($$SELECT funnel_step('{}', 'a -> b'), funnel_times('{}', 'a -> b'), match_count('{}', 'a -> b'), journey '{}' @@ 'a -> b'$$,
  $$VALUES (0, ARRAY[NULL, NULL]::timestamptz[], 0::bigint, false)$$, 'the empty journey');

-- Running answers.
SELECT is_empty($$
  SELECT id FROM (
    SELECT id, customer, funnel_step(ts, event, 'a -> b -> c') OVER w AS s, match_count(ts, event, 'a => .') OVER w AS n
    FROM funnel_ev WHERE customer <= 150 WINDOW w AS (PARTITION BY customer ORDER BY md5(id::text))) a
  WHERE (s, n) IS DISTINCT FROM (SELECT (funnel_step(ts, event, 'a -> b -> c'), match_count(ts, event, 'a => .')) FROM funnel_ev b
                                 WHERE b.customer = a.customer AND md5(b.id::text) <= md5(a.id::text))$$,
  'as a window aggregate the answer follows row by row');

-- A spilled hash table.
CREATE FUNCTION pg_temp.plan_of(query text, options text DEFAULT 'COSTS OFF') RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, query) LOOP plan := plan || line || E'\n'; END LOOP;
  RETURN plan;
END $$;
\set query 'SELECT pat, customer, funnel_step(ts, event, p) AS step, funnel_times(ts, event, p) AS times, match_count(ts, event, p) AS n, journey_match(ts, event, p) AS m FROM funnel_ev, funnel_pat WHERE pat IN (2, 9, 12) GROUP BY pat, customer'
SET LOCAL enable_sort = off;
SET LOCAL enable_incremental_sort = off;
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT matches(pg_temp.plan_of(:'query', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Batches: ([2-9]|\d\d)',
  'the next test spills; if not, lower work_mem or make more groups');
CREATE TABLE funnel_spilled AS :query;
SELECT is_empty('TABLE funnel_spilled EXCEPT TABLE funnel_rows', 'a spilled aggregate equals one in memory');
RESET enable_sort; RESET work_mem; RESET hash_mem_multiplier;

-- Splits of the rows.
CREATE TABLE funnel_parts (LIKE funnel_ev) PARTITION BY HASH (id);
SELECT format('CREATE TABLE funnel_parts_%s PARTITION OF funnel_parts FOR VALUES WITH (MODULUS 2, REMAINDER %s)', i, i)
FROM generate_series(0, 1) i \gexec
INSERT INTO funnel_parts TABLE funnel_ev;
ANALYZE funnel_parts;
\set query 'SELECT bucket, funnel_step(ts, event, \'ab -> d -> c within 1 hour from first\') AS step, funnel_times(ts, event, \'ab -> d -> c within 1 hour from first\') AS times, match_count(ts, event, \'a => b\') AS n FROM funnel_parts GROUP BY bucket'
CREATE TABLE funnel_serial AS :query;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL cpu_operator_cost = 0;     -- few partial results beat many rows
SET LOCAL enable_sort = off;
SELECT matches(pg_temp.plan_of(:'query'), 'Partial (Hash|Group)Aggregate', 'the plan is partitionwise; if not, set the planner so');
CREATE TABLE funnel_by_part AS :query;
SELECT is_empty('TABLE funnel_by_part EXCEPT TABLE funnel_serial', 'partitionwise equals serial');
RESET cpu_operator_cost; RESET enable_sort;
SET LOCAL enable_partitionwise_aggregate = off;
ALTER TABLE funnel_parts_0 SET (parallel_workers = 2);
ALTER TABLE funnel_parts_1 SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0.01;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT matches(pg_temp.plan_of(:'query'), 'Finalize (Hash|Group)Aggregate(.|\n)*Gather(.|\n)*Partial (Hash|Group)Aggregate',
  'the plan is parallel; if not, set the planner so');
CREATE TABLE funnel_parallel AS :query;
SELECT is_empty('TABLE funnel_parallel EXCEPT TABLE funnel_serial', 'parallel equals serial');
SET LOCAL max_parallel_workers_per_gather = 0;

-- One customer with a million events.
CREATE TABLE funnel_million AS
SELECT 'epoch'::timestamptz + (i * 7919::bigint % 1000003) * interval '1 s' AS ts, (ARRAY['a', 'b', 'c', 'd'])[1 + i % 4] AS event
FROM generate_series(1, 1000000) i;
CREATE TABLE funnel_million_j AS SELECT journey_agg(ts, event) AS j FROM funnel_million;
SELECT is((SELECT length(j) FROM funnel_million_j), 1000000, 'a journey of a million events');
SELECT results_eq($$
  SELECT funnel_step(ts, event, 'd -> c -> b -> a within 1 minute'), match_count(ts, event, 'a -> b'), match_count(ts, event, 'a => b') FROM funnel_million$$,
  $$SELECT funnel_step(j, 'd -> c -> b -> a within 1 minute'), match_count(j, 'a -> b'), match_count(j, 'a => b') FROM funnel_million_j$$,
  'a million events: both grains agree');
SELECT is((SELECT match_count(j, 'a => b') FROM funnel_million_j),
  (SELECT count(*) FROM (SELECT event, lead(event) OVER (ORDER BY ts) AS next FROM funnel_million) s WHERE event = 'a' AND next = 'b'),
  'a million events: plain SQL agrees');

SELECT * FROM finish();
ROLLBACK;

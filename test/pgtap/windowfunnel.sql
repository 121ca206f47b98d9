-- Funnels over boolean conditions against plain SQL and against the native
-- verbs, and what must not change an answer.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(18);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.25);

-- Few times, so that many are equal; some rows satisfy several conditions, some
-- none, some conditions are NULL.
CREATE TABLE wf_ev AS
SELECT i AS id, i % 2000 AS customer, '2024-03-10 00:00+00'::timestamptz + floor(random() * 9) * interval '1 second' AS ts,
       CASE WHEN random() < 0.9 THEN random() < 0.35 END AS a, random() < 0.3 AS b, CASE WHEN random() < 0.9 THEN random() < 0.3 END AS c
FROM generate_series(1, 16000) i;
-- One event a row.
CREATE TABLE wf_one AS
SELECT i AS id, i % 2000 AS customer, '2024-03-10 00:00+00'::timestamptz + floor(random() * 12) * interval '1 second' AS ts,
       (ARRAY['a', 'b', 'c', 'd', 'x'])[1 + floor(random() * 5)] AS event
FROM generate_series(1, 16000) i;
CREATE INDEX wf_index ON wf_ev (customer);
ANALYZE wf_ev, wf_one;

-- The longest chain a, b, c within 4 seconds, by trying all pairs and triples.
CREATE TABLE wf_best AS
SELECT customer, (max(a::int) > 0)::int AS one,
  coalesce((SELECT max(CASE WHEN z.id IS NOT NULL THEN 3 ELSE 2 END) FROM wf_ev x JOIN wf_ev y USING (customer)
            LEFT JOIN wf_ev z ON z.customer = y.customer AND z.c AND z.ts >= y.ts AND z.ts <= x.ts + interval '4 s'
            WHERE x.customer = e.customer AND x.a AND y.b AND y.ts >= x.ts AND y.ts <= x.ts + interval '4 s'), (max(a::int) > 0)::int, 0) AS plain,
  coalesce((SELECT max(CASE WHEN z.id IS NOT NULL THEN 3 ELSE 2 END) FROM wf_ev x JOIN wf_ev y USING (customer)
            LEFT JOIN wf_ev z ON z.customer = y.customer AND z.c AND z.ts > y.ts AND z.ts <= x.ts + interval '4 s'
            WHERE x.customer = e.customer AND x.a AND y.b AND y.ts > x.ts AND y.ts <= x.ts + interval '4 s'), (max(a::int) > 0)::int, 0) AS increase,
  coalesce((SELECT max(CASE WHEN z.id IS NOT NULL THEN 3 ELSE 2 END) FROM wf_ev x JOIN wf_ev y USING (customer)
            LEFT JOIN wf_ev z ON z.customer = y.customer AND z.c AND z.ts >= y.ts AND z.ts <= x.ts + interval '4 s' AND z.id NOT IN (x.id, y.id)
            WHERE x.customer = e.customer AND x.a AND y.b AND y.ts >= x.ts AND y.ts <= x.ts + interval '4 s' AND y.id <> x.id), (max(a::int) > 0)::int, 0) AS once
FROM wf_ev e GROUP BY customer;
SELECT cmp_ok((SELECT count(*) FROM wf_best WHERE plain > once OR plain > increase), '>', 250::bigint, 'the modes make a difference in this data');

SELECT is_empty($$SELECT customer, windowfunnel(4, 'default', ts, a, b, c) FROM wf_ev GROUP BY 1 EXCEPT SELECT customer, plain FROM wf_best$$,
  'default is the longest chain; if not, see src/core/windowfunnel.c');
SELECT is_empty($$SELECT customer, windowfunnel(4, 'strict_increase', ts, a, b, c) FROM wf_ev GROUP BY 1 EXCEPT SELECT customer, increase FROM wf_best$$,
  'strict_increase is the longest chain of increasing times, ties included, where ClickHouse is too low');
SELECT is_empty($$SELECT customer, windowfunnel(4, 'strict_once', ts, a, b, c) FROM wf_ev GROUP BY 1 EXCEPT SELECT customer, once FROM wf_best$$,
  'strict_once is the longest chain of distinct rows');
SELECT is_empty($$
  SELECT customer, windowfunnel(w, 'default', ts, event = 'a', event = 'b', event = 'c', event = 'd'), windowfunnel(w, 'strict_once', ts, event = 'a', event = 'b', event = 'c', event = 'd')
  FROM wf_one, (VALUES (0), (3), (100)) v (w) GROUP BY customer, w EXCEPT
  SELECT customer, f, f FROM (
    SELECT customer, w, funnel_step(ts, event, CASE w WHEN 0 THEN 'a -> b -> c -> d within 0 s' WHEN 3 THEN 'a -> b -> c -> d within 3 s'
                                                ELSE 'a -> b -> c -> d within 100 s' END::journey_pattern) AS f
    FROM wf_one, (VALUES (0), (3), (100)) v (w) GROUP BY customer, w) s$$,
  'where a row is one event, default is funnel_step');

SELECT is_empty($$
  SELECT customer, windowfunnel(3, 'strict_increase', ts, event = 'a', event = 'b', event = 'c', event = 'd') FROM wf_one GROUP BY 1 EXCEPT
  SELECT customer, funnel_step(ts, event, 'a -> b -> c -> d at distinct times within 3 s') FROM wf_one GROUP BY 1$$,
  'and strict_increase is at distinct times');

-- strict_order: rows without a condition end the attempt; leaving them out is
-- leaving them out.
SELECT is_empty($$
  SELECT customer, windowfunnel(100, 'strict_order', ts, event = 'a', event = 'b') FROM wf_one WHERE event IN ('a', 'b') GROUP BY 1 EXCEPT
  SELECT customer, windowfunnel(100, 'default', ts, event = 'a', event = 'b') FROM wf_one WHERE event IN ('a', 'b') GROUP BY 1$$,
  'two steps and nothing else are in order');
SELECT is_empty($$
  SELECT customer FROM wf_ev GROUP BY 1
  HAVING windowfunnel(4, 'strict_order', ts, a, b, c) > windowfunnel(4, 'strict_order,allow_reentry', ts, a, b, c)
      OR windowfunnel(4, 'strict_order,allow_reentry', ts, a, b, c) > windowfunnel(4, 'default', ts, a, b, c)
      OR windowfunnel(4, 'strict_deduplication', ts, a, b, c) > windowfunnel(4, 'default', ts, a, b, c)
      OR windowfunnel(4, 'strict_increase', ts, a, b, c) > windowfunnel(4, 'strict_once', ts, a, b, c)
      OR windowfunnel(4, 'strict_once,strict_increase', ts, a, b, c) <> windowfunnel(4, 'strict_increase', ts, a, b, c)
      OR windowfunnel(4, 'strict_once', ts, a, b, c) > windowfunnel(4, 'default', ts, a, b, c)$$,
  'a stricter mode never reaches more');

SELECT is_empty($$
  SELECT customer, retention(a, b, c) FROM wf_ev GROUP BY 1 EXCEPT
  SELECT customer, ARRAY[x, x * bool_or(b)::int, x * coalesce(bool_or(c), false)::int]
  FROM (SELECT *, coalesce(bool_or(a) OVER (PARTITION BY customer), false)::int AS x FROM wf_ev) s GROUP BY customer, x$$,
  'retention is bool_or of each, if the first ever held');

DROP INDEX wf_index;

-- Arrival order, split and plan.
CREATE TABLE wf_kept AS
SELECT customer, windowfunnel(4, 'default', ts, a, b, c) AS d, windowfunnel(4, 'strict_order', ts, a, b, c) AS o,
       windowfunnel(4, 'strict_deduplication, strict_once', ts, a, b, c) AS u, windowfunnel(4, 'strict_increase', ts AT TIME ZONE 'UTC', a, b, c) AS i, retention(b, a, c) AS r
FROM wf_ev GROUP BY customer;
\set again 'SELECT customer, windowfunnel(4, \'default\', ts, a, b, c), windowfunnel(4, \'strict_order\', ts, a, b, c), windowfunnel(4, \'strict_deduplication, strict_once\', ts, a, b, c), windowfunnel(4, \'strict_increase\', ts AT TIME ZONE \'UTC\', a, b, c), retention(b, a, c) FROM '
SELECT is_empty(:'again' || '(SELECT * FROM wf_ev ORDER BY md5(id::text)) s GROUP BY customer EXCEPT TABLE wf_kept', 'the order of arrival changes nothing');

CREATE TABLE wf_part (LIKE wf_ev) PARTITION BY HASH (id);
CREATE TABLE wf_part0 PARTITION OF wf_part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE wf_part1 PARTITION OF wf_part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO wf_part SELECT * FROM wf_ev;
ANALYZE wf_part;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
  RETURN plan;
END $$;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL cpu_operator_cost = 0;     -- few partial results beat many rows
SET LOCAL enable_sort = off;
SELECT matches(pg_temp.plan_of(:'again' || 'wf_part GROUP BY customer'), 'Partial (Hash|Group)Aggregate', 'the plan is partitionwise; if not, set the planner so');
SELECT is_empty(:'again' || 'wf_part GROUP BY customer EXCEPT TABLE wf_kept', 'nor do rows split over partitions');
RESET enable_partitionwise_aggregate; RESET cpu_operator_cost; RESET enable_sort;
ALTER TABLE wf_ev SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL cpu_operator_cost = 0.1;   -- so that sharing the transitions pays
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT matches(pg_temp.plan_of(:'again' || 'wf_ev GROUP BY customer'), 'Finalize (Hash|Group)Aggregate(.|\n)*Partial (Hash|Group)Aggregate',
  'the plan aggregates in parallel; if not, set the planner so');
SELECT is_empty(:'again' || 'wf_ev GROUP BY customer EXCEPT TABLE wf_kept', 'nor do parallel workers');
SET LOCAL max_parallel_workers_per_gather = 0;
RESET cpu_operator_cost;

-- As a window function: a growing frame sees what a group of its rows would.
SELECT is_empty($$
  SELECT f FROM (SELECT id, windowfunnel(4, 'strict_once', ts, a, b, c) OVER (PARTITION BY customer ORDER BY id) AS f, customer FROM wf_ev WHERE customer < 100) s
  WHERE f <> (SELECT windowfunnel(4, 'strict_once', ts, a, b, c) FROM wf_ev e WHERE e.customer = s.customer AND e.id <= s.id)$$,
  'a growing window frame');

-- 40 identical steps take 40 rows with strict_once, one without.
SELECT results_eq($$
  SELECT n, windowfunnel(1000, 'strict_once', '2024-03-01'::timestamptz + i * interval '1 s', VARIADIC array_fill(true, ARRAY[40])),
         windowfunnel(1000, 'default', '2024-03-01'::timestamptz + i * interval '1 s', VARIADIC array_fill(true, ARRAY[40]))
  FROM (VALUES (39), (40)) v (n), generate_series(1, n) i GROUP BY n ORDER BY n$$,
  $$VALUES (39, 39, 40), (40, 40, 40)$$, '40 identical steps');

-- 100,000 first steps must not be quadratic.
CREATE TABLE wf_long AS SELECT '2024-03-01'::timestamptz + i * interval '1 s' AS ts, i <= 100000 AS a, i > 100000 AS b FROM generate_series(1, 100001) i;
SET LOCAL statement_timeout = '20s';
SELECT results_eq($$SELECT windowfunnel(1, 'default', ts, a, b), windowfunnel(1, 'strict_once', ts, a, b), windowfunnel(1, 'strict_increase', ts, a, b) FROM wf_long$$,
  $$VALUES (2, 2, 2)$$, '100,000 first steps');
SELECT results_eq($$SELECT windowfunnel(1, 'strict_once', '2024-03-01'::timestamptz, a, b, a) FROM wf_long$$, $$VALUES (3)$$, '100,000 rows of one time');

SELECT * FROM finish();
ROLLBACK;

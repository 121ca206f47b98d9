-- journey_agg over rows: every row once, in canonical order, whatever the plan.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(27);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.5);

-- A coarse clock makes ties, few names make equal rows; one row in 20 is not
-- usable.  Real tables, for parallel plans do not read temporary ones.
CREATE TABLE build_ev AS
SELECT i AS id, 1 + floor(random() * 3000)::int AS customer,
       CASE WHEN random() > 0.03 THEN '2024-03-30 22:00+00'::timestamptz
            + floor(random() * 30) * interval '7 minutes' END AS ts,
       CASE WHEN random() > 0.02 THEN (ARRAY['home', 'Home', 'a -> b', 'cart', 'say "hi"', 'größe', '🛒'])[1 + floor(random() * 7)] END AS event,
       CASE WHEN random() > 0.5 THEN (ARRAY['email', 'ads', ''])[1 + floor(random() * 3)] END AS channel,
       CASE WHEN random() > 0.6 THEN (ARRAY['0', '-0', '1.5', '-20', '1e300']::float8[])[1 + floor(random() * 5)] END AS value
FROM generate_series(1, 30000) i;
ANALYZE build_ev;

CREATE TABLE build_whole AS
SELECT customer, journey_agg(ts, event, channel, value) AS j FROM build_ev GROUP BY customer;

CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
  RETURN plan;
END $$;

-- The rows, as they should come back: '' is no channel and -0 is 0.
CREATE TABLE build_rows AS
SELECT customer, ts, event, nullif(channel, '') AS channel, value + 0.0::float8 AS value
FROM build_ev WHERE ts IS NOT NULL AND event IS NOT NULL;
CREATE TABLE build_back AS
SELECT customer, e.ts, e.event, e.channel, e.value FROM build_whole, events(j) e;
SELECT is_empty('(TABLE build_rows EXCEPT ALL TABLE build_back) UNION ALL (TABLE build_back EXCEPT ALL TABLE build_rows)',
  'every usable row is in the journey as often as in the table; if not, see src/pg/build.c');
SELECT is_empty($$
  SELECT customer, array_agg((e.ts, e.event, e.channel, e.value)::text ORDER BY n) AS path
  FROM build_whole, LATERAL (SELECT *, row_number() OVER () AS n FROM events(j)) e GROUP BY customer
  EXCEPT
  SELECT customer, array_agg((ts, event, channel, value)::text
         ORDER BY ts, event COLLATE "C", channel COLLATE "C" NULLS FIRST, value NULLS FIRST)
  FROM build_rows GROUP BY customer$$,
  'the order is canonical: ts, event, channel, value, the missing first');
SELECT is_empty($$
  SELECT customer FROM build_ev WHERE ts IS NULL OR event IS NULL
  GROUP BY customer HAVING journey_agg(ts, event, channel, value) IS NOT NULL$$,
  'without a usable row the journey is NULL');
SELECT is((SELECT journey_agg(ts, event) FROM build_ev WHERE false), NULL, 'without a row the journey is NULL');
SELECT is_empty($$
  SELECT customer, journey_agg(ts, event)::text, journey_agg(ts, event, channel)::text FROM build_ev GROUP BY customer
  EXCEPT SELECT customer, journey_agg(ts, event, NULL, NULL)::text, journey_agg(ts, event, channel, NULL)::text
  FROM build_ev GROUP BY customer$$,
  'the short forms leave channel and value out');
SELECT is_empty($$
  SELECT customer, journey_agg(ts AT TIME ZONE 'UTC', event, channel, value)::text FROM build_ev GROUP BY customer
  EXCEPT SELECT customer, j::text FROM build_whole$$,
  'timestamp is read as UTC');
SELECT lives_ok($$
  SET LOCAL TimeZone = 'Asia/Kathmandu'; SET LOCAL DateStyle = 'German'; SET LOCAL IntervalStyle = 'sql_standard';
  SET LOCAL extra_float_digits = -10;$$, 'other settings for the next test');
SELECT is_empty($$
  SELECT customer, journey_agg(ts AT TIME ZONE 'UTC', event, channel, value) FROM build_ev GROUP BY customer
  EXCEPT SELECT customer, j FROM build_whole$$,
  'no setting changes a journey');
SET LOCAL TimeZone = 'UTC'; RESET DateStyle; RESET IntervalStyle; RESET extra_float_digits;

-- Arrival order.
SELECT is_empty($$
  SELECT customer, journey_send(journey_agg(ts, event, channel, value ORDER BY md5(id::text))),
         journey_send(journey_agg(ts, event, channel, value ORDER BY ts DESC, id)),
         journey_send(journey_agg(ts, event, channel, value ORDER BY ts, event, id))
  FROM build_ev GROUP BY customer
  EXCEPT SELECT customer, journey_send(j), journey_send(j), journey_send(j) FROM build_whole$$,
  'the same rows give the same bytes in any order of arrival');

-- FILTER and DISTINCT.
SELECT is_empty($$
  SELECT b.customer FROM build_whole b JOIN
    (SELECT customer, journey_agg(ts, event) FILTER (WHERE event <> 'home') AS f,
            journey_agg(DISTINCT ts, event) AS d FROM build_ev GROUP BY customer) s USING (customer)
  WHERE s.f IS DISTINCT FROM (SELECT journey_agg(ts, event) FROM events(b.j) e WHERE event <> 'home')
     OR s.d IS DISTINCT FROM (SELECT journey_agg(ts, event) FROM (SELECT DISTINCT ts, event FROM events(b.j)) e)$$,
  'FILTER and DISTINCT choose the rows');

-- Window frames: the state is asked again and again while it grows.
SELECT is_empty($$
  SELECT a.id FROM (
    SELECT id, customer, journey_agg(ts, event, channel, value) OVER (PARTITION BY customer ORDER BY md5(id::text)) AS j
    FROM build_ev WHERE customer <= 100) a
  WHERE j IS DISTINCT FROM (SELECT journey_agg(ts, event, channel, value) FROM build_ev b
                            WHERE b.customer = a.customer AND md5(b.id::text) <= md5(a.id::text))$$,
  'as a window aggregate the journey grows row by row');
SELECT is_empty($$
  SELECT a.id FROM (
    SELECT id, customer, journey_agg(ts, event) OVER (PARTITION BY customer ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS j,
           lag(id, 2, 0) OVER w AS low, lead(id, 1, id) OVER w AS high
    FROM build_ev WHERE customer <= 100 WINDOW w AS (PARTITION BY customer ORDER BY id)) a
  WHERE j IS DISTINCT FROM (SELECT journey_agg(ts, event) FROM build_ev b
                            WHERE b.customer = a.customer AND b.id BETWEEN a.low AND a.high)$$,
  'moving frames start anew');

-- Grouping sets use one call site with several contexts.
SELECT is_empty($$
  SELECT customer, journey_agg(ts, event, channel, value) FROM build_ev GROUP BY GROUPING SETS ((customer), (customer, event), ())
  HAVING grouping(event) = 1 AND grouping(customer) = 0
  EXCEPT SELECT customer, j FROM build_whole$$,
  'grouping sets');

-- Hash aggregation that spills resets the memory of the states in between.
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
CREATE FUNCTION pg_temp.batches(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE line text; n int := 0;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
    n := greatest(n, substring(line FROM 'Batches: (\d+)')::int);
  END LOOP;
  RETURN n;
END $$;
SELECT cmp_ok(pg_temp.batches('SELECT customer, journey_agg(ts, event, channel, value) FROM build_ev GROUP BY customer'), '>', 1,
  'the next test spills; if not, lower work_mem or make more groups');
SELECT is_empty($$
  SELECT customer, journey_agg(ts, event, channel, value) FROM build_ev GROUP BY customer EXCEPT TABLE build_whole$$,
  'a spilled aggregate equals one in memory');
RESET enable_sort; RESET work_mem; RESET hash_mem_multiplier;

-- Splits: hash partitions split the groups at random, workers by blocks.
CREATE TABLE build_parts (LIKE build_ev) PARTITION BY HASH (id);
SELECT format('CREATE TABLE build_parts_%s PARTITION OF build_parts FOR VALUES WITH (MODULUS 3, REMAINDER %s) WITH (parallel_workers = 2)', i, i)
FROM generate_series(0, 2) i \gexec
INSERT INTO build_parts TABLE build_ev;
ANALYZE build_parts;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL cpu_operator_cost = 0;     -- few partial results beat many rows
\set query 'SELECT customer, journey_agg(ts, event, channel, value) AS j FROM build_parts GROUP BY customer'
SELECT matches(pg_temp.plan_of(:'query'), 'Partial (Hash|Group)Aggregate', 'the plan is partitionwise; if not, set the planner so');
CREATE TABLE build_by_part AS :query;
SELECT is_empty('(TABLE build_by_part EXCEPT TABLE build_whole) UNION ALL (TABLE build_whole EXCEPT TABLE build_by_part)',
  'partitionwise equals serial');
RESET cpu_operator_cost;

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT matches(pg_temp.plan_of(:'query'), 'Gather', 'the plan is parallel and partitionwise; if not, set the planner so');
CREATE TABLE build_both AS :query;
SELECT is_empty('(TABLE build_both EXCEPT TABLE build_whole) UNION ALL (TABLE build_whole EXCEPT TABLE build_both)',
  'parallel and partitionwise equals serial');

SET LOCAL enable_partitionwise_aggregate = off;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL cpu_operator_cost = 0.1;   -- so that sharing the transitions pays
\set query 'SELECT customer, journey_agg(ts, event, channel, value) AS j FROM build_ev GROUP BY customer'
ALTER TABLE build_ev SET (parallel_workers = 2);
SELECT matches(pg_temp.plan_of(:'query'), 'Finalize (Hash|Group)Aggregate(.|\n)*Partial (Hash|Group)Aggregate',
  'the plan is parallel; if not, set the planner so');
CREATE TABLE build_parallel AS :query;
SELECT is_empty($$SELECT customer, journey_send(j) FROM build_parallel EXCEPT SELECT customer, journey_send(j) FROM build_whole$$,
  'parallel equals serial, byte for byte');
CREATE TABLE build_one AS SELECT journey_agg(ts, event, channel, value) AS j FROM build_ev;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is((SELECT journey_send(j) FROM build_one), (SELECT journey_send(journey_agg(ts, event, channel, value)) FROM build_ev),
  'one group over all workers equals serial');

-- More names than a call site shares: 65,536.
SELECT is_empty($$
  SELECT c, path_sequence(journey_agg('epoch'::timestamptz + i * interval '1 day', 'n' || i / 2)), count(*)
  FROM generate_series(1, 140000) i, LATERAL (SELECT i % 1999 AS c) s GROUP BY c
  EXCEPT
  SELECT c, array_agg('n' || i / 2 ORDER BY i), count(*)
  FROM generate_series(1, 140000) i, LATERAL (SELECT i % 1999 AS c) s GROUP BY c$$,
  'groups that have more than 65,536 names between them');
SELECT throws_ok($$
  SELECT journey_agg(now(), 'n' || i) FROM generate_series(1, 65537) i$$, '54000', NULL,
  'one journey has at most 65,536 names');
SELECT is((SELECT length(journey_agg(now(), 'n' || i)) FROM generate_series(1, 65536) i), 65536, '65,536 are fine');

-- Contract of every aggregate that builds, merges, or asks.
SELECT is_empty($$
  SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid
  JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'journey'
  WHERE p.proname IN ('journey_agg', 'funnel_step', 'funnel_times', 'match_count', 'journey_match',
                      'time_to_convert', 'days_to_convert', 'time_to_first', 'days_to_first')
    AND (p.proparallel <> 's' OR p.provolatile <> 'i' OR a.aggcombinefn = 0 OR a.aggserialfn = 0 OR a.aggdeserialfn = 0
         OR a.aggtransspace = 0 OR a.aggfinalmodify <> 'r' OR a.aggtranstype <> 'internal'::regtype
         OR obj_description(p.oid, 'pg_proc') IS NULL)$$,
  'every aggregate can combine, travel, share its state, and is described; if not, complete it in sql/');
SELECT is_empty($$
  SELECT p.oid::regprocedure FROM pg_proc p WHERE 'internal'::regtype = ANY (p.proargtypes)
  AND p.proname ~ '^(journey_agg|journey_merge|funnel)_(trans|combine|serial)$' AND p.proisstrict AND p.proname !~ 'serial'$$,
  'transition and combine functions see NULL');

SELECT * FROM finish();
ROLLBACK;

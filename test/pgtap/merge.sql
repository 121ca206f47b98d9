-- Merging journeys: multiset union with multiplicity = max.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(26);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.25);

CREATE TABLE merge_ev AS
SELECT i AS id, 1 + floor(random() * 2000)::int AS customer,
       '2024-03-30 22:00+00'::timestamptz + floor(random() * 40) * interval '7 minutes' AS ts,
       (ARRAY['home', 'cart', 'buy', 'größe'])[1 + floor(random() * 4)] AS event,
       CASE WHEN random() > 0.5 THEN (ARRAY['email', 'ads'])[1 + floor(random() * 2)] END AS channel,
       CASE WHEN random() > 0.7 THEN floor(random() * 3) END AS value
FROM generate_series(1, 30000) i;
CREATE TABLE merge_whole AS
SELECT customer, journey_agg(ts, event, channel, value) AS j FROM merge_ev GROUP BY customer;

-- Three journeys a customer, of which some are NULL and some are empty.
CREATE TABLE merge_abc AS
SELECT w.customer, a.j AS a, b.j AS b, CASE WHEN w.customer % 50 = 0 THEN '{}'::journey ELSE c.j END AS c
FROM merge_whole w
LEFT JOIN (SELECT customer, journey_agg(ts, event, channel, value) AS j FROM merge_ev WHERE id % 3 <= 1 GROUP BY 1) a USING (customer)
LEFT JOIN (SELECT customer, journey_agg(ts, event, channel) AS j FROM merge_ev WHERE id % 5 <= 2 AND customer % 20 <> 0 GROUP BY 1) b USING (customer)
LEFT JOIN (SELECT customer, journey_agg(ts, event, channel, value) AS j FROM merge_ev WHERE id % 2 = 0 GROUP BY 1) c USING (customer);

-- The oracle: each distinct event as often as the richer side has it.
CREATE FUNCTION pg_temp.merged(a journey, b journey) RETURNS journey LANGUAGE sql AS $$
  SELECT journey_agg(ts, event, channel, value) FROM (
    SELECT coalesce(x.ts, y.ts) AS ts, coalesce(x.event, y.event) AS event,
           coalesce(x.channel, y.channel) AS channel, coalesce(x.value, y.value) AS value,
           generate_series(1, greatest(coalesce(x.n, 0), coalesce(y.n, 0)))
    FROM (SELECT ts, event, channel, value, (ts, event, channel, value)::text AS k, count(*) AS n FROM events(a) GROUP BY 1, 2, 3, 4) x
    FULL JOIN (SELECT ts, event, channel, value, (ts, event, channel, value)::text AS k, count(*) AS n FROM events(b) GROUP BY 1, 2, 3, 4) y
      USING (k)) s
$$;
SELECT is_empty($$
  SELECT customer FROM merge_abc WHERE a IS NOT NULL AND b IS NOT NULL AND journey_merge(a, b) IS DISTINCT FROM pg_temp.merged(a, b)$$,
  'journey_merge takes each event as often as the richer side; if not, see src/core/path.c');
SELECT is_empty('SELECT customer FROM merge_abc WHERE a || b IS DISTINCT FROM journey_merge(a, b)', '|| is journey_merge');
SELECT is_empty('SELECT customer FROM merge_abc WHERE journey_send(a || b) IS DISTINCT FROM journey_send(b || a)', 'commutative');
SELECT is_empty('SELECT customer FROM merge_abc WHERE journey_send((a || b) || c) IS DISTINCT FROM journey_send(a || (b || c))', 'associative');
SELECT is_empty('SELECT customer FROM merge_abc WHERE journey_send(a || a) IS DISTINCT FROM journey_send(a)', 'idempotent');
SELECT is_empty($$
  SELECT customer FROM merge_abc WHERE journey_send((a || b) || b) IS DISTINCT FROM journey_send(a || b)$$, 'a batch merged twice changes nothing');
SELECT is_empty($$
  SELECT customer FROM merge_abc WHERE a || NULL IS DISTINCT FROM a OR NULL || a IS DISTINCT FROM a$$, 'NULL is no journey yet');
SELECT is(NULL::journey || NULL::journey, NULL, 'NULL merged with NULL is NULL');
SELECT is_empty($$SELECT customer FROM merge_abc WHERE a IS NOT NULL AND a || '{}' IS DISTINCT FROM a$$, 'the empty journey adds nothing');

-- journey_agg over journeys.
SELECT is_empty($$
  SELECT customer FROM merge_abc WHERE (SELECT journey_agg(x) FROM unnest(ARRAY[a, b, c, a]) x) IS DISTINCT FROM a || b || c$$,
  'journey_agg over journeys merges one by one');
SELECT is((SELECT journey_agg(j) FROM merge_whole WHERE false), NULL, 'no journey: NULL');
SELECT is((SELECT journey_agg(x) FROM unnest(ARRAY[NULL, NULL]::journey[]) x), NULL, 'only NULL: NULL');
SELECT is((SELECT journey_agg(x) FROM unnest(ARRAY['{}', NULL]::journey[]) x), '{}'::journey, 'an empty journey is one');

-- Random segments of time that overlap, identical rows kept together: each
-- distinct event is in one to three segments with all its rows.
CREATE TABLE merge_segments AS
SELECT e.customer, s AS segment, journey_agg(ts, event, channel, value) AS j
FROM merge_ev e, generate_series(1, 9) s
WHERE (('x' || substr(md5((customer, ts, event, channel, value)::text), 1, 4))::bit(16)::int + s) % 9 < 3
  OR ('x' || substr(md5((customer, ts, event, channel, value)::text), 5, 4))::bit(16)::int % 9 + 1 = s
GROUP BY 1, 2;
SELECT is_empty($$
  SELECT customer, journey_agg(j ORDER BY md5(segment::text)) FROM merge_segments GROUP BY customer EXCEPT TABLE merge_whole$$,
  'overlapping segments merge to the whole; if not, see src/pg/merge.c');
SELECT is_empty($$
  SELECT customer, journey_agg(j) FROM (TABLE merge_segments UNION ALL TABLE merge_segments) s GROUP BY customer EXCEPT TABLE merge_whole$$,
  'all of them loaded twice change nothing');
SELECT is_empty($$
  SELECT s.customer, s.segment FROM
   (SELECT customer, segment, journey_agg(j) OVER (PARTITION BY customer ORDER BY segment) AS j FROM merge_segments WHERE customer <= 200) s
  WHERE j <> (SELECT journey_agg(m.j) FROM merge_segments m WHERE m.customer = s.customer AND m.segment <= s.segment)$$,
  'as a window aggregate the journey grows segment by segment');

-- Segments that follow each other are put together byte by byte, in whatever
-- order they come.
CREATE TABLE merge_follow AS
SELECT customer, n AS segment, slice(j, from_ts, from_ts + interval '41 min') AS j
FROM merge_whole, generate_series(0, 6) n, LATERAL (SELECT '2024-03-30 22:00+00'::timestamptz + n * interval '41 min' AS from_ts) f;
SELECT is_empty($$
  SELECT customer, journey_send(journey_agg(j ORDER BY segment)) FROM merge_follow GROUP BY customer
  EXCEPT SELECT customer, journey_send(j) FROM merge_whole$$,
  'segments in order of time give the whole; if not, see src/core/append.c');
SELECT is_empty($$
  SELECT customer, journey_send(journey_agg(j ORDER BY segment DESC)) FROM merge_follow GROUP BY customer
  EXCEPT SELECT customer, journey_send(j) FROM merge_whole$$, 'the latest first as well');
SELECT is_empty($$
  SELECT customer, journey_send(journey_agg(j ORDER BY md5(segment || '.' || customer))) FROM merge_follow GROUP BY customer
  EXCEPT SELECT customer, journey_send(j) FROM merge_whole$$, 'and in any order');
SELECT is_empty($$
  SELECT customer, cut FROM merge_whole, generate_series('2024-03-30 22:00+00'::timestamptz, '2024-03-31 03:00+00', '11 min') cut
  WHERE journey_send(slice(j, NULL, cut) || slice(j, cut, NULL)) IS DISTINCT FROM journey_send(j)
     OR journey_send(slice(j, cut, NULL) || slice(j, NULL, cut)) IS DISTINCT FROM journey_send(j)$$,
  'the parts before and from any moment on are the whole again');
SELECT is_empty($$
  SELECT journey_agg(j ORDER BY n) FROM (
    SELECT n, journey_agg('epoch'::timestamptz + (n * 200 + i) * interval '1 s', 'e' || i % 10) AS j
    FROM generate_series(1, 200) n, generate_series(1, 200) i GROUP BY n) s
  EXCEPT SELECT journey_agg('epoch'::timestamptz + (n * 200 + i) * interval '1 s', 'e' || i % 10)
    FROM generate_series(1, 200) n, generate_series(1, 200) i$$,
  'long ones, too: 200 segments of 200 events');

-- Splits of the segments.
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
  RETURN plan;
END $$;
CREATE TABLE merge_parts (LIKE merge_segments) PARTITION BY HASH (segment);
SELECT format('CREATE TABLE merge_parts_%s PARTITION OF merge_parts FOR VALUES WITH (MODULUS 3, REMAINDER %s) WITH (parallel_workers = 2)', i, i)
FROM generate_series(0, 2) i \gexec
INSERT INTO merge_parts TABLE merge_segments;
ANALYZE merge_parts;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL cpu_operator_cost = 0;     -- few partial results beat many rows
\set query 'SELECT customer, journey_agg(j) AS j FROM merge_parts GROUP BY customer'
SELECT matches(pg_temp.plan_of(:'query'), 'Partial (Hash|Group)Aggregate', 'the plan is partitionwise; if not, set the planner so');
CREATE TABLE merge_by_part AS :query;
SELECT is_empty('TABLE merge_by_part EXCEPT TABLE merge_whole', 'partitionwise equals serial');
RESET cpu_operator_cost;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT matches(pg_temp.plan_of(:'query'), 'Gather', 'the plan is parallel; if not, set the planner so');
CREATE TABLE merge_parallel AS :query;
SELECT is_empty('SELECT customer, journey_send(j) FROM merge_parallel EXCEPT SELECT customer, journey_send(j) FROM merge_whole',
  'parallel equals serial, byte for byte');

-- Late events, one journey each: O(n log k), so this takes a moment only.
SELECT is(
  (SELECT length(journey_agg(j)) FROM (SELECT journey_agg('epoch'::timestamptz + (i * 7919 % 100003) * interval '1 s', 'e' || i % 10) AS j
                                       FROM generate_series(1, 100000) i GROUP BY i) s), 100000,
  '100,000 journeys of one event each become one');

SELECT * FROM finish();
ROLLBACK;

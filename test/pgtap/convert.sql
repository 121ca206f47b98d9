-- Times to convert against an exhaustive search in plain SQL, at both grains.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(17);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.125);

-- Two worlds: one with many equal times, one without any.  Some customers have
-- days between their events, and some events come before the epoch.
CREATE TABLE convert_raw AS
SELECT i AS id, 1 + floor(random() * 3000)::int AS customer, floor(random() * 500)::int AS bucket,
       CASE WHEN i % 2 = 0 THEN '1999-12-30 22:00+00'::timestamptz + floor(random() * 10) * interval '9 hours'
            ELSE '1999-12-25 00:00+00'::timestamptz + random() * interval '12 days' + i * interval '1 us' END AS ts,
       (ARRAY['visit', 'visit', 'signup', 'buy', 'refund'])[1 + floor(random() * 5)] AS event,
       (ARRAY['email', 'ads', NULL])[1 + floor(random() * 3)] AS channel,
       CASE WHEN random() > 0.5 THEN random() * 100 END AS value
FROM generate_series(1, 24000) i;
CREATE TABLE convert_ev AS
SELECT *, (row_number() OVER (PARTITION BY customer ORDER BY ts, event COLLATE "C", id) - 1)::int AS pos FROM convert_raw;
CREATE INDEX ON convert_ev (customer, event, ts);
ANALYZE convert_ev;
CREATE TABLE convert_j AS
SELECT customer, journey_agg(ts, event) AS j, min(ts) AS first,
       min(ts) FILTER (WHERE event = 'buy') AS first_buy, max(ts) FILTER (WHERE event = 'buy') AS last_buy
FROM convert_ev GROUP BY customer;

-- visit -> signup -> buy within 3 days: the earliest start that can be
-- completed in time, and from there the earliest finish.
CREATE TABLE convert_best AS
SELECT customer, start, finish FROM convert_j LEFT JOIN LATERAL (
  SELECT v.ts AS start, b.ts AS finish FROM convert_ev v, convert_ev s, convert_ev b
  WHERE v.customer = convert_j.customer AND s.customer = v.customer AND b.customer = v.customer
    AND v.event = 'visit' AND s.event = 'signup' AND b.event = 'buy'
    AND s.ts >= v.ts AND b.ts >= s.ts AND b.ts <= v.ts + interval '72 hours'
  ORDER BY 1, 2 LIMIT 1) a ON true;
SELECT cmp_ok((SELECT count(finish) FROM convert_best), '>', 500::bigint, 'the oracle knows who converted');
\set p '\'visit -> signup -> buy within 3 days\''

SELECT is_empty(format($$
  SELECT customer, time_to_convert(j, %L), days_to_convert(j, %1$L) FROM convert_j EXCEPT
  SELECT customer, finish - start, (extract(epoch FROM finish - start) * 1000000)::float8 / 86400000000 FROM convert_best$$, :p),
  'time_to_convert and days_to_convert of a journey; if not, see src/pg/convert.c');
SELECT is_empty(format($$
  SELECT customer, time_to_convert(ts, event, %L), days_to_convert(ts, event, %1$L) FROM convert_ev GROUP BY customer EXCEPT
  SELECT customer, finish - start, (extract(epoch FROM finish - start) * 1000000)::float8 / 86400000000 FROM convert_best$$, :p),
  'time_to_convert and days_to_convert over rows');
SELECT is_empty(format($$
  SELECT customer, time_to_convert(ts, event, channel, value, %L), days_to_convert(ts AT TIME ZONE 'UTC', event, %1$L),
         time_to_convert(ts AT TIME ZONE 'UTC', event, channel, value, %1$L), days_to_convert(ts, event, channel, value, %1$L)
  FROM convert_ev GROUP BY customer EXCEPT
  SELECT customer, t, d, t, d FROM (SELECT customer, time_to_convert(j, %1$L) AS t, days_to_convert(j, %1$L) AS d FROM convert_j) s$$, :p),
  'the other forms over rows');
SELECT is_empty(format($$
  SELECT customer FROM convert_j WHERE (time_to_convert(j, %L) IS NOT NULL) <> (j @@ %1$L)
    OR time_to_convert(j, %1$L) IS DISTINCT FROM (funnel_times(j, %1$L))[3] - (funnel_times(j, %1$L))[1]$$, :p),
  'time_to_convert is the last less the first of funnel_times');
SELECT is_empty($$
  SELECT customer FROM convert_j WHERE extract(epoch FROM time_to_convert(j, 'visit -> buy')) / 86400 <> days_to_convert(j, 'visit -> buy')::numeric
    AND abs(extract(epoch FROM time_to_convert(j, 'visit -> buy')) / 86400 - days_to_convert(j, 'visit -> buy')::numeric) > 1e-9
    OR abs(extract(hour FROM time_to_convert(j, 'visit -> buy'))) >= 24$$,
  'intervals have days split off');

-- First contact to the first purchase.
SELECT is_empty($$
  SELECT customer, time_to_first(j, 'buy'), days_to_first(j, 'buy') FROM convert_j EXCEPT
  SELECT customer, first_buy - first, (extract(epoch FROM first_buy - first) * 1000000)::float8 / 86400000000 FROM convert_j$$,
  'time_to_first and days_to_first of a journey');
SELECT is_empty($$
  SELECT customer, time_to_first(ts, event, 'buy'), days_to_first(ts, event, 'buy'), time_to_first(ts, event, channel, value, 'buy'),
         days_to_first(ts, event, channel, value, 'buy') FROM convert_ev GROUP BY customer EXCEPT
  SELECT customer, t, d, t, d FROM (SELECT customer, time_to_first(j, 'buy') AS t, days_to_first(j, 'buy') AS d FROM convert_j) s$$,
  'time_to_first and days_to_first over rows');
SELECT is_empty($$
  SELECT customer, time_to_first(ts AT TIME ZONE 'UTC', event, 'refund | buy') FROM convert_ev GROUP BY customer EXCEPT
  SELECT customer, min(ts) FILTER (WHERE event IN ('buy', 'refund')) - min(ts) FROM convert_ev GROUP BY customer$$,
  'alternatives are one step');

-- First and last time.
SELECT is_empty($$
  SELECT customer, first_time(j, 'buy'), last_time(j, 'buy') FROM convert_j EXCEPT SELECT customer, first_buy, last_buy FROM convert_j$$,
  'first_time and last_time of one step are min and max');
CREATE TABLE convert_count AS
WITH RECURSIVE whole (customer, start, finish, low, high) AS (
  SELECT v.customer, v.ts, b.ts, least(v.pos, b.pos), greatest(v.pos, b.pos), v.pos, b.pos FROM convert_ev v, convert_ev b
  WHERE v.customer = b.customer AND v.event = 'visit' AND b.event = 'buy' AND b.ts >= v.ts AND b.ts <= v.ts + interval '1 day'),
picked AS (
  SELECT customer, 0 AS k, 0 AS next, NULL::timestamptz AS at FROM convert_j
  UNION ALL
  SELECT p.customer, p.k + 1, w.high + 1, w.finish FROM picked p CROSS JOIN LATERAL (
    SELECT * FROM whole w (customer, start, finish, low, high, p1, p2) WHERE w.customer = p.customer AND w.low >= p.next
    ORDER BY finish, start DESC, p1, p2 LIMIT 1) w)
SELECT customer, max(k)::bigint AS n, min(at) AS first, max(at) AS last FROM picked GROUP BY customer;
SELECT is_empty($$
  SELECT customer, match_count(j, 'visit -> buy within 1 day'), first_time(j, 'visit -> buy within 1 day'), last_time(j, 'visit -> buy within 1 day')
  FROM convert_j EXCEPT TABLE convert_count$$,
  'first_time and last_time are those of the first and the last match that is counted');

-- Nothing to go on.
SELECT results_eq($$SELECT time_to_convert('{}', 'a -> b'), days_to_convert('{}', 'a -> b'), time_to_first('{}', 'a'), days_to_first('{}', 'a'),
  first_time('{}', 'a'), last_time('{}', 'a -> b')$$,
  $$VALUES (NULL::interval, NULL::float8, NULL::interval, NULL::float8, NULL::timestamptz, NULL::timestamptz)$$, 'the empty journey');
SELECT results_eq($$SELECT time_to_convert(ts, event, 'a -> b'), days_to_first(ts, event, 'a') FROM convert_ev WHERE false$$,
  $$VALUES (NULL::interval, NULL::float8)$$, 'no row');
SELECT results_eq($$SELECT time_to_convert(ts, event, 'a -> b'), days_to_first(ts, event, 'a') FROM (VALUES (NULL::timestamptz, 'a')) v (ts, event)$$,
  $$VALUES (NULL::interval, NULL::float8)$$, 'no usable row');

-- The customer's first event survives what the pattern drops, also in splits.
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0.01;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
ALTER TABLE convert_ev SET (parallel_workers = 2);
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
  RETURN plan;
END $$;
\set query 'SELECT bucket, time_to_first(ts, event, \'buy\') AS t, time_to_convert(ts, event, \'visit -> signup -> buy within 3 days\') AS c FROM convert_ev GROUP BY bucket'
SELECT matches(pg_temp.plan_of(:'query'), 'Finalize (Hash|Group)Aggregate(.|\n)*Gather(.|\n)*Partial (Hash|Group)Aggregate',
  'the plan is parallel; if not, set the planner so');
CREATE TABLE convert_parallel AS :query;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is_empty(format($$
  TABLE convert_parallel EXCEPT
  SELECT bucket, time_to_first(j, 'buy'), time_to_convert(j, %L)
  FROM (SELECT bucket, journey_agg(ts, event) AS j FROM convert_ev GROUP BY bucket) s$$, :p),
  'parallel equals serial');
SELECT is_empty($$
  SELECT id FROM (
    SELECT id, customer, time_to_first(ts, event, 'buy') OVER w AS f, days_to_convert(ts, event, 'visit -> buy') OVER w AS c
    FROM convert_ev WHERE customer <= 150 WINDOW w AS (PARTITION BY customer ORDER BY md5(id::text))) a
  WHERE (f, c) IS DISTINCT FROM (SELECT (time_to_first(ts, event, 'buy'), days_to_convert(ts, event, 'visit -> buy')) FROM convert_ev b
                                 WHERE b.customer = a.customer AND md5(b.id::text) <= md5(a.id::text))$$,
  'as a window aggregate the answer follows row by row');

SELECT * FROM finish();
ROLLBACK;

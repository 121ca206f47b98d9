\set ECHO none
\set QUIET 1
-- journey_match over rows as of a moment: against plain SQL over the rows, and
-- against the journey.
BEGIN;
SELECT plan(13);
SET LOCAL TimeZone = 'Asia/Tokyo';

CREATE FUNCTION pick(c integer, i integer, k text, m integer) RETURNS integer
LANGUAGE SQL IMMUTABLE AS
$$ SELECT ((('x' || substr(md5(c || '/' || i || '/' || k), 1, 8))::bit(32)::bigint) % m)::integer $$;

CREATE TABLE ev AS
SELECT c, i, timestamptz '2024-01-01 00:00:00+00' + pick(c, i, 'ts', 10) * interval '30 minutes' AS ts,
	(ARRAY['cart', 'purchase', 'visit', 'mail'])[1 + pick(c, i, 'event', 4)] AS event,
	(ARRAY[NULL, 'web', 'store'])[1 + pick(c, i, 'channel', 3)] AS channel,
	(ARRAY[NULL, 5, 50])[1 + pick(c, i, 'value', 3)]::float8 AS value
FROM generate_series(1, 200) c, generate_series(1, 7) i
WHERE i <= 1 + pick(c, 0, 'n', 7);
ANALYZE ev;
-- every moment at which an answer may change, and the microseconds around it
CREATE TABLE moment AS
SELECT timestamptz '2024-01-01 00:00:00+00' + k * interval '30 minutes' + u * interval '1 us' AS t
FROM generate_series(-1, 14) k, generate_series(-1, 1) u;

CREATE TABLE got AS
SELECT c, t,
	journey_match(ts, event, 'cart then no purchase for 1 hour', t) AS left_cart,
	journey_match(ts, event, 'visit -> cart within 1 hour', t) AS visit_cart,
	journey_match(ts, event, channel, value, 'purchase@store[value > 10] then no visit for 2 hours', t) AS gone,
	journey_match(ts, event, '. $', t) AS any_last,
	journey_match(ts, event, 'mail => .', t) AS mail_next
FROM ev, moment GROUP BY c, t;

SELECT is_empty(
	$$ SELECT c, t FROM got WHERE left_cart IS DISTINCT FROM EXISTS (
	   SELECT FROM ev a WHERE a.c = got.c AND a.event = 'cart' AND a.ts + interval '1 hour' <= t AND NOT EXISTS (
	     SELECT FROM ev b WHERE b.c = got.c AND b.event = 'purchase' AND b.ts >= a.ts AND b.ts <= a.ts + interval '1 hour')) $$,
	'a cart left for an hour, true exactly from its moment on');
SELECT is_empty(
	$$ SELECT c, t FROM got WHERE visit_cart IS DISTINCT FROM EXISTS (
	   SELECT FROM ev a JOIN ev b USING (c) WHERE c = got.c AND a.event = 'visit' AND b.event = 'cart'
	     AND b.ts >= a.ts AND b.ts <= a.ts + interval '1 hour' AND b.ts <= t) $$,
	'later rows are not seen');
SELECT is_empty(
	$$ SELECT c, t FROM got WHERE gone IS DISTINCT FROM EXISTS (
	   SELECT FROM ev a WHERE a.c = got.c AND a.event = 'purchase' AND a.channel = 'store' AND a.value > 10
	     AND a.ts + interval '2 hours' <= t AND NOT EXISTS (
	     SELECT FROM ev b WHERE b.c = got.c AND b.event = 'visit' AND b.ts >= a.ts AND b.ts <= a.ts + interval '2 hours')) $$,
	'the long form, with channel and value');
SELECT is_empty($$ SELECT c, t FROM got WHERE any_last IS DISTINCT FROM EXISTS (SELECT FROM ev WHERE ev.c = got.c AND ts <= t) $$,
	'the last event is the last one seen');
SELECT is_empty(
	$$ SELECT got.c, t FROM got JOIN (SELECT c, journey_agg(ts, event) AS j, journey_agg(ts, event, channel, value) AS k FROM ev GROUP BY c) s USING (c)
	   WHERE (left_cart, visit_cart, gone, any_last, mail_next) IS DISTINCT FROM
	     (journey_match(j, 'cart then no purchase for 1 hour', t), journey_match(j, 'visit -> cart within 1 hour', t),
	      journey_match(k, 'purchase@store[value > 10] then no visit for 2 hours', t), journey_match(j, '. $', t), journey_match(j, 'mail => .', t)) $$,
	'the same as of the journey');
SELECT is_empty(
	$$ SELECT c FROM ev GROUP BY c HAVING journey_match(ts, event, 'cart then no purchase for 1 hour', NULL::timestamptz)
	   IS DISTINCT FROM journey_match(ts, event, 'cart then no purchase for 1 hour') $$,
	'a NULL moment sees every row');
SELECT is_empty(
	$$ SELECT c, t FROM ev, moment WHERE c <= 100 GROUP BY c, t
	   HAVING journey_match(ts, event, 'cart then no purchase for 1 hour', t) IS DISTINCT FROM
	     journey_match(ts AT TIME ZONE 'UTC', event, 'cart then no purchase for 1 hour', t AT TIME ZONE 'UTC')
	   OR journey_match(ts, event, channel, value, 'cart then no purchase for 1 hour', t) IS DISTINCT FROM
	     journey_match(ts AT TIME ZONE 'UTC', event, channel, value, 'cart then no purchase for 1 hour', t) $$,
	'times without a zone are UTC');
SELECT results_eq(
	$$ SELECT journey_match(day, 'cart'::text, 'cart then no purchase for 1 day', date '2024-01-02'),
	     journey_match(day, 'cart'::text, 'cart then no purchase for 1 day', date '2024-01-01'),
	     journey_match(day, 'cart'::text, 'cart then no purchase for 1 day', timestamptz '2024-01-02 00:00+00'),
	     journey_match(day, 'cart'::text, NULL, NULL, 'cart then no purchase for 1 day', timestamptz '2024-01-01 23:59+00')
	   FROM (VALUES (date '2024-01-01')) v(day) $$,
	$$ VALUES (true, false, true, false) $$, 'dates are midnight in UTC');
SELECT results_eq($$ SELECT journey_match(ts, event, 'cart', now()), journey_match(ts, event, '^ cart', '-infinity'::timestamptz) FROM ev WHERE false $$,
	$$ VALUES (false, false) $$, 'no row');
SELECT throws_ok($$ SELECT journey_match(ts, event, 'cart', ts) FROM ev WHERE c = 7 $$, '22023',
	'as_of must be the same for all rows of a group', 'a moment that changes within a group');
SELECT throws_ok($$ SELECT journey_match('infinity'::timestamptz, 'cart'::text, 'cart', now()) $$, '22008', NULL, 'an infinite time is an error as ever');

-- partial states, which travel as bytes: few groups, so that the planner aggregates in parts
CREATE TABLE many AS SELECT c % 20 AS part, ev.* FROM ev, generate_series(1, 5);
ANALYZE many;
CREATE VIEW parts AS
SELECT part, journey_match(ts, event, 'cart => visit => mail then no purchase for 1 hour', '2024-01-01 03:00+00'::timestamptz) AS short,
	journey_match(ts, event, channel, value, 'cart@web{15} => visit@store', '2024-01-01 02:00+00'::timestamptz) AS long,
	journey_match(ts, event, 'visit{30} -> mail{30}', NULL::timestamptz) AS open
FROM many GROUP BY 1;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS TABLE parts;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
ALTER TABLE many SET (parallel_workers = 2);
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS
$$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT isnt_empty($$ SELECT * FROM plan_of('TABLE parts') p WHERE p LIKE '%Partial%Aggregate%' $$, 'the plan has parts');
SELECT set_eq('TABLE parts', 'TABLE serial', 'in parts and together');
SELECT * FROM finish();
ROLLBACK;

\set ECHO none
\set QUIET 1
-- Accessors against the rows a journey was made of, in plain SQL.
BEGIN;
SELECT plan(25);

CREATE FUNCTION pick(c integer, i integer, k text, m integer) RETURNS integer
LANGUAGE SQL IMMUTABLE AS
$$ SELECT ((('x' || substr(md5(c || '/' || i || '/' || k), 1, 8))::bit(32)::bigint) % m)::integer $$;

CREATE TABLE ev AS
SELECT c, i,
	timestamptz '2024-01-01 00:00:00+00' + pick(c, i, 'ts', 12)
		* (ARRAY['1 us', '1 minute', '1 day', '13 hours'])[1 + c % 4]::interval AS ts,
	(ARRAY['view', 'purchase', 'refund', 'email/open', 'email/click'])[1 + pick(c, i, 'event', 5)] AS event,
	(ARRAY[NULL, 'web', 'email', 'store'])[1 + pick(c, i, 'channel', 4)] AS channel,
	(ARRAY[NULL, 0.1, 0.2, -3, 49.9, 1e15])[1 + pick(c, i, 'value', 6)]::float8 AS value
FROM generate_series(1, 400) c, generate_series(1, 15) i
WHERE i <= pick(c, 0, 'n', 16);

CREATE VIEW ordered AS
SELECT *, row_number() OVER (PARTITION BY c ORDER BY ts, event COLLATE "C",
	channel COLLATE "C" NULLS FIRST, value NULLS FIRST)::integer AS event_no
FROM ev;

CREATE TABLE jt AS
SELECT c, coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('ts', to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
	'event', event, 'channel', channel, 'value', value)) ORDER BY i) FILTER (WHERE i IS NOT NULL), '[]')::journey AS j
FROM generate_series(1, 400) c LEFT JOIN ev USING (c) GROUP BY c;

SELECT cmp_ok((SELECT count(*) FROM jt WHERE length(j) = 0), '>', 0::bigint, 'the data has empty journeys');
SELECT cmp_ok((SELECT count(*) FROM ordered a JOIN ordered b USING (c, ts) WHERE a.i < b.i), '>', 100::bigint, 'the data has ties');

SELECT set_eq(
	$$ SELECT c, length(j), started_at(j), ended_at(j), extract(epoch FROM duration(j)) FROM jt $$,
	$$ SELECT c, count(ts)::integer, min(ts), max(ts), extract(epoch FROM max(ts) - min(ts))
	   FROM generate_series(1, 400) c LEFT JOIN ev USING (c) GROUP BY c $$,
	'length, started_at, ended_at, duration');
SELECT is_empty(
	$$ SELECT c, duration(j) FROM jt WHERE abs(extract(hour FROM duration(j))) >= 24 OR extract(month FROM duration(j)) <> 0 $$,
	'duration has its days split off, 24 hours each');
SELECT set_eq(
	$$ SELECT c, n, event_at(j, n), time_at(j, n) FROM jt, generate_series(1, 16) n $$,
	$$ SELECT c, n, event, ts FROM (SELECT c, n FROM generate_series(1, 400) c, generate_series(1, 16) n) g
	   LEFT JOIN (SELECT c, event_no AS n, event, ts FROM ordered) o USING (c, n) $$,
	'event_at and time_at from the front');
SELECT is_empty(
	$$ SELECT c, n FROM jt, generate_series(1, 16) n
	   WHERE event_at(j, -n) IS DISTINCT FROM (CASE WHEN n <= length(j) THEN event_at(j, length(j) + 1 - n) END)
	   OR time_at(j, -n) IS DISTINCT FROM (CASE WHEN n <= length(j) THEN time_at(j, length(j) + 1 - n) END) $$,
	'event_at and time_at from the end');
SELECT is_empty(
	$$ SELECT c, n FROM jt, unnest(ARRAY[0, 2147483647, -2147483648]) n WHERE event_at(j, n) IS NOT NULL OR time_at(j, n) IS NOT NULL $$,
	'event_at and time_at outside are NULL');
SELECT set_eq(
	$$ SELECT c, first_touch(j), last_touch(j) FROM jt $$,
	$$ SELECT c, (array_agg(channel ORDER BY event_no) FILTER (WHERE channel IS NOT NULL))[1] AS first,
	   (array_agg(channel ORDER BY event_no DESC) FILTER (WHERE channel IS NOT NULL))[1] AS last
	   FROM generate_series(1, 400) c LEFT JOIN ordered USING (c) GROUP BY c $$,
	'first_touch and last_touch');
SELECT set_eq(
	$$ SELECT c, event_names(j) FROM jt $$,
	$$ SELECT c, coalesce(array_agg(DISTINCT event COLLATE "C") FILTER (WHERE event IS NOT NULL), '{}')
	   FROM generate_series(1, 400) c LEFT JOIN ev USING (c) GROUP BY c $$,
	'event_names');
SELECT set_eq(
	$$ SELECT c, ARRAY[event_count(j, 'purchase'), event_count(j, 'email/*'), event_count(j, 'purchase | refund'),
	   event_count(j, '.'), event_count(j, 'never')] FROM jt $$,
	$$ SELECT c, ARRAY[count(*) FILTER (WHERE event = 'purchase'), count(*) FILTER (WHERE event LIKE 'email/%'),
	   count(*) FILTER (WHERE event IN ('purchase', 'refund')), count(event), 0::bigint]
	   FROM generate_series(1, 400) c LEFT JOIN ev USING (c) GROUP BY c $$,
	'event_count');

-- numeric is exact; the compensated sum is its nearest double but for the last bit
SELECT is_empty(
	$$ SELECT c, p, exact FROM jt, unnest(ARRAY['purchase', 'email/*', 'purchase | refund', '.']) p,
	   LATERAL (SELECT sum(value::text::numeric) AS exact FROM ev WHERE ev.c = jt.c AND
		CASE p WHEN 'purchase' THEN event = 'purchase' WHEN 'email/*' THEN event LIKE 'email/%'
		WHEN 'purchase | refund' THEN event IN ('purchase', 'refund') ELSE true END) x
	   WHERE (value_sum(j, p::journey_pattern) IS NULL) <> (exact IS NULL)
	   OR abs(value_sum(j, p::journey_pattern)::text::numeric - exact) > 1e-15 * abs(exact) + 1e-12 $$,
	'value_sum is the exact sum, NULL where no event has a value');
SELECT is(value_sum((SELECT jsonb_agg(jsonb_build_object('ts', '2024-01-01T00:00:0' || i || 'Z', 'event', 'p', 'value', 0.1))
	FROM generate_series(0, 9) i)::journey, 'p'), 1::float8, 'ten times 0.1 is 1');
SELECT is(value_sum('[{"ts": "2024-01-01T00:00:00Z", "event": "p", "value": 1e16}, {"ts": "2024-01-01T00:00:01Z", "event": "p", "value": 1},
	{"ts": "2024-01-01T00:00:02Z", "event": "p", "value": -1e16}]'::jsonb::journey, 'p'), 1::float8, 'a small value between large ones is not lost');
SELECT is(value_sum('[{"ts": "2024-01-01T00:00:00Z", "event": "p", "value": 5}, {"ts": "2024-01-01T00:00:01Z", "event": "p", "value": -5}]'::jsonb::journey,
	'p'), 0::float8, 'values that cancel sum up to 0');
SELECT is(value_sum('[{"ts": "2024-01-01T00:00:00Z", "event": "order", "value": 120}, {"ts": "2024-01-01T00:00:01Z", "event": "nps", "value": 9}]'::jsonb::journey,
	'order'), 120::float8, 'a score beside an order is no revenue');
SELECT is_empty($$ SELECT 1 FROM pg_proc WHERE proname = 'value_sum' AND pronargs = 1 $$,
	'no value_sum over all values: revenue takes a pattern');

SELECT throws_ok($$ SELECT event_count('{}'::journey, 'a -> b') $$, '22023', 'pattern must have one step', 'event_count refuses two steps');
SELECT throws_ok($$ SELECT value_sum('{}'::journey, 'a -> b') $$, '22023', 'pattern must have one step', 'value_sum refuses two steps');
SELECT throws_ok($$ SELECT event_count('{}'::journey, 'a from first') $$, '22023', 'pattern must be a step without clauses',
	'event_count refuses clauses');
SELECT throws_ok(
	$$ SELECT value_sum('[{"ts": "2024-01-01T00:00:00Z", "event": "p", "value": 1e308}, {"ts": "2024-01-01T00:00:01Z", "event": "p", "value": 1e308}]'::jsonb::journey, 'p') $$,
	'22003', 'sum of event values is out of range', 'a sum beyond double precision is an error');
SELECT is(value_sum('{2024-01-01 p=1e308, 2024-01-02 p=1e308, 2024-01-03 p=-1e308, 2024-01-04 p=0.5}', 'p'), 1e308::float8, 'but not a sum that only passes by there');
SELECT is(value_sum('{2024-01-01 p=-1.7e308, 2024-01-02 p=-1e308, 2024-01-03 p=1.7e308, 2024-01-04 p=1e308, 2024-01-05 p=3}', 'p'), 3::float8, 'nor one that comes back all the way');

SELECT is_empty(
	$$ SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
	   JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'journey'
	   WHERE proname IN ('length', 'started_at', 'ended_at', 'duration', 'event_at', 'time_at', 'first_touch', 'last_touch',
		'event_names', 'event_count', 'value_sum')
	   AND (NOT proisstrict OR provolatile <> 'i' OR proparallel <> 's' OR obj_description(p.oid, 'pg_proc') IS NULL) $$,
	'accessors are strict, immutable, parallel safe and commented');
SELECT is((SELECT length(j) FROM (SELECT NULL::journey AS j) x), NULL, 'NULL in, NULL out');

-- Both halves of the way fit an interval; their sum is exact in numeric.
SELECT is_empty(
	$$ SELECT a, b FROM (VALUES ('4714-11-24 BC'::timestamptz), ('2000-01-01'), ('294276-12-31 23:59:59.999999')) x (a),
	   (VALUES ('4714-11-24 BC'::timestamptz), ('2000-01-01'), ('294276-12-31 23:59:59.999999')) y (b),
	   LATERAL (SELECT journey_agg(ts, e) AS j FROM (VALUES (a, 'a'), (b, 'b')) z (ts, e)) jj,
	   LATERAL (SELECT extract(epoch FROM b - timestamptz '2000-01-01') + extract(epoch FROM timestamptz '2000-01-01' - a) AS s) ss
	   WHERE a <= b AND (extract(epoch FROM duration(j)) <> s OR extract(epoch FROM time_to_convert(j, 'a -> b')) <> s
	   OR abs((SELECT seconds FROM transitions(j)) - s) > s * 1e-15 OR abs(days_to_convert(j, 'a -> b') * 86400 - s) > s * 1e-15
	   OR abs(days_to_first(j, 'b') * 86400 - s) > s * 1e-15) $$,
	'times between the ends of the calendar are exact');

SELECT * FROM finish();
ROLLBACK;

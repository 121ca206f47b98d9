\set ECHO none
\set QUIET 1
-- Slices and transforms against the same question asked of the rows.
BEGIN;
SELECT plan(39);

CREATE FUNCTION pick(c integer, i integer, k text, m integer) RETURNS integer
LANGUAGE SQL IMMUTABLE AS
$$ SELECT ((('x' || substr(md5(c || '/' || i || '/' || k), 1, 8))::bit(32)::bigint) % m)::integer $$;

CREATE TABLE ev AS
SELECT c, i,
	timestamptz '2024-01-01 00:00:00+00' + pick(c, i, 'ts', 8) * interval '6 hours' AS ts,
	(ARRAY['a', 'b', 'c', 'c/x', 'c/y'])[1 + pick(c, i, 'event', 5)] AS event,
	(ARRAY[NULL, 'web', 'email'])[1 + pick(c, i, 'channel', 3)] AS channel,
	(ARRAY[NULL, 1, 2])[1 + pick(c, i, 'value', 3)]::float8 AS value
FROM generate_series(1, 400) c, generate_series(1, 10) i
WHERE i <= pick(c, 0, 'n', 11);

CREATE VIEW ordered AS
SELECT *, row_number() OVER (PARTITION BY c ORDER BY ts, event COLLATE "C",
	channel COLLATE "C" NULLS FIRST, value NULLS FIRST)::integer AS event_no
FROM ev;

-- The oracle's way from rows to a journey.
CREATE FUNCTION event_object(ts timestamptz, event text, channel text, value float8) RETURNS jsonb
LANGUAGE SQL STABLE AS
$$ SELECT jsonb_strip_nulls(jsonb_build_object('ts', to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
	'event', event, 'channel', channel, 'value', value)) $$;
CREATE FUNCTION build_journey(events jsonb) RETURNS journey
LANGUAGE SQL IMMUTABLE AS $$ SELECT coalesce(events, '[]')::journey $$;

CREATE TABLE jt AS
SELECT c, build_journey(jsonb_agg(event_object(ts, event, channel, value)) FILTER (WHERE i IS NOT NULL)) AS j
FROM generate_series(1, 400) c LEFT JOIN ev USING (c) GROUP BY c;

-- Two journeys are the same, to the byte.
CREATE FUNCTION same(a journey, b journey) RETURNS boolean LANGUAGE SQL IMMUTABLE AS
$$ SELECT a IS NOT DISTINCT FROM b AND journey_send(a) IS NOT DISTINCT FROM journey_send(b) $$;

-- ---- slice ----

CREATE TABLE bound AS
SELECT b FROM unnest(ARRAY[NULL, '-infinity', 'infinity', '2023-12-31', '2024-01-01', '2024-01-01 06:00', '2024-01-01 06:00:00.000001',
	'2024-01-02', '2024-01-02 18:00', '2024-01-03']::timestamptz[]) b;
SELECT is_empty(
	$$ SELECT c, f.b, t.b, slice(j, f.b, t.b) FROM jt, bound f, bound t WHERE c <= 60 AND NOT same(slice(j, f.b, t.b),
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ev
	    WHERE ev.c = jt.c AND (f.b IS NULL OR ts >= f.b) AND (t.b IS NULL OR ts < t.b))) $$,
	'slice contains starting_at and not ending_before');
SELECT is_empty($$ SELECT c FROM jt WHERE NOT same(slice(j, NULL, NULL), j) $$, 'a slice without bounds is all');
SELECT is_empty(
	$$ SELECT c FROM jt, bound WHERE b IS NOT NULL AND length(slice(j, ending_before => b)) + length(slice(j, starting_at => b)) <> length(j) $$,
	'slices that meet share no event and lose none');
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT is_empty(
	$$ SELECT c FROM jt WHERE NOT same(slice(j, timestamp '2024-01-01 06:00', timestamp '2024-01-02 06:00'),
	   slice(j, timestamptz '2024-01-01 06:00+00', timestamptz '2024-01-02 06:00+00')) $$,
	'a timestamp bound is UTC in any time zone');
-- Every form of call, by position and by name, against the bound in full.
SELECT is_empty(
	$$ SELECT c FROM jt, LATERAL (SELECT timestamp '2024-01-01 06:00' AS t1, timestamp '2024-01-02 06:00' AS t2,
		timestamptz '2024-01-01 06:00+00' AS z1, timestamptz '2024-01-02 06:00+00' AS z2) b
	   WHERE NOT (same(slice(j, t1), slice(j, z1)) AND same(slice(j, t1, NULL), slice(j, z1, NULL)) AND same(slice(j, NULL, t2), slice(j, NULL, z2))
	   AND same(slice(j, starting_at => t1), slice(j, z1)) AND same(slice(j, ending_before => t2), slice(j, NULL, z2))
	   AND same(slice(j, ending_before => t2, starting_at => t1), slice(j, z1, z2)) AND same(slice(j, t1, ending_before => t2), slice(j, z1, z2))
	   AND same(slice(j, starting_at => z1), slice(j, z1)) AND same(slice(j, ending_before => z2), slice(j, NULL, z2))
	   AND same(slice(j => j, ending_before => NULL, starting_at => z1), slice(j, z1))) $$,
	'timestamp bounds by position and by name');
SELECT is_empty(
	$$ SELECT c FROM jt, LATERAL (SELECT date '2024-01-02' AS d1, date '2024-01-03' AS d2,
		timestamptz '2024-01-02 00:00+00' AS z1, timestamptz '2024-01-03 00:00+00' AS z2) b
	   WHERE NOT (same(slice(j, d1), slice(j, z1)) AND same(slice(j, d1, NULL), slice(j, z1, NULL)) AND same(slice(j, NULL, d2), slice(j, NULL, z2))
	   AND same(slice(j, starting_at => d1), slice(j, z1)) AND same(slice(j, ending_before => d2), slice(j, NULL, z2))
	   AND same(slice(j, d1, d2), slice(j, z1, z2)) AND same(slice(j, ending_before => d2, starting_at => d1), slice(j, z1, z2))
	   AND same(slice(j, d1, d2 + interval '6 hours'), slice(j, z1, z2 + interval '6 hours'))
	   AND same(slice(j, date '-infinity', date 'infinity'), j) AND same(slice(j, ending_before => date '-infinity'), '{}')) $$,
	'date bounds are midnight in UTC, by position and by name');
SELECT is_empty(
	$$ SELECT c FROM jt, LATERAL (SELECT timestamp '2024-01-02 00:00' AS t1, timestamp '2024-01-03 00:00' AS t2, date '2024-01-02' AS d1, date '2024-01-03' AS d2,
		timestamptz '2024-01-02 00:00+00' AS z1, timestamptz '2024-01-03 00:00+00' AS z2) b
	   WHERE NOT (same(journey_replace(j, '{}', t1), journey_replace(j, '{}', z1)) AND same(journey_replace(j, '{}', d1), journey_replace(j, '{}', z1))
	   AND same(journey_replace(j, '{}', ending_before => t2), journey_replace(j, '{}', NULL, z2))
	   AND same(journey_replace(j, '{}', ending_before => d2), journey_replace(j, '{}', NULL, z2))
	   AND same(journey_replace(j, '{}', starting_at => t1), journey_replace(j, '{}', z1)) AND same(journey_replace(j, '{}', starting_at => d1), journey_replace(j, '{}', z1))
	   AND same(journey_replace(j, '{}', t1, t2), journey_replace(j, '{}', z1, z2)) AND same(journey_replace(j, '{}', d1, d2), journey_replace(j, '{}', z1, z2))
	   AND same(journey_replace(j, NULL, d1, d2), journey_replace(j, '{}', z1, z2))) $$,
	'journey_replace: the same');
SELECT is_empty(
	$$ SELECT c FROM jt WHERE journey_match(j, 'a', timestamp '2024-01-02 00:00') <> journey_match(j, 'a', timestamptz '2024-01-02 00:00+00')
	   OR journey_match(j, 'a', date '2024-01-02') <> journey_match(j, 'a', timestamptz '2024-01-02 00:00+00')
	   OR journey_match(j, 'a', as_of => timestamp '2024-01-02 00:00') <> journey_match(j, 'a', as_of => timestamptz '2024-01-02 00:00+00')
	   OR journey_match(j, 'a', as_of => date '2024-01-02') <> journey_match(j, 'a', as_of => timestamptz '2024-01-02 00:00+00')
	   OR journey_match(j, 'a', NULL::date) <> journey_match(j, 'a') OR journey_match(j, 'a', as_of => NULL) <> journey_match(j, 'a') $$,
	'journey_match: as_of is UTC in any time zone');
SET LOCAL TimeZone = 'UTC';
SELECT throws_ok($$ SELECT slice(j) FROM jt $$, '42725', NULL, 'without a bound it is open which slice is meant');
SELECT is(slice(NULL, timestamptz '2024-01-01'), NULL, 'a slice of NULL is NULL');

-- ---- before, after ----

SELECT is_empty(
	$$ SELECT c, before(j, 'b') FROM jt LEFT JOIN (SELECT c, min(event_no) AS at FROM ordered WHERE event = 'b' GROUP BY c) x USING (c)
	   WHERE NOT same(before(j, 'b'), CASE WHEN at IS NOT NULL THEN
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ordered o WHERE o.c = jt.c AND event_no < at) END) $$,
	'before one step');
SELECT is_empty(
	$$ SELECT c, after(j, 'b') FROM jt LEFT JOIN (SELECT c, min(event_no) AS at FROM ordered WHERE event = 'b' GROUP BY c) x USING (c)
	   WHERE NOT same(after(j, 'b'), CASE WHEN at IS NOT NULL THEN
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ordered o WHERE o.c = jt.c AND event_no > at) END) $$,
	'after one step');

-- All pairs of distinct events, the best by definition: finishes earliest,
-- starts latest, smallest times, smallest positions.
CREATE TABLE pair AS
SELECT DISTINCT ON (x.c) x.c, least(x.event_no, y.event_no) AS first_no, greatest(x.event_no, y.event_no) AS last_no
FROM ordered x JOIN ordered y ON x.c = y.c AND x.event_no <> y.event_no AND y.ts >= x.ts
WHERE x.event LIKE 'c%' AND y.event = 'a'
ORDER BY x.c, y.ts, x.ts DESC, x.event_no, y.event_no;
SELECT is_empty(
	$$ SELECT c, before(j, 'c* -> a') FROM jt LEFT JOIN pair USING (c) WHERE NOT same(before(j, 'c* -> a'), CASE WHEN first_no IS NOT NULL THEN
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ordered o WHERE o.c = jt.c AND event_no < first_no) END) $$,
	'before two steps, ties either way');
SELECT is_empty(
	$$ SELECT c, after(j, 'c* -> a') FROM jt LEFT JOIN pair USING (c) WHERE NOT same(after(j, 'c* -> a'), CASE WHEN first_no IS NOT NULL THEN
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ordered o WHERE o.c = jt.c AND event_no > last_no) END) $$,
	'after two steps, ties either way');

-- ---- collapse, keep, drop_events ----

SELECT is_empty(
	$$ SELECT c, collapse(j) FROM jt WHERE NOT same(collapse(j),
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM
	    (SELECT *, lag(event) OVER (ORDER BY event_no) AS previous FROM ordered o WHERE o.c = jt.c) x
	    WHERE event IS DISTINCT FROM previous)) $$,
	'collapse keeps the first of each run');
SELECT is_empty($$ SELECT c FROM jt WHERE NOT same(collapse(collapse(j)), collapse(j)) $$, 'collapse twice is collapse once');
SELECT is_empty(
	$$ SELECT c, keep(j, 'a | c/*') FROM jt WHERE NOT same(keep(j, 'a | c/*'),
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ev
	    WHERE ev.c = jt.c AND (event = 'a' OR event LIKE 'c/%'))) $$,
	'keep');
SELECT is_empty(
	$$ SELECT c, drop_events(j, 'a | c/*') FROM jt WHERE NOT same(drop_events(j, 'a | c/*'),
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ev
	    WHERE ev.c = jt.c AND NOT (event = 'a' OR event LIKE 'c/%'))) $$,
	'drop_events');
SELECT is_empty($$ SELECT c FROM jt WHERE NOT same(keep(j, '.'), j) OR length(drop_events(j, '.')) <> 0 $$, 'keep all, drop all');
SELECT throws_ok($$ SELECT keep('{}'::journey, 'a -> b') $$, '22023', 'pattern must have one step', 'keep refuses two steps');
SELECT throws_ok($$ SELECT drop_events('{}'::journey, 'a => b') $$, '22023', 'pattern must have one step', 'drop_events refuses two steps');

-- ---- relabel ----

SELECT is_empty(
	$$ SELECT c, relabel(j, ARRAY['c/x', 'c*', 'a'], ARRAY['X', 'b', 'A B']) FROM jt
	   WHERE NOT same(relabel(j, ARRAY['c/x', 'c*', 'a'], ARRAY['X', 'b', 'A B']),
	   (SELECT build_journey(jsonb_agg(event_object(ts, CASE WHEN event = 'c/x' THEN 'X' WHEN event LIKE 'c%' THEN 'b'
	    WHEN event = 'a' THEN 'A B' ELSE event END, channel, value))) FROM ev WHERE ev.c = jt.c)) $$,
	'relabel: the first rule that matches, all events kept');
SELECT is_empty(
	$$ SELECT c FROM jt WHERE NOT same(relabel(j, ARRAY['a', 'b'], ARRAY['b', 'a']),
	   (SELECT build_journey(jsonb_agg(event_object(ts, translate(event, 'ab', 'ba'), channel, value))) FROM ev WHERE ev.c = jt.c)) $$,
	'relabel: rules see the old names only');
SELECT is_empty($$ SELECT c FROM jt WHERE NOT same(relabel(j, '{}', '{}'), j) OR NOT same(relabel(j, '{never}', '{x}'), j) $$,
	'relabel: no rule that matches, nothing changes');
-- what a rule asks of channels and values is asked of each event
SELECT is_empty(
	$$ SELECT c FROM jt WHERE NOT same(relabel(j, ARRAY['a[value > 1]', '!(b | c*)@web', 'a', 'c*[value <= 1] | b@email'], ARRAY['big', 'b', 'A', 'small']),
	   (SELECT build_journey(jsonb_agg(event_object(ts,
	      CASE WHEN event = 'a' AND value > 1 THEN 'big'
	        WHEN NOT (coalesce((event = 'b' OR event LIKE 'c%') AND channel = 'web', false)) THEN 'b'
	        WHEN event = 'a' THEN 'A'
	        WHEN (event LIKE 'c%' AND value <= 1) OR (event = 'b' AND channel = 'email') THEN 'small'
	        ELSE event END, channel, value))) FROM ev WHERE ev.c = jt.c)) $$,
	'relabel: rules that look at channel and value');
-- rules that change from row to row are parsed anew
SELECT is_empty(
	$$ SELECT c FROM jt WHERE NOT same(relabel(j, ARRAY[(ARRAY['a', 'b', 'c*'])[1 + c % 3]], ARRAY['n' || c % 2]),
	   (SELECT build_journey(jsonb_agg(event_object(ts, CASE WHEN event ~ (ARRAY['^a$', '^b$', '^c'])[1 + c % 3] THEN 'n' || c % 2 ELSE event END,
	    channel, value))) FROM ev WHERE ev.c = jt.c)) $$,
	'relabel: rules may differ by row');
SELECT throws_ok($$ SELECT relabel('{}'::journey, ARRAY['a', 'b'], ARRAY['x']) $$, '22023',
	'from_patterns and to_names must have the same length', 'relabel refuses arrays of different length');

-- ---- replace ----

CREATE TABLE delta AS
SELECT c, build_journey(jsonb_agg(event_object(ts, event, channel, value))) AS d
FROM ev WHERE ts >= '2024-01-01 12:00+00' AND ts < '2024-01-02 06:00+00' GROUP BY c;
SELECT is_empty(
	$$ SELECT jt.c FROM jt JOIN delta ON delta.c = jt.c % 50 + 1
	   WHERE NOT same(journey_replace(j, d, timestamptz '2024-01-01 12:00+00', timestamptz '2024-01-02 06:00+00'),
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ev
	    WHERE (ev.c = jt.c AND NOT (ts >= '2024-01-01 12:00+00' AND ts < '2024-01-02 06:00+00'))
	    OR (ev.c = delta.c AND ts >= '2024-01-01 12:00+00' AND ts < '2024-01-02 06:00+00'))) $$,
	'journey_replace: the range from delta, the rest from j');
SELECT is_empty(
	$$ SELECT c FROM jt, bound WHERE b IS NOT NULL AND NOT same(journey_replace(j, slice(j, starting_at => b), starting_at => b), j) $$,
	'replacing a range by itself changes nothing');
SELECT is_empty(
	$$ SELECT c FROM jt, bound WHERE b IS NOT NULL AND NOT same(journey_replace(j, '{}', ending_before => b), slice(j, starting_at => b)) $$,
	'an empty delta removes the range');
SELECT is_empty($$ SELECT a.c FROM jt a JOIN jt b ON b.c = a.c % 50 + 1 WHERE NOT same(journey_replace(a.j, b.j, NULL, NULL), b.j) $$,
	'without bounds all is replaced');
SELECT throws_ok($$ SELECT journey_replace('{}', '{2024-01-01T00:00:00Z a}', timestamptz '2024-01-02+00', NULL) $$, '22023',
	'delta has events outside the range it replaces', 'delta may not begin before the range');
SELECT throws_ok($$ SELECT journey_replace('{}', '{2024-01-01T00:00:00Z a}', NULL, timestamptz '2024-01-01+00') $$, '22023',
	'delta has events outside the range it replaces', 'delta may not reach the end of the range');
SELECT is_empty(
	$$ SELECT c FROM jt, bound WHERE b IS NOT NULL AND NOT same(journey_replace(j, NULL, ending_before => b), journey_replace(j, '{}', ending_before => b)) $$,
	'a NULL delta is an empty one');
SELECT is_empty($$ SELECT c FROM jt WHERE NOT same(journey_replace(NULL, j, NULL), j) $$, 'a NULL journey is an empty one');
SELECT is(journey_replace(NULL, NULL, timestamptz '2024-01-01'), NULL, 'replacing nothing by nothing is NULL');
-- the way it is used: an aggregate finds no row for some customers
SELECT is_empty(
	$$ SELECT c FROM jt WHERE NOT same(
	   journey_replace(j, (SELECT journey_agg(ts, event, channel, value) FROM ev WHERE ev.c = jt.c AND ts < '2024-01-01 12:00+00' AND event = 'a'),
		ending_before => '2024-01-01 12:00+00'),
	   (SELECT build_journey(jsonb_agg(event_object(ts, event, channel, value))) FROM ev
	    WHERE ev.c = jt.c AND (ts >= '2024-01-01 12:00+00' OR event = 'a'))) $$,
	'a delta from an aggregate without rows erases the range, not the history');

-- ---- contract ----

SELECT is_empty(
	$$ SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
	   JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'journey'
	   WHERE proname IN ('slice', 'before', 'after', 'collapse', 'keep', 'drop_events', 'relabel', 'journey_replace')
	   AND (proisstrict = (proname IN ('slice', 'journey_replace')) OR provolatile <> 'i' OR proparallel <> 's'
		OR obj_description(p.oid, 'pg_proc') IS NULL) $$,
	'transforms are strict but for bounds, immutable, parallel safe and commented');
SELECT is_empty(
	$$ SELECT j FROM (SELECT NULL::journey AS j) x WHERE before(j, 'a') IS NOT NULL OR collapse(j) IS NOT NULL OR keep(j, 'a') IS NOT NULL
	   OR relabel(j, '{}', '{}') IS NOT NULL OR before('{}', NULL) IS NOT NULL $$,
	'NULL in, NULL out');

SELECT * FROM finish();
ROLLBACK;

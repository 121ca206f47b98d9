\set ECHO none
\set QUIET 1
-- events(), transitions() and cycles() against the rows.
BEGIN;
SELECT plan(15);

CREATE FUNCTION pick(c integer, i integer, k text, m integer) RETURNS integer
LANGUAGE SQL IMMUTABLE AS
$$ SELECT ((('x' || substr(md5(c || '/' || i || '/' || k), 1, 8))::bit(32)::bigint) % m)::integer $$;

CREATE TABLE ev AS
SELECT c, i,
	timestamptz '2024-01-01 00:00:00+00' + pick(c, i, 'ts', 10) * interval '90 minutes' AS ts,
	(ARRAY['view', 'cart', 'purchase'])[1 + pick(c, i, 'event', 3)] AS event,
	(ARRAY[NULL, 'web', 'email'])[1 + pick(c, i, 'channel', 3)] AS channel,
	(ARRAY[NULL, 1, 2])[1 + pick(c, i, 'value', 3)]::float8 AS value
FROM generate_series(1, 300) c, generate_series(1, 12) i
WHERE i <= pick(c, 0, 'n', 13);

CREATE VIEW ordered AS
SELECT *, row_number() OVER (PARTITION BY c ORDER BY ts, event COLLATE "C",
	channel COLLATE "C" NULLS FIRST, value NULLS FIRST)::integer AS event_no
FROM ev;

CREATE TABLE jt AS
SELECT c, coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('ts', to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
	'event', event, 'channel', channel, 'value', value))) FILTER (WHERE i IS NOT NULL), '[]')::journey AS j
FROM generate_series(1, 300) c LEFT JOIN ev USING (c) GROUP BY c;

SELECT set_eq(
	$$ SELECT c, e.event_no, e.ts, e.event, e.channel, e.value FROM jt, events(j) e $$,
	$$ SELECT c, event_no, ts, event, channel, value FROM ordered $$,
	'events() are the rows, numbered in canonical order');
SELECT set_eq(
	$$ SELECT c, (events(j)).event_no FROM jt $$,
	$$ SELECT c, event_no FROM ordered $$,
	'events() in the select list');
SELECT set_eq(
	$$ SELECT c, t.* FROM jt, transitions(j) t $$,
	$$ SELECT c, event_no, event, next_event, ts, next_ts, extract(epoch FROM next_ts - ts)::float8 FROM
	   (SELECT c, event_no, event, ts, lead(event) OVER w AS next_event, lead(ts) OVER w AS next_ts
	    FROM ordered WINDOW w AS (PARTITION BY c ORDER BY event_no)) x WHERE next_ts IS NOT NULL $$,
	'transitions() are the pairs of neighbours');
SELECT is_empty($$ SELECT * FROM events('{}') $$, 'no events of the empty journey');
SELECT is_empty($$ SELECT * FROM transitions('{}') $$, 'no transitions of the empty journey');
SELECT is_empty($$ SELECT * FROM transitions('{2024-01-01T00:00:00Z a}') $$, 'no transitions of a single event');
SELECT is_empty($$ SELECT * FROM cycles('{}', 'a') $$, 'no cycles of the empty journey');
SELECT is_empty($$ SELECT e.* FROM events(NULL) e UNION ALL SELECT e.* FROM jt, events(CASE WHEN c < 0 THEN j END) e $$, 'no rows of NULL');

-- The purchases in front of an event say which cycle it is in.
SELECT set_eq(
	$$ SELECT c, y.cycle_no, e.event_no, e.event, e.ts, e.channel, e.value, y.complete FROM jt, cycles(j, 'purchase') y, events(y.journey) e $$,
	$$ SELECT c, cycle_no, row_number() OVER (PARTITION BY c, cycle_no ORDER BY event_no)::integer, event, ts, channel, value,
	   bool_or(event = 'purchase') OVER (PARTITION BY c, cycle_no) FROM
	   (SELECT *, 1 + (count(*) FILTER (WHERE event = 'purchase') OVER (PARTITION BY c ORDER BY event_no
		ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))::integer AS cycle_no FROM ordered) x $$,
	'a cycle ends with a purchase, the last one may be open');
SELECT is_empty(
	$$ SELECT c FROM jt, cycles(j, 'cart -> purchase') y GROUP BY c, j HAVING sum(length(y.journey)) <> length(j)
	   OR min(y.cycle_no) <> 1 OR max(y.cycle_no) <> count(*) OR count(DISTINCT y.cycle_no) <> count(*)
	   OR max(y.cycle_no) FILTER (WHERE NOT y.complete) < max(y.cycle_no) $$,
	'cycles of two steps lose no event; only the last may be open');
SELECT is_empty(
	$$ SELECT c FROM jt, cycles(j, 'cart -> purchase') y WHERE y.complete AND (event_count(y.journey, 'cart') = 0 OR
	   event_count(y.journey, 'purchase') = 0) $$,
	'a complete cycle contains its pattern');
SELECT is_empty(
	$$ SELECT c FROM jt, cycles(j, 'never') y WHERE y.cycle_no <> 1 OR y.complete OR y.journey <> j $$,
	'a pattern that never happens leaves one open cycle');

SELECT is_empty(
	$$ SELECT c, p FROM jt, unnest(ARRAY['purchase', 'cart -> purchase', 'view => purchase', 'view -> cart -> purchase within 3 hours',
	   'view -> view', 'cart | view -> purchase from first']::journey_pattern[]) p
	   WHERE (SELECT count(*) FROM cycles(j, p) WHERE complete) <> match_count(j, p) $$,
	'there are as many complete cycles as match_count counts');

-- A work_mem that one journey's rows exceed.
SET LOCAL work_mem = '64kB';
SELECT is((SELECT count(*) || ' ' || min(event_no) || ' ' || max(event_no) FROM events(
	(SELECT jsonb_agg(jsonb_build_object('ts', '2024-01-01T00:00:00Z', 'event', 'e' || i)) FROM generate_series(1, 30000) i)::journey)),
	'30000 1 30000', 'rows that spill to disk');

SELECT is_empty(
	$$ SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
	   JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'journey'
	   WHERE proname IN ('events', 'transitions', 'cycles')
	   AND (NOT proisstrict OR NOT proretset OR provolatile <> 'i' OR proparallel <> 's' OR prorows = 1000
		OR obj_description(p.oid, 'pg_proc') IS NULL) $$,
	'row functions are strict, immutable, parallel safe, commented and estimate their rows');

SELECT * FROM finish();
ROLLBACK;

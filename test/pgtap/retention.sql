-- Retention against a hand-made example (R 4.2.2 gives the same) and against
-- plain SQL on random journeys around changes of the clock.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(21);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.75);

-- Eight customers and the days they were seen.
CREATE TABLE eight AS
SELECT c, journey_agg('2024-01-01 12:00+00'::timestamptz + d * interval '1 day', 'seen') AS j
FROM (VALUES ('a', '{0,1,7}'::int[]), ('b', '{0,2}'), ('c', '{0}'), ('d', '{0,1,30}'), ('e', '{0}'), ('f', '{0,8}'), ('g', '{0}'), ('h', '{0,35}')) v (c, days), unnest(days) d
GROUP BY c;
SELECT results_eq($$SELECT period, customers, returned, returned_or_later FROM (SELECT retention_table(j, 'seen', 'seen', 'day', NULL, NULL, '2024-03-01') AS a FROM eight) s, unnest(a) WHERE period IN (1, 7, 30)$$,
  $$VALUES (1, 8::bigint, 2::bigint, 5::bigint), (7, 8, 1, 4), (30, 8, 1, 2)$$, 'on day 1, 7, 30 and on or after');
SELECT results_eq($$SELECT period, period_to, returned, complete FROM (SELECT retention_table(j, 'seen', 'seen', 'day', 'UTC', '{1,8,31}', '2024-03-01') AS a FROM eight) s, unnest(a)$$,
  $$VALUES (1, 7, 3::bigint, true), (8, 30, 2, true), (31, NULL, 1, false)$$, 'brackets; the last one is open and never complete');
SELECT results_eq($$SELECT returned FROM (SELECT retention_table(j, 'seen', 'seen', 'day', 'UTC', '{1,8,31}', '2024-01-31 11:59:59+00') AS a FROM eight) s, unnest(a)$$,
  $$VALUES (3::bigint), (1)$$, 'what is later than as_of is not known');

CREATE TABLE crowd AS
SELECT c, c % 3 AS n, journey_agg(ts, event) AS j
FROM (SELECT c, '2024-03-25 00:00+00'::timestamptz + c % 40 * interval '13 hours 7 minutes' + CASE WHEN i = 1 THEN interval '0' ELSE random() * 60 * interval '1 day' END AS ts,
             CASE WHEN i = 1 AND c % 10 > 0 THEN 'signup' ELSE (ARRAY['visit', 'visit', 'buy'])[1 + floor(random() * 3)] END AS event
      FROM generate_series(1, 400) c, generate_series(1, 1 + c % 5) i) e
GROUP BY c;
-- The oracle: every cell of every cohort.
CREATE FUNCTION oracle(unit text, zone text) RETURNS TABLE (cohort date, period int, customers bigint, returned bigint, or_later bigint, complete boolean)
LANGUAGE sql AS $$
  WITH starts AS (SELECT c, j, first_time(j, 'signup') AS t, date_trunc(unit, first_time(j, 'signup') AT TIME ZONE coalesce(zone, 'UTC'))::date AS cohort FROM crowd WHERE j @@ 'signup'),
  bounds AS (SELECT max(ended_at(j)) AS known FROM crowd),
  back AS (SELECT s.c, s.cohort, CASE
      WHEN zone IS NULL THEN floor(extract(epoch FROM e.ts - s.t) / CASE unit WHEN 'day' THEN 86400 ELSE 604800 END)::int
      WHEN unit = 'day' THEN (e.ts AT TIME ZONE zone)::date - s.cohort
      WHEN unit = 'week' THEN (date_trunc('week', e.ts AT TIME ZONE zone)::date - s.cohort) / 7
      ELSE (extract(year FROM e.ts AT TIME ZONE zone) * 12 + extract(month FROM e.ts AT TIME ZONE zone) - extract(year FROM s.cohort) * 12 - extract(month FROM s.cohort))::int END AS p
    FROM starts s, events(s.j) e WHERE e.event IN ('visit', 'buy') AND e.event_no > (SELECT min(event_no) FROM events(s.j) f WHERE f.event = 'signup')),
  cell AS (SELECT s.cohort, p, max(s.t) AS last_start, count(*) AS customers FROM starts s, generate_series(0, 120) p GROUP BY 1, 2)
  SELECT cell.cohort, p, customers,
    (SELECT count(DISTINCT c) FROM back b WHERE b.cohort = cell.cohort AND b.p = cell.p), (SELECT count(DISTINCT c) FROM back b WHERE b.cohort = cell.cohort AND b.p >= cell.p),
    CASE WHEN zone IS NULL THEN last_start + (p + 1) * ('1 ' || unit)::interval ELSE (cell.cohort + (p + 1) * ('1 ' || unit)::interval) AT TIME ZONE zone END <= known
  FROM cell, bounds
  WHERE CASE WHEN zone IS NULL THEN cell.cohort::timestamp AT TIME ZONE 'UTC' + p * ('1 ' || unit)::interval ELSE (cell.cohort + p * ('1 ' || unit)::interval) AT TIME ZONE zone END <= known
$$;
CREATE FUNCTION mine(unit text, zone text) RETURNS TABLE (cohort date, period int, customers bigint, returned bigint, or_later bigint, complete boolean)
LANGUAGE sql AS $$SELECT u.cohort, u.period, u.customers, u.returned, u.returned_or_later, u.complete
  FROM (SELECT retention_table(j, 'signup', 'visit | buy', unit, zone) AS a FROM crowd) s, unnest(a) u$$;
SELECT bag_eq(format('SELECT * FROM mine(%L, %L)', u, z), format('SELECT * FROM oracle(%L, %L)', u, z), format('%s in %s: every cell is that of plain SQL', u, coalesce(z, 'lengths from the start')))
FROM (VALUES ('day', NULL), ('week', NULL), ('day', 'UTC'), ('week', 'UTC'), ('month', 'UTC'), ('day', 'Europe/Berlin'), ('week', 'America/New_York'), ('month', 'Asia/Kolkata'), ('day', 'America/St_Johns')) v (u, z);
SELECT is_empty($$SELECT * FROM (SELECT retention_table(j, 'signup', 'visit | buy', 'day', 'UTC', '{0,3,10}') AS a FROM crowd) s, unnest(a) u,
    LATERAL (SELECT max(or_later) FILTER (WHERE o.period = u.period) AS later FROM oracle('day', 'UTC') o WHERE o.cohort = u.cohort) x
  WHERE returned_or_later IS DISTINCT FROM later$$, 'on or after a bracket is on or after its first period');
SELECT is_empty($$SELECT * FROM (SELECT retention_table(j, 'signup', 'visit', 'week', 'UTC') AS a FROM crowd) s, unnest(a) u, rate_interval(returned, customers) r
  WHERE (u.rate, u.low, u.high, rate_or_later) IS DISTINCT FROM (r.rate, r.low, r.high, returned_or_later::float8 / customers)$$, 'rates have the interval of rate_interval');
SELECT is((SELECT retention_table(NULL, 'signup', 'visit', 'day', NULL)), NULL, 'nothing to look at is NULL');
SELECT is((SELECT retention_table(j, 'never', 'visit', 'day', NULL)::text FROM crowd), '{}', 'without a start there are no cohorts');
SELECT is((SELECT retention_table('{}', 'never', 'visit', 'day', NULL)::text), '{}', 'so it is with an empty journey');
SELECT results_eq($$SELECT cohort, period, returned, complete FROM (SELECT retention_table('{1969-12-31 v, 1970-01-02 v}', 'v', 'v', 'day', 'UTC') AS a) s, unnest(a)$$,
  $$VALUES ('1969-12-31'::date, 0, 0::bigint, true), ('1969-12-31', 1, 0, true), ('1969-12-31', 2, 1, false)$$, 'times before 1970 and 2000 are times');

-- Any split gives the same bits.
CREATE TEMP TABLE serial_retention AS SELECT retention_table(j, 'signup', 'visit', 'day', 'Europe/Berlin')::text AS a, retention_table(j, 'signup', 'buy', 'week', NULL, '{0,2}')::text AS b FROM crowd;
SELECT results_eq($$SELECT retention_table(j, 'signup', 'visit', 'day', 'Europe/Berlin')::text, retention_table(j, 'signup', 'buy', 'week', NULL, '{0,2}')::text FROM (SELECT * FROM crowd ORDER BY md5(c::text)) s$$,
  'SELECT * FROM serial_retention', 'shuffled rows give the same bits');
ALTER TABLE crowd SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT results_eq($$SELECT retention_table(j, 'signup', 'visit', 'day', 'Europe/Berlin')::text, retention_table(j, 'signup', 'buy', 'week', NULL, '{0,2}')::text FROM crowd$$,
  'SELECT * FROM serial_retention', 'parallel gives the same bits');
SET LOCAL TimeZone = 'Pacific/Apia';
SELECT results_eq($$SELECT retention_table(j, 'signup', 'visit', 'day', 'Europe/Berlin')::text, retention_table(j, 'signup', 'buy', 'week', NULL, '{0,2}')::text FROM crowd$$,
  'SELECT * FROM serial_retention', 'the time zone of the session does not matter');

SELECT * FROM finish();
ROLLBACK;

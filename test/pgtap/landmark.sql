-- early_warning against plain SQL on random journeys, flags of both kinds,
-- churn by an event, by silence and by either.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(19);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.25);

-- Some are busy and fall silent, some come back, some cancel, some do both at
-- the same hour; half of the times are whole days, to meet the landmarks.
CREATE TABLE ev AS
SELECT c, '2024-01-01 00:00+00'::timestamptz + CASE WHEN c % 2 = 0 THEN floor(d) ELSE d END * interval '24 hours' AS ts, event
FROM (SELECT c, c % 40 + random() * (20 + c % 130) AS d,
             (ARRAY['visit', 'visit', 'visit', 'ticket', 'buy', 'buy'])[1 + floor(random() * 6)] AS event
      FROM generate_series(1, 300) c, generate_series(1, 3 + c % 37) i
      UNION ALL SELECT c, 30 + random() * 120, 'cancel' FROM generate_series(1, 300, 3) c) e;
CREATE TABLE js AS SELECT c, journey_agg(ts, event) AS j FROM ev GROUP BY c;
CREATE TABLE marks AS SELECT '2024-01-01 00:00+00'::timestamptz + d * interval '24 hours' AS t FROM generate_series(20, 140, 20) d;

-- The oracle: everything from the rows; silence is an interval or NULL.
CREATE FUNCTION standing(start text[], churn text, silence interval, horizon interval, recent interval)
RETURNS TABLE (c int, t timestamptz, n_recent bigint, n_before bigint, at timestamptz) LANGUAGE sql AS $$
  WITH gaps AS (SELECT c, ts + silence AS silent_at FROM (SELECT c, ts, lead(ts) OVER (PARTITION BY c ORDER BY ts) AS next FROM ev) g
                WHERE next IS NULL OR next - ts > silence),
  known AS (SELECT c, t, count(*) FILTER (WHERE ts >= t - recent) AS n_recent,
                   count(*) FILTER (WHERE ts >= t - 3 * recent AND ts < t - recent) AS n_before, max(ts) AS last
            FROM ev, marks WHERE ts < t GROUP BY c, t HAVING start IS NULL OR count(*) FILTER (WHERE event = ANY (start)) > 0)
  SELECT c, t, n_recent, n_before, least(
      (SELECT min(ts) FROM ev e WHERE e.c = k.c AND event = churn AND ts > t HAVING min(ts) <= t + horizon),
      (SELECT min(silent_at) FROM gaps g WHERE g.c = k.c AND silent_at >= t HAVING min(silent_at) < t + horizon))
  FROM known k
  WHERE NOT EXISTS (SELECT FROM ev e WHERE e.c = k.c AND event = churn AND ts <= t)
    AND (silence IS NULL OR t - last <= silence)
$$;
CREATE FUNCTION found(start text, churn text, silence interval, horizon interval, flag text, recent interval)
RETURNS TABLE (landmark timestamptz, customers bigint, churned bigint, flagged bigint, flagged_churned bigint, lead double precision) LANGUAGE sql AS $$
  SELECT u.landmark, u.customers, u.churned, u.flagged, u.flagged_churned, u.lead_days
  FROM (SELECT early_warning(j, start::journey_pattern, churn::journey_pattern, silence, (SELECT array_agg(t) FROM marks), horizon, flag::journey_pattern, recent) AS a FROM js) s, unnest(a) u
  WHERE u.landmark IS NOT NULL
$$;
CREATE FUNCTION drops(start text, churn text, silence interval, horizon interval, recent interval)
RETURNS TABLE (landmark timestamptz, customers bigint, churned bigint, flagged bigint, flagged_churned bigint, lead double precision) LANGUAGE sql AS $$
  SELECT m.t, count(c), count(at), count(c) FILTER (WHERE flag), count(at) FILTER (WHERE flag),
         (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM at - m.t)::float8 / 86400) FILTER (WHERE flag AND at IS NOT NULL))
  FROM marks m LEFT JOIN (SELECT *, n_recent <= 0.5 * n_before / 2 AS flag
                          FROM standing(string_to_array(start, ' | '), churn, silence, horizon, recent) WHERE n_before >= 4) s ON s.t = m.t
  GROUP BY m.t
$$;
SELECT bag_eq(format('SELECT landmark, customers, churned, flagged, flagged_churned, round(lead::numeric, 9) FROM found(%L, %L, %L, %L, NULL, %L)', start, churn, silence, horizon, recent),
              format('SELECT landmark, customers, churned, flagged, flagged_churned, round(lead::numeric, 9) FROM drops(%L, %L, %L, %L, %L)', start, churn, silence, horizon, recent),
              format('a drop of activity in %s, churn by %s within %s: that of plain SQL', recent, concat_ws(' or ', churn, silence), horizon))
FROM (VALUES (NULL, 'cancel', NULL, '30 days', '14 days'), ('buy', 'cancel', NULL, '10 days', '7 days'), (NULL, NULL, '15 days', '20 days', '10 days'),
             ('buy | ticket', 'cancel', '20 days', '40 days', '14 days'), (NULL, 'cancel', '5 days', '1 day', '20 days')) v (start, churn, silence, horizon, recent);
SELECT cmp_ok((SELECT min(flagged_churned) FROM found(NULL, 'cancel', '20 days', '40 days', NULL, '14 days') WHERE landmark BETWEEN '2024-02-01' AND '2024-04-30'), '>', 0::bigint, 'the comparison is not one of zeros');

-- A pattern is asked of the part of the journey that is in the window.
CREATE FUNCTION signs(start text, churn text, silence interval, horizon interval, flag text, recent interval)
RETURNS TABLE (landmark timestamptz, customers bigint, churned bigint, flagged bigint, flagged_churned bigint) LANGUAGE sql AS $$
  SELECT m.t, count(c), count(at), count(c) FILTER (WHERE flag), count(at) FILTER (WHERE flag)
  FROM marks m LEFT JOIN (SELECT s.*, slice(j, s.t - recent, s.t) @@ flag::journey_pattern AS flag
                          FROM standing(string_to_array(start, ' | '), churn, silence, horizon, coalesce(recent, '1 day')) s JOIN js USING (c)) s ON s.t = m.t
  GROUP BY m.t
$$;
SELECT bag_eq(format('SELECT landmark, customers, churned, flagged, flagged_churned FROM found(%L, %L, %L, %L, %L, %L)', start, churn, silence, horizon, flag, recent),
              format('SELECT * FROM signs(%L, %L, %L, %L, %L, %L)', start, churn, silence, horizon, flag, recent),
              format('%s in %s: that of the slice before the landmark', flag, coalesce(recent, 'all before')))
FROM (VALUES (NULL, 'cancel', NULL, '30 days', 'ticket', '10 days'), ('buy', 'cancel', '20 days', '30 days', 'ticket => .? => .? $', NULL),
             (NULL, NULL, '15 days', '20 days', '^ visit -> ticket', '12 days'), ('buy', 'cancel', NULL, '25 days', 'visit{2} => ticket within session [2 days]', '30 days'),
             (NULL, 'cancel', NULL, '30 days', 'buy -> ticket without visit', NULL)) v (start, churn, silence, horizon, flag, recent);

-- What comes after the landmark changes no flag.
SELECT is_empty($$SELECT x.landmark, x.customers, x.flagged FROM found('buy', 'cancel', NULL, '1 day', 'ticket', '10 days') x
  EXCEPT SELECT m.t, u.customers, u.flagged FROM marks m, (SELECT early_warning(slice(j, NULL, q.t + interval '1 us') || '{2025-01-01 later}', 'buy', 'cancel', NULL, ARRAY[q.t], '1 day', 'ticket', '10 days') AS a, q.t FROM js, marks q GROUP BY q.t) s, unnest(a) u
  WHERE s.t = m.t AND u.landmark IS NOT NULL$$, 'a future cut off leaves customers and flags as they are');

-- Rates, and the row for all.
CREATE TEMP TABLE answer AS SELECT u.* FROM (SELECT early_warning(j, 'buy', 'cancel', '20 days', (SELECT array_agg(t) FROM marks), '40 days', 'ticket', '10 days') AS a FROM js) s, unnest(a) u;
SELECT is_empty($$SELECT * FROM answer a, rate_interval(flagged_churned, flagged) r WHERE landmark IS NOT NULL AND
  (base_rate, flagged_rate, a.low, a.high, recall, lift, relative_risk) IS DISTINCT FROM
  (churned::float8 / nullif(customers, 0), r.rate, CASE WHEN flagged > 0 THEN r.low END, CASE WHEN flagged > 0 THEN r.high END, flagged_churned::float8 / nullif(churned, 0),
   r.rate / nullif(churned::float8 / customers, 0), r.rate / nullif((churned - flagged_churned)::float8 / nullif(customers - flagged, 0), 0))$$, 'rates are those of the counts');
SELECT results_eq($$SELECT landmark, complete FROM answer WHERE landmark IS NOT NULL ORDER BY landmark$$,
  $$SELECT t, t + interval '40 days' <= (SELECT max(ts) FROM ev) FROM marks ORDER BY t$$, 'complete is what the data covers');
SELECT results_eq($$SELECT customers, churned, flagged, flagged_churned FROM answer WHERE landmark IS NULL$$,
  $$SELECT sum(customers)::bigint, sum(churned)::bigint, sum(flagged)::bigint, sum(flagged_churned)::bigint FROM answer WHERE landmark IS NOT NULL AND complete$$, 'all together adds up the complete ones');
SELECT cmp_ok(a.high - a.low, '>=', r.high - r.low, 'its interval allows for customers who are in it several times')
FROM answer a, rate_interval(flagged_churned, flagged) r WHERE landmark IS NULL;

-- Any split gives the same bits.
CREATE TEMP TABLE serial_warning AS SELECT array_agg(u ORDER BY landmark)::text AS a FROM answer u;
CREATE FUNCTION again() RETURNS text LANGUAGE sql AS $$SELECT array_agg(u ORDER BY u.landmark)::text FROM (
  SELECT early_warning(j, 'buy', 'cancel', '20 days', (SELECT array_agg(t ORDER BY t DESC) FROM marks), '40 days', 'ticket', '10 days') AS a FROM (SELECT * FROM js ORDER BY md5(c::text)) s) s, unnest(a) u$$;
SELECT is(again(), (SELECT a FROM serial_warning), 'shuffled rows and landmarks give the same bits');
ALTER TABLE js SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT results_eq($$SELECT array_agg(u ORDER BY u.landmark)::text FROM (
  SELECT early_warning(j, 'buy', 'cancel', '20 days', ARRAY['2024-01-21', '2024-02-10', '2024-03-01', '2024-03-21', '2024-04-10', '2024-04-30', '2024-05-20']::timestamptz[], '40 days', 'ticket', '10 days') AS a FROM js) s, unnest(a) u$$,
  'SELECT a FROM serial_warning', 'parallel gives the same bits');
SELECT is((SELECT early_warning(NULL, NULL, 'cancel', NULL, '{2024-03-01}', '30 days', 'ticket', NULL)), NULL, 'nothing to look at is NULL');

SELECT * FROM finish();
ROLLBACK;

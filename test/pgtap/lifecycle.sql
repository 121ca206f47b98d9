-- Lifecycle against a published case and plain SQL, the usual gap, and the
-- next purchase.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(16);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.625);

-- PostHog's test of its lifecycle query (test_lifecycle_query_group_0): active
-- on eight days of January 2020, reported from the 9th to the 19th.
CREATE TABLE posthog AS SELECT journey_agg('2020-01-01 12:00+00'::timestamptz + (d - 1) * interval '1 day', '$pageview') AS j FROM unnest('{9,11,12,13,15,17,18,19}'::int[]) d;
SELECT results_eq($$SELECT status, array_agg(extract(day FROM period)::int ORDER BY period) FROM posthog, lifecycle(j, '"$pageview"', 'day', 'UTC', '2020-01-19 23:59:59+00') GROUP BY status ORDER BY status$$,
  $$VALUES ('dormant', '{10,14,16}'::int[]), ('new', '{9}'), ('resurrecting', '{11,15,17}'), ('returning', '{12,13,18,19}')$$, 'new, returning, resurrecting and dormant as PostHog has them');

CREATE TABLE ev AS
SELECT c, '2024-03-20 00:00+00'::timestamptz + CASE WHEN random() < 0.3 THEN floor(random() * (c % 90)) * interval '24 hours' ELSE random() * (c % 90) * interval '24 hours' END AS ts,
       (ARRAY['visit', 'visit', 'email', 'buy', 'addon'])[1 + floor(random() * 5)] AS event
FROM generate_series(1, 300) c, generate_series(1, 1 + c % 17);
CREATE TABLE js AS SELECT c, journey_agg(ts, event) AS j FROM ev GROUP BY c;
-- The oracle: all periods up to the next but one after the last.
CREATE FUNCTION states(unit text, zone text, as_of timestamptz) RETURNS TABLE (c int, period date, status text) LANGUAGE sql AS $$
  WITH active AS (SELECT DISTINCT c, date_trunc(unit, ts AT TIME ZONE zone)::date AS p FROM ev WHERE event IN ('visit', 'buy') AND ts <= as_of),
  beside AS (SELECT c, p, lag(p) OVER w AS before, lead(p) OVER w AS behind, (p + ('1 ' || unit)::interval)::date AS next FROM active WINDOW w AS (PARTITION BY c ORDER BY p))
  SELECT c, p, CASE WHEN before IS NULL THEN 'new' WHEN before + ('1 ' || unit)::interval = p THEN 'returning' ELSE 'resurrecting' END FROM beside
  UNION ALL SELECT c, next, 'dormant' FROM beside WHERE behind > next OR (behind IS NULL AND (next + ('1 ' || unit)::interval) AT TIME ZONE zone <= as_of)
$$;
SELECT bag_eq(format('SELECT c, l.* FROM js, lifecycle(j, ''visit | buy'', %L, %L, %L) l', u, z, t), format('SELECT * FROM states(%L, %L, %L)', u, z, t), format('%s in %s as of %s: that of plain SQL', u, z, t))
FROM (VALUES ('day', 'UTC', '2024-05-01 00:00+00'), ('week', 'Europe/Berlin', '2024-05-05 22:00+00'), ('month', 'America/New_York', '2024-12-31 00:00+00')) v (u, z, t);
SELECT is_empty($$SELECT c, l.* FROM js, lifecycle(j, 'visit | buy', 'week', 'UTC', 'infinity') l EXCEPT SELECT c, l.* FROM js, lifecycle(j, 'visit | buy', 'week', 'UTC') l$$, 'without as_of, who is not seen again is dormant next');
SELECT results_eq($$SELECT count(*) FROM lifecycle(NULL, 'a', 'day') UNION ALL SELECT count(*) FROM lifecycle('{}', 'a', 'day') UNION ALL SELECT count(*) FROM lifecycle('{2024-01-01 b}', 'a', 'day')$$, $$VALUES (0::bigint), (0), (0)$$, 'nobody active is in no state');

-- The usual gap.
SELECT is_empty($$SELECT c, usual_gap(j), g FROM (SELECT c, CASE WHEN count(DISTINCT ts::date) > 1 THEN floor((max(ts::date) - min(ts::date)) * 86400000000::numeric / (count(DISTINCT ts::date) - 1)) END AS g FROM ev GROUP BY c) o JOIN js USING (c)
  WHERE round(extract(epoch FROM usual_gap(j)) * 1000000) IS DISTINCT FROM g$$, 'usual_gap: the mean time between days with an event');
SELECT is_empty($$SELECT c FROM js WHERE usual_gap(j, 'buy') IS DISTINCT FROM usual_gap(keep(j, 'buy'))$$, 'of a pattern: that of its events');
SELECT results_eq($$VALUES (usual_gap('{2024-01-01T08:00 a, 2024-01-01T22:00 a}'), usual_gap('{2024-01-01T23:00 a, 2024-01-02T01:00 a, 2024-01-05 a}'))$$, $$VALUES (NULL::interval, interval '2 days')$$, 'days count, not events');

-- The next purchase.
CREATE FUNCTION bought(a text, b text, as_of timestamptz, prompt text, within interval) RETURNS TABLE (c int, bought_at timestamptz, next_at timestamptz, days numeric, happened boolean, prompted boolean) LANGUAGE sql AS $$
  SELECT c, x.ts, y.ts, round(extract(epoch FROM coalesce(y.ts, as_of) - x.ts)::numeric / 86400, 9), y.ts IS NOT NULL,
         CASE WHEN y.ts IS NOT NULL AND prompt IS NOT NULL THEN EXISTS (SELECT FROM events(j) e WHERE e.event = prompt AND e.event_no > x.event_no AND e.ts < y.ts AND y.ts - e.ts <= within) END
  FROM js, LATERAL (SELECT * FROM events(j) e WHERE e.event = a AND e.ts <= as_of ORDER BY event_no LIMIT 1) x
  LEFT JOIN LATERAL (SELECT * FROM events(j) e WHERE e.event = b AND e.ts <= as_of AND e.event_no > x.event_no ORDER BY event_no LIMIT 1) y ON true
$$;
SELECT bag_eq(format('SELECT c, bought_at, next_at, round(days::numeric, 9), happened, prompted FROM js, next_purchase(j, %L, %L, %L, %L, %L)', a, b, t, p, w), format('SELECT * FROM bought(%L, %L, %L, %L, %L)', a, b, t, p, w),
  format('%s, then %s as of %s, prompted by %s within %s: that of plain SQL', a, b, t, coalesce(p, 'nothing'), w))
FROM (VALUES ('buy', 'addon', '2024-05-10 00:00+00', 'email', '7 days'), ('buy', 'buy', '2024-12-31 00:00+00', 'email', '36 hours'), ('buy', 'addon', '2024-04-20 00:00+00', NULL, '7 days')) v (a, b, t, p, w);
SELECT cmp_ok((SELECT count(*) FILTER (WHERE prompted) FROM js, next_purchase(j, 'buy', 'addon', '2024-12-31 00:00+00', 'email')), '>', 10::bigint, 'some are prompted');
SELECT is_empty($$SELECT * FROM js, next_purchase(j, 'buy', 'addon', '2024-12-31 00:00+00', 'email -> visit', '10 days') n WHERE prompted IS DISTINCT FROM CASE WHEN happened THEN slice(after(j, 'buy'), next_at - interval '10 days', next_at) @@ 'email -> visit' END$$, 'a prompt may have several steps');
SELECT results_eq($$SELECT happened, prompted FROM next_purchase('{2024-01-01 email, 2024-01-02 buy, 2024-01-03 addon}', 'buy', 'addon', '2024-02-01Z', 'email')$$, $$VALUES (true, false)$$, 'a message before the first purchase prompts nothing');
SELECT is_empty($$SELECT * FROM next_purchase(NULL, 'a', 'b', '2024-01-01Z') UNION ALL SELECT * FROM next_purchase('{2024-02-01 a}', 'a', 'b', '2024-01-01Z')$$, 'who has not bought has no next purchase');

SELECT * FROM finish();
ROLLBACK;

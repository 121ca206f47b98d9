\set ECHO none
\set QUIET 1
-- Examples that other products publish in their documents or tests, small and
-- by hand: Amplitude, Mixpanel, Adobe Analytics, PostHog, Retentioneering.
BEGIN;
SELECT plan(28);
SET LOCAL TimeZone = 'UTC';

-- ---- attribution: Amplitude's table, three touches and a purchase ----

CREATE TABLE touched AS
SELECT journey '{2022-05-01 visit@Google, 2022-05-07 visit@Facebook, 2022-05-10T09:00Z visit@TikTok, 2022-05-10T12:00Z buy}' AS j;
CREATE FUNCTION credits(model text, lookback interval) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s %s', channel, round(conversions::numeric, 4)), ', ' ORDER BY channel)
  FROM (SELECT attribution(j, 'buy', NULL, model, lookback) AS a FROM touched) s, unnest(a) WHERE conversions > 0 $$;
SELECT is(credits('first', '30 days'), 'Google 1.0000', 'Amplitude: first touch, 30 days');
SELECT is(credits('first', '7 days'), 'Facebook 1.0000', 'Amplitude: first touch, 7 days');
SELECT is(credits('last', '7 days'), 'TikTok 1.0000', 'Amplitude: last touch, 7 days');
SELECT is(credits('linear', '30 days'), 'Facebook 0.3333, Google 0.3333, TikTok 0.3333', 'Amplitude: linear, 30 days');
SELECT is(credits('linear', '7 days'), 'Facebook 0.5000, TikTok 0.5000', 'Amplitude: linear, 7 days');
SELECT is(credits('position(20, 60)', '30 days'), 'Facebook 0.2000, Google 0.2000, TikTok 0.6000', 'Amplitude: J-shaped, 30 days');
SELECT is(credits('position(20, 60, split)', '7 days'), 'Facebook 0.3000, TikTok 0.7000', 'Amplitude: J-shaped with two touches, 30 and 70');
SELECT is(credits('position(20, 60)', '7 days'), 'Facebook 0.2500, TikTok 0.7500', 'Mixpanel, Adobe: J-shaped with two touches, 25 and 75');
SELECT is(credits('position(60, 20)', '7 days'), 'Facebook 0.7500, TikTok 0.2500', 'Mixpanel, Adobe: inverse J with two touches, 75 and 25');
SELECT is(credits('position(5, 75)', '30 days'), 'Facebook 0.2000, Google 0.0500, TikTok 0.7500', 'Amplitude: custom 5, 20, 75');

-- Mixpanel's shapes with six touches.
CREATE FUNCTION six(model text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(round(conversions::numeric, 4)::text, ' ' ORDER BY channel)
  FROM (SELECT attribution('{2024-01-01 v@a, 2024-01-02 v@b, 2024-01-03 v@c, 2024-01-04 v@d, 2024-01-05 v@e, 2024-01-06 v@f, 2024-01-07 buy}'::journey,
                           'buy', NULL, model) AS a) s, unnest(a) $$;
SELECT is(six('position'), '0.4000 0.0500 0.0500 0.0500 0.0500 0.4000', 'Mixpanel: U-shaped');
SELECT is(six('position(20, 60)'), '0.2000 0.0500 0.0500 0.0500 0.0500 0.6000', 'Mixpanel: J-shaped');
SELECT is(six('position(60, 20)'), '0.6000 0.0500 0.0500 0.0500 0.0500 0.2000', 'Mixpanel: inverse J-shaped');

-- Adobe's example of 50: paid search and social on earlier visits, email and
-- display on the visit of the order.
CREATE FUNCTION fifty(model text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s %s', channel, round(value::numeric, 2)), ', ' ORDER BY value DESC, channel)
  FROM (SELECT attribution('{2023-09-15 v@"paid search", 2023-09-18 v@social, 2023-09-24T00:00:00Z v@email, 2023-09-24T00:00:01Z w@display,
                             2023-09-24T00:00:02Z order=50}'::journey, 'order', 'order', model) AS a) s, unnest(a) WHERE value > 0 $$;
SELECT is(fifty('first'), 'paid search 50.00', 'Adobe: first touch');
SELECT is(fifty('linear'), 'display 12.50, email 12.50, paid search 12.50, social 12.50', 'Adobe: linear');
SELECT is(fifty('position(20, 60)'), 'display 30.00, paid search 10.00, email 5.00, social 5.00', 'Adobe: J-shaped');
SELECT is(fifty('time_decay'), 'display 16.88, email 16.88, social 9.32, paid search 6.92', 'Adobe: time decay, a half in 7 days');
SELECT is(fifty('participation'), 'display 50.00, email 50.00, paid search 50.00, social 50.00', 'Adobe: participation');

-- ---- retention ----

-- PostHog, issue 13748: of three users one returns on day 1, one on day 5.
CREATE TABLE returns AS
SELECT unnest(ARRAY['{2024-01-01 start, 2024-01-02 visit}', '{2024-01-01 start, 2024-01-06 visit}', '{2024-01-01 start}']::journey[]) AS j;
SELECT results_eq(
  $$ SELECT array_agg(trunc(100 * rate::numeric) ORDER BY period), array_agg(trunc(100 * rate_or_later::numeric) ORDER BY period)
     FROM (SELECT retention_table(j, 'start', 'visit', 'day', 'UTC', NULL, '2024-01-08') AS a FROM returns) s, unnest(a) WHERE period BETWEEN 1 AND 6 $$,
  $$ VALUES ('{33,0,0,0,33,0}'::numeric[], '{66,33,33,33,33,0}'::numeric[]) $$, 'PostHog: on the day, and on or after it');
-- Mixpanel: cohorts are weighted by their size, and only complete ones.
SELECT is((SELECT round((sum(size * returned) / sum(size)) / (sum(size * size) / sum(size)), 2)
           FROM (VALUES (1000::numeric, 500::numeric, true), (500, 400, true), (700, 10, false)) v (size, returned, complete) WHERE complete),
  0.56, 'Mixpanel: the average weighted by size over complete cohorts');
-- The recurring mode of PostHog's tests: a row for each day on which a user is active.
CREATE TABLE recurring AS
SELECT person, d FROM (VALUES ('person1', '{0,1,2,5,5,6}'::int[]), ('person2', '{1,2,3,6}')) v (person, days), unnest(days) d;
SELECT is((SELECT array_agg(n ORDER BY k) FROM (
    SELECT k, count(DISTINCT person) FILTER (WHERE match_count(j, format('"d%s" -> "d%s"', 1, 1 + k)::journey_pattern) > 0 OR (k = 0 AND j @@ '"d1"')) AS n
    FROM generate_series(0, 5) k,
         (SELECT person, journey_agg('2020-06-10'::timestamptz + d * interval '1 day', 'd' || d) AS j FROM recurring GROUP BY person) s GROUP BY k) c),
  '{2,2,1,0,1,2}'::bigint[], 'PostHog: recurring retention of the second day');

-- ---- correlation: odds ratio with one added to each of the four ----

CREATE FUNCTION posthog_odds(s bigint, f bigint, total_s bigint, total_f bigint) RETURNS numeric LANGUAGE sql AS
$$ SELECT round((s + 1.0) * (total_f - f + 1) / ((total_s - s + 1) * (f + 1.0)), 6) $$;
CREATE FUNCTION counted(s int, f int, total_s int, total_f int) RETURNS numeric LANGUAGE sql AS $$
  SELECT posthog_odds(outcomes_with, customers_with - outcomes_with, outcomes_with + outcomes_without,
                      customers_with + customers_without - outcomes_with - outcomes_without)
  FROM (SELECT touchpoint_lift(CASE WHEN n <= s OR n > total_s AND n <= total_s + f THEN journey '{2024-01-01 start, 2024-01-02 related}'
                                    ELSE '{2024-01-01 start}' END, n <= total_s, NULL, 1) AS a
        FROM generate_series(1, total_s + total_f) n) q, unnest(a) WHERE touchpoint = 'related' AND then_touchpoint IS NULL $$;
SELECT is(counted(5, 0, 10, 10), 11.0, 'PostHog: positively related');
SELECT is(counted(0, 5, 10, 10), round(0.09090909, 6), 'PostHog: negatively related');
SELECT is(counted(5, 0, 11, 1), round(1.7142857142857142, 6), 'PostHog: groups');
SELECT is(counted(2, 0, 3, 1), 3.0, 'PostHog: actions excluded');

-- ---- sessions ----

SELECT results_eq(
  $$ SELECT array_agg(s.events ORDER BY s.session_start), array_agg(extract(epoch FROM s.session_end - s.session_start)::int ORDER BY s.session_start)
     FROM sessions('{2024-01-01T13:00Z A, 2024-01-01T13:10Z B, 2024-01-01T13:50Z C, 2024-01-01T14:10Z D, 2024-01-01T14:25Z E}', '30 minutes') s $$,
  $$ VALUES ('{2,3}'::int[], '{600,2100}'::int[]) $$, 'Mixpanel: a session ends after half an hour');
SELECT is((SELECT count(*) FROM sessions('{2024-01-01T00:30Z a, 2024-01-01T00:31Z b, 2024-01-01T01:01Z c}', '30 minutes')), 1::bigint,
  'Retentioneering: a gap of exactly the timeout does not split');
-- A login begins a session, a logout ends it; a logout without one does not count.
SELECT is((SELECT sum(duration(slice(j, t[1], t[2] + interval '1 us')))
           FROM (SELECT j, funnel_times(j, 'Login -> Logout') AS t
                 FROM (VALUES (journey '{2024-01-01T11:00Z Login, 2024-01-01T11:15Z Login, 2024-01-01T11:45Z Logout, 2024-01-01T12:15Z Logout}')) v (j)) s),
  interval '45 minutes', 'Mixpanel: sessions by start and end event');
SELECT * FROM finish();
ROLLBACK;

-- Web shop, 600 visitors, channels; the publisher's own sessions and figures.
\ir prelude.psql
SELECT plan(26);

-- The publisher's sessions, loaded by the runner: (customer_id, started, ended, events).
SELECT is((SELECT sum(session_count(journey, '30 minutes')) FROM journeys), 3605::bigint,
          'journey grain: 3,605 sessions at 30 minutes');
SELECT is((SELECT count(DISTINCT (customer_id, s))
           FROM (SELECT customer_id, session_start(ts, '30 minutes') OVER (PARTITION BY customer_id ORDER BY ts) AS s
                 FROM events) x), 3605::bigint,
          'row grain: 3,605 sessions at 30 minutes');
SELECT is_empty(
  $$ (SELECT customer_id, session_start, session_end, events::bigint
      FROM journeys, sessions(journey, '30 minutes'))
     EXCEPT (SELECT customer_id, started AT TIME ZONE 'UTC', ended AT TIME ZONE 'UTC', events FROM published_sessions) $$,
  'every session is one of the publisher''s, to the second and the event');
SELECT is_empty(
  $$ (SELECT customer_id, started AT TIME ZONE 'UTC', ended AT TIME ZONE 'UTC', events FROM published_sessions)
     EXCEPT (SELECT customer_id, session_start, session_end, events::bigint FROM journeys, sessions(journey, '30 minutes')) $$,
  'and every session of the publisher is found');

-- ecom_expected.json, funnel_user.
CREATE TEMP TABLE reached AS
  SELECT customer_id,
         funnel_step(journey, 'add_to_cart -> cart -> shipping_details -> payment_details -> purchase') AS depth
  FROM journeys;
SELECT is((SELECT array_agg((SELECT count(*) FROM reached WHERE depth >= k) ORDER BY k) FROM generate_series(1, 5) k),
          ARRAY[522, 439, 334, 225, 116]::bigint[],
          'customers per step as published: 522, 439, 334, 225, 116');
SELECT is((SELECT array_agg(n ORDER BY k) FROM
            (SELECT k, (SELECT count(*) FROM
                (SELECT funnel_step(ts, event, 'add_to_cart -> cart -> shipping_details -> payment_details -> purchase') AS depth
                 FROM events GROUP BY customer_id) d WHERE depth >= k) AS n FROM generate_series(1, 5) k) x),
          ARRAY[522, 439, 334, 225, 116]::bigint[], 'the same at row grain');
SELECT is((SELECT array_agg(a.customers ORDER BY a.stage) FROM (
             SELECT funnel_stages(journey, 'add_to_cart -> cart -> shipping_details -> payment_details -> purchase') AS a FROM journeys) s, unnest(s.a) a),
          ARRAY[522, 439, 334, 225, 116]::bigint[], 'and of everybody at once');
CREATE TEMP TABLE flow AS
  SELECT a.* FROM (SELECT path_flows(collapse(journey), NULL, 6, 5) AS a FROM journeys) s, unnest(s.a) a;
SELECT is((SELECT sum(customers) FROM flow WHERE step = 1), (SELECT count(*) FROM journeys)::numeric,
          'the flow begins with everybody');
SELECT is_empty(
  $$ SELECT node FROM (SELECT target AS node, sum(customers) AS came FROM flow WHERE target <> '(exit)' AND step < 5 GROUP BY 1) i
     FULL JOIN (SELECT source AS node, sum(customers) AS went FROM flow WHERE step > 1 GROUP BY 1) o USING (node)
     WHERE came IS DISTINCT FROM went $$,
  'who comes to a node of the flow leaves it');
SELECT is((SELECT sum(times) FROM (SELECT transition_map(journey) AS a FROM journeys) s, unnest(s.a) a),
          (SELECT count(*) - count(DISTINCT customer_id) FROM events)::numeric,
          'the transition map has every pair of neighbours');
-- ecom_km.json, converters only.
SELECT is((SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days_to_first(journey, 'purchase'))::numeric, 2)
           FROM journeys), 35.87, 'first contact to first purchase, converters only: median 35.87 days');

-- ecom_km.json: those who have not bought yet count until the data ends.
CREATE TEMP TABLE to_purchase AS
  SELECT a.days, a.survival FROM (
    SELECT survival(coalesce(days_to_first(journey, 'purchase'),
             extract(epoch FROM (SELECT max(ts) FROM events) - started_at(journey)) / 86400), journey @@ 'purchase') AS a
    FROM journeys) s, unnest(s.a) a;
SELECT is((SELECT min(days) FROM to_purchase WHERE survival <= 0.5), 90.0525::float8,
          'with those who may still buy the median is 90.05 days');
SELECT is((SELECT round(survival::numeric, 12) FROM to_purchase WHERE days <= 90 ORDER BY days DESC LIMIT 1), round(0.5000910954471042, 12),
          'not bought by day 90: .50009');
SELECT is((SELECT round(min(survival)::numeric, 12) FROM to_purchase), round(0.26873055891784714, 12), 'not bought by the end: .26873');

-- ecom_expected.json: sessions of the incident, and by the publisher's stage of life.
CREATE TEMP TABLE visit AS
  SELECT customer_id, session_start, session_start >= '2024-05-19' AND session_start < '2024-06-08' AS incident,
         slice(journey, session_start, session_end + interval '1 us') AS v
  FROM journeys, sessions(journey, '30 minutes');
SELECT results_eq(
  $$ SELECT count(*), count(*) FILTER (WHERE v @@ 'payment_details'), count(*) FILTER (WHERE v @@ 'payment_details -> purchase'),
            count(*) FILTER (WHERE v @@ 'support_chat') FROM visit GROUP BY incident ORDER BY incident DESC $$,
  $$ VALUES (598::bigint, 130::bigint, 28::bigint, 100::bigint), (3007, 502, 237, 141) $$,
  'payment incident: 28 of 130 against 237 of 502 sessions pay; support chat in 100 of 598 against 141 of 3,007');
SELECT ok((SELECT c.p < 1e-6 AND c.difference < 0 FROM compare_rates(237, 502, 28, 130) c), 'a fall that chance does not explain');
SELECT ok((SELECT c.p < 1e-6 AND c.difference > 0 FROM compare_rates(141, 3007, 100, 598) c), 'a rush to the chat that chance does not explain');
SELECT results_eq(
  $$ SELECT lifecycle, count(*), count(*) FILTER (WHERE v @@ 'purchase') FROM visit
     JOIN published_sessions p ON p.customer_id = visit.customer_id AND p.started AT TIME ZONE 'UTC' = session_start
     GROUP BY lifecycle ORDER BY lifecycle $$,
  $$ VALUES ('loyal', 802::bigint, 148::bigint), ('new', 963, 81), ('returning', 1840, 241) $$,
  'sessions that convert: loyal 148 of 802, new 81 of 963, returning 241 of 1,840');
SELECT results_eq(
  $$ SELECT p.channel, count(*), count(*) FILTER (WHERE v @@ 'purchase') FROM visit
     JOIN published_sessions p ON p.customer_id = visit.customer_id AND p.started AT TIME ZONE 'UTC' = session_start
     GROUP BY p.channel ORDER BY p.channel $$,
  $$ VALUES ('direct', 156::bigint, 18::bigint), ('email', 583, 75), ('organic', 1289, 161), ('paid_search', 1023, 161), ('social', 554, 55) $$,
  'and by channel');
SELECT results_eq(
  $$ SELECT sum(match_count(v, 'shipping_details => add_to_cart') + match_count(v, 'shipping_details => checkout_bug')) > 0,
            count(*) FILTER (WHERE v @@ 'shipping_details => add_to_cart'), sum(event_count(v, 'shipping_details'))
     FROM visit JOIN published_sessions p ON p.customer_id = visit.customer_id AND p.started AT TIME ZONE 'UTC' = session_start
     GROUP BY platform = 'mobile' AND p.started >= '2024-04-09' AND p.started < '2024-05-10' ORDER BY 2 $$,
  $$ VALUES (true, 11::bigint, 89::numeric), (true, 65, 869) $$, 'checkout loops on mobile: 11 per 89 shipping details against 65 per 869');

-- Every event of every week against its history, nothing told in advance.
CREATE TEMP TABLE node AS
  SELECT date_trunc('week', session_start, 'UTC')::date AS week, node, count(*) AS n, count(*) FILTER (WHERE v @@ pattern_name(node)::journey_pattern) AS x
  FROM visit, (SELECT DISTINCT event AS node FROM events) e
  WHERE session_start < '2024-06-24' GROUP BY 1, 2;
SELECT results_eq(
  $$ SELECT series, array_agg(period ORDER BY period) FROM (SELECT anomalies(node, week, x, n) AS a FROM node) s, unnest(a)
     WHERE anomaly GROUP BY series ORDER BY series $$,
  $$ VALUES ('checkout_bug', '{2024-04-15,2024-04-22,2024-04-29}'::date[]), ('payment_error', '{2024-05-20,2024-05-27,2024-06-03}'), ('support_chat', '{2024-05-20,2024-05-27}') $$,
  'anomalies: the checkout bug, the payment incident and the chats that follow, in their weeks, and nothing else');
SELECT results_eq(
  $$ SELECT metric, verdict FROM (SELECT journey_metrics(journey, '.', 'purchase', NULL, '30 days', NULL, NULL, '2024-06-29 22:03+00') FILTER (WHERE started_at(journey) < '2024-02-01') AS b,
            journey_metrics(journey, '.', 'purchase', NULL, '30 days', NULL, NULL, '2024-06-29 22:03+00') FILTER (WHERE started_at(journey) >= '2024-04-01' AND started_at(journey) < '2024-05-01') AS c FROM journeys) s,
     compare_metrics(b, c) WHERE kind IN ('rate', 'mean') ORDER BY metric $$,
  $$ VALUES ('conversion_rate', 'not shown'), ('days_to_convert', 'not shown'), ('repeat_rate', 'not shown'), ('retention_rate', 'higher') $$,
  'April against January: more come back in their first month, nothing else is shown');

CREATE TEMP TABLE firsts AS  -- plain SQL: first chain of the funnel by nested minima
WITH a AS (SELECT customer_id, min(ts) FILTER (WHERE event = 'add_to_cart') AS t1 FROM events GROUP BY 1),
 b AS (SELECT a.*, (SELECT min(ts) FROM events e WHERE e.customer_id = a.customer_id AND event = 'cart' AND ts >= t1) AS t2 FROM a),
 c AS (SELECT b.*, (SELECT min(ts) FROM events e WHERE e.customer_id = b.customer_id AND event = 'shipping_details' AND ts >= t2) AS t3 FROM b),
 d AS (SELECT c.*, (SELECT min(ts) FROM events e WHERE e.customer_id = c.customer_id AND event = 'payment_details' AND ts >= t3) AS t4 FROM c)
SELECT d.*, (SELECT min(ts) FROM events e WHERE e.customer_id = d.customer_id AND event = 'purchase' AND ts >= t4) AS t5 FROM d;

SELECT pg_temp.says(
 (SELECT format('Payment is the leak: of %s customers who reach payment details %s never get to a purchase from there (%s %%).',
                n4, n4 - n5, round(100.0 * (n4 - n5) / n4, 1))
  FROM (SELECT count(*) FILTER (WHERE depth >= 4) AS n4, count(*) FILTER (WHERE depth >= 5) AS n5 FROM reached) x),
 (SELECT format('Payment is the leak: of %s customers who reach payment details %s never get to a purchase from there (%s %%).',
                n4, n4 - n5, round(100.0 * (n4 - n5) / n4, 1))
  FROM (SELECT count(t4) AS n4, count(t5) AS n5 FROM firsts) x));
SELECT pg_temp.says(
 (SELECT format('During 19 May to 7 June %s of %s sessions that reached payment details ended in a purchase (%s %%), against %s %% at other times: look for what broke the payment page then.',
                b1, p1, round(100.0 * b1 / p1, 1), round(100.0 * b0 / p0, 1))
  FROM (SELECT count(*) FILTER (WHERE i AND p) AS p1, count(*) FILTER (WHERE i AND p AND b) AS b1,
               count(*) FILTER (WHERE NOT i AND p) AS p0, count(*) FILTER (WHERE NOT i AND p AND b) AS b0
        FROM (SELECT session_start >= '2024-05-19' AND session_start < '2024-06-08' AS i,
                     slice(journey, session_start, session_end + interval '1 us') @@ 'payment_details' AS p,
                     slice(journey, session_start, session_end + interval '1 us') @@ 'purchase' AS b
              FROM journeys, sessions(journey, '30 minutes')) s) x),
 (SELECT format('During 19 May to 7 June %s of %s sessions that reached payment details ended in a purchase (%s %%), against %s %% at other times: look for what broke the payment page then.',
                b1, p1, round(100.0 * b1 / p1, 1), round(100.0 * b0 / p0, 1))
  FROM (SELECT count(*) FILTER (WHERE i AND p) AS p1, count(*) FILTER (WHERE i AND p AND b) AS b1,
               count(*) FILTER (WHERE NOT i AND p) AS p0, count(*) FILTER (WHERE NOT i AND p AND b) AS b0
        FROM (SELECT s.started >= '2024-05-19' AND s.started < '2024-06-08' AS i,
                     bool_or(e.event = 'payment_details') AS p, bool_or(e.event = 'purchase') AS b
              FROM published_sessions s JOIN events e ON e.customer_id = s.customer_id
                AND e.ts BETWEEN (s.started AT TIME ZONE 'UTC') AND (s.ended AT TIME ZONE 'UTC')
              GROUP BY s.session_id, s.started) s) x));
SELECT pg_temp.says(
 (SELECT format('%s of %s visitors buy (%s %%), and half of the buyers need more than %s days: keep nurturing for at least %s weeks.',
                c, n, round(100.0 * c / n, 1), round(m, 1), ceil(m / 7))
  FROM (SELECT count(*) AS n, count(days_to_first(journey, 'purchase')) AS c,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY days_to_first(journey, 'purchase'))::numeric AS m FROM journeys) x),
 (SELECT format('%s of %s visitors buy (%s %%), and half of the buyers need more than %s days: keep nurturing for at least %s weeks.',
                c, n, round(100.0 * c / n, 1), round(m, 1), ceil(m / 7))
  FROM (SELECT count(*) AS n, count(b) AS c,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM b - f) / 86400.0)::numeric AS m
        FROM (SELECT min(ts) AS f, min(ts) FILTER (WHERE event = 'purchase') AS b FROM events GROUP BY customer_id) y) x));
SELECT pg_temp.says(
 (SELECT format('Of those whose first contact is %s, %s %% buy; of those from %s, %s %%: move budget with care, %s and %s customers are behind it.',
         best.c, best.r, worst.c, worst.r, best.n, worst.n)
  FROM (SELECT c, n, round(100.0 * b / n, 1) AS r FROM (SELECT first_touch(journey) AS c, count(*) AS n, count(*) FILTER (WHERE journey @@ 'purchase') AS b FROM journeys GROUP BY 1) x WHERE n >= 50 ORDER BY b::numeric / n DESC, c LIMIT 1) best,
       (SELECT c, n, round(100.0 * b / n, 1) AS r FROM (SELECT first_touch(journey) AS c, count(*) AS n, count(*) FILTER (WHERE journey @@ 'purchase') AS b FROM journeys GROUP BY 1) x WHERE n >= 50 ORDER BY b::numeric / n, c LIMIT 1) worst),
 (SELECT format('Of those whose first contact is %s, %s %% buy; of those from %s, %s %%: move budget with care, %s and %s customers are behind it.',
         best.c, best.r, worst.c, worst.r, best.n, worst.n)
  FROM (SELECT c, count(*) AS n, round(100.0 * count(*) FILTER (WHERE b) / count(*), 1) AS r FROM
          (SELECT DISTINCT ON (customer_id) channel AS c, bool_or(event = 'purchase') OVER (PARTITION BY customer_id) AS b
           FROM events ORDER BY customer_id, ts, event COLLATE "C") x GROUP BY c HAVING count(*) >= 50 ORDER BY avg(b::int) DESC, c LIMIT 1) best,
       (SELECT c, count(*) AS n, round(100.0 * count(*) FILTER (WHERE b) / count(*), 1) AS r FROM
          (SELECT DISTINCT ON (customer_id) channel AS c, bool_or(event = 'purchase') OVER (PARTITION BY customer_id) AS b
           FROM events ORDER BY customer_id, ts, event COLLATE "C") x GROUP BY c HAVING count(*) >= 50 ORDER BY avg(b::int), c LIMIT 1) worst));
SELECT * FROM finish();

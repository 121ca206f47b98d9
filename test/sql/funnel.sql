-- Funnels: literals and error texts.  Behaviour against plain SQL is in
-- test/pgtap/funnel.sql.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';

\set j '''{2024-03-01 visit@ads, 2024-03-02 visit, 2024-03-05 signup, 2024-03-05 cart, 2024-03-20 purchase@store=49.9, 2024-03-21 visit, 2024-03-21 signup, 2024-03-22 purchase=10}''::journey'
SELECT p AS pattern, funnel_step(:j, p), funnel_times(:j, p), match_count(:j, p), :j @@ p AS match
FROM (VALUES (1, 'visit -> signup -> purchase'::journey_pattern),
             (2, 'visit -> signup -> purchase within 7 days'),
             (3, 'visit -> signup -> purchase within 2 days from first'),
             (4, 'visit => signup => purchase'),
             (5, 'cart => signup'),
             (6, 'cart -> signup within 0 s'),
             (7, 'Visit')) v (n, p) ORDER BY n;

-- As of a moment: that moment is seen.
SELECT t, journey_match(:j, 'signup -> purchase', t)
FROM (VALUES ('2024-03-19 12:00+00'::timestamptz), ('2024-03-20 00:00+00'), ('infinity'), ('-infinity'), (NULL)) v (t) ORDER BY t;
SELECT journey_match(j => :j, p => 'visit', as_of => '2024-02-01'), journey_match(NULL, 'visit', timestamptz '2024-03-01'), journey_match(:j, NULL, now());
SELECT 'visit -> cart'::journey_pattern @@ :j AS commuted, NULL @@ 'visit'::journey_pattern AS nothing;

-- Rows.
CREATE TABLE web (customer int, ts timestamptz, event text, channel text, value double precision);
INSERT INTO web SELECT 1, e.ts, e.event, e.channel, e.value FROM events(:j) e;
INSERT INTO web VALUES (2, '2024-03-01', 'signup', NULL, NULL), (2, '2024-03-01', 'visit', NULL, NULL),
  (3, NULL, 'visit', NULL, NULL), (4, '2024-03-01', 'other', NULL, NULL);
SELECT customer, funnel_step(ts, event, 'visit -> signup -> purchase within 7 days') AS step,
       funnel_times(ts, event, 'visit -> signup -> purchase within 7 days') AS times,
       match_count(ts, event, 'visit -> signup -> purchase within 7 days') AS n,
       journey_match(ts, event, 'visit -> signup -> purchase within 7 days') AS m
FROM web GROUP BY customer ORDER BY customer;
SELECT customer, funnel_step(ts, event, channel, value, 'visit -> signup'), match_count(ts, event, channel, value, 'visit')
FROM web GROUP BY customer ORDER BY customer;
-- Several patterns in one query, each a group; DISTINCT rows.
SELECT p, funnel_step(ts, event, p) FROM web, (VALUES ('visit -> cart'::journey_pattern), ('cart -> visit')) v (p)
WHERE customer = 1 GROUP BY p ORDER BY p;
SELECT match_count(DISTINCT ts, event, 'visit | signup') FROM web WHERE customer = 1;
-- Steps as conditions.
SELECT customer, funnel_step(ts, CASE WHEN event = 'visit' AND channel IS NULL THEN 1 WHEN value >= 20 THEN 2 END, '30 days')
FROM web GROUP BY customer ORDER BY customer;
SELECT funnel_step(ts, 2, NULL) FROM web;

-- What does not work.
SELECT funnel_step(ts, event, NULL::journey_pattern) FROM web;
SELECT funnel_step(ts, event, CASE customer WHEN 1 THEN 'visit' ELSE 'signup' END::journey_pattern) FROM web;
SELECT funnel_step(ts, event, 'visit -> ') FROM web;
SELECT funnel_step('infinity'::timestamptz, 'elsewhere'::text, 'visit');
SELECT funnel_step(timestamptz '2024-03-01', ''::text, 'visit');
SELECT funnel_step(timestamptz '2024-03-01', 'visit', 'web', 'NaN', 'visit');
SELECT funnel_step(timestamptz '2024-03-01', 0, NULL);
SELECT funnel_step(timestamptz '2024-03-01', 65, NULL);
SELECT funnel_step('-infinity'::timestamptz, 1, NULL);
SELECT funnel_step(timestamptz '2024-03-01', 1, '1 month');
SELECT funnel_step(timestamptz '2024-03-01', 1, '-1 day');
SELECT funnel_step(ts, 1, customer * interval '1 day') FROM web;
DROP TABLE web;

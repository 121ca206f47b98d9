-- What goes with an outcome: a small example, and what is refused.
CREATE TABLE seen (customer_id int, j journey, bought boolean);
INSERT INTO seen VALUES
  (1, '{2024-01-01 demo, 2024-01-02 price}', true),
  (2, '{2024-01-01 demo, 2024-01-03 price}', true),
  (3, '{2024-01-01 price, 2024-01-02 demo}', false),
  (4, '{2024-01-01 price}', false),
  (5, '{}', false),
  (6, NULL, true);
SELECT touchpoint, then_touchpoint, customers_with AS n1, customers_without AS n0, outcomes_with AS x1, outcomes_without AS x0,
       round(lift::numeric, 4) AS lift, round(odds_ratio::numeric, 4) AS odds, round(p::numeric, 4) AS p, round(q::numeric, 4) AS q,
       round(adjusted_p::numeric, 4) AS adjusted_p, finding
FROM (SELECT touchpoint_lift(j, bought, NULL, 1) AS a FROM seen) s, unnest(a);
SELECT touchpoint_lift(j, bought, NULL, NULL) AS too_few FROM seen;
SELECT first_event, then_event, sessions, conversions, round(confidence::numeric, 3) AS confidence, round(base_rate::numeric, 3) AS base_rate, finding
FROM (SELECT session_rules(j, 'price', '2 days', 0) AS a FROM seen) s, unnest(a);
SELECT session_rules(j, 'nothing', '2 days', 0) IS NOT NULL AS no_goal FROM seen;
-- errors
SELECT touchpoint_lift(j, bought, NULL, -1) FROM seen;
SELECT touchpoint_lift(j, bought, NULL, customer_id) FROM seen;
SELECT session_rules(j, NULL, '2 days', 0) FROM seen;
SELECT session_rules(j, 'price', NULL, 0) FROM seen;
SELECT session_rules(j, 'price', '1 month', 0) FROM seen;
SELECT session_rules(j, 'price', '2 days', 0, '1 day', NULL) FROM seen;
SELECT session_rules(j, 'price', '2 days', 0, NULL, '2024-02-01') FROM seen;
SELECT session_rules(j, 'price', '2 days', 0, '1 month', '2024-02-01') FROM seen;
SELECT sequence_lift(j, bought, NULL, -1, 3, NULL) FROM seen;
SELECT sequence_lift(j, bought, NULL, 1, 4, NULL) FROM seen;
SELECT sequence_lift(j, bought, NULL, 1, NULL, NULL) FROM seen;
SELECT sequence_lift(j, bought, NULL, 1, 3, 0) FROM seen;
SELECT sequence_lift(j, bought, NULL, 1, 3, customer_id) FROM seen;
SELECT sequence_lift(j, NULL, NULL, 1, 3, 1) FROM seen;
SELECT path, steps, customers_with AS n1, outcomes_with AS x1, round(p::numeric, 4) AS p, closed, finding
FROM (SELECT sequence_lift(j, bought, NULL, 1, 3, 1) AS a FROM seen) s, unnest(a);
DROP TABLE seen;
SELECT touchpoint_lift(journey_agg, true, NULL, 0)
FROM (SELECT journey_agg('2024-01-01'::timestamptz, 'n' || i) FROM generate_series(1, 800) i) j;
SELECT sequence_lift(journey_agg, true, NULL, 0, 3, NULL)
FROM (SELECT journey_agg('2024-01-01'::timestamptz, 'n' || i) FROM generate_series(1, 130) i) j;

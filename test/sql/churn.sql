-- A churn score: what is refused.
CREATE TABLE bought (customer_id int, j journey);
INSERT INTO bought
SELECT i, ('{2024-01-0' || 1 + i % 9 || ' buy, 2024-02-1' || i % 10 || CASE WHEN i % 3 = 0 THEN ' ticket, 2024-03-05 cancel}' ELSE ' visit, 2024-06-01 visit}' END)::journey
FROM generate_series(1, 90) i;
CREATE TABLE learned AS
SELECT churn_model(j, 'buy', 'cancel', NULL, '{2024-01-15Z, 2024-02-20Z, 2024-04-01Z}', '30 days', 'ticket') AS m FROM bought;
SELECT customer_id, round(churn_score(m, j, '2024-02-20Z')::numeric, 3) AS score, churn_reason(m, j, '2024-02-20Z') FROM learned, bought WHERE customer_id <= 3 ORDER BY customer_id;
SELECT bin, customers, round(expected::numeric, 3) AS expected, happened, round(brier::numeric, 3) AS brier, round(base_brier::numeric, 3) AS base, auc
FROM learned, churn_check(m) ORDER BY bin;
SELECT churn_score(m, '{2024-03-01 visit}', '2024-03-05Z') AS no_customer, churn_score(m, '{2024-01-01 buy, 2024-01-02 cancel}', '2024-03-05Z') AS gone, churn_score(m, '{}', '2024-03-05Z') AS nobody FROM learned;
-- errors
SELECT churn_model(j, 'buy', NULL, NULL, '{2024-02-20Z}', '30 days', NULL) FROM bought;
SELECT churn_model(j, 'buy', 'cancel', NULL, '{2024-02-20Z}', NULL, NULL) FROM bought;
SELECT churn_model(j, 'buy', 'cancel', NULL, '{2024-05-20Z}', '30 days', NULL) FROM bought;
SELECT churn_model(j, 'sell', 'cancel', NULL, '{2024-02-20Z}', '30 days', NULL) FROM bought;
SELECT churn_model(j, 'buy', 'cancel', NULL, '{2024-02-20Z}', '30 days', CASE WHEN customer_id = 1 THEN 'ticket'::journey_pattern END) FROM bought;
SELECT churn_score(m, j, 'infinity') FROM learned, bought;
SELECT churn_check(archetype::journey_model) FROM (VALUES ('\x4a01')) v (archetype);
SELECT churn_check('\x43010108000000000000000000000000');
SELECT 'abc'::journey_model;
-- calibration
SELECT calibration(1.5, true);
SELECT calibration('NaN', true);
DROP TABLE bought, learned;

-- Retention: a small example, and what is refused.
CREATE TABLE seen (customer_id int, j journey);
INSERT INTO seen VALUES
  (1, '{2024-03-30T22:30Z signup, 2024-03-31T21:30Z visit, 2024-04-02T08:00Z visit}'),
  (2, '{2024-03-31T05:00Z signup, 2024-03-31T06:00Z visit}'),
  (3, '{2024-04-01T05:00Z visit}');
SELECT cohort, period, period_to, customers, returned, returned_or_later, round(rate::numeric, 2) AS rate, complete
FROM (SELECT retention_table(j, 'signup', 'visit', 'day', 'Europe/Berlin') AS a FROM seen) s, unnest(a);
SELECT cohort, period, period_to, customers, returned, returned_or_later, round(rate::numeric, 2) AS rate, complete
FROM (SELECT retention_table(j, 'signup', 'visit', 'day', NULL, '{0,2}', '2024-05-01') AS a FROM seen) s, unnest(a);
-- errors
SELECT retention_table(j, 'signup', 'visit', 'hour', 'UTC') FROM seen;
SELECT retention_table(j, 'signup', 'visit', 'month', NULL) FROM seen;
SELECT retention_table(j, 'signup', 'visit', NULL, 'UTC') FROM seen;
SELECT retention_table(j, NULL, 'visit', 'day', 'UTC') FROM seen;
SELECT retention_table(j, 'signup', NULL, 'day', 'UTC') FROM seen;
SELECT retention_table(j, 'signup', 'visit', 'day', 'Mars/Base') FROM seen;
SELECT retention_table(j, 'signup -> visit', 'visit', 'day', 'UTC') FROM seen;
SELECT retention_table(j, 'signup', 'visit', 'day', 'UTC', '{1,1}') FROM seen;
SELECT retention_table(j, 'signup', 'visit', 'day', 'UTC', '{-1,1}') FROM seen;
SELECT retention_table(j, 'signup', 'visit', 'day', 'UTC', '{0,NULL}') FROM seen;
SELECT retention_table(j, 'signup', 'visit', 'day', CASE WHEN customer_id = 1 THEN 'UTC' ELSE 'Europe/Berlin' END) FROM seen;
SELECT retention_table(j, 'signup', 'visit', 'day', 'UTC', NULL, '9999-01-01') FROM seen;
DROP TABLE seen;

-- What comes next: a small example, and what is refused.
CREATE TABLE seen (customer_id int, j journey);
INSERT INTO seen
SELECT i, ('{2024-01-01T10:00Z home, 2024-01-01T10:01Z product' || CASE WHEN i % 2 = 0 THEN ', 2024-01-01T10:02Z cart' ELSE '' END
           || CASE WHEN i % 4 = 0 THEN ', 2024-01-01T10:03Z buy' ELSE '' END || '}')::journey FROM generate_series(1, 100) i;
CREATE TABLE learned AS SELECT next_model(j, 'buy', '30 minutes') AS m FROM seen;
SELECT event, round(probability::numeric, 3) AS probability, seen FROM learned, next_events(m, '{2024-02-01T10:00Z home, 2024-02-01T10:01Z product}');
SELECT round(convert_probability(m, '{2024-02-01T10:00Z home}')::numeric, 3) AS home,
       round(convert_probability(m, '{2024-02-01T10:00Z home, 2024-02-01T10:01Z product, 2024-02-01T10:02Z cart}')::numeric, 3) AS cart,
       round(convert_probability(m, '{2024-02-01T10:00Z home, 2024-02-01T10:01Z product, 2024-02-01T11:02Z cart}')::numeric, 3) AS later FROM learned;
-- errors
SELECT next_model(j, NULL, '30 minutes') FROM seen;
SELECT next_model(j, 'buy', NULL) FROM seen;
SELECT next_model(j, 'buy', '1 month') FROM seen;
SELECT next_model(j, 'buy', '30 minutes', '1 year', NULL) FROM seen;
SELECT next_model(j, 'cart -> buy', '30 minutes') FROM seen;
SELECT next_model(j, 'buy', customer_id * interval '1 minute') FROM seen;
SELECT next_events(m, '{2024-01-01 home}', 0) FROM learned;
SELECT churn_score(m, '{2024-01-01 home}', '2024-02-01Z') FROM learned;
SELECT next_model(j, 'buy', '30 minutes') FROM (SELECT journey_agg('2024-01-01Z'::timestamptz + i * interval '1 minute', 'event ' || i) AS j FROM generate_series(1, 130000) i GROUP BY i % 13) s;
DROP TABLE seen, learned;

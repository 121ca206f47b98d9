-- Attribution: a small example, and what is refused.
CREATE TABLE paths (customer_id int, j journey);
INSERT INTO paths VALUES
  (1, '{2024-01-01 visit@ads, 2024-01-03 visit@email, 2024-01-04 purchase=50}'),
  (2, '{2024-01-01 visit@ads}'),
  (3, '{2024-01-02 visit@email, 2024-01-03 purchase=30, 2024-01-09 refund=-10}');
SELECT a.* FROM (SELECT attribution(j, 'purchase', 'purchase | refund', 'linear') AS a FROM paths) s, unnest(s.a) AS a;
SELECT a.* FROM (SELECT attribution(j, 'purchase', NULL, 'markov', NULL) AS a FROM paths) s, unnest(s.a) AS a;
-- errors
SELECT attribution(j, 'purchase', NULL, 'lastest') FROM paths;
SELECT attribution(j, 'purchase', NULL, '') FROM paths;
SELECT attribution(j, 'purchase', NULL, 'first(1)') FROM paths;
SELECT attribution(j, 'purchase', NULL, 'position(40') FROM paths;
SELECT attribution(j, 'purchase', NULL, 'position(80, 40)') FROM paths;
SELECT attribution(j, 'purchase', NULL, 'position(40, 40, half)') FROM paths;
SELECT attribution(j, 'purchase', NULL, 'time_decay(1 month)') FROM paths;
SELECT attribution(j, 'purchase', NULL, 'time_decay(7 days, 3)') FROM paths;
SELECT attribution(j, 'purchase', NULL, 'markov(4)') FROM paths;
SELECT attribution(j, 'purchase', NULL, 'shapley(count)') FROM paths;
SELECT attribution(j, 'buy', NULL, 'shapley(rate)') FROM (SELECT journey_agg('2024-01-01'::timestamptz, 'visit', 'c' || i) AS j FROM generate_series(1, 21) i) s;
SELECT attribution(j, 'buy', NULL, 'shapley(rate)') FROM (SELECT journey_agg('2024-01-01'::timestamptz, 'visit', 'c' || i) AS j FROM generate_series(1, 21) i GROUP BY i) s;
SELECT attribution(j, 'purchase', 'visit -> purchase', 'first') FROM paths;
SELECT attribution(j, NULL, NULL, 'first') FROM paths;
SELECT attribution(j, 'purchase', NULL, NULL) FROM paths;
SELECT attribution(j, 'purchase', NULL, 'first', '1 month') FROM paths;
SELECT attribution(j, 'purchase', NULL, CASE customer_id WHEN 1 THEN 'first' ELSE 'last' END) FROM paths;
DROP TABLE paths;

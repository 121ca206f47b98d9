-- Anomalies: a small one of each kind, and what is refused.
\pset null '(null)'
SET DateStyle = ISO;
SELECT series, period, x, n, round(value::numeric, 4) AS value, round(expected::numeric, 4) AS expected, round(low::numeric, 4) AS low,
       round(high::numeric, 4) AS high, round(lift::numeric, 4) AS lift, history, round(p::numeric, 6) AS p, round(q::numeric, 6) AS q, anomaly
FROM (SELECT anomalies('orders', date '2024-01-01' + 7 * w, CASE w WHEN 7 THEN 4 ELSE 30 + w % 3 END, 50) AS a FROM generate_series(0, 7) w) s, unnest(a);
SELECT series, period, x, n, expected, round(p::numeric, 6) AS p, anomaly
FROM (SELECT anomalies('visits', date '2024-01-01' + 7 * w, CASE w WHEN 7 THEN 90 ELSE 30 + w % 3 END, NULL, '2024-02-12', NULL, NULL) AS a FROM generate_series(0, 7) w) s, unnest(a);
SELECT series, period, x, round(value::numeric, 4) AS value, round(expected::numeric, 4) AS expected, round(p::numeric, 6) AS p, anomaly
FROM (SELECT anomalies('revenue', date '2024-01-01' + 7 * w, CASE w WHEN 7 THEN -9 ELSE 3.5 + w % 3 END, '2024-02-12', 7, 6) AS a FROM generate_series(0, 7) w) s, unnest(a);
-- nothing varies; nothing ever happened
SELECT p, anomaly FROM (SELECT anomalies('flat', date '2024-01-01' + 7 * w, 5.0::float8, '2024-02-12', NULL, NULL) AS a FROM generate_series(0, 6) w) s, unnest(a);
SELECT p, anomaly FROM (SELECT anomalies('flat', date '2024-01-01' + 7 * w, CASE w WHEN 6 THEN 9 ELSE 5 END::float8, '2024-02-12', NULL, NULL) AS a FROM generate_series(0, 6) w) s, unnest(a);
SELECT p, anomaly FROM (SELECT anomalies('none', date '2024-01-01' + 7 * w, 0, NULL, '2024-02-12', NULL, NULL) AS a FROM generate_series(0, 6) w) s, unnest(a);
SELECT anomalies('s', NULL, 1, 2) IS NULL AS no_period, anomalies('s', '2024-01-01', NULL::float8) IS NULL AS no_value, anomalies('s', '2024-01-01', 0, 0) AS no_n;
-- errors
SELECT anomalies('s', '2024-01-01', 3, 2);
SELECT anomalies('s', '2024-01-01', -1, NULL);
SELECT anomalies('s', '2024-01-01', 'NaN'::float8);
SELECT anomalies('s', 'infinity', 1, 2);
SELECT anomalies(repeat('x', 4097), '2024-01-01', 1, 2);
SELECT anomalies('s', '2024-01-01', 1, 2, NULL, 0, NULL);
SELECT anomalies('s', '2024-01-01', 1, 2, NULL, NULL, 4);
SELECT anomalies('s', '2024-01-01', 9223372036854775807, NULL) FROM generate_series(1, 2);
SELECT anomalies('s', '2024-01-01', 1, 2, NULL, s, NULL) FROM generate_series(1, 2) s;

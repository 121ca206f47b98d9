-- calibration against plain SQL.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(9);
SET LOCAL client_min_messages = warning;
SELECT setseed(0.5);

CREATE TABLE told AS SELECT i, p, random() < p * p AS happened FROM (SELECT i, round(random()::numeric, CASE WHEN i % 2 = 0 THEN 1 ELSE 3 END)::float8 AS p FROM generate_series(1, 2000) i) s;
CREATE TABLE answer AS SELECT u.* FROM (SELECT calibration(p, happened) AS a FROM told) s, unnest(a) u;
-- Everybody of a probability is where the middle one of them is.
SELECT bag_eq($$SELECT bin, customers, round(expected::numeric, 9) AS e, happened, round(rate::numeric, 9) AS r, round(brier::numeric, 9) AS b FROM answer WHERE bin IS NOT NULL$$,
  $$SELECT 1 + least(floor(10 * (r + n / 2.0) / 2000), 9)::int AS bin, sum(n)::bigint, round((sum(n * p) / sum(n))::numeric, 9) AS e, sum(h)::bigint AS h, round(sum(h) / sum(n), 9) AS r, round((sum(h * (1 - p) ^ 2 + (n - h) * p ^ 2) / sum(n))::numeric, 9) AS b
    FROM (SELECT p, count(*) AS n, count(*) FILTER (WHERE happened) AS h, sum(count(*)) OVER (ORDER BY p) - count(*) AS r FROM told GROUP BY p) g GROUP BY 1$$, 'tenths');
SELECT is_empty($$SELECT * FROM answer a, rate_interval(a.happened, a.customers) r WHERE (a.rate, a.low, a.high) IS DISTINCT FROM (r.rate, r.low, r.high)$$, 'rates have the interval of rate_interval');
SELECT results_eq($$SELECT customers, round(expected::numeric, 9), happened, round(brier::numeric, 9), round(base_brier::numeric, 9) FROM answer WHERE bin IS NULL$$,
  $$SELECT count(*), round(avg(p)::numeric, 9), count(*) FILTER (WHERE happened), round(avg((p - happened::int) ^ 2)::numeric, 9), round((avg(happened::int) * (1 - avg(happened::int))), 9) FROM told$$, 'all together');
SELECT is((SELECT round(auc::numeric, 9) FROM answer WHERE bin IS NULL),
  (SELECT round(avg(CASE WHEN a.p > b.p THEN 1 WHEN a.p = b.p THEN 0.5 ELSE 0 END), 9) FROM told a, told b WHERE a.happened AND NOT b.happened), 'the area under the curve is that of all pairs');
SELECT is_empty($$SELECT * FROM answer WHERE lift IS DISTINCT FROM rate / (SELECT rate FROM answer WHERE bin IS NULL)$$, 'lift is over all');
SELECT results_eq($$SELECT bin, customers, rate, lift, brier, base_brier, auc FROM (SELECT calibration(p, false) AS a FROM (VALUES (0.25), (NULL)) v (p)) s, unnest(a)$$,
  $$VALUES (6, 1::bigint, 0::float8, NULL::float8, 0.0625::float8, NULL::float8, NULL::float8), (NULL, 1, 0, NULL, 0.0625, 0, NULL)$$, 'one row, to whom it did not happen; NULL is ignored');
SELECT is((SELECT calibration(NULL, true)), NULL, 'nothing to look at is NULL');
SELECT is((SELECT calibration(p, happened)::text FROM (SELECT * FROM told ORDER BY md5(i::text)) s), (SELECT calibration(p, happened)::text FROM told), 'shuffled rows give the same bits');
CREATE TEMP TABLE serial_calibration AS SELECT calibration(p, happened)::text AS a FROM told;
ALTER TABLE told SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT results_eq('SELECT calibration(p, happened)::text FROM told', 'SELECT a FROM serial_calibration', 'parallel gives the same bits');

SELECT * FROM finish();
ROLLBACK;

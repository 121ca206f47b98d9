-- Anomalies: planted ones are found, none where there are none, and the
-- numbers are those of plain SQL.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(24);
SET LOCAL client_min_messages = warning;
SELECT setseed(0.5);
CREATE FUNCTION near(got float8, want float8) RETURNS boolean LANGUAGE sql AS
  $$SELECT got IS NOT DISTINCT FROM want OR abs(got - want) <= 1e-9 * greatest(1, abs(want))$$;
CREATE FUNCTION normal(a float8, b float8) RETURNS float8 LANGUAGE sql AS $$SELECT sqrt(-2 * ln(1 - a)) * cos(2 * pi() * b)$$;

-- Weeks of a few series without noise that a formula does not know.
CREATE TABLE weekly AS
SELECT s, date '2024-01-01' + 7 * w AS week, 100 + (s * w * 37) % 23 AS x, 200 + (s + w) % 5 AS n, normal((s * w % 13) / 13.0, w / 20.0) AS v
FROM generate_series(1, 3) s, generate_series(0, 19) w;

-- Numbers.
CREATE TEMP TABLE judged_values AS SELECT a.* FROM (SELECT anomalies(s::text, week, v) AS a FROM weekly) x, unnest(a) a;
SELECT is((SELECT count(*) FROM judged_values), 60::bigint, 'each period of each series is a row');
SELECT is((SELECT array_agg(DISTINCT history ORDER BY history) FROM judged_values), '{0,1,2,3,4,5,6,7,8,9,10,11,12}'::int[], 'history is up to twelve periods');
SELECT is_empty('SELECT * FROM judged_values WHERE (history < 5) <> (p IS NULL) OR (history < 5 AND anomaly)', 'fewer than five periods are no history');
SELECT is_empty($$SELECT * FROM judged_values j, LATERAL (SELECT avg(v) AS m, stddev_samp(v) AS sd FROM (SELECT v FROM weekly w WHERE w.s::text = j.series AND w.week < j.period ORDER BY week DESC LIMIT 12) h) o
  WHERE history = 12 AND NOT (near(expected, m) AND near(high - expected, 2.2281388519649385 * sd * sqrt(1 + 1 / 12.0)) AND near(expected - low, high - expected))$$,
  'expected is the mean of the history, the range that of Student''s t with 10 degrees of freedom');
CREATE TEMP TABLE judged_rates AS SELECT a.* FROM (SELECT anomalies(s::text, week, x, n) AS a FROM weekly) x, unnest(a) a;
SELECT is_empty($$SELECT * FROM judged_rates j, LATERAL (SELECT sum(x) AS x, sum(n) AS n, count(*) AS m FROM (SELECT x, n FROM weekly w WHERE w.s::text = j.series AND w.week < j.period ORDER BY week DESC LIMIT 12) h) o
  WHERE history >= 5 AND NOT (near(expected, o.x / o.n::float8) AND near(value, j.x / j.n::float8) AND history = m AND j.p >= (compare_rates(o.x::bigint, o.n::bigint, j.x, j.n)).p)$$,
  'a rate is expected where all earlier periods are, and p is no smaller than that of two rates');
CREATE TEMP TABLE judged_counts AS SELECT a.* FROM (SELECT anomalies(s::text, week, x, NULL) AS a FROM weekly) x, unnest(a) a;
SELECT is_empty($$SELECT * FROM judged_counts j, LATERAL (SELECT avg(x) AS m, greatest(avg(x), var_samp(x)) AS v, count(*) AS n FROM (SELECT x FROM weekly w WHERE w.s::text = j.series AND w.week < j.period ORDER BY week DESC LIMIT 12) h) o
  WHERE history = 12 AND NOT (near(expected, m) AND near(high - m::float8, 2.2281388519649385 * sqrt(v * (1 + 1 / 12.0))))$$,
  'a count varies as in its history, and no less than by chance');
SELECT is_empty('SELECT * FROM judged_counts WHERE lift <> value / expected - 1 OR n IS NOT NULL', 'lift is the excess over what was expected');
SELECT results_eq($$SELECT array_agg(q ORDER BY series, period) FROM judged_counts$$,
  $$SELECT bh_adjust(array_agg(p ORDER BY series, period)) FROM judged_counts$$, 'q is p corrected for all periods of all series');

-- Which periods are history.
SELECT is((SELECT array_agg(a.expected ORDER BY a.period) FROM (SELECT anomalies('s', date '2024-01-01' + d, CASE WHEN d % 7 < 5 THEN 100 ELSE 10 END, NULL) AS a FROM generate_series(0, 48) d) s, unnest(a) a
           WHERE a.period >= '2024-02-12'), '{100,100,100,100,100,10,10}'::float8[], 'days are compared with the same days of the week');
SELECT is((SELECT array_agg(a.history ORDER BY a.period) FROM (SELECT anomalies('s', date '2024-01-01' + d, 100, NULL, date '2024-02-15', 1, 20) AS a FROM generate_series(0, 48) d) s, unnest(a) a),
  '{20,20,20,20}'::int[], 'since, season and history can be told');
SELECT is((SELECT array_agg(a.history ORDER BY a.period) FROM (SELECT anomalies('s', (date '2024-01-01' + m * interval '1 month')::date, 100, NULL) AS a FROM generate_series(0, 7) m) s, unnest(a) a),
  '{0,1,2,3,4,5,6,7}'::int[], 'months are compared with months');
SELECT is((SELECT ROW(a.x, a.expected, a.history, a.p < 0.05) FROM (SELECT anomalies(s, date '2024-01-01' + 7 * w, x, NULL) AS a FROM generate_series(0, 12) w, LATERAL (VALUES ('old', 50), ('new', CASE WHEN w = 12 THEN 9 END)) v (s, x)) s, unnest(a) a
           WHERE series = 'new' AND period = '2024-03-25'), ROW(9::bigint, 0::float8, 12, true), 'a count that is not there is 0: what is new stands out');
SELECT is((SELECT a.history FROM (SELECT anomalies(s, date '2024-01-01' + 7 * w, x, x + 10) AS a FROM generate_series(0, 12) w, LATERAL (VALUES ('old', 50), ('new', CASE WHEN w > 5 THEN 9 END)) v (s, x)) s, unnest(a) a
           WHERE series = 'new' AND period = '2024-03-25'), 6, 'a rate that is not there is unknown');
SELECT is((SELECT anomalies(NULL, date '2024-01-01', 1, 2)), NULL, 'rows without a series do not count');
SELECT results_eq($$SELECT a.* FROM (SELECT anomalies(s::text, week, 1, NULL) AS a FROM weekly, generate_series(1, x)) y, unnest(a) a$$, 'SELECT * FROM judged_counts', 'rows of one period are added up');

-- An incident of three weeks, and what comes after it.
CREATE TEMP TABLE incident AS
SELECT a.* FROM (SELECT anomalies(s::text, date '2024-01-01' + 7 * w, (CASE WHEN s = 7 AND w BETWEEN 15 AND 17 THEN 35 ELSE 84 END + 4 * normal(random(), random()))::int, 100) AS a
                 FROM generate_series(1, 10) s, generate_series(0, 25) w) x, unnest(a) a;
SELECT results_eq('SELECT series, period FROM incident WHERE anomaly ORDER BY 1, 2', $$VALUES ('7', date '2024-04-15'), ('7', '2024-04-22'), ('7', '2024-04-29')$$,
  'the three weeks of a planted incident are found, nothing else');
SELECT is((SELECT array_agg(history ORDER BY period) FROM incident WHERE series = '7' AND period BETWEEN '2024-04-22' AND '2024-05-13'), '{11,10,9,9}'::int[],
  'an incident does not become history');

-- A number that never varied.
CREATE FUNCTION last_of(x float8[], history integer) RETURNS journey_anomaly_row LANGUAGE sql AS
  $$SELECT a[cardinality(a)] FROM (SELECT anomalies('s', date '2024-01-01' + 7 * w::int, v, date '2024-01-01' + 7 * (cardinality(x) - 1), NULL, history) AS a FROM unnest(x) WITH ORDINALITY u (v, w1), LATERAL (SELECT w1 - 1) l (w)) s$$;
SELECT results_eq($$SELECT (last_of(array_fill(5::float8, '{20}') || 6::float8, 20)).p, (last_of(array_fill(5::float8, '{20}') || 6::float8, 20)).anomaly, (last_of(array_fill(5::float8, '{20}') || 6::float8, 12)).p,
    (last_of(array_fill(5::float8, '{20}') || 6::float8, 12)).anomaly, (last_of(array_fill(5::float8, '{21}'), 20)).p$$,
  'SELECT 1 / 21::float8, true, 1 / 13::float8, false, 1::float8', 'a number that differs from all it was before is the last of so many by chance');
SELECT is((last_of('{5,5,9}'::float8[] || array_fill(5::float8, '{17}') || 6::float8, 20)).p, 2 / 21::float8, 'an earlier one makes that more probable');
SELECT is((SELECT count(*) FROM generate_series(1, 21) i WHERE (last_of(array_fill(5::float8, ARRAY[i - 1]) || 6::float8 || array_fill(5::float8, ARRAY[21 - i]), 20)).p <= 1 / 21::float8), 1::bigint,
  'wherever one of 21 periods differs, p is right');

-- 200 sets of series without any incident: at most 5 % of them show one.
CREATE TEMP TABLE quiet AS SELECT t, s, date '2024-01-01' + 7 * w AS week, random() AS a, random() AS b, random() AS c FROM generate_series(1, 200) t, generate_series(1, 5) s, generate_series(0, 20) w;
CREATE FUNCTION alarms(call text) RETURNS bigint LANGUAGE plpgsql AS $f$DECLARE n bigint; BEGIN
  EXECUTE 'SELECT count(*) FROM (SELECT t, ' || call || ' AS a FROM quiet GROUP BY t) x WHERE EXISTS (SELECT FROM unnest(a) u WHERE u.anomaly)' INTO n; RETURN n; END$f$;
SELECT cmp_ok(alarms('anomalies(s::text, week, greatest(0, 50 + sqrt(50) * normal(a, b))::int, 200)'), '<=', 10::bigint, 'rates: at most 10 of 200');
SELECT cmp_ok(alarms('anomalies(s::text, week, greatest(0, 100 * exp(0.3 * normal(a, b)) + 10 * normal(b, c))::int, NULL)'), '<=', 10::bigint, 'counts that vary more than chance: at most 10 of 200');
SELECT cmp_ok(alarms('anomalies(s::text, week, 1000 * exp(0.5 * normal(a, b)))'), '<=', 10::bigint, 'revenue: at most 10 of 200');

-- Any split gives the same bits.
CREATE TEMP TABLE serial_anomalies AS SELECT anomalies(s::text, week, x, n)::text || anomalies(s::text, week, v)::text AS a FROM weekly;
ALTER TABLE weekly SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT is((SELECT array_agg(a ORDER BY i) FROM (SELECT 1 AS i, anomalies(s::text, week, x, n)::text || anomalies(s::text, week, v)::text AS a FROM weekly
    UNION ALL SELECT 2, anomalies(s::text, week, x, n)::text || anomalies(s::text, week, v)::text FROM (SELECT * FROM weekly ORDER BY md5(weekly::text)) w) y),
  (SELECT ARRAY[a, a] FROM serial_anomalies), 'parallel and shuffled rows give the same bits');

SELECT * FROM finish();
ROLLBACK;

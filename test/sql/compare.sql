-- Two groups compared: small ones, NULLs, and what is refused.
\pset null '(null)'
SELECT n_1, n_2, mean_1, mean_2, sd_1, sd_2, difference, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high, lift,
       round(t::numeric, 6) AS t, round(df::numeric, 6) AS df, round(p::numeric, 6) AS p
FROM (SELECT (compare_means(v, g)).* FROM (VALUES (1, false), (2, false), (3, false), (4, true), (6, true), (8, true), (NULL, true), (5, NULL)) x (v, g)) s;
SELECT difference, round(low::numeric, 6) AS low, round(p::numeric, 6) AS p FROM compare_means(3, 2, 1, 3, 6, 2, confidence => 0.9);
SELECT mean, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high FROM mean_interval(10, 20, 4);
SELECT n_1, n_2, median_1, median_2, u, round(auc::numeric, 6) AS auc, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high, round(z::numeric, 6) AS z, round(p::numeric, 6) AS p
FROM (SELECT (compare_ranks(v, g)).* FROM (VALUES (1, false), (2, false), (3, false), (3, true), (6, true), (8, true)) x (v, g)) s;
SELECT n_1, n_2, mean_1, mean_2, difference, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high, round(lift_low::numeric, 6) AS lift_low
FROM (SELECT (bootstrap_means(v % 10, v > 100, 1000, 42)).* FROM generate_series(1, 200) v) s;
SELECT n_1, n_2, events_1, events_2, median_1, median_2, until_day, mean_1, mean_2, difference, round(hazard_ratio::numeric, 6) AS hazard_ratio,
       round(chi_square::numeric, 6) AS chi_square, round(p::numeric, 6) AS p
FROM (SELECT (compare_times(d, h, g)).* FROM (VALUES (3, true, false), (5, false, false), (6, true, false), (8, true, false), (2, true, true), (3, true, true), (4, false, true), (7, true, true)) x (d, h, g)) s;
SELECT sample_size(0.05, 0.06), sample_size(0.05, 0.06, power => 0.9, confidence => 0.99), sample_size_means(5, 40);
SELECT compare_means(NULL, true) IS NULL AS no_mean, compare_ranks(NULL, true) IS NULL AS no_rank, bootstrap_means(NULL, true, 1, 1) IS NULL AS no_resample,
       compare_times(NULL, true, true) IS NULL AS no_time, mean_interval(NULL, 1, 1) IS NULL AS no_interval, sample_size(NULL, 1) IS NULL AS no_size;
-- errors
SELECT compare_means('NaN', true);
SELECT compare_means('-Infinity', true);
SELECT compare_means(1e200, true);
SELECT compare_means(v, true) FROM (VALUES (1.7e308), (1.7e308)) x (v);
SELECT compare_ranks('Infinity', true);
SELECT bootstrap_means(1, true, 99, 1);
SELECT bootstrap_means(1, true, NULL, 1);
SELECT bootstrap_means(1, true, 100 + s, 1) FROM generate_series(1, 2) s;
SELECT compare_times(-1, true, true);
SELECT compare_times('NaN', true, true);
SELECT compare_times(1, true, true, 0);
SELECT compare_times(1, true, true, u) FROM generate_series(1, 2) u;
SELECT compare_means(1, 1, 1, 5, 1, 1);
SELECT compare_means(5, 1, -1, 5, 1, 1);
SELECT compare_means(5, 1, 1, 5, 1, 1, 95);
SELECT mean_interval(5, 'NaN', 1);
SELECT mean_interval(5, 1, 1, 0);
SELECT sample_size(5, 6);
SELECT sample_size(0.1, 0.2, power => 80);
SELECT sample_size_means(1, -1);
SELECT sample_size(0.1, 0.1) IS NULL AS no_difference, sample_size(0.1, 0.1000000015) > 6e17 AS tiny, sample_size_means(1e-9, 0.5) > 3e18 AS tiny_too;
SELECT sample_size(0.1, 0.1000000001);
SELECT sample_size_means(1e-300, 1);
SELECT compare_means_trans(NULL, 1, true);
-- states that nothing here would write
CREATE AGGREGATE forged_means(double precision, boolean) (STYPE = journey_tally, SFUNC = survival_trans, FINALFUNC = compare_means_final);
SELECT forged_means(1, true);
DROP AGGREGATE forged_means(double precision, boolean);

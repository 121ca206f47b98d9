-- Two groups compared, against R 4.2.2 (t.test, wilcox.test with exact = FALSE and
-- correct = FALSE, survival 3.5-3, power.prop.test, power.t.test, sample() for
-- the bootstrap) on three made-up data sets, and against plain SQL.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(35);
SET LOCAL client_min_messages = warning;

-- Each entry is a value, xn how often it occurs.
CREATE TABLE packed_value (data text, second boolean, entries text);
INSERT INTO packed_value VALUES
  ('revenue', false, '0x713 4.38 7.72 9.35 9.45 13.74 14.82 16.49 17.54 17.62 17.75 18.11 18.75 19.78 19.88 21.3 22.69 23.11 23.19 24.04 24.52 27.08 28.18x2 28.68 29.31
30.49 31.65 31.88 33.64 34.05 34.36 36.56 36.87 37.25 37.72 37.82 38.46 39.87 39.9 40.03 40.86 41.99 42.55 43.06 43.56 44.61 47.41 48.06 48.39 48.41
48.66 49.42 52.17 54.93 56.44 58.29 59.03 59.13 62.46 64.35 66.93 67.57 71.36 72.8 74.86 82.44 92.42 112.47 113.38 118.33 119.32 119.81 134.97 138.87
142.74 148.8 164.74 185.12 188.54 201.18 216.73 231.19 253.23 363.12 363.58 436.45 501.35'),
  ('revenue', true, '0x674 5.36 5.68 9.5 10.18 11.21 12.83 12.92 14.2 16.95 20.84 23.06 24.26 25.22 25.25 25.55 25.62 26.51 26.96 26.97 27.23 27.44 27.64 29.32 29.63 31.53
33.06 33.41 35.16 35.61 36.88 37.8 40.1 41.34 41.64 43.36 44.07 46.04 46.37 47.14 47.69 50.23 51.14 54.33 56.2 56.9 65.47 66.65 71.39 73.02 74.75
76.26 78.59 83.89 85.3 89.36 90.01 90.35 91.35 93.93 95.87 99.06 102.73 116.52 117.7 118.07 134.63 141.12 141.6 142.76 151.9 152.98 155.42 160.24
170.68 177.23 181.91 184.49 188.59 204.68 210.58 241.21 266.47 304.74 306.38 318.23 371.69'),
  ('ltv', false, '0x54 5 8 9x2 13x2 17x2 18x2 20x2 21x2 22x2 24x2 25x3 26x3 27 28x2 29 30x4 32x2 33x3 35 36x3 37x2 38 39x2 41x3 43x2 44 45 49 50 51x3 52 53 54 57 58
59x2 60x2 61x2 64 66x2 67x3 70x2 73x2 77 78 79x2 81x2 83x2 84 85 86x2 87 91x2 93x2 96 100 104 110 113 114x2 115 116 120x2 121 126 128 132x2 136 141
148 152 160 163 166 169 174 184 192 208 229x2 239 258 314 315 339 356 437 493 520 525 555 839 865'),
  ('ltv', true, '0x33 9 12x2 16 21 25 27 31x2 33 35 37x3 39 41 42 43 48x2 50 52 54 55 59x2 62 65x3 66 68 69 73 74 77 82 84 96 97 100 101 104 106x2 107 108 113 117 119
127 134 143 151 156 166 171 180 181 221 231 247 252 273 288 300 303 353 486 534 566 567 964 1010');
CREATE TABLE measured AS
SELECT data, second, split_part(e, 'x', 1)::float8 AS value
FROM packed_value, regexp_split_to_table(entries, '\s+') e,
     generate_series(1, coalesce(nullif(split_part(e, 'x', 2), ''), '1')::int);
-- Each entry is the days, +n to whom it happened, -n last seen.
CREATE TABLE packed_time (second boolean, entries text);
INSERT INTO packed_time VALUES
  (false, '1+7 2+10 3+5 4+9 5+2 6+6 7+5 8+4 9+4 10+6 11+4 12+4 13+2 14+5 15+5 16+1 17+7 18+4 19+7 20+1-5 21+4-1 22+4-4 23+4-3 24+4-3 25-4 26+6-3 27+1 28+1-4
29+1-1 30-1 31-3 32+3-2 33+3-1 34+2-3 36+1-1 37-2 38-2 39+3-3 40-1 41+1-1 42-1 43+2-2 44+1-1 47-2 48-3 51-1 52-1 56-1 57-1'),
  (true, '1+6 2+11 3+9 4+6 5+9 6+8 7+6 8+9 9+7 10+6 11+3 12+7 13+11 14+5 15+6 16+2 17+2 18+2 19+5 20+3 21+8-2 22+4-2 23+5-1 24+2-1 25+2-3 26+2-3 27+2 29+4-3
30+3-3 31+2-1 33+2 34+1-2 35+1 36+2 37+2 39-2 40-2 41+1-1 44-1 45+1-1 46+1-1 47-1 49-1 51+1');
CREATE TABLE timed AS
SELECT second, m[1]::float8 AS days, happened
FROM packed_time, regexp_split_to_table(entries, '\s+') e,
     regexp_match(e, '^(\d+)(?:\+(\d+))?(?:-(\d+))?$') m,
     LATERAL (SELECT true AS happened FROM generate_series(1, coalesce(m[2], '0')::int)
              UNION ALL SELECT false FROM generate_series(1, coalesce(m[3], '0')::int)) h;
CREATE FUNCTION near(got float8, want float8, relative float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE sql AS
  $$SELECT got IS NOT DISTINCT FROM want OR abs(got - want) <= relative * abs(want)$$;
SELECT is((SELECT array_agg(n ORDER BY n) FROM (SELECT count(*) AS n FROM measured GROUP BY data, second UNION ALL SELECT count(*) FROM timed) s),
  '{107,193,400,760,800}'::bigint[], 'the data sets unpack');

-- Means.
CREATE TEMP TABLE means AS SELECT data, (compare_means(value, second)).* FROM measured GROUP BY data;
SELECT ok((SELECT n_1 = 800 AND n_2 = 760 AND near(mean_1, 8.5278625) AND near(mean_2, 9.85280263158) AND near(difference, 1.32494013158)
    AND near(t, 0.674926657873) AND near(df, 1556.14328455) AND near(p, 0.499822625548) AND near(low, -2.52563572989) AND near(high, 5.17551599305)
  FROM means WHERE data = 'revenue'), 'compare_means is t.test on revenue');
SELECT ok((SELECT n_1 = 193 AND n_2 = 107 AND near(mean_1, 76.9585492228) AND near(mean_2, 103.560747664) AND near(t, 1.4060319226)
    AND near(df, 171.265150751) AND near(p, 0.161526331358) AND near(low, -10.744324454) AND near(high, 63.9487213355)
  FROM means WHERE data = 'ltv'), 'compare_means is t.test on lifetime values');
SELECT is_empty($$SELECT * FROM means, LATERAL (
    SELECT count(*) FILTER (WHERE second) AS n, avg(value) FILTER (WHERE second) AS m, stddev_samp(value) FILTER (WHERE second) AS s,
           stddev_samp(value) FILTER (WHERE NOT second) AS s1 FROM measured x WHERE x.data = means.data) o
  WHERE n <> n_2 OR NOT near(mean_2, m) OR NOT near(sd_2, s) OR NOT near(sd_1, s1) OR NOT near(lift, mean_2 / mean_1 - 1)$$,
  'n, mean and standard deviation are those of plain SQL');
SELECT is_empty($$SELECT * FROM means a, compare_means(n_1, mean_1, sd_1, n_2, mean_2, sd_2) b
  WHERE NOT (near(a.difference, b.difference) AND near(a.low, b.low) AND near(a.high, b.high) AND near(a.p, b.p) AND near(a.df, b.df))$$,
  'the same from count, avg and stddev_samp');
SELECT ok((SELECT near(m.sd_1, (SELECT stddev_samp(1000000000 + i * 0.25) FROM generate_series(1, 9) i)::float8, 1e-15)
           FROM (SELECT (compare_means(1e9 + i * 0.25, false)).* FROM generate_series(1, 9) i) m),
  'a spread of a few units around a large mean keeps all digits, as numeric has them');
SELECT is((SELECT ROW(m.n_1, m.n_2, m.mean_2, m.difference, m.p) FROM (SELECT (compare_means(v, false)).* FROM (VALUES (1), (2)) x (v)) m),
  ROW(2::bigint, 0::bigint, NULL::float8, NULL::float8, NULL::float8), 'one group is no comparison');
SELECT is((SELECT ROW(m.difference, m.t, m.p) FROM (SELECT (compare_means(v, v > 5)).* FROM (VALUES (1), (1), (9), (9)) x (v)) m),
  ROW(8::float8, NULL::float8, NULL::float8), 'values that do not vary have a difference, but no test');
SELECT is((SELECT ROW(m.n_1, m.sd_1, m.low) FROM (SELECT (compare_means(v, v > 5)).* FROM (VALUES (1), (8), (9)) x (v)) m),
  ROW(1::bigint, NULL::float8, NULL::float8), 'one value has no spread');
SELECT is((SELECT compare_means(v, s) FROM (VALUES (NULL::float8, true), (1, NULL)) x (v, s)), NULL, 'rows without a value or a group do not count');
SELECT ok((SELECT near(m.low, 10 - 2.2621571628540993 * 3 / sqrt(10)) AND near(m.high, 10 + 2.2621571628540993 * 3 / sqrt(10)) FROM mean_interval(10, 10, 3) m),
  'mean_interval is Student''s: qt(0.975, 9) = 2.26215716');

-- Ranks.
CREATE TEMP TABLE ranks AS SELECT data, (compare_ranks(value, second)).* FROM measured GROUP BY data;
SELECT ok((SELECT u = 11001.5 AND near(auc, 0.532734492276) AND near(p, 0.341636080038) AND median_1 = 37 AND median_2 = 50 FROM ranks WHERE data = 'ltv'),
  'compare_ranks is wilcox.test on lifetime values');
SELECT is_empty($$SELECT * FROM ranks r, LATERAL (
    SELECT sum(CASE WHEN b.value > a.value THEN 1 WHEN b.value = a.value THEN 0.5 ELSE 0 END) AS u
    FROM measured a, measured b WHERE a.data = r.data AND b.data = r.data AND NOT a.second AND b.second) o WHERE o.u <> r.u$$,
  'u counts pairs');
SELECT is_empty($$SELECT * FROM ranks r, LATERAL (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE NOT second) AS m1, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE second) AS m2
    FROM measured x WHERE x.data = r.data) o WHERE m1 <> median_1 OR m2 <> median_2$$, 'medians are those of percentile_cont');
SELECT is_empty($$WITH placed AS (
    SELECT a.data, a.second, a.ctid, avg(CASE WHEN (b.value > a.value) = b.second AND b.value <> a.value THEN 1 WHEN b.value = a.value THEN 0.5 ELSE 0 END) AS share
    FROM measured a JOIN measured b ON b.data = a.data AND b.second <> a.second GROUP BY 1, 2, 3),
  spread AS (SELECT data, 1.959963984540054 * sqrt(sum(v)) AS half FROM (SELECT data, second, var_samp(share)::float8 / count(*) AS v FROM placed GROUP BY 1, 2) s GROUP BY 1)
  SELECT * FROM ranks JOIN spread USING (data) WHERE NOT near(high - auc, half) OR NOT near(auc - low, half)$$,
  'the interval is that of the placements of DeLong, in plain SQL');
SELECT is((SELECT ROW(m.auc, m.z, m.p) FROM (SELECT (compare_ranks(3, g)).* FROM unnest('{t,t,f,f}'::boolean[]) g) m),
  ROW(0.5::float8, NULL::float8, NULL::float8), 'equal values are no evidence');
SELECT is((SELECT ROW(m.n_1, m.n_2, m.u, m.auc) FROM (SELECT (compare_ranks(v, true)).* FROM generate_series(1, 3) v) m),
  ROW(0::bigint, 3::bigint, NULL::float8, NULL::float8), 'one group has no rank');
SELECT ok((SELECT m.auc = 1 AND m.median_1 = -2.5 FROM (SELECT (compare_ranks(v, v > 0)).* FROM unnest('{-4,-3,-2,-1,1,2}'::float8[]) v) m),
  'negative values have their place in the order');

-- Resampling.
CREATE TEMP TABLE boots AS SELECT data, (bootstrap_means(value, second, 4000, 1)).* FROM measured GROUP BY data;
SELECT is_empty($$SELECT * FROM boots b JOIN means m USING (data) WHERE b.n_2 <> m.n_2 OR NOT near(b.mean_1, m.mean_1) OR NOT near(b.difference, m.difference) OR NOT near(b.lift, m.lift)$$,
  'n, means and lift are those of compare_means');
SELECT ok((SELECT abs(low - -2.58287) < 0.05 * 7.76 AND abs(high - 5.17678) < 0.05 * 7.76 FROM boots WHERE data = 'revenue'),
  'bounds are those of 20,000 resamples by R, within 5 % of the width');
SELECT ok((SELECT bool_and(lift_low < lift AND lift < lift_high AND (lift_low > 0) = (low > 0)) FROM boots), 'bounds of the lift surround it');
SELECT isnt((SELECT bootstrap_means(value, second, 4000, 2)::text FROM measured WHERE data = 'revenue'),
  (SELECT bootstrap_means(value, second, 4000, 1)::text FROM measured WHERE data = 'revenue'), 'another seed is another resample');
-- A mean of n values that are 1 for m customers and 0 for the others: the
-- resampled share varies as a binomial's.
SELECT is_empty($$SELECT m, b.high - b.low FROM (SELECT m, (bootstrap_means((i <= m)::int, i > 0, 2000, 7)).* FROM unnest('{100,1000,30000}'::int[]) m, generate_series(-50000, 50000) i GROUP BY m) b,
    LATERAL (SELECT sqrt((m / 50000.0) * (1 - m / 50000.0) / 50000) AS se) o
  WHERE abs((high - low) / (2 * 1.96 * se) - 1) > 0.08$$,
  'many customers with one value vary as they would one by one');

-- Times.
CREATE TEMP TABLE times AS SELECT (compare_times(days, happened, second, 20)).* FROM timed;
SELECT ok((SELECT n_1 = 200 AND n_2 = 200 AND events_1 = 139 AND events_2 = 169 AND median_1 = 21 AND median_2 = 14 AND until_day = 20
    AND near(mean_1, 14.75) AND near(mean_2, 13.13) AND near(chi_square, 12.0961258733) AND near(p, 0.000505266962743) FROM times),
  'medians, restricted means and log-rank test are those of survfit and survdiff');
SELECT ok((SELECT near(high - difference, 1.959963984540054 * sqrt(0.480091137181 ^ 2 + 0.484783972507 ^ 2)) AND near(difference, -1.62) FROM times),
  'the interval is that of the standard errors of both restricted means');
SELECT ok((SELECT near(hazard_ratio, 1.48593587575) FROM times), 'the hazard ratio is that of coxph with ties = "efron"');
SELECT ok((SELECT near(max(observed / expected) FILTER (WHERE grp = 'true') / max(observed / expected) FILTER (WHERE grp = 'false'), 1.47157593712)
           FROM (SELECT log_rank(days, happened, second::text) AS a FROM timed) s, unnest(a)), 'and Pike''s comes from log_rank');
SELECT results_eq($$SELECT until_day, survival_mean(c1, 57), survival_mean(c2, 57) FROM (SELECT (compare_times(days, happened, second)).*,
    survival(days, happened) FILTER (WHERE NOT second) AS c1, survival(days, happened) FILTER (WHERE second) AS c2 FROM timed) s
  WHERE near(mean_1, survival_mean(c1, 57)) AND near(mean_2, survival_mean(c2, 57))$$,
  $$SELECT 57::float8, survival_mean(survival(days, happened) FILTER (WHERE NOT second), 57), survival_mean(survival(days, happened) FILTER (WHERE second), 57) FROM timed$$,
  'without until, means go as far as both groups were observed, or a curve has ended');
SELECT is((SELECT ROW(m.mean_1, m.difference, m.low, m.median_1) FROM (SELECT (compare_times(d, false, d > 5, 9)).* FROM generate_series(1, 10) d) m),
  ROW(NULL::float8, NULL::float8, NULL::float8, NULL::float8), 'beyond what was observed there is no mean');
SELECT is((SELECT ROW(m.hazard_ratio, m.hazard_low) FROM (SELECT (compare_times(d, d > 5, d > 5)).* FROM generate_series(1, 10) d) m),
  ROW(NULL::float8, NULL::float8), 'a group to which it never happened has no hazard ratio');

-- How many.
SELECT is((SELECT array_agg(sample_size(x1 / n1, x2 / n2) ORDER BY i) FROM (VALUES (1, 412, 5200.0, 498, 5100.0), (2, 180, 412.0, 251, 498.0), (3, 61, 180.0, 88, 251.0), (4, 2, 9.0, 5, 8.0)) v (i, x1, n1, x2, n2)),
  '{3731,867,25865,23}'::bigint[], 'sample_size is power.prop.test''s');
SELECT is(ARRAY[sample_size_means(1, 2), sample_size_means(1, 1), sample_size_means(-1, 1, power => 0.9), sample_size_means(0, 1), sample_size(0.1, 0.1)], '{64,17,22,NULL,NULL}'::bigint[],
  'sample_size_means is power.t.test''s, which has 64, 17 and 23, or one less; no difference needs more than all');

-- Any split gives the same bits.
CREATE FUNCTION all_of(relation text) RETURNS text LANGUAGE plpgsql AS $f$DECLARE a text; b text; BEGIN
  EXECUTE 'SELECT concat_ws(e''\n'', compare_means(value, second), compare_ranks(value, second), bootstrap_means(value, second, 100, 1)) FROM ' || relation INTO a;
  EXECUTE 'SELECT compare_times(days, happened, second)::text FROM ' || replace(relation, 'measured', 'timed') INTO b;
  RETURN a || b; END$f$;
SELECT is(all_of('(SELECT * FROM measured ORDER BY md5(measured::text)) s'), all_of('measured'), 'shuffled rows give the same bits');
CREATE TEMP TABLE serial_compare AS SELECT all_of('measured') AS a;
ALTER TABLE measured SET (parallel_workers = 3);
ALTER TABLE timed SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT is(all_of('measured'), (SELECT a FROM serial_compare), 'parallel gives the same bits');

-- numbers whose fourth powers leave the range of a double: as if in other units
SET LOCAL statement_timeout = '5s';
SELECT is_empty($$
  SELECT scale, c.* FROM unnest(ARRAY[1e-150, 1e-100, 1e-80, 1e78, 1e100, 1e150]) scale,
    LATERAL compare_means(10, 0, scale, 12, scale, 2 * scale) c, compare_means(10, 0, 1, 12, 1, 2) e
  WHERE abs(c.df / e.df - 1) > 1e-12 OR abs(c.t / e.t - 1) > 1e-12 OR abs(c.p / e.p - 1) > 1e-12 OR abs(c.high / scale / e.high - 1) > 1e-12
     OR c.df IS NULL OR c.p IS NULL OR c.high IS NULL $$, 'very small and very large numbers compare as others do');
SELECT * FROM finish();
ROLLBACK;

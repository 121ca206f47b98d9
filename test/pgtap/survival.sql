-- Survival curves, hazards and log-rank tests against R 4.2.2 (survival 3.5-3,
-- poisson.test, p.adjust) on two made-up data sets, and against plain SQL.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(26);
SET LOCAL client_min_messages = warning;

-- Each entry is the days, +n to whom it happened, -n last seen.
CREATE TABLE packed_survival (data text, grp text, entries text);
INSERT INTO packed_survival SELECT 'convert', * FROM (VALUES
  ('after', '1+6 2+11 3+9 4+6 5+9 6+8 7+6 8+9 9+7 10+6 11+3 12+7 13+11 14+5 15+6 16+2 17+2 18+2 19+5 20+3 21+8-2 22+4-2 23+5-1 24+2-1 25+2-3 26+2-3 27+2 29+4-3
30+3-3 31+2-1 33+2 34+1-2 35+1 36+2 37+2 39-2 40-2 41+1-1 44-1 45+1-1 46+1-1 47-1 49-1 51+1'),
  ('baseline', '1+7 2+10 3+5 4+9 5+2 6+6 7+5 8+4 9+4 10+6 11+4 12+4 13+2 14+5 15+5 16+1 17+7 18+4 19+7 20+1-5 21+4-1 22+4-4 23+4-3 24+4-3 25-4 26+6-3 27+1 28+1-4
29+1-1 30-1 31-3 32+3-2 33+3-1 34+2-3 36+1-1 37-2 38-2 39+3-3 40-1 41+1-1 42-1 43+2-2 44+1-1 47-2 48-3 51-1 52-1 56-1 57-1')) v;
INSERT INTO packed_survival SELECT 'churn', * FROM (VALUES
  ('ads', '0+2 1+2 2+3 3+1 4+1 6+1 7+2 8+1 10+1 11+2 12+1 13+1 14+2 15+2 16+1 17+1 18+1 19+2 20+1 21+2 24+1 27+2 28+2 29+2 30+7 31+6 32+5 33+2 34+5 35+4 36+7
37+2 38+3 39+8 40+5 41+5 42+5 43+2 44+5 45+1 46+1 48+1 51+1 52+2 53+1 54+1 56+3 60+2 61+1 63+2 64+1 65+2 66+1 67+1 73+2 74+7 79+1 80+2 81+2 82+1 83+1
84+1 86+1 88+2 90+1 95-1 96+1 98+2 100+1 104+1 108+2 109+1 111+2 113-1 114+1-1 115+1-1 117+1-1 118+1 120+1 123-1 124-1 125-1 128+1 129-1 136-1 141+1
143+1 144+1-1 147+2 150-1 152-1 153-2 154-1 155-1 156-1 157+2 160+1 161+1 162+1 163+1 164+1 165-1 169+1-1 170+2 172-1 174+1-1 176+1 178-1 179+1 182+1
184+1-1 185+1 186+1 188+2 193-1 195-2 196+1-2 197+1 198-1 199+1-1 202+1 203+2 205-1 206-1 207+1 214-1 215+1-1 218+2 220+1-1 226+1 229+1-1 236+2 250-1
258-1 261-1 266+1 267-1 268+1 271+1-1 272+1 273+1 278-1 279+1 282-1 283+1 285-1 294-1 299-1 300+1 309+1-1 313-1 316-1 320-1 328+1 334+1 335-1 348+1
358-1 363+1 370+1 372-1 405-1 408-1 415-1 418-1 421-1 424-1 429-1 445-1 446-1 447-1'),
  ('organic', '1+1 5+1 6+2 7+1 8+1 9+2 10+2 11+1 16+2 18+1 19+1 22+2 23+1 25+1 28+1 29+4 30+2 31+1 33+1 35+2 37+2 38+3 39+1 40+6 42+4 43+3 44+1 46+1 47+1 55+1 57+2
59+1 62+1 67+1 68+1 79+1 82+1 84+1 86+1 89-1 90+1 91+1 92-1 98+1 100-2 102+1 109+1 111+1 112+1 114+1 116+1-1 118-1 119+1-2 120+1 123-2 126-1 129+2-1
130-1 131+1 132-1 134+1-1 135+1 136+1 138+1 141+2-1 144+1-1 150+1 151+1 153+2-1 156-1 158+1 160+1 165-1 169+1 171+1 172-1 173-1 177-1 184+1 187-1
193+2-1 196+1 199-1 200+1 203+1 204-1 207-1 208-1 219-1 224-1 225+1 229-1 234+1-1 238+1 239+1 244+1 246-1 252-1 253-1 254-1 259+1 260+1 263-1 265-1
266-1 269+1 270-1 271+1 275-1 277+1 282-1 283+1 286-1 289-1 292-1 304+1 305-1 310-1 317-1 322-2 324-1 328-1 329-1 334-1 346+1 348-1 354-1 357-1 358-1
361+1 366-1 369+1 380+1 394-1 396-1 408-1 415-2 423-1 447-1 448-1'),
  ('referral', '1+1 5+1 6+1 7+1 8+1 13+2 17+1 18+1 19+1 27+1 28+1 30+3 35+1 36+1 41+1 42+1 45+1 46+1 47+1 51+1 59+1 68+1 71+1 75+1 77+1 78+1 84+1 86-1 87-1 89-1 91-1
92+1 95+1 97-1 98+1 101+1 104+2 108-1 109+1 110+1 111+1-2 113+1-1 114+1 115+2 116+1 119+1-1 120+1 121-2 122-1 123-1 125-1 127-1 129+1 130-1 132+1-2
133-1 140-1 141-1 144-1 148+1 158-2 162+1 172-1 173-1 175-2 178+1 180+1-1 182-1 187+1 188+1 190-1 193+1 194-1 195-1 204-1 206-1 207-1 208-1 209+1
218-1 221-1 224+1-1 226-1 231+1 237+1-1 240-2 250-1 258+1 259-1 261+1-1 265-1 281-1 283+1-1 286-1 290-1 298-1 309-1 316-1 317-1 321-1 352-1 354-1
357-1 362-1 367-1 368+1 389-1 392+1 393-1 404-2 410-1 419-1 424-1 440-1')) v;
CREATE TABLE observed AS
SELECT data, grp, m[1]::float8 AS days, happened
FROM packed_survival, regexp_split_to_table(entries, '\s+') e,
     regexp_match(e, '^(\d+)(?:\+(\d+))?(?:-(\d+))?$') m,
     LATERAL (SELECT true AS happened FROM generate_series(1, coalesce(m[2], '0')::int)
              UNION ALL SELECT false FROM generate_series(1, coalesce(m[3], '0')::int)) h;
CREATE FUNCTION near(got float8, want float8) RETURNS boolean LANGUAGE sql AS
  $$SELECT got IS NOT DISTINCT FROM want OR abs(got - want) <= 1e-9 * abs(want)$$;

SELECT is((SELECT count(*) FROM observed), 1000::bigint, 'the data sets unpack to 400 and 600 customers');

-- Curves.
SELECT results_eq($$SELECT grp, survival_median(a), near(survival_mean(a, 20), CASE grp WHEN 'after' THEN 13.13 ELSE 14.75 END),
    near(1 - survival_at(a, 15), CASE grp WHEN 'after' THEN 0.545 ELSE 0.39 END),
    (SELECT min(days) FROM unnest(a) WHERE low <= 0.5), (SELECT min(days) FROM unnest(a) WHERE high <= 0.5)
  FROM (SELECT grp, survival(days, happened) AS a FROM observed WHERE data = 'convert' GROUP BY grp) s ORDER BY grp$$,
  $$VALUES ('after', 14::float8, true, true, 12::float8, 18::float8), ('baseline', 21, true, true, 17, 24)$$,
  'median with its bounds, restricted mean and share converted are those of survfit');
SELECT is_empty($$
  SELECT * FROM (VALUES (0, 600, 0.9966666667, 0.0023530910, 0.9867383225, 0.9991652977),
      (30, 527, 0.8583333333, 0.0142359417, 0.8277968648, 0.8838379884), (45, 423, 0.7016666667, 0.0186784437, 0.6633127609, 0.7365470303),
      (90, 354, 0.5932771518, 0.0200564018, 0.5528102302, 0.6313676662), (180, 198, 0.4355548938, 0.0209565812, 0.3941610745, 0.4761679545),
      (365, 34, 0.2375406692, 0.0234929939, 0.1930247527, 0.2847692190)) w (day, n, s, se, lo, hi),
    LATERAL (SELECT u.* FROM (SELECT survival(days, happened) AS a FROM observed WHERE data = 'churn') c, unnest(a) u
             WHERE days <= day ORDER BY days DESC LIMIT 1) u
  WHERE abs(survival - s) > 1e-10 OR abs(std_error - se) > 1e-10 OR abs(low - lo) > 1e-10 OR abs(high - hi) > 1e-10$$,
  'survival, Greenwood''s error and log-log bounds at fixed days are those of survfit');
SELECT is_empty($$
  WITH o AS (SELECT days, count(*) FILTER (WHERE happened) AS d, count(*) AS n FROM observed WHERE data = 'churn' GROUP BY 1),
       r AS (SELECT days, d, n - d AS c, sum(n) OVER (ORDER BY days DESC) AS risk FROM o),
       s AS (SELECT *, exp(sum(ln(nullif(1 - d / risk, 0))) OVER (ORDER BY days)) AS s FROM r)
  SELECT * FROM s FULL JOIN (SELECT u.* FROM (SELECT survival(days, happened) AS a FROM observed WHERE data = 'churn') c, unnest(a) u) u USING (days)
  WHERE (d, c, risk) IS DISTINCT FROM (events, censored, at_risk::numeric) OR abs(s - survival) > 1e-10$$,
  'the whole curve equals the product written in plain SQL');
SELECT is((SELECT survival(d, h) FROM (VALUES (NULL::float8, true), (1, NULL::boolean)) v (d, h)), NULL,
  'rows without a time or an answer do not count; nothing else gives NULL');
SELECT is((SELECT survival_median(survival(d, false)) FROM generate_series(1, 5) d), NULL, 'a median that is not reached is NULL');
SELECT is((SELECT array_agg(survival_at(a, d) ORDER BY d) FROM (SELECT survival(x, x < 3) AS a FROM generate_series(1, 4) x) s, unnest('{0,1,2,4,5}'::float8[]) d),
  '{1,0.75,0.5,0.5,NULL}'::float8[], 'survival_at steps down at the event and ends with the observation');
SELECT is((SELECT array_agg(survival_mean(a, d) ORDER BY d) FROM (SELECT survival(x, x < 3) AS a FROM generate_series(1, 4) x) s, unnest('{1,2,4,5}'::float8[]) d),
  '{1,1.75,2.75,NULL}'::float8[], 'survival_mean is the area under the steps');
SELECT is((SELECT array_agg(survival_mean(a, d) ORDER BY d) FROM (SELECT survival(x, true) AS a FROM generate_series(0, 2, 2) x) s, unnest('{1,2,9}'::float8[]) d),
  '{0.5,1,1}'::float8[], 'a curve that ends at 0 has a mean for any number of days');
SELECT is((SELECT survival_quantile(a, 0.9) FROM (SELECT survival(x, true) AS a FROM generate_series(1, 10) x) s), 9::float8,
  'survival_quantile is the day by which a share has happened');

-- Log-rank.
SELECT is_empty($$
  SELECT * FROM (SELECT log_rank(days, happened, grp) AS a FROM observed WHERE data = 'churn') s, unnest(a) u
    JOIN (VALUES ('ads', 283, 219, 164.1976187642), ('organic', 182, 114, 129.2984230496), ('referral', 135, 64, 103.5039581862)) w (grp, n, o, e) USING (grp)
  WHERE customers <> n OR observed <> o OR abs(expected - e) > 1e-9 OR NOT near(chi_square, 35.6314005181) OR df <> 2 OR NOT near(p, 1.8312164722e-08)$$,
  'log_rank of three groups is survdiff''s');
SELECT ok((SELECT near(u.chi_square, 13.0606167164) AND near(u.p, 3.0157012217e-04) AND u.df = 1
           FROM (SELECT log_rank(days, happened, grp) AS a FROM observed WHERE data = 'churn' AND grp <> 'referral') s, unnest(a) u LIMIT 1),
  'log_rank of two groups is survdiff''s');
SELECT ok((SELECT near(u.chi_square, 12.0961258733) AND near(u.p, 0.000505266962743)
           FROM (SELECT log_rank(days, happened, grp) AS a FROM observed WHERE data = 'convert') s, unnest(a) u LIMIT 1),
  'so it is on the time to convert before and after');
SELECT results_eq($$SELECT u.chi_square, u.df, u.p FROM (SELECT log_rank(1, true, 'one')) s (a), unnest(a) u$$,
  $$VALUES (NULL::float8, 0, NULL::float8)$$, 'one group is no comparison');
SELECT ok((SELECT bool_and(u.chi_square IS NULL OR u.chi_square >= 0) FROM (SELECT log_rank(d % 3, d % 2 = 0, (d % 7)::text) FROM generate_series(1, 20) d) s (a), unnest(a) u),
  'few customers in many groups are no error');

SELECT ok((SELECT bool_and(near(u.chi_square, 33.6221774572) AND near(u.p, 5.0007705741e-08) AND u.df = 2)
           FROM (SELECT log_rank(days, happened, grp, 1) AS a FROM observed WHERE data = 'churn') s, unnest(a) u),
  'with rho 1 it is the test of Peto and Peto, as survdiff(rho = 1) has it');
SELECT results_eq($$SELECT u.* FROM (SELECT log_rank(days, happened, grp, 0) AS a FROM observed WHERE data = 'churn') s, unnest(a) u$$,
  $$SELECT u.* FROM (SELECT log_rank(days, happened, grp) AS a FROM observed WHERE data = 'churn') s, unnest(a) u$$, 'with rho 0 it is the log-rank test');

-- Life table.
SELECT is_empty($$
  SELECT * FROM (VALUES (0, 600, 73, 0, 600, 0.1216666667, 0.8783333333), (30, 527, 126, 0, 527, 0.2390891841, 0.6683333333),
      (60, 401, 43, 4, 399, 0.1077694236, 0.5963074353), (90, 354, 40, 19, 344.5, 0.1161103048, 0.5270699972),
      (120, 295, 22, 28, 281, 0.0782918149, 0.4858047305), (150, 245, 23, 24, 233, 0.0987124464, 0.4378497571),
      (180, 198, 24, 25, 185.5, 0.1293800539, 0.3812007319), (210, 149, 15, 13, 142.5, 0.1052631579, 0.3410743391),
      (240, 121, 8, 17, 112.5, 0.0711111111, 0.3168201639), (270, 96, 9, 17, 87.5, 0.1028571429, 0.2842329470),
      (300, 70, 4, 16, 62, 0.0645161290, 0.2658953375), (330, 50, 3, 10, 45, 0.0666666667, 0.2481689817)) w (lo, n, e, c, eff, q, s)
    FULL JOIN (SELECT u.* FROM (SELECT life_table(days, happened, 30, 360) AS a FROM observed WHERE data = 'churn') s, unnest(a) u) u ON lo = from_day
  WHERE (n, e, c, eff) IS DISTINCT FROM (at_risk, events, censored, effective::numeric) OR abs(q - share) > 1e-10 OR abs(s - survival) > 1e-10 OR to_day <> lo + 30$$,
  'a life table is the actuarial one of R arithmetic');
SELECT is_empty($$SELECT * FROM (SELECT survival(days, happened) AS s, life_table(days, happened, 1, 500) AS l FROM observed WHERE data = 'churn' AND happened) a, unnest(l) l
  WHERE abs(l.survival - coalesce((SELECT min(u.survival) FROM unnest(s) u WHERE days < l.to_day), 1)) > 1e-12
    OR abs(l.std_error - (SELECT u.std_error FROM unnest(s) u WHERE days < l.to_day ORDER BY days DESC LIMIT 1)) > 1e-12$$,
  'without censoring it is the Kaplan-Meier curve, with its error');

-- Hazard.
SELECT is_empty($$
  SELECT * FROM (SELECT hazard(days, happened, 15, 180) AS a FROM observed WHERE data = 'churn') s, unnest(a) u
    JOIN (VALUES (0, 600, 38, 8693, 0.004371333257, 0.003093415581, 0.005999996425, 0.865297099, 0.8207434308, 0.9974116913),
      (30, 527, 104, 7076, 0.01469756925, 0.01200897913, 0.01780856515, 3.876994679, 6.749506538e-25, 8.099407845e-24),
      (120, 295, 10, 4176, 0.002394636015, 0.001148321048, 0.004403820891, 0.4662666038, 0.9974116913, 0.9974116913),
      (165, 220, 9, 3136, 0.002869897959, 0.001312300095, 0.005447960284, 0.5664348286, 0.9747828243, 0.9974116913))
      w (d, n, e, pd, h, lo, hi, rr, pg, bh) ON from_day = d
  WHERE at_risk <> n OR events <> e OR days <> pd OR NOT near(rate, h) OR NOT near(low, lo) OR NOT near(high, hi)
    OR NOT near(ratio, rr) OR NOT near(u.p, pg) OR NOT near(q, bh)$$,
  'hazard per 15 days is that of poisson.test');
SELECT results_eq($$SELECT from_day FROM (SELECT hazard(days, happened, 15, 180) AS a FROM observed WHERE data = 'churn') s, unnest(a) WHERE spike$$,
  $$VALUES (30::float8)$$, 'only the planted spike, days 30 to 45, is marked');
SELECT is_empty($$SELECT * FROM (SELECT hazard(days, happened, 7.5, 100) AS a FROM observed) s, unnest(a) u,
    LATERAL (SELECT sum(greatest(0, least(o.days, to_day) - from_day)) AS pd, count(*) FILTER (WHERE o.days >= from_day) AS risk FROM observed o) x
  WHERE abs(pd - u.days) > 1e-9 OR risk <> at_risk$$, 'days spent in an interval and customers at risk are those of plain SQL');

-- Any split gives the same bits.
SELECT results_eq($$SELECT survival(days, happened)::text, log_rank(days, happened, grp, 1)::text, hazard(days, happened, 15, 180)::text FROM (SELECT * FROM observed ORDER BY md5(grp || days || happened)) s$$,
  $$SELECT survival(days, happened)::text, log_rank(days, happened, grp, 1)::text, hazard(days, happened, 15, 180)::text FROM observed$$,
  'shuffled rows give the same bits');
CREATE TEMP TABLE serial_survival AS SELECT survival(days, happened)::text AS a, log_rank(days, happened, grp, 1)::text AS b, hazard(days, happened, 15, 180)::text AS c FROM observed;
ALTER TABLE observed SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS
  $$DECLARE l text; a text := ''; BEGIN FOR l IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP a := a || l || E'\n'; END LOOP; RETURN a; END$$;
SELECT matches(plan_of('SELECT survival(days, happened) FROM observed'), 'Partial Aggregate', 'workers aggregate in parts');
SELECT results_eq('SELECT survival(days, happened)::text, log_rank(days, happened, grp, 1)::text, hazard(days, happened, 15, 180)::text FROM observed',
  'SELECT * FROM serial_survival', 'parallel gives the same bits');

-- The state may come as any bytes.
SELECT is((SELECT count(*) FROM (SELECT survival(days, happened) OVER (PARTITION BY grp ORDER BY days, happened) AS a FROM observed WHERE data = 'convert') w
           WHERE a IS NULL), 0::bigint, 'they work as window functions');

SELECT * FROM finish();
ROLLBACK;

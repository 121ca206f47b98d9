-- Survival: a small curve, NULLs, and what is refused.
SELECT days, at_risk, events, censored, round(survival::numeric, 6) AS survival,
       round(low::numeric, 6) AS low, round(high::numeric, 6) AS high
FROM (SELECT survival(d, h) AS a FROM (VALUES (3, true), (5, false), (5, true), (8, true), (12, false), (NULL, true)) v (d, h)) s, unnest(a)
ORDER BY days;
SELECT survival(NULL, true) IS NULL AS nothing;
SELECT grp, customers, observed, round(expected::numeric, 6) AS expected, round(chi_square::numeric, 6) AS chi_square, df, round(p::numeric, 6) AS p
FROM (SELECT log_rank(d, true, CASE WHEN d < 6 THEN 'fast' ELSE 'slow' END) AS a FROM generate_series(1, 10) d) s, unnest(a)
ORDER BY grp;
SELECT from_day, to_day, at_risk, events, censored, effective, round(share::numeric, 6) AS share, round(a.survival::numeric, 6) AS survival, round(std_error::numeric, 6) AS std_error
FROM (SELECT life_table(d, d < 8, 4, 12) AS a FROM generate_series(1, 10) d) s, unnest(a) a;
-- errors
SELECT survival(-1, true);
SELECT survival('NaN', true);
SELECT survival('Infinity', true);
SELECT hazard(1, true, 0, 10);
SELECT hazard(1, true, NULL, 10);
SELECT hazard(1, true, 1, 'Infinity');
SELECT hazard(1, true, 0.001, 1000);
SELECT hazard(1, true, w, 10) FROM generate_series(1, 2) w;
SELECT log_rank(1, true, g::text) FROM generate_series(1, 501) g;
SELECT log_rank(1, true, repeat('x', 4097));
SELECT log_rank(1, true, 'a', -1);
SELECT log_rank(1, true, 'a', NULL);
SELECT life_table(1, true, -1, 10);
SELECT survival_trans(NULL, 1, true);
SELECT '4300'::journey_tally;
SELECT '430201'::journey_tally;
SELECT '43010900000000000000000000000000'::journey_tally IS NOT NULL AS readable;
SELECT '4301090000000000000000000000000001'::journey_tally;
SELECT '43020900000000000000000000000000'::journey_tally;
-- a state that nothing here would write
CREATE AGGREGATE forged(double precision, boolean) (STYPE = journey_tally, SFUNC = survival_trans, FINALFUNC = survival_final,
  INITCOND = '430101020000000000000000010000000800ffffffffffffffff01000000000000000000000000000000');
SELECT forged(1, true);
CREATE AGGREGATE forged_kind(double precision, boolean) (STYPE = journey_tally, SFUNC = survival_trans, FINALFUNC = survival_final,
  INITCOND = '43010302000000000000000000000000');
SELECT forged_kind(1, true);
-- another form than that of the aggregate
CREATE AGGREGATE forged_form(double precision, boolean) (STYPE = journey_tally, SFUNC = survival_trans, FINALFUNC = survival_final,
  INITCOND = '54010100000000000000000000000000000000800000000000000000000000000000000000000000');
SELECT forged_form(1, true);
DROP AGGREGATE forged(double precision, boolean), forged_kind(double precision, boolean), forged_form(double precision, boolean);

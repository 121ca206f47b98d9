-- Intervals and comparisons of rates.
\pset null '(null)'
SELECT * FROM rate_interval(60, 200);
SELECT * FROM rate_interval(0, 0);
SELECT rate_interval(NULL, 10) IS NULL AS no_rate;
SELECT round(low::numeric, 10) AS low, round(high::numeric, 10) AS high
FROM rate_interval(3, 10, confidence => 0.99, exact => true);
SELECT round(rate::numeric, 12) AS rate, round(low::numeric, 12) AS low, round(high::numeric, 12) AS high
FROM count_interval(104, exposure => 7076);
SELECT test, round(difference::numeric, 10) AS difference, round(low::numeric, 10) AS low,
       round(high::numeric, 10) AS high, round(lift::numeric, 10) AS lift, round(p::numeric, 12) AS p
FROM (VALUES (412, 5200, 498, 5100), (2, 9, 5, 8)) v (x1, n1, x2, n2), compare_rates(x1, n1, x2, n2);
SELECT * FROM compare_rates(0, 0, 1, 2);
SELECT * FROM compare_rates(0, 5, 0, 5);
SELECT bh_adjust('{0.01, NULL, 0.04, 0.03, 0.005}'), bh_adjust('{}'), bh_adjust('[3:4]={1,0}');
-- errors
SELECT rate_interval(3, 2);
SELECT rate_interval(-1, 2);
SELECT rate_interval(1, 2, 95);
SELECT rate_interval(1, 2, 'NaN');
SELECT count_interval(-1);
SELECT count_interval(1, 0);
SELECT compare_rates(1, 2, 3, 2);
SELECT bh_adjust('{0.5, 1.5}');
SELECT bh_adjust('{NaN}');

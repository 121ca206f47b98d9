-- Metrics by cohort against plain SQL over the events; comparisons against R
-- 4.2.2 (prop.test, fisher.test, power.prop.test, t.test) and against the
-- functions that do the same for numbers; false alarms counted.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(26);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'America/New_York';
SELECT setseed(0.25);

-- Around the change of clocks in Berlin, with ties, refunds and other values.
CREATE TEMP TABLE happened AS
SELECT i % 300 AS customer, timestamptz '2024-02-20 00:00+00' + floor(random() * 90 * 48) * interval '30 minutes' AS ts,
       (ARRAY['visit', 'visit', 'visit', 'purchase', 'refund', 'nps'])[1 + floor(random() * 6)] AS event,
       floor(random() * 1000) / 10 AS amount
FROM generate_series(1, 1800) i;
CREATE TEMP TABLE ev AS
SELECT customer, ts, event, CASE event WHEN 'purchase' THEN nullif(amount, 99.9) WHEN 'refund' THEN -amount / 5 WHEN 'nps' THEN 9 END AS value FROM happened;
CREATE TEMP TABLE js AS SELECT customer, journey_agg(ts, event, NULL, value) AS j FROM ev GROUP BY customer;
CREATE FUNCTION near(got float8, want float8) RETURNS boolean LANGUAGE sql AS
  $$SELECT got IS NOT DISTINCT FROM want OR abs(got - want) <= 1e-9 * greatest(1, abs(want))$$;
CREATE TEMP TABLE got AS
SELECT m.* FROM (SELECT journey_metrics(j, 'visit', 'purchase', 'purchase | refund', '14 days', 'week', 'Europe/Berlin', '2024-05-10 12:00+00') AS a FROM js) s, unnest(a) m;

-- The same in plain SQL, customer by customer.
CREATE TEMP TABLE measured AS
WITH starts AS (SELECT customer, min(ts) AS t FROM ev WHERE event = 'visit' GROUP BY 1 HAVING min(ts) <= '2024-05-10 12:00+00'),
  seen AS (SELECT *, (date_trunc('week', t AT TIME ZONE 'Europe/Berlin'))::date AS cohort, t + interval '336 hours' <= '2024-05-10 12:00+00' AS observed FROM starts)
SELECT s.cohort, s.customer, s.observed, g.goals, least(g.days, 14) AS days, m.revenue, m.sales, m.orders,
  EXISTS (SELECT FROM ev WHERE ev.customer = s.customer AND ts > t + interval '168 hours' AND ts <= t + interval '336 hours') AS returned
FROM seen s,
  LATERAL (SELECT count(*) AS goals, coalesce(min(extract(epoch FROM ts - t)::float8) / 86400, 14) AS days FROM ev WHERE ev.customer = s.customer AND event = 'purchase'
           AND (ts > t OR ts = t AND event > 'visit') AND ts <= t + interval '336 hours') g,
  LATERAL (SELECT coalesce(sum(value), 0) AS revenue, coalesce(sum(value) FILTER (WHERE value > 0), 0) AS sales, count(*) FILTER (WHERE value > 0) AS orders
           FROM ev WHERE ev.customer = s.customer AND event IN ('purchase', 'refund') AND ts >= t AND (ts > t OR event > 'visit') AND ts <= t + interval '336 hours') m;
CREATE TEMP TABLE want AS
SELECT cohort, count(*) AS customers, count(*) FILTER (WHERE observed) AS observed, count(*) FILTER (WHERE observed AND goals > 0) AS converted,
  count(*) FILTER (WHERE observed AND goals > 1) AS repeated, count(*) FILTER (WHERE observed AND returned) AS returned,
  avg(days) FILTER (WHERE observed) AS days, stddev_samp(days) FILTER (WHERE observed) AS days_sd,
  avg(revenue) FILTER (WHERE observed) AS revenue, stddev_samp(revenue) FILTER (WHERE observed) AS revenue_sd,
  sum(sales) FILTER (WHERE observed) AS sales, sum(orders) FILTER (WHERE observed) AS orders,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY CASE WHEN goals > 0 THEN days ELSE 'Infinity' END) FILTER (WHERE observed) AS median
FROM measured GROUP BY cohort;

SELECT results_eq('SELECT DISTINCT cohort, customers, observed FROM got ORDER BY 1', 'SELECT cohort, customers, observed FROM want ORDER BY 1',
  'cohorts are weeks of the zone; customers and those observed for the whole horizon');
SELECT is((SELECT count(*) FROM got WHERE customers <> observed AND observed > 0), 8::bigint, 'one cohort is observed in part');
SELECT results_eq($$SELECT cohort, n, numerator FROM got WHERE metric = 'conversion_rate' ORDER BY 1$$, 'SELECT cohort, observed, converted::float8 FROM want ORDER BY 1', 'conversion rate');
SELECT results_eq($$SELECT cohort, n, numerator FROM got WHERE metric = 'repeat_rate' ORDER BY 1$$, 'SELECT cohort, converted, repeated::float8 FROM want ORDER BY 1', 'repeat rate');
SELECT results_eq($$SELECT cohort, n, numerator FROM got WHERE metric = 'retention_rate' ORDER BY 1$$, 'SELECT cohort, observed, returned::float8 FROM want ORDER BY 1', 'retention rate');
SELECT is_empty($$SELECT * FROM got, rate_interval(numerator::bigint, n) r WHERE kind = 'rate' AND n > 0 AND (got.value, got.low, got.high) IS DISTINCT FROM (r.rate, r.low, r.high)$$, 'rates have Wilson intervals');
SELECT is_empty($$SELECT * FROM got JOIN want USING (cohort) WHERE metric = 'days_to_convert' AND NOT (near(value, days) AND near(sd, days_sd))$$, 'days to convert, at most the horizon');
SELECT is_empty($$SELECT * FROM got JOIN want USING (cohort) WHERE metric = 'revenue_per_customer' AND NOT (near(value, revenue) AND near(sd, revenue_sd) AND near(numerator, revenue * got.observed))$$,
  'revenue per customer, refunds subtracted, no other value');
SELECT is_empty($$SELECT * FROM got, mean_interval(n, value, sd) r WHERE kind = 'mean' AND sd IS NOT NULL AND NOT (near(got.low, r.low) AND near(got.high, r.high))$$, 'means have Student''s intervals');
SELECT is_empty($$SELECT * FROM got JOIN want USING (cohort) WHERE metric = 'order_value' AND NOT (n = orders AND near(value, sales / nullif(orders, 0)))$$, 'order value is sales over orders');
SELECT is_empty($$SELECT * FROM got JOIN (SELECT cohort, sum((sales - r * orders) ^ 2) AS s, count(*) AS m, sum(orders) AS o
    FROM measured JOIN (SELECT cohort, sum(sales) / sum(orders) AS r FROM measured WHERE observed GROUP BY 1) x USING (cohort) WHERE observed GROUP BY 1) e USING (cohort)
  WHERE metric = 'order_value' AND sd IS NOT NULL AND abs(sd / sqrt(n) - sqrt(s * m / (m - 1)) / o) > 1e-6$$, 'its error is that of the residuals of customers');
SELECT is_empty($$SELECT * FROM got JOIN want USING (cohort) WHERE metric = 'median_days_to_convert' AND got.observed > 0
    AND (CASE WHEN median = 'Infinity' THEN value IS NOT NULL ELSE NOT (value - median BETWEEN 0 AND 14.0 / 1000) END)$$, 'the median day, to a thousandth of the horizon; NULL when not half convert');
SELECT is_empty($$SELECT * FROM got JOIN (SELECT cohort, (SELECT min(c.days) FROM unnest(a) c WHERE c.low <= 0.5) AS lo, (SELECT min(c.days) FROM unnest(a) c WHERE c.high <= 0.5) AS hi
      FROM (SELECT cohort, survival(days, goals > 0) AS a FROM measured WHERE observed GROUP BY 1) s) w USING (cohort)
  WHERE metric = 'median_days_to_convert' AND ((lo IS NULL) <> (got.low IS NULL) OR (hi IS NULL) <> (got.high IS NULL)
    OR NOT (got.low - lo BETWEEN 0 AND 14.0 / 1000) OR NOT (got.high - hi BETWEEN 0 AND 14.0 / 1000))$$, 'its bounds are where those of survival() cross a half');
SELECT is((SELECT array_agg(DISTINCT cohort ORDER BY cohort) FROM got WHERE metric = 'conversion_rate' AND NOT complete),
  ARRAY['2024-04-22', '2024-04-29', '2024-05-06']::date[], 'a cohort is complete when all who can come to it were observed');
SELECT is((SELECT array_agg(cohort ORDER BY cohort) FROM got WHERE metric = 'new_customers' AND NOT complete), ARRAY['2024-05-06']::date[], 'a count is, when its week is over');
SELECT ok((SELECT bool_and(value IS NULL AND low IS NULL) FROM got WHERE observed = 0 AND kind <> 'count'), 'nobody observed: no value');
SELECT is((SELECT array_agg(metric ORDER BY at) FROM (SELECT journey_metrics(j, 'visit', 'purchase', NULL, '14 days', NULL, NULL, '2030-01-01 00:00+00') AS a FROM js) s, unnest(a) WITH ORDINALITY
    m (cohort, metric, kind, customers, observed, n, numerator, value, low, high, sd, complete, at) WHERE cohort IS NULL AND complete),
  '{new_customers,conversion_rate,days_to_convert,median_days_to_convert,repeat_rate,retention_rate}'::text[], 'without unit there is one cohort; without revenue no money');
SELECT is((SELECT journey_metrics(j, 'nobody', 'purchase', NULL, '14 days', NULL, NULL, now()) FROM js), '{}', 'nobody started');

-- Comparisons.
CREATE TEMP TABLE pairs AS
SELECT step, ROW(NULL, 'rate', 'rate', n0, n0, n0, x0, x0 / n0::float8, NULL, NULL, NULL, true)::journey_metric_row AS b,
  ROW(NULL, 'rate', 'rate', n1, n1, n1, x1, x1 / n1::float8, NULL, NULL, NULL, true)::journey_metric_row AS c
FROM (VALUES (1, 412, 5200, 498, 5100), (2, 180, 412, 251, 498), (3, 61, 180, 88, 251), (4, 2, 9, 5, 8)) v (step, x0, n0, x1, n1);
SELECT is_empty($$SELECT * FROM pairs, compare_metrics(b, c) m JOIN (VALUES
    (1, 0.000992253390729, 0.00745381329112, 0.0294127230838, 0.232438606511, 3731, 'z', 'higher'),
    (2, 0.043529889178, 0.00196784350199, 0.131377220939, 0.153636769299, 867, 'z', 'higher'),
    (3, 0.800994878579, -0.0796339995828, 0.100866687767, 0.034550323297, 25865, 'z', 'not shown'),
    (4, 0.153434800494, -0.0529339511571, 0.689131102896, 1.8125, 23, 'fisher', 'not shown')) w (step, p, lo, hi, l, n, t, v) ON true
  WHERE pairs.step = w.step AND NOT (near(m.p, w.p) AND near(low, lo) AND near(high, hi) AND near(lift, l) AND n_needed = n AND test = t AND verdict = v)$$,
  'rates: z, Fisher, Newcombe, lift and n per arm are R''s');
SELECT is_empty($$WITH m AS (SELECT * FROM got WHERE metric = 'revenue_per_customer' AND complete)
  SELECT * FROM m a, m b, compare_metrics(ROW(a.*), ROW(b.*)) c, compare_means(a.n, a.value, a.sd, b.n, b.value, b.sd) w
  WHERE a.cohort < b.cohort AND NOT (near(c.p, w.p) AND near(c.low, w.low) AND near(c.high, w.high) AND near(c.difference, w.difference))$$, 'means: Welch''s test, as compare_means has it');
CREATE TABLE baseline_of_metrics OF journey_metric_row;
INSERT INTO baseline_of_metrics SELECT * FROM got;
SELECT is((SELECT array_agg(DISTINCT m.verdict) FROM baseline_of_metrics b JOIN got g ON g.metric = b.metric AND b.cohort = '2024-04-01' AND g.cohort = '2024-04-22',
             compare_metrics(b, ROW(g.*)) m WHERE m.kind = 'rate' AND m.p IS NULL), '{"too early"}'::text[], 'a baseline is a table of such rows; who reads too early gets no p');

-- 200 populations without effect, half of each against the other: findings at
-- q < 0.05 in at most 5 % of them.
CREATE TEMP TABLE same AS
SELECT s, i % 2 = 0 AS second, journey_agg(timestamptz '2024-01-01 00:00+00' + random() * interval '20 days', (ARRAY['visit', 'visit', 'visit', 'purchase'])[1 + floor(random() * 4)], NULL, exp(3 * random())) AS j
FROM generate_series(1, 200) s, generate_series(1, 400) i GROUP BY s, i % 2 = 0, i / 4;
SELECT cmp_ok((SELECT count(DISTINCT s) FROM (SELECT s, journey_metrics(j, 'visit', 'purchase', 'purchase', '7 days', NULL, NULL, '2024-02-01 00:00+00') FILTER (WHERE NOT second) AS b,
      journey_metrics(j, 'visit', 'purchase', 'purchase', '7 days', NULL, NULL, '2024-02-01 00:00+00') FILTER (WHERE second) AS c FROM same GROUP BY s) x,
    compare_metrics(b, c) WHERE verdict IN ('higher', 'lower')), '<=', 10::bigint, 'at most 10 of 200 populations without effect show one');

-- What one customer brought is rounded once, whatever came in between.
SELECT results_eq($$SELECT m.metric, m.value, m.sd FROM (SELECT journey_metrics(journey_agg, 'visit', 'buy', 'buy | refund', '7 days', NULL, NULL, '2024-02-01 00:00+00') AS a
    FROM (SELECT journey_agg(timestamptz '2024-01-01 00:00+00' + i * interval '1 hour', event, NULL, value)
      FROM generate_series(1, 3) c, (VALUES (0, 'visit', NULL), (1, 'buy', 1e16), (2, 'buy', 1), (3, 'refund', -1e16)) v (i, event, value) GROUP BY c) s) x, unnest(a) m
    WHERE m.metric = 'revenue_per_customer'$$, $$VALUES ('revenue_per_customer', 1::float8, 0::float8)$$, 'revenue is exact: a refund leaves what is left');

-- Placebo.
SELECT is_empty($$SELECT * FROM (SELECT compare_metrics(b, c) AS c FROM pairs WHERE step = 1) x, (SELECT compare_metrics(b, c) AS c FROM pairs WHERE step = 3) y,
    LATERAL (SELECT (x.c).*) c1, LATERAL (SELECT (y.c).*) c3, difference_in_differences(x.c, y.c) d
  WHERE NOT (near(d.difference, c1.difference - c3.difference) AND near(d.low, d.difference - sqrt((c1.difference - c1.low) ^ 2 + (c3.high - c3.difference) ^ 2))
    AND near(d.high, d.difference + sqrt((c1.high - c1.difference) ^ 2 + (c3.difference - c3.low) ^ 2)) AND d.p > 0.8 AND d.p < 0.9)$$,
  'difference in differences: the difference of both changes, with the bounds of both');

-- Any split gives the same bits.
CREATE TEMP TABLE serial_metrics AS SELECT journey_metrics(j, 'visit', 'purchase', 'purchase | refund', '14 days', 'month', 'UTC', '2024-05-10 12:00+00')::text AS a FROM js;
SELECT is((SELECT journey_metrics(j, 'visit', 'purchase', 'purchase | refund', '14 days', 'month', 'UTC', '2024-05-10 12:00+00')::text FROM (SELECT * FROM js ORDER BY md5(customer::text)) s),
  (SELECT a FROM serial_metrics), 'shuffled rows give the same bits');
CREATE TABLE parallel_metrics AS SELECT * FROM js;
ALTER TABLE parallel_metrics SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT is((SELECT journey_metrics(j, 'visit', 'purchase', 'purchase | refund', '14 days', 'month', 'UTC', '2024-05-10 12:00+00')::text FROM parallel_metrics),
  (SELECT a FROM serial_metrics), 'parallel gives the same bits');

SELECT * FROM finish();
ROLLBACK;

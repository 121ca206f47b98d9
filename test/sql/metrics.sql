-- Metrics by cohort: a small population, comparisons, and what is refused.
\pset null '(null)'
\set SHOW_CONTEXT never
SET DateStyle = ISO;
CREATE TABLE metrics_journey (customer int, j journey);
INSERT INTO metrics_journey VALUES
  (1, '{2024-01-01 visit, 2024-01-03 purchase=20, 2024-01-09 purchase=40}'),
  (2, '{2024-01-02 visit, 2024-01-04 visit, 2024-01-11 refund=-5}'),
  (3, '{2024-01-07T23:30 visit, 2024-01-10 purchase=30}'),
  (4, '{2024-01-16 visit, 2024-01-17 purchase=10}'),
  (5, '{}'), (6, NULL);
CREATE FUNCTION metrics_of(unit text, tz text, horizon interval DEFAULT '10 days', as_of timestamptz DEFAULT '2024-01-25 00:00+00') RETURNS SETOF journey_metric_row LANGUAGE sql AS
  $$SELECT m.* FROM (SELECT journey_metrics(j, 'visit', 'purchase', 'purchase | refund', horizon, unit, tz, as_of) AS a FROM metrics_journey) s, unnest(a) m$$;
SELECT cohort, metric, kind, customers, observed, n, numerator, round(value::numeric, 4) AS value, round(low::numeric, 4) AS low,
       round(high::numeric, 4) AS high, round(sd::numeric, 4) AS sd, complete
FROM metrics_of('week', 'UTC');
-- 23:30 on Sunday in UTC is Monday in Berlin
SELECT cohort, customers, value FROM metrics_of('week', 'Europe/Berlin') WHERE metric = 'new_customers';
SELECT journey_metrics(NULL::journey, 'a', 'b', NULL, '1 day', NULL, NULL, now()) IS NULL AS nothing;
SELECT metric, kind, n_1, n_2, round(difference::numeric, 4) AS difference, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high,
       test, round(p::numeric, 4) AS p, round(q::numeric, 4) AS q, round(detectable::numeric, 4) AS detectable, n_needed, verdict, note
FROM compare_metrics((SELECT array_agg(ROW(NULL, metric, kind, customers, observed, n, numerator, value, low, high, sd, complete)::journey_metric_row) FROM metrics_of('week', 'UTC') WHERE cohort = '2024-01-01'),
                     (SELECT array_agg(ROW(NULL, metric, kind, customers, observed, n, numerator, value, low, high, sd, complete)::journey_metric_row) FROM metrics_of('week', 'UTC', as_of => '2024-01-26 12:00+00') WHERE cohort = '2024-01-15'));
SELECT verdict, note FROM compare_metrics(ROW(NULL, 'r', 'rate', 90, 90, 90, 30, 0.3333, NULL, NULL, NULL, true), ROW(NULL, 'r', 'rate', 90, 60, 60, 30, 0.5, NULL, NULL, NULL, false));
-- one metric alone stands out, among many it does not
SELECT metric, round(p::numeric, 4) AS p, round(q::numeric, 4) AS q, verdict, note
FROM compare_metrics(ARRAY[ROW(NULL, 'a', 'rate', 0, 0, 400, 40, 0.1, NULL, NULL, NULL, true), ROW(NULL, 'b', 'rate', 0, 0, 400, 40, 0.1, NULL, NULL, NULL, true), ROW(NULL, 'c', 'rate', 0, 0, 0, 0, NULL, NULL, NULL, NULL, true)]::journey_metric_row[],
                     ARRAY[ROW(NULL, 'a', 'rate', 0, 0, 400, 59, 0.1475, NULL, NULL, NULL, true), ROW(NULL, 'b', 'rate', 0, 0, 400, 44, 0.11, NULL, NULL, NULL, true), ROW(NULL, 'c', 'rate', 0, 0, 0, 0, NULL, NULL, NULL, NULL, true)]::journey_metric_row[]);
SELECT round(changed::numeric, 4) AS changed, round(placebo::numeric, 4) AS placebo, round(d.difference::numeric, 4) AS difference, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, round(p::numeric, 4) AS p
FROM difference_in_differences(compare_metrics(ROW(NULL, 'a', 'rate', 0, 0, 400, 40, 0.1, NULL, NULL, NULL, true), ROW(NULL, 'a', 'rate', 0, 0, 400, 60, 0.15, NULL, NULL, NULL, true)),
                               compare_metrics(ROW(NULL, 'b', 'rate', 0, 0, 400, 80, 0.2, NULL, NULL, NULL, true), ROW(NULL, 'b', 'rate', 0, 0, 400, 84, 0.21, NULL, NULL, NULL, true))) d;
-- errors
SELECT count(*) FROM metrics_of('year', 'UTC');
SELECT count(*) FROM metrics_of('week', 'Nowhere/Land');
SELECT count(*) FROM metrics_of('week', NULL);
SELECT count(*) FROM metrics_of('week', 'UTC', '0 days');
SELECT count(*) FROM metrics_of('week', 'UTC', '1 month');
SELECT count(*) FROM metrics_of('week', 'UTC', NULL);
SELECT count(*) FROM metrics_of('week', 'UTC', '1 day', 'infinity');
SELECT count(*) FROM metrics_of('week', 'UTC', '1 day', NULL);
SELECT journey_metrics(j, NULL, 'b', NULL, '1 day', NULL, NULL, '2024-01-01') FROM metrics_journey;
SELECT journey_metrics(j, 'a', NULL, NULL, '1 day', NULL, NULL, '2024-01-01') FROM metrics_journey;
SELECT journey_metrics(j, 'a', 'b -> c', NULL, '1 day', NULL, NULL, '2024-01-01') FROM metrics_journey;
SELECT journey_metrics(j, 'a', 'b', NULL, customer * interval '1 day', NULL, NULL, '2024-01-01') FROM metrics_journey;
SELECT compare_metrics(ROW(NULL, 'a', 'rate', 0, 0, 4, 4, 1, NULL, NULL, NULL, true), ROW(NULL, 'b', 'rate', 0, 0, 4, 4, 1, NULL, NULL, NULL, true));
SELECT compare_metrics(ROW(NULL, 'a', 'rate', 0, 0, 4, 4, 1, NULL, NULL, NULL, true), ROW(NULL, 'a', 'rate', 0, 0, 4, 5, 1, NULL, NULL, NULL, true));
SELECT compare_metrics(ROW(NULL, 'a', 'mean', 0, 0, 4, 4, 1, NULL, NULL, 1, true), ROW(NULL, 'a', 'mean', 0, 0, 4, 5, 1, NULL, NULL, -1, true));
SELECT compare_metrics(ROW(NULL, 'a', 'rate', 0, 0, 4, 4, 1, NULL, NULL, NULL, true), ROW(NULL, 'a', 'rate', 0, 0, 4, 4, 1, NULL, NULL, NULL, true), 95);
-- rows that cannot be
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'share', 9, 9, 9, 3, 0.3333, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'rate', 9, 9, -9, -3, 0.3333, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'rate', 9, 9, NULL, 3, 0.3333, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'rate', 9, 12, 9, 3, 0.3333, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'rate', 9, 9, 9, 3, 0.3333, NULL, NULL, NULL, NULL)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'rate', 9, 9, 9, 2.5, 0.2778, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'rate', 9, 9, 9, 3, 0.5, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'rate', 9, 9, 9, 3, NULL, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'rate', 9, 9, 0, 0, 0.5, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'mean', 9, 9, 9, 27, 'NaN', NULL, NULL, 1, true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'mean', 9, 9, 9, 27, 3, NULL, NULL, 'infinity', true)::journey_metric_row AS r) s;
SELECT compare_metrics(r, r) FROM (SELECT ROW(NULL, 'a', 'count', 9, 9, 9, 9, 8, NULL, NULL, NULL, true)::journey_metric_row AS r) s;
DROP FUNCTION metrics_of;
DROP TABLE metrics_journey;

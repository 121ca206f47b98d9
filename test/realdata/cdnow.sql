-- Real purchases only: 23,570 customers who first bought in early 1997, day resolution.
\ir prelude.psql
SELECT plan(7);
SELECT is((SELECT sum(length(journey)) FROM journeys), (SELECT count(*) FROM events), 'no event is lost');

-- The papers' sample of one customer in ten, and the published summary of each
-- at week 39: repeat purchase days, weeks from the first to the last of them,
-- weeks from the first to 30 September 1997.
CREATE TEMP TABLE summary AS
  SELECT customer_id::integer AS id, count(DISTINCT e.ts)::integer - 1 AS frequency,
         round((extract(epoch FROM duration(j)) / 604800)::numeric, 2) AS recency,
         round((extract(epoch FROM timestamptz '1997-09-30' - started_at(j)) / 604800)::numeric, 2) AS t
  FROM (SELECT customer_id, slice(journey_agg(ts, event, channel, value), ending_before => timestamptz '1997-10-01') AS j
        FROM sampled GROUP BY customer_id) s, events(j) e
  GROUP BY customer_id, j;
SELECT is((SELECT count(*) FROM summary), 2357::bigint, '2,357 customers of the sample');
SELECT is_empty('SELECT id, frequency, recency, t FROM summary EXCEPT SELECT id, frequency, recency::numeric, t::numeric FROM published_summary',
          'every one of the 2,357 published customer summaries, exactly');
SELECT is((SELECT array_agg(n ORDER BY k) FROM (SELECT least(frequency, 7) AS k, count(*) AS n FROM summary GROUP BY 1) h),
          ARRAY[1411, 439, 214, 100, 62, 38, 29, 64]::bigint[], 'the published histogram of repeat purchases');

SELECT pg_temp.says(
 (SELECT format('%s of %s customers (%s %%) never buy again: the second order is the one to work for.', c, n, round(100.0 * c / n, 1))
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE funnel_step(journey, 'purchase -> purchase') = 1) AS c FROM journeys) x),
 (SELECT format('%s of %s customers (%s %%) never buy again: the second order is the one to work for.', c, n, round(100.0 * c / n, 1))
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE k = 1) AS c FROM (SELECT count(*) AS k FROM events GROUP BY customer_id) y) x));
SELECT pg_temp.says(
 (SELECT format('Those who buy again do so after %s days at the median, 90 %% within %s: win them back before then.', round(m::numeric), round(p::numeric))
  FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d) AS m, percentile_cont(0.9) WITHIN GROUP (ORDER BY d) AS p
        FROM (SELECT days_to_convert(ts, event, 'purchase -> purchase') AS d FROM events GROUP BY customer_id) y) x),
 (SELECT format('Those who buy again do so after %s days at the median, 90 %% within %s: win them back before then.', round(m::numeric), round(p::numeric))
  FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d) AS m, percentile_cont(0.9) WITHIN GROUP (ORDER BY d) AS p
        FROM (SELECT extract(epoch FROM t[2] - t[1]) / 86400.0 AS d FROM (SELECT array_agg(ts ORDER BY ts) AS t FROM events GROUP BY customer_id) z) y) x));
SELECT pg_temp.says(
 (SELECT format('A second purchase within 30 days marks the better customer: %s a head in all, against %s for later repeaters and %s for one-time buyers.',
                round(a::numeric, 2), round(b::numeric, 2), round(c::numeric, 2))
  FROM (SELECT avg(v) FILTER (WHERE fast) AS a, avg(v) FILTER (WHERE again AND NOT fast) AS b, avg(v) FILTER (WHERE NOT again) AS c
        FROM (SELECT value_sum(journey, 'purchase') AS v, journey @@ 'purchase -> purchase' AS again,
                     journey @@ 'purchase -> purchase within 30 days from first' AS fast FROM journeys) y) x),
 (SELECT format('A second purchase within 30 days marks the better customer: %s a head in all, against %s for later repeaters and %s for one-time buyers.',
                round(a, 2), round(b, 2), round(c, 2))
  FROM (SELECT avg(v) FILTER (WHERE t[2] <= t[1] + interval '30 days') AS a, avg(v) FILTER (WHERE t[2] > t[1] + interval '30 days') AS b,
               avg(v) FILTER (WHERE t[2] IS NULL) AS c
        FROM (SELECT array_agg(ts ORDER BY ts) AS t, sum(value::numeric) AS v FROM events GROUP BY customer_id) y) x));
SELECT * FROM finish();

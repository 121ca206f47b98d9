-- Real households: store baskets, three kinds of direct mail, coupons.
\ir prelude.psql
SELECT plan(4);
SELECT is((SELECT sum(length(journey)) FROM journeys), (SELECT count(*) FROM events), 'no event is lost');

SELECT pg_temp.says(
 (SELECT format('%s of %s mailed households redeem a coupon within 60 days of a mailing (%s %%): the mailing reaches one in %s, work on the others'' offer.',
                r, n, round(100.0 * r / n, 1), round(n::numeric / r))
  FROM (SELECT count(*) FILTER (WHERE d >= 1) AS n, count(*) FILTER (WHERE d = 2) AS r
        FROM (SELECT funnel_step(journey, 'campaign_start -> coupon_redeemed within 60 days') AS d FROM journeys) y) x),
 (SELECT format('%s of %s mailed households redeem a coupon within 60 days of a mailing (%s %%): the mailing reaches one in %s, work on the others'' offer.',
                r, n, round(100.0 * r / n, 1), round(n::numeric / r))
  FROM (SELECT count(DISTINCT c.customer_id) AS n, count(DISTINCT r.customer_id) AS r
        FROM events c LEFT JOIN events r ON r.customer_id = c.customer_id AND r.event = 'coupon_redeemed'
             AND r.ts BETWEEN c.ts AND c.ts + interval '1440 hours'
        WHERE c.event = 'campaign_start') x));
SELECT pg_temp.says(
 (SELECT format('Households that redeem spend %s each in the sampled baskets, the others %s: %s times as much; treat redeemers as a segment of their own.',
                round(a::numeric, 2), round(b::numeric, 2), round((a / b)::numeric, 1))
  FROM (SELECT avg(v) FILTER (WHERE r) AS a, avg(v) FILTER (WHERE NOT r) AS b
        FROM (SELECT coalesce(value_sum(journey, 'purchase'), 0) AS v, journey @@ 'coupon_redeemed' AS r FROM journeys) y) x),
 (SELECT format('Households that redeem spend %s each in the sampled baskets, the others %s: %s times as much; treat redeemers as a segment of their own.',
                round(a, 2), round(b, 2), round(a / b, 1))
  FROM (SELECT avg(v) FILTER (WHERE r) AS a, avg(v) FILTER (WHERE NOT r) AS b
        FROM (SELECT coalesce(sum(value::numeric) FILTER (WHERE event = 'purchase'), 0) AS v, bool_or(event = 'coupon_redeemed') AS r
              FROM events GROUP BY customer_id) y) x));
SELECT pg_temp.says(
 (SELECT format('Those who redeem take %s days at the median from the mailing that worked to the till (90 %% within %s): remind them before day %s.',
                round(m::numeric, 1), round(p::numeric, 1), floor(m))
  FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d) AS m, percentile_cont(0.9) WITHIN GROUP (ORDER BY d) AS p
        FROM (SELECT days_to_convert(journey, 'campaign_start -> coupon_redeemed within 60 days') AS d FROM journeys) y) x),
 (SELECT format('Those who redeem take %s days at the median from the mailing that worked to the till (90 %% within %s): remind them before day %s.',
                round(m::numeric, 1), round(p::numeric, 1), floor(m))
  FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d) AS m, percentile_cont(0.9) WITHIN GROUP (ORDER BY d) AS p
        FROM (SELECT DISTINCT ON (c.customer_id) extract(epoch FROM r.ts - c.ts) / 86400.0 AS d
              FROM events c JOIN events r ON r.customer_id = c.customer_id AND r.event = 'coupon_redeemed'
                AND r.ts BETWEEN c.ts AND c.ts + interval '1440 hours'
              WHERE c.event = 'campaign_start' ORDER BY c.customer_id, c.ts, r.ts) y) x));
SELECT * FROM finish();

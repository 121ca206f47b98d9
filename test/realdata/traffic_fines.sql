-- Real fines: day resolution, many ties; the "purchase" is a payment.
\ir prelude.psql
SELECT plan(4);
SELECT is((SELECT sum(length(journey)) FROM journeys), (SELECT count(*) FROM events), 'no event is lost');
SELECT pg_temp.says(
 (SELECT format('%s of %s fines are paid (%s %%), half of them within %s days: remind before that, not after.', c, n, round(100.0 * c / n, 1), round(m))
  FROM (SELECT count(*) AS n, count(d) AS c, percentile_cont(0.5) WITHIN GROUP (ORDER BY d)::numeric AS m
        FROM (SELECT days_to_convert(journey, '"Create Fine" -> Payment') AS d FROM journeys) y) x),
 (SELECT format('%s of %s fines are paid (%s %%), half of them within %s days: remind before that, not after.', c, n, round(100.0 * c / n, 1), round(m))
  FROM (SELECT count(*) AS n, count(p) AS c, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM p - f) / 86400.0)::numeric AS m
        FROM (SELECT f.customer_id, min(f.ts) AS f, min(p.ts) AS p FROM events f LEFT JOIN events p ON p.customer_id = f.customer_id
                AND p.event = 'Payment' AND p.ts >= f.ts WHERE f.event = 'Create Fine' GROUP BY 1) y) x));
SELECT pg_temp.says(
 (SELECT format('Once the penalty is added %s of %s fines are still paid afterwards (%s %%), %s go to credit collection: the penalty is where money is lost.',
                p, n, round(100.0 * p / n, 1), c)
  FROM (SELECT count(*) FILTER (WHERE journey @@ '"Add penalty"') AS n, count(*) FILTER (WHERE journey @@ '"Add penalty" -> Payment') AS p,
               count(*) FILTER (WHERE journey @@ '"Add penalty" -> "Send for Credit Collection"') AS c FROM journeys) x),
 (SELECT format('Once the penalty is added %s of %s fines are still paid afterwards (%s %%), %s go to credit collection: the penalty is where money is lost.',
                p, n, round(100.0 * p / n, 1), c)
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE EXISTS (SELECT FROM events e WHERE e.customer_id = a.customer_id AND event = 'Payment' AND e.ts >= t)) AS p,
               count(*) FILTER (WHERE EXISTS (SELECT FROM events e WHERE e.customer_id = a.customer_id AND event = 'Send for Credit Collection' AND e.ts >= t)) AS c
        FROM (SELECT customer_id, min(ts) AS t FROM events WHERE event = 'Add penalty' GROUP BY 1) a) x));
SELECT pg_temp.says(
 (SELECT format('%s of %s fines (%s %%) are paid before anything is sent out: make paying on the spot easier still.', c, n, round(100.0 * c / n, 1))
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE path_sequence(journey) @> ARRAY['Payment'] AND NOT journey @@ '"Send Fine"') AS c FROM journeys) x),
 (SELECT format('%s of %s fines (%s %%) are paid before anything is sent out: make paying on the spot easier still.', c, n, round(100.0 * c / n, 1))
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE p AND NOT s) AS c
        FROM (SELECT bool_or(event = 'Payment') AS p, bool_or(event = 'Send Fine') AS s FROM events GROUP BY customer_id) y) x));
SELECT * FROM finish();

-- Real clickstream of a clothes shop; a customer is a session, a page view an event.
\ir prelude.psql
SELECT plan(4);
SELECT is((SELECT sum(length(journey)) FROM journeys), (SELECT count(*) FROM events), 'no event is lost');
SELECT pg_temp.says(
 (SELECT format('%s of %s visits (%s %%) see one category only: cross-links between categories are where there is room.',
                c, n, round(100.0 * c / n, 1))
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE length(collapse(journey)) = 1) AS c FROM journeys) x),
 (SELECT format('%s of %s visits (%s %%) see one category only: cross-links between categories are where there is room.',
                c, n, round(100.0 * c / n, 1))
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE d = 1) AS c
        FROM (SELECT count(DISTINCT event) AS d FROM events GROUP BY customer_id) y) x));
SELECT pg_temp.says(
 (SELECT format('Of the %s visits that do not open with the sale, %s (%s %%) go on to it later: it is a second stop, not a door.',
                n, c, round(100.0 * c / n, 1))
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE journey @@ 'sale') AS c FROM journeys WHERE event_at(journey, 1) <> 'sale') x),
 (SELECT format('Of the %s visits that do not open with the sale, %s (%s %%) go on to it later: it is a second stop, not a door.',
                n, c, round(100.0 * c / n, 1))
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE s) AS c
        FROM (SELECT DISTINCT ON (customer_id) event, bool_or(event = 'sale') OVER (PARTITION BY customer_id) AS s
              FROM events ORDER BY customer_id, ts) y WHERE event <> 'sale') x));
SELECT pg_temp.says(
 (SELECT format('The most taken move between categories is %s to %s (%s visits): put the two next to each other.', f, t, n)
  FROM (SELECT from_event AS f, to_event AS t, count(DISTINCT customer_id) AS n FROM journeys, transitions(journey)
        WHERE from_event <> to_event GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 1) x),
 (SELECT format('The most taken move between categories is %s to %s (%s visits): put the two next to each other.', f, t, n)
  FROM (SELECT f, event AS t, count(DISTINCT customer_id) AS n
        FROM (SELECT customer_id, event, lag(event) OVER (PARTITION BY customer_id ORDER BY ts) AS f FROM events) y
        WHERE f <> event GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 1) x));
SELECT * FROM finish();

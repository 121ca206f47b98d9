-- What "make shell" says before the first prompt.
\echo
\echo 'Tables, in the database "demo" of a private server:'
\echo
SELECT v.name AS "table", demo.n(rows) AS rows, what AS "what"
FROM (SELECT 1 AS i, 'events' AS name, (SELECT count(*) FROM events) AS rows, 'customer_id, ts, event, channel, value' AS what
	UNION ALL SELECT 2, 'journeys', (SELECT count(*) FROM journeys), 'customer_id, j: one journey for each customer') AS v
UNION ALL SELECT 'archetypes', demo.n(reltuples::numeric), 'customer_id, archetype: 1 is the largest' FROM pg_class WHERE oid = to_regclass('archetypes');
\echo 'For example:'
\echo
SELECT format(E'  SELECT j FROM journeys LIMIT 1;\n  SELECT count(*) FROM journeys WHERE j @@ %L;\n  SELECT customer_id, path_text(j, max_steps => 5) FROM journeys LIMIT 10;\n\n'
	'After a change of events build the journeys again:\n  TRUNCATE journeys;\n'
	'  INSERT INTO journeys SELECT customer_id, journey_agg(ts, event, channel, value) FROM events GROUP BY customer_id;\n'
	'\\q leaves; doc/reference explains every function.', pattern) AS line
FROM (SELECT coalesce((SELECT string_agg(demo.name(event), ' -> ') FROM (SELECT event FROM demo.event_name ORDER BY rows DESC, event LIMIT 2) AS e), 'a -> b') AS pattern) AS p \gset
\echo :line
\echo

-- The journeys, built once; all questions below ask them.

SET client_min_messages = warning;
\echo
\echo 'JOURNEYS, BUILT ONCE'
\echo
SELECT clock_timestamp() AS began \gset
DROP TABLE IF EXISTS journeys, archetypes;
CREATE TABLE journeys AS
SELECT customer_id, journey_agg(ts, event, channel, value) AS j
FROM events GROUP BY customer_id;
\p
ANALYZE journeys;
SELECT format(E'\n=> %s in %s seconds, %s bytes for each event.', demo.many(count(*), 'journey'),
	to_char(extract(epoch FROM clock_timestamp() - :'began'), 'FM990.0'),
	to_char(sum(pg_column_size(j))::numeric / nullif(sum(length(j)), 0), 'FM990.0')) AS line
FROM journeys \gset
\echo :line

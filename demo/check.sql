-- Whether GOAL, PATTERN and REVENUE (psql variables, empty: not given) can be
-- meant: bad text is the extension's own error, a name that never occurs is
-- left in demo.problem.

SET client_min_messages = warning;
DROP TABLE IF EXISTS demo.problem;
CREATE TABLE demo.problem AS
WITH asked (setting, pattern) AS (
	VALUES ('PATTERN', nullif(btrim(:'pattern'), '')::journey_pattern),
		('GOAL', nullif(btrim(:'goal'), '')::journey_pattern),
		('REVENUE', nullif(btrim(:'revenue'), '')::journey_pattern)
), named AS (
	SELECT DISTINCT ON (name) setting, name
	FROM asked, unnest(pattern_names(pattern)) AS name
	WHERE NOT EXISTS (SELECT FROM demo.event_name e WHERE e.event = name
		OR name LIKE '%*' AND starts_with(e.event, rtrim(name, '*')))
	ORDER BY name, setting
)
SELECT setting || ': ''' || name || ''' never occurs' || coalesce('; did you mean ''' || demo.closest(name) || '''?',
	'. The events are: ' || (SELECT string_agg(demo.name(event), ', ' ORDER BY rows DESC, event)
		FROM (SELECT * FROM demo.event_name ORDER BY rows DESC, event LIMIT 30) AS e) || '.') AS problem
FROM named;

-- GOAL and REVENUE are single steps; asking with them says so if not.
SELECT time_to_first('{}'::journey, nullif(btrim(:'goal'), '')::journey_pattern),
	value_sum('{}'::journey, nullif(btrim(:'revenue'), '')::journey_pattern) \g /dev/null

-- Archetypes: customers grouped by the transitions on their path.

-- Not STRICT: a row without a path has no archetype but must not be skipped by
-- the executor, and a NULL k asks for the number to be chosen.
CREATE FUNCTION archetype_cluster(path text[], k integer DEFAULT NULL,
	seed integer DEFAULT 0) RETURNS integer
	AS 'MODULE_PATHNAME', 'journey_archetype_cluster'
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION archetype_cluster(text[], integer, integer) IS
	'archetype of a path among all paths of the partition, 1 = the largest; OVER ()';

CREATE FUNCTION archetype_cluster(journey journey, k integer DEFAULT NULL,
	seed integer DEFAULT 0) RETURNS integer
	AS 'MODULE_PATHNAME', 'journey_archetype_cluster_journey'
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION archetype_cluster(journey, integer, integer) IS
	'archetype of a journey among all journeys of the partition, 1 = the largest; OVER ()';

-- The index on journeys: GIN over events, channels and ordered pairs.

-- The server passes the pattern where the signatures of GIN say journey.

CREATE FUNCTION journey_gin_extract_value(journey, internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_extract_value(journey, internal, internal) IS 'GIN support: keys of a journey';

CREATE FUNCTION journey_gin_extract_query(journey, internal, smallint, internal, internal, internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_extract_query(journey, internal, smallint, internal, internal, internal, internal) IS 'GIN support: keys a pattern needs';

CREATE FUNCTION journey_gin_compare_partial(bytea, bytea, smallint, internal) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_compare_partial(bytea, bytea, smallint, internal) IS 'GIN support: whether a key starts with a prefix';

CREATE FUNCTION journey_gin_consistent(internal, smallint, journey, integer, internal, internal, internal, internal) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_consistent(internal, smallint, journey, integer, internal, internal, internal, internal) IS 'GIN support: whether a journey with these keys may match';

CREATE FUNCTION journey_gin_tri_consistent(internal, smallint, journey, integer, internal, internal, internal) RETURNS "char"
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_tri_consistent(internal, smallint, journey, integer, internal, internal, internal) IS 'GIN support: whether a journey with these keys, some unknown, may match';

CREATE OPERATOR FAMILY journey_ops USING gin;
COMMENT ON OPERATOR FAMILY journey_ops USING gin IS 'search of journeys by pattern';
CREATE OPERATOR CLASS journey_ops DEFAULT FOR TYPE journey USING gin FAMILY journey_ops AS
	OPERATOR 1 @@ (journey, journey_pattern),
	FUNCTION 2 journey_gin_extract_value(journey, internal, internal),
	FUNCTION 3 journey_gin_extract_query(journey, internal, smallint, internal, internal, internal, internal),
	FUNCTION 4 journey_gin_consistent(internal, smallint, journey, integer, internal, internal, internal, internal),
	FUNCTION 5 journey_gin_compare_partial(bytea, bytea, smallint, internal),
	FUNCTION 6 journey_gin_tri_consistent(internal, smallint, journey, integer, internal, internal, internal),
	STORAGE bytea;
COMMENT ON OPERATOR CLASS journey_ops USING gin IS 'search of journeys by pattern: events, channels, ordered pairs of events';

-- journey_match finds by the index what @@ finds.

CREATE FUNCTION journey_match_support(internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_match_support(internal) IS 'planner support: index condition and selectivity of journey_match';

ALTER FUNCTION journey_match(journey, journey_pattern) SUPPORT journey_match_support;
ALTER FUNCTION journey_match(journey, journey_pattern, timestamptz) SUPPORT journey_match_support;

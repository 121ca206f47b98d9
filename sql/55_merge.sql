-- Journeys of one customer become one: union with multiplicity = max.

CREATE FUNCTION journey_merge(a journey, b journey) RETURNS journey
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_merge(journey, journey) IS 'the events of both, each as often as the side that has it more often; NULL counts as no journey';

CREATE OPERATOR || (
	FUNCTION = journey_merge,
	LEFTARG = journey,
	RIGHTARG = journey,
	COMMUTATOR = ||
);
COMMENT ON OPERATOR || (journey, journey) IS 'the events of both, see journey_merge';

CREATE FUNCTION journey_merge_trans(internal, journey) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_merge_trans(internal, journey) IS 'transition of journey_agg over journeys';

CREATE FUNCTION journey_merge_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_merge_combine(internal, internal) IS 'combines states of journey_agg over journeys';

CREATE FUNCTION journey_merge_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_merge_serial(internal) IS 'state of journey_agg over journeys as bytes';

CREATE FUNCTION journey_merge_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_merge_deserial(bytea, internal) IS 'state of journey_agg over journeys from bytes';

CREATE FUNCTION journey_merge_final(internal) RETURNS journey
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_merge_final(internal) IS 'result of journey_agg over journeys';

CREATE AGGREGATE journey_agg(j journey) (
	SFUNC = journey_merge_trans,
	STYPE = internal,
	SSPACE = 1000,
	FINALFUNC = journey_merge_final,
	COMBINEFUNC = journey_merge_combine,
	SERIALFUNC = journey_merge_serial,
	DESERIALFUNC = journey_merge_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(journey) IS 'all these journeys as one, as if merged one by one';

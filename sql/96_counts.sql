-- The state of aggregates across customers: one concrete type that combines.

CREATE TYPE journey_counts;
COMMENT ON TYPE journey_counts IS
	'state of an aggregate across customers; not for tables';

CREATE FUNCTION journey_counts_in(cstring) RETURNS journey_counts
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_counts_in(cstring) IS 'input function of journey_counts';

CREATE FUNCTION journey_counts_out(journey_counts) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_counts_out(journey_counts) IS 'output function of journey_counts';

CREATE FUNCTION journey_counts_recv(internal) RETURNS journey_counts
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_counts_recv(internal) IS 'receive function of journey_counts';

CREATE FUNCTION journey_counts_send(journey_counts) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_counts_send(journey_counts) IS 'send function of journey_counts';

CREATE TYPE journey_counts (
	INPUT = journey_counts_in,
	OUTPUT = journey_counts_out,
	RECEIVE = journey_counts_recv,
	SEND = journey_counts_send,
	STORAGE = extended
);

-- Not STRICT: parts without a row have no state.
CREATE FUNCTION journey_counts_combine(journey_counts, journey_counts) RETURNS journey_counts
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_counts_combine(journey_counts, journey_counts) IS
	'combine function of aggregates across customers';

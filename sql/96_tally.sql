-- The state of aggregates across customers: one concrete type that combines.

CREATE TYPE journey_tally;
COMMENT ON TYPE journey_tally IS
	'state of an aggregate across customers; not for tables';

CREATE FUNCTION journey_tally_in(cstring) RETURNS journey_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_tally_in(cstring) IS 'input function of journey_tally';

CREATE FUNCTION journey_tally_out(journey_tally) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_tally_out(journey_tally) IS 'output function of journey_tally';

CREATE FUNCTION journey_tally_recv(internal) RETURNS journey_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_tally_recv(internal) IS 'receive function of journey_tally';

CREATE FUNCTION journey_tally_send(journey_tally) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_tally_send(journey_tally) IS 'send function of journey_tally';

CREATE TYPE journey_tally (
	INPUT = journey_tally_in,
	OUTPUT = journey_tally_out,
	RECEIVE = journey_tally_recv,
	SEND = journey_tally_send,
	STORAGE = extended
);

-- Not STRICT: parts without a row have no state.
CREATE FUNCTION journey_tally_combine(journey_tally, journey_tally) RETURNS journey_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_tally_combine(journey_tally, journey_tally) IS
	'combine function of aggregates across customers';

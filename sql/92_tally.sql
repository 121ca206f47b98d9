-- The state of the aggregates over all customers.

CREATE TYPE journey_tally;

CREATE FUNCTION journey_tally_in(cstring) RETURNS journey_tally
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_tally_in(cstring) IS 'text input of journey_tally';

CREATE FUNCTION journey_tally_out(journey_tally) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_tally_out(journey_tally) IS 'text output of journey_tally: its bytes in hexadecimal digits';

CREATE FUNCTION journey_tally_recv(internal) RETURNS journey_tally
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_tally_recv(internal) IS 'binary input of journey_tally';

CREATE FUNCTION journey_tally_send(journey_tally) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_tally_send(journey_tally) IS 'binary output of journey_tally';

CREATE TYPE journey_tally (
	INPUT = journey_tally_in,
	OUTPUT = journey_tally_out,
	RECEIVE = journey_tally_recv,
	SEND = journey_tally_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE journey_tally IS 'partial result of an aggregate over many journeys; only for aggregates';

CREATE FUNCTION journey_tally_combine(journey_tally, journey_tally) RETURNS journey_tally
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_tally_combine(journey_tally, journey_tally) IS 'adds one partial result to another';

-- What aggregates learned from journeys, to be asked about others.

CREATE TYPE journey_model;

CREATE FUNCTION journey_model_in(cstring) RETURNS journey_model
AS 'MODULE_PATHNAME', 'journey_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_model_in(cstring) IS 'text input of journey_model';

CREATE FUNCTION journey_model_out(journey_model) RETURNS cstring
AS 'MODULE_PATHNAME', 'journey_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_model_out(journey_model) IS 'text output of journey_model: its bytes in hexadecimal';

CREATE FUNCTION journey_model_recv(internal) RETURNS journey_model
AS 'MODULE_PATHNAME', 'journey_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_model_recv(internal) IS 'binary input of journey_model: checks what it reads';

CREATE FUNCTION journey_model_send(journey_model) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey_model_send(journey_model) IS 'binary output of journey_model';

CREATE TYPE journey_model (
	INPUT = journey_model_in,
	OUTPUT = journey_model_out,
	RECEIVE = journey_model_recv,
	SEND = journey_model_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE journey_model IS 'what churn_model() or next_model() learned, for a column or a variable';

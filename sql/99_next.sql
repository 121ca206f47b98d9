-- What comes next, and whether it leads to the goal.

CREATE FUNCTION next_model_final(journey_tally) RETURNS journey_model
	AS 'MODULE_PATHNAME', 'journey_next_model_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION next_model_final(journey_tally) IS
	'final function of next_model';

-- Not STRICT: within and as_of may be NULL.
CREATE FUNCTION next_model_trans(journey_tally, journey, journey_pattern, interval) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_next_model_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION next_model_trans(journey_tally, journey, journey_pattern, interval) IS
	'transition function of next_model';

CREATE AGGREGATE next_model(j journey, goal journey_pattern, timeout interval) (
	STYPE = journey_tally,
	SSPACE = 262144,
	SFUNC = next_model_trans,
	FINALFUNC = next_model_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE next_model(journey, journey_pattern, interval) IS
	'learns from sessions what comes next and whether the goal follows in the session';

CREATE FUNCTION next_model_trans(journey_tally, journey, journey_pattern, interval, interval, timestamptz) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_next_model_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION next_model_trans(journey_tally, journey, journey_pattern, interval, interval, timestamptz) IS
	'transition function of next_model';

CREATE AGGREGATE next_model(j journey, goal journey_pattern, timeout interval, within interval, as_of timestamptz) (
	STYPE = journey_tally,
	SSPACE = 262144,
	SFUNC = next_model_trans,
	FINALFUNC = next_model_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE next_model(journey, journey_pattern, interval, interval, timestamptz) IS
	'learns from sessions what comes next and whether the goal follows within a time, of what was known at another';

CREATE FUNCTION convert_probability(model journey_model, j journey) RETURNS double precision
	AS 'MODULE_PATHNAME', 'journey_convert_probability'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION convert_probability(journey_model, journey) IS
	'probability that a visitor who has come so far reaches the goal of the model';

CREATE TYPE journey_next_row AS (
	event text,
	probability double precision,
	seen bigint
);
COMMENT ON TYPE journey_next_row IS
	'an event that may come next, as next_events() returns it';

CREATE FUNCTION next_events(model journey_model, j journey, max_rows integer DEFAULT 5) RETURNS SETOF journey_next_row
	AS 'MODULE_PATHNAME', 'journey_next_events'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 5;
COMMENT ON FUNCTION next_events(journey_model, journey, integer) IS
	'what a visitor who has come so far does next, most probable first; (exit) ends the session';

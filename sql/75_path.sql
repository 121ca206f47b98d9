-- Paths: the events of a customer as a list of names and as a line of text.

CREATE FUNCTION path_sequence(j journey) RETURNS text[]
	AS 'MODULE_PATHNAME', 'journey_path_sequence'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION path_sequence(journey) IS
	'the event names of a journey in canonical order';

-- The rows are gathered as journey_agg gathers them, so in a query that uses
-- both over the same arguments they share one state.
CREATE FUNCTION path_sequence_final(internal) RETURNS text[]
	AS 'MODULE_PATHNAME', 'journey_path_sequence_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION path_sequence_final(internal) IS
	'final function of path_sequence';

CREATE AGGREGATE path_sequence(ts timestamptz, event text) (
	STYPE = internal,
	SSPACE = 512,
	SFUNC = journey_agg_trans,
	FINALFUNC = path_sequence_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE path_sequence(timestamptz, text) IS
	'the event names of one customer in canonical order; NULL without a usable row';

CREATE AGGREGATE path_sequence(ts timestamp, event text) (
	STYPE = internal,
	SSPACE = 512,
	SFUNC = journey_agg_trans,
	FINALFUNC = path_sequence_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE path_sequence(timestamp, text) IS
	'the event names of one customer in canonical order; the time is read as UTC';

CREATE AGGREGATE path_sequence(ts date, event text) (
	STYPE = internal,
	SSPACE = 512,
	SFUNC = journey_agg_trans,
	FINALFUNC = path_sequence_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE path_sequence(date, text) IS
	'the event names of one customer in canonical order; a date is midnight in UTC';

-- Not STRICT: max_steps is NULL when there is no limit.
CREATE FUNCTION path_text(j journey, sep text DEFAULT ' > ',
	max_steps integer DEFAULT NULL, collapse boolean DEFAULT false) RETURNS text
	AS 'MODULE_PATHNAME', 'journey_path_text'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION path_text(journey, text, integer, boolean) IS
	'a journey as one line: its event names with a separator between; ... marks what max_steps cuts off';

CREATE FUNCTION path_text(path text[], sep text DEFAULT ' > ',
	max_steps integer DEFAULT NULL, collapse boolean DEFAULT false) RETURNS text
	AS 'MODULE_PATHNAME', 'journey_path_text_array'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION path_text(text[], text, integer, boolean) IS
	'a path as one line: its steps with a separator between; ... marks what max_steps cuts off';

-- A journey as rows.

CREATE TYPE journey_event_row AS (
	event_no integer,
	ts timestamptz,
	event text,
	channel text,
	value double precision
);
COMMENT ON TYPE journey_event_row IS 'one event of a journey, as events() returns it';

CREATE FUNCTION events(j journey) RETURNS SETOF journey_event_row
AS 'MODULE_PATHNAME', 'journey_events' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 50;
COMMENT ON FUNCTION events(journey) IS 'one row per event, in order';

CREATE TYPE journey_transition_row AS (
	event_no integer,
	from_event text,
	to_event text,
	from_ts timestamptz,
	to_ts timestamptz,
	seconds double precision
);
COMMENT ON TYPE journey_transition_row IS 'two consecutive events of a journey, as transitions() returns them';

CREATE FUNCTION transitions(j journey) RETURNS SETOF journey_transition_row
AS 'MODULE_PATHNAME', 'journey_transitions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 50;
COMMENT ON FUNCTION transitions(journey) IS 'one row per pair of consecutive events, numbered by the first of them';

CREATE TYPE journey_cycle_row AS (
	cycle_no integer,
	journey journey,
	complete boolean
);
COMMENT ON TYPE journey_cycle_row IS 'one cycle of a journey, as cycles() returns it';

CREATE FUNCTION cycles(j journey, p journey_pattern) RETURNS SETOF journey_cycle_row
AS 'MODULE_PATHNAME', 'journey_cycles' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50 ROWS 5;
COMMENT ON FUNCTION cycles(journey, journey_pattern) IS 'one journey per cycle: each ends with a match of the pattern, the last may be open';

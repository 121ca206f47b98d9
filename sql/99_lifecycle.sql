-- One customer after the purchase.

CREATE TYPE journey_lifecycle_row AS (
	period date,
	status text
);
COMMENT ON TYPE journey_lifecycle_row IS
	'what a customer was in a period, as lifecycle() returns it';

-- Not STRICT: tz and as_of may be NULL.
CREATE FUNCTION lifecycle(j journey, active_step journey_pattern, unit text, tz text DEFAULT 'UTC',
	as_of timestamptz DEFAULT NULL) RETURNS SETOF journey_lifecycle_row
	AS 'MODULE_PATHNAME', 'journey_lifecycle'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION lifecycle(journey, journey_pattern, text, text, timestamptz) IS
	'the days, weeks or months in which a customer is new, returning, resurrecting or, after them, dormant';

CREATE FUNCTION usual_gap(j journey, p journey_pattern DEFAULT '.') RETURNS interval
	AS 'MODULE_PATHNAME', 'journey_usual_gap'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION usual_gap(journey, journey_pattern) IS
	'mean time between the days of a customer that have an event of a one-step pattern, NULL for just one day';

CREATE TYPE journey_next_purchase_row AS (
	bought_at timestamptz,
	next_at timestamptz,
	days double precision,
	happened boolean,
	prompted boolean
);
COMMENT ON TYPE journey_next_purchase_row IS
	'the first purchase and what was bought next, as next_purchase() returns it';

-- Not STRICT: prompt may be NULL.
CREATE FUNCTION next_purchase(j journey, first_step journey_pattern, next_step journey_pattern, as_of timestamptz,
	prompt journey_pattern DEFAULT NULL, within interval DEFAULT '7 days') RETURNS SETOF journey_next_purchase_row
	AS 'MODULE_PATHNAME', 'journey_next_purchase'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 1;
COMMENT ON FUNCTION next_purchase(journey, journey_pattern, journey_pattern, timestamptz, journey_pattern, interval) IS
	'days from the first purchase to the next one, or to as_of if there was none, and whether a message came before it';

-- Where visits end that should have gone on.

CREATE TYPE journey_drop_row AS (
	event text,
	customers bigint,
	reach double precision,
	reached bigint,
	exits bigint,
	exit_rate double precision,
	exit_low double precision,
	exit_high double precision,
	baseline double precision,
	excess double precision,
	opportunity double precision,
	opportunity_low double precision
);
COMMENT ON TYPE journey_drop_row IS 'an event on which visits end';
COMMENT ON COLUMN journey_drop_row.event IS 'the event';
COMMENT ON COLUMN journey_drop_row.customers IS 'customers that reached it';
COMMENT ON COLUMN journey_drop_row.reach IS 'share of all customers, 0 to 1';
COMMENT ON COLUMN journey_drop_row.reached IS 'sessions (or journeys) with the event, goal not reached before it';
COMMENT ON COLUMN journey_drop_row.exits IS 'of these, ended on it';
COMMENT ON COLUMN journey_drop_row.exit_rate IS 'exits / reached, 0 to 1';
COMMENT ON COLUMN journey_drop_row.exit_low IS 'lower end of its 95 % interval (Wilson)';
COMMENT ON COLUMN journey_drop_row.exit_high IS 'upper end';
COMMENT ON COLUMN journey_drop_row.baseline IS 'exit rate of all other events together';
COMMENT ON COLUMN journey_drop_row.excess IS 'exit rate above the baseline';
COMMENT ON COLUMN journey_drop_row.opportunity IS 'customers times excess: how many customers more it loses than others do';
COMMENT ON COLUMN journey_drop_row.opportunity_low IS 'the same at the lower end of the interval; the rows are ranked by it';

CREATE FUNCTION drop_offs_trans(journey_tally, journey, journey_pattern, text, integer) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_drop_offs_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION drop_offs_trans(journey_tally, journey, journey_pattern, text, integer) IS 'drop_offs: counts one journey';

CREATE FUNCTION drop_offs_final(journey_tally) RETURNS journey_drop_row[]
AS 'MODULE_PATHNAME', 'journey_drop_offs_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION drop_offs_final(journey_tally) IS 'drop_offs: the rows';

CREATE AGGREGATE drop_offs(journey, journey_pattern, text, integer) (
	SFUNC = drop_offs_trans,
	STYPE = journey_tally,
	SSPACE = 8192,
	FINALFUNC = drop_offs_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE drop_offs(journey, journey_pattern, text, integer) IS 'events on which more visits end than elsewhere, ranked by what can be gained at least';

CREATE FUNCTION drop_offs_trans(journey_tally, journey, journey_pattern, text, integer, interval, timestamptz) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_drop_offs_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION drop_offs_trans(journey_tally, journey, journey_pattern, text, integer, interval, timestamptz) IS 'drop_offs: counts one journey';

CREATE AGGREGATE drop_offs(journey, journey_pattern, text, integer, interval, timestamptz) (
	SFUNC = drop_offs_trans,
	STYPE = journey_tally,
	SSPACE = 8192,
	FINALFUNC = drop_offs_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE drop_offs(journey, journey_pattern, text, integer, interval, timestamptz) IS 'events on which more visits end than elsewhere, with the silence that ends a visit and the end of the data';

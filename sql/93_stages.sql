-- The funnel of everybody.

CREATE TYPE journey_stage_row AS (
	stage integer,
	name text,
	customers bigint,
	from_start double precision,
	from_previous double precision,
	dropped bigint,
	lost_share double precision,
	median_seconds double precision,
	p90_seconds double precision,
	revenue double precision,
	lost_revenue double precision,
	events_matching bigint,
	focus integer
);
COMMENT ON TYPE journey_stage_row IS 'one stage of a funnel';
COMMENT ON COLUMN journey_stage_row.stage IS '1 for the first step';
COMMENT ON COLUMN journey_stage_row.name IS 'the step as the pattern writes it';
COMMENT ON COLUMN journey_stage_row.customers IS 'customers whose funnel_step() is at least this stage';
COMMENT ON COLUMN journey_stage_row.from_start IS 'share of those of stage 1, 0 to 1';
COMMENT ON COLUMN journey_stage_row.from_previous IS 'share of those of the stage before, 0 to 1';
COMMENT ON COLUMN journey_stage_row.dropped IS 'customers of the stage before that are not here';
COMMENT ON COLUMN journey_stage_row.lost_share IS 'dropped as a share of those of stage 1';
COMMENT ON COLUMN journey_stage_row.median_seconds IS 'time since the step before, median';
COMMENT ON COLUMN journey_stage_row.p90_seconds IS 'time since the step before, 90th percentile';
COMMENT ON COLUMN journey_stage_row.revenue IS 'revenue of the customers of this stage, whole journeys';
COMMENT ON COLUMN journey_stage_row.lost_revenue IS 'what the dropped would have brought more had they gone on as the others';
COMMENT ON COLUMN journey_stage_row.events_matching IS 'events that match the step at all';
COMMENT ON COLUMN journey_stage_row.focus IS '1 for the stage that loses most, among those that 30 customers could reach';

CREATE FUNCTION funnel_stages_trans(journey_tally, journey, journey_pattern) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION funnel_stages_trans(journey_tally, journey, journey_pattern) IS 'funnel_stages: counts one journey';

CREATE FUNCTION funnel_stages_final(journey_tally) RETURNS journey_stage_row[]
AS 'MODULE_PATHNAME', 'journey_funnel_stages_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION funnel_stages_final(journey_tally) IS 'funnel_stages: the rows';

CREATE AGGREGATE funnel_stages(journey, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = journey_tally,
	SSPACE = 2048,
	FINALFUNC = funnel_stages_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(journey, journey_pattern) IS 'the funnel of everybody: a row for each step of the pattern';

CREATE FUNCTION funnel_stages_trans(journey_tally, journey, journey_pattern, journey_pattern) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40;
COMMENT ON FUNCTION funnel_stages_trans(journey_tally, journey, journey_pattern, journey_pattern) IS 'funnel_stages: counts one journey';

CREATE AGGREGATE funnel_stages(journey, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = journey_tally,
	SSPACE = 2048,
	FINALFUNC = funnel_stages_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(journey, journey_pattern, journey_pattern) IS 'the funnel of everybody: a row for each step of the pattern, with the revenue of those who reached it';

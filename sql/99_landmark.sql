-- Landmarks: what was known on a day against what happened after it.

CREATE TYPE journey_early_warning_row AS (
	landmark timestamptz,
	customers bigint,
	churned bigint,
	flagged bigint,
	flagged_churned bigint,
	base_rate double precision,
	flagged_rate double precision,
	low double precision,
	high double precision,
	recall double precision,
	lift double precision,
	relative_risk double precision,
	lead_days double precision,
	complete boolean
);
COMMENT ON TYPE journey_early_warning_row IS
	'a sign against who churned after a landmark, as early_warning() returns it; landmark NULL: all together';

-- Not STRICT: start_step, churn, silence, flag and recent may be NULL.
CREATE FUNCTION early_warning_trans(journey_tally, journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, interval)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_early_warning_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION early_warning_trans(journey_tally, journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, interval) IS
	'transition function of early_warning';

CREATE FUNCTION early_warning_trans(journey_tally, journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, interval, timestamptz)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_early_warning_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION early_warning_trans(journey_tally, journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, interval, timestamptz) IS
	'transition function of early_warning';

CREATE FUNCTION early_warning_final(journey_tally) RETURNS journey_early_warning_row[]
	AS 'MODULE_PATHNAME', 'journey_early_warning_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION early_warning_final(journey_tally) IS
	'final function of early_warning';

CREATE AGGREGATE early_warning(j journey, start_step journey_pattern, churn journey_pattern, silence interval,
	landmarks timestamptz[], horizon interval, flag journey_pattern, recent interval) (
	STYPE = journey_tally,
	SSPACE = 16384,
	SFUNC = early_warning_trans,
	FINALFUNC = early_warning_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE early_warning(journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, interval) IS
	'does a sign known on a day, a pattern or a drop of activity, tell who churns within the horizon after it';

CREATE AGGREGATE early_warning(j journey, start_step journey_pattern, churn journey_pattern, silence interval,
	landmarks timestamptz[], horizon interval, flag journey_pattern, recent interval, as_of timestamptz) (
	STYPE = journey_tally,
	SSPACE = 16384,
	SFUNC = early_warning_trans,
	FINALFUNC = early_warning_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE early_warning(journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, interval, timestamptz) IS
	'does a sign known on a day, a pattern or a drop of activity, tell who churns within the horizon after it, when the data ends at a time';

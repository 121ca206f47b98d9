-- Retention: who comes back, by the time since the start.

CREATE TYPE journey_retention_row AS (
	cohort date,
	period integer,
	period_to integer,
	customers bigint,
	returned bigint,
	returned_or_later bigint,
	rate double precision,
	low double precision,
	high double precision,
	rate_or_later double precision,
	complete boolean
);
COMMENT ON TYPE journey_retention_row IS
	'a cohort in one period since its start, as retention_table() returns it';

-- Not STRICT: tz, brackets and as_of may be NULL.
CREATE FUNCTION retention_table_trans(journey_tally, journey, journey_pattern, journey_pattern, text, text)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_retention_table_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION retention_table_trans(journey_tally, journey, journey_pattern, journey_pattern, text, text) IS
	'transition function of retention_table';

CREATE FUNCTION retention_table_trans(journey_tally, journey, journey_pattern, journey_pattern, text, text, integer[])
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_retention_table_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION retention_table_trans(journey_tally, journey, journey_pattern, journey_pattern, text, text, integer[]) IS
	'transition function of retention_table';

CREATE FUNCTION retention_table_trans(journey_tally, journey, journey_pattern, journey_pattern, text, text, integer[], timestamptz)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_retention_table_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION retention_table_trans(journey_tally, journey, journey_pattern, journey_pattern, text, text, integer[], timestamptz) IS
	'transition function of retention_table';

CREATE FUNCTION retention_table_final(journey_tally) RETURNS journey_retention_row[]
	AS 'MODULE_PATHNAME', 'journey_retention_table_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION retention_table_final(journey_tally) IS
	'final function of retention_table';

CREATE AGGREGATE retention_table(j journey, start_step journey_pattern, return_step journey_pattern, unit text, tz text) (
	STYPE = journey_tally,
	SSPACE = 2048,
	SFUNC = retention_table_trans,
	FINALFUNC = retention_table_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_table(journey, journey_pattern, journey_pattern, text, text) IS
	'who comes back, by cohort and days, weeks or months since the start; incomplete cells are marked';

CREATE AGGREGATE retention_table(j journey, start_step journey_pattern, return_step journey_pattern, unit text, tz text,
	brackets integer[]) (
	STYPE = journey_tally,
	SSPACE = 2048,
	SFUNC = retention_table_trans,
	FINALFUNC = retention_table_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_table(journey, journey_pattern, journey_pattern, text, text, integer[]) IS
	'who comes back, by cohort and bracket of periods since the start';

CREATE AGGREGATE retention_table(j journey, start_step journey_pattern, return_step journey_pattern, unit text, tz text,
	brackets integer[], as_of timestamptz) (
	STYPE = journey_tally,
	SSPACE = 2048,
	SFUNC = retention_table_trans,
	FINALFUNC = retention_table_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_table(journey, journey_pattern, journey_pattern, text, text, integer[], timestamptz) IS
	'who comes back, as it was known at a time';

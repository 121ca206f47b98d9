-- How far, when, how often: over journeys and over rows.

-- Over journeys.

CREATE FUNCTION funnel_step(j journey, p journey_pattern) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_funnel_step' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION funnel_step(journey, journey_pattern) IS 'steps that the best attempt at the pattern reached, 0 if none';

CREATE FUNCTION funnel_times(j journey, p journey_pattern) RETURNS timestamptz[]
AS 'MODULE_PATHNAME', 'journey_funnel_times' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION funnel_times(journey, journey_pattern) IS 'time of each step in the best attempt, NULL where not reached';

CREATE FUNCTION match_count(j journey, p journey_pattern) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_match_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION match_count(journey, journey_pattern) IS 'how often the whole pattern happened, one match behind the other';

CREATE FUNCTION journey_match(j journey, p journey_pattern) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_match(journey, journey_pattern) IS 'whether the whole pattern happened: implementation of @@';

CREATE FUNCTION journey_match_commuted(p journey_pattern, j journey) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_match_commuted(journey_pattern, journey) IS 'whether the whole pattern happened: implementation of @@';

CREATE FUNCTION journey_match(j journey, p journey_pattern, as_of timestamptz) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_match_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_match(journey, journey_pattern, timestamptz) IS 'whether the whole pattern had happened by then; NULL: by the end';

CREATE FUNCTION journey_match(j journey, p journey_pattern, as_of timestamp) RETURNS boolean
LANGUAGE SQL IMMUTABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
	SELECT journey_match(j, p, as_of AT TIME ZONE 'UTC');
END;
COMMENT ON FUNCTION journey_match(journey, journey_pattern, timestamp) IS 'journey_match as of a time in UTC';

CREATE FUNCTION journey_match(j journey, p journey_pattern, as_of date) RETURNS boolean
LANGUAGE SQL IMMUTABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
	SELECT journey_match(j, p, as_of::timestamp AT TIME ZONE 'UTC');
END;
COMMENT ON FUNCTION journey_match(journey, journey_pattern, date) IS 'journey_match as of midnight in UTC, when the day begins';

CREATE OPERATOR @@ (
	FUNCTION = journey_match,
	LEFTARG = journey,
	RIGHTARG = journey_pattern,
	COMMUTATOR = @@,
	RESTRICT = matchingsel,
	JOIN = matchingjoinsel
);
COMMENT ON OPERATOR @@ (journey, journey_pattern) IS 'the whole pattern happened';

CREATE OPERATOR @@ (
	FUNCTION = journey_match_commuted,
	LEFTARG = journey_pattern,
	RIGHTARG = journey,
	COMMUTATOR = @@,
	RESTRICT = matchingsel,
	JOIN = matchingjoinsel
);
COMMENT ON OPERATOR @@ (journey_pattern, journey) IS 'the whole pattern happened';

-- Over rows.  All of these share one transition, so that the server keeps one
-- state for several of them with the same arguments.

CREATE FUNCTION funnel_trans(internal, timestamptz, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, timestamptz, text, journey_pattern) IS 'transition of aggregates over rows with a pattern';

CREATE FUNCTION funnel_trans(internal, timestamptz, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, timestamptz, text, text, double precision, journey_pattern) IS 'transition of aggregates over rows with a pattern';

CREATE FUNCTION funnel_trans(internal, timestamp, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, timestamp, text, journey_pattern) IS 'transition of aggregates over rows with a pattern';

CREATE FUNCTION funnel_trans(internal, date, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, date, text, journey_pattern) IS 'transition of aggregates over rows with a pattern';

CREATE FUNCTION funnel_trans(internal, timestamp, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, timestamp, text, text, double precision, journey_pattern) IS 'transition of aggregates over rows with a pattern';

CREATE FUNCTION funnel_trans(internal, date, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, date, text, text, double precision, journey_pattern) IS 'transition of aggregates over rows with a pattern';

CREATE FUNCTION funnel_trans(internal, timestamptz, integer, interval) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans_integer' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, timestamptz, integer, interval) IS 'transition of funnel_step over numbered steps';

CREATE FUNCTION funnel_trans(internal, timestamp, integer, interval) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans_integer' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, timestamp, integer, interval) IS 'transition of funnel_step over numbered steps';

CREATE FUNCTION funnel_trans(internal, date, integer, interval) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_trans_integer_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_trans(internal, date, integer, interval) IS 'transition of funnel_step over numbered steps';

CREATE FUNCTION funnel_step_final(internal) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_funnel_step_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION funnel_step_final(internal) IS 'result of funnel_step over rows';

CREATE FUNCTION funnel_times_final(internal) RETURNS timestamptz[]
AS 'MODULE_PATHNAME', 'journey_funnel_times_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION funnel_times_final(internal) IS 'result of funnel_times over rows';

CREATE FUNCTION match_count_final(internal) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_match_count_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION match_count_final(internal) IS 'result of match_count over rows';

CREATE FUNCTION journey_match_final(internal) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_match_final(internal) IS 'result of journey_match over rows';

CREATE AGGREGATE funnel_step(ts timestamptz, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(timestamptz, text, journey_pattern) IS 'steps that the best attempt at the pattern reached, 0 if none';

CREATE AGGREGATE funnel_step(ts timestamptz, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(timestamptz, text, text, double precision, journey_pattern) IS 'steps that the best attempt at the pattern reached, 0 if none';

CREATE AGGREGATE funnel_step(ts timestamp, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(timestamp, text, journey_pattern) IS 'steps that the best attempt at the pattern reached, 0 if none, times read as UTC';

CREATE AGGREGATE funnel_step(ts date, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(date, text, journey_pattern) IS 'steps that the best attempt at the pattern reached, 0 if none, dates are midnight in UTC';

CREATE AGGREGATE funnel_step(ts timestamp, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(timestamp, text, text, double precision, journey_pattern) IS 'steps that the best attempt at the pattern reached, 0 if none, times read as UTC';

CREATE AGGREGATE funnel_step(ts date, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(date, text, text, double precision, journey_pattern) IS 'steps that the best attempt at the pattern reached, 0 if none, dates are midnight in UTC';

CREATE AGGREGATE funnel_times(ts timestamptz, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_times_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_times(timestamptz, text, journey_pattern) IS 'time of each step in the best attempt, NULL where not reached';

CREATE AGGREGATE funnel_times(ts timestamptz, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_times_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_times(timestamptz, text, text, double precision, journey_pattern) IS 'time of each step in the best attempt, NULL where not reached';

CREATE AGGREGATE funnel_times(ts timestamp, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_times_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_times(timestamp, text, journey_pattern) IS 'time of each step in the best attempt, NULL where not reached, times read as UTC';

CREATE AGGREGATE funnel_times(ts date, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_times_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_times(date, text, journey_pattern) IS 'time of each step in the best attempt, NULL where not reached, dates are midnight in UTC';

CREATE AGGREGATE funnel_times(ts timestamp, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_times_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_times(timestamp, text, text, double precision, journey_pattern) IS 'time of each step in the best attempt, NULL where not reached, times read as UTC';

CREATE AGGREGATE funnel_times(ts date, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_times_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_times(date, text, text, double precision, journey_pattern) IS 'time of each step in the best attempt, NULL where not reached, dates are midnight in UTC';

CREATE AGGREGATE match_count(ts timestamptz, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_count_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE match_count(timestamptz, text, journey_pattern) IS 'how often the whole pattern happened, one match behind the other';

CREATE AGGREGATE match_count(ts timestamptz, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_count_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE match_count(timestamptz, text, text, double precision, journey_pattern) IS 'how often the whole pattern happened, one match behind the other';

CREATE AGGREGATE match_count(ts timestamp, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_count_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE match_count(timestamp, text, journey_pattern) IS 'how often the whole pattern happened, one match behind the other, times read as UTC';

CREATE AGGREGATE match_count(ts date, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_count_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE match_count(date, text, journey_pattern) IS 'how often the whole pattern happened, one match behind the other, dates are midnight in UTC';

CREATE AGGREGATE match_count(ts timestamp, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_count_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE match_count(timestamp, text, text, double precision, journey_pattern) IS 'how often the whole pattern happened, one match behind the other, times read as UTC';

CREATE AGGREGATE match_count(ts date, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_count_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE match_count(date, text, text, double precision, journey_pattern) IS 'how often the whole pattern happened, one match behind the other, dates are midnight in UTC';

CREATE AGGREGATE journey_match(ts timestamptz, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = journey_match_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamptz, text, journey_pattern) IS 'whether the whole pattern happened';

CREATE AGGREGATE journey_match(ts timestamptz, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = journey_match_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamptz, text, text, double precision, journey_pattern) IS 'whether the whole pattern happened';

CREATE AGGREGATE journey_match(ts timestamp, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = journey_match_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamp, text, journey_pattern) IS 'whether the whole pattern happened, times read as UTC';

CREATE AGGREGATE journey_match(ts date, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = journey_match_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(date, text, journey_pattern) IS 'whether the whole pattern happened, dates are midnight in UTC';

CREATE AGGREGATE journey_match(ts timestamp, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = journey_match_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamp, text, text, double precision, journey_pattern) IS 'whether the whole pattern happened, times read as UTC';

CREATE AGGREGATE journey_match(ts date, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = journey_match_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(date, text, text, double precision, journey_pattern) IS 'whether the whole pattern happened, dates are midnight in UTC';

CREATE AGGREGATE funnel_step(ts timestamptz, step integer, within interval) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(timestamptz, integer, interval) IS 'depth reached in steps numbered 1, 2, .. that are given row by row, within an interval unless NULL';

CREATE AGGREGATE funnel_step(ts timestamp, step integer, within interval) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(timestamp, integer, interval) IS 'depth reached in steps numbered 1, 2, .. that are given row by row, within an interval unless NULL, times read as UTC';

CREATE AGGREGATE funnel_step(ts date, step integer, within interval) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = funnel_step_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_step(date, integer, interval) IS 'depth reached in steps numbered 1, 2, .. that are given row by row, within an interval unless NULL, dates are midnight in UTC';

-- How long it took: over journeys and over rows.

CREATE FUNCTION time_to_convert(j journey, p journey_pattern) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_time_to_convert' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION time_to_convert(journey, journey_pattern) IS 'time from the first to the last step of a complete best attempt, NULL if there is none';

CREATE FUNCTION days_to_convert(j journey, p journey_pattern) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_days_to_convert' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION days_to_convert(journey, journey_pattern) IS 'days of 24 hours from the first to the last step of a complete best attempt, NULL if there is none';

CREATE FUNCTION time_to_first(j journey, p journey_pattern) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_time_to_first' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION time_to_first(journey, journey_pattern) IS 'time from the first event of all to the first one of a one-step pattern, NULL if there is none';

CREATE FUNCTION days_to_first(j journey, p journey_pattern) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_days_to_first' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION days_to_first(journey, journey_pattern) IS 'days of 24 hours from the first event of all to the first one of a one-step pattern, NULL if there is none';

CREATE FUNCTION first_time(j journey, p journey_pattern) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'journey_first_time' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION first_time(journey, journey_pattern) IS 'when the whole pattern was first completed, NULL if never';

CREATE FUNCTION last_time(j journey, p journey_pattern) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'journey_last_time' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION last_time(journey, journey_pattern) IS 'when the last match that match_count counts was completed, NULL if never';

CREATE FUNCTION time_to_convert_final(internal) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_time_to_convert_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION time_to_convert_final(internal) IS 'result of time_to_convert over rows';

CREATE FUNCTION days_to_convert_final(internal) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_days_to_convert_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION days_to_convert_final(internal) IS 'result of days_to_convert over rows';

CREATE FUNCTION time_to_first_final(internal) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_time_to_first_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION time_to_first_final(internal) IS 'result of time_to_first over rows';

CREATE FUNCTION days_to_first_final(internal) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_days_to_first_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION days_to_first_final(internal) IS 'result of days_to_first over rows';

CREATE AGGREGATE time_to_convert(ts timestamptz, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_convert(timestamptz, text, journey_pattern) IS 'time from the first to the last step of a complete best attempt, NULL if there is none';

CREATE AGGREGATE time_to_convert(ts timestamptz, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_convert(timestamptz, text, text, double precision, journey_pattern) IS 'time from the first to the last step of a complete best attempt, NULL if there is none';

CREATE AGGREGATE time_to_convert(ts timestamp, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_convert(timestamp, text, journey_pattern) IS 'time from the first to the last step of a complete best attempt, NULL if there is none, times read as UTC';

CREATE AGGREGATE time_to_convert(ts date, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_convert(date, text, journey_pattern) IS 'time from the first to the last step of a complete best attempt, NULL if there is none, dates are midnight in UTC';

CREATE AGGREGATE time_to_convert(ts timestamp, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_convert(timestamp, text, text, double precision, journey_pattern) IS 'time from the first to the last step of a complete best attempt, NULL if there is none, times read as UTC';

CREATE AGGREGATE time_to_convert(ts date, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_convert(date, text, text, double precision, journey_pattern) IS 'time from the first to the last step of a complete best attempt, NULL if there is none, dates are midnight in UTC';

CREATE AGGREGATE days_to_convert(ts timestamptz, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_convert(timestamptz, text, journey_pattern) IS 'days of 24 hours from the first to the last step of a complete best attempt, NULL if there is none';

CREATE AGGREGATE days_to_convert(ts timestamptz, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_convert(timestamptz, text, text, double precision, journey_pattern) IS 'days of 24 hours from the first to the last step of a complete best attempt, NULL if there is none';

CREATE AGGREGATE days_to_convert(ts timestamp, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_convert(timestamp, text, journey_pattern) IS 'days of 24 hours from the first to the last step of a complete best attempt, NULL if there is none, times read as UTC';

CREATE AGGREGATE days_to_convert(ts date, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_convert(date, text, journey_pattern) IS 'days of 24 hours from the first to the last step of a complete best attempt, NULL if there is none, dates are midnight in UTC';

CREATE AGGREGATE days_to_convert(ts timestamp, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_convert(timestamp, text, text, double precision, journey_pattern) IS 'days of 24 hours from the first to the last step of a complete best attempt, NULL if there is none, times read as UTC';

CREATE AGGREGATE days_to_convert(ts date, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_convert_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_convert(date, text, text, double precision, journey_pattern) IS 'days of 24 hours from the first to the last step of a complete best attempt, NULL if there is none, dates are midnight in UTC';

CREATE AGGREGATE time_to_first(ts timestamptz, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_first(timestamptz, text, journey_pattern) IS 'time from the first event of all to the first one of a one-step pattern, NULL if there is none';

CREATE AGGREGATE time_to_first(ts timestamptz, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_first(timestamptz, text, text, double precision, journey_pattern) IS 'time from the first event of all to the first one of a one-step pattern, NULL if there is none';

CREATE AGGREGATE time_to_first(ts timestamp, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_first(timestamp, text, journey_pattern) IS 'time from the first event of all to the first one of a one-step pattern, NULL if there is none, times read as UTC';

CREATE AGGREGATE time_to_first(ts date, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_first(date, text, journey_pattern) IS 'time from the first event of all to the first one of a one-step pattern, NULL if there is none, dates are midnight in UTC';

CREATE AGGREGATE time_to_first(ts timestamp, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_first(timestamp, text, text, double precision, journey_pattern) IS 'time from the first event of all to the first one of a one-step pattern, NULL if there is none, times read as UTC';

CREATE AGGREGATE time_to_first(ts date, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = time_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE time_to_first(date, text, text, double precision, journey_pattern) IS 'time from the first event of all to the first one of a one-step pattern, NULL if there is none, dates are midnight in UTC';

CREATE AGGREGATE days_to_first(ts timestamptz, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_first(timestamptz, text, journey_pattern) IS 'days of 24 hours from the first event of all to the first one of a one-step pattern, NULL if there is none';

CREATE AGGREGATE days_to_first(ts timestamptz, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_first(timestamptz, text, text, double precision, journey_pattern) IS 'days of 24 hours from the first event of all to the first one of a one-step pattern, NULL if there is none';

CREATE AGGREGATE days_to_first(ts timestamp, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_first(timestamp, text, journey_pattern) IS 'days of 24 hours from the first event of all to the first one of a one-step pattern, NULL if there is none, times read as UTC';

CREATE AGGREGATE days_to_first(ts date, event text, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_first(date, text, journey_pattern) IS 'days of 24 hours from the first event of all to the first one of a one-step pattern, NULL if there is none, dates are midnight in UTC';

CREATE AGGREGATE days_to_first(ts timestamp, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_first(timestamp, text, text, double precision, journey_pattern) IS 'days of 24 hours from the first event of all to the first one of a one-step pattern, NULL if there is none, times read as UTC';

CREATE AGGREGATE days_to_first(ts date, event text, channel text, value double precision, p journey_pattern) (
	SFUNC = funnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = days_to_first_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE days_to_first(date, text, text, double precision, journey_pattern) IS 'days of 24 hours from the first event of all to the first one of a one-step pattern, NULL if there is none, dates are midnight in UTC';

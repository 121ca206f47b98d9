-- journey_agg over rows, and the support functions of all aggregates over rows.

CREATE FUNCTION journey_agg_trans(internal, timestamptz, text) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, timestamptz, text) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_trans(internal, timestamptz, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, timestamptz, text, text) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_trans(internal, timestamptz, text, text, double precision) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, timestamptz, text, text, double precision) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_trans(internal, timestamp, text) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, timestamp, text) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_trans(internal, date, text) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, date, text) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_trans(internal, timestamp, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, timestamp, text, text) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_trans(internal, date, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, date, text, text) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_trans(internal, timestamp, text, text, double precision) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, timestamp, text, text, double precision) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_trans(internal, date, text, text, double precision) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_agg_trans_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_trans(internal, date, text, text, double precision) IS 'transition of aggregates over rows';

CREATE FUNCTION journey_agg_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_combine(internal, internal) IS 'combines states of aggregates over rows: all rows of both';

CREATE FUNCTION journey_agg_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_serial(internal) IS 'state of an aggregate over rows as bytes';

CREATE FUNCTION journey_agg_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_deserial(bytea, internal) IS 'state of an aggregate over rows from bytes';

CREATE FUNCTION journey_agg_final(internal) RETURNS journey
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_final(internal) IS 'result of journey_agg over rows';

CREATE AGGREGATE journey_agg(ts timestamptz, event text) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamptz, text) IS 'the journey of these events: ts, event';

CREATE AGGREGATE journey_agg(ts timestamptz, event text, channel text) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamptz, text, text) IS 'the journey of these events: ts, event, channel';

CREATE AGGREGATE journey_agg(ts timestamptz, event text, channel text, value double precision) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamptz, text, text, double precision) IS 'the journey of these events: ts, event, channel, value';

CREATE AGGREGATE journey_agg(ts timestamp, event text) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamp, text) IS 'the journey of these events: ts, event, times read as UTC';

CREATE AGGREGATE journey_agg(ts date, event text) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(date, text) IS 'the journey of these events: ts, event, dates are midnight in UTC';

CREATE AGGREGATE journey_agg(ts timestamp, event text, channel text) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamp, text, text) IS 'the journey of these events: ts, event, channel, times read as UTC';

CREATE AGGREGATE journey_agg(ts date, event text, channel text) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(date, text, text) IS 'the journey of these events: ts, event, channel, dates are midnight in UTC';

CREATE AGGREGATE journey_agg(ts timestamp, event text, channel text, value double precision) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamp, text, text, double precision) IS 'the journey of these events: ts, event, channel, value, times read as UTC';

CREATE AGGREGATE journey_agg(ts date, event text, channel text, value double precision) (
	SFUNC = journey_agg_trans,
	STYPE = internal,
	SSPACE = 500,
	FINALFUNC = journey_agg_final,
	COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serial,
	DESERIALFUNC = journey_agg_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(date, text, text, double precision) IS 'the journey of these events: ts, event, channel, value, dates are midnight in UTC';

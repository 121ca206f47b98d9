-- journey_match over rows as of a moment.

CREATE FUNCTION as_of_trans(internal, timestamptz, text, journey_pattern, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, timestamptz, text, journey_pattern, timestamptz) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, timestamp, text, journey_pattern, timestamp) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, timestamp, text, journey_pattern, timestamp) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, timestamp, text, journey_pattern, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, timestamp, text, journey_pattern, timestamptz) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, date, text, journey_pattern, date) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans_dates' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, date, text, journey_pattern, date) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, date, text, journey_pattern, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, date, text, journey_pattern, timestamptz) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, timestamptz, text, text, double precision, journey_pattern, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, timestamptz, text, text, double precision, journey_pattern, timestamptz) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, timestamp, text, text, double precision, journey_pattern, timestamp) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, timestamp, text, text, double precision, journey_pattern, timestamp) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, timestamp, text, text, double precision, journey_pattern, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, timestamp, text, text, double precision, journey_pattern, timestamptz) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, date, text, text, double precision, journey_pattern, date) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans_dates' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, date, text, text, double precision, journey_pattern, date) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_trans(internal, date, text, text, double precision, journey_pattern, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_trans_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_trans(internal, date, text, text, double precision, journey_pattern, timestamptz) IS 'transition of journey_match over rows as of a moment';

CREATE FUNCTION as_of_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION as_of_combine(internal, internal) IS 'combines states of journey_match over rows as of a moment';

CREATE FUNCTION as_of_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_as_of_serial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION as_of_serial(internal) IS 'state of journey_match over rows as of a moment, to travel';

CREATE FUNCTION as_of_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_as_of_deserial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION as_of_deserial(bytea, internal) IS 'state of journey_match over rows as of a moment, arrived';

CREATE FUNCTION match_as_of_final(internal) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_match_as_of_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION match_as_of_final(internal) IS 'result of journey_match over rows as of a moment';

CREATE AGGREGATE journey_match(ts timestamptz, event text, p journey_pattern, as_of timestamptz) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamptz, text, journey_pattern, timestamptz) IS 'whether the whole pattern had happened by then; NULL: by the last row';

CREATE AGGREGATE journey_match(ts timestamp, event text, p journey_pattern, as_of timestamp) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamp, text, journey_pattern, timestamp) IS 'whether the whole pattern had happened by then; NULL: by the last row, times read as UTC';

CREATE AGGREGATE journey_match(ts timestamp, event text, p journey_pattern, as_of timestamptz) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamp, text, journey_pattern, timestamptz) IS 'whether the whole pattern had happened by then; NULL: by the last row, times of rows read as UTC';

CREATE AGGREGATE journey_match(ts date, event text, p journey_pattern, as_of date) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(date, text, journey_pattern, date) IS 'whether the whole pattern had happened by then; NULL: by the last row, dates are midnight in UTC';

CREATE AGGREGATE journey_match(ts date, event text, p journey_pattern, as_of timestamptz) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(date, text, journey_pattern, timestamptz) IS 'whether the whole pattern had happened by then; NULL: by the last row, dates are midnight in UTC';

CREATE AGGREGATE journey_match(ts timestamptz, event text, channel text, value double precision, p journey_pattern, as_of timestamptz) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamptz, text, text, double precision, journey_pattern, timestamptz) IS 'whether the whole pattern had happened by then; NULL: by the last row';

CREATE AGGREGATE journey_match(ts timestamp, event text, channel text, value double precision, p journey_pattern, as_of timestamp) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamp, text, text, double precision, journey_pattern, timestamp) IS 'whether the whole pattern had happened by then; NULL: by the last row, times read as UTC';

CREATE AGGREGATE journey_match(ts timestamp, event text, channel text, value double precision, p journey_pattern, as_of timestamptz) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(timestamp, text, text, double precision, journey_pattern, timestamptz) IS 'whether the whole pattern had happened by then; NULL: by the last row, times of rows read as UTC';

CREATE AGGREGATE journey_match(ts date, event text, channel text, value double precision, p journey_pattern, as_of date) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(date, text, text, double precision, journey_pattern, date) IS 'whether the whole pattern had happened by then; NULL: by the last row, dates are midnight in UTC';

CREATE AGGREGATE journey_match(ts date, event text, channel text, value double precision, p journey_pattern, as_of timestamptz) (
	SFUNC = as_of_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = match_as_of_final,
	COMBINEFUNC = as_of_combine,
	SERIALFUNC = as_of_serial,
	DESERIALFUNC = as_of_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_match(date, text, text, double precision, journey_pattern, timestamptz) IS 'whether the whole pattern had happened by then; NULL: by the last row, dates are midnight in UTC';

-- The funnel of everybody from rows in one pass, without GROUP BY.
--
-- The final function takes the log apart and leaves nothing of it: the server
-- must not ask it twice, as it would in a window or for two aggregates that
-- share a state.  That is what READ_WRITE says.

CREATE FUNCTION funnel_stages_rows_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_rows_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_rows_combine(internal, internal) IS 'adds the rows of one state to another';

CREATE FUNCTION funnel_stages_rows_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_funnel_stages_rows_serial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_rows_serial(internal) IS 'state of funnel_stages over rows as bytes';

CREATE FUNCTION funnel_stages_rows_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_rows_deserial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_rows_deserial(bytea, internal) IS 'state of funnel_stages over rows from bytes';

CREATE FUNCTION funnel_stages_rows_final(internal) RETURNS journey_stage_row[]
AS 'MODULE_PATHNAME', 'journey_funnel_stages_rows_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION funnel_stages_rows_final(internal) IS 'result of funnel_stages over rows';

CREATE FUNCTION funnel_stages_trans(internal, bigint, timestamptz, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, timestamptz, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, timestamptz, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, timestamptz, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern';

CREATE FUNCTION funnel_stages_trans(internal, bigint, timestamp, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, timestamp, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, timestamp, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, timestamp, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, bigint, date, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, date, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, date, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, date, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, dates are midnight in UTC';

CREATE FUNCTION funnel_stages_trans(internal, text, timestamptz, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, timestamptz, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, timestamptz, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, timestamptz, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern';

CREATE FUNCTION funnel_stages_trans(internal, text, timestamp, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, timestamp, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, timestamp, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, timestamp, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, text, date, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, date, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, date, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, date, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, dates are midnight in UTC';

CREATE FUNCTION funnel_stages_trans(internal, uuid, timestamptz, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, timestamptz, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, timestamptz, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, timestamptz, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern';

CREATE FUNCTION funnel_stages_trans(internal, uuid, timestamp, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, timestamp, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, timestamp, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, timestamp, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, uuid, date, text, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, date, text, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, date, text, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, date, text, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, dates are midnight in UTC';

CREATE FUNCTION funnel_stages_trans(internal, bigint, timestamptz, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, timestamptz, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, timestamptz, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, timestamptz, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern';

CREATE FUNCTION funnel_stages_trans(internal, bigint, timestamp, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, timestamp, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, timestamp, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, timestamp, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, bigint, date, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, date, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, date, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, date, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, dates are midnight in UTC';

CREATE FUNCTION funnel_stages_trans(internal, text, timestamptz, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, timestamptz, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, timestamptz, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, timestamptz, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern';

CREATE FUNCTION funnel_stages_trans(internal, text, timestamp, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, timestamp, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, timestamp, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, timestamp, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, text, date, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, date, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, date, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, date, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, dates are midnight in UTC';

CREATE FUNCTION funnel_stages_trans(internal, uuid, timestamptz, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, timestamptz, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, timestamptz, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, timestamptz, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern';

CREATE FUNCTION funnel_stages_trans(internal, uuid, timestamp, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, timestamp, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, timestamp, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, timestamp, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, uuid, date, text, text, double precision, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, date, text, text, double precision, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, date, text, text, double precision, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, date, text, text, double precision, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, dates are midnight in UTC';

CREATE FUNCTION funnel_stages_trans(internal, bigint, timestamptz, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, timestamptz, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, timestamptz, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, timestamptz, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it';

CREATE FUNCTION funnel_stages_trans(internal, bigint, timestamp, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, timestamp, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, timestamp, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, timestamp, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, bigint, date, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_bigint_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, bigint, date, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(bigint, date, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(bigint, date, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it, dates are midnight in UTC';

CREATE FUNCTION funnel_stages_trans(internal, text, timestamptz, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, timestamptz, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, timestamptz, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, timestamptz, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it';

CREATE FUNCTION funnel_stages_trans(internal, text, timestamp, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, timestamp, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, timestamp, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, timestamp, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, text, date, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_text_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, text, date, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(text, date, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(text, date, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it, dates are midnight in UTC';

CREATE FUNCTION funnel_stages_trans(internal, uuid, timestamptz, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, timestamptz, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, timestamptz, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, timestamptz, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it';

CREATE FUNCTION funnel_stages_trans(internal, uuid, timestamp, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, timestamp, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, timestamp, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, timestamp, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it, times read as UTC';

CREATE FUNCTION funnel_stages_trans(internal, uuid, date, text, text, double precision, journey_pattern, journey_pattern) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_funnel_stages_trans_uuid_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_stages_trans(internal, uuid, date, text, text, double precision, journey_pattern, journey_pattern) IS 'funnel_stages over rows: takes one row';

CREATE AGGREGATE funnel_stages(uuid, date, text, text, double precision, journey_pattern, journey_pattern) (
	SFUNC = funnel_stages_trans,
	STYPE = internal,
	SSPACE = 100000,
	FINALFUNC = funnel_stages_rows_final,
	FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = funnel_stages_rows_combine,
	SERIALFUNC = funnel_stages_rows_serial,
	DESERIALFUNC = funnel_stages_rows_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_stages(uuid, date, text, text, double precision, journey_pattern, journey_pattern) IS 'the funnel of everybody from rows in one pass: a row for each step of the pattern, with the revenue of those who reached it, dates are midnight in UTC';

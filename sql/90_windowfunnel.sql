-- Names that users of other engines know: funnels over boolean conditions.
-- The same is said shorter, and exactly, with a journey_pattern and the verbs
-- of 60_funnel.sql; these are for queries that exist.

-- What all of them share.

CREATE FUNCTION conditions_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_conditions_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION conditions_combine(internal, internal) IS 'combines states of aggregates over conditions';

CREATE FUNCTION conditions_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_conditions_serial' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION conditions_serial(internal) IS 'serializes states of aggregates over conditions';

CREATE FUNCTION conditions_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_conditions_deserial' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION conditions_deserial(bytea, internal) IS 'reads states of aggregates over conditions';

-- windowfunnel

CREATE FUNCTION windowfunnel_trans(internal, bigint, text, timestamptz, boolean[]) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_windowfunnel_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION windowfunnel_trans(internal, bigint, text, timestamptz, boolean[]) IS 'transition of windowfunnel';

CREATE FUNCTION windowfunnel_trans(internal, bigint, text, timestamp, boolean[]) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_windowfunnel_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION windowfunnel_trans(internal, bigint, text, timestamp, boolean[]) IS 'transition of windowfunnel';

CREATE FUNCTION windowfunnel_final(internal) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_windowfunnel_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION windowfunnel_final(internal) IS 'result of windowfunnel';

CREATE AGGREGATE windowfunnel(bigint, text, timestamptz, VARIADIC boolean[]) (
	SFUNC = windowfunnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = windowfunnel_final,
	COMBINEFUNC = conditions_combine,
	SERIALFUNC = conditions_serial,
	DESERIALFUNC = conditions_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE windowfunnel(bigint, text, timestamptz, VARIADIC boolean[]) IS 'conditions that held one behind the other within so many seconds of the first, 0 if none; mode default or strict_..';

CREATE AGGREGATE windowfunnel(bigint, text, timestamp, VARIADIC boolean[]) (
	SFUNC = windowfunnel_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = windowfunnel_final,
	COMBINEFUNC = conditions_combine,
	SERIALFUNC = conditions_serial,
	DESERIALFUNC = conditions_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE windowfunnel(bigint, text, timestamp, VARIADIC boolean[]) IS 'conditions that held one behind the other within so many seconds of the first, 0 if none; mode default or strict_.., times read as UTC';

-- retention

CREATE FUNCTION retention_trans(internal, boolean[]) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_retention_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_trans(internal, boolean[]) IS 'transition of retention';

CREATE FUNCTION retention_final(internal) RETURNS integer[]
AS 'MODULE_PATHNAME', 'journey_retention_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_final(internal) IS 'result of retention';

CREATE AGGREGATE retention(VARIADIC boolean[]) (
	SFUNC = retention_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = retention_final,
	COMBINEFUNC = conditions_combine,
	SERIALFUNC = conditions_serial,
	DESERIALFUNC = conditions_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention(VARIADIC boolean[]) IS 'for each condition 1 if it and the first held in some row, else 0';

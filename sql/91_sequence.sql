-- Names that users of other engines know: sequences of boolean conditions.

-- sequence_match and sequence_count share one transition.

CREATE FUNCTION sequence_trans(internal, text, timestamptz, boolean[]) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_sequence_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_trans(internal, text, timestamptz, boolean[]) IS 'transition of sequence_match and sequence_count';

CREATE FUNCTION sequence_trans(internal, text, timestamp, boolean[]) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_sequence_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_trans(internal, text, timestamp, boolean[]) IS 'transition of sequence_match and sequence_count';

CREATE FUNCTION sequence_match_final(internal) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_sequence_match_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION sequence_match_final(internal) IS 'result of sequence_match';

CREATE FUNCTION sequence_count_final(internal) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_sequence_count_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION sequence_count_final(internal) IS 'result of sequence_count';

CREATE AGGREGATE sequence_match(text, timestamptz, VARIADIC boolean[]) (
	SFUNC = sequence_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = sequence_match_final,
	COMBINEFUNC = conditions_combine,
	SERIALFUNC = conditions_serial,
	DESERIALFUNC = conditions_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_match(text, timestamptz, VARIADIC boolean[]) IS 'whether the conditions held in the order a sequence pattern such as (?1).*(?2) says';

CREATE AGGREGATE sequence_match(text, timestamp, VARIADIC boolean[]) (
	SFUNC = sequence_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = sequence_match_final,
	COMBINEFUNC = conditions_combine,
	SERIALFUNC = conditions_serial,
	DESERIALFUNC = conditions_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_match(text, timestamp, VARIADIC boolean[]) IS 'whether the conditions held in the order a sequence pattern such as (?1).*(?2) says, times read as UTC';

CREATE AGGREGATE sequence_count(text, timestamptz, VARIADIC boolean[]) (
	SFUNC = sequence_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = sequence_count_final,
	COMBINEFUNC = conditions_combine,
	SERIALFUNC = conditions_serial,
	DESERIALFUNC = conditions_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_count(text, timestamptz, VARIADIC boolean[]) IS 'how often the conditions held in the order a sequence pattern says, one match behind the other';

CREATE AGGREGATE sequence_count(text, timestamp, VARIADIC boolean[]) (
	SFUNC = sequence_trans,
	STYPE = internal,
	SSPACE = 200,
	FINALFUNC = sequence_count_final,
	COMBINEFUNC = conditions_combine,
	SERIALFUNC = conditions_serial,
	DESERIALFUNC = conditions_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_count(text, timestamp, VARIADIC boolean[]) IS 'how often the conditions held in the order a sequence pattern says, one match behind the other, times read as UTC';

-- sequence_next_node

CREATE FUNCTION sequence_next_node_trans(internal, text, text, timestamptz, text, boolean, boolean[]) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_sequence_next_node_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_trans(internal, text, text, timestamptz, text, boolean, boolean[]) IS 'transition of sequence_next_node';

CREATE FUNCTION sequence_next_node_trans(internal, text, text, timestamptz, text, boolean) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_sequence_next_node_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_trans(internal, text, text, timestamptz, text, boolean) IS 'transition of sequence_next_node';

CREATE FUNCTION sequence_next_node_trans(internal, text, text, timestamp, text, boolean, boolean[]) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_sequence_next_node_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_trans(internal, text, text, timestamp, text, boolean, boolean[]) IS 'transition of sequence_next_node';

CREATE FUNCTION sequence_next_node_trans(internal, text, text, timestamp, text, boolean) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_sequence_next_node_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_trans(internal, text, text, timestamp, text, boolean) IS 'transition of sequence_next_node';

CREATE FUNCTION sequence_next_node_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_sequence_next_node_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_combine(internal, internal) IS 'combines states of sequence_next_node';

CREATE FUNCTION sequence_next_node_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_sequence_next_node_serial' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_serial(internal) IS 'serializes states of sequence_next_node';

CREATE FUNCTION sequence_next_node_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'journey_sequence_next_node_deserial' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_deserial(bytea, internal) IS 'reads states of sequence_next_node';

CREATE FUNCTION sequence_next_node_final(internal) RETURNS text
AS 'MODULE_PATHNAME', 'journey_sequence_next_node_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_final(internal) IS 'result of sequence_next_node';

CREATE AGGREGATE sequence_next_node(text, text, timestamptz, text, boolean, VARIADIC boolean[]) (
	SFUNC = sequence_next_node_trans,
	STYPE = internal,
	SSPACE = 600,
	FINALFUNC = sequence_next_node_final,
	COMBINEFUNC = sequence_next_node_combine,
	SERIALFUNC = sequence_next_node_serial,
	DESERIALFUNC = sequence_next_node_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_next_node(text, text, timestamptz, text, boolean, VARIADIC boolean[]) IS 'value of the row next to a chain of neighbours that satisfies the conditions one by one, from a base';

CREATE AGGREGATE sequence_next_node(text, text, timestamptz, text, boolean) (
	SFUNC = sequence_next_node_trans,
	STYPE = internal,
	SSPACE = 600,
	FINALFUNC = sequence_next_node_final,
	COMBINEFUNC = sequence_next_node_combine,
	SERIALFUNC = sequence_next_node_serial,
	DESERIALFUNC = sequence_next_node_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_next_node(text, text, timestamptz, text, boolean) IS 'value of the row next to a chain of neighbours that satisfies the conditions one by one, from a base; without conditions the base itself';

CREATE AGGREGATE sequence_next_node(text, text, timestamp, text, boolean, VARIADIC boolean[]) (
	SFUNC = sequence_next_node_trans,
	STYPE = internal,
	SSPACE = 600,
	FINALFUNC = sequence_next_node_final,
	COMBINEFUNC = sequence_next_node_combine,
	SERIALFUNC = sequence_next_node_serial,
	DESERIALFUNC = sequence_next_node_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_next_node(text, text, timestamp, text, boolean, VARIADIC boolean[]) IS 'value of the row next to a chain of neighbours that satisfies the conditions one by one, from a base, times read as UTC';

CREATE AGGREGATE sequence_next_node(text, text, timestamp, text, boolean) (
	SFUNC = sequence_next_node_trans,
	STYPE = internal,
	SSPACE = 600,
	FINALFUNC = sequence_next_node_final,
	COMBINEFUNC = sequence_next_node_combine,
	SERIALFUNC = sequence_next_node_serial,
	DESERIALFUNC = sequence_next_node_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_next_node(text, text, timestamp, text, boolean) IS 'value of the row next to a chain of neighbours that satisfies the conditions one by one, from a base; without conditions the base itself, times read as UTC';

-- The type journey_pattern: a question about journeys as one short text.

CREATE TYPE journey_pattern;

CREATE FUNCTION journey_pattern_in(cstring) RETURNS journey_pattern
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_pattern_in(cstring) IS 'text input of journey_pattern';

CREATE FUNCTION journey_pattern_out(journey_pattern) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_pattern_out(journey_pattern) IS 'text output of journey_pattern: canonical';

CREATE FUNCTION journey_pattern_recv(internal) RETURNS journey_pattern
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_pattern_recv(internal) IS 'binary input of journey_pattern: parses what it reads';

CREATE FUNCTION journey_pattern_send(journey_pattern) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_pattern_send(journey_pattern) IS 'binary output of journey_pattern';

CREATE TYPE journey_pattern (
	INPUT = journey_pattern_in,
	OUTPUT = journey_pattern_out,
	RECEIVE = journey_pattern_recv,
	SEND = journey_pattern_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE journey_pattern IS 'steps a customer may take one after the other, for example visit -> signup -> purchase within 7 days';

-- Casts, both explicit.

CREATE CAST (journey_pattern AS text) WITH INOUT;
COMMENT ON CAST (journey_pattern AS text) IS 'the canonical text form';
CREATE CAST (text AS journey_pattern) WITH INOUT;
COMMENT ON CAST (text AS journey_pattern) IS 'reads the text form';

-- Comparison, bytewise by canonical text.

CREATE FUNCTION journey_pattern_eq(a journey_pattern, b journey_pattern) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_eq(journey_pattern, journey_pattern) IS 'the same pattern: implementation of =';

CREATE FUNCTION journey_pattern_ne(a journey_pattern, b journey_pattern) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_ne(journey_pattern, journey_pattern) IS 'not the same pattern: implementation of <>';

CREATE FUNCTION journey_pattern_lt(a journey_pattern, b journey_pattern) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_lt(journey_pattern, journey_pattern) IS 'implementation of <';

CREATE FUNCTION journey_pattern_le(a journey_pattern, b journey_pattern) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_le(journey_pattern, journey_pattern) IS 'implementation of <=';

CREATE FUNCTION journey_pattern_gt(a journey_pattern, b journey_pattern) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_gt(journey_pattern, journey_pattern) IS 'implementation of >';

CREATE FUNCTION journey_pattern_ge(a journey_pattern, b journey_pattern) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_ge(journey_pattern, journey_pattern) IS 'implementation of >=';

CREATE FUNCTION journey_pattern_cmp(a journey_pattern, b journey_pattern) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_cmp(journey_pattern, journey_pattern) IS 'btree support: -1, 0 or 1';

CREATE FUNCTION journey_pattern_hash(p journey_pattern) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_hash(journey_pattern) IS 'hash of the canonical text';

CREATE FUNCTION journey_pattern_hash_extended(p journey_pattern, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey_pattern_hash_extended(journey_pattern, bigint) IS '64-bit hash of the canonical text';

CREATE OPERATOR = (
	LEFTARG = journey_pattern, RIGHTARG = journey_pattern,
	FUNCTION = journey_pattern_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (journey_pattern, journey_pattern) IS 'the same pattern';

CREATE OPERATOR <> (
	LEFTARG = journey_pattern, RIGHTARG = journey_pattern,
	FUNCTION = journey_pattern_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (journey_pattern, journey_pattern) IS 'not the same pattern';

CREATE OPERATOR < (
	LEFTARG = journey_pattern, RIGHTARG = journey_pattern,
	FUNCTION = journey_pattern_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (journey_pattern, journey_pattern) IS 'less, by canonical text';

CREATE OPERATOR <= (
	LEFTARG = journey_pattern, RIGHTARG = journey_pattern,
	FUNCTION = journey_pattern_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (journey_pattern, journey_pattern) IS 'less or equal, by canonical text';

CREATE OPERATOR > (
	LEFTARG = journey_pattern, RIGHTARG = journey_pattern,
	FUNCTION = journey_pattern_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (journey_pattern, journey_pattern) IS 'greater, by canonical text';

CREATE OPERATOR >= (
	LEFTARG = journey_pattern, RIGHTARG = journey_pattern,
	FUNCTION = journey_pattern_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (journey_pattern, journey_pattern) IS 'greater or equal, by canonical text';

CREATE OPERATOR FAMILY journey_pattern_ops USING btree;
COMMENT ON OPERATOR FAMILY journey_pattern_ops USING btree IS 'order of patterns';
CREATE OPERATOR CLASS journey_pattern_ops DEFAULT FOR TYPE journey_pattern USING btree FAMILY journey_pattern_ops AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 journey_pattern_cmp(journey_pattern, journey_pattern);
COMMENT ON OPERATOR CLASS journey_pattern_ops USING btree IS 'order of patterns, by canonical text';

CREATE OPERATOR FAMILY journey_pattern_ops USING hash;
COMMENT ON OPERATOR FAMILY journey_pattern_ops USING hash IS 'equality of patterns';
CREATE OPERATOR CLASS journey_pattern_ops DEFAULT FOR TYPE journey_pattern USING hash FAMILY journey_pattern_ops AS
	OPERATOR 1 =,
	FUNCTION 1 journey_pattern_hash(journey_pattern),
	FUNCTION 2 journey_pattern_hash_extended(journey_pattern, bigint);
COMMENT ON OPERATOR CLASS journey_pattern_ops USING hash IS 'equality of patterns, by canonical text';

-- What a pattern mentions.

CREATE FUNCTION pattern_names(p journey_pattern) RETURNS text[]
AS 'MODULE_PATHNAME', 'journey_pattern_names' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pattern_names(journey_pattern) IS 'names the pattern mentions, each once, prefixes with their asterisk';

-- For programs.

CREATE FUNCTION journey_pattern(steps text[], within interval DEFAULT NULL, session_timeout interval DEFAULT NULL,
	without text DEFAULT NULL, from_first boolean DEFAULT false, any_order boolean DEFAULT false,
	distinct_times boolean DEFAULT false, then_no text DEFAULT NULL, then_no_for interval DEFAULT NULL,
	begins boolean DEFAULT false, ends boolean DEFAULT false) RETURNS journey_pattern
AS 'MODULE_PATHNAME', 'journey_pattern_make' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_pattern(text[], interval, interval, text, boolean, boolean, boolean, text, interval, boolean, boolean) IS 'a pattern from its parts: steps in pattern syntax, clauses as named arguments';

CREATE FUNCTION pattern_name(name text) RETURNS text
AS 'MODULE_PATHNAME', 'journey_pattern_name' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION pattern_name(text) IS 'an event name or channel as it is written in a pattern, in quotes if need be';

-- The type journey: one customer's events in the order of time.

CREATE TYPE journey;

CREATE FUNCTION journey_in(cstring) RETURNS journey
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_in(cstring) IS 'text input of journey';

CREATE FUNCTION journey_out(journey) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_out(journey) IS 'text output of journey: canonical, in UTC';

CREATE FUNCTION journey_recv(internal) RETURNS journey
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_recv(internal) IS 'binary input of journey: checks and sorts what it reads';

CREATE FUNCTION journey_send(journey) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_send(journey) IS 'binary output of journey';

-- EXTERNAL: compression gains nothing on these bytes, and without it the
-- first chunk alone answers length, started_at, ended_at and duration.
CREATE TYPE journey (
	INPUT = journey_in,
	OUTPUT = journey_out,
	RECEIVE = journey_recv,
	SEND = journey_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = external
);
COMMENT ON TYPE journey IS 'the time-ordered events of one customer, each with a name and if known a channel and a value';

-- Casts, all explicit.

CREATE FUNCTION journey_to_jsonb(j journey) RETURNS jsonb
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_to_jsonb(journey) IS 'the events as an array of objects with ts, event, channel and value';

CREATE FUNCTION journey_from_jsonb(events jsonb) RETURNS journey
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_from_jsonb(jsonb) IS 'a journey from an array of objects with ts, event, channel and value';

CREATE CAST (journey AS text) WITH INOUT;
COMMENT ON CAST (journey AS text) IS 'the canonical text form';
CREATE CAST (text AS journey) WITH INOUT;
COMMENT ON CAST (text AS journey) IS 'reads the text form';
CREATE CAST (journey AS jsonb) WITH FUNCTION journey_to_jsonb(journey);
COMMENT ON CAST (journey AS jsonb) IS 'the events as an array of objects';
CREATE CAST (jsonb AS journey) WITH FUNCTION journey_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS journey) IS 'reads an array of events';

-- Comparison, by content: event by event, a prefix first.

CREATE FUNCTION journey_eq(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_eq(journey, journey) IS 'the same events: implementation of =';

CREATE FUNCTION journey_ne(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_ne(journey, journey) IS 'not the same events: implementation of <>';

CREATE FUNCTION journey_lt(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_lt(journey, journey) IS 'implementation of <';

CREATE FUNCTION journey_le(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_le(journey, journey) IS 'implementation of <=';

CREATE FUNCTION journey_gt(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_gt(journey, journey) IS 'implementation of >';

CREATE FUNCTION journey_ge(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_ge(journey, journey) IS 'implementation of >=';

CREATE FUNCTION journey_cmp(a journey, b journey) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_cmp(journey, journey) IS 'btree support: -1, 0 or 1';

CREATE FUNCTION journey_sortsupport(internal) RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_sortsupport(internal) IS 'btree support: sorts by the first time before it compares in full';

CREATE FUNCTION journey_hash(j journey) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey_hash(journey) IS 'hash of the events, stable across storage formats';

CREATE FUNCTION journey_hash_extended(j journey, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey_hash_extended(journey, bigint) IS '64-bit hash of the events, stable across storage formats';

CREATE OPERATOR = (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (journey, journey) IS 'the same events';

CREATE OPERATOR <> (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (journey, journey) IS 'not the same events';

CREATE OPERATOR < (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (journey, journey) IS 'less, event by event';

CREATE OPERATOR <= (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (journey, journey) IS 'less or equal, event by event';

CREATE OPERATOR > (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (journey, journey) IS 'greater, event by event';

CREATE OPERATOR >= (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = journey_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (journey, journey) IS 'greater or equal, event by event';

CREATE OPERATOR FAMILY journey_ops USING btree;
COMMENT ON OPERATOR FAMILY journey_ops USING btree IS 'order of journeys';
CREATE OPERATOR CLASS journey_ops DEFAULT FOR TYPE journey USING btree FAMILY journey_ops AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 journey_cmp(journey, journey),
	FUNCTION 2 journey_sortsupport(internal);
COMMENT ON OPERATOR CLASS journey_ops USING btree IS 'order of journeys, event by event';

CREATE OPERATOR FAMILY journey_ops USING hash;
COMMENT ON OPERATOR FAMILY journey_ops USING hash IS 'equality of journeys';
CREATE OPERATOR CLASS journey_ops DEFAULT FOR TYPE journey USING hash FAMILY journey_ops AS
	OPERATOR 1 =,
	FUNCTION 1 journey_hash(journey),
	FUNCTION 2 journey_hash_extended(journey, bigint);
COMMENT ON OPERATOR CLASS journey_ops USING hash IS 'equality of journeys, by content';

-- min and max: what "any value" becomes in BI tools.

CREATE FUNCTION journey_smaller(a journey, b journey) RETURNS journey
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey_smaller(journey, journey) IS 'the first of two journeys in the order of journeys';

CREATE FUNCTION journey_larger(a journey, b journey) RETURNS journey
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey_larger(journey, journey) IS 'the last of two journeys in the order of journeys';

CREATE AGGREGATE min(j journey) (
	SFUNC = journey_smaller,
	STYPE = journey,
	COMBINEFUNC = journey_smaller,
	SORTOP = <,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(journey) IS 'the first journey in the order of journeys';

CREATE AGGREGATE max(j journey) (
	SFUNC = journey_larger,
	STYPE = journey,
	COMBINEFUNC = journey_larger,
	SORTOP = >,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE max(journey) IS 'the last journey in the order of journeys';

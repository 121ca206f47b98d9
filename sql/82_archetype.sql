-- Archetypes as a model: found once on a sample, then asked about any journey.

CREATE TYPE archetype_model;

CREATE FUNCTION archetype_model_in(cstring) RETURNS archetype_model
AS 'MODULE_PATHNAME', 'journey_archetype_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION archetype_model_in(cstring) IS 'text input of archetype_model';

CREATE FUNCTION archetype_model_out(archetype_model) RETURNS cstring
AS 'MODULE_PATHNAME', 'journey_archetype_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION archetype_model_out(archetype_model) IS 'text output of archetype_model: its bytes in hexadecimal';

CREATE FUNCTION archetype_model_recv(internal) RETURNS archetype_model
AS 'MODULE_PATHNAME', 'journey_archetype_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION archetype_model_recv(internal) IS 'binary input of archetype_model: checks what it reads';

CREATE FUNCTION archetype_model_send(archetype_model) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_archetype_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_send(archetype_model) IS 'binary output of archetype_model';

CREATE TYPE archetype_model (
	INPUT = archetype_model_in,
	OUTPUT = archetype_model_out,
	RECEIVE = archetype_model_recv,
	SEND = archetype_model_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE archetype_model IS 'the kinds of journey that customers make, as the aggregate of the same name found them';

CREATE FUNCTION archetype_model_eq(a archetype_model, b archetype_model) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_archetype_model_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_eq(archetype_model, archetype_model) IS 'the same model to the byte: implementation of =';

CREATE FUNCTION archetype_model_ne(a archetype_model, b archetype_model) RETURNS boolean
AS 'MODULE_PATHNAME', 'journey_archetype_model_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_ne(archetype_model, archetype_model) IS 'not the same model: implementation of <>';

CREATE FUNCTION archetype_model_hash(m archetype_model) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_archetype_model_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_hash(archetype_model) IS 'hash of a model';

CREATE FUNCTION archetype_model_hash_extended(m archetype_model, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_archetype_model_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_hash_extended(archetype_model, bigint) IS '64-bit hash of a model';

CREATE OPERATOR = (
	LEFTARG = archetype_model, RIGHTARG = archetype_model,
	FUNCTION = archetype_model_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES
);
COMMENT ON OPERATOR = (archetype_model, archetype_model) IS 'the same model';

CREATE OPERATOR <> (
	LEFTARG = archetype_model, RIGHTARG = archetype_model,
	FUNCTION = archetype_model_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (archetype_model, archetype_model) IS 'not the same model';

CREATE OPERATOR CLASS archetype_model_hash_ops DEFAULT FOR TYPE archetype_model USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 archetype_model_hash(archetype_model),
	FUNCTION 2 archetype_model_hash_extended(archetype_model, bigint);
COMMENT ON OPERATOR CLASS archetype_model_hash_ops USING hash IS 'hashing by bytes';

-- The state of the aggregate: a type, so that states combine everywhere.

CREATE TYPE archetype_sample;

CREATE FUNCTION archetype_sample_in(cstring) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_sample_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION archetype_sample_in(cstring) IS 'text input of archetype_sample';

CREATE FUNCTION archetype_sample_out(archetype_sample) RETURNS cstring
AS 'MODULE_PATHNAME', 'journey_archetype_sample_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION archetype_sample_out(archetype_sample) IS 'text output of archetype_sample: its bytes in hexadecimal';

CREATE FUNCTION archetype_sample_recv(internal) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_sample_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION archetype_sample_recv(internal) IS 'binary input of archetype_sample: checks what it reads';

CREATE FUNCTION archetype_sample_send(archetype_sample) RETURNS bytea
AS 'MODULE_PATHNAME', 'journey_archetype_sample_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION archetype_sample_send(archetype_sample) IS 'binary output of archetype_sample';

CREATE TYPE archetype_sample (
	INPUT = archetype_sample_in,
	OUTPUT = archetype_sample_out,
	RECEIVE = archetype_sample_recv,
	SEND = archetype_sample_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE archetype_sample IS 'the unfinished state of archetype_model(): a sample of customers; not for columns';

CREATE FUNCTION archetype_model_combine(archetype_sample, archetype_sample) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION archetype_model_combine(archetype_sample, archetype_sample) IS 'combines two states of archetype_model()';

CREATE FUNCTION archetype_model_final(archetype_sample) RETURNS archetype_model
AS 'MODULE_PATHNAME', 'journey_archetype_model_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION archetype_model_final(archetype_sample) IS 'final function of archetype_model(): finds the archetypes';

-- The aggregate: one row per customer; the key draws the sample.

CREATE FUNCTION archetype_model_trans(archetype_sample, bigint, journey) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, bigint, journey) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(bigint, journey) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(bigint, journey) IS 'the kinds of journey customers make: customer key, journey';

CREATE FUNCTION archetype_model_trans(archetype_sample, bigint, journey, integer) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, bigint, journey, integer) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(bigint, journey, integer) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(bigint, journey, integer) IS 'the k kinds of journey customers make, NULL: chosen: customer key, journey, k';

CREATE FUNCTION archetype_model_trans(archetype_sample, bigint, journey, integer, archetype_model) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, bigint, journey, integer, archetype_model) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(bigint, journey, integer, archetype_model) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(bigint, journey, integer, archetype_model) IS 'the kinds of journey customers make, found again from an older model: customer key, journey, k or NULL, older model';

CREATE FUNCTION archetype_model_trans(archetype_sample, text, journey) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, text, journey) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(text, journey) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(text, journey) IS 'the kinds of journey customers make: customer key, journey';

CREATE FUNCTION archetype_model_trans(archetype_sample, text, journey, integer) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, text, journey, integer) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(text, journey, integer) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(text, journey, integer) IS 'the k kinds of journey customers make, NULL: chosen: customer key, journey, k';

CREATE FUNCTION archetype_model_trans(archetype_sample, text, journey, integer, archetype_model) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_text' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, text, journey, integer, archetype_model) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(text, journey, integer, archetype_model) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(text, journey, integer, archetype_model) IS 'the kinds of journey customers make, found again from an older model: customer key, journey, k or NULL, older model';

CREATE FUNCTION archetype_model_trans(archetype_sample, uuid, journey) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, uuid, journey) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(uuid, journey) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(uuid, journey) IS 'the kinds of journey customers make: customer key, journey';

CREATE FUNCTION archetype_model_trans(archetype_sample, uuid, journey, integer) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, uuid, journey, integer) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(uuid, journey, integer) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(uuid, journey, integer) IS 'the k kinds of journey customers make, NULL: chosen: customer key, journey, k';

CREATE FUNCTION archetype_model_trans(archetype_sample, uuid, journey, integer, archetype_model) RETURNS archetype_sample
AS 'MODULE_PATHNAME', 'journey_archetype_model_trans_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION archetype_model_trans(archetype_sample, uuid, journey, integer, archetype_model) IS 'transition function of archetype_model()';

CREATE AGGREGATE archetype_model(uuid, journey, integer, archetype_model) (
	SFUNC = archetype_model_trans,
	STYPE = archetype_sample,
	SSPACE = 262144,
	COMBINEFUNC = archetype_model_combine,
	FINALFUNC = archetype_model_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE archetype_model(uuid, journey, integer, archetype_model) IS 'the kinds of journey customers make, found again from an older model: customer key, journey, k or NULL, older model';

-- Asking a model.

CREATE FUNCTION archetype_of(model archetype_model, j journey, finished boolean DEFAULT true) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_archetype_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION archetype_of(archetype_model, journey, boolean) IS 'the archetype a journey belongs to, 1 = the largest; also for a journey that still goes on';

CREATE FUNCTION archetype_scores(model archetype_model, j journey, finished boolean DEFAULT true) RETURNS double precision[]
AS 'MODULE_PATHNAME', 'journey_archetype_scores' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25;
COMMENT ON FUNCTION archetype_scores(archetype_model, journey, boolean) IS 'how probable each archetype is for a journey; they add up to 1';

CREATE TYPE journey_archetype_row AS (
	archetype integer,
	name text,
	share double precision,
	customers bigint,
	path text,
	signature text,
	lift double precision,
	sample_size bigint,
	stability double precision,
	flag text
);
COMMENT ON TYPE journey_archetype_row IS 'one archetype of a model, as archetypes() returns it';

CREATE FUNCTION archetypes(model archetype_model) RETURNS SETOF journey_archetype_row
AS 'MODULE_PATHNAME', 'journey_archetypes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 5;
COMMENT ON FUNCTION archetypes(archetype_model) IS 'one row per archetype: a name, its share, a path that represents it, what sets it apart, how far to trust it';

CREATE TYPE journey_archetype_drift_row AS (
	old_archetype integer,
	new_archetype integer,
	name text,
	old_share double precision,
	new_share double precision,
	change double precision,
	likeness double precision,
	status text
);
COMMENT ON TYPE journey_archetype_drift_row IS 'what became of an archetype, as archetype_drift() returns it';

CREATE FUNCTION archetype_drift(old_model archetype_model, new_model archetype_model) RETURNS SETOF journey_archetype_drift_row
AS 'MODULE_PATHNAME', 'journey_archetype_drift' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500 ROWS 6;
COMMENT ON FUNCTION archetype_drift(archetype_model, archetype_model) IS 'one row per archetype of either model: grown, shrunk, steady, new or vanished';

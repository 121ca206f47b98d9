-- The type journey: text form, its errors, comparison, casts, binary input.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';

-- no operator class of the extension may fail its validation
SELECT amname, opcname
FROM pg_opclass c JOIN pg_am am ON am.oid = c.opcmethod
WHERE opcintype = 'journey'::regtype AND NOT amvalidate(c.oid);
SELECT amname, opcname, opcdefault
FROM pg_opclass c JOIN pg_am am ON am.oid = c.opcmethod
WHERE opcintype = 'journey'::regtype ORDER BY 1;
-- every function and type that I/O and comparison need is there
SELECT typlen, typstorage, typcategory, typinput, typoutput, typreceive, typsend, typmodin
FROM pg_type WHERE typname = 'journey';

-- the text form: sorted, in UTC, quoted where needed
SELECT '{}'::journey;
SELECT ' { 2024-03-13T10:25:00.500000Z purchase@web=49.90 , 2024-03-13 10:21:14 home } '::journey;
SELECT '{2024-03-13T12:21:14+02:00 a, 2024-03-13 b, 2024-03-13T10:21:14.000001Z a}'::journey;
SELECT '{2024-01-01 "a b"@"c,d"=-1e3, 2024-01-01 "say ""hi""", 2024-01-01 "->", 2024-01-01 plain/x.y:z-1}'::journey;
-- ties: event, channel, value, each missing first
SELECT '{2024-01-01 b, 2024-01-01 a@y, 2024-01-01 a@x=2, 2024-01-01 a@x=1, 2024-01-01 a@x, 2024-01-01 a}'::journey;
-- repeats are kept; -0 is 0
SELECT '{2024-01-01 a, 2024-01-01 a, 2024-01-01 b=-0}'::journey;
-- the ends of time
SELECT '{-4713-11-24T00:00:00Z a, 294276-12-31T23:59:59.999999Z b}'::journey;

-- bad text
SELECT ''::journey;
SELECT '{2024-01-01 a'::journey;
SELECT '{2024-01-01 a} x'::journey;
SELECT '{2024-02-30 a}'::journey;
SELECT '{2024-01-01 a=x}'::journey;
SELECT '{2024-01-01 a=NaN}'::journey;
SELECT '{2024-01-01 a=1e999}'::journey;
SELECT '{2024-01-01 "a}'::journey;
SELECT '{infinity a}'::journey;
SELECT '{a}'::journey;
-- events that cannot be
SELECT '{294277-01-01 a}'::journey;
\echo :LAST_ERROR_SQLSTATE
SELECT '{2024-01-01 ""}'::journey;
\echo :LAST_ERROR_SQLSTATE
SELECT ('{2024-01-01 ' || repeat('x', 4097) || '}')::journey;
\echo :LAST_ERROR_SQLSTATE
SELECT length(('{2024-01-01 ' || repeat('x', 4096) || '}')::journey);
SELECT ('{' || string_agg('2024-01-01 n' || i, ',') || '}')::journey FROM generate_series(1, 65537) i;
\echo :LAST_ERROR_SQLSTATE
SELECT length(('{' || string_agg('2024-01-01 n' || i, ',') || '}')::journey) FROM generate_series(1, 65536) i;
SELECT ('{' || string_agg('2024-01-01 a@n' || i, ',') || '}')::journey FROM generate_series(1, 65536) i;
\echo :LAST_ERROR_SQLSTATE
SELECT length(('{' || string_agg('2024-01-01 a@n' || i, ',') || '}')::journey) FROM generate_series(1, 65535) i;

-- order: event by event, a prefix first
SELECT j::journey FROM (VALUES ('{2024-01-02 a}'), ('{2024-01-01 b}'), ('{2024-01-01 a, 2024-01-02 a}'), ('{2024-01-01 a@x}'),
	('{2024-01-01 a=1}'), ('{2024-01-01 a}'), ('{}')) v(j) ORDER BY j::journey;
SELECT '{2024-01-01 a, 2024-01-02 b}'::journey = '{2024-01-02 b, 2024-01-01 a}'::journey AS same,
	'{}'::journey <> '{}'::journey AS differ;

-- casts are explicit
CREATE TABLE plain (t text, b jsonb, j journey);
INSERT INTO plain (t) VALUES ('{}'::journey);
INSERT INTO plain (b) VALUES ('{}'::journey);
INSERT INTO plain (j) VALUES ('{}'::text);
SELECT '{2024-01-01T10:00:00Z a@b=0.1, 2024-01-02 "x ""y"""}'::journey::jsonb;
SELECT '{}'::journey::jsonb, '[]'::jsonb::journey;
SELECT '[{"event": "b", "ts": "2024-01-02T00:00:00+01:00"}, {"ts": "2024-01-01", "event": "a", "value": 1.50, "channel": null}]'::jsonb::journey;
SELECT '{"ts": 1}'::jsonb::journey;
SELECT '1'::jsonb::journey;
SELECT '[1]'::jsonb::journey;
SELECT '[[]]'::jsonb::journey;
SELECT '[{"event": "a"}]'::jsonb::journey;
SELECT '[{"ts": "yesterday", "event": "a"}]'::jsonb::journey;
SELECT '[{"ts": "2024-01-01", "event": null}]'::jsonb::journey;
SELECT '[{"ts": "2024-01-01", "event": "a", "channel": 1}]'::jsonb::journey;
SELECT '[{"ts": "2024-01-01", "event": "a"}, {"ts": "2024-01-01", "event": "a", "value": "1"}]'::jsonb::journey;
SELECT '[{"ts": "2024-01-01", "event": "a", "campaign": "x"}]'::jsonb::journey;
SELECT '[{"ts": "2024-01-01", "event": ""}]'::jsonb::journey;
\echo :LAST_ERROR_SQLSTATE
SELECT '[{"ts": "294277-01-01", "event": "a"}]'::jsonb::journey;
\echo :LAST_ERROR_SQLSTATE
SELECT '[{"ts": "2024-01-01", "event": "a", "value": 1e999}]'::jsonb::journey;
\echo :LAST_ERROR_SQLSTATE
SELECT '[{"ts": "2024-01-01", "event": "a", "channel": "", "value": -0.0}]'::jsonb::journey;

-- what could not be dumped is not stored: 1 MB that repeats a long name 300,000 times
SELECT journey_agg(timestamptz '2024-01-01+00' + i * interval '1 s', repeat('x', 4000)) FROM generate_series(1, 300000) i;
\echo :LAST_ERROR_SQLSTATE
-- a form that would not fit
CREATE TABLE heavy AS SELECT journey_agg(timestamptz '2024-01-01+00' + i * interval '1 s', repeat('x', 4000)) AS j FROM generate_series(1, 70000) i;
SELECT length(j::text) FROM heavy;
SELECT j::jsonb FROM heavy;
\echo :LAST_ERROR_SQLSTATE
DROP TABLE heavy;

-- binary: the wire bytes, and what is refused
SELECT journey_send('{}'), journey_send('{2000-01-01T00:00:00.000001Z a@b=1}');
CREATE TABLE received (j journey);
CREATE FUNCTION receive(message bytea) RETURNS journey LANGUAGE plpgsql AS
$$
DECLARE
	path text := current_setting('data_directory') || '/journey_regress_copy.bin';
	lo oid := lo_from_bytea(0, '\x5047434f50590aff0d0a000000000000000000'::bytea
		|| int2send(1::smallint) || int4send(length(message)) || message || int2send((-1)::smallint));
BEGIN
	PERFORM lo_export(lo, path), lo_unlink(lo);
	DELETE FROM received;
	EXECUTE format('COPY received FROM %L (FORMAT binary)', path);
	RETURN j FROM received;
END
$$;
SELECT receive(journey_send('{2024-01-01 b@x=1, 2024-01-01 a}'));
SELECT receive('\x02');
SELECT receive('\x01 00000001 00000000 00000000');
SELECT receive('\x01 00000000 7fffffff 00000000');
SELECT receive('\x01 00000000 00000001 00000009 61');
SELECT receive('\x01 00000001 00000001 00000001 61 00000000 0000000000000000 00000001 00000000 00');
SELECT receive('\x01 00000001 00000001 00000001 61 00000000 0000000000000000 00000000 00000001 00');
SELECT receive('\x01 00000001 00000001 00000001 61 00000000 0000000000000000 00000000 00000000 02');
SELECT receive('\x01 00000001 00000001 00000001 61 00000000 7fffffffffffffff 00000000 00000000 00');
SELECT receive('\x01 00000001 00000001 00000001 61 00000000 7ffffffffffffffe 00000000 00000000 00');
SELECT receive('\x01 00000001 00000001 00000001 61 00000000 0000000000000000 00000000 00000000 01 7ff8000000000000');
SELECT receive('\x01 06000000 00000000 00000000');
COPY (SELECT) TO PROGRAM 'rm -f journey_regress_copy.bin';
DROP FUNCTION receive;
DROP TABLE received, plain;

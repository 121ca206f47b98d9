\set ECHO none
\set QUIET 1
-- The type journey: every way in and out keeps every event, and comparison is
-- by content.
BEGIN;
SELECT plan(36);

-- A whole number below m that depends on nothing but its arguments.
CREATE FUNCTION pick(c integer, i integer, k text, m integer) RETURNS integer
LANGUAGE SQL IMMUTABLE AS
$$ SELECT ((('x' || substr(md5(c || '/' || i || '/' || k), 1, 8))::bit(32)::bigint) % m)::integer $$;

-- Receives what a client would send: a COPY BINARY file written byte by byte.
CREATE TABLE received (j journey);
CREATE FUNCTION receive(message bytea) RETURNS journey
LANGUAGE plpgsql AS
$$
DECLARE
	path text := current_setting('data_directory') || '/journey_test_copy.bin';
	lo oid;
	result journey;
BEGIN
	lo := lo_from_bytea(0, '\x5047434f50590aff0d0a000000000000000000'::bytea
		|| int2send(1::smallint) || int4send(length(message)) || message || int2send((-1)::smallint));
	PERFORM lo_export(lo, path);
	PERFORM lo_unlink(lo);
	DELETE FROM received;
	EXECUTE format('COPY received FROM %L (FORMAT binary)', path);
	SELECT j INTO result FROM received;
	RETURN result;
END
$$;

-- ---- any name ----

CREATE TABLE nasty (name text);
INSERT INTO nasty VALUES
	('plain'), ('a b'), ('"'), ('""'), ('a"b'), ('''quoted'''), ('->'), ('a->b'), ('a -> b'),
	('=>'), ('a-'), ('-a'), (E'line\nbreak'), (E'tab\there'), (E'\r\n'), ('back\slash'), (E'\\'),
	('{'), ('}'), ('{}'), (','), ('a,b'), ('@'), ('a@b'), ('='), ('a=1'), ('a@b=1'), ('[x]'),
	('a|b'), ('a*'), ('*'), ('.'), ('within'), ('from first'), (' '), (' lead'), ('trail '),
	('2024-03-13T10:21:14Z'), ('1e5'), ('NULL'), ('null'), ('a/b.c:d-e_f'), (E'\x01\x7f'),
	(U&'\00e9\00e8'), (U&'\6d41\91cf'), (U&'\+01F600'), (U&'\+01F468\200d\+01F469'), (U&'\feff'),
	(U&'\00a0'), (repeat('x', 4096)), (repeat('"', 4096)), (repeat(U&'\+01F600', 1024));

CREATE TABLE named AS
SELECT name, jsonb_build_array(
	jsonb_build_object('ts', '2024-03-13T10:00:00Z', 'event', 'start'),
	jsonb_build_object('ts', '2024-03-13T10:00:01Z', 'event', name, 'channel', name, 'value', 1.5))::journey AS j
FROM nasty;

SELECT is_empty(
	$$ SELECT name FROM named WHERE event_at(j, 2) IS DISTINCT FROM name OR last_touch(j) IS DISTINCT FROM name $$,
	'any name comes in through jsonb');
SELECT is_empty(
	$$ SELECT name, j::text FROM named WHERE j::text::journey <> j OR event_at(j::text::journey, 2) <> name
	   OR journey_send(j::text::journey) <> journey_send(j) $$,
	'any name survives the text form: see jny_text_name and jny_scan_name if not');
SELECT is_empty(
	$$ SELECT name FROM named WHERE j::jsonb::journey <> j OR j::jsonb #>> '{1,event}' <> name $$,
	'any name survives jsonb');
SELECT is_empty(
	$$ SELECT name FROM named WHERE receive(journey_send(j)) <> j OR event_at(receive(journey_send(j)), 2) <> name $$,
	'any name survives the binary form');
SELECT is_empty(
	$$ SELECT name FROM named WHERE j::text::journey::text <> j::text $$,
	'the printed text is a fixed point');
SELECT is((SELECT count(DISTINCT j) FROM named), (SELECT count(*) FROM nasty),
	'names that differ make journeys that differ');

-- ---- random journeys with ties ----

CREATE TABLE ev AS
SELECT c, i,
	timestamptz '2024-01-01 00:00:00+00' + pick(c, i, 'ts', 10)
		* (ARRAY['1 us', '1 ms', '1 s', '1 minute', '1 day', '1.234567 s'])[1 + c % 6]::interval AS ts,
	(ARRAY['a', 'b', 'B', 'a b'])[1 + pick(c, i, 'event', 4)] AS event,
	(ARRAY[NULL, 'web', 'e"mail'])[1 + pick(c, i, 'channel', 3)] AS channel,
	(ARRAY[NULL, 1.5, -2, 0.1, 1e300, 5e-324, 12345678.9])[1 + pick(c, i, 'value', 7)]::float8 AS value
FROM generate_series(1, 400) c, generate_series(1, 12) i
WHERE i <= pick(c, 0, 'n', 13);

-- The canonical order, in SQL.
CREATE VIEW ordered AS
SELECT *, row_number() OVER (PARTITION BY c ORDER BY ts, event COLLATE "C",
	channel COLLATE "C" NULLS FIRST, value NULLS FIRST)::integer AS event_no
FROM ev;

CREATE FUNCTION event_object(ts timestamptz, event text, channel text, value float8) RETURNS jsonb
LANGUAGE SQL STABLE AS
$$ SELECT jsonb_strip_nulls(jsonb_build_object('ts', to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
	'event', event, 'channel', channel, 'value', value)) $$;

CREATE TABLE jt AS
SELECT c,
	coalesce(jsonb_agg(event_object(ts, event, channel, value) ORDER BY i) FILTER (WHERE i IS NOT NULL), '[]')::journey AS j,
	coalesce(jsonb_agg(event_object(ts, event, channel, value) ORDER BY md5(i::text)) FILTER (WHERE i IS NOT NULL), '[]')::journey AS shuffled
FROM generate_series(1, 400) c LEFT JOIN ev USING (c) GROUP BY c;

SELECT set_eq(
	$$ SELECT c, e.* FROM jt, events(j) e $$,
	$$ SELECT c, event_no, ts, event, channel, value FROM ordered $$,
	'events() are the rows in canonical order');
SELECT is_empty(
	$$ SELECT c FROM jt WHERE journey_send(j) <> journey_send(shuffled) OR j <> shuffled OR j::text <> shuffled::text $$,
	'the order of arrival changes nothing');
SELECT is_empty(
	$$ SELECT c FROM jt WHERE j::text::journey <> j OR j::jsonb::journey <> j OR receive(journey_send(j)) <> j
	   OR journey_send(receive(journey_send(j))) <> journey_send(j) $$,
	'text, jsonb and binary round trips');
SELECT is_empty(
	$$ SELECT c FROM jt WHERE j::jsonb <> coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
		'ts', j::jsonb #>> ARRAY[(event_no - 1)::text, 'ts'], 'event', event, 'channel', channel, 'value', value)) ORDER BY event_no)
		FROM ordered o WHERE o.c = jt.c), '[]') $$,
	'jsonb has the events in order, with their fields');
SELECT is_empty(
	$$ SELECT c, e.event_no FROM jt, events(j) e WHERE (j::jsonb #>> ARRAY[(e.event_no - 1)::text, 'ts'])::timestamptz <> e.ts $$,
	'jsonb times are the times');

-- ---- comparison ----

-- A journey as an array of rows compares as the journey should.
CREATE TYPE event_key AS (ts timestamptz, event bytea, channel bytea, value float8);
CREATE TABLE keyed AS
SELECT c, j, coalesce((SELECT array_agg((ts, convert_to(event, 'UTF8'), convert_to(coalesce(channel, ''), 'UTF8'),
	coalesce(value, '-Infinity'))::event_key ORDER BY event_no) FROM ordered o WHERE o.c = jt.c), '{}') AS key
FROM jt WHERE c <= 150;

SELECT is_empty(
	$$ SELECT a.c, b.c FROM keyed a, keyed b
	   WHERE (a.j = b.j) <> (a.key = b.key) OR (a.j <> b.j) <> (a.key <> b.key)
	   OR (a.j < b.j) <> (a.key < b.key) OR (a.j <= b.j) <> (a.key <= b.key)
	   OR (a.j > b.j) <> (a.key > b.key) OR (a.j >= b.j) <> (a.key >= b.key)
	   OR journey_cmp(a.j, b.j) <> CASE WHEN a.key < b.key THEN -1 WHEN a.key > b.key THEN 1 ELSE 0 END
	   OR journey_eq(a.j, b.j) <> (a.key = b.key) OR journey_ne(a.j, b.j) <> (a.key <> b.key)
	   OR journey_lt(a.j, b.j) <> (a.key < b.key) OR journey_le(a.j, b.j) <> (a.key <= b.key)
	   OR journey_gt(a.j, b.j) <> (a.key > b.key) OR journey_ge(a.j, b.j) <> (a.key >= b.key) $$,
	'comparison is event by event, a prefix first');
SELECT results_eq($$ SELECT c FROM keyed ORDER BY j, c $$, $$ SELECT c FROM keyed ORDER BY key, c $$, 'ORDER BY');
SELECT results_eq($$ SELECT c FROM keyed ORDER BY j DESC, c LIMIT 20 $$, $$ SELECT c FROM keyed ORDER BY key DESC, c LIMIT 20 $$, 'the greatest ones');
SELECT results_eq($$ SELECT c % 7, min(j), max(j) FROM keyed GROUP BY 1 ORDER BY 1 $$,
	$$ SELECT c % 7, (array_agg(j ORDER BY j))[1], (array_agg(j ORDER BY j DESC))[1] FROM keyed GROUP BY 1 ORDER BY 1 $$, 'min and max');
SELECT results_eq($$ SELECT min(j), max(j), min(j) FILTER (WHERE j IS NULL) FROM (SELECT j FROM keyed UNION ALL SELECT NULL) s $$,
	$$ SELECT (SELECT j FROM keyed ORDER BY j LIMIT 1), (SELECT j FROM keyed ORDER BY j DESC LIMIT 1), NULL::journey $$, 'min and max ignore NULL');
SELECT set_eq($$ SELECT aggsortop::regoperator::text FROM pg_aggregate WHERE aggfnoid IN ('min(journey)'::regprocedure, 'max(journey)'::regprocedure) $$,
	ARRAY['<(journey,journey)', '>(journey,journey)'], 'min and max may read an index from its end');
SELECT is_empty(
	$$ SELECT a.c, b.c FROM keyed a, keyed b WHERE a.j = b.j AND
	   (journey_hash(a.j) <> journey_hash(b.j) OR journey_hash_extended(a.j, 7) <> journey_hash_extended(b.j, 7)) $$,
	'equal journeys have equal hashes');
SELECT is_empty(
	$$ SELECT c FROM jt WHERE journey_hash(j)::bit(32) <> (journey_hash_extended(j, 0) & 4294967295)::bit(32) $$,
	'the hash is the low half of the extended hash with seed 0');
SELECT is_empty(
	$$ SELECT c FROM jt WHERE journey_hash_extended(j, 1) = journey_hash_extended(j, 2) $$,
	'the seed changes the extended hash');
SELECT cmp_ok((SELECT count(DISTINCT journey_hash(j)) FROM jt), '>=', (SELECT count(DISTINCT j) - 1 FROM jt),
	'different journeys have different hashes but for chance');
SELECT is((SELECT count(*) FROM (SELECT DISTINCT j FROM jt UNION ALL SELECT DISTINCT shuffled FROM jt) x),
	2 * (SELECT count(DISTINCT j) FROM jt), 'DISTINCT');

SET LOCAL enable_hashagg = off;
SELECT set_eq(
	$$ SELECT j, count(*) FROM jt GROUP BY j $$,
	$$ SELECT min(j::text)::journey, count(*) FROM jt GROUP BY j::text $$,
	'GROUP BY with a sort');
SET LOCAL enable_hashagg = on;
SET LOCAL enable_sort = off;
SELECT set_eq(
	$$ SELECT j, count(*) FROM jt GROUP BY j $$,
	$$ SELECT min(j::text)::journey, count(*) FROM jt GROUP BY j::text $$,
	'GROUP BY with a hash');
SET LOCAL enable_sort = on;

SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
SELECT is((SELECT count(*) FROM jt a JOIN jt b ON a.j = b.shuffled),
	(SELECT sum(n * n)::bigint FROM (SELECT count(*) AS n FROM jt GROUP BY j::text) x), 'hash join');
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = on;
SELECT is((SELECT count(*) FROM jt a JOIN jt b ON a.j = b.shuffled),
	(SELECT sum(n * n)::bigint FROM (SELECT count(*) AS n FROM jt GROUP BY j::text) x), 'merge join');
SET LOCAL enable_hashjoin = on;
SET LOCAL enable_nestloop = on;

CREATE INDEX jt_btree ON jt (j);
CREATE INDEX jt_hash ON jt USING hash (j);
SET LOCAL enable_seqscan = off;
SELECT is((SELECT count(*) FROM jt WHERE j = (SELECT shuffled FROM jt WHERE c = 77)),
	(SELECT count(*) FROM jt WHERE j::text = (SELECT j::text FROM jt WHERE c = 77)), 'index scan');
SET LOCAL enable_seqscan = on;

-- ---- toasted values ----

CREATE TABLE big AS
SELECT size, jsonb_agg(event_object(timestamptz '2024-01-01 00:00:00+00' + i * interval '1.000001 s',
	'event' || i % 300, 'channel' || i % 7, CASE WHEN i % 3 = 0 THEN i END) ORDER BY md5(i::text))::journey AS j
FROM (VALUES (1), (400), (2000), (20000)) s(size), generate_series(1, size) i GROUP BY size;

SELECT cmp_ok((SELECT pg_column_size(j) FROM big WHERE size = 20000), '>', 100000, 'the large value is toasted');
SELECT is_empty(
	$$ SELECT size FROM big WHERE length(j) <> size OR started_at(j) <> timestamptz '2024-01-01 00:00:01.000001+00'
	   OR ended_at(j) <> timestamptz '2024-01-01 00:00:00+00' + size * interval '1.000001 s'
	   OR duration(j) <> justify_hours((size - 1) * interval '1.000001 s') $$,
	'the head of toasted values');
SELECT set_eq(
	$$ SELECT size, e.event_no, e.ts, e.event, e.channel, e.value FROM big, events(j) e $$,
	$$ SELECT size, i, timestamptz '2024-01-01 00:00:00+00' + i * interval '1.000001 s' AS ts, 'event' || i % 300 AS event,
	   'channel' || i % 7 AS channel, CASE WHEN i % 3 = 0 THEN i END::float8 AS value
	   FROM (VALUES (1), (400), (2000), (20000)) s(size), generate_series(1, size) i $$,
	'the events of toasted values');
SELECT is_empty(
	$$ SELECT size FROM big WHERE j::text::journey <> j OR j::jsonb::journey <> j OR receive(journey_send(j)) <> j $$,
	'round trips of toasted values');

-- ---- settings change nothing ----

CREATE FUNCTION forms() RETURNS text LANGUAGE SQL AS
$$ SELECT md5(string_agg(j::text || j::jsonb::text || journey_send(j)::text, '' ORDER BY c)) FROM jt $$;
CREATE TABLE before_settings AS SELECT forms() AS f;
SET LOCAL TimeZone = 'Asia/Kolkata';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL extra_float_digits = -15;
SELECT is(forms(), (SELECT f FROM before_settings), 'TimeZone, DateStyle, IntervalStyle and extra_float_digits change nothing');
SELECT is_empty($$ SELECT c FROM jt WHERE j::text::journey <> j $$, 'and the text form reads back under them');
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1;

-- ---- forged messages ----

-- 'ok' for a message that gives a sound value, else the SQLSTATE.
CREATE FUNCTION try_receive(message bytea) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	j journey;
BEGIN
	j := receive(message);
	IF j::text::journey = j AND receive(journey_send(j)) = j THEN
		RETURN 'ok';
	END IF;
	RETURN 'unsound';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

CREATE TABLE seed AS SELECT c, journey_send(j) AS m FROM jt WHERE c IN (8, 21);

-- 22P03 a broken rule, 54000 a limit, 22021 bytes that are no text, 22008 and
-- 22023 an event that cannot be, 08P01 a message that ends too early.
SELECT is_empty(
	$$ SELECT * FROM (SELECT c, i, b, try_receive(set_byte(m, i, b)) AS result
	   FROM seed, generate_series(0, length(m) - 1) i, unnest(ARRAY[1, 255]) b OFFSET 0) x
	   WHERE result NOT IN ('ok', '22P03', '54000', '22021', '22008', '22023', '08P01') $$,
	'a changed byte gives a sound journey or the right error');
SELECT is_empty(
	$$ SELECT * FROM (SELECT c, n, try_receive(substr(m, 1, n)) AS result FROM seed, generate_series(0, length(m) - 1) n OFFSET 0) x
	   WHERE result NOT IN ('22P03', '08P01') $$,
	'a message cut short is an error');
SELECT is(try_receive(
	'\x01'::bytea || int4send(2) || int4send(2) || int4send(1) || 'b' || int4send(1) || 'a' || int4send(0)
	|| int8send(7) || int4send(0) || int4send(0) || '\x00' || int8send(3) || int4send(1) || int4send(0) || '\x00'), 'ok',
	'events out of order are sorted');

COPY (SELECT) TO PROGRAM 'rm -f journey_test_copy.bin';
SELECT * FROM finish();
ROLLBACK;

\set ECHO none
\set QUIET 1
-- Stored bytes that are damaged: every function answers or says so (XX001),
-- and the server lives.
BEGIN;
SELECT plan(7);

-- Lets this test put any bytes behind the type; only a superuser can.
CREATE CAST (bytea AS journey) WITHOUT FUNCTION;
CREATE CAST (journey AS bytea) WITHOUT FUNCTION;

CREATE TABLE seed (c integer, j journey);
INSERT INTO seed VALUES
	(1, '{2024-03-01T09:00:00Z visit@ads, 2024-03-01T09:05:00Z signup, 2024-03-04T12:30:00.25Z purchase@web=49.9, 2024-03-05 visit@ads=1}'),
	(2, '{2024-03-01 a=1, 2024-03-02 b=2, 2024-03-02 b=3}'),
	(3, '{}');

-- 'ok', or the SQLSTATE of the first function that fails.
CREATE FUNCTION ask_all(bytes bytea) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	j journey := bytes::journey;
BEGIN
	PERFORM length(j), started_at(j), ended_at(j), duration(j);
	PERFORM j::text, journey_send(j);
	PERFORM j::jsonb;
	PERFORM j = '{2024-03-01 a}', j < '{2024-03-01T09:00:00Z visit}', journey_hash(j), j = j;
	PERFORM event_at(j, n), time_at(j, n) FROM generate_series(-5, 5) n;
	PERFORM first_touch(j), last_touch(j), event_names(j), event_count(j, 'v*'), value_sum(j, '.');
	PERFORM slice(j, '2024-03-02', '2024-03-04'), before(j, 'signup'), after(j, 'visit -> purchase'), collapse(j),
		keep(j, 'visit | a'), drop_events(j, 'visit | a'), relabel(j, '{visit,b}', '{x,x}'),
		journey_replace(j, '{2024-03-02 x}', '2024-03-02', '2024-03-03'), journey_replace('{2024-01-01 a}', j, NULL, NULL);
	PERFORM count(*) FROM events(j);
	PERFORM count(*) FROM transitions(j);
	PERFORM count(*) FROM cycles(j, 'visit');
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

SELECT is_empty($$ SELECT c, ask_all(j::bytea) FROM seed WHERE ask_all(j::bytea) <> 'ok' $$, 'sound bytes pass');
SELECT is_empty($$ SELECT c, n, ask_all(substr(j::bytea, 1, n)) FROM seed, generate_series(0, length(j::bytea) - 1) n
	WHERE ask_all(substr(j::bytea, 1, n)) <> 'XX001' $$, 'bytes that are cut short are refused');
SELECT is_empty($$ SELECT c, ask_all(j::bytea || '\x00') FROM seed WHERE ask_all(j::bytea || '\x00') <> 'XX001' $$,
	'bytes too many are refused');

CREATE TABLE mutant AS
SELECT c, i, b, ask_all(set_byte(j::bytea, i, b)) AS result
FROM seed, generate_series(0, length(j::bytea) - 1) i, unnest(ARRAY[0, 1, 2, 127, 128, 255]) b;
SELECT is_empty($$ SELECT * FROM mutant WHERE result NOT IN ('ok', 'XX001', '22003', '22021', '22008') $$,
	'a changed byte is refused, or gives what the bytes say');
SELECT is_empty($$ SELECT * FROM mutant WHERE i IN (0, 1) AND b NOT IN (1) AND result <> 'XX001' $$, 'magic and version are checked');
SELECT is_empty($$ SELECT * FROM mutant WHERE i = 2 AND b IN (127, 128, 255) AND result <> 'XX001' $$, 'unknown flags are refused');
SELECT is_empty($$ SELECT j FROM (SELECT '\x'::bytea::journey AS j) x WHERE ask_all(j::bytea) <> 'XX001' $$, 'no bytes at all are refused');

SELECT * FROM finish();
ROLLBACK;

-- journey_build against journey_agg.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(30);
SET LOCAL TimeZone = 'America/New_York';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.75);

CREATE TABLE bulk_ev AS
SELECT c AS customer, 'customer ' || c AS key, md5(c::text)::uuid AS id, ts, ts AT TIME ZONE 'UTC' AS utc, ts::date AS day, event,
  (ARRAY[NULL, '', 'ads', 'email'])[1 + floor(random() * 4)] AS channel,
  (ARRAY[NULL, 0, 1e9, -3.7, 1e-7, 12.34])[1 + floor(random() * 6)]::double precision AS value, random() AS r
FROM (SELECT CASE WHEN random() < 0.98 THEN CASE WHEN i % 3 = 0 THEN 7 ELSE floor(random() * 1500)::bigint - 700 END END AS c,
        CASE WHEN random() < 0.98 THEN '2024-03-01 00:00+00'::timestamptz + floor(random() * 8000) * interval '601 seconds' END AS ts,
        (ARRAY['visit', 'visit', 'visit/blog', 'signup', 'trial', 'purchase', 'refund', NULL])[1 + floor(random() * 8)] AS event
      FROM generate_series(1, 20000) i) s;
INSERT INTO bulk_ev SELECT * FROM bulk_ev WHERE r < 0.05;
-- before 1928 and after 2071 records are longer
INSERT INTO bulk_ev SELECT customer, key, id, ts + s * interval '100 years', utc, day, event, channel, value, r FROM bulk_ev, unnest('{-1,1}'::int[]) s WHERE r < 0.02;
UPDATE bulk_ev SET utc = ts AT TIME ZONE 'UTC', day = (ts AT TIME ZONE 'UTC')::date;
ANALYZE bulk_ev;

-- The rows that journey_build has and GROUP BY has not, and the other way round.
CREATE FUNCTION pg_temp.same(cols text, key text, what text) RETURNS text LANGUAGE sql AS $$
SELECT is_empty(format('WITH a AS (SELECT %1$s AS customer, journey_agg(%2$s) AS journey FROM bulk_ev WHERE %1$s IS NOT NULL GROUP BY 1),
    b AS (SELECT customer, journey FROM journey_build(%3$L%4$s))
  (SELECT customer, journey_send(journey) FROM a WHERE journey IS NOT NULL EXCEPT ALL SELECT customer, journey_send(journey) FROM b)
  UNION ALL (SELECT customer, journey_send(journey) FROM b EXCEPT ALL SELECT customer, journey_send(journey) FROM a)',
  split_part(cols, ', ', 1), substr(cols, strpos(cols, ', ') + 2), 'SELECT ' || cols || ' FROM bulk_ev', key), what)
$$;
SELECT pg_temp.same('customer, ts, event', '', 'bigint, three columns');
SELECT pg_temp.same('customer, ts, event, channel', '', 'bigint, four columns');
SELECT pg_temp.same('customer, ts, event, channel, value', '', 'bigint, five columns');
SELECT pg_temp.same('key, ts, event, channel, value', ', NULL::text', 'text');
SELECT pg_temp.same('id, ts, event, channel, value', ', NULL::uuid', 'uuid');
SELECT pg_temp.same('customer, utc, event', '', 'timestamp is UTC');
SELECT pg_temp.same('customer, day, event, channel', '', 'date is midnight in UTC');
SELECT pg_temp.same('customer, ts, event, NULL::text, value', ', 0::bigint', 'no channel');
SELECT pg_temp.same('customer::integer, ts, event::varchar, channel::varchar(3), value::numeric', '', 'types that are as good: integer, varchar, numeric');
SET LOCAL work_mem = '64kB';
SELECT pg_temp.same('customer, ts, event, channel, value', '', 'bigint, from 64 kB');
SELECT pg_temp.same('key, ts, event', ', NULL::text', 'text, from 64 kB');
CREATE FUNCTION pg_temp.my_files() RETURNS bigint LANGUAGE sql AS $$
SELECT count(*) FROM pg_ls_tmpdir() WHERE name LIKE 'pgsql\_tmp' || pg_backend_pid() || '.%'
$$;
SELECT is(pg_temp.my_files(), 0::bigint, 'no file is left');
SELECT throws_ok($$SELECT * FROM journey_build('SELECT customer, CASE WHEN r = (SELECT max(r) FROM bulk_ev) THEN ''infinity'' ELSE ts END, coalesce(event, ''x'') FROM (SELECT * FROM bulk_ev WHERE customer IS NOT NULL ORDER BY r) s')$$,
  '22008', NULL, 'an infinite time is an error');
SELECT is(pg_temp.my_files(), 0::bigint, 'an error leaves no file');
SET LOCAL temp_file_limit = '100kB';
SELECT throws_ok($$SELECT count(*) FROM journey_build('SELECT customer, ts, event FROM bulk_ev')$$, '53400', NULL, 'temp_file_limit is obeyed');
RESET temp_file_limit;
RESET work_mem;

-- Without years that make records longer, channels and values, bytes come straight from the log.
DELETE FROM bulk_ev WHERE ts NOT BETWEEN '2000-01-01 00:00+00' AND '2050-01-01 00:00+00';
SELECT pg_temp.same('customer, ts, event', '', 'bigint, nothing but times of this age');
SELECT pg_temp.same('key, ts + r * interval ''1 second'', event', ', NULL::text', 'text, microseconds');
SELECT pg_temp.same('id, day, event', ', NULL::uuid', 'uuid, days');
SELECT pg_temp.same('customer, ts, event || floor(r * 250)', '', '250 times as many names');
SELECT pg_temp.same('customer, ts, event || r', '', 'more names than one byte tells');
SET LOCAL work_mem = '64kB';
SELECT pg_temp.same('customer, ts, event', '', 'the same from 64 kB');
RESET work_mem;
SELECT is((SELECT max(held) FROM generate_series(1, 20) n,
    LATERAL (SELECT count(*) FROM journey_build(format('SELECT customer, ts, event FROM bulk_ev WHERE customer = %s', n))) b,
    LATERAL (SELECT count(*) AS held FROM pg_backend_memory_contexts WHERE name = 'built journeys' AND n > 0) h),
  1::bigint, 'however often it is called, one place for the result');

-- In statements.
CREATE TABLE bulk_js (customer bigint PRIMARY KEY, journey journey);
INSERT INTO bulk_js SELECT * FROM journey_build('SELECT customer, ts, event FROM bulk_ev');
SELECT is((SELECT sum(length(journey)) FROM bulk_js), (SELECT count(*) FROM bulk_ev WHERE customer IS NOT NULL AND ts IS NOT NULL AND event IS NOT NULL), 'INSERT .. SELECT has all events');
INSERT INTO bulk_js SELECT * FROM journey_build('SELECT customer, ts, event FROM bulk_ev WHERE ts >= ''2024-04-01 00:00+00''') AS d
ON CONFLICT (customer) DO UPDATE SET journey = bulk_js.journey || EXCLUDED.journey;
SELECT is((SELECT sum(length(journey)) FROM bulk_js), (SELECT count(*) FROM bulk_ev WHERE customer IS NOT NULL AND ts IS NOT NULL AND event IS NOT NULL), 'what comes twice changes nothing');
SELECT is((SELECT count(*) FROM generate_series(1, 3) n, LATERAL journey_build(format('SELECT customer, ts, event FROM bulk_ev WHERE customer = %s', n)) b WHERE b.customer = n),
  3::bigint, 'for each row of another table');
SELECT is_empty($$SELECT * FROM journey_build('SELECT customer, ts, event FROM bulk_ev WHERE false')$$, 'nothing from nothing');
SELECT is_empty($$SELECT * FROM journey_build('SELECT customer, ts, event FROM bulk_ev WHERE ts IS NULL')$$, 'rows without a time make no journey');
SELECT is((SELECT count(*) FROM (SELECT journey_build('SELECT customer, ts, event FROM bulk_ev') LIMIT 1) s), 1::bigint, 'in the list of a SELECT');

-- What runs is what the caller may run.
SELECT throws_ok($$SELECT * FROM journey_build('INSERT INTO bulk_ev(customer) VALUES (1) RETURNING customer, ts, event')$$, '0A000', NULL, 'it does not write');
CREATE ROLE bulk_guest;
CREATE FUNCTION pg_temp.as_guest() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL ROLE bulk_guest;
  PERFORM * FROM journey_build('SELECT customer, ts, event FROM bulk_ev');
  RETURN 'read';
EXCEPTION WHEN insufficient_privilege THEN
  RETURN 'refused';
END $$;
SELECT is(pg_temp.as_guest(), 'refused', 'and reads what its caller may read');

SELECT * FROM finish();
ROLLBACK;

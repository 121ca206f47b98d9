-- funnel_stages over rows against the same over journeys, whatever the order,
-- the memory and the plan.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(45);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT setseed(0.5);

-- Ties, duplicates, rows that are to be ignored, and one customer with a third
-- of all events.  Text keys differ in what a careless comparison would miss.
CREATE TABLE one_ev AS
SELECT c AS customer, CASE c WHEN 0 THEN '' WHEN 1 THEN repeat('x', 4096) WHEN 2 THEN repeat('x', 4095) || 'y' WHEN 3 THEN 'a' WHEN 4 THEN 'a ' WHEN 5 THEN 'A'
    ELSE left('äaaaaaaaaa', 1 + abs(c)::int % 9) || c END AS key,
  md5(c::text)::uuid AS id, c % 5 AS region, ts, ts AT TIME ZONE 'UTC' AS utc, ts::date AS day, event,
  (ARRAY[NULL, '', 'ads', 'email'])[1 + floor(random() * 4)] AS channel,
  (ARRAY[NULL, 0.1, 1e9, -3.7, 1e-7, 12.34])[1 + floor(random() * 6)] AS value, random() AS r
FROM (SELECT CASE WHEN i % 3 = 0 THEN 7 ELSE floor(random() * 1500)::bigint - 700 END AS c,
        CASE WHEN random() < 0.98 THEN '2024-03-01 00:00+00'::timestamptz + floor(random() * 8000) * interval '601 seconds' END AS ts,
        (ARRAY['visit', 'visit', 'visit/blog', 'signup', 'trial', 'purchase', 'refund', NULL])[1 + floor(random() * 8)] AS event
      FROM generate_series(1, 12000) i) s;
INSERT INTO one_ev SELECT * FROM one_ev WHERE r < 0.05;
-- before 1928 and after 2071 records are longer
INSERT INTO one_ev SELECT customer, key, id, region, ts + s * interval '100 years', utc, day, event, channel, value, r
FROM one_ev, unnest('{-1,1}'::int[]) s WHERE r < 0.02;
UPDATE one_ev SET utc = ts AT TIME ZONE 'UTC', day = ts::date;
ANALYZE one_ev;

CREATE TABLE one_js AS
SELECT customer, customer % 5 AS region, journey_agg(ts, event) AS j, journey_agg(ts, event, channel, value) AS k, journey_agg(day, event) AS d
FROM one_ev GROUP BY customer;
CREATE TABLE one_pat (p journey_pattern);
INSERT INTO one_pat VALUES ('visit -> signup -> purchase'), ('visit* -> signup | trial -> purchase within 7 days'),
  ('visit => signup'), ('. -> purchase from first'), ('signup'), ('never -> purchase'), ('visit -> never -> purchase'),
  ('visit -> trial? -> signup{2} -> purchase'), ('!visit -> [1 hour, 5 days; without refund] purchase | refund'),
  ('visit -> signup within session [1 day] without trial'), ('visit -> signup -> refund in any order'), ('^visit -> purchase$'),
  ('visit -> signup -> trial at distinct times'), ('visit -> signup then no purchase for 2 days');
CREATE TABLE one_wide (p journey_pattern);
INSERT INTO one_wide TABLE one_pat;
INSERT INTO one_wide VALUES ('visit@ads -> purchase'), ('visit -> purchase[value > 0]'), ('!visit@ads => purchase[value < 10]');

CREATE TABLE one_short AS SELECT p, (SELECT funnel_stages(j, p) FROM one_js) AS a FROM one_pat;
CREATE TABLE one_long AS SELECT p, (SELECT funnel_stages(k, p, 'purchase | refund') FROM one_js) AS a FROM one_wide;

-- Every type of customer and time, both forms.
CREATE FUNCTION pg_temp.same_short(customer text, ts text, expected text, what text) RETURNS text LANGUAGE sql AS $$
SELECT is_empty(format('SELECT p FROM one_pat JOIN (%s) o USING (p) WHERE o.a IS DISTINCT FROM (SELECT funnel_stages(%s, %s, event, p) FROM one_ev)', expected, customer, ts), what)
$$;
SELECT pg_temp.same_short('customer', 'ts', 'TABLE one_short', 'bigint: rows say what journeys say');
SELECT pg_temp.same_short('key', 'ts', 'TABLE one_short', 'text: rows say what journeys say');
SELECT pg_temp.same_short('id', 'ts', 'TABLE one_short', 'uuid: rows say what journeys say');
SELECT pg_temp.same_short('customer', 'utc', 'TABLE one_short', 'timestamp is UTC');
SELECT pg_temp.same_short('key', 'utc', 'TABLE one_short', 'timestamp is UTC for text');
SELECT pg_temp.same_short('id', 'utc', 'TABLE one_short', 'timestamp is UTC for uuid');
SELECT pg_temp.same_short('customer', 'day', 'SELECT p, (SELECT funnel_stages(d, p) FROM one_js) AS a FROM one_pat', 'date is midnight in UTC');
SELECT pg_temp.same_short('key', 'day', 'SELECT p, (SELECT funnel_stages(d, p) FROM one_js) AS a FROM one_pat', 'date is midnight in UTC for text');
SELECT pg_temp.same_short('id', 'day', 'SELECT p, (SELECT funnel_stages(d, p) FROM one_js) AS a FROM one_pat', 'date is midnight in UTC for uuid');
SELECT pg_temp.same_short('customer::integer', 'ts', 'TABLE one_short', 'integer is bigint');

CREATE FUNCTION pg_temp.same_long(customer text, what text) RETURNS text LANGUAGE sql AS $$
SELECT is_empty(format('SELECT p FROM one_long o WHERE o.a IS DISTINCT FROM (SELECT funnel_stages(%s, ts, event, channel, value, p, ''purchase | refund'') FROM one_ev)', customer), what)
$$;
SELECT pg_temp.same_long('customer', 'bigint: with channel, value and revenue');
SELECT pg_temp.same_long('key', 'text: with channel, value and revenue');
SELECT pg_temp.same_long('id', 'uuid: with channel, value and revenue');
SELECT is_empty($$SELECT p FROM one_wide WHERE (SELECT funnel_stages(k, p) FROM one_js) IS DISTINCT FROM (SELECT funnel_stages(customer, ts, event, channel, value, p) FROM one_ev)$$,
  'with channel and value, without revenue');
SELECT is_empty($$SELECT p FROM one_wide WHERE (SELECT funnel_stages(k, p) FROM one_js) IS DISTINCT FROM (SELECT funnel_stages(customer, ts, event, channel, value, p, NULL) FROM one_ev)$$,
  'revenue NULL is no revenue');
SELECT is_empty($$SELECT p FROM one_wide WHERE (SELECT funnel_stages(k, p, 'visit@ads | purchase[value > 1]') FROM one_js) IS DISTINCT FROM
  (SELECT funnel_stages(key, utc, event, channel, value, p, 'visit@ads | purchase[value > 1]') FROM one_ev)$$, 'revenue that asks for channel and value');

-- Plain SQL and funnel_step() over the same rows.
SELECT is_empty($$SELECT a.stage FROM unnest((SELECT funnel_stages(customer, ts, event, 'visit -> signup -> purchase within 7 days') FROM one_ev)) a,
  LATERAL (SELECT count(*) FILTER (WHERE depth >= a.stage) AS n FROM (SELECT funnel_step(ts, event, 'visit -> signup -> purchase within 7 days') AS depth FROM one_ev WHERE customer IS NOT NULL GROUP BY customer) s) o
  WHERE a.customers <> o.n$$, 'customers of a stage are those whose funnel_step() over rows is at least it');
SELECT results_eq($$SELECT a.customers, a.events_matching FROM unnest((SELECT funnel_stages(key, ts, event, 'visit -> purchase') FROM one_ev)) a$$,
  $$SELECT count(DISTINCT v.key), (SELECT count(*) FROM one_ev WHERE event = 'visit' AND ts IS NOT NULL) FROM one_ev v WHERE event = 'visit' AND ts IS NOT NULL
    UNION ALL SELECT count(DISTINCT v.key), (SELECT count(*) FROM one_ev WHERE event = 'purchase' AND ts IS NOT NULL) FROM one_ev v, one_ev w
    WHERE v.event = 'visit' AND w.event = 'purchase' AND v.key = w.key AND v.ts <= w.ts AND (v.ts, v.event) IS DISTINCT FROM (w.ts, w.event)$$,
  'two steps in plain SQL');

-- Order, memory, plan.
CREATE TABLE one_some AS SELECT p FROM one_pat WHERE p::text ~ '=>|from first|7 days|session|any order';
CREATE FUNCTION pg_temp.same_again(source text, what text) RETURNS text LANGUAGE sql AS $$
SELECT is_empty(format('SELECT p FROM one_some JOIN one_short o USING (p) WHERE o.a IS DISTINCT FROM (SELECT funnel_stages(key, ts, event, p) FROM %1$s)
  UNION ALL SELECT p FROM one_some JOIN one_short o USING (p) WHERE o.a IS DISTINCT FROM (SELECT funnel_stages(customer, ts, event, p) FROM %1$s)
  UNION ALL SELECT p FROM one_some JOIN one_long o USING (p) WHERE o.a IS DISTINCT FROM (SELECT funnel_stages(id, ts, event, channel, value, p, ''purchase | refund'') FROM %1$s)', source), what)
$$;
SELECT pg_temp.same_again('(SELECT * FROM one_ev ORDER BY r) s', 'shuffled');
SELECT pg_temp.same_again('(SELECT * FROM one_ev ORDER BY ts DESC) s', 'backwards');
SELECT pg_temp.same_again('(SELECT * FROM one_ev ORDER BY customer, ts) s', 'by customer');
CREATE FUNCTION pg_temp.spills(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Temp Written Blocks')::bigint > 0;
END $$;
CREATE FUNCTION pg_temp.my_files() RETURNS bigint LANGUAGE sql AS $$
SELECT count(*) FROM pg_ls_tmpdir() WHERE name LIKE 'pgsql\_tmp' || pg_backend_pid() || '.%'
$$;
SELECT ok(NOT pg_temp.spills($$SELECT funnel_stages(key, ts, event, 'visit => signup') FROM one_ev$$), 'with memory enough nothing is written');
SET LOCAL work_mem = '64kB';
SELECT ok(pg_temp.spills($$SELECT funnel_stages(key, ts, event, 'visit => signup') FROM one_ev$$), 'without it is written to a temporary file');
SELECT pg_temp.same_again('one_ev', 'parts of parts, from 64 kB');
SELECT pg_temp.same_again('(SELECT * FROM one_ev ORDER BY r) s', 'shuffled, from 64 kB');
SELECT is_empty($$SELECT p FROM one_short o WHERE o.a IS DISTINCT FROM (SELECT funnel_stages(customer / 10000, ts, event, p) FROM one_ev WHERE customer = 7)
  AND o.a IS NOT DISTINCT FROM (SELECT funnel_stages(customer, ts, event, p) FROM one_ev)
  AND (SELECT funnel_stages(j, p) FROM one_js WHERE customer = 7) IS DISTINCT FROM (SELECT funnel_stages(customer / 10000, ts, event, p) FROM one_ev WHERE customer = 7)$$,
  'one customer alone, larger than the memory');
SELECT is(pg_temp.my_files(), 0::bigint, 'the files are gone');

-- Groups, rescans, and what is never read.
SELECT is_empty($$SELECT region, p FROM one_some, LATERAL (SELECT region, funnel_stages(customer, ts, event, p) AS a FROM one_ev GROUP BY region) g
  WHERE a IS DISTINCT FROM (SELECT funnel_stages(j, p) FROM one_js s WHERE s.region = g.region)$$, 'by group');
SELECT is_empty($$SELECT n, p FROM generate_series(-4, 4) n, one_some, LATERAL (SELECT funnel_stages(customer, ts, event, p) AS a FROM one_ev WHERE region = n OFFSET 0) g
  WHERE a IS DISTINCT FROM (SELECT funnel_stages(j, p) FROM one_js s WHERE region = n)$$, 'rescanned');
SET LOCAL enable_sort = off;
SELECT lives_ok($$SELECT region, funnel_stages(customer, ts, event, 'visit => signup') FROM one_ev, generate_series(1, 3) GROUP BY region LIMIT 1$$, 'LIMIT leaves groups unread');
RESET enable_sort;
SELECT is(pg_temp.my_files(), 0::bigint, 'and no files');
SELECT throws_ok($$SELECT funnel_stages(customer, CASE WHEN r = (SELECT max(r) FROM one_ev) THEN 'infinity' ELSE ts END, event, 'visit => signup')
  FROM (SELECT * FROM one_ev WHERE event IS NOT NULL ORDER BY r) s$$, '22008', NULL, 'an infinite time is an error, here after all has been spilled');
SELECT is(pg_temp.my_files(), 0::bigint, 'an error leaves no files');
CREATE FUNCTION pg_temp.cancelled() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM funnel_stages(i % 1000, 'epoch'::timestamptz + i * interval '1 s', 'visit', 'visit => signup') FROM generate_series(1, 1000000000) i;
  RETURN false;
EXCEPTION WHEN query_canceled THEN
  RETURN true;
END $$;
SET LOCAL statement_timeout = '300ms';
SELECT ok(pg_temp.cancelled(), 'a cancelled query');
SET LOCAL statement_timeout = 0;
SELECT is(pg_temp.my_files(), 0::bigint, 'leaves no files');
SET LOCAL temp_file_limit = '100kB';
SELECT throws_ok($$SELECT funnel_stages(key, ts, event, 'visit => signup') FROM one_ev$$, '53400', NULL, 'temp_file_limit is obeyed');
RESET temp_file_limit;
RESET work_mem;

-- Parallel.
ALTER TABLE one_ev SET (parallel_workers = 2);
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN plan::text;
END $$;
SELECT ok(pg_temp.plan_of($$SELECT funnel_stages(customer, ts, event, 'visit => signup') FROM one_ev$$) ~ '"Partial Mode": "Partial"', 'it can be parallel');
SELECT pg_temp.same_again('one_ev', 'parallel: the same');
SET LOCAL work_mem = '64kB';
SELECT pg_temp.same_again('one_ev', 'parallel, from 64 kB: the same');
RESET work_mem;
SET LOCAL max_parallel_workers_per_gather = 0;

-- Nothing, little, constants.
SELECT is((SELECT funnel_stages(customer, ts, event, 'visit') FROM one_ev WHERE false), NULL, 'no row at all gives NULL');
SELECT results_eq($$SELECT a.stage, a.customers, a.events_matching FROM unnest((SELECT funnel_stages(NULL::bigint, ts, event, 'visit -> signup') FROM one_ev)) a$$,
  $$VALUES (1, 0::bigint, 0::bigint), (2, 0, 0)$$, 'rows without a customer are ignored');
SELECT is((SELECT funnel_stages(1, now(), 'visit', 'visit')), (SELECT funnel_stages(j, 'visit') FROM (SELECT journey_agg(now(), 'visit') AS j) s), 'a single row');
SELECT throws_ok($$SELECT funnel_stages(customer, ts, event, CASE WHEN r < 0.5 THEN 'visit'::journey_pattern ELSE 'signup' END) FROM one_ev$$, '22023', NULL, 'the pattern is the same for all rows');
SELECT throws_ok($$SELECT funnel_stages(customer, ts, event, 'visit') OVER () FROM one_ev$$, '0A000', NULL, 'no window');
SELECT is((SELECT funnel_stages(customer, ts, event || i, 'visit1 -> signup*') FROM one_ev, generate_series(1, 800) i WHERE region = 1 AND i <= 1 + abs(customer) * 2),
  (SELECT funnel_stages(j, 'visit1 -> signup*') FROM (SELECT journey_agg(ts, event || i) AS j FROM one_ev, generate_series(1, 800) i WHERE region = 1 AND i <= 1 + abs(customer) * 2 GROUP BY customer) s),
  'more names than a short record has room for');

SELECT * FROM finish();
ROLLBACK;

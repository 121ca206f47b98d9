-- What aggregates over rows have in common: memory, states that travel.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(12);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;

-- ---- memory ----

-- Memory in use while the first group is returned, which is when all groups of
-- a hash aggregate are there.
SET LOCAL work_mem = '512MB';
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_sort = off;
CREATE TABLE agg_many AS
SELECT i % 20000 AS customer, timestamptz '2024-01-01' + i * interval '1 minute' AS ts, 1 + i % 3 AS step FROM generate_series(1, 40000) i;
CREATE FUNCTION pg_temp.bytes_in_use(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE used bigint;
BEGIN
  EXECUTE format('SELECT max(used) FROM (SELECT customer, %s AS answer, (SELECT sum(used_bytes) FROM pg_backend_memory_contexts) AS used
                  FROM agg_many GROUP BY customer) s WHERE answer IS NOT NULL', query) INTO used;
  RETURN used;
END $$;
CREATE TABLE agg_used AS
SELECT pg_temp.bytes_in_use($$funnel_step(ts, step::text, '1 -> 2 -> 3')$$) AS by_name,
       pg_temp.bytes_in_use($$funnel_step(ts, step, NULL)$$) AS by_number;
SELECT cmp_ok(by_number, '<', by_name * 5 / 4, 'numbered steps need the memory of named ones; free what is made for each group') FROM agg_used;
SELECT cmp_ok(by_name / 20000, '<', 900::bigint, 'a group of few events needs some 600 bytes') FROM agg_used;

-- Names beyond what a call site shares: states that start later share, too.
CREATE TABLE agg_names AS
SELECT 0 AS customer, timestamptz '2024-01-01' AS ts, 'name ' || i AS event FROM generate_series(1, 70000) i
UNION ALL SELECT i, timestamptz '2024-01-01' + i * interval '1 minute', 'name ' || i % 100 FROM generate_series(1, 20000) i;
CREATE FUNCTION pg_temp.bytes_in_use_names(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE used bigint;
BEGIN
  EXECUTE format('SELECT max(used) FROM (SELECT customer, %s AS answer, (SELECT sum(used_bytes) FROM pg_backend_memory_contexts) AS used
                  FROM agg_names GROUP BY customer) s WHERE answer IS NOT NULL', query) INTO used;
  RETURN used;
END $$;
SELECT cmp_ok(pg_temp.bytes_in_use_names($$path_sequence(ts, event)$$) / 20000, '<', 1400::bigint, 'groups that start beyond 65,536 names share a dictionary');
SELECT cmp_ok(pg_temp.bytes_in_use_names($$funnel_step(ts, event, '. -> "name 7"')$$) / 20000, '<', 1400::bigint, 'and a pattern');
SET LOCAL enable_sort = on;
SET LOCAL enable_hashagg = off;
SELECT is((SELECT md5(string_agg(customer || p::text, ',' ORDER BY customer)) FROM (SELECT customer, path_sequence(ts, event) AS p FROM agg_names GROUP BY customer) s),
  (SELECT md5(string_agg(customer || p::text, ',' ORDER BY customer)) FROM (SELECT customer, array_agg(event ORDER BY ts, event COLLATE "C") AS p FROM agg_names GROUP BY customer) s),
  'the shared dictionary goes with its groups, and the next has its own');
SET LOCAL enable_hashagg = on;
SET LOCAL enable_sort = off;

-- ---- states that travel ----

-- More names and channels than a journey may have: a question about rows has
-- no such limit, whatever the plan.
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; all_lines text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    all_lines := all_lines || line || E'\n';
  END LOOP;
  RETURN all_lines;
END $$;
CREATE TABLE agg_wide WITH (parallel_workers = 2) AS
SELECT timestamptz '2024-01-01' + (i * 7919::bigint % 250007) * interval '1 second' AS ts, 'event ' || i % 200000 AS event,
       'channel ' || i % 199999 AS channel, i::float8 AS value
FROM generate_series(1, 250000) i;
ANALYZE agg_wide;
\set query 'SELECT md5(path_sequence(ts, event)::text) AS path, funnel_step(ts, event, $$. -> "event 7" => .$$) AS step, match_count(ts, event, channel, value, $$. => . => .$$) AS matches, funnel_step(ts, event, channel, value, $$. -> . => "event 69999" $$) AS wide FROM agg_wide'
CREATE TABLE agg_serial AS :query;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT matches(pg_temp.plan_of(:'query'), 'Finalize Aggregate(.|\n)*Partial Aggregate', 'the plan is parallel; if not, set the planner so');
CREATE TABLE agg_parallel AS :query;
SELECT results_eq('TABLE agg_parallel', 'TABLE agg_serial', '200,000 names and channels in one group: parallel answers what serial answers');
SELECT is((SELECT step || ' ' || matches || ' ' || wide FROM agg_serial), '3 83333 3', 'and these answers are right');
SELECT throws_ok('SELECT journey_agg(ts, event) FROM agg_wide', '54000', 'journey has too many distinct event names', 'only the journey itself has the limit');

-- ---- dates ----

-- A date is midnight in UTC, as the timestamp of that date is.
SET LOCAL TimeZone = 'Pacific/Apia';
CREATE TABLE agg_days AS
SELECT i % 300 AS customer, date '2024-03-25' + (i * 7919 % 13)::int AS day, chr(97 + i * 31 % 3) AS event, nullif('c' || i % 3, 'c0') AS channel,
       nullif(i % 4, 0)::float8 AS value, 1 + i * 31 % 3 AS step
FROM generate_series(1, 2000) i;
\set answers '(t, event) AS a, journey_agg(t, event, channel) AS b, journey_agg(t, event, channel, value) AS c, path_sequence(t, event) AS d, funnel_step(t, event, $$a -> b within 3 days$$) AS e, funnel_times(t, event, $$a -> b$$) AS f, match_count(t, event, $$a -> b$$) AS g, journey_match(t, event, $$a -> c -> b$$) AS h, time_to_convert(t, event, $$a -> b$$) AS i, days_to_convert(t, event, $$a -> b$$) AS j, time_to_first(t, event, $$b$$) AS k, days_to_first(t, event, $$b$$) AS l, funnel_step(t, event, channel, value, $$a -> . => c$$) AS m, funnel_step(t, step, $$2 days$$) AS n'
SELECT results_eq('SELECT customer, journey_agg' || :'answers' || ' FROM (SELECT *, day AS t FROM agg_days) s GROUP BY customer ORDER BY customer',
  'SELECT customer, journey_agg' || :'answers' || ' FROM (SELECT *, day::timestamp AS t FROM agg_days) s GROUP BY customer ORDER BY customer',
  'a date is midnight in UTC in every aggregate over rows');
SELECT results_eq($$SELECT customer, day, sessionize(day, '2 days') OVER w, session_start(day, '2 days') OVER w::timestamp FROM agg_days WINDOW w AS (PARTITION BY customer ORDER BY day) ORDER BY 1, 2$$,
  $$SELECT customer, day, sessionize(day::timestamp, '2 days') OVER w, session_start(day::timestamp, '2 days') OVER w FROM agg_days WINDOW w AS (PARTITION BY customer ORDER BY day) ORDER BY 1, 2$$,
  'and in sessions');
SELECT throws_ok($$SELECT journey_agg(date '5874897-12-31', 'a')$$, '22008', NULL, 'a date that is no time is an error');

SELECT * FROM finish();
ROLLBACK;

-- What aggregates over rows have in common: memory, states that travel.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(2);
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

SELECT * FROM finish();
ROLLBACK;

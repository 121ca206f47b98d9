-- Sequences of boolean conditions against plain SQL and against the native
-- verbs, and what must not change an answer.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(20);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.375);

-- No two times of a customer are equal in the first, many in the second.
CREATE TABLE sq_ev AS
SELECT i AS id, i % 3000 AS customer, '2024-03-10 00:00+00'::timestamptz + (i / 3000) * interval '2 seconds' + floor(random() * 2) * interval '1 second' AS ts,
       (ARRAY['a', 'b', 'c', 'x'])[1 + floor(random() * 4)] AS event
FROM generate_series(1, 24000) i;
CREATE TABLE sq_ties AS
SELECT i AS id, i % 3000 AS customer, '2024-03-10 00:00+00'::timestamptz + floor(random() * 6) * interval '1 second' AS ts,
       random() < 0.4 AS a, random() < 0.4 AS b, CASE WHEN random() < 0.9 THEN random() < 0.3 END AS c, (ARRAY['x', 'Y', 'zé', '', NULL])[1 + floor(random() * 5)] AS value
FROM generate_series(1, 21000) i;
ANALYZE sq_ev, sq_ties;

-- Only rows that satisfy a condition are there.
CREATE VIEW sq_pairs AS
SELECT customer, ts, event, lead(event) OVER w AS next, lead(ts) OVER w AS next_ts FROM sq_ev WHERE event <> 'x' WINDOW w AS (PARTITION BY customer ORDER BY ts);
SELECT is_empty($$
  SELECT customer, sequence_match('(?1)(?2)', ts, event = 'a', event = 'b', event = 'c') FROM sq_ev GROUP BY 1 EXCEPT
  SELECT customer, coalesce(bool_or(event = 'a' AND next = 'b'), false) FROM sq_ev LEFT JOIN sq_pairs USING (customer, ts, event) GROUP BY 1$$,
  '(?1)(?2) is the very next row that satisfies a condition; if not, see src/core/sequence.c');
SELECT is_empty($$
  SELECT customer, sequence_match('(?1)(?2)', ts, event = 'a', event = 'b') FROM sq_ev GROUP BY 1 HAVING bool_or(event IN ('a', 'b')) EXCEPT
  SELECT customer, sequence_match('(?1)(?2)', ts, event = 'a', event = 'b') FROM sq_ev WHERE event IN ('a', 'b') GROUP BY 1$$,
  'a row that satisfies none of the conditions passed is not there');
SELECT is_empty($$
  SELECT customer, sequence_match('(?1).*(?2)', ts, event = 'a', event = 'b', event = 'c') FROM sq_ev GROUP BY 1 EXCEPT
  SELECT customer, coalesce(min(ts) FILTER (WHERE event = 'a') < max(ts) FILTER (WHERE event = 'b'), false) FROM sq_ev GROUP BY 1$$,
  '(?1).*(?2) is some time later');
SELECT is_empty($$
  SELECT customer, sequence_match('(?1)(?t<=3)(?2)', ts, event = 'a', event = 'b'), sequence_match('(?1)(?t>3)(?2)', ts, event = 'a', event = 'b'),
         sequence_match('(?1)(?t==3)(?2)', ts, event = 'a', event = 'b') FROM sq_ev GROUP BY 1 EXCEPT
  SELECT x.customer, coalesce(bool_or(y.ts <= x.ts + interval '3 s'), false), coalesce(bool_or(y.ts > x.ts + interval '3 s'), false), coalesce(bool_or(y.ts = x.ts + interval '3 s'), false)
  FROM sq_ev x LEFT JOIN sq_ev y ON x.event = 'a' AND y.customer = x.customer AND y.event = 'b' AND y.ts > x.ts GROUP BY 1$$,
  'times compare with the row before, and rows between them may be passed over');
SELECT is_empty($$
  SELECT customer, sequence_count('(?1)', ts, event = 'a', event = 'b'), sequence_count('.', ts, event = 'a', event = 'b'), sequence_count('', ts, event = 'a', event = 'b') FROM sq_ev GROUP BY 1 EXCEPT
  SELECT customer, count(*) FILTER (WHERE event = 'a'), count(*) FILTER (WHERE event IN ('a', 'b')), count(*) FILTER (WHERE event IN ('a', 'b')) FROM sq_ev GROUP BY 1$$,
  'one element counts rows');

-- The native way.
SELECT is_empty($$
  SELECT customer, sequence_count('(?1).*(?2)', ts, event = 'a', event = 'b'), sequence_match('(?1).*(?2).*(?3)', ts, event = 'a', event = 'b', event = 'c') FROM sq_ev GROUP BY 1 EXCEPT
  SELECT customer, match_count(ts, event, 'a -> b'), journey_match(ts, event, 'a -> b -> c') FROM sq_ev GROUP BY 1$$,
  '.* is "->": sequence_count is match_count, sequence_match is journey_match');
SELECT is_empty($$
  SELECT customer, sequence_count('(?1)(?2)', ts, event = 'a', event = 'b', event = 'c'), sequence_match('(?1).(?2)', ts, event = 'a', event = 'b', event = 'c') FROM sq_ev WHERE event <> 'x' GROUP BY 1 EXCEPT
  SELECT customer, match_count(ts, event, 'a => b'), journey_match(ts, event, 'a => . => b') FROM sq_ev WHERE event <> 'x' GROUP BY 1$$,
  'neighbours are "=>" over the rows that satisfy a condition');

-- The value next to a chain.
SELECT is_empty($$
  SELECT customer, sequence_next_node('forward', 'first_match', ts, event, true, event = 'a'), sequence_next_node('backward', 'last_match', ts, event, true, event = 'a'),
         sequence_next_node('forward', 'head', ts, event, true, event = 'a', event = 'b') FROM sq_ev GROUP BY 1 EXCEPT
  SELECT customer, (array_agg(next ORDER BY ts) FILTER (WHERE event = 'a'))[1], (array_agg(prev ORDER BY ts DESC) FILTER (WHERE event = 'a'))[1],
         max(next2) FILTER (WHERE n = 1 AND event = 'a' AND next = 'b')
  FROM (SELECT *, row_number() OVER w AS n, lead(event) OVER w AS next, lead(event, 2) OVER w AS next2, lag(event) OVER w AS prev FROM sq_ev WINDOW w AS (PARTITION BY customer ORDER BY ts)) s GROUP BY 1$$,
  'sequence_next_node is the neighbour of a chain that begins at the base');
SELECT is_empty($$
  SELECT customer, sequence_next_node('forward', 'head', ts, value, true), sequence_next_node('backward', 'tail', ts, value, true) FROM sq_ties GROUP BY 1 HAVING count(value) > 0 EXCEPT
  SELECT customer, (array_agg(value ORDER BY ts, value COLLATE "C"))[1], (array_agg(value ORDER BY ts DESC, value COLLATE "C" DESC))[1] FROM sq_ties WHERE value IS NOT NULL GROUP BY 1$$,
  'without conditions it is the base; equal times go by value, rows without one are not there');
SELECT is_empty($$
  SELECT customer FROM sq_ties GROUP BY 1 HAVING sequence_next_node('forward', 'tail', ts, value, true, a) IS NOT NULL OR sequence_next_node('backward', 'head', ts, value, true, a) IS NOT NULL$$,
  'nothing is behind the tail or before the head');

-- Between equal times: condition 1 first, then condition 2, ...
SELECT is_empty($$
  SELECT customer, sequence_match('(?1)(?2)', ts, a, b, c) FROM sq_ties GROUP BY 1 EXCEPT
  SELECT customer, coalesce(bool_or(a AND next), false) FROM (SELECT *, lead(b) OVER (PARTITION BY customer ORDER BY ts, a DESC, b DESC, coalesce(c, false) DESC) AS next FROM sq_ties WHERE a OR b OR c) s GROUP BY 1$$,
  'rows of equal time have one order, by conditions');

-- Arrival order, split and plan.
CREATE TABLE sq_kept AS
SELECT customer, sequence_match('(?1)(?t<3)(?2).*(?3)', ts, a, b, c) AS m, sequence_count('(?1).*(?t>=1)(?2)', ts AT TIME ZONE 'UTC', a, b, c) AS n,
       sequence_next_node('forward', 'first_match', ts, value, b, a, c) AS v, sequence_next_node('backward', 'last_match', ts AT TIME ZONE 'UTC', value, c, a) AS w,
       sequence_next_node('forward', 'head', ts AT TIME ZONE 'UTC', value, true) AS x
FROM sq_ties GROUP BY customer;
SELECT cmp_ok((SELECT count(*) FROM sq_kept WHERE m AND n > 0), '>', 300::bigint, 'there is something to find');
\set again 'SELECT customer, sequence_match(\'(?1)(?t<3)(?2).*(?3)\', ts, a, b, c), sequence_count(\'(?1).*(?t>=1)(?2)\', ts AT TIME ZONE \'UTC\', a, b, c), sequence_next_node(\'forward\', \'first_match\', ts, value, b, a, c), sequence_next_node(\'backward\', \'last_match\', ts AT TIME ZONE \'UTC\', value, c, a), sequence_next_node(\'forward\', \'head\', ts AT TIME ZONE \'UTC\', value, true) FROM '
SELECT is_empty(:'again' || '(SELECT * FROM sq_ties ORDER BY md5(id::text)) s GROUP BY customer EXCEPT TABLE sq_kept', 'the order of arrival changes nothing');
CREATE TABLE sq_part (LIKE sq_ties) PARTITION BY HASH (id);
CREATE TABLE sq_part0 PARTITION OF sq_part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sq_part1 PARTITION OF sq_part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO sq_part SELECT * FROM sq_ties;
ANALYZE sq_part;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
  RETURN plan;
END $$;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL cpu_operator_cost = 0;     -- few partial results beat many rows
SET LOCAL work_mem = '64MB';         -- and need not spill
SET LOCAL enable_sort = off;
SELECT matches(pg_temp.plan_of(:'again' || 'sq_part GROUP BY customer'), 'Partial (Hash|Group)Aggregate', 'the plan is partitionwise; if not, set the planner so');
SELECT is_empty(:'again' || 'sq_part GROUP BY customer EXCEPT TABLE sq_kept', 'nor do rows split over partitions');
RESET enable_partitionwise_aggregate; RESET cpu_operator_cost; RESET work_mem; RESET enable_sort;
ALTER TABLE sq_ties SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL cpu_operator_cost = 0.1;   -- so that sharing the transitions pays
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT matches(pg_temp.plan_of(:'again' || 'sq_ties GROUP BY customer'), 'Finalize (Hash|Group)Aggregate(.|\n)*Partial (Hash|Group)Aggregate',
  'the plan aggregates in parallel; if not, set the planner so');
SELECT is_empty(:'again' || 'sq_ties GROUP BY customer EXCEPT TABLE sq_kept', 'nor do parallel workers');
SET LOCAL max_parallel_workers_per_gather = 0;
RESET cpu_operator_cost;

-- What a backtracking matcher gives up on.
CREATE TABLE sq_long AS SELECT '2024-03-01'::timestamptz + i * interval '1 s' AS ts FROM generate_series(1, 100000) i;
SET LOCAL statement_timeout = '20s';
SELECT results_eq($$SELECT sequence_match('(?1).*(?1)(?t>=1).*(?1).*(?1)(?t<=50000).*(?1).*(?2)', ts, true, false), sequence_count('(?1)(?t==7)(?1)', ts, true), sequence_count('(?1)(?1)', ts, true) FROM sq_long$$,
  $$VALUES (false, 12500::bigint, 50000::bigint)$$, '100,000 rows and times in the pattern');
SELECT results_eq($$SELECT sequence_next_node('backward', 'last_match', ts, repeat('v', 20) || extract(epoch FROM ts), true, true) FROM sq_long$$,
  $$SELECT repeat('v', 20) || extract(epoch FROM max(ts) - interval '1 s') FROM sq_long$$, '100,000 values');
SELECT results_eq($$SELECT sequence_match(repeat('(?1)', 1000), ts, true) FROM sq_long$$, $$VALUES (true)$$, 'a pattern of 1,000 elements');

SELECT * FROM finish();
ROLLBACK;

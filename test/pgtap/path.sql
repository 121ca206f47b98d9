-- Paths against array_agg and string_agg in plain SQL, at both grains.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(18);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.75);

-- Times on a coarse clock, so that ties abound; names that hold separators,
-- quotes, upper case and several bytes; some rows unusable.
CREATE TEMP TABLE ev AS
SELECT i AS id, 1 + floor(random() * 4000)::int AS customer,
       CASE WHEN random() > 0.05 THEN '2024-03-30 22:00+00'::timestamptz
            + floor(random() * 40) * interval '10 minutes' END AS ts,
       CASE WHEN random() > 0.05 THEN
         (ARRAY['home', 'Home', 'a > b', 'a', 'b', '...', 'say "hi"', '{x,y}', 'naïve', '🛒',
                'NULL', E'line\nbreak'])[1 + floor(random() * 12)] END AS event
FROM generate_series(1, 40000) i;

CREATE TEMP TABLE oracle AS
SELECT customer, array_agg(event ORDER BY ts, event COLLATE "C") FILTER (WHERE ts IS NOT NULL AND event IS NOT NULL) AS path
FROM ev GROUP BY customer;

-- path_sequence
SELECT is_empty($$
  (SELECT customer, path_sequence(ts, event) FROM ev GROUP BY customer EXCEPT SELECT * FROM oracle)
  UNION ALL (SELECT * FROM oracle EXCEPT SELECT customer, path_sequence(ts, event) FROM ev GROUP BY customer)$$,
  'path_sequence equals array_agg(event ORDER BY ts, event COLLATE "C"); if not, see src/pg/path.c');
SELECT is_empty($$
  SELECT customer, path_sequence(ts AT TIME ZONE 'UTC', event) FROM ev GROUP BY customer EXCEPT SELECT * FROM oracle$$,
  'timestamp answers as timestamptz');
SELECT is_empty($$
  SELECT customer, path_sequence(journey_agg(ts, event)) FROM ev GROUP BY customer EXCEPT SELECT * FROM oracle$$,
  'the path of a journey is the path of its rows');
SELECT is_empty($$
  SELECT customer, path_sequence(ts, event ORDER BY md5(id::text)), path_sequence(ts, event ORDER BY id DESC)
  FROM ev GROUP BY customer EXCEPT SELECT customer, path, path FROM oracle$$,
  'the order of arrival does not matter');
SELECT is_empty($$
  SELECT customer, path_sequence(ts, event) FROM ev WHERE ts IS NULL OR event IS NULL GROUP BY customer
  EXCEPT SELECT customer, NULL FROM oracle$$,
  'without a usable row the path is NULL');
SELECT is((SELECT path_sequence(ts, event) FROM ev WHERE false), NULL, 'without a row the path is NULL');
SELECT is_empty($$
  SELECT * FROM (SELECT customer, path_sequence(ts, event) FILTER (WHERE event <> 'home') AS p,
                 array_agg(event ORDER BY ts, event COLLATE "C") FILTER (WHERE ts IS NOT NULL AND event <> 'home') AS q
                 FROM ev GROUP BY customer) s WHERE p IS DISTINCT FROM q$$,
  'FILTER chooses the rows');
SELECT is_empty($$
  SELECT * FROM (
    SELECT customer, path_sequence(ts, event) OVER w AS p,
           array_agg(event) OVER (PARTITION BY customer ORDER BY ts, event COLLATE "C", id ROWS UNBOUNDED PRECEDING) AS q
    FROM ev WHERE customer <= 300 AND ts IS NOT NULL AND event IS NOT NULL
    WINDOW w AS (PARTITION BY customer ORDER BY ts, event COLLATE "C", id ROWS UNBOUNDED PRECEDING)) s
  WHERE p IS DISTINCT FROM q$$,
  'as a window aggregate the path grows row by row');

-- Parallel and partitionwise plans split groups between states.
CREATE TEMP TABLE serial AS SELECT customer % 50 AS g, path_sequence(ts, event) AS path FROM ev GROUP BY 1;
CREATE TABLE path_parts (LIKE ev, g int) PARTITION BY HASH (id);
CREATE TABLE path_parts_0 PARTITION OF path_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0) WITH (parallel_workers = 2);
CREATE TABLE path_parts_1 PARTITION OF path_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1) WITH (parallel_workers = 2);
CREATE TABLE path_parts_2 PARTITION OF path_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2) WITH (parallel_workers = 2);
INSERT INTO path_parts SELECT *, customer % 50 FROM ev;
ANALYZE path_parts;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
  RETURN plan;
END $$;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(pg_temp.plan_of('SELECT g, path_sequence(ts, event) FROM path_parts GROUP BY g'),
  'Partial HashAggregate', 'the plan is partitionwise; if not, set the planner so');
SELECT is_empty($$
  SELECT g, path_sequence(ts, event) FROM path_parts GROUP BY g EXCEPT SELECT * FROM serial$$,
  'partitionwise equals serial');
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_leader_participation = off;
SELECT matches(pg_temp.plan_of('SELECT g, path_sequence(ts, event) FROM path_parts GROUP BY g'),
  'Gather', 'the plan is parallel; if not, set the planner so');
SELECT is_empty($$
  SELECT g, path_sequence(ts, event) FROM path_parts GROUP BY g EXCEPT SELECT * FROM serial$$,
  'parallel equals serial');
RESET enable_partitionwise_aggregate;
SELECT is(
  (SELECT path_sequence(ts, event) FROM path_parts),
  (SELECT array_agg(event ORDER BY ts, event COLLATE "C") FROM ev WHERE ts IS NOT NULL AND event IS NOT NULL),
  'one group over all workers');

-- path_text
CREATE TEMP TABLE shapes AS
SELECT customer, path, sep, max_steps, collapse
FROM oracle, (VALUES (' > ', NULL::int), ('', 1), (',', 2), (' → ', 3), (' > ', 7), (' > ', 1000)) a (sep, max_steps),
     (VALUES (false), (true)) c (collapse)
WHERE customer <= 1500;
-- The oracle of path_text: drop repeats, keep max_steps, mark the cut.
CREATE TEMP TABLE lines AS
SELECT customer, sep, max_steps, collapse,
       coalesce(string_agg(step, sep ORDER BY shown) FILTER (WHERE max_steps IS NULL OR shown <= max_steps), '')
       || CASE WHEN max(shown) > max_steps THEN sep || '...' ELSE '' END AS line
FROM (SELECT s.*, row_number() OVER (PARTITION BY customer, sep, max_steps, collapse ORDER BY n) AS shown
      FROM (SELECT shapes.*, step, n, lag(step) OVER (PARTITION BY customer, sep, max_steps, collapse ORDER BY n) AS prev
            FROM shapes, unnest(path) WITH ORDINALITY u (step, n)) s
      WHERE NOT collapse OR prev IS DISTINCT FROM step) r
GROUP BY 1, 2, 3, 4;
SELECT is_empty($$
  SELECT customer, sep, max_steps, collapse, path_text(path, sep, max_steps, collapse)
  FROM shapes WHERE path IS NOT NULL EXCEPT SELECT * FROM lines$$,
  'path_text of an array equals string_agg with repeats dropped and the cut marked');
SELECT is_empty($$
  SELECT customer, sep, max_steps, collapse, path_text(j, sep, max_steps, collapse)
  FROM shapes JOIN (SELECT customer, journey_agg(ts, event) AS j FROM ev GROUP BY customer) s USING (customer)
  WHERE path IS NOT NULL EXCEPT SELECT * FROM lines$$,
  'path_text of a journey is that of its path');
SELECT is_empty($$
  SELECT customer, path_text(collapse(j)) FROM (SELECT customer, journey_agg(ts, event) AS j FROM ev GROUP BY customer) s WHERE j IS NOT NULL
  EXCEPT SELECT customer, path_text(path, collapse => true) FROM oracle$$,
  'path_text(collapse(j)) = path_text(j, collapse => true)');

-- Long ones.
SELECT is((SELECT cardinality(path_sequence('2024-01-01'::timestamptz + i * interval '1 s', 'e' || i % 10)) FROM generate_series(1, 1000000) i),
  1000000, 'a path of a million rows');
SELECT is((SELECT path_text(journey_agg('2024-01-01'::timestamptz + i * interval '1 s', 'e' || i % 10), max_steps => 3) FROM generate_series(1, 200000) i),
  'e1 > e2 > e3 > ...', 'a line of a long path');

SELECT * FROM finish();
ROLLBACK;

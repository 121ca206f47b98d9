-- path_flows, path_flows_to, transition_map and top_paths against plain SQL.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(30);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.75);

CREATE TABLE flow_ev AS
SELECT 1 + floor(random() * 1000)::int AS customer,
       '2024-03-01 00:00+00'::timestamptz + floor(random() * 5000) * interval '601.5 seconds' AS ts,
       (ARRAY['visit', 'visit', 'pricing', 'a > b', 'signup', 'purchase', 'blog', '(other)', 'naïve'])[1 + floor(random() * random() * 9)::int] AS event,
       (ARRAY[NULL, 0.1, 12.34])[1 + floor(random() * 3)] AS value
FROM generate_series(1, 7000) i;
CREATE TABLE flow_js AS
SELECT customer, customer % 3 AS country, journey_agg(ts, event, NULL, value) AS j FROM flow_ev GROUP BY customer;
CREATE TABLE flow_step AS
SELECT customer, e.event_no AS n, e.event, e.ts, e.value,
       min(event_no) FILTER (WHERE event IN ('pricing', 'signup')) OVER (PARTITION BY customer) AS anchor,
       count(*) OVER (PARTITION BY customer) AS length
FROM flow_js, events(j) e;
ANALYZE flow_ev, flow_js, flow_step;

-- transition_map
CREATE TABLE flow_map AS SELECT a.* FROM (SELECT transition_map(j) AS a FROM flow_js) s, unnest(s.a) a;
SELECT bag_eq('SELECT * FROM flow_map', $$
  SELECT from_event, to_event, count(DISTINCT customer) AS customers, count(*) AS times, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
  FROM flow_js, transitions(j) GROUP BY 1, 2$$, 'transition_map is transitions() grouped');
SELECT is((SELECT sum(times) FROM flow_map), (SELECT sum(length(j) - 1) FROM flow_js)::numeric, 'every transition is counted once');
SELECT is((SELECT array_agg(from_event || '>' || to_event) FROM flow_map),
  (SELECT array_agg(from_event || '>' || to_event ORDER BY customers DESC, times DESC, from_event COLLATE "C", to_event COLLATE "C") FROM flow_map),
  'most customers first, then most times, then by name');

-- path_flows: every edge, nothing folded
CREATE FUNCTION pg_temp.edges(first_step text, steps int) RETURNS TABLE (step int, source text, target text, customers bigint) LANGUAGE sql AS $$
  SELECT k, k || '. ' || a.event, coalesce((k + 1) || '. ' || b.event, '(exit)'), count(*)
  FROM generate_series(1, steps - 1) k, flow_step a
  LEFT JOIN flow_step b ON b.customer = a.customer AND b.n = a.n + 1
  WHERE a.n = k - 1 + CASE first_step WHEN 'first' THEN 1 ELSE a.anchor END
  GROUP BY 1, 2, 3 $$;
CREATE TABLE flow_all AS SELECT a.* FROM (SELECT path_flows(j, NULL, 5, 1000) AS a FROM flow_js) s, unnest(s.a) a;
SELECT bag_eq('SELECT * FROM flow_all', $$SELECT * FROM pg_temp.edges('first', 5)$$, 'edges from the first event on');
SELECT bag_eq($$SELECT a.* FROM (SELECT path_flows(j, 'pricing | signup', 4, 1000) AS a FROM flow_js) s, unnest(s.a) a$$,
  $$SELECT * FROM pg_temp.edges('anchor', 4)$$, 'edges from the first event that matches on');
CREATE TABLE flow_to AS SELECT a.* FROM (SELECT path_flows_to(j, 'pricing | signup', 4, 1000) AS a FROM flow_js) s, unnest(s.a) a;
SELECT bag_eq('SELECT * FROM flow_to', $$
  SELECT -k AS step, coalesce(-k || '. ' || b.event, '(start)') AS source, (1 - k) || '. ' || a.event AS target, count(*)
  FROM generate_series(1, 3) k, flow_step a LEFT JOIN flow_step b ON b.customer = a.customer AND b.n = a.n - 1
  WHERE a.n = a.anchor + 1 - k GROUP BY 1, 2, 3$$, 'edges back from the first event that matches');

-- Conservation, folded or not.
CREATE TABLE flow_top AS SELECT top, a.* FROM (SELECT top, path_flows(j, NULL, 5, top) AS a FROM flow_js, (VALUES (1), (2), (4), (1000)) t (top) GROUP BY top) s, unnest(s.a) a;
SELECT is_empty($$SELECT top, sum(customers) FROM flow_top WHERE step = 1 GROUP BY top HAVING sum(customers) <> (SELECT count(*) FROM flow_js)$$,
  'the first step has all customers');
SELECT is_empty($$
  SELECT top, node, came, went FROM (SELECT top, target AS node, sum(customers) AS came FROM flow_top WHERE target <> '(exit)' AND step < 4 GROUP BY 1, 2) i
  FULL JOIN (SELECT top, source AS node, sum(customers) AS went FROM flow_top WHERE step > 1 GROUP BY 1, 2) o USING (top, node)
  WHERE came IS DISTINCT FROM went$$, 'who comes to a node goes on from it or ends there');
SELECT is_empty($$
  SELECT top, step, customers FROM (SELECT top, step, sum(customers) AS customers FROM flow_top GROUP BY 1, 2) f
  WHERE customers <> (SELECT count(*) FROM flow_js WHERE length(j) >= step)$$, 'the edges of a step sum to the customers that get there');
SELECT is_empty($$
  SELECT top, step, count(DISTINCT source) FROM flow_top WHERE source NOT LIKE '%(other)' GROUP BY 1, 2 HAVING count(DISTINCT source) > top$$,
  'no step shows more nodes than asked for');
SELECT is((SELECT sum(customers) FROM flow_to WHERE step = -1), (SELECT count(*) FROM flow_js WHERE j @@ 'pricing | signup')::numeric,
  'the last step has all customers that reach the goal');
SELECT is((SELECT array_agg(source || target) FROM (SELECT * FROM flow_top WHERE top = 2) s),
  (SELECT array_agg(source || target ORDER BY step, source LIKE '%(other)', customers DESC, source COLLATE "C", target = '(exit)', target LIKE '%(other)', target COLLATE "C")
   FROM flow_top WHERE top = 2), 'by step, folded nodes last, the largest first');
SELECT bag_eq('SELECT a.* FROM (SELECT path_flows(j, NULL, 5) AS a FROM flow_js) s, unnest(s.a) a',
  'SELECT a.* FROM (SELECT path_flows(j, NULL, 5, 10) AS a FROM flow_js) s, unnest(s.a) a', 'ten nodes a step unless asked otherwise');

-- top_paths
CREATE TABLE flow_path AS SELECT a.* FROM (SELECT top_paths(j, 'purchase', 'purchase | signup', 3, 100000) AS a FROM flow_js) s, unnest(s.a) a;
CREATE TABLE flow_plain AS
SELECT coalesce(nullif(path_text(coalesce(before(j, 'purchase'), j), max_steps => 3, collapse => true), ''), '(none)') AS path,
       (j @@ 'purchase')::int AS converted, value_sum(j, 'purchase | signup')::numeric AS revenue FROM flow_js;
SELECT bag_eq('SELECT path, customers, share, conversions, conversion FROM flow_path', $$
  SELECT path, count(*) AS n, count(*) / (SELECT count(*) FROM flow_js)::float8 AS share, sum(converted), sum(converted) / count(*)::float8 AS rate FROM flow_plain GROUP BY 1$$,
  'top_paths is path_text() in front of the goal, grouped');
SELECT is_empty($$
  SELECT path, r.revenue, p.revenue FROM flow_path r FULL JOIN (SELECT path, coalesce(sum(revenue), 0) AS revenue FROM flow_plain GROUP BY 1) p USING (path)
  WHERE abs(r.revenue - p.revenue) > 1e-9 OR r.revenue IS NULL OR abs(r.revenue_each * r.customers - r.revenue) > 1e-9$$, 'revenue of whole journeys');
SELECT is((SELECT sum(customers) FROM flow_path), (SELECT count(*) FROM flow_js)::numeric, 'every customer has one path');
SELECT is((SELECT array_agg(path) FROM (SELECT a.path FROM (SELECT top_paths(j, 'purchase', NULL, 3, 7) AS a FROM flow_js) s, unnest(s.a) a) p),
  (SELECT array_agg(path) FROM (SELECT path FROM flow_path ORDER BY customers DESC, path COLLATE "C" LIMIT 7) s), 'the n most frequent, then by name');
SELECT is((SELECT count(*) FROM (SELECT top_paths(j, NULL, NULL, 3, 5) AS a FROM flow_js) s, unnest(s.a) a WHERE conversion IS NULL AND conversions IS NULL AND revenue IS NULL AND revenue_each IS NULL),
  5::bigint, 'no goal, no conversion; no revenue, no revenue');

-- Any plan and any split.
CREATE FUNCTION pg_temp.flows() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT ('map', country, a.*)::text FROM (SELECT country, transition_map(j) AS a FROM flow_js GROUP BY country) s, unnest(s.a) a;
  RETURN QUERY SELECT ('flow', a.*)::text FROM (SELECT path_flows(j, 'pricing', 5, 3) AS a FROM flow_js) s, unnest(s.a) a;
  RETURN QUERY SELECT ('to', country, a.*)::text FROM (SELECT country, path_flows_to(j, 'signup', 5, 3) AS a FROM flow_js GROUP BY country) s, unnest(s.a) a;
  RETURN QUERY SELECT ('path', a.*)::text FROM (SELECT top_paths(j, 'purchase', 'purchase', 5, 50) AS a FROM flow_js) s, unnest(s.a) a;
END $$;
SET LOCAL extra_float_digits = 3;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE flow_serial AS SELECT pg_temp.flows() AS r;
ALTER TABLE flow_js SET (parallel_workers = 3);
SET LOCAL max_parallel_workers_per_gather = 3;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT bag_eq('SELECT * FROM pg_temp.flows()', 'SELECT r FROM flow_serial', 'parallel and serial rows are equal');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL work_mem = '64kB';
SELECT bag_eq('SELECT * FROM pg_temp.flows()', 'SELECT r FROM flow_serial', 'little memory changes nothing');
CREATE TABLE flow_shuffled AS SELECT * FROM flow_js ORDER BY random();
ALTER TABLE flow_js RENAME TO flow_ordered;
ALTER TABLE flow_shuffled RENAME TO flow_js;
SELECT bag_eq('SELECT * FROM pg_temp.flows()', 'SELECT r FROM flow_serial', 'the order of the rows changes nothing');
CREATE AGGREGATE flow_partial(journey) (SFUNC = transition_map_trans, STYPE = journey_tally);
CREATE AGGREGATE flow_total(journey_tally) (SFUNC = journey_tally_combine, STYPE = journey_tally, FINALFUNC = transition_map_final);
SELECT bag_eq($$SELECT a.* FROM (SELECT flow_total(t) AS a FROM (SELECT flow_partial(j)::text::journey_tally AS t FROM flow_js GROUP BY customer % 11) p) s, unnest(s.a) a$$,
  'SELECT * FROM flow_map', 'partial results add up to the whole');

-- NULL, empty, one event, nothing.
SELECT is((SELECT transition_map(j) FROM flow_js WHERE false), NULL, 'no row at all: NULL');
SELECT is((SELECT cardinality(transition_map(j)) FROM unnest(ARRAY[NULL, '{}', '{2024-01-01T00:00Z a}']::journey[]) j), 0, 'no transition: no row');
SELECT is((SELECT cardinality(path_flows(j, 'x', 3)) FROM unnest(ARRAY[NULL, '{}', '{2024-01-01T00:00Z a}']::journey[]) j), 0, 'nobody starts: no edge');
SELECT results_eq($$SELECT a.source, a.target, a.customers FROM (SELECT path_flows('{2024-01-01T00:00Z a}'::journey, NULL, 3) AS a) s, unnest(s.a) a$$,
  $$VALUES ('1. a', '(exit)', 1::bigint)$$, 'one event: it is also the exit');
SELECT results_eq($$SELECT a.path, a.customers, a.conversions FROM (SELECT top_paths(j, 'buy', NULL, 3, 9) AS a FROM unnest(ARRAY['{}', '{2024-01-01T00:00Z buy}']::journey[]) j) s, unnest(s.a) a$$,
  $$VALUES ('(none)', 2::bigint, 1::bigint)$$, 'nothing in front of the goal is (none)');
SELECT results_eq($$SELECT a.path FROM (SELECT top_paths('{2024-01-01T00:00Z a, 2024-01-01T00:01Z a, 2024-01-01T00:02Z b, 2024-01-01T00:03Z b}'::journey, NULL, NULL, 2, 9) AS a) s, unnest(s.a) a$$,
  $$VALUES ('a > b')$$, 'repeats behind the last step are no more steps');
SELECT is((SELECT sum(a.customers) FROM (SELECT path_flows(journey_agg, NULL, 2, 3) AS a FROM (SELECT journey_agg('2024-01-01'::timestamptz + i * interval '1 s', 'e' || i) FROM generate_series(1, 700) i) g) s, unnest(s.a) a),
  1::numeric, 'journeys of many names are counted, too');

SELECT is((SELECT round(sum(revenue)::numeric, 6) FROM unnest((SELECT top_paths(j || '{2024-01-01 nps=9, 2024-06-01 nps=-3}', 'purchase', 'purchase', 9, 100000) FROM flow_js)) a),
  (SELECT round(sum(revenue)::numeric, 6) FROM unnest((SELECT top_paths(j, 'purchase', 'purchase', 9, 100000) FROM flow_js)) a), 'events with scores change no revenue');

SELECT * FROM finish();
ROLLBACK;

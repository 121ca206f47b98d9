-- next_model against the same counts in plain SQL, on customers it has not
-- seen, and split.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(15);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.375);

-- Carts make buying likely, names with odd characters and lengths included.
CREATE TABLE ev AS
SELECT c, ts, CASE WHEN lag(event) OVER (PARTITION BY c ORDER BY ts) = 'cart' AND random() < 0.6 THEN 'buy' ELSE event END AS event
FROM (SELECT c, '2024-01-01 00:00+00'::timestamptz + (c % 50) * interval '1 hour' + i * interval '7 minutes' + (i * c) % 9 / 8 * interval '1 hour' * i AS ts,
             (ARRAY['home', 'home', 'search', 'search', 'cart', 'naïve ü', 'a', 'aa', 'buy'])[1 + floor(random() * (6 + c % 4))] AS event
      FROM generate_series(1, 400) c, generate_series(1, 2 + c % 23) i) e;
CREATE TABLE js AS SELECT c, md5(c::text) < '8' AS known, journey_agg(ts, event) AS j FROM ev GROUP BY c;
CREATE TABLE models AS
SELECT next_model(j, 'buy', '30 minutes') AS m, next_model(j, 'buy', '30 minutes', '2 hours', '2024-01-03 12:00+00') AS w FROM js WHERE known;

-- Every moment: its session, the last three events, what came next, the goal.
CREATE TABLE moments AS
WITH e AS (SELECT js.c, known, e.event_no AS n, e.ts, e.event, s.session_start AS s, s.session_end AS z FROM js, events(j) e, sessions(j, '30 minutes') s WHERE e.ts BETWEEN s.session_start AND s.session_end)
SELECT c, known, n, ts, ARRAY[event, lag(event) OVER w, lag(event, 2) OVER w] AS last, coalesce(lead(event) OVER w, '(exit)') AS next,
       least(floor(log(2, row_number() OVER w)), 4)::int AS depth, bool_or(event = 'buy') OVER (PARTITION BY c ORDER BY n) AS reached,
       coalesce(bool_or(event = 'buy') OVER (w ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), false) AS converts,
       EXISTS (SELECT FROM e f WHERE f.c = e.c AND f.n > e.n AND f.event = 'buy' AND f.ts <= e.ts + interval '2 hours') AS converts_within
FROM e WINDOW w AS (PARTITION BY c, s ORDER BY n);
SELECT is((SELECT count(*) FROM moments), (SELECT sum(length(j))::bigint FROM js), 'every event is a moment');

-- Probabilities of the goal, level by level.
CREATE FUNCTION level_key(m moments, level int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT (ARRAY[CASE WHEN level >= 1 THEN m.reached END::text, CASE WHEN level >= 3 THEN m.depth END::text] || m.last[1:CASE level WHEN 2 THEN 1 WHEN 3 THEN 1 WHEN 4 THEN 2 WHEN 5 THEN 3 ELSE 0 END])::text
$$;
CREATE FUNCTION goal_probability(until timestamptz) RETURNS TABLE (c int, n int, p double precision) LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE told AS SELECT m.c, m.n, m AS moment, 0::float8 AS p FROM moments m;
  FOR level IN 0 .. 5 LOOP
    UPDATE told SET p = CASE WHEN level = 0 THEN (g.h + 0.5) / (g.n + 1.0) ELSE (g.h + 50 * told.p) / (g.n + 50.0) END
    FROM (SELECT level_key(m, level) AS key, count(*)::float8 AS n, count(*) FILTER (WHERE CASE WHEN until IS NULL THEN m.converts ELSE m.converts_within END)::float8 AS h FROM moments m
          WHERE m.known AND (until IS NULL OR m.ts + interval '2 hours' <= until) GROUP BY 1) g
    WHERE g.key = level_key(told.moment, level) AND (level < 4 OR g.n >= 5);
  END LOOP;
  RETURN QUERY SELECT t.c, t.n::int, t.p FROM told t;
  DROP TABLE told;
END $$;
CREATE TABLE answer AS
SELECT e.c, e.n, convert_probability(m, keep) AS p, convert_probability(w, keep) AS p_within, (SELECT array_agg(x ORDER BY x.event) FROM next_events(m, keep, 100) x) AS steps, e.next, e.known, e.converts, e.last
FROM models, moments e JOIN js USING (c), LATERAL (SELECT journey_agg(ts, event) AS keep FROM events(j) f WHERE f.event_no <= e.n) k WHERE e.c <= 200;
SELECT is_empty($$SELECT * FROM answer a JOIN goal_probability(NULL) g USING (c, n) WHERE abs(a.p - g.p) > 1e-9$$, 'the goal in the session: that of plain SQL at every moment');
SELECT is_empty($$SELECT * FROM answer a JOIN goal_probability('2024-01-03 12:00+00') g USING (c, n) WHERE abs(a.p_within - g.p) > 1e-9$$, 'the goal within a time, of what was known: that of plain SQL at every moment');
SELECT cmp_ok((SELECT count(DISTINCT p) FROM answer), '>', 100::bigint, 'the probabilities to compare differ');

-- Steps, order by order.
CREATE TABLE counted AS SELECT o, coalesce(last[1:o], '{}')::text AS key, next, count(*)::float8 AS k, sum(count(*)) OVER (PARTITION BY o, last[1:o])::float8 AS n FROM moments, generate_series(0, 3) o WHERE known GROUP BY o, last[1:o], next;
CREATE FUNCTION step_probability(last text[], target text) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE p float8 := 0; total float8; hits float8;
BEGIN
  FOR ord IN 0 .. 3 LOOP
    SELECT max(n), coalesce(max(k) FILTER (WHERE next = target), 0) INTO total, hits FROM counted q WHERE q.o = ord AND key = coalesce(last[1:ord], '{}')::text;
    EXIT WHEN total IS NULL OR (ord >= 2 AND total < 5);
    p := CASE WHEN ord = 0 THEN hits / total ELSE (hits + 50 * p) / (total + 50) END;
  END LOOP;
  RETURN p;
END $$;
SELECT is_empty($$SELECT * FROM (SELECT DISTINCT ON (last) c, n, last, steps FROM answer) a, unnest(steps) s WHERE abs(s.probability - step_probability(last, s.event)) > 1e-9$$, 'next events: those of plain SQL in every context');
SELECT is_empty($$SELECT c, n FROM answer, unnest(steps) s GROUP BY c, n HAVING abs(sum(s.probability) - 1) > 1e-9$$, 'they add up to 1');
SELECT results_eq($$SELECT event FROM models, js, next_events(m, j, 3) WHERE c = 7$$, $$SELECT event FROM (SELECT x.* FROM models, js, next_events(m, j, 100) x WHERE c = 7) s ORDER BY probability DESC, event COLLATE "C" LIMIT 3$$, 'the most probable come first');
SELECT results_eq($$SELECT count(*) FROM models, js, next_events(m, j) WHERE c = 7$$, $$VALUES (5::bigint)$$, 'five of them, if not told otherwise');

-- On customers the model has not seen.
SELECT ok(brier < base_brier AND abs(expected - rate) < 0.06, format('customers not learned from: %s expected, %s converted', round(expected::numeric, 3), round(rate::numeric, 3)))
FROM (SELECT calibration(p, converts) AS a FROM answer WHERE NOT known) s, unnest(a) WHERE bin IS NULL;

SELECT results_eq($$SELECT convert_probability(m, '{}'), (SELECT count(*) FROM next_events(m, '{}')) FROM models$$, $$VALUES (NULL::float8, 0::bigint)$$, 'an empty journey has no next step');
SELECT ok(convert_probability(m, '{2024-01-01 unheard_of}') BETWEEN 0 AND 1, 'an event never seen falls back on what is known of all') FROM models;
SELECT is((SELECT next_model(j, 'buy', '1 day')::text FROM js WHERE false), NULL, 'nothing to look at is NULL');

-- Any split gives the same bits; a model survives text.
SELECT is((SELECT next_model(j, 'buy', '30 minutes')::text FROM (SELECT * FROM js WHERE known ORDER BY md5(c::text)) s), (SELECT m::text FROM models), 'shuffled rows give the same bits');
SELECT is((SELECT sum(convert_probability(m::text::journey_model, j)) FROM models, js), (SELECT sum(convert_probability(m, j)) FROM models, js), 'a model read back tells the same');
ALTER TABLE js SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT results_eq($$SELECT next_model(j, 'buy', '30 minutes')::text FROM js WHERE known$$, 'SELECT m::text FROM models', 'parallel gives the same bits');

SELECT * FROM finish();
ROLLBACK;

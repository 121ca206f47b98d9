-- The index on journeys: what it is, which plans use it, odd values in it.
\set VERBOSITY terse
SET enable_seqscan = off;

-- How a query reads its tables, and what goes to the index.
CREATE FUNCTION plan_nodes(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line ~ 'Index Cond:|Scan' THEN
      RETURN NEXT btrim(line, ' ->');
    END IF;
  END LOOP;
END
$$;

CREATE TABLE customer_journey (id integer, j journey);
-- The default operator class: nothing but the column is named.
CREATE INDEX customer_journey_j ON customer_journey USING gin (j);
INSERT INTO customer_journey VALUES
  (1, '{2024-01-01 visit@email, 2024-01-02 signup, 2024-01-03 purchase=9}'),
  (2, '{2024-01-01 signup, 2024-01-02 visit}'),
  (3, '{2024-01-01 visit, 2024-01-01 signup@store}'),
  (4, '{}'),
  (5, NULL),
  (6, '{2024-01-01 "visit our store"}');
SELECT amvalidate(c.oid), opcdefault, opckeytype::regtype
FROM pg_opclass AS c JOIN pg_am AS a ON a.oid = opcmethod
WHERE opcname = 'journey_ops' AND amname = 'gin';

-- Every spelling of the question uses it.
SELECT plan_nodes($$SELECT id FROM customer_journey WHERE j @@ 'visit -> signup'$$);
SELECT plan_nodes($$SELECT id FROM customer_journey WHERE 'visit -> signup' @@ j$$);
SELECT plan_nodes($$SELECT id FROM customer_journey WHERE journey_match(j, 'visit -> signup')$$);
SELECT plan_nodes($$SELECT id FROM customer_journey WHERE journey_match(p => 'visit -> signup', j => j)$$);
SELECT plan_nodes($$SELECT id FROM customer_journey WHERE journey_match(j, 'visit | buy* => signup within 3 days', '2024-01-02 00:00+00')$$);
SELECT plan_nodes($$SELECT id FROM customer_journey WHERE journey_match(j, '^ visit@email -> signup? => purchase+ $ without cart then no visit for 3 days', '2024-02-01 00:00+00')$$);
SELECT plan_nodes($$SELECT id FROM customer_journey WHERE journey_match(j, 'signup -> visit in any order', '2024-02-01 00:00+00')$$);
PREPARE question(journey_pattern) AS SELECT id FROM customer_journey WHERE journey_match(j, $1);
SET plan_cache_mode = force_generic_plan;
SELECT plan_nodes($$EXECUTE question('visit')$$);
EXECUTE question('visit -> signup');
RESET plan_cache_mode;
-- A join asks for one customer after the other.
SELECT plan_nodes($$SELECT id FROM (VALUES ('visit -> signup'::journey_pattern), ('purchase')) AS q(p), customer_journey WHERE journey_match(j, p)$$);
-- These cannot: a pattern from the row itself, an as_of with a pattern that
-- names nothing or is no constant, what is not a condition.
CREATE TABLE question_row (j journey, p journey_pattern);
CREATE INDEX ON question_row USING gin (j);
SELECT plan_nodes('SELECT FROM question_row WHERE journey_match(j, p)');
SELECT plan_nodes($$SELECT FROM question_row WHERE journey_match(j, '. -> .', '2024-01-02 00:00+00')$$);
SELECT plan_nodes($$SELECT FROM question_row WHERE NOT journey_match(j, 'visit')$$);

-- Answers, by the index.
SELECT id FROM customer_journey WHERE j @@ 'visit -> signup' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'signup -> visit' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'visit* -> .' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'visit*' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ '"visit our"*' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ '.' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'purchase | "visit our store"' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'email' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ '.@email' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ '(visit | signup)@s*' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'visit@email -> purchase[value > 5]' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'visit -> cart? -> purchase' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'visit{2}' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ '^ !visit -> .' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'visit -> signup in any order' ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'signup without purchase then no purchase for 1 day' ORDER BY id;
SELECT id FROM customer_journey WHERE journey_match(j, 'signup then no purchase for 1 day', '2024-01-03 00:00+00') ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ NULL ORDER BY id;
SELECT id FROM customer_journey WHERE j @@ 'visit' AND j @@ 'purchase' ORDER BY id;
SELECT id FROM customer_journey WHERE journey_match(j, 'visit -> signup', '2024-01-01 12:00+00') ORDER BY id;
SELECT id FROM customer_journey WHERE journey_match(j, 'visit -> signup', NULL) ORDER BY id;

-- The longest names there are, an expression, a partial index.
CREATE TABLE long_name (id integer, j journey);
CREATE INDEX ON long_name USING gin (j) WITH (fastupdate = off);
INSERT INTO long_name
SELECT i, ('{2024-01-01 ' || repeat('x', 4095) || i || ', 2024-01-02 ' || repeat('y', 4096) || '}')::journey
FROM generate_series(1, 3) AS i;
SELECT id FROM long_name WHERE j @@ (repeat('x', 4095) || '2')::journey_pattern;
SELECT id FROM long_name WHERE j @@ (repeat('x', 4000) || '* -> ' || repeat('y', 4096))::journey_pattern ORDER BY id;
SELECT id FROM long_name WHERE j @@ (repeat('y', 4096) || ' -> ' || repeat('x', 4095) || '2')::journey_pattern;
CREATE INDEX ON question_row USING gin (keep(j, 'b | c')) WHERE j IS NOT NULL;
INSERT INTO question_row VALUES ('{2024-01-01 b, 2024-01-02 a, 2024-01-03 c}', 'a -> b');
SELECT plan_nodes($$SELECT FROM question_row WHERE keep(j, 'b | c') @@ 'b => c' AND j IS NOT NULL$$);
SELECT p FROM question_row WHERE keep(j, 'b | c') @@ 'b => c' AND j IS NOT NULL;

-- Indexes of other kinds are left alone.
CREATE INDEX ON question_row (j);
SELECT plan_nodes($$SELECT FROM question_row WHERE journey_match(j, 'a') AND j = '{}'$$);

DROP TABLE customer_journey, question_row, long_name;
DROP FUNCTION plan_nodes(text);

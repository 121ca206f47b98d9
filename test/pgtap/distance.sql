-- journey_distance against dynamic programming in SQL; features as a metric.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(17);
SET LOCAL TimeZone = 'UTC';

-- The textbook recursion, row by row.
CREATE FUNCTION pg_temp.levenshtein(a text[], b text[]) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE above integer[]; here integer[];
BEGIN
	above := ARRAY(SELECT generate_series(0, cardinality(b)));
	FOR i IN 1 .. cardinality(a) LOOP
		here := ARRAY[i];
		FOR j IN 1 .. cardinality(b) LOOP
			here[j + 1] := least(above[j + 1] + 1, here[j] + 1, above[j] + (a[i] <> b[j])::integer);
		END LOOP;
		above := here;
	END LOOP;
	RETURN above[cardinality(b) + 1];
END $$;
CREATE TEMP TABLE walk AS
SELECT c, journey_agg('2024-01-01Z'::timestamptz + i * interval '1 min', chr(97 + (hashint4(c * 131 + i) & 7) % (2 + c % 6))) AS j
FROM generate_series(1, 60) c, generate_series(1, 1 + c * 7 % 90) i GROUP BY c;
CREATE TEMP TABLE pair AS
SELECT a.c AS x, b.c AS y, a.j AS a, b.j AS b, path_sequence(collapse(a.j)) AS p, path_sequence(collapse(b.j)) AS q FROM walk a, walk b WHERE (a.c + 7 * b.c) % 9 = 0;

SELECT is_empty($$SELECT x, y FROM pair WHERE journey_distance(a, b, false) <> pg_temp.levenshtein(p, q)$$, 'edits are those of dynamic programming');
SELECT is_empty($$SELECT x, y FROM pair WHERE journey_distance(a, b) <> journey_distance(a, b, false) / greatest(cardinality(p), cardinality(q))$$, 'as a share of the longer path');
SELECT is_empty($$SELECT x, y FROM pair WHERE journey_distance(a, b) <> journey_distance(b, a) OR journey_distance(a, b) NOT BETWEEN 0 AND 1$$, 'symmetric, between 0 and 1');
SELECT is_empty($$SELECT c FROM walk WHERE journey_distance(j, j) <> 0 OR journey_distance(j, collapse(j)) <> 0$$, 'repeats do not count');
SELECT is_empty($$SELECT x.x FROM pair x JOIN pair y ON x.y = y.x JOIN pair z ON z.x = x.x AND z.y = y.y
	WHERE journey_distance(x.a, x.b, false) + journey_distance(y.a, y.b, false) < journey_distance(z.a, z.b, false)$$, 'a detour is never shorter');
SELECT is(journey_distance('{}', '{}'), 0::double precision, 'two empty journeys are the same');
SELECT is(journey_distance('{}', '{2024-01-01 a, 2024-01-02 b}'), 1::double precision, 'nothing in common with an empty one');
SELECT is(journey_distance('{2024-01-01 a@web=1}', '{2025-07-07 a@store=2}'), 0::double precision, 'only names and order count');
SELECT is(journey_distance(NULL, '{}'), NULL, 'NULL in, NULL out');

SELECT is((SELECT bool_and(cardinality(journey_features(j)) = 64 AND cardinality(journey_features(j, 7)) = 7) FROM walk), true, 'features have the dimensions asked for');
SELECT ok((SELECT bool_and(abs(n - 1) < 1e-5) FROM (SELECT sum(f::double precision ^ 2) AS n FROM walk, unnest(journey_features(j)) f GROUP BY c) s), 'and the length 1');
SELECT is((SELECT sum(abs(f)) FROM unnest(journey_features('{}', 8)) f), 0::real, 'an empty journey is the origin');
SELECT is((SELECT count(*) FROM walk WHERE journey_features(j) <> journey_features(collapse(j))), 0::bigint, 'repeats do not count here either');
SELECT throws_ok($$SELECT journey_features('{}', 0)$$, '22023', 'dims must be between 1 and 16000', 'no dimension: an error');

SELECT is_empty($$SELECT c FROM walk, LATERAL (SELECT -sum(s * ln(s) / ln(2)) AS bits FROM (
		SELECT count(*) / length(j)::double precision AS s FROM events(j) GROUP BY event) e) x
	WHERE abs(journey_entropy(j) - bits) > 1e-9$$, 'entropy is that of plain SQL');
SELECT is_empty($$SELECT c FROM walk WHERE journey_complexity(j) NOT BETWEEN 0 AND 1
	OR (length(j) > 1 AND event_count(j, journey_pattern '.') > 0 AND length(collapse(j)) = 1 AND journey_complexity(j) <> 0)$$, 'complexity lies between 0 and 1');
-- With pgvector, where it is installed, as the reference page shows it.
CREATE FUNCTION pg_temp.with_vector() RETURNS text LANGUAGE plpgsql AS $$
DECLARE nearest integer;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
		RETURN skip('pgvector is not installed', 1);
	END IF;
	CREATE EXTENSION IF NOT EXISTS vector;
	EXECUTE 'SELECT c FROM walk ORDER BY journey_features(j, 128)::vector(128)
		<#> (SELECT journey_features(j, 128)::vector(128) FROM walk WHERE c = 30), journey_distance(j, (SELECT j FROM walk WHERE c = 30)) LIMIT 1' INTO nearest;
	RETURN is(nearest, 30, 'pgvector finds the journey itself as the nearest');
END $$;
SELECT pg_temp.with_vector();
SELECT * FROM finish();
ROLLBACK;

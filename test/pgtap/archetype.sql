-- Models of archetypes: the bundled sample's planted truth comes back, and no
-- plan, order or split of the rows changes a byte of a model.
\set ECHO none
\set QUIET 1
BEGIN;
CREATE SCHEMA archetype_test;
SET LOCAL search_path = archetype_test, public;
SET LOCAL client_min_messages = warning;
\ir ../../demo/sample.sql
SELECT plan(37);

-- Adjusted Rand index of two labelings in a table agreement(a, b).
CREATE FUNCTION adjusted_rand(labels regclass) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE r numeric;
BEGIN
	EXECUTE format($q$
		WITH n AS (SELECT a, b, count(*)::numeric AS c FROM %s GROUP BY 1, 2),
		x AS (SELECT sum(c * (c - 1) / 2) AS common FROM n),
		y AS (SELECT sum(c * (c - 1) / 2) AS a FROM (SELECT sum(c) AS c FROM n GROUP BY a) s),
		z AS (SELECT sum(c * (c - 1) / 2) AS b FROM (SELECT sum(c) AS c FROM n GROUP BY b) s),
		t AS (SELECT sum(c) * (sum(c) - 1) / 2 AS pairs FROM n)
		SELECT (common - a * b / pairs) / ((a + b) / 2 - a * b / pairs) FROM x, y, z, t $q$, labels)
	INTO r;
	RETURN r;
END $$;

-- 1 the bundled sample, outcomes left out of the fit

CREATE TABLE customer AS
SELECT customer_id AS id, journey_agg(ts, lower(trim(event)), channel, value) AS j FROM events GROUP BY 1;
CREATE TABLE bare AS
SELECT id, drop_events(j, 'purchase | addon | renewal | refund | cancel | nps') AS j FROM customer;
CREATE TABLE model AS SELECT archetype_model(id, j, 4) AS m FROM bare;
CREATE TABLE label AS
SELECT bare.id, archetype_of(m, bare.j) AS label, t.archetype AS truth, customer.j
FROM model, bare JOIN customer USING (id) JOIN sample_truth t ON t.customer_id = bare.id;
CREATE VIEW planted AS SELECT label AS a, truth AS b FROM label;

SELECT cmp_ok(adjusted_rand('planted'), '>=', 0.95, 'four archetypes agree with the planted ones');
CREATE VIEW summary AS
SELECT label, mode() WITHIN GROUP (ORDER BY truth) AS truth,
	round(100 * avg((j @@ 'purchase')::integer), 1) AS conversion,
	round((sum(coalesce(value_sum(j, 'purchase | addon | renewal | refund'), 0)) / count(*))::numeric, 2) AS revenue
FROM label GROUP BY 1;
SELECT is((SELECT string_agg(truth, ' ' ORDER BY label) FROM summary), 'ad_bouncer researcher nurtured showroom',
	'each is one of the planted four, the largest first');
SELECT is_empty($$
	SELECT * FROM summary JOIN (
		SELECT archetype AS truth, 100 * avg((j @@ 'purchase')::integer) AS conversion,
			sum(coalesce(value_sum(j, 'purchase | addon | renewal | refund'), 0)) / count(*) AS revenue
		FROM customer JOIN sample_truth ON customer_id = id GROUP BY 1) t USING (truth)
	WHERE abs(summary.conversion - t.conversion) > 1 OR abs(summary.revenue / t.revenue::numeric - 1) > 0.05$$,
	'conversion is the planted one to a point, revenue per customer to 5 %');
SELECT ok((SELECT bool_and(revenue > before) FROM (SELECT revenue, lag(revenue, 1, 0) OVER (ORDER BY label) AS before FROM summary) s),
	'revenue per customer rises as planted');
SELECT ok((SELECT bool_and(stability >= 0.75 AND flag = '') FROM model, archetypes(m)), 'all four are stable');
SELECT is((SELECT string_agg(split_part(name, ' -> ', 1), ' ' ORDER BY archetype) FROM model, archetypes(m)),
	'ad_click/spring blog guide store_visit', 'their names begin with what sets them apart');
SELECT ok((SELECT abs(sum(share) - 1) < 1e-9 AND sum(customers) = min(sample_size) AND min(sample_size) = 5000 FROM model, archetypes(m)),
	'shares add up to 1 and customers to the sample');
SELECT is((SELECT array_agg(customers ORDER BY archetype) FROM model, archetypes(m)),
	(SELECT array_agg(n ORDER BY label) FROM (SELECT label, count(*) AS n FROM label GROUP BY 1) s),
	'labels of the sample''s own customers are those of the fit');
CREATE VIEW auto_agreement AS
SELECT archetype_of((SELECT archetype_model(id, coalesce(before(j, 'purchase'), j)) FROM customer), coalesce(before(j, 'purchase'), j)) AS a, truth AS b FROM label;
SELECT ok((SELECT count(DISTINCT a) BETWEEN 3 AND 5 FROM auto_agreement), 'k is chosen within one of the truth');

-- 2 the same bytes

SELECT is((SELECT archetype_model(id, j, 4) FROM (SELECT * FROM bare ORDER BY length(j), id DESC) s), (SELECT m FROM model), 'another order of rows, the same model');
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; whole text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP whole := whole || line || E'\n'; END LOOP;
	RETURN whole;
END $$;
SELECT alike(plan_of('SELECT archetype_model(id, j, 4) FROM bare'), '%Partial Aggregate%', 'it is computed in parallel');
SELECT is((SELECT archetype_model(id, j, 4) FROM bare), (SELECT m FROM model), 'by parallel workers, the same model');
SET LOCAL parallel_leader_participation = off;
SELECT is((SELECT archetype_model(id, j, 4) FROM bare), (SELECT m FROM model), 'by workers alone, the same model');
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE split (id bigint, j journey) PARTITION BY HASH (id);
CREATE TABLE split_0 PARTITION OF split FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE split_1 PARTITION OF split FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE split_2 PARTITION OF split FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO split SELECT id, j FROM bare;
CREATE TABLE split_country (id bigint, j journey, country text) PARTITION BY LIST (country);
CREATE TABLE split_country_a PARTITION OF split_country FOR VALUES IN ('a');
CREATE TABLE split_country_b PARTITION OF split_country FOR VALUES IN ('b');
INSERT INTO split_country SELECT id, j, CASE WHEN id % 3 = 0 THEN 'b' ELSE 'a' END FROM bare;
ANALYZE split_country;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT is((SELECT archetype_model(id, j, 4) FROM split), (SELECT m FROM model), 'from partitions, the same model');
SELECT is((SELECT array_agg(m::text ORDER BY country) FROM (SELECT country, archetype_model(id, j, 3) AS m FROM split_country GROUP BY country) s),
	ARRAY[(SELECT archetype_model(id, j, 3)::text FROM bare WHERE id % 3 <> 0), (SELECT archetype_model(id, j, 3)::text FROM bare WHERE id % 3 = 0)],
	'a model per group is the model of that group alone');
SELECT is((SELECT archetype_model(id::text, j, 4) = archetype_model(id, j, 4) FROM bare), true, 'below 10,000 customers the type of the key does not matter');
SELECT is((SELECT archetype_model(md5(id::text)::uuid, j, 4) FROM bare), (SELECT m FROM model), 'nor does a uuid');
CREATE TABLE many AS SELECT n * 100000 + id AS id, j FROM bare, generate_series(1, 5) n;
SELECT is((SELECT archetype_model(id, j, 4) FROM (SELECT * FROM many ORDER BY j, id) s), (SELECT archetype_model(id, j, 4) FROM many), 'of 25,000 customers too, whatever the order');
SELECT is((SELECT min(sample_size) FROM (SELECT archetype_model(id, j, 4) AS m FROM many) s, archetypes(m)), 10000::bigint, 'the sample has 10,000 of them');
CREATE VIEW sampled AS SELECT archetype_of((SELECT archetype_model(id, j, 4) FROM many), bare.j) AS a, label AS b FROM bare JOIN label USING (id);
SELECT cmp_ok(adjusted_rand('sampled'), '>=', 0.97, 'and labels everybody as the model of all does');

-- 3 questions

SELECT is((SELECT m::text::archetype_model FROM model), (SELECT m FROM model), 'a model survives its text form');
SELECT ok((SELECT bool_and(abs((SELECT sum(s) FROM unnest(archetype_scores(m, j)) s) - 1) < 1e-9) FROM model, bare WHERE length(j) > 0), 'scores add up to 1');
SELECT is_empty($$SELECT id FROM model, bare WHERE length(j) > 0
	AND (SELECT i FROM unnest(archetype_scores(m, j)) WITH ORDINALITY s(p, i) ORDER BY p DESC, i LIMIT 1) <> archetype_of(m, j)$$,
	'the archetype of a journey is the most probable one');
SELECT is((SELECT archetype_of(m, '{}') FROM model), NULL, 'an empty journey has no archetype');
SELECT is((SELECT archetype_scores(m, '{}') FROM model), NULL, 'nor scores');
SELECT cmp_ok((SELECT avg((archetype_of(m, slice(bare.j, NULL, event_at.ts), finished => false) = label)::integer)
	FROM model, bare JOIN label USING (id), LATERAL (SELECT ts FROM events(bare.j) WHERE event_no = length(bare.j) / 2 + 1) event_at
	WHERE length(bare.j) >= 6), '>=', 0.9, 'half a journey is enough to tell in nine of ten cases');
SELECT isnt((SELECT archetype_scores(m, '{2025-01-01 visit}', true) FROM model), (SELECT archetype_scores(m, '{2025-01-01 visit}', false) FROM model),
	'a finished journey is scored for its end, an unfinished one is not');

-- 4 NULL, empty, few

SELECT is((SELECT archetype_model(1::bigint, j) FROM bare WHERE false), NULL, 'no row: no model');
SELECT is((SELECT archetype_model(id, NULL::journey) FROM bare), NULL, 'no journey: no model');
SELECT is((SELECT archetype_model(i::bigint, '{}'::journey) FROM generate_series(1, 3) i), NULL, 'only empty journeys: no model');
SELECT is((SELECT string_agg(customers || ' ' || path || ' ' || flag, ';') FROM archetypes((SELECT archetype_model(i::bigint, '{2025-01-01 a, 2025-01-02 b}'::journey) FROM generate_series(1, 40) i))),
	'40 a > b ', 'one distinct path: one archetype');
SELECT is((SELECT count(*) FROM archetypes((SELECT archetype_model(i::bigint, format('{2025-01-01 a%s}', i % 2)::journey, 7) FROM generate_series(1, 40) i))),
	2::bigint, 'never more archetypes than distinct paths');
SELECT is((SELECT archetype_model(id, j, 4) FROM (SELECT id, j FROM bare UNION ALL SELECT NULL, '{2025-01-01 x}'::journey UNION ALL SELECT 0, '{}'::journey UNION ALL SELECT 0, NULL::journey) s)::text,
	(SELECT overlay(m::text PLACING '0300000000000000' FROM 35 FOR 16) FROM model), 'rows without key or events are skipped, and counted');

-- 5 stability, warm start and drift

CREATE TABLE again AS SELECT archetype_model(id, j, NULL, (SELECT m FROM model)) AS m FROM bare WHERE id % 2 = 0;
CREATE VIEW warm AS SELECT label AS a, archetype_of(m, bare.j) AS b FROM again, bare JOIN label USING (id);
SELECT cmp_ok(adjusted_rand('warm'), '>=', 0.95, 'started from the old model, half the customers give the same archetypes');
SELECT is((SELECT string_agg(status, ' ' ORDER BY old_archetype) FROM model, again, archetype_drift(model.m, again.m)), 'steady steady steady steady',
	'and nothing drifts');
CREATE TABLE later AS SELECT archetype_model(id, bare.j, 3) AS m FROM bare JOIN label USING (id) WHERE truth <> 'nurtured' AND (truth <> 'ad_bouncer' OR id % 3 = 0);
SELECT is((SELECT string_agg(status, ' ' ORDER BY old_archetype) FROM model, later, archetype_drift(model.m, later.m)), 'shrunk grown vanished grown',
	'what shrank, grew and vanished is told');
SELECT is((SELECT string_agg(status, ' ' ORDER BY new_archetype) FROM model, later, archetype_drift(later.m, model.m) WHERE status = 'new'), 'new',
	'the other way round it is new');

SELECT * FROM finish();
ROLLBACK;

-- Archetypes of planted populations, and what must not matter.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(30);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;

-- A number in [0, 1) that depends on its arguments only.
CREATE FUNCTION pg_temp.u(a int, b int, c int) RETURNS double precision IMMUTABLE
RETURN (hashint8extended(a::bigint * 1000003 + b * 1009 + c, 7) & 1048575) / 1048576.0;

-- Agreement of two labelings beyond chance (adjusted Rand index).
CREATE FUNCTION pg_temp.ari(a int[], b int[]) RETURNS double precision IMMUTABLE
RETURN (
  WITH pairs AS (SELECT x, y FROM unnest(a, b) u(x, y)),
  n AS (SELECT count(*) * (count(*) - 1) / 2.0 AS pairs FROM pairs),
  sx AS (SELECT sum(c * (c - 1) / 2.0) AS s FROM (SELECT count(*) AS c FROM pairs GROUP BY x) g),
  sy AS (SELECT sum(c * (c - 1) / 2.0) AS s FROM (SELECT count(*) AS c FROM pairs GROUP BY y) g),
  sxy AS (SELECT sum(c * (c - 1) / 2.0) AS s FROM (SELECT count(*) AS c FROM pairs GROUP BY x, y) g)
  SELECT (sxy.s - sx.s * sy.s / n.pairs) / ((sx.s + sy.s) / 2 - sx.s * sy.s / n.pairs)
  FROM n, sx, sy, sxy);

-- 12,000 customers of five kinds.  Each event of the template is dropped with
-- 10 %, doubled with 20 % and followed by noise with 5 %.  "few" are the first
-- 2,000, below the size of the sample.
CREATE TEMP TABLE kind (t int, share_until double precision, template text[]);
INSERT INTO kind VALUES
  (1, 0.42, '{ad,product,cart,checkout,purchase}'),
  (2, 0.67, '{organic,blog,email_open,email_click,case,pricing,demo,purchase}'),
  (3, 0.84, '{social,home,product,compare,cart}'),
  (4, 0.95, '{referral,pricing,signup,trial,login,feature,purchase}'),
  (5, 1.00, '{store,call,ticket,reply,return}');
CREATE TEMP TABLE customer AS
SELECT c, k.t,
  array_agg(CASE r WHEN 2 THEN 'noise' || floor(pg_temp.u(c, i::int, 3) * 5) ELSE e END ORDER BY i, r) AS path
FROM generate_series(1, 12000) c
CROSS JOIN LATERAL (SELECT t, template FROM kind WHERE pg_temp.u(c, 0, 0) < share_until ORDER BY t LIMIT 1) k
CROSS JOIN LATERAL unnest(k.template) WITH ORDINALITY e(e, i)
CROSS JOIN generate_series(0, 2) r
WHERE CASE r WHEN 0 THEN pg_temp.u(c, i::int, 1) >= 0.1
             WHEN 1 THEN pg_temp.u(c, i::int, 1) >= 0.8
             ELSE pg_temp.u(c, i::int, 2) < 0.05 END
GROUP BY c, k.t;
CREATE TEMP TABLE few AS SELECT * FROM customer WHERE c <= 2000;
ANALYZE customer;
ANALYZE few;

CREATE TEMP TABLE label AS
SELECT c, t, path, archetype_cluster(path, 5) OVER () AS a, archetype_cluster(path, NULL) OVER () AS chosen
FROM few;

-- Planted truth
SELECT cmp_ok((SELECT pg_temp.ari(array_agg(t), array_agg(a)) FROM label), '>=', 0.95::float8,
  'five planted archetypes are found');
SELECT cmp_ok((SELECT pg_temp.ari(array_agg(t), array_agg(chosen)) FROM label), '>=', 0.95::float8,
  'without k, too');
SELECT is((SELECT max(chosen) FROM label), 5, 'five are chosen');
SELECT results_eq('SELECT DISTINCT a FROM label ORDER BY 1', 'VALUES (1), (2), (3), (4), (5)',
  'labels are contiguous from 1');
SELECT is((SELECT array_agg(a ORDER BY n DESC) FROM (SELECT a, count(*) AS n FROM label GROUP BY a) s),
  '{1,2,3,4,5}'::int[], 'the largest archetype is 1');
SELECT is_empty($$
  SELECT k.t FROM kind k
  WHERE NOT EXISTS (
    SELECT FROM (SELECT a, mode() WITHIN GROUP (ORDER BY path) AS path FROM label GROUP BY a) m
    WHERE m.path = k.template)
  $$, 'the most frequent path of each archetype is a template');

-- What must not matter
SELECT is_empty('SELECT c, a FROM label EXCEPT SELECT c, archetype_cluster(path, 5) OVER () FROM few',
  'a second call gives the same labels');
SELECT is_empty($$SELECT c, a FROM label
  EXCEPT SELECT c, archetype_cluster(path, 5) OVER () FROM (SELECT * FROM few ORDER BY md5(c::text)) s$$,
  'the order of rows changes nothing');
SELECT is_empty($$SELECT c, a FROM label
  EXCEPT SELECT c, archetype_cluster(path, 5) OVER (ORDER BY md5(c::text)
    ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) FROM few$$,
  'order and frame of the window change nothing');
SELECT is_empty($$SELECT c, a FROM label
  EXCEPT SELECT c, archetype_cluster(path, 5) OVER () FROM few, generate_series(1, 3)$$,
  'everybody three times gives the same labels');
SELECT is_empty($$SELECT c, p, a FROM label, generate_series(1, 3) p
  EXCEPT SELECT c, p, archetype_cluster(path, 5) OVER (PARTITION BY p)
  FROM few, generate_series(1, 3) p$$, 'each partition is labelled on its own, alike');
SELECT is_empty($$SELECT t, c, archetype_cluster(path, 2) OVER (PARTITION BY t) FROM few WHERE t > 3
  EXCEPT ALL (SELECT t, c, archetype_cluster(path, 2) OVER () FROM few WHERE t = 4
  UNION ALL SELECT t, c, archetype_cluster(path, 2) OVER () FROM few WHERE t = 5)$$,
  'a partition equals a query of its own');
SELECT is_empty($$SELECT c, a FROM label
  EXCEPT SELECT c, archetype_cluster(renamed, 5) OVER ()
  FROM few, LATERAL (SELECT array_agg('very ' || e ORDER BY i) AS renamed FROM unnest(path) WITH ORDINALITY u(e, i)) r$$,
  'other names in the same order give the same labels');
SELECT is_empty($$SELECT c, a FROM label
  EXCEPT SELECT c, archetype_cluster(path, 5) OVER ()
  FROM (SELECT c, path FROM few UNION ALL SELECT -1, NULL UNION ALL SELECT -2, '{}') s$$,
  'rows without a path change nothing');
SET LOCAL work_mem = '64kB';
SELECT is_empty('SELECT c, a FROM label EXCEPT SELECT c, archetype_cluster(path, 5) OVER () FROM few',
  'a partition that spills to disk has the same labels');
RESET work_mem;

-- The two forms
CREATE TEMP TABLE stored AS
SELECT f.c, journey_agg('2024-01-01 00:00+00'::timestamptz + i * interval '1 hour', e) AS j
FROM few f CROSS JOIN LATERAL unnest(path) WITH ORDINALITY u(e, i) GROUP BY f.c;
SELECT is_empty('SELECT c, a FROM label EXCEPT SELECT c, archetype_cluster(j, 5) OVER () FROM stored',
  'journeys get the labels of their paths');
SELECT is_empty('SELECT c, chosen FROM label EXCEPT SELECT c, archetype_cluster(j) OVER () FROM stored',
  'also when the number is chosen');

-- More customers than the sample
CREATE TEMP TABLE many AS SELECT c, t, archetype_cluster(path, 5) OVER () AS a FROM customer;
SELECT cmp_ok((SELECT pg_temp.ari(array_agg(t), array_agg(a)) FROM many), '>=', 0.95::float8,
  'a model of a sample labels everybody');
SELECT is((SELECT count(*) FROM many WHERE a IS NOT NULL), 12000::bigint, 'nobody is left out');
SELECT is_empty($$SELECT c, a FROM many
  EXCEPT SELECT c, archetype_cluster(path, 5) OVER () FROM (SELECT * FROM customer ORDER BY md5(c::text)) s$$,
  'the sample does not depend on the order of rows');

-- Degenerate input
SELECT is((SELECT array_agg(a) FROM (SELECT archetype_cluster(path, 3) OVER () AS a
  FROM few WHERE false) s), NULL, 'no rows, no labels');
SELECT is((SELECT array_agg(a) FROM (SELECT archetype_cluster(path, 3) OVER () AS a
  FROM (VALUES ('{a,b}'::text[]), ('{a,b}'), (NULL), ('{}'), ('{NULL}')) v(path)) s),
  '{1,1,NULL,NULL,NULL}'::int[], 'one path is one archetype; no path, no label');
SELECT cmp_ok((SELECT max(a) FROM (SELECT archetype_cluster(path, 16) OVER () AS a
  FROM (SELECT path FROM few LIMIT 5) f) s), '<=', 5, 'no more archetypes than distinct paths');
SELECT is((SELECT count(DISTINCT a) FROM (SELECT archetype_cluster(ARRAY['start', 'n' || n, 'n' || n % 7], 4) OVER () AS a
  FROM generate_series(1, 3000) n) s), 4::bigint, 'thousands of names work');
CREATE TEMP TABLE long AS
SELECT n, array_agg('e' || i % m ORDER BY i) AS path
FROM (VALUES (1, 3), (2, 3), (3, 500)) v(n, m), generate_series(1, 20000) i GROUP BY n;
SELECT is((SELECT array_agg(a ORDER BY n) FROM (SELECT n, archetype_cluster(path, 2) OVER () AS a FROM long) s),
  '{1,1,2}'::int[], 'stored paths of 20,000 events are labelled');

-- Errors
SELECT throws_ok('SELECT archetype_cluster(path, 0) OVER () FROM few', '22023', NULL, 'k 0 is refused');
SELECT throws_ok('SELECT archetype_cluster(path, 17) OVER () FROM few', '22023', NULL, 'k 17 is refused');
SELECT throws_ok('SELECT archetype_cluster(path, t) OVER () FROM few', '22023', NULL, 'k must be constant');
SELECT throws_ok('SELECT archetype_cluster(path, 2, NULL) OVER () FROM few', '22004', NULL, 'seed must not be null');
SELECT throws_ok('SELECT archetype_cluster(path, 2, c) OVER () FROM few', '22023', NULL, 'seed must be constant');

SELECT * FROM finish();
ROLLBACK;

-- archetype_cluster: literals and error texts.
-- Behaviour on populations, and SQLSTATEs, are in test/pgtap/cluster.sql.

-- one label per row, 1 the largest; a row without a path has none
SELECT n, path, archetype_cluster(path, 2) OVER ()
FROM (VALUES (1, ARRAY['ad', 'cart', 'purchase']), (2, ARRAY['ad', 'cart']),
  (3, ARRAY['ad', 'ad', 'cart']), (4, ARRAY['blog', 'signup']),
  (5, ARRAY['blog', 'blog', 'signup']), (6, NULL), (7, '{}'),
  (8, ARRAY[NULL]::text[]), (9, ARRAY['blog', NULL, 'signup', NULL]),
  (10, ARRAY['ad', 'cart', 'purchase'])) v(n, path)
ORDER BY n;

-- the same from journeys
SELECT n, archetype_cluster(j, 2) OVER ()
FROM (VALUES (1, '{2024-01-01T00:00:00Z ad, 2024-01-02T00:00:00Z cart}'::journey),
  (2, '{2024-01-01T00:00:00Z blog@email, 2024-01-02T00:00:00Z signup=5}'),
  (3, '{2024-05-01T00:00:00Z ad@sea, 2024-05-01T00:00:00Z cart}'),
  (4, '{}'), (5, NULL)) v(n, j)
ORDER BY n;

-- named arguments and defaults; no more archetypes than distinct paths
SELECT n, archetype_cluster(path) OVER () AS chosen,
  archetype_cluster(path, k => 16) OVER () AS sixteen,
  archetype_cluster(path, k => 1) OVER () AS one,
  archetype_cluster(path, seed => 7, k => 2) OVER () AS seeded
FROM (VALUES (1, ARRAY['a', 'b']), (2, ARRAY['a', 'b']), (3, ARRAY['x'])) v(n, path)
ORDER BY n;

-- equally large: the bytewise smaller representative is 1 (Z before a)
SELECT path, archetype_cluster(path, 3) OVER ()
FROM (VALUES (ARRAY['b', 'c']), (ARRAY['a', 'x']), (ARRAY['Z'])) v(path)
ORDER BY 2;

-- no rows, and no row with a path
SELECT archetype_cluster(path, 2) OVER () FROM (SELECT NULL::text[] WHERE false) v(path);
SELECT archetype_cluster(NULL::text[]) OVER ();

-- errors
SELECT archetype_cluster(ARRAY['a'], 0) OVER ();
SELECT archetype_cluster(ARRAY['a'], 17) OVER ();
SELECT archetype_cluster(ARRAY['a'], k) OVER () FROM (VALUES (2), (3)) v(k);
SELECT archetype_cluster(ARRAY['a'], k) OVER () FROM (VALUES (2), (NULL)) v(k);
SELECT archetype_cluster(ARRAY['a'], 2, s) OVER () FROM (VALUES (2), (3)) v(s);
SELECT archetype_cluster(ARRAY['a'], 2, NULL) OVER ();
SELECT archetype_cluster(ARRAY[['a', 'b'], ['c', 'd']], 2) OVER ();
SELECT archetype_cluster(ARRAY['a', ''], 2) OVER ();
SELECT archetype_cluster(ARRAY['a', repeat('x', 5000)], 2) OVER ();
SELECT archetype_cluster(ARRAY['a'], 2);

-- k may differ between partitions
SELECT k, path, archetype_cluster(path, k) OVER (PARTITION BY k)
FROM (VALUES (1, ARRAY['a']), (1, ARRAY['b']), (2, ARRAY['a']), (2, ARRAY['b'])) v(k, path)
ORDER BY k, path;

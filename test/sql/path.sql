-- Paths: literals and error texts.  Behaviour against an oracle is in
-- test/pgtap/path.sql.
SET TimeZone = 'UTC';

CREATE TABLE visits (customer int, ts timestamptz, event text);
INSERT INTO visits VALUES
  (1, '2024-03-01 12:00+00', 'purchase'),
  (1, '2024-03-01 10:00+00', 'home'),
  (1, '2024-03-01 11:00+00', 'search'),
  (1, '2024-03-01 11:00+00', 'cart'),        -- same time: bytewise by name
  (1, '2024-03-01 11:00+00', 'Search'),
  (1, NULL, 'never'),
  (1, '2024-03-01 10:30+00', NULL),
  (2, '2024-03-01 10:00+00', 'a > b'),
  (2, '2024-03-01 10:01+00', 'a > b'),
  (2, '2024-03-01 10:02+00', 'say "hi", {x}'),
  (2, '2024-03-01 10:03+00', 'naïve 🛒'),
  (3, NULL, 'never'),
  (4, '2024-03-01 10:00+00', NULL);

SELECT customer, path_sequence(ts, event) FROM visits GROUP BY customer ORDER BY customer;
SELECT customer, path_sequence(ts AT TIME ZONE 'UTC', event) FROM visits GROUP BY customer ORDER BY customer;
SELECT path_sequence(ts, event) FROM visits WHERE false;
SELECT customer, path_sequence(journey_agg(ts, event)) FROM visits GROUP BY customer ORDER BY customer;
SELECT path_sequence('{}'::journey), path_sequence(NULL::journey);
-- It composes, and unnest gives each name back whole.
SELECT path_sequence(ts, event) || 'exit'::text AS extended, cardinality(path_sequence(ts, event)) AS steps
FROM visits WHERE customer = 2;
SELECT n, step FROM (SELECT path_sequence(ts, event) AS p FROM visits WHERE customer = 2) s,
  unnest(s.p) WITH ORDINALITY u (step, n) ORDER BY n;

SELECT customer, path_text(path_sequence(ts, event)) FROM visits GROUP BY customer ORDER BY customer;
SELECT path_text(j), path_text(j, ','), path_text(j, max_steps => 2), path_text(j, max_steps => 5),
       path_text(j, collapse => true), path_text(j, sep => '→', max_steps => 2, collapse => true)
FROM (VALUES ('{2024-03-01T10:00:00Z a, 2024-03-01T11:00:00Z a, 2024-03-01T12:00:00Z b,
               2024-03-01T13:00:00Z b, 2024-03-01T14:00:00Z a}'::journey)) v (j);
-- Repeats of the last step shown are not cut off, they are collapsed.
SELECT path_text('{a,b,b,b}'::text[], max_steps => 2, collapse => true),
       path_text('{a,b,b,c}'::text[], max_steps => 2, collapse => true),
       path_text('{a,b}'::text[], max_steps => 2), path_text('{a,b,b}'::text[], max_steps => 2);
-- NULL steps are left out; an empty step is a step.
SELECT path_text('{a,NULL,a,"",b}'::text[]), path_text('{a,NULL,a,b}'::text[], collapse => true),
       path_text('{{a,b},{c,d}}'::text[]), path_text(ARRAY['a','b','c']::varchar[]), path_text('{a,b}'::text[], '');
-- Empty is empty, NULL is NULL; only max_steps may be NULL.
SELECT path_text('{}'::journey) AS j, path_text('{}'::text[]) AS a, path_text('{NULL}'::text[]) AS n;
SELECT path_text(NULL::journey) AS j, path_text(NULL::text[]) AS a, path_text('{a}'::text[], NULL) AS sep,
       path_text('{a}'::text[], collapse => NULL) AS collapse, path_text('{a,b}'::text[], max_steps => NULL) AS max_steps;

-- Errors.
SELECT path_text('{a}'::text[], max_steps => 0);
SELECT path_text('{}'::journey, max_steps => -1);
SELECT path_sequence(ts, event) FROM (VALUES (timestamptz 'infinity', 'a')) v (ts, event);
SELECT path_sequence(ts, event) FROM (VALUES (timestamptz '2024-03-01', '')) v (ts, event);
SELECT path_sequence(ts, event) FROM (VALUES (timestamptz '2024-03-01', repeat('x', 4097))) v (ts, event);
-- Rows may hold more text than an array can.
SELECT path_sequence('2024-03-01'::timestamptz + n * interval '1 s', repeat('x', 4096))
FROM generate_series(1, 270000) n;

DROP TABLE visits;

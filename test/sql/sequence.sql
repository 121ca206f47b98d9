-- Sequences of boolean conditions: literals and error texts.  Behaviour
-- against plain SQL is in test/pgtap/sequence.sql.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';

-- Paths of one letter a second; 1, 2, 3 and 4 are conditions, - is no row.
CREATE FUNCTION seconds(path text) RETURNS TABLE (ts timestamptz, c text) LANGUAGE sql AS $$
  SELECT '2024-03-01'::timestamptz + s * interval '1 s', c FROM regexp_split_to_table(path, '') WITH ORDINALITY AS p(c, s) WHERE c <> '-'
$$;
SELECT pattern, path, sequence_match(pattern, ts, c = '1', c = '2', c = '3') AS match, sequence_count(pattern, ts, c = '1', c = '2', c = '3') AS count
FROM (VALUES (1, '(?1)(?2)', '1x2'), (2, '(?1)(?2)', '132'), (3, '(?1).(?2)', '132'), (4, '(?1).*(?2)', '1321312'),
             (5, '(?1)(?2).*(?3)', '1323'), (6, '(?1)(?2).*(?3)', '1233'), (7, '', '123'), (8, '.', '123'), (9, '.*', 'x'),
             (10, '(?1)(?t<=2)(?2)', '1-2'), (11, '(?1)(?t<=2)(?2)', '1--2'), (12, '(?1)(?t<=2)(?2)', '132'), (13, '(?1)(?t>2)(?2)', '1232'),
             (14, '(?1)(?t>=3)(?2)', '1232'), (15, '(?1)(?t==2)(?2)', '112'), (16, '(?1)(?t==2)(?2)', '12-2'),
             (17, '(?1).*(?t<=1)(?2)', '1--32'), (18, '(?1)(?t<5)', '1'), (19, '(?1)(?t<5)', '1------2'), (20, '(?1)(?t>0)', '1'),
             (21, '(?1)(?1)', '1111'), (22, '(?1)(?t>=0)(?1)', '1-1-1'), (23, '(?t<5)(?1)', '3331')) v (n, pattern, path), seconds(path)
GROUP BY n, pattern, path ORDER BY n;
-- Between equal times condition 1 goes first, then condition 2, ...
SELECT sequence_match('(?1)(?2)', now(), a, b) AS ab, sequence_match('(?2)(?1)', now(), a, b) AS ba, sequence_match('(?1)(?1)', now(), a, b) AS aa
FROM (VALUES (false, true), (true, false)) v (a, b);
-- One row may satisfy several conditions but is taken once.
SELECT sequence_match('(?1)(?2)', now(), true, true), sequence_match('(?1)', now(), true, true), sequence_match('(?2)', now(), true, true);
-- Times are compared to the microsecond, and a timestamp is read as UTC.
SELECT sequence_match('(?1)(?t<=1)(?2)', t, s = 1, s > 1)
FROM (VALUES ('2024-03-01 00:00:00'::timestamp, 1), ('2024-03-01 00:00:01.000001', 2)) v (t, s);
SELECT sequence_count('(?1)(?t==3600)(?1)', t, true) FROM unnest(ARRAY['2024-03-31 01:30', '2024-03-31 02:30']::timestamp[]) t;
-- NULL conditions do not hold; rows without time are not there; no rows.
SELECT sequence_match('(?1)(?2)', t, a, b), sequence_count('.', t, a, b)
FROM (VALUES ('2024-03-01'::timestamptz, true, NULL), (NULL, true, true), ('2024-03-02', NULL, true)) v (t, a, b);
SELECT sequence_match('(?1)', now(), true), sequence_count('(?1)', now(), true) FROM generate_series(1, 0);

-- The value next to a chain.
SELECT customer, direction, base, sequence_next_node(direction, base, ts, page, page <> 'help', page = 'home') AS one,
       sequence_next_node(direction, base, ts, page, page <> 'help', page = 'home', page = 'search') AS two
FROM (VALUES (1, '2024-03-01 10:00'::timestamptz, 'home'), (1, '2024-03-01 10:01', 'search'), (1, '2024-03-01 10:02', NULL), (1, '2024-03-01 10:03', 'cart'),
             (1, NULL, 'nowhere'), (2, '2024-03-01 11:00', 'cart'), (2, '2024-03-01 11:01', 'home'), (2, '2024-03-01 11:02', 'search'),
             (2, '2024-03-01 11:03', 'home'), (3, '2024-03-01 12:00', 'help')) v (customer, ts, page),
     (VALUES ('forward', 'head'), ('forward', 'first_match'), ('forward', 'last_match'), ('backward', 'first_match'), ('backward', 'tail')) w (direction, base)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- Without conditions: the base itself.  Between equal times values go bytewise.
SELECT sequence_next_node('forward', 'head', now(), v, true), sequence_next_node('backward', 'tail', now()::timestamp, v, v <> 'b')
FROM (VALUES ('b'), ('a'), ('B')) w (v);
SELECT sequence_next_node('forward', 'tail', now(), v, true, true) AS nothing, sequence_next_node('forward', 'first_match', now(), v, NULL, true) AS no_base
FROM (VALUES ('b'), ('a')) w (v);

-- What does not work.
SELECT sequence_match(NULL, now(), true);
SELECT sequence_match('1', now(), true);
SELECT sequence_match('(?1)x', now(), true);
SELECT sequence_match('(?2)', now(), true);
SELECT sequence_match('(?0)', now(), true);
SELECT sequence_match('(?1', now(), true);
SELECT sequence_match('(?1)(?t5)(?1)', now(), true);
SELECT sequence_match('(?1)(?t<=)(?1)', now(), true);
SELECT sequence_match('(?1)(?t<=99999999999999999999)(?1)', now(), true);
SELECT sequence_match('(?1)(?t>1)(?t<5)(?1)', now(), true);
SELECT sequence_match(repeat('.', 1025), now(), true);
SELECT sequence_match('.', now(), VARIADIC '{}');
SELECT sequence_count('.', 'infinity'::timestamptz, true);
SELECT sequence_count((ARRAY['(?1)', '.'])[i], now(), true) FROM generate_series(1, 2) i;
SELECT sequence_next_node('up', 'head', now(), 'v', true, true);
SELECT sequence_next_node('forward', 'first', now(), 'v', true, true);
SELECT sequence_next_node('forward', 'first_match', now(), 'v', true);
SELECT sequence_next_node(NULL, 'head', now(), 'v', true, true);
SELECT sequence_next_node('forward', 'head', '-infinity'::timestamp, 'v', true, true);
SELECT sequence_next_node('forward', (ARRAY['head', 'first_match'])[i], now(), 'v', true, true) FROM generate_series(1, 2) i;
DROP FUNCTION seconds;

-- Funnels over boolean conditions: literals and error texts.  Behaviour
-- against plain SQL is in test/pgtap/windowfunnel.sql.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';

-- The modes on the same rows, minute by minute: each letter is a step, x is
-- none, letters in brackets happen at the same time.
CREATE FUNCTION funnel(path text, mode text, seconds bigint DEFAULT 3600) RETURNS integer LANGUAGE sql AS $$
  SELECT windowfunnel(seconds, mode, '2024-03-01'::timestamptz + minute * interval '1 minute',
                      event ~ 'A', event ~ 'B', event ~ 'C', event ~ 'D')
  FROM unnest(string_to_array(path, ' ')) WITH ORDINALITY AS p(atonce, minute), unnest(string_to_array(atonce, '&')) AS event
$$;
SELECT path, funnel(path, 'default') AS "default", funnel(path, 'strict_order') AS strict_order,
       funnel(path, 'strict_order,allow_reentry') AS allow_reentry, funnel(path, 'strict_deduplication') AS dedup,
       funnel(path, 'strict_increase') AS increase, funnel(path, 'strict_once') AS once,
       funnel(path, 'strict_order, strict_deduplication') AS order_dedup, funnel(path, 'strict_order, strict_increase') AS order_increase
FROM unnest(ARRAY['A B C D', 'A B x C', 'A B A C', 'A B D C', 'A A B', 'A B C A D', 'A B C B D', 'ABCD', 'AB AB', 'B&A',
                  'A B&B&C&C D', 'A&B B&C', 'AB&BC&C', 'A AB BC CD', 'x A B', 'B C D', 'x', 'A A B B C C', 'A B&C&D B&C&D B&C&D', 'A&B&C D', 'A&C B C']) path;
-- The edge of the window is inside it.
SELECT s, funnel('A B', 'default', s) FROM unnest(ARRAY[0, 59, 60, 61, 9223372036854775807]) s;
-- A later start is as good as an earlier one.
SELECT funnel('A A B C', 'default', 120), funnel('A B A C', 'default', 120);
-- Microseconds count; a timestamp is read as UTC; NULL conditions do not hold;
-- rows without time are not there; no rows are no steps.
SELECT windowfunnel(1, 'default', t, step = 1, step = 2)
FROM unnest(ARRAY['2024-03-01 00:00:00', '2024-03-01 00:00:01.000001']::timestamptz[]) WITH ORDINALITY u (t, step);
SELECT windowfunnel(3600, 'default', t, t = '2024-03-31 01:30', t = '2024-03-31 02:30')
FROM unnest(ARRAY['2024-03-31 01:30', '2024-03-31 02:30']::timestamp[]) t;
SELECT windowfunnel(10, 'default', t, a, b)
FROM (VALUES ('2024-03-01'::timestamptz, true, NULL), ('2024-03-01', NULL, NULL), (NULL, NULL, true)) v (t, a, b);
SELECT windowfunnel(10, 'default', now(), true) FROM generate_series(1, 0);
-- 64 conditions; conditions as an array; each group its own window.
SELECT windowfunnel(100, 'default', '2024-03-01'::timestamptz + i * interval '1 s', VARIADIC array_fill(false, ARRAY[i]) || true || array_fill(false, ARRAY[63 - i]))
FROM generate_series(0, 63) i;
SELECT w, windowfunnel(w, 'default', '2024-03-01'::timestamptz + i * interval '1 s', i = 0, i = 1, i = 2)
FROM generate_series(0, 2) i, generate_series(0, 2) w GROUP BY w ORDER BY w;

-- More windows than a call site remembers.
SELECT n, count(*) FROM (SELECT w, i % 3 AS g, windowfunnel(w, 'strict_once', '2024-03-01'::timestamptz + i * interval '1 s', i < 3, i >= 3) AS n
  FROM generate_series(0, 5) i, generate_series(0, 99) w GROUP BY 1, 2) s GROUP BY n ORDER BY n;

-- Retention.
SELECT customer, retention(day = 0, day = 1, day = 7)
FROM (VALUES (1, 0), (1, 7), (2, 0), (2, 1), (3, 1), (4, NULL)) v (customer, day) GROUP BY customer ORDER BY customer;
SELECT retention(true) FROM generate_series(1, 0);

-- What does not work.
SELECT windowfunnel(-1, 'default', now(), true);
SELECT windowfunnel(NULL, 'default', now(), true);
SELECT windowfunnel(1, NULL, now(), true);
SELECT windowfunnel(1, '', now(), true);
SELECT windowfunnel(1, 'strict', now(), true);
SELECT windowfunnel(1, 'strict_order, default', now(), true);
SELECT windowfunnel(1, 'strict_once,allow_reentry', now(), true);
SELECT windowfunnel(1, 'default', now(), VARIADIC '{}');
SELECT windowfunnel(1, 'default', now(), VARIADIC NULL);
SELECT windowfunnel(1, 'default', now(), VARIADIC array_fill(true, ARRAY[65]));
SELECT windowfunnel(1, 'default', 'infinity'::timestamptz, false);
SELECT windowfunnel(1, 'default', '-infinity'::timestamp, true);
SELECT windowfunnel(i, 'default', now(), true) FROM generate_series(1, 2) i;
SELECT windowfunnel(1, (ARRAY['strict_order', 'strict_once'])[i], now(), true) FROM generate_series(1, 2) i;
SELECT windowfunnel(1, 'default', now(), VARIADIC array_fill(true, ARRAY[i])) FROM generate_series(1, 2) i;
-- The same modes in other words are the same modes.
SELECT windowfunnel(1, (ARRAY['strict_order,strict_once', ' strict_once , strict_order'])[i], now(), true) FROM generate_series(1, 2) i;
SELECT retention(VARIADIC '{}');
DROP FUNCTION funnel;

-- Sessions against lag() in plain SQL, and each form against the others.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(29);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.20240301);

-- 3,000 customers with 0 to 24 events.  The gaps sit on and around the
-- timeouts, one row in ten has no time, one in eight is marked.
CREATE TEMP TABLE ev AS
SELECT c AS customer, row_number() OVER () AS id,
       CASE WHEN random() < 0.1 THEN NULL
            ELSE '2024-03-30 00:00+00'::timestamptz
                 + sum(gap) OVER (PARTITION BY c ORDER BY i) END AS ts,
       (ARRAY['home', 'search', 'Search', 'cart', 'purchase'])[1 + floor(random() * 5)] AS event,
       (ARRAY['email', 'ads', '', NULL])[1 + floor(random() * 4)] AS channel,
       random() < 0.125 AS mark
FROM (SELECT c, i, (ARRAY['0', '0', '1 us', '10 minutes', '10 minutes 0.000001 seconds',
                          '29 minutes 59.999999 seconds', '30 minutes',
                          '30 minutes 0.000001 seconds', '1 hour', '24 hours',
                          '24 hours 0.000001 seconds'])[1 + floor(random() * 11)]::interval AS gap
      FROM generate_series(1, 3000) c, generate_series(1, c % 25) i) g;
CREATE INDEX ON ev (customer);
ANALYZE ev;
CREATE TEMP TABLE timeouts AS SELECT t::interval FROM unnest('{0,1 us,10 minutes,30 minutes,1 day}'::text[]) t;

-- The oracle: for every row with a time, the number and start of its session.
CREATE TEMP TABLE oracle AS
SELECT *, min(ts) OVER (PARTITION BY t, marked, customer, n) AS start
FROM (SELECT t, marked, customer, id, ts,
             sum((prev IS NULL OR ts - prev > t OR (marked AND mark))::int)
               OVER (PARTITION BY t, marked, customer ORDER BY ts, id) AS n
      FROM (SELECT *, lag(ts) OVER (PARTITION BY t, marked, customer ORDER BY ts, id) AS prev
            FROM ev, timeouts, (VALUES (false), (true)) m (marked) WHERE ts IS NOT NULL) l) s;

SELECT cmp_ok((SELECT count(*) FROM oracle), '>', 300000::bigint,
  'the fixture is large enough; if not, change its seed');
SELECT cmp_ok((SELECT count(*) FROM ev WHERE ts IS NULL), '>', 1000::bigint,
  'the fixture has rows without a time; if not, change its seed');

-- Row grain.
CREATE TEMP TABLE answer AS
SELECT t, marked, customer, id, ts,
       sessionize(ts, t, marked AND mark) OVER w AS n,
       session_start(ts, t, marked AND mark) OVER w AS start
FROM ev, timeouts, (VALUES (false), (true)) m (marked)
WINDOW w AS (PARTITION BY t, marked, customer ORDER BY ts, id);

SELECT is_empty($$SELECT t, marked, customer, id, ts, n, start FROM answer WHERE ts IS NOT NULL
                  EXCEPT ALL SELECT t, marked, customer, id, ts, n, start FROM oracle$$,
  'sessionize and session_start equal lag() arithmetic; if not, see session_advance in src/pg/session.c');
SELECT is((SELECT count(*) FROM answer WHERE ts IS NOT NULL), (SELECT count(*) FROM oracle),
  'every row with a time has an answer');
SELECT is_empty($$SELECT * FROM answer WHERE ts IS NULL AND (n IS NOT NULL OR start IS NOT NULL)$$,
  'a row without a time has no session');
SELECT is_empty($$
  SELECT t, id, n FROM answer WHERE NOT marked
  EXCEPT SELECT t, id, sessionize(ts, t) OVER (PARTITION BY t, customer ORDER BY ts NULLS FIRST, id) FROM ev, timeouts$$,
  'rows without a time may come first, too');
SELECT is_empty($$
  SELECT t, marked, id, n, start FROM answer
  EXCEPT SELECT t, marked, id, sessionize(ts AT TIME ZONE 'UTC', t, marked AND mark) OVER w,
                session_start(ts AT TIME ZONE 'UTC', t, marked AND mark) OVER w AT TIME ZONE 'UTC'
         FROM ev, timeouts, (VALUES (false), (true)) m (marked)
         WINDOW w AS (PARTITION BY t, marked, customer ORDER BY ts, id)$$,
  'timestamp read as UTC answers as timestamptz');
SELECT is_empty($$
  SELECT id, n FROM answer WHERE NOT marked AND t = '30 minutes'
  EXCEPT SELECT id, sessionize(ts) OVER (PARTITION BY customer ORDER BY ts) FROM ev$$,
  'the timeout is 30 minutes unless told');
SELECT is((SELECT count(*) FROM (SELECT sessionize(ts) OVER (ORDER BY ts) FROM ev WHERE false) s), 0::bigint,
  'no rows, no sessions');

-- Frames do not matter, nor do other windows in the query.
SELECT is_empty($$
  SELECT id, n, n, n, n, n FROM answer WHERE NOT marked AND t = '30 minutes'
  EXCEPT SELECT id,
    sessionize(ts) OVER (PARTITION BY customer ORDER BY ts, id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING),
    sessionize(ts) OVER (PARTITION BY customer ORDER BY ts, id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
    sessionize(ts) OVER (PARTITION BY customer ORDER BY ts RANGE BETWEEN '1 hour' PRECEDING AND '1 hour' FOLLOWING),
    sessionize(ts) OVER (PARTITION BY customer ORDER BY ts, id GROUPS BETWEEN 2 FOLLOWING AND 3 FOLLOWING EXCLUDE CURRENT ROW),
    sessionize(ts) OVER (PARTITION BY customer ORDER BY ts, id ROWS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE TIES)
  FROM ev$$,
  'the frame of the window does not matter');
SELECT is_empty($$
  SELECT o.id, o.n FROM oracle o WHERE NOT marked AND t = '30 minutes'
  EXCEPT SELECT id, n FROM (
    SELECT id, sessionize(ts) OVER w AS n, count(*) OVER (w ROWS BETWEEN 3 PRECEDING AND CURRENT ROW),
           lag(ts, 3) OVER w, sessionize(ts) OVER (ORDER BY ts), last_value(ts) OVER (PARTITION BY event ORDER BY ts)
    FROM ev WINDOW w AS (PARTITION BY customer ORDER BY ts, id)) s$$,
  'other window functions in the query do not matter');
SELECT is(
  (SELECT max(n) FROM (SELECT sessionize(ts, '1 us') OVER (ORDER BY ts) AS n FROM ev) s),
  (SELECT sum((prev IS NULL OR ts - prev > '1 us')::int)
   FROM (SELECT ts, lag(ts) OVER (ORDER BY ts) AS prev FROM ev WHERE ts IS NOT NULL) l),
  'one window over all rows');

-- Rescans start afresh.
SELECT is_empty($$
  SELECT customer, max(n) FROM answer WHERE NOT marked AND t = '10 minutes' AND customer <= 200 GROUP BY 1
  EXCEPT SELECT c, (SELECT max(n) FROM (SELECT sessionize(ts, '10 minutes') OVER (ORDER BY ts) AS n
                                        FROM ev WHERE customer = c) s) FROM generate_series(1, 200) c$$,
  'a correlated subquery starts afresh for every customer');
SELECT is_empty($$
  SELECT t, customer, max(n) FROM answer WHERE NOT marked AND customer <= 200 GROUP BY 1, 2
  EXCEPT SELECT t, c, m FROM generate_series(1, 200) c, timeouts,
    LATERAL (SELECT max(n) FROM (SELECT sessionize(ts, t) OVER (ORDER BY ts) AS n FROM ev WHERE customer = c) s) l (m)$$,
  'LATERAL starts afresh for every customer and timeout');

-- A filter on the result, pushed into the window or not.
SELECT is_empty($$
  SELECT id, n FROM answer WHERE NOT marked AND t = '30 minutes' AND n <= 3
  EXCEPT SELECT * FROM (SELECT id, sessionize(ts) OVER (PARTITION BY customer ORDER BY ts) AS n FROM ev) s WHERE n <= 3$$,
  'a filter on the number keeps every row it should');
SELECT is_empty($$
  SELECT id, n FROM answer WHERE NOT marked AND t = '30 minutes' AND n <= 3
  EXCEPT SELECT * FROM (SELECT id, sessionize(ts) OVER (PARTITION BY customer ORDER BY ts NULLS FIRST) AS n FROM ev) s WHERE n <= 3$$,
  'also when rows without a time come first');
SELECT is_empty($$
  SELECT id, n FROM answer WHERE NOT marked AND t = '30 minutes' AND n <= 3
  EXCEPT SELECT * FROM (SELECT id, sessionize(ts) OVER (PARTITION BY customer ORDER BY id) AS n FROM ev WHERE ts IS NOT NULL) s WHERE n <= 3$$,
  'also when the window orders by another column that follows the time');

-- A row without a time between others: every position, and under a filter that
-- would end the partition there.
CREATE TABLE gaps AS
SELECT g, i, timestamptz '2024-01-01' + i * interval '1 hour' AS created_at,
       CASE WHEN g >> i & 1 = 1 THEN timestamptz '2024-01-01' + i * interval '1 hour' END AS ts
FROM generate_series(0, 31) g, generate_series(0, 4) i;
CREATE FUNCTION pg_temp.refused(g int, call text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT max(n::text) FROM (SELECT %s OVER (PARTITION BY g ORDER BY created_at) AS n FROM gaps WHERE g = %s) s', call, g);
  RETURN false;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN true;
END $$;
SELECT is_empty(format($$SELECT g FROM (SELECT g, string_agg(CASE WHEN ts IS NULL THEN '-' ELSE 'x' END, '' ORDER BY i) AS shape FROM gaps GROUP BY g) s
  WHERE pg_temp.refused(g, %L) <> (shape ~ 'x-+x')$$, call), call || ': rows without a time may stand first and last, not between others')
FROM (VALUES ('sessionize(ts)'), ('session_start(ts)'), ('sessionize(ts::timestamp::date, ''0'')')) v (call);
SELECT throws_ok($$SELECT * FROM (SELECT sessionize(ts) OVER (PARTITION BY g ORDER BY created_at) AS n FROM gaps WHERE g = 5) s WHERE n <= 3$$,
  '22023', 'rows are not in time order', 'a filter loses no row silently');

-- Journey grain: the same partition of the same events.
CREATE TEMP TABLE journeys AS
SELECT customer, journey_agg(ts, event, channel) AS j FROM ev GROUP BY customer;
CREATE TEMP TABLE session_rows AS
SELECT t, customer, s.* FROM journeys, timeouts, sessions(j, t) s;

SELECT is_empty($$
  (SELECT t, customer, n, start, max(ts), count(*), extract(epoch FROM max(ts) - start)::float8
   FROM oracle WHERE NOT marked GROUP BY t, customer, n, start
   EXCEPT SELECT t, customer, session_no, session_start, session_end, events, duration_seconds FROM session_rows)
  UNION ALL
  (SELECT t, customer, session_no, session_start, session_end, events, duration_seconds FROM session_rows
   EXCEPT SELECT t, customer, n, start, max(ts), count(*), extract(epoch FROM max(ts) - start)::float8
   FROM oracle WHERE NOT marked GROUP BY t, customer, n, start)$$,
  'sessions(j) are the sessions of the rows; if not, see src/core/session.c');
SELECT is_empty($$
  SELECT t, o.customer, n, (array_agg(event ORDER BY ts, event COLLATE "C"))[1],
         (array_agg(event ORDER BY ts DESC, event COLLATE "C" DESC))[1],
         (array_agg(nullif(channel, '') ORDER BY ts, event COLLATE "C", nullif(channel, '') COLLATE "C")
            FILTER (WHERE channel <> ''))[1]
  FROM oracle o JOIN ev USING (id, ts) WHERE NOT marked GROUP BY t, o.customer, n
  EXCEPT SELECT t, customer, session_no, entry_event, exit_event, channel FROM session_rows$$,
  'entry, exit and first channel follow canonical order');
SELECT is_empty($$
  SELECT t, customer, count(*) FROM session_rows GROUP BY 1, 2
  EXCEPT SELECT t, customer, session_count(j, t) FROM journeys, timeouts$$,
  'session_count(j) counts the rows of sessions(j)');

-- Every width of stored times, and more events than one interrupt check.
SELECT is_empty($$
  SELECT step, gap, c, s, r FROM (
    SELECT step, gap, (SELECT session_count(j, gap)), (SELECT count(*) FROM sessions(j, gap)),
      (SELECT max(n) FROM (SELECT sessionize(ts, gap) OVER (ORDER BY ts) AS n
                           FROM events(j)) e)
    FROM (SELECT step, journey_agg('2000-01-01 00:00+00'::timestamptz
                   + ((i * (i % 7) + i) / greatest(scale, 1)) * step * 10 ^ least(scale, 0), 'e') AS j
          FROM unnest('{1 us,7 ms,1 second,3 minutes,1 day,31 days 1 us}'::interval[]) step,
               (VALUES (0), (50), (-2)) f (scale), generate_series(1, 300) i GROUP BY step, scale) a,
         unnest('{0,1 us,10 ms,5 seconds,1 hour,3 days,40 days}'::interval[]) gap) x (step, gap, c, s, r)
  WHERE c <> s OR c <> r$$,
  'every unit and width of stored times');
SELECT is((SELECT session_count(journey_agg('2024-01-01 00:00+00'::timestamptz + i * interval '1 minute'
                                            + (i / 100) * interval '1 hour', 'e')) FROM generate_series(0, 199999) i),
  2000, 'a journey of 200,000 events');

-- A late event changes no session that is not within the timeout of it.
CREATE TEMP TABLE late AS
SELECT customer, min(ts) + random() * (max(ts) - min(ts) + interval '3 hours') - interval '90 minutes' AS ts
FROM ev GROUP BY customer HAVING count(ts) > 0;
SELECT is_empty($$
  SELECT * FROM (
    SELECT id, start AS old, session_start(e.ts) OVER (PARTITION BY customer ORDER BY e.ts, id) AS new,
           start - late.ts > '30 minutes' OR late.ts - max(a.ts) OVER (PARTITION BY customer, start) > '30 minutes' AS beyond
    FROM (SELECT customer, id, ts FROM ev UNION ALL SELECT customer, NULL, ts FROM late) e
    JOIN late USING (customer)
    LEFT JOIN (SELECT id, start, ts FROM answer WHERE NOT marked AND t = '30 minutes') a USING (id)) s
  WHERE id IS NOT NULL AND beyond AND new IS DISTINCT FROM old$$,
  'a late event changes no session that is further away than the timeout');

-- A million rows in one partition, in order of an index: nothing is kept.
CREATE TEMP TABLE long AS
SELECT '2024-01-01 00:00+00'::timestamptz + i * interval '1 second' + (i / 1000) * interval '1 hour' AS ts
FROM generate_series(0, 999999) i;
CREATE INDEX ON long (ts);
ANALYZE long;
SET LOCAL enable_sort = off;
SET LOCAL enable_seqscan = off;
SET LOCAL work_mem = '64kB';
SELECT is((SELECT max(n) FROM (SELECT sessionize(ts) OVER (ORDER BY ts) AS n FROM long) s), 1000::bigint,
  'a million rows of one customer');
CREATE FUNCTION pg_temp.temp_blocks(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' ->> 'Temp Written Blocks';
END $$;
SELECT is(pg_temp.temp_blocks('SELECT sessionize(ts) OVER (ORDER BY ts), session_start(ts) OVER (ORDER BY ts) FROM long'), 0::bigint,
  'rows behind are forgotten: nothing spills with 64 kB of work_mem; if it does, see WinSetMarkPosition');

SELECT * FROM finish();
ROLLBACK;

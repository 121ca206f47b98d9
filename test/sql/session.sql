-- Sessions: literals, error texts, plans.  Behaviour against an oracle is in
-- test/pgtap/session.sql.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, MDY';

CREATE TABLE clicks (customer int, ts timestamptz, login boolean);
INSERT INTO clicks VALUES
  (1, '2024-03-01 10:00+00', false),
  (1, '2024-03-01 10:30+00', false),             -- exactly the timeout
  (1, '2024-03-01 11:00:00.000001+00', false),   -- one microsecond more
  (1, '2024-03-01 11:00:00.000001+00', false),
  (1, '2024-03-01 11:00:00.000001+00', true),    -- gap 0, but marked
  (1, NULL, true),
  (2, '2024-03-01 10:00+00', true);

SELECT customer, ts, login,
       sessionize(ts) OVER w AS n, session_start(ts) OVER w AS start,
       sessionize(ts, timeout => '2 hours') OVER w AS n_2h,
       sessionize(ts, new_session => login) OVER w AS n_login,
       sessionize(ts, '0', login) OVER w AS n_0
FROM clicks
WINDOW w AS (PARTITION BY customer ORDER BY ts, login)
ORDER BY customer, ts, login;

-- Rows without a time have no session, first or last.
SELECT id, sessionize(ts, '1 hour', mark) OVER (ORDER BY id),
       session_start(ts, '1 hour', mark) OVER (ORDER BY id)
FROM (VALUES (1, NULL::timestamptz, true), (2, '2024-03-01 10:00+00', NULL),
             (3, '2024-03-01 10:59+00', false), (4, '2024-03-01 12:00+00', false),
             (5, NULL, true), (6, NULL, false)) v (id, ts, mark)
ORDER BY id;
-- Between others they show that the window is not ordered by the time.
SELECT sessionize(ts) OVER (ORDER BY id)
FROM (VALUES (1, '2024-03-01 10:00+00'::timestamptz), (2, NULL), (3, NULL), (4, '2024-03-01 10:59+00')) v (id, ts);

-- A timestamp is read as UTC and comes back as a timestamp.
SET TimeZone = 'Europe/Berlin';
SELECT ts, sessionize(ts) OVER w AS n, session_start(ts) OVER w AS start,
       pg_typeof(session_start(ts) OVER w)
FROM (VALUES (timestamp '2024-03-31 01:45'), ('2024-03-31 02:15'),
             ('2024-03-31 03:00')) v (ts)
WINDOW w AS (ORDER BY ts) ORDER BY ts;
SET TimeZone = 'UTC';

-- Two times as far apart as can be.
SELECT sessionize(ts, '106751991 days') OVER (ORDER BY ts)
FROM (VALUES (timestamptz '4713-01-01 00:00+00 BC'), ('294276-12-31 23:59+00')) v (ts);

-- Errors.
SELECT sessionize(ts) OVER (ORDER BY ts DESC) FROM clicks WHERE customer = 1;
SELECT session_start(ts) OVER (ORDER BY id)
FROM (VALUES (1, timestamp '2024-03-01 10:00'), (2, '2024-03-01 09:59:59.999999')) v (id, ts);
SELECT sessionize(ts) OVER (ORDER BY ts) FROM (VALUES (timestamptz 'infinity')) v (ts);
SELECT session_start(ts) OVER (ORDER BY ts) FROM (VALUES (timestamp '-infinity')) v (ts);
SELECT sessionize(ts, NULL) OVER (ORDER BY ts) FROM clicks;
SELECT sessionize(ts, '-1 second') OVER (ORDER BY ts) FROM clicks;
SELECT sessionize(ts, '1 month') OVER (ORDER BY ts) FROM clicks;
SELECT sessionize(ts, customer * interval '1 hour') OVER (ORDER BY ts, customer) FROM clicks;
SELECT sessionize(now());

-- A timeout that depends on the partition is constant within it.
SELECT customer, max(n) FROM (
  SELECT customer, sessionize(ts, (customer - 1) * interval '1 hour')
                     OVER (PARTITION BY customer ORDER BY ts) AS n FROM clicks) s
GROUP BY customer ORDER BY customer;

-- A filter on the result ends the work early, where rows without a time come
-- last; elsewhere it would lose rows.
CREATE FUNCTION how_filtered(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    RETURN QUERY SELECT m[1] FROM regexp_matches(line, 'Run Condition|Filter') m;
  END LOOP;
END $$;
SELECT * FROM how_filtered('SELECT * FROM (SELECT *, sessionize(ts) OVER (PARTITION BY customer ORDER BY ts) AS n FROM clicks) s WHERE n <= 3');
SELECT * FROM how_filtered('SELECT * FROM (SELECT *, session_start(ts) OVER (PARTITION BY customer ORDER BY ts) AS n FROM clicks) s WHERE n < ''2024-03-02''');
SELECT * FROM how_filtered('SELECT * FROM (SELECT *, sessionize(ts AT TIME ZONE ''UTC'') OVER (ORDER BY ts AT TIME ZONE ''UTC'') AS n FROM clicks) s WHERE n <= 3');
SELECT * FROM how_filtered('SELECT * FROM (SELECT *, sessionize(ts) OVER (PARTITION BY customer ORDER BY ts NULLS FIRST) AS n FROM clicks) s WHERE n <= 3');
SELECT * FROM how_filtered('SELECT * FROM (SELECT *, sessionize(ts) OVER (PARTITION BY ts) AS n FROM clicks) s WHERE n <= 3');
SELECT * FROM how_filtered('SELECT * FROM (SELECT *, sessionize(ts) OVER (ORDER BY customer) AS n FROM clicks) s WHERE n <= 3');

-- A journey answers the same.
SELECT * FROM sessions('{2024-03-01T10:00:00Z home, 2024-03-01T10:30:00Z search@email,
  2024-03-01T10:30:00Z cart@ads, 2024-03-01T11:00:00.000001Z home, 2024-03-02T09:00:00Z purchase@store=49.9}'::journey);
SELECT session_no, events, duration_seconds
FROM sessions('{2024-03-01T10:00:00Z a, 2024-03-01T10:00:00.5Z b, 2024-03-01T12:00:00Z c}'::journey, timeout => '0');
SELECT session_count('{2024-03-01T10:00:00Z a, 2024-03-01T10:00:00.5Z b, 2024-03-01T12:00:00Z c}'::journey) AS default_timeout,
       session_count('{2024-03-01T10:00:00Z a, 2024-03-01T10:00:00.5Z b, 2024-03-01T12:00:00Z c}'::journey, '0') AS timeout_0,
       session_count('{2024-03-01T10:00:00Z a, 2024-03-01T10:00:00.5Z b, 2024-03-01T12:00:00Z c}'::journey, '1 day') AS timeout_1d,
       session_count('{}'::journey) AS empty, session_count(NULL::journey) AS "null";
SELECT count(*) FROM sessions('{}'::journey);
SELECT count(*) FROM sessions(NULL::journey);
SELECT session_count('{}'::journey, NULL);
SELECT * FROM sessions('{}'::journey, NULL);
SELECT * FROM sessions('{}'::journey, '1 year');
SELECT session_count('{}'::journey, '-1 us');

DROP FUNCTION how_filtered;
DROP TABLE clicks;

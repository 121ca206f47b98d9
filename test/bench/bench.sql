-- bench.sql: data, queries and report of `make bench`; see run.
\set QUIET 1
\pset footer off
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET work_mem = '512MB';
CREATE EXTENSION journey;

-- Customers come and go over half a year; their number of events is skewed
-- (median 19, mean 40), and so are the names.
SELECT setseed(0.42) \g /dev/null
CREATE TABLE events (customer_id bigint, ts timestamptz, event text, channel text, value double precision);
CREATE TEMP TABLE name AS
  SELECT n, event, sum(weight) OVER (ORDER BY n) AS upto
  FROM (SELECT n, event, 1 / n::double precision AS weight
        FROM unnest(ARRAY['visit', 'product_view', 'search', 'email_open', 'add_to_cart', 'category_view',
          'checkout', 'ad_click/spring_sale', 'purchase', 'email_click/newsletter', 'wishlist_add', 'login',
          'email_click/winback', 'cart_remove', 'store_visit', 'review_read', 'support_chat', 'coupon_apply',
          'app_open', 'push_open', 'signup', 'return_request', 'refund', 'nps_answer'])
        WITH ORDINALITY AS u(event, n)) AS w;
INSERT INTO events
SELECT c, ts, event,
  CASE WHEN r2 < 0.6 THEN (ARRAY['organic', 'email', 'google_ads', 'meta_ads', 'store', 'direct'])[1 + floor(r2 * 10)] END,
  CASE event WHEN 'purchase' THEN round((20 + 100 * r3)::numeric, 2) WHEN 'refund' THEN -round((20 * r3)::numeric, 2) END
FROM (
  SELECT c, timestamptz '2026-01-01 00:00+00' + (start + (180 - start) * random() ^ 2) * interval '1 day' AS ts,
    names[1 + width_bucket(random(), bounds)] AS event, random() AS r2, random() AS r3
  FROM (SELECT c, random() * 150 AS start, greatest(1, round(19 * exp(1.22 * (sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())))))::integer AS n
        FROM generate_series(1, :events_n / 40) AS c) AS customer,
    (SELECT array_agg(event ORDER BY n) AS names, array_agg(upto / total ORDER BY n) FILTER (WHERE upto < total) AS bounds
     FROM name, (SELECT max(upto) AS total FROM name) AS t) AS d,
    LATERAL generate_series(1, n) AS i
) AS e
ORDER BY ts;
VACUUM ANALYZE events;
CREATE TABLE journeys AS
  SELECT customer_id, journey_agg(ts, event, channel, value) AS journey, journey_agg(ts, event) AS bare
  FROM events GROUP BY customer_id;
VACUUM ANALYZE journeys;

CREATE TABLE query (id integer PRIMARY KEY, title text, sql text);
INSERT INTO query VALUES
  (1, 'count(*) GROUP BY customer',
   'SELECT sum(n) FROM (SELECT customer_id, count(*) AS n FROM events GROUP BY 1) AS s'),
  (2, 'funnel_step on rows, GROUP BY customer',
   $$SELECT sum(depth) FROM (SELECT customer_id, funnel_step(ts, event,
       'product_view -> add_to_cart -> checkout -> purchase within 7 days') AS depth FROM events GROUP BY 1) AS s$$),
  (3, 'the same funnel on journeys',
   $$SELECT sum(funnel_step(journey, 'product_view -> add_to_cart -> checkout -> purchase within 7 days')) FROM journeys$$),
  -- Exact: the latest start from which each step can be reached, one window per
  -- step over one sort; steps of the same moment may go either way.
  (4, 'the same funnel in plain SQL (windows)',
   $$SELECT sum(depth) FROM (
       SELECT customer_id, coalesce(max(CASE WHEN event = 'purchase' AND ts - s4 <= interval '7 days' THEN 4
         WHEN event = 'checkout' AND ts - s3 <= interval '7 days' THEN 3
         WHEN event = 'add_to_cart' AND ts - s2 <= interval '7 days' THEN 2
         WHEN event = 'product_view' THEN 1 END), 0) AS depth
       FROM (SELECT *, max(CASE WHEN event = 'checkout' THEN s3 END) OVER w AS s4
         FROM (SELECT *, max(CASE WHEN event = 'add_to_cart' THEN s2 END) OVER w AS s3
           FROM (SELECT customer_id, ts, event, max(CASE WHEN event = 'product_view' THEN ts END) OVER w AS s2
             FROM events WHERE event IN ('product_view', 'add_to_cart', 'checkout', 'purchase')
             WINDOW w AS (PARTITION BY customer_id ORDER BY ts)) AS a
           WINDOW w AS (PARTITION BY customer_id ORDER BY ts)) AS b
         WINDOW w AS (PARTITION BY customer_id ORDER BY ts)) AS c
       GROUP BY 1) AS s$$),
  (5, 'journey_agg(ts, event), GROUP BY customer',
   'SELECT sum(length(j)) FROM (SELECT customer_id, journey_agg(ts, event) AS j FROM events GROUP BY 1) AS s'),
  (6, 'journey_agg(ts, event, channel, value)',
   'SELECT sum(length(j)) FROM (SELECT customer_id, journey_agg(ts, event, channel, value) AS j FROM events GROUP BY 1) AS s'),
  (7, 'sessions on rows: sessionize',
   'SELECT sum(n) FROM (SELECT sessionize(ts) OVER (PARTITION BY customer_id ORDER BY ts) AS n FROM events) AS s'),
  (8, 'the same sessions in plain SQL (lag, sum)',
   $$SELECT sum(n) FROM (SELECT sum(new) OVER (PARTITION BY customer_id ORDER BY ts ROWS UNBOUNDED PRECEDING) AS n
       FROM (SELECT customer_id, ts, CASE WHEN ts - lag(ts) OVER (PARTITION BY customer_id ORDER BY ts) <= interval '30 min'
         THEN 0 ELSE 1 END AS new FROM events) AS a) AS s$$);

CREATE TABLE run (round integer, id integer, ms double precision, cpu_ms double precision, answer numeric);

-- Processor time of this session, in clock ticks of 10 ms, from Linux; NULL
-- elsewhere. It tells more than the clock on a machine that is shared.
CREATE FUNCTION cpu_ms() RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  field text[];
BEGIN
  field := string_to_array(regexp_replace(pg_read_file('/proc/' || pg_backend_pid() || '/stat', 0, 4000), '^.*\) ', ''), ' ');
  RETURN 10 * (field[12]::bigint + field[13]::bigint);
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$$;

CREATE PROCEDURE measure(rounds integer) LANGUAGE plpgsql AS $$
DECLARE
  q query;
  start timestamptz;
  cpu double precision;
  answer numeric;
BEGIN
  -- round 0 warms up and does not count
  FOR round IN 0..rounds LOOP
    FOR q IN SELECT * FROM query ORDER BY id LOOP
      start := clock_timestamp();
      cpu := cpu_ms();
      EXECUTE q.sql INTO answer;
      INSERT INTO run VALUES (round, q.id, extract(epoch FROM clock_timestamp() - start) * 1000, cpu_ms() - cpu, answer);
    END LOOP;
  END LOOP;
END
$$;
CALL measure(:rounds);

\echo
\echo 'Same answers: each line must be true, or the figures below compare different things.'
SELECT (SELECT count(DISTINCT answer) = 1 FROM run WHERE id IN (2, 3, 4)) AS funnels_agree,
  (SELECT count(DISTINCT answer) = 1 FROM run WHERE id IN (1, 5, 6)) AS event_counts_agree,
  (SELECT count(DISTINCT answer) = 1 FROM run WHERE id IN (7, 8)) AS sessions_agree;

\echo 'The data.'
SELECT count(*) AS events, count(DISTINCT customer_id) AS customers, current_setting('server_version') AS server,
  :rounds AS rounds
FROM events;

\echo 'Milliseconds, and the ratio to count(*) GROUP BY customer of the same round (below 1: faster);'
\echo 'cpu: median processor time, which other work on the machine hardly touches.'
CREATE TEMP VIEW figure AS
SELECT q.id, q.title, r.round, r.ms, r.cpu_ms, r.ms / c.ms AS ratio, r.cpu_ms / nullif(c.cpu_ms, 0) AS cpu_ratio
FROM query AS q JOIN run AS r USING (id) JOIN run AS c ON c.id = 1 AND c.round = r.round
WHERE r.round > 0;
SELECT title,
  round(min(ms)) AS min_ms, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)) AS median_ms, round(max(ms)) AS max_ms,
  round(min(ratio)::numeric, 2) AS min_ratio,
  round((percentile_cont(0.5) WITHIN GROUP (ORDER BY ratio))::numeric, 2) AS median_ratio,
  round(max(ratio)::numeric, 2) AS max_ratio,
  round(percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu_ms)) AS cpu_ms,
  round((percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu_ratio))::numeric, 2) AS cpu_ratio
FROM figure GROUP BY id, title ORDER BY id;

\echo 'How many times faster, within the same round.'
SELECT f.title || ' : ' || s.title AS "slower : faster",
  round(min(f.ms / s.ms)::numeric, 1) AS min,
  round((percentile_cont(0.5) WITHIN GROUP (ORDER BY f.ms / s.ms))::numeric, 1) AS median,
  round(max(f.ms / s.ms)::numeric, 1) AS max,
  round((percentile_cont(0.5) WITHIN GROUP (ORDER BY f.cpu_ms / nullif(s.cpu_ms, 0)))::numeric, 1) AS by_cpu
FROM (VALUES (1, 2, 3), (2, 4, 3), (3, 4, 2), (4, 8, 7)) AS pair(n, slow, fast)
JOIN figure AS f ON f.id = pair.slow JOIN figure AS s ON s.id = pair.fast AND s.round = f.round
GROUP BY n, f.title, s.title ORDER BY n;

\echo 'Bytes per event. One-letter names show what the names themselves cost.'
WITH letter AS (
  SELECT array_agg('"' || event || '"' ORDER BY n) AS names, array_agg(chr(96 + n::integer) ORDER BY n) AS letters FROM name
)
SELECT round(pg_table_size('events') / sum(length(journey))::numeric, 1) AS table_of_events,
  round(sum(pg_column_size(journey)) / sum(length(journey))::numeric, 2) AS journey,
  round(sum(pg_column_size(relabel(journey, names, letters))) / sum(length(journey))::numeric, 2) AS with_letters,
  round(sum(pg_column_size(bare)) / sum(length(journey))::numeric, 2) AS time_and_name_only,
  round(sum(pg_column_size(relabel(bare, names, letters))) / sum(length(journey))::numeric, 2) AS only_with_letters
FROM journeys, letter;

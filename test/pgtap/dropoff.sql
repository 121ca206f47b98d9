-- drop_offs against published figures, plain SQL and the bundled sample.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(22);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.125);

-- Visits and exits of seven pages and what follows from them, computed with
-- statsmodels 0.14 (proportion_confint, method wilson).
CREATE TABLE drop_oracle (event text, visits int, exits int, exit_rate float8, baseline float8, exit_low float8, excess float8, opportunity float8, opportunity_low float8);
INSERT INTO drop_oracle VALUES
  ('pricing', 3000, 1500, 0.5, 0.331842889707, 0.482119502766, 0.168157110293, 504.471330878, 450.829839177),
  ('checkout', 900, 360, 0.4, 0.349630700064, 0.368484196702, 0.0503692999358, 45.3323699422, 16.9681469736),
  ('rare_page', 12, 10, 0.833333333333, 0.351162790698, 0.551969137747, 0.482170542636, 5.78604651163, 2.40967616459),
  ('home', 12000, 4200, 0.35, 0.35259194903, 0.341515321295, -0.00259194902983, -31.103388358, 0),
  ('product', 8000, 2400, 0.3, 0.374466651695, 0.290056114349, -0.0744666516955, -595.733213564, 0),
  ('cart', 1500, 450, 0.3, 0.354557420204, 0.277344283979, -0.054557420204, -81.836130306, 0),
  ('support', 400, 150, 0.375, 0.351015268377, 0.328957079463, 0.0239847316229, 9.59389264914, 0);
-- A visit that goes on goes on to the purchase; one more visit ends the data.
CREATE TABLE drop_visits AS
SELECT event, CASE WHEN i <= exits THEN format('{2024-01-01T00:00Z %s}', event) ELSE format('{2024-01-01T00:00Z %s, 2024-01-01T00:05Z purchase}', event) END::journey AS j
FROM drop_oracle, generate_series(1, visits) i
UNION ALL SELECT 'end', '{2024-01-02T00:00Z purchase}';
CREATE TABLE drop_rows AS SELECT row_number() OVER () AS rank, a.* FROM (SELECT drop_offs(j, 'purchase', 'session', 0) AS a FROM drop_visits) s, unnest(s.a) a;
SELECT is((SELECT count(*) FROM drop_rows), 7::bigint, 'a row for each page, none for the goal');
SELECT is_empty($$
  SELECT event, r.*, o.* FROM drop_rows r FULL JOIN drop_oracle o USING (event)
  WHERE NOT coalesce(r.reached = visits AND r.exits = o.exits AND abs(r.exit_rate - o.exit_rate) < 1e-11 AND abs(r.baseline - o.baseline) < 1e-11
    AND abs(r.exit_low - o.exit_low) < 1e-11 AND abs(r.excess - o.excess) < 1e-11
    AND abs(r.opportunity - o.opportunity) < 1e-8 AND abs(r.opportunity_low - o.opportunity_low) < 1e-8, false)$$, 'the published figures');
SELECT is((SELECT array_agg(event ORDER BY rank) FROM drop_rows), '{pricing,checkout,rare_page,support,home,cart,product}'::text[],
  'ranked by what can be gained at least, then by what could');
SELECT is((SELECT array_agg(event) FROM unnest((SELECT drop_offs(j, 'purchase', 'session', NULL) FROM drop_visits)) a), '{pricing,checkout,support,home,cart,product}'::text[],
  'NULL is 100 customers and 1 %: the rare page is left out');
SELECT is((SELECT baseline FROM unnest((SELECT drop_offs(j, 'purchase', 'session', NULL) FROM drop_visits)) a WHERE event = 'pricing'), (SELECT baseline FROM drop_rows WHERE event = 'pricing'),
  'what is left out still belongs to the baseline');

-- Findings of several kinds ranked by the money at stake at least, as R 4.2.2
-- arithmetic with Newcombe's interval has it: rate x2/n2 against x1/n1.
SELECT results_eq($$
  SELECT kind, round(reach * greatest(0, gap) * value) AS money, round(reach * greatest(0, gap_low) * value) AS money_low,
         CASE WHEN eligible THEN rank() OVER (PARTITION BY eligible ORDER BY reach * greatest(0, gap_low) * value DESC) END AS place
  FROM (SELECT kind, reach, value, (c).difference AS gap, (c).low AS gap_low, reach >= 100 AND (c).low > 0 AND q[n] < 0.05 AS eligible
        FROM (SELECT *, compare_rates(x1, n1, x2, n2) AS c, row_number() OVER () AS n, bh_adjust(array_agg((compare_rates(x1, n1, x2, n2)).p) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS q
              FROM (VALUES ('pricing exit', 2400, 8000, 1500, 3000, 3000, 85.0::float8), ('case study not seen', 60, 1000, 220, 1000, 1000, 310), ('slow movers', 40, 800, 66, 700, 800, 310),
                ('churn spike', 277, 56200, 104, 7076, 6000, 140), ('rare page', 30, 60, 1, 9, 9, 400), ('rare page, turned', 1, 9, 30, 60, 9, 400)) v (kind, x1, n1, x2, n2, reach, value)) f) r
  ORDER BY place, kind$$,
  $$VALUES ('pricing exit', 51000::float8, 45759::float8, 1::bigint), ('case study not seen', 49600, 40428, 2), ('churn spike', 8206, 6001, 3), ('slow movers', 10983, 4509, 4),
    ('rare page', 0, 0, NULL), ('rare page, turned', 1400, 153, NULL)$$, 'findings ranked by the money at stake at least; a rare page is none');

-- Random journeys against plain SQL.
CREATE TABLE drop_js AS
SELECT customer, journey_agg(ts, event) AS j
FROM (SELECT 1 + floor(random() * 700)::int AS customer, '2024-03-01 00:00+00'::timestamptz + floor(random() * 3000) * interval '7 minutes' AS ts,
             (ARRAY['home', 'home', 'search', 'cart', 'help', 'buy', 'buy/again'])[1 + floor(random() * 7)] AS event FROM generate_series(1, 9000)) s GROUP BY customer;
ANALYZE drop_js;
-- Units with what they reached, by the definition.
CREATE FUNCTION pg_temp.drops(grain text, silence interval, as_of timestamptz) RETURNS TABLE (event text, customers bigint, reached bigint, exits bigint) LANGUAGE sql AS $$
  WITH e AS (SELECT customer, event_no, ts, event, sum(fresh) OVER (PARTITION BY customer ORDER BY event_no) AS unit
             FROM (SELECT customer, e.*, coalesce((grain = 'session' AND ts - lag(ts) OVER (PARTITION BY customer ORDER BY event_no) > silence)::int, 0) AS fresh FROM drop_js, events(j) e WHERE as_of IS NULL OR ts <= as_of) s),
  g AS (SELECT *, min(event_no) FILTER (WHERE event LIKE 'buy%') OVER (PARTITION BY customer, unit) AS goal FROM e),
  u AS (SELECT *, max(ts) FILTER (WHERE goal IS NULL OR event_no <= goal) OVER (PARTITION BY customer, unit) AS last_ts,
               max(event_no) OVER (PARTITION BY customer, unit) AS last_no FROM g),
  k AS (SELECT * FROM u WHERE coalesce(as_of, (SELECT max(ts) FROM e)) - last_ts > silence AND (goal IS NULL OR event_no < goal))
  SELECT event, count(DISTINCT customer), count(DISTINCT (customer, unit)), count(*) FILTER (WHERE goal IS NULL AND event_no = last_no) FROM k GROUP BY event $$;
CREATE FUNCTION pg_temp.compare(grain text, silence interval, as_of timestamptz) RETURNS text LANGUAGE sql AS $$
  SELECT public.bag_eq(format('SELECT a.event, a.customers, a.reached, a.exits FROM (SELECT drop_offs(j, ''buy*'', %L, 0, %L, %L) AS a FROM drop_js) s, unnest(s.a) a', grain, silence, as_of),
    format('SELECT * FROM pg_temp.drops(%L, %L, %L)', grain, silence, as_of), format('by %s, %s of silence, until %s', grain, silence, coalesce(as_of::text, 'the last event'))) $$;
SELECT pg_temp.compare('session', '30 minutes', NULL);
SELECT pg_temp.compare('session', '12 hours', NULL);
SELECT pg_temp.compare('session', '12 hours', '2024-03-08 00:00+00');
SELECT pg_temp.compare('session', '0', NULL);
SELECT pg_temp.compare('journey', '2 days', NULL);
SELECT pg_temp.compare('journey', '20 days', NULL);
SELECT pg_temp.compare('journey', '1 day', '2024-03-10 00:00+00');
SELECT bag_eq($$SELECT a.* FROM (SELECT drop_offs(j, 'buy*', 'session', 0) AS a FROM drop_js) s, unnest(s.a) a$$,
  $$SELECT a.* FROM (SELECT drop_offs(j, 'buy*', 'session', 0, '30 minutes', NULL) AS a FROM drop_js) s, unnest(s.a) a$$, 'a session ends with 30 minutes of silence');

-- Exits, successes and what is still open are all there is.
SELECT is((SELECT sum(exits) FROM unnest((SELECT drop_offs(j, 'buy*', 'session', 0) FROM drop_js)) a),
  (SELECT count(*) FROM drop_js, sessions(j) s WHERE NOT slice(j, s.session_start, s.session_end + interval '1 us') @@ 'buy*' AND (SELECT max(ended_at(j)) FROM drop_js) - s.session_end > '30 minutes')::numeric,
  'exits are the sessions that are over without the goal');

CREATE TABLE units AS
SELECT slice(j, s.session_start, s.session_end + interval '1 us') @@ 'buy*' AS converted,
       NOT slice(j, s.session_start, s.session_end + interval '1 us') @@ 'buy*' AND (SELECT max(ended_at(j)) FROM drop_js) - s.session_end <= '30 minutes' AS open
FROM drop_js, sessions(j) s;
SELECT is((SELECT sum(exits) FROM unnest((SELECT drop_offs(j, 'buy*', 'session', 0) FROM drop_js)) a)
    + (SELECT count(*) FROM units WHERE converted) + (SELECT count(*) FROM units WHERE open), (SELECT sum(session_count(j)) FROM drop_js)::numeric,
  'exits, conversions and what may still go on are all sessions');

-- Any plan and any split.
SET LOCAL extra_float_digits = 3;
CREATE FUNCTION pg_temp.all_drops() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT ('s', c, a.*)::text FROM (SELECT customer % 3 AS c, drop_offs(j, 'buy*', 'session', 5) AS a FROM drop_js GROUP BY 1) s, unnest(s.a) a;
  RETURN QUERY SELECT ('j', 0, a.*)::text FROM (SELECT drop_offs(j, 'buy*', 'journey', 5, '5 days', NULL) AS a FROM drop_js) s, unnest(s.a) a;
END $$;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE drop_serial AS SELECT pg_temp.all_drops() AS r;
ALTER TABLE drop_js SET (parallel_workers = 3);
SET LOCAL max_parallel_workers_per_gather = 3;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT bag_eq('SELECT * FROM pg_temp.all_drops()', 'SELECT r FROM drop_serial', 'parallel and serial rows are equal');
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE drop_shuffled AS SELECT * FROM drop_js ORDER BY ended_at(j) DESC;
ALTER TABLE drop_js RENAME TO drop_ordered;
ALTER TABLE drop_shuffled RENAME TO drop_js;
SELECT bag_eq('SELECT * FROM pg_temp.all_drops()', 'SELECT r FROM drop_serial', 'the order of the rows changes nothing, although it decides what is known to be over');

-- NULL, empty, nothing, no goal.
SELECT is((SELECT drop_offs(j, 'buy', 'session', 0) FROM drop_js WHERE false), NULL, 'no row at all: NULL');
SELECT is((SELECT cardinality(drop_offs(j, 'buy', 'session', 0)) FROM unnest(ARRAY[NULL, '{}', '{2024-01-01T00:00Z a}']::journey[]) j), 0, 'who may still go on is not counted');
SELECT is((SELECT (event, exits, baseline, opportunity_low)::text FROM unnest((SELECT drop_offs('{2024-01-01T00:00Z a}'::journey, NULL, 'journey', 0, '1 day', '2024-02-01'))) a), '(a,1,,)',
  'without other events there is no baseline');

-- The sample: about 60 % of the customers reach pricing, about 80 % of these sessions end there.
CREATE SCHEMA drop_sample;
SET LOCAL search_path = drop_sample, public;
\ir ../../demo/sample.sql
SELECT is((SELECT (event, reach BETWEEN 0.55 AND 0.65, exit_rate BETWEEN 0.77 AND 0.85)::text FROM (
    SELECT a.* FROM (SELECT drop_offs(j, 'purchase', 'session', 100) AS a FROM (
      SELECT journey_agg(CASE WHEN ts >= '2050-01-01' THEN ts - interval '236688 hours' ELSE ts END, lower(trim(event))) AS j FROM events GROUP BY customer_id) e) s, unnest(s.a) a LIMIT 1) t),
  '(pricing,t,t)', 'the pricing page of the sample comes first');

SELECT * FROM finish();
ROLLBACK;

-- funnel_stages against funnel_step(), funnel_times() and plain SQL.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(27);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.25);

CREATE TABLE stages_ev AS
SELECT 1 + floor(random() * 1200)::int AS customer,
       '2024-03-01 00:00+00'::timestamptz + floor(random() * 80000) * interval '61 seconds' AS ts,
       (ARRAY['visit', 'visit', 'visit/blog', 'signup', 'trial', 'purchase', 'refund'])[1 + floor(random() * 7)] AS event,
       (ARRAY[NULL, 0.1, 1e9, -3.7, 1e-7, 12.34])[1 + floor(random() * 6)] AS value
FROM generate_series(1, 9000) i;
CREATE TABLE stages_js AS
SELECT customer, customer % 5 AS country, journey_agg(ts, event, NULL, value) AS j FROM stages_ev GROUP BY customer;
ANALYZE stages_ev, stages_js;
CREATE TABLE stages_pat (p journey_pattern);
INSERT INTO stages_pat VALUES ('visit -> signup -> purchase'), ('visit* -> signup | trial -> purchase within 7 days'),
  ('visit => signup'), ('. -> purchase from first'), ('signup'), ('never -> purchase'), ('visit -> never -> purchase'),
  ('visit -> trial? -> signup{2} -> purchase[value > 0]'), ('!visit -> [1 hour, 5 days; without refund] purchase | refund'), ('visit -> signup within session [1 day] without trial');

CREATE TABLE stages_rows AS
SELECT p, a.* FROM (SELECT p, funnel_stages(j, p, 'purchase | refund') AS a FROM stages_js, stages_pat GROUP BY p) s, unnest(s.a) a;
SELECT cmp_ok((SELECT count(*) FROM stages_rows), '=', 24::bigint, 'a row for each step, also for those that nobody reached');

-- The same customers as funnel_step() says.
CREATE TABLE stages_step AS
SELECT p, customer, j, funnel_step(j, p) AS step, funnel_times(j, p) AS times, value_sum(j, 'purchase | refund') AS revenue
FROM stages_js, stages_pat;
SELECT is_empty($$
  SELECT r.p, stage, customers, n FROM stages_rows r, LATERAL (SELECT count(*) AS n FROM stages_step s WHERE s.p = r.p AND step >= stage) o
  WHERE customers <> n$$, 'customers of a stage are those whose funnel_step() is at least it');
SELECT is_empty($$
  SELECT p, stage FROM (SELECT *, first_value(customers) OVER w AS f, lag(customers) OVER w AS b FROM stages_rows WINDOW w AS (PARTITION BY p ORDER BY stage)) s
  WHERE from_start IS DISTINCT FROM customers / nullif(f, 0)::float8
     OR from_previous IS DISTINCT FROM customers / nullif(coalesce(b, f), 0)::float8
     OR dropped <> coalesce(b - customers, 0)
     OR lost_share IS DISTINCT FROM dropped / nullif(f, 0)::float8$$, 'shares follow from the customers');
SELECT is_empty($$
  SELECT r.p, stage, median_seconds, p90_seconds, m FROM stages_rows r, LATERAL (
    SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM times[stage] - coalesce(times[stage - 1], times[stage - 2]))::float8) AS m
    FROM stages_step s WHERE s.p = r.p AND step >= stage AND stage > 1) o
  WHERE median_seconds IS DISTINCT FROM m[1] OR p90_seconds IS DISTINCT FROM m[2]$$, 'median and 90th percentile are those of funnel_times()');
SELECT is_empty($$
  SELECT r.p, stage, revenue, n FROM stages_rows r, LATERAL (SELECT coalesce(sum(e.value::numeric), 0)::float8 AS n
    FROM stages_step s JOIN stages_ev e USING (customer) WHERE s.p = r.p AND step >= stage AND event IN ('purchase', 'refund')) o
  WHERE abs(revenue - n) > 1e-9 * greatest(1, abs(n))$$, 'revenue is that of the whole journeys of those who reached the stage');
SELECT is_empty($$
  SELECT r.p, stage, events_matching, n FROM stages_rows r, LATERAL (
    SELECT sum(event_count(j, r.name::journey_pattern)) AS n FROM stages_js) o
  WHERE events_matching <> n$$, 'the name of a stage is a pattern, and events_matching the events that match it');
SELECT is((SELECT string_agg(name, ' / ' ORDER BY stage) FROM stages_rows WHERE p = 'visit* -> signup | trial -> purchase within 7 days'),
  'visit* / signup | trial / purchase', 'names are the steps as the pattern prints them');
SELECT is((SELECT array_agg(focus ORDER BY stage) FROM unnest((SELECT funnel_stages(j, 'visit -> signup -> never -> purchase') FROM stages_js)) a),
  (SELECT array_agg(CASE WHEN dropped > 0 AND before >= 30 THEN rank END ORDER BY stage)::int[] FROM (
     SELECT stage, dropped, before, rank() OVER (ORDER BY (dropped > 0 AND before >= 30) DESC, dropped DESC, stage) AS rank
     FROM (SELECT stage, dropped, lag(customers, 1, 0::bigint) OVER (ORDER BY stage) AS before
           FROM unnest((SELECT funnel_stages(j, 'visit -> signup -> never -> purchase') FROM stages_js)) a) s) t),
  'without revenue, focus ranks the stages that 30 could reach by the customers they lose');
SELECT is((SELECT count(*) FROM unnest((SELECT funnel_stages(j, 'visit -> never', 'purchase') FROM stages_js WHERE customer <= 20)) a WHERE focus IS NOT NULL),
  0::bigint, 'a stage that fewer than 30 could reach has no focus');
SELECT is_empty($$SELECT p, stage, lost_revenue FROM (SELECT *, lag(revenue) OVER (PARTITION BY p ORDER BY stage) AS before FROM stages_rows) s
  WHERE abs(lost_revenue - CASE WHEN stage = 1 OR customers = 0 THEN 0 ELSE greatest(0, dropped * (revenue / customers) - (before - revenue)) END) > 1e-6$$,
  'lost_revenue: the dropped at the worth of those who went on, less what they brought');

SELECT is_empty($$
  SELECT a.* FROM (SELECT funnel_stages(j, 'visit -> signup -> refund in any order') AS a FROM stages_js) s, unnest(s.a) a
  WHERE name <> 'any ' || stage OR median_seconds IS NOT NULL OR events_matching IS NOT NULL
     OR customers <> (SELECT count(*) FROM stages_js WHERE funnel_step(j, 'visit -> signup -> refund in any order') >= stage)$$,
  'in any order a stage is so many of the steps');

-- 10,000 visitors, 500 leads, 50 trials, 10 customers.
SELECT results_eq($$
  SELECT a.customers, a.from_previous, a.dropped, a.focus FROM (SELECT funnel_stages(j, 'visit -> lead -> trial -> customer') AS a FROM (
    SELECT journey_agg('2024-01-01'::timestamptz + k * interval '1 day', (ARRAY['visit', 'lead', 'trial', 'customer'])[k]) AS j
    FROM generate_series(1, 10000) i, generate_series(1, 4) k WHERE i <= (ARRAY[10000, 500, 50, 10])[k] GROUP BY i) g) s, unnest(s.a) a$$,
  $$VALUES (10000::bigint, 1::float8, 0::bigint, NULL::int), (500, 0.05, 9500, 1), (50, 0.1, 450, 2), (10, 0.2, 40, 3)$$,
  'the funnel of a business as it is drawn on a whiteboard');

-- A score is no money.
SELECT results_eq($$SELECT a.* FROM (SELECT funnel_stages(j || '{2024-01-01 nps=9, 2024-06-01 nps=-3}', 'visit -> signup -> purchase', 'purchase | refund') AS a FROM stages_js) s, unnest(s.a) a$$,
  $$SELECT a.* FROM (SELECT funnel_stages(j, 'visit -> signup -> purchase', 'purchase | refund') AS a FROM stages_js) s, unnest(s.a) a$$, 'events with scores change no revenue');

-- Any plan and any split: the same rows, bit for bit.
CREATE FUNCTION pg_temp.stages() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT (country, a.*)::text FROM (SELECT country, funnel_stages(j, 'visit* -> signup | trial -> purchase within 7 days', 'purchase | refund') AS a
    FROM stages_js GROUP BY country) s, unnest(s.a) a
  UNION ALL SELECT ('all', a.*)::text FROM (SELECT funnel_stages(j, 'visit -> signup -> purchase', 'purchase | refund') AS a FROM stages_js) s, unnest(s.a) a $$;
SET LOCAL extra_float_digits = 3;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE stages_serial AS SELECT pg_temp.stages() AS r;
SET LOCAL max_parallel_workers_per_gather = 3;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
ALTER TABLE stages_js SET (parallel_workers = 3);
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; all_lines text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP all_lines := all_lines || line || E'\n'; END LOOP;
  RETURN all_lines;
END $$;
SELECT alike(pg_temp.plan($$SELECT funnel_stages(j, 'visit -> signup', 'purchase') FROM stages_js$$), '%Partial Aggregate%',
  'the aggregate runs in parallel; if not, see PARALLEL and COMBINEFUNC');
SELECT bag_eq('SELECT * FROM pg_temp.stages()', 'SELECT r FROM stages_serial', 'parallel and serial rows are equal');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_hashagg = off;
SELECT bag_eq('SELECT * FROM pg_temp.stages()', 'SELECT r FROM stages_serial', 'sorted and hashed rows are equal');
CREATE TABLE stages_part (LIKE stages_js) PARTITION BY HASH (customer);
CREATE TABLE stages_part_0 PARTITION OF stages_part FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE stages_part_1 PARTITION OF stages_part FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE stages_part_2 PARTITION OF stages_part FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO stages_part SELECT * FROM stages_js ORDER BY random();
ALTER TABLE stages_js RENAME TO stages_js_whole;
ALTER TABLE stages_part RENAME TO stages_js;
SET LOCAL enable_partitionwise_aggregate = on;
CREATE OR REPLACE FUNCTION pg_temp.stages() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT (country, a.*)::text FROM (SELECT country, funnel_stages(j, 'visit* -> signup | trial -> purchase within 7 days', 'purchase | refund') AS a
    FROM stages_js GROUP BY country) s, unnest(s.a) a
  UNION ALL SELECT ('all', a.*)::text FROM (SELECT funnel_stages(j, 'visit -> signup -> purchase', 'purchase | refund') AS a FROM stages_js) s, unnest(s.a) a $$;
SELECT bag_eq('SELECT * FROM pg_temp.stages()', 'SELECT r FROM stages_serial', 'partitionwise rows are equal');
ALTER TABLE stages_js RENAME TO stages_part;
ALTER TABLE stages_js_whole RENAME TO stages_js;

-- Partial results that travel, as text and as bytes, in any order.
CREATE AGGREGATE stages_partial(journey, journey_pattern, journey_pattern) (SFUNC = funnel_stages_trans, STYPE = journey_tally);
CREATE AGGREGATE stages_total(journey_tally) (SFUNC = journey_tally_combine, STYPE = journey_tally, FINALFUNC = funnel_stages_final);
CREATE TABLE stages_tally AS
SELECT floor(random() * 7)::int AS bucket, stages_partial(j, 'visit -> signup -> purchase', 'purchase | refund') AS t
FROM (SELECT j, random() FROM stages_js ORDER BY 2) s GROUP BY 1;
SELECT bag_eq($$SELECT ('all', a.*)::text FROM (SELECT stages_total(t ORDER BY bucket DESC) AS a FROM stages_tally) s, unnest(s.a) a$$,
  $$SELECT r FROM stages_serial WHERE r LIKE '(all,%'$$, 'stored partial results add up to the whole');
SELECT bag_eq($$SELECT ('all', a.*)::text FROM (SELECT stages_total(t::text::journey_tally) AS a FROM stages_tally) s, unnest(s.a) a$$,
  $$SELECT r FROM stages_serial WHERE r LIKE '(all,%'$$, 'partial results survive their text form');
SELECT is((SELECT count(*) FROM stages_tally WHERE encode(journey_tally_send(t), 'hex') <> t::text), 0::bigint, 'the binary form is the same bytes');

-- Window frames, shared states, NULL, nothing.
SELECT is((SELECT count(*) FROM (SELECT customer, (funnel_stages(j, 'visit') OVER (ORDER BY customer ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))[1].customers AS n,
                                        sum((j @@ 'visit')::int) OVER (ORDER BY customer ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS m
                                 FROM stages_js WHERE customer <= 300) s WHERE n <> m), 0::bigint, 'a running funnel is the one of each frame');
SELECT is((SELECT count(*) FROM (SELECT (funnel_stages(j, 'visit') OVER (ORDER BY customer ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING))[1].customers AS n,
                                        sum((j @@ 'visit')::int) OVER (ORDER BY customer ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING) AS m
                                 FROM stages_js WHERE customer <= 100) s WHERE n <> m), 0::bigint, 'a moving funnel, too');
SELECT is((SELECT funnel_stages(j, 'visit') FROM stages_js WHERE false), NULL, 'no row at all: NULL');
SELECT is((SELECT (customers, from_start, events_matching)::text FROM unnest((SELECT funnel_stages(NULL::journey, 'visit'))) a), '(0,,0)', 'only NULL journeys: stages without customers');
SELECT is((SELECT (customers, revenue)::text FROM unnest((SELECT funnel_stages('{}'::journey, 'visit', 'purchase'))) a), '(0,0)', 'an empty journey reaches nothing');
SELECT is((SELECT revenue FROM unnest((SELECT funnel_stages('{2024-01-01T00:00Z a=1}'::journey, 'a', NULL))) a), NULL, 'revenue NULL: no revenue column');
SELECT is((SELECT revenue FROM unnest((SELECT funnel_stages(j::journey, 'a', 'a') FROM unnest(ARRAY['{2024-01-01T00:00Z a=1e16}', '{2024-01-01T00:00Z a=1}', '{2024-01-01T00:00Z a=-1e16}']) j)) a),
  1::float8, 'sums lose nothing');

SELECT * FROM finish();
ROLLBACK;

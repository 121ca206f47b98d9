-- No session setting changes an answer: every public function, under settings
-- that change how values are read, shown, found and planned.
--
-- Each query is a view; its rows under the default settings are kept in a
-- table of the same types and compared without passing through text.
\set ECHO none
\set QUIET 1
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.5);

-- 200 customers around the days when clocks change in Europe and America.
CREATE TEMP TABLE ev AS
SELECT id, customer, ts, ts AT TIME ZONE 'UTC' AS utc, (ts AT TIME ZONE 'UTC')::date AS day, event, channel, value,
       (array_position(ARRAY['home', 'cart', 'purchase'], event)) AS step
FROM (SELECT i AS id, i % 200 AS customer,
             (ARRAY['2024-03-10 00:00+00', '2024-03-30 22:00+00', '2024-10-26 22:00+00']::timestamptz[])[1 + i % 3]
               + floor(random() * 500) * interval '7 minutes 0.123 seconds' AS ts,
             (ARRAY['home', 'search', 'cart', 'purchase', 'naïve ü', 'a > b'])[1 + floor(random() * 6)] AS event,
             (ARRAY['email', 'ads', NULL])[1 + floor(random() * 3)] AS channel,
             (ARRAY[NULL, 0.1, 1234567.891, 1e-7, 1e22, -3.5])[1 + floor(random() * 6)] AS value
      FROM generate_series(1, 4000) i) s;
CREATE TEMP TABLE js AS
SELECT customer, journey_agg(ts, event, channel, value) AS j,
       journey_agg(ts, event) FILTER (WHERE id % 2 = 0) AS k,
       path_sequence(ts, event) AS path
FROM ev GROUP BY customer;
-- Through text as a user would write it, and as the program prints it.
CREATE TEMP TABLE texts AS
SELECT customer, j::text AS j, path_text(j, ' -> ', 3) AS line FROM js;
CREATE TEMP TABLE pats (p journey_pattern, q journey_pattern);
INSERT INTO pats VALUES ('home -> search | cart => purchase within 7 days', 'purchase');

ANALYZE ev, js, texts, pats;
CREATE TEMP TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
  ('SELECT customer, id, sessionize(ts) OVER w AS a, session_start(ts) OVER w AS b, sessionize(ts, ''1 day'') OVER w AS c,
           sessionize(utc) OVER w AS d, session_start(utc, ''24 hours'') OVER w AS e
    FROM ev WINDOW w AS (PARTITION BY customer ORDER BY ts, id)'),
  ('SELECT customer, s.* FROM js, sessions(j, ''1 day'') s'),
  ('SELECT customer, session_count(j) AS a, session_count(j, ''2 hours'') AS b FROM js'),
  ('SELECT customer, path_sequence(ts, event) AS a, path_sequence(utc, event) AS b FROM ev GROUP BY customer'),
  ('SELECT customer, path_sequence(j) AS a, path_text(j, max_steps => 4) AS b, path_text(path, '' | '', collapse => true) AS c FROM js'),
  -- build
  ('SELECT customer, journey_agg(ts, event) AS a, journey_agg(ts, event, channel) AS b, journey_agg(ts, event, channel, value) AS c FROM ev GROUP BY customer'),
  ('SELECT customer, journey_agg(utc, event) AS a, journey_agg(utc, event, channel) AS b, journey_agg(utc, event, channel, value) AS c FROM ev GROUP BY customer'),
  ('SELECT customer % 7 AS g, min(j) AS a, max(j) AS b FROM js GROUP BY 1'),
  ('SELECT customer % 7 AS g, journey_agg(j) AS a FROM js GROUP BY 1'),
  -- rows of all customers in one pass
  ('SELECT customer % 7 AS g, funnel_stages(customer::bigint, ts, event, p) AS a1, funnel_stages(customer::bigint, ts, event, channel, value, p) AS a2, funnel_stages(customer::bigint, ts, event, channel, value, p, q) AS a3,
           funnel_stages(customer::text, ts, event, p) AS a4, funnel_stages(customer::text, ts, event, channel, value, p) AS a5, funnel_stages(customer::text, ts, event, channel, value, p, q) AS a6,
           funnel_stages(md5(customer::text)::uuid, ts, event, p) AS a7, funnel_stages(md5(customer::text)::uuid, ts, event, channel, value, p) AS a8, funnel_stages(md5(customer::text)::uuid, ts, event, channel, value, p, q) AS a9
    FROM ev, pats GROUP BY 1'),
  ('SELECT customer % 7 AS g, funnel_stages(customer::bigint, utc, event, p) AS a1, funnel_stages(customer::bigint, utc, event, channel, value, p) AS a2, funnel_stages(customer::bigint, utc, event, channel, value, p, q) AS a3,
           funnel_stages(customer::text, utc, event, p) AS a4, funnel_stages(customer::text, utc, event, channel, value, p) AS a5, funnel_stages(customer::text, utc, event, channel, value, p, q) AS a6,
           funnel_stages(md5(customer::text)::uuid, utc, event, p) AS a7, funnel_stages(md5(customer::text)::uuid, utc, event, channel, value, p) AS a8, funnel_stages(md5(customer::text)::uuid, utc, event, channel, value, p, q) AS a9
    FROM ev, pats GROUP BY 1'),
  ('SELECT customer % 7 AS g, funnel_stages(customer::bigint, day, event, p) AS a1, funnel_stages(customer::bigint, day, event, channel, value, p) AS a2, funnel_stages(customer::bigint, day, event, channel, value, p, q) AS a3,
           funnel_stages(customer::text, day, event, p) AS a4, funnel_stages(customer::text, day, event, channel, value, p) AS a5, funnel_stages(customer::text, day, event, channel, value, p, q) AS a6,
           funnel_stages(md5(customer::text)::uuid, day, event, p) AS a7, funnel_stages(md5(customer::text)::uuid, day, event, channel, value, p) AS a8, funnel_stages(md5(customer::text)::uuid, day, event, channel, value, p, q) AS a9
    FROM ev, pats GROUP BY 1'),
  ('SELECT a.customer, a.journey, b.journey AS k FROM journey_build(''SELECT customer, ts, event FROM pg_temp.ev'') a,
           journey_build(''SELECT md5(customer::text)::uuid, utc, event, channel, value FROM pg_temp.ev'', NULL::uuid) b WHERE b.customer = md5(a.customer::text)::uuid'),
  -- all customers
  ('SELECT customer % 7 AS g, funnel_stages(j, p) AS a, funnel_stages(j, p, q) AS b FROM js, pats GROUP BY 1'),
  ('SELECT customer % 7 AS g, transition_map(j) AS a, path_flows(j, q, 4) AS b, path_flows(j, q, 4, 2) AS c, path_flows_to(j, q, 4) AS d,
           path_flows_to(j, q, 4, 2) AS e, top_paths(j, q, q, 3, 10) AS f FROM js, pats GROUP BY 1'),
  ('SELECT customer % 7 AS g, drop_offs(j, q, ''session'', 1) AS a, drop_offs(j, q, ''journey'', NULL, ''7 days'', ''2024-10-20 00:00+00'') AS b FROM js, pats GROUP BY 1'),
  ('SELECT customer, rate_interval(customer::bigint, 200) AS a, count_interval(customer::bigint, 7.5) AS b, compare_rates(customer::bigint, 200, 9, 77) AS c,
           bh_adjust(ARRAY[customer / 200.0::float8, 0.01]) AS d FROM js'),
  ('SELECT customer % 7 AS g, compare_means(v, h) AS a, compare_ranks(v, h) AS b, bootstrap_means(v, h, 100, 1) AS c, compare_times(v, v > 3, h) AS d, compare_times(v, v > 3, h, 2.5) AS e
    FROM (SELECT customer, extract(epoch FROM duration(j))::float8 / 86400 AS v, j @@ ''purchase'' AS h FROM js) s GROUP BY 1'),
  ('SELECT customer, compare_means(customer + 2, 7.5, 2, 9, 7, 3) AS a, mean_interval(customer + 2, 7.5, 2) AS b, sample_size(customer / 200.0::float8, 0.123) AS c, sample_size_means(customer, 7) AS d FROM js'),
  ('SELECT b.cohort AS at, compare_metrics(b, c) AS d, difference_in_differences(compare_metrics(b, c), compare_metrics(c, b)) AS e, m.*
    FROM (SELECT journey_metrics(j, ''home'', q, q, ''3 days'', ''month'', ''Europe/Berlin'', ''2024-10-29 12:00+00'') FILTER (WHERE customer < 100) AS x,
                 journey_metrics(j, ''home'', q, q, ''3 days'', ''month'', ''Europe/Berlin'', ''2024-10-29 12:00+00'') FILTER (WHERE customer >= 100) AS y FROM js, pats) s,
      unnest(x) b JOIN unnest(y) c USING (metric, cohort), compare_metrics(x, y) m'),
  ('SELECT anomalies(event, day, 1, NULL) AS a, anomalies(event, day, (value > 0)::int, 1, ''2024-03-31'', 1, 5) AS b, anomalies(event, day, value) AS c, anomalies(event, day, value, ''2024-03-31'', 1, 5) AS d FROM ev'),
  ('SELECT customer % 7 AS g, survival(days, h) AS a, hazard(days, h, 3, 30) AS b, log_rank(days, h, (customer % 3)::text) AS c, log_rank(days, h, (customer % 3)::text, 1) AS c1, life_table(days, h, 5, 30) AS c2,
           survival_median(survival(days, h)) AS d, survival_quantile(survival(days, h), 0.2) AS e, survival_at(survival(days, h), 2.5) AS f, survival_mean(survival(days, h), 2.5) AS i
    FROM (SELECT customer, extract(epoch FROM duration(j))::float8 / 86400 AS days, j @@ ''purchase'' AS h FROM js) s GROUP BY 1'),
  ('SELECT customer % 7 AS g, m, attribution(j, q, q, m) AS a, attribution(j, p, q, m, ''1 day'') AS b
    FROM js, pats, unnest(''{first,position,time_decay,markov(2),shapley}''::text[]) m GROUP BY 1, 2'),
  ('SELECT customer % 2 AS g, touchpoint_lift(j, journey_match(j, p), first_time(j, q), 5) AS a, session_rules(j, q, ''1 day'', 5) AS b,
           session_rules(j, q, ''1 day'', 5, ''2 days'', ''2024-06-01'') AS c, sequence_lift(j, journey_match(j, p), first_time(j, q), 5, 3, 2) AS d FROM js, pats GROUP BY 1'),
  ('SELECT customer % 7 AS g, retention_table(j, q, q, ''day'', ''Europe/Berlin'') AS a, retention_table(j, q, q, ''week'', NULL, ''{0,2}'') AS b,
           retention_table(j, q, q, ''month'', ''America/New_York'', NULL, ''2024-11-05 00:00+00'') AS c FROM js, pats GROUP BY 1'),
  ('SELECT customer % 7 AS g, early_warning(j, q, ''cart'', ''60 days'', ARRAY[''2024-03-20 00:00+00'', ''2024-10-28 00:00+00'']::timestamptz[], ''30 days'', p, NULL) AS a,
           early_warning(j, NULL, NULL, ''2 days'', ARRAY[''2024-03-20 00:00+00'']::timestamptz[], ''1 day'', NULL, ''12 hours'', ''2024-05-01 00:00+00'') AS b FROM js, pats GROUP BY 1'),
  ('SELECT customer, churn_score(m, j, ''2024-10-28 00:00+00'') AS a, churn_reason(m, j, ''2024-10-28 00:00+00'') AS b FROM js,
           (SELECT churn_model(j, q, ''cart'', ''60 days'', ARRAY[''2024-03-20 00:00+00'', ''2024-10-27 00:00+00'']::timestamptz[], ''20 days'', p) AS m FROM js, pats) s'),
  ('SELECT c.* FROM (SELECT churn_model(j, NULL, NULL, ''60 days'', ARRAY[''2024-03-14 00:00+00'', ''2024-10-28 00:00+00'']::timestamptz[], ''2 days'', NULL, ''2024-11-01 00:00+00'') AS m FROM js) s, churn_check(m) c'),
  ('SELECT calibration(customer / 200.0::float8, customer % 3 = 0) AS a FROM js'),
  ('SELECT customer, convert_probability(m, j) AS a, convert_probability(w, j) AS b, n.* FROM js,
           (SELECT next_model(j, q, ''1 hour'') AS m, next_model(j, q, ''1 day'', ''2 days'', ''2024-10-28 00:00+00'') AS w FROM js, pats) s, next_events(m, j, 3) n'),
  ('SELECT customer, l.* FROM js, lifecycle(j, ''home | cart'', ''week'', ''Europe/Berlin'', ''2024-11-05 00:00+00'') l'),
  ('SELECT customer, usual_gap(j) AS a, n.* FROM js, next_purchase(j, ''cart'', ''purchase'', ''2024-11-05 00:00+00'', ''search'', ''2 days'') n'),
  ('SELECT customer, j || k AS a, journey_merge(k, j) AS b FROM js'),
  -- in and out
  ('SELECT customer, j::text AS a, j::jsonb AS b, encode(journey_send(j), ''hex'') AS c FROM js'),
  ('SELECT customer, j::journey AS a FROM texts'),
  ('SELECT customer, (j::jsonb)::journey AS a FROM js'),
  ('SELECT a.customer AS x, b.customer AS y, a.j = b.j AS eq, a.j <> b.j AS ne, a.j < b.j AS lt, a.j <= b.j AS le, a.j > b.j AS gt,
           a.j >= b.j AS ge, journey_cmp(a.j, b.j) AS cmp, journey_hash(a.j) AS h, journey_hash_extended(a.j, 7) AS hx, journey_smaller(a.j, b.j) AS s, journey_larger(a.j, b.j) AS l
    FROM js a, js b WHERE a.customer < 20 AND b.customer < 20'),
  -- ask and cut
  ('SELECT customer, length(j) AS a, started_at(j) AS b, ended_at(j) AS c, duration(j) AS d, event_at(j, 3) AS e, time_at(j, -2) AS f,
           first_touch(j) AS g, last_touch(j) AS h, event_names(j) AS i, event_count(j, q) AS k, value_sum(j, q) AS l FROM js, pats'),
  ('SELECT customer, slice(j, ''2024-03-10 12:00+00'', ''2024-03-31 01:00+00'') AS a, slice(j, timestamp ''2024-03-10 12:00'', ''2024-03-31 01:00'') AS b,
           slice(j, ending_before => timestamp ''2024-03-10 12:00'') AS b2, slice(j, date ''2024-03-10'') AS b3, slice(j, ending_before => date ''2024-03-11'') AS b4,
           before(j, q) AS c, after(j, q) AS d, collapse(j) AS e, keep(j, q) AS f, drop_events(j, q) AS g,
           relabel(j, ARRAY[''home'', ''c*''], ARRAY[''H'', ''C'']) AS h,
           journey_replace(j, slice(k, ''2024-03-31 01:00+00''), ''2024-03-31 01:00+00'') AS i,
           journey_replace(j, slice(k, timestamp ''2024-03-31 01:00''), timestamp ''2024-03-31 01:00'') AS l,
           journey_replace(j, NULL, ending_before => timestamp ''2024-03-31 01:00'') AS m, journey_replace(j, NULL, date ''2024-03-10'', date ''2024-03-31'') AS n FROM js, pats'),
  ('SELECT customer, e.* FROM js, events(j) e'),
  ('SELECT customer, t.* FROM js, transitions(j) t'),
  ('SELECT customer, c.* FROM js, pats, cycles(j, q) c'),
  -- patterns
  ('SELECT p::text AS a, q::text AS b, p::text::journey_pattern AS c, encode(journey_pattern_send(p), ''hex'') AS d, pattern_names(p) AS e,
           p = q AS eq, p <> q AS ne, p < q AS lt, p <= q AS le, p > q AS gt, p >= q AS ge,
           journey_pattern_cmp(p, q) AS cmp, journey_pattern_hash(p) AS h, journey_pattern_hash_extended(p, 7) AS hx FROM pats'),
  ('SELECT journey_pattern(ARRAY[''a'', ''b?'', pattern_name(''x y'')], within => ''1 day'', session_timeout => ''1 hour'', without => ''c'', then_no => ''d'', then_no_for => ''36 h'') AS a'),
  ('SELECT customer, d.* FROM js, pats, funnel_detail(j, p) d'),
  ('SELECT customer, funnel_step(j, p) AS a, funnel_times(j, p) AS b, match_count(j, p) AS c, journey_match(j, p) AS d, j @@ p AS e, p @@ j AS f,
           journey_match(j, p, ''2024-03-31 01:00+00'') AS g, journey_match(j, p, timestamp ''2024-03-31 01:00'') AS g2, journey_match(j, q, date ''2024-03-31'') AS g3, time_to_convert(j, p) AS h, days_to_convert(j, p) AS i,
           time_to_first(j, q) AS k, days_to_first(j, q) AS l, first_time(j, q) AS m, last_time(j, q) AS n FROM js, pats'),
  ('SELECT customer, funnel_step(ts, event, p) AS a, funnel_times(ts, event, p) AS b, match_count(ts, event, p) AS c, journey_match(ts, event, p) AS d,
           time_to_convert(ts, event, p) AS e, days_to_convert(ts, event, p) AS f, time_to_first(ts, event, q) AS g, days_to_first(ts, event, q) AS h
    FROM ev, pats GROUP BY customer'),
  ('SELECT customer, funnel_step(utc, event, p) AS a, funnel_times(utc, event, p) AS b, match_count(utc, event, p) AS c, journey_match(utc, event, p) AS d,
           time_to_convert(utc, event, p) AS e, days_to_convert(utc, event, p) AS f, time_to_first(utc, event, q) AS g, days_to_first(utc, event, q) AS h
    FROM ev, pats GROUP BY customer'),
  ('SELECT customer, funnel_step(ts, event, channel, value, p) AS a, funnel_times(ts, event, channel, value, p) AS b, match_count(ts, event, channel, value, p) AS c,
           journey_match(ts, event, channel, value, p) AS d, time_to_convert(ts, event, channel, value, p) AS e, days_to_convert(ts, event, channel, value, p) AS f,
           time_to_first(ts, event, channel, value, q) AS g, days_to_first(ts, event, channel, value, q) AS h FROM ev, pats GROUP BY customer'),
  ('SELECT customer, funnel_step(utc, event, channel, value, p) AS a, funnel_times(utc, event, channel, value, p) AS b, match_count(utc, event, channel, value, p) AS c,
           journey_match(utc, event, channel, value, p) AS d, time_to_convert(utc, event, channel, value, p) AS e, days_to_convert(utc, event, channel, value, p) AS f,
           time_to_first(utc, event, channel, value, q) AS g, days_to_first(utc, event, channel, value, q) AS h FROM ev, pats GROUP BY customer'),
  ('SELECT customer, funnel_step(ts, step, ''7 days'') AS a, funnel_step(utc, step, ''168 hours'') AS b FROM ev GROUP BY customer'),
  ('SELECT customer, journey_match(ts, event, p, ''2024-03-31 01:00+00''::timestamptz) AS a, journey_match(ts, event, channel, value, p, ''2024-03-31 01:00+00''::timestamptz) AS b,
           journey_match(utc, event, p, timestamp ''2024-03-31 01:00'') AS c, journey_match(utc, event, channel, value, p, timestamp ''2024-03-31 01:00'') AS d,
           journey_match(utc, event, p, ''2024-03-31 01:00+00''::timestamptz) AS e, journey_match(utc, event, channel, value, p, ''2024-03-31 01:00+00''::timestamptz) AS f,
           journey_match(day, event, p, date ''2024-03-31'') AS g, journey_match(day, event, channel, value, p, date ''2024-03-31'') AS h,
           journey_match(day, event, p, ''2024-03-31 01:00+00''::timestamptz) AS i, journey_match(day, event, channel, value, p, ''2024-03-31 01:00+00''::timestamptz) AS j
    FROM ev, pats GROUP BY customer'),
  -- dates are midnight in UTC
  ('SELECT customer, funnel_step(day, event, p) AS a, funnel_times(day, event, p) AS b, match_count(day, event, p) AS c, journey_match(day, event, p) AS d, time_to_convert(day, event, p) AS e, days_to_convert(day, event, p) AS f, time_to_first(day, event, q) AS g, days_to_first(day, event, q) AS h FROM ev, pats GROUP BY customer'),
  ('SELECT customer, funnel_step(day, event, channel, value, p) AS a, funnel_times(day, event, channel, value, p) AS b, match_count(day, event, channel, value, p) AS c, journey_match(day, event, channel, value, p) AS d, time_to_convert(day, event, channel, value, p) AS e, days_to_convert(day, event, channel, value, p) AS f, time_to_first(day, event, channel, value, q) AS g, days_to_first(day, event, channel, value, q) AS h FROM ev, pats GROUP BY customer'),
  ('SELECT customer, journey_agg(day, event) AS a, journey_agg(day, event, channel) AS b, journey_agg(day, event, channel, value) AS c,
           path_sequence(day, event) AS d, funnel_step(day, step, ''7 days'') AS e FROM ev GROUP BY customer'),
  ('SELECT id, sessionize(day, ''2 days'') OVER w AS a, session_start(day, ''2 days'') OVER w AS b FROM ev WINDOW w AS (PARTITION BY customer ORDER BY day, id)'),
  -- conditions
  ('SELECT customer, windowfunnel(86400, ''default'', ts, event = ''home'', event = ''cart'', event = ''purchase'') AS a,
           windowfunnel(86400, ''strict_order, strict_once'', utc, event = ''home'', event = ''cart'', value > 1) AS b,
           retention(event = ''home'', event = ''cart'', event = ''purchase'') AS c FROM ev GROUP BY customer'),
  ('SELECT customer, sequence_match(''(?1)(?t<=7200)(?2)'', ts, event = ''home'', event = ''cart'') AS a, sequence_match(''(?1)(?t>60)(?2)'', utc, event = ''home'', event = ''cart'') AS b,
           sequence_count(''(?1).*(?2)'', ts, event = ''home'', event = ''cart'') AS c, sequence_count(''(?1).*(?2)'', utc, event = ''home'', event = ''cart'') AS d FROM ev GROUP BY customer'),
  ('SELECT customer, sequence_next_node(''forward'', ''first_match'', ts, event, true, event = ''home'') AS a, sequence_next_node(''backward'', ''last_match'', utc, event, value > 1, event = ''cart'', true) AS b,
           sequence_next_node(''forward'', ''head'', ts, event, true) AS c, sequence_next_node(''backward'', ''tail'', utc, event, true) AS d FROM ev GROUP BY customer'),
  -- archetypes
  ('SELECT customer, archetype_cluster(path, 4) OVER () AS a, archetype_cluster(j, 4) OVER () AS b FROM js'),
  ('WITH m AS (SELECT archetype_model(customer::bigint, j, 3) AS m FROM js WHERE customer < 40)
    SELECT archetype_model(customer::bigint, j) AS a, archetype_model(customer::bigint, j, 2) AS b, archetype_model(customer::bigint, j, NULL, m) AS c,
           archetype_model(customer::text, j) AS d, archetype_model(customer::text, j, 2) AS e, archetype_model(customer::text, j, NULL, m) AS f,
           archetype_model(md5(customer::text)::uuid, j) AS g, archetype_model(md5(customer::text)::uuid, j, 2) AS h, archetype_model(md5(customer::text)::uuid, j, NULL, m) AS i
    FROM js, m WHERE customer < 40'),
  ('WITH m AS (SELECT archetype_model(customer::bigint, j, 3) AS m, archetype_model(customer::bigint, k, 2) AS n FROM js WHERE customer < 40)
    SELECT customer, archetype_of(m, j) AS a, archetype_of(m, j, false) AS b, archetype_scores(n, j) AS c, m = n AS eq, m <> n AS ne,
           archetype_model_hash(m) AS h, archetype_model_hash_extended(m, 7) AS hx, d.*, r.name AS n1, r.signature AS s1
    FROM js, m, archetype_drift(m, n) d, archetypes(n) r'),
  -- distance
  ('SELECT customer, journey_distance(j, k) AS a, journey_distance(j, k, false) AS b, journey_features(j, 16) AS c, journey_entropy(j) AS d, journey_complexity(j) AS e FROM js');

-- What is set, one at a time.  A locale that is not installed is left out.
CREATE TEMP TABLE settings (name text, value text);
INSERT INTO settings VALUES
  ('TimeZone', 'Europe/Berlin'), ('TimeZone', 'America/St_Johns'), ('TimeZone', 'Pacific/Apia'), ('TimeZone', 'Asia/Kathmandu'),
  ('DateStyle', 'German'), ('DateStyle', 'SQL, DMY'), ('DateStyle', 'Postgres, YMD'),
  ('IntervalStyle', 'iso_8601'), ('IntervalStyle', 'sql_standard'), ('IntervalStyle', 'postgres_verbose'),
  ('timezone_abbreviations', 'India'), ('extra_float_digits', '-15'), ('extra_float_digits', '0'), ('extra_float_digits', '3'),
  ('bytea_output', 'escape'), ('array_nulls', 'off'), ('search_path', ''),
  ('work_mem', '64kB'), ('enable_hashagg', 'off'), ('enable_sort', 'off'), ('jit', 'off');
INSERT INTO settings SELECT 'standard_conforming_strings', 'off' WHERE current_setting('server_version_num')::integer < 190000;
INSERT INTO settings SELECT name, value FROM unnest('{lc_numeric,lc_time,lc_monetary}'::text[]) name, unnest('{de_DE.UTF-8,fr_FR.UTF-8}'::text[]) value;

SELECT plan((SELECT count(*)::int + 2 FROM settings));

CREATE FUNCTION pg_temp.keep_answers() RETURNS void LANGUAGE plpgsql AS $$
DECLARE q record;
BEGIN
  FOR q IN SELECT * FROM queries ORDER BY id LOOP
    EXECUTE format('CREATE TEMP VIEW answer_%s AS %s', q.id, q.query);
    EXECUTE format('CREATE TEMP TABLE kept_%s AS TABLE answer_%s', q.id, q.id);
  END LOOP;
END $$;
SELECT pg_temp.keep_answers() \gset

-- The queries whose answer is not the one kept, under one setting.
CREATE FUNCTION pg_temp.changed_answers(setting text, new_value text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE q record; old_value text := pg_catalog.current_setting(setting); n bigint;
BEGIN
  BEGIN
    PERFORM pg_catalog.set_config(setting, new_value, true);
  EXCEPTION WHEN invalid_parameter_value THEN
    RETURN;
  END;
  FOR q IN SELECT * FROM pg_temp.queries ORDER BY id LOOP
    EXECUTE pg_catalog.format('SELECT count(*) FROM ((TABLE pg_temp.answer_%1$s EXCEPT ALL TABLE pg_temp.kept_%1$s) UNION ALL (TABLE pg_temp.kept_%1$s EXCEPT ALL TABLE pg_temp.answer_%1$s)) s', q.id)
      INTO n;
    IF n OPERATOR(pg_catalog.>) 0 THEN
      RETURN NEXT q.query;
    END IF;
  END LOOP;
  PERFORM pg_catalog.set_config(setting, old_value, true);
END $$;

-- A function that stands in no view is not tested here.
SELECT is_empty($$
  SELECT p.oid::regprocedure
  FROM pg_proc p JOIN pg_depend m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid AND m.deptype = 'e'
  JOIN pg_extension e ON e.oid = m.refobjid AND e.extname = 'journey'
  WHERE p.prorettype <> 'internal'::regtype AND NOT 'internal'::regtype = ANY (p.proargtypes)
    AND NOT EXISTS (SELECT FROM pg_type t WHERE p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend))
    AND NOT EXISTS (SELECT FROM pg_aggregate a WHERE p.oid IN (a.aggtransfn, a.aggcombinefn, a.aggfinalfn))
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid)
    AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_operator o ON o.oid = d.refobjid
                    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_operator'::regclass AND o.oprcode = p.oid)$$,
  'every public function is asked; add a query with these to test/pgtap/settings.sql');
SELECT cmp_ok((SELECT sum((xpath('//c/text()', query_to_xml('SELECT count(*) AS c FROM kept_' || id, false, true, '')))[1]::text::bigint) FROM queries),
  '>', 15000::numeric, 'the queries have answers; if not, see the data above');

SELECT is_empty(format('SELECT pg_temp.changed_answers(%L, %L)', name, value),
  format('SET %s = %L changes no answer; if it does, the function reads or prints by a setting', name, value))
FROM settings;

SELECT * FROM finish();
ROLLBACK;

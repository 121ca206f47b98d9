-- The whole pattern language in the server: both grains, known traps, moments.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(66);
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.25);

-- Both grains, over patterns that use every part of the language.
CREATE TABLE lang_ev AS
SELECT 1 + floor(random() * 400)::int AS customer,
       '2024-03-30 22:00+00'::timestamptz + floor(random() * 16) * interval '20 minutes' AS ts,
       (ARRAY['a', 'a', 'b', 'b', 'c', 'ab', 'd'])[1 + floor(random() * 7)] AS event,
       (ARRAY['email', 'ads', NULL])[1 + floor(random() * 3)] AS channel,
       (ARRAY[1, 2.5, NULL])[1 + floor(random() * 3)]::float8 AS value
FROM generate_series(1, 4000) i;
CREATE TABLE lang_j AS SELECT customer, journey_agg(ts, event, channel, value) AS j FROM lang_ev GROUP BY customer;
CREATE TABLE lang_p (p journey_pattern);
INSERT INTO lang_p VALUES ('a@email -> b'), ('a[value > 1] -> !b -> c'), ('a -> b? -> c'), ('a{2} -> b+ -> c'),
  ('a => b+ => c'), ('a => !a@ads{1,3} => d'), ('a ->[40 minutes] b ->[20 minutes, 2 hours; without d] c'), ('a ->[without ab] b'),
  ('^ a -> b'), ('^ . -> b $'), ('a -> b $'), ('a -> b within session'), ('a -> b -> c within session [20 minutes]'),
  ('a -> b -> c without d@email'), ('a -> b -> c in any order within 1 hour'), ('a -> a -> b in any order at distinct times'),
  ('a -> b at distinct times'), ('a then no b for 1 hour'), ('(a | b)@e*{2,} -> c then no d | ab for 20 minutes'),
  ('a* -> c[value <= 2.5]? -> d from first'), ('b in any order'), ('!(a | b)@email -> . $');
CREATE TABLE lang_stored AS
SELECT customer, p::text AS p, funnel_step(j, p) AS step, funnel_times(j, p) AS times, match_count(j, p) AS n, j @@ p AS m
FROM lang_j, lang_p;
CREATE TABLE lang_rows AS
SELECT customer, p::text AS p, funnel_step(ts, event, channel, value, p) AS step, funnel_times(ts, event, channel, value, p) AS times,
       match_count(ts, event, channel, value, p) AS n, journey_match(ts, event, channel, value, p) AS m
FROM lang_ev, lang_p GROUP BY customer, p;
SELECT is((SELECT count(*) FROM lang_stored), (SELECT count(*) FROM lang_rows), 'every customer and pattern has an answer at both grains');
SELECT is_empty('TABLE lang_rows EXCEPT TABLE lang_stored', 'rows and journeys give the same depth, times, count and match');
SELECT is_empty($$SELECT p FROM lang_stored GROUP BY p HAVING NOT bool_or(step > 0)$$, 'every pattern reaches someone; if not, it tests nothing');
SELECT is_empty($$SELECT * FROM lang_stored WHERE m <> (n > 0)$$, 'a match is counted iff there is one');
SELECT is_empty($$SELECT p FROM lang_p WHERE p::text::journey_pattern::text <> p::text$$, 'the printed form reads back as itself');
SELECT is_empty($$SELECT customer, p FROM lang_j, lang_p, funnel_detail(j, p) d GROUP BY customer, j, p
  HAVING array_agg(ts ORDER BY item) IS DISTINCT FROM funnel_times(j, p) OR min(depth) <> funnel_step(j, p) OR bool_and(complete) <> (j @@ p)
      OR count(*) FILTER (WHERE filled) <> count(ts) OR min(censored_at) <> ended_at(j)$$, 'funnel_detail tells the same attempt');
SELECT is_empty($$SELECT * FROM lang_j, lang_p, funnel_detail(j, p) d LEFT JOIN events(j) e USING (event_no)
  WHERE filled AND (d.ts, d.event, d.channel, d.value) IS DISTINCT FROM (e.ts, e.event, e.channel, e.value)$$, 'and the events that fill it');
SELECT results_eq($$SELECT item, step, filled, event_no, event, channel, value, depth, complete, censored_at
    FROM funnel_detail('{2024-03-01 visit, 2024-03-02 cart@email=5, 2024-03-09 purchase}', 'visit -> chat? -> cart -> purchase', '2024-03-03 00:00+00')$$,
  $$VALUES (1, 'visit', true, 1, 'visit', NULL, NULL::float8, 3, false, timestamptz '2024-03-03 00:00+00'), (2, 'chat', false, NULL, NULL, NULL, NULL, 3, false, '2024-03-03 00:00+00'),
           (3, 'cart', true, 2, 'cart', 'email', 5, 3, false, '2024-03-03 00:00+00'), (4, 'purchase', false, NULL, NULL, NULL, NULL, 3, false, '2024-03-03 00:00+00')$$,
  'a row for each item, as of a moment');
SELECT is((SELECT count(*) FROM funnel_detail(NULL, 'a')), 0::bigint, 'no journey, no rows');

-- Filters, against plain SQL.
SELECT results_eq($$SELECT customer, event_count(j, 'a@email[value >= 2] | !(a | b)@ads') FROM lang_j ORDER BY 1$$,
  $$SELECT customer, (count(*) FILTER (WHERE (event = 'a' AND channel = 'email' AND value >= 2)
      OR NOT coalesce(event IN ('a', 'b') AND channel = 'ads', false))) FROM lang_ev GROUP BY 1 ORDER BY 1$$,
  'a negation negates its filters, a filter is false without channel or value');
SELECT results_eq($$SELECT customer, length(keep(j, 'a[value <> 1]')) FROM lang_j ORDER BY 1$$,
  $$SELECT customer, (count(*) FILTER (WHERE event = 'a' AND value <> 1))::int FROM lang_ev GROUP BY 1 ORDER BY 1$$,
  'transforms of events look at values, too');
SELECT results_eq($$SELECT customer, round(value_sum(j, 'a@ads | b')::numeric, 3) FROM lang_j ORDER BY 1$$,
  $$SELECT customer, round(sum(value) FILTER (WHERE event = 'a' AND channel = 'ads' OR event = 'b')::numeric, 3) FROM lang_ev GROUP BY 1 ORDER BY 1$$,
  'sums over filtered events');
SELECT throws_ok($$SELECT funnel_step(ts, event, 'a@email') FROM lang_ev$$, '22023', NULL, 'the short form refuses channels');
SELECT throws_ok($$SELECT journey_match(ts, event, 'a -> b without c[value > 1]') FROM lang_ev$$, '22023', NULL, 'the short form refuses values');

-- Sessions, against sessionize.
SELECT results_eq($$SELECT customer, match_count(j, 'a -> b within session [20 min] at distinct times') > 0 FROM lang_j ORDER BY 1$$,
  $$SELECT customer, coalesce(bool_or(hit), false) FROM (
      SELECT customer, s, min(ts) FILTER (WHERE event = 'a') < max(ts) FILTER (WHERE event = 'b') AS hit
      FROM (SELECT *, sessionize(ts, interval '20 min') OVER (PARTITION BY customer ORDER BY ts) AS s FROM lang_ev) x
      GROUP BY 1, 2) y GROUP BY 1 ORDER BY 1$$, 'sessions are those of sessionize, over all events');

-- Traps in which other engines disagree.
CREATE FUNCTION pg_temp.step(j journey, p journey_pattern) RETURNS integer LANGUAGE sql AS 'SELECT funnel_step(j, p)';
SELECT is(pg_temp.step(j::journey, p::journey_pattern), want, p || ' on ' || j) FROM (VALUES
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 x, 2024-03-04 c}', 'a -> b -> c', 3),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 x, 2024-03-04 c}', 'a => b => c', 2),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 a, 2024-03-04 c}', 'a -> b -> c', 3),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 a, 2024-03-04 c}', 'a ->[without a] b ->[without a] c', 2),
  ('{2024-03-01 a, 2024-03-02 a, 2024-03-03 b}', 'a => b', 2),
  ('{2024-03-01 a, 2024-03-02 a, 2024-03-03 b}', 'a ->[without a] b', 2),
  ('{2024-03-01 a, 2024-03-02 a, 2024-03-03 b}', 'a{2} => b', 2),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 d, 2024-03-04 c}', 'a -> b -> c -> d', 3),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 c, 2024-03-04 a, 2024-03-05 d}', 'a -> b -> c -> d', 4),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 c, 2024-03-04 b, 2024-03-05 d}', 'a -> b -> c -> d', 4),
  ('{2024-03-01 a}', 'a -> a -> a', 1),
  ('{2024-03-01 a, 2024-03-01 a, 2024-03-01 a}', 'a -> a -> a', 3),
  ('{2024-03-01 a, 2024-03-01 a, 2024-03-01 a}', 'a -> a -> a at distinct times', 1),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 b, 2024-03-03 c}', 'a -> b -> c at distinct times', 3),
  ('{2024-03-01 c, 2024-03-01 b, 2024-03-01 a}', 'c -> b -> a', 3),
  ('{2024-03-01 a, 2024-03-08 b}', 'a -> b within 7 days', 2),
  ('{2024-03-01 a, 2024-03-08T00:00:00.000001 b}', 'a -> b within 7 days', 1),
  ('{2024-03-01 a, 2024-03-08 b}', 'a ->[7 days] b', 2),
  ('{2024-03-01 a, 2024-03-08T00:00:00.000001 b}', 'a ->[7 days] b', 1),
  ('{2024-03-01 a, 2024-03-02 b}', 'a ->[1 day, 2 days] b', 2),
  ('{2024-03-01 a, 2024-03-01T23:59:59.999999 b}', 'a ->[1 day, 2 days] b', 1),
  ('{2024-03-30T12:00+01 a, 2024-03-31T13:00+02 b}', 'a -> b within 1 day', 2),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 c}', 'a -> c without b', 1),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-03 a, 2024-03-04 c}', 'a -> c without b', 2),
  ('{2024-03-01 a, 2024-03-02 c}', 'a -> !b -> c', 2),
  ('{2024-03-01 a, 2024-03-02 b, 2024-03-02T12:00 x, 2024-03-03 c}', 'a -> !b -> c', 3),
  ('{2024-03-01 b, 2024-03-02 a}', 'a -> b in any order', 2),
  ('{2024-03-01 c, 2024-03-02 a}', 'a -> b -> c in any order', 2)) v (j, p, want);
SELECT is((SELECT funnel_step(journey_agg(t, 's' || i), string_agg('s' || i, ' -> ' ORDER BY i)::journey_pattern)
           FROM (SELECT i, timestamptz '2024-03-01' + i * interval '1 min' AS t FROM generate_series(1, 40) i) s), 40, '40 steps');
SELECT is((SELECT funnel_step(journey_agg(t, 's' || i), (string_agg('s' || i, ' -> ' ORDER BY i) || ' within session')::journey_pattern)
           FROM (SELECT i, timestamptz '2024-03-01' AS t FROM generate_series(1, 40) i) s), 40, '40 steps at one time, in the general engine');

-- Long journeys of first steps are not quadratic: this would take minutes.
CREATE TABLE lang_long AS
SELECT journey_agg(timestamptz '2024-03-01' + i * interval '1 s', CASE WHEN i = 100001 THEN 'b' ELSE 'a' END) AS j FROM generate_series(1, 100001) i;
SELECT is((SELECT funnel_step(j, 'a ->[10 minutes; without x] b? -> c within session without y') FROM lang_long), 2, 'a journey of 100,000 first steps');
SELECT is((SELECT funnel_times(j, 'a ->[10 seconds, 20 seconds] b') FROM lang_long),
  '{2024-03-02 03:46:21+00,2024-03-02 03:46:41+00}'::timestamptz[], 'the earliest start with a gap, far behind');
SELECT is((SELECT match_count(j, 'a{3} at distinct times') FROM lang_long), 33333::bigint, 'counting is linear, too');
-- A third of the events of one time is b, behind all a; each match takes its neighbours.
CREATE TEMP TABLE lang_tied AS SELECT n, journey_agg(timestamptz '2024-01-01 00:00+00', CASE WHEN i % 3 = 0 THEN 'b' ELSE 'a' END, CASE WHEN i % 2 = 0 THEN 'k' END, i) AS j
FROM (SELECT generate_series(1, 90) UNION ALL SELECT generate_series(250, 2500, 97) UNION ALL SELECT 50000) v (n), generate_series(1, n) i GROUP BY n;
SELECT is_empty($$SELECT n FROM lang_tied WHERE match_count(j, 'a{2} => a') <> (n - n / 3) / 3 OR match_count(j, 'b => b => b without c') <> n / 3 / 3
  OR match_count(j, 'a{2} => a{3,}') <> (n - n / 3) / 5$$, 'counting inside one time is as elsewhere, and linear, too');
SELECT is_empty($$SELECT n FROM lang_tied, LATERAL (SELECT count(*) FILTER (WHERE i % 2 = 0) AS k FROM generate_series(1, n) i WHERE i % 3 > 0) c
  WHERE n > 9 AND match_count(j, 'a{2} => a@k') <> 1 + (k - 1) / 3$$, 'the first match across a change of channel, the others behind it');
SELECT is((SELECT funnel_step(j, 'b -> a -> c in any order within 1 minute') FROM lang_long), 2, 'in any order');

-- Moments: true from its moment on, not a microsecond before.
CREATE FUNCTION pg_temp.moments(j journey, p journey_pattern, t timestamptz) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(journey_match(j, p, m)::text, ' ' ORDER BY m)
  FROM unnest(ARRAY[t - interval '1 us', t, t + interval '1 us']) m $$;
SELECT is(pg_temp.moments('{2024-03-01T10:00 cart}', 'cart then no purchase for 1 hour', '2024-03-01 11:00+00'),
  'false true true', 'a cart without a purchase for an hour');
SELECT is(pg_temp.moments('{2024-03-01T10:00 cart, 2024-03-01T11:00 purchase}', 'cart then no purchase for 1 hour', '2024-03-01 11:00+00'),
  'false false false', 'a purchase at the last microsecond of it');
SELECT is(pg_temp.moments('{2024-03-01T10:00 cart, 2024-03-01T11:00:00.000001 purchase}', 'cart then no purchase for 1 hour', '2024-03-01 11:00+00'),
  'false true true', 'a purchase behind it');
SELECT is(pg_temp.moments('{2024-03-01 a, 2024-03-05 c}', 'a then no b for 30 days', '2024-03-31 00:00+00'),
  'false true true', 'bought a 30 days ago and not b');
SELECT is(pg_temp.moments('{2024-03-01 visit, 2024-03-01 visit, 2024-03-05 mail}', 'visit then no visit for 21 days', '2024-03-22 00:00+00'),
  'false true true', 'silent for 21 days, also when the last visit is there twice');
SELECT is(journey_match(journey '{2024-03-01 a, 2024-03-05 b, 2024-04-09 c}', 'a then no b for 30 days', '2024-03-04'), false, 'too early to tell');
SELECT is(journey_match(journey '{2024-03-01 a, 2024-03-20 c}', 'a then no b for 19 days'), true, 'without a moment the journey ends with its last event');
SELECT is(journey_match(journey '{2024-03-01 a, 2024-03-20 c}', 'a then no b for 20 days'), false, 'and nothing is known behind it');
SELECT is(journey_match(journey '{2024-03-01 a, 2024-03-20 c}', 'a $', '2024-03-19'), true, 'as of a moment, later events do not exist');

-- For programs.
SELECT is(journey_pattern(ARRAY['visit', '-> [2 days] cart?', '=> (buy | renew){2}'], within => '7 days', session_timeout => '1 hour', without => 'refund',
    from_first => true, distinct_times => true, then_no => 'visit', then_no_for => '90 min', begins => true, ends => true),
  '^ visit ->[2 days] cart? => (buy | renew){2} $ within 7 days within session [1 hour] without refund from first at distinct times then no visit for 90 minutes',
  'a pattern from all its parts');
SELECT is(journey_pattern(ARRAY[pattern_name('a -> b'), pattern_name('say "hi"'), pattern_name('within')], any_order => true)::text,
  '"a -> b" -> "say ""hi""" -> within in any order', 'names of any kind');
SELECT throws_ok($$SELECT journey_pattern(ARRAY['a', 'b -> c'])$$, '22023', NULL, 'an element is one step');
SELECT throws_ok($$SELECT journey_pattern(ARRAY['a', 'b within 1 day'])$$, '22023', NULL, 'and has no clauses');
SELECT throws_ok($$SELECT journey_pattern(ARRAY['a', NULL])$$, '22004', NULL, 'or is NULL');
SELECT throws_ok($$SELECT journey_pattern('{}'::text[])$$, '22023', NULL, 'or missing');

SELECT * FROM finish();
ROLLBACK;

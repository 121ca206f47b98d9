-- churn_model against the same model in plain SQL, out of time, and what a
-- score must not know.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(19);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.125);

-- Some buy now and then, some often; tickets and gaps precede cancelling.
CREATE TABLE ev AS
SELECT c, '2024-01-01 00:00+00'::timestamptz + d * interval '24 hours' AS ts, event
FROM (SELECT c, c % 60 + random() * (30 + c % 200) AS d, (ARRAY['visit', 'visit', 'visit', 'buy'])[1 + floor(random() * 4)] AS event
      FROM generate_series(1, 800) c, generate_series(1, 2 + c % 19) i
      UNION ALL SELECT c, 40 + c % 200, 'ticket' FROM generate_series(1, 800, 3) c
      UNION ALL SELECT c, 45 + c % 200 + random() * 30, 'cancel' FROM generate_series(1, 800, 6) c
      UNION ALL SELECT c, 60 + random() * 200, 'cancel' FROM generate_series(2, 800, 10) c) e;
CREATE TABLE js AS SELECT c, journey_agg(ts, event) AS j FROM ev GROUP BY c;
CREATE TABLE marks AS SELECT '2024-01-01 00:00+00'::timestamptz + d * interval '24 hours' AS t FROM generate_series(60, 200, 20) d;
CREATE TABLE model AS SELECT churn_model(j, 'buy', 'cancel', '60 days', (SELECT array_agg(t) FROM marks), '30 days', 'ticket') AS m FROM js;

-- Who is a customer, what he is like and whether he churns, from the rows.
-- Of the marks, day 200 is for checking, and 60 to 160 end before it.
CREATE TABLE known AS
WITH gaps AS (SELECT c, ts + '60 days'::interval AS silent_at FROM (SELECT c, ts, lead(ts) OVER (PARTITION BY c ORDER BY ts) AS next FROM ev) g WHERE next IS NULL OR next - ts > '60 days'),
k AS (SELECT c, t, max(ts) AS last, min(ts) FILTER (WHERE event = 'buy') AS since, count(*) FILTER (WHERE event = 'buy') AS starts, count(DISTINCT ts::date) AS days, max(ts::date) - min(ts::date) AS span,
             count(*) FILTER (WHERE ts >= t - interval '15 days') AS recent, count(*) FILTER (WHERE ts >= t - interval '45 days' AND ts < t - interval '15 days') AS before,
             bool_or(event = 'ticket' AND ts >= t - interval '15 days') AS sign
      FROM ev, marks WHERE ts < t GROUP BY c, t)
SELECT c, t, last, ARRAY[
    CASE WHEN days > 1 THEN 1 + width_bucket(-extract(epoch FROM t - last) / floor(86400000000 * span::numeric / (days - 1)) * 1000000, '{-8,-4,-2,-1}') END,
    width_bucket(-extract(epoch FROM t - last) / 86400, '{-120,-60,-30,-15,-7.5,-3.75,-1.875}'),
    CASE WHEN before = 0 THEN (recent > 0)::int ELSE CASE WHEN recent * 4 <= before THEN 2 WHEN recent * 4 < 3 * before THEN 3 ELSE 4 END END,
    width_bucket(-extract(epoch FROM t - since) / 86400, '{-240,-120,-60,-30,-15}'),
    width_bucket(-starts, '{-49,-19,-9,-4,-2,-1}'), sign::int] AS band,
  EXISTS (SELECT FROM ev e WHERE e.c = k.c AND event = 'cancel' AND ts > t AND ts <= t + interval '30 days')
   OR EXISTS (SELECT FROM gaps g WHERE g.c = k.c AND silent_at >= t AND silent_at < t + interval '30 days') AS churned
FROM k WHERE starts > 0 AND t - last <= '60 days' AND NOT EXISTS (SELECT FROM ev e WHERE e.c = k.c AND event = 'cancel' AND ts <= t);
CREATE VIEW learned AS SELECT * FROM known WHERE t <= '2024-01-01 00:00+00'::timestamptz + 160 * interval '24 hours';

-- Bands in the order in which they tell most; groups narrow, rates are drawn
-- towards those of the wider group.
CREATE FUNCTION score() RETURNS TABLE (c int, t timestamptz, score double precision) LANGUAGE plpgsql AS $$
DECLARE
  taken int[] := '{}'; best int; best_score float8; s float8;
BEGIN
  CREATE TEMP TABLE path ON COMMIT DROP AS SELECT k.c, k.t, k.band, NULL::int[] AS grp, ((SELECT count(*) FROM learned WHERE churned) + 0.5) / ((SELECT count(*) FROM learned) + 1.0)::float8 AS rate FROM known k;
  FOR depth IN 1 .. 6 LOOP
    best_score := -1;
    FOR f IN 1 .. 6 LOOP
      CONTINUE WHEN f = ANY (taken);
      SELECT sum(g.churned ^ 2 / g.n) INTO s FROM (SELECT count(*) FILTER (WHERE l.churned)::float8 AS churned, count(*)::float8 AS n FROM learned l
        GROUP BY (SELECT array_agg(l.band[x] ORDER BY o) FROM unnest(taken || f) WITH ORDINALITY u (x, o))) g;
      IF s > best_score * (1 + 1e-12) THEN best := f; best_score := s; END IF;
    END LOOP;
    taken := taken || best;
    UPDATE path SET grp = (SELECT array_agg(coalesce(path.band[x], -1) ORDER BY o) FROM unnest(taken) WITH ORDINALITY u (x, o));
    UPDATE path SET rate = (coalesce(g.churned, 0) + 50 * path.rate) / (coalesce(g.n, 0) + 50)
    FROM path p LEFT JOIN (SELECT (SELECT array_agg(coalesce(l.band[x], -1) ORDER BY o) FROM unnest(taken) WITH ORDINALITY u (x, o)) AS grp, count(*) FILTER (WHERE l.churned) AS churned, count(*) AS n FROM learned l GROUP BY 1) g ON g.grp = p.grp
    WHERE p.c = path.c AND p.t = path.t;
  END LOOP;
  RETURN QUERY SELECT p.c, p.t, p.rate FROM path p;
END $$;
CREATE TABLE expected AS SELECT * FROM score();
CREATE TABLE scored AS SELECT c, t, churn_score(m, j, t) AS score FROM model, js, marks;
SELECT cmp_ok((SELECT count(DISTINCT score) FROM expected), '>', 100::bigint, 'the scores to compare differ');
SELECT bag_eq('SELECT c, t FROM scored WHERE score IS NOT NULL', 'SELECT c, t FROM expected', 'those have a score who are customers then');
SELECT is_empty($$SELECT * FROM scored s JOIN expected e USING (c, t) WHERE abs(s.score - e.score) > 1e-9$$, 'scores are those of the model in plain SQL');

-- The check is that of the scores at the last landmark.
SELECT results_eq($$SELECT u.bin, u.customers, u.happened, round(u.expected::numeric, 12), round(u.brier::numeric, 12), round(u.auc::numeric, 12) FROM model, churn_check(m) u$$,
  $$SELECT u.bin, u.customers, u.happened, round(u.expected::numeric, 12), round(u.brier::numeric, 12), round(u.auc::numeric, 12) FROM
    (SELECT calibration(score, churned) AS a FROM scored JOIN known USING (c, t) WHERE t = '2024-01-01 00:00+00'::timestamptz + 200 * interval '24 hours') s, unnest(a) u$$, 'churn_check is calibration at the landmark kept for it');
SELECT ok(brier < base_brier AND auc > 0.7, 'the model tells more than the base rate') FROM model, churn_check(m) WHERE bin IS NULL;
SELECT ok(low <= expected AND expected <= high, format('tenth %s: what was expected (%s) is within the interval of what happened', bin, round(expected::numeric, 3)))
FROM model, churn_check(m) WHERE bin = 10;

-- No future: what comes at or after the time asked changes nothing.
SELECT is_empty($$SELECT * FROM model, js, marks WHERE churn_score(m, j, t) IS NOT NULL AND (churn_score(m, j, t), churn_reason(m, j, t)) IS DISTINCT FROM (churn_score(m, slice(j, NULL, t), t), churn_reason(m, slice(j, NULL, t), t))$$, 'a score knows nothing of the time after it');
SELECT is((SELECT count(*) FROM (SELECT churn_model(j, 'buy', 'cancel', NULL, ARRAY['2024-04-01 00:00+00', '2024-04-10 00:00+00']::timestamptz[], '30 days', NULL) AS m FROM js) s, churn_check(m)), 0::bigint, 'landmarks too close to each other leave nothing to check with');
SELECT cmp_ok((SELECT count(*) FROM (SELECT churn_model(j, 'buy', 'cancel', NULL, ARRAY['2024-04-01 00:00+00', '2024-05-01 00:00+00']::timestamptz[], '30 days', NULL) AS m FROM js) s, churn_check(m)), '>', 1::bigint, 'a horizon may end when the check begins');

-- Reasons.
SELECT is((SELECT count(*) FROM model, js WHERE (churn_reason(m, j, '2024-07-01 00:00+00') IS NULL) <> (churn_score(m, j, '2024-07-01 00:00+00') IS NULL)), 0::bigint, 'who has a score has a reason');
SELECT is((SELECT count(*) FROM model, js WHERE churn_reason(m, j, '2024-07-01 00:00+00') !~ '; of \d+ such customers \d+ % churned within 30 days, of all \d+ %$'), 0::bigint, 'a reason tells how many there were and how often they churned');
SELECT cmp_ok((SELECT count(*) FROM model, js WHERE churn_reason(m, j, '2024-07-01 00:00+00') ~ 'ticket in the last 15 days'), '>', 0::bigint, 'a sign is told by its name');
SELECT is(churn_score(m, '{}', '2024-07-01 00:00+00'), NULL, 'an empty journey has no score') FROM model;

-- Any split gives the same bits; a model survives text and storage.
SELECT is((SELECT churn_model(j, 'buy', 'cancel', '60 days', (SELECT array_agg(t ORDER BY t DESC) FROM marks), '30 days', 'ticket')::text FROM (SELECT * FROM js ORDER BY md5(c::text)) s), (SELECT m::text FROM model), 'shuffled rows and landmarks give the same bits');
SELECT is((SELECT sum(churn_score(m::text::journey_model, j, '2024-07-01 00:00+00')) FROM model, js), (SELECT sum(churn_score(m, j, '2024-07-01 00:00+00')) FROM model, js), 'a model read back scores the same');
ALTER TABLE js SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT results_eq($$SELECT churn_model(j, 'buy', 'cancel', '60 days', (SELECT array_agg('2024-01-01 00:00+00'::timestamptz + d * interval '24 hours') FROM generate_series(60, 200, 20) d), '30 days', 'ticket')::text FROM js$$, 'SELECT m::text FROM model', 'parallel gives the same bits');
SELECT is((SELECT churn_model(j, 'buy', 'cancel', '60 days', '{2024-05-01}', '30 days', NULL)::text FROM js WHERE false), NULL, 'nothing to look at is NULL');


-- Damaged bytes are refused, or give what they say, and the server lives.
CREATE FUNCTION ask(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  m journey_model;
BEGIN
  m := bytes::text::journey_model;
  PERFORM churn_score(m, j, '2024-07-01 00:00+00'), churn_reason(m, j, '2024-07-01 00:00+00') FROM few;
  PERFORM count(*) FROM churn_check(m);
  RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
CREATE TABLE few AS SELECT j FROM js WHERE c <= 3;
CREATE TABLE small AS SELECT churn_model(j, 'buy', 'cancel', '60 days', '{2024-04-01 00:00+00, 2024-06-01 00:00+00}', '30 days', 'ticket')::text::bytea AS b FROM js WHERE c <= 40;
CREATE TABLE mutant AS SELECT i, x, ask(set_byte(b, i, x)) AS result FROM small, generate_series(0, least(length(b), 320) - 1, 2) i, unnest('{1,200}'::int[]) x;
SELECT is_empty($$SELECT * FROM mutant WHERE result NOT IN ('ok', 'XX001', '22P02', '22023', '22008', '22021')$$, 'a changed byte of a model is refused, or gives what the bytes say');
SELECT cmp_ok((SELECT count(*) FROM mutant WHERE result = 'ok'), '>', 20::bigint, 'not all of them are refused');

SELECT * FROM finish();
ROLLBACK;

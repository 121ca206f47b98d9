-- What is said with patterns, journeys and sessions.

-- Steps as patterns: a row is an event named by its bits, condition k is any
-- name that has bit k.
CREATE FUNCTION step(p int, k int) RETURNS text LANGUAGE sql AS $$
  SELECT '(' || coalesce(string_agg(DISTINCT quoted(bits), ' | '), 'none') || ')' FROM event WHERE problem = p AND substr(bits, k, 1) = '1'
$$;
CREATE FUNCTION steps_before(p int, k int) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(step(p, i), ' | ') FROM generate_series(1, k - 1) i
$$;

-- Doris: "fixed" is the next matched row; "deduplication" allows none of the
-- steps taken so far between two steps.  Rows of equal time go by arrival there;
-- here the time tells it, in microseconds, for which the window has room.
INSERT INTO answer
SELECT problem, file, fn, id, name, expected::text, got::text,
       CASE WHEN pattern IS NULL THEN 'skipped' WHEN got::text = expected::text THEN 'passed' ELSE 'failed' END,
       CASE WHEN pattern IS NULL THEN 'the pattern language does not know this yet: ' || said ELSE 'said as a pattern' END
FROM (SELECT p.*, pattern_or_null(said) AS pattern,
             CASE WHEN pattern_or_null(said) IS NOT NULL
                  THEN (SELECT funnel_step(at + seq * interval '1 us', bits, said::journey_pattern) FROM event e WHERE e.problem = p.problem AND bits ~ '1') END AS got
      FROM (SELECT *, (SELECT string_agg(CASE WHEN k = 1 THEN '' WHEN fixed THEN ' => ' ELSE ' -> [without ' || steps_before(problem, k) || '] ' END || step(problem, k), '' ORDER BY k)
                       FROM generate_series(1, nconds) k) || ' within ' || (params->>'window')::bigint * 1000 + 1 || ' ms' AS said
            FROM (SELECT *, 'doris_fixed' = ANY (modes) AS fixed FROM problem) s
            WHERE fn = 'windowFunnel' AND (fixed OR params->>'doris_mode' = 'deduplication')) p) s;

-- Times of the events of a match.
INSERT INTO answer
SELECT problem, file, fn, id, name, expected::text, got, CASE WHEN got = expected::text THEN 'passed' ELSE 'failed' END, 'said as a pattern'
FROM (SELECT p.*, (SELECT coalesce(to_jsonb(array_agg(extract(epoch FROM t)::bigint + first ORDER BY t) FILTER (WHERE steps = nconds)), '[]')::text
                   FROM (SELECT funnel_times(at, bits, said::journey_pattern) AS times, funnel_step(at, bits, said::journey_pattern) AS steps, min(ts) AS first
                         FROM event e WHERE e.problem = p.problem AND bits ~ '1') f, unnest(times) t) AS got
      FROM (SELECT *, (SELECT string_agg(step(problem, k), ' => ' ORDER BY k) FROM generate_series(1, nconds) k) AS said
            FROM problem WHERE fn = 'sequenceMatchEvents' AND params->>'pattern' ~ '^(\(\?\d+\))+$') p) s;

INSERT INTO answer
SELECT problem, file, fn, id, name, expected::text, got, CASE WHEN got = expected::text THEN 'passed' ELSE 'failed' END
FROM (SELECT p.*, (SELECT to_jsonb(array_agg(n ORDER BY seq))::text
                   FROM (SELECT seq, sessionize(at, make_interval(secs => (params->>'gap')::int)) OVER (ORDER BY at, seq) AS n
                         FROM event e WHERE e.problem = p.problem) w) AS got
      FROM problem p WHERE fn = 'sessionize') s;

-- PostHog.  A person whose attempt meets an exclusion is dropped there, while a
-- "without" ends the attempt at the depth it has.  So a person counts if the
-- exclusions cost no depth and, where the next step would have been inside an
-- exclusion's range, an attempt of that depth saw none of them until its
-- window ended.  Of unordered funnels it drops none, but what it counts for them
-- is not the most steps that happened without an exclusion between: of its own
-- case, p3 has three such steps and counts for one, p1 has two and counts for two.
CREATE TABLE funnel AS
SELECT file, body, body->>'id' AS id, jsonb_array_length(body->'steps') AS n, body->'exclusions' AS exclusions,
       ' within ' || (body->>'window_seconds') || ' s' AS within,
       CASE body->>'order' WHEN 'strict' THEN ' => ' ELSE ' -> ' END AS link, body->>'order' = 'unordered' AS unordered
FROM posthog;

-- The first d steps; with the exclusions that lie before step d or not.
CREATE FUNCTION funnel_text(f funnel, d int, excluding boolean) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(CASE WHEN k = 1 THEN '' WHEN x IS NULL THEN f.link ELSE f.link || '[without ' || x || '] ' END || quoted(f.body->'steps'->>(k - 1)), '' ORDER BY k)
         || CASE WHEN f.unordered THEN ' in any order' ELSE '' END
         || coalesce((SELECT ' without (' || string_agg(quoted(e->>'event'), ' | ') || ')' FROM jsonb_array_elements(f.exclusions) e WHERE f.unordered AND excluding), '')
         || f.within
  FROM (SELECT k, (SELECT string_agg(quoted(e->>'event'), ' | ') FROM jsonb_array_elements(f.exclusions) e
                   WHERE excluding AND NOT f.unordered AND k - 1 > (e->>'from_step')::int AND k - 1 <= (e->>'to_step')::int) AS x
        FROM generate_series(1, d) k) s
$$;

-- What must not follow an attempt that stopped at step d.
CREATE FUNCTION funnel_after(f funnel, d int) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(quoted(e->>'event'), ' | ') FROM jsonb_array_elements(f.exclusions) e
  WHERE NOT f.unordered AND d - 1 >= (e->>'from_step')::int AND d - 1 < (e->>'to_step')::int
$$;

CREATE TABLE person AS
SELECT f.id, f.file, e.key AS person, j, full_text, clean_text,
       funnel_step(j, pattern_or_null(full_text)) AS depth, funnel_step(j, pattern_or_null(clean_text)) AS clean,
       (SELECT array_agg(t ORDER BY t) FROM unnest(funnel_times(j, pattern_or_null(clean_text))) t WHERE t IS NOT NULL) AS times
FROM funnel f, LATERAL (SELECT funnel_text(f, n, false) AS full_text, funnel_text(f, n, true) AS clean_text) t,
  jsonb_each(f.body->'events') e,
  LATERAL (SELECT journey_agg((x->>1)::timestamptz, x->>0) AS j FROM jsonb_array_elements(e.value) x) j;

-- Patterns that the language does not know yet.
CREATE TABLE unsaid AS
SELECT DISTINCT id, said FROM person, LATERAL (VALUES (full_text), (clean_text)) v(said) WHERE pattern_or_null(said) IS NULL;
INSERT INTO unsaid
SELECT id, said FROM funnel f, LATERAL (SELECT funnel_text(f, 1, true) || ' then no ' || funnel_after(f, 1) || ' for 1 s' AS said) s
WHERE said IS NOT NULL AND pattern_or_null(said) IS NULL AND id NOT IN (SELECT id FROM unsaid);

CREATE TABLE kept AS
SELECT p.* FROM person p JOIN funnel f USING (id)
WHERE id NOT IN (SELECT id FROM unsaid) AND (clean = depth OR f.unordered)
  AND (f.unordered OR depth = 0 OR funnel_after(f, depth) IS NULL OR depth = n
       OR journey_match(j, pattern_or_null(funnel_text(f, depth, true) || ' then no (' || funnel_after(f, depth) || ') for ' || (f.body->>'window_seconds') || ' s'),
                        '3000-01-01 00:00+00'));

-- Counts of every step, and the times between steps where they are told.
INSERT INTO answer
SELECT NULL, file, what, id, NULL, expected::text, got::text,
       CASE WHEN said IS NOT NULL THEN 'skipped' WHEN got = expected THEN 'passed' WHEN own_rule THEN 'differs' ELSE 'failed' END,
       CASE WHEN said IS NOT NULL THEN 'the pattern language does not know this yet: ' || said
            WHEN got IS DISTINCT FROM expected AND own_rule THEN 'the most steps without an exclusion between count, which is not PostHog''s rule for unordered funnels'
            ELSE 'said as a pattern' END
FROM (
  SELECT f.file, 'funnel counts' AS what, f.id, f.body->'expected'->'counts' AS expected,
         (SELECT to_jsonb(array_agg((SELECT count(*) FROM kept k WHERE k.id = f.id AND k.clean >= d) ORDER BY d)) FROM generate_series(1, n) d) AS got
  FROM funnel f
  UNION ALL
  SELECT f.file, 'funnel ' || replace(key, '_', ' '), f.id, f.body->'expected'->key,
         (SELECT to_jsonb(array_agg((SELECT CASE key WHEN 'avg_step_seconds' THEN avg(s)::numeric
                                            ELSE percentile_cont(0.5) WITHIN GROUP (ORDER BY s)::numeric END::int
                                     FROM (SELECT extract(epoch FROM times[d] - times[d - 1]) AS s FROM kept k WHERE k.id = f.id AND clean >= d) x) ORDER BY d))
          FROM generate_series(1, n) d)
  FROM funnel f, (VALUES ('avg_step_seconds'), ('median_step_seconds')) v(key) WHERE f.body->'expected' ? key
  UNION ALL
  SELECT f.file, 'funnel actors at step', f.id, x.value,
         (SELECT coalesce(to_jsonb(array_agg(person ORDER BY person)), '[]') FROM kept k WHERE k.id = f.id AND clean >= x.key::int)
  FROM funnel f, jsonb_each(f.body->'expected'->'actors_at_step') x
) s LEFT JOIN (SELECT id, min(said) AS said FROM unsaid GROUP BY id) u USING (id)
JOIN (SELECT id, unordered AND exclusions <> '[]' AS own_rule FROM funnel) r USING (id);

-- What no query above took.
INSERT INTO answer
SELECT problem, file, fn, id, name, expected::text, NULL, 'skipped', 'no function or pattern for this yet: ' || coalesce(array_to_string(modes, ', '), '')
FROM problem p WHERE NOT EXISTS (SELECT FROM answer a WHERE a.problem = p.problem);

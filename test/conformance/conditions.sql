-- The functions over conditions, as they are called.

-- Doris and StarRocks take a row for one step only, which is strict_once.
-- StarRocks does not see rows without a condition.
INSERT INTO answer
SELECT problem, file, fn, id, name, expected::text, got::text,
       CASE WHEN got = expected::text THEN 'passed' WHEN lower_on_ties AND got::int > expected::text::int THEN 'differs' ELSE 'failed' END,
       CASE WHEN got <> expected::text AND lower_on_ties THEN 'ClickHouse forgets a step when its condition holds again at the same time (#52844)'
            WHEN unmatched THEN 'rows without a condition left out by WHERE' END
FROM (SELECT p.*, file ~ 'clickhouse' AND 'strict_increase' = ANY (modes)
             AND (SELECT count(DISTINCT ts) < count(*) FROM event e WHERE e.problem = p.problem) AS lower_on_ties,
             (SELECT windowfunnel((params->>'window')::bigint, mode, at, VARIADIC conds)
              FROM event e WHERE e.problem = p.problem AND (NOT unmatched OR bits ~ '1'))::text AS got
      FROM (SELECT *, 'sr_drop_unmatched' = ANY (modes) AS unmatched,
                   coalesce(nullif(array_to_string(array_remove(modes, 'sr_drop_unmatched')
                                                   || CASE WHEN params ?| ARRAY['doris_mode', 'starrocks_mode'] THEN '{strict_once}'::text[] END, ','), ''), 'default') AS mode
            FROM problem) p
      WHERE fn = 'windowFunnel' AND NOT params->>'doris_mode' IS NOT DISTINCT FROM 'deduplication'
        AND modes <@ ARRAY['strict_order', 'strict_deduplication', 'strict_increase', 'strict_once', 'allow_reentry', 'sr_drop_unmatched']) s;

INSERT INTO answer
SELECT problem, file, fn, id, name, expected::text, got, CASE WHEN got = expected::text THEN 'passed' ELSE 'failed' END
FROM (SELECT p.*, (SELECT array_to_json(retention(VARIADIC conds))::jsonb::text FROM event e WHERE e.problem = p.problem) AS got
      FROM problem p WHERE fn = 'retention') s;

-- A head has nothing before it and a tail nothing behind it: ClickHouse refuses
-- those calls, and others answer something.
INSERT INTO answer
SELECT problem, file, fn, id, name, expected #>> '{}', got,
       CASE WHEN got IS NOT DISTINCT FROM expected #>> '{}' THEN 'passed'
            WHEN clickhouse IS NOT NULL AND got IS NOT DISTINCT FROM clickhouse #>> '{}' THEN 'differs' ELSE 'failed' END,
       CASE WHEN got IS DISTINCT FROM expected #>> '{}' AND clickhouse IS NOT NULL
            THEN 'the base is the very first or last row, as in ClickHouse, not the first or last that may be one' END
FROM (SELECT p.*, (SELECT sequence_next_node(params->>'direction', params->>'base', at, value, base, VARIADIC conds)
                   FROM event e WHERE e.problem = p.problem) AS got
      FROM problem p WHERE fn = 'sequenceNextNode') s;

-- ClickHouse leaves the order of equal times to its sort; its answers follow
-- the order of arrival, which rows of a table do not have.  Here that order is
-- told by the time: a unit becomes 1,000 seconds and a row's place some of
-- them, and the times of the pattern are widened so that they ask the same.
CREATE FUNCTION widened(pattern text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(string_agg(CASE
    WHEN m[2] IS NULL THEN m[1]
    WHEN m[2] = '<' AND m[3] = '0' THEN m[1]
    ELSE '(?t' || m[2] || m[3]::bigint * 1000 + CASE m[2] WHEN '<=' THEN 499 WHEN '<' THEN -499 WHEN '>=' THEN -499 ELSE 499 END || ')' END, ''
    ORDER BY nr), '')
  FROM regexp_matches(pattern, '(\(\?t([<>]=?)(\d+)\)|.)', 'g') WITH ORDINALITY AS x(m, nr)
$$;

INSERT INTO answer
SELECT problem, file, fn, id, name, expected::text, got, CASE WHEN got = expected::text THEN 'passed' ELSE 'failed' END,
       CASE WHEN ties THEN 'order of equal times told by the time' END
FROM (SELECT p.*, ties, CASE fn WHEN 'sequenceMatch' THEN matched::int::text ELSE counted::text END AS got
      FROM problem p,
        LATERAL (SELECT count(DISTINCT ts) < count(*) AND NOT params->>'pattern' ~ '==' AS ties FROM event e WHERE e.problem = p.problem AND bits ~ '1') t,
        LATERAL (SELECT sequence_match(pattern, t, VARIADIC conds) AS matched, sequence_count(pattern, t, VARIADIC conds) AS counted
                 FROM (SELECT CASE WHEN ties THEN widened(params->>'pattern') ELSE params->>'pattern' END AS pattern,
                              CASE WHEN ties THEN to_timestamp((ts - min(ts) OVER ()) * 1000 + seq) ELSE at END AS t, conds
                       FROM event e WHERE e.problem = p.problem) r) a
      WHERE fn IN ('sequenceMatch', 'sequenceCount')) s;

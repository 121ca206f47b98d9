-- Cases, their rows, and where the answers go.
--
-- A case: {"id", "fn", "kind", "params": {"window" in units of ts, inclusive,
-- "modes", "pattern", "direction", "base"}, "conds", "groups": {name:
-- {"events": [[ts, "bits of the conditions" (, value, base)], ..] in the order
-- they arrived, "expected", "clickhouse_semantics": where ClickHouse's own
-- answer is another one}}}.  A PostHog funnel: {"id", "steps", "order",
-- "window_seconds", "exclusions", "events": {person: [[event, time], ..]},
-- "expected": {"counts", ..}}.

-- One group of one case.
CREATE TABLE problem (
  problem int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file text, id text, name text, fn text, kind text, modes text[], params jsonb, nconds int,
  events jsonb, expected jsonb, clickhouse jsonb
);
CREATE TABLE posthog (file text, body jsonb);

-- verdict: passed, failed, differs, skipped (the last two with a note why)
CREATE TABLE answer (problem int, file text, fn text, id text, name text, expected text, got text, verdict text, note text);

CREATE FUNCTION load_cases(file text, body jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO posthog SELECT file, c FROM jsonb_array_elements(CASE jsonb_typeof(body) WHEN 'array' THEN body ELSE '[]' END) c
  WHERE c ? 'steps';
  INSERT INTO problem (file, id, name, fn, kind, modes, params, nconds, events, expected, clickhouse)
  SELECT file, body->>'id', g.key, body->>'fn', body->>'kind',
         ARRAY(SELECT jsonb_array_elements_text(coalesce(body->'params'->'modes', '[]'))), body->'params',
         jsonb_array_length(body->'conds'), g.value->'events', g.value->'expected', g.value->'clickhouse_semantics'
  FROM jsonb_each(CASE WHEN jsonb_typeof(body) = 'object' THEN body->'groups' ELSE '{}' END) g;
$$;

-- The rows of all groups.  Times are the case's own units: they are read as
-- seconds from its first row, so that windows in seconds fit whatever the unit.
CREATE VIEW event AS
SELECT problem, seq, ts, bits, value, base, to_timestamp(ts - min(ts) OVER (PARTITION BY problem)) AS at,
       ARRAY(SELECT b = '1' FROM regexp_split_to_table(nullif(bits, ''), '') b) AS conds
FROM (SELECT problem, seq, (e->>0)::bigint AS ts, e->>1 AS bits, e->>2 AS value, (e->>3)::boolean AS base
      FROM problem, jsonb_array_elements(events) WITH ORDINALITY AS e(e, seq)) s;

-- A pattern if the language can say it, else NULL.
CREATE FUNCTION pattern_or_null(text) RETURNS journey_pattern LANGUAGE plpgsql AS $$
BEGIN
  RETURN $1::journey_pattern;
EXCEPTION WHEN invalid_text_representation OR feature_not_supported THEN
  RETURN NULL;
END
$$;

CREATE FUNCTION quoted(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT '"' || replace(name, '"', '""') || '"'
$$;

-- What the demo's own queries use: words for numbers, and names for patterns.
-- Answers need none of it.

SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS journey;
CREATE SCHEMA IF NOT EXISTS demo;

-- 12,345
CREATE OR REPLACE FUNCTION demo.n(number numeric) RETURNS text
IMMUTABLE LANGUAGE sql AS $$ SELECT to_char(number, 'FM999,999,999,999,990') $$;

-- "12.3 %"; small parts of a whole are not rounded to nothing.
CREATE OR REPLACE FUNCTION demo.percent(part numeric, whole numeric) RETURNS text
IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN coalesce(whole, 0) = 0 THEN 'none'
		WHEN part > 0 AND part < whole * 0.0005 THEN 'under 0.1 %'
		WHEN part < whole AND part > whole * 0.9995 THEN 'over 99.9 %'
		ELSE to_char(100.0 * part / whole, 'FM990.0') || ' %' END
$$;

-- A number of days in the unit that a person would take.
CREATE OR REPLACE FUNCTION demo.span(days double precision) RETURNS text
IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE
		WHEN days IS NULL THEN 'unknown'
		WHEN days = 0 THEN 'no time'
		WHEN days * 86400 < 120 THEN to_char(days * 86400, 'FM990') || ' seconds'
		WHEN days * 1440 < 120 THEN to_char(days * 1440, 'FM990.0') || ' minutes'
		WHEN days * 24 < 48 THEN to_char(days * 24, 'FM990.0') || ' hours'
		ELSE to_char(days, 'FM999,990.0') || ' days' END
$$;

-- "3 customers", "1 customer"
CREATE OR REPLACE FUNCTION demo.many(number numeric, thing text) RETURNS text
IMMUTABLE LANGUAGE sql AS $$
	SELECT demo.n(number) || ' ' || CASE WHEN number = 1 THEN thing
		WHEN thing LIKE '%ry' THEN left(thing, -1) || 'ies' ELSE thing || 's' END
$$;

-- Whether two shares differ by more than chance would: three standard errors.
CREATE OR REPLACE FUNCTION demo.differ(part1 numeric, whole1 numeric, part2 numeric, whole2 numeric) RETURNS boolean
IMMUTABLE LANGUAGE sql AS $$
	SELECT coalesce((part1 / whole1 - part2 / whole2) ^ 2 > 9 * all_parts * (1 - all_parts) * (1 / whole1 + 1 / whole2), false)
	FROM (SELECT (part1 + part2) / (whole1 + whole2) AS all_parts) AS a
	WHERE whole1 > 0 AND whole2 > 0
$$;

-- An event name as a pattern writes it.
CREATE OR REPLACE FUNCTION demo.name(event text) RETURNS text
IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN event ~ '^[A-Za-z0-9_][A-Za-z0-9_./:]*$' THEN event
		ELSE '"' || replace(event, '"', '""') || '"' END
$$;

-- A word on a kind of event that goes by several names.
CREATE OR REPLACE FUNCTION demo.spelled(names text[]) RETURNS text
IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN cardinality(names) > 1 THEN ', in all its spellings' ELSE '' END $$;

-- A step as a table shows it: a quoted name without its quotes.
CREATE OR REPLACE FUNCTION demo.label(step text) RETURNS text
IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN step ~ '^"([^"]|"")*"$' THEN replace(substr(step, 2, length(step) - 2), '""', '"') ELSE step END
$$;

-- The steps of a pattern, without its clauses.
CREATE OR REPLACE FUNCTION demo.steps(pattern text) RETURNS text[]
IMMUTABLE LANGUAGE sql AS $$
	SELECT array_agg(regexp_replace(step, '\s+(within|from)\s[^"]*$', '') ORDER BY i)
	FROM regexp_split_to_table(pattern, '\s*(?:->|=>)\s*(?=(?:[^"]*"[^"]*")*[^"]*$)') WITH ORDINALITY AS s(step, i)
$$;

-- Per event name what goal, revenue and checks need; one pass over the rows.
-- Names that differ only in case or outer spaces have the same plain name, and
-- as a step all of them count, wherever the demo picks one.
DROP TABLE IF EXISTS demo.event_name;
CREATE TABLE demo.event_name AS
SELECT e.*,
	-- Money that goes back: its values must be negative to be summed with others.
	plain ~ '(refund|reimburse|charge.?back|erstattung|r(u|ü|ue)ckzahlung|gutschrift|retoure|rembours|devoluci|reembols|rimbors|terugbetal|estorno)'
		OR plain ~ '(^|[^a-z])return(s|ed)?([^a-z]|$)' AND plain !~ '(visit|customer|user|policy|page|view|start)' AS refund,
	string_agg(demo.name(event), ' | ') OVER (PARTITION BY plain ORDER BY rows DESC, event COLLATE "C"
		ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS step
FROM (SELECT event, count(*) AS rows, count(DISTINCT customer_id) AS customers, count(value) AS with_value,
		sum(value) AS sum_value, count(*) FILTER (WHERE value > 0) AS positive,
		lower(btrim(event)) AS plain
	FROM events GROUP BY event) AS e;

-- Pairs of neighbouring letters, for names that are nearly the same.
CREATE OR REPLACE FUNCTION demo.pairs(name text) RETURNS text[]
IMMUTABLE LANGUAGE sql AS $$
	SELECT array_agg(DISTINCT substr(w, i, 2))
	FROM (SELECT ' ' || lower(btrim(name)) || ' ' AS w) AS x, generate_series(1, length(w) - 1) AS i
$$;

-- The event name most like a word; NULL when none is.
CREATE OR REPLACE FUNCTION demo.closest(word text) RETURNS text
STABLE LANGUAGE sql AS $$
	SELECT event FROM (
		SELECT event, rows, 2.0 * (SELECT count(*) FROM unnest(demo.pairs(event)) AS p WHERE p = ANY (demo.pairs(word)))
			/ (cardinality(demo.pairs(event)) + cardinality(demo.pairs(word))) AS alike
		FROM demo.event_name) AS e
	WHERE alike >= 0.4
	ORDER BY alike DESC, rows DESC, event LIMIT 1
$$;

-- A word as make and the shell take it, on one line whatever it holds.
CREATE OR REPLACE FUNCTION demo.shell(word text) RETURNS text
IMMUTABLE LANGUAGE sql AS $body$
	SELECT CASE WHEN word ~ '[\x01-\x1f\x7f]' THEN '$''' || (
			SELECT string_agg(CASE WHEN c IN ('\', '''') THEN '\' || c
				WHEN c = chr(10) THEN '\n' WHEN c = chr(9) THEN '\t'
				WHEN c ~ '[\x01-\x1f\x7f]' THEN '\' || ascii(c) / 64 || ascii(c) / 8 % 8 || ascii(c) % 8
				WHEN c = '$' THEN '$$' ELSE c END, '' ORDER BY i)
			FROM regexp_split_to_table(word, '') WITH ORDINALITY AS u(c, i)) || ''''
		ELSE '''' || replace(replace(word, '''', $q$'\''$q$), '$', '$$') || '''' END
$body$;

-- The questions, on the journeys.  Each shows its table, one sentence computed
-- from it, and the query, which can be copied: it needs the table journeys
-- and nothing else of the demo.

SET client_min_messages = warning;

-- What the queries are made of: constants as literals, and optional columns.
SELECT goal IS NOT NULL AS has_goal, again,
	-- What counts as success in the columns: the goal, or doing it again.
	goal IS NOT NULL OR again AS has_aim,
	CASE WHEN again THEN (demo.steps(pattern))[1] || ' -> ' || (demo.steps(pattern))[1] ELSE coalesce(goal, '.') END AS aim,
	CASE WHEN again THEN 'come back' ELSE 'reach the goal' END AS aim_words,
	(SELECT no_channel < rows FROM demo.data) AS has_channel,
	(SELECT count(*) = 1 FROM demo.kind) AS one_kind,
	(SELECT date_only > rows * 0.9 FROM demo.data) AS coarse,
	coalesce(goal, '') AS goal_text, quote_literal(pattern) AS pattern,
	cardinality(demo.steps(pattern)) AS steps,
	cardinality(demo.steps(pattern)) > 1 AS is_path,
	(SELECT 'ARRAY[' || string_agg(quote_literal(demo.label(s)), ', ' ORDER BY i) || ']'
		FROM unnest(demo.steps(pattern)) WITH ORDINALITY AS u(s, i)) AS labels,
	(demo.steps(pattern))[1] AS step_first, (demo.steps(pattern))[cardinality(demo.steps(pattern))] AS step_last,
	CASE WHEN again THEN format(E',\n\tround(100 * avg((j @@ %L)::int), 1) AS "come back %%"', (demo.steps(pattern))[1] || ' -> ' || (demo.steps(pattern))[1])
		WHEN goal IS NULL THEN '' ELSE format(E',\n\tround(100 * avg((j @@ %L)::int), 1) AS "conversion %%"', goal) END AS goal_column,
	CASE WHEN revenue IS NULL THEN '' ELSE format(E',\n\tround(avg(coalesce(value_sum(j, %L), 0))::numeric, 2) AS "revenue each"', revenue) END AS revenue_column,
	CASE WHEN goal IS NULL OR again THEN 'j' ELSE format('coalesce(before(j, %L), j)', goal) END AS way,
	CASE WHEN (SELECT count(*) = 1 FROM demo.kind) THEN '' ELSE ', collapse => true' END AS collapse
FROM demo.picked \gset
SELECT CASE WHEN :'again' THEN '' ELSE :'goal_column' END AS path_goal_column,
	CASE WHEN :'has_goal' AND NOT :'again' AND EXISTS (SELECT FROM journeys WHERE length(before(j, nullif(:'goal_text', '')::journey_pattern)) = 0)
		THEN format('coalesce(nullif(path_text(%s, max_steps => 5%s), ''''), ''(goal first)'')', :'way', :'collapse')
		ELSE format('path_text(%s, max_steps => 5%s)', :'way', :'collapse') END AS path_expression,
	'THE TOP TEN PATHS: the first five steps' || CASE WHEN :'has_goal' AND NOT :'again' THEN ', up to the goal' ELSE '' END
		|| CASE WHEN :'one_kind' THEN '' ELSE ', repeats shown once' END AS path_title \gset
SELECT count(*) AS customers FROM journeys \gset

-- (b) ----------------------------------------------------------------------

\echo
\echo 'WHERE CUSTOMERS COME FROM FIRST'
\echo
SELECT CASE WHEN :'has_channel' THEN 'first_touch(j)' ELSE 'event_at(j, 1)' END AS first_expression,
	CASE WHEN :'has_channel' THEN 'first channel' ELSE 'first event' END AS first_title \gset
CREATE TEMPORARY TABLE first_contact AS
SELECT coalesce(:first_expression, '(none)') AS source, count(*) AS n,
	count(*) FILTER (WHERE :'has_aim' AND j @@ :'aim') AS reached
FROM journeys GROUP BY 1;
SELECT format('=> %s of the customers start with %s.%s', demo.percent(sum(n), :customers),
		regexp_replace(string_agg(demo.name(source), ', ' ORDER BY n DESC, source), ', ([^,]*)$', ' or \1'),
		CASE WHEN :'has_channel' THEN '' ELSE ' (No channel is recorded, so these are the first events.)' END) AS line
FROM (SELECT * FROM first_contact ORDER BY n DESC, source LIMIT 3) AS f \gset
SELECT coalesce((SELECT CASE WHEN demo.differ(b.reached, b.n, w.reached, w.n)
		THEN format(E'\n   Of those from %s %s %s, of those from %s %s (sources of %s or more).',
			demo.name(b.source), demo.percent(b.reached, b.n), :'aim_words', demo.name(w.source), demo.percent(w.reached, w.n),
			demo.many(greatest(20, :customers / 100), 'customer'))
		ELSE format(E'\n   How many of them %s (%s to %s) may differ by chance only.', :'aim_words',
			demo.percent(w.reached, w.n), demo.percent(b.reached, b.n)) END
	FROM (SELECT * FROM first_contact WHERE n >= greatest(20, :customers / 100) ORDER BY reached::numeric / n DESC, source LIMIT 1) AS b,
		(SELECT * FROM first_contact WHERE n >= greatest(20, :customers / 100) ORDER BY reached::numeric / n, source LIMIT 1) AS w
	WHERE :'has_aim' AND b.source <> w.source), '') AS more \gset
SELECT coalesce(:first_expression, '(none)') AS :"first_title",
	count(*) AS customers,
	round(100 * count(*) / sum(count(*)) OVER (), 1) AS "share %":goal_column:revenue_column
FROM journeys GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 12;
\echo :line:more
\echo
\p

-- (c) ----------------------------------------------------------------------

\echo
\echo 'SESSIONS OF A CUSTOMER'
\echo
SELECT format('=> %s in all. %s of the customers had just one%s%s.', demo.many(sum(n), 'session'),
		demo.percent(count(*) FILTER (WHERE n = 1), count(*)),
		CASE WHEN percentile_disc(0.5) WITHIN GROUP (ORDER BY n) > 1
			THEN format('; half had %s or fewer', percentile_disc(0.5) WITHIN GROUP (ORDER BY n)) ELSE '' END,
		CASE WHEN :'coarse' THEN '. The clock knows the day only, so a session here is a day' ELSE '' END) AS line
FROM (SELECT session_count(j, '30 minutes') AS n FROM journeys) AS s \gset
SELECT CASE WHEN n <= 3 THEN n::text WHEN n <= 5 THEN '4-5'
		WHEN n <= 10 THEN '6-10' WHEN n <= 20 THEN '11-20' ELSE 'over 20' END AS sessions,
	count(*) AS customers,
	round(100 * count(*) / sum(count(*)) OVER (), 1) AS "share %"
FROM (SELECT session_count(j, '30 minutes') AS n FROM journeys) AS s
GROUP BY 1 ORDER BY min(n);
\echo :line
\echo
\p

-- (d) ----------------------------------------------------------------------

\echo
\echo :path_title
\echo
CREATE TEMPORARY TABLE path AS
SELECT :path_expression AS path,
	count(*) AS n, count(*) FILTER (WHERE :'has_aim' AND j @@ :'aim') AS reached
FROM journeys GROUP BY 1;
WITH top AS (SELECT * FROM path ORDER BY n DESC, path LIMIT 10)
SELECT format('=> The most common path is that of %s of the customers; there are %s%s.',
		demo.percent((SELECT max(n) FROM top), :customers), demo.many((SELECT count(*) FROM path), 'different path'),
		CASE WHEN (SELECT count(*) FROM path) > 10
			THEN format(', these ten are those of %s', demo.percent((SELECT sum(n) FROM top), :customers)) ELSE '' END) AS line,
	coalesce((SELECT format(E'\n   Among those of them that go on (...), "%s" stands out: %s of its %s %s, %s of the rest.',
			t.path, demo.percent(t.reached, t.n), demo.many(t.n, 'customer'), :'aim_words', demo.percent(r.reached, r.n))
		FROM top t, LATERAL (SELECT sum(o.n) AS n, sum(o.reached) AS reached FROM top o
			WHERE o.path LIKE '% > ...' AND o.path <> t.path) AS r
		WHERE t.n >= 20 AND t.path LIKE '% > ...' AND NOT :'again' AND demo.differ(t.reached, t.n, r.reached, r.n)
		ORDER BY abs(t.reached::numeric / t.n - r.reached / r.n) DESC LIMIT 1), '') AS more \gset
SELECT :path_expression AS path,
	count(*) AS customers,
	round(100 * count(*) / sum(count(*)) OVER (), 1) AS "share %":path_goal_column
FROM journeys GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10;
\echo :line:more
\echo
\p

-- (e) ----------------------------------------------------------------------

\echo
\echo 'THE FUNNEL'
\echo
CREATE TEMPORARY TABLE stage AS
SELECT step, (:labels)[step] AS label, count(*) FILTER (WHERE depth >= step) AS n
FROM (SELECT funnel_step(j, :pattern) AS depth FROM journeys) AS f, generate_series(1, :steps) AS step
GROUP BY step;
SELECT CASE WHEN s.n = 0 THEN format('=> Nobody does %s.', s.label)
	WHEN e.n = 0 THEN format('=> Of %s who start, nobody gets to the end.', demo.many(s.n, 'customer'))
	ELSE format('=> Of %s who start, %s (%s) go all the way.', demo.many(s.n, 'customer'), demo.n(e.n), demo.percent(e.n, s.n)) END
	|| coalesce((SELECT format(' The biggest loss is from %s to %s: %s, %s of those who got there.',
			before.label || CASE WHEN before.label = after.label THEN ' no. ' || before.step ELSE '' END,
			after.label || CASE WHEN before.label = after.label THEN ' no. ' || after.step ELSE '' END,
			demo.n(before.n - after.n), demo.percent(before.n - after.n, before.n))
		FROM stage AS before JOIN stage AS after ON after.step = before.step + 1
		WHERE before.n > after.n AND :steps > 2 ORDER BY before.n - after.n DESC, before.step LIMIT 1), '') AS line
FROM stage s, stage e WHERE s.step = 1 AND e.step = :steps \gset
WITH f AS (
	SELECT funnel_step(j, :pattern) AS depth,
		funnel_times(j, :pattern) AS at
	FROM journeys
)
SELECT step, (:labels)[step] AS event,
	count(*) FILTER (WHERE depth >= step) AS customers,
	round(100.0 * count(*) FILTER (WHERE depth >= step) / nullif(count(*) FILTER (WHERE depth >= 1), 0), 1) AS "of start %",
	round(100.0 * count(*) FILTER (WHERE depth >= step) / nullif(count(*) FILTER (WHERE depth >= step - 1 AND step > 1), 0), 1) AS "of step before %",
	CASE WHEN step > 1 THEN count(*) FILTER (WHERE depth = step - 1) END AS lost,
	percentile_disc(0.5) WITHIN GROUP (ORDER BY at[step] - at[step - 1]) AS "median time",
	percentile_disc(0.9) WITHIN GROUP (ORDER BY at[step] - at[step - 1]) AS "90 % within"
FROM f, generate_series(1, :steps) AS step
GROUP BY step ORDER BY step;
\echo :line
\echo
\p

-- (f) ----------------------------------------------------------------------

\echo
\echo 'HOW LONG IT TAKES'
\echo
-- One row for the first contact, one for the funnel, as far as there are any.
SELECT :'has_goal' AND NOT :'again' OR :'again' OR :'is_path' AS has_times,
	CASE WHEN :'again' THEN 'first to second ' || :'step_first'
		WHEN :'has_goal' THEN 'first contact to ' || :'goal_text'
		ELSE :'step_first' || ' to ' || :'step_last' END AS time_what,
	CASE WHEN :'again' THEN format('days_to_convert(j, %L)', :'step_first' || ' -> ' || :'step_first')
		WHEN :'has_goal' THEN format('days_to_first(j, %L)', :'goal_text')
		WHEN :'is_path' THEN format('days_to_convert(j, %L)', :pattern) ELSE 'NULL::float8' END AS time_days,
	CASE WHEN :'is_path' AND (:'again' OR :'has_goal') THEN format(E',\n\t(2, %L, days_to_convert(j, %L)', CASE WHEN :'again'
		THEN 'first to ' || :steps || 'th ' || :'step_first' ELSE :'step_first' || ' to ' || :'step_last' || ', by the funnel' END, :pattern)
		ELSE '' END AS more_times \gset
\if :has_times
SELECT CASE WHEN count(d) = 0 THEN format('=> Nobody gets from %s.', :'time_what')
		ELSE format(E'=> From %s: %s of %s got there, half of them within %s, nine in ten within %s.',
			:'time_what', demo.n(count(d)), demo.many(count(*), 'customer'), demo.span(percentile_cont(0.5) WITHIN GROUP (ORDER BY d)),
			demo.span(percentile_cont(0.9) WITHIN GROUP (ORDER BY d))) END AS line,
	CASE WHEN count(d) > 0 AND count(d) < count(*) THEN E'\n   Those who have not got there (yet) are not in these times.' ELSE '' END AS more,
	coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY d), 2) AS typical
FROM (SELECT :time_days AS d FROM journeys) AS t \gset
SELECT unit[i] AS unit, factor[i] AS factor, 'median ' || unit[i] AS median_title, '90 % within' AS high_title,
	CASE WHEN :'more_times' = '' THEN '' ELSE :'more_times' || factor[i] || ')' END AS more_times
FROM (SELECT ARRAY['days', 'hours', 'minutes'] AS unit, ARRAY['', ' * 24', ' * 1440'] AS factor,
	CASE WHEN :typical >= 2 THEN 1 WHEN :typical * 24 >= 2 THEN 2 ELSE 3 END AS i) AS u \gset
SELECT time AS "time from", count(t) AS customers,
	round(100.0 * count(t) / count(*), 1) AS "share %",
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY t))::numeric, 2) AS :"median_title",
	round((percentile_cont(0.9) WITHIN GROUP (ORDER BY t))::numeric, 2) AS "90 % within"
FROM journeys, LATERAL (VALUES
	(1, :'time_what', :time_days:factor):more_times) AS v(n, time, t)
GROUP BY n, time ORDER BY n;
\echo :line:more
\echo
\p
\else
\echo '=> There is no goal and no path to time.'
\endif

-- (g) ----------------------------------------------------------------------

\echo
\echo 'ARCHETYPES: FOUR KINDS OF JOURNEYS'
\echo
SELECT count(DISTINCT path) >= 4 AND sum(n) >= 20 AND NOT :'one_kind' AS can_cluster FROM path \gset
\if :can_cluster
DROP TABLE IF EXISTS archetypes;
CREATE TABLE archetypes AS
SELECT customer_id,
	archetype_cluster(path_sequence(:way), 4) OVER () AS archetype
FROM journeys;
\p
\echo
ANALYZE archetypes;
SELECT archetype, count(*) AS customers,
	round(100 * count(*) / sum(count(*)) OVER (), 1) AS "share %":goal_column:revenue_column,
	mode() WITHIN GROUP (ORDER BY path_text(:way, max_steps => 4:collapse)) AS "most common path"
FROM archetypes JOIN journeys USING (customer_id)
GROUP BY archetype ORDER BY archetype;
CREATE TEMPORARY TABLE member AS
SELECT customer_id, archetype, :way AS way, :'has_aim' AND j @@ :'aim' AS reached
FROM archetypes JOIN journeys USING (customer_id) WHERE archetype IS NOT NULL;
CREATE TEMPORARY TABLE mark AS
WITH size AS (
	SELECT archetype, count(*) AS n FROM member GROUP BY archetype
), doer AS (
	SELECT archetype, event, count(*) AS n
	FROM (SELECT DISTINCT archetype, customer_id, event FROM member, events(way)) AS h GROUP BY 1, 2
), every AS (
	SELECT event, sum(n) AS n FROM doer GROUP BY event
)
SELECT s.archetype, e.event, coalesce(d.n, 0)::numeric / s.n AS inside,
	(e.n - coalesce(d.n, 0)) / nullif((SELECT sum(n) FROM size) - s.n, 0) AS outside
FROM size s CROSS JOIN every e LEFT JOIN doer d ON d.archetype = s.archetype AND d.event = e.event;
\pset tuples_only on
\pset format unaligned
-- What its members do more than others, else what they leave out.
WITH ranked AS (
	SELECT *, inside > outside AS more,
		row_number() OVER (PARTITION BY archetype, inside > outside ORDER BY abs(inside - outside) DESC, event) AS place
	FROM mark WHERE abs(inside - outside) >= 0.1
), told AS (
	SELECT archetype, more, string_agg(format('%s (%s of them, %s of the others)', demo.name(event),
			demo.percent(inside, 1), demo.percent(outside, 1)), ', ' ORDER BY place) AS marks
	FROM ranked WHERE place <= CASE WHEN more THEN 3 ELSE 2 END GROUP BY archetype, more
)
SELECT CASE WHEN n < 30 THEN format('=> %s is small (%s): too few to say more.', s.archetype, demo.many(n, 'customer'))
	ELSE format('=> %s %s.', s.archetype, coalesce('is marked by ' || m.marks, 'is marked by what is missing: ' || l.marks,
			'does nothing that the others do not do as much'))
		|| CASE WHEN :'has_aim' THEN format(' %s %s.', demo.percent(reached, n), :'aim_words') ELSE '' END END
FROM (SELECT archetype, count(*) AS n, count(*) FILTER (WHERE reached) AS reached FROM member GROUP BY archetype) AS s
LEFT JOIN told m ON m.archetype = s.archetype AND m.more
LEFT JOIN told l ON l.archetype = s.archetype AND NOT l.more
ORDER BY s.archetype;
SELECT format('=> - are %s without a path: the goal is the first that is known of them.', demo.many(count(*), 'customer'))
FROM archetypes WHERE archetype IS NULL HAVING count(*) > 0;
SELECT '   Where nearly all reach the goal, the path is short because the goal ends it: quick deciders.'
WHERE :'has_goal' AND NOT :'again' AND EXISTS (SELECT FROM member GROUP BY archetype
	HAVING count(*) >= 30 AND count(*) FILTER (WHERE reached) > 0.95 * count(*));
\pset tuples_only off
\pset format aligned
\elif :one_kind
SELECT format('=> With one kind of event paths differ only in their length: the %s with more than five are %s of the customers and have %s of the events.',
	demo.n(count(*) FILTER (WHERE n > 5)), demo.percent(count(*) FILTER (WHERE n > 5), count(*)),
	demo.percent(sum(n) FILTER (WHERE n > 5), sum(n))) AS line
FROM (SELECT length(j) AS n FROM journeys) AS l \gset
SELECT CASE WHEN length(j) = 1 THEN 'once' WHEN length(j) = 2 THEN 'twice'
		WHEN length(j) <= 5 THEN '3 to 5 times' ELSE 'more often' END AS archetype,
	count(*) AS customers,
	round(100 * count(*) / sum(count(*)) OVER (), 1) AS "share %":revenue_column
FROM journeys GROUP BY 1 ORDER BY min(length(j));
\echo :line
\echo
\p
\else
\echo '=> There are too few different paths to tell archetypes apart.'
\endif

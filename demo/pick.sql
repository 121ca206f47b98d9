-- What to ask: goal, revenue and funnel, as given or picked from the data.
-- Leaves one row in demo.picked, and says what, why, and how to change it.

SET client_min_messages = warning;
DROP TABLE IF EXISTS demo.picked, demo.kind;
CREATE TABLE demo.picked AS
SELECT nullif(btrim(:'goal'), '') AS goal, 'as you said' AS goal_why,
	nullif(btrim(:'revenue'), '') AS revenue, 'as you said' AS revenue_why,
	nullif(btrim(:'pattern'), '') AS pattern, 'as you said' AS pattern_why,
	false AS again;

-- What the names and values of each kind of event let one suppose; all
-- spellings of a name are one kind.
CREATE TABLE demo.kind AS
SELECT k.*, w.word,
	with_value * 2 >= rows AND word !~ '(nps|score|rating|survey|csat|stars|feedback|duration|seconds|age|quantity)' AS valued,
	refund OR word ~ '(purchase|buy|bought|order|sale|sold|renew|upsell|add_?on|upgrade|subscri|payment|paid|invoice|charge|donat|transaction|deal|won|fee|deposit|booking)'
		AND word !~ '(view|cart|page|click|open|detail|start|begin|abandon|fail|error|visit|quote|ship)' AS money,
	(SELECT min(i) FROM unnest(ARRAY[
		'^(purchase|purchased|buy|bought)$',
		'^(order|ordered|order_(placed|completed|paid)|place_order|checkout_completed?|transaction)$',
		'^(payment|paid|payment_(received|completed|succeeded))$',
		'^(subscribe|subscribed|subscription(_started)?)$',
		'^(conversion|converted|convert|deal_won|closed_won|won)$',
		'^(booking|booked|reservation|donation|donated)$',
		'^(sign_?up|signed_up|register|registered|registration|lead)$']) WITH ORDINALITY AS u(form, i)
		WHERE word ~ form) AS goal_rank
FROM (SELECT step, min(event COLLATE "C") AS event, array_agg(demo.name(event)) AS names, sum(rows) AS rows,
		CASE WHEN count(*) = 1 THEN max(customers) ELSE (SELECT count(DISTINCT customer_id) FROM events o
			WHERE o.event IN (SELECT s.event FROM demo.event_name s WHERE s.step = e.step)) END AS customers,
		sum(with_value) AS with_value, sum(sum_value) AS sum_value,
		bool_or(refund) AS refund, bool_or(refund AND positive > 0) AS wrong_sign
	FROM demo.event_name e GROUP BY step) AS k, LATERAL (SELECT btrim(regexp_replace(lower(event), '[^a-z0-9]+', '_', 'g'), '_') AS word) AS w;

-- Where every kind of event carries a value, a value tells nothing.
SELECT count(*) > 1 AND bool_and(with_value > 0) AS all_valued FROM demo.kind \gset

UPDATE demo.picked SET
	goal = (demo.steps(pattern))[cardinality(demo.steps(pattern))],
	goal_why = 'the last step of your PATTERN'
WHERE goal IS NULL AND pattern IS NOT NULL;

UPDATE demo.picked SET goal = k.step,
	goal_why = format('it carries values (%s in all, of %s)', demo.n(round(k.sum_value::numeric)), demo.many(k.customers, 'customer')) || demo.spelled(k.names)
FROM (SELECT * FROM demo.kind WHERE valued AND sum_value > 0 AND NOT refund AND NOT :'all_valued'
	ORDER BY money DESC, customers DESC, event LIMIT 1) AS k
WHERE goal IS NULL;

UPDATE demo.picked SET goal = k.step,
	goal_why = format('its name says so, and no event%s carries values', CASE WHEN :'all_valued' THEN ' alone' ELSE '' END) || demo.spelled(k.names)
FROM (SELECT * FROM demo.kind WHERE goal_rank IS NOT NULL ORDER BY goal_rank, customers DESC, event LIMIT 1) AS k
WHERE goal IS NULL;

UPDATE demo.picked SET goal_why = CASE WHEN :'all_valued'
	THEN 'every kind of event carries a value and no name says purchase, order or signup'
	ELSE 'no event carries values, and no name says purchase, order or signup' END
WHERE goal IS NULL;

UPDATE demo.picked SET revenue = (
		SELECT string_agg(CASE WHEN goal = ANY (names) THEN goal ELSE step END, ' | ' ORDER BY rows DESC, event) FROM demo.kind
		WHERE valued AND (goal = step OR goal = ANY (names) OR money AND NOT wrong_sign AND NOT :'all_valued')),
	revenue_why = CASE WHEN :'all_valued' THEN 'every kind of event carries a value; only those of the goal count'
		ELSE 'the events that carry values and sound like money' || coalesce('; left out: ' || (
			SELECT string_agg(step || CASE WHEN wrong_sign THEN ' (gives money back, but its values are positive)' ELSE '' END,
				', ' ORDER BY rows DESC, event) FROM demo.kind
			WHERE with_value > 0 AND NOT (valued AND (money AND NOT wrong_sign OR goal = step OR goal = ANY (names)))), '') END
WHERE revenue IS NULL AND goal IS NOT NULL;

-- The order in which customers first did things before the goal.  5,000 of
-- them are enough to see what is usual.
DROP TABLE IF EXISTS demo.reached, demo.first_seen;
CREATE TABLE demo.reached AS
SELECT customer_id, CASE WHEN p.goal IS NULL THEN j ELSE before(j, p.goal::journey_pattern) END AS way
FROM journeys, demo.picked p
WHERE p.goal IS NULL OR j @@ p.goal::journey_pattern
ORDER BY hashtext(customer_id::text), customer_id LIMIT 5000;
CREATE TABLE demo.first_seen AS
SELECT customer_id, step, min(event_no) AS place
FROM demo.reached, events(way) JOIN demo.event_name USING (event)
GROUP BY customer_id, step;
DELETE FROM demo.first_seen WHERE step NOT IN (
	SELECT step FROM demo.first_seen GROUP BY step ORDER BY count(*) DESC, step LIMIT 8);
ANALYZE demo.first_seen;

-- Nothing before the goal, or one kind of event only: who does it again?
UPDATE demo.picked SET again = true,
	pattern = array_to_string(array_fill(coalesce(goal, (SELECT step FROM demo.kind LIMIT 1)), ARRAY[4]), ' -> '),
	pattern_why = CASE WHEN (SELECT count(*) FROM demo.kind) = 1 THEN 'there is one kind of event, so: who does it again?'
		ELSE 'almost nothing is recorded before the goal, so: who does it again?' END
WHERE pattern IS NULL AND ((SELECT count(*) FROM demo.kind) = 1
	OR goal IS NOT NULL AND (SELECT count(DISTINCT customer_id) FROM demo.first_seen) * 10 < (SELECT count(*) FROM demo.reached));

-- Every ordered way through up to four of them, with the customers who took
-- it; the longest that half took wins, else the most frequent one or two.
DELETE FROM demo.first_seen WHERE EXISTS (SELECT FROM demo.picked WHERE pattern IS NOT NULL);
WITH way AS (
	SELECT ARRAY[a.step] AS steps, count(*) AS n FROM demo.first_seen a GROUP BY a.step
	UNION ALL
	SELECT ARRAY[a.step, b.step], count(*) FROM demo.first_seen a JOIN demo.first_seen b USING (customer_id)
	WHERE b.place > a.place GROUP BY a.step, b.step
	UNION ALL
	SELECT ARRAY[a.step, b.step, c.step], count(*) FROM demo.first_seen a JOIN demo.first_seen b USING (customer_id) JOIN demo.first_seen c USING (customer_id)
	WHERE b.place > a.place AND c.place > b.place GROUP BY a.step, b.step, c.step
	UNION ALL
	SELECT ARRAY[a.step, b.step, c.step, d.step], count(*)
	FROM demo.first_seen a JOIN demo.first_seen b USING (customer_id) JOIN demo.first_seen c USING (customer_id) JOIN demo.first_seen d USING (customer_id)
	WHERE b.place > a.place AND c.place > b.place AND d.place > c.place GROUP BY a.step, b.step, c.step, d.step
), best AS (
	-- Without a goal a single step is no funnel.
	SELECT steps, n, (SELECT count(*) FROM demo.reached) AS customers FROM way
	WHERE cardinality(steps) > 1 OR EXISTS (SELECT FROM demo.picked WHERE goal IS NOT NULL)
	ORDER BY CASE WHEN n * 2 >= (SELECT count(*) FROM demo.reached) THEN cardinality(steps) ELSE 0 END DESC,
		cardinality(steps) <= 2 DESC, n DESC, steps LIMIT 1
)
UPDATE demo.picked SET
	pattern = (SELECT string_agg(s, ' -> ' ORDER BY i) FROM unnest(steps) WITH ORDINALITY AS u(s, i)) || coalesce(' -> ' || goal, ''),
	pattern_why = format('%s order of steps: %s of %s took it%s', CASE WHEN n * 2 >= customers
			THEN 'the longest common' ELSE 'the most common' END, demo.percent(n, customers),
		demo.many(customers, 'customer'), CASE WHEN goal IS NULL THEN '' ELSE ' before the goal' END)
FROM best WHERE pattern IS NULL;
UPDATE demo.picked SET pattern = coalesce(goal, (SELECT step FROM demo.kind ORDER BY customers DESC, event LIMIT 1)),
	pattern_why = 'no two steps follow each other' WHERE pattern IS NULL;

-- say it

\echo
\echo 'WHAT IS ASKED'
\echo
SELECT what AS "what", coalesce(said, '(none)') AS "pattern", why AS "because" FROM demo.picked,
	LATERAL (VALUES ('goal', goal, goal_why), ('revenue', revenue, CASE WHEN revenue IS NULL THEN
		CASE WHEN goal IS NULL THEN 'there is no goal' ELSE 'no event carries values that sound like money' END ELSE revenue_why END),
		('funnel', pattern, pattern_why)) AS v(what, said, why);
SELECT format('=> To ask something else: %s GOAL=%s%s PATTERN=%s', :'command', demo.shell(coalesce(goal, '...')),
	coalesce(' REVENUE=' || demo.shell(revenue), ''), demo.shell(pattern)) AS line FROM demo.picked \gset
SELECT coalesce((SELECT format(E'\n   Nearly everybody reaches %s, so it tells few apart. Another goal to try: %s (%s).', goal,
		e.step, demo.many(e.customers, 'customer'))
	FROM demo.picked, demo.kind e, LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE j @@ goal::journey_pattern) AS reached FROM journeys) AS c
	WHERE goal IS NOT NULL AND c.reached > 0.95 * c.n AND e.customers BETWEEN c.n * 0.01 AND c.n * 0.6
	ORDER BY e.customers, event LIMIT 1), '') AS more \gset
-- What was said is taken to the letter.
SELECT coalesce((SELECT format(E'\n   Names are taken to the letter, as you said them. Other spellings are left out: %s.\n   To count them all, write %s.',
		string_agg(format('%L (%s)', event, demo.many(rows, 'row')), ', ' ORDER BY rows DESC, event), string_agg(DISTINCT step, ' and '))
	FROM demo.picked, LATERAL (SELECT array_cat(array_cat(pattern_names(goal::journey_pattern),
			pattern_names(pattern::journey_pattern)), pattern_names(revenue::journey_pattern)) AS names) AS n, demo.event_name e
	WHERE event <> ALL (names) AND plain IN (SELECT o.plain FROM demo.event_name o WHERE o.event = ANY (names))
	HAVING count(*) > 0), '') AS letter \gset
\echo :line:more:letter

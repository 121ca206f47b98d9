-- The bundled sample holds what the head of demo/sample.sql says it holds.
-- Part one asks in plain SQL, part two asks the extension the same questions.
\set ECHO none
\set QUIET 1
BEGIN;
CREATE SCHEMA sample_test;
SET LOCAL search_path = sample_test, public;
\ir ../../demo/sample.sql
SELECT plan(47);

-- The events with their blemishes taken out, once for all plain queries.
CREATE TABLE clean AS
SELECT DISTINCT customer_id,
	CASE WHEN ts >= '2050-01-01' THEN ts - interval '236688 hours' ELSE ts END AS ts,
	lower(trim(event)) AS event, channel, value
FROM events;
CREATE INDEX ON clean (customer_id, ts);
CREATE TABLE buyer AS
SELECT customer_id, min(ts) FILTER (WHERE event = 'purchase') AS bought, min(ts) AS came,
	coalesce(sum(value) FILTER (WHERE event IN ('purchase', 'addon', 'renewal', 'refund')), 0) AS revenue
FROM clean GROUP BY customer_id;
CREATE TABLE page AS
SELECT customer_id, ts, event, sum(fresh) OVER (PARTITION BY customer_id ORDER BY ts, event) AS session
FROM (
	SELECT *, CASE WHEN ts - lag(ts) OVER (PARTITION BY customer_id ORDER BY ts, event)
		<= interval '30 minutes' THEN 0 ELSE 1 END AS fresh
	FROM clean
) AS c;
CREATE TABLE answer (question text, label text, number numeric);

-- Asserts that an answer lies in a range; the text says what to do if not.
CREATE FUNCTION about(q text, l text, low numeric, high numeric, say text) RETURNS text
LANGUAGE sql AS $$
	SELECT public.ok(coalesce((SELECT number BETWEEN low AND high FROM answer
			WHERE question = q AND label = l), false),
		say || ': ' || coalesce((SELECT round(number, 2)::text FROM answer
			WHERE question = q AND label = l), 'no answer') || ' in ' || low || ' .. ' || high)
$$;

-- the same rows everywhere

SELECT is((SELECT count(*) FROM events), 104948::bigint,
	'the sample has its rows; if demo/sample.sql was changed on purpose, check the truths below and put the new numbers here');
SELECT is((SELECT sum(extract(epoch FROM ts) * customer_id)::numeric(30, 0) FROM events), 466104590120380883::numeric,
	'the sample has its times; a difference means it depends on a setting or a version');
SELECT is((SELECT sum(value::numeric) FROM events), 334628.74::numeric, 'the sample has its values');
SELECT is((SELECT count(DISTINCT customer_id) FROM events), 5000::bigint, 'every customer has an event');
SELECT is((SELECT count(*) FROM sample_truth), 5000::bigint, 'every customer has a true archetype');
SELECT is((SELECT count(*) FROM clean WHERE ts < '2025-01-01 00:00:00+00' OR ts >= '2026-01-01 00:00:00+00'), 0::bigint,
	'apart from the planted future, all events are of 2025');

-- messy on purpose

SELECT ok((SELECT count(*) - count(DISTINCT (customer_id, ts, event, channel, value)) BETWEEN 300 AND 500 FROM events),
	'about 0.4 % of the rows are exact duplicates');
SELECT ok((SELECT avg((channel IS NULL)::integer) BETWEEN 0.012 AND 0.02 FROM events), 'about 1.6 % of the rows have no channel');
SELECT ok((SELECT count(*) BETWEEN 5 AND 20 FROM events WHERE ts > '2050-01-01'), 'a few rows lie in the far future');
SELECT ok((SELECT count(*) BETWEEN 50 AND 300 FROM events
	WHERE extract(epoch FROM ts)::numeric % 86400 = 0 AND event = 'store_visit'), 'some store visits are known by day only');
SELECT is((SELECT string_agg(DISTINCT quote_literal(event), ' ' ORDER BY quote_literal(event)) FROM events
	WHERE event <> lower(trim(event))), $$'Purchase ' 'Visit'$$, 'two names differ from another in case or spaces only');

-- 1 four archetypes

INSERT INTO answer
SELECT 'share', archetype, 100.0 * count(*) / 5000 FROM sample_truth GROUP BY 2
UNION ALL
SELECT 'conversion', archetype, 100.0 * count(bought) / count(*) FROM sample_truth JOIN buyer USING (customer_id) GROUP BY 2
UNION ALL
SELECT 'revenue', archetype, avg(revenue)::numeric FROM sample_truth JOIN buyer USING (customer_id) GROUP BY 2;
SELECT about('share', 'ad_bouncer', 34, 38, 'share of ad_bouncer');
SELECT about('share', 'researcher', 28, 32, 'share of researcher');
SELECT about('share', 'nurtured', 20, 24, 'share of nurtured');
SELECT about('share', 'showroom', 10.5, 13.5, 'share of showroom');
SELECT about('conversion', 'ad_bouncer', 3, 6, 'conversion of ad_bouncer');
SELECT about('conversion', 'researcher', 12, 17, 'conversion of researcher');
SELECT about('conversion', 'nurtured', 16, 21, 'conversion of nurtured');
SELECT about('conversion', 'showroom', 25, 33, 'conversion of showroom');
SELECT results_eq($$SELECT label FROM answer WHERE question = 'revenue' ORDER BY number$$,
	ARRAY['ad_bouncer', 'researcher', 'nurtured', 'showroom'], 'revenue per customer rises from ad_bouncer to showroom');

-- 2 case_studies then pricing in one session

INSERT INTO answer
WITH seen AS (
	SELECT b.customer_id, bought,
		bool_or(p.event = 'pricing' AND q.event = 'case_studies' AND q.session = p.session) IS TRUE AS together,
		bool_or(p.event = 'pricing') IS TRUE AND bool_or(q.event IS NOT NULL) IS TRUE AS both_pages
	FROM buyer b
	LEFT JOIN page p ON p.customer_id = b.customer_id AND p.event = 'pricing' AND p.ts < coalesce(b.bought, 'infinity')
	LEFT JOIN page q ON q.customer_id = b.customer_id AND q.event = 'case_studies' AND q.ts < p.ts
	GROUP BY 1, 2
), rate AS (
	SELECT 100.0 * count(bought) / count(*) AS everyone,
		100.0 * count(bought) FILTER (WHERE together) / count(*) FILTER (WHERE together) AS together,
		100.0 * count(bought) FILTER (WHERE both_pages AND NOT together)
			/ count(*) FILTER (WHERE both_pages AND NOT together) AS apart
	FROM seen
)
SELECT 'sequence', 'lift', together / everyone FROM rate
UNION ALL SELECT 'sequence', 'apart', apart / everyone FROM rate;
SELECT about('sequence', 'lift', 2.6, 3.7, 'case_studies then pricing in one session against everyone');
SELECT about('sequence', 'apart', 0, 1, 'both pages in different sessions against everyone');

-- 3 the pricing page

INSERT INTO answer
SELECT 'pricing', 'reach', count(DISTINCT customer_id) / 50.0 FROM clean WHERE event = 'pricing'
UNION ALL
SELECT 'pricing', 'exit', 100 * avg((last = 'pricing')::integer)
FROM (SELECT (array_agg(event ORDER BY ts DESC))[1] AS last FROM page
	GROUP BY customer_id, session HAVING bool_or(event = 'pricing')) AS s;
SELECT about('pricing', 'reach', 55, 65, 'percent of customers who reach pricing');
SELECT about('pricing', 'exit', 77, 85, 'percent of sessions with pricing that end on it');

-- 4 fast buyers

INSERT INTO answer
SELECT 'fast', 'ratio', (avg(revenue) FILTER (WHERE bought - came <= interval '7 days')
	/ avg(revenue) FILTER (WHERE bought - came > interval '7 days'))::numeric FROM buyer WHERE bought IS NOT NULL;
SELECT about('fast', 'ratio', 1.25, 1.55, 'lifetime value of buyers within 7 days against later ones');

-- 5 churn at 30-45 days, announced by support tickets

INSERT INTO answer
WITH left_at AS (
	SELECT b.customer_id, c.ts, extract(epoch FROM c.ts - b.bought) / 86400 AS days
	FROM buyer b JOIN (SELECT customer_id, min(ts) AS ts FROM clean WHERE event = 'cancel' GROUP BY 1) c USING (customer_id)
)
SELECT 'churn', 'peak', count(*) FILTER (WHERE days BETWEEN 30 AND 46) / 16.0
	/ (count(*) FILTER (WHERE days BETWEEN 46 AND 110) / 64.0) FROM left_at
UNION ALL
SELECT 'churn', 'ticket', 100 * avg((EXISTS (SELECT FROM clean e WHERE e.customer_id = l.customer_id
	AND e.event = 'support_ticket' AND e.ts BETWEEN l.ts - interval '10 days' AND l.ts))::integer) FROM left_at l;
SELECT about('churn', 'peak', 4, 30, 'daily churn on days 30-45 against days 46-110');
SELECT about('churn', 'ticket', 55, 80, 'percent of churners with a support ticket in the ten days before');

-- 6 webinar and the best 20 %

INSERT INTO answer
SELECT 'webinar', fifth::text, 100 * avg((EXISTS (SELECT FROM clean e WHERE e.customer_id = f.customer_id
	AND e.event = 'webinar' AND e.ts < f.bought))::integer)
FROM (SELECT customer_id, bought, ntile(5) OVER (ORDER BY revenue DESC, customer_id) AS fifth
	FROM buyer WHERE bought IS NOT NULL) AS f
GROUP BY fifth;
SELECT about('webinar', '1', 40, 70, 'percent of the best fifth who attended a webinar');
SELECT about('webinar', '5', 0, 18, 'percent of the worst fifth who attended a webinar');

-- 7 add-on within 45 days

INSERT INTO answer
WITH a AS (
	SELECT EXISTS (SELECT FROM clean e WHERE e.customer_id = b.customer_id AND e.event = 'email_open/addon') AS prompted,
		EXISTS (SELECT FROM clean e WHERE e.customer_id = b.customer_id AND e.event = 'addon'
			AND e.ts BETWEEN b.bought AND b.bought + interval '1080 hours') AS took
	FROM buyer b WHERE bought < '2025-11-16'
)
SELECT 'addon', CASE WHEN prompted THEN 'prompted' ELSE 'organic' END, 100 * avg(took::integer) FROM a GROUP BY 2;
SELECT about('addon', 'organic', 9, 15, 'percent who add the reader within 45 days unprompted');
SELECT about('addon', 'prompted', 30, 46, 'percent who add it after the email');

-- 8 three email clicks

INSERT INTO answer
SELECT 'clicks', clicks::text, 100.0 * count(*) / sum(count(*)) OVER ()
FROM (SELECT (SELECT count(*) FROM clean e WHERE e.customer_id = b.customer_id
		AND e.event LIKE 'email\_click/%' AND e.ts < b.bought) AS clicks
	FROM buyer b JOIN sample_truth USING (customer_id) WHERE archetype = 'nurtured' AND bought IS NOT NULL) AS n
GROUP BY clicks;
SELECT about('clicks', '3', 60, 85, 'percent of nurtured buyers with exactly three email clicks before');

-- 9 first contact

INSERT INTO answer
SELECT 'first', coalesce(channel, '(none)'), count(*) / 50.0
FROM (SELECT DISTINCT ON (customer_id) channel FROM clean ORDER BY customer_id, ts, event) AS f GROUP BY 2;
SELECT results_eq($$SELECT label FROM answer WHERE question = 'first' ORDER BY number DESC LIMIT 3$$,
	ARRAY['organic', 'google_ads', 'facebook'], 'first contact: organic, google_ads, facebook lead');
SELECT about('first', 'google_ads', 20, 26, 'percent whose first contact is google_ads');
SELECT about('first', 'store', 6, 11, 'percent whose first contact is the store');

-- 10 retention by first channel

INSERT INTO answer
WITH k AS (
	SELECT b.customer_id, bought,
		(SELECT channel FROM clean e WHERE e.customer_id = b.customer_id ORDER BY ts, event LIMIT 1) AS channel,
		(SELECT min(ts) FROM clean e WHERE e.customer_id = b.customer_id AND event = 'cancel') AS quit
	FROM buyer b WHERE bought IS NOT NULL
)
SELECT 'kept ' || d, CASE WHEN channel IN ('referral', 'store') THEN 'good'
		WHEN channel IN ('google_ads', 'facebook') THEN 'paid' ELSE 'other' END,
	100 * avg((quit IS NULL OR quit >= bought + d * interval '24 hours')::integer)
FROM k, unnest(ARRAY[90, 180]) AS d
WHERE bought + d * interval '24 hours' < '2026-01-01 00:00:00+00'
GROUP BY 1, 2;
SELECT about('kept 90', 'good', 76, 95, 'percent kept at 90 days, referral and store');
SELECT about('kept 90', 'paid', 50, 70, 'percent kept at 90 days, paid ads');
SELECT about('kept 180', 'good', 65, 88, 'percent kept at 180 days, referral and store');
SELECT about('kept 180', 'paid', 30, 58, 'percent kept at 180 days, paid ads');

-- the same with the extension, on the cleaned events

CREATE TABLE journeys AS
SELECT customer_id, journey_agg(ts, event, channel, value) AS j FROM clean GROUP BY customer_id;
SELECT is((SELECT sum(length(j))::bigint FROM journeys), (SELECT count(*) FROM clean),
	'the journeys hold every cleaned event');
SELECT is((SELECT count(*) FROM journeys WHERE j @@ 'purchase'), (SELECT count(bought) FROM buyer), 'buyers: @@ agrees');
SELECT is((SELECT sum(value_sum(j, 'purchase | addon | renewal | refund'))::numeric(12, 2) FROM journeys),
	(SELECT sum(revenue)::numeric(12, 2) FROM buyer), 'revenue: value_sum agrees');
SELECT is((SELECT count(*) FROM journeys, sessions(j, '30 minutes')), (SELECT count(DISTINCT (customer_id, session)) FROM page),
	'sessions: sessions(j) agrees');
SELECT is((SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY time_to_first(j, 'purchase')) FROM journeys),
	(SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY bought - came) FROM buyer WHERE bought IS NOT NULL),
	'median first contact to purchase: time_to_first agrees');
SELECT is((SELECT count(*) FROM journeys WHERE funnel_step(j, 'purchase -> addon within 45 days') = 2
		AND first_time(j, 'purchase') < '2025-11-16'),
	(SELECT count(*) FROM buyer b WHERE bought < '2025-11-16' AND EXISTS (SELECT FROM clean p JOIN clean e USING (customer_id)
		WHERE p.customer_id = b.customer_id AND p.event = 'purchase' AND e.event = 'addon'
			AND e.ts >= p.ts AND e.ts - p.ts <= interval '45 days')),
	'add-on within 45 days: funnel_step agrees');
SELECT is((SELECT string_agg(first_touch || ' ' || n, ', ' ORDER BY n DESC, first_touch)
		FROM (SELECT first_touch(j) AS first_touch, count(*) AS n FROM journeys GROUP BY 1) AS f),
	(SELECT string_agg(channel || ' ' || n, ', ' ORDER BY n DESC, channel)
		FROM (SELECT channel, count(*) AS n FROM (SELECT DISTINCT ON (customer_id) channel FROM clean
			WHERE channel IS NOT NULL ORDER BY customer_id, ts, event, channel) AS d GROUP BY 1) AS f),
	'first touch agrees');

-- the archetypes come back from the paths up to the first purchase

CREATE TABLE found AS
SELECT customer_id, archetype,
	archetype_cluster(path_sequence(coalesce(before(j, 'purchase'), j)), 4) OVER () AS cluster
FROM journeys JOIN sample_truth USING (customer_id);
SELECT ok((SELECT sum(n) >= 0.95 * 5000 FROM (SELECT max(n) AS n FROM (SELECT cluster, archetype, count(*) AS n
		FROM found GROUP BY 1, 2) AS c GROUP BY cluster) AS m)
	AND (SELECT count(DISTINCT cluster) = 4 FROM found),
	'archetype_cluster finds the four archetypes again, at least 95 % of the customers in their own');

SELECT * FROM finish();
ROLLBACK;

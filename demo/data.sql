-- (a) What the data can carry, on the raw rows.  :zone is where a day begins.

SET client_min_messages = warning;
\echo
\echo 'WHAT THE DATA CAN CARRY'
\echo

DROP TABLE IF EXISTS demo.data;
CREATE TABLE demo.data AS
SELECT count(*) AS rows, count(DISTINCT customer_id) AS customers, count(DISTINCT event) AS names,
	min(ts) AS first, max(ts) FILTER (WHERE ts <= now()) AS last,
	count(*) FILTER (WHERE channel IS NULL OR channel = '') AS no_channel,
	count(*) FILTER (WHERE ts AT TIME ZONE :'zone' = date_trunc('day', ts AT TIME ZONE :'zone')) AS date_only,
	count(*) FILTER (WHERE ts > now()) AS future,
	count(value) AS with_value
FROM events;

-- Rows that say the same as another one, and rows that share customer and time
-- with an event of another name.
ALTER TABLE demo.data ADD duplicates bigint, ADD ties bigint;
UPDATE demo.data SET (duplicates, ties) = (
	SELECT coalesce(sum(copies), 0), coalesce(sum(rows) FILTER (WHERE names > 1), 0)
	FROM (SELECT sum(n - 1) AS copies, sum(n) AS rows, count(DISTINCT event) AS names
		FROM (SELECT customer_id, ts, event, count(*) AS n FROM events
			GROUP BY customer_id, ts, event, channel, value) AS distinct_row
		GROUP BY customer_id, ts) AS moment);

-- Names that become one when case and outer spaces are ignored.
DROP TABLE IF EXISTS demo.alike;
CREATE TABLE demo.alike AS
SELECT plain,
	string_agg(quote_literal(event) || ' (' || demo.n(rows) || ')', ', ' ORDER BY rows DESC, event COLLATE "C") AS spellings,
	sum(rows) - max(rows) AS rows
FROM demo.event_name GROUP BY plain HAVING count(*) > 1;

-- Refunds that would raise a sum.
DROP TABLE IF EXISTS demo.wrong_sign;
CREATE TABLE demo.wrong_sign AS
SELECT event, positive AS rows FROM demo.event_name WHERE refund AND positive > 0;

SELECT fact AS "what", found AS "found", share AS "share of rows", CASE WHEN bad THEN 'look below' ELSE 'fine' END AS " "
FROM demo.data d, LATERAL (VALUES
	('rows', demo.n(rows), '', false),
	('customers', demo.n(customers), '', rows = customers AND rows > 1),
	('first and last day', to_char(first AT TIME ZONE :'zone', 'YYYY-MM-DD') || ' .. '
		|| coalesce(to_char(last AT TIME ZONE :'zone', 'YYYY-MM-DD'), '-'), '', false),
	('days between them', demo.n(extract(epoch FROM last - first)::numeric / 86400), '', false),
	('kinds of events', demo.n(names), '', names > 1000),
	('rows with a value', demo.n(with_value), demo.percent(with_value, rows), false),
	('rows without channel', demo.n(no_channel), demo.percent(no_channel, rows), no_channel > 0),
	('exact duplicates', demo.n(duplicates), demo.percent(duplicates, rows), duplicates > 0),
	('clocks that know the day only', demo.n(date_only), demo.percent(date_only, rows), date_only > rows * 0.0005),
	('other events at the same time', demo.n(ties), demo.percent(ties, rows), ties > rows * 0.001),
	('in the future', demo.n(future), demo.percent(future, rows), future > 0),
	('names differing only in case or spaces', (SELECT demo.n(count(*)) FROM demo.alike),
		demo.percent((SELECT coalesce(sum(rows), 0) FROM demo.alike), rows), EXISTS (SELECT FROM demo.alike)),
	('refunds with a positive value', (SELECT demo.n(coalesce(sum(w.rows), 0)) FROM demo.wrong_sign w),
		demo.percent((SELECT coalesce(sum(w.rows), 0) FROM demo.wrong_sign w), rows), EXISTS (SELECT FROM demo.wrong_sign))
	) AS v(fact, found, share, bad);

-- One sentence, and for everything that is not fine its fix.
SELECT format('=> %s of %s in %s; that is %s for each customer%s.',
		demo.many(rows, 'event'), demo.many(customers, 'customer'),
		CASE WHEN last IS NULL OR last = first THEN 'one moment' ELSE demo.span(extract(epoch FROM last - first) / 86400) END,
		to_char(rows::numeric / customers, 'FM999,990.0'),
		CASE WHEN with_value = 0 THEN ', and no event carries a value, so nothing here is about money' ELSE '' END) AS line,
	date_only > rows * 0.9 AS coarse
FROM demo.data \gset
\echo :line

\pset tuples_only on
\pset format unaligned
SELECT E'\nFixes (say them in make shell, then make demo again; or in your own database)' FROM demo.data
WHERE no_channel + duplicates + future > 0 OR date_only > rows * 0.0005 OR ties > rows * 0.001
	OR rows = customers OR EXISTS (SELECT FROM demo.alike) OR EXISTS (SELECT FROM demo.wrong_sign);
SELECT format(E'  customers: each has exactly one row. Is customer_id the right column, not a number of the row?\n'
	'      make demo EVENTS=... COLUMNS=''customer_id=...''') FROM demo.data WHERE rows = customers AND rows > 1;
SELECT CASE WHEN no_channel = rows
	THEN E'  channel: no row has one, so nobody can tell where customers come from. If the file has such a column:\n'
		'      make demo EVENTS=... COLUMNS=''channel=...'''
	ELSE format(E'  channel: %s rows have none; in counts they are a group of their own. If they mean direct visits:\n'
		'      UPDATE events SET channel = ''direct'' WHERE channel IS NULL OR channel = '''';', demo.n(no_channel)) END
FROM demo.data WHERE no_channel > 0;
SELECT format(E'  duplicates: %s on top of an equal one. %s\n'
	'      DELETE FROM events WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER\n'
	'          (PARTITION BY customer_id, ts, event, channel, value) AS copy FROM events) AS e WHERE copy > 1);',
	CASE WHEN duplicates = 1 THEN '1 row is' ELSE demo.n(duplicates) || ' rows are' END,
	CASE WHEN date_only > rows * 0.9 THEN 'With a clock of days they may be true: two equal events of a day. If not:'
		ELSE 'If your events cannot happen twice at the same time:' END)
FROM demo.data WHERE duplicates > 0;
SELECT CASE WHEN date_only > rows * 0.9
	THEN E'  days: the clock knows the day only. Days are right; sessions, minutes and the order within a day are not.'
	ELSE format(E'  days: %s at exactly midnight (%s), most often %s: probably known by day only. Their\n'
		'    order within the day, and sessions with them, mean little; another source may know the time.',
		demo.many(date_only, 'row'), :'zone', (SELECT string_agg(demo.name(event), ', ' ORDER BY n DESC, event) FROM (
			SELECT event, count(*) AS n FROM events
			WHERE ts AT TIME ZONE :'zone' = date_trunc('day', ts AT TIME ZONE :'zone')
			GROUP BY event ORDER BY n DESC, event LIMIT 3) AS e)) END
FROM demo.data WHERE date_only > rows * 0.0005;
SELECT format(E'  same time: %s share customer and time with an event of another name, so their order is alphabetical. If the\n'
	'    order of the rows (or a column of yours instead of ctid) is the true one:\n'
	'      UPDATE events e SET ts = e.ts + s.seq * interval ''1 us'' FROM (SELECT ctid AS row, row_number() OVER\n'
	'          (PARTITION BY customer_id, ts ORDER BY ctid) - 1 AS seq FROM events) AS s WHERE e.ctid = s.row;',
	demo.many(ties, 'row')) FROM demo.data WHERE ties > rows * 0.001;
SELECT format(E'  future: %s, up to %s; they stretch the journeys they end.\n'
	'      DELETE FROM events WHERE ts > now();', demo.many(future, 'row'),
	(SELECT to_char(max(ts), 'YYYY-MM-DD') FROM events)) FROM demo.data WHERE future > 0;
-- Before the names are made one, for it goes by them.
SELECT format(E'  refunds: %s with a positive value (%s), which would raise revenue instead of lowering it. If they gave money back:\n'
	'      UPDATE events SET value = -abs(value) WHERE event IN (%s);', demo.many(sum(rows), 'row'),
	string_agg(demo.name(event), ', ' ORDER BY rows DESC, event), string_agg(quote_literal(event), ', ' ORDER BY rows DESC, event))
FROM demo.wrong_sign HAVING count(*) > 0;
SELECT format(E'  names: %s. A pattern takes names to the letter.\n      UPDATE events SET event = lower(btrim(event));',
	(SELECT string_agg(spellings, '; ' ORDER BY rows DESC, plain) FROM (SELECT * FROM demo.alike ORDER BY rows DESC, plain LIMIT 5) AS a))
WHERE EXISTS (SELECT FROM demo.alike);
\pset tuples_only off
\pset format aligned

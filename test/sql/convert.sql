-- Times to convert: literals and error texts.  Behaviour against plain SQL is
-- in test/pgtap/convert.sql.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';

\set j '''{2024-03-01 ad, 2024-03-05T09:00:00Z visit, 2024-03-06T12:30:00Z purchase=20, 2024-04-01 visit, 2024-04-01T00:00:00.000001Z purchase=5}''::journey'
SELECT time_to_convert(:j, 'visit -> purchase'), days_to_convert(:j, 'visit -> purchase'),
       time_to_convert(:j, 'purchase -> ad'), days_to_convert(:j, 'visit -> refund');
SELECT time_to_convert(:j, 'visit -> purchase within 1 s'), time_to_convert(:j, 'visit -> purchase within 1 s from first');
SELECT time_to_first(:j, 'purchase'), days_to_first(:j, 'purchase'), time_to_first(:j, 'ad'), time_to_first(:j, 'refund');
SELECT first_time(:j, 'purchase'), last_time(:j, 'purchase'), first_time(:j, 'visit -> purchase'),
       last_time(:j, 'visit -> purchase'), last_time(:j, 'refund');
-- Not across the change to summer time: a day is 24 hours.
SELECT time_to_convert('{2024-03-30T12:00:00Z a, 2024-03-31T12:00:00Z b}', 'a -> b');
SELECT time_to_convert('{2024-03-30 a, 2024-03-30 b}', 'b -> a') AS at_the_same_time;

CREATE TABLE web (customer int, ts timestamptz, event text, channel text, value double precision);
INSERT INTO web SELECT 1, e.ts, e.event, e.channel, e.value FROM events(:j) e;
INSERT INTO web VALUES (2, NULL, 'visit', NULL, NULL), (3, '2024-03-01', 'purchase', NULL, NULL);
SELECT customer, time_to_convert(ts, event, 'visit -> purchase'), days_to_convert(ts, event, 'visit -> purchase'),
       time_to_first(ts, event, 'purchase'), days_to_first(ts, event, 'purchase')
FROM web GROUP BY customer ORDER BY customer;
SELECT customer, time_to_convert(ts, event, channel, value, 'visit -> purchase'), days_to_convert(ts, event, channel, value, 'visit -> purchase'),
       time_to_first(ts, event, channel, value, 'purchase'), days_to_first(ts, event, channel, value, 'purchase')
FROM web GROUP BY customer ORDER BY customer;

SELECT time_to_convert(:j, 'purchase');
SELECT days_to_convert(ts, event, 'purchase') FROM web;
SELECT time_to_first(:j, 'visit -> purchase');
SELECT days_to_first(ts, event, 'visit -> purchase') FROM web;
SELECT time_to_convert(:j, NULL), time_to_first(NULL, 'purchase'), first_time(NULL, 'a'), last_time(:j, NULL);
SELECT time_to_convert('{4713-01-01T00:00:00Z a}'::journey, 'a -> b');
-- from one end of the calendar to the other
SELECT time_to_convert(ts, e, 'a -> b'), days_to_convert(ts, e, 'a -> b') FROM (VALUES ('4700-01-01 BC'::timestamptz, 'a'), ('294276-01-01', 'b')) v (ts, e);
SELECT time_to_first(x, 'b'), days_to_first(x, 'b') FROM (VALUES ('{-4713-11-24 a, 294276-12-31T23:59:59.999999Z b}'::journey)) v (x);
DROP TABLE web;

-- A journey as rows.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE TABLE customer (j journey);
INSERT INTO customer VALUES
	('{2024-03-01 visit@ads, 2024-03-02 visit, 2024-03-03 purchase@web=10, 2024-03-05T12:00:00.5Z visit, 2024-03-06 purchase=20, 2024-03-07 visit}');
SELECT e.* FROM customer, events(j) e;
SELECT t.* FROM customer, transitions(j) t;
SELECT c.* FROM customer, cycles(j, 'purchase') c;
SELECT c.cycle_no, c.complete, length(c.journey) FROM customer, cycles(j, 'visit => visit -> purchase') c;
SELECT c.* FROM customer, cycles(j, 'churn') c;
SELECT seconds FROM transitions('{-4713-11-24 a, 294276-12-31 b}');
SELECT count(*) FROM events('{}');
-- in the select list
SELECT (events(j)).event FROM customer;
-- no column or argument needs quotes
SELECT event_no, ts, event, channel, value FROM events('{2024-01-01 a}');
SELECT event_no, from_event, to_event, from_ts, to_ts, seconds FROM transitions('{2024-01-01 a, 2024-01-02 b}');
SELECT cycle_no, journey, complete FROM cycles(j => '{2024-01-01 a}', p => 'a');
-- estimates
EXPLAIN (COSTS OFF) SELECT * FROM events('{2024-01-01 a}');
DROP TABLE customer;

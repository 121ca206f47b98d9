-- What a journey tells: literals and error texts.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';

CREATE TABLE customer (id integer, j journey);
INSERT INTO customer VALUES
	(1, '{2024-03-01T09:00:00Z visit@google_ads, 2024-03-01T09:05:00Z signup, 2024-03-04T12:30:00.25Z purchase@web=49.9, 2024-03-09T08:00:00Z purchase@email=0.1, 2024-03-09T09:00:00Z refund=-49.9}'),
	(2, '{2024-03-02 visit}'),
	(3, '{}'),
	(4, NULL);
SELECT id, length(j), started_at(j), ended_at(j), duration(j) FROM customer ORDER BY id;
SELECT id, first_touch(j), last_touch(j), event_names(j) FROM customer ORDER BY id;
SELECT n, event_at(j, n), time_at(j, n) FROM customer, unnest(ARRAY[1, 2, 5, 6, 0, -1, -5, -6]) n WHERE id = 1;
SELECT id, event_count(j, 'purchase'), event_count(j, '.'), value_sum(j, 'purchase'), value_sum(j, 'purchase | refund'), value_sum(j, 'visit')
FROM customer ORDER BY id;
-- named arguments
SELECT event_at(j => j, n => 2), event_count(j => j, p => 'p*') FROM customer WHERE id = 1;

SELECT event_count(j, 'visit -> purchase') FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT value_sum(j, 'visit => purchase') FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT event_count(j, 'visit within 1 day') FROM customer;
\echo :LAST_ERROR_SQLSTATE
-- from one end of the calendar to the other
SELECT duration('{-4713-11-24 a, 294276-12-31T23:59:59.999999Z b}');
SELECT value_sum('{2024-01-01 a=1e308, 2024-01-01 b=1e308}', '.');
\echo :LAST_ERROR_SQLSTATE
DROP TABLE customer;

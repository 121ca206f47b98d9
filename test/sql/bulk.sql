-- journey_build: what it returns, and every error.
SET TimeZone = 'UTC';
CREATE TABLE shop_event (customer bigint, ts timestamptz, event text, channel text, value numeric);
INSERT INTO shop_event VALUES
  (1, '2024-03-03 10:05', 'purchase', NULL, 50), (1, '2024-03-01 10:00', 'visit', 'ads', NULL), (1, '2024-03-01 10:05', 'signup', NULL, NULL),
  (2, '2024-03-02 09:00', 'visit', 'email', NULL), (NULL, '2024-03-02 09:00', 'visit', 'email', NULL), (3, NULL, 'visit', 'email', NULL);
SELECT * FROM journey_build('SELECT customer, ts, event FROM shop_event') ORDER BY customer;
SELECT * FROM journey_build('TABLE shop_event;') ORDER BY customer;
SELECT * FROM journey_build('SELECT customer::text, ts, event, channel FROM shop_event', NULL::text) ORDER BY customer;

-- the query
SELECT * FROM journey_build(NULL);
SELECT * FROM journey_build('SELECT customer, ts FROM shop_event');
SELECT * FROM journey_build('SELECT *, 1 FROM shop_event');
SELECT * FROM journey_build('SELECT customer::text, ts, event FROM shop_event');
SELECT * FROM journey_build('SELECT customer, ts, event FROM shop_event', NULL::text);
SELECT * FROM journey_build('SELECT customer, ts, event FROM shop_event', NULL::date);
SELECT * FROM journey_build('SELECT customer, ts::text, event FROM shop_event');
SELECT * FROM journey_build('SELECT customer, ts, 1 FROM shop_event');
SELECT * FROM journey_build('SELECT customer, ts, event, channel, channel FROM shop_event');
SELECT * FROM journey_build('SELECT customer, ts, event FROM shop_event; SELECT customer, ts, event FROM shop_event');
SELECT * FROM journey_build('DELETE FROM shop_event RETURNING customer, ts, event');
SELECT * FROM journey_build('SELECT customer, ts, event FROM shop');

-- the rows
SELECT * FROM journey_build($$SELECT customer, 'infinity'::timestamptz, event FROM shop_event$$);
SELECT * FROM journey_build($$SELECT customer, ts, '' FROM shop_event$$);
SELECT * FROM journey_build($$SELECT repeat('x', 4097), ts, event FROM shop_event$$, NULL::text);
SELECT * FROM journey_build($$SELECT customer, ts, event, channel, 'NaN'::float8 FROM shop_event$$);
DROP TABLE shop_event;

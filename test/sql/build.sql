-- journey_agg over rows: literals and error texts.  Behaviour against plain SQL
-- is in test/pgtap/build.sql.
SET TimeZone = 'Europe/Berlin';

CREATE TABLE touch (customer int, ts timestamptz, event text, channel text, value double precision);
INSERT INTO touch VALUES
  (1, '2024-03-31 01:30+01', 'visit', 'google_ads', NULL),
  (1, '2024-03-31 03:30+02', 'purchase', 'store', 49.9),
  (1, '2024-03-31 03:30+02', 'purchase', NULL, NULL),
  (1, '2024-03-31 03:30+02', 'purchase', 'store', NULL),
  (1, '2024-03-31 03:30+02', 'purchase', 'store', -0.0),
  (1, '2024-03-31 03:30+02', 'Purchase', '', 5),
  (2, NULL, 'visit', NULL, NULL),
  (2, '2024-03-01 10:00+01', NULL, 'email', 1),
  (3, '2024-03-01 10:00:00.000001+01', 'email_click/winback', 'email', NULL);

SELECT customer, journey_agg(ts, event) FROM touch GROUP BY customer ORDER BY customer;
SELECT customer, journey_agg(ts, event, channel) FROM touch GROUP BY customer ORDER BY customer;
SELECT customer, journey_agg(ts, event, channel, value) FROM touch GROUP BY customer ORDER BY customer;
-- A timestamp is read as UTC, whatever the session's time zone.
SELECT journey_agg(ts, event), journey_agg(ts, event, channel), journey_agg(ts, event, channel, value)
FROM (VALUES (timestamp '2024-03-31 02:30', 'visit', 'web', 1.5::float8)) v (ts, event, channel, value);
SELECT journey_agg(ts, event) FROM touch WHERE false;
-- varchar, integer and numeric columns need no casts.
SELECT journey_agg(ts::timestamptz, event::varchar, channel::varchar, value::numeric) FROM touch WHERE customer = 1 AND value > 0;

-- What cannot be an event.
SELECT journey_agg('infinity'::timestamptz, 'visit');
SELECT journey_agg('-infinity'::timestamp, 'visit');
SELECT journey_agg(timestamptz '2024-03-01', '');
SELECT journey_agg(timestamptz '2024-03-01', repeat('x', 4097));
SELECT journey_agg(timestamptz '2024-03-01', 'visit', repeat('x', 4097));
SELECT length(journey_agg(timestamptz '2024-03-01', repeat('x', 4096), repeat('y', 4096)));
SELECT journey_agg(timestamptz '2024-03-01', 'visit', 'web', 'NaN');
SELECT journey_agg(timestamptz '2024-03-01', 'visit', 'web', '-Infinity');
SELECT journey_agg(timestamptz '2024-03-01', 'n' || i) FROM generate_series(1, 65537) i;
SELECT journey_agg(timestamptz '2024-03-01', 'visit', 'c' || i) FROM generate_series(1, 65536) i;
-- An ignored row is not looked at.
SELECT journey_agg(NULL::timestamptz, ''), journey_agg('infinity'::timestamptz, NULL);

DROP TABLE touch;

-- drop_offs: a small result as it is printed, and every error.
SET TimeZone = 'UTC';
CREATE TABLE shop (customer int, j journey);
INSERT INTO shop VALUES
  (1, '{2024-03-01T10:00Z visit, 2024-03-01T10:05Z pricing, 2024-03-03T10:05Z purchase=50}'),
  (2, '{2024-03-02T09:00Z visit, 2024-03-02T09:30Z pricing}'),
  (3, '{2024-03-02T12:00Z visit, 2024-03-02T12:02Z visit, 2024-03-02T12:04Z blog}'),
  (4, '{2024-03-04T08:15Z newsletter, 2024-03-04T08:20Z purchase=20}');
SELECT a.event, a.customers, a.reach, a.reached, a.exits, a.exit_rate, round(a.exit_low::numeric, 4) AS low, round(a.exit_high::numeric, 4) AS high,
       round(a.baseline::numeric, 4) AS baseline, round(a.opportunity::numeric, 4) AS opportunity, round(a.opportunity_low::numeric, 4) AS opportunity_low
FROM (SELECT drop_offs(j, 'purchase', 'session', 1) AS a FROM shop) s, unnest(s.a) a;
SELECT a.event, a.customers, a.reached, a.exits
FROM (SELECT drop_offs(j, 'purchase', 'journey', 1, '12 hours', '2024-03-02 23:59+00') AS a FROM shop) s, unnest(s.a) a;
SELECT drop_offs(j, 'purchase', 'session', NULL) FROM shop;

-- arguments
SELECT drop_offs(j, 'purchase', NULL, 1) FROM shop;
SELECT drop_offs(j, 'purchase', 'visit', 1) FROM shop;
SELECT drop_offs(j, 'purchase', 'session', -1) FROM shop;
SELECT drop_offs(j, 'visit -> purchase', 'session', 1) FROM shop;
SELECT drop_offs(j, 'purchase', 'session', 1, '1 month', NULL) FROM shop;
SELECT drop_offs(j, 'purchase', 'session', 1, '-1 s', NULL) FROM shop;
SELECT drop_offs(j, 'purchase', CASE WHEN customer = 1 THEN 'session' ELSE 'journey' END, 1) FROM shop;
DROP TABLE shop;

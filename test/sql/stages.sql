-- funnel_stages: a small funnel as it is printed, and every error.
SET TimeZone = 'UTC';
CREATE TABLE shop (customer int, j journey);
INSERT INTO shop VALUES
  (1, '{2024-03-01T10:00Z visit, 2024-03-01T10:05Z signup, 2024-03-03T10:05Z purchase=50}'),
  (2, '{2024-03-02T09:00Z visit, 2024-03-02T09:30Z signup}'),
  (3, '{2024-03-02T12:00Z visit, 2024-03-02T12:02Z visit}'),
  (4, '{2024-03-04T08:15Z newsletter}');
SELECT a.* FROM (SELECT funnel_stages(j, 'visit -> signup -> purchase within 7 days') AS a FROM shop) s, unnest(s.a) a;
SELECT a.stage, a.name, a.customers, a.revenue, a.lost_revenue, a.focus
FROM (SELECT funnel_stages(j, 'visit -> signup -> purchase within 7 days', 'purchase | refund') AS a FROM shop) s, unnest(s.a) a;

-- arguments
SELECT funnel_stages(j, NULL) FROM shop;
SELECT funnel_stages(j, 'visit', 'visit -> purchase') FROM shop;
SELECT funnel_stages(j, 'visit', 'visit within 1 day') FROM shop;
SELECT funnel_stages(j, (ARRAY['visit', 'signup'])[1 + customer % 2]::journey_pattern) FROM shop;
SELECT funnel_stages(j, 'visit', CASE WHEN customer > 2 THEN 'purchase'::journey_pattern END) FROM shop;
SELECT funnel_stages(j, 'visit', 'visit') FROM unnest(ARRAY['{2024-03-01T10:00Z visit=1.7e308}', '{2024-03-01T10:00Z visit=1.7e308}']::journey[]) j;

-- the state
SELECT funnel_stages_trans(NULL, '{}', 'visit');
SELECT journey_tally_combine(NULL, NULL);
SELECT funnel_stages_final(NULL);
SELECT ''::journey_tally;
SELECT 'not hexadecimal'::journey_tally;
SELECT '54010100000000000000000000000000000000800000000000000000000000000000000001000000'::journey_tally;
SELECT '54010100000000000000000000000000000000800000000000000000000000000000000000000000'::journey_tally;
SELECT '540201000000000000000000000000000000008000000000000000000000000000000000'::journey_tally;
CREATE AGGREGATE half(journey, journey_pattern) (SFUNC = funnel_stages_trans, STYPE = journey_tally);
CREATE AGGREGATE wrong(journey_tally) (SFUNC = journey_tally_combine, STYPE = journey_tally, FINALFUNC = transition_map_final);
SELECT wrong(t) FROM (SELECT half(j, 'visit') AS t FROM shop) s;
CREATE AGGREGATE whole(journey_tally) (SFUNC = journey_tally_combine, STYPE = journey_tally, FINALFUNC = funnel_stages_final);
SELECT whole(t) FROM (SELECT half(j, 'visit') AS t FROM shop UNION ALL SELECT half(j, 'signup') FROM shop) s;
DROP TABLE shop;

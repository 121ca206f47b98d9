-- path_flows, path_flows_to, transition_map, top_paths: small results, errors.
SET TimeZone = 'UTC';
CREATE TABLE shop (customer int, j journey);
INSERT INTO shop VALUES
  (1, '{2024-03-01T10:00Z visit, 2024-03-01T10:05Z pricing, 2024-03-03T10:05Z purchase=50}'),
  (2, '{2024-03-02T09:00Z visit, 2024-03-02T09:30Z pricing}'),
  (3, '{2024-03-02T12:00Z visit, 2024-03-02T12:02Z visit, 2024-03-02T12:04Z blog}'),
  (4, '{2024-03-04T08:15Z newsletter, 2024-03-04T08:20Z purchase=20}');
SELECT a.* FROM (SELECT transition_map(j) AS a FROM shop) s, unnest(s.a) a;
SELECT a.* FROM (SELECT path_flows(j, NULL, 3) AS a FROM shop) s, unnest(s.a) a;
SELECT a.* FROM (SELECT path_flows(j, 'visit', 3, 1) AS a FROM shop) s, unnest(s.a) a;
SELECT a.* FROM (SELECT path_flows_to(j, 'purchase', 3) AS a FROM shop) s, unnest(s.a) a;
SELECT a.* FROM (SELECT top_paths(j, 'purchase', 'purchase', 3, 5) AS a FROM shop) s, unnest(s.a) a;
SELECT a.* FROM (SELECT top_paths(j, NULL, NULL, 1, 2) AS a FROM shop) s, unnest(s.a) a;

-- arguments
SELECT path_flows(j, 'visit -> pricing', 3) FROM shop;
SELECT path_flows(j, 'visit', NULL) FROM shop;
SELECT path_flows(j, 'visit', 1) FROM shop;
SELECT path_flows(j, 'visit', 1001) FROM shop;
SELECT path_flows(j, 'visit', 3, 0) FROM shop;
SELECT path_flows(j, 'visit', 1 + customer) FROM shop;
SELECT path_flows_to(j, NULL, 3) FROM shop;
SELECT top_paths(j, 'a -> b', NULL, 3, 5) FROM shop;
SELECT top_paths(j, 'a', 'a within 1 day', 3, 5) FROM shop;
SELECT top_paths(j, NULL, NULL, 0, 5) FROM shop;
SELECT top_paths(j, NULL, NULL, 3, 0) FROM shop;
SELECT top_paths(j, NULL, NULL, 3, NULL) FROM shop;
DROP TABLE shop;

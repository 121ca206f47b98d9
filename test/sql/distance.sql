-- journey_distance, journey_features and variety: literals and error texts.
SELECT journey_distance(a, b) AS share, journey_distance(a, b, normalized => false) AS edits
FROM (VALUES ('{2024-01-01 ad, 2024-01-02 cart, 2024-01-03 cart, 2024-01-04 buy}'::journey,
              '{2024-01-01 ad, 2024-01-02 cart, 2024-01-04 "say, ""hi"""}'::journey)) v(a, b);
SELECT round(journey_entropy(j)::numeric, 6) AS entropy, round(journey_complexity(j)::numeric, 6) AS complexity
FROM (VALUES ('{2024-01-01 ad, 2024-01-02 cart, 2024-01-03 cart, 2024-01-04 buy}'::journey), ('{}'), ('{2024-01-01 ad}')) v(j);
SELECT journey_features('{2024-01-01 ad, 2024-01-02 cart}', 8);
SELECT journey_features('{}', 3);
SELECT journey_features('{}', 0);
SELECT journey_features('{}', 16001);

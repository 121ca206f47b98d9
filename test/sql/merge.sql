-- Merging journeys: literals.  Behaviour against plain SQL is in
-- test/pgtap/merge.sql.
SET TimeZone = 'UTC';
\set a '''{2024-03-01 visit, 2024-03-02 visit, 2024-03-02 visit, 2024-03-03 purchase@store=20}''::journey'
\set b '''{2024-02-28 ad@google, 2024-03-02 visit, 2024-03-03 purchase@store=20, 2024-03-03 purchase@store=21}''::journey'

SELECT journey_merge(:a, :b);
SELECT :a || :b = :b || :a AS commutes, :a || :a = :a AS idempotent, (:a || :b) || :b = :a || :b AS twice;
SELECT journey_merge(a => :a, b => NULL) = :a AS left_only, NULL || :b = :b AS right_only, NULL::journey || NULL::journey AS neither;
SELECT '{}'::journey || '{}'::journey AS empty, :a || '{}'::journey = :a AS unchanged;
SELECT journey_agg(j) FROM (VALUES (:a), (NULL), (:b), (:a), ('{}')) v (j);
SELECT journey_agg(j) FROM (VALUES (:a)) v (j) WHERE false;
SELECT journey_agg(j) FROM (VALUES (NULL::journey)) v (j);
SELECT journey_agg(j) FROM (VALUES ('{}'::journey)) v (j);

-- An upsert that can be repeated.
CREATE TABLE customer_journey (customer int PRIMARY KEY, j journey);
PREPARE load AS
INSERT INTO customer_journey VALUES (1, :a), (2, :b)
ON CONFLICT (customer) DO UPDATE SET j = customer_journey.j || excluded.j;
EXECUTE load;
EXECUTE load;
SELECT customer, length(j) FROM customer_journey ORDER BY customer;
DROP TABLE customer_journey;

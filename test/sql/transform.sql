-- From a journey to another: literals and error texts.
SET TimeZone = 'UTC';
CREATE TABLE customer (j journey);
INSERT INTO customer VALUES
	('{2024-03-01 visit@ads, 2024-03-02 visit, 2024-03-02 email_open/may, 2024-03-03 purchase@web=10, 2024-03-05 visit, 2024-03-06 purchase=20}');

-- [starting_at, ending_before)
SELECT slice(j, '2024-03-02', '2024-03-03') FROM customer;
SELECT slice(j, ending_before => '2024-03-02') FROM customer;
SELECT slice(j, starting_at => '2024-03-06') FROM customer;
SELECT slice(j, '2025-01-01'), slice(j, '2024-03-03', '2024-03-02') FROM customer;
SELECT slice(j, timestamp '2024-03-05', NULL) FROM customer;
SELECT slice(j, NULL, NULL) = j AS everything FROM customer;

SELECT before(j, 'purchase'), after(j, 'purchase') FROM customer;
SELECT before(j, 'visit -> purchase'), after(j, 'visit -> purchase') FROM customer;
-- what never happens has no before
SELECT before(j, 'churn'), after(j, 'churn'), before('{}', '.') FROM customer;
SELECT before(j, 'visit'), after('{2024-01-01 a}', 'a') FROM customer;

SELECT collapse('{2024-01-01 a@x=1, 2024-01-02 a@y=2, 2024-01-03 b, 2024-01-04 a}');
SELECT keep(j, 'purchase'), drop_events(j, 'visit | email*') FROM customer;
SELECT relabel(j, ARRAY['email_open/*', 'visit | email*'], ARRAY['email', 'touch']) FROM customer;
SELECT relabel('{2024-01-01 a, 2024-01-01 b}', '{a|b}', '{c}');
-- they compose
SELECT collapse(before(j, 'purchase')) FROM customer;

SELECT journey_replace(j, '{2024-03-02T12:00:00Z visit@store}', '2024-03-02', '2024-03-03') FROM customer;
SELECT journey_replace(j, '{}', '2024-03-02', '2024-03-06') FROM customer;
SELECT journey_replace(j, '{2024-03-07 churn}', timestamp '2024-03-02') FROM customer;

SELECT keep(j, 'visit -> purchase') FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT drop_events(j, 'visit from first') FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT relabel(j, '{a,b}', '{x}') FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT relabel(j, '{a->b}', '{x}') FROM customer;
SELECT relabel(j, '{a|}', '{x}') FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT relabel(j, '{NULL}', '{x}') FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT relabel(j, '{a}', '{NULL}') FROM customer;
SELECT relabel(j, '{{a,b}}', '{{x,y}}') FROM customer;
SELECT relabel(j, '{a}', '{""}') FROM customer;
SELECT relabel(j, '{a}', ARRAY[repeat('x', 4097)]) FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT journey_replace(j, '{2024-03-01 x}', '2024-03-02', '2024-03-03') FROM customer;
\echo :LAST_ERROR_SQLSTATE
SELECT journey_replace(j, '{2024-03-03 x}', '2024-03-02', '2024-03-03') FROM customer;
DROP TABLE customer;

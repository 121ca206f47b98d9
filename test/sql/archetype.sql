-- archetype_model: literals and error texts.
CREATE TABLE visits AS
SELECT c::bigint AS id, journey_agg(timestamptz '2024-01-01 00:00+00' + i * interval '1 min', e) AS j
FROM generate_series(1, 100) c,
  unnest(CASE WHEN c % 10 < 5 THEN '{ad,product,cart,purchase}' WHEN c % 10 < 8 THEN '{blog,pricing,demo}' ELSE '{login,help}' END::text[]) WITH ORDINALITY u(e, i)
GROUP BY c;
CREATE TABLE model AS SELECT archetype_model(id, j, 3) AS m FROM visits;

SELECT archetype, name, share, customers, path, signature, round(lift::numeric, 3) AS lift, sample_size, stability, flag
FROM model, archetypes(m);
SELECT archetype_of(m, '{2024-01-01 blog, 2024-01-02 demo}'), archetype_of(m, '{2024-01-01 blog}', finished => false),
  round((archetype_scores(m, '{2024-01-01 login, 2024-01-02 help}'))[3]::numeric, 6) AS third
FROM model;
SELECT length(m::text), left(m::text, 66) AS head FROM model;
SELECT m = m AS same, m <> m AS other, m = (SELECT archetype_model(id, j, 2) FROM visits) AS two FROM model;
SELECT count(*) FROM (SELECT DISTINCT m FROM model, generate_series(1, 2)) s;
SELECT * FROM archetype_drift((SELECT m FROM model), (SELECT archetype_model(id, j, 3) FROM visits WHERE id % 10 <> 1));
SELECT * FROM archetype_drift((SELECT archetype_model(id, j, 2) FROM visits WHERE id % 10 < 8), (SELECT m FROM model));

-- arguments
SELECT archetype_model(id, j, 0) FROM visits;
SELECT archetype_model(id, j, 17) FROM visits;
SELECT archetype_model(id, j, (id % 2)::integer + 2) FROM visits;
SELECT archetype_model(id, j, 4, m) FROM visits, model;
SELECT archetype_model(id, j, NULL, CASE WHEN id < 9 THEN m END) FROM visits, model;
SELECT archetype_model(1::bigint, j) FROM visits, generate_series(1, 101);
SELECT archetype_model_trans(NULL, 1::bigint, '{}');
SELECT archetype_model_combine(NULL, NULL);

-- text and binary
SELECT 'model'::archetype_model;
SELECT '\x4'::archetype_model;
SELECT '\x4z'::archetype_model;
SELECT '\x'::archetype_model;
SELECT '\x42'::archetype_model;
SELECT (m::text || '00')::archetype_model FROM model;
SELECT overlay(m::text PLACING '02' FROM 5 FOR 2)::archetype_model FROM model;
SELECT '\x53'::archetype_sample;
SELECT archetype_model_final(NULL);
DROP TABLE model, visits;

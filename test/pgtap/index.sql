-- The index finds what a scan of the table finds: random patterns over random
-- journeys, whatever has happened to the rows and to the index before.
\set ECHO none
\set QUIET 1
SET client_min_messages = warning;
-- VACUUM cannot run inside a transaction, so the tables are made outside.
DROP TABLE IF EXISTS index_journey, index_pattern;
DROP FUNCTION IF EXISTS index_random_pattern(), index_missed(text, integer);
DROP SEQUENCE IF EXISTS index_turn;
SELECT setseed(0.37) \g /dev/null

-- 20,000 journeys of 1 to 24 events: 40 names, some of them rare, 5 channels,
-- a clock of 40 hours, so that most journeys have ties.
CREATE TABLE index_journey (id integer, j journey) WITH (autovacuum_enabled = off);
INSERT INTO index_journey
SELECT c, journey_agg(timestamptz '2024-01-01 00:00+00' + floor(40 * random()) * interval '1 hour',
                      'e' || floor(40 * random() ^ 2), CASE WHEN random() < 0.5 THEN 'ch' || floor(5 * random()) END,
                      CASE WHEN random() < 0.3 THEN floor(10 * random()) END)
FROM generate_series(1, 20000) c, generate_series(1, 1 + (c * 7919) % 24) GROUP BY c;
INSERT INTO index_journey VALUES (-1, NULL), (-2, '{}'), (-3, '{2024-01-01 e0, 2024-01-01 e0}'), (-4, NULL);
-- 300 have more names than pairs are kept of.
INSERT INTO index_journey
SELECT 30000 + c, journey_agg(timestamptz '2024-01-01 00:00+00' + floor(40 * random()) * interval '1 hour', 'e' || floor(40 * random()))
FROM generate_series(1, 300) c, generate_series(1, 90) GROUP BY c;
VACUUM ANALYZE index_journey;

-- A pattern of the whole grammar.  What does not parse is drawn again.
CREATE FUNCTION index_random_pattern() RETURNS journey_pattern LANGUAGE plpgsql AS $$
DECLARE
  part text;
  pattern text;
  nsteps integer;
BEGIN
  FOR try IN 1..1000 LOOP
    nsteps := 1 + floor(3 * random());
    pattern := CASE WHEN random() < 0.05 THEN '^' ELSE '' END;
    FOR step IN 1..nsteps LOOP
      IF step > 1 THEN
        pattern := pattern || (ARRAY[' -> ', ' -> ', ' -> ', ' => ', ' ->[9 hours] ', ' ->[without e1] '])[1 + floor(6 * random())];
      END IF;
      FOR alternative IN 1..1 + floor(1.6 * random()) LOOP
        part := CASE WHEN random() < 0.07 THEN '.' ELSE 'e' || floor(42 * random() ^ 1.4) || CASE WHEN random() < 0.15 THEN '*' ELSE '' END END
             || CASE WHEN random() < 0.15 THEN '@ch' || floor(6 * random()) ELSE '' END
             || CASE WHEN random() < 0.07 THEN '[value > ' || floor(8 * random()) || ']' ELSE '' END;
        pattern := pattern || CASE WHEN alternative > 1 THEN ' | ' ELSE '' END || CASE WHEN random() < 0.07 THEN '!' ELSE '' END || part;
      END LOOP;
      pattern := pattern || CASE WHEN random() < 0.12 THEN (ARRAY['?', '+', '{2}', '{0,2}', '{2,}'])[1 + floor(5 * random())] ELSE '' END;
    END LOOP;
    pattern := pattern || CASE WHEN random() < 0.04 THEN ' $' ELSE '' END
            || CASE WHEN random() < 0.4 THEN (ARRAY[' within 12 hours', ' without e2', ' from first', ' in any order', ' at distinct times',
                 ' then no e3 for 5 hours', ' within session'])[1 + floor(7 * random())] ELSE '' END;
    BEGIN
      RETURN pattern::journey_pattern;
    EXCEPTION WHEN invalid_text_representation OR program_limit_exceeded THEN
      NULL;
    END;
  END LOOP;
END
$$;
-- Some shapes for certain, and drawn ones.
CREATE TABLE index_pattern AS
SELECT p::journey_pattern, (row_number() OVER ())::integer AS n FROM unnest(ARRAY['e0', 'e39', 'e39 -> e38', 'e38 => e39', 'e39 -> e39', 'e0 -> e0 -> e0 -> e0', 'e3* -> e30', 'e3*',
  '.', '. -> .', '. => e39', 'nothing', 'nothing | e38', 'e | e4*', 'e38 | e39 -> e37 | e36', 'e38 | . -> e39', 'e39 -> e0* within 2 hours',
  'e39 | e38 | e37 | e36 | e35 -> e34']) p
UNION ALL SELECT index_random_pattern(), n FROM generate_series(19, 130) n;

-- Patterns for which a condition is true of other rows by the index than by a
-- scan; of every so many patterns, others each time.
CREATE SEQUENCE index_turn;
CREATE FUNCTION index_missed(condition text, every integer DEFAULT 6) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  p journey_pattern;
  query text;
  plan text;
  line text;
  scanned integer[];
  found integer[];
  turn integer := nextval('index_turn');
BEGIN
  FOR p IN SELECT i.p FROM index_pattern i WHERE (n + turn) % every = 0 LOOP
    query := format('SELECT array_agg(id ORDER BY id) FROM index_journey WHERE ' || condition, p);
    PERFORM set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'on', true);
    EXECUTE query INTO scanned;
    PERFORM set_config('enable_bitmapscan', 'on', true), set_config('enable_seqscan', 'off', true);
    EXECUTE query INTO found;
    IF scanned IS DISTINCT FROM found THEN
      RETURN NEXT p::text;
    END IF;
    plan := '';
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
      plan := plan || line;
    END LOOP;
    IF plan !~ 'Bitmap Index Scan on index_journey' AND condition !~ '2024' THEN
      RETURN NEXT 'not by the index: ' || p::text;
    END IF;
  END LOOP;
END
$$;

SELECT plan(13);

-- Built from rows that are there.
CREATE INDEX index_journey_j ON index_journey USING gin (j);
SELECT is_empty($$SELECT index_missed('j @@ %L', 1)$$, 'an index built at once finds what matches; if not, see src/core/index_plan.c');
SELECT is_empty($$SELECT index_missed('journey_match(j, %L)')$$, 'journey_match finds by the index what it finds without; if not, see src/pg/support.c');
SELECT is_empty($$SELECT index_missed('journey_match(j, %L, ''2024-01-01 16:00+00'')', 2)$$,
  'with as_of, too: a weaker pattern loses nothing; if not, see jny_index_weaken');
SELECT is_empty($$SELECT index_missed('%L @@ j')$$, 'the other way round');
SELECT cmp_ok((SELECT count(*) FROM index_pattern WHERE EXISTS (SELECT FROM index_journey WHERE j @@ p)), '>', 60::bigint,
  'most patterns match some journey, so the tests above mean something');

-- Rows that come, change and go, through the pending list.
INSERT INTO index_journey SELECT id + 100000, slice(j, '2024-01-01 10:00+00', NULL) FROM index_journey WHERE id % 10 = 0;
UPDATE index_journey SET j = slice(j, NULL, '2024-01-02 00:00+00') WHERE id % 10 = 1;
UPDATE index_journey SET j = NULL WHERE id % 100 = 2;
UPDATE index_journey SET j = '{2024-01-01 e39, 2024-01-02 e38}' WHERE j IS NULL AND id % 200 = 2;
DELETE FROM index_journey WHERE id % 10 = 3;
SELECT is_empty($$SELECT index_missed('j @@ %L')$$, 'what was inserted, updated and deleted is found as it is now, out of the pending list');
SELECT cmp_ok(gin_clean_pending_list('index_journey_j'), '>', 0::bigint, 'there was a pending list');
SELECT is_empty($$SELECT index_missed('j @@ %L')$$, 'the same behind the pending list');
VACUUM index_journey;
INSERT INTO index_journey SELECT id + 300000, j FROM index_journey WHERE id % 10 = 4;
SELECT is_empty($$SELECT index_missed('j @@ %L')$$, 'rows that take the place of vacuumed ones are not mistaken for them');

-- Without a pending list.
ALTER INDEX index_journey_j SET (fastupdate = off);
VACUUM index_journey;
INSERT INTO index_journey SELECT id + 500000, journey_merge(j, '{2024-01-02 10:00 e39@ch1}') FROM index_journey WHERE id % 10 = 5;
DELETE FROM index_journey WHERE id % 10 = 6;
SELECT is_empty($$SELECT index_missed('j @@ %L')$$, 'with fastupdate off');
REINDEX INDEX index_journey_j;
SELECT is_empty($$SELECT index_missed('j @@ %L')$$, 'after REINDEX');

-- What the planner expects.
ANALYZE index_journey;
CREATE FUNCTION pg_temp.rows_expected(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END
$$;
SELECT is(pg_temp.rows_expected('SELECT FROM index_journey WHERE journey_match(j, ''e1 -> e2'')'),
          pg_temp.rows_expected('SELECT FROM index_journey WHERE j @@ ''e1 -> e2'''), 'journey_match is estimated like @@');
SELECT ok(pg_temp.rows_expected('SELECT FROM index_journey WHERE journey_match(j, ''e0 | e1 | e2 | e3'')') >
          20 * pg_temp.rows_expected('SELECT FROM index_journey WHERE journey_match(j, ''nothing'')'),
  'a pattern that many match is expected to give more rows than one that none does');

SELECT * FROM finish();
DROP TABLE index_journey, index_pattern;
DROP FUNCTION index_random_pattern(), index_missed(text, integer);
DROP SEQUENCE index_turn;

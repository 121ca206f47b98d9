-- The type journey_pattern: canonical text, error texts, comparison.  What a
-- pattern matches is in test/core/match_oracle.c and test/pgtap/pattern.sql.

-- Canonical text.
SELECT t AS text, t::journey_pattern AS pattern
FROM unnest(ARRAY[
  'a', ' a->b ', 'a=>b->c', '"a"', '"a b"->"say ""hi"""', 'email/*', '"email/"*', '"x y"*',
  'a|b|(c|(d))|a', '.->.', 'within->from', 'from from first',
  'a FROM First WITHIN 7Days', 'a within 36h', 'a within 1 day 12 hours', 'a within 1.5 h',
  'a within 1w', 'a within 60s', 'a within 250ms', 'a within 0s', 'été -> "😀"']) t;

-- What does not parse: SQLSTATE, text, offset, what was found and expected.
CREATE FUNCTION refused(t text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  message text; detail text; hint text;
BEGIN
  PERFORM t::journey_pattern;
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n', SQLSTATE || ' ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT refused(t)
FROM unnest(ARRAY[
  '', '  ', '->', 'visit ->', 'visit -> => b', 'visit purchase', 'visit, purchase', 'a *', '*',
  'a | ', '()', '(a', '(a -> b)', 'a)', '"a', '""', 'a within', 'a within 7',
  'a within 7 dayz', 'a within 3 months', 'a within 1 year', 'a within -1 day',
  'a within 0.0000001 s', 'a within 300000 years', 'a within 300000000 days',
  'a within 1 day within 2 days', 'a from first -> b', 'a from last',
  'a within 1 day from first from', 'a? -> b', 'a | b+', 'a -> b{0}', 'a -> b{3,2}', '!', '^', 'a $ $',
  'a@', 'a[value]', 'a[value > x]', 'a[amount > 3]', 'a ->[] b', 'a ->[2 days, 1 day] b', 'a =>[1 day] b',
  'a => b in any order', 'a in order', 'a at times', 'a then b', 'a then no b', 'a within sessions']) t;

-- The whole grammar, canonical.
SELECT t::journey_pattern
FROM unnest(ARRAY['a@email*[value>3]|!(b|c)->d?->(e|f){2,3}->g+->h{2}', '^a->[1d,3d;without x]b$within session[1h]without y',
  'a->b at distinct times in any order', 'a->b then no c|d for 90 min from first within 1 w']) t;

-- Channel and value are asked for, and not given.
SELECT funnel_step(now(), 'a'::text, 'a@email');
SELECT match_count(now(), 'a'::text, 'a[value > 3]');
SELECT refused(repeat('a -> ', 20) || 'b{300}') AS too_many;

-- Limits, each named.
SELECT refused(repeat('a->', 64) || 'a');
SELECT refused(repeat('a=>a->', 16) || 'a');
SELECT refused(repeat('(', 33) || 'a' || repeat(')', 33));
SELECT refused(repeat('n', 4097));
SELECT refused(repeat(' ', 65537) || 'a');
SELECT refused((SELECT string_agg(i::text, '|') FROM generate_series(10000, 19999) i));
SELECT refused(repeat('n', 4096)) AS longest_name, refused(repeat('a->', 63) || 'a') AS most_steps,
       refused(repeat('a=>a->', 15) || 'a=>a') AS most_parts,
       refused(repeat('(', 32) || 'a' || repeat(')', 32)) AS deepest;

-- Long text is quoted in part.
SELECT refused(repeat('long ', 40));

-- Names.
SELECT pattern_names('b -> a|b|"x y" -> email/* -> . -> email -> email/*');
SELECT pattern_names('.'), pattern_names(NULL);

-- Casts are explicit, both ways.
SELECT 'a->b'::text::journey_pattern, ('a->b'::journey_pattern)::text;
CREATE TABLE saved (name text, p journey_pattern);
INSERT INTO saved VALUES ('typed', 'a->b'), ('other', 'a -> b'), ('third', 'a'), ('none', NULL);
INSERT INTO saved SELECT 'x', 'a'::text;
SELECT p, count(*) FROM saved GROUP BY p ORDER BY p;

-- Equality, order and hash, by canonical text.
SELECT 'a|b|a'::journey_pattern = 'a | b' AS eq, 'a'::journey_pattern <> 'b' AS ne,
       'a'::journey_pattern < 'b' AS lt, 'a'::journey_pattern <= 'a' AS le,
       'b'::journey_pattern > 'a' AS gt, 'a'::journey_pattern >= 'b' AS ge,
       journey_pattern_cmp('a', 'b') AS cmp,
       journey_pattern_hash('a->b') = journey_pattern_hash('a -> b') AS hash,
       journey_pattern_hash_extended('a->b', 7) = journey_pattern_hash_extended('a -> b', 7) AS hash_extended;
CREATE UNIQUE INDEX ON saved (p, name);
CREATE INDEX ON saved USING hash (p);
SET enable_hashagg = off;
SELECT DISTINCT p FROM saved ORDER BY 1;
RESET enable_hashagg;

-- Binary output and input.
SELECT encode(journey_pattern_send('a->b within 7d'), 'escape');

-- The operator classes are complete.
SELECT amname, opcname, amvalidate(c.oid)
FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
WHERE opcintype = 'journey_pattern'::regtype
ORDER BY 1, 2;

-- Patterns from their parts.
SELECT journey_pattern(ARRAY['visit', '->[2 days] cart?', '=> (buy | renew){2}', pattern_name('a -> b')], within => '7 days', without => 'refund@store');
SELECT journey_pattern(ARRAY['a', 'b'], session_timeout => '30 min', any_order => true, then_no => NULL) AS p, journey_pattern(NULL::text[]) AS none;
SELECT journey_pattern(ARRAY['a', 'b -> c']);
SELECT journey_pattern(ARRAY['a', 'b in any order']);
SELECT journey_pattern(ARRAY['a', 'b{3,2}']);
SELECT journey_pattern(ARRAY['-> a']);
SELECT journey_pattern(ARRAY['a', NULL]);
SELECT journey_pattern('{}'::text[]);
SELECT journey_pattern(ARRAY['a'], without => 'b -> c');
SELECT journey_pattern(ARRAY['a'], then_no => 'b');
SELECT journey_pattern(ARRAY['a'], within => '1 month');
SELECT pattern_name('purchase'), pattern_name('Order "1"'), pattern_name(NULL);
SELECT pattern_name('');

-- as of the end of time, a number no double holds, an option said twice
SELECT as_of, journey_match('{2024-01-01 a}', 'a then no b for 1 h', as_of) FROM unnest('{-infinity,2024-01-01 00:59:59+00,2024-01-01 01:00+00,infinity,NULL}'::timestamptz[]) as_of;
SELECT 'a[value > 1e400]'::journey_pattern;
SELECT 'a ->[1 h; without x; without y] b'::journey_pattern;

DROP TABLE saved;
DROP FUNCTION refused;

-- Sequences that go with an outcome, against TraMineR 2.2-12 (seqefsub with
-- count.method = 1) and fisher.test and p.adjust of R 4.2.2, and against
-- patterns.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(17);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.25) \g /dev/null

-- 200 made-up journeys, a letter for each event; the first 100 have the outcome.
CREATE TABLE seq_200 AS
SELECT id, letters, id <= 100 AS outcome,
  (SELECT journey_agg('2024-01-01'::timestamptz + n * interval '1 hour',
     CASE l WHEN 'a' THEN 'ad' WHEN 'b' THEN 'blog' WHEN 'c' THEN 'case' WHEN 'r' THEN 'pricing' WHEN 'd' THEN 'demo'
            WHEN 's' THEN 'support' WHEN 'k' THEN 'cart' WHEN 'p' THEN 'purchase' END)
   FROM regexp_split_to_table(letters, '') WITH ORDINALITY AS x (l, n)) AS j
FROM regexp_split_to_table('rcdrk pksdbbkap bskkkkkaparp dkcrcbkbd crbbpda aspbdaaadasp rcrkrppcpk akacrb crarkr crdarrbbcr scrb pkrkrrkada abbacrapck akkprbscdr kackkkbr bkccr
brbkcra dakpapbrpaa babpccacrrcr adkkkaaa dbbsdabkpcca pccbcrkkbs pbacrbbkacbk pbraprc kppaprccrkk akrcrakb crkpasak akrccrbdabb pbpkbcabrk asksppr
aracrr aksbbrba dbscrrda srra rbaaprksbabc rcparbbs crsaabsbp abbbasrr cbkkbapaacra apbrpcra bkscracka adacarckrbr bpcascaakd crpac sckdccr pppaabbb
ssrska rpccr kcra asdcb raaaddrackp cpkcra bkscr krdakcskbkc rbbkrdpapcra pdsb pbrrpbppdabb kbbkscrdp crrrbda kpbp crbr bdbpbpp bbrdappdcrk bbcrpd
aarkrr rcaksabkr cabpakbs akasr crdacdasp ksdcrbps kcbrpbkc asbcr dpbdccr kapsrcraa kakpc crbcr dpbrcr dakprprapcrr crsbbp kppppbpprcr kdbcr
krdapckcrbss packakkac akbrcrrprbr bdcsbc bacraacdr rpbkcrpp abpdsskpbcr kbbbrcpra pcppkbpkrkcr rabrkbpp kcrdkpsak crccaakad ckrpd rpckdbakkb darrdkc
bpcbcrrb raaar abacppkcra rpkarcssbsd kbadas ddpcd bparbak prbasrbdbrs arbkradad cakppb dbkarcsara addpkbassaa bspsabbpbsc asssrp dprrck spbksaarr
bbkaa ckaa abcsrs bkdkdbaarbbk akspb bsrb krscar acpakr bcbrkbpak kppspk raasccrbr sbba kcarrrdsd ppbbarsd bkpbcb skbpppcp apbkrscpd accakk sacs
apacppbckapk dbacadrakbk rrsdpb rrbrscb cacscrs bdab bsskbkbs pbbraksa aapabbbr kbadkppaa arssr sasbabkpda srrrd bpkkbs bckdrpck badbrrpd bdck
babacbbsk srabak sskbkkbacpb pbrr kbrpbasb abaps pbbp bcbb kapsaaa kakk baaaskrdssrk kpsrss bbrbbbprpsk arab dacspk ascd asabbabas bcprkbs
bpapsapksbds sbparrscrkar abaabsraaba pkpkrbb paaksrcpkbkp csadbpbbbs bbkcac kcaaaakkbr sppbsass pbbpa bkkpca askcbckbkk abapcs ssbbpk psscrsbbsp
sbbbkbkdbppa pbppbk sbbbpcaakk dcsdr brsab spcbdbc pbkpb sksppaadbsbb kcbarbr krbkaarpbsa kscssacsksr rccrbbaas bbpapkppr kpkbsadkasb aakprs dasrdarc
sbcsb bddcbabsk ckrkb', '\s') WITH ORDINALITY AS w (letters, id);
CREATE FUNCTION near(got float8, want float8) RETURNS boolean LANGUAGE sql AS
  $$SELECT got IS NOT DISTINCT FROM want OR abs(got - want) <= 1e-9 * abs(want)$$;
CREATE TABLE got AS
SELECT gap, u.* FROM unnest('{1,3,NULL}'::int[]) gap, LATERAL (SELECT sequence_lift(j, outcome, NULL, 20, 3, gap) AS a FROM seq_200) s, unnest(a) u;
SELECT results_eq('SELECT gap, count(*) FROM got GROUP BY 1 ORDER BY 1', 'VALUES (1, 39::bigint), (3, 96), (NULL, 179)',
  'as many sequences of up to three events have a support of 10 % as TraMineR finds: adjacent, 3 apart, anywhere');
SELECT is_empty($$
  SELECT * FROM (VALUES (1, 'blog', 149, 71, 0.330401308195, 0.757979471741), (1, 'pricing', 137, 86, 1.3123057189e-07, 2.55899615186e-06),
      (1, 'case > pricing', 61, 56, 4.792140690753904e-16, 1.8689348693940227e-14), (1, 'support', 103, 38, 0.00021702263932511136, 0.0021159707334198357),
      (3, 'case > pricing', 80, 64, 3.6015523391703045e-12, 3.4574902456034923e-10), (3, 'purchase > case > pricing', 22, 21, 3.759217802654671e-06, 9.17888218494276e-05),
      (NULL, 'case > pricing', 85, 66, 1.816743783472687e-11, 3.2519713724161094e-09), (NULL, 'pricing > case', 54, 43, 4.3920993505464014e-07, 2.620619279159353e-05),
      (NULL, 'pricing > case > pricing', 33, 28, 1.4240985963281177e-05, 0.00031864206092841634)) w (gap, path, n, x, fisher, bh)
    LEFT JOIN got g ON g.path = w.path AND g.gap IS NOT DISTINCT FROM w.gap
  WHERE (n, x) IS DISTINCT FROM (customers_with, outcomes_with) OR NOT near(p, fisher) OR NOT near(q, bh)$$,
  'supports, p and q are those of TraMineR, fisher.test and p.adjust');
SELECT is_empty($$
  WITH l (l, name) AS (VALUES ('a', 'ad'), ('b', 'blog'), ('c', 'case'), ('r', 'pricing'), ('d', 'demo'), ('s', 'support'), ('k', 'cart'), ('p', 'purchase')),
    x (gap, between) AS (VALUES (1, ''), (3, '.{0,2}'), (NULL, '.*')),
    o AS (SELECT gap, concat_ws(' > ', a.name, b.name, c.name) AS path, count(*) AS n, count(*) FILTER (WHERE outcome) AS x
          FROM x, l a CROSS JOIN (TABLE l UNION ALL SELECT NULL, NULL) b CROSS JOIN (TABLE l UNION ALL SELECT NULL, NULL) c, seq_200
          WHERE (b.l IS NOT NULL OR c.l IS NULL) AND letters ~ concat_ws(between, a.l, b.l, c.l) GROUP BY 1, 2 HAVING count(*) >= 20)
  SELECT * FROM o FULL JOIN got ON o.path = got.path AND o.gap IS NOT DISTINCT FROM got.gap
  WHERE (n, x) IS DISTINCT FROM (customers_with, outcomes_with)$$, 'and all of them those of regular expressions');
SELECT results_eq($$SELECT path FROM got WHERE gap = 1 AND finding ORDER BY p$$, $$VALUES ('case > pricing'), ('pricing'), ('case'), ('support')$$,
  'findings are the planted sequence, its parts, and support, which goes with no outcome');
SELECT is_empty($$SELECT * FROM got WHERE finding AND path LIKE '% > case > pricing'$$, 'what adds nothing to a sequence is no finding');
SELECT is((SELECT string_agg(path || CASE WHEN closed THEN '' ELSE ' (in a longer one)' END, ', ' ORDER BY path)
           FROM (SELECT sequence_lift('{2024-01-01 a, 2024-01-02 b, 2024-01-03 a}', true, NULL, 0, 2, NULL) AS a) s, unnest(a)),
  'a (in a longer one), a > a, a > b, b (in a longer one), b > a', 'a sequence whose people all have a longer one is not closed');

-- Random journeys with many equal times: sequences are those of patterns.
CREATE TABLE seq_random AS
SELECT c, journey_agg('2024-01-01'::timestamptz + floor(random() * 6) * interval '1 hour', chr(97 + floor(random() * 4)::int)) AS j,
       random() < 0.4 AS outcome, '2024-01-01 04:00+00'::timestamptz AS at
FROM generate_series(1, 300) c, generate_series(1, 1 + c % 8) GROUP BY c;
CREATE FUNCTION differing(gap int, link text) RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM (SELECT sequence_lift(j, outcome, at, 0, 3, gap) AS a FROM seq_random) s, unnest(a) u,
    LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE outcome) AS x FROM seq_random WHERE journey_match(slice(j, NULL, at), replace(path, '>', link)::journey_pattern)) o
  WHERE (n, x) IS DISTINCT FROM (customers_with, outcomes_with)$$;
SELECT is(differing(NULL, '->'), 0::bigint, 'with any distance a sequence is the pattern a -> b -> c, at equal times, too');
SELECT is(differing(1, '=>'), 0::bigint, 'one apart it is the pattern a => b => c');
SELECT is((SELECT count(*) FROM (SELECT sequence_lift(j, outcome, at, 0, 3, NULL) AS a FROM seq_random) s, unnest(a)),
  (SELECT count(*) FROM (SELECT a || coalesce(' -> ' || b, '') || coalesce(' -> ' || c, '') AS p FROM unnest('{a,b,c,d}'::text[]) a, unnest('{a,b,c,d,NULL}'::text[]) b, unnest('{a,b,c,d,NULL}'::text[]) c WHERE b IS NOT NULL OR c IS NULL) p
   WHERE EXISTS (SELECT FROM seq_random WHERE journey_match(slice(j, NULL, at), p::journey_pattern))), 'and none is missing');
SELECT results_eq($$SELECT path, customers_with, outcomes_with FROM (SELECT sequence_lift(j, outcome, at, 1, 2, NULL) AS a FROM seq_random) s, unnest(a) WHERE path !~ '^(.) > \1$' ORDER BY path$$,
  $$SELECT touchpoint || coalesce(' > ' || then_touchpoint, ''), customers_with, outcomes_with FROM (SELECT touchpoint_lift(j, outcome, at, 1) AS a FROM seq_random) s, unnest(a) ORDER BY 1$$,
  'up to two events they are the touchpoints and pairs of touchpoint_lift, and repeats');

-- 200 data sets without any effect.
CREATE TABLE seq_nothing AS
SELECT d, c, journey_agg('2024-01-01'::timestamptz + i * interval '1 hour', chr(97 + floor(random() * 5)::int)) AS j, random() < 0.3 AS outcome
FROM generate_series(1, 200) d, generate_series(1, 200) c, generate_series(1, 4) i GROUP BY d, c;
SELECT cmp_ok((SELECT count(*) FROM (SELECT sequence_lift(j, outcome, NULL, NULL, 3, 1) AS a FROM seq_nothing GROUP BY d) s WHERE EXISTS (SELECT FROM unnest(a) WHERE q < 0.05)),
  '<=', 10::bigint, 'at most 5 % of them show q < 0.05');

-- Many names, more and more of them: counts that stand beside the table.
CREATE TABLE seq_many AS
SELECT c, journey_agg('2024-01-01'::timestamptz + floor(random() * 12) * interval '1 hour', chr(97 + floor(power(random(), 2) * (6 + c / 40))::int)) AS j, random() < 0.4 AS outcome
FROM generate_series(1, 700) c, generate_series(1, 4 + c % 20) GROUP BY c;
SELECT is((SELECT count(*) FROM (SELECT sequence_lift(j, outcome, NULL, 25, 3, NULL) AS a FROM seq_many) s, unnest(a) u,
    LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE outcome) AS x FROM seq_many WHERE j @@ replace(path, '>', '->')::journey_pattern) o
  WHERE (n, x) IS DISTINCT FROM (customers_with, outcomes_with)), 0::bigint, 'with many names, too, a sequence is the pattern');
SELECT ok((SELECT count(*) > 5000 FROM (SELECT sequence_lift(j, outcome, NULL, 1, 3, NULL) AS a FROM seq_many) s, unnest(a)), 'there are thousands of them');

-- Any split gives the same bits.
CREATE TEMP TABLE serial_sequences AS SELECT sequence_lift(j, outcome, at, 1, 3, NULL)::text AS a, sequence_lift(j, outcome, at, NULL, 3, 2)::text AS b FROM seq_random;
CREATE AGGREGATE sequences_partial(journey, boolean, timestamptz, integer, integer, integer) (SFUNC = sequence_lift_trans, STYPE = journey_tally);
CREATE AGGREGATE sequences_total(journey_tally) (SFUNC = journey_tally_combine, STYPE = journey_tally, FINALFUNC = sequence_lift_final);
SELECT results_eq($$SELECT sequences_total(t ORDER BY md5(k::text))::text FROM (SELECT c % 11 AS k, sequences_partial(j, outcome, at, 1, 3, NULL)::text::journey_tally AS t FROM seq_random GROUP BY 1) p$$,
  'SELECT a FROM serial_sequences', 'parts that travelled add up to the same bits');
SELECT results_eq($$SELECT sequences_total(t ORDER BY md5(k::text))::text FROM (SELECT c % 3 AS k, sequences_partial(j, outcome, NULL, 1, 3, NULL) AS t FROM seq_many GROUP BY 1) p$$,
  $$SELECT sequence_lift(j, outcome, NULL, 1, 3, NULL)::text FROM seq_many$$, 'so do parts with many names');
ALTER TABLE seq_random SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS
  $$DECLARE l text; a text := ''; BEGIN FOR l IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP a := a || l || E'\n'; END LOOP; RETURN a; END$$;
SELECT matches(plan_of('SELECT sequence_lift(j, outcome, at, 1, 3, NULL) FROM seq_random'), 'Partial Aggregate', 'workers aggregate in parts');
SELECT results_eq($$SELECT sequence_lift(j, outcome, at, 1, 3, NULL)::text, sequence_lift(j, outcome, at, NULL, 3, 2)::text FROM seq_random$$,
  'SELECT * FROM serial_sequences', 'parallel gives the same bits');

SELECT * FROM finish();
ROLLBACK;

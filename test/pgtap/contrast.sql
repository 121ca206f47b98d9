-- What goes with an outcome, against R 4.2.2 (fisher.test, p.adjust, Wilson by
-- prop.test) on made-up data, against plain SQL, and on data without effects.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(28);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.25);
CREATE FUNCTION near(got float8, want float8) RETURNS boolean LANGUAGE sql AS
  $$SELECT got IS NOT DISTINCT FROM want OR abs(got - want) <= 1e-9 * abs(want)$$;

-- 2,000 sessions: home, product, case, pricing (r), cart (k), support; ! means
-- that it converted, a number how many are alike.
CREATE TABLE sessions_2000 AS
SELECT row_number() OVER () AS id, w[1] AS letters, w[2] = '!' AS converted,
       ('{' || (SELECT string_agg(to_char('2024-01-01 00:00'::timestamp + i * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z "') || x, ', ')
                FROM (SELECT i, (SELECT name FROM (VALUES ('h', 'home'), ('p', 'product'), ('c', 'case'), ('r', 'pricing'), ('k', 'cart'), ('s', 'support')) n (l, name)
                                 WHERE l = substr(w[1], i::int, 1)) AS x FROM generate_series(1, length(w[1])) i
                      UNION ALL SELECT 20, 'goal' WHERE w[2] = '!') e) || '}')::journey AS j
FROM regexp_split_to_table(btrim('
c21 c!2 cc5 cccchhp cck ccphh! ccphhrh ccppkkp ccpshpk ccr ccrhrpk ccrphk ccrpkch ch9 ch! chc chchp chcshr chcsp chh3 chh! chhphk! chhppc chhpphc chhps
chhrhh chkp! chkrcr chp2 chphc chphr chphrrh chpphp chpppp chpprrs chpps chpr chprhh chprk chprr chpsrpr chr chr!2 chrhspk chrkpsp! chrppph! chrrr chspc
chspchr ck4 ckc ckcphhh ckcspp ckhrrhp ckk ckkph ckkrsp ckp ckphppc ckpp ckppppk ckpppr ckrc ckrhp ckrpch cksrhh cp9 cpc cpcp cpcsrh cph4 cphchpr! cphh2
cphhkhp cphhpr cphhs cphphrh! cphpphs cphppk! cphprhr! cphrh cphrp cpkhrh cpkp cpkrprr cpp6 cpp! cpppc cpppprh cppr! cpprhs! cprcr cprpch cprrhr! cprrp
cprsph cpsk cr4 cr! crccrkk crh crhhkpk! crhkhh crhp! crp crphppp! crpkh! crpkr crpph crpsrkh crrhppr crrprh crrprk crrpsr cs csh2 cshph cspspp csrpcpp cssk
h77 h!4 hc6 hcc hcchppr hcchpsh hcckhp hccpp hccpph hchcrr hchh hchhk! hchkph hchp hchppp hchrrhk! hchrrr hchrrrr hckh hckhcp hckhk hckhrs hcp hcpc hcpchp
hcph2 hcphkp hcpk hcppk hcpprsc hcprchs hcprhhp hcprhpp! hcpsp2 hcr! hcspk hh22 hh!2 hhc hhcc hhcchp hhchr! hhchs hhck hhckhs hhckpch hhckphh hhcr hhh5
hhhchh hhhcph hhhh3 hhhhcrk hhhhh2 hhhhkh hhhhkkc hhhhp hhhhpc hhhhph hhhhphr hhhhpr! hhhkhp hhhkp hhhkr hhhks hhhp2 hhhphp hhhpp hhhpphp hhhppk hhhprph
hhhpsch hhhr hhhrh hhhrphh! hhhrrp hhhrrph hhhs hhhshcr hhhsps hhhsr hhk2 hhkc hhkch hhkcr hhkcrrp hhkh hhkhk hhkhrc hhkhshc! hhkkh hhkp hhkpkp hhkr2 hhp4
hhp! hhpck hhpcphr hhph3 hhphh hhphhp hhphhph hhphkph hhphkpk hhphp hhpkc hhpkp2 hhpkrhs hhpp hhpph hhpphhh hhpphph hhpphrp hhppk hhpppp hhpr hhpr! hhprcp2
hhprh hhpsk hhpsp hhr4 hhrhcp hhrhk! hhrhspp hhrk hhrkkh hhrp hhrp! hhrpp hhrpph hhrpphp hhrppps hhrpprh hhrrk hhrrrks hhrrs! hhrsh hhs3 hhsh! hhshhrh hhshp
hhsp hhsp! hhsr hhssc hk6 hkc hkh hkhccck hkhhp hkhk hkhph hkhphpp hkhpkc hkhpkp hkhr2 hkhr! hkhskr hkhsp hkk hkkhpp hkkrpp hkp2 hkp! hkpchkh hkphpph
hkpppph hkps hkr hkrh hkrkh hkrpr2 hkrshhk hks! hkscs hksh hkshhp hkshp hp26 hp!5 hpc hpch! hpchhp hpchhs hpchpc hpcp hpcpr hpcprk hpcrpch hpcrsc hph10
hphcphp hphcrsp! hphhc hphhh2 hphhhh hphhksp hphhp! hphhph hphhpkh hphhpkr hphhr hphk3 hphkh hphkp hphksrh hphp4 hphpkpp hphpp hphppp hphprc hphprp hphpsc
hphpsh hphr hphrcch hphrhsp hphrrc hphsphp! hphsr hpk hpkchrc hpkhhhk hpkhp hpkhphp! hpkpk hpkrrp hpksrh hpksshh hpp5 hppccs hpph hpphhph! hpphpr hpphrrh
hppk hppkc hppkr hppkrh hppkrkh hppkspc hppp2 hpppkrp hpppp hpppph hpppph! hpppphp hppprhh hppr3 hpprhph hpprpcp! hpprphp hpprrph hpr2 hpr! hprh hprhkk
hprkhhr hprp hprps hprshpp hprspph hps3 hpshh! hpshhcs hpshhhp hpshhp hpshpch hpskr hpsr hpsrpc hr9 hrc hrccpc hrchpc hrcpkp hrcpp hrcrh hrh3 hrhckhr hrhhc
hrhhcr hrhhh! hrhhhrh hrhhr hrhhrp hrhk hrhkp hrhp4 hrhp! hrhpk hrhprh hrhr hrk3 hrkcrp hrkks hrkp! hrkph hrksp hrp3 hrph2 hrphppp hrpk hrpkrs hrppcsh hrpph
hrppk hrppkp hrppp hrpppck hrpr hrprh hrr3 hrrck hrrcsk hrrh hrrphph hrrphpp hrrpphp hrrps! hrrr hrshkph hrsphsk hrsrrph hrsrs! hrssp hs4 hshchpk hshckrp
hshcp hshcpr hshhpcc hshhphr hshhs hshkpsk hshphh hshr hskh hskhh hskhscc hskph hskshh hspc hsphhr hspk hspkppk hspph hspphhr hsppp hspprpp hspr2 hsrh
hsrhkp hsrpksp hsrr2 hssppck k25 k!3 kc2 kcchhhh kccrhh kchc kchpppc kcp kcsh kcskp kcsprk kh10 khc khcp khcpssp khh khh! khhcs khhk2 khhkr khhp2 khhpk!
khhsppp khk3 khkhpp khkk khp5 khp!2 khpcrrp khph khphp khphr khppkrh khprhk khprkph khpsprs khr! khrh2 khrhk! khrhphp khrkhp khrkkp khrkrp khrr khrrh khrrpp
khrskpp khshp khspk khsps khss kk2 kk! kkcph kkh2 kkh! kkhcpk kkhhkk kkhkhpc kkhp2 kkhrphp kkkprp kkp kkr kkr! kkrk kkrs kkshr kp9 kp! kpc kpchpr! kpck
kpcprh! kpcrh kpcss kph2 kphchh kphh2 kphhh kphp2 kphpcs! kphpph kphprkk kphprs kphrc kphrrph! kphsph kpkh kpkhhhh kpkr2 kpkrphk kpp4 kppch kppcp kpphp
kpphrph kppkpkp kpppc kppppr kpppr kpprcr! kpprhk kpr kprcppk kprksp kprpkr kprpphc kprppk kprsc kr3 krc krcpsch krcrppc krh2 krhh krhhhcp krhkchk krhpp
krhprpp krhr krhrrr krk krkchp krkhp krkppkh krkpshp krp2 krph krphc krpp krppkh krppr krprhs krrh2 krrhh krrpphs krrrkr krsp ks3 ks! kshhchp kshhp kshphh!
kshss ksk kskkh ksp kspc ksphhpp kspk kspkhpk kspphr ksprrpk ksrhs ksrprh p73 p!5 pc8 pccpc! pccpp pch pchh pchhksp pchkrh pchp3 pchph pchpk pchpp pchr
pchsh pck pck! pckkhph pckp pckps pcpcp pcphppk pcppppr pcprhh pcprhph pcr2 pcrphpr pcsc pcskrp ph17 phc2 phch3 phchhkr phchrh! phcps phcspph phcssrs phh9
phhh3 phhhh2 phhhp2 phhhphh phhhpr phhhprh phhhrch phhkkp phhkp phhkppp phhks phhp4 phhphsp phhr phhrkc phhrrps phhs phhshs phhsrc phhssh phk4 phk! phkc
phkckrh phkcpph phkh2 phkhhk phkhphs phkhs phkp phkpsk phkrhc phkrkh! phkrr php6 php! phpckph phph phphh phphkpc phphp phphpc phphrhk phphrsr phpk2 phpkrh
phpp! phpph phppp phpr phprhhr phpshpk phpshrr phpsp phr2 phr!2 phrcppr! phrh2 phrhhrp phrhkps phrhpr phrkph phrkr phrkrph phrp phrpckr phrphhk phrphhp
phrphk phrr phrrk phs phscp phscsp phshhr phsk phspp phsr pk8 pk! pkc pkchkp pkcp pkcscpr pkh2 pkhcppp pkhhp pkhk pkhp pkhph! pkhphcp pkhphk! pkhpp pkhrshh
pkhshs pkhsp pkkh pkkrcrp! pkp5 pkpc pkpckhh pkphcpp pkphhp pkphhpp pkphp2 pkpkrsp pkppph pkpppp pkpr pkr2 pkrk2 pkrkh pkrpk pkrrk pkrrp pkrs pksc pkscch
pkshhh pkshhph pp17 pp!3 ppc4 ppccprk ppch ppchhh ppchrc ppck ppckphh ppcp ppcphk ppcpr ppcpr! ppcrh ppcsp pph3 pph! pphc pphchpr pphcphp pphcpp pphh3 pphh!
pphhc pphhhk pphhhpp pphhhpr pphhkr pphhp pphhp! pphhpc pphhpk pphhpp pphhprp2 pphk pphkp pphp pphp! pphpcph pphphp pphpp pphpshh pphpshk pphr2 pphrchh
pphrhk! pphrk pphs pphspr pphsrhp ppk5 ppk! ppkc ppkcrsh! ppkhhkk ppkhph ppkkhk ppkpc ppkpksp ppkprh ppkprpp ppks ppp5 pppc pppchps! pppcr! pppcrpp ppph2
ppphhc ppphhck ppphpcc ppphphh ppphs pppp pppp! ppppch! pppphkp ppppkh ppppkhh ppppp2 ppppphk ppppspk pppr ppprhp ppprppp ppps ppr2 pprchrp! pprcrp! pprh3
pprhk pprhp2 pprkrh! pprp2 pprph3 pprpkr! pprppcs pprpr! pprprph pprprrp pprrhpp pprrpp pprs pprshsk! pprsrhc pps5 ppscp ppshc ppshkk! ppsprpp pr10 prccpp
prch prchhps prcrhrp prcrp prcsphp prh3 prhcsh prhhk prhhkpk prhhp prhhrp prhkh prhkr prhkrh prhks prhp prhrhrk prhschp prk4 prkkpp prkp prkps prkrch
prkrhhs prksrh prp4 prp! prpc prpcchr prphpk prphrk prphs prphsk prpk prpks prpp prppk! prpppsp prpps prpr prprhhk prprrhp prr2 prrhpp prrph prrphk prrr
prrr! prrs prshh2 prsrhr prss prsshrh ps4 pscc psh psh! pshch pshhh pshhscc pshppp pshr2 pskh pskprhp psp6 pspch pspchck psph psphh psphrk pspp2 psppp! pspr
psr3 psrk psrkrh psrpphp psrrph psrsprk psshpr pssph pssrkp r34 r!5 rc! rccpcp rccphhp rch3 rchccp rchch rchh rchhpp rchhppp rchkhhr rchp rchppc rchrrh!
rckhp rckpcr rcp2 rcpphs rcr! rcrhp! rcrspc rcsph rcsphc rh13 rh! rhchhpp! rhcrhp rhh2 rhhchpk rhhchpp rhhk! rhhkphr rhhpc rhhphp rhhps rhhr2 rhhrsp rhhs
rhk2 rhkchpk rhkkrp rhkph rhkpk! rhkpp rhkprsp rhkr rhksk rhp rhp! rhpc rhpckp rhphcpc rhphhcr rhphp rhphrp rhphsch rhpkk rhpp2 rhpp! rhpphhh rhprkk rhprphp
rhprsk rhr rhrhck rhrhr rhrphhk rhrpsr rhrrckp rhskhs rhspk rhsrpr! rhsshkp rk4 rkcrh! rkh rkhch rkhhp rkhhscr rkhphp rkhr rkk rkkch rkkr rkp rkpp4 rkprkp
rkr! rkrr rkssp rp9 rp! rpc rpchpcp rpchsrp rpcpp rpcpps rpcprrh! rpcrhrr rph4 rphh2 rphhk rphhkhc rphhp rphhpph rphkrpp rphppp rphpppc rphpps! rphprph
rphrrs rphsckr! rpk3 rpkc rpkkh rpkp rpkrcpr rpp4 rppcrp rpph!2 rpphrrp rppp rppph rpppk rpprr! rppsp rpr rprhhhh2 rprhhhk! rprhprh rprkhp rprph rprpp
rprppp rprpr rprsph rpshkrp rpspk rpsrsrh rpss rr8 rr! rrcpshh rrh rrhcr rrhh rrhhc rrhhh! rrhkphk rrhp rrhpp rrhpprc! rrhss rrk2 rrkhhp rrkkk! rrkph rrkskp
rrp rrph rrphsp rrpkhk rrpp rrprhp rrr rrrchpr rrrcr rrrphhs rrrppk rrrpr rrsph rrspkpp rrss rs rsch rsch! rscpk rscpp rsh rshhkc rshhrh rshphsr rshps
rskhkcp! rskp rskpks rspckrp! rsphh rspp rsrcprc! rsrhr rsrkh s22 sc sccph sch schphpc! sckkph sckp scks! scp scppcr! scpph! scpprhp! scr scrpph! scrpphr
sh7 shckh shcscpk shh3 shh! shhhk shhhpp shhhrcr! shhppc shhpprp shkpp shkrpkp shp3 shpckch shphhrp shpp2 shpr shprp shr shrp shrpkkp shrr shrrphh shrrpp
shshcp! shsphh shsrhpc shss shssrkh skhkk skkcphs skks skp3 skph skppphr skr! skrr2 sp6 spc spch spchprr spcrkp! sph3 sphch sphh3 sphrhkr! sphssp spk spkphp
spkpphp spkspc! sppchh sppckh spphhk spprc spprhhp spprp spps spr sprh sprhch sprkch sprrph! spshs spskpp spsphp sr4 srch srckkph! srcrh srhkkh! srhphp!
srhspc srkhhp srkhps srp3 srpcc srpp srpr srprpps srrhp srrrhhr srrsh ss sshh sshkcph ssk ssp ssphhp ssppks ssppppr ssprk ssrrhp
', E'\n'), '\s') e, regexp_match(e, '^([a-z]+)(!?)(\d*)$') w, generate_series(1, coalesce(nullif(w[3], '')::int, 1));
CREATE TEMP TABLE rules AS SELECT u.* FROM (SELECT session_rules(j, 'goal', '1 day', 0) AS a FROM sessions_2000) s, unnest(a) u;
SELECT is((SELECT (count(*), count(*) FILTER (WHERE converted))::text FROM sessions_2000), '(2000,185)', 'the sessions unpack');
SELECT is((SELECT count(*) FROM rules), 30::bigint, 'all ordered pairs of six events are rules');
SELECT is_empty($$SELECT * FROM (VALUES
  ('case', 'pricing', 168, 44, 1832, 141, 0.084, 0.261904761905, 0.201274856453, 2.8314028314, 3.40290442418, 0.01423, 1.22951612903, 1.10591975873e-11, 3.3177592762e-10, 31.0698689956),
  ('case', 'home', 275, 42, 1725, 143, 0.1375, 0.152727272727, 0.115019237715, 1.65110565111, 1.8423394787, 0.00828125, 1.07108369099, 0.000343287087018, 0.00482803919416, 19.2028985507),
  ('support', 'case', 95, 17, 1905, 168, 0.0475, 0.178947368421, 0.114835745683, 1.93456614509, 2.02913533835, 0.00410625, 1.10528846154, 0.00495621260809, 0.0371715945606, 8.62204724409),
  ('home', 'pricing', 398, 44, 1602, 141, 0.199, 0.110552763819, 0.0833909871478, 1.19516501426, 1.2560675719, 0.0035925, 1.02029661017, 0.0997463929902, 0.326205624549, 8.97003745318),
  ('pricing', 'support', 140, 15, 1860, 170, 0.07, 0.107142857143, 0.0660121170081, 1.1583011583, 1.17226890756, 0.001025, 1.0164, 0.309885305772, 0.581034948323, 2.20430107527),
  ('support', 'product', 258, 22, 1742, 163, 0.129, 0.0852713178295, 0.0569849261686, 0.921852084643, 0.911304513245, -0.0009325, 0.992097457627, 0.701158562498, 0.846275646967, -2.14121699196),
  ('product', 'support', 233, 16, 1767, 169, 0.1165, 0.068669527897, 0.0427072256865, 0.742373274562, 0.717982578663, -0.00277625, 0.974412442396, 0.931856817209, 0.931856817209, -6.28466327108)
  ) w (a, b, n, conv, n_not, conv_not, s, c, lo, l, rr, lev, cv, fp, bh, inc)
  LEFT JOIN rules ON (a, b) = (first_event, then_event)
  WHERE (n, conv, n_not, conv_not) IS DISTINCT FROM (sessions, conversions, sessions_without, conversions_without)
    OR NOT near(support, s) OR NOT near(confidence, c) OR NOT near(confidence_low, lo) OR NOT near(lift, l) OR NOT near(rate_ratio, rr)
    OR abs(leverage - lev) > 1e-11 OR NOT near(conviction, cv) OR NOT near(p, fp) OR NOT near(q, bh) OR NOT near(extra, inc)$$,
  'rules are those of R');
SELECT is_empty($$SELECT * FROM rules JOIN (
    SELECT a.name AS first_event, b.name AS then_event, count(*) AS n, count(*) FILTER (WHERE converted) AS c
    FROM sessions_2000, (VALUES ('h', 'home'), ('p', 'product'), ('c', 'case'), ('r', 'pricing'), ('k', 'cart'), ('s', 'support')) a (l, name),
         (VALUES ('h', 'home'), ('p', 'product'), ('c', 'case'), ('r', 'pricing'), ('k', 'cart'), ('s', 'support')) b (l, name)
    WHERE a.l <> b.l AND letters LIKE '%' || a.l || '%' || b.l || '%' GROUP BY 1, 2) o USING (first_event, then_event)
  WHERE (n, c) IS DISTINCT FROM (sessions, conversions)$$, 'counts of all rules are those of LIKE');
SELECT results_eq('SELECT first_event, then_event FROM rules WHERE finding', $$VALUES ('case', 'pricing')$$, 'only the planted rule is a finding');
SELECT is((SELECT best_part FROM rules WHERE finding), greatest((SELECT avg(converted::int)::float8 FROM sessions_2000 WHERE letters LIKE '%c%'),
  (SELECT avg(converted::int)::float8 FROM sessions_2000 WHERE letters LIKE '%r%')), 'best_part is the rate of the better part alone');
SELECT is((SELECT count(*) FROM (SELECT session_rules(j, 'goal', '1 day', 200) AS a FROM sessions_2000) s, unnest(a)),
  (SELECT count(*) FROM rules WHERE sessions >= 200), 'min_support leaves out what is rare');
SELECT results_eq($$SELECT first_event, then_event, sessions, conversions, sessions_without, conversions_without FROM (SELECT session_rules(j, 'goal', '30 minutes', 1) AS a FROM (VALUES
    ('{2024-01-01T10:00Z a, 2024-01-01T10:10Z b, 2024-01-01T10:20Z goal, 2024-01-01T10:21Z c, 2024-01-01T12:00Z b, 2024-01-01T12:01Z a, 2024-01-01T15:00Z goal}'::journey)) t (j)) s, unnest(a) ORDER BY 1, 2$$,
  $$VALUES ('a', 'b', 1::bigint, 1::bigint, 2::bigint, 1::bigint), ('b', 'a', 1, 0, 2, 2)$$, 'a session counts with what comes before its first conversion');

-- Two by two: customers with an outcome have the touch in the first column,
-- those without in the second.
CREATE TABLE touches (name text, a int, c int, odds float8, lo float8, hi float8, p float8);
INSERT INTO touches VALUES
  ('case_study', 120, 60, 3.47625891895, 2.30048030893, 5.2529795733, 2.29809034032e-09),
  ('webinar', 80, 70, 1.23660280745, 0.825295523367, 1.85289567203, 0.352641393286),
  ('support_ticket', 10, 45, 0.188370684434, 0.0931995443784, 0.380726268467, 3.58382305431e-07),
  ('newsletter', 150, 148, 1.05360536054, 0.673207357951, 1.64894848911, 0.908713931681),
  ('coupon', 30, 90, 0.21841836652, 0.135821623658, 0.351244386192, 6.06535914908e-11),
  ('rare_gift', 2, 0, 5.05037783375, 0.240933275143, 105.864647581, 0.498746867168),
  ('never_lo', 6, 0, 13.4010282776, 0.749862893035, 239.493860232, 0.030084058151),
  ('always', 200, 200, 1, 0.0197458365704, 50.6435873929, 1),
  ('equal', 50, 50, 1, 0.637142542483, 1.56950750157, 1);
CREATE TABLE touched AS
SELECT i, i <= 200 AS outcome, journey_agg('2024-01-01'::timestamptz + row_number * interval '1 hour', name) AS j
FROM generate_series(1, 400) i LEFT JOIN (SELECT *, row_number() OVER () FROM touches) t ON (i - 1) % 200 < CASE WHEN i <= 200 THEN a ELSE c END
GROUP BY i;
CREATE TEMP TABLE lifts AS SELECT u.* FROM (SELECT touchpoint_lift(j, outcome, NULL, 0) AS a FROM touched) s, unnest(a) u;
SELECT is_empty($$SELECT * FROM touches t LEFT JOIN lifts l ON l.touchpoint = t.name AND then_touchpoint IS NULL
  WHERE customers_with IS DISTINCT FROM a + c OR outcomes_with <> a OR NOT near(odds_ratio, odds) OR NOT near(odds_low, lo) OR NOT near(odds_high, hi)
    OR abs(l.p / t.p - 1) > 1e-9$$, 'odds ratios with interval and p are those of R');
SELECT ok((SELECT array_agg(q ORDER BY p, touchpoint, then_touchpoint NULLS FIRST) = bh_adjust(array_agg(p ORDER BY p, touchpoint, then_touchpoint NULLS FIRST)) FROM lifts), 'q corrects for all that was compared');
SELECT is_empty($$SELECT * FROM lifts WHERE NOT near(extra, customers_with * (rate_with - rate_without)) OR NOT near(lift, rate_with / nullif(rate_without, 0))
  OR customers_with + customers_without <> 400 OR outcomes_with + outcomes_without <> 200$$, 'rates, lift and extra outcomes follow from the counts');
SELECT is((SELECT finding FROM lifts WHERE touchpoint = 'rare_gift' AND then_touchpoint IS NULL), false, 'two against none is never a finding');
SELECT is((SELECT finding FROM lifts WHERE touchpoint = 'case_study' AND then_touchpoint IS NULL), true, 'a large difference is one');

-- Random journeys: pairs are those of the pattern "a -> b"; only what comes
-- before the outcome counts.
CREATE TABLE walks AS
SELECT c, 1 + c % 3 AS n, journey_agg('2024-01-01'::timestamptz + floor(random() * 20) * interval '1 hour', chr(97 + floor(random() * 5)::int)) AS j,
       random() < 0.3 AS outcome, '2024-01-01 12:00+00'::timestamptz AS at
FROM generate_series(1, 600) c, generate_series(1, 1 + c % 9) GROUP BY c;
SELECT is_empty($$
  SELECT * FROM (SELECT touchpoint_lift(j, outcome, at, 0) AS a FROM walks) s, unnest(a) u,
    LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE outcome) AS x FROM walks
             WHERE journey_match(slice(j, NULL, at), (touchpoint || coalesce(' -> ' || then_touchpoint, ''))::journey_pattern)) o
  WHERE (n, x) IS DISTINCT FROM (customers_with, outcomes_with)$$, 'customers with a touchpoint or pair are those that match its pattern before the outcome');
SELECT is((SELECT touchpoint_lift(j, NULL, NULL, 0) FROM walks), NULL, 'customers without an outcome do not count');
SELECT is((SELECT sum(customers_with + customers_without) / count(*) FROM (SELECT touchpoint_lift(j, outcome, '1999-01-01', 0) AS a FROM walks) s, unnest(a)), NULL,
  'when nothing comes before the outcome there is nothing to compare');

-- Long journeys hold more of everything: not a finding.
CREATE TABLE longs AS
SELECT c, journey_agg('2024-01-01'::timestamptz + i * interval '1 hour', chr(97 + floor(random() * 12)::int)) AS j, random() < CASE WHEN c % 2 = 0 THEN 0.5 ELSE 0.1 END AS outcome
FROM generate_series(1, 2000) c, generate_series(1, CASE WHEN c % 2 = 0 THEN 20 ELSE 5 END) i GROUP BY c;
CREATE TEMP TABLE length_only AS SELECT u.* FROM (SELECT touchpoint_lift(j, outcome, NULL, 100) AS a FROM longs) s, unnest(a) u;
SELECT cmp_ok((SELECT count(*) FROM length_only WHERE q < 0.001), '>', 100::bigint, 'length alone makes touchpoints look strong');
SELECT cmp_ok((SELECT count(*) FROM length_only WHERE finding), '<=', 2::bigint, 'adjusted for length they are not');

-- 200 data sets without any effect.
CREATE TABLE nothing AS
SELECT d, c, journey_agg('2024-01-01'::timestamptz + i * interval '1 hour', chr(97 + floor(random() * 6)::int)) AS j, random() < 0.3 AS outcome
FROM generate_series(1, 200) d, generate_series(1, 250) c, generate_series(1, 4) i GROUP BY d, c;
CREATE TEMP TABLE alarms AS SELECT d, bool_or(q < 0.05) AS q, bool_or(finding) AS finding
FROM (SELECT d, touchpoint_lift(j, outcome, NULL, NULL) AS a FROM nothing GROUP BY d) s, unnest(a) GROUP BY d;
SELECT cmp_ok((SELECT count(*) FROM alarms WHERE q), '<=', 10::bigint, 'at most 5 % of them show q < 0.05');
SELECT cmp_ok((SELECT count(*) FROM alarms WHERE finding), '<=', 5::bigint, 'and fewer a finding');

CREATE TEMP TABLE rule_alarms AS SELECT d, bool_or(q < 0.05) AS q, bool_or(finding) AS finding
FROM (SELECT d, session_rules(CASE WHEN outcome THEN j || '{2024-01-01T06:00Z goal}' ELSE j END, 'goal', '1 day', NULL) AS a FROM nothing GROUP BY d) s, unnest(a) GROUP BY d;
SELECT cmp_ok((SELECT count(*) FROM rule_alarms WHERE q), '<=', 10::bigint, 'nor do rules: at most 5 % of them show q < 0.05');
SELECT cmp_ok((SELECT count(*) FROM rule_alarms WHERE finding), '<=', 5::bigint, 'and fewer a finding');

-- Conversions within some time after a session.
SELECT is_empty($$
  WITH s AS (SELECT j, slice(j, session_start, session_end + interval '1 us') AS sj, session_end AS e
             FROM walks, sessions(slice(j, NULL, '2024-01-01 15:00:00.000001+00'), '2 hours')),
    k AS (SELECT coalesce(before(sj, 'c'), sj) AS b, sj @@ 'c' OR slice(j, e, e + interval '5 hours 1 us') @@ 'c' AS converted FROM s WHERE e + interval '5 hours' <= '2024-01-01 15:00+00'),
    o AS (SELECT x AS first_event, y AS then_event, count(*) AS n, count(*) FILTER (WHERE converted) AS c, (SELECT count(*) FROM k) AS total, (SELECT count(*) FROM k WHERE converted) AS total_c
          FROM k, unnest('{a,b,c,d,e}'::text[]) x, unnest('{a,b,c,d,e}'::text[]) y WHERE x <> y AND journey_match(b, (x || '->' || y)::journey_pattern) GROUP BY 1, 2)
  SELECT * FROM o FULL JOIN (SELECT u.* FROM (SELECT session_rules(j, 'c', '2 hours', 0, '5 hours', '2024-01-01 15:00+00') AS a FROM walks) s, unnest(a) u) u USING (first_event, then_event)
  WHERE (n, c, total - n, total_c - c) IS DISTINCT FROM (sessions, conversions, sessions_without, conversions_without)$$,
  'conversions within 5 hours of a session count, and sessions younger than that do not');
SELECT results_eq($$SELECT sessions, conversions, sessions_without, conversions_without FROM (SELECT session_rules(j, 'goal', '30 minutes', 0, '1 day', '2024-01-03') AS a FROM (VALUES
    ('{2024-01-01T10:00Z a, 2024-01-01T10:10Z b, 2024-01-02T10:10Z goal}'::journey),
    ('{2024-01-01T10:00Z a, 2024-01-01T10:10Z b, 2024-01-02T10:11Z goal}'),
    ('{2024-01-02T00:00Z a, 2024-01-02T00:01Z b, 2024-01-02T00:02Z goal}'),
    ('{2024-01-01T10:00Z b, 2024-01-01T10:01Z goal, 2024-01-03T00:00:01Z goal}')) t (j)) s, unnest(a) WHERE first_event = 'a'$$,
  $$VALUES (2::bigint, 1::bigint, 1::bigint, 1::bigint)$$, 'the time includes its end, and what is too young counts on neither side, converted or not');

-- Any split gives the same bits.
CREATE TEMP TABLE serial_contrast AS SELECT touchpoint_lift(j, outcome, at, 1)::text AS a, session_rules(j, 'a -> b', '2 hours', 1)::text AS b FROM walks;
SELECT results_eq($$SELECT touchpoint_lift(j, outcome, at, 1)::text, session_rules(j, 'a -> b', '2 hours', 1)::text FROM (SELECT * FROM walks ORDER BY md5(c::text)) s$$,
  'SELECT * FROM serial_contrast', 'shuffled rows give the same bits');
ALTER TABLE walks SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS
  $$DECLARE l text; a text := ''; BEGIN FOR l IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP a := a || l || E'\n'; END LOOP; RETURN a; END$$;
SELECT matches(plan_of('SELECT touchpoint_lift(j, outcome, at, 1) FROM walks'), 'Partial Aggregate', 'workers aggregate in parts');
SELECT results_eq($$SELECT touchpoint_lift(j, outcome, at, 1)::text, session_rules(j, 'a -> b', '2 hours', 1)::text FROM walks$$,
  'SELECT * FROM serial_contrast', 'parallel gives the same bits');
SELECT is_empty($$SELECT n FROM walks GROUP BY n HAVING touchpoint_lift(j, outcome, at, 1) IS DISTINCT FROM (SELECT touchpoint_lift(j, outcome, at, 1) FROM walks w WHERE w.n = walks.n)$$,
  'groups are the same as filters');

SELECT * FROM finish();
ROLLBACK;

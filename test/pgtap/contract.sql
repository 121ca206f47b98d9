-- What holds for every object of the extension, whoever adds the next one.
-- A failure lists the objects; its text says what they need.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(29);
SET LOCAL client_min_messages = warning;

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid
FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'journey';

CREATE TEMP VIEW func AS
SELECT p.*, p.oid::regprocedure::text AS signature
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid;

CREATE TEMP VIEW aggr AS
SELECT a.*, f.signature, f.proargtypes FROM pg_aggregate a JOIN func f ON f.oid = a.aggfnoid;

-- Functions that only the server calls.
CREATE TEMP VIEW plumbing AS
SELECT oid FROM func WHERE prorettype = 'internal'::regtype OR 'internal'::regtype = ANY (proargtypes)
UNION SELECT f FROM pg_aggregate a JOIN member m ON m.objid = a.aggfnoid AND m.classid = 'pg_proc'::regclass,
  LATERAL unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[]) f
UNION SELECT f FROM pg_type t JOIN member m ON m.objid = t.oid AND m.classid = 'pg_type'::regclass,
  LATERAL unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze]::oid[]) f
UNION SELECT amproc FROM pg_amproc JOIN pg_opclass c ON amprocfamily = opcfamily
  JOIN member m ON m.objid = c.oid AND m.classid = 'pg_opclass'::regclass;

CREATE TEMP VIEW row_type AS
SELECT t.oid, t.typname, t.typrelid FROM pg_type t
WHERE t.typtype = 'c' AND (EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = t.oid)
                           OR EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = t.typrelid));

-- The extension itself.
SELECT cmp_ok((SELECT count(*) FROM func), '>', 50::bigint, 'the extension has functions; if not, CREATE EXTENSION journey first');
-- The view of available extensions does not know Debian's extension_destdir;
-- there the control file is read.
SELECT ok(
  (SELECT extrelocatable FROM pg_extension WHERE extname = 'journey')
  AND coalesce((SELECT trusted FROM pg_available_extension_versions WHERE name = 'journey' AND installed),
               pg_read_file(current_setting('extension_destdir', true)
                            || (SELECT setting FROM pg_config WHERE name = 'SHAREDIR')
                            || '/extension/journey.control') ~ 'trusted *= *true'),
  'the extension is trusted and relocatable; if not, see journey.control');
SELECT is_empty($$SELECT pg_describe_object(classid, objid, 0) FROM member
  WHERE classid NOT IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_class'::regclass, 'pg_operator'::regclass,
                        'pg_cast'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass)
     OR (classid = 'pg_class'::regclass AND (SELECT relkind FROM pg_class WHERE oid = objid) <> 'c')$$,
  'functions, types, operators, casts and operator classes only; make it one of these');

-- Every object.
SELECT is_empty($$SELECT pg_describe_object(classid, objid, 0) FROM member m
  WHERE classid <> 'pg_class'::regclass
    AND coalesce(obj_description(objid, classid::regclass::name), '') = ''
    AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t WHERE t.typarray = objid))
    AND NOT (classid = 'pg_opfamily'::regclass)
  UNION ALL SELECT 'type ' || typname FROM row_type WHERE coalesce(obj_description(oid, 'pg_type'), '') = ''$$,
  'every object has a comment; add COMMENT ON behind its CREATE');
SELECT is_empty($$
  SELECT 'function ' || proname FROM func WHERE quote_ident(proname) <> proname
  UNION ALL SELECT signature || ' argument ' || a FROM func, unnest(proargnames) a WHERE quote_ident(a) <> a AND a <> ''
  UNION ALL SELECT 'type ' || typname FROM pg_type JOIN member ON classid = 'pg_type'::regclass AND objid = pg_type.oid
            WHERE typarray <> 0 AND quote_ident(typname) <> typname
  UNION ALL SELECT typname || ' column ' || attname FROM row_type JOIN pg_attribute ON attrelid = typrelid
            WHERE quote_ident(attname) <> attname$$,
  'no name needs quotes; choose a name that is not a key word, lower case');
SELECT is_empty($$SELECT pg_describe_object(classid, objid, 0) FROM member JOIN pg_operator o ON classid = 'pg_operator'::regclass AND o.oid = objid
  WHERE oprname ~ '[?%:]'$$,
  'no operator has ?, % or : in its name, which drivers and templates take for themselves; rename it');

-- Functions.
SELECT is_empty($$SELECT signature FROM func WHERE prosecdef$$, 'no function is SECURITY DEFINER; it runs as its caller');
-- journey_build runs a query that may read temporary tables
SELECT is_empty($$SELECT signature FROM func WHERE proparallel <> 's' AND signature !~ '^journey_build\('$$, 'every function is PARALLEL SAFE; say so in its CREATE');
SELECT is_empty($$SELECT signature FROM func WHERE provolatile = 'v'$$, 'no function is volatile; say IMMUTABLE (or STABLE) in its CREATE');
SELECT is_empty($$SELECT signature FROM func WHERE proconfig IS NOT NULL$$, 'no function has SET, which keeps it from being inlined; write names that need no search_path');
SELECT is_empty($$SELECT signature FROM func WHERE proacl IS NOT NULL$$, 'every function is executable by PUBLIC; do not GRANT or REVOKE in the install script');
SELECT is_empty($$SELECT signature FROM func JOIN pg_language l ON l.oid = prolang WHERE lanname NOT IN ('c', 'sql', 'internal')$$,
  'functions are in C or SQL; no other language may be missing where the extension goes');
SELECT is_empty($$SELECT signature FROM func JOIN pg_language l ON l.oid = prolang WHERE lanname = 'sql' AND prosqlbody IS NULL$$,
  'SQL bodies are BEGIN ATOMIC, so that they survive any search_path; rewrite them so');
SELECT is_empty($$SELECT signature || ' ' || prosrc || ' in ' || probin FROM func JOIN pg_language l ON l.oid = prolang
  WHERE lanname = 'c' AND (probin <> '$libdir/journey' OR prosrc !~ '^journey_')$$,
  'C functions are in MODULE_PATHNAME and their symbols begin with journey_; fix the AS clause');
SELECT is_empty($$SELECT signature FROM func WHERE pronargs > 0 AND oid NOT IN (SELECT oid FROM plumbing)
  AND (prokind IN ('f', 'w') OR proname IN ('journey_agg', 'path_sequence', 'funnel_step', 'funnel_times', 'match_count', 'journey_match',
       'time_to_convert', 'days_to_convert', 'time_to_first', 'days_to_first'))
  AND (proargnames IS NULL OR '' = ANY (proargnames[1:pronargs]))$$,
  'arguments of functions that people call have names; add them');
SELECT is_empty($$SELECT signature FROM func WHERE prokind = 'a' AND pronargdefaults > 0$$,
  'aggregates are positional; add an overload instead of a default');

-- Aggregates.
SELECT is_empty($$SELECT signature FROM aggr WHERE aggkind = 'n' AND aggcombinefn = 0$$,
  'every aggregate has a combine function; add COMBINEFUNC');
SELECT is_empty($$SELECT signature FROM aggr WHERE aggtranstype = 'internal'::regtype AND (aggserialfn = 0 OR aggdeserialfn = 0)$$,
  'every aggregate with internal state can send it; add SERIALFUNC and DESERIALFUNC');
SELECT is_empty($$SELECT signature FROM aggr WHERE aggtransspace <= 0 AND aggtranstype = 'internal'::regtype$$,
  'every aggregate with internal state says how large it is, or the planner sorts; add SSPACE');
SELECT is_empty($$SELECT signature FROM aggr, unnest(proargtypes) a JOIN pg_type t ON t.oid = a WHERE typtype = 'p' AND typname <> 'internal'$$,
  'no aggregate takes a polymorphic argument; write overloads');

-- Types, operators, casts.
SELECT is_empty($$SELECT typname FROM pg_type t JOIN member ON classid = 'pg_type'::regclass AND objid = t.oid
  WHERE typtype = 'b' AND typelem = 0 AND (typreceive = 0 OR typsend = 0)$$,
  'every type has binary input and output; add RECEIVE and SEND');
SELECT is_empty($$SELECT castsource::regtype || ' to ' || casttarget::regtype FROM pg_cast c JOIN member ON classid = 'pg_cast'::regclass AND objid = c.oid
  WHERE castcontext <> 'e'$$,
  'casts are explicit; leave out AS ASSIGNMENT and AS IMPLICIT');
SELECT is_empty($$SELECT opcname FROM pg_opclass c JOIN member ON classid = 'pg_opclass'::regclass AND objid = c.oid WHERE NOT amvalidate(c.oid)$$,
  'every operator class passes amvalidate; see the notices it gives');
SELECT is_empty($$SELECT o.oid::regoperator FROM pg_operator o JOIN member ON classid = 'pg_operator'::regclass AND objid = o.oid
  WHERE oprcode NOT IN (SELECT oid FROM func) OR oprresult = 'boolean'::regtype AND oprcom = 0$$,
  'every operator has a named twin, and a commutator if it is a condition; add them');
SELECT is_empty($$SELECT o.oid::regoperator FROM pg_operator o JOIN member ON classid = 'pg_operator'::regclass AND objid = o.oid
  WHERE oprresult = 'boolean'::regtype AND (oprrest = 0 OR oprjoin = 0)$$,
  'every condition has selectivity estimates; add RESTRICT and JOIN');

-- Rows.
SELECT is_empty($$SELECT typname FROM row_type WHERE typname !~ '^journey_[a-z_]+_row$'$$,
  'row types are called journey_<name>_row, so that they collide with no table; rename it');
SELECT is_empty($$SELECT typname || '.' || attname || ' ' || atttypid::regtype FROM row_type JOIN pg_attribute ON attrelid = typrelid
  WHERE atttypid NOT IN ('text'::regtype, 'integer'::regtype, 'bigint'::regtype, 'double precision'::regtype, 'numeric'::regtype,
                         'timestamptz'::regtype, 'date'::regtype, 'boolean'::regtype)
    AND NOT (typname = 'journey_cycle_row' AND atttypid = 'journey'::regtype)$$,
  'columns of rows are of plain types that every chart reads; return an interval as days or seconds');
-- the customer of journey_build is of the type that is asked for
SELECT is_empty($$SELECT signature FROM func WHERE proretset AND signature !~ '^journey_build\('
  AND prorettype NOT IN (SELECT oid FROM row_type)
  AND prorettype NOT IN ('text'::regtype, 'integer'::regtype, 'bigint'::regtype, 'double precision'::regtype, 'timestamptz'::regtype, 'journey'::regtype)$$,
  'functions that return rows return a named row type; CREATE TYPE journey_<name>_row');
SELECT is_empty($$SELECT signature FROM func WHERE proretset AND prorows = 1000$$,
  'functions that return rows estimate how many; add ROWS');

SELECT * FROM finish();
ROLLBACK;

-- What every object of the extension keeps to, read from the catalog.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(17);

CREATE TEMP TABLE member AS
SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE d.deptype = 'e' AND e.extname = 'journey';

CREATE TEMP TABLE routine AS
SELECT m.object, p.* FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid;

-- Functions that only the server calls, for a type, an aggregate or an index.
CREATE TEMP TABLE support AS
SELECT r.oid FROM routine AS r
WHERE 'internal'::regtype = ANY (r.proargtypes::oid[]) OR r.prorettype = 'internal'::regtype
  OR EXISTS (SELECT FROM pg_type AS t WHERE r.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout))
  OR EXISTS (SELECT FROM pg_aggregate AS a WHERE r.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn));

SELECT is_empty($$
  SELECT object FROM member AS m
  WHERE NOT EXISTS (SELECT FROM pg_description AS d WHERE d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = 0)
    AND m.classid <> 'pg_class'::regclass AND object NOT LIKE 'function % of access method %' AND object NOT LIKE 'operator % of access method %'
  ORDER BY 1
$$, 'every object has a COMMENT ON: write what it answers');
SELECT is_empty('SELECT object FROM routine WHERE prosecdef', 'nothing is SECURITY DEFINER');
SELECT is_empty($$SELECT object FROM routine WHERE provolatile = 'v'$$, 'nothing is VOLATILE: say IMMUTABLE or STABLE');
SELECT is_empty($$SELECT object FROM routine WHERE proparallel <> 's'$$, 'everything is PARALLEL SAFE');
SELECT is_empty($$
  SELECT object FROM routine JOIN pg_language AS l ON l.oid = prolang
  WHERE lanname NOT IN ('c', 'internal') AND prokind = 'f' AND prosqlbody IS NULL
$$, 'SQL functions have a BEGIN ATOMIC body');
SELECT is_empty('SELECT object FROM routine WHERE proconfig IS NOT NULL', 'no function has a SET clause: it could not be inlined');
SELECT is_empty($$
  SELECT object FROM routine JOIN pg_aggregate AS a ON a.aggfnoid = routine.oid
  WHERE aggcombinefn = 0 OR (aggtranstype = 'internal'::regtype AND (aggserialfn = 0 OR aggdeserialfn = 0))
$$, 'every aggregate combines, and serializes an internal state');
SELECT is_empty($$
  SELECT object FROM routine JOIN pg_aggregate AS a ON a.aggfnoid = routine.oid WHERE aggtransspace = 0
$$, 'every aggregate says SSPACE: without it the planner sorts');
SELECT is_empty($$
  SELECT object FROM routine JOIN pg_aggregate AS a ON a.aggfnoid = routine.oid,
    unnest(proargtypes::oid[]) AS t JOIN pg_type AS ty ON ty.oid = t
  WHERE ty.typtype = 'p'
$$, 'no aggregate has a polymorphic argument');
SELECT is_empty($$
  SELECT object FROM member JOIN pg_type AS t ON classid = 'pg_type'::regclass AND t.oid = objid
  WHERE typtype = 'b' AND typcategory <> 'A' AND (typsend = 0 OR typreceive = 0)
$$, 'every base type has binary input and output');
SELECT is_empty($$
  SELECT object FROM member JOIN pg_opclass AS c ON classid = 'pg_opclass'::regclass AND c.oid = objid WHERE NOT amvalidate(c.oid)
$$, 'every operator class is valid');
SELECT is_empty($$
  SELECT object FROM routine WHERE quote_ident(proname) <> proname
  UNION ALL
  SELECT object FROM member JOIN pg_type AS t ON classid = 'pg_type'::regclass AND t.oid = objid WHERE quote_ident(typname) <> typname
$$, 'no name needs quotes');
SELECT is_empty($$
  SELECT object FROM routine
  WHERE prokind IN ('f', 'w') AND pronargs > 0 AND proargnames IS NULL AND oid NOT IN (SELECT oid FROM support)
$$, 'the arguments of plain and window functions have names');
SELECT is_empty($$
  SELECT object FROM routine WHERE proretset AND prorows = 1000
$$, 'functions that return rows say ROWS');
SELECT is_empty($$
  SELECT object FROM member JOIN pg_operator AS o ON classid = 'pg_operator'::regclass AND o.oid = objid WHERE oprname ~ '[?%:]'
$$, 'no operator has ?, % or : in its name, which drivers and templates take for themselves');
SELECT is_empty($$
  SELECT object FROM member JOIN pg_cast AS c ON classid = 'pg_cast'::regclass AND c.oid = objid WHERE castcontext <> 'e'
$$, 'casts are explicit');
SELECT is((SELECT extrelocatable FROM pg_extension WHERE extname = 'journey'), true, 'the extension can be moved');

SELECT * FROM finish();
ROLLBACK;

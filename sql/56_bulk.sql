-- The journeys of a whole table in one pass.

CREATE FUNCTION journey_build(query text, OUT customer bigint, OUT journey journey) RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION journey_build(text) IS 'a journey for each customer in a query of customer, ts, event [, channel [, value]]';

CREATE FUNCTION journey_build(query text, key anyelement, OUT customer anyelement, OUT journey journey) RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION journey_build(text, anyelement) IS 'journey_build for customers of the type of key: bigint, text or uuid';

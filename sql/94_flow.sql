-- Where customers go, step by step.

CREATE TYPE journey_flow_row AS (
	step integer,
	source text,
	target text,
	customers bigint
);
COMMENT ON TYPE journey_flow_row IS 'an edge of a flow (Sankey) chart';
COMMENT ON COLUMN journey_flow_row.step IS 'number of the source node; behind path_flows_to() it is negative and the goal is 0';
COMMENT ON COLUMN journey_flow_row.source IS 'node the customers come from';
COMMENT ON COLUMN journey_flow_row.target IS 'node they go to';
COMMENT ON COLUMN journey_flow_row.customers IS 'how many';

CREATE FUNCTION path_flows_trans(journey_tally, journey, journey_pattern, integer) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_path_flows_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION path_flows_trans(journey_tally, journey, journey_pattern, integer) IS 'path_flows: counts one journey';

CREATE FUNCTION path_flows_final(journey_tally) RETURNS journey_flow_row[]
AS 'MODULE_PATHNAME', 'journey_path_flows_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION path_flows_final(journey_tally) IS 'path_flows: the rows';

CREATE AGGREGATE path_flows(journey, journey_pattern, integer) (
	SFUNC = path_flows_trans,
	STYPE = journey_tally,
	SSPACE = 3072,
	FINALFUNC = path_flows_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE path_flows(journey, journey_pattern, integer) IS 'the first steps from a start on, as edges of a flow chart';

CREATE FUNCTION path_flows_trans(journey_tally, journey, journey_pattern, integer, integer) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_path_flows_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION path_flows_trans(journey_tally, journey, journey_pattern, integer, integer) IS 'path_flows: counts one journey';

CREATE AGGREGATE path_flows(journey, journey_pattern, integer, integer) (
	SFUNC = path_flows_trans,
	STYPE = journey_tally,
	SSPACE = 3072,
	FINALFUNC = path_flows_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE path_flows(journey, journey_pattern, integer, integer) IS 'the first steps from a start on, as edges of a flow chart, so many nodes a step and the rest as (other)';

CREATE FUNCTION path_flows_to_trans(journey_tally, journey, journey_pattern, integer) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_path_flows_to_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION path_flows_to_trans(journey_tally, journey, journey_pattern, integer) IS 'path_flows_to: counts one journey';

CREATE FUNCTION path_flows_to_final(journey_tally) RETURNS journey_flow_row[]
AS 'MODULE_PATHNAME', 'journey_path_flows_to_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION path_flows_to_final(journey_tally) IS 'path_flows_to: the rows';

CREATE AGGREGATE path_flows_to(journey, journey_pattern, integer) (
	SFUNC = path_flows_to_trans,
	STYPE = journey_tally,
	SSPACE = 3072,
	FINALFUNC = path_flows_to_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE path_flows_to(journey, journey_pattern, integer) IS 'the last steps before a goal, as edges of a flow chart';

CREATE FUNCTION path_flows_to_trans(journey_tally, journey, journey_pattern, integer, integer) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_path_flows_to_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION path_flows_to_trans(journey_tally, journey, journey_pattern, integer, integer) IS 'path_flows_to: counts one journey';

CREATE AGGREGATE path_flows_to(journey, journey_pattern, integer, integer) (
	SFUNC = path_flows_to_trans,
	STYPE = journey_tally,
	SSPACE = 3072,
	FINALFUNC = path_flows_to_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE path_flows_to(journey, journey_pattern, integer, integer) IS 'the last steps before a goal, as edges of a flow chart, so many nodes a step and the rest as (other)';

-- Which event follows which.

CREATE TYPE journey_transition_map_row AS (
	from_event text,
	to_event text,
	customers bigint,
	times bigint,
	median_seconds double precision
);
COMMENT ON TYPE journey_transition_map_row IS 'how often one event follows another';
COMMENT ON COLUMN journey_transition_map_row.from_event IS 'an event';
COMMENT ON COLUMN journey_transition_map_row.to_event IS 'the very next event';
COMMENT ON COLUMN journey_transition_map_row.customers IS 'customers with this transition';
COMMENT ON COLUMN journey_transition_map_row.times IS 'how often in all';
COMMENT ON COLUMN journey_transition_map_row.median_seconds IS 'time between the two, median';

CREATE FUNCTION transition_map_trans(journey_tally, journey) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_transition_map_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION transition_map_trans(journey_tally, journey) IS 'transition_map: counts one journey';

CREATE FUNCTION transition_map_final(journey_tally) RETURNS journey_transition_map_row[]
AS 'MODULE_PATHNAME', 'journey_transition_map_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION transition_map_final(journey_tally) IS 'transition_map: the rows';

CREATE AGGREGATE transition_map(journey) (
	SFUNC = transition_map_trans,
	STYPE = journey_tally,
	SSPACE = 8192,
	FINALFUNC = transition_map_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE transition_map(journey) IS 'which event follows which: customers, times, median time';

-- The paths most customers take.

CREATE TYPE journey_path_row AS (
	path text,
	customers bigint,
	share double precision,
	conversions bigint,
	conversion double precision,
	revenue double precision,
	revenue_each double precision
);
COMMENT ON TYPE journey_path_row IS 'a path that customers take';
COMMENT ON COLUMN journey_path_row.path IS 'events in order, repeats once';
COMMENT ON COLUMN journey_path_row.customers IS 'customers with this path';
COMMENT ON COLUMN journey_path_row.share IS 'of all customers, 0 to 1';
COMMENT ON COLUMN journey_path_row.conversions IS 'customers with this path that reached the goal';
COMMENT ON COLUMN journey_path_row.conversion IS 'share of the customers with this path, 0 to 1';
COMMENT ON COLUMN journey_path_row.revenue IS 'revenue of these customers, whole journeys';
COMMENT ON COLUMN journey_path_row.revenue_each IS 'revenue for each of them';

CREATE FUNCTION top_paths_trans(journey_tally, journey, journey_pattern, journey_pattern, integer, integer) RETURNS journey_tally
AS 'MODULE_PATHNAME', 'journey_top_paths_trans' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40;
COMMENT ON FUNCTION top_paths_trans(journey_tally, journey, journey_pattern, journey_pattern, integer, integer) IS 'top_paths: counts one journey';

CREATE FUNCTION top_paths_final(journey_tally) RETURNS journey_path_row[]
AS 'MODULE_PATHNAME', 'journey_top_paths_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION top_paths_final(journey_tally) IS 'top_paths: the rows';

CREATE AGGREGATE top_paths(journey, journey_pattern, journey_pattern, integer, integer) (
	SFUNC = top_paths_trans,
	STYPE = journey_tally,
	SSPACE = 2048,
	FINALFUNC = top_paths_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE top_paths(journey, journey_pattern, journey_pattern, integer, integer) IS 'the n most frequent paths up to a goal, with conversion and revenue';

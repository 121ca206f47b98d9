-- How alike journeys are, and how varied.

CREATE FUNCTION journey_distance(a journey, b journey, normalized boolean DEFAULT true) RETURNS double precision
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_distance(journey, journey, boolean) IS 'edits between two paths, repeats shown once: 0 the same to 1 nothing in common, or their number';

CREATE FUNCTION journey_features(j journey, dims integer DEFAULT 64) RETURNS real[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey_features(journey, integer) IS 'a journey as a point of so many dimensions, for an index of nearest neighbours';

CREATE FUNCTION journey_entropy(j journey) RETURNS double precision
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_entropy(journey) IS 'Shannon entropy of the event names of a journey, in bits';

CREATE FUNCTION journey_complexity(j journey) RETURNS double precision
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_complexity(journey) IS 'how varied a journey is, 0 to 1: changes of event and evenness of events';

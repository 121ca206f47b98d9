-- What a journey tells without being changed.

CREATE FUNCTION length(j journey) RETURNS integer
AS 'MODULE_PATHNAME', 'journey_length' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION length(journey) IS 'number of events';

CREATE FUNCTION started_at(j journey) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'journey_started_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION started_at(journey) IS 'time of the first event, NULL for the empty journey';

CREATE FUNCTION ended_at(j journey) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'journey_ended_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION ended_at(journey) IS 'time of the last event, NULL for the empty journey';

CREATE FUNCTION duration(j journey) RETURNS interval
AS 'MODULE_PATHNAME', 'journey_duration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION duration(journey) IS 'time from the first event to the last, in days of 24 hours; NULL for the empty journey';

CREATE FUNCTION event_at(j journey, n integer) RETURNS text
AS 'MODULE_PATHNAME', 'journey_event_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION event_at(journey, integer) IS 'name of event n, from 1, or from the end with -1; NULL outside';

CREATE FUNCTION time_at(j journey, n integer) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'journey_time_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION time_at(journey, integer) IS 'time of event n, from 1, or from the end with -1; NULL outside';

CREATE FUNCTION first_touch(j journey) RETURNS text
AS 'MODULE_PATHNAME', 'journey_first_touch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION first_touch(journey) IS 'channel of the first event that has one';

CREATE FUNCTION last_touch(j journey) RETURNS text
AS 'MODULE_PATHNAME', 'journey_last_touch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION last_touch(journey) IS 'channel of the last event that has one';

CREATE FUNCTION event_names(j journey) RETURNS text[]
AS 'MODULE_PATHNAME', 'journey_event_names' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION event_names(journey) IS 'the distinct event names, in bytewise order';

CREATE FUNCTION event_count(j journey, p journey_pattern) RETURNS bigint
AS 'MODULE_PATHNAME', 'journey_event_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION event_count(journey, journey_pattern) IS 'number of events that match a one-step pattern';

CREATE FUNCTION value_sum(j journey, p journey_pattern) RETURNS double precision
AS 'MODULE_PATHNAME', 'journey_value_sum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION value_sum(journey, journey_pattern) IS 'sum of the values of the events that match a one-step pattern, NULL if none has a value';

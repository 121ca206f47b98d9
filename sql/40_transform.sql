-- From a journey to another.

-- Not strict: a bound that is NULL is no bound.
--
-- The implicit casts would read a timestamp or a date in the session's time
-- zone, so both have overloads.  Each bound of each may be given alone, by name;
-- the price is that slice(j) without any is ambiguous.
CREATE FUNCTION slice(
	j journey,
	starting_at timestamptz DEFAULT NULL,
	ending_before timestamptz DEFAULT NULL
) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_slice' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION slice(journey, timestamptz, timestamptz) IS 'the events from starting_at on and before ending_before; NULL is no bound';

CREATE FUNCTION slice(
	j journey,
	starting_at timestamp DEFAULT NULL,
	ending_before timestamp DEFAULT NULL
) RETURNS journey
LANGUAGE SQL IMMUTABLE PARALLEL SAFE COST 20
BEGIN ATOMIC
	SELECT slice(j, starting_at AT TIME ZONE 'UTC', ending_before AT TIME ZONE 'UTC');
END;
COMMENT ON FUNCTION slice(journey, timestamp, timestamp) IS 'slice with bounds in UTC';

CREATE FUNCTION slice(
	j journey,
	starting_at date DEFAULT NULL,
	ending_before date DEFAULT NULL
) RETURNS journey
LANGUAGE SQL IMMUTABLE PARALLEL SAFE COST 20
BEGIN ATOMIC
	SELECT slice(j, starting_at::timestamp AT TIME ZONE 'UTC', ending_before::timestamp AT TIME ZONE 'UTC');
END;
COMMENT ON FUNCTION slice(journey, date, date) IS 'slice with bounds at midnight in UTC';

CREATE FUNCTION before(j journey, p journey_pattern) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_before' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40;
COMMENT ON FUNCTION before(journey, journey_pattern) IS 'the events in front of the first match of a pattern, NULL if it never happens';

CREATE FUNCTION after(j journey, p journey_pattern) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_after' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40;
COMMENT ON FUNCTION after(journey, journey_pattern) IS 'the events behind the first match of a pattern, NULL if it never happens';

CREATE FUNCTION collapse(j journey) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_collapse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION collapse(journey) IS 'without repeats: the first of consecutive events of the same name';

CREATE FUNCTION keep(j journey, p journey_pattern) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_keep' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION keep(journey, journey_pattern) IS 'the events that match a one-step pattern';

CREATE FUNCTION drop_events(j journey, p journey_pattern) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_drop_events' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION drop_events(journey, journey_pattern) IS 'the events that do not match a one-step pattern';

CREATE FUNCTION relabel(j journey, from_patterns text[], to_names text[]) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_relabel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION relabel(journey, text[], text[]) IS 'names anew the events that match a one-step pattern; the first that matches counts';

-- Not strict: a bound that is NULL is no bound, a journey that is NULL is empty.
CREATE FUNCTION journey_replace(
	j journey,
	delta journey,
	starting_at timestamptz DEFAULT NULL,
	ending_before timestamptz DEFAULT NULL
) RETURNS journey
AS 'MODULE_PATHNAME', 'journey_replace' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40;
COMMENT ON FUNCTION journey_replace(journey, journey, timestamptz, timestamptz) IS 'replaces the events from starting_at on and before ending_before by those of delta; a NULL journey counts as empty';

CREATE FUNCTION journey_replace(
	j journey,
	delta journey,
	starting_at timestamp DEFAULT NULL,
	ending_before timestamp DEFAULT NULL
) RETURNS journey
LANGUAGE SQL IMMUTABLE PARALLEL SAFE COST 40
BEGIN ATOMIC
	SELECT journey_replace(j, delta, starting_at AT TIME ZONE 'UTC', ending_before AT TIME ZONE 'UTC');
END;
COMMENT ON FUNCTION journey_replace(journey, journey, timestamp, timestamp) IS 'journey_replace with bounds in UTC';

CREATE FUNCTION journey_replace(
	j journey,
	delta journey,
	starting_at date DEFAULT NULL,
	ending_before date DEFAULT NULL
) RETURNS journey
LANGUAGE SQL IMMUTABLE PARALLEL SAFE COST 40
BEGIN ATOMIC
	SELECT journey_replace(j, delta, starting_at::timestamp AT TIME ZONE 'UTC', ending_before::timestamp AT TIME ZONE 'UTC');
END;
COMMENT ON FUNCTION journey_replace(journey, journey, date, date) IS 'journey_replace with bounds at midnight in UTC';

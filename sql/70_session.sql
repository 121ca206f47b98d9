-- Sessions: over rows as window functions, over a journey as a function.

CREATE FUNCTION journey_session_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'journey_session_support'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_session_support(internal) IS
	'planner support: session numbers and starts never decrease within a partition';

-- Not STRICT: a row without a time has no session but must not be skipped by
-- the executor, and a NULL timeout is an error.
CREATE FUNCTION sessionize(ts timestamptz, timeout interval DEFAULT '30 minutes',
	new_session boolean DEFAULT false) RETURNS bigint
	AS 'MODULE_PATHNAME', 'journey_sessionize'
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 1
	SUPPORT journey_session_support;
COMMENT ON FUNCTION sessionize(timestamptz, interval, boolean) IS
	'number of the session a row belongs to, from 1; OVER (PARTITION BY customer ORDER BY ts)';

CREATE FUNCTION sessionize(ts timestamp, timeout interval DEFAULT '30 minutes',
	new_session boolean DEFAULT false) RETURNS bigint
	AS 'MODULE_PATHNAME', 'journey_sessionize_timestamp'
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 1
	SUPPORT journey_session_support;
COMMENT ON FUNCTION sessionize(timestamp, interval, boolean) IS
	'number of the session a row belongs to, from 1; the time is read as UTC';

CREATE FUNCTION sessionize(ts date, timeout interval DEFAULT '30 minutes',
	new_session boolean DEFAULT false) RETURNS bigint
	AS 'MODULE_PATHNAME', 'journey_sessionize_date'
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 1
	SUPPORT journey_session_support;
COMMENT ON FUNCTION sessionize(date, interval, boolean) IS
	'number of the session a row belongs to, from 1; a date is midnight in UTC';

CREATE FUNCTION session_start(ts timestamptz, timeout interval DEFAULT '30 minutes',
	new_session boolean DEFAULT false) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'journey_session_start'
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 1
	SUPPORT journey_session_support;
COMMENT ON FUNCTION session_start(timestamptz, interval, boolean) IS
	'time of the first event of the session a row belongs to: with the customer, its stable key';

CREATE FUNCTION session_start(ts timestamp, timeout interval DEFAULT '30 minutes',
	new_session boolean DEFAULT false) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'journey_session_start_timestamp'
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 1
	SUPPORT journey_session_support;
COMMENT ON FUNCTION session_start(timestamp, interval, boolean) IS
	'time of the first event of the session a row belongs to; the time is read as UTC';

CREATE FUNCTION session_start(ts date, timeout interval DEFAULT '30 minutes',
	new_session boolean DEFAULT false) RETURNS date
	AS 'MODULE_PATHNAME', 'journey_session_start_date'
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 1
	SUPPORT journey_session_support;
COMMENT ON FUNCTION session_start(date, interval, boolean) IS
	'time of the first event of the session a row belongs to; a date is midnight in UTC';

CREATE TYPE journey_session_row AS (
	session_no integer,
	session_start timestamptz,
	session_end timestamptz,
	events integer,
	duration_seconds double precision,
	entry_event text,
	exit_event text,
	channel text
);
COMMENT ON TYPE journey_session_row IS 'one session of a journey, as sessions() returns it';

CREATE FUNCTION sessions(j journey, timeout interval DEFAULT '30 minutes')
	RETURNS SETOF journey_session_row
	AS 'MODULE_PATHNAME', 'journey_sessions'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 ROWS 10;
COMMENT ON FUNCTION sessions(journey, interval) IS
	'the sessions of a journey in order of time, one row each';

CREATE FUNCTION session_count(j journey, timeout interval DEFAULT '30 minutes')
	RETURNS integer
	AS 'MODULE_PATHNAME', 'journey_session_count'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION session_count(journey, interval) IS
	'the number of sessions of a journey';

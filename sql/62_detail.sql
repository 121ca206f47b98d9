-- What an analyst wants to know of one customer's best attempt.

CREATE TYPE journey_funnel_detail_row AS (
	item integer,
	step text,
	filled boolean,
	ts timestamptz,
	event_no integer,
	event text,
	channel text,
	value double precision,
	depth integer,
	complete boolean,
	censored_at timestamptz
);
COMMENT ON TYPE journey_funnel_detail_row IS 'one item of one customer''s best attempt, as funnel_detail() returns it';

CREATE FUNCTION funnel_detail(j journey, p journey_pattern, as_of timestamptz DEFAULT NULL) RETURNS SETOF journey_funnel_detail_row
AS 'MODULE_PATHNAME', 'journey_funnel_detail' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 4;
COMMENT ON FUNCTION funnel_detail(journey, journey_pattern, timestamptz) IS 'the best attempt, a row for each item: which event filled it, and until when the customer is known';

-- What goes with an outcome: touchpoints, ordered pairs, rules of a session.

CREATE TYPE journey_lift_row AS (
	touchpoint text,
	then_touchpoint text,
	customers_with bigint,
	customers_without bigint,
	outcomes_with bigint,
	outcomes_without bigint,
	rate_with double precision,
	rate_without double precision,
	lift double precision,
	odds_ratio double precision,
	odds_low double precision,
	odds_high double precision,
	p double precision,
	q double precision,
	adjusted_odds_ratio double precision,
	adjusted_p double precision,
	extra double precision,
	extra_low double precision,
	extra_high double precision,
	finding boolean
);
COMMENT ON TYPE journey_lift_row IS
	'a touchpoint or ordered pair against customers without it, as touchpoint_lift() returns it';

-- Not STRICT: outcome_at and min_support may be NULL.
CREATE FUNCTION touchpoint_lift_trans(journey_tally, journey, boolean, timestamptz, integer)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_touchpoint_lift_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION touchpoint_lift_trans(journey_tally, journey, boolean, timestamptz, integer) IS
	'transition function of touchpoint_lift';

CREATE FUNCTION touchpoint_lift_final(journey_tally) RETURNS journey_lift_row[]
	AS 'MODULE_PATHNAME', 'journey_touchpoint_lift_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION touchpoint_lift_final(journey_tally) IS
	'final function of touchpoint_lift';

CREATE AGGREGATE touchpoint_lift(j journey, outcome boolean, outcome_at timestamptz, min_support integer) (
	STYPE = journey_tally,
	SSPACE = 24576,
	SFUNC = touchpoint_lift_trans,
	FINALFUNC = touchpoint_lift_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE touchpoint_lift(journey, boolean, timestamptz, integer) IS
	'which touchpoints and ordered pairs go with an outcome: rates, lift, odds ratio, p, q, adjusted for length';

CREATE TYPE journey_sequence_row AS (
	path text,
	steps integer,
	customers_with bigint,
	customers_without bigint,
	outcomes_with bigint,
	outcomes_without bigint,
	rate_with double precision,
	rate_without double precision,
	lift double precision,
	odds_ratio double precision,
	odds_low double precision,
	odds_high double precision,
	p double precision,
	q double precision,
	adjusted_odds_ratio double precision,
	adjusted_p double precision,
	extra double precision,
	extra_low double precision,
	extra_high double precision,
	closed boolean,
	finding boolean
);
COMMENT ON TYPE journey_sequence_row IS
	'a sequence of events against customers without it, as sequence_lift() returns it';

-- Not STRICT: outcome_at, min_support and max_gap may be NULL.
CREATE FUNCTION sequence_lift_trans(journey_tally, journey, boolean, timestamptz, integer, integer, integer)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_sequence_lift_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION sequence_lift_trans(journey_tally, journey, boolean, timestamptz, integer, integer, integer) IS
	'transition function of sequence_lift';

CREATE FUNCTION sequence_lift_final(journey_tally) RETURNS journey_sequence_row[]
	AS 'MODULE_PATHNAME', 'journey_sequence_lift_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION sequence_lift_final(journey_tally) IS
	'final function of sequence_lift';

CREATE AGGREGATE sequence_lift(j journey, outcome boolean, outcome_at timestamptz, min_support integer,
	max_length integer, max_gap integer) (
	STYPE = journey_tally,
	SSPACE = 65536,
	SFUNC = sequence_lift_trans,
	FINALFUNC = sequence_lift_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_lift(journey, boolean, timestamptz, integer, integer, integer) IS
	'which sequences of up to 3 events, so many events apart at most, go with an outcome';

CREATE TYPE journey_rule_row AS (
	first_event text,
	then_event text,
	sessions bigint,
	conversions bigint,
	sessions_without bigint,
	conversions_without bigint,
	support double precision,
	confidence double precision,
	confidence_low double precision,
	base_rate double precision,
	lift double precision,
	rate_ratio double precision,
	leverage double precision,
	conviction double precision,
	p double precision,
	q double precision,
	extra double precision,
	best_part double precision,
	finding boolean
);
COMMENT ON TYPE journey_rule_row IS
	'a rule "A then B in one session", as session_rules() returns it';

CREATE FUNCTION session_rules_trans(journey_tally, journey, journey_pattern, interval, integer)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_session_rules_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION session_rules_trans(journey_tally, journey, journey_pattern, interval, integer) IS
	'transition function of session_rules';

CREATE FUNCTION session_rules_final(journey_tally) RETURNS journey_rule_row[]
	AS 'MODULE_PATHNAME', 'journey_session_rules_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION session_rules_final(journey_tally) IS
	'final function of session_rules';

CREATE AGGREGATE session_rules(j journey, goal journey_pattern, timeout interval, min_support integer) (
	STYPE = journey_tally,
	SSPACE = 4096,
	SFUNC = session_rules_trans,
	FINALFUNC = session_rules_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE session_rules(journey, journey_pattern, interval, integer) IS
	'sessions in which A and then B happens: how much likelier they convert';

CREATE FUNCTION session_rules_trans(journey_tally, journey, journey_pattern, interval, integer, interval, timestamptz)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_session_rules_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION session_rules_trans(journey_tally, journey, journey_pattern, interval, integer, interval, timestamptz) IS
	'transition function of session_rules';

CREATE AGGREGATE session_rules(j journey, goal journey_pattern, timeout interval, min_support integer,
	within interval, as_of timestamptz) (
	STYPE = journey_tally,
	SSPACE = 4096,
	SFUNC = session_rules_trans,
	FINALFUNC = session_rules_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE session_rules(journey, journey_pattern, interval, integer, interval, timestamptz) IS
	'sessions in which A and then B happens: how much likelier they convert, at once or within so long after';

-- A churn score for each customer, learned and checked at landmarks.

-- Not STRICT: start_step, churn, silence and sign may be NULL.
CREATE FUNCTION churn_model_trans(journey_tally, journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_churn_model_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION churn_model_trans(journey_tally, journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern) IS
	'transition function of churn_model';

CREATE FUNCTION churn_model_trans(journey_tally, journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, timestamptz)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_churn_model_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION churn_model_trans(journey_tally, journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, timestamptz) IS
	'transition function of churn_model';

CREATE FUNCTION churn_model_final(journey_tally) RETURNS journey_model
	AS 'MODULE_PATHNAME', 'journey_churn_model_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION churn_model_final(journey_tally) IS
	'final function of churn_model';

CREATE AGGREGATE churn_model(j journey, start_step journey_pattern, churn journey_pattern, silence interval,
	landmarks timestamptz[], horizon interval, sign journey_pattern) (
	STYPE = journey_tally,
	SSPACE = 65536,
	SFUNC = churn_model_trans,
	FINALFUNC = churn_model_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_model(journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern) IS
	'learns at landmarks who churns within the horizon; the last one is kept for checking';

CREATE AGGREGATE churn_model(j journey, start_step journey_pattern, churn journey_pattern, silence interval,
	landmarks timestamptz[], horizon interval, sign journey_pattern, as_of timestamptz) (
	STYPE = journey_tally,
	SSPACE = 65536,
	SFUNC = churn_model_trans,
	FINALFUNC = churn_model_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_model(journey, journey_pattern, journey_pattern, interval, timestamptz[], interval, journey_pattern, timestamptz) IS
	'learns at landmarks who churns within the horizon, when the data ends at a time';

CREATE FUNCTION churn_score(model journey_model, j journey, as_of timestamptz) RETURNS double precision
	AS 'MODULE_PATHNAME', 'journey_churn_score'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION churn_score(journey_model, journey, timestamptz) IS
	'probability that a customer churns within the horizon of the model; NULL for who is none at that time';

CREATE FUNCTION churn_reason(model journey_model, j journey, as_of timestamptz) RETURNS text
	AS 'MODULE_PATHNAME', 'journey_churn_reason'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION churn_reason(journey_model, journey, timestamptz) IS
	'what makes the churn score of a customer higher or lower than that of others, in words';

CREATE FUNCTION churn_check(model journey_model) RETURNS SETOF journey_calibration_row
	AS 'MODULE_PATHNAME', 'journey_churn_check'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 11;
COMMENT ON FUNCTION churn_check(journey_model) IS
	'scores against what happened at the landmark that was kept for checking; empty without one';

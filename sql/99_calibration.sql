-- Do probabilities keep what they promise?

CREATE TYPE journey_calibration_row AS (
	bin integer,
	customers bigint,
	expected double precision,
	happened bigint,
	rate double precision,
	low double precision,
	high double precision,
	lift double precision,
	brier double precision,
	base_brier double precision,
	auc double precision
);
COMMENT ON TYPE journey_calibration_row IS
	'probabilities against what happened, as calibration() returns it; bin NULL: all together';

-- Not STRICT: a row without a probability or an answer leaves the state as it is.
CREATE FUNCTION calibration_trans(journey_tally, double precision, boolean) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_calibration_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION calibration_trans(journey_tally, double precision, boolean) IS
	'transition function of calibration';

CREATE FUNCTION calibration_final(journey_tally) RETURNS journey_calibration_row[]
	AS 'MODULE_PATHNAME', 'journey_calibration_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION calibration_final(journey_tally) IS
	'final function of calibration';

CREATE AGGREGATE calibration(probability double precision, happened boolean) (
	STYPE = journey_tally,
	SSPACE = 4096,
	SFUNC = calibration_trans,
	FINALFUNC = calibration_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE calibration(double precision, boolean) IS
	'expected against observed in tenths from the lowest to the highest probability, Brier score and area under the curve';

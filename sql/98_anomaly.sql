-- What changed more than its history explains.

CREATE TYPE journey_anomaly_row AS (
	series text,
	period date,
	x bigint,
	n bigint,
	value double precision,
	expected double precision,
	low double precision,
	high double precision,
	lift double precision,
	history integer,
	p double precision,
	q double precision,
	anomaly boolean
);
COMMENT ON TYPE journey_anomaly_row IS
	'one period of a series against its history, as anomalies() returns it';

-- Not STRICT: n, since, season and history may be NULL.
CREATE FUNCTION anomalies_trans(journey_tally, text, date, bigint, bigint) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_anomalies_count_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION anomalies_trans(journey_tally, text, date, bigint, bigint) IS
	'transition function of anomalies';

CREATE FUNCTION anomalies_trans(journey_tally, text, date, double precision) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_anomalies_value_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION anomalies_trans(journey_tally, text, date, double precision) IS
	'transition function of anomalies';

CREATE FUNCTION anomalies_trans(journey_tally, text, date, bigint, bigint, date, integer, integer) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_anomalies_count_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION anomalies_trans(journey_tally, text, date, bigint, bigint, date, integer, integer) IS
	'transition function of anomalies';

CREATE FUNCTION anomalies_trans(journey_tally, text, date, double precision, date, integer, integer) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_anomalies_value_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION anomalies_trans(journey_tally, text, date, double precision, date, integer, integer) IS
	'transition function of anomalies';

CREATE FUNCTION anomalies_final(journey_tally) RETURNS journey_anomaly_row[]
	AS 'MODULE_PATHNAME', 'journey_anomalies_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION anomalies_final(journey_tally) IS
	'final function of anomalies';

CREATE AGGREGATE anomalies(series text, period date, x bigint, n bigint) (
	STYPE = journey_tally,
	SSPACE = 16384,
	SFUNC = anomalies_trans,
	FINALFUNC = anomalies_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anomalies(text, date, bigint, bigint) IS
	'periods in which a count, or a share x of n, is more unlike its history than chance explains';

CREATE AGGREGATE anomalies(series text, period date, value double precision) (
	STYPE = journey_tally,
	SSPACE = 16384,
	SFUNC = anomalies_trans,
	FINALFUNC = anomalies_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anomalies(text, date, double precision) IS
	'periods in which a number is more unlike its history than chance explains';

CREATE AGGREGATE anomalies(series text, period date, x bigint, n bigint,
	since date, season integer, history integer) (
	STYPE = journey_tally,
	SSPACE = 16384,
	SFUNC = anomalies_trans,
	FINALFUNC = anomalies_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anomalies(text, date, bigint, bigint, date, integer, integer) IS
	'the same from a day on, with a season of so many days and a history of so many periods';

CREATE AGGREGATE anomalies(series text, period date, value double precision,
	since date, season integer, history integer) (
	STYPE = journey_tally,
	SSPACE = 16384,
	SFUNC = anomalies_trans,
	FINALFUNC = anomalies_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anomalies(text, date, double precision, date, integer, integer) IS
	'the same for numbers from a day on, with a season of so many days and a history of so many periods';

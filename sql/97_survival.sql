-- How long until it happens, when for some it has not happened yet.

CREATE TYPE journey_survival_row AS (
	days double precision,
	at_risk bigint,
	events bigint,
	censored bigint,
	survival double precision,
	std_error double precision,
	low double precision,
	high double precision
);
COMMENT ON TYPE journey_survival_row IS
	'one distinct time of a survival curve, as survival() returns it';

-- Not STRICT: a row without a time or an answer leaves the state as it is.
CREATE FUNCTION survival_trans(journey_tally, double precision, boolean) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_survival_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_trans(journey_tally, double precision, boolean) IS
	'transition function of survival';

CREATE FUNCTION survival_final(journey_tally) RETURNS journey_survival_row[]
	AS 'MODULE_PATHNAME', 'journey_survival_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_final(journey_tally) IS
	'final function of survival';

CREATE AGGREGATE survival(days double precision, happened boolean) (
	STYPE = journey_tally,
	SSPACE = 2048,
	SFUNC = survival_trans,
	FINALFUNC = survival_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival(double precision, boolean) IS
	'Kaplan-Meier curve: share for whom it has not happened yet, by days; 95 % log-log interval';

CREATE FUNCTION survival_quantile(curve journey_survival_row[],
	share double precision DEFAULT 0.5) RETURNS double precision
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
	SELECT min(c.days) FROM unnest(curve) AS c
	WHERE c.survival <= (1::float8 - share) + 1e-12::float8;
END;
COMMENT ON FUNCTION survival_quantile(journey_survival_row[], double precision) IS
	'days until it has happened to a share of all; NULL if the curve does not get there';

CREATE FUNCTION survival_median(curve journey_survival_row[]) RETURNS double precision
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
	SELECT min(c.days) FROM unnest(curve) AS c
	WHERE c.survival <= 0.5::float8 + 1e-12::float8;
END;
COMMENT ON FUNCTION survival_median(journey_survival_row[]) IS
	'days until it has happened to half of all; NULL if the curve does not get there';

CREATE FUNCTION survival_at(curve journey_survival_row[], day double precision)
	RETURNS double precision
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
	SELECT CASE
		WHEN day <= max(c.days) OR min(c.survival) = 0::float8
		THEN coalesce(min(c.survival) FILTER (WHERE c.days <= day), 1::float8)
		END
	FROM unnest(curve) AS c;
END;
COMMENT ON FUNCTION survival_at(journey_survival_row[], double precision) IS
	'share for whom it has not happened after so many days; NULL beyond what was observed';

CREATE FUNCTION survival_mean(curve journey_survival_row[], until double precision)
	RETURNS double precision
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
	SELECT CASE
		WHEN until <= max(s.next_days) FILTER (WHERE s.next_days < 'Infinity'::float8)
			OR min(s.survival) = 0::float8
		THEN sum(s.survival * greatest(0::float8, least(s.next_days, until) - s.days) ORDER BY s.days)
		END
	FROM (
		SELECT c.days, c.survival,
			lead(c.days, 1, CASE WHEN c.survival = 0::float8 THEN c.days ELSE 'Infinity'::float8 END)
				OVER (ORDER BY c.days) AS next_days
		FROM (
			SELECT 0::float8 AS days, 1::float8 AS survival
			WHERE NOT EXISTS (SELECT FROM unnest(curve) AS z WHERE z.days = 0::float8)
			UNION ALL
			SELECT r.days, r.survival FROM unnest(curve) AS r
		) AS c
	) AS s;
END;
COMMENT ON FUNCTION survival_mean(journey_survival_row[], double precision) IS
	'mean days until it happens, counting at most so many days; NULL beyond what was observed';

CREATE TYPE journey_hazard_row AS (
	from_day double precision,
	to_day double precision,
	at_risk bigint,
	events bigint,
	days double precision,
	rate double precision,
	low double precision,
	high double precision,
	ratio double precision,
	p double precision,
	q double precision,
	spike boolean
);
COMMENT ON TYPE journey_hazard_row IS
	'one interval of time since the start, as hazard() returns it';

CREATE FUNCTION hazard_trans(journey_tally, double precision, boolean,
	double precision, double precision) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_hazard_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION hazard_trans(journey_tally, double precision, boolean, double precision, double precision) IS
	'transition function of hazard';

CREATE FUNCTION hazard_final(journey_tally) RETURNS journey_hazard_row[]
	AS 'MODULE_PATHNAME', 'journey_hazard_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION hazard_final(journey_tally) IS
	'final function of hazard';

CREATE AGGREGATE hazard(days double precision, happened boolean,
	width double precision, until double precision) (
	STYPE = journey_tally,
	SSPACE = 2048,
	SFUNC = hazard_trans,
	FINALFUNC = hazard_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE hazard(double precision, boolean, double precision, double precision) IS
	'events per day in intervals of so many days, each compared with all others; marks spikes';

CREATE TYPE journey_life_row AS (
	from_day double precision,
	to_day double precision,
	at_risk bigint,
	events bigint,
	censored bigint,
	effective double precision,
	share double precision,
	survival double precision,
	std_error double precision
);
COMMENT ON TYPE journey_life_row IS
	'one interval of time since the start, as life_table() returns it';

CREATE FUNCTION life_table_final(journey_tally) RETURNS journey_life_row[]
	AS 'MODULE_PATHNAME', 'journey_life_table_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION life_table_final(journey_tally) IS
	'final function of life_table';

CREATE AGGREGATE life_table(days double precision, happened boolean,
	width double precision, until double precision) (
	STYPE = journey_tally,
	SSPACE = 2048,
	SFUNC = hazard_trans,
	FINALFUNC = life_table_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE life_table(double precision, boolean, double precision, double precision) IS
	'actuarial life table: share to whom it happens in each interval of so many days, and survival at its end';

CREATE TYPE journey_log_rank_row AS (
	grp text,
	customers bigint,
	observed bigint,
	expected double precision,
	chi_square double precision,
	df integer,
	p double precision
);
COMMENT ON TYPE journey_log_rank_row IS
	'one group of a log-rank test, as log_rank() returns it; the last three are the same in all rows';

CREATE FUNCTION log_rank_trans(journey_tally, double precision, boolean, text) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_log_rank_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION log_rank_trans(journey_tally, double precision, boolean, text) IS
	'transition function of log_rank';

CREATE FUNCTION log_rank_final(journey_tally) RETURNS journey_log_rank_row[]
	AS 'MODULE_PATHNAME', 'journey_log_rank_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION log_rank_final(journey_tally) IS
	'final function of log_rank';

CREATE AGGREGATE log_rank(days double precision, happened boolean, grp text) (
	STYPE = journey_tally,
	SSPACE = 2048,
	SFUNC = log_rank_trans,
	FINALFUNC = log_rank_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE log_rank(double precision, boolean, text) IS
	'log-rank test: does it happen sooner in one group than in another';

CREATE FUNCTION log_rank_trans(journey_tally, double precision, boolean, text, double precision) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_log_rank_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION log_rank_trans(journey_tally, double precision, boolean, text, double precision) IS
	'transition function of log_rank';

CREATE AGGREGATE log_rank(days double precision, happened boolean, grp text, rho double precision) (
	STYPE = journey_tally,
	SSPACE = 2048,
	SFUNC = log_rank_trans,
	FINALFUNC = log_rank_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE log_rank(double precision, boolean, text, double precision) IS
	'log-rank test with times weighted by survival to the power rho; 1: Peto and Peto, which looks more at early times';

-- Statistics of rates and counts: intervals, comparisons, many comparisons.

CREATE TYPE journey_interval_row AS (
	rate double precision,
	low double precision,
	high double precision
);
COMMENT ON TYPE journey_interval_row IS
	'a rate and its confidence interval, as rate_interval() and count_interval() return it';

CREATE FUNCTION rate_interval(successes bigint, n bigint,
	confidence double precision DEFAULT 0.95, exact boolean DEFAULT false)
	RETURNS journey_interval_row
	AS 'MODULE_PATHNAME', 'journey_rate_interval'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION rate_interval(bigint, bigint, double precision, boolean) IS
	'a rate with its interval: Wilson, or exact (Clopper-Pearson)';

CREATE FUNCTION count_interval(events bigint, exposure double precision DEFAULT 1,
	confidence double precision DEFAULT 0.95)
	RETURNS journey_interval_row
	AS 'MODULE_PATHNAME', 'journey_count_interval'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION count_interval(bigint, double precision, double precision) IS
	'events per unit of exposure with their exact Poisson interval';

CREATE TYPE journey_comparison_row AS (
	rate_1 double precision,
	rate_2 double precision,
	difference double precision,
	low double precision,
	high double precision,
	lift double precision,
	lift_low double precision,
	lift_high double precision,
	p double precision,
	test text
);
COMMENT ON TYPE journey_comparison_row IS
	'two rates compared, as compare_rates() returns it';

CREATE FUNCTION compare_rates(x1 bigint, n1 bigint, x2 bigint, n2 bigint,
	confidence double precision DEFAULT 0.95)
	RETURNS journey_comparison_row
	AS 'MODULE_PATHNAME', 'journey_compare_rates'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION compare_rates(bigint, bigint, bigint, bigint, double precision) IS
	'rate x2/n2 against rate x1/n1: difference and lift with intervals, p of z or Fisher''s test';

CREATE FUNCTION bh_adjust(p double precision[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'journey_bh_adjust'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bh_adjust(double precision[]) IS
	'q values (false discovery rate, Benjamini-Hochberg) of a family of p values';

-- Two groups compared: by means, by ranks, by time; how many customers it takes.

CREATE TYPE journey_means_row AS (
	n_1 bigint,
	n_2 bigint,
	mean_1 double precision,
	mean_2 double precision,
	sd_1 double precision,
	sd_2 double precision,
	difference double precision,
	low double precision,
	high double precision,
	lift double precision,
	t double precision,
	df double precision,
	p double precision
);
COMMENT ON TYPE journey_means_row IS
	'two means compared, as compare_means() returns it';

-- Not STRICT: a row without a value or a group leaves the state as it is.
CREATE FUNCTION compare_means_trans(journey_tally, double precision, boolean) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_compare_means_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION compare_means_trans(journey_tally, double precision, boolean) IS
	'transition function of compare_means';

CREATE FUNCTION compare_means_final(journey_tally) RETURNS journey_means_row
	AS 'MODULE_PATHNAME', 'journey_compare_means_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION compare_means_final(journey_tally) IS
	'final function of compare_means';

CREATE AGGREGATE compare_means(value double precision, second boolean) (
	STYPE = journey_tally,
	SSPACE = 512,
	SFUNC = compare_means_trans,
	FINALFUNC = compare_means_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE compare_means(double precision, boolean) IS
	'mean of the second group against that of the first: difference with 95 % interval, p of Welch''s t test';

CREATE FUNCTION compare_means(n1 bigint, mean1 double precision, sd1 double precision,
	n2 bigint, mean2 double precision, sd2 double precision,
	confidence double precision DEFAULT 0.95)
	RETURNS journey_means_row
	AS 'MODULE_PATHNAME', 'journey_compare_means'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION compare_means(bigint, double precision, double precision, bigint, double precision, double precision, double precision) IS
	'mean 2 against mean 1, given how many values they are of and their standard deviations: Welch''s t test';

CREATE TYPE journey_mean_row AS (
	mean double precision,
	low double precision,
	high double precision
);
COMMENT ON TYPE journey_mean_row IS
	'a mean and its confidence interval, as mean_interval() returns it';

CREATE FUNCTION mean_interval(n bigint, mean double precision, sd double precision,
	confidence double precision DEFAULT 0.95)
	RETURNS journey_mean_row
	AS 'MODULE_PATHNAME', 'journey_mean_interval'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION mean_interval(bigint, double precision, double precision, double precision) IS
	'a mean with Student''s interval, from count(x), avg(x) and stddev_samp(x)';

CREATE TYPE journey_ranks_row AS (
	n_1 bigint,
	n_2 bigint,
	median_1 double precision,
	median_2 double precision,
	u double precision,
	auc double precision,
	low double precision,
	high double precision,
	z double precision,
	p double precision
);
COMMENT ON TYPE journey_ranks_row IS
	'two groups compared by rank, as compare_ranks() returns it';

CREATE FUNCTION compare_ranks_trans(journey_tally, double precision, boolean) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_compare_ranks_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION compare_ranks_trans(journey_tally, double precision, boolean) IS
	'transition function of compare_ranks';

CREATE FUNCTION compare_ranks_final(journey_tally) RETURNS journey_ranks_row
	AS 'MODULE_PATHNAME', 'journey_compare_ranks_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION compare_ranks_final(journey_tally) IS
	'final function of compare_ranks';

CREATE AGGREGATE compare_ranks(value double precision, second boolean) (
	STYPE = journey_tally,
	SSPACE = 8192,
	SFUNC = compare_ranks_trans,
	FINALFUNC = compare_ranks_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE compare_ranks(double precision, boolean) IS
	'how often a value of the second group is larger than one of the first (auc); p of the Mann-Whitney test';

CREATE TYPE journey_bootstrap_row AS (
	n_1 bigint,
	n_2 bigint,
	mean_1 double precision,
	mean_2 double precision,
	difference double precision,
	low double precision,
	high double precision,
	lift double precision,
	lift_low double precision,
	lift_high double precision
);
COMMENT ON TYPE journey_bootstrap_row IS
	'two means compared by resampling, as bootstrap_means() returns it';

CREATE FUNCTION bootstrap_means_trans(journey_tally, double precision, boolean, integer, bigint) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_bootstrap_means_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION bootstrap_means_trans(journey_tally, double precision, boolean, integer, bigint) IS
	'transition function of bootstrap_means';

CREATE FUNCTION bootstrap_means_final(journey_tally) RETURNS journey_bootstrap_row
	AS 'MODULE_PATHNAME', 'journey_bootstrap_means_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION bootstrap_means_final(journey_tally) IS
	'final function of bootstrap_means';

CREATE AGGREGATE bootstrap_means(value double precision, second boolean, replicates integer, seed bigint) (
	STYPE = journey_tally,
	SSPACE = 8192,
	SFUNC = bootstrap_means_trans,
	FINALFUNC = bootstrap_means_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bootstrap_means(double precision, boolean, integer, bigint) IS
	'mean of the second group against that of the first, with 95 % intervals of difference and lift by resampling customers';

CREATE TYPE journey_times_row AS (
	n_1 bigint,
	n_2 bigint,
	events_1 bigint,
	events_2 bigint,
	median_1 double precision,
	median_2 double precision,
	until_day double precision,
	mean_1 double precision,
	mean_2 double precision,
	difference double precision,
	low double precision,
	high double precision,
	hazard_ratio double precision,
	hazard_low double precision,
	hazard_high double precision,
	chi_square double precision,
	p double precision
);
COMMENT ON TYPE journey_times_row IS
	'how long it takes in two groups, as compare_times() returns it';

CREATE FUNCTION compare_times_trans(journey_tally, double precision, boolean, boolean) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_compare_times_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION compare_times_trans(journey_tally, double precision, boolean, boolean) IS
	'transition function of compare_times';

CREATE FUNCTION compare_times_trans(journey_tally, double precision, boolean, boolean, double precision) RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_compare_times_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION compare_times_trans(journey_tally, double precision, boolean, boolean, double precision) IS
	'transition function of compare_times';

CREATE FUNCTION compare_times_final(journey_tally) RETURNS journey_times_row
	AS 'MODULE_PATHNAME', 'journey_compare_times_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION compare_times_final(journey_tally) IS
	'final function of compare_times';

CREATE AGGREGATE compare_times(days double precision, happened boolean, second boolean) (
	STYPE = journey_tally,
	SSPACE = 4096,
	SFUNC = compare_times_trans,
	FINALFUNC = compare_times_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE compare_times(double precision, boolean, boolean) IS
	'does it happen sooner in the second group: medians, restricted means, hazard ratio, log-rank test';

CREATE AGGREGATE compare_times(days double precision, happened boolean, second boolean, until double precision) (
	STYPE = journey_tally,
	SSPACE = 4096,
	SFUNC = compare_times_trans,
	FINALFUNC = compare_times_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE compare_times(double precision, boolean, boolean, double precision) IS
	'the same, with means of at most so many days';

CREATE FUNCTION sample_size(rate_1 double precision, rate_2 double precision,
	power double precision DEFAULT 0.8, confidence double precision DEFAULT 0.95) RETURNS bigint
	AS 'MODULE_PATHNAME', 'journey_sample_size'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION sample_size(double precision, double precision, double precision, double precision) IS
	'customers each group needs to show that two rates differ; NULL if they do not';

CREATE FUNCTION sample_size_means(difference double precision, sd double precision,
	power double precision DEFAULT 0.8, confidence double precision DEFAULT 0.95) RETURNS bigint
	AS 'MODULE_PATHNAME', 'journey_sample_size_means'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION sample_size_means(double precision, double precision, double precision, double precision) IS
	'customers each group needs to show that means differ by so much; NULL for no difference';

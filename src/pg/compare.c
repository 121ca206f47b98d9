/*
 * compare.c
 *	  Two groups compared: compare_means, compare_ranks, bootstrap_means,
 *	  compare_times, and what goes with them as plain functions.
 *
 * The aggregates take a boolean that tells the groups apart: false is the one
 * to compare with.  The counts hold
 *	  of means   group --> n; sum, sum of squares, both exact
 *	  of ranks   value --> n of group 1, n of group 2
 *	  of times   days, group --> events, censored
 */
#include "postgres.h"

#include <math.h>

#include "pg/moments.h"

#define CONFIDENCE 0.95

static const JourneyCountsShape means_shape = {
	JOURNEY_COUNTS_MEANS, 1, 2, "parameters"
};
static const JourneyCountsShape ranks_shape = {
	JOURNEY_COUNTS_RANKS, 2, 0, "replicates and seed"
};
static const JourneyCountsShape times_shape = {
	JOURNEY_COUNTS_TIMES, 2, 0, "until"
};

/* ---- arguments and rows ---- */

/* Counts that no transition makes can be a forgery only. */
static void
bad_state(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid journey_tally"),
			 errdetail("A key is not one of a comparison.")));
}

/* ---- means ---- */

/* The row of two means and Welch's test of them. */
static Datum
means_row(FunctionCallInfo fcinfo, JnyMean one, JnyMean two, double confidence)
{
	JnyWelch	test = jny_welch(one, two, confidence);
	Datum		values[13];
	bool		nulls[13] = {false};

	values[0] = Int64GetDatum(one.n);
	values[1] = Int64GetDatum(two.n);
	journey_rows_number(values, nulls, 2, one.mean);
	journey_rows_number(values, nulls, 3, two.mean);
	journey_rows_number(values, nulls, 4, one.sd);
	journey_rows_number(values, nulls, 5, two.sd);
	journey_rows_number(values, nulls, 6, test.difference);
	journey_rows_number(values, nulls, 7, test.range.low);
	journey_rows_number(values, nulls, 8, test.range.high);
	journey_rows_number(values, nulls, 9, one.mean > 0 ? two.mean / one.mean - 1 : NAN);
	journey_rows_number(values, nulls, 10, test.t);
	journey_rows_number(values, nulls, 11, test.df);
	journey_rows_number(values, nulls, 12, test.p);
	return journey_row_datum(fcinfo, values, nulls);
}

/* (state, value, second) */
JOURNEY_FUNCTION(journey_compare_means_trans);
Datum
journey_compare_means_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	uint8		key;
	double		value;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journey_counts_unchanged(fcinfo);
	value = journey_getarg_value(fcinfo, 1);
	key = PG_GETARG_BOOL(2) ? 2 : 1;
	state = journey_counts_state(fcinfo, &means_shape, &params);
	journey_counts_at(state, &key, 1)[0]++;
	journey_moments_add(state, &key, 1, 0, value);
	PG_RETURN_JOURNEY_COUNTS(state);
}

static JnyMean
read_mean(const JnyCounts *counts, uint8 key)
{
	uint32		at = jny_counts_find(counts, &key, 1);
	JnyMean		nothing = {0, NAN, NAN};

	if (at == PG_UINT32_MAX)
		return nothing;
	return journey_moments_read(jny_counts_sums(counts, at), jny_counts_of(counts, at)[0]);
}

JOURNEY_FUNCTION(journey_compare_means_final);
Datum
journey_compare_means_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &means_shape);

	if (counts == NULL)
		PG_RETURN_NULL();
	return means_row(fcinfo, read_mean(counts, 1), read_mean(counts, 2), CONFIDENCE);
}

/* n, mean and standard deviation from arguments first .. first + 2. */
static JnyMean
getarg_mean(FunctionCallInfo fcinfo, int first)
{
	JnyMean		group = {PG_GETARG_INT64(first), PG_GETARG_FLOAT8(first + 1),
	PG_GETARG_FLOAT8(first + 2)};

	if (group.n < 2 || !isfinite(group.mean) || !(group.sd >= 0) || isinf(group.sd))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a group needs 2 values or more, a finite mean and a standard deviation that is not negative"),
				 errdetail("It has %lld values, mean %g and standard deviation %g.",
						   (long long) group.n, group.mean, group.sd),
				 errhint("They are count(x), avg(x) and stddev_samp(x).")));
	return group;
}

/* compare_means(n1, mean1, sd1, n2, mean2, sd2, confidence) */
JOURNEY_FUNCTION(journey_compare_means);
Datum
journey_compare_means(PG_FUNCTION_ARGS)
{
	return means_row(fcinfo, getarg_mean(fcinfo, 0), getarg_mean(fcinfo, 3),
					 journey_check_confidence(PG_GETARG_FLOAT8(6)));
}

/* mean_interval(n, mean, sd, confidence) */
JOURNEY_FUNCTION(journey_mean_interval);
Datum
journey_mean_interval(PG_FUNCTION_ARGS)
{
	JnyMean		group = getarg_mean(fcinfo, 0);
	JnyRange	range = jny_mean_range(group, journey_check_confidence(PG_GETARG_FLOAT8(3)));
	Datum		values[3];
	bool		nulls[3] = {false};

	journey_rows_number(values, nulls, 0, group.mean);
	journey_rows_number(values, nulls, 1, range.low);
	journey_rows_number(values, nulls, 2, range.high);
	return journey_row_datum(fcinfo, values, nulls);
}

/* ---- ranks and resampling, which need every value ---- */

/* Counts the value in argument 1 for the group in argument 2. */
static Datum
count_value(FunctionCallInfo fcinfo, const JourneyParams *params)
{
	JourneyCounts *state;
	uint8		key[8];

	jny_key_double(key, journey_getarg_value(fcinfo, 1));
	state = journey_counts_state(fcinfo, &ranks_shape, params);
	journey_counts_at(state, key, 8)[PG_GETARG_BOOL(2)]++;
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* The values in order. */
static JnyValue *
read_values(const JnyCounts *counts)
{
	uint32	   *order = jny_counts_sorted(counts);
	JnyValue   *value = (JnyValue *) jny_alloc(counts->n * sizeof(JnyValue) + 1);

	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, order[i]);

		if (key.len != 8)
			bad_state();
		value[i].value = jny_key_get_double(key.data);
		if (!isfinite(value[i].value))
			bad_state();
		for (int g = 0; g < 2; g++)
			value[i].n[g] = jny_counts_of(counts, order[i])[g];
	}
	return value;
}

/* (state, value, second) */
JOURNEY_FUNCTION(journey_compare_ranks_trans);
Datum
journey_compare_ranks_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journey_counts_unchanged(fcinfo);
	return count_value(fcinfo, &params);
}

JOURNEY_FUNCTION(journey_compare_ranks_final);
Datum
journey_compare_ranks_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &ranks_shape);
	JnyRanks	test;
	Datum		values[10];
	bool		nulls[10] = {false};

	if (counts == NULL)
		PG_RETURN_NULL();
	test = jny_ranks(read_values(counts), counts->n, CONFIDENCE);
	values[0] = Int64GetDatum(test.n[0]);
	values[1] = Int64GetDatum(test.n[1]);
	journey_rows_number(values, nulls, 2, test.median[0]);
	journey_rows_number(values, nulls, 3, test.median[1]);
	journey_rows_number(values, nulls, 4, test.u);
	journey_rows_number(values, nulls, 5, test.auc);
	journey_rows_number(values, nulls, 6, test.range.low);
	journey_rows_number(values, nulls, 7, test.range.high);
	journey_rows_number(values, nulls, 8, test.z);
	journey_rows_number(values, nulls, 9, test.p);
	return journey_row_datum(fcinfo, values, nulls);
}

#define MIN_REPLICATES 100
#define MAX_REPLICATES 1000000

/* (state, value, second, replicates, seed) */
JOURNEY_FUNCTION(journey_bootstrap_means_trans);
Datum
journey_bootstrap_means_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	uint8		bytes[12];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journey_counts_unchanged(fcinfo);
	journey_check_not_null(fcinfo, 4, "seed");
	jny_put32(bytes, (uint32) journey_check_range(fcinfo, 3, "replicates",
												  MIN_REPLICATES, MAX_REPLICATES));
	jny_put64(bytes + 4, (uint64) PG_GETARG_INT64(4));
	journey_params_put(&params, bytes, sizeof(bytes), false);
	return count_value(fcinfo, &params);
}

/* n and mean of a group of values. */
static JnyMean
values_mean(const JnyValue *value, uint32 n, int group)
{
	JnySum		sum = {0};
	JnyMean		mean = {0, NAN, NAN};

	for (uint32 i = 0; i < n; i++)
	{
		mean.n += value[i].n[group];
		jny_sum_add_product(&sum, (double) value[i].n[group], value[i].value);
	}
	if (mean.n > 0)
		mean.mean = journey_sum_value(&sum) / mean.n;
	return mean;
}

JOURNEY_FUNCTION(journey_bootstrap_means_final);
Datum
journey_bootstrap_means_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &ranks_shape);
	JnyValue   *value;
	JnyMean		group[2];
	JnyBootstrap result;
	uint32		at = 0;
	uint32		len;
	const uint8 *bytes;
	Datum		values[10];
	bool		nulls[10] = {false};

	if (counts == NULL)
		PG_RETURN_NULL();
	bytes = journey_params_get(counts, &at, &len);
	if (bytes == NULL || len != 12 || jny_get32(bytes) < MIN_REPLICATES ||
		jny_get32(bytes) > MAX_REPLICATES)
		bad_state();
	value = read_values(counts);
	for (int g = 0; g < 2; g++)
		group[g] = values_mean(value, counts->n, g);
	result = jny_bootstrap(value, counts->n, jny_get32(bytes), jny_get64(bytes + 4), CONFIDENCE);
	values[0] = Int64GetDatum(group[0].n);
	values[1] = Int64GetDatum(group[1].n);
	journey_rows_number(values, nulls, 2, group[0].mean);
	journey_rows_number(values, nulls, 3, group[1].mean);
	journey_rows_number(values, nulls, 4, group[1].mean - group[0].mean);
	journey_rows_number(values, nulls, 5, result.difference.low);
	journey_rows_number(values, nulls, 6, result.difference.high);
	journey_rows_number(values, nulls, 7,
						group[0].mean > 0 ? group[1].mean / group[0].mean - 1 : NAN);
	journey_rows_number(values, nulls, 8, result.lift.low);
	journey_rows_number(values, nulls, 9, result.lift.high);
	return journey_row_datum(fcinfo, values, nulls);
}

/* ---- times ---- */

/* (state, days, happened, second [, until]) */
JOURNEY_FUNCTION(journey_compare_times_trans);
Datum
journey_compare_times_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	bool		has_until = PG_NARGS() > 4 && !PG_ARGISNULL(4);
	double		days;
	double		until = 0;
	uint8		key[9];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return journey_counts_unchanged(fcinfo);
	days = journey_getarg_days(fcinfo, 1);
	if (has_until)
		until = journey_getarg_positive(fcinfo, 4, "until", NULL);
	if (has_until)
		journey_params_put_double(&params, until);
	else
		journey_params_put(&params, NULL, 0, true);
	jny_key_double(key, days);
	key[8] = PG_GETARG_BOOL(3);
	state = journey_counts_state(fcinfo, &times_shape, &params);
	journey_counts_at(state, key, 9)[PG_GETARG_BOOL(2) ? 0 : 1]++;
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* The times of both groups in order. */
static JnyTimes *
read_times(const JnyCounts *counts)
{
	uint32	   *order = jny_counts_sorted(counts);
	JnyTimes   *times = (JnyTimes *) jny_alloc(counts->n * sizeof(JnyTimes) + 1);

	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, order[i]);
		const int64 *number = jny_counts_of(counts, order[i]);

		if (key.len != 9 || (uint8) key.data[8] > 1)
			bad_state();
		times[i].days = jny_key_get_double(key.data);
		if (!(times[i].days >= 0) || isinf(times[i].days))
			bad_state();
		times[i].group = key.data[8];
		times[i].events = number[0];
		times[i].censored = number[1];
	}
	return times;
}

JOURNEY_FUNCTION(journey_compare_times_final);
Datum
journey_compare_times_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &times_shape);
	JnyTwoTimes test;
	uint32		at = 0;
	uint32		len;
	double		until = NAN;
	Datum		values[17];
	bool		nulls[17] = {false};

	if (counts == NULL)
		PG_RETURN_NULL();
	if (journey_params_get(counts, &at, &len))
	{
		at = 0;
		until = journey_params_double(counts, &at);
	}
	test = jny_compare_times(read_times(counts), counts->n, until, CONFIDENCE);
	for (int g = 0; g < 2; g++)
	{
		values[g] = Int64GetDatum(test.n[g]);
		values[2 + g] = Int64GetDatum(test.events[g]);
		journey_rows_number(values, nulls, 4 + g, test.median[g]);
		journey_rows_number(values, nulls, 7 + g, test.mean[g]);
	}
	journey_rows_number(values, nulls, 6, test.until);
	journey_rows_number(values, nulls, 9, test.mean[1] - test.mean[0]);
	journey_rows_number(values, nulls, 10, test.difference.low);
	journey_rows_number(values, nulls, 11, test.difference.high);
	journey_rows_number(values, nulls, 12, test.hazard_ratio);
	journey_rows_number(values, nulls, 13, test.hazard_range.low);
	journey_rows_number(values, nulls, 14, test.hazard_range.high);
	journey_rows_number(values, nulls, 15, test.chi_square);
	journey_rows_number(values, nulls, 16, test.p);
	return journey_row_datum(fcinfo, values, nulls);
}

/* ---- how many ---- */

#define MOST_CUSTOMERS 9e18

/*
 * A number of customers.  NULL when no number is enough, for there is no
 * difference; a difference that takes more than can be told is 22003.
 */
static Datum
sample_datum(FunctionCallInfo fcinfo, bool differs, double n)
{
	if (!differs)
		PG_RETURN_NULL();
	if (!(n < MOST_CUSTOMERS))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sample size is out of range"),
				 errdetail("It would take more than %.0e customers in each group.", MOST_CUSTOMERS),
				 errhint("Ask for a difference that would matter: a smaller one takes more customers than there are.")));
	PG_RETURN_INT64((int64) Max(2, n));
}

/* sample_size(rate_1, rate_2, power, confidence) */
JOURNEY_FUNCTION(journey_sample_size);
Datum
journey_sample_size(PG_FUNCTION_ARGS)
{
	double		rate[2] = {PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1)};
	double		power = journey_check_share(PG_GETARG_FLOAT8(2), "power", "Write 0.8 for 80 %.");

	for (int i = 0; i < 2; i++)
		if (!(rate[i] >= 0 && rate[i] <= 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("rate must be between 0 and 1"),
					 errdetail("It is %g.", rate[i])));
	return sample_datum(fcinfo, rate[0] != rate[1],
						jny_rate_sample(rate[0], rate[1], power,
										journey_check_confidence(PG_GETARG_FLOAT8(3))));
}

/* sample_size_means(difference, sd, power, confidence) */
JOURNEY_FUNCTION(journey_sample_size_means);
Datum
journey_sample_size_means(PG_FUNCTION_ARGS)
{
	double		difference = PG_GETARG_FLOAT8(0);
	double		sd = PG_GETARG_FLOAT8(1);
	double		power = journey_check_share(PG_GETARG_FLOAT8(2), "power", "Write 0.8 for 80 %.");

	if (!isfinite(difference) || !(sd >= 0) || isinf(sd))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("difference must be finite and the standard deviation not negative")));
	return sample_datum(fcinfo, difference != 0,
						jny_mean_sample(difference, sd, power,
										journey_check_confidence(PG_GETARG_FLOAT8(3))));
}

/*
 * stats.c
 *	  Intervals and tests for rates and counts as plain functions.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/args.h"
#include "pg/result.h"
#include "core/stats.h"

/* Refuses a count of successes that no n tries can have. */
static void
check_rate(int64 x, int64 n)
{
	if (x < 0 || n < 0 || x > n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("successes must be between 0 and the number of tries"),
				 errdetail("There are %lld successes in %lld tries.",
						   (long long) x, (long long) n)));
}

/* A row of a value and the interval around it. */
static Datum
range_row(FunctionCallInfo fcinfo, double value, JnyRange range)
{
	Datum		values[3];
	bool		nulls[3];

	journey_rows_number(values, nulls, 0, value);
	journey_rows_number(values, nulls, 1, range.low);
	journey_rows_number(values, nulls, 2, range.high);
	return journey_row_datum(fcinfo, values, nulls);
}

/* rate_interval(successes, n, confidence, exact) */
JOURNEY_FUNCTION(journey_rate_interval);
Datum
journey_rate_interval(PG_FUNCTION_ARGS)
{
	int64		x = PG_GETARG_INT64(0);
	int64		n = PG_GETARG_INT64(1);
	double		confidence = journey_check_confidence(PG_GETARG_FLOAT8(2));

	check_rate(x, n);
	return range_row(fcinfo, n > 0 ? (double) x / n : NAN,
					 PG_GETARG_BOOL(3) ? jny_binomial_exact(x, n, confidence)
					 : jny_wilson(x, n, confidence));
}

/* count_interval(events, exposure, confidence) */
JOURNEY_FUNCTION(journey_count_interval);
Datum
journey_count_interval(PG_FUNCTION_ARGS)
{
	int64		x = PG_GETARG_INT64(0);
	double		exposure;
	double		confidence = journey_check_confidence(PG_GETARG_FLOAT8(2));
	JnyRange	range;

	if (x < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of events must not be negative")));
	exposure = journey_getarg_positive(fcinfo, 1, "exposure",
									   "It is what events are counted over: days, customers, visits.");
	range = jny_poisson_exact(x, confidence);
	range.low /= exposure;
	range.high /= exposure;
	return range_row(fcinfo, x / exposure, range);
}

/* compare_rates(x1, n1, x2, n2, confidence) */
JOURNEY_FUNCTION(journey_compare_rates);
Datum
journey_compare_rates(PG_FUNCTION_ARGS)
{
	int64		x1 = PG_GETARG_INT64(0);
	int64		n1 = PG_GETARG_INT64(1);
	int64		x2 = PG_GETARG_INT64(2);
	int64		n2 = PG_GETARG_INT64(3);
	double		confidence = journey_check_confidence(PG_GETARG_FLOAT8(4));
	double		p1 = n1 > 0 ? (double) x1 / n1 : NAN;
	double		p2 = n2 > 0 ? (double) x2 / n2 : NAN;
	JnyRange	difference = {NAN, NAN};
	JnyRange	lift = {NAN, NAN};
	double		p = NAN;
	bool		fisher = jny_least_expected(x1, n1, x2, n2) < 5;
	Datum		values[10];
	bool		nulls[10] = {false};

	check_rate(x1, n1);
	check_rate(x2, n2);
	if (n1 > 0 && n2 > 0)
	{
		difference = jny_newcombe(x1, n1, x2, n2, confidence);
		p = fisher ? jny_fisher(x1, n1, x2, n2) :
			jny_chi2_upper(jny_chi2_2x2(x1, n1, x2, n2), 1);
	}
	if (x1 > 0 && x2 > 0)
		lift = jny_relative_lift(x1, n1, x2, n2, confidence);
	journey_rows_number(values, nulls, 0, p1);
	journey_rows_number(values, nulls, 1, p2);
	journey_rows_number(values, nulls, 2, p2 - p1);
	journey_rows_number(values, nulls, 3, difference.low);
	journey_rows_number(values, nulls, 4, difference.high);
	journey_rows_number(values, nulls, 5, x1 > 0 ? p2 / p1 - 1 : NAN);
	journey_rows_number(values, nulls, 6, lift.low);
	journey_rows_number(values, nulls, 7, lift.high);
	journey_rows_number(values, nulls, 8, p);
	values[9] = CStringGetTextDatum(fisher ? "fisher" : "z");
	nulls[9] = isnan(p);
	return journey_row_datum(fcinfo, values, nulls);
}

/*
 * bh_adjust(p): q values, in place of the p values.  NULL is no comparison and
 * stays NULL.
 */
JOURNEY_FUNCTION(journey_bh_adjust);
Datum
journey_bh_adjust(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	double	   *p;
	int			m = 0;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &elements, &nulls, &n);
	p = (double *) palloc(n * sizeof(double) + 1);
	for (int i = 0; i < n; i++)
	{
		double		one = nulls[i] ? 0 : DatumGetFloat8(elements[i]);

		if (!(one >= 0 && one <= 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("p value must be between 0 and 1"),
					 errdetail("It is %g.", one)));
		if (!nulls[i])
			p[m++] = one;
	}
	jny_bh_adjust(p, m);
	for (int i = 0, k = 0; i < n; i++)
		if (!nulls[i])
			elements[i] = Float8GetDatum(p[k++]);
	PG_RETURN_ARRAYTYPE_P(construct_md_array(elements, nulls, ARR_NDIM(array),
											 ARR_DIMS(array), ARR_LBOUND(array),
											 FLOAT8OID, sizeof(float8),
											 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

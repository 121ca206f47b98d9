/*
 * metrics_compare.c
 *	  compare_metrics: a metric against its baseline, by the test that fits;
 *	  difference_in_differences: a change against that of a placebo.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "pg/moments.h"

#define POWER 0.8

/* ---- rows in ---- */

/* Columns of journey_metric_row. */
enum
{
	COHORT,
	METRIC,
	KIND,
	CUSTOMERS,
	OBSERVED,
	N,
	NUMERATOR,
	VALUE,
	LOW,
	HIGH,
	SD,
	COMPLETE,
	METRIC_COLUMNS
};

/* Columns of journey_change_row that are read back. */
#define CHANGE_METRIC 1
#define CHANGE_DIFFERENCE 7
#define CHANGE_LOW 8
#define CHANGE_HIGH 9
#define CHANGE_ERROR 10
#define CHANGE_COLUMNS 19

typedef struct Row
{
	Datum		values[CHANGE_COLUMNS];
	bool		nulls[CHANGE_COLUMNS];
} Row;

/* The columns of a row argument. */
static void
getarg_row(FunctionCallInfo fcinfo, int n, int columns, Row *row)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(n);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
											  HeapTupleHeaderGetTypMod(header));
	HeapTupleData tuple;

	if (desc->natts != columns)
		elog(ERROR, "row has %d columns instead of %d", desc->natts, columns);
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, desc, row->values, row->nulls);
	ReleaseTupleDesc(desc);
}

static double
row_number(const Row *row, int column)
{
	return row->nulls[column] ? NAN : DatumGetFloat8(row->values[column]);
}

static int64
row_count(const Row *row, int column)
{
	return row->nulls[column] ? 0 : DatumGetInt64(row->values[column]);
}

static const char *
row_text(const Row *row, int column)
{
	return row->nulls[column] ? "" : TextDatumGetCString(row->values[column]);
}

/* ---- rows that cannot be ---- */

/*
 * A value may be so far from what it is computed of, the first of these or a
 * share of it: it may have been rounded.
 */
#define ROUNDED 0.0005
#define ROUNDED_SHARE 0.001

static void
refuse_row(const Row *row, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("row of metric \"%s\" is impossible", row_text(row, METRIC)),
			 errdetail_internal("%s", detail),
			 errhint("Rows come from journey_metrics(); columns of a row made by hand must agree.")));
}

/* The numerator of a rate is a number of customers. */
static void
check_successes(const Row *row)
{
	double		x = row_number(row, NUMERATOR);

	if (!(x >= 0 && x <= (double) row_count(row, N)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("numerator of a rate must be between 0 and n"),
				 errdetail("It is %g of %lld.", x, (long long) row_count(row, N))));
	if (x != floor(x))
		refuse_row(row, psprintf("Its numerator is %g, which is no number of customers.", x));
}

static void
check_finite(const Row *row, int column, const char *what)
{
	if (!row->nulls[column] && !isfinite(row_number(row, column)))
		refuse_row(row, psprintf("Its %s is %g.", what, row_number(row, column)));
}

/* Numbers that are finite, and a value that is what n divides. */
static void
check_value(const Row *row, const char *kind)
{
	double		value = row_number(row, VALUE);
	double		of = row_number(row, NUMERATOR);
	int64		n = row_count(row, N);

	check_finite(row, VALUE, "value");
	check_finite(row, NUMERATOR, "numerator");
	check_finite(row, SD, "sd");
	if (row_number(row, SD) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("standard deviation must not be negative")));
	if (strcmp(kind, "median") == 0)
		return;
	if (strcmp(kind, "rate") == 0)
		check_successes(row);
	if (strcmp(kind, "count") != 0)
		of = n > 0 ? of / n : NAN;
	if (row->nulls[VALUE] != (n == 0) && strcmp(kind, "count") != 0)
		refuse_row(row, row->nulls[VALUE] ? psprintf("Its value is null, and n is %lld.", (long long) n) :
				   psprintf("Its value is %g, and n is 0.", value));
	if (fabs(value - of) > Max(ROUNDED, ROUNDED_SHARE * fabs(of)))
		refuse_row(row, psprintf("Its value is %g, but numerator%s is %g.", value,
								 strcmp(kind, "count") == 0 ? "" : " / n", of));
}

/*
 * Refuses (22023) a row that journey_metrics does not make.  Of what it does
 * not count it may know nothing: customers, observed and sd may be NULL.
 */
static void
check_row(const Row *row)
{
	static const char *const kinds[] = {"count", "rate", "mean", "median"};
	const char *kind = row_text(row, KIND);
	int			i = 0;

	while (i < lengthof(kinds) && strcmp(kind, kinds[i]) != 0)
		i++;
	if (i == lengthof(kinds))
		refuse_row(row, psprintf("Its kind is \"%s\", which is none of count, rate, mean and median.", kind));
	if (row->nulls[N] || row_count(row, N) < 0)
		refuse_row(row, row->nulls[N] ? "Its n is null." :
				   psprintf("Its n is %lld.", (long long) row_count(row, N)));
	if (row_count(row, OBSERVED) < 0 || row_count(row, CUSTOMERS) < 0 ||
		(!row->nulls[CUSTOMERS] && row_count(row, OBSERVED) > row_count(row, CUSTOMERS)))
		refuse_row(row, psprintf("It has observed %lld of %lld customers.",
								 (long long) row_count(row, OBSERVED),
								 (long long) row_count(row, CUSTOMERS)));
	if (row->nulls[COMPLETE])
		refuse_row(row, "Whether it is complete is null.");
	check_value(row, kind);
}

/* ---- the comparison ---- */

typedef struct Change
{
	const Row  *row[2];
	int64		n[2];
	double		value[2];
	JnyRange	range;
	double		error;
	const char *test;
	double		p;
	double		needed;
	const char *verdict;
	char	   *note;
} Change;

static void
compare_rates(Change *change, double confidence)
{
	int64		x[2] = {(int64) row_number(change->row[0], NUMERATOR),
	(int64) row_number(change->row[1], NUMERATOR)};
	const int64 *n = change->n;
	const double *rate = change->value;

	change->error = sqrt(rate[0] * (1 - rate[0]) / n[0] + rate[1] * (1 - rate[1]) / n[1]);
	change->range = jny_newcombe(x[0], n[0], x[1], n[1], confidence);
	if (jny_least_expected(x[0], n[0], x[1], n[1]) < 5)
	{
		change->test = "fisher";
		change->p = jny_fisher(x[0], n[0], x[1], n[1]);
	}
	else
	{
		change->test = "z";
		change->p = jny_chi2_upper(jny_chi2_2x2(x[0], n[0], x[1], n[1]), 1);
	}
	change->needed = jny_rate_sample(rate[0], rate[1], POWER, confidence);
}

static void
compare_means(Change *change, double confidence)
{
	JnyMean		mean[2];
	JnyWelch	test;

	for (int i = 0; i < 2; i++)
	{
		mean[i].n = change->n[i];
		mean[i].mean = change->value[i];
		mean[i].sd = row_number(change->row[i], SD);
	}
	test = jny_welch(mean[0], mean[1], confidence);
	change->error = hypot(mean[0].sd / sqrt((double) mean[0].n), mean[1].sd / sqrt((double) mean[1].n));
	change->range = test.range;
	change->p = test.p;
	change->test = "welch";
	change->needed = jny_mean_sample(test.difference,
									 sqrt((mean[0].sd * mean[0].sd + mean[1].sd * mean[1].sd) / 2),
									 POWER, confidence);
}

/*
 * Refuses to test what is not complete: a test that is read whenever there is
 * something new finds something in the end.  The bound that would still hold
 * is that of O'Brien & Fleming (1979), z over the root of the share seen.
 */
static bool
too_early(Change *change, double confidence)
{
	double		z = jny_normal_quantile(0.5 + confidence / 2);

	for (int i = 1; i >= 0; i--)
	{
		const Row  *row = change->row[i];
		int64		customers = row_count(row, CUSTOMERS);
		int64		observed = row_count(row, OBSERVED);

		if (DatumGetBool(row->values[COMPLETE]))
			continue;
		change->verdict = "too early";
		change->p = NAN;
		if (observed > 0 && observed < customers)
			change->note = psprintf("%lld of %lld customers were observed for the whole horizon; an early look would need |z| > %.2f: wait, or leave out who started later",
									(long long) observed, (long long) customers,
									z / sqrt((double) observed / customers));
		else
			change->note = psprintf("the cohort is not complete: %lld of %lld customers were observed for the whole horizon",
									(long long) observed, (long long) customers);
		return true;
	}
	return false;
}

/* What to make of it. */
static void
judge(Change *change, double confidence)
{
	double		difference = change->value[1] - change->value[0];

	if (isnan(change->p))
	{
		change->verdict = "too few";
		change->note = pstrdup("there are not enough customers, or they do not vary: nothing can be tested");
	}
	else if (change->p < 1 - confidence)
		change->verdict = difference > 0 ? "higher" : "lower";
	else
	{
		change->verdict = "not shown";
		if (change->needed < 1e15)
			change->note = psprintf("chance may do that; if it is real, it takes %.0f in each group to show",
									change->needed);
	}
}

/* Compares two rows of one metric. */
static void
compare(Change *change, double confidence)
{
	const char *kind = row_text(change->row[1], KIND);

	for (int i = 0; i < 2; i++)
	{
		change->n[i] = row_count(change->row[i], N);
		change->value[i] = row_number(change->row[i], VALUE);
	}
	change->error = change->p = change->needed = NAN;
	change->range.low = change->range.high = NAN;
	if (strcmp(kind, "rate") != 0 && strcmp(kind, "mean") != 0)
	{
		if (too_early(change, confidence))
			return;
		change->verdict = "not tested";
		if (strcmp(kind, "count") == 0)
			change->note = pstrdup("counts vary more than chance alone makes them: anomalies() compares them with their history");
		else
			change->note = pstrdup("the mean of the same times is tested");
		return;
	}
	if (change->n[0] > 0 && change->n[1] > 0)
	{
		if (kind[0] == 'r')
			compare_rates(change, confidence);
		else
			compare_means(change, confidence);
	}
	if (!too_early(change, confidence))
		judge(change, confidence);
}

/* compare_metrics(baseline, current, confidence) */
JOURNEY_FUNCTION(journey_compare_metrics);
Datum
journey_compare_metrics(PG_FUNCTION_ARGS)
{
	double		confidence = PG_GETARG_FLOAT8(2);
	Row			row[2];
	Change		change = {{&row[0], &row[1]}};
	Datum		values[CHANGE_COLUMNS];
	bool		nulls[CHANGE_COLUMNS] = {false};

	journey_check_confidence(confidence);
	getarg_row(fcinfo, 0, METRIC_COLUMNS, &row[0]);
	getarg_row(fcinfo, 1, METRIC_COLUMNS, &row[1]);
	if (strcmp(row_text(&row[0], METRIC), row_text(&row[1], METRIC)) != 0 ||
		strcmp(row_text(&row[0], KIND), row_text(&row[1], KIND)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot compare metric \"%s\" with \"%s\"",
						row_text(&row[0], METRIC), row_text(&row[1], METRIC)),
				 errhint("Join the rows on metric.")));
	check_row(&row[0]);
	check_row(&row[1]);
	compare(&change, confidence);

	values[0] = row[1].values[COHORT];
	nulls[0] = row[1].nulls[COHORT];
	values[1] = CStringGetTextDatum(row_text(&row[1], METRIC));
	values[2] = CStringGetTextDatum(row_text(&row[1], KIND));
	values[3] = Int64GetDatum(change.n[0]);
	values[4] = Int64GetDatum(change.n[1]);
	journey_rows_number(values, nulls, 5, change.value[0]);
	journey_rows_number(values, nulls, 6, change.value[1]);
	journey_rows_number(values, nulls, 7, change.value[1] - change.value[0]);
	journey_rows_number(values, nulls, 8, change.range.low);
	journey_rows_number(values, nulls, 9, change.range.high);
	journey_rows_number(values, nulls, 10, change.error);
	journey_rows_number(values, nulls, 11, change.value[0] > 0 ?
						change.value[1] / change.value[0] - 1 : NAN);
	nulls[12] = isnan(change.p);
	values[12] = CStringGetTextDatum(change.test ? change.test : "");
	journey_rows_number(values, nulls, 13, change.p);
	journey_rows_number(values, nulls, 14, change.p);
	journey_rows_number(values, nulls, 15, change.error *
						(jny_normal_quantile(0.5 + confidence / 2) + jny_normal_quantile(POWER)));
	nulls[16] = !(change.needed < 1e18);
	values[16] = Int64GetDatum(nulls[16] ? 0 : (int64) change.needed);
	values[17] = CStringGetTextDatum(change.verdict);
	nulls[18] = change.note == NULL;
	values[18] = CStringGetTextDatum(change.note ? change.note : "");
	return journey_row_datum(fcinfo, values, nulls);
}

/*
 * difference_in_differences(changed, placebo, confidence)
 *
 * The interval is put together from those of both changes, which need not be
 * symmetric (Zou & Donner 2008); p is that of their standard errors.
 */
JOURNEY_FUNCTION(journey_difference_in_differences);
Datum
journey_difference_in_differences(PG_FUNCTION_ARGS)
{
	double		confidence = PG_GETARG_FLOAT8(2);
	Row			row[2];
	double		change[2];
	double		low[2];
	double		high[2];
	double		difference;
	double		error;
	Datum		values[7];
	bool		nulls[7] = {false};

	journey_check_confidence(confidence);
	for (int i = 0; i < 2; i++)
	{
		getarg_row(fcinfo, i, CHANGE_COLUMNS, &row[i]);
		change[i] = row_number(&row[i], CHANGE_DIFFERENCE);
		low[i] = row_number(&row[i], CHANGE_LOW);
		high[i] = row_number(&row[i], CHANGE_HIGH);
	}
	difference = change[0] - change[1];
	error = hypot(row_number(&row[0], CHANGE_ERROR), row_number(&row[1], CHANGE_ERROR));
	values[0] = CStringGetTextDatum(row_text(&row[0], CHANGE_METRIC));
	journey_rows_number(values, nulls, 1, change[0]);
	journey_rows_number(values, nulls, 2, change[1]);
	journey_rows_number(values, nulls, 3, difference);
	journey_rows_number(values, nulls, 4, difference - hypot(change[0] - low[0], high[1] - change[1]));
	journey_rows_number(values, nulls, 5, difference + hypot(high[0] - change[0], change[1] - low[1]));
	journey_rows_number(values, nulls, 6, error > 0 ? 2 * jny_normal_upper(fabs(difference) / error) : NAN);
	return journey_row_datum(fcinfo, values, nulls);
}

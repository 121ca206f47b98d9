/*
 * calibration.c
 *	  The aggregate calibration: do probabilities keep what they promise?
 *
 * The counts hold, for each distinct probability, to how many it did not
 * happen and to how many it did.
 */
#include "pg/calibration.h"

#include "core/stats.h"
#include "pg/counts.h"

static const JourneyCountsShape calibration_shape = {
	JOURNEY_COUNTS_CALIBRATION, 2, 0, "parameters"
};

/* (state, probability, happened) */
JOURNEY_FUNCTION(journey_calibration_trans);
Datum
journey_calibration_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	double		p;
	uint8		key[8];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journey_counts_unchanged(fcinfo);
	p = PG_GETARG_FLOAT8(1);
	if (!(p >= 0 && p <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("probability must be between 0 and 1"),
				 errdetail("It is %g.", p)));
	jny_key_double(key, p + 0.0);	/* -0 is 0 */
	state = journey_counts_state(fcinfo, &calibration_shape, &params);
	journey_counts_at(state, key, 8)[PG_GETARG_BOOL(2)]++;
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* A row; bin 0 stands for all, of which alone auc is told. */
static void
put_row(int bin, const JnyCalibration *part, const JnyCalibration *all,
		double auc, JourneyRowPut put, void *to)
{
	JnyRange	range = jny_wilson(part->happened, part->n, 0.95);
	double		rate = (double) part->happened / part->n;
	double		base = (double) all->happened / all->n;
	Datum		values[11];
	bool		nulls[11] = {false};

	nulls[0] = bin == 0;
	values[0] = Int32GetDatum(bin);
	values[1] = Int64GetDatum(part->n);
	values[2] = Float8GetDatum(part->expected);
	values[3] = Int64GetDatum(part->happened);
	values[4] = Float8GetDatum(rate);
	values[5] = Float8GetDatum(range.low);
	values[6] = Float8GetDatum(range.high);
	journey_rows_number(values, nulls, 7, base > 0 ? rate / base : NAN);
	values[8] = Float8GetDatum(part->brier);
	journey_rows_number(values, nulls, 9, bin == 0 ? base * (1 - base) : NAN);
	journey_rows_number(values, nulls, 10, auc);
	put(to, values, nulls);
}

void
journey_calibration_rows(const JnyForecast *forecast, uint32 n,
						 JourneyRowPut put, void *to)
{
	JnyCalibration bin[JNY_CALIBRATION_BINS];
	JnyCalibration all;

	jny_calibrate(forecast, n, bin, &all);
	for (int i = 0; i < JNY_CALIBRATION_BINS; i++)
		if (bin[i].n > 0)
			put_row(i + 1, &bin[i], &all, NAN, put, to);
	if (all.n > 0)
		put_row(0, &all, &all, jny_concordance(forecast, n), put, to);
}

/* To rows of a final function. */
static void
put_rows(void *to, Datum *values, bool *nulls)
{
	journey_rows_put((JourneyRows *) to, values, nulls);
}

JOURNEY_FUNCTION(journey_calibration_final);
Datum
journey_calibration_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &calibration_shape);
	JnyForecast *forecast;
	uint32	   *order;
	JourneyRows rows;

	if (counts == NULL)
		PG_RETURN_NULL();
	order = jny_counts_sorted(counts);
	forecast = (JnyForecast *) MemoryContextAllocHuge(CurrentMemoryContext,
													  counts->n * sizeof(JnyForecast) + 1);
	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, order[i]);
		const int64 *number = jny_counts_of(counts, order[i]);

		forecast[i].p = key.len == 8 ? jny_key_get_double(key.data) : NAN;
		if (!(forecast[i].p >= 0 && forecast[i].p <= 1))
			journey_params_bad();
		forecast[i].n = number[0] + number[1];
		forecast[i].happened = number[1];
	}
	journey_rows_begin(&rows, fcinfo);
	journey_calibration_rows(forecast, counts->n, put_rows, &rows);
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

/*
 * survival.c
 *	  How long until it happens, when for some it has not happened yet:
 *	  survival, log_rank, hazard and life_table.
 *
 * The counts hold, for each distinct time, how many it happened to and how
 * many were last seen then (censored).
 */
#include "pg/counts.h"

#include "utils/builtins.h"

#include "core/survival.h"

#define EVENTS 0
#define CENSORED 1

static const JourneyCountsShape survival_shape = {
	JOURNEY_COUNTS_SURVIVAL, 2, 0, "width and until"
};
static const JourneyCountsShape log_rank_shape = {
	JOURNEY_COUNTS_LOG_RANK, 2, 0, "rho"
};

/* The (time, events, censored) of counts, keys in order. */
static JnyTimes *
read_times(const JnyCounts *counts, uint32 *order)
{
	JnyTimes   *times = (JnyTimes *) palloc(counts->n * sizeof(JnyTimes) + 1);

	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, order[i]);
		const int64 *number = jny_counts_of(counts, order[i]);

		times[i].days = key.len < 8 ? NAN : jny_key_get_double(key.data);
		if (!(times[i].days >= 0) || isinf(times[i].days))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("invalid journey_tally"),
					 errdetail("A key has no time.")));
		times[i].events = number[EVENTS];
		times[i].censored = number[CENSORED];
	}
	return times;
}

/* ---- survival ---- */

/* (state, days, happened) */
JOURNEY_FUNCTION(journey_survival_trans);
Datum
journey_survival_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	uint8		key[8];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journey_counts_unchanged(fcinfo);
	jny_key_double(key, journey_getarg_days(fcinfo, 1));
	state = journey_counts_state(fcinfo, &survival_shape, &params);
	journey_counts_at(state, key, 8)[PG_GETARG_BOOL(2) ? EVENTS : CENSORED]++;
	PG_RETURN_JOURNEY_COUNTS(state);
}

JOURNEY_FUNCTION(journey_survival_final);
Datum
journey_survival_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &survival_shape);
	JourneyRows rows;
	JnyTimes   *times;
	JnyCurve	curve;

	if (counts == NULL)
		PG_RETURN_NULL();
	times = read_times(counts, jny_counts_sorted(counts));
	jny_curve_start(&curve, times, counts->n);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < counts->n; i++)
	{
		Datum		values[8];
		bool		nulls[8] = {false};

		jny_curve_next(&curve, &times[i], 0.95);
		values[0] = Float8GetDatum(times[i].days);
		values[1] = Int64GetDatum(curve.at_risk);
		values[2] = Int64GetDatum(times[i].events);
		values[3] = Int64GetDatum(times[i].censored);
		journey_rows_number(values, nulls, 4, curve.survival);
		journey_rows_number(values, nulls, 5, curve.error);
		journey_rows_number(values, nulls, 6, curve.range.low);
		journey_rows_number(values, nulls, 7, curve.range.high);
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

/* ---- hazard and life_table: intervals of time ---- */

#define MAX_BINS 100000

/* (state, days, happened, width, until), for both */
JOURNEY_FUNCTION(journey_hazard_trans);
Datum
journey_hazard_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	uint8		key[8];
	double		width;
	double		until;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journey_counts_unchanged(fcinfo);
	width = journey_getarg_positive(fcinfo, 3, "width", NULL);
	until = journey_getarg_positive(fcinfo, 4, "until", NULL);
	if (until / width > MAX_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many intervals"),
				 errdetail("The limit is %d.", MAX_BINS),
				 errhint("Make width larger or until smaller.")));
	journey_params_put_double(&params, width);
	journey_params_put_double(&params, until);
	jny_key_double(key, journey_getarg_days(fcinfo, 1));
	state = journey_counts_state(fcinfo, &survival_shape, &params);
	journey_counts_at(state, key, 8)[PG_GETARG_BOOL(2) ? EVENTS : CENSORED]++;
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* The width of the intervals among the parameters, and how many there are. */
static uint32
read_bounds(const JnyCounts *counts, double *width)
{
	uint32		at = 0;
	double		until;

	*width = journey_params_double(counts, &at);
	until = journey_params_double(counts, &at);
	if (!(*width > 0 && until > 0 && until / *width <= MAX_BINS))
		journey_params_bad();
	return (uint32) ceil(until / *width);
}

JOURNEY_FUNCTION(journey_hazard_final);
Datum
journey_hazard_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &survival_shape);
	JourneyRows rows;
	JnyHazard  *bins;
	double		width;
	uint32		n;

	if (counts == NULL)
		PG_RETURN_NULL();
	n = read_bounds(counts, &width);
	bins = jny_hazard(read_times(counts, jny_counts_sorted(counts)), counts->n, width, n, 0.95);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		Datum		values[12];
		bool		nulls[12] = {false};
		const JnyHazard *bin = &bins[i];

		values[0] = Float8GetDatum(i * width);
		values[1] = Float8GetDatum((i + 1) * width);
		values[2] = Int64GetDatum(bin->at_risk);
		values[3] = Int64GetDatum(bin->events);
		values[4] = Float8GetDatum(bin->days);
		journey_rows_number(values, nulls, 5, bin->rate);
		journey_rows_number(values, nulls, 6, bin->range.low);
		journey_rows_number(values, nulls, 7, bin->range.high);
		journey_rows_number(values, nulls, 8, bin->ratio);
		journey_rows_number(values, nulls, 9, bin->p);
		journey_rows_number(values, nulls, 10, bin->q);
		values[11] = BoolGetDatum(bin->spike);
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

JOURNEY_FUNCTION(journey_life_table_final);
Datum
journey_life_table_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &survival_shape);
	JourneyRows rows;
	JnyLifeRow *life;
	double		width;
	uint32		n;

	if (counts == NULL)
		PG_RETURN_NULL();
	n = read_bounds(counts, &width);
	life = jny_life_table(read_times(counts, jny_counts_sorted(counts)), counts->n, width, n);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		Datum		values[9];
		bool		nulls[9] = {false};

		values[0] = Float8GetDatum(i * width);
		values[1] = Float8GetDatum((i + 1) * width);
		values[2] = Int64GetDatum(life[i].at_risk);
		values[3] = Int64GetDatum(life[i].events);
		values[4] = Int64GetDatum(life[i].censored);
		values[5] = Float8GetDatum(life[i].effective);
		journey_rows_number(values, nulls, 6, life[i].share);
		journey_rows_number(values, nulls, 7, life[i].survival);
		journey_rows_number(values, nulls, 8, life[i].error);
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

/* ---- log_rank ---- */

#define MAX_GROUPS 500
#define MAX_RHO 10

/* (state, days, happened, grp [, rho]) */
JOURNEY_FUNCTION(journey_log_rank_trans);
Datum
journey_log_rank_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	JnyName		group;
	uint8	   *key;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return journey_counts_unchanged(fcinfo);
	if (PG_NARGS() > 4)
	{
		double		rho = PG_ARGISNULL(4) ? NAN : PG_GETARG_FLOAT8(4);

		journey_check_not_null(fcinfo, 4, "rho");
		if (!(rho >= 0 && rho <= MAX_RHO))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("rho must be between 0 and %d", MAX_RHO),
					 errdetail("It is %g.", rho),
					 errhint("0 is the log-rank test, 1 that of Peto and Peto, which looks more at early times.")));
		journey_params_put_double(&params, rho);
	}
	group = journey_text_name(PG_GETARG_TEXT_PP(3));
	if (group.len > JNY_MAX_NAME_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("name of a group is too long"),
				 errdetail("The limit is %d bytes.", JNY_MAX_NAME_BYTES)));
	key = (uint8 *) palloc(8 + group.len);
	jny_key_double(key, journey_getarg_days(fcinfo, 1));
	memcpy(key + 8, group.data, group.len);
	state = journey_counts_state(fcinfo, &log_rank_shape, &params);
	journey_counts_at(state, key, 8 + group.len)[PG_GETARG_BOOL(2) ? EVENTS : CENSORED]++;
	pfree(key);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* The group of each key, numbered in bytewise order of their names. */
static JnyName *
read_groups(const JnyCounts *counts, uint32 *order, JnyTimes *times, int *ngroups)
{
	JnyCounts   *names = jny_counts_create(0, 0, 0, NULL, 0);
	uint32	   *sorted;
	uint32	   *number;
	JnyName    *groups;

	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, order[i]);

		times[i].group = (int) jny_counts_put(names, key.data + 8, key.len - 8);
	}
	if (names->n > MAX_GROUPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many groups"),
				 errdetail("The limit is %d.", MAX_GROUPS)));
	sorted = jny_counts_sorted(names);
	number = (uint32 *) palloc(names->n * sizeof(uint32) + 1);
	groups = (JnyName *) palloc(names->n * sizeof(JnyName) + 1);
	for (uint32 i = 0; i < names->n; i++)
	{
		number[sorted[i]] = i;
		groups[i] = jny_counts_key(names, sorted[i]);
	}
	for (uint32 i = 0; i < counts->n; i++)
		times[i].group = (int) number[times[i].group];
	*ngroups = (int) names->n;
	return groups;
}

JOURNEY_FUNCTION(journey_log_rank_final);
Datum
journey_log_rank_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &log_rank_shape);
	JourneyRows rows;
	JnyLogRank	test;
	JnyTimes   *times;
	uint32	   *order;
	JnyName    *groups;
	int			n;
	double		rho = 0;

	if (counts == NULL)
		PG_RETURN_NULL();
	if (counts->nparams > 0)
	{
		uint32		at = 0;

		rho = journey_params_double(counts, &at);
	}
	order = jny_counts_sorted(counts);
	times = read_times(counts, order);
	groups = read_groups(counts, order, times, &n);
	jny_log_rank(times, counts->n, n, rho, &test);
	journey_rows_begin(&rows, fcinfo);
	for (int i = 0; i < n; i++)
	{
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = PointerGetDatum(journey_name_text(groups[i]));
		values[1] = Int64GetDatum(test.n[i]);
		values[2] = Int64GetDatum(test.observed[i]);
		values[3] = Float8GetDatum(test.expected[i]);
		journey_rows_number(values, nulls, 4, test.chi_square);
		values[5] = Int32GetDatum(test.df);
		journey_rows_number(values, nulls, 6, test.p);
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

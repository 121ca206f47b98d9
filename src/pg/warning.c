/*
 * warning.c
 *	  early_warning: does a sign known on a day tell who churns after it?
 *
 * Keys of the counts, i the number of a landmark as two bytes that sort:
 *	  'c' i			customers: [flagged][churned]
 *	  'k' i			over customers, of what they add up to until landmark i:
 *					flagged churns squared, those times flags, flags squared
 *	  'l' i lead	flagged customers who churned so many microseconds later
 *	  LARGEST		time of the last event of all
 */
#include "postgres.h"

#include <math.h>

#include "utils/timestamp.h"

#include "core/stats.h"
#include "pg/landmark.h"

/* A drop in activity is one to this share of what it was, and to be one there
 * must have been so many events before. */
#define DROP 0.5
#define LEAST_BEFORE 4

static const JourneyCountsShape warning_shape = {
	JOURNEY_COUNTS_WARNING, 4, 0, "start_step, churn, silence, landmarks, horizon, flag, recent and as_of"
};

/* ---- counting ---- */

/* (state, j, start_step, churn, silence, landmarks, horizon, flag, recent [, as_of]) */
static JourneyCounts *
getarg_state(FunctionCallInfo fcinfo)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	int64		recent = -1;

	if (!PG_ARGISNULL(8))
		recent = journey_study_length(fcinfo, 8, "recent");
	else if (PG_ARGISNULL(7))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("recent must not be null when flag is"),
				 errdetail("Without a pattern the flag is a drop of activity, in a window of that length."),
				 errhint("Take about half the horizon, for example '14 days'.")));
	journey_study_put(&params, fcinfo, recent, recent < 0 ? 0 : jny_later(recent, recent), 9);
	state = journey_counts_state(fcinfo, &warning_shape, &params);
	journey_counts_extra(state, journey_study_get);
	return state;
}

/* A key of a landmark. */
static uint32
make_key(uint8 *key, uint8 kind, uint32 i)
{
	key[0] = kind;
	key[1] = (uint8) (i >> 8);
	key[2] = (uint8) i;
	return 3;
}

/*
 * Counts a customer who is one at landmark i, and whom a flag can be said to
 * be on or off: who was hardly active before cannot have dropped.
 */
static void
count_landmark(JourneyCounts *state, JourneyStudy *study, uint32 i,
			   const JnyStanding *standing, bool *flagged, bool *churned)
{
	int64		at = study->landmark[i];
	int64		churn;
	uint8		key[11];

	*flagged = *churned = false;
	if (!standing->is_customer ||
		(study->flag == NULL && standing->nbefore < LEAST_BEFORE))
		return;
	*flagged = study->flag ? journey_study_flagged(study, at) :
		standing->nrecent <= DROP * standing->nbefore / 2;
	churn = jny_life_churn(&study->life, at, jny_later(at, study->horizon));
	*churned = churn != DT_NOEND;
	journey_counts_at(state, key, make_key(key, 'c', i))[2 * *flagged + *churned]++;
	if (*flagged && *churned)
	{
		make_key(key, 'l', i);
		jny_key_u64(key + 3, (uint64) (churn - at));
		journey_counts_at(state, key, 11)[0]++;
	}
}

JOURNEY_FUNCTION(journey_early_warning_trans);
Datum
journey_early_warning_trans(PG_FUNCTION_ARGS)
{
	JourneyCounts *state;
	JourneyStudy *study;
	JnyView		view;
	MemoryContext old;
	int64		flags = 0;
	int64		hits = 0;
	uint8		key[3];

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	state = getarg_state(fcinfo);
	study = (JourneyStudy *) state->extra;
	journey_getarg_view(fcinfo, 1, &view);
	if (view.n == 0)
		PG_RETURN_JOURNEY_COUNTS(state);
	journey_study_saw(state, view.last);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	journey_study_open(study, &view);
	for (uint32 i = 0; i < study->n; i++)
	{
		JnyStanding standing;
		bool		flagged;
		bool		churned;
		int64	   *cluster;

		jny_life_at(&study->life, study->landmark[i], &standing);
		count_landmark(state, study, i, &standing, &flagged, &churned);
		flags += flagged;
		hits += flagged && churned;
		if (flags == 0)
			continue;
		cluster = journey_counts_at(state, key, make_key(key, 'k', i));
		cluster[0] += hits * hits;
		cluster[1] += hits * flags;
		cluster[2] += flags * flags;
	}
	MemoryContextSwitchTo(old);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* ---- the answer ---- */

/* So many flagged customers of a landmark churned so long after it. */
typedef struct Lead
{
	uint32		landmark;
	int64		us;
	int64		n;
} Lead;

typedef struct Table
{
	const JnyCounts *counts;
	const JourneyStudy *study;
	JourneyRows rows;
	Lead	   *lead;
	uint32		nlead;
} Table;

/* What stands under a key; four zeros if nothing does. */
static const int64 *
find_key(const Table *table, uint8 kind, uint32 i)
{
	static const int64 nothing[4] = {0};
	uint8		key[3];
	uint32		at = jny_counts_find(table->counts, key, make_key(key, kind, i));

	return at == PG_UINT32_MAX ? nothing : jny_counts_of(table->counts, at);
}

/*
 * Wilson's interval of x of n where the n are not independent, because
 * customers are in it several times: as wide as one from so many fewer
 * independent ones as the variance between customers says (that of a ratio,
 * clustered; L. Kish, Survey Sampling, 1965), but never narrower.
 */
static JnyRange
clustered_wilson(int64 x, int64 n, const int64 *cluster)
{
	double		z = jny_normal_quantile(0.975);
	double		rate = (double) x / n;
	double		between = cluster[0] - 2 * rate * cluster[1] + rate * rate * cluster[2];
	double		within = rate * (1 - rate) * n;
	double		fewer = within > 0 && between > within ? n * within / between : n;
	double		scale = 1 + z * z / fewer;
	double		centre = (rate + z * z / (2 * fewer)) / scale;
	double		half = z * sqrt(rate * (1 - rate) / fewer + z * z / (4 * fewer * fewer)) / scale;
	JnyRange	range;

	range.low = x == 0 ? 0 : Max(0, centre - half);
	range.high = x == n ? 1 : Min(1, centre + half);
	return range;
}

/*
 * Median of times that stand in order, in days: the mean of numbers
 * (total - 1) / 2 and total / 2, from 0.  NaN without any.
 */
static double
median_days(const Lead *lead, uint32 n)
{
	int64		total = 0;
	int64		seen = 0;
	double		sum = 0;

	for (uint32 k = 0; k < n; k++)
		total += lead[k].n;
	for (uint32 k = 0; k < n; seen += lead[k++].n)
	{
		if (seen <= (total - 1) / 2 && (total - 1) / 2 < seen + lead[k].n)
			sum += (double) lead[k].us / 2;
		if (seen <= total / 2 && total / 2 < seen + lead[k].n)
			sum += (double) lead[k].us / 2;
	}
	return total == 0 ? NAN : sum / USECS_PER_DAY;
}

static int
lead_cmp(const void *x, const void *y)
{
	const Lead *a = (const Lead *) x;
	const Lead *b = (const Lead *) y;

	return (a->us > b->us) - (a->us < b->us);
}

/* The leads of all landmarks, in their order and each in order of time. */
static void
read_leads(Table *table)
{
	uint32	   *order = jny_counts_sorted(table->counts);

	table->lead = (Lead *) palloc((table->counts->n + 1) * sizeof(Lead));
	for (uint32 k = 0; k < table->counts->n; k++)
	{
		JnyName		key = jny_counts_key(table->counts, order[k]);
		Lead	   *lead = &table->lead[table->nlead];

		if (key.len != 11 || key.data[0] != 'l')
			continue;
		lead->landmark = (uint32) (uint8) key.data[1] << 8 | (uint8) key.data[2];
		lead->us = (int64) jny_key_get_u64(key.data + 3);
		lead->n = jny_counts_of(table->counts, order[k])[0];
		table->nlead++;
	}
	jny_free(order);
}

/*
 * Median days from landmark to churn of those flagged: of landmark i, or, for
 * i = study->n, of the first "complete" ones; these are asked for last, for
 * their order gets lost.
 */
static double
median_lead(Table *table, uint32 i, uint32 complete)
{
	uint32		from = 0;
	uint32		to;

	while (i < table->study->n && from < table->nlead && table->lead[from].landmark < i)
		from++;
	for (to = from; to < table->nlead; to++)
		if (i < table->study->n ? table->lead[to].landmark > i : table->lead[to].landmark >= complete)
			break;
	if (i == table->study->n)
		qsort(table->lead, to, sizeof(Lead), lead_cmp);
	return median_days(table->lead + from, to - from);
}

/* A number divided by another; NaN where that is 0. */
static double
ratio(double a, double b)
{
	return b == 0 ? NAN : a / b;
}

/* A row for landmark i, or for all when i = study->n. */
static void
put_row(Table *table, uint32 i, uint32 complete, const int64 *cell, JnyRange range)
{
	int64		flagged = cell[2] + cell[3];
	int64		others = cell[0] + cell[1];
	double		base = ratio(cell[1] + cell[3], flagged + others);
	double		rate = ratio(cell[3], flagged);
	Datum		values[14];
	bool		nulls[14] = {false};

	nulls[0] = i == table->study->n;
	values[0] = TimestampTzGetDatum(nulls[0] ? 0 : table->study->landmark[i]);
	values[1] = Int64GetDatum(flagged + others);
	values[2] = Int64GetDatum(cell[1] + cell[3]);
	values[3] = Int64GetDatum(flagged);
	values[4] = Int64GetDatum(cell[3]);
	journey_rows_number(values, nulls, 5, base);
	journey_rows_number(values, nulls, 6, rate);
	journey_rows_number(values, nulls, 7, flagged == 0 ? NAN : range.low);
	journey_rows_number(values, nulls, 8, flagged == 0 ? NAN : range.high);
	journey_rows_number(values, nulls, 9, ratio(cell[3], cell[1] + cell[3]));
	journey_rows_number(values, nulls, 10, ratio(rate, base));
	journey_rows_number(values, nulls, 11, ratio(rate, ratio(cell[1], others)));
	journey_rows_number(values, nulls, 12, median_lead(table, i, complete));
	values[13] = BoolGetDatum(i == table->study->n || i < complete);
	journey_rows_put(&table->rows, values, nulls);
}

/*
 * One row per landmark, then one for all whose horizon has passed: it adds up
 * customers, so its lift is the mean of theirs weighted by how many were
 * expected to churn.
 */
JOURNEY_FUNCTION(journey_early_warning_final);
Datum
journey_early_warning_final(PG_FUNCTION_ARGS)
{
	Table		table = {0};
	uint32		complete;
	int64		all[4] = {0};

	table.counts = journey_counts_final(fcinfo, &warning_shape);
	if (table.counts == NULL)
		PG_RETURN_NULL();
	table.study = (const JourneyStudy *) journey_study_get(table.counts);
	read_leads(&table);
	complete = journey_study_complete(table.study, table.counts);
	journey_rows_begin(&table.rows, fcinfo);
	for (uint32 i = 0; i < table.study->n; i++)
	{
		const int64 *cell = find_key(&table, 'c', i);

		put_row(&table, i, complete, cell, jny_wilson(cell[3], cell[2] + cell[3], 0.95));
		for (int k = 0; i < complete && k < 4; k++)
			all[k] += cell[k];
	}
	put_row(&table, table.study->n, complete, all, complete == 0 ? jny_wilson(0, 0, 0.95) :
			clustered_wilson(all[3], Max(all[2] + all[3], 1), find_key(&table, 'k', complete - 1)));
	PG_RETURN_DATUM(journey_rows_end(&table.rows));
}

/*
 * retention.c
 *	  retention_table: who comes back, by the time since the start.
 *
 * Keys of the counts, numbers as eight bytes that sort:
 *	  'c' cohort				customers
 *	  'r' cohort bracket		active in it, last active in it
 *	  LARGEST					time of the last event of all
 *	  LARGEST cohort			time of the last start
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/stats.h"
#include "pg/calendar.h"
#include "pg/counts.h"
#include "pg/reader.h"

#define MAX_BRACKETS 1000
#define MAX_ROWS 1000000

static const JourneyCountsShape retention_shape = {
	JOURNEY_COUNTS_RETENTION, 2, 0, "start_step, return_step, unit, tz, brackets and as_of"
};

/* The parameters as they are used. */
typedef struct RetentionSpec
{
	JnyPattern *start;
	JnyPattern *returns;
	JourneyCalendar calendar;	/* no time zone: units run from the start event */
	int64		us;				/* of a unit, without a time zone */
	int64		as_of;			/* DT_NOEND: the last event of all */
	int			nbrackets;		/* 0: each period by itself */
	int32		bracket[MAX_BRACKETS];	/* first period of each, ascending */
	JnyHits		start_hits;
	JnyHits		return_hits;
} RetentionSpec;

/* ---- parameters ---- */

/* Unit and time zone; a month without one has no fixed length. */
static void
read_calendar(RetentionSpec *spec, JnyName unit, JnyName tz)
{
	if (tz.data)
		spec->calendar.tz = journey_tz_read(tz, "Use a full name such as Europe/Berlin or UTC; NULL counts periods from the start event.");
	spec->calendar.unit = journey_unit_read(unit);
	spec->us = spec->calendar.unit == JOURNEY_WEEK ? 7 * USECS_PER_DAY : USECS_PER_DAY;
	if (spec->calendar.unit == JOURNEY_MONTH && spec->calendar.tz == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("months need a time zone"),
				 errhint("Without one, periods are fixed lengths from the start event: use day or week.")));
}

static void
read_brackets(RetentionSpec *spec, const uint8 *bytes, uint32 len)
{
	if (bytes == NULL)
		return;
	spec->nbrackets = (int) (len / 4);
	for (int i = 0; i < spec->nbrackets && i < MAX_BRACKETS; i++)
		spec->bracket[i] = (int32) jny_get32(bytes + 4 * i);
	for (int i = 0; i < spec->nbrackets; i++)
		if (spec->nbrackets > MAX_BRACKETS || spec->bracket[i] < 0 ||
			(i > 0 && spec->bracket[i] <= spec->bracket[i - 1]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("brackets must be ascending numbers of periods"),
					 errdetail("There may be up to %d, from 0.", MAX_BRACKETS),
					 errhint("Write the first period of each: '{0,1,8,31}' for 0, 1 to 7, 8 to 30, and 31 or later.")));
}

static void *
read_spec(const JnyCounts *counts)
{
	RetentionSpec *spec = (RetentionSpec *) palloc0(sizeof(RetentionSpec));
	static const char *hint = "Write alternatives, as in 'visit | login'.";
	const uint8 *bytes;
	JnyName		unit;
	JnyName		tz;
	uint32		at = 0;
	uint32		len;

	spec->start = journey_params_pattern(counts, &at);
	spec->returns = journey_params_pattern(counts, &at);
	journey_check_step(spec->start, hint);
	journey_check_step(spec->returns, hint);
	unit.data = (const char *) journey_params_get(counts, &at, &unit.len);
	tz.data = (const char *) journey_params_get(counts, &at, &tz.len);
	read_calendar(spec, unit, tz);
	bytes = journey_params_get(counts, &at, &len);
	read_brackets(spec, bytes, len);
	bytes = journey_params_get(counts, &at, &len);
	spec->as_of = bytes && len == 8 ? (int64) jny_get64(bytes) : DT_NOEND;
	return spec;
}

/* The integers of an array argument as a parameter. */
static void
put_brackets(JourneyParams *params, FunctionCallInfo fcinfo, int n)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	uint8	   *bytes;

	if (PG_NARGS() <= n || PG_ARGISNULL(n))
	{
		journey_params_put(params, NULL, 0, true);
		return;
	}
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), INT4OID, sizeof(int32), true,
					  TYPALIGN_INT, &elements, &nulls, &count);
	bytes = (uint8 *) palloc(4 * (size_t) count + 1);
	for (int i = 0; i < count; i++)
		jny_put32(bytes + 4 * i, nulls[i] ? (uint32) -1 : (uint32) DatumGetInt32(elements[i]));
	journey_params_put(params, bytes, 4 * count, count == 0);
}

/* The state for (state, j, start, returns, unit, tz [, brackets [, as_of]]). */
static JourneyCounts *
getarg_state(FunctionCallInfo fcinfo)
{
	static const char *what[] = {"start_step", "return_step", "unit"};
	JourneyParams params = {{0}};
	JourneyCounts *state;
	uint8		bytes[8] = {0};
	bool		has_as_of = PG_NARGS() > 7 && !PG_ARGISNULL(7);

	for (int i = 0; i < lengthof(what); i++)
		journey_check_not_null(fcinfo, 2 + i, what[i]);
	for (int i = 2; i <= 5; i++)
		journey_params_arg(&params, fcinfo, i);
	put_brackets(&params, fcinfo, 6);
	if (has_as_of)
		jny_put64(bytes, (uint64) PG_GETARG_INT64(7));
	journey_params_put(&params, bytes, 8, !has_as_of);
	state = journey_counts_state(fcinfo, &retention_shape, &params);
	journey_counts_extra(state, read_spec);
	return state;
}

/* ---- periods ---- */

/* The period of a time: units since the cohort's, or since the start event. */
static int64
find_period(const RetentionSpec *spec, int64 cohort, int64 start, int64 ts)
{
	if (spec->calendar.tz)
		return journey_calendar_unit(&spec->calendar, ts) - cohort;
	return (int64) (((uint64) ts - (uint64) start) / (uint64) spec->us);
}

/* The last bracket that begins at or before a period; -1 if none does. */
static int64
find_bracket(const RetentionSpec *spec, int64 period)
{
	int			low = 0;
	int			high = spec->nbrackets;

	if (spec->nbrackets == 0)
		return period;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (spec->bracket[middle] <= period)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

/* ---- counting ---- */

/* Counts the returns of one customer, which are in order of time. */
static void
count_returns(JourneyCounts *state, const RetentionSpec *spec, int64 cohort,
			  const JnyHit *start)
{
	const JnyHits *hits = &spec->return_hits;
	int64		last = -1;
	uint8		key[17];

	key[0] = 'r';
	jny_key_i64(key + 1, cohort);
	for (uint32 i = 0; i < hits->n; i++)
	{
		const JnyHit *hit = &hits->hit[i];
		int64		bracket;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (hit->pos <= start->pos || hit->ts > spec->as_of)
			continue;
		bracket = find_bracket(spec, find_period(spec, cohort, start->ts, hit->ts));
		if (bracket <= last)
			continue;
		last = bracket;
		jny_key_i64(key + 9, bracket);
		journey_counts_at(state, key, 17)[0]++;
	}
	if (last >= 0)
	{
		jny_key_i64(key + 9, last);
		journey_counts_at(state, key, 17)[1]++;
	}
}

/* (state, j, start, returns, unit, tz [, brackets [, as_of]]) */
JOURNEY_FUNCTION(journey_retention_table_trans);
Datum
journey_retention_table_trans(PG_FUNCTION_ARGS)
{
	JourneyCounts *state;
	RetentionSpec *spec;
	JnyView		view;
	MemoryContext old;
	uint8		key[9] = {JNY_COUNTS_LARGEST};
	int64		cohort;

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	state = getarg_state(fcinfo);
	spec = (RetentionSpec *) state->extra;
	journey_getarg_view(fcinfo, 1, &view);
	if (view.n == 0)
		PG_RETURN_JOURNEY_COUNTS(state);
	journey_counts_keep_largest(state, key, 1, view.last);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	jny_hits_of_view(&spec->start_hits, spec->start, &view);
	if (spec->start_hits.n > 0)
		jny_hits_of_view(&spec->return_hits, spec->returns, &view);
	MemoryContextSwitchTo(old);
	if (spec->start_hits.n == 0 || spec->start_hits.hit[0].ts > spec->as_of)
		PG_RETURN_JOURNEY_COUNTS(state);

	cohort = journey_calendar_unit(&spec->calendar, spec->start_hits.hit[0].ts);
	jny_key_i64(key + 1, cohort);
	journey_counts_keep_largest(state, key, 9, spec->start_hits.hit[0].ts);
	key[0] = 'c';
	journey_counts_at(state, key, 9)[0]++;
	count_returns(state, spec, cohort, &spec->start_hits.hit[0]);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* ---- the answer ---- */

typedef struct Table
{
	const JnyCounts *counts;
	RetentionSpec *spec;
	int64		as_of;
	JourneyRows rows;
	int64		nrows;
} Table;

/* What stands under a key of a cohort and perhaps a bracket. */
static const int64 *
find_cell(const Table *table, uint8 kind, int64 cohort, int64 bracket, uint32 len)
{
	static const int64 nothing[2] = {0, 0};
	uint8		key[17];
	uint32		at;

	key[0] = kind;
	jny_key_i64(key + 1, cohort);
	jny_key_i64(key + 9, bracket);
	at = jny_counts_find(table->counts, key, len);
	return at == PG_UINT32_MAX ? nothing : jny_counts_of(table->counts, at);
}

/* Whether a period has passed for all customers of a cohort. */
static bool
has_passed(const Table *table, int64 cohort, int64 start, int64 period)
{
	const RetentionSpec *spec = table->spec;

	if (spec->calendar.tz)
		return journey_calendar_start(&spec->calendar, cohort + period + 1) <= table->as_of;
	return ((uint64) table->as_of - (uint64) start) / (uint64) spec->us > (uint64) period;
}

/* One cell of the table. */
static void
put_cell(Table *table, int64 cohort, int64 customers, int64 start, int64 from,
		 int64 to, int64 active, int64 later)
{
	JnyRange	range = jny_wilson(active, customers, 0.95);
	Datum		values[11];
	bool		nulls[11] = {false};

	values[0] = DateADTGetDatum((DateADT) journey_calendar_day(&table->spec->calendar, cohort));
	values[1] = Int32GetDatum((int32) from);
	values[2] = Int32GetDatum((int32) to);
	nulls[2] = to < 0;
	values[3] = Int64GetDatum(customers);
	values[4] = Int64GetDatum(active);
	values[5] = Int64GetDatum(later);
	values[6] = Float8GetDatum((double) active / customers);
	values[7] = Float8GetDatum(range.low);
	values[8] = Float8GetDatum(range.high);
	values[9] = Float8GetDatum((double) later / customers);
	values[10] = BoolGetDatum(to >= 0 && has_passed(table, cohort, start, to));
	journey_rows_put(&table->rows, values, nulls);
}

/*
 * The cells of a cohort, up to the period that has begun for someone.  Those
 * active in a bracket or later are those whose last one it is, or a later one.
 */
static void
put_cohort(Table *table, int64 cohort)
{
	const RetentionSpec *spec = table->spec;
	int64		customers = find_cell(table, 'c', cohort, 0, 9)[0];
	int64		start = find_cell(table, JNY_COUNTS_LARGEST, cohort, 0, 9)[0];
	int64		n = spec->nbrackets;
	int64		period;
	int64	   *later;

	period = spec->calendar.tz ? journey_calendar_unit(&spec->calendar, table->as_of) - cohort :
		find_period(spec, cohort, journey_calendar_start(&spec->calendar, cohort), table->as_of);
	if (spec->nbrackets == 0)
		n = period + 1;
	else
		while (n > 0 && spec->bracket[n - 1] > period)
			n--;
	if ((table->nrows += n) > MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention table is too large"),
				 errdetail("The limit is %d cells.", MAX_ROWS),
				 errhint("Use week or month, or brackets.")));
	later = (int64 *) palloc0((n + 2) * sizeof(int64));
	for (int64 b = n - 1; b >= 0; b--)
		later[b] = later[b + 1] + find_cell(table, 'r', cohort, b, 17)[1];
	for (int64 b = 0; b < n; b++)
	{
		int64		from = spec->nbrackets ? spec->bracket[b] : b;
		int64		to = spec->nbrackets == 0 ? b :
			b + 1 < spec->nbrackets ? spec->bracket[b + 1] - 1 : -1;

		JNY_CHECK_INTERRUPTS();
		put_cell(table, cohort, customers, start, from, to,
				 find_cell(table, 'r', cohort, b, 17)[0], later[b]);
	}
	pfree(later);
}

JOURNEY_FUNCTION(journey_retention_table_final);
Datum
journey_retention_table_final(PG_FUNCTION_ARGS)
{
	Table		table = {0};
	uint8		key = JNY_COUNTS_LARGEST;
	uint32		last;
	uint32	   *order;

	table.counts = journey_counts_final(fcinfo, &retention_shape);
	if (table.counts == NULL)
		PG_RETURN_NULL();
	table.spec = (RetentionSpec *) read_spec(table.counts);
	last = jny_counts_find(table.counts, &key, 1);
	table.as_of = table.spec->as_of;
	if (table.as_of == DT_NOEND && last != PG_UINT32_MAX)
		table.as_of = jny_counts_of(table.counts, last)[0];
	order = jny_counts_sorted(table.counts);
	journey_rows_begin(&table.rows, fcinfo);
	for (uint32 i = 0; i < table.counts->n; i++)
	{
		JnyName		name = jny_counts_key(table.counts, order[i]);

		if (name.len == 9 && name.data[0] == 'c')
			put_cohort(&table, jny_key_get_i64(name.data + 1));
	}
	PG_RETURN_DATUM(journey_rows_end(&table.rows));
}

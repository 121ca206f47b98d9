/*
 * lifecycle.c
 *	  One customer after the purchase: lifecycle, usual_gap, next_purchase.
 */
#include "pg/ask.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/landmark.h"
#include "pg/calendar.h"
#include "pg/params.h"
#include "pg/reader.h"

static const char *step_hint = "Write alternatives, as in 'purchase | renewal'.";

/* The hits of the one-step pattern in argument n over a journey. */
static JnyHits
getarg_hits(FunctionCallInfo fcinfo, int n, const JnyView *view)
{
	JnyPattern *pattern = journey_pattern_compile(PG_GETARG_DATUM(n), CurrentMemoryContext);
	JnyHits		hits = {0};

	journey_check_step(pattern, step_hint);
	jny_hits_of_view(&hits, pattern, view);
	return hits;
}

/* ---- lifecycle ---- */

/* A row (period, status). */
static void
put_status(ReturnSetInfo *rsinfo, const JourneyCalendar *calendar, int64 unit,
		   const char *status)
{
	Datum		values[2];
	bool		nulls[2] = {false};

	values[0] = DateADTGetDatum((DateADT) journey_calendar_day(calendar, unit));
	values[1] = CStringGetTextDatum(status);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * lifecycle(j, active_step, unit, tz, as_of): one row for each period with an
 * active event, and one for each period behind it that has none.
 */
JOURNEY_FUNCTION(journey_lifecycle);
Datum
journey_lifecycle(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyCalendar calendar = {0};
	int64		as_of = PG_ARGISNULL(4) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(4);
	int64		last = 0;
	bool		any = false;
	JnyView		view;
	JnyHits		hits;

	InitMaterializedSRF(fcinfo, 0);
	journey_check_not_null(fcinfo, 1, "active_step");
	journey_check_not_null(fcinfo, 2, "unit");
	calendar.unit = journey_unit_read(journey_text_name(PG_GETARG_TEXT_PP(2)));
	if (!PG_ARGISNULL(3))
		calendar.tz = journey_tz_read(journey_text_name(PG_GETARG_TEXT_PP(3)),
									  "Use a full name such as Europe/Berlin or UTC.");
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	journey_getarg_view(fcinfo, 0, &view);
	hits = getarg_hits(fcinfo, 1, &view);
	for (uint32 i = 0; i < hits.n && hits.hit[i].ts <= as_of; i++)
	{
		int64		unit = journey_calendar_unit(&calendar, hits.hit[i].ts);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (any && unit == last)
			continue;
		if (any && unit > last + 1)
			put_status(rsinfo, &calendar, last + 1, "dormant");
		put_status(rsinfo, &calendar, unit, !any ? "new" :
				   unit == last + 1 ? "returning" : "resurrecting");
		last = unit;
		any = true;
	}
	if (any && (as_of == DT_NOEND || journey_calendar_start(&calendar, last + 2) <= as_of))
		put_status(rsinfo, &calendar, last + 1, "dormant");
	return (Datum) 0;
}

/* ---- usual_gap ---- */

/*
 * usual_gap(j, p): the mean time between days (UTC) that have an event of
 * pattern p, as churn_model has it for all events; NULL for just one day.
 */
JOURNEY_FUNCTION(journey_usual_gap);
Datum
journey_usual_gap(PG_FUNCTION_ARGS)
{
	JourneyAsk	ask;
	int64		first = 0;
	int64		last = 0;
	int64		days = 0;

	journey_ask_args(fcinfo, 0, 1, &ask);
	journey_check_step(ask.pattern, step_hint);
	for (uint32 i = 0; i < ask.hits->n; i++)
	{
		int64		day = journey_floor_div(ask.hits->hit[i].ts, USECS_PER_DAY);

		if (days == 0)
			first = day;
		days += days == 0 || day != last;
		last = day;
	}
	if (days < 2)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(journey_us_interval((uint64) (last - first) * (uint64) USECS_PER_DAY / (uint64) (days - 1)));
}

/* ---- next_purchase ---- */

/* Whether a pattern holds for the events from .. to - 1 of a journey. */
static bool
holds_between(FunctionCallInfo fcinfo, int n, const JnyView *view, uint32 from,
			  uint32 to)
{
	JnyPattern *pattern = journey_pattern_compile(PG_GETARG_DATUM(n), CurrentMemoryContext);
	JnyHits		hits = {0};
	JnyHits		window = {0};

	jny_hits_of_view(&hits, pattern, view);
	if (to <= from)
		return false;
	jny_hits_window(&hits, from, to, jny_time(view, to - 1), &window);
	return jny_match_complete(pattern, &window);
}

/*
 * next_purchase(j, first_step, next_step, as_of, prompt, within): no row
 * without the first, else (bought_at, next_at, days, happened, prompted).
 */
JOURNEY_FUNCTION(journey_next_purchase);
Datum
journey_next_purchase(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	static const char *what[] = {NULL, "first_step", "next_step", "as_of", NULL, "within"};
	int64		as_of;
	int64		within;
	JnyView		view;
	JnyHits		first;
	JnyHits		next;
	uint32		k = 0;
	Datum		values[5];
	bool		nulls[5] = {false};

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 1; i < lengthof(what); i++)
		if (what[i])
			journey_check_not_null(fcinfo, i, what[i]);
	as_of = journey_getarg_as_of(fcinfo, 3, NULL);
	within = journey_interval_us(PG_GETARG_INTERVAL_P(5), "within");
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	journey_getarg_view(fcinfo, 0, &view);
	first = getarg_hits(fcinfo, 1, &view);
	if (first.n == 0 || first.hit[0].ts > as_of)
		return (Datum) 0;
	next = getarg_hits(fcinfo, 2, &view);
	while (k < next.n && next.hit[k].pos <= first.hit[0].pos)
		k++;
	nulls[1] = nulls[4] = k == next.n || next.hit[k].ts > as_of;
	values[0] = TimestampTzGetDatum(first.hit[0].ts);
	values[1] = TimestampTzGetDatum(nulls[1] ? 0 : next.hit[k].ts);
	values[2] = Float8GetDatum((double) journey_us_between(first.hit[0].ts, nulls[1] ? as_of : next.hit[k].ts) /
							   (double) USECS_PER_DAY);
	values[3] = BoolGetDatum(!nulls[1]);
	values[4] = BoolGetDatum(false);
	nulls[4] |= PG_ARGISNULL(4);
	if (!nulls[4])
	{
		uint32		from = journey_lower_bound(&view, jny_earlier(next.hit[k].ts, within));

		values[4] = BoolGetDatum(holds_between(fcinfo, 4, &view, Max(from, first.hit[0].pos + 1),
											   journey_lower_bound(&view, next.hit[k].ts)));
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	return (Datum) 0;
}

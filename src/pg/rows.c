/*
 * rows.c
 *	  A journey as rows: its events, its transitions, its cycles.
 *
 * Rows are materialized, so one journey of millions of events spills to disk
 * rather than into memory.  Texts are made once per distinct name.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "pg/ask.h"
#include "pg/reader.h"

/* The names of a view as text datums, by code. */
static Datum *
name_datums(const JnyView *view)
{
	JnyName    *names = (JnyName *) palloc(view->nnames * sizeof(JnyName) + 1);
	Datum	   *datums = (Datum *) palloc(view->nnames * sizeof(Datum) + 1);
	uint32		i;

	jny_view_names(view, names);
	for (i = 0; i < view->nnames; i++)
		datums[i] = PointerGetDatum(journey_name_text(names[i]));
	return datums;
}

static Datum *
channel_datums(const JnyView *view)
{
	JnyName    *names = (JnyName *) palloc(view->nchannels * sizeof(JnyName) + 1);
	Datum	   *datums = (Datum *) palloc(view->nchannels * sizeof(Datum) + 1);
	uint32		i;

	jny_view_channels(view, names);
	for (i = 0; i < view->nchannels; i++)
		datums[i] = PointerGetDatum(journey_name_text(names[i]));
	return datums;
}

/* One row per event: event_no, ts, event, channel, value. */
JOURNEY_FUNCTION(journey_events);
Datum
journey_events(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JnyView		view;
	Datum	   *names;
	Datum	   *channels;

	InitMaterializedSRF(fcinfo, 0);
	journey_getarg_view(fcinfo, 0, &view);
	names = name_datums(&view);
	channels = channel_datums(&view);
	for (JnyWalk walk = jny_walk(&view); journey_walk_next(&walk);)
	{
		Datum		values[5] = {0};
		bool		nulls[5] = {false};

		values[0] = Int32GetDatum((int32) walk.next);
		values[1] = TimestampTzGetDatum(walk.ts);
		values[2] = names[walk.code];
		if (walk.channel != 0)
			values[3] = channels[walk.channel - 1];
		else
			nulls[3] = true;
		if (!isnan(walk.value))
			values[4] = Float8GetDatum(walk.value);
		else
			nulls[4] = true;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * One row per pair of consecutive events: event_no of the first of them,
 * from_event, to_event, from_ts, to_ts, seconds.
 */
JOURNEY_FUNCTION(journey_transitions);
Datum
journey_transitions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JnyView		view;
	JnyWalk		walk;
	JnyWalk		from;
	Datum	   *names;

	InitMaterializedSRF(fcinfo, 0);
	journey_getarg_view(fcinfo, 0, &view);
	names = name_datums(&view);
	walk = jny_walk(&view);
	if (!journey_walk_next(&walk))
		return (Datum) 0;
	for (from = walk; journey_walk_next(&walk); from = walk)
	{
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = Int32GetDatum((int32) from.next);
		values[1] = names[from.code];
		values[2] = names[walk.code];
		values[3] = TimestampTzGetDatum(from.ts);
		values[4] = TimestampTzGetDatum(walk.ts);
		values[5] = Float8GetDatum((double) journey_us_between(from.ts, walk.ts) /
								   USECS_PER_SEC);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Adds the row of one cycle, the events at positions from .. to - 1. */
static void
put_cycle(ReturnSetInfo *rsinfo, JourneyCopy *copy, int32 number, uint32 from,
		  uint32 to, bool complete)
{
	Datum		values[3];
	bool		nulls[3] = {false};

	jny_path_reset(copy->path);
	journey_copy_range(copy, from, to);
	values[0] = Int32GetDatum(number);
	values[1] = journey_path_datum(copy->path);
	values[2] = BoolGetDatum(complete);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	pfree(DatumGetPointer(values[1]));
}

/*
 * One row per cycle: cycle_no, journey, complete.  A cycle ends with a
 * complete match of the pattern, counted as match_count() counts; what is
 * behind the last one is an open cycle.
 */
JOURNEY_FUNCTION(journey_cycles);
Datum
journey_cycles(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyAsk	ask;
	JnyAttempt	attempt;
	JnyPath		path;
	JourneyCopy copy;
	uint32		from = 0;
	int32		number = 0;

	InitMaterializedSRF(fcinfo, 0);
	journey_ask_args(fcinfo, 0, 1, &ask);
	jny_path_init(&path, jny_dict_create());
	journey_copy_init(&copy, &ask.view, &path);
	while (from < ask.view.n &&
		   jny_match_next(ask.pattern, ask.hits, from, &attempt))
	{
		uint32		end = attempt.last + 1;

		put_cycle(rsinfo, &copy, ++number, from, end, true);
		from = end;
		JNY_CHECK_INTERRUPTS();
	}
	if (from < ask.view.n)
		put_cycle(rsinfo, &copy, ++number, from, ask.view.n, false);
	return (Datum) 0;
}

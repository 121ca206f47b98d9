/*
 * detail.c
 *	  What an analyst wants to know of one customer's best attempt: a row for
 *	  each item of the pattern.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "pg/ask.h"
#include "pg/reader.h"

#define DETAIL_COLUMNS 11

/* What all rows of one answer share. */
typedef struct Detail
{
	const JourneyAsk *ask;
	const JnyAttempt *attempt;
	JnyName    *names;
	JnyName    *channels;
} Detail;

/* The columns ts, event_no, event, channel and value of a filled item. */
static void
event_columns(const Detail *detail, int item, Datum *values, bool *nulls)
{
	uint32		pos = detail->attempt->pos[item];
	JnyWalk		walk = journey_walk_from(&detail->ask->view, pos);

	if (!jny_walk_next(&walk))
		return;
	values[3] = TimestampTzGetDatum(detail->attempt->ts[item]);
	values[4] = Int32GetDatum((int32) pos + 1);
	values[5] = PointerGetDatum(journey_name_text(detail->names[walk.code]));
	nulls[3] = nulls[4] = nulls[5] = false;
	if (walk.channel != 0)
	{
		values[6] = PointerGetDatum(journey_name_text(detail->channels[walk.channel - 1]));
		nulls[6] = false;
	}
	if (!isnan(walk.value))
	{
		values[7] = Float8GetDatum(walk.value);
		nulls[7] = false;
	}
}

/* The row of one item. */
static void
put_item(ReturnSetInfo *rsinfo, const Detail *detail, int item)
{
	const JnyPattern *pattern = detail->ask->pattern;
	bool		filled = jny_attempt_has(pattern, detail->attempt, item);
	Datum		values[DETAIL_COLUMNS] = {0};
	bool		nulls[DETAIL_COLUMNS] = {false};
	JnyText		step;

	jny_text_init(&step);
	jny_tree_print(pattern, pattern->items[item].node, false, &step);
	values[0] = Int32GetDatum(item + 1);
	values[1] = PointerGetDatum(cstring_to_text_with_len(step.data, (int) step.len));
	values[2] = BoolGetDatum(filled);
	memset(nulls + 3, true, 5);
	if (filled)
		event_columns(detail, item, values, nulls);
	values[8] = Int32GetDatum(detail->attempt->depth);
	values[9] = BoolGetDatum(detail->attempt->depth == pattern->nitems);
	values[10] = TimestampTzGetDatum(detail->ask->hits->as_of);
	nulls[10] = detail->ask->view.n == 0;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * funnel_detail(journey, journey_pattern, as_of timestamptz) SETOF row
 *
 * A NULL moment is the end of the journey.
 */
JOURNEY_FUNCTION(journey_funnel_detail);
Datum
journey_funnel_detail(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyAsk	ask;
	JnyAttempt	attempt;
	Detail		detail = {&ask, &attempt, NULL, NULL};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	journey_ask_args(fcinfo, 0, 1, &ask);
	if (!PG_ARGISNULL(2))
		journey_ask_until(&ask, PG_GETARG_TIMESTAMPTZ(2));
	jny_match_best(ask.pattern, ask.hits, &attempt);

	detail.names = (JnyName *) palloc(ask.view.nnames * sizeof(JnyName) + 1);
	detail.channels = (JnyName *) palloc(ask.view.nchannels * sizeof(JnyName) + 1);
	if (ask.view.nnames > 0)
		jny_view_names(&ask.view, detail.names);
	if (ask.view.nchannels > 0)
		jny_view_channels(&ask.view, detail.channels);
	for (int i = 0; i < ask.pattern->nitems; i++)
		put_item(rsinfo, &detail, i);
	return (Datum) 0;
}

/*
 * ask.c
 *	  A question about one customer at either grain.
 */
#include "pg/ask.h"

#include "pg/reader.h"

/* The hits are the scratch of the call cache, valid until the next row. */
void
journey_ask_args(FunctionCallInfo fcinfo, int journey, int pattern,
				 JourneyAsk *ask)
{
	MemoryContext old;

	journey_getarg_view(fcinfo, journey, &ask->view);
	ask->pattern = journey_getarg_pattern(fcinfo, pattern);
	ask->hits = &journey_call_cache(fcinfo)->hits;
	ask->first = ask->view.n > 0 ? ask->view.first : JOURNEY_NO_TIME;

	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	jny_hits_of_view(ask->hits, ask->pattern, &ask->view);
	MemoryContextSwitchTo(old);
}

/* The hits are the scratch of the state's site, valid until the next group. */
bool
journey_ask_state(FunctionCallInfo fcinfo, JourneyAsk *ask)
{
	JourneyAggState *state = journey_agg_state(fcinfo, 0);
	JourneyAggPattern *pattern;
	JourneyAggSite *site;
	MemoryContext old;

	if (state == NULL)
		return false;
	pattern = state->room->pattern;
	site = state->room->site;
	old = MemoryContextSwitchTo(site->context);
	jny_hits_of_path(&site->hits, pattern->compiled, &pattern->masks,
					 journey_agg_path(state));
	MemoryContextSwitchTo(old);
	ask->pattern = pattern->compiled;
	ask->hits = &site->hits;
	ask->first = state->first;
	return true;
}

/* The hits are in order of time, so those beyond it are a tail.  O(tail). */
void
journey_ask_until(JourneyAsk *ask, int64 ts)
{
	jny_hits_until(ask->hits, ts, ts == DT_NOEND ? ask->view.n :
				   journey_lower_bound(&ask->view, ts + 1));
}

/*
 * ask.c
 *	  A question about one customer at either grain.
 */
#include "pg/ask.h"

#include "pg/reader.h"

/* The pattern and as much of the journey as a chain is answered from. */
static void
open_args(FunctionCallInfo fcinfo, int journey, int pattern, JourneyAsk *ask)
{
	journey_getarg_places(fcinfo, journey, &ask->view);
	ask->pattern = journey_getarg_pattern(fcinfo, pattern);
	ask->first = ask->view.n > 0 ? ask->view.first : JOURNEY_NO_TIME;
}

/*
 * The rest of the journey, and its hits, which are the scratch of the call
 * cache, valid until the next row.
 */
static void
find_hits(FunctionCallInfo fcinfo, JourneyAsk *ask)
{
	MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

	journey_open_rest(&ask->view);
	ask->hits = &journey_call_cache(fcinfo)->hits;
	jny_hits_of_view(ask->hits, ask->pattern, &ask->view);
	MemoryContextSwitchTo(old);
}

void
journey_ask_args(FunctionCallInfo fcinfo, int journey, int pattern,
				 JourneyAsk *ask)
{
	open_args(fcinfo, journey, pattern, ask);
	find_hits(fcinfo, ask);
}

/* That there is none is often seen without hits. */
void
journey_ask_args_whole(FunctionCallInfo fcinfo, int journey, int pattern,
					   JourneyAsk *ask)
{
	int			depth;

	open_args(fcinfo, journey, pattern, ask);
	if (jny_chain_depth(ask->pattern, &ask->view, true, &depth) &&
		depth < ask->pattern->nitems)
	{
		ask->hits = &journey_call_cache(fcinfo)->hits;
		ask->hits->n = 0;
	}
	else
		find_hits(fcinfo, ask);
}

static int
ask_depth(FunctionCallInfo fcinfo, JourneyAsk *ask, bool whole)
{
	int			depth;

	if (jny_chain_depth(ask->pattern, &ask->view, whole, &depth))
		return depth;
	find_hits(fcinfo, ask);
	return jny_match_depth(ask->pattern, ask->hits);
}

int
journey_ask_depth(FunctionCallInfo fcinfo, int journey, int pattern)
{
	JourneyAsk	ask;

	open_args(fcinfo, journey, pattern, &ask);
	return ask_depth(fcinfo, &ask, false);
}

bool
journey_ask_match(FunctionCallInfo fcinfo, int journey, int pattern)
{
	JourneyAsk	ask;

	open_args(fcinfo, journey, pattern, &ask);
	return ask_depth(fcinfo, &ask, true) == ask.pattern->nitems;
}

int64
journey_ask_count(FunctionCallInfo fcinfo, int journey, int pattern)
{
	JourneyAsk	ask;
	JnyChainCount count;

	open_args(fcinfo, journey, pattern, &ask);
	if (jny_chain_count(ask.pattern, &ask.view, false, &count))
		return count.n;
	find_hits(fcinfo, &ask);
	return jny_match_count(ask.pattern, ask.hits);
}

bool
journey_ask_first(FunctionCallInfo fcinfo, int journey, int pattern, int64 *ts)
{
	JourneyAsk	ask;
	JnyChainCount count;
	JnyAttempt	attempt;

	open_args(fcinfo, journey, pattern, &ask);
	if (jny_chain_count(ask.pattern, &ask.view, true, &count))
	{
		*ts = count.first;
		return count.n > 0;
	}
	find_hits(fcinfo, &ask);
	if (!jny_match_next(ask.pattern, ask.hits, 0, &attempt))
		return false;
	*ts = attempt.finish;
	return true;
}

bool
journey_ask_last(FunctionCallInfo fcinfo, int journey, int pattern, int64 *ts)
{
	JourneyAsk	ask;
	JnyChainCount count;
	JnyAttempt	attempt;
	uint32		from = 0;

	open_args(fcinfo, journey, pattern, &ask);
	if (jny_chain_count(ask.pattern, &ask.view, false, &count))
	{
		*ts = count.last;
		return count.n > 0;
	}
	find_hits(fcinfo, &ask);
	if (jny_pattern_is_step(ask.pattern) && ask.hits->n > 0)
	{
		*ts = ask.hits->hit[ask.hits->n - 1].ts;
		return true;
	}
	while (jny_match_next(ask.pattern, ask.hits, from, &attempt))
	{
		*ts = attempt.finish;
		from = attempt.last + 1;
	}
	return from > 0;
}

/* The hits are the scratch of the state's site, valid until the next group. */
static void
find_state_hits(const JourneyAggState *state, JourneyAsk *ask)
{
	JourneyAggPattern *pattern = state->room->pattern;
	JourneyAggSite *site = state->room->site;
	MemoryContext old = MemoryContextSwitchTo(site->context);

	jny_hits_of_path(&site->hits, pattern->compiled, &pattern->masks,
					 journey_agg_path(state));
	MemoryContextSwitchTo(old);
	ask->pattern = pattern->compiled;
	ask->hits = &site->hits;
	ask->first = state->first;
}

bool
journey_ask_state(FunctionCallInfo fcinfo, JourneyAsk *ask)
{
	JourneyAggState *state = journey_agg_state(fcinfo, 0);

	if (state == NULL)
		return false;
	find_state_hits(state, ask);
	return true;
}

int
journey_ask_state_depth(FunctionCallInfo fcinfo)
{
	JourneyAggState *state = journey_agg_state(fcinfo, 0);
	JourneyAggPattern *pattern;
	JourneyAggSite *site;
	MemoryContext old;
	JourneyAsk	ask;
	int			depth;
	bool		known;

	if (state == NULL)
		return 0;
	pattern = state->room->pattern;
	site = state->room->site;
	old = MemoryContextSwitchTo(site->context);
	known = jny_stash_depth(pattern->compiled, &pattern->roles, site->dict,
							&state->stash, &depth);
	MemoryContextSwitchTo(old);
	if (known)
		return depth;
	find_state_hits(state, &ask);
	return jny_match_depth(ask.pattern, ask.hits);
}

bool
journey_ask_state_match(FunctionCallInfo fcinfo)
{
	int			depth = journey_ask_state_depth(fcinfo);

	return depth > 0 && depth == ((JourneyAggState *) PG_GETARG_POINTER(0))->
		room->pattern->compiled->nitems;
}

int64
journey_ask_state_count(FunctionCallInfo fcinfo)
{
	JourneyAggState *state = journey_agg_state(fcinfo, 0);
	JourneyAggPattern *pattern;
	JourneyAggSite *site;
	MemoryContext old;
	JnyChainCount count;
	JourneyAsk	ask;
	bool		known;

	if (state == NULL)
		return 0;
	pattern = state->room->pattern;
	site = state->room->site;
	old = MemoryContextSwitchTo(site->context);
	known = jny_stash_count(pattern->compiled, &pattern->roles, site->dict,
							&state->stash, false, &count);
	MemoryContextSwitchTo(old);
	if (known)
		return count.n;
	find_state_hits(state, &ask);
	return jny_match_count(ask.pattern, ask.hits);
}

/* The hits are in order of time, so those beyond it are a tail.  O(tail). */
void
journey_ask_until(JourneyAsk *ask, int64 ts)
{
	jny_hits_until(ask->hits, ts, ts == DT_NOEND ? ask->view.n :
				   journey_lower_bound(&ask->view, ts + 1));
}

/*
 * ask.h
 *	  A question about one customer at either grain: a journey and a pattern,
 *	  or the state of an aggregate over the rows.
 *
 * Both become a pattern and its hits, and from there on the answer is the same
 * code: the two grains cannot disagree.
 */
#ifndef JOURNEY_ASK_H
#define JOURNEY_ASK_H

#include "pg/agg.h"

typedef struct JourneyAsk
{
	const JnyPattern *pattern;
	JnyHits    *hits;
	int64		first;			/* of all events; JOURNEY_NO_TIME if none */
	JnyView		view;			/* of a stored journey */
} JourneyAsk;

/*
 * Answers about a journey and a pattern argument, without hits where that is
 * possible.
 */
extern int	journey_ask_depth(FunctionCallInfo fcinfo, int journey, int pattern);
extern bool journey_ask_match(FunctionCallInfo fcinfo, int journey, int pattern);
extern int64 journey_ask_count(FunctionCallInfo fcinfo, int journey, int pattern);

/* Finishing time of the first match, or of the last one; false without any. */
extern bool journey_ask_first(FunctionCallInfo fcinfo, int journey, int pattern,
							  int64 *ts);
extern bool journey_ask_last(FunctionCallInfo fcinfo, int journey, int pattern,
							 int64 *ts);

/* The question in a journey and a pattern argument. */
extern void journey_ask_args(FunctionCallInfo fcinfo, int journey, int pattern,
							 JourneyAsk *ask);

/* The same for one that only a complete attempt answers: no hits without one. */
extern void journey_ask_args_whole(FunctionCallInfo fcinfo, int journey,
								   int pattern, JourneyAsk *ask);

/* The question in the aggregate state, argument 0; false without a row. */
extern bool journey_ask_state(FunctionCallInfo fcinfo, JourneyAsk *ask);

/*
 * Answers about the state, without hits where that is possible: depth 0, no
 * match without a row.
 */
extern int	journey_ask_state_depth(FunctionCallInfo fcinfo);
extern bool journey_ask_state_match(FunctionCallInfo fcinfo);
extern int64 journey_ask_state_count(FunctionCallInfo fcinfo);

/* Forgets the events of a stored journey that are later than a time. */
extern void journey_ask_until(JourneyAsk *ask, int64 ts);

#endif							/* JOURNEY_ASK_H */

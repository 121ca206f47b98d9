/*
 * dropoff.h
 *	  Where visits end that should have gone on.
 *
 * A unit is a session, or a whole journey.  It ends in success when a goal
 * event happens, and what follows in it is not looked at; otherwise its last
 * event is its exit.  A unit counts only if it was followed by more than a
 * time of silence before the data ends: the others may still go on.
 */
#ifndef JOURNEY_DROPOFF_H
#define JOURNEY_DROPOFF_H

#include "core/match.h"
#include "core/tally.h"

typedef struct JnyDropRule
{
	bool		by_session;		/* else by journey */
	int64		silence;		/* microseconds; also ends a session */
	int64		as_of;			/* where the data ends; DT_NOEND: with the
								 * last event of all */
} JnyDropRule;

/*
 * Counts one journey; goals are the hits of the goal pattern.  False when the
 * tally's lists grow too large to travel.
 */
extern bool jny_drop_add(JnyTally *tally, const JnyView *view,
						 const JnyHits *goals, const JnyDropRule *rule);

typedef struct JnyDrop
{
	uint32		name;
	int64		customers;
	int64		reached;		/* units */
	int64		exits;
	double		rate;
	double		low;			/* Wilson, 95 % */
	double		high;
	double		baseline;		/* rate of all other events; NaN: none */
	double		excess;
	double		opportunity;
	double		opportunity_low;
} JnyDrop;

/*
 * The events with at least so many customers (-1: 100 and 1 % of all), what
 * can be gained at least first.  *customers is all that count.
 */
extern JnyDrop *jny_drop_report(const JnyTally *tally, const JnyDropRule *rule,
								int64 min_customers, uint32 *n,
								int64 *customers);

#endif							/* JOURNEY_DROPOFF_H */

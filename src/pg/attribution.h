/*
 * attribution.h
 *	  Parts of attribution: the paths of a journey, and the models that look at
 *	  all paths at once.
 */
#ifndef JOURNEY_PG_ATTRIBUTION_H
#define JOURNEY_PG_ATTRIBUTION_H

#include "pg/counts.h"
#include "core/attribution.h"

/* The parameters as they are used, shared by the groups. */
typedef struct JourneyAttribution
{
	JnyPattern *goal;
	JnyPattern *revenue;		/* or NULL */
	JnyModelSpec model;
	int64		lookback;		/* microseconds, PG_INT64_MAX without one */
	JnyHits		hits;			/* of the goal */
	JnyHits		money;			/* of the revenue */
} JourneyAttribution;

/* Sums of a key, if it has one. */
#define CREDIT 0
#define VALUE 1

/* ---- paths of one journey ---- */

typedef struct JourneyConversion
{
	uint32		start;			/* first event of its cycle */
	uint32		at;				/* the event that completes the goal */
	uint32		end;			/* behind the events of the same time */
	double		value;
} JourneyConversion;

/*
 *	  events   start .. at | start .. at | rest
 *	           conversion    conversion    null path
 */
typedef struct JourneyPaths
{
	JourneyCounts *state;
	JourneyAttribution *spec;
	JnyView    *view;
	JnyName    *names;			/* of channels; the last one is "(none)" */
	bool	   *direct;			/* by channel */
	uint32	   *seen;			/* by channel: number of the path that had it last */
	uint32		path;
	JnyTouch   *touches;
	bool	   *first;
	double	   *credit;			/* by touch */
	double	   *sum;			/* by channel */
	JourneyConversion *conversions;
	uint32		n;
} JourneyPaths;

/* Room for the touches of any path of the journey. */
extern void journey_paths_init(JourneyPaths *paths, JourneyCounts *state,
							   JnyView *view);

/* Finds the conversions, counted as match_count() does, and what they brought. */
extern void journey_paths_conversions(JourneyPaths *paths);

/* Appends a touch to the n there are. */
extern void journey_paths_touch(JourneyPaths *paths, uint32 n, uint32 channel,
								int64 ts);

/*
 * Collects the touches among events from .. to - 1, without the one at "skip",
 * that are no older than the lookback before a time; how many.
 */
extern uint32 journey_paths_touches(JourneyPaths *paths, uint32 from, uint32 to,
									uint32 skip, int64 until);

/* ---- the answer ---- */

/* A channel of the result. */
typedef struct JourneyCredit
{
	JnyName		channel;
	double		conversions;
	double		value;
	double		removal;		/* effect; NaN but for the Markov model */
	double		value_removal;
	int64		paths;
	int64		assisted;
} JourneyCredit;

typedef struct JourneyCredits
{
	const JnyCounts *counts;
	JnyModelSpec model;
	bool		money;			/* whether revenue was asked for */
	double		conversions;	/* of all */
	double		value;
	JourneyCredit *credits;		/* in bytewise order of channels */
	uint32		n;
} JourneyCredits;

/* ---- the Markov model ---- */

/* Counts the steps of a path of n touches. */
extern void journey_markov_path(JourneyPaths *paths, uint32 n, bool converted,
								double value);

/* Removal effects and, by them, credits; "order" is that of the keys. */
extern void journey_markov_credit(JourneyCredits *credits, const uint32 *order);

/* ---- the Shapley values of rates ---- */

/* Counts a path of n touches under the set of its channels. */
extern void journey_shapley_path(JourneyPaths *paths, uint32 n, bool converted,
								 double value);

/* Credits from the rates of all sets of channels. */
extern void journey_shapley_credit(JourneyCredits *credits);

#endif							/* JOURNEY_PG_ATTRIBUTION_H */

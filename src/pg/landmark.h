/*
 * landmark.h
 *	  A landmark study: the arguments that early_warning and churn_model share,
 *	  and one customer at a time under them.
 *
 *	  (j, start_step, churn, silence, landmarks, horizon, flag ..)
 */
#ifndef JOURNEY_PG_LANDMARK_H
#define JOURNEY_PG_LANDMARK_H

#include "pg/counts.h"
#include "core/landmark.h"

#define JOURNEY_MAX_LANDMARKS 1000

/* A study as it is used; patterns and lengths may be absent (NULL, -1). */
typedef struct JourneyStudy
{
	JnyPattern *start;
	JnyPattern *churn;
	JnyPattern *flag;
	int64		silence;
	int64		horizon;
	int64		recent;			/* window of the flag; -1: all that is known */
	int64		before;			/* the window in front of it */
	int64		as_of;			/* DT_NOEND: with the last event of all */
	uint32		n;				/* landmarks, ascending */
	int64	   *landmark;
	uint32		nparams;		/* bytes of them, as they were put */

	/* the customer at hand */
	JnyLife		life;
	JnyHits		start_hits;
	JnyHits		churn_hits;
	JnyHits		flag_hits;
	JnyHits		window;
} JourneyStudy;

/*
 * Puts arguments 2 .. 7 (start_step to flag) of a transition function, the
 * lengths of two windows, and when the data ends: argument "as_of" if the
 * function has so many; refuses what makes no study.
 */
extern void journey_study_put(JourneyParams *params, FunctionCallInfo fcinfo,
							  int64 recent, int64 before, int as_of);

/* The same, read back: a JourneyStudy in the current memory context. */
extern void *journey_study_get(const JnyCounts *counts);

/*
 * The number of landmarks whose horizon has passed when the data ends: as_of,
 * or else the last event of all, which journey_study_saw keeps.
 */
extern void journey_study_saw(JourneyCounts *state, int64 last);
extern uint32 journey_study_complete(const JourneyStudy *study,
									 const JnyCounts *counts);

/* Turns to a customer; buffers grow in the current memory context. */
extern void journey_study_open(JourneyStudy *study, const JnyView *view);

/* Whether the flag pattern holds at the landmark just visited. */
extern bool journey_study_flagged(JourneyStudy *study, int64 landmark);

/* The length in interval argument n, more than 0; 22023 otherwise. */
extern int64 journey_study_length(FunctionCallInfo fcinfo, int n,
								  const char *what);

#endif							/* JOURNEY_PG_LANDMARK_H */

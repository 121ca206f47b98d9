/*
 * landmark.h
 *	  A customer as known at a landmark, and what became of him afterwards.
 *
 *	  ------- before -------|-- recent --|              horizon
 *	  ......................|............T=====================]
 *	   known: strictly earlier than T     outcome: later than T
 *
 * Whatever predicts is taken from the left of the landmark and whatever is to
 * be predicted from the right of it, for everybody who is a customer there;
 * that is what keeps the future out of an early warning (J. R. Anderson, K. C.
 * Cain & R. D. Gelber, Analysis of survival by tumor response, 1983).
 */
#ifndef JOURNEY_LANDMARK_H
#define JOURNEY_LANDMARK_H

#include "core/match.h"

/* A time so many microseconds (>= 0) later or earlier, at most the ends. */
static inline int64
jny_later(int64 ts, int64 us)
{
	return ts > PG_INT64_MAX - us ? PG_INT64_MAX : ts + us;
}

static inline int64
jny_earlier(int64 ts, int64 us)
{
	return ts < PG_INT64_MIN + us ? PG_INT64_MIN : ts - us;
}

/*
 * One journey that is asked at landmarks, in ascending order.  What comes
 * first is the caller's; the cursors begin with zeros.
 */
typedef struct JnyLife
{
	const JnyView *view;
	const JnyHits *start;		/* what makes a customer; NULL: any event */
	int64		left_at;		/* of the first churn event, or DT_NOEND */
	int64		silence;		/* longer without an event is churn; -1: never */
	int64		recent;			/* lengths of the two windows */
	int64		before;

	uint32		end;			/* first event that is not before the landmark */
	uint32		recent_from;	/* first event of the recent window */
	uint32		before_from;
	uint32		starts;			/* hits of start before the landmark */
	uint32		days;			/* different days (UTC) that have an event */
	int64		day;			/* the last of them */
} JnyLife;

typedef struct JnyStanding
{
	bool		is_customer;	/* has started and has not churned */
	int64		since;			/* first start */
	int64		last;			/* last event */
	int64		usual_gap;		/* between days with an event; -1: just one day */
	uint32		starts;
	uint32		nrecent;		/* events in the windows */
	uint32		nbefore;
} JnyStanding;

/* How a customer stands at a landmark.  O(events passed since the last one). */
extern void jny_life_at(JnyLife *life, int64 at, JnyStanding *standing);

/*
 * When someone who is a customer at the landmark of the last jny_life_at
 * churns, if before or at "until"; else DT_NOEND.
 */
extern int64 jny_life_churn(const JnyLife *life, int64 at, int64 until);

/*
 * The hits of events from .. to - 1 alone, as of a time: positions begin with
 * 0 again.  "window" is a buffer that is replaced.
 */
extern void jny_hits_window(const JnyHits *hits, uint32 from, uint32 to,
							int64 as_of, JnyHits *window);

#endif							/* JOURNEY_LANDMARK_H */

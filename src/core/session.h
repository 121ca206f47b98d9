/*
 * session.h
 *	  Sessions of a journey: runs of events without a long gap.
 *
 * A new session starts iff the gap to the event before is strictly greater
 * than the timeout.  The stable key of a session is the time of its first
 * event, never its number: a late event may change only the sessions within
 * the timeout of it.
 */
#ifndef JOURNEY_SESSION_H
#define JOURNEY_SESSION_H

#include "core/journey.h"

/*
 * True iff a gap longer than the timeout lies between two times, earlier <=
 * later.  The difference of two legal times may not fit int64, but always
 * fits uint64.
 */
static inline bool
jny_session_gap(int64 earlier, int64 later, int64 timeout)
{
	return (uint64) later - (uint64) earlier > (uint64) timeout;
}

/*
 * Position behind the last event of the session that starts at event start,
 * start < n.  timeout is in microseconds, not negative.
 */
extern uint32 jny_session_end(const JnyView *view, uint32 start,
							  int64 timeout);

/* The number of sessions; 0 for the empty journey.  O(n). */
extern uint32 jny_session_count(const JnyView *view, int64 timeout);

#endif							/* JOURNEY_SESSION_H */

/*
 * track.h
 *	  Attempts at patterns that go beyond steps, links, "within" and "from
 *	  first": the general engine.
 *
 * Items are taken apart into units (JnyStage), and hits of equal time form
 * groups that an attempt passes one after the other.  What can happen later
 * depends on the unit an attempt is at, the time of its last event, and its
 * start, of which the latest is the best.  So one pass forward keeps, for each
 * link, the latest start among attempts whose last event the link can still
 * use: a running maximum, a sliding one where the link limits the gap, emptied
 * where it excludes an event that has just passed.
 *
 * All else is asked of that pass: which is the earliest start, and the
 * smallest time of each unit, is found by search over limits ("pins").
 */
#ifndef JOURNEY_TRACK_H
#define JOURNEY_TRACK_H

#include "core/match.h"



/* What a search asks of a unit. */
typedef struct JnyPin
{
	int64		max_ts;
	uint32		max_pos;
	bool		guess;			/* max_pos is not known to be the place itself */
	bool		must;			/* an optional item may not stay empty */
} JnyPin;

/* An attempt a link may go on from. */
typedef struct JnyWaiting
{
	int64		ts;				/* of its last event */
	uint32		start;			/* see JnyTrack */
} JnyWaiting;

/*
 * Attempts that wait in front of an item.
 *
 *	  entry	  |..... gone .....| ready ......| n		by time
 *	  best	   head ... tail, of those whose shortest gap has passed: later
 *			   ones have earlier starts, so the front is the latest start
 */
typedef struct JnyQueue
{
	uint32		latest;			/* without gaps: the latest start */
	JnyWaiting *entry;
	JnyWaiting *best;
	uint32		cap;
	uint32		ready;
	uint32		n;
	uint32		head;
	uint32		tail;
} JnyQueue;

/*
 * A start is the first hit of the group an attempt starts in, plus 1; 0 says
 * that there is no attempt.
 */
typedef struct JnyTrack
{
	const JnyPattern *pattern;
	const JnyHits *hits;
	const JnyHit *hit;
	int			n;				/* units */
	int			unit_of[JNY_MAX_ITEMS + 1]; /* first unit of each item */
	bool		pinned;			/* unit 0 must be hit "pin" */
	uint32		pin;
	bool	   *final_ok;		/* may a hit be the last one?  NULL: any may */

	/* what is asked */
	int			target;			/* items to satisfy */
	uint32		first;			/* hits first .. end-1 are looked at */
	uint32		end;
	uint32		start_min;		/* first hit of the group of the start */
	uint32		start_max;
	uint32		final_max_pos;
	JnyPin		pins[JNY_MAX_UNITS];

	/* between groups */
	uint32		wall;			/* starts before this hit are lost */
	uint32		repeat[JNY_MAX_UNITS];	/* in front of a repeat */
	uint32		chain[JNY_MAX_UNITS];	/* ending with the hit just before */
	JnyQueue	queue[JNY_MAX_ITEMS];

	/* the current group */
	uint32		in[JNY_MAX_UNITS];	/* attempts that may enter at a unit */
	uint32		now[JNY_MAX_UNITS]; /* attempts that end in the group */
	uint32		to_item[JNY_MAX_ITEMS]; /* chains that may enter an item */

	/* the answer */
	int			deepest;
	uint32		reached;		/* first hit of the group, or JNY_NO_HIT */
	uint32		reached_end;	/* the end of that group */
	uint32		reached_start;

	/* scratch of groups: matching, scanning */
	uint32		nkept;
	uint32		kept_cap;
	uint32	   *kept;
	int16	   *owner;
	int16	   *owner_saved;
	bool	   *seen;
	struct JnyScan *scan;		/* see track_scan.h */
} JnyTrack;

static inline const JnyStage *
jny_track_unit(const JnyTrack *t, int u)
{
	return &t->pattern->units[u];
}

/* May hit k fill unit u, as far as the hit alone tells? */
static inline bool
jny_track_can(const JnyTrack *t, int u, uint32 k)
{
	const JnyHit *hit = &t->hit[k];
	const JnyPin *pin = &t->pins[u];

	return (hit->items >> t->pattern->units[u].item & 1) &&
		hit->ts <= pin->max_ts && hit->pos <= pin->max_pos &&
		(u > 0 || !t->pinned || k == t->pin);
}

/* May item i stay empty? */
static inline bool
jny_track_skips(const JnyTrack *t, int i)
{
	return t->pattern->items[i].min == 0 && !t->pins[t->unit_of[i]].must;
}

/* Is an attempt that has satisfied item i a complete one? */
static inline bool
jny_track_is_final(const JnyTrack *t, int i)
{
	if (i + 1 < t->pattern->required_items)
		return false;
	for (i++; i < t->pattern->nitems; i++)
	{
		if (!jny_track_skips(t, i))
			return false;
	}
	return true;
}

/* May a complete attempt end with hit k? */
static inline bool
jny_track_ends_with(const JnyTrack *t, uint32 k)
{
	return t->final_ok == NULL ||
		(t->final_ok[k] && t->hit[k].pos <= t->final_max_pos);
}

/* Chains that may go on at unit u, which "=>" leads to, in the next event. */
static inline uint32
jny_track_chain_into(const JnyTrack *t, int u)
{
	const JnyStage *unit = jny_track_unit(t, u);

	if (unit->first)
		return t->to_item[unit->item];
	return Max(t->chain[u - 1], unit->loops ? t->chain[u] : 0);
}

/* Some attempt with this start ends in the group at unit u. */
static inline void
jny_track_arrive(JnyTrack *t, int u, uint32 start)
{
	t->now[u] = Max(t->now[u], start);
}

/* Some attempt with this start is complete in the group. */
static inline void
jny_track_complete(JnyTrack *t, uint32 start)
{
	t->deepest = t->pattern->nitems;
	if (t->target == t->pattern->nitems)
		t->reached_start = Max(t->reached_start, start);
}

extern void jny_track_init(JnyTrack *t, const JnyPattern *pattern,
						   const JnyHits *hits);
extern void jny_track_done(JnyTrack *t);

/* Takes all limits back. */
extern void jny_track_relax(JnyTrack *t);

/* Goes forward until the target is reached; whether it is. */
extern bool jny_track_run(JnyTrack *t);

/* One group of several hits, without and with "=>". */
extern void jny_track_match_group(JnyTrack *t, uint32 k, uint32 end);
extern void jny_track_scan_group(JnyTrack *t, uint32 k, uint32 end,
								 bool joined);
extern void jny_track_scan_done(JnyTrack *t);

/* The questions of match.h for patterns that are "extended". */
extern int	jny_track_depth(const JnyPattern *pattern, const JnyHits *hits);
extern void jny_track_best(const JnyPattern *pattern, const JnyHits *hits,
						   JnyAttempt *attempt);
extern bool jny_track_next(const JnyPattern *pattern, const JnyHits *hits,
						   uint32 from, JnyAttempt *attempt);
extern int64 jny_track_count(const JnyPattern *pattern, const JnyHits *hits);

/* The same with "in any order". */
extern void jny_any_best(const JnyPattern *pattern, const JnyHits *hits,
						 JnyAttempt *attempt);
extern bool jny_any_next(const JnyPattern *pattern, const JnyHits *hits,
						 uint32 from, JnyAttempt *attempt);

#endif							/* JOURNEY_TRACK_H */

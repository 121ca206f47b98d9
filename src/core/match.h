/*
 * match.h
 *	  Attempts: how far a journey follows a pattern, and when.
 *
 * An attempt assigns distinct events to the leading items so that links and
 * clauses hold; its depth is how many.  Between equal times "->" may go either
 * way; "=>" means the very next event in canonical order.  The best attempt is
 * the deepest, then the one that starts earliest, then finishes earliest, then
 * has the lexicographically smallest times, then positions.  doc/decisions.md
 * and the exhaustive search in test/core are the definition in two forms.
 *
 * The engine sees a journey as its hits: the events that satisfy at least one
 * item, each with its place in canonical order and the set of items.  Stored
 * journeys and rows under aggregation give the same hits, hence the same
 * answer.
 */
#ifndef JOURNEY_MATCH_H
#define JOURNEY_MATCH_H

#include "core/pattern.h"

typedef struct JnyHit
{
	int64		ts;
	uint64		items;			/* bit i: satisfies item i; never 0 */
	uint32		pos;			/* place in canonical order, from 0 */
} JnyHit;

/* No place among hits. */
#define JNY_NO_HIT PG_UINT32_MAX

/* A reusable buffer of hits; start with all zero. */
typedef struct JnyHits
{
	JnyHit	   *hit;
	uint32		n;
	uint32		cap;
	uint32		nevents;		/* events of the journey they came from */
	int64		as_of;			/* what is known ends here; the last event */
	uint32	   *session;		/* of each hit, if the pattern asks for it */
	uint32		session_cap;
} JnyHits;

/*
 * Step sets of a dictionary's names under one pattern, filled on demand; start
 * with all zero.
 *
 *	  mask[2 * code]	 steps that every event of the name satisfies
 *	  mask[2 * code + 1] steps that depend on its channel or value
 */
typedef struct JnyMasks
{
	uint64	   *mask;
	uint32		n;				/* names */
	uint32		cap;			/* names there is room for */
} JnyMasks;

/* The steps an event of this name may satisfy. */
extern uint64 jny_masks_get(JnyMasks *masks, const JnyPattern *pattern,
							const JnyDict *dict, uint32 code);

/* A name of a journey that means something to a pattern. */
typedef struct JnyNameSteps
{
	uint64		steps;			/* that every event of it satisfies */
	uint64		maybe;			/* that depend on its channel or value */
	uint32		code;
} JnyNameSteps;

/*
 * The names of a view that may satisfy some step, in order; "found" has room
 * for view->nnames.  Returns how many, or -1 if the lengths of the names do not
 * add up, which jny_open refuses and jny_open_places does not.
 */
extern int	jny_view_steps(const JnyPattern *pattern, const JnyView *view,
						   JnyNameSteps *found);

/* Replace the content of hits.  The path is sorted if need be. */
extern void jny_hits_of_view(JnyHits *hits, const JnyPattern *pattern,
							 const JnyView *view);
extern void jny_hits_of_path(JnyHits *hits, const JnyPattern *pattern,
							 JnyMasks *masks, JnyPath *path);

/*
 * "missing" has the items that have no event: optional ones that stay empty,
 * and with "in any order" whatever is not there; ts and pos are then those of
 * the item before, or of no meaning with "in any order".  "start" is the time of the
 * first matched event, "finish" that of the last one, optional items at the
 * end aside.  "first" and "last" are the least and the greatest position.
 */
typedef struct JnyAttempt
{
	int			depth;			/* 0: no event satisfies item 1 */
	uint64		missing;
	int64		start;
	int64		finish;
	uint32		first;
	uint32		last;
	int64		ts[JNY_MAX_ITEMS];	/* of the first depth items */
	uint32		pos[JNY_MAX_ITEMS];
} JnyAttempt;

/* Items an attempt speaks of: all of them with "in any order", else depth. */
static inline int
jny_attempt_items(const JnyPattern *pattern, const JnyAttempt *attempt)
{
	return pattern->any_order && attempt->depth > 0 ? pattern->nitems :
		attempt->depth;
}

static inline bool
jny_attempt_has(const JnyPattern *pattern, const JnyAttempt *attempt, int item)
{
	return item < jny_attempt_items(pattern, attempt) &&
		!(attempt->missing >> item & 1);
}

/* Depth of the best attempt. */
extern int	jny_match_depth(const JnyPattern *pattern, const JnyHits *hits);

/* Whether it is the whole pattern. */
static inline bool
jny_match_complete(const JnyPattern *pattern, const JnyHits *hits)
{
	return jny_match_depth(pattern, hits) == pattern->nitems;
}

/* The best attempt itself. */
extern void jny_match_best(const JnyPattern *pattern, const JnyHits *hits,
						   JnyAttempt *attempt);

/*
 * Among the complete attempts that use only events at positions >= from: the
 * one that finishes earliest, of these the one that starts latest, then the
 * smallest times and positions.  False if there is none.  Counting: continue
 * behind the greatest position of the match.
 */
extern bool jny_match_next(const JnyPattern *pattern, const JnyHits *hits,
						   uint32 from, JnyAttempt *attempt);

/* Forgets what is later than as_of; nevents are left. */
extern void jny_hits_until(JnyHits *hits, int64 as_of, uint32 nevents);

/* The first hit at a position >= from; hits->n if there is none.  O(log n). */
extern uint32 jny_hits_from(const JnyHits *hits, uint32 from);

/* The number of matches that jny_match_next finds one behind the other. */
extern int64 jny_match_count(const JnyPattern *pattern, const JnyHits *hits);

/*
 * The same answers for a stored journey without its hits, where that is
 * possible (match_chain.c): false, and nothing answered, else.  For a view of
 * jny_open_places, too: an event with a code that no name has is no hit.
 */
typedef struct JnyChainCount
{
	int64		n;				/* matches, as jny_match_count has them */
	int64		first;			/* finish of the first and of the last one */
	int64		last;
} JnyChainCount;

/* With "whole" a depth below that of the whole pattern need not be exact. */
extern bool jny_chain_depth(const JnyPattern *pattern, const JnyView *view,
							bool whole, int *depth);

/* With "one" it ends at the first match. */
extern bool jny_chain_count(const JnyPattern *pattern, const JnyView *view,
							bool one, JnyChainCount *count);

#endif							/* JOURNEY_MATCH_H */

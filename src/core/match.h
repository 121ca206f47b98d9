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

/* A reusable buffer of hits; start with all zero. */
typedef struct JnyHits
{
	JnyHit	   *hit;
	uint32		n;
	uint32		cap;
	uint32		nevents;		/* events of the journey they came from */
} JnyHits;

/*
 * Item sets of a dictionary's names under one pattern, filled on demand; start
 * with all zero.
 */
typedef struct JnyMasks
{
	uint64	   *mask;
	uint32		n;
	uint32		cap;
} JnyMasks;

extern uint64 jny_masks_get(JnyMasks *masks, const JnyPattern *pattern,
							const JnyDict *dict, uint32 code);

/* Replace the content of hits.  The path is sorted if need be. */
extern void jny_hits_of_view(JnyHits *hits, const JnyPattern *pattern,
							 const JnyView *view);
extern void jny_hits_of_path(JnyHits *hits, const JnyPattern *pattern,
							 JnyMasks *masks, JnyPath *path);

typedef struct JnyAttempt
{
	int			depth;			/* 0: no event satisfies item 1 */
	int64		ts[JNY_MAX_ITEMS];	/* of the first depth items */
	uint32		pos[JNY_MAX_ITEMS];
} JnyAttempt;

/* Depth of the best attempt. */
extern int	jny_match_depth(const JnyPattern *pattern, const JnyHits *hits);

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

/* The number of matches that jny_match_next finds one behind the other. */
extern int64 jny_match_count(const JnyPattern *pattern, const JnyHits *hits);

#endif							/* JOURNEY_MATCH_H */

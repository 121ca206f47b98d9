/*
 * match_group.h
 *	  What a pattern can do inside one group of hits of equal time.
 *
 * "Level" i means: items 0 .. i-1 have their events.  It is chained when item
 * i is joined to the one before by "=>", else free.  The items between two
 * free levels are a block: they lie side by side in canonical order.
 *
 *	  pattern   a => b -> c -> d => e
 *	  level     0    1    2    3    4    5
 *	  chained        *              *
 *
 * Between two groups only the level matters, so the whole engine asks one
 * question: entering this group at a level, at which levels can it be left?
 *
 *	  pos       17 18 19 20 21 22 23 24
 *				[chain][ blocks  ][exit]
 *
 * A chain that goes on takes the first events, one that will go on the last
 * ones, and blocks lie in between without overlap, in any order.  Without "=>"
 * every block is one event and this is bipartite matching.
 */
#ifndef JOURNEY_MATCH_GROUP_H
#define JOURNEY_MATCH_GROUP_H

#include "core/match.h"


/* Candidates a group keeps: as many per item as the pattern has items. */
#define JNY_MAX_KEPT (JNY_MAX_ITEMS * JNY_MAX_ITEMS)

/* Places a group keeps for all blocks; see max_places. */
#define JNY_MAX_PLACES \
	(JNY_MAX_MIXED_PARTS * JNY_MAX_ITEMS + \
	 JNY_MAX_MIXED_PARTS * (2 * JNY_MAX_ITEMS + 1))

/* The hits, the items to fill, and scratch space for one group. */
typedef struct JnyMatcher
{
	const JnyHit *hit;
	uint32		nhits;
	uint32		pin;			/* the hit that item 0 must be, or JNY_NO_HIT */
	int			n;				/* items to fill */
	uint64		items;			/* bits 0 .. n-1 */
	uint64		chained;		/* bit i: level i is chained */
	uint64		window;			/* microseconds, PG_UINT64_MAX without */
	int			nblocks;
	int			max_blocks;		/* of the whole pattern */
	uint8		first_item[JNY_MAX_ITEMS + 1];	/* of block; n behind the last */
	uint8		block[JNY_MAX_ITEMS];	/* of item */

	/* the current group */
	uint32		first;
	uint32		end;
	bool		joined;			/* the next hit is the very next event */
	uint64		present;		/* items that some event satisfies */

	/* matching, without "=>" */
	int			run_from;		/* items run_from .. run_to-1 are matched */
	int			run_to;
	int			nkept;
	int			event_of[JNY_MAX_ITEMS];	/* position in kept */
	uint32		kept[JNY_MAX_KEPT];
	uint64		kept_items[JNY_MAX_KEPT];
	int8		owner[JNY_MAX_KEPT];	/* item, or -1 */
	bool		fixed[JNY_MAX_KEPT];
	bool		seen[JNY_MAX_KEPT];

	/* packing, with "=>" */
	uint32	   *ends;			/* by set of blocks: least end; 2^max_blocks */
	int			nplaces[JNY_MAX_MIXED_PARTS];
	uint32	   *places[JNY_MAX_MIXED_PARTS];
	uint32		place[JNY_MAX_PLACES];
	int			alike[JNY_MAX_MIXED_PARTS]; /* block before, same places; -1 */
	int			nused;			/* hits no block may use any more */
	uint32		used_from[JNY_MAX_MIXED_PARTS];
	uint32		used_end[JNY_MAX_MIXED_PARTS];
} JnyMatcher;

/* How a group can be left. */
typedef struct JnyMoves
{
	int			reach;			/* greatest free level, or -1 */
	uint64		exits;			/* chained levels behind it */
} JnyMoves;

/* The items hit k can fill. */
static inline uint64
jny_matcher_items(const JnyMatcher *m, uint32 k)
{
	uint64		items = m->hit[k].items & m->items;

	if (m->pin == JNY_NO_HIT)
		return items;
	return k == m->pin ? 1 : items & ~UINT64CONST(1);
}

static inline uint64
jny_bit(int i)
{
	return UINT64CONST(1) << i;
}

/* Bits 0 .. n-1, n from 0 to 64. */
static inline uint64
jny_low_bits(int n)
{
	return n >= 64 ? PG_UINT64_MAX : jny_bit(n) - 1;
}

extern void jny_matcher_init(JnyMatcher *m, const JnyPattern *pattern,
							 const JnyHits *hits);
extern void jny_matcher_aim(JnyMatcher *m, const JnyPattern *pattern, int n);
extern void jny_matcher_done(JnyMatcher *m);

extern uint32 jny_group_end(const JnyMatcher *m, uint32 first);
extern uint32 jny_group_first(const JnyMatcher *m, uint32 end);

/*
 * Make hits first .. end-1, all those of one time, the current group; then ask
 * for moves, level by level in ascending order.
 */
extern void jny_group_set(JnyMatcher *m, uint32 first, uint32 end);
extern JnyMoves jny_group_moves(JnyMatcher *m, int level);

/*
 * After moves from a level to reach: the lexicographically smallest hits for
 * the items level .. exit-1 (reach-1 if exit is 0), into hit[item].
 */
extern void jny_group_place(JnyMatcher *m, int level, int reach, int exit,
							uint32 *hit);

#endif							/* JOURNEY_MATCH_GROUP_H */

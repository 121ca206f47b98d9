/*
 * match_level.h
 *	  One pass over the hits of a chain, a pattern of steps, "->", "within" and
 *	  "without" alone, none of which share a time.
 *
 * It keeps for each level (steps taken so far) the latest start of an attempt
 * that is there, for a later start is never worse: no search, no list of hits.
 *
 *	  level		0	  1		 2	 ...  n
 *	  start   any  start  start
 *
 * Times are in any unit from any origin, below 2^63.
 */
#ifndef JOURNEY_MATCH_LEVEL_H
#define JOURNEY_MATCH_LEVEL_H

#include "core/pattern.h"

#include "port/pg_bitutils.h"

/* A start that nothing is within reach of. */
#define JNY_NO_START (UINT64CONST(1) << 63)

typedef struct JnyLevels
{
	int			n;				/* steps to take, at least 1 */
	bool		one;			/* stop at the first match */
	uint64		window;			/* in the unit of the times */
	int			deepest;
	int64		matches;
	uint64		first_finish;	/* of the first and of the last match */
	uint64		last_finish;
	uint64		start[JNY_MAX_ITEMS + 1];
} JnyLevels;

static inline void
jny_levels_forget(JnyLevels *levels)
{
	for (int i = 0; i <= levels->n; i++)
		levels->start[i] = JNY_NO_START;
}

/* Ready for the first n steps of a pattern; a time unit is so many us. */
static inline void
jny_levels_init(JnyLevels *levels, const JnyPattern *pattern, int n, bool one,
				int64 unit)
{
	levels->n = n;
	levels->one = one;
	levels->window = pattern->within < 0 ? (uint64) PG_INT64_MAX :
		(uint64) pattern->within / (uint64) unit;
	levels->deepest = 0;
	levels->matches = 0;
	jny_levels_forget(levels);
}

/*
 * Notes a match that ends here, behind which the search begins anew; true if
 * that is all that was asked.
 */
static inline bool
jny_levels_complete(JnyLevels *levels, uint64 ts)
{
	if (levels->matches++ == 0)
		levels->first_finish = ts;
	levels->last_finish = ts;
	jny_levels_forget(levels);
	return levels->one;
}

/*
 * Takes an event into account that can be the step behind a level and nothing
 * else.  True if the chain is complete and that is all that was asked.  Whether
 * the step is within reach is hard to predict: no branch depends on it.
 */
static inline bool
jny_levels_step(JnyLevels *levels, int level, uint64 ts)
{
	uint64	   *start = levels->start + level;
	uint64		reached;
	int			depth;

	levels->start[0] = ts;
	reached = 0 - (uint64) (ts - start[0] <= levels->window);
	start[1] = (start[0] & reached) | (start[1] & ~reached);
	depth = (level + 1) & (int) reached;
	levels->deepest = Max(levels->deepest, depth);
	return unlikely(depth == levels->n) && jny_levels_complete(levels, ts);
}

/*
 * The same for an event that can be some of the steps, and ends attempts at the
 * levels "stops"; one of the two is not empty.  From the highest level down, so
 * that no attempt takes an event twice, and an attempt that an event ends is
 * not one that has just taken it.
 */
static inline bool
jny_levels_take(JnyLevels *levels, uint64 steps, uint64 stops, uint64 ts)
{
	uint64		left = steps | stops;
	int			deepest = 0;

	levels->start[0] = ts;
	do
	{
		int			level = pg_leftmost_one_pos64(left);
		uint64		start = levels->start[level];
		bool		step = (steps >> level & 1) & (ts - start <= levels->window);
		bool		stop = stops >> level & 1;

		left &= ~(UINT64CONST(1) << level);
		levels->start[level + 1] = step ? start : levels->start[level + 1];
		levels->start[level] = stop ? JNY_NO_START : start;
		deepest = step && level + 1 > deepest ? level + 1 : deepest;
	} while (left);
	levels->deepest = Max(levels->deepest, deepest);
	return unlikely(deepest == levels->n) && jny_levels_complete(levels, ts);
}

/*
 * What an event of these steps is to the first n items of a chain: *takes, the
 * ones it can be, and *stops, the levels it ends.  False if it can be a step
 * and what must not lie in the whole attempt at once, which levels cannot tell.
 */
extern bool jny_chain_roles(const JnyPattern *pattern, uint64 steps, int n,
							uint64 *takes, uint64 *stops);

/* The number of leading items of a chain that are among these steps. */
static inline int
jny_chain_present(const JnyPattern *pattern, uint64 steps)
{
	int			n = 0;

	while (n < pattern->nitems && (steps >> n & 1))
		n++;
	return n;
}

#endif							/* JOURNEY_MATCH_LEVEL_H */

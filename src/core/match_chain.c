/*
 * match_chain.c
 *	  Chains, the patterns most people write, answered from the bytes.
 *
 * A chain has steps, "->", "within" and "without", nothing else.  Where no two
 * hits share a time, one pass does without any search: it keeps for each level
 * (steps taken so far) the latest start of an attempt that is there, for a
 * later start is never worse.  Hits are neither collected nor are their times
 * made absolute.  A journey that does have two hits at one time, where "->" may
 * go either way, is left to the engine.
 *
 *	  level		0	  1		 2	 ...  n
 *	  start   any  start  start
 */
#include "core/match.h"

#include "port/pg_bitutils.h"

/* Events whose codes are looked at in one go. */
#define CHUNK 1024

/* Names for which there is room; a journey with more is left to the engine. */
#define FEW_NAMES 256

/* A start that nothing is within reach of: times are below 2^63 units. */
#define NO_START (UINT64CONST(1) << 63)

typedef struct Chain
{
	const uint8 *codes;
	const uint8 *times;
	int			width;			/* bytes of a time */
	int			n;				/* steps to take */
	bool		one;			/* stop at the first match */
	uint64		window;			/* in units of the journey */
	uint64		last;			/* time of the hit before */
	int			deepest;
	uint64		start[JNY_MAX_ITEMS + 1];
	int64		matches;
	uint64		first_finish;	/* of the first and of the last match */
	uint64		last_finish;
	uint64		steps[FEW_NAMES];	/* by code: the steps it can take */
	uint64		stops[FEW_NAMES];	/* levels it ends, for a "without" */
} Chain;

static inline void
no_starts(Chain *chain)
{
	for (int i = 0; i <= chain->n; i++)
		chain->start[i] = NO_START;
}

/*
 * Takes an event, alone at its time, into account; true if the chain is
 * complete and that is all that was asked.  From the highest level down, so
 * that no attempt takes an event twice, and an attempt that an event ends is
 * not one that has just taken it.
 */
static inline bool
take_event(Chain *chain, uint64 steps, uint64 stops, uint64 ts)
{
	uint64		left = steps | stops;
	int			reached = 0;

	chain->start[0] = ts;
	while (left)
	{
		int			level = pg_leftmost_one_pos64(left);
		uint64		start = chain->start[level];
		bool		step = (steps >> level & 1) & (ts - start <= chain->window);
		bool		stop = stops >> level & 1;

		left &= ~(UINT64CONST(1) << level);
		chain->start[level + 1] = step ? start : chain->start[level + 1];
		chain->start[level] = stop ? NO_START : start;
		reached = step && level + 1 > reached ? level + 1 : reached;
	}
	chain->deepest = Max(chain->deepest, reached);
	if (likely(reached < chain->n))
		return false;
	if (chain->matches++ == 0)
		chain->first_finish = ts;
	chain->last_finish = ts;
	no_starts(chain);
	return chain->one;
}

/* Takes the events picked; true if all is known.  *ties: two share a time. */
static inline bool
take_events(Chain *chain, const uint32 *picked, uint32 n, bool *ties)
{
	for (uint32 k = 0; k < n; k++)
	{
		uint32		i = picked[k];
		uint32		code = chain->codes[i];
		uint64		ts = jny_get64(chain->times + ((size_t) i + 1) * chain->width - 8) >>
		(64 - 8 * chain->width);

		if (ts == chain->last)
		{
			*ties = true;
			return true;
		}
		chain->last = ts;
		if (take_event(chain, chain->steps[code], chain->stops[code], ts))
			return true;
	}
	return false;
}

/* Goes through the events of a view.  False if two hits share a time. */
static bool
run(Chain *chain, const JnyView *view, const uint8 *matters)
{
	uint32		picked[CHUNK];
	bool		ties = false;

	for (uint32 from = 0; from < view->n; from += CHUNK)
	{
		uint32		to = Min(view->n - from, CHUNK) + from;
		uint32		n = jny_pick_events(view->codes, matters, from, to, picked);

		if ((from & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (take_events(chain, picked, n, &ties))
			break;
	}
	return !ties;
}

/* The levels, out of those below n, that an event of such steps ends. */
static uint64
stopped_levels(const JnyPattern *pattern, uint64 steps, int n)
{
	uint64		levels = 0;

	for (int i = 1; i < n; i++)
	{
		int			step = pattern->items[i].without;

		if ((step >= 0 && (steps >> step & 1)) ||
			(pattern->without >= 0 && (steps >> pattern->without & 1)))
			levels |= UINT64CONST(1) << i;
	}
	return levels;
}

/* The number of leading items that some name of the journey can fill. */
static int
items_present(const JnyPattern *pattern, uint64 steps)
{
	int			n = 0;

	while (n < pattern->nitems && (steps >> n & 1))
		n++;
	return n;
}

/*
 * Prepares the search for the first n steps.  False if an event can be a step
 * and what must not lie in the whole attempt at once.
 */
static bool
aim(Chain *chain, const JnyPattern *pattern, const JnyView *view,
	const JnyNameSteps *found, uint32 nfound, int n, uint8 *matters)
{
	uint64		items = (UINT64CONST(2) << (n - 1)) - 1;

	chain->codes = view->codes;
	chain->times = view->times;
	chain->width = view->width;
	chain->n = n;
	chain->window = pattern->within < 0 ? (uint64) PG_INT64_MAX :
		(uint64) pattern->within / (uint64) view->unit;
	chain->last = PG_UINT64_MAX;
	chain->deepest = 0;
	chain->matches = 0;
	no_starts(chain);
	memset(matters, 0, view->nnames);
	for (uint32 i = 0; i < nfound; i++)
	{
		uint64		steps = found[i].steps;
		uint32		code = found[i].code;

		chain->steps[code] = steps & items;
		chain->stops[code] = 0;
		if (pattern->nsteps > pattern->nitems && steps >> pattern->nitems)
		{
			chain->stops[code] = stopped_levels(pattern, steps, n);
			if (pattern->without >= 0 && (steps & items) &&
				(steps >> pattern->without & 1))
				return false;
		}
		matters[code] = (chain->steps[code] | chain->stops[code]) != 0;
	}
	return true;
}

/*
 * The names that mean something to the pattern, and the number of leading
 * items that they can fill; -1 if the engine must be asked.
 */
static int
open_chain(const JnyPattern *pattern, const JnyView *view, JnyNameSteps *found,
		   uint32 *nfound)
{
	uint64		steps = 0;
	uint64		maybe = 0;

	if (!pattern->chain || view->nnames > FEW_NAMES ||
		(view->flags & JNY_FLAG_WIDE_NAMES))
		return -1;
	*nfound = jny_view_steps(pattern, view, found);
	for (uint32 i = 0; i < *nfound; i++)
	{
		steps |= found[i].steps;
		maybe |= found[i].maybe;
	}
	return maybe ? -1 : items_present(pattern, steps);
}

bool
jny_chain_depth(const JnyPattern *pattern, const JnyView *view, bool whole,
				int *depth)
{
	Chain		chain;
	JnyNameSteps found[FEW_NAMES];
	uint32		nfound;
	uint8		matters[FEW_NAMES];
	int			n = open_chain(pattern, view, found, &nfound);

	*depth = Min(n, 1);
	if (n < 2)
		return n >= 0;
	if (whole && n < pattern->nitems)
		return true;
	chain.one = true;
	if (!aim(&chain, pattern, view, found, nfound, n, matters) ||
		!run(&chain, view, matters))
		return false;
	*depth = chain.deepest;
	return true;
}

/* Every hit is a match of a pattern of one step, whatever shares its time. */
static void
count_step(Chain *chain, const JnyView *view, const uint8 *matters,
		   JnyChainCount *count)
{
	uint32		first = 0;
	uint32		last = view->n - 1;

	for (uint32 i = 0; i < view->n; i++)
		count->n += matters[chain->codes[i]];
	if (count->n == 0)
		return;
	while (!matters[chain->codes[first]])
		first++;
	while (!matters[chain->codes[last]])
		last--;
	count->first = jny_time(view, first);
	count->last = jny_time(view, last);
}

bool
jny_chain_count(const JnyPattern *pattern, const JnyView *view, bool one,
				JnyChainCount *count)
{
	Chain		chain;
	JnyNameSteps found[FEW_NAMES];
	uint32		nfound;
	uint8		matters[FEW_NAMES];
	int			n = open_chain(pattern, view, found, &nfound);

	count->n = 0;
	if (n < pattern->nitems)
		return n >= 0;
	chain.one = one;
	if (!aim(&chain, pattern, view, found, nfound, n, matters))
		return false;
	if (n == 1)
	{
		count_step(&chain, view, matters, count);
		return true;
	}
	if (!run(&chain, view, matters))
		return false;
	count->n = chain.matches;
	count->first = (int64) ((uint64) view->first +
							chain.first_finish * (uint64) view->unit);
	count->last = (int64) ((uint64) view->first +
						   chain.last_finish * (uint64) view->unit);
	return true;
}

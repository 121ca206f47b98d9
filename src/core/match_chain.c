/*
 * match_chain.c
 *	  Chains, the patterns most people write, answered from the bytes.
 *
 * Where no two hits share a time, one pass over the levels (match_level.h) does:
 * hits are neither collected nor are their times made absolute.  A journey that
 * does have two hits at one time, where "->" may go either way, is left to the
 * engine.
 */
#include "core/match.h"

#include "core/match_level.h"

/* Events whose codes are looked at in one go. */
#define CHUNK 1024

/* Names for which there is room; a journey with more is left to the engine. */
#define FEW_NAMES 256

typedef struct Chain
{
	const uint8 *codes;
	const uint8 *times;
	int			width;			/* bytes of a time */
	uint64		last;			/* time of the hit before */
	JnyLevels	levels;
	uint64		takes[FEW_NAMES];	/* by code: see jny_chain_roles */
	uint64		stops[FEW_NAMES];
} Chain;

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
		if (jny_levels_take(&chain->levels, chain->takes[code],
							chain->stops[code], ts))
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

/* What an event is to a chain: see match_level.h. */
bool
jny_chain_roles(const JnyPattern *pattern, uint64 steps, int n, uint64 *takes,
				uint64 *stops)
{
	*takes = steps & ((UINT64CONST(2) << (n - 1)) - 1);
	*stops = 0;
	if (pattern->nsteps == pattern->nitems || steps >> pattern->nitems == 0)
		return true;
	*stops = stopped_levels(pattern, steps, n);
	return pattern->without < 0 || *takes == 0 ||
		!(steps >> pattern->without & 1);
}

/*
 * Prepares the search for the first n steps.  False if an event can be a step
 * and what must not lie in the whole attempt at once.
 */
static bool
aim(Chain *chain, const JnyPattern *pattern, const JnyView *view,
	const JnyNameSteps *found, uint32 nfound, int n, bool one, uint8 *matters)
{
	chain->codes = view->codes;
	chain->times = view->times;
	chain->width = view->width;
	chain->last = PG_UINT64_MAX;
	jny_levels_init(&chain->levels, pattern, n, one, view->unit);
	memset(matters, 0, view->nnames);
	for (uint32 i = 0; i < nfound; i++)
	{
		uint32		code = found[i].code;

		if (!jny_chain_roles(pattern, found[i].steps, n, &chain->takes[code],
							 &chain->stops[code]))
			return false;
		matters[code] = (chain->takes[code] | chain->stops[code]) != 0;
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
	return maybe ? -1 : jny_chain_present(pattern, steps);
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
	if (!aim(&chain, pattern, view, found, nfound, n, true, matters) ||
		!run(&chain, view, matters))
		return false;
	*depth = chain.levels.deepest;
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
	if (!aim(&chain, pattern, view, found, nfound, n, one, matters))
		return false;
	if (n == 1)
	{
		count_step(&chain, view, matters, count);
		return true;
	}
	if (!run(&chain, view, matters))
		return false;
	count->n = chain.levels.matches;
	count->first = (int64) ((uint64) view->first +
							chain.levels.first_finish * (uint64) view->unit);
	count->last = (int64) ((uint64) view->first +
						   chain.levels.last_finish * (uint64) view->unit);
	return true;
}

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
#include "core/pick.h"

/* Names there is room for; a journey with more is left to the engine. */
#define FEW_NAMES 256

/* What a name is to the chain, from 1; 0: nothing. */
typedef struct Role
{
	uint64		takes;			/* see jny_chain_roles */
	uint64		stops;
	int			level;			/* of which it takes the step, and no more; -1 */
} Role;

typedef struct Chain
{
	JnyLevels	levels;
	uint64		last;			/* time of the hit before */
	bool		ties;			/* two hits share a time */
	Role		roles[FEW_NAMES];
	uint8		role[FEW_NAMES];	/* by code */
	JnyPick		pick;			/* codes that have a role */
} Chain;

/* Takes the events picked of those that begin here; true if all is known. */
static inline bool
take_events(Chain *chain, const uint8 *codes, const uint8 *times, int width,
			uint64 picked)
{
	for (; picked; picked &= picked - 1)
	{
		uint32		i = pg_rightmost_one_pos64(picked);
		const Role *role = &chain->roles[chain->role[codes[i]]];
		uint64		ts = jny_get64(times + (i + 1) * width - 8) >> (64 - 8 * width);

		if (unlikely(ts == chain->last))
			return chain->ties = true;
		chain->last = ts;
		if (likely(role->level >= 0) ?
			jny_levels_step(&chain->levels, role->level, ts) :
			jny_levels_take(&chain->levels, role->takes, role->stops, ts))
			return true;
	}
	return false;
}

/* Goes through the events of a view.  False if two hits share a time. */
static bool
run(Chain *chain, const JnyView *view)
{
	const uint8 *codes = view->codes;
	const uint8 *times = view->times;

	chain->last = PG_UINT64_MAX;
	chain->ties = false;
	for (uint32 from = 0; from < view->n; from += JNY_PICK_MOST)
	{
		uint64		picked = jny_pick(&chain->pick, codes,
									  Min(view->n - from, JNY_PICK_MOST));

		if ((from & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (take_events(chain, codes, times, view->width, picked))
			break;
		codes += JNY_PICK_MOST;
		times += JNY_PICK_MOST * view->width;
	}
	return !chain->ties;
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
 * The names that mean something to the pattern, and the number of leading
 * items that they can fill; -1 if the engine must be asked.
 */
static int
open_chain(const JnyPattern *pattern, const JnyView *view, JnyNameSteps *found,
		   int *nfound)
{
	uint64		steps = 0;
	uint64		maybe = 0;

	if (!pattern->chain || view->nnames > FEW_NAMES ||
		(view->flags & JNY_FLAG_WIDE_NAMES))
		return -1;
	*nfound = jny_view_steps(pattern, view, found);
	for (int i = 0; i < *nfound; i++)
	{
		steps |= found[i].steps;
		maybe |= found[i].maybe;
	}
	return *nfound < 0 || *nfound >= FEW_NAMES || maybe ? -1 :
		jny_chain_present(pattern, steps);
}

/*
 * Gives the names found their roles for the first n steps.  False if an event
 * can be a step and what must not lie in the whole attempt at once.
 */
static bool
give_roles(Chain *chain, const JnyPattern *pattern, const JnyNameSteps *found,
		   int nfound, int n)
{
	uint8		codes[FEW_NAMES];
	int			ncodes = 0;

	memset(chain->role, 0, sizeof(chain->role));
	for (int i = 0; i < nfound; i++)
	{
		Role	   *role = &chain->roles[i + 1];

		if (!jny_chain_roles(pattern, found[i].steps, n, &role->takes, &role->stops))
			return false;
		if ((role->takes | role->stops) == 0)
			continue;
		role->level = role->stops == 0 && (role->takes & (role->takes - 1)) == 0 ?
			pg_leftmost_one_pos64(role->takes) : -1;
		chain->role[found[i].code] = (uint8) (i + 1);
		codes[ncodes++] = (uint8) found[i].code;
	}
	jny_pick_init(&chain->pick, chain->role, codes, ncodes);
	return true;
}

bool
jny_chain_depth(const JnyPattern *pattern, const JnyView *view, bool whole,
				int *depth)
{
	Chain		chain;
	JnyNameSteps found[FEW_NAMES];
	int			nfound;
	int			n = open_chain(pattern, view, found, &nfound);

	*depth = Min(n, 1);
	if (n < 2)
		return n >= 0;
	if (whole && n < pattern->nitems)
		return true;
	jny_levels_init(&chain.levels, pattern, n, true, view->unit);
	if (!give_roles(&chain, pattern, found, nfound, n) || !run(&chain, view))
		return false;
	*depth = chain.levels.deepest;
	return true;
}

/* Every hit is a match of a pattern of one step, whatever shares its time. */
static void
count_step(const Chain *chain, const JnyView *view, JnyChainCount *count)
{
	uint32		first = 0;
	uint32		last = view->n - 1;

	for (uint32 i = 0; i < view->n; i++)
		count->n += chain->role[view->codes[i]] != 0;
	if (count->n == 0)
		return;
	while (!chain->role[view->codes[first]])
		first++;
	while (!chain->role[view->codes[last]])
		last--;
	count->first = jny_time(view, first);
	count->last = jny_time(view, last);
}

/* A time of the levels as everybody tells it. */
static int64
time_of(const JnyView *view, uint64 ts)
{
	return (int64) ((uint64) view->first + ts * (uint64) view->unit);
}

bool
jny_chain_count(const JnyPattern *pattern, const JnyView *view, bool one,
				JnyChainCount *count)
{
	Chain		chain;
	JnyNameSteps found[FEW_NAMES];
	int			nfound;
	int			n = open_chain(pattern, view, found, &nfound);

	count->n = 0;
	if (n < pattern->nitems)
		return n >= 0;
	jny_levels_init(&chain.levels, pattern, n, one, view->unit);
	if (!give_roles(&chain, pattern, found, nfound, n))
		return false;
	if (n == 1)
	{
		count_step(&chain, view, count);
		return true;
	}
	if (!run(&chain, view))
		return false;
	count->n = chain.levels.matches;
	count->first = time_of(view, chain.levels.first_finish);
	count->last = time_of(view, chain.levels.last_finish);
	return true;
}

/*
 * match_stash.c
 *	  Chains answered from events under aggregation.
 *
 * Most groups are small and there are many, so what counts is what a row costs:
 * it is read and taken into account in one go.
 */
#include "core/match_stash.h"

#include "core/match_level.h"

/* A level that no role ends stands for "only the engine can tell". */
#define ASK_ENGINE UINT64CONST(1)

typedef struct Search
{
	JnyLevels	levels;
	const JnyRole *role;		/* by code */
	int64		first;			/* time of the first row */
	int64		last;			/* of the row before */
	uint64		last_hit;		/* of the hit before, since the first row */
	bool		known;			/* if all rows are in order */
} Search;

/* Gives the newest names of the dictionary their roles. */
static void
fill_roles(JnyRoles *roles, const JnyPattern *pattern, const JnyDict *dict)
{
	uint32		count = jny_dict_count(dict);

	if (count > roles->cap)
	{
		uint32		cap = Max(count, 2 * roles->cap);
		size_t		size = cap * sizeof(JnyRole);

		roles->role = roles->role ? jny_realloc(roles->role, size) :
			jny_alloc(size);
		roles->cap = cap;
	}
	for (; roles->n < count; roles->n++)
	{
		JnyRole    *role = &roles->role[roles->n];
		uint64		maybe;
		uint64		steps = jny_pattern_masks(pattern,
											  jny_dict_name(dict, roles->n),
											  &maybe);

		if (!jny_chain_roles(pattern, steps, pattern->nitems, &role->takes,
							 &role->stops) || maybe != 0)
			role->stops = ASK_ENGINE;
		role->level = role->stops == 0 && role->takes != 0 &&
			(role->takes & (role->takes - 1)) == 0 ?
			pg_rightmost_one_pos64(role->takes) : -1;
	}
}

/* Ready for the first row; with "one" the first match is all that is asked. */
static void
open_search(Search *search, const JnyPattern *pattern, JnyRoles *roles,
			const JnyDict *dict, bool one)
{
	fill_roles(roles, pattern, dict);
	search->role = roles->role;
	search->last_hit = PG_UINT64_MAX;
	search->known = false;
	jny_levels_init(&search->levels, pattern, pattern->nitems, one, 1);
}

/*
 * Takes a row into account that came so long after the row before; false if
 * the engine must be asked.  An event that comes too late may end what seemed
 * complete, so the order matters to the last row.
 */
static inline bool
take_row(Search *search, uint64 offset, uint32 code)
{
	const JnyRole *role = &search->role[code];
	int64		at = (int64) ((uint64) search->last + offset);
	uint64		ts = (uint64) at - (uint64) search->first;

	/* back in time, or farther from the first row than levels can tell */
	if (unlikely(at < search->last || ts >> 63 != 0))
		return false;
	search->last = at;
	if ((role->takes | role->stops) == 0 || search->known)
		return true;
	if (unlikely(ts == search->last_hit || role->stops == ASK_ENGINE))
		return false;
	search->last_hit = ts;
	search->known = likely(role->level >= 0) ?
		jny_levels_step(&search->levels, role->level, ts) :
		jny_levels_take(&search->levels, role->takes, role->stops, ts);
	return true;
}

/* Goes through all rows, at least one; false if the engine must be asked. */
static bool
search_rows(Search *search, const JnyStash *stash)
{
	JnyStashReader reader;
	JnyEvent	event;
	const uint8 *at;

	jny_stash_open(&reader, stash);
	if (reader.at == reader.end)
		jny_stash_next(&reader);
	at = jny_stash_row(reader.at, &event);
	search->first = search->last = event.ts;
	event.ts = 0;
	while (take_row(search, (uint64) event.ts, event.name))
	{
		if (at == reader.end)
		{
			JNY_CHECK_INTERRUPTS();
			if (!jny_stash_next(&reader))
				return true;
			at = reader.at;
		}
		at = jny_stash_row(at, &event);
	}
	return false;
}

bool
jny_stash_depth(const JnyPattern *pattern, JnyRoles *roles,
				const JnyDict *dict, const JnyStash *stash, int *depth)
{
	Search		search;

	if (!pattern->chain)
		return false;
	*depth = 0;
	if (stash->n == 0)
		return true;
	open_search(&search, pattern, roles, dict, true);
	if (!search_rows(&search, stash))
		return false;
	*depth = search.levels.deepest;
	return true;
}

/*
 * Every hit is a match of a pattern of one step, in whatever order they came;
 * false if the engine must be asked.
 */
static bool
count_step(const Search *search, const JnyStash *stash, JnyChainCount *count)
{
	JnyStashReader reader;
	JnyEvent	event;
	uint64		ts = 0;

	jny_stash_open(&reader, stash);
	do
	{
		JNY_CHECK_INTERRUPTS();
		for (const uint8 *at = reader.at; at < reader.end;)
		{
			at = jny_stash_row(at, &event);
			ts += (uint64) event.ts;
			if (search->role[event.name].stops == ASK_ENGINE)
				return false;
			if (search->role[event.name].takes == 0)
				continue;
			if (count->n == 0 || (int64) ts < count->first)
				count->first = (int64) ts;
			if (count->n == 0 || (int64) ts > count->last)
				count->last = (int64) ts;
			count->n++;
		}
	} while (jny_stash_next(&reader));
	return true;
}

bool
jny_stash_count(const JnyPattern *pattern, JnyRoles *roles,
				const JnyDict *dict, const JnyStash *stash, bool one,
				JnyChainCount *count)
{
	Search		search;

	if (!pattern->chain)
		return false;
	count->n = 0;
	if (stash->n == 0)
		return true;
	open_search(&search, pattern, roles, dict, one);
	if (pattern->nitems == 1)
		return count_step(&search, stash, count);
	if (!search_rows(&search, stash))
		return false;
	count->n = search.levels.matches;
	count->first = (int64) ((uint64) search.first + search.levels.first_finish);
	count->last = (int64) ((uint64) search.first + search.levels.last_finish);
	return true;
}

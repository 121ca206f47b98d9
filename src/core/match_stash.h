/*
 * match_stash.h
 *	  Chains, the patterns most people write, answered from events under
 *	  aggregation while they are read, in one pass and without a list of them.
 *
 * The answers are those of match.h where the rows came in order of time and no
 * two hits share one; else there is none, and the engine is asked.
 */
#ifndef JOURNEY_MATCH_STASH_H
#define JOURNEY_MATCH_STASH_H

#include "core/match.h"
#include "core/stash.h"

/* What the events of a name are to a chain: see jny_chain_roles. */
typedef struct JnyRole
{
	uint64		takes;
	uint64		stops;
	int			level;			/* of which it takes the step, and no more; -1 */
} JnyRole;

/* Roles of a dictionary's names under one pattern; start with all zero. */
typedef struct JnyRoles
{
	JnyRole    *role;
	uint32		n;				/* names */
	uint32		cap;			/* names there is room for */
} JnyRoles;

/*
 * As jny_chain_depth and jny_chain_count.  Codes in the stash are of "dict";
 * new names of it get their roles, in the current memory context.  O(rows).
 */
extern bool jny_stash_depth(const JnyPattern *pattern, JnyRoles *roles,
							const JnyDict *dict, const JnyStash *stash,
							int *depth);
extern bool jny_stash_count(const JnyPattern *pattern, JnyRoles *roles,
							const JnyDict *dict, const JnyStash *stash,
							bool one, JnyChainCount *count);

#endif							/* JOURNEY_MATCH_STASH_H */

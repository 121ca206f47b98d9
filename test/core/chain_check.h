/*
 * chain_check.h
 *	  The answers that come from the bytes against those that come from hits.
 */
#ifndef JOURNEY_CHAIN_CHECK_H
#define JOURNEY_CHAIN_CHECK_H

#include "core/match.h"

/* How many questions were answered so, and how many of them take two steps. */
static long chain_answers;
static long chain_deep_answers;

/* Finish of the first and of the last match, one by one; false without any. */
static inline bool
finishes(const JnyPattern *pattern, const JnyHits *hits, int64 *first,
		 int64 *last)
{
	JnyAttempt	attempt;
	uint32		from = 0;

	while (jny_match_next(pattern, hits, from, &attempt))
	{
		if (from == 0)
			*first = attempt.finish;
		*last = attempt.finish;
		from = attempt.last + 1;
	}
	return from > 0;
}

static inline bool
chain_agrees(const JnyPattern *pattern, const JnyView *view,
			 const JnyHits *hits)
{
	int			want = jny_match_depth(pattern, hits);
	int			depth;
	JnyChainCount count;
	int64		first = 0;
	int64		last = 0;
	bool		some;

	if (jny_chain_depth(pattern, view, false, &depth))
	{
		chain_answers++;
		chain_deep_answers += want > 1;
		if (depth != want)
			return false;
	}
	if (jny_chain_depth(pattern, view, true, &depth) &&
		(depth == pattern->nitems) != (want == pattern->nitems))
		return false;
	if (!jny_chain_count(pattern, view, false, &count))
		return true;
	some = finishes(pattern, hits, &first, &last);
	if (count.n != jny_match_count(pattern, hits) || some != (count.n > 0) ||
		(some && (count.first != first || count.last != last)))
		return false;
	return !jny_chain_count(pattern, view, true, &count) ||
		(some == (count.n > 0) && (!some || count.first == first));
}

#endif							/* JOURNEY_CHAIN_CHECK_H */

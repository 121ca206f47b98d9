/*
 * log_chain.h
 *	  Chains answered from the words of a customer, without hits.
 *
 * Most customers have a few events of a funnel, no two of them at one time.
 * One or two passes over their words tell the best attempt; the others are left
 * to the engine.
 */
#ifndef JOURNEY_LOG_CHAIN_H
#define JOURNEY_LOG_CHAIN_H

#include "core/log.h"
#include "core/match.h"

/* Whether a pattern is steps, "->" and "within" alone. */
static inline bool
jny_log_is_chain(const JnyPattern *pattern)
{
	return pattern->chain && !pattern->extended;
}

/*
 * The best attempt of a customer at such a pattern: depth, times, nothing
 * missing; other fields are not set.  "items" tells what each rank can be; the
 * words are narrow and sorted.  False, and nothing answered, where two of the
 * events share a time.  O(words * items) at worst.
 */
extern bool jny_log_chain(const JnyPattern *pattern, const uint64 *items,
						  const uint64 *words, uint32 n, JnyAttempt *attempt);

#endif							/* JOURNEY_LOG_CHAIN_H */

/*
 * append.h
 *	  A journey and one that goes on behind it, put together byte by byte.
 *
 * New events are later than old ones as a rule.  Then nothing has to be
 * expanded, sorted and interned: dictionaries are united, codes translated,
 * the rest copied.
 */
#ifndef JOURNEY_APPEND_H
#define JOURNEY_APPEND_H

#include "core/journey.h"

/*
 * The journey of all events of a and b, the canonical bytes that merging paths
 * would give, in a new allocation whose first "reserve" bytes are left for the
 * caller; *len counts the journey only.
 *
 * NULL, and nothing done, unless all of b is later than all of a, both have
 * events, names and channels fit one byte, and there are few enough events for
 * no limit to be near: then the general way is to be taken.
 *
 * The journeys need only be open SAFE: whatever they are, nothing outside them
 * is read; but what was not canonical is not made so.
 */
extern uint8 *jny_append(const JnyView *a, const JnyView *b, size_t reserve,
						 size_t *len);

#endif							/* JOURNEY_APPEND_H */

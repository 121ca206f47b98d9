/*
 * distance.h
 *	  How far two journeys are apart, and journeys as points in space.
 *
 * Both look at the path with consecutive repeats shown once, and at names
 * only.
 */
#ifndef JOURNEY_DISTANCE_H
#define JOURNEY_DISTANCE_H

#include "core/journey.h"

#define JNY_FEATURES_MAX 16000	/* dimensions */

/*
 * Edits (insert, delete, replace) between two sequences of codes below
 * "ncodes".  O(m n / 64) time, O(m + n + ncodes) memory.
 */
extern uint64 jny_levenshtein(const uint32 *a, uint32 m, const uint32 *b,
							  uint32 n, uint32 ncodes);

/*
 * The paths of two journeys in common codes, repeats collapsed, in one new
 * allocation at *a; *b points into it.  Returns the number of codes.
 */
extern uint32 jny_common_codes(const JnyView *x, const JnyView *y,
							   uint32 **a, uint32 *m, uint32 **b, uint32 *n);

/* dims floats of length 1, all 0 for an empty journey. */
extern void jny_features(const JnyView *view, uint32 dims, float *features);

/* Shannon entropy of the event names in bits, repeats counted. */
extern double jny_entropy(const JnyView *view);

/* How varied a journey is, 0 to 1: see the .c. */
extern double jny_complexity(const JnyView *view);

#endif							/* JOURNEY_DISTANCE_H */

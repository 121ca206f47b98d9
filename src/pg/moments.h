/*
 * moments.h
 *	  Sums of values and of their squares in a journey_tally, exact, and the
 *	  mean and standard deviation they give.
 */
#ifndef JOURNEY_MOMENTS_H
#define JOURNEY_MOMENTS_H

#include "core/compare.h"
#include "pg/counts.h"

/* Adds a value to sum k of a key and its square to sum k + 1. */
extern void journey_moments_add(JourneyCounts *state, const void *key,
								uint32 len, int k, double value);

/*
 * The mean of n values; refuses (22003) sums that ran over.  No value: mean
 * NaN; fewer than two: sd NaN.
 */
extern JnyMean journey_moments_read(const JnySum *sums, int64 n);

#endif							/* JOURNEY_MOMENTS_H */

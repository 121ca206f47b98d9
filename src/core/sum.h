/*
 * sum.h
 *	  Sums that are not rounded until they are read.
 *
 * A sum is kept as partial sums that do not overlap, exact as in J. R.
 * Shewchuk, Adaptive precision floating-point arithmetic, 1997, and rounded
 * once: it does not depend on the order or the split of what was added.
 */
#ifndef JOURNEY_SUM_H
#define JOURNEY_SUM_H

#include "core/core.h"

/* Partial sums, smallest first. */
typedef struct JnySum
{
	uint16		n;
	uint16		cap;
	double	   *part;
} JnySum;

/* No sum of doubles has more parts that do not overlap: 2098 bits. */
#define JNY_SUM_PARTS 64

extern void jny_sum_add(JnySum *sum, double value);

/* Adds x * y, exact: rounded, and what rounding took. */
extern void jny_sum_add_product(JnySum *sum, double x, double y);

/* The sum rounded to the nearest double. */
extern double jny_sum_value(const JnySum *sum);

/* Adds another sum. */
static inline void
jny_sum_merge(JnySum *to, const JnySum *from)
{
	for (int i = 0; i < from->n; i++)
		jny_sum_add(to, from->part[i]);
}

#endif							/* JOURNEY_SUM_H */

/*
 * windowfunnel.h
 *	  Rows of conditions, and how far they go through a funnel.
 *
 * A row is a time and the set of numbered conditions that hold for it; that is
 * all windowfunnel and the sequence functions know of an event.  Rows have one
 * order whatever order they arrive in: by time, and between equal times a row
 * that satisfies condition 1 before one that does not, then condition 2, ...
 * Rows that are equal in all of this are interchangeable.
 */
#ifndef JOURNEY_WINDOWFUNNEL_H
#define JOURNEY_WINDOWFUNNEL_H

#include "core/core.h"

#define JNY_MAX_CONDITIONS 64	/* bits of a mask */

typedef struct JnyConditions
{
	int64		ts;
	uint64		mask;			/* bit i: condition i + 1 holds */
} JnyConditions;

#define JNY_FEW_CONDITIONS 8

/*
 *	  rows --> few, or an allocated array of cap
 */
typedef struct JnyConditionRows
{
	JnyConditions *rows;
	uint32		n;
	uint32		cap;
	bool		sorted;
	JnyConditions few[JNY_FEW_CONDITIONS];
} JnyConditionRows;

extern void jny_conditions_init(JnyConditionRows *rows);
extern JnyCode jny_conditions_push(JnyConditionRows *rows, int64 ts,
								   uint64 mask, JnyError *err);
extern JnyCode jny_conditions_append(JnyConditionRows *rows,
									 const JnyConditionRows *other,
									 JnyError *err);
extern void jny_conditions_sort(JnyConditionRows *rows);
extern void jny_conditions_reset(JnyConditionRows *rows);

/* Order of two sets of conditions between equal times: <0, 0, >0. */
static inline int
jny_mask_cmp(uint64 a, uint64 b)
{
	uint64		differ = a ^ b;

	if (differ == 0)
		return 0;
	return (a & (differ & -differ)) ? -1 : 1;
}

/* Modes of windowfunnel, by ClickHouse's names. */
#define JNY_STRICT_ORDER			0x01
#define JNY_STRICT_DEDUPLICATION	0x02
#define JNY_STRICT_INCREASE			0x04
#define JNY_STRICT_ONCE				0x08
#define JNY_ALLOW_REENTRY			0x10

/*
 * The number of conditions that hold one behind the other, beginning with
 * condition 1, all within so many microseconds of its row.  The rows are
 * sorted; those without any condition matter with JNY_STRICT_ORDER only.
 */
extern int	jny_windowfunnel(const JnyConditionRows *rows, int nconditions,
							 uint64 window, unsigned modes);

#endif							/* JOURNEY_WINDOWFUNNEL_H */

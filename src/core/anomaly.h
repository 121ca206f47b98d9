/*
 * anomaly.h
 *	  Whether a period is more unlike its history than periods are unlike each
 *	  other.
 */
#ifndef JOURNEY_ANOMALY_H
#define JOURNEY_ANOMALY_H

#include "core/stats.h"

typedef enum JnySpanKind
{
	JNY_SPAN_COUNT,				/* x events */
	JNY_SPAN_RATE,				/* x of n, n > 0 */
	JNY_SPAN_VALUE				/* x is any number */
} JnySpanKind;

/* What was seen in one period. */
typedef struct JnySpan
{
	double		x;
	double		n;
} JnySpan;

/* Fewer periods than this are no history. */
#define JNY_HISTORY_LEAST 5
#define JNY_HISTORY_MOST 1000

typedef struct JnyAnomaly
{
	int			history;		/* periods compared with */
	double		value;			/* x, or x / n */
	double		expected;
	JnyRange	range;			/* in which 95 % of such periods would lie */
	double		p;				/* NaN: nothing to compare with */
} JnyAnomaly;

/* Quantiles that many calls share, for histories of up to m; zeroed. */
typedef struct JnyCritical
{
	double	   *far[2];			/* how far the farthest of so many may be:
								 * counts and rates, values */
	double	   *half;			/* of a range, in standard deviations */
} JnyCritical;

extern JnyCritical jny_critical(int m);
extern void jny_critical_free(JnyCritical *critical);
extern JnyAnomaly jny_anomaly(JnySpanKind kind, const JnySpan *history, int m,
							  JnySpan now, JnyCritical *critical);

#endif							/* JOURNEY_ANOMALY_H */

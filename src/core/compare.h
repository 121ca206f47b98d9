/*
 * compare.h
 *	  Two groups compared: means, ranks, times, resampled means; and how many
 *	  customers a comparison needs.
 *
 * Group 1 is the one to compare with.  What cannot be said is NaN.
 */
#ifndef JOURNEY_COMPARE_H
#define JOURNEY_COMPARE_H

#include "core/stats.h"
#include "core/survival.h"

/* ---- means ---- */

/* What is known of one group; sd is that of a sample (n - 1). */
typedef struct JnyMean
{
	int64		n;
	double		mean;
	double		sd;				/* NaN below two values */
} JnyMean;

/* Welch's t test of mean 2 minus mean 1. */
typedef struct JnyWelch
{
	double		difference;
	JnyRange	range;
	double		t;
	double		df;
	double		p;
} JnyWelch;

extern JnyWelch jny_welch(JnyMean one, JnyMean two, double confidence);

/* The interval of one mean. */
extern JnyRange jny_mean_range(JnyMean group, double confidence);

/* ---- values and how often each group has them ---- */

/* In order of value. */
typedef struct JnyValue
{
	double		value;
	int64		n[2];
} JnyValue;

/* Mann & Whitney's U of group 2. */
typedef struct JnyRanks
{
	int64		n[2];
	double		median[2];
	double		u;
	double		auc;			/* P(2 > 1) + P(2 = 1) / 2 */
	JnyRange	range;			/* of auc */
	double		z;
	double		p;
} JnyRanks;

extern JnyRanks jny_ranks(const JnyValue *value, size_t n, double confidence);

/* Means of resampled customers. */
typedef struct JnyBootstrap
{
	JnyRange	difference;		/* of mean 2 - mean 1 */
	JnyRange	lift;			/* of mean 2 / mean 1 - 1 */
} JnyBootstrap;

extern JnyBootstrap jny_bootstrap(const JnyValue *value, size_t n,
								  uint32 replicates, uint64 seed,
								  double confidence);

/* ---- times ---- */

typedef struct JnyTwoTimes
{
	int64		n[2];
	int64		events[2];
	double		median[2];		/* of Kaplan & Meier's curve */
	double		until;			/* days to which means are taken */
	double		mean[2];		/* restricted to them */
	double		error[2];
	JnyRange	difference;		/* of mean 2 - mean 1 */
	double		hazard_ratio;	/* of Cox's model, ties as Efron */
	JnyRange	hazard_range;
	double		chi_square;		/* log-rank */
	double		p;
} JnyTwoTimes;

/*
 * Times of groups 0 and 1 in order; until NaN: as far as both groups were
 * observed.
 */
extern JnyTwoTimes jny_compare_times(const JnyTimes *times, uint32 n,
									 double until, double confidence);

/* ---- how many ---- */

/* Customers in each group, to find rates 1 and 2 different; INFINITY if not. */
extern double jny_rate_sample(double p1, double p2, double power,
							  double confidence);

/* The same for means that differ by so much. */
extern double jny_mean_sample(double difference, double sd, double power,
							  double confidence);

#endif							/* JOURNEY_COMPARE_H */

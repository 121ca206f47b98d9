/*
 * survival.h
 *	  Time until something happens, with those it has not happened to yet.
 *
 * Everyone is observed for some days and it happened then or it did not
 * (censored).  At equal times what happened comes before what is censored.
 */
#ifndef JOURNEY_SURVIVAL_H
#define JOURNEY_SURVIVAL_H

#include "core/stats.h"

/* All who have the same time (and group), in order of time. */
typedef struct JnyTimes
{
	double		days;
	int64		events;
	int64		censored;
	int			group;
} JnyTimes;

/* Kaplan & Meier (1958), read time by time. */
typedef struct JnyCurve
{
	int64		remaining;		/* who are left behind this time */
	double		greenwood;
	int64		at_risk;		/* just before this time */
	double		survival;
	double		error;			/* standard error; NaN at survival 0 */
	JnyRange	range;			/* on the log(-log) scale; NaN at survival 0 */
} JnyCurve;

extern void jny_curve_start(JnyCurve *curve, const JnyTimes *times, uint32 n);
extern void jny_curve_next(JnyCurve *curve, const JnyTimes *time,
						   double confidence);

/* One interval of time. */
typedef struct JnyHazard
{
	int64		at_risk;		/* observed at its start */
	int64		events;
	double		days;			/* that people spent in it */
	double		rate;			/* events / days */
	JnyRange	range;			/* exact Poisson */
	double		ratio;			/* rate over the rate of all other intervals */
	double		p;				/* that chance makes it so high, one-sided */
	double		q;
	bool		spike;			/* q < 0.05, ratio >= 1.5, events >= 10 */
} JnyHazard;

/* Intervals [i width, (i + 1) width) for i < nbins; jny_alloc'ed. */
extern JnyHazard *jny_hazard(const JnyTimes *times, uint32 n, double width,
							 uint32 nbins, double confidence);

/* One interval of an actuarial life table. */
typedef struct JnyLifeRow
{
	int64		at_risk;		/* observed at its start */
	int64		events;
	int64		censored;
	double		effective;		/* at risk, those censored in it for half */
	double		share;			/* events / effective; NaN without anyone */
	double		survival;		/* at its end; NaN once unknown */
	double		error;			/* its standard error (Greenwood) */
} JnyLifeRow;

/* Intervals [i width, (i + 1) width) for i < nbins; jny_alloc'ed. */
extern JnyLifeRow *jny_life_table(const JnyTimes *times, uint32 n, double width,
								  uint32 nbins);

/*
 * Do groups differ?  Times count with the survival before them to the power
 * rho: 0 is the log-rank test (Mantel 1966), 1 looks more at early times (Peto
 * & Peto 1972, as Harrington & Fleming 1982 write it).
 */
typedef struct JnyLogRank
{
	int64	   *n;				/* by group */
	int64	   *observed;
	double	   *expected;
	double	   *excess;			/* weighted observed - expected */
	double		chi_square;		/* NaN with fewer than two groups to compare */
	int			df;
	double		p;
} JnyLogRank;

extern void jny_log_rank(const JnyTimes *times, uint32 n, int ngroups,
						 double rho, JnyLogRank *test);

#endif							/* JOURNEY_SURVIVAL_H */

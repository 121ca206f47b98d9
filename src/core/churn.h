/*
 * churn.h
 *	  How often customers like this one churn.
 *
 * What is known of a customer at a landmark becomes six bands.  They are asked
 * one after the other, the one that tells most first; each narrows the group
 * of customers who are like this one, and the rate of a group is drawn towards
 * that of the wider group it is part of, the more the smaller it is:
 *
 *	  rate[0] = (churned + 1/2) / (n + 1)                 of all
 *	  rate[d] = (churned + m rate[d-1]) / (n + m)         of the first d bands
 *
 * which is the mean of a beta distribution around the wider group's rate, worth
 * m customers (I. J. Good, The Estimation of Probabilities, 1965).
 */
#ifndef JOURNEY_CHURN_H
#define JOURNEY_CHURN_H

#include "core/counts.h"
#include "core/landmark.h"

typedef enum JnyChurnBand
{
	JNY_CHURN_SILENCE,			/* time since the last event, in usual gaps */
	JNY_CHURN_LAST,				/* the same in horizons */
	JNY_CHURN_ACTIVITY,			/* recent events against those before */
	JNY_CHURN_TENURE,			/* time since the start */
	JNY_CHURN_STARTS,			/* number of starts (purchases) so far */
	JNY_CHURN_SIGN				/* the warning pattern holds */
} JnyChurnBand;

#define JNY_CHURN_BANDS 6
#define JNY_CHURN_SHRINK 50.0	/* m */
#define JNY_CHURN_KEY (1 + JNY_CHURN_BANDS)

/* What a customer is like at a landmark. */
extern void jny_churn_bands(const JnyStanding *standing, int64 at,
							int64 horizon, bool sign, uint8 *band);

/*
 * The key of a group: its kind, then the bands, of which only the first
 * "depth" in the given order are told.
 */
extern void jny_churn_key(uint8 *key, uint8 kind, const uint8 *band,
						  const uint8 *order, int depth);

/* Customers alike in all bands. */
typedef struct JnyChurnCell
{
	uint8		band[JNY_CHURN_BANDS];
	int64		n[2];			/* stayed, churned */
} JnyChurnCell;

/* Finds the order of the bands.  O(cells). */
extern void jny_churn_order(const JnyChurnCell *cell, uint32 n, uint8 *order);

/* Rates and sizes of the groups a customer is in, from all to alike in all. */
typedef struct JnyChurnPath
{
	double		rate[JNY_CHURN_BANDS + 1];
	int64		n[JNY_CHURN_BANDS + 1];
	int64		churned[JNY_CHURN_BANDS + 1];
} JnyChurnPath;

/* "groups" has (stayed, churned) under keys of kind 'p'. */
extern void jny_churn_path(const JnyCounts *groups, const uint8 *band,
						   const uint8 *order, JnyChurnPath *path);

#endif							/* JOURNEY_CHURN_H */

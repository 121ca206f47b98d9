/*
 * contrast.h
 *	  What goes with an outcome: touchpoints and pairs of them, with and
 *	  without.
 *
 * Everyone is in one stratum, by how long their journey is: long journeys hold
 * more of everything, and a comparison within strata does not mistake that for
 * an effect.
 */
#ifndef JOURNEY_CONTRAST_H
#define JOURNEY_CONTRAST_H

#include "core/stats.h"

#define JNY_STRATA 8

/* Numbers of people by stratum, without and with the outcome. */
typedef struct JnyStrata
{
	int64		n[JNY_STRATA][2];
} JnyStrata;

/* Stratum of a journey of so many events: 0, 1, 2-3, 4-7, .. 64 and more. */
static inline int
jny_stratum(uint32 events)
{
	int			stratum = 0;

	while (events > 0 && stratum < JNY_STRATA - 1)
	{
		stratum++;
		events >>= 1;
	}
	return stratum;
}

/* Those who have something against those who do not. */
typedef struct JnyContrast
{
	int64		with;			/* people, and how many had the outcome */
	int64		with_outcome;
	int64		without;
	int64		without_outcome;
	double		rate_with;		/* NaN if there is no one */
	double		rate_without;
	double		lift;			/* rate_with / rate_without; NaN beside 0 */
	double		odds_ratio;		/* Haldane-Anscombe */
	JnyRange	odds;
	double		p;
	double		q;				/* for the caller to set */
	double		adjusted_odds;	/* Mantel-Haenszel, within strata; or NaN */
	double		adjusted_p;
	double		extra;			/* outcomes beyond what the others' rate gives */
	JnyRange	extra_range;
} JnyContrast;

extern void jny_contrast(const JnyStrata *with, const JnyStrata *all,
						 double confidence, JnyContrast *contrast);

/*
 * Worth telling: enough people, q and the adjusted p below 0.05 and in the
 * same direction, and surely 5 outcomes more or fewer.
 */
extern bool jny_contrast_finding(const JnyContrast *contrast);

#endif							/* JOURNEY_CONTRAST_H */

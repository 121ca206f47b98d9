/*
 * calibration.h
 *	  How far probabilities that were told keep what they promise.
 */
#ifndef JOURNEY_CALIBRATION_H
#define JOURNEY_CALIBRATION_H

#include "core/core.h"

/* Of n who were told probability p it happened to so many. */
typedef struct JnyForecast
{
	double		p;
	int64		n;
	int64		happened;
} JnyForecast;

/* A part of all, those of about equal p; or all. */
typedef struct JnyCalibration
{
	int64		n;
	int64		happened;
	double		expected;		/* mean p */
	double		brier;			/* mean squared error (Brier 1950) */
} JnyCalibration;

#define JNY_CALIBRATION_BINS 10

/*
 * Cuts forecasts, which ascend by p, into bins of about equal size, and all of
 * them together.  A p is in one bin; bins may be empty.  Sums go from the
 * lowest p to the highest, so they do not depend on how forecasts came about.
 */
extern void jny_calibrate(const JnyForecast *forecast, uint32 n,
						  JnyCalibration bin[JNY_CALIBRATION_BINS],
						  JnyCalibration *all);

/*
 * The probability that someone to whom it happened was told a higher p than
 * someone to whom it did not, equal ones counting half; NaN without both kinds.
 */
extern double jny_concordance(const JnyForecast *forecast, uint32 n);

#endif							/* JOURNEY_CALIBRATION_H */

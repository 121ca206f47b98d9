/*
 * calibration.c
 *	  How far probabilities that were told keep what they promise.
 */
#include "core/calibration.h"

#include <math.h>

/* Adds a forecast to a part; sums are not divided yet. */
static void
add_forecast(JnyCalibration *part, const JnyForecast *forecast)
{
	double		p = forecast->p;
	double		stayed = (double) (forecast->n - forecast->happened);

	part->n += forecast->n;
	part->happened += forecast->happened;
	part->expected += p * forecast->n;
	part->brier += (1 - p) * (1 - p) * forecast->happened + p * p * stayed;
}

static void
finish(JnyCalibration *part)
{
	if (part->n == 0)
		return;
	part->expected /= part->n;
	part->brier /= part->n;
}

/* A forecast belongs where the middle one of those who were told it does. */
void
jny_calibrate(const JnyForecast *forecast, uint32 n,
			  JnyCalibration bin[JNY_CALIBRATION_BINS], JnyCalibration *all)
{
	double		total = 0;
	double		before = 0;

	memset(bin, 0, JNY_CALIBRATION_BINS * sizeof(JnyCalibration));
	memset(all, 0, sizeof(*all));
	for (uint32 i = 0; i < n; i++)
		total += forecast[i].n;
	for (uint32 i = 0; i < n; i++)
	{
		double		middle = before + forecast[i].n / 2.0;
		double		at = JNY_CALIBRATION_BINS * middle / total;

		/* nobody at all makes that NaN */
		add_forecast(&bin[at >= 0 ? (int) Min(at, JNY_CALIBRATION_BINS - 1) : 0], &forecast[i]);
		add_forecast(all, &forecast[i]);
		before += forecast[i].n;
	}
	for (int i = 0; i < JNY_CALIBRATION_BINS; i++)
		finish(&bin[i]);
	finish(all);
}

/* Mann and Whitney's (1947) statistic over its maximum. */
double
jny_concordance(const JnyForecast *forecast, uint32 n)
{
	double		happened = 0;
	double		not = 0;
	double		higher = 0;

	for (uint32 i = 0; i < n; i++)
	{
		double		those = (double) (forecast[i].n - forecast[i].happened);

		higher += forecast[i].happened * (not + those / 2);
		happened += forecast[i].happened;
		not += those;
	}
	return happened == 0 || not == 0 ? NAN : higher / (happened * not);
}

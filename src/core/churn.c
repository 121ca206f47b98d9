/*
 * churn.c
 *	  How often customers like this one churn.
 */
#include "core/churn.h"

/* ---- bands ---- */

/* The number of limits, ascending, that a value is above. */
static uint8
band_of(double value, const double *limit, int n)
{
	int			band = 0;

	while (band < n && value > limit[band])
		band++;
	return (uint8) band;
}

/*
 * Recent events against those in the window before, which is twice as long:
 * none in either, only now, half or less, about as many, half more or more.
 */
static uint8
activity_band(uint32 nrecent, uint32 nbefore)
{
	double		recent = 2.0 * nrecent;

	if (nbefore == 0)
		return nrecent > 0 ? 1 : 0;
	if (recent <= 0.5 * nbefore)
		return 2;
	return recent < 1.5 * nbefore ? 3 : 4;
}

void
jny_churn_bands(const JnyStanding *standing, int64 at, int64 horizon,
				bool sign, uint8 *band)
{
	static const double gaps[] = {1, 2, 4, 8};
	static const double horizons[] = {1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2, 1, 2, 4};
	static const double tenures[] = {0.5, 1, 2, 4, 8};
	static const double starts[] = {1, 2, 4, 9, 19, 49};
	double		silent = (double) at - (double) standing->last;
	double		tenure = (double) at - (double) standing->since;

	band[JNY_CHURN_SILENCE] = standing->usual_gap < 0 ? 0 :
		1 + band_of(silent / standing->usual_gap, gaps, lengthof(gaps));
	band[JNY_CHURN_LAST] = band_of(silent / horizon, horizons, lengthof(horizons));
	band[JNY_CHURN_ACTIVITY] = activity_band(standing->nrecent, standing->nbefore);
	band[JNY_CHURN_TENURE] = band_of(tenure / horizon, tenures, lengthof(tenures));
	band[JNY_CHURN_STARTS] = band_of(standing->starts, starts, lengthof(starts));
	band[JNY_CHURN_SIGN] = sign;
}

void
jny_churn_key(uint8 *key, uint8 kind, const uint8 *band, const uint8 *order,
			  int depth)
{
	key[0] = kind;
	memset(key + 1, 0xFF, JNY_CHURN_BANDS);
	for (int d = 0; d < depth; d++)
		key[1 + order[d]] = band[order[d]];
}

/* ---- order ---- */

/*
 * How much better groups by the first "depth" bands tell than no groups: the
 * sum of churned^2 / n, which grows as the mean squared error within the
 * groups falls.
 */
static double
score_groups(const JnyChurnCell *cell, uint32 n, const uint8 *order, int depth)
{
	JnyCounts  *groups = jny_counts_create(0, 2, 0, NULL, 0);
	double		score = 0;
	uint8		key[JNY_CHURN_KEY];

	for (uint32 i = 0; i < n; i++)
	{
		int64	   *count;

		jny_churn_key(key, 'p', cell[i].band, order, depth);
		count = jny_counts_of(groups, jny_counts_put(groups, key, sizeof(key)));
		count[0] += cell[i].n[0];
		count[1] += cell[i].n[1];
	}
	for (uint32 i = 0; i < groups->n; i++)
	{
		const int64 *count = jny_counts_of(groups, i);

		score += (double) count[1] * count[1] / (count[0] + count[1]);
	}
	jny_counts_free(groups);
	return score;
}

/* Takes the band next that tells most together with those taken before. */
void
jny_churn_order(const JnyChurnCell *cell, uint32 n, uint8 *order)
{
	for (int d = 0; d < JNY_CHURN_BANDS; d++)
		order[d] = (uint8) d;
	for (int d = 0; d + 1 < JNY_CHURN_BANDS; d++)
	{
		int			best = d;
		double		best_score = -1;

		for (int k = d; k < JNY_CHURN_BANDS; k++)
		{
			uint8		tried[JNY_CHURN_BANDS];
			double		score;

			JNY_CHECK_INTERRUPTS();
			memcpy(tried, order, sizeof(tried));
			tried[d] = order[k];
			score = score_groups(cell, n, tried, d + 1);
			if (score > best_score)
			{
				best = k;
				best_score = score;
			}
		}
		if (best != d)
		{
			uint8		taken = order[best];

			memmove(order + d + 1, order + d, best - d);
			order[d] = taken;
		}
	}
}

/* ---- rates ---- */

void
jny_churn_path(const JnyCounts *groups, const uint8 *band, const uint8 *order,
			   JnyChurnPath *path)
{
	uint8		key[JNY_CHURN_KEY];
	memset(path, 0, sizeof(*path));
	for (int d = 0; d <= JNY_CHURN_BANDS; d++)
	{
		uint32		at;

		jny_churn_key(key, 'p', band, order, d);
		at = jny_counts_find(groups, key, sizeof(key));
		if (at != PG_UINT32_MAX)
		{
			path->churned[d] = jny_counts_of(groups, at)[1];
			path->n[d] = jny_counts_of(groups, at)[0] + path->churned[d];
		}
		if (d == 0)
			path->rate[0] = (path->churned[0] + 0.5) / (path->n[0] + 1.0);
		else
			path->rate[d] = (path->churned[d] + JNY_CHURN_SHRINK * path->rate[d - 1]) /
				(path->n[d] + JNY_CHURN_SHRINK);
	}
}

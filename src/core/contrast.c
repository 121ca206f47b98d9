/*
 * contrast.c
 *	  What goes with an outcome.
 */
#include "core/contrast.h"

#include <math.h>

/*
 * The odds ratio within strata and the test that it is 1, without continuity
 * correction (Cochran 1954; Mantel & Haenszel 1959).
 */
static void
adjust(const JnyStrata *with, const JnyStrata *all, JnyContrast *contrast)
{
	double		both = 0;
	double		cross = 0;
	double		excess = 0;
	double		variance = 0;

	for (int s = 0; s < JNY_STRATA; s++)
	{
		double		b = with->n[s][0];
		double		a = with->n[s][1];
		double		d = all->n[s][0] - b;
		double		c = all->n[s][1] - a;
		double		n = a + b + c + d;

		if (n < 2)
			continue;
		both += a * d / n;
		cross += b * c / n;
		excess += a - (a + b) * (a + c) / n;
		variance += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1));
	}
	contrast->adjusted_odds = cross > 0 ? both / cross : NAN;
	contrast->adjusted_p = variance > 0 ?
		jny_chi2_upper(excess * excess / variance, 1) : NAN;
}

/*
 * Fisher's test for up to 1,000 people or where fewer than 5 are expected in
 * some cell, else chi-square.
 */
void
jny_contrast(const JnyStrata *with, const JnyStrata *all, double confidence,
			 JnyContrast *contrast)
{
	int64		x1;
	int64		n1;
	int64		x2;
	int64		n2;
	JnyRange	difference;

	memset(contrast, 0, sizeof(*contrast));
	for (int s = 0; s < JNY_STRATA; s++)
	{
		contrast->with += with->n[s][0] + with->n[s][1];
		contrast->with_outcome += with->n[s][1];
		contrast->without += all->n[s][0] + all->n[s][1];
		contrast->without_outcome += all->n[s][1];
	}
	n2 = contrast->with;
	x2 = contrast->with_outcome;
	n1 = contrast->without -= n2;
	x1 = contrast->without_outcome -= x2;
	contrast->rate_with = n2 > 0 ? (double) x2 / n2 : NAN;
	contrast->rate_without = n1 > 0 ? (double) x1 / n1 : NAN;
	contrast->lift = x1 > 0 ? contrast->rate_with / contrast->rate_without : NAN;
	contrast->odds_ratio = jny_odds_ratio(x1, n1, x2, n2, confidence, &contrast->odds);
	if (n1 + n2 <= 1000 || jny_least_expected(x1, n1, x2, n2) < 5)
		contrast->p = jny_fisher(x1, n1, x2, n2);
	else
		contrast->p = jny_chi2_upper(jny_chi2_2x2(x1, n1, x2, n2), 1);
	contrast->q = contrast->p;
	contrast->extra = contrast->extra_range.low = contrast->extra_range.high = NAN;
	if (n1 > 0 && n2 > 0)
	{
		difference = jny_newcombe(x1, n1, x2, n2, confidence);
		contrast->extra = n2 * (contrast->rate_with - contrast->rate_without);
		contrast->extra_range.low = n2 * difference.low;
		contrast->extra_range.high = n2 * difference.high;
	}
	adjust(with, all, contrast);
}

bool
jny_contrast_finding(const JnyContrast *contrast)
{
	bool		more = contrast->odds_ratio > 1;

	return contrast->with >= 30 && contrast->without >= 30 &&
		contrast->with + contrast->without >= 200 &&
		contrast->q < 0.05 && contrast->adjusted_p < 0.05 &&
		(isnan(contrast->adjusted_odds) || (contrast->adjusted_odds > 1) == more) &&
		(more ? contrast->extra_range.low >= 5 : contrast->extra_range.high <= -5);
}

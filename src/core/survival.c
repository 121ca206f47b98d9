/*
 * survival.c
 *	  Time until something happens, with those it has not happened to yet.
 */
#include "core/survival.h"

#include <math.h>

/* ---- curve ---- */

void
jny_curve_start(JnyCurve *curve, const JnyTimes *times, uint32 n)
{
	memset(curve, 0, sizeof(*curve));
	curve->survival = 1;
	for (uint32 i = 0; i < n; i++)
		curve->remaining += times[i].events + times[i].censored;
}

/*
 * Survival falls by the share it happens to among those at risk; its variance
 * is Greenwood's (1926).  The interval is symmetric for log(-log(survival)),
 * so it stays between 0 and 1 (Kalbfleisch & Prentice 1980).
 */
void
jny_curve_next(JnyCurve *curve, const JnyTimes *time, double confidence)
{
	double		z = jny_normal_quantile(0.5 + confidence / 2);
	double		n = (double) curve->remaining;
	double		log_survival;
	double		half;

	curve->at_risk = curve->remaining;
	curve->remaining -= time->events + time->censored;
	if (time->events > 0)
	{
		curve->survival *= (n - time->events) / n;
		curve->greenwood += time->events / (n * (n - time->events));
	}
	curve->error = curve->range.low = curve->range.high = NAN;
	if (curve->survival <= 0)
		return;
	curve->error = curve->survival * sqrt(curve->greenwood);
	if (curve->survival >= 1)
	{
		curve->range.low = curve->range.high = 1;
		return;
	}
	log_survival = log(curve->survival);
	half = z * sqrt(curve->greenwood) / fabs(log_survival);
	curve->range.low = exp(log_survival * exp(half));
	curve->range.high = exp(log_survival * exp(-half));
}

/* ---- hazard ---- */

/* The interval that holds a time; nbins if it is behind all. */
static uint32
find_bin(double days, double width, uint32 nbins)
{
	double		at = floor(days / width);
	uint32		bin;

	if (at >= nbins)
		at = nbins;
	bin = (uint32) at;
	/* the quotient may round across a border */
	if (bin > 0 && days < bin * width)
		bin--;
	else if (bin < nbins && days >= (bin + 1) * width)
		bin++;
	return bin;
}

/* An interval against all others together, given the sum of events of both. */
static void
compare_bin(JnyHazard *bin, int64 events, double days, double confidence)
{
	double		other_days = days - bin->days;
	int64		other_events = events - bin->events;

	bin->rate = bin->ratio = bin->p = NAN;
	bin->range.low = bin->range.high = NAN;
	if (bin->days <= 0)
		return;
	bin->rate = bin->events / bin->days;
	bin->range = jny_poisson_exact(bin->events, confidence);
	bin->range.low /= bin->days;
	bin->range.high /= bin->days;
	if (other_days <= 0)
		return;
	if (other_events > 0)
		bin->ratio = bin->rate / (other_events / other_days);
	bin->p = jny_binomial_upper(bin->events, events, bin->days / days);
}

JnyHazard *
jny_hazard(const JnyTimes *times, uint32 n, double width, uint32 nbins,
		   double confidence)
{
	JnyHazard  *bins = (JnyHazard *) jny_alloc0(nbins * sizeof(JnyHazard) + 1);
	double	   *p = (double *) jny_alloc(nbins * sizeof(double) + 1);
	int64		events = 0;
	int64		later = 0;		/* who stay beyond the interval */
	double		days = 0;
	uint32		m = 0;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		bin = find_bin(times[i].days, width, nbins);
		int64		people = times[i].events + times[i].censored;

		if (bin == nbins)
		{
			later += people;
			continue;
		}
		bins[bin].at_risk += people;
		bins[bin].events += times[i].events;
		bins[bin].days += people * (times[i].days - bin * width);
	}
	for (uint32 i = nbins; i-- > 0;)
	{
		bins[i].days += later * width;
		later = bins[i].at_risk += later;
		events += bins[i].events;
		days += bins[i].days;
	}
	for (uint32 i = 0; i < nbins; i++)
	{
		compare_bin(&bins[i], events, days, confidence);
		if (!isnan(bins[i].p))
			p[m++] = bins[i].p;
	}
	jny_bh_adjust(p, m);
	m = 0;
	for (uint32 i = 0; i < nbins; i++)
	{
		bins[i].q = isnan(bins[i].p) ? NAN : p[m++];
		bins[i].spike = bins[i].q < 0.05 && bins[i].events >= 10 &&
			(isnan(bins[i].ratio) || bins[i].ratio >= 1.5);
	}
	jny_free(p);
	return bins;
}

/* ---- life table ---- */

/*
 * Those censored in an interval count for half of it (Cutler & Ederer 1958).
 * O(n + nbins).
 */
JnyLifeRow *
jny_life_table(const JnyTimes *times, uint32 n, double width, uint32 nbins)
{
	JnyLifeRow *rows = (JnyLifeRow *) jny_alloc0(nbins * sizeof(JnyLifeRow) + 1);
	int64		at_risk = 0;
	double		survival = 1;
	double		greenwood = 0;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		bin = find_bin(times[i].days, width, nbins);

		at_risk += times[i].events + times[i].censored;
		if (bin == nbins)
			continue;
		rows[bin].events += times[i].events;
		rows[bin].censored += times[i].censored;
	}
	for (uint32 i = 0; i < nbins; i++)
	{
		JnyLifeRow *row = &rows[i];

		row->at_risk = at_risk;
		at_risk -= row->events + row->censored;
		row->effective = row->at_risk - row->censored / 2.0;
		row->share = row->effective > 0 ? row->events / row->effective : NAN;
		survival *= 1 - row->share;
		greenwood += row->share / (row->effective * (1 - row->share));
		row->survival = survival;
		row->error = survival > 0 ? survival * sqrt(greenwood) : NAN;
	}
	return rows;
}

/* ---- log-rank ---- */

/*
 * x' A^-1 x for a symmetric matrix that is not negative, by elimination.  A
 * pivot that is nothing beside the largest one is left out, which makes it the
 * generalised inverse.
 */
static double
quadratic_form(double *a, double *x, int n)
{
	double		sum = 0;
	double		largest = 0;

	for (int i = 0; i < n; i++)
		largest = Max(largest, a[i * n + i]);
	for (int k = 0; k < n; k++)
	{
		double		pivot = a[k * n + k];

		if (pivot <= largest * 1e-12)
			continue;
		sum += x[k] * x[k] / pivot;
		for (int i = k + 1; i < n; i++)
		{
			double		factor = a[i * n + k] / pivot;

			x[i] -= factor * x[k];
			for (int j = k + 1; j < n; j++)
				a[i * n + j] -= factor * a[k * n + j];
		}
	}
	return sum;
}

/*
 * Adds what one time says: d events among the n at risk, by group, with a
 * weight.
 */
static void
log_rank_time(JnyLogRank *test, const int64 *risk, double n, int ngroups,
			  int64 d, double weight, double *variance)
{
	for (int g = 0; g < ngroups; g++)
	{
		double		share = risk[g] / n;
		double		spread = n > 1 ? d * (n - d) / (n - 1) : 0;

		test->expected[g] += d * share;
		test->excess[g] -= weight * d * share;
		if (share == 0)
			continue;
		for (int h = 0; h < ngroups; h++)
			variance[g * ngroups + h] += weight * weight * spread * share *
				((g == h) - risk[h] / n);
	}
}

/*
 * Chi-square of observed minus expected in all groups that something was
 * expected of, but one, which the others determine.
 */
static void
log_rank_result(JnyLogRank *test, int ngroups, const double *variance)
{
	double	   *a = (double *) jny_alloc(ngroups * ngroups * sizeof(double) + 1);
	double	   *x = (double *) jny_alloc(ngroups * sizeof(double) + 1);
	int		   *used = (int *) jny_alloc(ngroups * sizeof(int) + 1);
	int			n = 0;

	for (int g = 0; g < ngroups; g++)
		if (test->expected[g] > 0)
			used[n++] = g;
	test->df = Max(n - 1, 0);
	test->chi_square = test->p = NAN;
	if (n > 1)
	{
		n--;
		for (int i = 0; i < n; i++)
		{
			x[i] = test->excess[used[i]];
			for (int j = 0; j < n; j++)
				a[i * n + j] = variance[used[i] * ngroups + used[j]];
		}
		test->chi_square = quadratic_form(a, x, n);
		test->p = jny_chi2_upper(test->chi_square, n);
	}
	jny_free(a);
	jny_free(x);
	jny_free(used);
}

/* O(distinct times * groups^2). */
void
jny_log_rank(const JnyTimes *times, uint32 n, int ngroups, double rho,
			 JnyLogRank *test)
{
	int64	   *risk;
	double	   *variance;
	double		survival = 1;
	double		left = 0;		/* at risk, all groups */

	test->n = (int64 *) jny_alloc0(ngroups * sizeof(int64) + 1);
	test->observed = (int64 *) jny_alloc0(ngroups * sizeof(int64) + 1);
	test->expected = (double *) jny_alloc0(ngroups * sizeof(double) + 1);
	test->excess = (double *) jny_alloc0(ngroups * sizeof(double) + 1);
	risk = (int64 *) jny_alloc0(ngroups * sizeof(int64) + 1);
	variance = (double *) jny_alloc0((size_t) ngroups * ngroups * sizeof(double) + 1);
	for (uint32 i = 0; i < n; i++)
	{
		test->n[times[i].group] += times[i].events + times[i].censored;
		test->observed[times[i].group] += times[i].events;
	}
	memcpy(risk, test->n, ngroups * sizeof(int64));
	for (int g = 0; g < ngroups; g++)
		left += test->n[g];
	for (uint32 i = 0; i < n;)
	{
		double		weight = rho == 0 ? 1 : pow(survival, rho);
		uint32		end = i;
		int64		d = 0;

		JNY_CHECK_INTERRUPTS();
		for (; end < n && times[end].days == times[i].days; end++)
			d += times[end].events;
		if (d > 0)
		{
			log_rank_time(test, risk, left, ngroups, d, weight, variance);
			survival *= (left - d) / left;
		}
		for (; i < end; i++)
		{
			test->excess[times[i].group] += weight * times[i].events;
			risk[times[i].group] -= times[i].events + times[i].censored;
			left -= times[i].events + times[i].censored;
		}
	}
	log_rank_result(test, ngroups, variance);
	jny_free(risk);
	jny_free(variance);
}

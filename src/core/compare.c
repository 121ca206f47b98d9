/*
 * compare.c
 *	  Two groups compared by means, by ranks and by time; and how many
 *	  customers a comparison needs.
 */
#include "core/compare.h"

#include <math.h>

/* ---- means ---- */

/*
 * Welch (1947): each group has a variance of its own, degrees of freedom after
 * Satterthwaite (1946).  NaN where a group has fewer than two values; where
 * none varies there is a difference, but no test of it.
 */
JnyWelch
jny_welch(JnyMean one, JnyMean two, double confidence)
{
	JnyWelch	test;
	int			scale = 0;
	double		v1;
	double		v2;
	double		error;
	double		half;

	test.difference = two.mean - one.mean;
	test.range.low = test.range.high = test.t = test.df = test.p = NAN;
	if (one.n < 2 || two.n < 2 || !isfinite(one.sd) || !isfinite(two.sd))
		return test;

	/* in units of a power of two, for the fourth powers would run over */
	frexp(Max(one.sd, two.sd), &scale);
	one.sd = ldexp(one.sd, -scale);
	two.sd = ldexp(two.sd, -scale);
	v1 = one.sd * one.sd / one.n;
	v2 = two.sd * two.sd / two.n;
	error = ldexp(sqrt(v1 + v2), scale);
	if (!(error > 0))
		return test;
	test.t = test.difference / error;
	test.df = (v1 + v2) * (v1 + v2) /
		(v1 * v1 / (one.n - 1) + v2 * v2 / (two.n - 1));
	test.p = jny_t_two_sided(test.t, test.df);
	half = jny_t_quantile(confidence, test.df) * error;
	test.range.low = test.difference - half;
	test.range.high = test.difference + half;
	return test;
}

/* Student's interval. */
JnyRange
jny_mean_range(JnyMean group, double confidence)
{
	JnyRange	range = {NAN, NAN};
	double		half;

	if (group.n < 2)
		return range;
	half = jny_t_quantile(confidence, (double) group.n - 1) * group.sd /
		sqrt((double) group.n);
	range.low = group.mean - half;
	range.high = group.mean + half;
	return range;
}

/* ---- ranks ---- */

/* The value below and above which half of a group lies; NaN if it is empty. */
static double
weighted_median(const JnyValue *value, size_t n, int group, int64 total)
{
	int64		seen = 0;
	double		low = NAN;

	for (size_t i = 0; i < n; i++)
	{
		seen += value[i].n[group];
		if (value[i].n[group] == 0)
			continue;
		if (isnan(low) && 2 * seen >= total)
			low = value[i].value;
		if (2 * seen > total)
			return low + (value[i].value - low) / 2;
	}
	return low;
}

/*
 * U by Mann & Whitney (1947): how many pairs have the larger value in group 2,
 * ties by half.  Its variance is that under equal distributions, corrected for
 * ties, without correction for continuity.  The interval of the share of
 * pairs is that of DeLong et al. (1988), which does not assume it equal.
 */
JnyRanks
jny_ranks(const JnyValue *value, size_t n, double confidence)
{
	JnyRanks	test;
	double		ties = 0;
	double		square[2] = {0, 0};
	int64		below[2] = {0, 0};
	double		n1;
	double		n2;
	double		all;
	double		variance;
	double		half;

	memset(&test, 0, sizeof(test));
	for (size_t i = 0; i < n; i++)
		for (int g = 0; g < 2; g++)
			test.n[g] += value[i].n[g];
	for (int g = 0; g < 2; g++)
		test.median[g] = weighted_median(value, n, g, test.n[g]);
	test.auc = test.range.low = test.range.high = test.z = test.p = NAN;
	if (test.n[0] == 0 || test.n[1] == 0)
	{
		test.u = NAN;
		return test;
	}
	n1 = (double) test.n[0];
	n2 = (double) test.n[1];
	all = n1 + n2;
	for (size_t i = 0; i < n; i++)
	{
		double		t = (double) (value[i].n[0] + value[i].n[1]);
		/* what share of the other group one value of each group beats */
		double		share2 = (below[0] + value[i].n[0] / 2.0) / n1;
		double		share1 = (n2 - below[1] - value[i].n[1] / 2.0) / n2;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		ties += t * t * t - t;
		test.u += share2 * n1 * value[i].n[1];
		square[0] += share1 * share1 * value[i].n[0];
		square[1] += share2 * share2 * value[i].n[1];
		below[0] += value[i].n[0];
		below[1] += value[i].n[1];
	}
	test.auc = test.u / (n1 * n2);
	variance = n1 * n2 / 12 * (all + 1 - ties / (all * (all - 1)));
	if (variance > 0)
	{
		test.z = (test.u - n1 * n2 / 2) / sqrt(variance);
		test.p = 2 * jny_normal_upper(fabs(test.z));
	}
	if (n1 < 2 || n2 < 2)
		return test;
	half = jny_normal_quantile(0.5 + confidence / 2) *
		sqrt(Max(0, square[0] / n1 - test.auc * test.auc) / (n1 - 1) +
			 Max(0, square[1] / n2 - test.auc * test.auc) / (n2 - 1));
	test.range.low = Max(0, test.auc - half);
	test.range.high = Min(1, test.auc + half);
	return test;
}

/* ---- times ---- */

/* The last day up to which a group was observed; its curve may end at 0. */
static double
last_day(const JnyTimes *times, uint32 n, int group)
{
	double		last = NAN;
	bool		ended = false;

	for (uint32 i = 0; i < n; i++)
		if (times[i].group == group)
		{
			last = times[i].days;
			ended = times[i].censored == 0;
		}
	return ended ? INFINITY : last;
}

/*
 * Median and restricted mean of a group's curve, with the standard error of
 * the mean: each event weighs by the area behind it (Irwin 1949; Kaplan &
 * Meier 1958).
 */
static void
read_curve(const JnyTimes *times, uint32 n, int group, JnyTwoTimes *result)
{
	JnyTimes   *own = (JnyTimes *) jny_alloc(n * sizeof(JnyTimes) + 1);
	JnyCurve   *curve = (JnyCurve *) jny_alloc((n + 1) * sizeof(JnyCurve));
	double		until = result->until;
	double		area = 0;
	double		variance = 0;
	double		end = until;
	uint32		m = 0;

	for (uint32 i = 0; i < n; i++)
		if (times[i].group == group)
			own[m++] = times[i];
	jny_curve_start(&curve[0], own, m);
	result->median[group] = NAN;
	for (uint32 i = 0; i < m; i++)
	{
		jny_curve_next(&curve[i], &own[i], 0.95);
		curve[i + 1] = curve[i];
		result->n[group] += own[i].events + own[i].censored;
		result->events[group] += own[i].events;
		if (isnan(result->median[group]) && curve[i].survival <= 0.5 + 1e-12)
			result->median[group] = own[i].days;
	}
	for (uint32 i = m; i-- > 0;)
	{
		double		at_risk = (double) curve[i].at_risk;
		double		d = (double) own[i].events;

		if (own[i].days >= until)
			continue;
		area += (end - own[i].days) * curve[i].survival;
		end = own[i].days;
		if (d > 0 && at_risk > d)
			variance += area * area * d / (at_risk * (at_risk - d));
	}
	result->mean[group] = area + end;
	result->error[group] = sqrt(variance);
	jny_free(own);
	jny_free(curve);
}

/* Slope and curvature of the log partial likelihood at a log hazard ratio. */
typedef struct Slope
{
	double		score;
	double		information;
} Slope;

/*
 * Cox (1972) with one covariate, the group, and ties after Efron (1977).  Times
 * are read from the last one, so that who is at risk adds up.
 */
static Slope
cox_slope(const JnyTimes *times, uint32 n, double beta)
{
	Slope		slope = {0, 0};
	double		ratio = exp(beta);
	double		risk[2] = {0, 0};

	for (uint32 i = n; i > 0;)
	{
		double		d[2] = {0, 0};
		double		days = times[i - 1].days;
		double		all;

		for (; i > 0 && times[i - 1].days == days; i--)
		{
			d[times[i - 1].group] += times[i - 1].events;
			risk[times[i - 1].group] += times[i - 1].events + times[i - 1].censored;
		}
		JNY_CHECK_INTERRUPTS();
		all = d[0] + d[1];
		slope.score += d[1];
		for (double l = 0; l < all; l++)
		{
			double		two = (risk[1] - d[1] * l / all) * ratio;
			double		share = two / (two + risk[0] - d[0] * l / all);

			slope.score -= share;
			slope.information += share * (1 - share);
		}
	}
	return slope;
}

/* Newton's method; a ratio that runs away has no estimate. */
static void
fit_cox(const JnyTimes *times, uint32 n, double confidence, JnyTwoTimes *result)
{
	double		beta = 0;
	double		half;

	result->hazard_ratio = NAN;
	result->hazard_range.low = result->hazard_range.high = NAN;
	if (result->events[0] == 0 || result->events[1] == 0)
		return;
	for (int i = 0; i < 50; i++)
	{
		Slope		slope = cox_slope(times, n, beta);
		double		step = slope.score / slope.information;

		if (!(slope.information > 0) || fabs(beta) > 15)
			return;
		if (fabs(step) < 1e-12)
		{
			half = jny_normal_quantile(0.5 + confidence / 2) / sqrt(slope.information);
			result->hazard_ratio = exp(beta);
			result->hazard_range.low = exp(beta - half);
			result->hazard_range.high = exp(beta + half);
			return;
		}
		beta += Max(-2, Min(2, step));
	}
}

JnyTwoTimes
jny_compare_times(const JnyTimes *times, uint32 n, double until, double confidence)
{
	JnyTwoTimes result;
	JnyLogRank	test;
	double		last = fmin(last_day(times, n, 0), last_day(times, n, 1));
	double		half;

	memset(&result, 0, sizeof(result));
	if (isnan(until) && isinf(last) && n > 0)
		until = times[n - 1].days;
	result.until = isnan(until) ? last : until;
	for (int g = 0; g < 2; g++)
		read_curve(times, n, g, &result);
	result.difference.low = result.difference.high = NAN;
	result.chi_square = result.p = NAN;
	for (int g = 0; g < 2; g++)
		if (result.n[g] == 0 || !(result.until <= last_day(times, n, g)))
			result.mean[g] = result.error[g] = NAN;
	half = jny_normal_quantile(0.5 + confidence / 2) *
		hypot(result.error[0], result.error[1]);
	result.difference.low = result.mean[1] - result.mean[0] - half;
	result.difference.high = result.mean[1] - result.mean[0] + half;
	fit_cox(times, n, confidence, &result);
	if (result.n[0] > 0 && result.n[1] > 0)
	{
		jny_log_rank(times, n, 2, 0, &test);
		result.chi_square = test.chi_square;
		result.p = test.p;
		jny_free(test.n);
		jny_free(test.observed);
		jny_free(test.expected);
		jny_free(test.excess);
	}
	return result;
}

/* ---- how many ---- */

/*
 * Fleiss, Levin & Paik (2003), 4.14: the pooled test without correction, as R's
 * power.prop.test has it.
 */
double
jny_rate_sample(double p1, double p2, double power, double confidence)
{
	double		z = jny_normal_quantile(0.5 + confidence / 2);
	double		middle = (p1 + p2) / 2;
	double		root;

	if (p1 == p2)
		return INFINITY;
	root = (z * sqrt(2 * middle * (1 - middle)) +
			jny_normal_quantile(power) * sqrt(p1 * (1 - p1) + p2 * (1 - p2))) / (p2 - p1);
	return ceil(root * root);
}

/*
 * The normal formula, plus what Guenther (1981) adds for not knowing sd; one
 * less than exact at most.
 */
double
jny_mean_sample(double difference, double sd, double power, double confidence)
{
	double		z = jny_normal_quantile(0.5 + confidence / 2);
	double		root = (z + jny_normal_quantile(power)) * sd / difference;

	if (difference == 0)
		return INFINITY;
	return ceil(2 * root * root + z * z / 4);
}

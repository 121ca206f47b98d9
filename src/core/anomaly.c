/*
 * anomaly.c
 *	  Whether a period is more unlike its history than periods are unlike each
 *	  other.
 *
 * Chance alone makes counts vary; customers who act alike, weather and
 * campaigns make them vary more.  By how much more is estimated from the
 * history itself (the dispersion of quasi-likelihood, McCullagh & Nelder 1989,
 * 4.5), never taken for less than chance; as that is an estimate from few
 * periods, Student's t takes the place of the normal.  Some noise adds and
 * some multiplies: p is the larger one of both scales, and never below the
 * exact tail, which knows that small counts are skewed.  Earlier incidents are
 * left out of the history by Rosner's (1983) test, which finds several at once.
 */
#include "core/anomaly.h"

#include <math.h>

#define CONFIDENCE 0.95

/*
 * The chance to leave out what belongs to the history: of counts and rates,
 * whose p has the exact tail as a bound; of values, where it would show.
 */
static const double outlier[2] = {0.005, 0.0005};

#define LEAST_COUNT 5			/* mean, to take logarithms */

/* Degrees of freedom that m periods leave: one goes to the search for outliers. */
#define DF(m) ((m) - 2)

/* What all periods of a history have in common. */
typedef struct Level
{
	double		rate;			/* per n, or the mean of values */
	double		n;				/* sum */
	double		x;
	double		spread;			/* variance in units of that by chance */
} Level;

/* Variance of one unit of n by chance. */
static double
chance(JnySpanKind kind, double rate)
{
	switch (kind)
	{
		case JNY_SPAN_COUNT:
			return rate;
		case JNY_SPAN_RATE:
			return rate * (1 - rate);
		default:
			return 1;
	}
}

/* How far a period is from the level, in standard deviations by chance. */
static double
residual(JnySpanKind kind, const Level *level, JnySpan span)
{
	double		variance = chance(kind, level->rate) * span.n;

	return variance > 0 ? (span.x - span.n * level->rate) / sqrt(variance) : 0;
}

static Level
find_level(JnySpanKind kind, const JnySpan *span, int m)
{
	Level		level = {0};
	double		squares = 0;

	for (int i = 0; i < m; i++)
	{
		level.x += span[i].x;
		level.n += span[i].n;
	}
	level.rate = level.x / level.n;
	for (int i = 0; i < m; i++)
	{
		double		r = residual(kind, &level, span[i]);

		squares += r * r;
	}
	level.spread = m > 1 ? squares / (m - 1) : 0;
	if (kind != JNY_SPAN_VALUE)
		level.spread = Max(1, level.spread);
	return level;
}

JnyCritical
jny_critical(int m)
{
	JnyCritical critical;

	for (int i = 0; i < 2; i++)
		critical.far[i] = (double *) jny_alloc0((m + 1) * sizeof(double));
	critical.half = (double *) jny_alloc0((m + 1) * sizeof(double));
	return critical;
}

void
jny_critical_free(JnyCritical *critical)
{
	for (int i = 0; i < 2; i++)
		jny_free(critical->far[i]);
	jny_free(critical->half);
}

/* Grubbs' (1969) bound for the farthest of n in standard deviations. */
static double
critical_far(JnyCritical *critical, bool value, int n)
{
	double	   *far = critical->far[value];

	if (far[n] == 0)
	{
		double		t = jny_t_quantile(1 - outlier[value] / n, n - 2);

		far[n] = (n - 1) * t / sqrt(n * (n - 2 + t * t));
	}
	return far[n];
}

static double
critical_half(JnyCritical *critical, int n)
{
	if (critical->half[n] == 0)
		critical->half[n] = jny_t_quantile(CONFIDENCE, DF(n));
	return critical->half[n];
}

static void
swap_spans(JnySpan *a, JnySpan *b)
{
	JnySpan		t = *a;

	*a = *b;
	*b = t;
}

/*
 * Leaves out what is far from the rest: up to a third of the periods, one
 * after the other the farthest from the level of those left; out are all up to
 * the last one that is too far for the largest of so many.  Returns how many
 * are kept, in front; "along" is put into the same order.
 */
static int
drop_outliers(JnySpanKind kind, JnySpan *span, JnySpan *along, int m,
			  JnyCritical *critical)
{
	int			kept = m;

	for (int n = m; n > m - m / 3; n--)
	{
		Level		level = find_level(kind, span, n);
		int			far = 0;
		double		farthest;

		for (int i = 1; i < n; i++)
			if (fabs(residual(kind, &level, span[i])) >
				fabs(residual(kind, &level, span[far])))
				far = i;
		farthest = fabs(residual(kind, &level, span[far])) / sqrt(level.spread);
		if (level.spread > 0 && farthest > critical_far(critical, kind == JNY_SPAN_VALUE, n))
			kept = n - 1;
		swap_spans(&span[far], &span[n - 1]);
		swap_spans(&along[far], &along[n - 1]);
	}
	return kept;
}

/*
 * P of as much or as little by chance alone, given all events of history and
 * period together.
 */
static double
exact_p(JnySpanKind kind, const Level *level, JnySpan now)
{
	int64		x = (int64) now.x;
	int64		all = (int64) (level->x + now.x);
	double		share = now.n / (level->n + now.n);

	if (kind == JNY_SPAN_RATE)
		return jny_fisher((int64) level->x, (int64) level->n, x, (int64) now.n);
	return Min(1, 2 * Min(jny_binomial_upper(x, all, share),
						  jny_binomial_upper(all - x, all, 1 - share)));
}

/*
 * The p when noise multiplies: Student's t of logarithms, whose variance is not
 * less than that by chance.  There is none, 0, for rates, for values that are
 * not all positive, and for counts too small to have logarithms that say much.
 */
static double
log_p(JnySpanKind kind, const JnySpan *span, int m, JnySpan now)
{
	double		add = kind == JNY_SPAN_COUNT ? 0.5 : 0;
	double		sum = 0;
	double		squares = 0;
	double		x = 0;
	double		variance;

	if (kind == JNY_SPAN_RATE || !(now.x + add > 0))
		return 0;
	for (int i = 0; i < m; i++)
	{
		if (!(span[i].x + add > 0))
			return 0;
		sum += log(span[i].x + add);
		x += span[i].x + add;
	}
	for (int i = 0; i < m; i++)
	{
		double		y = log(span[i].x + add) - sum / m;

		squares += y * y;
	}
	if (kind == JNY_SPAN_COUNT && x < LEAST_COUNT * m)
		return 0;
	variance = squares / (m - 1);
	if (kind == JNY_SPAN_COUNT)
		variance = Max(variance, m / x);
	if (!(variance > 0))
		return 0;
	return jny_t_two_sided((log(now.x + add) - sum / m) /
						   sqrt(variance * (1 + 1.0 / m)), DF(m));
}

/* The p and the range, given the level of a history of m periods. */
static void
judge(JnySpanKind kind, const Level *level, int m, JnySpan now,
	  JnyCritical *critical, JnyAnomaly *result)
{
	double		weight = 1 / now.n + 1 / level->n;
	double		common = kind == JNY_SPAN_VALUE ? level->rate :
		(level->x + now.x) / (level->n + now.n);
	double		error = sqrt(chance(kind, common) * level->spread * weight);
	double		half = critical_half(critical, m) *
		sqrt(chance(kind, level->rate) * level->spread * weight);
	double		difference = now.x / now.n - level->rate;

	result->range.low = level->rate - half;
	result->range.high = level->rate + half;
	if (error > 0)
		result->p = jny_t_two_sided(difference / error, DF(m));
	else
		result->p = kind == JNY_SPAN_VALUE && difference != 0 ? NAN : 1;
	if (kind == JNY_SPAN_VALUE)
		return;
	result->p = Max(result->p, exact_p(kind, level, now));
	result->range.low = Max(0, result->range.low);
	if (kind == JNY_SPAN_RATE)
		result->range.high = Min(1, result->range.high);
}

/*
 * Leaves out earlier incidents.  Of positive values these are far away by
 * their logarithms: else noise that multiplies would lose its upper tail.
 */
static int
clean_history(JnySpanKind kind, JnySpan *span, int m, JnyCritical *critical)
{
	JnySpan    *scaled = (JnySpan *) jny_alloc(m * sizeof(JnySpan));
	bool		positive = kind == JNY_SPAN_VALUE;
	int			kept;

	for (int i = 0; i < m; i++)
		positive = positive && span[i].x > 0;
	for (int i = 0; i < m; i++)
	{
		scaled[i] = span[i];
		if (positive)
			scaled[i].x = log(span[i].x);
	}
	kept = drop_outliers(kind, scaled, span, m, critical);
	jny_free(scaled);
	return kept;
}

/*
 * The p of a number that differs from a history without any variance, which
 * tells no standard deviation: if periods may stand in any order, how probable
 * it is that one of those that differ, this one and what was left out of the
 * history, is the last of all.
 */
static double
constant_p(int m, int kept)
{
	return (m - kept + 1.0) / (m + 1.0);
}

/* O(m^2), and the standard deviation of the count for the exact tail. */
JnyAnomaly
jny_anomaly(JnySpanKind kind, const JnySpan *history, int m, JnySpan now,
			JnyCritical *critical)
{
	JnyAnomaly	result = {m, now.x / now.n, NAN, {NAN, NAN}, NAN};
	JnySpan    *span;
	Level		level;

	if (m < JNY_HISTORY_LEAST)
		return result;
	span = (JnySpan *) jny_alloc(m * sizeof(JnySpan));
	memcpy(span, history, m * sizeof(JnySpan));
	result.history = clean_history(kind, span, m, critical);
	level = find_level(kind, span, result.history);
	result.expected = level.rate;
	judge(kind, &level, result.history, now, critical, &result);
	if (isnan(result.p) && level.spread == 0)
		result.p = constant_p(m, result.history);
	else
		result.p = Max(result.p, log_p(kind, span, result.history, now));
	jny_free(span);
	return result;
}

/*
 * stats_rates.c
 *	  Intervals and tests for rates and counts, and many comparisons at once.
 */
#include "core/stats.h"

#include <float.h>
#include <math.h>

/* ---- intervals ---- */

/*
 * Half-width and centre of Wilson's (1927) score interval solve
 * |x/n - p| = z sqrt(p (1 - p) / n) for p.
 */
JnyRange
jny_wilson(int64 x, int64 n, double confidence)
{
	JnyRange	range = {0, 1};
	double		z = jny_normal_quantile(0.5 + confidence / 2);
	double		rate;
	double		centre;
	double		half;
	double		scale;

	if (n == 0)
		return range;
	rate = (double) x / n;
	scale = 1 + z * z / n;
	centre = (rate + z * z / (2.0 * n)) / scale;
	half = z * sqrt(rate * (1 - rate) / n + z * z / (4.0 * n * n)) / scale;
	range.low = x == 0 ? 0 : Max(0, centre - half);
	range.high = x == n ? 1 : Min(1, centre + half);
	return range;
}

/*
 * P(X >= x) of a binomial count of n, or of a Poisson count for n = 0, grows
 * with p or the mean.  By how much it is more than "tail" there; "rest" is
 * 1 - tail, for one of the two is small and must not be rounded.
 */
static double
tail_excess(int64 x, int64 n, double at, double tail, double rest)
{
	if (n > 0)
		return jny_binomial_upper(x, n, at) - tail;
	return tail < rest ? jny_gamma_lower((double) x, at) - tail :
		rest - jny_gamma_upper((double) x, at);
}

static double
tail_slope(int64 x, int64 n, double at)
{
	return n > 0 ? n * jny_binomial_density(x - 1, n - 1, at, 1 - at) :
		jny_poisson_density((double) x - 1, at);
}

/*
 * About where the tail is as large as that of the normal distribution at z:
 * the score bound, and that of Wilson & Hilferty (1931).
 */
static double
tail_guess(int64 x, int64 n, double z)
{
	double		k = x - 0.5;
	double		root;

	if (n > 0)
		return (k + z * z / 2 + z * sqrt(k * (n - k) / n + z * z / 4)) / (n + z * z);
	root = 1 - 1 / (9.0 * x) + z / (3 * sqrt((double) x));
	return x * root * root * root;
}

/*
 * The p or mean at which P(X >= x) is "tail", by Newton's method; where a step
 * would leave the bracket, or gains little, that is halved instead.
 */
static double
invert_tail(int64 x, int64 n, double tail, double rest)
{
	double		low = 0;
	double		high = n > 0 ? 1 : x + 1;
	double		at = tail_guess(x, n, jny_normal_quantile(tail));

	while (n == 0 && tail_excess(x, n, high, tail, rest) < 0)
		high *= 2;
	if (!(at > low && at < high))
		at = low + (high - low) / 2;
	for (int i = 0; i < 2200; i++)
	{
		double		excess = tail_excess(x, n, at, tail, rest);
		double		before = at;

		if (excess > 0)
			high = at;
		else
			low = at;
		at -= excess / tail_slope(x, n, at);
		if (!(at > low && at < high) || i % 16 == 15)
			at = low + (high - low) / 2;
		if (fabs(at - before) <= DBL_EPSILON * at || at <= low || at >= high)
			break;
	}
	return at;
}

/* Clopper & Pearson (1934): each bound leaves half of the rest in its tail. */
JnyRange
jny_binomial_exact(int64 x, int64 n, double confidence)
{
	JnyRange	range = {0, 1};
	double		tail = (1 - confidence) / 2;

	if (x > 0)
		range.low = invert_tail(x, n, tail, 1 - tail);
	if (x < n)
		range.high = 1 - invert_tail(n - x, n, tail, 1 - tail);
	return range;
}

/* Garwood (1936): P(X >= x | low) = P(X <= x | high) = half of the rest. */
JnyRange
jny_poisson_exact(int64 x, double confidence)
{
	JnyRange	range = {0, 0};
	double		tail = (1 - confidence) / 2;

	if (x > 0)
		range.low = invert_tail(x, 0, tail, 1 - tail);
	range.high = invert_tail(x + 1, 0, 1 - tail, tail);
	return range;
}

/* Newcombe (1998), method 10: from the Wilson intervals of both rates. */
JnyRange
jny_newcombe(int64 x1, int64 n1, int64 x2, int64 n2, double confidence)
{
	JnyRange	one = jny_wilson(x1, n1, confidence);
	JnyRange	two = jny_wilson(x2, n2, confidence);
	double		p1 = (double) x1 / n1;
	double		p2 = (double) x2 / n2;
	JnyRange	range;

	range.low = p2 - p1 - hypot(p2 - two.low, one.high - p1);
	range.high = p2 - p1 + hypot(two.high - p2, p1 - one.low);
	return range;
}

/* The log of a ratio of rates is about normal (Katz et al. 1978). */
JnyRange
jny_relative_lift(int64 x1, int64 n1, int64 x2, int64 n2, double confidence)
{
	double		ratio = ((double) x2 / n2) / ((double) x1 / n1);
	double		z = jny_normal_quantile(0.5 + confidence / 2);
	double		half = z * sqrt(1.0 / x1 - 1.0 / n1 + 1.0 / x2 - 1.0 / n2);
	JnyRange	range;

	range.low = exp(log(ratio) - half) - 1;
	range.high = exp(log(ratio) + half) - 1;
	return range;
}

/* ---- two by two ---- */

/* The share of a hypergeometric distribution that a test asks for. */
typedef enum FisherTail
{
	NO_LIKELIER,				/* outcomes no likelier than what was seen */
	AS_MANY						/* as many or more in group 2 */
} FisherTail;

/*
 * Walks the hypergeometric distribution from its mode to both sides by the
 * ratio of neighbours, as weights relative to the mode: no factorials, and
 * small terms keep their digits.  O(standard deviation).
 */
static double
fisher(int64 x1, int64 n1, int64 x2, int64 n2, FisherTail tail)
{
	int64		m = x1 + x2;	/* successes in all */
	int64		least = Max(0, m - n1);
	int64		most = Min(m, n2);
	int64		mode = (int64) (((double) m + 1) * ((double) n2 + 1) /
								((double) n1 + n2 + 2));
	double		seen = 1;
	double		all = 0;
	double		part = 0;
	double		weight;

	mode = Max(least, Min(most, mode));
	/* weight of what was seen; 0 when it is out of all proportion */
	for (int64 x = mode; x < x2 && seen > 0; x++)
		seen *= (double) (m - x) / (x + 1) * (n2 - x) / (n1 - m + x + 1);
	for (int64 x = mode; x > x2 && seen > 0; x--)
		seen *= (double) x / (m - x + 1) * (n1 - m + x) / (n2 - x + 1);

	weight = 1;
	for (int64 x = mode; x <= most && weight > 0; x++)
	{
		if ((x & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		all += weight;
		/* R allows for rounding by the same factor */
		if (tail == AS_MANY ? x >= x2 : weight <= seen * (1 + 1e-7))
			part += weight;
		weight *= (double) (m - x) / (x + 1) * (n2 - x) / (n1 - m + x + 1);
	}
	weight = 1;
	for (int64 x = mode; x > least && weight > 0;)
	{
		weight *= (double) x / (m - x + 1) * (n1 - m + x) / (n2 - x + 1);
		x--;
		if ((x & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		all += weight;
		if (tail == AS_MANY ? x >= x2 : weight <= seen * (1 + 1e-7))
			part += weight;
	}
	return Min(1, part / all);
}

double
jny_fisher(int64 x1, int64 n1, int64 x2, int64 n2)
{
	return fisher(x1, n1, x2, n2, NO_LIKELIER);
}

double
jny_fisher_more(int64 x1, int64 n1, int64 x2, int64 n2)
{
	return fisher(x1, n1, x2, n2, AS_MANY);
}

/* (ad - bc)^2 n over the product of the margins; 0 when a margin is empty. */
double
jny_chi2_2x2(int64 x1, int64 n1, int64 x2, int64 n2)
{
	double		n = (double) n1 + n2;
	double		x = (double) x1 + x2;
	double		cross = (double) x2 * (n1 - x1) - (double) x1 * (n2 - x2);
	double		margins = x * (n - x) * n1 * n2;

	return margins > 0 ? cross * cross * n / margins : 0;
}

double
jny_least_expected(int64 x1, int64 n1, int64 x2, int64 n2)
{
	double		n = (double) n1 + n2;
	double		x = (double) x1 + x2;

	return n > 0 ? Min(x, n - x) * Min(n1, n2) / n : 0;
}

/* Odds in group 2 over odds in group 1; Woolf's (1955) interval of its log. */
double
jny_odds_ratio(int64 x1, int64 n1, int64 x2, int64 n2, double confidence,
			   JnyRange *range)
{
	double		a = x2 + 0.5;
	double		b = n2 - x2 + 0.5;
	double		c = x1 + 0.5;
	double		d = n1 - x1 + 0.5;
	double		ratio = a * d / (b * c);
	double		half = jny_normal_quantile(0.5 + confidence / 2) *
		sqrt(1 / a + 1 / b + 1 / c + 1 / d);

	range->low = exp(log(ratio) - half);
	range->high = exp(log(ratio) + half);
	return ratio;
}

/* ---- many comparisons ---- */

/* A p value and where it stands. */
typedef struct Ranked
{
	double		p;
	size_t		at;
} Ranked;

#define ST_SORT sort_ranked
#define ST_ELEMENT_TYPE Ranked
#define ST_COMPARE(a, b) \
	((a)->p != (b)->p ? ((a)->p > (b)->p) - ((a)->p < (b)->p) : \
	 ((a)->at > (b)->at) - ((a)->at < (b)->at))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * q of the i-th smallest p is the least of p_j n / j over all j >= i, at most
 * 1.  O(n log n).
 */
void
jny_bh_adjust(double *p, size_t n)
{
	Ranked	   *rank = (Ranked *) jny_alloc(n * sizeof(Ranked) + 1);
	double		least = 1;

	for (size_t i = 0; i < n; i++)
	{
		rank[i].p = p[i];
		rank[i].at = i;
	}
	sort_ranked(rank, n);
	for (size_t i = n; i > 0; i--)
	{
		least = Min(least, rank[i - 1].p * n / i);
		p[rank[i - 1].at] = least;
	}
	jny_free(rank);
}

/*
 * moments.c
 *	  Sums of values and of their squares in a journey_tally.
 */
#include "postgres.h"

#include <math.h>

#include "pg/moments.h"

void
journey_moments_add(JourneyCounts *state, const void *key, uint32 len, int k,
					double value)
{
	if (value == 0)
		return;
	journey_counts_add(state, key, len, k, value);
	journey_counts_add_product(state, key, len, k + 1, value, value);
}

/* An exact sum as the nearest double and what that leaves. */
static void
split_sum(const JnySum *sum, double *high, double *low)
{
	JnySum		rest = {0};

	*high = journey_sum_value(sum);
	jny_sum_add(&rest, -*high);
	jny_sum_merge(&rest, sum);
	*low = jny_sum_value(&rest);
}

/*
 * n times the sum of squares and the square of the sum may agree in nearly all
 * digits: they are subtracted with twice as many.
 */
JnyMean
journey_moments_read(const JnySum *sums, int64 n)
{
	JnyMean		group = {n, NAN, NAN};
	double		sum[2];
	double		squares[2];
	double		a;
	double		b;
	double		spread;

	if (n < 1)
		return group;
	split_sum(&sums[0], &sum[0], &sum[1]);
	split_sum(&sums[1], &squares[0], &squares[1]);
	group.mean = sum[0] / n;
	a = n * squares[0];
	b = sum[0] * sum[0];
	spread = (a - b) + (fma((double) n, squares[0], -a) - fma(sum[0], sum[0], -b)) +
		(n * squares[1] - 2 * sum[0] * sum[1]);
	journey_check_sum(spread);
	if (n > 1)
		group.sd = sqrt(Max(0, spread / n / (n - 1)));
	return group;
}

/*
 * sum.c
 *	  Sums that are not rounded until they are read.
 */
#include "core/sum.h"

#include <math.h>

static void
push_part(JnySum *sum, int at, double value)
{
	if (at == sum->cap)
	{
		sum->cap = Max(2 * sum->cap, 2);
		sum->part = sum->part ?
			(double *) jny_realloc(sum->part, sum->cap * sizeof(double)) :
			(double *) jny_alloc(sum->cap * sizeof(double));
	}
	sum->part[at] = value;
}

/*
 * Grow-expansion with elimination of zeros: each step replaces two numbers by
 * their rounded sum and its error, so nothing is lost.  A sum out of range is
 * infinite from then on.
 */
void
jny_sum_add(JnySum *sum, double x)
{
	int			n = 0;

	for (int i = 0; i < sum->n; i++)
	{
		double		y = sum->part[i];
		double		high;
		double		low;

		if (fabs(x) < fabs(y))
		{
			double		t = x;

			x = y;
			y = t;
		}
		high = x + y;
		low = isinf(high) ? 0 : y - (high - x);
		if (low != 0)
			sum->part[n++] = low;
		x = high;
	}
	if (x != 0)
		push_part(sum, n++, x);
	sum->n = (uint16) n;
}

void
jny_sum_add_product(JnySum *sum, double x, double y)
{
	double		product = x * y;

	jny_sum_add(sum, product);
	if (isfinite(product))
		jny_sum_add(sum, fma(x, y, -product));
}

/*
 * The sum rounded once, half to even: the parts from the largest down until
 * one leaves an error; that error only matters when it is half a unit, and
 * then the sign of the next part tells which way.
 */
double
jny_sum_value(const JnySum *sum)
{
	int			n = sum->n;
	double		high;
	double		low = 0;

	if (n == 0)
		return 0;
	high = sum->part[--n];
	while (n > 0)
	{
		double		x = high;
		double		y = sum->part[--n];

		high = x + y;
		if (isinf(high))
			return high;
		low = y - (high - x);
		if (low != 0)
			break;
	}
	if (n > 0 && ((low < 0 && sum->part[n - 1] < 0) ||
				  (low > 0 && sum->part[n - 1] > 0)))
	{
		double		twice = low * 2;
		double		x = high + twice;

		if (twice == x - high)
			high = x;
	}
	return high;
}

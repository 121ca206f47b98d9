/*
 * stats.c
 *	  Distributions.
 *
 * The incomplete gamma and beta functions are a factor times a series or a
 * continued fraction.  The factor is a Poisson or binomial density, computed
 * as Loader (2000, "Fast and accurate computation of binomial probabilities")
 * shows: as deviance and error of Stirling's formula, which are small numbers,
 * rather than as a difference of large logarithms.  The continued fractions
 * are those of the NIST Digital Library of Mathematical Functions (DLMF) 8.9.2
 * and 8.17.22, evaluated by the method of Lentz (1976) as Thompson & Barnett
 * (1986) amended it.
 */
#include "core/stats.h"

#include <float.h>
#include <math.h>

#define TINY 1e-300				/* stands for 0 in a denominator */
#define MAX_TERMS 2000000		/* of a series or fraction; some sqrt(a) do */

/* ---- densities ---- */

/*
 * log(n!) minus Stirling's formula for it, for real n >= 0.  The series is
 * DLMF 5.11.1; its first omitted term at n = 16 is below 1e-17.
 */
static double
stirling_error(double n)
{
	static const double term[] = {
		1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188,
		-691.0 / 360360, 1.0 / 156
	};
	double		sum = 0;
	double		square = n * n;

	if (n < 16)
		return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * M_PI);
	for (int i = lengthof(term) - 1; i >= 0; i--)
		sum = sum / square + term[i];
	return sum / n;
}

/*
 * x log(x / m) + m - x, the deviance of x from its mean m, without the
 * cancellation near x = m: with v = (x - m) / (x + m), log(x / m) is
 * 2 (v + v^3/3 + v^5/5 + ..).
 */
static double
deviance(double x, double m)
{
	double		v = (x - m) / (x + m);
	double		sum = (x - m) * v;
	double		power = 2 * x * v;

	if (fabs(v) > 0.1)
		return x * log(x / m) + m - x;
	for (int j = 3; j < 1000; j += 2)
	{
		double		before = sum;

		power *= v * v;
		sum += power / j;
		if (sum == before)
			break;
	}
	return sum;
}

double
jny_poisson_density(double a, double x)
{
	if (x == 0)
		return a == 0 ? 1 : 0;
	if (a == 0)
		return exp(-x);
	return exp(-stirling_error(a) - deviance(a, x)) / sqrt(2 * M_PI * a);
}

double
jny_binomial_density(double x, double n, double p, double q)
{
	double		error;

	if (p == 0)
		return x == 0 ? 1 : 0;
	if (q == 0)
		return x == n ? 1 : 0;
	if (x == 0)
		return exp(p < 0.1 ? n * log1p(-p) : n * log(q));
	if (x == n)
		return exp(q < 0.1 ? n * log1p(-q) : n * log(p));
	error = stirling_error(n) - stirling_error(x) - stirling_error(n - x) -
		deviance(x, n * p) - deviance(n - x, n * q);
	return exp(error) * sqrt(n / (2 * M_PI * x * (n - x)));
}

/* ---- incomplete gamma ---- */

/* P(a, x) by its power series, DLMF 8.11.4; for x below a + 1. */
static double
gamma_series(double a, double x)
{
	double		term = 1;
	double		sum = 1;

	for (int i = 1; i < MAX_TERMS && term > sum * DBL_EPSILON / 8; i++)
	{
		term *= x / (a + i);
		sum += term;
	}
	return sum * jny_poisson_density(a, x);
}

/* Q(a, x) by its continued fraction, DLMF 8.9.2; for x above a + 1. */
static double
gamma_fraction(double a, double x)
{
	double		b = x + 1 - a;
	double		c = 1 / TINY;
	double		d = 1 / b;
	double		h = d;

	for (int i = 1; i < MAX_TERMS; i++)
	{
		double		an = -i * (i - a);
		double		delta;

		b += 2;
		d = an * d + b;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = b + an / c;
		if (fabs(c) < TINY)
			c = TINY;
		delta = c * d;
		h *= delta;
		if (fabs(delta - 1) < DBL_EPSILON)
			break;
	}
	return h * a * jny_poisson_density(a, x);
}

double
jny_gamma_lower(double a, double x)
{
	if (x <= 0)
		return 0;
	return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}

double
jny_gamma_upper(double a, double x)
{
	if (x <= 0)
		return 1;
	return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

/* ---- incomplete beta ---- */

/*
 * The continued fraction of DLMF 8.17.22, which converges fast for
 * x < (a + 1) / (a + b + 2).
 */
static double
beta_fraction(double a, double b, double x)
{
	double		c = 1;
	double		d = 1 - (a + b) * x / (a + 1);
	double		h;

	d = 1 / (fabs(d) < TINY ? TINY : d);
	h = d;
	for (int m = 1; m < MAX_TERMS; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		odd = -(a + m) * (a + b + m) * x /
			((a + 2 * m) * (a + 2 * m + 1));
		double		delta;

		d = 1 + even * d;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = 1 + even / c;
		h *= d * (fabs(c) < TINY ? TINY : c);
		d = 1 + odd * d;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = 1 + odd / c;
		delta = d * (fabs(c) < TINY ? TINY : c);
		h *= delta;
		if (fabs(delta - 1) < DBL_EPSILON)
			break;
	}
	return h;
}

/* x^a y^b / (a B(a, b)) is a binomial density times b / (a + b). */
double
jny_beta_lower(double a, double b, double x, double y)
{
	double		density;

	if (x <= 0)
		return 0;
	if (y <= 0)
		return 1;
	density = jny_binomial_density(a, a + b, x, y);
	if (x < (a + 1) / (a + b + 2))
		return density * b / (a + b) * beta_fraction(a, b, x);
	return 1 - density * a / (a + b) * beta_fraction(b, a, y);
}

/* ---- tails ---- */

double
jny_normal_upper(double z)
{
	return 0.5 * erfc(z * M_SQRT1_2);
}

double
jny_chi2_upper(double x, double df)
{
	return jny_gamma_upper(df / 2, x / 2);
}

double
jny_t_two_sided(double t, double df)
{
	double		square = t * t;

	if (isinf(square))
		return 0;
	return jny_beta_lower(df / 2, 0.5, df / (df + square),
						  square / (df + square));
}

double
jny_binomial_upper(int64 x, int64 n, double p)
{
	if (x <= 0)
		return 1;
	if (x > n)
		return 0;
	return jny_beta_lower((double) x, (double) (n - x) + 1, p, 1 - p);
}

/* ---- quantiles ---- */

/*
 * The first guess is 26.2.23 of Abramowitz & Stegun (1964), good to 4.5e-4;
 * Halley's method then triples the number of right digits each time.  Works
 * with the smaller tail, whose probability has all its digits.
 */
double
jny_normal_quantile(double p)
{
	double		tail = Min(p, 1 - p);
	double		t;
	double		z;

	if (tail <= 0)
		return p < 0.5 ? -INFINITY : INFINITY;
	t = sqrt(-2 * log(tail));
	z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
		(1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
	for (int i = 0; i < 3; i++)
	{
		double		density = exp(-z * z / 2) / sqrt(2 * M_PI);
		double		step;

		if (density == 0)
			break;
		step = (jny_normal_upper(z) - tail) / density;
		z += step / (1 - step * z / 2);
	}
	return p < 0.5 ? -z : z;
}

/* Density of Student's t. */
static double
t_density(double t, double df)
{
	double		log_scale = lgamma((df + 1) / 2) - lgamma(df / 2);

	return exp(log_scale - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df * M_PI);
}

/*
 * The tail of t falls with t: doubling brackets it, Newton's method finds it;
 * where a step would leave the bracket, or gains little, it is halved instead.
 */
double
jny_t_quantile(double confidence, double df)
{
	double		tail = 1 - confidence;
	double		low = 0;
	double		high = 1;
	double		t;

	if (!(df > 0))
		return NAN;
	while (jny_t_two_sided(high, df) > tail && high < 1e150)
	{
		low = high;
		high *= 2;
	}
	t = low + (high - low) / 2;
	for (int i = 0; i < 200; i++)
	{
		double		excess = jny_t_two_sided(t, df) - tail;
		double		before = t;

		if (excess > 0)
			low = t;
		else
			high = t;
		t += excess / (2 * t_density(t, df));
		if (!(t > low && t < high) || i % 8 == 7)
			t = low + (high - low) / 2;
		if (fabs(t - before) <= DBL_EPSILON * t || t <= low || t >= high)
			break;
	}
	return t;
}

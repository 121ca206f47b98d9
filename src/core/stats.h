/*
 * stats.h
 *	  Distributions, tests and intervals for rates and counts.
 *
 * Probabilities agree with R to 1e-10 of their size, also far out in a tail:
 * each tail is summed by itself, never as 1 minus the other.  No function
 * allocates, and none fails: arguments outside the domain are the caller's to
 * refuse.
 */
#ifndef JOURNEY_STATS_H
#define JOURNEY_STATS_H

#include "core/core.h"

typedef struct JnyRange
{
	double		low;
	double		high;
} JnyRange;

/* ---- distributions ---- */

/* P(Z > z) of the standard normal, and the z with P(Z <= z) = p. */
extern double jny_normal_upper(double z);
extern double jny_normal_quantile(double p);

/* P(a, x) and Q(a, x), the regularised incomplete gamma functions. */
extern double jny_gamma_lower(double a, double x);
extern double jny_gamma_upper(double a, double x);

/* I_x(a, b), the regularised incomplete beta function; y = 1 - x. */
extern double jny_beta_lower(double a, double b, double x, double y);

/* P(X > x) of chi-square; P(|T| > |t|) of Student's t. */
extern double jny_chi2_upper(double x, double df);
extern double jny_t_two_sided(double t, double df);

/* The t with P(|T| <= t) = confidence. */
extern double jny_t_quantile(double confidence, double df);

/* x^a e^-x / Gamma(a + 1): the Poisson density for a real count a. */
extern double jny_poisson_density(double a, double x);

/* Density of the binomial at x of n, for any real 0 <= x <= n; q = 1 - p. */
extern double jny_binomial_density(double x, double n, double p, double q);

/* P(X >= x) of the binomial. */
extern double jny_binomial_upper(int64 x, int64 n, double p);

/* ---- intervals: of a rate, of a count, of a difference of rates ---- */

extern JnyRange jny_wilson(int64 x, int64 n, double confidence);
extern JnyRange jny_binomial_exact(int64 x, int64 n, double confidence);
extern JnyRange jny_poisson_exact(int64 x, double confidence);

/* Of x2/n2 - x1/n1. */
extern JnyRange jny_newcombe(int64 x1, int64 n1, int64 x2, int64 n2,
							 double confidence);

/* Of (x2/n2) / (x1/n1) - 1; NaN, or infinite, where a count is 0. */
extern JnyRange jny_relative_lift(int64 x1, int64 n1, int64 x2, int64 n2,
								  double confidence);

/* ---- two by two: x1 of n1 against x2 of n2 ---- */

/* Fisher's exact test, two-sided; and P of as many or more than x2. */
extern double jny_fisher(int64 x1, int64 n1, int64 x2, int64 n2);
extern double jny_fisher_more(int64 x1, int64 n1, int64 x2, int64 n2);

/* Pearson's chi-square without correction: the square of the pooled z. */
extern double jny_chi2_2x2(int64 x1, int64 n1, int64 x2, int64 n2);

/* The least of the four counts one would expect if there were no difference. */
extern double jny_least_expected(int64 x1, int64 n1, int64 x2, int64 n2);

/* Odds ratio with 0.5 added to each cell (Haldane 1956, Anscombe 1956). */
extern double jny_odds_ratio(int64 x1, int64 n1, int64 x2, int64 n2,
							 double confidence, JnyRange *range);

/* ---- many comparisons ---- */

/* Turns p values into q values (Benjamini & Hochberg 1995), in place. */
extern void jny_bh_adjust(double *p, size_t n);

#endif							/* JOURNEY_STATS_H */

/*
 * stats.c
 *	  Distributions, tests and intervals against reference values.
 *
 * The values are those of mpmath 1.4.1 at 30 digits (gamma, beta, normal, t),
 * of scipy 1.17.1 (quantiles, exact intervals), of exact rational arithmetic
 * (Fisher), and of R 4.2.2 (two-by-two tables, p.adjust), each to 1e-10 of its
 * size unless a line says otherwise.
 */
#include "core/stats.h"

#include <math.h>

#include "tap.h"

/* Whether a value is right to ten digits. */
static bool
same(double got, double want)
{
	return got == want || fabs(got - want) <= 1e-10 * fabs(want);
}

#define SAME(got, want) \
	JNY_CASE(same(got, want), "got %.17g, want %.17g", (double) (got), (double) (want))

/* Incomplete gamma, lower and upper; the smaller one has all its digits. */
static void
test_gamma(void)
{
	static const double want[][4] = {
		{0.5, 0.2, 0.47291074313446193, 0.52708925686553807},
		{1, 3, 0.95021293163213606, 0.049787068367863943},
		{2.5, 10, 0.99875026943696862, 0.0012497305630313754},
		{10, 3, 0.0011024881301154797, 0.99889751186988452},
		{100, 80, 0.017108313035133114, 0.98289168696486689},
		{100, 130, 0.99724959163269347, 0.0027504083673065263},
		{10000.0, 10200.0, 0.9767126778664012, 0.023287322133598804},
		{1000000.0, 997500.0, 0.0061790059173419734, 0.99382099408265803},
		{3, 60, 1.0, 1.6295866529378224e-23},
	};

	for (int i = 0; i < lengthof(want); i++)
	{
		SAME(jny_gamma_lower(want[i][0], want[i][1]), want[i][2]);
		SAME(jny_gamma_upper(want[i][0], want[i][1]), want[i][3]);
	}
	SAME(jny_gamma_lower(2, 0), 0);
	SAME(jny_chi2_upper(10.3267419549, 1), 0.00131116452035);
	ok(jny_cases_ok(), "incomplete gamma");
}

static void
test_beta(void)
{
	static const double want[][4] = {
		{0.5, 0.5, 0.3, 0.36901011956554538},
		{2.0, 3.0, 0.4, 0.5248},
		{1.0, 20.0, 0.01, 0.18209306240276913},
		{12.0, 0.5, 0.9, 0.11552285426683217},
		{300.0, 700.0, 0.25, 0.00017989197772738935},
		{5000.0, 5000.0, 0.51, 0.97725796767542536},
		{40.0, 10000.0, 0.001, 7.9068686325221553e-13},
	};

	for (int i = 0; i < lengthof(want); i++)
		SAME(jny_beta_lower(want[i][0], want[i][1], want[i][2], 1 - want[i][2]), want[i][3]);
	ok(jny_cases_ok(), "incomplete beta");
}

static void
test_normal(void)
{
	static const double tail[][2] = {
		{-1, 0.84134474606854295},
		{0.3, 0.38208857781104736},
		{1.96, 0.024997895148220434},
		{6, 9.8658764503769814e-10},
		{12, 1.776482112077679e-33},
		{30, 4.9067139271481871e-198},
	};
	static const double quantile[][2] = {
		{1.0e-12, -7.0344838253011319},
		{0.001, -3.0902323061678135},
		{0.2, -0.84162123357291421},
		{0.5, 0.0},
		{0.8, 0.84162123357291421},
		{0.975, 1.9599639845400542},
		{0.995, 2.5758293035489008},
	};

	for (int i = 0; i < lengthof(tail); i++)
		SAME(jny_normal_upper(tail[i][0]), tail[i][1]);
	for (int i = 0; i < lengthof(quantile); i++)
		JNY_CASE(fabs(jny_normal_quantile(quantile[i][0]) - quantile[i][1]) < 1e-12,
				 "quantile of %g is %.17g", quantile[i][0], jny_normal_quantile(quantile[i][0]));
	ok(jny_cases_ok(), "normal");
}

static void
test_t(void)
{
	static const double tail[][3] = {
		{1.4060319226, 171.265150751, 0.16152633135871308},
		{2, 1, 0.29516723530086655},
		{0.1, 5, 0.92423014115466037},
		{8, 12.5, 2.8884388303708451e-6},
	};
	static const double quantile[][3] = {
		{0.95, 10, 2.22813885198627},
		{0.95, 1556.14328455, 1.96148960630499},
		{0.99, 1, 63.6567411628715},
	};

	for (int i = 0; i < lengthof(tail); i++)
		SAME(jny_t_two_sided(tail[i][0], tail[i][1]), tail[i][2]);
	for (int i = 0; i < lengthof(quantile); i++)
		SAME(jny_t_quantile(quantile[i][0], quantile[i][1]), quantile[i][2]);
	ok(jny_cases_ok(), "Student's t");
}

static void
test_exact_intervals(void)
{
	static const struct
	{
		int64		x;
		double		low;
		double		high;
	}			poisson[] = {
		{0, 0, 3.68887945411394},
		{1, 0.0253178079842899, 5.5716433909389},
		{5, 1.62348639011842, 11.6683320793227},
		{38, 26.8910616451961, 52.1579689192596},
		{104, 84.9755363101305, 126.013406995005},
		{100000, 99381.1526637447, 100621.744739744},
	},
				far[] = {	/* sums of 60 decimal digits */
		{0, 0, 28.324190418453306},
		{1, 4.999889391400636e-13, 31.815078539787287},
		{12, 0.5195237233787319, 57.10625257424642},
		{300, 192.57477373361633, 441.79308686802784},
	};
	static const struct
	{
		int64		x;
		int64		n;
		double		low;
		double		high;
	}			binomial[] = {
		{0, 10, 0, 0.308497107818761},
		{3, 10, 0.0667395111777345, 0.652452850059997},
		{10, 10, 0.691502892181239, 1},
		{44, 168, 0.197198468457114, 0.335213414144589},
		{500, 100000, 0.00457224415007059, 0.00545684117701028},
	};

	for (int i = 0; i < lengthof(poisson); i++)
	{
		JnyRange	range = jny_poisson_exact(poisson[i].x, 0.95);

		SAME(range.low, poisson[i].low);
		SAME(range.high, poisson[i].high);
	}
	for (int i = 0; i < lengthof(binomial); i++)
	{
		JnyRange	range = jny_binomial_exact(binomial[i].x, binomial[i].n, 0.95);

		SAME(range.low, binomial[i].low);
		SAME(range.high, binomial[i].high);
	}
	for (int i = 0; i < lengthof(far); i++)
	{
		JnyRange	range = jny_poisson_exact(far[i].x, 0.999999999999);

		SAME(range.low, far[i].low);
		SAME(range.high, far[i].high);
	}
	ok(jny_cases_ok(), "exact intervals of counts and rates");
}

static void
test_fisher(void)
{
	static const struct
	{
		int64		x1, n1, x2, n2;
		double		two_sided;
		double		more;
	}			want[] = {
		{60, 200, 120, 200, 2.2980903403169821e-9, 1.149045170158491e-9},
		{45, 200, 10, 200, 3.5838230543078408e-7, 0.99999996920314642},
		{0, 200, 2, 200, 0.4987468671679198, 0.2493734335839599},
		{200, 200, 200, 200, 1.0, 1.0},
		{141, 1832, 44, 168, 1.1059197587321678e-11, 1.1059197587321678e-11},
		{5, 8, 2, 9, 0.15343480049362402, 0.98663101604278075},
		{0, 5000, 40, 5000, 1.6819797920561474e-12, 8.409898960280737e-13},
		{412, 5200, 498, 5100, 0.001090531016144253, 0.0005580537078208525},
	};

	for (int i = 0; i < lengthof(want); i++)
	{
		SAME(jny_fisher(want[i].x1, want[i].n1, want[i].x2, want[i].n2), want[i].two_sided);
		SAME(jny_fisher_more(want[i].x1, want[i].n1, want[i].x2, want[i].n2), want[i].more);
	}
	ok(jny_cases_ok(), "Fisher's exact test");
}

/* The distribution is walked from its mode: any table, also degenerate ones. */
static void
test_fisher_all(void)
{
	for (int n1 = 0; n1 <= 6; n1++)
		for (int n2 = 0; n2 <= 7; n2++)
			for (int x1 = 0; x1 <= n1; x1++)
				for (int x2 = 0; x2 <= n2; x2++)
				{
					int			m = x1 + x2;
					double		all = 0;
					double		more = 0;
					double		two = 0;
					double		seen = 0;

					for (int pass = 0; pass < 2; pass++)
						for (int x = Max(0, m - n1); x <= Min(m, n2); x++)
						{
							double		w = exp(lgamma(n2 + 1) - lgamma(x + 1) - lgamma(n2 - x + 1) +
												lgamma(n1 + 1) - lgamma(m - x + 1) - lgamma(n1 - m + x + 1));

							if (pass == 0)
							{
								all += w;
								if (x >= x2)
									more += w;
								if (x == x2)
									seen = w;
							}
							else if (w <= seen * (1 + 1e-7))
								two += w;
						}
					SAME(jny_fisher(x1, n1, x2, n2), Min(1, two / all));
					SAME(jny_fisher_more(x1, n1, x2, n2), Min(1, more / all));
				}
	ok(jny_cases_ok(), "Fisher's exact test on all small tables");
}

/* R 4.2.2: prop.test(correct = FALSE), fisher.test, chisq.test, p.adjust. */
static void
test_tables(void)
{
	JnyRange	range = jny_wilson(120, 200, 0.95);
	double		p[] = {2.29809034032e-09, 0.352641393286, 3.58382305431e-07, 0.908713931681};
	static const double q[] = {9.19236136128e-09, 0.470188524381333, 7.16764610862e-07, 0.908713931681};

	SAME(range.low, 0.530836720393);
	SAME(range.high, 0.665394214332);
	range = jny_wilson(0, 200, 0.95);
	SAME(range.low, 0);
	SAME(range.high, 0.0188453263773);
	range = jny_newcombe(60, 200, 120, 200, 0.95);
	SAME(range.low, 0.203851392736);
	SAME(range.high, 0.388245500316);
	range = jny_newcombe(2, 9, 5, 8, 0.95);
	SAME(range.low, -0.0529339511571);
	range = jny_relative_lift(412, 5200, 498, 5100, 0.95);
	SAME(range.low, 0.0879685984032);
	SAME(range.high, 0.396092608782);
	SAME(jny_odds_ratio(0, 200, 2, 200, 0.95, &range), 5.05037783375);
	SAME(range.low, 0.240933275143);
	SAME(range.high, 105.864647581);
	SAME(jny_chi2_2x2(60, 200, 120, 200), 36.3636363636363636);
	SAME(jny_chi2_upper(jny_chi2_2x2(45, 200, 10, 200), 1), 3.7411508955e-07);
	SAME(jny_least_expected(0, 200, 2, 200), 1);
	jny_bh_adjust(p, lengthof(p));
	for (int i = 0; i < lengthof(p); i++)
		SAME(p[i], q[i]);
	ok(jny_cases_ok(), "two-by-two tables");
}

int
main(void)
{
	test_gamma();
	test_beta();
	test_normal();
	test_t();
	test_exact_intervals();
	test_fisher();
	test_fisher_all();
	test_tables();
	return done_testing();
}

/*
 * compare.c
 *	  Comparisons of two groups and anomalies: bounds of what they are asked,
 *	  exhaustive search where it is small, and bits that must not change.
 *
 * Reference values of R 4.2.2 are in test/pgtap/compare.sql.
 */
#include "core/anomaly.h"
#include "core/compare.h"

#include <math.h>

#include "tap.h"

static uint64 state = 1;

/* A random number from 0 to n - 1. */
static int
draw(int n)
{
	state = state * UINT64CONST(6364136223846793005) + UINT64CONST(1442695040888963407);
	return (int) ((state >> 33) % (uint64) n);
}

/* U against all pairs, for values with many ties and empty groups. */
static void
test_ranks(void)
{
	for (int round = 0; round < 2000; round++)
	{
		JnyValue	value[8];
		size_t		n = (size_t) draw(9);
		JnyRanks	test;
		double		u = 0;

		for (size_t i = 0; i < n; i++)
		{
			value[i].value = (double) i - 4;
			value[i].n[0] = draw(4);
			value[i].n[1] = draw(4);
		}
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j <= i; j++)
				u += value[j].n[0] * value[i].n[1] * (i == j ? 0.5 : 1.0);
		test = jny_ranks(value, n, 0.95);
		if (test.n[0] == 0 || test.n[1] == 0)
			JNY_CASE(isnan(test.u) && isnan(test.auc) && isnan(test.p), "round %d", round);
		else
		{
			JNY_CASE(fabs(test.u - u) < 1e-9, "round %d: %g, want %g", round, test.u, u);
			JNY_CASE(isnan(test.p) || (test.p >= 0 && test.p <= 1), "round %d", round);
			JNY_CASE(isnan(test.range.low) ||
					 (test.range.low <= test.auc && test.auc <= test.range.high), "round %d", round);
		}
	}
	ok(jny_cases_ok(), "ranks of small groups are those of all pairs");
}

/*
 * The share of tries in which the interval holds the truth, and what does not
 * depend on the machine.
 */
static void
test_bootstrap(void)
{
	JnyValue	value[20];
	JnyBootstrap once;
	JnyBootstrap again;
	int			held = 0;

	for (int round = 0; round < 200; round++)
	{
		for (int i = 0; i < 20; i++)
		{
			value[i].value = i * i;
			value[i].n[0] = value[i].n[1] = 0;
		}
		for (int i = 0; i < 200; i++)
			value[draw(20)].n[i % 2]++;
		once = jny_bootstrap(value, 20, 500, (uint64) round, 0.95);
		held += once.difference.low <= 0 && once.difference.high >= 0;
	}
	ok(held >= 180 && held <= 199, "the interval holds no difference in about 95 %% of samples: %d of 200", held);

	for (int i = 0; i < 20; i++)
		value[i].n[0] = value[i].n[1] = i == 7 ? INT64CONST(3) << 21 : i;
	once = jny_bootstrap(value, 20, 100, 1, 0.95);
	again = jny_bootstrap(value, 20, 100, 1, 0.95);
	ok(memcmp(&once, &again, sizeof(once)) == 0 &&
	   once.difference.low < 0 && once.difference.high > 0 &&
	   once.difference.high < 0.1, "millions with one value are drawn at once");
	once = jny_bootstrap(value, 0, 100, 1, 0.95);
	ok(isnan(once.difference.low) && isnan(once.lift.high), "nobody has no interval");
	for (int i = 0; i < 20; i++)
		value[i].n[0] = i == 0;
	once = jny_bootstrap(value, 20, 100, 1, 0.95);
	ok(once.difference.low > 0 && isnan(once.lift.low), "a mean of 0 has no lift");
}

/* Few customers in any constellation. */
static void
test_times(void)
{
	for (int round = 0; round < 5000; round++)
	{
		JnyTimes	times[12];
		uint32		n = 0;
		JnyTwoTimes test;
		int64		events = 0;

		for (int day = 0; day < 6; day++)
			for (int g = 0; g < 2; g++)
			{
				times[n].days = day;
				times[n].group = g;
				times[n].events = draw(3);
				times[n].censored = draw(2);
				if (times[n].events + times[n].censored == 0)
					continue;
				events += times[n++].events;
			}
		test = jny_compare_times(times, n, round % 2 ? NAN : draw(8), 0.95);
		JNY_CASE(test.events[0] + test.events[1] == events, "round %d", round);
		JNY_CASE(isnan(test.p) || (test.p >= 0 && test.p <= 1), "round %d", round);
		JNY_CASE(isnan(test.hazard_ratio) ||
				 (test.hazard_range.low < test.hazard_ratio && test.hazard_ratio < test.hazard_range.high),
				 "round %d", round);
		for (int g = 0; g < 2; g++)
			JNY_CASE(isnan(test.mean[g]) || (test.mean[g] >= 0 && test.mean[g] <= test.until),
					 "round %d: mean %g of at most %g", round, test.mean[g], test.until);
	}
	ok(jny_cases_ok(), "small groups of times stay in bounds");
}

/* Any history: p is a probability, the history is not changed. */
static void
test_anomaly(void)
{
	JnyCritical critical = jny_critical(20);

	for (int round = 0; round < 20000; round++)
	{
		JnySpan		history[20];
		JnySpan		before[20];
		JnySpan		now;
		JnySpanKind kind = (JnySpanKind) draw(3);
		int			m = draw(21);
		int			most = draw(3) ? 6 : 1000;
		JnyAnomaly	anomaly;

		for (int i = 0; i <= m && i <= 20; i++)
		{
			JnySpan    *span = i < m ? &history[i] : &now;

			span->n = kind == JNY_SPAN_RATE ? 1 + draw(most) : 1;
			span->x = kind == JNY_SPAN_RATE ? draw((int) span->n + 1) : draw(most);
			if (kind == JNY_SPAN_VALUE && round % 2)
				span->x -= most / 2;
		}
		memcpy(before, history, sizeof(JnySpan) * m);
		anomaly = jny_anomaly(kind, history, m, now, &critical);
		JNY_CASE(memcmp(before, history, sizeof(JnySpan) * m) == 0, "round %d", round);
		if (m < JNY_HISTORY_LEAST)
			JNY_CASE(isnan(anomaly.p) && isnan(anomaly.expected), "round %d", round);
		else
		{
			JNY_CASE((kind == JNY_SPAN_VALUE && isnan(anomaly.p)) || (anomaly.p >= 0 && anomaly.p <= 1),
					 "round %d: kind %d, p %g", round, kind, anomaly.p);
			JNY_CASE(anomaly.range.low <= anomaly.expected && anomaly.expected <= anomaly.range.high,
					 "round %d", round);
			JNY_CASE(anomaly.history <= m && 3 * (m - anomaly.history) <= m, "round %d", round);
		}
	}
	jny_critical_free(&critical);
	ok(jny_cases_ok(), "p and range of any history");
}

int
main(void)
{
	test_ranks();
	test_bootstrap();
	test_times();
	test_anomaly();
	return done_testing();
}

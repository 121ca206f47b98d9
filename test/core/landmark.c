/*
 * landmark.c
 *	  Customers at landmarks against loops over all events; models of what
 *	  comes next and of churn on random journeys, whole and damaged.
 */
#include "core/calibration.h"
#include "core/churn.h"
#include "core/landmark.h"
#include "core/next.h"

#include "random_journey.h"

/* In the server models and hits go with their memory context; here they stay. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

typedef __int128 wide;

static JnyPattern *
parse(const char *text)
{
	JnyPattern *pattern;
	JnyError	err;

	if (jny_pattern_parse(text, strlen(text), &pattern, &err) != JNY_OK)
		abort();
	return pattern;
}

/* A random journey that has events. */
static Packed
random_some(uint32 case_no)
{
	Packed		packed = random_packed(case_no, 40);

	while (packed.view.n == 0)
	{
		free(packed.bytes);
		packed = random_packed(case_no, 40);
	}
	return packed;
}

/* A time about the events of a journey. */
static int64
random_time(const JnyView *view)
{
	int64		ts = jny_time(view, random_below(view->n));

	switch (random_below(3))
	{
		case 0:
			return jny_later(ts, 1 + random_below(1000000));
		case 1:
			return jny_earlier(ts, random_below(1000000));
		default:
			return ts;
	}
}

static int64
random_length(const JnyView *view)
{
	uint64		span = (uint64) view->last - (uint64) view->first;

	return 1 + (int64) (random_next() % (span / 2 + 2) % PG_INT64_MAX);
}

/* ---- landmarks ---- */

/* The moment of churn by definition: DT_NOEND without one. */
static int64
plain_churn(const JnyView *view, const JnyLife *life, int64 at, int64 until)
{
	int64		left = life->left_at > at && life->left_at <= until ? life->left_at : DT_NOEND;

	for (uint32 i = 0; i < view->n && life->silence >= 0; i++)
	{
		wide		silent = (wide) jny_time(view, i) + life->silence;

		if ((i + 1 == view->n || jny_time(view, i + 1) > silent) && silent >= at && silent < until)
			return left < silent ? left : (int64) silent;
	}
	return left;
}

static void
check_standing(const JnyView *view, const JnyLife *life, const JnyHits *start,
			   int64 at, const JnyStanding *is, uint32 case_no)
{
	uint32		n = 0;
	uint32		starts = 0;
	uint32		recent = 0;
	uint32		before = 0;

	for (uint32 i = 0; i < view->n; i++)
	{
		wide		ago = (wide) at - jny_time(view, i);

		n += ago > 0;
		recent += ago > 0 && ago <= life->recent;
		before += ago > life->recent && ago <= (wide) life->recent + life->before;
	}
	for (uint32 i = 0; start && i < start->n; i++)
		starts += start->hit[i].ts < at;
	JNY_CASE(life->end == n, "case %u: events before", case_no);
	JNY_CASE(n == 0 || is->starts == (start ? starts : n), "case %u: starts", case_no);
	JNY_CASE(n == 0 || (is->nrecent == recent && is->nbefore == before), "case %u: windows", case_no);
	JNY_CASE(is->is_customer == (n > 0 && (start ? starts : n) > 0 && life->left_at > at &&
								 (life->silence < 0 || (wide) at - jny_time(view, n - 1) <= life->silence)),
			 "case %u: is a customer", case_no);
}

static void
check_landmarks(uint32 case_no, const JnyPattern *start)
{
	Packed		packed = random_some(case_no);
	const JnyView *view = &packed.view;
	JnyLife		life = {.view = view};
	JnyHits		hits = {0};
	JnyHits		window = {0};
	int64		at = PG_INT64_MIN;

	jny_hits_of_view(&hits, start, view);
	life.start = case_no % 2 ? &hits : NULL;
	life.left_at = case_no % 3 ? DT_NOEND : random_time(view);
	life.silence = case_no % 5 ? random_length(view) : -1;
	life.recent = random_length(view);
	life.before = random_length(view);
	for (int i = 0; i < 4; i++)
	{
		int64		next = random_time(view);
		int64		until;
		JnyStanding standing;

		at = Max(at, next);
		until = jny_later(at, random_length(view));
		jny_life_at(&life, at, &standing);
		check_standing(view, &life, life.start, at, &standing, case_no);
		if (standing.is_customer && until < PG_INT64_MAX)
			JNY_CASE(jny_life_churn(&life, at, until) == plain_churn(view, &life, at, until),
					 "case %u: churn", case_no);
		jny_hits_window(&hits, life.recent_from, life.end, at, &window);
		for (uint32 k = 0; k < window.n; k++)
			JNY_CASE(jny_time(view, window.hit[k].pos + life.recent_from) == window.hit[k].ts,
					 "case %u: window", case_no);
	}
	free(packed.bytes);
}

/* ---- what comes next ---- */

static JnyCounts *
learn(uint32 seed, const JnyPattern *goal, const JnyNextSpec *spec)
{
	JnyCounts  *counts = jny_counts_create(1, 2, 0, NULL, 0);
	JnyCounts  *model = jny_counts_create(2, 2, 0, NULL, 0);
	JnyCounts  *opened;
	JnyError	err;
	JnyHits		hits = {0};
	uint8	   *bytes;
	size_t		len;

	random_state = seed;
	for (int i = 0; i < 60; i++)
	{
		Packed		packed = random_some(8 * i + 4);

		jny_hits_of_view(&hits, goal, &packed.view);
		JNY_CASE(jny_next_learn(counts, spec, &packed.view, &hits), "learn %d", i);
		free(packed.bytes);
	}
	jny_next_keep(model, counts);
	len = jny_counts_size(model);
	bytes = (uint8 *) malloc(len);
	jny_counts_write(model, bytes);
	JNY_CASE(jny_counts_read(bytes, len, &opened, &err) == JNY_OK, "read a model");
	free(bytes);
	return opened;
}

/* Asks a model about a journey. */
static void
ask(const JnyCounts *model, const JnyPattern *goal, const JnyNextSpec *spec,
	const JnyView *view, bool sound)
{
	JnyHits		hits = {0};
	JnyName    *names = (JnyName *) jny_alloc(view->nnames * sizeof(JnyName));
	JnyMoment	moment;
	JnyNextStep *step;
	uint32		n;
	int64		seen;
	double		sum = 0;
	double		p;

	jny_hits_of_view(&hits, goal, view);
	jny_next_moment(spec, view, &hits, names, &moment);
	p = jny_next_reaches(model, &moment);
	step = jny_next_steps(model, &moment, &n, &seen);
	for (uint32 i = 0; i < n; i++)
	{
		sum += step[i].p;
		JNY_CASE(!sound || i == 0 || step[i].p <= step[i - 1].p, "steps in order");
	}
	JNY_CASE(!sound || (p > 0 && p < 1), "a probability: %g", p);
	JNY_CASE(!sound || fabs(sum - 1) < 1e-9, "steps add up to %.12g", sum);
	jny_free(step);
	jny_free(names);
}

static void
check_next(const JnyPattern *goal)
{
	JnyNextSpec spec = {USECS_PER_HOUR, -1, DT_NOEND};
	JnyCounts  *model = learn(1, goal, &spec);
	size_t		len = jny_counts_size(model);
	uint8	   *bytes = (uint8 *) malloc(len);

	jny_counts_write(model, bytes);
	for (uint32 i = 0; i < 300; i++)
	{
		Packed		packed = random_some(i);

		ask(model, goal, &spec, &packed.view, true);
		free(packed.bytes);
	}
	ok(jny_cases_ok(), "steps are probabilities that add up to 1");
	for (uint32 i = 0; i < 3000; i++)
	{
		uint32		at = random_below((uint32) len);
		uint8		was = bytes[at];
		JnyCounts  *damaged;
		JnyError	err;

		bytes[at] = (uint8) random_below(256);
		if (jny_counts_read(bytes, len, &damaged, &err) == JNY_OK)
		{
			Packed		packed = random_some(i);

			ask(damaged, goal, &spec, &packed.view, false);
			jny_counts_free(damaged);
			free(packed.bytes);
		}
		bytes[at] = was;
	}
	ok(jny_cases_ok(), "a damaged model is refused or answers");
}

/* ---- churn and calibration ---- */

static void
check_order(void)
{
	JnyChurnCell cell[64];
	uint8		order[JNY_CHURN_BANDS];
	bool		seen[JNY_CHURN_BANDS] = {false};

	memset(cell, 0, sizeof(cell));
	for (int i = 0; i < 64; i++)
	{
		cell[i].band[JNY_CHURN_TENURE] = (uint8) (i % 4);
		cell[i].band[JNY_CHURN_SIGN] = (uint8) (i / 32);
		cell[i].band[JNY_CHURN_LAST] = (uint8) (i % 8);
		cell[i].n[0] = 10;
		cell[i].n[1] = i / 32 * 100 + i % 4;
	}
	jny_churn_order(cell, 64, order);
	for (int d = 0; d < JNY_CHURN_BANDS; d++)
		seen[order[d]] = true;
	for (int d = 0; d < JNY_CHURN_BANDS; d++)
		JNY_CASE(seen[d], "band %d is asked once", d);
	ok(jny_cases_ok() && order[0] == JNY_CHURN_SIGN, "what tells most is asked first");
}

static void
check_calibration(void)
{
	JnyForecast forecast[3] = {{0.1, 40, 4}, {0.5, 20, 10}, {0.9, 40, 36}};
	JnyForecast nobody = {0.5, 0, 0};
	JnyCalibration bin[JNY_CALIBRATION_BINS];
	JnyCalibration all;

	jny_calibrate(forecast, 3, bin, &all);
	ok(bin[2].n == 40 && bin[5].n == 20 && bin[8].n == 40, "tenths by the middle");
	ok(fabs(all.expected - 0.5) < 1e-12 && all.happened == 50 &&
	   fabs(all.brier - (80 * 0.09 + 20 * 0.25) / 100) < 1e-12, "all together");
	/* pairs: 4 * (36 + 10/2 .. ) counted by hand */
	ok(fabs(jny_concordance(forecast, 3) - (4 * 18 + 10 * (36 + 5) + 36 * (36 + 10 + 2)) / 2500.0) < 1e-12,
	   "concordance of all pairs");
	jny_calibrate(&nobody, 1, bin, &all);
	ok(all.n == 0, "a forecast for nobody");
}

int
main(void)
{
	JnyPattern *start = parse("e0 | e2");

	random_state = 7;
	for (uint32 i = 0; i < 4000; i++)
		check_landmarks(i, start);
	ok(jny_cases_ok(), "standing, churn and windows are those of a loop over all events");
	check_next(start);
	check_order();
	check_calibration();
	return done_testing();
}

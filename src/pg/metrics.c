/*
 * metrics.c
 *	  journey_metrics: the same few numbers for each cohort, each over an equal
 *	  time for every customer.
 *
 * Keys of the counts, numbers as eight bytes that sort:
 *	  'c' cohort			what is counted below, and the sums
 *	  't' cohort bucket		how many converted in this part of the horizon
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"

#include "core/survival.h"
#include "pg/calendar.h"
#include "pg/moments.h"
#include "pg/reader.h"

enum
{
	CUSTOMERS,					/* who started */
	OBSERVED,					/* of them, known for the whole horizon; */
	CONVERTED,					/* the rest counts only these */
	REPEATED,
	RETURNED,
	ORDERS,
	ORDERS_SQUARED,
	NCOUNTS
};

enum
{
	DAYS = 0,					/* until converted, at most the horizon */
	REVENUE = 2,
	SALES = 4,					/* revenue without refunds */
	SALES_ORDERS = 6,			/* sales times orders */
	NSUMS
};

/* Parts of the horizon: times to convert are kept to one in so many. */
#define BUCKETS 1000

static const JourneyCountsShape metrics_shape = {
	JOURNEY_COUNTS_METRICS, NCOUNTS, NSUMS, "start_step, goal, revenue, horizon, unit, tz and as_of"
};

/* The parameters as they are used. */
typedef struct MetricsSpec
{
	JnyPattern *start;
	JnyPattern *goal;
	JnyPattern *revenue;
	bool		money;			/* there is a pattern of revenue */
	int64		horizon;		/* microseconds */
	bool		cohorts;
	JourneyCalendar calendar;	/* of the cohorts */
	int64		as_of;
	JnyHits		start_hits;
	JnyHits		goal_hits;
	JnyHits		revenue_hits;
} MetricsSpec;

/* ---- parameters ---- */

/* What the answer needs: all but the patterns. */
static MetricsSpec *
read_answer_spec(const JnyCounts *counts)
{
	MetricsSpec *spec = (MetricsSpec *) palloc0(sizeof(MetricsSpec));
	const uint8 *bytes;
	JnyName		name;
	uint32		at = 0;
	uint32		len;

	journey_params_get(counts, &at, &len);
	journey_params_get(counts, &at, &len);
	spec->money = journey_params_get(counts, &at, &len) != NULL;
	bytes = journey_params_get(counts, &at, &len);
	if (bytes == NULL || len != 16)
		journey_params_bad();
	spec->horizon = (int64) jny_get64(bytes);
	spec->as_of = (int64) jny_get64(bytes + 8);
	if (spec->horizon <= 0)
		journey_params_bad();
	name.data = (const char *) journey_params_get(counts, &at, &name.len);
	if (name.data)
	{
		spec->cohorts = true;
		spec->calendar.unit = journey_unit_read(name);
		name.data = (const char *) journey_params_get(counts, &at, &name.len);
		if (name.data == NULL)
			journey_params_bad();
		spec->calendar.tz = journey_tz_read(name, "Use a full name such as Europe/Berlin or UTC.");
	}
	return spec;
}

static void *
read_spec(const JnyCounts *counts)
{
	MetricsSpec *spec = read_answer_spec(counts);
	static const char *hint = "Write alternatives, as in 'purchase | renewal'.";
	uint32		at = 0;

	spec->start = journey_params_pattern(counts, &at);
	spec->goal = journey_params_pattern(counts, &at);
	spec->revenue = journey_params_pattern(counts, &at);
	if (spec->start == NULL || spec->goal == NULL)
		journey_params_bad();
	journey_check_step(spec->start, hint);
	journey_check_step(spec->goal, hint);
	if (spec->money)
		journey_check_step(spec->revenue, hint);
	return spec;
}

/* The state for (state, j, start_step, goal, revenue, horizon, unit, tz, as_of). */
static JourneyCounts *
getarg_state(FunctionCallInfo fcinfo)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	uint8		bytes[16];
	int64		horizon;
	int64		as_of;

	journey_check_not_null(fcinfo, 2, "start_step");
	journey_check_not_null(fcinfo, 3, "goal");
	journey_check_not_null(fcinfo, 5, "horizon");
	if (!PG_ARGISNULL(6))
		journey_check_not_null(fcinfo, 7, "tz");
	journey_check_not_null(fcinfo, 8, "as_of");
	horizon = journey_interval_us(PG_GETARG_INTERVAL_P(5), "horizon");
	if (horizon <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("horizon must be positive")));
	as_of = journey_getarg_as_of(fcinfo, 8, "It is the time until which events are known.");
	for (int i = 2; i <= 4; i++)
		journey_params_arg(&params, fcinfo, i);
	jny_put64(bytes, (uint64) horizon);
	jny_put64(bytes + 8, (uint64) as_of);
	journey_params_put(&params, bytes, 16, false);
	journey_params_arg(&params, fcinfo, 6);
	if (!PG_ARGISNULL(6))
		journey_params_arg(&params, fcinfo, 7);
	state = journey_counts_state(fcinfo, &metrics_shape, &params);
	journey_counts_extra(state, read_spec);
	return state;
}

/* ---- counting ---- */

/* What one customer did within the horizon. */
typedef struct Customer
{
	int64		goals;
	double		days;
	int64		bucket;
	bool		returned;
	int64		orders;
	double		sales;
	double		revenue;
} Customer;

/* Goal events behind the start, and when the first one was. */
static void
read_goals(const MetricsSpec *spec, const JnyHit *start, int64 end, Customer *customer)
{
	customer->days = (double) spec->horizon / USECS_PER_DAY;
	for (uint32 i = 0; i < spec->goal_hits.n; i++)
	{
		const JnyHit *hit = &spec->goal_hits.hit[i];
		int64		us = hit->ts - start->ts;

		if (hit->pos <= start->pos)
			continue;
		if (hit->ts > end)
			break;
		if (customer->goals++ > 0)
			break;				/* more than two is as good as two */
		customer->days = (double) us / USECS_PER_DAY;
		customer->bucket = (int64) ((double) us / spec->horizon * BUCKETS);
	}
}

/*
 * Revenue from the start event on.  Hits and values both are in order of
 * position.
 */
static void
read_revenue(const MetricsSpec *spec, const JnyView *view, const JnyHit *start,
			 int64 end, Customer *customer)
{
	const JnyHits *hits = &spec->revenue_hits;
	JnySum		revenue = {0};
	JnySum		sales = {0};
	uint32		k = 0;

	for (uint32 i = 0; i < hits->n && hits->hit[i].ts <= end; i++)
	{
		uint32		pos = hits->hit[i].pos;
		double		value;

		if (pos < start->pos)
			continue;
		if (view->value_positions == NULL)
			k = Min(pos, view->nvalues);
		while (k < view->nvalues && jny_value_position(view, k) < pos)
			k++;
		if (k >= view->nvalues || jny_value_position(view, k) != pos)
			continue;
		value = jny_value_at(view, k);
		jny_sum_add(&revenue, value);
		if (value > 0)
		{
			customer->orders++;
			jny_sum_add(&sales, value);
		}
	}
	customer->revenue = journey_sum_value(&revenue);
	customer->sales = journey_sum_value(&sales);
}

/* Whether there is an event in (after, until]. */
static bool
has_event(const JnyView *view, int64 after, int64 until)
{
	uint32		low = 0;
	uint32		high = view->n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (jny_time(view, middle) <= after)
			low = middle + 1;
		else
			high = middle;
	}
	return low < view->n && jny_time(view, low) <= until;
}

/* Adds an observed customer to the cohort. */
static void
count_customer(JourneyCounts *state, const MetricsSpec *spec, uint8 *key,
			   const Customer *customer)
{
	int64	   *counts = journey_counts_at(state, key, 9);

	counts[OBSERVED]++;
	counts[CONVERTED] += customer->goals > 0;
	counts[REPEATED] += customer->goals > 1;
	counts[RETURNED] += customer->returned;
	counts[ORDERS] += customer->orders;
	counts[ORDERS_SQUARED] += customer->orders * customer->orders;
	journey_moments_add(state, key, 9, DAYS, customer->days);
	if (spec->revenue)
	{
		journey_moments_add(state, key, 9, REVENUE, customer->revenue);
		journey_moments_add(state, key, 9, SALES, customer->sales);
		if (customer->orders > 0)
			journey_counts_add_product(state, key, 9, SALES_ORDERS, customer->sales,
									   (double) customer->orders);
	}
	if (customer->goals > 0)
	{
		key[0] = 't';
		jny_key_u64(key + 9, (uint64) customer->bucket);
		journey_counts_at(state, key, 17)[0]++;
	}
}

/* (state, j, start_step, goal, revenue, horizon, unit, tz, as_of) */
JOURNEY_FUNCTION(journey_metrics_trans);
Datum
journey_metrics_trans(PG_FUNCTION_ARGS)
{
	JourneyCounts *state;
	MetricsSpec *spec;
	Customer	customer = {0};
	const JnyHit *start;
	JnyView		view;
	MemoryContext old;
	uint8		key[17] = {'c'};
	int64		end;

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	state = getarg_state(fcinfo);
	spec = (MetricsSpec *) state->extra;
	journey_getarg_view(fcinfo, 1, &view);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	jny_hits_of_view(&spec->start_hits, spec->start, &view);
	if (spec->start_hits.n > 0)
	{
		jny_hits_of_view(&spec->goal_hits, spec->goal, &view);
		if (spec->revenue)
			jny_hits_of_view(&spec->revenue_hits, spec->revenue, &view);
	}
	MemoryContextSwitchTo(old);
	start = spec->start_hits.hit;
	if (spec->start_hits.n == 0 || start->ts > spec->as_of)
		PG_RETURN_JOURNEY_COUNTS(state);

	jny_key_i64(key + 1, spec->cohorts ?
				journey_calendar_unit(&spec->calendar, start->ts) : PG_INT64_MIN);
	journey_counts_at(state, key, 9)[CUSTOMERS]++;
	if (journey_us_between(start->ts, spec->as_of) < (uint64) spec->horizon)
		PG_RETURN_JOURNEY_COUNTS(state);
	end = start->ts + spec->horizon;
	read_goals(spec, start, end, &customer);
	if (spec->revenue)
		read_revenue(spec, &view, start, end, &customer);
	customer.returned = has_event(&view, start->ts + spec->horizon / 2, end);
	count_customer(state, spec, key, &customer);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* ---- the answer ---- */

typedef struct Cohort
{
	const JnyCounts *counts;
	const uint32 *order;		/* of the keys */
	uint32		next;			/* the first of them that no cohort before had */
	const MetricsSpec *spec;
	JourneyRows rows;
	JnyName		key;			/* of the cohort */
	const int64 *count;
	const JnySum *sum;
	bool		over;			/* nobody can come to the cohort any more */
	bool		complete;		/* and all of it was observed */
} Cohort;

/* One metric of the cohort. */
static void
put_metric(Cohort *cohort, const char *metric, const char *kind, int64 n,
		   double numerator, double value, JnyRange range, double sd)
{
	Datum		values[12];
	bool		nulls[12] = {false};
	int64		unit = jny_key_get_i64(cohort->key.data + 1);

	nulls[0] = !cohort->spec->cohorts;
	values[0] = nulls[0] ? (Datum) 0 :
		DateADTGetDatum((DateADT) journey_calendar_day(&cohort->spec->calendar, unit));
	values[1] = CStringGetTextDatum(metric);
	values[2] = CStringGetTextDatum(kind);
	values[3] = Int64GetDatum(cohort->count[CUSTOMERS]);
	values[4] = Int64GetDatum(cohort->count[OBSERVED]);
	values[5] = Int64GetDatum(n);
	journey_rows_number(values, nulls, 6, numerator);
	journey_rows_number(values, nulls, 7, value);
	journey_rows_number(values, nulls, 8, range.low);
	journey_rows_number(values, nulls, 9, range.high);
	journey_rows_number(values, nulls, 10, sd);
	values[11] = BoolGetDatum(kind[0] == 'c' ? cohort->over : cohort->complete);
	journey_rows_put(&cohort->rows, values, nulls);
}

static void
put_rate(Cohort *cohort, const char *metric, int64 x, int64 n)
{
	JnyRange	nothing = {NAN, NAN};

	if (n == 0)
		put_metric(cohort, metric, "rate", 0, 0, NAN, nothing, NAN);
	else
		put_metric(cohort, metric, "rate", n, (double) x, (double) x / n,
				   jny_wilson(x, n, 0.95), NAN);
}

static void
put_mean(Cohort *cohort, const char *metric, JnyMean mean, double sum)
{
	put_metric(cohort, metric, "mean", mean.n, mean.n > 0 ? sum : 0, mean.mean,
			   jny_mean_range(mean, 0.95), mean.sd);
}

/*
 * When customers of the cohort converted, and last those who did not.  Keys
 * stand in order: all cohorts, then the times of each cohort in turn.
 */
static JnyTimes *
read_times(Cohort *cohort, uint32 *n)
{
	const JnyCounts *counts = cohort->counts;
	double		horizon = (double) cohort->spec->horizon / USECS_PER_DAY;
	JnyTimes   *times = (JnyTimes *)
		palloc0((Min(counts->n - cohort->next, BUCKETS + 1) + 1) * sizeof(JnyTimes));

	*n = 0;
	for (; cohort->next < counts->n; cohort->next++)
	{
		JnyName		key = jny_counts_key(counts, cohort->order[cohort->next]);
		uint64		bucket;

		if (key.len != 17 || key.data[0] != 't')
			continue;
		if (memcmp(key.data + 1, cohort->key.data + 1, 8) > 0)
			break;
		bucket = jny_key_get_u64(key.data + 9);
		if (memcmp(key.data + 1, cohort->key.data + 1, 8) < 0 || bucket > BUCKETS)
			journey_params_bad();
		times[*n].days = horizon * Min(bucket + 1, BUCKETS) / BUCKETS;
		times[(*n)++].events = jny_counts_of(counts, cohort->order[cohort->next])[0];
	}
	times[(*n)++].censored = cohort->count[OBSERVED] - cohort->count[CONVERTED];
	return times;
}

/*
 * The day by which half have converted.  All were observed for the horizon, so
 * the curve of Kaplan & Meier is that of the shares; the bounds are where its
 * log-log interval crosses a half.
 */
static void
put_median(Cohort *cohort)
{
	uint32		ntimes;
	JnyTimes   *times = read_times(cohort, &ntimes);
	JnyRange	range = {NAN, NAN};
	JnyCurve	curve;
	double		median = NAN;

	jny_curve_start(&curve, times, ntimes);
	for (uint32 i = 0; i + 1 < ntimes; i++)
	{
		jny_curve_next(&curve, &times[i], 0.95);
		if (isnan(median) && curve.survival <= 0.5 + 1e-12)
			median = times[i].days;
		if (isnan(range.low) && (curve.survival <= 0 || curve.range.low <= 0.5))
			range.low = times[i].days;
		if (isnan(range.high) && (curve.survival <= 0 || curve.range.high <= 0.5))
			range.high = times[i].days;
	}
	put_metric(cohort, "median_days_to_convert", "median", cohort->count[OBSERVED],
			   (double) cohort->count[CONVERTED], median, range, NAN);
	pfree(times);
}

/*
 * Sales per order, a ratio of two sums over customers: its error is that of
 * the residuals of customers (Cochran 1977, 6.3), for orders of one customer
 * are alike.  sd is such that sd / sqrt(orders) is the error.
 */
static void
put_order_value(Cohort *cohort)
{
	JnyMean		sales = journey_moments_read(cohort->sum + SALES, cohort->count[OBSERVED]);
	double		orders = (double) cohort->count[ORDERS];
	JnyMean		ratio = {cohort->count[ORDERS], NAN, NAN};
	double		sum = journey_sum_value(&cohort->sum[SALES]);
	double		n = (double) sales.n;

	if (orders > 0)
		ratio.mean = sum / orders;
	if (orders > 1 && n > 1)
	{
		double		squares = journey_sum_value(&cohort->sum[SALES + 1]) -
			2 * ratio.mean * journey_sum_value(&cohort->sum[SALES_ORDERS]) +
			ratio.mean * ratio.mean * cohort->count[ORDERS_SQUARED];

		ratio.sd = sqrt(Max(0, squares) * n / (n - 1) / orders);
	}
	put_mean(cohort, "order_value", ratio, sum);
}

static void
put_cohort(Cohort *cohort)
{
	const int64 *count = cohort->count;
	int64		n = count[OBSERVED];
	JnyRange	range = jny_poisson_exact(count[CUSTOMERS], 0.95);

	put_metric(cohort, "new_customers", "count", count[CUSTOMERS], (double) count[CUSTOMERS],
			   (double) count[CUSTOMERS], range, NAN);
	put_rate(cohort, "conversion_rate", count[CONVERTED], n);
	put_mean(cohort, "days_to_convert", journey_moments_read(cohort->sum + DAYS, n),
			 journey_sum_value(&cohort->sum[DAYS]));
	put_median(cohort);
	put_rate(cohort, "repeat_rate", count[REPEATED], count[CONVERTED]);
	put_rate(cohort, "retention_rate", count[RETURNED], n);
	if (!cohort->spec->money)
		return;
	put_mean(cohort, "revenue_per_customer", journey_moments_read(cohort->sum + REVENUE, n),
			 journey_sum_value(&cohort->sum[REVENUE]));
	put_order_value(cohort);
}

JOURNEY_FUNCTION(journey_metrics_final);
Datum
journey_metrics_final(PG_FUNCTION_ARGS)
{
	Cohort		cohort = {0};

	cohort.counts = journey_counts_final(fcinfo, &metrics_shape);
	if (cohort.counts == NULL)
		PG_RETURN_NULL();
	cohort.spec = read_answer_spec(cohort.counts);
	cohort.order = jny_counts_sorted(cohort.counts);
	journey_rows_begin(&cohort.rows, fcinfo);
	for (uint32 i = 0; i < cohort.counts->n; i++)
	{
		const MetricsSpec *spec = cohort.spec;

		cohort.key = jny_counts_key(cohort.counts, cohort.order[i]);
		if (cohort.key.len != 9 || cohort.key.data[0] != 'c')
			continue;
		cohort.count = jny_counts_of(cohort.counts, cohort.order[i]);
		cohort.sum = jny_counts_sums(cohort.counts, cohort.order[i]);
		cohort.over = true;
		cohort.complete = cohort.count[OBSERVED] == cohort.count[CUSTOMERS];
		if (spec->cohorts)
		{
			int64		unit = jny_key_get_i64(cohort.key.data + 1);
			int64		end = journey_calendar_start(&spec->calendar, unit + 1);

			cohort.over = end <= spec->as_of;
			cohort.complete = cohort.over &&
				journey_us_between(end, spec->as_of) >= (uint64) spec->horizon;
		}
		put_cohort(&cohort);
	}
	PG_RETURN_DATUM(journey_rows_end(&cohort.rows));
}

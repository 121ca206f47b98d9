/*
 * anomaly.c
 *	  anomalies: periods that are more unlike their history than chance and the
 *	  history itself explain.
 *
 * Keys of the counts: a byte for the kind, the name of the series, the day as
 * eight bytes.  Under it x, n and the sum of values.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "utils/builtins.h"

#include "core/anomaly.h"
#include "pg/counts.h"

static const JourneyCountsShape anomalies_shape = {
	JOURNEY_COUNTS_ANOMALIES, 2, 1, "since, season and history"
};

#define ALPHA 0.05
#define HISTORY 12				/* periods, if the caller does not say */
#define DAY_KEY 8

/* The parameters as they are used. */
typedef struct AnomalySpec
{
	int64		since;			/* first day to judge; PG_INT64_MIN: all */
	int32		season;			/* days; 0: found in the data */
	int32		history;		/* periods */
} AnomalySpec;

/* ---- transitions ---- */

/* Parameters from argument n on: since, season, history; NULL is the default. */
static void
put_params(JourneyParams *params, FunctionCallInfo fcinfo, int n)
{
	uint8		bytes[16];
	AnomalySpec spec = {PG_INT64_MIN, 0, HISTORY};

	if (PG_NARGS() > n)
	{
		if (!PG_ARGISNULL(n))
			spec.since = PG_GETARG_DATEADT(n);
		if (!PG_ARGISNULL(n + 1))
			spec.season = journey_check_range(fcinfo, n + 1, "season", 1, 366);
		if (!PG_ARGISNULL(n + 2))
			spec.history = journey_check_range(fcinfo, n + 2, "history",
											   JNY_HISTORY_LEAST, JNY_HISTORY_MOST);
	}
	jny_put64(bytes, (uint64) spec.since);
	jny_put32(bytes + 8, (uint32) spec.season);
	jny_put32(bytes + 12, (uint32) spec.history);
	journey_params_put(params, bytes, sizeof(bytes), false);
}

/* The key of (kind, series, period), in *len bytes. */
static uint8 *
series_key(FunctionCallInfo fcinfo, JnySpanKind kind, uint32 *len)
{
	JnyName		series = journey_text_name(PG_GETARG_TEXT_PP(1));
	DateADT		day = PG_GETARG_DATEADT(2);
	uint8	   *key;

	if (series.len > JNY_MAX_NAME_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("name of a series is too long"),
				 errdetail("The limit is %d bytes.", JNY_MAX_NAME_BYTES)));
	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("period must be finite"),
				 errhint("It is the first day of the day, week or month.")));
	*len = 1 + series.len + DAY_KEY;
	key = (uint8 *) palloc(*len);
	key[0] = (uint8) kind;
	memcpy(key + 1, series.data, series.len);
	jny_key_i64(key + 1 + series.len, day);
	return key;
}

/* (state, series, period, x, n [, since, season, history]) */
JOURNEY_FUNCTION(journey_anomalies_count_trans);
Datum
journey_anomalies_count_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	bool		rate = !PG_ARGISNULL(4);
	int64		x;
	int64		n;
	int64	   *counts;
	uint8	   *key;
	uint32		len;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return journey_counts_unchanged(fcinfo);
	x = PG_GETARG_INT64(3);
	n = rate ? PG_GETARG_INT64(4) : 0;
	if (!rate && x < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("x must not be negative"),
				 errdetail("It is %lld.", (long long) x)));
	if (rate && (x < 0 || x > n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("x must be between 0 and n"),
				 errdetail("x is %lld, n is %lld.", (long long) x, (long long) n),
				 errhint("Where x is not a part of n, n is NULL.")));
	put_params(&params, fcinfo, 5);
	state = journey_counts_state(fcinfo, &anomalies_shape, &params);
	key = series_key(fcinfo, rate ? JNY_SPAN_RATE : JNY_SPAN_COUNT, &len);
	counts = journey_counts_at(state, key, len);
	if (pg_add_s64_overflow(counts[0], x, &counts[0]) ||
		pg_add_s64_overflow(counts[1], n, &counts[1]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	pfree(key);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* (state, series, period, value [, since, season, history]) */
JOURNEY_FUNCTION(journey_anomalies_value_trans);
Datum
journey_anomalies_value_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	double		value;
	uint8	   *key;
	uint32		len;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return journey_counts_unchanged(fcinfo);
	value = journey_getarg_value(fcinfo, 3);
	put_params(&params, fcinfo, 4);
	state = journey_counts_state(fcinfo, &anomalies_shape, &params);
	key = series_key(fcinfo, JNY_SPAN_VALUE, &len);
	journey_counts_at(state, key, len)[1] = 1;
	journey_counts_add(state, key, len, 0, value);
	pfree(key);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* ---- the answer ---- */

/* One period of a series. */
typedef struct Point
{
	JnySpanKind kind;
	JnyName		series;
	int64		day;
	JnySpan		span;
} Point;

#define ST_SORT sort_points
#define ST_ELEMENT_TYPE Point
#define ST_COMPARE(a, b) \
	((a)->kind != (b)->kind ? (int) (a)->kind - (int) (b)->kind : \
	 jny_name_cmp((a)->series, (b)->series) != 0 ? jny_name_cmp((a)->series, (b)->series) : \
	 ((a)->day > (b)->day) - ((a)->day < (b)->day))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_days
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* All points in order, and the days there are. */
typedef struct Points
{
	Point	   *point;
	uint32		n;
	int64	   *day;
	uint32		ndays;
	AnomalySpec spec;
	JnyCritical critical;
} Points;

/* A period and what was made of it. */
typedef struct Judged
{
	const Point *series;		/* one of its points */
	int64		day;
	JnySpan		span;
	JnyAnomaly	anomaly;
} Judged;

static void
read_points(const JnyCounts *counts, Points *points)
{
	uint32		at = 0;
	uint32		len;
	const uint8 *bytes = journey_params_get(counts, &at, &len);

	if (bytes == NULL || len != 16)
		journey_params_bad();
	points->spec.since = (int64) jny_get64(bytes);
	points->spec.season = (int32) jny_get32(bytes + 8);
	points->spec.history = (int32) jny_get32(bytes + 12);
	if (points->spec.season < 0 || points->spec.history < JNY_HISTORY_LEAST ||
		points->spec.history > JNY_HISTORY_MOST)
		journey_params_bad();
	points->n = counts->n;
	points->point = (Point *) jny_alloc(counts->n * sizeof(Point) + 1);
	points->day = (int64 *) jny_alloc(counts->n * sizeof(int64) + 1);
	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, i);
		const int64 *number = jny_counts_of(counts, i);
		Point	   *point = &points->point[i];

		if (key.len < 1 + DAY_KEY || (uint8) key.data[0] > JNY_SPAN_VALUE)
			journey_params_bad();
		point->kind = (JnySpanKind) key.data[0];
		point->series.data = key.data + 1;
		point->series.len = key.len - 1 - DAY_KEY;
		point->day = jny_key_get_i64(key.data + key.len - DAY_KEY);
		point->span.x = (double) number[0];
		point->span.n = point->kind == JNY_SPAN_RATE ? (double) number[1] : 1;
		if (point->kind == JNY_SPAN_VALUE)
			point->span.x = journey_sum_value(&jny_counts_sums(counts, i)[0]);
		points->day[i] = point->day;
	}
	sort_points(points->point, points->n);
	sort_days(points->day, points->n);
	for (uint32 i = 0; i < points->n; i++)
		if (i == 0 || points->day[i] != points->day[points->ndays - 1])
			points->day[points->ndays++] = points->day[i];
}

/* Weeks for days; where periods are longer, none. */
static void
find_season(Points *points)
{
	if (points->spec.season > 0)
		return;
	points->spec.season = 1;
	for (uint32 i = 1; i < points->ndays; i++)
		if (points->day[i] - points->day[i - 1] == 1)
			points->spec.season = 7;
}

/*
 * Judges the periods of a series of n points.  A count that is not there is 0;
 * a rate or value that is not there is unknown.
 */
static void
judge_series(Points *points, const Point *series, uint32 n, Judged *judged,
			 uint32 *njudged)
{
	JnySpan    *span = (JnySpan *) jny_alloc(points->ndays * sizeof(JnySpan));
	JnySpan    *history = (JnySpan *) jny_alloc(points->spec.history * sizeof(JnySpan));
	uint32		k = 0;

	for (uint32 d = 0; d < points->ndays; d++)
	{
		bool		there = k < n && series[k].day == points->day[d];

		span[d].x = there ? series[k].span.x : 0;
		span[d].n = there ? series[k].span.n : series->kind == JNY_SPAN_COUNT;
		k += there;
	}
	for (uint32 d = 0; d < points->ndays; d++)
	{
		Judged	   *one = &judged[*njudged];
		int			m = 0;

		if (points->day[d] < points->spec.since || span[d].n == 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		for (uint32 i = d; i-- > 0 && m < points->spec.history;)
			if ((points->day[d] - points->day[i]) % points->spec.season == 0 && span[i].n > 0)
				history[m++] = span[i];
		one->series = series;
		one->day = points->day[d];
		one->span = span[d];
		one->anomaly = jny_anomaly(series->kind, history, m, span[d], &points->critical);
		(*njudged)++;
	}
	jny_free(span);
	jny_free(history);
}

static void
put_judged(JourneyRows *rows, const Judged *judged, double q)
{
	const JnyAnomaly *anomaly = &judged->anomaly;
	Datum		values[13];
	bool		nulls[13] = {false};

	values[0] = PointerGetDatum(journey_name_text(judged->series->series));
	values[1] = DateADTGetDatum((DateADT) judged->day);
	nulls[2] = judged->series->kind == JNY_SPAN_VALUE;
	values[2] = Int64GetDatum(nulls[2] ? 0 : (int64) judged->span.x);
	nulls[3] = judged->series->kind != JNY_SPAN_RATE;
	values[3] = Int64GetDatum(nulls[3] ? 0 : (int64) judged->span.n);
	journey_rows_number(values, nulls, 4, anomaly->value);
	journey_rows_number(values, nulls, 5, anomaly->expected);
	journey_rows_number(values, nulls, 6, anomaly->range.low);
	journey_rows_number(values, nulls, 7, anomaly->range.high);
	journey_rows_number(values, nulls, 8, anomaly->expected > 0 ?
						anomaly->value / anomaly->expected - 1 : NAN);
	values[9] = Int32GetDatum(anomaly->history);
	journey_rows_number(values, nulls, 10, anomaly->p);
	journey_rows_number(values, nulls, 11, q);
	values[12] = BoolGetDatum(q < ALPHA);
	journey_rows_put(rows, values, nulls);
}

JOURNEY_FUNCTION(journey_anomalies_final);
Datum
journey_anomalies_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &anomalies_shape);
	JourneyRows rows;
	Points		points = {0};
	Judged	   *judged;
	double	   *q;
	uint32		nseries = 0;
	uint32		n = 0;
	uint32		m = 0;

	if (counts == NULL)
		PG_RETURN_NULL();
	read_points(counts, &points);
	find_season(&points);
	points.critical = jny_critical(points.spec.history);
	for (uint32 i = 0; i < points.n; i++)
		nseries += i == 0 || points.point[i].kind != points.point[i - 1].kind ||
			jny_name_cmp(points.point[i].series, points.point[i - 1].series) != 0;
	judged = (Judged *) jny_alloc((size_t) nseries * points.ndays * sizeof(Judged) + 1);
	for (uint32 i = 0, end; i < points.n; i = end)
	{
		for (end = i + 1; end < points.n && points.point[end].kind == points.point[i].kind &&
			 jny_name_cmp(points.point[end].series, points.point[i].series) == 0;)
			end++;
		judge_series(&points, &points.point[i], end - i, judged, &n);
	}
	q = (double *) jny_alloc(n * sizeof(double) + 1);
	for (uint32 i = 0; i < n; i++)
		if (!isnan(judged[i].anomaly.p))
			q[m++] = judged[i].anomaly.p;
	jny_bh_adjust(q, m);
	journey_rows_begin(&rows, fcinfo);
	m = 0;
	for (uint32 i = 0; i < n; i++)
		put_judged(&rows, &judged[i], isnan(judged[i].anomaly.p) ? NAN : q[m++]);
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

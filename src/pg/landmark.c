/*
 * landmark.c
 *	  What early_warning and churn_model have in common.
 */
#include "pg/landmark.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "pg/reader.h"

/* ---- parameters ---- */

int64
journey_study_length(FunctionCallInfo fcinfo, int n, const char *what)
{
	int64		us = journey_interval_us(PG_GETARG_INTERVAL_P(n), what);

	if (us == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be more than 0", what)));
	return us;
}

static int
compare_times(const void *x, const void *y)
{
	int64		a = *(const int64 *) x;
	int64		b = *(const int64 *) y;

	return (a > b) - (a < b);
}

static void
refuse_landmarks(int code, const char *detail)
{
	ereport(ERROR,
			(errcode(code),
			 errmsg("landmarks must be finite times, from 1 to %d of them", JOURNEY_MAX_LANDMARKS),
			 errdetail("%s", detail),
			 errhint("A landmark is a day on which one might have looked: ARRAY(SELECT generate_series(..)) makes one a month.")));
}

/* The landmarks in argument 5, ascending, each once. */
static void
put_landmarks(JourneyParams *params, FunctionCallInfo fcinfo)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			kept = 0;
	int64	   *landmark;
	uint8	   *bytes;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(5), TIMESTAMPTZOID, sizeof(int64),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, &n);
	if (n == 0 || n > JOURNEY_MAX_LANDMARKS)
		refuse_landmarks(ERRCODE_INVALID_PARAMETER_VALUE,
						 n == 0 ? "There is none." : "There are more.");
	landmark = (int64 *) palloc(n * sizeof(int64));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			refuse_landmarks(ERRCODE_NULL_VALUE_NOT_ALLOWED, "One of them is null.");
		landmark[i] = DatumGetInt64(elements[i]);
		if (TIMESTAMP_NOT_FINITE(landmark[i]))
			refuse_landmarks(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, "One of them is infinite.");
	}
	qsort(landmark, n, sizeof(int64), compare_times);
	bytes = (uint8 *) palloc(8 * n);
	for (int i = 0; i < n; i++)
		if (i == 0 || landmark[i] != landmark[i - 1])
			jny_put64(bytes + 8 * kept++, (uint64) landmark[i]);
	journey_params_put(params, bytes, 8 * kept, false);
	pfree(bytes);
	pfree(landmark);
}

void
journey_study_put(JourneyParams *params, FunctionCallInfo fcinfo, int64 recent,
				  int64 before, int as_of)
{
	if (PG_ARGISNULL(3) && PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("churn and silence must not both be null"),
				 errhint("Say what churn is: a pattern such as 'cancel', a silence such as '60 days', or both.")));
	journey_check_not_null(fcinfo, 5, "landmarks");
	journey_check_not_null(fcinfo, 6, "horizon");
	journey_params_arg(params, fcinfo, 2);
	journey_params_arg(params, fcinfo, 3);
	journey_params_arg(params, fcinfo, 7);
	journey_params_put_int64(params, PG_ARGISNULL(4) ? -1 : journey_study_length(fcinfo, 4, "silence"));
	journey_params_put_int64(params, journey_study_length(fcinfo, 6, "horizon"));
	journey_params_put_int64(params, recent);
	journey_params_put_int64(params, before);
	journey_params_put_int64(params, PG_NARGS() <= as_of || PG_ARGISNULL(as_of) ? DT_NOEND :
			   PG_GETARG_INT64(as_of));
	put_landmarks(params, fcinfo);
}

void *
journey_study_get(const JnyCounts *counts)
{
	JourneyStudy *study = (JourneyStudy *) palloc0(sizeof(JourneyStudy));
	const uint8 *bytes;
	uint32		at = 0;
	uint32		len;

	study->start = journey_params_pattern(counts, &at);
	study->churn = journey_params_pattern(counts, &at);
	study->flag = journey_params_pattern(counts, &at);
	if (study->start)
		journey_check_step(study->start, "Write alternatives, as in 'purchase | renewal'.");
	study->silence = journey_params_int64(counts, &at);
	study->horizon = journey_params_int64(counts, &at);
	study->recent = journey_params_int64(counts, &at);
	study->before = journey_params_int64(counts, &at);
	study->as_of = journey_params_int64(counts, &at);
	bytes = journey_params_get(counts, &at, &len);
	if (len == 0 || len % 8 != 0 || len > 8 * JOURNEY_MAX_LANDMARKS ||
		study->horizon <= 0 || study->silence < -1 || study->recent < -1 || study->before < 0)
		journey_params_bad();
	study->n = len / 8;
	study->landmark = (int64 *) palloc(len);
	for (uint32 i = 0; i < study->n; i++)
		study->landmark[i] = (int64) jny_get64(bytes + 8 * i);
	study->nparams = at;
	return study;
}

/* ---- the end of the data ---- */

void
journey_study_saw(JourneyCounts *state, int64 last)
{
	uint8		key = JNY_COUNTS_LARGEST;

	journey_counts_keep_largest(state, &key, 1, last);
}

uint32
journey_study_complete(const JourneyStudy *study, const JnyCounts *counts)
{
	uint8		key = JNY_COUNTS_LARGEST;
	uint32		last = jny_counts_find(counts, &key, 1);
	int64		as_of = study->as_of != DT_NOEND ? study->as_of :
		last == PG_UINT32_MAX ? DT_NOBEGIN : jny_counts_of(counts, last)[0];
	uint32		n = 0;

	while (n < study->n && jny_later(study->landmark[n], study->horizon) <= as_of)
		n++;
	return n;
}

/* ---- a customer ---- */

void
journey_study_open(JourneyStudy *study, const JnyView *view)
{
	JnyLife		life = {.view = view};
	JnyAttempt	attempt;

	life.silence = study->silence;
	life.recent = Max(study->recent, 0);
	life.before = Max(study->before, 0);
	life.left_at = DT_NOEND;
	if (study->start)
	{
		jny_hits_of_view(&study->start_hits, study->start, view);
		life.start = &study->start_hits;
	}
	if (study->churn)
	{
		jny_hits_of_view(&study->churn_hits, study->churn, view);
		if (jny_match_next(study->churn, &study->churn_hits, 0, &attempt))
			life.left_at = attempt.finish;
	}
	if (study->flag)
		jny_hits_of_view(&study->flag_hits, study->flag, view);
	study->life = life;
}

bool
journey_study_flagged(JourneyStudy *study, int64 landmark)
{
	uint32		from = study->recent < 0 ? 0 : study->life.recent_from;

	jny_hits_window(&study->flag_hits, from, study->life.end, landmark, &study->window);
	return jny_match_complete(study->flag, &study->window);
}

/*
 * churn.c
 *	  churn_model, and asking a model: churn_score, churn_reason, churn_check.
 *
 * Keys of the state, i the number of a landmark as two bytes:
 *	  'f' i bands	customers: stayed, churned
 *	  LARGEST		time of the last event of all
 * Keys of a model, whose parameters are those of the state, then the order of
 * the bands and the landmark that was kept for checking, NULL without one:
 *	  'p' bands		those who are alike in some bands: stayed, churned
 *	  'h' bands		the same at the landmark for checking, all bands
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/churn.h"
#include "pg/calibration.h"
#include "pg/landmark.h"
#include "pg/model.h"
#include "pg/reader.h"

/* A rate speaks of customers like this one when there are so many. */
#define LEAST_ALIKE 20

static const JourneyCountsShape churn_shape = {
	JOURNEY_COUNTS_CHURN, 2, 0, "start_step, churn, silence, landmarks, horizon, sign and as_of"
};
static const JourneyModelShape model_shape = {
	JOURNEY_COUNTS_CHURN_MODEL, 2, "churn_model"
};

/* ---- learning ---- */

/* (state, j, start_step, churn, silence, landmarks, horizon, sign [, as_of]) */
static JourneyCounts *
getarg_state(FunctionCallInfo fcinfo)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	int64		horizon;

	journey_check_not_null(fcinfo, 6, "horizon");
	horizon = journey_study_length(fcinfo, 6, "horizon");
	journey_study_put(&params, fcinfo, (horizon + 1) / 2, horizon, 8);
	state = journey_counts_state(fcinfo, &churn_shape, &params);
	journey_counts_extra(state, journey_study_get);
	return state;
}

/* The bands of a customer at a landmark he has just been followed to. */
static void
find_bands(JourneyStudy *study, const JnyStanding *standing, int64 at, uint8 *band)
{
	jny_churn_bands(standing, at, study->horizon,
					study->flag != NULL && journey_study_flagged(study, at), band);
}

JOURNEY_FUNCTION(journey_churn_model_trans);
Datum
journey_churn_model_trans(PG_FUNCTION_ARGS)
{
	JourneyCounts *state;
	JourneyStudy *study;
	JnyView		view;
	MemoryContext old;

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	state = getarg_state(fcinfo);
	study = (JourneyStudy *) state->extra;
	journey_getarg_view(fcinfo, 1, &view);
	if (view.n == 0)
		PG_RETURN_JOURNEY_COUNTS(state);
	journey_study_saw(state, view.last);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	journey_study_open(study, &view);
	for (uint32 i = 0; i < study->n; i++)
	{
		int64		at = study->landmark[i];
		JnyStanding standing;
		uint8		key[3 + JNY_CHURN_BANDS] = {'f', (uint8) (i >> 8), (uint8) i};

		jny_life_at(&study->life, at, &standing);
		if (!standing.is_customer)
			continue;
		find_bands(study, &standing, at, key + 3);
		journey_counts_at(state, key, sizeof(key))
			[jny_life_churn(&study->life, at, jny_later(at, study->horizon)) != DT_NOEND]++;
	}
	MemoryContextSwitchTo(old);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/*
 * Which landmarks are learned from, the first "learned", and which one is kept
 * for checking, or -1.  All that is learned had happened before the check
 * began.  Without a landmark early enough for that there is no check.
 */
static int
choose_landmarks(const JourneyStudy *study, uint32 complete, uint32 *learned)
{
	*learned = complete;
	if (complete < 2 ||
		jny_later(study->landmark[0], study->horizon) > study->landmark[complete - 1])
		return -1;
	while (jny_later(study->landmark[*learned - 1], study->horizon) > study->landmark[complete - 1])
		--*learned;
	return (int) complete - 1;
}

static void
nothing_learned(const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is nothing to learn churn from"),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

/* Those alike in all bands at the first landmarks, in order of the bands. */
static JnyChurnCell *
read_cells(const JnyCounts *counts, uint32 learned, uint32 *n)
{
	JnyCounts  *cells = jny_counts_create(0, 2, 0, NULL, 0);
	JnyChurnCell *cell;
	uint32	   *order;

	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, i);
		const uint8 *bytes = (const uint8 *) key.data;
		int64	   *count;

		if (key.len != 3 + JNY_CHURN_BANDS || bytes[0] != 'f' ||
			((uint32) bytes[1] << 8 | bytes[2]) >= learned)
			continue;
		count = jny_counts_of(cells, jny_counts_put(cells, bytes + 3, JNY_CHURN_BANDS));
		count[0] += jny_counts_of(counts, i)[0];
		count[1] += jny_counts_of(counts, i)[1];
	}
	order = jny_counts_sorted(cells);
	cell = (JnyChurnCell *) palloc(cells->n * sizeof(JnyChurnCell) + 1);
	for (uint32 i = 0; i < cells->n; i++)
	{
		memcpy(cell[i].band, jny_counts_key(cells, order[i]).data, JNY_CHURN_BANDS);
		memcpy(cell[i].n, jny_counts_of(cells, order[i]), sizeof(cell[i].n));
	}
	*n = cells->n;
	jny_counts_free(cells);
	return cell;
}

/* Adds to the counts under a key. */
static void
add_counts(JnyCounts *to, const uint8 *key, uint32 len, const int64 *n)
{
	int64	   *count = jny_counts_of(to, jny_counts_put(to, key, len));

	count[0] += n[0];
	count[1] += n[1];
}

/* Puts the landmark for checking into a model. */
static void
add_check(JnyCounts *model, const JnyCounts *counts, int check)
{
	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		name = jny_counts_key(counts, i);
		const uint8 *bytes = (const uint8 *) name.data;
		uint8		key[JNY_CHURN_KEY];

		if (name.len != 3 + JNY_CHURN_BANDS || bytes[0] != 'f' ||
			(bytes[1] << 8 | bytes[2]) != check)
			continue;
		key[0] = 'h';
		memcpy(key + 1, bytes + 3, JNY_CHURN_BANDS);
		add_counts(model, key, sizeof(key), jny_counts_of(counts, i));
	}
}

/*
 * A model without counts: its parameters are those of the state, the order of
 * the bands and the landmark for checking (DT_NOEND: none).
 */
static JnyCounts *
create_model(const JnyCounts *counts, const uint8 *order, int64 check)
{
	JourneyParams params = {{0}};
	StringInfoData all;
	uint8		bytes[8];

	jny_put64(bytes, (uint64) check);
	journey_params_put(&params, order, JNY_CHURN_BANDS, false);
	journey_params_put(&params, bytes, 8, check == DT_NOEND);
	initStringInfo(&all);
	appendBinaryStringInfo(&all, (const char *) counts->params, (int) counts->nparams);
	appendBinaryStringInfo(&all, (const char *) journey_params_bytes(&params), (int) params.len);
	return jny_counts_create(JOURNEY_COUNTS_CHURN_MODEL, 2, 0, all.data, (uint32) all.len);
}

JOURNEY_FUNCTION(journey_churn_model_final);
Datum
journey_churn_model_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &churn_shape);
	JourneyStudy *study;
	JnyCounts  *model;
	JnyChurnCell *cell;
	uint8		order[JNY_CHURN_BANDS];
	uint32		learned;
	uint32		n;
	int			check;

	if (counts == NULL)
		PG_RETURN_NULL();
	study = (JourneyStudy *) journey_study_get(counts);
	check = choose_landmarks(study, journey_study_complete(study, counts), &learned);
	if (learned == 0)
		nothing_learned("The data ends before the horizon of any landmark has passed.",
						"Take earlier landmarks or a shorter horizon.");
	cell = read_cells(counts, learned, &n);
	if (n == 0)
		nothing_learned("Nobody is a customer at the landmarks that are learned from.",
						"Look at start_step, silence and the landmarks.");
	jny_churn_order(cell, n, order);

	model = create_model(counts, order, check < 0 ? DT_NOEND : study->landmark[check]);
	for (uint32 i = 0; i < n; i++)
		for (int d = 0; d <= JNY_CHURN_BANDS; d++)
		{
			uint8		key[JNY_CHURN_KEY];

			jny_churn_key(key, 'p', cell[i].band, order, d);
			add_counts(model, key, sizeof(key), cell[i].n);
		}
	if (check >= 0)
		add_check(model, counts, check);
	PG_RETURN_DATUM(journey_learned_datum(model));
}

/* ---- asking ---- */

typedef struct Learned
{
	const JnyCounts *groups;
	JourneyStudy *study;
	const uint8 *order;
	int64		check;			/* DT_NOEND: none */
} Learned;

/* What a model holds beside its counts, in the current memory context. */
static Learned *
read_learned(const JnyCounts *counts)
{
	Learned    *learned = (Learned *) palloc(sizeof(Learned));
	const uint8 *bytes;
	uint32		at;
	uint32		len;

	learned->groups = counts;
	learned->study = (JourneyStudy *) journey_study_get(counts);
	at = learned->study->nparams;
	learned->order = journey_params_get(counts, &at, &len);
	if (learned->order == NULL || len != JNY_CHURN_BANDS)
		journey_params_bad();
	for (uint32 d = 0; d < len; d++)
		if (learned->order[d] >= JNY_CHURN_BANDS)
			journey_params_bad();
	bytes = journey_params_get(counts, &at, &len);
	learned->check = bytes && len == 8 ? (int64) jny_get64(bytes) : DT_NOEND;
	return learned;
}

/* One customer under a model. */
typedef struct Customer
{
	JnyStanding standing;
	uint8		band[JNY_CHURN_BANDS];
	JnyChurnPath path;
	int64		at;
} Customer;

/*
 * The customer in arguments (model, j, as_of); false if nobody is one then.
 */
static bool
getarg_customer(FunctionCallInfo fcinfo, Learned **learned, Customer *customer)
{
	JourneyModel *model = journey_getarg_model(fcinfo, 0, &model_shape);
	MemoryContext old = MemoryContextSwitchTo(model->context);
	JnyView		view;

	if (model->extra == NULL)
		model->extra = read_learned(model->counts);
	*learned = (Learned *) model->extra;
	MemoryContextSwitchTo(old);
	journey_getarg_view(fcinfo, 1, &view);
	customer->at = journey_getarg_as_of(fcinfo, 2, NULL);
	if (view.n == 0)
		return false;
	MemoryContextSwitchTo(model->context);
	journey_study_open((*learned)->study, &view);
	jny_life_at(&(*learned)->study->life, customer->at, &customer->standing);
	if (customer->standing.is_customer)
	{
		find_bands((*learned)->study, &customer->standing, customer->at, customer->band);
		jny_churn_path(model->counts, customer->band, (*learned)->order, &customer->path);
	}
	MemoryContextSwitchTo(old);
	return customer->standing.is_customer;
}

JOURNEY_FUNCTION(journey_churn_score);
Datum
journey_churn_score(PG_FUNCTION_ARGS)
{
	Learned    *learned;
	Customer	customer;

	if (!getarg_customer(fcinfo, &learned, &customer))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(customer.path.rate[JNY_CHURN_BANDS]);
}

/* A length of time in days, with a decimal where it is short. */
static void
append_days(StringInfo out, double us)
{
	double		days = us / USECS_PER_DAY;

	appendStringInfo(out, days < 9.95 ? "%.1f days" : "%.0f days", days);
}

/* The text of a pattern among the parameters, behind its version. */
static void
append_pattern(StringInfo out, const JnyCounts *counts, int which)
{
	const uint8 *bytes = NULL;
	uint32		at = 0;
	uint32		len = 0;

	for (int i = 0; i <= which; i++)
		bytes = journey_params_get(counts, &at, &len);
	if (bytes == NULL)
		appendStringInfoString(out, "event");
	else
		appendBinaryStringInfo(out, (const char *) bytes + 1, (int) len - 1);
}

/* What a band says of this customer. */
static void
append_band(StringInfo out, const Learned *learned, const Customer *customer,
			JnyChurnBand band)
{
	const JnyStanding *standing = &customer->standing;
	double		silent = (double) customer->at - (double) standing->last;

	switch (band)
	{
		case JNY_CHURN_SILENCE:
			if (standing->usual_gap < 0)
				appendStringInfoString(out, "active on one day only");
			else
			{
				appendStringInfoString(out, "silent for ");
				append_days(out, silent);
				appendStringInfo(out, ", %.1f times the usual gap of ",
								 silent / standing->usual_gap);
				append_days(out, (double) standing->usual_gap);
			}
			break;
		case JNY_CHURN_LAST:
			appendStringInfoString(out, "silent for ");
			append_days(out, silent);
			break;
		case JNY_CHURN_ACTIVITY:
			appendStringInfo(out, "%u events in the last ", standing->nrecent);
			append_days(out, (double) learned->study->recent);
			appendStringInfo(out, ", %u in the ", standing->nbefore);
			append_days(out, (double) learned->study->before);
			appendStringInfoString(out, " before");
			break;
		case JNY_CHURN_TENURE:
			appendStringInfoString(out, "customer for ");
			append_days(out, (double) customer->at - (double) standing->since);
			break;
		case JNY_CHURN_STARTS:
			appendStringInfo(out, "%u x ", standing->starts);
			append_pattern(out, learned->groups, 0);
			break;
		case JNY_CHURN_SIGN:
			if (!customer->band[JNY_CHURN_SIGN])
				appendStringInfoString(out, "no ");
			append_pattern(out, learned->groups, 2);
			appendStringInfoString(out, " in the last ");
			append_days(out, (double) learned->study->recent);
			break;
	}
}

/* Both bands of silence say the same in words. */
static bool
same_words(const Learned *learned, int a, int b)
{
	return a == b ||
		(learned->order[a] <= JNY_CHURN_LAST && learned->order[b] <= JNY_CHURN_LAST);
}

/*
 * Appends the bands that moved the rate most in the direction it went in, at
 * most two, and none that moved it by less than a tenth of the way.
 */
static void
append_reasons(StringInfo out, const Learned *learned, const Customer *customer)
{
	const double *rate = customer->path.rate;
	double		way = rate[JNY_CHURN_BANDS] - rate[0];
	int			told = -1;

	for (int k = 0; k < 2; k++)
	{
		int			most = -1;

		for (int d = 0; d < JNY_CHURN_BANDS; d++)
		{
			double		moved = (rate[d + 1] - rate[d]) * (way < 0 ? -1 : 1);

			if ((told < 0 || !same_words(learned, d, told)) && moved > 0.1 * fabs(way) &&
				(most < 0 || moved > (rate[most + 1] - rate[most]) * (way < 0 ? -1 : 1)))
				most = d;
		}
		if (most < 0)
			break;
		if (k > 0)
			appendStringInfoString(out, ", ");
		append_band(out, learned, customer, (JnyChurnBand) learned->order[most]);
		told = most;
	}
	if (told < 0)
		appendStringInfoString(out, "like customers in general");
}

JOURNEY_FUNCTION(journey_churn_reason);
Datum
journey_churn_reason(PG_FUNCTION_ARGS)
{
	Learned    *learned;
	Customer	customer;
	StringInfoData out;
	int			d = JNY_CHURN_BANDS;

	if (!getarg_customer(fcinfo, &learned, &customer))
		PG_RETURN_NULL();
	initStringInfo(&out);
	append_reasons(&out, learned, &customer);
	while (d > 0 && customer.path.n[d] < LEAST_ALIKE)
		d--;
	appendStringInfo(&out, "; of " INT64_FORMAT " such customers %.0f %% churned within ",
					 customer.path.n[d], 100.0 * customer.path.churned[d] / Max(customer.path.n[d], 1));
	append_days(&out, (double) learned->study->horizon);
	appendStringInfo(&out, ", of all %.0f %%", 100 * customer.path.rate[0]);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* ---- checking ---- */

static int
forecast_cmp(const void *x, const void *y)
{
	const JnyForecast *a = (const JnyForecast *) x;
	const JnyForecast *b = (const JnyForecast *) y;

	return (a->p > b->p) - (a->p < b->p);
}

/* To the rows of a set. */
static void
put_tuple(void *to, Datum *values, bool *nulls)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) to;

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* (model): rows that compare, at the landmark kept for it; none without one. */
JOURNEY_FUNCTION(journey_churn_check);
Datum
journey_churn_check(PG_FUNCTION_ARGS)
{
	JourneyModel *model = journey_open_learned(PG_GETARG_DATUM(0), &model_shape);
	Learned    *learned = read_learned(model->counts);
	JnyForecast *forecast = (JnyForecast *) palloc(model->counts->n * sizeof(JnyForecast) + 1);
	uint32	   *order = jny_counts_sorted(model->counts);
	uint32		n = 0;

	for (uint32 i = 0; i < model->counts->n; i++)
	{
		JnyName		key = jny_counts_key(model->counts, order[i]);
		const int64 *count = jny_counts_of(model->counts, order[i]);
		JnyChurnPath path;

		if (key.len != JNY_CHURN_KEY || key.data[0] != 'h')
			continue;
		jny_churn_path(model->counts, (const uint8 *) key.data + 1, learned->order, &path);
		forecast[n].p = path.rate[JNY_CHURN_BANDS];
		forecast[n].n = count[0] + count[1];
		forecast[n++].happened = count[1];
	}
	/* those told the same probability become one, however they came here */
	qsort(forecast, n, sizeof(JnyForecast), forecast_cmp);
	for (uint32 from = 0, i = 0; i < n; i++)
	{
		if (i > 0 && forecast[i].p == forecast[from].p)
		{
			forecast[from].n += forecast[i].n;
			forecast[from].happened += forecast[i].happened;
		}
		else if (i > 0)
			forecast[++from] = forecast[i];
		if (i + 1 == n)
			n = from + 1;
	}
	InitMaterializedSRF(fcinfo, 0);
	journey_calibration_rows(forecast, n, put_tuple, fcinfo->resultinfo);
	return (Datum) 0;
}

/*
 * attribution.c
 *	  attribution: which channel earned the conversions.
 *
 * Keys of the counts:
 *	  't'                          all: conversions, null paths; value
 *	  'c' channel                  paths, assisted; credit, value credit
 * and those of attribution_markov.c and attribution_shapley.c.
 */
#include "pg/attribution.h"

#include "utils/builtins.h"

#include "pg/reader.h"

static const JourneyCountsShape attribution_shape = {
	JOURNEY_COUNTS_ATTRIBUTION, 2, 2, "goal, revenue, model and lookback"
};

/* counts of 't' */
#define ALL_CONVERSIONS 0
#define ALL_NULL_PATHS 1
/* counts of 'c' */
#define PATHS 0
#define ASSISTED 1

/* ---- parameters ---- */

/* The model in a text. */
static void
parse_model(const char *text, size_t len, JnyModelSpec *model)
{
	const char *hint;
	const char *wrong = jny_model_parse(text, len, model, &hint);

	if (wrong)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid attribution model \"%.*s\"", (int) Min(len, 100), text),
				 errdetail("%s", wrong),
				 errhint("%s", hint)));
}

static void *
read_spec(const JnyCounts *counts)
{
	JourneyAttribution *spec = (JourneyAttribution *) palloc0(sizeof(JourneyAttribution));
	uint32		at = 0;
	uint32		len;
	const uint8 *bytes;

	spec->goal = journey_params_pattern(counts, &at);
	spec->revenue = journey_params_pattern(counts, &at);
	if (spec->revenue)
		journey_check_step(spec->revenue, "Write the events that are money as alternatives, as in 'purchase | renewal | refund'.");
	bytes = journey_params_get(counts, &at, &len);
	parse_model((const char *) bytes, len, &spec->model);
	bytes = journey_params_get(counts, &at, &len);
	spec->lookback = bytes && len == 8 ? (int64) jny_get64(bytes) : PG_INT64_MAX;
	return spec;
}

/* The state for arguments (state, j, goal, revenue, model [, lookback]). */
static JourneyCounts *
getarg_state(FunctionCallInfo fcinfo)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	uint8		bytes[8];

	journey_check_not_null(fcinfo, 2, "goal");
	journey_check_not_null(fcinfo, 4, "model");
	journey_params_arg(&params, fcinfo, 2);
	journey_params_arg(&params, fcinfo, 3);
	journey_params_arg(&params, fcinfo, 4);
	if (PG_NARGS() > 5 && !PG_ARGISNULL(5))
	{
		jny_put64(bytes, (uint64) journey_interval_us(PG_GETARG_INTERVAL_P(5), "lookback"));
		journey_params_put(&params, bytes, 8, false);
	}
	else
		journey_params_put(&params, NULL, 0, true);
	state = journey_counts_state(fcinfo, &attribution_shape, &params);
	journey_counts_extra(state, read_spec);
	return state;
}

/* ---- counting ---- */

/* A key of a channel. */
static uint32
channel_key(uint8 *key, JnyName channel)
{
	key[0] = 'c';
	memcpy(key + 1, channel.data, channel.len);
	return 1 + channel.len;
}

/*
 * Counts the channels of a path of n touches, each once, with the sum of its
 * credits; "last" has not assisted.  credit is NULL where there is none.
 */
static void
count_channels(JourneyPaths *paths, uint32 n, bool converted, const double *credit,
			   double value)
{
	JourneyCounts *state = paths->state;
	uint32		last = paths->touches[n - 1].channel;
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);
	uint8		key[1 + JNY_MAX_NAME_BYTES];

	for (uint32 i = 0; credit && i < n; i++)
	{
		double	   *sum = &paths->sum[paths->touches[i].channel];

		*sum = (paths->first[i] ? 0 : *sum) + credit[i];
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint32		channel = paths->touches[i].channel;
		uint32		at;

		if (!paths->first[i])
			continue;
		at = journey_counts_put(state, key, channel_key(key, paths->names[channel]));
		jny_counts_of(state->counts, at)[PATHS] += converted;
		jny_counts_of(state->counts, at)[ASSISTED] += converted && channel != last;
		if (credit == NULL || paths->sum[channel] == 0)
			continue;
		jny_sum_add(&jny_counts_sums(state->counts, at)[CREDIT], paths->sum[channel]);
		if (value != 0)
			jny_sum_add(&jny_counts_sums(state->counts, at)[VALUE],
						paths->sum[channel] * value);
	}
	MemoryContextSwitchTo(old);
}

/* Counts a path whole, for the models that look at all of them. */
static void
count_path(JourneyPaths *paths, uint32 n, bool converted, double value)
{
	if (paths->spec->model.model == JNY_MODEL_MARKOV)
		journey_markov_path(paths, n, converted, value);
	else if (paths->spec->model.rate)
		journey_shapley_path(paths, n, converted, value);
}

/* One conversion; where nothing else touched, its own channel did. */
static void
put_conversion(JourneyPaths *paths, const JourneyConversion *conversion)
{
	int64		ts = jny_time(paths->view, conversion->at);
	uint32		n = journey_paths_touches(paths, conversion->start, conversion->end,
									 conversion->at, ts);

	if (n == 0)
	{
		uint32		own = jny_channel(paths->view, conversion->at);

		journey_paths_touch(paths, n++, own == 0 ? paths->view->nchannels : own - 1, ts);
	}
	journey_counts_at(paths->state, "t", 1)[ALL_CONVERSIONS]++;
	if (conversion->value != 0)
		journey_counts_add(paths->state, "t", 1, VALUE, conversion->value);
	if (paths->spec->model.model == JNY_MODEL_MARKOV || paths->spec->model.rate)
	{
		count_channels(paths, n, true, NULL, 0);
		count_path(paths, n, true, conversion->value);
		return;
	}
	jny_model_credit(&paths->spec->model, paths->touches, paths->first, n, paths->credit);
	count_channels(paths, n, true, paths->credit, conversion->value);
}

/* What is behind the last conversion, if a channel touched. */
static void
put_null_path(JourneyPaths *paths)
{
	uint32		from = paths->n > 0 ? paths->conversions[paths->n - 1].end : 0;
	uint32		n = journey_paths_touches(paths, from, paths->view->n, PG_UINT32_MAX,
									 paths->view->last);

	if (n == 0)
		return;
	journey_counts_at(paths->state, "t", 1)[ALL_NULL_PATHS]++;
	count_channels(paths, n, false, NULL, 0);
	count_path(paths, n, false, 0);
}

/* (state, j, goal, revenue, model [, lookback]) */
JOURNEY_FUNCTION(journey_attribution_trans);
Datum
journey_attribution_trans(PG_FUNCTION_ARGS)
{
	JourneyCounts *state;
	JnyView		view;
	JourneyPaths paths;

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	state = getarg_state(fcinfo);
	journey_getarg_view(fcinfo, 1, &view);
	journey_paths_init(&paths, state, &view);
	journey_paths_conversions(&paths);
	journey_counts_at(state, "t", 1);
	for (uint32 i = 0; i < paths.n; i++)
		put_conversion(&paths, &paths.conversions[i]);
	put_null_path(&paths);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* ---- the answer ---- */

/* Of the parameters, what the answer needs: patterns are not compiled. */
static void
read_model(JourneyCredits *result)
{
	uint32		at = 0;
	uint32		len;
	const uint8 *bytes;

	journey_params_get(result->counts, &at, &len);
	result->money = journey_params_get(result->counts, &at, &len) != NULL;
	bytes = journey_params_get(result->counts, &at, &len);
	if (bytes == NULL)
		journey_params_bad();
	parse_model((const char *) bytes, len, &result->model);
}

static void
read_credits(JourneyCredits *result, const uint32 *order)
{
	const JnyCounts *counts = result->counts;
	uint32		all = jny_counts_find(counts, "t", 1);

	result->credits = (JourneyCredit *) palloc0(counts->n * sizeof(JourneyCredit) + 1);
	if (all != PG_UINT32_MAX)
	{
		result->conversions = (double) jny_counts_of(counts, all)[ALL_CONVERSIONS];
		result->value = journey_sum_value(&jny_counts_sums(counts, all)[VALUE]);
	}
	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, order[i]);
		JourneyCredit *credit = &result->credits[result->n];

		if (key.len == 0 || key.data[0] != 'c')
			continue;
		credit->channel.data = key.data + 1;
		credit->channel.len = key.len - 1;
		credit->conversions = journey_sum_value(&jny_counts_sums(counts, order[i])[CREDIT]);
		credit->value = journey_sum_value(&jny_counts_sums(counts, order[i])[VALUE]);
		credit->removal = NAN;
		credit->paths = jny_counts_of(counts, order[i])[PATHS];
		credit->assisted = jny_counts_of(counts, order[i])[ASSISTED];
		result->n++;
	}
}

/* ---- rows ---- */

/* Most conversions first, then by name, which is the order they are in. */
static int
credit_cmp(const void *a, const void *b)
{
	const JourneyCredit *x = (const JourneyCredit *) a;
	const JourneyCredit *y = (const JourneyCredit *) b;

	if (x->conversions != y->conversions)
		return x->conversions > y->conversions ? -1 : 1;
	return jny_name_cmp(x->channel, y->channel);
}

JOURNEY_FUNCTION(journey_attribution_final);
Datum
journey_attribution_final(PG_FUNCTION_ARGS)
{
	JourneyCredits result = {0};
	JourneyRows rows;
	uint32	   *order;

	result.counts = journey_counts_final(fcinfo, &attribution_shape);
	if (result.counts == NULL)
		PG_RETURN_NULL();
	read_model(&result);
	order = jny_counts_sorted(result.counts);
	read_credits(&result, order);
	if (result.model.model == JNY_MODEL_MARKOV)
		journey_markov_credit(&result, order);
	else if (result.model.rate)
		journey_shapley_credit(&result);
	if (result.n > 1)
		qsort(result.credits, result.n, sizeof(JourneyCredit), credit_cmp);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < result.n; i++)
	{
		const JourneyCredit *credit = &result.credits[i];
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = PointerGetDatum(journey_name_text(credit->channel));
		values[1] = Float8GetDatum(credit->conversions);
		journey_rows_number(values, nulls, 2, result.money ? credit->value : NAN);
		journey_rows_number(values, nulls, 3, result.conversions > 0 ?
						   credit->conversions / result.conversions : NAN);
		values[4] = Int64GetDatum(credit->paths);
		values[5] = Int64GetDatum(credit->assisted);
		journey_rows_number(values, nulls, 6, credit->removal);
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

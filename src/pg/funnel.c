/*
 * funnel.c
 *	  How far, when, how often: funnel_step, funnel_times, match_count and
 *	  journey_match, over journeys and over rows.
 *
 * Each answer is one function of a question (ask.h) and has two entry points.
 */
#include "pg/ask.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "pg/args.h"

JOURNEY_FUNCTION(journey_funnel_trans);
JOURNEY_FUNCTION(journey_funnel_trans_date);
JOURNEY_FUNCTION(journey_funnel_trans_integer);
JOURNEY_FUNCTION(journey_funnel_trans_integer_date);
JOURNEY_FUNCTION(journey_funnel_step);
JOURNEY_FUNCTION(journey_funnel_step_final);
JOURNEY_FUNCTION(journey_funnel_times);
JOURNEY_FUNCTION(journey_funnel_times_final);
JOURNEY_FUNCTION(journey_match_count);
JOURNEY_FUNCTION(journey_match_count_final);
JOURNEY_FUNCTION(journey_match);
JOURNEY_FUNCTION(journey_match_timestamptz);
JOURNEY_FUNCTION(journey_match_commuted);
JOURNEY_FUNCTION(journey_match_final);

/* ---- rows into a state ---- */

/* The state for the first row of a group, which is not in it yet. */
static JourneyAggState *
start_pattern(FunctionCallInfo fcinfo)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyAggSite *site = journey_agg_site(fcinfo, aggcontext);
	int			last = PG_NARGS() - 1;
	JourneyAggPattern *pattern;

	journey_check_not_null(fcinfo, last, "pattern");
	pattern = journey_agg_pattern(site, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(last)));
	if (last < 5)
		journey_refuse_filters(pattern->compiled, "ts, event, channel, value, pattern");
	return journey_agg_new(fcinfo, aggcontext, site, pattern,
						   journey_agg_arg_fixed(fcinfo, last));
}

/* Takes any row into its state, which begins with the first one. */
static pg_noinline Datum
any_row(FunctionCallInfo fcinfo)
{
	JourneyAggState *state = PG_ARGISNULL(0) ? NULL :
		(JourneyAggState *) PG_GETARG_POINTER(0);
	int			last = PG_NARGS() - 1;

	if (state == NULL)
		state = start_pattern(fcinfo);
	else if (!journey_agg_direct(fcinfo) && !state->room->fixed)
	{
		journey_check_not_null(fcinfo, last, "pattern");
		journey_agg_check_pattern(state->room,
								  PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(last)));
	}
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		journey_agg_add_args(fcinfo, state, last - 1);
	PG_RETURN_POINTER(state);
}

/*
 * funnel_trans(internal, ts, event, pattern) internal
 * funnel_trans(internal, ts, event, channel, value, pattern) internal
 *
 * The one transition of all aggregates that take a pattern, so that the server
 * computes one state for several of them with the same arguments.  The first
 * row of a group makes a state even if it is ignored: the answer for someone
 * who did nothing is 0 steps of this pattern.
 */
Datum
journey_funnel_trans(PG_FUNCTION_ARGS)
{
	JourneyAggSite *direct = journey_agg_direct(fcinfo);

	if (unlikely(direct == NULL || PG_NARGS() != 4 || PG_ARGISNULL(0) ||
				 PG_ARGISNULL(1) || PG_ARGISNULL(2)))
		return any_row(fcinfo);
	if (journey_agg_skips(fcinfo, direct))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	return journey_agg_add_pair(fcinfo, direct);
}

/*
 * The pattern of numbered steps: 1 -> 2 -> .. -> 64, within so many
 * microseconds unless -1.  The site of this transition has no other patterns,
 * so "within" identifies one: the text is made once and not for every group.
 */
static JourneyAggPattern *
numbered_steps(JourneyAggSite *site, int64 within)
{
	JnyText		text;
	JnyName		name;
	char		step[16];

	for (JourneyAggPattern *pattern = site->patterns; pattern; pattern = pattern->next)
		if (pattern->compiled->within == within)
			return pattern;

	jny_text_init(&text);
	for (int i = 1; i <= JNY_MAX_ITEMS; i++)
	{
		int			len = snprintf(step, sizeof(step), i > 1 ? " -> %d" : "%d", i);

		jny_text_append(&text, step, len);
	}
	if (within >= 0)
	{
		jny_text_append(&text, " within ", 8);
		jny_text_duration(&text, within);
	}
	name.data = text.data;
	name.len = (uint32) text.len;
	return journey_agg_pattern_text(site, name);
}

/* The code of the name of a step: its number in digits. */
static uint32
step_code(JourneyAggSite *site, int32 step)
{
	char		digits[16];
	JnyName		name = {digits, 0};

	if (site->step_code[step] == 0)
	{
		name.len = (uint32) snprintf(digits, sizeof(digits), "%d", step);
		site->step_code[step] = jny_dict_put(site->dict, name) + 1;
	}
	return site->step_code[step] - 1;
}

/* Adds an event named after its step. */
static void
add_step(FunctionCallInfo fcinfo, JourneyAggState *state, int64 ts, int32 step)
{
	JourneyAggSite *direct = journey_agg_direct(fcinfo);
	JourneyAggSite *site = direct ? direct : state->room->site;
	JnyName		none = {"", 0};
	JnyName		name;
	JnyEvent	event;

	if (step < 1 || step > JNY_MAX_ITEMS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step %d is out of range", step),
				 errdetail("Steps are numbered from 1 to %d; NULL is an event that is no step.",
						   JNY_MAX_ITEMS)));
	event.ts = ts;
	event.value = NAN;
	event.channel = 0;
	event.name = step_code(site, step);
	name = jny_dict_name(site->dict, event.name);
	journey_check_row(ts, name, none, NAN, false);
	journey_agg_add(state, direct, &event);
}

/*
 * funnel_trans(internal, ts, step integer, within interval) internal
 *
 * For steps that are conditions, numbered by a CASE expression.  A row is one
 * step, or none (NULL).
 */
Datum
journey_funnel_trans_integer(PG_FUNCTION_ARGS)
{
	JourneyAggState *state = PG_ARGISNULL(0) ? NULL :
		(JourneyAggState *) PG_GETARG_POINTER(0);

	if (state == NULL ||
		(!journey_agg_direct(fcinfo) && !state->room->fixed))
	{
		int64		within = -1;

		if (!PG_ARGISNULL(3))
			within = journey_interval_us(PG_GETARG_INTERVAL_P(3), "within");
		if (state == NULL)
		{
			MemoryContext aggcontext = journey_agg_context(fcinfo);
			JourneyAggSite *site = journey_agg_site(fcinfo, aggcontext);

			state = journey_agg_new(fcinfo, aggcontext, site,
									numbered_steps(site, within),
									journey_agg_arg_fixed(fcinfo, 3));
		}
		else if (state->room->pattern->compiled->within != within)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("within must be the same for all rows of a group")));
	}
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		add_step(fcinfo, state, PG_GETARG_INT64(1), PG_GETARG_INT32(2));
	PG_RETURN_POINTER(state);
}

/* funnel_trans(internal, date, ..) internal, as the two above */
Datum
journey_funnel_trans_date(PG_FUNCTION_ARGS)
{
	return journey_agg_call_date(fcinfo, journey_funnel_trans);
}

Datum
journey_funnel_trans_integer_date(PG_FUNCTION_ARGS)
{
	return journey_agg_call_date(fcinfo, journey_funnel_trans_integer);
}

/* ---- funnel_step ---- */

/*
 * funnel_step(journey, journey_pattern) integer
 *
 * Depth of the best attempt, 0 if there is none.
 */
Datum
journey_funnel_step(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(journey_ask_depth(fcinfo, 0, 1));
}

/* funnel_step_final(internal) integer: 0 without a row, as count(*) has it. */
Datum
journey_funnel_step_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(journey_ask_state_depth(fcinfo));
}

/* ---- funnel_times ---- */

/* The time of each item in the best attempt, NULL for those not reached. */
static Datum
times_array(const JourneyAsk *ask)
{
	JnyAttempt	attempt;
	Datum		values[JNY_MAX_ITEMS];
	bool		nulls[JNY_MAX_ITEMS];
	int			n = ask->pattern->nitems;
	int			lower = 1;

	jny_match_best(ask->pattern, ask->hits, &attempt);
	for (int i = 0; i < n; i++)
	{
		nulls[i] = !jny_attempt_has(ask->pattern, &attempt, i);
		values[i] = nulls[i] ? (Datum) 0 : TimestampTzGetDatum(attempt.ts[i]);
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lower,
											  TIMESTAMPTZOID, sizeof(TimestampTz),
											  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* funnel_times(journey, journey_pattern) timestamptz[] */
Datum
journey_funnel_times(PG_FUNCTION_ARGS)
{
	JourneyAsk	ask;

	journey_ask_args(fcinfo, 0, 1, &ask);
	return times_array(&ask);
}

/* funnel_times_final(internal) timestamptz[]: NULL without a row. */
Datum
journey_funnel_times_final(PG_FUNCTION_ARGS)
{
	JourneyAsk	ask;

	if (!journey_ask_state(fcinfo, &ask))
		PG_RETURN_NULL();
	return times_array(&ask);
}

/* ---- match_count ---- */

/* match_count(journey, journey_pattern) bigint */
Datum
journey_match_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(journey_ask_count(fcinfo, 0, 1));
}

/* match_count_final(internal) bigint: 0 without a row. */
Datum
journey_match_count_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(journey_ask_state_count(fcinfo));
}

/* ---- journey_match ---- */

/* journey_match(journey, journey_pattern) boolean, which is also @@ */
Datum
journey_match(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_ask_match(fcinfo, 0, 1));
}

/* journey_match_commuted(journey_pattern, journey) boolean */
Datum
journey_match_commuted(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_ask_match(fcinfo, 1, 0));
}

/*
 * journey_match(journey, journey_pattern, as_of timestamptz) boolean
 *
 * What was known at a moment: later events are not seen.  A NULL moment sees
 * everything; a NULL journey or pattern gives NULL.
 */
Datum
journey_match_timestamptz(PG_FUNCTION_ARGS)
{
	JourneyAsk	ask;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	journey_ask_args(fcinfo, 0, 1, &ask);
	if (!PG_ARGISNULL(2))
		journey_ask_until(&ask, PG_GETARG_TIMESTAMPTZ(2));
	PG_RETURN_BOOL(jny_match_complete(ask.pattern, ask.hits));
}

/* journey_match_final(internal) boolean: false without a row. */
Datum
journey_match_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_ask_state_match(fcinfo));
}

/*
 * access.c
 *	  What a journey tells without being changed: its extent, single events,
 *	  counts and sums.
 *
 * Number of events, first and last time come from the head of the value; of a
 * toasted journey one chunk is read for them.  The rest is linear at most.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/ask.h"
#include "pg/reader.h"

JOURNEY_FUNCTION(journey_length);
Datum
journey_length(PG_FUNCTION_ARGS)
{
	JnyHead		head;

	journey_getarg_head(fcinfo, 0, &head);
	PG_RETURN_INT32((int32) head.n);
}

/* NULL for the empty journey, as the next two. */
JOURNEY_FUNCTION(journey_started_at);
Datum
journey_started_at(PG_FUNCTION_ARGS)
{
	JnyHead		head;

	journey_getarg_head(fcinfo, 0, &head);
	if (head.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(head.first);
}

JOURNEY_FUNCTION(journey_ended_at);
Datum
journey_ended_at(PG_FUNCTION_ARGS)
{
	JnyHead		head;

	journey_getarg_head(fcinfo, 0, &head);
	if (head.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(head.last);
}

/* From the first event to the last: zero for a single one. */
JOURNEY_FUNCTION(journey_duration);
Datum
journey_duration(PG_FUNCTION_ARGS)
{
	JnyHead		head;

	journey_getarg_head(fcinfo, 0, &head);
	if (head.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(journey_us_interval(journey_us_between(head.first, head.last)));
}

/*
 * Position (from 0) of event n as users count: 1 is the first, -1 the last.
 * False where there is no such event.
 */
static bool
event_position(const JnyView *view, int32 n, uint32 *position)
{
	int64		i = n > 0 ? (int64) n - 1 : (int64) view->n + n;

	if (n == 0 || i < 0 || i >= (int64) view->n)
		return false;
	*position = (uint32) i;
	return true;
}

/* Name number i of a dictionary.  O(i). */
static JnyName
name_in(const uint8 *lens, const uint8 *bytes, uint32 i)
{
	JnyName		name = {(const char *) bytes, 0};

	for (uint32 before = 0; before < i; before++)
		name.data += jny_get16(lens + 2 * (size_t) before);
	name.len = jny_get16(lens + 2 * (size_t) i);
	return name;
}

/* One name of the dictionary as text. */
static text *
name_at(const JnyView *view, uint32 code)
{
	return journey_name_text(name_in(view->name_lens, view->name_bytes, code));
}

static text *
channel_at(const JnyView *view, uint32 channel)
{
	return journey_name_text(name_in(view->channel_lens, view->channel_bytes,
									 channel - 1));
}

JOURNEY_FUNCTION(journey_event_at);
Datum
journey_event_at(PG_FUNCTION_ARGS)
{
	JnyView		view;
	uint32		position;

	journey_getarg_view(fcinfo, 0, &view);
	if (!event_position(&view, PG_GETARG_INT32(1), &position))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(name_at(&view, jny_code(&view, position)));
}

JOURNEY_FUNCTION(journey_time_at);
Datum
journey_time_at(PG_FUNCTION_ARGS)
{
	JnyView		view;
	uint32		position;

	journey_getarg_view(fcinfo, 0, &view);
	if (!event_position(&view, PG_GETARG_INT32(1), &position))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(jny_time(&view, position));
}

/* Channel of the first event that has one. */
JOURNEY_FUNCTION(journey_first_touch);
Datum
journey_first_touch(PG_FUNCTION_ARGS)
{
	JnyView		view;
	uint32		i;

	journey_getarg_view(fcinfo, 0, &view);
	if (view.nchannels == 0)
		PG_RETURN_NULL();
	for (i = 0; i < view.n; i++)
	{
		uint32		channel = jny_channel(&view, i);

		if (channel != 0)
			PG_RETURN_TEXT_P(channel_at(&view, channel));
	}
	PG_RETURN_NULL();
}

/* Channel of the last event that has one. */
JOURNEY_FUNCTION(journey_last_touch);
Datum
journey_last_touch(PG_FUNCTION_ARGS)
{
	JnyView		view;
	uint32		i;

	journey_getarg_view(fcinfo, 0, &view);
	if (view.nchannels == 0)
		PG_RETURN_NULL();
	for (i = view.n; i > 0; i--)
	{
		uint32		channel = jny_channel(&view, i - 1);

		if (channel != 0)
			PG_RETURN_TEXT_P(channel_at(&view, channel));
	}
	PG_RETURN_NULL();
}

/* The distinct names, in bytewise order.  Reads the dictionary only. */
JOURNEY_FUNCTION(journey_event_names);
Datum
journey_event_names(PG_FUNCTION_ARGS)
{
	JnyView		view;
	JnyName    *names;
	Datum	   *elements;
	uint32		i;

	journey_getarg_view(fcinfo, 0, &view);
	if (view.nnames == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
	names = (JnyName *) palloc(view.nnames * sizeof(JnyName));
	elements = (Datum *) palloc(view.nnames * sizeof(Datum));
	jny_view_names(&view, names);
	for (i = 0; i < view.nnames; i++)
		elements[i] = PointerGetDatum(journey_name_text(names[i]));
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, (int) view.nnames, TEXTOID,
										  -1, false, TYPALIGN_INT));
}

/* Events that match a one-step pattern: each is a match of it. */
JOURNEY_FUNCTION(journey_event_count);
Datum
journey_event_count(PG_FUNCTION_ARGS)
{
	journey_check_step(journey_getarg_pattern(fcinfo, 1),
					   "Use match_count() to count how often a longer pattern happens.");
	PG_RETURN_INT64(journey_ask_count(fcinfo, 0, 1));
}

/*
 * Sum of the values of the events that match a step, each times 2^scale; false
 * when none of them has a value.  In canonical order with Neumaier's
 * compensation (A. Neumaier, ZAMM 54, 1974): the low part that each addition
 * loses is carried along, so 0.1 added ten times is 1.
 */
static bool
sum_values(const JnyView *view, const JourneyStep *step, int scale, double *result)
{
	double		sum = 0;
	double		lost = 0;
	bool		found = false;

	for (uint32 k = 0; k < view->nvalues; k++)
	{
		uint32		i = jny_value_position(view, k);
		JnyWalk		event = {.code = jny_code(view, i),
			.channel = jny_channel(view, i), .value = jny_value_at(view, k)};
		double		value;
		double		total;

		if ((k & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (isnan(event.value) || !journey_step_matches(step, &event))
			continue;
		found = true;
		value = scale == 0 ? event.value : ldexp(event.value, scale);
		total = sum + value;
		if (fabs(sum) >= fabs(value))
			lost += (sum - total) + value;
		else
			lost += (value - total) + sum;
		sum = total;
	}
	*result = sum + lost;
	return found;
}

/*
 * value_sum(journey, journey_pattern) double precision
 *
 * NULL when no event that matches has a value.  Where the sum leaves double
 * precision on the way it is taken once more of values so small that even
 * 100 million of them stay inside: only the sum itself may be out of range.
 */
JOURNEY_FUNCTION(journey_value_sum);
Datum
journey_value_sum(PG_FUNCTION_ARGS)
{
	JnyView		view;
	JourneyStep step;
	double		sum;

	journey_getarg_view(fcinfo, 0, &view);
	journey_getarg_step(fcinfo, 1, &view,
						"Sum over the events that are money, for example 'purchase | refund'; match_count() counts how often a longer pattern happens.",
						&step);
	if (view.nvalues == 0 || !sum_values(&view, &step, 0, &sum))
		PG_RETURN_NULL();
	if (!isfinite(sum))
	{
		sum_values(&view, &step, -32, &sum);
		sum = ldexp(sum, 32);
	}
	if (!isfinite(sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of event values is out of range")));
	PG_RETURN_FLOAT8(sum == 0 ? 0 : sum);
}

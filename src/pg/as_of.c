/*
 * as_of.c
 *	  journey_match over rows, as of a moment: later rows are not seen, and
 *	  "then no" counts the time until then.
 *
 *	  JourneyAsOf --> as_of
 *				  --> the state of journey_match without it
 *
 * Rows go through the transition of all aggregates with a pattern, their state
 * travels and combines as theirs does; here is only what the moment adds.
 */
#include "pg/ask.h"

#include "libpq/pqformat.h"

JOURNEY_FUNCTION(journey_as_of_trans);
JOURNEY_FUNCTION(journey_as_of_trans_date);
JOURNEY_FUNCTION(journey_as_of_trans_dates);
JOURNEY_FUNCTION(journey_as_of_combine);
JOURNEY_FUNCTION(journey_as_of_serial);
JOURNEY_FUNCTION(journey_as_of_deserial);
JOURNEY_FUNCTION(journey_match_as_of_final);

typedef struct JourneyAsOf
{
	bool		given;			/* false: NULL, which sees every row */
	int64		as_of;
	Datum		state;
} JourneyAsOf;

/*
 * Calls a function of the state inside, which is argument 0 for it; the
 * arguments are put back, for they are the caller's.
 */
static Datum
call_inside(FunctionCallInfo fcinfo, const JourneyAsOf *as_of, PGFunction function)
{
	NullableDatum outside = fcinfo->args[0];
	Datum		result;

	fcinfo->args[0].value = as_of ? as_of->state : (Datum) 0;
	fcinfo->args[0].isnull = as_of == NULL;
	fcinfo->isnull = false;
	result = function(fcinfo);
	fcinfo->args[0] = outside;
	return result;
}

static JourneyAsOf *
as_of_new(MemoryContext aggcontext, bool given, int64 as_of)
{
	JourneyAsOf *result = (JourneyAsOf *) MemoryContextAlloc(aggcontext, sizeof(JourneyAsOf));

	result->given = given;
	result->as_of = given ? as_of : DT_NOEND;
	return result;
}

static void
check_same(const JourneyAsOf *state, bool given, int64 as_of)
{
	if (state->given != given || (given && state->as_of != as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be the same for all rows of a group")));
}

/*
 * as_of_trans(internal, ts, event [, channel, value], pattern, as_of) internal
 *
 * A row later than the moment is passed on as one without a time, which is
 * ignored: someone who has no other did nothing yet.
 */
Datum
journey_as_of_trans(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyAsOf *state = PG_ARGISNULL(0) ? NULL : (JourneyAsOf *) PG_GETARG_POINTER(0);
	int			last = PG_NARGS() - 1;
	bool		given = !PG_ARGISNULL(last);
	int64		as_of = given ? PG_GETARG_INT64(last) : DT_NOEND;
	NullableDatum ts = fcinfo->args[1];
	Datum		inside;

	if (state)
		check_same(state, given, as_of);
	/* an infinite time is an error whatever the moment */
	if (!ts.isnull && DatumGetInt64(ts.value) > as_of &&
		DatumGetInt64(ts.value) != DT_NOEND)
		fcinfo->args[1].isnull = true;
	fcinfo->nargs = last;
	inside = call_inside(fcinfo, state, journey_funnel_trans);
	fcinfo->nargs = last + 1;
	fcinfo->args[1] = ts;

	if (state == NULL)
		state = as_of_new(aggcontext, given, as_of);
	state->state = inside;
	PG_RETURN_POINTER(state);
}

/* as_of_trans(internal, date, .., as_of timestamptz) internal */
Datum
journey_as_of_trans_date(PG_FUNCTION_ARGS)
{
	return journey_agg_call_date(fcinfo, journey_as_of_trans);
}

/* as_of_trans(internal, date, .., as_of date) internal */
Datum
journey_as_of_trans_dates(PG_FUNCTION_ARGS)
{
	NullableDatum *last = &fcinfo->args[PG_NARGS() - 1];
	Datum		date = last->value;
	Datum		result;

	if (!last->isnull)
		last->value = TimestampGetDatum(journey_date_us(DatumGetDateADT(date)));
	result = journey_agg_call_date(fcinfo, journey_as_of_trans);
	last->value = date;
	return result;
}

/* as_of_combine(internal, internal) internal */
Datum
journey_as_of_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyAsOf *left = PG_ARGISNULL(0) ? NULL : (JourneyAsOf *) PG_GETARG_POINTER(0);
	const JourneyAsOf *right;
	NullableDatum outside = fcinfo->args[1];
	Datum		inside;

	if (PG_ARGISNULL(1))
	{
		if (left == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(left);
	}
	right = (const JourneyAsOf *) PG_GETARG_POINTER(1);
	if (left)
		check_same(left, right->given, right->as_of);
	fcinfo->args[1].value = right->state;
	inside = call_inside(fcinfo, left, journey_agg_combine);
	fcinfo->args[1] = outside;
	if (left == NULL)
		left = as_of_new(aggcontext, right->given, right->as_of);
	left->state = inside;
	PG_RETURN_POINTER(left);
}

/* as_of_serial(internal) bytea: the moment in front of the state inside */
Datum
journey_as_of_serial(PG_FUNCTION_ARGS)
{
	const JourneyAsOf *state = (const JourneyAsOf *) PG_GETARG_POINTER(0);
	bytea	   *inside = DatumGetByteaPP(call_inside(fcinfo, state, journey_agg_serial));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, state->given);
	pq_sendint64(&buf, state->as_of);
	pq_sendbytes(&buf, VARDATA_ANY(inside), VARSIZE_ANY_EXHDR(inside));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* as_of_deserial(bytea, internal) internal */
Datum
journey_as_of_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	JourneyAsOf *state;
	StringInfoData buf;
	JourneyAsOf inside;
	int			len;

	journey_agg_context(fcinfo);
	state = (JourneyAsOf *) palloc(sizeof(JourneyAsOf));
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	state->given = pq_getmsgbyte(&buf) != 0;
	state->as_of = pq_getmsgint64(&buf);
	len = buf.len - buf.cursor;
	bytes = (bytea *) palloc(len + VARHDRSZ);
	SET_VARSIZE(bytes, len + VARHDRSZ);
	memcpy(VARDATA(bytes), pq_getmsgbytes(&buf, len), len);
	inside.state = PointerGetDatum(bytes);
	state->state = call_inside(fcinfo, &inside, journey_agg_deserial);
	PG_RETURN_POINTER(state);
}

/* match_as_of_final(internal) boolean: false without a row */
Datum
journey_match_as_of_final(PG_FUNCTION_ARGS)
{
	const JourneyAsOf *state = PG_ARGISNULL(0) ? NULL :
		(const JourneyAsOf *) PG_GETARG_POINTER(0);
	NullableDatum outside = fcinfo->args[0];
	JourneyAsk	ask;

	journey_agg_context(fcinfo);
	if (state == NULL)
		PG_RETURN_BOOL(false);
	fcinfo->args[0].value = state->state;
	journey_ask_state(fcinfo, &ask);
	fcinfo->args[0] = outside;
	if (state->given)
		jny_hits_until(ask.hits, state->as_of, ask.hits->nevents);
	PG_RETURN_BOOL(jny_match_complete(ask.pattern, ask.hits));
}

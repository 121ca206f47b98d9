/*
 * convert.c
 *	  How long it took: time_to_convert, time_to_first, their forms in days,
 *	  first_time and last_time.
 *
 * A day is 24 hours; intervals have days split off and no months.
 */
#include "pg/ask.h"

JOURNEY_FUNCTION(journey_time_to_convert);
JOURNEY_FUNCTION(journey_time_to_convert_final);
JOURNEY_FUNCTION(journey_days_to_convert);
JOURNEY_FUNCTION(journey_days_to_convert_final);
JOURNEY_FUNCTION(journey_time_to_first);
JOURNEY_FUNCTION(journey_time_to_first_final);
JOURNEY_FUNCTION(journey_days_to_first);
JOURNEY_FUNCTION(journey_days_to_first_final);
JOURNEY_FUNCTION(journey_first_time);
JOURNEY_FUNCTION(journey_last_time);

/* A measure of a question, in microseconds; false when there is none. */
typedef bool (*Measure) (const JourneyAsk *ask, uint64 *us);

/* From the first to the last matched event of a complete best attempt. */
static bool
us_to_convert(const JourneyAsk *ask, uint64 *us)
{
	JnyAttempt	attempt;
	int			n = ask->pattern->nitems;

	if (n < 2 && ask->pattern->nunits < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time to convert needs a pattern of at least two steps"),
				 errdetail("From the first to the last event of one step no time passes."),
				 errhint("Use time_to_first or days_to_first for the time since the customer's first event.")));
	jny_match_best(ask->pattern, ask->hits, &attempt);
	if (attempt.depth < n)
		return false;
	*us = journey_us_between(attempt.start, attempt.finish);
	return true;
}

/* From the customer's first event of any name to the first that matches. */
static bool
us_to_first(const JourneyAsk *ask, uint64 *us)
{
	JnyAttempt	attempt;

	if (ask->pattern->nitems != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time to the first event needs a pattern of one step"),
				 errhint("Use time_to_convert or days_to_convert for the time from the first to the last step.")));
	if (!jny_match_next(ask->pattern, ask->hits, 0, &attempt))
		return false;
	*us = journey_us_between(ask->first, attempt.finish);
	return true;
}

/* A measure at either grain, as an interval or in days. */
static Datum
answer(FunctionCallInfo fcinfo, Measure measure, bool rows, bool days)
{
	JourneyAsk	ask;
	uint64		us;

	if (!rows)
		journey_ask_args_whole(fcinfo, 0, 1, &ask);
	else if (!journey_ask_state(fcinfo, &ask))
		PG_RETURN_NULL();
	if (!measure(&ask, &us))
		PG_RETURN_NULL();
	if (days)
		PG_RETURN_FLOAT8((double) us / (double) USECS_PER_DAY);
	PG_RETURN_INTERVAL_P(journey_us_interval(us));
}

/* time_to_convert(journey, journey_pattern) interval */
Datum
journey_time_to_convert(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, us_to_convert, false, false);
}

/* time_to_convert_final(internal) interval */
Datum
journey_time_to_convert_final(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, us_to_convert, true, false);
}

/* days_to_convert(journey, journey_pattern) double precision */
Datum
journey_days_to_convert(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, us_to_convert, false, true);
}

/* days_to_convert_final(internal) double precision */
Datum
journey_days_to_convert_final(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, us_to_convert, true, true);
}

/* time_to_first(journey, journey_pattern) interval */
Datum
journey_time_to_first(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, us_to_first, false, false);
}

/* time_to_first_final(internal) interval */
Datum
journey_time_to_first_final(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, us_to_first, true, false);
}

/* days_to_first(journey, journey_pattern) double precision */
Datum
journey_days_to_first(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, us_to_first, false, true);
}

/* days_to_first_final(internal) double precision */
Datum
journey_days_to_first_final(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, us_to_first, true, true);
}

/*
 * first_time(journey, journey_pattern) timestamptz
 *
 * The finishing time of the match that finishes earliest, NULL without one.
 */
Datum
journey_first_time(PG_FUNCTION_ARGS)
{
	int64		ts;

	if (!journey_ask_first(fcinfo, 0, 1, &ts))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(ts);
}

/*
 * last_time(journey, journey_pattern) timestamptz
 *
 * The finishing time of the last match that match_count counts.  One step:
 * each hit is a match.
 */
Datum
journey_last_time(PG_FUNCTION_ARGS)
{
	int64		ts;

	if (!journey_ask_last(fcinfo, 0, 1, &ts))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(ts);
}

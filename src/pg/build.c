/*
 * build.c
 *	  journey_agg over rows: one customer's events become a journey.
 */
#include "pg/agg.h"

JOURNEY_FUNCTION(journey_agg_trans);
JOURNEY_FUNCTION(journey_agg_trans_date);
JOURNEY_FUNCTION(journey_agg_final);

/*
 * journey_agg_trans(internal, ts, event [, channel [, value]]) internal
 *
 * One symbol for timestamptz and timestamp, which differ only in what the
 * microseconds mean: a timestamp is read as UTC.  A row without a time or
 * without an event is ignored.
 */
Datum
journey_agg_trans(PG_FUNCTION_ARGS)
{
	JourneyAggState *state = PG_ARGISNULL(0) ? NULL :
		(JourneyAggState *) PG_GETARG_POINTER(0);
	JourneyAggSite *direct = journey_agg_direct(fcinfo);

	if (likely(direct != NULL && PG_NARGS() == 3 && state != NULL &&
			   !PG_ARGISNULL(1) && !PG_ARGISNULL(2)))
		return journey_agg_add_pair(fcinfo, direct);
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		if (state == NULL)
		{
			MemoryContext aggcontext = journey_agg_context(fcinfo);

			state = journey_agg_new(fcinfo, aggcontext,
									journey_agg_site(fcinfo, aggcontext),
									NULL, true);
		}
		journey_agg_add_args(fcinfo, state, PG_NARGS() - 1);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/* journey_agg_trans(internal, date, event [, channel [, value]]) internal */
Datum
journey_agg_trans_date(PG_FUNCTION_ARGS)
{
	return journey_agg_call_date(fcinfo, journey_agg_trans);
}

/* journey_agg_final(internal) journey: NULL without a usable row. */
Datum
journey_agg_final(PG_FUNCTION_ARGS)
{
	JourneyAggState *state = journey_agg_state(fcinfo, 0);

	if (state == NULL)
		PG_RETURN_NULL();
	return journey_path_datum(journey_agg_path(state));
}

/*
 * windowfunnel.c
 *	  windowfunnel and retention over boolean conditions.
 */
#include "pg/conditions.h"

#include "catalog/pg_type.h"
#include "pg/agg.h"
#include "pg/args.h"
#include "utils/array.h"

JOURNEY_FUNCTION(journey_windowfunnel_trans);
JOURNEY_FUNCTION(journey_windowfunnel_final);
JOURNEY_FUNCTION(journey_retention_trans);
JOURNEY_FUNCTION(journey_retention_final);

/* ---- windowfunnel ---- */

/*
 * windowfunnel_trans(internal, window_seconds bigint, mode text, ts, boolean[])
 *	  internal
 */
Datum
journey_windowfunnel_trans(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyConditionParams params = {.kind = JOURNEY_FUNNEL};
	JourneyConditionState *state;
	uint64		mask;

	journey_check_not_null(fcinfo, 1, "window_seconds");
	params.window = PG_GETARG_INT64(1);
	if (params.window < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_seconds must not be negative")));
	params.text = journey_getarg_required(fcinfo, 2, "mode");
	if (params.text.len == 0)
		journey_parse_modes(params.text);	/* which has no empty one */
	params.nconditions = journey_getarg_conditions(fcinfo, 4, &mask);
	journey_need_condition(params.nconditions);
	state = journey_condition_state(fcinfo, aggcontext, &params);
	journey_condition_row(fcinfo, aggcontext, state, 3, mask);
	PG_RETURN_POINTER(state);
}

/* windowfunnel_final(internal) integer: 0 without a row. */
Datum
journey_windowfunnel_final(PG_FUNCTION_ARGS)
{
	JourneyConditionState *state = journey_condition_result(fcinfo);
	uint64		window;

	if (state == NULL)
		PG_RETURN_INT32(0);
	window = (uint64) state->params->window;
	window = window > PG_UINT64_MAX / USECS_PER_SEC ?
		PG_UINT64_MAX : window * USECS_PER_SEC;
	PG_RETURN_INT32(jny_windowfunnel(&state->rows, state->params->nconditions,
									 window, state->params->modes));
}

/* ---- retention ---- */

/* retention_trans(internal, boolean[]) internal */
Datum
journey_retention_trans(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyConditionParams params = {.kind = JOURNEY_RETENTION};
	JourneyConditionState *state;
	uint64		mask;

	params.nconditions = journey_getarg_conditions(fcinfo, 1, &mask);
	journey_need_condition(params.nconditions);
	state = journey_condition_state(fcinfo, aggcontext, &params);
	state->seen |= mask;
	PG_RETURN_POINTER(state);
}

/*
 * retention_final(internal) integer[]
 *
 * NULL without a row: how many conditions there are is not known then.
 */
Datum
journey_retention_final(PG_FUNCTION_ARGS)
{
	JourneyConditionState *state = journey_condition_result(fcinfo);
	Datum		elems[JNY_MAX_CONDITIONS];
	int			n;

	if (state == NULL)
		PG_RETURN_NULL();
	n = state->params->nconditions;
	for (int i = 0; i < n; i++)
		elems[i] = Int32GetDatum((state->seen & 1) && ((state->seen >> i) & 1));
	PG_RETURN_ARRAYTYPE_P(construct_array(elems, n, INT4OID, sizeof(int32), true,
										  TYPALIGN_INT));
}

/*
 * next.c
 *	  next_model, and asking a model about a live visitor: next_events and
 *	  convert_probability.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/next.h"
#include "pg/counts.h"
#include "pg/model.h"
#include "pg/reader.h"

/* Contexts and steps of one state; each takes about 100 bytes. */
#define MAX_CONTEXTS 1000000

static const JourneyCountsShape next_shape = {
	JOURNEY_COUNTS_NEXT, 2, 0, "goal, timeout, within and as_of"
};
static const JourneyModelShape model_shape = {
	JOURNEY_COUNTS_NEXT_MODEL, 2, "next_model"
};

/* The parameters as they are used, and scratch of the customer at hand. */
typedef struct NextSpec
{
	JnyPattern *goal;
	JnyNextSpec is;
	JnyHits		hits;
} NextSpec;

/* ---- learning ---- */

static void *
read_spec(const JnyCounts *counts)
{
	NextSpec   *spec = (NextSpec *) palloc0(sizeof(NextSpec));
	uint32		at = 0;

	spec->goal = journey_params_pattern(counts, &at);
	if (spec->goal == NULL)
		journey_params_bad();
	journey_check_step(spec->goal, "Write alternatives, as in 'purchase | renewal'.");
	spec->is.timeout = journey_params_int64(counts, &at);
	spec->is.within = journey_params_int64(counts, &at);
	spec->is.as_of = journey_params_int64(counts, &at);
	if (spec->is.timeout < 0)
		journey_params_bad();
	return spec;
}

/* The state for (state, j, goal, timeout [, within [, as_of]]). */
static JourneyCounts *
getarg_state(FunctionCallInfo fcinfo)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	int64		within = -1;

	journey_check_not_null(fcinfo, 2, "goal");
	journey_check_not_null(fcinfo, 3, "timeout");
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		within = journey_interval_us(PG_GETARG_INTERVAL_P(4), "within");
	journey_params_arg(&params, fcinfo, 2);
	journey_params_put_int64(&params, journey_interval_us(PG_GETARG_INTERVAL_P(3), "timeout"));
	journey_params_put_int64(&params, within);
	journey_params_put_int64(&params, PG_NARGS() > 5 && !PG_ARGISNULL(5) ? PG_GETARG_INT64(5) : DT_NOEND);
	state = journey_counts_state(fcinfo, &next_shape, &params);
	journey_counts_extra(state, read_spec);
	return state;
}

JOURNEY_FUNCTION(journey_next_model_trans);
Datum
journey_next_model_trans(PG_FUNCTION_ARGS)
{
	JourneyCounts *state;
	NextSpec   *spec;
	JnyView		view;
	MemoryContext old;
	bool		fits;

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	state = getarg_state(fcinfo);
	spec = (NextSpec *) state->extra;
	journey_getarg_view(fcinfo, 1, &view);
	if (view.n == 0)
		PG_RETURN_JOURNEY_COUNTS(state);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	jny_hits_of_view(&spec->hits, spec->goal, &view);
	fits = jny_next_learn(state->counts, &spec->is, &view, &spec->hits);
	MemoryContextSwitchTo(old);
	if (!fits || state->counts->n > MAX_CONTEXTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many different steps to learn"),
				 errdetail("The limit is %d.", MAX_CONTEXTS),
				 errhint("Coarsen event names with relabel(), or look at fewer of them with keep().")));
	PG_RETURN_JOURNEY_COUNTS(state);
}

JOURNEY_FUNCTION(journey_next_model_final);
Datum
journey_next_model_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &next_shape);
	JnyCounts  *model;

	if (counts == NULL)
		PG_RETURN_NULL();
	model = jny_counts_create(JOURNEY_COUNTS_NEXT_MODEL, 2, 0, counts->params, counts->nparams);
	jny_next_keep(model, counts);
	return journey_learned_datum(model);
}

/* ---- asking ---- */

/*
 * The moment of the last event of journey argument 1 under a model; false for
 * the empty journey.  The names of the moment point into the journey.
 */
static bool
getarg_moment(FunctionCallInfo fcinfo, JourneyModel *model, JnyMoment *moment)
{
	MemoryContext old = MemoryContextSwitchTo(model->context);
	NextSpec   *spec;
	JnyView		view;
	JnyName    *names;

	if (model->extra == NULL)
		model->extra = read_spec(model->counts);
	spec = (NextSpec *) model->extra;
	MemoryContextSwitchTo(old);
	journey_getarg_view(fcinfo, 1, &view);
	if (view.n == 0)
		return false;
	MemoryContextSwitchTo(model->context);
	jny_hits_of_view(&spec->hits, spec->goal, &view);
	MemoryContextSwitchTo(old);
	names = (JnyName *) palloc(view.nnames * sizeof(JnyName));
	jny_next_moment(&spec->is, &view, &spec->hits, names, moment);
	pfree(names);
	return true;
}

JOURNEY_FUNCTION(journey_convert_probability);
Datum
journey_convert_probability(PG_FUNCTION_ARGS)
{
	JourneyModel *model = journey_getarg_model(fcinfo, 0, &model_shape);
	JnyMoment	moment;

	if (!getarg_moment(fcinfo, model, &moment))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(jny_next_reaches(model->counts, &moment));
}

/* (model, j, max_rows): event, probability, seen; most probable first. */
JOURNEY_FUNCTION(journey_next_events);
Datum
journey_next_events(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int32		max_rows = PG_GETARG_INT32(2);
	JourneyModel *model;
	JnyMoment	moment;
	JnyNextStep *step;
	uint32		n;
	int64		seen;

	if (max_rows < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must be at least 1")));
	InitMaterializedSRF(fcinfo, 0);
	model = journey_getarg_model(fcinfo, 0, &model_shape);
	if (!getarg_moment(fcinfo, model, &moment))
		return (Datum) 0;
	step = jny_next_steps(model->counts, &moment, &n, &seen);
	for (uint32 i = 0; i < n && i < (uint32) max_rows; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = step[i].event.data ? PointerGetDatum(journey_name_text(step[i].event)) :
			CStringGetTextDatum("(exit)");
		values[1] = Float8GetDatum(step[i].p);
		values[2] = Int64GetDatum(seen);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

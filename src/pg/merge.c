/*
 * merge.c
 *	  Journeys of one customer become one: journey_merge, ||, and journey_agg
 *	  over journeys.
 *
 * Multiset union with multiplicity = max, hence commutative, associative and
 * idempotent: a batch loaded twice changes nothing.
 */
#include "pg/agg.h"
#include "core/append.h"

#include "utils/datum.h"

JOURNEY_FUNCTION(journey_merge);
JOURNEY_FUNCTION(journey_merge_trans);
JOURNEY_FUNCTION(journey_merge_combine);
JOURNEY_FUNCTION(journey_merge_serial);
JOURNEY_FUNCTION(journey_merge_deserial);
JOURNEY_FUNCTION(journey_merge_final);

/* Sizes at least double from run to run, so the journey limit bounds them. */
#define MAX_RUNS 40

/*
 * A journey of more bytes is expanded rather than copied for each one that
 * follows it.
 */
#define SHORT_BYTES 65536

/*
 *	  runs[0] > 2 * runs[1] > .. > 2 * runs[nruns - 1]	(events)
 *
 * Each run is a sorted path; the newest is on top.  While the top one is at
 * least half of the one below, both become one.  So an event is copied O(log)
 * times and k journeys of n events in all cost O(n log k).
 *
 * A group of one journey, the usual case, keeps its bytes and has no runs; so
 * does one of segments that follow each other, while they are short.
 */
typedef struct MergeState
{
	JourneyAggSite *site;		/* NULL: really a JourneyAggPacked */
	struct varlena *only;		/* all journeys so far, as long as it is one */
	int			nruns;
	JnyPath   **runs;
} MergeState;

/* ---- two journeys ---- */

/*
 * Both as one, if one follows the other: a new day behind the history, as a
 * rule.  NULL if they have to be merged event by event.
 */
static struct varlena *
append_views(const JnyView *a, const JnyView *b)
{
	size_t		len;
	uint8	   *bytes = jny_append(a, b, VARHDRSZ, &len);

	if (bytes == NULL)
		bytes = jny_append(b, a, VARHDRSZ, &len);
	if (bytes != NULL)
		SET_VARSIZE(bytes, len + VARHDRSZ);
	return (struct varlena *) bytes;
}

/* Both as one, event by event. */
static Datum
merge_views(const JnyView *views)
{
	JnyDict    *dict = jny_dict_create();
	JnyPath		path[2];
	JnyPath		out;
	JnyError	err;

	jny_path_init(&out, dict);
	for (int i = 0; i < 2; i++)
	{
		jny_path_init(&path[i], dict);
		if (jny_path_add_view(&path[i], &views[i], &err) != JNY_OK)
			journey_throw(&err, JOURNEY_FROM_STORED);
	}
	if (jny_path_merge(&out, &path[0], &path[1], &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	return journey_path_datum(&out);
}

/*
 * journey_merge(journey, journey) journey
 *
 * NULL is "no journey yet": the other side is the answer, NULL only if both
 * are.  So an upsert needs no CASE.  O(events of both).
 */
Datum
journey_merge(PG_FUNCTION_ARGS)
{
	JnyView		views[2];
	struct varlena *appended;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));

	journey_getarg_view(fcinfo, 0, &views[0]);
	journey_getarg_view(fcinfo, 1, &views[1]);
	appended = append_views(&views[0], &views[1]);
	if (appended != NULL)
		PG_RETURN_POINTER(appended);
	PG_RETURN_DATUM(merge_views(views));
}

/* ---- the state: all in the aggregate context, which is current ---- */

/* A state without a journey. */
static MergeState *
create_state(FunctionCallInfo fcinfo, MemoryContext aggcontext)
{
	MergeState *state = (MergeState *) palloc0(sizeof(MergeState));

	state->site = journey_agg_site(fcinfo, aggcontext);
	return state;
}

/* An empty run on the shared dictionary. */
static JnyPath *
create_run(MergeState *state)
{
	JnyPath    *run = (JnyPath *) palloc(sizeof(JnyPath));

	jny_path_init(run, state->site->dict);
	return run;
}

/* Gives the memory of a run back: a state may merge thousands. */
static void
free_run(JnyPath *run)
{
	jny_path_reset(run);
	pfree(run);
}

/* Replaces the two runs on top by their union. */
static void
merge_top(MergeState *state)
{
	JnyPath    *a = state->runs[state->nruns - 2];
	JnyPath    *b = state->runs[state->nruns - 1];
	JnyPath    *out = create_run(state);
	JnyError	err;

	if (jny_path_reserve(out, Max(a->n, b->n), &err) != JNY_OK ||
		jny_path_merge(out, a, b, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	free_run(a);
	free_run(b);
	state->runs[state->nruns - 2] = out;
	state->nruns--;
}

/* Puts a run on top and restores the order of sizes. */
static void
push_run(MergeState *state, JnyPath *run)
{
	if (state->runs == NULL)
		state->runs = (JnyPath **) palloc(MAX_RUNS * sizeof(JnyPath *));
	state->runs[state->nruns++] = run;
	while (state->nruns > 1 &&
		   2 * (uint64) state->runs[state->nruns - 1]->n >=
		   state->runs[state->nruns - 2]->n)
		merge_top(state);
	Assert(state->nruns < MAX_RUNS);
}

/* Adds a journey as a new run. */
static void
push_view(MergeState *state, const JnyView *view)
{
	JnyPath    *run = create_run(state);
	JnyError	err;
	JnyCode		code = jny_path_add_view(run, view, &err);

	if (code != JNY_OK)
		journey_throw(&err, code == JNY_E_CORRUPT ? JOURNEY_FROM_STORED :
					  JOURNEY_FROM_EVENT);
	push_run(state, run);
}

/* Turns a journey that is no longer the only one into a run. */
static void
expand_only(MergeState *state)
{
	struct varlena *only = state->only;

	if (only)
	{
		JnyView		view;

		journey_open_datum(PointerGetDatum(only), &view);
		state->only = NULL;
		push_view(state, &view);
		pfree(only);
	}
}

/*
 * Adds a journey to a state that has only one, in front of it or behind it;
 * false if they overlap or are long.
 */
static bool
append_to_only(MergeState *state, const JnyView *view)
{
	struct varlena *both;
	JnyView		only;

	if (state->only == NULL || VARSIZE_ANY(state->only) > SHORT_BYTES)
		return false;
	journey_open_datum(PointerGetDatum(state->only), &only);
	both = append_views(&only, view);
	if (both == NULL)
		return false;
	pfree(state->only);
	state->only = both;
	return true;
}

/* Everything as one sorted path; the state means the same afterwards. */
static JnyPath *
single_run(MergeState *state)
{
	expand_only(state);
	while (state->nruns > 1)
		merge_top(state);
	jny_path_sort(state->runs[0]);
	return state->runs[0];
}

/* ---- support functions ---- */

/* journey_merge_trans(internal, journey) internal: NULL is ignored. */
Datum
journey_merge_trans(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	MergeState *state = PG_ARGISNULL(0) ? NULL :
		(MergeState *) PG_GETARG_POINTER(0);

	if (!PG_ARGISNULL(1))
	{
		MemoryContext old = MemoryContextSwitchTo(aggcontext);

		if (state == NULL)
		{
			state = create_state(fcinfo, aggcontext);
			state->only = PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(1));
		}
		else
		{
			JnyView		view;

			MemoryContextSwitchTo(old);
			journey_getarg_view(fcinfo, 1, &view);
			MemoryContextSwitchTo(aggcontext);
			if (!append_to_only(state, &view))
			{
				expand_only(state);
				push_view(state, &view);
			}
		}
		MemoryContextSwitchTo(old);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/* Adds the journeys of the right state, which stays as it is. */
static void
add_state(MergeState *left, const MergeState *right)
{
	if (right->site == NULL)
	{
		JnyPath    *run = create_run(left);
		JnyError	err;

		if (jny_path_add_state(run, &((const JourneyAggPacked *) right)->events,
							   &err) != JNY_OK)
			journey_throw(&err, JOURNEY_FROM_EVENT);
		push_run(left, run);
		return;
	}
	if (right->only)
	{
		JnyView		view;

		journey_open_datum(PointerGetDatum(right->only), &view);
		push_view(left, &view);
	}
	for (int i = 0; i < right->nruns; i++)
	{
		JnyPath    *run = create_run(left);
		JnyError	err;

		if (jny_path_add_path(run, right->runs[i], &err) != JNY_OK)
			journey_throw(&err, JOURNEY_FROM_EVENT);
		push_run(left, run);
	}
}

/* journey_merge_combine(internal, internal) internal */
Datum
journey_merge_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	MergeState *left = PG_ARGISNULL(0) ? NULL :
		(MergeState *) PG_GETARG_POINTER(0);

	if (!PG_ARGISNULL(1))
	{
		MemoryContext old = MemoryContextSwitchTo(aggcontext);

		if (left == NULL)
			left = create_state(fcinfo, aggcontext);
		expand_only(left);
		add_state(left, (MergeState *) PG_GETARG_POINTER(1));
		MemoryContextSwitchTo(old);
	}
	if (left == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(left);
}

/* The state of a serial or final function, NULL without a journey. */
static MergeState *
getarg_state(FunctionCallInfo fcinfo)
{
	MergeState *state;

	if (PG_ARGISNULL(0))
		return NULL;
	state = (MergeState *) PG_GETARG_POINTER(0);
	if (state->site == NULL)
		elog(ERROR, "serialized aggregate state was not combined");
	return state;
}

/* single_run in the context of the state. */
static JnyPath *
getarg_run(MergeState *state, MemoryContext aggcontext)
{
	MemoryContext old = MemoryContextSwitchTo(aggcontext);
	JnyPath    *run = single_run(state);

	MemoryContextSwitchTo(old);
	return run;
}

/* journey_merge_serial(internal) bytea */
Datum
journey_merge_serial(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	MergeState *state = getarg_state(fcinfo);
	JnyName		none = {"", 0};

	PG_RETURN_BYTEA_P(journey_agg_write(JOURNEY_AGG_JOURNEYS, none,
										JOURNEY_NO_TIME,
										getarg_run(state, aggcontext)));
}

/* journey_merge_deserial(bytea, internal) internal */
Datum
journey_merge_deserial(PG_FUNCTION_ARGS)
{
	JourneyAggPacked *packed;

	journey_agg_context(fcinfo);
	packed = (JourneyAggPacked *) palloc(sizeof(JourneyAggPacked));
	journey_agg_read(PG_GETARG_BYTEA_PP(0), JOURNEY_AGG_JOURNEYS, packed);
	PG_RETURN_POINTER(packed);
}

/* journey_merge_final(internal) journey: NULL if there was none but NULLs. */
Datum
journey_merge_final(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	MergeState *state = getarg_state(fcinfo);

	if (state == NULL)
		PG_RETURN_NULL();
	if (state->only)
		PG_RETURN_DATUM(datumCopy(PointerGetDatum(state->only), false, -1));
	return journey_path_datum(getarg_run(state, aggcontext));
}

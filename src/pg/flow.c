/*
 * flow.c
 *	  Where customers go: path_flows, path_flows_to, transition_map, top_paths.
 */
#include "pg/report.h"

#include "utils/builtins.h"

#include "core/flow.h"
#include "pg/reader.h"

JOURNEY_FUNCTION(journey_path_flows_trans);
JOURNEY_FUNCTION(journey_path_flows_final);
JOURNEY_FUNCTION(journey_path_flows_to_trans);
JOURNEY_FUNCTION(journey_path_flows_to_final);
JOURNEY_FUNCTION(journey_transition_map_trans);
JOURNEY_FUNCTION(journey_transition_map_final);
JOURNEY_FUNCTION(journey_top_paths_trans);
JOURNEY_FUNCTION(journey_top_paths_final);

/* Nodes of a step that are shown when nothing else is asked for. */
#define DEFAULT_TOP 10

#define MAX_STEPS 1000
#define MAX_ROWS 1000000

/* ---- path_flows ---- */

/*
 * path_flows_trans(journey_tally, journey, start journey_pattern,
 *					max_steps integer [, top integer]) journey_tally
 *
 * "to": path_flows_to, whose pattern is the end.  A journey without the anchor
 * is not counted.
 */
static Datum
flows_trans(FunctionCallInfo fcinfo, bool to)
{
	JourneyTally *state = journey_report_state(fcinfo, to ? JOURNEY_REPORT_FLOWS_TO :
											   JOURNEY_REPORT_FLOWS, 2, "vii");
	int32		max_steps = journey_check_range(fcinfo, 3, "max_steps", 2,
												MAX_STEPS);
	uint32		from = 0;
	JnyView		view;
	MemoryContext old;

	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		journey_check_range(fcinfo, 4, "top", 1, MAX_ROWS);
	if (to)
		journey_check_not_null(fcinfo, 2, "goal");
	if (PG_ARGISNULL(1))
		PG_RETURN_JOURNEY_TALLY(state);
	journey_getarg_view(fcinfo, 1, &view);
	if (!PG_ARGISNULL(2))
	{
		const JnyHits *hits = journey_report_hits(fcinfo, 2, &view, true);

		if (hits->n == 0)
			PG_RETURN_JOURNEY_TALLY(state);
		from = hits->hit[0].pos;
	}
	if (view.n == 0)
		PG_RETURN_JOURNEY_TALLY(state);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	jny_flow_steps(state->report, &view, from, (uint32) max_steps, !to);
	MemoryContextSwitchTo(old);
	PG_RETURN_JOURNEY_TALLY(state);
}

Datum
journey_path_flows_trans(PG_FUNCTION_ARGS)
{
	return flows_trans(fcinfo, false);
}

Datum
journey_path_flows_to_trans(PG_FUNCTION_ARGS)
{
	return flows_trans(fcinfo, true);
}

/* The name of a node, in canonical bytes; what is no event sorts last. */
static int
compare_nodes(const JnyDict *dict, uint32 a, uint32 b)
{
	if (a >= JNY_FLOW_OTHER || b >= JNY_FLOW_OTHER)
		return (a > b) - (a < b);
	return jny_name_cmp(jny_dict_name(dict, a), jny_dict_name(dict, b));
}

/* Edges by step; folded nodes last, then the largest, then by name. */
static int
compare_edges(JnyTallyEntry *const *x, JnyTallyEntry *const *y, void *arg)
{
	const JnyTallyEntry *a = *x;
	const JnyTallyEntry *b = *y;
	const JnyDict *dict = (const JnyDict *) arg;
	bool		a_other = a->key.b == JNY_FLOW_OTHER;
	bool		b_other = b->key.b == JNY_FLOW_OTHER;
	int			c;

	if (a->key.a != b->key.a)
		return a->key.a < b->key.a ? -1 : 1;
	if (a_other != b_other)
		return a_other ? 1 : -1;
	if (a->customers != b->customers)
		return a->customers > b->customers ? -1 : 1;
	c = compare_nodes(dict, a->key.b, b->key.b);
	return c != 0 ? c : compare_nodes(dict, a->key.c, b->key.c);
}

/* The text of a node: its step, counted from the anchor, and its name. */
static Datum
node_datum(const JnyDict *dict, int32 step, uint32 node, bool to)
{
	JnyName		name = {"(other)", 7};

	if (node == JNY_TALLY_END)
		return CStringGetTextDatum(to ? "(start)" : "(exit)");
	if (node != JNY_FLOW_OTHER)
		name = jny_dict_name(dict, node);
	return CStringGetTextDatum(psprintf("%d. %.*s", to ? 1 - step : step,
										(int) name.len, name.data));
}

/* The rows of either: step, source, target, customers. */
static Datum
flows_final(FunctionCallInfo fcinfo, JourneyReport report)
{
	const JnyTally *tally = journey_report_final(fcinfo, report);
	bool		to = report == JOURNEY_REPORT_FLOWS_TO;
	JnyTally	folded;
	JnyTallyEntry **edge;
	uint32		n;
	JourneyRows rows;

	if (tally == NULL)
		PG_RETURN_NULL();
	jny_flow_fold(&folded, tally, journey_report_null(tally, 2) ? DEFAULT_TOP :
				  (uint32) journey_report_int64(tally, 2));
	edge = jny_tally_entries(&folded, JNY_TALLY_FLOW, &n);
	jny_tally_sort(edge, n, compare_edges, tally->dict);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		int32		step = (int32) edge[i]->key.a;
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(to ? -step : step);
		values[to ? 2 : 1] = node_datum(tally->dict, step, edge[i]->key.b, to);
		values[to ? 1 : 2] = node_datum(tally->dict, step + 1, edge[i]->key.c,
										to);
		values[3] = Int64GetDatum(edge[i]->customers);
		journey_rows_put(&rows, values, nulls);
	}
	return journey_rows_end(&rows);
}

/* path_flows_final(journey_tally) journey_flow_row[] */
Datum
journey_path_flows_final(PG_FUNCTION_ARGS)
{
	return flows_final(fcinfo, JOURNEY_REPORT_FLOWS);
}

/* path_flows_to_final(journey_tally) journey_flow_row[] */
Datum
journey_path_flows_to_final(PG_FUNCTION_ARGS)
{
	return flows_final(fcinfo, JOURNEY_REPORT_FLOWS_TO);
}

/* ---- transition_map ---- */

/* transition_map_trans(journey_tally, journey) journey_tally */
Datum
journey_transition_map_trans(PG_FUNCTION_ARGS)
{
	JourneyTally *state = journey_report_state(fcinfo, JOURNEY_REPORT_PAIRS, 2, "");
	JnyView		view;
	MemoryContext old;
	bool		fits;

	if (PG_ARGISNULL(1))
		PG_RETURN_JOURNEY_TALLY(state);
	journey_getarg_view(fcinfo, 1, &view);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	fits = jny_flow_pairs(state->report, &view);
	MemoryContextSwitchTo(old);
	if (!fits)
		journey_tally_too_large();
	PG_RETURN_JOURNEY_TALLY(state);
}

/* Entries with most customers first, then most times, then by names. */
static int
compare_pairs(JnyTallyEntry *const *x, JnyTallyEntry *const *y, void *arg)
{
	const JnyTallyEntry *a = *x;
	const JnyTallyEntry *b = *y;
	const JnyDict *dict = (const JnyDict *) arg;
	int			c;

	if (a->customers != b->customers)
		return a->customers > b->customers ? -1 : 1;
	if (a->times != b->times && a->key.kind == JNY_TALLY_PAIR)
		return a->times > b->times ? -1 : 1;
	c = compare_nodes(dict, a->key.a, b->key.a);
	if (c == 0 && a->key.kind == JNY_TALLY_PAIR)
		c = compare_nodes(dict, a->key.b, b->key.b);
	return c;
}

/* transition_map_final(journey_tally) journey_transition_map_row[] */
Datum
journey_transition_map_final(PG_FUNCTION_ARGS)
{
	const JnyTally *tally = journey_report_final(fcinfo, JOURNEY_REPORT_PAIRS);
	JnyTallyEntry **pair;
	uint32		n;
	JourneyRows rows;

	if (tally == NULL)
		PG_RETURN_NULL();
	pair = jny_tally_entries(tally, JNY_TALLY_PAIR, &n);
	jny_tally_sort(pair, n, compare_pairs, tally->dict);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		uint32		times = pair[i]->nlist;
		int64	   *list = (int64 *)
			MemoryContextAllocHuge(CurrentMemoryContext,
								   times * sizeof(int64) + 1);
		Datum		values[5];
		bool		nulls[5] = {false};

		memcpy(list, pair[i]->list, times * sizeof(int64));
		jny_sort_times(list, times);
		values[0] = PointerGetDatum(journey_name_text(jny_dict_name(tally->dict, pair[i]->key.a)));
		values[1] = PointerGetDatum(journey_name_text(jny_dict_name(tally->dict, pair[i]->key.b)));
		values[2] = Int64GetDatum(pair[i]->customers);
		values[3] = Int64GetDatum(pair[i]->times);
		journey_rows_number(values, nulls, 4, times == 0 ? NAN :
							jny_percentile_seconds(list, times, 0.5));
		pfree(list);
		journey_rows_put(&rows, values, nulls);
	}
	return journey_rows_end(&rows);
}

/* ---- top_paths ---- */

/*
 * top_paths_trans(journey_tally, journey, goal journey_pattern,
 *				   revenue journey_pattern, max_steps integer, n integer)
 *
 * The path is what lies in front of the first goal event, all of it for those
 * who have none or when goal is NULL.
 */
Datum
journey_top_paths_trans(PG_FUNCTION_ARGS)
{
	JourneyTally *state = journey_report_state(fcinfo, JOURNEY_REPORT_PATHS, 2, "vvii");
	int32		max_steps = journey_check_range(fcinfo, 4, "max_steps", 1,
												MAX_STEPS);
	JnyView		view;
	uint32		end;
	bool		converted = false;
	const JnyHits *hits = NULL;
	JnyTallyEntry *entry;
	MemoryContext old;

	journey_check_range(fcinfo, 5, "n", 1, MAX_ROWS);
	if (PG_ARGISNULL(1))
		PG_RETURN_JOURNEY_TALLY(state);
	journey_getarg_view(fcinfo, 1, &view);
	end = view.n;
	if (!PG_ARGISNULL(2))
	{
		hits = journey_report_hits(fcinfo, 2, &view, true);
		converted = hits->n > 0;
		if (converted)
			end = hits->hit[0].pos;
	}
	if (!PG_ARGISNULL(3))
		hits = journey_report_hits(fcinfo, 3, &view, true);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	entry = jny_flow_path(state->report, &view, end, (uint32) max_steps, converted);
	if (!PG_ARGISNULL(3))
		jny_flow_values(&entry->sum, &view, hits);
	MemoryContextSwitchTo(old);
	PG_RETURN_JOURNEY_TALLY(state);
}

/* One path as a row; an empty path is written "(none)". */
static void
put_path(JourneyRows *rows, const JnyTally *tally, const JnyTallyEntry *path)
{
	JnyName		name = jny_dict_name(tally->dict, path->key.a);
	JnyName		none = {"(none)", 6};
	double		revenue = journey_sum_value(&path->sum);
	Datum		values[7];
	bool		nulls[7] = {false};

	values[0] = PointerGetDatum(journey_name_text(name.len > 0 ? name : none));
	values[1] = Int64GetDatum(path->customers);
	values[2] = Float8GetDatum((double) path->customers / tally->customers);
	nulls[3] = nulls[4] = journey_report_null(tally, 0);
	values[3] = Int64GetDatum(path->times);
	values[4] = Float8GetDatum((double) path->times / path->customers);
	nulls[5] = nulls[6] = journey_report_null(tally, 1);
	values[5] = Float8GetDatum(revenue);
	values[6] = Float8GetDatum(revenue / path->customers);
	journey_rows_put(rows, values, nulls);
}

/* top_paths_final(journey_tally) journey_path_row[] */
Datum
journey_top_paths_final(PG_FUNCTION_ARGS)
{
	const JnyTally *tally = journey_report_final(fcinfo, JOURNEY_REPORT_PATHS);
	JnyTallyEntry **path;
	uint32		n;
	uint32		shown;
	JourneyRows rows;

	if (tally == NULL)
		PG_RETURN_NULL();
	path = jny_tally_entries(tally, JNY_TALLY_PATH, &n);
	jny_tally_sort(path, n, compare_pairs, tally->dict);
	shown = Min(n, (uint32) journey_report_int64(tally, 3));
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < shown; i++)
		put_path(&rows, tally, path[i]);
	return journey_rows_end(&rows);
}

/*
 * cluster.c
 *	  archetype_cluster: a label for every row of a partition.
 *
 * The first call gathers the paths of the whole partition, fits, and leaves
 * one byte per row in partition memory; each call then reads its byte.  So
 * neither the frame nor the order of the window matters.  Memory while
 * gathering is that of the distinct paths, a few bytes per event, and four
 * bytes per row; rows are detoasted one at a time.
 */
#include "pg/datum.h"

#include "catalog/pg_type.h"
#include "core/cluster.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "windowapi.h"

/* The partition's answer.  All zero: not computed yet.  Label 0 is NULL. */
typedef struct ClusterState
{
	bool		ready;
	uint8		label[FLEXIBLE_ARRAY_MEMBER];
} ClusterState;

/* Arguments that hold for the whole partition. */
typedef struct ClusterSettings
{
	bool		choose;			/* k is NULL */
	int32		k;
	int32		seed;
} ClusterSettings;

/* No path: the row is NULL or has no event. */
#define NO_PATH PG_UINT32_MAX

/* Adds one path to the corpus; returns its number or NO_PATH. */
typedef uint32 (*PathReader) (JnyCorpus *corpus, JnyDict *dict, Datum path,
							  MemoryContext scratch);

JOURNEY_FUNCTION(journey_archetype_cluster);
JOURNEY_FUNCTION(journey_archetype_cluster_journey);

/* ---- arguments ---- */

static void
throw_not_constant(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be constant within a partition", what),
			 errhint("Add the expression it depends on to PARTITION BY.")));
}

/* k and seed of the current row, checked. */
static void
get_settings(WindowObject window, ClusterSettings *settings)
{
	bool		isnull;

	settings->k = DatumGetInt32(WinGetFuncArgCurrent(window, 1, &settings->choose));
	if (settings->choose)
		settings->k = 0;
	else if (settings->k < 1 || settings->k > JNY_CLUSTER_MAX_K)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be between 1 and %d", JNY_CLUSTER_MAX_K),
				 errdetail("The number of archetypes asked for is %d.", settings->k),
				 errhint("Pass NULL to have the number chosen.")));
	settings->seed = DatumGetInt32(WinGetFuncArgCurrent(window, 2, &isnull));
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("seed must not be null"),
				 errhint("Leave the argument out to use 0.")));
}

/* Argument n of a row of the partition. */
static Datum
get_argument(WindowObject window, int n, int64 row, bool *isnull)
{
	bool		isout;
	Datum		value = WinGetFuncArgInPartition(window, n, (int) row,
												 WINDOW_SEEK_HEAD, false,
												 isnull, &isout);

	Assert(!isout);
	return value;
}

/*
 * Throws when k or seed of a row differ.  Not called for arguments that the
 * expression shows to be constant, as they nearly always are.
 */
static void
check_settings(WindowObject window, int64 row, const ClusterSettings *settings)
{
	bool		isnull;
	Datum		value = get_argument(window, 1, row, &isnull);

	if (isnull != settings->choose ||
		(!isnull && DatumGetInt32(value) != settings->k))
		throw_not_constant("k");
	value = get_argument(window, 2, row, &isnull);
	if (isnull || DatumGetInt32(value) != settings->seed)
		throw_not_constant("seed");
}

/* ---- paths ---- */

/* A text[]: NULL elements are ignored, as NULL events are everywhere. */
static uint32
read_text_path(JnyCorpus *corpus, JnyDict *dict, Datum path,
			   MemoryContext scratch)
{
	MemoryContext work = MemoryContextSwitchTo(scratch);
	ArrayType  *array = DatumGetArrayTypeP(path);
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	uint32	   *codes;
	uint32		n = 0;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("path must be a one-dimensional array"),
				 errdetail("It has %d dimensions.", ARR_NDIM(array))));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &count);
	codes = palloc((Size) count * sizeof(uint32) + 1);
	MemoryContextSwitchTo(work);
	for (int i = 0; i < count; i++)
	{
		JnyName		name;
		JnyError	err;

		if (nulls[i])
			continue;
		name = journey_text_name(DatumGetTextPP(elements[i]));
		if (name.len == 0)
		{
			jny_fail(&err, JNY_E_EMPTY_NAME, 0, 0, 0, NULL);
			journey_throw(&err, JOURNEY_FROM_EVENT);
		}
		if (name.len > JNY_MAX_NAME_BYTES)
		{
			jny_fail(&err, JNY_E_MAX_NAME_BYTES, 0, 0, JNY_MAX_NAME_BYTES, NULL);
			journey_throw(&err, JOURNEY_FROM_EVENT);
		}
		codes[n++] = jny_dict_put(dict, name);
	}
	return n == 0 ? NO_PATH : jny_corpus_add(corpus, codes, n);
}

/*
 * A journey: its names enter the dictionary once, and of a very long one only
 * the head and the tail, which the corpus would keep, are decoded.
 */
static uint32
read_journey_path(JnyCorpus *corpus, JnyDict *dict, Datum path,
				  MemoryContext scratch)
{
	MemoryContext work = MemoryContextSwitchTo(scratch);
	JnyView		view;
	JnyName    *names;
	uint32	   *map;
	uint32	   *codes;
	uint32		n = 0;

	journey_open_datum(path, &view);
	names = palloc(view.nnames * sizeof(JnyName) + 1);
	map = palloc(view.nnames * sizeof(uint32) + 1);
	codes = palloc(Min(view.n, JNY_CLUSTER_MAX_PATH) * sizeof(uint32) + 1);
	jny_view_names(&view, names);
	MemoryContextSwitchTo(work);
	for (uint32 i = 0; i < view.nnames; i++)
		map[i] = jny_dict_put(dict, names[i]);
	for (uint32 i = 0; i < view.n; i++)
	{
		if (i == JNY_CLUSTER_HEAD && view.n > JNY_CLUSTER_MAX_PATH)
			i = view.n - JNY_CLUSTER_TAIL;
		codes[n++] = map[jny_code(&view, i)];
	}
	return n == 0 ? NO_PATH : jny_corpus_add(corpus, codes, n);
}

/* ---- the partition ---- */

/*
 * Reads all rows into a corpus; path[row] is the row's path in it.  Reading a
 * row evaluates expressions, so it happens in memory that is emptied after
 * each.
 */
static void
gather(WindowObject window, const ClusterSettings *settings, bool check,
	   PathReader reader, int64 nrows, JnyCorpus *corpus, JnyDict *dict,
	   uint32 *path)
{
	MemoryContext work = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(work, "archetype_cluster row",
												  ALLOCSET_DEFAULT_SIZES);

	for (int64 row = 0; row < nrows; row++)
	{
		bool		isnull;
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(scratch);
		if (check)
			check_settings(window, row, settings);
		value = get_argument(window, 0, row, &isnull);
		MemoryContextSwitchTo(work);
		path[row] = isnull ? NO_PATH : reader(corpus, dict, value, scratch);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
}

/* Labels every row of the partition. */
static void
label_partition(FunctionCallInfo fcinfo, PathReader reader, int64 nrows,
				ClusterState *state)
{
	WindowObject window = PG_WINDOW_OBJECT();
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
											   "archetype_cluster",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(work);
	JnyDict    *dict = jny_dict_create();
	JnyCorpus  *corpus = jny_corpus_create();
	uint32	   *path = jny_alloc((size_t) nrows * sizeof(uint32));
	bool		check = !get_fn_expr_arg_stable(fcinfo->flinfo, 1) ||
		!get_fn_expr_arg_stable(fcinfo->flinfo, 2);
	uint8	   *label;
	ClusterSettings settings;
	JnyClusterData *data;
	JnyClusterFit *fit = palloc(sizeof(JnyClusterFit));

	get_settings(window, &settings);
	gather(window, &settings, check, reader, nrows, corpus, dict, path);
	data = jny_cluster_data(corpus, dict, (uint64) (int64) settings.seed,
							JNY_CLUSTER_SAMPLE);
	jny_cluster_fit(data,
					settings.choose ? JNY_CLUSTER_MIN_AUTO_K : settings.k,
					settings.choose ? JNY_CLUSTER_MAX_AUTO_K : settings.k,
					(uint64) (int64) settings.seed, JNY_CLUSTER_STARTS, fit);
	label = jny_alloc((size_t) corpus->npaths + 1);
	jny_archetypes_label(jny_archetypes_make(data, fit), corpus, dict, label);
	for (int64 row = 0; row < nrows; row++)
		state->label[row] = path[row] == NO_PATH ? 0 : label[path[row]];
	state->ready = true;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work);
}

/* The label of the current row. */
static Datum
current_label(FunctionCallInfo fcinfo, PathReader reader)
{
	WindowObject window = PG_WINDOW_OBJECT();
	int64		nrows = WinGetPartitionRowCount(window);
	int64		row = WinGetCurrentPosition(window);
	ClusterState *state =
		WinGetPartitionLocalMemory(window,
								   offsetof(ClusterState, label) + nrows);

	if (!state->ready)
		label_partition(fcinfo, reader, nrows, state);
	WinSetMarkPosition(window, row);
	if (state->label[row] == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(state->label[row]);
}

Datum
journey_archetype_cluster(PG_FUNCTION_ARGS)
{
	return current_label(fcinfo, read_text_path);
}

Datum
journey_archetype_cluster_journey(PG_FUNCTION_ARGS)
{
	return current_label(fcinfo, read_journey_path);
}

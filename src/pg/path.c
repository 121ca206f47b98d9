/*
 * path.c
 *	  path_sequence and path_text: the events of a customer as a list of names
 *	  and as a line of text.
 *
 * Names come from a stored journey, from the rows of an aggregate or from a
 * text[]; they meet as JnyName, which is not copied until the result is made.
 */
#include "pg/agg.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* What stands for the steps that max_steps cuts off. */
#define CUT_OFF "..."

/* A line of text under construction. */
typedef struct PathWriter
{
	StringInfoData buf;
	JnyName		sep;
	JnyName		last;			/* the step written last */
	int64		steps;			/* written so far */
	int64		max_steps;
	bool		collapse;		/* a step equal to the last is left out */
} PathWriter;

JOURNEY_FUNCTION(journey_path_sequence);
JOURNEY_FUNCTION(journey_path_sequence_final);
JOURNEY_FUNCTION(journey_path_text);
JOURNEY_FUNCTION(journey_path_text_array);

/* ---- path_sequence ---- */

/* Bytes of an array element that holds a name: a long header, aligned. */
static inline size_t
element_size(JnyName name)
{
	return INTALIGN(VARHDRSZ + (size_t) name.len);
}

static void
throw_long_sequence(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("path is too long for an array"),
			 errdetail("The limit is %zu bytes.", (size_t) MaxAllocSize),
			 errhint("Keep only the events that matter, or ask for a part of the path.")));
}

/*
 * Room for the names of n events, refused if the array could not hold them: an
 * element is never smaller than that of a name of one byte.
 */
static JnyName *
alloc_names(uint32 n)
{
	JnyName		one = {"", 1};

	if (n > MaxAllocSize / element_size(one))
		throw_long_sequence();
	return (JnyName *) jny_alloc(sizeof(JnyName) * ((size_t) n + 1));
}

/*
 * The text[] of n names.  Written in place: a Datum for each event would take
 * several times the memory of the result.
 */
static ArrayType *
names_array(const JnyName *names, uint32 n)
{
	size_t		size = ARR_OVERHEAD_NONULLS(1);
	ArrayType  *array;
	char	   *at;

	if (n == 0)
		return construct_empty_array(TEXTOID);
	for (uint32 i = 0; i < n; i++)
		size += element_size(names[i]);
	if (size > MaxAllocSize)
		throw_long_sequence();

	array = (ArrayType *) palloc0(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = TEXTOID;
	ARR_DIMS(array)[0] = (int) n;
	ARR_LBOUND(array)[0] = 1;
	at = ARR_DATA_PTR(array);
	for (uint32 i = 0; i < n; i++)
	{
		SET_VARSIZE(at, VARHDRSZ + names[i].len);
		memcpy(VARDATA(at), names[i].data, names[i].len);
		at += element_size(names[i]);
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
	}
	Assert(at == (char *) array + size);
	return array;
}

/* path_sequence(journey) */
Datum
journey_path_sequence(PG_FUNCTION_ARGS)
{
	JnyView		view;
	JnyName    *dict;
	JnyName    *names;

	journey_getarg_view(fcinfo, 0, &view);
	names = alloc_names(view.n);
	dict = (JnyName *) jny_alloc(sizeof(JnyName) * (view.nnames + 1));
	jny_view_names(&view, dict);
	for (uint32 i = 0; i < view.n; i++)
		names[i] = dict[jny_code(&view, i)];
	PG_RETURN_ARRAYTYPE_P(names_array(names, view.n));
}

/* Final function of path_sequence(ts, event). */
Datum
journey_path_sequence_final(PG_FUNCTION_ARGS)
{
	JourneyAggState *state = journey_agg_state(fcinfo, 0);
	JnyPath    *path;
	JnyName    *names;
	ArrayType  *array;

	if (state == NULL || state->stash.n == 0)
		PG_RETURN_NULL();
	path = journey_agg_path(state);
	names = alloc_names(path->n);
	for (uint32 i = 0; i < path->n; i++)
		names[i] = jny_dict_name(path->dict, path->events[i].name);
	array = names_array(names, path->n);
	jny_free(names);
	PG_RETURN_ARRAYTYPE_P(array);
}

/* ---- path_text ---- */

/*
 * Appends one step.  False when max_steps are written and this is one more:
 * the cut is marked and nothing else may be appended.
 */
static bool
path_writer_put(PathWriter *writer, JnyName name)
{
	if (writer->collapse && writer->steps > 0 &&
		jny_name_cmp(writer->last, name) == 0)
		return true;
	if (writer->steps > 0)
		appendBinaryStringInfo(&writer->buf, writer->sep.data,
							   (int) writer->sep.len);
	if (writer->steps == writer->max_steps)
	{
		appendStringInfoString(&writer->buf, CUT_OFF);
		return false;
	}
	appendBinaryStringInfo(&writer->buf, name.data, (int) name.len);
	writer->last = name;
	writer->steps++;
	if ((writer->steps & JNY_INTERRUPT_MASK) == 0)
		JNY_CHECK_INTERRUPTS();
	return true;
}

/*
 * Reads the arguments (path, sep, max_steps, collapse).  False if the answer
 * is NULL: any of them is, except max_steps, which then means no limit.
 */
static bool
path_writer_init(PathWriter *writer, FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		return false;
	writer->max_steps = PG_ARGISNULL(2) ? PG_INT64_MAX : PG_GETARG_INT32(2);
	if (writer->max_steps < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_steps must be at least 1"),
				 errhint("Leave the argument out to show every step.")));
	initStringInfo(&writer->buf);
	writer->sep = journey_getarg_name(fcinfo, 1);
	writer->steps = 0;
	writer->collapse = PG_GETARG_BOOL(3);
	return true;
}

static Datum
path_writer_text(PathWriter *writer)
{
	return PointerGetDatum(cstring_to_text_with_len(writer->buf.data,
													writer->buf.len));
}

/* path_text(journey, ..): O(steps shown), or O(events) with collapse. */
Datum
journey_path_text(PG_FUNCTION_ARGS)
{
	PathWriter	writer;
	JnyView		view;
	JnyName    *dict;

	if (!path_writer_init(&writer, fcinfo))
		PG_RETURN_NULL();
	journey_getarg_view(fcinfo, 0, &view);
	dict = (JnyName *) jny_alloc(sizeof(JnyName) * (view.nnames + 1));
	jny_view_names(&view, dict);
	for (uint32 i = 0; i < view.n; i++)
	{
		if (!path_writer_put(&writer, dict[jny_code(&view, i)]))
			break;
	}
	PG_RETURN_DATUM(path_writer_text(&writer));
}

/* path_text(text[], ..): the same for a list of names, NULLs left out. */
Datum
journey_path_text_array(PG_FUNCTION_ARGS)
{
	PathWriter	writer;
	Datum	   *steps;
	bool	   *nulls;
	int			n;

	if (!path_writer_init(&writer, fcinfo))
		PG_RETURN_NULL();
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false,
					  TYPALIGN_INT, &steps, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i] &&
			!path_writer_put(&writer,
							 journey_text_name(DatumGetTextPP(steps[i]))))
			break;
	}
	PG_RETURN_DATUM(path_writer_text(&writer));
}

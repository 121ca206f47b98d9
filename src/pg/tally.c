/*
 * tally.c
 *	  The state of every aggregate that sums up over customers.
 *
 * A support function checks that an aggregate calls it: it changes its first
 * argument in place, which nobody else may see.
 */
#include "pg/tally.h"

#include "funcapi.h"
#include "libpq/pqformat.h"
#include "nodes/memnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "pg/reader.h"

JOURNEY_FUNCTION(journey_tally_in);
JOURNEY_FUNCTION(journey_tally_out);
JOURNEY_FUNCTION(journey_tally_recv);
JOURNEY_FUNCTION(journey_tally_send);
JOURNEY_FUNCTION(journey_tally_combine);

#define TALLY_OBJECT_MAGIC 0x4A4E5954

/*
 * All objects of an aggregate context share one child of it.  The server wants
 * an expanded object in a child, else it would copy it row by row; but a child
 * for each group would make it slow, for at every new group it adds up the
 * memory of all children (100,000 groups: minutes).  Nobody deletes a single
 * object: a support function returns the pointer that it was given.
 *
 *	  aggregate context --> "journey tallies" --> objects and all they hold
 */
typedef struct TallyObject
{
	ExpandedObjectHeader hdr;
	int			magic;
	Size		flat_size;		/* as get_flat_size has told it */
	JnyTally	tally;
} TallyObject;

/* ---- the expanded object ---- */

static Size
get_flat_size(ExpandedObjectHeader *header)
{
	TallyObject *object = (TallyObject *) header;

	object->flat_size = VARHDRSZ + jny_tally_size(&object->tally);
	if (object->flat_size > JNY_MAX_BYTES)
		journey_tally_too_large();
	return object->flat_size;
}

static void
flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	TallyObject *object = (TallyObject *) header;

	Assert(size == object->flat_size);
	SET_VARSIZE(result, size);
	jny_tally_write(&object->tally, (uint8 *) VARDATA(result));
}

static const ExpandedObjectMethods tally_methods = {
	get_flat_size, flatten_into
};

/* Children of an aggregate context among which ours is looked for. */
#define NEAR_CHILDREN 8

#define TALLIES "journey tallies"

/* The child that all tallies of an aggregate context live in. */
static MemoryContext
shared_context(MemoryContext aggcontext)
{
	MemoryContext child = aggcontext->firstchild;

	for (int i = 0; child != NULL && i < NEAR_CHILDREN; i++)
	{
		if (strcmp(child->name, TALLIES) == 0)
			return child;
		child = child->nextchild;
	}
	return AllocSetContextCreate(aggcontext, TALLIES, ALLOCSET_DEFAULT_SIZES);
}

/* An object without a tally in it. */
static TallyObject *
new_object(MemoryContext context)
{
	TallyObject *object = (TallyObject *)
		MemoryContextAllocZero(context, sizeof(TallyObject));

	EOH_init_header(&object->hdr, &tally_methods, context);
	object->magic = TALLY_OBJECT_MAGIC;
	return object;
}

static TallyObject *
object_of(JnyTally *tally)
{
	return (TallyObject *) ((char *) tally - offsetof(TallyObject, tally));
}

/* The object behind a datum, or NULL if the datum is bytes. */
static TallyObject *
datum_object(Datum datum)
{
	TallyObject *object;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
		return NULL;
	object = (TallyObject *) DatumGetEOHP(datum);
	if (object->magic != TALLY_OBJECT_MAGIC)
		elog(ERROR, "expanded object is no journey_tally");
	return object;
}

/* Reads the bytes of a datum into a new object. */
static TallyObject *
expand_datum(Datum datum, MemoryContext context)
{
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(datum);
	TallyObject *object = new_object(context);
	MemoryContext old = MemoryContextSwitchTo(context);
	JnyError	err;
	JnyCode		code = jny_tally_read(&object->tally,
									  (const uint8 *) VARDATA_ANY(flat),
									  VARSIZE_ANY_EXHDR(flat), &err);

	MemoryContextSwitchTo(old);
	if (code != JNY_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid journey_tally"),
				 errhint("All nodes of a cluster must run the same version of the extension.")));
	if ((void *) flat != (void *) DatumGetPointer(datum))
		pfree(flat);
	return object;
}

MemoryContext
journey_tally_context(JnyTally *tally)
{
	return object_of(tally)->hdr.eoh_context;
}

/* ---- input and output ---- */

/* The bytes of a tally as a datum, checked. */
static Datum
checked_bytes(const char *data, size_t len)
{
	struct varlena *flat = (struct varlena *) palloc(len + VARHDRSZ);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "journey tally input",
												  ALLOCSET_DEFAULT_SIZES);

	SET_VARSIZE(flat, len + VARHDRSZ);
	memcpy(VARDATA(flat), data, len);
	expand_datum(PointerGetDatum(flat), scratch);
	MemoryContextDelete(scratch);
	return PointerGetDatum(flat);
}

/* journey_tally_in(cstring) journey_tally: hexadecimal digits */
Datum
journey_tally_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	char	   *bytes = (char *) palloc(len / 2 + 1);

	len = hex_decode(text, len, bytes);
	return checked_bytes(bytes, len);
}

/* journey_tally_out(journey_tally) cstring */
Datum
journey_tally_out(PG_FUNCTION_ARGS)
{
	struct varlena *flat = PG_GETARG_VARLENA_PP(0);
	size_t		len = VARSIZE_ANY_EXHDR(flat);
	char	   *text;

	if (len * 2 + 1 > MaxAllocSize)
		journey_tally_too_large();
	text = (char *) palloc(len * 2 + 1);
	text[hex_encode(VARDATA_ANY(flat), len, text)] = '\0';
	PG_RETURN_CSTRING(text);
}

/* journey_tally_recv(internal) journey_tally */
Datum
journey_tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;

	return checked_bytes(pq_getmsgbytes(buf, len), len);
}

/* journey_tally_send(journey_tally) bytea: the bytes as they are */
Datum
journey_tally_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
}

/* ---- settings ---- */

/* Argument n as a setting; its bytes may lie in "room". */
static JnySetting
argument_setting(FunctionCallInfo fcinfo, int n, char type, int64 *room)
{
	JnySetting	setting = {0, NULL};
	struct varlena *value;

	if (PG_ARGISNULL(n))
		return setting;
	setting.data = (const char *) room;
	switch (type)
	{
		case 'i':
			*room = PG_GETARG_INT32(n);
			setting.len = sizeof(int64);
			break;
		case 'z':
			*room = PG_GETARG_INT64(n);
			setting.len = sizeof(int64);
			break;
		case 'I':
			setting.data = (const char *) PG_GETARG_INTERVAL_P(n);
			setting.len = sizeof(Interval);
			break;
		default:
			value = PG_GETARG_VARLENA_PP(n);
			setting.data = VARDATA_ANY(value);
			setting.len = (uint32) VARSIZE_ANY_EXHDR(value);
	}
	return setting;
}

static bool
same_setting(const JnySetting *a, const JnySetting *b)
{
	if (a->data == NULL || b->data == NULL)
		return a->data == b->data;
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void
throw_settings_changed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("arguments behind the journey must be the same for all rows of a group"),
			 errhint("Put them into GROUP BY, or call the aggregate once for each of them.")));
}

int32
journey_setting_int32(const JnyTally *tally, int n)
{
	return (int32) journey_setting_int64(tally, n);
}

/* What another machine wrote into a setting is not trusted in its length. */
static const void *
setting_bytes(const JnyTally *tally, int n, size_t len)
{
	if (journey_setting_null(tally, n) || tally->setting[n].len != len)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid journey_tally")));
	return tally->setting[n].data;
}

int64
journey_setting_int64(const JnyTally *tally, int n)
{
	int64		value;

	memcpy(&value, setting_bytes(tally, n, sizeof(value)), sizeof(value));
	return value;
}

const Interval *
journey_setting_interval(const JnyTally *tally, int n)
{
	Interval   *interval = (Interval *) palloc(sizeof(Interval));

	memcpy(interval, setting_bytes(tally, n, sizeof(Interval)),
		   sizeof(Interval));
	return interval;
}

JnyPattern *
journey_setting_pattern(const JnyTally *tally, int n)
{
	uint32		len = journey_setting_null(tally, n) ? 0 : tally->setting[n].len;
	struct varlena *value = (struct varlena *) palloc(len + VARHDRSZ);

	SET_VARSIZE(value, len + VARHDRSZ);
	memcpy(VARDATA(value), setting_bytes(tally, n, len), len);
	return journey_pattern_compile(PointerGetDatum(value), CurrentMemoryContext);
}

/* ---- the state ---- */

static void
require_aggregate(FunctionCallInfo fcinfo, MemoryContext *aggcontext)
{
	if (!AggCheckCallContext(fcinfo, aggcontext))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function can only be called by its aggregate")));
}

/* Argument 0 as an object that may be changed, or NULL. */
static TallyObject *
own_object(FunctionCallInfo fcinfo, MemoryContext aggcontext)
{
	Datum		datum;

	if (PG_ARGISNULL(0))
		return NULL;
	datum = PG_GETARG_DATUM(0);
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)))
		return datum_object(datum);
	/* PG_DETOAST_DATUM flattens an object that is for reading only */
	return expand_datum(datum, shared_context(aggcontext));
}

/*
 * The first row of a group sets the settings, the others must agree: they are
 * checked where they are used, by the caller.
 */
JnyTally *
journey_tally_trans(FunctionCallInfo fcinfo, JourneyReport report,
					const char *form)
{
	MemoryContext aggcontext;
	TallyObject *object;
	JnySetting	setting[JNY_TALLY_SETTINGS];
	int64		room[JNY_TALLY_SETTINGS];
	int			n = PG_NARGS() - 2;

	require_aggregate(fcinfo, &aggcontext);
	for (int i = 0; i < n; i++)
		setting[i] = argument_setting(fcinfo, i + 2, form[i], &room[i]);
	object = own_object(fcinfo, aggcontext);
	if (object == NULL)
	{
		MemoryContext old;

		object = new_object(shared_context(aggcontext));
		old = MemoryContextSwitchTo(object->hdr.eoh_context);
		jny_tally_init(&object->tally, (uint8) report);
		jny_tally_set(&object->tally, setting, n);
		MemoryContextSwitchTo(old);
		return &object->tally;
	}
	if (object->tally.report != report || object->tally.nsettings != n)
		throw_settings_changed();
	for (int i = 0; i < n; i++)
	{
		if (!same_setting(&setting[i], &object->tally.setting[i]))
			throw_settings_changed();
	}
	return &object->tally;
}

Datum
journey_tally_datum(FunctionCallInfo fcinfo, JnyTally *tally)
{
	return EOHPGetRWDatum(&object_of(tally)->hdr);
}

/*
 * journey_tally_combine(journey_tally, journey_tally) journey_tally
 *
 * Adds the right side, which stays as it is, to the left one.
 */
Datum
journey_tally_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext;
	TallyObject *left;
	TallyObject *right;
	MemoryContext old;
	bool		fits;

	require_aggregate(fcinfo, &aggcontext);
	left = own_object(fcinfo, aggcontext);
	if (PG_ARGISNULL(1))
	{
		if (left == NULL)
			PG_RETURN_NULL();
		return EOHPGetRWDatum(&left->hdr);
	}
	if (left == NULL && datum_object(PG_GETARG_DATUM(1)) == NULL)
	{
		left = expand_datum(PG_GETARG_DATUM(1), shared_context(aggcontext));
		return EOHPGetRWDatum(&left->hdr);
	}
	right = datum_object(PG_GETARG_DATUM(1));
	if (right == NULL)
		right = expand_datum(PG_GETARG_DATUM(1), CurrentMemoryContext);
	if (left == NULL)
	{
		left = new_object(shared_context(aggcontext));
		old = MemoryContextSwitchTo(left->hdr.eoh_context);
		jny_tally_init(&left->tally, right->tally.report);
		jny_tally_set(&left->tally, right->tally.setting,
					  right->tally.nsettings);
		MemoryContextSwitchTo(old);
	}
	if (left->tally.report != right->tally.report ||
		left->tally.nsettings != right->tally.nsettings)
		throw_settings_changed();
	for (int i = 0; i < left->tally.nsettings; i++)
	{
		if (!same_setting(&left->tally.setting[i], &right->tally.setting[i]))
			throw_settings_changed();
	}
	old = MemoryContextSwitchTo(left->hdr.eoh_context);
	fits = jny_tally_merge(&left->tally, &right->tally);
	MemoryContextSwitchTo(old);
	if (!fits)
		journey_tally_too_large();
	return EOHPGetRWDatum(&left->hdr);
}

const JnyTally *
journey_tally_final(FunctionCallInfo fcinfo, JourneyReport report)
{
	MemoryContext aggcontext;
	TallyObject *object;

	require_aggregate(fcinfo, &aggcontext);
	if (PG_ARGISNULL(0))
		return NULL;
	object = datum_object(PG_GETARG_DATUM(0));
	if (object == NULL)
		object = expand_datum(PG_GETARG_DATUM(0), CurrentMemoryContext);
	if (object->tally.report != report)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("journey_tally is that of another aggregate")));
	return &object->tally;
}

/* ---- arguments ---- */

void
journey_tally_not_null(FunctionCallInfo fcinfo, int n, const char *what)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", what)));
}

int32
journey_tally_range(FunctionCallInfo fcinfo, int n, const char *what,
					int32 low, int32 high)
{
	int32		value;

	journey_tally_not_null(fcinfo, n, what);
	value = PG_GETARG_INT32(n);
	if (value < low || value > high)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between %d and %d", what, low, high),
				 errdetail("It is %d.", value)));
	return value;
}

void
journey_tally_too_large(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("journey_tally is too large"),
			 errdetail("The times it keeps for exact medians, and its names, may take 1 GB."),
			 errhint("Ask for fewer journeys at once, or leave out events with keep() or drop_events().")));
}

const JnyHits *
journey_tally_hits(FunctionCallInfo fcinfo, int n, const JnyView *view,
				   bool step)
{
	const JnyPattern *pattern = journey_getarg_pattern(fcinfo, n);
	JnyHits    *hits = &journey_call_cache(fcinfo)->hits;
	MemoryContext old;

	if (step)
		journey_check_step(pattern, "Use alternatives for several events: 'a | b'.");
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	jny_hits_of_view(hits, pattern, view);
	MemoryContextSwitchTo(old);
	return hits;
}

/* ---- rows ---- */

void
journey_rows_begin(JourneyRows *rows, FunctionCallInfo fcinfo)
{
	Oid			array = get_func_rettype(fcinfo->flinfo->fn_oid);

	rows->type = get_element_type(array);
	rows->desc = lookup_rowtype_tupdesc_copy(rows->type, -1);
	rows->n = 0;
	rows->cap = 16;
	rows->row = (Datum *) palloc(rows->cap * sizeof(Datum));
}

void
journey_rows_put(JourneyRows *rows, Datum *values, bool *nulls)
{
	if (rows->n == rows->cap)
	{
		rows->cap *= 2;
		rows->row = (Datum *) repalloc_huge(rows->row,
											rows->cap * sizeof(Datum));
	}
	rows->row[rows->n++] =
		HeapTupleGetDatum(heap_form_tuple(rows->desc, values, nulls));
}

Datum
journey_rows_end(JourneyRows *rows)
{
	return PointerGetDatum(construct_array(rows->row, rows->n, rows->type, -1,
										   false, TYPALIGN_DOUBLE));
}

Datum
journey_sum_datum(const JnySum *sum)
{
	double		value = jny_sum_value(sum);

	if (isnan(value) || isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of values is out of range")));
	return Float8GetDatum(value);
}

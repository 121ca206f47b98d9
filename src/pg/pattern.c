/*
 * pattern.c
 *	  The type journey_pattern, and how functions get at a compiled one.
 *
 *	  byte 0   format version
 *	  byte 1.. canonical text, not terminated
 *
 * The text is canonical, so equality, order and hash are bytewise.  On the
 * wire it is the same: a version byte and the text in the client's encoding.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/datum.h"

#define PATTERN_VERSION 1

/* Elements a fresh call cache has room for. */
#define FIRST_HITS 64

/* ---- stored form ---- */

static void
check_version(int version, int sqlerrcode)
{
	if (version != PATTERN_VERSION)
		ereport(ERROR,
				(errcode(sqlerrcode),
				 errmsg("unsupported version %d of journey_pattern", version),
				 errdetail("This extension knows version %d.", PATTERN_VERSION),
				 errhint("It was written by a newer version of the extension; upgrade the extension.")));
}

/* The canonical text inside a value, detoasted if need be, not copied else. */
static JnyName
pattern_text(Datum datum)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);
	JnyName		text = {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};

	if (text.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored journey_pattern is damaged"),
				 errdetail("It is empty.")));
	check_version((uint8) text.data[0], ERRCODE_DATA_CORRUPTED);
	text.data++;
	text.len--;
	return text;
}

/*
 * Parses text and returns the value; NULL after a soft error.
 */
static struct varlena *
pattern_from_text(const char *input, size_t len, struct Node *escontext)
{
	JnyPattern *pattern;
	JnyError	err;
	JnyText		text;
	struct varlena *value;

	if (jny_pattern_parse(input, len, &pattern, &err) != JNY_OK)
	{
		journey_save_error(&err, JOURNEY_FROM_PATTERN, input, len, escontext);
		return NULL;
	}
	jny_text_init(&text);
	jny_pattern_print(pattern, &text);
	jny_pattern_free(pattern);

	value = (struct varlena *) palloc(VARHDRSZ + 1 + text.len);
	SET_VARSIZE(value, VARHDRSZ + 1 + text.len);
	VARDATA(value)[0] = PATTERN_VERSION;
	memcpy(VARDATA(value) + 1, text.data, text.len);
	jny_free(text.data);
	return value;
}

/* ---- compiled form ---- */

/*
 * Compiles a pattern datum into memory of the given context.  Stored text
 * always parses unless the value is damaged.
 */
JnyPattern *
journey_pattern_compile(Datum datum, MemoryContext context)
{
	JnyName		text = pattern_text(datum);
	MemoryContext old = MemoryContextSwitchTo(context);
	JnyPattern *pattern;
	JnyError	err;

	if (jny_pattern_parse(text.data, text.len, &pattern, &err) != JNY_OK)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored journey_pattern is damaged"),
				 errdetail("At offset %zu: expected %s.", err.at, err.expected)));
	MemoryContextSwitchTo(old);
	return pattern;
}

/*
 * What this call site keeps; made on first use, in fn_mcxt.  A direct call,
 * which has no flinfo, gets a cache for itself.
 */
JourneyCallCache *
journey_call_cache(FunctionCallInfo fcinfo)
{
	MemoryContext context = CurrentMemoryContext;
	JourneyCallCache *cache;

	if (fcinfo->flinfo)
	{
		if (fcinfo->flinfo->fn_extra)
			return (JourneyCallCache *) fcinfo->flinfo->fn_extra;
		context = fcinfo->flinfo->fn_mcxt;
	}
	cache = (JourneyCallCache *) MemoryContextAllocZero(context, sizeof(*cache));

	/* buffers grow in the context where they begin */
	cache->hits.hit = (JnyHit *)
		MemoryContextAlloc(context, FIRST_HITS * sizeof(JnyHit));
	cache->hits.cap = FIRST_HITS;
	cache->hits.session = (uint32 *)
		MemoryContextAlloc(context, FIRST_HITS * sizeof(uint32));
	cache->hits.session_cap = FIRST_HITS;
	cache->masks.mask = (uint64 *)
		MemoryContextAlloc(context, FIRST_HITS * 2 * sizeof(uint64));
	cache->masks.cap = FIRST_HITS;
	if (fcinfo->flinfo)
		fcinfo->flinfo->fn_extra = cache;
	return cache;
}

/* Does the slot hold exactly this value? */
static bool
slot_holds(const JourneyPatternSlot *slot, const struct varlena *value)
{
	return slot->pattern != NULL &&
		VARSIZE_ANY_EXHDR(slot->bytes) == VARSIZE_ANY_EXHDR(value) &&
		memcmp(VARDATA_ANY(slot->bytes), VARDATA_ANY(value),
			   VARSIZE_ANY_EXHDR(value)) == 0;
}

/*
 * Is argument n of a plain function or operator a constant?  Not asked of a
 * parameter: PL/pgSQL keeps what is called across its values.
 */
static bool
arg_is_constant(FmgrInfo *flinfo, int n)
{
	Node	   *expr = flinfo->fn_expr;
	List	   *args = NIL;

	if (expr && IsA(expr, FuncExpr))
		args = ((FuncExpr *) expr)->args;
	else if (expr && IsA(expr, OpExpr))
		args = ((OpExpr *) expr)->args;
	return n < list_length(args) && IsA(list_nth(args, n), Const);
}

const JnyPattern *
journey_getarg_pattern(FunctionCallInfo fcinfo, int n)
{
	struct varlena *value;
	JourneyCallCache *cache;
	JourneyPatternSlot *slot;

	if (fcinfo->flinfo == NULL || n >= JOURNEY_PATTERN_ARGS)
		return journey_pattern_compile(PG_GETARG_DATUM(n),
									   CurrentMemoryContext);
	cache = journey_call_cache(fcinfo);
	slot = &cache->pattern[n];
	if (slot->constant && slot->pattern != NULL)
		return slot->pattern;
	value = PG_GETARG_VARLENA_PP(n);
	if (slot_holds(slot, value))
		return slot->pattern;

	/* an error below must not leave half a slot */
	slot->pattern = NULL;
	if (slot->context == NULL)
		slot->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
											  "journey pattern",
											  ALLOCSET_SMALL_SIZES);
	MemoryContextReset(slot->context);
	slot->bytes = (struct varlena *)
		MemoryContextAlloc(slot->context, VARSIZE_ANY(value));
	memcpy(slot->bytes, value, VARSIZE_ANY(value));
	slot->pattern = journey_pattern_compile(PointerGetDatum(slot->bytes),
											slot->context);
	slot->constant = arg_is_constant(fcinfo->flinfo, n);
	return slot->pattern;
}

/* ---- input and output ---- */

JOURNEY_FUNCTION(journey_pattern_in);
Datum
journey_pattern_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	struct varlena *value =
	pattern_from_text(input, strlen(input),
					  (struct Node *) JOURNEY_ESCONTEXT(fcinfo));

	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(value);
}

JOURNEY_FUNCTION(journey_pattern_out);
Datum
journey_pattern_out(PG_FUNCTION_ARGS)
{
	JnyName		text = pattern_text(PG_GETARG_DATUM(0));

	PG_RETURN_CSTRING(pnstrdup(text.data, text.len));
}

/* The text is parsed anew, so what arrives need not be canonical. */
JOURNEY_FUNCTION(journey_pattern_recv);
Datum
journey_pattern_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	char	   *input;
	int			len;

	check_version(pq_getmsgbyte(buf), ERRCODE_INVALID_BINARY_REPRESENTATION);
	input = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	PG_RETURN_POINTER(pattern_from_text(input, len, NULL));
}

JOURNEY_FUNCTION(journey_pattern_send);
Datum
journey_pattern_send(PG_FUNCTION_ARGS)
{
	JnyName		text = pattern_text(PG_GETARG_DATUM(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, PATTERN_VERSION);
	pq_sendtext(&buf, text.data, text.len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---- comparison ---- */

/* Bytewise by canonical text. */
static int
compare_args(FunctionCallInfo fcinfo)
{
	int			c = jny_name_cmp(pattern_text(PG_GETARG_DATUM(0)),
								 pattern_text(PG_GETARG_DATUM(1)));

	return (c > 0) - (c < 0);
}

JOURNEY_FUNCTION(journey_pattern_eq);
Datum
journey_pattern_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) == 0);
}

JOURNEY_FUNCTION(journey_pattern_ne);
Datum
journey_pattern_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) != 0);
}

JOURNEY_FUNCTION(journey_pattern_lt);
Datum
journey_pattern_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) < 0);
}

JOURNEY_FUNCTION(journey_pattern_le);
Datum
journey_pattern_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) <= 0);
}

JOURNEY_FUNCTION(journey_pattern_gt);
Datum
journey_pattern_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) > 0);
}

JOURNEY_FUNCTION(journey_pattern_ge);
Datum
journey_pattern_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) >= 0);
}

JOURNEY_FUNCTION(journey_pattern_cmp);
Datum
journey_pattern_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_args(fcinfo));
}

JOURNEY_FUNCTION(journey_pattern_hash);
Datum
journey_pattern_hash(PG_FUNCTION_ARGS)
{
	JnyName		text = pattern_text(PG_GETARG_DATUM(0));

	return hash_any((const unsigned char *) text.data, text.len);
}

JOURNEY_FUNCTION(journey_pattern_hash_extended);
Datum
journey_pattern_hash_extended(PG_FUNCTION_ARGS)
{
	JnyName		text = pattern_text(PG_GETARG_DATUM(0));

	return hash_any_extended((const unsigned char *) text.data, text.len,
							 PG_GETARG_INT64(1));
}

/* ---- questions ---- */

/*
 * The names a pattern mentions, each once, in order of mention; a prefix with
 * its "*" behind, so that it is not mistaken for a name.
 */
JOURNEY_FUNCTION(journey_pattern_names);
Datum
journey_pattern_names(PG_FUNCTION_ARGS)
{
	const JnyPattern *pattern = journey_getarg_pattern(fcinfo, 0);
	Datum	   *elements = (Datum *) palloc(pattern->nnodes * sizeof(Datum));
	int			n = 0;

	for (int i = 0; i < pattern->nnodes; i++)
	{
		const JnyNode *node = &pattern->nodes[i];

		if (node->repeated)
			continue;
		if (node->kind == JNY_NODE_NAME)
			elements[n++] = PointerGetDatum(journey_name_text(node->name));
		else if (node->kind == JNY_NODE_PREFIX)
			elements[n++] = CStringGetTextDatum(psprintf("%.*s*",
														 (int) node->name.len,
														 node->name.data));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, n, TEXTOID, -1, false,
										  TYPALIGN_INT));
}

/*
 * tally.c
 *	  The state of every aggregate that sums up over customers.
 *
 * A support function checks that an aggregate calls it: it changes its first
 * argument in place, which nobody else may see.
 */
#include "pg/tally.h"

#include "libpq/pqformat.h"
#include "nodes/memnodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/bytes_io.h"

JOURNEY_FUNCTION(journey_tally_in);
JOURNEY_FUNCTION(journey_tally_out);
JOURNEY_FUNCTION(journey_tally_recv);
JOURNEY_FUNCTION(journey_tally_send);
JOURNEY_FUNCTION(journey_tally_combine);

/* ---- the content, in either form ---- */

/* What all parts of a group have in common. */
typedef struct Identity
{
	uint8		magic;			/* of the form */
	uint8		kind;
	uint8		ncounts;
	uint8		nsums;
	uint32		nparams;
	const uint8 *params;
} Identity;

static Identity
identity(const JourneyTally *state)
{
	Identity	is = {0};

	if (state->counts)
	{
		is.magic = JNY_COUNTS_MAGIC;
		is.kind = state->counts->kind;
		is.ncounts = state->counts->ncounts;
		is.nsums = state->counts->nsums;
		is.nparams = state->counts->nparams;
		is.params = state->counts->params;
	}
	else
	{
		is.magic = JNY_TALLY_MAGIC;
		is.kind = state->report->report;
		is.nparams = state->report->nparams;
		is.params = state->report->params;
	}
	return is;
}

static bool
same_bytes(const uint8 *a, uint32 na, const uint8 *b, uint32 nb)
{
	return na == nb && (na == 0 || memcmp(a, b, na) == 0);
}

static bool
same_identity(const Identity *a, const Identity *b)
{
	return a->magic == b->magic && a->kind == b->kind &&
		a->ncounts == b->ncounts && a->nsums == b->nsums &&
		same_bytes(a->params, a->nparams, b->params, b->nparams);
}

/* Reads bytes into a state, in the memory of the state. */
static JnyCode
read_content(JourneyTally *state, const uint8 *bytes, size_t len, JnyError *err)
{
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);
	JnyCode		code;

	if (len > 0 && bytes[0] == JNY_COUNTS_MAGIC)
		code = jny_counts_read(bytes, len, &state->counts, err);
	else
	{
		state->report = (JnyTally *) palloc(sizeof(JnyTally));
		code = jny_tally_read(state->report, bytes, len, err);
	}
	MemoryContextSwitchTo(old);
	return code;
}

/* Gives a new state the form and parameters of another one. */
static void
begin_content(JourneyTally *state, const Identity *is)
{
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);

	if (is->magic == JNY_COUNTS_MAGIC)
		state->counts = jny_counts_create(is->kind, is->ncounts, is->nsums,
										  is->params, is->nparams);
	else
	{
		state->report = (JnyTally *) palloc(sizeof(JnyTally));
		jny_tally_init(state->report, is->kind, is->params, is->nparams);
	}
	MemoryContextSwitchTo(old);
}

void
journey_tally_too_large(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("journey_tally is too large"),
			 errdetail("What it counts, and the times it keeps for exact medians, may take 1 GB."),
			 errhint("Ask for fewer journeys at once, leave out events with keep() or drop_events(), or coarsen names with relabel().")));
}

/* Puts all that is counted into a report, which changes no value. */
static void
settle(JourneyTally *state)
{
	MemoryContext old;

	if (state->report == NULL)
		return;
	old = MemoryContextSwitchTo(state->header.eoh_context);
	jny_tally_settle(state->report);
	MemoryContextSwitchTo(old);
}

/* ---- the expanded object ---- */

static Size
get_flat_size(ExpandedObjectHeader *header)
{
	JourneyTally *state = (JourneyTally *) header;

	settle(state);
	state->flat_size = VARHDRSZ +
		(state->counts ? jny_counts_size(state->counts) :
		 jny_tally_size(state->report));
	if (state->flat_size > JNY_MAX_BYTES)
		journey_tally_too_large();
	return state->flat_size;
}

static void
flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	JourneyTally *state = (JourneyTally *) header;

	Assert(size == state->flat_size);
	SET_VARSIZE(result, size);
	if (state->counts)
		jny_counts_write(state->counts, (uint8 *) VARDATA(result));
	else
		jny_tally_write(state->report, (uint8 *) VARDATA(result));
}

static const ExpandedObjectMethods tally_methods = {
	get_flat_size, flatten_into
};

/*
 * All states of an aggregate context share one child of it.  The server wants
 * an expanded object in a child, else it would copy it row by row; but a child
 * for each group would make it slow, for at every new group it adds up the
 * memory of all children (100,000 groups: minutes).  Nobody deletes a single
 * state: a support function returns the pointer that it was given.
 *
 *	  aggregate context --> "journey tallies" --> states and all they hold
 *							  reset_cbs --> Shared --> what parameters compile
 *													   to, latest first
 *
 * The callback does nothing: it is where the child keeps Shared.  fn_extra
 * would not do, for executors that aggregate in parts call with a new one row
 * by row.
 */
typedef struct SharedExtra
{
	struct SharedExtra *next;
	Identity	is;
	void	   *extra;
} SharedExtra;

typedef struct Shared
{
	MemoryContextCallback callback;
	MemoryContext context;
	SharedExtra *extras;
} Shared;

/* Children of an aggregate context, and extras, among which is looked. */
#define NEAR_CHILDREN 8
#define NEAR_EXTRAS 8

static void
shared_goes(void *arg)
{
}

/* What a child of an aggregate context holds; NULL if it is not ours. */
static Shared *
shared_in(MemoryContext child)
{
	MemoryContextCallback *callback = child->reset_cbs;

	return callback && callback->func == shared_goes ? (Shared *) callback->arg : NULL;
}

static Shared *
shared_memory(MemoryContext aggcontext)
{
	MemoryContext child = aggcontext->firstchild;
	Shared	   *shared;

	for (int i = 0; child != NULL && i < NEAR_CHILDREN; i++)
	{
		shared = shared_in(child);
		if (shared)
			return shared;
		child = child->nextchild;
	}
	child = AllocSetContextCreate(aggcontext, "journey tallies",
								  ALLOCSET_DEFAULT_SIZES);
	shared = (Shared *) MemoryContextAllocZero(child, sizeof(Shared));
	shared->context = child;
	shared->callback.func = shared_goes;
	shared->callback.arg = shared;
	MemoryContextRegisterResetCallback(child, &shared->callback);
	return shared;
}

void **
journey_tally_extra(JourneyTally *state)
{
	Identity	is = identity(state);
	Shared	   *shared = shared_in(state->header.eoh_context);
	SharedExtra *extra = shared->extras;

	for (int i = 0; extra != NULL && i < NEAR_EXTRAS; i++, extra = extra->next)
		if (same_identity(&extra->is, &is))
			return &extra->extra;
	extra = (SharedExtra *) MemoryContextAlloc(shared->context, sizeof(SharedExtra));
	extra->is = is;				/* its bytes live as long as the state */
	extra->extra = NULL;
	extra->next = shared->extras;
	shared->extras = extra;
	return &extra->extra;
}

/* ---- states ---- */

/* A state without content in a memory context. */
static JourneyTally *
new_state(MemoryContext context)
{
	JourneyTally *state = (JourneyTally *)
		MemoryContextAllocZero(context, sizeof(JourneyTally));

	EOH_init_header(&state->header, &tally_methods, context);
	return state;
}

/* The state behind a datum, or NULL if the datum is bytes. */
static JourneyTally *
datum_state(Datum datum)
{
	ExpandedObjectHeader *header;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
		return NULL;
	header = DatumGetEOHP(datum);
	if (header->eoh_methods != &tally_methods)
		elog(ERROR, "expanded object is no journey_tally");
	return (JourneyTally *) header;
}

/* A new state from bytes; "sqlstate" is that of bytes that are not one. */
static JourneyTally *
read_state(const void *bytes, size_t len, MemoryContext context, int sqlstate)
{
	JourneyTally *state = new_state(context);
	JnyError	err;

	if (read_content(state, (const uint8 *) bytes, len, &err) != JNY_OK)
		ereport(ERROR,
				(errcode(sqlstate),
				 errmsg("invalid journey_tally"),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected),
				 err.code == JNY_E_VERSION ?
				 errhint("All nodes of a cluster must run the same version of the extension.") : 0));
	return state;
}

/* A new state from the bytes of a datum. */
static JourneyTally *
expand_datum(Datum datum, MemoryContext context)
{
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(datum);
	JourneyTally *state = read_state(VARDATA_ANY(flat), VARSIZE_ANY_EXHDR(flat),
									 context, ERRCODE_DATA_CORRUPTED);

	if ((void *) flat != (void *) DatumGetPointer(datum))
		pfree(flat);
	return state;
}

MemoryContext
journey_tally_aggregate(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("support function of an aggregate called directly"),
				 errhint("Call the aggregate instead.")));
	return context;
}

JourneyTally *
journey_tally_state(FunctionCallInfo fcinfo)
{
	MemoryContext aggcontext = journey_tally_aggregate(fcinfo);
	Datum		datum = PG_GETARG_DATUM(0);

	if (PG_ARGISNULL(0))
		return new_state(shared_memory(aggcontext)->context);
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)))
		return datum_state(datum);
	/* PG_DETOAST_DATUM flattens a state that is for reading only */
	return expand_datum(datum, shared_memory(aggcontext)->context);
}

const JourneyTally *
journey_tally_final(FunctionCallInfo fcinfo)
{
	JourneyTally *state;

	journey_tally_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	state = datum_state(PG_GETARG_DATUM(0));
	if (state)
		settle(state);
	return state ? state : expand_datum(PG_GETARG_DATUM(0), CurrentMemoryContext);
}

Datum
journey_tally_unchanged(FunctionCallInfo fcinfo)
{
	journey_tally_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

void
journey_tally_foreign(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("journey_tally is that of another aggregate")));
}

static void
throw_params_changed(const char *what)
{
	journey_argument_changed(what, "Put what differs into GROUP BY, or call the aggregate once for each.");
}

void
journey_tally_check_params(const JourneyTally *state, const JourneyParams *params,
						   const char *what)
{
	Identity	is = identity(state);

	if (!same_bytes(is.params, is.nparams, journey_params_bytes(params), params->len))
		throw_params_changed(what);
}

/*
 * journey_tally_combine(journey_tally, journey_tally) journey_tally
 *
 * Adds the right side, which stays as it is, to the left one.
 */
Datum
journey_tally_combine(PG_FUNCTION_ARGS)
{
	JourneyTally *left;
	JourneyTally *right;
	Identity	is;
	Identity	other;
	MemoryContext old;
	JnyError	err;
	bool		fits;

	if (PG_ARGISNULL(1))
		return journey_tally_unchanged(fcinfo);
	left = journey_tally_state(fcinfo);
	right = datum_state(PG_GETARG_DATUM(1));
	if (right == NULL)
		right = expand_datum(PG_GETARG_DATUM(1), CurrentMemoryContext);
	settle(right);
	other = identity(right);
	if (PG_ARGISNULL(0))
		begin_content(left, &other);
	is = identity(left);
	if (is.magic != other.magic || is.kind != other.kind)
		journey_tally_foreign();
	if (!same_identity(&is, &other))
		throw_params_changed("arguments of the aggregate");
	old = MemoryContextSwitchTo(left->header.eoh_context);
	fits = left->counts ?
		jny_counts_merge(left->counts, right->counts, &err) == JNY_OK :
		jny_tally_merge(left->report, right->report);
	MemoryContextSwitchTo(old);
	if (!fits)
		journey_tally_too_large();
	PG_RETURN_JOURNEY_TALLY(left);
}

/* ---- input and output ---- */

/* The bytes of a tally as a datum, checked. */
static Datum
checked_bytes(const char *data, size_t len, int sqlstate)
{
	struct varlena *flat = (struct varlena *) palloc(len + VARHDRSZ);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "journey tally input",
												  ALLOCSET_DEFAULT_SIZES);

	read_state(data, len, scratch, sqlstate);
	MemoryContextDelete(scratch);
	SET_VARSIZE(flat, len + VARHDRSZ);
	memcpy(VARDATA(flat), data, len);
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
	return checked_bytes(bytes, len, ERRCODE_INVALID_TEXT_REPRESENTATION);
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

	return checked_bytes(pq_getmsgbytes(buf, len), len,
						 ERRCODE_INVALID_BINARY_REPRESENTATION);
}

/* journey_tally_send(journey_tally) bytea: the bytes as they are */
Datum
journey_tally_send(PG_FUNCTION_ARGS)
{
	return journey_bytes_send(fcinfo);
}

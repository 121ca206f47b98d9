/*
 * counts.c
 *	  The state of aggregates across customers, and the rows they return.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "pg/counts.h"

/* ---- the expanded form ---- */

static Size
counts_flat_size(ExpandedObjectHeader *header)
{
	JourneyCounts *state = (JourneyCounts *) header;

	state->flat_size = VARHDRSZ + jny_counts_size(state->counts);
	if (state->flat_size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("aggregate state is too large to travel"),
				 errdetail("It needs %zu bytes, the limit is %zu bytes.",
						   state->flat_size, (size_t) MaxAllocSize),
				 errhint("Coarsen event names or channels with relabel(), or set max_parallel_workers_per_gather to 0.")));
	return state->flat_size;
}

static void
counts_flatten(ExpandedObjectHeader *header, void *result, Size size)
{
	JourneyCounts *state = (JourneyCounts *) header;

	Assert(size == state->flat_size);
	SET_VARSIZE(result, size);
	jny_counts_write(state->counts, (uint8 *) VARDATA(result));
}

static const ExpandedObjectMethods counts_methods = {
	counts_flat_size,
	counts_flatten
};

/*
 * The memory of all states of a call site: one child of the aggregate context,
 * not one per group, for a hash aggregate visits every child at each new group.
 *
 *	  fn_extra --> SharedMemory --> child of the aggregate context
 *						^------------ callback in it, run when it goes
 */
typedef struct SharedMemory
{
	MemoryContext parent;
	MemoryContext context;		/* NULL: gone */
} SharedMemory;

typedef struct SharedCallback
{
	MemoryContextCallback callback;
	SharedMemory *shared;
	MemoryContext context;
} SharedCallback;

/* The aggregate context was reset; states that start now need a new child. */
static void
forget_shared(void *arg)
{
	SharedCallback *gone = (SharedCallback *) arg;

	if (gone->shared->context == gone->context)
		gone->shared->context = NULL;
}

/* The child context for a state that starts now. */
static MemoryContext
shared_context(FunctionCallInfo fcinfo, MemoryContext parent)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	SharedMemory *shared = (SharedMemory *) flinfo->fn_extra;
	MemoryContext up = parent;
	MemoryContext context;
	SharedCallback *callback;

	if (shared && shared->context && shared->parent == parent)
		return shared->context;
	context = AllocSetContextCreate(parent, "journey counts",
									ALLOCSET_START_SMALL_SIZES);
	while (up != NULL && up != flinfo->fn_mcxt)
		up = MemoryContextGetParent(up);
	if (up == NULL)
		return context;			/* fn_extra may go before the states */
	if (shared == NULL)
		shared = flinfo->fn_extra =
			MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(SharedMemory));
	shared->parent = parent;
	shared->context = context;
	callback = (SharedCallback *) MemoryContextAllocZero(context, sizeof(SharedCallback));
	callback->callback.func = forget_shared;
	callback->callback.arg = callback;
	callback->shared = shared;
	callback->context = context;
	MemoryContextRegisterResetCallback(context, &callback->callback);
	return context;
}

/* An expanded object without counts. */
static JourneyCounts *
create_state(FunctionCallInfo fcinfo, MemoryContext parent)
{
	MemoryContext context = shared_context(fcinfo, parent);
	JourneyCounts *state;

	state = (JourneyCounts *) MemoryContextAllocZero(context, sizeof(JourneyCounts));
	EOH_init_header(&state->header, &counts_methods, context);
	return state;
}

/* A counts from bytes in the current memory context. */
static JnyCounts *
read_counts(const struct varlena *value, JourneySource source)
{
	JnyCounts   *counts;
	JnyError	err;

	if (jny_counts_read((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
					   &counts, &err) != JNY_OK)
		ereport(ERROR,
				(errcode(source == JOURNEY_FROM_STORED ? ERRCODE_DATA_CORRUPTED :
						 ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid journey_counts"),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected)));
	return counts;
}

/* A state that may be changed, from a datum of any form. */
static JourneyCounts *
own_state(FunctionCallInfo fcinfo, Datum datum, MemoryContext parent)
{
	JourneyCounts *state;
	MemoryContext old;
	struct varlena *value;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)))
	{
		state = (JourneyCounts *) DatumGetEOHP(datum);
		if (state->header.eoh_methods != &counts_methods)
			elog(ERROR, "unexpected kind of expanded object");
		return state;
	}
	value = PG_DETOAST_DATUM(datum);
	state = create_state(fcinfo, parent);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	state->counts = read_counts(value, JOURNEY_FROM_STORED);
	MemoryContextSwitchTo(old);
	return state;
}

/* A counts to read, from a datum of any form. */
static const JnyCounts *
open_counts(Datum datum)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
	{
		ExpandedObjectHeader *header = DatumGetEOHP(datum);

		if (header->eoh_methods == &counts_methods)
			return ((JourneyCounts *) header)->counts;
	}
	return read_counts(PG_DETOAST_DATUM(datum), JOURNEY_FROM_STORED);
}

/* ---- parameters ---- */

/* Appends bytes; most parameters fit without an allocation. */
static void
append_params(JourneyParams *params, const void *bytes, uint32 len)
{
	if (params->large == NULL && params->len + len > sizeof(params->bytes))
	{
		params->large = makeStringInfo();
		appendBinaryStringInfo(params->large, (const char *) params->bytes, params->len);
	}
	if (params->large)
		appendBinaryStringInfo(params->large, (const char *) bytes, (int) len);
	else
		memcpy(params->bytes + params->len, bytes, len);
	params->len += len;
}

/* A parameter is a length, PG_UINT32_MAX for NULL, and that many bytes. */
void
journey_params_put(JourneyParams *params, const void *bytes, uint32 len, bool isnull)
{
	uint8		head[4];

	jny_put32(head, isnull ? PG_UINT32_MAX : len);
	append_params(params, head, 4);
	if (!isnull)
		append_params(params, bytes, len);
}

/* Argument n, which is a varlena. */
void
journey_params_arg(JourneyParams *params, FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		journey_params_put(params, NULL, 0, true);
	else
	{
		struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n));

		journey_params_put(params, VARDATA_ANY(value),
						   (uint32) VARSIZE_ANY_EXHDR(value), false);
	}
}

/* Parameters of another shape than their owner writes can be a forgery only. */
static void
bad_params(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid journey_counts"),
			 errdetail("Its parameters are not those of the aggregate.")));
}

const uint8 *
journey_params_get(const JnyCounts *counts, uint32 *at, uint32 *len)
{
	const uint8 *from;

	if (*at + 4 > counts->nparams)
		bad_params();
	*len = jny_get32(counts->params + *at);
	*at += 4;
	if (*len == PG_UINT32_MAX)
	{
		*len = 0;
		return NULL;
	}
	if (*len > counts->nparams - *at)
		bad_params();
	from = counts->params + *at;
	*at += *len;
	return from;
}

JnyPattern *
journey_params_pattern(const JnyCounts *counts, uint32 *at)
{
	uint32		len;
	const uint8 *bytes = journey_params_get(counts, at, &len);
	struct varlena *value;

	if (bytes == NULL)
		return NULL;
	if (len == 0)
		bad_params();
	value = (struct varlena *) palloc(VARHDRSZ + len);
	SET_VARSIZE(value, VARHDRSZ + len);
	memcpy(VARDATA(value), bytes, len);
	return journey_pattern_compile(PointerGetDatum(value), CurrentMemoryContext);
}

/* ---- transitions ---- */

/* Refuses counts that another aggregate made. */
static void
check_shape(const JnyCounts *counts, const JourneyCountsShape *shape)
{
	if (counts->kind != shape->kind || counts->ncounts != shape->ncounts ||
		counts->nsums != shape->nsums)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid journey_counts"),
				 errdetail("It is the state of another aggregate.")));
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("support function of an aggregate called directly"),
				 errhint("Call the aggregate instead.")));
	return context;
}

JourneyCounts *
journey_counts_state(FunctionCallInfo fcinfo, const JourneyCountsShape *shape,
					const JourneyParams *params)
{
	MemoryContext context = aggregate_context(fcinfo);
	const uint8 *bytes = params->large ? (const uint8 *) params->large->data : params->bytes;
	JourneyCounts *state;

	if (PG_ARGISNULL(0))
	{
		MemoryContext old;

		state = create_state(fcinfo, context);
		old = MemoryContextSwitchTo(state->header.eoh_context);
		state->counts = jny_counts_create((uint8) shape->kind, shape->ncounts,
										shape->nsums, bytes, params->len);
		MemoryContextSwitchTo(old);
		return state;
	}
	state = own_state(fcinfo, PG_GETARG_DATUM(0), context);
	check_shape(state->counts, shape);
	if (state->counts->nparams != params->len ||
		memcmp(state->counts->params, bytes, params->len) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be the same for all rows of a group", shape->what),
				 errhint("Put what differs into GROUP BY, or call the aggregate once for each.")));
	return state;
}

Datum
journey_counts_unchanged(FunctionCallInfo fcinfo)
{
	aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* What a state can hold is bounded. */
static void
too_many_keys(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("aggregate has too many different things to count"),
			 errdetail("The limit is %d.", JNY_COUNTS_MAX_KEYS),
			 errhint("Coarsen event names or channels with relabel(), or look at fewer of them with keep().")));
}

uint32
journey_counts_put(JourneyCounts *state, const void *key, uint32 len)
{
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);
	uint32		i = jny_counts_put(state->counts, key, len);

	MemoryContextSwitchTo(old);
	if (i == PG_UINT32_MAX)
		too_many_keys();
	return i;
}

int64 *
journey_counts_at(JourneyCounts *state, const void *key, uint32 len)
{
	return jny_counts_of(state->counts, journey_counts_put(state, key, len));
}

void
journey_counts_add(JourneyCounts *state, const void *key, uint32 len, int k, double x)
{
	uint32		i = journey_counts_put(state, key, len);
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);

	jny_sum_add(&jny_counts_sums(state->counts, i)[k], x);
	MemoryContextSwitchTo(old);
}

/* Adds the second state to the first, which may be changed. */
JOURNEY_FUNCTION(journey_counts_combine);
Datum
journey_counts_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyCounts *state;
	const JnyCounts *other;
	MemoryContext old;
	JnyError	err;

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	other = open_counts(PG_GETARG_DATUM(1));
	state = PG_ARGISNULL(0) ? create_state(fcinfo, context) :
		own_state(fcinfo, PG_GETARG_DATUM(0), context);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	if (state->counts == NULL)
		state->counts = jny_counts_create(other->kind, other->ncounts, other->nsums,
										other->params, other->nparams);
	if (other->kind != state->counts->kind || other->ncounts != state->counts->ncounts ||
		other->nsums != state->counts->nsums || other->nparams != state->counts->nparams ||
		memcmp(other->params, state->counts->params, other->nparams) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parameters of the aggregate must be the same for all rows of a group"),
				 errhint("Put what differs into GROUP BY, or call the aggregate once for each.")));
	if (jny_counts_merge(state->counts, other, &err) != JNY_OK)
		too_many_keys();
	MemoryContextSwitchTo(old);
	PG_RETURN_JOURNEY_COUNTS(state);
}

const JnyCounts *
journey_counts_final(FunctionCallInfo fcinfo, const JourneyCountsShape *shape)
{
	const JnyCounts *counts;

	aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	counts = open_counts(PG_GETARG_DATUM(0));
	check_shape(counts, shape);
	return counts;
}

double
journey_sum_value(const JnySum *sum)
{
	double		value = jny_sum_value(sum);

	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of values is out of range")));
	return value;
}

/* ---- the type ---- */

/* In text counts is bytea: it is for machines that have no binary protocol. */
JOURNEY_FUNCTION(journey_counts_in);
Datum
journey_counts_in(PG_FUNCTION_ARGS)
{
	Datum		bytes = DirectFunctionCall1(byteain, PG_GETARG_DATUM(0));

	read_counts((const struct varlena *) DatumGetPointer(bytes), JOURNEY_FROM_BINARY);
	PG_RETURN_DATUM(bytes);
}

JOURNEY_FUNCTION(journey_counts_out);
Datum
journey_counts_out(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(byteaout, PointerGetDatum(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0))));
}

JOURNEY_FUNCTION(journey_counts_recv);
Datum
journey_counts_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;
	struct varlena *value = (struct varlena *) palloc(VARHDRSZ + len);

	SET_VARSIZE(value, VARHDRSZ + len);
	pq_copymsgbytes(buf, VARDATA(value), len);
	read_counts(value, JOURNEY_FROM_BINARY);
	PG_RETURN_POINTER(value);
}

JOURNEY_FUNCTION(journey_counts_send);
Datum
journey_counts_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
}

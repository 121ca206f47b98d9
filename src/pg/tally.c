/*
 * tally.c
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

#include "pg/tally.h"

/* ---- the expanded form ---- */

static Size
tally_flat_size(ExpandedObjectHeader *header)
{
	JourneyTally *state = (JourneyTally *) header;

	state->flat_size = VARHDRSZ + jny_tally_size(state->tally);
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
tally_flatten(ExpandedObjectHeader *header, void *result, Size size)
{
	JourneyTally *state = (JourneyTally *) header;

	Assert(size == state->flat_size);
	SET_VARSIZE(result, size);
	jny_tally_write(state->tally, (uint8 *) VARDATA(result));
}

static const ExpandedObjectMethods tally_methods = {
	tally_flat_size,
	tally_flatten
};

/* An expanded object without a tally, in a context of its own. */
static JourneyTally *
create_state(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "journey tally",
												  ALLOCSET_SMALL_SIZES);
	JourneyTally *state;

	state = (JourneyTally *) MemoryContextAllocZero(context, sizeof(JourneyTally));
	EOH_init_header(&state->header, &tally_methods, context);
	return state;
}

/* A tally from bytes in the current memory context. */
static JnyTally *
read_tally(const struct varlena *value, JourneySource source)
{
	JnyTally   *tally;
	JnyError	err;

	if (jny_tally_read((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
					   &tally, &err) != JNY_OK)
		ereport(ERROR,
				(errcode(source == JOURNEY_FROM_STORED ? ERRCODE_DATA_CORRUPTED :
						 ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid journey_tally"),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected)));
	return tally;
}

/* A state that may be changed, from a datum of any form. */
static JourneyTally *
own_state(Datum datum, MemoryContext parent)
{
	JourneyTally *state;
	MemoryContext old;
	struct varlena *value;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)))
	{
		state = (JourneyTally *) DatumGetEOHP(datum);
		if (state->header.eoh_methods != &tally_methods)
			elog(ERROR, "unexpected kind of expanded object");
		return state;
	}
	value = PG_DETOAST_DATUM(datum);
	state = create_state(parent);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	state->tally = read_tally(value, JOURNEY_FROM_STORED);
	MemoryContextSwitchTo(old);
	return state;
}

/* A tally to read, from a datum of any form. */
static const JnyTally *
open_tally(Datum datum)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
	{
		ExpandedObjectHeader *header = DatumGetEOHP(datum);

		if (header->eoh_methods == &tally_methods)
			return ((JourneyTally *) header)->tally;
	}
	return read_tally(PG_DETOAST_DATUM(datum), JOURNEY_FROM_STORED);
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
			 errmsg("invalid journey_tally"),
			 errdetail("Its parameters are not those of the aggregate.")));
}

const uint8 *
journey_params_get(const JnyTally *tally, uint32 *at, uint32 *len)
{
	const uint8 *from;

	if (*at + 4 > tally->nparams)
		bad_params();
	*len = jny_get32(tally->params + *at);
	*at += 4;
	if (*len == PG_UINT32_MAX)
	{
		*len = 0;
		return NULL;
	}
	if (*len > tally->nparams - *at)
		bad_params();
	from = tally->params + *at;
	*at += *len;
	return from;
}

JnyPattern *
journey_params_pattern(const JnyTally *tally, uint32 *at)
{
	uint32		len;
	const uint8 *bytes = journey_params_get(tally, at, &len);
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

/* Refuses a tally that another aggregate made. */
static void
check_shape(const JnyTally *tally, const JourneyTallyShape *shape)
{
	if (tally->kind != shape->kind || tally->ncounts != shape->ncounts ||
		tally->nsums != shape->nsums)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid journey_tally"),
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

JourneyTally *
journey_tally_state(FunctionCallInfo fcinfo, const JourneyTallyShape *shape,
					const JourneyParams *params)
{
	MemoryContext context = aggregate_context(fcinfo);
	const uint8 *bytes = params->large ? (const uint8 *) params->large->data : params->bytes;
	JourneyTally *state;

	if (PG_ARGISNULL(0))
	{
		MemoryContext old;

		state = create_state(context);
		old = MemoryContextSwitchTo(state->header.eoh_context);
		state->tally = jny_tally_create((uint8) shape->kind, shape->ncounts,
										shape->nsums, bytes, params->len);
		MemoryContextSwitchTo(old);
		return state;
	}
	state = own_state(PG_GETARG_DATUM(0), context);
	check_shape(state->tally, shape);
	if (state->tally->nparams != params->len ||
		memcmp(state->tally->params, bytes, params->len) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be the same for all rows of a group", shape->what),
				 errhint("Put what differs into GROUP BY, or call the aggregate once for each.")));
	return state;
}

Datum
journey_tally_unchanged(FunctionCallInfo fcinfo)
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
			 errdetail("The limit is %d.", JNY_TALLY_MAX_KEYS),
			 errhint("Coarsen event names or channels with relabel(), or look at fewer of them with keep().")));
}

/* The position of a key, in the memory of the state. */
static uint32
put_key(JourneyTally *state, const void *key, uint32 len)
{
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);
	uint32		i = jny_tally_put(state->tally, key, len);

	MemoryContextSwitchTo(old);
	if (i == PG_UINT32_MAX)
		too_many_keys();
	return i;
}

int64 *
journey_tally_count(JourneyTally *state, const void *key, uint32 len)
{
	return jny_tally_counts(state->tally, put_key(state, key, len));
}

void
journey_tally_add(JourneyTally *state, const void *key, uint32 len, int k, double x)
{
	uint32		i = put_key(state, key, len);
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);

	jny_sum_add(&jny_tally_sums(state->tally, i)[k], x);
	MemoryContextSwitchTo(old);
}

/* Adds the second state to the first, which may be changed. */
JOURNEY_FUNCTION(journey_tally_combine);
Datum
journey_tally_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyTally *state;
	const JnyTally *other;
	MemoryContext old;
	JnyError	err;

	if (PG_ARGISNULL(1))
		return journey_tally_unchanged(fcinfo);
	other = open_tally(PG_GETARG_DATUM(1));
	state = PG_ARGISNULL(0) ? create_state(context) :
		own_state(PG_GETARG_DATUM(0), context);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	if (state->tally == NULL)
		state->tally = jny_tally_create(other->kind, other->ncounts, other->nsums,
										other->params, other->nparams);
	if (other->kind != state->tally->kind || other->ncounts != state->tally->ncounts ||
		other->nsums != state->tally->nsums || other->nparams != state->tally->nparams ||
		memcmp(other->params, state->tally->params, other->nparams) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parameters of the aggregate must be the same for all rows of a group"),
				 errhint("Put what differs into GROUP BY, or call the aggregate once for each.")));
	if (jny_tally_merge(state->tally, other, &err) != JNY_OK)
		too_many_keys();
	MemoryContextSwitchTo(old);
	PG_RETURN_JOURNEY_TALLY(state);
}

const JnyTally *
journey_tally_final(FunctionCallInfo fcinfo, const JourneyTallyShape *shape)
{
	const JnyTally *tally;

	aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	tally = open_tally(PG_GETARG_DATUM(0));
	check_shape(tally, shape);
	return tally;
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

/* ---- rows ---- */

void
journey_rows_begin(FunctionCallInfo fcinfo, JourneyRows *rows)
{
	rows->type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	if (!OidIsValid(rows->type))
		elog(ERROR, "return type must be an array of rows");
	rows->desc = BlessTupleDesc(lookup_rowtype_tupdesc_copy(rows->type, -1));
	rows->state = initArrayResult(rows->type, CurrentMemoryContext, false);
}

void
journey_rows_add(JourneyRows *rows, Datum *values, bool *nulls)
{
	HeapTuple	tuple = heap_form_tuple(rows->desc, values, nulls);

	rows->state = accumArrayResult(rows->state, HeapTupleGetDatum(tuple), false,
								   rows->type, CurrentMemoryContext);
	heap_freetuple(tuple);
}

Datum
journey_rows_end(JourneyRows *rows)
{
	return makeArrayResult(rows->state, CurrentMemoryContext);
}

/* ---- the type ---- */

/* In text a tally is bytea: it is for machines that have no binary protocol. */
JOURNEY_FUNCTION(journey_tally_in);
Datum
journey_tally_in(PG_FUNCTION_ARGS)
{
	Datum		bytes = DirectFunctionCall1(byteain, PG_GETARG_DATUM(0));

	read_tally((const struct varlena *) DatumGetPointer(bytes), JOURNEY_FROM_BINARY);
	PG_RETURN_DATUM(bytes);
}

JOURNEY_FUNCTION(journey_tally_out);
Datum
journey_tally_out(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(byteaout, PointerGetDatum(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0))));
}

JOURNEY_FUNCTION(journey_tally_recv);
Datum
journey_tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;
	struct varlena *value = (struct varlena *) palloc(VARHDRSZ + len);

	SET_VARSIZE(value, VARHDRSZ + len);
	pq_copymsgbytes(buf, VARDATA(value), len);
	read_tally(value, JOURNEY_FROM_BINARY);
	PG_RETURN_POINTER(value);
}

JOURNEY_FUNCTION(journey_tally_send);
Datum
journey_tally_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
}

/*
 * bulk.c
 *	  journey_build: the journeys of all customers a query has rows of.
 *
 * The rows of the query go straight to a log (log.h), past the executor's own
 * grouping; journeys leave it part by part and spill with the tuplestore they
 * are returned in.
 */
#include "pg/onepass.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "utils/uuid.h"

#include "core/log_pack.h"

JOURNEY_FUNCTION(journey_build);

/* Columns of the query: customer, ts, event, channel, value. */
#define FEWEST_COLUMNS 3
#define MOST_COLUMNS 5

/* Takes the rows of the query. */
typedef struct Builder
{
	DestReceiver receiver;
	JourneyLog *log;
	Oid			customer;		/* type that is asked for */
	int			ncolumns;		/* 0 before the query has begun */
	Oid			type[MOST_COLUMNS];
	JnyPath		path;
	JnyLogPacker packer;
	ReturnSetInfo *result;
} Builder;

/* ---- rows in ---- */

/* What a column may be. */
static const char *const column_names[MOST_COLUMNS] = {
	"customer", "ts", "event", "channel", "value"
};

/* Whether column i may have a type; a domain stands for what it is made of. */
static bool
column_fits(const Builder *builder, int i, Oid type)
{
	switch (i)
	{
		case 0:
			if (builder->customer == INT8OID)
				return type == INT8OID || type == INT4OID || type == INT2OID;
			if (builder->customer == TEXTOID)
				return type == TEXTOID || type == VARCHAROID;
			return type == builder->customer;
		case 1:
			return type == TIMESTAMPTZOID || type == TIMESTAMPOID ||
				type == DATEOID;
		case 4:
			return type == FLOAT8OID || type == FLOAT4OID ||
				type == NUMERICOID || type == INT8OID || type == INT4OID ||
				type == INT2OID;
		default:
			return type == TEXTOID || type == VARCHAROID;
	}
}

/* What to do about a column of another type. */
static const char *
column_hint(int i)
{
	switch (i)
	{
		case 0:
			return "The type of customer is that of the second argument: journey_build(query, NULL::text) or NULL::uuid; without one it is bigint. Other types need a cast in the query.";
		case 1:
			return "It must be timestamptz, timestamp or date.";
		case 4:
			return "It must be a number.";
		default:
			return "Cast it to text in the query.";
	}
}

/* Checks what columns the query has. */
static void
builder_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	Builder    *builder = (Builder *) self;

	if (builder->ncolumns > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query must be one statement")));
	if (desc->natts < FEWEST_COLUMNS || desc->natts > MOST_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query must have 3 to 5 columns, not %d", desc->natts),
				 errhint("They are customer, ts, event and, if there are such, channel and value.")));
	for (int i = 0; i < desc->natts; i++)
	{
		Oid			type = TupleDescAttr(desc, i)->atttypid;

		builder->type[i] = getBaseType(type);
		if (!column_fits(builder, i, builder->type[i]))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column %d of the query, %s, must not be %s", i + 1,
							column_names[i], format_type_be(type)),
					 errhint("%s", column_hint(i))));
	}
	builder->ncolumns = desc->natts;
}

static int64
integer_datum(Datum datum, Oid type)
{
	return type == INT8OID ? DatumGetInt64(datum) :
		type == INT4OID ? DatumGetInt32(datum) : DatumGetInt16(datum);
}

static double
number_datum(Datum datum, Oid type)
{
	switch (type)
	{
		case FLOAT8OID:
			return DatumGetFloat8(datum);
		case FLOAT4OID:
			return DatumGetFloat4(datum);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8, datum));
		default:
			return (double) integer_datum(datum, type);
	}
}

/* The characters of a text; *copy is set if it had to be detoasted. */
static inline JnyName
text_datum(Datum datum, text **copy)
{
	text	   *value = (text *) DatumGetPointer(datum);

	if (VARATT_IS_EXTENDED(value) && !VARATT_IS_SHORT(value))
		value = *copy = (text *) PG_DETOAST_DATUM_PACKED(datum);
	return journey_text_name(value);
}

/* Appends an event of a customer. */
static pg_noinline void
put_event(Builder *builder, Datum customer, const JnyEvent *event)
{
	JourneyOnePassKey key;
	text	   *copy = NULL;

	if (builder->log->kind == JNY_LOG_INT)
		journey_int_key(&key, integer_datum(customer, builder->type[0]));
	else if (builder->log->kind == JNY_LOG_UUID)
		journey_uuid_key(&key, DatumGetUUIDP(customer));
	else
		journey_text_key(&key, text_datum(customer, &copy));
	journey_log_put(builder->log, &key.key, event);
	if (copy)
		pfree(copy);
}

/* One row; without customer, time or event it is ignored. */
static bool
builder_receive(TupleTableSlot *slot, DestReceiver *self)
{
	Builder    *builder = (Builder *) self;
	JnyName		channel = {"", 0};
	double		value = NAN;
	bool		has_value;
	text	   *copy[2] = {NULL, NULL};
	JnyEvent	event;

	slot_getsomeattrs(slot, builder->ncolumns);
	if (slot->tts_isnull[0] || slot->tts_isnull[1] || slot->tts_isnull[2])
		return true;
	event.ts = builder->type[1] == DATEOID ?
		journey_date_us(DatumGetDateADT(slot->tts_values[1])) :
		DatumGetInt64(slot->tts_values[1]);
	if (builder->ncolumns > 3 && !slot->tts_isnull[3])
		channel = text_datum(slot->tts_values[3], &copy[0]);
	has_value = builder->ncolumns > 4 && !slot->tts_isnull[4];
	if (has_value)
		value = number_datum(slot->tts_values[4], builder->type[4]);
	journey_log_event(builder->log, &event,
					  text_datum(slot->tts_values[2], &copy[1]), channel,
					  value, has_value);
	if (builder->type[0] == INT8OID && jny_log_is_plain(&event))
		journey_log_put_narrow(builder->log,
							   DatumGetInt64(slot->tts_values[0]), &event);
	else
		put_event(builder, slot->tts_values[0], &event);
	for (int i = 0; i < lengthof(copy); i++)
		if (copy[i])
			pfree(copy[i]);
	return true;
}

static void
builder_nothing(DestReceiver *self)
{
}

/* Runs the query with the snapshot of the caller, which may not write. */
static void
run_query(Builder *builder, const char *query)
{
	SPIExecuteOptions options = {
		.read_only = true,
		.must_return_tuples = true,
		.dest = &builder->receiver
	};

	builder->receiver.receiveSlot = builder_receive;
	builder->receiver.rStartup = builder_startup;
	builder->receiver.rShutdown = builder_nothing;
	builder->receiver.rDestroy = builder_nothing;
	builder->receiver.mydest = DestTuplestore;	/* anything but none */
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_extended(query, &options) != SPI_OK_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query must be a SELECT")));
	SPI_finish();
}

/* ---- journeys out ---- */

/* The customer of a record as a datum of the type that is asked for. */
static Datum
customer_datum(const Builder *builder, const uint64 *key)
{
	switch (builder->log->kind)
	{
		case JNY_LOG_INT:
			return Int64GetDatum((int64) key[0]);
		case JNY_LOG_UUID:
			return UUIDPGetDatum((const pg_uuid_t *) key);
		default:
			return PointerGetDatum(cstring_to_text_with_len((const char *) (key + 1),
															key[0] & PG_UINT16_MAX));
	}
}

/* His journey, valid until the next one; *copy is what is to be freed then. */
static Datum
journey_datum(Builder *builder, const JourneyLogVisit *visit, void **copy)
{
	size_t		len;
	uint8	   *bytes = NULL;

	if (visit->narrow)
		bytes = jny_log_pack(&builder->packer, visit->narrow, visit->n,
							 VARHDRSZ, &len);
	if (bytes)
	{
		SET_VARSIZE(bytes, len + VARHDRSZ);
		return PointerGetDatum(bytes);
	}
	builder->path.n = 0;
	builder->path.sorted = true;
	journey_log_path(visit, &builder->path);
	*copy = DatumGetPointer(journey_path_datum(&builder->path));
	return PointerGetDatum(*copy);
}

/* Returns one customer. */
static void
build_customer(void *arg, const JourneyLogVisit *visit)
{
	Builder    *builder = (Builder *) arg;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	void	   *copy = NULL;

	if (builder->packer.name == NULL)
		jny_log_packer_init(&builder->packer, builder->log->dict,
							visit->code, visit->nranks);
	values[0] = customer_datum(builder, visit->key);
	values[1] = journey_datum(builder, visit, &copy);
	tuplestore_putvalues(builder->result->setResult, builder->result->setDesc,
						 values, nulls);
	if (copy)
		pfree(copy);
	if (builder->log->kind == JNY_LOG_TEXT)
		pfree(DatumGetPointer(values[0]));
}

/*
 * The tuplestore of the result.  What it keeps lies in blocks as small as the
 * chunks of the log, one behind the other and not rounded up: so the memory of
 * parts that have been read serves again.  The context is that of all calls,
 * one after the other.
 */
static void
begin_result(Builder *builder, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result;
	MemoryContext old;

	InitMaterializedSRF(fcinfo, 0);
	result = builder->result = (ReturnSetInfo *) fcinfo->resultinfo;
	tuplestore_end(result->setResult);
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			GenerationContextCreate(fcinfo->flinfo->fn_mcxt, "built journeys",
									0, BLCKSZ, BLCKSZ);
	old = MemoryContextSwitchTo((MemoryContext) fcinfo->flinfo->fn_extra);
	result->setResult =
		tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
							  false, work_mem);
	MemoryContextSwitchTo(old);
}

/* How keys of a type are kept. */
static JnyLogKind
key_kind(Oid type)
{
	switch (type)
	{
		case INT8OID:
			return JNY_LOG_INT;
		case TEXTOID:
			return JNY_LOG_TEXT;
		case UUIDOID:
			return JNY_LOG_UUID;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("customer must be bigint, text or uuid, not %s",
							format_type_be(type)),
					 errhint("Cast it to one of them, here and in the query.")));
	}
}

/*
 * journey_build(query text) TABLE (customer bigint, journey journey)
 * journey_build(query text, key anyelement)
 *		TABLE (customer anyelement, journey journey)
 *
 * "key" tells a type; its value does not matter.
 */
Datum
journey_build(PG_FUNCTION_ARGS)
{
	Builder		builder = {.ncolumns = 0};
	MemoryContext context;
	MemoryContext old;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("query must not be null")));
	builder.customer = PG_NARGS() == 1 ? INT8OID :
		get_fn_expr_argtype(fcinfo->flinfo, 1);
	begin_result(&builder, fcinfo);
	context = AllocSetContextCreate(CurrentMemoryContext, "journey_build",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	builder.log = journey_log_create(context, key_kind(builder.customer), 0);
	run_query(&builder, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	jny_path_init(&builder.path, builder.log->dict);
	journey_log_visit(builder.log, build_customer, &builder);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	PG_RETURN_NULL();
}

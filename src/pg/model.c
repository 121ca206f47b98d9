/*
 * model.c
 *	  The type journey_model.
 *
 * In text it is the hexadecimal notation of its bytes, as bytea has it: what
 * is inside is read with the functions of its maker.
 */
#include "pg/model.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* ---- opening ---- */

static JnyCounts *
read_model(const struct varlena *value, int sqlerrcode, const char *message)
{
	JnyCounts  *counts;
	JnyError	err;

	if (jny_counts_read((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
						&counts, &err) != JNY_OK)
		ereport(ERROR,
				(errcode(sqlerrcode),
				 errmsg("%s", message),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected)));
	return counts;
}

/* Opens a model in a context of its own below the current one. */
static void
open_model(JourneyModel *model, struct varlena *stored,
		   const JourneyModelShape *shape)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(stored));
	MemoryContext old;
	JnyCounts  *counts;

	model->context = AllocSetContextCreate(CurrentMemoryContext, "journey model",
										   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(model->context);
	model->extra = NULL;
	model->stored = (struct varlena *) palloc(VARSIZE_ANY(stored));
	memcpy(model->stored, stored, VARSIZE_ANY(stored));
	counts = read_model(value, ERRCODE_DATA_CORRUPTED, "stored journey_model is damaged");
	MemoryContextSwitchTo(old);
	if (counts->kind != shape->kind || counts->ncounts != shape->ncounts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model is of another kind"),
				 errhint("Give a model made by %s().", shape->maker)));
	model->counts = counts;
}

JourneyModel *
journey_open_learned(Datum datum, const JourneyModelShape *shape)
{
	JourneyModel *model = (JourneyModel *) palloc0(sizeof(JourneyModel));

	open_model(model, (struct varlena *) DatumGetPointer(datum), shape);
	return model;
}

/* A model out of line is known by its pointer: it is not fetched each time. */
JourneyModel *
journey_getarg_model(FunctionCallInfo fcinfo, int n, const JourneyModelShape *shape)
{
	JourneyModel *model = (JourneyModel *) fcinfo->flinfo->fn_extra;
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(n);
	MemoryContext old;

	if (VARATT_IS_EXTERNAL_EXPANDED(value) || VARATT_IS_EXTERNAL_INDIRECT(value))
		value = PG_GETARG_VARLENA_PP(n);
	if (model && model->counts && VARSIZE_ANY(value) == VARSIZE_ANY(model->stored) &&
		memcmp(value, model->stored, VARSIZE_ANY(value)) == 0)
		return model;
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	if (model == NULL)
		fcinfo->flinfo->fn_extra = model = (JourneyModel *) palloc0(sizeof(JourneyModel));
	model->counts = NULL;
	if (model->context)
		MemoryContextDelete(model->context);
	model->context = NULL;
	open_model(model, value, shape);
	MemoryContextSwitchTo(old);
	return model;
}

Datum
journey_learned_datum(const JnyCounts *counts)
{
	size_t		size = VARHDRSZ + jny_counts_size(counts);
	struct varlena *value;

	if (size > MaxAllocSize)
		journey_tally_too_large();
	value = (struct varlena *) palloc(size);
	SET_VARSIZE(value, size);
	jny_counts_write(counts, (uint8 *) VARDATA(value));
	return PointerGetDatum(value);
}

/* ---- in and out ---- */

JOURNEY_FUNCTION(journey_model_in);
Datum
journey_model_in(PG_FUNCTION_ARGS)
{
	Datum		bytes = DirectFunctionCall1(byteain, PG_GETARG_DATUM(0));

	read_model((const struct varlena *) DatumGetPointer(bytes),
			   ERRCODE_INVALID_TEXT_REPRESENTATION, "invalid input for type journey_model");
	PG_RETURN_DATUM(bytes);
}

JOURNEY_FUNCTION(journey_model_out);
Datum
journey_model_out(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	size_t		n = VARSIZE_ANY_EXHDR(value);
	char	   *out = palloc(2 * n + 3);

	out[0] = '\\';
	out[1] = 'x';
	hex_encode(VARDATA_ANY(value), n, out + 2);
	out[2 * n + 2] = '\0';
	PG_RETURN_CSTRING(out);
}

JOURNEY_FUNCTION(journey_model_recv);
Datum
journey_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			n = buf->len - buf->cursor;
	struct varlena *value = (struct varlena *) palloc(VARHDRSZ + n);

	SET_VARSIZE(value, VARHDRSZ + n);
	pq_copymsgbytes(buf, VARDATA(value), n);
	read_model(value, ERRCODE_INVALID_BINARY_REPRESENTATION,
			   "invalid binary representation of a journey_model");
	PG_RETURN_POINTER(value);
}

JOURNEY_FUNCTION(journey_model_send);
Datum
journey_model_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

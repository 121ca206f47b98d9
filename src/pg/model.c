/*
 * model.c
 *	  The type journey_model.  What is inside is read with the functions of
 *	  its maker.
 */
#include "pg/model.h"

#include "utils/memutils.h"

#include "pg/bytes_io.h"

/* ---- opening ---- */

/* Opens a model in a context of its own below the current one. */
static void
open_model(JourneyModel *model, struct varlena *stored,
		   const JourneyModelShape *shape)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(stored));
	MemoryContext old;
	JnyCounts  *counts;
	JnyError	err;

	model->context = AllocSetContextCreate(CurrentMemoryContext, "journey model",
										   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(model->context);
	model->extra = NULL;
	model->stored = (struct varlena *) palloc(VARSIZE_ANY(stored));
	memcpy(model->stored, stored, VARSIZE_ANY(stored));
	if (jny_counts_read((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
						&counts, &err) != JNY_OK)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored journey_model is damaged"),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected)));
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

static JnyCode
check_model(const uint8 *bytes, size_t len, JnyError *err)
{
	JnyCounts  *counts;
	JnyCode		code = jny_counts_read(bytes, len, &counts, err);

	if (code == JNY_OK)
		jny_counts_free(counts);
	return code;
}

static const JourneyBytesType model_type = {
	"journey_model", "a journey_model",
	"A model is made by the aggregate churn_model() or next_model().", check_model
};

JOURNEY_FUNCTION(journey_model_in);
Datum
journey_model_in(PG_FUNCTION_ARGS)
{
	return journey_bytes_in(fcinfo, &model_type);
}

JOURNEY_FUNCTION(journey_model_out);
Datum
journey_model_out(PG_FUNCTION_ARGS)
{
	return journey_bytes_out(fcinfo);
}

JOURNEY_FUNCTION(journey_model_recv);
Datum
journey_model_recv(PG_FUNCTION_ARGS)
{
	return journey_bytes_recv(fcinfo, &model_type);
}

JOURNEY_FUNCTION(journey_model_send);
Datum
journey_model_send(PG_FUNCTION_ARGS)
{
	return journey_bytes_send(fcinfo);
}

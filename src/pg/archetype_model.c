/*
 * archetype_model.c
 *	  The type archetype_model: input, output, equality.
 *
 * A value is the bytes of core/cluster_model.h; its text form is their
 * hexadecimal notation, for what is inside is read with archetypes().  Every
 * way in goes through jny_model_open.
 */
#include "pg/archetype.h"

#include "common/hashfn.h"

#include "pg/bytes_io.h"

JOURNEY_FUNCTION(journey_archetype_model_in);
JOURNEY_FUNCTION(journey_archetype_model_out);
JOURNEY_FUNCTION(journey_archetype_model_recv);
JOURNEY_FUNCTION(journey_archetype_model_send);
JOURNEY_FUNCTION(journey_archetype_model_eq);
JOURNEY_FUNCTION(journey_archetype_model_ne);
JOURNEY_FUNCTION(journey_archetype_model_hash);
JOURNEY_FUNCTION(journey_archetype_model_hash_extended);

void
journey_open_model(Datum datum, JnyModelView *view)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);
	JnyError	err;

	if (jny_model_open((const uint8 *) VARDATA_ANY(value),
					   VARSIZE_ANY_EXHDR(value), view, &err) != JNY_OK)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 err.code == JNY_E_VERSION ?
				 errmsg("stored archetype_model has an unknown format") :
				 errmsg("stored archetype_model is damaged"),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected),
				 err.code == JNY_E_VERSION ?
				 errhint("It was written by a newer version of the extension; upgrade the extension.") : 0));
}

/* ---- in and out ---- */

static JnyCode
check_model(const uint8 *bytes, size_t len, JnyError *err)
{
	JnyModelView view;
	JnyCode		code = jny_model_open(bytes, len, &view, err);

	if (code == JNY_OK)
		jny_free(view.names);
	return code;
}

static const JourneyBytesType model_type = {
	"archetype_model", "an archetype_model",
	"A model is made by the aggregate archetype_model().", check_model
};

Datum
journey_archetype_model_in(PG_FUNCTION_ARGS)
{
	return journey_bytes_in(fcinfo, &model_type);
}

Datum
journey_archetype_model_out(PG_FUNCTION_ARGS)
{
	return journey_bytes_out(fcinfo);
}

Datum
journey_archetype_model_recv(PG_FUNCTION_ARGS)
{
	return journey_bytes_recv(fcinfo, &model_type);
}

Datum
journey_archetype_model_send(PG_FUNCTION_ARGS)
{
	return journey_bytes_send(fcinfo);
}

/* ---- equality: bytewise, for equal models have equal bytes ---- */

static bool
equal_models(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);

	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

Datum
journey_archetype_model_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(equal_models(fcinfo));
}

Datum
journey_archetype_model_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!equal_models(fcinfo));
}

Datum
journey_archetype_model_hash(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);

	return hash_any((unsigned char *) VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a));
}

Datum
journey_archetype_model_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(a),
							 VARSIZE_ANY_EXHDR(a), PG_GETARG_INT64(1));
}

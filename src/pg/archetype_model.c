/*
 * archetype_model.c
 *	  The type archetype_model: input, output, equality.
 *
 * A value is the bytes of core/cluster_model.h; its text form is their
 * hexadecimal notation behind "\x", as bytea has it, for what is inside is
 * read with archetypes().  Every way in goes through jny_model_open.
 */
#include "pg/archetype.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

JOURNEY_FUNCTION(journey_archetype_model_in);
JOURNEY_FUNCTION(journey_archetype_model_out);
JOURNEY_FUNCTION(journey_archetype_model_recv);
JOURNEY_FUNCTION(journey_archetype_model_send);
JOURNEY_FUNCTION(journey_archetype_model_eq);
JOURNEY_FUNCTION(journey_archetype_model_ne);
JOURNEY_FUNCTION(journey_archetype_model_hash);
JOURNEY_FUNCTION(journey_archetype_model_hash_extended);

/* Throws what jny_model_open found wrong with bytes from outside. */
static void
check_model(const uint8 *bytes, size_t len, int sqlerrcode, const char *message,
			struct Node *escontext)
{
	JnyModelView view;
	JnyError	err;

	if (jny_model_open(bytes, len, &view, &err) == JNY_OK)
		jny_free(view.names);
	else
		errsave(escontext,
				(errcode(sqlerrcode),
				 errmsg("%s", message),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected)));
}

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

/* ---- text ---- */

/* The value of a hexadecimal digit, or -1. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

Datum
journey_archetype_model_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	size_t		len = strlen(input);
	size_t		n = len / 2 - (len >= 2);
	size_t		at = 2;
	uint8	   *bytes = palloc(VARHDRSZ + n + 1);

	if (len < 2 || input[0] != '\\' || input[1] != 'x')
		at = 0;
	else
		for (; at + 1 < len; at += 2)
		{
			int			high = hex_digit(input[at]);
			int			low = hex_digit(input[at + 1]);

			if (high < 0 || low < 0)
				break;
			bytes[VARHDRSZ + at / 2 - 1] = (uint8) (high * 16 + low);
		}
	if (at == 0 || at != len)
	{
		errsave(JOURNEY_ESCONTEXT(fcinfo),
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type archetype_model"),
				 errdetail("At offset %zu: expected %s.", at,
						   at == 0 ? "\"\\x\"" : "two hexadecimal digits"),
				 errhint("A model is made by the aggregate archetype_model().")));
		PG_RETURN_NULL();
	}
	check_model(bytes + VARHDRSZ, n, ERRCODE_INVALID_TEXT_REPRESENTATION,
				"invalid input for type archetype_model",
				JOURNEY_ESCONTEXT(fcinfo));
	return journey_model_datum(bytes, n);
}

Datum
journey_archetype_model_out(PG_FUNCTION_ARGS)
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

/* ---- binary ---- */

Datum
journey_archetype_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			n = buf->len - buf->cursor;
	uint8	   *bytes = palloc(VARHDRSZ + n);

	pq_copymsgbytes(buf, (char *) bytes + VARHDRSZ, n);
	check_model(bytes + VARHDRSZ, n, ERRCODE_INVALID_BINARY_REPRESENTATION,
				"invalid binary representation of an archetype_model", NULL);
	return journey_model_datum(bytes, n);
}

Datum
journey_archetype_model_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
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

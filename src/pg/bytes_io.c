/*
 * bytes_io.c
 *	  Input and output of a type whose value is bytes that the engine checks.
 */
#include "pg/bytes_io.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"

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

/*
 * The bytes that text stands for, behind a varlena header; their number in *n.
 * NULL, and *at where it stops making sense, if it is not hexadecimal.
 */
static uint8 *
read_hex(const char *text, size_t *n, size_t *at)
{
	size_t		len = strlen(text);
	uint8	   *bytes;

	*at = 0;
	if (len < 2 || text[0] != '\\' || text[1] != 'x')
		return NULL;
	bytes = (uint8 *) palloc(VARHDRSZ + len / 2);
	*n = 0;
	for (*at = 2; *at < len; *at += 2)
	{
		int			high = hex_digit(text[*at]);
		int			low = hex_digit(text[*at + 1]);

		if (high < 0 || low < 0)
			return NULL;
		bytes[VARHDRSZ + (*n)++] = (uint8) (high * 16 + low);
	}
	return bytes;
}

Datum
journey_bytes_in(FunctionCallInfo fcinfo, const JourneyBytesType *type)
{
	size_t		n;
	size_t		at;
	uint8	   *bytes = read_hex(PG_GETARG_CSTRING(0), &n, &at);
	JnyError	err;

	if (bytes == NULL)
	{
		errsave(JOURNEY_ESCONTEXT(fcinfo),
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", type->name),
				 errdetail("At offset %zu: expected %s.", at,
						   at == 0 ? "\"\\x\"" : "two hexadecimal digits"),
				 errhint("%s", type->hint)));
		PG_RETURN_NULL();
	}
	if (type->check(bytes + VARHDRSZ, n, &err) != JNY_OK)
	{
		errsave(JOURNEY_ESCONTEXT(fcinfo),
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input for type %s", type->name),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected)));
		PG_RETURN_NULL();
	}
	SET_VARSIZE(bytes, VARHDRSZ + n);
	PG_RETURN_POINTER(bytes);
}

Datum
journey_bytes_out(FunctionCallInfo fcinfo)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	size_t		n = VARSIZE_ANY_EXHDR(value);
	char	   *out = (char *) palloc(2 * n + 3);

	out[0] = '\\';
	out[1] = 'x';
	hex_encode(VARDATA_ANY(value), n, out + 2);
	out[2 * n + 2] = '\0';
	PG_RETURN_CSTRING(out);
}

Datum
journey_bytes_recv(FunctionCallInfo fcinfo, const JourneyBytesType *type)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			n = buf->len - buf->cursor;
	uint8	   *bytes = (uint8 *) palloc(VARHDRSZ + n);
	JnyError	err;

	pq_copymsgbytes(buf, (char *) bytes + VARHDRSZ, n);
	if (type->check(bytes + VARHDRSZ, n, &err) != JNY_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary representation of %s", type->one),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected)));
	SET_VARSIZE(bytes, VARHDRSZ + n);
	PG_RETURN_POINTER(bytes);
}

Datum
journey_bytes_send(FunctionCallInfo fcinfo)
{
	PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
}

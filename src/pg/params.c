/*
 * params.c
 *	  Parameters of an aggregate across customers: checked, kept as bytes in
 *	  its state, and read back.
 */
#include "pg/params.h"

/* ---- writing ---- */

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

void
journey_params_put(JourneyParams *params, const void *bytes, uint32 len, bool isnull)
{
	uint8		head[4];

	jny_put32(head, isnull ? PG_UINT32_MAX : len);
	append_params(params, head, 4);
	if (!isnull)
		append_params(params, bytes, len);
}

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

void
journey_params_args(JourneyParams *params, FunctionCallInfo fcinfo, int n,
					const char *types)
{
	for (; n < PG_NARGS(); n++, types++)
	{
		const Interval *interval;
		uint8		bytes[16];

		if (PG_ARGISNULL(n) || *types == 'v')
		{
			journey_params_arg(params, fcinfo, n);
			continue;
		}
		if (*types == 'I')
		{
			interval = PG_GETARG_INTERVAL_P(n);
			jny_put64(bytes, (uint64) interval->time);
			jny_put32(bytes + 8, (uint32) interval->day);
			jny_put32(bytes + 12, (uint32) interval->month);
		}
		else
			jny_put64(bytes, (uint64) (*types == 'i' ? PG_GETARG_INT32(n) : PG_GETARG_INT64(n)));
		journey_params_put(params, bytes, *types == 'I' ? 16 : 8, false);
	}
}

void
journey_params_put_int64(JourneyParams *params, int64 number)
{
	uint8		bytes[8];

	jny_put64(bytes, (uint64) number);
	journey_params_put(params, bytes, 8, false);
}

void
journey_params_put_double(JourneyParams *params, double number)
{
	int64		bits;

	memcpy(&bits, &number, sizeof(bits));
	journey_params_put_int64(params, bits);
}

/* ---- reading ---- */

void
journey_params_bad(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid journey_tally"),
			 errdetail("Its parameters are not those of the aggregate.")));
}

const uint8 *
journey_params_next(const uint8 *bytes, uint32 nbytes, uint32 *at, uint32 *len)
{
	const uint8 *from;

	if (nbytes < 4 || *at > nbytes - 4)
		journey_params_bad();
	*len = jny_get32(bytes + *at);
	*at += 4;
	if (*len == PG_UINT32_MAX)
	{
		*len = 0;
		return NULL;
	}
	if (*len > nbytes - *at)
		journey_params_bad();
	from = bytes + *at;
	*at += *len;
	return from;
}

const uint8 *
journey_params_get(const JnyCounts *counts, uint32 *at, uint32 *len)
{
	return journey_params_next(counts->params, counts->nparams, at, len);
}

int64
journey_params_int64(const JnyCounts *counts, uint32 *at)
{
	uint32		len;
	const uint8 *bytes = journey_params_get(counts, at, &len);

	if (bytes == NULL || len != 8)
		journey_params_bad();
	return (int64) jny_get64(bytes);
}

double
journey_params_double(const JnyCounts *counts, uint32 *at)
{
	int64		bits = journey_params_int64(counts, at);
	double		number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

JnyPattern *
journey_params_compile(const uint8 *bytes, uint32 len)
{
	struct varlena *value = (struct varlena *) palloc(VARHDRSZ + (size_t) len);

	if (len == 0)
		journey_params_bad();
	SET_VARSIZE(value, VARHDRSZ + len);
	memcpy(VARDATA(value), bytes, len);
	return journey_pattern_compile(PointerGetDatum(value), CurrentMemoryContext);
}

JnyPattern *
journey_params_pattern(const JnyCounts *counts, uint32 *at)
{
	uint32		len;
	const uint8 *bytes = journey_params_get(counts, at, &len);

	return bytes ? journey_params_compile(bytes, len) : NULL;
}

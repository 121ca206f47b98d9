/*
 * datum.c
 *	  Datums of our types as the engine sees them, and back.
 */
#include "pg/datum.h"

#include "common/int.h"
#include "utils/builtins.h"

JnyName
journey_getarg_name(FunctionCallInfo fcinfo, int n)
{
	JnyName		none = {"", 0};

	if (PG_ARGISNULL(n))
		return none;
	return journey_text_name(PG_GETARG_TEXT_PP(n));
}

/* The bytes of a journey datum, detoasted if need be, not copied else. */
static const uint8 *
datum_bytes(Datum datum, size_t *len)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	journey_prefetch_next(value);
	value = PG_DETOAST_DATUM_PACKED(datum);
	*len = VARSIZE_ANY_EXHDR(value);
	return (const uint8 *) VARDATA_ANY(value);
}

void
journey_open_datum(Datum datum, JnyView *view)
{
	size_t		len;
	const uint8 *bytes = datum_bytes(datum, &len);
	JnyError	err;

	if (jny_open(bytes, len, JNY_CHECK_SAFE, view, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_STORED);
}

void
journey_getarg_view(FunctionCallInfo fcinfo, int n, JnyView *view)
{
	journey_open_datum(PG_GETARG_DATUM(n), view);
}

void
journey_getarg_places(FunctionCallInfo fcinfo, int n, JnyView *view)
{
	size_t		len;
	const uint8 *bytes = datum_bytes(PG_GETARG_DATUM(n), &len);
	JnyError	err;

	if (jny_open_places(bytes, len, view, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_STORED);
}

void
journey_open_rest(JnyView *view)
{
	JnyError	err;

	if (jny_open(view->bytes, view->len, JNY_CHECK_SAFE, view, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_STORED);
}

Datum
journey_path_datum(JnyPath *path)
{
	JnyError	err;
	size_t		len;
	uint8	   *bytes = jny_path_pack(path, VARHDRSZ, &len, &err);

	if (bytes == NULL)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	SET_VARSIZE(bytes, len + VARHDRSZ);
	return PointerGetDatum(bytes);
}

text *
journey_name_text(JnyName name)
{
	return cstring_to_text_with_len(name.data, (int) name.len);
}

int64
journey_interval_us(const Interval *interval, const char *what)
{
	int64		us;

	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a fixed length of time", what),
				 errdetail("Months and years have no fixed length."),
				 errhint("Use weeks, days, hours or smaller units, for example '30 days'.")));
	if (pg_mul_s64_overflow((int64) interval->day, USECS_PER_DAY, &us) ||
		pg_add_s64_overflow(us, interval->time, &us) || us < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is out of range", what),
				 errdetail("It must not be negative, and at most about 292,000 years.")));
	return us;
}

Interval *
journey_us_interval(uint64 us)
{
	Interval   *interval = (Interval *) palloc(sizeof(Interval));

	interval->month = 0;
	interval->day = (int32) (us / (uint64) USECS_PER_DAY);
	interval->time = (int64) (us % (uint64) USECS_PER_DAY);
	return interval;
}

int64
journey_date_us(DateADT date)
{
	if (DATE_IS_NOBEGIN(date))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(date))
		return DT_NOEND;
	if (date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return END_TIMESTAMP;
	return (int64) date * USECS_PER_DAY;
}

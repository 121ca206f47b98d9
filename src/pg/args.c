/*
 * args.c
 *	  Arguments of functions and aggregates: read, and refused.
 */
#include "pg/args.h"

#include <math.h>

void
journey_check_not_null(FunctionCallInfo fcinfo, int n, const char *what)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", what)));
}

int32
journey_check_range(FunctionCallInfo fcinfo, int n, const char *what,
					int32 low, int32 high)
{
	int32		value;

	journey_check_not_null(fcinfo, n, what);
	value = PG_GETARG_INT32(n);
	if (value < low || value > high)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between %d and %d", what, low, high),
				 errdetail("It is %d.", value)));
	return value;
}

/* ---- numbers ---- */

double
journey_getarg_value(FunctionCallInfo fcinfo, int n)
{
	double		value = PG_GETARG_FLOAT8(n);

	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("value must be a finite number"),
				 errdetail("It is %g.", value)));
	return value + 0.0;
}

double
journey_getarg_days(FunctionCallInfo fcinfo, int n)
{
	double		days = PG_GETARG_FLOAT8(n);

	if (!(days >= 0) || isinf(days))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days must be a finite number that is not negative"),
				 errdetail("It is %g.", days),
				 errhint("It is the time from the start to what happened, or to the last day it was known not to have.")));
	return days + 0.0;
}

double
journey_getarg_positive(FunctionCallInfo fcinfo, int n, const char *what,
						const char *detail)
{
	double		value;

	journey_check_not_null(fcinfo, n, what);
	value = PG_GETARG_FLOAT8(n);
	if (!(value > 0) || isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be positive and finite", what),
				 detail ? errdetail("%s", detail) : 0));
	return value;
}

double
journey_check_share(double share, const char *what, const char *hint)
{
	if (!(share > 0 && share < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between 0 and 1", what),
				 errdetail("It is %g.", share),
				 errhint("%s", hint)));
	return share;
}

double
journey_check_confidence(double confidence)
{
	return journey_check_share(confidence, "confidence", "Write 0.95 for 95 %.");
}

/* ---- the rest ---- */

int64
journey_getarg_as_of(FunctionCallInfo fcinfo, int n, const char *hint)
{
	int64		as_of;

	journey_check_not_null(fcinfo, n, "as_of");
	as_of = PG_GETARG_TIMESTAMPTZ(n);
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite"),
				 hint ? errhint("%s", hint) : 0));
	return as_of;
}

void
journey_refuse_filters(const JnyPattern *pattern, const char *columns)
{
	if (pattern->needs_channel || pattern->needs_value)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pattern asks for the %s of events, which is not given",
						pattern->needs_channel ? "channel" : "value"),
				 errhint("Use the form with all columns: (%s); a column you do not have can be NULL.", columns)));
}

void
journey_argument_changed(const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be the same for all rows of a group", what),
			 errhint("%s", hint)));
}

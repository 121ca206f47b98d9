/*
 * args.h
 *	  Arguments of functions and aggregates: read, and refused.
 *
 * "what" names an argument in the message.
 */
#ifndef JOURNEY_ARGS_H
#define JOURNEY_ARGS_H

#include "pg/datum.h"

/* NULL (22004). */
extern void journey_check_not_null(FunctionCallInfo fcinfo, int n,
								   const char *what);

/* An integer that is NULL (22004) or outside low .. high (22023). */
extern int32 journey_check_range(FunctionCallInfo fcinfo, int n,
								 const char *what, int32 low, int32 high);

/*
 * Argument n as a number: finite, for -0 the number 0; also not negative, a time
 * in days; also positive.  All else is 22023.
 */
extern double journey_getarg_value(FunctionCallInfo fcinfo, int n);
extern double journey_getarg_days(FunctionCallInfo fcinfo, int n);
extern double journey_getarg_positive(FunctionCallInfo fcinfo, int n,
									  const char *what, const char *detail);

/* A share strictly between 0 and 1, of NaN and the rest 22023; a confidence. */
extern double journey_check_share(double share, const char *what, const char *hint);
extern double journey_check_confidence(double confidence);

/* The time as_of in argument n: NULL is 22004, infinite 22008. */
extern int64 journey_getarg_as_of(FunctionCallInfo fcinfo, int n, const char *hint);

/*
 * Refuses (22023) a pattern with filters where rows come without channel and
 * value; "columns" are the arguments of the form that has them.
 */
extern void journey_refuse_filters(const JnyPattern *pattern, const char *columns);

/* Says (22023) that an argument differs between rows of a group. */
extern void journey_argument_changed(const char *what, const char *hint) pg_attribute_noreturn();

#endif							/* JOURNEY_ARGS_H */

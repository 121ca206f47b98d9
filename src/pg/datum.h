/*
 * datum.h
 *	  Datums of our types as the engine sees them, and back.
 */
#ifndef JOURNEY_DATUM_H
#define JOURNEY_DATUM_H

#include "pg/compat.h"
#include "pg/error.h"
#include "core/path.h"
#include "core/pattern.h"

#include "utils/timestamp.h"

/* The characters of a text datum, detoasted but not copied. */
static inline JnyName
journey_text_name(const text *t)
{
	JnyName		name = {VARDATA_ANY(t), (uint32) VARSIZE_ANY_EXHDR(t)};

	return name;
}

/* Argument n as a name; an absent (NULL) one is the empty name. */
extern JnyName journey_getarg_name(FunctionCallInfo fcinfo, int n);

/*
 * Opens journey argument n, checked SAFE (XX001 if damaged).  No copy unless
 * the value is toasted; valid for the rest of the call.
 */
extern void journey_getarg_view(FunctionCallInfo fcinfo, int n, JnyView *view);

/* The same for a Datum that is no argument. */
extern void journey_open_datum(Datum datum, JnyView *view);

/*
 * The compiled pattern in argument n.  The last one is kept in fn_extra-owned
 * memory (see journey_pattern_cached), so a constant is parsed once a query.
 */
extern const JnyPattern *journey_getarg_pattern(FunctionCallInfo fcinfo, int n);

/* Packs a path into a new journey datum in the current memory context. */
extern Datum journey_path_datum(JnyPath *path);

/* A fresh text datum. */
extern text *journey_name_text(JnyName name);

/*
 * Microseconds of an interval argument that must be a fixed length: months and
 * years are refused (22023).  "what" names the argument in the message.  A day
 * is 24 hours.
 */
extern int64 journey_interval_us(const Interval *interval, const char *what);

/* An interval of so many microseconds, with days split off (24 h each). */
extern Interval *journey_us_interval(int64 us);

#endif							/* JOURNEY_DATUM_H */

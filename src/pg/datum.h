/*
 * datum.h
 *	  Datums of our types as the engine sees them, and back.
 */
#ifndef JOURNEY_DATUM_H
#define JOURNEY_DATUM_H

#include "pg/compat.h"
#include "pg/error.h"
#include "core/path.h"
#include "core/match.h"

#include "utils/date.h"
#include "utils/timestamp.h"

/* The characters of a text datum, detoasted but not copied. */
static inline JnyName
journey_text_name(const text *t)
{
	JnyName		name = {VARDATA_ANY(t), (uint32) VARSIZE_ANY_EXHDR(t)};

	return name;
}

/*
 * Refuses a row that cannot be an event: one comparison each, and a call only
 * if something is wrong.  Without a value it is NaN.
 */
static inline void
journey_check_row(int64 ts, JnyName name, JnyName channel, double value,
				  bool has_value)
{
	if (unlikely(!jny_event_fine(ts, name, channel, value) ||
				 (has_value && isnan(value))))
		journey_refuse_row(ts, name, channel, value, has_value);
}

/* Argument n as a name; an absent (NULL) one is the empty name. */
extern JnyName journey_getarg_name(FunctionCallInfo fcinfo, int n);

/* Bytes in front of a value that the next call of a scan is going to read. */
#define JOURNEY_PREFETCH 1024

/*
 * Asks the processor for what the next row will want.  A heap page is filled
 * from its end, so the tuple that a scan reads next lies right in front of this
 * one; where that is not so, nothing is lost.  A hint: the address need not
 * exist.
 */
static inline void
journey_prefetch_next(const void *value)
{
	uintptr_t	at = (uintptr_t) value;

	for (int i = PG_CACHE_LINE_SIZE / 2; i <= JOURNEY_PREFETCH; i += PG_CACHE_LINE_SIZE / 2)
		__builtin_prefetch((const void *) (at - i));
}

/*
 * Opens journey argument n, checked SAFE (XX001 if damaged).  No copy unless
 * the value is toasted; valid for the rest of the call.
 */
extern void journey_getarg_view(FunctionCallInfo fcinfo, int n, JnyView *view);

/* The same, but no more than jny_open_places opens. */
extern void journey_getarg_places(FunctionCallInfo fcinfo, int n, JnyView *view);

/* Opens such a view as journey_getarg_view has it. */
extern void journey_open_rest(JnyView *view);

/* As journey_getarg_view, for a Datum that is no argument. */
extern void journey_open_datum(Datum datum, JnyView *view);

/*
 * What a plain function keeps from row to row, in flinfo->fn_extra, all of it
 * in fn_mcxt:
 *
 *	  pattern[n] --> the bytes of pattern argument n and what they compiled to
 *	  hits       --> a buffer that grows with the longest journey so far
 *	  masks      --> the same for names under a pattern; reset n before use
 *
 * A set-returning function that uses SRF_FIRSTCALL_INIT has no fn_extra to
 * give: it calls journey_pattern_compile itself.  "hits" and "masks" serve one
 * pattern at a time.
 */
#define JOURNEY_PATTERN_ARGS 8	/* patterns among the first so many arguments */

typedef struct JourneyPatternSlot
{
	MemoryContext context;		/* holds the two below; NULL: unused */
	bool		constant;		/* the argument is the same in every call */
	struct varlena *bytes;
	JnyPattern *pattern;
} JourneyPatternSlot;

typedef struct JourneyCallCache
{
	JourneyPatternSlot pattern[JOURNEY_PATTERN_ARGS];
	JnyHits		hits;
	JnyMasks	masks;
} JourneyCallCache;

extern JourneyCallCache *journey_call_cache(FunctionCallInfo fcinfo);

/*
 * The compiled pattern in argument n, which must not be NULL.  It is kept in
 * the call cache, so a constant is parsed once a query; it is valid until the
 * function is called with another pattern there.
 */
extern const JnyPattern *journey_getarg_pattern(FunctionCallInfo fcinfo, int n);

/* Compiles a pattern datum into memory of the given context. */
extern JnyPattern *journey_pattern_compile(Datum datum, MemoryContext context);

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

/*
 * Midnight in UTC of a date.  A date that no timestamp reaches gives a time
 * that is out of range, which whoever takes times refuses.
 */
extern int64 journey_date_us(DateADT date);

/*
 * Microseconds from one legal time to another that is not earlier.  From one
 * end of the calendar to the other they do not fit int64, but fit uint64.
 */
static inline uint64
journey_us_between(int64 from, int64 to)
{
	return (uint64) to - (uint64) from;
}

/*
 * An interval of so many microseconds, with days split off (24 h each): that
 * holds the whole calendar.
 */
extern Interval *journey_us_interval(uint64 us);

#endif							/* JOURNEY_DATUM_H */

/*
 * core.h
 *	  The switch header of the engine.
 *
 * The same sources compile into the server extension and, with -DFRONTEND,
 * into stand-alone tests and fuzzers that link libpgcommon and libpgport.
 * Everything in src/core includes this first and nothing from the server
 * beyond c.h-level headers: no fmgr, varlena, catalog or ereport.
 *
 * Failure is a result code plus a position (JnyError); src/pg/error.c turns
 * it into the one right ereport.
 */
#ifndef JOURNEY_CORE_H
#define JOURNEY_CORE_H

#ifdef FRONTEND
#include "postgres_fe.h"
#define JNY_CHECK_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"
#include "miscadmin.h"
#define JNY_CHECK_INTERRUPTS() CHECK_FOR_INTERRUPTS()
#endif

#include "datatype/timestamp.h"

/* Loops over data look for a cancel request once per this many elements. */
#define JNY_INTERRUPT_MASK 0xFFFF

/*
 * Limits.  Each is checked on every way in and named in the error (54000).
 */
#define JNY_MAX_EVENTS		100000000	/* events of one journey */
#define JNY_MAX_NAMES		65536	/* distinct event names of one journey */
#define JNY_MAX_CHANNELS	65535	/* distinct channels of one journey */
#define JNY_MAX_NAME_BYTES	4096	/* bytes of an event name or a channel */
#define JNY_MAX_BYTES		((size_t) 0x3ffffff0)	/* bytes of one journey */
#define JNY_MAX_ITEMS		64	/* items (steps) of one pattern */
#define JNY_MAX_NESTING		32	/* parentheses within parentheses */
#define JNY_MAX_PATTERN_BYTES	65536	/* text of one pattern */

typedef enum JnyCode
{
	JNY_OK = 0,
	/* damaged or foreign bytes */
	JNY_E_CORRUPT,				/* "expected" says which rule is broken */
	JNY_E_VERSION,				/* a format version or flag we do not know */
	/* text that does not parse: at, len and expected are set */
	JNY_E_SYNTAX,
	/* an event that cannot be: design, section 2 */
	JNY_E_INFINITE_TIME,
	JNY_E_TIME_RANGE,
	JNY_E_EMPTY_NAME,
	JNY_E_VALUE,				/* NaN or infinity */
	/* limits: limit is set */
	JNY_E_MAX_EVENTS,
	JNY_E_MAX_NAMES,
	JNY_E_MAX_CHANNELS,
	JNY_E_MAX_NAME_BYTES,
	JNY_E_MAX_BYTES,
	JNY_E_MAX_ITEMS,
	JNY_E_MAX_NESTING,
	JNY_E_MAX_PATTERN_BYTES,
	JNY_E_MAX_MIXED_ITEMS,		/* "=>" together with too many "->" */
	JNY_E_MAX_UNITS				/* quantifiers ask for too many events */
} JnyCode;

/*
 * Where and why something failed.  "at" is a byte offset into the input and
 * "len" the bytes found there (0 at the end of the input).  "expected" is a
 * static text, lower case, no period.
 */
typedef struct JnyError
{
	JnyCode		code;
	size_t		at;
	size_t		len;
	int64		limit;
	const char *expected;
} JnyError;

/* A string slice: not terminated, not owned. */
typedef struct JnyName
{
	const char *data;
	uint32		len;
} JnyName;

/* Fills err and returns its code, so that callers can "return jny_fail(..)". */
static inline JnyCode
jny_fail(JnyError *err, JnyCode code, size_t at, size_t len, int64 limit,
		 const char *expected)
{
	err->code = code;
	err->at = at;
	err->len = len;
	err->limit = limit;
	err->expected = expected;
	return code;
}

/* Orders two names bytewise, a prefix before what it starts. */
static inline int
jny_name_cmp(JnyName a, JnyName b)
{
	int			c = memcmp(a.data, b.data, Min(a.len, b.len));

	if (c != 0)
		return c;
	return (a.len > b.len) - (a.len < b.len);
}

/*
 * Allocation.  In the server memory comes from CurrentMemoryContext (a
 * reallocation stays in the context of the chunk) and may pass 1 GB; running
 * out raises 53200 there.  Stand-alone it is the heap.
 */
#ifdef FRONTEND
#include "common/fe_memutils.h"
#define jny_alloc(size) pg_malloc(size)
#define jny_alloc0(size) pg_malloc0(size)
#define jny_realloc(ptr, size) pg_realloc(ptr, size)
#define jny_free(ptr) pg_free(ptr)
#else
#define jny_alloc(size) MemoryContextAllocHuge(CurrentMemoryContext, (size))
#define jny_alloc0(size) \
	MemoryContextAllocExtended(CurrentMemoryContext, (size), \
							   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO)
#define jny_realloc(ptr, size) repalloc_huge(ptr, size)
#define jny_free(ptr) pfree(ptr)
#endif

#endif							/* JOURNEY_CORE_H */

/*
 * error.h
 *	  From a core result code to the one right ereport.
 */
#ifndef JOURNEY_ERROR_H
#define JOURNEY_ERROR_H

#include "pg/compat.h"
#include "core/core.h"

/* What was being read, which decides SQLSTATE and wording. */
typedef enum JourneySource
{
	JOURNEY_FROM_TEXT,			/* input of type journey */
	JOURNEY_FROM_PATTERN,		/* input of type journey_pattern */
	JOURNEY_FROM_BINARY,		/* receive functions, serialized states */
	JOURNEY_FROM_STORED,		/* a value that is already in the database */
	JOURNEY_FROM_EVENT			/* arguments of an aggregate or function */
} JourneySource;

/*
 * Throws err; never returns unless escontext asks for soft errors, in which
 * case the caller returns NULL.  input/len is the text being parsed, for
 * JOURNEY_FROM_TEXT and JOURNEY_FROM_PATTERN.
 */
extern void journey_save_error(const JnyError *err, JourneySource source,
							   const char *input, size_t len,
							   struct Node *escontext);

/* The same for everything that is not an input function. */
extern void journey_throw(const JnyError *err, JourneySource source) pg_attribute_noreturn();

/* Refuses the bytes of a state that came from another process. */
extern void journey_bad_state(void) pg_attribute_noreturn();

/*
 * Refuses an event that came as a row if jny_event_check does: tells its time
 * and name, and how such rows are found.
 */
extern void journey_refuse_row(int64 ts, JnyName name, JnyName channel,
							   double value, bool has_value);

#endif							/* JOURNEY_ERROR_H */

/*
 * bytes_io.h
 *	  Input and output of a type whose value is bytes that the engine checks.
 *
 * Its text form is their hexadecimal notation behind "\x", as bytea has it; its
 * binary form is the bytes.
 */
#ifndef JOURNEY_BYTES_IO_H
#define JOURNEY_BYTES_IO_H

#include "pg/compat.h"
#include "core/core.h"

/* Whether bytes are a value; err says where not. */
typedef JnyCode (*JourneyBytesCheck) (const uint8 *bytes, size_t len, JnyError *err);

typedef struct JourneyBytesType
{
	const char *name;
	const char *one;			/* the name behind its article */
	const char *hint;			/* how to come by a value */
	JourneyBytesCheck check;
} JourneyBytesType;

/*
 * What the four functions of the type return.  Text that is not hexadecimal or
 * not a value is 22P02, softly where the server asks for that; other bytes are
 * 22P03.
 */
extern Datum journey_bytes_in(FunctionCallInfo fcinfo, const JourneyBytesType *type);
extern Datum journey_bytes_out(FunctionCallInfo fcinfo);
extern Datum journey_bytes_recv(FunctionCallInfo fcinfo, const JourneyBytesType *type);
extern Datum journey_bytes_send(FunctionCallInfo fcinfo);

#endif							/* JOURNEY_BYTES_IO_H */

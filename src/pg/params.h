/*
 * params.h
 *	  Parameters of an aggregate across customers: checked, kept as bytes in
 *	  its state, and read back.
 *
 * They stand one behind the other, each as a length, PG_UINT32_MAX for NULL,
 * and that many bytes: equal bytes, equal parameters, on any machine.
 */
#ifndef JOURNEY_PARAMS_H
#define JOURNEY_PARAMS_H

#include "pg/args.h"
#include "core/counts.h"

#include "lib/stringinfo.h"

typedef struct JourneyParams
{
	uint8		bytes[64];
	StringInfo	large;			/* when they do not fit */
	uint32		len;
} JourneyParams;

extern void journey_params_put(JourneyParams *params, const void *bytes,
							   uint32 len, bool isnull);

/* Argument n, which is a varlena. */
extern void journey_params_arg(JourneyParams *params, FunctionCallInfo fcinfo,
							   int n);

/*
 * The arguments from n on, by type: v varlena, i integer, z timestamptz,
 * I interval.
 */
extern void journey_params_args(JourneyParams *params, FunctionCallInfo fcinfo,
								int n, const char *types);

/* Numbers. */
extern void journey_params_put_int64(JourneyParams *params, int64 number);
extern void journey_params_put_double(JourneyParams *params, double number);

static inline const uint8 *
journey_params_bytes(const JourneyParams *params)
{
	return params->large ? (const uint8 *) params->large->data : params->bytes;
}

/*
 * The next parameter, which begins at *at; NULL for NULL.  Bytes that their
 * owner did not write are an error (XX001).
 */
extern const uint8 *journey_params_next(const uint8 *bytes, uint32 nbytes,
										uint32 *at, uint32 *len);

/* The same from counts. */
extern const uint8 *journey_params_get(const JnyCounts *counts, uint32 *at,
									   uint32 *len);

/* A number among the parameters of counts; NULL is an error (XX001). */
extern int64 journey_params_int64(const JnyCounts *counts, uint32 *at);
extern double journey_params_double(const JnyCounts *counts, uint32 *at);

/* A pattern among the parameters of counts, compiled; NULL for NULL. */
extern JnyPattern *journey_params_pattern(const JnyCounts *counts, uint32 *at);

/* The bytes of a parameter that is a pattern, compiled. */
extern JnyPattern *journey_params_compile(const uint8 *bytes, uint32 len);

/* Says (XX001) that parameters are not those that their owner writes. */
extern void journey_params_bad(void) pg_attribute_noreturn();

#endif							/* JOURNEY_PARAMS_H */

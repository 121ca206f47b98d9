/*
 * counts.h
 *	  The state of aggregates across customers, and the rows they return.
 *
 *	  journey_counts, in memory            journey_counts, flat
 *	    expanded object --> JnyCounts  <-->  varlena of jny_counts_write
 *	                    --> what the parameters compile to
 *
 * One concrete type is the state of several aggregates, told apart by a kind:
 * an executor that aggregates in parts can send it anywhere, and combining is
 * the same addition for all.  Transitions work in place on the expanded form.
 */
#ifndef JOURNEY_PG_COUNTS_H
#define JOURNEY_PG_COUNTS_H

#include "pg/datum.h"
#include "pg/tally.h"
#include "core/counts.h"

#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/expandeddatum.h"

typedef enum JourneyCountsKind
{
	JOURNEY_COUNTS_SURVIVAL = 1,
	JOURNEY_COUNTS_LOG_RANK,
	JOURNEY_COUNTS_ATTRIBUTION,
	JOURNEY_COUNTS_LIFT,
	JOURNEY_COUNTS_RULES,
	JOURNEY_COUNTS_RETENTION
} JourneyCountsKind;

/* What an aggregate keeps for each key. */
typedef struct JourneyCountsShape
{
	JourneyCountsKind kind;
	uint8		ncounts;
	uint8		nsums;
	const char *what;			/* names the parameters in a message */
} JourneyCountsShape;

typedef struct JourneyCounts
{
	ExpandedObjectHeader header;
	JnyCounts   *counts;			/* all of it in header.eoh_context */
	void	   *extra;			/* the owner's, in the same memory */
	size_t		flat_size;
} JourneyCounts;

/* Parameters of a call as bytes: equal bytes, equal parameters. */
typedef struct JourneyParams
{
	uint8		bytes[64];
	StringInfo	large;			/* when they do not fit */
	uint32		len;
} JourneyParams;

/*
 * Parameters are put one behind the other and read back in the same order.
 * An argument that is NULL is put as such, and read back as NULL.
 */
extern void journey_params_put(JourneyParams *params, const void *bytes,
							   uint32 len, bool isnull);
extern void journey_params_arg(JourneyParams *params, FunctionCallInfo fcinfo,
							   int n);
extern const uint8 *journey_params_get(const JnyCounts *counts, uint32 *at,
									   uint32 *len);

/* A pattern among the parameters, compiled; NULL for NULL. */
extern JnyPattern *journey_params_pattern(const JnyCounts *counts, uint32 *at);

/*
 * For transition functions (state, ..): the state in argument 0, or a new one
 * with these parameters.  Refuses (22023) parameters that changed.
 */
extern JourneyCounts *journey_counts_state(FunctionCallInfo fcinfo,
										 const JourneyCountsShape *shape,
										 const JourneyParams *params);

/* What a transition function returns. */
#define PG_RETURN_JOURNEY_COUNTS(state) \
	PG_RETURN_DATUM(EOHPGetRWDatum(&(state)->header))

/* A transition without a row to count: the state as it came in. */
extern Datum journey_counts_unchanged(FunctionCallInfo fcinfo);

/* The position of a key, in the memory of the state; limits are errors. */
extern uint32 journey_counts_put(JourneyCounts *state, const void *key, uint32 len);

/* The counts of a key; valid until the next new one. */
extern int64 *journey_counts_at(JourneyCounts *state, const void *key, uint32 len);

/* Adds to sum k of a key. */
extern void journey_counts_add(JourneyCounts *state, const void *key, uint32 len,
							  int k, double x);

/* For final functions: the counts in argument 0, not to be changed. */
extern const JnyCounts *journey_counts_final(FunctionCallInfo fcinfo,
										   const JourneyCountsShape *shape);

/* A sum as a number; refuses (22003) one that ran over. */
extern double journey_sum_value(const JnySum *sum);

#endif							/* JOURNEY_PG_COUNTS_H */

/*
 * counts.h
 *	  Aggregates whose journey_tally has counts and sums under keys of bytes.
 *
 * The state of one aggregate is told from that of another by its kind.
 */
#ifndef JOURNEY_PG_COUNTS_H
#define JOURNEY_PG_COUNTS_H

#include "pg/result.h"
#include "pg/tally.h"

typedef enum JourneyCountsKind
{
	JOURNEY_COUNTS_SURVIVAL = 1,
	JOURNEY_COUNTS_LOG_RANK,
	JOURNEY_COUNTS_ATTRIBUTION,
	JOURNEY_COUNTS_LIFT,
	JOURNEY_COUNTS_RULES,
	JOURNEY_COUNTS_RETENTION,
	JOURNEY_COUNTS_WARNING,
	JOURNEY_COUNTS_CALIBRATION,
	JOURNEY_COUNTS_CHURN,
	JOURNEY_COUNTS_CHURN_MODEL,
	JOURNEY_COUNTS_NEXT,
	JOURNEY_COUNTS_NEXT_MODEL,
	JOURNEY_COUNTS_MEANS,
	JOURNEY_COUNTS_RANKS,
	JOURNEY_COUNTS_TIMES,
	JOURNEY_COUNTS_METRICS,
	JOURNEY_COUNTS_ANOMALIES
} JourneyCountsKind;

/* What an aggregate keeps for each key. */
typedef struct JourneyCountsShape
{
	JourneyCountsKind kind;
	uint8		ncounts;
	uint8		nsums;
	const char *what;			/* names the parameters in a message */
} JourneyCountsShape;

/* A journey_tally whose content is counts. */
typedef JourneyTally JourneyCounts;

/*
 * For transition functions (state, ..): the state in argument 0, or a new one
 * with these parameters.  Refuses (22023) parameters that changed.
 */
extern JourneyCounts *journey_counts_state(FunctionCallInfo fcinfo,
										 const JourneyCountsShape *shape,
										 const JourneyParams *params);

/* What a transition function returns, with and without a row to count. */
#define PG_RETURN_JOURNEY_COUNTS(state) PG_RETURN_JOURNEY_TALLY(state)
#define journey_counts_unchanged(fcinfo) journey_tally_unchanged(fcinfo)

/* The position of a key, in the memory of the state; limits are errors. */
extern uint32 journey_counts_put(JourneyCounts *state, const void *key, uint32 len);

/* The counts of a key; valid until the next new one. */
extern int64 *journey_counts_at(JourneyCounts *state, const void *key, uint32 len);

/* Keeps the largest of the values given for a key that JNY_COUNTS_LARGEST begins. */
extern void journey_counts_keep_largest(JourneyCounts *state, const void *key,
										uint32 len, int64 value);

/* Add to sum k of a key: a number, and a product, unrounded. */
extern void journey_counts_add(JourneyCounts *state, const void *key, uint32 len,
							  int k, double x);
extern void journey_counts_add_product(JourneyCounts *state, const void *key, uint32 len,
									   int k, double x, double y);

/* For final functions: the counts in argument 0, not to be changed. */
extern const JnyCounts *journey_counts_final(FunctionCallInfo fcinfo,
										   const JourneyCountsShape *shape);

/*
 * What the parameters compile to, as "read" makes it in the current memory
 * context: once for all groups that have the same.  It may hold buffers that
 * grow in header.eoh_context; they serve one call at a time.
 */
typedef void *(*JourneyCountsRead) (const JnyCounts *counts);
extern void *journey_counts_extra(JourneyCounts *state, JourneyCountsRead read);

#endif							/* JOURNEY_PG_COUNTS_H */

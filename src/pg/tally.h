/*
 * tally.h
 *	  The state of every aggregate that sums up over customers.
 *
 *	  journey_tally, in memory               journey_tally, flat
 *		expanded object --> JnyTally   <-->	 varlena of jny_tally_write
 *						or	JnyCounts  <-->	 varlena of jny_counts_write
 *						--> what the parameters compile to
 *
 * It is one concrete type, so that any executor can ship and combine partial
 * results.  Its content has one of two forms, which the first byte tells: a
 * report counts under names of events and keeps lists of times (report.h),
 * counts stand under keys of any bytes (counts.h).  While rows are added it
 * changes in place; it becomes bytes only to travel.
 */
#ifndef JOURNEY_TALLY_PG_H
#define JOURNEY_TALLY_PG_H

#include "pg/params.h"
#include "core/counts.h"
#include "core/tally.h"

#include "utils/expandeddatum.h"

typedef struct JourneyTally
{
	ExpandedObjectHeader header;
	JnyTally   *report;			/* one of these two, NULL in a new state; all */
	JnyCounts  *counts;			/* of it in header.eoh_context */
	void	   *extra;			/* what the parameters compile to, or NULL */
	void	   *own;			/* what the owner keeps for this state, or NULL */
	Size		flat_size;		/* as get_flat_size has told it */
} JourneyTally;

/* The memory context of an aggregate; refuses (0A000) any other caller. */
extern MemoryContext journey_tally_aggregate(FunctionCallInfo fcinfo);

/*
 * For transition functions (state, ..): the state in argument 0, to be
 * changed, or a new one that has no content yet.
 */
extern JourneyTally *journey_tally_state(FunctionCallInfo fcinfo);

/* For final functions: the state in argument 0, not to be changed, or NULL. */
extern const JourneyTally *journey_tally_final(FunctionCallInfo fcinfo);

/* A transition without a row to count: the state as it came in. */
extern Datum journey_tally_unchanged(FunctionCallInfo fcinfo);

/* What a transition function returns. */
#define PG_RETURN_JOURNEY_TALLY(state) \
	PG_RETURN_DATUM(EOHPGetRWDatum(&(state)->header))

/*
 * Refuses (22023) parameters other than those of the state.  "what" names them
 * in the message.
 */
extern void journey_tally_check_params(const JourneyTally *state,
									   const JourneyParams *params,
									   const char *what);

/* Says (22023) that a state is that of another aggregate. */
extern void journey_tally_foreign(void) pg_attribute_noreturn();

/*
 * Where all states of an aggregate that have the same parameters keep what
 * these compile to, in header.eoh_context: NULL until someone sets it.
 */
extern void **journey_tally_extra(JourneyTally *state);

/* Says (54000) that a tally is too large to travel. */
extern void journey_tally_too_large(void) pg_attribute_noreturn();

#endif							/* JOURNEY_TALLY_PG_H */

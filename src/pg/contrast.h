/*
 * contrast.h
 *	  What the aggregates that compare an outcome with and without something
 *	  have in common.
 */
#ifndef JOURNEY_PG_CONTRAST_H
#define JOURNEY_PG_CONTRAST_H

#include "pg/counts.h"
#include "core/contrast.h"

/* When a name was first and last seen in a stretch of events. */
typedef struct JourneySpan
{
	uint32		code;
	int64		first;
	int64		last;
} JourneySpan;

typedef struct JourneySpans
{
	JnyName    *names;			/* of the view */
	uint32	   *at;				/* by code: position + 1, or 0 */
	JourneySpan *span;
	uint32	   *id;				/* by position: room for journey_spans_count */
	uint32		n;
	uint32		events;
} JourneySpans;

/* Room for the names of a view; forgets what was added. */
extern void journey_spans_init(JourneySpans *spans, const JnyView *view);
extern void journey_spans_reset(JourneySpans *spans);

/* Adds an event, in order of time. */
extern void journey_spans_add(JourneySpans *spans, uint32 code, int64 ts);

/*
 * Counts a stretch of events in one cell: the stretch itself, its names, and
 * pairs of different names whose second one comes at the time of the first or
 * later, as "->" has it.  O(names^2).
 */
extern void journey_spans_count(JourneyCounts *state, JourneySpans *spans,
								int cell);

/* The 17 columns from customers_with to extra_high, from column "at" on. */
extern void journey_contrast_columns(const JnyContrast *is, Datum *values,
									 bool *nulls, int at);

#endif							/* JOURNEY_PG_CONTRAST_H */

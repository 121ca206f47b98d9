/*
 * flow.h
 *	  One journey into a tally: stages of a funnel, transitions, flows, paths.
 *
 * Each function counts one more customer and returns false when the lists of
 * the tally grow too large to travel.  All run in the memory context of the
 * tally.
 */
#ifndef JOURNEY_FLOW_H
#define JOURNEY_FLOW_H

#include "core/match.h"
#include "core/tally.h"

/* The node that stands for all that are not among the largest of a step. */
#define JNY_FLOW_OTHER (PG_UINT32_MAX - 1)

/*
 * The codes that the names of a view have in a tally; release gives back what
 * did not fit in "few".
 */
#define JNY_FLOW_FEW 128

typedef struct JnyFlowNames
{
	uint32	   *code;
	uint32		few[JNY_FLOW_FEW];
} JnyFlowNames;

extern void jny_flow_names(JnyFlowNames *names, JnyTally *tally,
						   const JnyView *view);
extern void jny_flow_names_release(JnyFlowNames *names);

/*
 * Stage i (from 0): customers that reach it, events that match the step
 * (times), time since the step before (list).  An optional step that is left
 * out has no time; with "in any order" none has.
 */
extern bool jny_flow_stages(JnyTally *tally, const JnyPattern *pattern,
							const JnyHits *hits, const JnyAttempt *attempt);

/* Adds the values of the events that are hits to a sum. */
extern void jny_flow_values(JnySum *sum, const JnyView *view,
							const JnyHits *hits);

/* Pairs of consecutive events: customers, times, time between (list). */
extern bool jny_flow_pairs(JnyTally *tally, const JnyView *view);

/*
 * Steps from an event on (forward), or from an event back to the beginning:
 * key (step, node, next node away from the anchor).
 */
extern void jny_flow_steps(JnyTally *tally, const JnyView *view, uint32 from,
						   uint32 max_steps, bool forward);

/*
 * The path of the first "end" events, repeats once, as text, cut after
 * max_steps.  Returns its entry, customers and times (converted) counted.
 */
extern JnyTallyEntry *jny_flow_path(JnyTally *tally, const JnyView *view,
									uint32 end, uint32 max_steps,
									bool converted);

/*
 * The edges of a tally of steps with all but the "top" largest nodes of each
 * step as JNY_FLOW_OTHER, in a new tally: totals are conserved.
 */
extern void jny_flow_fold(JnyTally *out, const JnyTally *tally, uint32 top);

#endif							/* JOURNEY_FLOW_H */

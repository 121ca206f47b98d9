/*
 * report.h
 *	  Aggregates whose journey_tally is a report: counts under names of events,
 *	  with lists of times.
 */
#ifndef JOURNEY_REPORT_H
#define JOURNEY_REPORT_H

#include "pg/result.h"
#include "pg/tally.h"

/* The reports; the numbers travel. */
typedef enum JourneyReport
{
	JOURNEY_REPORT_STAGES = 1,
	JOURNEY_REPORT_PAIRS,
	JOURNEY_REPORT_FLOWS,
	JOURNEY_REPORT_FLOWS_TO,
	JOURNEY_REPORT_PATHS,
	JOURNEY_REPORT_DROPS,
	JOURNEY_REPORT_SEQUENCES
} JourneyReport;

/*
 *	  (journey_tally, journey, .. parameters ..)
 *
 * The state of a transition function.  The parameters are the arguments from
 * "first" on; "types" are theirs, as journey_params_args takes them.  All rows
 * of a group must agree in them (22023).
 */
extern JourneyTally *journey_report_state(FunctionCallInfo fcinfo,
										  JourneyReport report, int first,
										  const char *types);

/* For final functions: the report, not to be changed; NULL without a row. */
extern const JnyTally *journey_report_final(FunctionCallInfo fcinfo,
											JourneyReport report);

/* The bytes of parameter n, from 0; NULL for NULL. */
extern const uint8 *journey_report_param(const JnyTally *report, int n,
										 uint32 *len);

/* Parameters of their types, which must not be NULL. */
extern int64 journey_report_int64(const JnyTally *report, int n);
extern Interval journey_report_interval(const JnyTally *report, int n);
extern JnyPattern *journey_report_pattern(const JnyTally *report, int n);

static inline bool
journey_report_null(const JnyTally *report, int n)
{
	uint32		len;

	return journey_report_param(report, n, &len) == NULL;
}

/* The hits of pattern argument n, which must be a step when "step" is set. */
extern const JnyHits *journey_report_hits(FunctionCallInfo fcinfo, int n,
										  const JnyView *view, bool step);

#endif							/* JOURNEY_REPORT_H */

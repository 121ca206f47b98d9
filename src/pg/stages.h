/*
 * stages.h
 *	  The rows of funnel_stages, however the customers were counted.
 */
#ifndef JOURNEY_STAGES_H
#define JOURNEY_STAGES_H

#include "pg/report.h"

/*
 * journey_stage_row[] of a tally that jny_flow_stages filled, for a final
 * function; the revenue columns are NULL unless "money".
 */
extern Datum journey_stages_rows(FunctionCallInfo fcinfo, const JnyTally *tally,
								 const JnyPattern *pattern, bool money);

#endif							/* JOURNEY_STAGES_H */

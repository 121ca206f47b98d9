/*
 * calibration.h
 *	  Rows that compare probabilities with what happened.
 */
#ifndef JOURNEY_PG_CALIBRATION_H
#define JOURNEY_PG_CALIBRATION_H

#include "pg/result.h"
#include "core/calibration.h"

/*
 * One row of type journey_calibration_row per bin that is not empty, then one
 * for all; none without forecasts, which must ascend by p.
 */
extern Datum journey_calibration_rows(FunctionCallInfo fcinfo,
									  const JnyForecast *forecast, uint32 n);

#endif							/* JOURNEY_PG_CALIBRATION_H */

/*
 * calibration.h
 *	  Rows that compare probabilities with what happened.
 */
#ifndef JOURNEY_PG_CALIBRATION_H
#define JOURNEY_PG_CALIBRATION_H

#include "pg/result.h"
#include "core/calibration.h"

/*
 * Gives "put" a row of type journey_calibration_row per bin that is not empty,
 * then one for all; none without forecasts, which must ascend by p.
 */
typedef void (*JourneyRowPut) (void *to, Datum *values, bool *nulls);
extern void journey_calibration_rows(const JnyForecast *forecast, uint32 n,
									 JourneyRowPut put, void *to);

#endif							/* JOURNEY_PG_CALIBRATION_H */

/*
 * result.h
 *	  Rows of a final function that returns an array of a row type.
 */
#ifndef JOURNEY_RESULT_H
#define JOURNEY_RESULT_H

#include "pg/datum.h"
#include "core/sum.h"

#include <math.h>

#include "access/htup_details.h"

/*
 * Between begin and end each put adds a row of the type of which the function
 * returns an array, in the current memory context.
 */
typedef struct JourneyRows
{
	TupleDesc	desc;
	Oid			type;
	Datum	   *row;
	int			n;
	int			cap;
} JourneyRows;

extern void journey_rows_begin(JourneyRows *rows, FunctionCallInfo fcinfo);
extern void journey_rows_put(JourneyRows *rows, Datum *values, bool *nulls);
extern Datum journey_rows_end(JourneyRows *rows);

/* One row of the type that the function returns. */
extern Datum journey_row_datum(FunctionCallInfo fcinfo, Datum *values, bool *nulls);

/* A double for a row; NaN is NULL. */
static inline void
journey_rows_number(Datum *values, bool *nulls, int column, double value)
{
	nulls[column] = isnan(value);
	values[column] = Float8GetDatum(isnan(value) ? 0 : value);
}

/* A sum, and one as a number; refuse (22003) what ran over. */
extern double journey_check_sum(double sum);
extern double journey_sum_value(const JnySum *sum);

#endif							/* JOURNEY_RESULT_H */

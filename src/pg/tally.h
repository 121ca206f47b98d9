/*
 * tally.h
 *	  The state of every aggregate that sums up over customers.
 *
 * It is one concrete type, journey_tally, so that any executor can ship and
 * combine partial results.  While rows are added it is an expanded object in
 * the aggregate context and changes in place; it becomes bytes only to travel.
 */
#ifndef JOURNEY_TALLY_PG_H
#define JOURNEY_TALLY_PG_H

#include "pg/datum.h"
#include "core/tally.h"

#include "access/htup_details.h"

/* The reports; the numbers travel. */
typedef enum JourneyReport
{
	JOURNEY_REPORT_STAGES = 1,
	JOURNEY_REPORT_PAIRS,
	JOURNEY_REPORT_FLOWS,
	JOURNEY_REPORT_FLOWS_TO,
	JOURNEY_REPORT_PATHS,
	JOURNEY_REPORT_DROPS
} JourneyReport;

/*
 *	  (journey_tally, journey, settings ..)
 *
 * The state of a transition function.  "form" tells the type of each setting:
 * v a varlena, i integer, z timestamptz, I interval.  All rows of a group must
 * agree in them (22023).
 */
extern JnyTally *journey_tally_trans(FunctionCallInfo fcinfo,
									 JourneyReport report, const char *form);

/* What a transition function returns: its state. */
extern Datum journey_tally_datum(FunctionCallInfo fcinfo, JnyTally *tally);

/* Everything a tally allocates goes here. */
extern MemoryContext journey_tally_context(JnyTally *tally);

/* For final functions: the state, not to be changed; NULL without a row. */
extern const JnyTally *journey_tally_final(FunctionCallInfo fcinfo,
										   JourneyReport report);

/* A setting as the type it has; NULL settings are for the caller. */
static inline bool
journey_setting_null(const JnyTally *tally, int n)
{
	return n >= tally->nsettings || tally->setting[n].data == NULL;
}

extern int32 journey_setting_int32(const JnyTally *tally, int n);
extern int64 journey_setting_int64(const JnyTally *tally, int n);
extern const Interval *journey_setting_interval(const JnyTally *tally, int n);
extern JnyPattern *journey_setting_pattern(const JnyTally *tally, int n);

/* Refuse arguments: NULL (22004), out of range (22023). */
extern void journey_tally_not_null(FunctionCallInfo fcinfo, int n,
								   const char *what);
extern int32 journey_tally_range(FunctionCallInfo fcinfo, int n,
								 const char *what, int32 low, int32 high);

/* Says (54000) that the lists of a tally are too large to travel. */
extern void journey_tally_too_large(void) pg_attribute_noreturn();

/* The hits of pattern argument n, which must be a step when "step" is set. */
extern const JnyHits *journey_tally_hits(FunctionCallInfo fcinfo, int n,
										 const JnyView *view, bool step);

/* Rows of a final function that returns an array of a row type. */
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

/* A double for a row; NaN is NULL. */
static inline void
journey_rows_number(Datum *values, bool *nulls, int column, double value)
{
	nulls[column] = isnan(value);
	values[column] = Float8GetDatum(isnan(value) ? 0 : value);
}

/* A sum, out of range refused (22003). */
extern Datum journey_sum_datum(const JnySum *sum);

#endif							/* JOURNEY_TALLY_PG_H */

/*
 * tally.h
 *	  The state of aggregates across customers, and the rows they return.
 *
 *	  journey_tally, in memory            journey_tally, flat
 *	    expanded object --> JnyTally  <-->  varlena of jny_tally_write
 *	                    --> what the parameters compile to
 *
 * One concrete type is the state of several aggregates, told apart by a kind:
 * an executor that aggregates in parts can send it anywhere, and combining is
 * the same addition for all.  Transitions work in place on the expanded form.
 */
#ifndef JOURNEY_PG_TALLY_H
#define JOURNEY_PG_TALLY_H

#include "pg/datum.h"
#include "core/tally.h"

#include "access/tupdesc.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/expandeddatum.h"

typedef enum JourneyTallyKind
{
	JOURNEY_TALLY_SURVIVAL = 1,
	JOURNEY_TALLY_LOG_RANK,
	JOURNEY_TALLY_ATTRIBUTION,
	JOURNEY_TALLY_LIFT,
	JOURNEY_TALLY_RULES,
	JOURNEY_TALLY_RETENTION
} JourneyTallyKind;

/* What an aggregate keeps for each key. */
typedef struct JourneyTallyShape
{
	JourneyTallyKind kind;
	uint8		ncounts;
	uint8		nsums;
	const char *what;			/* names the parameters in a message */
} JourneyTallyShape;

typedef struct JourneyTally
{
	ExpandedObjectHeader header;
	JnyTally   *tally;			/* all of it in header.eoh_context */
	void	   *extra;			/* the owner's, in the same memory */
	size_t		flat_size;
} JourneyTally;

/* Parameters of a call as bytes: equal bytes, equal parameters. */
typedef struct JourneyParams
{
	uint8		bytes[64];
	StringInfo	large;			/* when they do not fit */
	uint32		len;
} JourneyParams;

/*
 * Parameters are put one behind the other and read back in the same order.
 * An argument that is NULL is put as such, and read back as NULL.
 */
extern void journey_params_put(JourneyParams *params, const void *bytes,
							   uint32 len, bool isnull);
extern void journey_params_arg(JourneyParams *params, FunctionCallInfo fcinfo,
							   int n);
extern const uint8 *journey_params_get(const JnyTally *tally, uint32 *at,
									   uint32 *len);

/* A pattern among the parameters, compiled; NULL for NULL. */
extern JnyPattern *journey_params_pattern(const JnyTally *tally, uint32 *at);

/*
 * For transition functions (state, ..): the state in argument 0, or a new one
 * with these parameters.  Refuses (22023) parameters that changed.
 */
extern JourneyTally *journey_tally_state(FunctionCallInfo fcinfo,
										 const JourneyTallyShape *shape,
										 const JourneyParams *params);

/* What a transition function returns. */
#define PG_RETURN_JOURNEY_TALLY(state) \
	PG_RETURN_DATUM(EOHPGetRWDatum(&(state)->header))

/* A transition without a row to count: the state as it came in. */
extern Datum journey_tally_unchanged(FunctionCallInfo fcinfo);

/* The counts of a key, in the memory of the state; limits are errors. */
extern int64 *journey_tally_count(JourneyTally *state, const void *key, uint32 len);

/* Adds to sum k of a key. */
extern void journey_tally_add(JourneyTally *state, const void *key, uint32 len,
							  int k, double x);

/* For final functions: the tally in argument 0, not to be changed. */
extern const JnyTally *journey_tally_final(FunctionCallInfo fcinfo,
										   const JourneyTallyShape *shape);

/* A sum as a number; refuses (22003) one that ran over. */
extern double journey_sum_value(const JnySum *sum);

/* ---- rows ---- */

/* The array of rows a final function returns. */
typedef struct JourneyRows
{
	Oid			type;
	TupleDesc	desc;
	ArrayBuildState *state;
} JourneyRows;

extern void journey_rows_begin(FunctionCallInfo fcinfo, JourneyRows *rows);
extern void journey_rows_add(JourneyRows *rows, Datum *values, bool *nulls);
extern Datum journey_rows_end(JourneyRows *rows);

/* A number as a column: NaN is NULL. */
static inline void
journey_put_number(Datum *values, bool *nulls, int column, double number)
{
	values[column] = Float8GetDatum(number);
	nulls[column] = isnan(number);
}

#endif							/* JOURNEY_PG_TALLY_H */

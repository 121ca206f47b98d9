/*
 * model.h
 *	  Values of type journey_model: counts that were learned from journeys, to
 *	  be asked about others.
 *
 *	  journey_model = the bytes of jny_counts_write
 *
 * The kind of the counts tells which aggregate made it, the parameters how.
 */
#ifndef JOURNEY_PG_MODEL_H
#define JOURNEY_PG_MODEL_H

#include "pg/counts.h"

/* What a model learned from its counts looks like. */
typedef struct JourneyModelShape
{
	JourneyCountsKind kind;
	uint8		ncounts;
	const char *maker;			/* the aggregate, for messages */
} JourneyModelShape;

typedef struct JourneyModel
{
	MemoryContext context;
	struct varlena *stored;		/* as it came in, perhaps toasted */
	const JnyCounts *counts;
	void	   *extra;			/* the owner's, NULL when just opened; in context */
} JourneyModel;

/*
 * The model in argument n, opened once a query if it stays the same.  One of
 * another kind is an error (22023).  It takes fn_extra for itself.
 */
extern JourneyModel *journey_getarg_model(FunctionCallInfo fcinfo, int n,
										  const JourneyModelShape *shape);

/* The same without fn_extra, for set-returning functions. */
extern JourneyModel *journey_open_learned(Datum datum,
										  const JourneyModelShape *shape);

/* A fresh datum. */
extern Datum journey_learned_datum(const JnyCounts *counts);

#endif							/* JOURNEY_PG_MODEL_H */

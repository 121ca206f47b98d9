/*
 * distance.c
 *	  How far two journeys are apart, and journeys as points in space.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "core/distance.h"
#include "pg/datum.h"

JOURNEY_FUNCTION(journey_distance);
JOURNEY_FUNCTION(journey_features);
JOURNEY_FUNCTION(journey_entropy);
JOURNEY_FUNCTION(journey_complexity);

/*
 * Edits between the collapsed paths, by default as a share of the longer one.
 */
Datum
journey_distance(PG_FUNCTION_ARGS)
{
	JnyView		x;
	JnyView		y;
	uint32	   *a;
	uint32	   *b;
	uint32		m;
	uint32		n;
	uint32		ncodes;
	double		distance;

	journey_getarg_view(fcinfo, 0, &x);
	journey_getarg_view(fcinfo, 1, &y);
	ncodes = jny_common_codes(&x, &y, &a, &m, &b, &n);
	distance = (double) jny_levenshtein(a, m, b, n, ncodes);
	jny_free(a);
	if (PG_GETARG_BOOL(2) && Max(m, n) > 0)
		distance /= Max(m, n);
	PG_RETURN_FLOAT8(distance);
}

/* A real[] of so many dimensions. */
Datum
journey_features(PG_FUNCTION_ARGS)
{
	int32		dims = PG_GETARG_INT32(1);
	JnyView		view;
	float	   *features;
	Datum	   *values;

	if (dims < 1 || dims > JNY_FEATURES_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dims must be between 1 and %d", JNY_FEATURES_MAX),
				 errdetail("The number of dimensions asked for is %d.", dims)));
	journey_getarg_view(fcinfo, 0, &view);
	features = palloc(dims * sizeof(float));
	values = palloc(dims * sizeof(Datum));
	jny_features(&view, dims, features);
	for (int i = 0; i < dims; i++)
		values[i] = Float4GetDatum(features[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, dims, FLOAT4OID, sizeof(float4),
										  true, TYPALIGN_INT));
}

Datum
journey_entropy(PG_FUNCTION_ARGS)
{
	JnyView		view;

	journey_getarg_view(fcinfo, 0, &view);
	PG_RETURN_FLOAT8(jny_entropy(&view));
}

Datum
journey_complexity(PG_FUNCTION_ARGS)
{
	JnyView		view;

	journey_getarg_view(fcinfo, 0, &view);
	PG_RETURN_FLOAT8(jny_complexity(&view));
}

/*
 * gin.c
 *	  The GIN operator class of journey: which journeys may match a pattern.
 *
 * Keys are bytea (core/index.h says which), ordered bytewise, so that a prefix
 * is a range.  The plan of a pattern travels in the extra data of its first
 * key.  The index only narrows down: every journey it finds is rechecked.
 */
#include "pg/datum.h"

#include "access/gin.h"
#include "access/stratnum.h"

#include "core/index.h"

/* journey @@ journey_pattern */
#define MATCH_STRATEGY 1

StaticAssertDecl((int) JNY_FOUND_NO == GIN_FALSE &&
				 (int) JNY_FOUND_YES == GIN_TRUE &&
				 (int) JNY_FOUND_MAYBE == GIN_MAYBE,
				 "found and missing keys are coded as GIN codes them");

JOURNEY_FUNCTION(journey_gin_extract_value);
JOURNEY_FUNCTION(journey_gin_extract_query);
JOURNEY_FUNCTION(journey_gin_compare_partial);
JOURNEY_FUNCTION(journey_gin_consistent);
JOURNEY_FUNCTION(journey_gin_tri_consistent);

/* The keys as bytea, all in one chunk; NULL for none. */
static Datum *
keys_datums(const JnyIndexKeys *keys)
{
	Size		size = 0;
	Datum	   *datums;
	char	   *next;

	if (keys->n == 0)
		return NULL;
	for (uint32 i = 0; i < keys->n; i++)
		size += INTALIGN(VARHDRSZ + keys->key[i].len);
	datums = (Datum *) palloc(keys->n * sizeof(Datum));
	next = (char *) MemoryContextAllocHuge(CurrentMemoryContext, size);
	for (uint32 i = 0; i < keys->n; i++)
	{
		Size		len = VARHDRSZ + keys->key[i].len;

		SET_VARSIZE(next, len);
		memcpy(VARDATA(next), keys->bytes.data + keys->key[i].at,
			   keys->key[i].len);
		datums[i] = PointerGetDatum(next);
		next += INTALIGN(len);
	}
	return datums;
}

/*
 * journey_gin_extract_value(journey, internal, internal) internal
 *
 * The keys of a journey.  The server empties the memory context behind it.
 */
Datum
journey_gin_extract_value(PG_FUNCTION_ARGS)
{
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	JnyIndexKeys keys = {0};
	JnyView		view;

	journey_getarg_view(fcinfo, 0, &view);
	jny_index_keys(&view, &keys);
	*nkeys = (int32) keys.n;
	PG_RETURN_POINTER(keys_datums(&keys));
}

/* Every strategy of the class but one is a mistake in the catalog. */
static void
check_strategy(StrategyNumber strategy)
{
	if (strategy != MATCH_STRATEGY)
		elog(ERROR, "unrecognized strategy number: %d", strategy);
}

/*
 * journey_gin_extract_query(journey_pattern, internal, smallint, internal,
 * internal, internal, internal) internal
 *
 * The keys a pattern asks for, and its plan.  One that needs no key reads the
 * whole index, which the planner knows to be dear.
 */
Datum
journey_gin_extract_query(PG_FUNCTION_ARGS)
{
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	bool	  **partial = (bool **) PG_GETARG_POINTER(3);
	Pointer   **extra = (Pointer **) PG_GETARG_POINTER(4);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);
	JnyPattern *pattern = journey_pattern_compile(PG_GETARG_DATUM(0),
												  CurrentMemoryContext);
	JnyIndexPlan *plan = jny_index_plan(pattern);
	int			n = (int) plan->keys.n;

	check_strategy(PG_GETARG_UINT16(2));
	jny_pattern_free(pattern);
	*nkeys = n;
	if (n == 0)
	{
		*mode = GIN_SEARCH_MODE_ALL;
		PG_RETURN_POINTER(NULL);
	}
	*partial = (bool *) palloc(n * sizeof(bool));
	*extra = (Pointer *) palloc(n * sizeof(Pointer));
	for (int i = 0; i < n; i++)
	{
		(*partial)[i] = plan->keys.key[i].prefix;
		(*extra)[i] = (Pointer) plan;
	}
	PG_RETURN_POINTER(keys_datums(&plan->keys));
}

/*
 * journey_gin_compare_partial(bytea, bytea, smallint, internal) integer
 *
 * 0: the key starts with the prefix; 1: it is behind all that do.  The scan
 * begins at the prefix, so there is nothing before.
 */
Datum
journey_gin_compare_partial(PG_FUNCTION_ARGS)
{
	bytea	   *prefix = PG_GETARG_BYTEA_PP(0);
	bytea	   *key = PG_GETARG_BYTEA_PP(1);
	Size		len = VARSIZE_ANY_EXHDR(prefix);

	check_strategy(PG_GETARG_UINT16(2));
	PG_RETURN_INT32(VARSIZE_ANY_EXHDR(key) >= len &&
					memcmp(VARDATA_ANY(key), VARDATA_ANY(prefix), len) == 0 ?
					0 : 1);
}

/* What the plan of the scan says about these keys. */
static JnyFound
check_plan(const void *found, int32 nkeys, const Pointer *extra)
{
	if (nkeys == 0)
		return JNY_FOUND_MAYBE;
	return jny_index_check((const JnyIndexPlan *) extra[0],
						   (const uint8 *) found);
}

/*
 * journey_gin_consistent(internal, smallint, journey_pattern, integer,
 * internal, internal, internal, internal) boolean
 */
Datum
journey_gin_consistent(PG_FUNCTION_ARGS)
{
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);

	check_strategy(PG_GETARG_UINT16(1));
	*recheck = true;
	PG_RETURN_BOOL(check_plan(PG_GETARG_POINTER(0), PG_GETARG_INT32(3),
							  (Pointer *) PG_GETARG_POINTER(4)) != JNY_FOUND_NO);
}

/*
 * journey_gin_tri_consistent(internal, smallint, journey_pattern, integer,
 * internal, internal, internal) "char"
 *
 * Never true, for what is found must be rechecked.
 */
Datum
journey_gin_tri_consistent(PG_FUNCTION_ARGS)
{
	check_strategy(PG_GETARG_UINT16(1));
	if (check_plan(PG_GETARG_POINTER(0), PG_GETARG_INT32(3),
				   (Pointer *) PG_GETARG_POINTER(4)) == JNY_FOUND_NO)
		PG_RETURN_GIN_TERNARY_VALUE(GIN_FALSE);
	PG_RETURN_GIN_TERNARY_VALUE(GIN_MAYBE);
}

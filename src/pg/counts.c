/*
 * counts.c
 *	  Aggregates whose journey_tally has counts and sums under keys of bytes.
 */
#include "pg/counts.h"

/* Refuses counts that another aggregate made. */
static const JnyCounts *
check_shape(const JourneyTally *state, const JourneyCountsShape *shape)
{
	const JnyCounts *counts = state->counts;

	if (counts == NULL || counts->kind != shape->kind)
		journey_tally_foreign();
	if (counts->ncounts != shape->ncounts || counts->nsums != shape->nsums)
		journey_params_bad();
	return counts;
}

JourneyCounts *
journey_counts_state(FunctionCallInfo fcinfo, const JourneyCountsShape *shape,
					 const JourneyParams *params)
{
	JourneyCounts *state = journey_tally_state(fcinfo);

	if (PG_ARGISNULL(0))
	{
		MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);

		state->counts = jny_counts_create((uint8) shape->kind, shape->ncounts, shape->nsums,
										  journey_params_bytes(params), params->len);
		MemoryContextSwitchTo(old);
		return state;
	}
	check_shape(state, shape);
	journey_tally_check_params(state, params, shape->what);
	return state;
}

const JnyCounts *
journey_counts_final(FunctionCallInfo fcinfo, const JourneyCountsShape *shape)
{
	const JourneyTally *state = journey_tally_final(fcinfo);

	return state ? check_shape(state, shape) : NULL;
}

/* What a state can hold is bounded. */
static void
too_many_keys(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("aggregate has too many different things to count"),
			 errdetail("The limit is %d.", JNY_COUNTS_MAX_KEYS),
			 errhint("Coarsen event names or channels with relabel(), or look at fewer of them with keep().")));
}

uint32
journey_counts_put(JourneyCounts *state, const void *key, uint32 len)
{
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);
	uint32		i = jny_counts_put(state->counts, key, len);

	MemoryContextSwitchTo(old);
	if (i == PG_UINT32_MAX)
		too_many_keys();
	return i;
}

int64 *
journey_counts_at(JourneyCounts *state, const void *key, uint32 len)
{
	return jny_counts_of(state->counts, journey_counts_put(state, key, len));
}

void
journey_counts_add(JourneyCounts *state, const void *key, uint32 len, int k, double x)
{
	uint32		i = journey_counts_put(state, key, len);
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);

	jny_sum_add(&jny_counts_sums(state->counts, i)[k], x);
	MemoryContextSwitchTo(old);
}

void
journey_counts_add_product(JourneyCounts *state, const void *key, uint32 len, int k,
						   double x, double y)
{
	uint32		i = journey_counts_put(state, key, len);
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);

	jny_sum_add_product(&jny_counts_sums(state->counts, i)[k], x, y);
	MemoryContextSwitchTo(old);
}

void
journey_counts_keep_largest(JourneyCounts *state, const void *key, uint32 len, int64 value)
{
	uint32		before = state->counts->n;
	int64	   *largest = journey_counts_at(state, key, len);

	if (state->counts->n > before || value > largest[0])
		largest[0] = value;
}

void *
journey_counts_extra(JourneyCounts *state, JourneyCountsRead read)
{
	if (state->extra == NULL)
	{
		void	  **extra = journey_tally_extra(state);

		if (*extra == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);

			*extra = read(state->counts);
			MemoryContextSwitchTo(old);
		}
		state->extra = *extra;
	}
	return state->extra;
}

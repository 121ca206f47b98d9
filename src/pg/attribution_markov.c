/*
 * attribution_markov.c
 *	  The Markov model of attribution: paths as steps through states, and the
 *	  removal effects of channels.
 *
 * Keys of the counts, beside those of attribution.c:
 *	  'm' state 0 channel          how often a path goes on to it
 *	  'm' state 1                  how often it converts there; value
 *	  'm' state 2                  how often it ends there
 * where a state is the number of its channels, and these, each as u16 length
 * and bytes: the last ones of the path, as many as the order tells.
 */
#include "pg/attribution.h"

#define GOES_ON 0
#define CONVERTS 1
#define ENDS 2

/* ---- counting ---- */

#define MAX_ORDER 3
#define STATE_BYTES (2 + MAX_ORDER * (2 + JNY_MAX_NAME_BYTES))

/* The state behind touch i (i = -1: the start) as a key; its length. */
static uint32
state_key(const JourneyPaths *paths, int64 i, uint8 *key)
{
	int			order = (int) Min(paths->spec->model.order, i + 1);
	uint32		len = 2;

	key[0] = 'm';
	key[1] = (uint8) order;
	for (int64 k = i - order + 1; k <= i; k++)
	{
		JnyName		name = paths->names[paths->touches[k].channel];

		jny_put16(key + len, (uint16) name.len);
		memcpy(key + len + 2, name.data, name.len);
		len += 2 + name.len;
	}
	return len;
}

void
journey_markov_path(JourneyPaths *paths, uint32 n, bool converted, double value)
{
	uint8		key[STATE_BYTES + 1 + JNY_MAX_NAME_BYTES];
	uint32		len = state_key(paths, -1, key);

	for (uint32 i = 0; i < n; i++)
	{
		JnyName		name = paths->names[paths->touches[i].channel];

		key[len] = GOES_ON;
		memcpy(key + len + 1, name.data, name.len);
		journey_counts_at(paths->state, key, len + 1 + name.len)[0]++;
		len = state_key(paths, i, key);
	}
	key[len] = converted ? CONVERTS : ENDS;
	journey_counts_at(paths->state, key, len + 1)[0]++;
	if (converted && value != 0)
		journey_counts_add(paths->state, key, len + 1, VALUE, value);
}

/* ---- the answer ---- */

/* Bytes of the state at the front of a key; 0 if it is none. */
static uint32
state_len(JnyName key)
{
	uint32		len = 2;

	if (key.len < 3 || key.data[0] != 'm')
		return 0;
	for (int k = 0; k < (uint8) key.data[1]; k++)
	{
		if (key.len < len + 2)
			return 0;
		len += 2 + jny_get16((const uint8 *) key.data + len);
	}
	return len < key.len ? len : 0;
}

/* Whether a state holds a channel. */
static bool
state_has(JnyName state, JnyName channel)
{
	uint32		at = 2;

	while (at < state.len)
	{
		JnyName		have;

		have.len = jny_get16((const uint8 *) state.data + at);
		have.data = state.data + at + 2;
		if (jny_name_cmp(have, channel) == 0)
			return true;
		at += 2 + have.len;
	}
	return false;
}

/* The state behind another one when the path goes on to a channel; its length. */
static uint32
next_state(JnyName state, JnyName channel, int order, uint8 *key)
{
	uint32		at = 2;
	int			n = (uint8) state.data[1];
	uint32		len = 2;

	if (n == order)
	{
		at += 2 + jny_get16((const uint8 *) state.data + at);
		n--;
	}
	key[0] = 'm';
	key[1] = (uint8) (n + 1);
	memcpy(key + 2, state.data + at, state.len - at);
	len += state.len - at;
	jny_put16(key + len, (uint16) channel.len);
	memcpy(key + len + 2, channel.data, channel.len);
	return len + 2 + channel.len;
}

/* Divides what states count by how often paths come there. */
static void
normalise_chain(JnyChain *chain, const double *visits)
{
	for (uint32 i = 0; i < chain->nstates; i++)
	{
		chain->convert[i] /= visits[i];
		chain->value[i] /= visits[i];
	}
	for (uint32 e = 0; e < chain->nedges; e++)
		chain->edges[e].p /= visits[chain->edges[e].from];
}

/*
 * The chain in counts.  Keys of a state stand together in bytewise order, so
 * states get numbers as they come; the start, without channels, is first.
 */
static void
read_chain(const JourneyCredits *result, const uint32 *order, JnyCounts *states, JnyChain *chain)
{
	const JnyCounts *counts = result->counts;
	double	   *visits = (double *) palloc0(counts->n * sizeof(double) + 1);
	uint8	   *key = (uint8 *) palloc(2 * STATE_BYTES + 2 * 65536);

	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		name = jny_counts_key(counts, order[i]);
		uint32		len = state_len(name);

		if (len > 0)
			jny_counts_put(states, name.data, len);
	}
	chain->nstates = states->n;
	chain->convert = (double *) palloc0(states->n * sizeof(double) + 1);
	chain->value = (double *) palloc0(states->n * sizeof(double) + 1);
	chain->edges = (JnyChainEdge *) palloc(counts->n * sizeof(JnyChainEdge) + 1);
	chain->nedges = 0;
	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		name = jny_counts_key(counts, order[i]);
		JnyName		state = {name.data, state_len(name)};
		JnyName		channel = {name.data + state.len + 1, name.len - state.len - 1};
		double		count = (double) jny_counts_of(counts, order[i])[0];
		uint32		from;

		if (state.len == 0)
			continue;
		from = jny_counts_find(states, state.data, state.len);
		visits[from] += count;
		if (name.data[state.len] == CONVERTS)
		{
			chain->convert[from] = count;
			chain->value[from] = journey_sum_value(&jny_counts_sums(counts, order[i])[VALUE]);
		}
		else if (name.data[state.len] == GOES_ON)
		{
			uint32		len = next_state(state, channel, result->model.order, key);
			uint32		to = jny_counts_find(states, key, len);

			if (to == PG_UINT32_MAX)
				elog(ERROR, "attribution state leads to a state that is not there");
			chain->edges[chain->nedges].from = from;
			chain->edges[chain->nedges].to = to;
			chain->edges[chain->nedges++].p = count;
		}
	}
	normalise_chain(chain, visits);
}

/* Solves the chain; gives up where it does not settle. */
static void
solve_chain(const JnyChain *chain, const bool *gone, double *warm, double *p, double *value)
{
	if (!jny_chain_solve(chain, gone, warm, p, value))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("paths are too long for the Markov model"),
				 errhint("Use a lookback, or collapse() repeated touches.")));
}

/*
 * The removal effect of each channel: the share of conversions that is lost
 * when the states that hold it lead nowhere (Anderl et al. 2016), solved
 * exactly rather than simulated.
 */
static void
removal_effects(JourneyCredits *result, const uint32 *order)
{
	JnyCounts   *states = jny_counts_create(0, 0, 0, NULL, 0);
	JnyChain	chain;
	bool	   *gone;
	double	   *base;
	double	   *warm;
	double		p;
	double		value;

	read_chain(result, order, states, &chain);
	if (chain.nstates == 0)
		return;
	gone = (bool *) palloc0(chain.nstates);
	base = (double *) palloc0(2 * (size_t) chain.nstates * sizeof(double));
	warm = (double *) palloc(2 * (size_t) chain.nstates * sizeof(double));
	solve_chain(&chain, gone, base, &p, &value);
	for (uint32 i = 0; i < result->n; i++)
	{
		JourneyCredit	   *credit = &result->credits[i];
		double		left;
		double		value_left;

		for (uint32 k = 0; k < chain.nstates; k++)
			gone[k] = state_has(jny_counts_key(states, k), credit->channel);
		memcpy(warm, base, 2 * (size_t) chain.nstates * sizeof(double));
		solve_chain(&chain, gone, warm, &left, &value_left);
		credit->removal = p > 0 ? Max(0, 1 - left / p) : 0;
		credit->value_removal = value != 0 ? 1 - value_left / value : 0;
	}
}

/*
 * Conversions and value in proportion to the removal effects.  Where those of
 * value say nothing (no value, or more refunds than sales), value follows the
 * conversions.
 */
void
journey_markov_credit(JourneyCredits *result, const uint32 *order)
{
	double		sum = 0;
	double		value_sum = 0;

	removal_effects(result, order);
	for (uint32 i = 0; i < result->n; i++)
	{
		sum += result->credits[i].removal;
		value_sum += result->credits[i].value_removal;
	}
	for (uint32 i = 0; i < result->n; i++)
	{
		JourneyCredit	   *credit = &result->credits[i];
		double		share = sum > 0 ? credit->removal / sum : 0;

		credit->conversions = share * result->conversions;
		credit->value = result->value *
			(value_sum > 0 ? credit->value_removal / value_sum : share);
	}
}

/*
 * attribution.c
 *	  attribution: which channel earned the conversions.
 *
 * Keys of the counts:
 *	  't'                          all: conversions, null paths; value
 *	  'c' channel                  paths, assisted; credit, value credit
 *	  'm' state 0 channel          how often a path goes on to it
 *	  'm' state 1                  how often it converts there; value
 *	  'm' state 2                  how often it ends there
 * where a state is the number of its channels, and these, each as u16 length
 * and bytes: the last ones of the path, as many as the order tells.
 */
#include "pg/counts.h"

#include "utils/builtins.h"

#include "pg/reader.h"
#include "core/attribution.h"

static const JourneyCountsShape attribution_shape = {
	JOURNEY_COUNTS_ATTRIBUTION, 2, 2, "goal, revenue, model and lookback"
};

/* counts of 't' */
#define CONVERSIONS 0
#define NULL_PATHS 1
/* counts of 'c' */
#define PATHS 0
#define ASSISTED 1
/* sums */
#define CREDIT 0
#define VALUE 1

#define GOES_ON 0
#define CONVERTS 1
#define ENDS 2

static const JnyName no_channel = {"(none)", 6};

/* The parameters as they are used, in the memory of the state. */
typedef struct AttributionSpec
{
	JnyPattern *goal;
	JnyPattern *revenue;		/* or NULL */
	JnyModelSpec model;
	int64		lookback;		/* microseconds, PG_INT64_MAX without one */
	JnyHits		hits;			/* of the goal */
	JnyHits		money;			/* of the revenue */
} AttributionSpec;

/* ---- parameters ---- */

/* The model in a text. */
static void
parse_model(const char *text, size_t len, JnyModelSpec *model)
{
	const char *hint;
	const char *wrong = jny_model_parse(text, len, model, &hint);

	if (wrong)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid attribution model \"%.*s\"", (int) Min(len, 100), text),
				 errdetail("%s", wrong),
				 errhint("%s", hint)));
}

static void *
read_spec(const JnyCounts *counts)
{
	AttributionSpec *spec = (AttributionSpec *) palloc0(sizeof(AttributionSpec));
	uint32		at = 0;
	uint32		len;
	const uint8 *bytes;

	spec->goal = journey_params_pattern(counts, &at);
	spec->revenue = journey_params_pattern(counts, &at);
	if (spec->revenue)
		journey_check_step(spec->revenue, "Write the events that are money as alternatives, as in 'purchase | renewal | refund'.");
	bytes = journey_params_get(counts, &at, &len);
	parse_model((const char *) bytes, len, &spec->model);
	bytes = journey_params_get(counts, &at, &len);
	spec->lookback = bytes && len == 8 ? (int64) jny_get64(bytes) : PG_INT64_MAX;
	return spec;
}

/* The state for arguments (state, j, goal, revenue, model [, lookback]). */
static JourneyCounts *
getarg_state(FunctionCallInfo fcinfo)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	uint8		bytes[8];

	journey_check_not_null(fcinfo, 2, "goal");
	journey_check_not_null(fcinfo, 4, "model");
	journey_params_arg(&params, fcinfo, 2);
	journey_params_arg(&params, fcinfo, 3);
	journey_params_arg(&params, fcinfo, 4);
	if (PG_NARGS() > 5 && !PG_ARGISNULL(5))
	{
		jny_put64(bytes, (uint64) journey_interval_us(PG_GETARG_INTERVAL_P(5), "lookback"));
		journey_params_put(&params, bytes, 8, false);
	}
	else
		journey_params_put(&params, NULL, 0, true);
	state = journey_counts_state(fcinfo, &attribution_shape, &params);
	journey_counts_extra(state, read_spec);
	return state;
}

/* ---- paths of one journey ---- */

typedef struct Conversion
{
	uint32		start;			/* first event of its cycle */
	uint32		at;				/* the event that completes the goal */
	uint32		end;			/* behind the events of the same time */
	double		value;
} Conversion;

/*
 *	  events   start .. at | start .. at | rest
 *	           conversion    conversion    null path
 */
typedef struct Paths
{
	JourneyCounts *state;
	AttributionSpec *spec;
	JnyView    *view;
	JnyName    *names;			/* of channels; the last one is "(none)" */
	bool	   *direct;			/* by channel */
	uint32	   *seen;			/* by channel: number of the path that had it last */
	uint32		path;
	JnyTouch   *touches;
	bool	   *first;
	double	   *credit;			/* by touch */
	double	   *sum;			/* by channel */
	Conversion *conversions;
	uint32		n;
} Paths;

/* Room for the touches of any path of the journey. */
static void
init_paths(Paths *paths, JourneyCounts *state, JnyView *view)
{
	const JnyModelSpec *model;

	memset(paths, 0, sizeof(*paths));
	paths->state = state;
	paths->spec = (AttributionSpec *) state->extra;
	paths->view = view;
	model = &paths->spec->model;
	paths->names = (JnyName *) palloc((view->nchannels + 1) * sizeof(JnyName));
	jny_view_channels(view, paths->names);
	paths->names[view->nchannels] = no_channel;
	paths->direct = (bool *) palloc0(view->nchannels + 1);
	paths->seen = (uint32 *) palloc0((view->nchannels + 1) * sizeof(uint32));
	for (uint32 i = 0; i < view->nchannels; i++)
		for (int k = 0; k < model->ndirect; k++)
			paths->direct[i] |= jny_name_cmp(paths->names[i], model->direct[k]) == 0;
	paths->sum = (double *) palloc((view->nchannels + 1) * sizeof(double));
	paths->touches = (JnyTouch *) MemoryContextAllocHuge(CurrentMemoryContext, (view->n + 1) * sizeof(JnyTouch));
	paths->first = (bool *) MemoryContextAllocHuge(CurrentMemoryContext, view->n + 1);
	paths->credit = (double *) MemoryContextAllocHuge(CurrentMemoryContext, (view->n + 1) * sizeof(double));
}

/*
 * What happens at the same time as a conversion belongs to it, whatever the
 * names: a clock that tells the day only cannot tell which came first.
 */
static void
bound_conversions(Paths *paths)
{
	const JnyView *view = paths->view;
	uint32		start = 0;

	for (uint32 i = 0; i < paths->n; i++)
	{
		Conversion *conversion = &paths->conversions[i];
		uint32		limit = i + 1 < paths->n ? paths->conversions[i + 1].at : view->n;
		int64		ts = jny_time(view, conversion->at);

		conversion->start = start;
		conversion->end = conversion->at + 1;
		while (conversion->end < limit && jny_time(view, conversion->end) == ts)
			conversion->end++;
		start = conversion->end;
	}
}

/* The conversions of the journey, counted as match_count() does. */
static void
find_conversions(Paths *paths)
{
	AttributionSpec *spec = paths->spec;
	MemoryContext old = MemoryContextSwitchTo(paths->state->header.eoh_context);
	JnyAttempt	attempt;
	uint32		from = 0;
	uint32		cap = 0;

	jny_hits_of_view(&spec->hits, spec->goal, paths->view);
	MemoryContextSwitchTo(old);
	while (from < paths->view->n &&
		   jny_match_next(spec->goal, &spec->hits, from, &attempt))
	{
		Conversion *conversion;

		JNY_CHECK_INTERRUPTS();
		if (paths->n == cap)
		{
			cap = cap ? 2 * cap : 8;
			paths->conversions = (Conversion *) (paths->conversions ?
												 repalloc_huge(paths->conversions, cap * sizeof(Conversion)) :
												 palloc(cap * sizeof(Conversion)));
		}
		conversion = &paths->conversions[paths->n++];
		conversion->at = attempt.last;
		conversion->value = 0;
		from = conversion->at + 1;
	}
	bound_conversions(paths);
}

/*
 * Whether an event belongs to conversion i rather than to the one before:
 * it stands behind it, or in front of it at the same time.
 */
static bool
is_behind(const Paths *paths, uint32 i, uint32 at)
{
	int64		ts = jny_time(paths->view, paths->conversions[i].at);
	int64		before = jny_time(paths->view, paths->conversions[i - 1].at);

	return paths->conversions[i].at <= at ||
		(ts == jny_time(paths->view, at) && before < ts);
}

/*
 * Gives each event that is money to the last conversion at or before it, or
 * to the first one: refunds and renewals count with the sale they follow.
 */
static void
add_values(Paths *paths)
{
	const JnyView *view = paths->view;
	JnyHits    *money = &paths->spec->money;
	MemoryContext old;
	uint32		current = 0;
	uint32		k = 0;

	if (paths->spec->revenue == NULL || paths->n == 0 || view->nvalues == 0)
		return;
	old = MemoryContextSwitchTo(paths->state->header.eoh_context);
	jny_hits_of_view(money, paths->spec->revenue, view);
	MemoryContextSwitchTo(old);
	for (uint32 i = 0; i < money->n; i++)
	{
		uint32		at = money->hit[i].pos;

		while (k < view->nvalues && jny_value_position(view, k) < at)
			k++;
		if (k == view->nvalues || jny_value_position(view, k) != at)
			continue;
		while (current + 1 < paths->n && is_behind(paths, current + 1, at))
			current++;
		paths->conversions[current].value += jny_value_at(view, k);
	}
}

/* Appends a touch to the n there are. */
static void
put_touch(Paths *paths, uint32 n, uint32 channel, int64 ts)
{
	paths->touches[n].channel = channel;
	paths->touches[n].ts = ts;
	paths->touches[n].direct = paths->direct[channel];
	paths->first[n] = paths->seen[channel] != paths->path;
	paths->seen[channel] = paths->path;
}

/*
 * The touches among events from .. to - 1, without the one at "skip", that are
 * no older than the lookback before a time; how many.
 */
static uint32
find_touches(Paths *paths, uint32 from, uint32 to, uint32 skip, int64 until)
{
	const JnyView *view = paths->view;
	int64		lookback = paths->spec->lookback;
	uint32		n = 0;

	paths->path++;
	if (view->nchannels == 0)
		return 0;
	for (uint32 i = from; i < to; i++)
	{
		uint32		channel = jny_channel(view, i);
		int64		ts;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (channel == 0 || i == skip)
			continue;
		ts = jny_time(view, i);
		if ((uint64) until - (uint64) ts > (uint64) lookback)
			continue;
		put_touch(paths, n++, channel - 1, ts);
	}
	return n;
}

/* ---- into the counts ---- */

/* A key of a channel. */
static uint32
channel_key(uint8 *key, JnyName channel)
{
	key[0] = 'c';
	memcpy(key + 1, channel.data, channel.len);
	return 1 + channel.len;
}

/*
 * Counts the channels of a path of n touches, each once, with the sum of its
 * credits; "last" has not assisted.  credit is NULL where there is none.
 */
static void
count_channels(Paths *paths, uint32 n, bool converted, const double *credit,
			   double value)
{
	JourneyCounts *state = paths->state;
	uint32		last = paths->touches[n - 1].channel;
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);
	uint8		key[1 + JNY_MAX_NAME_BYTES];

	for (uint32 i = 0; credit && i < n; i++)
	{
		double	   *sum = &paths->sum[paths->touches[i].channel];

		*sum = (paths->first[i] ? 0 : *sum) + credit[i];
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint32		channel = paths->touches[i].channel;
		uint32		at;

		if (!paths->first[i])
			continue;
		at = journey_counts_put(state, key, channel_key(key, paths->names[channel]));
		jny_counts_of(state->counts, at)[PATHS] += converted;
		jny_counts_of(state->counts, at)[ASSISTED] += converted && channel != last;
		if (credit == NULL || paths->sum[channel] == 0)
			continue;
		jny_sum_add(&jny_counts_sums(state->counts, at)[CREDIT], paths->sum[channel]);
		if (value != 0)
			jny_sum_add(&jny_counts_sums(state->counts, at)[VALUE],
						paths->sum[channel] * value);
	}
	MemoryContextSwitchTo(old);
}

#define MAX_ORDER 3
#define STATE_BYTES (2 + MAX_ORDER * (2 + JNY_MAX_NAME_BYTES))

/* The state behind touch i (i = -1: the start) as a key; its length. */
static uint32
state_key(const Paths *paths, int64 i, uint8 *key)
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

/* Counts the steps of a path through the states. */
static void
put_path(Paths *paths, uint32 n, bool converted, double value)
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

/* One conversion; where nothing else touched, its own channel did. */
static void
put_conversion(Paths *paths, const Conversion *conversion)
{
	int64		ts = jny_time(paths->view, conversion->at);
	uint32		n = find_touches(paths, conversion->start, conversion->end,
								 conversion->at, ts);

	if (n == 0)
	{
		uint32		own = jny_channel(paths->view, conversion->at);

		put_touch(paths, n++, own == 0 ? paths->view->nchannels : own - 1, ts);
	}
	journey_counts_at(paths->state, "t", 1)[CONVERSIONS]++;
	if (conversion->value != 0)
		journey_counts_add(paths->state, "t", 1, VALUE, conversion->value);
	if (paths->spec->model.model == JNY_MODEL_MARKOV)
	{
		count_channels(paths, n, true, NULL, 0);
		put_path(paths, n, true, conversion->value);
		return;
	}
	jny_model_credit(&paths->spec->model, paths->touches, paths->first, n, paths->credit);
	count_channels(paths, n, true, paths->credit, conversion->value);
}

/* What is behind the last conversion, if a channel touched. */
static void
put_null_path(Paths *paths)
{
	uint32		from = paths->n > 0 ? paths->conversions[paths->n - 1].end : 0;
	uint32		n = find_touches(paths, from, paths->view->n, PG_UINT32_MAX,
								 paths->view->last);

	if (n == 0)
		return;
	journey_counts_at(paths->state, "t", 1)[NULL_PATHS]++;
	count_channels(paths, n, false, NULL, 0);
	if (paths->spec->model.model == JNY_MODEL_MARKOV)
		put_path(paths, n, false, 0);
}

/* (state, j, goal, revenue, model [, lookback]) */
JOURNEY_FUNCTION(journey_attribution_trans);
Datum
journey_attribution_trans(PG_FUNCTION_ARGS)
{
	JourneyCounts *state;
	JnyView		view;
	Paths		paths;

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	state = getarg_state(fcinfo);
	journey_getarg_view(fcinfo, 1, &view);
	init_paths(&paths, state, &view);
	find_conversions(&paths);
	add_values(&paths);
	journey_counts_at(state, "t", 1);
	for (uint32 i = 0; i < paths.n; i++)
		put_conversion(&paths, &paths.conversions[i]);
	put_null_path(&paths);
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* ---- the answer ---- */

/* A channel of the result. */
typedef struct Credit
{
	JnyName		channel;
	double		conversions;
	double		value;
	double		removal;		/* effect; NaN but for the Markov model */
	double		value_removal;
	int64		paths;
	int64		assisted;
} Credit;

typedef struct Result
{
	const JnyCounts *counts;
	AttributionSpec *spec;
	double		conversions;	/* of all */
	double		value;
	Credit	   *credits;		/* in bytewise order of channels */
	uint32		n;
} Result;

static void
read_credits(Result *result, const uint32 *order)
{
	const JnyCounts *counts = result->counts;
	uint32		all = jny_counts_find(counts, "t", 1);

	result->credits = (Credit *) palloc0(counts->n * sizeof(Credit) + 1);
	if (all != PG_UINT32_MAX)
	{
		result->conversions = (double) jny_counts_of(counts, all)[CONVERSIONS];
		result->value = journey_sum_value(&jny_counts_sums(counts, all)[VALUE]);
	}
	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, order[i]);
		Credit	   *credit = &result->credits[result->n];

		if (key.len == 0 || key.data[0] != 'c')
			continue;
		credit->channel.data = key.data + 1;
		credit->channel.len = key.len - 1;
		credit->conversions = journey_sum_value(&jny_counts_sums(counts, order[i])[CREDIT]);
		credit->value = journey_sum_value(&jny_counts_sums(counts, order[i])[VALUE]);
		credit->removal = NAN;
		credit->paths = jny_counts_of(counts, order[i])[PATHS];
		credit->assisted = jny_counts_of(counts, order[i])[ASSISTED];
		result->n++;
	}
}

/* ---- Markov ---- */

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
read_chain(const Result *result, const uint32 *order, JnyCounts *states, JnyChain *chain)
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
			uint32		len = next_state(state, channel, result->spec->model.order, key);
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
removal_effects(Result *result, const uint32 *order)
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
		Credit	   *credit = &result->credits[i];
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
static void
markov_credit(Result *result)
{
	double		sum = 0;
	double		value_sum = 0;

	for (uint32 i = 0; i < result->n; i++)
	{
		sum += result->credits[i].removal;
		value_sum += result->credits[i].value_removal;
	}
	for (uint32 i = 0; i < result->n; i++)
	{
		Credit	   *credit = &result->credits[i];
		double		share = sum > 0 ? credit->removal / sum : 0;

		credit->conversions = share * result->conversions;
		credit->value = result->value *
			(value_sum > 0 ? credit->value_removal / value_sum : share);
	}
}

/* ---- rows ---- */

/* Most conversions first, then by name, which is the order they are in. */
static int
credit_cmp(const void *a, const void *b)
{
	const Credit *x = (const Credit *) a;
	const Credit *y = (const Credit *) b;

	if (x->conversions != y->conversions)
		return x->conversions > y->conversions ? -1 : 1;
	return jny_name_cmp(x->channel, y->channel);
}

JOURNEY_FUNCTION(journey_attribution_final);
Datum
journey_attribution_final(PG_FUNCTION_ARGS)
{
	Result		result = {0};
	JourneyRows rows;
	uint32	   *order;

	result.counts = journey_counts_final(fcinfo, &attribution_shape);
	if (result.counts == NULL)
		PG_RETURN_NULL();
	result.spec = (AttributionSpec *) read_spec(result.counts);
	order = jny_counts_sorted(result.counts);
	read_credits(&result, order);
	if (result.spec->model.model == JNY_MODEL_MARKOV)
	{
		removal_effects(&result, order);
		markov_credit(&result);
	}
	if (result.n > 1)
		qsort(result.credits, result.n, sizeof(Credit), credit_cmp);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < result.n; i++)
	{
		const Credit *credit = &result.credits[i];
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = PointerGetDatum(journey_name_text(credit->channel));
		values[1] = Float8GetDatum(credit->conversions);
		journey_rows_number(values, nulls, 2, result.spec->revenue ? credit->value : NAN);
		journey_rows_number(values, nulls, 3, result.conversions > 0 ?
						   credit->conversions / result.conversions : NAN);
		values[4] = Int64GetDatum(credit->paths);
		values[5] = Int64GetDatum(credit->assisted);
		journey_rows_number(values, nulls, 6, credit->removal);
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

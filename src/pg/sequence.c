/*
 * sequence.c
 *	  sequence_match, sequence_count and sequence_next_node over boolean
 *	  conditions.
 *
 * The first two keep rows of conditions (conditions.h); the third keeps the
 * value of each row as well.
 */
#include "pg/conditions.h"

#include "pg/agg.h"
#include "utils/memutils.h"

JOURNEY_FUNCTION(journey_sequence_trans);
JOURNEY_FUNCTION(journey_sequence_match_final);
JOURNEY_FUNCTION(journey_sequence_count_final);
JOURNEY_FUNCTION(journey_sequence_next_node_trans);
JOURNEY_FUNCTION(journey_sequence_next_node_combine);
JOURNEY_FUNCTION(journey_sequence_next_node_serial);
JOURNEY_FUNCTION(journey_sequence_next_node_deserial);
JOURNEY_FUNCTION(journey_sequence_next_node_final);

/* ---- match and count ---- */

/* sequence_trans(internal, pattern text, ts, boolean[]) internal */
Datum
journey_sequence_trans(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyConditionParams params = {.kind = JOURNEY_SEQUENCE};
	JourneyConditionState *state;
	uint64		mask;

	params.text = journey_getarg_required(fcinfo, 1, "pattern");
	params.nconditions = journey_getarg_conditions(fcinfo, 3, &mask);
	journey_need_condition(params.nconditions);
	state = journey_condition_state(fcinfo, aggcontext, &params);
	journey_condition_row(fcinfo, aggcontext, state, 2, mask);
	PG_RETURN_POINTER(state);
}

/* sequence_match_final(internal) boolean: false without a row. */
Datum
journey_sequence_match_final(PG_FUNCTION_ARGS)
{
	JourneyConditionState *state = journey_condition_result(fcinfo);

	PG_RETURN_BOOL(state && jny_sequence_match(state->params->sequence,
											   &state->rows));
}

/* sequence_count_final(internal) bigint: 0 without a row. */
Datum
journey_sequence_count_final(PG_FUNCTION_ARGS)
{
	JourneyConditionState *state = journey_condition_result(fcinfo);

	if (state == NULL)
		PG_RETURN_INT64(0);
	PG_RETURN_INT64(jny_sequence_count(state->params->sequence, &state->rows));
}

/* ---- next node ---- */

#define FIRST_NODES 8
#define FIRST_TEXT 64
#define NODE_BYTES 24			/* of a serialized node, without its value */

/*
 *	  node[n] --> (at, len) in text[ntext]
 */
typedef struct NodeState
{
	JourneyConditionParams *params; /* modes: base * 2 + backward */
	JnyVisit    *node;
	char	   *text;
	size_t		ntext;
	size_t		text_cap;
	uint32		n;
	uint32		cap;
	bool		sorted;
} NodeState;

/* Reads direction and base.  Nothing lies before the head or behind the tail. */
static unsigned
node_modes(JnyName direction, JnyName base)
{
	static const char *const bases[] = {"head", "tail", "first_match", "last_match"};
	static const char *const directions[] = {"forward", "backward"};
	int			b = 0;
	int			d = 0;

	while (d < lengthof(directions) &&
		   !(strlen(directions[d]) == direction.len &&
			 memcmp(directions[d], direction.data, direction.len) == 0))
		d++;
	if (d == lengthof(directions))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown direction \"%s\"", pnstrdup(direction.data, direction.len)),
				 errhint("Directions are \"forward\" and \"backward\".")));
	while (b < lengthof(bases) &&
		   !(strlen(bases[b]) == base.len &&
			 memcmp(bases[b], base.data, base.len) == 0))
		b++;
	if (b == lengthof(bases))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown base \"%s\"", pnstrdup(base.data, base.len)),
				 errhint("Bases are \"head\", \"tail\", \"first_match\" and \"last_match\".")));
	return (unsigned) (b * 2 + d);
}

static NodeState *
node_state(FunctionCallInfo fcinfo, MemoryContext aggcontext,
		   const JourneyConditionParams *params)
{
	NodeState  *state;
	MemoryContext old;

	if (!PG_ARGISNULL(0))
	{
		state = (NodeState *) PG_GETARG_POINTER(0);
		journey_check_params(state->params, params);
		return state;
	}
	old = MemoryContextSwitchTo(aggcontext);
	state = (NodeState *) palloc0(sizeof(NodeState));
	state->params = journey_condition_params(fcinfo, aggcontext, params);
	state->sorted = true;
	state->cap = FIRST_NODES;
	state->node = (JnyVisit *) jny_alloc(state->cap * sizeof(JnyVisit));
	state->text_cap = FIRST_TEXT;
	state->text = (char *) jny_alloc(state->text_cap);
	MemoryContextSwitchTo(old);
	return state;
}

/* Adds a node with its value; amortised O(bytes of the value). */
static void
add_node(NodeState *state, int64 ts, uint64 mask, bool base, JnyName value)
{
	JnyVisit    *node;

	if (state->n == JNY_MAX_EVENTS)
		journey_past_limit(JNY_E_MAX_EVENTS, JNY_MAX_EVENTS);
	if (state->ntext + value.len > JNY_MAX_BYTES)
		journey_past_limit(JNY_E_MAX_BYTES, JNY_MAX_BYTES);
	if (state->n == state->cap)
	{
		state->cap *= 2;
		state->node = (JnyVisit *) jny_realloc(state->node, state->cap * sizeof(JnyVisit));
	}
	if (state->ntext + value.len > state->text_cap)
	{
		state->text_cap = Max(state->text_cap * 2, state->ntext + value.len);
		state->text = (char *) jny_realloc(state->text, state->text_cap);
	}
	memcpy(state->text + state->ntext, value.data, value.len);
	node = &state->node[state->n++];
	node->ts = ts;
	node->mask = mask;
	node->base = base;
	node->at = state->ntext;
	node->len = value.len;
	state->ntext += value.len;
	if (state->n > 1 && state->sorted)
		state->sorted = jny_visit_cmp(node - 1, node, state->text) <= 0;
}

/* The state of a final or serial function, its nodes in order. */
static NodeState *
node_result(FunctionCallInfo fcinfo)
{
	NodeState  *state;

	journey_agg_context(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	state = (NodeState *) PG_GETARG_POINTER(0);
	if (!state->sorted)
		jny_visits_sort(state->node, state->n, state->text);
	state->sorted = true;
	return state;
}

/*
 * sequence_next_node_trans(internal, direction text, base text, ts, value text,
 *	  base_cond boolean [, boolean[]]) internal
 *
 * A row without a time or a value is not there.
 */
Datum
journey_sequence_next_node_trans(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyConditionParams params = {.kind = JOURNEY_NODE};
	NodeState  *state;
	MemoryContext old;
	uint64		mask = 0;

	params.modes = node_modes(journey_getarg_required(fcinfo, 1, "direction"),
							  journey_getarg_required(fcinfo, 2, "base"));
	if (PG_NARGS() > 6)
		params.nconditions = journey_getarg_conditions(fcinfo, 6, &mask);
	if (params.nconditions < 1 && params.modes / 2 >= JNY_BASE_FIRST_MATCH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("base \"first_match\" or \"last_match\" needs a condition")));
	state = node_state(fcinfo, aggcontext, &params);
	if (!PG_ARGISNULL(3) && !PG_ARGISNULL(4))
	{
		int64		ts = PG_GETARG_INT64(3);

		journey_check_time(ts);
		old = MemoryContextSwitchTo(aggcontext);
		add_node(state, ts, mask, !PG_ARGISNULL(5) && PG_GETARG_BOOL(5),
				 journey_text_name(PG_GETARG_TEXT_PP(4)));
		MemoryContextSwitchTo(old);
	}
	PG_RETURN_POINTER(state);
}

/* sequence_next_node_combine(internal, internal) internal */
Datum
journey_sequence_next_node_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	NodeState  *left;
	NodeState  *right;
	MemoryContext old;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(PG_GETARG_POINTER(0));
	}
	right = (NodeState *) PG_GETARG_POINTER(1);
	left = node_state(fcinfo, aggcontext, right->params);
	old = MemoryContextSwitchTo(aggcontext);
	for (uint32 i = 0; i < right->n; i++)
	{
		const JnyVisit *node = &right->node[i];
		JnyName		value = {right->text + node->at, node->len};

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		add_node(left, node->ts, node->mask, node->base, value);
	}
	MemoryContextSwitchTo(old);
	PG_RETURN_POINTER(left);
}

/*
 * sequence_next_node_serial(internal) bytea
 *
 * Each node: i64 ts, u64 mask, u32 base, u32 bytes of the value; the values.
 */
Datum
journey_sequence_next_node_serial(PG_FUNCTION_ARGS)
{
	NodeState  *state = node_result(fcinfo);
	size_t		len = JOURNEY_CONDITION_HEAD + (size_t) state->n * NODE_BYTES +
		state->ntext;
	bytea	   *bytes;
	uint8	   *to;
	uint8	   *text;

	if (len > JNY_MAX_BYTES)
		journey_past_limit(JNY_E_MAX_BYTES, JNY_MAX_BYTES);
	bytes = (bytea *) palloc(VARHDRSZ + len);
	to = journey_write_params((uint8 *) VARDATA(bytes), state->params, 0, state->n);
	text = to + (size_t) state->n * NODE_BYTES;
	for (uint32 i = 0; i < state->n; i++, to += NODE_BYTES)
	{
		const JnyVisit *node = &state->node[i];

		jny_put64(to, (uint64) node->ts);
		jny_put64(to + 8, node->mask);
		jny_put32(to + 16, node->base);
		jny_put32(to + 20, node->len);
		memcpy(text, state->text + node->at, node->len);
		text += node->len;
	}
	SET_VARSIZE(bytes, VARHDRSZ + len);
	PG_RETURN_BYTEA_P(bytes);
}

/*
 * sequence_next_node_deserial(bytea, internal) internal
 *
 * A whole state in the current memory context; anything that the serial
 * function would not have written is refused (22P03).
 */
Datum
journey_sequence_next_node_deserial(PG_FUNCTION_ARGS)
{
	JourneyConditionParams *params;
	NodeState  *state;
	const uint8 *from;
	uint64		seen;
	uint64		unknown;
	uint32		n;
	size_t		left;
	const char *text;

	journey_agg_context(fcinfo);
	params = (JourneyConditionParams *) palloc(sizeof(JourneyConditionParams));
	from = journey_read_params(PG_GETARG_BYTEA_PP(0), params, &seen, &n, &left);
	if (params->kind != JOURNEY_NODE || params->modes / 2 > JNY_BASE_LAST_MATCH ||
		left / NODE_BYTES < n)
		journey_bad_state();
	unknown = params->nconditions == 64 ? 0 : PG_UINT64_MAX << params->nconditions;
	left -= (size_t) n * NODE_BYTES;
	text = (const char *) from + (size_t) n * NODE_BYTES;

	state = (NodeState *) palloc0(sizeof(NodeState));
	state->params = params;
	state->sorted = true;
	state->cap = Max(n, 1);
	state->node = (JnyVisit *) jny_alloc(state->cap * sizeof(JnyVisit));
	state->text_cap = Max(left, 1);
	state->text = (char *) jny_alloc(state->text_cap);
	for (; n > 0; n--, from += NODE_BYTES)
	{
		JnyName		value = {text, jny_get32(from + 20)};
		int64		ts = (int64) jny_get64(from);

		if (value.len > left || TIMESTAMP_NOT_FINITE(ts) ||
			jny_get32(from + 16) > 1 || (jny_get64(from + 8) & unknown) != 0)
			journey_bad_state();
		add_node(state, ts, jny_get64(from + 8), jny_get32(from + 16) == 1, value);
		text += value.len;
		left -= value.len;
	}
	if (left != 0)
		journey_bad_state();
	PG_RETURN_POINTER(state);
}

/* sequence_next_node_final(internal) text: NULL without a next node. */
Datum
journey_sequence_next_node_final(PG_FUNCTION_ARGS)
{
	NodeState  *state = node_result(fcinfo);
	uint32		at;
	JnyName		value;

	if (state == NULL)
		PG_RETURN_NULL();
	at = jny_next_visit(state->node, state->n, state->params->nconditions,
					   (state->params->modes & 1) != 0,
					   (JnyVisitBase) (state->params->modes / 2));
	if (at == state->n)
		PG_RETURN_NULL();
	value.data = state->text + state->node[at].at;
	value.len = state->node[at].len;
	PG_RETURN_TEXT_P(journey_name_text(value));
}

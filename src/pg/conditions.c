/*
 * conditions.c
 *	  The plumbing of aggregates over boolean conditions.
 *
 * A row costs its time and a mask of 64 bits.  States combine as multisets of
 * rows, so any split of the rows gives the same answer.
 */
#include "pg/conditions.h"

#include "pg/agg.h"
#include "pg/args.h"
#include "utils/array.h"
#include "utils/memutils.h"

/*
 * Serialized state:
 *	  0  u8   magic 'C'
 *	  1  u8   version
 *	  2  u8   JourneyConditionKind
 *	  3  u8   conditions
 *	  4  u32  modes
 *	  8  i64  window
 *	 16  u64  seen
 *	 24  u32  bytes of the text, which follows
 *	 28  u32  rows
 *	 32       text, then rows: i64 ts, u64 mask, in their order
 */
#define STATE_MAGIC 'C'
#define STATE_VERSION 1
#define ROW_BYTES 16

/* Parameters that a call site remembers. */
#define MAX_SHARED_PARAMS 64

JOURNEY_FUNCTION(journey_conditions_combine);
JOURNEY_FUNCTION(journey_conditions_serial);
JOURNEY_FUNCTION(journey_conditions_deserial);

/* ---- arguments ---- */

/* A NULL condition does not hold. */
int
journey_getarg_conditions(FunctionCallInfo fcinfo, int n, uint64 *mask)
{
	ArrayType  *array;
	const bool *data;
	const uint8 *nulls;
	int			count;

	journey_check_not_null(fcinfo, n, "array of conditions");
	array = PG_GETARG_ARRAYTYPE_P(n);
	count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (count > JNY_MAX_CONDITIONS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many conditions"),
				 errdetail("The limit is %d conditions.", JNY_MAX_CONDITIONS)));
	data = (const bool *) ARR_DATA_PTR(array);
	nulls = ARR_NULLBITMAP(array);
	*mask = 0;
	for (int i = 0; i < count; i++)
	{
		/* NULL elements take no room in the data */
		if (nulls && !(nulls[i / 8] & (1 << (i % 8))))
			continue;
		if (*data++)
			*mask |= UINT64CONST(1) << i;
	}
	return count;
}

JnyName
journey_getarg_required(FunctionCallInfo fcinfo, int n, const char *what)
{
	journey_check_not_null(fcinfo, n, what);
	return journey_text_name(PG_GETARG_TEXT_PP(n));
}

void
journey_need_condition(int count)
{
	if (count < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at least one condition is needed")));
}

void
journey_past_limit(JnyCode code, int64 limit)
{
	JnyError	err;

	jny_fail(&err, code, 0, 0, limit, NULL);
	journey_throw(&err, JOURNEY_FROM_EVENT);
}

void
journey_check_time(int64 ts)
{
	if (TIMESTAMP_NOT_FINITE(ts))
		journey_past_limit(JNY_E_INFINITE_TIME, 0);
}

/* ---- parameters ---- */

/* The bit of a mode, 0 for a name that is none. */
static unsigned
mode_bit(JnyName name)
{
	static const struct
	{
		const char *name;
		unsigned	bit;
	}			modes[] = {
		{"strict_order", JNY_STRICT_ORDER},
		{"strict_deduplication", JNY_STRICT_DEDUPLICATION},
		{"strict_increase", JNY_STRICT_INCREASE},
		{"strict_once", JNY_STRICT_ONCE},
		{"allow_reentry", JNY_ALLOW_REENTRY}
	};

	for (int i = 0; i < lengthof(modes); i++)
		if (strlen(modes[i].name) == name.len &&
			memcmp(modes[i].name, name.data, name.len) == 0)
			return modes[i].bit;
	return 0;
}

/* Reads 'default' or a list of modes between commas. */
unsigned
journey_parse_modes(JnyName text)
{
	const char *at = text.data;
	const char *end = text.data + text.len;
	unsigned	modes = 0;

	if (text.len == 7 && memcmp(text.data, "default", 7) == 0)
		return 0;
	for (;;)
	{
		const char *comma = memchr(at, ',', end - at);
		const char *stop = comma ? comma : end;
		JnyName		name;
		unsigned	bit;

		while (at < stop && *at == ' ')
			at++;
		while (stop > at && stop[-1] == ' ')
			stop--;
		name.data = at;
		name.len = (uint32) (stop - at);
		bit = mode_bit(name);
		if (bit == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown mode \"%s\"", pnstrdup(name.data, name.len)),
					 errhint("Modes are \"default\" alone, or one or several of \"strict_order\", \"strict_deduplication\", \"strict_increase\", \"strict_once\" and \"allow_reentry\" with commas between them.")));
		modes |= bit;
		if (comma == NULL)
			break;
		at = comma + 1;
	}
	if ((modes & JNY_ALLOW_REENTRY) && !(modes & JNY_STRICT_ORDER))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("mode \"allow_reentry\" needs \"strict_order\""),
				 errhint("It allows steps that come too early, which only \"strict_order\" forbids.")));
	return modes;
}

/* The sequence pattern of a text; a bad one is 22P02. */
static JnySequence *
parse_sequence(JnyName text, int nconditions)
{
	JnySequence *sequence;
	JnyError	err;
	JnyCode		code = jny_sequence_parse(text.data, text.len, nconditions,
										  &sequence, &err);

	if (code == JNY_E_MAX_ITEMS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("sequence pattern is too long"),
				 errdetail("The limit is %d elements.", JNY_MAX_SEQUENCE)));
	if (code != JNY_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid sequence pattern \"%s\"", pnstrdup(text.data, text.len)),
				 err.at >= text.len
				 ? errdetail("At offset %zu: found the end of the text, expected %s.",
							 err.at, err.expected)
				 : errdetail("At offset %zu: found \"%s\", expected %s.", err.at,
							 pnstrdup(text.data + err.at, Min(err.len, text.len - err.at)),
							 err.expected),
				 errhint("Elements are (?1) for condition 1, \".\" for any row, \".*\" for any number of rows, and times in seconds such as (?t<=3600).")));
	return sequence;
}

static bool
same_text(JnyName a, JnyName b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static void
params_changed(const char *what)
{
	journey_argument_changed(what, "Put it into GROUP BY, or call the aggregate once for each.");
}

/*
 * The modes of two funnels are compared as they were read, where one has no
 * text: what travelled between nodes has none.
 */
void
journey_check_params(const JourneyConditionParams *own,
					 const JourneyConditionParams *other)
{
	if (own->nconditions != other->nconditions)
		params_changed("number of conditions");
	if (own->window != other->window)
		params_changed("window_seconds");
	switch (own->kind)
	{
		case JOURNEY_FUNNEL:
			if (other->text.len > 0 && same_text(own->text, other->text))
				break;
			if (own->modes != (other->text.len > 0 ? journey_parse_modes(other->text) : other->modes))
				params_changed("mode");
			break;
		case JOURNEY_SEQUENCE:
			if (!same_text(own->text, other->text))
				params_changed("pattern");
			break;
		case JOURNEY_NODE:
			if (own->modes != other->modes)
				params_changed("direction and base");
			break;
		case JOURNEY_RETENTION:
			break;
	}
}

/* A copy with everything that is derived, in the current memory context. */
static JourneyConditionParams *
make_params(const JourneyConditionParams *like)
{
	JourneyConditionParams *params;

	params = (JourneyConditionParams *) palloc(sizeof(JourneyConditionParams));
	*params = *like;
	if (like->text.len > 0)
	{
		char	   *text = (char *) palloc(like->text.len);

		memcpy(text, like->text.data, like->text.len);
		params->text.data = text;
	}
	if (params->kind == JOURNEY_FUNNEL && params->text.len > 0)
		params->modes = journey_parse_modes(params->text);
	if (params->kind == JOURNEY_SEQUENCE)
		params->sequence = parse_sequence(params->text, params->nconditions);
	return params;
}

/* Whether a context is the other one or above it, hence lives at least as long. */
static bool
outlives(MemoryContext context, MemoryContext other)
{
	while (other != NULL && other != context)
		other = other->parent;
	return other != NULL;
}

/* Whether parameters are written the same way. */
static bool
same_params(const JourneyConditionParams *a, const JourneyConditionParams *b)
{
	return a->kind == b->kind && a->nconditions == b->nconditions &&
		a->window == b->window && same_text(a->text, b->text) &&
		(a->text.len > 0 || a->modes == b->modes);
}

/*
 * The call site remembers the parameters it has seen, those used last in
 * front.  What is too much for it, or outlives it, goes with the state.
 */
JourneyConditionParams *
journey_condition_params(FunctionCallInfo fcinfo, MemoryContext aggcontext,
						 const JourneyConditionParams *like)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	bool		shared = outlives(flinfo->fn_mcxt, aggcontext);
	JourneyConditionParams *head = (JourneyConditionParams *) flinfo->fn_extra;
	JourneyConditionParams **link = &head;
	JourneyConditionParams *params;
	int			n = 0;
	MemoryContext old;

	if (shared)
	{
		while (*link && !same_params(*link, like))
		{
			link = &(*link)->next;
			n++;
		}
		shared = *link || n < MAX_SHARED_PARAMS;
	}
	if (shared && *link)
	{
		params = *link;
		*link = params->next;
	}
	else
	{
		old = MemoryContextSwitchTo(shared ? flinfo->fn_mcxt : aggcontext);
		params = make_params(like);
		MemoryContextSwitchTo(old);
	}
	if (shared)
	{
		params->next = head;
		flinfo->fn_extra = params;
	}
	return params;
}

/* ---- state ---- */

JourneyConditionState *
journey_condition_state(FunctionCallInfo fcinfo, MemoryContext aggcontext,
						const JourneyConditionParams *params)
{
	JourneyConditionState *state;

	if (!PG_ARGISNULL(0))
	{
		state = (JourneyConditionState *) PG_GETARG_POINTER(0);
		journey_check_params(state->params, params);
		return state;
	}
	state = (JourneyConditionState *)
		MemoryContextAlloc(aggcontext, sizeof(JourneyConditionState));
	state->params = journey_condition_params(fcinfo, aggcontext, params);
	state->seen = 0;
	jny_conditions_init(&state->rows);
	return state;
}

/*
 * Rows without any condition are kept only where one can change the answer:
 * under strict_order.
 */
void
journey_condition_row(FunctionCallInfo fcinfo, MemoryContext aggcontext,
					  JourneyConditionState *state, int n, uint64 mask)
{
	MemoryContext old;
	JnyError	err;
	int64		ts;

	if (PG_ARGISNULL(n))
		return;
	ts = PG_GETARG_INT64(n);
	journey_check_time(ts);
	state->seen |= mask;
	if (mask == 0 && !(state->params->kind == JOURNEY_FUNNEL &&
					   (state->params->modes & JNY_STRICT_ORDER)))
		return;
	old = MemoryContextSwitchTo(aggcontext);
	if (jny_conditions_push(&state->rows, ts, mask, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	MemoryContextSwitchTo(old);
}

JourneyConditionState *
journey_condition_result(FunctionCallInfo fcinfo)
{
	JourneyConditionState *state;

	journey_agg_context(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	state = (JourneyConditionState *) PG_GETARG_POINTER(0);
	jny_conditions_sort(&state->rows);
	return state;
}

/* journey_conditions_combine(internal, internal) internal */
Datum
journey_conditions_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyConditionState *left;
	JourneyConditionState *right;
	MemoryContext old;
	JnyError	err;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(PG_GETARG_POINTER(0));
	}
	right = (JourneyConditionState *) PG_GETARG_POINTER(1);
	left = journey_condition_state(fcinfo, aggcontext, right->params);
	left->seen |= right->seen;
	old = MemoryContextSwitchTo(aggcontext);
	if (jny_conditions_append(&left->rows, &right->rows, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	MemoryContextSwitchTo(old);
	PG_RETURN_POINTER(left);
}

/* ---- states that travel ---- */

uint8 *
journey_write_params(uint8 *to, const JourneyConditionParams *params,
					 uint64 seen, uint32 n)
{
	to[0] = STATE_MAGIC;
	to[1] = STATE_VERSION;
	to[2] = (uint8) params->kind;
	to[3] = (uint8) params->nconditions;
	jny_put32(to + 4, params->modes);
	jny_put64(to + 8, (uint64) params->window);
	jny_put64(to + 16, seen);
	jny_put32(to + 24, params->kind == JOURNEY_SEQUENCE ? params->text.len : 0);
	jny_put32(to + 28, n);
	to += JOURNEY_CONDITION_HEAD;
	if (params->kind == JOURNEY_SEQUENCE)
	{
		memcpy(to, params->text.data, params->text.len);
		to += params->text.len;
	}
	return to;
}

const uint8 *
journey_read_params(const bytea *bytes, JourneyConditionParams *params,
					uint64 *seen, uint32 *n, size_t *left)
{
	const uint8 *from = (const uint8 *) VARDATA_ANY(bytes);
	size_t		len = VARSIZE_ANY_EXHDR(bytes);

	if (len < JOURNEY_CONDITION_HEAD || from[0] != STATE_MAGIC ||
		from[1] != STATE_VERSION || from[2] < JOURNEY_FUNNEL ||
		from[2] > JOURNEY_NODE || from[3] > JNY_MAX_CONDITIONS ||
		jny_get32(from + 24) > len - JOURNEY_CONDITION_HEAD)
		journey_bad_state();
	memset(params, 0, sizeof(*params));
	params->kind = (JourneyConditionKind) from[2];
	params->nconditions = from[3];
	params->modes = jny_get32(from + 4);
	params->window = (int64) jny_get64(from + 8);
	*seen = jny_get64(from + 16);
	params->text.len = jny_get32(from + 24);
	*n = jny_get32(from + 28);
	params->text.data = (const char *) from + JOURNEY_CONDITION_HEAD;
	*left = len - JOURNEY_CONDITION_HEAD - params->text.len;
	return from + JOURNEY_CONDITION_HEAD + params->text.len;
}

/* journey_conditions_serial(internal) bytea */
Datum
journey_conditions_serial(PG_FUNCTION_ARGS)
{
	JourneyConditionState *state = journey_condition_result(fcinfo);
	const JnyConditionRows *rows = &state->rows;
	size_t		len = JOURNEY_CONDITION_HEAD + state->params->text.len +
		(size_t) rows->n * ROW_BYTES;
	bytea	   *bytes;
	uint8	   *to;

	if (len > JNY_MAX_BYTES)
		journey_past_limit(JNY_E_MAX_BYTES, JNY_MAX_BYTES);
	bytes = (bytea *) palloc(VARHDRSZ + len);
	to = journey_write_params((uint8 *) VARDATA(bytes), state->params,
							  state->seen, rows->n);
	for (uint32 i = 0; i < rows->n; i++, to += ROW_BYTES)
	{
		jny_put64(to, (uint64) rows->rows[i].ts);
		jny_put64(to + 8, rows->rows[i].mask);
	}
	SET_VARSIZE(bytes, to - (uint8 *) bytes);
	PG_RETURN_BYTEA_P(bytes);
}

/*
 * journey_conditions_deserial(bytea, internal) internal
 *
 * A whole state in the current memory context.  Anything that the serial
 * function would not have written is refused (22P03).
 */
Datum
journey_conditions_deserial(PG_FUNCTION_ARGS)
{
	JourneyConditionState *state;
	JourneyConditionParams params;
	const uint8 *from;
	uint32		n;
	size_t		left;
	uint64		known;
	JnyError	err;

	journey_agg_context(fcinfo);
	state = (JourneyConditionState *) palloc(sizeof(JourneyConditionState));
	from = journey_read_params(PG_GETARG_BYTEA_PP(0), &params, &state->seen, &n,
							   &left);
	known = params.nconditions == 64 ? PG_UINT64_MAX :
		(UINT64CONST(1) << params.nconditions) - 1;
	if (params.kind == JOURNEY_NODE || params.nconditions < 1 ||
		left != (size_t) n * ROW_BYTES || (state->seen & ~known) != 0)
		journey_bad_state();
	state->params = make_params(&params);
	jny_conditions_init(&state->rows);
	for (; n > 0; n--, from += ROW_BYTES)
	{
		uint64		mask = jny_get64(from + 8);

		if ((mask & ~known) != 0 ||
			jny_conditions_push(&state->rows, (int64) jny_get64(from), mask,
								&err) != JNY_OK)
			journey_bad_state();
	}
	PG_RETURN_POINTER(state);
}

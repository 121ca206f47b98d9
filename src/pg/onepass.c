/*
 * onepass.c
 *	  funnel_stages over rows: the funnel of everybody in one pass, without
 *	  GROUP BY.
 *
 * Rows go to a log (log.h); the final function takes it apart by customer and
 * asks the same matcher as every other form, so that numbers reconcile.
 */
#include "pg/onepass.h"

#include "nodes/primnodes.h"
#include "utils/memutils.h"

#include "core/flow.h"
#include "pg/agg.h"
#include "pg/reader.h"
#include "pg/stages.h"

/*
 * Serialized state:
 *	  head, the words of the log, pattern, revenue pattern, u16 length of each
 *	  name, names; integers as this machine has them
 */
#define STATE_MAGIC 0x4A4C4F31

typedef struct StateHead
{
	uint32		magic;			/* also tells the order of bytes */
	uint32		kind;
	uint32		nbytes[2];		/* of the patterns; PG_UINT32_MAX: NULL */
	uint32		nnames;
	uint32		reserved;		/* 0 */
	uint64		nwords;
} StateHead;

/* An argument that is the same for all rows. */
typedef struct Setting
{
	struct varlena *value;		/* NULL for an SQL NULL */
	JnyPattern *compiled;
	const void *constant;		/* the address of a constant of the plan */
} Setting;

typedef struct OnePassState
{
	JourneyLog *log;			/* NULL: really a OnePassPacked */
	Setting		setting[2];		/* pattern, revenue */
} OnePassState;

/* A deserialized state: what a combine function takes as its right side. */
typedef struct OnePassPacked
{
	JourneyLog *log;			/* NULL */
	StateHead	head;
	const uint64 *words;
	struct varlena *value[2];
	const uint8 *name_lens;
	const char *names;
} OnePassPacked;

JOURNEY_FUNCTION(journey_funnel_stages_trans_bigint);
JOURNEY_FUNCTION(journey_funnel_stages_trans_text);
JOURNEY_FUNCTION(journey_funnel_stages_trans_uuid);
JOURNEY_FUNCTION(journey_funnel_stages_trans_bigint_date);
JOURNEY_FUNCTION(journey_funnel_stages_trans_text_date);
JOURNEY_FUNCTION(journey_funnel_stages_trans_uuid_date);
JOURNEY_FUNCTION(journey_funnel_stages_rows_combine);
JOURNEY_FUNCTION(journey_funnel_stages_rows_serial);
JOURNEY_FUNCTION(journey_funnel_stages_rows_deserial);
JOURNEY_FUNCTION(journey_funnel_stages_rows_final);

void
journey_text_key(JourneyOnePassKey *k, JnyName value)
{
	if (value.len > JNY_MAX_NAME_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("customer is too long"),
				 errdetail("The limit is %d bytes.", JNY_MAX_NAME_BYTES)));
	k->key.words = k->words;
	jny_log_text_key(value, &k->key);
}

/* ---- states ---- */

static void
close_state(Datum state)
{
	journey_log_close(((OnePassState *) DatumGetPointer(state))->log);
}

/* Sets one of the two patterns; the value is copied. */
static void
set_pattern(Setting *setting, struct varlena *value, MemoryContext context)
{
	setting->constant = NULL;
	setting->value = NULL;
	setting->compiled = NULL;
	if (value == NULL)
		return;
	setting->value = (struct varlena *) MemoryContextAlloc(context,
														   VARSIZE_ANY(value));
	memcpy(setting->value, value, VARSIZE_ANY(value));
	setting->compiled = journey_pattern_compile(PointerGetDatum(setting->value),
												context);
}

/*
 * An empty state.  A log that an aggregate leaves unread, as when the query
 * has rows enough, is closed by the executor.
 */
static OnePassState *
new_state(FunctionCallInfo fcinfo, JnyLogKind kind, struct varlena *pattern,
		  struct varlena *revenue)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	OnePassState *state;

	state = (OnePassState *) MemoryContextAllocZero(aggcontext,
													sizeof(OnePassState));
	set_pattern(&state->setting[0], pattern, aggcontext);
	set_pattern(&state->setting[1], revenue, aggcontext);
	if (revenue)
		journey_check_step(state->setting[1].compiled,
						   "Use alternatives for several events: 'a | b'.");
	state->log = journey_log_create(aggcontext, kind, 0);
	if (!state->setting[0].compiled->needs_all)
		journey_log_filter(state->log, state->setting[0].compiled,
						   state->setting[1].compiled);
	AggRegisterCallback(fcinfo, close_state, PointerGetDatum(state));
	return state;
}

/* Whether two detoasted datums, or NULLs, have the same content. */
static bool
same_value(const struct varlena *a, const struct varlena *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/*
 * The address of argument n if it is a constant of the plan, which nothing
 * else can have while the query runs, else NULL.
 */
static const void *
constant_address(FunctionCallInfo fcinfo, int n)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);
	Const	   *expr;

	if (aggref == NULL || list_length(aggref->args) != PG_NARGS() - 1)
		return NULL;
	expr = (Const *) list_nth_node(TargetEntry, aggref->args, n - 1)->expr;
	if (!IsA(expr, Const) || expr->constisnull ||
		DatumGetPointer(expr->constvalue) != PG_GETARG_POINTER(n))
		return NULL;
	return PG_GETARG_POINTER(n);
}

/* The filters that the columns of this form cannot answer. */
static void
refuse_filters(const JnyPattern *pattern)
{
	if (pattern->needs_channel || pattern->needs_value)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pattern asks for the %s of events, which is not given",
						pattern->needs_channel ? "channel" : "value"),
				 errhint("Use the form with all columns: (customer, ts, event, channel, value, pattern); a column you do not have can be NULL.")));
}

/* Argument n, a pattern, or NULL. */
static struct varlena *
pattern_argument(FunctionCallInfo fcinfo, int n)
{
	if (n >= PG_NARGS() || PG_ARGISNULL(n))
		return NULL;
	return PG_GETARG_VARLENA_PP(n);
}

/* The first row of a group makes a state even if it is ignored. */
static pg_noinline OnePassState *
first_row(FunctionCallInfo fcinfo, JnyLogKind kind)
{
	int			p = PG_NARGS() > 5 ? 6 : 4;
	OnePassState *state;

	journey_check_not_null(fcinfo, p, "pattern");
	state = new_state(fcinfo, kind, pattern_argument(fcinfo, p),
					  pattern_argument(fcinfo, p + 1));
	if (p == 4)
		refuse_filters(state->setting[0].compiled);
	for (int i = 0; i < 2; i++)
		if (state->setting[i].value)
			state->setting[i].constant = constant_address(fcinfo, p + i);
	return state;
}

/* Refuses (22023) an argument n that is not what the state began with. */
static pg_noinline void
check_setting(FunctionCallInfo fcinfo, const Setting *setting, int n)
{
	if (!same_value(setting->value, pattern_argument(fcinfo, n)))
		journey_agg_pattern_changed();
}

/* ---- rows ---- */

/* Appends an event of the customer in argument 1. */
static pg_noinline void
put_event(FunctionCallInfo fcinfo, JourneyLog *log, const JnyEvent *event)
{
	JourneyOnePassKey key;

	if (log->kind == JNY_LOG_INT)
		journey_int_key(&key, PG_GETARG_INT64(1));
	else if (log->kind == JNY_LOG_UUID)
		journey_uuid_key(&key, PG_GETARG_UUID_P(1));
	else
		journey_text_key(&key, journey_text_name(PG_GETARG_TEXT_PP(1)));
	journey_log_put(log, &key.key, event);
}

/* Text argument n; a short one, as in a table, is no reason for a call. */
static inline JnyName
text_argument(FunctionCallInfo fcinfo, int n)
{
	text	   *value = (text *) PG_GETARG_POINTER(n);

	if (VARATT_IS_EXTENDED(value) && !VARATT_IS_SHORT(value))
		value = PG_GETARG_TEXT_PP(n);
	return journey_text_name(value);
}

/*
 * Of an event that is kept, what is asked of channel and value: what is left
 * out makes the record shorter.
 */
static inline void
drop_fields(const OnePassState *state, JnyEvent *event)
{
	const JnyPattern *pattern = state->setting[0].compiled;
	const JnyPattern *revenue = state->setting[1].compiled;

	if (!pattern->needs_channel && !(revenue && revenue->needs_channel))
		event->channel = 0;
	if (!pattern->needs_value && revenue == NULL)
		event->value = NAN;
}

/*
 * funnel_stages_trans(internal, customer, ts, event, pattern) internal
 * funnel_stages_trans(internal, customer, ts, event, channel, value, pattern
 *					   [, revenue]) internal
 *
 * One function for each type of customer; timestamp is read as UTC.  A row
 * without customer, time or event is ignored.  What is constant is so at each
 * call: a row takes some ten nanoseconds.
 */
static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, JnyLogKind kind, bool date, bool wide)
{
	OnePassState *state = PG_ARGISNULL(0) ? first_row(fcinfo, kind) :
		(OnePassState *) PG_GETARG_POINTER(0);
	int			p = wide ? 6 : 4;
	JnyName		none = {"", 0};
	JnyEvent	event;

	if (PG_GETARG_POINTER(p) != state->setting[0].constant || PG_ARGISNULL(p))
		check_setting(fcinfo, &state->setting[0], p);
	if (wide && PG_NARGS() > p + 1 &&
		(PG_ARGISNULL(p + 1) ||
		 PG_GETARG_POINTER(p + 1) != state->setting[1].constant))
		check_setting(fcinfo, &state->setting[1], p + 1);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_POINTER(state);

	event.ts = date ? journey_date_us(PG_GETARG_DATEADT(2)) : PG_GETARG_INT64(2);
	if (!journey_log_event(state->log, &event, text_argument(fcinfo, 3),
						   wide ? journey_getarg_name(fcinfo, 4) : none,
						   wide && !PG_ARGISNULL(5) ? PG_GETARG_FLOAT8(5) : NAN,
						   wide && !PG_ARGISNULL(5)))
		PG_RETURN_POINTER(state);
	if (wide)
		drop_fields(state, &event);
	if (kind == JNY_LOG_INT && jny_log_is_plain(&event))
		journey_log_put_narrow(state->log, PG_GETARG_INT64(1), &event);
	else
		put_event(fcinfo, state->log, &event);
	PG_RETURN_POINTER(state);
}

Datum
journey_funnel_stages_trans_bigint(PG_FUNCTION_ARGS)
{
	return PG_NARGS() > 5 ? add_row(fcinfo, JNY_LOG_INT, false, true) :
		add_row(fcinfo, JNY_LOG_INT, false, false);
}

Datum
journey_funnel_stages_trans_bigint_date(PG_FUNCTION_ARGS)
{
	return PG_NARGS() > 5 ? add_row(fcinfo, JNY_LOG_INT, true, true) :
		add_row(fcinfo, JNY_LOG_INT, true, false);
}

Datum
journey_funnel_stages_trans_text(PG_FUNCTION_ARGS)
{
	return PG_NARGS() > 5 ? add_row(fcinfo, JNY_LOG_TEXT, false, true) :
		add_row(fcinfo, JNY_LOG_TEXT, false, false);
}

Datum
journey_funnel_stages_trans_text_date(PG_FUNCTION_ARGS)
{
	return PG_NARGS() > 5 ? add_row(fcinfo, JNY_LOG_TEXT, true, true) :
		add_row(fcinfo, JNY_LOG_TEXT, true, false);
}

Datum
journey_funnel_stages_trans_uuid(PG_FUNCTION_ARGS)
{
	return PG_NARGS() > 5 ? add_row(fcinfo, JNY_LOG_UUID, false, true) :
		add_row(fcinfo, JNY_LOG_UUID, false, false);
}

Datum
journey_funnel_stages_trans_uuid_date(PG_FUNCTION_ARGS)
{
	return PG_NARGS() > 5 ? add_row(fcinfo, JNY_LOG_UUID, true, true) :
		add_row(fcinfo, JNY_LOG_UUID, true, false);
}

/* ---- the answer ---- */

/* What counting the customers of a log needs. */
typedef struct Counting
{
	const JnyPattern *pattern;
	const JnyPattern *revenue;	/* or NULL */
	MemoryContext context;		/* of the tally */
	JnyTally	tally;
	uint64	   *items;			/* of each rank; NULL: names do not tell all */
	JnyMasks	masks[2];
	JnyPath		path;
	JnyHits		hits;
} Counting;

/* Hits of narrow words, where names tell all. */
static const JnyHits *
narrow_hits(Counting *c, const JourneyLogVisit *visit)
{
	JnyHits    *hits = &c->hits;

	if (visit->n > hits->cap)
	{
		uint32		cap = Max(visit->n, 2 * hits->cap);

		hits->hit = hits->hit ?
			(JnyHit *) jny_realloc(hits->hit, (size_t) cap * sizeof(JnyHit)) :
			(JnyHit *) jny_alloc((size_t) cap * sizeof(JnyHit));
		hits->cap = cap;
	}
	hits->n = 0;
	for (uint32 i = 0; i < visit->n; i++)
	{
		JnyHit	   *hit = &hits->hit[hits->n];

		hit->ts = jny_log_ts(visit->narrow[i]);
		hit->items = c->items[jny_log_code(visit->narrow[i])];
		hit->pos = i;
		hits->n += hit->items != 0;
	}
	hits->nevents = visit->n;
	hits->as_of = jny_log_ts(visit->narrow[visit->n - 1]);
	return hits;
}

/* Hits of a customer's events under one of the patterns. */
static const JnyHits *
path_hits(Counting *c, const JourneyLogVisit *visit, int which)
{
	if (which == 0)
	{
		c->path.n = 0;
		c->path.sorted = true;
		journey_log_path(visit, &c->path);
	}
	jny_hits_of_path(&c->hits, which == 0 ? c->pattern : c->revenue,
					 &c->masks[which], &c->path);
	return &c->hits;
}

/* Adds the values of revenue events to the stages that were reached. */
static void
count_revenue(Counting *c, const JourneyLogVisit *visit, int depth)
{
	const JnyHits *hits = path_hits(c, visit, 1);
	MemoryContext old = MemoryContextSwitchTo(c->context);

	for (int i = 0; i < depth; i++)
	{
		JnySum	   *sum = &jny_tally_get(&c->tally, JNY_TALLY_STAGE, i, 0, 0)->sum;

		for (uint32 k = 0; k < hits->n; k++)
		{
			const JnyEvent *event = &c->path.events[hits->hit[k].pos];

			if (jny_has_value(event))
				jny_sum_add(sum, event->value);
		}
	}
	MemoryContextSwitchTo(old);
}

/* Counts one customer.  Narrow words have no values, hence no revenue. */
static void
count_customer(void *arg, const JourneyLogVisit *visit)
{
	Counting   *c = (Counting *) arg;
	bool		by_name = c->items && visit->narrow;
	const JnyHits *hits = by_name ? narrow_hits(c, visit) :
		path_hits(c, visit, 0);
	JnyAttempt	attempt;
	MemoryContext old;
	bool		fits;

	jny_match_best(c->pattern, hits, &attempt);
	old = MemoryContextSwitchTo(c->context);
	fits = jny_flow_stages(&c->tally, c->pattern, hits, &attempt);
	MemoryContextSwitchTo(old);
	if (!fits)
		journey_tally_too_large();
	if (c->revenue && visit->wide)
		count_revenue(c, visit, attempt.depth);
}

/* The steps of each name by rank, if they depend on nothing else. */
static void
items_by_rank(Counting *c, JnyDict *dict)
{
	uint32		n = Min(jny_dict_count(dict), (uint32) JNY_LOG_WIDE);
	uint32	   *code;
	uint32	   *rank;

	if (c->pattern->needs_channel || c->pattern->needs_value ||
		c->pattern->session >= 0)
		return;
	code = (uint32 *) palloc((n + 1) * sizeof(uint32));
	rank = (uint32 *) palloc((n + 1) * sizeof(uint32));
	c->items = (uint64 *) palloc((n + 1) * sizeof(uint64));
	jny_log_ranks(dict, code, rank);
	for (uint32 i = 0; i < n; i++)
		c->items[i] = jny_pattern_mask(c->pattern, jny_dict_name(dict, code[i]));
}

/* funnel_stages_rows_final(internal) journey_stage_row[]: NULL without a row. */
Datum
journey_funnel_stages_rows_final(PG_FUNCTION_ARGS)
{
	OnePassState *state;
	MemoryContext old;
	MemoryContext context;
	Counting	c = {0};
	Datum		rows;

	journey_agg_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (OnePassState *) PG_GETARG_POINTER(0);
	if (state->log == NULL)
		elog(ERROR, "serialized aggregate state was not combined");
	context = AllocSetContextCreate(CurrentMemoryContext, "journey stages",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	c.pattern = state->setting[0].compiled;
	c.revenue = state->setting[1].compiled;
	c.context = context;
	jny_tally_init(&c.tally, JOURNEY_REPORT_STAGES, NULL, 0);
	jny_path_init(&c.path, state->log->dict);
	items_by_rank(&c, state->log->dict);
	journey_log_visit(state->log, count_customer, &c);
	MemoryContextSwitchTo(old);
	rows = journey_stages_rows(fcinfo, &c.tally, c.pattern, c.revenue != NULL);
	MemoryContextDelete(context);
	return rows;
}

/* ---- parallel ---- */

/* Records on their way into another log. */
typedef struct Merge
{
	JourneyLog *to;
	const uint32 *code;			/* of each name here, there */
} Merge;

static void
merge_record(void *arg, const uint64 *record, uint32 nevent, uint32 nkey)
{
	const Merge *merge = (const Merge *) arg;
	JnyEvent	event;
	JnyLogKey	key = {.nwords = nkey};
	uint64		words[JNY_LOG_KEY_WORDS];

	jny_log_read(record, &event);
	event.name = merge->code[event.name];
	if (event.channel > 0)
		event.channel = merge->code[event.channel - 1] + 1;
	key.words = words;
	memcpy(words, record + nevent, nkey * sizeof(uint64));
	key.hash = jny_log_hash(merge->to->kind, words);
	journey_log_put(merge->to, &key, &event);
}

/* Adds the records of a state that traveled. */
static void
merge_packed(OnePassState *left, const OnePassPacked *right)
{
	Merge		merge = {.to = left->log};
	uint32	   *code = (uint32 *) palloc((right->head.nnames + 1) * sizeof(uint32));
	const char *name = right->names;

	for (uint32 i = 0; i < right->head.nnames; i++)
	{
		JnyName		slice = {name, jny_get16(right->name_lens + 2 * (size_t) i)};

		code[i] = jny_dict_put(left->log->dict, slice);
		name += slice.len;
	}
	merge.code = code;
	journey_log_walk(left->log->kind, right->words, right->head.nwords,
					 merge_record, &merge);
	pfree(code);
}

/* Adds the records of a state of this process, which it has no more then. */
static void
merge_state(OnePassState *left, OnePassState *right)
{
	Merge		merge = {.to = left->log};
	JnyDict    *dict = right->log->dict;
	uint32		n = jny_dict_count(dict);
	uint32	   *code = (uint32 *) palloc((n + 1) * sizeof(uint32));

	for (uint32 i = 0; i < n; i++)
		code[i] = jny_dict_put(left->log->dict, jny_dict_name(dict, i));
	merge.code = code;
	journey_log_stream(right->log, merge_record, &merge);
	pfree(code);
}

/*
 * funnel_stages_rows_combine(internal, internal) internal
 */
Datum
journey_funnel_stages_rows_combine(PG_FUNCTION_ARGS)
{
	OnePassState *left = PG_ARGISNULL(0) ? NULL :
		(OnePassState *) PG_GETARG_POINTER(0);
	OnePassState *right;
	OnePassPacked *packed;
	struct varlena *value[2];

	if (PG_ARGISNULL(1))
	{
		if (left == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(left);
	}
	right = (OnePassState *) PG_GETARG_POINTER(1);
	packed = right->log ? NULL : (OnePassPacked *) right;
	for (int i = 0; i < 2; i++)
		value[i] = packed ? packed->value[i] : right->setting[i].value;
	if (left == NULL)
		left = new_state(fcinfo, packed ? packed->head.kind : right->log->kind,
						 value[0], value[1]);
	for (int i = 0; i < 2; i++)
		if (!same_value(left->setting[i].value, value[i]))
			journey_agg_pattern_changed();
	if (packed)
		merge_packed(left, packed);
	else
		merge_state(left, right);
	PG_RETURN_POINTER(left);
}

/* Appends records to the words of a serialized state. */
static void
write_record(void *arg, const uint64 *record, uint32 nevent, uint32 nkey)
{
	uint8	  **out = (uint8 **) arg;

	memcpy(*out, record, (nevent + nkey) * sizeof(uint64));
	*out += (nevent + nkey) * sizeof(uint64);
}

/* Appends bytes. */
static uint8 *
write_bytes(uint8 *out, const void *bytes, size_t n)
{
	if (n > 0)
		memcpy(out, bytes, n);
	return out + n;
}

/*
 * funnel_stages_rows_serial(internal) bytea
 *
 * All of the log travels; it may have been on tape.
 */
Datum
journey_funnel_stages_rows_serial(PG_FUNCTION_ARGS)
{
	OnePassState *state = (OnePassState *) PG_GETARG_POINTER(0);
	JnyDict    *dict = state->log->dict;
	StateHead	head = {.magic = STATE_MAGIC,.kind = state->log->kind};
	size_t		size = VARHDRSZ + sizeof(StateHead);
	uint8	   *bytes;
	uint8	   *out;

	head.nwords = journey_log_words(state->log);
	head.nnames = jny_dict_count(dict);
	size += head.nwords * sizeof(uint64);
	for (int i = 0; i < 2; i++)
	{
		struct varlena *value = state->setting[i].value;

		head.nbytes[i] = value ? VARSIZE_ANY_EXHDR(value) : PG_UINT32_MAX;
		size += value ? head.nbytes[i] : 0;
	}
	for (uint32 i = 0; i < head.nnames; i++)
		size += 2 + jny_dict_name(dict, i).len;
	if (size > JNY_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("aggregate state is too large to travel between processes"),
				 errdetail("The limit is %zu bytes for the events of one process.",
						   JNY_MAX_BYTES),
				 errhint("Set max_parallel_workers_per_gather to 0 for this query.")));
	bytes = (uint8 *) palloc(size);
	SET_VARSIZE(bytes, size);
	out = write_bytes(bytes + VARHDRSZ, &head, sizeof(head));
	journey_log_stream(state->log, write_record, &out);
	journey_log_close(state->log);
	for (int i = 0; i < 2; i++)
		if (state->setting[i].value)
			out = write_bytes(out, VARDATA_ANY(state->setting[i].value),
							  head.nbytes[i]);
	for (uint32 i = 0; i < head.nnames; i++, out += 2)
		jny_put16(out, (uint16) jny_dict_name(dict, i).len);
	for (uint32 i = 0; i < head.nnames; i++)
		out = write_bytes(out, jny_dict_name(dict, i).data,
						  jny_dict_name(dict, i).len);
	PG_RETURN_BYTEA_P(bytes);
}

/* Bytes that may be missing: says so. */
static const uint8 *
take_bytes(const uint8 **at, size_t *left, uint64 n)
{
	const uint8 *bytes = *at;

	if (n > *left)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid serialized aggregate state"),
				 errhint("All nodes of a cluster must run the same version of the extension.")));
	*at += n;
	*left -= n;
	return bytes;
}

/* funnel_stages_rows_deserial(bytea, internal) internal */
Datum
journey_funnel_stages_rows_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const uint8 *at = (const uint8 *) VARDATA_ANY(bytes);
	size_t		left = VARSIZE_ANY_EXHDR(bytes);
	OnePassPacked *packed = (OnePassPacked *) palloc0(sizeof(OnePassPacked));
	StateHead  *head = &packed->head;
	uint64	   *words;
	size_t		names = 0;

	journey_agg_context(fcinfo);
	memcpy(head, take_bytes(&at, &left, sizeof(StateHead)), sizeof(StateHead));
	if (head->magic != STATE_MAGIC || head->kind < JNY_LOG_INT ||
		head->kind > JNY_LOG_TEXT || head->reserved != 0 ||
		head->nbytes[0] == PG_UINT32_MAX || head->nwords > left / sizeof(uint64))
		left = 0;
	words = (uint64 *) MemoryContextAllocHuge(CurrentMemoryContext,
											  Min(head->nwords, left) * sizeof(uint64) + 1);
	memcpy(words, take_bytes(&at, &left, head->nwords * sizeof(uint64)),
		   head->nwords * sizeof(uint64));
	packed->words = words;
	for (int i = 0; i < 2; i++)
	{
		uint32		n = head->nbytes[i];

		if (n == PG_UINT32_MAX)
			continue;
		packed->value[i] = (struct varlena *) palloc(VARHDRSZ + Min(n, left));
		SET_VARSIZE(packed->value[i], VARHDRSZ + Min(n, left));
		memcpy(VARDATA(packed->value[i]), take_bytes(&at, &left, n), n);
	}
	packed->name_lens = take_bytes(&at, &left, 2 * (uint64) head->nnames);
	for (uint32 i = 0; i < head->nnames; i++)
		names += jny_get16(packed->name_lens + 2 * (size_t) i);
	packed->names = (const char *) take_bytes(&at, &left, names);
	if (left > 0 || !jny_log_check(head->kind, words, head->nwords, head->nnames))
		take_bytes(&at, &left, PG_UINT64_MAX);
	PG_RETURN_POINTER(packed);
}

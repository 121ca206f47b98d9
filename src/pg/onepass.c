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
#include "core/log_chain.h"
#include "pg/agg.h"
#include "pg/reader.h"
#include "pg/stages.h"

JOURNEY_FUNCTION(journey_funnel_stages_trans_bigint);
JOURNEY_FUNCTION(journey_funnel_stages_trans_text);
JOURNEY_FUNCTION(journey_funnel_stages_trans_uuid);
JOURNEY_FUNCTION(journey_funnel_stages_trans_bigint_date);
JOURNEY_FUNCTION(journey_funnel_stages_trans_text_date);
JOURNEY_FUNCTION(journey_funnel_stages_trans_uuid_date);
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
	journey_log_close(((JourneyOnePass *) DatumGetPointer(state))->log);
}

/* Sets one of the two patterns; the value is copied. */
static void
set_pattern(JourneyOnePassPattern *setting, struct varlena *value,
			MemoryContext context)
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
JourneyOnePass *
journey_onepass_new(FunctionCallInfo fcinfo, JnyLogKind kind,
					struct varlena *pattern, struct varlena *revenue)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyOnePass *state;

	state = (JourneyOnePass *) MemoryContextAllocZero(aggcontext,
													sizeof(JourneyOnePass));
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
bool
journey_onepass_same(const struct varlena *a, const struct varlena *b)
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

/* Argument n, a pattern, or NULL. */
static struct varlena *
pattern_argument(FunctionCallInfo fcinfo, int n)
{
	if (n >= PG_NARGS() || PG_ARGISNULL(n))
		return NULL;
	return PG_GETARG_VARLENA_PP(n);
}

/* The first row of a group makes a state even if it is ignored. */
static pg_noinline JourneyOnePass *
first_row(FunctionCallInfo fcinfo, JnyLogKind kind)
{
	int			p = PG_NARGS() > 5 ? 6 : 4;
	JourneyOnePass *state;

	journey_check_not_null(fcinfo, p, "pattern");
	state = journey_onepass_new(fcinfo, kind, pattern_argument(fcinfo, p),
								pattern_argument(fcinfo, p + 1));
	if (p == 4)
		journey_refuse_filters(state->setting[0].compiled,
							   "customer, ts, event, channel, value, pattern");
	for (int i = 0; i < 2; i++)
		if (state->setting[i].value)
			state->setting[i].constant = constant_address(fcinfo, p + i);
	return state;
}

/* Refuses (22023) an argument n that is not what the state began with. */
static pg_noinline void
check_setting(FunctionCallInfo fcinfo, const JourneyOnePassPattern *setting,
			  int n)
{
	if (!journey_onepass_same(setting->value, pattern_argument(fcinfo, n)))
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
drop_fields(const JourneyOnePass *state, JnyEvent *event)
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
	JourneyOnePass *state = PG_ARGISNULL(0) ? first_row(fcinfo, kind) :
		(JourneyOnePass *) PG_GETARG_POINTER(0);
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
	/* of chains: NULL for other patterns */
	int64	   *seen;			/* events of each rank */
	JnyTallyEntry **stage;		/* of each item */
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

/*
 * What jny_flow_stages does, for a customer of whom words tell the attempt;
 * false if the engine must be asked.
 */
static bool
count_chain(Counting *c, const JourneyLogVisit *visit)
{
	JnyAttempt	attempt;
	MemoryContext old;

	if (!jny_log_chain(c->pattern, c->items, visit->narrow, visit->n, &attempt))
		return false;
	c->tally.customers++;
	for (uint32 i = 0; i < visit->n; i++)
		c->seen[jny_log_code(visit->narrow[i])]++;
	if (attempt.depth > 0)
		c->stage[0]->customers++;
	if (attempt.depth < 2)
		return true;
	old = MemoryContextSwitchTo(c->context);
	for (int i = 1; i < attempt.depth; i++)
	{
		c->stage[i]->customers++;
		if (!jny_tally_list(&c->tally, c->stage[i],
							attempt.ts[i] - attempt.ts[i - 1]))
			journey_tally_too_large();
	}
	MemoryContextSwitchTo(old);
	return true;
}

/* Counts one customer.  Narrow words have no values, hence no revenue. */
static void
count_customer(void *arg, const JourneyLogVisit *visit)
{
	Counting   *c = (Counting *) arg;
	bool		by_name = c->items && visit->narrow;
	const JnyHits *hits;
	JnyAttempt	attempt;
	MemoryContext old;
	bool		fits;

	if (by_name && c->seen && count_chain(c, visit))
		return;
	hits = by_name ? narrow_hits(c, visit) : path_hits(c, visit, 0);
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

/* What chains are counted in; made now, entries do not move any more. */
static void
prepare_chain(Counting *c, JnyDict *dict)
{
	int			n = c->pattern->nitems;

	if (c->items == NULL || !jny_log_is_chain(c->pattern))
		return;
	c->seen = (int64 *) palloc0((jny_dict_count(dict) + 1) * sizeof(int64));
	c->stage = (JnyTallyEntry **) palloc(n * sizeof(JnyTallyEntry *));
	for (int i = 0; i < n; i++)
		jny_tally_get(&c->tally, JNY_TALLY_STAGE, i, 0, 0);
	for (int i = 0; i < n; i++)
		c->stage[i] = jny_tally_get(&c->tally, JNY_TALLY_STAGE, i, 0, 0);
}

/* Adds the events that were seen to the stages. */
static void
add_seen(Counting *c, JnyDict *dict)
{
	uint32		n = Min(jny_dict_count(dict), (uint32) JNY_LOG_WIDE);

	if (c->seen == NULL)
		return;
	for (uint32 i = 0; i < n; i++)
		for (int k = 0; k < c->pattern->nitems; k++)
			if (c->items[i] >> k & 1)
				c->stage[k]->times += c->seen[i];
}

/* funnel_stages_rows_final(internal) journey_stage_row[]: NULL without a row. */
Datum
journey_funnel_stages_rows_final(PG_FUNCTION_ARGS)
{
	JourneyOnePass *state;
	MemoryContext old;
	MemoryContext context;
	Counting	c = {0};
	Datum		rows;

	journey_agg_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (JourneyOnePass *) PG_GETARG_POINTER(0);
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
	prepare_chain(&c, state->log->dict);
	journey_log_visit(state->log, count_customer, &c);
	add_seen(&c, state->log->dict);
	MemoryContextSwitchTo(old);
	rows = journey_stages_rows(fcinfo, &c.tally, c.pattern, c.revenue != NULL);
	MemoryContextDelete(context);
	return rows;
}

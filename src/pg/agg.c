/*
 * agg.c
 *	  The plumbing of every aggregate over one customer's events.
 */
#include "pg/agg.h"

#include "nodes/execnodes.h"
#include "nodes/primnodes.h"
#include "utils/memutils.h"

/* Bytes of the dictionary of a site, at most; see JOURNEY_AGG_NAMES. */
#define MAX_SHARED_BYTES ((size_t) 16 * 1024 * 1024)

/* Patterns of one call site; each has a mask for every name. */
#define MAX_SHARED_PATTERNS 64

/* Events that the scratch of a site has room for whatever the next group is. */
#define MAX_IDLE_EVENTS 65536

/*
 * The context that lives as long as the states of this group or batch of
 * groups.  No SQL statement can call a support function directly, for none can
 * make an "internal" value; so being elsewhere is a bug.
 */
MemoryContext
journey_agg_context(FunctionCallInfo fcinfo)
{
	MemoryContext aggcontext;

	if (!AggCheckCallContext(fcinfo, &aggcontext))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return aggcontext;
}

/* An empty site that lives as long as a memory context. */
static JourneyAggSite *
create_site(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	JourneyAggSite *site = (JourneyAggSite *) palloc0(sizeof(JourneyAggSite));

	site->context = context;
	site->dict = jny_dict_create();
	jny_path_init(&site->path, site->dict);
	MemoryContextSwitchTo(old);
	return site;
}

/* Whether a context is the other one or above it, hence lives at least as long. */
static bool
outlives(MemoryContext context, MemoryContext other)
{
	while (other != NULL && other != context)
		other = MemoryContextGetParent(other);
	return other != NULL;
}

/* Whether states that start now should leave a site alone. */
static bool
is_full(const JourneyAggSite *site)
{
	return jny_dict_count(site->dict) > JOURNEY_AGG_NAMES ||
		jny_dict_bytes(site->dict) > MAX_SHARED_BYTES ||
		site->npatterns > MAX_SHARED_PATTERNS;
}

/* An overflow site that goes with its memory context. */
typedef struct Overflow
{
	MemoryContextCallback callback;
	JourneyAggSite *owner;
	JourneyAggSite *site;
} Overflow;

static void
forget_overflow(void *arg)
{
	Overflow   *overflow = (Overflow *) arg;

	if (overflow->owner->overflow == overflow->site)
		overflow->owner->overflow = NULL;
}

/*
 * The site for states that start when that of the call site is full.  It lies
 * beside the states, so that it goes when they go: a dictionary for the whole
 * query would grow with every name there is.  The owner's memory is above the
 * context, hence still there when the callback runs.
 */
static JourneyAggSite *
overflow_site(JourneyAggSite *owner, MemoryContext aggcontext)
{
	JourneyAggSite *site = owner->overflow;
	Overflow   *overflow;

	if (site != NULL && site->context == aggcontext && !is_full(site))
		return site;
	site = create_site(aggcontext);
	overflow = (Overflow *) MemoryContextAlloc(aggcontext, sizeof(Overflow));
	overflow->owner = owner;
	overflow->site = site;
	overflow->callback.func = forget_overflow;
	overflow->callback.arg = overflow;
	MemoryContextRegisterResetCallback(aggcontext, &overflow->callback);
	owner->overflow = site;
	return site;
}

/*
 * The site for a state that starts now: the call site's, or one beside the
 * state where the call site's memory is short-lived (an executor that looks
 * the function up for every row) or its dictionary has grown too large.
 */
JourneyAggSite *
journey_agg_site(FunctionCallInfo fcinfo, MemoryContext aggcontext)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	JourneyAggSite *site;

	if (!outlives(flinfo->fn_mcxt, aggcontext))
		return create_site(aggcontext);
	if (flinfo->fn_extra == NULL)
		flinfo->fn_extra = create_site(flinfo->fn_mcxt);
	site = (JourneyAggSite *) flinfo->fn_extra;
	if (!is_full(site))
		return site;
	site->direct = false;
	return overflow_site(site, aggcontext);
}

/* Whether argument n of a transition function is a constant of the query. */
bool
journey_agg_arg_fixed(FunctionCallInfo fcinfo, int n)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);
	Node	   *arg;

	if (aggref == NULL || list_length(aggref->args) < n)
		return false;
	arg = (Node *) ((TargetEntry *) list_nth(aggref->args, n - 1))->expr;
	return IsA(arg, Const) ||
		(IsA(arg, Param) && ((Param *) arg)->paramkind == PARAM_EXTERN);
}

/* ---- rooms and states ---- */

/* Called when the memory of a room, and of all states in it, goes. */
static void
forget_room(void *arg)
{
	JourneyAggRoom *room = (JourneyAggRoom *) arg;
	JourneyAggSite *site = room->site;

	journey_agg_forget_rows(room);
	for (JourneyAggRoom **link = &site->rooms; *link; link = &(*link)->next)
		if (*link == room)
		{
			*link = room->next;
			return;
		}
}

/* The room of a site for states of a pattern in a memory context. */
static JourneyAggRoom *
find_room(MemoryContext aggcontext, JourneyAggSite *site,
		  JourneyAggPattern *pattern, bool fixed)
{
	JourneyAggRoom *room;
	MemoryContext old;

	for (JourneyAggRoom **link = &site->rooms; *link; link = &(*link)->next)
	{
		room = *link;
		if (room->context != aggcontext || room->pattern != pattern)
			continue;
		*link = room->next;
		room->next = site->rooms;
		return site->rooms = room;
	}

	old = MemoryContextSwitchTo(aggcontext);
	room = (JourneyAggRoom *) palloc(sizeof(JourneyAggRoom));
	room->site = site;
	room->pattern = pattern;
	room->fixed = fixed;
	room->context = aggcontext;
	jny_pool_init(&room->pool);
	room->next = site->rooms;
	site->rooms = room;
	room->callback.func = forget_room;
	room->callback.arg = room;
	MemoryContextRegisterResetCallback(aggcontext, &room->callback);
	MemoryContextSwitchTo(old);
	return room;
}

/* An empty state in the aggregate context. */
JourneyAggState *
journey_agg_new(FunctionCallInfo fcinfo, MemoryContext aggcontext,
				JourneyAggSite *site, JourneyAggPattern *pattern, bool fixed)
{
	JourneyAggRoom *room = find_room(aggcontext, site, pattern, fixed);
	JourneyAggState *state = (JourneyAggState *) jny_pool_line(&room->pool);

	state->room = room;
	state->first = JOURNEY_NO_TIME;
	jny_stash_init(&state->stash);
	if (fixed && site == fcinfo->flinfo->fn_extra)
	{
		site->direct = true;
		site->pattern = pattern;
		site->skip = pattern ? pattern->skip : 0;
	}
	return state;
}

/* The argument is put back: it is the caller's. */
Datum
journey_agg_call_date(FunctionCallInfo fcinfo, PGFunction transition)
{
	Datum		date = fcinfo->args[1].value;
	Datum		result;

	if (!PG_ARGISNULL(1))
		fcinfo->args[1].value =
			TimestampGetDatum(journey_date_us(DatumGetDateADT(date)));
	result = transition(fcinfo);
	fcinfo->args[1].value = date;
	return result;
}

/* The state in argument n of a final or serial function. */
JourneyAggState *
journey_agg_state(FunctionCallInfo fcinfo, int n)
{
	JourneyAggState *state;

	journey_agg_context(fcinfo);
	if (PG_ARGISNULL(n))
		return NULL;
	state = (JourneyAggState *) PG_GETARG_POINTER(n);
	if (state->room == NULL)
		elog(ERROR, "serialized aggregate state was not combined");
	journey_agg_flush(state->room->site);
	return state;
}

/* The events of a state in the scratch of its site, in canonical order. */
JnyPath *
journey_agg_path(const JourneyAggState *state)
{
	JourneyAggSite *site = state->room->site;
	JnyPath    *path = &site->path;
	MemoryContext old = MemoryContextSwitchTo(site->context);
	JnyError	err;

	journey_agg_flush(site);
	/* what one huge group took is not kept for all small ones */
	if (path->cap > MAX_IDLE_EVENTS && state->stash.n < path->cap / 16)
		jny_path_reset(path);
	if (jny_path_of_stash(path, &state->stash, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	MemoryContextSwitchTo(old);
	return path;
}

/* ---- patterns ---- */

/* What the pattern of a group may not do. */
void
journey_agg_pattern_changed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("pattern must be the same for all rows of a group"),
			 errhint("Put the pattern into GROUP BY, or call the aggregate once for each pattern.")));
}

/* Time to the first event counts from whatever event a group has. */
static void
measure_names(JourneyAggPattern *pattern)
{
	pattern->name_bits = journey_agg_name_bits(pattern->compiled);
	pattern->skip = pattern->compiled->nitems == 1 ||
		pattern->compiled->needs_all ? 0 : ~pattern->name_bits;
}

/* Puts a pattern in front of its site's list. */
static JourneyAggPattern *
push_pattern(JourneyAggSite *site, JourneyAggPattern *pattern)
{
	pattern->next = site->patterns;
	site->patterns = pattern;
	return pattern;
}

/* Moves *link, an element of the site's list, to the front of it. */
static JourneyAggPattern *
touch_pattern(JourneyAggSite *site, JourneyAggPattern **link)
{
	JourneyAggPattern *pattern = *link;

	*link = pattern->next;
	return push_pattern(site, pattern);
}

/* Whether two detoasted datums have the same content. */
static bool
same_value(const struct varlena *a, const struct varlena *b)
{
	size_t		len = VARSIZE_ANY_EXHDR(a);

	return len == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), len) == 0;
}

/*
 * The pattern of a site that came in as this (detoasted) value; compiled when
 * the site sees it for the first time.
 */
JourneyAggPattern *
journey_agg_pattern(JourneyAggSite *site, struct varlena *value)
{
	JourneyAggPattern **link;
	JourneyAggPattern *pattern;
	MemoryContext old;

	for (link = &site->patterns; *link; link = &(*link)->next)
		if ((*link)->value && same_value((*link)->value, value))
			return touch_pattern(site, link);

	old = MemoryContextSwitchTo(site->context);
	pattern = (JourneyAggPattern *) palloc0(sizeof(JourneyAggPattern));
	pattern->compiled = journey_pattern_compile(PointerGetDatum(value),
												site->context);
	pattern->value = (struct varlena *) palloc(VARSIZE_ANY(value));
	memcpy(pattern->value, value, VARSIZE_ANY(value));
	jny_text_init(&pattern->text);
	jny_pattern_print(pattern->compiled, &pattern->text);
	MemoryContextSwitchTo(old);
	measure_names(pattern);
	site->npatterns++;
	return push_pattern(site, pattern);
}

/*
 * A comparison of bytes for every row; a state that came from another node
 * knows its pattern's text only.
 */
void
journey_agg_check_pattern(const JourneyAggRoom *room, struct varlena *value)
{
	const JourneyAggPattern *own = room->pattern;
	const JourneyAggPattern *pattern;

	if (own->value && same_value(own->value, value))
		return;
	pattern = journey_agg_pattern(room->site, value);
	if (pattern->text.len != own->text.len ||
		memcmp(pattern->text.data, own->text.data, own->text.len) != 0)
		journey_agg_pattern_changed();
}

/* The pattern of a site by its canonical text, as other states tell it. */
JourneyAggPattern *
journey_agg_pattern_text(JourneyAggSite *site, JnyName text)
{
	JourneyAggPattern **link;
	JourneyAggPattern *pattern;
	MemoryContext old;
	JnyError	err;

	for (link = &site->patterns; *link; link = &(*link)->next)
		if ((*link)->text.len == text.len &&
			memcmp((*link)->text.data, text.data, text.len) == 0)
			return touch_pattern(site, link);

	old = MemoryContextSwitchTo(site->context);
	pattern = (JourneyAggPattern *) palloc0(sizeof(JourneyAggPattern));
	if (jny_pattern_parse(text.data, text.len, &pattern->compiled,
						  &err) != JNY_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid pattern in a serialized aggregate state")));
	jny_text_init(&pattern->text);
	jny_text_append(&pattern->text, text.data, text.len);
	MemoryContextSwitchTo(old);
	measure_names(pattern);
	site->npatterns++;
	return push_pattern(site, pattern);
}

/*
 * agg_rows.c
 *	  Rows on their way into the states of aggregates over one customer's
 *	  events.
 *
 * A row costs one look-up of its name and one append.
 */
#include "pg/agg.h"

#include "core/dict.h"

/*
 * While a row is taken into its state, the place that the row so far behind it
 * will be written to is loaded.
 */
#define ROWS_NEAR 6

/* Takes an event into a state. */
static inline void
take_event(JourneyAggState *state, const JnyEvent *event)
{
	JnyError	err;

	state->first = Min(state->first, event->ts);
	if (jny_stash_push(&state->stash, &state->room->pool, event, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
}

/*
 * Takes an event of one site into a state of another: an executor called the
 * transition function of this call site with a state that began elsewhere.
 */
static pg_noinline void
take_foreign(const JourneyAggSite *site, JourneyAggState *state, JnyEvent event)
{
	const JourneyAggPattern *own = state->room->pattern;
	JnyDict    *dict = state->room->site->dict;

	if (own && (own->text.len != site->pattern->text.len ||
				memcmp(own->text.data, site->pattern->text.data, own->text.len) != 0))
		journey_agg_pattern_changed();
	event.name = jny_dict_put(dict, jny_dict_name(site->dict, event.name));
	if (event.channel != 0)
		event.channel = jny_dict_put(dict, jny_dict_name(site->dict,
														 event.channel - 1)) + 1;
	take_event(state, &event);
}

/* Takes all rows on their way into their states. */
void
journey_agg_flush(JourneyAggSite *site)
{
	uint32		n = site->nrows;

	site->nrows = 0;
	for (uint32 i = 0; i < n; i++)
	{
		const JourneyAggRow *row = &site->rows[i];

		if (i + ROWS_NEAR < n)
			jny_stash_prefetch(&row[ROWS_NEAR].state->stash);
		if (likely(row->state->room->site == site))
			take_event(row->state, &row->event);
		else
			take_foreign(site, row->state, row->event);
	}
}

/* Forgets the rows on their way to the states of a room that goes. */
void
journey_agg_forget_rows(JourneyAggRoom *room)
{
	JourneyAggSite *site = room->site;
	uint32		n = 0;

	for (uint32 i = 0; i < site->nrows; i++)
		if (site->rows[i].state->room != room)
			site->rows[n++] = site->rows[i];
	site->nrows = n;
}

/* A row on its way to a state; when it is filled in, see whether all are. */
static inline JourneyAggRow *
next_row(JourneyAggSite *site, JourneyAggState *state)
{
	JourneyAggRow *row = &site->rows[site->nrows++];

	__builtin_prefetch(state, 1);
	row->state = state;
	return row;
}

/* Takes an event into a state, sooner or later. */
void
journey_agg_add(JourneyAggState *state, JourneyAggSite *direct,
				const JnyEvent *event)
{
	if (direct == NULL)
	{
		take_event(state, event);
		return;
	}
	next_row(direct, state)->event = *event;
	if (direct->nrows == JOURNEY_AGG_ROWS)
		journey_agg_flush(direct);
}

/* Steps of a pattern that an event of this name may satisfy; 0: none. */
static inline uint64
steps_of_code(JourneyAggSite *site, JourneyAggPattern *pattern, uint32 code)
{
	MemoryContext old;
	uint64		steps;

	if (likely(code < pattern->masks.n))
		return pattern->masks.mask[2 * (size_t) code] |
			pattern->masks.mask[2 * (size_t) code + 1];
	old = MemoryContextSwitchTo(site->context);
	steps = jny_masks_get(&pattern->masks, pattern->compiled, site->dict, code);
	MemoryContextSwitchTo(old);
	return steps;
}

/* The bits of the names that some step of a pattern may take. */
uint64
journey_agg_name_bits(const JnyPattern *pattern)
{
	uint64		bits = 0;

	if (pattern->nprefix > 0 || pattern->complex != 0 || pattern->any != 0)
		return PG_UINT64_MAX;
	for (int i = 0; i < pattern->nexact; i++)
		bits |= UINT64CONST(1) <<
			journey_agg_name_bit(pattern->leaves[i].name.data,
								 pattern->leaves[i].name.len);
	return bits;
}

/*
 * Whether the answer can depend on an event of this name, and its code if so.
 * A name that no item of the pattern takes need not even be remembered; it is,
 * while the dictionary is small, for that answers the question for good.
 */
static inline bool
wanted_name(JourneyAggSite *site, JourneyAggPattern *pattern, JnyName name,
			uint32 *code)
{
	bool		all = pattern == NULL || pattern->compiled->needs_all;
	uint64		head;
	uint64		tail;
	uint64		maybe;

	if (!all)
	{
		if (!(pattern->name_bits >> journey_agg_name_bit(name.data, name.len) & 1))
			return false;
		if (unlikely(site->dict->count >= JOURNEY_AGG_NAMES) &&
			(jny_pattern_masks(pattern->compiled, name, &maybe) | maybe) == 0)
			return false;
	}
	jny_name_ends(name, &head, &tail);
	*code = jny_dict_find(site->dict, name, head, tail);
	return all || steps_of_code(site, pattern, *code) != 0;
}

/* Argument n, a text that is hardly ever toasted: without a call if not. */
static inline JnyName
text_arg(FunctionCallInfo fcinfo, int n)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(PG_GETARG_DATUM(n));

	if (unlikely(VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value)))
		value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n));
	return journey_text_name((text *) value);
}

/*
 * Takes the row in arguments 1 (ts), 2 (event) and, as nfields tells, 3
 * (channel) and 4 (value) into a state; ts and event are not NULL.  Checks
 * every row, also those the pattern has no use for.
 */
void
journey_agg_add_args(FunctionCallInfo fcinfo, JourneyAggState *state,
					 int nfields)
{
	JourneyAggSite *direct = journey_agg_direct(fcinfo);
	JourneyAggSite *site = direct ? direct : state->room->site;
	JourneyAggPattern *pattern = direct ? direct->pattern : state->room->pattern;
	JnyName		name = text_arg(fcinfo, 2);
	JnyName		channel = {"", 0};
	JnyEvent	event;
	bool		has_value = nfields > 3 && !PG_ARGISNULL(4);

	event.ts = PG_GETARG_INT64(1);
	event.value = has_value ? PG_GETARG_FLOAT8(4) : NAN;
	if (nfields > 2 && !PG_ARGISNULL(3))
		channel = text_arg(fcinfo, 3);
	journey_check_row(event.ts, name, channel, event.value, has_value);

	if (!wanted_name(site, pattern, name, &event.name))
	{
		/* asked for by time_to_first, which takes one item */
		if (pattern->compiled->nitems == 1)
			state->first = Min(state->first, event.ts);
		return;
	}
	event.channel = channel.len == 0 ? 0 : jny_dict_put(site->dict, channel) + 1;
	journey_agg_add(state, direct, &event);
}

/*
 * The same for arguments 1 and 2 alone, which are not NULL, and a direct site:
 * what most rows are.
 */
Datum
journey_agg_add_pair(FunctionCallInfo fcinfo, JourneyAggSite *site)
{
	JourneyAggState *state = (JourneyAggState *) PG_GETARG_POINTER(0);
	JourneyAggPattern *pattern = site->pattern;
	int64		ts = PG_GETARG_INT64(1);
	JnyName		name = text_arg(fcinfo, 2);
	JnyName		none = {"", 0};
	JourneyAggRow *row;
	uint32		code;

	journey_check_row(ts, name, none, NAN, false);
	if (!wanted_name(site, pattern, name, &code))
	{
		if (pattern->compiled->nitems == 1)
			state->first = Min(state->first, ts);
		PG_RETURN_POINTER(state);
	}
	row = next_row(site, state);
	row->event.ts = ts;
	row->event.value = NAN;
	row->event.name = code;
	row->event.channel = 0;
	if (unlikely(site->nrows == JOURNEY_AGG_ROWS))
		journey_agg_flush(site);
	PG_RETURN_POINTER(state);
}

/*
 * contrast_count.c
 *	  Touchpoints and ordered pairs of a stretch of events, into counts.
 *
 * Keys of the counts:
 *	  't'					all
 *	  's' u16 length, A		those who have A
 *	  'p' u16 length, A, B	those who have A and, at that time or later, B
 */
#include "pg/contrast.h"

/* Keys of one state; a key of touchpoint_lift takes about 200 bytes. */
#define MAX_CONTRASTS 500000

void
journey_spans_init(JourneySpans *spans, const JnyView *view)
{
	memset(spans, 0, sizeof(*spans));
	spans->names = (JnyName *) palloc(view->nnames * sizeof(JnyName) + 1);
	spans->at = (uint32 *) palloc0(view->nnames * sizeof(uint32) + 1);
	spans->span = (JourneySpan *) palloc(view->nnames * sizeof(JourneySpan) + 1);
	spans->id = (uint32 *) palloc(view->nnames * sizeof(uint32) + 1);
	jny_view_names(view, spans->names);
}

void
journey_spans_reset(JourneySpans *spans)
{
	for (uint32 i = 0; i < spans->n; i++)
		spans->at[spans->span[i].code] = 0;
	spans->n = 0;
	spans->events = 0;
}

void
journey_spans_add(JourneySpans *spans, uint32 code, int64 ts)
{
	JourneySpan *span;

	spans->events++;
	if (spans->at[code] == 0)
	{
		span = &spans->span[spans->n++];
		spans->at[code] = spans->n;
		span->code = code;
		span->first = ts;
	}
	else
		span = &spans->span[spans->at[code] - 1];
	span->last = ts;
}

/*
 * Where the keys of names and pairs stand in the counts of a state, so that a
 * pair is found by two small numbers and not by two names.  Only a shortcut: it
 * starts empty wherever a state comes from, when a group has some rows, and
 * names beyond its room do without.
 *
 *	  names: name -> id        single[id], pair[a * room + b]: position + 1, or 0
 */
typedef struct Shortcut
{
	uint32		rows;
	uint32		room;			/* ids, a power of two */
	JnyDict    *names;
	uint32	   *single;
	uint32	   *pair;
} Shortcut;

#define SHORTCUT_FROM_ROWS 32
#define SHORTCUT_MAX_ROOM 512

/* Makes room for an id, as far as there may be. */
static void
grow_shortcut(Shortcut *shortcut, uint32 id)
{
	uint32		room = 16;
	uint32	   *single;
	uint32	   *pair;

	while (room <= id && room < SHORTCUT_MAX_ROOM)
		room *= 2;
	single = (uint32 *) palloc0(room * sizeof(uint32));
	pair = (uint32 *) palloc0((size_t) room * room * sizeof(uint32));
	for (uint32 i = 0; i < shortcut->room; i++)
	{
		single[i] = shortcut->single[i];
		memcpy(pair + i * room, shortcut->pair + i * shortcut->room,
			   shortcut->room * sizeof(uint32));
	}
	if (shortcut->room > 0)
	{
		pfree(shortcut->single);
		pfree(shortcut->pair);
	}
	shortcut->single = single;
	shortcut->pair = pair;
	shortcut->room = room;
}

/* The shortcut of a state once it pays, with the ids of names; or NULL. */
static Shortcut *
find_shortcut(JourneyCounts *state, const JourneySpans *spans, uint32 *id)
{
	Shortcut   *shortcut = (Shortcut *) state->own;
	MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);
	uint32		top = 0;

	if (shortcut == NULL)
		shortcut = (Shortcut *) (state->own = palloc0(sizeof(Shortcut)));
	if (shortcut->rows++ < SHORTCUT_FROM_ROWS)
		shortcut = NULL;
	else
	{
		if (shortcut->names == NULL)
			shortcut->names = jny_dict_create();
		for (uint32 i = 0; i < spans->n; i++)
		{
			id[i] = jny_dict_put(shortcut->names, spans->names[spans->span[i].code]);
			top = Max(top, id[i]);
		}
		if (top >= shortcut->room && shortcut->room < SHORTCUT_MAX_ROOM)
			grow_shortcut(shortcut, top);
	}
	MemoryContextSwitchTo(old);
	return shortcut;
}

/* Counts 1 under a key; its position. */
static uint32
count(JourneyCounts *state, const uint8 *key, uint32 len, int cell)
{
	uint32		at = journey_counts_put(state, key, len);

	jny_counts_of(state->counts, at)[cell]++;
	if (state->counts->n > MAX_CONTRASTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many touchpoints and pairs to compare"),
				 errdetail("The limit is %d.", MAX_CONTRASTS),
				 errhint("Coarsen event names with relabel(), or look at fewer of them with keep().")));
	return at;
}

/* Counts 1 where a shortcut leads; false if it does not, or not yet. */
static inline bool
count_at(JourneyCounts *state, const uint32 *at, int cell)
{
	if (*at == 0)
		return false;
	jny_counts_of(state->counts, *at - 1)[cell]++;
	return true;
}

/* The key of A, which begins that of A and then B; its length. */
static uint32
span_key(uint8 *key, char kind, JnyName name)
{
	key[0] = (uint8) kind;
	jny_put16(key + 1, (uint16) name.len);
	memcpy(key + 3, name.data, name.len);
	return 3 + name.len;
}

void
journey_spans_count(JourneyCounts *state, JourneySpans *spans, int cell)
{
	uint8		key[3 + 2 * JNY_MAX_NAME_BYTES];
	Shortcut   *shortcut = find_shortcut(state, spans, spans->id);

	count(state, (const uint8 *) "t", 1, cell);
	for (uint32 i = 0; i < spans->n; i++)
	{
		const JourneySpan *a = &spans->span[i];
		JnyName		name = spans->names[a->code];
		bool		near = shortcut && spans->id[i] < shortcut->room;
		uint32		none = 0;
		uint32	   *at = near ? &shortcut->single[spans->id[i]] : &none;
		uint32		len = 0;

		JNY_CHECK_INTERRUPTS();
		if (!count_at(state, at, cell))
			*at = count(state, key, span_key(key, 's', name), cell) + 1;
		for (uint32 k = 0; k < spans->n; k++)
		{
			const JourneySpan *b = &spans->span[k];
			JnyName		then = spans->names[b->code];

			if (i == k || b->last < a->first)
				continue;
			none = 0;
			at = near && spans->id[k] < shortcut->room ?
				&shortcut->pair[spans->id[i] * shortcut->room + spans->id[k]] : &none;
			if (count_at(state, at, cell))
				continue;
			if (len == 0)
				len = span_key(key, 'p', name);
			memcpy(key + len, then.data, then.len);
			*at = count(state, key, len + then.len, cell) + 1;
		}
	}
}

/*
 * match_hits.c
 *	  From a journey to its hits: the events that satisfy some item.
 *
 * Names are compared once per dictionary entry; events are looked at one by one
 * only where a step depends on their channel or value, or on their session.
 */
#include "core/match.h"

#include "core/pick.h"
#include "core/session.h"

#include "port/pg_bitutils.h"

/* Events looked at between two checks of the room in the buffer. */
#define CHUNK 1024

/* Names whose item sets fit on the stack. */
#define FEW_NAMES 256

static void
reserve_hits(JnyHits *hits, uint32 more)
{
	uint32		need = hits->n + more;

	if (need <= hits->cap)
		return;
	need = Max(need, hits->cap + hits->cap / 2);
	hits->hit = hits->hit ?
		jny_realloc(hits->hit, (size_t) need * sizeof(JnyHit)) :
		jny_alloc((size_t) need * sizeof(JnyHit));
	hits->cap = need;
}

/*
 * Appends the hits among events from .. to-1, at most CHUNK, for which there is
 * room even if all are hits.  Codes of two bytes.
 */
static void
scan_wide_codes(JnyHits *hits, const uint64 *masks, const JnyView *view,
				uint32 from, uint32 to)
{
	for (uint32 i = from; i < to; i++)
	{
		JnyHit	   *hit = &hits->hit[hits->n];
		uint64		items = masks[jny_get16(view->codes + 2 * (size_t) i)];

		if (items == 0)
			continue;
		hit->ts = jny_time(view, i);
		hit->items = items;
		hit->pos = i;
		hits->n++;
	}
}

/* A buffer of session numbers as long as that of hits. */
static void
reserve_sessions(JnyHits *hits)
{
	if (hits->session_cap >= hits->cap)
		return;
	hits->session = hits->session ?
		jny_realloc(hits->session, (size_t) hits->cap * sizeof(uint32)) :
		jny_alloc((size_t) hits->cap * sizeof(uint32));
	hits->session_cap = hits->cap;
}

/* The number of the session of an event; *number and *last are the one before. */
static inline uint32
next_session(const JnyPattern *pattern, int64 ts, int64 *last, uint32 *number)
{
	if (*number == 0 || jny_session_gap(*last, ts, pattern->session))
		(*number)++;
	*last = ts;
	return *number;
}

static void
add_hit(JnyHits *hits, const JnyPattern *pattern, int64 ts, uint64 items,
		uint32 pos, uint32 session)
{
	if (hits->n == hits->cap)
		reserve_hits(hits, 16);
	hits->hit[hits->n].ts = ts;
	hits->hit[hits->n].items = items;
	hits->hit[hits->n].pos = pos;
	if (pattern->session >= 0)
	{
		reserve_sessions(hits);
		hits->session[hits->n] = session;
	}
	hits->n++;
}

/* Hits of events one by one; masks as in JnyMasks. */
static void
walk_events(JnyHits *hits, const JnyPattern *pattern, const JnyView *view,
			const uint64 *masks, const uint64 *maybe)
{
	JnyName    *names = jny_alloc((view->nnames + view->nchannels + 1) *
								  sizeof(JnyName));
	JnyName    *channels = names + view->nnames;
	JnyName		none = {"", 0};
	int64		last = 0;
	uint32		session = 0;

	if (view->nnames > 0)
		jny_view_names(view, names);
	if (view->nchannels > 0)
		jny_view_channels(view, channels);
	for (JnyWalk walk = jny_walk(view); jny_walk_next(&walk);)
	{
		uint64		items = masks[walk.code];

		if ((walk.next & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (pattern->session >= 0)
			next_session(pattern, walk.ts, &last, &session);
		if (maybe[walk.code])
			items |= jny_pattern_test(pattern, maybe[walk.code],
									  names[walk.code], walk.channel ?
									  channels[walk.channel - 1] : none,
									  walk.value);
		if (items)
			add_hit(hits, pattern, walk.ts, items, walk.next - 1, session);
	}
	jny_free(names);
}

/* Hits by the codes of names alone, of two bytes. */
static void
scan_wide_view(JnyHits *hits, const JnyView *view, const uint64 *masks)
{
	for (uint32 from = 0; from < view->n; from += CHUNK)
	{
		uint32		to = Min(view->n - from, CHUNK) + from;

		JNY_CHECK_INTERRUPTS();
		reserve_hits(hits, to - from);
		scan_wide_codes(hits, masks, view, from, to);
	}
}

/* The same for codes of one byte; the names found are those that matter. */
static void
scan_view(JnyHits *hits, const JnyView *view, const uint64 *masks,
		  const JnyNameSteps *found, int nfound)
{
	uint8		matters[FEW_NAMES] = {0};
	uint8		codes[FEW_NAMES];
	JnyPick		pick;

	/* damaged bytes may have more names than codes can tell */
	while (nfound > 0 && found[nfound - 1].code >= FEW_NAMES)
		nfound--;
	for (int i = 0; i < nfound; i++)
		matters[codes[i] = (uint8) found[i].code] = 1;
	jny_pick_init(&pick, matters, codes, nfound);
	for (uint32 from = 0; from < view->n; from += JNY_PICK_MOST)
	{
		uint32		n = Min(view->n - from, JNY_PICK_MOST);
		uint64		picked = jny_pick(&pick, view->codes + from, n);
		JnyHit	   *hit;

		if ((from & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		reserve_hits(hits, n);
		for (hit = hits->hit + hits->n; picked; picked &= picked - 1, hit++)
		{
			uint32		i = from + pg_rightmost_one_pos64(picked);

			hit->ts = jny_time(view, i);
			hit->items = masks[view->codes[i]];
			hit->pos = i;
		}
		hits->n = hit - hits->hit;
	}
}

/* O(events + names * log(names of the pattern)). */
void
jny_hits_of_view(JnyHits *hits, const JnyPattern *pattern,
				 const JnyView *view)
{
	uint64		few[2 * FEW_NAMES];
	JnyNameSteps few_found[FEW_NAMES];
	uint64	   *masks = few;
	JnyNameSteps *found = few_found;
	uint64	   *maybe;
	uint64		any_maybe = 0;
	int			n;

	hits->n = 0;
	hits->nevents = view->n;
	hits->as_of = view->last;
	if (view->nnames > FEW_NAMES)
	{
		masks = jny_alloc(2 * view->nnames * sizeof(uint64));
		found = jny_alloc(view->nnames * sizeof(JnyNameSteps));
	}
	maybe = masks + view->nnames;
	n = jny_view_steps(pattern, view, found);
	memset(masks, 0, 2 * view->nnames * sizeof(uint64));
	for (int i = 0; i < n; i++)
	{
		masks[found[i].code] = found[i].steps;
		maybe[found[i].code] = found[i].maybe;
		any_maybe |= found[i].maybe;
	}
	if (any_maybe || (n > 0 && pattern->session >= 0))
		walk_events(hits, pattern, view, masks, maybe);
	else if (n > 0 && (view->flags & JNY_FLAG_WIDE_NAMES))
		scan_wide_view(hits, view, masks);
	else if (n > 0)
		scan_view(hits, view, masks, found, n);
	if (masks != few)
	{
		jny_free(masks);
		jny_free(found);
	}
}

/* Fills the table up to the newest name of the dictionary. */
static void
fill_masks(JnyMasks *masks, const JnyPattern *pattern, const JnyDict *dict)
{
	uint32		count = jny_dict_count(dict);

	if (count > masks->cap)
	{
		uint32		cap = Max(count, 2 * masks->cap);
		size_t		size = (size_t) cap * 2 * sizeof(uint64);

		masks->mask = masks->mask ? jny_realloc(masks->mask, size) :
			jny_alloc(size);
		masks->cap = cap;
	}
	for (; masks->n < count; masks->n++)
		masks->mask[2 * masks->n] =
			jny_pattern_masks(pattern, jny_dict_name(dict, masks->n),
							  &masks->mask[2 * masks->n + 1]);
}

/* Each name is looked up once in the life of the table. */
uint64
jny_masks_get(JnyMasks *masks, const JnyPattern *pattern, const JnyDict *dict,
			  uint32 code)
{
	if (code >= masks->n)
		fill_masks(masks, pattern, dict);
	return masks->mask[2 * (size_t) code] | masks->mask[2 * (size_t) code + 1];
}

/* Of the steps that depend on channel or value, those an event satisfies. */
static uint64
test_event(const JnyPattern *pattern, uint64 maybe, const JnyDict *dict,
		   const JnyEvent *event)
{
	JnyName		none = {"", 0};

	return jny_pattern_test(pattern, maybe, jny_dict_name(dict, event->name),
							event->channel ?
							jny_dict_name(dict, event->channel - 1) : none,
							event->value);
}

/* O(events), and a sort if the path is not in canonical order. */
void
jny_hits_of_path(JnyHits *hits, const JnyPattern *pattern, JnyMasks *masks,
				 JnyPath *path)
{
	int64		last = 0;
	uint32		session = 0;

	jny_path_sort(path);
	hits->n = 0;
	hits->nevents = path->n;
	hits->as_of = path->n > 0 ? path->events[path->n - 1].ts : 0;
	for (uint32 i = 0; i < path->n; i++)
	{
		const JnyEvent *event = &path->events[i];
		uint64		items = jny_masks_get(masks, pattern, path->dict,
										  event->name);
		uint64		maybe = masks->mask[2 * (size_t) event->name + 1];

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (pattern->session >= 0)
			next_session(pattern, event->ts, &last, &session);
		if (maybe)
			items = masks->mask[2 * (size_t) event->name] |
				test_event(pattern, maybe, path->dict, event);
		if (items)
			add_hit(hits, pattern, event->ts, items, i, session);
	}
}

/* Hits are in order of time, so what is forgotten is a tail.  O(tail). */
void
jny_hits_until(JnyHits *hits, int64 as_of, uint32 nevents)
{
	while (hits->n > 0 && hits->hit[hits->n - 1].ts > as_of)
		hits->n--;
	hits->nevents = nevents;
	hits->as_of = as_of;
}

/* The first hit at a position >= from, n if there is none: see match.h. */
uint32
jny_hits_from(const JnyHits *hits, uint32 from)
{
	uint32		low = 0;
	uint32		high = hits->n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (hits->hit[middle].pos < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

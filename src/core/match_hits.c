/*
 * match_hits.c
 *	  From a journey to its hits: the events that satisfy some item.
 *
 * Names are compared once per dictionary entry, never per event.
 */
#include "core/match.h"

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
 * Appends the hits among events from .. to-1, for which there is room even if
 * all are hits.  Whether an event is one is hard to predict, so every event is
 * written and only a hit kept; times are decoded for hits alone.  "wide" is
 * constant at each call, which makes two plain loops of this one.
 */
static inline void
scan_codes(JnyHits *hits, const uint64 *masks, const JnyView *view,
		   uint32 from, uint32 to, bool wide)
{
	JnyHit	   *begin = hits->hit + hits->n;
	JnyHit	   *hit = begin;

	for (uint32 i = from; i < to; i++)
	{
		uint32		code = wide ? jny_get16(view->codes + 2 * (size_t) i) :
			view->codes[i];

		hit->items = masks[code];
		hit->pos = i;
		hit += masks[code] != 0;
	}
	hits->n = hit - hits->hit;
	for (; begin < hit; begin++)
		begin->ts = jny_time(view, begin->pos);
}

/* O(events + names * log(names of the pattern)). */
void
jny_hits_of_view(JnyHits *hits, const JnyPattern *pattern,
				 const JnyView *view)
{
	uint64		few[FEW_NAMES];
	uint64	   *masks = few;
	const uint8 *name = view->name_bytes;
	uint64		all = 0;

	hits->n = 0;
	hits->nevents = view->n;
	if (view->nnames > FEW_NAMES)
		masks = jny_alloc(view->nnames * sizeof(uint64));
	for (uint32 i = 0; i < view->nnames; i++)
	{
		JnyName		slice = {(const char *) name,
		jny_get16(view->name_lens + 2 * (size_t) i)};

		masks[i] = jny_pattern_mask(pattern, slice);
		all |= masks[i];
		name += slice.len;
	}
	for (uint32 from = 0; all != 0 && from < view->n; from += CHUNK)
	{
		uint32		to = Min(view->n - from, CHUNK) + from;

		if ((from & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		reserve_hits(hits, CHUNK);
		if (view->flags & JNY_FLAG_WIDE_NAMES)
			scan_codes(hits, masks, view, from, to, true);
		else
			scan_codes(hits, masks, view, from, to, false);
	}
	if (masks != few)
		jny_free(masks);
}

/*
 * The item set of one name.  Fills the table up to the newest name of the
 * dictionary, so each name is looked up once in the life of the table.
 */
uint64
jny_masks_get(JnyMasks *masks, const JnyPattern *pattern, const JnyDict *dict,
			  uint32 code)
{
	uint32		count;

	if (code < masks->n)
		return masks->mask[code];
	count = jny_dict_count(dict);
	if (count > masks->cap)
	{
		uint32		cap = Max(count, 2 * masks->cap);

		masks->mask = masks->mask ?
			jny_realloc(masks->mask, (size_t) cap * sizeof(uint64)) :
			jny_alloc((size_t) cap * sizeof(uint64));
		masks->cap = cap;
	}
	for (; masks->n < count; masks->n++)
		masks->mask[masks->n] =
			jny_pattern_mask(pattern, jny_dict_name(dict, masks->n));
	return masks->mask[code];
}

/* O(events), and a sort if the path is not in canonical order. */
void
jny_hits_of_path(JnyHits *hits, const JnyPattern *pattern, JnyMasks *masks,
				 JnyPath *path)
{
	jny_path_sort(path);
	hits->n = 0;
	hits->nevents = path->n;
	for (uint32 i = 0; i < path->n; i++)
	{
		const JnyEvent *event = &path->events[i];
		uint64		items = jny_masks_get(masks, pattern, path->dict,
										  event->name);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (items == 0)
			continue;
		if (hits->n == hits->cap)
			reserve_hits(hits, 16);
		hits->hit[hits->n].ts = event->ts;
		hits->hit[hits->n].items = items;
		hits->hit[hits->n++].pos = i;
	}
}

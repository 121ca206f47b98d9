/*
 * match_names.c
 *	  What the names of a journey mean to a pattern.
 *
 * A journey has a dictionary of its own, so that all of its names are looked
 * at for each question, and most mean nothing to the pattern.  Two tables of
 * 256 bytes tell nearly all of those without a comparison and without a branch:
 * one by last byte and length for whole names, one by first byte for prefixes.
 */
#include "core/match.h"

/* A slot of the table of whole names that several share. */
#define SHARED 255

static inline uint8
whole_slot(uint8 last, uint32 len)
{
	return (uint8) (last + 8 * len);
}

void
jny_filter_finish(JnyPattern *pattern)
{
	for (int i = 0; i < pattern->nexact; i++)
	{
		JnyName		name = pattern->leaves[i].name;
		uint8	   *slot = &pattern->whole[whole_slot((uint8) name.data[name.len - 1],
													  name.len)];

		*slot = *slot == 0 && i + 1 < SHARED ? i + 1 : SHARED;
	}
	for (int i = 0; i < pattern->nprefix; i++)
		pattern->begins_with[(uint8) pattern->leaves[pattern->nexact + i].name.data[0]] = 1;
	/* any name may satisfy such steps */
	if (pattern->any != 0 || pattern->complex != 0)
		memset(pattern->begins_with, 1, sizeof(pattern->begins_with));
}

/* Are len bytes the same?  Names are short: a call would take longer. */
static inline bool
same_bytes(const uint8 *a, const uint8 *b, uint32 len)
{
	if (len > 16)
		return memcmp(a, b, len) == 0;
	if (len >= 8)
		return ((jny_get64(a) ^ jny_get64(b)) |
				(jny_get64(a + len - 8) ^ jny_get64(b + len - 8))) == 0;
	if (len >= 4)
		return ((jny_get32(a) ^ jny_get32(b)) |
				(jny_get32(a + len - 4) ^ jny_get32(b + len - 4))) == 0;
	for (uint32 i = 0; i < len; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Names looked at in one go. */
#define CHUNK 256

/* A name that passed the filter. */
typedef struct Picked
{
	uint32		code;
	uint32		end;			/* offset behind its last byte */
	uint32		slot;			/* what the table of whole names says */
} Picked;

/*
 * Picks, of the n names from "from" on, those that pass the filter; *end is
 * where they begin and becomes where they end.  Whether one passes is hard to
 * predict, so every name is written and only one that passes kept.  Lengths may
 * be wrong: nothing behind the bytes of all names is read.
 */
static inline uint32
pick_names(const JnyPattern *pattern, const JnyView *view, uint32 from,
		   uint32 n, bool prefixes, uint32 *end, Picked *picked)
{
	const uint8 *bytes = view->name_bytes;
	const uint8 *lens = view->name_lens + 2 * (size_t) from;
	uint32		last = (uint32) (view->codes - bytes) - 1;
	uint32		at = *end;
	uint32		npicked = 0;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		len = jny_get16(lens + 2 * (size_t) i);
		uint8		passes = prefixes ? pattern->begins_with[bytes[Min(at, last)]] : 0;
		uint8		slot;

		at += len;
		slot = pattern->whole[whole_slot(bytes[Min(at - 1, last)], len)];
		picked[npicked].code = from + i;
		picked[npicked].end = at;
		picked[npicked].slot = slot;
		npicked += (slot | passes) != 0;
	}
	*end = at;
	return npicked;
}

/* The steps of a name that passed the filter. */
static inline uint64
steps_of_name(const JnyPattern *pattern, const uint8 *name, uint32 len,
			  uint32 slot, uint64 *maybe)
{
	const JnyLeaf *leaf = &pattern->leaves[slot - 1];
	JnyName		slice = {(const char *) name, len};

	*maybe = 0;
	if (unlikely(slot == SHARED))
		return jny_pattern_masks(pattern, slice, maybe);
	return leaf->name.len == len &&
		same_bytes((const uint8 *) leaf->name.data, name, len) ? leaf->items : 0;
}

/*
 * Names are picked first, which does not depend on anything but the two tables,
 * then looked at.
 */
int
jny_view_steps(const JnyPattern *pattern, const JnyView *view,
			   JnyNameSteps *found)
{
	bool		simple = pattern->any == 0 && pattern->complex == 0 && pattern->nprefix == 0;
	size_t		size = view->codes - view->name_bytes;
	Picked		picked[CHUNK];
	uint32		end = 0;
	int			nfound = 0;

	if (unlikely(size == 0))
		return view->nnames == 0 ? 0 : -1;
	for (uint32 from = 0; from < view->nnames; from += CHUNK)
	{
		uint32		n = Min(view->nnames - from, CHUNK);
		uint32		npicked = simple ?
			pick_names(pattern, view, from, n, false, &end, picked) :
			pick_names(pattern, view, from, n, true, &end, picked);

		if (end > size)
			return -1;
		for (uint32 k = 0; k < npicked; k++)
		{
			uint32		len = jny_get16(view->name_lens + 2 * (size_t) picked[k].code);
			const uint8 *name = view->name_bytes + picked[k].end - len;
			uint64		maybe;
			uint64		steps = steps_of_name(pattern, name, len,
											  simple ? picked[k].slot : SHARED, &maybe);

			found[nfound].steps = steps;
			found[nfound].maybe = maybe;
			found[nfound].code = picked[k].code;
			nfound += (steps | maybe) != 0;
		}
	}
	return end == size ? nfound : -1;
}

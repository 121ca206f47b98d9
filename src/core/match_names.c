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
	return (uint8) (last + 31 * len);
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

/* The steps of a name that passed the filter. */
static inline void
steps_of_name(const JnyPattern *pattern, const uint8 *name, uint32 len,
			  JnyNameSteps *found)
{
	uint8		slot = len == 0 ? 0 : pattern->whole[whole_slot(name[len - 1], len)];
	const JnyLeaf *leaf = &pattern->leaves[Max(slot, 1) - 1];
	JnyName		slice = {(const char *) name, len};

	if (slot == 0 || slot == SHARED || pattern->nprefix > 0 || pattern->complex)
		found->steps = jny_pattern_masks(pattern, slice, &found->maybe);
	else
	{
		found->maybe = 0;
		found->steps = pattern->any;
		if (leaf->name.len == len &&
			same_bytes((const uint8 *) leaf->name.data, name, len))
			found->steps |= leaf->items;
	}
}

/* The names that pass the filter; "steps" and "maybe" are left. */
static inline uint32
pick_names(const JnyPattern *pattern, const JnyView *view, JnyNameSteps *picked)
{
	const uint8 *begins_with = pattern->begins_with;
	const uint8 *whole = pattern->whole;
	const uint8 *lens = view->name_lens;
	const uint8 *name = view->name_bytes;
	uint8		every = pattern->any != 0 || pattern->complex != 0;
	uint32		nnames = view->nnames;
	uint32		end = 0;
	uint32		n = 0;

	for (uint32 i = 0; i < nnames; i++)
	{
		uint32		len = jny_get16(lens + 2 * (size_t) i);
		uint8		passes = every | begins_with[*name];

		name += len;
		end += len;
		passes |= whole[whole_slot(name[-1], len)];
		picked[n].code = i;
		picked[n].end = end;
		n += passes != 0;
	}
	return n;
}

/*
 * Names are picked first, which does not depend on anything but the two tables,
 * then looked at.
 */
uint32
jny_view_steps(const JnyPattern *pattern, const JnyView *view,
			   JnyNameSteps *found)
{
	const uint8 *lens = view->name_lens;
	uint32		picked = pick_names(pattern, view, found);
	uint32		n = 0;

	for (uint32 k = 0; k < picked; k++)
	{
		JnyNameSteps name = found[k];
		uint32		len = jny_get16(lens + 2 * (size_t) name.code);

		steps_of_name(pattern, view->name_bytes + name.end - len, len, &name);
		found[n] = name;
		n += (name.steps | name.maybe) != 0;
	}
	return n;
}

/*
 * pattern_units.c
 *	  From items to units: what the engine counts one by one.
 *
 * An item has a unit for each event it needs, or one if it is optional.  More
 * repeats than needed have units only where they can make a difference: where
 * they are joined by "=>", where the next link looks at the last of them, and
 * where a condition on the last matched event is to be met.  An unbounded
 * number of them is one unit that loops.
 */
#include "core/pattern.h"

/* Does it matter which repeat of item i is the last one? */
static bool
last_repeat_matters(const JnyPattern *pattern, int i)
{
	for (int j = i + 1; j < pattern->nitems; j++)
	{
		const JnyItem *item = &pattern->items[j];

		if (item->link == JNY_LINK_NEXT || item->gap_max >= 0 ||
			item->without >= 0)
			return true;
		if (item->min > 0)
			return false;
	}
	return pattern->ends || pattern->no_more >= 0;
}

/* Units for what an item may take beyond what it needs: 0, some, or a loop. */
static int
extra_units(const JnyPattern *pattern, int i)
{
	const JnyItem *item = &pattern->items[i];

	if (item->max <= Max(item->min, 1) || !last_repeat_matters(pattern, i))
		return 0;
	return item->max == JNY_UNBOUNDED ? 1 : item->max - Max(item->min, 1);
}

static void
add_units(JnyPattern *pattern, int i)
{
	const JnyItem *item = &pattern->items[i];
	int			slots = Max(item->min, 1);
	int			n = slots + extra_units(pattern, i);
	bool		repeats_next = i + 1 < pattern->nitems &&
		item[1].link == JNY_LINK_NEXT;

	for (int r = 0; r < n; r++)
	{
		JnyStage    *unit = &pattern->units[pattern->nunits++];

		unit->item = (uint8) i;
		unit->first = r == 0;
		unit->slot = r < slots;
		unit->satisfies = r + 1 >= slots;
		unit->loops = r >= slots && item->max == JNY_UNBOUNDED;
		unit->next = r > 0 ? repeats_next :
			i > 0 && item->link == JNY_LINK_NEXT;
	}
}

/* What only the general engine answers. */
static bool
is_extended(const JnyPattern *pattern)
{
	for (int i = 0; i < pattern->nitems; i++)
	{
		const JnyItem *item = &pattern->items[i];

		if (item->min == 0 || item->gap_max >= 0 || item->without >= 0)
			return true;
	}
	return pattern->nunits != pattern->nitems || pattern->session >= 0 ||
		pattern->without >= 0 || pattern->no_more >= 0 ||
		pattern->any_order || pattern->distinct_times || pattern->begins ||
		pattern->ends;
}

/* What match_chain.c can answer. */
static bool
is_chain(const JnyPattern *pattern)
{
	for (int i = 0; i < pattern->nitems; i++)
	{
		const JnyItem *item = &pattern->items[i];

		if (item->min != 1 || item->max != 1 || item->gap_min > 0 ||
			item->gap_max >= 0 || (i > 0 && item->link != JNY_LINK_LATER))
			return false;
	}
	return pattern->session < 0 && pattern->no_more < 0 &&
		!pattern->any_order && !pattern->begins && !pattern->ends &&
		!pattern->from_first;
}

/* Parts between "->" of a pattern that has "=>"; see match_group.h. */
static JnyCode
check_parts(JnyPattern *pattern, size_t at, JnyError *err)
{
	int			limit = pattern->extended ? JNY_MAX_EXTENDED_PARTS :
		JNY_MAX_MIXED_PARTS;
	int			parts = 1;

	for (int i = 1; i < pattern->nitems; i++)
		parts += pattern->items[i].link == JNY_LINK_LATER;
	if (parts > limit)
		return jny_fail(err, JNY_E_MAX_MIXED_ITEMS, at, 0, limit,
						"fewer \"->\"");
	if (pattern->nunits > JNY_MAX_ITEMS)
		return jny_fail(err, JNY_E_MAX_UNITS, at, 0, JNY_MAX_ITEMS,
						"smaller quantifiers");
	return JNY_OK;
}

/* "at" is where to report a limit that only the whole pattern shows. */
JnyCode
jny_units_finish(JnyPattern *pattern, size_t at, JnyError *err)
{
	int64		units = 0;

	for (int i = 0; i < pattern->nitems; i++)
	{
		units += Max(pattern->items[i].min, 1) + (int64) extra_units(pattern, i);
		if (pattern->items[i].min > 0)
			pattern->required_items = i + 1;
	}
	if (units > JNY_MAX_UNITS)
		return jny_fail(err, JNY_E_MAX_UNITS, at, 0, JNY_MAX_UNITS,
						"smaller quantifiers");
	pattern->units = jny_alloc(units * sizeof(JnyStage));
	for (int i = 0; i < pattern->nitems; i++)
	{
		add_units(pattern, i);
		pattern->has_next |= pattern->items[i].link == JNY_LINK_NEXT;
	}
	pattern->extended = is_extended(pattern);
	pattern->chain = is_chain(pattern);
	pattern->needs_all = pattern->has_next || pattern->any != 0 ||
		pattern->begins || pattern->ends || pattern->session >= 0 ||
		pattern->no_more >= 0;
	return pattern->has_next ? check_parts(pattern, at, err) : JNY_OK;
}

/*
 * track_pool.c
 *	  Pooled units of a group under "=>": those that any event of their item
 *	  can fill.  See track_scan.h.
 *
 * Whether the events left by the placed units do for them is Hall's condition:
 * for each set of pools, as many events that fit one of it as there are units
 * (Hall 1935).  Sets that have more events than placed units could ever take
 * are left out; events that matter to the same sets are one class.
 */
#include "core/track_scan.h"

#include "port/pg_bitutils.h"

/* May "=>" never lead to unit u nor on from it, and any event be the last? */
static bool
is_pooled(const JnyTrack *t, int u)
{
	const JnyPattern *pattern = t->pattern;
	const JnyStage *unit = jny_track_unit(t, u);

	if (unit->next || (u == 0 && t->pinned))
		return false;
	if (!unit->satisfies)
		return !unit[1].next;
	if (t->final_ok && unit->item + 1 >= pattern->required_items)
		return false;
	for (int i = unit->item + 1; i < pattern->nitems; i++)
	{
		if (pattern->items[i].link == JNY_LINK_NEXT)
			return false;
		if (pattern->items[i].min > 0)
			break;
	}
	return true;
}

void
jny_track_pool_init(JnyTrack *t)
{
	struct JnyScan *scan = t->scan;

	for (int i = 0; i < t->pattern->nitems; i++)
		scan->pool_of[i] = -1;
	for (int u = 0; u < t->n; u++)
	{
		int8	   *pool = &scan->pool_of[jny_track_unit(t, u)->item];

		if (!is_pooled(t, u) || (*pool < 0 && scan->npools == JNY_MAX_POOLS))
			continue;
		if (*pool < 0)
		{
			scan->pool_item[scan->npools] = jny_track_unit(t, u)->item;
			*pool = (int8) scan->npools++;
		}
		scan->pooled |= jny_unit_bit(u);
	}
}

/* The hit at a position, among hits k .. end-1; end if there is none. */
static uint32
hit_at(const JnyTrack *t, uint32 k, uint32 end, uint32 pos)
{
	uint32		high = end;

	while (k < high)
	{
		uint32		middle = k + (high - k) / 2;

		if (t->hit[middle].pos < pos)
			k = middle + 1;
		else
			high = middle;
	}
	return k < end && t->hit[k].pos == pos ? k : end;
}

/*
 * Reserves the events of units whose position is settled: nothing less will do
 * for the unit any more, and what it needs no other can have.  Returns the
 * units that may be filled in the group.
 */
static uint64
reserve_events(JnyTrack *t, uint32 k, uint32 end, uint64 present)
{
	struct JnyScan *scan = t->scan;
	uint64		open = 0;

	scan->fixed = 0;
	scan->nreserved = 0;
	for (int u = 0; u < t->unit_of[t->target]; u++)
	{
		const JnyPin *pin = &t->pins[u];
		uint32		e;
		int			at;

		if (t->hit[k].ts > pin->max_ts ||
			!(present >> jny_track_unit(t, u)->item & 1))
			continue;
		if (pin->max_pos == PG_UINT32_MAX || pin->guess)
		{
			open |= jny_unit_bit(u);
			continue;
		}
		e = hit_at(t, k, end, pin->max_pos);
		if (e == end || !jny_track_can(t, u, e))
			continue;
		for (at = scan->nreserved; at > 0 && scan->reserved[at - 1].hit > e; at--)
			scan->reserved[at] = scan->reserved[at - 1];
		if (at > 0 && scan->reserved[at - 1].hit == e)
			continue;			/* cannot be, or leads nowhere */
		scan->reserved[at].hit = e;
		scan->reserved[at].unit = u;
		scan->nreserved++;
		scan->fixed |= jny_unit_bit(u);
		open |= jny_unit_bit(u);
	}
	return open;
}

/* Can unit u be reached from others of the group? */
static bool
has_previous(const JnyTrack *t, int u)
{
	const JnyStage *unit = jny_track_unit(t, u);
	uint64		reach = t->scan->reach;

	if (t->pattern->distinct_times)
		return false;
	if (!unit->first)
		return reach >> (u - 1) & 1;
	if (!unit->next && t->pattern->items[unit->item].gap_min > 0)
		return false;
	for (int i = unit->item - 1; i >= 0; i--)
	{
		for (int x = t->unit_of[i]; x < t->unit_of[i + 1]; x++)
		{
			if (jny_track_unit(t, x)->satisfies && (reach >> x & 1))
				return true;
		}
		if (!jny_track_skips(t, i))
			return false;
	}
	return false;
}

/* Can "->" lead on from unit u to another one of the group? */
static bool
has_next(const JnyTrack *t, int u)
{
	const JnyPattern *pattern = t->pattern;
	const JnyStage *unit = jny_track_unit(t, u);

	if (u + 1 < t->n && !unit[1].first && !unit[1].next)
		return true;
	for (int i = unit->item + 1; unit->satisfies && i < pattern->nitems; i++)
	{
		if (pattern->items[i].link == JNY_LINK_LATER &&
			pattern->items[i].gap_min == 0)
			return true;
		if (!jny_track_skips(t, i))
			break;
	}
	return false;
}

/* Finds which of the open units an attempt may get to. */
static void
find_reach(JnyTrack *t, uint64 open, bool joined)
{
	struct JnyScan *scan = t->scan;

	scan->reach = scan->required = scan->chained = 0;
	for (int u = 0; u < t->unit_of[t->target]; u++)
	{
		const JnyStage *unit = jny_track_unit(t, u);
		bool		enters = unit->next ? joined && jny_track_chain_into(t, u) :
			t->in[u] != 0;

		if ((scan->pooled >> u & 1) && unit->slot &&
			!jny_track_skips(t, unit->item))
			scan->required |= jny_unit_bit(u);
		if (!(scan->pooled >> u & 1) && !has_next(t, u))
			scan->chained |= jny_unit_bit(u);
		if ((open >> u & 1) && (enters || has_previous(t, u)))
			scan->reach |= jny_unit_bit(u);
	}
}

/* Counts events by the set of pools they fit; returns the items present. */
static uint64
count_events(JnyTrack *t, uint32 k, uint32 end)
{
	struct JnyScan *scan = t->scan;
	uint64		present = 0;
	uint64		before = 0;
	int			fits = 0;

	memset(scan->count, 0, sizeof(uint32) << scan->npools);
	for (uint32 e = k; e < end; e++)
	{
		if ((e & 0xFFFF) == 0)
			JNY_CHECK_INTERRUPTS();
		if (t->hit[e].items != before)
			fits = jny_track_pool_fits(scan, before = t->hit[e].items);
		scan->count[fits]++;
		present |= before;
	}
	return present;
}

/* The most events that placed units can take; PG_UINT32_MAX without limit. */
static uint32
most_taken(const JnyTrack *t)
{
	uint64		placed = t->scan->reach & ~t->scan->pooled;

	for (uint64 bits = placed; bits; bits &= bits - 1)
	{
		const JnyStage *unit = jny_track_unit(t, pg_rightmost_one_pos64(bits));

		if (unit->loops && unit->next)
			return PG_UINT32_MAX;
	}
	return (uint32) pg_popcount64(placed);
}

/* Finds the sets of pools that may run out of events. */
static void
find_tight(JnyTrack *t)
{
	struct JnyScan *scan = t->scan;
	uint64		taken = most_taken(t);
	uint32		needed[JNY_MAX_POOLS] = {0};
	bool		extra[JNY_MAX_POOLS] = {false};

	for (uint64 bits = scan->reach & scan->pooled & ~scan->fixed; bits; bits &= bits - 1)
	{
		const JnyStage *unit = jny_track_unit(t, pg_rightmost_one_pos64(bits));
		int			pool = scan->pool_of[unit->item];

		/* of repeats beyond what is needed one may be the last */
		needed[pool] += unit->slot || !extra[pool];
		extra[pool] |= !unit->slot;
	}
	scan->ntight = 0;
	for (int set = 1; set < 1 << scan->npools; set++)
	{
		uint64		most = 0;
		bool		all = true;

		for (int p = 0; p < scan->npools; p++)
		{
			if (set >> p & 1)
			{
				most += needed[p];
				all &= needed[p] > 0;
			}
		}
		scan->fitting[set] = 0;
		for (int i = 0; i < scan->nkinds; i++)
		{
			if (scan->kind[i] & set)
				scan->fitting[set] += scan->count[scan->kind[i]];
		}
		if (all && scan->fitting[set] < most + taken)
			scan->tight[scan->ntight++] = (uint8) set;
	}
}

/* Do two kinds of events matter to the same tight sets? */
static bool
same_class(const struct JnyScan *scan, uint8 a, uint8 b)
{
	for (int i = 0; i < scan->ntight; i++)
	{
		if (((scan->tight[i] & a) != 0) != ((scan->tight[i] & b) != 0))
			return false;
	}
	return true;
}

/* Puts what events may fit into classes. */
static void
find_classes(struct JnyScan *scan)
{
	scan->nclasses = 0;
	scan->class_of[0] = -1;
	for (int i = 0; i < scan->nkinds; i++)
	{
		uint8		fits = scan->kind[i];
		int			c = 0;

		while (c < scan->nclasses && !same_class(scan, scan->class_fits[c], fits))
			c++;
		if (same_class(scan, fits, 0))
			c = -1;
		else if (c == scan->nclasses)
			scan->class_fits[scan->nclasses++] = fits;
		scan->class_of[fits] = (int16) c;
	}
}

bool
jny_track_pool_set(JnyTrack *t, uint32 k, uint32 end, bool joined)
{
	struct JnyScan *scan = t->scan;
	uint64		present = count_events(t, k, end);

	find_reach(t, reserve_events(t, k, end, present), joined);
	if (scan->reach == 0)
		return false;
	for (int i = 0; i < scan->nreserved; i++)
		scan->count[jny_track_pool_fits(scan, t->hit[scan->reserved[i].hit].items)]--;
	scan->nkinds = 0;
	for (int set = 1; set < 1 << scan->npools; set++)
	{
		if (scan->count[set])
			scan->kind[scan->nkinds++] = (uint8) set;
	}
	find_tight(t);
	find_classes(scan);
	return true;
}

bool
jny_track_pool_can(const JnyTrack *t, const JnyScanState *s, uint64 units)
{
	const struct JnyScan *scan = t->scan;
	uint32		needed[JNY_MAX_POOLS] = {0};

	if (units & ~scan->reach)
		return false;
	for (uint64 bits = units & ~scan->fixed; bits; bits &= bits - 1)
	{
		int			u = pg_rightmost_one_pos64(bits);

		needed[scan->pool_of[jny_track_unit(t, u)->item]]++;
	}
	for (int i = 0; i < scan->ntight; i++)
	{
		uint64		sum = 0;

		for (int p = 0; p < scan->npools; p++)
			sum += scan->tight[i] >> p & 1 ? needed[p] : 0;
		for (int c = 0; c < scan->nclasses; c++)
			sum += scan->tight[i] & scan->class_fits[c] ? s->used[c] : 0;
		if (sum > scan->fitting[scan->tight[i]])
			return false;
	}
	return true;
}

/*
 * track_group.c
 *	  The general engine inside one group of hits of equal time, without "=>".
 *
 * Between equal times "->" may go either way, so units that meet in a group
 * need distinct events and nothing else: bipartite matching, by augmenting
 * paths (Kuhn 1955).  An attempt that enters at a unit does best to leave
 * optional items empty on its way, for they only take events away; what they
 * are filled with is a question of its own ("must").
 *
 * Of the hits only the first few of each item are looked at: if others take n
 * of them, one of n + 1 is free.
 */
#include "core/track.h"

#include "port/pg_bitutils.h"

static void
reserve_kept(JnyTrack *t, uint32 n)
{
	if (n <= t->kept_cap)
		return;
	n = Max(n, 2 * t->kept_cap);
	if (t->kept)
	{
		jny_free(t->kept);
		jny_free(t->owner);
		jny_free(t->owner_saved);
		jny_free(t->seen);
	}
	t->kept = jny_alloc(n * sizeof(uint32));
	t->owner = jny_alloc(n * sizeof(int16));
	t->owner_saved = jny_alloc(n * sizeof(int16));
	t->seen = jny_alloc(n * sizeof(bool));
	t->kept_cap = n;
}

/* Keeps the first n + 1 hits of each item, and as many that may be the last. */
static uint64
collect(JnyTrack *t, uint32 k, uint32 end)
{
	uint32		count[2][JNY_MAX_ITEMS] = {{0}};
	uint64		present = 0;
	uint64		open;			/* items of which more hits are wanted */
	uint64		items = t->pattern->nitems == 64 ? PG_UINT64_MAX :
		(UINT64CONST(1) << t->pattern->nitems) - 1;

	reserve_kept(t, Min((uint64) end - k,
						(uint64) 2 * (t->n + 1) * t->pattern->nitems));
	t->nkept = 0;
	open = items;
	for (uint32 e = k; e < end && open; e++)
	{
		bool		last = jny_track_ends_with(t, e);
		bool		wanted = t->pinned && e == t->pin;

		for (uint64 bits = t->hit[e].items & items; bits; bits &= bits - 1)
		{
			int			i = pg_rightmost_one_pos64(bits);

			wanted |= count[0][i]++ <= t->n;
			wanted |= last && t->final_ok && count[1][i]++ <= t->n;
			if (count[t->final_ok != NULL][i] > t->n && !t->pinned)
				open &= ~(bits & -bits);
			present |= UINT64CONST(1) << i;
		}
		if (wanted && t->nkept < t->kept_cap)
			t->kept[t->nkept++] = e;
	}
	return present;
}

/* May unit u have event e, which is the last one if need be? */
static inline bool
suits(const JnyTrack *t, int u, uint32 e, bool last)
{
	return jny_track_can(t, u, t->kept[e]) &&
		(!last || jny_track_ends_with(t, t->kept[e]));
}

/*
 * One augmenting path from a unit; with "last" it begins with a last event.
 * An event that is free spares moving others.
 */
static bool
augment_from(JnyTrack *t, int u, bool last)
{
	for (uint32 e = 0; e < t->nkept; e++)
	{
		if (t->owner[e] < 0 && suits(t, u, e, last))
		{
			t->owner[e] = (int16) u;
			return true;
		}
	}
	for (uint32 e = 0; e < t->nkept; e++)
	{
		if (t->seen[e] || t->owner[e] < 0 || !suits(t, u, e, last))
			continue;
		t->seen[e] = true;
		if (augment_from(t, t->owner[e], false))
		{
			t->owner[e] = (int16) u;
			return true;
		}
	}
	return false;
}

static bool
augment(JnyTrack *t, int u, bool last)
{
	memset(t->seen, 0, t->nkept * sizeof(bool));
	return augment_from(t, u, last);
}

/*
 * Gives unit u an event behind those that have one, and notes that attempts
 * with this start end there.
 */
static bool
take_unit(JnyTrack *t, int u, uint32 start)
{
	const JnyStage *unit = jny_track_unit(t, u);
	bool		final = unit->satisfies && jny_track_is_final(t, unit->item);

	if (final && augment(t, u, true))
		jny_track_complete(t, start);
	else if (!augment(t, u, false))
		return false;
	jny_track_arrive(t, u, start);
	return true;
}

/* The same for a unit the attempt does not go on from in this group. */
static void
try_unit(JnyTrack *t, int u, uint32 start)
{
	memcpy(t->owner_saved, t->owner, t->nkept * sizeof(int16));
	take_unit(t, u, start);
	memcpy(t->owner, t->owner_saved, t->nkept * sizeof(int16));
}

/*
 * The unit that must come behind u, or -1; those that may come in between are
 * tried on the way.
 */
static int
next_unit(JnyTrack *t, int u, uint32 start)
{
	const JnyPattern *pattern = t->pattern;
	const JnyStage *unit = jny_track_unit(t, u);
	int			i = unit->item;

	if (pattern->distinct_times)
		return -1;
	if (!unit->satisfies)
		return u + 1;
	if (u + 1 < t->n && !pattern->units[u + 1].first)
		try_unit(t, u + 1, start);
	for (i++; i < pattern->nitems; i++)
	{
		bool		possible = pattern->items[i].gap_min == 0;

		if (!jny_track_skips(t, i))
			return possible ? t->unit_of[i] : -1;
		if (possible)
			try_unit(t, t->unit_of[i], start);
	}
	return -1;
}

void
jny_track_match_group(JnyTrack *t, uint32 k, uint32 end)
{
	uint64		present = collect(t, k, end);

	for (int entry = 0; entry < t->n; entry++)
	{
		uint32		start = t->in[entry];
		int			u = entry;

		if (start == 0 || !(present >> jny_track_unit(t, entry)->item & 1))
			continue;
		memset(t->owner, 0xff, t->nkept * sizeof(int16));
		while (u >= 0 && take_unit(t, u, start))
			u = next_unit(t, u, start);
	}
}

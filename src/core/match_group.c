/*
 * match_group.c
 *	  What a pattern can do inside one group of hits of equal time.
 *
 * Exact for any number of ties.  Of all events in the group only the first few
 * per item or block are looked at: if k others are to be avoided, one of the
 * first k + 1 candidates is free.
 */
#include "core/match_group.h"

#include "port/pg_bitutils.h"

/* ---- set-up ---- */

/*
 * Prepares for the first n items of the pattern.  O(n).
 */
void
jny_matcher_aim(JnyMatcher *m, const JnyPattern *pattern, int n)
{
	m->n = n;
	m->items = jny_low_bits(n);
	m->chained = 0;
	m->nblocks = 0;
	for (int i = 0; i < n; i++)
	{
		if (i > 0 && pattern->items[i].link == JNY_LINK_NEXT)
			m->chained |= jny_bit(i);
		else
			m->first_item[m->nblocks++] = i;
		m->block[i] = m->nblocks - 1;
	}
	m->first_item[m->nblocks] = n;
}

/*
 * Starts work on hits.  With "from first" item 0 is pinned to the first event
 * that satisfies it, and that event serves no other item.
 */
void
jny_matcher_init(JnyMatcher *m, const JnyPattern *pattern, const JnyHits *hits)
{
	m->hit = hits->hit;
	m->nhits = hits->n;
	m->pin = JNY_NO_HIT;
	m->window = pattern->within < 0 ? PG_UINT64_MAX : (uint64) pattern->within;
	m->ends = NULL;
	jny_matcher_aim(m, pattern, pattern->nitems);
	m->max_blocks = m->nblocks;
	if (pattern->from_first)
	{
		uint32		k = 0;

		while (k < hits->n && !(hits->hit[k].items & 1))
			k++;
		if (k < hits->n)
			m->pin = k;
	}
}

void
jny_matcher_done(JnyMatcher *m)
{
	if (m->ends)
		jny_free(m->ends);
	m->ends = NULL;
}

/* ---- groups ---- */

/*
 * The end of the group that begins at first.  O(log size), so that a count of
 * many matches inside one large group stays linear.
 */
uint32
jny_group_end(const JnyMatcher *m, uint32 first)
{
	int64		ts = m->hit[first].ts;
	uint32		low = first;	/* inside */
	uint32		step = 1;
	uint32		high;			/* outside */

	while (step < m->nhits - low && m->hit[low + step].ts == ts)
	{
		low += step;
		step *= 2;
	}
	high = step < m->nhits - low ? low + step : m->nhits;
	while (high - low > 1)
	{
		uint32		middle = low + (high - low) / 2;

		if (m->hit[middle].ts == ts)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* The beginning of the group that ends before end.  O(size). */
uint32
jny_group_first(const JnyMatcher *m, uint32 end)
{
	uint32		first = end - 1;

	while (first > 0 && m->hit[first - 1].ts == m->hit[first].ts)
		first--;
	return first;
}

/* Are hits k and k + 1 side by side in canonical order? */
static inline bool
side_by_side(const JnyMatcher *m, uint32 k)
{
	return k + 1 < m->nhits && m->hit[k].pos + 1 == m->hit[k + 1].pos;
}

/*
 * Do hits k, k+1, .. of the group, side by side, satisfy items from .. to-1?
 * Returns how many of them do, counted from the first.
 */
static int
follow_chain(const JnyMatcher *m, uint32 k, int from, int to)
{
	int			i = from;

	while (i < to && k < m->end && (jny_matcher_items(m, k) >> i & 1))
	{
		i++;
		if (!side_by_side(m, k))
			break;
		k++;
	}
	return i - from;
}

/* ---- matching: patterns without "=>" ---- */

/* Keeps, for each item, the first n events that satisfy it. */
static void
collect_events(JnyMatcher *m)
{
	uint8		count[JNY_MAX_ITEMS] = {0};
	uint64		open = m->items;

	m->nkept = 0;
	m->run_from = m->run_to = 0;
	for (uint32 k = m->first; k < m->end && open; k++)
	{
		uint64		items = jny_matcher_items(m, k);
		uint64		bits = items & open;

		m->present |= items;
		if (bits == 0)
			continue;
		m->kept[m->nkept] = k;
		m->kept_items[m->nkept] = items;
		m->owner[m->nkept] = -1;
		m->fixed[m->nkept] = false;
		m->nkept++;
		for (; bits; bits &= bits - 1)
		{
			int			i = pg_rightmost_one_pos64(bits);

			if (++count[i] == m->n)
				open &= ~jny_bit(i);
		}
	}
}

/* One augmenting path from an item; events already seen are left alone. */
static bool
augment_from(JnyMatcher *m, int item)
{
	for (int e = 0; e < m->nkept; e++)
	{
		if (!(m->kept_items[e] >> item & 1) || m->seen[e])
			continue;
		m->seen[e] = true;
		if (m->owner[e] < 0 || augment_from(m, m->owner[e]))
		{
			m->owner[e] = (int8) item;
			m->event_of[item] = e;
			return true;
		}
	}
	return false;
}

/*
 * Gives the item an event, moving others if need be, but none that is fixed.
 * Augmenting paths after Kuhn (1955); changes nothing when there is none.
 */
static bool
augment(JnyMatcher *m, int item)
{
	memcpy(m->seen, m->fixed, m->nkept * sizeof(bool));
	return augment_from(m, item);
}

/*
 * How far items from level on find distinct events.  Since this grows with the
 * level, the matching of the level before is reused: over all levels at most
 * 2n searches for a path.
 */
static int
matching_reach(JnyMatcher *m, int level)
{
	for (; m->run_from < Min(level, m->run_to); m->run_from++)
		m->owner[m->event_of[m->run_from]] = -1;
	if (m->run_to < level)
		m->run_from = m->run_to = level;
	while (m->run_to < m->n && (m->present >> m->run_to & 1) &&
		   augment(m, m->run_to))
		m->run_to++;
	return m->run_to;
}

/*
 * Moves item t, at the moment matched to some event, to event e if all items
 * of the run can still be matched.
 */
static bool
move_item(JnyMatcher *m, int t, int e)
{
	int			other = m->owner[e];
	int			old = m->event_of[t];

	if (other != t)
	{
		m->owner[old] = -1;
		m->owner[e] = (int8) t;
		m->event_of[t] = e;
	}
	m->fixed[e] = true;
	if (other == t || other < 0 || augment(m, other))
		return true;
	m->fixed[e] = false;
	m->owner[e] = (int8) other;
	m->owner[old] = (int8) t;
	m->event_of[t] = old;
	return false;
}

/* The lexicographically smallest of all perfect matchings of the run. */
static void
place_matching(JnyMatcher *m, uint32 *hit)
{
	for (int t = m->run_from; t < m->run_to; t++)
	{
		for (int e = 0; e < m->nkept; e++)
		{
			if ((m->kept_items[e] >> t & 1) && !m->fixed[e] &&
				move_item(m, t, e))
			{
				hit[t] = m->kept[e];
				break;
			}
		}
	}
}

/* ---- packing: patterns with "=>" ---- */

static inline int
block_len(const JnyMatcher *m, int b)
{
	return m->first_item[b + 1] - m->first_item[b];
}

/*
 * Blocks with the same places can stand in for each other; each learns the
 * nearest one before that is alike.
 */
static void
mark_alike(JnyMatcher *m)
{
	for (int b = 0; b < m->nblocks; b++)
	{
		int			a = b;

		while (--a >= 0)
		{
			if (m->nplaces[a] == m->nplaces[b] &&
				block_len(m, a) == block_len(m, b) &&
				memcmp(m->places[a], m->places[b],
					   m->nplaces[b] * sizeof(uint32)) == 0)
				break;
		}
		m->alike[b] = a;
	}
}

/*
 * Places of block b that are worth knowing: one more than all other blocks and
 * a chain that enters can take away.  A block of k items takes away at most
 * k + length - 1, the chain fewer than n.
 */
static inline int
max_places(const JnyMatcher *m, int b)
{
	return m->nblocks * (block_len(m, b) - 1) + 2 * m->n + 1;
}

/* Finds where each block could lie. */
static void
collect_places(JnyMatcher *m)
{
	uint32	   *next = m->place;
	uint32		open = (uint32) jny_low_bits(m->nblocks);

	m->nused = 0;
	for (int b = 0; b < m->nblocks; b++)
	{
		m->nplaces[b] = 0;
		m->places[b] = next;
		next += max_places(m, b);
	}
	for (uint32 k = m->first; k < m->end && open; k++)
	{
		uint64		items = jny_matcher_items(m, k);

		m->present |= items;
		for (uint32 bits = open; bits; bits &= bits - 1)
		{
			int			b = pg_rightmost_one_pos32(bits);
			int			len = block_len(m, b);

			if (!(items >> m->first_item[b] & 1) ||
				follow_chain(m, k, m->first_item[b], m->first_item[b + 1]) < len)
				continue;
			m->places[b][m->nplaces[b]++] = k;
			if (m->nplaces[b] == max_places(m, b))
				open &= ~(UINT32_C(1) << b);
		}
	}
	m->present |= open ? 0 : m->items;
	mark_alike(m);
}

/* The first place of block b at or behind hit k that is still free. */
static uint32
next_place(const JnyMatcher *m, int b, uint32 k)
{
	int			low = 0;
	int			high = m->nplaces[b];

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (m->places[b][middle] < k)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < m->nplaces[b]; low++)
	{
		uint32		at = m->places[b][low];
		int			u = 0;

		while (u < m->nused && (at >= m->used_end[u] ||
								at + block_len(m, b) <= m->used_from[u]))
			u++;
		if (u == m->nused)
			return at;
	}
	return JNY_NO_HIT;
}

/*
 * Lays out blocks from .. to-1 behind base, those with the fewest places first,
 * each at the first place that is free.  Returns the end, or JNY_NO_HIT when
 * some block finds none, which proves nothing.
 */
static uint32
pack_greedily(JnyMatcher *m, int from, int to, uint32 base)
{
	int			nused = m->nused;
	uint32		left = (uint32) (jny_low_bits(to) & ~jny_low_bits(from));
	uint32		end = base;

	while (left)
	{
		int			b = pg_rightmost_one_pos32(left);
		uint32		at;

		for (uint32 bits = left; bits; bits &= bits - 1)
		{
			if (m->nplaces[pg_rightmost_one_pos32(bits)] < m->nplaces[b])
				b = pg_rightmost_one_pos32(bits);
		}
		left &= ~(UINT32_C(1) << b);
		at = next_place(m, b, base);
		if (at == JNY_NO_HIT)
		{
			end = JNY_NO_HIT;
			break;
		}
		m->used_from[m->nused] = at;
		m->used_end[m->nused++] = at + block_len(m, b);
		end = Max(end, at + block_len(m, b));
	}
	m->nused = nused;
	return end;
}

/*
 * ends[S] is the least hit behind all blocks of the set S, laid out from base
 * without overlap in whatever order is best; bit 0 stands for block "from".
 * The block that comes last in that order is behind the least end of the
 * others, so ends[S] = min over last blocks.  Fills the sets that contain
 * block from + count and returns the end for from .. from + count: exponential
 * in the blocks that fit into the group, never in its events.  Of blocks that
 * are alike the first ones are taken, so other sets need no work.
 */
static uint32
pack_one_more(JnyMatcher *m, int from, int count)
{
	uint32		low = UINT32_C(1) << count;
	int			alike = m->alike[from + count];
	uint32		before = alike >= from ? UINT32_C(1) << (alike - from) : 0;

	JNY_CHECK_INTERRUPTS();
	for (uint32 set = low; set < 2 * low; set++)
	{
		uint32		best = JNY_NO_HIT;

		m->ends[set] = JNY_NO_HIT;
		if (m->ends[set ^ low] == JNY_NO_HIT || (set & before) != before)
			continue;
		for (uint32 bits = set; bits; bits &= bits - 1)
		{
			int			b = pg_rightmost_one_pos32(bits);
			uint32		at = m->ends[set & ~(UINT32_C(1) << b)];

			if (at == JNY_NO_HIT)
				continue;
			at = next_place(m, from + b, at);
			if (at != JNY_NO_HIT)
				best = Min(best, at + block_len(m, from + b));
		}
		m->ends[set] = best;
	}
	return m->ends[2 * low - 1];
}

/*
 * Packs as many blocks as possible, from block "from" on, at most up to block
 * "to"; *end receives the least end.  Returns the block behind.
 */
static int
pack_exactly(JnyMatcher *m, int from, int to, uint32 base, uint32 *end)
{
	int			b = from;

	if (m->ends == NULL)
		m->ends = jny_alloc(((size_t) 1 << m->max_blocks) * sizeof(uint32));
	m->ends[0] = *end = base;
	for (; b < to; b++)
	{
		uint32		at = pack_one_more(m, from, b - from);

		if (at == JNY_NO_HIT)
			break;
		*end = at;
	}
	return b;
}

/*
 * The block behind the last that fits, from block "from" on, into what is left
 * of the group.
 */
static int
pack_reach(JnyMatcher *m, int from, uint32 base)
{
	int			to = from;
	uint32		room = m->end - base;
	uint32		end;

	/* as many as have a place, and room in all */
	while (to < m->nblocks && m->nplaces[to] > 0 &&
		   m->places[to][m->nplaces[to] - 1] >= base &&
		   block_len(m, to) <= room)
		room -= block_len(m, to++);
	if (pack_greedily(m, from, to, base) != JNY_NO_HIT)
		return to;
	return pack_exactly(m, from, to, base, &end);
}

/* Do blocks from .. to-1 fit between base and limit? */
static bool
pack_fits(JnyMatcher *m, int from, int to, uint32 base, uint32 limit)
{
	uint32		end = pack_greedily(m, from, to, base);

	if (end != JNY_NO_HIT && end <= limit)
		return true;
	return pack_exactly(m, from, to, base, &end) == to && end <= limit;
}

/*
 * The chained levels that a group can be left at when blocks from .. b-1 lie
 * in it: the first items of block b, side by side at its very end.
 */
static uint64
exit_levels(JnyMatcher *m, int from, int b, uint32 base)
{
	uint64		exits = 0;

	if (b == m->nblocks || !m->joined)
		return 0;
	/* the longest chain needs the most room: once one fits, shorter ones do */
	for (int c = Min(block_len(m, b) - 1, (int) Min(m->end - base, JNY_MAX_ITEMS));
		 c > 0; c--)
	{
		int			item = m->first_item[b];

		if (follow_chain(m, m->end - c, item, item + c) == c &&
			(exits != 0 || pack_fits(m, from, b, base, m->end - c)))
			exits |= jny_bit(item + c);
	}
	return exits;
}

/* Moves from any level when the pattern has "=>". */
static JnyMoves
packing_moves(JnyMatcher *m, int level)
{
	JnyMoves	moves = {-1, 0};
	int			b = level < m->n ? m->block[level] : m->nblocks;
	uint32		base = m->first;
	int			to;

	if (m->chained >> level & 1)
	{
		int			done = follow_chain(m, base, level, m->first_item[b + 1]);

		base += done;
		if (level + done < m->first_item[b + 1])
		{
			if (base == m->end && m->joined && done > 0)
				moves.exits = jny_bit(level + done);
			return moves;
		}
		b++;
	}
	to = pack_reach(m, b, base);
	moves.reach = m->first_item[to];
	moves.exits = exit_levels(m, b, to, base);
	return moves;
}

/* Lays block b at "at" and sees whether blocks up to "to" still fit. */
static bool
try_place(JnyMatcher *m, int b, int to, uint32 at, uint32 base, uint32 limit)
{
	JNY_CHECK_INTERRUPTS();
	m->used_from[m->nused] = at;
	m->used_end[m->nused] = at + block_len(m, b);
	if (m->used_end[m->nused] > limit)
		return false;
	m->nused++;
	if (pack_fits(m, b + 1, to, base, limit))
		return true;
	m->nused--;
	return false;
}

/* The smallest hits for a chain that enters, blocks, and one that leaves. */
static void
place_packing(JnyMatcher *m, int level, int reach, int exit, uint32 *hit)
{
	uint32		base = m->first;
	uint32		limit = m->end;
	int			to = reach < m->n ? m->block[Max(reach, 0)] : m->nblocks;
	int			i = level;

	while (i < m->n && (m->chained >> i & 1) && base < m->end &&
		   i != exit)
		hit[i++] = base++;
	if (reach < 0)
		return;
	if (exit > 0)
	{
		limit -= exit - reach;
		for (int x = reach; x < exit; x++)
			hit[x] = limit + (x - reach);
	}
	m->nused = 0;
	for (int b = i < m->n ? m->block[i] : m->nblocks; b < to; b++)
	{
		uint32		at = next_place(m, b, base);

		while (at != JNY_NO_HIT && !try_place(m, b, to, at, base, limit))
			at = next_place(m, b, at + 1);
		Assert(at != JNY_NO_HIT);
		for (int x = m->first_item[b]; x < m->first_item[b + 1]; x++)
			hit[x] = at++;
	}
}

/* ---- entry points ---- */

void
jny_group_set(JnyMatcher *m, uint32 first, uint32 end)
{
	m->first = first;
	m->end = end;
	m->joined = side_by_side(m, end - 1);
	m->present = 0;
	if (m->chained)
		collect_places(m);
	else
		collect_events(m);
}

JnyMoves
jny_group_moves(JnyMatcher *m, int level)
{
	JnyMoves	moves = {0, 0};

	if (m->chained)
		return packing_moves(m, level);
	moves.reach = matching_reach(m, level);
	return moves;
}

void
jny_group_place(JnyMatcher *m, int level, int reach, int exit, uint32 *hit)
{
	if (m->chained)
		place_packing(m, level, reach, exit, hit);
	else
		place_matching(m, hit);
}

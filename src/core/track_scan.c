/*
 * track_scan.c
 *	  The general engine inside one group of hits of equal time, with "=>".
 *
 * Here the place of an event matters, while "->" still may go either way.  The
 * hits are scanned in canonical order with the states that the placed units
 * can be in (see track_scan.h; the pooled ones are counted at the end):
 *
 *	  filled  units that have their event and wait for what comes next
 *	  dead	  units that are settled: in front of where the group was entered,
 *			  passed over, or filled and known what comes next
 *	  last	  the unit filled with the hit just before, or -1
 *	  ok	  the last unit's event may be the last of a complete attempt
 *	  start	  0 until the unit is filled where the group was entered
 *	  used	  events taken that pooled units may be short of
 *
 * A unit is settled as soon as it and one it may lead to are both filled: what
 * could still come between them would only take events away.  So each part
 * between "->" is to come, under way, done or settled, and how it was done is
 * forgotten.  Of states that differ only in events taken the ones that took
 * more are dropped.  Sets of parts remain, which are exponential in the parts
 * with "=>" that meet in one group, which the parser limits, and independent
 * of the number of hits.
 */
#include "core/track_scan.h"

#include "port/pg_bitutils.h"

/* ---- what leads where ---- */

static inline bool
is_placed(const JnyTrack *t, int u)
{
	return !(t->scan->pooled >> u & 1);
}

/*
 * Does what is filled right below unit y lead to it?  Goes down over units
 * that are settled, over pooled ones that have to be there, and over items
 * that may stay empty.  Returns the filled unit, JNY_MAX_ITEMS for the pooled
 * units where the group was entered, or -1.
 */
static int
leads_to(const JnyTrack *t, const JnyScanState *s, int y)
{
	int			p = y;			/* what is below must lead here */
	int			q = y - 1;

	while (q >= 0)
	{
		const JnyStage *unit = jny_track_unit(t, q);
		bool		inside = !jny_track_unit(t, p)->first;
		int			i = unit->item;

		if (s->dead >> q & 1)
		{
			p = q--;
			continue;
		}
		if (!inside && !is_placed(t, p) && t->pattern->items[jny_track_unit(t, p)->item].gap_min > 0)
			return -1;
		if (!is_placed(t, q) && s->entry == i)
			return JNY_MAX_ITEMS;
		if (s->filled >> q & 1)
			return inside || unit->satisfies ? q : -1;
		if (inside)
		{
			if (is_placed(t, q))
				return -1;
			p = q--;
		}
		else if (!unit->slot || jny_track_skips(t, i))
			q--;
		else if (is_placed(t, q))
			return -1;
		else
			p = q--;
	}
	return -1;
}

/*
 * Is a state of no use any more?  What only "=>" leads on from has to be the
 * unit filled last; else it can at most be the end of an attempt in this group.
 */
static bool
is_lost(const JnyTrack *t, const JnyScanState *s)
{
	uint64		stuck = s->filled & t->scan->chained;
	int			u;

	if (s->last >= 0)
		stuck &= ~jny_unit_bit(s->last);
	if (stuck == 0)
		return false;
	u = pg_leftmost_one_pos64(stuck);
	return stuck != jny_unit_bit(u) || s->filled >> u != 1 ||
		!jny_track_unit(t, u)->satisfies;
}

/* Settles what is filled and known what comes next. */
static void
settle_state(const JnyTrack *t, JnyScanState *s)
{
	uint64		placed = ~t->scan->pooled;
	uint64		rest = s->filled;

	while (rest)
	{
		int			y = pg_leftmost_one_pos64(rest);
		int			x = leads_to(t, s, y);

		rest &= jny_units_below(y);
		if (x < 0)
			continue;
		if (x == JNY_MAX_ITEMS)
		{
			s->dead |= placed & jny_units_below(y);
			break;
		}
		s->dead |= placed & jny_units_below(y) & ~jny_units_below(x);
		s->filled &= ~jny_unit_bit(x);
		rest = s->filled & jny_units_below(y + 1);
	}
	if (s->last >= 0 && !(s->filled >> s->last & 1))
		s->last = -1;
}

/* ---- filling ---- */

/*
 * Adds state s with unit u filled by hit e; units from x on that are below it
 * are settled.  start is that of the attempt if it enters here, else 0.
 */
static void
fill(JnyTrack *t, const JnyScanState *s, int u, uint32 e, const JnyLook *look,
	 int x, uint32 start)
{
	struct JnyScan *scan = t->scan;
	JnyScanState *work = scan->work;
	uint64		between = jny_units_below(u) & ~jny_units_below(x);

	jny_scan_copy(scan, work, s);
	if (start == 0)
		between &= ~scan->pooled;
	work->filled &= ~between;
	work->dead |= between;
	work->filled |= jny_unit_bit(u);
	work->last = (int8) u;
	if (t->final_ok && work->filled >> u == 1)
		work->ok = look->last;
	if (look->class >= 0)
		work->used[look->class]++;
	if (start)
		work->start = start;
	settle_state(t, work);
	if (!is_lost(t, work))
		jny_scan_add(scan);
}

/* May "=>" lead from the unit filled last to unit u? */
static bool
goes_on(const JnyTrack *t, const JnyScanState *s, int u)
{
	int			x = s->last;
	int			i = jny_track_unit(t, u)->item;

	if (x < 0 || x >= u)
		return false;
	if (!jny_track_unit(t, u)->first)
		return x == u - 1;
	if (!jny_track_unit(t, x)->satisfies ||
		(s->filled & jny_units_below(u) & ~jny_units_below(x + 1)))
		return false;
	while (--i > jny_track_unit(t, x)->item)
	{
		if (!jny_track_skips(t, i))
			return false;
	}
	return true;
}

/* May unit u, which "->" leads to, be filled inside the group? */
static bool
may_come(const JnyTrack *t, int u)
{
	const JnyStage *unit = jny_track_unit(t, u);

	if (unit->first)
		return t->pattern->items[unit->item].gap_min == 0;
	/* two extra repeats in one group are never needed */
	return unit->slot || unit[-1].slot;
}

/* All ways to fill unit u with hit e from state s. */
static void
fill_unit(JnyTrack *t, const JnyScanState *s, int u, uint32 e,
		  const JnyLook *look)
{
	const JnyStage *unit = jny_track_unit(t, u);
	bool		together = !t->pattern->distinct_times;

	if (unit->loops && (s->filled >> u & 1))
	{
		/* once more, side by side; behind "->" that is never needed */
		if (together && unit->next && s->last == u)
			fill(t, s, u, e, look, u, 0);
		return;
	}
	if ((s->filled | s->dead) >> u & 1)
		return;
	if (s->start == 0 && !(s->filled & jny_units_below(u)))
	{
		uint32		start = !unit->next ? t->in[u] :
			look->entering ? jny_track_chain_into(t, u) : 0;

		if (start)
			fill(t, s, u, e, look, 0, start);
	}
	if (!together || u == 0)
		return;
	if (unit->next ? goes_on(t, s, u) : may_come(t, u))
		fill(t, s, u, e, look, unit->next ? s->last : u, 0);
}

/* ---- hits ---- */

/* "next_reserved" goes along with the hits. */
static JnyLook
look_at(const JnyTrack *t, uint32 e, uint32 k, bool joined, int *next_reserved)
{
	const struct JnyScan *scan = t->scan;
	JnyLook		look = {0};
	uint64		free = scan->reach & ~scan->pooled & ~scan->fixed;
	uint64		items = t->hit[e].items;

	look.class = -1;
	look.side_by_side = e > k && t->hit[e - 1].pos + 1 == t->hit[e].pos;
	look.entering = e == k && joined;
	look.last = jny_track_ends_with(t, e);
	if (*next_reserved < scan->nreserved &&
		scan->reserved[*next_reserved].hit == e)
	{
		look.units = jny_unit_bit(scan->reserved[(*next_reserved)++].unit) &
			scan->reach & ~scan->pooled;
		return look;
	}
	for (; free; free &= free - 1)
	{
		int			u = pg_rightmost_one_pos64(free);

		if ((items >> jny_track_unit(t, u)->item & 1) && jny_track_can(t, u, e))
			look.units |= jny_unit_bit(u);
	}
	look.class = scan->class_of[jny_track_pool_fits(scan, items)];
	return look;
}

static bool
is_steady(const struct JnyScan *scan, const JnyLook *look)
{
	for (int i = 0; i < scan->nsteady; i++)
	{
		const JnyLook *other = &scan->steady[i];

		if (look->units == other->units && look->class == other->class &&
			look->side_by_side == other->side_by_side &&
			look->entering == other->entering && look->last == other->last)
			return true;
	}
	return false;
}

/* Takes hit e into all states. */
static void
scan_hit(JnyTrack *t, uint32 e, const JnyLook *look)
{
	struct JnyScan *scan = t->scan;
	uint32		n = jny_scan_turn(scan);

	for (uint32 i = 0; i < n; i++)
	{
		JnyScanState *s = jny_scan_state(scan->old_state, scan->stride, i);
		int8		last = s->last;

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		if (!look->side_by_side)
			s->last = -1;
		for (uint64 units = look->units; units; units &= units - 1)
			fill_unit(t, s, pg_rightmost_one_pos64(units), e, look);
		jny_scan_copy(scan, scan->work, s);
		scan->work->last = -1;
		if (!is_lost(t, scan->work))
			jny_scan_add(scan);
		s->last = last;
	}
	if (!jny_scan_stays(scan, n))
		scan->nsteady = 0;
	else if (scan->nsteady < JNY_STEADY_LOOKS)
		scan->steady[scan->nsteady++] = *look;
}

/* ---- the answer ---- */

/* Notes an attempt that ends at unit u; whether pooled units find events. */
static bool
note_end(JnyTrack *t, const JnyScanState *s, int u, uint64 pooled, uint32 start)
{
	const JnyStage *unit = jny_track_unit(t, u);

	if (!jny_track_pool_can(t, s, pooled))
		return false;
	jny_track_arrive(t, u, start);
	if (s->last == u)
		t->chain[u] = Max(t->chain[u], start);
	if (unit->satisfies && jny_track_is_final(t, unit->item) &&
		(t->final_ok == NULL || s->ok))
		jny_track_complete(t, start);
	return true;
}

/*
 * Notes an attempt that ends at unit u, and those that go on from it by pooled
 * units.
 */
static void
note_ends(JnyTrack *t, const JnyScanState *s, int u, uint64 pooled, uint32 start)
{
	const JnyPattern *pattern = t->pattern;

	while (u >= 0 && note_end(t, s, u, pooled, start) &&
		   !pattern->distinct_times)
	{
		const JnyStage *unit = jny_track_unit(t, u);
		int			next = -1;

		if (u + 1 < t->n && !unit[1].first && !is_placed(t, u + 1))
		{
			if (!unit->satisfies)
				next = u + 1;
			else if (unit->slot)
				note_end(t, s, u + 1, pooled | jny_unit_bit(u + 1), start);
		}
		for (int i = unit->item + 1; unit->satisfies && i < pattern->nitems; i++)
		{
			int			x = t->unit_of[i];
			bool		possible = !is_placed(t, x) &&
				pattern->items[i].gap_min == 0;

			if (!jny_track_skips(t, i))
			{
				next = possible ? x : -1;
				break;
			}
			if (possible)
				note_end(t, s, x, pooled | jny_unit_bit(x), start);
		}
		u = next;
		if (u >= 0)
			pooled |= jny_unit_bit(u);
	}
}

/* What one state says at the end of the group. */
static void
conclude_state(JnyTrack *t, const JnyScanState *s)
{
	struct JnyScan *scan = t->scan;
	uint64		needed = scan->required & ~s->dead;
	int			top = s->filled ? pg_leftmost_one_pos64(s->filled) : -1;

	if (s->start == 0 || (s->filled & (s->filled - 1)) ||
		(top >= 0 && (jny_units_below(top) & ~(s->dead | scan->pooled))))
		return;
	if (top >= 0 && s->entry >= 0 && leads_to(t, s, top) < 0)
		return;
	if (top >= 0)
		needed &= jny_units_below(top);
	if (s->entry < 0)
	{
		note_ends(t, s, top, needed, s->start);
		return;
	}
	for (int v = t->unit_of[s->entry]; v < t->unit_of[s->entry + 1]; v++)
	{
		uint64		entered = jny_unit_bit(v);

		if (is_placed(t, v) || t->in[v] == 0 || (top >= 0 && v > top))
			continue;
		if (top >= 0)
			entered |= needed & ~jny_units_below(v);
		note_ends(t, s, top >= 0 ? top : v, entered, t->in[v]);
	}
}

/* ---- a group ---- */

static void
scan_init(JnyTrack *t)
{
	struct JnyScan *scan = t->scan = jny_alloc0(sizeof(struct JnyScan));

	jny_track_pool_init(t);
	scan->bytes = scan->old_bytes = 64 * sizeof(JnyScanState);
	scan->state = jny_alloc(scan->bytes);
	scan->old_state = jny_alloc(scan->bytes);
	scan->table_size = 512;
	scan->table = jny_alloc0(scan->table_size * sizeof(uint64));
	scan->work = jny_alloc0(offsetof(JnyScanState, used) +
							JNY_POOL_SETS * sizeof(uint32));
}

void
jny_track_scan_done(JnyTrack *t)
{
	jny_free(t->scan->state);
	jny_free(t->scan->old_state);
	jny_free(t->scan->table);
	jny_free(t->scan->work);
	jny_free(t->scan);
	t->scan = NULL;
}

/* The states in front of the group: one, and one for each pooled entry. */
static void
begin_states(JnyTrack *t)
{
	struct JnyScan *scan = t->scan;
	uint64		entries = 0;

	scan->stride = TYPEALIGN(8, offsetof(JnyScanState, used) +
							 scan->nclasses * sizeof(uint32));
	scan->nstates = 0;
	jny_scan_turn(scan);
	memset(scan->work, 0, scan->stride);
	scan->work->last = scan->work->entry = -1;
	jny_scan_add(scan);
	for (uint64 bits = scan->reach & scan->pooled; bits; bits &= bits - 1)
	{
		int			v = pg_rightmost_one_pos64(bits);
		int			i = jny_track_unit(t, v)->item;

		if (t->in[v] == 0 || (entries >> i & 1))
			continue;
		entries |= jny_unit_bit(i);
		scan->work->start = 1;
		scan->work->entry = (int8) i;
		v = t->unit_of[i];
		while (is_placed(t, v))
			v++;
		scan->work->dead = jny_units_below(v);
		jny_scan_add(scan);
	}
}

/* "joined": the hit before k is the event just before it. */
void
jny_track_scan_group(JnyTrack *t, uint32 k, uint32 end, bool joined)
{
	struct JnyScan *scan;
	int			reserved = 0;

	if (t->scan == NULL)
		scan_init(t);
	scan = t->scan;
	scan->nsteady = 0;
	if (jny_track_pool_set(t, k, end, joined))
	{
		begin_states(t);
		for (uint32 e = k; e < end; e++)
		{
			JnyLook		look = look_at(t, e, k, joined, &reserved);

			if ((e & 0xFFF) == 0)
				JNY_CHECK_INTERRUPTS();
			if (!is_steady(scan, &look))
				scan_hit(t, e, &look);
		}
		memset(t->chain, 0, t->n * sizeof(uint32));
		for (uint32 i = 0; i < scan->nstates; i++)
		{
			if ((i & 0xFF) == 0)
				JNY_CHECK_INTERRUPTS();
			conclude_state(t, jny_scan_state(scan->state, scan->stride, i));
		}
	}
	else
		memset(t->chain, 0, t->n * sizeof(uint32));
}

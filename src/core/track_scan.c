/*
 * track_scan.c
 *	  The general engine inside one group of hits of equal time, with "=>".
 *
 * Here the place of an event matters, while "->" still may go either way.  The
 * hits are scanned in canonical order with the set of units filled so far:
 *
 *	  filled  units that have their event
 *	  dead	  units passed over: in front of where the group was entered, or
 *			  between a unit and the one chosen to be before it
 *	  last	  the unit filled with the hit just before, or -1
 *	  ok	  the last unit's event may be the last of a complete attempt
 *	  start	  0 until the unit is filled where the group was entered
 *
 * At the end no unit below the last one may be neither filled nor dead.  Sets
 * are exponential in the parts between "->" that meet in one group, which the
 * parser limits, and independent of the number of hits.
 */
#include "core/track.h"

#include "port/pg_bitutils.h"

static inline uint64
bit(int u)
{
	return UINT64CONST(1) << u;
}

/* Bits 0 .. u-1. */
static inline uint64
below(int u)
{
	return bit(u) - 1;
}

static void
grow_states(JnyTrack *t)
{
	t->states_cap = t->states_cap ? 2 * t->states_cap : 64;
	t->table_size = 4 * t->states_cap;
	if (t->state == NULL)
	{
		t->state = jny_alloc(t->states_cap * sizeof(JnyScanState));
		t->old_state = jny_alloc(t->states_cap * sizeof(JnyScanState));
		t->table = jny_alloc0(t->table_size * sizeof(uint32));
		return;
	}
	t->state = jny_realloc(t->state, (size_t) t->states_cap * sizeof(JnyScanState));
	t->old_state = jny_realloc(t->old_state,
							   (size_t) t->states_cap * sizeof(JnyScanState));
	jny_free(t->table);
	t->table = jny_alloc0((size_t) t->table_size * sizeof(uint32));
}

static inline uint32
state_hash(const JnyScanState *s)
{
	uint64		h = s->filled * UINT64CONST(0x9e3779b97f4a7c15);

	h = (h ^ (h >> 29) ^ s->dead) * UINT64CONST(0xbf58476d1ce4e5b9);
	h ^= ((uint64) (uint8) s->last << 8) + s->ok + (s->start == 0 ? 2 : 0);
	h *= UINT64CONST(0x94d049bb133111eb);
	return (uint32) (h >> 32);
}

/* The slot of a state in the table: 0, or its number plus 1. */
static uint32 *
state_slot(JnyTrack *t, const JnyScanState *s)
{
	uint32		at = state_hash(s) & (t->table_size - 1);

	for (;; at = (at + 1) & (t->table_size - 1))
	{
		const JnyScanState *other;

		if (t->table[at] == 0)
			return &t->table[at];
		other = &t->state[t->table[at] - 1];
		if (other->filled == s->filled && other->dead == s->dead &&
			other->last == s->last && other->ok == s->ok &&
			(other->start == 0) == (s->start == 0))
			return &t->table[at];
	}
}

/* Adds a state, or the later start to one that is there. */
static void
add_state(JnyTrack *t, JnyScanState s)
{
	uint32	   *slot;

	if (t->nstates == t->states_cap)
	{
		grow_states(t);
		for (uint32 i = 0; i < t->nstates; i++)
			*state_slot(t, &t->state[i]) = i + 1;
	}
	slot = state_slot(t, &s);
	if (*slot)
	{
		t->state[*slot - 1].start = Max(t->state[*slot - 1].start, s.start);
		return;
	}
	t->state[t->nstates++] = s;
	*slot = t->nstates;
}

/* Makes the states the old ones, and none the current ones. */
static uint32
turn_states(JnyTrack *t)
{
	JnyScanState *swap = t->state;
	uint32		n = t->nstates;

	memset(t->table, 0, (size_t) t->table_size * sizeof(uint32));
	t->state = t->old_state;
	t->old_state = swap;
	t->nstates = 0;
	return n;
}

/* State s with unit u filled by hit e, and what lies between dead. */
static void
fill(JnyTrack *t, JnyScanState s, int u, uint32 e, uint64 between, uint32 start)
{
	if (s.filled & between)
		return;
	if (t->final_ok && (s.filled | bit(u)) >> u == 1)
		s.ok = jny_track_ends_with(t, e);
	s.filled |= bit(u);
	s.dead |= between;
	s.last = (int8) u;
	if (start)
		s.start = start;
	add_state(t, s);
}

/* Fills unit u behind x, which is before it in the pattern, in this group. */
static inline void
fill_behind(JnyTrack *t, const JnyScanState *s, int u, uint32 e, int x)
{
	if (!(s->dead >> x & 1))
		fill(t, *s, u, e, below(u) & ~below(x + 1), 0);
}

/*
 * Fills the first unit of an item behind each unit it may follow; only >= 0:
 * behind that one only.
 */
static void
fill_first(JnyTrack *t, const JnyScanState *s, int u, uint32 e, int only)
{
	for (int i = jny_track_unit(t, u)->item - 1; i >= 0; i--)
	{
		for (int x = t->unit_of[i]; x < t->unit_of[i + 1]; x++)
		{
			if (jny_track_unit(t, x)->satisfies && (only < 0 || only == x))
				fill_behind(t, s, u, e, x);
		}
		if (!jny_track_skips(t, i))
			return;
	}
}

/*
 * May unit u be filled now as a repeat behind "->"?  Repeats in the middle are
 * alike, so they come in order; the first and the last one may have neighbours
 * joined by "=>".  Two extra ones in one group are never needed.
 */
static bool
may_repeat(const JnyTrack *t, const JnyScanState *s, int u)
{
	const JnyStage *unit = jny_track_unit(t, u);

	if (!unit->slot)
		return jny_track_unit(t, u - 1)->slot;
	return unit->satisfies || unit[-1].next || (s->filled >> (u - 1) & 1);
}

/* All ways to fill unit u with hit e from state s. */
static void
fill_unit(JnyTrack *t, const JnyScanState *s, int u, uint32 e, bool entering)
{
	const JnyPattern *pattern = t->pattern;
	const JnyStage *unit = jny_track_unit(t, u);
	bool		together = !pattern->distinct_times;

	if (unit->loops && (s->filled >> u & 1))
	{
		/* once more, side by side; behind "->" that is never needed */
		if (together && unit->next && s->last == u)
			fill(t, *s, u, e, 0, 0);
		return;
	}
	if ((s->filled | s->dead) >> u & 1)
		return;
	if (s->start == 0 && !(s->filled & below(u)))
	{
		if (!unit->next && t->in[u])
			fill(t, *s, u, e, below(u), t->in[u]);
		else if (unit->next && entering && t->to_item[unit->item] && unit->first)
			fill(t, *s, u, e, below(u), t->to_item[unit->item]);
		else if (unit->next && entering && !unit->first)
		{
			uint32		chain = Max(t->chain[u - 1],
									unit->loops ? t->chain[u] : 0);

			if (chain)
				fill(t, *s, u, e, below(u), chain);
		}
	}
	if (!together || u == 0)
		return;
	if (unit->next && s->last < 0)
		return;
	if (!unit->first)
	{
		if (unit->next ? s->last == u - 1 : may_repeat(t, s, u))
			fill_behind(t, s, u, e, u - 1);
	}
	else if (unit->next)
		fill_first(t, s, u, e, s->last);
	else if (pattern->items[unit->item].gap_min == 0)
		fill_first(t, s, u, e, -1);
}

/* What the states say at the end of the group. */
static void
conclude(JnyTrack *t)
{
	memset(t->chain, 0, t->n * sizeof(uint32));
	for (uint32 i = 0; i < t->nstates; i++)
	{
		const JnyScanState *s = &t->state[i];
		int			top;

		if (s->filled == 0 || s->start == 0)
			continue;
		top = pg_leftmost_one_pos64(s->filled);
		if (below(top) & ~(s->filled | s->dead))
			continue;
		jny_track_arrive(t, top, s->start);
		if (s->last == top)
			t->chain[top] = Max(t->chain[top], s->start);
		if (jny_track_unit(t, top)->satisfies &&
			jny_track_is_final(t, jny_track_unit(t, top)->item) &&
			(t->final_ok == NULL || s->ok))
			jny_track_complete(t, s->start);
	}
}

/* What of a hit matters: the units it can fill, and what else they look at. */
typedef struct Look
{
	uint64		units;
	bool		side_by_side;
	bool		entering;
	bool		last;
} Look;

static Look
look_at(const JnyTrack *t, uint32 e, uint32 k, bool joined)
{
	Look		look = {0};

	for (int u = 0; u < t->n; u++)
	{
		if (jny_track_can(t, u, e))
			look.units |= bit(u);
	}
	look.side_by_side = e > k && t->hit[e - 1].pos + 1 == t->hit[e].pos;
	look.entering = e == k && joined;
	look.last = jny_track_ends_with(t, e);
	return look;
}

static bool
same_look(const Look *a, const Look *b)
{
	return a->units == b->units && a->side_by_side == b->side_by_side &&
		a->entering == b->entering && a->last == b->last;
}

/* Are the current states the n old ones? */
static bool
states_stay(JnyTrack *t, uint32 n)
{
	if (t->nstates != n)
		return false;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		at = *state_slot(t, &t->old_state[i]);

		if (at == 0 || t->state[at - 1].start != t->old_state[i].start)
			return false;
	}
	return true;
}

/* Takes the next hit into all states. */
static uint32
scan_hit(JnyTrack *t, uint32 e, const Look *look)
{
	uint32		n = turn_states(t);

	for (uint32 i = 0; i < n; i++)
	{
		JnyScanState s = t->old_state[i];

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		if (!look->side_by_side)
			s.last = -1;
		for (uint64 units = look->units; units; units &= units - 1)
			fill_unit(t, &s, pg_rightmost_one_pos64(units), e, look->entering);
		s.last = -1;
		add_state(t, s);
	}
	return n;
}

/*
 * "joined": the hit before k is the event just before it.  Canonical order puts
 * like events side by side; when one of them changes nothing any more, the
 * others do not either and are passed over.
 */
void
jny_track_scan_group(JnyTrack *t, uint32 k, uint32 end, bool joined)
{
	JnyScanState none = {0, 0, 0, -1, false};
	Look		before = {0};
	bool		steady = false;

	if (t->state == NULL)
		grow_states(t);
	t->nstates = 0;
	memset(t->table, 0, (size_t) t->table_size * sizeof(uint32));
	add_state(t, none);
	for (uint32 e = k; e < end; e++)
	{
		Look		look = look_at(t, e, k, joined);
		bool		like = e > k && same_look(&look, &before);

		if (!like || !steady)
			steady = states_stay(t, scan_hit(t, e, &look)) && like;
		before = look;
	}
	conclude(t);
}

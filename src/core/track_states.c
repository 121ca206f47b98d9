/*
 * track_states.c
 *	  The general engine inside one group: sets of the states of track_scan.c.
 *
 * A table finds the states that differ in events taken only, which stand in a
 * list; of these none is kept that another is as good as.
 */
#include "core/track_scan.h"

static inline bool
same_key(const JnyScanState *a, const JnyScanState *b)
{
	return a->filled == b->filled && a->dead == b->dead &&
		a->last == b->last && a->entry == b->entry && a->ok == b->ok &&
		(a->start == 0) == (b->start == 0);
}

static inline uint32
state_hash(const JnyScanState *s)
{
	uint64		h = s->filled * UINT64CONST(0x9e3779b97f4a7c15);

	h = (h ^ (h >> 29) ^ s->dead) * UINT64CONST(0xbf58476d1ce4e5b9);
	h ^= ((uint64) (uint8) s->last << 8) + ((uint64) (uint8) s->entry << 16) +
		s->ok + (s->start == 0 ? 2 : 0);
	h *= UINT64CONST(0x94d049bb133111eb);
	return (uint32) (h >> 32);
}

/* The slot of a key in the table, which holds the first state that has it. */
static uint64 *
state_slot(struct JnyScan *scan, const JnyScanState *s)
{
	uint32		at = state_hash(s) & (scan->table_size - 1);

	for (;; at = (at + 1) & (scan->table_size - 1))
	{
		uint64		entry = scan->table[at];

		if (entry >> 32 != scan->turn ||
			same_key(jny_scan_state(scan->state, scan->stride, (uint32) entry), s))
			return &scan->table[at];
	}
}

static void
grow_table(struct JnyScan *scan)
{
	jny_free(scan->table);
	scan->table_size *= 2;
	scan->table = jny_alloc0(scan->table_size * sizeof(uint64));
	for (uint32 i = scan->nstates; i-- > 0;)
	{
		JnyScanState *s = jny_scan_state(scan->state, scan->stride, i);
		uint64	   *slot = state_slot(scan, s);

		s->alike = *slot >> 32 == scan->turn ? (int32) (uint32) *slot : -1;
		*slot = (uint64) scan->turn << 32 | i;
	}
}

/* Is a at least as good as b, which has the same key? */
static inline bool
dominates(const struct JnyScan *scan, const JnyScanState *a, const JnyScanState *b)
{
	if (a->start < b->start)
		return false;
	for (int c = 0; c < scan->nclasses; c++)
	{
		if (a->used[c] > b->used[c])
			return false;
	}
	return true;
}

void
jny_scan_add(struct JnyScan *scan)
{
	const JnyScanState *s = scan->work;
	JnyScanState *other;
	uint64	   *slot;
	int32		first = -1;

	if ((scan->nstates + 1) * scan->stride > scan->bytes)
	{
		scan->bytes *= 2;
		scan->state = jny_realloc(scan->state, scan->bytes);
	}
	if (2 * (scan->nstates + 1) > scan->table_size)
		grow_table(scan);
	slot = state_slot(scan, s);
	if (*slot >> 32 == scan->turn)
		first = (int32) (uint32) *slot;
	for (int32 i = first; i >= 0; i = other->alike)
	{
		other = jny_scan_state(scan->state, scan->stride, i);
		if (dominates(scan, other, s))
			return;
		if (dominates(scan, s, other))
		{
			jny_scan_copy(scan, other, s);
			return;
		}
	}
	other = jny_scan_state(scan->state, scan->stride, scan->nstates);
	other->alike = first;
	jny_scan_copy(scan, other, s);
	*slot = (uint64) scan->turn << 32 | scan->nstates++;
}

uint32
jny_scan_turn(struct JnyScan *scan)
{
	char	   *swap = scan->state;
	size_t		bytes = scan->bytes;
	uint32		n = scan->nstates;

	scan->state = scan->old_state;
	scan->bytes = scan->old_bytes;
	scan->old_state = swap;
	scan->old_bytes = bytes;
	scan->nstates = 0;
	if (++scan->turn == 0)
	{
		memset(scan->table, 0, (size_t) scan->table_size * sizeof(uint64));
		scan->turn = 1;
	}
	return n;
}

bool
jny_scan_stays(struct JnyScan *scan, uint32 n)
{
	if (scan->nstates != n)
		return false;
	for (uint32 i = 0; i < n; i++)
	{
		const JnyScanState *s = jny_scan_state(scan->old_state, scan->stride, i);
		const JnyScanState *other;
		uint64		slot = *state_slot(scan, s);
		int32		at = slot >> 32 == scan->turn ? (int32) (uint32) slot : -1;

		for (; at >= 0; at = other->alike)
		{
			other = jny_scan_state(scan->state, scan->stride, at);
			if (other->start == s->start &&
				memcmp(other->used, s->used, scan->nclasses * sizeof(uint32)) == 0)
				break;
		}
		if (at < 0)
			return false;
	}
	return true;
}

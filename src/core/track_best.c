/*
 * track_best.c
 *	  The general engine: which attempt is the best, which match the next.
 *
 * A pass (jny_track_run) tells whether there is an attempt within limits.  Each
 * thing asked for, the start, then the time of one unit after the other, then
 * their positions, is the least for which there is one; it is found by search,
 * and becomes the limit for what is asked next.  The first guess, the first hit
 * that comes into question, is right nearly always, so this costs about one
 * pass for each unit.  At worst it is O(units * log(hits)) passes.
 */
#include "core/track_scan.h"

/* The first hit of the group of hit k, among those looked at. */
static uint32
group_first(const JnyTrack *t, uint32 k)
{
	while (k > t->first && t->hit[k - 1].ts == t->hit[k].ts)
		k--;
	return k;
}

static inline bool
fills(const JnyTrack *t, int u, uint32 k)
{
	return t->hit[k].items >> t->pattern->units[u].item & 1;
}

/* The next hit from k on that may fill unit u; t->end if there is none. */
static uint32
candidate(const JnyTrack *t, int u, uint32 k)
{
	while (k < t->end && !fills(t, u, k))
		k++;
	return k;
}

/* A limit set to hit k, and whether there is an attempt within it. */
typedef bool (*Probe) (JnyTrack *t, int u, uint32 k);

static bool
probe_time(JnyTrack *t, int u, uint32 k)
{
	t->pins[u].max_ts = t->hit[k].ts;
	return jny_track_run(t);
}

static bool
probe_pos(JnyTrack *t, int u, uint32 k)
{
	t->pins[u].max_pos = t->hit[k].pos;
	return jny_track_run(t);
}

static bool
probe_start(JnyTrack *t, int u, uint32 k)
{
	t->start_max = k;
	return jny_track_run(t);
}

/*
 * The first hit from k on that may fill unit u and with which a probe, which
 * only gets easier, succeeds; there is one.  Gallops, then halves.
 */
static uint32
least(JnyTrack *t, int u, uint32 k, Probe probe)
{
	uint32		low;			/* fails */
	uint32		high;			/* succeeds, or is the end */
	uint32		step = 1;

	low = candidate(t, u, k);
	if (low >= t->end || probe(t, u, low))
		return low;
	for (;;)
	{
		high = candidate(t, u, low + Min(step, t->end - low));
		if (high >= t->end || probe(t, u, high))
			break;
		low = high;
		step *= 2;
	}
	high = Min(high, t->end - 1);
	while (!fills(t, u, high))
		high--;
	while (low < high)
	{
		uint32		middle = candidate(t, u, low + (high - low + 1) / 2);

		if (middle >= high)
		{
			/* no candidate in the upper half but high itself */
			middle = candidate(t, u, low + 1);
			if (middle >= high)
				break;
		}
		if (probe(t, u, middle))
			high = middle;
		else
			low = middle;
	}
	probe(t, u, high);
	return high;
}

/* The least time of unit u, which becomes its limit. */
static int64
least_time(JnyTrack *t, int u, uint32 k)
{
	uint32		high = least(t, u, k, probe_time);

	t->pins[u].max_ts = t->hit[high].ts;
	return t->hit[high].ts;
}

/*
 * The next hit from k on that may fill unit u and that no unit before it has:
 * their positions are known, so they are nowhere else.
 */
static uint32
free_candidate(const JnyTrack *t, int u, uint32 k)
{
	for (k = candidate(t, u, k); k < t->end; k = candidate(t, u, k + 1))
	{
		int			x = u - 1;

		while (x >= 0 && t->pins[x].max_pos != t->hit[k].pos)
			x--;
		if (x < 0)
			break;
	}
	return k;
}

/*
 * Is unit u one that track_scan.c looks for?  Of others only the numbers count,
 * which a limit that is a guess does not change.
 */
static inline bool
is_placed(const JnyTrack *t, int u)
{
	return t->scan && !(t->scan->pooled >> u & 1);
}

/*
 * The least position of unit u at the time found for it, which is its limit.
 * "after" is that of the unit before, behind which "=>" leads.
 */
static uint32
least_pos(JnyTrack *t, int u, uint32 k, uint32 after)
{
	uint32		next;

	while (t->hit[k].ts < t->pins[u].max_ts ||
		   (jny_track_unit(t, u)->next && t->hit[k].pos <= after))
		k++;
	k = free_candidate(t, u, k);
	for (;; k = next)
	{
		next = free_candidate(t, u, k + 1);
		t->pins[u].max_pos = t->hit[k].pos;
		if (next >= t->end || t->hit[next].ts > t->pins[u].max_ts ||
			jny_track_run(t))
			return t->hit[k].pos;
		if (is_placed(t, u))
		{
			t->pins[u].guess = true;
			k = least(t, u, next, probe_pos);
			t->pins[u].guess = false;
			return t->pins[u].max_pos = t->hit[k].pos;
		}
	}
}

/* The last unit of the item that is not extra. */
static int
last_slot(const JnyTrack *t, int item)
{
	int			u = t->unit_of[item + 1] - 1;

	while (!jny_track_unit(t, u)->slot)
		u--;
	return u;
}

/*
 * Finds the smallest times, then positions, of all units from the start on.
 * "missing" goes before any decision of an optional item.
 */
static void
settle(JnyTrack *t, uint32 start, JnyAttempt *attempt)
{
	int			nitems = t->target;
	bool		empty[JNY_MAX_UNITS] = {false};
	uint32		from = start;	/* the first hit at the time reached */
	uint32		before = 0;		/* position of the unit before */

	attempt->missing = 0;
	t->first = start;
	for (int u = 0; u < t->unit_of[nitems]; u++)
	{
		const JnyStage *unit = jny_track_unit(t, u);

		if (!unit->slot)
			continue;
		if (t->pattern->items[unit->item].min == 0)
		{
			t->pins[u].must = true;
			empty[u] = candidate(t, u, from) >= t->end || !jny_track_run(t);
			t->pins[u].must = !empty[u];
			if (empty[u])
			{
				attempt->missing |= UINT64CONST(1) << unit->item;
				attempt->ts[unit->item] = attempt->ts[unit->item - 1];
				continue;
			}
		}
		attempt->ts[unit->item] = least_time(t, u, from);
		while (t->hit[from].ts < attempt->ts[unit->item])
			from++;
	}
	attempt->first = PG_UINT32_MAX;
	attempt->last = 0;
	for (int u = 0; u < t->unit_of[nitems]; u++)
	{
		const JnyStage *unit = jny_track_unit(t, u);

		if (empty[u])
			attempt->pos[unit->item] = attempt->pos[unit->item - 1];
		if (!unit->slot || empty[u])
			continue;
		attempt->pos[unit->item] = before = least_pos(t, u, start, before);
		attempt->first = Min(attempt->first, attempt->pos[unit->item]);
		attempt->last = Max(attempt->last, attempt->pos[unit->item]);
	}
	attempt->depth = nitems;
	attempt->start = t->hit[start].ts;
}

/* Depth of the best attempt. */
int
jny_track_depth(const JnyPattern *pattern, const JnyHits *hits)
{
	JnyTrack	t;

	jny_track_init(&t, pattern, hits);
	jny_track_run(&t);
	jny_track_done(&t);
	return t.deepest;
}

void
jny_track_best(const JnyPattern *pattern, const JnyHits *hits,
			   JnyAttempt *attempt)
{
	JnyTrack	t;
	uint32		start;
	int			last;

	attempt->depth = 0;
	attempt->missing = 0;
	jny_track_init(&t, pattern, hits);
	jny_track_run(&t);
	if (t.deepest > 0)
	{
		t.target = t.deepest;
		start = least(&t, 0, 0, probe_start);
		start = group_first(&t, start);
		t.start_min = t.start_max = start;
		last = last_slot(&t, t.target == pattern->nitems ?
						 pattern->required_items - 1 : t.target - 1);
		attempt->finish = least_time(&t, last, start);
		settle(&t, start, attempt);
	}
	jny_track_done(&t);
}

/* The least position of the last matched event among hits of one time. */
static uint32
last_pos(JnyTrack *t)
{
	uint32		low = group_first(t, t->end - 1);
	uint32		high = t->end - 1;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		t->final_max_pos = t->hit[middle].pos;
		if (jny_track_run(t))
			high = middle;
		else
			low = middle + 1;
	}
	return t->hit[low].pos;
}

/* The match that a pass has just reached. */
static void
settle_match(JnyTrack *t, JnyAttempt *attempt)
{
	uint32		start = t->reached_start - 1;

	t->start_min = t->start_max = start;
	t->end = t->reached_end;
	settle(t, start, attempt);
	attempt->finish = t->hit[t->end - 1].ts;
	if (t->final_ok)
		attempt->last = Max(attempt->last, last_pos(t));
}

bool
jny_track_next(const JnyPattern *pattern, const JnyHits *hits, uint32 from,
			   JnyAttempt *attempt)
{
	JnyTrack	t;
	bool		found;

	attempt->depth = 0;
	jny_track_init(&t, pattern, hits);
	t.first = jny_hits_from(hits, from);
	found = jny_track_run(&t);
	if (found)
		settle_match(&t, attempt);
	jny_track_done(&t);
	return found;
}

/*
 * Counts on behind each match.  Where a match ends with a hit alone at its
 * time, the position of that hit is all there is to know.
 */
int64
jny_track_count(const JnyPattern *pattern, const JnyHits *hits)
{
	JnyTrack	t;
	JnyAttempt	attempt;
	int64		count = 0;
	bool		alone;

	jny_track_init(&t, pattern, hits);
	while (jny_track_run(&t))
	{
		uint32		k = t.reached;

		count++;
		JNY_CHECK_INTERRUPTS();
		alone = k + 1 == hits->n || hits->hit[k + 1].ts != hits->hit[k].ts;
		if (!alone)
			settle_match(&t, &attempt);
		t.first = alone ? k + 1 : jny_hits_from(hits, attempt.last + 1);
		jny_track_relax(&t);
	}
	jny_track_done(&t);
	return count;
}

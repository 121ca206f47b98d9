/*
 * track.c
 *	  The general engine: one pass forward over the hits.
 *
 * O(hits * units), and what groups of equal time cost: track_group.c and
 * track_scan.c.
 */
#include "core/track.h"

/* ---- attempts that wait ---- */

static void
queue_reserve(JnyQueue *q)
{
	if (q->n < q->cap)
		return;
	q->cap = q->cap ? 2 * q->cap : 64;
	if (q->entry == NULL)
	{
		q->entry = jny_alloc(q->cap * sizeof(JnyWaiting));
		q->best = jny_alloc(q->cap * sizeof(JnyWaiting));
	}
	else
	{
		q->entry = jny_realloc(q->entry, (size_t) q->cap * sizeof(JnyWaiting));
		q->best = jny_realloc(q->best, (size_t) q->cap * sizeof(JnyWaiting));
	}
}

static inline void
queue_clear(JnyQueue *q)
{
	q->latest = 0;
	q->ready = q->n = q->head = q->tail = 0;
}

static void
queue_push(JnyQueue *q, const JnyItem *item, int64 ts, uint32 start)
{
	if (item->gap_max < 0)
	{
		q->latest = Max(q->latest, start);
		return;
	}
	queue_reserve(q);
	q->entry[q->n].ts = ts;
	q->entry[q->n++].start = start;
}

/* The latest start of those that can go on at ts.  Amortised O(1). */
static uint32
queue_latest(JnyQueue *q, const JnyItem *item, int64 ts)
{
	if (item->gap_max < 0)
		return q->latest;
	for (; q->ready < q->n; q->ready++)
	{
		const JnyWaiting *w = &q->entry[q->ready];

		if ((uint64) ts - (uint64) w->ts < (uint64) item->gap_min)
			break;
		while (q->tail > q->head && q->best[q->tail - 1].start <= w->start)
			q->tail--;
		q->best[q->tail++] = *w;
	}
	while (q->head < q->tail &&
		   (uint64) ts - (uint64) q->best[q->head].ts > (uint64) item->gap_max)
		q->head++;
	return q->head < q->tail ? q->best[q->head].start : 0;
}

/* ---- one group ---- */

/* May an attempt that started so go on in the group of hit k? */
static inline bool
start_is_good(const JnyTrack *t, uint32 start, uint32 k)
{
	const JnyPattern *pattern = t->pattern;
	uint32		s = start - 1;

	if (start == 0 || s < t->wall)
		return false;
	if (pattern->within >= 0 && (uint64) t->hit[k].ts -
		(uint64) t->hit[s].ts > (uint64) pattern->within)
		return false;
	return pattern->session < 0 || t->hits->session[s] == t->hits->session[k];
}

/*
 * Carries values of units over to the items they may be followed by: of all
 * units that satisfy an item, and over items that may stay empty.
 */
static void
carry(const JnyTrack *t, const uint32 *units, uint32 *items)
{
	items[0] = 0;
	for (int i = 0; i + 1 < t->pattern->nitems; i++)
	{
		uint32		best = jny_track_skips(t, i) ? items[i] : 0;

		for (int u = t->unit_of[i]; u < t->unit_of[i + 1]; u++)
		{
			if (jny_track_unit(t, u)->satisfies)
				best = Max(best, units[u]);
		}
		items[i + 1] = best;
	}
}

/* Finds what may enter the group of hit k at each unit. */
static void
enter_group(JnyTrack *t, uint32 k)
{
	int64		ts = t->hit[k].ts;

	for (int u = 0; u < t->n; u++)
	{
		const JnyStage *unit = jny_track_unit(t, u);
		uint32		start = 0;

		if (u == 0)
			start = k >= t->start_min && k <= t->start_max ? k + 1 : 0;
		else if (unit->next)
			start = 0;
		else if (unit->first)
			start = queue_latest(&t->queue[unit->item],
								 &t->pattern->items[unit->item], ts);
		else
			start = t->repeat[u];
		t->in[u] = start_is_good(t, start, k) ? start : 0;
		t->now[u] = 0;
	}
}

/* Takes hit k, alone at its time. */
static void
take_hit(JnyTrack *t, uint32 k)
{
	uint64		items = t->hit[k].items;

	for (int u = 0; u < t->n; u++)
	{
		const JnyStage *unit = jny_track_unit(t, u);
		uint32		start = t->in[u];

		if (!(items >> unit->item & 1))
			continue;
		if (unit->next)
			start = jny_track_chain_into(t, u);
		if (start == 0 || !jny_track_can(t, u, k))
			continue;
		jny_track_arrive(t, u, start);
		if (unit->satisfies && jny_track_is_final(t, unit->item) &&
			jny_track_ends_with(t, k))
			jny_track_complete(t, start);
	}
	if (t->pattern->has_next)
		memcpy(t->chain, t->now, t->n * sizeof(uint32));
}

/* Notes how deep attempts got, and whether the target is reached. */
static void
note_depth(JnyTrack *t, uint32 k)
{
	int			nitems = t->pattern->nitems;

	for (int u = t->n - 1; u >= 0; u--)
	{
		const JnyStage *unit = jny_track_unit(t, u);

		if (!t->now[u] || !unit->satisfies || unit->item + 1 == nitems)
			continue;
		t->deepest = Max(t->deepest, unit->item + 1);
		if (unit->item + 1 == t->target)
			t->reached_start = Max(t->reached_start, t->now[u]);
	}
	if (t->reached_start)
		t->reached = k;
}

/* Leaves the group k .. end-1: what ends here waits in front of links. */
static void
leave_group(JnyTrack *t, uint32 k, uint32 end)
{
	const JnyPattern *pattern = t->pattern;
	uint32		to[JNY_MAX_ITEMS];
	uint64		items = 0;

	/* only steps that may not lie between are looked for */
	for (uint32 e = k; e < end && pattern->nsteps > pattern->nitems; e++)
		items |= t->hit[e].items;
	carry(t, t->now, to);
	for (int i = 1; i < pattern->nitems; i++)
	{
		const JnyItem *item = &pattern->items[i];

		if (item->link == JNY_LINK_NEXT)
			continue;
		if (item->without >= 0 && (items >> item->without & 1))
			queue_clear(&t->queue[i]);
		if (to[i])
			queue_push(&t->queue[i], item, t->hit[k].ts, to[i]);
	}
	for (int u = 1; u < t->n; u++)
	{
		const JnyStage *unit = jny_track_unit(t, u);

		if (unit->first || unit->next)
			continue;
		t->repeat[u] = Max(t->repeat[u], t->now[u - 1]);
		if (unit->loops)
			t->repeat[u] = Max(t->repeat[u], t->now[u]);
	}
	if (pattern->without >= 0 && (items >> pattern->without & 1))
		t->wall = k;
}

/* ---- the pass ---- */

/*
 * Can the target not be reached any more from hit k on?  That is so when a unit
 * that has to be filled is past its limit, and no attempt is behind it.
 */
static bool
is_hopeless(const JnyTrack *t, uint32 k)
{
	int			u = t->unit_of[t->target] - 1;

	while (u >= 0 && (t->pins[u].max_ts >= t->hit[k].ts ||
					  !jny_track_unit(t, u)->slot ||
					  jny_track_skips(t, jny_track_unit(t, u)->item)))
		u--;
	if (u < 0)
		return false;
	for (int i = jny_track_unit(t, u)->item + 1; i < t->target; i++)
	{
		if (t->queue[i].latest || t->queue[i].n > 0)
			return false;
	}
	for (int x = u; x < t->unit_of[t->target]; x++)
	{
		if (t->chain[x] || (x > u && t->repeat[x]))
			return false;
	}
	return true;
}

/* The earliest limit of a unit that has to be filled. */
static int64
first_limit(const JnyTrack *t)
{
	int64		limit = PG_INT64_MAX;

	for (int u = 0; u < t->unit_of[t->target]; u++)
	{
		if (jny_track_unit(t, u)->slot &&
			!jny_track_skips(t, jny_track_unit(t, u)->item))
			limit = Min(limit, t->pins[u].max_ts);
	}
	return limit;
}

/*
 * The end of the group that begins at k.  O(log size), so that counting many
 * matches inside one large group stays linear.
 */
static uint32
group_end(const JnyTrack *t, uint32 k)
{
	int64		ts = t->hit[k].ts;
	uint32		low = k;		/* inside */
	uint32		step = 1;
	uint32		high;			/* outside */

	while (step < t->end - low && t->hit[low + step].ts == ts)
	{
		low += step;
		step *= 2;
	}
	high = step < t->end - low ? low + step : t->end;
	while (high - low > 1)
	{
		uint32		middle = low + (high - low) / 2;

		if (t->hit[middle].ts == ts)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* Takes the hits k .. end-1 of one time. */
static void
take_group(JnyTrack *t, uint32 k, uint32 end, bool joined)
{
	if (end == k + 1)
		take_hit(t, k);
	else if (t->pattern->has_next)
		jny_track_scan_group(t, k, end, joined);
	else
		jny_track_match_group(t, k, end);
	note_depth(t, k);
}

/*
 * A group so large is looked at from its front first: so many hits, then so
 * many times as many, up to this part of it.  Tests have small groups only.
 */
#ifndef FRONTEND
#define LARGE_GROUP 256
#define FIRST_HITS 32
#define MORE_HITS 8
#define FRONT_PART 4
#else
#define LARGE_GROUP 2
#define FIRST_HITS 1
#define MORE_HITS 2
#define FRONT_PART 1
#endif

/*
 * Whether the first hits of a large group reach the target: more hits take no
 * attempt away.  Only if its start is the latest there may be, for which more
 * hits could matter.  So counting matches inside one time stays linear where
 * they are near each other.  O(hits looked at), a fraction of the group more
 * where they do not suffice.
 */
static bool
take_front(JnyTrack *t, uint32 k, uint32 end, bool joined)
{
	uint32		chain[JNY_MAX_UNITS];

	memcpy(chain, t->chain, t->n * sizeof(uint32));
	for (uint32 n = FIRST_HITS; n < (end - k) / FRONT_PART; n *= MORE_HITS)
	{
		take_group(t, k, k + n, joined);
		if (t->reached != JNY_NO_HIT && t->reached_start > Min(k, t->start_max))
			return true;
		t->reached = JNY_NO_HIT;
		memcpy(t->chain, chain, t->n * sizeof(uint32));
		memset(t->now, 0, t->n * sizeof(uint32));
	}
	return false;
}

static void
reset(JnyTrack *t)
{
	t->wall = 0;
	t->deepest = 0;
	t->reached = JNY_NO_HIT;
	t->reached_start = 0;
	memset(t->repeat, 0, t->n * sizeof(uint32));
	memset(t->chain, 0, t->n * sizeof(uint32));
	for (int i = 0; i < t->pattern->nitems; i++)
		queue_clear(&t->queue[i]);
}

bool
jny_track_run(JnyTrack *t)
{
	int64		limit = first_limit(t);
	uint32		end;

	reset(t);
	for (uint32 k = t->first; k < t->end; k = end)
	{
		bool		joined = k > t->first &&
			t->hit[k - 1].pos + 1 == t->hit[k].pos;

		if ((k & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		if (t->hit[k].ts > limit && is_hopeless(t, k))
			break;
		end = group_end(t, k);
		enter_group(t, k);
		if (t->pattern->has_next)
		{
			for (int u = 0; u < t->n; u++)
			{
				if (!joined || !start_is_good(t, t->chain[u], k))
					t->chain[u] = 0;
			}
			carry(t, t->chain, t->to_item);
		}
		if (!(t->pattern->has_next && end - k > LARGE_GROUP &&
			  take_front(t, k, end, joined)))
			take_group(t, k, end, joined);
		if (t->reached != JNY_NO_HIT)
		{
			t->reached_end = end;
			return true;
		}
		leave_group(t, k, end);
	}
	return false;
}

/* ---- set-up ---- */

/* Which hits may be the last of a complete attempt.  O(hits). */
static void
find_final_hits(JnyTrack *t)
{
	const JnyPattern *pattern = t->pattern;
	bool		seen = false;
	int64		next = 0;		/* time of the next event that may not come */

	if (!pattern->ends && pattern->no_more < 0)
		return;
	t->final_ok = jny_alloc(t->hits->n + 1);
	for (uint32 k = t->hits->n; k-- > 0;)
	{
		const JnyHit *hit = &t->hit[k];
		bool		ok = !pattern->ends || hit->pos + 1 == t->hits->nevents;
		uint64		wait = (uint64) pattern->no_more_for;

		if (pattern->no_more >= 0)
		{
			ok &= (uint64) t->hits->as_of - (uint64) hit->ts >= wait;
			ok &= !seen || (uint64) next - (uint64) hit->ts > wait;
			if (hit->items >> pattern->no_more & 1)
			{
				seen = true;
				next = hit->ts;
			}
		}
		t->final_ok[k] = ok;
	}
}

/* "^" and "from first": the one event that may fill unit 0. */
static void
find_pin(JnyTrack *t)
{
	uint32		k = 0;

	if (!t->pattern->begins && !t->pattern->from_first)
		return;
	t->pinned = true;
	while (k < t->hits->n && !(t->hit[k].items & 1))
		k++;
	t->pin = k < t->hits->n && (!t->pattern->begins || t->hit[k].pos == 0) ?
		k : JNY_NO_HIT;
}

void
jny_track_relax(JnyTrack *t)
{
	t->end = t->hits->n;
	t->start_min = 0;
	t->start_max = PG_UINT32_MAX;
	t->final_max_pos = PG_UINT32_MAX;
	for (int u = 0; u < t->n; u++)
	{
		t->pins[u].max_ts = PG_INT64_MAX;
		t->pins[u].max_pos = PG_UINT32_MAX;
		t->pins[u].must = false;
	}
}

void
jny_track_init(JnyTrack *t, const JnyPattern *pattern, const JnyHits *hits)
{
	memset(t, 0, sizeof(*t));
	t->pattern = pattern;
	t->hits = hits;
	t->hit = hits->hit;
	t->n = pattern->nunits;
	for (int u = t->n - 1; u >= 0; u--)
		t->unit_of[pattern->units[u].item] = u;
	t->unit_of[pattern->nitems] = t->n;
	t->target = pattern->nitems;
	jny_track_relax(t);
	find_final_hits(t);
	find_pin(t);
}

void
jny_track_done(JnyTrack *t)
{
	if (t->final_ok)
		jny_free(t->final_ok);
	for (int i = 0; i < t->pattern->nitems; i++)
	{
		if (t->queue[i].entry == NULL)
			continue;
		jny_free(t->queue[i].entry);
		jny_free(t->queue[i].best);
	}
	if (t->kept)
	{
		jny_free(t->kept);
		jny_free(t->owner);
		jny_free(t->owner_saved);
		jny_free(t->seen);
	}
	if (t->scan)
		jny_track_scan_done(t);
}

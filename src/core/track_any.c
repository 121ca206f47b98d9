/*
 * track_any.c
 *	  Attempts whose items come in any order.
 *
 * A set of items is filled from the events between a start and the last time
 * the clauses allow: a maximum bipartite matching.  Any event that satisfies an
 * item can be part of some maximum matching, so the earliest start is the first
 * time from which a largest one is possible.
 *
 * Of the events from there on only the first n for each of n items come into
 * question.  O(starts * items^3) at worst.
 */
#include "core/track.h"

#include "port/pg_bitutils.h"

/* Events that may take part: places[0 .. n-1], in canonical order. */
typedef struct Window
{
	const JnyPattern *pattern;
	const JnyHits *hits;
	int			nitems;
	uint64		items;			/* bits of all items */
	uint32		from;			/* hits from .. */
	int			nplaces;
	int			cap;
	uint32	   *place;			/* a hit; with distinct times, the first of its
								 * time */
	uint64	   *fits;			/* items it can fill */
	int		   *event_of;		/* of item: a place, or -1 */
	int		   *owner;			/* of place: an item, or -1 */
	bool	   *seen;
	/* what is settled of each item */
	bool		empty[JNY_MAX_ITEMS];
	bool		at_time[JNY_MAX_ITEMS];
	bool		at_place[JNY_MAX_ITEMS];
	int64		time[JNY_MAX_ITEMS];
	int			only[JNY_MAX_ITEMS];	/* the place */
} Window;

static void
window_init(Window *w, const JnyPattern *pattern, const JnyHits *hits)
{
	memset(w, 0, sizeof(*w));
	w->pattern = pattern;
	w->hits = hits;
	w->nitems = pattern->nitems;
	w->items = w->nitems == 64 ? PG_UINT64_MAX :
		(UINT64CONST(1) << w->nitems) - 1;
	w->cap = w->nitems * w->nitems + 1;
	w->place = jny_alloc(w->cap * sizeof(uint32));
	w->fits = jny_alloc(w->cap * sizeof(uint64));
	w->owner = jny_alloc(w->cap * sizeof(int));
	w->seen = jny_alloc(w->cap);
	w->event_of = jny_alloc(w->nitems * sizeof(int));
}

static void
window_done(Window *w)
{
	jny_free(w->place);
	jny_free(w->fits);
	jny_free(w->owner);
	jny_free(w->seen);
	jny_free(w->event_of);
}

/* The end of hits at the time of hit k. */
static uint32
group_end(const JnyHits *hits, uint32 k)
{
	uint32		end = k + 1;

	while (end < hits->n && hits->hit[end].ts == hits->hit[k].ts)
		end++;
	return end;
}

/*
 * Gathers what an attempt that starts with the group of hit k may use, up to a
 * time.  With distinct times all events of one time are one place.
 */
static void
window_set(Window *w, uint32 k, int64 until)
{
	const JnyPattern *pattern = w->pattern;
	const JnyHit *hit = w->hits->hit;
	int			count[JNY_MAX_ITEMS] = {0};
	uint64		open = w->items;
	uint32		end;

	w->nplaces = 0;
	w->from = k;
	for (uint32 e = k; e < w->hits->n && open; e = end)
	{
		uint64		items = 0;

		if (hit[e].ts > until ||
			(pattern->within >= 0 && (uint64) hit[e].ts - (uint64) hit[k].ts >
			 (uint64) pattern->within) ||
			(pattern->session >= 0 &&
			 w->hits->session[e] != w->hits->session[k]))
			break;
		end = pattern->distinct_times ? group_end(w->hits, e) : e + 1;
		for (uint32 x = e; x < end; x++)
			items |= hit[x].items & w->items;
		if (items & open)
		{
			w->place[w->nplaces] = e;
			w->fits[w->nplaces] = items;
			w->owner[w->nplaces++] = -1;
		}
		for (uint64 bits = items & open; bits; bits &= bits - 1)
		{
			int			i = pg_rightmost_one_pos64(bits);

			if (++count[i] == w->nitems)
				open &= ~(bits & -bits);
		}
		/* what may not lie between ends the window behind its own time */
		if (pattern->without >= 0 && hit[e].ts > hit[k].ts)
		{
			bool		hits_wall = false;
			uint32		last = group_end(w->hits, e);

			for (uint32 x = e; x < last && !hits_wall; x++)
				hits_wall = hit[x].items >> pattern->without & 1;
			if (hits_wall)
				until = Min(until, hit[e].ts);
		}
	}
	for (int i = 0; i < w->nitems; i++)
	{
		w->event_of[i] = -1;
		w->empty[i] = w->at_time[i] = w->at_place[i] = false;
	}
}

/* May item i, as far as it is settled, have place p? */
static inline bool
suits(const Window *w, int i, int p)
{
	return (w->fits[p] >> i & 1) &&
		(!w->at_time[i] || w->hits->hit[w->place[p]].ts == w->time[i]) &&
		(!w->at_place[i] || w->only[i] == p);
}

static inline bool
give(Window *w, int item, int p)
{
	w->owner[p] = item;
	w->event_of[item] = p;
	return true;
}

/* One augmenting path; a place that is free spares moving others. */
static bool
augment_from(Window *w, int item, int end)
{
	for (int p = 0; p < end; p++)
	{
		if (w->owner[p] < 0 && suits(w, item, p))
			return give(w, item, p);
	}
	for (int p = 0; p < end; p++)
	{
		if (w->seen[p] || w->owner[p] < 0 || !suits(w, item, p))
			continue;
		w->seen[p] = true;
		if (augment_from(w, w->owner[p], end))
			return give(w, item, p);
	}
	return false;
}

/* Gives an item one of the first "end" places, moving others if need be. */
static bool
augment(Window *w, int item, int end)
{
	memset(w->seen, 0, w->nplaces);
	return augment_from(w, item, end);
}

static void
clear_matching(Window *w)
{
	for (int i = 0; i < w->nitems; i++)
		w->event_of[i] = -1;
	for (int p = 0; p < w->nplaces; p++)
		w->owner[p] = -1;
}

/* How many items can be filled. */
static int
largest(Window *w)
{
	int			filled = 0;

	clear_matching(w);
	for (int i = 0; i < w->nitems; i++)
		filled += augment(w, i, w->nplaces);
	return filled;
}

/* The last time needed to fill so many items, of the places of a window. */
static int64
least_finish(Window *w, int depth)
{
	const JnyHit *hit = w->hits->hit;
	int			filled = 0;

	clear_matching(w);
	for (int p = 0; p < w->nplaces; p++)
	{
		int64		ts = hit[w->place[p]].ts;

		if (p + 1 < w->nplaces && hit[w->place[p + 1]].ts == ts)
			continue;
		for (int i = 0; i < w->nitems; i++)
			filled += w->event_of[i] < 0 && augment(w, i, p + 1);
		if (filled >= depth)
			return ts;
	}
	return 0;
}

/* Can so many items be filled, all that are settled at a time among them? */
static bool
possible(Window *w, int depth)
{
	int			filled = 0;

	JNY_CHECK_INTERRUPTS();
	clear_matching(w);
	for (int i = 0; i < w->nitems; i++)
	{
		if (w->at_time[i] && !augment(w, i, w->nplaces))
			return false;
		filled += w->at_time[i];
	}
	for (int i = 0; i < w->nitems; i++)
		filled += !w->at_time[i] && !w->empty[i] && augment(w, i, w->nplaces);
	return filled >= depth;
}

/* The position with which place p fills item i. */
static uint32
place_pos(const Window *w, int i, int p)
{
	uint32		k = w->place[p];

	while (!(w->hits->hit[k].items >> i & 1))
		k++;
	return w->hits->hit[k].pos;
}

/* Are all places at the time of place p taken by items settled there? */
static bool
time_is_full(const Window *w, int p)
{
	const JnyHit *hit = w->hits->hit;
	int64		ts = hit[w->place[p]].ts;
	int			room = 0;

	for (int q = p; q >= 0 && hit[w->place[q]].ts == ts; q--)
		room++;
	for (int q = p + 1; q < w->nplaces && hit[w->place[q]].ts == ts; q++)
		room++;
	for (int i = 0; i < w->nitems && room > 0; i++)
		room -= w->at_time[i] && w->time[i] == ts;
	return room == 0;
}

/* The least time at which item i can be filled, or that it stays empty. */
static void
settle_time(Window *w, int i, int depth)
{
	for (int p = 0; p < w->nplaces; p++)
	{
		if (!(w->fits[p] >> i & 1) || time_is_full(w, p))
			continue;
		w->at_time[i] = true;
		w->time[i] = w->hits->hit[w->place[p]].ts;
		if (possible(w, depth))
			return;
		w->at_time[i] = false;
	}
	w->empty[i] = true;
}

/* The least place at its time. */
static void
settle_place(Window *w, int i, int depth)
{
	w->at_place[i] = true;
	for (int p = 0; p < w->nplaces; p++)
	{
		w->only[i] = p;
		if ((w->fits[p] >> i & 1) &&
			w->hits->hit[w->place[p]].ts == w->time[i] && possible(w, depth))
			return;
	}
}

/*
 * Settles an attempt at so many items: times as small as possible, item by
 * item, then positions.
 */
static void
settle(Window *w, int depth, JnyAttempt *attempt)
{
	for (int i = 0; i < w->nitems; i++)
		settle_time(w, i, depth);
	for (int i = 0; i < w->nitems; i++)
	{
		if (!w->empty[i])
			settle_place(w, i, depth);
	}
	attempt->depth = depth;
	attempt->missing = 0;
	attempt->first = PG_UINT32_MAX;
	attempt->last = 0;
	attempt->start = PG_INT64_MAX;
	attempt->finish = PG_INT64_MIN;
	for (int i = 0; i < w->nitems; i++)
	{
		if (w->empty[i])
		{
			attempt->missing |= UINT64CONST(1) << i;
			continue;
		}
		attempt->ts[i] = w->time[i];
		attempt->pos[i] = place_pos(w, i, w->only[i]);
		attempt->start = Min(attempt->start, w->time[i]);
		attempt->finish = Max(attempt->finish, w->time[i]);
		attempt->first = Min(attempt->first, attempt->pos[i]);
		attempt->last = Max(attempt->last, attempt->pos[i]);
	}
}

/* The first hit from k on that can fill an item, and may be a start. */
static uint32
next_start(const Window *w, uint32 k)
{
	while (k < w->hits->n && !(w->hits->hit[k].items & w->items))
		k++;
	return k;
}

/* The depth and the start of the best attempt. */
static int
best_start(Window *w, uint32 *start)
{
	int			best = 0;
	uint32		next;

	for (uint32 k = next_start(w, 0); k < w->hits->n; k = next)
	{
		int			depth;

		if ((k & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		next = next_start(w, group_end(w->hits, k));
		window_set(w, k, PG_INT64_MAX);
		depth = largest(w);
		if (depth > best)
		{
			best = depth;
			*start = k;
		}
		if (best == w->nitems || w->pattern->from_first)
			break;
	}
	return best;
}

void
jny_any_best(const JnyPattern *pattern, const JnyHits *hits,
			 JnyAttempt *attempt)
{
	Window		w;
	uint32		start = 0;
	int			depth;
	int64		finish;

	attempt->depth = 0;
	attempt->missing = 0;
	window_init(&w, pattern, hits);
	depth = best_start(&w, &start);
	if (depth > 0)
	{
		window_set(&w, start, PG_INT64_MAX);
		finish = least_finish(&w, depth);
		window_set(&w, start, finish);
		settle(&w, depth, attempt);
	}
	window_done(&w);
}

/*
 * A complete attempt from a later start finishes no earlier: so the first start
 * that gets complete tells the finish, and those behind it compete for being
 * the latest.
 */
bool
jny_any_next(const JnyPattern *pattern, const JnyHits *hits, uint32 from,
			 JnyAttempt *attempt)
{
	Window		w;
	int64		finish = PG_INT64_MAX;
	uint32		start = JNY_NO_HIT;
	uint32		first;
	uint32		k;

	attempt->depth = 0;
	window_init(&w, pattern, hits);
	first = k = next_start(&w, 0);
	while (k < hits->n && hits->hit[k].pos < from)
		k = next_start(&w, k + 1);
	if (pattern->from_first && k < hits->n && hits->hit[k].ts != hits->hit[first].ts)
		k = hits->n;
	while (k < hits->n)
	{
		JNY_CHECK_INTERRUPTS();
		window_set(&w, k, finish);
		if (largest(&w) == w.nitems)
		{
			if (start == JNY_NO_HIT)
				finish = least_finish(&w, w.nitems);
			start = k;
		}
		else if (start != JNY_NO_HIT)
			break;
		k = pattern->from_first ? hits->n : next_start(&w, group_end(hits, k));
	}
	if (start != JNY_NO_HIT)
	{
		window_set(&w, start, finish);
		settle(&w, w.nitems, attempt);
	}
	window_done(&w);
	return start != JNY_NO_HIT;
}

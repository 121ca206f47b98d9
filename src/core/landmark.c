/*
 * landmark.c
 *	  A customer as known at a landmark, and what became of him afterwards.
 */
#include "core/landmark.h"

/* Moves a cursor to the first event at a time or later. */
static void
advance(const JnyView *view, uint32 *cursor, int64 ts)
{
	while (*cursor < view->n && jny_time(view, *cursor) < ts)
	{
		if ((++*cursor & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
	}
}

/* Days since 2000-01-01 UTC, rounded down. */
static int64
day_of(int64 ts)
{
	return ts / USECS_PER_DAY - (ts % USECS_PER_DAY < 0);
}

void
jny_life_at(JnyLife *life, int64 at, JnyStanding *standing)
{
	const JnyView *view = life->view;
	uint32		seen = life->end;
	int64		window = jny_earlier(at, life->recent);

	memset(standing, 0, sizeof(*standing));
	advance(view, &life->end, at);
	advance(view, &life->recent_from, window);
	advance(view, &life->before_from, jny_earlier(window, life->before));
	for (; seen < life->end; seen++)
	{
		int64		day = day_of(jny_time(view, seen));

		if (life->days == 0 || day != life->day)
			life->days++;
		life->day = day;
	}
	if (life->end == 0)
		return;
	if (life->start)
		while (life->starts < life->start->n && life->start->hit[life->starts].ts < at)
			life->starts++;
	else
		life->starts = life->end;
	standing->starts = life->starts;
	standing->last = jny_time(view, life->end - 1);
	standing->nrecent = life->end - life->recent_from;
	standing->nbefore = life->recent_from - life->before_from;
	standing->usual_gap = life->days < 2 ? -1 :
		(int64) Min((uint64) (life->day - day_of(view->first)) * (uint64) USECS_PER_DAY /
					(life->days - 1), (uint64) PG_INT64_MAX);
	if (life->starts == 0)
		return;
	standing->since = life->start ? life->start->hit[0].ts : view->first;
	standing->is_customer = life->left_at > at &&
		(life->silence < 0 || jny_later(standing->last, life->silence) >= at);
}

/*
 * Silence becomes churn when it has lasted for longer than its limit, which is
 * right after the limit; so at "until" itself it has not happened yet.
 */
int64
jny_life_churn(const JnyLife *life, int64 at, int64 until)
{
	const JnyView *view = life->view;
	int64		left = life->left_at > at && life->left_at <= until ?
		life->left_at : DT_NOEND;

	if (life->silence < 0)
		return left;
	for (uint32 i = life->end - 1; i < view->n; i++)
	{
		int64		silent = jny_later(jny_time(view, i), life->silence);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (silent >= until || silent >= left)
			return left;
		if (i + 1 == view->n || jny_time(view, i + 1) > silent)
			return silent;
	}
	return left;
}

void
jny_hits_window(const JnyHits *hits, uint32 from, uint32 to, int64 as_of,
				JnyHits *window)
{
	uint32		first = jny_hits_from(hits, from);
	uint32		end = jny_hits_from(hits, to);

	if (end - first > window->cap)
	{
		if (window->hit)
			jny_free(window->hit);
		window->cap = end - first;
		window->hit = (JnyHit *) jny_alloc(window->cap * sizeof(JnyHit));
	}
	window->n = end - first;
	window->nevents = to - from;
	window->as_of = as_of;
	window->session = hits->session ? hits->session + first : NULL;
	for (uint32 i = 0; i < window->n; i++)
	{
		window->hit[i] = hits->hit[first + i];
		window->hit[i].pos -= from;
	}
}

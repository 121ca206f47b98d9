/*
 * attribution_paths.c
 *	  The paths of one journey: its conversions, the touches before each, and
 *	  what follows the last.
 */
#include "pg/attribution.h"

static const JnyName no_channel = {"(none)", 6};

void
journey_paths_init(JourneyPaths *paths, JourneyCounts *state, JnyView *view)
{
	const JnyModelSpec *model;

	memset(paths, 0, sizeof(*paths));
	paths->state = state;
	paths->spec = (JourneyAttribution *) state->extra;
	paths->view = view;
	model = &paths->spec->model;
	paths->names = (JnyName *) palloc((view->nchannels + 1) * sizeof(JnyName));
	jny_view_channels(view, paths->names);
	paths->names[view->nchannels] = no_channel;
	paths->direct = (bool *) palloc0(view->nchannels + 1);
	paths->seen = (uint32 *) palloc0((view->nchannels + 1) * sizeof(uint32));
	for (uint32 i = 0; i < view->nchannels; i++)
		for (int k = 0; k < model->ndirect; k++)
			paths->direct[i] |= jny_name_cmp(paths->names[i], model->direct[k]) == 0;
	paths->sum = (double *) palloc((view->nchannels + 1) * sizeof(double));
	paths->touches = (JnyTouch *) MemoryContextAllocHuge(CurrentMemoryContext, (view->n + 1) * sizeof(JnyTouch));
	paths->first = (bool *) MemoryContextAllocHuge(CurrentMemoryContext, view->n + 1);
	paths->credit = (double *) MemoryContextAllocHuge(CurrentMemoryContext, (view->n + 1) * sizeof(double));
}

/*
 * What happens at the same time as a conversion belongs to it, whatever the
 * names: a clock that tells the day only cannot tell which came first.
 */
static void
bound_conversions(JourneyPaths *paths)
{
	const JnyView *view = paths->view;
	uint32		start = 0;

	for (uint32 i = 0; i < paths->n; i++)
	{
		JourneyConversion *conversion = &paths->conversions[i];
		uint32		limit = i + 1 < paths->n ? paths->conversions[i + 1].at : view->n;
		int64		ts = jny_time(view, conversion->at);

		conversion->start = start;
		conversion->end = conversion->at + 1;
		while (conversion->end < limit && jny_time(view, conversion->end) == ts)
			conversion->end++;
		start = conversion->end;
	}
}

/* The conversions of the journey, counted as match_count() does. */
static void
find_conversions(JourneyPaths *paths)
{
	JourneyAttribution *spec = paths->spec;
	MemoryContext old = MemoryContextSwitchTo(paths->state->header.eoh_context);
	JnyAttempt	attempt;
	uint32		from = 0;
	uint32		cap = 0;

	jny_hits_of_view(&spec->hits, spec->goal, paths->view);
	MemoryContextSwitchTo(old);
	while (from < paths->view->n &&
		   jny_match_next(spec->goal, &spec->hits, from, &attempt))
	{
		JourneyConversion *conversion;

		JNY_CHECK_INTERRUPTS();
		if (paths->n == cap)
		{
			cap = cap ? 2 * cap : 8;
			paths->conversions = (JourneyConversion *) (paths->conversions ?
												 repalloc_huge(paths->conversions, cap * sizeof(JourneyConversion)) :
												 palloc(cap * sizeof(JourneyConversion)));
		}
		conversion = &paths->conversions[paths->n++];
		conversion->at = attempt.last;
		conversion->value = 0;
		from = conversion->at + 1;
	}
	bound_conversions(paths);
}

/*
 * Whether an event belongs to conversion i rather than to the one before:
 * it stands behind it, or in front of it at the same time.
 */
static bool
is_behind(const JourneyPaths *paths, uint32 i, uint32 at)
{
	int64		ts = jny_time(paths->view, paths->conversions[i].at);
	int64		before = jny_time(paths->view, paths->conversions[i - 1].at);

	return paths->conversions[i].at <= at ||
		(ts == jny_time(paths->view, at) && before < ts);
}

/*
 * Gives each event that is money to the last conversion at or before it, or
 * to the first one: refunds and renewals count with the sale they follow.
 */
static void
add_values(JourneyPaths *paths)
{
	const JnyView *view = paths->view;
	JnyHits    *money = &paths->spec->money;
	MemoryContext old;
	uint32		current = 0;
	uint32		k = 0;

	if (paths->spec->revenue == NULL || paths->n == 0 || view->nvalues == 0)
		return;
	old = MemoryContextSwitchTo(paths->state->header.eoh_context);
	jny_hits_of_view(money, paths->spec->revenue, view);
	MemoryContextSwitchTo(old);
	for (uint32 i = 0; i < money->n; i++)
	{
		uint32		at = money->hit[i].pos;

		while (k < view->nvalues && jny_value_position(view, k) < at)
			k++;
		if (k == view->nvalues || jny_value_position(view, k) != at)
			continue;
		while (current + 1 < paths->n && is_behind(paths, current + 1, at))
			current++;
		paths->conversions[current].value += jny_value_at(view, k);
	}
}

void
journey_paths_conversions(JourneyPaths *paths)
{
	find_conversions(paths);
	add_values(paths);
}

void
journey_paths_touch(JourneyPaths *paths, uint32 n, uint32 channel, int64 ts)
{
	paths->touches[n].channel = channel;
	paths->touches[n].ts = ts;
	paths->touches[n].direct = paths->direct[channel];
	paths->first[n] = paths->seen[channel] != paths->path;
	paths->seen[channel] = paths->path;
}

uint32
journey_paths_touches(JourneyPaths *paths, uint32 from, uint32 to, uint32 skip, int64 until)
{
	const JnyView *view = paths->view;
	int64		lookback = paths->spec->lookback;
	uint32		n = 0;

	paths->path++;
	if (view->nchannels == 0)
		return 0;
	for (uint32 i = from; i < to; i++)
	{
		uint32		channel = jny_channel(view, i);
		int64		ts;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (channel == 0 || i == skip)
			continue;
		ts = jny_time(view, i);
		if ((uint64) until - (uint64) ts > (uint64) lookback)
			continue;
		journey_paths_touch(paths, n++, channel - 1, ts);
	}
	return n;
}

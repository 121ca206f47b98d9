/*
 * next.c
 *	  What comes next, and whether it will lead to the goal.
 *
 * Keys, a name being its length as two bytes and its bytes, 0xFFFF for none:
 *	  'c' level reached depth names			the goal: not followed, followed
 *	  'e' order names target				how often target came next
 *	  't' order names						how often anything did (models only)
 */
#include "core/next.h"

#include <stdlib.h>

#include "core/session.h"

#define NO_NAME 0xFFFF
#define ANY 0xFF				/* in place of what a level does not look at */
#define KEY_BYTES (4 + (JNY_NEXT_ORDER + 1) * (2 + JNY_MAX_NAME_BYTES))

/* ---- keys ---- */

/* A longer name than a journey can have would be damage. */
static uint32
put_name(uint8 *key, uint32 at, JnyName name)
{
	uint32		len = Min(name.len, JNY_MAX_NAME_BYTES);

	jny_put16(key + at, (uint16) (name.data ? len : NO_NAME));
	if (name.data == NULL)
		return at + 2;
	memcpy(key + at + 2, name.data, len);
	return at + 2 + len;
}

/* The last "order" events; what lies before the session is none. */
static uint32
put_last(uint8 *key, uint32 at, const JnyMoment *moment, int order)
{
	JnyName		none = {NULL, 0};

	for (int k = 0; k < order; k++)
		at = put_name(key, at, k < moment->nlast ? moment->last[k] : none);
	return at;
}

/*
 * Contexts of the goal: all; by whether it was reached before; by the last
 * event; by how far the session has come; by the last two; by the last three.
 */
static uint32
goal_key(uint8 *key, const JnyMoment *moment, int level)
{
	static const int order[JNY_NEXT_LEVELS] = {0, 0, 1, 1, 2, 3};

	key[0] = 'c';
	key[1] = (uint8) level;
	key[2] = level < 1 ? ANY : moment->reached;
	key[3] = level < 3 ? ANY : moment->depth;
	return put_last(key, 4, moment, order[level]);
}

static uint32
step_key(uint8 *key, uint8 kind, const JnyMoment *moment, int order)
{
	key[0] = kind;
	key[1] = (uint8) order;
	return put_last(key, 2, moment, order);
}

/* Reads a name of a key; false if there is none. */
static bool
get_name(JnyName key, uint32 *at, JnyName *name)
{
	uint16		len;

	if (*at + 2 > key.len)
		return false;
	len = jny_get16((const uint8 *) key.data + *at);
	*at += 2;
	name->data = len == NO_NAME ? NULL : key.data + *at;
	name->len = len == NO_NAME ? 0 : len;
	if (name->len > key.len - *at || name->len > JNY_MAX_NAME_BYTES)
		return false;
	*at += name->len;
	return true;
}

/* Where the target of a step begins in its key; 0 if it is none. */
static uint32
find_target(JnyName key)
{
	uint32		at = 2;
	JnyName		name;

	if (key.len < 4 || key.data[0] != 'e' || (uint8) key.data[1] > JNY_NEXT_ORDER)
		return 0;
	for (int k = 0; k < key.data[1]; k++)
		if (!get_name(key, &at, &name))
			return 0;
	return at;
}

/* ---- learning ---- */

static uint8
depth_band(uint32 events)
{
	uint8		band = 0;

	while (band < 4 && events >= (2u << band))
		band++;
	return band;
}

static bool
count(JnyCounts *counts, const uint8 *key, uint32 len, int cell)
{
	uint32		at = jny_counts_put(counts, key, len);

	if (at == PG_UINT32_MAX)
		return false;
	jny_counts_of(counts, at)[cell]++;
	return true;
}

/* Fills in event i of the session that starts at "start". */
static void
read_moment(const JnyView *view, const JnyName *names, uint32 start, uint32 i,
			JnyMoment *moment)
{
	moment->nlast = 0;
	for (uint32 k = i + 1; k > start && moment->nlast < JNY_NEXT_ORDER; k--)
		moment->last[moment->nlast++] = names[jny_code(view, k - 1)];
	moment->depth = depth_band(i - start + 1);
}

/* Counts a moment: whether the goal follows, and what comes next. */
static bool
count_goal(JnyCounts *counts, const JnyMoment *moment, bool follows)
{
	uint8		key[KEY_BYTES];

	for (int level = 0; level < JNY_NEXT_LEVELS; level++)
		if (!count(counts, key, goal_key(key, moment, level), follows))
			return false;
	return true;
}

static bool
count_step(JnyCounts *counts, const JnyMoment *moment, JnyName target)
{
	uint8		key[KEY_BYTES];

	for (int order = 0; order <= JNY_NEXT_ORDER; order++)
		if (!count(counts, key, put_name(key, step_key(key, 'e', moment, order), target), 0))
			return false;
	return true;
}

/* Whether what happens until so long after a time is known. */
static bool
is_known(const JnyNextSpec *spec, int64 ts, int64 us)
{
	return spec->as_of == DT_NOEND || (ts <= spec->as_of && (uint64) spec->as_of - (uint64) ts >= (uint64) us);
}

bool
jny_next_learn(JnyCounts *counts, const JnyNextSpec *spec, const JnyView *view,
			   const JnyHits *goal)
{
	JnyName    *names = (JnyName *) jny_alloc(view->nnames * sizeof(JnyName) + 1);
	uint32		hit = 0;		/* first one behind the moment */
	bool		fits = true;

	jny_view_names(view, names);
	for (uint32 start = 0, end; start < view->n && fits; start = end)
	{
		end = jny_session_end(view, start, spec->timeout);
		for (uint32 i = start; i < end && fits; i++)
		{
			JnyName		none = {NULL, 0};
			JnyMoment	moment;
			int64		ts = jny_time(view, i);

			if ((i & JNY_INTERRUPT_MASK) == 0)
				JNY_CHECK_INTERRUPTS();
			while (hit < goal->n && goal->hit[hit].pos <= i)
				hit++;
			read_moment(view, names, start, i, &moment);
			moment.reached = hit > 0;
			if (is_known(spec, ts, spec->within < 0 ? spec->timeout : spec->within))
				fits = count_goal(counts, &moment, hit < goal->n &&
								  (spec->within < 0 ? goal->hit[hit].pos < end :
								   (uint64) goal->hit[hit].ts - (uint64) ts <= (uint64) spec->within));
			if (fits && (i + 1 < end || is_known(spec, ts, spec->timeout)))
				fits = count_step(counts, &moment, i + 1 < end ? names[jny_code(view, i + 1)] : none);
		}
	}
	jny_free(names);
	return fits;
}

/* Adds to the counts under a key of a model. */
static void
add_key(JnyCounts *model, const void *key, uint32 len, const int64 *number)
{
	int64	   *to = jny_counts_of(model, jny_counts_put(model, key, len));

	to[0] += number[0];
	to[1] += number[1];
}

/* Long contexts that were hardly seen would only repeat the shorter ones. */
void
jny_next_keep(JnyCounts *model, const JnyCounts *counts)
{
	JnyCounts  *totals = jny_counts_create(0, 2, 0, NULL, 0);

	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, i);
		uint32		target = find_target(key);

		if (target > 0)
			add_key(totals, key.data, target, jny_counts_of(counts, i));
	}
	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, i);
		const int64 *number = jny_counts_of(counts, i);
		uint32		target = find_target(key);

		if (target > 0 ? key.data[1] < 2 ||
			jny_counts_of(totals, jny_counts_find(totals, key.data, target))[0] >= JNY_NEXT_LEAST :
			key.len >= 4 && key.data[0] == 'c' &&
			(key.data[1] < 4 || number[0] + number[1] >= JNY_NEXT_LEAST))
			add_key(model, key.data, key.len, number);
	}
	for (uint32 i = 0; i < totals->n; i++)
	{
		JnyName		key = jny_counts_key(totals, i);
		const int64 *number = jny_counts_of(totals, i);
		uint8		total[KEY_BYTES];

		if (key.data[1] >= 2 && number[0] < JNY_NEXT_LEAST)
			continue;
		memcpy(total, key.data, key.len);
		total[0] = 't';
		add_key(model, total, key.len, number);
	}
	jny_counts_free(totals);
}

/* ---- asking ---- */

void
jny_next_moment(const JnyNextSpec *spec, const JnyView *view,
				const JnyHits *goal, JnyName *names, JnyMoment *moment)
{
	uint32		start = view->n - 1;

	while (start > 0 && !jny_session_gap(jny_time(view, start - 1), jny_time(view, start), spec->timeout))
	{
		if ((--start & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
	}
	jny_view_names(view, names);
	read_moment(view, names, start, view->n - 1, moment);
	moment->reached = goal->n > 0;
}

double
jny_next_reaches(const JnyCounts *model, const JnyMoment *moment)
{
	double		p = 0;
	uint8		key[KEY_BYTES];

	for (int level = 0; level < JNY_NEXT_LEVELS; level++)
	{
		uint32		at = jny_counts_find(model, key, goal_key(key, moment, level));
		const int64 *number;

		if (at == PG_UINT32_MAX)
			continue;
		number = jny_counts_of(model, at);
		p = level == 0 ? (number[1] + 0.5) / (number[0] + number[1] + 1.0) :
			(number[1] + JNY_NEXT_SHRINK * p) / (number[0] + number[1] + JNY_NEXT_SHRINK);
	}
	return p;
}

/* The first key of a model, which has them in order, that is not before one. */
static uint32
lower_bound(const JnyCounts *model, JnyName key)
{
	uint32		low = 0;
	uint32		high = model->n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (jny_name_cmp(jny_counts_key(model, middle), key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* By name of the target as it stands in keys, so that contexts can be merged. */
typedef struct Target
{
	JnyName		raw;
	double		p;
} Target;

static int
step_cmp(const void *x, const void *y)
{
	const JnyNextStep *a = (const JnyNextStep *) x;
	const JnyNextStep *b = (const JnyNextStep *) y;

	if (a->p != b->p)
		return a->p > b->p ? -1 : 1;
	if (a->event.data == NULL || b->event.data == NULL)
		return (a->event.data == NULL) - (b->event.data == NULL);
	return jny_name_cmp(a->event, b->event);
}

/* Draws the targets to what was seen in a context; those of order 0 are new. */
static void
merge_context(const JnyCounts *model, JnyName context, double total,
			  Target *target, uint32 *n, bool first)
{
	uint32		k = 0;

	if (!first)
		for (uint32 i = 0; i < *n; i++)
			target[i].p *= JNY_NEXT_SHRINK / (total + JNY_NEXT_SHRINK);
	for (uint32 at = lower_bound(model, context); at < model->n; at++)
	{
		JnyName		key = jny_counts_key(model, at);
		JnyName		raw = {key.data + context.len, key.len - context.len};
		double		seen = (double) jny_counts_of(model, at)[0];

		if (key.len < context.len || memcmp(key.data, context.data, context.len) != 0)
			break;
		if (first)
		{
			target[*n].raw = raw;
			target[(*n)++].p = seen / total;
			continue;
		}
		while (k < *n && jny_name_cmp(target[k].raw, raw) < 0)
			k++;
		if (k < *n && jny_name_cmp(target[k].raw, raw) == 0)
			target[k].p += seen / (total + JNY_NEXT_SHRINK);
	}
}

JnyNextStep *
jny_next_steps(const JnyCounts *model, const JnyMoment *moment, uint32 *n,
			   int64 *seen)
{
	Target	   *target = (Target *) jny_alloc(model->n * sizeof(Target) + 1);
	JnyNextStep *step;

	*n = 0;
	*seen = 0;
	for (int order = 0; order <= JNY_NEXT_ORDER; order++)
	{
		uint8		key[KEY_BYTES];
		uint32		len = step_key(key, 't', moment, order);
		uint32		at = jny_counts_find(model, key, len);
		JnyName		context = {(const char *) key, len};

		if (at == PG_UINT32_MAX)
			break;
		*seen = jny_counts_of(model, at)[0];
		key[0] = 'e';
		merge_context(model, context, (double) *seen, target, n, order == 0);
	}
	step = (JnyNextStep *) jny_alloc(*n * sizeof(JnyNextStep) + 1);
	for (uint32 i = 0; i < *n; i++)
	{
		uint32		at = 0;

		if (!get_name(target[i].raw, &at, &step[i].event))
			step[i].event.data = NULL;
		step[i].p = target[i].p;
	}
	jny_free(target);
	qsort(step, *n, sizeof(JnyNextStep), step_cmp);
	return step;
}

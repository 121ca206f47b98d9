/*
 * path.c
 *	  The expanded form of a journey: append, sort, merge.
 *
 * Every event of a path has been checked on its way in, so what leaves it
 * (pack.c) needs no checks but the limits.  "sorted" stays true while events
 * arrive in canonical order, which makes sorting them free.
 */
#include "core/dict.h"

/* Room of the first array that replaces the inline events. */
#define FIRST_ARRAY 16

/* An empty path on a dictionary, which must outlive it. */
void
jny_path_init(JnyPath *path, JnyDict *dict)
{
	path->dict = dict;
	path->n = 0;
	path->cap = JNY_PATH_FEW;
	path->sorted = true;
	path->events = path->few;
}

/* Empties a path and releases its array. */
void
jny_path_reset(JnyPath *path)
{
	if (path->events != path->few)
		jny_free(path->events);
	jny_path_init(path, path->dict);
}

/*
 * Makes room for n more events.  Capacity at least doubles, so that single
 * appends are O(1) amortised.  The first array is allocated in the current
 * memory context and grows there: whoever keeps a path beyond the current
 * context switches to its context before appending.
 */
JnyCode
jny_path_reserve(JnyPath *path, uint32 n, JnyError *err)
{
	uint64		need = (uint64) path->n + n;
	uint64		cap;

	if (need > JNY_MAX_EVENTS)
		return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, JNY_MAX_EVENTS, NULL);
	if (need <= path->cap)
		return JNY_OK;

	cap = Max(Max(need, (uint64) path->cap * 2), FIRST_ARRAY);
	cap = Min(cap, JNY_MAX_EVENTS);
	if (path->events == path->few)
	{
		path->events = (JnyEvent *) jny_alloc(cap * sizeof(JnyEvent));
		memcpy(path->events, path->few, path->n * sizeof(JnyEvent));
	}
	else
		path->events = (JnyEvent *) jny_realloc(path->events,
												cap * sizeof(JnyEvent));
	path->cap = (uint32) cap;
	return JNY_OK;
}

/* An event as a user gives it: see path.h. */
JnyCode
jny_event_check(int64 ts, JnyName name, JnyName channel, const double *value,
				JnyError *err)
{
	if (TIMESTAMP_NOT_FINITE(ts))
		return jny_fail(err, JNY_E_INFINITE_TIME, 0, 0, 0, "a finite time");
	if (!IS_VALID_TIMESTAMP(ts))
		return jny_fail(err, JNY_E_TIME_RANGE, 0, 0, 0, "a time in range");
	if (name.len == 0)
		return jny_fail(err, JNY_E_EMPTY_NAME, 0, 0, 0, "an event name");
	if (name.len > JNY_MAX_NAME_BYTES || channel.len > JNY_MAX_NAME_BYTES)
		return jny_fail(err, JNY_E_MAX_NAME_BYTES, 0, 0, JNY_MAX_NAME_BYTES,
						"a shorter name");
	if (value && !isfinite(*value))
		return jny_fail(err, JNY_E_VALUE, 0, 0, 0, "a finite number");
	return JNY_OK;
}

/* Appends where there is room, and keeps "sorted" right. */
static inline void
append_event(JnyPath *path, const JnyEvent *event)
{
	JnyEvent   *last = path->events + path->n;

	*last = *event;
	/* -0 becomes 0; NaN, the missing value, stays */
	last->value += 0.0;
	if (path->sorted && path->n > 0 && last[-1].ts >= last->ts &&
		(last[-1].ts > last->ts ||
		 jny_event_cmp(path->dict, last - 1, last) > 0))
		path->sorted = false;
	path->n++;
}

/* Appends an event whose codes are of the path's dictionary.  O(1) amortised. */
JnyCode
jny_path_push(JnyPath *path, const JnyEvent *event, JnyError *err)
{
	if (path->n == path->cap)
	{
		JnyEvent	copy = *event;	/* it may be one of our own */
		JnyCode		code = jny_path_reserve(path, 1, err);

		if (code != JNY_OK)
			return code;
		append_event(path, &copy);
		return JNY_OK;
	}
	append_event(path, event);
	return JNY_OK;
}

/* Interns the names of a checked event and appends it. */
JnyCode
jny_path_add(JnyPath *path, int64 ts, JnyName name, JnyName channel,
			 const double *value, JnyError *err)
{
	JnyEvent	event;

	event.ts = ts;
	event.value = value ? *value : NAN;
	event.name = jny_dict_put(path->dict, name);
	event.channel = channel.len == 0 ? 0 :
		jny_dict_put(path->dict, channel) + 1;
	return jny_path_push(path, &event, err);
}

/* Interns n names, none empty; false if one is. */
static bool
put_names(JnyDict *dict, const JnyName *names, uint32 n, uint32 *codes)
{
	for (uint32 i = 0; i < n; i++)
	{
		if (names[i].len == 0 || names[i].len > JNY_MAX_NAME_BYTES)
			return false;
		codes[i] = jny_dict_put(dict, names[i]);
	}
	return true;
}

/* Appends the events of a view whose codes are known in the path. */
static JnyCode
push_view(JnyPath *path, const JnyView *view, const uint32 *names,
		  const uint32 *channels, JnyError *err)
{
	for (uint32 k = 0; k < view->nvalues; k++)
		if (!isfinite(jny_value_at(view, k)))
			return jny_fail(err, JNY_E_CORRUPT, view->values - view->bytes,
							0, 0, "finite values");
	for (JnyWalk walk = jny_walk(view); jny_walk_next(&walk);)
	{
		JnyEvent	event;

		if ((walk.next & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (!IS_VALID_TIMESTAMP(walk.ts))
			return jny_fail(err, JNY_E_CORRUPT, view->times - view->bytes,
							0, 0, "times in range");
		event.ts = walk.ts;
		event.value = walk.value;
		event.name = names[walk.code];
		event.channel = walk.channel == 0 ? 0 : channels[walk.channel - 1] + 1;
		append_event(path, &event);
	}
	return JNY_OK;
}

/*
 * Appends all events of a journey, which need only be open SAFE: what would
 * not be a legal event is refused (JNY_E_CORRUPT), and canonical order does
 * not matter.  O(n + bytes of its dictionary).
 */
JnyCode
jny_path_add_view(JnyPath *path, const JnyView *view, JnyError *err)
{
	uint32		nall = view->nnames + view->nchannels;
	JnyName    *names;
	uint32	   *codes;
	JnyCode		code = jny_path_reserve(path, view->n, err);

	if (code != JNY_OK || view->n == 0)
		return code;
	names = (JnyName *) jny_alloc(nall * sizeof(JnyName));
	codes = (uint32 *) jny_alloc(nall * sizeof(uint32));
	jny_view_names(view, names);
	jny_view_channels(view, names + view->nnames);
	if (put_names(path->dict, names, nall, codes))
		code = push_view(path, view, codes, codes + view->nnames, err);
	else
		code = jny_fail(err, JNY_E_CORRUPT, JNY_HEAD_SIZE, 0, 0,
						"names of 1 to 4096 bytes");
	jny_free(codes);
	jny_free(names);
	return code;
}

/*
 * Appends all events of another path, which is left as it is.  With another
 * dictionary each of its names is looked up once.  O(n).
 */
JnyCode
jny_path_add_path(JnyPath *path, const JnyPath *other, JnyError *err)
{
	bool		same = path->dict == other->dict;
	uint32		n = other->n;
	uint32		round = 0;
	JnySlot    *slots = same ? NULL : jny_dict_slots(other->dict, &round);
	JnyCode		code = jny_path_reserve(path, n, err);

	if (code != JNY_OK)
		return code;
	for (uint32 i = 0; i < n; i++)
	{
		JnyEvent	event = other->events[i];

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (!same)
		{
			event.name = jny_dict_translate(path->dict, other->dict, slots,
											round, event.name);
			if (event.channel != 0)
				event.channel = jny_dict_translate(path->dict, other->dict, slots,
												   round, event.channel - 1) + 1;
		}
		append_event(path, &event);
	}
	return JNY_OK;
}

/* What decides between events of equal time: name, channel, value. */
static int
event_cmp_tie(const JnyDict *dict, const JnyEvent *a, const JnyEvent *b)
{
	bool		a_has = jny_has_value(a);
	bool		b_has = jny_has_value(b);

	if (a->name != b->name)
		return jny_name_cmp(jny_dict_name(dict, a->name),
							jny_dict_name(dict, b->name));
	if (a->channel != b->channel)
	{
		if (a->channel == 0 || b->channel == 0)
			return a->channel == 0 ? -1 : 1;
		return jny_name_cmp(jny_dict_name(dict, a->channel - 1),
							jny_dict_name(dict, b->channel - 1));
	}
	if (!a_has || !b_has)
		return (int) a_has - (int) b_has;
	return (a->value > b->value) - (a->value < b->value);
}

static inline int
event_cmp(const JnyDict *dict, const JnyEvent *a, const JnyEvent *b)
{
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return event_cmp_tie(dict, a, b);
}

/* Canonical order; different codes are different names, so 0 is identity. */
int
jny_event_cmp(const JnyDict *dict, const JnyEvent *a, const JnyEvent *b)
{
	return event_cmp(dict, a, b);
}

#define ST_SORT sort_events
#define ST_ELEMENT_TYPE JnyEvent
#define ST_COMPARE_ARG_TYPE const JnyDict
#define ST_COMPARE(a, b, dict) event_cmp(dict, a, b)
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

/* Canonical order.  Events are few distinct things, so stability is no matter. */
void
jny_path_sort(JnyPath *path)
{
	if (path->sorted)
		return;
	sort_events(path->events, path->n, path->dict);
	path->sorted = true;
}

/* Multiset union with multiplicity = max: see path.h. */
JnyCode
jny_path_merge(JnyPath *out, JnyPath *a, JnyPath *b, JnyError *err)
{
	uint32		i = 0;
	uint32		j = 0;

	Assert(out->dict == a->dict && out->dict == b->dict);
	jny_path_sort(a);
	jny_path_sort(b);
	while (i < a->n || j < b->n)
	{
		const JnyEvent *event;
		int			c;
		JnyCode		code;

		if (((i + j) & JNY_INTERRUPT_MASK) <= 1)	/* i + j may step by 2 */
			JNY_CHECK_INTERRUPTS();
		if (i == a->n || j == b->n)
			c = i == a->n ? 1 : -1;
		else
			c = event_cmp(a->dict, a->events + i, b->events + j);

		/* an event on both sides is paired with one of the other side */
		event = c <= 0 ? a->events + i : b->events + j;
		code = jny_path_push(out, event, err);
		if (code != JNY_OK)
			return code;
		i += c <= 0;
		j += c >= 0;
	}
	return JNY_OK;
}

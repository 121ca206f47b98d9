/*
 * track_oracle.c
 *	  The whole pattern language against an exhaustive search, on small random
 *	  journeys with channels, values and many equal times.
 *
 * The search below is the definition: it tries every assignment of events to
 * the items and keeps the best in the definition's own words.  It shares no
 * code with the engine, not even the idea of what an event satisfies: patterns
 * are drawn as structures here, and reach the engine as text.
 * JNY_CASES=1000000 in the environment, or as an argument, asks for more
 * cases; a second argument is the seed.
 */
#include "core/match.h"

#include "random_journey.h"

#define DEFAULT_CASES 40000
#define MAX_EVENTS 7
#define MAX_ITEMS 4
#define MANY 1000

static const char *const names[] = {"a", "b", "ab", "c"};
static const char *const channels[] = {"", "k", "kl", "m"};
static const double values[] = {NAN, -1, 2.5, 7};

/* ---- journeys ---- */

typedef struct Event
{
	int64		ts;
	const char *name;
	const char *channel;
	double		value;
} Event;

typedef struct Story
{
	int			n;				/* in canonical order */
	Event		event[MAX_EVENTS];
	int			session[MAX_EVENTS];
	int64		as_of;
} Story;

static int
cmp_events(const void *a, const void *b)
{
	const Event *x = a;
	const Event *y = b;
	int			c;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if ((c = strcmp(x->name, y->name)) != 0)
		return c;
	if ((c = strcmp(x->channel, y->channel)) != 0)
		return c;
	if (isnan(x->value) || isnan(y->value))
		return !isnan(x->value) - !isnan(y->value);
	return x->value < y->value ? -1 : x->value > y->value;
}

static void
random_story(Story *s)
{
	uint32		clock = 1 + random_below(random_below(2) == 0 ? 3 : 9);
	uint32		nnames = 1 + random_below(lengthof(names));
	bool		plain = random_below(2) == 0;

	memset(s, 0, sizeof(*s));
	s->n = random_below(MAX_EVENTS + 1);
	for (int i = 0; i < s->n; i++)
	{
		s->event[i].ts = random_below(clock);
		s->event[i].name = names[random_below(nnames)];
		s->event[i].channel = plain ? "" : channels[random_below(lengthof(channels))];
		s->event[i].value = plain ? NAN : values[random_below(lengthof(values))];
	}
	qsort(s->event, s->n, sizeof(Event), cmp_events);
}

/* ---- questions ---- */

typedef enum Kind
{
	IS_NAME,
	IS_PREFIX,
	IS_ANY,
	IS_EITHER					/* two alternatives in parentheses */
} Kind;

typedef struct Unary
{
	bool		negated;
	Kind		kind;
	const char *word[2];
	int			nfilters;
	int			filter[2];		/* 0: @word, 1: @word*, 2..7: comparisons */
	const char *channel[2];
	double		number[2];
} Unary;

typedef struct Step
{
	int			n;
	Unary		unary[2];
} Step;

typedef struct Item
{
	Step		step;
	int			min;
	int			max;
	bool		next;
	int64		gap_min;
	int64		gap_max;		/* -1: none */
	bool		has_without;
	Step		without;
} Item;

typedef struct Question
{
	int			nitems;
	Item		item[MAX_ITEMS];
	bool		begins;
	bool		ends;
	int64		within;
	int64		session;
	bool		has_without;
	Step		without;
	bool		from_first;
	bool		any_order;
	bool		distinct;
	bool		has_no_more;
	Step		no_more;
	int64		no_more_for;
} Question;

static bool
unary_holds(const Unary *u, const Event *e)
{
	bool		holds;

	if (u->kind == IS_ANY)
		holds = true;
	else if (u->kind == IS_PREFIX)
		holds = strncmp(e->name, u->word[0], strlen(u->word[0])) == 0;
	else
		holds = strcmp(e->name, u->word[0]) == 0 ||
			(u->kind == IS_EITHER && strcmp(e->name, u->word[1]) == 0);
	for (int i = 0; i < u->nfilters; i++)
	{
		double		v = e->value;
		double		x = u->number[i];

		if (u->filter[i] == 0)
			holds &= e->channel[0] && strcmp(e->channel, u->channel[i]) == 0;
		else if (u->filter[i] == 1)
			holds &= e->channel[0] &&
				strncmp(e->channel, u->channel[i], strlen(u->channel[i])) == 0;
		else if (isnan(v))
			holds = false;
		else
			holds &= u->filter[i] == 2 ? v < x : u->filter[i] == 3 ? v <= x :
				u->filter[i] == 4 ? v > x : u->filter[i] == 5 ? v >= x :
				u->filter[i] == 6 ? v == x : v != x;
	}
	return holds != u->negated;
}

static bool
holds(const Step *step, const Event *e)
{
	return unary_holds(&step->unary[0], e) ||
		(step->n > 1 && unary_holds(&step->unary[1], e));
}

/* ---- the text of a question ---- */

static void
say(JnyText *text, const char *format,...)
{
	char		buffer[1024];
	int			len;
	va_list		args;

	va_start(args, format);
	len = vsnprintf(buffer, sizeof(buffer), format, args);
	jny_text_append(text, buffer, Min(len, sizeof(buffer) - 1));
	va_end(args);
}

static void
random_step(Step *step, JnyText *text, bool simple, bool in_parens)
{
	static const char *const compare[] = {"<", "<=", ">", ">=", "=", "<>"};

	step->n = random_below(simple ? 8 : 4) == 0 ? 2 : 1;
	if (in_parens)
		say(text, "(");
	for (int i = 0; i < step->n; i++)
	{
		Unary	   *u = &step->unary[i];
		uint32		roll = random_below(simple ? 7 : 12);

		say(text, i > 0 ? " |" : "");
		u->negated = !simple && random_below(6) == 0;
		u->kind = roll < 6 ? IS_NAME : roll < 8 ? IS_PREFIX : roll < 10 ? IS_ANY : IS_EITHER;
		u->word[0] = names[random_below(lengthof(names))];
		u->word[1] = names[random_below(lengthof(names))];
		u->nfilters = simple || random_below(3) ? 0 : 1 + random_below(2);
		say(text, u->negated ? "!" : "");
		if (u->kind == IS_EITHER)
			say(text, "(%s|%s)", u->word[0], u->word[1]);
		else
			say(text, "%s%s", u->kind == IS_ANY ? "." : u->word[0],
				u->kind == IS_PREFIX ? "*" : "");
		for (int f = 0; f < u->nfilters; f++)
		{
			u->filter[f] = random_below(8);
			u->channel[f] = channels[1 + random_below(lengthof(channels) - 1)];
			u->number[f] = values[1 + random_below(lengthof(values) - 1)];
			if (u->filter[f] < 2)
				say(text, "@%s%s", u->channel[f], u->filter[f] ? "*" : "");
			else
				say(text, "[value %s %g]", compare[u->filter[f] - 2], u->number[f]);
		}
	}
	if (in_parens)
		say(text, ")");
}

static void
random_item(Question *q, int i, JnyText *text, uint32 rich, bool simple,
			bool may_next)
{
	Item	   *item = &q->item[i];
	bool		quantified = random_below(100) < rich && !q->any_order;

	item->gap_max = -1;
	item->min = item->max = 1;
	if (i > 0)
	{
		item->next = may_next && random_below(2) == 0;
		say(text, item->next ? "=>" : "->");
		if (!item->next && !q->any_order && random_below(100) < rich)
		{
			bool		gap = random_below(3) > 0;

			item->has_without = !gap || random_below(4) == 0;
			say(text, "[");
			if (gap)
			{
				item->gap_min = random_below(3) == 0 ? random_below(3) : 0;
				item->gap_max = item->gap_min + random_below(4);
				if (item->gap_min > 0)
					say(text, "%d us, ", (int) item->gap_min);
				say(text, "%d us", (int) item->gap_max);
			}
			if (item->has_without)
			{
				say(text, gap ? "; without " : "without ");
				random_step(&item->without, text, simple, false);
			}
			say(text, "]");
		}
	}
	random_step(&item->step, text, simple, quantified);
	if (!quantified)
		return;
	switch (random_below(5))
	{
		case 0:
			item->max = MANY;
			say(text, "+");
			break;
		case 1:
			item->min = i > 0 ? 0 : 1;
			say(text, i > 0 ? "?" : "{1}");
			break;
		case 2:
			item->min = item->max = 1 + random_below(3);
			say(text, "{%d}", item->min);
			break;
		case 3:
			item->min = (i == 0) + random_below(3);
			item->max = MANY;
			say(text, "{%d,}", item->min);
			break;
		default:
			item->min = (i == 0) + random_below(2);
			item->max = item->min + 1 + random_below(2);
			say(text, "{%d,%d}", item->min, item->max);
	}
}

static void
random_clauses(Question *q, JnyText *text, uint32 rich, bool simple)
{
	q->within = q->session = -1;
	if (random_below(4) == 0)
		say(text, " within %d us", (int) (q->within = random_below(7)));
	if (random_below(100) < rich / 2)
		say(text, " within session [%d us]", (int) (q->session = random_below(3)));
	if ((q->has_without = random_below(100) < rich / 2))
	{
		say(text, " without ");
		random_step(&q->without, text, simple, false);
	}
	if ((q->from_first = random_below(8) == 0))
		say(text, " from first");
	if (q->any_order)
		say(text, " in any order");
	if ((q->distinct = random_below(100) < rich / 3))
		say(text, " at distinct times");
	if (!q->any_order && random_below(100) < rich / 2)
	{
		q->has_no_more = true;
		q->no_more_for = random_below(4);
		say(text, " then no ");
		random_step(&q->no_more, text, simple, false);
		say(text, " for %d us", (int) q->no_more_for);
	}
}

static void
random_question(Question *q, JnyText *text)
{
	static const uint32 richness[] = {0, 10, 25, 50};
	uint32		rich = richness[random_below(lengthof(richness))];
	bool		simple = random_below(2) == 0;
	bool		may_next;

	memset(q, 0, sizeof(*q));
	q->any_order = random_below(8) == 0;
	may_next = !q->any_order && random_below(3) == 0;
	q->nitems = 1 + random_below(MAX_ITEMS);
	if (!q->any_order && (q->begins = random_below(100) < rich / 3))
		say(text, "^ ");
	for (int i = 0; i < q->nitems; i++)
		random_item(q, i, text, rich, simple, may_next);
	if (!q->any_order && (q->ends = random_below(100) < rich / 3))
		say(text, " $");
	random_clauses(q, text, rich, simple);
}

/* ---- the definition ---- */

#define MAX_SLOTS (MAX_ITEMS * 4)
#define MISSING PG_INT64_MAX

/* An attempt, as it is compared. */
typedef struct Found
{
	int			depth;
	int64		start;
	int64		finish;
	int			nslots;
	int64		ts[MAX_SLOTS];	/* of required events, MISSING if none */
	int			pos[MAX_SLOTS];
	int			last_slot[MAX_ITEMS];
	int			end;			/* position of the last matched event */
} Found;

typedef struct Search
{
	const Question *q;
	const Story *s;
	bool		next;			/* the next match, else the best attempt */
	int			from;
	int			n;				/* events matched so far */
	int			event[MAX_EVENTS];
	int			of_item[MAX_EVENTS];
	bool		used[MAX_EVENTS];
	Found		best;
} Search;

/* Is a better than b? */
static bool
is_better(const Search *search, const Found *a, const Found *b)
{
	if (a->depth != b->depth)
		return a->depth > b->depth;
	if (search->next)
	{
		if (a->finish != b->finish)
			return a->finish < b->finish;
		if (a->start != b->start)
			return a->start > b->start;
	}
	else
	{
		if (a->start != b->start)
			return a->start < b->start;
		if (a->finish != b->finish)
			return a->finish < b->finish;
	}
	for (int i = 0; i < a->nslots; i++)
	{
		if (a->ts[i] != b->ts[i])
			return a->ts[i] < b->ts[i];
	}
	for (int i = 0; i < a->nslots; i++)
	{
		if (a->pos[i] != b->pos[i])
			return a->pos[i] < b->pos[i];
	}
	return a->end < b->end;
}

static void
offer(Search *search, const Found *found)
{
	if (search->next && found->depth < search->q->nitems)
		return;
	if (search->best.depth == 0 || is_better(search, found, &search->best))
		search->best = *found;
}

/* The events at hand are an attempt at so many items. */
static void
offer_sequence(Search *search, int depth)
{
	const Question *q = search->q;
	const Event *event = search->s->event;
	Found		found;
	int			k = 0;
	int			required = depth;

	memset(&found, 0, sizeof(found));
	found.depth = depth;
	for (int i = 0; i < depth; i++)
	{
		int			slots = Max(q->item[i].min, 1);

		for (int r = 0; r < slots; r++)
		{
			bool		there = k < search->n && search->of_item[k] == i;

			found.ts[found.nslots] = there ? event[search->event[k]].ts : MISSING;
			found.pos[found.nslots] = there ? search->event[k] : -1;
			found.last_slot[i] = found.nslots++;
			k += there;
		}
		while (k < search->n && search->of_item[k] == i)
			k++;
	}
	while (depth == q->nitems && q->item[required - 1].min == 0)
		required--;
	found.start = event[search->event[0]].ts;
	found.finish = search->next ? event[search->event[search->n - 1]].ts :
		found.ts[found.last_slot[required - 1]];
	found.end = q->ends || q->has_no_more ? search->event[search->n - 1] : 0;
	offer(search, &found);
}

/* Does an x lie between two times? */
static bool
lies_between(const Story *s, const Step *x, int64 from, int64 to)
{
	for (int i = 0; i < s->n; i++)
	{
		if (s->event[i].ts > from && s->event[i].ts < to && holds(x, &s->event[i]))
			return true;
	}
	return false;
}

/* May the last matched event of a complete attempt be e? */
static bool
may_end(const Question *q, const Story *s, int e)
{
	int64		ts = s->event[e].ts;

	if (q->ends && e != s->n - 1)
		return false;
	if (!q->has_no_more)
		return true;
	if (s->as_of < ts + q->no_more_for)
		return false;
	for (int i = e + 1; i < s->n; i++)
	{
		if (s->event[i].ts <= ts + q->no_more_for && holds(&q->no_more, &s->event[i]))
			return false;
	}
	return true;
}

/* May the first matched event be e? */
static bool
may_start(const Question *q, const Story *s, int e)
{
	if (q->begins && e != 0)
		return false;
	for (int i = 0; q->from_first && i < e; i++)
	{
		if (holds(&q->item[0].step, &s->event[i]))
			return false;
	}
	return true;
}

/* May event e be the next one, as number r (from 0) of item i? */
static bool
may_follow(const Search *search, int i, int r, int e)
{
	const Question *q = search->q;
	const Story *s = search->s;
	const Item *item = &q->item[i];
	int64		ts = s->event[e].ts;
	int			prev;
	int64		start;
	bool		next;

	if (e < search->from || search->used[e] || !holds(&item->step, &s->event[e]))
		return false;
	if (search->n == 0)
		return may_start(q, s, e);
	prev = search->event[search->n - 1];
	start = s->event[search->event[0]].ts;
	next = r > 0 ? i + 1 < q->nitems && q->item[i + 1].next : item->next;
	if (next ? e != prev + 1 : ts < s->event[prev].ts)
		return false;
	if (q->distinct && ts == s->event[prev].ts)
		return false;
	if (q->within >= 0 && ts - start > q->within)
		return false;
	if (q->session >= 0 && s->session[e] != s->session[search->event[0]])
		return false;
	if (q->has_without && lies_between(s, &q->without, start, ts))
		return false;
	if (r > 0)
		return true;
	if (item->gap_max >= 0 && (ts - s->event[prev].ts < item->gap_min ||
							   ts - s->event[prev].ts > item->gap_max))
		return false;
	return !item->has_without ||
		!lies_between(s, &item->without, s->event[prev].ts, ts);
}

/* Goes on from r events of item i. */
static void
search_from(Search *search, int i, int r)
{
	const Question *q = search->q;

	if (r > 0 && r >= q->item[i].min)
	{
		int			rest = i + 1;

		while (rest < q->nitems && q->item[rest].min == 0)
			rest++;
		if (rest == q->nitems &&
			may_end(q, search->s, search->event[search->n - 1]))
			offer_sequence(search, q->nitems);
		else if (i + 1 < q->nitems)
			offer_sequence(search, i + 1);
	}
	if (r < q->item[i].max)
	{
		for (int e = 0; e < search->s->n; e++)
		{
			if (!may_follow(search, i, r, e))
				continue;
			search->used[e] = true;
			search->of_item[search->n] = i;
			search->event[search->n++] = e;
			search_from(search, i, r + 1);
			search->n--;
			search->used[e] = false;
		}
	}
	if (r >= q->item[i].min && i + 1 < q->nitems)
		search_from(search, i + 1, 0);
}

/* A set of events for items in any order. */
static void
offer_set(Search *search)
{
	const Question *q = search->q;
	const Story *s = search->s;
	Found		found;
	int64		first = MISSING;

	memset(&found, 0, sizeof(found));
	found.start = MISSING;
	found.finish = -1;
	found.nslots = q->nitems;
	for (int i = 0; i < q->nitems; i++)
	{
		int			e = search->of_item[i];

		found.last_slot[i] = i;
		found.ts[i] = e < 0 ? MISSING : s->event[e].ts;
		found.pos[i] = e;
		if (e < 0)
			continue;
		found.depth++;
		found.start = Min(found.start, found.ts[i]);
		found.finish = Max(found.finish, found.ts[i]);
		for (int j = 0; j < i; j++)
		{
			if (q->distinct && found.ts[j] == found.ts[i])
				return;
		}
	}
	if (found.depth == 0)
		return;
	if (q->within >= 0 && found.finish - found.start > q->within)
		return;
	for (int i = 0; i < q->nitems && q->session >= 0; i++)
	{
		for (int j = 0; j < i; j++)
		{
			if (search->of_item[i] >= 0 && search->of_item[j] >= 0 &&
				s->session[search->of_item[i]] != s->session[search->of_item[j]])
				return;
		}
	}
	if (q->has_without && lies_between(s, &q->without, found.start, found.finish))
		return;
	for (int e = 0; e < s->n; e++)
	{
		for (int i = 0; i < q->nitems; i++)
		{
			if (holds(&q->item[i].step, &s->event[e]))
				first = Min(first, s->event[e].ts);
		}
	}
	if (q->from_first && found.start != first)
		return;
	offer(search, &found);
}

static void
search_sets(Search *search, int i)
{
	if (i == search->q->nitems)
	{
		offer_set(search);
		return;
	}
	search->of_item[i] = -1;
	search_sets(search, i + 1);
	for (int e = search->from; e < search->s->n; e++)
	{
		if (search->used[e] || !holds(&search->q->item[i].step, &search->s->event[e]))
			continue;
		search->of_item[i] = e;
		search->used[e] = true;
		search_sets(search, i + 1);
		search->used[e] = false;
	}
	search->of_item[i] = -1;
}

static const Found *
search_all(Search *search, const Question *q, const Story *s, bool next, int from)
{
	memset(search, 0, sizeof(*search));
	search->q = q;
	search->s = s;
	search->next = next;
	search->from = from;
	if (q->any_order)
		search_sets(search, 0);
	else
		search_from(search, 0, 0);
	return &search->best;
}

/* ---- the engine's side ---- */

static void
explain(const Question *q, const Story *s, const char *pattern,
		const Found *want, const JnyPattern *compiled, const JnyAttempt *got)
{
	JnyText		line;

	jny_text_init(&line);
	say(&line, "%s  on ", pattern);
	for (int i = 0; i < s->n; i++)
	{
		say(&line, " %d:%s", (int) s->event[i].ts, s->event[i].name);
		if (s->event[i].channel[0])
			say(&line, "@%s", s->event[i].channel);
		if (!isnan(s->event[i].value))
			say(&line, "=%g", s->event[i].value);
	}
	say(&line, "  as of %d  want depth %d:", (int) s->as_of, want->depth);
	for (int i = 0; want->depth > 0 && i < (q->any_order ? q->nitems : want->depth); i++)
		say(&line, " %d", want->pos[want->last_slot[i]]);
	say(&line, " (%d..%d)  got depth %d:", (int) want->start, (int) want->finish,
		got->depth);
	for (int i = 0; i < jny_attempt_items(compiled, got); i++)
		say(&line, " %d", jny_attempt_has(compiled, got, i) ? (int) got->pos[i] : -1);
	if (got->depth > 0)
		say(&line, " (%d..%d)", (int) got->start, (int) got->finish);
	diag("%s", line.data);
	jny_free(line.data);
}

static bool
same_attempt(const Question *q, const Found *want, const JnyPattern *pattern,
			 const JnyAttempt *got)
{
	if (want->depth != got->depth)
		return false;
	if (want->depth == 0)
		return true;
	for (int i = 0; i < (q->any_order ? q->nitems : want->depth); i++)
	{
		int			slot = want->last_slot[i];
		bool		there = want->ts[slot] != MISSING;

		if (there != jny_attempt_has(pattern, got, i) ||
			(there && (got->ts[i] != want->ts[slot] ||
					   got->pos[i] != want->pos[slot])))
			return false;
	}
	return got->start == want->start && got->finish == want->finish;
}

/* The greatest position of a match. */
static int
greatest(const Found *found)
{
	int			last = found->end;

	for (int i = 0; i < found->nslots; i++)
		last = Max(last, found->pos[i]);
	return last;
}

/* Hits of the story by way of a path, and of the packed journey. */
static bool
story_hits(const Story *s, const JnyPattern *pattern, JnyHits *hits)
{
	JnyHits		stored = {0};
	JnyMasks	masks = {0};
	JnyPath		path;
	Packed		packed;
	JnyError	err;
	bool		same;

	new_path(&path);
	for (int i = s->n; i-- > 0;)
	{
		const Event *e = &s->event[i];
		JnyName		name = {e->name, (uint32) strlen(e->name)};
		JnyName		channel = {e->channel, (uint32) strlen(e->channel)};

		if (jny_path_add(&path, e->ts, name, channel,
						 isnan(e->value) ? NULL : &e->value, &err) != JNY_OK)
			abort();
	}
	packed = pack_path(&path);
	jny_hits_of_path(hits, pattern, &masks, &path);
	jny_hits_of_view(&stored, pattern, &packed.view);
	same = hits->n == stored.n && hits->nevents == stored.nevents &&
		(s->n == 0 || hits->as_of == stored.as_of);
	for (uint32 i = 0; same && i < hits->n; i++)
		same = hits->hit[i].ts == stored.hit[i].ts &&
			hits->hit[i].items == stored.hit[i].items &&
			hits->hit[i].pos == stored.hit[i].pos &&
			(pattern->session < 0 || hits->session[i] == stored.session[i]);
	free_path(&path);
	jny_free(packed.bytes);
	if (stored.hit)
		jny_free(stored.hit);
	if (stored.session)
		jny_free(stored.session);
	if (masks.mask)
		jny_free(masks.mask);
	return same;
}

/* Sets the moment: the last event, or any. */
static void
cut_story(Story *s, const Question *q, JnyHits *hits)
{
	s->as_of = s->n > 0 ? s->event[s->n - 1].ts : 0;
	if (random_below(3) == 0)
	{
		s->as_of = random_below(12);
		while (s->n > 0 && s->event[s->n - 1].ts > s->as_of)
			s->n--;
		jny_hits_until(hits, s->as_of, s->n);
	}
	for (int i = 0; i < s->n; i++)
		s->session[i] = i == 0 ? 1 : s->session[i - 1] +
			(s->event[i].ts - s->event[i - 1].ts > q->session);
}

/* Returns whether all answers for one pair are those of the search. */
static bool
check_pair(const Question *q, const Story *s, const char *text,
		   const JnyPattern *pattern, const JnyHits *hits)
{
	Search		search;
	const Found *want;
	JnyAttempt	got;
	int64		count = 0;
	uint32		from = 0;

	want = search_all(&search, q, s, false, 0);
	jny_match_best(pattern, hits, &got);
	if (!same_attempt(q, want, pattern, &got) ||
		jny_match_depth(pattern, hits) != want->depth)
	{
		diag("best attempt; depth %d", jny_match_depth(pattern, hits));
		explain(q, s, text, want, pattern, &got);
		return false;
	}
	for (;; count++)
	{
		bool		found = jny_match_next(pattern, hits, from, &got);

		want = search_all(&search, q, s, true, from);
		if (found != (want->depth > 0) ||
			(found && !same_attempt(q, want, pattern, &got)) ||
			(found && got.last != greatest(want)))
		{
			diag("next match from %u; last %u", from, got.last);
			explain(q, s, text, want, pattern, &got);
			return false;
		}
		if (!found)
			break;
		from = greatest(want) + 1;
	}
	if (jny_match_count(pattern, hits) != count)
	{
		diag("count: want " INT64_FORMAT ", got " INT64_FORMAT, count,
			 jny_match_count(pattern, hits));
		explain(q, s, text, want, pattern, &got);
		return false;
	}
	return true;
}

/* ---- what would never end if ways were multiplied ---- */

/*
 * The depth of the best attempt at a pattern among n events of one time, which
 * take their names in turn; -1 if the depths do not agree.
 */
static int
depth_at_once(const char *text, int n)
{
	JnyPattern *pattern;
	JnyHits		hits = {0};
	JnyMasks	masks = {0};
	JnyAttempt	got;
	JnyPath		path;
	JnyError	err;
	JnyName		none = {"", 0};
	int			depth;

	if (jny_pattern_parse(text, strlen(text), &pattern, &err) != JNY_OK)
		return -1;
	new_path(&path);
	for (int i = 0; i < n; i++)
	{
		const char *name = names[i % lengthof(names)];
		JnyName		event = {name, (uint32) strlen(name)};

		if (jny_path_add(&path, 0, event, none, NULL, &err) != JNY_OK)
			abort();
	}
	jny_hits_of_path(&hits, pattern, &masks, &path);
	depth = jny_match_depth(pattern, &hits);
	jny_match_best(pattern, &hits, &got);
	free_path(&path);
	jny_free(hits.hit);
	jny_free(masks.mask);
	jny_pattern_free(pattern);
	return got.depth == depth ? depth : -1;
}

/* Canonical order is a .. a ab .. ab b .. b c .. c, 15 of each. */
static void
check_ends(void)
{
	JnyText		text;

	ok(depth_at_once("a{2} => !b => .{21} -> ab -> .{24,} -> a -> b -> c{9}", 60) == 8,
	   "repeats beside \"=>\" among 60 events of one time, all taken");
	ok(depth_at_once("a{2} => !b => .{21} -> ab -> .{24,} -> a -> b -> c{10}", 60) == 7,
	   "... one event short");
	jny_text_init(&text);
	say(&text, "a");
	for (int i = 0; i < 60; i++)
		say(&text, " => .?");
	say(&text, " -> b -> c => b");
	ok(depth_at_once(text.data, 60) == 63, "60 optional items joined by \"=>\"");
	jny_free(text.data);
}

int
main(int argc, char **argv)
{
	const char *more = argc > 1 ? argv[1] : getenv("JNY_CASES");
	long		cases = more ? atol(more) : DEFAULT_CASES;
	long		extended = 0;
	long		deep = 0;
	long		complete = 0;
	JnyHits		hits = {0};

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 2026;
	for (long i = 0; i < cases; i++)
	{
		Question	q;
		Story		s;
		JnyText		text;
		JnyPattern *pattern;
		JnyError	err;
		int			depth;

		jny_text_init(&text);
		random_question(&q, &text);
		random_story(&s);
		if (jny_pattern_parse(text.data, text.len, &pattern, &err) != JNY_OK)
		{
			diag("%s is refused at %zu: expected %s", text.data, err.at,
				 err.expected);
			abort();
		}
		JNY_CASE(story_hits(&s, pattern, &hits), "hits differ for %s", text.data);
		cut_story(&s, &q, &hits);
		JNY_CASE(check_pair(&q, &s, text.data, pattern, &hits), "case %ld", i);
		depth = jny_match_depth(pattern, &hits);
		extended += pattern->extended;
		deep += depth > 1;
		complete += depth == pattern->nitems;
		jny_pattern_free(pattern);
		jny_free(text.data);
	}
	ok(jny_cases_ok(), "%ld random pairs over the whole grammar: depth, times, positions, all matches, count",
	   cases);
	ok(extended * 2 > cases, "more than half of them go beyond the core (%ld)",
	   extended);
	check_ends();
	ok(deep * 10 > cases && complete * 10 > cases,
	   "many reach step 2 (%ld), many are complete (%ld)", deep, complete);
	if (hits.hit)
		jny_free(hits.hit);
	if (hits.session)
		jny_free(hits.session);
	return done_testing();
}

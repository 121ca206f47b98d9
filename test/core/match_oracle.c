/*
 * match_oracle.c
 *	  The engine against an exhaustive search, on small random journeys.
 *
 * The search below tries every assignment of events to items and keeps the
 * best by the definition's own words; it shares no code with the engine, not
 * even the parser's idea of what a name satisfies.  JNY_CASES=1000000 in the
 * environment, or as an argument, asks for more cases; a second argument is
 * the seed.
 */
#include "core/match.h"

#include "chain_check.h"
#include "random_journey.h"

#define DEFAULT_CASES 40000
#define MAX_EVENTS 11
#define MAX_STEPS 8

static const char *const alphabet[] = {"a", "b", "ab", "c", "d/x"};

/* ---- the definition ---- */

typedef enum AltKind
{
	ALT_NAME,
	ALT_PREFIX,
	ALT_ANY
} AltKind;

typedef struct Step
{
	int			nalts;
	AltKind		kind[3];
	const char *word[3];
	bool		next;			/* joined to the step before by => */
} Step;

typedef struct Question
{
	int			nsteps;
	Step		steps[MAX_STEPS];
	int64		within;			/* -1: none */
	bool		from_first;
} Question;

typedef struct Story
{
	int			n;				/* in canonical order */
	int64		ts[MAX_EVENTS];
	const char *name[MAX_EVENTS];
} Story;

typedef struct Search
{
	const Question *question;
	const Story *story;
	bool		first_finish;	/* else the best attempt */
	int			from;			/* smallest position allowed */
	int			event[MAX_STEPS];
	bool		used[MAX_EVENTS];
	int			depth;			/* of the best so far; 0: none */
	int			best[MAX_STEPS];
} Search;

static bool
satisfies(const Step *step, const char *name)
{
	for (int i = 0; i < step->nalts; i++)
	{
		if (step->kind[i] == ALT_ANY ||
			(step->kind[i] == ALT_NAME && strcmp(name, step->word[i]) == 0) ||
			(step->kind[i] == ALT_PREFIX &&
			 strncmp(name, step->word[i], strlen(step->word[i])) == 0))
			return true;
	}
	return false;
}

/* Compares the times, then the positions, of two attempts of equal depth. */
static int
cmp_times_positions(const Story *s, const int *a, const int *b, int depth)
{
	for (int i = 0; i < depth; i++)
	{
		if (s->ts[a[i]] != s->ts[b[i]])
			return s->ts[a[i]] < s->ts[b[i]] ? -1 : 1;
	}
	for (int i = 0; i < depth; i++)
	{
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	return 0;
}

/* Is the attempt at hand better than the best so far? */
static bool
is_better(const Search *search, int depth)
{
	const Story *s = search->story;
	int64		start = s->ts[search->event[0]];
	int64		finish = s->ts[search->event[depth - 1]];
	int64		best_start;
	int64		best_finish;

	if (search->first_finish && depth < search->question->nsteps)
		return false;
	if (search->depth == 0 || depth > search->depth)
		return true;
	if (depth < search->depth)
		return false;
	best_start = s->ts[search->best[0]];
	best_finish = s->ts[search->best[depth - 1]];
	if (search->first_finish)
	{
		if (finish != best_finish)
			return finish < best_finish;
		if (start != best_start)
			return start > best_start;
	}
	else
	{
		if (start != best_start)
			return start < best_start;
		if (finish != best_finish)
			return finish < best_finish;
	}
	return cmp_times_positions(s, search->event, search->best, depth) < 0;
}

/* May event e serve item i, given the events of the items before? */
static bool
allowed(const Search *search, int i, int e)
{
	const Question *q = search->question;
	const Story *s = search->story;

	if (e < search->from || search->used[e] ||
		!satisfies(&q->steps[i], s->name[e]))
		return false;
	if (i == 0)
	{
		for (int before = 0; q->from_first && before < e; before++)
		{
			if (satisfies(&q->steps[0], s->name[before]))
				return false;
		}
		return true;
	}
	if (q->within >= 0 && s->ts[e] - s->ts[search->event[0]] > q->within)
		return false;
	return q->steps[i].next ? e == search->event[i - 1] + 1 :
		s->ts[e] >= s->ts[search->event[i - 1]];
}

static void
search_from(Search *search, int i)
{
	if (i == search->question->nsteps)
		return;
	for (int e = 0; e < search->story->n; e++)
	{
		if (!allowed(search, i, e))
			continue;
		search->event[i] = e;
		search->used[e] = true;
		if (is_better(search, i + 1))
		{
			search->depth = i + 1;
			memcpy(search->best, search->event, sizeof(search->best));
		}
		search_from(search, i + 1);
		search->used[e] = false;
	}
}

static void
search_all(Search *search, const Question *q, const Story *s,
		   bool first_finish, int from)
{
	memset(search, 0, sizeof(*search));
	search->question = q;
	search->story = s;
	search->first_finish = first_finish;
	search->from = from;
	search_from(search, 0);
}

/* ---- random cases ---- */

static void
random_question(Question *q, JnyText *text)
{
	uint32		next_chance = random_below(3) == 0 ? 0 : 20 + random_below(60);
	uint32		any_chance = random_below(2) * 15;
	uint32		names = 1 + random_below(lengthof(alphabet));
	char		buffer[64];

	memset(q, 0, sizeof(*q));
	q->nsteps = 1 + random_below(random_below(4) == 0 ? MAX_STEPS : 4);
	for (int i = 0; i < q->nsteps; i++)
	{
		Step	   *step = &q->steps[i];

		step->next = i > 0 && random_below(100) < next_chance;
		step->nalts = random_below(3) == 0 ? 1 + random_below(3) : 1;
		if (i > 0)
			jny_text_append(text, step->next ? "=>" : "->", 2);
		for (int a = 0; a < step->nalts; a++)
		{
			uint32		roll = random_below(100);

			step->kind[a] = roll < any_chance ? ALT_ANY :
				roll < any_chance + 15 ? ALT_PREFIX : ALT_NAME;
			step->word[a] = alphabet[random_below(names)];
			jny_text_append(text, buffer,
							snprintf(buffer, sizeof(buffer), "%s%s%s",
									 a > 0 ? "|" : "",
									 step->kind[a] == ALT_ANY ? "." : step->word[a],
									 step->kind[a] == ALT_PREFIX ? "*" : ""));
		}
	}
	q->within = random_below(2) == 0 ? -1 : (int) random_below(8);
	q->from_first = random_below(5) == 0;
	if (q->within >= 0)
		jny_text_append(text, buffer,
						snprintf(buffer, sizeof(buffer), " within %d us",
								 (int) q->within));
	if (q->from_first)
		jny_text_append(text, " from first", 11);
}

/* Events in canonical order: by time, then name; equal ones are alike. */
static void
random_story(Story *s)
{
	static const uint32 clocks[] = {4, 4, 10, 10, 60};
	uint32		clock = 1 + random_below(clocks[random_below(lengthof(clocks))]);
	uint32		names = 1 + random_below(lengthof(alphabet));

	s->n = random_below(MAX_EVENTS + 1);
	for (int i = 0; i < s->n; i++)
	{
		int64		ts = random_below(clock);
		const char *name = alphabet[random_below(names)];
		int			k = i;

		while (k > 0 && (s->ts[k - 1] > ts ||
						 (s->ts[k - 1] == ts &&
						  strcmp(s->name[k - 1], name) > 0)))
		{
			s->ts[k] = s->ts[k - 1];
			s->name[k] = s->name[k - 1];
			k--;
		}
		s->ts[k] = ts;
		s->name[k] = name;
	}
}

/* ---- the engine's side ---- */

static void
explain(const Question *q, const Story *s, const char *pattern,
		const Search *want, const JnyAttempt *got)
{
	char		buffer[1024];
	int			n = 0;

	n += snprintf(buffer + n, sizeof(buffer) - n, "%s  on ", pattern);
	for (int i = 0; i < s->n; i++)
		n += snprintf(buffer + n, sizeof(buffer) - n, " %d:%s",
					  (int) s->ts[i], s->name[i]);
	n += snprintf(buffer + n, sizeof(buffer) - n, "  want");
	for (int i = 0; i < want->depth; i++)
		n += snprintf(buffer + n, sizeof(buffer) - n, " %d", want->best[i]);
	n += snprintf(buffer + n, sizeof(buffer) - n, "  got");
	for (int i = 0; i < got->depth; i++)
		n += snprintf(buffer + n, sizeof(buffer) - n, " %u", got->pos[i]);
	diag("%s", buffer);
}

static bool
same_attempt(const Search *want, const JnyAttempt *got)
{
	if (want->depth != got->depth)
		return false;
	for (int i = 0; i < got->depth; i++)
	{
		if (got->pos[i] != want->best[i] ||
			got->ts[i] != want->story->ts[want->best[i]])
			return false;
	}
	return true;
}

/*
 * Hits of the story by way of a path, and of the packed journey; and answers
 * without hits.
 */
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
		JnyName		name = {s->name[i], (uint32) strlen(s->name[i])};
		JnyName		none = {"", 0};

		if (jny_path_add(&path, s->ts[i], name, none, NULL, &err) != JNY_OK)
			abort();
	}
	packed = pack_path(&path);
	jny_hits_of_path(hits, pattern, &masks, &path);
	jny_hits_of_view(&stored, pattern, &packed.view);
	same = hits->n == stored.n && hits->nevents == stored.nevents;
	for (uint32 i = 0; same && i < hits->n; i++)
		same = hits->hit[i].ts == stored.hit[i].ts &&
			hits->hit[i].items == stored.hit[i].items &&
			hits->hit[i].pos == stored.hit[i].pos;
	same = same && chain_agrees(pattern, &packed.view, hits);
	free_path(&path);
	jny_free(packed.bytes);
	if (stored.hit)
		jny_free(stored.hit);
	if (masks.mask)
		jny_free(masks.mask);
	return same;
}

/* Returns whether all answers for one pair are those of the search. */
static bool
check_pair(const Question *q, const Story *s, const char *text,
		   const JnyPattern *pattern, const JnyHits *hits)
{
	Search		want;
	JnyAttempt	got;
	int64		count = 0;
	uint32		from = 0;

	search_all(&want, q, s, false, 0);
	jny_match_best(pattern, hits, &got);
	if (!same_attempt(&want, &got) ||
		jny_match_depth(pattern, hits) != want.depth)
	{
		diag("best attempt; depth %d", jny_match_depth(pattern, hits));
		explain(q, s, text, &want, &got);
		return false;
	}
	for (;;)
	{
		bool		found;

		search_all(&want, q, s, true, from);
		found = jny_match_next(pattern, hits, from, &got);
		if (found != (want.depth > 0) || !same_attempt(&want, &got))
		{
			diag("next match from %u", from);
			explain(q, s, text, &want, &got);
			return false;
		}
		if (!found)
			break;
		count++;
		for (int i = 0; i < want.depth; i++)
			from = Max(from, want.best[i] + 1);
	}
	if (jny_match_count(pattern, hits) != count)
	{
		diag("count: want " INT64_FORMAT ", got " INT64_FORMAT, count,
			 jny_match_count(pattern, hits));
		explain(q, s, text, &want, &got);
		return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	const char *more = argc > 1 ? argv[1] : getenv("JNY_CASES");
	long		cases = more ? atol(more) : DEFAULT_CASES;
	long		deep = 0;
	JnyHits		hits = {0};

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 2026;
	for (long i = 0; i < cases; i++)
	{
		Question	q;
		Story		s;
		JnyText		text;
		JnyPattern *pattern;
		JnyError	err;

		jny_text_init(&text);
		random_question(&q, &text);
		random_story(&s);
		if (jny_pattern_parse(text.data, text.len, &pattern, &err) != JNY_OK)
		{
			diag("%s is refused at %zu: expected %s", text.data, err.at,
				 err.expected);
			abort();
		}
		JNY_CASE(story_hits(&s, pattern, &hits), "hits or answers without them differ for %s", text.data);
		JNY_CASE(check_pair(&q, &s, text.data, pattern, &hits),
				 "case %ld", i);
		deep += jny_match_depth(pattern, &hits) > 1;
		jny_pattern_free(pattern);
		jny_free(text.data);
	}
	ok(jny_cases_ok(), "%ld random journeys: depth, times, positions, all matches, count",
	   cases);
	ok(deep * 10 > cases, "more than a tenth of them reach step 2 (%ld)", deep);
	ok(chain_answers * 5 > cases && chain_deep_answers * 50 > cases,
	   "many are answered without hits (%ld), also deep ones (%ld)",
	   chain_answers, chain_deep_answers);
	if (hits.hit)
		jny_free(hits.hit);
	return done_testing();
}

/*
 * match_stash.c
 *	  What is answered while events under aggregation are read against the
 *	  engine, which match_oracle.c and track_oracle.c check against exhaustive
 *	  searches.
 *
 * Rows come in order of time or not, with few equal times, now and then far
 * apart, with channels and values that some patterns ask for.
 */
#include "core/match_stash.h"

#include "random_chain.h"
#include "chain_check.h"

#define DEFAULT_CASES 20000

/* A stash under test, and what it was filled from. */
typedef struct Story
{
	JnyDict    *dict;
	JnyPool		pool;
	JnyStash	stash;
	bool		in_order;		/* and no two rows share a time */
	bool		far;			/* in time from each other, some of them */
} Story;

/* Rows at times of any unit; "within" of a random chain is about a tenth. */
static void
random_rows(Story *story)
{
	uint32		n = random_below(50) == 0 ? 3000 : random_below(40);
	uint32		nnames = 1 + random_below(lengthof(names));
	int64		unit = random_below(30) == 0 ? INT64CONST(1) << 48 : 1 + random_below(2000);
	bool		shuffled = random_below(4) == 0;
	bool		more = random_below(3) == 0;
	int64		ts = random_below(2) ? 0 : -unit * random_below(500);
	int64		last = MIN_TIMESTAMP;
	JnyError	err;

	story->dict = jny_dict_create();
	story->in_order = true;
	story->far = false;
	jny_pool_init(&story->pool);
	jny_stash_init(&story->stash);
	for (uint32 i = 0; i < n; i++)
	{
		const char *text = names[random_below(nnames)];
		JnyName		name = {text, (uint32) strlen(text)};
		JnyName		channel = {"web", 3};
		JnyEvent	event;

		if (shuffled)
			ts = unit * random_below(10000);
		else if (random_below(500) == 0)
			ts = random_below(2) ? MIN_TIMESTAMP : END_TIMESTAMP - 1;
		else if (random_below(30) > 0)
			ts = (int64) ((uint64) ts + (uint64) unit * (1 + random_below(1000)));
		if (!IS_VALID_TIMESTAMP(ts))
			break;
		event.ts = ts;
		event.name = jny_dict_put(story->dict, name);
		event.channel = more && random_below(2) ?
			jny_dict_put(story->dict, channel) + 1 : 0;
		event.value = more && random_below(2) ? random_below(100) : NAN;
		story->in_order &= i == 0 || ts > last;
		story->far |= ts == MIN_TIMESTAMP || ts == END_TIMESTAMP - 1;
		last = ts;
		if (jny_stash_push(&story->stash, &story->pool, &event, &err) != JNY_OK)
			abort();
	}
}

/* A random chain, sometimes one that asks for more than names. */
static JnyPattern *
random_pattern(char *text)
{
	JnyPattern *pattern;
	JnyError	err;

	random_chain(text);
	if (random_below(10) == 0)
	{
		char		chain[4096];

		strcpy(chain, text);
		sprintf(text, "%s -> %s", random_below(2) ? "visit@web" : "a[value > 50]", chain);
	}
	if (jny_pattern_parse(text, strlen(text), &pattern, &err) != JNY_OK)
	{
		diag("%s is refused at %zu: expected %s", text, err.at, err.expected);
		abort();
	}
	return pattern;
}

/* Do depth, count and finishing times agree with those of the engine? */
static bool
agrees(const JnyPattern *pattern, JnyRoles *roles, const Story *story,
	   const JnyHits *hits)
{
	int			want = jny_match_depth(pattern, hits);
	int			depth;
	JnyChainCount count;
	int64		first = 0;
	int64		last = 0;
	bool		some = finishes(pattern, hits, &first, &last);

	if (jny_stash_depth(pattern, roles, story->dict, &story->stash, &depth))
	{
		chain_answers++;
		chain_deep_answers += want > 1;
		if (depth != want)
			return false;
	}
	else if (story->in_order && !pattern->needs_channel && !pattern->needs_value &&
			 pattern->without < 0 && !story->far)
		return false;
	if (jny_stash_count(pattern, roles, story->dict, &story->stash, false, &count) &&
		(count.n != jny_match_count(pattern, hits) || some != (count.n > 0) ||
		 (some && (count.first != first || count.last != last))))
		return false;
	return !jny_stash_count(pattern, roles, story->dict, &story->stash, true, &count) ||
		(some == (count.n > 0) && (!some || count.first == first));
}

int
main(int argc, char **argv)
{
	const char *more = argc > 1 ? argv[1] : getenv("JNY_CASES");
	long		cases = more ? atol(more) : DEFAULT_CASES;
	JnyHits		hits = {0};

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 2026;
	for (long i = 0; i < cases; i++)
	{
		char		text[4096];
		JnyPattern *pattern = random_pattern(text);
		JnyMasks	masks = {0};
		JnyRoles	roles = {0};
		JnyPath		path;
		Story		story;
		JnyError	err;

		random_rows(&story);
		jny_path_init(&path, story.dict);
		if (jny_path_of_stash(&path, &story.stash, &err) != JNY_OK)
			abort();
		jny_hits_of_path(&hits, pattern, &masks, &path);
		JNY_CASE(agrees(pattern, &roles, &story, &hits), "case %ld: %s, %u rows",
				 i, text, story.stash.n);
		jny_pattern_free(pattern);
		jny_path_reset(&path);
		jny_pool_free(&story.pool);
		jny_dict_free(story.dict);
		if (masks.mask)
			jny_free(masks.mask);
		if (roles.role)
			jny_free(roles.role);
	}
	ok(jny_cases_ok(), "%ld random chains", cases);
	ok(chain_answers * 2 > cases && chain_deep_answers * 30 > cases,
	   "most are answered without hits (%ld), many of two steps (%ld)",
	   chain_answers, chain_deep_answers);
	if (hits.hit)
		jny_free(hits.hit);
	return done_testing();
}

/*
 * match.c
 *	  Attempts by example: the traps of funnels, each with its answer, and
 *	  journeys so long that anything quadratic would not end.
 *
 * match_oracle.c checks the same engine against an exhaustive search.
 */
#include "core/match.h"

#include "random_journey.h"

#include <time.h>

/* Seconds of processor time a long journey may take, sanitizers included. */
#define PATIENCE 10.0

/* The hits of events "ts:name ts:name ..." under a pattern. */
static JnyHits
hits_of(const JnyPattern *pattern, const char *events)
{
	JnyHits		hits = {0};
	JnyMasks	masks = {0};
	JnyPath		path;
	JnyError	err;
	int			used;
	int			ts;
	char		word[32];

	new_path(&path);
	while (sscanf(events, " %d:%31s%n", &ts, word, &used) == 2)
	{
		JnyName		name = {word, (uint32) strlen(word)};
		JnyName		none = {"", 0};

		if (jny_path_add(&path, ts, name, none, NULL, &err) != JNY_OK)
			abort();
		events += used;
	}
	jny_hits_of_path(&hits, pattern, &masks, &path);
	free_path(&path);
	if (masks.mask)
		jny_free(masks.mask);
	return hits;
}

static JnyPattern *
parsed(const char *text)
{
	JnyPattern *pattern;
	JnyError	err;

	if (jny_pattern_parse(text, strlen(text), &pattern, &err) != JNY_OK)
	{
		diag("%s is refused at %zu: expected %s", text, err.at, err.expected);
		abort();
	}
	return pattern;
}

/*
 * The best attempt at a pattern, as "pos@ts pos@ts ...", and the number of
 * matches.
 */
static void
best(const char *text, const char *events, const char *expected, int64 count)
{
	JnyPattern *pattern = parsed(text);
	JnyHits		hits = hits_of(pattern, events);
	JnyAttempt	attempt;
	char		got[512] = "";
	size_t		n = 0;

	jny_match_best(pattern, &hits, &attempt);
	for (int i = 0; i < attempt.depth; i++)
		n += snprintf(got + n, sizeof(got) - n, "%s%u@%d", i > 0 ? " " : "",
					  attempt.pos[i], (int) attempt.ts[i]);
	if (!ok(strcmp(got, expected) == 0 &&
			jny_match_depth(pattern, &hits) == attempt.depth &&
			jny_match_count(pattern, &hits) == count,
			"%s on %s: %s, " INT64_FORMAT " times", text, events,
			expected[0] ? expected : "nothing", count))
		diag("got %s, depth %d, " INT64_FORMAT " times", got,
			 jny_match_depth(pattern, &hits),
			 jny_match_count(pattern, &hits));
	if (hits.hit)
		jny_free(hits.hit);
	jny_pattern_free(pattern);
}

static void
test_order(void)
{
	best("a -> b -> c", "1:a 2:b 3:a 4:c", "0@1 1@2 3@4", 1);
	best("a -> b -> c", "1:c 2:b 3:a", "2@3", 0);
	best("a -> b", "1:b", "", 0);
	best("a -> b", "", "", 0);
	best("a", "1:b 2:a 3:a", "1@2", 2);
	/* an event serves one step */
	best("a -> a -> b", "1:a 2:b", "0@1", 0);
	best("a -> a -> b", "1:a 2:a 3:b", "0@1 1@2 2@3", 1);
	best("a -> a", "1:a 2:a 3:a 4:a", "0@1 1@2", 2);
	best("a -> b | c -> .", "1:a 2:c 3:d", "0@1 1@2 2@3", 1);
	best("a* -> b", "1:ab 2:b", "0@1 1@2", 1);
}

static void
test_windows(void)
{
	/* the edge is inside */
	best("a -> b within 5 us", "1:a 6:b", "0@1 1@6", 1);
	best("a -> b within 5 us", "1:a 7:b", "0@1", 0);
	best("a -> b within 0 s", "1:a 1:b", "0@1 1@1", 1);
	/* a later start may get deeper, and the earliest of the deepest counts */
	best("a -> b -> c within 5 us", "0:a 3:a 4:b 8:c", "1@3 2@4 3@8", 1);
	best("a -> b within 5 us", "0:a 1:a 2:b", "0@0 2@2", 1);
	best("a -> b -> c within 4 us", "0:a 1:b 7:a 8:b", "0@0 1@1", 0);
	/* the window runs from the first step, not between steps */
	best("a -> b -> c within 5 us", "0:a 4:b 8:c", "0@0 1@4", 0);
	best("a -> b within 5 us from first", "0:a 3:a 7:b", "0@0", 0);
	best("a -> b from first", "0:a 3:a 7:b", "0@0 2@7", 1);
	/* a count takes the latest start that finishes first */
	best("a -> b within 9 us", "0:a 1:a 2:b 3:a 4:b", "0@0 2@2", 2);
}

static void
test_ties(void)
{
	/* canonical order is by name, time alone decides for "->" */
	best("b -> a", "1:a 1:b", "1@1 0@1", 1);
	best("c -> b -> a", "1:a 1:b 1:c", "2@1 1@1 0@1", 1);
	best("a -> a", "1:a", "0@1", 0);
	best("a | b -> a", "1:a 1:b", "1@1 0@1", 1);
	best("a | b -> b | c -> a", "1:a 1:b 1:c", "1@1 2@1 0@1", 1);
	best("b -> c -> a", "1:b 2:a 2:c", "0@1 2@2 1@2", 1);
	/* the next match begins behind the greatest position */
	best("b -> a", "1:a 1:a 1:b 1:b", "2@1 0@1", 1);
	best("a -> .", "1:a 1:a 1:a 1:a 1:b", "0@1 1@1", 2);
	/* from first: the first in canonical order */
	best("a | b -> a from first", "1:a 1:b", "0@1", 0);
	best("b -> a from first", "1:a 1:b", "1@1 0@1", 1);
}

static void
test_next(void)
{
	best("a => b", "1:a 2:b", "0@1 1@2", 1);
	best("a => b", "1:a 2:x 3:b", "0@1", 0);
	best("a => b", "1:a 2:a 3:b", "1@2 2@3", 1);
	/* canonical order decides, also between equal times */
	best("a => b", "1:a 1:b", "0@1 1@1", 1);
	best("b => a", "1:a 1:b", "1@1", 0);
	best("b => a", "1:a 1:b 2:a", "1@1 2@2", 1);
	best("a => . => c", "1:a 1:b 2:c", "0@1 1@1 2@2", 1);
	best("a => a => a", "1:a 1:a 1:a 1:a", "0@1 1@1 2@1", 1);
	/* one event cannot be both: "." takes c, then the chain ends at a */
	best(". -> a => c", "1:a 1:c", "1@1 0@1", 0);
	best(". -> a => c", "1:a 1:a 1:c", "0@1 1@1 2@1", 1);
	/* an unfinished chain counts as far as it came */
	best("a -> b => c => d", "1:a 2:b 3:c 4:x", "0@1 1@2 2@3", 0);
	best("a => b within 1 us", "1:a 3:b", "0@1", 0);
	best("a => b from first", "1:a 2:a 3:b", "0@1", 0);
	/* leaving "c => d" for later lets "e" have the first event of time 2 */
	best("c => d | e -> d", "1:c 2:d 2:e", "0@1 1@2", 0);
	best("c => d -> d", "1:c 2:d 2:d", "0@1 1@2 2@2", 1);
}

/* 40 steps on 40 events, in order, reversed, and all at one time. */
static void
test_many_steps(void)
{
	char		text[512] = "";
	char		events[1024] = "";
	char		tied[1024] = "";
	char		reversed[1024] = "";
	JnyPattern *pattern;
	JnyHits		hits;
	JnyAttempt	attempt;
	bool		smallest = true;

	for (int i = 0; i < 40; i++)
	{
		sprintf(text + strlen(text), "%ss%d", i > 0 ? " -> " : "", i);
		sprintf(events + strlen(events), "%d:s%d ", i, i);
		sprintf(tied + strlen(tied), "7:s%d ", i);
		sprintf(reversed + strlen(reversed), "%d:s%d ", 40 - i, i);
	}
	pattern = parsed(text);
	hits = hits_of(pattern, events);
	ok(jny_match_depth(pattern, &hits) == 40, "40 steps");
	jny_free(hits.hit);
	hits = hits_of(pattern, tied);
	ok(jny_match_depth(pattern, &hits) == 40, "40 steps at one time");
	jny_free(hits.hit);
	hits = hits_of(pattern, reversed);
	ok(jny_match_depth(pattern, &hits) == 1, "40 steps backwards");
	jny_free(hits.hit);
	jny_pattern_free(pattern);

	text[0] = events[0] = '\0';
	for (int i = 0; i < 64; i++)
	{
		sprintf(text + strlen(text), "%sa", i > 0 ? "->" : "");
		sprintf(events + strlen(events), "3:a ");
	}
	pattern = parsed(text);
	hits = hits_of(pattern, events);
	jny_match_best(pattern, &hits, &attempt);
	for (int i = 0; i < attempt.depth; i++)
		smallest &= attempt.pos[i] == i;
	ok(attempt.depth == 64 && smallest, "64 equal steps on 64 equal events");
	jny_free(hits.hit);
	jny_pattern_free(pattern);
}

/* Hits made directly: event i has the item set of its name in "names". */
static JnyHits
long_hits(const JnyPattern *pattern, uint32 n, const char *names, int period,
		  int per_time)
{
	JnyHits		hits = {0};

	hits.hit = jny_alloc(n * sizeof(JnyHit));
	hits.nevents = n;
	for (uint32 i = 0; i < n; i++)
	{
		JnyName		name = {names + i % period, 1};

		hits.hit[hits.n].items = jny_pattern_mask(pattern, name);
		hits.hit[hits.n].ts = i / per_time;
		hits.hit[hits.n].pos = i;
		hits.n += hits.hit[hits.n].items != 0;
	}
	return hits;
}

/* All questions about a long journey, in time linear in its length. */
static void
long_one(const char *text, const char *names, int per_time, int depth,
		 int64 count)
{
	const uint32 n = 100000;
	JnyPattern *pattern = parsed(text);
	JnyHits		hits = long_hits(pattern, n, names, (int) strlen(names),
								 per_time);
	JnyAttempt	attempt;
	clock_t		begin = clock();
	double		seconds;
	int64		got;

	jny_match_best(pattern, &hits, &attempt);
	got = jny_match_count(pattern, &hits);
	seconds = (double) (clock() - begin) / CLOCKS_PER_SEC;
	if (!ok(attempt.depth == depth &&
			jny_match_depth(pattern, &hits) == depth && got == count &&
			seconds < PATIENCE,
			"%s on 100,000 events \"%s\", %d at a time", text, names, per_time))
		diag("depth %d, " INT64_FORMAT " times, %.2f s", attempt.depth, got,
			 seconds);
	jny_free(hits.hit);
	jny_pattern_free(pattern);
}

static void
test_long(void)
{
	long_one("a", "a", 1, 1, 100000);
	long_one("a -> b", "a", 1, 1, 0);
	long_one("a -> b within 10 us", "a", 1, 1, 0);
	long_one("a -> b -> c within 1 h", "ab", 1, 2, 0);
	long_one("a => b -> c", "ab", 1, 2, 0);
	long_one("a -> b", "ab", 1, 2, 50000);
	long_one("a -> b within 1 us", "ab", 1, 2, 50000);
	long_one("a => b", "ab", 1, 2, 50000);
	long_one("a => b -> a => b", "ab", 1, 4, 25000);
	/* everything at one time, or a thousand events at a time */
	long_one("a -> a", "a", 100000, 2, 50000);
	long_one("a -> b -> c", "ab", 100000, 2, 0);
	long_one("a -> b -> a", "ab", 100000, 3, 25000);
	long_one("a -> b within 5 us", "ab", 1000, 2, 50000);
	long_one("a => b -> a", "ab", 100000, 3, 25000);
	long_one("a => b -> c", "ab", 1000, 2, 0);
	long_one("a => b => a -> b => b", "ab", 1000, 4, 0);
	long_one(". => a -> b | a => b -> . -> a => .", "ab", 100, 7, 12000);
}

/* 16 parts with "=>" inside one group: 2^16 sets, not 2^events. */
static void
test_parts(void)
{
	char		text[512] = "";
	JnyPattern *pattern;
	JnyHits		hits;
	JnyAttempt	attempt;
	clock_t		begin = clock();

	for (int i = 0; i < 16; i++)
		sprintf(text + strlen(text), "%sa=>%s", i > 0 ? "->" : "",
				i == 15 ? "c" : i % 2 ? "a" : "b");
	pattern = parsed(text);
	hits = long_hits(pattern, 2000, "abaa", 4, 2000);
	jny_match_best(pattern, &hits, &attempt);
	ok(attempt.depth == 31 && jny_match_depth(pattern, &hits) == 31 &&
	   clock() - begin < PATIENCE * CLOCKS_PER_SEC,
	   "16 parts at one time: depth %d", attempt.depth);
	jny_free(hits.hit);
	jny_pattern_free(pattern);
}

int
main(void)
{
	test_order();
	test_windows();
	test_ties();
	test_next();
	test_many_steps();
	test_long();
	test_parts();
	return done_testing();
}

/*
 * track.c
 *	  Fuzzer of the matcher: any pattern on any journey, all questions agree.
 *
 * The input is the text of a pattern, a newline, and two bytes for each event:
 * the time since the one before, and which of a few names, channels and values.
 */
#include "core/match.h"

#include "common/logging.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

#define MAX_EVENTS 200

/* Stops the fuzzer: the input is kept. */
static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Names that the corpus uses. */
static JnyName
name_of(uint8 code)
{
	static const char *const names[] = {"a", "b", "ab", "c"};
	JnyName		name = {names[code & 3], (uint32) strlen(names[code & 3])};

	return name;
}

static void
add_events(JnyPath *path, const uint8 *data, size_t size)
{
	static const char *const channels[] = {"", "k", "kl", "m"};
	int64		ts = 0;
	JnyError	err;

	for (size_t i = 0; i + 1 < size && path->n < MAX_EVENTS; i += 2)
	{
		uint8		code = data[i + 1];
		const char *channel = channels[code >> 2 & 3];
		JnyName		where = {channel, (uint32) strlen(channel)};
		double		value = code >> 5;

		ts += data[i] >> 4;
		require(jny_path_add(path, ts, name_of(code), where,
							 code & 16 ? &value : NULL, &err) == JNY_OK);
	}
}

/* Times never step back, positions are distinct, start and finish fit. */
static void
check_attempt(const JnyPattern *pattern, const JnyHits *hits,
			  const JnyAttempt *attempt)
{
	int			n = jny_attempt_items(pattern, attempt);

	require(attempt->depth >= 0 && attempt->depth <= pattern->nitems);
	for (int i = 0; i < n; i++)
	{
		if (!jny_attempt_has(pattern, attempt, i))
			continue;
		require(attempt->pos[i] < hits->nevents);
		require(attempt->ts[i] >= attempt->start);
		require(attempt->pos[i] >= attempt->first &&
				attempt->pos[i] <= attempt->last);
		for (int j = 0; j < i; j++)
		{
			if (!jny_attempt_has(pattern, attempt, j))
				continue;
			require(attempt->pos[j] != attempt->pos[i]);
			require(pattern->any_order || attempt->ts[j] <= attempt->ts[i]);
		}
	}
}

static void
ask(const JnyPattern *pattern, const JnyHits *hits)
{
	JnyAttempt	attempt;
	int64		count = 0;
	uint32		from = 0;
	int			depth = jny_match_depth(pattern, hits);

	jny_match_best(pattern, hits, &attempt);
	require(attempt.depth == depth);
	if (depth > 0)
		check_attempt(pattern, hits, &attempt);
	for (; jny_match_next(pattern, hits, from, &attempt); count++)
	{
		require(attempt.depth == pattern->nitems && attempt.last >= from);
		check_attempt(pattern, hits, &attempt);
		from = attempt.last + 1;
	}
	require(jny_match_count(pattern, hits) == count);
	require((count > 0) == (depth == pattern->nitems));
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	const uint8 *end = memchr(data, '\n', size);
	size_t		len = end ? end - data : size;
	JnyPattern *pattern;
	JnyHits		hits = {0};
	JnyMasks	masks = {0};
	JnyPath		path;
	JnyError	err;

	if (len > 200 ||
		jny_pattern_parse((const char *) data, len, &pattern, &err) != JNY_OK)
		return 0;
	jny_path_init(&path, jny_dict_create());
	if (end)
		add_events(&path, end + 1, size - len - 1);
	jny_hits_of_path(&hits, pattern, &masks, &path);
	ask(pattern, &hits);
	if (hits.hit)
		jny_free(hits.hit);
	if (hits.session)
		jny_free(hits.session);
	if (masks.mask)
		jny_free(masks.mask);
	jny_dict_free(path.dict);
	jny_path_reset(&path);
	jny_pattern_free(pattern);
	return 0;
}

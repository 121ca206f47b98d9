/*
 * log_words.c
 *	  What is answered from the words of a customer against the engine and
 *	  the packer, which have the same events as a path.
 */
#include "core/log_chain.h"
#include "core/log_pack.h"

#include "random_journey.h"

#define CASES 20000
#define NAMES 300
#define WORDS 3000

static const char *const patterns[] = {
	"n001", "n001 -> n002", "n001 -> n001", "n001 -> n002 -> n003 within 40 us",
	"n001 -> n002 -> n001 -> n002 within 300 us",
	"n001 | n002 -> n002 | n003 -> n001 within 100 us",
	"n00* -> n001 -> n003 within 1 ms", "n001 -> n002 -> n003 -> n004 -> n005 within 2 days",
	"n001 -> n002 -> n001 -> n003 -> n002", ". -> n001 -> . within 30 us"
};

static JnyDict *dict;
static uint32 code[NAMES];
static uint32 rank[NAMES];
static uint64 word[WORDS];

/* Sorted words of a customer, and the same events as a path. */
static uint32
random_words(JnyPath *path)
{
	uint32		n = 1 + random_below(random_below(100) == 0 ? WORDS : 30);
	uint32		names = random_below(20) == 0 ? NAMES : 2 + random_below(6);
	int64		unit = jny_unit_us[random_below(4) ? 0 : random_below(JNY_UNITS)];
	uint32		clock = 1 + random_below(random_below(2) ? 500 : 20000);

	for (uint32 i = 0; i < n; i++)
		word[i] = jny_log_narrow(INT64CONST(-700000) + (int64) random_below(clock) * unit,
								 random_below(names));
	jny_log_sort(word, n);
	path->n = 0;
	path->sorted = true;
	for (uint32 i = 0; i < n; i++)
	{
		JnyEvent	event = {.value = NAN};
		JnyError	err;

		event.ts = jny_log_ts(word[i]);
		event.name = code[jny_log_code(word[i])];
		jny_path_push(path, &event, &err);
	}
	return n;
}

static bool
same_attempt(const JnyAttempt *a, const JnyAttempt *b)
{
	return a->depth == b->depth &&
		(a->depth == 0 || (a->missing == b->missing &&
						   memcmp(a->ts, b->ts, a->depth * sizeof(int64)) == 0));
}

static void
test_chain(JnyPath *path)
{
	JnyPattern *pattern[lengthof(patterns)];
	uint64		items[lengthof(patterns)][NAMES];
	JnyHits		hits = {0};
	long		answers = 0;
	long		deep = 0;

	for (int p = 0; p < lengthof(patterns); p++)
	{
		JnyError	err;

		if (jny_pattern_parse(patterns[p], strlen(patterns[p]), &pattern[p], &err) != JNY_OK)
			exit(2);
		for (uint32 i = 0; i < NAMES; i++)
			items[p][i] = jny_pattern_mask(pattern[p], jny_dict_name(dict, code[i]));
	}
	for (uint32 i = 0; i < CASES; i++)
	{
		int			p = i % lengthof(patterns);
		uint32		n = random_words(path);
		JnyMasks	masks = {0};
		JnyAttempt	best;
		JnyAttempt	got;

		jny_hits_of_path(&hits, pattern[p], &masks, path);
		jny_match_best(pattern[p], &hits, &best);
		if (jny_log_is_chain(pattern[p]) &&
			jny_log_chain(pattern[p], items[p], word, n, &got))
		{
			JNY_CASE(same_attempt(&got, &best), "case %u: %s", i, patterns[p]);
			answers++;
			deep += best.depth > 1;
		}
		jny_free(masks.mask);
	}
	ok(jny_cases_ok(), "words of a chain give the best attempt");
	ok(answers > CASES / 4 && deep > CASES / 10,
	   "and that was asked: %ld times, %ld of two steps or more", answers, deep);
	for (int p = 0; p < lengthof(patterns); p++)
		jny_pattern_free(pattern[p]);
	jny_free(hits.hit);
}

static void
test_pack(JnyPath *path)
{
	JnyLogPacker packer;
	uint32		packed = 0;

	jny_log_packer_init(&packer, dict, code, NAMES);
	for (uint32 i = 0; i < CASES; i++)
	{
		uint32		n = random_words(path);
		size_t		len;
		size_t		want_len;
		JnyError	err;
		uint8	   *got = jny_log_pack(&packer, word, n, 4, &len);
		uint8	   *want = jny_path_pack(path, 4, &want_len, &err);

		if (got)
			JNY_CASE(len == want_len && memcmp(got + 4, want + 4, len) == 0,
					 "case %u: %u events", i, n);
		packed += got != NULL;
		jny_free(want);
	}
	ok(jny_cases_ok(), "words give the bytes that a path gives");
	ok(packed > CASES * 9 / 10 && packed < CASES,
	   "and that was asked, but for too many names: %u of %u", packed, CASES);
	jny_log_packer_free(&packer);
}

int
main(void)
{
	JnyPath		path;

	dict = jny_dict_create();
	for (uint32 i = 0; i < NAMES; i++)
	{
		char		text[32];
		JnyName		name = {text, (uint32) snprintf(text, sizeof(text), "n%03u", i * 7 % NAMES)};

		jny_dict_put(dict, name);
	}
	jny_log_ranks(dict, code, rank);
	jny_path_init(&path, dict);
	test_chain(&path);
	test_pack(&path);
	jny_path_reset(&path);
	jny_dict_free(dict);
	return done_testing();
}

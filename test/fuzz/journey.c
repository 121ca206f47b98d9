/*
 * journey.c
 *	  Fuzzer of the bytes: whatever they are, opening them is safe.
 *
 * What opens SAFE can be read, appended to a path, and appended to; what opens
 * FULL is byte for byte what packing it again gives, and so is what is appended
 * to it.
 */
#include "core/append.h"
#include "core/match.h"
#include "core/session.h"
#include "core/text.h"

#include "common/logging.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

/* Stops the fuzzer: the input is kept. */
static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Packs a path and compares with the bytes it should give; NULL: any. */
static void
pack_again(JnyPath *path, const uint8 *expected, size_t expected_len)
{
	JnyError	err;
	JnyView		view;
	size_t		len;
	uint8	   *bytes = jny_path_pack(path, 0, &len, &err);

	require(bytes != NULL);
	require(jny_open(bytes, len, JNY_CHECK_FULL, &view, &err) == JNY_OK);
	if (expected)
		require(len == expected_len && memcmp(bytes, expected, len) == 0);
	jny_free(bytes);
}

/* Answers from the bytes, whatever they are: a depth and a number of matches. */
static int64
ask_chain(const JnyPattern *pattern, const JnyView *view)
{
	JnyChainCount count = {0};
	int			depth = 0;

	jny_chain_depth(pattern, view, false, &depth);
	jny_chain_count(pattern, view, false, &count);
	return depth + 100 * count.n;
}

/* Places alone: opened whenever the whole is, and the answers are the same. */
static void
ask_places(const uint8 *data, size_t size, const JnyView *view)
{
	static const char *const texts[] = {"a* -> b without c", "a -> b -> a within 1 s"};
	static JnyPattern *patterns[2];
	static JnyHits hits;
	JnyView		places;
	JnyError	err;
	bool		opened = jny_open_places(data, size, &places, &err) == JNY_OK;

	require(opened || view == NULL);
	if (!opened)
		return;
	if (view)
		require(jny_session_count(&places, 1) == jny_session_count(view, 1));
	else
		jny_session_count(&places, 1);
	for (int i = 0; i < 2; i++)
	{
		int64		answer;

		if (patterns[i] == NULL)
			require(jny_pattern_parse(texts[i], strlen(texts[i]), &patterns[i], &err) == JNY_OK);
		answer = ask_chain(patterns[i], &places);
		if (view)
		{
			require(answer == ask_chain(patterns[i], view));
			jny_hits_of_view(&hits, patterns[i], view);
		}
	}
}

/* Appends one event that is later than nearly all, and merges it, too. */
static void
append_late(const JnyView *view, JnyPath *path, bool full)
{
	JnyName		name = {"late", 4};
	JnyName		none = {"", 0};
	JnyPath		late;
	JnyView		late_view;
	JnyError	err;
	size_t		len;
	size_t		late_len;
	uint8	   *late_bytes;
	uint8	   *bytes;

	jny_path_init(&late, path->dict);
	require(jny_path_add(&late, END_TIMESTAMP - 1, name, none, NULL, &err) == JNY_OK);
	late_bytes = jny_path_pack(&late, 0, &late_len, &err);
	require(jny_open(late_bytes, late_len, JNY_CHECK_FULL, &late_view, &err) == JNY_OK);
	bytes = jny_append(view, &late_view, 0, &len);
	if (bytes != NULL && full)
	{
		require(jny_path_push(path, late.events, &err) == JNY_OK);
		pack_again(path, bytes, len);
	}
	if (bytes != NULL)
		jny_free(bytes);
	jny_free(late_bytes);
	jny_path_reset(&late);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	JnyView		view;
	JnyError	err;
	JnyPath		path;
	JnyText		text;
	JnyDict    *dict;
	bool		full;

	full = jny_open(data, size, JNY_CHECK_FULL, &view, &err) == JNY_OK;
	if (jny_open(data, size, JNY_CHECK_SAFE, &view, &err) != JNY_OK)
	{
		require(!full);
		ask_places(data, size, NULL);
		return 0;
	}
	ask_places(data, size, &view);
	require(jny_compare(&view, &view) == 0 && jny_equal(&view, &view));
	jny_hash(&view, 0);

	dict = jny_dict_create();
	jny_path_init(&path, dict);
	if (jny_path_add_view(&path, &view, &err) == JNY_OK)
	{
		/* times in range, names not empty: it prints, too */
		jny_text_init(&text);
		jny_print(&view, &text);
		jny_free(text.data);
		pack_again(&path, full ? data : NULL, size);
	}
	else
		require(!full);
	append_late(&view, &path, full);
	jny_path_reset(&path);
	jny_dict_free(dict);
	return 0;
}

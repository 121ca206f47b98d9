/*
 * pattern.c
 *	  Fuzzer of the pattern text: parse, print and parse are a fixed point.
 */
#include "core/pattern.h"

#include "common/logging.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

/* Stops the fuzzer: the input is kept. */
static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Every item has a step and units; the table of leaves has no other names. */
static void
check_shape(const JnyPattern *pattern)
{
	JnyName    *names = (JnyName *) jny_alloc(pattern->nnodes * sizeof(JnyName));
	int			n = jny_pattern_names(pattern, names);

	require(pattern->nitems >= 1 && pattern->nitems <= JNY_MAX_ITEMS);
	require(n >= pattern->nexact);
	require(pattern->nunits >= pattern->nitems &&
			pattern->nunits <= JNY_MAX_UNITS);
	require(pattern->nsteps >= pattern->nitems &&
			pattern->nsteps <= JNY_MAX_ITEMS);
	for (int i = 0; i < n; i++)
	{
		uint64		maybe;
		uint64		yes = jny_pattern_masks(pattern, names[i], &maybe);
		JnyName		channel = names[n - 1 - i];

		require((yes & maybe) == 0);
		require((jny_pattern_test(pattern, yes, names[i], channel, i) & yes) == yes);
		require(!(jny_pattern_test(pattern, ~(yes | maybe) &
								   pattern->complex, names[i], channel, i)));
	}
	jny_free(names);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	JnyPattern *pattern;
	JnyPattern *again;
	JnyText		text;
	JnyText		same;
	JnyError	err = {JNY_OK};

	if (jny_pattern_parse((const char *) data, size, &pattern, &err) != JNY_OK)
	{
		require(pattern == NULL && err.code != JNY_OK && err.expected);
		require(err.at <= size && err.len <= size - err.at);
		return 0;
	}
	check_shape(pattern);
	jny_text_init(&text);
	jny_pattern_print(pattern, &text);
	require(jny_pattern_parse(text.data, text.len, &again, &err) == JNY_OK);
	jny_text_init(&same);
	jny_pattern_print(again, &same);
	require(same.len == text.len && memcmp(same.data, text.data, text.len) == 0);
	jny_free(same.data);
	jny_free(text.data);
	jny_pattern_free(again);
	jny_pattern_free(pattern);
	return 0;
}

/*
 * sequence.c
 *	  Fuzzer of sequence patterns: the text up to a newline, then rows of two
 *	  bytes, a gap in seconds and a set of conditions.
 */
#include "core/sequence.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

#define CONDITIONS 5

/* Stops the fuzzer: the input is kept. */
static void
require(bool condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	const uint8 *newline = size ? memchr(data, '\n', size) : NULL;
	size_t		len = newline ? (size_t) (newline - data) : size;
	JnySequence *sequence;
	JnyConditionRows rows;
	JnyError	err = {JNY_OK};
	int64		ts = 0;
	int64		count;

	if (jny_sequence_parse((const char *) data, len, CONDITIONS, &sequence, &err) != JNY_OK)
	{
		require(err.code == JNY_E_MAX_ITEMS || (err.code == JNY_E_SYNTAX && err.expected));
		require(err.at <= len && err.len <= len - err.at);
		return 0;
	}
	jny_conditions_init(&rows);
	for (size_t i = len + 1; i + 1 < size; i += 2)
	{
		ts += (data[i] % 8) * USECS_PER_SEC;
		require(jny_conditions_push(&rows, ts, data[i + 1] % (1 << CONDITIONS), &err) == JNY_OK);
	}
	jny_conditions_sort(&rows);
	count = jny_sequence_count(sequence, &rows);
	require(count >= 0 && count <= rows.n);
	require(rows.n == 0 || jny_sequence_match(sequence, &rows) == (count > 0));
	for (unsigned modes = 0; modes < 32; modes++)
	{
		int			depth = jny_windowfunnel(&rows, CONDITIONS, size % 32 * USECS_PER_SEC, modes);

		require(depth >= 0 && depth <= CONDITIONS);
	}
	jny_conditions_reset(&rows);
	jny_free(sequence);
	return 0;
}

/*
 * text.c
 *	  Fuzzer of the text form: parse, print and parse are a fixed point.
 */
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

/* Parses into bytes; NULL if it is no journey. */
static uint8 *
parse_pack(const char *text, size_t len, size_t *packed_len)
{
	JnyDict    *dict = jny_dict_create();
	JnyPath		path;
	JnyError	err = {JNY_OK};
	uint8	   *bytes = NULL;

	jny_path_init(&path, dict);
	if (jny_parse(text, len, &path, &err) == JNY_OK)
	{
		bytes = jny_path_pack(&path, 0, packed_len, &err);
		require(bytes != NULL);
	}
	else
		require(err.code != JNY_OK && err.at + err.len <= len && err.expected);
	jny_path_reset(&path);
	jny_dict_free(dict);
	return bytes;
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	size_t		len;
	size_t		again_len;
	uint8	   *bytes = parse_pack((const char *) data, size, &len);
	uint8	   *again;
	JnyView		view;
	JnyError	err;
	JnyText		text;

	if (bytes == NULL)
		return 0;
	require(jny_open(bytes, len, JNY_CHECK_FULL, &view, &err) == JNY_OK);
	jny_text_init(&text);
	jny_print(&view, &text);
	again = parse_pack(text.data, text.len, &again_len);
	require(again != NULL && again_len == len && memcmp(again, bytes, len) == 0);
	jny_free(again);
	jny_free(bytes);
	jny_free(text.data);
	return 0;
}

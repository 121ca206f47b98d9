/*
 * state.c
 *	  Fuzzer of travelling states: what opens is the only way to write what it
 *	  holds, and whatever the bytes are, opening is safe.
 */
#include "core/state.h"

#include "common/logging.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	JnyState	state;
	JnyError	err;
	JnyPath		path;
	JnyDict    *dict;
	uint8	   *bytes;
	size_t		len;

	if (jny_state_open(data, size, &state, &err) != JNY_OK)
		return 0;
	dict = jny_dict_create();
	jny_path_init(&path, dict);
	if (jny_path_add_state(&path, &state, &err) != JNY_OK)
		abort();
	bytes = jny_state_write(&path, 0, &len);
	if (bytes == NULL || len != size || memcmp(bytes, data, len) != 0)
		abort();
	jny_free(bytes);
	jny_path_reset(&path);
	jny_dict_free(dict);
	return 0;
}

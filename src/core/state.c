/*
 * state.c
 *	  A path as it travels between the processes of one query.
 *
 * Column by column and raw: what is written is read once and thrown away, so
 * nothing is spent on making it small but leaving out empty columns.
 */
#include "core/state.h"

#include "core/dict.h"

/* ---- writing ---- */

/* The distinct codes of a path, names and channels, sorted by name. */
typedef struct CodeList
{
	uint32	   *codes;
	uint32		n;
	uint32		cap;
	size_t		bytes;			/* of all names */
} CodeList;

/* Adds a code that is not in the list yet. */
static void
list_put(CodeList *list, const JnyDict *dict, JnySlot *slots, uint32 round,
		 uint32 code)
{
	if (slots[code].round == round)
		return;
	if (list->n == list->cap)
	{
		list->cap = Max(16, 2 * list->cap);
		list->codes = list->codes == NULL ?
			(uint32 *) jny_alloc(list->cap * sizeof(uint32)) :
			(uint32 *) jny_realloc(list->codes, list->cap * sizeof(uint32));
	}
	slots[code].round = round;
	list->codes[list->n++] = code;
	list->bytes += jny_dict_name(dict, code).len;
}

/*
 * Gathers the codes of a path, tells which columns it needs, and leaves in the
 * slots the rank of each code.
 */
static JnySlot *
collect(CodeList *list, JnyPath *path, uint8 *flags)
{
	uint32		round;
	JnySlot    *slots = jny_dict_slots(path->dict, &round);

	for (uint32 i = 0; i < path->n; i++)
	{
		const JnyEvent *event = path->events + i;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		list_put(list, path->dict, slots, round, event->name);
		if (event->channel != 0)
		{
			list_put(list, path->dict, slots, round, event->channel - 1);
			*flags |= JNY_STATE_CHANNELS;
		}
		if (jny_has_value(event))
			*flags |= JNY_STATE_VALUES;
	}
	jny_dict_sort_codes(path->dict, list->codes, list->n);
	for (uint32 i = 0; i < list->n; i++)
		slots[list->codes[i]].value = i;
	return slots;
}

/* Bytes of a code where codes go up to k. */
static inline uint8
width_of(uint32 k)
{
	return k <= PG_UINT8_MAX ? 1 : k <= PG_UINT16_MAX ? 2 : 4;
}

static inline uint8 *
put_code(uint8 *out, uint8 width, uint32 code)
{
	if (width == 1)
		*out = (uint8) code;
	else if (width == 2)
		jny_put16(out, (uint16) code);
	else
		jny_put32(out, code);
	return out + width;
}

static inline uint32
get_code(const uint8 *codes, uint8 width, uint32 i)
{
	const uint8 *at = codes + (size_t) i * width;

	return width == 1 ? *at : width == 2 ? jny_get16(at) : jny_get32(at);
}

/* Bytes of the columns of n events.  No overflow: n <= JNY_MAX_EVENTS. */
static inline uint64
columns_size(uint8 flags, uint8 width, uint32 n)
{
	return (uint64) n * (8 + width + ((flags & JNY_STATE_CHANNELS) ? width : 0) +
						 ((flags & JNY_STATE_VALUES) ? 8 : 0));
}

static uint8 *
write_names(uint8 *out, const CodeList *list, const JnyDict *dict)
{
	for (uint32 i = 0; i < list->n; i++, out += 2)
		jny_put16(out, (uint16) jny_dict_name(dict, list->codes[i]).len);
	for (uint32 i = 0; i < list->n; i++)
	{
		JnyName		name = jny_dict_name(dict, list->codes[i]);

		memcpy(out, name.data, name.len);
		out += name.len;
	}
	return out;
}

static void
write_columns(uint8 *out, const JnyPath *path, const JnySlot *slots,
			  uint8 flags, uint8 width)
{
	uint8	   *time = out;
	uint8	   *code = time + 8 * (size_t) path->n;
	uint8	   *channel = code + width * (size_t) path->n;
	uint8	   *value = channel +
		((flags & JNY_STATE_CHANNELS) ? width * (size_t) path->n : 0);

	for (uint32 i = 0; i < path->n; i++)
	{
		const JnyEvent *event = path->events + i;
		uint64		bits = JNY_STATE_NO_VALUE;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		jny_put64(time, (uint64) event->ts);
		time += 8;
		code = put_code(code, width, slots[event->name].value);
		if (flags & JNY_STATE_CHANNELS)
			channel = put_code(channel, width, event->channel == 0 ? 0 :
							   slots[event->channel - 1].value + 1);
		if (flags & JNY_STATE_VALUES)
		{
			if (jny_has_value(event))
				memcpy(&bits, &event->value, sizeof(bits));
			jny_put64(value, bits);
			value += 8;
		}
	}
}

uint8 *
jny_state_write(JnyPath *path, size_t reserve, size_t *len)
{
	CodeList	list = {0};
	uint8		flags = 0;
	uint8		width;
	JnySlot    *slots;
	uint64		size;
	uint8	   *bytes = NULL;

	jny_path_sort(path);
	slots = collect(&list, path, &flags);
	width = width_of(list.n);
	size = JNY_STATE_HEAD_SIZE + 2 * (uint64) list.n + list.bytes +
		columns_size(flags, width, path->n);
	if (size + reserve <= JNY_MAX_BYTES)
	{
		uint8	   *out = bytes = (uint8 *) jny_alloc(reserve + (size_t) size);

		out += reserve;
		out[0] = flags;
		out[1] = width;
		jny_put16(out + 2, 0);
		jny_put32(out + 4, path->n);
		jny_put32(out + 8, list.n);
		out = write_names(out + JNY_STATE_HEAD_SIZE, &list, path->dict);
		write_columns(out, path, slots, flags, width);
		*len = (size_t) size;
	}
	if (list.codes)
		jny_free(list.codes);
	return bytes;
}

/* ---- reading ---- */

static inline JnyName
next_name(const uint8 *lens, uint32 i, const uint8 **bytes)
{
	JnyName		name = {(const char *) *bytes, jny_get16(lens + 2 * (size_t) i)};

	*bytes += name.len;
	return name;
}

/* Finds the sections; false if they do not fill the bytes exactly. */
static bool
find_sections(const uint8 *bytes, size_t len, JnyState *state)
{
	uint64		left = len - JNY_STATE_HEAD_SIZE;
	uint64		columns = columns_size(state->flags, state->width, state->n);
	size_t		n = state->n;
	uint64		names = 0;

	if (2 * (uint64) state->nnames + columns > left)
		return false;
	left -= 2 * (uint64) state->nnames + columns;
	state->name_lens = bytes + JNY_STATE_HEAD_SIZE;
	for (uint32 i = 0; i < state->nnames; i++)
		names += jny_get16(state->name_lens + 2 * (size_t) i);
	if (names != left)
		return false;
	state->names = state->name_lens + 2 * (size_t) state->nnames;
	state->times = state->names + names;
	state->codes = state->times + 8 * n;
	bytes = state->codes + state->width * n;
	state->channels = state->values = NULL;
	if (state->flags & JNY_STATE_CHANNELS)
	{
		state->channels = bytes;
		bytes += state->width * n;
	}
	if (state->flags & JNY_STATE_VALUES)
		state->values = bytes;
	return true;
}

/* Names are legal, sorted, and none stands twice. */
static bool
check_names(const JnyState *state)
{
	const uint8 *bytes = state->names;
	JnyName		last = {"", 0};

	for (uint32 i = 0; i < state->nnames; i++)
	{
		JnyName		name = next_name(state->name_lens, i, &bytes);

		if (name.len > JNY_MAX_NAME_BYTES || jny_name_cmp(last, name) >= 0)
			return false;
		last = name;
	}
	return true;
}

/* Reads event i; the codes are those of the state. */
static inline JnyEvent
get_event(const JnyState *state, uint32 i)
{
	JnyEvent	event;
	uint64		bits = JNY_STATE_NO_VALUE;

	event.ts = (int64) jny_get64(state->times + 8 * (size_t) i);
	event.name = get_code(state->codes, state->width, i);
	event.channel = state->channels ?
		get_code(state->channels, state->width, i) : 0;
	if (state->values)
		bits = jny_get64(state->values + 8 * (size_t) i);
	memcpy(&event.value, &bits, sizeof(bits));
	return event;
}

/* Whether an event may stand there; names are sorted, so codes compare. */
static bool
check_event(const JnyState *state, const JnyEvent *last, const JnyEvent *event)
{
	uint64		bits;

	memcpy(&bits, &event->value, sizeof(bits));
	if (!IS_VALID_TIMESTAMP(event->ts) || event->name >= state->nnames ||
		event->channel > state->nnames)
		return false;
	if (isfinite(event->value) ? event->value == 0 && signbit(event->value) :
		bits != JNY_STATE_NO_VALUE)
		return false;
	if (last == NULL || last->ts != event->ts)
		return last == NULL || last->ts < event->ts;
	if (last->name != event->name)
		return last->name < event->name;
	if (last->channel != event->channel)
		return last->channel < event->channel;
	return jny_value_cmp(last->value, event->value) <= 0;
}

/* All events, and that each name, and each column, is used. */
static bool
check_events(const JnyState *state)
{
	bool	   *used = (bool *) jny_alloc0((size_t) state->nnames + 1);
	uint32		left = state->nnames;
	bool		fine = true;
	uint8		flags = 0;
	JnyEvent	last;

	for (uint32 i = 0; fine && i < state->n; i++)
	{
		JnyEvent	event = get_event(state, i);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		fine = check_event(state, i > 0 ? &last : NULL, &event);
		if (!fine)
			break;
		left -= !used[event.name];
		used[event.name] = true;
		if (event.channel != 0)
		{
			left -= !used[event.channel - 1];
			used[event.channel - 1] = true;
			flags |= JNY_STATE_CHANNELS;
		}
		if (jny_has_value(&event))
			flags |= JNY_STATE_VALUES;
		last = event;
	}
	jny_free(used);
	return fine && left == 0 && flags == state->flags;
}

JnyCode
jny_state_open(const uint8 *bytes, size_t len, JnyState *state, JnyError *err)
{
	if (len < JNY_STATE_HEAD_SIZE)
		return jny_fail(err, JNY_E_CORRUPT, 0, 0, 0, "the head of a state");
	state->flags = bytes[0];
	state->width = bytes[1];
	state->n = jny_get32(bytes + 4);
	state->nnames = jny_get32(bytes + 8);
	if ((state->flags & ~(JNY_STATE_CHANNELS | JNY_STATE_VALUES)) != 0 ||
		state->width != width_of(state->nnames) || jny_get16(bytes + 2) != 0 ||
		state->n > JNY_MAX_EVENTS)
		return jny_fail(err, JNY_E_CORRUPT, 0, 0, 0, "the head of a state");
	if (!find_sections(bytes, len, state))
		return jny_fail(err, JNY_E_CORRUPT, JNY_STATE_HEAD_SIZE, 0, 0,
						"as many bytes as announced");
	if (!check_names(state))
		return jny_fail(err, JNY_E_CORRUPT, state->names - bytes, 0, 0,
						"names of 1 to 4096 bytes, sorted");
	if (!check_events(state))
		return jny_fail(err, JNY_E_CORRUPT, state->times - bytes, 0, 0,
						"legal events in canonical order");
	return JNY_OK;
}

/* The codes in a dictionary of the names of a state, in a new allocation. */
static uint32 *
put_names(JnyDict *dict, const JnyState *state)
{
	const uint8 *bytes = state->names;
	uint32	   *codes = (uint32 *) jny_alloc(state->nnames * sizeof(uint32));

	for (uint32 i = 0; i < state->nnames; i++)
		codes[i] = jny_dict_put(dict, next_name(state->name_lens, i, &bytes));
	return codes;
}

/* Reads event i with the codes of a dictionary. */
static inline JnyEvent
get_coded_event(const JnyState *state, const uint32 *codes, uint32 i)
{
	JnyEvent	event = get_event(state, i);

	if ((i & JNY_INTERRUPT_MASK) == 0)
		JNY_CHECK_INTERRUPTS();
	event.name = codes[event.name];
	if (event.channel != 0)
		event.channel = codes[event.channel - 1] + 1;
	return event;
}

JnyCode
jny_path_add_state(JnyPath *path, const JnyState *state, JnyError *err)
{
	JnyCode		code = jny_path_reserve(path, state->n, err);
	uint32	   *codes;

	if (code != JNY_OK || state->n == 0)
		return code;
	codes = put_names(path->dict, state);
	for (uint32 i = 0; code == JNY_OK && i < state->n; i++)
	{
		JnyEvent	event = get_coded_event(state, codes, i);

		code = jny_path_push(path, &event, err);
	}
	jny_free(codes);
	return code;
}

JnyCode
jny_stash_add_state(JnyStash *stash, JnyPool *pool, JnyDict *dict,
					const JnyState *state, JnyError *err)
{
	JnyCode		code = JNY_OK;
	uint32	   *codes;

	if (state->n == 0)
		return code;
	codes = put_names(dict, state);
	for (uint32 i = 0; code == JNY_OK && i < state->n; i++)
	{
		JnyEvent	event = get_coded_event(state, codes, i);

		code = jny_stash_push(stash, pool, &event, err);
	}
	jny_free(codes);
	return code;
}

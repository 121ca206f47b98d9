/*
 * pack.c
 *	  From a path to the canonical bytes of journey.h.
 *
 * Everything that could be written in two ways is decided here, by content
 * alone: the order of names, the time unit, every width, which sections there
 * are.  jny_open with JNY_CHECK_FULL refuses what is not written so.
 */
#include "core/dict.h"

/* Codes that need no allocation. */
#define FEW_CODES 32

/* The distinct names, or channels, of one path. */
typedef struct LocalNames
{
	uint32	   *codes;			/* of the path's dictionary, sorted by name */
	uint32		n;
	uint32		cap;
	size_t		bytes;			/* of all names */
	uint32		few[FEW_CODES]; /* where the codes are at first */
} LocalNames;

/* What is decided before a byte is written. */
typedef struct PackPlan
{
	uint8		flags;
	uint8		width;
	JnyUnit		unit;
	uint32		nvalues;
	LocalNames	names;
	LocalNames	channels;
} PackPlan;

/* Which of the two a function is about. */
typedef enum NameKind
{
	EVENT_NAME,
	EVENT_CHANNEL
} NameKind;

/* Dictionary code + 1 of an event's name or channel, 0 for no channel. */
static inline uint32
code_of(const JnyEvent *event, NameKind kind)
{
	return kind == EVENT_NAME ? event->name + 1 : event->channel;
}

/* Time since the first event; the range of times is wider than int64. */
static inline uint64
offset_of(const JnyPath *path, uint32 i)
{
	return (uint64) path->events[i].ts - (uint64) path->events[0].ts;
}

/* No names yet. */
static void
local_init(LocalNames *local)
{
	local->codes = local->few;
	local->n = 0;
	local->cap = FEW_CODES;
	local->bytes = 0;
}

static void
local_free(LocalNames *local)
{
	if (local->codes != local->few)
		jny_free(local->codes);
}

/* Room for more codes. */
static void
local_grow(LocalNames *local)
{
	local->cap *= 2;
	if (local->codes != local->few)
		local->codes = (uint32 *) jny_realloc(local->codes,
											  local->cap * sizeof(uint32));
	else
	{
		local->codes = (uint32 *) jny_alloc(local->cap * sizeof(uint32));
		memcpy(local->codes, local->few, sizeof(local->few));
	}
}

/*
 * Gathers the distinct names or channels, sorted; false if there are more
 * than limit.  One pass over the events.
 */
static bool
local_collect(LocalNames *local, JnyPath *path, NameKind kind, uint32 limit)
{
	uint32		round;
	JnySlot    *slots = jny_dict_slots(path->dict, &round);

	for (uint32 i = 0; i < path->n; i++)
	{
		uint32		code = code_of(path->events + i, kind);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (code == 0 || slots[code - 1].round == round)
			continue;
		if (local->n == limit)
			return false;
		if (local->n == local->cap)
			local_grow(local);
		slots[code - 1].round = round;
		local->codes[local->n++] = code - 1;
		local->bytes += jny_dict_name(path->dict, code - 1).len;
	}
	jny_dict_sort_codes(path->dict, local->codes, local->n);
	return true;
}

/* Bytes of a dictionary: count, lengths, names. */
static inline size_t
local_size(const LocalNames *local)
{
	return 2 + 2 * (size_t) local->n + local->bytes;
}

/* Writes a dictionary and returns what follows it. */
static uint8 *
write_names(uint8 *out, const LocalNames *local, const JnyDict *dict)
{
	jny_put16(out, (uint16) (local->n - 1));
	out += 2;
	for (uint32 i = 0; i < local->n; i++, out += 2)
		jny_put16(out, (uint16) jny_dict_name(dict, local->codes[i]).len);
	for (uint32 i = 0; i < local->n; i++)
	{
		JnyName		name = jny_dict_name(dict, local->codes[i]);

		memcpy(out, name.data, name.len);
		out += name.len;
	}
	return out;
}

/*
 * Writes each event's rank of its name, or rank + 1 of its channel, in one
 * byte or two.  A name may serve as both, so the ranks are put into the slots
 * right here.
 */
static uint8 *
write_codes(uint8 *out, const LocalNames *local, JnyPath *path, NameKind kind,
			bool wide)
{
	uint32		first = kind == EVENT_NAME ? 0 : 1;
	uint32		round;
	JnySlot    *slots = jny_dict_slots(path->dict, &round);

	for (uint32 i = 0; i < local->n; i++)
		slots[local->codes[i]].value = i + first;
	for (uint32 i = 0; i < path->n; i++)
	{
		uint32		code = code_of(path->events + i, kind);
		uint32		rank = code == 0 ? 0 : slots[code - 1].value;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (wide)
		{
			jny_put16(out, (uint16) rank);
			out += 2;
		}
		else
			*out++ = (uint8) rank;
	}
	return out;
}

/*
 * The largest unit that divides all offsets.  Each unit divides the next
 * larger one, so one pass that only steps down is enough.
 */
static JnyUnit
choose_unit(const JnyPath *path)
{
	int			unit = JNY_UNIT_DAY;

	for (uint32 i = 0; i < path->n && unit != JNY_UNIT_US; i++)
	{
		uint64		offset = offset_of(path, i);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		while (offset % (uint64) jny_unit_us[unit] != 0)
			unit--;
	}
	return (JnyUnit) unit;
}

/* Writes the offsets in the chosen unit and width. */
static uint8 *
write_times(uint8 *out, const JnyPath *path, JnyUnit unit, uint8 width)
{
	uint64		us = (uint64) jny_unit_us[unit];
	uint8	   *end = out + (size_t) path->n * width;

	for (uint32 i = 0; i < path->n; i++)
	{
		uint64		offset = offset_of(path, i);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (us != 1)
			offset /= us;
		if (end - out >= 8)
		{
			/* what is too much is written over by the next */
			jny_put64(out, offset);
			out += width;
		}
		else
			for (uint8 k = 0; k < width; k++, offset >>= 8)
				*out++ = (uint8) offset;
	}
	return out;
}

/* Writes count, positions (unless every event has one) and values. */
static uint8 *
write_values(uint8 *out, const JnyPath *path, uint32 nvalues)
{
	bool		sparse = nvalues < path->n;
	uint8	   *position = out + 4;
	uint8	   *value = position + (sparse ? 4 * (size_t) nvalues : 0);

	jny_put32(out, nvalues);
	for (uint32 i = 0; i < path->n; i++)
	{
		const JnyEvent *event = path->events + i;
		uint64		bits;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (!jny_has_value(event))
			continue;
		if (sparse)
		{
			jny_put32(position, i);
			position += 4;
		}
		memcpy(&bits, &event->value, sizeof(bits));
		jny_put64(value, bits);
		value += 8;
	}
	return value;
}

/* The header of n events. */
static void
write_head(uint8 *out, const JnyPath *path, const PackPlan *plan, size_t d)
{
	out[0] = JNY_MAGIC;
	out[1] = JNY_VERSION;
	out[2] = plan->flags;
	out[3] = (uint8) (plan->unit | (plan->width << 4));
	jny_put32(out + 4, path->n);
	jny_put64(out + 8, path->n == 0 ? 0 : (uint64) path->events[0].ts);
	jny_put64(out + 16, path->n == 0 ? 0 :
			  (uint64) path->events[path->n - 1].ts);
	jny_put32(out + 24, (uint32) d);
}

/* Decides everything; the path is sorted and not empty. */
static JnyCode
make_plan(PackPlan *plan, JnyPath *path, JnyError *err)
{
	uint64		largest = offset_of(path, path->n - 1);
	uint32		channels = 0;

	for (uint32 i = 0; i < path->n; i++)
	{
		channels |= path->events[i].channel;
		plan->nvalues += jny_has_value(path->events + i);
	}
	if (!local_collect(&plan->names, path, EVENT_NAME, JNY_MAX_NAMES))
		return jny_fail(err, JNY_E_MAX_NAMES, 0, 0, JNY_MAX_NAMES,
						"fewer names");
	if (channels != 0 &&
		!local_collect(&plan->channels, path, EVENT_CHANNEL, JNY_MAX_CHANNELS))
		return jny_fail(err, JNY_E_MAX_CHANNELS, 0, 0, JNY_MAX_CHANNELS,
						"fewer channels");

	if (plan->names.n > 256)
		plan->flags |= JNY_FLAG_WIDE_NAMES;
	if (plan->channels.n > 0)
		plan->flags |= JNY_FLAG_CHANNELS;
	if (plan->channels.n > 255)
		plan->flags |= JNY_FLAG_WIDE_CHANNELS;
	if (plan->nvalues > 0)
		plan->flags |= JNY_FLAG_VALUES;

	plan->unit = choose_unit(path);
	largest /= (uint64) jny_unit_us[plan->unit];
	while (plan->width < 8 && (largest >> (8 * plan->width)) != 0)
		plan->width++;
	return JNY_OK;
}

/* Bytes of a name in the text form, at most. */
static inline size_t
text_size(JnyName name)
{
	return memchr(name.data, '"', name.len) ? 2 * (size_t) name.len + 2 :
		(size_t) name.len + 2;
}

/*
 * Whether the text form fits, too: what is stored must survive a dump.  Sixty
 * thousand events do with the longest names, all of them quotes; beyond that
 * one pass adds up what the events need at most.
 */
static bool
fits_as_text(const JnyPath *path)
{
	size_t		size = 2;

	if (path->n <= 60000)
		return true;
	for (uint32 i = 0; i < path->n && size <= JNY_MAX_BYTES; i++)
	{
		const JnyEvent *event = path->events + i;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		size += 34;				/* time, blank, comma */
		size += text_size(jny_dict_name(path->dict, event->name));
		if (event->channel != 0)
			size += 1 + text_size(jny_dict_name(path->dict, event->channel - 1));
		if (jny_has_value(event))
			size += 26;
	}
	return size <= JNY_MAX_BYTES;
}

/* Bytes of the whole journey; n is at most JNY_MAX_EVENTS, so no overflow. */
static size_t
plan_size(const PackPlan *plan, size_t n)
{
	size_t		size = JNY_HEAD_SIZE + local_size(&plan->names);

	size += n * ((plan->flags & JNY_FLAG_WIDE_NAMES) ? 2 : 1);
	size += n * plan->width;
	if (plan->flags & JNY_FLAG_CHANNELS)
		size += 4 + local_size(&plan->channels) +
			n * ((plan->flags & JNY_FLAG_WIDE_CHANNELS) ? 2 : 1);
	if (plan->flags & JNY_FLAG_VALUES)
		size += 4 + plan->nvalues * (size_t) (plan->nvalues < n ? 12 : 8);
	return size;
}

/* Writes the planned journey. */
static void
write_all(uint8 *bytes, size_t size, const PackPlan *plan, JnyPath *path)
{
	uint8	   *out = bytes + JNY_HEAD_SIZE;

	write_head(bytes, path, plan, local_size(&plan->names));
	out = write_names(out, &plan->names, path->dict);
	out = write_codes(out, &plan->names, path, EVENT_NAME,
					  (plan->flags & JNY_FLAG_WIDE_NAMES) != 0);
	out = write_times(out, path, plan->unit, plan->width);
	if (plan->flags & JNY_FLAG_CHANNELS)
	{
		jny_put32(out, (uint32) local_size(&plan->channels));
		out = write_names(out + 4, &plan->channels, path->dict);
		out = write_codes(out, &plan->channels, path, EVENT_CHANNEL,
						  (plan->flags & JNY_FLAG_WIDE_CHANNELS) != 0);
	}
	if (plan->flags & JNY_FLAG_VALUES)
		out = write_values(out, path, plan->nvalues);
	Assert(out == bytes + size);
}

/*
 * The canonical bytes, see path.h.  Two passes over the events for each
 * section; memory for the result and 4 bytes per distinct name.
 */
uint8 *
jny_path_pack(JnyPath *path, size_t reserve, size_t *len, JnyError *err)
{
	PackPlan	plan;
	uint8	   *bytes = NULL;
	size_t		size = JNY_HEAD_SIZE;
	JnyCode		code = JNY_OK;

	plan.flags = 0;
	plan.width = 1;
	plan.unit = JNY_UNIT_DAY;
	plan.nvalues = 0;
	local_init(&plan.names);
	local_init(&plan.channels);
	if (path->n > 0)
	{
		jny_path_sort(path);
		code = make_plan(&plan, path, err);
		if (code == JNY_OK)
			size = plan_size(&plan, path->n);
		if (code == JNY_OK && (size > JNY_MAX_BYTES || !fits_as_text(path)))
			code = jny_fail(err, JNY_E_MAX_BYTES, 0, 0, JNY_MAX_BYTES,
							"fewer bytes");
	}
	if (code == JNY_OK)
	{
		bytes = (uint8 *) jny_alloc(reserve + size);
		if (path->n > 0)
			write_all(bytes + reserve, size, &plan, path);
		else
			write_head(bytes + reserve, path, &plan, 0);
		*len = size;
	}
	local_free(&plan.names);
	local_free(&plan.channels);
	return bytes;
}

/*
 * journey.c
 *	  The bytes of a journey: open and check.
 *
 * jny_open is the one validator, used for stored values, receive functions
 * and serialized states.  Nothing here trusts a byte it has not checked, and
 * nothing writes; pack.c does.
 */
#include "core/journey.h"

#include <math.h>

const int64 jny_unit_us[JNY_UNITS] = {
	1, 1000, USECS_PER_SEC, USECS_PER_MINUTE, USECS_PER_DAY
};

/* Where a check stands: bytes [at, len) are not consumed yet. */
typedef struct Cursor
{
	const uint8 *bytes;
	size_t		at;
	size_t		len;
	JnyError   *err;
} Cursor;

/* Reports damaged bytes at the cursor; false, for "return". */
static pg_attribute_cold bool
damaged(Cursor *cursor, const char *expected)
{
	jny_fail(cursor->err, JNY_E_CORRUPT, cursor->at, 0, 0, expected);
	return false;
}

/* Consumes size bytes; NULL, with the error set, if there are not so many. */
static const uint8 *
take(Cursor *cursor, size_t size, const char *expected)
{
	const uint8 *p = cursor->bytes + cursor->at;

	if (size > cursor->len - cursor->at)
	{
		damaged(cursor, expected);
		return NULL;
	}
	cursor->at += size;
	return p;
}

/* What every reader of a header checks: length, magic, version, flags. */
static JnyCode
check_kind(const uint8 *bytes, size_t len, JnyError *err)
{
	if (len < JNY_HEAD_SIZE)
		return jny_fail(err, JNY_E_CORRUPT, len, 0, 0,
						"a header of 28 bytes");
	if (bytes[0] != JNY_MAGIC)
		return jny_fail(err, JNY_E_CORRUPT, 0, 0, 0, "the letter J");
	if (bytes[1] != JNY_VERSION)
		return jny_fail(err, JNY_E_VERSION, 1, 0, 0, "format version 1");
	if (bytes[2] & ~JNY_FLAGS_KNOWN)
		return jny_fail(err, JNY_E_VERSION, 2, 0, 0, "known flags only");
	return JNY_OK;
}

/*
 * Reads the header alone: bytes may be a slice, as long as it holds the first
 * JNY_HEAD_SIZE bytes.  O(1).
 */
JnyCode
jny_head(const uint8 *bytes, size_t len, JnyHead *head, JnyError *err)
{
	JnyCode		code = check_kind(bytes, len, err);

	if (code != JNY_OK)
		return code;
	head->n = jny_get32(bytes + 4);
	head->first = (int64) jny_get64(bytes + 8);
	head->last = (int64) jny_get64(bytes + 16);
	return JNY_OK;
}

/* Header fields into the view, checked as far as they go alone. */
static bool
open_head(Cursor *cursor, JnyView *view)
{
	const uint8 *bytes = cursor->bytes;
	uint8		unit = bytes[3] & 0x0F;

	view->bytes = bytes;
	view->len = cursor->len;
	view->flags = bytes[2];
	view->width = bytes[3] >> 4;
	view->n = jny_get32(bytes + 4);
	view->first = (int64) jny_get64(bytes + 8);
	view->last = (int64) jny_get64(bytes + 16);

	cursor->at = 2;
	if ((view->flags & JNY_FLAG_WIDE_CHANNELS) &&
		!(view->flags & JNY_FLAG_CHANNELS))
		return damaged(cursor, "no wide channels without channels");
	cursor->at = 3;
	if (unit >= JNY_UNITS)
		return damaged(cursor, "a known time unit");
	if (view->width < 1 || view->width > 8)
		return damaged(cursor, "an offset width of 1 to 8 bytes");
	view->unit = jny_unit_us[unit];
	cursor->at = 4;
	if (view->n > JNY_MAX_EVENTS)
		return damaged(cursor, "at most 100000000 events");
	cursor->at = 8;
	if (!IS_VALID_TIMESTAMP(view->first))
		return damaged(cursor, "a first time in range");
	cursor->at = 16;
	if (!IS_VALID_TIMESTAMP(view->last) || view->last < view->first)
		return damaged(cursor, "a last time in range, not before the first");
	cursor->at = JNY_HEAD_SIZE;
	return true;
}

/* The empty journey has one form. */
static bool
open_empty(Cursor *cursor, JnyView *view)
{
	const uint8 *end = cursor->bytes + JNY_HEAD_SIZE;

	cursor->at = 2;
	if (view->flags != 0 || view->unit != jny_unit_us[JNY_UNIT_DAY] ||
		view->width != 1 || view->first != 0 || view->last != 0 ||
		jny_get32(cursor->bytes + 24) != 0)
		return damaged(cursor, "the header of an empty journey");
	cursor->at = JNY_HEAD_SIZE;
	if (cursor->len != JNY_HEAD_SIZE)
		return damaged(cursor, "the end of the journey");
	view->name_lens = view->name_bytes = view->codes = view->times = end;
	return true;
}

/* The sum of n numbers of two bytes, four at a time, two sums side by side. */
static inline size_t
sum_lens(const uint8 *lens, uint32 n)
{
	const uint64 even = UINT64CONST(0x0000ffff0000ffff);
	uint64		sums = 0;
	size_t		sum = 0;
	uint32		i = 0;

	for (; i + 4 <= n; i += 4)
	{
		uint64		four = jny_get64(lens + 2 * (size_t) i);

		sums += (four & even) + (four >> 16 & even);
	}
	for (; i < n; i++)
		sum += jny_get16(lens + 2 * (size_t) i);
	return sum + (uint32) sums + (sums >> 32);
}

/*
 * A dictionary section of exactly size bytes at the cursor, which stays there:
 * its count, and where lengths and names begin.
 */
static inline bool
place_names(Cursor *cursor, size_t size, uint32 *count, const uint8 **lens,
			const uint8 **names)
{
	const uint8 *section = cursor->bytes + cursor->at;

	if (size > cursor->len - cursor->at)
		return damaged(cursor, "as many bytes of names as announced");
	if (size < 2)
		return damaged(cursor, "a number of names");
	*count = (uint32) jny_get16(section) + 1;
	if (size < 2 + 2 * (size_t) *count)
		return damaged(cursor, "a length for each name");
	*lens = section + 2;
	*names = *lens + 2 * (size_t) *count;
	return true;
}

/*
 * The same, and what the section holds; the cursor moves behind it.  FULL:
 * strictly ascending, lengths legal.
 */
static bool
open_names(Cursor *cursor, size_t size, JnyCheck check, uint32 *count,
		   const uint8 **lens, const uint8 **names)
{
	size_t		sum = 0;
	JnyName		last = {NULL, 0};

	if (!place_names(cursor, size, count, lens, names))
		return false;
	if (sum_lens(*lens, *count) != size - 2 - 2 * (size_t) *count)
		return damaged(cursor, "lengths that add up to the bytes of the names");

	for (uint32 i = 0; check == JNY_CHECK_FULL && i < *count; i++)
	{
		JnyName		name = {(const char *) *names + sum,
		jny_get16(*lens + 2 * (size_t) i)};

		if (name.len < 1 || name.len > JNY_MAX_NAME_BYTES)
			return damaged(cursor, "names of 1 to 4096 bytes");
		if (i > 0 && jny_name_cmp(last, name) >= 0)
			return damaged(cursor, "names in ascending order");
		last = name;
		sum += name.len;
	}
	cursor->at += size;
	return true;
}

/* Bytes of a stride whose largest bytes are found side by side. */
#define STRIDE 32

/*
 * Largest code of n.  Inner loops of fixed length are what compilers turn
 * into vector instructions at -O2, and this runs on every stored value read.
 */
static uint32
largest_narrow(const uint8 *codes, uint32 n)
{
	uint8		lanes[STRIDE] = {0};
	uint32		i = 0;

	for (; i + STRIDE <= n; i += STRIDE)
		for (int k = 0; k < STRIDE; k++)
			lanes[k] = lanes[k] > codes[i + k] ? lanes[k] : codes[i + k];
	for (; i < n; i++)
		lanes[0] = Max(lanes[0], codes[i]);
	for (int k = 1; k < STRIDE; k++)
		lanes[0] = Max(lanes[0], lanes[k]);
	return lanes[0];
}

/* The same for codes of two bytes. */
static uint32
largest_wide(const uint8 *codes, uint32 n)
{
	uint32		largest = 0;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = jny_get16(codes + 2 * (size_t) i);

		largest = Max(largest, code);
	}
	return largest;
}

/* A byte eight times. */
#define EIGHT(byte) (UINT64CONST(0x0101010101010101) * (byte))

/*
 * Is one of n >= 1 codes above the largest one, which is below 128?  Eight at a
 * time: a byte b above m is one of which 127 - m + b, or b itself, has its
 * highest bit.  The last eight overlap those before; where there are fewer the
 * load begins inside the header or the names, and what is not a code is shifted
 * out.
 */
static inline bool
any_above(const uint8 *codes, uint32 n, uint32 largest)
{
	const uint64 add = EIGHT(127 - largest);
	uint64		above;
	uint64		word = jny_get64(codes + n - 8);

	if (n < 8)
		word >>= 64 - 8 * n;
	above = (word + add) | word;
	for (uint32 i = 0; i + 8 < n; i += 8)
	{
		word = jny_get64(codes + i);
		above |= (word + add) | word;
	}
	return (above & EIGHT(0x80)) != 0;
}

/* Codes of n events, none above the largest one. */
static bool
open_codes(Cursor *cursor, uint32 n, bool wide, uint32 largest,
		   const uint8 **codes, const char *expected)
{
	*codes = take(cursor, n * (size_t) (wide ? 2 : 1), "a code for each event");
	if (*codes == NULL)
		return false;
	if (!wide && largest < 128 ? any_above(*codes, n, largest) :
		largest < (wide ? 65535 : 255) &&
		(wide ? largest_wide : largest_narrow) (*codes, n) > largest)
		return damaged(cursor, expected);
	return true;
}

/* The optional sections. */
static bool
open_channels(Cursor *cursor, JnyCheck check, JnyView *view)
{
	bool		wide = (view->flags & JNY_FLAG_WIDE_CHANNELS) != 0;
	const uint8 *size = take(cursor, 4, "the size of the channels");

	return size != NULL &&
		open_names(cursor, jny_get32(size), check, &view->nchannels,
				   &view->channel_lens, &view->channel_bytes) &&
		open_codes(cursor, view->n, wide, view->nchannels,
				   &view->channel_codes, "codes of known channels");
}

static bool
open_values(Cursor *cursor, JnyView *view)
{
	const uint8 *count = take(cursor, 4, "the number of values");
	uint32		m = count == NULL ? 0 : jny_get32(count);

	if (count == NULL)
		return false;
	if (m < 1 || m > view->n)
		return damaged(cursor, "a value for at least one event and at most each");
	if (m < view->n)
	{
		const uint8 *positions = take(cursor, 4 * (size_t) m,
									  "a position for each value");

		if (positions == NULL)
			return false;
		for (uint32 k = 0; k < m; k++)
			if (jny_get32(positions + 4 * (size_t) k) >= view->n ||
				(k > 0 && jny_get32(positions + 4 * (size_t) k) <=
				 jny_get32(positions + 4 * (size_t) k - 4)))
				return damaged(cursor, "ascending positions of values");
		view->value_positions = positions;
	}
	view->nvalues = m;
	view->values = take(cursor, 8 * (size_t) m, "all values");
	return view->values != NULL;
}

/* All sections of a journey that has events. */
static bool
open_sections(Cursor *cursor, JnyCheck check, JnyView *view)
{
	bool		wide = (view->flags & JNY_FLAG_WIDE_NAMES) != 0;

	if (!open_names(cursor, jny_get32(view->bytes + 24), check, &view->nnames,
					&view->name_lens, &view->name_bytes) ||
		!open_codes(cursor, view->n, wide, view->nnames - 1, &view->codes,
					"codes of known names"))
		return false;
	view->times = take(cursor, (size_t) view->n * view->width,
					   "a time for each event");
	if (view->times == NULL)
		return false;
	if ((view->flags & JNY_FLAG_CHANNELS) &&
		!open_channels(cursor, check, view))
		return false;
	if ((view->flags & JNY_FLAG_VALUES) && !open_values(cursor, view))
		return false;
	if (cursor->at != cursor->len)
		return damaged(cursor, "the end of the journey");
	return true;
}

/*
 * Every name, and every channel, is used by some event.  Most journeys have a
 * few names only, so no more of the bitmaps is touched than there are.
 */
static bool
check_all_used(Cursor *cursor, const JnyView *view)
{
	uint64		names[JNY_MAX_NAMES / 64];
	uint64		channels[JNY_MAX_NAMES / 64];
	uint32		name_words = (view->nnames + 63) / 64;
	uint32		channel_words = (view->nchannels + 63) / 64;
	uint32		used = 0;

	memset(names, 0, name_words * sizeof(uint64));
	memset(channels, 0, channel_words * sizeof(uint64));
	for (uint32 i = 0; i < view->n; i++)
	{
		uint32		name = jny_code(view, i);
		uint32		channel = jny_channel(view, i);

		names[name / 64] |= UINT64CONST(1) << (name % 64);
		if (channel != 0)
			channels[(channel - 1) / 64] |= UINT64CONST(1) << ((channel - 1) % 64);
	}
	for (uint32 i = 0; i < name_words; i++)
		used += __builtin_popcountll(names[i]);
	for (uint32 i = 0; i < channel_words; i++)
		used += __builtin_popcountll(channels[i]);
	cursor->at = JNY_HEAD_SIZE;
	return used == view->nnames + view->nchannels ? true :
		damaged(cursor, "no name or channel that no event has");
}

/* The smallest widths: codes of two bytes only where one is not enough. */
static bool
check_widths(Cursor *cursor, const JnyView *view)
{
	cursor->at = 2;
	if (((view->flags & JNY_FLAG_WIDE_NAMES) != 0) != (view->nnames > 256))
		return damaged(cursor, "the smallest width of the name codes");
	if (((view->flags & JNY_FLAG_WIDE_CHANNELS) != 0) != (view->nchannels > 255))
		return damaged(cursor, "the smallest width of the channel codes");
	cursor->at = JNY_HEAD_SIZE;
	if (view->nchannels > JNY_MAX_CHANNELS)
		return damaged(cursor, "at most 65535 channels");
	return true;
}

/* Offset of event i from the first, in units. */
static inline uint64
view_offset(const JnyView *view, uint32 i)
{
	const uint8 *end = view->times + ((size_t) i + 1) * view->width;

	return jny_get64(end - 8) >> (64 - 8 * view->width);
}

/* Times: in range, ascending, first and last as the header says, compact. */
static bool
check_times(Cursor *cursor, const JnyView *view)
{
	uint64		range = (uint64) view->last - (uint64) view->first;
	uint64		unit = (uint64) view->unit;
	uint64		larger = 0;		/* 0: there is none */
	bool		fits_larger = true;
	uint64		before = 0;

	for (int u = 0; u < JNY_UNITS - 1; u++)
		if (jny_unit_us[u] == view->unit)
			larger = (uint64) jny_unit_us[u + 1] / unit;

	cursor->at = view->times - view->bytes;
	if (view_offset(view, 0) != 0)
		return damaged(cursor, "a first offset of zero");
	for (uint32 i = 0; i < view->n; i++)
	{
		uint64		offset = view_offset(view, i);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (offset < before)
			return damaged(cursor, "events in order of time");
		before = offset;
		if (larger != 0 && fits_larger && offset % larger != 0)
			fits_larger = false;
	}
	if (before > range / unit || before * unit != range)
		return damaged(cursor, "the last offset at the last time");
	if (larger != 0 && fits_larger)
		return damaged(cursor, "the largest time unit that loses nothing");
	if (view->width > 1 && (before >> (8 * (view->width - 1))) == 0)
		return damaged(cursor, "the smallest width of the time offsets");
	return true;
}

/* Values are finite and not -0. */
static bool
check_values(Cursor *cursor, const JnyView *view)
{
	if (view->nvalues > 0)
		cursor->at = view->values - view->bytes;
	for (uint32 k = 0; k < view->nvalues; k++)
	{
		double		value = jny_value_at(view, k);

		if (!isfinite(value) || (value == 0 && signbit(value)))
			return damaged(cursor, "finite values, and no -0");
	}
	return true;
}

/* Events of equal time are in order of name, channel, value. */
static bool
check_order(Cursor *cursor, const JnyView *view)
{
	JnyWalk		walk = jny_walk(view);
	JnyWalk		before;

	cursor->at = view->codes - view->bytes;
	jny_walk_next(&walk);
	for (uint32 i = 1; i < view->n; i++)
	{
		bool		fine;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		before = walk;
		jny_walk_next(&walk);
		if (before.ts != walk.ts)
			continue;
		if (before.code != walk.code)
			fine = before.code < walk.code;
		else if (before.channel != walk.channel)
			fine = before.channel < walk.channel;
		else
			fine = jny_value_cmp(before.value, walk.value) <= 0;
		if (!fine)
			return damaged(cursor, "events of equal time in canonical order");
	}
	return true;
}

/*
 * Opens a journey: see journey.h for what the two checks promise.  bytes must
 * stay where they are as long as the view is used.  SAFE costs a pass over
 * the codes, FULL a few passes over everything.
 */
JnyCode
jny_open(const uint8 *bytes, size_t len, JnyCheck check, JnyView *view,
		 JnyError *err)
{
	Cursor		cursor = {bytes, 0, len, err};
	JnyCode		code = check_kind(bytes, len, err);

	memset(view, 0, sizeof(*view));
	if (code != JNY_OK)
		return code;
	if (!open_head(&cursor, view))
		return JNY_E_CORRUPT;
	if (view->n == 0)
		return open_empty(&cursor, view) ? JNY_OK : JNY_E_CORRUPT;
	if (!open_sections(&cursor, check, view))
		return JNY_E_CORRUPT;
	if (check == JNY_CHECK_FULL &&
		!(check_widths(&cursor, view) && check_all_used(&cursor, view) &&
		  check_times(&cursor, view) && check_values(&cursor, view) &&
		  check_order(&cursor, view)))
		return JNY_E_CORRUPT;
	return JNY_OK;
}

/* Names, codes and times are where the view says, and nothing lies behind. */
static bool
place_sections(Cursor *cursor, JnyView *view)
{
	bool		wide = (view->flags & JNY_FLAG_WIDE_NAMES) != 0;
	size_t		names = jny_get32(view->bytes + 24);

	if (!place_names(cursor, names, &view->nnames, &view->name_lens, &view->name_bytes))
		return false;
	cursor->at += names;
	view->codes = take(cursor, view->n * (size_t) (wide ? 2 : 1), "a code for each event");
	if (view->codes == NULL)
		return false;
	view->times = take(cursor, (size_t) view->n * view->width, "a time for each event");
	if (view->times == NULL)
		return false;
	if (!(view->flags & (JNY_FLAG_CHANNELS | JNY_FLAG_VALUES)) && cursor->at != cursor->len)
		return damaged(cursor, "the end of the journey");
	return true;
}

/* Head, and the places of names, codes and times: see journey.h. */
JnyCode
jny_open_places(const uint8 *bytes, size_t len, JnyView *view, JnyError *err)
{
	Cursor		cursor = {bytes, 0, len, err};
	JnyCode		code = check_kind(bytes, len, err);

	memset(view, 0, sizeof(*view));
	if (code != JNY_OK)
		return code;
	if (!open_head(&cursor, view))
		return JNY_E_CORRUPT;
	return (view->n == 0 ? open_empty : place_sections) (&cursor, view) ?
		JNY_OK : JNY_E_CORRUPT;
}

/* Slices of count names whose lengths and bytes are given. */
static void
slice_names(const uint8 *lens, const uint8 *bytes, uint32 count, JnyName *names)
{
	for (uint32 i = 0; i < count; i++)
	{
		names[i].data = (const char *) bytes;
		names[i].len = jny_get16(lens + 2 * (size_t) i);
		bytes += names[i].len;
	}
}

/* The names by code; room for view->nnames. */
void
jny_view_names(const JnyView *view, JnyName *names)
{
	slice_names(view->name_lens, view->name_bytes, view->nnames, names);
}

/* The channels by code - 1; room for view->nchannels. */
void
jny_view_channels(const JnyView *view, JnyName *channels)
{
	slice_names(view->channel_lens, view->channel_bytes, view->nchannels,
				channels);
}

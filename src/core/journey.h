/*
 * journey.h
 *	  The bytes of a journey: one customer's events in canonical order.
 *
 * Canonical order is (ts, event, channel, value), a missing channel or value
 * first, names bytewise.  Equal journeys have equal bytes.  All integers are
 * little-endian and unaligned.  doc/format.md is the specification.
 *
 *	  offset 0  u8   magic 'J'
 *			 1  u8   format version
 *			 2  u8   flags (JNY_FLAG_*); an unknown one is refused
 *			 3  u8   low nibble: time unit (JNY_UNIT_*); high: offset width
 *			 4  u32  n, events
 *			 8  i64  ts of the first event, microseconds since 2000-01-01 UTC
 *			16  i64  ts of the last event
 *			24  u32  d, bytes of the dictionary
 *			28  d    dictionary: u16 names - 1, u16 length of each, the names
 *					 sorted bytewise, none twice, each used at least once
 *			    n    codes, a name's position; u16 with JNY_FLAG_WIDE_NAMES
 *			    n*w  offsets from the first ts in units, w = width 1..8; the
 *					 largest unit that loses nothing, then the smallest width
 *	  with JNY_FLAG_CHANNELS
 *			    u32  bytes of the channel dictionary, which follows: u16
 *					 channels - 1, u16 lengths, the channels sorted bytewise
 *			    n    channel codes, 0 none, else position + 1; u16 with
 *					 JNY_FLAG_WIDE_CHANNELS
 *	  with JNY_FLAG_VALUES
 *			    u32  m, events that have a value, 1..n
 *			    u32  m event positions, ascending; absent when m = n
 *			    f64  m values; never NaN or infinite, never -0
 *
 * The empty journey is the 28 byte header with n, both ts and d zero, the
 * unit day and the width 1.
 */
#ifndef JOURNEY_JOURNEY_H
#define JOURNEY_JOURNEY_H

#include <math.h>

#include "core/core.h"

#define JNY_MAGIC			'J'
#define JNY_VERSION			1
#define JNY_HEAD_SIZE		28

#define JNY_FLAG_WIDE_NAMES		0x01	/* more than 256 names */
#define JNY_FLAG_CHANNELS		0x02
#define JNY_FLAG_WIDE_CHANNELS	0x04	/* more than 255 channels */
#define JNY_FLAG_VALUES			0x08
#define JNY_FLAG_SHARED_NAMES	0x10	/* reserved: dictionary kept elsewhere */
#define JNY_FLAGS_KNOWN			0x0F

typedef enum JnyUnit
{
	JNY_UNIT_US = 0,
	JNY_UNIT_MS,
	JNY_UNIT_SECOND,
	JNY_UNIT_MINUTE,
	JNY_UNIT_DAY
} JnyUnit;

#define JNY_UNITS 5

/* Microseconds of a unit. */
extern const int64 jny_unit_us[JNY_UNITS];

/* What the first JNY_HEAD_SIZE bytes alone answer. */
typedef struct JnyHead
{
	uint32		n;
	int64		first;
	int64		last;
} JnyHead;

/*
 * An opened journey: pointers into its bytes, nothing copied.  It stays valid
 * as long as the bytes do.
 */
typedef struct JnyView
{
	const uint8 *bytes;
	size_t		len;
	uint32		n;
	int64		first;
	int64		last;
	uint8		flags;
	uint8		width;			/* bytes of a time offset */
	int64		unit;			/* microseconds of a time unit */
	uint32		nnames;
	const uint8 *name_lens;		/* u16 each */
	const uint8 *name_bytes;
	const uint8 *codes;
	const uint8 *times;
	uint32		nchannels;		/* 0 without JNY_FLAG_CHANNELS */
	const uint8 *channel_lens;
	const uint8 *channel_bytes;
	const uint8 *channel_codes;
	uint32		nvalues;		/* 0 without JNY_FLAG_VALUES */
	const uint8 *value_positions;	/* NULL when every event has a value */
	const uint8 *values;
} JnyView;

/*
 * How far jny_open checks.  SAFE: whatever the bytes are, reading them through
 * the view touches nothing outside them and no name that is not there; enough
 * for stored values.  FULL: they are also canonical, byte for byte what
 * jny_path_pack would write; for bytes from outside.
 *
 * Only FULL promises that events are in order, times between first and last,
 * values finite, names distinct and not empty.  Neither looks at the encoding
 * of names.
 */
typedef enum JnyCheck
{
	JNY_CHECK_SAFE,
	JNY_CHECK_FULL
} JnyCheck;

extern JnyCode jny_head(const uint8 *bytes, size_t len, JnyHead *head,
						JnyError *err);
extern JnyCode jny_open(const uint8 *bytes, size_t len, JnyCheck check,
						JnyView *view, JnyError *err);

/*
 * Opens head, names, codes and times, and tells where they are: what is in the
 * places, lengths of names and codes of events, is not even looked at, and
 * whoever reads it has to expect anything.  No channels, no values.  O(1).
 */
extern JnyCode jny_open_places(const uint8 *bytes, size_t len, JnyView *view,
							   JnyError *err);

/* Fill view->nnames (nchannels) slices that point into the bytes. */
extern void jny_view_names(const JnyView *view, JnyName *names);
extern void jny_view_channels(const JnyView *view, JnyName *channels);

/* By content: event by event in canonical order, a prefix first. */
extern int	jny_compare(const JnyView *a, const JnyView *b);
extern bool jny_equal(const JnyView *a, const JnyView *b);
extern uint64 jny_hash(const JnyView *view, uint64 seed);

/* Little-endian unaligned loads and stores. */
static inline uint16
jny_get16(const uint8 *p)
{
	return (uint16) (p[0] | (p[1] << 8));
}

static inline uint32
jny_get32(const uint8 *p)
{
	uint32		v;

	memcpy(&v, p, sizeof(v));
#ifdef WORDS_BIGENDIAN
	v = __builtin_bswap32(v);
#endif
	return v;
}

static inline uint64
jny_get64(const uint8 *p)
{
	uint64		v;

	memcpy(&v, p, sizeof(v));
#ifdef WORDS_BIGENDIAN
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline void
jny_put16(uint8 *p, uint16 v)
{
	p[0] = (uint8) v;
	p[1] = (uint8) (v >> 8);
}

static inline void
jny_put32(uint8 *p, uint32 v)
{
#ifdef WORDS_BIGENDIAN
	v = __builtin_bswap32(v);
#endif
	memcpy(p, &v, sizeof(v));
}

static inline void
jny_put64(uint8 *p, uint64 v)
{
#ifdef WORDS_BIGENDIAN
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, sizeof(v));
}

/* Name code of event i (0-based), in 0 .. nnames - 1. */
static inline uint32
jny_code(const JnyView *view, uint32 i)
{
	return (view->flags & JNY_FLAG_WIDE_NAMES) ?
		jny_get16(view->codes + 2 * (size_t) i) : view->codes[i];
}

/*
 * Time of event i.  The eight bytes that end with the offset's last one are
 * loaded and shifted: they begin inside the header or the codes at the
 * earliest, so the load stays inside the value whatever the width.
 */
static inline int64
jny_time(const JnyView *view, uint32 i)
{
	const uint8 *end = view->times + ((size_t) i + 1) * view->width;
	uint64		offset = jny_get64(end - 8) >> (64 - 8 * view->width);

	return (int64) ((uint64) view->first + offset * (uint64) view->unit);
}

/* Channel code of event i: 0 none, else position + 1. */
static inline uint32
jny_channel(const JnyView *view, uint32 i)
{
	if (view->nchannels == 0)
		return 0;
	return (view->flags & JNY_FLAG_WIDE_CHANNELS) ?
		jny_get16(view->channel_codes + 2 * (size_t) i) : view->channel_codes[i];
}

/* Event position and value number k, k in 0 .. nvalues - 1. */
static inline uint32
jny_value_position(const JnyView *view, uint32 k)
{
	return view->value_positions ?
		jny_get32(view->value_positions + 4 * (size_t) k) : k;
}

static inline double
jny_value_at(const JnyView *view, uint32 k)
{
	uint64		bits = jny_get64(view->values + 8 * (size_t) k);
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/*
 * Reads the events in order, one jny_walk_next for each of the view's n:
 *
 *	  for (JnyWalk walk = jny_walk(view); jny_walk_next(&walk);)
 */
typedef struct JnyWalk
{
	const JnyView *view;
	uint32		next;			/* event to read next */
	uint32		next_value;
	int64		ts;
	uint32		code;
	uint32		channel;		/* 0: none */
	double		value;			/* NaN: none */
} JnyWalk;

static inline JnyWalk
jny_walk(const JnyView *view)
{
	JnyWalk		walk = {.view = view};

	return walk;
}

/* False, and nothing read, at the end. */
static inline bool
jny_walk_next(JnyWalk *walk)
{
	const JnyView *view = walk->view;
	uint32		i = walk->next;

	if (i == view->n)
		return false;
	walk->ts = jny_time(view, i);
	walk->code = jny_code(view, i);
	walk->channel = jny_channel(view, i);
	walk->value = NAN;
	if (walk->next_value < view->nvalues &&
		jny_value_position(view, walk->next_value) == i)
		walk->value = jny_value_at(view, walk->next_value++);
	walk->next++;
	return true;
}

/* Orders values, a missing one (NaN) first. */
static inline int
jny_value_cmp(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (int) isnan(b) - (int) isnan(a);
	return (a > b) - (a < b);
}

#endif							/* JOURNEY_JOURNEY_H */

/*
 * random_journey.h
 *	  Seeded random journeys for property tests.
 *
 * Small alphabets and coarse clocks, so that ties, duplicates and every width
 * and section turn up within a few hundred cases.
 */
#ifndef JOURNEY_RANDOM_JOURNEY_H
#define JOURNEY_RANDOM_JOURNEY_H

#include "core/text.h"

#include "common/logging.h"

#include "tap.h"

/* SplitMix64 (S. Vigna, 2015): one word of state, any seed will do. */
static uint64 random_state;

static inline uint64
random_next(void)
{
	uint64		z = (random_state += UINT64CONST(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 .. n - 1 */
static inline uint32
random_below(uint32 n)
{
	return (uint32) (random_next() % n);
}

/* How the events of one random journey are drawn. */
typedef struct RandomShape
{
	uint32		nnames;
	uint32		nchannels;		/* 0: none */
	uint32		value_chance;	/* of 100 */
	int64		origin;
	int64		step;			/* microseconds of the clock */
	uint32		steps;			/* of the clock that are used */
	bool		odd_names;		/* quotes, newlines, bytes above 127 */
} RandomShape;

/* A shape; case_no walks through all units and widths. */
static inline RandomShape
random_shape(uint32 case_no)
{
	static const int64 clock[] = {1, 10, 1000, USECS_PER_SEC, USECS_PER_MINUTE,
	USECS_PER_HOUR, USECS_PER_DAY, INT64CONST(1000003)};
	RandomShape shape;

	shape.nnames = case_no % 50 == 49 ? 300 : 1 + random_below(6);
	shape.nchannels = random_below(3) == 0 ? 0 :
		case_no % 70 == 69 ? 300 : 1 + random_below(4);
	shape.value_chance = random_below(4) == 0 ? 100 : random_below(60);
	shape.step = clock[case_no % lengthof(clock)];
	shape.steps = 1 + random_below(case_no % 3 == 0 ? 1000000 : 12);
	shape.origin = MIN_TIMESTAMP +
		(int64) (random_next() % (UINT64CONST(9223371331200000000) / 2));
	if (case_no % 11 == 0)
	{
		/* the whole range of timestamps, wider than an int64 */
		shape.origin = MIN_TIMESTAMP;
		shape.step = USECS_PER_DAY;
		shape.steps = 109203527;
	}
	shape.odd_names = random_below(3) == 0;
	return shape;
}

/* Name number k of a shape, in a static buffer that the next call overwrites. */
static inline JnyName
random_name(const RandomShape *shape, uint32 k, const char *stem)
{
	static char buffer[4][64];
	static int	turn;
	static const char *odd[] = {"a\"b", "\"", "x -> y", "line\nbreak", "{", "a,b",
	"\xc3\xa9t\xc3\xa9", "a ", " a", "=1", "@", "\xf0\x9f\x98\x80", "Visit", "visit"};
	char	   *out = buffer[turn = (turn + 1) % 4];
	JnyName		name;

	if (shape->odd_names)
		name.len = (uint32) sprintf(out, "%s%s%u", odd[k % lengthof(odd)], stem,
									k / (uint32) lengthof(odd));
	else
		name.len = (uint32) sprintf(out, "%s%u", stem, k);
	name.data = out;
	return name;
}

/* Values that are hard on printing, comparing and -0. */
static inline double
random_value(void)
{
	static const double hard[] = {0.0, -0.0, 1.0, -1.0, 0.1, 49.9, 1e300, -1e-300,
	5e-324, 1.7976931348623157e308, 123456789.125, 1e15, 1e16};
	double		value;
	uint64		bits;

	if (random_below(2) == 0)
		return hard[random_below(lengthof(hard))];
	do
	{
		bits = random_next();
		memcpy(&value, &bits, sizeof(value));
	} while (!isfinite(value));
	return value;
}

/* Appends n random events. */
static inline void
random_events(JnyPath *path, const RandomShape *shape, uint32 n)
{
	JnyError	err;

	for (uint32 i = 0; i < n; i++)
	{
		int64		ts = (int64) ((uint64) shape->origin + (uint64) shape->step *
								  random_below(shape->steps));
		JnyName		none = {"", 0};
		JnyName		name = random_name(shape, random_below(shape->nnames), "e");
		bool		has_channel = shape->nchannels > 0 && random_below(3) > 0;
		JnyName		channel = !has_channel ? none :
			random_name(shape, random_below(shape->nchannels),
						random_below(9) == 0 ? "e" : "c");
		double		value = random_value();
		bool		has_value = random_below(100) < shape->value_chance;

		if (jny_event_check(ts, name, channel, &value, &err) != JNY_OK ||
			jny_path_add(path, ts, name, channel, has_value ? &value : NULL,
						 &err) != JNY_OK)
		{
			diag("random event refused: %s", err.expected);
			abort();
		}
	}
}

/* The same events in another order, in a path of another dictionary. */
static inline void
random_shuffle(JnyPath *to, const JnyPath *from)
{
	uint32	   *order = (uint32 *) jny_alloc((from->n + 1) * sizeof(uint32));
	JnyError	err;

	for (uint32 i = 0; i < from->n; i++)
	{
		uint32		k = random_below(i + 1);

		order[i] = order[k];
		order[k] = i;
	}
	for (uint32 i = 0; i < from->n; i++)
	{
		const JnyEvent *event = from->events + order[i];
		JnyName		none = {"", 0};

		if (jny_path_add(to, event->ts, jny_dict_name(from->dict, event->name),
						 event->channel == 0 ? none :
						 jny_dict_name(from->dict, event->channel - 1),
						 jny_has_value(event) ? &event->value : NULL,
						 &err) != JNY_OK)
			abort();
	}
	jny_free(order);
}

/* Packed bytes with their length; the buffer is exactly as long. */
typedef struct Packed
{
	uint8	   *bytes;
	size_t		len;
	JnyView		view;
} Packed;

/* Packs and opens FULL; a failure of either ends the program. */
static inline Packed
pack_path(JnyPath *path)
{
	Packed		packed;
	JnyError	err;

	packed.bytes = jny_path_pack(path, 0, &packed.len, &err);
	if (packed.bytes == NULL ||
		jny_open(packed.bytes, packed.len, JNY_CHECK_FULL, &packed.view,
				 &err) != JNY_OK)
	{
		ok(0, "what is packed opens FULL: expected %s at byte %zu",
		   err.expected, err.at);
		exit(1);
	}
	return packed;
}

static inline bool
same_bytes(const Packed *a, const Packed *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* Releases a path and the dictionary only it uses. */
static inline void
free_path(JnyPath *path)
{
	JnyDict    *dict = path->dict;

	jny_path_reset(path);
	jny_dict_free(dict);
}

/* An empty path on a dictionary of its own. */
static inline void
new_path(JnyPath *path)
{
	jny_path_init(path, jny_dict_create());
}

/* A random packed journey of up to max events. */
static inline Packed
random_packed(uint32 case_no, uint32 max)
{
	RandomShape shape = random_shape(case_no);
	JnyPath		path;
	Packed		packed;

	new_path(&path);
	random_events(&path, &shape, random_below(max + 1));
	packed = pack_path(&path);
	free_path(&path);
	return packed;
}

#endif							/* JOURNEY_RANDOM_JOURNEY_H */

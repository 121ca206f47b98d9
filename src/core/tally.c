/*
 * tally.c
 *	  Counts and exact sums by key.
 *
 * Bytes:
 *	  0  u8   magic 'T'
 *	  1  u8   version
 *	  2  u8   kind
 *	  3  u8   ncounts
 *	  4  u8   nsums
 *	  5  u8   0 (3 times)
 *	  8  u32  bytes of the parameters, which stand behind the head
 *	 12  u32  number of keys
 *	 16       parameters, then for each key in order: u16 length, the key, i64
 *			  counts, and for each sum u16 number of parts and the parts
 */
#include "core/tally.h"

#include <math.h>

#include "common/hashfn.h"
#include "common/int.h"

#include "core/journey.h"

#define TALLY_MAGIC 'T'
#define TALLY_VERSION 1
#define TALLY_HEAD 16

/* An expansion of doubles has no more parts that do not overlap. */
#define MAX_PARTS 64

/* ---- exact sums ---- */

/*
 * Adds x to the expansion: x takes up each part, smallest first, and leaves
 * behind what rounding lost (Shewchuk 1997, "grow expansion").
 */
void
jny_sum_add(JnySum *sum, double x)
{
	int			kept = 0;

	for (int i = 0; i < sum->n; i++)
	{
		double		y = sum->part[i];
		double		high;
		double		low;

		if (fabs(x) < fabs(y))
		{
			double		swap = x;

			x = y;
			y = swap;
		}
		high = x + y;
		low = y - (high - x);
		if (low != 0)
			sum->part[kept++] = low;
		x = high;
	}
	if (!isfinite(x))
		kept = 0;				/* all parts are lost in it */
	if (kept == sum->cap)
	{
		sum->cap = sum->cap ? 2 * sum->cap : 2;
		sum->part = sum->part ?
			(double *) jny_realloc(sum->part, sum->cap * sizeof(double)) :
			(double *) jny_alloc(sum->cap * sizeof(double));
	}
	if (x != 0)
		sum->part[kept++] = x;
	sum->n = (uint16) kept;
}

/*
 * From the largest part down, until one is lost in rounding; what lies below
 * it decides only when it stands exactly half-way.
 */
double
jny_sum_value(const JnySum *sum)
{
	int			i = sum->n - 1;
	double		high;
	double		low = 0;

	if (i < 0)
		return 0;
	high = sum->part[i];
	while (i > 0 && low == 0)
	{
		double		x = high;
		double		y = sum->part[--i];

		high = x + y;
		low = y - (high - x);
	}
	if (i > 0 && (low < 0) == (sum->part[i - 1] < 0) && low != 0)
	{
		double		twice = 2 * low;
		double		up = high + twice;

		if (up - high == twice)
			high = up;
	}
	return high;
}

/*
 * Makes the parts those that the exact sum alone determines: the sum rounded,
 * what that leaves rounded, and so on.
 */
static void
settle_sum(JnySum *sum)
{
	double		part[MAX_PARTS];
	int			n = 0;

	if (sum->n < 2)
		return;
	while (sum->n > 0 && n < MAX_PARTS)
	{
		double		value = jny_sum_value(sum);

		part[n++] = value;
		if (!isfinite(value))
			break;
		jny_sum_add(sum, -value);
	}
	sum->n = 0;
	while (n > 0)
		jny_sum_add(sum, part[--n]);
}

/* ---- tallies ---- */

JnyTally *
jny_tally_create(uint8 kind, uint8 ncounts, uint8 nsums, const void *params,
				 uint32 nparams)
{
	JnyTally   *tally = (JnyTally *) jny_alloc0(sizeof(JnyTally));

	tally->kind = kind;
	tally->ncounts = ncounts;
	tally->nsums = nsums;
	tally->nparams = nparams;
	tally->params = (uint8 *) jny_alloc(nparams + 1);
	if (nparams > 0)
		memcpy(tally->params, params, nparams);
	return tally;
}

void
jny_tally_free(JnyTally *tally)
{
	for (size_t i = 0; i < (size_t) tally->n * tally->nsums; i++)
		if (tally->sums[i].part)
			jny_free(tally->sums[i].part);
	if (tally->slots)
	{
		jny_free(tally->arena);
		jny_free(tally->keys);
		jny_free(tally->slots);
		jny_free(tally->counts);
		jny_free(tally->sums);
	}
	jny_free(tally->params);
	jny_free(tally);
}

/* Makes a hash table of so many slots for the keys there are. */
static void
rehash(JnyTally *tally, uint32 nslots)
{
	if (tally->slots)
		jny_free(tally->slots);
	tally->slots = (uint32 *) jny_alloc0(nslots * sizeof(uint32));
	tally->nslots = nslots;
	for (uint32 i = 0; i < tally->n; i++)
	{
		uint32		at = tally->keys[i].hash & (nslots - 1);

		while (tally->slots[at] != 0)
			at = (at + 1) & (nslots - 1);
		tally->slots[at] = i + 1;
	}
}

/* Grows an array to cap elements; the first one may not exist yet. */
static void *
grow(void *array, size_t cap, size_t size)
{
	return array ? jny_realloc(array, cap * size + 1) : jny_alloc(cap * size + 1);
}

/* Room for one more key. */
static void
make_room(JnyTally *tally, uint32 len)
{
	if (tally->n == tally->cap)
	{
		tally->cap = tally->cap ? tally->cap * 2 : 8;
		tally->keys = (JnyTallyKey *) grow(tally->keys, tally->cap, sizeof(JnyTallyKey));
		tally->counts = (int64 *) grow(tally->counts, (size_t) tally->cap * tally->ncounts,
									   sizeof(int64));
		tally->sums = (JnySum *) grow(tally->sums, (size_t) tally->cap * tally->nsums,
									  sizeof(JnySum));
	}
	if (tally->arena == NULL || tally->arena_cap - tally->used < len)
	{
		tally->arena_cap = Max(2 * tally->arena_cap, tally->used + len + 64);
		tally->arena = (uint8 *) grow(tally->arena, tally->arena_cap, 1);
	}
	if (((uint64) tally->n + 1) * 2 > tally->nslots)
		rehash(tally, tally->nslots ? tally->nslots * 2 : 16);
}

/* The slot of a key: that holds it, or the free one where it belongs. */
static uint32
find_slot(const JnyTally *tally, const void *key, uint32 len, uint32 hash)
{
	uint32		at = hash & (tally->nslots - 1);

	for (; tally->slots[at] != 0; at = (at + 1) & (tally->nslots - 1))
	{
		const JnyTallyKey *have = &tally->keys[tally->slots[at] - 1];

		if (have->hash == hash && have->len == len &&
			(len == 0 || memcmp(tally->arena + have->at, key, len) == 0))
			break;
	}
	return at;
}

static uint32
hash_key(const void *key, uint32 len)
{
	return hash_bytes((const unsigned char *) key, (int) len);
}

uint32
jny_tally_find(const JnyTally *tally, const void *key, uint32 len)
{
	if (tally->n == 0)
		return PG_UINT32_MAX;
	return tally->slots[find_slot(tally, key, len, hash_key(key, len))] - 1;
}

uint32
jny_tally_put(JnyTally *tally, const void *key, uint32 len)
{
	uint32		hash = hash_key(key, len);
	uint32		at;
	uint32		i;

	if (tally->n > 0)
	{
		at = find_slot(tally, key, len, hash);
		if (tally->slots[at] != 0)
			return tally->slots[at] - 1;
	}
	if (tally->n == JNY_TALLY_MAX_KEYS)
		return PG_UINT32_MAX;
	make_room(tally, len);
	at = find_slot(tally, key, len, hash);
	i = tally->n++;
	tally->slots[at] = i + 1;
	tally->keys[i].at = tally->used;
	tally->keys[i].len = len;
	tally->keys[i].hash = hash;
	if (len > 0)
		memcpy(tally->arena + tally->used, key, len);
	tally->used += len;
	memset(jny_tally_counts(tally, i), 0, tally->ncounts * sizeof(int64));
	memset(jny_tally_sums(tally, i), 0, tally->nsums * sizeof(JnySum));
	return i;
}

#define ST_SORT sort_positions
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE_ARG_TYPE const JnyTally
#define ST_COMPARE(a, b, tally) \
	jny_name_cmp(jny_tally_key(tally, *(a)), jny_tally_key(tally, *(b)))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#ifdef FRONTEND
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#endif
#include "lib/sort_template.h"

uint32 *
jny_tally_sorted(const JnyTally *tally)
{
	uint32	   *order = (uint32 *) jny_alloc(tally->n * sizeof(uint32) + 1);

	for (uint32 i = 0; i < tally->n; i++)
		order[i] = i;
	sort_positions(order, tally->n, tally);
	return order;
}

JnyCode
jny_tally_merge(JnyTally *to, const JnyTally *from, JnyError *err)
{
	for (uint32 i = 0; i < from->n; i++)
	{
		JnyName		key = jny_tally_key(from, i);
		uint32		at = jny_tally_put(to, key.data, key.len);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (at == PG_UINT32_MAX)
			return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, JNY_TALLY_MAX_KEYS, NULL);
		for (int k = 0; k < to->ncounts; k++)
			if (pg_add_s64_overflow(jny_tally_counts(to, at)[k],
									jny_tally_counts(from, i)[k],
									&jny_tally_counts(to, at)[k]))
				return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, PG_INT64_MAX, NULL);
		for (int k = 0; k < to->nsums; k++)
		{
			const JnySum *sum = &jny_tally_sums(from, i)[k];

			for (int p = 0; p < sum->n; p++)
				jny_sum_add(&jny_tally_sums(to, at)[k], sum->part[p]);
		}
	}
	return JNY_OK;
}

/* ---- bytes ---- */

/* Settles the sums, which changes no value. */
size_t
jny_tally_size(const JnyTally *tally)
{
	size_t		size = TALLY_HEAD + tally->nparams + tally->used +
		(size_t) tally->n * (2 + 8 * tally->ncounts + 2 * tally->nsums);

	for (size_t i = 0; i < (size_t) tally->n * tally->nsums; i++)
	{
		settle_sum(&tally->sums[i]);
		size += 8 * (size_t) tally->sums[i].n;
	}
	return size;
}

void
jny_tally_write(const JnyTally *tally, uint8 *to)
{
	uint32	   *order = jny_tally_sorted(tally);

	memset(to, 0, TALLY_HEAD);
	to[0] = TALLY_MAGIC;
	to[1] = TALLY_VERSION;
	to[2] = tally->kind;
	to[3] = tally->ncounts;
	to[4] = tally->nsums;
	jny_put32(to + 8, tally->nparams);
	jny_put32(to + 12, tally->n);
	to += TALLY_HEAD;
	memcpy(to, tally->params, tally->nparams);
	to += tally->nparams;
	for (uint32 i = 0; i < tally->n; i++)
	{
		JnyName		key = jny_tally_key(tally, order[i]);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		jny_put16(to, (uint16) key.len);
		if (key.len > 0)
			memcpy(to + 2, key.data, key.len);
		to += 2 + key.len;
		for (int k = 0; k < tally->ncounts; k++, to += 8)
			jny_put64(to, (uint64) jny_tally_counts(tally, order[i])[k]);
		for (int k = 0; k < tally->nsums; k++)
		{
			const JnySum *sum = &jny_tally_sums(tally, order[i])[k];

			jny_put16(to, sum->n);
			to += 2;
			for (int p = 0; p < sum->n; p++, to += 8)
			{
				uint64		bits;

				memcpy(&bits, &sum->part[p], sizeof(bits));
				jny_put64(to, bits);
			}
		}
	}
	jny_free(order);
}

/* Takes n bytes at *at, or tells that they are not there. */
static bool
take(const uint8 *bytes, size_t len, size_t *at, size_t n, const uint8 **from)
{
	if (len - *at < n)
		return false;
	*from = bytes + *at;
	*at += n;
	return true;
}

/* Reads one key with its counts and sums; what is wrong, or NULL. */
static const char *
read_key(JnyTally *tally, const uint8 *bytes, size_t len, size_t *at)
{
	const uint8 *p;
	const uint8 *key;
	uint32		before = tally->n;
	uint32		i;
	uint32		key_len;

	if (!take(bytes, len, at, 2, &p))
		return "a key";
	key_len = jny_get16(p);
	if (!take(bytes, len, at, key_len, &key))
		return "the bytes of a key";
	i = jny_tally_put(tally, key, key_len);
	if (i != before)
		return "distinct keys";
	if (i > 0 && jny_name_cmp(jny_tally_key(tally, i - 1), jny_tally_key(tally, i)) > 0)
		return "keys in order";
	for (int k = 0; k < tally->ncounts; k++)
	{
		if (!take(bytes, len, at, 8, &p))
			return "a count";
		jny_tally_counts(tally, i)[k] = (int64) jny_get64(p);
		if (jny_tally_counts(tally, i)[k] < 0)
			return "a count that is not negative";
	}
	for (int k = 0; k < tally->nsums; k++)
	{
		uint32		parts;

		if (!take(bytes, len, at, 2, &p))
			return "a sum";
		parts = jny_get16(p);
		if (parts > MAX_PARTS)
			return "a sum of few parts";
		for (; parts > 0; parts--)
		{
			uint64		bits;
			double		part;

			if (!take(bytes, len, at, 8, &p))
				return "a part of a sum";
			bits = jny_get64(p);
			memcpy(&part, &bits, sizeof(part));
			jny_sum_add(&jny_tally_sums(tally, i)[k], part);
		}
	}
	return NULL;
}

JnyCode
jny_tally_read(const uint8 *bytes, size_t len, JnyTally **out, JnyError *err)
{
	JnyTally   *tally;
	const char *wrong = NULL;
	size_t		at = TALLY_HEAD;
	uint32		nparams;
	uint32		n;

	*out = NULL;
	if (len < TALLY_HEAD || bytes[0] != TALLY_MAGIC)
		return jny_fail(err, JNY_E_CORRUPT, 0, 0, 0, "a tally");
	if (bytes[1] != TALLY_VERSION)
		return jny_fail(err, JNY_E_VERSION, 1, 1, 0, "a known version");
	nparams = jny_get32(bytes + 8);
	n = jny_get32(bytes + 12);
	if (bytes[5] || bytes[6] || bytes[7] || nparams > len - TALLY_HEAD ||
		n > JNY_TALLY_MAX_KEYS)
		return jny_fail(err, JNY_E_CORRUPT, 5, 0, 0, "a sound head of a tally");
	tally = jny_tally_create(bytes[2], bytes[3], bytes[4], bytes + at, nparams);
	at += nparams;
	for (uint32 i = 0; i < n && !wrong; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		wrong = read_key(tally, bytes, len, &at);
	}
	if (!wrong && at != len)
		wrong = "the end of a tally";
	if (wrong)
	{
		jny_tally_free(tally);
		return jny_fail(err, JNY_E_CORRUPT, at, 0, 0, wrong);
	}
	*out = tally;
	return JNY_OK;
}

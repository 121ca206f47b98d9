/*
 * counts.c
 *	  Counts and exact sums by key.
 *
 * Bytes:
 *	  0  u8   magic 'C'
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
#include "core/counts.h"

#include <math.h>

#include "common/hashfn.h"
#include "common/int.h"

#include "core/journey.h"

#define COUNTS_VERSION 1
#define COUNTS_HEAD 16

/* ---- exact sums ---- */

/*
 * Makes the parts those that the exact sum alone determines: the sum rounded,
 * what that leaves rounded, and so on.
 */
static void
settle_sum(JnySum *sum)
{
	double		part[JNY_SUM_PARTS];
	int			n = 0;

	if (sum->n < 2)
		return;
	while (sum->n > 0 && n < JNY_SUM_PARTS)
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

/* ---- counts ---- */

JnyCounts *
jny_counts_create(uint8 kind, uint8 ncounts, uint8 nsums, const void *params,
				 uint32 nparams)
{
	JnyCounts   *counts = (JnyCounts *) jny_alloc0(sizeof(JnyCounts));

	counts->kind = kind;
	counts->ncounts = ncounts;
	counts->nsums = nsums;
	counts->nparams = nparams;
	counts->params = (uint8 *) jny_alloc(nparams + 1);
	if (nparams > 0)
		memcpy(counts->params, params, nparams);
	return counts;
}

void
jny_counts_free(JnyCounts *counts)
{
	for (size_t i = 0; i < (size_t) counts->n * counts->nsums; i++)
		if (counts->sums[i].part)
			jny_free(counts->sums[i].part);
	if (counts->slots)
	{
		jny_free(counts->arena);
		jny_free(counts->keys);
		jny_free(counts->slots);
		jny_free(counts->counts);
		jny_free(counts->sums);
	}
	jny_free(counts->params);
	jny_free(counts);
}

/* Makes a hash table of so many slots for the keys there are. */
static void
rehash(JnyCounts *counts, uint32 nslots)
{
	if (counts->slots)
		jny_free(counts->slots);
	counts->slots = (uint32 *) jny_alloc0(nslots * sizeof(uint32));
	counts->nslots = nslots;
	for (uint32 i = 0; i < counts->n; i++)
	{
		uint32		at = counts->keys[i].hash & (nslots - 1);

		while (counts->slots[at] != 0)
			at = (at + 1) & (nslots - 1);
		counts->slots[at] = i + 1;
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
make_room(JnyCounts *counts, uint32 len)
{
	if (counts->n == counts->cap)
	{
		counts->cap = counts->cap ? counts->cap * 2 : 8;
		counts->keys = (JnyCountsKey *) grow(counts->keys, counts->cap, sizeof(JnyCountsKey));
		counts->counts = (int64 *) grow(counts->counts, (size_t) counts->cap * counts->ncounts,
									   sizeof(int64));
		counts->sums = (JnySum *) grow(counts->sums, (size_t) counts->cap * counts->nsums,
									  sizeof(JnySum));
	}
	if (counts->arena == NULL || counts->arena_cap - counts->used < len)
	{
		counts->arena_cap = Max(2 * counts->arena_cap, counts->used + len + 64);
		counts->arena = (uint8 *) grow(counts->arena, counts->arena_cap, 1);
	}
	if (((uint64) counts->n + 1) * 2 > counts->nslots)
		rehash(counts, counts->nslots ? counts->nslots * 2 : 16);
}

/* The slot of a key: that holds it, or the free one where it belongs. */
static uint32
find_slot(const JnyCounts *counts, const void *key, uint32 len, uint32 hash)
{
	uint32		at = hash & (counts->nslots - 1);

	for (; counts->slots[at] != 0; at = (at + 1) & (counts->nslots - 1))
	{
		const JnyCountsKey *have = &counts->keys[counts->slots[at] - 1];

		if (have->hash == hash && have->len == len &&
			(len == 0 || memcmp(counts->arena + have->at, key, len) == 0))
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
jny_counts_find(const JnyCounts *counts, const void *key, uint32 len)
{
	if (counts->n == 0)
		return PG_UINT32_MAX;
	return counts->slots[find_slot(counts, key, len, hash_key(key, len))] - 1;
}

uint32
jny_counts_put(JnyCounts *counts, const void *key, uint32 len)
{
	uint32		hash = hash_key(key, len);
	uint32		at;
	uint32		i;

	if (counts->n > 0)
	{
		at = find_slot(counts, key, len, hash);
		if (counts->slots[at] != 0)
			return counts->slots[at] - 1;
	}
	if (counts->n == JNY_COUNTS_MAX_KEYS)
		return PG_UINT32_MAX;
	make_room(counts, len);
	at = find_slot(counts, key, len, hash);
	i = counts->n++;
	counts->slots[at] = i + 1;
	counts->keys[i].at = counts->used;
	counts->keys[i].len = len;
	counts->keys[i].hash = hash;
	if (len > 0)
		memcpy(counts->arena + counts->used, key, len);
	counts->used += len;
	memset(jny_counts_of(counts, i), 0, counts->ncounts * sizeof(int64));
	memset(jny_counts_sums(counts, i), 0, counts->nsums * sizeof(JnySum));
	return i;
}

#define ST_SORT sort_positions
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE_ARG_TYPE const JnyCounts
#define ST_COMPARE(a, b, counts) \
	jny_name_cmp(jny_counts_key(counts, *(a)), jny_counts_key(counts, *(b)))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#ifdef FRONTEND
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#endif
#include "lib/sort_template.h"

uint32 *
jny_counts_sorted(const JnyCounts *counts)
{
	uint32	   *order = (uint32 *) jny_alloc(counts->n * sizeof(uint32) + 1);

	for (uint32 i = 0; i < counts->n; i++)
		order[i] = i;
	sort_positions(order, counts->n, counts);
	return order;
}

JnyCode
jny_counts_merge(JnyCounts *to, const JnyCounts *from, JnyError *err)
{
	for (uint32 i = 0; i < from->n; i++)
	{
		JnyName		key = jny_counts_key(from, i);
		bool		largest = jny_counts_is_largest(key);
		uint32		before = to->n;
		uint32		at = jny_counts_put(to, key.data, key.len);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (at == PG_UINT32_MAX)
			return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, JNY_COUNTS_MAX_KEYS, NULL);
		for (int k = 0; largest && k < to->ncounts; k++)
			if (at == before || jny_counts_of(from, i)[k] > jny_counts_of(to, at)[k])
				jny_counts_of(to, at)[k] = jny_counts_of(from, i)[k];
		for (int k = 0; !largest && k < to->ncounts; k++)
			if (pg_add_s64_overflow(jny_counts_of(to, at)[k],
									jny_counts_of(from, i)[k],
									&jny_counts_of(to, at)[k]))
				return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, PG_INT64_MAX, NULL);
		for (int k = 0; k < to->nsums; k++)
			jny_sum_merge(&jny_counts_sums(to, at)[k], &jny_counts_sums(from, i)[k]);
	}
	return JNY_OK;
}

/* ---- bytes ---- */

/* Settles the sums, which changes no value. */
size_t
jny_counts_size(const JnyCounts *counts)
{
	size_t		size = COUNTS_HEAD + counts->nparams + counts->used +
		(size_t) counts->n * (2 + 8 * counts->ncounts + 2 * counts->nsums);

	for (size_t i = 0; i < (size_t) counts->n * counts->nsums; i++)
	{
		settle_sum(&counts->sums[i]);
		size += 8 * (size_t) counts->sums[i].n;
	}
	return size;
}

void
jny_counts_write(const JnyCounts *counts, uint8 *to)
{
	uint32	   *order = jny_counts_sorted(counts);

	memset(to, 0, COUNTS_HEAD);
	to[0] = JNY_COUNTS_MAGIC;
	to[1] = COUNTS_VERSION;
	to[2] = counts->kind;
	to[3] = counts->ncounts;
	to[4] = counts->nsums;
	jny_put32(to + 8, counts->nparams);
	jny_put32(to + 12, counts->n);
	to += COUNTS_HEAD;
	memcpy(to, counts->params, counts->nparams);
	to += counts->nparams;
	for (uint32 i = 0; i < counts->n; i++)
	{
		JnyName		key = jny_counts_key(counts, order[i]);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		jny_put16(to, (uint16) key.len);
		if (key.len > 0)
			memcpy(to + 2, key.data, key.len);
		to += 2 + key.len;
		for (int k = 0; k < counts->ncounts; k++, to += 8)
			jny_put64(to, (uint64) jny_counts_of(counts, order[i])[k]);
		for (int k = 0; k < counts->nsums; k++)
		{
			const JnySum *sum = &jny_counts_sums(counts, order[i])[k];

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
read_key(JnyCounts *counts, const uint8 *bytes, size_t len, size_t *at)
{
	const uint8 *p;
	const uint8 *key;
	uint32		before = counts->n;
	uint32		i;
	uint32		key_len;

	if (!take(bytes, len, at, 2, &p))
		return "a key";
	key_len = jny_get16(p);
	if (!take(bytes, len, at, key_len, &key))
		return "the bytes of a key";
	i = jny_counts_put(counts, key, key_len);
	if (i != before)
		return "distinct keys";
	if (i > 0 && jny_name_cmp(jny_counts_key(counts, i - 1), jny_counts_key(counts, i)) > 0)
		return "keys in order";
	for (int k = 0; k < counts->ncounts; k++)
	{
		if (!take(bytes, len, at, 8, &p))
			return "a count";
		jny_counts_of(counts, i)[k] = (int64) jny_get64(p);
		if (jny_counts_of(counts, i)[k] < 0 &&
			!jny_counts_is_largest(jny_counts_key(counts, i)))
			return "a count that is not negative";
	}
	for (int k = 0; k < counts->nsums; k++)
	{
		uint32		parts;

		if (!take(bytes, len, at, 2, &p))
			return "a sum";
		parts = jny_get16(p);
		if (parts > JNY_SUM_PARTS)
			return "a sum of few parts";
		for (; parts > 0; parts--)
		{
			uint64		bits;
			double		part;

			if (!take(bytes, len, at, 8, &p))
				return "a part of a sum";
			bits = jny_get64(p);
			memcpy(&part, &bits, sizeof(part));
			jny_sum_add(&jny_counts_sums(counts, i)[k], part);
		}
	}
	return NULL;
}

JnyCode
jny_counts_read(const uint8 *bytes, size_t len, JnyCounts **out, JnyError *err)
{
	JnyCounts   *counts;
	const char *wrong = NULL;
	size_t		at = COUNTS_HEAD;
	uint32		nparams;
	uint32		n;

	*out = NULL;
	if (len < COUNTS_HEAD || bytes[0] != JNY_COUNTS_MAGIC)
		return jny_fail(err, JNY_E_CORRUPT, 0, 0, 0, "counts");
	if (bytes[1] != COUNTS_VERSION)
		return jny_fail(err, JNY_E_VERSION, 1, 1, 0, "a known version");
	nparams = jny_get32(bytes + 8);
	n = jny_get32(bytes + 12);
	if (bytes[5] || bytes[6] || bytes[7] || nparams > len - COUNTS_HEAD ||
		n > JNY_COUNTS_MAX_KEYS)
		return jny_fail(err, JNY_E_CORRUPT, 5, 0, 0, "a sound head of counts");
	counts = jny_counts_create(bytes[2], bytes[3], bytes[4], bytes + at, nparams);
	at += nparams;
	for (uint32 i = 0; i < n && !wrong; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		wrong = read_key(counts, bytes, len, &at);
	}
	if (!wrong && at != len)
		wrong = "the end of counts";
	if (wrong)
	{
		jny_counts_free(counts);
		return jny_fail(err, JNY_E_CORRUPT, at, 0, 0, wrong);
	}
	*out = counts;
	return JNY_OK;
}

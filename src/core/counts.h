/*
 * counts.h
 *	  Counts and exact sums by key: what is known across customers.
 *
 *	  key (any bytes) --> ncounts integers, nsums sums
 *
 * Counts of parts of the customers add up to the counts of all, bit for bit,
 * whatever the parts and their order: integers are exact and so are the sums,
 * which keep what rounding would lose.  Keys are read in bytewise order.
 */
#ifndef JOURNEY_COUNTS_H
#define JOURNEY_COUNTS_H

#include "core/path.h"
#include "core/sum.h"

/* ---- counts ---- */

#define JNY_COUNTS_MAX_KEY 65535 /* bytes */
#define JNY_COUNTS_MAX_KEYS 50000000

/* The first byte of counts that travel. */
#define JNY_COUNTS_MAGIC 'C'

typedef struct JnyCountsKey
{
	size_t		at;				/* first byte in the arena */
	uint32		len;
	uint32		hash;
} JnyCountsKey;

/*
 *	  params        what all parts must agree on, as the owner encodes it
 *	  slots         hash table of keys: position + 1, 0 free
 *	  counts, sums  of key i from i * ncounts, i * nsums
 */
typedef struct JnyCounts
{
	uint8		kind;			/* whose it is */
	uint8		ncounts;
	uint8		nsums;
	uint8	   *params;
	uint32		nparams;
	uint8	   *arena;
	size_t		used;
	size_t		arena_cap;
	JnyCountsKey *keys;
	uint32		n;
	uint32		cap;
	uint32	   *slots;
	uint32		nslots;			/* a power of two */
	int64	   *counts;
	JnySum	   *sums;
} JnyCounts;

extern JnyCounts *jny_counts_create(uint8 kind, uint8 ncounts, uint8 nsums,
								  const void *params, uint32 nparams);
extern void jny_counts_free(JnyCounts *counts);

/*
 * The position of a key, with zeros if it is new; PG_UINT32_MAX when there are
 * JNY_COUNTS_MAX_KEYS.  Pointers to counts and sums last until the next call.
 */
extern uint32 jny_counts_put(JnyCounts *counts, const void *key, uint32 len);

/* The position of a key, or PG_UINT32_MAX. */
extern uint32 jny_counts_find(const JnyCounts *counts, const void *key, uint32 len);

static inline int64 *
jny_counts_of(const JnyCounts *counts, uint32 i)
{
	return counts->counts + (size_t) i * counts->ncounts;
}

static inline JnySum *
jny_counts_sums(const JnyCounts *counts, uint32 i)
{
	return counts->sums + (size_t) i * counts->nsums;
}

static inline JnyName
jny_counts_key(const JnyCounts *counts, uint32 i)
{
	JnyName		key = {(const char *) counts->arena + counts->keys[i].at,
	counts->keys[i].len};

	return key;
}

/*
 * Under a key that begins with this byte stands the largest of what the parts
 * have, which may be negative, in place of the sum.
 */
#define JNY_COUNTS_LARGEST 0xFF

static inline bool
jny_counts_is_largest(JnyName key)
{
	return key.len > 0 && (uint8) key.data[0] == JNY_COUNTS_LARGEST;
}

/* The positions of all keys in bytewise order of the keys, to be freed. */
extern uint32 *jny_counts_sorted(const JnyCounts *counts);

/* Adds one to another; JNY_E_MAX_EVENTS when a count or the keys run over. */
extern JnyCode jny_counts_merge(JnyCounts *to, const JnyCounts *from,
							   JnyError *err);

/*
 * The bytes that travel: keys in order.  Equal content, equal bytes.  Writing
 * takes as many as jny_counts_size tells, to be called right before.
 */
extern size_t jny_counts_size(const JnyCounts *counts);
extern void jny_counts_write(const JnyCounts *counts, uint8 *to);
extern JnyCode jny_counts_read(const uint8 *bytes, size_t len, JnyCounts **out,
							  JnyError *err);

/* ---- parts of keys that sort as the numbers they are ---- */

static inline void
jny_key_u64(uint8 *to, uint64 v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		to[i] = (uint8) v;
}

static inline uint64
jny_key_get_u64(const void *from)
{
	const uint8 *p = (const uint8 *) from;
	uint64		v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* A signed number; a double that is not NaN. */
static inline void
jny_key_i64(uint8 *to, int64 v)
{
	jny_key_u64(to, (uint64) v ^ (uint64) 1 << 63);
}

static inline int64
jny_key_get_i64(const void *from)
{
	return (int64) (jny_key_get_u64(from) ^ (uint64) 1 << 63);
}

static inline void
jny_key_double(uint8 *to, double v)
{
	uint64		bits;

	memcpy(&bits, &v, sizeof(bits));
	jny_key_u64(to, bits >> 63 ? ~bits : bits | (uint64) 1 << 63);
}

static inline double
jny_key_get_double(const void *from)
{
	uint64		bits = jny_key_get_u64(from);
	double		v;

	bits = bits >> 63 ? bits & ~((uint64) 1 << 63) : ~bits;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

#endif							/* JOURNEY_COUNTS_H */

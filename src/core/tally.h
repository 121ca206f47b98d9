/*
 * tally.h
 *	  Counts and exact sums by key: what is known across customers.
 *
 *	  key (any bytes) --> ncounts integers, nsums sums
 *
 * Tallies of parts of the customers add up to the tally of all, bit for bit,
 * whatever the parts and their order: integers are exact and so are the sums,
 * which keep what rounding would lose.  Keys are read in bytewise order.
 */
#ifndef JOURNEY_TALLY_H
#define JOURNEY_TALLY_H

#include "core/core.h"

/* ---- exact sums ---- */

/*
 * A sum as an expansion: numbers of growing size that do not overlap and whose
 * exact sum is the exact sum of all that was added (Shewchuk 1997).  Start
 * with all zero.
 */
typedef struct JnySum
{
	double	   *part;
	uint16		n;
	uint16		cap;
} JnySum;

extern void jny_sum_add(JnySum *sum, double x);

/* The exact sum, rounded once; infinite or NaN after an overflow. */
extern double jny_sum_value(const JnySum *sum);

/* ---- tallies ---- */

#define JNY_TALLY_MAX_KEY 65535 /* bytes */
#define JNY_TALLY_MAX_KEYS 50000000

typedef struct JnyTallyKey
{
	size_t		at;				/* first byte in the arena */
	uint32		len;
	uint32		hash;
} JnyTallyKey;

/*
 *	  params        what all parts must agree on, as the owner encodes it
 *	  slots         hash table of keys: position + 1, 0 free
 *	  counts, sums  of key i from i * ncounts, i * nsums
 */
typedef struct JnyTally
{
	uint8		kind;			/* whose it is */
	uint8		ncounts;
	uint8		nsums;
	uint8	   *params;
	uint32		nparams;
	uint8	   *arena;
	size_t		used;
	size_t		arena_cap;
	JnyTallyKey *keys;
	uint32		n;
	uint32		cap;
	uint32	   *slots;
	uint32		nslots;			/* a power of two */
	int64	   *counts;
	JnySum	   *sums;
} JnyTally;

extern JnyTally *jny_tally_create(uint8 kind, uint8 ncounts, uint8 nsums,
								  const void *params, uint32 nparams);
extern void jny_tally_free(JnyTally *tally);

/*
 * The position of a key, with zeros if it is new; PG_UINT32_MAX when there are
 * JNY_TALLY_MAX_KEYS.  Pointers to counts and sums last until the next call.
 */
extern uint32 jny_tally_put(JnyTally *tally, const void *key, uint32 len);

/* The position of a key, or PG_UINT32_MAX. */
extern uint32 jny_tally_find(const JnyTally *tally, const void *key, uint32 len);

static inline int64 *
jny_tally_counts(const JnyTally *tally, uint32 i)
{
	return tally->counts + (size_t) i * tally->ncounts;
}

static inline JnySum *
jny_tally_sums(const JnyTally *tally, uint32 i)
{
	return tally->sums + (size_t) i * tally->nsums;
}

static inline JnyName
jny_tally_key(const JnyTally *tally, uint32 i)
{
	JnyName		key = {(const char *) tally->arena + tally->keys[i].at,
	tally->keys[i].len};

	return key;
}

/* The positions of all keys in bytewise order of the keys, to be freed. */
extern uint32 *jny_tally_sorted(const JnyTally *tally);

/* Adds one to another; JNY_E_MAX_EVENTS when a count or the keys run over. */
extern JnyCode jny_tally_merge(JnyTally *to, const JnyTally *from,
							   JnyError *err);

/*
 * The bytes that travel: keys in order.  Equal content, equal bytes.  Writing
 * takes as many as jny_tally_size tells, to be called right before.
 */
extern size_t jny_tally_size(const JnyTally *tally);
extern void jny_tally_write(const JnyTally *tally, uint8 *to);
extern JnyCode jny_tally_read(const uint8 *bytes, size_t len, JnyTally **out,
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

#endif							/* JOURNEY_TALLY_H */

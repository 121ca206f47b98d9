/*
 * tally.h
 *	  Counters over many customers, from which reports are made.
 *
 * Customers are counted under small keys; what was counted on several parts of
 * the data adds up to what all of it gives, whatever the parts and their
 * order.  Counts add up as integers, medians are taken from all times, and
 * sums are exact.  So reports are equal bit for bit however they came about.
 *
 *	  tally --> params: what all parts must agree on, as the owner encodes it
 *			--> dict: names, shared by all keys
 *			--> entry by key (kind, a, b, c) --> customers, times, sum,
 *												 list of times
 */
#ifndef JOURNEY_TALLY_H
#define JOURNEY_TALLY_H

#include "core/path.h"
#include "core/sum.h"

/* What a key counts; the comment tells a, b, c. */
typedef enum JnyTallyKind
{
	JNY_TALLY_STAGE = 1,		/* stage, 0, 0 */
	JNY_TALLY_PAIR,				/* name, name, 0 */
	JNY_TALLY_FLOW,				/* step, name, name or JNY_TALLY_END */
	JNY_TALLY_PATH,				/* name (the whole path), 0, 0 */
	JNY_TALLY_REACHED,			/* name, 0, 0 */
	JNY_TALLY_EXIT,				/* name, 0, 0 */
	JNY_TALLY_VISITOR,			/* name or JNY_TALLY_END (any), 0, 0 */
	JNY_TALLY_SEQUENCE,			/* name, name, name or JNY_TALLY_END each; this */
	JNY_TALLY_SEQUENCE_END = JNY_TALLY_SEQUENCE + 7,	/* and 7 more strata */
	JNY_TALLY_KINDS
} JnyTallyKind;

/* In place of a name: nothing there. */
#define JNY_TALLY_END PG_UINT32_MAX

typedef struct JnyTallyKey
{
	uint32		kind;
	uint32		a;
	uint32		b;
	uint32		c;
} JnyTallyKey;

typedef struct JnyTallyEntry
{
	JnyTallyKey key;
	uint32		status;			/* of the hash table */
	uint32		nlist;
	uint32		list_cap;
	JnySum		sum;
	int64		customers;
	int64		times;
	int64		seen;			/* last customer that was counted here */
	int64	   *list;			/* microseconds, in any order */
} JnyTallyEntry;

/* The first byte of a tally that travels. */
#define JNY_TALLY_MAGIC 'T'

typedef struct JnyTally
{
	uint8		report;			/* which one; the caller's numbers, not 0 */
	uint8	   *params;
	uint32		nparams;
	int64		customers;		/* journeys counted so far */
	int64		last;			/* time of the last event of all, or DT_NOBEGIN */
	JnyDict    *dict;
	struct tallytab_hash *table;
	size_t		list_bytes;		/* of all lists */
	/* what the owner has counted beside the entries, and puts into them */
	void	   *pending;
	void		(*settle) (struct JnyTally *tally);
} JnyTally;

/*
 * A tally allocates in the current memory context, which must be the same one
 * whenever it grows.
 */
extern void jny_tally_init(JnyTally *tally, uint8 report, const void *params,
						   uint32 nparams);

/* The entry of a key, made if it is not there; valid until the next new one. */
extern JnyTallyEntry *jny_tally_get(JnyTally *tally, JnyTallyKind kind,
									uint32 a, uint32 b, uint32 c);

/* The entry of a key, or NULL. */
extern JnyTallyEntry *jny_tally_find(const JnyTally *tally, JnyTallyKind kind,
									 uint32 a, uint32 b, uint32 c);

/* Puts what is pending into the entries, before they are read. */
static inline void
jny_tally_settle(JnyTally *tally)
{
	if (tally->settle)
		tally->settle(tally);
}

/* How many entries there are, of all kinds. */
extern uint32 jny_tally_count(const JnyTally *tally);

/* All entries of a kind, in no order, in a new array. */
extern JnyTallyEntry **jny_tally_entries(const JnyTally *tally,
										 JnyTallyKind kind, uint32 *n);

/* Sorts entries; can be cancelled, which qsort cannot. */
typedef int (*JnyTallyCompare) (JnyTallyEntry *const *x, JnyTallyEntry *const *y,
								void *arg);
extern void jny_tally_sort(JnyTallyEntry **entry, uint32 n,
						   JnyTallyCompare compare, void *arg);

/* Adds a time to the list of an entry; false when lists grow too large. */
extern bool jny_tally_list(JnyTally *tally, JnyTallyEntry *entry, int64 us);

/* Adds other to tally; false when lists grow too large. */
extern bool jny_tally_merge(JnyTally *tally, const JnyTally *other);

/*
 * The bytes in which a tally travels, into "bytes" of jny_tally_size; and
 * back, into a new tally.  What no tally would write is refused
 * (JNY_E_CORRUPT).
 */
extern size_t jny_tally_size(const JnyTally *tally);
extern void jny_tally_write(const JnyTally *tally, uint8 *bytes);
extern JnyCode jny_tally_read(JnyTally *tally, const uint8 *bytes, size_t len,
							  JnyError *err);

/*
 * The value at a fraction (0..1) of a sorted list, in seconds, between two as
 * percentile_cont has it.  n > 0.
 */
extern double jny_percentile_seconds(const int64 *sorted, uint32 n,
									 double fraction);
extern void jny_sort_times(int64 *list, uint32 n);

#endif							/* JOURNEY_TALLY_H */

/*
 * cluster_sample.h
 *	  A sample of customers that does not depend on the order of rows, nor on
 *	  who gathered which: the customers whose keys have the smallest hashes.
 *
 * Taken in the order of these hashes, the sample is the longest run of
 * customers that keeps both limits, JNY_CLUSTER_SAMPLE customers and a cost of
 * JNY_SAMPLE_COST.  Customers of one hash go
 * together.  A run of a union is a run of the runs of its parts, so samples
 * can be merged.
 */
#ifndef JOURNEY_CLUSTER_SAMPLE_H
#define JOURNEY_CLUSTER_SAMPLE_H

#include "core/cluster.h"

/*
 * What customers cost in memory, about: 1 an event, and for each of their names
 * what a name costs that nobody else has, a quarter of its bytes.  It must be
 * told by the customer alone.  Who costs more than the second limit loses the
 * end of the path.
 */
#define JNY_SAMPLE_COST 8000000
#define JNY_SAMPLE_CUSTOMER_COST 32768

static inline uint32
jny_name_cost(JnyName name)
{
	return 16 + name.len / 4;
}

typedef struct JnySampled
{
	uint64		hash;
	uint32		path;			/* in the corpus */
	uint32		cost;
} JnySampled;

/*
 *	  entries   heap, the greatest hash on top
 *	  corpus    their paths, and some of those who had to leave
 */
typedef struct JnySample
{
	JnyDict    *dict;
	JnyCorpus  *corpus;
	JnySampled *entries;		/* JNY_CLUSTER_SAMPLE + 1 at most */
	uint32		n;
	uint32		cap;
	int64		cost;			/* of all entries */
	int64		stale;			/* cost of paths in the corpus that left */
	uint64		limit;			/* hashes from here on have left */
	int64		customers;		/* that had a path, in the sample or not */
	int64		skipped;		/* rows without key or events */
	uint32	   *codes;			/* scratch for one path */
} JnySample;

extern JnySample *jny_sample_create(void);
extern void jny_sample_free(JnySample *sample);

/* Whether a customer of this hash would be taken now. */
static inline bool
jny_sample_wants(const JnySample *sample, uint64 hash)
{
	return hash < sample->limit &&
		(sample->n < JNY_CLUSTER_SAMPLE || hash <= sample->entries[0].hash);
}

/* A path being taken in: begin, its events in order, end. */
extern void jny_sample_begin(JnySample *sample);
extern void jny_sample_end(JnySample *sample, uint64 hash, uint32 n,
						   uint32 cost);

extern void jny_sample_merge(JnySample *sample, const JnySample *other);

/* The corpus of exactly the sample; names are in the sample's dictionary. */
extern JnyCorpus *jny_sample_corpus(const JnySample *sample);

/* Bytes that travel. */
extern uint8 *jny_sample_write(const JnySample *sample, size_t reserve,
							   size_t *len);
extern JnyCode jny_sample_read(const uint8 *bytes, size_t len,
							   JnySample *sample, JnyError *err);

/* Hashes of a customer's key. */
static inline uint64
jny_key_hash_int(int64 key)
{
	return jny_mix64((uint64) key * UINT64CONST(0x9E3779B97F4A7C15) +
					 UINT64CONST(0x632BE59BD9B4E019));
}

static inline uint64
jny_key_hash_bytes(const char *data, size_t len)
{
	uint64		h = UINT64CONST(0xcbf29ce484222325) + len;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8) data[i]) * UINT64CONST(0x100000001b3);
	return jny_mix64(h);
}

#endif							/* JOURNEY_CLUSTER_SAMPLE_H */

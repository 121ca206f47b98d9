/*
 * cluster_sample.c
 *	  A sample of customers by the hash of their keys: bottom-m, mergeable.
 *
 * Entries are a heap with the greatest hash on top.  When a limit is passed
 * all entries of the greatest hash leave, and that hash becomes the limit for
 * good: whoever comes later from there on would not have been in the run.
 */
#include "core/cluster_sample.h"

#define SAMPLE_MAGIC	'S'
#define SAMPLE_VERSION	1
#define SAMPLE_HEAD_SIZE 40

JnySample *
jny_sample_create(void)
{
	JnySample  *sample = jny_alloc0(sizeof(JnySample));

	sample->dict = jny_dict_create();
	sample->corpus = jny_corpus_create();
	sample->cap = 64;
	sample->entries = jny_alloc(sample->cap * sizeof(JnySampled));
	sample->codes = jny_alloc(JNY_CLUSTER_MAX_PATH * sizeof(uint32));
	sample->limit = PG_UINT64_MAX;
	return sample;
}

void
jny_sample_free(JnySample *sample)
{
	jny_corpus_free(sample->corpus);
	jny_dict_free(sample->dict);
	jny_free(sample->entries);
	jny_free(sample->codes);
	jny_free(sample);
}

/* ---- heap ---- */

static void
sift_up(JnySampled *heap, uint32 i)
{
	JnySampled	moving = heap[i];

	while (i > 0 && heap[(i - 1) / 2].hash < moving.hash)
	{
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = moving;
}

static void
sift_down(JnySampled *heap, uint32 n)
{
	JnySampled	moving = heap[0];
	uint32		i = 0;

	for (;;)
	{
		uint32		child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && heap[child + 1].hash > heap[child].hash)
			child++;
		if (heap[child].hash <= moving.hash)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moving;
}

/* Takes out everybody of the greatest hash, which becomes the limit. */
static void
drop_top(JnySample *sample)
{
	sample->limit = sample->entries[0].hash;
	while (sample->n > 0 && sample->entries[0].hash == sample->limit)
	{
		sample->cost -= sample->entries[0].cost;
		sample->stale += sample->entries[0].cost;
		sample->entries[0] = sample->entries[--sample->n];
		if (sample->n > 0)
			sift_down(sample->entries, sample->n);
	}
}

/* Keeps the limits. */
static void
shrink(JnySample *sample, uint64 limit)
{
	while (sample->n > JNY_CLUSTER_SAMPLE || sample->cost > JNY_SAMPLE_COST ||
		   (sample->n > 0 && sample->entries[0].hash >= limit))
		drop_top(sample);
	sample->limit = Min(sample->limit, limit);
}

/* ---- paths ---- */

/*
 * Copies the paths of the entries into a new corpus on another dictionary;
 * entry i has path number path[i] there.
 */
static JnyCorpus *
copy_paths(const JnySample *sample, JnyDict *dict, uint32 *path)
{
	JnyCorpus  *corpus = jny_corpus_create();
	uint32		nnames = jny_dict_count(sample->dict);
	uint32	   *map = jny_alloc(((size_t) nnames + 1) * sizeof(uint32));
	uint32	   *codes = jny_alloc(JNY_CLUSTER_MAX_PATH * sizeof(uint32));

	memset(map, 0xFF, nnames * sizeof(uint32));
	for (uint32 i = 0; i < sample->n; i++)
	{
		uint32		n = jny_corpus_path(sample->corpus, sample->entries[i].path, codes);

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		for (uint32 j = 0; j < n; j++)
		{
			if (map[codes[j]] == PG_UINT32_MAX)
				map[codes[j]] = jny_dict_put(dict, jny_dict_name(sample->dict, codes[j]));
			codes[j] = map[codes[j]];
		}
		path[i] = jny_corpus_add(corpus, codes, n);
	}
	jny_free(codes);
	jny_free(map);
	return corpus;
}

/* Forgets the paths and names of those who left. */
static void
compact(JnySample *sample)
{
	JnyDict    *dict = jny_dict_create();
	uint32	   *path = jny_alloc(((size_t) sample->n + 1) * sizeof(uint32));
	JnyCorpus  *corpus = copy_paths(sample, dict, path);

	for (uint32 i = 0; i < sample->n; i++)
		sample->entries[i].path = path[i];
	jny_free(path);
	jny_corpus_free(sample->corpus);
	jny_dict_free(sample->dict);
	sample->corpus = corpus;
	sample->dict = dict;
	sample->stale = 0;
}

/* Makes room, so that sample->codes and the dictionary may be filled. */
void
jny_sample_begin(JnySample *sample)
{
	if (sample->stale > JNY_SAMPLE_COST / 2 + sample->cost)
		compact(sample);
	if (sample->n == sample->cap)
	{
		sample->cap *= 2;
		sample->entries = jny_realloc(sample->entries,
									  sample->cap * sizeof(JnySampled));
	}
}

/*
 * Takes in one customer, whose path is the first n codes of sample->codes,
 * 1 <= n <= JNY_CLUSTER_MAX_PATH.  The caller has asked jny_sample_wants.
 */
void
jny_sample_end(JnySample *sample, uint64 hash, uint32 n, uint32 cost)
{
	JnySampled *entry = &sample->entries[sample->n];

	entry->hash = hash;
	entry->path = jny_corpus_add(sample->corpus, sample->codes, n);
	entry->cost = cost;
	sift_up(sample->entries, sample->n++);
	sample->cost += cost;
	shrink(sample, sample->limit);
}

/* Adds another sample, which stays as it is. */
void
jny_sample_merge(JnySample *sample, const JnySample *other)
{
	uint32		nnames = jny_dict_count(other->dict);
	uint32	   *map = jny_alloc(((size_t) nnames + 1) * sizeof(uint32));

	sample->customers += other->customers;
	sample->skipped += other->skipped;
	shrink(sample, other->limit);
	memset(map, 0xFF, nnames * sizeof(uint32));
	for (uint32 i = 0; i < other->n; i++)
	{
		const JnySampled *entry = &other->entries[i];
		JnyDict    *dict = sample->dict;
		uint32		n;

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		if (!jny_sample_wants(sample, entry->hash))
			continue;
		jny_sample_begin(sample);
		if (sample->dict != dict)
			memset(map, 0xFF, nnames * sizeof(uint32));
		n = jny_corpus_path(other->corpus, entry->path, sample->codes);
		for (uint32 j = 0; j < n; j++)
		{
			uint32	   *code = &map[sample->codes[j]];

			if (*code == PG_UINT32_MAX)
				*code = jny_dict_put(sample->dict,
									 jny_dict_name(other->dict, sample->codes[j]));
			sample->codes[j] = *code;
		}
		jny_sample_end(sample, entry->hash, n, entry->cost);
	}
	jny_free(map);
}

JnyCorpus *
jny_sample_corpus(const JnySample *sample)
{
	uint32	   *path = jny_alloc(((size_t) sample->n + 1) * sizeof(uint32));
	JnyCorpus  *corpus = copy_paths(sample, sample->dict, path);

	jny_free(path);
	return corpus;
}

/* ---- bytes ---- */

/*
 *	  u8 magic, u8 version, u16 0, u32 entries, i64 customers, i64 skipped,
 *	  u64 limit, u32 names, u32 0; the names as u16 length and bytes; the
 *	  entries as u64 hash, u32 cost, u32 n and n codes of u32
 */
uint8 *
jny_sample_write(const JnySample *sample, size_t reserve, size_t *len)
{
	uint32		ndict = jny_dict_count(sample->dict);
	uint32	   *map = jny_alloc(((size_t) ndict + 1) * sizeof(uint32));
	uint32	   *name = jny_alloc(((size_t) ndict + 1) * sizeof(uint32));
	uint32	   *codes = jny_alloc(JNY_CLUSTER_MAX_PATH * sizeof(uint32));
	size_t		size = SAMPLE_HEAD_SIZE;
	uint32		nnames = 0;
	uint8	   *bytes;
	uint8	   *p;

	memset(map, 0xFF, ndict * sizeof(uint32));
	for (uint32 i = 0; i < sample->n; i++)
	{
		uint32		n = jny_corpus_path(sample->corpus, sample->entries[i].path, codes);

		size += 16 + 4 * (size_t) n;
		for (uint32 j = 0; j < n; j++)
			if (map[codes[j]] == PG_UINT32_MAX)
			{
				map[codes[j]] = nnames;
				name[nnames++] = codes[j];
				size += 2 + jny_dict_name(sample->dict, codes[j]).len;
			}
	}
	bytes = jny_alloc(reserve + size);
	p = bytes + reserve;
	p[0] = SAMPLE_MAGIC;
	p[1] = SAMPLE_VERSION;
	jny_put16(p + 2, 0);
	jny_put32(p + 4, sample->n);
	jny_put64(p + 8, (uint64) sample->customers);
	jny_put64(p + 16, (uint64) sample->skipped);
	jny_put64(p + 24, sample->limit);
	jny_put32(p + 32, nnames);
	jny_put32(p + 36, 0);
	p += SAMPLE_HEAD_SIZE;
	for (uint32 i = 0; i < nnames; i++)
	{
		JnyName		slice = jny_dict_name(sample->dict, name[i]);

		jny_put16(p, (uint16) slice.len);
		memcpy(p + 2, slice.data, slice.len);
		p += 2 + slice.len;
	}
	for (uint32 i = 0; i < sample->n; i++)
	{
		uint32		n = jny_corpus_path(sample->corpus, sample->entries[i].path, codes);

		jny_put64(p, sample->entries[i].hash);
		jny_put32(p + 8, sample->entries[i].cost);
		jny_put32(p + 12, n);
		p += 16;
		for (uint32 j = 0; j < n; j++, p += 4)
			jny_put32(p, map[codes[j]]);
	}
	*len = size;
	jny_free(codes);
	jny_free(name);
	jny_free(map);
	return bytes;
}

/* The entries behind the names; false if they are not as written. */
static bool
read_entries(const uint8 *p, const uint8 *end, uint32 entries,
			 const uint32 *name, uint32 nnames, JnySample *sample)
{
	JnyDict    *dict = sample->dict;

	for (; entries > 0; entries--)
	{
		uint64		hash;
		uint32		cost;
		uint32		n;

		if (end - p < 16)
			return false;
		hash = jny_get64(p);
		cost = jny_get32(p + 8);
		n = jny_get32(p + 12);
		p += 16;
		if (n < 1 || n > JNY_CLUSTER_MAX_PATH || (end - p) / 4 < n ||
			cost < n || cost > JNY_SAMPLE_CUSTOMER_COST + JNY_MAX_NAME_BYTES)
			return false;
		jny_sample_begin(sample);

		/* what we wrote keeps the limits, so nobody leaves and no name does */
		if (sample->dict != dict)
			return false;
		for (uint32 j = 0; j < n; j++, p += 4)
		{
			if (jny_get32(p) >= nnames)
				return false;
			sample->codes[j] = name[jny_get32(p)];
		}
		if (!jny_sample_wants(sample, hash))
			return false;
		jny_sample_end(sample, hash, n, cost);
	}
	return p == end;
}

/*
 * Reads what jny_sample_write wrote into an empty sample.  Bytes from
 * elsewhere are refused or give some sample, but touch nothing they should
 * not.
 */
JnyCode
jny_sample_read(const uint8 *bytes, size_t len, JnySample *sample,
				JnyError *err)
{
	const uint8 *p = bytes + SAMPLE_HEAD_SIZE;
	const uint8 *end = bytes + len;
	uint32		nnames;
	uint32	   *name;
	bool		good = true;

	if (len < SAMPLE_HEAD_SIZE || bytes[0] != SAMPLE_MAGIC ||
		jny_get16(bytes + 2) != 0 || jny_get32(bytes + 36) != 0)
		return jny_fail(err, JNY_E_CORRUPT, 0, 0, 0, "the head of a sample");
	if (bytes[1] != SAMPLE_VERSION)
		return jny_fail(err, JNY_E_VERSION, 1, 0, 0, "format version 1");
	sample->customers = (int64) jny_get64(bytes + 8);
	sample->skipped = (int64) jny_get64(bytes + 16);
	sample->limit = jny_get64(bytes + 24);
	nnames = jny_get32(bytes + 32);
	if (sample->customers < jny_get32(bytes + 4) || sample->skipped < 0 ||
		nnames > len / 3 || jny_get32(bytes + 4) > JNY_CLUSTER_SAMPLE)
		return jny_fail(err, JNY_E_CORRUPT, 4, 0, 0, "counts of a sample");
	name = jny_alloc(((size_t) nnames + 1) * sizeof(uint32));
	for (uint32 i = 0; good && i < nnames; i++)
	{
		JnyName		slice;

		slice.len = end - p < 2 ? 0 : jny_get16(p);
		slice.data = (const char *) p + 2;
		good = slice.len > 0 && slice.len <= JNY_MAX_NAME_BYTES &&
			end - p - 2 >= slice.len;
		if (good)
		{
			name[i] = jny_dict_put(sample->dict, slice);
			p += 2 + slice.len;
		}
	}
	good = good && read_entries(p, end, jny_get32(bytes + 4), name, nnames, sample);
	jny_free(name);
	if (!good)
		return jny_fail(err, JNY_E_CORRUPT, p - bytes, 0, 0, "names and customers of a sample");
	return JNY_OK;
}

/*
 * dict.c
 *	  Interned names: equal bytes, equal code.
 *
 * Names are copied into chunks that never move, so slices stay valid as long
 * as the dictionary.  In the server all memory stays in the context that was
 * current when the dictionary was created, whoever puts names later.
 */
#include "core/dict.h"

#include "common/hashfn.h"
#include "port/pg_bitutils.h"
#ifdef FRONTEND
#include "common/logging.h"
#else
#include "utils/memutils.h"
#endif

/* Bytes of the first chunk and of the largest that names are gathered in. */
#define FIRST_CHUNK 256
#define LARGEST_CHUNK (64 * 1024)

/*
 * A table in front is made once a dictionary has been asked so often that it
 * cannot be one of thousands.
 */
#define FRONT_AFTER 1024

/* The key that stands for the name being looked up. */
#define PROBE_CODE PG_UINT32_MAX

typedef struct DictEntry
{
	uint32		code;
	uint32		hash;
	char		status;
} DictEntry;

typedef struct JnyDictChunk
{
	struct JnyDictChunk *next;
} DictChunk;

/*
 * What allocates for the dictionary does so between these two: in its own
 * context.
 */
static inline void *
enter_context(const JnyDict *dict)
{
#ifndef FRONTEND
	return MemoryContextSwitchTo(dict->context);
#else
	return NULL;
#endif
}

static inline void
leave_context(void *previous)
{
#ifndef FRONTEND
	MemoryContextSwitchTo((MemoryContext) previous);
#endif
}

/* The name behind a key of the table. */
static inline JnyName
key_name(const JnyDict *dict, uint32 code)
{
	return code == PROBE_CODE ? dict->probe : dict->names[code];
}

static inline bool
key_equal(const JnyDict *dict, uint32 a, uint32 b)
{
	JnyName		x = key_name(dict, a);
	JnyName		y = key_name(dict, b);

	return x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
}

static inline uint32
name_hash(JnyName name)
{
	return hash_bytes((const unsigned char *) name.data, (int) name.len);
}

#define SH_PREFIX dicttab
#define SH_ELEMENT_TYPE DictEntry
#define SH_KEY_TYPE uint32
#define SH_KEY code
#define SH_EQUAL(tb, a, b) key_equal((const JnyDict *) (tb)->private_data, a, b)
#define SH_HASH_KEY(tb, key) \
	name_hash(key_name((const JnyDict *) (tb)->private_data, key))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_RAW_ALLOCATOR jny_alloc0
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Sorting codes by name, and by the ranks of the names. */
#define ST_SORT sort_by_name
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE_ARG_TYPE const JnyDict
#define ST_COMPARE(a, b, dict) \
	jny_name_cmp((dict)->names[*(a)], (dict)->names[*(b)])
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_by_rank
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE_ARG_TYPE const uint32
#define ST_COMPARE(a, b, ranks) \
	(((ranks)[*(a)] > (ranks)[*(b)]) - ((ranks)[*(a)] < (ranks)[*(b)]))
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

/* An empty dictionary in the current memory context. */
JnyDict *
jny_dict_create(void)
{
	JnyDict    *dict = (JnyDict *) jny_alloc0(sizeof(JnyDict));

#ifndef FRONTEND
	dict->context = CurrentMemoryContext;
#endif
	dict->cap = 8;
	dict->names = (JnyName *) jny_alloc(dict->cap * sizeof(JnyName));
	dict->table = dicttab_create(8, dict);
	dict->next_chunk = FIRST_CHUNK;
	dict->bytes = sizeof(JnyDict) + dict->cap * sizeof(JnyName);
	return dict;
}

/* Copies the bytes of a name into a chunk. */
static const char *
store_bytes(JnyDict *dict, JnyName name)
{
	char	   *copy;

	if (dict->room == NULL || name.len > dict->room_left)
	{
		size_t		size = Max(dict->next_chunk, (size_t) name.len);
		DictChunk  *chunk = (DictChunk *) jny_alloc(sizeof(DictChunk) + size);

		chunk->next = dict->chunks;
		dict->chunks = chunk;
		dict->room = (char *) (chunk + 1);
		dict->room_left = size;
		dict->bytes += sizeof(DictChunk) + size;
		dict->next_chunk = Min(2 * dict->next_chunk, (size_t) LARGEST_CHUNK);
	}
	copy = dict->room;
	memcpy(copy, name.data, name.len);
	dict->room += name.len;
	dict->room_left -= name.len;
	return copy;
}

/* Gives a name that is not there yet the next code, and the entry with it. */
static uint32
put_new(JnyDict *dict, JnyName name, DictEntry *entry)
{
	uint32		code = dict->count;

	if (code == dict->cap)
	{
		dict->bytes += dict->cap * sizeof(JnyName);
		dict->cap *= 2;
		dict->names = (JnyName *) jny_realloc(dict->names,
											  dict->cap * sizeof(JnyName));
	}
	dict->names[code].data = store_bytes(dict, name);
	dict->names[code].len = name.len;
	dict->count++;
	entry->code = code;
	return code;
}

/* The code of a name, by the table of all names. */
static uint32
put_by_table(JnyDict *dict, JnyName name)
{
	uint32		hash = name_hash(name);
	DictEntry  *entry;
	bool		found;
	uint32		code;
	void	   *previous;

	dict->probe = name;
	entry = dicttab_lookup_hash(dict->table, PROBE_CODE, hash);
	if (entry)
		return entry->code;

	previous = enter_context(dict);
	entry = dicttab_insert_hash(dict->table, PROBE_CODE, hash, &found);
	code = put_new(dict, name, entry);
	leave_context(previous);
	return code;
}

/* Begins the table in front once it is worth its memory. */
static pg_noinline uint32
put_while_young(JnyDict *dict, JnyName name)
{
	if (++dict->asked == FRONT_AFTER)
	{
		void	   *previous = enter_context(dict);

		dict->front = (JnyDictFront *)
			jny_alloc0(sizeof(JnyDictFront) << JNY_FRONT_BITS);
		dict->bytes += sizeof(JnyDictFront) << JNY_FRONT_BITS;
		leave_context(previous);
	}
	return put_by_table(dict, name);
}

/* Looks a name up that the table in front does not have, and puts it there. */
uint32
jny_dict_put_slow(JnyDict *dict, JnyName name, uint64 head, uint64 tail)
{
	JnyDictFront *entry;
	uint32		code;

	if (dict->front == NULL)
		return put_while_young(dict, name);
	code = put_by_table(dict, name);
	entry = jny_dict_front(dict, name, head, tail);
	entry->code = code;
	entry->head = head;
	entry->tail = tail;
	entry->len1 = name.len + 1;
	return code;
}

/* See jny_dict_find; any length, also 0, is fine. */
uint32
jny_dict_put(JnyDict *dict, JnyName name)
{
	uint64		head;
	uint64		tail;

	jny_name_ends(name, &head, &tail);
	return jny_dict_find(dict, name, head, tail);
}

/* The name of a code; valid as long as the dictionary. */
JnyName
jny_dict_name(const JnyDict *dict, uint32 code)
{
	Assert(code < dict->count);
	return dict->names[code];
}

/* How many names there are: codes are 0 .. count - 1. */
uint32
jny_dict_count(const JnyDict *dict)
{
	return dict->count;
}

/* Memory the dictionary takes, in bytes. */
size_t
jny_dict_bytes(const JnyDict *dict)
{
	return dict->bytes + dict->table->size * sizeof(DictEntry) +
		dict->slots_cap * sizeof(JnySlot) +
		2 * (size_t) dict->ranks_cap * sizeof(uint32);
}

/* Releases the dictionary; slices and codes are invalid afterwards. */
void
jny_dict_free(JnyDict *dict)
{
	DictChunk  *chunk = dict->chunks;

	while (chunk)
	{
		DictChunk  *next = chunk->next;

		jny_free(chunk);
		chunk = next;
	}
	dicttab_destroy(dict->table);
	if (dict->front)
		jny_free(dict->front);
	jny_free(dict->names);
	if (dict->slots)
		jny_free(dict->slots);
	if (dict->ranks)
		jny_free(dict->ranks);
	jny_free(dict);
}

/*
 * A new round: scratch slots for all names, all empty.  Amortised O(1), the
 * array grows with the dictionary.  A slot holds something only while its
 * round equals *round.
 */
JnySlot *
jny_dict_slots(JnyDict *dict, uint32 *round)
{
	if (dict->slots_cap < dict->count || dict->slots == NULL ||
		dict->round == PG_UINT32_MAX)
	{
		void	   *previous = enter_context(dict);

		if (dict->slots)
			jny_free(dict->slots);
		dict->slots = NULL;
		dict->slots = (JnySlot *) jny_alloc0(dict->cap * sizeof(JnySlot));
		dict->slots_cap = dict->cap;
		dict->round = 0;
		leave_context(previous);
	}
	*round = ++dict->round;
	return dict->slots;
}

/* Ranks all names.  O(names * log(names)) comparisons. */
static void
make_ranks(JnyDict *dict)
{
	void	   *previous = enter_context(dict);
	uint32	   *sorted;

	if (dict->ranks_cap < dict->count)
	{
		if (dict->ranks)
			jny_free(dict->ranks);
		dict->ranks_cap = 0;
		dict->ranks = (uint32 *) jny_alloc(2 * (size_t) dict->cap * sizeof(uint32));
		dict->ranks_cap = dict->cap;
	}
	sorted = dict->ranks + dict->ranks_cap;
	for (uint32 i = 0; i < dict->count; i++)
		sorted[i] = i;
	sort_by_name(sorted, dict->count, dict);
	for (uint32 i = 0; i < dict->count; i++)
		dict->ranks[sorted[i]] = i;
	dict->ranked = dict->count;
	leave_context(previous);
}

/* Names among which distinct codes are sorted by a set of bits, at most. */
#define BIT_NAMES 4096

/*
 * Sorts distinct codes by putting their ranks into a set and taking them out in
 * order: a few instructions each and no branch that cannot be foreseen.
 */
static void
sort_by_bits(const JnyDict *dict, uint32 *codes, uint32 n)
{
	uint64		bits[BIT_NAMES / 64];
	uint32		nwords = (dict->count + 63) / 64;
	const uint32 *by_rank = dict->ranks + dict->ranks_cap;

	memset(bits, 0, nwords * sizeof(uint64));
	for (uint32 i = 0; i < n; i++)
	{
		uint32		rank = dict->ranks[codes[i]];

		bits[rank / 64] |= UINT64CONST(1) << rank % 64;
	}
	for (uint32 k = 0; k < nwords; k++)
		for (uint64 left = bits[k]; left != 0; left &= left - 1)
			*codes++ = by_rank[64 * k + pg_rightmost_one_pos64(left)];
}

/*
 * Sorts n distinct codes by name, bytewise.  O(n log n) comparisons, of names
 * while there are new ones and of numbers afterwards: once as many codes have
 * been sorted as there are names, ranking them all costs no more than that did.
 */
void
jny_dict_sort_codes(JnyDict *dict, uint32 *codes, uint32 n)
{
	if (n < 2)
		return;
	if (dict->ranked != dict->count)
	{
		dict->unranked += Min(n, PG_UINT32_MAX - dict->unranked);
		if (dict->unranked > dict->count)
		{
			dict->unranked = 0;
			make_ranks(dict);
		}
	}
	if (dict->ranked == dict->count && dict->count <= BIT_NAMES &&
		dict->count / 64 < n)
		sort_by_bits(dict, codes, n);
	else if (dict->ranked == dict->count)
		sort_by_rank(codes, n, dict->ranks);
	else
		sort_by_name(codes, n, dict);
}

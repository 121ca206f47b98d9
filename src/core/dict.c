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
 * Names seen again and again are found by their ends in a table in front.  It
 * is made once a dictionary has been asked so often that it cannot be one of
 * thousands.
 */
#define FRONT_BITS 10
#define FRONT_AFTER 1024

/* The key that stands for the name being looked up. */
#define PROBE_CODE PG_UINT32_MAX

typedef struct DictEntry
{
	uint32		code;
	uint32		hash;
	char		status;
} DictEntry;

/* A name by its ends, which up to 16 bytes are all of it. */
typedef struct FrontEntry
{
	uint64		head;
	uint64		tail;
	uint32		len1;			/* length + 1; 0: unused */
	uint32		code;
} FrontEntry;

typedef struct DictChunk
{
	struct DictChunk *next;
} DictChunk;

/*
 *	  front --> names looked up lately, by their ends; NULL while it is young
 *	  table --> (code, hash) by hash of the name
 *	  names --> slice of each code --> into a chunk
 *	  slots --> scratch of each code, see dict.h
 *	  ranks --> place of each code among all names, sorted, and from ranks_cap
 *				on the code of each place; see sort_codes
 *	  chunks -> newest chunk -> older ones
 */
struct JnyDict
{
	FrontEntry *front;
	struct dicttab_hash *table;
	JnyName    *names;
	JnySlot    *slots;
	uint32	   *ranks;
	DictChunk  *chunks;
	char	   *room;			/* free bytes of the newest chunk */
	size_t		room_left;
	size_t		next_chunk;
	size_t		bytes;			/* allocated in all */
	uint32		count;
	uint32		cap;			/* of names */
	uint32		slots_cap;
	uint32		ranks_cap;
	uint32		ranked;			/* the ranks are right while this is the count */
	uint32		unranked;		/* codes sorted since the count is another */
	uint32		round;
	uint32		asked;			/* look-ups so far, while there is no front */
	JnyName		probe;
#ifndef FRONTEND
	MemoryContext context;
#endif
};

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

/* Two, four or eight bytes at p, in the order of this machine. */
static inline uint64
load2(const char *p)
{
	uint16		v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64
load4(const char *p)
{
	uint32		v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64
load8(const char *p)
{
	uint64		v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/*
 * The first and last eight bytes of a name; where it is shorter, the two
 * together still tell all its bytes.  Reads nothing outside of the name.
 */
static inline void
name_ends(JnyName name, uint64 *head, uint64 *tail)
{
	const char *end = name.data + name.len;

	if (name.len >= 8)
	{
		*head = load8(name.data);
		*tail = load8(end - 8);
	}
	else if (name.len >= 4)
	{
		*head = load4(name.data);
		*tail = load4(end - 4);
	}
	else if (name.len >= 2)
	{
		*head = load2(name.data);
		*tail = load2(end - 2);
	}
	else
	{
		*head = name.len == 1 ? (uint8) *name.data : 0;
		*tail = 0;
	}
}

/* Begins the table in front once it is worth its memory. */
static pg_noinline uint32
put_while_young(JnyDict *dict, JnyName name)
{
	if (++dict->asked == FRONT_AFTER)
	{
		void	   *previous = enter_context(dict);

		dict->front = (FrontEntry *)
			jny_alloc0(sizeof(FrontEntry) << FRONT_BITS);
		dict->bytes += sizeof(FrontEntry) << FRONT_BITS;
		leave_context(previous);
	}
	return put_by_table(dict, name);
}

/*
 * The code of a name, a new one (the count so far) if it is not there yet.
 * The bytes are copied.  Any length, also 0, is fine.  O(length); a few
 * instructions for a name of at most 16 bytes that was looked up lately.
 */
uint32
jny_dict_put(JnyDict *dict, JnyName name)
{
	FrontEntry *entry;
	uint64		head;
	uint64		tail;
	uint64		mixed;

	if (dict->front == NULL)
		return put_while_young(dict, name);

	name_ends(name, &head, &tail);
	mixed = (head ^ (tail << 1 | tail >> 63) ^ name.len) *
		UINT64CONST(0x9E3779B97F4A7C15);
	entry = dict->front + (mixed >> (64 - FRONT_BITS));
	if (entry->head == head && entry->tail == tail &&
		entry->len1 == name.len + 1 &&
		(name.len <= 16 ||
		 memcmp(name.data + 8, dict->names[entry->code].data + 8,
				name.len - 16) == 0))
		return entry->code;

	entry->code = put_by_table(dict, name);
	entry->head = head;
	entry->tail = tail;
	entry->len1 = name.len + 1;
	return entry->code;
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

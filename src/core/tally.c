/*
 * tally.c
 *	  Counters over many customers, from which reports are made.
 */
#include "core/tally.h"

#include "common/hashfn.h"
#ifdef FRONTEND
#include "common/logging.h"
#endif

static inline uint32
key_hash(JnyTallyKey key)
{
	uint64		h = ((uint64) key.a << 32 | key.b) * UINT64CONST(0x9E3779B97F4A7C15);

	h ^= ((uint64) key.c << 32 | key.kind) * UINT64CONST(0xC2B2AE3D27D4EB4F);
	return murmurhash32((uint32) (h ^ h >> 32));
}

static inline bool
key_equal(JnyTallyKey x, JnyTallyKey y)
{
	return x.kind == y.kind && x.a == y.a && x.b == y.b && x.c == y.c;
}

#define SH_PREFIX tallytab
#define SH_ELEMENT_TYPE JnyTallyEntry
#define SH_KEY_TYPE JnyTallyKey
#define SH_KEY key
#define SH_EQUAL(tb, x, y) key_equal(x, y)
#define SH_HASH_KEY(tb, key) key_hash(key)
#define SH_SCOPE static inline
#define SH_RAW_ALLOCATOR jny_alloc0
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define ST_SORT sort_times
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(x, y) ((*(x) > *(y)) - (*(x) < *(y)))
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

typedef JnyTallyEntry *EntryPointer;

typedef struct EntryOrder
{
	JnyTallyCompare compare;
	void	   *arg;
} EntryOrder;

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE EntryPointer
#define ST_COMPARE_ARG_TYPE const EntryOrder
#define ST_COMPARE(x, y, order) (order)->compare(x, y, (order)->arg)
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * A tally's bytes:
 *	   0  u8   magic 'T'
 *	   1  u8   version
 *	   2  u8   report
 *	   3  u8   0
 *	   4  i64  customers
 *	  12  i64  time of the last event
 *	  20  u32  names
 *	  24  u32  entries
 *	  28  u64  bytes of all lists
 *	  36  u32  bytes of the parameters, which follow
 *		  for each name     u32 length; the bytes
 *		  for each entry    u32 kind, a, b, c; i64 customers, times;
 *							u32 list, u32 parts; i64 each; f64 each
 */
#define TALLY_VERSION 1
#define TALLY_HEAD 36
#define ENTRY_HEAD 40

/* Lists beyond this could not travel in one value. */
#define MAX_LIST_BYTES (JNY_MAX_BYTES / 2)

/* No count of events or customers comes near this. */
#define MAX_COUNT (UINT64CONST(1) << 48)

/* ---- the tally ---- */

void
jny_tally_init(JnyTally *tally, uint8 report, const void *params, uint32 nparams)
{
	memset(tally, 0, sizeof(JnyTally));
	tally->report = report;
	tally->nparams = nparams;
	tally->params = (uint8 *) jny_alloc((size_t) nparams + 1);
	if (nparams > 0)
		memcpy(tally->params, params, nparams);
	tally->last = DT_NOBEGIN;
	tally->dict = jny_dict_create();
	tally->table = tallytab_create(4, NULL);
}

JnyTallyEntry *
jny_tally_get(JnyTally *tally, JnyTallyKind kind, uint32 a, uint32 b, uint32 c)
{
	JnyTallyKey key = {kind, a, b, c};
	bool		found;
	JnyTallyEntry *entry = tallytab_insert(tally->table, key, &found);

	if (!found)
	{
		uint32		status = entry->status;

		memset(entry, 0, sizeof(JnyTallyEntry));
		entry->status = status;
		entry->key = key;
	}
	return entry;
}

JnyTallyEntry *
jny_tally_find(const JnyTally *tally, JnyTallyKind kind, uint32 a, uint32 b,
			   uint32 c)
{
	JnyTallyKey key = {kind, a, b, c};

	return tallytab_lookup(tally->table, key);
}

uint32
jny_tally_count(const JnyTally *tally)
{
	return tally->table->members;
}

JnyTallyEntry **
jny_tally_entries(const JnyTally *tally, JnyTallyKind kind, uint32 *n)
{
	JnyTallyEntry **all = (JnyTallyEntry **)
		jny_alloc((size_t) tally->table->members * sizeof(JnyTallyEntry *) + 1);
	JnyTallyEntry *entry;
	tallytab_iterator iterator;

	*n = 0;
	tallytab_start_iterate(tally->table, &iterator);
	while ((entry = tallytab_iterate(tally->table, &iterator)) != NULL)
	{
		if (entry->key.kind == kind)
			all[(*n)++] = entry;
	}
	return all;
}

void
jny_tally_sort(JnyTallyEntry **entry, uint32 n, JnyTallyCompare compare,
			   void *arg)
{
	EntryOrder	order = {compare, arg};

	sort_entries(entry, n, &order);
}

/* Makes room for more times in a list; amortised doubling. */
static bool
reserve_list(JnyTally *tally, JnyTallyEntry *entry, uint32 more)
{
	uint64		need = (uint64) entry->nlist + more;

	if (tally->list_bytes + (size_t) more * sizeof(int64) > MAX_LIST_BYTES)
		return false;
	if (need > entry->list_cap)
	{
		uint64		cap = Max(need, (uint64) entry->list_cap * 2);

		cap = Max(cap, 4);
		entry->list = entry->list ?
			(int64 *) jny_realloc(entry->list, cap * sizeof(int64)) :
			(int64 *) jny_alloc(cap * sizeof(int64));
		entry->list_cap = (uint32) cap;
	}
	return true;
}

bool
jny_tally_list(JnyTally *tally, JnyTallyEntry *entry, int64 us)
{
	if (!reserve_list(tally, entry, 1))
		return false;
	entry->list[entry->nlist++] = us;
	tally->list_bytes += sizeof(int64);
	return true;
}

/* ---- merging ---- */

/*
 * By kind: which of a, b, c are names, bits 0, 1, 2; which of these may be
 * JNY_TALLY_END.
 */
static const uint8 name_fields[JNY_TALLY_KINDS] = {
	0, 0, 3, 6, 1, 1, 1, 1, 7, 7, 7, 7, 7, 7, 7, 7
};
static const uint8 end_fields[JNY_TALLY_KINDS] = {
	0, 0, 0, 4, 0, 0, 0, 1, 7, 7, 7, 7, 7, 7, 7, 7
};

/* One field of a key, in the codes of another dictionary. */
static inline uint32
map_field(const uint32 *code, uint32 kind, int field, uint32 value)
{
	if ((name_fields[kind] >> field & 1) == 0 || value == JNY_TALLY_END)
		return value;
	return code[value];
}

static bool
merge_entry(JnyTally *tally, const uint32 *code, const JnyTallyEntry *from)
{
	uint32		kind = from->key.kind;
	JnyTallyEntry *to = jny_tally_get(tally, (JnyTallyKind) kind,
									  map_field(code, kind, 0, from->key.a),
									  map_field(code, kind, 1, from->key.b),
									  map_field(code, kind, 2, from->key.c));

	to->customers += from->customers;
	to->times += from->times;
	jny_sum_merge(&to->sum, &from->sum);
	if (from->nlist > 0)
	{
		if (!reserve_list(tally, to, from->nlist))
			return false;
		memcpy(to->list + to->nlist, from->list, from->nlist * sizeof(int64));
		to->nlist += from->nlist;
		tally->list_bytes += from->nlist * sizeof(int64);
	}
	return true;
}

/* The other side stays as it is.  O(names + entries + lists) of it. */
bool
jny_tally_merge(JnyTally *tally, const JnyTally *other)
{
	uint32		names = jny_dict_count(other->dict);
	uint32	   *code = (uint32 *) jny_alloc((size_t) names * sizeof(uint32) + 1);
	const JnyTallyEntry *entry;
	tallytab_iterator iterator;
	bool		fits = true;

	for (uint32 i = 0; i < names; i++)
		code[i] = jny_dict_put(tally->dict, jny_dict_name(other->dict, i));
	tallytab_start_iterate(other->table, &iterator);
	for (uint32 i = 0; fits && (entry = tallytab_iterate(other->table,
														 &iterator)) != NULL; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		fits = merge_entry(tally, code, entry);
	}
	tally->customers += other->customers;
	tally->last = Max(tally->last, other->last);
	jny_free(code);
	return fits;
}

/* ---- travelling ---- */

size_t
jny_tally_size(const JnyTally *tally)
{
	size_t		size = TALLY_HEAD + 4 + (size_t) tally->nparams;
	const JnyTallyEntry *entry;
	tallytab_iterator iterator;

	for (uint32 i = 0; i < jny_dict_count(tally->dict); i++)
		size += 4 + jny_dict_name(tally->dict, i).len;
	tallytab_start_iterate(tally->table, &iterator);
	while ((entry = tallytab_iterate(tally->table, &iterator)) != NULL)
		size += ENTRY_HEAD + sizeof(int64) * ((size_t) entry->nlist + entry->sum.n);
	return size;
}

static uint8 *
write_entry(const JnyTallyEntry *entry, uint8 *p)
{
	jny_put32(p, entry->key.kind);
	jny_put32(p + 4, entry->key.a);
	jny_put32(p + 8, entry->key.b);
	jny_put32(p + 12, entry->key.c);
	jny_put64(p + 16, (uint64) entry->customers);
	jny_put64(p + 24, (uint64) entry->times);
	jny_put32(p + 32, entry->nlist);
	jny_put32(p + 36, entry->sum.n);
	p += ENTRY_HEAD;
	for (uint32 i = 0; i < entry->nlist; i++, p += 8)
		jny_put64(p, (uint64) entry->list[i]);
	for (uint32 i = 0; i < entry->sum.n; i++, p += 8)
	{
		uint64		bits;

		memcpy(&bits, &entry->sum.part[i], sizeof(bits));
		jny_put64(p, bits);
	}
	return p;
}

/* A length and so many bytes. */
static uint8 *
write_bytes(const char *data, uint32 len, uint8 *p)
{
	jny_put32(p, len);
	memcpy(p + 4, data, len);
	return p + 4 + len;
}

void
jny_tally_write(const JnyTally *tally, uint8 *bytes)
{
	uint8	   *p = bytes + TALLY_HEAD;
	const JnyTallyEntry *entry;
	tallytab_iterator iterator;

	bytes[0] = JNY_TALLY_MAGIC;
	bytes[1] = TALLY_VERSION;
	bytes[2] = tally->report;
	bytes[3] = 0;
	jny_put64(bytes + 4, (uint64) tally->customers);
	jny_put64(bytes + 12, (uint64) tally->last);
	jny_put32(bytes + 20, jny_dict_count(tally->dict));
	jny_put32(bytes + 24, tally->table->members);
	jny_put64(bytes + 28, (uint64) tally->list_bytes);
	p = write_bytes((const char *) tally->params, tally->nparams, p);
	for (uint32 i = 0; i < jny_dict_count(tally->dict); i++)
	{
		JnyName		name = jny_dict_name(tally->dict, i);

		p = write_bytes(name.data, name.len, p);
	}
	tallytab_start_iterate(tally->table, &iterator);
	while ((entry = tallytab_iterate(tally->table, &iterator)) != NULL)
		p = write_entry(entry, p);
}

/* ---- arriving ---- */

typedef struct Reader
{
	const uint8 *p;
	const uint8 *end;
} Reader;

/* A slice whose length stands in front; false if the bytes end before it. */
static bool
read_bytes(Reader *reader, JnyName *out)
{
	size_t		left = reader->end - reader->p;

	if (left < 4 || jny_get32(reader->p) > left - 4)
		return false;
	out->len = jny_get32(reader->p);
	out->data = (const char *) reader->p + 4;
	reader->p += 4 + out->len;
	return true;
}

/* Whether the fields of a key that are names are names of the dictionary. */
static bool
key_is_good(const JnyTallyKey *key, uint32 names)
{
	const uint32 field[3] = {key->a, key->b, key->c};

	if (key->kind == 0 || key->kind >= JNY_TALLY_KINDS)
		return false;
	for (int i = 0; i < 3; i++)
	{
		if ((name_fields[key->kind] >> i & 1) && field[i] >= names &&
			!((end_fields[key->kind] >> i & 1) && field[i] == JNY_TALLY_END))
			return false;
	}
	return true;
}

static bool
read_entry(JnyTally *tally, Reader *reader, uint32 names)
{
	const uint8 *p = reader->p;
	size_t		left = reader->end - p;
	uint32		parts;
	uint32		list;
	JnyTallyKey key;
	JnyTallyEntry *entry;

	if (left < ENTRY_HEAD)
		return false;
	key.kind = jny_get32(p);
	key.a = jny_get32(p + 4);
	key.b = jny_get32(p + 8);
	key.c = jny_get32(p + 12);
	list = jny_get32(p + 32);
	parts = jny_get32(p + 36);
	if (!key_is_good(&key, names) || parts > JNY_SUM_PARTS ||
		((uint64) list + parts) * 8 > left - ENTRY_HEAD ||
		jny_get64(p + 16) > MAX_COUNT || jny_get64(p + 24) > MAX_COUNT ||
		tallytab_lookup(tally->table, key) != NULL)
		return false;
	entry = jny_tally_get(tally, (JnyTallyKind) key.kind, key.a, key.b, key.c);
	entry->customers = (int64) jny_get64(p + 16);
	entry->times = (int64) jny_get64(p + 24);
	p += ENTRY_HEAD;
	if (list > 0 && !reserve_list(tally, entry, list))
		return false;
	for (uint32 i = 0; i < list; i++, p += 8)
		entry->list[entry->nlist++] = (int64) jny_get64(p);
	tally->list_bytes += (size_t) list * sizeof(int64);
	for (uint32 i = 0; i < parts; i++, p += 8)
	{
		uint64		bits = jny_get64(p);
		double		value;

		memcpy(&value, &bits, sizeof(value));
		jny_sum_add(&entry->sum, value);
	}
	reader->p = p;
	return true;
}

/* Names and entries; false unless they fill the bytes exactly. */
static bool
read_content(JnyTally *tally, Reader *reader, uint32 names, uint32 entries)
{
	for (uint32 i = 0; i < names; i++)
	{
		JnyName		name;

		if (!read_bytes(reader, &name) || jny_dict_put(tally->dict, name) != i)
			return false;
	}
	for (uint32 i = 0; i < entries; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (!read_entry(tally, reader, names))
			return false;
	}
	return reader->p == reader->end;
}

JnyCode
jny_tally_read(JnyTally *tally, const uint8 *bytes, size_t len, JnyError *err)
{
	Reader		reader = {bytes + TALLY_HEAD, bytes + len};
	JnyName		params;

	if (len < TALLY_HEAD || bytes[0] != JNY_TALLY_MAGIC)
		return jny_fail(err, JNY_E_CORRUPT, 0, 0, 0, "a tally");
	if (bytes[1] != TALLY_VERSION)
		return jny_fail(err, JNY_E_VERSION, 1, 1, 0, "a known version");
	if (bytes[2] == 0 || bytes[3] != 0 || jny_get64(bytes + 4) > MAX_COUNT ||
		!read_bytes(&reader, &params))
		return jny_fail(err, JNY_E_CORRUPT, 2, 0, 0, "a sound head of a tally");
	jny_tally_init(tally, bytes[2], params.data, params.len);
	tally->customers = (int64) jny_get64(bytes + 4);
	tally->last = (int64) jny_get64(bytes + 12);
	if (!read_content(tally, &reader, jny_get32(bytes + 20),
					  jny_get32(bytes + 24)))
		return jny_fail(err, JNY_E_CORRUPT, reader.p - bytes, 0, 0,
						"a sound entry of a tally");
	return JNY_OK;
}

/* ---- percentiles ---- */

void
jny_sort_times(int64 *list, uint32 n)
{
	bool		sorted = true;

	for (uint32 i = 1; sorted && i < n; i++)
		sorted = list[i - 1] <= list[i];
	if (!sorted)
		sort_times(list, n);
}

double
jny_percentile_seconds(const int64 *sorted, uint32 n, double fraction)
{
	double		place = fraction * (n - 1);
	uint32		first = (uint32) floor(place);
	uint32		second = (uint32) ceil(place);
	double		low = (double) sorted[first] / USECS_PER_SEC;
	double		high = (double) sorted[second] / USECS_PER_SEC;

	if (first == second)
		return low;
	return low + (place - first) * (high - low);
}

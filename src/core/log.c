/*
 * log.c
 *	  Records of a log: written, taken apart by customer, checked.
 */
#include "core/log.h"

#include "common/hashfn.h"

#include "core/dict.h"

/* Customers there is room for at first; a power of two. */
#define FIRST_CUSTOMERS 256

/* ---- records ---- */

uint32
jny_log_write(uint64 *words, const JnyEvent *event)
{
	if (jny_log_is_plain(event))
	{
		words[0] = jny_log_narrow(event->ts, event->name);
		return 1;
	}
	words[0] = JNY_LOG_WIDE;
	words[1] = (uint64) event->ts;
	words[2] = (uint64) event->channel << 32 | event->name;
	memcpy(&words[3], &event->value, sizeof(uint64));
	return JNY_LOG_EVENT_WORDS;
}

void
jny_log_read(const uint64 *record, JnyEvent *event)
{
	if (jny_log_event_words(record) == 1)
	{
		event->ts = jny_log_ts(record[0]);
		event->name = jny_log_code(record[0]);
		event->channel = 0;
		event->value = NAN;
		return;
	}
	event->ts = (int64) record[1];
	event->name = (uint32) record[2];
	event->channel = (uint32) (record[2] >> 32);
	memcpy(&event->value, &record[3], sizeof(uint64));
}

void
jny_log_text_key(JnyName text, JnyLogKey *key)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) text.data,
										   (int) text.len, 0);

	key->nwords = 1 + (text.len + 7) / 8;
	key->words[key->nwords - 1] = 0;
	key->words[0] = hash << 16 | text.len;
	memcpy(key->words + 1, text.data, text.len);
	key->hash = jny_log_mix(key->words[0]);
}

/* ---- by customer ---- */

/* A place in the table of customers; owner is the customer + 1. */
typedef struct JnyLogSlot
{
	uint64		hash;
	uint32		owner;
} JnyLogSlot;

/* Twice as many customers, in a table that is at most half full. */
static void
grow_table(JnyLogPart *part)
{
	JnyLogSlot *old = part->table;
	uint32		old_size = part->table_size;
	uint32		size = old_size == 0 ? 2 * FIRST_CUSTOMERS : 2 * old_size;

	part->table = (JnyLogSlot *) jny_alloc0(size * sizeof(JnyLogSlot));
	part->table_size = size;
	part->customers_cap = size / 2;
	part->customer = part->customer == NULL ?
		(JnyLogCustomer *) jny_alloc(part->customers_cap * sizeof(JnyLogCustomer)) :
		(JnyLogCustomer *) jny_realloc(part->customer, part->customers_cap *
									   sizeof(JnyLogCustomer));
	for (uint32 i = 0; i < old_size; i++)
	{
		uint32		at = (uint32) old[i].hash & (size - 1);

		if (old[i].owner == 0)
			continue;
		while (part->table[at].owner != 0)
			at = (at + 1) & (size - 1);
		part->table[at] = old[i];
	}
	if (old)
		jny_free(old);
}

/*
 * The customer of a key, a new one if he is not there yet.  Numbers are equal
 * if their hashes are, for they are mixed one to one.
 */
static inline uint32
find_customer(JnyLogPart *part, JnyLogKind kind, const uint64 *key)
{
	uint64		hash = jny_log_hash(kind, key);
	uint32		mask = part->table_size - 1;
	uint32		at = (uint32) hash & mask;
	JnyLogCustomer *customer;

	for (; part->table[at].owner != 0; at = (at + 1) & mask)
	{
		uint32		owner = part->table[at].owner - 1;

		if (part->table[at].hash == hash &&
			(kind == JNY_LOG_INT ||
			 memcmp(part->customer[owner].key, key,
					jny_log_key_words(kind, key) * sizeof(uint64)) == 0))
			return owner;
	}
	part->table[at].hash = hash;
	part->table[at].owner = ++part->ncustomers;
	customer = &part->customer[part->ncustomers - 1];
	customer->key = key;
	customer->n = 0;
	return part->ncustomers - 1;
}

/*
 * Finds the customer of each record and counts his events; tells whether some
 * record is wide.  "kind" is constant at each call, which makes three loops of
 * this one.
 */
static inline JnyCode
assign(JnyLogPart *part, JnyLogKind kind, const JnyLogSlice *slice,
	   bool *wide, JnyError *err)
{
	const uint64 *at = slice->words;
	const uint64 *end = at + slice->n;

	for (uint32 i = 0; at < end; i++)
	{
		uint32		skip = jny_log_event_words(at);
		uint32		owner;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (part->ncustomers == part->customers_cap)
			grow_table(part);
		*wide |= skip > 1;
		at += skip;
		owner = find_customer(part, kind, at);
		at += jny_log_key_words(kind, at);
		if (part->customer[owner].n == JNY_MAX_EVENTS)
			return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, JNY_MAX_EVENTS, NULL);
		part->customer[owner].n++;
		part->owner[part->nrecords++] = owner;
	}
	return JNY_OK;
}

/* Copies the events of a slice to their customers; k counts records. */
static inline void
scatter(JnyLogPart *part, JnyLogKind kind, const JnyLogSlice *slice,
		const uint32 *rank, uint64 *k)
{
	const uint64 *at = slice->words;
	const uint64 *end = at + slice->n;

	for (uint64 i = *k; at < end; i++)
	{
		JnyLogCustomer *customer = &part->customer[part->owner[i]];

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (part->wide)
			jny_log_read(at, &part->wide[customer->start + customer->n++]);
		else
			part->narrow[customer->start + customer->n++] =
				(at[0] & ~JNY_LOG_WIDE) | rank[jny_log_code(at[0])];
		at += jny_log_event_words(at);
		at += jny_log_key_words(kind, at);
		*k = i + 1;
	}
}

/* A buffer of at least so many bytes, its content lost. */
static void *
reserve(void *buffer, size_t *cap, size_t bytes)
{
	if (bytes <= *cap)
		return buffer;
	if (buffer)
		jny_free(buffer);
	*cap = bytes + bytes / 8;
	return jny_alloc(*cap);
}

/* The events of each customer get a place of their own. */
static void
lay_out(JnyLogPart *part, bool wide)
{
	uint64		start = 0;

	for (uint32 i = 0; i < part->ncustomers; i++)
	{
		part->customer[i].start = start;
		start += part->customer[i].n;
		part->customer[i].n = 0;
	}
	part->events = reserve(part->events, &part->events_cap,
						   part->nrecords * (wide ? sizeof(JnyEvent) :
											 sizeof(uint64)));
	part->narrow = wide ? NULL : (uint64 *) part->events;
	part->wide = wide ? (JnyEvent *) part->events : NULL;
}

JnyCode
jny_log_group(JnyLogPart *part, JnyLogKind kind, const JnyLogSlice *slices,
			  uint32 nslices, const uint32 *rank, JnyError *err)
{
	JnyCode		code = JNY_OK;
	bool		wide = false;
	size_t		most = 0;
	uint64		k = 0;

	for (uint32 i = 0; i < nslices; i++)
		most += slices[i].n / (kind == JNY_LOG_UUID ? 3 : 2);
	part->owner = (uint32 *) reserve(part->owner, &part->owner_cap,
									 most * sizeof(uint32));
	part->ncustomers = 0;
	part->nrecords = 0;
	if (part->table)
		memset(part->table, 0, part->table_size * sizeof(JnyLogSlot));
	for (uint32 i = 0; i < nslices && code == JNY_OK; i++)
	{
		if (kind == JNY_LOG_INT)
			code = assign(part, JNY_LOG_INT, &slices[i], &wide, err);
		else if (kind == JNY_LOG_UUID)
			code = assign(part, JNY_LOG_UUID, &slices[i], &wide, err);
		else
			code = assign(part, JNY_LOG_TEXT, &slices[i], &wide, err);
	}
	if (code != JNY_OK)
		return code;
	lay_out(part, wide);
	for (uint32 i = 0; i < nslices; i++)
	{
		if (kind == JNY_LOG_INT)
			scatter(part, JNY_LOG_INT, &slices[i], rank, &k);
		else
			scatter(part, kind, &slices[i], rank, &k);
	}
	return JNY_OK;
}

void
jny_log_release(JnyLogPart *part)
{
	if (part->table)
		jny_free(part->table);
	if (part->customer)
		jny_free(part->customer);
	if (part->owner)
		jny_free(part->owner);
	if (part->events)
		jny_free(part->events);
	memset(part, 0, sizeof(JnyLogPart));
}

uint32
jny_log_ranks(JnyDict *dict, uint32 *code, uint32 *rank)
{
	uint32		n = Min(jny_dict_count(dict), (uint32) JNY_LOG_WIDE);

	for (uint32 i = 0; i < n; i++)
		code[i] = i;
	jny_dict_sort_codes(dict, code, n);
	for (uint32 i = 0; i < n; i++)
		rank[code[i]] = i;
	return n;
}

#define ST_SORT sort_words
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

void
jny_log_sort(uint64 *words, uint32 n)
{
	for (uint32 i = 1; i < n; i++)
	{
		if (words[i - 1] > words[i])
		{
			sort_words(words, n);
			return;
		}
	}
}

/* ---- checking ---- */

/* A legal event whose codes are there. */
static bool
check_event(const uint64 *record, uint32 ncodes)
{
	JnyEvent	event;

	jny_log_read(record, &event);
	return IS_VALID_TIMESTAMP(event.ts) && event.name < ncodes &&
		event.channel <= ncodes && !isinf(event.value) &&
		(jny_log_event_words(record) == 1 || record[0] == JNY_LOG_WIDE);
}

/* Text keys end in zeros, and have the hash that equal ones have. */
static bool
check_text(const uint64 *key, uint32 nwords)
{
	uint64		words[JNY_LOG_KEY_WORDS];
	JnyLogKey	again = {.words = words};
	JnyName		text = {(const char *) (key + 1), key[0] & PG_UINT16_MAX};

	jny_log_text_key(text, &again);
	return memcmp(words, key, nwords * sizeof(uint64)) == 0;
}

bool
jny_log_check(JnyLogKind kind, const uint64 *words, size_t n, uint32 ncodes)
{
	const uint64 *end = words + n;

	for (uint32 i = 0; words < end; i++)
	{
		size_t		left = end - words;
		uint32		event = jny_log_event_words(words);
		uint32		key;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (event >= left || !check_event(words, ncodes))
			return false;
		if (kind == JNY_LOG_TEXT &&
			(words[event] & PG_UINT16_MAX) > JNY_MAX_NAME_BYTES)
			return false;
		key = jny_log_key_words(kind, words + event);
		if (key > left - event ||
			(kind == JNY_LOG_TEXT && !check_text(words + event, key)))
			return false;
		words += event + key;
	}
	return true;
}

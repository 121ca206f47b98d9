/*
 * log.h
 *	  Events of many customers in the order they came, and back to one
 *	  customer after the other.
 *
 * A log is written front to back and never searched: no memory of a customer
 * is touched when an event of his arrives, which is what makes a hash table of
 * customers slow.  Its records are divided by the hash of the customer into
 * parts; a part that fits the cache is then taken apart by one small table.
 *
 * A record is a row of 64-bit words:
 *
 *	  (ts - JNY_LOG_EPOCH) << 12 | code		code < JNY_LOG_WIDE
 *	  key: one word		JNY_LOG_INT			the number itself
 *		   two			JNY_LOG_UUID		its bytes
 *		   1 + n		JNY_LOG_TEXT		hash << 16 | bytes, then the bytes
 *											padded with zeros
 *
 * What does not fit 52 bits of time (years 1928 to 2071) and 12 of name, or
 * has a channel or a value, is wide: the first word is JNY_LOG_WIDE and three
 * more, ts, channel << 32 | code, and the value, stand in front of the key.
 * A channel is 0 or code + 1, as in JnyEvent.  The hash decides nothing: keys
 * are compared whole.
 */
#ifndef JOURNEY_LOG_H
#define JOURNEY_LOG_H

#include "core/path.h"

typedef enum JnyLogKind
{
	JNY_LOG_INT = 1,
	JNY_LOG_UUID,
	JNY_LOG_TEXT
} JnyLogKind;

#define JNY_LOG_CODE_BITS	12
#define JNY_LOG_WIDE		((UINT64CONST(1) << JNY_LOG_CODE_BITS) - 1)
#define JNY_LOG_EPOCH		(-(INT64CONST(1) << (63 - JNY_LOG_CODE_BITS)))

/* Words of the largest record: its event, its key. */
#define JNY_LOG_EVENT_WORDS 4
#define JNY_LOG_KEY_WORDS	(1 + JNY_MAX_NAME_BYTES / 8)

/* A customer's key as it stands in a record. */
typedef struct JnyLogKey
{
	uint64		hash;			/* of any bits as good as of any other */
	uint32		nwords;
	uint64	   *words;
} JnyLogKey;

/*
 * Mixes all bits of a word into all bits, one to one (the finalizer of A.
 * Appleby's MurmurHash3).
 */
static inline uint64
jny_log_mix(uint64 x)
{
	x ^= x >> 33;
	x *= UINT64CONST(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64CONST(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x;
}

static inline uint64
jny_log_hash(JnyLogKind kind, const uint64 *key)
{
	if (kind == JNY_LOG_UUID)
		return jny_log_mix(key[0] ^ jny_log_mix(key[1]));
	return jny_log_mix(key[0]);
}

/* Words of the key that begins at a word. */
static inline uint32
jny_log_key_words(JnyLogKind kind, const uint64 *key)
{
	if (kind == JNY_LOG_INT)
		return 1;
	if (kind == JNY_LOG_UUID)
		return 2;
	return 1 + (uint32) (((key[0] & PG_UINT16_MAX) + 7) / 8);
}

/* Words of the event that a record begins with. */
static inline uint32
jny_log_event_words(const uint64 *record)
{
	return (record[0] & JNY_LOG_WIDE) == JNY_LOG_WIDE ? JNY_LOG_EVENT_WORDS : 1;
}

/* Whether time and name code of an event without more fit one word. */
static inline bool
jny_log_is_narrow(int64 ts, uint32 code)
{
	return ts >= JNY_LOG_EPOCH && ts < -JNY_LOG_EPOCH && code < JNY_LOG_WIDE;
}

static inline uint64
jny_log_narrow(int64 ts, uint32 code)
{
	return (uint64) (ts - JNY_LOG_EPOCH) << JNY_LOG_CODE_BITS | code;
}

static inline int64
jny_log_ts(uint64 word)
{
	return (int64) (word >> JNY_LOG_CODE_BITS) + JNY_LOG_EPOCH;
}

static inline uint32
jny_log_code(uint64 word)
{
	return (uint32) (word & JNY_LOG_WIDE);
}

/* Whether an event fits one word. */
static inline bool
jny_log_is_plain(const JnyEvent *event)
{
	return event->channel == 0 && !jny_has_value(event) &&
		jny_log_is_narrow(event->ts, event->name);
}

/* Writes an event into at most JNY_LOG_EVENT_WORDS words; returns how many. */
extern uint32 jny_log_write(uint64 *words, const JnyEvent *event);

/* The event of a record, narrow or wide. */
extern void jny_log_read(const uint64 *record, JnyEvent *event);

/* The key of text of at most JNY_MAX_NAME_BYTES; words has room for it. */
extern void jny_log_text_key(JnyName text, JnyLogKey *key);

/* Whole records of a part, in the order they came. */
typedef struct JnyLogSlice
{
	const uint64 *words;
	size_t		n;
} JnyLogSlice;

/*
 * Records of one part by customer.  Of each customer the events are in the
 * order they came.
 *
 *	  customer i --> key, in a slice
 *				 --> narrow[start .. start + n), codes replaced by ranks
 *				 or  wide[start .. start + n), if some record of the part is wide
 */
typedef struct JnyLogCustomer
{
	const uint64 *key;
	uint64		start;
	uint32		n;
} JnyLogCustomer;

typedef struct JnyLogPart
{
	uint32		ncustomers;
	JnyLogCustomer *customer;
	uint64	   *narrow;			/* or NULL */
	JnyEvent   *wide;			/* or NULL */
	/* scratch, reused from part to part */
	uint64		nrecords;
	uint32		customers_cap;
	uint32		table_size;
	struct JnyLogSlot *table;
	uint32	   *owner;			/* of each record */
	size_t		owner_cap;
	size_t		events_cap;		/* in bytes, of "events" */
	void	   *events;
} JnyLogPart;

/*
 * Takes slices apart; part starts with all zero and may be used again.
 * "rank" tells for each narrow code its place among the names sorted bytewise,
 * so that narrow words in ascending order are in canonical order.  An event
 * beyond JNY_MAX_EVENTS of one customer is JNY_E_MAX_EVENTS.  O(words).
 */
extern JnyCode jny_log_group(JnyLogPart *part, JnyLogKind kind,
							 const JnyLogSlice *slices, uint32 nslices,
							 const uint32 *rank, JnyError *err);
extern void jny_log_release(JnyLogPart *part);

/* Bytes that grouping takes beside the slices, about, for so many words. */
static inline size_t
jny_log_group_bytes(size_t nwords)
{
	return nwords * sizeof(uint64);
}

/*
 * Ranks the names of a dictionary that narrow words may have, bytewise: the
 * code of each rank and the rank of each code, in arrays of JNY_LOG_WIDE or of
 * as many names as there are.  Returns how many.
 */
extern uint32 jny_log_ranks(JnyDict *dict, uint32 *code, uint32 *rank);

/* Sorts narrow words; nothing to do in the order of time.  O(n log n). */
extern void jny_log_sort(uint64 *words, uint32 n);

/*
 * Whether words that another process wrote are whole records of legal events
 * with codes below ncodes; what reads them looks at nothing beyond.
 */
extern bool jny_log_check(JnyLogKind kind, const uint64 *words, size_t n,
						  uint32 ncodes);

#endif							/* JOURNEY_LOG_H */

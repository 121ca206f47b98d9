/*
 * log.h
 *	  A log of events of many customers, bounded in memory, and its customers
 *	  one by one.
 *
 *	  log --> part[hash of the customer] --> chunk -> chunk -> chunk in memory
 *										 --> tape, what came before these
 *
 * A log begins as one part and is divided once it is worth it.  When it
 * outgrows its memory the chunks of one part after the other move to a tape of
 * that part; all tapes share one temporary file of the server.  Reading
 * consumes a log: part by part is brought back to memory; one that is too
 * large for it is divided once more.  What cannot be divided, the events of
 * one customer, must fit into memory as everywhere else.
 *
 * The temporary file goes with the query when it fails.  Whoever may abandon a
 * log without an error closes it.
 */
#ifndef JOURNEY_PG_LOG_H
#define JOURNEY_PG_LOG_H

#include "pg/agg.h"
#include "core/dict.h"
#include "core/log.h"

#include "utils/logtape.h"

typedef struct JourneyLogChunk
{
	struct JourneyLogChunk *next;
	uint32		n;				/* words used, once it is full */
	uint32		cap;
	uint64		words[FLEXIBLE_ARRAY_MEMBER];
} JourneyLogChunk;

typedef struct JourneyLogPart
{
	uint64	   *at;				/* free words of the last chunk */
	uint64	   *end;
	JourneyLogChunk *first;
	JourneyLogChunk *last;
	LogicalTape *tape;			/* or NULL */
	uint64		tape_words;
	uint64		hash;			/* of its first record; see "sole" */
	bool		sole;			/* all records have this hash */
} JourneyLogPart;

typedef struct JourneyLog
{
	MemoryContext context;		/* holds all of it */
	JnyLogKind	kind;
	JnyDict    *dict;			/* names and channels */
	const JnyPattern *filter[2];	/* keep what one of them looks at; or NULL */
	uint64		maybe;			/* bits of names that may be wanted */
	uint8	   *wanted;			/* of each code below nwanted */
	uint32		nwanted;
	bool		picky;			/* there is a filter */
	bool		full;			/* the dictionary takes wanted names only */
	bool		reading;		/* its chunks are not needed again */
	size_t		limit;			/* bytes of chunks and tape buffers */
	size_t		used;
	uint64		mask;			/* parts - 1 */
	int			shift;			/* of the hash, to a part */
	int			skip;			/* bits of the hash that all records share */
	uint32		nparts;
	uint32		victim;			/* the part to go to its tape next */
	JourneyLogPart *part;
	JourneyLogChunk *spare;
	LogicalTapeSet *tapes;		/* or NULL */
	uint64		spilled;		/* words */
} JourneyLog;

/* What is left out. */
#define JOURNEY_LOG_UNWANTED PG_UINT32_MAX

/*
 * An empty log in a memory context; "limit" bytes of memory, 0 for what a hash
 * table of the executor may take.
 */
extern JourneyLog *journey_log_create(MemoryContext context, JnyLogKind kind,
									  size_t limit);

/* Keeps only events that one of two patterns, the second or NULL, looks at. */
extern void journey_log_filter(JourneyLog *log, const JnyPattern *a,
							   const JnyPattern *b);

/* Gives the temporary file back.  Not for error clean-up. */
extern void journey_log_close(JourneyLog *log);

/* Slow sides of journey_log_event. */
extern uint32 journey_log_wanted(JourneyLog *log, JnyName name);

/* Makes room in a part that has none; returns the part. */
extern JourneyLogPart *journey_log_grow(JourneyLog *log, uint64 hash,
										uint32 nwords);

/* Room for a record of a customer with this hash. */
static inline uint64 *
journey_log_room(JourneyLog *log, uint64 hash, uint32 nwords)
{
	JourneyLogPart *part = &log->part[hash >> log->shift & log->mask];
	uint64	   *at;

	if (unlikely(part->end - part->at < nwords))
		part = journey_log_grow(log, hash, nwords);
	at = part->at;
	part->at += nwords;
	return at;
}

/* Appends a checked event. */
static inline void
journey_log_put(JourneyLog *log, const JnyLogKey *key, const JnyEvent *event)
{
	uint64		words[JNY_LOG_EVENT_WORDS];
	uint32		n = jny_log_write(words, event);
	uint64	   *at = journey_log_room(log, key->hash, n + key->nwords);

	memcpy(at, words, n * sizeof(uint64));
	memcpy(at + n, key->words, key->nwords * sizeof(uint64));
}

/*
 * The same for a key of one word, JNY_LOG_INT, and an event without more.  The
 * next cache line of the part is asked for: hundreds of other rows come first.
 */
static inline void
journey_log_put_narrow(JourneyLog *log, uint64 key, const JnyEvent *event)
{
	uint64	   *at = journey_log_room(log, jny_log_mix(key), 2);

	__builtin_prefetch(at + PG_CACHE_LINE_SIZE / 2 / sizeof(uint64), 1);
	at[0] = jny_log_narrow(event->ts, event->name);
	at[1] = key;
}

/*
 * Checks the fields of a row (as jny_event_check, with its errors) and makes
 * an event of them; event->ts is set.  False if the event is not wanted.
 */
static inline bool
journey_log_event(JourneyLog *log, JnyEvent *event, JnyName name,
				  JnyName channel, double value, bool has_value)
{
	uint64		head;
	uint64		tail;

	journey_check_row(event->ts, name, channel, value, has_value);
	if (!(log->maybe >> journey_agg_name_bit(name.data, name.len) & 1))
		return false;
	jny_name_ends(name, &head, &tail);
	event->name = log->full ? journey_log_wanted(log, name) :
		jny_dict_find(log->dict, name, head, tail);
	if (log->picky)
	{
		if (unlikely(event->name >= log->nwanted))
			event->name = journey_log_wanted(log, name);
		if (event->name == JOURNEY_LOG_UNWANTED || !log->wanted[event->name])
			return false;
	}
	/* -0 becomes 0; NaN, the missing value, stays */
	event->value = value + 0.0;
	event->channel = channel.len == 0 ? 0 :
		jny_dict_put(log->dict, channel) + 1;
	return true;
}

/* Records of a log in no order; consumes it. */
typedef void (*JourneyLogRecord) (void *arg, const uint64 *record,
								  uint32 nevent, uint32 nkey);
extern void journey_log_stream(JourneyLog *log, JourneyLogRecord take,
							   void *arg);

/* The same for records in a row of words. */
extern void journey_log_walk(JnyLogKind kind, const uint64 *words, uint64 n,
							 JourneyLogRecord take, void *arg);

/* Words of all records. */
extern uint64 journey_log_words(const JourneyLog *log);

/*
 * Customers of a log one by one, in no order; consumes it.  Either narrow
 * words, sorted, whose codes are ranks of names, or events in any order.
 */
typedef struct JourneyLogVisit
{
	const uint32 *code;			/* of each rank */
	uint32		nranks;
	const uint64 *key;
	uint32		n;
	const uint64 *narrow;		/* or NULL */
	const JnyEvent *wide;		/* or NULL */
} JourneyLogVisit;

typedef void (*JourneyLogVisitor) (void *arg, const JourneyLogVisit *visit);
extern void journey_log_visit(JourneyLog *log, JourneyLogVisitor visitor,
							  void *arg);

/* Fills an empty path of the log's dictionary with a customer's events. */
extern void journey_log_path(const JourneyLogVisit *visit, JnyPath *path);

#endif							/* JOURNEY_PG_LOG_H */

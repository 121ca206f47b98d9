/*
 * stash.h
 *	  The events of one group while it is aggregated: appended row by row among
 *	  those of a hundred thousand other groups, and read at the end.
 *
 * What such a row costs is the cache lines it touches, so it is as short as
 * its content allows; all integers are little-endian and unaligned:
 *
 *	  u8	 tag: bits 0-2 bytes of the time - 1, bits 3-4 bytes of a code - 1,
 *			 bit 5 a channel follows, bit 6 a value follows
 *	  1..8	 time since the row before, modulo 2^64; of the first, since 2000
 *	  1..4	 code of the name
 *	  1..4	 code of the channel
 *	  f64	 value
 *
 * Rows are in order of arrival, and none is split:
 *
 *	  few[], then  chunk --> the chunk written last
 *						  next --> the first chunk, the second, ..
 *
 * A chunk neither moves nor is it freed alone: it lies in a pool that many
 * stashes share, and goes with it.
 */
#ifndef JOURNEY_STASH_H
#define JOURNEY_STASH_H

#include "core/path.h"

#include "port/pg_bitutils.h"

/*
 * Chunks are cut from blocks, which are allocated in the memory context that
 * was current when the pool was created and go with it; stand-alone they stay
 * until jny_pool_free.
 */
typedef struct JnyPool
{
	uint8	   *room;			/* free bytes of the newest block */
	size_t		left;
	size_t		next_block;		/* bytes */
	struct JnyPoolBlock *blocks;
#ifndef FRONTEND
	MemoryContext context;
#endif
} JnyPool;

extern void jny_pool_init(JnyPool *pool);
extern void jny_pool_free(JnyPool *pool);

/* Room for a struct of at most JNY_LINE bytes, where a cache line begins. */
#define JNY_LINE 64
extern void *jny_pool_line(JnyPool *pool);

typedef struct JnyChunk
{
	struct JnyChunk *next;
	uint16		used;			/* bytes of rows, once there is a later chunk */
	uint8		bytes[FLEXIBLE_ARRAY_MEMBER];
} JnyChunk;

#define JNY_CHUNK_HEAD offsetof(JnyChunk, bytes)

/* Bytes of rows inside the stash itself, which is 48 with them. */
#define JNY_STASH_FEW 24

typedef struct JnyStash
{
	int64		last;			/* time of the row before, 0 at first */
	JnyChunk   *chunk;			/* NULL: there are only few */
	uint32		n;				/* rows */
	uint16		left;			/* free bytes of the chunk, or of few */
	uint8		few_used;		/* bytes of rows, once there is a chunk */
	uint8		size_class;		/* the chunk has JNY_LINE << this */
	uint8		few[JNY_STASH_FEW];
} JnyStash;

extern void jny_stash_init(JnyStash *stash);

/* Has the place of the next row loaded, for a push that is soon to come. */
static inline void
jny_stash_prefetch(const JnyStash *stash)
{
	if (stash->chunk != NULL)
		__builtin_prefetch((const uint8 *) stash->chunk +
						   ((size_t) JNY_LINE << stash->size_class) -
						   stash->left, 1);
}

/* Where the next row goes. */
static inline uint8 *
jny_stash_place(JnyStash *stash)
{
	if (stash->chunk == NULL)
		return stash->few + JNY_STASH_FEW - stash->left;
	return (uint8 *) stash->chunk +
		((size_t) JNY_LINE << stash->size_class) - stash->left;
}

/* Bytes that hold a number, at least one. */
static inline int
jny_stash_width(uint64 number)
{
	return pg_leftmost_one_pos64(number | 1) / 8 + 1;
}

extern JnyCode jny_stash_push_any(JnyStash *stash, JnyPool *pool,
								  const JnyEvent *event, JnyError *err);

/* Appends a checked event.  O(1), and touches one chunk. */
static inline JnyCode
jny_stash_push(JnyStash *stash, JnyPool *pool, const JnyEvent *event,
			   JnyError *err)
{
	uint64		offset = (uint64) event->ts - (uint64) stash->last;
	int			width = jny_stash_width(offset);

	/* most rows are one word */
	if (unlikely(width > 6 || stash->left < 8 || event->name > PG_UINT8_MAX ||
				 event->channel != 0 || jny_has_value(event) ||
				 stash->n == JNY_MAX_EVENTS))
		return jny_stash_push_any(stash, pool, event, err);
	jny_put64(jny_stash_place(stash),
			  (uint64) (width - 1) | offset << 8 |
			  (uint64) event->name << (8 + 8 * width));
	stash->left -= width + 2;
	stash->last = event->ts;
	stash->n++;
	return JNY_OK;
}

/* Appends all events of a path on any dictionary; "dict" is the stash's. */
extern JnyCode jny_stash_add_path(JnyStash *stash, JnyPool *pool,
								  JnyDict *dict, const JnyPath *path,
								  JnyError *err);

/* ---- reading, row by row ---- */

#define JNY_STASH_CHANNEL 0x20	/* in a tag */
#define JNY_STASH_VALUE 0x40

/* A reader may load so many bytes behind a row. */
#define JNY_STASH_SLACK 8

/* Rows at .. end-1, of one chunk or the few; more of them follow. */
typedef struct JnyStashReader
{
	const JnyStash *stash;
	const JnyChunk *chunk;		/* read last; NULL before the first */
	const uint8 *at;
	const uint8 *end;
	bool		more;
	uint8		few[JNY_STASH_FEW + JNY_STASH_SLACK];
} JnyStashReader;

/* Starts with the few rows inside the stash. */
static inline void
jny_stash_open(JnyStashReader *reader, const JnyStash *stash)
{
	memcpy(reader->few, stash->few, JNY_STASH_FEW);
	memset(reader->few + JNY_STASH_FEW, 0, JNY_STASH_SLACK);
	reader->stash = stash;
	reader->chunk = stash->chunk;
	reader->more = stash->chunk != NULL;
	reader->at = reader->few;
	reader->end = reader->few + (stash->chunk == NULL ?
								 JNY_STASH_FEW - stash->left : stash->few_used);
}

/* Goes on to the next chunk; false if there is none. */
static inline bool
jny_stash_next(JnyStashReader *reader)
{
	const JnyStash *stash = reader->stash;

	if (!reader->more)
		return false;
	reader->chunk = reader->chunk->next;
	reader->more = reader->chunk != stash->chunk;
	if (reader->more)
		__builtin_prefetch(reader->chunk->next);
	reader->at = reader->chunk->bytes;
	reader->end = reader->more ? reader->at + reader->chunk->used :
		(const uint8 *) reader->chunk + ((size_t) JNY_LINE << stash->size_class) -
		stash->left;
	return true;
}

/* The low bytes, 1 to 8, of a number. */
static inline uint64
jny_stash_low(uint64 number, int bytes)
{
	return number << (64 - 8 * bytes) >> (64 - 8 * bytes);
}

/*
 * Reads the row at "at" and returns what follows it.  The time of the event is
 * that since the row before.
 */
static inline const uint8 *
jny_stash_row(const uint8 *at, JnyEvent *event)
{
	uint64		word = jny_get64(at);
	uint8		tag = (uint8) word;
	int			width = (tag & 7) + 1;
	int			code_width;
	uint64		bits;

	event->channel = 0;
	event->value = NAN;
	/* most rows are one word */
	if (likely(tag < 6))
	{
		event->ts = (int64) jny_stash_low(word >> 8, width);
		event->name = (uint8) (word >> 8 >> 8 * width);
		return at + width + 2;
	}
	code_width = (tag >> 3 & 3) + 1;
	event->ts = (int64) jny_stash_low(jny_get64(at + 1), width);
	at += 1 + width;
	event->name = (uint32) jny_stash_low(jny_get32(at), code_width);
	at += code_width;
	if (tag & JNY_STASH_CHANNEL)
	{
		event->channel = (uint32) jny_stash_low(jny_get32(at), code_width);
		at += code_width;
	}
	if (tag & JNY_STASH_VALUE)
	{
		bits = jny_get64(at);
		memcpy(&event->value, &bits, sizeof(bits));
		at += sizeof(bits);
	}
	return at;
}

/*
 * Replaces the events of a path by those of a stash, whose codes are of the
 * path's dictionary, and sorts them.  The stash stays as it is.
 */
extern JnyCode jny_path_of_stash(JnyPath *path, const JnyStash *stash,
								 JnyError *err);

#endif							/* JOURNEY_STASH_H */

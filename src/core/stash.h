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

/* Appends a checked event.  O(1), and touches one chunk. */
extern JnyCode jny_stash_push(JnyStash *stash, JnyPool *pool,
							  const JnyEvent *event, JnyError *err);

/* Appends all events of a path on any dictionary; "dict" is the stash's. */
extern JnyCode jny_stash_add_path(JnyStash *stash, JnyPool *pool,
								  JnyDict *dict, const JnyPath *path,
								  JnyError *err);

/*
 * Replaces the events of a path by those of a stash, whose codes are of the
 * path's dictionary, and sorts them.  The stash stays as it is.
 */
extern JnyCode jny_path_of_stash(JnyPath *path, const JnyStash *stash,
								 JnyError *err);

#endif							/* JOURNEY_STASH_H */

/*
 * stash.c
 *	  The events of one group while it is aggregated.
 */
#include "core/stash.h"

#include "core/dict.h"
#include "port/pg_bitutils.h"

/*
 * Sizes of chunks with their heads: a cache line, two, four, ..; up to 32 kB.
 */
#define CHUNK_CLASSES 10

/* Bytes of the first block of a pool, and of the largest. */
#define BLOCK_LEAST ((size_t) 1024)
#define BLOCK_MOST ((size_t) 512 * 1024)

/* A reader may load so many bytes behind a row. */
#define SLACK 8

#define TAG_CHANNEL 0x20
#define TAG_VALUE 0x40

/* The longest row: tag, time, name, channel, value. */
#define ROW_MOST (1 + 8 + 4 + 4 + 8)

typedef struct JnyPoolBlock
{
	struct JnyPoolBlock *next;
} JnyPoolBlock;

/* ---- the pool ---- */

void
jny_pool_init(JnyPool *pool)
{
	pool->room = NULL;
	pool->left = 0;
	pool->next_block = BLOCK_LEAST;
	pool->blocks = NULL;
#ifndef FRONTEND
	pool->context = CurrentMemoryContext;
#endif
}

/* Frees all chunks there are. */
void
jny_pool_free(JnyPool *pool)
{
	while (pool->blocks)
	{
		JnyPoolBlock *next = pool->blocks->next;

		jny_free(pool->blocks);
		pool->blocks = next;
	}
}

/* A new block with room for so many bytes at least, in the pool's context. */
static void
pool_grow(JnyPool *pool, size_t bytes)
{
	size_t		size = Max(pool->next_block, bytes);
	JnyPoolBlock *block;
#ifndef FRONTEND
	MemoryContext old = MemoryContextSwitchTo(pool->context);
#endif

	block = (JnyPoolBlock *) jny_alloc(sizeof(JnyPoolBlock) + JNY_LINE +
									   size + SLACK);
#ifndef FRONTEND
	MemoryContextSwitchTo(old);
#endif
	block->next = pool->blocks;
	pool->blocks = block;
	pool->room = (uint8 *) TYPEALIGN(JNY_LINE, block + 1);
	pool->left = size;
	pool->next_block = Min(2 * size, BLOCK_MOST);
}

/* So many bytes, a multiple of JNY_LINE. */
static inline void *
pool_alloc(JnyPool *pool, size_t bytes)
{
	void	   *result;

	if (pool->left < bytes)
		pool_grow(pool, bytes);
	result = pool->room;
	pool->room += bytes;
	pool->left -= bytes;
	return result;
}

void *
jny_pool_line(JnyPool *pool)
{
	return pool_alloc(pool, JNY_LINE);
}

/* Gives a stash its next chunk. */
static void
add_chunk(JnyStash *stash, JnyPool *pool)
{
	uint8		size_class = stash->chunk == NULL ? 0 :
		Min(stash->size_class + 1, CHUNK_CLASSES - 1);
	size_t		size = (size_t) JNY_LINE << size_class;
	JnyChunk   *chunk = (JnyChunk *) pool_alloc(pool, size);

	if (stash->chunk == NULL)
	{
		stash->few_used = JNY_STASH_FEW - stash->left;
		chunk->next = chunk;
	}
	else
	{
		stash->chunk->used = (uint16)
			(((size_t) JNY_LINE << stash->size_class) - JNY_CHUNK_HEAD -
			 stash->left);
		chunk->next = stash->chunk->next;
		stash->chunk->next = chunk;
	}
	stash->chunk = chunk;
	stash->size_class = size_class;
	stash->left = (uint16) (size - JNY_CHUNK_HEAD);
}

/* ---- writing ---- */

/* An empty stash. */
void
jny_stash_init(JnyStash *stash)
{
	stash->last = 0;
	stash->chunk = NULL;
	stash->n = 0;
	stash->left = JNY_STASH_FEW;
	stash->few_used = 0;
	stash->size_class = 0;
}

/* Where the next row goes. */
static inline uint8 *
row_place(JnyStash *stash)
{
	if (stash->chunk == NULL)
		return stash->few + JNY_STASH_FEW - stash->left;
	return (uint8 *) stash->chunk +
		((size_t) JNY_LINE << stash->size_class) - stash->left;
}

/* Bytes that hold a number, at least one. */
static inline int
bytes_of(uint64 number)
{
	return pg_leftmost_one_pos64(number | 1) / 8 + 1;
}

/* Writes a row of any kind to a buffer with room for SLACK more; its length. */
static int
write_row(uint8 *row, uint64 offset, const JnyEvent *event)
{
	int			width = bytes_of(offset);
	int			code_width = bytes_of(Max(event->name, event->channel));
	uint8	   *at = row + 1;

	row[0] = (uint8) ((width - 1) | (code_width - 1) << 3);
	jny_put64(at, offset);
	at += width;
	jny_put32(at, event->name);
	at += code_width;
	if (event->channel != 0)
	{
		row[0] |= TAG_CHANNEL;
		jny_put32(at, event->channel);
		at += code_width;
	}
	if (jny_has_value(event))
	{
		double		value = event->value + 0.0; /* -0 becomes 0 */
		uint64		bits;

		row[0] |= TAG_VALUE;
		memcpy(&bits, &value, sizeof(bits));
		jny_put64(at, bits);
		at += sizeof(bits);
	}
	return (int) (at - row);
}

/* Appends an event: see stash.h. */
JnyCode
jny_stash_push(JnyStash *stash, JnyPool *pool, const JnyEvent *event,
			   JnyError *err)
{
	uint64		offset = (uint64) event->ts - (uint64) stash->last;
	int			width = bytes_of(offset);
	uint8		row[ROW_MOST + SLACK];
	int			len;

	/* most rows are one word */
	if (width <= 6 && event->name <= PG_UINT8_MAX && event->channel == 0 &&
		!jny_has_value(event))
	{
		jny_put64(row, (uint64) (width - 1) | offset << 8 |
				  (uint64) event->name << (8 + 8 * width));
		len = width + 2;
	}
	else
		len = write_row(row, offset, event);

	if (stash->n == JNY_MAX_EVENTS)
		return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, JNY_MAX_EVENTS, NULL);
	if (len > stash->left)
		add_chunk(stash, pool);
	if (len <= 8 && stash->left >= 8)
		memcpy(row_place(stash), row, 8);
	else
		memcpy(row_place(stash), row, len);
	stash->left -= len;
	stash->last = event->ts;
	stash->n++;
	return JNY_OK;
}

/* Appends the events of a path: see stash.h. */
JnyCode
jny_stash_add_path(JnyStash *stash, JnyPool *pool, JnyDict *dict,
				   const JnyPath *path, JnyError *err)
{
	bool		same = dict == path->dict;
	uint32		round = 0;
	JnySlot    *slots = same ? NULL : jny_dict_slots(path->dict, &round);
	JnyCode		code = JNY_OK;

	for (uint32 i = 0; i < path->n && code == JNY_OK; i++)
	{
		JnyEvent	event = path->events[i];

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (!same)
		{
			event.name = jny_dict_translate(dict, path->dict, slots, round,
											event.name);
			if (event.channel != 0)
				event.channel = jny_dict_translate(dict, path->dict, slots,
												   round, event.channel - 1) + 1;
		}
		code = jny_stash_push(stash, pool, &event, err);
	}
	return code;
}

/* ---- reading ---- */

/* The low bytes of a number. */
static inline uint64
low_bytes(uint64 number, int bytes)
{
	return number << (64 - 8 * bytes) >> (64 - 8 * bytes);
}

/*
 * Reads the rows in bytes[0..used), behind which SLACK more can be loaded, and
 * returns what follows the events written.  *ts is the time of the row before.
 */
static JnyEvent *
read_rows(JnyEvent *event, const uint8 *bytes, size_t used, int64 *ts)
{
	const uint8 *end = bytes + used;
	int64		last = *ts;

	for (; bytes < end; event++)
	{
		uint8		tag = *bytes++;
		int			width = (tag & 7) + 1;
		int			code_width = (tag >> 3 & 3) + 1;
		uint64		bits;

		last = (int64) ((uint64) last + low_bytes(jny_get64(bytes), width));
		bytes += width;
		event->ts = last;
		event->name = (uint32) low_bytes(jny_get32(bytes), code_width);
		bytes += code_width;
		event->channel = 0;
		event->value = NAN;
		if (tag & TAG_CHANNEL)
		{
			event->channel = (uint32) low_bytes(jny_get32(bytes), code_width);
			bytes += code_width;
		}
		if (tag & TAG_VALUE)
		{
			bits = jny_get64(bytes);
			memcpy(&event->value, &bits, sizeof(bits));
			bytes += sizeof(bits);
		}
	}
	*ts = last;
	return event;
}

/* All rows, in order of arrival, to an array with room for them. */
static void
read_stash(JnyEvent *event, const JnyStash *stash)
{
	uint8		few[JNY_STASH_FEW + SLACK] = {0};
	JnyChunk   *chunk = stash->chunk;
	int64		ts = 0;

	memcpy(few, stash->few, JNY_STASH_FEW);
	if (chunk == NULL)
	{
		read_rows(event, few, JNY_STASH_FEW - stash->left, &ts);
		return;
	}
	event = read_rows(event, few, stash->few_used, &ts);
	do
	{
		size_t		used;

		JNY_CHECK_INTERRUPTS();
		chunk = chunk->next;
		used = chunk != stash->chunk ? chunk->used :
			((size_t) JNY_LINE << stash->size_class) - JNY_CHUNK_HEAD -
			stash->left;
		event = read_rows(event, chunk->bytes, used, &ts);
	} while (chunk != stash->chunk);
}

/* A path from a stash: see stash.h.  O(n), and a sort if need be. */
JnyCode
jny_path_of_stash(JnyPath *path, const JnyStash *stash, JnyError *err)
{
	JnyCode		code;

	path->n = 0;
	path->sorted = true;
	code = jny_path_reserve(path, stash->n, err);
	if (code != JNY_OK)
		return code;
	read_stash(path->events, stash);
	path->n = stash->n;
	for (uint32 i = 1; i < path->n && path->sorted; i++)
	{
		const JnyEvent *event = path->events + i;

		if (event[-1].ts >= event->ts &&
			jny_event_cmp(path->dict, event - 1, event) > 0)
			path->sorted = false;
	}
	jny_path_sort(path);
	return JNY_OK;
}

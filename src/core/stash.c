/*
 * stash.c
 *	  The events of one group while it is aggregated.
 */
#include "core/stash.h"

#include "core/dict.h"

/*
 * Sizes of chunks with their heads: two cache lines, four, ..; up to 32 kB.
 */
#define CHUNK_CLASSES 10

/* Bytes of the first block of a pool, and of the largest. */
#define BLOCK_LEAST ((size_t) 1024)
#define BLOCK_MOST ((size_t) 512 * 1024)

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
									   size + JNY_STASH_SLACK);
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
	uint8		size_class = stash->chunk == NULL ? 1 :
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

/*
 * Writes a row of any kind to a buffer with room for JNY_STASH_SLACK more; its
 * length.
 */
static int
write_row(uint8 *row, uint64 offset, const JnyEvent *event)
{
	int			width = jny_stash_width(offset);
	int			code_width = jny_stash_width(Max(event->name, event->channel));
	uint8	   *at = row + 1;

	row[0] = (uint8) ((width - 1) | (code_width - 1) << 3);
	jny_put64(at, offset);
	at += width;
	jny_put32(at, event->name);
	at += code_width;
	if (event->channel != 0)
	{
		row[0] |= JNY_STASH_CHANNEL;
		jny_put32(at, event->channel);
		at += code_width;
	}
	if (jny_has_value(event))
	{
		double		value = event->value + 0.0; /* -0 becomes 0 */
		uint64		bits;

		row[0] |= JNY_STASH_VALUE;
		memcpy(&bits, &value, sizeof(bits));
		jny_put64(at, bits);
		at += sizeof(bits);
	}
	return (int) (at - row);
}

/* Appends any event, however long its row is. */
JnyCode
jny_stash_push_any(JnyStash *stash, JnyPool *pool, const JnyEvent *event,
				   JnyError *err)
{
	uint8		row[ROW_MOST + JNY_STASH_SLACK];
	int			len = write_row(row, (uint64) event->ts - (uint64) stash->last,
								event);

	if (stash->n == JNY_MAX_EVENTS)
		return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, JNY_MAX_EVENTS, NULL);
	if (len > stash->left)
		add_chunk(stash, pool);
	memcpy(jny_stash_place(stash), row, len);
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

/*
 * All rows, in order of arrival, to an array with room for them; false if the
 * time of one is not later than that of the row before.
 */
static bool
read_stash(JnyEvent *event, const JnyStash *stash)
{
	const JnyEvent *first = event;
	JnyStashReader reader;
	int64		ts = 0;
	bool		back = false;

	jny_stash_open(&reader, stash);
	do
	{
		JNY_CHECK_INTERRUPTS();
		for (const uint8 *at = reader.at; at < reader.end; event++)
		{
			at = jny_stash_row(at, event);
			event->ts = (int64) ((uint64) event->ts + (uint64) ts);
			back |= event > first && event->ts <= ts;
			ts = event->ts;
		}
	} while (jny_stash_next(&reader));
	return !back;
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
	path->n = stash->n;
	if (read_stash(path->events, stash))
		return JNY_OK;
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

/*
 * log.c
 *	  A log of events of many customers, bounded in memory.
 */
#include "pg/log.h"

#include "executor/nodeHash.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/*
 * Bytes of a chunk.  A little more than what memory contexts cut from larger
 * blocks, so that a chunk that is freed goes back to where all memory comes
 * from: to what is made of the log while it is read.
 */
#define CHUNK_BYTES (BLCKSZ + 128)
#define CHUNK_WORDS ((CHUNK_BYTES - sizeof(JourneyLogChunk)) / sizeof(uint64))

/* Words of the first chunk of a small log. */
#define FIRST_WORDS 64

/*
 * A log is divided into that many parts once it has so many bytes: then chunks
 * that are not full are not worth mentioning, and a part of 500,000 customers
 * and 20 million events fits the cache.
 */
#define MOST_PARTS 256
#define FEWEST_PARTS 4
#define DIVIDE_BYTES (4 * 1024 * 1024)

/* Bits of the hash that may tell parts of parts of parts. */
#define MOST_SKIP 40

/* Names that are looked up for good though no pattern wants them. */
#define MAX_UNWANTED_NAMES 65536

JourneyLog *
journey_log_create(MemoryContext context, JnyLogKind kind, size_t limit)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	JourneyLog *log = (JourneyLog *) palloc0(sizeof(JourneyLog));

	/* the other half is for taking a part to pieces */
	log->limit = limit > 0 ? limit : get_hash_memory_limit() / 2;
	log->context = context;
	log->kind = kind;
	log->maybe = PG_UINT64_MAX;
	log->dict = jny_dict_create();
	log->nparts = 1;
	log->part = (JourneyLogPart *) palloc0(sizeof(JourneyLogPart));
	MemoryContextSwitchTo(old);
	return log;
}

void
journey_log_close(JourneyLog *log)
{
	if (log->tapes)
		LogicalTapeSetClose(log->tapes);
	log->tapes = NULL;
}

/* ---- chunks ---- */

/* Words of a part in memory. */
static uint64
memory_words(const JourneyLogPart *part)
{
	uint64		n = 0;

	for (JourneyLogChunk *chunk = part->first; chunk; chunk = chunk->next)
		n += chunk == part->last ? part->at - chunk->words : chunk->n;
	return n;
}

uint64
journey_log_words(const JourneyLog *log)
{
	uint64		n = 0;

	for (uint32 i = 0; i < log->nparts; i++)
		n += log->part[i].tape_words + memory_words(&log->part[i]);
	return n;
}

/* Gives a chunk to the part that needs one next, or back if none will. */
static void
retire_chunk(JourneyLog *log, JourneyLogChunk *chunk)
{
	if (chunk->cap == CHUNK_WORDS && !log->reading)
	{
		chunk->next = log->spare;
		log->spare = chunk;
		return;
	}
	log->used -= offsetof(JourneyLogChunk, words) + chunk->cap * sizeof(uint64);
	pfree(chunk);
}

/* The last chunk is full: its length can be told from now on. */
static void
close_chunk(JourneyLogPart *part)
{
	if (part->last)
		part->last->n = part->at - part->last->words;
	part->at = part->end = NULL;
}

/*
 * Moves the chunks of a part to its tape, the last one only if "all".  Tapes
 * allocate in the current memory context.
 */
static void
evict_part(JourneyLog *log, JourneyLogPart *part, bool all)
{
	MemoryContext old = MemoryContextSwitchTo(log->context);

	if (log->tapes == NULL)
		log->tapes = LogicalTapeSetCreate(true, NULL, -1);
	if (part->tape == NULL)
	{
		part->tape = LogicalTapeCreate(log->tapes);
		log->used += BLCKSZ;
	}
	if (all)
		close_chunk(part);
	while (part->first && (all || part->first != part->last))
	{
		JourneyLogChunk *chunk = part->first;

		LogicalTapeWrite(part->tape, chunk->words,
						 chunk->n * sizeof(uint64));
		part->tape_words += chunk->n;
		log->spilled += chunk->n;
		part->first = chunk->next;
		retire_chunk(log, chunk);
	}
	if (part->first == NULL)
		part->last = NULL;
	MemoryContextSwitchTo(old);
}

/* Moves the next part that has full chunks to its tape; false if none has. */
static bool
evict_next(JourneyLog *log)
{
	for (uint32 i = 0; i < log->nparts; i++)
	{
		JourneyLogPart *part = &log->part[log->victim++ & log->mask];

		if (part->first != part->last)
		{
			evict_part(log, part, false);
			return true;
		}
	}
	return false;
}

/* A chunk of at least so many words. */
static JourneyLogChunk *
new_chunk(JourneyLog *log, uint32 cap)
{
	JourneyLogChunk *chunk;
	size_t		bytes = offsetof(JourneyLogChunk, words) + cap * sizeof(uint64);

	if (cap == CHUNK_WORDS)
	{
		if (log->spare == NULL && log->used + bytes > log->limit &&
			log->nparts > 1)
			evict_next(log);
		if (log->spare)
		{
			chunk = log->spare;
			log->spare = chunk->next;
			return chunk;
		}
	}
	chunk = (JourneyLogChunk *) MemoryContextAlloc(log->context, bytes);
	chunk->cap = cap;
	log->used += bytes;
	return chunk;
}

/* Appends an empty chunk with room for so many words to a part. */
static void
add_chunk(JourneyLog *log, JourneyLogPart *part, uint32 nwords)
{
	uint32		cap = CHUNK_WORDS;
	JourneyLogChunk *chunk;

	if (log->nparts == 1)
	{
		cap = part->last ? 2 * part->last->cap : FIRST_WORDS;
		cap = Min(Max(cap, nwords), CHUNK_WORDS);
	}
	close_chunk(part);
	chunk = new_chunk(log, cap);
	chunk->next = NULL;
	if (part->last)
		part->last->next = chunk;
	else
		part->first = chunk;
	part->last = chunk;
	part->at = chunk->words;
	part->end = chunk->words + cap;
}

/* ---- parts ---- */

/* Appends a record as it is and tells whether its part has just one hash. */
static void
put_record(JourneyLog *log, const uint64 *record, uint32 nevent, uint32 nkey)
{
	uint64		hash = jny_log_hash(log->kind, record + nevent);
	uint64	   *at = journey_log_room(log, hash, nevent + nkey);
	JourneyLogPart *part = &log->part[hash >> log->shift & log->mask];

	memcpy(at, record, (nevent + nkey) * sizeof(uint64));
	if (part->tape_words == 0 && at == part->first->words)
	{
		part->hash = hash;
		part->sole = true;
	}
	else if (part->hash != hash)
		part->sole = false;
}

void
journey_log_walk(JnyLogKind kind, const uint64 *at, uint64 n,
				 JourneyLogRecord take, void *arg)
{
	const uint64 *end = at + n;

	for (uint64 i = 0; at < end; i++)
	{
		uint32		nevent = jny_log_event_words(at);
		uint32		nkey = jny_log_key_words(kind, at + nevent);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			CHECK_FOR_INTERRUPTS();
		take(arg, at, nevent, nkey);
		at += nevent + nkey;
	}
}

static void
read_words(LogicalTape *tape, uint64 *words, size_t n)
{
	if (LogicalTapeRead(tape, words, n * sizeof(uint64)) != n * sizeof(uint64))
		elog(ERROR, "unexpected end of tape");
}

/* Hands on the records of a tape. */
static void
stream_tape(JnyLogKind kind, LogicalTape *tape, uint64 nwords,
			JourneyLogRecord take, void *arg)
{
	uint64		record[JNY_LOG_EVENT_WORDS + JNY_LOG_KEY_WORDS];

	for (uint64 done = 0, i = 0; done < nwords; i++)
	{
		uint32		nevent;
		uint32		nkey;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			CHECK_FOR_INTERRUPTS();
		read_words(tape, record, 2);
		nevent = jny_log_event_words(record);
		if (nevent > 1)
			read_words(tape, record + 2, nevent - 1);
		nkey = jny_log_key_words(kind, record + nevent);
		read_words(tape, record + nevent + 1, nkey - 1);
		take(arg, record, nevent, nkey);
		done += nevent + nkey;
	}
}

/* Turns the tape of a part, which can be read once, to its beginning. */
static void
rewind_tape(JourneyLog *log, JourneyLogPart *part)
{
	MemoryContext old = MemoryContextSwitchTo(log->context);

	LogicalTapeRewindForRead(part->tape, BLCKSZ);
	MemoryContextSwitchTo(old);
}

/* Forgets the records of a part. */
static void
empty_part(JourneyLog *log, JourneyLogPart *part)
{
	close_chunk(part);
	while (part->first)
	{
		JourneyLogChunk *chunk = part->first;

		part->first = chunk->next;
		retire_chunk(log, chunk);
	}
	part->last = NULL;
	if (part->tape)
	{
		LogicalTapeClose(part->tape);
		log->used -= BLCKSZ;
	}
	part->tape = NULL;
	part->tape_words = 0;
}

/* Hands on the records of a part and empties it. */
static void
stream_part(JourneyLog *log, JourneyLogPart *part, JourneyLogRecord take,
			void *arg)
{
	if (part->tape)
	{
		rewind_tape(log, part);
		stream_tape(log->kind, part->tape, part->tape_words, take, arg);
	}
	close_chunk(part);
	for (JourneyLogChunk *chunk = part->first; chunk; chunk = chunk->next)
		journey_log_walk(log->kind, chunk->words, chunk->n, take, arg);
	empty_part(log, part);
}

void
journey_log_stream(JourneyLog *log, JourneyLogRecord take, void *arg)
{
	for (uint32 i = 0; i < log->nparts; i++)
		stream_part(log, &log->part[i], take, arg);
}

/* put_record as a stream has it. */
static void
take_record(void *arg, const uint64 *record, uint32 nevent, uint32 nkey)
{
	put_record((JourneyLog *) arg, record, nevent, nkey);
}

/*
 * Divides a log of one part by the next bits of the hash: into as many parts
 * as leave half of its memory to chunks that are full; each part has a chunk
 * and the buffer of a tape.
 */
static void
divide_log(JourneyLog *log)
{
	JourneyLogPart whole = log->part[0];
	JourneyLogChunk *next;
	uint32		nparts = MOST_PARTS;
	int			bits = 8;

	while (nparts > FEWEST_PARTS &&
		   nparts * (size_t) (2 * BLCKSZ) > log->limit / 2)
	{
		nparts /= 2;
		bits--;
	}
	pfree(log->part);
	log->part = (JourneyLogPart *)
		MemoryContextAllocZero(log->context, nparts * sizeof(JourneyLogPart));
	log->nparts = nparts;
	log->mask = nparts - 1;
	log->shift = 64 - log->skip - bits;
	close_chunk(&whole);
	for (JourneyLogChunk *chunk = whole.first; chunk; chunk = next)
	{
		next = chunk->next;
		journey_log_walk(log->kind, chunk->words, chunk->n, take_record, log);
		retire_chunk(log, chunk);
	}
}

JourneyLogPart *
journey_log_grow(JourneyLog *log, uint64 hash, uint32 nwords)
{
	JourneyLogPart *part;

	if (log->nparts == 1 &&
		log->used >= Min((size_t) DIVIDE_BYTES, log->limit / 2))
		divide_log(log);
	part = &log->part[hash >> log->shift & log->mask];
	if (part->end - part->at < nwords)
		add_chunk(log, part, nwords);
	return part;
}

/* ---- rows ---- */

void
journey_log_filter(JourneyLog *log, const JnyPattern *a, const JnyPattern *b)
{
	log->filter[0] = a;
	log->filter[1] = b;
	log->picky = true;
	log->maybe = journey_agg_name_bits(a);
	if (b)
		log->maybe |= journey_agg_name_bits(b);
}

/* Whether some filter looks at events of a name. */
static bool
is_wanted(const JourneyLog *log, JnyName name)
{
	uint64		maybe;

	for (int i = 0; i < lengthof(log->filter); i++)
		if (log->filter[i] &&
			(jny_pattern_masks(log->filter[i], name, &maybe) | maybe) != 0)
			return true;
	return false;
}

/*
 * The code of a name that is wanted, or JOURNEY_LOG_UNWANTED; what is known of
 * all names so far is brought up to date.
 */
uint32
journey_log_wanted(JourneyLog *log, JnyName name)
{
	uint32		count;
	uint32		code;

	if (log->full && !is_wanted(log, name))
		return JOURNEY_LOG_UNWANTED;
	code = jny_dict_put(log->dict, name);
	count = jny_dict_count(log->dict);
	if (count <= log->nwanted)
		return code;
	log->wanted = log->wanted == NULL ?
		(uint8 *) MemoryContextAllocHuge(log->context, Max(count, 64)) :
		(uint8 *) repalloc_huge(log->wanted, pg_nextpower2_64(Max(count, 64)));
	for (; log->nwanted < count; log->nwanted++)
		log->wanted[log->nwanted] =
			is_wanted(log, jny_dict_name(log->dict, log->nwanted));
	log->full = count >= MAX_UNWANTED_NAMES;
	return code;
}

/* ---- customers ---- */

/* What visiting a log needs from beginning to end. */
typedef struct Visiting
{
	JourneyLogVisitor visitor;
	void	   *arg;
	JourneyLogVisit visit;
	uint32	   *rank;			/* of each narrow code, and back */
	uint32	   *code;
	JnyLogPart	group;
	JnyLogSlice *slice;
	uint32		slices_cap;
} Visiting;

static void
add_slice(Visiting *v, uint32 *n, const uint64 *words, size_t nwords)
{
	if (*n == v->slices_cap)
	{
		v->slices_cap = Max(64, 2 * v->slices_cap);
		v->slice = v->slice == NULL ?
			(JnyLogSlice *) palloc(v->slices_cap * sizeof(JnyLogSlice)) :
			(JnyLogSlice *) repalloc_huge(v->slice, v->slices_cap *
										  sizeof(JnyLogSlice));
	}
	v->slice[*n].words = words;
	v->slice[*n].n = nwords;
	(*n)++;
}

/* Hands the customers of the slices to the visitor. */
static void
visit_slices(Visiting *v, JourneyLog *log, uint32 nslices)
{
	JnyError	err;

	if (jny_log_group(&v->group, log->kind, v->slice, nslices, v->rank,
					  &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	for (uint32 i = 0; i < v->group.ncustomers; i++)
	{
		const JnyLogCustomer *customer = &v->group.customer[i];

		if ((i & 0xFF) == 0)
			CHECK_FOR_INTERRUPTS();
		v->visit.key = customer->key;
		v->visit.n = customer->n;
		v->visit.narrow = NULL;
		v->visit.wide = NULL;
		if (v->group.wide)
			v->visit.wide = v->group.wide + customer->start;
		else
		{
			jny_log_sort(v->group.narrow + customer->start, customer->n);
			v->visit.narrow = v->group.narrow + customer->start;
		}
		v->visitor(v->arg, &v->visit);
	}
}

/* Hands the customers of a part that fits into memory to the visitor. */
static void
visit_part(Visiting *v, JourneyLog *log, JourneyLogPart *part)
{
	uint64	   *words = NULL;
	uint32		n = 0;

	close_chunk(part);
	if (part->tape)
	{
		size_t		size = part->tape_words * sizeof(uint64);

		/* other parts go to their tapes where this one needs their memory */
		for (uint32 i = log->nparts; i-- > 0 && log->used + size > log->limit;)
			if (log->part[i].first && &log->part[i] != part)
				evict_part(log, &log->part[i], true);
		words = (uint64 *) MemoryContextAllocHuge(CurrentMemoryContext, size);
		rewind_tape(log, part);
		read_words(part->tape, words, part->tape_words);
		add_slice(v, &n, words, part->tape_words);
	}
	for (JourneyLogChunk *chunk = part->first; chunk; chunk = chunk->next)
		add_slice(v, &n, chunk->words, chunk->n);
	visit_slices(v, log, n);
	if (words)
		pfree(words);
	empty_part(log, part);
}

static void visit_parts(Visiting *v, JourneyLog *log);

/* Divides a part that does not fit into memory and visits what comes of it. */
static void
visit_divided(Visiting *v, JourneyLog *log, JourneyLogPart *part)
{
	JourneyLog *sub;

	for (uint32 i = 0; i < log->nparts; i++)
		if (log->part[i].first)
			evict_part(log, &log->part[i], true);
	sub = (JourneyLog *) MemoryContextAllocZero(log->context, sizeof(JourneyLog));
	sub->context = log->context;
	sub->kind = log->kind;
	sub->limit = log->limit;
	sub->nparts = 1;
	sub->skip = 64 - log->shift;
	sub->part = (JourneyLogPart *)
		MemoryContextAllocZero(log->context, sizeof(JourneyLogPart));
	/* chunks that are free here serve there */
	sub->spare = log->spare;
	sub->used = log->used;
	log->spare = NULL;
	stream_part(log, part, take_record, sub);
	visit_parts(v, sub);
	journey_log_close(sub);
	log->spare = sub->spare;
	log->used = sub->used - BLCKSZ;
	pfree(sub->part);
	pfree(sub);
}

/*
 * All parts one by one.  Parts of the first division do not know whether they
 * have but one customer; those of later ones do.
 */
static void
visit_parts(Visiting *v, JourneyLog *log)
{
	for (uint32 i = 0; i < log->nparts; i++)
	{
		JourneyLogPart *part = &log->part[i];
		size_t		size = part->tape_words * sizeof(uint64);

		if (part->tape == NULL && part->first == NULL)
			continue;
		if (size > log->limit && log->nparts > 1 &&
			64 - log->shift <= MOST_SKIP && (log->skip == 0 || !part->sole))
			visit_divided(v, log, part);
		else
			visit_part(v, log, part);
	}
}

void
journey_log_visit(JourneyLog *log, JourneyLogVisitor visitor, void *arg)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "journey log",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	Visiting	v = {.visitor = visitor,.arg = arg};
	uint32		nranks = Min(jny_dict_count(log->dict), (uint32) JNY_LOG_WIDE);

	log->reading = true;
	v.rank = (uint32 *) palloc((nranks + 1) * sizeof(uint32));
	v.code = (uint32 *) palloc((nranks + 1) * sizeof(uint32));
	v.visit.nranks = jny_log_ranks(log->dict, v.code, v.rank);
	v.visit.code = v.code;
	visit_parts(&v, log);
	journey_log_close(log);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

void
journey_log_path(const JourneyLogVisit *visit, JnyPath *path)
{
	JnyError	err;
	JnyCode		code = jny_path_reserve(path, visit->n, &err);
	JnyEvent	event = {.value = NAN};

	for (uint32 i = 0; code == JNY_OK && i < visit->n; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			CHECK_FOR_INTERRUPTS();
		if (visit->narrow)
		{
			event.ts = jny_log_ts(visit->narrow[i]);
			event.name = visit->code[jny_log_code(visit->narrow[i])];
			code = jny_path_push(path, &event, &err);
		}
		else
			code = jny_path_push(path, &visit->wide[i], &err);
	}
	if (code != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
}

/*
 * onepass_travel.c
 *	  States of funnel_stages over rows on their way between the processes of
 *	  one query.
 *
 * A state travels as the records of its log; names have other codes where it
 * arrives.
 */
#include "pg/onepass.h"

#include "utils/memutils.h"

#include "pg/agg.h"

/*
 * Serialized state:
 *	  head, the words of the log, pattern, revenue pattern, u16 length of each
 *	  name, names; integers as this machine has them
 */
#define STATE_MAGIC 0x4A4C4F31

typedef struct StateHead
{
	uint32		magic;			/* also tells the order of bytes */
	uint32		kind;
	uint32		nbytes[2];		/* of the patterns; PG_UINT32_MAX: NULL */
	uint32		nnames;
	uint32		reserved;		/* 0 */
	uint64		nwords;
} StateHead;

/* A deserialized state: what a combine function takes as its right side. */
typedef struct Packed
{
	JourneyLog *log;			/* NULL */
	StateHead	head;
	const uint64 *words;
	struct varlena *value[2];
	const uint8 *name_lens;
	const char *names;
} Packed;

JOURNEY_FUNCTION(journey_funnel_stages_rows_combine);
JOURNEY_FUNCTION(journey_funnel_stages_rows_serial);
JOURNEY_FUNCTION(journey_funnel_stages_rows_deserial);

/* Records on their way into another log. */
typedef struct Merge
{
	JourneyLog *to;
	const uint32 *code;			/* of each name here, there */
} Merge;

static void
merge_record(void *arg, const uint64 *record, uint32 nevent, uint32 nkey)
{
	const Merge *merge = (const Merge *) arg;
	JnyEvent	event;
	JnyLogKey	key = {.nwords = nkey};
	uint64		words[JNY_LOG_KEY_WORDS];

	jny_log_read(record, &event);
	event.name = merge->code[event.name];
	if (event.channel > 0)
		event.channel = merge->code[event.channel - 1] + 1;
	key.words = words;
	memcpy(words, record + nevent, nkey * sizeof(uint64));
	key.hash = jny_log_hash(merge->to->kind, words);
	journey_log_put(merge->to, &key, &event);
}

/* Adds the records of a state that traveled. */
static void
merge_packed(JourneyOnePass *left, const Packed *right)
{
	Merge		merge = {.to = left->log};
	uint32	   *code = (uint32 *) palloc((right->head.nnames + 1) * sizeof(uint32));
	const char *name = right->names;

	for (uint32 i = 0; i < right->head.nnames; i++)
	{
		JnyName		slice = {name, jny_get16(right->name_lens + 2 * (size_t) i)};

		code[i] = jny_dict_put(left->log->dict, slice);
		name += slice.len;
	}
	merge.code = code;
	journey_log_walk(left->log->kind, right->words, right->head.nwords,
					 merge_record, &merge);
	pfree(code);
}

/* Adds the records of a state of this process, which it has no more then. */
static void
merge_state(JourneyOnePass *left, JourneyOnePass *right)
{
	Merge		merge = {.to = left->log};
	JnyDict    *dict = right->log->dict;
	uint32		n = jny_dict_count(dict);
	uint32	   *code = (uint32 *) palloc((n + 1) * sizeof(uint32));

	for (uint32 i = 0; i < n; i++)
		code[i] = jny_dict_put(left->log->dict, jny_dict_name(dict, i));
	merge.code = code;
	journey_log_stream(right->log, merge_record, &merge);
	pfree(code);
}

/*
 * funnel_stages_rows_combine(internal, internal) internal
 *
 * Adds the rows of the right state to the left one.  A right one of this process
 * gives them away.
 */
Datum
journey_funnel_stages_rows_combine(PG_FUNCTION_ARGS)
{
	JourneyOnePass *left = PG_ARGISNULL(0) ? NULL :
		(JourneyOnePass *) PG_GETARG_POINTER(0);
	JourneyOnePass *right;
	Packed	   *packed;
	struct varlena *value[2];

	if (PG_ARGISNULL(1))
	{
		if (left == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(left);
	}
	right = (JourneyOnePass *) PG_GETARG_POINTER(1);
	packed = right->log ? NULL : (Packed *) right;
	for (int i = 0; i < 2; i++)
		value[i] = packed ? packed->value[i] : right->setting[i].value;
	if (left == NULL)
		left = journey_onepass_new(fcinfo, packed ? packed->head.kind :
								   right->log->kind, value[0], value[1]);
	for (int i = 0; i < 2; i++)
		if (!journey_onepass_same(left->setting[i].value, value[i]))
			journey_agg_pattern_changed();
	if (packed)
		merge_packed(left, packed);
	else
		merge_state(left, right);
	PG_RETURN_POINTER(left);
}

/* Appends records to the words of a serialized state. */
static void
write_record(void *arg, const uint64 *record, uint32 nevent, uint32 nkey)
{
	uint8	  **out = (uint8 **) arg;

	memcpy(*out, record, (nevent + nkey) * sizeof(uint64));
	*out += (nevent + nkey) * sizeof(uint64);
}

/* Appends bytes. */
static uint8 *
write_bytes(uint8 *out, const void *bytes, size_t n)
{
	if (n > 0)
		memcpy(out, bytes, n);
	return out + n;
}

/*
 * funnel_stages_rows_serial(internal) bytea
 *
 * All of the log travels; it may have been on tape.
 */
Datum
journey_funnel_stages_rows_serial(PG_FUNCTION_ARGS)
{
	JourneyOnePass *state = (JourneyOnePass *) PG_GETARG_POINTER(0);
	JnyDict    *dict = state->log->dict;
	StateHead	head = {.magic = STATE_MAGIC,.kind = state->log->kind};
	size_t		size = VARHDRSZ + sizeof(StateHead);
	uint8	   *bytes;
	uint8	   *out;

	head.nwords = journey_log_words(state->log);
	head.nnames = jny_dict_count(dict);
	size += head.nwords * sizeof(uint64);
	for (int i = 0; i < 2; i++)
	{
		struct varlena *value = state->setting[i].value;

		head.nbytes[i] = value ? VARSIZE_ANY_EXHDR(value) : PG_UINT32_MAX;
		size += value ? head.nbytes[i] : 0;
	}
	for (uint32 i = 0; i < head.nnames; i++)
		size += 2 + jny_dict_name(dict, i).len;
	if (size > JNY_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("aggregate state is too large to travel between processes"),
				 errdetail("The limit is %zu bytes for the events of one process.",
						   JNY_MAX_BYTES),
				 errhint("Set max_parallel_workers_per_gather to 0 for this query.")));
	bytes = (uint8 *) palloc(size);
	SET_VARSIZE(bytes, size);
	out = write_bytes(bytes + VARHDRSZ, &head, sizeof(head));
	journey_log_stream(state->log, write_record, &out);
	journey_log_close(state->log);
	for (int i = 0; i < 2; i++)
		if (state->setting[i].value)
			out = write_bytes(out, VARDATA_ANY(state->setting[i].value),
							  head.nbytes[i]);
	for (uint32 i = 0; i < head.nnames; i++, out += 2)
		jny_put16(out, (uint16) jny_dict_name(dict, i).len);
	for (uint32 i = 0; i < head.nnames; i++)
		out = write_bytes(out, jny_dict_name(dict, i).data,
						  jny_dict_name(dict, i).len);
	PG_RETURN_BYTEA_P(bytes);
}

/* Bytes that may be missing: says so. */
static const uint8 *
take_bytes(const uint8 **at, size_t *left, uint64 n)
{
	const uint8 *bytes = *at;

	if (n > *left)
		journey_bad_state();
	*at += n;
	*left -= n;
	return bytes;
}

/* funnel_stages_rows_deserial(bytea, internal) internal */
Datum
journey_funnel_stages_rows_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const uint8 *at = (const uint8 *) VARDATA_ANY(bytes);
	size_t		left = VARSIZE_ANY_EXHDR(bytes);
	Packed	   *packed = (Packed *) palloc0(sizeof(Packed));
	StateHead  *head = &packed->head;
	uint64	   *words;
	size_t		names = 0;

	journey_agg_context(fcinfo);
	memcpy(head, take_bytes(&at, &left, sizeof(StateHead)), sizeof(StateHead));
	if (head->magic != STATE_MAGIC || head->kind < JNY_LOG_INT ||
		head->kind > JNY_LOG_TEXT || head->reserved != 0 ||
		head->nbytes[0] == PG_UINT32_MAX || head->nwords > left / sizeof(uint64))
		left = 0;
	words = (uint64 *) MemoryContextAllocHuge(CurrentMemoryContext,
											  Min(head->nwords, left) * sizeof(uint64) + 1);
	memcpy(words, take_bytes(&at, &left, head->nwords * sizeof(uint64)),
		   head->nwords * sizeof(uint64));
	packed->words = words;
	for (int i = 0; i < 2; i++)
	{
		uint32		n = head->nbytes[i];

		if (n == PG_UINT32_MAX)
			continue;
		packed->value[i] = (struct varlena *) palloc(VARHDRSZ + Min(n, left));
		SET_VARSIZE(packed->value[i], VARHDRSZ + Min(n, left));
		memcpy(VARDATA(packed->value[i]), take_bytes(&at, &left, n), n);
	}
	packed->name_lens = take_bytes(&at, &left, 2 * (uint64) head->nnames);
	for (uint32 i = 0; i < head->nnames; i++)
		names += jny_get16(packed->name_lens + 2 * (size_t) i);
	packed->names = (const char *) take_bytes(&at, &left, names);
	if (left > 0 || !jny_log_check(head->kind, words, head->nwords, head->nnames))
		take_bytes(&at, &left, PG_UINT64_MAX);
	PG_RETURN_POINTER(packed);
}

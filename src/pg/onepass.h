/*
 * onepass.h
 *	  What reads a whole table in one pass: customer keys, and the state of
 *	  funnel_stages over rows.
 */
#ifndef JOURNEY_ONEPASS_H
#define JOURNEY_ONEPASS_H

#include "pg/log.h"

#include "utils/uuid.h"

/* Room for a key; key.words points into it. */
typedef struct JourneyOnePassKey
{
	JnyLogKey	key;
	uint64		words[JNY_LOG_KEY_WORDS];
} JourneyOnePassKey;

static inline void
journey_int_key(JourneyOnePassKey *k, int64 value)
{
	k->words[0] = (uint64) value;
	k->key.words = k->words;
	k->key.nwords = 1;
	k->key.hash = jny_log_hash(JNY_LOG_INT, k->words);
}

static inline void
journey_uuid_key(JourneyOnePassKey *k, const pg_uuid_t *value)
{
	memcpy(k->words, value->data, UUID_LEN);
	k->key.words = k->words;
	k->key.nwords = 2;
	k->key.hash = jny_log_hash(JNY_LOG_UUID, k->words);
}

/* Refuses (54000) what is longer than JNY_MAX_NAME_BYTES. */
extern void journey_text_key(JourneyOnePassKey *k, JnyName value);

/* An argument that is the same for all rows. */
typedef struct JourneyOnePassPattern
{
	struct varlena *value;		/* NULL for an SQL NULL */
	JnyPattern *compiled;
	const void *constant;		/* the address of a constant of the plan */
} JourneyOnePassPattern;

typedef struct JourneyOnePass
{
	JourneyLog *log;			/* NULL: what came from another process */
	JourneyOnePassPattern setting[2];	/* pattern, revenue */
} JourneyOnePass;

/* An empty state; revenue may be NULL. */
extern JourneyOnePass *journey_onepass_new(FunctionCallInfo fcinfo,
										   JnyLogKind kind,
										   struct varlena *pattern,
										   struct varlena *revenue);

/* Whether two detoasted patterns, or NULLs, have the same content. */
extern bool journey_onepass_same(const struct varlena *a,
								 const struct varlena *b);

#endif							/* JOURNEY_ONEPASS_H */

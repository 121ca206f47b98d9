/*
 * onepass.h
 *	  Customer keys of what reads a whole table in one pass.
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

#endif							/* JOURNEY_ONEPASS_H */

/*
 * index_key.h
 *	  Inside of the index: how both sides write a key.
 */
#ifndef JOURNEY_INDEX_KEY_H
#define JOURNEY_INDEX_KEY_H

#include "core/index.h"

#define JNY_KEY_EVENT	'e'
#define JNY_KEY_CHANNEL 'c'
#define JNY_KEY_PAIR	'p'
#define JNY_KEY_MARKER	'm'

/* Append a key; its number. */
extern uint32 jny_index_put(JnyIndexKeys *keys, char kind, const void *data,
							size_t len, bool prefix);
extern uint32 jny_index_put_name(JnyIndexKeys *keys, char kind, JnyName name,
								 bool prefix);

/* A pair is known by the hashes of its two names, in order. */
extern uint64 jny_index_hash(JnyName name);
extern uint32 jny_index_put_pair(JnyIndexKeys *keys, uint64 first,
								 uint64 second);

#endif							/* JOURNEY_INDEX_KEY_H */

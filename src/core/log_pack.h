/*
 * log_pack.h
 *	  From the words of a customer to the bytes of his journey, without a path.
 */
#ifndef JOURNEY_LOG_PACK_H
#define JOURNEY_LOG_PACK_H

#include "core/log.h"

/* What packing customer after customer needs. */
typedef struct JnyLogPacker
{
	uint32		nranks;
	JnyName    *name;			/* of each rank */
	uint8	   *used;			/* 1: by this customer; in whole words */
	uint8	   *code;			/* in his journey, of each rank that is used */
	uint8	   *bytes;			/* the journey */
	size_t		cap;
} JnyLogPacker;

/* "code" tells the code of each rank, as jny_log_ranks has it. */
extern void jny_log_packer_init(JnyLogPacker *packer, const JnyDict *dict,
								const uint32 *code, uint32 nranks);

extern void jny_log_packer_free(JnyLogPacker *packer);

/*
 * The canonical bytes of narrow words in order, those that a path would give,
 * behind "reserve" bytes that are left for the caller; *len counts the journey
 * only.  They are valid until the next call.
 *
 * NULL, and nothing done, if there are so many names or events that a limit or
 * a wider code is near: then the general way is to be taken.  O(words + ranks).
 */
extern uint8 *jny_log_pack(JnyLogPacker *packer, const uint64 *words, uint32 n,
						   size_t reserve, size_t *len);

#endif							/* JOURNEY_LOG_PACK_H */

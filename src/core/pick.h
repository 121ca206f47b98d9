/*
 * pick.h
 *	  Which of some events have one of a few codes.
 *
 * Whether the next event does is hard to predict, so that a branch for each
 * would cost more than the question.  Where codes are compared sixteen at a time
 * (SSE2, which every x86-64 has) the answer is the same as that of the table.
 */
#ifndef JOURNEY_PICK_H
#define JOURNEY_PICK_H

#include "core/core.h"

#ifdef __SSE2__
#include <emmintrin.h>
#define JNY_PICK_SIMD
#endif

/* Events that one answer speaks of. */
#define JNY_PICK_MOST 64

/* Codes that are compared; beyond that a table is faster. */
#define JNY_PICK_CODES 8

typedef struct JnyPick
{
	const uint8 *matters;		/* of each code, 0: no */
#ifdef JNY_PICK_SIMD
	int			ncompared;		/* 4, 8; 0: the table */
	__m128i		code[JNY_PICK_CODES];
#endif
} JnyPick;

/* Ready for ncodes codes, which are those that matter by the table. */
static inline void
jny_pick_init(JnyPick *pick, const uint8 *matters, const uint8 *codes, int ncodes)
{
	pick->matters = matters;
#ifdef JNY_PICK_SIMD
	pick->ncompared = ncodes == 0 || ncodes > JNY_PICK_CODES ? 0 : ncodes <= 4 ? 4 : 8;
	for (int k = 0; k < pick->ncompared; k++)
		pick->code[k] = _mm_set1_epi8((char) codes[k < ncodes ? k : 0]);
#endif
}

#ifdef JNY_PICK_SIMD
/* The same for 16 codes, by comparison. */
static inline uint32
jny_pick_sixteen(const JnyPick *pick, const uint8 *codes)
{
	__m128i		sixteen = _mm_loadu_si128((const __m128i *) codes);
	__m128i		found = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(sixteen, pick->code[0]),
												  _mm_cmpeq_epi8(sixteen, pick->code[1])),
									 _mm_or_si128(_mm_cmpeq_epi8(sixteen, pick->code[2]),
												  _mm_cmpeq_epi8(sixteen, pick->code[3])));

	for (int k = 4; k < pick->ncompared; k++)
		found = _mm_or_si128(found, _mm_cmpeq_epi8(sixteen, pick->code[k]));
	return (uint32) _mm_movemask_epi8(found);
}
#endif

/*
 * Bit i: code i matters, of n, 1 to JNY_PICK_MOST, in front of which 16 bytes
 * can be read.
 */
static inline uint64
jny_pick(const JnyPick *pick, const uint8 *codes, uint32 n)
{
	uint64		picked = 0;
	uint32		i = 0;

#ifdef JNY_PICK_SIMD
	if (likely(pick->ncompared > 0))
	{
		for (; i + 16 <= n; i += 16)
			picked |= (uint64) jny_pick_sixteen(pick, codes + i) << i;
		/* the last ones with some before them, which are shifted out */
		if (i < n)
			picked |= (uint64) (jny_pick_sixteen(pick, codes + n - 16) >> (16 - (n - i))) << i;
		return picked;
	}
#endif
	for (; i < n; i++)
		picked |= (uint64) (pick->matters[codes[i]] != 0) << i;
	return picked;
}

#endif							/* JOURNEY_PICK_H */

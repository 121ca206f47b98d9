/*
 * state.h
 *	  A path as it travels between the processes of one query.
 *
 * Not a journey: the limits of a stored value (names, channels, its form as
 * text) must not stop a question that has none of them.  All integers are
 * little-endian and unaligned.
 *
 *	  offset 0  u8   JNY_STATE_CHANNELS, JNY_STATE_VALUES where some event has one
 *			 1  u8   w, bytes of a code: the least of 1, 2, 4 that holds k
 *			 2  u16  0
 *			 4  u32  n, events
 *			 8  u32  k, names and channels
 *			12  k    u16 length of each, then the names, sorted bytewise, none
 *					 twice, each used
 *			    n    i64 times
 *			    n*w  codes of the names
 *			    n*w  with CHANNELS: 0 none, else code + 1
 *			    n    with VALUES: f64, JNY_STATE_NO_VALUE none
 *
 * Events are in canonical order, so equal paths have equal bytes.
 */
#ifndef JOURNEY_STATE_H
#define JOURNEY_STATE_H

#include "core/stash.h"

#define JNY_STATE_HEAD_SIZE	12
#define JNY_STATE_CHANNELS	0x01
#define JNY_STATE_VALUES	0x02

/* The bits of a missing value: no other NaN is written, none is read. */
#define JNY_STATE_NO_VALUE	UINT64CONST(0x7FF8000000000000)

/* An opened state: slices of its bytes, which must stay. */
typedef struct JnyState
{
	uint8		flags;
	uint8		width;
	uint32		n;
	uint32		nnames;
	const uint8 *name_lens;
	const uint8 *names;
	const uint8 *times;
	const uint8 *codes;
	const uint8 *channels;		/* NULL: none */
	const uint8 *values;		/* NULL: none */
} JnyState;

/*
 * The bytes of a path, which is sorted if need be, in a new allocation whose
 * first "reserve" bytes are left for the caller; *len counts the state only.
 * NULL if both together pass JNY_MAX_BYTES.  O(n + names log names).
 */
extern uint8 *jny_state_write(JnyPath *path, size_t reserve, size_t *len);

/* Refuses (JNY_E_CORRUPT) whatever jny_state_write would not have written. */
extern JnyCode jny_state_open(const uint8 *bytes, size_t len, JnyState *state,
							  JnyError *err);

/* Append all events of an opened state; JNY_E_MAX_EVENTS if too many. */
extern JnyCode jny_path_add_state(JnyPath *path, const JnyState *state,
								  JnyError *err);
extern JnyCode jny_stash_add_state(JnyStash *stash, JnyPool *pool,
								   JnyDict *dict, const JnyState *state,
								   JnyError *err);

#endif							/* JOURNEY_STATE_H */

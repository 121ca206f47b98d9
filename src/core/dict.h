/*
 * dict.h
 *	  Inside of the dictionary: looking names up without a call, and scratch
 *	  for each name.
 *
 * Packing one path of a shared dictionary may not cost a pass over all names
 * of all customers.  So each name has a scratch slot, and a new round makes
 * all slots empty at once by stepping a counter.
 */
#ifndef JOURNEY_DICT_H
#define JOURNEY_DICT_H

#include "core/path.h"

/*
 * Names seen again and again are found by their ends in a table in front of
 * the one of all names.
 */
#define JNY_FRONT_BITS 10

/* A name by its ends, which up to 16 bytes are all of it. */
typedef struct JnyDictFront
{
	uint64		head;
	uint64		tail;
	uint32		len1;			/* length + 1; 0: unused */
	uint32		code;
} JnyDictFront;

typedef struct JnySlot
{
	uint32		round;			/* the slot is empty unless this is current */
	uint32		value;
} JnySlot;

/*
 *	  front --> names looked up lately, by their ends; NULL while it is young
 *	  table --> (code, hash) by hash of the name
 *	  names --> slice of each code --> into a chunk
 *	  slots --> scratch of each code, see dict.h
 *	  ranks --> place of each code among all names, sorted, and from ranks_cap
 *				on the code of each place; see sort_codes
 *	  chunks -> newest chunk -> older ones
 */
struct JnyDict
{
	JnyDictFront *front;
	struct dicttab_hash *table;
	JnyName    *names;
	JnySlot    *slots;
	uint32	   *ranks;
	struct JnyDictChunk *chunks;
	char	   *room;			/* free bytes of the newest chunk */
	size_t		room_left;
	size_t		next_chunk;
	size_t		bytes;			/* allocated in all */
	uint32		count;
	uint32		cap;			/* of names */
	uint32		slots_cap;
	uint32		ranks_cap;
	uint32		ranked;			/* the ranks are right while this is the count */
	uint32		unranked;		/* codes sorted since the count is another */
	uint32		round;
	uint32		asked;			/* look-ups so far, while there is no front */
	JnyName		probe;
#ifndef FRONTEND
	MemoryContext context;
#endif
};

/* ---- looking names up ---- */

/*
 * The first and last eight bytes of a name; both are all of a shorter one, as a
 * number.  Reads nothing outside of the name.
 */
static inline void
jny_name_ends(JnyName name, uint64 *head, uint64 *tail)
{
	const char *end = name.data + name.len;
	uint64		short_name = 0;

	if (name.len >= 8)
	{
		*head = jny_get64((const uint8 *) name.data);
		*tail = jny_get64((const uint8 *) end - 8);
		return;
	}
	if (name.len >= 4)
		short_name = jny_get32((const uint8 *) name.data) |
			(uint64) jny_get32((const uint8 *) end - 4) << 8 * (name.len - 4);
	else if (name.len > 0)
		short_name = (uint8) name.data[0] |
			(uint64) (uint8) name.data[name.len / 2] << 8 * (name.len / 2) |
			(uint64) (uint8) end[-1] << 8 * (name.len - 1);
	*head = *tail = short_name;
}

/* Where the table in front, which is there, has a name. */
static inline JnyDictFront *
jny_dict_front(const JnyDict *dict, JnyName name, uint64 head, uint64 tail)
{
	uint64		mixed = (head ^ (tail << 1 | tail >> 63) ^ name.len) *
		UINT64CONST(0x9E3779B97F4A7C15);

	return dict->front + (mixed >> (64 - JNY_FRONT_BITS));
}

extern uint32 jny_dict_put_slow(JnyDict *dict, JnyName name, uint64 head,
								uint64 tail);

/*
 * The code of a name, a new one (the count so far) if it is not there yet,
 * whose ends are known.  The bytes are copied.  O(length); a few instructions
 * for a name of at most 16 bytes that was looked up lately.
 */
static inline uint32
jny_dict_find(JnyDict *dict, JnyName name, uint64 head, uint64 tail)
{
	const JnyDictFront *entry;

	if (likely(dict->front != NULL))
	{
		entry = jny_dict_front(dict, name, head, tail);
		if (entry->head == head && entry->tail == tail &&
			entry->len1 == name.len + 1 &&
			(name.len <= 16 ||
			 memcmp(name.data + 8, dict->names[entry->code].data + 8,
					name.len - 16) == 0))
			return entry->code;
	}
	return jny_dict_put_slow(dict, name, head, tail);
}

/* ---- scratch ---- */

/* The slots of all names, all empty; valid until the next put or round. */
extern JnySlot *jny_dict_slots(JnyDict *dict, uint32 *round);

/* The code in "to" of a code in "from", looked up once a round of "from". */
static inline uint32
jny_dict_translate(JnyDict *to, const JnyDict *from, JnySlot *slots,
				   uint32 round, uint32 code)
{
	if (slots[code].round != round)
	{
		slots[code].value = jny_dict_put(to, jny_dict_name(from, code));
		slots[code].round = round;
	}
	return slots[code].value;
}

/* Sorts codes by name, bytewise. */
extern void jny_dict_sort_codes(JnyDict *dict, uint32 *codes, uint32 n);

#endif							/* JOURNEY_DICT_H */

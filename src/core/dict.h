/*
 * dict.h
 *	  Inside of the dictionary that only the path needs: scratch per name.
 *
 * Packing one path of a shared dictionary may not cost a pass over all names
 * of all customers.  So each name has a scratch slot, and a new round makes
 * all slots empty at once by stepping a counter.
 */
#ifndef JOURNEY_DICT_H
#define JOURNEY_DICT_H

#include "core/path.h"

typedef struct JnySlot
{
	uint32		round;			/* the slot is empty unless this is current */
	uint32		value;
} JnySlot;

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

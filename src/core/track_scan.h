/*
 * track_scan.h
 *	  Inside of the general engine: a group of equal time under a pattern that
 *	  has "=>".
 *
 * Units are of two kinds.  Where "=>" leads to a unit, or may lead on from it,
 * its place matters: such "placed" units are found by scanning the group in
 * canonical order (track_scan.c).  All others are "pooled": any event of their
 * item does for them, so only the number of events that are left matters
 * (track_pool.c).  Pooled units are few kinds, one for each of the parts
 * between "->" at most; that is what keeps {m,} from multiplying.
 */
#ifndef JOURNEY_TRACK_SCAN_H
#define JOURNEY_TRACK_SCAN_H

#include "core/track.h"

/* Items with pooled units; sets of them are 8 bits. */
#define JNY_MAX_POOLS JNY_MAX_EXTENDED_PARTS
#define JNY_POOL_SETS (1 << JNY_MAX_POOLS)

/* A way through the first events of a group. */
typedef struct JnyScanState
{
	uint64		filled;			/* placed units that wait for the next one */
	uint64		dead;			/* units that are settled, or passed over */
	uint32		start;			/* 0: the unit of the entry is not filled */
	int32		alike;			/* next state that differs in "used" only */
	int8		last;			/* placed unit filled just before, or -1 */
	int8		entry;			/* entered at pooled units of item, or -1 */
	bool		ok;				/* the highest unit's event may be the last */
	uint32		used[FLEXIBLE_ARRAY_MEMBER];	/* events taken, by class */
} JnyScanState;

/* What of a hit matters. */
typedef struct JnyLook
{
	uint64		units;			/* placed units it can fill */
	int			class;			/* of the pooled units it can fill, or -1 */
	bool		side_by_side;	/* with the hit before, of the same group */
	bool		entering;		/* ... with the hit before the group */
	bool		last;			/* may be the last of a complete attempt */
} JnyLook;

#define JNY_STEADY_LOOKS 8

/* An event that is settled for a unit. */
typedef struct JnyReserved
{
	uint32		hit;
	int			unit;
} JnyReserved;

struct JnyScan
{
	/* of the pattern */
	uint64		pooled;			/* units; all others are placed */
	int			npools;
	int8		pool_of[JNY_MAX_ITEMS]; /* of item, or -1 */
	uint8		pool_item[JNY_MAX_POOLS];

	/* of the group */
	uint64		reach;			/* units that some attempt may get to */
	uint64		fixed;			/* units that have an event reserved */
	uint64		required;		/* pooled units no attempt can pass over */
	uint64		chained;		/* placed units only "=>" leads on from */
	int			nreserved;
	JnyReserved reserved[JNY_MAX_ITEMS];
	int			nkinds;			/* sets of pools that some event fits */
	uint8		kind[JNY_POOL_SETS];
	uint32		count[JNY_POOL_SETS];	/* of events that fit just this set */
	uint32		fitting[JNY_POOL_SETS]; /* that fit some pool of the set */
	int			ntight;			/* sets that could run out of events */
	uint8		tight[JNY_POOL_SETS];
	int			nclasses;		/* of events, for those sets */
	uint8		class_fits[JNY_POOL_SETS];	/* pools of one of the class */
	int16		class_of[JNY_POOL_SETS];	/* of what an event fits, or -1 */

	/* states, "stride" bytes each */
	char	   *state;
	char	   *old_state;
	size_t		stride;
	size_t		bytes;			/* allocated */
	size_t		old_bytes;
	uint32		nstates;
	JnyScanState *work;			/* the one just being made */
	uint64	   *table;			/* turn and number of a state */
	uint32		table_size;
	uint32		turn;
	int			nsteady;
	JnyLook		steady[JNY_STEADY_LOOKS];	/* that change no state any more */
};

/* State i of a set. */
static inline JnyScanState *
jny_scan_state(char *states, size_t stride, uint32 i)
{
	return (JnyScanState *) (states + i * stride);
}

static inline void
jny_scan_copy(const struct JnyScan *scan, JnyScanState *to, const JnyScanState *from)
{
	int32		alike = to->alike;

	memcpy(to, from, offsetof(JnyScanState, used) + scan->nclasses * sizeof(uint32));
	to->alike = alike;
}

/* Adds the state at work, unless there is one that is as good. */
extern void jny_scan_add(struct JnyScan *scan);

/* Makes the n states the old ones, and none the current ones; returns n. */
extern uint32 jny_scan_turn(struct JnyScan *scan);

/* Are the current states the n old ones? */
extern bool jny_scan_stays(struct JnyScan *scan, uint32 n);

static inline uint64
jny_unit_bit(int u)
{
	return UINT64CONST(1) << u;
}

/* Bits 0 .. n-1, n from 0 to 64. */
static inline uint64
jny_units_below(int n)
{
	return n >= 64 ? PG_UINT64_MAX : jny_unit_bit(n) - 1;
}

/* Which units of the pattern are pooled. */
extern void jny_track_pool_init(JnyTrack *t);

/* Looks at hits k .. end-1.  False if no attempt can enter there. */
extern bool jny_track_pool_set(JnyTrack *t, uint32 k, uint32 end, bool joined);

/* The set of pools that an event of these items fits. */
static inline int
jny_track_pool_fits(const struct JnyScan *scan, uint64 items)
{
	int			fits = 0;

	for (int p = 0; p < scan->npools; p++)
		fits |= (int) (items >> scan->pool_item[p] & 1) << p;
	return fits;
}

/* Do what a state leaves of the events for these pooled units? */
extern bool jny_track_pool_can(const JnyTrack *t, const JnyScanState *s, uint64 units);

#endif							/* JOURNEY_TRACK_SCAN_H */

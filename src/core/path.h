/*
 * path.h
 *	  A journey in its expanded form: append, sort, merge, pack.
 *
 * Names live in a dictionary (JnyDict) that many paths may share: an aggregate
 * over half a million customers interns each name once, and a path holds codes
 * only.  Codes are in order of first arrival, so nothing that leaves a path
 * may depend on them.
 */
#ifndef JOURNEY_PATH_H
#define JOURNEY_PATH_H

#include <math.h>

#include "core/journey.h"

/* ---- names ---- */

typedef struct JnyDict JnyDict;

extern JnyDict *jny_dict_create(void);
extern uint32 jny_dict_put(JnyDict *dict, JnyName name);
extern JnyName jny_dict_name(const JnyDict *dict, uint32 code);
extern uint32 jny_dict_count(const JnyDict *dict);
extern size_t jny_dict_bytes(const JnyDict *dict);
extern void jny_dict_free(JnyDict *dict);

/* ---- events ---- */

/* One event.  channel: 0 none, else code + 1.  value: NaN none. */
typedef struct JnyEvent
{
	int64		ts;
	double		value;
	uint32		name;
	uint32		channel;
} JnyEvent;

/*
 * Events held inside the path itself before an array is allocated: as many as
 * make the state of an aggregate fill its 256 bytes.
 */
#define JNY_PATH_FEW 8

/*
 *	  dict ----> names, shared
 *	  events --> few[0..7], or an array of cap events once it is outgrown
 *
 * A path never moves once initialised, for events may point into it.
 */
typedef struct JnyPath
{
	JnyDict    *dict;
	uint32		n;
	uint32		cap;
	bool		sorted;			/* known to be in canonical order */
	JnyEvent   *events;
	JnyEvent	few[JNY_PATH_FEW];
} JnyPath;

static inline bool
jny_has_value(const JnyEvent *event)
{
	return !isnan(event->value);
}

extern void jny_path_init(JnyPath *path, JnyDict *dict);
extern void jny_path_reset(JnyPath *path);	/* frees the array, keeps the dict */

/*
 * Makes room for n more events.  The first array is allocated in the current
 * memory context and grows there: whoever keeps a path beyond the current
 * context switches to its context before anything is appended.  (A dictionary
 * needs no such care: it stays in the context that was current when it was
 * created.)
 */
extern JnyCode jny_path_reserve(JnyPath *path, uint32 n, JnyError *err);

/*
 * Checks one event as it comes from a user: finite time in range, a name that
 * is neither empty nor too long, a finite value (value may be NULL: none).
 * An empty channel is none.  The first function only tells whether all is
 * fine; a NaN is no value for it.
 */
static inline bool
jny_event_fine(int64 ts, JnyName name, JnyName channel, double value)
{
	return IS_VALID_TIMESTAMP(ts) && name.len - 1 < JNY_MAX_NAME_BYTES &&
		channel.len <= JNY_MAX_NAME_BYTES && !isinf(value);
}

extern JnyCode jny_event_check(int64 ts, JnyName name, JnyName channel,
							   const double *value, JnyError *err);

/* Appends one checked event; "jny_path_push" takes codes already interned. */
extern JnyCode jny_path_add(JnyPath *path, int64 ts, JnyName name,
							JnyName channel, const double *value,
							JnyError *err);
extern JnyCode jny_path_push(JnyPath *path, const JnyEvent *event,
							 JnyError *err);

/*
 * Append all events of a stored journey or of another path (any dict).  The
 * journey need only be open SAFE, in any order of events: what would not be a
 * legal event is refused as JNY_E_CORRUPT.
 */
extern JnyCode jny_path_add_view(JnyPath *path, const JnyView *view,
								 JnyError *err);
extern JnyCode jny_path_add_path(JnyPath *path, const JnyPath *other,
								 JnyError *err);

/* Canonical order of two events of one dict; 0: they are identical. */
extern int	jny_event_cmp(const JnyDict *dict, const JnyEvent *a,
						  const JnyEvent *b);

/* Brings the events into canonical order.  O(n log n), O(n) when sorted. */
extern void jny_path_sort(JnyPath *path);

/*
 * Multiset union with multiplicity = max: out, an empty path on the dict that
 * a and b share, receives each distinct event as often as the richer side has
 * it.  Sorts a and b if need be.  O(n + m).
 */
extern JnyCode jny_path_merge(JnyPath *out, JnyPath *a, JnyPath *b,
							  JnyError *err);

/*
 * The canonical bytes, in a new allocation whose first "reserve" bytes are
 * left for the caller (a varlena header); *len counts the journey only.
 * Sorts the path if need be.  NULL, with err set, when a limit is passed.
 */
extern uint8 *jny_path_pack(JnyPath *path, size_t reserve, size_t *len,
							JnyError *err);

#endif							/* JOURNEY_PATH_H */

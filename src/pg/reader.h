/*
 * reader.h
 *	  Reading the events of a stored journey one by one, asking a one-step
 *	  pattern about them, and copying some of them into a path.
 *
 * A walk tells codes of the view's dictionaries; a JourneyCopy maps them to the
 * codes of the path's dictionary, interning each name once however many events
 * carry it.
 */
#ifndef JOURNEY_READER_H
#define JOURNEY_READER_H

#include "pg/datum.h"

/*
 * A walk (jny_walk) over a view that starts at event "from"; O(log values).
 */
extern JnyWalk journey_walk_from(const JnyView *view, uint32 from);

/* jny_walk_next that looks for a cancel request now and then. */
static inline bool
journey_walk_next(JnyWalk *walk)
{
	if ((walk->next & JNY_INTERRUPT_MASK) == 0)
		JNY_CHECK_INTERRUPTS();
	return jny_walk_next(walk);
}

/* What a journey tells by its head alone: no full detoasting. */
extern void journey_datum_head(Datum datum, JnyHead *head);
extern void journey_getarg_head(FunctionCallInfo fcinfo, int n, JnyHead *head);

/*
 * The least bytes of a form that repeats the name with each event and adds so
 * many bytes to it.  O(n).
 */
extern double journey_least_form(const JnyView *view, int event_bytes);

/*
 * A form of a journey that has a limit: says so (54000) before the work is done
 * rather than after.  "form" completes the sentence.
 */
extern void journey_check_form(double bytes, size_t limit, const char *form);

/* The first event at or behind a time: n when there is none.  O(log n). */
extern uint32 journey_lower_bound(const JnyView *view, int64 ts);

/*
 * Which events of a view satisfy a one-step pattern: by name, and where the
 * name does not tell, by channel and value.
 */
typedef struct JourneyStep
{
	const JnyPattern *pattern;
	bool	   *name;			/* by code of the view: yes */
	bool	   *maybe;			/* depends on the event */
	JnyName    *names;			/* these two where it does for some name */
	JnyName    *channels;
} JourneyStep;

/*
 * The one-step pattern in argument n, ready for the names of a view.  Another
 * kind of pattern is an error (22023) with this hint.
 */
extern void journey_getarg_step(FunctionCallInfo fcinfo, int n,
								const JnyView *view, const char *hint,
								JourneyStep *step);

static inline bool
journey_step_matches(const JourneyStep *step, const JnyWalk *walk)
{
	JnyName		none = {"", 0};

	if (!step->maybe[walk->code])
		return step->name[walk->code];
	return jny_pattern_test(step->pattern, 1, step->names[walk->code],
							walk->channel ? step->channels[walk->channel - 1] :
							none, walk->value) != 0;
}

/* The same check for a pattern that is no argument. */
extern void journey_check_step(const JnyPattern *pattern, const char *hint);

/*
 *	  names, channels ----> slices of the view
 *	  name_code[code of the view] = code in the path's dictionary, or none yet
 */
typedef struct JourneyCopy
{
	const JnyView *view;
	JnyPath    *path;
	JnyName    *names;
	JnyName    *channels;
	uint32	   *name_code;
	uint32	   *channel_code;
} JourneyCopy;

#define JOURNEY_NO_CODE PG_UINT32_MAX

extern void journey_copy_init(JourneyCopy *copy, const JnyView *view,
							  JnyPath *path);

/* Copies the event a walk over the view has just read. */
extern void journey_copy_event(JourneyCopy *copy, const JnyWalk *walk);

/* Copies the events at positions from .. to - 1. */
extern void journey_copy_range(JourneyCopy *copy, uint32 from, uint32 to);

#endif							/* JOURNEY_READER_H */

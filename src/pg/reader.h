/*
 * reader.h
 *	  Reading the events of a stored journey one by one, asking a one-step
 *	  pattern about them, and copying some of them into a path.
 *
 * An event read from a view carries the codes of that view's dictionaries; a
 * JourneyCopy maps them to the codes of the path's dictionary, interning each
 * name once however many events carry it.
 */
#ifndef JOURNEY_READER_H
#define JOURNEY_READER_H

#include "pg/datum.h"

typedef struct JourneyReader
{
	const JnyView *view;
	uint32		next;			/* event to be read next */
	uint32		value;			/* first value at or behind that event */
} JourneyReader;

extern void journey_reader_init(JourneyReader *reader, const JnyView *view,
								uint32 from);

/*
 * Reads the next event, its name and channel as codes of the view; false
 * behind the last.  Looks for a cancel request now and then.
 */
static inline bool
journey_read(JourneyReader *reader, JnyEvent *event)
{
	const JnyView *view = reader->view;
	uint32		i = reader->next;

	if (i >= view->n)
		return false;
	if ((i & JNY_INTERRUPT_MASK) == 0)
		JNY_CHECK_INTERRUPTS();
	event->ts = jny_time(view, i);
	event->name = jny_code(view, i);
	event->channel = jny_channel(view, i);
	if (reader->value < view->nvalues &&
		jny_value_position(view, reader->value) == i)
		event->value = jny_value_at(view, reader->value++);
	else
		event->value = NAN;
	reader->next++;
	return true;
}

/* What a journey tells by its head alone: no full detoasting. */
extern void journey_datum_head(Datum datum, JnyHead *head);
extern void journey_getarg_head(FunctionCallInfo fcinfo, int n, JnyHead *head);

/* The first event at or behind a time: n when there is none.  O(log n). */
extern uint32 journey_lower_bound(const JnyView *view, int64 ts);

/* Which names of a view satisfy a one-step pattern. */
typedef struct JourneyStep
{
	bool	   *name;			/* by code of the view */
} JourneyStep;

/*
 * The one-step pattern in argument n, ready for the names of a view.  Another
 * kind of pattern is an error (22023) with this hint.
 */
extern void journey_getarg_step(FunctionCallInfo fcinfo, int n,
								const JnyView *view, const char *hint,
								JourneyStep *step);

static inline bool
journey_step_matches(const JourneyStep *step, const JnyEvent *event)
{
	return step->name[event->name];
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
extern void journey_copy_event(JourneyCopy *copy, const JnyEvent *event);

/* Copies the events at positions from .. to - 1. */
extern void journey_copy_range(JourneyCopy *copy, uint32 from, uint32 to);

#endif							/* JOURNEY_READER_H */

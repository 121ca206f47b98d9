/*
 * calendar.h
 *	  Days, weeks and months of a time zone, numbered.
 *
 * Days are numbered from 2000-01-01, weeks from Monday 2000-01-03, months from
 * year 0, so that consecutive units have consecutive numbers.  The zone is
 * what an argument names; no setting of the session has a part in it.
 */
#ifndef JOURNEY_CALENDAR_H
#define JOURNEY_CALENDAR_H

#include "pg/datum.h"

#include "pgtime.h"

typedef enum JourneyUnit
{
	JOURNEY_DAY,
	JOURNEY_WEEK,
	JOURNEY_MONTH
} JourneyUnit;

typedef struct JourneyCalendar
{
	JourneyUnit unit;
	pg_tz	   *tz;				/* NULL: UTC */
} JourneyCalendar;

/* "day", "week" or "month"; refuses (22023) others. */
extern JourneyUnit journey_unit_read(JnyName name);

/* A time zone by its name; refuses (22023) others, with this hint. */
extern pg_tz *journey_tz_read(JnyName name, const char *hint);

/* The number of the unit that holds a time. */
extern int64 journey_calendar_unit(const JourneyCalendar *calendar, int64 ts);

/* The first day of a unit, since 2000-01-01. */
extern int64 journey_calendar_day(const JourneyCalendar *calendar, int64 unit);

/* The time a unit begins. */
extern int64 journey_calendar_start(const JourneyCalendar *calendar, int64 unit);

/* Largest whole number of times that b > 0 goes into a. */
static inline int64
journey_floor_div(int64 a, int64 b)
{
	return a / b - (a % b < 0);
}

#endif							/* JOURNEY_CALENDAR_H */

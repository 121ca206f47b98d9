/*
 * calendar.c
 *	  Days, weeks and months of a time zone, numbered.
 */
#include "postgres.h"

#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "pg/calendar.h"

JourneyUnit
journey_unit_read(JnyName name)
{
	static const char *names[] = {"day", "week", "month"};

	for (int i = 0; i < lengthof(names); i++)
		if (name.len == strlen(names[i]) && memcmp(name.data, names[i], name.len) == 0)
			return (JourneyUnit) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown unit \"%.*s\"", (int) Min(name.len, 100), name.len > 0 ? name.data : ""),
			 errhint("Units are day, week and month.")));
}

pg_tz *
journey_tz_read(JnyName name, const char *hint)
{
	pg_tz	   *tz = NULL;

	if (name.len <= TZ_STRLEN_MAX)
		tz = pg_tzset(pnstrdup(name.data, name.len));
	if (tz == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%.*s\" not recognized", (int) Min(name.len, 100), name.data),
				 errhint("%s", hint)));
	return tz;
}

/* Days since 2000-01-01 of a time in the zone, and its parts. */
static int64
local_day(const JourneyCalendar *calendar, int64 ts, struct pg_tm *tm)
{
	fsec_t		fsec;
	int			offset;
	pg_tz	   *tz = calendar->tz;

	if (timestamp2tm(ts, tz ? &offset : NULL, tm, &fsec, NULL, tz) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return date2j(tm->tm_year, tm->tm_mon, tm->tm_mday) - POSTGRES_EPOCH_JDATE;
}

int64
journey_calendar_unit(const JourneyCalendar *calendar, int64 ts)
{
	struct pg_tm tm;
	int64		day = local_day(calendar, ts, &tm);

	if (calendar->unit == JOURNEY_MONTH)
		return (int64) tm.tm_year * 12 + tm.tm_mon - 1;
	return calendar->unit == JOURNEY_WEEK ? journey_floor_div(day - 2, 7) : day;
}

int64
journey_calendar_day(const JourneyCalendar *calendar, int64 unit)
{
	int64		year = journey_floor_div(unit, 12);

	if (calendar->unit == JOURNEY_MONTH)
		return date2j((int) year, (int) (unit - year * 12) + 1, 1) - POSTGRES_EPOCH_JDATE;
	return calendar->unit == JOURNEY_WEEK ? unit * 7 + 2 : unit;
}

int64
journey_calendar_start(const JourneyCalendar *calendar, int64 unit)
{
	struct pg_tm tm = {0};
	int			offset = 0;
	int64		day = journey_calendar_day(calendar, unit);

	j2date((int) (day + POSTGRES_EPOCH_JDATE), &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	if (calendar->tz)
		offset = DetermineTimeZoneOffset(&tm, calendar->tz);
	return day * USECS_PER_DAY + (int64) offset * USECS_PER_SEC;
}

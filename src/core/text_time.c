/*
 * text_time.c
 *	  Times in text: ISO 8601, UTC, every valid timestamp there and back.
 *
 * The server's own date code reads settings and is not for use outside it, so
 * the calendar is here: H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms" (2013), exact for the whole range.
 */
#include "core/scan.h"

/* Room for a printed time. */
#define TIME_ROOM 64

/* Days from 1970-01-01, where the calendar algorithms count, to 2000-01-01. */
#define EPOCH_DAYS (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)

/* A calendar date, proleptic Gregorian; year 0 is 1 BC. */
typedef struct CivilDate
{
	int64		year;
	int			month;
	int			day;
} CivilDate;

/* The date of a day counted from 1970-01-01 (H. Hinnant, 2013). */
static CivilDate
civil_from_days(int64 days)
{
	CivilDate	date;
	int64		shifted = days + 719468;	/* days from 0000-03-01 */
	int64		era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64		doe = shifted - era * 146097;	/* day of the 400 years */
	int64		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int			doy = (int) (doe - (365 * yoe + yoe / 4 - yoe / 100));
	int			mp = (5 * doy + 2) / 153;	/* month from March */

	date.day = doy - (153 * mp + 2) / 5 + 1;
	date.month = mp < 10 ? mp + 3 : mp - 9;
	date.year = yoe + era * 400 + (date.month <= 2);
	return date;
}

/* The inverse. */
static int64
days_from_civil(CivilDate date)
{
	int64		year = date.year - (date.month <= 2);
	int64		era = (year >= 0 ? year : year - 399) / 400;
	int64		yoe = year - era * 400;
	int64		mp = date.month > 2 ? date.month - 3 : date.month + 9;
	int64		doy = (153 * mp + 2) / 5 + date.day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* Days of a month, leap years as ISO 8601 counts them. */
static int
days_in_month(int64 year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* Writes at least width digits; what follows them. */
static char *
put_digits(char *out, int64 number, int width)
{
	char		reversed[20];
	int			n = 0;

	do
		reversed[n++] = (char) ('0' + number % 10);
	while ((number /= 10) != 0);
	for (int i = n; i < width; i++)
		*out++ = '0';
	while (n > 0)
		*out++ = reversed[--n];
	return out;
}

/* Appends a time, in UTC whatever the session's zone: see text.h. */
void
jny_text_time(JnyText *text, int64 ts)
{
	char		buffer[TIME_ROOM];
	char	   *out = buffer;
	int64		days = ts / USECS_PER_DAY - (ts % USECS_PER_DAY < 0);
	int64		us = ts - days * USECS_PER_DAY;
	CivilDate	date = civil_from_days(days + EPOCH_DAYS);

	if (date.year < 0)
		*out++ = '-';
	out = put_digits(out, date.year < 0 ? -date.year : date.year, 4);
	*out++ = '-';
	out = put_digits(out, date.month, 2);
	*out++ = '-';
	out = put_digits(out, date.day, 2);
	*out++ = 'T';
	out = put_digits(out, us / USECS_PER_HOUR, 2);
	*out++ = ':';
	out = put_digits(out, us / USECS_PER_MINUTE % 60, 2);
	*out++ = ':';
	out = put_digits(out, us / USECS_PER_SEC % 60, 2);
	us %= USECS_PER_SEC;
	if (us != 0)
	{
		*out++ = '.';
		out = put_digits(out, us, 6);
		while (out[-1] == '0')
			out--;
	}
	*out++ = 'Z';
	jny_text_append(text, buffer, out - buffer);
}

/* Exactly two digits with a value from low to high. */
static bool
scan_two(JnyScan *scan, int low, int high, int *number, const char *expected)
{
	if (is_digit(peek(scan, 0)) && is_digit(peek(scan, 1)))
	{
		*number = (peek(scan, 0) - '0') * 10 + (peek(scan, 1) - '0');
		if (*number >= low && *number <= high)
		{
			scan->at += 2;
			return true;
		}
	}
	syntax_error(scan, expected);
	return false;
}

/* [sign] year - month - day, years of four to six digits. */
static bool
scan_date(JnyScan *scan, int64 *days)
{
	static const char expected[] = "a time such as 2024-01-31T09:30:00Z";
	size_t		start = scan->at;
	bool		negative = peek(scan, 0) == '-';
	CivilDate	date = {0, 0, 0};
	size_t		digits = 0;
	size_t		day_at;

	if (negative || peek(scan, 0) == '+')
		scan->at++;
	for (; digits < 7 && is_digit(peek(scan, 0)); digits++, scan->at++)
		date.year = date.year * 10 + (peek(scan, 0) - '0');
	if (digits < 4 || digits > 6 || peek(scan, 0) != '-')
	{
		scan->at = start;
		syntax_error(scan, expected);
		return false;
	}
	if (negative)
		date.year = -date.year;
	scan->at++;
	if (!scan_two(scan, 1, 12, &date.month, "a month from 01 to 12") ||
		!scan_byte(scan, '-', "\"-\" and the day of the month"))
		return false;
	day_at = scan->at;
	if (!scan_two(scan, 1, 31, &date.day, "a day from 01 to 31"))
		return false;
	if (date.day > days_in_month(date.year, date.month))
	{
		scan->at = day_at;
		syntax_error(scan, "a day that this month has");
		return false;
	}
	*days = days_from_civil(date) - EPOCH_DAYS;
	return true;
}

/* Digits of a second behind the point; more than six must be zeros. */
static bool
scan_fraction(JnyScan *scan, int64 *us)
{
	size_t		start = scan->at;
	int64		weight = USECS_PER_SEC / 10;

	for (; is_digit(peek(scan, 0)); scan->at++, weight /= 10)
	{
		if (weight == 0 && peek(scan, 0) != '0')
			break;
		*us += weight * (peek(scan, 0) - '0');
	}
	if (scan->at > start && !is_digit(peek(scan, 0)))
		return true;
	scan->at = start;
	syntax_error(scan, "up to six digits of a second");
	return false;
}

/* hh:mm[:ss[.ffffff]] */
static bool
scan_clock(JnyScan *scan, int64 *us)
{
	int			hour;
	int			minute;
	int			second;

	if (!scan_two(scan, 0, 23, &hour, "an hour from 00 to 23") ||
		!scan_byte(scan, ':', "\":\" and the minute") ||
		!scan_two(scan, 0, 59, &minute, "a minute from 00 to 59"))
		return false;
	*us = hour * USECS_PER_HOUR + minute * USECS_PER_MINUTE;
	if (peek(scan, 0) != ':')
		return true;
	scan->at++;
	if (!scan_two(scan, 0, 59, &second, "a second from 00 to 59"))
		return false;
	*us += second * USECS_PER_SEC;
	if (peek(scan, 0) != '.')
		return true;
	scan->at++;
	return scan_fraction(scan, us);
}

/* Z, +hh, +hhmm, +hh:mm or nothing, which is UTC. */
static bool
scan_zone(JnyScan *scan, int64 *us)
{
	int			sign = peek(scan, 0) == '-' ? -1 : 1;
	int			hour;
	int			minute = 0;

	*us = 0;
	if (peek(scan, 0) == 'Z' || peek(scan, 0) == 'z')
	{
		scan->at++;
		return true;
	}
	if (peek(scan, 0) != '+' && peek(scan, 0) != '-')
		return true;
	scan->at++;
	if (!scan_two(scan, 0, 15, &hour, "hours of a time zone from 00 to 15"))
		return false;
	if (peek(scan, 0) == ':' || is_digit(peek(scan, 0)))
	{
		scan->at += peek(scan, 0) == ':';
		if (!scan_two(scan, 0, 59, &minute, "minutes of a time zone from 00 to 59"))
			return false;
	}
	*us = sign * (hour * USECS_PER_HOUR + minute * USECS_PER_MINUTE);
	return true;
}

/* A clock follows the date: behind a T, or behind a space and looking so. */
static bool
clock_follows(const JnyScan *scan)
{
	if (peek(scan, 0) == 'T' || peek(scan, 0) == 't')
		return true;
	return peek(scan, 0) == ' ' && is_digit(peek(scan, 1)) &&
		is_digit(peek(scan, 2)) && peek(scan, 3) == ':' &&
		is_digit(peek(scan, 4)) && is_digit(peek(scan, 5));
}

/* Date, clock and zone, as far as they are there. */
JnyCode
jny_scan_time_at(JnyScan *scan, int64 *ts)
{
	size_t		start = scan->at;
	int64		days;
	int64		clock = 0;
	int64		zone = 0;

	if (!scan_date(scan, &days))
		return JNY_E_SYNTAX;
	if (clock_follows(scan))
	{
		scan->at++;
		if (!scan_clock(scan, &clock) || !scan_zone(scan, &zone))
			return JNY_E_SYNTAX;
	}

	/* the first test keeps the product below from overflowing */
	if (days >= MIN_TIMESTAMP / USECS_PER_DAY - 1 &&
		days <= END_TIMESTAMP / USECS_PER_DAY + 1)
	{
		*ts = days * USECS_PER_DAY + clock - zone;
		if (IS_VALID_TIMESTAMP(*ts))
			return JNY_OK;
	}
	return jny_fail(scan->err, JNY_E_TIME_RANGE, start, scan->at - start, 0,
					"a time from 4714-11-24 BC to 294276-12-31 AD");
}

/* Reads a time: see text.h. */
JnyCode
jny_scan_time(const char *text, size_t len, size_t *pos, int64 *ts,
			  JnyError *err)
{
	JnyScan		scan = {text, len, *pos, err};
	JnyCode		code = jny_scan_time_at(&scan, ts);

	if (code == JNY_OK)
		*pos = scan.at;
	return code;
}

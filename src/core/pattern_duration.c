/*
 * pattern_duration.c
 *	  Durations inside a pattern: "7 days", "30min", "1.5 h", "1 day 12 hours".
 *
 * All arithmetic is exact: a decimal that is no whole number of microseconds
 * is refused rather than rounded.
 */
#include "core/pattern.h"

#include "common/int.h"
#include "core/scan.h"
#include "port.h"

typedef struct Unit
{
	const char *name;
	int64		us;				/* 0: no fixed length */
} Unit;

static const Unit units[] = {
	{"us", 1}, {"usec", 1}, {"usecs", 1},
	{"microsecond", 1}, {"microseconds", 1},
	{"ms", 1000}, {"msec", 1000}, {"msecs", 1000},
	{"millisecond", 1000}, {"milliseconds", 1000},
	{"s", USECS_PER_SEC}, {"sec", USECS_PER_SEC}, {"secs", USECS_PER_SEC},
	{"second", USECS_PER_SEC}, {"seconds", USECS_PER_SEC},
	{"m", USECS_PER_MINUTE}, {"min", USECS_PER_MINUTE},
	{"mins", USECS_PER_MINUTE},
	{"minute", USECS_PER_MINUTE}, {"minutes", USECS_PER_MINUTE},
	{"h", USECS_PER_HOUR}, {"hr", USECS_PER_HOUR}, {"hrs", USECS_PER_HOUR},
	{"hour", USECS_PER_HOUR}, {"hours", USECS_PER_HOUR},
	{"d", USECS_PER_DAY}, {"day", USECS_PER_DAY}, {"days", USECS_PER_DAY},
	{"w", 7 * USECS_PER_DAY},
	{"week", 7 * USECS_PER_DAY}, {"weeks", 7 * USECS_PER_DAY},
	{"mon", 0}, {"mons", 0}, {"month", 0}, {"months", 0},
	{"quarter", 0}, {"quarters", 0},
	{"y", 0}, {"yr", 0}, {"yrs", 0}, {"year", 0}, {"years", 0}
};

static const char *const expected_duration = "a duration such as \"7 days\"";
static const char *const expected_unit =
"a unit of time such as \"days\", \"hours\" or \"minutes\"";
static const char *const expected_fixed =
"weeks, days, hours or smaller units: months and years have no fixed length";
static const char *const expected_exact = "a whole number of microseconds";
static const char *const expected_range =
"a duration of less than 292,000 years";

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		IS_HIGHBIT_SET(c);
}

static size_t
skip_blanks(const char *text, size_t len, size_t pos)
{
	while (pos < len && is_space(text[pos]))
		pos++;
	return pos;
}

/*
 * Reads digits [ "." digits ] at *pos as digits * 10^-scale.  Zeros that end
 * the fraction are dropped; what passes 64 bits is out of range.
 */
static bool
scan_decimal(const char *text, size_t len, size_t *pos, int64 *digits,
			 int *scale)
{
	size_t		p = *pos;
	bool		point = false;
	int			zeros = 0;		/* of the fraction, not yet counted in */

	*digits = 0;
	*scale = 0;
	for (; p < len; p++)
	{
		if (text[p] == '.' && !point && p + 1 < len && is_digit(text[p + 1]))
			point = true;
		else if (!is_digit(text[p]))
			break;
		else if (point && text[p] == '0')
			zeros++;
		else
		{
			for (; zeros >= 0; zeros--)
			{
				if (pg_mul_s64_overflow(*digits, 10, digits))
					return false;
				*scale += point;
			}
			if (pg_add_s64_overflow(*digits, text[p] - '0', digits))
				return false;
			zeros = 0;
		}
	}
	*pos = p;
	return true;
}

/* The unit spelled text[from .. to), in any case; NULL if there is none. */
static const Unit *
find_unit(const char *text, size_t from, size_t to)
{
	for (int i = 0; i < lengthof(units); i++)
	{
		if (strlen(units[i].name) == to - from &&
			pg_strncasecmp(units[i].name, text + from, to - from) == 0)
			return &units[i];
	}
	return NULL;
}

/* Divides the product a * b by the prime p, if it goes. */
static bool
divide(int64 *a, int64 *b, int64 p)
{
	int64	   *which = *a % p == 0 ? a : b;

	if (*which % p != 0)
		return false;
	*which /= p;
	return true;
}

/*
 * One number with its unit, added to *us.  *pos is at the number.
 */
static JnyCode
scan_part(const char *text, size_t len, size_t *pos, int64 *us, JnyError *err)
{
	size_t		start = *pos;
	size_t		number_end;
	size_t		from;
	int64		digits;
	int			scale;
	int64		factor;
	const Unit *unit;

	if (!scan_decimal(text, len, pos, &digits, &scale))
	{
		while (*pos < len && (is_digit(text[*pos]) || text[*pos] == '.'))
			(*pos)++;
		return jny_fail(err, JNY_E_SYNTAX, start, *pos - start, 0,
						expected_range);
	}
	number_end = *pos;
	from = skip_blanks(text, len, number_end);
	for (*pos = from; *pos < len && is_letter(text[*pos]);)
		(*pos)++;
	if (*pos == from)
		return jny_fail(err, JNY_E_SYNTAX, from, from < len, 0, expected_unit);
	unit = find_unit(text, from, *pos);
	if (unit == NULL || unit->us == 0)
		return jny_fail(err, JNY_E_SYNTAX, from, *pos - from, 0,
						unit ? expected_fixed : expected_unit);

	/* divide by 10^scale before multiplying, so that 64 bits suffice */
	factor = unit->us;
	for (; scale > 0; scale--)
	{
		if (!divide(&factor, &digits, 2) || !divide(&factor, &digits, 5))
			return jny_fail(err, JNY_E_SYNTAX, start, *pos - start, 0,
							expected_exact);
	}
	if (pg_mul_s64_overflow(digits, factor, &digits) ||
		pg_add_s64_overflow(*us, digits, us))
		return jny_fail(err, JNY_E_SYNTAX, start, *pos - start, 0,
						expected_range);
	return JNY_OK;
}

/*
 * Reads as many parts as follow each other.  *pos ends behind the last unit,
 * or where the text goes wrong.
 */
JnyCode
jny_scan_duration(const char *text, size_t len, size_t *pos, int64 *us,
				  JnyError *err)
{
	*us = 0;
	*pos = skip_blanks(text, len, *pos);
	if (*pos >= len || !is_digit(text[*pos]))
	{
		size_t		end = *pos;

		while (end < len && is_letter(text[end]))
			end++;
		if (end == *pos && end < len)
			end++;
		return jny_fail(err, JNY_E_SYNTAX, *pos, end - *pos, 0,
						expected_duration);
	}
	for (;;)
	{
		size_t		next;
		JnyCode		code = scan_part(text, len, pos, us, err);

		if (code != JNY_OK)
			return code;
		next = skip_blanks(text, len, *pos);
		if (next >= len || !is_digit(text[next]))
			return JNY_OK;
		*pos = next;
	}
}

/* Prints us, which is not negative: "7 days", "1 day", "90 minutes", "5 ms". */
void
jny_text_duration(JnyText *text, int64 us)
{
	static const struct
	{
		int64		us;
		const char *one;
		const char *many;
	}			spellings[] =
	{
		{USECS_PER_DAY, "day", "days"},
		{USECS_PER_HOUR, "hour", "hours"},
		{USECS_PER_MINUTE, "minute", "minutes"},
		{USECS_PER_SEC, "second", "seconds"},
		{1000, "ms", "ms"},
		{1, "us", "us"}
	};
	char		buffer[48];
	int			i = us == 0 ? 3 : 0;

	while (us % spellings[i].us != 0)
		i++;
	us /= spellings[i].us;
	jny_text_append(text, buffer,
					snprintf(buffer, sizeof(buffer), INT64_FORMAT " %s", us,
							 us == 1 ? spellings[i].one : spellings[i].many));
}

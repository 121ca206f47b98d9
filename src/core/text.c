/*
 * text.c
 *	  The text form of a journey, and the tokens it shares with patterns.
 *
 * Every scanner reads each byte once, and what is printed reads back as the
 * same bytes.  Text is in a server encoding, in which a byte below 128 is
 * always a character of its own; so bytes are enough.
 */
#include "core/text.h"

#include "common/shortest_dec.h"

/* Room for a time or a number. */
#define TOKEN_ROOM 64

/* Days from 1970-01-01, where the calendar algorithms count, to 2000-01-01. */
#define EPOCH_DAYS (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)

/* A calendar date, proleptic Gregorian; year 0 is 1 BC. */
typedef struct CivilDate
{
	int64		year;
	int			month;
	int			day;
} CivilDate;

/* Where a scanner stands. */
typedef struct Scan
{
	const char *text;
	size_t		len;
	size_t		at;
	JnyError   *err;
} Scan;

/* ---- the buffer ---- */

/* An empty text in the current memory context. */
void
jny_text_init(JnyText *text)
{
	text->cap = 256;
	text->len = 0;
	text->data = (char *) jny_alloc(text->cap);
	text->data[0] = '\0';
}

/* Appends bytes.  O(1) amortised per byte. */
void
jny_text_append(JnyText *text, const char *data, size_t len)
{
	if (text->cap - text->len <= len)
	{
		text->cap = Max(2 * text->cap, text->len + len + 1);
		text->data = (char *) jny_realloc(text->data, text->cap);
	}
	memcpy(text->data + text->len, data, len);
	text->len += len;
	text->data[text->len] = '\0';
}

/* ---- characters ---- */

/* Classes of bytes that no locale changes. */
static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Letters, digits, _ and every byte of a non-ASCII character. */
static inline bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
		c == '_' || ((unsigned char) c) >= 128;
}

static inline bool
is_name_part(char c)
{
	return is_name_start(c) || c == '.' || c == '/' || c == ':' || c == '-';
}

/* The byte n places ahead; a NUL, which no text contains, at the end. */
static inline char
peek(const Scan *scan, size_t n)
{
	return n < scan->len - scan->at ? scan->text[scan->at + n] : '\0';
}

/* Moves behind white space. */
static inline void
skip_space(Scan *scan)
{
	while (scan->at < scan->len && is_space(scan->text[scan->at]))
		scan->at++;
}

/*
 * A syntax error at a byte of the text.  What is found there is the whole
 * word, so that the message does not cut a character or a name in two.
 */
JnyCode
jny_syntax_error(const char *text, size_t len, size_t at, const char *expected,
				 JnyError *err)
{
	size_t		end = at;

	while (end < len && is_name_part(text[end]))
		end++;
	if (end == at && at < len)
		end++;
	return jny_fail(err, JNY_E_SYNTAX, at, end - at, 0, expected);
}

/* The same where the scanner stands. */
static JnyCode
syntax_error(const Scan *scan, const char *expected)
{
	return jny_syntax_error(scan->text, scan->len, scan->at, expected,
							scan->err);
}

/* ---- names ---- */

/* Whether a name needs no quotes. */
bool
jny_name_is_bare(JnyName name)
{
	if (name.len == 0 || !is_name_start(name.data[0]))
		return false;
	for (uint32 i = 1; i < name.len; i++)
		if (!is_name_part(name.data[i]))
			return false;
	return true;
}

/* Appends a name, quoted if need be. */
void
jny_text_name(JnyText *text, JnyName name)
{
	uint32		done = 0;

	if (jny_name_is_bare(name))
	{
		jny_text_append(text, name.data, name.len);
		return;
	}
	jny_text_append(text, "\"", 1);
	for (uint32 i = 0; i < name.len; i++)
		if (name.data[i] == '"')
		{
			/* up to and with the quote, which begins the next piece again */
			jny_text_append(text, name.data + done, i + 1 - done);
			done = i;
		}
	jny_text_append(text, name.data + done, name.len - done);
	jny_text_append(text, "\"", 1);
}

/* The rest of a quoted name, behind the opening quote; see jny_scan_name. */
static JnyCode
scan_quoted(Scan *scan, char *scratch, JnyName *name)
{
	size_t		start = scan->at - 1;
	size_t		n = 0;

	for (;;)
	{
		const char *from = scan->text + scan->at;
		const char *quote = (const char *) memchr(from, '"', scan->len - scan->at);

		if (quote == NULL)
		{
			scan->at = scan->len;
			return syntax_error(scan, "a closing double quote");
		}
		memcpy(scratch + n, from, quote - from);
		n += quote - from;
		scan->at += quote - from + 1;
		if (peek(scan, 0) != '"')
			break;
		scratch[n++] = '"';
		scan->at++;
	}
	if (n == 0)
		return jny_fail(scan->err, JNY_E_SYNTAX, start, scan->at - start, 0,
						"a name that is not empty");
	if (n > JNY_MAX_NAME_BYTES)
		return jny_fail(scan->err, JNY_E_MAX_NAME_BYTES, start,
						scan->at - start, JNY_MAX_NAME_BYTES, "a shorter name");
	name->data = scratch;
	name->len = (uint32) n;
	return JNY_OK;
}

/* A name, bare or quoted; expected says what stands there. */
static JnyCode
scan_name(Scan *scan, char *scratch, JnyName *name, const char *expected)
{
	size_t		start = scan->at;

	if (peek(scan, 0) == '"')
	{
		scan->at++;
		return scan_quoted(scan, scratch, name);
	}
	if (!is_name_start(peek(scan, 0)))
		return syntax_error(scan, expected);
	while (is_name_part(peek(scan, 0)) &&
		   !(peek(scan, 0) == '-' && peek(scan, 1) == '>'))
		scan->at++;
	if (scan->at - start > JNY_MAX_NAME_BYTES)
		return jny_fail(scan->err, JNY_E_MAX_NAME_BYTES, start,
						scan->at - start, JNY_MAX_NAME_BYTES, "a shorter name");
	name->data = scan->text + start;
	name->len = (uint32) (scan->at - start);
	return JNY_OK;
}

/* Reads a bare or quoted name: see text.h. */
JnyCode
jny_scan_name(const char *text, size_t len, size_t *pos, char *scratch,
			  JnyName *name, JnyError *err)
{
	Scan		scan = {text, len, *pos, err};
	JnyCode		code = scan_name(&scan, scratch, name, "a name");

	if (code == JNY_OK)
		*pos = scan.at;
	return code;
}

/* ---- numbers ---- */

/* Appends the shortest decimal that reads back as the same number. */
void
jny_text_number(JnyText *text, double value)
{
	char		buffer[DOUBLE_SHORTEST_DECIMAL_LEN];

	jny_text_append(text, buffer, double_to_shortest_decimal_buf(value, buffer));
}

/* Digits at the cursor; how many. */
static size_t
skip_digits(Scan *scan)
{
	size_t		start = scan->at;

	while (is_digit(peek(scan, 0)))
		scan->at++;
	return scan->at - start;
}

/* Moves behind a decimal number; false if there is none. */
static bool
skip_number(Scan *scan)
{
	size_t		digits;

	if (peek(scan, 0) == '-' || peek(scan, 0) == '+')
		scan->at++;
	digits = skip_digits(scan);
	if (peek(scan, 0) == '.')
	{
		scan->at++;
		digits += skip_digits(scan);
	}
	if (digits == 0)
		return false;
	if (peek(scan, 0) == 'e' || peek(scan, 0) == 'E')
	{
		scan->at++;
		if (peek(scan, 0) == '-' || peek(scan, 0) == '+')
			scan->at++;
		return skip_digits(scan) > 0;
	}
	return true;
}

/*
 * Reads a decimal number.  NaN and infinity, also by overflow, are refused;
 * what is too small becomes zero.
 */
static JnyCode
scan_number(Scan *scan, double *value)
{
	static const char expected[] = "a finite number such as 49.9";
	size_t		start = scan->at;
	size_t		n;
	char		room[TOKEN_ROOM];
	char	   *copy = room;

	if (!skip_number(scan) || is_name_start(peek(scan, 0)))
	{
		scan->at = start;
		return syntax_error(scan, expected);
	}

	/* strtod wants a terminated string, and the text may be long */
	n = scan->at - start;
	if (n >= TOKEN_ROOM)
		copy = (char *) jny_alloc(n + 1);
	memcpy(copy, scan->text + start, n);
	copy[n] = '\0';
	*value = strtod(copy, NULL);
	if (copy != room)
		jny_free(copy);
	if (!isfinite(*value))
		return jny_fail(scan->err, JNY_E_VALUE, start, n, 0, expected);
	return JNY_OK;
}

/* Reads a decimal number: see text.h. */
JnyCode
jny_scan_number(const char *text, size_t len, size_t *pos, double *value,
				JnyError *err)
{
	Scan		scan = {text, len, *pos, err};
	JnyCode		code = scan_number(&scan, value);

	if (code == JNY_OK)
		*pos = scan.at;
	return code;
}

/* ---- times ---- */

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
	char		buffer[TOKEN_ROOM];
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
scan_two(Scan *scan, int low, int high, int *number, const char *expected)
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

/* One byte that must be there. */
static bool
scan_byte(Scan *scan, char byte, const char *expected)
{
	if (peek(scan, 0) == byte && scan->at < scan->len)
	{
		scan->at++;
		return true;
	}
	syntax_error(scan, expected);
	return false;
}

/* [sign] year - month - day, years of four to six digits. */
static bool
scan_date(Scan *scan, int64 *days)
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
scan_fraction(Scan *scan, int64 *us)
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
scan_clock(Scan *scan, int64 *us)
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
scan_zone(Scan *scan, int64 *us)
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
clock_follows(const Scan *scan)
{
	if (peek(scan, 0) == 'T' || peek(scan, 0) == 't')
		return true;
	return peek(scan, 0) == ' ' && is_digit(peek(scan, 1)) &&
		is_digit(peek(scan, 2)) && peek(scan, 3) == ':' &&
		is_digit(peek(scan, 4)) && is_digit(peek(scan, 5));
}

/* Date, clock and zone, as far as they are there. */
static JnyCode
scan_time(Scan *scan, int64 *ts)
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
	Scan		scan = {text, len, *pos, err};
	JnyCode		code = scan_time(&scan, ts);

	if (code == JNY_OK)
		*pos = scan.at;
	return code;
}

/* ---- the whole value ---- */

/* Appends the text form of a journey. */
void
jny_print(const JnyView *view, JnyText *out)
{
	uint32		k = 0;			/* next value */
	JnyName    *names = (JnyName *) jny_alloc((view->nnames + view->nchannels + 1) *
											  sizeof(JnyName));
	JnyName    *channels = names + view->nnames;

	jny_view_names(view, names);
	jny_view_channels(view, channels);
	jny_text_append(out, "{", 1);
	for (uint32 i = 0; i < view->n; i++)
	{
		uint32		channel = jny_channel(view, i);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (i > 0)
			jny_text_append(out, ", ", 2);
		jny_text_time(out, jny_time(view, i));
		jny_text_append(out, " ", 1);
		jny_text_name(out, names[jny_code(view, i)]);
		if (channel != 0)
		{
			jny_text_append(out, "@", 1);
			jny_text_name(out, channels[channel - 1]);
		}
		if (k < view->nvalues && jny_value_position(view, k) == i)
		{
			jny_text_append(out, "=", 1);
			jny_text_number(out, jny_value_at(view, k++));
		}
	}
	jny_text_append(out, "}", 1);
	jny_free(names);
}

/* One event: time name [@channel] [=value].  scratch holds both names. */
static JnyCode
scan_event(Scan *scan, char *scratch, JnyPath *path)
{
	JnyName		name;
	JnyName		channel = {"", 0};
	double		value;
	bool		has_value = false;
	int64		ts;
	JnyCode		code = scan_time(scan, &ts);

	if (code != JNY_OK)
		return code;
	if (!is_space(peek(scan, 0)))
		return syntax_error(scan, "a space and the name of the event");
	skip_space(scan);
	code = scan_name(scan, scratch, &name, "the name of an event");
	if (code != JNY_OK)
		return code;
	skip_space(scan);
	if (peek(scan, 0) == '@')
	{
		scan->at++;
		skip_space(scan);
		code = scan_name(scan, scratch ? scratch + name.len : NULL, &channel,
						 "the name of a channel");
		if (code != JNY_OK)
			return code;
		skip_space(scan);
	}
	if (peek(scan, 0) == '=')
	{
		scan->at++;
		skip_space(scan);
		has_value = true;
		code = scan_number(scan, &value);
		if (code != JNY_OK)
			return code;
		skip_space(scan);
	}
	return jny_path_add(path, ts, name, channel, has_value ? &value : NULL,
						scan->err);
}

/* The events between the braces, up to and with the closing one. */
static JnyCode
scan_events(Scan *scan, char *scratch, JnyPath *path)
{
	skip_space(scan);
	if (peek(scan, 0) == '}')
	{
		scan->at++;
		return JNY_OK;
	}
	for (uint32 i = 0;; i++)
	{
		JnyCode		code = scan_event(scan, scratch, path);

		if (code != JNY_OK)
			return code;
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (peek(scan, 0) == '}')
		{
			scan->at++;
			return JNY_OK;
		}
		if (!scan_byte(scan, ',', "\",\" or \"}\""))
			return JNY_E_SYNTAX;
		skip_space(scan);
	}
}

/*
 * Reads the text form, events in any order, and appends them to the path.
 * Only a text with quotes needs memory of its own.
 */
JnyCode
jny_parse(const char *text, size_t len, JnyPath *path, JnyError *err)
{
	Scan		scan = {text, len, 0, err};
	char	   *scratch = NULL;
	JnyCode		code;

	skip_space(&scan);
	if (!scan_byte(&scan, '{', "\"{\""))
		return JNY_E_SYNTAX;
	if (len > 0 && memchr(text, '"', len) != NULL)
		scratch = (char *) jny_alloc(len);
	code = scan_events(&scan, scratch, path);
	if (scratch)
		jny_free(scratch);
	if (code != JNY_OK)
		return code;
	skip_space(&scan);
	if (scan.at < len)
		return syntax_error(&scan, "the end of the text");
	return JNY_OK;
}

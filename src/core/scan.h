/*
 * scan.h
 *	  Inside of the text scanners: a cursor over text[0..len).
 *
 * What fails has set *err and leaves the cursor anywhere.
 */
#ifndef JOURNEY_SCAN_H
#define JOURNEY_SCAN_H

#include "core/text.h"

/* Where a scanner stands. */
typedef struct JnyScan
{
	const char *text;
	size_t		len;
	size_t		at;
	JnyError   *err;
} JnyScan;

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
peek(const JnyScan *scan, size_t n)
{
	return n < scan->len - scan->at ? scan->text[scan->at + n] : '\0';
}

/* Moves behind white space. */
static inline void
skip_space(JnyScan *scan)
{
	while (scan->at < scan->len && is_space(scan->text[scan->at]))
		scan->at++;
}

/* A syntax error where the scanner stands. */
static inline JnyCode
syntax_error(const JnyScan *scan, const char *expected)
{
	return jny_syntax_error(scan->text, scan->len, scan->at, expected,
							scan->err);
}

/* One byte that must be there. */
static inline bool
scan_byte(JnyScan *scan, char byte, const char *expected)
{
	if (peek(scan, 0) == byte && scan->at < scan->len)
	{
		scan->at++;
		return true;
	}
	syntax_error(scan, expected);
	return false;
}

/* A time at the cursor: see text.h. */
extern JnyCode jny_scan_time_at(JnyScan *scan, int64 *ts);

#endif							/* JOURNEY_SCAN_H */

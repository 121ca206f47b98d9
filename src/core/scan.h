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

/*
 * Length of the typographic character at p, 0 if there is none: the arrows,
 * quotes, dashes and invisible blanks that word processors, chats and web
 * pages put where "->", a double quote or a blank was meant.  They are legal
 * in a name, but only a quoted one; else a pattern would silently count 0.
 * U+00A0, U+00AB, U+00BB, U+2000-206F, U+2190-21FF, U+3000, U+FEFF in UTF-8.
 */
static inline size_t
typographic(const char *p, size_t len)
{
	const unsigned char *c = (const unsigned char *) p;

	if (len >= 2 && c[0] == 0xC2 &&
		(c[1] == 0xA0 || c[1] == 0xAB || c[1] == 0xBB))
		return 2;
	if (len < 3)
		return 0;
	if (c[0] == 0xE2 &&
		(c[1] == 0x80 || (c[1] == 0x81 && c[2] <= 0xAF) ||
		 (c[1] == 0x86 && c[2] >= 0x90) || c[1] == 0x87))
		return 3;
	if ((c[0] == 0xE3 && c[1] == 0x80 && c[2] == 0x80) ||
		(c[0] == 0xEF && c[1] == 0xBB && c[2] == 0xBF))
		return 3;
	return 0;
}

/*
 * Bytes of the bare name that begins at p, 0 if none does.  It does not end
 * in "-", which is the beginning of a link or a slip of the pen.
 */
static inline size_t
bare_name(const char *p, size_t len)
{
	size_t		n = 0;

	if (len == 0 || !is_name_start(p[0]))
		return 0;
	while (n < len && is_name_part(p[n]) &&
		   !(p[n] == '-' && n + 1 < len && p[n + 1] == '>') &&
		   !((unsigned char) p[n] >= 0xC2 && typographic(p + n, len - n) > 0))
		n++;
	while (n > 0 && p[n - 1] == '-')
		n--;
	return n;
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

/*
 * text.h
 *	  The text form of a journey, and what it shares with the pattern text:
 *	  names, quoted names, numbers and times.
 *
 *	  {2024-03-13T10:21:14Z home@email, 2024-03-13T10:25:00.5Z purchase=49.9}
 *
 * A name that is not made of letters, digits, _ . / : - (any byte above 127
 * counts as a letter) is written in double quotes, a quote inside doubled; so
 * any name survives.  White space between tokens is free.
 *
 * Times are ISO 8601 and UTC whatever the session says.  Years count as
 * astronomers do: 0000 is 1 BC, -0043 is 44 BC, and years above 9999 simply
 * have more digits (an optional "+" is read).  Printed is YYYY-MM-DDThh:mm:ssZ
 * with up to six digits of a second where there are any.  Read are also: a
 * space for the T, no seconds, the date alone (midnight), an offset +hh,
 * +hh:mm or +hhmm, and no zone at all, which is UTC.  Hour 24 and leap seconds
 * are refused.
 */
#ifndef JOURNEY_TEXT_H
#define JOURNEY_TEXT_H

#include "core/path.h"

/* A growing byte buffer; data is NUL-terminated after every append. */
typedef struct JnyText
{
	char	   *data;
	size_t		len;
	size_t		cap;
} JnyText;

extern void jny_text_init(JnyText *text);
extern void jny_text_append(JnyText *text, const char *data, size_t len);
extern void jny_text_name(JnyText *text, JnyName name);	/* quoted if need be */
extern void jny_text_time(JnyText *text, int64 ts); /* ISO 8601, UTC, "Z" */
extern void jny_text_number(JnyText *text, double value);	/* shortest exact */

/*
 * Scanners: read at *pos of text[0..len) and move *pos behind what was read.
 * A bare name starts with a letter, digit or _ ; a "-" followed by ">" ends
 * it.  A quoted name is unescaped into scratch, which must hold what is left
 * of the text; name->data then points there.
 */
extern bool jny_name_is_bare(JnyName name);
extern JnyCode jny_scan_name(const char *text, size_t len, size_t *pos,
							 char *scratch, JnyName *name, JnyError *err);
extern JnyCode jny_scan_time(const char *text, size_t len, size_t *pos,
							 int64 *ts, JnyError *err);
extern JnyCode jny_scan_number(const char *text, size_t len, size_t *pos,
							   double *value, JnyError *err);

/* A JNY_E_SYNTAX at a byte offset; what is found there is a whole word. */
extern JnyCode jny_syntax_error(const char *text, size_t len, size_t at,
								const char *expected, JnyError *err);

/* The whole value.  Linear in the length of the text. */
extern void jny_print(const JnyView *view, JnyText *out);
extern JnyCode jny_parse(const char *text, size_t len, JnyPath *path,
						 JnyError *err);

#endif							/* JOURNEY_TEXT_H */

/*
 * text.c
 *	  The text form of a journey, and the tokens it shares with patterns.
 *
 * Every scanner reads each byte once, and what is printed reads back as the
 * same bytes.  Text is in a server encoding, in which a byte below 128 is
 * always a character of its own; so bytes are enough.
 */
#include "core/scan.h"

#include "common/shortest_dec.h"

/* Longest number copied to the stack. */
#define NUMBER_ROOM 64

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

/* ---- names ---- */

/* Whether a name needs no quotes. */
bool
jny_name_is_bare(JnyName name)
{
	return name.len > 0 && bare_name(name.data, name.len) == name.len;
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
scan_quoted(JnyScan *scan, char *scratch, JnyName *name)
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
scan_name(JnyScan *scan, char *scratch, JnyName *name, const char *expected)
{
	size_t		start = scan->at;
	size_t		odd;

	if (peek(scan, 0) == '"')
	{
		scan->at++;
		return scan_quoted(scan, scratch, name);
	}
	scan->at += bare_name(scan->text + start, scan->len - start);
	odd = typographic(scan->text + scan->at, scan->len - scan->at);
	if (odd > 0)
		return jny_fail(scan->err, JNY_E_SYNTAX, scan->at, odd, 0,
						"a plain arrow, quote or blank, or the whole name in double quotes");
	if (scan->at == start)
		return syntax_error(scan, expected);
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
	JnyScan		scan = {text, len, *pos, err};
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
skip_digits(JnyScan *scan)
{
	size_t		start = scan->at;

	while (is_digit(peek(scan, 0)))
		scan->at++;
	return scan->at - start;
}

/* Moves behind a decimal number; false if there is none. */
static bool
skip_number(JnyScan *scan)
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
scan_number(JnyScan *scan, double *value)
{
	static const char expected[] = "a finite number such as 49.9";
	size_t		start = scan->at;
	size_t		n;
	char		room[NUMBER_ROOM];
	char	   *copy = room;

	if (!skip_number(scan) || is_name_start(peek(scan, 0)))
	{
		scan->at = start;
		return syntax_error(scan, expected);
	}

	/* strtod wants a terminated string, and the text may be long */
	n = scan->at - start;
	if (n >= NUMBER_ROOM)
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
	JnyScan		scan = {text, len, *pos, err};
	JnyCode		code = scan_number(&scan, value);

	if (code == JNY_OK)
		*pos = scan.at;
	return code;
}

/* ---- the whole value ---- */

/* Appends the text form of a journey. */
void
jny_print(const JnyView *view, JnyText *out)
{
	JnyName    *names = (JnyName *) jny_alloc((view->nnames + view->nchannels) *
											  sizeof(JnyName));
	JnyName    *channels = names + view->nnames;

	jny_view_names(view, names);
	jny_view_channels(view, channels);
	jny_text_append(out, "{", 1);
	for (JnyWalk walk = jny_walk(view); jny_walk_next(&walk);)
	{
		if ((walk.next & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (walk.next > 1)
			jny_text_append(out, ", ", 2);
		jny_text_time(out, walk.ts);
		jny_text_append(out, " ", 1);
		jny_text_name(out, names[walk.code]);
		if (walk.channel != 0)
		{
			jny_text_append(out, "@", 1);
			jny_text_name(out, channels[walk.channel - 1]);
		}
		if (!isnan(walk.value))
		{
			jny_text_append(out, "=", 1);
			jny_text_number(out, walk.value);
		}
	}
	jny_text_append(out, "}", 1);
	jny_free(names);
}

/* One event: time name [@channel] [=value].  scratch holds both names. */
static JnyCode
scan_event(JnyScan *scan, char *scratch, JnyPath *path)
{
	JnyName		name;
	JnyName		channel = {"", 0};
	double		value;
	bool		has_value = false;
	int64		ts;
	JnyCode		code = jny_scan_time_at(scan, &ts);

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
scan_events(JnyScan *scan, char *scratch, JnyPath *path)
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
	JnyScan		scan = {text, len, 0, err};
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

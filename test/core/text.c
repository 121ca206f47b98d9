/*
 * text.c
 *	  The text form: there and back unchanged, and errors at the right place.
 */
#include "random_journey.h"

#include <time.h>

#define CASES 2500

/* Parses into a fresh path. */
static JnyCode
parse(const char *text, size_t len, JnyPath *path, JnyError *err)
{
	char	   *copy = (char *) jny_alloc(Max(len, 1));
	JnyCode		code;

	/* exactly as long as the text, so that reading on is noticed */
	memcpy(copy, text, len);
	new_path(path);
	code = jny_parse(copy, len, path, err);
	jny_free(copy);
	return code;
}

/* Print, parse, pack: the same bytes; print again: the same text. */
static void
test_round_trip(void)
{
	for (uint32 i = 0; i < CASES; i++)
	{
		Packed		packed = random_packed(i, i % 100 == 0 ? 500 : 10);
		Packed		again;
		JnyText		text;
		JnyText		text_again;
		JnyPath		path;
		JnyError	err = {JNY_OK};

		jny_text_init(&text);
		jny_print(&packed.view, &text);
		JNY_CASE(strlen(text.data) == text.len, "case %u", i);
		JNY_CASE(parse(text.data, text.len, &path, &err) == JNY_OK,
				 "case %u: %s: expected %s at %zu", i, text.data, err.expected, err.at);
		again = pack_path(&path);
		JNY_CASE(same_bytes(&packed, &again), "case %u: %s", i, text.data);
		jny_text_init(&text_again);
		jny_print(&again.view, &text_again);
		JNY_CASE(text.len == text_again.len &&
				 memcmp(text.data, text_again.data, text.len) == 0,
				 "case %u: %s, then %s", i, text.data, text_again.data);
		jny_free(packed.bytes);
		jny_free(again.bytes);
		jny_free(text.data);
		jny_free(text_again.data);
		free_path(&path);
	}
	ok(jny_cases_ok(), "%d journeys print and parse back to the same bytes", CASES);
}

/* What is read, and how it is printed. */
static void
test_forms(void)
{
	static const char *const forms[][2] = {
		{"{}", "{}"},
		{" \n{\t} ", "{}"},
		{"{2024-03-13T10:25:00.5Z purchase=49.9, 2024-03-13T10:21:14Z home@email}",
		"{2024-03-13T10:21:14Z home@email, 2024-03-13T10:25:00.5Z purchase=49.9}"},
		{"{2024-01-31 09:30 a}", "{2024-01-31T09:30:00Z a}"},
		{"{2024-01-31t09:30z a}", "{2024-01-31T09:30:00Z a}"},
		{"{2024-01-31 a}", "{2024-01-31T00:00:00Z a}"},
		{"{2024-01-31 09 a}", NULL},
		{"{2024-01-31 09}", "{2024-01-31T00:00:00Z 09}"},
		{"{2024-01-31T00:00:00Z 09:30}", "{2024-01-31T00:00:00Z 09:30}"},
		{"{2024-01-31T09:30+02 a}", "{2024-01-31T07:30:00Z a}"},
		{"{2024-01-31T09:30+02:00 a}", "{2024-01-31T07:30:00Z a}"},
		{"{2024-01-31T09:30:01.25-0530 a}", "{2024-01-31T15:00:01.25Z a}"},
		{"{2024-01-31T09:30:00.1000000000 a}", "{2024-01-31T09:30:00.1Z a}"},
		{"{2024-02-29 a}", "{2024-02-29T00:00:00Z a}"},
		{"{2000-02-29 a}", "{2000-02-29T00:00:00Z a}"},
		{"{0000-02-29 a}", "{0000-02-29T00:00:00Z a}"},
		{"{-0043-03-15 ides}", "{-0043-03-15T00:00:00Z ides}"},
		{"{+12345-01-01 a}", "{12345-01-01T00:00:00Z a}"},
		{"{012345-01-01 a}", "{12345-01-01T00:00:00Z a}"},
		{"{-4713-11-24 a}", "{-4713-11-24T00:00:00Z a}"},
		{"{294276-12-31T23:59:59.999999Z a}", "{294276-12-31T23:59:59.999999Z a}"},
		{"{1999-12-31T23:59:59.999999Z a}", "{1999-12-31T23:59:59.999999Z a}"},
		{"{1970-01-01 a=1e3}", "{1970-01-01T00:00:00Z a=1000}"},
		{"{1970-01-01 a=1E-3}", "{1970-01-01T00:00:00Z a=0.001}"},
		{"{1970-01-01 a = -0 }", "{1970-01-01T00:00:00Z a=0}"},
		{"{1970-01-01 a=.5}", "{1970-01-01T00:00:00Z a=0.5}"},
		{"{1970-01-01 a=5.}", "{1970-01-01T00:00:00Z a=5}"},
		{"{1970-01-01 a=+7}", "{1970-01-01T00:00:00Z a=7}"},
		{"{1970-01-01 a=1e-400}", "{1970-01-01T00:00:00Z a=0}"},
		{"{1970-01-01 a @ b = 1 , 1970-01-01 a}",
		"{1970-01-01T00:00:00Z a, 1970-01-01T00:00:00Z a@b=1}"},
		{"{1970-01-01 \"a\"@\"b\"}", "{1970-01-01T00:00:00Z a@b}"},
		{"{1970-01-01 \"say \"\"hi\"\"\"}", "{1970-01-01T00:00:00Z \"say \"\"hi\"\"\"}"},
		{"{1970-01-01 \"\"\"\"}", "{1970-01-01T00:00:00Z \"\"\"\"}"},
		{"{1970-01-01 \"a\nb\"@\"x=y\"}", "{1970-01-01T00:00:00Z \"a\nb\"@\"x=y\"}"},
		{"{1970-01-01 email_click/winback.2:x-y}",
		"{1970-01-01T00:00:00Z email_click/winback.2:x-y}"},
		{"{1970-01-01 \"-a\"}", "{1970-01-01T00:00:00Z \"-a\"}"},
		{"{1970-01-01 \xc3\xa9t\xc3\xa9@\xf0\x9f\x98\x80}",
		"{1970-01-01T00:00:00Z \xc3\xa9t\xc3\xa9@\xf0\x9f\x98\x80}"}
	};

	for (int i = 0; i < (int) lengthof(forms); i++)
	{
		JnyPath		path;
		JnyError	err = {JNY_OK};
		Packed		packed;
		JnyText		text;
		JnyCode		code = parse(forms[i][0], strlen(forms[i][0]), &path, &err);

		if (forms[i][1] == NULL || code != JNY_OK)
		{
			JNY_CASE(forms[i][1] == NULL && code != JNY_OK, "%s: expected %s at %zu",
					 forms[i][0], err.expected, err.at);
			free_path(&path);
			continue;
		}
		packed = pack_path(&path);
		jny_text_init(&text);
		jny_print(&packed.view, &text);
		JNY_CASE(strcmp(text.data, forms[i][1]) == 0, "%s prints as %s", forms[i][0],
				 text.data);
		jny_free(text.data);
		jny_free(packed.bytes);
		free_path(&path);
	}
	ok(jny_cases_ok(), "the forms that text.h promises are read");
}

typedef struct WrongText
{
	const char *text;
	JnyCode		code;
	size_t		at;
	const char *found;
	const char *expected;		/* NULL: not checked */
} WrongText;

static void
test_errors(void)
{
	static const WrongText wrong[] = {
		{"", JNY_E_SYNTAX, 0, "", "\"{\""},
		{"x", JNY_E_SYNTAX, 0, "x", "\"{\""},
		{"{", JNY_E_SYNTAX, 1, "", "a time such as 2024-01-31T09:30:00Z"},
		{"{} x", JNY_E_SYNTAX, 3, "x", "the end of the text"},
		{"{home}", JNY_E_SYNTAX, 1, "home", "a time such as 2024-01-31T09:30:00Z"},
		{"{infinity home}", JNY_E_SYNTAX, 1, "infinity", NULL},
		{"{24-01-31 home}", JNY_E_SYNTAX, 1, "24-01-31", NULL},
		{"{1234567-01-31 home}", JNY_E_SYNTAX, 1, "1234567-01-31", NULL},
		{"{2024-13-31 home}", JNY_E_SYNTAX, 6, "13-31", "a month from 01 to 12"},
		{"{2024-1-31 home}", JNY_E_SYNTAX, 6, "1-31", "a month from 01 to 12"},
		{"{2024-01 home}", JNY_E_SYNTAX, 8, " ", "\"-\" and the day of the month"},
		{"{2024-01-00 home}", JNY_E_SYNTAX, 9, "00", "a day from 01 to 31"},
		{"{2023-02-29 home}", JNY_E_SYNTAX, 9, "29", "a day that this month has"},
		{"{1900-02-29 home}", JNY_E_SYNTAX, 9, "29", "a day that this month has"},
		{"{2024-01-31T24:00 home}", JNY_E_SYNTAX, 12, "24:00", "an hour from 00 to 23"},
		{"{2024-01-31T0930 home}", JNY_E_SYNTAX, 14, "30", "\":\" and the minute"},
		{"{2024-01-31T09:60 home}", JNY_E_SYNTAX, 15, "60", "a minute from 00 to 59"},
		{"{2024-01-31T09:30:60 home}", JNY_E_SYNTAX, 18, "60", "a second from 00 to 59"},
		{"{2024-01-31T09:30:00. home}", JNY_E_SYNTAX, 21, " ", NULL},
		{"{2024-01-31T09:30:00.1234567 home}", JNY_E_SYNTAX, 21, "1234567",
		"up to six digits of a second"},
		{"{2024-01-31T09:30+16 home}", JNY_E_SYNTAX, 18, "16", NULL},
		{"{2024-01-31T09:30+02:60 home}", JNY_E_SYNTAX, 21, "60", NULL},
		{"{2024-01-31T09:30Zhome}", JNY_E_SYNTAX, 18, "home",
		"a space and the name of the event"},
		{"{2024-01-31}", JNY_E_SYNTAX, 11, "}", "a space and the name of the event"},
		{"{2024-01-31 }", JNY_E_SYNTAX, 12, "}", "the name of an event"},
		{"{2024-01-31 -home}", JNY_E_SYNTAX, 12, "-home", "the name of an event"},
		{"{2024-01-31 \xc3\xa9 \xc3\xa9}", JNY_E_SYNTAX, 15, "\xc3\xa9", "\",\" or \"}\""},
		{"{2024-01-31 a->b}", JNY_E_SYNTAX, 13, "-", "\",\" or \"}\""},
		{"{2024-01-31 \"a}", JNY_E_SYNTAX, 15, "", "a closing double quote"},
		{"{2024-01-31 \"\"}", JNY_E_SYNTAX, 12, "\"\"", "a name that is not empty"},
		{"{2024-01-31 a@}", JNY_E_SYNTAX, 14, "}", "the name of a channel"},
		{"{2024-01-31 a@\"\"}", JNY_E_SYNTAX, 14, "\"\"", "a name that is not empty"},
		{"{2024-01-31 a=}", JNY_E_SYNTAX, 14, "}", "a finite number such as 49.9"},
		{"{2024-01-31 a=NaN}", JNY_E_SYNTAX, 14, "NaN", "a finite number such as 49.9"},
		{"{2024-01-31 a=-inf}", JNY_E_SYNTAX, 14, "-inf", NULL},
		{"{2024-01-31 a=0x10}", JNY_E_SYNTAX, 14, "0x10", NULL},
		{"{2024-01-31 a=1e}", JNY_E_SYNTAX, 14, "1e", NULL},
		{"{2024-01-31 a=1e999}", JNY_E_VALUE, 14, "1e999", NULL},
		{"{2024-01-31 a=1@b}", JNY_E_SYNTAX, 15, "@", "\",\" or \"}\""},
		{"{2024-01-31 a,}", JNY_E_SYNTAX, 14, "}", NULL},
		{"{2024-01-31 a", JNY_E_SYNTAX, 13, "", "\",\" or \"}\""},
		{"{2024-01-31 a; 2024-01-31 b}", JNY_E_SYNTAX, 13, ";", "\",\" or \"}\""},
		{"{-4713-11-23 a}", JNY_E_TIME_RANGE, 1, "-4713-11-23", NULL},
		{"{294277-01-01 a}", JNY_E_TIME_RANGE, 1, "294277-01-01", NULL},
		{"{999999-12-31 a}", JNY_E_TIME_RANGE, 1, "999999-12-31", NULL},
		{"{294276-12-31T23:59:59.999999-01 a}", JNY_E_TIME_RANGE, 1, NULL, NULL}
	};

	for (int i = 0; i < (int) lengthof(wrong); i++)
	{
		const WrongText *w = wrong + i;
		JnyPath		path;
		JnyError	err = {JNY_OK};
		JnyCode		code = parse(w->text, strlen(w->text), &path, &err);

		JNY_CASE(code == w->code && err.code == code, "%s: code %d", w->text, code);
		JNY_CASE(err.at == w->at, "%s: at %zu", w->text, err.at);
		JNY_CASE(w->found == NULL ||
				 (err.len == strlen(w->found) &&
				  memcmp(w->text + err.at, w->found, err.len) == 0),
				 "%s: found %.*s", w->text, (int) err.len, w->text + err.at);
		JNY_CASE(err.expected != NULL &&
				 (w->expected == NULL || strcmp(err.expected, w->expected) == 0),
				 "%s: expected %s", w->text, err.expected);
		free_path(&path);
	}
	ok(jny_cases_ok(), "%d wrong texts: code, place, found, expected",
	   (int) lengthof(wrong));
}

/* A name of the length limit, and one byte more, bare and quoted. */
static void
test_name_limit(void)
{
	char		text[2 * JNY_MAX_NAME_BYTES];
	JnyPath		path;
	JnyError	err;

	for (int extra = 0; extra < 2; extra++)
		for (int quoted = 0; quoted < 2; quoted++)
		{
			int			len = sprintf(text, "{2024-01-31 %s", quoted ? "\"" : "");
			JnyCode		code;

			memset(text + len, 'n', JNY_MAX_NAME_BYTES + extra);
			len += JNY_MAX_NAME_BYTES + extra;
			len += sprintf(text + len, "%s}", quoted ? "\"" : "");
			code = parse(text, len, &path, &err);
			JNY_CASE(code == (extra ? JNY_E_MAX_NAME_BYTES : JNY_OK), "%d %d", extra,
					 quoted);
			JNY_CASE(!extra || (err.limit == JNY_MAX_NAME_BYTES && err.at == 12),
					 "%d %d", extra, quoted);
			free_path(&path);
		}
	ok(jny_cases_ok(), "names up to the limit");
}

/* Every kind of time through text, against the C library's calendar. */
static void
test_times(void)
{
	for (uint32 i = 0; i < 20000; i++)
	{
		int64		ts = (int64) ((uint64) MIN_TIMESTAMP + random_next() %
								  ((uint64) END_TIMESTAMP - (uint64) MIN_TIMESTAMP));
		int64		back;
		size_t		pos = 0;
		JnyText		text;
		JnyError	err;

		if (i % 3 == 0)
			ts = ts / USECS_PER_DAY * USECS_PER_DAY + (int64) (random_below(3)) - 1;
		if (!IS_VALID_TIMESTAMP(ts))
			continue;
		jny_text_init(&text);
		jny_text_time(&text, ts);
		JNY_CASE(jny_scan_time(text.data, text.len, &pos, &back, &err) == JNY_OK &&
				 back == ts && pos == text.len, "%s", text.data);
		{
			int64		seconds = ts / USECS_PER_SEC - (ts % USECS_PER_SEC < 0) +
				INT64CONST(946684800);
			time_t		clock = (time_t) seconds;
			struct tm	tm;
			char		expected[64];

			gmtime_r(&clock, &tm);
			snprintf(expected, sizeof(expected), tm.tm_year + 1900 < 0 ?
					 "-%04d-%02d-%02dT%02d:%02d:%02d" : "%04d-%02d-%02dT%02d:%02d:%02d",
					 abs(tm.tm_year + 1900), tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
					 tm.tm_min, tm.tm_sec);
			JNY_CASE(strncmp(text.data, expected, strlen(expected)) == 0, "%s is %s",
					 text.data, expected);
		}
		jny_free(text.data);
	}
	ok(jny_cases_ok(), "times go there and back, and agree with the C library");
}

static void
test_numbers(void)
{
	for (uint32 i = 0; i < 20000; i++)
	{
		double		value = random_value();
		double		back;
		size_t		pos = 0;
		JnyText		text;
		JnyError	err;

		jny_text_init(&text);
		jny_text_number(&text, value);
		JNY_CASE(jny_scan_number(text.data, text.len, &pos, &back, &err) == JNY_OK &&
				 memcmp(&back, &value, sizeof(value)) == 0 && pos == text.len,
				 "%s", text.data);
		jny_free(text.data);
	}
	{
		char		digits[3000];
		size_t		pos = 0;
		double		value;
		JnyError	err;

		memset(digits, '9', sizeof(digits));
		digits[1] = '.';
		ok(jny_scan_number(digits, sizeof(digits), &pos, &value, &err) == JNY_OK &&
		   value == 10 && pos == sizeof(digits), "a number may have many digits");
	}
	ok(jny_cases_ok(), "numbers go there and back bit by bit");
}

/* Names and what ends them, as patterns use it. */
static void
test_names(void)
{
	static const struct
	{
		const char *text;
		size_t		end;
	}			cases[] = {
		{"a->b", 1}, {"a-b->c", 3}, {"a- b", 1}, {"a--b", 4}, {"a-->b", 1},
		{"\"a->b\"->", 6}, {"a*", 1}, {"a.b/c:d", 7}, {"9", 1}, {"_", 1}, {"a|b", 1}
	};
	JnyName		name;
	JnyError	err;

	for (int i = 0; i < (int) lengthof(cases); i++)
	{
		char		scratch[64];
		size_t		pos = 0;

		JNY_CASE(jny_scan_name(cases[i].text, strlen(cases[i].text), &pos, scratch,
							   &name, &err) == JNY_OK && pos == cases[i].end,
				 "%s ends at %zu", cases[i].text, pos);
	}
	ok(jny_cases_ok(), "names end where they should");
}

/* Texts cut short and texts with a byte changed: an error or a journey. */
static void
test_damage(void)
{
	for (uint32 i = 0; i < 300; i++)
	{
		Packed		packed = random_packed(i, 5);
		JnyText		text;
		JnyPath		path;
		JnyError	err;

		jny_text_init(&text);
		jny_print(&packed.view, &text);
		for (size_t len = 0; len < Min(text.len, 400); len++)
		{
			char		was = text.data[len];

			JNY_CASE(parse(text.data, len, &path, &err) != JNY_OK && err.at <= len,
					 "case %u cut at %zu", i, len);
			free_path(&path);
			text.data[len] = "{},\"@=->: \n0aZ\x80"[random_below(16)];
			if (parse(text.data, text.len, &path, &err) == JNY_OK)
				jny_free(pack_path(&path).bytes);
			else
				JNY_CASE(err.at + err.len <= text.len, "case %u at %zu", i, len);
			free_path(&path);
			text.data[len] = was;
		}
		jny_free(text.data);
		jny_free(packed.bytes);
	}
	ok(jny_cases_ok(), "damaged text is refused at a place inside it, or is a journey");
}

/* Seconds to parse so many copies of a piece between two others. */
static double
time_parse(const char *head, const char *piece, const char *tail, uint32 count)
{
	clock_t		start;
	double		seconds;
	JnyText		text;
	JnyPath		path;
	JnyError	err;

	jny_text_init(&text);
	jny_text_append(&text, head, strlen(head));
	for (uint32 i = 0; i < count; i++)
		jny_text_append(&text, piece, strlen(piece));
	jny_text_append(&text, tail, strlen(tail));
	start = clock();
	parse(text.data, text.len, &path, &err);
	seconds = (double) (clock() - start) / CLOCKS_PER_SEC;
	free_path(&path);
	jny_free(text.data);
	return seconds;
}

static void
test_linear(void)
{
	static const char *const shapes[][3] = {
		{"{", "2024-01-31T09:30:00Z \"a b\"@\"c d\"=1,", "2024-01-31 a}"},
		{"{2024-01-31 \"", "\"\"", "\"}"},
		{"{2024-01-31 a=", "9", "}"},
		{"{", " ", "}"},
		{"", "{", ""},
		{"{2024-01-31 ", "\"a\"", "}"}
	};

	for (int i = 0; i < (int) lengthof(shapes); i++)
	{
		double		small = time_parse(shapes[i][0], shapes[i][1], shapes[i][2], 30000);
		double		large = time_parse(shapes[i][0], shapes[i][1], shapes[i][2], 300000);

		JNY_CASE(large < 40 * small + 0.05, "shape %d: %.4f s, then %.4f s", i, small,
				 large);
	}
	ok(jny_cases_ok(), "ten times the text takes about ten times as long");
}

int
main(void)
{
	random_state = 20240301;
	test_round_trip();
	test_forms();
	test_errors();
	test_name_limit();
	test_times();
	test_numbers();
	test_names();
	test_damage();
	test_linear();
	return done_testing();
}

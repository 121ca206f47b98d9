/*
 * pattern.c
 *	  The pattern: what parses, how it prints, where an error is reported.
 */
#include "core/pattern.h"

#include "tap.h"

#include "common/logging.h"

/* Parses text; NULL with *err set if it is refused. */
static JnyPattern *
parse(const char *text, size_t len, JnyError *err)
{
	JnyPattern *pattern;
	char	   *copy = malloc(len + 1);

	/* in a block of exactly its size, so that ASan sees a read behind it */
	copy = realloc(copy, Max(len, 1));
	memcpy(copy, text, len);
	jny_pattern_parse(copy, len, &pattern, err);
	free(copy);
	return pattern;
}

/* Prints and releases a pattern; the caller frees the text. */
static char *
print_and_free(JnyPattern *pattern)
{
	JnyText		text;

	jny_text_init(&text);
	jny_pattern_print(pattern, &text);
	jny_pattern_free(pattern);
	return text.data;
}

/* text on one line, for a test's name; the next call overwrites it. */
static const char *
shown(const char *text)
{
	static char line[128];

	snprintf(line, sizeof(line), "%s", text);
	for (char *c = line; *c; c++)
	{
		if (*c < ' ' && *c >= 0)
			*c = ' ';
	}
	return line;
}

/* text prints as canonical, and that is a fixed point. */
static void
prints(const char *text, const char *canonical)
{
	const char *input = text;
	JnyError	err;

	for (int round = 0; round < 2; round++)
	{
		JnyPattern *pattern = parse(input, strlen(input), &err);
		char	   *printed;

		if (!pattern)
		{
			ok(0, "%s is refused at %zu: expected %s", input, err.at,
			   err.expected);
			return;
		}
		printed = print_and_free(pattern);
		if (!ok(strcmp(printed, canonical) == 0, "%s prints as %s",
				shown(input), canonical))
			diag("got %s", printed);
		free(printed);
		input = canonical;
	}
}

/* text is refused at this offset and length, expecting this. */
static void
refuses(const char *text, size_t at, size_t len, const char *expected)
{
	JnyError	err;
	JnyPattern *pattern = parse(text, strlen(text), &err);

	if (pattern)
	{
		ok(0, "%s parses, it should not", text);
		jny_pattern_free(pattern);
		return;
	}
	if (!ok(err.code == JNY_E_SYNTAX && err.at == at && err.len == len &&
			strcmp(err.expected, expected) == 0,
			"%s is refused at %zu for %zu: expected %s", shown(text), at, len,
			expected))
		diag("got code %d at %zu for %zu: expected %s", err.code, err.at,
			 err.len, err.expected);
}

/* A long text made of a part repeated with something in between. */
static char *
repeat(const char *part, const char *between, int n)
{
	char	   *text = malloc((strlen(part) + strlen(between)) * n + 1);
	char	   *end = text;

	for (int i = 0; i < n; i++)
		end += sprintf(end, "%s%s", i > 0 ? between : "", part);
	return text;
}

/* text, which is freed, parses (code 0) or passes a limit. */
static void
limit(char *text, JnyCode code, int64 value, const char *what)
{
	JnyError	err = {JNY_OK};
	JnyPattern *pattern = parse(text, strlen(text), &err);

	ok((pattern != NULL) == (code == JNY_OK) &&
	   (pattern || (err.code == code && err.limit == value)), "%s", what);
	if (pattern)
		jny_pattern_free(pattern);
	free(text);
}

static void
test_canonical(void)
{
	prints("a", "a");
	prints(" a->b ", "a -> b");
	prints("a=>b->c", "a => b -> c");
	prints("email/*->store:order-1", "email/* -> store:order-1");
	prints("\"email/\"*", "email/*");
	prints("\"a\"", "a");
	prints("\"a b\" -> \"say \"\"hi\"\"\"", "\"a b\" -> \"say \"\"hi\"\"\"");
	prints("\"->\"", "\"->\"");
	prints("a|b|(c|(d))|a", "a | b | c | d");
	prints("a|a*|a|a*", "a | a*");
	prints("(((a)))", "a");
	prints("(a|b)->(b|a)", "a | b -> b | a");
	prints(".|a|.", ". | a");
	prints(".->.", ". -> .");
	prints("a\n\t->\r\nb", "a -> b");
	prints("a--->b", "a-- -> b");
	prints("1->2", "1 -> 2");
	prints("\xc3\xa9t\xc3\xa9->\"\xf0\x9f\x98\x80\"", "\xc3\xa9t\xc3\xa9 -> \xf0\x9f\x98\x80");
	/* clause words are names wherever a step stands */
	prints("within", "within");
	prints("within->from", "within -> from");
	prints("from from first", "from from first");
	prints("within within 1 day", "within within 1 day");
	prints("a -> first from first", "a -> first from first");
	/* clauses in any order and case, printed in one */
	prints("a from first within 7 days", "a within 7 days from first");
	prints("a WITHIN 7 Days FROM First", "a within 7 days from first");
}

static void
test_durations(void)
{
	prints("a within 7days", "a within 7 days");
	prints("a within 1 w", "a within 7 days");
	prints("a within 24h", "a within 1 day");
	prints("a within 36 hours", "a within 36 hours");
	prints("a within 1 day 12 hours", "a within 36 hours");
	prints("a within 1d12h30m", "a within 2190 minutes");
	prints("a within 1.5 h", "a within 90 minutes");
	prints("a within 90min", "a within 90 minutes");
	prints("a within 60 s", "a within 1 minute");
	prints("a within 1 s", "a within 1 second");
	prints("a within 0.5s", "a within 500 ms");
	prints("a within 1500 us", "a within 1500 us");
	prints("a within 0.000001 s", "a within 1 us");
	prints("a within 0 days", "a within 0 seconds");
	prints("a within 1.50000000000000000000 days", "a within 36 hours");
	prints("a within 0001 day", "a within 1 day");
	prints("a within 106751991 days", "a within 106751991 days");
	refuses("a within 106751992 days", 9, 14,
			"a duration of less than 292,000 years");
	refuses("a within 99999999999999999999 s", 9, 20,
			"a duration of less than 292,000 years");
	refuses("a within 0.0000001 s", 9, 11, "a whole number of microseconds");
	refuses("a within 1 month", 11, 5,
			"weeks, days, hours or smaller units: months and years have no fixed length");
	refuses("a within 1 day 2 years", 17, 5,
			"weeks, days, hours or smaller units: months and years have no fixed length");
	refuses("a within 7", 10, 0,
			"a unit of time such as \"days\", \"hours\" or \"minutes\"");
	refuses("a within 7 -> b", 11, 1,
			"a unit of time such as \"days\", \"hours\" or \"minutes\"");
	refuses("a within 7 dayz", 11, 4,
			"a unit of time such as \"days\", \"hours\" or \"minutes\"");
	refuses("a within", 8, 0, "a duration such as \"7 days\"");
	refuses("a within session", 9, 7, "a duration such as \"7 days\"");
	refuses("a within -1 day", 9, 1, "a duration such as \"7 days\"");
}

static void
test_errors(void)
{
	const char *link = "\"->\", \"=>\", \"|\", \"within\", \"from\" or the end of the pattern";
	const char *step = "a name, \".\" or \"(\"";

	refuses("", 0, 0, step);
	refuses(" \n", 2, 0, step);
	refuses("->", 0, 2, step);
	refuses("a ->", 4, 0, step);
	refuses("a -> => b", 5, 2, step);
	refuses("a | ", 4, 0, step);
	refuses("()", 1, 1, step);
	refuses("*", 0, 1, step);
	refuses("!a", 0, 1, step);
	refuses("^ a", 0, 1, step);
	refuses("a b", 2, 1, link);
	refuses("a, b", 1, 1, link);
	refuses("a *", 2, 1, link);
	refuses("a > b", 2, 1, link);
	refuses("a - b", 2, 1, link);
	refuses("a?", 1, 1, link);
	refuses("a{2}", 1, 1, link);
	refuses("a@email", 1, 1, link);
	refuses("a[value > 3]", 1, 1, link);
	refuses("a -> b $", 7, 1, link);
	refuses("a without b", 2, 7, link);
	refuses("a \"within\" 1 day", 2, 8, link);
	refuses("a)", 1, 1, link);
	refuses("(a -> b)", 3, 2, "\"|\" or \")\"");
	refuses("(a", 2, 0, "\"|\" or \")\"");
	refuses("a from last", 7, 4, "\"first\"");
	refuses("a from", 6, 0, "\"first\"");
	refuses("a within 1 day within 2 days", 15, 6,
			"\"from\" or the end of the pattern");
	refuses("a from first -> b", 13, 2, "\"within\" or the end of the pattern");
	refuses("a within 1 day from first from", 26, 4, "the end of the pattern");
	refuses("\"\"", 0, 2, "a name that is not empty");
	refuses("a -> \"b", 7, 0, "a closing double quote");
}

static void
test_limits(void)
{
	char	   *name;

	limit(repeat("a", "->", 64), JNY_OK, 0, "64 steps");
	limit(repeat("a", "->", 65), JNY_E_MAX_ITEMS, 64, "65 steps");
	limit(repeat("a", "=>", 64), JNY_OK, 0, "64 steps side by side");
	limit(repeat("a=>a", "->", 16), JNY_OK, 0, "16 parts with =>");
	limit(repeat("a=>a", "->", 17), JNY_E_MAX_MIXED_ITEMS, 16, "17 parts with =>");

	name = repeat("(", "", JNY_MAX_NESTING);
	name = realloc(name, 3 * JNY_MAX_NESTING);
	strcat(name, "a");
	for (int i = 0; i < JNY_MAX_NESTING; i++)
		strcat(name, ")");
	limit(name, JNY_OK, 0, "32 levels of parentheses");
	limit(repeat("(", "", JNY_MAX_NESTING + 1), JNY_E_MAX_NESTING,
		  JNY_MAX_NESTING, "33 levels of parentheses");
	limit(repeat("(", "", JNY_MAX_PATTERN_BYTES), JNY_E_MAX_NESTING,
		  JNY_MAX_NESTING, "parentheses without end");

	limit(repeat("n", "", JNY_MAX_NAME_BYTES), JNY_OK, 0, "a name of 4096 bytes");
	limit(repeat("n", "", JNY_MAX_NAME_BYTES + 1), JNY_E_MAX_NAME_BYTES,
		  JNY_MAX_NAME_BYTES, "a name of 4097 bytes");

	limit(repeat("a", "|", 10000), JNY_OK, 0, "10,000 times the same name");
	limit(repeat(" ", "", JNY_MAX_PATTERN_BYTES + 1), JNY_E_MAX_PATTERN_BYTES,
		  JNY_MAX_PATTERN_BYTES, "65,537 bytes");
}

/* The printed form is stored, so it must keep the limit as well. */
static void
test_printed_limit(void)
{
	char	   *text = malloc(JNY_MAX_PATTERN_BYTES + 16);
	char	   *end = text;

	for (int i = 0; i < 10000; i++)
		end += sprintf(end, "%s%d", i > 0 ? "|" : "", 10000 + i);
	limit(text, JNY_E_MAX_PATTERN_BYTES, JNY_MAX_PATTERN_BYTES,
		  "a pattern that prints longer than the limit");
}

/* Item sets, against a walk over the leaves; and names in order of mention. */
static void
test_masks(void)
{
	const char *text = "c|a* -> b -> .|b -> c -> ab*|a|k1|k2|k3|k4|k5|k6|k7|k8|k9";
	static const struct
	{
		const char *name;
		uint64		items;
	}			cases[] =
	{
		{"a", 0x15}, {"ab", 0x15}, {"abc", 0x15}, {"b", 0x06}, {"c", 0x0d},
		{"ca", 0x04}, {"k1", 0x14}, {"k9", 0x14}, {"k", 0x04}, {"z", 0x04},
		{"", 0x04}
	};
	static const char *const mentioned[] = {"c", "b", "a", "k1", "k2", "k3",
	"k4", "k5", "k6", "k7", "k8", "k9"};
	JnyError	err;
	JnyPattern *pattern = parse(text, strlen(text), &err);
	JnyName    *names = malloc(pattern->nnodes * sizeof(JnyName));
	int			n = jny_pattern_names(pattern, names);

	for (int i = 0; i < lengthof(cases); i++)
	{
		JnyName		name = {cases[i].name, (uint32) strlen(cases[i].name)};

		ok(jny_pattern_mask(pattern, name) == cases[i].items,
		   "items of \"%s\"", cases[i].name);
	}
	ok(n == lengthof(mentioned), "each name is mentioned once");
	for (int i = 0; i < Min(n, lengthof(mentioned)); i++)
		ok(names[i].len == strlen(mentioned[i]) &&
		   memcmp(names[i].data, mentioned[i], names[i].len) == 0,
		   "mention %d is %s", i, mentioned[i]);
	ok(pattern->needs_all && !pattern->has_next, "\".\" needs all events");
	free(names);
	jny_pattern_free(pattern);

	pattern = parse("a -> b*", 7, &err);
	ok(!pattern->needs_all && !pattern->has_next, "a -> b* needs no others");
	jny_pattern_free(pattern);
	pattern = parse("a => b", 6, &err);
	ok(pattern->needs_all && pattern->has_next, "\"=>\" needs all events");
	jny_pattern_free(pattern);
}

int
main(void)
{
	test_canonical();
	test_durations();
	test_errors();
	test_limits();
	test_printed_limit();
	test_masks();
	return done_testing();
}

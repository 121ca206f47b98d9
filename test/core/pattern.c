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

/* What is expected where a word processor has been at work. */
static const char *const plain =
	"a plain arrow, quote or blank, or the whole name in double quotes";

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
	prints("\"a-\"->b", "\"a-\" -> b");
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
	prints("a within 11574075 days 1 us", "a within 1000000080000000001 us");
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
	refuses("a\xe2\x86\x92" "b", 1, 3, plain);
	refuses("\xe2\x80\x9c" "a\xe2\x80\x9d", 0, 3, plain);
	refuses("a\xc2\xa0 -> b", 1, 2, plain);
	refuses("a -> b\xe2\x80\x8b", 6, 3, plain);
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
	refuses("a within -1 day", 9, 1, "a duration such as \"7 days\"");
}

static void
test_errors(void)
{
	const char *link = "\"->\", \"=>\", \"|\", a filter, a quantifier, \"$\", a clause or the end of the pattern";
	const char *step = "a name, \".\", \"!\" or \"(\"";
	const char *clause = "a clause not given before or the end of the pattern";

	refuses("", 0, 0, step);
	refuses(" \n", 2, 0, step);
	refuses("->", 0, 2, step);
	refuses("a ->", 4, 0, step);
	refuses("a -> => b", 5, 2, step);
	refuses("a | ", 4, 0, step);
	refuses("()", 1, 1, step);
	refuses("*", 0, 1, step);
	refuses("a b", 2, 1, link);
	refuses("a, b", 1, 1, link);
	refuses("a *", 2, 1, link);
	refuses("a > b", 2, 1, link);
	refuses("a - b", 2, 1, link);
	refuses("a \"within\" 1 day", 2, 8, link);
	refuses("a)", 1, 1, link);
	refuses("(a -> b)", 3, 2, "\"|\" or \")\"");
	refuses("(a", 2, 0, "\"|\" or \")\"");
	refuses("a from last", 7, 4, "\"first\"");
	refuses("a from", 6, 0, "\"first\"");
	refuses("a within 1 day within 2 days", 15, 6, clause);
	refuses("a from first -> b", 13, 2, clause);
	refuses("a within 1 day from first from", 26, 4, clause);
	refuses("\"\"", 0, 2, "a name that is not empty");
	refuses("a -> \"b", 7, 0, "a closing double quote");
}

/* Filters, negation, quantifiers, options, anchors, and all clauses. */
static void
test_whole_grammar(void)
{
	prints("a@email", "a@email");
	prints("a @ email*", "a@email*");
	prints("a@\"my app\"", "a@\"my app\"");
	prints("a[value>3]", "a[value > 3]");
	prints("a[VALUE<=-0.5][ value <> 1e3 ]@m", "a[value <= -0.5][value <> 1000]@m");
	prints("(a|b)@email", "(a | b)@email");
	prints("(a@m|(b|c)@n)|d", "a@m | (b | c)@n | d");
	prints("!a", "!a");
	prints("!a@email", "!a@email");
	prints("(!a)@email", "(!a)@email");
	prints("!(a|b)", "!(a | b)");
	prints("!(a)", "!a");
	prints("!(!a)", "!(!a)");
	prints("!a|b", "!a | b");
	prints("a|!(b@x|!c)", "a | !(b@x | !c)");
	prints("a->b?", "a -> b?");
	prints("a+->b{2}->c{1}->d{2,}->e{2,3}->f{0,}->g{0,1}->h{1,}->i{0,4}",
		   "a+ -> b{2} -> c -> d{2,} -> e{2,3} -> f{0,} -> g? -> h+ -> i{0,4}");
	prints("(a|b)+", "(a | b)+");
	prints("(a)+", "a+");
	prints("!a+", "!a+");
	prints("a{ 2 , 3 }", "a{2,3}");
	prints("a->[2d]b", "a ->[2 days] b");
	prints("a->[1 day,3 days]b", "a ->[1 day, 3 days] b");
	prints("a->[0 s,3 days]b", "a ->[3 days] b");
	prints("a->[without x|y]b", "a ->[without x | y] b");
	prints("a->[without x;2 days]b", "a ->[2 days; without x] b");
	prints("^a->b$", "^ a -> b $");
	prints("a $ within 1 day", "a $ within 1 day");
	prints("a within session", "a within session");
	prints("a within session[30 min]", "a within session");
	prints("a within session [1h] within 2 days", "a within 2 days within session [1 hour]");
	prints("a without x@y | z", "a without x@y | z");
	prints("a -> b at distinct times in any order", "a -> b in any order at distinct times");
	prints("a then no b | c for 3 days", "a then no b | c for 3 days");
	prints("a then no for for 3 days", "a then no for for 3 days");
	prints("a without within within 1 h", "a within 1 hour without within");
	prints("a -> b then no b for 1 d without c from first within session",
		   "a -> b within session without c from first then no b for 1 day");
	prints("in -> at -> then -> without -> value -> session in any order",
		   "in -> at -> then -> without -> value -> session in any order");
}

static void
test_whole_errors(void)
{
	const char *step = "a name, \".\", \"!\" or \"(\"";
	const char *clause = "a clause not given before or the end of the pattern";
	const char *plain = "steps joined by plain \"->\" alone, for they come \"in any order\"";

	refuses("!", 1, 0, step);
	refuses("!!a", 1, 1, step);
	refuses("a@", 2, 0, "the name of a channel");
	refuses("a@.", 2, 1, "the name of a channel");
	refuses("a[amount > 3]", 2, 6, "\"value\"");
	refuses("a[value ! 3]", 8, 1, "<, <=, >, >=, = or <>");
	refuses("a[value]", 7, 1, "<, <=, >, >=, = or <>");
	refuses("a[value > 3", 11, 0, "\"]\"");
	refuses("a?", 1, 1, "a first step that cannot be empty");
	refuses("a{0,3} -> b", 1, 1, "a first step that cannot be empty");
	refuses("a -> b{0}", 6, 3 - 1, "a greatest number of at least 1");
	refuses("a -> b{3,2}", 9, 1, "a greatest number not below the least one");
	refuses("a -> b{}", 7, 1, "a number");
	refuses("a -> b{,2}", 7, 1, "a number");
	refuses("a -> b{2", 8, 0, "\",\" or \"}\"");
	refuses("a -> b??", 7, 1, "\"->\", \"=>\", \"|\", a filter, a quantifier, \"$\", a clause or the end of the pattern");
	refuses("a | b+", 5, 1, "parentheses around the alternatives that are repeated");
	prints("a -> [2 days] b", "a ->[2 days] b");
	refuses("a ->[] b", 5, 1, "a duration such as \"7 days\" or \"without\"");
	refuses("a ->[1 day; 2 days] b", 12, 1, "\"without\"");
	refuses("a ->[without x; without y] b", 16, 7, "a duration such as \"7 days\"");
	refuses("a ->[3 days, 2 days] b", 13, 6, "a longest gap not below the shortest one");
	refuses("a ->[2 days b", 12, 1, "\";\" or \"]\"");
	refuses("a =>[2 days] b", 4, 1, step);
	refuses("a $ -> b", 4, 2, clause);
	refuses("a -> ^ b", 5, 1, step);
	refuses("a within sessions", 9, 8, "a duration such as \"7 days\" or \"session\"");
	refuses("a within session within session", 17, 6, clause);
	refuses("a in some order", 5, 4, "\"any\"");
	refuses("a in any", 8, 0, "\"order\"");
	refuses("a at distinct", 13, 0, "\"times\"");
	refuses("a then b", 7, 1, "\"no\"");
	refuses("a then no b", 11, 0, "\"|\", a filter or \"for\"");
	refuses("a without", 9, 0, step);
	refuses("a => b in any order", 2, 2, plain);
	refuses("a -> b+ in any order", 6, 1, plain);
	refuses("a ->[1 day] b in any order", 4, 1, plain);
	refuses("^ a -> b in any order", 0, 1, plain);
	refuses("a -> b $ in any order", 7, 1, plain);
	refuses("a in any order then no b for 1 day", 15, 4, plain);
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
	limit(repeat("a=>a?", "->", 8), JNY_OK, 0, "8 parts with => and more");
	limit(repeat("a=>a?", "->", 9), JNY_E_MAX_MIXED_ITEMS, 8, "9 parts with => and more");
	limit(repeat("a{64}", "->", 4), JNY_OK, 0, "256 events");
	limit(repeat("a{86}", "->", 3), JNY_E_MAX_UNITS, 256, "258 events");
	limit(repeat("a{99999999999}", "->", 1), JNY_E_MAX_UNITS, 256, "a great number of events");
	limit(repeat("a{33}", "=>", 2), JNY_E_MAX_UNITS, 64, "66 events side by side");
	limit(repeat("a", "->[without b]", 32), JNY_OK, 0, "32 steps and 31 that must not be");
	limit(repeat("a", "->[without b]", 33), JNY_E_MAX_ITEMS, 64, "33 steps and 32 that must not be");

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
	test_whole_grammar();
	test_whole_errors();
	test_limits();
	test_printed_limit();
	test_masks();
	return done_testing();
}

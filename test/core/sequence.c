/*
 * sequence.c
 *	  Sequence patterns against a depth-first search that tries every choice,
 *	  the parser, and the node next to a chain.
 */
#include "core/sequence.h"

#include "tap.h"

#define MAX_ROWS 10
#define MAX_ELEMENTS 8
#define CONDITIONS 3

/* A small generator of its own, so that every run is the same. */
static uint64 random_state = 20240423;

static uint32
random_below(uint32 below)
{
	random_state = random_state * UINT64CONST(6364136223846793005) +
		UINT64CONST(1442695040888963407);
	return (uint32) (random_state >> 33) % below;
}

/* ---- elements one by one, the search, and the text they have ---- */

typedef struct Element
{
	char		kind;			/* c condition, . any, * any number, t time */
	JnyGate		gate;
	int64		number;			/* condition, or seconds */
} Element;

typedef struct Search
{
	Element		element[MAX_ELEMENTS + 1];
	int			nelements;
	const JnyConditions *row;
	int			n;
} Search;

static bool
gate_allows(const Element *element, int64 ts, int64 base)
{
	int64		us = element->number * USECS_PER_SEC;

	switch (element->gate)
	{
		case JNY_GATE_ANY:
			return true;
		case JNY_GATE_LE:
			return ts - base <= us;
		case JNY_GATE_LT:
			return ts - base < us;
		case JNY_GATE_GE:
			return ts - base >= us;
		case JNY_GATE_GT:
			return ts - base > us;
		case JNY_GATE_EQ:
			return ts - base == us;
	}
	return false;
}

/* The end of the first match in depth-first order, -1 if there is none. */
static int
search(const Search *s, int a, int row, int base)
{
	const Element *element = &s->element[a];

	if (a == s->nelements)
		return row;
	if (row == s->n)
	{
		for (; a < s->nelements; a++, element++)
			if (element->kind == 'c' || element->kind == '.' ||
				element->gate == JNY_GATE_GT || element->gate == JNY_GATE_EQ ||
				(element->gate == JNY_GATE_GE && element->number > 0))
				return -1;
		return row;
	}
	if (element->kind == 'c' || element->kind == '.')
	{
		if (element->kind == 'c' &&
			!((s->row[row].mask >> (element->number - 1)) & 1))
			return -1;
		return search(s, a + 1, row + 1, row);
	}
	for (; row < s->n; row++)
	{
		int			end;

		if (!gate_allows(element, s->row[row].ts, s->row[base].ts))
			continue;
		end = search(s, a + 1, row, row);
		if (end >= 0)
			return end;
	}
	return -1;
}

static int64
search_count(const Search *s)
{
	int64		count = 0;
	int			from = 0;

	while (from < s->n)
	{
		int			end = search(s, 0, from, from);

		if (end < 0)
			break;
		count++;
		from = Max(end, from + 1);
	}
	return count;
}

static int
random_pattern(Search *s, char *text)
{
	static const char *const signs[] = {"", "<=", "<", ">=", ">", "=="};
	int			len = 0;
	bool		time = false;

	s->nelements = 1;
	s->element[0].kind = '*';
	s->element[0].gate = JNY_GATE_ANY;
	for (int n = (int) random_below(MAX_ELEMENTS); n > 0; n--)
	{
		Element    *element = &s->element[s->nelements++];
		uint32		what = random_below(time ? 6 : 8);

		element->gate = JNY_GATE_ANY;
		element->number = 0;
		time = what > 5;
		if (what < 4)
		{
			element->kind = 'c';
			element->number = 1 + random_below(CONDITIONS);
			len += sprintf(text + len, "(?%d)", (int) element->number);
		}
		else if (what < 6)
		{
			element->kind = what == 4 ? '.' : '*';
			len += sprintf(text + len, what == 4 ? "." : ".*");
		}
		else
		{
			element->kind = 't';
			element->gate = (JnyGate) (1 + random_below(5));
			element->number = random_below(4);
			len += sprintf(text + len, "(?t%s%d)", signs[element->gate],
						   (int) element->number);
		}
	}
	text[len] = '\0';
	return len;
}

static void
test_random(void)
{
	int			matches = 0;

	for (int round = 0; round < 200000; round++)
	{
		Search		s;
		char		text[MAX_ELEMENTS * 12];
		int			len = random_pattern(&s, text);
		JnyConditionRows rows;
		JnySequence *sequence;
		JnyError	err;
		bool		half = random_below(3) == 0;

		jny_conditions_init(&rows);
		for (int n = (int) random_below(MAX_ROWS + 1); n > 0; n--)
			jny_conditions_push(&rows, (int64) random_below(8) * USECS_PER_SEC +
								(half ? (int64) random_below(2) * 500000 : 0),
								1 + random_below((1 << CONDITIONS) - 1), &err);
		jny_conditions_sort(&rows);
		s.row = rows.rows;
		s.n = (int) rows.n;
		JNY_CASE(jny_sequence_parse(text, len, CONDITIONS, &sequence, &err) == JNY_OK,
				 "%s", text);
		JNY_CASE(jny_sequence_match(sequence, &rows) == (search(&s, 0, 0, 0) >= 0),
				 "match of %s", text);
		JNY_CASE(jny_sequence_count(sequence, &rows) == search_count(&s),
				 "count of %s: %lld, not %lld", text,
				 (long long) jny_sequence_count(sequence, &rows),
				 (long long) search_count(&s));
		matches += search(&s, 0, 0, 0) >= 0;
		jny_free(sequence);
		jny_conditions_reset(&rows);
	}
	ok(jny_cases_ok() && matches > 50000 && matches < 150000,
	   "200,000 random patterns and rows, %d of them match", matches);
}

/* ---- text that is no pattern ---- */

static void
refuses(const char *text, JnyCode code, size_t at)
{
	JnySequence *sequence;
	JnyError	err = {JNY_OK};

	JNY_CASE(jny_sequence_parse(text, strlen(text), CONDITIONS, &sequence,
								&err) == code && err.at == at,
			 "\"%.40s\" gives %d at %zu", text, err.code, err.at);
}

static void
test_parser(void)
{
	char		longest[2 * JNY_MAX_SEQUENCE + 2];
	JnySequence *sequence;
	JnyError	err;

	refuses("x", JNY_E_SYNTAX, 0);
	refuses("(?1)x", JNY_E_SYNTAX, 4);
	refuses("(", JNY_E_SYNTAX, 0);
	refuses("(?", JNY_E_SYNTAX, 2);
	refuses("(?1", JNY_E_SYNTAX, 3);
	refuses("(?0)", JNY_E_SYNTAX, 2);
	refuses("(?4)", JNY_E_SYNTAX, 2);
	refuses("(?99999999999999999999999)", JNY_E_SYNTAX, 2);
	refuses("(?-1)", JNY_E_SYNTAX, 2);
	refuses("(?t5)", JNY_E_SYNTAX, 3);
	refuses("(?t=5)", JNY_E_SYNTAX, 3);
	refuses("(?t!=5)", JNY_E_SYNTAX, 3);
	refuses("(?1)(?t<=)", JNY_E_SYNTAX, 9);
	refuses("(?1)(?t<=5", JNY_E_SYNTAX, 10);
	refuses("(?1)(?t<5)(?t>2)", JNY_E_SYNTAX, 10);
	refuses("*", JNY_E_SYNTAX, 0);
	refuses(" (?1)", JNY_E_SYNTAX, 0);
	ok(jny_cases_ok(), "text that is no pattern is refused where it goes wrong");

	memset(longest, '.', sizeof(longest));
	ok(jny_sequence_parse(longest, JNY_MAX_SEQUENCE, CONDITIONS, &sequence, &err) == JNY_OK,
	   "the longest pattern");
	jny_free(sequence);
	ok(jny_sequence_parse(longest, JNY_MAX_SEQUENCE + 1, CONDITIONS, &sequence,
						  &err) == JNY_E_MAX_ITEMS, "a longer one");
}

/* What takes a backtracking matcher for ever. */
static void
test_long(void)
{
	static const char text[] = "(?1).*(?1)(?t>=1).*(?1).*(?1)(?t<=50000).*(?1).*(?2)";
	JnyConditionRows rows;
	JnySequence *sequence;
	JnyError	err;

	jny_conditions_init(&rows);
	for (int i = 0; i < 300000; i++)
		jny_conditions_push(&rows, (int64) i * USECS_PER_SEC, 1, &err);
	jny_sequence_parse(text, strlen(text), CONDITIONS, &sequence, &err);
	ok(!jny_sequence_match(sequence, &rows) && jny_sequence_count(sequence, &rows) == 0,
	   "300,000 rows that do not match");
	jny_free(sequence);
	jny_sequence_parse("(?1)(?t==7)(?1)", 15, CONDITIONS, &sequence, &err);
	ok(jny_sequence_count(sequence, &rows) == 300000 / 8, "count by exact gaps");
	jny_free(sequence);
	jny_sequence_parse("(?1)(?1)", 8, CONDITIONS, &sequence, &err);
	ok(jny_sequence_count(sequence, &rows) == 150000, "count of many matches");
	jny_free(sequence);
	jny_conditions_reset(&rows);
}

static void
test_nodes(void)
{
	static const char text[] = "abcd";
	JnyVisit		node[] = {{1, 1, 0, 1, true}, {2, 2, 1, 1, true},
	{3, 4, 2, 1, false}, {4, 1, 3, 1, true}};
	JnyVisit		twice[] = {{1, 1, 1, 1, true}, {1, 1, 0, 1, false}, {1, 2, 0, 1, false}};

	ok(jny_next_visit(node, 4, 2, false, JNY_BASE_HEAD) == 2 &&
	   jny_next_visit(node, 4, 3, false, JNY_BASE_HEAD) == 3 &&
	   jny_next_visit(node, 4, 0, false, JNY_BASE_HEAD) == 0 &&
	   jny_next_visit(node, 4, 1, true, JNY_BASE_TAIL) == 2 &&
	   jny_next_visit(node, 4, 1, false, JNY_BASE_TAIL) == 4 &&
	   jny_next_visit(node, 4, 1, true, JNY_BASE_HEAD) == 4 &&
	   jny_next_visit(node, 4, 1, false, JNY_BASE_FIRST_MATCH) == 1 &&
	   jny_next_visit(node, 4, 1, true, JNY_BASE_LAST_MATCH) == 2 &&
	   jny_next_visit(node, 0, 0, false, JNY_BASE_HEAD) == 0, "the node next to a chain");
	jny_visits_sort(twice, 3, text);
	ok(twice[0].at == 0 && twice[0].mask == 1 && twice[1].mask == 2 && twice[2].at == 1,
	   "nodes of one time go by value, then conditions");
}

int
main(void)
{
	test_random();
	test_parser();
	test_long();
	test_nodes();
	return done_testing();
}

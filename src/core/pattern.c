/*
 * pattern.c
 *	  The pattern, parsed: one function per rule of the grammar.
 *
 * Tokens are pattern_token.c, steps pattern_step.c; pattern_print.c is the way
 * back.
 */
#include "core/pattern_parse.h"

#include "core/scan.h"

static const char *const expected_link =
"\"->\", \"=>\", \"|\", a filter, a quantifier, \"$\", a clause or the end of the pattern";
static const char *const expected_clause =
"a clause not given before or the end of the pattern";

/* Remembers the current token as one that "in any order" cannot go with. */
static void
note_ordered(JnyParser *p)
{
	if (!p->has_ordered)
		p->ordered = p->token;
	p->has_ordered = true;
}

/* A step that must not be; *number is its place among these. */
static JnyCode
parse_absent(JnyParser *p, int *number)
{
	JnyCode		code;
	int			count;

	if (p->pattern->nitems + p->nabsent >= JNY_MAX_ITEMS)
		return jny_fail(p->err, JNY_E_MAX_ITEMS, p->token.at, p->token.len,
						JNY_MAX_ITEMS, "fewer steps");
	if ((code = jny_parse_step(p, 0, &count)) != JNY_OK)
		return code;
	*number = p->nabsent;
	p->absent[p->nabsent++] = jny_parse_join(p, 0);
	return JNY_OK;
}

/* ---- items and links ---- */

/* A count inside braces; what is too large for any pattern stays so. */
static bool
scan_count(JnyParser *p, int *count)
{
	jny_token_peek(p);
	if (p->pos >= p->len || !is_digit(p->text[p->pos]))
		return false;
	*count = 0;
	for (; p->pos < p->len && is_digit(p->text[p->pos]); p->pos++)
		*count = Min(*count * 10 + (p->text[p->pos] - '0'), 1000000);
	return true;
}

/* "{" m [ "," [ n ] ] "}"; the current token is the brace. */
static JnyCode
parse_counts(JnyParser *p, JnyItem *item)
{
	size_t		at;

	if (!scan_count(p, &item->min))
	{
		jny_token_next(p);
		return jny_token_fail(p, "a number");
	}
	item->max = item->min;
	at = p->token.at;
	if (jny_token_peek(p) == ',')
	{
		p->pos++;
		item->max = JNY_UNBOUNDED;
		jny_token_peek(p);
		at = p->pos;
		scan_count(p, &item->max);
	}
	if (item->max == 0 || item->max < item->min)
		return jny_fail(p->err, JNY_E_SYNTAX, at, Min(p->pos, p->len) - at, 0,
						item->max == 0 ? "a greatest number of at least 1" :
						"a greatest number not below the least one");
	return jny_token_char(p, '}', "\",\" or \"}\"");
}

/* item = step [ quantifier ] */
static JnyCode
parse_item(JnyParser *p, JnyItem *item)
{
	JnyToken	quantifier;
	JnyCode		code;
	int			count;
	char		c;

	item->min = item->max = 1;
	item->gap_max = item->without = -1;
	if ((code = jny_parse_step(p, 0, &count)) != JNY_OK)
		return code;
	item->node = jny_parse_join(p, 0);
	c = p->token.c;
	if (c != '?' && c != '+' && c != '{')
		return JNY_OK;
	quantifier = p->token;
	if (count > 1)
		return jny_token_fail(p, "parentheses around the alternatives that are repeated");
	note_ordered(p);
	if (c == '{')
		code = parse_counts(p, item);
	else
	{
		item->min = c == '+';
		item->max = c == '+' ? JNY_UNBOUNDED : 1;
		code = jny_token_next(p);
	}
	if (code == JNY_OK && item->min == 0 && item == p->pattern->items)
		return jny_fail(p->err, JNY_E_SYNTAX, quantifier.at, quantifier.len, 0,
						"a first step that cannot be empty");
	return code;
}

/* option = duration [ "," duration ] | "without" step */
static JnyCode
parse_option(JnyParser *p, JnyItem *item)
{
	JnyCode		code;
	size_t		at;

	if (is_digit(jny_token_peek(p)) && item->gap_max < 0)
	{
		if ((code = jny_token_duration(p, &item->gap_max)) != JNY_OK)
			return code;
		if (jny_token_peek(p) == ',')
		{
			item->gap_min = item->gap_max;
			p->pos++;
			jny_token_peek(p);
			at = p->pos;
			if ((code = jny_token_duration(p, &item->gap_max)) != JNY_OK)
				return code;
			if (item->gap_max < item->gap_min)
				return jny_fail(p->err, JNY_E_SYNTAX, at, p->pos - at, 0,
								"a longest gap not below the shortest one");
		}
		return jny_token_next(p);
	}
	if ((code = jny_token_next(p)) != JNY_OK)
		return code;
	if (!jny_token_is(p, "without") || item->without >= 0)
		return jny_token_fail(p, item->gap_max >= 0 && item->without >= 0 ? "\"]\"" :
						  item->gap_max >= 0 ? "\"without\"" :
						  item->without >= 0 ? "a duration such as \"7 days\"" :
						  "a duration such as \"7 days\" or \"without\"");
	if ((code = jny_token_next(p)) != JNY_OK)
		return code;
	return parse_absent(p, &item->without);
}

/*
 * The link in front of an item that is not read yet, behind "->" or "=>"; the
 * current token is the arrow, then the first of the item.
 */
static JnyCode
parse_link(JnyParser *p, JnyItem *item)
{
	JnyCode		code;

	if (p->token.kind == JNY_TOKEN_NEXT)
	{
		item->link = JNY_LINK_NEXT;
		note_ordered(p);
		p->pattern->has_next = true;
		return jny_token_next(p);
	}
	if ((code = jny_token_next(p)) != JNY_OK || p->token.c != '[')
		return code;
	note_ordered(p);
	do
	{
		if ((code = parse_option(p, item)) != JNY_OK)
			return code;
	} while (p->token.c == ';');
	if (p->token.c != ']')
		return jny_token_fail(p, "\";\" or \"]\"");
	return jny_token_next(p);
}

/* [ "^" ] item { link item } [ "$" ] */
static JnyCode
parse_items(JnyParser *p)
{
	JnyPattern *pattern = p->pattern;
	JnyItem		link = {.link = JNY_LINK_LATER, .gap_max = -1, .without = -1};
	JnyCode		code;

	if (p->token.c == '^')
	{
		note_ordered(p);
		pattern->begins = true;
		if ((code = jny_token_next(p)) != JNY_OK)
			return code;
	}
	for (;;)
	{
		JnyItem    *item = &pattern->items[pattern->nitems];

		if (pattern->nitems + p->nabsent >= JNY_MAX_ITEMS)
			return jny_fail(p->err, JNY_E_MAX_ITEMS, p->token.at, p->token.len,
							JNY_MAX_ITEMS, "fewer steps");
		pattern->nitems++;
		if ((code = parse_item(p, item)) != JNY_OK)
			return code;
		item->link = link.link;
		item->gap_min = link.gap_min;
		item->gap_max = link.gap_max;
		item->without = link.without;
		if (p->token.kind != JNY_TOKEN_LATER && p->token.kind != JNY_TOKEN_NEXT)
			break;
		link = (JnyItem) {.link = JNY_LINK_LATER, .gap_max = -1, .without = -1};
		if ((code = parse_link(p, &link)) != JNY_OK)
			return code;
	}
	if (p->token.c != '$')
		return JNY_OK;
	note_ordered(p);
	pattern->ends = true;
	return jny_token_next(p);
}

/* ---- clauses ---- */

/* Behind "within": a duration, or "session" [ "[" duration "]" ]. */
static JnyCode
parse_within(JnyParser *p)
{
	JnyPattern *pattern = p->pattern;
	JnyToken	within = p->token;
	JnyCode		code;

	if (!is_name_start(jny_token_peek(p)) || is_digit(jny_token_peek(p)))
	{
		if (pattern->within >= 0)
		{
			p->token = within;
			return jny_token_fail(p, expected_clause);
		}
		if ((code = jny_token_duration(p, &pattern->within)) != JNY_OK)
			return code;
		return jny_token_next(p);
	}
	if ((code = jny_token_next(p)) != JNY_OK)
		return code;
	if (!jny_token_is(p, "session"))
		return jny_token_fail(p, "a duration such as \"7 days\" or \"session\"");
	if (pattern->session >= 0)
	{
		p->token = within;
		return jny_token_fail(p, expected_clause);
	}
	pattern->session = JNY_DEFAULT_SESSION;
	if ((code = jny_token_next(p)) != JNY_OK || p->token.c != '[')
		return code;
	if ((code = jny_token_duration(p, &pattern->session)) != JNY_OK)
		return code;
	return jny_token_char(p, ']', "\"]\"");
}

/* Behind "then": "no" step "for" duration. */
static JnyCode
parse_no_more(JnyParser *p)
{
	JnyCode		code;

	note_ordered(p);
	if ((code = jny_token_word(p, "no", "\"no\"")) != JNY_OK ||
		(code = jny_token_next(p)) != JNY_OK ||
		(code = parse_absent(p, &p->pattern->no_more)) != JNY_OK)
		return code;
	if (!jny_token_is(p, "for"))
		return jny_token_fail(p, "\"|\", a filter or \"for\"");
	if ((code = jny_token_duration(p, &p->pattern->no_more_for)) != JNY_OK)
		return code;
	return jny_token_next(p);
}

/* One clause that has not been given before. */
static JnyCode
parse_clause(JnyParser *p)
{
	JnyPattern *pattern = p->pattern;
	JnyCode		code;

	if (jny_token_is(p, "within"))
		return parse_within(p);
	if (jny_token_is(p, "without") && pattern->without < 0)
	{
		if ((code = jny_token_next(p)) != JNY_OK)
			return code;
		return parse_absent(p, &pattern->without);
	}
	if (jny_token_is(p, "then") && pattern->no_more < 0)
		return parse_no_more(p);
	if (jny_token_is(p, "from") && !pattern->from_first)
	{
		pattern->from_first = true;
		if ((code = jny_token_word(p, "first", "\"first\"")) != JNY_OK)
			return code;
	}
	else if (jny_token_is(p, "in") && !pattern->any_order)
	{
		pattern->any_order = true;
		if ((code = jny_token_word(p, "any", "\"any\"")) != JNY_OK ||
			(code = jny_token_word(p, "order", "\"order\"")) != JNY_OK)
			return code;
	}
	else if (jny_token_is(p, "at") && !pattern->distinct_times)
	{
		pattern->distinct_times = true;
		if ((code = jny_token_word(p, "distinct", "\"distinct\"")) != JNY_OK ||
			(code = jny_token_word(p, "times", "\"times\"")) != JNY_OK)
			return code;
	}
	else
		return jny_token_fail(p, expected_clause);
	return jny_token_next(p);
}

/* The clauses, in any order, each at most once, up to the end. */
static JnyCode
parse_clauses(JnyParser *p)
{
	bool		first = true;
	static const char *const words[] = {"within", "without", "then", "from",
	"in", "at"};
	JnyCode		code;

	for (; p->token.kind != JNY_TOKEN_END; first = false)
	{
		int			i = 0;

		while (i < lengthof(words) && !jny_token_is(p, words[i]))
			i++;
		if (i == lengthof(words) && first && !p->pattern->ends)
			return jny_token_fail(p, expected_link);
		if ((code = parse_clause(p)) != JNY_OK)
			return code;
	}
	if (p->pattern->any_order && p->has_ordered)
	{
		p->token = p->ordered;
		return jny_token_fail(p, "steps joined by plain \"->\" alone, for they come \"in any order\"");
	}
	return JNY_OK;
}

/* ---- the whole ---- */

/* Numbers the steps that must not be, behind the items. */
static void
number_steps(JnyParser *p)
{
	JnyPattern *pattern = p->pattern;

	for (int i = 0; i < pattern->nitems; i++)
	{
		pattern->steps[i] = pattern->items[i].node;
		if (pattern->items[i].without >= 0)
			pattern->items[i].without += pattern->nitems;
	}
	for (int i = 0; i < p->nabsent; i++)
		pattern->steps[pattern->nitems + i] = p->absent[i];
	pattern->nsteps = pattern->nitems + p->nabsent;
	if (pattern->without >= 0)
		pattern->without += pattern->nitems;
	if (pattern->no_more >= 0)
		pattern->no_more += pattern->nitems;
}

/* The limit of the printed form, which is what is stored. */
static JnyCode
check_printed(JnyParser *p)
{
	JnyText		text;
	size_t		len;

	if (p->len <= JNY_MAX_PATTERN_BYTES / 4)
		return JNY_OK;
	jny_text_init(&text);
	jny_pattern_print(p->pattern, &text);
	len = text.len;
	jny_free(text.data);
	if (len > JNY_MAX_PATTERN_BYTES)
		return jny_fail(p->err, JNY_E_MAX_PATTERN_BYTES, p->len, 0,
						JNY_MAX_PATTERN_BYTES, "a shorter pattern");
	return JNY_OK;
}

JnyCode
jny_pattern_parse(const char *text, size_t len, JnyPattern **out,
				  JnyError *err)
{
	JnyParser		p;
	JnyCode		code;

	*out = NULL;
	if (len > JNY_MAX_PATTERN_BYTES)
		return jny_fail(err, JNY_E_MAX_PATTERN_BYTES, 0, len,
						JNY_MAX_PATTERN_BYTES, "a shorter pattern");
	memset(&p, 0, sizeof(p));
	p.text = text;
	p.len = len;
	p.err = err;
	p.pattern = jny_alloc0(sizeof(JnyPattern));
	p.pattern->within = p.pattern->session = -1;
	p.pattern->without = p.pattern->no_more = -1;
	p.pattern->strings = p.strings = jny_alloc(len + 1);

	if ((code = jny_token_next(&p)) == JNY_OK &&
		(code = parse_items(&p)) == JNY_OK &&
		(code = parse_clauses(&p)) == JNY_OK)
	{
		number_steps(&p);
		jny_tree_finish(p.pattern);
		jny_filter_finish(p.pattern);
		if ((code = jny_units_finish(p.pattern, len, err)) == JNY_OK)
			code = check_printed(&p);
	}
	if (p.alts)
		jny_free(p.alts);
	if (code == JNY_OK)
		*out = p.pattern;
	else
		jny_pattern_free(p.pattern);
	return code;
}

void
jny_pattern_free(JnyPattern *pattern)
{
	if (pattern->nodes)
		jny_free(pattern->nodes);
	if (pattern->leaves)
		jny_free(pattern->leaves);
	if (pattern->units)
		jny_free(pattern->units);
	jny_free(pattern->strings);
	jny_free(pattern);
}

/*
 * pattern.c
 *	  The pattern: parse and print.
 *
 * One tokenizer (next_token) and one function per rule of the grammar.  Words
 * of clauses are key words only where a link, "$" or the end could stand, so
 * the tokenizer knows none: "within -> from" is a pattern of two names.
 * Nested alternations are flattened while parsing, which makes the printed
 * form canonical.
 */
#include "core/pattern.h"

#include "port.h"

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_PREFIX,				/* a name with "*" behind it */
	TOKEN_LATER,
	TOKEN_NEXT,
	TOKEN_OTHER					/* one character, which is Token.c */
} TokenKind;

typedef struct Token
{
	TokenKind	kind;
	char		c;				/* OTHER; NUL for all else */
	size_t		at;
	size_t		len;			/* bytes in the text */
	bool		quoted;
	JnyName		name;			/* NAME, PREFIX: unescaped */
} Token;

typedef struct Parser
{
	const char *text;
	size_t		len;
	size_t		pos;			/* behind the current token */
	Token		token;
	char	   *strings;		/* next free byte of pattern->strings */
	int			cap;			/* of pattern->nodes */
	int		   *alts;			/* stack of alternatives being read */
	int			nalts;
	int			alts_cap;
	int			nabsent;		/* steps that must not be */
	int			absent[JNY_MAX_ITEMS];
	Token		ordered;		/* the first that "in any order" refuses */
	bool		has_ordered;
	JnyPattern *pattern;
	JnyError   *err;
} Parser;

#define DEFAULT_SESSION (30 * USECS_PER_MINUTE)

static const char *const expected_step = "a name, \".\", \"!\" or \"(\"";
static const char *const expected_close = "\"|\" or \")\"";
static const char *const expected_link =
"\"->\", \"=>\", \"|\", a filter, a quantifier, \"$\", a clause or the end of the pattern";
static const char *const expected_clause =
"a clause not given before or the end of the pattern";
static const char *const expected_compare = "<, <=, >, >=, = or <>";

/* ---- tokens ---- */

static inline bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does a bare name begin with c?  The scanner of names decides the rest. */
static inline bool
begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		is_digit(c) || c == '_' || IS_HIGHBIT_SET(c);
}

/* The next character that is not blank; NUL at the end.  Moves up to it. */
static char
peek(Parser *p)
{
	while (p->pos < p->len && is_blank(p->text[p->pos]))
		p->pos++;
	return p->pos < p->len ? p->text[p->pos] : '\0';
}

/*
 * Reads a name, bare or quoted, into the strings of the pattern.  They have
 * room for the whole text, and no name is longer than its spelling.
 */
static JnyCode
name_token(Parser *p)
{
	Token	   *token = &p->token;
	JnyCode		code;

	token->kind = TOKEN_NAME;
	token->quoted = p->text[p->pos] == '"';
	code = jny_scan_name(p->text, p->len, &p->pos, p->strings, &token->name,
						 p->err);
	if (code != JNY_OK)
		return code;
	token->len = p->pos - token->at;
	memmove(p->strings, token->name.data, token->name.len);
	token->name.data = p->strings;
	p->strings += token->name.len;
	if (p->pos < p->len && p->text[p->pos] == '*')
	{
		token->kind = TOKEN_PREFIX;
		token->len++;
		p->pos++;
	}
	return JNY_OK;
}

/* Moves on to the next token. */
static JnyCode
next_token(Parser *p)
{
	Token	   *token = &p->token;
	char		c = peek(p);
	char		next;

	token->at = p->pos;
	token->len = 0;
	token->c = '\0';
	token->kind = TOKEN_END;
	if (p->pos >= p->len)
		return JNY_OK;
	if (c == '"' || begins_name(c))
		return name_token(p);

	next = p->pos + 1 < p->len ? p->text[p->pos + 1] : '\0';
	token->len = 1;
	token->kind = TOKEN_OTHER;
	token->c = c;
	if (next == '>' && (c == '-' || c == '='))
	{
		token->kind = c == '-' ? TOKEN_LATER : TOKEN_NEXT;
		token->c = '\0';
		token->len = 2;
	}
	p->pos += token->len;
	return JNY_OK;
}

/* Reports the current token as not what the grammar wants. */
static JnyCode
unexpected(Parser *p, const char *expected)
{
	return jny_fail(p->err, JNY_E_SYNTAX, p->token.at, p->token.len, 0,
					expected);
}

/* Is the current token this word, in any case, as a key word is written? */
static bool
is_word(const Parser *p, const char *word)
{
	return p->token.kind == TOKEN_NAME && !p->token.quoted &&
		strlen(word) == p->token.name.len &&
		pg_strncasecmp(word, p->token.name.data, p->token.name.len) == 0;
}

/* Moves on to the next token, which must be this word. */
static JnyCode
next_word(Parser *p, const char *word, const char *expected)
{
	JnyCode		code = next_token(p);

	if (code == JNY_OK && !is_word(p, word))
		return unexpected(p, expected);
	return code;
}

/* Moves on to the next token, which must be this character, and beyond. */
static JnyCode
next_char(Parser *p, char c, const char *expected)
{
	JnyCode		code = next_token(p);

	if (code == JNY_OK && p->token.c != c)
		return unexpected(p, expected);
	return code == JNY_OK ? next_token(p) : code;
}

static JnyCode
duration(Parser *p, int64 *us)
{
	return jny_scan_duration(p->text, p->len, &p->pos, us, p->err);
}

/* Remembers the current token as one that "in any order" cannot go with. */
static void
note_ordered(Parser *p)
{
	if (!p->has_ordered)
		p->ordered = p->token;
	p->has_ordered = true;
}

/* ---- steps ---- */

static int
add_node(Parser *p, JnyNodeKind kind, JnyName name, int left)
{
	return jny_tree_add(p->pattern, &p->cap, kind, name, left, 0);
}

static void
push_alternative(Parser *p, int node)
{
	if (p->nalts == p->alts_cap)
	{
		p->alts_cap = p->alts_cap ? 2 * p->alts_cap : 16;
		p->alts = p->alts ? jny_realloc(p->alts, p->alts_cap * sizeof(int)) :
			jny_alloc(p->alts_cap * sizeof(int));
	}
	p->alts[p->nalts++] = node;
}

/* Takes the alternatives from base on off the stack, as one tree. */
static int
join_alternatives(Parser *p, int base)
{
	int			n = p->nalts - base;

	p->nalts = base;
	return jny_tree_join(p->pattern, &p->cap, p->alts + base, n);
}

/* The comparison at p->pos, or false. */
static bool
scan_compare(Parser *p, JnyCompare *compare)
{
	char		c = peek(p);
	char		next = p->pos + 1 < p->len ? p->text[p->pos + 1] : '\0';

	p->token.at = p->pos;
	p->token.len = c != '\0';
	if (c == '=')
		*compare = JNY_EQ;
	else if (c == '<')
		*compare = next == '=' ? JNY_LE : next == '>' ? JNY_NE : JNY_LT;
	else if (c == '>')
		*compare = next == '=' ? JNY_GE : JNY_GT;
	else
		return false;
	p->pos += *compare == JNY_EQ || *compare == JNY_LT ||
		*compare == JNY_GT ? 1 : 2;
	return true;
}

/* filter = "@" name [ "*" ] | "[" "value" op number "]", around *node. */
static JnyCode
parse_filter(Parser *p, int *node)
{
	JnyCompare	compare;
	double		number;
	JnyCode		code;

	if (p->token.c == '@')
	{
		if ((code = next_token(p)) != JNY_OK)
			return code;
		if (p->token.kind != TOKEN_NAME && p->token.kind != TOKEN_PREFIX)
			return unexpected(p, "the name of a channel");
		*node = add_node(p, p->token.kind == TOKEN_NAME ? JNY_NODE_CHANNEL :
						 JNY_NODE_CHANNEL_PREFIX, p->token.name, *node);
		return next_token(p);
	}
	if ((code = next_word(p, "value", "\"value\"")) != JNY_OK)
		return code;
	if (!scan_compare(p, &compare))
		return unexpected(p, expected_compare);
	peek(p);
	code = jny_scan_number(p->text, p->len, &p->pos, &number, p->err);
	if (code == JNY_E_VALUE)	/* too large for a double: of the text here */
		p->err->code = code = JNY_E_SYNTAX;
	if (code != JNY_OK)
		return code;
	*node = add_node(p, JNY_NODE_VALUE, (JnyName) {"", 0}, *node);
	p->pattern->nodes[*node].compare = compare;
	p->pattern->nodes[*node].number = number + 0.0;
	return next_char(p, ']', "\"]\"");
}

static JnyCode parse_step(Parser *p, int level, int *count);

/*
 * primary = name [ "*" ] | "." | "(" step ")".  What stands in parentheses is
 * left as alternatives on the stack, *node is -1 then.
 */
static JnyCode
parse_primary(Parser *p, int level, int *node)
{
	static const JnyName none = {"", 0};
	JnyCode		code;
	int			count;

	*node = -1;
	if (p->token.kind == TOKEN_NAME)
		*node = add_node(p, JNY_NODE_NAME, p->token.name, 0);
	else if (p->token.kind == TOKEN_PREFIX)
		*node = add_node(p, JNY_NODE_PREFIX, p->token.name, 0);
	else if (p->token.c == '.')
		*node = add_node(p, JNY_NODE_ANY, none, 0);
	else if (p->token.c == '(')
	{
		if (level >= JNY_MAX_NESTING)
			return jny_fail(p->err, JNY_E_MAX_NESTING, p->token.at, 1,
							JNY_MAX_NESTING, "fewer parentheses");
		if ((code = next_token(p)) != JNY_OK ||
			(code = parse_step(p, level + 1, &count)) != JNY_OK)
			return code;
		if (p->token.c != ')')
			return unexpected(p, expected_close);
	}
	else
		return unexpected(p, expected_step);
	return next_token(p);
}

/* unary = [ "!" ] primary { filter }, onto the stack of alternatives. */
static JnyCode
parse_unary(Parser *p, int level)
{
	bool		negated = p->token.c == '!';
	int			base = p->nalts;
	int			node;
	JnyCode		code;

	if (negated && (code = next_token(p)) != JNY_OK)
		return code;
	if ((code = parse_primary(p, level, &node)) != JNY_OK)
		return code;
	/* plain parentheses inside an alternation dissolve */
	if (node < 0 && !negated && p->token.c != '@' && p->token.c != '[')
		return JNY_OK;
	if (node < 0)
		node = join_alternatives(p, base);
	while (p->token.c == '@' || p->token.c == '[')
	{
		if ((code = parse_filter(p, &node)) != JNY_OK)
			return code;
	}
	if (negated)
		node = add_node(p, JNY_NODE_NOT, (JnyName) {"", 0}, node);
	push_alternative(p, node);
	return JNY_OK;
}

/*
 * step = unary { "|" unary }.  Recursion is as deep as the parentheses, which
 * are limited.  *count: how many stand side by side.
 */
static JnyCode
parse_step(Parser *p, int level, int *count)
{
	JnyCode		code;

	for (*count = 1;; (*count)++)
	{
		if ((code = parse_unary(p, level)) != JNY_OK)
			return code;
		if (p->token.c != '|')
			return JNY_OK;
		if ((code = next_token(p)) != JNY_OK)
			return code;
	}
}

/* A step that must not be; *number is its place among these. */
static JnyCode
parse_absent(Parser *p, int *number)
{
	JnyCode		code;
	int			count;

	if (p->pattern->nitems + p->nabsent >= JNY_MAX_ITEMS)
		return jny_fail(p->err, JNY_E_MAX_ITEMS, p->token.at, p->token.len,
						JNY_MAX_ITEMS, "fewer steps");
	if ((code = parse_step(p, 0, &count)) != JNY_OK)
		return code;
	*number = p->nabsent;
	p->absent[p->nabsent++] = join_alternatives(p, 0);
	return JNY_OK;
}

/* ---- items and links ---- */

/* A count inside braces; what is too large for any pattern stays so. */
static bool
scan_count(Parser *p, int *count)
{
	peek(p);
	if (p->pos >= p->len || !is_digit(p->text[p->pos]))
		return false;
	*count = 0;
	for (; p->pos < p->len && is_digit(p->text[p->pos]); p->pos++)
		*count = Min(*count * 10 + (p->text[p->pos] - '0'), 1000000);
	return true;
}

/* "{" m [ "," [ n ] ] "}"; the current token is the brace. */
static JnyCode
parse_counts(Parser *p, JnyItem *item)
{
	size_t		at;

	if (!scan_count(p, &item->min))
	{
		next_token(p);
		return unexpected(p, "a number");
	}
	item->max = item->min;
	at = p->token.at;
	if (peek(p) == ',')
	{
		p->pos++;
		item->max = JNY_UNBOUNDED;
		peek(p);
		at = p->pos;
		scan_count(p, &item->max);
	}
	if (item->max == 0 || item->max < item->min)
		return jny_fail(p->err, JNY_E_SYNTAX, at, Min(p->pos, p->len) - at, 0,
						item->max == 0 ? "a greatest number of at least 1" :
						"a greatest number not below the least one");
	return next_char(p, '}', "\",\" or \"}\"");
}

/* item = step [ quantifier ] */
static JnyCode
parse_item(Parser *p, JnyItem *item)
{
	Token		quantifier;
	JnyCode		code;
	int			count;
	char		c;

	item->min = item->max = 1;
	item->gap_max = item->without = -1;
	if ((code = parse_step(p, 0, &count)) != JNY_OK)
		return code;
	item->node = join_alternatives(p, 0);
	c = p->token.c;
	if (c != '?' && c != '+' && c != '{')
		return JNY_OK;
	quantifier = p->token;
	if (count > 1)
		return unexpected(p, "parentheses around the alternatives that are repeated");
	note_ordered(p);
	if (c == '{')
		code = parse_counts(p, item);
	else
	{
		item->min = c == '+';
		item->max = c == '+' ? JNY_UNBOUNDED : 1;
		code = next_token(p);
	}
	if (code == JNY_OK && item->min == 0 && item == p->pattern->items)
		return jny_fail(p->err, JNY_E_SYNTAX, quantifier.at, quantifier.len, 0,
						"a first step that cannot be empty");
	return code;
}

/* option = duration [ "," duration ] | "without" step */
static JnyCode
parse_option(Parser *p, JnyItem *item)
{
	JnyCode		code;
	size_t		at;

	if (is_digit(peek(p)) && item->gap_max < 0)
	{
		if ((code = duration(p, &item->gap_max)) != JNY_OK)
			return code;
		if (peek(p) == ',')
		{
			item->gap_min = item->gap_max;
			p->pos++;
			peek(p);
			at = p->pos;
			if ((code = duration(p, &item->gap_max)) != JNY_OK)
				return code;
			if (item->gap_max < item->gap_min)
				return jny_fail(p->err, JNY_E_SYNTAX, at, p->pos - at, 0,
								"a longest gap not below the shortest one");
		}
		return next_token(p);
	}
	if ((code = next_token(p)) != JNY_OK)
		return code;
	if (!is_word(p, "without") || item->without >= 0)
		return unexpected(p, item->gap_max >= 0 && item->without >= 0 ? "\"]\"" :
						  item->gap_max >= 0 ? "\"without\"" :
						  item->without >= 0 ? "a duration such as \"7 days\"" :
						  "a duration such as \"7 days\" or \"without\"");
	if ((code = next_token(p)) != JNY_OK)
		return code;
	return parse_absent(p, &item->without);
}

/*
 * The link in front of an item that is not read yet, behind "->" or "=>"; the
 * current token is the arrow, then the first of the item.
 */
static JnyCode
parse_link(Parser *p, JnyItem *item)
{
	JnyCode		code;

	if (p->token.kind == TOKEN_NEXT)
	{
		item->link = JNY_LINK_NEXT;
		note_ordered(p);
		p->pattern->has_next = true;
		return next_token(p);
	}
	if ((code = next_token(p)) != JNY_OK || p->token.c != '[')
		return code;
	note_ordered(p);
	do
	{
		if ((code = parse_option(p, item)) != JNY_OK)
			return code;
	} while (p->token.c == ';');
	if (p->token.c != ']')
		return unexpected(p, "\";\" or \"]\"");
	return next_token(p);
}

/* [ "^" ] item { link item } [ "$" ] */
static JnyCode
parse_items(Parser *p)
{
	JnyPattern *pattern = p->pattern;
	JnyItem		link = {.link = JNY_LINK_LATER, .gap_max = -1, .without = -1};
	JnyCode		code;

	if (p->token.c == '^')
	{
		note_ordered(p);
		pattern->begins = true;
		if ((code = next_token(p)) != JNY_OK)
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
		if (p->token.kind != TOKEN_LATER && p->token.kind != TOKEN_NEXT)
			break;
		link = (JnyItem) {.link = JNY_LINK_LATER, .gap_max = -1, .without = -1};
		if ((code = parse_link(p, &link)) != JNY_OK)
			return code;
	}
	if (p->token.c != '$')
		return JNY_OK;
	note_ordered(p);
	pattern->ends = true;
	return next_token(p);
}

/* ---- clauses ---- */

/* Behind "within": a duration, or "session" [ "[" duration "]" ]. */
static JnyCode
parse_within(Parser *p)
{
	JnyPattern *pattern = p->pattern;
	Token		within = p->token;
	JnyCode		code;

	if (!begins_name(peek(p)) || is_digit(peek(p)))
	{
		if (pattern->within >= 0)
		{
			p->token = within;
			return unexpected(p, expected_clause);
		}
		if ((code = duration(p, &pattern->within)) != JNY_OK)
			return code;
		return next_token(p);
	}
	if ((code = next_token(p)) != JNY_OK)
		return code;
	if (!is_word(p, "session"))
		return unexpected(p, "a duration such as \"7 days\" or \"session\"");
	if (pattern->session >= 0)
	{
		p->token = within;
		return unexpected(p, expected_clause);
	}
	pattern->session = DEFAULT_SESSION;
	if ((code = next_token(p)) != JNY_OK || p->token.c != '[')
		return code;
	if ((code = duration(p, &pattern->session)) != JNY_OK)
		return code;
	return next_char(p, ']', "\"]\"");
}

/* Behind "then": "no" step "for" duration. */
static JnyCode
parse_no_more(Parser *p)
{
	JnyCode		code;

	note_ordered(p);
	if ((code = next_word(p, "no", "\"no\"")) != JNY_OK ||
		(code = next_token(p)) != JNY_OK ||
		(code = parse_absent(p, &p->pattern->no_more)) != JNY_OK)
		return code;
	if (!is_word(p, "for"))
		return unexpected(p, "\"|\", a filter or \"for\"");
	if ((code = duration(p, &p->pattern->no_more_for)) != JNY_OK)
		return code;
	return next_token(p);
}

/* One clause that has not been given before. */
static JnyCode
parse_clause(Parser *p)
{
	JnyPattern *pattern = p->pattern;
	JnyCode		code;

	if (is_word(p, "within"))
		return parse_within(p);
	if (is_word(p, "without") && pattern->without < 0)
	{
		if ((code = next_token(p)) != JNY_OK)
			return code;
		return parse_absent(p, &pattern->without);
	}
	if (is_word(p, "then") && pattern->no_more < 0)
		return parse_no_more(p);
	if (is_word(p, "from") && !pattern->from_first)
	{
		pattern->from_first = true;
		if ((code = next_word(p, "first", "\"first\"")) != JNY_OK)
			return code;
	}
	else if (is_word(p, "in") && !pattern->any_order)
	{
		pattern->any_order = true;
		if ((code = next_word(p, "any", "\"any\"")) != JNY_OK ||
			(code = next_word(p, "order", "\"order\"")) != JNY_OK)
			return code;
	}
	else if (is_word(p, "at") && !pattern->distinct_times)
	{
		pattern->distinct_times = true;
		if ((code = next_word(p, "distinct", "\"distinct\"")) != JNY_OK ||
			(code = next_word(p, "times", "\"times\"")) != JNY_OK)
			return code;
	}
	else
		return unexpected(p, expected_clause);
	return next_token(p);
}

/* The clauses, in any order, each at most once, up to the end. */
static JnyCode
parse_clauses(Parser *p)
{
	bool		first = true;
	static const char *const words[] = {"within", "without", "then", "from",
	"in", "at"};
	JnyCode		code;

	for (; p->token.kind != TOKEN_END; first = false)
	{
		int			i = 0;

		while (i < lengthof(words) && !is_word(p, words[i]))
			i++;
		if (i == lengthof(words) && first && !p->pattern->ends)
			return unexpected(p, expected_link);
		if ((code = parse_clause(p)) != JNY_OK)
			return code;
	}
	if (p->pattern->any_order && p->has_ordered)
	{
		p->token = p->ordered;
		return unexpected(p, "steps joined by plain \"->\" alone, for they come \"in any order\"");
	}
	return JNY_OK;
}

/* ---- the whole ---- */

/* Numbers the steps that must not be, behind the items. */
static void
number_steps(Parser *p)
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
check_printed(Parser *p)
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
	Parser		p;
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

	if ((code = next_token(&p)) == JNY_OK &&
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

/* ---- print ---- */

static void
append_literal(JnyText *out, const char *literal)
{
	jny_text_append(out, literal, strlen(literal));
}

static void
print_link(const JnyPattern *pattern, const JnyItem *item, JnyText *out)
{
	bool		gap = item->gap_max >= 0;

	append_literal(out, item->link == JNY_LINK_NEXT ? " =>" : " ->");
	if (gap || item->without >= 0)
		append_literal(out, "[");
	if (gap && item->gap_min > 0)
	{
		jny_text_duration(out, item->gap_min);
		append_literal(out, ", ");
	}
	if (gap)
		jny_text_duration(out, item->gap_max);
	if (item->without >= 0)
	{
		append_literal(out, gap ? "; without " : "without ");
		jny_tree_print(pattern, pattern->steps[item->without], false, out);
	}
	append_literal(out, gap || item->without >= 0 ? "] " : " ");
}

static void
print_quantifier(const JnyItem *item, JnyText *out)
{
	char		buffer[48];

	if (item->min == 1 && item->max == 1)
		return;
	if (item->min == 0 && item->max == 1)
		append_literal(out, "?");
	else if (item->min == 1 && item->max == JNY_UNBOUNDED)
		append_literal(out, "+");
	else
	{
		int			len = snprintf(buffer, sizeof(buffer), "{%d", item->min);

		if (item->max == JNY_UNBOUNDED)
			len += snprintf(buffer + len, sizeof(buffer) - len, ",");
		else if (item->max != item->min)
			len += snprintf(buffer + len, sizeof(buffer) - len, ",%d", item->max);
		buffer[len++] = '}';
		jny_text_append(out, buffer, len);
	}
}

static void
print_clauses(const JnyPattern *pattern, JnyText *out)
{
	if (pattern->within >= 0)
	{
		append_literal(out, " within ");
		jny_text_duration(out, pattern->within);
	}
	if (pattern->session >= 0)
		append_literal(out, " within session");
	if (pattern->session >= 0 && pattern->session != DEFAULT_SESSION)
	{
		append_literal(out, " [");
		jny_text_duration(out, pattern->session);
		append_literal(out, "]");
	}
	if (pattern->without >= 0)
	{
		append_literal(out, " without ");
		jny_tree_print(pattern, pattern->steps[pattern->without], false, out);
	}
	if (pattern->from_first)
		append_literal(out, " from first");
	if (pattern->any_order)
		append_literal(out, " in any order");
	if (pattern->distinct_times)
		append_literal(out, " at distinct times");
	if (pattern->no_more >= 0)
	{
		append_literal(out, " then no ");
		jny_tree_print(pattern, pattern->steps[pattern->no_more], false, out);
		append_literal(out, " for ");
		jny_text_duration(out, pattern->no_more_for);
	}
}

void
jny_pattern_print(const JnyPattern *pattern, JnyText *out)
{
	if (pattern->begins)
		append_literal(out, "^ ");
	for (int i = 0; i < pattern->nitems; i++)
	{
		const JnyItem *item = &pattern->items[i];
		bool		quantified = item->min != 1 || item->max != 1;

		if (i > 0)
			print_link(pattern, item, out);
		jny_tree_print(pattern, item->node, quantified, out);
		print_quantifier(item, out);
	}
	if (pattern->ends)
		append_literal(out, " $");
	print_clauses(pattern, out);
}

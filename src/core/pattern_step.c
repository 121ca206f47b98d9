/*
 * pattern_step.c
 *	  The steps of a pattern, parsed: one function per rule of the grammar.
 *
 * Nested alternations are flattened while parsing, which makes the printed
 * form canonical.
 */
#include "core/pattern_parse.h"

#include "core/scan.h"

static const char *const expected_step = "a name, \".\", \"!\" or \"(\"";
static const char *const expected_close = "\"|\" or \")\"";
static const char *const expected_compare = "<, <=, >, >=, = or <>";

static int
add_node(JnyParser *p, JnyNodeKind kind, JnyName name, int left)
{
	return jny_tree_add(p->pattern, &p->cap, kind, name, left, 0);
}

static void
push_alternative(JnyParser *p, int node)
{
	if (p->nalts == p->alts_cap)
	{
		p->alts_cap = p->alts_cap ? 2 * p->alts_cap : 16;
		p->alts = p->alts ? jny_realloc(p->alts, p->alts_cap * sizeof(int)) :
			jny_alloc(p->alts_cap * sizeof(int));
	}
	p->alts[p->nalts++] = node;
}

int
jny_parse_join(JnyParser *p, int base)
{
	int			n = p->nalts - base;

	p->nalts = base;
	return jny_tree_join(p->pattern, &p->cap, p->alts + base, n);
}

/* The comparison at p->pos, or false. */
static bool
scan_compare(JnyParser *p, JnyCompare *compare)
{
	char		c = jny_token_peek(p);
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
parse_filter(JnyParser *p, int *node)
{
	JnyCompare	compare;
	double		number;
	JnyCode		code;

	if (p->token.c == '@')
	{
		if ((code = jny_token_next(p)) != JNY_OK)
			return code;
		if (p->token.kind != JNY_TOKEN_NAME && p->token.kind != JNY_TOKEN_PREFIX)
			return jny_token_fail(p, "the name of a channel");
		*node = add_node(p, p->token.kind == JNY_TOKEN_NAME ? JNY_NODE_CHANNEL :
						 JNY_NODE_CHANNEL_PREFIX, p->token.name, *node);
		return jny_token_next(p);
	}
	if ((code = jny_token_word(p, "value", "\"value\"")) != JNY_OK)
		return code;
	if (!scan_compare(p, &compare))
		return jny_token_fail(p, expected_compare);
	jny_token_peek(p);
	code = jny_scan_number(p->text, p->len, &p->pos, &number, p->err);
	if (code == JNY_E_VALUE)	/* too large for a double: of the text here */
		p->err->code = code = JNY_E_SYNTAX;
	if (code != JNY_OK)
		return code;
	*node = add_node(p, JNY_NODE_VALUE, (JnyName) {"", 0}, *node);
	p->pattern->nodes[*node].compare = compare;
	p->pattern->nodes[*node].number = number + 0.0;
	return jny_token_char(p, ']', "\"]\"");
}

/*
 * primary = name [ "*" ] | "." | "(" step ")".  What stands in parentheses is
 * left as alternatives on the stack, *node is -1 then.
 */
static JnyCode
parse_primary(JnyParser *p, int level, int *node)
{
	static const JnyName none = {"", 0};
	JnyCode		code;
	int			count;

	*node = -1;
	if (p->token.kind == JNY_TOKEN_NAME)
		*node = add_node(p, JNY_NODE_NAME, p->token.name, 0);
	else if (p->token.kind == JNY_TOKEN_PREFIX)
		*node = add_node(p, JNY_NODE_PREFIX, p->token.name, 0);
	else if (p->token.c == '.')
		*node = add_node(p, JNY_NODE_ANY, none, 0);
	else if (p->token.c == '(')
	{
		if (level >= JNY_MAX_NESTING)
			return jny_fail(p->err, JNY_E_MAX_NESTING, p->token.at, 1,
							JNY_MAX_NESTING, "fewer parentheses");
		if ((code = jny_token_next(p)) != JNY_OK ||
			(code = jny_parse_step(p, level + 1, &count)) != JNY_OK)
			return code;
		if (p->token.c != ')')
			return jny_token_fail(p, expected_close);
	}
	else
		return jny_token_fail(p, expected_step);
	return jny_token_next(p);
}

/* unary = [ "!" ] primary { filter }, onto the stack of alternatives. */
static JnyCode
parse_unary(JnyParser *p, int level)
{
	bool		negated = p->token.c == '!';
	int			base = p->nalts;
	int			node;
	JnyCode		code;

	if (negated && (code = jny_token_next(p)) != JNY_OK)
		return code;
	if ((code = parse_primary(p, level, &node)) != JNY_OK)
		return code;
	/* plain parentheses inside an alternation dissolve */
	if (node < 0 && !negated && p->token.c != '@' && p->token.c != '[')
		return JNY_OK;
	if (node < 0)
		node = jny_parse_join(p, base);
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

/* Recursion is as deep as the parentheses, which are limited. */
JnyCode
jny_parse_step(JnyParser *p, int level, int *count)
{
	JnyCode		code;

	for (*count = 1;; (*count)++)
	{
		if ((code = parse_unary(p, level)) != JNY_OK)
			return code;
		if (p->token.c != '|')
			return JNY_OK;
		if ((code = jny_token_next(p)) != JNY_OK)
			return code;
	}
}

/*
 * pattern.c
 *	  The pattern: parse, print, and ask which items a name satisfies.
 *
 * One tokenizer (next_token) and one function per rule of the grammar.  Words
 * of clauses are key words only where a link or the end could stand, so the
 * tokenizer knows none: "within -> from" is a pattern of two names.  Nested
 * alternations are flattened while parsing, which makes the printed form
 * canonical: it needs no parentheses.
 */
#include "core/pattern.h"

#include "port.h"

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_PREFIX,				/* a name with "*" behind it */
	TOKEN_DOT,
	TOKEN_OR,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_LATER,
	TOKEN_NEXT,
	TOKEN_OTHER					/* a character no rule begins with */
} TokenKind;

typedef struct Token
{
	TokenKind	kind;
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
	JnyPattern *pattern;
	JnyError   *err;
} Parser;

/* A leaf of the tree on its way into canonical form. */
typedef struct Mention
{
	JnyName		name;
	JnyNodeKind kind;
	int			item;
	int			node;
	bool		dropped;		/* the item mentions it twice */
} Mention;

static const char *const expected_step = "a name, \".\" or \"(\"";
static const char *const expected_close = "\"|\" or \")\"";
static const char *const expected_link =
"\"->\", \"=>\", \"|\", \"within\", \"from\" or the end of the pattern";

/* ---- tokens ---- */

static inline bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Does a bare name begin with c?  The scanner of names decides the rest. */
static inline bool
begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_' || IS_HIGHBIT_SET(c);
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
	char		c;
	char		next;

	while (p->pos < p->len && is_blank(p->text[p->pos]))
		p->pos++;
	token->at = p->pos;
	token->len = 0;
	token->kind = TOKEN_END;
	if (p->pos >= p->len)
		return JNY_OK;

	c = p->text[p->pos];
	next = p->pos + 1 < p->len ? p->text[p->pos + 1] : '\0';
	if (c == '"' || begins_name(c))
		return name_token(p);

	token->len = 1;
	token->kind = TOKEN_OTHER;
	if (c == '.')
		token->kind = TOKEN_DOT;
	else if (c == '|')
		token->kind = TOKEN_OR;
	else if (c == '(')
		token->kind = TOKEN_OPEN;
	else if (c == ')')
		token->kind = TOKEN_CLOSE;
	else if (next == '>' && (c == '-' || c == '='))
	{
		token->kind = c == '-' ? TOKEN_LATER : TOKEN_NEXT;
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

/* ---- grammar ---- */

static int
add_node(Parser *p, JnyNodeKind kind, JnyName name, int left, int right)
{
	JnyPattern *pattern = p->pattern;
	JnyNode    *node;

	if (pattern->nnodes == p->cap)
	{
		p->cap = p->cap ? 2 * p->cap : 16;
		pattern->nodes = pattern->nodes ?
			jny_realloc(pattern->nodes, p->cap * sizeof(JnyNode)) :
			jny_alloc(p->cap * sizeof(JnyNode));
	}
	node = &pattern->nodes[pattern->nnodes];
	memset(node, 0, sizeof(*node));
	node->kind = kind;
	node->name = name;
	node->left = left;
	node->right = right;
	return pattern->nnodes++;
}

/*
 * step = primary { "|" primary }, where a primary in parentheses is a step
 * again and spliced in.  Appends the alternatives as nodes.  Recursion is as
 * deep as the parentheses, which are limited.
 */
static JnyCode
parse_step(Parser *p, int level)
{
	static const JnyName none = {"", 0};

	for (;;)
	{
		JnyCode		code = JNY_OK;

		switch (p->token.kind)
		{
			case TOKEN_NAME:
				add_node(p, JNY_NODE_NAME, p->token.name, 0, 0);
				break;
			case TOKEN_PREFIX:
				add_node(p, JNY_NODE_PREFIX, p->token.name, 0, 0);
				break;
			case TOKEN_DOT:
				add_node(p, JNY_NODE_ANY, none, 0, 0);
				break;
			case TOKEN_OPEN:
				if (level >= JNY_MAX_NESTING)
					return jny_fail(p->err, JNY_E_MAX_NESTING, p->token.at, 1,
									JNY_MAX_NESTING, "fewer parentheses");
				if ((code = next_token(p)) != JNY_OK ||
					(code = parse_step(p, level + 1)) != JNY_OK)
					return code;
				if (p->token.kind != TOKEN_CLOSE)
					return unexpected(p, expected_close);
				break;
			default:
				return unexpected(p, expected_step);
		}
		if ((code = next_token(p)) != JNY_OK)
			return code;
		if (p->token.kind != TOKEN_OR)
			return JNY_OK;
		if ((code = next_token(p)) != JNY_OK)
			return code;
	}
}

/*
 * The items and links.  Until finish_items an item's "node" is the first of
 * its alternatives.
 */
static JnyCode
parse_items(Parser *p)
{
	JnyPattern *pattern = p->pattern;
	JnyLink		link = JNY_LINK_LATER;

	for (;;)
	{
		JnyItem    *item = &pattern->items[pattern->nitems];
		JnyCode		code;

		if (pattern->nitems == JNY_MAX_ITEMS)
			return jny_fail(p->err, JNY_E_MAX_ITEMS, p->token.at, p->token.len,
							JNY_MAX_ITEMS, "fewer steps");
		item->node = pattern->nnodes;
		item->link = link;
		pattern->nitems++;
		if ((code = parse_step(p, 0)) != JNY_OK)
			return code;

		if (p->token.kind == TOKEN_LATER)
			link = JNY_LINK_LATER;
		else if (p->token.kind == TOKEN_NEXT)
			link = JNY_LINK_NEXT;
		else
			return JNY_OK;
		pattern->has_next |= link == JNY_LINK_NEXT;
		if ((code = next_token(p)) != JNY_OK)
			return code;
	}
}

/* What may follow the clauses read so far, or the last step. */
static const char *
expected_clause(const JnyPattern *pattern)
{
	if (pattern->within < 0)
		return pattern->from_first ?
			"\"within\" or the end of the pattern" : expected_link;
	return pattern->from_first ? "the end of the pattern" :
		"\"from\" or the end of the pattern";
}

/* The clauses, in any order, each at most once, up to the end. */
static JnyCode
parse_clauses(Parser *p)
{
	JnyPattern *pattern = p->pattern;
	JnyCode		code;

	while (p->token.kind != TOKEN_END)
	{
		if (is_word(p, "within") && pattern->within < 0)
		{
			code = jny_scan_duration(p->text, p->len, &p->pos,
									 &pattern->within, p->err);
			if (code != JNY_OK)
				return code;
		}
		else if (is_word(p, "from") && !pattern->from_first)
		{
			if ((code = next_token(p)) != JNY_OK)
				return code;
			if (!is_word(p, "first"))
				return unexpected(p, "\"first\"");
			pattern->from_first = true;
		}
		else
			return unexpected(p, expected_clause(pattern));
		if ((code = next_token(p)) != JNY_OK)
			return code;
	}
	return JNY_OK;
}

/* ---- canonical form ---- */

/* By kind, name, and place in the text; nodes stand in the order of the text. */
static int
cmp_mentions(const void *a, const void *b)
{
	const Mention *x = a;
	const Mention *y = b;
	int			c;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	c = jny_name_cmp(x->name, y->name);
	if (c != 0)
		return c;
	return (x->node > y->node) - (x->node < y->node);
}

/* By place in the text. */
static int
cmp_places(const void *a, const void *b)
{
	const Mention *x = a;
	const Mention *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

/*
 * Goes over the sorted mentions: marks what is repeated, and gathers the table
 * that jny_pattern_mask looks names up in.
 */
static void
fill_leaves(JnyPattern *pattern, Mention *mentions, int n)
{
	int			nleaves = 0;

	pattern->leaves = jny_alloc(Max(n, 1) * sizeof(JnyLeaf));
	for (int i = 0; i < n; i++)
	{
		Mention    *m = &mentions[i];
		uint64		bit = UINT64CONST(1) << m->item;
		bool		repeated = i > 0 && m->kind == m[-1].kind &&
			jny_name_cmp(m->name, m[-1].name) == 0;

		m->dropped = repeated && m->item == m[-1].item;
		pattern->nodes[m->node].repeated = repeated;
		if (m->kind == JNY_NODE_ANY)
			pattern->any |= bit;
		else if (repeated)
			pattern->leaves[nleaves - 1].items |= bit;
		else
		{
			pattern->leaves[nleaves].name = m->name;
			pattern->leaves[nleaves++].items = bit;
			if (m->kind == JNY_NODE_NAME)
				pattern->nexact++;
			else
				pattern->nprefix++;
		}
	}
}

/* Joins the alternatives of each item, none twice, under nodes of kind OR. */
static void
join_alternatives(Parser *p, const Mention *mentions, int n)
{
	static const JnyName none = {"", 0};
	JnyPattern *pattern = p->pattern;

	for (int i = n; i-- > 0;)
	{
		const Mention *m = &mentions[i];
		JnyItem    *item = &pattern->items[m->item];

		if (m->dropped)
			continue;
		if (i == n - 1 || item->node < 0)
			item->node = m->node;
		else
			item->node = add_node(p, JNY_NODE_OR, none, m->node, item->node);
	}
}

/*
 * Builds what follows from the items: trees, the table of names, flags.
 * O(n log n) in the number of alternatives.
 */
static void
finish_items(Parser *p)
{
	JnyPattern *pattern = p->pattern;
	int			n = pattern->nnodes;
	Mention    *mentions = jny_alloc(n * sizeof(Mention));

	for (int i = 0, item = 0; i < n; i++)
	{
		if (item + 1 < pattern->nitems && pattern->items[item + 1].node == i)
			item++;
		mentions[i].name = pattern->nodes[i].name;
		mentions[i].kind = pattern->nodes[i].kind;
		mentions[i].item = item;
		mentions[i].node = i;
	}
	for (int item = 0; item < pattern->nitems; item++)
		pattern->items[item].node = -1;

	qsort(mentions, n, sizeof(Mention), cmp_mentions);
	fill_leaves(pattern, mentions, n);
	qsort(mentions, n, sizeof(Mention), cmp_places);
	join_alternatives(p, mentions, n);
	jny_free(mentions);
	pattern->needs_all = pattern->has_next || pattern->any != 0;
}

/*
 * Limits that only the whole pattern shows: the parts of one that has "=>", and
 * the bytes of the printed form.
 */
static JnyCode
check_limits(Parser *p)
{
	JnyPattern *pattern = p->pattern;
	JnyText		text;
	size_t		len;
	int			parts = 1;

	for (int i = 1; i < pattern->nitems; i++)
		parts += pattern->items[i].link == JNY_LINK_LATER;
	if (pattern->has_next && parts > JNY_MAX_MIXED_PARTS)
		return jny_fail(p->err, JNY_E_MAX_MIXED_ITEMS, p->len, 0,
						JNY_MAX_MIXED_PARTS, "fewer \"->\"");

	/* what is stored is the printed form, which may be the longer one */
	if (p->len <= JNY_MAX_PATTERN_BYTES / 4)
		return JNY_OK;
	jny_text_init(&text);
	jny_pattern_print(pattern, &text);
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
	p.pattern->within = -1;
	p.pattern->strings = p.strings = jny_alloc(len + 1);

	if ((code = next_token(&p)) == JNY_OK &&
		(code = parse_items(&p)) == JNY_OK &&
		(code = parse_clauses(&p)) == JNY_OK)
	{
		finish_items(&p);
		code = check_limits(&p);
	}
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
	jny_free(pattern->strings);
	jny_free(pattern);
}

/* ---- print ---- */

static void
append_literal(JnyText *out, const char *literal)
{
	jny_text_append(out, literal, strlen(literal));
}

/* The alternatives of one item, without recursion along "|". */
static void
print_step(const JnyPattern *pattern, int node, JnyText *out)
{
	for (;;)
	{
		const JnyNode *step = &pattern->nodes[node];
		const JnyNode *leaf = step->kind == JNY_NODE_OR ?
			&pattern->nodes[step->left] : step;

		if (leaf->kind == JNY_NODE_ANY)
			append_literal(out, ".");
		else
			jny_text_name(out, leaf->name);
		if (leaf->kind == JNY_NODE_PREFIX)
			append_literal(out, "*");
		if (step->kind != JNY_NODE_OR)
			return;
		append_literal(out, " | ");
		node = step->right;
	}
}

void
jny_pattern_print(const JnyPattern *pattern, JnyText *out)
{
	for (int i = 0; i < pattern->nitems; i++)
	{
		if (i > 0)
			append_literal(out, pattern->items[i].link == JNY_LINK_NEXT ?
						   " => " : " -> ");
		print_step(pattern, pattern->items[i].node, out);
	}
	if (pattern->within >= 0)
	{
		append_literal(out, " within ");
		jny_text_duration(out, pattern->within);
	}
	if (pattern->from_first)
		append_literal(out, " from first");
}

/* ---- questions ---- */

/* Names looked at one by one before a binary search pays. */
#define FEW_LEAVES 8

/* Items of the leaf that is exactly this name. */
static uint64
exact_items(const JnyPattern *pattern, JnyName name)
{
	int			low = 0;
	int			high = pattern->nexact;

	if (high <= FEW_LEAVES)
	{
		for (int i = 0; i < high; i++)
		{
			const JnyLeaf *leaf = &pattern->leaves[i];

			if (leaf->name.len == name.len &&
				leaf->name.data[0] == name.data[0] &&
				memcmp(leaf->name.data, name.data, name.len) == 0)
				return leaf->items;
		}
		return 0;
	}
	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			c = jny_name_cmp(pattern->leaves[middle].name, name);

		if (c == 0)
			return pattern->leaves[middle].items;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* O(log names + prefixes). */
uint64
jny_pattern_mask(const JnyPattern *pattern, JnyName name)
{
	uint64		items = pattern->any | exact_items(pattern, name);

	for (int i = 0; i < pattern->nprefix; i++)
	{
		const JnyLeaf *leaf = &pattern->leaves[pattern->nexact + i];

		if (leaf->name.len <= name.len &&
			leaf->name.data[0] == name.data[0] &&
			memcmp(leaf->name.data, name.data, leaf->name.len) == 0)
			items |= leaf->items;
	}
	return items;
}

int
jny_pattern_names(const JnyPattern *pattern, JnyName *names)
{
	int			n = 0;

	for (int i = 0; i < pattern->nnodes; i++)
	{
		if (pattern->nodes[i].kind == JNY_NODE_NAME &&
			!pattern->nodes[i].repeated)
			names[n++] = pattern->nodes[i].name;
	}
	return n;
}

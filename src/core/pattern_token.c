/*
 * pattern_token.c
 *	  The tokens of a pattern.
 */
#include "core/pattern_parse.h"

#include "core/scan.h"
#include "port.h"

char
jny_token_peek(JnyParser *p)
{
	while (p->pos < p->len && is_space(p->text[p->pos]))
		p->pos++;
	return p->pos < p->len ? p->text[p->pos] : '\0';
}

/*
 * Reads a name, bare or quoted, into the strings of the pattern.  They have
 * room for the whole text, and no name is longer than its spelling.
 */
static JnyCode
name_token(JnyParser *p)
{
	JnyToken   *token = &p->token;
	JnyCode		code;

	token->kind = JNY_TOKEN_NAME;
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
		token->kind = JNY_TOKEN_PREFIX;
		token->len++;
		p->pos++;
	}
	return JNY_OK;
}

JnyCode
jny_token_next(JnyParser *p)
{
	JnyToken   *token = &p->token;
	char		c = jny_token_peek(p);
	char		next;

	token->at = p->pos;
	token->len = 0;
	token->c = '\0';
	token->kind = JNY_TOKEN_END;
	if (p->pos >= p->len)
		return JNY_OK;
	if (c == '"' || is_name_start(c))
		return name_token(p);

	next = p->pos + 1 < p->len ? p->text[p->pos + 1] : '\0';
	token->len = 1;
	token->kind = JNY_TOKEN_OTHER;
	token->c = c;
	if (next == '>' && (c == '-' || c == '='))
	{
		token->kind = c == '-' ? JNY_TOKEN_LATER : JNY_TOKEN_NEXT;
		token->c = '\0';
		token->len = 2;
	}
	p->pos += token->len;
	return JNY_OK;
}

JnyCode
jny_token_fail(JnyParser *p, const char *expected)
{
	return jny_fail(p->err, JNY_E_SYNTAX, p->token.at, p->token.len, 0,
					expected);
}

bool
jny_token_is(const JnyParser *p, const char *word)
{
	return p->token.kind == JNY_TOKEN_NAME && !p->token.quoted &&
		strlen(word) == p->token.name.len &&
		pg_strncasecmp(word, p->token.name.data, p->token.name.len) == 0;
}

JnyCode
jny_token_word(JnyParser *p, const char *word, const char *expected)
{
	JnyCode		code = jny_token_next(p);

	if (code == JNY_OK && !jny_token_is(p, word))
		return jny_token_fail(p, expected);
	return code;
}

JnyCode
jny_token_char(JnyParser *p, char c, const char *expected)
{
	JnyCode		code = jny_token_next(p);

	if (code == JNY_OK && p->token.c != c)
		return jny_token_fail(p, expected);
	return code == JNY_OK ? jny_token_next(p) : code;
}

JnyCode
jny_token_duration(JnyParser *p, int64 *us)
{
	return jny_scan_duration(p->text, p->len, &p->pos, us, p->err);
}

/*
 * pattern_parse.h
 *	  Inside of the parser of patterns: tokens and steps.
 *
 * Words of clauses are key words only where a link, "$" or the end could stand,
 * so the tokenizer knows none: "within -> from" is a pattern of two names.
 * What fails has set *p->err.
 */
#ifndef JOURNEY_PATTERN_PARSE_H
#define JOURNEY_PATTERN_PARSE_H

#include "core/pattern.h"

typedef enum JnyTokenKind
{
	JNY_TOKEN_END,
	JNY_TOKEN_NAME,
	JNY_TOKEN_PREFIX,			/* a name with "*" behind it */
	JNY_TOKEN_LATER,
	JNY_TOKEN_NEXT,
	JNY_TOKEN_OTHER				/* one character, which is JnyToken.c */
} JnyTokenKind;

typedef struct JnyToken
{
	JnyTokenKind kind;
	char		c;				/* OTHER; NUL for all else */
	size_t		at;
	size_t		len;			/* bytes in the text */
	bool		quoted;
	JnyName		name;			/* NAME, PREFIX: unescaped */
} JnyToken;

typedef struct JnyParser
{
	const char *text;
	size_t		len;
	size_t		pos;			/* behind the current token */
	JnyToken	token;
	char	   *strings;		/* next free byte of pattern->strings */
	int			cap;			/* of pattern->nodes */
	int		   *alts;			/* stack of alternatives being read */
	int			nalts;
	int			alts_cap;
	int			nabsent;		/* steps that must not be */
	int			absent[JNY_MAX_ITEMS];
	JnyToken	ordered;		/* the first that "in any order" refuses */
	bool		has_ordered;
	JnyPattern *pattern;
	JnyError   *err;
} JnyParser;

/* The timeout of "within session" that says none. */
#define JNY_DEFAULT_SESSION (30 * USECS_PER_MINUTE)

/* ---- pattern_token.c ---- */

/* The next character that is not blank; NUL at the end.  Moves up to it. */
extern char jny_token_peek(JnyParser *p);

/*
 * Move on: to the next token; to one that must be this word; behind one that
 * must be this character; behind a duration.
 */
extern JnyCode jny_token_next(JnyParser *p);
extern JnyCode jny_token_word(JnyParser *p, const char *word, const char *expected);
extern JnyCode jny_token_char(JnyParser *p, char c, const char *expected);
extern JnyCode jny_token_duration(JnyParser *p, int64 *us);

/* Reports the current token as not what the grammar wants. */
extern JnyCode jny_token_fail(JnyParser *p, const char *expected);

/* Is the current token this word, in any case, as a key word is written? */
extern bool jny_token_is(const JnyParser *p, const char *word);

/* ---- pattern_step.c ---- */

/*
 * step = unary { "|" unary }, onto the stack of alternatives.  *count: how many
 * stand side by side.
 */
extern JnyCode jny_parse_step(JnyParser *p, int level, int *count);

/* Takes the alternatives from base on off the stack, as one tree. */
extern int	jny_parse_join(JnyParser *p, int base);

#endif							/* JOURNEY_PATTERN_PARSE_H */

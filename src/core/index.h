/*
 * index.h
 *	  What an index knows about a journey, and what a pattern needs of it.
 *
 *	  key          of a journey, one for each            needed by
 *	  'e' name     distinct event name                   a name, name*
 *	  'c' channel  distinct channel                      @channel
 *	  'p' hash     pair (a, b): an a, then another       a -> b, a => b
 *	               event b at the same time or later
 *	  'm' name     name, but only in a journey of more   instead of 'p': both
 *	               than JNY_INDEX_PAIR_NAMES names,
 *	               whose pairs are not listed
 *
 * Keys are ordered as bytes.  Names are cut at JNY_INDEX_NAME_BYTES, pairs are
 * hashed: a journey that matches has all keys its pattern needs, but one that
 * has them need not match.  So whatever an index finds is always rechecked.
 */
#ifndef JOURNEY_INDEX_H
#define JOURNEY_INDEX_H

#include "core/pattern.h"

/* Bytes of a name or channel in a key; the server allows some 2,600. */
#define JNY_INDEX_NAME_BYTES 1000

/* A journey of more names than this has markers; others have up to n^2 pairs. */
#define JNY_INDEX_PAIR_NAMES 32

/* Alternatives of a step up to which pairs are asked for. */
#define JNY_INDEX_PAIR_CHOICES 4

/* Keys, one behind the other in "bytes"; start with all zero. */
typedef struct JnyIndexKey
{
	size_t		at;
	uint32		len;
	bool		prefix;			/* of a plan: any key that starts so */
} JnyIndexKey;

typedef struct JnyIndexKeys
{
	JnyText		bytes;
	JnyIndexKey *key;
	uint32		n;
	uint32		cap;
} JnyIndexKeys;

/* Three-valued answers, coded as GIN codes them. */
typedef enum JnyFound
{
	JNY_FOUND_NO = 0,
	JNY_FOUND_YES = 1,
	JNY_FOUND_MAYBE = 2
} JnyFound;

/*
 * What a pattern needs: clauses that must all hold; a clause is a choice of
 * terms, a term a set of keys that must all be there.  Without a clause every
 * journey may match.
 *
 *	  program  key numbers, JNY_PLAN_TERM behind each term, JNY_PLAN_CLAUSE
 *			   behind each clause
 */
#define JNY_PLAN_TERM	(-1)
#define JNY_PLAN_CLAUSE (-2)

typedef struct JnyIndexPlan
{
	JnyIndexKeys keys;
	int		   *program;
	int			nprogram;
	int			cap;
} JnyIndexPlan;

/*
 * The keys of a journey, each once if its bytes are in order; empty for the
 * empty one.  O(events + names^2 up to the bound).
 */
extern void jny_index_keys(const JnyView *view, JnyIndexKeys *keys);

/* The plan of a pattern.  Linear, but for the search for keys it has. */
extern JnyIndexPlan *jny_index_plan(const JnyPattern *pattern);

/* Whether a journey may match of which found[i] says whether it has key i. */
extern JnyFound jny_index_check(const JnyIndexPlan *plan, const uint8 *found);

/*
 * The text of a pattern that every journey matches of which any beginning
 * matches the pattern: its steps in their order, without all that later events
 * could undo.  False if there is none.
 */
extern bool jny_index_weaken(const JnyPattern *pattern, JnyText *text);

#endif							/* JOURNEY_INDEX_H */

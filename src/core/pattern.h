/*
 * pattern.h
 *	  The pattern: parse, print, and ask which items a name satisfies.
 *
 *	  pattern = item { link item } { clause }
 *	  item    = step
 *	  step    = primary { "|" primary }
 *	  primary = name [ "*" ] | "." | "(" step ")"
 *	  link    = "->"	later: ts not smaller, another event
 *			  | "=>"	the very next event in canonical order
 *	  clause  = "within" duration | "from" "first"
 *
 * This is the core of the grammar in the design; the rest of it (filters,
 * negation, quantifiers, anchors, gap and exclusion links, more clauses) adds
 * node kinds, fields of JnyItem and fields of JnyPattern.  The printed form is
 * canonical and a fixed point of parse and print; it is also what is stored.
 */
#ifndef JOURNEY_PATTERN_H
#define JOURNEY_PATTERN_H

#include "core/text.h"

typedef enum JnyNodeKind
{
	JNY_NODE_NAME,				/* exactly this name */
	JNY_NODE_PREFIX,			/* any name that starts so */
	JNY_NODE_ANY,				/* "." */
	JNY_NODE_OR					/* left or right */
} JnyNodeKind;

/*
 * Nodes stand in order of mention.  An alternation leans to the right: "left"
 * is one alternative, "right" the next or the rest.
 */
typedef struct JnyNode
{
	JnyNodeKind kind;
	JnyName		name;			/* NAME, PREFIX */
	bool		repeated;		/* NAME, PREFIX: mentioned before */
	int			left;			/* OR: positions in JnyPattern.nodes */
	int			right;
} JnyNode;

typedef enum JnyLink
{
	JNY_LINK_LATER,				/* -> */
	JNY_LINK_NEXT				/* => */
} JnyLink;

typedef struct JnyItem
{
	int			node;			/* the step */
	JnyLink		link;			/* to the item before; unused on the first */
} JnyItem;

typedef struct JnyPattern
{
	int			nitems;
	JnyItem		items[JNY_MAX_ITEMS];
	int			nnodes;
	JnyNode    *nodes;
	int64		within;			/* microseconds, -1 without the clause */
	bool		from_first;
	/* what follows from the above */
	bool		has_next;		/* some link is => */
	bool		needs_all;		/* events that match no item matter, too */
	uint64		any;			/* items that every event satisfies */
	int			nexact;			/* names, sorted bytewise, with their items */
	int			nprefix;		/* prefixes, behind the names */
	struct JnyLeaf *leaves;
	char	   *strings;		/* what all names point into */
} JnyPattern;

/* A name or prefix, and the items it satisfies. */
typedef struct JnyLeaf
{
	JnyName		name;
	uint64		items;
} JnyLeaf;

/* Parts between "->" that a pattern with "=>" may have; see match_group.h. */
#define JNY_MAX_MIXED_PARTS 16

/*
 * Parses text[0..len).  Names point into one block owned by the pattern; the
 * text need not outlive the call.  On failure *out is NULL and err has offset,
 * length found and what was expected.  Linear in the length of the text.
 */
extern JnyCode jny_pattern_parse(const char *text, size_t len,
								 JnyPattern **out, JnyError *err);
extern void jny_pattern_print(const JnyPattern *pattern, JnyText *out);
extern void jny_pattern_free(JnyPattern *pattern);

/* Bit i is set iff an event of this name satisfies item i. */
extern uint64 jny_pattern_mask(const JnyPattern *pattern, JnyName name);

/*
 * The distinct names (not prefixes) a pattern mentions, in order of mention;
 * names has room for pattern->nnodes.  Returns how many.
 */
extern int	jny_pattern_names(const JnyPattern *pattern, JnyName *names);

/*
 * A duration such as "7 days", "30min", "1.5 h", "1 day 12 hours" at *pos.
 * Units go from weeks to us; months and years are refused, for they have no
 * fixed length.  The printed form uses the largest unit, days at most, that
 * loses nothing.
 */
extern JnyCode jny_scan_duration(const char *text, size_t len, size_t *pos,
								 int64 *us, JnyError *err);
extern void jny_text_duration(JnyText *text, int64 us);

#endif							/* JOURNEY_PATTERN_H */

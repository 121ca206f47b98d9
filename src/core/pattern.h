/*
 * pattern.h
 *	  The pattern: parse, print, and ask which steps an event satisfies.
 *
 *	  pattern = [ "^" ] item { link item } [ "$" ] { clause }
 *	  item    = step [ "?" | "+" | "{" m [ "," [ n ] ] "}" ]
 *	  step    = unary { "|" unary }
 *	  unary   = [ "!" ] primary { filter }
 *	  primary = name [ "*" ] | "." | "(" step ")"
 *	  filter  = "@" name [ "*" ] | "[" "value" op number "]"
 *	  link    = "->" [ "[" option { ";" option } "]" ] | "=>"
 *	  option  = duration [ "," duration ] | "without" step
 *	  clause  = "within" duration | "within" "session" [ "[" duration "]" ]
 *			  | "without" step | "from" "first" | "in" "any" "order"
 *			  | "at" "distinct" "times" | "then" "no" step "for" duration
 *
 * The printed form is canonical and a fixed point of parse and print; it is
 * also what is stored.  doc/reference/pattern.md tells what each part means.
 */
#ifndef JOURNEY_PATTERN_H
#define JOURNEY_PATTERN_H

#include "core/text.h"

typedef enum JnyNodeKind
{
	JNY_NODE_NAME,				/* exactly this name */
	JNY_NODE_PREFIX,			/* any name that starts so */
	JNY_NODE_ANY,				/* "." */
	JNY_NODE_OR,				/* left or right */
	JNY_NODE_NOT,				/* not left */
	JNY_NODE_CHANNEL,			/* left, and the channel is this name */
	JNY_NODE_CHANNEL_PREFIX,	/* left, and the channel starts so */
	JNY_NODE_VALUE				/* left, and the value compares so */
} JnyNodeKind;

typedef enum JnyCompare
{
	JNY_LT,
	JNY_LE,
	JNY_GT,
	JNY_GE,
	JNY_EQ,
	JNY_NE
} JnyCompare;

/*
 * Nodes stand in order of mention.  An alternation leans to the right: "left"
 * is one alternative, "right" the next or the rest.
 */
typedef struct JnyNode
{
	JnyNodeKind kind;
	JnyCompare	compare;		/* VALUE */
	JnyName		name;			/* NAME, PREFIX, CHANNEL, CHANNEL_PREFIX */
	double		number;			/* VALUE */
	bool		repeated;		/* NAME, PREFIX: mentioned before */
	int			left;			/* positions in JnyPattern.nodes */
	int			right;			/* OR */
} JnyNode;

typedef enum JnyLink
{
	JNY_LINK_LATER,				/* -> */
	JNY_LINK_NEXT				/* => */
} JnyLink;

#define JNY_UNBOUNDED PG_INT32_MAX

typedef struct JnyItem
{
	int			node;			/* the step */
	JnyLink		link;			/* to the item before; unused on the first */
	int			min;			/* 0: the item is optional */
	int			max;			/* or JNY_UNBOUNDED */
	/* options of the link */
	int64		gap_min;		/* microseconds, 0 without */
	int64		gap_max;		/* microseconds, -1 without */
	int			without;		/* step that may not lie between, or -1 */
} JnyItem;

/*
 * One event of an attempt as the engine counts them ("unit"): item a{2} has two units.
 * Units of an item stand in a row, its required ones first; an optional item
 * has one that stands for it.  What need not be distinguished has no unit.
 */
typedef struct JnyStage
{
	uint8		item;
	bool		first;			/* of its item: the item's link leads here */
	bool		slot;			/* required, or the one of an optional item */
	bool		satisfies;		/* the item is satisfied with this unit */
	bool		loops;			/* may be taken again and again */
	bool		next;			/* what leads here is => */
} JnyStage;

/*
 * Steps are numbered: first those of the items, then those of options and
 * clauses that say what must not happen.  A set of steps is 64 bits.
 */
typedef struct JnyPattern
{
	int			nitems;
	JnyItem		items[JNY_MAX_ITEMS];
	int			nsteps;			/* items, and steps that must not be */
	int			steps[JNY_MAX_ITEMS];	/* node of each */
	int			nnodes;
	JnyNode    *nodes;
	int64		within;			/* microseconds, -1 without the clause */
	bool		from_first;
	int64		session;		/* "within session": its timeout, else -1 */
	int			without;		/* step of "without", or -1 */
	int			no_more;		/* step of "then no", or -1 */
	int64		no_more_for;	/* microseconds */
	bool		any_order;
	bool		distinct_times;
	bool		begins;			/* ^ */
	bool		ends;			/* $ */
	/* what follows from the above */
	bool		has_next;		/* some link is => */
	bool		needs_all;		/* events that match no item matter, too */
	bool		needs_channel;	/* some step asks for the channel */
	bool		needs_value;	/* some step asks for the value */
	bool		extended;		/* more than steps, links, within, from first */
	bool		chain;			/* steps, "->", within, without only */
	int			required_items; /* trailing optional ones not counted */
	int			nunits;
	JnyStage    *units;
	uint64		complex;		/* steps that are more than alternatives */
	uint64		any;			/* steps that every event satisfies */
	int			nexact;			/* names, sorted bytewise, with their steps */
	int			nprefix;		/* prefixes, behind the names */
	struct JnyLeaf *leaves;
	char	   *strings;		/* what all names point into */
	/* names worth a look, see match_names.c */
	uint8		whole[256];		/* leaf + 1, by last byte and length */
	uint8		begins_with[256];	/* 1: some prefix begins so */
} JnyPattern;

/* A name or prefix, and the steps that are satisfied by it alone. */
typedef struct JnyLeaf
{
	JnyName		name;
	uint64		items;
} JnyLeaf;

#define JNY_MAX_UNITS 256

/* Parts between "->" that a pattern with "=>" may have; see match_group.h. */
#define JNY_MAX_MIXED_PARTS 16

/* The same when it also has more than steps, links, within and from first. */
#define JNY_MAX_EXTENDED_PARTS 8

/*
 * Parses text[0..len).  Names point into one block owned by the pattern; the
 * text need not outlive the call.  On failure *out is NULL and err has offset,
 * length found and what was expected.  Linear in the length of the text.
 */
extern JnyCode jny_pattern_parse(const char *text, size_t len,
								 JnyPattern **out, JnyError *err);
extern void jny_pattern_print(const JnyPattern *pattern, JnyText *out);
extern void jny_pattern_free(JnyPattern *pattern);

/*
 * Steps that every event of this name satisfies, and into *maybe those that
 * depend on its channel or value.
 */
extern uint64 jny_pattern_mask(const JnyPattern *pattern, JnyName name);
extern uint64 jny_pattern_masks(const JnyPattern *pattern, JnyName name,
								uint64 *maybe);

/*
 * The steps of a set that an event satisfies.  An absent channel is empty, an
 * absent value NaN.
 */
extern uint64 jny_pattern_test(const JnyPattern *pattern, uint64 steps,
							   JnyName name, JnyName channel, double value);

/* A pattern of one step that asks about single events. */
static inline bool
jny_pattern_is_step(const JnyPattern *pattern)
{
	return pattern->nitems == 1 && !pattern->extended &&
		pattern->nunits == 1 && pattern->within < 0 && !pattern->from_first;
}

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

/* Inside of parser and printer: pattern_tree.c, pattern_print.c, pattern_units.c. */
static inline bool
jny_node_is_leaf(const JnyNode *node)
{
	return node->kind == JNY_NODE_NAME || node->kind == JNY_NODE_PREFIX ||
		node->kind == JNY_NODE_ANY;
}

static inline bool
jny_node_is_filter(const JnyNode *node)
{
	return node->kind == JNY_NODE_CHANNEL ||
		node->kind == JNY_NODE_CHANNEL_PREFIX || node->kind == JNY_NODE_VALUE;
}

extern int	jny_tree_add(JnyPattern *pattern, int *cap, JnyNodeKind kind,
						 JnyName name, int left, int right);
extern int	jny_tree_join(JnyPattern *pattern, int *cap, int *nodes, int n);
extern void jny_tree_finish(JnyPattern *pattern);
extern void jny_tree_print(const JnyPattern *pattern, int node, bool quantified,
						   JnyText *out);
extern void jny_filter_finish(JnyPattern *pattern);
extern JnyCode jny_units_finish(JnyPattern *pattern, size_t at, JnyError *err);

#endif							/* JOURNEY_PATTERN_H */

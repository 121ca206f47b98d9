/*
 * index_plan.c
 *	  What a pattern needs of a journey's keys.
 *
 * An item that must be filled needs one of its alternatives, and an
 * alternative needs its name and its channel.  Two such items need their names in this order,
 * however they are linked and whatever stands between: times never go back
 * along a link.  A pair says all that its two names say, and is rarer; reading
 * the long lists of frequent names as well would cost more than it excludes.
 * All else (windows, neighbours, what must not happen) is left to the recheck:
 * what is not understood here needs nothing.
 */
#include "core/index.h"

#include "core/index_key.h"

/* Keys looked at for one that is there already. */
#define RECENT_KEYS 128

/* Channel filters of one alternative that are asked for. */
#define FEW_FILTERS 4

/* The names among which an attempt chooses for an item. */
typedef struct Choices
{
	bool		named;			/* it has no other choice, and they are few */
	int			n;
	JnyName		name[JNY_INDEX_PAIR_CHOICES];
} Choices;

/* A walk over the alternatives of an item. */
typedef struct StepWalk
{
	JnyIndexPlan *plan;
	const JnyPattern *pattern;
	bool		names;			/* ask for names, not only for channels */
	int			nfilters;		/* key numbers that hold for all below */
	int			filters[FEW_FILTERS];
} StepWalk;

/* ---- program ---- */

static void
emit(JnyIndexPlan *plan, int code)
{
	if (plan->nprogram == plan->cap)
	{
		plan->cap = plan->cap ? 2 * plan->cap : 32;
		plan->program = plan->program ?
			jny_realloc(plan->program, plan->cap * sizeof(int)) :
			jny_alloc(plan->cap * sizeof(int));
	}
	plan->program[plan->nprogram++] = code;
}

/*
 * The number of the key just appended or, if it was there before, of the
 * other, and the new one is taken back.
 */
static int
one_of(JnyIndexKeys *keys)
{
	JnyIndexKey *added = &keys->key[keys->n - 1];
	uint32		from = keys->n > RECENT_KEYS ? keys->n - RECENT_KEYS : 0;

	for (uint32 i = from; i + 1 < keys->n; i++)
	{
		const JnyIndexKey *key = &keys->key[i];

		if (key->len == added->len && key->prefix == added->prefix &&
			memcmp(keys->bytes.data + key->at, keys->bytes.data + added->at,
				   key->len) == 0)
		{
			keys->bytes.len = added->at;
			keys->n--;
			return (int) i;
		}
	}
	return (int) keys->n - 1;
}

/* A term of one key behind the program. */
static void
emit_name(JnyIndexPlan *plan, char kind, JnyName name, bool prefix)
{
	jny_index_put_name(&plan->keys, kind, name, prefix);
	emit(plan, one_of(&plan->keys));
}

/* ---- items ---- */

/* What is inside the filters around a node. */
static const JnyNode *
without_filters(const JnyPattern *pattern, const JnyNode *node)
{
	while (node->kind == JNY_NODE_CHANNEL ||
		   node->kind == JNY_NODE_CHANNEL_PREFIX ||
		   node->kind == JNY_NODE_VALUE)
		node = &pattern->nodes[node->left];
	return node;
}

/*
 * Gathers the names of a step; "named" becomes false where there is more than
 * names and filters, or too much to ask for pairs.  Recursion is as deep as
 * the parentheses.
 */
static void
list_choices(const JnyPattern *pattern, const JnyNode *node, Choices *choices)
{
	for (;;)
	{
		node = without_filters(pattern, node);
		if (node->kind != JNY_NODE_OR)
			break;
		list_choices(pattern, &pattern->nodes[node->left], choices);
		node = &pattern->nodes[node->right];
	}
	if (node->kind != JNY_NODE_NAME || choices->n == JNY_INDEX_PAIR_CHOICES)
		choices->named = false;
	else
		choices->name[choices->n++] = node->name;
}

/* The term of one alternative; false if it needs nothing. */
static bool
plan_leaf(StepWalk *walk, const JnyNode *leaf)
{
	bool		named = walk->names && (leaf->kind == JNY_NODE_NAME ||
										leaf->kind == JNY_NODE_PREFIX);

	if (!named && walk->nfilters == 0)
		return false;
	for (int i = 0; i < walk->nfilters; i++)
		emit(walk->plan, walk->filters[i]);
	if (named)
		emit_name(walk->plan, JNY_KEY_EVENT, leaf->name,
				  leaf->kind == JNY_NODE_PREFIX);
	emit(walk->plan, JNY_PLAN_TERM);
	return true;
}

/*
 * One term for each alternative; false if some alternative needs nothing.
 * Recursion is as deep as the parentheses.
 */
static bool
plan_alternatives(StepWalk *walk, const JnyNode *node)
{
	const JnyNode *nodes = walk->pattern->nodes;
	int			outside = walk->nfilters;

	for (;;)
	{
		if (node->kind == JNY_NODE_CHANNEL ||
			node->kind == JNY_NODE_CHANNEL_PREFIX)
		{
			if (walk->nfilters < FEW_FILTERS)
			{
				jny_index_put_name(&walk->plan->keys, JNY_KEY_CHANNEL,
								   node->name,
								   node->kind == JNY_NODE_CHANNEL_PREFIX);
				walk->filters[walk->nfilters++] = one_of(&walk->plan->keys);
			}
			node = &nodes[node->left];
		}
		else if (node->kind == JNY_NODE_VALUE)
			node = &nodes[node->left];
		else if (node->kind == JNY_NODE_OR)
		{
			if (!plan_alternatives(walk, &nodes[node->left]))
				break;
			node = &nodes[node->right];
		}
		else
		{
			bool		needs = plan_leaf(walk, node);

			walk->nfilters = outside;
			return needs;
		}
	}
	walk->nfilters = outside;
	return false;
}

/*
 * The clause of one item, by names and channels or by channels only; no clause
 * if some alternative needs nothing.
 */
static void
plan_step(JnyIndexPlan *plan, const JnyPattern *pattern, int node, bool names)
{
	JnyIndexPlan before = *plan;
	StepWalk	walk = {plan, pattern, names};

	if (plan_alternatives(&walk, &pattern->nodes[node]))
		emit(plan, JNY_PLAN_CLAUSE);
	else
	{
		plan->nprogram = before.nprogram;
		plan->keys.n = before.keys.n;
		plan->keys.bytes.len = before.keys.bytes.len;
	}
}

/*
 * The clause of two named items: one of the pairs, or both names where pairs
 * are not listed.
 */
static void
plan_pairs(JnyIndexPlan *plan, const Choices *from, const Choices *to)
{
	for (int a = 0; a < from->n; a++)
	{
		for (int b = 0; b < to->n; b++)
		{
			jny_index_put_pair(&plan->keys, jny_index_hash(from->name[a]),
							   jny_index_hash(to->name[b]));
			emit(plan, one_of(&plan->keys));
			emit(plan, JNY_PLAN_TERM);
			emit_name(plan, JNY_KEY_MARKER, from->name[a], false);
			emit_name(plan, JNY_KEY_MARKER, to->name[b], false);
			emit(plan, JNY_PLAN_TERM);
		}
	}
	emit(plan, JNY_PLAN_CLAUSE);
}

/*
 * A named item is paired with the named one before it, and with itself if it
 * must happen twice; beside pairs only its channels are asked for.  The one
 * that has no partner is asked for by its names.
 */
JnyIndexPlan *
jny_index_plan(const JnyPattern *pattern)
{
	JnyIndexPlan *plan = jny_alloc0(sizeof(JnyIndexPlan));
	Choices		last = {false};
	int			alone = -1;		/* node of a named item without a partner */

	for (int i = 0; i < pattern->nitems; i++)
	{
		const JnyItem *item = &pattern->items[i];
		Choices		choices = {true};

		if (item->min == 0)
			continue;
		list_choices(pattern, &pattern->nodes[item->node], &choices);
		if (pattern->any_order || !choices.named)
		{
			plan_step(plan, pattern, item->node, true);
			continue;
		}
		plan_step(plan, pattern, item->node, false);
		if (last.named)
			plan_pairs(plan, &last, &choices);
		if (item->min > 1)
			plan_pairs(plan, &choices, &choices);
		alone = last.named || item->min > 1 ? -1 : item->node;
		last = choices;
	}
	if (alone >= 0)
		plan_step(plan, pattern, alone, true);
	return plan;
}

/* ---- check ---- */

static inline JnyFound
both(JnyFound a, JnyFound b)
{
	if (a == JNY_FOUND_NO || b == JNY_FOUND_NO)
		return JNY_FOUND_NO;
	return Max(a, b);
}

static inline JnyFound
either(JnyFound a, JnyFound b)
{
	if (a == JNY_FOUND_YES || b == JNY_FOUND_YES)
		return JNY_FOUND_YES;
	return Max(a, b);
}

JnyFound
jny_index_check(const JnyIndexPlan *plan, const uint8 *found)
{
	JnyFound	all = JNY_FOUND_YES;
	JnyFound	clause = JNY_FOUND_NO;
	JnyFound	term = JNY_FOUND_YES;

	for (int i = 0; i < plan->nprogram; i++)
	{
		int			code = plan->program[i];

		if (code >= 0)
			term = both(term, (JnyFound) found[code]);
		else if (code == JNY_PLAN_TERM)
		{
			clause = either(clause, term);
			term = JNY_FOUND_YES;
		}
		else
		{
			all = both(all, clause);
			if (all == JNY_FOUND_NO)
				break;
			clause = JNY_FOUND_NO;
		}
	}
	return all;
}

/* ---- weaker patterns ---- */

bool
jny_index_weaken(const JnyPattern *pattern, JnyText *text)
{
	int			n = 0;

	for (int i = 0; i < pattern->nitems; i++)
	{
		if (pattern->items[i].min == 0)
			continue;
		if (n++ > 0)
			jny_text_append(text, " -> ", 4);
		jny_tree_print(pattern, pattern->items[i].node, false, text);
	}
	if (pattern->any_order)
		jny_text_append(text, " in any order", 13);
	return n > 0;
}

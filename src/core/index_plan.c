/*
 * index_plan.c
 *	  What a pattern needs of a journey's keys.
 *
 * An item that must be filled needs one of its alternatives, and an
 * alternative needs its name.  Two such items need their names in this order,
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

/* The alternatives of one item as far as pairs can use them. */
typedef struct Choices
{
	bool		named;			/* each is exactly one name, and they are few */
	int			n;
	JnyName		name[JNY_INDEX_PAIR_CHOICES];
} Choices;

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

/*
 * The names among which an attempt chooses for an item; "named" if it has no
 * other choice and pairs are worth asking for.
 */
static void
list_choices(const JnyPattern *pattern, int node, Choices *choices)
{
	choices->named = false;
	choices->n = 0;
	for (;;)
	{
		const JnyNode *step = &pattern->nodes[node];
		const JnyNode *leaf = step->kind == JNY_NODE_OR ?
			&pattern->nodes[step->left] : step;

		if (leaf->kind != JNY_NODE_NAME ||
			choices->n == JNY_INDEX_PAIR_CHOICES)
			return;
		choices->name[choices->n++] = leaf->name;
		if (step->kind != JNY_NODE_OR)
			break;
		node = step->right;
	}
	choices->named = true;
}

/* The term of one alternative; false if it needs nothing. */
static bool
plan_leaf(JnyIndexPlan *plan, const JnyNode *leaf)
{
	if (leaf->kind != JNY_NODE_NAME && leaf->kind != JNY_NODE_PREFIX)
		return false;
	emit_name(plan, JNY_KEY_EVENT, leaf->name, leaf->kind == JNY_NODE_PREFIX);
	emit(plan, JNY_PLAN_TERM);
	return true;
}

/*
 * The clause of one item: one term for each alternative; no clause if some
 * alternative needs nothing.
 */
static void
plan_step(JnyIndexPlan *plan, const JnyPattern *pattern, int node)
{
	JnyIndexPlan before = *plan;

	for (;;)
	{
		const JnyNode *step = &pattern->nodes[node];
		const JnyNode *leaf = step->kind == JNY_NODE_OR ?
			&pattern->nodes[step->left] : step;

		if (!plan_leaf(plan, leaf))
		{
			plan->nprogram = before.nprogram;
			plan->keys.n = before.keys.n;
			plan->keys.bytes.len = before.keys.bytes.len;
			return;
		}
		if (step->kind != JNY_NODE_OR)
			break;
		node = step->right;
	}
	emit(plan, JNY_PLAN_CLAUSE);
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

/* Must an attempt fill this item with an event of its step? */
static bool
item_must_be(const JnyItem *item)
{
#ifdef JNY_UNBOUNDED
	return item->min > 0;
#else
	return true;
#endif
}

/* Do later items stand at later events? */
static bool
items_are_ordered(const JnyPattern *pattern)
{
#ifdef JNY_UNBOUNDED
	return !pattern->any_order;
#else
	return true;
#endif
}

/*
 * A named item is paired with the named one before it.  Only one that has no
 * partner on either side is asked for by its names.
 */
JnyIndexPlan *
jny_index_plan(const JnyPattern *pattern)
{
	JnyIndexPlan *plan = jny_alloc0(sizeof(JnyIndexPlan));
	bool		ordered = items_are_ordered(pattern);
	int			alone = -1;		/* the last named item, not yet paired */
	Choices		last = {0};
	Choices		choices;

	for (int i = 0; i < pattern->nitems; i++)
	{
		if (!item_must_be(&pattern->items[i]))
			continue;
		list_choices(pattern, pattern->items[i].node, &choices);
		if (!ordered || !choices.named)
		{
			plan_step(plan, pattern, pattern->items[i].node);
			continue;
		}
		alone = last.named ? -1 : i;
		if (last.named)
			plan_pairs(plan, &last, &choices);
		last = choices;
	}
	if (alone >= 0)
		plan_step(plan, pattern, pattern->items[alone].node);
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

/* Prints the alternatives of an item; false if one is more than a name. */
static bool
print_names(const JnyPattern *pattern, int node, JnyText *out)
{
	for (;;)
	{
		const JnyNode *step = &pattern->nodes[node];
		const JnyNode *leaf = step->kind == JNY_NODE_OR ?
			&pattern->nodes[step->left] : step;

		if (leaf->kind != JNY_NODE_NAME && leaf->kind != JNY_NODE_PREFIX)
			return false;
		jny_text_name(out, leaf->name);
		if (leaf->kind == JNY_NODE_PREFIX)
			jny_text_append(out, "*", 1);
		if (step->kind != JNY_NODE_OR)
			return true;
		jny_text_append(out, " | ", 3);
		node = step->right;
	}
}

int
jny_index_weaken(const JnyPattern *pattern, JnyText *texts)
{
	bool		ordered = items_are_ordered(pattern);
	int			n = 0;

	for (int i = 0; i < pattern->nitems; i++)
	{
		JnyText		step;

		jny_text_init(&step);
		if (!item_must_be(&pattern->items[i]) ||
			!print_names(pattern, pattern->items[i].node, &step))
			jny_free(step.data);
		else if (n > 0 && ordered)
		{
			jny_text_append(&texts[0], " -> ", 4);
			jny_text_append(&texts[0], step.data, step.len);
			jny_free(step.data);
		}
		else
			texts[n++] = step;
	}
	return n;
}

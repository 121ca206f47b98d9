/*
 * pattern_tree.c
 *	  The steps of a pattern: trees of alternatives, negations and filters.
 *
 * Most steps are a name or some alternatives.  These go into one sorted table
 * of names, so that all of them are answered by one look-up; the others are
 * "complex" and evaluated one by one.  Either way a name is looked at once per
 * dictionary entry: what remains for each event is a step whose filter depends
 * on the channel or the value.
 */
#include "core/pattern.h"

#include "port/pg_bitutils.h"

/* A leaf of a tree on its way into canonical form. */
typedef struct Mention
{
	JnyName		name;
	JnyNodeKind kind;
	int			step;			/* whose table entry it is, or -1 */
	int			node;
	int			place;
} Mention;

/* What a name alone says about a step. */
typedef enum Answer
{
	ANSWER_NO,
	ANSWER_YES,
	ANSWER_MAYBE
} Answer;

static const JnyName no_name = {"", 0};

/* Appends a node; *cap is the room of pattern->nodes. */
int
jny_tree_add(JnyPattern *pattern, int *cap, JnyNodeKind kind, JnyName name,
			 int left, int right)
{
	JnyNode    *node;

	if (pattern->nnodes == *cap)
	{
		*cap = *cap ? 2 * *cap : 16;
		pattern->nodes = pattern->nodes ?
			jny_realloc(pattern->nodes, *cap * sizeof(JnyNode)) :
			jny_alloc(*cap * sizeof(JnyNode));
	}
	node = &pattern->nodes[pattern->nnodes];
	memset(node, 0, sizeof(*node));
	node->kind = kind;
	node->name = name;
	node->left = left;
	node->right = right;
	return pattern->nnodes++;
}

/* ---- canonical form ---- */

/* By kind, name, and place. */
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
	return (x->place > y->place) - (x->place < y->place);
}

static inline bool
same_leaf(const Mention *a, const Mention *b)
{
	return a->kind == b->kind && jny_name_cmp(a->name, b->name) == 0;
}

static void
fill_mention(Mention *m, const JnyPattern *pattern, int node, int place)
{
	m->name = pattern->nodes[node].name;
	m->kind = pattern->nodes[node].kind;
	m->node = node;
	m->place = place;
	m->step = -1;
}

/*
 * Joins n alternatives, plain ones not twice, under nodes of kind OR, which
 * makes the printed form free of parentheses and repetition.  Overwrites
 * nodes[].  O(n log n).
 */
int
jny_tree_join(JnyPattern *pattern, int *cap, int *nodes, int n)
{
	Mention    *mentions;
	int			nleaves = 0;
	int			joined;

	if (n == 1)
		return nodes[0];
	mentions = jny_alloc(n * sizeof(Mention));
	for (int i = 0; i < n; i++)
	{
		if (jny_node_is_leaf(&pattern->nodes[nodes[i]]))
			fill_mention(&mentions[nleaves++], pattern, nodes[i], i);
	}
	qsort(mentions, nleaves, sizeof(Mention), cmp_mentions);
	for (int i = 1; i < nleaves; i++)
	{
		if (same_leaf(&mentions[i], &mentions[i - 1]))
			nodes[mentions[i].place] = -1;
	}
	jny_free(mentions);

	joined = -1;
	for (int i = n; i-- > 0;)
	{
		if (nodes[i] < 0)
			continue;
		joined = joined < 0 ? nodes[i] :
			jny_tree_add(pattern, cap, JNY_NODE_OR, no_name, nodes[i], joined);
	}
	return joined;
}

/* ---- the table of names ---- */

/* Is the tree a leaf or alternatives of leaves? */
static bool
is_plain(const JnyPattern *pattern, int node)
{
	for (;;)
	{
		const JnyNode *step = &pattern->nodes[node];

		if (step->kind != JNY_NODE_OR)
			return jny_node_is_leaf(step);
		if (!jny_node_is_leaf(&pattern->nodes[step->left]))
			return false;
		node = step->right;
	}
}

/* Notes in mentions[], by node, which step the leaves of a plain tree serve. */
static void
claim_leaves(const JnyPattern *pattern, int step, Mention *mentions)
{
	int			node = pattern->steps[step];

	for (;;)
	{
		const JnyNode *at = &pattern->nodes[node];

		mentions[at->kind == JNY_NODE_OR ? at->left : node].step = step;
		if (at->kind != JNY_NODE_OR)
			return;
		node = at->right;
	}
}

/* Gathers the table from all leaves, sorted; also marks what is repeated. */
static void
fill_table(JnyPattern *pattern, const Mention *mentions, int n)
{
	int			nleaves = 0;
	const Mention *last = NULL; /* whose entry is the last of the table */

	pattern->leaves = jny_alloc(Max(n, 1) * sizeof(JnyLeaf));
	for (int i = 0; i < n; i++)
	{
		const Mention *m = &mentions[i];
		uint64		bit;

		pattern->nodes[m->node].repeated = i > 0 && same_leaf(m, m - 1);
		if (m->step < 0)
			continue;
		bit = UINT64CONST(1) << m->step;
		if (m->kind == JNY_NODE_ANY)
			pattern->any |= bit;
		else if (last != NULL && same_leaf(m, last))
			pattern->leaves[nleaves - 1].items |= bit;
		else
		{
			last = m;
			pattern->leaves[nleaves].name = m->name;
			pattern->leaves[nleaves++].items = bit;
			if (m->kind == JNY_NODE_NAME)
				pattern->nexact++;
			else
				pattern->nprefix++;
		}
	}
}

/* Builds what follows from the steps.  O(n log n) in the number of nodes. */
void
jny_tree_finish(JnyPattern *pattern)
{
	int			n = pattern->nnodes;
	int			kept = 0;
	Mention    *mentions = jny_alloc(n * sizeof(Mention));

	for (int i = 0; i < n; i++)
	{
		JnyNodeKind kind = pattern->nodes[i].kind;

		fill_mention(&mentions[i], pattern, i, i);
		pattern->needs_channel |= kind == JNY_NODE_CHANNEL ||
			kind == JNY_NODE_CHANNEL_PREFIX;
		pattern->needs_value |= kind == JNY_NODE_VALUE;
	}
	for (int step = 0; step < pattern->nsteps; step++)
	{
		if (is_plain(pattern, pattern->steps[step]))
			claim_leaves(pattern, step, mentions);
		else
			pattern->complex |= UINT64CONST(1) << step;
	}
	for (int i = 0; i < n; i++)
	{
		if (jny_node_is_leaf(&pattern->nodes[i]))
			mentions[kept++] = mentions[i];
	}
	qsort(mentions, kept, sizeof(Mention), cmp_mentions);
	fill_table(pattern, mentions, kept);
	jny_free(mentions);
}

/* ---- questions ---- */

/* Names looked at one by one before a binary search pays. */
#define FEW_LEAVES 8

static inline bool
starts_with(JnyName name, JnyName prefix)
{
	return prefix.len <= name.len &&
		memcmp(prefix.data, name.data, prefix.len) == 0;
}

/* Steps of the leaf that is exactly this name. */
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

static bool
leaf_takes(const JnyNode *leaf, JnyName name)
{
	switch (leaf->kind)
	{
		case JNY_NODE_ANY:
			return true;
		case JNY_NODE_PREFIX:
			return starts_with(name, leaf->name);
		default:
			return jny_name_cmp(leaf->name, name) == 0;
	}
}

/* What the name alone says.  Recursion as deep as the parentheses. */
static Answer
ask_name(const JnyPattern *pattern, int node, JnyName name)
{
	const JnyNode *step = &pattern->nodes[node];
	bool		maybe = false;
	Answer		answer;

	for (; step->kind == JNY_NODE_OR; step = &pattern->nodes[step->right])
	{
		answer = ask_name(pattern, step->left, name);
		if (answer == ANSWER_YES)
			return answer;
		maybe |= answer == ANSWER_MAYBE;
	}
	if (jny_node_is_leaf(step))
		answer = leaf_takes(step, name) ? ANSWER_YES : ANSWER_NO;
	else if (step->kind == JNY_NODE_NOT)
	{
		answer = ask_name(pattern, step->left, name);
		if (answer != ANSWER_MAYBE)
			answer = answer == ANSWER_YES ? ANSWER_NO : ANSWER_YES;
	}
	else
	{
		while (jny_node_is_filter(step))
			step = &pattern->nodes[step->left];
		answer = ask_name(pattern, step - pattern->nodes, name);
		if (answer == ANSWER_YES)
			answer = ANSWER_MAYBE;
	}
	return answer == ANSWER_NO && maybe ? ANSWER_MAYBE : answer;
}

/* Does an event pass one filter?  Without channel or value it does not. */
static bool
passes(const JnyNode *filter, JnyName channel, double value)
{
	if (filter->kind == JNY_NODE_CHANNEL)
		return channel.len > 0 && jny_name_cmp(filter->name, channel) == 0;
	if (filter->kind == JNY_NODE_CHANNEL_PREFIX)
		return channel.len > 0 && starts_with(channel, filter->name);
	if (isnan(value))
		return false;
	switch (filter->compare)
	{
		case JNY_LT:
			return value < filter->number;
		case JNY_LE:
			return value <= filter->number;
		case JNY_GT:
			return value > filter->number;
		case JNY_GE:
			return value >= filter->number;
		case JNY_EQ:
			return value == filter->number;
		case JNY_NE:
			return value != filter->number;
	}
	return false;
}

static bool
ask_event(const JnyPattern *pattern, int node, JnyName name, JnyName channel,
		  double value)
{
	const JnyNode *step = &pattern->nodes[node];

	for (; step->kind == JNY_NODE_OR; step = &pattern->nodes[step->right])
	{
		if (ask_event(pattern, step->left, name, channel, value))
			return true;
	}
	for (; jny_node_is_filter(step); step = &pattern->nodes[step->left])
	{
		if (!passes(step, channel, value))
			return false;
	}
	if (step->kind == JNY_NODE_OR)
		return ask_event(pattern, step - pattern->nodes, name, channel, value);
	if (step->kind == JNY_NODE_NOT)
		return !ask_event(pattern, step->left, name, channel, value);
	return leaf_takes(step, name);
}

/* O(log names + prefixes), and all nodes of steps that are complex. */
uint64
jny_pattern_masks(const JnyPattern *pattern, JnyName name, uint64 *maybe)
{
	uint64		items = pattern->any | exact_items(pattern, name);

	*maybe = 0;
	for (int i = 0; i < pattern->nprefix; i++)
	{
		const JnyLeaf *leaf = &pattern->leaves[pattern->nexact + i];

		if (starts_with(name, leaf->name))
			items |= leaf->items;
	}
	for (uint64 bits = pattern->complex; bits; bits &= bits - 1)
	{
		int			step = pg_rightmost_one_pos64(bits);
		Answer		answer = ask_name(pattern, pattern->steps[step], name);

		if (answer == ANSWER_YES)
			items |= bits & -bits;
		else if (answer == ANSWER_MAYBE)
			*maybe |= bits & -bits;
	}
	return items;
}

uint64
jny_pattern_mask(const JnyPattern *pattern, JnyName name)
{
	uint64		maybe;

	return jny_pattern_masks(pattern, name, &maybe);
}

uint64
jny_pattern_test(const JnyPattern *pattern, uint64 steps, JnyName name,
				 JnyName channel, double value)
{
	uint64		satisfied = 0;

	for (; steps; steps &= steps - 1)
	{
		int			step = pg_rightmost_one_pos64(steps);

		if (ask_event(pattern, pattern->steps[step], name, channel, value))
			satisfied |= steps & -steps;
	}
	return satisfied;
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

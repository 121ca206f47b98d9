/*
 * pattern_print.c
 *	  The pattern as text, in canonical form.
 */
#include "core/pattern_parse.h"

/* ---- steps ---- */

static void
append_literal(JnyText *out, const char *literal)
{
	jny_text_append(out, literal, strlen(literal));
}

static void
print_leaf(const JnyNode *leaf, JnyText *out)
{
	if (leaf->kind == JNY_NODE_ANY)
		append_literal(out, ".");
	else
		jny_text_name(out, leaf->name);
	if (leaf->kind == JNY_NODE_PREFIX)
		append_literal(out, "*");
}

/* What a filter or "!" is applied to: anything but a leaf needs parentheses. */
static void
print_operand(const JnyPattern *pattern, int node, JnyText *out)
{
	if (jny_node_is_leaf(&pattern->nodes[node]))
		print_leaf(&pattern->nodes[node], out);
	else
	{
		append_literal(out, "(");
		jny_tree_print(pattern, node, false, out);
		append_literal(out, ")");
	}
}

static void
print_filter(const JnyNode *filter, JnyText *out)
{
	static const char *const compare[] = {"<", "<=", ">", ">=", "=", "<>"};

	if (filter->kind == JNY_NODE_VALUE)
	{
		append_literal(out, "[value ");
		append_literal(out, compare[filter->compare]);
		append_literal(out, " ");
		jny_text_number(out, filter->number);
		append_literal(out, "]");
		return;
	}
	append_literal(out, "@");
	jny_text_name(out, filter->name);
	if (filter->kind == JNY_NODE_CHANNEL_PREFIX)
		append_literal(out, "*");
}

/*
 * A primary with its filters.  Filters stand behind each other, the innermost
 * first; each behind the operand of it, so they are printed on the way back,
 * which a chain as long as the text must not do by recursion.
 */
static void
print_filtered(const JnyPattern *pattern, int node, JnyText *out)
{
	int			depth = 0;
	int			inner = node;

	for (; jny_node_is_filter(&pattern->nodes[inner]); inner = pattern->nodes[inner].left)
		depth++;
	print_operand(pattern, inner, out);
	/* a filter is added right behind its operand: they ascend in the table */
	for (int i = inner + 1; depth > 0 && i <= node; i++)
	{
		if (!jny_node_is_filter(&pattern->nodes[i]) || pattern->nodes[i].left != inner)
			continue;
		print_filter(&pattern->nodes[i], out);
		inner = i;
		depth--;
	}
}

static void
print_unary(const JnyPattern *pattern, int node, JnyText *out)
{
	const JnyNode *step = &pattern->nodes[node];

	if (step->kind == JNY_NODE_NOT)
	{
		append_literal(out, "!");
		if (jny_node_is_filter(&pattern->nodes[step->left]))
			print_filtered(pattern, step->left, out);
		else
			print_operand(pattern, step->left, out);
	}
	else if (jny_node_is_filter(step))
		print_filtered(pattern, node, out);
	else
		print_leaf(step, out);
}

/*
 * A step.  Alternatives under a quantifier are in parentheses.  Recursion is
 * as deep as the parentheses of the text.
 */
void
jny_tree_print(const JnyPattern *pattern, int node, bool quantified,
			   JnyText *out)
{
	bool		enclose = quantified && pattern->nodes[node].kind == JNY_NODE_OR;

	if (enclose)
		append_literal(out, "(");
	while (pattern->nodes[node].kind == JNY_NODE_OR)
	{
		print_unary(pattern, pattern->nodes[node].left, out);
		append_literal(out, " | ");
		node = pattern->nodes[node].right;
	}
	print_unary(pattern, node, out);
	if (enclose)
		append_literal(out, ")");
}

/* ---- the whole ---- */

static void
print_link(const JnyPattern *pattern, const JnyItem *item, JnyText *out)
{
	bool		gap = item->gap_max >= 0;

	append_literal(out, item->link == JNY_LINK_NEXT ? " =>" : " ->");
	if (gap || item->without >= 0)
		append_literal(out, "[");
	if (gap && item->gap_min > 0)
	{
		jny_text_duration(out, item->gap_min);
		append_literal(out, ", ");
	}
	if (gap)
		jny_text_duration(out, item->gap_max);
	if (item->without >= 0)
	{
		append_literal(out, gap ? "; without " : "without ");
		jny_tree_print(pattern, pattern->steps[item->without], false, out);
	}
	append_literal(out, gap || item->without >= 0 ? "] " : " ");
}

static void
print_quantifier(const JnyItem *item, JnyText *out)
{
	char		buffer[48];

	if (item->min == 1 && item->max == 1)
		return;
	if (item->min == 0 && item->max == 1)
		append_literal(out, "?");
	else if (item->min == 1 && item->max == JNY_UNBOUNDED)
		append_literal(out, "+");
	else
	{
		int			len = snprintf(buffer, sizeof(buffer), "{%d", item->min);

		if (item->max == JNY_UNBOUNDED)
			len += snprintf(buffer + len, sizeof(buffer) - len, ",");
		else if (item->max != item->min)
			len += snprintf(buffer + len, sizeof(buffer) - len, ",%d", item->max);
		buffer[len++] = '}';
		jny_text_append(out, buffer, len);
	}
}

static void
print_clauses(const JnyPattern *pattern, JnyText *out)
{
	if (pattern->within >= 0)
	{
		append_literal(out, " within ");
		jny_text_duration(out, pattern->within);
	}
	if (pattern->session >= 0)
		append_literal(out, " within session");
	if (pattern->session >= 0 && pattern->session != JNY_DEFAULT_SESSION)
	{
		append_literal(out, " [");
		jny_text_duration(out, pattern->session);
		append_literal(out, "]");
	}
	if (pattern->without >= 0)
	{
		append_literal(out, " without ");
		jny_tree_print(pattern, pattern->steps[pattern->without], false, out);
	}
	if (pattern->from_first)
		append_literal(out, " from first");
	if (pattern->any_order)
		append_literal(out, " in any order");
	if (pattern->distinct_times)
		append_literal(out, " at distinct times");
	if (pattern->no_more >= 0)
	{
		append_literal(out, " then no ");
		jny_tree_print(pattern, pattern->steps[pattern->no_more], false, out);
		append_literal(out, " for ");
		jny_text_duration(out, pattern->no_more_for);
	}
}

void
jny_pattern_print(const JnyPattern *pattern, JnyText *out)
{
	if (pattern->begins)
		append_literal(out, "^ ");
	for (int i = 0; i < pattern->nitems; i++)
	{
		const JnyItem *item = &pattern->items[i];
		bool		quantified = item->min != 1 || item->max != 1;

		if (i > 0)
			print_link(pattern, item, out);
		jny_tree_print(pattern, item->node, quantified, out);
		print_quantifier(item, out);
	}
	if (pattern->ends)
		append_literal(out, " $");
	print_clauses(pattern, out);
}

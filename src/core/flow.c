/*
 * flow.c
 *	  One journey into a tally: stages of a funnel, transitions, flows, paths.
 */
#include "core/flow.h"

#include "port/pg_bitutils.h"

#include "core/text.h"

void
jny_flow_names(JnyFlowNames *names, JnyTally *tally, const JnyView *view)
{
	const char *p = (const char *) view->name_bytes;

	names->code = view->nnames <= JNY_FLOW_FEW ? names->few :
		(uint32 *) jny_alloc(view->nnames * sizeof(uint32));
	for (uint32 i = 0; i < view->nnames; i++)
	{
		JnyName		name = {p, jny_get16(view->name_lens + 2 * (size_t) i)};

		names->code[i] = jny_dict_put(tally->dict, name);
		p += name.len;
	}
}

void
jny_flow_names_release(JnyFlowNames *names)
{
	if (names->code != names->few)
		jny_free(names->code);
}

/* ---- stages ---- */

bool
jny_flow_stages(JnyTally *tally, const JnyPattern *pattern,
				const JnyHits *hits, const JnyAttempt *attempt)
{
	int64		times[JNY_MAX_ITEMS] = {0};
	int			before = -1;	/* last item that has an event */

	tally->customers++;
	for (uint32 i = 0; i < hits->n; i++)
	{
		for (uint64 left = hits->hit[i].items; left != 0; left &= left - 1)
			times[pg_rightmost_one_pos64(left)]++;
	}
	for (int i = 0; i < pattern->nitems; i++)
	{
		JnyTallyEntry *entry;

		if (times[i] == 0 && i >= attempt->depth)
			continue;
		entry = jny_tally_get(tally, JNY_TALLY_STAGE, (uint32) i, 0, 0);
		entry->times += times[i];
		if (i >= attempt->depth)
			continue;
		entry->customers++;
		if (pattern->any_order || !jny_attempt_has(pattern, attempt, i))
			continue;
		if (before >= 0 &&
			!jny_tally_list(tally, entry,
							attempt->ts[i] - attempt->ts[before]))
			return false;
		before = i;
	}
	return true;
}

/* Both the hits and the values are in order of position. */
void
jny_flow_values(JnySum *sum, const JnyView *view, const JnyHits *hits)
{
	uint32		k = 0;

	for (uint32 i = 0; i < hits->n; i++)
	{
		while (k < view->nvalues &&
			   jny_value_position(view, k) < hits->hit[i].pos)
			k++;
		if (k == view->nvalues)
			break;
		if (jny_value_position(view, k) == hits->hit[i].pos)
			jny_sum_add(sum, jny_value_at(view, k));
	}
}

/* ---- transitions and flows ---- */

bool
jny_flow_pairs(JnyTally *tally, const JnyView *view)
{
	JnyFlowNames names;
	bool		fits = true;

	tally->customers++;
	if (view->n == 0)
		return true;
	jny_flow_names(&names, tally, view);
	for (uint32 i = 1; fits && i < view->n; i++)
	{
		JnyTallyEntry *entry =
			jny_tally_get(tally, JNY_TALLY_PAIR,
						  names.code[jny_code(view, i - 1)],
						  names.code[jny_code(view, i)], 0);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (entry->seen != tally->customers)
		{
			entry->seen = tally->customers;
			entry->customers++;
		}
		entry->times++;
		fits = jny_tally_list(tally, entry,
							  jny_time(view, i) - jny_time(view, i - 1));
	}
	jny_flow_names_release(&names);
	return fits;
}

void
jny_flow_steps(JnyTally *tally, const JnyView *view, uint32 from,
			   uint32 max_steps, bool forward)
{
	JnyFlowNames names;
	uint32		left = forward ? view->n - 1 - from : from;

	tally->customers++;
	jny_flow_names(&names, tally, view);
	for (uint32 step = 1; step < max_steps; step++)
	{
		uint32		i = forward ? from + step - 1 : from - step + 1;
		uint32		node = names.code[jny_code(view, i)];
		uint32		next = JNY_TALLY_END;

		if (left > 0)
			next = names.code[jny_code(view, forward ? i + 1 : i - 1)];
		jny_tally_get(tally, JNY_TALLY_FLOW, step, node, next)->customers++;
		if (left-- == 0)
			break;
	}
	jny_flow_names_release(&names);
}

/* ---- paths ---- */

JnyTallyEntry *
jny_flow_path(JnyTally *tally, const JnyView *view, uint32 end,
			  uint32 max_steps, bool converted)
{
	const char *p = (const char *) view->name_bytes;
	JnyName    *names = (JnyName *) jny_alloc(view->nnames * sizeof(JnyName) + 1);
	JnyTallyEntry *entry;
	JnyText		text;
	JnyName		path;
	uint32		steps = 0;

	for (uint32 i = 0; i < view->nnames; i++)
	{
		names[i].data = p;
		names[i].len = jny_get16(view->name_lens + 2 * (size_t) i);
		p += names[i].len;
	}
	jny_text_init(&text);
	for (uint32 i = 0; i < end; i++)
	{
		uint32		code = jny_code(view, i);

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (i > 0 && code == jny_code(view, i - 1))
			continue;
		if (steps++ > 0)
			jny_text_append(&text, " > ", 3);
		if (steps > max_steps)
		{
			jny_text_append(&text, "...", 3);
			break;
		}
		jny_text_append(&text, names[code].data, names[code].len);
	}
	path.data = text.data ? text.data : "";
	path.len = (uint32) text.len;
	entry = jny_tally_get(tally, JNY_TALLY_PATH,
						  jny_dict_put(tally->dict, path), 0, 0);
	tally->customers++;
	entry->customers++;
	entry->times += converted;
	jny_free(names);
	if (text.data)
		jny_free(text.data);
	return entry;
}

/* ---- folding ---- */

/* Nodes by step, then the largest first, then by name. */
static int
compare_nodes(JnyTallyEntry *const *x, JnyTallyEntry *const *y, void *arg)
{
	const JnyTallyEntry *a = *x;
	const JnyTallyEntry *b = *y;
	const JnyDict *dict = (const JnyDict *) arg;

	if (a->key.a != b->key.a)
		return a->key.a < b->key.a ? -1 : 1;
	if (a->customers != b->customers)
		return a->customers > b->customers ? -1 : 1;
	return jny_name_cmp(jny_dict_name(dict, a->key.b),
						jny_dict_name(dict, b->key.b));
}

/* Marks (seen) the "top" largest of the nodes of each step. */
static void
mark_nodes(const JnyTally *nodes, const JnyTally *tally, uint32 top)
{
	uint32		n;
	uint32		rank = 0;
	JnyTallyEntry **node = jny_tally_entries(nodes, JNY_TALLY_FLOW, &n);

	jny_tally_sort(node, n, compare_nodes, tally->dict);
	for (uint32 i = 0; i < n; i++)
	{
		if (i > 0 && node[i]->key.a != node[i - 1]->key.a)
			rank = 0;
		node[i]->seen = rank++ < top;
	}
	jny_free(node);
}

/* A node of a step, or JNY_FLOW_OTHER if it is not among the largest. */
static uint32
fold_node(const JnyTally *nodes, uint32 step, uint32 name)
{
	if (name == JNY_TALLY_END ||
		jny_tally_find(nodes, JNY_TALLY_FLOW, step, name, 0)->seen)
		return name;
	return JNY_FLOW_OTHER;
}

/*
 * A node of the first step has the customers that leave it, one of a later
 * step those that come to it: no later step need have edges of its own.
 */
void
jny_flow_fold(JnyTally *out, const JnyTally *tally, uint32 top)
{
	uint32		n;
	JnyTallyEntry **edge = jny_tally_entries(tally, JNY_TALLY_FLOW, &n);
	JnyTally	nodes;

	jny_tally_init(out, tally->report, NULL, 0);
	jny_tally_init(&nodes, tally->report, NULL, 0);
	for (uint32 i = 0; i < n; i++)
	{
		const JnyTallyKey *key = &edge[i]->key;
		JnyTallyEntry *near = jny_tally_get(&nodes, JNY_TALLY_FLOW, key->a,
											key->b, 0);

		if (key->a == 1)
			near->customers += edge[i]->customers;
		if (key->c != JNY_TALLY_END)
			jny_tally_get(&nodes, JNY_TALLY_FLOW, key->a + 1, key->c,
						  0)->customers += edge[i]->customers;
	}
	mark_nodes(&nodes, tally, top);
	for (uint32 i = 0; i < n; i++)
	{
		const JnyTallyKey *key = &edge[i]->key;

		jny_tally_get(out, JNY_TALLY_FLOW, key->a,
					  fold_node(&nodes, key->a, key->b),
					  fold_node(&nodes, key->a + 1,
								key->c))->customers += edge[i]->customers;
	}
	jny_free(edge);
}

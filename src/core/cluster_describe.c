/*
 * cluster_describe.c
 *	  What a stored model tells people: names, signatures, and what became of
 *	  the archetypes of an older one.
 */
#include "core/cluster_model.h"

/* Steps in a name, and the most it may need to differ from the others. */
#define NAME_STEPS 3
#define NAME_MOST 8

/* Less alike than this, two archetypes are not the same one. */
#define LEAST_LIKENESS (1.0 / 3)

/* ---- texts ---- */

static void
append(JnyText *text, const char *string)
{
	jny_text_append(text, string, strlen(string));
}

static void
append_code(const JnyModelView *view, uint32 code, JnyText *text)
{
	if (code > view->nnames)
		append(text, "(other)");
	else
		jny_text_append(text, view->names[code - 1].data,
						view->names[code - 1].len);
}

/* "a > b", "starts a", "ends b". */
void
jny_model_transition(const JnyModelView *view, uint32 pair, JnyText *text)
{
	uint32		from = pair / (view->nnames + 2);
	uint32		to = pair % (view->nnames + 2);

	if (from == 0 && to == 0)
		return;
	if (from == 0 || to == 0)
	{
		append(text, from == 0 ? "starts " : "ends ");
		append_code(view, from == 0 ? to : from, text);
		return;
	}
	append_code(view, from, text);
	append(text, " > ");
	append_code(view, to, text);
}

/*
 * The representative path, consecutive repeats shown once and cut after so
 * many steps (0: never) with "..." behind.
 */
void
jny_model_path(const JnyModelView *view, int k, uint32 steps,
			   const char *separator, JnyText *text)
{
	uint32		shown = 0;

	for (uint32 i = 0; i < view->medoid_len[k]; i++)
	{
		if (i > 0 && view->medoid[k][i] == view->medoid[k][i - 1])
			continue;
		if (shown > 0)
			append(text, separator);
		if (steps > 0 && shown == steps)
		{
			append(text, "...");
			return;
		}
		append_code(view, view->medoid[k][i], text);
		shown++;
	}
}

/*
 * How much commoner an event is inside an archetype than outside, in steps of
 * 5 %: smaller differences say nothing, and OTHER says least.
 */
static int
event_excess(const JnyModelView *view, int k, uint32 code)
{
	double		others = 0;
	double		outside = view->total - view->weight[k];

	if (code > view->nnames)
		return -100;
	for (int c = 0; c < view->k; c++)
		if (c != k)
			others += jny_model_event_count(view, c, code);
	return (int) rint(20 * (jny_model_event_count(view, k, code) /
							(double) view->weight[k] -
							(outside > 0 ? others / outside : 0)));
}

/*
 * Appends "a -> b -> c": of the events on the representative path the "steps"
 * that set the archetype apart most (ties: the earlier), in path order.
 */
static void
append_name(const JnyModelView *view, int k, int steps, JnyText *text)
{
	bool		used[JNY_CLUSTER_WIDTH] = {false};
	uint8		code[JNY_CLUSTER_WIDTH];
	int			excess[JNY_CLUSTER_WIDTH];
	bool		chosen[JNY_CLUSTER_WIDTH] = {false};
	int			n = 0;
	bool		first = true;

	for (uint32 i = 0; i < view->medoid_len[k]; i++)
		if (!used[view->medoid[k][i]])
		{
			used[view->medoid[k][i]] = true;
			excess[n] = event_excess(view, k, view->medoid[k][i]);
			code[n++] = view->medoid[k][i];
		}
	for (int step = 0; step < steps && step < n; step++)
	{
		int			best = -1;

		for (int i = 0; i < n; i++)
			if (!chosen[i] && (best < 0 || excess[i] > excess[best]))
				best = i;
		chosen[best] = true;
	}
	for (int i = 0; i < n; i++)
		if (chosen[i])
		{
			append(text, first ? "" : " -> ");
			append_code(view, code[i], text);
			first = false;
		}
}

/* ---- signature ---- */

/*
 * The transitions most of an archetype's customers make and most others do
 * not: by share inside minus share outside, which must be positive, of those
 * with enough support inside.  The lift is smoothed by half a customer, so
 * that it is finite.  Returns how many, at most "most".
 */
int
jny_model_signature(const JnyModelView *view, int k, JnySignature *signature,
					int most)
{
	double		size = view->weight[k];
	double		outside = (double) view->total - size;
	int			n = 0;

	for (uint32 i = 0; i < view->npairs; i++)
	{
		double		count = jny_model_pair_count(view, i, k);
		double		others = 0;
		JnySignature s;
		int			at;

		for (int c = 0; c < view->k; c++)
			if (c != k)
				others += jny_model_pair_count(view, i, c);
		s.pair = jny_model_pair(view, i);
		s.inside = count / size;
		s.outside = outside > 0 ? others / outside : 0;
		s.lift = (count + 0.5) / (size + 1) / ((others + 0.5) / (outside + 1));
		if (s.inside < JNY_SIGNATURE_SUPPORT || s.inside <= s.outside)
			continue;
		at = Min(n, most);
		while (at > 0 && signature[at - 1].inside - signature[at - 1].outside <
			   s.inside - s.outside)
		{
			if (at < most)
				signature[at] = signature[at - 1];
			at--;
		}
		if (at < most)
			signature[at] = s;
		n = Min(n + 1, most);
	}
	return n;
}

/* ---- names ---- */

/* Whether a larger archetype has the name of archetype k. */
static bool
name_taken(const JnyText *name, int k)
{
	for (int other = 0; other < k; other++)
		if (strcmp(name[other].data, name[k].data) == 0)
			return true;
	return false;
}

/*
 * A short name that no other archetype of the model has: three steps; more
 * when a larger archetype has the same, or else what sets it apart most, its
 * number as a last resort.  A name depends on the larger archetypes only.
 */
void
jny_model_name(const JnyModelView *view, int k, JnyText *text)
{
	JnyText		name[JNY_CLUSTER_MAX_K];
	JnySignature signature;
	char		number[16];
	int			c = 0;

	do
	{
		bool		taken = true;

		jny_text_init(&name[c]);
		for (int steps = NAME_STEPS; taken && steps <= NAME_MOST; steps++)
		{
			name[c].len = 0;
			append_name(view, c, steps, &name[c]);
			taken = name_taken(name, c);
		}
		if (taken && jny_model_signature(view, c, &signature, 1) > 0)
		{
			append(&name[c], ", ");
			jny_model_transition(view, signature.pair, &name[c]);
			taken = name_taken(name, c);
		}
		if (taken)
		{
			snprintf(number, sizeof(number), " (%d)", c + 1);
			append(&name[c], number);
		}
	} while (c++ < k);
	jny_text_append(text, name[k].data, name[k].len);
	while (c-- > 0)
		jny_free(name[c].data);
}

/* ---- two models ---- */

/* The code in "other" of each code of "view"; -1 where it has no such name. */
static void
map_codes(const JnyModelView *view, const JnyModelView *other, int *map)
{
	uint32		j = 0;

	map[0] = 0;
	for (uint32 i = 0; i < view->nnames; i++)
	{
		while (j < other->nnames &&
			   jny_name_cmp(other->names[j], view->names[i]) < 0)
			j++;
		map[i + 1] = j < other->nnames &&
			jny_name_cmp(other->names[j], view->names[i]) == 0 ? (int) j + 1 : -1;
	}
	map[view->nnames + 1] = (int) other->nnames + 1;
}

/*
 * For each transition of "a" its number in "b", or -1.
 */
static int *
map_pairs(const JnyModelView *a, const JnyModelView *b)
{
	int			code[JNY_CLUSTER_WIDTH];
	uint32		width = a->nnames + 2;
	uint32		other = b->nnames + 2;
	int		   *number = jny_alloc((size_t) other * other * sizeof(int));
	int		   *map = jny_alloc(((size_t) a->npairs + 1) * sizeof(int));

	map_codes(a, b, code);
	memset(number, 0xFF, (size_t) other * other * sizeof(int));
	for (uint32 i = 0; i < b->npairs; i++)
		number[jny_model_pair(b, i)] = (int) i;
	for (uint32 i = 0; i < a->npairs; i++)
	{
		int			from = code[jny_model_pair(a, i) / width];
		int			to = code[jny_model_pair(a, i) % width];

		map[i] = from < 0 || to < 0 ? -1 : number[from * other + to];
	}
	jny_free(number);
	return map;
}

/*
 * Shares of customers by transition, compared as sets of which something may
 * be in part: sum of the smaller shares by sum of the larger ones.
 */
static double
likeness_of(const JnyModelView *a, int ka, const JnyModelView *b, int kb,
			const int *map)
{
	double		least = 0;
	double		sum = 0;

	for (uint32 i = 0; i < a->npairs; i++)
	{
		double		x = jny_model_pair_count(a, i, ka) / (double) a->weight[ka];

		sum += x;
		if (map[i] >= 0)
		{
			double		y = jny_model_pair_count(b, (uint32) map[i], kb) /
				(double) b->weight[kb];

			least += Min(x, y);
		}
	}
	for (uint32 i = 0; i < b->npairs; i++)
		sum += jny_model_pair_count(b, i, kb) / (double) b->weight[kb];
	return least / (sum - least);
}

/*
 * Pairs off the archetypes of two models, the most alike first, each at most
 * once.  O(k^2 transitions).
 */
void
jny_model_match(const JnyModelView *old_model, const JnyModelView *new_model,
				int *match, double *likeness)
{
	double		like[JNY_CLUSTER_MAX_K][JNY_CLUSTER_MAX_K];
	bool		taken[JNY_CLUSTER_MAX_K] = {false};
	int		   *map = map_pairs(old_model, new_model);

	for (int a = 0; a < old_model->k; a++)
	{
		match[a] = -1;
		likeness[a] = 0;
		for (int b = 0; b < new_model->k; b++)
			like[a][b] = likeness_of(old_model, a, new_model, b, map);
	}
	for (;;)
	{
		double		most = LEAST_LIKENESS;
		int			best_a = -1;
		int			best_b = -1;

		for (int a = 0; a < old_model->k; a++)
			for (int b = 0; match[a] < 0 && b < new_model->k; b++)
				if (!taken[b] && like[a][b] > most)
				{
					most = like[a][b];
					best_a = a;
					best_b = b;
				}
		if (best_a < 0)
			break;
		match[best_a] = best_b;
		likeness[best_a] = most;
		taken[best_b] = true;
	}
	jny_free(map);
}

/*
 * cluster.c
 *	  Archetypes: a fit turned into a model that can score any path.
 *
 * The model keeps counts as log probabilities for every pair of codes, also
 * those the sample never had, and a representative path of each cluster.
 */
#include "core/cluster_model.h"

/*
 * Log probability of a transition the sample never had: the same for every
 * archetype, for nothing is known about it.  Smoothing alone would favour the
 * archetypes that know its first event least.
 */
#define UNSEEN (-12.0)

/*
 * The representative of a cluster: of its distinct paths the one with the
 * smallest summed cosine distance to all its customers.  For unit vectors that
 * is the one with the largest product with their sum, hence linear time.
 * Ties: the greater weight, then the smaller path.  The cluster must have a
 * member.
 */
uint32
jny_cluster_medoid(const JnyClusterData *data, const uint8 *label, int cluster)
{
	double	   *sum = jny_alloc0(((size_t) data->ngrams + 1) * sizeof(double));
	double		most = -1;
	uint32		best = 0;

	for (uint32 i = 0; i < data->n; i++)
	{
		uint32		n = data->ng_start[i + 1] - data->ng_start[i];

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		if (label[i] == cluster)
			for (uint32 j = 0; j < n; j++)
				sum[data->ng[data->ng_start[i] + j]] += data->weight[i] / sqrt(n);
	}
	for (uint32 i = 0; i < data->n; i++)
	{
		uint32		n = data->ng_start[i + 1] - data->ng_start[i];
		double		dot = 0;

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		if (label[i] != cluster)
			continue;
		for (uint32 j = 0; j < n; j++)
			dot += sum[data->ng[data->ng_start[i] + j]];
		dot = rint(dot / sqrt(n) * 1e9);
		if (dot > most ||
			(dot == most && data->weight[i] > data->weight[best]))
		{
			most = dot;
			best = i;
		}
	}
	jny_free(sum);
	return best;
}

/* ---- making the model ---- */

/* The first eight bytes as a number that orders like the name. */
static inline uint64
name_prefix(JnyName name)
{
	uint64		prefix = 0;
	uint32		n = Min(name.len, 8);

	for (uint32 i = 0; i < n; i++)
		prefix |= (uint64) (uint8) name.data[i] << (56 - 8 * i);
	return prefix;
}

/* Sets the prefixes of the names. */
static void
set_prefixes(JnyArchetypes *model)
{
	model->prefix = jny_alloc(((size_t) model->nnames + 1) * sizeof(uint64));
	for (uint32 i = 0; i < model->nnames; i++)
		model->prefix[i] = name_prefix(model->names[i]);
}

/* Bytewise by names, which local codes follow; a prefix first. */
static int
compare_medoids(const JnyArchetypes *model, int a, int b)
{
	uint32		na = model->medoid_len[a];
	uint32		nb = model->medoid_len[b];
	int			c = memcmp(model->medoid[a], model->medoid[b], Min(na, nb));

	return c != 0 ? c : (na > nb) - (na < nb);
}

/*
 * Sorts the numbers 0 .. k - 1 in order[]: the largest weight first, ties by
 * representative, clusters without anybody last.
 */
static void
rank_clusters(const JnyArchetypes *model, const int64 *weight, int *order)
{
	for (int i = 0; i < model->k; i++)
	{
		int			at = i;

		while (at > 0 &&
			   (weight[order[at - 1]] < weight[i] ||
				(weight[order[at - 1]] == weight[i] &&
				 compare_medoids(model, order[at - 1], i) > 0)))
		{
			order[at] = order[at - 1];
			at--;
		}
		order[at] = i;
	}
}

/*
 * Fills model->weight, medoids and number from the clusters that have members.
 */
static void
set_clusters(JnyArchetypes *model, const JnyClusterData *data,
			 const JnyClusterFit *fit)
{
	int		   *number = model->number;
	JnyArchetypes found = *model;
	int			cluster[JNY_CLUSTER_MAX_K];
	int			order[JNY_CLUSTER_MAX_K];
	int64		size[JNY_CLUSTER_MAX_K] = {0};

	for (uint32 i = 0; i < data->n; i++)
		size[fit->label[i]] += data->weight[i];
	memset(number, -1, sizeof(model->number));
	for (int c = 0; c < fit->k; c++)
	{
		uint32		medoid;

		if (size[c] == 0)
			continue;
		medoid = jny_cluster_medoid(data, fit->label, c);
		cluster[found.k] = c;
		found.weight[found.k] = size[c];
		found.medoid[found.k] = data->path + data->path_start[medoid];
		found.medoid_len[found.k] =
			(uint32) (data->path_start[medoid + 1] - data->path_start[medoid]);
		found.k++;
	}
	rank_clusters(&found, found.weight, order);
	model->k = found.k;
	for (int i = 0; i < found.k; i++)
	{
		number[cluster[order[i]]] = i;
		model->weight[i] = found.weight[order[i]];
		model->medoid_len[i] = found.medoid_len[order[i]];
		model->medoid[i] = jny_alloc((size_t) model->medoid_len[i] + 1);
		memcpy(model->medoid[i], found.medoid[order[i]], model->medoid_len[i]);
	}
}

/*
 * Turns the counts in one row of the table into log probabilities, smoothed by
 * one customer per transition of that row that occurs in the sample: the mean
 * of the step given its first event and of the step among all, as the fit has
 * it.  sum[k] is the smoothed sum of the row, all[k] that of the table.
 */
static void
smooth_row(JnyArchetypes *model, uint32 from, const bool *seen,
		   const double *sum, const double *all)
{
	double	   *row = model->table + (size_t) from * model->width * model->stride;

	for (int k = 0; k < model->k; k++)
	{
		double		share = sum[k] > 0 ? 0.5 * jny_log(sum[k] / all[k]) : 0;

		for (uint32 to = 0; to < model->width; to++)
		{
			double	   *cell = &row[(size_t) to * model->stride + k];

			*cell = seen[from * model->width + to] ?
				jny_log((*cell + 1.0) / sum[k]) + share : UNSEEN;
		}
	}
}

/* Counts in the table become log probabilities, and weights priors. */
static void
set_probabilities(JnyArchetypes *model, const bool *seen, int k)
{
	double	   *sum = jny_alloc0((size_t) model->width * JNY_CLUSTER_MAX_K * sizeof(double));
	double		all[JNY_CLUSTER_MAX_K] = {0};

	for (uint32 pair = 0; pair < model->width * model->width; pair++)
		for (int c = 0; seen[pair] && c < model->k; c++)
		{
			double		count = model->table[(size_t) pair * model->stride + c] + 1;

			sum[pair / model->width * JNY_CLUSTER_MAX_K + c] += count;
			all[c] += count;
		}
	for (uint32 from = 0; from < model->width; from++)
	{
		JNY_CHECK_INTERRUPTS();
		smooth_row(model, from, seen, sum + from * JNY_CLUSTER_MAX_K, all);
	}
	for (int c = 0; c < model->k; c++)
		model->prior[c] = jny_log((model->weight[c] + 1.0) /
								  (double) (model->total + k));
	jny_free(sum);
}

/*
 * The model of a fit.  Scores of paths of the data equal those of the fit.
 * Names point where those of the data do.  Memory: stride doubles for each
 * pair of names, 4 MB at most for up to 8 clusters.
 */
JnyArchetypes *
jny_archetypes_make(const JnyClusterData *data, const JnyClusterFit *fit)
{
	JnyArchetypes *model = jny_alloc0(sizeof(JnyArchetypes));
	uint32		npairs = data->width * data->width;
	bool	   *seen = jny_alloc0((size_t) npairs * sizeof(bool));

	model->nnames = data->nnames;
	model->width = data->width;
	model->total = data->total;
	model->names = jny_alloc(((size_t) data->nnames + 1) * sizeof(JnyName));
	memcpy(model->names, data->names, data->nnames * sizeof(JnyName));
	set_prefixes(model);
	set_clusters(model, data, fit);
	model->stride = jny_cluster_stride(model->k);
	model->table = jny_alloc0(((size_t) npairs * model->stride + 1) * sizeof(double));

	/* Counts are integers below 2^53: exact in any order. */
	for (uint32 i = 0; i < data->n; i++)
		for (uint32 j = data->tr_start[i]; j < data->tr_start[i + 1]; j++)
			model->table[(size_t) data->seen[data->tr[j]] * model->stride +
						 model->number[fit->label[i]]] += (double) data->weight[i];
	for (uint32 t = 0; t < data->nseen; t++)
		seen[data->seen[t]] = true;
	set_probabilities(model, seen, fit->k);
	jny_free(seen);
	return model;
}

/* The same model from its stored form; names are copied. */
JnyArchetypes *
jny_archetypes_open(const JnyModelView *view)
{
	JnyArchetypes *model = jny_alloc0(sizeof(JnyArchetypes));
	uint32		width = view->nnames + 2;
	uint32		npairs = width * width;
	bool	   *seen = jny_alloc0((size_t) npairs * sizeof(bool));

	model->k = view->k;
	model->stride = jny_cluster_stride(view->k);
	model->nnames = view->nnames;
	model->width = width;
	model->total = view->total;
	model->names = jny_alloc(((size_t) view->nnames + 1) * sizeof(JnyName));
	for (uint32 i = 0; i < view->nnames; i++)
	{
		char	   *copy = jny_alloc(view->names[i].len);

		memcpy(copy, view->names[i].data, view->names[i].len);
		model->names[i].data = copy;
		model->names[i].len = view->names[i].len;
	}
	set_prefixes(model);
	model->table = jny_alloc0(((size_t) npairs * model->stride + 1) * sizeof(double));
	for (uint32 i = 0; i < view->npairs; i++)
	{
		uint32		pair = jny_model_pair(view, i);

		seen[pair] = true;
		for (int k = 0; k < view->k; k++)
			model->table[(size_t) pair * model->stride + k] =
				jny_model_pair_count(view, i, k);
	}
	for (int k = 0; k < view->k; k++)
	{
		model->weight[k] = view->weight[k];
		model->medoid_len[k] = view->medoid_len[k];
		model->medoid[k] = jny_alloc(view->medoid_len[k]);
		memcpy(model->medoid[k], view->medoid[k], view->medoid_len[k]);
	}
	set_probabilities(model, seen, view->k);
	jny_free(seen);
	return model;
}

void
jny_archetypes_free(JnyArchetypes *model)
{
	for (int k = 0; k < model->k; k++)
		jny_free(model->medoid[k]);
	jny_free(model->table);
	jny_free(model->names);
	jny_free(model->prefix);
	jny_free(model);
}

/* ---- asking the model ---- */

/*
 * The cluster with the greatest score for a set of transitions, the lowest
 * among equals.  score, if not NULL, receives k log likelihoods.
 */
int
jny_archetypes_assign(const JnyArchetypes *model, const JnyTransitions *set,
					  double *score)
{
	double		sum[JNY_CLUSTER_MAX_K];
	int			best = 0;

	jny_cluster_sums16(model->table, model->stride, set->pair, set->n, sum);
	for (int k = 0; k < model->k; k++)
	{
		sum[k] = model->prior[k] + sum[k];
		if (sum[k] > sum[best])
			best = k;
		if (score != NULL)
			score[k] = sum[k];
	}
	return best;
}

/*
 * The model's code of a name: OTHER for one it has not.  Prefixes are compared
 * first: most names differ there.  O(log names).
 */
uint8
jny_archetypes_code(const JnyArchetypes *model, JnyName name)
{
	uint64		prefix = name_prefix(name);
	uint32		low = 0;
	uint32		high = model->nnames;

	while (low < high)
	{
		uint32		mid = (low + high) / 2;

		if (model->prefix[mid] < prefix ||
			(model->prefix[mid] == prefix &&
			 jny_name_cmp(model->names[mid], name) < 0))
			low = mid + 1;
		else
			high = mid;
	}
	if (low < model->nnames && model->prefix[low] == prefix &&
		jny_name_cmp(model->names[low], name) == 0)
		return (uint8) (low + 1);
	return (uint8) (model->nnames + 1);
}

/* The model's code of every dictionary code. */
void
jny_archetypes_map(const JnyArchetypes *model, const JnyDict *dict, uint8 *map)
{
	uint32		n = jny_dict_count(dict);

	for (uint32 c = 0; c < n; c++)
	{
		if ((c & 0xFFF) == 0)
			JNY_CHECK_INTERRUPTS();
		map[c] = jny_archetypes_code(model, jny_dict_name(dict, c));
	}
}

/*
 * Labels every path of a corpus 1, 2, ..: the archetype that most of its
 * customers belong to is 1; ties go to the smaller representative.  Returns
 * how many archetypes have anybody.  O(steps * k).
 */
int
jny_archetypes_label(const JnyArchetypes *model, const JnyCorpus *corpus,
					 const JnyDict *dict, uint8 *label)
{
	uint8	   *map = jny_alloc((size_t) jny_dict_count(dict) + 1);
	uint32	   *codes = jny_alloc(JNY_CLUSTER_MAX_PATH * sizeof(uint32));
	uint8	   *local = jny_alloc(JNY_CLUSTER_MAX_PATH);
	JnyTransitions *set = jny_alloc0(sizeof(JnyTransitions));
	int64		weight[JNY_CLUSTER_MAX_K] = {0};
	int			order[JNY_CLUSTER_MAX_K];
	uint8		rank[JNY_CLUSTER_MAX_K];
	int			used = 0;

	jny_archetypes_map(model, dict, map);
	for (uint32 p = 0; p < corpus->npaths; p++)
	{
		uint32		n = jny_corpus_path(corpus, p, codes);

		if ((p & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		for (uint32 i = 0; i < n; i++)
			local[i] = map[codes[i]];
		jny_transitions(set, local, n, model->width);
		label[p] = (uint8) jny_archetypes_assign(model, set, NULL);
		weight[label[p]] += corpus->paths[p].weight;
	}
	rank_clusters(model, weight, order);
	for (int i = 0; i < model->k; i++)
	{
		rank[order[i]] = (uint8) (i + 1);
		used += weight[i] > 0;
	}
	for (uint32 p = 0; p < corpus->npaths; p++)
		label[p] = rank[label[p]];
	jny_free(set);
	jny_free(local);
	jny_free(codes);
	jny_free(map);
	return used;
}

/*
 * cluster_data.c
 *	  What a fit sees: a sample in canonical order, as sparse sets.
 *
 * Names are numbered bytewise and paths are sorted by these numbers, so the
 * order in which paths came is forgotten here.
 */
#include "core/cluster.h"

/* A path of the sample in local codes. */
typedef struct SamplePath
{
	const uint8 *codes;
	uint32		len;
	uint32		weight;
} SamplePath;

/* A name of the sample and the customers that have it. */
typedef struct NameWeight
{
	JnyName		name;
	uint32		code;			/* in the dictionary */
	int64		weight;
} NameWeight;

/* Calls back for a cancel request now and then, from inside a sort. */
static void
count_comparison(void)
{
	static uint32 comparisons = 0;

	if ((++comparisons & 0xFFF) == 0)
		JNY_CHECK_INTERRUPTS();
}

/* ---- alphabet ---- */

static int
heavier_name(const void *a, const void *b)
{
	const NameWeight *x = a;
	const NameWeight *y = b;

	count_comparison();
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return jny_name_cmp(x->name, y->name);
}

static int
smaller_name(const void *a, const void *b)
{
	return jny_name_cmp(((const NameWeight *) a)->name,
						((const NameWeight *) b)->name);
}

/* For each dictionary code the customers of the sample that have the name. */
static int64 *
weigh_names(const JnyCorpus *corpus, const JnyDict *dict, const uint32 *weight)
{
	uint32		n = jny_dict_count(dict);
	int64	   *total = jny_alloc0(((size_t) n + 1) * sizeof(int64));
	uint32	   *last = jny_alloc0(((size_t) n + 1) * sizeof(uint32));
	uint32	   *codes = jny_alloc(JNY_CLUSTER_MAX_PATH * sizeof(uint32));

	for (uint32 p = 0; p < corpus->npaths; p++)
	{
		uint32		len;

		if (weight[p] == 0)
			continue;
		JNY_CHECK_INTERRUPTS();
		len = jny_corpus_path(corpus, p, codes);
		for (uint32 i = 0; i < len; i++)
		{
			if (last[codes[i]] != p + 1)
				total[codes[i]] += weight[p];
			last[codes[i]] = p + 1;
		}
	}
	jny_free(codes);
	jny_free(last);
	return total;
}

/*
 * Sets the names of the data: the JNY_CLUSTER_NAMES that most customers of the
 * sample have, ties by name, sorted bytewise.  Returns the local code of each
 * dictionary code.
 */
static uint8 *
choose_names(JnyClusterData *data, const JnyCorpus *corpus,
			 const JnyDict *dict, const uint32 *weight)
{
	uint32		ndict = jny_dict_count(dict);
	int64	   *total = weigh_names(corpus, dict, weight);
	NameWeight *names = jny_alloc(((size_t) ndict + 1) * sizeof(NameWeight));
	uint8	   *map = jny_alloc((size_t) ndict + 1);
	uint32		n = 0;

	for (uint32 c = 0; c < ndict; c++)
		if (total[c] > 0)
		{
			names[n].name = jny_dict_name(dict, c);
			names[n].code = c;
			names[n++].weight = total[c];
		}
	if (n > JNY_CLUSTER_NAMES)
	{
		qsort(names, n, sizeof(NameWeight), heavier_name);
		n = JNY_CLUSTER_NAMES;
	}
	qsort(names, n, sizeof(NameWeight), smaller_name);

	data->nnames = n;
	data->width = n + 2;
	data->names = jny_alloc(((size_t) n + 1) * sizeof(JnyName));
	memset(map, n + 1, ndict);
	for (uint32 i = 0; i < n; i++)
	{
		data->names[i] = names[i].name;
		map[names[i].code] = (uint8) (i + 1);
	}
	jny_free(names);
	jny_free(total);
	return map;
}

/* ---- sparse sets ---- */

/*
 * The distinct transitions of a path of local codes, ascending.  They pass
 * through a bitmap of all pairs; a short path among many names is sorted by
 * insertion instead of scanning that.
 */
void
jny_transitions(JnyTransitions *set, const uint8 *codes, uint32 n,
				uint32 width)
{
	set->n = 0;
	if (n <= 32 && width > 64)
	{
		for (uint32 i = 0; i <= n; i++)
		{
			uint32		from = i == 0 ? 0 : codes[i - 1];
			uint16		pair = (uint16) (from * width + (i == n ? 0 : codes[i]));
			uint32		at = set->n;

			while (at > 0 && set->pair[at - 1] > pair)
				at--;
			if (at > 0 && set->pair[at - 1] == pair)
				continue;
			memmove(set->pair + at + 1, set->pair + at,
					(set->n - at) * sizeof(uint16));
			set->pair[at] = pair;
			set->n++;
		}
		return;
	}
	for (uint32 i = 0; i <= n; i++)
	{
		uint32		from = i == 0 ? 0 : codes[i - 1];
		uint32		pair = from * width + (i == n ? 0 : codes[i]);

		set->bits[pair / 64] |= UINT64CONST(1) << (pair % 64);
	}
	for (uint32 word = 0; word <= (width * width - 1) / 64; word++)
		for (; set->bits[word] != 0; set->bits[word] &= set->bits[word] - 1)
			set->pair[set->n++] =
				(uint16) (64 * word + __builtin_ctzll(set->bits[word]));
}

static int
compare_sample_paths(const void *a, const void *b)
{
	const SamplePath *x = a;
	const SamplePath *y = b;
	int			c = memcmp(x->codes, y->codes, Min(x->len, y->len));

	count_comparison();
	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

/*
 * Sets paths and weights of the data: the sample in local codes, sorted, each
 * once (names that became OTHER may have made two paths one).
 */
static void
set_paths(JnyClusterData *data, const JnyCorpus *corpus, const uint32 *weight,
		  const uint8 *map)
{
	uint32		n = 0;
	size_t		steps = 0;
	uint32	   *codes = jny_alloc(JNY_CLUSTER_MAX_PATH * sizeof(uint32));
	SamplePath *sorted;
	uint8	   *bytes;
	size_t		at = 0;

	for (uint32 p = 0; p < corpus->npaths; p++)
		if (weight[p] > 0)
		{
			steps += jny_corpus_path(corpus, p, codes);
			n++;
		}
	sorted = jny_alloc(((size_t) n + 1) * sizeof(SamplePath));
	bytes = jny_alloc(steps + 1);
	n = 0;
	for (uint32 p = 0; p < corpus->npaths; p++)
		if (weight[p] > 0)
		{
			SamplePath *path = &sorted[n++];

			path->len = jny_corpus_path(corpus, p, codes);
			path->codes = bytes + at;
			path->weight = weight[p];
			for (uint32 i = 0; i < path->len; i++)
				bytes[at++] = map[codes[i]];
		}
	qsort(sorted, n, sizeof(SamplePath), compare_sample_paths);

	data->weight = jny_alloc(((size_t) n + 1) * sizeof(int64));
	data->path_start = jny_alloc(((size_t) n + 1) * sizeof(size_t));
	data->path = jny_alloc(at + 1);
	data->path_start[0] = 0;
	for (uint32 i = 0; i < n; i++)
	{
		data->total += sorted[i].weight;
		if (i > 0 && compare_sample_paths(&sorted[i - 1], &sorted[i]) == 0)
		{
			data->weight[data->n - 1] += sorted[i].weight;
			continue;
		}
		memcpy(data->path + data->path_start[data->n], sorted[i].codes,
			   sorted[i].len);
		data->weight[data->n++] = sorted[i].weight;
		data->path_start[data->n] = data->path_start[data->n - 1] + sorted[i].len;
	}
	jny_free(bytes);
	jny_free(sorted);
	jny_free(codes);
}

/*
 * Numbers the transitions that occur: column[pair] is the transition's place
 * in data->seen, gram[pair] its column among the n-grams.  A transition from a
 * name to itself is not a bigram of the collapsed path.
 */
static void
number_transitions(JnyClusterData *data, JnyTransitions *set, uint32 *column,
				   uint32 *gram)
{
	uint32		npairs = data->width * data->width;
	uint8	   *used = jny_alloc0(npairs);

	for (uint32 i = 0; i < data->n; i++)
	{
		JNY_CHECK_INTERRUPTS();
		jny_transitions(set, data->path + data->path_start[i],
						(uint32) (data->path_start[i + 1] - data->path_start[i]),
						data->width);
		for (uint32 j = 0; j < set->n; j++)
			used[set->pair[j]] = 1;
	}
	data->seen = jny_alloc((size_t) npairs * sizeof(uint16));
	for (uint32 pair = 0; pair < npairs; pair++)
	{
		if (!used[pair])
			continue;
		column[pair] = data->nseen;
		data->seen[data->nseen++] = (uint16) pair;
		if (pair / data->width != pair % data->width)
			gram[pair] = data->ngrams++;
	}
	jny_free(used);
}

/* Fills both sparse matrices.  O(steps). */
static void
set_matrices(JnyClusterData *data)
{
	uint32		npairs = data->width * data->width;
	size_t		most = data->path_start[data->n] + data->n + 1;
	JnyTransitions *set = jny_alloc0(sizeof(JnyTransitions));
	uint32	   *column = jny_alloc(2 * (size_t) npairs * sizeof(uint32));
	uint32	   *gram = column + npairs;
	uint32		ntr = 0;
	uint32		nng = 0;

	number_transitions(data, set, column, gram);
	data->tr_start = jny_alloc(((size_t) data->n + 1) * sizeof(uint32));
	data->ng_start = jny_alloc(((size_t) data->n + 1) * sizeof(uint32));
	data->tr = jny_alloc(most * sizeof(uint32));
	data->ng = jny_alloc(2 * most * sizeof(uint32));
	for (uint32 i = 0; i < data->n; i++)
	{
		uint64		names[JNY_CLUSTER_WIDTH / 64] = {0};

		JNY_CHECK_INTERRUPTS();
		data->tr_start[i] = ntr;
		data->ng_start[i] = nng;
		jny_transitions(set, data->path + data->path_start[i],
						(uint32) (data->path_start[i + 1] - data->path_start[i]),
						data->width);
		for (uint32 j = 0; j < set->n; j++)
		{
			uint32		pair = set->pair[j];
			uint32		to = pair % data->width;

			data->tr[ntr++] = column[pair];
			if (pair / data->width != to)
				data->ng[nng++] = gram[pair];
			names[to / 64] |= UINT64CONST(1) << (to % 64);
		}
		names[0] &= ~UINT64CONST(1);
		for (uint32 word = 0; word < JNY_CLUSTER_WIDTH / 64; word++)
			for (; names[word] != 0; names[word] &= names[word] - 1)
				data->ng[nng++] = data->ngrams + 64 * word +
					(uint32) __builtin_ctzll(names[word]) - 1;
	}
	data->tr_start[data->n] = ntr;
	data->ng_start[data->n] = nng;
	data->ngrams += data->nnames + 1;
	jny_free(column);
	jny_free(set);
}

/*
 * The data of a fit: everybody, or a sample of that many customers.  Names
 * point into the dictionary, which must outlive the data; the corpus need not.
 */
JnyClusterData *
jny_cluster_data(const JnyCorpus *corpus, const JnyDict *dict, uint64 seed,
				 uint32 sample)
{
	JnyClusterData *data = jny_alloc0(sizeof(JnyClusterData));
	uint32	   *weight = jny_corpus_sample(corpus, dict, seed, sample);
	uint8	   *map = choose_names(data, corpus, dict, weight);

	set_paths(data, corpus, weight, map);
	set_matrices(data);
	jny_free(map);
	jny_free(weight);
	return data;
}

void
jny_cluster_data_free(JnyClusterData *data)
{
	jny_free(data->names);
	jny_free(data->weight);
	jny_free(data->path_start);
	jny_free(data->path);
	jny_free(data->seen);
	jny_free(data->tr_start);
	jny_free(data->tr);
	jny_free(data->ng_start);
	jny_free(data->ng);
	jny_free(data);
}

/*
 * cluster_test.h
 *	  What the tests of archetypes share: populations, and agreement of labels.
 */
#ifndef JOURNEY_CLUSTER_TEST_H
#define JOURNEY_CLUSTER_TEST_H

#include "core/cluster.h"

#include "tap.h"

/* Customers: the path of each in the corpus and what is known about it. */
typedef struct Population
{
	JnyDict    *dict;
	JnyCorpus  *corpus;
	uint32	   *path;			/* of each customer, a number in the corpus */
	int		   *truth;
	int			n;
	int			cap;
} Population;

static inline Population *
population_create(void)
{
	Population *p = jny_alloc0(sizeof(Population));

	p->dict = jny_dict_create();
	p->corpus = jny_corpus_create();
	return p;
}

static inline void
population_free(Population *p)
{
	jny_corpus_free(p->corpus);
	jny_dict_free(p->dict);
	free(p->path);
	free(p->truth);
	jny_free(p);
}

/* Adds a customer whose path is written "a>b>c". */
static inline void
population_add(Population *p, const char *text, int truth)
{
	static uint32 codes[100000];
	uint32		n = 0;

	while (*text != '\0')
	{
		size_t		len = strcspn(text, ">");
		JnyName		name = {text, (uint32) len};

		codes[n++] = jny_dict_put(p->dict, name);
		text += len + (text[len] == '>');
	}
	if (p->n == p->cap)
	{
		p->cap = p->cap * 2 + 64;
		p->path = realloc(p->path, p->cap * sizeof(uint32));
		p->truth = realloc(p->truth, p->cap * sizeof(int));
	}
	p->path[p->n] = jny_corpus_add(p->corpus, codes, n);
	p->truth[p->n++] = truth;
}

/* The whole way: k 0 is chosen.  Labels of the n customers; returns used k. */
static inline int
population_label(const Population *p, int k, uint64 seed, uint32 sample,
				 int *label)
{
	JnyClusterData *data = jny_cluster_data(p->corpus, p->dict, seed, sample);
	JnyClusterFit fit;
	JnyArchetypes *model;
	uint8	   *by_path = jny_alloc((size_t) p->corpus->npaths + 1);
	int			used;

	jny_cluster_fit(data, k > 0 ? k : JNY_CLUSTER_MIN_AUTO_K,
					k > 0 ? k : JNY_CLUSTER_MAX_AUTO_K, seed,
					JNY_CLUSTER_STARTS, &fit);
	model = jny_archetypes_make(data, &fit);
	jny_cluster_fit_free(&fit);
	jny_cluster_data_free(data);
	used = jny_archetypes_label(model, p->corpus, p->dict, by_path);
	for (int i = 0; i < p->n; i++)
		label[i] = by_path[p->path[i]];
	jny_archetypes_free(model);
	jny_free(by_path);
	return used;
}

static inline double
pairs(double n)
{
	return n * (n - 1) / 2;
}

/* Adjusted Rand index (Hubert & Arabie 1985) of two labelings below 64. */
static inline double
adjusted_rand(const int *a, const int *b, int n)
{
	static int	both[64][64];
	int			in_a[64] = {0};
	int			in_b[64] = {0};
	double		sum = 0;
	double		sum_a = 0;
	double		sum_b = 0;
	double		expected;

	memset(both, 0, sizeof(both));
	for (int i = 0; i < n; i++)
	{
		both[a[i]][b[i]]++;
		in_a[a[i]]++;
		in_b[b[i]]++;
	}
	for (int i = 0; i < 64; i++)
	{
		sum_a += pairs(in_a[i]);
		sum_b += pairs(in_b[i]);
		for (int j = 0; j < 64; j++)
			sum += pairs(both[i][j]);
	}
	expected = sum_a * sum_b / pairs(n);
	if (sum_a == expected && sum_b == expected)
		return 1;
	return (sum - expected) / ((sum_a + sum_b) / 2 - expected);
}

#endif							/* JOURNEY_CLUSTER_TEST_H */

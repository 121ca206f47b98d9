/*
 * cluster.c
 *	  Archetypes on populations made here: known answers, planted truths,
 *	  independence of order, samples, and degenerate input.
 */
#include "cluster_test.h"

#include <math.h>

static uint64 rng;

/* splitmix64, one of 0 .. n - 1. */
static uint32
below(uint32 n)
{
	rng += UINT64CONST(0x9E3779B97F4A7C15);
	return (uint32) (jny_mix64(rng) >> 32) % n;
}

static const char *const templates[] = {
	"ad>product>cart>checkout>purchase",
	"organic>blog>email_open>email_click>case>pricing>demo>purchase",
	"social>home>product>compare>cart",
	"referral>pricing>signup>trial>login>feature>purchase",
	"store>call>ticket>reply>return",
};
static const int cumulative_share[] = {42, 67, 84, 95, 100};

#define NTEMPLATES lengthof(templates)

/*
 * One path of archetype t: its template, each event dropped with 10 %,
 * repeated with 20 %, followed by a random event with 5 %.
 */
static void
noisy_path(char *out, int t)
{
	char		copy[200];

	*out = '\0';
	strcpy(copy, templates[t]);
	for (char *name = strtok(copy, ">"); name != NULL; name = strtok(NULL, ">"))
	{
		int			times = below(10) == 0 ? 0 : below(5) == 0 ? 2 : 1;

		while (times-- > 0)
			sprintf(out + strlen(out), "%s%s", *out ? ">" : "", name);
		if (below(20) == 0)
			sprintf(out + strlen(out), "%sx%u", *out ? ">" : "", below(5));
	}
	if (*out == '\0')
		strcpy(out, "x0");
}

static Population *
planted(int n, uint64 seed)
{
	Population *p = population_create();
	char		path[2000];

	rng = seed;
	for (int i = 0; i < n; i++)
	{
		int			share = (int) below(100);
		int			t = 0;

		while (cumulative_share[t] <= share)
			t++;
		noisy_path(path, t);
		population_add(p, path, t);
	}
	return p;
}

/* Customer i of p as text. */
static void
path_text(const Population *p, int i, char *out)
{
	uint32		codes[JNY_CLUSTER_MAX_PATH];
	uint32		n = jny_corpus_path(p->corpus, p->path[i], codes);

	*out = '\0';
	for (uint32 j = 0; j < n; j++)
	{
		JnyName		name = jny_dict_name(p->dict, codes[j]);

		sprintf(out + strlen(out), "%s%.*s", j ? ">" : "", (int) name.len, name.data);
	}
}

static void
test_small(void)
{
	Population *p = population_create();
	int			label[20];
	JnyClusterData *data;
	JnyClusterFit fit;

	for (int i = 0; i < 4; i++)
		population_add(p, "a>b>c", 0);
	for (int i = 0; i < 3; i++)
		population_add(p, "x>y", 1);
	ok(population_label(p, 2, 0, 10000, label) == 2 && label[0] == 1 &&
	   label[3] == 1 && label[4] == 2 && label[6] == 2,
	   "two kinds of path are two archetypes, the more frequent first");

	data = jny_cluster_data(p->corpus, p->dict, 0, 10000);
	ok(data->n == 2 && data->total == 7 && data->nnames == 5 &&
	   data->nseen == 7 && data->weight[0] == 4,
	   "the data are two paths, five names, seven transitions");
	jny_cluster_fit(data, 1, 1, 0, 20, &fit);

	/*
	 * By hand: START goes to a with (4 + 1) / (7 + 2), to x with (3 + 1) / 9,
	 * everything else is certain; the prior is (7 + 1) / (7 + 1).
	 */
	ok(fabs(fit.cl - (4 * log(5.0 / 9) + 3 * log(4.0 / 9))) < 1e-12,
	   "the likelihood of one cluster is as computed by hand");
	jny_cluster_fit_free(&fit);
	jny_cluster_data_free(data);

	population_add(p, "x>y", 1);
	population_label(p, 2, 0, 10000, label);
	ok(label[0] == 1 && label[7] == 2,
	   "among equally large ones the smaller representative comes first");
	population_free(p);

	/* Scores of what the sample never had. */
	p = population_create();
	population_add(p, "a", 0);
	population_add(p, "b", 0);
	data = jny_cluster_data(p->corpus, p->dict, 0, 10000);
	jny_cluster_fit(data, 1, 1, 0, 20, &fit);
	{
		JnyArchetypes *model = jny_archetypes_make(data, &fit);
		JnyTransitions *set = jny_alloc0(sizeof(JnyTransitions));
		const uint8 path[] = {1, 3};	/* a, then a name never seen */
		double		score[JNY_CLUSTER_MAX_K];

		jny_transitions(set, path, 2, model->width);
		jny_archetypes_assign(model, set, score);

		/*
		 * START -> a is 2 of 4 from START and, smoothed, 4 of all 8 are from
		 * START; a -> ? and ? -> END were never seen.
		 */
		ok(fabs(score[0] - (1.5 * log(.5) - 24)) < 1e-12,
		   "unseen transitions score as documented: %.6f", score[0]);
		jny_free(set);
		jny_archetypes_free(model);
	}
	jny_cluster_fit_free(&fit);
	jny_cluster_data_free(data);
	population_free(p);
}

static void
test_planted(void)
{
	for (uint64 seed = 1; seed <= 5; seed++)
	{
		Population *p = planted(1500, seed);
		int		   *label = malloc(p->n * sizeof(int));
		int			k = population_label(p, 5, seed, 10000, label);
		double		ari = adjusted_rand(label, p->truth, p->n);
		int			size[20] = {0};

		JNY_CASE(k == 5 && ari > .98, "seed %d: k = %d, agreement %.4f",
				 (int) seed, k, ari);
		for (int i = 0; i < p->n; i++)
			size[label[i]]++;
		for (int c = 1; c < k; c++)
			JNY_CASE(size[c] >= size[c + 1], "seed %d: sizes", (int) seed);
		k = population_label(p, 0, seed, 10000, label);
		ari = adjusted_rand(label, p->truth, p->n);
		JNY_CASE(k == 5 && ari > .98,
				 "seed %d: chosen k = %d, agreement %.4f", (int) seed, k, ari);
		population_free(p);
		free(label);
	}
	ok(jny_cases_ok(), "planted archetypes are found, by size");
}

/*
 * Three kinds of customers who have no event in common, each leaving out one
 * step or none.
 */
static void
test_disjoint(void)
{
	static const char *const steps[3][6] = {
		{"ad", "product", "product", "cart", "checkout", "purchase"},
		{"search", "blog", "case_study", "pricing", "demo", "contract"},
		{"login", "help", "help", "ticket", "reply", NULL}
	};
	Population *p = population_create();
	int			label[200];

	for (int c = 1; c <= 200; c++)
	{
		int			t = c % 20 < 10 ? 0 : c % 20 < 16 ? 1 : 2;
		char		path[200] = "";

		for (int i = 0; i < 6 && steps[t][i] != NULL; i++)
			if (c * (i + 1) % 7 != 3)
				sprintf(path + strlen(path), "%s%s", *path ? ">" : "", steps[t][i]);
		population_add(p, path, t);
	}
	for (uint64 seed = 0; seed < 10; seed++)
	{
		population_label(p, 3, seed, 10000, label);
		JNY_CASE(adjusted_rand(label, p->truth, p->n) == 1, "seed %d", (int) seed);
		JNY_CASE(population_label(p, 0, seed, 10000, label) == 3, "seed %d", (int) seed);
	}
	ok(jny_cases_ok(), "groups without a common event are told apart");
	population_free(p);
}

/* The same customers in another order, hence with other codes. */
static Population *
shuffled(const Population *p, int *order, int copies)
{
	Population *q = population_create();
	static char text[100000];

	for (int i = 0; i < p->n; i++)
		order[i] = i;
	for (int i = p->n; i-- > 1;)
	{
		int			j = (int) below((uint32) i + 1);
		int			t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
	for (int c = 0; c < copies; c++)
		for (int i = 0; i < p->n; i++)
		{
			path_text(p, order[i], text);
			population_add(q, text, p->truth[order[i]]);
		}
	return q;
}

static void
test_order(void)
{
	Population *p = planted(3000, 77);
	int		   *label = malloc(p->n * sizeof(int));
	int		   *other = malloc(3 * p->n * sizeof(int));
	int		   *order = malloc(p->n * sizeof(int));

	for (int round = 0; round < 6; round++)
	{
		uint32		sample = round < 3 ? 10000 : 700;
		Population *q = shuffled(p, order, 1);

		population_label(p, round == 0 ? 0 : 4, 3, sample, label);
		population_label(q, round == 0 ? 0 : 4, 3, sample, other);
		for (int i = 0; i < p->n; i++)
			JNY_CASE(other[i] == label[order[i]], "round %d, customer %d",
					 round, order[i]);
		population_free(q);
	}
	ok(jny_cases_ok(), "the order of customers changes nothing, sampled or not");

	{
		Population *q = shuffled(p, order, 3);

		population_label(p, 5, 0, 10000, label);
		population_label(q, 5, 0, 10000, other);
		for (int i = 0; i < 3 * p->n; i++)
			JNY_CASE(other[i] == label[order[i % p->n]], "customer %d", i);
		population_free(q);
	}
	ok(jny_cases_ok(), "everybody three times gives the same labels");
	free(label);
	free(other);
	free(order);
	population_free(p);
}

static void
test_sample(void)
{
	Population *p = planted(20000, 5);
	JnyClusterData *data = jny_cluster_data(p->corpus, p->dict, 0, 1000);
	int		   *label = malloc(p->n * sizeof(int));
	int64		total = 0;
	int			clean = -1;

	for (uint32 i = 0; i < data->n; i++)
		total += data->weight[i];
	ok(data->total == 1000 && total == 1000, "a sample has the size asked for");
	for (int i = 0; i < p->n && clean < 0; i++)
	{
		char		text[1000];

		path_text(p, i, text);
		if (strcmp(text, templates[0]) == 0)
			clean = i;
	}
	total = 0;
	for (uint32 i = 0; i < data->n; i++)
		total = Max(total, data->weight[i]);
	{
		double		share = p->corpus->paths[p->path[clean]].weight / (double) p->n;

		ok(fabs(total / 1000.0 - share) < 4 * sqrt(share * (1 - share) / 1000),
		   "a frequent path keeps its share: %.3f of %.3f", total / 1000.0, share);
	}
	jny_cluster_data_free(data);
	population_label(p, 5, 0, 2000, label);
	ok(adjusted_rand(label, p->truth, p->n) > .93,
	   "a model of a sample labels everybody: agreement %.4f",
	   adjusted_rand(label, p->truth, p->n));
	free(label);
	population_free(p);
}

static void
test_limits(void)
{
	Population *p = population_create();
	JnyClusterData *data;
	JnyClusterFit fit;
	char		text[100];
	static char big[300000];
	uint32		codes[JNY_CLUSTER_MAX_PATH];
	int			label[2000];

	data = jny_cluster_data(p->corpus, p->dict, 0, 10000);
	jny_cluster_fit(data, 3, 6, 0, 20, &fit);
	ok(data->n == 0 && fit.k == 0, "nobody: no cluster");
	jny_archetypes_free(jny_archetypes_make(data, &fit));
	jny_cluster_fit_free(&fit);
	jny_cluster_data_free(data);

	population_add(p, "a", 0);
	ok(population_label(p, 0, 0, 10000, label) == 1 && label[0] == 1 &&
	   population_label(p, 16, 0, 10000, label) == 1, "one path: one archetype");
	population_add(p, "a>a", 0);
	population_add(p, "b", 0);
	ok(population_label(p, 16, 0, 10000, label) <= 3,
	   "no more archetypes than distinct paths");

	for (int i = 0; i < 1000; i++)
	{
		snprintf(text, sizeof(text), "start>n%d>end", i);
		population_add(p, text, 0);
	}
	population_add(p, "start>n3>end", 0);
	data = jny_cluster_data(p->corpus, p->dict, 0, 10000);
	ok(data->nnames == JNY_CLUSTER_NAMES && data->width == JNY_CLUSTER_WIDTH,
	   "more names than %d: the rest are one", JNY_CLUSTER_NAMES);
	{
		bool		n3 = false;

		for (uint32 i = 0; i < data->nnames; i++)
			n3 |= data->names[i].len == 2 && memcmp(data->names[i].data, "n3", 2) == 0;
		ok(n3 && data->n < 300, "the frequent names are kept, paths that became equal are one");
	}
	jny_cluster_data_free(data);
	ok(population_label(p, 4, 0, 10000, label) <= 4, "they are labelled");

	for (int i = 0; i < 20000; i++)
		sprintf(big + strlen(big) * (i == 0 ? 0 : 1), "%sv%d", i ? ">" : "", i % 300);
	population_add(p, big, 0);
	ok(jny_corpus_path(p->corpus, p->path[p->n - 1], codes) == JNY_CLUSTER_MAX_PATH,
	   "a very long path is its head and its tail");
	ok(population_label(p, 4, 0, 10000, label) <= 4, "it is labelled");
	population_free(p);
}

/* The sorted set of a path equals one made by search, short and long. */
static void
test_transitions(void)
{
	JnyTransitions *set = jny_alloc0(sizeof(JnyTransitions));
	static uint8 used[256 * 256];
	uint8		path[500];

	rng = 9;
	for (int round = 0; round < 3000; round++)
	{
		uint32		names = 1 + below(254);
		uint32		width = names + 2;
		uint32		n = 1 + below(round % 2 ? 32 : 500);
		uint32		distinct = 0;

		memset(used, 0, sizeof(used));
		for (uint32 i = 0; i < n; i++)
			path[i] = (uint8) (1 + below(names + 1));
		for (uint32 i = 0; i <= n; i++)
		{
			uint32		pair = (i == 0 ? 0 : path[i - 1]) * width +
				(i == n ? 0 : path[i]);

			distinct += !used[pair];
			used[pair] = 1;
		}
		jny_transitions(set, path, n, width);
		JNY_CASE(set->n == distinct, "%u of %u", set->n, distinct);
		for (uint32 i = 0; i < set->n; i++)
			JNY_CASE(used[set->pair[i]] && (i == 0 || set->pair[i - 1] < set->pair[i]),
					 "round %d", round);
	}
	ok(jny_cases_ok(), "transition sets are right, ascending, each once");
	jny_free(set);
}

int
main(void)
{
	test_transitions();
	test_small();
	test_planted();
	test_disjoint();
	test_order();
	test_sample();
	test_limits();
	return done_testing();
}

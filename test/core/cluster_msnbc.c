/*
 * cluster_msnbc.c
 *	  A model of one half of a million real visits, then of the other half
 *	  started from it: they agree on who is who.
 *
 * Runs when JOURNEY_MSNBC names msnbc990928.seq of the UCI repository's
 * "MSNBC.com Anonymous Web Data": a line of names, then one line of numbers
 * for each visitor.
 */
#include "cluster_test.h"

#include "core/cluster_sample.h"

#define HELD_OUT 20000

static char line[200000];

/* Both halves, and the visitors that label agreement is measured on. */
typedef struct Visits
{
	JnySample  *half[2];
	JnyDict    *dict;
	JnyCorpus  *corpus;			/* of the held-out */
	uint32		path[HELD_OUT];
	int			n;
} Visits;

/* The codes of a line's names in a dictionary; returns how many. */
static uint32
read_codes(JnyDict *dict, uint32 *codes)
{
	uint32		n = 0;

	for (char *p = line; n < JNY_CLUSTER_MAX_PATH;)
	{
		char	   *end;
		long		number = strtol(p, &end, 10);
		char		text[8];
		JnyName		name = {text, 0};

		if (end == p)
			break;
		name.len = (uint32) snprintf(text, sizeof(text), "n%ld", number);
		codes[n++] = jny_dict_put(dict, name);
		p = end;
	}
	return n;
}

static void
read_visits(FILE *file, Visits *v)
{
	static uint32 codes[JNY_CLUSTER_MAX_PATH];

	for (int64 row = 0; fgets(line, sizeof(line), file) != NULL;)
	{
		JnySample  *half = v->half[row % 2];
		uint64		hash = jny_key_hash_int(row);

		if (line[0] < '0' || line[0] > '9')
			continue;
		row++;
		if (row % 49 == 0 && v->n < HELD_OUT)
		{
			uint32		n = read_codes(v->dict, codes);

			v->path[v->n++] = jny_corpus_add(v->corpus, codes, n);
			continue;
		}
		half->customers++;
		if (!jny_sample_wants(half, hash))
			continue;
		jny_sample_begin(half);
		jny_sample_end(half, hash, read_codes(half->dict, half->codes), 100);
	}
}

/* Labels of the data's paths by an older model. */
static void
label_by(const JnyArchetypes *model, const JnyClusterData *data, uint8 *label)
{
	JnyTransitions *set = jny_alloc0(sizeof(JnyTransitions));
	static uint8 path[JNY_CLUSTER_MAX_PATH];

	for (uint32 i = 0; i < data->n; i++)
	{
		uint32		n = 0;

		for (size_t j = data->path_start[i]; j < data->path_start[i + 1]; j++)
			path[n++] = data->path[j] > data->nnames ? (uint8) (model->nnames + 1) :
				jny_archetypes_code(model, data->names[data->path[j] - 1]);
		jny_transitions(set, path, n, model->width);
		label[i] = (uint8) jny_archetypes_assign(model, set, NULL);
	}
	jny_free(set);
}

/* Labels of the held-out by a model. */
static void
label_held_out(const JnyArchetypes *model, const Visits *v, int *label)
{
	uint8	   *by_path = jny_alloc((size_t) v->corpus->npaths + 1);

	jny_archetypes_label(model, v->corpus, v->dict, by_path);
	for (int i = 0; i < v->n; i++)
		label[i] = by_path[v->path[i]];
	jny_free(by_path);
}

static void
test_k(const Visits *v, JnyClusterData *const *data, int kmin, int kmax)
{
	static int	label[2][HELD_OUT];
	JnyClusterFit fit;
	JnyArchetypes *model;
	int			k;
	double		ari;

	jny_cluster_fit(data[0], kmin, kmax, 0, JNY_CLUSTER_STARTS, &fit);
	k = fit.k;
	model = jny_archetypes_make(data[0], &fit);
	jny_cluster_fit_free(&fit);
	label_held_out(model, v, label[0]);
	fit.label = jny_alloc(data[1]->n);
	label_by(model, data[1], fit.label);
	jny_archetypes_free(model);
	jny_cluster_em(data[1], k, true, &fit);
	model = jny_archetypes_make(data[1], &fit);
	label_held_out(model, v, label[1]);
	ari = adjusted_rand(label[0], label[1], v->n);
	ok(ari >= .90, "k = %d%s: the halves agree by %.4f", k, kmin < kmax ? ", chosen" : "", ari);
	jny_archetypes_free(model);
	jny_cluster_fit_free(&fit);
}

int
main(void)
{
	const char *name = getenv("JOURNEY_MSNBC");
	FILE	   *file = name != NULL && name[0] != '\0' ? fopen(name, "r") : NULL;
	Visits	   *v = jny_alloc0(sizeof(Visits));
	JnyClusterData *data[2];

	if (file == NULL)
	{
		printf("1..0 # SKIP JOURNEY_MSNBC is not set\n");
		jny_free(v);
		return 0;
	}
	v->dict = jny_dict_create();
	v->corpus = jny_corpus_create();
	for (int h = 0; h < 2; h++)
		v->half[h] = jny_sample_create();
	read_visits(file, v);
	fclose(file);
	ok(v->half[0]->customers + v->half[1]->customers + v->n == 989818 && v->n == HELD_OUT,
	   "the file has all visitors");
	for (int h = 0; h < 2; h++)
	{
		JnyCorpus  *corpus = jny_sample_corpus(v->half[h]);

		data[h] = jny_cluster_data(corpus, v->half[h]->dict, 0, JNY_CLUSTER_SAMPLE);
		jny_corpus_free(corpus);
	}
	for (int k = 3; k <= 6; k++)
		test_k(v, data, k, k);
	test_k(v, data, 3, 6);
	for (int h = 0; h < 2; h++)
	{
		jny_cluster_data_free(data[h]);
		jny_sample_free(v->half[h]);
	}
	jny_corpus_free(v->corpus);
	jny_dict_free(v->dict);
	jny_free(v);
	return done_testing();
}

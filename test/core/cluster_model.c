/*
 * cluster_model.c
 *	  Stored models and samples of customers: written, read, merged, damaged.
 */
#include "cluster_test.h"

#include "core/cluster_model.h"
#include "core/cluster_sample.h"

#include <math.h>

static uint64 rng;

static uint32
below(uint32 n)
{
	rng += UINT64CONST(0x9E3779B97F4A7C15);
	return (uint32) (jny_mix64(rng) >> 32) % n;
}

/* A few kinds of path with noise. */
static void
random_path(char *out)
{
	static const char *const kinds[] = {"ad>product>cart>buy", "blog>case>pricing>demo", "login>help>ticket"};
	char		copy[100];

	*out = '\0';
	strcpy(copy, kinds[below(10) < 5 ? 0 : below(3)]);
	for (char *name = strtok(copy, ">"); name != NULL; name = strtok(NULL, ">"))
	{
		if (below(8) > 0)
			sprintf(out + strlen(out), "%s%s", *out ? ">" : "", name);
		if (below(8) == 0)
			sprintf(out + strlen(out), "%sx%u", *out ? ">" : "", below(4));
	}
	if (*out == '\0')
		strcpy(out, "x");
}

static Population *
random_population(int n, uint64 seed)
{
	Population *p = population_create();
	char		path[400];

	rng = seed;
	for (int i = 0; i < n; i++)
	{
		random_path(path);
		population_add(p, path, 0);
	}
	return p;
}

/* The bytes of a population's model; *data stays open. */
static uint8 *
write_model(const Population *p, int k, size_t *len, JnyClusterData **data,
			JnyClusterFit *fit, bool trust)
{
	double		stability[JNY_CLUSTER_MAX_K];

	*data = jny_cluster_data(p->corpus, p->dict, 0, 10000);
	jny_cluster_fit(*data, k, k, 0, 5, fit);
	if (trust)
		jny_cluster_stability(*data, fit, 0, 4, 2, stability);
	return jny_model_write(*data, fit, trust ? stability : NULL, p->n, 3, 0, len);
}

static void
test_log(void)
{
	double		worst = 0;

	for (int i = 1; i < 2000000; i += 7)
		worst = Max(worst, fabs(jny_log(i / 1000.0) - log(i / 1000.0)));
	ok(worst < 1e-15 * 8 && jny_log(1) == 0, "our logarithm is the library's: off by %g", worst);
}

/* What is read scores as what was written. */
static void
test_round_trip(void)
{
	for (int k = 1; k <= 5; k++)
	{
		Population *p = random_population(500, k);
		JnyClusterData *data;
		JnyClusterFit fit;
		JnyModelView view;
		JnyError	err;
		size_t		len;
		uint8	   *bytes = write_model(p, k, &len, &data, &fit, k > 1);
		JnyArchetypes *made = jny_archetypes_make(data, &fit);
		JnyArchetypes *opened;
		JnyTransitions *set = jny_alloc0(sizeof(JnyTransitions));

		JNY_CASE(jny_model_open(bytes, len, &view, &err) == JNY_OK, "at %d: %s", (int) err.at, err.expected);
		JNY_CASE(view.k == k && view.customers == 500 && view.skipped == 3 && view.total == 500, "k %d", k);
		opened = jny_archetypes_open(&view);
		for (uint32 i = 0; i < data->n; i++)
		{
			double		a[JNY_CLUSTER_MAX_K];
			double		b[JNY_CLUSTER_MAX_K];

			jny_transitions(set, data->path + data->path_start[i],
							(uint32) (data->path_start[i + 1] - data->path_start[i]), data->width);
			jny_archetypes_assign(made, set, a);
			jny_archetypes_assign(opened, set, b);
			for (int c = 0; c < k; c++)
				JNY_CASE(a[c] == b[c], "path %u: %.17g and %.17g", i, a[c], b[c]);
		}
		for (int c = 0; c < k; c++)
		{
			JnySignature signature[3];
			JnyText		text;
			int			n = jny_model_signature(&view, c, signature, 3);

			jny_text_init(&text);
			jny_model_name(&view, c, &text);
			JNY_CASE(n > 0 && text.len > 0, "archetype %d", c);
			for (int i = 1; i < n; i++)
				JNY_CASE(signature[i - 1].inside - signature[i - 1].outside >=
						 signature[i].inside - signature[i].outside, "signature in order");
			jny_free(text.data);
			JNY_CASE(k == 1 ? view.stability[c] == JNY_STABILITY_UNKNOWN : view.stability[c] <= 1000, "stability");
		}
		jny_archetypes_free(made);
		for (uint32 i = 0; i < opened->nnames; i++)
			jny_free((char *) opened->names[i].data);
		jny_archetypes_free(opened);
		jny_cluster_fit_free(&fit);
		jny_cluster_data_free(data);
		jny_free(set);
		jny_free(view.names);
		jny_free(bytes);
		population_free(p);
	}
	ok(jny_cases_ok(), "a stored model scores as the fit it came from");
}

/* Each cut and thousands of changed bytes: refused, or readable to the end. */
static void
test_damage(void)
{
	Population *p = random_population(300, 4);
	JnyClusterData *data;
	JnyClusterFit fit;
	size_t		len;
	uint8	   *bytes = write_model(p, 3, &len, &data, &fit, false);
	int			accepted = 0;

	for (int round = 0; round < 20000; round++)
	{
		size_t		n = round < (int) len ? (size_t) round : len;
		uint8	   *copy = malloc(n + 1);
		JnyModelView view;
		JnyError	err;

		memcpy(copy, bytes, n);
		for (uint32 change = n == len ? 1 + below(3) : 0; change > 0; change--)
			copy[below(3) ? below((uint32) n) : below(64)] = (uint8) (below(2) ? below(256) : below(4));
		copy = realloc(copy, Max(n, 1));
		if (jny_model_open(copy, n, &view, &err) == JNY_OK)
		{
			JnyArchetypes *model = jny_archetypes_open(&view);
			int			match[JNY_CLUSTER_MAX_K];
			double		likeness[JNY_CLUSTER_MAX_K];
			JnyText		text;

			jny_text_init(&text);
			for (int k = 0; k < view.k; k++)
			{
				jny_model_name(&view, k, &text);
				jny_model_path(&view, k, 6, " > ", &text);
			}
			jny_model_match(&view, &view, match, likeness);
			for (uint32 i = 0; i < view.npairs; i++)
				jny_model_transition(&view, jny_model_pair(&view, i), &text);
			jny_free(text.data);
			for (uint32 i = 0; i < model->nnames; i++)
				jny_free((char *) model->names[i].data);
			jny_archetypes_free(model);
			jny_free(view.names);
			accepted++;
			JNY_CASE(n == len, "accepted %d of %d bytes", (int) n, (int) len);
		}
		free(copy);
	}
	ok(jny_cases_ok() && accepted < 12000, "damaged models are refused or read safely (%d read)", accepted);
	jny_cluster_fit_free(&fit);
	jny_cluster_data_free(data);
	jny_free(bytes);
	population_free(p);
}

/* ---- samples ---- */

/* Takes a customer in as the binding does. */
static void
take(JnySample *sample, uint64 hash, const char *path, uint32 cost)
{
	uint32		n = 0;

	sample->customers++;
	if (!jny_sample_wants(sample, hash))
		return;
	jny_sample_begin(sample);
	while (*path != '\0')
	{
		size_t		len = strcspn(path, ">");
		JnyName		name = {path, (uint32) len};

		sample->codes[n++] = jny_dict_put(sample->dict, name);
		path += len + (path[len] == '>');
	}
	jny_sample_end(sample, hash, n, Max(cost, n));
}

static int
compare_hashes(const void *a, const void *b)
{
	const JnySampled *x = a;
	const JnySampled *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->cost > y->cost) - (x->cost < y->cost);
}

/* Are these the same customers? */
static bool
same_sample(const JnySample *a, const JnySample *b)
{
	qsort(a->entries, a->n, sizeof(JnySampled), compare_hashes);
	qsort(b->entries, b->n, sizeof(JnySampled), compare_hashes);
	if (a->n != b->n || a->limit != b->limit || a->cost != b->cost ||
		a->customers != b->customers)
		return false;
	for (uint32 i = 0; i < a->n; i++)
		if (a->entries[i].hash != b->entries[i].hash || a->entries[i].cost != b->entries[i].cost)
			return false;
	return true;
}

/* The model bytes of a sample. */
static uint8 *
model_of(const JnySample *sample, size_t *len)
{
	JnyCorpus  *corpus = jny_sample_corpus(sample);
	JnyClusterData *data = jny_cluster_data(corpus, sample->dict, 0, 10000);
	JnyClusterFit fit;
	uint8	   *bytes;

	jny_cluster_fit(data, 3, 3, 0, 2, &fit);
	bytes = jny_model_write(data, &fit, NULL, sample->customers, sample->skipped, 0, len);
	jny_cluster_fit_free(&fit);
	jny_cluster_data_free(data);
	jny_corpus_free(corpus);
	return bytes;
}

/*
 * Any split over any number of states, merged in any order, sent or not: the
 * same customers and the same model.  Costs make either limit bind.
 */
static void
test_split(void)
{
	enum
	{
		N = 14000
	};
	uint64	   *hash = malloc(N * sizeof(uint64));
	char	  (*path)[400] = malloc(N * sizeof(*path));

	for (int round = 0; round < 6; round++)
	{
		JnySample  *whole = jny_sample_create();
		JnySample  *part[4];
		uint32		dear = round % 3 == 1 ? 3000 : 1;
		size_t		len[2];
		uint8	   *bytes[2];

		rng = round + 1;
		for (int i = 0; i < N; i++)
		{
			random_path(path[i]);
			hash[i] = jny_key_hash_int(round % 3 == 2 ? below(4000) : i);
			take(whole, hash[i], path[i], dear);
		}
		for (int s = 0; s < 4; s++)
			part[s] = jny_sample_create();
		for (int i = N; i-- > 0;)
			take(part[below(4)], hash[i], path[i], dear);
		for (int s = 1; s < 4; s++)
		{
			size_t		n;
			uint8	   *sent = jny_sample_write(part[s], 0, &n);
			JnySample  *received = jny_sample_create();
			JnyError	err;

			JNY_CASE(jny_sample_read(sent, n, received, &err) == JNY_OK, "round %d: %s", round, err.expected);
			jny_sample_merge(part[0], received);
			jny_sample_free(received);
			jny_free(sent);
		}
		bytes[0] = model_of(whole, &len[0]);
		bytes[1] = model_of(part[0], &len[1]);
		JNY_CASE(len[0] == len[1] && memcmp(bytes[0], bytes[1], len[0]) == 0, "round %d: models differ", round);
		JNY_CASE(same_sample(whole, part[0]), "round %d: %u and %u customers", round, whole->n, part[0]->n);
		JNY_CASE(whole->n <= 10000 && whole->cost <= JNY_SAMPLE_COST && whole->n > 1000, "round %d: %u customers", round, whole->n);
		jny_free(bytes[0]);
		jny_free(bytes[1]);
		jny_sample_free(whole);
		for (int s = 0; s < 4; s++)
			jny_sample_free(part[s]);
	}
	free(hash);
	free(path);
	ok(jny_cases_ok(), "a sample does not depend on who gathered it, nor does its model");
}

/* Changed bytes of a sample: refused, or some sample, but nothing worse. */
static void
test_damaged_sample(void)
{
	JnySample  *sample = jny_sample_create();
	char		path[400];
	size_t		len;
	uint8	   *bytes;

	rng = 3;
	for (int i = 0; i < 50; i++)
	{
		random_path(path);
		take(sample, jny_key_hash_int(i), path, 1);
	}
	bytes = jny_sample_write(sample, 0, &len);
	for (int round = 0; round < 20000; round++)
	{
		size_t		n = round < (int) len ? (size_t) round : len;
		uint8	   *copy = malloc(Max(n, 1));
		JnySample  *read = jny_sample_create();
		JnyError	err;

		memcpy(copy, bytes, n);
		if (n == len)
			copy[below(2) ? below((uint32) n) : below(40)] = (uint8) (below(2) ? below(256) : below(4));
		if (jny_sample_read(copy, n, read, &err) == JNY_OK && n < len)
			JNY_CASE(false, "accepted %d of %d bytes", (int) n, (int) len);
		jny_sample_free(read);
		free(copy);
	}
	ok(jny_cases_ok(), "damaged samples are refused or read safely");
	jny_free(bytes);
	jny_sample_free(sample);
}

/* An archetype that both models have is matched, one that left is not. */
static void
test_match(void)
{
	static const char *const kinds[] = {"a>b>c>d", "e>f>g>h", "i>k>l>m", "n>o>p>q"};
	uint8	   *bytes[2];
	JnyModelView view[2];
	int			match[JNY_CLUSTER_MAX_K];
	double		likeness[JNY_CLUSTER_MAX_K];

	for (int m = 0; m < 2; m++)
	{
		Population *p = population_create();
		JnyClusterData *data;
		JnyClusterFit fit;
		JnyError	err;
		size_t		len;

		/* old: 50, 40, 30 of kinds 0, 1, 2; new: 30, 60, 45 of 0, 1, 3 */
		for (int i = 0; i < (m ? 30 : 50); i++)
			population_add(p, kinds[0], 0);
		for (int i = 0; i < (m ? 60 : 40); i++)
			population_add(p, kinds[1], 0);
		for (int i = 0; i < (m ? 45 : 30); i++)
			population_add(p, kinds[m ? 3 : 2], 0);
		bytes[m] = write_model(p, 3, &len, &data, &fit, false);
		jny_model_open(bytes[m], len, &view[m], &err);
		jny_cluster_fit_free(&fit);
		jny_cluster_data_free(data);
		population_free(p);
	}
	jny_model_match(&view[0], &view[1], match, likeness);
	ok(match[0] == 2 && match[1] == 0 && match[2] == -1 && likeness[0] == 1,
	   "archetypes are found again in another model: %d %d %d", match[0], match[1], match[2]);
	for (int m = 0; m < 2; m++)
	{
		jny_free(view[m].names);
		jny_free(bytes[m]);
	}
}

int
main(void)
{
	test_log();
	test_round_trip();
	test_damage();
	test_split();
	test_damaged_sample();
	test_match();
	return done_testing();
}

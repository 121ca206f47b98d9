/*
 * cluster_oracle.c
 *	  Archetypes against reference results kept outside the project.
 *
 * Runs when JOURNEY_ORACLES names a directory that has cluster/kmarkov300_*
 * and cluster/gen_*: labels and likelihoods computed by R and Python, and five
 * planted populations with the agreement a good fit must reach.
 */
#include "cluster_test.h"

#include <math.h>

#define MAX_ROWS 2000

static const char *directory;

/* One CSV file in memory: rows of at most 16 fields, quotes stripped. */
typedef struct Csv
{
	char	   *text;
	char	   *field[MAX_ROWS][16];
	int			nrows;			/* row 0 is the heading */
} Csv;

static Csv *
csv_read(const char *name)
{
	Csv		   *csv = calloc(1, sizeof(Csv));
	char		path[1024];
	FILE	   *file;
	size_t		len;
	char	   *p;

	snprintf(path, sizeof(path), "%s/cluster/%s", directory, name);
	file = fopen(path, "rb");
	if (file == NULL)
	{
		diag("cannot read %s: set JOURNEY_ORACLES to the directory that has cluster/", path);
		exit(1);
	}
	csv->text = malloc(4000000);
	len = fread(csv->text, 1, 3999999, file);
	csv->text[len] = '\0';
	fclose(file);
	for (p = csv->text; *p != '\0' && csv->nrows < MAX_ROWS; csv->nrows++)
		for (int f = 0;; f++)
		{
			char		end;

			csv->field[csv->nrows][f] = p + (*p == '"');
			p += strcspn(p, ",\r\n");
			end = *p;
			if (p[-1] == '"')
				p[-1] = '\0';
			*p++ = '\0';
			if (end == '\r')
				end = *p++;
			if (end != ',')
				break;
		}
	return csv;
}

static void
csv_free(Csv *csv)
{
	free(csv->text);
	free(csv);
}

/* A field of row i (from 1) by the name of its column. */
static const char *
csv_get(const Csv *csv, int i, const char *column)
{
	for (int f = 0; f < 16 && csv->field[0][f] != NULL; f++)
		if (strcmp(csv->field[0][f], column) == 0)
			return csv->field[i][f];
	diag("column %s is missing", column);
	exit(1);
}

static Population *
read_population(const char *name)
{
	Csv		   *csv = csv_read(name);
	Population *p = population_create();

	for (int i = 1; i < csv->nrows; i++)
		population_add(p, csv_get(csv, i, "path"),
					   atoi(csv_get(csv, i, "true_cluster")));
	csv_free(csv);
	return p;
}

static void
read_labels(const char *name, const char *column, int *label)
{
	Csv		   *csv = csv_read(name);

	for (int i = 1; i < csv->nrows; i++)
		label[i - 1] = atoi(csv_get(csv, i, column));
	csv_free(csv);
}

/* Position in the data of each customer's path. */
static void
find_paths(const Population *p, const JnyClusterData *data, uint32 *at)
{
	uint32		codes[JNY_CLUSTER_MAX_PATH];

	for (int c = 0; c < p->n; c++)
	{
		uint32		n = jny_corpus_path(p->corpus, p->path[c], codes);

		for (at[c] = 0; at[c] < data->n; at[c]++)
		{
			const uint8 *path = data->path + data->path_start[at[c]];
			uint32		i = 0;

			if (data->path_start[at[c] + 1] - data->path_start[at[c]] != n)
				continue;
			while (i < n && jny_name_cmp(data->names[path[i] - 1],
										 jny_dict_name(p->dict, codes[i])) == 0)
				i++;
			if (i == n)
				break;
		}
	}
}

/*
 * The data with a row of weight 1 for every customer, in the customers' order,
 * as the reference has it: there customers of one path may start apart.
 */
static JnyClusterData *
one_row_each(const Population *p, const JnyClusterData *data)
{
	JnyClusterData *each = jny_alloc(sizeof(JnyClusterData));
	uint32	   *at = malloc(p->n * sizeof(uint32));
	uint32		ntr = 0;
	uint32		nng = 0;

	find_paths(p, data, at);
	*each = *data;
	each->n = p->n;
	each->weight = malloc(p->n * sizeof(int64));
	each->tr_start = malloc((p->n + 1) * sizeof(uint32));
	each->ng_start = malloc((p->n + 1) * sizeof(uint32));
	each->tr = malloc(100 * p->n * sizeof(uint32));
	each->ng = malloc(100 * p->n * sizeof(uint32));
	for (int c = 0; c < p->n; c++)
	{
		each->weight[c] = 1;
		each->tr_start[c] = ntr;
		each->ng_start[c] = nng;
		for (uint32 j = data->tr_start[at[c]]; j < data->tr_start[at[c] + 1]; j++)
			each->tr[ntr++] = data->tr[j];
		for (uint32 j = data->ng_start[at[c]]; j < data->ng_start[at[c] + 1]; j++)
			each->ng[nng++] = data->ng[j];
	}
	each->tr_start[p->n] = ntr;
	each->ng_start[p->n] = nng;
	free(at);
	return each;
}

/* From given labels: every round's likelihood, the labels, the medoids. */
static void
test_trace(void)
{
	Population *p = read_population("kmarkov300_input.csv");
	JnyClusterData *data = jny_cluster_data(p->corpus, p->dict, 0, 10000);
	JnyClusterData *each = one_row_each(p, data);
	JnyClusterFit fit = {0};
	int		   *label = malloc(p->n * sizeof(int));
	Csv		   *csv;

	read_labels("kmarkov300_init_labels.csv", "init", label);
	fit.label = jny_alloc(each->n);
	for (int i = 0; i < p->n; i++)
		fit.label[i] = (uint8) (label[i] - 1);
	jny_cluster_em(each, 4, false, &fit);

	csv = csv_read("kmarkov300_trace_expected.csv");
	ok(fit.rounds == csv->nrows - 1, "EM takes %d rounds", fit.rounds);
	for (int i = 1; i < csv->nrows; i++)
		JNY_CASE(fabs(fit.trace[i - 1] - atof(csv_get(csv, i, "CL"))) < 1e-6,
				 "round %d: %.9f", i, fit.trace[i - 1]);
	ok(jny_cases_ok(), "each round has the likelihood of the reference");
	csv_free(csv);
	read_labels("kmarkov300_labels_expected.csv", "label", label);
	for (int i = 0; i < p->n; i++)
		JNY_CASE(fit.label[i] + 1 == label[i], "customer %d", i + 1);
	ok(jny_cases_ok(), "labels are those of the reference");
	csv = csv_read("kmarkov300_summary_expected.csv");
	for (int c = 0; c < 4; c++)
	{
		int			medoid = jny_cluster_medoid(each, fit.label, c) + 1;

		JNY_CASE(medoid == atoi(csv_get(csv, c + 1, "medoid_id")),
				 "cluster %d: customer %d", c + 1, medoid);
	}
	ok(jny_cases_ok(), "representatives are those of the reference");
	csv_free(csv);
	jny_cluster_fit_free(&fit);
	jny_cluster_fit(data, 1, 1, 0, 20, &fit);
	ok(fabs(fit.cl + 4677.403564) < 1e-6, "one cluster: CL %.6f", fit.cl);
	jny_cluster_fit_free(&fit);
	jny_cluster_data_free(data);
	population_free(p);
	free(each->weight);
	free(each->tr_start);
	free(each->tr);
	free(each->ng_start);
	free(each->ng);
	jny_free(each);
	free(label);
}

/* k chosen: within one of the truth, and labels that agree with it. */
static void
test_auto(const char *name, const char *input, int least, int most,
		  double floor)
{
	char		file[100];
	Population *p = read_population(input);
	int		   *label = malloc(p->n * sizeof(int));
	int		   *reference = malloc(p->n * sizeof(int));
	int			k = population_label(p, 0, 0, JNY_CLUSTER_SAMPLE, label);
	double		ari = adjusted_rand(label, p->truth, p->n);
	double		ari_reference;

	snprintf(file, sizeof(file), "%s_auto_expected.csv", name);
	read_labels(file, "archetype", reference);
	ari_reference = adjusted_rand(reference, p->truth, p->n);
	ok(k >= least && k <= most && ari >= floor,
	   "%s: chosen k = %d, agreement with the truth %.4f (the reference's %.4f)",
	   name, k, ari, ari_reference);
	ok(adjusted_rand(label, reference, p->n) > .7,
	   "%s: agreement with the reference %.4f", name,
	   adjusted_rand(label, reference, p->n));
	population_free(p);
	free(label);
	free(reference);
}

/* The true k: agreement and likelihood for ten seeds. */
static void
test_planted(const char *name, int k, double floor, double best, double slack)
{
	char		file[100];
	Population *p;
	int		   *label;
	double		least = 1;
	double		least_cl = 0;

	snprintf(file, sizeof(file), "gen_%s_1500.csv", name);
	p = read_population(file);
	label = malloc(p->n * sizeof(int));
	for (uint64 seed = 0; seed < 10; seed++)
	{
		JnyClusterData *data = jny_cluster_data(p->corpus, p->dict, seed, 10000);
		JnyClusterFit fit;

		jny_cluster_fit(data, k, k, seed, JNY_CLUSTER_STARTS, &fit);
		least_cl = seed == 0 ? fit.cl : Min(least_cl, fit.cl);
		jny_cluster_fit_free(&fit);
		jny_cluster_data_free(data);
		population_label(p, k, seed, 10000, label);
		least = Min(least, adjusted_rand(label, p->truth, p->n));
	}
	ok(least >= floor, "%s: ten seeds agree with the truth by %.4f at least",
	   name, least);
	ok(least_cl >= best * (1 + slack), "%s: worst likelihood %.3f, best known %.3f",
	   name, least_cl, best);
	free(label);
	population_free(p);
}

int
main(void)
{
	directory = getenv("JOURNEY_ORACLES");
	if (directory == NULL || directory[0] == '\0')
	{
		printf("1..0 # SKIP JOURNEY_ORACLES is not set\n");
		return 0;
	}
	test_trace();
	test_auto("kmarkov300", "kmarkov300_input.csv", 4, 4, .97);
	test_auto("gen_tpl_mid", "gen_tpl_mid_1500.csv", 4, 6, .94);
	test_auto("gen_tpl_long", "gen_tpl_long_1500.csv", 4, 6, .9);
	test_auto("gen_order", "gen_order_1500.csv", 3, 5, .9);
	test_auto("gen_mk_sep", "gen_mk_sep_1500.csv", 4, 6, .86);
	test_auto("gen_rt4", "gen_rt4_1500.csv", 3, 5, .95);
	test_planted("rt4", 4, .95, -19591.263, .001);
	test_planted("order", 4, .94, -28794.468, .001);
	test_planted("tpl_mid", 5, .87, -28825.177, .001);
	test_planted("tpl_long", 5, .82, -96624.697, .001);
	test_planted("mk_sep", 5, .83, -54630.79, .007);
	return done_testing();
}

/*
 * distance.c
 *	  Edit distance against dynamic programming and, when JOURNEY_ORACLES names
 *	  a directory with cluster/pam_paths40_*, against R.
 */
#include "core/distance.h"

#include "core/cluster.h"
#include "core/path.h"
#include "tap.h"

#include <math.h>

static uint64 rng;

static uint32
below(uint32 n)
{
	rng += UINT64CONST(0x9E3779B97F4A7C15);
	return (uint32) (jny_mix64(rng) >> 32) % n;
}

/* The textbook way. */
static uint64
slow_distance(const uint32 *a, uint32 m, const uint32 *b, uint32 n)
{
	uint32	   *row = malloc((n + 1) * sizeof(uint32));
	uint64		result;

	for (uint32 j = 0; j <= n; j++)
		row[j] = j;
	for (uint32 i = 1; i <= m; i++)
	{
		uint32		diagonal = row[0];

		row[0] = i;
		for (uint32 j = 1; j <= n; j++)
		{
			uint32		best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			best = Min(best, row[j] + 1);
			row[j] = Min(best, row[j - 1] + 1);
		}
	}
	result = row[n];
	free(row);
	return result;
}

static void
test_random(void)
{
	uint32		a[700];
	uint32		b[700];

	rng = 1;
	for (int round = 0; round < 4000; round++)
	{
		uint32		names = 1 + below(round % 3 ? 5 : 60);
		uint32		m = below(round % 10 ? 90 : 700);
		uint32		n = below(round % 10 ? 90 : 700);

		for (uint32 i = 0; i < m; i++)
			a[i] = below(names);
		for (uint32 i = 0; i < n; i++)
			b[i] = below(4) && i < m ? a[i] : below(names);
		JNY_CASE(jny_levenshtein(a, m, b, n, names) == slow_distance(a, m, b, n),
				 "round %d: lengths %u and %u", round, m, n);
		JNY_CASE(jny_levenshtein(b, n, a, m, names) == jny_levenshtein(a, m, b, n, names), "round %d", round);
	}
	ok(jny_cases_ok(), "blocks of bits count the edits of dynamic programming");
}

/* A journey of names separated by ">", on a dictionary of its own. */
static void
open_path(const char *text, JnyView *view)
{
	JnyDict    *dict = jny_dict_create();
	JnyPath		path;
	JnyError	err;
	size_t		len;
	uint8	   *bytes;
	int64		ts = 0;

	jny_path_init(&path, dict);
	while (*text != '\0' && *text != '\n' && *text != '"')
	{
		size_t		n = strcspn(text, ">\"\n");
		JnyName		name = {text, (uint32) n};
		JnyName		none = {"", 0};

		jny_path_add(&path, ts++, name, none, NULL, &err);
		text += n + (text[n] == '>');
	}
	bytes = jny_path_pack(&path, 0, &len, &err);
	jny_open(bytes, len, JNY_CHECK_FULL, view, &err);
	jny_path_reset(&path);
	jny_dict_free(dict);
}

static double
distance_of(const JnyView *x, const JnyView *y, uint32 *longer)
{
	uint32	   *a;
	uint32	   *b;
	uint32		m;
	uint32		n;
	uint32		ncodes = jny_common_codes(x, y, &a, &m, &b, &n);
	double		distance = (double) jny_levenshtein(a, m, b, n, ncodes);

	jny_free(a);
	*longer = Max(m, n);
	return distance;
}

static void
test_views(void)
{
	static const struct
	{
		const char *a;
		const char *b;
		double		edits;
		uint32		longer;
	}			cases[] = {
		{"", "", 0, 0}, {"a", "", 1, 1}, {"a>b>c", "a>b>c", 0, 3}, {"a>a>a>b", "a>b>b", 0, 2},
		{"a>b>c", "x>y>z", 3, 3}, {"a>b>c", "b>c", 1, 3}, {"ad>home>cart", "blog>home>cart>buy", 2, 4},
	};

	for (int i = 0; i < lengthof(cases); i++)
	{
		JnyView		x;
		JnyView		y;
		uint32		longer;
		double		d;

		open_path(cases[i].a, &x);
		open_path(cases[i].b, &y);
		d = distance_of(&x, &y, &longer);
		JNY_CASE(d == cases[i].edits && longer == cases[i].longer, "%s and %s: %g of %u", cases[i].a, cases[i].b, d, longer);
		jny_free((void *) x.bytes);
		jny_free((void *) y.bytes);
	}
	ok(jny_cases_ok(), "journeys on different dictionaries are compared by name, repeats once");
}

/* Products of feature vectors follow the cosine of the sets. */
static void
test_features(void)
{
	float		f[5][512];
	JnyView		view[5];
	static const char *const paths[] = {"a>b>c>d>e", "a>a>b>c>d>e", "a>b>c>d>f", "p>q>r>s>t", ""};
	double		dot[5] = {0};

	for (int i = 0; i < 5; i++)
	{
		open_path(paths[i], &view[i]);
		jny_features(&view[i], 512, f[i]);
		for (int d = 0; d < 512; d++)
			dot[i] += f[0][d] * f[i][d];
		jny_free((void *) view[i].bytes);
	}
	/* 11 features each, 8 of them shared by the first and the third */
	ok(fabs(dot[0] - 1) < 1e-6 && fabs(dot[1] - 1) < 1e-6 && fabs(dot[2] - 8.0 / 11) < .1 &&
	   fabs(dot[3]) < .2 && dot[4] == 0,
	   "features: %.3f %.3f %.3f %.3f %.3f", dot[0], dot[1], dot[2], dot[3], dot[4]);
}

static void
test_variety(void)
{
	JnyView		view;

	open_path("a>a>b>b", &view);
	ok(fabs(jny_entropy(&view) - 1) < 1e-12 && fabs(jny_complexity(&view) - sqrt(1.0 / 3)) < 1e-12,
	   "two names evenly: one bit, one step of three changes");
	jny_free((void *) view.bytes);
	open_path("a>a>a", &view);
	ok(jny_entropy(&view) == 0 && jny_complexity(&view) == 0, "one name: no variety");
	jny_free((void *) view.bytes);
}

/* All pairs of forty paths, as R's adist has them: repeats are kept there. */
static void
test_oracle(void)
{
	const char *directory = getenv("JOURNEY_ORACLES");
	char		name[1024];
	char		line[4096];
	static uint32 codes[50][64];
	uint32		length[50] = {0};
	JnyDict    *dict = jny_dict_create();
	FILE	   *file;
	int			pairs = 0;

	if (directory == NULL || directory[0] == '\0')
	{
		jny_dict_free(dict);
		return;
	}
	snprintf(name, sizeof(name), "%s/cluster/pam_paths40_input.csv", directory);
	file = fopen(name, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
	{
		int			id = atoi(line);
		char	   *p = strchr(line, ',') + 2;

		for (; id > 0 && *p != '"'; length[id]++)
		{
			size_t		n = strcspn(p, ">\"");
			JnyName		event = {p, (uint32) n};

			codes[id][length[id]] = jny_dict_put(dict, event);
			p += n + (p[n] == '>');
		}
	}
	fclose(file);
	snprintf(name, sizeof(name), "%s/cluster/pam_paths40_lev_expected.csv", directory);
	file = fopen(name, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
	{
		int			i;
		int			j;
		int			edits;

		if (sscanf(line, "%d,%d,%d", &i, &j, &edits) != 3)
			continue;
		pairs++;
		JNY_CASE(jny_levenshtein(codes[i], length[i], codes[j], length[j], jny_dict_count(dict)) == (uint64) edits,
				 "paths %d and %d", i, j);
	}
	fclose(file);
	ok(jny_cases_ok() && pairs == 780, "%d pairs have the distance of the reference", pairs);
	jny_dict_free(dict);
}

int
main(void)
{
	test_random();
	test_views();
	test_features();
	test_variety();
	test_oracle();
	return done_testing();
}

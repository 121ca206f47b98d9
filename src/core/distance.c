/*
 * distance.c
 *	  How far two journeys are apart, and journeys as points in space.
 */
#include "core/distance.h"

#include "core/cluster.h"

/* ---- edit distance ---- */

/*
 * One block of at most 64 codes of "a" against all of b: Myers 1999 in the
 * form of Hyyro 2003.  Bit i of plus and minus says whether the distance grows
 * or shrinks from row i to the next; step[j] is the change from column j to
 * the next in the row above the block, and becomes that of its last row.
 */
static void
run_block(const uint32 *a, uint32 rows, const uint32 *b, uint32 n,
		  uint64 *where, int8 *step)
{
	uint64		plus = ~UINT64CONST(0);
	uint64		minus = 0;
	uint64		last = UINT64CONST(1) << (rows - 1);

	for (uint32 i = 0; i < rows; i++)
		where[a[i]] |= UINT64CONST(1) << i;
	for (uint32 j = 0; j < n; j++)
	{
		uint64		equal = where[b[j]];
		uint64		vertical = equal | minus;
		uint64		horizontal;
		uint64		grow;
		uint64		fall;
		int			in = step[j];

		if ((j & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		equal |= in < 0;
		horizontal = (((equal & plus) + plus) ^ plus) | equal;
		grow = minus | ~(horizontal | plus);
		fall = plus & horizontal;
		step[j] = (int8) (((grow & last) != 0) - ((fall & last) != 0));
		grow = (grow << 1) | (in > 0);
		fall = (fall << 1) | (in < 0);
		plus = fall | ~(vertical | grow);
		minus = grow & vertical;
	}
	for (uint32 i = 0; i < rows; i++)
		where[a[i]] = 0;
}

uint64
jny_levenshtein(const uint32 *a, uint32 m, const uint32 *b, uint32 n,
				uint32 ncodes)
{
	uint64	   *where;
	int8	   *step;
	int64		distance = m;

	/* what both begin and end with costs nothing */
	while (m > 0 && n > 0 && a[0] == b[0])
	{
		a++, b++, m--, n--;
		distance--;
	}
	while (m > 0 && n > 0 && a[m - 1] == b[n - 1])
	{
		m--, n--;
		distance--;
	}
	if (m == 0 || n == 0)
		return Max(m, n);
	where = jny_alloc0((size_t) ncodes * sizeof(uint64));
	step = jny_alloc(n);
	memset(step, 1, n);
	for (uint32 row = 0; row < m; row += 64)
		run_block(a + row, Min(64, m - row), b, n, where, step);
	for (uint32 j = 0; j < n; j++)
		distance += step[j];
	jny_free(step);
	jny_free(where);
	return (uint64) distance;
}

/* Appends the collapsed path of a view in the codes of map; returns its length. */
static uint32
collapsed_codes(const JnyView *view, const uint32 *map, uint32 *codes)
{
	uint32		n = 0;

	for (uint32 i = 0; i < view->n; i++)
	{
		uint32		code = map[jny_code(view, i)];

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (n == 0 || codes[n - 1] != code)
			codes[n++] = code;
	}
	return n;
}

/* Both dictionaries are sorted, so one pass numbers their union. */
uint32
jny_common_codes(const JnyView *x, const JnyView *y, uint32 **a, uint32 *m,
				 uint32 **b, uint32 *n)
{
	size_t		names = (size_t) x->nnames + y->nnames;
	JnyName    *name = jny_alloc(names * sizeof(JnyName) + 1);
	uint32	   *map = jny_alloc(names * sizeof(uint32) + 1);
	uint32		i = 0;
	uint32		j = 0;
	uint32		ncodes = 0;

	jny_view_names(x, name);
	jny_view_names(y, name + x->nnames);
	for (; i < x->nnames || j < y->nnames; ncodes++)
	{
		int			c = i == x->nnames ? 1 : j == y->nnames ? -1 :
			jny_name_cmp(name[i], name[x->nnames + j]);

		if (c <= 0)
			map[i++] = ncodes;
		if (c >= 0)
			map[x->nnames + j++] = ncodes;
	}
	*a = jny_alloc(((size_t) x->n + y->n) * sizeof(uint32) + 1);
	*m = collapsed_codes(x, map, *a);
	*b = *a + *m;
	*n = collapsed_codes(y, map + x->nnames, *b);
	jny_free(map);
	jny_free(name);
	return ncodes;
}

/* ---- features ---- */

static int
compare_pairs(const void *a, const void *b)
{
	static uint32 comparisons = 0;
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	if ((++comparisons & JNY_INTERRUPT_MASK) == 0)
		JNY_CHECK_INTERRUPTS();
	return (x > y) - (x < y);
}

/* Adds one feature to the bucket its hash chooses, with a sign it chooses. */
static void
add_feature(float *features, uint32 dims, uint64 hash)
{
	features[(hash >> 1) % dims] += (hash & 1) ? 1 : -1;
}

/* FNV-1a of a name, mixed. */
static uint64
hash_name(JnyName name)
{
	uint64		h = UINT64CONST(0xcbf29ce484222325);

	for (uint32 i = 0; i < name.len; i++)
		h = (h ^ (uint8) name.data[i]) * UINT64CONST(0x100000001b3);
	return jny_mix64(h + name.len);
}

/*
 * The distinct names and the distinct pairs of neighbours, START and END
 * included, of the collapsed path: feature hashing with signs (Weinberger et
 * al. 2009), scaled to length 1.  The product of two such vectors estimates
 * the cosine of the sets.  O(n log n).
 */
void
jny_features(const JnyView *view, uint32 dims, float *features)
{
	JnyName    *name = jny_alloc(view->nnames * sizeof(JnyName) + 1);
	uint64	   *hash = jny_alloc(((size_t) view->nnames + 1) * sizeof(uint64));
	uint64	   *pair = jny_alloc(((size_t) view->n + 1) * sizeof(uint64));
	uint32		before = view->nnames;	/* START and END */
	size_t		n = 0;
	double		sum = 0;

	memset(features, 0, dims * sizeof(float));
	jny_view_names(view, name);
	for (uint32 i = 0; i < view->nnames; i++)
	{
		hash[i] = hash_name(name[i]);
		add_feature(features, dims, hash[i]);
	}
	hash[view->nnames] = 0;
	for (uint32 i = 0; i < view->n; i++)
	{
		uint32		code = jny_code(view, i);

		if (code != before)
			pair[n++] = ((uint64) before << 32) | code;
		before = code;
	}
	if (view->n > 0)
		pair[n++] = ((uint64) before << 32) | view->nnames;
	qsort(pair, n, sizeof(uint64), compare_pairs);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || pair[i] != pair[i - 1])
			add_feature(features, dims,
						jny_mix64(hash[pair[i] >> 32] * 3 +
								  hash[(uint32) pair[i]] +
								  UINT64CONST(0x9E3779B97F4A7C15)));
	for (uint32 i = 0; i < dims; i++)
		sum += (double) features[i] * features[i];
	for (uint32 i = 0; sum > 0 && i < dims; i++)
		features[i] = (float) (features[i] / sqrt(sum));
	jny_free(pair);
	jny_free(hash);
	jny_free(name);
}

/* ---- variety ---- */

/* 0 for a journey of one name and for an empty one. */
double
jny_entropy(const JnyView *view)
{
	uint32	   *count = jny_alloc0(((size_t) view->nnames + 1) * sizeof(uint32));
	double		sum = 0;

	for (uint32 i = 0; i < view->n; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		count[jny_code(view, i)]++;
	}
	for (uint32 i = 0; i < view->nnames && view->nnames > 1; i++)
		if (count[i] > 0)
			sum += count[i] * jny_log((double) view->n / count[i]);
	jny_free(count);
	return view->n == 0 ? 0 : sum / view->n / jny_log(2);
}

/*
 * The geometric mean of two shares: of steps that go to another event, and of
 * the entropy in what "alphabet" names could have at most (Gabadinho et al.
 * 2011, with the names of the journey as alphabet).
 */
double
jny_complexity(const JnyView *view)
{
	uint32		moves = 0;

	if (view->n < 2 || view->nnames < 2)
		return 0;
	for (uint32 i = 1; i < view->n; i++)
		moves += jny_code(view, i) != jny_code(view, i - 1);
	return sqrt((double) moves / (view->n - 1) *
				jny_entropy(view) * jny_log(2) / jny_log(view->nnames));
}

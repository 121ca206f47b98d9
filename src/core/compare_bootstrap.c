/*
 * compare_bootstrap.c
 *	  The interval of a difference of means by resampling customers.
 *
 * In a replicate each customer counts Poisson(1) times (Hanley & MacGibbon
 * 2006), so customers who share a value and a group count Poisson(m) times
 * together, m how many they are: it is drawn at once.  What is drawn depends on
 * the seed, the replicate, the value and the group only, not on the order of
 * rows, and uses no function of the machine's library, so that an interval is
 * the same everywhere.
 */
#include "core/compare.h"

#include <math.h>

/* ---- random numbers ---- */

/* Output function of splitmix64 (Steele et al. 2014): a bijection that mixes. */
static inline uint64
mix(uint64 x)
{
	x += UINT64CONST(0x9E3779B97F4A7C15);
	x = (x ^ (x >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

/*
 * The distribution function of Poisson(2^k): upper[i] belongs to from + i.
 * What lies beyond the table is below 1e-17 on both sides.
 */
typedef struct Table
{
	int64		from;
	int			n;
	double	   *upper;
} Table;

#define TABLES 21				/* more come from the last one, repeated */

/* Neighbours of the mode by their ratio, which needs no exponential. */
static void
make_table(Table *table, int k)
{
	int64		mean = INT64CONST(1) << k;
	int64		reach = 20;
	double		sum = 0;
	double		weight = 1;
	double	   *density;
	int			mode;

	while (reach * reach < 100 * mean)
		reach *= 2;
	table->from = Max(0, mean - reach);
	table->n = (int) (mean + reach - table->from) + 1;
	density = table->upper = (double *) jny_alloc(table->n * sizeof(double));
	mode = (int) (mean - table->from);
	for (int i = mode; i < table->n; i++)
	{
		density[i] = weight;
		weight *= (double) mean / (table->from + i + 1);
	}
	weight = 1;
	for (int i = mode; i > 0; i--)
	{
		weight *= (double) (table->from + i) / mean;
		density[i - 1] = weight;
	}
	for (int i = 0; i < table->n; i++)
		sum += density[i];
	weight = 0;
	for (int i = 0; i < table->n; i++)
		table->upper[i] = (weight += density[i]) / sum;
	table->upper[table->n - 1] = 1;
}

/* A draw, given 53 random bits. */
static inline int64
draw_table(const Table *table, uint64 bits)
{
	double		u = (bits >> 11) * (1.0 / (UINT64CONST(1) << 53));
	int			low = 0;
	int			high = table->n - 1;

	if (table->from == 0 && u < table->upper[2])
		return u < table->upper[0] ? 0 : u < table->upper[1] ? 1 : 2;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (u < table->upper[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return table->from + low;
}

/* Poisson(m) as the sum of one draw for each power of two in m. */
static int64
draw(const Table *table, int64 m, uint64 state)
{
	int64		sum = 0;

	for (int k = 0; k < TABLES - 1 && m >> k > 0; k++)
		if (m >> k & 1)
			sum += draw_table(&table[k], state = mix(state));
	for (int64 i = m >> (TABLES - 1); i > 0; i--)
		sum += draw_table(&table[TABLES - 1], state = mix(state));
	return sum;
}

/* ---- replicates ---- */

/* The mean of a group in a replicate; NaN when nobody was drawn. */
static double
resampled_mean(const Table *table, const JnyValue *value, size_t n, int group,
			   uint64 key)
{
	double		sum = 0;
	double		customers = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint64		bits;
		double		weight;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		if (value[i].n[group] == 0)
			continue;
		memcpy(&bits, &value[i].value, sizeof(bits));
		weight = (double) draw(table, value[i].n[group], key ^ mix(mix(bits) + group));
		customers += weight;
		sum += weight * value[i].value;
	}
	return customers > 0 ? sum / customers : NAN;
}

#define ST_SORT sort_doubles
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Between which bounds the middle of the numbers lies; they are sorted. */
static JnyRange
percentiles(double *number, uint32 n, double confidence)
{
	JnyRange	range = {NAN, NAN};
	double	   *bound[] = {&range.low, &range.high};

	if (n == 0)
		return range;
	sort_doubles(number, n);
	for (int i = 0; i < 2; i++)
	{
		double		at = (i == 0 ? 1 - confidence : 1 + confidence) / 2 * (n - 1);
		uint32		low = (uint32) at;
		uint32		high = Min(low + 1, n - 1);

		*bound[i] = number[low] + (at - low) * (number[high] - number[low]);
	}
	return range;
}

/* O(replicates * n). */
JnyBootstrap
jny_bootstrap(const JnyValue *value, size_t n, uint32 replicates, uint64 seed,
			  double confidence)
{
	Table		table[TABLES];
	double	   *difference = (double *) jny_alloc(replicates * sizeof(double) + 1);
	double	   *lift = (double *) jny_alloc(replicates * sizeof(double) + 1);
	uint32		ndifferences = 0;
	uint32		nlifts = 0;
	JnyBootstrap result;

	for (int k = 0; k < TABLES; k++)
		make_table(&table[k], k);
	for (uint32 r = 0; r < replicates; r++)
	{
		uint64		key = mix(seed + mix(r));
		double		one = resampled_mean(table, value, n, 0, key);
		double		two = resampled_mean(table, value, n, 1, key);

		if (isnan(one) || isnan(two))
			continue;
		difference[ndifferences++] = two - one;
		if (one > 0)
			lift[nlifts++] = two / one - 1;
	}
	result.difference = percentiles(difference, ndifferences, confidence);
	/* a mean that may be 0 or less has no ratio */
	result.lift = percentiles(lift, nlifts < ndifferences ? 0 : nlifts, confidence);
	for (int k = 0; k < TABLES; k++)
		jny_free(table[k].upper);
	jny_free(difference);
	jny_free(lift);
	return result;
}

/*
 * cluster_stability.c
 *	  How far an archetype can be trusted: refits on half samples.
 *
 * Hennig 2007: of each cluster the part that is in a half sample is compared
 * with the clusters found there; the greatest Jaccard similarity, averaged
 * over the refits, says how well the cluster is found again.
 */
#include "core/cluster.h"

/* How many of "weight" customers a fair coin keeps. */
static int64
keep_half(int64 weight, uint64 *rng)
{
	int64		kept = 0;

	for (; weight > 0; weight -= 64)
	{
		uint64		bits;

		*rng += UINT64CONST(0x9E3779B97F4A7C15);
		bits = jny_mix64(*rng);
		if (weight < 64)
			bits &= (UINT64CONST(1) << weight) - 1;
		kept += __builtin_popcountll(bits);
	}
	return kept;
}

/*
 * A half sample: paths nobody of which is drawn are left out.  row[i] becomes
 * the number in data of its path i.  Paths and names are not copied: only the
 * fit reads it.
 */
static JnyClusterData *
half_sample(const JnyClusterData *data, uint64 seed, uint32 *row)
{
	JnyClusterData *half = jny_alloc(sizeof(JnyClusterData));
	uint32		ntr = 0;
	uint32		nng = 0;

	*half = *data;
	half->n = 0;
	half->total = 0;
	half->weight = jny_alloc(((size_t) data->n + 1) * sizeof(int64));
	half->tr_start = jny_alloc(((size_t) data->n + 1) * sizeof(uint32));
	half->tr = jny_alloc(((size_t) data->tr_start[data->n] + 1) * sizeof(uint32));
	half->ng_start = jny_alloc(((size_t) data->n + 1) * sizeof(uint32));
	half->ng = jny_alloc(((size_t) data->ng_start[data->n] + 1) * sizeof(uint32));
	for (uint32 i = 0; i < data->n; i++)
	{
		int64		weight = keep_half(data->weight[i], &seed);
		uint32		n = data->tr_start[i + 1] - data->tr_start[i];
		uint32		g = data->ng_start[i + 1] - data->ng_start[i];

		if (weight == 0)
			continue;
		row[half->n] = i;
		half->weight[half->n] = weight;
		half->total += weight;
		half->tr_start[half->n] = ntr;
		half->ng_start[half->n++] = nng;
		memcpy(half->tr + ntr, data->tr + data->tr_start[i], n * sizeof(uint32));
		memcpy(half->ng + nng, data->ng + data->ng_start[i], g * sizeof(uint32));
		ntr += n;
		nng += g;
	}
	half->tr_start[half->n] = ntr;
	half->ng_start[half->n] = nng;
	return half;
}

/* Adds to stability[] what one half sample says. */
static void
compare_labels(const JnyClusterFit *fit, const JnyClusterData *half,
			   const JnyClusterFit *refit, const uint32 *row, double *stability)
{
	int64		both[JNY_CLUSTER_MAX_K][JNY_CLUSTER_MAX_K] = {{0}};
	int64		before[JNY_CLUSTER_MAX_K] = {0};
	int64		after[JNY_CLUSTER_MAX_K] = {0};

	for (uint32 i = 0; i < half->n; i++)
	{
		both[fit->label[row[i]]][refit->label[i]] += half->weight[i];
		before[fit->label[row[i]]] += half->weight[i];
		after[refit->label[i]] += half->weight[i];
	}
	for (int a = 0; a < fit->k; a++)
	{
		double		best = 0;

		for (int b = 0; b < refit->k; b++)
			if (both[a][b] > 0)
				best = Max(best, (double) both[a][b] /
						   (double) (before[a] + after[b] - both[a][b]));
		stability[a] += best;
	}
}

/*
 * The mean Jaccard similarity of each cluster of the fit over so many refits
 * of the same k, each from so many starts.  O(refits * starts * k * rounds *
 * transitions / 2).
 */
void
jny_cluster_stability(const JnyClusterData *data, const JnyClusterFit *fit,
					  uint64 seed, int refits, int starts, double *stability)
{
	uint32	   *row = jny_alloc(((size_t) data->n + 1) * sizeof(uint32));

	memset(stability, 0, JNY_CLUSTER_MAX_K * sizeof(double));
	for (int r = 0; r < refits; r++)
	{
		uint64		draw = jny_mix64(seed * refits + (uint64) r + 1);
		JnyClusterData *half = half_sample(data, draw, row);
		JnyClusterFit refit;

		jny_cluster_fit(half, fit->k, fit->k, draw, starts, &refit);
		if (half->n > 0)
			compare_labels(fit, half, &refit, row, stability);
		jny_cluster_fit_free(&refit);
		jny_free(half->weight);
		jny_free(half->tr_start);
		jny_free(half->tr);
		jny_free(half->ng_start);
		jny_free(half->ng);
		jny_free(half);
	}
	for (int k = 0; k < fit->k; k++)
		stability[k] /= refits;
	jny_free(row);
}

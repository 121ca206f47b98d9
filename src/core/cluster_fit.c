/*
 * cluster_fit.c
 *	  Classification EM for a mixture of Markov chains on transition sets.
 *
 * Celeux & Govaert 1992; starts by k-means++ (Arthur & Vassilvitskii 2007) and
 * a few Lloyd rounds on unit vectors of n-grams.  Every sum of doubles runs in
 * canonical order of the data and every tie goes to the lowest index, so the
 * result is a function of data, k and seed, to the bit.
 */
#include "core/cluster.h"

#define LLOYD_ROUNDS 3

/*
 * The memory of a fit for one k, reused by all starts.  Tables hold stride
 * doubles for each column of a sparse matrix, so that one row of a table is
 * everything a path needs to know about that column.
 */
typedef struct Fitter
{
	const JnyClusterData *data;
	int			k;
	int			stride;
	int64	   *count;			/* transitions: customers of each cluster */
	double	   *logp;			/* transitions: log probability */
	double	   *centre;			/* n-grams: coordinates of the centres */
	double	   *seed;			/* n-grams: one centre while seeding */
	double	   *unit;			/* length of each path's n-gram vector, inverted */
	double	   *dist;			/* of each path to the nearest centre */
	double	   *chance;
	uint8	   *label;
	bool		pairs;			/* score by pairs, too: see estimate */
} Fitter;

/* splitmix64, uniform in [0, 1) with 53 bits. */
static double
next_uniform(uint64 *state)
{
	*state += UINT64CONST(0x9E3779B97F4A7C15);
	return (double) (jny_mix64(*state) >> 11) / 9007199254740992.0;
}

static Fitter *
fitter_create(const JnyClusterData *data, int k)
{
	Fitter	   *f = jny_alloc0(sizeof(Fitter));
	size_t		ntr = (size_t) data->nseen + 1;
	size_t		nng = (size_t) data->ngrams + 1;
	size_t		n = (size_t) data->n + 1;

	f->data = data;
	f->k = k;
	f->stride = jny_cluster_stride(k);
	f->count = jny_alloc(ntr * f->stride * sizeof(int64));
	f->logp = jny_alloc0(ntr * f->stride * sizeof(double));
	f->centre = jny_alloc(nng * f->stride * sizeof(double));
	f->seed = jny_alloc(nng * sizeof(double));
	f->unit = jny_alloc(n * sizeof(double));
	f->dist = jny_alloc(n * sizeof(double));
	f->chance = jny_alloc(n * sizeof(double));
	f->label = jny_alloc(n);
	for (uint32 i = 0; i < data->n; i++)
		f->unit[i] = 1.0 / sqrt((double) (data->ng_start[i + 1] - data->ng_start[i]));
	return f;
}

static void
fitter_free(Fitter *f)
{
	jny_free(f->count);
	jny_free(f->logp);
	jny_free(f->centre);
	jny_free(f->seed);
	jny_free(f->unit);
	jny_free(f->dist);
	jny_free(f->chance);
	jny_free(f->label);
	jny_free(f);
}

/* ---- starts ---- */

/* A path drawn with probability proportional to chance[]. */
static uint32
draw_path(const double *chance, uint32 n, uint64 *rng)
{
	double		sum = 0;
	double		u;

	for (uint32 i = 0; i < n; i++)
		sum += chance[i];
	u = next_uniform(rng) * sum;
	for (uint32 i = 0; i < n; i++)
	{
		u -= chance[i];
		if (u <= 0)
			return i;
	}
	return n - 1;
}

/*
 * Makes path number "first" the centre of cluster k, and lowers the distances
 * of all paths to the nearest centre.
 */
static void
place_centre(Fitter *f, int k, uint32 first)
{
	const JnyClusterData *d = f->data;

	memset(f->seed, 0, d->ngrams * sizeof(double));
	for (uint32 j = d->ng_start[first]; j < d->ng_start[first + 1]; j++)
	{
		f->seed[d->ng[j]] = f->unit[first];
		f->centre[(size_t) d->ng[j] * f->stride + k] = f->unit[first];
	}
	for (uint32 i = 0; i < d->n; i++)
	{
		double		dot = 0;
		double		v;

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		for (uint32 j = d->ng_start[i]; j < d->ng_start[i + 1]; j++)
			dot += f->seed[d->ng[j]];
		v = 2 - 2 * f->unit[i] * dot;
		f->dist[i] = Min(f->dist[i], Max(0.0, v));
	}
}

/* Labels every path by its nearest centre; returns how many labels changed. */
static uint32
nearest_centres(Fitter *f, const double *norm)
{
	const JnyClusterData *d = f->data;
	uint32		changed = 0;

	for (uint32 i = 0; i < d->n; i++)
	{
		double		dot[JNY_CLUSTER_MAX_K];
		double		least = 1e300;
		int			best = 0;

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		jny_cluster_sums(f->centre, f->stride, d->ng + d->ng_start[i],
						 d->ng_start[i + 1] - d->ng_start[i], dot);
		for (int k = 0; k < f->k; k++)
		{
			double		v = 1 - 2 * f->unit[i] * dot[k] + norm[k];

			if (v < least)
			{
				least = v;
				best = k;
			}
		}
		changed += f->label[i] != best;
		f->label[i] = (uint8) best;
	}
	return changed;
}

/* Moves the centres to the means of their members, and measures them. */
static void
move_centres(Fitter *f, double *norm)
{
	const JnyClusterData *d = f->data;
	double		size[JNY_CLUSTER_MAX_K] = {0};

	memset(f->centre, 0, (size_t) d->ngrams * f->stride * sizeof(double));
	for (uint32 i = 0; i < d->n; i++)
	{
		double		step = d->weight[i] * f->unit[i];

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		size[f->label[i]] += d->weight[i];
		for (uint32 j = d->ng_start[i]; j < d->ng_start[i + 1]; j++)
			f->centre[(size_t) d->ng[j] * f->stride + f->label[i]] += step;
	}
	for (int k = 0; k < f->k; k++)
		norm[k] = 0;
	for (uint32 g = 0; g < d->ngrams; g++)
		for (int k = 0; k < f->k; k++)
		{
			double	   *v = &f->centre[(size_t) g * f->stride + k];

			if (size[k] > 0)
				*v /= size[k];
			norm[k] += *v * *v;
		}
}

/* Labels of one start: k-means++ seeding, then a few Lloyd rounds. */
static void
seed_labels(Fitter *f, uint64 rng)
{
	const JnyClusterData *d = f->data;
	double		norm[JNY_CLUSTER_MAX_K];

	memset(f->centre, 0, (size_t) d->ngrams * f->stride * sizeof(double));
	for (uint32 i = 0; i < d->n; i++)
	{
		f->dist[i] = 1e9;
		f->chance[i] = (double) d->weight[i];
	}
	for (int k = 0; k < f->k; k++)
	{
		place_centre(f, k, draw_path(f->chance, d->n, &rng));
		norm[k] = 1.0;
		for (uint32 i = 0; i < d->n; i++)
			f->chance[i] = f->dist[i] * d->weight[i];
	}
	memset(f->label, 0xFF, d->n);
	for (int round = 0;; round++)
	{
		if (nearest_centres(f, norm) == 0 || round == LLOYD_ROUNDS)
			break;
		move_centres(f, norm);
	}
}

/* ---- EM ---- */

/* Adds path i to the counts of cluster k, or takes it out (sign -1). */
static inline void
count_path(Fitter *f, int64 *size, uint32 i, int k, int sign)
{
	const JnyClusterData *d = f->data;
	int64		w = sign * d->weight[i];

	size[k] += w;
	for (uint32 j = d->tr_start[i]; j < d->tr_start[i + 1]; j++)
		f->count[(size_t) d->tr[j] * f->stride + k] += w;
}

/*
 * Log probabilities from the counts, smoothed by one customer per transition
 * that occurs anywhere in the data: of a step given the event before it, each
 * row of the chain by itself; with f->pairs the mean of that and of the step
 * among all of the cluster.
 */
static void
estimate(Fitter *f, const int64 *size, double *prior)
{
	const JnyClusterData *d = f->data;
	uint32		row = 0;
	double		all[JNY_CLUSTER_MAX_K];

	for (int k = 0; k < f->k; k++)
	{
		int64		sum = d->nseen;

		prior[k] = jny_log((size[k] + 1.0) / (double) (d->total + f->k));
		for (uint32 t = 0; f->pairs && t < d->nseen; t++)
			sum += f->count[(size_t) t * f->stride + k];
		all[k] = (double) sum;
	}
	while (row < d->nseen)
	{
		uint32		from = d->seen[row] / d->width;
		uint32		end = row;
		int64		sum[JNY_CLUSTER_MAX_K] = {0};
		double		share[JNY_CLUSTER_MAX_K];

		for (; end < d->nseen && d->seen[end] / d->width == from; end++)
			for (int k = 0; k < f->k; k++)
				sum[k] += f->count[(size_t) end * f->stride + k] + 1;
		for (int k = 0; k < f->k; k++)
			share[k] = f->pairs ? 0.5 * jny_log((double) sum[k] / all[k]) : 0;
		for (; row < end; row++)
			for (int k = 0; k < f->k; k++)
			{
				size_t		at = (size_t) row * f->stride + k;

				f->logp[at] = jny_log((f->count[at] + 1.0) / (double) sum[k]) + share[k];
			}
	}
}

/*
 * Sets fit->joint and fit->posterior.  EM asks how probable each step is given
 * the one before; by that measure two groups that have no event in common are
 * no better apart than together, for either way each step is certain.  So fits
 * are compared by how probable the pairs of events are: the likelihood of all
 * transitions under one distribution per cluster, and the same with the prior
 * that smoothing by one customer amounts to.
 */
static void
compare_by_pairs(const Fitter *f, const int64 *size, const double *prior,
				 JnyClusterFit *fit)
{
	const JnyClusterData *d = f->data;

	fit->joint = 0;
	fit->posterior = 0;
	fit->used = 0;
	for (int k = 0; k < f->k; k++)
	{
		int64		sum = d->nseen;
		double		logsum;

		for (uint32 t = 0; t < d->nseen; t++)
			sum += f->count[(size_t) t * f->stride + k];
		logsum = jny_log((double) sum);
		for (uint32 t = 0; t < d->nseen; t++)
		{
			int64		count = f->count[(size_t) t * f->stride + k];
			double		logp = jny_log(count + 1.0) - logsum;

			fit->joint += count * logp;
			fit->posterior += logp;
		}
		fit->joint += size[k] * prior[k];
		fit->posterior += prior[k];
		fit->used += size[k] > 0;
	}
	fit->posterior += fit->joint;
}

/*
 * EM from the labels in f->label, which it replaces, until no label changes.
 * Counts are integers, so updating them for the paths that moved is exact.
 */
static void
run_em(Fitter *f, JnyClusterFit *fit)
{
	const JnyClusterData *d = f->data;
	int64		size[JNY_CLUSTER_MAX_K] = {0};
	double		prior[JNY_CLUSTER_MAX_K];

	memset(f->count, 0, (size_t) d->nseen * f->stride * sizeof(int64));
	for (uint32 i = 0; i < d->n; i++)
		count_path(f, size, i, f->label[i], 1);
	fit->rounds = 0;
	while (fit->rounds < JNY_CLUSTER_ROUNDS)
	{
		bool		moved = false;
		double		cl = 0;

		estimate(f, size, prior);
		for (uint32 i = 0; i < d->n; i++)
		{
			double		sum[JNY_CLUSTER_MAX_K];
			double		most = -1e300;
			int			best = 0;

			if ((i & 0xFF) == 0)
				JNY_CHECK_INTERRUPTS();
			jny_cluster_sums(f->logp, f->stride, d->tr + d->tr_start[i],
							 d->tr_start[i + 1] - d->tr_start[i], sum);
			for (int k = 0; k < f->k; k++)
				if (prior[k] + sum[k] > most)
				{
					most = prior[k] + sum[k];
					best = k;
				}
			cl += d->weight[i] * most;
			if (best != f->label[i])
			{
				count_path(f, size, i, f->label[i], -1);
				count_path(f, size, i, best, 1);
				f->label[i] = (uint8) best;
				moved = true;
			}
		}
		fit->cl = fit->trace[fit->rounds++] = cl;
		if (!moved)
			break;
	}
	compare_by_pairs(f, size, prior, fit);
}

/* The classification log-likelihood of the chains that the labels make. */
static double
chain_likelihood(Fitter *f)
{
	const JnyClusterData *d = f->data;
	int64		size[JNY_CLUSTER_MAX_K] = {0};
	double		prior[JNY_CLUSTER_MAX_K];
	double		cl = 0;

	for (uint32 i = 0; i < d->n; i++)
		size[f->label[i]] += d->weight[i];
	estimate(f, size, prior);
	for (uint32 i = 0; i < d->n; i++)
	{
		double		sum[JNY_CLUSTER_MAX_K];
		double		most = -1e300;

		if ((i & 0xFF) == 0)
			JNY_CHECK_INTERRUPTS();
		jny_cluster_sums(f->logp, f->stride, d->tr + d->tr_start[i],
						 d->tr_start[i + 1] - d->tr_start[i], sum);
		for (int k = 0; k < f->k; k++)
			most = Max(most, prior[k] + sum[k]);
		cl += d->weight[i] * most;
	}
	return cl;
}

/*
 * Goes on from a fit by the mean of chains and pairs: the chains alone take
 * every step from an event that a cluster never had to be as probable as can
 * be.  fit->cl becomes the likelihood of the chains at the last labels; rounds
 * and trace stay those of the first EM.
 */
static void
polish(Fitter *f, JnyClusterFit *fit)
{
	JnyClusterFit *chains;

	if (f->k == 1)
		return;
	chains = jny_alloc(sizeof(JnyClusterFit));
	*chains = *fit;
	f->pairs = true;
	run_em(f, fit);
	f->pairs = false;
	fit->cl = chain_likelihood(f);
	fit->rounds = chains->rounds;
	memcpy(fit->trace, chains->trace, sizeof(fit->trace));
	jny_free(chains);
}

void
jny_cluster_em(const JnyClusterData *data, int k, bool both, JnyClusterFit *fit)
{
	Fitter	   *f = fitter_create(data, k);

	memcpy(f->label, fit->label, data->n);
	run_em(f, fit);
	if (both)
		polish(f, fit);
	fit->k = k;
	memcpy(fit->label, f->label, data->n);
	fitter_free(f);
}

/* ---- choice of start and of k ---- */

/*
 * Whether a fit beats another: more clusters that have members, then the
 * greater posterior.  The plain likelihood would now and then spend a cluster
 * on a rare variant; the posterior alone would rather leave one empty.
 */
static bool
better_fit(const JnyClusterFit *a, const JnyClusterFit *b)
{
	if (a->used != b->used)
		return a->used > b->used;
	return a->posterior > b->posterior + 1e-9;
}

/* The best start, the first among equals. */
static void
best_start(const JnyClusterData *data, int k, uint64 seed, int starts,
		   JnyClusterFit *best)
{
	Fitter	   *f = fitter_create(data, k);
	JnyClusterFit *fit = jny_alloc0(sizeof(JnyClusterFit));

	best->label = jny_alloc((size_t) data->n + 1);
	best->k = 0;
	for (int start = 0; start < (k == 1 ? 1 : starts); start++)
	{
		if (data->progress != NULL)
			data->progress(k, start + 1, starts);
		if (k == 1)
			memset(f->label, 0, data->n);
		else
			seed_labels(f, seed * 1000003 + (uint64) k * 1009 + start);
		run_em(f, fit);
		if (best->k > 0 && !better_fit(fit, best))
			continue;
		fit->label = best->label;
		*best = *fit;
		best->k = k;
		memcpy(best->label, f->label, data->n);
	}
	jny_free(fit);
	fitter_free(f);
}

/* The number of clusters by JNY_CLUSTER_GAIN, and its best start. */
static void
choose_k(const JnyClusterData *data, int kmin, int kmax, uint64 seed,
		 int starts, JnyClusterFit *fit)
{
	JnyClusterFit next;
	double		whole;

	best_start(data, 1, seed, starts, fit);
	whole = fabs(fit->joint);
	jny_free(fit->label);
	best_start(data, kmin, seed, starts, fit);
	for (int k = kmin + 1; k <= kmax; k++)
	{
		best_start(data, k, seed, starts, &next);
		if (!(next.joint - fit->joint >= JNY_CLUSTER_GAIN * whole))
		{
			jny_free(next.label);
			return;
		}
		jny_free(fit->label);
		*fit = next;
	}
}

/*
 * Fits kmin .. kmax clusters, 1 <= kmin <= kmax <= JNY_CLUSTER_MAX_K, fewer
 * when there are fewer distinct paths.  One more cluster is taken while it
 * raises the likelihood by JNY_CLUSTER_GAIN of that of a single cluster, a
 * rule that does not depend on the number of customers.  Without a path k is 0.
 * O(starts * k * rounds * transitions) for each k tried.
 */
void
jny_cluster_fit(const JnyClusterData *data, int kmin, int kmax, uint64 seed,
				int starts, JnyClusterFit *fit)
{
	Fitter	   *f;

	memset(fit, 0, sizeof(JnyClusterFit));
	if (data->n == 0)
		return;
	kmin = (int) Min((uint32) kmin, data->n);
	kmax = (int) Min((uint32) kmax, data->n);
	if (kmin == kmax)
		best_start(data, kmin, seed, starts, fit);
	else
		choose_k(data, kmin, kmax, seed, starts, fit);
	f = fitter_create(data, fit->k);
	memcpy(f->label, fit->label, data->n);
	polish(f, fit);
	memcpy(fit->label, f->label, data->n);
	fitter_free(f);
}

void
jny_cluster_fit_free(JnyClusterFit *fit)
{
	if (fit->label != NULL)
		jny_free(fit->label);
	fit->label = NULL;
}

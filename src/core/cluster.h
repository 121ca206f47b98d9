/*
 * cluster.h
 *	  Archetypes: customers grouped by the set of transitions on their path.
 *
 *	  paths --> JnyCorpus --> JnyClusterData --> JnyClusterFit --> JnyArchetypes
 *	  (any order) distinct,   a sample in       a label for      scores for
 *	              weighted    canonical order,  each path of     any path
 *	                          as sparse sets    the sample
 *
 * The model is a mixture of k first-order Markov chains on the *set* of
 * distinct transitions of a path, START and END included, so neither repeats
 * nor long paths dominate; it is fitted by classification EM (Celeux & Govaert
 * 1992) from 20 seeded k-means++ starts, at last with each step's share of all
 * steps of its cluster weighing as much as its share of those from the same
 * event.  Counts are integers, sums run in
 * canonical order and the generator is ours: the same customers give the same
 * bits whatever the order they arrive in.
 */
#ifndef JOURNEY_CLUSTER_H
#define JOURNEY_CLUSTER_H

#include "core/path.h"

#include <math.h>

#define JNY_CLUSTER_MAX_K		16
#define JNY_CLUSTER_MIN_AUTO_K	3
#define JNY_CLUSTER_MAX_AUTO_K	6
#define JNY_CLUSTER_STARTS		20
#define JNY_CLUSTER_REFITS		10	/* half samples that measure stability */
#define JNY_CLUSTER_REFIT_STARTS 5
#define JNY_CLUSTER_ROUNDS		100	/* of EM, at most */
#define JNY_CLUSTER_GAIN		0.004	/* share of |joint(1)| one more must bring */
#define JNY_CLUSTER_SAMPLE		10000	/* customers the model is fitted on */
#define JNY_CLUSTER_STEPS		4000000 /* and events on their distinct paths */

/* A longer path is seen as its first HEAD and its last TAIL events. */
#define JNY_CLUSTER_HEAD		3000
#define JNY_CLUSTER_TAIL		1000
#define JNY_CLUSTER_MAX_PATH	(JNY_CLUSTER_HEAD + JNY_CLUSTER_TAIL)

/* Names that keep a code of their own; the rest share one, OTHER. */
#define JNY_CLUSTER_NAMES		254
#define JNY_CLUSTER_WIDTH		(JNY_CLUSTER_NAMES + 2)

/* ---- corpus: every path of the population, each distinct one once ---- */

typedef struct JnyCorpusPath
{
	size_t		at;				/* first byte in the arena */
	uint32		weight;			/* customers that took it */
	uint32		hash;
} JnyCorpusPath;

/*
 *	  arena   codes as varints, path after path
 *	  paths   where each begins; it ends where the next one begins
 *	  slots   hash table of paths: position + 1, 0 free
 */
typedef struct JnyCorpus
{
	uint8	   *arena;
	size_t		used;
	size_t		cap;
	JnyCorpusPath *paths;
	uint32		npaths;
	uint32		paths_cap;
	uint32	   *slots;
	uint32		nslots;			/* a power of two */
	int64		weight;			/* customers */
	int64		steps;			/* events on the distinct paths */
} JnyCorpus;

extern JnyCorpus *jny_corpus_create(void);
extern uint32 jny_corpus_add(JnyCorpus *corpus, const uint32 *codes, uint32 n);
extern uint32 jny_corpus_path(const JnyCorpus *corpus, uint32 path,
							  uint32 *codes);
extern uint32 *jny_corpus_sample(const JnyCorpus *corpus, const JnyDict *dict,
								 uint64 seed, uint32 sample);
extern void jny_corpus_free(JnyCorpus *corpus);

/* ---- data: what the fit sees ---- */

/* Told before each start: the number of clusters tried, which start of how many. */
typedef void (*JnyClusterProgress) (int k, int start, int starts);

/*
 * Codes: 0 START and END, 1 .. nnames the names sorted bytewise, nnames + 1
 * OTHER; width = nnames + 2.  A transition is the pair from * width + to.
 * Both sparse matrices are rows of ascending columns, row i from start[i] to
 * start[i + 1].
 */
typedef struct JnyClusterData
{
	uint32		nnames;
	JnyName    *names;			/* slices of the dictionary */
	uint32		width;
	uint32		n;				/* distinct paths, in canonical order */
	int64	   *weight;
	int64		total;			/* sum of weight */
	size_t	   *path_start;
	uint8	   *path;			/* codes */
	uint32		nseen;			/* distinct transitions */
	uint16	   *seen;			/* their pairs, ascending */
	uint32	   *tr_start;
	uint32	   *tr;				/* the path's transitions, positions in seen */
	uint32		ngrams;			/* columns of ng */
	uint32	   *ng_start;
	uint32	   *ng;				/* distinct bigrams and events, repeats collapsed */
	JnyClusterProgress progress;	/* called before each start, if not NULL */
} JnyClusterData;

extern JnyClusterData *jny_cluster_data(const JnyCorpus *corpus,
										const JnyDict *dict, uint64 seed,
										uint32 sample);
extern void jny_cluster_data_free(JnyClusterData *data);

/* ---- fit ---- */

typedef struct JnyClusterFit
{
	int			k;
	int			used;			/* clusters that have members */
	int			rounds;			/* of EM until no label changed */
	double		cl;				/* classification log-likelihood of the chains */
	double		joint;			/* the same of pairs of events: see the .c */
	double		posterior;		/* joint with the prior, to compare fits by */
	uint8	   *label;			/* of each path of the data, from 0 */
	double		trace[JNY_CLUSTER_ROUNDS];	/* cl before each round's change */
} JnyClusterFit;

/*
 * EM from the labels in fit->label, which the caller allocates and sets: by
 * the chains alone or, as jny_cluster_fit does, by both.
 */
extern void jny_cluster_em(const JnyClusterData *data, int k, bool both,
						   JnyClusterFit *fit);

/* The best of so many seeded starts, for a k between kmin and kmax. */
extern void jny_cluster_fit(const JnyClusterData *data, int kmin, int kmax,
							uint64 seed, int starts, JnyClusterFit *fit);
extern void jny_cluster_fit_free(JnyClusterFit *fit);

/* How well each cluster is found again in so many half samples, 0 to 1. */
extern void jny_cluster_stability(const JnyClusterData *data,
								  const JnyClusterFit *fit, uint64 seed,
								  int refits, int starts, double *stability);

/* ---- archetypes: the model, which outlives data and fit ---- */

/* The distinct transitions of one path; start with all zero. */
typedef struct JnyTransitions
{
	uint32		n;
	uint16		pair[JNY_CLUSTER_MAX_PATH + 1];	/* ascending */
	uint64		bits[JNY_CLUSTER_WIDTH * JNY_CLUSTER_WIDTH / 64];	/* scratch */
} JnyTransitions;

extern void jny_transitions(JnyTransitions *set, const uint8 *codes, uint32 n,
							uint32 width);

/*
 * Clusters by their share of the sample, the largest first; empty ones are
 * left out.  table holds stride doubles (k of them used) for every pair.
 */
typedef struct JnyArchetypes
{
	int			k;
	int			stride;
	uint32		nnames;
	JnyName    *names;			/* slices of the dictionary */
	uint64	   *prefix;			/* their first eight bytes, see name_prefix */
	uint32		width;
	int64		total;			/* customers in the sample */
	int64		weight[JNY_CLUSTER_MAX_K];
	double		prior[JNY_CLUSTER_MAX_K];
	double	   *table;
	uint8	   *medoid[JNY_CLUSTER_MAX_K];	/* codes of the representative */
	uint32		medoid_len[JNY_CLUSTER_MAX_K];
	int			number[JNY_CLUSTER_MAX_K];	/* place of each cluster of the fit, or -1 */
} JnyArchetypes;

extern JnyArchetypes *jny_archetypes_make(const JnyClusterData *data,
										  const JnyClusterFit *fit);
extern int	jny_archetypes_assign(const JnyArchetypes *model,
								  const JnyTransitions *set, double *score);
extern uint32 jny_cluster_medoid(const JnyClusterData *data,
								 const uint8 *label, int cluster);
extern uint8 jny_archetypes_code(const JnyArchetypes *model, JnyName name);
extern void jny_archetypes_map(const JnyArchetypes *model, const JnyDict *dict,
							   uint8 *map);
extern int	jny_archetypes_label(const JnyArchetypes *model,
								 const JnyCorpus *corpus, const JnyDict *dict,
								 uint8 *label);
extern void jny_archetypes_free(JnyArchetypes *model);

/* ---- small things they share ---- */

/* The finaliser of splitmix64 (Steele, Lea & Flood 2014). */
static inline uint64
jny_mix64(uint64 z)
{
	z = (z ^ (z >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/*
 * The natural logarithm of a positive finite number, to about one unit in the
 * last place, by basic operations alone: libraries differ in the last bit, and
 * a tie that falls differently would be another model.  With the mantissa in
 * [sqrt(1/2), sqrt(2)) the series of atanh needs eleven terms.
 */
static inline double
jny_log(double x)
{
	int			exponent;
	double		m = frexp(x, &exponent);
	double		s;
	double		z;
	double		sum = 0;

	if (m < 0.70710678118654752)
	{
		m *= 2;
		exponent--;
	}
	s = (m - 1) / (m + 1);
	z = s * s;
	for (int i = 21; i > 1; i -= 2)
		sum = (sum + 1.0 / i) * z;
	return exponent * 0.69314718055994531 + 2 * s * (1 + sum);
}

/* Doubles reserved for k clusters in a row of a table. */
static inline int
jny_cluster_stride(int k)
{
	return (k + 3) & ~3;
}

/*
 * Adds up the rows ids[0..n) of a table, column by column, each column in the
 * order of ids: the columns are independent sums and may share registers.
 * The two functions differ in the type of ids only.
 */
#define JNY_CLUSTER_SUMS(name, type) \
static inline void \
name(const double *table, int stride, const type *ids, uint32 n, double *sum) \
{ \
	for (int b = 0; b < stride; b += 4) \
	{ \
		double		s[4] = {0, 0, 0, 0}; \
		for (uint32 i = 0; i < n; i++) \
		{ \
			const double *row = table + (size_t) ids[i] * stride + b; \
			for (int c = 0; c < 4; c++) \
				s[c] += row[c]; \
		} \
		memcpy(sum + b, s, sizeof(s)); \
	} \
}

JNY_CLUSTER_SUMS(jny_cluster_sums, uint32)
JNY_CLUSTER_SUMS(jny_cluster_sums16, uint16)

#endif							/* JOURNEY_CLUSTER_H */

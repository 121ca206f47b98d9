/*
 * cluster_model.h
 *	  The stored form of archetypes: integers only, so that equal samples give
 *	  equal bytes and what is derived from them can still improve.
 *
 * All integers are little-endian and unaligned.
 *
 *	  offset 0  u8   magic 'A'
 *			 1  u8   format version
 *			 2  u8   flags, 0
 *			 3  u8   k, 1..16
 *			 4  u16  names, 0..254
 *			 6  u16  0
 *			 8  i64  customers that had a path
 *			16  i64  rows skipped: no key, or no event
 *			24  u32  customers in the sample
 *			28  u32  distinct transitions
 *			32       names: u16 length and bytes each, sorted bytewise
 *			    k *  u32 customers, u16 stability in thousandths or 0xFFFF,
 *					 u32 length of the representative, its codes (u8)
 *			    k *  (names + 1) u32: customers that had the event, OTHER last
 *			    then of each transition u16 pair, ascending, and k * u32 the
 *					 customers that made it
 *
 * Codes: 0 START and END, 1 .. names, names + 1 OTHER; a pair is
 * from * (names + 2) + to.  Archetypes stand in order of size.
 */
#ifndef JOURNEY_CLUSTER_MODEL_H
#define JOURNEY_CLUSTER_MODEL_H

#include "core/cluster.h"
#include "core/text.h"

#define JNY_MODEL_MAGIC		'A'
#define JNY_MODEL_VERSION	1
#define JNY_MODEL_HEAD_SIZE	32
#define JNY_STABILITY_UNKNOWN 0xFFFF

/* Support, stability and size below which an archetype is flagged. */
#define JNY_SIGNATURE_SUPPORT 0.05
#define JNY_MODEL_SMALL		30	/* customers of the sample */
#define JNY_MODEL_SMALL_SHARE 0.01
#define JNY_MODEL_STABLE	0.60

/* An opened model: slices of its bytes; only names[] is allocated. */
typedef struct JnyModelView
{
	int			k;
	uint32		nnames;
	JnyName    *names;
	int64		customers;
	int64		skipped;
	uint32		total;
	uint32		weight[JNY_CLUSTER_MAX_K];
	uint16		stability[JNY_CLUSTER_MAX_K];
	const uint8 *medoid[JNY_CLUSTER_MAX_K];
	uint32		medoid_len[JNY_CLUSTER_MAX_K];
	const uint8 *events;
	uint32		npairs;
	const uint8 *pairs;
} JnyModelView;

/* The one validator; on success frees nothing and owns view->names. */
extern JnyCode jny_model_open(const uint8 *bytes, size_t len,
							  JnyModelView *view, JnyError *err);

/* The bytes of a fit; the first "reserve" are left for the caller. */
extern uint8 *jny_model_write(const JnyClusterData *data,
							  const JnyClusterFit *fit,
							  const double *stability, int64 customers,
							  int64 skipped, size_t reserve, size_t *len);

extern JnyArchetypes *jny_archetypes_open(const JnyModelView *view);

/* Transition number i and the customers of archetype k that made it. */
static inline uint32
jny_model_pair(const JnyModelView *view, uint32 i)
{
	return jny_get16(view->pairs + (size_t) i * (2 + 4 * view->k));
}

static inline uint32
jny_model_pair_count(const JnyModelView *view, uint32 i, int k)
{
	return jny_get32(view->pairs + (size_t) i * (2 + 4 * view->k) + 2 + 4 * k);
}

/* Customers of archetype k that had the event of a code, 1 .. nnames + 1. */
static inline uint32
jny_model_event_count(const JnyModelView *view, int k, uint32 code)
{
	return jny_get32(view->events +
					 4 * ((size_t) k * (view->nnames + 1) + code - 1));
}

/* ---- what a reader wants to know ---- */

/* A transition that sets an archetype apart. */
typedef struct JnySignature
{
	uint32		pair;
	double		inside;			/* share of the archetype's customers */
	double		outside;		/* share of all others */
	double		lift;			/* inside / outside, smoothed */
} JnySignature;

extern int	jny_model_signature(const JnyModelView *view, int k,
								JnySignature *signature, int most);
extern void jny_model_name(const JnyModelView *view, int k, JnyText *text);
extern void jny_model_path(const JnyModelView *view, int k, uint32 steps,
						   const char *separator, JnyText *text);
extern void jny_model_transition(const JnyModelView *view, uint32 pair,
								 JnyText *text);

/* ---- two models ---- */

/*
 * match[a] is the archetype of "new" that archetype a of "old" became, or -1;
 * likeness[a] how alike the two are, 0 to 1.
 */
extern void jny_model_match(const JnyModelView *old_model,
							const JnyModelView *new_model,
							int *match, double *likeness);

#endif							/* JOURNEY_CLUSTER_MODEL_H */

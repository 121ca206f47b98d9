/*
 * attribution.h
 *	  Which channel earned a conversion: credit models and removal effects.
 *
 *	  path    touch, touch, .. touch, conversion     (or nothing: a null path)
 *
 * A touch is a channel at a time.  Credit models divide one conversion among
 * the touches of its path.  The Markov model looks at all paths at once: what
 * share of conversions would be lost if a channel led nowhere.
 */
#ifndef JOURNEY_ATTRIBUTION_H
#define JOURNEY_ATTRIBUTION_H

#include "core/core.h"

typedef enum JnyModel
{
	JNY_MODEL_FIRST,
	JNY_MODEL_LAST,
	JNY_MODEL_LAST_NON_DIRECT,
	JNY_MODEL_LINEAR,
	JNY_MODEL_POSITION,
	JNY_MODEL_TIME_DECAY,
	JNY_MODEL_SHAPLEY,
	JNY_MODEL_PARTICIPATION,
	JNY_MODEL_ASSISTED,
	JNY_MODEL_MARKOV
} JnyModel;

typedef struct JnyTouch
{
	uint32		channel;
	int64		ts;
	bool		direct;			/* a channel that last_non_direct passes over */
} JnyTouch;

#define JNY_MAX_DIRECT 16

/* A model with its arguments, as the text "position(40, 40)" gives them. */
typedef struct JnyModelSpec
{
	JnyModel	model;
	double		first;			/* POSITION: shares of 1 */
	double		last;
	bool		split;			/* POSITION: two touches share the rest */
	int64		half_life;		/* TIME_DECAY: microseconds */
	int			order;			/* MARKOV: 1 to 3 */
	bool		rate;			/* SHAPLEY: of rates, not of counts */
	int			ndirect;		/* LAST_NON_DIRECT */
	JnyName		direct[JNY_MAX_DIRECT];
} JnyModelSpec;

/*
 * Reads text[0..len), which must outlive the spec.  NULL, or what is wrong as
 * a sentence: then *hint is another one.
 */
extern const char *jny_model_parse(const char *text, size_t len,
								   JnyModelSpec *spec, const char **hint);

/*
 * The credit of each of n > 0 touches, in order of time.  They sum to 1, but
 * for PARTICIPATION (1 for each distinct channel) and ASSISTED (1 for each
 * distinct channel but the last touch's).  "first" tells which touches are the
 * first of their channel on the path.  Not for MARKOV and SHAPLEY of rates.
 */
extern void jny_model_credit(const JnyModelSpec *spec, const JnyTouch *touches,
							 const bool *first, uint32 n, double *credit);

/* ---- Shapley values by all sets ---- */

#define JNY_SHAPLEY_CHANNELS 20

/*
 * The Shapley values of n channels in the game in which a set of them earns
 * the rate (won / paths) of all paths that use no other channel.  Both arrays
 * have 2^n numbers, by set, of the paths that use just these channels; they
 * are used up.  Credits sum to the rate of all and may be negative.
 */
extern void jny_shapley_rate(double *won, double *paths, int n, double *credit);

/* ---- Markov ---- */

/*
 * An absorbing chain: from state i to state "to" with some probability, or to
 * a conversion (of some value), or else to nowhere.  State 0 is the start.
 */
typedef struct JnyChainEdge
{
	uint32		from;
	uint32		to;
	double		p;
} JnyChainEdge;

typedef struct JnyChain
{
	uint32		nstates;
	double	   *convert;		/* probability to convert at once, by state */
	double	   *value;			/* the value that comes with it */
	uint32		nedges;
	JnyChainEdge *edges;		/* by from */
} JnyChain;

/*
 * Probability to convert, and expected value, from the start when the states
 * marked in gone lead nowhere.  warm, if not NULL, holds a solution nearby, of
 * 2 * nstates numbers, and is replaced.  False if it does not settle.
 */
extern bool jny_chain_solve(const JnyChain *chain, const bool *gone,
							double *warm, double *p, double *value);

#endif							/* JOURNEY_ATTRIBUTION_H */

/*
 * next.h
 *	  What comes next, and whether it will lead to the goal.
 *
 * Every event of every session is a moment at which one could have asked.  A
 * moment is told by the last events of its session, by how far the session has
 * come, and by whether the goal was reached before.  Counted is what came next
 * and whether the goal followed.
 *
 * Asked is with back-off: the longest known context speaks, drawn towards the
 * next shorter one, the more the less often it was seen (as with churn.h and
 * as in the language model of F. Jelinek & R. L. Mercer, 1980):
 *
 *	  p[k] = (count[k] + m p[k-1]) / (n[k] + m)
 */
#ifndef JOURNEY_NEXT_H
#define JOURNEY_NEXT_H

#include "core/counts.h"
#include "core/match.h"

#define JNY_NEXT_ORDER 3		/* last events looked at */
#define JNY_NEXT_LEVELS 6		/* contexts of the goal, from all to closest */
#define JNY_NEXT_SHRINK 50.0	/* m */
#define JNY_NEXT_LEAST 5		/* a long context seen less often is dropped */

typedef struct JnyNextSpec
{
	int64		timeout;		/* of sessions */
	int64		within;			/* of the goal; -1: in the session */
	int64		as_of;			/* what follows this is unknown; DT_NOEND: none */
} JnyNextSpec;

/* A moment. */
typedef struct JnyMoment
{
	JnyName		last[JNY_NEXT_ORDER];	/* latest first, "nlast" of them */
	int			nlast;
	bool		reached;		/* the goal, now or before */
	uint8		depth;			/* band of the events in the session so far */
} JnyMoment;

/*
 * Counts the moments of a journey; false when there are too many keys.  Counts
 * have two numbers: not followed by the goal and followed; of steps, how often
 * and nothing.
 */
extern bool jny_next_learn(JnyCounts *counts, const JnyNextSpec *spec,
						   const JnyView *view, const JnyHits *goal);

/* Puts what is worth keeping into a model. */
extern void jny_next_keep(JnyCounts *model, const JnyCounts *counts);

/* The moment of the last event of a journey that has one; names is scratch. */
extern void jny_next_moment(const JnyNextSpec *spec, const JnyView *view,
							const JnyHits *goal, JnyName *names,
							JnyMoment *moment);

/* The probability that the goal follows. */
extern double jny_next_reaches(const JnyCounts *model, const JnyMoment *moment);

/* A step that may come next; data NULL: the session ends. */
typedef struct JnyNextStep
{
	JnyName		event;
	double		p;
} JnyNextStep;

/*
 * All steps there are and how probable each is, in a new array, most probable
 * first.  "seen" is how often the longest known context was.
 */
extern JnyNextStep *jny_next_steps(const JnyCounts *model,
								   const JnyMoment *moment, uint32 *n,
								   int64 *seen);

#endif							/* JOURNEY_NEXT_H */

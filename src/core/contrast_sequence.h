/*
 * contrast_sequence.h
 *	  Which sequences of up to three events go with an outcome.
 *
 * A journey holds a sequence if its events come in that order, each at most
 * so many events behind the one before; with any distance, the rule of "->"
 * counts: at the same time or later, another event.
 */
#ifndef JOURNEY_CONTRAST_SEQUENCE_H
#define JOURNEY_CONTRAST_SEQUENCE_H

#include "core/contrast.h"
#include "core/journey.h"
#include "core/tally.h"

#define JNY_SEQUENCE_LENGTH 3

/* Sequences of a tally; each may stand in every stratum. */
#define JNY_MAX_SEQUENCES 2000000

typedef struct JnySequenceRule
{
	int			max_length;		/* 1 to JNY_SEQUENCE_LENGTH */
	uint32		max_gap;		/* events; 0: any distance */
} JnySequenceRule;

/*
 * Counts the sequences in the first "end" events of a view, each once: in its
 * stratum, customers and, of these, those with the outcome (times).  False
 * when there are more than JNY_MAX_SEQUENCES.
 */
extern bool jny_sequence_add(JnyTally *tally, const JnyView *view, uint32 end,
							 const JnySequenceRule *rule, bool outcome);

/* A sequence of the report; event is JNY_TALLY_END behind its last one. */
typedef struct JnySequence
{
	uint32		event[JNY_SEQUENCE_LENGTH];	/* names of the tally */
	int			length;
	JnyStrata	with;
	JnyContrast is;
	bool		closed;			/* no longer one that the same people have */
	bool		finding;		/* worth telling, and more than its parts tell */
} JnySequence;

/*
 * All sequences that enough people have, most telling first; least < 0: 1 % of
 * all, at least 20.  jny_alloc'ed.
 */
extern JnySequence *jny_sequence_report(const JnyTally *tally, int64 least,
										uint32 *n);

#endif							/* JOURNEY_CONTRAST_SEQUENCE_H */

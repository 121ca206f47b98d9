/*
 * sequence.h
 *	  Patterns over numbered conditions, in the notation of ClickHouse.
 *
 *	  (?N)		one row that satisfies condition N
 *	  .			one row, any
 *	  .*		any number of rows
 *	  (?t<=5)	so many seconds to the row before; also < >= > ==
 *
 * A pattern begins anywhere, as if it had .* in front.  Gates ("choices") are
 * .* and (?t..): they go to a row at or behind where they stand without taking
 * it.  (?t..) compares the row it goes to with the last row taken, or with the
 * row the choice before it went to if none was taken since.
 */
#ifndef JOURNEY_SEQUENCE_H
#define JOURNEY_SEQUENCE_H

#include "core/windowfunnel.h"

#define JNY_MAX_SEQUENCE 1024	/* elements of a pattern */

typedef enum JnyGate
{
	JNY_GATE_ANY,				/* .* */
	JNY_GATE_LE,
	JNY_GATE_LT,
	JNY_GATE_GE,
	JNY_GATE_GT,
	JNY_GATE_EQ
} JnyGate;

/* A choice, and the rows taken one behind the other right after it. */
typedef struct JnySequencePart
{
	JnyGate		gate;
	uint64		us;				/* microseconds of the gate */
	uint32		first;			/* of JnySequence.step */
	uint32		len;
} JnySequencePart;

typedef struct JnySequence
{
	uint32		nparts;			/* at least 1: the .* in front */
	uint32		nsteps;
	uint32		trailing;		/* parts from here on hold behind the last row */
	JnySequencePart *part;
	uint8	   *step;			/* condition, 0 any row */
} JnySequence;

/*
 * Reads a pattern over conditions 1 .. nconditions.  JNY_E_SYNTAX, or
 * JNY_E_MAX_ITEMS for more than JNY_MAX_SEQUENCE elements.  One allocation.
 */
extern JnyCode jny_sequence_parse(const char *text, size_t len,
								  int nconditions, JnySequence **sequence,
								  JnyError *err);

/* Whether the pattern matches anywhere in sorted rows. */
extern bool jny_sequence_match(const JnySequence *sequence,
							   const JnyConditionRows *rows);

/*
 * How often it does: take the match that begins and ends earliest, continue
 * behind it.
 */
extern int64 jny_sequence_count(const JnySequence *sequence,
								const JnyConditionRows *rows);

/* ---- the value next to a chain ---- */

typedef struct JnyVisit
{
	int64		ts;
	uint64		mask;
	size_t		at;				/* of its value in the text of all */
	uint32		len;
	bool		base;			/* may be the base of a chain */
} JnyVisit;

typedef enum JnyVisitBase
{
	JNY_BASE_HEAD,
	JNY_BASE_TAIL,
	JNY_BASE_FIRST_MATCH,
	JNY_BASE_LAST_MATCH
} JnyVisitBase;

/* By time, value (bytewise), whether a base, and conditions. */
extern void jny_visits_sort(JnyVisit *node, uint32 n, const char *text);
extern int	jny_visit_cmp(const JnyVisit *a, const JnyVisit *b, const char *text);

/*
 * The position behind (before, if backward) a chain of neighbours that begins
 * at the base and satisfies condition 1, 2, .. nconditions; n if none.
 */
extern uint32 jny_next_visit(const JnyVisit *node, uint32 n, int nconditions,
							bool backward, JnyVisitBase base);

#endif							/* JOURNEY_SEQUENCE_H */

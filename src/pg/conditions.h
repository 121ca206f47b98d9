/*
 * conditions.h
 *	  The plumbing of aggregates over boolean conditions.
 *
 *	  params (one per call site, or few)      state (one per group)
 *	    what is constant within a group <------ params
 *	                                            seen, rows
 *
 * A state never relies on fn_extra beyond the call: it has its own pointer to
 * the parameters, and a serialized state carries them.
 */
#ifndef JOURNEY_CONDITIONS_H
#define JOURNEY_CONDITIONS_H

#include "pg/datum.h"
#include "core/sequence.h"

typedef enum JourneyConditionKind
{
	JOURNEY_FUNNEL = 1,
	JOURNEY_SEQUENCE,
	JOURNEY_RETENTION,
	JOURNEY_NODE
} JourneyConditionKind;

/* What must be the same for all rows of a group. */
typedef struct JourneyConditionParams
{
	struct JourneyConditionParams *next;	/* of the call site */
	JourneyConditionKind kind;
	int			nconditions;
	int64		window;			/* seconds, JOURNEY_FUNNEL */
	unsigned	modes;			/* JNY_STRICT_*, or what JOURNEY_NODE makes of it */
	JnyName		text;			/* mode as given, or pattern */
	JnySequence *sequence;		/* JOURNEY_SEQUENCE */
} JourneyConditionParams;

typedef struct JourneyConditionState
{
	JourneyConditionParams *params;
	uint64		seen;			/* conditions that held in any row */
	JnyConditionRows rows;
} JourneyConditionState;

/* The conditions in boolean[] argument n as a mask; how many there are. */
extern int	journey_getarg_conditions(FunctionCallInfo fcinfo, int n,
									  uint64 *mask);

/* Refuses (22023) an array without any condition. */
extern void journey_need_condition(int count);

/* The modes of a funnel in text; one that is none is refused (22023). */
extern unsigned journey_parse_modes(JnyName text);

/* Text argument n, which must not be NULL (22004). */
extern JnyName journey_getarg_required(FunctionCallInfo fcinfo, int n,
									   const char *what);

/*
 * Parameters of this content that live as long as the aggregate context, from
 * the call site where it has them.
 */
extern JourneyConditionParams *journey_condition_params(FunctionCallInfo fcinfo,
														MemoryContext aggcontext,
														const JourneyConditionParams *like);

/* Refuses (22023) what differs from the parameters a group began with. */
extern void journey_check_params(const JourneyConditionParams *own,
								 const JourneyConditionParams *other);

/* The state of a row: the group's, or a new one with these parameters. */
extern JourneyConditionState *journey_condition_state(FunctionCallInfo fcinfo,
													  MemoryContext aggcontext,
													  const JourneyConditionParams *params);

/* Adds a row in time argument n, unless that is NULL. */
extern void journey_condition_row(FunctionCallInfo fcinfo,
								  MemoryContext aggcontext,
								  JourneyConditionState *state, int n,
								  uint64 mask);

/* For final functions: the state, its rows sorted; NULL when no row made one. */
extern JourneyConditionState *journey_condition_result(FunctionCallInfo fcinfo);

/*
 * Head of serialized states; what follows is the reader's.  Writing returns
 * the first byte behind the head, reading the same, with *left bytes to go.
 */
#define JOURNEY_CONDITION_HEAD 32

extern uint8 *journey_write_params(uint8 *to, const JourneyConditionParams *params,
								   uint64 seen, uint32 n);
extern const uint8 *journey_read_params(const bytea *bytes,
										JourneyConditionParams *params,
										uint64 *seen, uint32 *n, size_t *left);

/* Refuse an infinite time (22008), and what passes a limit (54000). */
extern void journey_check_time(int64 ts);
extern void journey_past_limit(JnyCode code, int64 limit) pg_attribute_noreturn();

#endif							/* JOURNEY_CONDITIONS_H */

/*
 * agg.h
 *	  The plumbing of every aggregate over one customer's events.
 *
 *	  site (one per call site)            state (one per group)
 *	    dict      names of all groups <---- path.dict
 *	    patterns  compiled, with masks <--- pattern
 *	    hits      scratch of the matcher    path.events
 *
 * A state lives in the aggregate context; the site lives as long as the query
 * where it can and is found again through fn_extra.  But nothing relies on
 * that: a state always uses its own site, because an executor that aggregates
 * in parts over several nodes may call with an empty fn_extra at every row.
 */
#ifndef JOURNEY_AGG_H
#define JOURNEY_AGG_H

#include "pg/datum.h"
#include "core/match.h"
#include "core/state.h"

/* A pattern of this call site. */
typedef struct JourneyAggPattern
{
	struct JourneyAggPattern *next;
	struct varlena *value;		/* as it came in as an argument, or NULL */
	JnyText		text;			/* canonical, which is what travels */
	JnyPattern *compiled;
	JnyMasks	masks;			/* of the names in the site's dictionary */
} JourneyAggPattern;

/* What the groups of one call site share. */
typedef struct JourneyAggSite
{
	MemoryContext context;
	JnyDict    *dict;
	JourneyAggPattern *patterns;	/* the one used last in front */
	int			npatterns;
	JnyHits		hits;
	struct JourneyAggSite *overflow;	/* for states that start once it is full */
} JourneyAggSite;

/*
 * The state of a group.  The event names and channels in the path are codes of
 * site->dict; the path holds the events the answer can depend on.
 */
typedef struct JourneyAggState
{
	JourneyAggSite *site;		/* NULL: really a JourneyAggPacked */
	JourneyAggPattern *pattern; /* NULL: an aggregate without one */
	int64		first;			/* time of the first event, kept or not */
	JnyPath		path;
} JourneyAggState;

/* A deserialized state: what a combine function takes as its right side. */
typedef struct JourneyAggPacked
{
	JourneyAggSite *site;		/* NULL */
	JnyName		pattern;		/* canonical text, empty without a pattern */
	int64		first;
	JnyState	events;
} JourneyAggPacked;

/* "first" while there is no event. */
#define JOURNEY_NO_TIME DT_NOEND

/* What a serialized state holds; a reader refuses the other kinds. */
typedef enum JourneyAggKind
{
	JOURNEY_AGG_EVENTS = 1,		/* multiset of rows, with or without pattern */
	JOURNEY_AGG_JOURNEYS		/* multiset union of journeys */
} JourneyAggKind;

/* The aggregate context; refuses calls outside an aggregate. */
extern MemoryContext journey_agg_context(FunctionCallInfo fcinfo);

/* The site for a state that starts now. */
extern JourneyAggSite *journey_agg_site(FunctionCallInfo fcinfo,
										MemoryContext aggcontext);

/*
 * For final functions: the state in argument n, its path sorted, or NULL when
 * no row made one.  Sorting is all that happens to it, so later rows of a
 * window frame may still be added and other final functions may share it.
 */
extern JourneyAggState *journey_agg_state(FunctionCallInfo fcinfo, int n);

/*
 * For transition functions (internal, ts, event [, channel [, value]], ..):
 * an empty state, and one row into it.
 */
extern JourneyAggState *journey_agg_new(FunctionCallInfo fcinfo,
										MemoryContext aggcontext);
extern void journey_agg_add_args(FunctionCallInfo fcinfo,
								 MemoryContext aggcontext,
								 JourneyAggState *state, int nfields);

/*
 * Calls a transition function of times with a date in argument 1, which is
 * midnight in UTC.
 */
extern Datum journey_agg_call_date(FunctionCallInfo fcinfo,
								   PGFunction transition);

/* Patterns of a site: by argument, by canonical text. */
extern JourneyAggPattern *journey_agg_pattern(JourneyAggSite *site,
											  struct varlena *value);
extern JourneyAggPattern *journey_agg_pattern_text(JourneyAggSite *site,
												   JnyName text);

/* Refuses (22023) an argument that is not the pattern the state began with. */
extern void journey_agg_check_pattern(const JourneyAggState *state,
									  struct varlena *value);
extern void journey_agg_pattern_changed(void) pg_attribute_noreturn();

/* Serialized states. */
extern bytea *journey_agg_write(JourneyAggKind kind, JnyName pattern,
								int64 first, JnyPath *path);
extern void journey_agg_read(const bytea *bytes, JourneyAggKind kind,
							 JourneyAggPacked *packed);

#endif							/* JOURNEY_AGG_H */

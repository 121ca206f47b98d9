/*
 * agg.h
 *	  The plumbing of every aggregate over one customer's events.
 *
 *	  site (one per call site)            room (per memory context and pattern)
 *	    dict      names of all groups <---- site
 *	    patterns  compiled, with masks <--- pattern
 *	    path      events of one group       pool, of the events
 *	    hits      scratch of the matcher      ^
 *	                                        state (one per group)
 *	                                          room, stash
 *
 * A state and its room live in the aggregate context; the site lives as long
 * as the query where it can and is found again through fn_extra.  But nothing
 * relies on that: a state always uses its own room and site, because an
 * executor that aggregates in parts over several nodes may call with an empty
 * fn_extra at every row.
 */
#ifndef JOURNEY_AGG_H
#define JOURNEY_AGG_H

#include "pg/datum.h"
#include "core/match.h"
#include "core/stash.h"
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
	struct JourneyAggRoom *rooms;	/* the one used last in front */
	JnyPath		path;			/* events of the group that is looked at */
	JnyHits		hits;
	struct JourneyAggSite *overflow;	/* for states that start once it is full */
	uint32		step_code[JNY_MAX_ITEMS + 1];	/* of numbered steps; code + 1 */
} JourneyAggSite;

/*
 * What the groups share that have the same site, memory context and pattern.
 * It is beside them and leaves the site's list when they go.
 */
typedef struct JourneyAggRoom
{
	JourneyAggSite *site;
	JourneyAggPattern *pattern; /* NULL: an aggregate without one */
	bool		fixed;			/* no row can bring another pattern */
	MemoryContext context;
	JnyPool		pool;
	struct JourneyAggRoom *next;
	MemoryContextCallback callback;
} JourneyAggRoom;

/*
 * The state of a group.  The event names and channels in the stash are codes
 * of the site's dictionary; it holds the events the answer can depend on.  The
 * 64 bytes lie behind the server's own of the group, so what each row touches
 * stands in front.
 */
typedef struct JourneyAggState
{
	JourneyAggRoom *room;		/* NULL: really a JourneyAggPacked */
	int64		first;			/* time of the first event, kept or not */
	JnyStash	stash;
} JourneyAggState;

/* A deserialized state: what a combine function takes as its right side. */
typedef struct JourneyAggPacked
{
	JourneyAggRoom *room;		/* NULL */
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
 * For final functions: the state in argument n, or NULL when no row made one,
 * and its events in canonical order.  They are the scratch of the site, valid
 * until the next call; the state stays as it is, so later rows of a window
 * frame may be added and other final functions may share it.
 */
extern JourneyAggState *journey_agg_state(FunctionCallInfo fcinfo, int n);
extern JnyPath *journey_agg_path(const JourneyAggState *state);

/*
 * For transition functions (internal, ts, event [, channel [, value]], ..):
 * an empty state, and one row into it.  "fixed" tells that the pattern is the
 * same for all rows of the query.
 */
extern JourneyAggState *journey_agg_new(MemoryContext aggcontext,
										JourneyAggSite *site,
										JourneyAggPattern *pattern, bool fixed);
extern void journey_agg_add_args(FunctionCallInfo fcinfo,
								 JourneyAggState *state, int nfields);

/* Whether argument n of a transition function is a constant of the query. */
extern bool journey_agg_arg_fixed(FunctionCallInfo fcinfo, int n);

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

/* Refuses (22023) an argument that is not the pattern the states began with. */
extern void journey_agg_check_pattern(const JourneyAggRoom *room,
									  struct varlena *value);
extern void journey_agg_pattern_changed(void) pg_attribute_noreturn();

/* Serialized states. */
extern bytea *journey_agg_write(JourneyAggKind kind, JnyName pattern,
								int64 first, JnyPath *path);
extern void journey_agg_read(const bytea *bytes, JourneyAggKind kind,
							 JourneyAggPacked *packed);

#endif							/* JOURNEY_AGG_H */

/*
 * agg.h
 *	  The plumbing of every aggregate over one customer's events.
 *
 *	  site (one per call site)            room (per memory context and pattern)
 *	    dict      names of all groups <---- site
 *	    patterns  compiled, with masks <--- pattern
 *	    path      events of one group       pool, of states and events
 *	    hits      scratch of the matcher      ^
 *	    rows      not yet in their states   state (one per group)
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
#include "core/match_stash.h"
#include "core/state.h"

/* A pattern of this call site. */
typedef struct JourneyAggPattern
{
	struct JourneyAggPattern *next;
	struct varlena *value;		/* as it came in as an argument, or NULL */
	JnyText		text;			/* canonical, which is what travels */
	JnyPattern *compiled;
	JnyMasks	masks;			/* of the names in the site's dictionary */
	JnyRoles	roles;			/* the same, if it is a chain */
	uint64		name_bits;		/* of all names that some step may take */
	uint64		skip;			/* of those that do not change a state */
} JourneyAggPattern;

/* A row on its way into a state. */
typedef struct JourneyAggRow
{
	struct JourneyAggState *state;
	JnyEvent	event;
} JourneyAggRow;

/*
 * Almost every row is of another group than the one before, whose state is in
 * no cache; waiting for it is most of what a row can cost.  So a row asks for
 * its state to be loaded and waits itself, until so many do.
 */
#define JOURNEY_AGG_ROWS 32

/*
 * A dictionary that grows beyond this is left to the states that have it;
 * states that start later share another one, which goes with them.
 */
#define JOURNEY_AGG_NAMES 65536

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

	/*
	 * While all states that a transition function can meet are of this site
	 * and have one and the same pattern, or none, a row need not look at its
	 * state.
	 */
	bool		direct;
	JourneyAggPattern *pattern; /* then: of all states */
	uint64		skip;			/* bits of names that change no state */
	uint32		nrows;
	JourneyAggRow rows[JOURNEY_AGG_ROWS];	/* on their way, in order */
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
 * of the site's dictionary; it holds the events the answer can depend on.  It
 * is one cache line, away from what the server keeps for the group: that is
 * touched for every row, and the denser it lies the better.
 */
typedef struct JourneyAggState
{
	JourneyAggRoom *room;		/* NULL: really a JourneyAggPacked */
	int64		first;			/* time of the first event; with a pattern of
								 * more than one item, of those kept */
	JnyStash	stash;
} JourneyAggState;

StaticAssertDecl(sizeof(JourneyAggState) <= JNY_LINE, "a state is one cache line");

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
 * same for all rows of the query.  Where
 * journey_agg_direct gives a site, the state's pattern need not be looked at.
 */
extern JourneyAggState *journey_agg_new(FunctionCallInfo fcinfo,
										MemoryContext aggcontext,
										JourneyAggSite *site,
										JourneyAggPattern *pattern, bool fixed);
extern void journey_agg_add_args(FunctionCallInfo fcinfo,
								 JourneyAggState *state, int nfields);
extern void journey_agg_add(JourneyAggState *state, JourneyAggSite *direct,
							const JnyEvent *event);
/* The same of (state, ts, event), none NULL, at a direct site; the state. */
extern Datum journey_agg_add_pair(FunctionCallInfo fcinfo, JourneyAggSite *site);

/* Rows on their way: all into their states; those of a room away. */
extern void journey_agg_flush(JourneyAggSite *site);
extern void journey_agg_forget_rows(JourneyAggRoom *room);

/*
 * One of 64 bits for a name, by what is cheap to look at: most names that a
 * pattern does not have differ from those it has here already.
 */
static inline int
journey_agg_name_bit(const char *name, uint32 len)
{
	return ((uint8) name[0] + 11 * len) & 63;
}

/* The bits of all names that some step of a pattern may take. */
extern uint64 journey_agg_name_bits(const JnyPattern *pattern);

/*
 * Arguments of a transition function (internal, ts, event, ..): whether this is
 * a legal row with a short name that changes no state of the site.
 */
static inline bool
journey_agg_skips(FunctionCallInfo fcinfo, const JourneyAggSite *site)
{
	const char *event = DatumGetPointer(PG_GETARG_DATUM(2));

	return VARATT_IS_SHORT(event) && VARSIZE_SHORT(event) > VARHDRSZ_SHORT &&
		IS_VALID_TIMESTAMP(PG_GETARG_INT64(1)) &&
		(site->skip >> journey_agg_name_bit(VARDATA_SHORT(event),
											VARSIZE_SHORT(event) -
											VARHDRSZ_SHORT) & 1);
}

/* The site of the call site if it is direct, else NULL. */
static inline JourneyAggSite *
journey_agg_direct(FunctionCallInfo fcinfo)
{
	JourneyAggSite *site = (JourneyAggSite *) fcinfo->flinfo->fn_extra;

	return site != NULL && site->direct ? site : NULL;
}

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

/* Entry points that an aggregate which wraps these states calls. */
extern PGDLLEXPORT Datum journey_funnel_trans(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum journey_agg_combine(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum journey_agg_serial(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum journey_agg_deserial(PG_FUNCTION_ARGS);

#endif							/* JOURNEY_AGG_H */

/*
 * agg_combine.c
 *	  States of aggregates over one customer's events that are added to others,
 *	  and that travel.
 *
 * States combine as multisets of rows, so any split of the rows gives the same
 * answer.
 */
#include "pg/agg.h"

/*
 * Serialized state:
 *	  0  u8   magic 'A'
 *	  1  u8   version
 *	  2  u8   JourneyAggKind
 *	  3  u8   0
 *	  4  i64  time of the first event, DT_NOEND without one
 *	 12  u32  bytes of the pattern text, which follows
 *	 16       then the events, see state.h
 */
#define STATE_MAGIC 'A'
#define STATE_VERSION 1
#define STATE_HEAD 16

JOURNEY_FUNCTION(journey_agg_combine);
JOURNEY_FUNCTION(journey_agg_serial);
JOURNEY_FUNCTION(journey_agg_deserial);

/* The canonical pattern text of a state, empty without a pattern. */
static JnyName
pattern_text(const JourneyAggState *state)
{
	const JourneyAggPattern *pattern = state->room->pattern;
	JnyName		text = {"", 0};

	if (pattern)
	{
		text.data = pattern->text.data;
		text.len = (uint32) pattern->text.len;
	}
	return text;
}

/* An empty state for the rows of states with this pattern text. */
static JourneyAggState *
new_by_text(FunctionCallInfo fcinfo, MemoryContext aggcontext, JnyName text)
{
	JourneyAggSite *site = journey_agg_site(fcinfo, aggcontext);
	JourneyAggPattern *pattern = NULL;

	if (text.len > 0)
		pattern = journey_agg_pattern_text(site, text);
	return journey_agg_new(fcinfo, aggcontext, site, pattern, false);
}

/*
 * journey_agg_combine(internal, internal) internal
 *
 * Adds the rows of the right state, which stays as it is, to the left one.
 */
Datum
journey_agg_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = journey_agg_context(fcinfo);
	JourneyAggState *left = PG_ARGISNULL(0) ? NULL :
		(JourneyAggState *) PG_GETARG_POINTER(0);
	JourneyAggState *right;
	JourneyAggPacked *packed;
	JnyName		text;
	JnyDict    *dict;
	JnyPool    *pool;
	JnyError	err;
	JnyCode		code;

	if (PG_ARGISNULL(1))
	{
		if (left == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(left);
	}
	right = (JourneyAggState *) PG_GETARG_POINTER(1);
	packed = right->room ? NULL : (JourneyAggPacked *) right;
	text = packed ? packed->pattern : pattern_text(right);

	if (left == NULL)
		left = new_by_text(fcinfo, aggcontext, text);
	else if (jny_name_cmp(pattern_text(left), text) != 0)
		journey_agg_pattern_changed();

	dict = left->room->site->dict;
	pool = &left->room->pool;
	left->first = Min(left->first, packed ? packed->first : right->first);
	code = packed ?
		jny_stash_add_state(&left->stash, pool, dict, &packed->events, &err) :
		jny_stash_add_path(&left->stash, pool, dict, journey_agg_path(right), &err);
	if (code != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	PG_RETURN_POINTER(left);
}

/* A serialized state in the current memory context; sorts the path. */
bytea *
journey_agg_write(JourneyAggKind kind, JnyName pattern, int64 first,
				  JnyPath *path)
{
	size_t		reserve = VARHDRSZ + STATE_HEAD + pattern.len;
	size_t		len;
	uint8	   *bytes = jny_state_write(path, reserve, &len);
	uint8	   *head;

	if (bytes == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("aggregate state is too large to travel between processes"),
				 errdetail("The limit is %zu bytes for the rows of one group.",
						   JNY_MAX_BYTES),
				 errhint("Set max_parallel_workers_per_gather to 0 and enable_partitionwise_aggregate to off for this query.")));
	SET_VARSIZE(bytes, len + reserve);
	head = bytes + VARHDRSZ;
	head[0] = STATE_MAGIC;
	head[1] = STATE_VERSION;
	head[2] = (uint8) kind;
	head[3] = 0;
	jny_put64(head + 4, (uint64) first);
	jny_put32(head + 12, pattern.len);
	memcpy(head + STATE_HEAD, pattern.data, pattern.len);
	return (bytea *) bytes;
}

/*
 * Opens a serialized state, which must outlive *packed.  Anything that
 * journey_agg_write would not have written is refused (22P03).
 */
void
journey_agg_read(const bytea *bytes, JourneyAggKind kind,
				 JourneyAggPacked *packed)
{
	const uint8 *head = (const uint8 *) VARDATA_ANY(bytes);
	size_t		len = VARSIZE_ANY_EXHDR(bytes);
	JnyError	err;
	bool		fine;

	fine = len >= STATE_HEAD && head[0] == STATE_MAGIC &&
		head[1] == STATE_VERSION && head[2] == kind && head[3] == 0 &&
		jny_get32(head + 12) <= len - STATE_HEAD;
	if (fine)
	{
		packed->room = NULL;
		packed->first = (int64) jny_get64(head + 4);
		packed->pattern.data = (const char *) head + STATE_HEAD;
		packed->pattern.len = jny_get32(head + 12);
		head += STATE_HEAD + packed->pattern.len;
		len -= STATE_HEAD + packed->pattern.len;
		fine = jny_state_open(head, len, &packed->events, &err) == JNY_OK;
	}
	if (!fine)
		journey_bad_state();
}

/* journey_agg_serial(internal) bytea */
Datum
journey_agg_serial(PG_FUNCTION_ARGS)
{
	JourneyAggState *state = journey_agg_state(fcinfo, 0);

	PG_RETURN_BYTEA_P(journey_agg_write(JOURNEY_AGG_EVENTS,
										pattern_text(state), state->first,
										journey_agg_path(state)));
}

/* journey_agg_deserial(bytea, internal) internal */
Datum
journey_agg_deserial(PG_FUNCTION_ARGS)
{
	JourneyAggPacked *packed;

	journey_agg_context(fcinfo);
	packed = (JourneyAggPacked *) palloc(sizeof(JourneyAggPacked));
	journey_agg_read(PG_GETARG_BYTEA_PP(0), JOURNEY_AGG_EVENTS, packed);
	PG_RETURN_POINTER(packed);
}

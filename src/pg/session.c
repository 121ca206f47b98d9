/*
 * session.c
 *	  sessionize and session_start over rows, sessions and session_count over
 *	  a journey.
 *
 * The window functions see each row once, in the order of the window, and
 * keep only the session they are in: O(1) memory whatever the partition.
 * Frames and peers do not matter, for no row is read twice.
 */
#include "pg/datum.h"

#include "access/htup_details.h"
#include "core/session.h"
#include "core/text.h"
#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "utils/builtins.h"
#include "utils/typcache.h"
#include "windowapi.h"

/* One partition up to the current row.  All zero: no row yet. */
typedef struct SessionState
{
	int64		number;			/* of the current session, 0: no event yet */
	int64		start;			/* time of its first event */
	int64		last;			/* time of the last event */
	int64		timeout;
	bool		has_timeout;
	bool		ended;			/* only rows without a time follow */
} SessionState;

/* What sessions() keeps between its rows. */
typedef struct SessionScan
{
	JnyView		view;
	JnyName    *names;
	JnyName    *channels;
	int64		timeout;
	uint32		next;			/* first event of the next session */
	int32		number;
} SessionScan;

#define SESSION_COLUMNS 8

JOURNEY_FUNCTION(journey_sessionize);
JOURNEY_FUNCTION(journey_sessionize_timestamp);
JOURNEY_FUNCTION(journey_sessionize_date);
JOURNEY_FUNCTION(journey_session_start);
JOURNEY_FUNCTION(journey_session_start_timestamp);
JOURNEY_FUNCTION(journey_session_start_date);
JOURNEY_FUNCTION(journey_session_support);
JOURNEY_FUNCTION(journey_sessions);
JOURNEY_FUNCTION(journey_session_count);

/* ---- rows ---- */

static void
throw_null_timeout(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("timeout must not be null"),
			 errhint("Leave the argument out to use 30 minutes.")));
}

/* The timeout of the current row, which must be that of every row. */
static void
check_timeout(SessionState *state, WindowObject window)
{
	bool		isnull;
	Datum		arg = WinGetFuncArgCurrent(window, 1, &isnull);
	int64		timeout;

	if (isnull)
		throw_null_timeout();
	timeout = journey_interval_us(DatumGetIntervalP(arg), "timeout");
	if (state->has_timeout && state->timeout != timeout)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("timeout must be constant within a partition"),
				 errhint("Add the expression it depends on to PARTITION BY.")));
	state->timeout = timeout;
	state->has_timeout = true;
}

/* The times are shown as UTC, so that the message depends on no setting. */
static void
throw_backwards(int64 last, int64 ts)
{
	JnyText		was;
	JnyText		is;

	jny_text_init(&was);
	jny_text_init(&is);
	jny_text_time(&was, last);
	jny_text_time(&is, ts);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("rows are not in time order"),
			 errdetail("A row at %s follows one at %s.", is.data, was.data),
			 errhint("Order the window by the time, ascending: OVER (PARTITION BY customer ORDER BY ts).")));
}

/*
 * Behind a row that has a time, one without must be followed by such rows
 * only: anything else shows that the window is not ordered by the time, and a
 * filter on the result, which may end the partition at the first NULL, would
 * lose what follows.  Looks ahead once a partition.
 */
static void
check_no_time_follows(SessionState *state, WindowObject window)
{
	bool		isnull = true;
	bool		isout = false;

	for (int i = 1; !isout; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		WinGetFuncArgInPartition(window, 0, i, WINDOW_SEEK_CURRENT, false,
								 &isnull, &isout);
		if (!isout && !isnull)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("rows are not in time order"),
					 errdetail("A row without a time stands between rows that have one."),
					 errhint("Order the window by the time, ascending: OVER (PARTITION BY customer ORDER BY ts).")));
	}
	state->ended = true;
}

/*
 * Takes the current row into account.  Returns the state of its partition, or
 * NULL for a row without a time: it belongs to no session, and its new_session
 * is ignored.  "date": ts is a date rather than a time.
 */
static SessionState *
session_advance(FunctionCallInfo fcinfo, bool date)
{
	WindowObject window = PG_WINDOW_OBJECT();
	SessionState *state;
	bool		isnull;
	Datum		arg;
	int64		ts;
	bool		new_session;

	if (!WindowObjectIsValid(window))
		elog(ERROR, "session function called outside a window");
	state = (SessionState *)
		WinGetPartitionLocalMemory(window, sizeof(SessionState));

	/* No row is read again: let the executor forget those behind. */
	WinSetMarkPosition(window, WinGetCurrentPosition(window));

	check_timeout(state, window);
	arg = WinGetFuncArgCurrent(window, 0, &isnull);
	if (isnull)
	{
		if (state->number > 0 && !state->ended)
			check_no_time_follows(state, window);
		return NULL;
	}
	ts = date ? journey_date_us(DatumGetDateADT(arg)) : DatumGetInt64(arg);
	if (TIMESTAMP_NOT_FINITE(ts) || !IS_VALID_TIMESTAMP(ts))
	{
		JnyError	err;

		jny_fail(&err, TIMESTAMP_NOT_FINITE(ts) ? JNY_E_INFINITE_TIME :
				 JNY_E_TIME_RANGE, 0, 0, 0, "");
		journey_throw(&err, JOURNEY_FROM_EVENT);
	}
	new_session = DatumGetBool(WinGetFuncArgCurrent(window, 2, &isnull)) &&
		!isnull;

	if (state->number > 0 && ts < state->last)
		throw_backwards(state->last, ts);
	if (state->number == 0 || new_session ||
		jny_session_gap(state->last, ts, state->timeout))
	{
		state->number++;
		state->start = ts;
	}
	state->last = ts;
	return state;
}

static Datum
sessionize_common(FunctionCallInfo fcinfo, bool date)
{
	SessionState *state = session_advance(fcinfo, date);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_INT64(state->number);
}

static Datum
session_start_common(FunctionCallInfo fcinfo)
{
	SessionState *state = session_advance(fcinfo, false);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_INT64(state->start);
}

/*
 * timestamp and timestamptz are the same microseconds, so that reading the one
 * as UTC is no conversion; the entry points differ in name only.
 */
Datum
journey_sessionize(PG_FUNCTION_ARGS)
{
	return sessionize_common(fcinfo, false);
}

Datum
journey_sessionize_timestamp(PG_FUNCTION_ARGS)
{
	return sessionize_common(fcinfo, false);
}

/* A date is midnight in UTC. */
Datum
journey_sessionize_date(PG_FUNCTION_ARGS)
{
	return sessionize_common(fcinfo, true);
}

Datum
journey_session_start(PG_FUNCTION_ARGS)
{
	return session_start_common(fcinfo);
}

Datum
journey_session_start_timestamp(PG_FUNCTION_ARGS)
{
	return session_start_common(fcinfo);
}

Datum
journey_session_start_date(PG_FUNCTION_ARGS)
{
	SessionState *state = session_advance(fcinfo, true);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT((DateADT) (state->start / USECS_PER_DAY));
}

/*
 * Tells the planner that the result never decreases within a partition, so
 * that a filter such as session_no <= 3 ends the work early.  A filter ends it
 * at a NULL, too; therefore this is said only of windows ordered first by a
 * column of the type of ts, ascending with NULLS LAST, where rows without a
 * time come last.
 */
Datum
journey_session_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestWFuncMonotonic))
	{
		SupportRequestWFuncMonotonic *req = (SupportRequestWFuncMonotonic *) request;
		List	   *order = req->window_clause->orderClause;
		Oid			type = exprType(linitial(req->window_func->args));
		TypeCacheEntry *cache = lookup_type_cache(type, TYPECACHE_LT_OPR);
		SortGroupClause *first = order == NIL ? NULL :
			linitial_node(SortGroupClause, order);

		if (first && !first->nulls_first && first->sortop == cache->lt_opr)
			req->monotonic = MONOTONICFUNC_INCREASING;
		else
			req->monotonic = MONOTONICFUNC_NONE;
		PG_RETURN_POINTER(req);
	}
	PG_RETURN_POINTER(NULL);
}

/* ---- journeys ---- */

static int64
getarg_timeout(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		throw_null_timeout();
	return journey_interval_us(PG_GETARG_INTERVAL_P(n), "timeout");
}

/*
 * Opens the journey for all calls.  A value that needs no detoasting stays
 * where it is: the executor keeps the arguments until the last row.
 */
static SessionScan *
session_scan_open(FunctionCallInfo fcinfo, FuncCallContext *call)
{
	MemoryContext old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	SessionScan *scan = (SessionScan *) palloc0(sizeof(SessionScan));
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "sessions must return rows");
	if (desc->natts != SESSION_COLUMNS)
		elog(ERROR, "sessions must return %d columns", SESSION_COLUMNS);
	call->tuple_desc = BlessTupleDesc(desc);
	journey_getarg_view(fcinfo, 0, &scan->view);
	scan->timeout = getarg_timeout(fcinfo, 1);
	scan->names = (JnyName *) palloc(sizeof(JnyName) * (scan->view.nnames + 1));
	jny_view_names(&scan->view, scan->names);
	scan->channels = (JnyName *)
		palloc(sizeof(JnyName) * (scan->view.nchannels + 1));
	jny_view_channels(&scan->view, scan->channels);
	MemoryContextSwitchTo(old);
	return scan;
}

/* First channel among events from .. to - 1, 0 if none has one. */
static uint32
first_channel(const JnyView *view, uint32 from, uint32 to)
{
	for (uint32 i = from; view->nchannels > 0 && i < to; i++)
	{
		uint32		channel = jny_channel(view, i);

		if (channel > 0)
			return channel;
	}
	return 0;
}

/* The row of the session of events from .. to - 1. */
static Datum
session_row(SessionScan *scan, TupleDesc desc, uint32 from, uint32 to)
{
	const JnyView *view = &scan->view;
	int64		start = jny_time(view, from);
	int64		end = jny_time(view, to - 1);
	uint32		channel = first_channel(view, from, to);
	Datum		values[SESSION_COLUMNS];
	bool		nulls[SESSION_COLUMNS] = {false};

	values[0] = Int32GetDatum(++scan->number);
	values[1] = TimestampTzGetDatum(start);
	values[2] = TimestampTzGetDatum(end);
	values[3] = Int32GetDatum((int32) (to - from));
	values[4] = Float8GetDatum((double) ((uint64) end - (uint64) start) /
							   USECS_PER_SEC);
	values[5] = PointerGetDatum(journey_name_text(scan->names[jny_code(view, from)]));
	values[6] = PointerGetDatum(journey_name_text(scan->names[jny_code(view, to - 1)]));
	if (channel > 0)
		values[7] = PointerGetDatum(journey_name_text(scan->channels[channel - 1]));
	else
	{
		values[7] = (Datum) 0;
		nulls[7] = true;
	}
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

Datum
journey_sessions(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	SessionScan *scan;

	if (SRF_IS_FIRSTCALL())
	{
		call = SRF_FIRSTCALL_INIT();
		if (!PG_ARGISNULL(0))
			call->user_fctx = session_scan_open(fcinfo, call);
	}
	call = SRF_PERCALL_SETUP();
	scan = (SessionScan *) call->user_fctx;
	if (scan != NULL && scan->next < scan->view.n)
	{
		uint32		from = scan->next;

		scan->next = jny_session_end(&scan->view, from, scan->timeout);
		SRF_RETURN_NEXT(call, session_row(scan, call->tuple_desc, from,
										  scan->next));
	}
	SRF_RETURN_DONE(call);
}

Datum
journey_session_count(PG_FUNCTION_ARGS)
{
	JnyView		view;
	int64		timeout;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	timeout = getarg_timeout(fcinfo, 1);
	journey_getarg_places(fcinfo, 0, &view);
	PG_RETURN_INT32((int32) jny_session_count(&view, timeout));
}

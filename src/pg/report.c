/*
 * report.c
 *	  Aggregates whose journey_tally is a report.
 */
#include "pg/report.h"

#include "pg/reader.h"

/*
 * The first row of a group sets the parameters, the others must agree: they
 * are checked where they are used, by the caller.
 */
JourneyTally *
journey_report_state(FunctionCallInfo fcinfo, JourneyReport report, int first,
					 const char *types)
{
	JourneyTally *state = journey_tally_state(fcinfo);
	JourneyParams params = {{0}};

	journey_params_args(&params, fcinfo, first, types);
	if (PG_ARGISNULL(0))
	{
		MemoryContext old = MemoryContextSwitchTo(state->header.eoh_context);

		state->report = (JnyTally *) palloc(sizeof(JnyTally));
		jny_tally_init(state->report, (uint8) report,
					   journey_params_bytes(&params), params.len);
		MemoryContextSwitchTo(old);
		return state;
	}
	if (state->report == NULL || state->report->report != report)
		journey_tally_foreign();
	journey_tally_check_params(state, &params, "arguments behind the journey");
	return state;
}

const JnyTally *
journey_report_final(FunctionCallInfo fcinfo, JourneyReport report)
{
	const JourneyTally *state = journey_tally_final(fcinfo);

	if (state == NULL)
		return NULL;
	if (state->report == NULL || state->report->report != report)
		journey_tally_foreign();
	return state->report;
}

/* ---- parameters ---- */

/* Parameters that an overload does not have are NULL. */
const uint8 *
journey_report_param(const JnyTally *report, int n, uint32 *len)
{
	uint32		at = 0;
	const uint8 *bytes = NULL;

	*len = 0;
	for (int i = 0; i <= n; i++)
	{
		if (at == report->nparams)
			return NULL;
		bytes = journey_params_next(report->params, report->nparams, &at, len);
	}
	return bytes;
}

/* The bytes of a parameter of this length. */
static const uint8 *
fixed_param(const JnyTally *report, int n, uint32 len)
{
	uint32		have;
	const uint8 *bytes = journey_report_param(report, n, &have);

	if (bytes == NULL || have != len)
		journey_params_bad();
	return bytes;
}

int64
journey_report_int64(const JnyTally *report, int n)
{
	return (int64) jny_get64(fixed_param(report, n, 8));
}

Interval
journey_report_interval(const JnyTally *report, int n)
{
	const uint8 *bytes = fixed_param(report, n, 16);
	Interval	interval;

	interval.time = (int64) jny_get64(bytes);
	interval.day = (int32) jny_get32(bytes + 8);
	interval.month = (int32) jny_get32(bytes + 12);
	return interval;
}

JnyPattern *
journey_report_pattern(const JnyTally *report, int n)
{
	uint32		len;
	const uint8 *bytes = journey_report_param(report, n, &len);

	if (bytes == NULL)
		journey_params_bad();
	return journey_params_compile(bytes, len);
}

const JnyHits *
journey_report_hits(FunctionCallInfo fcinfo, int n, const JnyView *view,
					bool step)
{
	const JnyPattern *pattern = journey_getarg_pattern(fcinfo, n);
	JnyHits    *hits = &journey_call_cache(fcinfo)->hits;
	MemoryContext old;

	if (step)
		journey_check_step(pattern, "Use alternatives for several events: 'a | b'.");
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	jny_hits_of_view(hits, pattern, view);
	MemoryContextSwitchTo(old);
	return hits;
}

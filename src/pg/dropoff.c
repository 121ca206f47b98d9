/*
 * dropoff.c
 *	  drop_offs: where visits end that should have gone on.
 */
#include "pg/report.h"

#include "utils/builtins.h"

#include "core/dropoff.h"
#include "pg/reader.h"

JOURNEY_FUNCTION(journey_drop_offs_trans);
JOURNEY_FUNCTION(journey_drop_offs_final);

/* Silence after which someone is gone, when nothing else is asked for. */
#define SESSION_SILENCE (30 * USECS_PER_MINUTE)
#define JOURNEY_SILENCE (30 * USECS_PER_DAY)

/* Parameters, behind the journey. */
enum
{
	PARAM_GOAL,
	PARAM_GRAIN,
	PARAM_MIN_CUSTOMERS,
	PARAM_SILENCE,
	PARAM_AS_OF
};

static bool
is_word(const uint8 *data, uint32 len, const char *word)
{
	return len == strlen(word) && memcmp(data, word, len) == 0;
}

/* The rule in the parameters of a report, which are those of every row. */
static JnyDropRule
drop_rule(const JnyTally *tally)
{
	uint32		len;
	const uint8 *grain = journey_report_param(tally, PARAM_GRAIN, &len);
	JnyDropRule rule;

	if (grain == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("grain must not be null"),
				 errhint("It is 'session' or 'journey'.")));
	rule.by_session = is_word(grain, len, "session");
	if (!rule.by_session && !is_word(grain, len, "journey"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown grain \"%.*s\"", (int) Min(len, 100), (const char *) grain),
				 errhint("It is 'session' or 'journey'.")));
	rule.silence = rule.by_session ? SESSION_SILENCE : JOURNEY_SILENCE;
	if (!journey_report_null(tally, PARAM_SILENCE))
	{
		Interval	silence = journey_report_interval(tally, PARAM_SILENCE);

		rule.silence = journey_interval_us(&silence, "silence");
	}
	rule.as_of = DT_NOEND;
	if (!journey_report_null(tally, PARAM_AS_OF))
		rule.as_of = journey_report_int64(tally, PARAM_AS_OF);
	return rule;
}

/*
 * drop_offs_trans(journey_tally, journey, goal journey_pattern, grain text,
 *				   min_customers integer [, silence interval,
 *				   as_of timestamptz]) journey_tally
 */
Datum
journey_drop_offs_trans(PG_FUNCTION_ARGS)
{
	JourneyTally *state = journey_report_state(fcinfo, JOURNEY_REPORT_DROPS, 2, "vviIz");
	JnyDropRule rule = drop_rule(state->report);
	JnyView		view;
	JnyHits		none = {0};
	const JnyHits *goals = &none;
	MemoryContext old;
	bool		fits;

	if (!PG_ARGISNULL(4))
		journey_check_range(fcinfo, 4, "min_customers", 0, PG_INT32_MAX);
	if (PG_ARGISNULL(1))
		PG_RETURN_JOURNEY_TALLY(state);
	journey_getarg_view(fcinfo, 1, &view);
	if (!PG_ARGISNULL(2))
		goals = journey_report_hits(fcinfo, 2, &view, true);
	/* what is later than the end of the data is not seen */
	if (rule.as_of != DT_NOEND)
		view.n = journey_lower_bound(&view, rule.as_of + 1);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	fits = jny_drop_add(state->report, &view, goals, &rule);
	MemoryContextSwitchTo(old);
	if (!fits)
		journey_tally_too_large();
	PG_RETURN_JOURNEY_TALLY(state);
}

/* drop_offs_final(journey_tally) journey_drop_row[] */
Datum
journey_drop_offs_final(PG_FUNCTION_ARGS)
{
	const JnyTally *tally = journey_report_final(fcinfo, JOURNEY_REPORT_DROPS);
	JnyDropRule rule;
	JnyDrop    *drop;
	uint32		n;
	int64		customers;
	JourneyRows rows;

	if (tally == NULL)
		PG_RETURN_NULL();
	rule = drop_rule(tally);
	drop = jny_drop_report(tally, &rule,
						   journey_report_null(tally, PARAM_MIN_CUSTOMERS) ? -1 :
						   (int32) journey_report_int64(tally, PARAM_MIN_CUSTOMERS),
						   &n, &customers);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		Datum		values[12];
		bool		nulls[12] = {false};

		values[0] = PointerGetDatum(journey_name_text(jny_dict_name(tally->dict, drop[i].name)));
		values[1] = Int64GetDatum(drop[i].customers);
		values[2] = Float8GetDatum((double) drop[i].customers / customers);
		values[3] = Int64GetDatum(drop[i].reached);
		values[4] = Int64GetDatum(drop[i].exits);
		values[5] = Float8GetDatum(drop[i].rate);
		values[6] = Float8GetDatum(drop[i].low);
		values[7] = Float8GetDatum(drop[i].high);
		journey_rows_number(values, nulls, 8, drop[i].baseline);
		journey_rows_number(values, nulls, 9, drop[i].excess);
		journey_rows_number(values, nulls, 10, drop[i].opportunity);
		journey_rows_number(values, nulls, 11, drop[i].opportunity_low);
		journey_rows_put(&rows, values, nulls);
	}
	return journey_rows_end(&rows);
}

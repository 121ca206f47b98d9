/*
 * dropoff.c
 *	  drop_offs: where visits end that should have gone on.
 */
#include "pg/tally.h"

#include "utils/builtins.h"

#include "core/dropoff.h"
#include "pg/reader.h"

JOURNEY_FUNCTION(journey_drop_offs_trans);
JOURNEY_FUNCTION(journey_drop_offs_final);

/* Silence after which someone is gone, when nothing else is asked for. */
#define SESSION_SILENCE (30 * USECS_PER_MINUTE)
#define JOURNEY_SILENCE (30 * USECS_PER_DAY)

/* Settings, behind the journey. */
enum
{
	SETTING_GOAL,
	SETTING_GRAIN,
	SETTING_MIN_CUSTOMERS,
	SETTING_SILENCE,
	SETTING_AS_OF
};

static bool
is_word(const char *data, uint32 len, const char *word)
{
	return len == strlen(word) && memcmp(data, word, len) == 0;
}

/* The rule in the settings of a tally, which are those of every row. */
static JnyDropRule
drop_rule(const JnyTally *tally)
{
	const JnySetting *grain = &tally->setting[SETTING_GRAIN];
	JnyDropRule rule;

	if (journey_setting_null(tally, SETTING_GRAIN))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("grain must not be null"),
				 errhint("It is 'session' or 'journey'.")));
	rule.by_session = is_word(grain->data, grain->len, "session");
	if (!rule.by_session && !is_word(grain->data, grain->len, "journey"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown grain \"%.*s\"", (int) grain->len, grain->data),
				 errhint("It is 'session' or 'journey'.")));
	rule.silence = rule.by_session ? SESSION_SILENCE : JOURNEY_SILENCE;
	if (!journey_setting_null(tally, SETTING_SILENCE))
		rule.silence = journey_interval_us(journey_setting_interval(tally, SETTING_SILENCE),
										   "silence");
	rule.as_of = DT_NOEND;
	if (!journey_setting_null(tally, SETTING_AS_OF))
		rule.as_of = journey_setting_int64(tally, SETTING_AS_OF);
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
	JnyTally   *tally = journey_tally_trans(fcinfo, JOURNEY_REPORT_DROPS, "vviIz");
	JnyDropRule rule = drop_rule(tally);
	JnyView		view;
	JnyHits		none = {0};
	const JnyHits *goals = &none;
	MemoryContext old;
	bool		fits;

	if (!PG_ARGISNULL(4))
		journey_tally_range(fcinfo, 4, "min_customers", 0, PG_INT32_MAX);
	if (PG_ARGISNULL(1))
		return journey_tally_datum(fcinfo, tally);
	journey_getarg_view(fcinfo, 1, &view);
	if (!PG_ARGISNULL(2))
		goals = journey_tally_hits(fcinfo, 2, &view, true);
	/* what is later than the end of the data is not seen */
	if (rule.as_of != DT_NOEND)
		view.n = journey_lower_bound(&view, rule.as_of + 1);
	old = MemoryContextSwitchTo(journey_tally_context(tally));
	fits = jny_drop_add(tally, &view, goals, &rule);
	MemoryContextSwitchTo(old);
	if (!fits)
		journey_tally_too_large();
	return journey_tally_datum(fcinfo, tally);
}

/* drop_offs_final(journey_tally) journey_drop_row[] */
Datum
journey_drop_offs_final(PG_FUNCTION_ARGS)
{
	const JnyTally *tally = journey_tally_final(fcinfo, JOURNEY_REPORT_DROPS);
	JnyDropRule rule;
	JnyDrop    *drop;
	uint32		n;
	int64		customers;
	JourneyRows rows;

	if (tally == NULL)
		PG_RETURN_NULL();
	rule = drop_rule(tally);
	drop = jny_drop_report(tally, &rule,
						   journey_setting_null(tally, SETTING_MIN_CUSTOMERS) ? -1 :
						   journey_setting_int32(tally, SETTING_MIN_CUSTOMERS),
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

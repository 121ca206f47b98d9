/*
 * contrast_sequence.c
 *	  sequence_lift: which sequences of events go with an outcome.
 */
#include "pg/contrast.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "core/contrast_sequence.h"
#include "pg/reader.h"
#include "pg/report.h"

JOURNEY_FUNCTION(journey_sequence_lift_trans);
JOURNEY_FUNCTION(journey_sequence_lift_final);

/* Farther apart is as good as anywhere, and would be slow to tell. */
#define MAX_GAP 1000

/*
 * sequence_lift_trans(journey_tally, journey, outcome boolean,
 *					   outcome_at timestamptz, min_support integer,
 *					   max_length integer, max_gap integer) journey_tally
 *
 * Only events before outcome_at count.
 */
Datum
journey_sequence_lift_trans(PG_FUNCTION_ARGS)
{
	JourneyTally *state;
	JnySequenceRule rule = {0};
	JnyView		view;
	uint32		end;
	MemoryContext old;
	bool		fits;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journey_tally_unchanged(fcinfo);
	state = journey_report_state(fcinfo, JOURNEY_REPORT_SEQUENCES, 4, "iii");
	if (!PG_ARGISNULL(4))
		journey_check_range(fcinfo, 4, "min_support", 0, PG_INT32_MAX);
	rule.max_length = journey_check_range(fcinfo, 5, "max_length", 1, JNY_SEQUENCE_LENGTH);
	if (!PG_ARGISNULL(6))
		rule.max_gap = (uint32) journey_check_range(fcinfo, 6, "max_gap", 1, MAX_GAP);
	journey_getarg_view(fcinfo, 1, &view);
	end = PG_ARGISNULL(3) ? view.n : journey_lower_bound(&view, PG_GETARG_INT64(3));
	old = MemoryContextSwitchTo(state->header.eoh_context);
	fits = jny_sequence_add(state->report, &view, end, &rule, PG_GETARG_BOOL(2));
	MemoryContextSwitchTo(old);
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many sequences to compare"),
				 errdetail("The limit is %d.", JNY_MAX_SEQUENCES),
				 errhint("Coarsen event names with relabel(), look at fewer of them with keep(), or make max_length or max_gap smaller.")));
	PG_RETURN_JOURNEY_TALLY(state);
}

/* The events of a sequence as path_text writes them. */
static Datum
sequence_text(const JnyDict *dict, const JnySequence *sequence)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < sequence->length; i++)
	{
		JnyName		name = jny_dict_name(dict, sequence->event[i]);

		if (i > 0)
			appendStringInfoString(&text, " > ");
		appendBinaryStringInfo(&text, name.data, (int) name.len);
	}
	return PointerGetDatum(cstring_to_text_with_len(text.data, text.len));
}

/* sequence_lift_final(journey_tally) journey_sequence_row[] */
Datum
journey_sequence_lift_final(PG_FUNCTION_ARGS)
{
	const JnyTally *tally = journey_report_final(fcinfo, JOURNEY_REPORT_SEQUENCES);
	JnySequence *sequences;
	uint32		n;
	JourneyRows rows;

	if (tally == NULL)
		PG_RETURN_NULL();
	sequences = jny_sequence_report(tally, journey_report_null(tally, 0) ? -1 :
									journey_report_int64(tally, 0), &n);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		Datum		values[21];
		bool		nulls[21] = {false};

		values[0] = sequence_text(tally->dict, &sequences[i]);
		values[1] = Int32GetDatum(sequences[i].length);
		journey_contrast_columns(&sequences[i].is, values, nulls, 2);
		values[19] = BoolGetDatum(sequences[i].closed);
		values[20] = BoolGetDatum(sequences[i].finding);
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

/*
 * stages.c
 *	  funnel_stages: the funnel of everybody.
 *
 * Stage i has the customers for whom funnel_step() is at least i, for both ask
 * the same matcher.
 */
#include "pg/stages.h"

#include "utils/builtins.h"

#include "core/flow.h"
#include "pg/reader.h"

JOURNEY_FUNCTION(journey_funnel_stages_trans);
JOURNEY_FUNCTION(journey_funnel_stages_final);

/* Customers that must have reached the stage before one to rank its loss. */
#define FOCUS_CUSTOMERS 30

/*
 * funnel_stages_trans(journey_tally, journey, journey_pattern
 *					   [, journey_pattern]) journey_tally
 *
 * The optional last argument tells the events that are money.
 */
Datum
journey_funnel_stages_trans(PG_FUNCTION_ARGS)
{
	JourneyTally *state = journey_report_state(fcinfo, JOURNEY_REPORT_STAGES, 2, "vv");
	JnyTally   *tally = state->report;
	JnyView		view;
	const JnyPattern *pattern;
	const JnyHits *hits;
	JnyAttempt	attempt;
	MemoryContext old;
	bool		fits;

	journey_check_not_null(fcinfo, 2, "pattern");
	if (PG_ARGISNULL(1))
		PG_RETURN_JOURNEY_TALLY(state);
	journey_getarg_view(fcinfo, 1, &view);
	hits = journey_report_hits(fcinfo, 2, &view, false);
	pattern = journey_getarg_pattern(fcinfo, 2);
	jny_match_best(pattern, hits, &attempt);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	fits = jny_flow_stages(tally, pattern, hits, &attempt);
	MemoryContextSwitchTo(old);
	if (!fits)
		journey_tally_too_large();
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		hits = journey_report_hits(fcinfo, 3, &view, true);
		old = MemoryContextSwitchTo(state->header.eoh_context);
		for (int i = 0; i < attempt.depth; i++)
			jny_flow_values(&jny_tally_get(tally, JNY_TALLY_STAGE, i, 0, 0)->sum,
							&view, hits);
		MemoryContextSwitchTo(old);
	}
	PG_RETURN_JOURNEY_TALLY(state);
}

/*
 * The text of one step; with "in any order" a stage is not one step but so
 * many of them.
 */
static text *
step_text(const JnyPattern *pattern, int item)
{
	JnyText		out;

	if (pattern->any_order)
		return cstring_to_text(psprintf("any %d", item + 1));
	jny_text_init(&out);
	jny_tree_print(pattern, pattern->items[item].node, false, &out);
	return cstring_to_text_with_len(out.data, (int) out.len);
}

/* What a stage lost; drives the column focus. */
typedef struct Loss
{
	double		lost;
	int64		dropped;
	int			focus;			/* 1: the greatest; 0: none */
} Loss;

/*
 * Ranks the stages that enough customers could reach by what they lose: by
 * money where there is some, else by customers.  Ties: the earlier one first.
 */
static void
rank_losses(Loss *loss, int n, const int64 *customers)
{
	for (int i = 1; i < n; i++)
	{
		if (loss[i].dropped == 0 || customers[i - 1] < FOCUS_CUSTOMERS)
			continue;
		loss[i].focus = 1;
		for (int j = 1; j < n; j++)
		{
			if (j == i || loss[j].dropped == 0 ||
				customers[j - 1] < FOCUS_CUSTOMERS)
				continue;
			if (loss[j].lost > loss[i].lost ||
				(loss[j].lost == loss[i].lost &&
				 (loss[j].dropped > loss[i].dropped ||
				  (loss[j].dropped == loss[i].dropped && j < i))))
				loss[i].focus++;
		}
	}
}

/* Median and 90th percentile of a stage's step times, or NaN. */
static void
step_seconds(const JnyTallyEntry *entry, double *median, double *p90)
{
	int64	   *list;

	*median = *p90 = NAN;
	if (entry == NULL || entry->nlist == 0)
		return;
	list = (int64 *) MemoryContextAllocHuge(CurrentMemoryContext,
											entry->nlist * sizeof(int64));
	memcpy(list, entry->list, entry->nlist * sizeof(int64));
	jny_sort_times(list, entry->nlist);
	*median = jny_percentile_seconds(list, entry->nlist, 0.5);
	*p90 = jny_percentile_seconds(list, entry->nlist, 0.9);
	pfree(list);
}

/*
 * The money that the dropped would have brought, had they gone on and been
 * worth what those are who did, less what they brought; never negative.
 */
static double
lost_revenue(double before, double here, int64 dropped, int64 customers)
{
	if (customers == 0)
		return 0;
	return Max(0.0, dropped * (here / customers) - (before - here));
}

/* The rows: see stages.h. */
Datum
journey_stages_rows(FunctionCallInfo fcinfo, const JnyTally *tally,
					const JnyPattern *pattern, bool money)
{
	const JnyTallyEntry *entry[JNY_MAX_ITEMS];
	int64		customers[JNY_MAX_ITEMS];
	double		revenue[JNY_MAX_ITEMS];
	Loss		loss[JNY_MAX_ITEMS];
	JourneyRows rows;

	for (int i = 0; i < pattern->nitems; i++)
	{
		entry[i] = jny_tally_find(tally, JNY_TALLY_STAGE, i, 0, 0);
		customers[i] = entry[i] ? entry[i]->customers : 0;
		revenue[i] = entry[i] ? journey_sum_value(&entry[i]->sum) : 0;
		loss[i].focus = 0;
		loss[i].dropped = i > 0 ? customers[i - 1] - customers[i] : 0;
		loss[i].lost = i == 0 || !money ? 0 :
			lost_revenue(revenue[i - 1], revenue[i], loss[i].dropped,
						 customers[i]);
	}
	rank_losses(loss, pattern->nitems, customers);
	journey_rows_begin(&rows, fcinfo);
	for (int i = 0; i < pattern->nitems; i++)
	{
		int64		before = customers[Max(i - 1, 0)];
		Datum		values[13];
		bool		nulls[13] = {false};
		double		median;
		double		p90;

		step_seconds(entry[i], &median, &p90);
		values[0] = Int32GetDatum(i + 1);
		values[1] = PointerGetDatum(step_text(pattern, i));
		values[2] = Int64GetDatum(customers[i]);
		journey_rows_number(values, nulls, 3, customers[0] == 0 ? NAN :
							(double) customers[i] / customers[0]);
		journey_rows_number(values, nulls, 4, before == 0 ? NAN :
							(double) customers[i] / before);
		values[5] = Int64GetDatum(loss[i].dropped);
		journey_rows_number(values, nulls, 6, customers[0] == 0 ? NAN :
							(double) loss[i].dropped / customers[0]);
		journey_rows_number(values, nulls, 7, median);
		journey_rows_number(values, nulls, 8, p90);
		journey_rows_number(values, nulls, 9, money ? revenue[i] : NAN);
		journey_rows_number(values, nulls, 10, money ? loss[i].lost : NAN);
		values[11] = Int64GetDatum(entry[i] ? entry[i]->times : 0);
		nulls[11] = pattern->any_order;
		values[12] = Int32GetDatum(loss[i].focus);
		nulls[12] = loss[i].focus == 0;
		journey_rows_put(&rows, values, nulls);
	}
	return journey_rows_end(&rows);
}

/* funnel_stages_final(journey_tally) journey_stage_row[] */
Datum
journey_funnel_stages_final(PG_FUNCTION_ARGS)
{
	const JnyTally *tally = journey_report_final(fcinfo, JOURNEY_REPORT_STAGES);

	if (tally == NULL)
		PG_RETURN_NULL();
	return journey_stages_rows(fcinfo, tally, journey_report_pattern(tally, 0),
							   !journey_report_null(tally, 1));
}

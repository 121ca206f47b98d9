/*
 * dropoff.c
 *	  Where visits end that should have gone on.
 */
#include "core/dropoff.h"

#include "core/flow.h"
#include "core/session.h"
#include "core/stats.h"

/* The floor when none is given. */
#define FLOOR_CUSTOMERS 100
#define FLOOR_SHARE 0.01

#define CONFIDENCE 0.95

/* ---- counting ---- */

/* Whether more than the silence lies between two times, earlier <= later. */
static inline bool
is_over(int64 end, int64 later, int64 silence)
{
	return end <= later && jny_session_gap(end, later, silence);
}

/*
 * Counts in an entry: at once where it is known that the unit is over, else
 * (end is not DT_NOBEGIN) as a time that is judged when all data is seen.
 */
static bool
count_unit(JnyTally *tally, JnyTallyEntry *entry, int64 open_end)
{
	if (open_end != DT_NOBEGIN)
		return jny_tally_list(tally, entry, open_end);
	entry->customers++;
	return true;
}

/*
 * What one customer adds, by code of the view.  Counts of units that are over
 * go to the tally once a customer, not once a unit.
 */
typedef struct Visits
{
	JnyTally   *tally;
	const uint32 *name;			/* of the tally */
	uint32		unit;			/* number of the unit, from 1 */
	uint32	   *seen;			/* unit that had it last */
	uint32	   *reached;		/* units that are over */
	uint32	   *exits;
	bool		counted;		/* the customer, under JNY_TALLY_END */
} Visits;

/* The customer under a name or JNY_TALLY_END: called once for each. */
static bool
count_visitor(JnyTally *tally, uint32 name, int64 open_end)
{
	return count_unit(tally, jny_tally_get(tally, JNY_TALLY_VISITOR, name, 0, 0),
					  open_end);
}

/*
 * Counts the unit of the events from .. to-1 and what it reached, each name
 * once.  open_end: its last time if it may still go on, else DT_NOBEGIN.
 */
static bool
count_events(Visits *visits, const JnyView *view, uint32 from, uint32 to,
			 bool success, int64 open_end)
{
	JnyTally   *tally = visits->tally;
	bool		over = open_end == DT_NOBEGIN;
	uint32		code = 0;

	visits->unit++;
	for (uint32 i = from; i < to; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		code = jny_code(view, i);
		if (visits->seen[code] == visits->unit)
			continue;
		if (visits->seen[code] == 0 &&
			!count_visitor(tally, visits->name[code], open_end))
			return false;
		visits->seen[code] = visits->unit;
		if (over)
			visits->reached[code]++;
		else if (!count_unit(tally, jny_tally_get(tally, JNY_TALLY_REACHED, visits->name[code], 0, 0), open_end))
			return false;
	}
	if (!success && from < to)
	{
		if (over)
			visits->exits[code]++;
		else if (!count_unit(tally, jny_tally_get(tally, JNY_TALLY_EXIT, visits->name[code], 0, 0), open_end))
			return false;
	}
	if (visits->counted)
		return true;
	visits->counted = true;
	return count_visitor(tally, JNY_TALLY_END, open_end);
}

/* Adds the counts of a customer to the tally. */
static void
add_visits(const Visits *visits, uint32 n)
{
	for (uint32 code = 0; code < n; code++)
	{
		if (visits->reached[code] > 0)
			jny_tally_get(visits->tally, JNY_TALLY_REACHED, visits->name[code], 0, 0)->customers += visits->reached[code];
		if (visits->exits[code] > 0)
			jny_tally_get(visits->tally, JNY_TALLY_EXIT, visits->name[code], 0, 0)->customers += visits->exits[code];
	}
}

bool
jny_drop_add(JnyTally *tally, const JnyView *view, const JnyHits *goals,
			 const JnyDropRule *rule)
{
	JnyFlowNames names;
	Visits		visits = {tally};
	uint32		goal = 0;		/* next of the goals */
	bool		fits = true;

	tally->customers++;
	if (view->n == 0)
		return true;
	tally->last = Max(tally->last, view->last);
	jny_flow_names(&names, tally, view);
	visits.name = names.code;
	visits.seen = (uint32 *) jny_alloc0(3 * (size_t) view->nnames * sizeof(uint32));
	visits.reached = visits.seen + view->nnames;
	visits.exits = visits.reached + view->nnames;
	for (uint32 from = 0, to; fits && from < view->n; from = to)
	{
		uint32		stop;
		bool		success;
		int64		end;
		bool		over;

		to = rule->by_session ? jny_session_end(view, from, rule->silence) :
			view->n;
		while (goal < goals->n && goals->hit[goal].pos < from)
			goal++;
		success = goal < goals->n && goals->hit[goal].pos < to;
		stop = success ? goals->hit[goal].pos : to;
		end = jny_time(view, success ? stop : to - 1);
		over = is_over(end, rule->as_of == DT_NOEND ? tally->last : rule->as_of,
					   rule->silence);
		if (over || rule->as_of == DT_NOEND)
			fits = count_events(&visits, view, from, stop, success,
								over ? DT_NOBEGIN : end);
	}
	add_visits(&visits, view->nnames);
	jny_free(visits.seen);
	jny_flow_names_release(&names);
	return fits;
}

/* ---- the report ---- */

/* What an entry counts, now that the end of the data is known. */
static int64
entry_count(const JnyTally *tally, JnyTallyKind kind, uint32 name,
			const JnyDropRule *rule)
{
	const JnyTallyEntry *entry = jny_tally_find(tally, kind, name, 0, 0);
	int64		count;

	if (entry == NULL)
		return 0;
	count = entry->customers;
	for (uint32 i = 0; i < entry->nlist; i++)
		count += is_over(entry->list[i], tally->last, rule->silence);
	return count;
}

/*
 * Compares one event with the pool of all others.  The opportunity is in
 * customers: someone who leaves ten sessions on a page is one to be won, not
 * ten.
 */
static void
compare_with_pool(JnyDrop *drop, int64 reached, int64 exits)
{
	int64		others = reached - drop->reached;
	JnyRange	range = jny_wilson(drop->exits, drop->reached, CONFIDENCE);

	drop->rate = (double) drop->exits / drop->reached;
	drop->low = range.low;
	drop->high = range.high;
	drop->baseline = drop->excess = drop->opportunity = NAN;
	drop->opportunity_low = NAN;
	if (others == 0)
		return;
	drop->baseline = (double) (exits - drop->exits) / others;
	drop->excess = drop->rate - drop->baseline;
	drop->opportunity = drop->customers * drop->excess;
	drop->opportunity_low = drop->customers *
		Max(0.0, drop->low - drop->baseline);
}

/* Descending, an unknown number last. */
static int
compare_numbers(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (int) isnan(a) - (int) isnan(b);
	return (a < b) - (a > b);
}

/* By what can be gained at least, then at best, then by customers and name. */
static int
compare_drops(const void *x, const void *y, void *arg)
{
	const JnyDrop *a = (const JnyDrop *) x;
	const JnyDrop *b = (const JnyDrop *) y;
	const JnyDict *dict = ((const JnyTally *) arg)->dict;
	int			c = compare_numbers(a->opportunity_low, b->opportunity_low);

	if (c == 0)
		c = compare_numbers(a->opportunity, b->opportunity);
	if (c == 0)
		c = (a->customers < b->customers) - (a->customers > b->customers);
	if (c == 0)
		c = jny_name_cmp(jny_dict_name(dict, a->name),
						 jny_dict_name(dict, b->name));
	return c;
}

/*
 * Events below the floor are not told but belong to the pool that the others
 * are compared with.
 */
JnyDrop *
jny_drop_report(const JnyTally *tally, const JnyDropRule *rule,
				int64 min_customers, uint32 *n, int64 *customers)
{
	uint32		all;
	JnyTallyEntry **entry = jny_tally_entries(tally, JNY_TALLY_REACHED, &all);
	JnyDrop    *drop = (JnyDrop *) jny_alloc((size_t) all * sizeof(JnyDrop) + 1);
	int64		reached = 0;
	int64		exits = 0;
	uint32		kept = 0;

	*customers = entry_count(tally, JNY_TALLY_VISITOR, JNY_TALLY_END, rule);
	if (min_customers < 0)
		min_customers = Max(FLOOR_CUSTOMERS,
							(int64) ceil(*customers * FLOOR_SHARE));
	for (uint32 i = 0; i < all; i++)
	{
		uint32		name = entry[i]->key.a;

		drop[kept].name = name;
		drop[kept].reached = entry_count(tally, JNY_TALLY_REACHED, name, rule);
		drop[kept].exits = entry_count(tally, JNY_TALLY_EXIT, name, rule);
		drop[kept].customers = entry_count(tally, JNY_TALLY_VISITOR, name, rule);
		reached += drop[kept].reached;
		exits += drop[kept].exits;
		if (drop[kept].reached > 0 && drop[kept].customers >= min_customers)
			kept++;
	}
	for (uint32 i = 0; i < kept; i++)
		compare_with_pool(&drop[i], reached, exits);
	qsort_arg(drop, kept, sizeof(JnyDrop), compare_drops, (void *) tally);
	jny_free(entry);
	*n = kept;
	return drop;
}

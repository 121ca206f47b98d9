/*
 * windowfunnel.c
 *	  The funnel over conditions against an exhaustive search, and its strict
 *	  modes against a table of levels filled row by row.
 */
#include "core/windowfunnel.h"

#include "tap.h"

#define MAX_ROWS 9
#define MAX_CONDITIONS 6

/* A small generator of its own, so that every run is the same. */
static uint64 random_state = 20240417;

static uint32
random_below(uint32 below)
{
	random_state = random_state * UINT64CONST(6364136223846793005) +
		UINT64CONST(1442695040888963407);
	return (uint32) (random_state >> 33) % below;
}

/* ---- the longest chain, by trying all of them ---- */

typedef struct Search
{
	const JnyConditions *row;
	int			n;
	int			nconditions;
	int64		window;
	unsigned	modes;
	int			chain[MAX_CONDITIONS];
} Search;

static bool
may_follow(const Search *search, int depth, int i)
{
	const JnyConditions *row = search->row;
	int			last = search->chain[depth - 1];

	if (row[i].ts < row[last].ts ||
		row[i].ts - row[search->chain[0]].ts > search->window)
		return false;
	if ((search->modes & JNY_STRICT_INCREASE) && row[i].ts == row[last].ts)
		return false;
	if (search->modes & JNY_STRICT_ONCE)
		for (int k = 0; k < depth; k++)
			if (search->chain[k] == i)
				return false;
	return true;
}

static int
longest(Search *search, int depth)
{
	int			best = depth;

	if (depth == search->nconditions)
		return depth;
	for (int i = 0; i < search->n; i++)
	{
		int			reached;

		if (!((search->row[i].mask >> depth) & 1))
			continue;
		if (depth > 0 && !may_follow(search, depth, i))
			continue;
		search->chain[depth] = i;
		reached = longest(search, depth + 1);
		best = Max(best, reached);
	}
	return best;
}

/* ---- the strict modes, one (row, condition) after the other ---- */

/*
 * As ClickHouse words them: rows are taken by time, then condition; a level
 * remembers the start of its chain; a break of the rules ends everything.
 * Where equal times do not count, or no two rows are equal and each is taken
 * once, a level builds on what was before this time.  Then "present" is the
 * table as if equal times counted, begun anew at each time: a condition that is
 * present is not missing.
 */
static int
by_table(const JnyConditions *row, int n, int nconditions, int64 window,
		 unsigned modes)
{
	int64		start[MAX_CONDITIONS + 1] = {0};
	int64		start_before[MAX_CONDITIONS + 1];
	bool		reached[MAX_CONDITIONS + 2] = {false};
	bool		reached_before[MAX_CONDITIONS + 2];
	bool		apart = (modes & (JNY_STRICT_INCREASE | JNY_STRICT_ONCE)) != 0;
	int64		present_start[MAX_CONDITIONS + 1];
	bool		present[MAX_CONDITIONS + 2];
	const bool *not_missing = modes & JNY_STRICT_INCREASE ? present : reached;
	const int64 *below = apart ? start_before : start;
	const bool *below_reached = apart ? reached_before : reached;
	int			depth = 0;

	for (int from = 0, to; from < n; from = to)
	{
		bool		unmatched = false;

		for (to = from; to < n && row[to].ts == row[from].ts; to++)
			unmatched |= row[to].mask == 0;
		if (unmatched && (modes & JNY_STRICT_ORDER) && reached[1])
			return depth;
		memcpy(start_before, start, sizeof(start));
		memcpy(reached_before, reached, sizeof(reached));
		memcpy(present_start, start, sizeof(start));
		memcpy(present, reached, sizeof(reached));
		for (int c = 1; c <= nconditions; c++)
			for (int i = from; i < to; i++)
			{
				if (!((row[i].mask >> (c - 1)) & 1))
					continue;
				if (c == 1 || (present[c - 1] && row[i].ts <= present_start[c - 1] + window))
				{
					present[c] = true;
					present_start[c] = c == 1 ? row[i].ts : present_start[c - 1];
				}
				if (c == 1)
					start[1] = row[i].ts;
				else if (reached[c] && (modes & JNY_STRICT_DEDUPLICATION))
					return depth;
				else if (reached[1] && !not_missing[c - 1] && (modes & JNY_STRICT_ORDER))
				{
					if (modes & JNY_ALLOW_REENTRY)
						continue;
					return depth;
				}
				else if (!below_reached[c - 1] || row[i].ts > below[c - 1] + window)
					continue;
				else
					start[c] = below[c - 1];
				reached[c] = true;
				depth = Max(depth, c);
				if (depth == nconditions)
					return depth;
			}
	}
	return depth;
}

/* ---- random rows ---- */

static void
random_rows(JnyConditionRows *rows, int nconditions, bool ties)
{
	int			n = (int) random_below(MAX_ROWS + 1);
	int			span = ties ? 1 + (int) random_below(6) : 1000000;
	bool		several = random_below(2);
	JnyError	err;

	jny_conditions_init(rows);
	for (int i = 0; i < n; i++)
	{
		uint64		mask = random_below(6) == 0 ? 0 :
			UINT64CONST(1) << random_below(nconditions);

		if (several)
			mask |= random_below(1u << nconditions) & random_below(1u << nconditions);
		if (jny_conditions_push(rows, random_below(span), mask, &err) != JNY_OK)
			abort();
	}
	jny_conditions_sort(rows);
}

static void
describe(const JnyConditionRows *rows, int nconditions)
{
	for (uint32 i = 0; i < rows->n; i++)
		diag("  %lld %llx of %d", (long long) rows->rows[i].ts,
			 (unsigned long long) rows->rows[i].mask, nconditions);
}

static void
test_chains(void)
{
	static const unsigned modes[] = {0, JNY_STRICT_INCREASE, JNY_STRICT_ONCE,
	JNY_STRICT_INCREASE | JNY_STRICT_ONCE};

	for (int round = 0; round < 60000; round++)
	{
		int			nconditions = 1 + (int) random_below(MAX_CONDITIONS);
		int64		window = random_below(5) == 0 ? 100 : random_below(5);
		JnyConditionRows rows;

		random_rows(&rows, nconditions, true);
		for (int m = 0; m < lengthof(modes); m++)
		{
			Search		search = {rows.rows, (int) rows.n, nconditions, window, modes[m]};
			int			expected = longest(&search, 0);
			int			found = jny_windowfunnel(&rows, nconditions, window, modes[m]);

			JNY_CASE(found == expected, "modes %x window %lld: %d, not %d",
					 modes[m], (long long) window, found, expected);
			if (found != expected && tap_case_failures <= 5)
				describe(&rows, nconditions);
		}
		jny_conditions_reset(&rows);
	}
	ok(jny_cases_ok(), "default, strict_increase and strict_once are the longest chain");
}

static void
test_strict(void)
{
	for (int round = 0; round < 60000; round++)
	{
		int			nconditions = 1 + (int) random_below(MAX_CONDITIONS);
		bool		ties = random_below(2);
		int64		window = ties ? random_below(6) : random_below(1000000);
		unsigned	modes = 0;
		JnyConditionRows rows;
		int			expected;
		int			found;

		if (random_below(2))
			modes |= JNY_STRICT_DEDUPLICATION;
		if (random_below(2))
			modes |= JNY_STRICT_ORDER | (random_below(2) ? JNY_ALLOW_REENTRY : 0);
		if (random_below(3) == 0)
			modes |= JNY_STRICT_INCREASE;
		if (random_below(3) == 0 && (!ties || (modes & JNY_STRICT_INCREASE)))
			modes |= JNY_STRICT_ONCE;
		random_rows(&rows, nconditions, ties);
		expected = by_table(rows.rows, (int) rows.n, nconditions, window, modes);
		found = jny_windowfunnel(&rows, nconditions, window, modes);
		JNY_CASE(found == expected, "modes %x window %lld: %d, not %d",
				 modes, (long long) window, found, expected);
		if (found != expected && tap_case_failures <= 5)
			describe(&rows, nconditions);
		jny_conditions_reset(&rows);
	}
	ok(jny_cases_ok(), "all modes together stop where they should");
}

/* Arrival order and the way states are combined change nothing. */
static void
test_order(void)
{
	for (int round = 0; round < 5000; round++)
	{
		JnyConditionRows rows;
		JnyConditionRows parts[2];
		JnyError	err;

		random_rows(&rows, 4, true);
		jny_conditions_init(&parts[0]);
		jny_conditions_init(&parts[1]);
		for (uint32 i = rows.n; i-- > 0;)
			jny_conditions_push(&parts[random_below(2)], rows.rows[i].ts,
								rows.rows[i].mask, &err);
		jny_conditions_append(&parts[0], &parts[1], &err);
		jny_conditions_sort(&parts[0]);
		JNY_CASE(parts[0].n == rows.n &&
				 memcmp(parts[0].rows, rows.rows,
						rows.n * sizeof(JnyConditions)) == 0, "round %d", round);
		jny_conditions_reset(&rows);
		jny_conditions_reset(&parts[0]);
		jny_conditions_reset(&parts[1]);
	}
	ok(jny_cases_ok(), "rows have one order");
}

/* Many starts, many rows of one time: neither may be quadratic. */
static void
test_long(void)
{
	JnyConditionRows rows;
	JnyError	err;

	jny_conditions_init(&rows);
	for (int i = 0; i < 1000000; i++)
		jny_conditions_push(&rows, i, 1, &err);
	jny_conditions_push(&rows, 1000000, 2, &err);
	ok(jny_windowfunnel(&rows, 2, 1, JNY_STRICT_ONCE) == 2,
	   "a million starts and a second step");
	jny_conditions_reset(&rows);

	for (int i = 0; i < 300000; i++)
		jny_conditions_push(&rows, 0, random_state = random_state * 5 + 1, &err);
	jny_conditions_sort(&rows);
	ok(jny_windowfunnel(&rows, 64, 0, JNY_STRICT_ONCE) == 64 &&
	   jny_windowfunnel(&rows, 64, 0, 0) == 64 &&
	   jny_windowfunnel(&rows, 64, 0, JNY_STRICT_INCREASE) == 1,
	   "300,000 rows of one time and 64 conditions");
	jny_conditions_reset(&rows);

	/* 64 conditions that 63 rows share */
	for (int i = 0; i < 63; i++)
		jny_conditions_push(&rows, 0, PG_UINT64_MAX, &err);
	ok(jny_windowfunnel(&rows, 64, 0, JNY_STRICT_ONCE) == 63 &&
	   jny_windowfunnel(&rows, 64, 0, 0) == 64, "one row too few");
	jny_conditions_reset(&rows);

	jny_conditions_push(&rows, MIN_TIMESTAMP, 1, &err);
	jny_conditions_push(&rows, END_TIMESTAMP - 1, 2, &err);
	ok(jny_windowfunnel(&rows, 2, PG_UINT64_MAX, 0) == 2 &&
	   jny_windowfunnel(&rows, 2, PG_INT64_MAX, 0) == 1, "the widest gap there is");
	ok(jny_conditions_push(&rows, PG_INT64_MAX, 1, &err) == JNY_E_INFINITE_TIME &&
	   jny_conditions_push(&rows, PG_INT64_MIN, 1, &err) == JNY_E_INFINITE_TIME &&
	   jny_conditions_push(&rows, END_TIMESTAMP, 1, &err) == JNY_E_TIME_RANGE,
	   "times that no event has");
	jny_conditions_reset(&rows);
}

int
main(void)
{
	test_chains();
	test_strict();
	test_order();
	test_long();
	return done_testing();
}

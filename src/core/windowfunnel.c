/*
 * windowfunnel.c
 *	  Rows of conditions, and how far they go through a funnel.
 *
 * For each level the funnel knows the latest start of a chain that reached it.
 * A later start reaches whatever an earlier one does, so that one time is
 * enough and one pass over the rows is exact.  The set of reached levels is
 * 1 .. depth: a level is reached by way of the one before it only.
 */
#include "core/windowfunnel.h"

#include "port/pg_bitutils.h"

/* Room of the first array that replaces the inline rows. */
#define FIRST_ARRAY 32

void
jny_conditions_init(JnyConditionRows *rows)
{
	rows->rows = rows->few;
	rows->n = 0;
	rows->cap = JNY_FEW_CONDITIONS;
	rows->sorted = true;
}

/* Makes room for so many rows in all. */
static JnyCode
reserve(JnyConditionRows *rows, uint64 need, JnyError *err)
{
	uint64		cap;

	if (need > JNY_MAX_EVENTS)
		return jny_fail(err, JNY_E_MAX_EVENTS, 0, 0, JNY_MAX_EVENTS, NULL);
	if (need <= rows->cap)
		return JNY_OK;

	cap = Max(Max(need, (uint64) rows->cap * 2), FIRST_ARRAY);
	cap = Min(cap, JNY_MAX_EVENTS);
	if (rows->rows == rows->few)
	{
		rows->rows = (JnyConditions *) jny_alloc(cap * sizeof(JnyConditions));
		memcpy(rows->rows, rows->few, rows->n * sizeof(JnyConditions));
	}
	else
		rows->rows = (JnyConditions *) jny_realloc(rows->rows,
												   cap * sizeof(JnyConditions));
	rows->cap = (uint32) cap;
	return JNY_OK;
}

static inline int
row_cmp(const JnyConditions *a, const JnyConditions *b)
{
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return jny_mask_cmp(a->mask, b->mask);
}

/* Adds a row; refuses a time no event can have.  Amortised O(1). */
JnyCode
jny_conditions_push(JnyConditionRows *rows, int64 ts, uint64 mask,
					JnyError *err)
{
	JnyConditions *row;

	if (TIMESTAMP_NOT_FINITE(ts))
		return jny_fail(err, JNY_E_INFINITE_TIME, 0, 0, 0, NULL);
	if (!IS_VALID_TIMESTAMP(ts))
		return jny_fail(err, JNY_E_TIME_RANGE, 0, 0, 0, NULL);
	if (rows->n == rows->cap &&
		reserve(rows, (uint64) rows->n + 1, err) != JNY_OK)
		return err->code;
	row = &rows->rows[rows->n++];
	row->ts = ts;
	row->mask = mask;
	if (rows->n > 1 && rows->sorted)
		rows->sorted = row_cmp(row - 1, row) <= 0;
	return JNY_OK;
}

/* Adds the rows of another state, which stays as it is. */
JnyCode
jny_conditions_append(JnyConditionRows *rows, const JnyConditionRows *other,
					  JnyError *err)
{
	if (other->n == 0)
		return JNY_OK;
	if (reserve(rows, (uint64) rows->n + other->n, err) != JNY_OK)
		return err->code;
	rows->sorted = rows->sorted && other->sorted &&
		(rows->n == 0 || row_cmp(&rows->rows[rows->n - 1], other->rows) <= 0);
	memcpy(rows->rows + rows->n, other->rows, other->n * sizeof(JnyConditions));
	rows->n += other->n;
	return JNY_OK;
}

#define ST_SORT sort_rows
#define ST_ELEMENT_TYPE JnyConditions
#define ST_COMPARE(a, b) row_cmp(a, b)
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

/* Brings the rows into their order; nothing to do if they came so. */
void
jny_conditions_sort(JnyConditionRows *rows)
{
	if (!rows->sorted)
		sort_rows(rows->rows, rows->n);
	rows->sorted = true;
}

/* Frees the array and makes the rows empty. */
void
jny_conditions_reset(JnyConditionRows *rows)
{
	if (rows->rows != rows->few)
		jny_free(rows->rows);
	jny_conditions_init(rows);
}

/* ---- distinct rows between equal times ---- */

/* Rows of one time that matter: see matching_begin. */
#define MATCHING_ROWS (JNY_MAX_CONDITIONS * JNY_MAX_CONDITIONS)

/*
 * Conditions first .. last, each with a row of its own.  Grown and shrunk by
 * one condition at a time, along augmenting paths (Kuhn 1955).
 */
typedef struct Matching
{
	int			first;
	int			last;			/* first - 1: none */
	uint32		n;
	uint32		round;
	uint64		mask[MATCHING_ROWS];
	uint32		seen[MATCHING_ROWS];	/* round that looked at the row last */
	uint8		owner[MATCHING_ROWS];	/* condition that has it, 0 none */
	uint32		row_of[JNY_MAX_CONDITIONS + 1];
} Matching;

/*
 * An empty matching over the rows of one time.  A row is left out when each of
 * its conditions has as many rows as there are conditions: whichever of them
 * others take, one is left.
 */
static void
matching_begin(Matching *matching, const JnyConditions *row, uint32 n,
			   int nconditions)
{
	int			count[JNY_MAX_CONDITIONS] = {0};

	matching->first = 1;
	matching->last = 0;
	matching->n = 0;
	matching->round = 0;
	for (uint32 i = 0; i < n; i++)
	{
		bool		keep = false;

		for (uint64 rest = row[i].mask; rest; rest &= rest - 1)
			keep |= count[pg_rightmost_one_pos64(rest)]++ < nconditions;
		if (!keep)
			continue;
		matching->mask[matching->n] = row[i].mask;
		matching->seen[matching->n] = 0;
		matching->owner[matching->n++] = 0;
	}
}

/* Gives a condition a row, moving others to other rows if need be. */
static bool
augment(Matching *matching, int condition)
{
	uint64		bit = UINT64CONST(1) << (condition - 1);

	for (uint32 i = 0; i < matching->n; i++)
	{
		if (!(matching->mask[i] & bit) || matching->seen[i] == matching->round)
			continue;
		matching->seen[i] = matching->round;
		if (matching->owner[i] == 0 || augment(matching, matching->owner[i]))
		{
			matching->owner[i] = (uint8) condition;
			matching->row_of[condition] = i;
			return true;
		}
	}
	return false;
}

/*
 * Extends the matching by a condition that some row satisfies, leaving out
 * conditions from its lower end until it fits.  The lower ends ascend with the
 * conditions, for what can be matched can be matched without its first part.
 */
static void
matching_extend(Matching *matching, int condition)
{
	if (condition != matching->last + 1)
	{
		memset(matching->owner, 0, matching->n);
		matching->first = condition;
	}
	matching->last = condition;
	for (;;)
	{
		matching->round++;
		if (augment(matching, condition))
			return;
		Assert(matching->first < condition);
		matching->owner[matching->row_of[matching->first++]] = 0;
	}
}

/* ---- the funnel ---- */

typedef struct Funnel
{
	int			n;				/* conditions */
	uint64		window;
	unsigned	modes;
	int			depth;			/* levels 1 .. depth are reached */
	int64		start[JNY_MAX_CONDITIONS + 1];	/* latest, by level */
	int64		before[JNY_MAX_CONDITIONS + 1]; /* the same before this group */
	Matching   *matching;		/* made when it is needed first */
} Funnel;

/* Rows of one time. */
typedef struct Group
{
	int64		ts;
	const JnyConditions *row;
	uint32		n;
	uint64		any;			/* conditions of at least one row */
	uint64		twice;			/* conditions of at least two rows */
	bool		unmatched;		/* a row without conditions is among them */
	bool		matched;		/* conditions compete for the rows */
	int			depth_before;	/* the funnel's before this group */
	int			present;		/* level that a row of this time stands for ... */
	int64		present_start;	/* ... if equal times counted, and its start */
} Group;

/* Reads the rows of one time, beginning at *at. */
static void
next_group(const JnyConditionRows *rows, uint32 *at, Group *group)
{
	const JnyConditions *row = rows->rows + *at;

	group->ts = row->ts;
	group->row = row;
	group->any = group->twice = 0;
	group->unmatched = false;
	group->present = 0;
	group->present_start = group->ts;
	for (; *at < rows->n && row->ts == group->ts; row++, (*at)++)
	{
		group->twice |= group->any & row->mask;
		group->any |= row->mask;
		group->unmatched |= row->mask == 0;
	}
	group->n = (uint32) (row - group->row);
}

/*
 * The latest start of a chain that could take condition c from this group;
 * false if none could.  Where a chain may not use two rows of this time, or
 * not the same row twice, it builds on what was reached before the group.
 */
static bool
find_start(const Funnel *funnel, const Group *group, int c, int64 *start)
{
	bool		apart = (funnel->modes & (JNY_STRICT_ONCE | JNY_STRICT_INCREASE)) != 0;
	int			from = c - 1;

	if (group->matched)
	{
		matching_extend(funnel->matching, c);
		from = funnel->matching->first - 1;
	}
	if (from == 0)
	{
		*start = group->ts;
		return true;
	}
	*start = apart ? funnel->before[from] : funnel->start[from];
	return from <= (apart ? group->depth_before : funnel->depth) &&
		(uint64) group->ts - (uint64) *start <= funnel->window;
}

/*
 * Whether condition c comes before its predecessor.  Where equal times do not
 * count, a predecessor of the same time does not make a level, but neither is
 * it missing.
 */
static bool
too_early(const Funnel *funnel, const Group *group, int c)
{
	if (funnel->depth == 0 || c - 1 <= funnel->depth)
		return false;
	return !(funnel->modes & JNY_STRICT_INCREASE) || group->present != c - 1;
}

/* Notes that condition c is there at this time, if a chain could reach it. */
static void
note_present(const Funnel *funnel, Group *group, int c)
{
	int64		start = group->ts;

	if (c > 1 && group->present == c - 1)
		start = group->present_start;
	else if (c > 1 && c - 1 <= funnel->depth)
		start = funnel->start[c - 1];
	else if (c > 1)
		return;
	if ((uint64) group->ts - (uint64) start > funnel->window)
		return;
	group->present = c;
	group->present_start = start;
}

/*
 * Takes one group.  Conditions ascend, as between equal times they do in a
 * chain.  False: nothing behind this group counts.
 */
static bool
take_group(Funnel *funnel, Group *group)
{
	unsigned	modes = funnel->modes;

	if (group->matched)
	{
		if (funnel->matching == NULL)
			funnel->matching = (Matching *) jny_alloc(sizeof(Matching));
		matching_begin(funnel->matching, group->row, group->n, funnel->n);
	}
	if (modes & (JNY_STRICT_ONCE | JNY_STRICT_INCREASE))
		memcpy(funnel->before, funnel->start,
			   (funnel->depth + 1) * sizeof(funnel->start[0]));
	for (uint64 rest = group->any; rest; rest &= rest - 1)
	{
		int			c = pg_rightmost_one_pos64(rest) + 1;
		int64		start;

		if ((modes & JNY_STRICT_DEDUPLICATION) && c > 1 && c <= funnel->depth)
			return false;
		if ((modes & JNY_STRICT_ORDER) && too_early(funnel, group, c))
		{
			if (modes & JNY_ALLOW_REENTRY)
				continue;
			return false;
		}
		if (find_start(funnel, group, c, &start))
		{
			funnel->start[c] = start;
			funnel->depth = Max(funnel->depth, c);
		}
		if (funnel->depth == funnel->n)
			return false;
		note_present(funnel, group, c);
		/* the second of two rows of this time that satisfy a reached level */
		if ((modes & JNY_STRICT_DEDUPLICATION) && c > 1 &&
			c <= funnel->depth && ((group->twice >> (c - 1)) & 1))
			return false;
	}
	return true;
}

/*
 * One pass over sorted rows, O(rows + conditions that hold), times the number
 * of conditions inside a group of equal times with JNY_STRICT_ONCE.
 */
int
jny_windowfunnel(const JnyConditionRows *rows, int nconditions, uint64 window,
				 unsigned modes)
{
	Funnel		funnel;
	Group		group;
	uint32		at = 0;
	uint32		groups = 0;

	Assert(rows->sorted);
	funnel.n = nconditions;
	funnel.window = window;
	funnel.modes = modes;
	funnel.depth = 0;
	funnel.matching = NULL;
	while (at < rows->n)
	{
		if ((++groups & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		next_group(rows, &at, &group);
		group.depth_before = funnel.depth;
		group.matched = group.n > 1 && (modes & JNY_STRICT_ONCE) &&
			!(modes & JNY_STRICT_INCREASE);
		if (group.unmatched && (modes & JNY_STRICT_ORDER) && funnel.depth > 0)
			break;
		if (!take_group(&funnel, &group))
			break;
	}
	if (funnel.matching)
		jny_free(funnel.matching);
	return funnel.depth;
}

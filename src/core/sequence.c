/*
 * sequence.c
 *	  Patterns over numbered conditions, in the notation of ClickHouse.
 *
 * A pattern is a list of parts: a choice of a row, then rows taken one behind
 * the other.  A match is one chosen row for each part.  If two matches differ
 * first at some choice, the one that chooses the earlier row there can always
 * go on as early as the other: a chosen row that fits behind a later one also
 * fits behind an earlier one unless an upper bound of time cuts it off, and
 * then the later one is chosen at that choice.  So the first match in the order
 * of a depth-first search, which is ClickHouse's, is also the one that ends
 * earliest, and one pass over the rows with a few values for each part finds
 * it: O(rows * elements), no search, no limit.
 */
#include "core/sequence.h"

#include "core/scan.h"

/* ---- parsing ---- */

/* Reads an unsigned number of at most 18 digits, leading zeros aside. */
static bool
scan_count(JnyScan *scan, uint64 *number)
{
	size_t		start = scan->at;
	uint64		sum = 0;

	for (; scan->at < scan->len && is_digit(scan->text[scan->at]); scan->at++)
	{
		if (sum > PG_INT64_MAX / 100)
		{
			scan->at = start;
			syntax_error(scan, "a smaller number");
			return false;
		}
		sum = sum * 10 + (uint64) (scan->text[scan->at] - '0');
	}
	*number = sum;
	if (scan->at > start)
		return true;
	syntax_error(scan, "a number");
	return false;
}

/* Reads what stands behind "(?t" and before ")". */
static bool
scan_gate(JnyScan *scan, JnyGate *gate, uint64 *us)
{
	char		sign = peek(scan, 0);
	bool		equal = peek(scan, 1) == '=';
	uint64		seconds;

	if (sign == '<')
		*gate = equal ? JNY_GATE_LE : JNY_GATE_LT;
	else if (sign == '>')
		*gate = equal ? JNY_GATE_GE : JNY_GATE_GT;
	else if (sign == '=' && equal)
		*gate = JNY_GATE_EQ;
	else
	{
		syntax_error(scan, "<=, <, >=, > or ==");
		return false;
	}
	scan->at += equal ? 2 : 1;
	if (!scan_count(scan, &seconds))
		return false;
	*us = seconds > PG_UINT64_MAX / USECS_PER_SEC ?
		PG_UINT64_MAX : seconds * USECS_PER_SEC;
	return true;
}

static void
add_part(JnySequence *sequence, JnyGate gate, uint64 us)
{
	JnySequencePart *part = &sequence->part[sequence->nparts++];

	part->gate = gate;
	part->us = us;
	part->first = sequence->nsteps;
	part->len = 0;
}

static void
add_step(JnySequence *sequence, uint8 condition)
{
	sequence->step[sequence->nsteps++] = condition;
	sequence->part[sequence->nparts - 1].len++;
}

/*
 * Reads one element.  A time may not follow a time: it would compare the row
 * with itself.
 */
static bool
scan_element(JnyScan *scan, JnySequence *sequence, int nconditions,
			 bool *after_time)
{
	size_t		start = scan->at;
	uint64		number;
	JnyGate		gate;

	if (peek(scan, 0) == '.')
	{
		bool		star = peek(scan, 1) == '*';

		scan->at += star ? 2 : 1;
		*after_time = false;
		if (star)
			add_part(sequence, JNY_GATE_ANY, 0);
		else
			add_step(sequence, 0);
		return true;
	}
	if (peek(scan, 0) != '(' || peek(scan, 1) != '?')
	{
		syntax_error(scan, "(?N), (?t..), . or .*");
		return false;
	}
	scan->at += 2;
	if (peek(scan, 0) == 't')
	{
		if (*after_time)
		{
			scan->at = start;
			syntax_error(scan, "a condition, . or .* between two times");
			return false;
		}
		scan->at++;
		if (!scan_gate(scan, &gate, &number))
			return false;
		add_part(sequence, gate, number);
		*after_time = true;
	}
	else
	{
		size_t		at = scan->at;

		if (!scan_count(scan, &number))
			return false;
		if (number < 1 || number > (uint64) nconditions)
		{
			scan->at = at;
			syntax_error(scan, "the number of a condition, from 1 to how many there are");
			return false;
		}
		add_step(sequence, (uint8) number);
		*after_time = false;
	}
	return scan_byte(scan, ')', "\")\"");
}

/* A part that is satisfied when no row is left to choose. */
static bool
holds_at_end(const JnySequencePart *part)
{
	return part->len == 0 &&
		(part->gate == JNY_GATE_ANY || part->gate == JNY_GATE_LE ||
		 part->gate == JNY_GATE_LT ||
		 (part->gate == JNY_GATE_GE && part->us == 0));
}

JnyCode
jny_sequence_parse(const char *text, size_t len, int nconditions,
				   JnySequence **result, JnyError *err)
{
	JnyScan		scan = {text, len, 0, err};
	uint32		most = (uint32) Min(len, JNY_MAX_SEQUENCE) + 1;
	JnySequence *sequence;
	bool		after_time = false;

	sequence = (JnySequence *) jny_alloc(sizeof(JnySequence) +
										 most * sizeof(JnySequencePart) + most);
	sequence->part = (JnySequencePart *) (sequence + 1);
	sequence->step = (uint8 *) (sequence->part + most);
	sequence->nparts = sequence->nsteps = 0;
	add_part(sequence, JNY_GATE_ANY, 0);
	while (scan.at < len)
	{
		JnyCode		code = JNY_OK;

		if (sequence->nparts + sequence->nsteps > JNY_MAX_SEQUENCE)
			code = jny_fail(err, JNY_E_MAX_ITEMS, scan.at, 0, JNY_MAX_SEQUENCE, NULL);
		else if (!scan_element(&scan, sequence, nconditions, &after_time))
			code = err->code;
		if (code != JNY_OK)
		{
			jny_free(sequence);
			return code;
		}
	}
	sequence->trailing = sequence->nparts;
	while (sequence->trailing > 0 &&
		   holds_at_end(&sequence->part[sequence->trailing - 1]))
		sequence->trailing--;
	*result = sequence;
	return JNY_OK;
}

/* ---- matching ---- */

/*
 * What one part knows while the rows go by.  A row chosen for it is complete
 * len rows later, when the next part may choose.
 *
 *	  chosen   ring of len + 1: whether it chose the row so many places ago
 *	  first    time of the last row taken, of the earliest choice complete now
 *	  last     the same of the latest
 *	  times    the same of all, ascending: where the next gate is ==
 */
typedef struct PartState
{
	bool	   *chosen;
	bool		complete;
	int64		first;
	int64		last;
	int64	   *times;
	uint32		head;
	uint32		ntimes;
	uint32		cap;
} PartState;

typedef struct Matcher
{
	const JnySequence *sequence;
	const JnyConditions *row;
	uint32		n;
	PartState  *state;
} Matcher;

static void
matcher_init(Matcher *matcher, const JnySequence *sequence,
			 const JnyConditionRows *rows)
{
	bool	   *ring;

	Assert(rows->sorted);
	matcher->sequence = sequence;
	matcher->row = rows->rows;
	matcher->n = rows->n;
	matcher->state = (PartState *)
		jny_alloc0(sequence->nparts * sizeof(PartState) +
				   sequence->nparts + sequence->nsteps);
	ring = (bool *) (matcher->state + sequence->nparts);
	for (uint32 i = 0; i < sequence->nparts; i++)
	{
		matcher->state[i].chosen = ring;
		ring += sequence->part[i].len + 1;
	}
}

static void
matcher_free(Matcher *matcher)
{
	for (uint32 i = 0; i < matcher->sequence->nparts; i++)
		if (matcher->state[i].times)
			jny_free(matcher->state[i].times);
	jny_free(matcher->state);
}

/* Forgets what was chosen, for a match that begins at a later row. */
static void
matcher_reset(Matcher *matcher)
{
	const JnySequence *sequence = matcher->sequence;

	memset(matcher->state[0].chosen, 0, sequence->nparts + sequence->nsteps);
	for (uint32 i = 0; i < sequence->nparts; i++)
	{
		matcher->state[i].complete = false;
		matcher->state[i].head = matcher->state[i].ntimes = 0;
	}
}

static void
push_time(PartState *state, int64 ts)
{
	if (state->ntimes == state->cap)
	{
		state->cap = Max(state->cap * 2, 64);
		if (state->times == NULL)
			state->times = (int64 *) jny_alloc(state->cap * sizeof(int64));
		else
			state->times = (int64 *) jny_realloc(state->times,
												 (size_t) state->cap * sizeof(int64));
	}
	state->times[state->ntimes++] = ts;
}

/* Whether the rows of part i, chosen at row q, are all there. */
static inline bool
takes(const Matcher *matcher, const JnySequencePart *part, uint32 q)
{
	const uint8 *step = matcher->sequence->step + part->first;

	if (part->len > matcher->n - q)
		return false;
	for (uint32 k = 0; k < part->len; k++)
		if (step[k] != 0 &&
			!((matcher->row[q + k].mask >> (step[k] - 1)) & 1))
			return false;
	return true;
}

/* Whether a gate may go to a row of this time, behind the part before it. */
static bool
passes(const JnySequencePart *part, PartState *before, int64 ts)
{
	if (!before->complete)
		return false;
	switch (part->gate)
	{
		case JNY_GATE_ANY:
			return true;
		case JNY_GATE_LE:
			return (uint64) ts - (uint64) before->last <= part->us;
		case JNY_GATE_LT:
			return (uint64) ts - (uint64) before->last < part->us;
		case JNY_GATE_GE:
			return (uint64) ts - (uint64) before->first >= part->us;
		case JNY_GATE_GT:
			return (uint64) ts - (uint64) before->first > part->us;
		case JNY_GATE_EQ:
			while (before->head < before->ntimes &&
				   (uint64) ts - (uint64) before->times[before->head] > part->us)
				before->head++;
			return before->head < before->ntimes &&
				(uint64) ts - (uint64) before->times[before->head] == part->us;
	}
	return false;
}

/* Notes at row q that the choice len rows ago, if there was one, is complete. */
static void
complete(const Matcher *matcher, uint32 i, uint32 from, uint32 q)
{
	const JnySequencePart *part = &matcher->sequence->part[i];
	PartState  *state = &matcher->state[i];
	int64		ts;

	if (q - from < part->len || !state->chosen[(q - part->len) % (part->len + 1)])
		return;
	ts = matcher->row[part->len > 0 ? q - 1 : q].ts;
	if (!state->complete)
		state->first = ts;
	state->complete = true;
	state->last = ts;
	if (i + 1 < matcher->sequence->nparts && part[1].gate == JNY_GATE_EQ &&
		(state->ntimes == 0 || state->times[state->ntimes - 1] != ts))
		push_time(state, ts);
}

/*
 * The first match that begins at row "from" or behind it; *end is the row
 * behind its last one.
 */
static bool
next_match(Matcher *matcher, uint32 from, uint32 *end)
{
	const JnySequence *sequence = matcher->sequence;
	uint32		last = sequence->nparts - 1;
	uint32		trailing = sequence->trailing;

	matcher_reset(matcher);
	for (uint32 q = from; q < matcher->n; q++)
	{
		if ((q & 0xFFF) == 0)
			JNY_CHECK_INTERRUPTS();
		for (uint32 i = 0; i <= last; i++)
		{
			const JnySequencePart *part = &sequence->part[i];
			bool		chosen = (i == 0 ||
								  passes(part, &matcher->state[i - 1], matcher->row[q].ts)) &&
				takes(matcher, part, q);

			if (chosen && i == last)
			{
				*end = q + part->len;
				return true;
			}
			matcher->state[i].chosen[q % (part->len + 1)] = chosen;
			complete(matcher, i, from, q);
		}
	}

	/* What is left holds behind the last row. */
	*end = matcher->n;
	if (trailing == 0)
		return from == matcher->n;
	if (trailing <= last)
	{
		uint32		len = sequence->part[trailing - 1].len;

		return len > 0 && matcher->n - from >= len &&
			matcher->state[trailing - 1].chosen[(matcher->n - len) % (len + 1)];
	}
	return false;
}

bool
jny_sequence_match(const JnySequence *sequence, const JnyConditionRows *rows)
{
	Matcher		matcher;
	uint32		end;
	bool		found;

	matcher_init(&matcher, sequence, rows);
	found = next_match(&matcher, 0, &end);
	matcher_free(&matcher);
	return found;
}

int64
jny_sequence_count(const JnySequence *sequence, const JnyConditionRows *rows)
{
	Matcher		matcher;
	uint32		from = 0;
	uint32		end;
	int64		count = 0;

	matcher_init(&matcher, sequence, rows);
	while (from < rows->n && next_match(&matcher, from, &end))
	{
		count++;
		from = Max(end, from + 1);
	}
	matcher_free(&matcher);
	return count;
}

/* ---- the node next to a chain ---- */

int
jny_visit_cmp(const JnyVisit *a, const JnyVisit *b, const char *text)
{
	JnyName		left = {text + a->at, a->len};
	JnyName		right = {text + b->at, b->len};
	int			c;

	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	c = jny_name_cmp(left, right);
	if (c != 0)
		return c;
	if (a->base != b->base)
		return a->base ? -1 : 1;
	return jny_mask_cmp(a->mask, b->mask);
}

#define ST_SORT sort_visits
#define ST_ELEMENT_TYPE JnyVisit
#define ST_COMPARE_ARG_TYPE const char
#define ST_COMPARE(a, b, text) jny_visit_cmp(a, b, text)
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

void
jny_visits_sort(JnyVisit *node, uint32 n, const char *text)
{
	sort_visits(node, n, text);
}

/* The row a chain begins at; n if there is none. */
static uint32
base_of(const JnyVisit *node, uint32 n, JnyVisitBase base)
{
	uint32		at = 0;

	switch (base)
	{
		case JNY_BASE_HEAD:
			return n > 0 && node[0].base ? 0 : n;
		case JNY_BASE_TAIL:
			return n > 0 && node[n - 1].base ? n - 1 : n;
		case JNY_BASE_FIRST_MATCH:
			while (at < n && !(node[at].base && (node[at].mask & 1)))
				at++;
			return at;
		case JNY_BASE_LAST_MATCH:
			for (at = n; at > 0; at--)
				if (node[at - 1].base && (node[at - 1].mask & 1))
					return at - 1;
			return n;
	}
	return n;
}

uint32
jny_next_visit(const JnyVisit *node, uint32 n, int nconditions, bool backward,
			  JnyVisitBase base)
{
	uint32		at = base_of(node, n, base);

	for (int i = 0; i < nconditions && at < n; i++)
	{
		if (!((node[at].mask >> i) & 1))
			return n;
		/* before the first row lies what is behind the last: nothing */
		at = backward ? (at == 0 ? n : at - 1) : at + 1;
	}
	return at;
}

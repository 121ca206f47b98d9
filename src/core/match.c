/*
 * match.c
 *	  Attempts: how far a journey follows a pattern, and when.
 *
 * Times never step back along an attempt, so hits of equal time form groups
 * that an attempt passes one after the other; what happens inside a group is
 * match_group.c.  Between groups dynamic programming over levels suffices:
 * forward, keeping per level the latest start (it dominates all earlier ones
 * when there is a window); backward, keeping per level the earliest finish.
 * Every pass is O(hits * items) at worst and mostly touches one level a hit.
 */
#include "core/match.h"

#include "core/match_group.h"
#include "core/track.h"
#include "port/pg_bitutils.h"

/* The attempts alive between two groups. */
typedef struct Front
{
	uint64		live;			/* bit i: some attempt is at level i < n */
	int			deepest;		/* level seen so far */
	uint32		start[JNY_MAX_ITEMS + 1];	/* per level: the latest hit, first
											 * of its group, it starts with */
} Front;

/* Looks for a cancel request when a step from one hit to another is due one. */
static inline void
check_step(uint32 from, uint32 to)
{
	if ((from ^ to) > JNY_INTERRUPT_MASK)
		JNY_CHECK_INTERRUPTS();
}

/* ---- one group, forward ---- */

/* Is the time of hit k still inside the window of what started with start? */
static inline bool
in_window(const JnyMatcher *m, uint32 start, uint32 k)
{
	return (uint64) m->hit[k].ts - (uint64) m->hit[start].ts <= m->window;
}

/* Some attempt that starts with hit start is at this level now. */
static inline void
arrive(Front *front, int level, uint32 start, uint64 *live)
{
	if (!(*live >> level & 1) || front->start[level] < start)
		front->start[level] = start;
	*live |= jny_bit(level);
	front->deepest = Max(front->deepest, level);
}

/*
 * Takes hit k, alone at its time.  From the highest level down, so that no
 * attempt takes it twice.  True if an attempt is complete.
 */
static inline bool
advance_hit(JnyMatcher *m, Front *front, uint32 k)
{
	uint64		bits = jny_matcher_items(m, k) & front->live;
	uint64		live = front->live & ~m->chained;

	while (bits)
	{
		int			i = pg_leftmost_one_pos64(bits);
		uint32		start = i == 0 ? k : front->start[i];

		bits &= ~jny_bit(i);
		if (!in_window(m, start, k))
			continue;
		if (i + 1 == m->n)
		{
			front->start[m->n] = start;
			front->deepest = m->n;
			return true;
		}
		arrive(front, i + 1, start, &live);
	}
	front->live = live;
	return false;
}

/*
 * Takes the group of hits k .. end-1.  True if an attempt is complete; then
 * start[n] is the latest start of a complete one.
 */
static bool
advance_group(JnyMatcher *m, Front *front, uint32 k, uint32 end)
{
	Front		next = *front;
	bool		complete = false;

	next.live &= ~m->chained;
	jny_group_set(m, k, end);
	for (uint64 bits = front->live & m->present; bits; bits &= bits - 1)
	{
		int			level = pg_rightmost_one_pos64(bits);
		uint32		start = level == 0 ? k : front->start[level];
		JnyMoves	moves;
		uint64		to;

		if (!in_window(m, start, k))
			continue;
		moves = jny_group_moves(m, level);
		if (moves.reach == m->n && (!complete || next.start[m->n] < start))
		{
			next.start[m->n] = start;
			complete = true;
		}
		to = moves.exits;
		if (moves.reach > level)
			to |= jny_low_bits(moves.reach) & ~jny_low_bits(level + 1) &
				~m->chained;
		if (moves.reach > level && moves.reach < m->n)
			to |= jny_bit(moves.reach);
		for (; to; to &= to - 1)
			arrive(&next, pg_rightmost_one_pos64(to), start, &next.live);
	}
	if (complete)
		next.deepest = m->n;
	*front = next;
	return complete;
}

/*
 * Goes forward from hit k until an attempt is complete or hits with a time
 * after "until" begin.  Returns the first hit of the group that completes one,
 * or JNY_NO_HIT.  *ties is set when some group had several hits.
 */
static uint32
go_forward(JnyMatcher *m, Front *front, uint32 k, int64 until, bool *ties)
{
	for (uint32 from = k; k < m->nhits && m->hit[k].ts <= until;)
	{
		uint32		end;

		/* chains go on in the very next event only */
		if (k > from && m->hit[k - 1].pos + 1 != m->hit[k].pos)
			front->live &= ~m->chained;
		if (k + 1 == m->nhits || m->hit[k + 1].ts != m->hit[k].ts)
		{
			end = k + 1;
			if (advance_hit(m, front, k))
				return k;
		}
		else
		{
			end = jny_group_end(m, k);
			*ties = true;
			if (advance_group(m, front, k, end))
				return k;
		}
		if (front->live == 0)
			break;
		check_step(k, end);
		k = end;
	}
	return JNY_NO_HIT;
}

static void
begin_front(Front *front)
{
	front->live = 1;
	front->deepest = 0;
}

/* ---- patterns with "->" only ---- */

/*
 * Follows one attempt from hit k on, taking as much as it can of each group:
 * no other attempt that starts there reaches any level earlier.  attempt may
 * be NULL.  Returns the depth.
 */
static int
follow(JnyMatcher *m, uint32 k, int level, JnyAttempt *attempt)
{
	uint32		start = JNY_NO_HIT;
	uint32		hit[JNY_MAX_ITEMS];
	uint32		end;

	for (; k < m->nhits && level < m->n; check_step(k, end), k = end)
	{
		int			from = level;

		if (start != JNY_NO_HIT && !in_window(m, start, k))
			break;
		if (k + 1 == m->nhits || m->hit[k + 1].ts != m->hit[k].ts)
		{
			end = k + 1;
			if (!(jny_matcher_items(m, k) >> level & 1))
				continue;
			hit[level++] = k;
		}
		else
		{
			end = jny_group_end(m, k);
			jny_group_set(m, k, end);
			if (!(m->present >> level & 1))
				continue;
			level = jny_group_moves(m, from).reach;
			if (attempt)
				jny_group_place(m, from, level, 0, hit);
		}
		if (start == JNY_NO_HIT)
			start = k;
		for (int i = from; attempt && i < level; i++)
		{
			attempt->ts[i] = m->hit[k].ts;
			attempt->pos[i] = m->hit[hit[i]].pos;
		}
	}
	return level;
}

/* The first hit that can fill item 0. */
static uint32
first_start(const JnyMatcher *m)
{
	uint32		k = 0;

	if (m->pin != JNY_NO_HIT)
		k = m->pin;
	while (k < m->nhits && !(m->hit[k].items & 1))
		k++;
	/* its whole group, for what else happens at that time */
	while (k < m->nhits && k > 0 && m->hit[k - 1].ts == m->hit[k].ts)
		k--;
	return k;
}

/* ---- the earliest start ---- */

/* When the items from a level on can be finished, NEVER if they cannot. */
#define NEVER PG_INT64_MAX

typedef struct Back
{
	bool		joined;			/* chained levels may be used at this border */
	int64		finish[JNY_MAX_ITEMS];
	/* the earliest start found so far */
	uint32		start;			/* first hit of its group, or JNY_NO_HIT */
	int64		start_finish;
} Back;

static inline int64
finish_from(const JnyMatcher *m, const Back *back, int level, int64 ts)
{
	if (level == m->n)
		return ts;
	if ((m->chained >> level & 1) && !back->joined)
		return NEVER;
	return back->finish[level];
}

/* Item 0 filled in the group that begins with hit k leads to this finish. */
static inline void
note_start(const JnyMatcher *m, Back *back, uint32 k, int64 finish)
{
	if (finish != NEVER &&
		(uint64) finish - (uint64) m->hit[k].ts <= m->window)
	{
		back->start = k;
		back->start_finish = finish;
	}
}

/* Goes back over hit k, alone at its time; lowest level first. */
static void
retreat_hit(const JnyMatcher *m, Back *back, uint32 k)
{
	uint64		items = jny_matcher_items(m, k);

	for (uint64 bits = items; bits; bits &= bits - 1)
	{
		int			i = pg_rightmost_one_pos64(bits);
		int64		finish = finish_from(m, back, i + 1, m->hit[k].ts);

		if (i == 0)
			note_start(m, back, k, finish);
		else if (m->chained >> i & 1)
			back->finish[i] = finish;
		else
			back->finish[i] = Min(back->finish[i], finish);
	}
	for (uint64 bits = m->chained & ~items; bits; bits &= bits - 1)
		back->finish[pg_rightmost_one_pos64(bits)] = NEVER;
}

/* Goes back over the group k .. end-1. */
static void
retreat_group(JnyMatcher *m, Back *back, uint32 k, uint32 end)
{
	Back		next = *back;

	jny_group_set(m, k, end);
	for (int level = 0; level < m->n; level++)
	{
		bool		chained = m->chained >> level & 1;
		JnyMoves	moves = {level, 0};
		int64		finish = NEVER;

		if (m->present >> level & 1)
			moves = jny_group_moves(m, level);
		else if (chained)
			moves.reach = -1;
		if (moves.reach > level || (moves.reach == level && level > 0))
			finish = finish_from(m, back, moves.reach, m->hit[k].ts);
		for (uint64 bits = moves.exits; bits; bits &= bits - 1)
			finish = Min(finish, finish_from(m, back,
											 pg_rightmost_one_pos64(bits),
											 m->hit[k].ts));
		if (level == 0)
			note_start(m, &next, k, finish);
		else
			next.finish[level] = finish;
	}
	*back = next;
}

/*
 * Finds the earliest start of an attempt at all n items, and the earliest
 * finish from there: goes backward over all hits.
 */
static void
earliest_start(JnyMatcher *m, Back *back)
{
	uint32		first;

	back->start = JNY_NO_HIT;
	back->joined = false;
	for (int i = 0; i < m->n; i++)
		back->finish[i] = NEVER;
	for (uint32 end = m->nhits; end > 0; end = first)
	{
		back->joined = end < m->nhits &&
			m->hit[end - 1].pos + 1 == m->hit[end].pos;
		first = jny_group_first(m, end);
		if (first + 1 == end)
			retreat_hit(m, back, first);
		else
			retreat_group(m, back, first, end);
		check_step(first, end);
	}
}

/* ---- patterns with "=>" ---- */

/*
 * Can an attempt that started with hit start, at a chained level in front of
 * hit k, still be complete by "finish"?
 */
static bool
can_finish(JnyMatcher *m, uint32 start, int level, uint32 k, int64 finish)
{
	Front		front;
	bool		ties;

	if (k >= m->nhits)
		return false;
	front.live = jny_bit(level);
	front.deepest = 0;
	front.start[level] = start;
	return go_forward(m, &front, k, finish, &ties) != JNY_NO_HIT;
}

/*
 * The attempt with the smallest times, then positions, of those that start in
 * the group of hit k and finish at "finish"; there is one.
 *
 * Filling whole blocks in a group is never worse than leaving them for later.
 * A chain that leaves the group gives its items earlier times, the longer it
 * is the more of them, but takes the first events of the next group; so it is
 * chosen only if the attempt can still finish in time.  That is tried at most
 * twice per block beyond tries that end with the chain itself.
 */
static void
follow_chained(JnyMatcher *m, uint32 k, int64 finish, JnyAttempt *attempt)
{
	uint32		start = k;
	uint32		hit[JNY_MAX_ITEMS];
	int			level = 0;

	while (level < m->n && k < m->nhits)
	{
		uint32		end = jny_group_end(m, k);
		int			from = level;
		int			exit = 0;
		JnyMoves	moves;
		bool		tried;

		jny_group_set(m, k, end);
		moves = jny_group_moves(m, level);
		tried = moves.exits != 0;
		while (moves.exits && exit == 0)
		{
			int			x = pg_leftmost_one_pos64(moves.exits);

			moves.exits &= ~jny_bit(x);
			if (can_finish(m, start, x, end, finish))
				exit = x;
		}
		if (tried)
			jny_group_set(m, k, end);
		jny_group_place(m, level, moves.reach, exit, hit);
		level = exit > 0 ? exit : Max(moves.reach, level);
		for (int i = from; i < level; i++)
		{
			attempt->ts[i] = m->hit[k].ts;
			attempt->pos[i] = m->hit[hit[i]].pos;
		}
		check_step(k, end);
		k = end;
	}
	Assert(level == m->n);
	attempt->depth = level;
}

/*
 * Depth with "=>".  Going forward sees every depth at which a block ends, and
 * without ties every other, too; with ties an unfinished block may also lie
 * somewhere inside a group, so the depths in between are tried one by one.
 */
static int
chained_depth(JnyMatcher *m, const JnyPattern *pattern)
{
	Front		front;
	bool		ties = false;
	int			depth;

	begin_front(&front);
	go_forward(m, &front, 0, PG_INT64_MAX, &ties);
	depth = front.deepest;
	while (ties && depth < pattern->nitems)
	{
		jny_matcher_aim(m, pattern, depth + 1);
		begin_front(&front);
		if (go_forward(m, &front, 0, PG_INT64_MAX, &ties) == JNY_NO_HIT)
			break;
		depth++;
	}
	return depth;
}

/* ---- depth ---- */

/* Depth without "=>". */
static int
plain_depth(JnyMatcher *m, const JnyPattern *pattern)
{
	Front		front;
	bool		ties;

	/* without a window, or with one start only, one attempt tells it all */
	if (pattern->within < 0 || pattern->from_first)
		return follow(m, first_start(m), 0, NULL);
	begin_front(&front);
	go_forward(m, &front, 0, PG_INT64_MAX, &ties);
	return front.deepest;
}

static pg_noinline int
any_depth(const JnyPattern *pattern, const JnyHits *hits)
{
	JnyMatcher	m;
	int			depth;

	jny_matcher_init(&m, pattern, hits);
	depth = m.chained ? chained_depth(&m, pattern) :
		plain_depth(&m, pattern);
	jny_matcher_done(&m);
	return depth;
}

static pg_noinline int
extended_depth(const JnyPattern *pattern, const JnyHits *hits)
{
	JnyAttempt	attempt;

	if (!pattern->any_order)
		return jny_track_depth(pattern, hits);
	jny_any_best(pattern, hits, &attempt);
	return attempt.depth;
}

/*
 * O(hits) for "->" without a window, O(hits * items) else.  The loop here
 * serves the most common journey, one where no two steps share a time.
 */
int
jny_match_depth(const JnyPattern *pattern, const JnyHits *hits)
{
	int			level = 0;

	if (hits->n == 0)
		return 0;
	if (pattern->extended)
		return extended_depth(pattern, hits);
	if (pattern->nitems == 1)
		return 1;
	if (pattern->has_next || pattern->from_first || pattern->within >= 0)
		return any_depth(pattern, hits);
	for (uint32 k = 0; k < hits->n; k++)
	{
		const JnyHit *hit = &hits->hit[k];

		if (!(hit->items >> level & 1))
			continue;
		if ((k > 0 && hit[-1].ts == hit->ts) ||
			(k + 1 < hits->n && hit[1].ts == hit->ts))
			return any_depth(pattern, hits);
		if (++level == pattern->nitems)
			break;
	}
	return level;
}

/* ---- the best attempt ---- */

/* The best attempt of a pattern of steps, links, "within", "from first". */
static void
plain_best(const JnyPattern *pattern, const JnyHits *hits, JnyAttempt *attempt)
{
	JnyMatcher	m;
	Back		back;
	int			depth;

	attempt->depth = 0;
	if (hits->n == 0)
		return;
	jny_matcher_init(&m, pattern, hits);
	if (!m.chained)
	{
		/* the first start is the earliest, if no later one gets deeper */
		attempt->depth = follow(&m, first_start(&m), 0, attempt);
		if (pattern->within < 0 || pattern->from_first ||
			attempt->depth == m.n)
			return;
		depth = plain_depth(&m, pattern);
		if (depth == attempt->depth)
			return;
	}
	else
		depth = chained_depth(&m, pattern);

	if (depth > 0)
	{
		jny_matcher_aim(&m, pattern, depth);
		earliest_start(&m, &back);
		if (m.chained)
			follow_chained(&m, back.start, back.start_finish, attempt);
		else
			attempt->depth = follow(&m, back.start, 0, attempt);
	}
	jny_matcher_done(&m);
}

/* What follows from the times and positions of an attempt. */
static void
complete_attempt(JnyAttempt *attempt)
{
	attempt->missing = 0;
	if (attempt->depth == 0)
		return;
	attempt->start = attempt->ts[0];
	attempt->finish = attempt->ts[attempt->depth - 1];
	attempt->first = attempt->last = attempt->pos[0];
	for (int i = 1; i < attempt->depth; i++)
	{
		attempt->first = Min(attempt->first, attempt->pos[i]);
		attempt->last = Max(attempt->last, attempt->pos[i]);
	}
}

void
jny_match_best(const JnyPattern *pattern, const JnyHits *hits,
			   JnyAttempt *attempt)
{
	if (pattern->any_order)
		jny_any_best(pattern, hits, attempt);
	else if (pattern->extended)
		jny_track_best(pattern, hits, attempt);
	else
	{
		plain_best(pattern, hits, attempt);
		complete_attempt(attempt);
	}
}

/* ---- one match after the other ---- */

/*
 * The next match among hits from k on; *last receives the first hit of the
 * group it finishes in.  attempt is left alone, and may be NULL, when that
 * group is a single hit and "times" is false: its position is then all there
 * is to know.
 */
static bool
next_match(JnyMatcher *m, uint32 k, bool times, JnyAttempt *attempt,
		   uint32 *last)
{
	Front		front;
	bool		ties = false;

	if (m->pin != JNY_NO_HIT && m->pin < k)
		return false;
	begin_front(&front);
	*last = go_forward(m, &front, k, PG_INT64_MAX, &ties);
	if (*last == JNY_NO_HIT)
		return false;
	if (!times && (*last + 1 == m->nhits ||
				   m->hit[*last + 1].ts != m->hit[*last].ts))
		return true;
	if (m->chained)
		follow_chained(m, front.start[m->n], m->hit[*last].ts, attempt);
	else
		attempt->depth = follow(m, front.start[m->n], 0, attempt);
	return true;
}

bool
jny_match_next(const JnyPattern *pattern, const JnyHits *hits, uint32 from,
			   JnyAttempt *attempt)
{
	JnyMatcher	m;
	uint32		last;
	bool		found;

	if (pattern->any_order)
		return jny_any_next(pattern, hits, from, attempt);
	if (pattern->extended)
		return jny_track_next(pattern, hits, from, attempt);
	attempt->depth = 0;
	jny_matcher_init(&m, pattern, hits);
	found = next_match(&m, jny_hits_from(hits, from), true, attempt, &last);
	jny_matcher_done(&m);
	if (found)
		complete_attempt(attempt);
	return found;
}

/* Matches one by one, in no hurry. */
static int64
count_any_order(const JnyPattern *pattern, const JnyHits *hits)
{
	JnyAttempt	attempt;
	int64		count = 0;
	uint32		from = 0;

	for (; jny_any_next(pattern, hits, from, &attempt); count++)
		from = attempt.last + 1;
	return count;
}

/*
 * O(hits * items) however many matches there are: a match is looked for behind
 * the one before, and only the group where it finished is looked at again.
 * There a match needs the first few candidates per item; at worst, when an
 * item is rare in a large group, the group is scanned once per its events of
 * that item, at most "items" times.
 */
int64
jny_match_count(const JnyPattern *pattern, const JnyHits *hits)
{
	JnyMatcher	m;
	JnyAttempt	attempt;
	int64		count = 0;
	uint32		k = 0;
	uint32		last;

	if (pattern->any_order)
		return count_any_order(pattern, hits);
	if (pattern->extended)
		return jny_track_count(pattern, hits);
	if (pattern->nitems == 1)
		return pattern->from_first ? Min(hits->n, 1) : hits->n;
	jny_matcher_init(&m, pattern, hits);
	while (attempt.depth = 0, next_match(&m, k, false, &attempt, &last))
	{
		uint32		greatest = 0;

		count++;
		for (int i = 0; i < attempt.depth; i++)
			greatest = Max(greatest, attempt.pos[i]);
		k = attempt.depth > 0 ? jny_hits_from(hits, greatest + 1) : last + 1;
	}
	jny_matcher_done(&m);
	return count;
}

/*
 * log_chain.c
 *	  Chains answered from the words of a customer, without hits.
 *
 * What decides is hard to predict, so there are few jumps: nearly every word
 * is one item, and whether it is taken is arithmetic.
 */
#include "core/log_chain.h"

#include "core/match_level.h"

/* The words of a customer, under a pattern. */
typedef struct Words
{
	const uint64 *word;
	uint32		n;
	const uint64 *items;		/* of each rank */
} Words;

/* Time of word i, from an origin of its own. */
static inline uint64
time_of(const Words *words, uint32 i)
{
	return words->word[i] >> JNY_LOG_CODE_BITS;
}

static inline uint64
items_of(const Words *words, uint32 i)
{
	return words->items[jny_log_code(words->word[i])];
}

static inline void
check_word(uint32 i)
{
	if ((i & JNY_INTERRUPT_MASK) == JNY_INTERRUPT_MASK)
		JNY_CHECK_INTERRUPTS();
}

/*
 * How deep any attempt gets goes to levels, and the times of the one that
 * starts first, which takes each step as soon as it comes, to "at"; returns
 * the depth of that.  Ends where an attempt is complete, and leaves there what
 * is to be looked at again.  -1 if two events share a time.
 */
static int
first_attempt(Words *words, JnyLevels *levels, uint64 *at)
{
	uint64		before = PG_UINT64_MAX;
	int			depth = 0;
	bool		ties = false;

	for (uint32 i = 0; i < words->n; i++)
	{
		uint64		ts = time_of(words, i);
		uint64		items = items_of(words, i);

		check_word(i);
		if (items == 0)
			continue;
		ties |= ts == before;
		before = ts;
		at[depth] = ts;
		depth += (items >> depth & 1) & (ts - at[0] <= levels->window);
		if (jny_levels_take(levels, items, 0, ts))
		{
			ties |= i + 1 < words->n && time_of(words, i + 1) == ts;
			words->n = i + 1;
		}
	}
	return ties ? -1 : depth;
}

/*
 * The word that the earliest attempt at n items starts with; there is one.
 * Goes back and keeps for each level when the items from it on can be filled.
 */
static uint32
earliest_start(const Words *words, const JnyLevels *levels, int n)
{
	uint64		finish[JNY_MAX_ITEMS + 1];
	uint64		wanted = (UINT64CONST(2) << (n - 1)) - 1;
	uint32		start = 0;

	for (int i = 0; i < n; i++)
		finish[i] = JNY_NO_START;
	for (uint32 k = words->n; k-- > 0;)
	{
		uint64		items = items_of(words, k) & wanted;

		check_word(k);
		/* from the lowest level up, so that no attempt takes a word twice */
		finish[n] = time_of(words, k);
		for (uint64 left = items; left != 0; left &= left - 1)
		{
			int			i = pg_rightmost_one_pos64(left);

			finish[i] = Min(finish[i], finish[i + 1]);
		}
		if ((items & 1) && finish[0] - time_of(words, k) <= levels->window)
			start = k;
		finish[0] = JNY_NO_START;
	}
	return start;
}

/*
 * The attempt that starts first is the best if none gets deeper; else the one
 * of that depth that starts earliest.  Either takes each step as soon as it
 * comes, so that nothing finishes earlier.
 */
bool
jny_log_chain(const JnyPattern *pattern, const uint64 *items,
			  const uint64 *word, uint32 n, JnyAttempt *attempt)
{
	Words		words = {word, n, items};
	JnyLevels	levels;
	uint64		at[JNY_MAX_ITEMS];
	int			depth;

	jny_levels_init(&levels, pattern, pattern->nitems, true, 1);
	depth = first_attempt(&words, &levels, at);
	if (depth < 0)
		return false;
	if (depth < levels.deepest)
	{
		uint32		k = earliest_start(&words, &levels, levels.deepest);

		for (depth = 0; depth < levels.deepest; k++)
		{
			at[depth] = time_of(&words, k);
			depth += items_of(&words, k) >> depth & 1;
		}
	}
	attempt->depth = depth;
	attempt->missing = 0;
	for (int k = 0; k < depth; k++)
		attempt->ts[k] = jny_log_ts(at[k] << JNY_LOG_CODE_BITS);
	return true;
}

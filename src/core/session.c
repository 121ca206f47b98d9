/*
 * session.c
 *	  Sessions of a journey: runs of events without a long gap.
 *
 * Stored times are offsets in units, so the gap is compared in units: a gap
 * of g units is longer than the timeout iff g > timeout / unit, rounded down.
 */
#include "core/session.h"

/* Offset of event i in units.  See jny_time for why the load is safe. */
static inline uint64
time_offset(const uint8 *times, uint32 i, int width)
{
	return jny_get64(times + ((size_t) i + 1) * width - 8) >> (64 - 8 * width);
}

uint32
jny_session_end(const JnyView *view, uint32 start, int64 timeout)
{
	uint64		limit = (uint64) timeout / (uint64) view->unit;
	uint64		last = time_offset(view->times, start, view->width);
	uint32		i;

	for (i = start + 1; i < view->n; i++)
	{
		uint64		now = time_offset(view->times, i, view->width);

		if (now - last > limit)
			break;
		last = now;
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
	}
	return i;
}

/*
 * Counts the gaps longer than limit between events from .. to - 1 and the
 * event before each.  Inlined once per width, so that the loop has no branch.
 */
static inline uint32
count_gaps(const uint8 *times, uint32 from, uint32 to, int width, uint64 limit)
{
	uint64		last = time_offset(times, from - 1, width);
	uint32		gaps = 0;

	for (uint32 i = from; i < to; i++)
	{
		uint64		now = time_offset(times, i, width);

		gaps += now - last > limit;
		last = now;
	}
	return gaps;
}

static uint32
count_gaps_of_width(const uint8 *times, uint32 from, uint32 to, int width,
					uint64 limit)
{
	switch (width)
	{
		case 1:
			return count_gaps(times, from, to, 1, limit);
		case 2:
			return count_gaps(times, from, to, 2, limit);
		case 3:
			return count_gaps(times, from, to, 3, limit);
		case 4:
			return count_gaps(times, from, to, 4, limit);
		case 5:
			return count_gaps(times, from, to, 5, limit);
		case 6:
			return count_gaps(times, from, to, 6, limit);
		case 7:
			return count_gaps(times, from, to, 7, limit);
		default:
			return count_gaps(times, from, to, 8, limit);
	}
}

uint32
jny_session_count(const JnyView *view, int64 timeout)
{
	uint64		limit;
	uint32		sessions = 1;
	uint32		from = 1;

	if (view->n == 0)
		return 0;
	limit = (uint64) timeout / (uint64) view->unit;
	while (from < view->n)
	{
		uint32		to = from + Min(view->n - from, JNY_INTERRUPT_MASK + 1);

		sessions += count_gaps_of_width(view->times, from, to, view->width,
										limit);
		from = to;
		JNY_CHECK_INTERRUPTS();
	}
	return sessions;
}

/*
 * session.c
 *	  Sessions over stored offsets against a loop over times.
 */
#include "core/path.h"
#include "core/session.h"

#include "tap.h"

#define MAX_EVENTS 40

/* A small generator of its own, so that every run is the same. */
static uint64 random_state = 20240301;

static uint32
next_bits(void)
{
	random_state = random_state * UINT64CONST(6364136223846793005) +
		UINT64CONST(1442695040888963407);
	return (uint32) (random_state >> 32);
}

static uint64
next_random(uint64 below)
{
	uint64		high = next_bits();

	return (high << 32 | next_bits()) % below;
}

/* The sessions by definition: the position behind the one that starts at i. */
static uint32
plain_end(const int64 *ts, uint32 n, uint32 i, int64 timeout)
{
	for (i++; i < n; i++)
	{
		/* both legal times, so the difference needs 65 bits at most */
		if ((__int128) ts[i] - ts[i - 1] > timeout)
			break;
	}
	return i;
}

static uint8 *
pack_times(const int64 *ts, uint32 n, size_t *len)
{
	JnyDict    *dict = jny_dict_create();
	JnyPath		path;
	JnyError	err;
	JnyName		name = {"e", 1};
	JnyName		none = {"", 0};
	uint8	   *bytes;

	jny_path_init(&path, dict);
	for (uint32 i = 0; i < n; i++)
		jny_path_add(&path, ts[i], name, none, NULL, &err);
	bytes = jny_path_pack(&path, 0, len, &err);
	jny_path_reset(&path);
	jny_dict_free(dict);
	return bytes;
}

/* Both functions on one list of ascending times and one timeout. */
static void
check_times(const int64 *ts, uint32 n, int64 timeout)
{
	size_t		len;
	uint8	   *bytes = pack_times(ts, n, &len);
	JnyView		view;
	JnyError	err;
	uint32		sessions = 0;

	JNY_CASE(jny_open(bytes, len, JNY_CHECK_FULL, &view, &err) == JNY_OK,
			 "%u events", n);
	for (uint32 i = 0; i < n; sessions++)
	{
		uint32		end = jny_session_end(&view, i, timeout);

		JNY_CASE(end == plain_end(ts, n, i, timeout),
				 "event %u of %u, timeout %lld, width %d", i, n,
				 (long long) timeout, view.width);
		i = Max(end, i + 1);
	}
	JNY_CASE(jny_session_count(&view, timeout) == sessions,
			 "%u events, timeout %lld, width %d", n, (long long) timeout,
			 view.width);
	JNY_CASE(jny_open_places(bytes, len, &view, &err) == JNY_OK &&
			 jny_session_count(&view, timeout) == sessions,
			 "%u events, places alone", n);
	jny_free(bytes);
}

/* Every unit and width, gaps around the timeout. */
static void
test_random(void)
{
	for (int round = 0; round < 40000; round++)
	{
		int64		unit = jny_unit_us[next_random(JNY_UNITS)];
		int64		power = INT64CONST(1) << next_random(56);
		int64		most = Min(power, (INT64CONST(1) << 56) / unit);
		int64		timeout = (int64) next_random(most) * unit +
			(next_random(3) == 0 ? 1 : 0);
		uint32		n = (uint32) next_random(MAX_EVENTS + 1);
		int64		ts[MAX_EVENTS];
		int64		now = -(int64) next_random(USECS_PER_DAY * 36500);

		for (uint32 i = 0; i < n; i++)
		{
			int64		gap = next_random(4) == 0 ? timeout :
				(int64) next_random(most) * unit;

			gap += next_random(8) == 0 ? 1 : 0;
			if (now < END_TIMESTAMP / 2 && gap < END_TIMESTAMP / 4)
				now += gap;
			ts[i] = now;
		}
		check_times(ts, n, timeout);
	}
	ok(jny_cases_ok(), "sessions of random journeys of every unit and width");
}

/* The widest gap there is does not fit int64. */
static void
test_extremes(void)
{
	int64		ts[] = {MIN_TIMESTAMP, END_TIMESTAMP - 1};

	check_times(ts, 2, 0);
	check_times(ts, 2, PG_INT64_MAX);
	check_times(ts, 1, 0);
	check_times(ts, 0, 0);
	ok(jny_cases_ok(), "the earliest and the latest time");
	ok(jny_session_gap(MIN_TIMESTAMP, END_TIMESTAMP - 1, PG_INT64_MAX) &&
	   !jny_session_gap(5, 5, 0) && jny_session_gap(5, 6, 0) &&
	   !jny_session_gap(-5, 5, 10), "a gap is longer than the timeout or not");
}

/* More events than between two looks for a cancel request. */
static void
test_long(void)
{
	uint32		n = 3 * (JNY_INTERRUPT_MASK + 1) + 7;
	int64	   *ts = (int64 *) malloc(sizeof(int64) * n);

	for (uint32 i = 0; i < n; i++)
		ts[i] = (int64) i * 60 + (i / 1000) * (int64) 1000;
	check_times(ts, n, 999);
	check_times(ts, n, 59);
	check_times(ts, n, 60);
	check_times(ts, n, PG_INT64_MAX);
	free(ts);
	ok(jny_cases_ok(), "a long journey");
}

int
main(void)
{
	test_random();
	test_extremes();
	test_long();
	return done_testing();
}

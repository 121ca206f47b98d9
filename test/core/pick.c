/*
 * pick.c
 *	  Picking events by their codes against a loop, compared and by the table.
 *
 * The codes end where their memory ends, so that a byte read behind them is
 * found.
 */
#include "core/pick.h"

#include "random_journey.h"

/* Codes to look for, all different, and the table of them. */
static int
random_codes(uint8 *codes, uint8 *matters)
{
	int			want = (int) random_below(13);
	int			n = 0;

	memset(matters, 0, 256);
	while (n < want)
	{
		uint8		code = (uint8) random_below(random_below(2) ? 20 : 256);

		if (!matters[code])
			codes[n++] = code;
		matters[code] = 1;
	}
	return n;
}

int
main(void)
{
	long		picked_events = 0;
	long		compared = 0;

	random_state = 2026;
	for (int round = 0; round < 100000; round++)
	{
		uint32		n = 1 + random_below(JNY_PICK_MOST);
		uint8	   *room = malloc(16 + n);
		uint8	   *events = room + 16;
		uint8		matters[256];
		uint8		codes[256];
		int			ncodes = random_codes(codes, matters);
		uint64		expected = 0;
		JnyPick		pick;

		/* what is in front must not be taken for an event */
		memset(room, ncodes ? codes[0] : 0, 16);
		for (uint32 i = 0; i < n; i++)
		{
			events[i] = ncodes && random_below(3) == 0 ? codes[random_below(ncodes)] :
				(uint8) random_below(256);
			expected |= (uint64) matters[events[i]] << i;
		}
		jny_pick_init(&pick, matters, codes, ncodes);
		JNY_CASE(jny_pick(&pick, events, n) == expected, "%u events, %d codes", n, ncodes);
		picked_events += expected != 0;
		compared += ncodes > 0 && ncodes <= JNY_PICK_CODES;
		free(room);
	}
	ok(jny_cases_ok() && picked_events > 50000 && compared > 50000,
	   "100000 times up to %d events with up to 12 codes", JNY_PICK_MOST);
	return done_testing();
}

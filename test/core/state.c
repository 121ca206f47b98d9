/*
 * state.c
 *	  Properties of travelling states: nothing is lost, and nothing is read
 *	  that was not written so.
 */
#include "random_journey.h"

#include "core/state.h"

#define CASES 1500

/* The bytes of a path, in a buffer exactly as long. */
static uint8 *
write_state(JnyPath *path, size_t *len)
{
	uint8	   *bytes = jny_state_write(path, 0, len);

	if (bytes == NULL)
	{
		ok(0, "a small state is written");
		exit(1);
	}
	return bytes;
}

/* A random path on a dictionary that already has other names. */
static void
random_path(JnyPath *path, uint32 case_no, uint32 max)
{
	RandomShape shape = random_shape(case_no);
	JnyName		other = {"~other", 6};

	new_path(path);
	jny_dict_put(path->dict, other);
	random_events(path, &shape, random_below(max + 1));
}

/* Whatever order events arrived in, what is read packs to the same journey. */
static void
test_round_trip(void)
{
	for (uint32 i = 0; i < CASES; i++)
	{
		JnyPath		path;
		JnyPath		shuffled;
		JnyPath		back;
		JnyState	state;
		JnyError	err;
		size_t		len;
		size_t		len2;
		uint8	   *bytes;
		uint8	   *bytes2;
		Packed		a;
		Packed		b;

		random_path(&path, i, 60);
		new_path(&shuffled);
		random_shuffle(&shuffled, &path);
		bytes = write_state(&path, &len);
		bytes2 = write_state(&shuffled, &len2);
		JNY_CASE(len == len2 && memcmp(bytes, bytes2, len) == 0,
				 "case %u: order of arrival shows", i);
		new_path(&back);
		JNY_CASE(jny_state_open(bytes, len, &state, &err) == JNY_OK &&
				 jny_path_add_state(&back, &state, &err) == JNY_OK,
				 "case %u: expected %s at %zu", i, err.expected, err.at);
		a = pack_path(&path);
		b = pack_path(&back);
		JNY_CASE(same_bytes(&a, &b), "case %u: another journey came back", i);
		free_path(&path);
		free_path(&shuffled);
		free_path(&back);
		jny_free(bytes);
		jny_free(bytes2);
		jny_free(a.bytes);
		jny_free(b.bytes);
	}
	ok(jny_cases_ok(), "what is written is read, whatever the order");
}

/*
 * Bytes changed at random or cut off: refused, or the only way to write what
 * they hold.
 */
static void
test_damage(void)
{
	uint32		accepted = 0;

	for (uint32 i = 0; i < 40 * CASES; i++)
	{
		JnyPath		path;
		JnyPath		back;
		JnyState	state;
		JnyError	err;
		size_t		len;
		size_t		cut;
		uint8	   *bytes;
		uint8	   *exact;

		random_path(&path, i, 12);
		bytes = write_state(&path, &len);
		cut = random_below(8) == 0 ? random_below((uint32) len + 1) : len;
		exact = (uint8 *) jny_alloc(cut + 1);
		memcpy(exact, bytes, cut);
		for (uint32 k = random_below(3); cut > 0 && k > 0; k--)
			exact[random_below((uint32) cut)] = (uint8) (random_below(2) ? random_next() : random_below(3));
		exact = (uint8 *) jny_realloc(exact, cut == 0 ? 1 : cut);
		new_path(&back);
		if (jny_state_open(exact, cut, &state, &err) == JNY_OK)
		{
			size_t		again_len;
			uint8	   *again;

			accepted++;
			JNY_CASE(jny_path_add_state(&back, &state, &err) == JNY_OK, "case %u", i);
			again = write_state(&back, &again_len);
			JNY_CASE(again_len == cut && memcmp(again, exact, cut) == 0,
					 "case %u: not canonical", i);
			jny_free(again);
		}
		free_path(&path);
		free_path(&back);
		jny_free(bytes);
		jny_free(exact);
	}
	ok(jny_cases_ok(), "damaged bytes are refused, or say something else canonically");
	ok(accepted > CASES && accepted < 39 * CASES, "some of both: %u accepted", accepted);
}

/* More names than a journey may have, more channels, and texts too long. */
static void
test_beyond_journeys(void)
{
	JnyPath		path;
	JnyPath		back;
	JnyState	state;
	JnyError	err;
	size_t		len;
	uint8	   *bytes;
	char		buffer[32];
	bool		same;

	new_path(&path);
	for (uint32 i = 0; i < 200000; i++)
	{
		JnyName		name = {buffer, (uint32) sprintf(buffer, "name %u", i)};
		JnyEvent	event = {.ts = i, .value = NAN};

		event.name = jny_dict_put(path.dict, name);
		event.channel = event.name;
		if (jny_path_push(&path, &event, &err) != JNY_OK)
			abort();
	}
	bytes = write_state(&path, &len);
	new_path(&back);
	ok(jny_state_open(bytes, len, &state, &err) == JNY_OK &&
	   jny_path_add_state(&back, &state, &err) == JNY_OK && back.n == path.n,
	   "200,000 names and channels travel");
	same = true;
	for (uint32 i = 0; same && i < path.n; i++)
		same = jny_name_cmp(jny_dict_name(path.dict, path.events[i].name),
							jny_dict_name(back.dict, back.events[i].name)) == 0 &&
			(path.events[i].channel == 0) == (back.events[i].channel == 0);
	ok(same, "and arrive");
	jny_free(bytes);
	free_path(&path);
	free_path(&back);
}

int
main(void)
{
	random_state = 20241121;
	test_round_trip();
	test_damage();
	test_beyond_journeys();
	return done_testing();
}

/*
 * stash.c
 *	  Properties of events under aggregation: whatever is pushed into many
 *	  stashes in turn is what each of them gives back, in canonical order.
 */
#include "random_journey.h"

#include "core/state.h"

#define CASES 1500
#define STASHES 5

/* Whether a stash has the events of a path, which is sorted if need be. */
static bool
same_events(const JnyStash *stash, JnyPath *path)
{
	JnyPath		back;
	JnyError	err;
	bool		same;

	jny_path_init(&back, path->dict);
	same = jny_path_of_stash(&back, stash, &err) == JNY_OK && back.sorted &&
		back.n == path->n;
	jny_path_sort(path);
	for (uint32 i = 0; same && i < path->n; i++)
		same = jny_event_cmp(path->dict, back.events + i, path->events + i) == 0;
	jny_path_reset(&back);
	return same;
}

/* All events of a path, in its order, into a stash on the same dictionary. */
static void
push_all(JnyStash *stash, JnyPool *pool, const JnyPath *path)
{
	JnyError	err;

	for (uint32 i = 0; i < path->n; i++)
		JNY_CASE(jny_stash_push(stash, pool, path->events + i, &err) == JNY_OK,
				 "event %u refused", i);
}

/* Every length, clock, width of a code; stashes take turns. */
static void
test_round_trip(void)
{
	for (uint32 i = 0; i < CASES; i++)
	{
		RandomShape shape = random_shape(i);
		JnyDict    *dict = jny_dict_create();
		JnyPath		path[STASHES];
		JnyStash	stash[STASHES];
		JnyPool		pool;
		JnyError	err;

		jny_pool_init(&pool);
		for (int k = 0; k < STASHES; k++)
		{
			jny_path_init(&path[k], dict);
			jny_stash_init(&stash[k]);
			random_events(&path[k], &shape, random_below(i % 100 == 0 ? 5000 : 40));
		}
		for (uint32 turn = 0; turn < 5000; turn++)
			for (int k = 0; k < STASHES; k++)
				if (turn < path[k].n)
					JNY_CASE(jny_stash_push(&stash[k], &pool, path[k].events + turn,
											&err) == JNY_OK, "case %u", i);
		for (int k = 0; k < STASHES; k++)
		{
			JNY_CASE(same_events(&stash[k], &path[k]), "case %u, stash %d", i, k);
			JNY_CASE(same_events(&stash[k], &path[k]), "case %u, stash %d again", i, k);
			jny_path_reset(&path[k]);
		}
		jny_pool_free(&pool);
		jny_dict_free(dict);
	}
	ok(jny_cases_ok(), "a stash gives back what it got");
}

/* Events that come as a path of another dictionary, or as a state. */
static void
test_add(void)
{
	for (uint32 i = 0; i < CASES; i++)
	{
		RandomShape shape = random_shape(i);
		JnyName		other = {"~other", 6};
		JnyPath		a;
		JnyPath		b;
		JnyPath		both;
		JnyStash	stash;
		JnyPool		pool;
		JnyState	state;
		JnyError	err;
		uint8	   *bytes;
		size_t		len;

		new_path(&a);
		new_path(&b);
		jny_dict_put(a.dict, other);
		random_events(&a, &shape, random_below(60));
		random_events(&b, &shape, random_below(60));
		jny_path_init(&both, a.dict);
		jny_pool_init(&pool);
		jny_stash_init(&stash);
		push_all(&stash, &pool, &a);
		if (jny_path_add_path(&both, &a, &err) != JNY_OK ||
			jny_path_add_path(&both, &b, &err) != JNY_OK)
			abort();
		if (i % 2 == 0)
			JNY_CASE(jny_stash_add_path(&stash, &pool, a.dict, &b, &err) == JNY_OK,
					 "case %u", i);
		else
		{
			bytes = jny_state_write(&b, 0, &len);
			JNY_CASE(jny_state_open(bytes, len, &state, &err) == JNY_OK &&
					 jny_stash_add_state(&stash, &pool, a.dict, &state, &err) == JNY_OK,
					 "case %u", i);
			jny_free(bytes);
		}
		JNY_CASE(same_events(&stash, &both), "case %u", i);
		jny_path_reset(&both);
		jny_pool_free(&pool);
		free_path(&a);
		free_path(&b);
	}
	ok(jny_cases_ok(), "a stash takes paths and states in, whatever their dictionary");
}

/* Names beyond two bytes of code, and chunks of the largest size. */
static void
test_large(void)
{
	const uint32 n = 300000;
	JnyPath		path;
	JnyStash	stash;
	JnyPool		pool;
	JnyError	err;
	char		buffer[32];
	JnyName		name = {buffer, 0};
	JnyName		none = {"", 0};

	new_path(&path);
	for (uint32 i = 0; i < n; i++)
	{
		double		value = i;

		name.len = (uint32) sprintf(buffer, "name %u", i % 100000);
		if (jny_path_add(&path, (int64) i * 1000000, name,
						 i % 3 ? none : name, i % 7 ? NULL : &value, &err) != JNY_OK)
			abort();
	}
	jny_pool_init(&pool);
	jny_stash_init(&stash);
	push_all(&stash, &pool, &path);
	ok(jny_cases_ok() && same_events(&stash, &path), "300,000 events of 100,000 names");
	stash.n = JNY_MAX_EVENTS;
	ok(jny_stash_push(&stash, &pool, path.events, &err) == JNY_E_MAX_EVENTS &&
	   err.limit == JNY_MAX_EVENTS, "the limit of events holds");
	jny_pool_free(&pool);
	free_path(&path);
}

/* What many small groups take: the reason for all this. */
static void
test_size(void)
{
	ok(sizeof(JnyStash) == 48, "a stash has 48 bytes");
}

int
main(void)
{
	random_state = 20240607;
	test_round_trip();
	test_add();
	test_large();
	test_size();
	return done_testing();
}

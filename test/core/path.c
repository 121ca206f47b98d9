/*
 * path.c
 *	  Properties of the expanded form: dictionary, order, packing, merging.
 *
 * Each property runs over thousands of seeded random journeys and is checked
 * against something slower and simpler.
 */
/* memfd_create */
#define _GNU_SOURCE

#include "random_journey.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CASES 1500

static const JnyName no_name = {"", 0};

static JnyName
name_of(const char *text)
{
	JnyName		name = {text, (uint32) strlen(text)};

	return name;
}

/*
 * Codes are dense, names stay where they are, equal names share a code.  There
 * are enough names for some to share a 32 bit hash.
 */
static void
test_dict(void)
{
	const uint32 n = 200000;
	JnyDict    *dict = jny_dict_create();
	const char *first;
	char		buffer[32];
	JnyName		name = {buffer, 0};
	JnyName		found;

	jny_dict_put(dict, name_of("zero"));
	first = jny_dict_name(dict, 0).data;
	for (uint32 i = 1; i < n; i++)
	{
		name.len = (uint32) sprintf(buffer, "name %u", i);
		JNY_CASE(jny_dict_put(dict, name) == i, "name %u", i);
	}
	for (uint32 i = 1; i < n; i++)
	{
		name.len = (uint32) sprintf(buffer, "name %u", i);
		found = jny_dict_name(dict, i);
		JNY_CASE(jny_dict_put(dict, name) == i, "name %u again", i);
		JNY_CASE(jny_name_cmp(found, name) == 0, "name %u by code", i);
	}
	ok(jny_cases_ok(), "codes are dense and stay");
	ok(jny_dict_count(dict) == n, "the dictionary counts its names");
	ok(jny_dict_name(dict, 0).data == first, "names do not move");
	ok(jny_dict_put(dict, no_name) == n && jny_dict_put(dict, no_name) == n,
	   "the empty name is a name as any other");
	ok(jny_dict_bytes(dict) > n * 10, "the dictionary knows its size");
	jny_dict_free(dict);
}

/*
 * Names that begin and end alike, of every length, looked up so often that
 * the table in front answers.
 */
static void
test_dict_ends(void)
{
	JnyDict    *dict = jny_dict_create();
	uint32		code[64][3];
	char		buffer[64];
	JnyName		name = {buffer, 0};

	for (int round = 0; round < 50; round++)
		for (uint32 len = 0; len < 64; len++)
			for (uint32 k = 0; k < (len > 0 ? 3 : 1); k++)
			{
				uint32		found;

				memset(buffer, 'x', len);
				if (len > 0)
					buffer[len / 2] = "xyz"[k];
				name.len = len;
				found = jny_dict_put(dict, name);
				if (round == 0)
					code[len][k] = found;
				JNY_CASE(found == code[len][k] &&
						 jny_name_cmp(jny_dict_name(dict, found), name) == 0,
						 "round %d, length %u, name %u", round, len, k);
			}
	ok(jny_cases_ok(), "names are told apart by all their bytes");
	ok(jny_dict_count(dict) == 63 * 3 + 1, "each is there once");
	jny_dict_free(dict);
}

/* Names with a common part, a prefix of one another, and bytes above 127. */
static void
test_name_order(void)
{
	static const char *sorted[] = {"", "A", "Z", "a", "aa", "ab", "b", "\xc3\xa9", "\xff"};

	for (int i = 0; i < (int) lengthof(sorted); i++)
		for (int k = 0; k < (int) lengthof(sorted); k++)
		{
			int			c = jny_name_cmp(name_of(sorted[i]), name_of(sorted[k]));

			JNY_CASE((c > 0) - (c < 0) == (i > k) - (i < k), "%d against %d", i, k);
		}
	ok(jny_cases_ok(), "names are ordered bytewise, a prefix first");
}

static JnyEvent
event_of(int64 ts, uint32 name, uint32 channel, double value)
{
	JnyEvent	event = {ts, value, name, channel};

	return event;
}

/* Time, then name, channel, value; what is missing comes first. */
static void
test_event_order(void)
{
	JnyDict    *dict = jny_dict_create();
	uint32		b = jny_dict_put(dict, name_of("b"));
	uint32		a = jny_dict_put(dict, name_of("a"));
	JnyEvent	sorted[] = {
		event_of(1, b, 0, NAN), event_of(2, a, 0, NAN), event_of(2, a, 0, -1),
		event_of(2, a, 0, 0), event_of(2, a, 0, 1e300), event_of(2, a, a + 1, NAN),
		event_of(2, a, a + 1, 0), event_of(2, a, b + 1, NAN), event_of(2, b, 0, NAN),
		event_of(3, a, 0, NAN)
	};

	for (int i = 0; i < (int) lengthof(sorted); i++)
		for (int k = 0; k < (int) lengthof(sorted); k++)
		{
			int			c = jny_event_cmp(dict, sorted + i, sorted + k);

			JNY_CASE((c > 0) - (c < 0) == (i > k) - (i < k), "%d against %d", i, k);
		}
	ok(jny_cases_ok(), "events are ordered by time, name, channel, value");
	jny_dict_free(dict);
}

/* The same rows give the same bytes, whatever their order and dictionary. */
static void
test_shuffle(void)
{
	for (uint32 i = 0; i < CASES; i++)
	{
		RandomShape shape = random_shape(i);
		JnyPath		path;
		JnyPath		shuffled;
		Packed		a;
		Packed		b;
		JnyHead		head;
		JnyError	err;

		new_path(&path);
		new_path(&shuffled);
		random_events(&path, &shape, i % 20 == 0 ? 700 : random_below(30));
		random_shuffle(&shuffled, &path);
		a = pack_path(&path);
		b = pack_path(&shuffled);
		JNY_CASE(same_bytes(&a, &b), "case %u, %u events", i, path.n);
		JNY_CASE(path.sorted && shuffled.sorted, "case %u", i);
		for (uint32 k = 1; k < path.n; k++)
			JNY_CASE(jny_event_cmp(path.dict, path.events + k - 1,
								   path.events + k) <= 0, "case %u", i);
		JNY_CASE(jny_head(a.bytes, a.len, &head, &err) == JNY_OK &&
				 head.n == path.n, "case %u", i);
		JNY_CASE(path.n == 0 || (head.first == path.events[0].ts &&
								 head.last == path.events[path.n - 1].ts),
				 "case %u", i);
		jny_free(a.bytes);
		jny_free(b.bytes);
		free_path(&path);
		free_path(&shuffled);
	}
	ok(jny_cases_ok(), "%d shuffled journeys pack to the same bytes", CASES);
}

/* Into another path and back out: nothing is lost. */
static void
test_append(void)
{
	for (uint32 i = 0; i < CASES; i++)
	{
		RandomShape shape = random_shape(i);
		JnyPath		path;
		JnyPath		copies[3];
		Packed		a;
		JnyError	err;

		new_path(&path);
		random_events(&path, &shape, random_below(40));
		new_path(copies);
		jny_dict_put(copies[0].dict, name_of("in the way"));
		new_path(copies + 1);
		jny_path_init(copies + 2, path.dict);
		JNY_CASE(jny_path_add_path(copies, &path, &err) == JNY_OK, "case %u", i);
		JNY_CASE(jny_path_add_path(copies + 2, &path, &err) == JNY_OK, "case %u", i);
		a = pack_path(&path);
		JNY_CASE(jny_path_add_view(copies + 1, &a.view, &err) == JNY_OK, "case %u", i);
		JNY_CASE(copies[1].sorted, "case %u: a view arrives in order", i);
		for (int k = 0; k < 3; k++)
		{
			Packed		b = pack_path(copies + k);

			JNY_CASE(same_bytes(&a, &b), "case %u, way %d", i, k);
			jny_free(b.bytes);
		}
		jny_free(a.bytes);
		free_path(copies);
		free_path(copies + 1);
		jny_path_reset(copies + 2);
		free_path(&path);
	}
	ok(jny_cases_ok(), "paths and views append completely, with any dictionary");
}

/* How often an event occurs in a path. */
static uint32
count_event(const JnyPath *path, const JnyEvent *event)
{
	uint32		count = 0;

	for (uint32 i = 0; i < path->n; i++)
		count += jny_event_cmp(path->dict, path->events + i, event) == 0;
	return count;
}

/* out = a merged with b, checked against counting. */
static void
merge_checked(JnyPath *out, JnyPath *a, JnyPath *b, uint32 case_no)
{
	JnyError	err;
	uint32		expected = 0;

	jny_path_init(out, a->dict);
	JNY_CASE(jny_path_merge(out, a, b, &err) == JNY_OK, "case %u", case_no);
	JNY_CASE(out->sorted, "case %u", case_no);
	for (uint32 i = 0; i < a->n; i++)
		expected += i == 0 || jny_event_cmp(a->dict, a->events + i - 1,
											a->events + i) != 0 ?
			Max(count_event(a, a->events + i), count_event(b, a->events + i)) : 0;
	for (uint32 i = 0; i < b->n; i++)
		expected += count_event(a, b->events + i) == 0;
	JNY_CASE(out->n == expected, "case %u: %u events, not %u", case_no, out->n,
			 expected);
	for (uint32 i = 0; i < out->n; i++)
		JNY_CASE(count_event(out, out->events + i) ==
				 Max(count_event(a, out->events + i),
					 count_event(b, out->events + i)), "case %u", case_no);
}

/* Idempotent, commutative, associative, and the multiset maximum. */
static void
test_merge(void)
{
	for (uint32 i = 0; i < CASES / 2; i++)
	{
		RandomShape shape = random_shape(i);
		JnyDict    *dict = jny_dict_create();
		JnyPath		in[3];
		JnyPath		out[6];
		Packed		packed[6];

		shape.nnames = Min(shape.nnames, 2);
		shape.steps = Min(shape.steps, 4);
		for (int k = 0; k < 3; k++)
		{
			jny_path_init(in + k, dict);
			random_events(in + k, &shape, random_below(12));
		}
		merge_checked(out, in, in + 1, i);
		merge_checked(out + 1, in + 1, in, i);
		merge_checked(out + 2, in + 1, in + 2, i);
		merge_checked(out + 3, out, in + 2, i);
		merge_checked(out + 4, in, out + 2, i);
		merge_checked(out + 5, out, in + 1, i);
		for (int k = 0; k < 6; k++)
			packed[k] = pack_path(out + k);
		JNY_CASE(same_bytes(packed, packed + 1), "case %u: commutative", i);
		JNY_CASE(same_bytes(packed + 3, packed + 4), "case %u: associative", i);
		JNY_CASE(same_bytes(packed, packed + 5), "case %u: idempotent", i);
		for (int k = 0; k < 6; k++)
		{
			jny_free(packed[k].bytes);
			jny_path_reset(out + k);
		}
		for (int k = 0; k < 3; k++)
			jny_path_reset(in + k);
		jny_dict_free(dict);
	}
	ok(jny_cases_ok(), "merging is the multiset maximum");
}

/* Code of checking one event with these fields. */
static JnyCode
check_event(int64 ts, uint32 name_len, uint32 channel_len, double value)
{
	static char long_name[JNY_MAX_NAME_BYTES + 1];
	JnyName		name = {long_name, name_len};
	JnyName		channel = {long_name, channel_len};
	JnyError	err;

	return jny_event_check(ts, name, channel, &value, &err);
}

static void
test_event_check(void)
{
	ok(check_event(0, 1, 0, 1) == JNY_OK, "a plain event is fine");
	ok(check_event(MIN_TIMESTAMP, JNY_MAX_NAME_BYTES, JNY_MAX_NAME_BYTES, -1e308) == JNY_OK &&
	   check_event(END_TIMESTAMP - 1, 1, 0, 0) == JNY_OK,
	   "the extremes are fine");
	ok(check_event(PG_INT64_MAX, 1, 0, 1) == JNY_E_INFINITE_TIME &&
	   check_event(PG_INT64_MIN, 1, 0, 1) == JNY_E_INFINITE_TIME,
	   "an infinite time is refused");
	ok(check_event(MIN_TIMESTAMP - 1, 1, 0, 1) == JNY_E_TIME_RANGE &&
	   check_event(END_TIMESTAMP, 1, 0, 1) == JNY_E_TIME_RANGE,
	   "a time out of range is refused");
	ok(check_event(0, 0, 0, 1) == JNY_E_EMPTY_NAME, "an empty name is refused");
	ok(check_event(0, JNY_MAX_NAME_BYTES + 1, 0, 1) == JNY_E_MAX_NAME_BYTES &&
	   check_event(0, 1, JNY_MAX_NAME_BYTES + 1, 1) == JNY_E_MAX_NAME_BYTES,
	   "a name or channel that is too long is refused");
	ok(check_event(0, 1, 0, NAN) == JNY_E_VALUE &&
	   check_event(0, 1, 0, INFINITY) == JNY_E_VALUE &&
	   check_event(0, 1, 0, -INFINITY) == JNY_E_VALUE,
	   "a value that is no finite number is refused");
}

/* Packs a journey of n distinct names or channels. */
static JnyCode
pack_many(uint32 n, bool channels, uint32 *packed_names)
{
	JnyPath		path;
	JnyError	err = {JNY_OK};
	size_t		len;
	uint8	   *bytes;
	char		buffer[16];
	JnyName		name = {buffer, 0};

	new_path(&path);
	for (uint32 i = 0; i < n; i++)
	{
		name.len = (uint32) sprintf(buffer, "%u", i);
		jny_path_add(&path, i, channels ? name_of("e") : name,
					 channels ? name : no_name, NULL, &err);
	}
	bytes = jny_path_pack(&path, 0, &len, &err);
	free_path(&path);
	if (bytes == NULL)
		return err.code;
	{
		JnyView		view;
		JnyCode		code = jny_open(bytes, len, JNY_CHECK_FULL, &view, &err);

		*packed_names = channels ? view.nchannels : view.nnames;
		jny_free(bytes);
		return code;
	}
}

static void
test_limits(void)
{
	uint32		count = 0;
	JnyPath		path;
	JnyError	err;

	for (uint32 n = 254; n <= 258; n++)
	{
		JNY_CASE(pack_many(n, false, &count) == JNY_OK && count == n, "%u names", n);
		JNY_CASE(pack_many(n, true, &count) == JNY_OK && count == n, "%u channels", n);
	}
	ok(jny_cases_ok(), "codes change from one byte to two where they must");
	ok(pack_many(JNY_MAX_NAMES, false, &count) == JNY_OK && count == JNY_MAX_NAMES,
	   "as many names as the limit allows");
	ok(pack_many(JNY_MAX_NAMES + 1, false, &count) == JNY_E_MAX_NAMES,
	   "one more is refused");
	ok(pack_many(JNY_MAX_CHANNELS, true, &count) == JNY_OK && count == JNY_MAX_CHANNELS,
	   "as many channels as the limit allows");
	ok(pack_many(JNY_MAX_CHANNELS + 1, true, &count) == JNY_E_MAX_CHANNELS,
	   "one more is refused");

	new_path(&path);
	ok(jny_path_reserve(&path, JNY_MAX_EVENTS, &err) == JNY_OK,
	   "room for as many events as the limit allows");
	ok(jny_path_reserve(&path, JNY_MAX_EVENTS + 1, &err) == JNY_E_MAX_EVENTS &&
	   err.limit == JNY_MAX_EVENTS && path.n == 0,
	   "more events than the limit are refused before memory is taken");
	free_path(&path);
}

/* A name and a channel of the greatest length, through bytes and back. */
static void
test_longest_names(void)
{
	char		longest[JNY_MAX_NAME_BYTES];
	JnyName		name = {longest, JNY_MAX_NAME_BYTES};
	JnyPath		path;
	JnyPath		copy;
	JnyError	err;
	Packed		packed;

	memset(longest, 'n', sizeof(longest));
	new_path(&path);
	new_path(&copy);
	jny_path_add(&path, 0, name, name, NULL, &err);
	packed = pack_path(&path);
	ok(jny_path_add_view(&copy, &packed.view, &err) == JNY_OK && copy.n == 1 &&
	   jny_dict_name(copy.dict, 0).len == JNY_MAX_NAME_BYTES,
	   "names of the greatest length are kept");
	jny_free(packed.bytes);
	free_path(&path);
	free_path(&copy);
}

#define CHUNK_EVENTS (512 * 1024)
#define CHUNK_BYTES (CHUNK_EVENTS * sizeof(JnyEvent))

/*
 * A journey of too many bytes, without the memory for its events: one chunk of
 * them is mapped again and again.
 */
static void
test_byte_limit(void)
{
	uint32		chunks = JNY_MAX_EVENTS / CHUNK_EVENTS;
	int			file = memfd_create("events", 0);
	char	   *area = (char *) mmap(NULL, chunks * CHUNK_BYTES, PROT_NONE,
									 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	bool		mapped = file >= 0 && area != MAP_FAILED &&
		ftruncate(file, CHUNK_BYTES) == 0;
	JnyPath		path;
	JnyError	err = {JNY_OK};
	size_t		len;

	for (uint32 i = 0; mapped && i < chunks; i++)
		mapped = mmap(area + i * CHUNK_BYTES, CHUNK_BYTES, PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_FIXED, file, 0) != MAP_FAILED;
	if (!mapped)
	{
		ok(1, "a journey of too many bytes # SKIP no room for its addresses");
		return;
	}
	new_path(&path);
	jny_dict_put(path.dict, name_of("e"));
	path.events = (JnyEvent *) area;
	for (uint32 i = 0; i < CHUNK_EVENTS; i++)
		path.events[i] = event_of(0, 0, 1, 1);
	path.n = path.cap = chunks * CHUNK_EVENTS;
	ok(jny_path_pack(&path, 0, &len, &err) == NULL &&
	   err.code == JNY_E_MAX_BYTES && err.limit == (int64) JNY_MAX_BYTES,
	   "a journey of too many bytes is refused");
	path.events = path.few;
	free_path(&path);
	munmap(area, chunks * CHUNK_BYTES);
	close(file);
}

/* Packing one small path of a dictionary shared by many does not see the rest. */
static void
test_shared_dict(void)
{
	JnyDict    *dict = jny_dict_create();
	JnyPath		shared;
	JnyPath		own;
	JnyError	err;
	char		buffer[16];
	JnyName		name = {buffer, 0};

	jny_path_init(&shared, dict);
	new_path(&own);
	for (uint32 i = 0; i < 30000; i++)
	{
		name.len = (uint32) sprintf(buffer, "%u", i);
		jny_dict_put(dict, name);
	}
	for (uint32 i = 0; i < 1000; i++)
	{
		Packed		a;
		Packed		b;

		for (int k = 0; k < 3; k++)
		{
			name.len = (uint32) sprintf(buffer, "%u", random_below(40000));
			jny_path_add(&shared, k, name, name, NULL, &err);
			jny_path_add(&own, k, name, name, NULL, &err);
		}
		a = pack_path(&shared);
		b = pack_path(&own);
		JNY_CASE(same_bytes(&a, &b), "case %u", i);
		jny_free(a.bytes);
		jny_free(b.bytes);
		jny_path_reset(&shared);
		free_path(&own);
		new_path(&own);
	}
	ok(jny_cases_ok(), "a shared dictionary changes no byte");
	free_path(&own);
	jny_dict_free(dict);
}

/* Seconds of processor time to append, sort and pack n events. */
static double
time_pack(uint32 n, bool shuffled)
{
	clock_t		start = clock();
	JnyPath		path;
	JnyError	err;
	Packed		packed;
	char		buffer[16];
	JnyName		name = {buffer, 0};

	new_path(&path);
	for (uint32 i = 0; i < n; i++)
	{
		name.len = (uint32) sprintf(buffer, "e%u", i % 100);
		jny_path_add(&path, shuffled ? (int64) (random_next() % 1000000000) : i / 2 * 1000,
					 name, no_name, NULL, &err);
	}
	packed = pack_path(&path);
	JNY_CASE(packed.view.n == n, "%u events", packed.view.n);
	jny_free(packed.bytes);
	free_path(&path);
	return (double) (clock() - start) / CLOCKS_PER_SEC;
}

static void
test_million(void)
{
	double		small = time_pack(250000, false);
	double		large = time_pack(1000000, false);

	ok(jny_cases_ok() && large < 12 * small,
	   "a million events in order: about four times a quarter of a million");
	if (large >= 12 * small)
		diag("%.3f s against %.3f s: what grows faster than the number of events?",
			 large, small);
	small = time_pack(250000, true);
	large = time_pack(1000000, true);
	ok(jny_cases_ok() && large < 15 * small, "a million events in random order");
	if (large >= 15 * small)
		diag("%.3f s against %.3f s: sorting should be n log n", large, small);
}

int
main(void)
{
	random_state = 20240131;
	test_dict();
	test_dict_ends();
	test_name_order();
	test_event_order();
	test_shuffle();
	test_append();
	test_merge();
	test_event_check();
	test_limits();
	test_longest_names();
	test_byte_limit();
	test_shared_dict();
	test_million();
	return done_testing();
}

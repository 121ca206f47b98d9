/*
 * tally.c
 *	  Tallies: sums that do not depend on order, parts that add up, bytes that
 *	  come back, and damaged bytes that are refused or read safely.
 */
#include "core/flow.h"
#include "core/tally.h"

#include "tap.h"

/* In the server a tally goes with its memory context; here it just stays. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

static uint64 random_state = 20240607;

static uint32
next_bits(void)
{
	random_state = random_state * UINT64CONST(6364136223846793005) +
		UINT64CONST(1442695040888963407);
	return (uint32) (random_state >> 32);
}

static uint32
next_random(uint32 below)
{
	return next_bits() % below;
}

/* Numbers of very different sizes, some of which cancel. */
static double
next_value(void)
{
	double		value = ldexp((double) next_bits(), (int) next_random(120) - 60);

	return next_random(2) ? value : -value;
}

static void
test_sums(void)
{
	static const double published[] = {1e100, 1.0, -1e100, 1e-100, 1e50, -1.0, -1e50};
	JnySum		sum = {0};

	for (int i = 0; i < 7; i++)
		jny_sum_add(&sum, published[i]);
	ok(jny_sum_value(&sum) == 1e-100, "what cancels leaves the rest");

	/* half a unit in the last place: the parts below decide */
	memset(&sum, 0, sizeof(sum));
	jny_sum_add(&sum, 1e16);
	jny_sum_add(&sum, 1.0);
	jny_sum_add(&sum, 1e-16);
	ok(jny_sum_value(&sum) == 10000000000000002.0, "rounded once, not twice");

	for (int round = 0; round < 2000; round++)
	{
		double		value[30];
		JnySum		forward = {0};
		JnySum		backward = {0};
		JnySum		parts[3] = {{0}};
		JnySum		whole = {0};
		int			n = 1 + (int) next_random(30);

		for (int i = 0; i < n; i++)
			value[i] = next_value();
		for (int i = 0; i < n; i++)
		{
			jny_sum_add(&forward, value[i]);
			jny_sum_add(&backward, value[n - 1 - i]);
			jny_sum_add(&parts[next_random(3)], value[i]);
		}
		for (int i = 0; i < 3; i++)
			for (int k = 0; k < parts[i].n; k++)
				jny_sum_add(&whole, parts[i].part[k]);
		JNY_CASE(jny_sum_value(&forward) == jny_sum_value(&backward), "round %d", round);
		JNY_CASE(jny_sum_value(&forward) == jny_sum_value(&whole), "round %d", round);
		free(forward.part);
		free(backward.part);
		free(whole.part);
		for (int i = 0; i < 3; i++)
			free(parts[i].part);
	}
	ok(jny_cases_ok(), "neither order nor split changes a sum");
	free(sum.part);
}

/* One random observation into a tally. */
static void
observe(JnyTally *tally, uint32 what, uint32 a, uint32 b, double value)
{
	char		text[2][16];
	JnyName		name[2];
	JnyTallyEntry *entry;

	for (int i = 0; i < 2; i++)
	{
		name[i].data = text[i];
		name[i].len = (uint32) snprintf(text[i], 16, "n%u", i ? b : a);
	}
	if (what == 0)
		entry = jny_tally_get(tally, JNY_TALLY_STAGE, a, 0, 0);
	else if (what == 1)
		entry = jny_tally_get(tally, JNY_TALLY_PAIR, jny_dict_put(tally->dict, name[0]),
							  jny_dict_put(tally->dict, name[1]), 0);
	else
		entry = jny_tally_get(tally, JNY_TALLY_FLOW, b, jny_dict_put(tally->dict, name[0]),
							  JNY_TALLY_END);
	entry->customers++;
	entry->times += b;
	jny_sum_add(&entry->sum, value);
	jny_tally_list(tally, entry, (int64) a * 1000 - b);
	tally->customers++;
	tally->last = Max(tally->last, (int64) a);
}

/* The field of a key as the other dictionary has it. */
static uint32
translate(const JnyTally *to, const JnyTally *from, uint32 kind, int field, uint32 value)
{
	bool		is_name = (kind == JNY_TALLY_PAIR && field < 2) || (kind == JNY_TALLY_FLOW && field > 0);

	return is_name && value != JNY_TALLY_END ? jny_dict_put(to->dict, jny_dict_name(from->dict, value)) : value;
}

static bool
same(const JnyTally *a, const JnyTally *b)
{
	bool		equal = a->customers == b->customers && a->last == b->last && a->list_bytes == b->list_bytes;

	for (uint32 kind = 1; equal && kind < JNY_TALLY_KINDS; kind++)
	{
		uint32		na;
		uint32		nb;
		JnyTallyEntry **x = jny_tally_entries(a, (JnyTallyKind) kind, &na);

		free(jny_tally_entries(b, (JnyTallyKind) kind, &nb));
		equal = na == nb;
		for (uint32 i = 0; equal && i < na; i++)
		{
			JnyTallyEntry *y = jny_tally_find(b, (JnyTallyKind) kind,
											  translate(b, a, kind, 0, x[i]->key.a),
											  translate(b, a, kind, 1, x[i]->key.b),
											  translate(b, a, kind, 2, x[i]->key.c));

			equal = y && y->customers == x[i]->customers && y->times == x[i]->times &&
				y->nlist == x[i]->nlist && jny_sum_value(&y->sum) == jny_sum_value(&x[i]->sum);
			if (!equal)
				break;
			jny_sort_times(x[i]->list, x[i]->nlist);
			jny_sort_times(y->list, y->nlist);
			equal = memcmp(x[i]->list, y->list, x[i]->nlist * sizeof(int64)) == 0;
		}
		free(x);
	}
	return equal;
}

static void
test_merge_and_bytes(void)
{
	for (int round = 0; round < 60; round++)
	{
		JnyTally	whole;
		JnyTally	part[3];
		JnyTally	merged;
		JnyTally	read;
		JnyError	err;
		size_t		size;
		uint8	   *bytes;

		jny_tally_init(&whole, 1, NULL, 0);
		jny_tally_init(&merged, 1, "abc", 3);
		for (int i = 0; i < 3; i++)
			jny_tally_init(&part[i], 1, NULL, 0);
		for (int i = 0; i < 300; i++)
		{
			uint32		what = next_random(3);
			uint32		a = next_random(12);
			uint32		b = next_random(12);
			double		value = next_value();

			observe(&whole, what, a, b, value);
			observe(&part[next_random(3)], what, a, b, value);
		}
		for (int i = 3; i-- > 0;)
			jny_tally_merge(&merged, &part[i]);
		JNY_CASE(same(&whole, &merged), "round %d", round);

		size = jny_tally_size(&merged);
		bytes = malloc(size);
		jny_tally_write(&merged, bytes);
		JNY_CASE(jny_tally_read(&read, bytes, size, &err) == JNY_OK && same(&whole, &read) &&
				 read.nparams == 3 && memcmp(read.params, "abc", 3) == 0, "round %d", round);

		/* shorter or changed: refused, or a tally that can be read and added */
		for (int i = 0; i < 200; i++)
		{
			uint8	   *copy = malloc(size);
			size_t		len = i % 2 ? next_random((uint32) size) : size;

			memcpy(copy, bytes, size);
			if (i % 2 == 0)
				copy[next_random((uint32) size)] ^= (uint8) (1 << next_random(8));
			copy = realloc(copy, Max(len, 1));
			if (jny_tally_read(&read, copy, len, &err) == JNY_OK)
			{
				JNY_CASE(len == size, "%zu of %zu bytes are a tally", len, size);
				jny_tally_merge(&part[0], &read);
				free(malloc(jny_tally_size(&part[0])));
			}
			free(copy);
		}
		free(bytes);
	}
	ok(jny_cases_ok(), "parts add up, bytes come back, damage is harmless");
}

static void
test_percentiles(void)
{
	int64		list[] = {40 * USECS_PER_SEC, 10 * USECS_PER_SEC, 30 * USECS_PER_SEC, 20 * USECS_PER_SEC};

	jny_sort_times(list, 4);
	ok(jny_percentile_seconds(list, 4, 0.5) == 25, "the median of an even number lies between");
	ok(jny_percentile_seconds(list, 3, 0.5) == 20, "that of an odd number is one of them");
	ok(jny_percentile_seconds(list, 4, 0.9) == 37, "percentiles interpolate");
	ok(jny_percentile_seconds(list, 1, 0.9) == 10, "one time is all percentiles");
}

int
main(void)
{
	test_sums();
	test_merge_and_bytes();
	test_percentiles();
	return done_testing();
}

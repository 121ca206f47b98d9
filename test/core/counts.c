/*
 * counts.c
 *	  Counts and exact sums: any split and order adds up to the same bytes.
 */
#include "core/counts.h"

#include <math.h>

#include "common/pg_prng.h"

#include "tap.h"

/* A number of any size that a sum of many still holds. */
static double
random_number(pg_prng_state *rng)
{
	double		x = ldexp(pg_prng_double(rng) - 0.5,
						  (int) pg_prng_uint64_range(rng, 0, 200) - 100);

	return pg_prng_uint64_range(rng, 0, 3) ? x : rint(x);
}

/* Sums cancel exactly and do not depend on the order. */
static void
test_sums(void)
{
	pg_prng_state rng;

	pg_prng_seed(&rng, 7);
	for (int round = 0; round < 2000; round++)
	{
		int			n = (int) pg_prng_uint64_range(&rng, 0, 40);
		double		x[80];
		JnySum		forth = {0};
		JnySum		back = {0};
		JnySum		none = {0};

		for (int i = 0; i < n; i++)
			x[i] = random_number(&rng);
		for (int i = 0; i < n; i++)
		{
			jny_sum_add(&forth, x[i]);
			jny_sum_add(&back, x[n - 1 - i]);
			jny_sum_add(&none, x[i]);
		}
		for (int i = 0; i < n; i++)
			jny_sum_add(&none, -x[(i * 7) % Max(n, 1)] * (n % 7 != 0));
		JNY_CASE(jny_sum_value(&forth) == jny_sum_value(&back), "%d numbers", n);
		JNY_CASE(n % 7 == 0 || jny_sum_value(&none) == 0, "%d numbers and back: %g", n, jny_sum_value(&none));
		free(forth.part);
		free(back.part);
		free(none.part);
	}
	ok(jny_cases_ok(), "sums do not depend on the order");
}

static void
test_rounding(void)
{
	JnySum		sum = {0};

	for (int i = 0; i < 10; i++)
		jny_sum_add(&sum, 0.1);
	ok(jny_sum_value(&sum) == 1.0, "ten times 0.1 is 1, once rounded");
	free(sum.part);
	memset(&sum, 0, sizeof(sum));
	jny_sum_add(&sum, 1);
	jny_sum_add(&sum, ldexp(1, -53));
	ok(jny_sum_value(&sum) == 1.0, "half-way goes to even");
	jny_sum_add(&sum, ldexp(1, -200));
	ok(jny_sum_value(&sum) == 1.0 + ldexp(1, -52), "above half-way goes up");
	jny_sum_add(&sum, 1e308);
	jny_sum_add(&sum, 1e308);
	ok(!isfinite(jny_sum_value(&sum)), "an overflow is seen");
	free(sum.part);
}

/* The bytes of counts, and whether they read back to the same bytes. */
static uint8 *
write_counts(const JnyCounts *counts, size_t *len)
{
	uint8	   *bytes = (uint8 *) malloc(*len = jny_counts_size(counts));
	uint8	   *again;
	JnyCounts   *copy;
	JnyError	err;

	jny_counts_write(counts, bytes);
	JNY_CASE(jny_counts_read(bytes, *len, &copy, &err) == JNY_OK, "at %zu: %s", err.at, err.expected);
	again = (uint8 *) malloc(*len + 1);
	JNY_CASE(jny_counts_size(copy) == *len, "size %zu", jny_counts_size(copy));
	jny_counts_write(copy, again);
	JNY_CASE(memcmp(bytes, again, *len) == 0, "bytes differ");
	free(again);
	jny_counts_free(copy);
	return bytes;
}

static void
test_split(void)
{
	pg_prng_state rng;

	pg_prng_seed(&rng, 8);
	for (int round = 0; round < 300; round++)
	{
		JnyCounts   *all = jny_counts_create(3, 2, 1, "abc", 3);
		JnyCounts   *part[3];
		JnyError	err;
		size_t		len;
		size_t		len2;
		uint8	   *a;
		uint8	   *b;
		int			n = (int) pg_prng_uint64_range(&rng, 0, 200);

		for (int i = 0; i < 3; i++)
			part[i] = jny_counts_create(3, 2, 1, "abc", 3);
		for (int i = 0; i < n; i++)
		{
			char		key[8] = "key\0abc";
			uint32		key_len = (uint32) pg_prng_uint64_range(&rng, 0, 7);
			JnyCounts   *to[2] = {all, part[pg_prng_uint64_range(&rng, 0, 2)]};
			double		x = rint(random_number(&rng));

			key[0] = (char) ('a' + pg_prng_uint64_range(&rng, 0, 9));
			for (int k = 0; k < 2; k++)
			{
				uint32		at = jny_counts_put(to[k], key, key_len);

				jny_counts_of(to[k], at)[i & 1]++;
				jny_sum_add(jny_counts_sums(to[k], at), x);
			}
		}
		JNY_CASE(jny_counts_merge(part[2], part[0], &err) == JNY_OK, "merge");
		JNY_CASE(jny_counts_merge(part[1], part[2], &err) == JNY_OK, "merge");
		JNY_CASE(all->n == part[1]->n, "keys");
		for (uint32 i = 0; i < all->n; i++)
		{
			JnyName		key = jny_counts_key(all, i);
			uint32		at = jny_counts_find(part[1], key.data, key.len);

			JNY_CASE(at != PG_UINT32_MAX, "a key is lost");
			JNY_CASE(memcmp(jny_counts_of(all, i), jny_counts_of(part[1], at), 16) == 0, "counts");
			JNY_CASE(jny_sum_value(jny_counts_sums(all, i)) == jny_sum_value(jny_counts_sums(part[1], at)), "sums");
		}
		a = write_counts(all, &len);
		b = write_counts(part[1], &len2);
		JNY_CASE(len == len2 && memcmp(a, b, len) == 0, "bytes");
		/* bytes of any kind are read without harm */
		for (int i = 0; i < 50 && len > 0; i++)
		{
			JnyCounts   *read;

			a[pg_prng_uint64_range(&rng, 0, len - 1)] ^= 1 << pg_prng_uint64_range(&rng, 0, 7);
			if (jny_counts_read(a, len - (i & 3), &read, &err) == JNY_OK)
				jny_counts_free(read);
		}
		free(a);
		free(b);
		jny_counts_free(all);
		for (int i = 0; i < 3; i++)
			jny_counts_free(part[i]);
	}
	ok(jny_cases_ok(), "parts add up to the whole");
}

/* Under some keys the larger one stays. */
static void
test_largest(void)
{
	static const uint8 key[2] = {JNY_COUNTS_LARGEST, 'x'};
	JnyCounts  *a = jny_counts_create(1, 1, 0, NULL, 0);
	JnyCounts  *b = jny_counts_create(1, 1, 0, NULL, 0);
	JnyError	err;
	size_t		len;

	jny_counts_of(b, jny_counts_put(b, key, 2))[0] = -7;
	JNY_CASE(jny_counts_merge(a, b, &err) == JNY_OK, "merge");
	JNY_CASE(jny_counts_of(a, 0)[0] == -7, "the only one is the largest");
	jny_counts_of(b, 0)[0] = -9;
	JNY_CASE(jny_counts_merge(a, b, &err) == JNY_OK, "merge");
	JNY_CASE(jny_counts_of(a, 0)[0] == -7, "a smaller one changes nothing");
	jny_counts_of(b, 0)[0] = 3;
	JNY_CASE(jny_counts_merge(a, b, &err) == JNY_OK, "merge");
	JNY_CASE(jny_counts_of(a, 0)[0] == 3, "a larger one does");
	free(write_counts(b, &len));
	jny_counts_free(a);
	jny_counts_free(b);
	ok(jny_cases_ok(), "the largest of the parts");
}

int
main(void)
{
	test_largest();
	test_sums();
	test_rounding();
	test_split();
	return done_testing();
}

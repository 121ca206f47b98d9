/*
 * append.c
 *	  Appending gives the bytes that merging gives, or leaves it to merging.
 */
#include "random_journey.h"

#include "core/append.h"

#define CASES 20000

/* The general way: both expanded, merged, packed. */
static Packed
merged(const JnyView *a, const JnyView *b)
{
	JnyPath		path[2];
	JnyPath		out;
	Packed		packed;
	JnyError	err;

	new_path(&out);
	for (int i = 0; i < 2; i++)
	{
		jny_path_init(&path[i], out.dict);
		JNY_CASE(jny_path_add_view(&path[i], i == 0 ? a : b, &err) == JNY_OK, "expand");
	}
	JNY_CASE(jny_path_merge(&out, &path[0], &path[1], &err) == JNY_OK, "merge");
	packed = pack_path(&out);
	jny_path_reset(&path[0]);
	jny_path_reset(&path[1]);
	free_path(&out);
	return packed;
}

/* n random events, none before origin and none a thousand years after it. */
static Packed
random_part(int64 origin, uint32 n)
{
	RandomShape shape = random_shape(random_below(350));
	JnyPath		path;
	Packed		packed;

	shape.origin = origin;
	shape.steps = Min(shape.steps, INT64CONST(365000) * USECS_PER_DAY / shape.step);
	new_path(&path);
	random_events(&path, &shape, n);
	packed = pack_path(&path);
	free_path(&path);
	return packed;
}

/* Whether appending is the wrong way for these. */
static bool
is_general(const JnyView *a, const JnyView *b)
{
	return a->n == 0 || b->n == 0 || b->first <= a->last ||
		a->nnames + b->nnames > 256 || a->nchannels + b->nchannels > 255;
}

/* Shapes of the parts are drawn apart: units, names and sections differ. */
static void
test_random(void)
{
	static const int64 gap[] = {0, 1, 1000, USECS_PER_SEC, USECS_PER_DAY, INT64CONST(12345678901)};
	uint32		appended = 0;

	for (uint32 i = 0; i < CASES; i++)
	{
		Packed		a = random_part(random_below(1000) * USECS_PER_DAY, random_below(i % 50 == 0 ? 900 : 40));
		Packed		b = random_part(a.view.last + gap[random_below(lengthof(gap))], random_below(i % 50 == 0 ? 900 : 20));
		size_t		len = 0;
		uint8	   *bytes = jny_append(&a.view, &b.view, 4, &len);

		if (bytes != NULL)
		{
			Packed		expected = merged(&a.view, &b.view);

			JNY_CASE(len == expected.len && memcmp(bytes + 4, expected.bytes, len) == 0, "case %u", i);
			jny_free(expected.bytes);
			jny_free(bytes);
			appended++;
		}
		else
			JNY_CASE(is_general(&a.view, &b.view), "case %u was not appended", i);
		JNY_CASE(a.view.n == 0 || b.view.n == 0 || jny_append(&b.view, &a.view, 0, &len) == NULL,
				 "case %u the wrong way round", i);
		jny_free(a.bytes);
		jny_free(b.bytes);
	}
	ok(jny_cases_ok(), "%d random pairs: the bytes of the merge, or none", CASES);
	ok(appended > CASES / 2, "most of them were appended: %u", appended);
}

/* So many names that together they need codes of two bytes. */
static void
test_many_names(void)
{
	static const uint32 counts[][3] = {{200, 56, true}, {200, 57, false}, {256, 1, false}, {1, 255, true}, {257, 1, false}};

	for (int c = 0; c < (int) lengthof(counts); c++)
	{
		Packed		part[2];
		uint8	   *bytes;
		size_t		len;

		for (int p = 0; p < 2; p++)
		{
			JnyPath		path;
			JnyError	err;

			new_path(&path);
			for (uint32 i = 0; i < counts[c][p]; i++)
			{
				char		text[32];
				JnyName		none = {"", 0};
				JnyName		name = {text, (uint32) sprintf(text, "%d of %u", p, i)};

				jny_path_add(&path, p * USECS_PER_DAY + i, name, none, NULL, &err);
			}
			part[p] = pack_path(&path);
			free_path(&path);
		}
		bytes = jny_append(&part[0].view, &part[1].view, 0, &len);
		ok((bytes != NULL) == (counts[c][2] != 0), "%u and %u names", counts[c][0], counts[c][1]);
		if (bytes != NULL)
		{
			Packed		expected = merged(&part[0].view, &part[1].view);

			ok(len == expected.len && memcmp(bytes, expected.bytes, len) == 0, "the bytes of the merge");
			jny_free(expected.bytes);
			jny_free(bytes);
		}
		jny_free(part[0].bytes);
		jny_free(part[1].bytes);
	}
}

int
main(void)
{
	random_state = 20261121;
	test_random();
	test_many_names();
	return done_testing();
}

/*
 * journey.c
 *	  The bytes: every damage is noticed or harmless; order, equality and hash
 *	  agree; the worked example of doc/format.md is what we write.
 *
 * Buffers are exactly as long as the bytes, so that the sanitizer sees a read
 * one byte too far.
 */
#include "random_journey.h"

static volatile uint64 sink;

/* Reads all a view offers; the sanitizers do the checking. */
static void
read_everything(const JnyView *view)
{
	JnyName    *names = (JnyName *) jny_alloc((view->nnames + view->nchannels + 1) *
											  sizeof(JnyName));
	uint64		sum = 0;

	jny_view_names(view, names);
	jny_view_channels(view, names + view->nnames);
	for (JnyWalk walk = jny_walk(view); jny_walk_next(&walk);)
	{
		JnyName		name = names[walk.code];

		sum += (uint64) walk.ts;
		for (uint32 i = 0; i < name.len; i++)
			sum += (unsigned char) name.data[i];
		if (walk.channel != 0)
		{
			name = names[view->nnames + walk.channel - 1];
			for (uint32 i = 0; i < name.len; i++)
				sum += (unsigned char) name.data[i];
		}
	}
	for (uint32 k = 0; k < view->nvalues; k++)
		sum += jny_value_position(view, k) + (jny_value_at(view, k) > 0);
	sink += sum + jny_hash(view, 1);
	jny_free(names);
}

/* Opens damaged bytes both ways and reads what opens. */
static void
try_bytes(const uint8 *bytes, size_t len, uint32 case_no)
{
	uint8	   *copy = (uint8 *) jny_alloc(Max(len, 1));
	JnyView		view;
	JnyError	err;
	JnyCode		safe;
	JnyCode		full;

	memcpy(copy, bytes, len);
	safe = jny_open(copy, len, JNY_CHECK_SAFE, &view, &err);
	if (safe == JNY_OK)
		read_everything(&view);
	full = jny_open(copy, len, JNY_CHECK_FULL, &view, &err);
	JNY_CASE(full != JNY_OK || safe == JNY_OK, "case %u: FULL is stricter", case_no);
	if (full == JNY_OK)
	{
		JnyPath		path;
		size_t		again_len;
		uint8	   *again;

		new_path(&path);
		JNY_CASE(jny_path_add_view(&path, &view, &err) == JNY_OK, "case %u", case_no);
		again = jny_path_pack(&path, 0, &again_len, &err);
		JNY_CASE(again && again_len == len && memcmp(again, copy, len) == 0,
				 "case %u: FULL accepts only what pack writes", case_no);
		jny_free(again);
		free_path(&path);
	}
	else
		JNY_CASE(err.code == full && err.expected != NULL && err.at <= len,
				 "case %u: the error says what is wrong", case_no);
	jny_free(copy);
}

/* Every byte of small journeys changed in several ways, and every truncation. */
static void
test_damage(void)
{
	uint32		tried = 0;

	for (uint32 i = 0; i < 150; i++)
	{
		Packed		packed = random_packed(i, 12);
		uint8	   *bytes = packed.bytes;

		for (size_t at = 0; at < packed.len; at += packed.len > 1000 ? 37 : 1)
		{
			uint8		was = bytes[at];

			for (int bit = 0; bit < 8; bit++)
			{
				bytes[at] = was ^ (uint8) (1 << bit);
				try_bytes(bytes, packed.len, i);
			}
			for (int k = 0; k < 4; k++, tried++)
			{
				static const uint8 hard[] = {0x00, 0xFF, 0x7F};

				bytes[at] = k < 3 ? hard[k] : (uint8) random_next();
				try_bytes(bytes, packed.len, i);
			}
			bytes[at] = was;
			try_bytes(bytes, at, i);
		}
		jny_free(packed.bytes);
	}
	ok(jny_cases_ok(), "damaged bytes are refused or read safely, at %u places",
	   tried / 4);
}

/* Several bytes at once: lengths that lie in step. */
static void
test_heavy_damage(void)
{
	for (uint32 i = 0; i < 4000; i++)
	{
		Packed		packed = random_packed(i, 20);

		for (int k = 0; k < 12; k++)
		{
			uint32		changes = 1 + random_below(4);

			for (uint32 c = 0; c < changes; c++)
				packed.bytes[random_below((uint32) Min(packed.len, 100))] =
					random_below(2) ? (uint8) random_next() : (uint8) random_below(4);
			packed.bytes[0] = JNY_MAGIC;
			packed.bytes[1] = JNY_VERSION;
			packed.bytes[2] &= JNY_FLAGS_KNOWN;
			try_bytes(packed.bytes, packed.len, i);
		}
		jny_free(packed.bytes);
	}
	ok(jny_cases_ok(), "so are bytes with several changes");
}

/* Code and place of opening these bytes. */
static JnyCode
open_code(const uint8 *bytes, size_t len, JnyCheck check, size_t *at)
{
	JnyView		view;
	JnyError	err = {JNY_OK};
	JnyCode		code = jny_open(bytes, len, check, &view, &err);

	*at = err.at;
	return code;
}

static void
test_header(void)
{
	JnyPath		path;
	Packed		empty;
	uint8		bytes[JNY_HEAD_SIZE];
	size_t		at;
	JnyHead		head;
	JnyError	err;

	new_path(&path);
	empty = pack_path(&path);
	ok(empty.len == JNY_HEAD_SIZE && empty.view.n == 0, "the empty journey is a header");
	ok(jny_head(empty.bytes, empty.len, &head, &err) == JNY_OK && head.n == 0,
	   "a header alone can be read");
	ok(jny_head(empty.bytes, empty.len - 1, &head, &err) == JNY_E_CORRUPT &&
	   open_code(empty.bytes, 0, JNY_CHECK_SAFE, &at) == JNY_E_CORRUPT,
	   "less than a header is damaged");
	memcpy(bytes, empty.bytes, JNY_HEAD_SIZE);
	bytes[0] = 'K';
	ok(open_code(bytes, JNY_HEAD_SIZE, JNY_CHECK_SAFE, &at) == JNY_E_CORRUPT && at == 0,
	   "another magic is damaged");
	bytes[0] = 'J';
	bytes[1] = 2;
	ok(open_code(bytes, JNY_HEAD_SIZE, JNY_CHECK_SAFE, &at) == JNY_E_VERSION && at == 1,
	   "another version is unknown");
	bytes[1] = 1;
	bytes[2] = JNY_FLAG_SHARED_NAMES;
	ok(open_code(bytes, JNY_HEAD_SIZE, JNY_CHECK_SAFE, &at) == JNY_E_VERSION && at == 2,
	   "an unknown flag is an unknown version");
	ok(jny_head(bytes, JNY_HEAD_SIZE, &head, &err) == JNY_E_VERSION,
	   "also for who reads the header alone");
	jny_free(empty.bytes);
	free_path(&path);
}

/* Order of two sorted paths by the definition, through their events. */
static int
compare_slowly(const JnyPath *a, const JnyPath *b)
{
	for (uint32 i = 0; i < Min(a->n, b->n); i++)
	{
		int			c = jny_event_cmp(a->dict, a->events + i, b->events + i);

		if (c != 0)
			return c;
	}
	return (a->n > b->n) - (a->n < b->n);
}

/* Single events: every combination of two or three of each part. */
#define SINGLES (2 * 2 * 3 * 4)
#define POOL (SINGLES + 60)

/* Single event number i. */
static void
single_event(JnyPath *path, int i)
{
	static const char *const channels[] = {"", "c", "d"};
	static const double values[] = {-1, 0, 2};
	JnyName		name = {i % 2 ? "a" : "b", 1};
	JnyName		channel = {channels[i / 4 % 3], (uint32) strlen(channels[i / 4 % 3])};
	JnyError	err;

	jny_path_add(path, i / 2 % 2, name, channel,
				 i / 12 == 3 ? NULL : values + i / 12, &err);
}

/* A total order that agrees with equality and hash. */
static void
test_order(void)
{
	JnyDict    *dict = jny_dict_create();
	JnyPath		paths[POOL];
	Packed		pool[POOL];
	static int	order[POOL][POOL];
	RandomShape shape = {2, 2, 40, 0, 1, 2, false};
	JnyError	err;

	for (int i = 0; i < POOL; i++)
	{
		jny_path_init(paths + i, dict);
		if (i < SINGLES)
			single_event(paths + i, i);
		else
		{
			jny_path_add_path(paths + i, paths + random_below(i), &err);
			random_events(paths + i, &shape, random_below(3));
		}
		pool[i] = pack_path(paths + i);
	}
	for (int i = 0; i < POOL; i++)
		for (int k = 0; k < POOL; k++)
		{
			int			c = jny_compare(&pool[i].view, &pool[k].view);
			int			slow = compare_slowly(paths + i, paths + k);

			order[i][k] = (c > 0) - (c < 0);
			JNY_CASE(order[i][k] == (slow > 0) - (slow < 0), "%d against %d", i, k);
			JNY_CASE((c == 0) == jny_equal(&pool[i].view, &pool[k].view),
					 "%d against %d: equality", i, k);
			JNY_CASE((c == 0) == (jny_hash(&pool[i].view, 7) ==
								  jny_hash(&pool[k].view, 7)),
					 "%d against %d: hash", i, k);
		}
	ok(jny_cases_ok(), "order, equality and hash agree");
	for (int i = 0; i < POOL; i++)
		for (int k = 0; k < POOL; k++)
		{
			JNY_CASE(order[i][k] == -order[k][i], "%d against %d", i, k);
			for (int m = 0; m < POOL; m++)
				JNY_CASE(order[i][k] > 0 || order[k][m] > 0 || order[i][m] <= 0,
						 "%d, %d, %d", i, k, m);
		}
	ok(jny_cases_ok(), "the order is antisymmetric and transitive");
	ok(jny_hash(&pool[1].view, 7) != jny_hash(&pool[1].view, 8),
	   "the hash depends on its seed");
	for (int i = 0; i < POOL; i++)
	{
		jny_free(pool[i].bytes);
		jny_path_reset(paths + i);
	}
	jny_dict_free(dict);
}

/*
 * The same content laid out otherwise, as another format version might: all
 * offsets one byte wider.  SAFE reads it, and order and hash are the same.
 */
static void
test_layout(void)
{
	for (uint32 i = 0; i < 500; i++)
	{
		Packed		packed = random_packed(i, 20);
		const JnyView *view = &packed.view;
		size_t		times = view->n == 0 ? 0 : view->times - packed.bytes;
		uint32		w = view->width;
		uint8	   *wide;
		uint8	   *out;
		JnyView		other;
		JnyError	err;
		size_t		at;

		if (view->n == 0 || w == 8)
		{
			jny_free(packed.bytes);
			continue;
		}
		wide = (uint8 *) jny_alloc(packed.len + view->n);
		memcpy(wide, packed.bytes, times);
		wide[3] = (uint8) ((wide[3] & 0x0F) | ((w + 1) << 4));
		out = wide + times;
		for (uint32 k = 0; k < view->n; k++, out += w + 1)
		{
			memcpy(out, view->times + k * w, w);
			out[w] = 0;
		}
		memcpy(out, view->times + view->n * w,
			   packed.len - times - (size_t) view->n * w);
		JNY_CASE(jny_open(wide, packed.len + view->n, JNY_CHECK_SAFE, &other,
						  &err) == JNY_OK, "case %u: %s", i, err.expected);
		JNY_CASE(jny_compare(view, &other) == 0, "case %u: order", i);
		JNY_CASE(jny_hash(view, 0) == jny_hash(&other, 0), "case %u: hash", i);
		JNY_CASE(open_code(wide, packed.len + view->n, JNY_CHECK_FULL, &at) ==
				 JNY_E_CORRUPT, "case %u: it is not canonical", i);
		jny_free(wide);
		jny_free(packed.bytes);
	}
	ok(jny_cases_ok(), "order and hash see the content, not the layout");
}

/* The content of a fenced block of a document, behind its opening line. */
static char *
read_block(const char *file_name, const char *fence)
{
	FILE	   *file = fopen(file_name, "rb");
	char	   *text = (char *) jny_alloc0(65536);
	char	   *start;
	char	   *end;

	if (file == NULL || fread(text, 1, 65535, file) == 0)
	{
		ok(0, "cannot read %s: run the tests from the top folder", file_name);
		exit(1);
	}
	fclose(file);
	start = strstr(text, fence);
	end = start ? strstr(start + strlen(fence), "\n```") : NULL;
	if (end == NULL)
	{
		ok(0, "%s has no block %s: the worked example belongs there", file_name, fence);
		exit(1);
	}
	*end = '\0';
	memmove(text, start + strlen(fence), strlen(start + strlen(fence)) + 1);
	return text;
}

/* The two blocks of doc/format.md are the same journey. */
static void
test_example(void)
{
	char	   *text = read_block("doc/format.md", "```journey\n");
	char	   *hex = read_block("doc/format.md", "```hex\n");
	uint8		bytes[1024];
	size_t		len = 0;
	JnyPath		path;
	JnyError	err;
	Packed		packed;

	for (char *line = strtok(hex, "\n"); line; line = strtok(NULL, "\n"))
	{
		unsigned int byte;
		int			used;

		/* hexadecimal bytes, then two blanks and what they mean */
		for (char *p = line; p[0] != ' ' && sscanf(p, "%2x%n", &byte, &used) == 1;)
		{
			bytes[len++] = (uint8) byte;
			p += used + (p[used] == ' ');
		}
	}
	new_path(&path);
	ok(jny_parse(text, strlen(text), &path, &err) == JNY_OK,
	   "the example in doc/format.md parses");
	packed = pack_path(&path);
	ok(packed.len == len && memcmp(packed.bytes, bytes, len) == 0,
	   "its bytes in doc/format.md are what we write");
	if (packed.len != len || memcmp(packed.bytes, bytes, len) != 0)
	{
		char		line[4096];
		char	   *out = line;

		for (size_t i = 0; i < packed.len; i++)
			out += sprintf(out, "%02x ", packed.bytes[i]);
		diag("the document has %zu bytes, we write these %zu: %s", len, packed.len, line);
	}
	jny_free(packed.bytes);
	free_path(&path);
	jny_free(text);
	jny_free(hex);
}

int
main(void)
{
	random_state = 20240201;
	test_header();
	test_damage();
	test_heavy_damage();
	test_order();
	test_layout();
	test_example();
	return done_testing();
}

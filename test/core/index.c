/*
 * index.c
 *	  Keys of journeys and plans of patterns: nothing that matches is missed.
 *
 * Random patterns are spelled over the whole grammar of the design; what the
 * parser refuses is skipped.  A journey that matches must have the keys its
 * plan asks for, and so must every journey of which a beginning matches have
 * those of the weakened patterns.
 */
#include "core/index.h"
#include "core/match.h"

#include "random_journey.h"

#define CASES 60000

static JnyName
name_of(const char *text)
{
	JnyName		name = {text, (uint32) strlen(text)};

	return name;
}

/* Adds an event to a path; hours count from 2000. */
static void
add(JnyPath *path, int hour, JnyName name, const char *channel)
{
	JnyError	err;

	if (jny_path_add(path, hour * USECS_PER_HOUR, name, name_of(channel), NULL,
					 &err) != JNY_OK)
		abort();
}

static JnyIndexKeys
keys_of(const JnyView *view)
{
	JnyIndexKeys keys = {0};

	jny_index_keys(view, &keys);
	return keys;
}

static void
free_keys(JnyIndexKeys *keys)
{
	free(keys->key);
	free(keys->bytes.data);
}

static void
free_plan(JnyIndexPlan *plan)
{
	free_keys(&plan->keys);
	free(plan->program);
	free(plan);
}

/* Has a journey a key of a plan? */
static bool
has_key(const JnyIndexKeys *keys, const JnyIndexPlan *plan, uint32 number)
{
	const JnyIndexKey *want = &plan->keys.key[number];

	for (uint32 i = 0; i < keys->n; i++)
	{
		const JnyIndexKey *key = &keys->key[i];

		if ((want->prefix ? key->len >= want->len : key->len == want->len) &&
			memcmp(keys->bytes.data + key->at,
				   plan->keys.bytes.data + want->at, want->len) == 0)
			return true;
	}
	return false;
}

/*
 * What the plan says of the journey; in passing, that hiding keys makes no
 * YES or NO into its opposite.
 */
static JnyFound
check(const JnyIndexPlan *plan, const JnyIndexKeys *keys)
{
	uint8	   *found = malloc(plan->keys.n + 1);
	JnyFound	whole;
	JnyFound	partly;

	for (uint32 i = 0; i < plan->keys.n; i++)
		found[i] = has_key(keys, plan, i) ? JNY_FOUND_YES : JNY_FOUND_NO;
	whole = jny_index_check(plan, found);
	for (uint32 i = 0; i < plan->keys.n; i++)
	{
		if (random_below(3) == 0)
			found[i] = JNY_FOUND_MAYBE;
	}
	partly = jny_index_check(plan, found);
	JNY_CASE(whole != JNY_FOUND_MAYBE, "known keys leave no doubt");
	JNY_CASE(partly == JNY_FOUND_MAYBE || partly == whole,
			 "hidden keys turn %d into %d", whole, partly);
	free(found);
	return whole;
}

static JnyPattern *
parse(const char *text, size_t len)
{
	JnyPattern *pattern;
	JnyError	err;

	if (jny_pattern_parse(text, len, &pattern, &err) != JNY_OK)
		return NULL;
	return pattern;
}

static bool
matches(const JnyPattern *pattern, const JnyView *view)
{
	JnyHits		hits = {0};
	bool		result;

	jny_hits_of_view(&hits, pattern, view);
	result = jny_match_depth(pattern, &hits) == pattern->nitems;
	free(hits.hit);
	free(hits.session);
	return result;
}

/* ---- examples ---- */

/* How often a kind of key occurs. */
static int
count_kind(const JnyIndexKeys *keys, char kind)
{
	int			n = 0;

	for (uint32 i = 0; i < keys->n; i++)
		n += keys->bytes.data[keys->key[i].at] == kind;
	return n;
}

/* What the plan of a pattern says of the keys of a journey's text. */
static JnyFound
asks(const char *pattern_text, const char *journey_text)
{
	JnyPattern *pattern = parse(pattern_text, strlen(pattern_text));
	JnyIndexPlan *plan = jny_index_plan(pattern);
	JnyIndexKeys keys;
	JnyPath		path;
	Packed		packed;
	JnyError	err;
	JnyFound	result;

	new_path(&path);
	if (jny_parse(journey_text, strlen(journey_text), &path, &err) != JNY_OK)
		abort();
	packed = pack_path(&path);
	keys = keys_of(&packed.view);
	result = check(plan, &keys);
	free_keys(&keys);
	free_plan(plan);
	jny_pattern_free(pattern);
	free(packed.bytes);
	free_path(&path);
	return result;
}

static void
test_examples(void)
{
	const char *abx = "{2024-01-01 a, 2024-01-02 b, 2024-01-03 xy@mail}";

	ok(asks("a -> b", abx), "a -> b may be in a, b");
	ok(!asks("b -> a", abx), "b -> a is not in a, b: the pair is missing");
	ok(!asks("a -> a", abx), "a -> a is not where a is but once");
	ok(asks("b -> a", "{2024-01-01 a, 2024-01-01 b}"), "a tie is in both orders");
	ok(asks("b => a", "{2024-01-01 a, 2024-01-01 b}"), "so for =>");
	ok(asks("a -> a", "{2024-01-01 a, 2024-01-01 a}"), "two at the same time are a -> a");
	ok(asks("x* -> .", abx) && !asks("y*", abx), "prefixes find names");
	ok(asks("z | b -> q | xy", abx), "one alternative is enough");
	ok(!asks("z | b -> q | a", abx), "no pair of the alternatives: no match");
	ok(!asks("z | q* -> b", abx), "no alternative: no match");
	ok(asks("a -> z* | xy", abx), "a prefix among the alternatives keeps the pair open");
	ok(!asks("a -> c", abx) && !asks("c -> a", abx), "a name that is not there");
	ok(asks(".", abx) && asks(". -> z | .", abx), "any event needs nothing");
	ok(!asks("mail", abx), "a channel is no event");
	ok(asks("xy@mail", abx) && asks(".@ma*", abx), "a channel is found");
	ok(!asks("xy@mall", abx) && !asks("a -> .@n*", abx), "a channel that is not there");
	ok(!asks("a -> xy@mall", abx) && !asks("xy@mail@z", abx), "nor beside a pair or another");
	ok(asks("(a | xy)@mail", abx) && !asks("(a | xy@mall)@mail -> z", abx), "a channel for several names");
	ok(asks("xy@mall | .", abx) && asks("!(xy@mail)", abx) && asks("!b", abx), "what is not asked for");
	ok(asks("a -> z? -> b", abx) && asks("a -> z{0,2}", abx), "optional items need nothing");
	ok(!asks("a -> z? -> a", abx) && !asks("b -> !b -> a", abx), "pairs reach over others");
	ok(asks("a+ -> b", abx) && !asks("a{2}", abx), "twice is a pair of the same");
	ok(asks("b -> a in any order", abx) && !asks("z -> a in any order", abx), "no order, no pairs");
	ok(asks("a then no b for 1 hour without xy", abx), "what must not be needs nothing");
	ok(jny_cases_ok(), "hidden keys leave doubt only");
}

/* Names n0, n1, .. at hours 0, 1, .. */
static void
test_bound(int nnames)
{
	JnyPath		path;
	Packed		packed;
	JnyIndexKeys keys;
	JnyPattern *back = parse("n1 -> n0", 8);
	JnyIndexPlan *plan = jny_index_plan(back);
	bool		bounded = nnames > JNY_INDEX_PAIR_NAMES;
	char		name[16];

	new_path(&path);
	for (int i = 0; i < nnames; i++)
	{
		sprintf(name, "n%d", i);
		add(&path, i, name_of(name), "");
	}
	packed = pack_path(&path);
	keys = keys_of(&packed.view);
	ok(count_kind(&keys, 'e') == nnames, "%d names: a key for each", nnames);
	ok(count_kind(&keys, 'p') == (bounded ? 0 : nnames * (nnames - 1) / 2) &&
	   count_kind(&keys, 'm') == (bounded ? nnames : 0),
	   "%d names: %s", nnames, bounded ? "markers instead of pairs" : "all pairs");
	ok(check(plan, &keys) == (bounded ? JNY_FOUND_YES : JNY_FOUND_NO),
	   "%d names: a pair that is not there is%s found", nnames,
	   bounded ? "" : " not");
	free_keys(&keys);
	free_plan(plan);
	jny_pattern_free(back);
	free(packed.bytes);
	free_path(&path);
}

/* Names that differ behind the cut have one key, and are told apart by pairs. */
static void
test_long_names(void)
{
	char		name[2][JNY_MAX_NAME_BYTES];
	char		text[JNY_MAX_NAME_BYTES + 8];
	JnyName		names[2];
	JnyPath		path;
	Packed		packed;
	JnyIndexKeys keys;
	uint32		longest = 0;

	new_path(&path);
	for (int i = 0; i < 2; i++)
	{
		memset(name[i], 'x', sizeof(name[i]));
		name[i][sizeof(name[i]) - 1] = '0' + i;
		names[i].data = name[i];
		names[i].len = sizeof(name[i]);
		add(&path, i, names[i], "");
	}
	packed = pack_path(&path);
	keys = keys_of(&packed.view);
	for (uint32 i = 0; i < keys.n; i++)
		longest = Max(longest, keys.key[i].len);
	ok(longest == JNY_INDEX_NAME_BYTES + 1, "a long name is cut");
	for (int i = 0; i < 2; i++)
	{
		int			len = sprintf(text, "%.*s%s", JNY_MAX_NAME_BYTES - i, name[1],
								  i > 0 ? "*" : "");
		JnyPattern *pattern = parse(text, len);
		JnyIndexPlan *plan = jny_index_plan(pattern);

		ok(check(plan, &keys) == JNY_FOUND_YES, "a long %s is found",
		   i > 0 ? "prefix" : "name");
		free_plan(plan);
		jny_pattern_free(pattern);
	}
	free_keys(&keys);
	free(packed.bytes);
	free_path(&path);
}

/* ---- random ---- */

static void
say(JnyText *text, const char *word)
{
	jny_text_append(text, word, strlen(word));
}

static const char *
one_word(const char *const *words, int n)
{
	return words[random_below(n)];
}

#define ONE_OF(...) \
	one_word((const char *const[]) {__VA_ARGS__}, \
			 lengthof(((const char *const[]) {__VA_ARGS__})))

/* A step; depth bounds the parentheses. */
static void
random_step(JnyText *text, int depth)
{
	int			n = 1 + random_below(5) / 3;

	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			say(text, " | ");
		if (random_below(8) == 0)
			say(text, "!");
		if (depth > 0 && random_below(8) == 0)
		{
			say(text, "(");
			random_step(text, depth - 1);
			say(text, ")");
		}
		else
			say(text, ONE_OF("a", "b", "ab", "c", "a*", "b*", "d/*", "d/x", "z", "."));
		if (random_below(6) == 0)
			say(text, ONE_OF("@p", "@q", "@pq", "@p*", "@z"));
		if (random_below(10) == 0)
			say(text, ONE_OF("[value > 3]", "[value <= 5]", "[value = 4]"));
	}
}

/* A pattern of the design's grammar; many are refused. */
static void
random_pattern(JnyText *text)
{
	int			n = 1 + random_below(4);
	bool		plain = random_below(3) == 0;

	if (random_below(15) == 0)
		say(text, "^ ");
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			say(text, plain ? " -> " :
				ONE_OF(" -> ", " -> ", " -> ", " => ", " ->[3 hours] ",
					   " ->[1 hour, 4 hours] ", " ->[without c] "));
		random_step(text, 2);
		if (!plain && random_below(5) == 0)
			say(text, ONE_OF("?", "+", "{2}", "{0,2}", "{1,}", "{2,3}"));
	}
	if (random_below(15) == 0)
		say(text, " $");
	if (random_below(3) == 0)
		say(text, ONE_OF(" within 5 hours", " within session", " without c",
						 " from first", " in any order", " in any order",
						 " at distinct times", " then no c for 2 hours",
						 " then no a for 20 hours"));
}

/* A journey of few names and hours; now and then one of many names. */
static Packed
random_journey_packed(uint32 case_no, JnyPath *path)
{
	static const char *const names[] = {"a", "b", "ab", "c", "d/x"};
	static const char *const channels[] = {"", "", "p", "q", "pq"};
	int			n = 1 + random_below(7);
	JnyError	err;

	new_path(path);
	for (int i = 0; i < n; i++)
	{
		double		value = random_below(8);
		bool		has_value = random_below(2) == 0;

		if (jny_path_add(path, random_below(9) * USECS_PER_HOUR,
						 name_of(one_word(names, lengthof(names))),
						 name_of(one_word(channels, lengthof(channels))),
						 has_value ? &value : NULL, &err) != JNY_OK)
			abort();
	}
	for (int i = 0; case_no % 50 == 0 && i <= JNY_INDEX_PAIR_NAMES; i++)
	{
		char		name[16];

		sprintf(name, "filler%d", i);
		add(path, i % 9, name_of(name), "");
	}
	return pack_path(path);
}

/* The journey so far at the time of its middle event, or all of it. */
static bool
beginning_matches(const JnyPattern *pattern, const JnyPath *path)
{
	JnyPath		some;
	Packed		packed;
	JnyError	err;
	bool		result;
	int64		until = path->events[path->n / 2].ts;

	new_path(&some);
	for (uint32 i = 0; i < path->n; i++)
	{
		const JnyEvent *event = &path->events[i];

		if (event->ts <= until &&
			jny_path_add(&some, event->ts, jny_dict_name(path->dict, event->name),
						 event->channel == 0 ? name_of("") :
						 jny_dict_name(path->dict, event->channel - 1),
						 jny_has_value(event) ? &event->value : NULL,
						 &err) != JNY_OK)
			abort();
	}
	packed = pack_path(&some);
	result = matches(pattern, &packed.view);
	free(packed.bytes);
	free_path(&some);
	return result;
}

/* What a weakened pattern promises. */
static void
check_weakened(const JnyPattern *pattern, const JnyText *text,
			   const JnyPath *path, const JnyView *view)
{
	JnyText		weak;
	JnyPattern *weaker;

	jny_text_init(&weak);
	if (jny_index_weaken(pattern, &weak))
	{
		weaker = parse(weak.data, weak.len);
		JNY_CASE(weaker != NULL, "%s is weakened to %s, which is no pattern",
				 text->data, weak.data);
		if (weaker)
		{
			JNY_CASE(!beginning_matches(pattern, path) ||
					 matches(weaker, view), "%s is weakened to %s",
					 text->data, weak.data);
			jny_pattern_free(weaker);
		}
	}
	free(weak.data);
}

static void
test_random(int cases)
{
	int			parsed = 0;
	int			matched = 0;
	int			excluded = 0;
	int			missed = 0;

	for (int i = 0; i < cases; i++)
	{
		JnyPath		path;
		Packed		packed;
		JnyText		text;
		JnyPattern *pattern;

		jny_text_init(&text);
		random_pattern(&text);
		pattern = parse(text.data, text.len);
		if (pattern)
		{
			JnyIndexPlan *plan = jny_index_plan(pattern);
			JnyIndexKeys keys;
			bool		match;
			JnyFound	found;

			packed = random_journey_packed(i, &path);
			keys = keys_of(&packed.view);
			match = matches(pattern, &packed.view);
			found = check(plan, &keys);
			JNY_CASE(!match || found == JNY_FOUND_YES,
					 "%s matches but is not found (case %d)", text.data, i);
			check_weakened(pattern, &text, &path, &packed.view);
			parsed++;
			matched += match;
			excluded += !match && found == JNY_FOUND_NO;
			missed += !match;
			free_keys(&keys);
			free_plan(plan);
			jny_pattern_free(pattern);
			free(packed.bytes);
			free_path(&path);
		}
		free(text.data);
	}
	ok(jny_cases_ok(), "nothing that matches is missed");
	ok(parsed > cases / 20 && matched > parsed / 50, "%d patterns, %d matches",
	   parsed, matched);
	ok(excluded > missed / 4, "%d of %d journeys that do not match are excluded",
	   excluded, missed);
}

int
main(int argc, char **argv)
{
	pg_logging_init(argv[0]);
	test_examples();
	test_bound(JNY_INDEX_PAIR_NAMES);
	test_bound(JNY_INDEX_PAIR_NAMES + 1);
	test_long_names();
	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	test_random(argc > 1 ? atoi(argv[1]) : CASES);
	return done_testing();
}

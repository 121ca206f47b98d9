/*
 * log.c
 *	  Records of a log: nothing is lost or confused, and nothing is read that
 *	  was not written so.
 */
#include "random_journey.h"

#include "core/log.h"

#define CASES 400
#define CUSTOMERS 300
#define EVENTS 2000
#define NAMES 5000

/* What was written, record by record. */
typedef struct Row
{
	uint32		customer;
	JnyEvent	event;
} Row;

static uint64 words[EVENTS * 8];
static size_t nwords;
static Row	rows[EVENTS];

/* Two keys that have a hash in common but not their bytes. */
static void
text_key(JnyLogKey *key, uint32 customer, bool collide)
{
	char		text[64];
	JnyName		name = {text, 0};

	name.len = (uint32) snprintf(text, sizeof(text), "%s%u",
								 customer % 3 ? "" : "customer number ",
								 customer + 1000000);
	jny_log_text_key(name, key);
	if (collide)
		key->words[0] = UINT64CONST(0xABCDEF) << 16 | name.len;
}

static void
make_key(JnyLogKind kind, JnyLogKey *key, uint32 customer, bool collide)
{
	if (kind == JNY_LOG_TEXT)
	{
		text_key(key, customer, collide);
		return;
	}
	key->nwords = kind == JNY_LOG_INT ? 1 : 2;
	key->words[0] = customer * UINT64CONST(0x9E3779B97F4A7C15);
	key->words[1] = customer % 7;
}

/* A random event; wide ones only where asked for. */
static JnyEvent
random_event(bool wide)
{
	JnyEvent	event = {.value = NAN};

	event.ts = (int64) random_below(50) * INT64CONST(1000000);
	event.name = random_below(wide ? NAMES : 60);
	if (wide && random_below(3) == 0)
		event.channel = 1 + random_below(9);
	if (wide && random_below(3) == 0)
		event.value = random_below(100) - 50.0;
	if (wide && random_below(9) == 0)
		event.ts = random_below(2) ? JNY_LOG_EPOCH - 1 : -JNY_LOG_EPOCH;
	return event;
}

static void
fill(JnyLogKind kind, uint32 n, uint32 customers, bool wide, bool collide)
{
	uint64		room[JNY_LOG_KEY_WORDS];
	JnyLogKey	key = {.words = room};

	nwords = 0;
	for (uint32 i = 0; i < n; i++)
	{
		rows[i].customer = random_below(customers);
		rows[i].event = random_event(wide);
		nwords += jny_log_write(words + nwords, &rows[i].event);
		make_key(kind, &key, rows[i].customer, collide);
		memcpy(words + nwords, key.words, key.nwords * sizeof(uint64));
		nwords += key.nwords;
	}
}

static bool
same_event(const JnyEvent *a, const JnyEvent *b)
{
	return a->ts == b->ts && a->name == b->name && a->channel == b->channel &&
		jny_has_value(a) == jny_has_value(b) &&
		(!jny_has_value(a) || a->value == b->value);
}

/* Event k of customer c of a part that was taken to pieces. */
static JnyEvent
event_of(const JnyLogPart *part, uint32 c, uint32 k, const uint32 *code)
{
	JnyEvent	event = {.value = NAN};
	uint64		at = part->customer[c].start + k;

	if (part->wide)
		return part->wide[at];
	event.ts = jny_log_ts(part->narrow[at]);
	event.name = code[jny_log_code(part->narrow[at])];
	return event;
}

/* Every row is where its customer is, in the order it came. */
static void
check_part(const JnyLogPart *part, JnyLogKind kind, uint32 n, const uint32 *code,
		   bool collide, uint32 case_no)
{
	static uint32 where[CUSTOMERS];
	static uint32 seen[CUSTOMERS];
	uint32		total = 0;
	uint64		room[JNY_LOG_KEY_WORDS];
	JnyLogKey	key = {.words = room};

	for (uint32 i = 0; i < CUSTOMERS; i++)
	{
		where[i] = PG_UINT32_MAX;
		seen[i] = 0;
		make_key(kind, &key, i, collide);
		for (uint32 c = 0; c < part->ncustomers; c++)
			if (memcmp(part->customer[c].key, room, key.nwords * sizeof(uint64)) == 0)
				where[i] = c;
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint32		c = where[rows[i].customer];
		JnyEvent	event;

		JNY_CASE(c < part->ncustomers, "case %u: row %u has a customer", case_no, i);
		if (c >= part->ncustomers)
			return;
		event = event_of(part, c, seen[rows[i].customer]++, code);
		JNY_CASE(same_event(&event, &rows[i].event), "case %u: row %u is as it was", case_no, i);
	}
	for (uint32 c = 0; c < part->ncustomers; c++)
		total += part->customer[c].n;
	JNY_CASE(total == n, "case %u: no row more than there were", case_no);
}

/* Cuts the words into slices of whole records. */
static uint32
slices_of(JnyLogSlice *slice, JnyLogKind kind)
{
	uint32		n = 0;
	size_t		at = 0;

	while (at < nwords)
	{
		size_t		begin = at;
		uint32		records = 1 + random_below(300);

		while (records-- > 0 && at < nwords)
		{
			at += jny_log_event_words(words + at);
			at += jny_log_key_words(kind, words + at);
		}
		slice[n].words = words + begin;
		slice[n++].n = at - begin;
	}
	return n;
}

static void
test_group(const uint32 *code, const uint32 *rank)
{
	static JnyLogSlice slice[EVENTS];
	JnyLogPart	part = {0};
	JnyError	err;

	for (uint32 i = 0; i < CASES; i++)
	{
		JnyLogKind	kind = JNY_LOG_INT + i % 3;
		bool		wide = i / 3 % 2;
		bool		collide = kind == JNY_LOG_TEXT && i / 6 % 2;
		uint32		n = random_below(i % 5 ? 200 : EVENTS);

		fill(kind, n, 1 + random_below(CUSTOMERS), wide, collide);
		JNY_CASE(jny_log_group(&part, kind, slice, slices_of(slice, kind), rank,
							   &err) == JNY_OK, "case %u", i);
		check_part(&part, kind, n, code, collide, i);
		JNY_CASE(collide || jny_log_check(kind, words, nwords, NAMES),
				 "case %u: what was written is whole", i);
	}
	jny_log_release(&part);
	ok(jny_cases_ok(), "each customer has his events, in the order they came");
}

/* Sorted narrow words are in canonical order. */
static void
test_sort(const JnyDict *dict, const uint32 *code, const uint32 *rank)
{
	for (uint32 i = 0; i < CASES; i++)
	{
		uint64		word[64];
		uint32		n = random_below(64);
		JnyEvent	last = {.value = NAN};

		for (uint32 k = 0; k < n; k++)
		{
			JnyEvent	event = random_event(false);

			word[k] = jny_log_narrow(event.ts, rank[event.name]);
		}
		jny_log_sort(word, n);
		for (uint32 k = 0; k < n; k++)
		{
			JnyEvent	event = {.value = NAN};

			event.ts = jny_log_ts(word[k]);
			event.name = code[jny_log_code(word[k])];
			JNY_CASE(k == 0 || jny_event_cmp(dict, &last, &event) <= 0,
					 "case %u, word %u", i, k);
			last = event;
		}
	}
	ok(jny_cases_ok(), "words sort as events do");
}

/* Damaged words are refused, or whole all the same; nothing beyond is read. */
static void
test_check(void)
{
	uint32		refused = 0;

	for (uint32 i = 0; i < CASES * 10; i++)
	{
		JnyLogKind	kind = JNY_LOG_INT + i % 3;
		uint64	   *copy;
		size_t		n;

		fill(kind, 1 + random_below(8), 5, i / 3 % 2, false);
		n = random_below(4) == 0 ? random_below(nwords + 1) : nwords;
		copy = (uint64 *) malloc(Max(n, 1) * sizeof(uint64));
		memcpy(copy, words, n * sizeof(uint64));
		if (n > 0 && random_below(5) > 0)
			copy[random_below(n)] ^= UINT64CONST(1) << random_below(64);
		refused += !jny_log_check(kind, copy, n, NAMES);
		free(copy);
	}
	ok(refused > CASES, "damaged words are refused: %u of %u", refused, CASES * 10);
}

int
main(void)
{
	JnyDict    *dict = jny_dict_create();
	static uint32 code[JNY_LOG_WIDE];
	static uint32 rank[JNY_LOG_WIDE];
	uint32		n;
	bool		inverse = true;

	for (uint32 i = 0; i < NAMES; i++)
	{
		char		text[32];
		JnyName		name = {text, (uint32) snprintf(text, sizeof(text), "%u", i * 7919 % 100003)};

		jny_dict_put(dict, name);
	}
	n = jny_log_ranks(dict, code, rank);
	for (uint32 i = 0; i < n; i++)
	{
		inverse &= rank[code[i]] == i;
		inverse &= i == 0 || jny_name_cmp(jny_dict_name(dict, code[i - 1]),
										  jny_dict_name(dict, code[i])) < 0;
	}
	ok(inverse && n == JNY_LOG_WIDE, "ranks follow the names, as many as there may be");
	test_group(code, rank);
	test_sort(dict, code, rank);
	test_check();
	jny_dict_free(dict);
	return done_testing();
}

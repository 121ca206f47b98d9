/*
 * journey_compare.c
 *	  Order, equality and hash of journeys, all by content.
 *
 * They agree: two journeys compare as 0 iff they are equal, and then their
 * hashes are equal.  None depends on how the bytes are laid out.
 */
#include "core/journey.h"

#include "common/hashfn.h"

/* Names, then channels, of a view in a new array. */
static JnyName *
all_names(const JnyView *view)
{
	JnyName    *names = (JnyName *) jny_alloc((view->nnames + view->nchannels) *
											  sizeof(JnyName));

	jny_view_names(view, names);
	jny_view_channels(view, names + view->nnames);
	return names;
}

/* Orders two channels, none (0) first; channels points at code 1. */
static int
channel_cmp(uint32 a, const JnyName *a_channels,
			uint32 b, const JnyName *b_channels)
{
	if (a == 0 || b == 0)
		return (a != 0) - (b != 0);
	return jny_name_cmp(a_channels[a - 1], b_channels[b - 1]);
}

/* Event by event, up to the end of the shorter journey. */
static int
compare_events(const JnyView *a, const JnyView *b, const JnyName *a_names,
			   const JnyName *b_names)
{
	JnyWalk		x = jny_walk(a);
	JnyWalk		y = jny_walk(b);
	uint32		n = Min(a->n, b->n);

	for (uint32 i = 0; i < n; i++)
	{
		int			c;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		jny_walk_next(&x);
		jny_walk_next(&y);
		if (x.ts != y.ts)
			return x.ts < y.ts ? -1 : 1;
		c = jny_name_cmp(a_names[x.code], b_names[y.code]);
		if (c == 0)
			c = channel_cmp(x.channel, a_names + a->nnames,
							y.channel, b_names + b->nnames);
		if (c == 0)
			c = jny_value_cmp(x.value, y.value);
		if (c != 0)
			return c;
	}
	return (a->n > b->n) - (a->n < b->n);
}

/*
 * Orders two journeys by content; 0 iff they are equal.  Most pairs differ in
 * their first time or not at all, which is decided without looking further.
 */
int
jny_compare(const JnyView *a, const JnyView *b)
{
	JnyName    *a_names;
	JnyName    *b_names;
	int			result;

	if (a->n == 0 || b->n == 0)
		return (a->n > b->n) - (a->n < b->n);
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0)
		return 0;
	a_names = all_names(a);
	b_names = all_names(b);
	result = compare_events(a, b, a_names, b_names);
	jny_free(b_names);
	jny_free(a_names);
	return result;
}

/* Equal content.  Within one format version that is equal bytes. */
bool
jny_equal(const JnyView *a, const JnyView *b)
{
	if (a->n != b->n || a->first != b->first || a->last != b->last)
		return false;
	if (a->bytes[1] == b->bytes[1])
		return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
	return jny_compare(a, b) == 0;
}

/* Mixes a word into a hash: the step of MurmurHash64A (A. Appleby, 2008). */
static inline uint64
mix(uint64 hash, uint64 word)
{
	const uint64 m = UINT64CONST(0xc6a4a7935bd1e995);

	word *= m;
	word ^= word >> 47;
	word *= m;
	return (hash ^ word) * m;
}

/* Hashes of the names, then of the channels, in a new array. */
static uint64 *
hash_names(const JnyView *view)
{
	uint32		count = view->nnames + view->nchannels;
	JnyName    *names = all_names(view);
	uint64	   *hashes = (uint64 *) jny_alloc(count * sizeof(uint64));

	for (uint32 i = 0; i < count; i++)
		hashes[i] = hash_bytes_extended((const unsigned char *) names[i].data,
										(int) names[i].len, 0);
	jny_free(names);
	return hashes;
}

/*
 * Hash of the content: times, names, channels and values in order, nothing of
 * the layout, so it stays the same when the format changes.  Each distinct
 * name is hashed once.
 */
uint64
jny_hash(const JnyView *view, uint64 seed)
{
	uint64		hash = mix(seed, view->n);
	uint64	   *hashes;
	const uint64 *channel_hashes;
	JnyWalk		walk = jny_walk(view);

	if (view->n == 0)
		return hash ^ (hash >> 47);
	hashes = hash_names(view);
	channel_hashes = hashes + view->nnames;
	for (uint32 i = 0; i < view->n; i++)
	{
		uint64		bits = 0;

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		jny_walk_next(&walk);
		hash = mix(hash, (uint64) walk.ts);
		hash = mix(hash, hashes[walk.code]);
		if (walk.channel != 0)
			hash = mix(hash, channel_hashes[walk.channel - 1] + 1);
		if (!isnan(walk.value))
		{
			memcpy(&bits, &walk.value, sizeof(bits));
			hash = mix(hash, bits ^ UINT64CONST(0x9e3779b97f4a7c15));
		}
	}
	jny_free(hashes);
	return hash ^ (hash >> 47);
}

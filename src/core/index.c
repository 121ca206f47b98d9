/*
 * index.c
 *	  The keys of a journey: its names, its channels, and which name comes
 *	  before which.
 */
#include "core/index.h"

#include "common/hashfn.h"

#include "core/index_key.h"

/* ---- keys ---- */

uint32
jny_index_put(JnyIndexKeys *keys, char kind, const void *data, size_t len,
			  bool prefix)
{
	JnyIndexKey *key;

	if (keys->n == keys->cap)
	{
		keys->cap = keys->cap ? 2 * keys->cap : 32;
		keys->key = keys->key ?
			jny_realloc(keys->key, keys->cap * sizeof(JnyIndexKey)) :
			jny_alloc(keys->cap * sizeof(JnyIndexKey));
	}
	if (keys->bytes.data == NULL)
		jny_text_init(&keys->bytes);
	key = &keys->key[keys->n];
	key->at = keys->bytes.len;
	key->len = (uint32) len + 1;
	key->prefix = prefix;
	jny_text_append(&keys->bytes, &kind, 1);
	jny_text_append(&keys->bytes, (const char *) data, len);
	return keys->n++;
}

/* A cut name still matches by prefix whatever the name matches. */
uint32
jny_index_put_name(JnyIndexKeys *keys, char kind, JnyName name, bool prefix)
{
	return jny_index_put(keys, kind, name.data,
						 Min(name.len, JNY_INDEX_NAME_BYTES), prefix);
}

/*
 * The whole name counts, however long.  The hash is the one of partitioning,
 * hence the same in all versions of the server.
 */
uint64
jny_index_hash(JnyName name)
{
	return hash_bytes_extended((const unsigned char *) name.data,
							   (int) name.len, 0);
}

uint32
jny_index_put_pair(JnyIndexKeys *keys, uint64 first, uint64 second)
{
	uint8		bytes[8];

	jny_put64(bytes, hash_combine64(first, second));
	return jny_index_put(keys, JNY_KEY_PAIR, bytes, sizeof(bytes), false);
}

/* ---- journeys ---- */

/* What pairs of names depend on. */
typedef struct NameSpan
{
	uint64		hash;
	int64		first;
	int64		last;
	uint32		count;
} NameSpan;

/*
 * Pairs of all names.  An a has a b behind it iff the first a is not later
 * than the last b; an a has an a behind it iff there are two.
 */
static void
put_pairs(const JnyView *view, const JnyName *names, JnyIndexKeys *keys)
{
	NameSpan	spans[JNY_INDEX_PAIR_NAMES];

	for (uint32 a = 0; a < view->nnames; a++)
	{
		spans[a].hash = jny_index_hash(names[a]);
		spans[a].count = 0;
	}
	for (uint32 i = 0; i < view->n; i++)
	{
		NameSpan   *span = &spans[jny_code(view, i)];

		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		span->last = jny_time(view, i);
		if (span->count++ == 0)
			span->first = span->last;
	}
	for (uint32 a = 0; a < view->nnames; a++)
	{
		for (uint32 b = 0; b < view->nnames; b++)
		{
			if (a == b ? spans[a].count > 1 :
				(spans[a].count > 0 && spans[b].count > 0 &&
				 spans[a].first <= spans[b].last))
				jny_index_put_pair(keys, spans[a].hash, spans[b].hash);
		}
	}
}

void
jny_index_keys(const JnyView *view, JnyIndexKeys *keys)
{
	uint32		count = Max(view->nnames, view->nchannels);
	JnyName    *names;

	if (view->n == 0)
		return;
	names = jny_alloc(count * sizeof(JnyName));
	jny_view_channels(view, names);
	for (uint32 i = 0; i < view->nchannels; i++)
		jny_index_put_name(keys, JNY_KEY_CHANNEL, names[i], false);
	jny_view_names(view, names);
	for (uint32 i = 0; i < view->nnames; i++)
	{
		jny_index_put_name(keys, JNY_KEY_EVENT, names[i], false);
		if (view->nnames > JNY_INDEX_PAIR_NAMES)
			jny_index_put_name(keys, JNY_KEY_MARKER, names[i], false);
	}
	if (view->nnames <= JNY_INDEX_PAIR_NAMES)
		put_pairs(view, names, keys);
	jny_free(names);
}

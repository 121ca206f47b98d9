/*
 * cluster_corpus.c
 *	  Every distinct path of a population, compactly, and samples of it.
 *
 * Dictionary codes are in order of arrival.  What is drawn depends on names
 * and weights only, never on codes.
 */
#include "core/cluster.h"

/* One customer drawn: the hash that drew it and its path. */
typedef struct Draw
{
	uint64		hash;
	uint32		path;
} Draw;

/* ---- corpus ---- */

JnyCorpus *
jny_corpus_create(void)
{
	JnyCorpus  *corpus = jny_alloc0(sizeof(JnyCorpus));

	corpus->cap = 4096;
	corpus->arena = jny_alloc(corpus->cap);
	corpus->paths_cap = 256;
	corpus->paths = jny_alloc(corpus->paths_cap * sizeof(JnyCorpusPath));
	corpus->nslots = 1024;
	corpus->slots = jny_alloc0(corpus->nslots * sizeof(uint32));
	return corpus;
}

void
jny_corpus_free(JnyCorpus *corpus)
{
	jny_free(corpus->arena);
	jny_free(corpus->paths);
	jny_free(corpus->slots);
	jny_free(corpus);
}

/* Where path number i ends in the arena. */
static inline size_t
path_end(const JnyCorpus *corpus, uint32 i)
{
	return i + 1 < corpus->npaths ? corpus->paths[i + 1].at : corpus->used;
}

/* Appends the varints of n codes behind the arena's end; returns their size. */
static size_t
encode_path(JnyCorpus *corpus, const uint32 *codes, uint32 n)
{
	size_t		need = corpus->used + 5 * (size_t) n;
	uint8	   *p;

	if (need > corpus->cap)
	{
		while (corpus->cap < need)
			corpus->cap *= 2;
		corpus->arena = jny_realloc(corpus->arena, corpus->cap);
	}
	p = corpus->arena + corpus->used;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = codes[i];

		for (; code >= 0x80; code >>= 7)
			*p++ = (uint8) (code | 0x80);
		*p++ = (uint8) code;
	}
	return p - (corpus->arena + corpus->used);
}

static uint32
hash_path(const uint8 *bytes, size_t len)
{
	uint64		h = UINT64CONST(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ bytes[i]) * UINT64CONST(0x100000001b3);
	return (uint32) jny_mix64(h);
}

/* Doubles the hash table. */
static void
grow_slots(JnyCorpus *corpus)
{
	jny_free(corpus->slots);
	corpus->nslots *= 2;
	corpus->slots = jny_alloc0(corpus->nslots * sizeof(uint32));
	for (uint32 i = 0; i < corpus->npaths; i++)
	{
		uint32		slot = corpus->paths[i].hash & (corpus->nslots - 1);

		while (corpus->slots[slot] != 0)
			slot = (slot + 1) & (corpus->nslots - 1);
		corpus->slots[slot] = i + 1;
	}
}

/*
 * Adds one customer's path, n >= 1 dictionary codes, and returns the number of
 * that distinct path.  Only the head and the tail of a very long one count.
 */
uint32
jny_corpus_add(JnyCorpus *corpus, const uint32 *codes, uint32 n)
{
	uint32		head = n > JNY_CLUSTER_MAX_PATH ? JNY_CLUSTER_HEAD : n;
	uint32		tail = n > JNY_CLUSTER_MAX_PATH ? JNY_CLUSTER_TAIL : 0;
	size_t		start = corpus->used;
	size_t		len;
	uint32		hash;
	uint32		slot;

	len = encode_path(corpus, codes, head);
	corpus->used += len;
	len += encode_path(corpus, codes + n - tail, tail);
	corpus->used = start;
	corpus->weight++;

	hash = hash_path(corpus->arena + start, len);
	slot = hash & (corpus->nslots - 1);
	for (; corpus->slots[slot] != 0; slot = (slot + 1) & (corpus->nslots - 1))
	{
		uint32		i = corpus->slots[slot] - 1;
		JnyCorpusPath *other = &corpus->paths[i];

		if (other->hash == hash && path_end(corpus, i) - other->at == len &&
			memcmp(corpus->arena + other->at, corpus->arena + start, len) == 0)
		{
			other->weight++;
			return i;
		}
	}
	if (corpus->npaths == corpus->paths_cap)
	{
		corpus->paths_cap *= 2;
		corpus->paths = jny_realloc(corpus->paths,
									corpus->paths_cap * sizeof(JnyCorpusPath));
	}
	corpus->slots[slot] = corpus->npaths + 1;
	corpus->paths[corpus->npaths].at = start;
	corpus->paths[corpus->npaths].weight = 1;
	corpus->paths[corpus->npaths].hash = hash;
	corpus->npaths++;
	corpus->used = start + len;
	corpus->steps += head + tail;
	if (corpus->npaths > corpus->nslots / 2)
		grow_slots(corpus);
	return corpus->npaths - 1;
}

/* Decodes a path into codes[JNY_CLUSTER_MAX_PATH]; returns its length. */
uint32
jny_corpus_path(const JnyCorpus *corpus, uint32 path, uint32 *codes)
{
	const uint8 *p = corpus->arena + corpus->paths[path].at;
	const uint8 *end = corpus->arena + path_end(corpus, path);
	uint32		n = 0;

	while (p < end)
	{
		uint32		code = *p & 0x7F;

		for (int shift = 7; *p++ & 0x80; shift += 7)
			code |= (uint32) (*p & 0x7F) << shift;
		codes[n++] = code;
	}
	return n;
}

/* ---- sample ---- */

/*
 * Orders two paths by their names.  Only draws of equal hash come here, so it
 * is slow and small.
 */
static int
compare_paths(const JnyCorpus *corpus, const JnyDict *dict, uint32 a, uint32 b)
{
	uint32	   *x = jny_alloc(2 * JNY_CLUSTER_MAX_PATH * sizeof(uint32));
	uint32	   *y = x + JNY_CLUSTER_MAX_PATH;
	uint32		nx = jny_corpus_path(corpus, a, x);
	uint32		ny = jny_corpus_path(corpus, b, y);
	int			c = 0;

	for (uint32 i = 0; c == 0 && i < Min(nx, ny); i++)
		c = jny_name_cmp(jny_dict_name(dict, x[i]), jny_dict_name(dict, y[i]));
	jny_free(x);
	return c != 0 ? c : (nx > ny) - (nx < ny);
}

static bool
draw_before(const JnyCorpus *corpus, const JnyDict *dict, Draw a, Draw b)
{
	if (a.hash != b.hash)
		return a.hash < b.hash;
	return a.path != b.path && compare_paths(corpus, dict, a.path, b.path) < 0;
}

/* Restores the heap below position i; the last draw is on top. */
static void
sift_down(const JnyCorpus *corpus, const JnyDict *dict, Draw *heap, uint32 n,
		  uint32 i)
{
	Draw		moving = heap[i];

	for (;;)
	{
		uint32		child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n &&
			draw_before(corpus, dict, heap[child], heap[child + 1]))
			child++;
		if (!draw_before(corpus, dict, moving, heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moving;
}

/* A hash of each name's bytes, by dictionary code. */
static uint64 *
hash_names(const JnyDict *dict)
{
	uint32		n = jny_dict_count(dict);
	uint64	   *hashes = jny_alloc(((size_t) n + 1) * sizeof(uint64));

	for (uint32 c = 0; c < n; c++)
	{
		JnyName		name = jny_dict_name(dict, c);
		uint64		h = UINT64CONST(0xcbf29ce484222325);

		if ((c & 0xFFF) == 0)
			JNY_CHECK_INTERRUPTS();
		for (uint32 i = 0; i < name.len; i++)
			h = (h ^ (uint8) name.data[i]) * UINT64CONST(0x100000001b3);
		hashes[c] = jny_mix64(h + name.len);
	}
	return hashes;
}

/*
 * Draws "sample" customers, those with the smallest hash of (path, number of
 * the customer among those of that path, seed), in ascending order.  This is
 * a uniform sample of customers that neither the order of rows nor the codes
 * influence.  O(customers + sample log sample).
 */
static Draw *
draw_customers(const JnyCorpus *corpus, const JnyDict *dict, uint64 seed,
			   uint32 sample, uint32 *ndraws)
{
	uint64	   *names = hash_names(dict);
	uint32	   *codes = jny_alloc(JNY_CLUSTER_MAX_PATH * sizeof(uint32));
	Draw	   *heap = jny_alloc((size_t) sample * sizeof(Draw));
	uint32		n = 0;

	for (uint32 p = 0; p < corpus->npaths; p++)
	{
		uint32		len = jny_corpus_path(corpus, p, codes);
		uint64		h = jny_mix64(seed + len);

		JNY_CHECK_INTERRUPTS();
		for (uint32 i = 0; i < len; i++)
			h = jny_mix64(h + names[codes[i]]);
		for (uint32 i = 1; i <= corpus->paths[p].weight; i++)
		{
			Draw		draw = {jny_mix64(h + i * UINT64CONST(0x9E3779B97F4A7C15)), p};

			if (n < sample)
			{
				heap[n++] = draw;
				if (n == sample)
					for (uint32 j = n / 2; j-- > 0;)
						sift_down(corpus, dict, heap, n, j);
			}
			else if (draw_before(corpus, dict, draw, heap[0]))
			{
				heap[0] = draw;
				sift_down(corpus, dict, heap, n, 0);
			}
		}
	}
	if (n < sample)
		for (uint32 j = n / 2; j-- > 0;)
			sift_down(corpus, dict, heap, n, j);
	for (uint32 end = n; end-- > 1;)
	{
		Draw		last = heap[0];

		heap[0] = heap[end];
		heap[end] = last;
		sift_down(corpus, dict, heap, end, 0);
	}
	jny_free(codes);
	jny_free(names);
	*ndraws = n;
	return heap;
}

/*
 * How often each path of the corpus is in the sample: everybody when they are
 * few enough.  Drawing stops early when the distinct paths drawn have more
 * than JNY_CLUSTER_STEPS events, which bounds memory and time of the fit.
 */
uint32 *
jny_corpus_sample(const JnyCorpus *corpus, const JnyDict *dict, uint64 seed,
				  uint32 sample)
{
	uint32	   *weight = jny_alloc0(((size_t) corpus->npaths + 1) * sizeof(uint32));
	Draw	   *draws;
	uint32		ndraws;
	int64		steps = 0;
	uint32	   *codes;

	if (corpus->weight <= sample && corpus->steps <= JNY_CLUSTER_STEPS)
	{
		for (uint32 p = 0; p < corpus->npaths; p++)
			weight[p] = corpus->paths[p].weight;
		return weight;
	}
	draws = draw_customers(corpus, dict, seed, sample, &ndraws);
	codes = jny_alloc(JNY_CLUSTER_MAX_PATH * sizeof(uint32));
	for (uint32 i = 0; i < ndraws; i++)
	{
		if (weight[draws[i].path] == 0)
			steps += jny_corpus_path(corpus, draws[i].path, codes);
		if (steps > JNY_CLUSTER_STEPS)
			break;
		weight[draws[i].path]++;
	}
	jny_free(codes);
	jny_free(draws);
	return weight;
}

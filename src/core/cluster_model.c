/*
 * cluster_model.c
 *	  The stored form of archetypes: write, check, open.
 *
 * There is one validator, jny_model_open; whatever passes it can be read
 * through the view without another check.
 */
#include "core/cluster_model.h"

/* ---- write ---- */

/* Bytes of everything behind the names. */
static size_t
tail_size(int k, uint32 nnames, uint32 npairs, size_t medoids)
{
	return (size_t) k * (10 + 4 * ((size_t) nnames + 1)) + medoids +
		(size_t) npairs * (2 + 4 * k);
}

/* One archetype: size, stability, representative. */
static uint8 *
put_archetype(uint8 *p, const JnyArchetypes *model, int k, const double *stability)
{
	jny_put32(p, (uint32) model->weight[k]);
	jny_put16(p + 4, JNY_STABILITY_UNKNOWN);
	for (int c = 0; stability != NULL && c < JNY_CLUSTER_MAX_K; c++)
		if (model->number[c] == k)
			jny_put16(p + 4, (uint16) rint(stability[c] * 1000));
	jny_put32(p + 6, model->medoid_len[k]);
	memcpy(p + 10, model->medoid[k], model->medoid_len[k]);
	return p + 10 + model->medoid_len[k];
}

/* Customers of each archetype that had each event: k rows of nnames + 1. */
static uint8 *
put_events(uint8 *p, const JnyClusterData *data, const uint8 *rank, int k)
{
	uint32		width = data->nnames + 1;
	uint32	   *count = jny_alloc0((size_t) k * width * sizeof(uint32));
	uint32		last[JNY_CLUSTER_WIDTH];

	memset(last, 0, sizeof(last));
	for (uint32 i = 0; i < data->n; i++)
		for (size_t j = data->path_start[i]; j < data->path_start[i + 1]; j++)
		{
			uint32		code = data->path[j];

			if (last[code] != i + 1)
				count[rank[i] * width + code - 1] += (uint32) data->weight[i];
			last[code] = i + 1;
		}
	for (uint32 i = 0; i < k * width; i++, p += 4)
		jny_put32(p, count[i]);
	jny_free(count);
	return p;
}

/* Customers of each archetype that made each transition. */
static uint8 *
put_transitions(uint8 *p, const JnyClusterData *data, const uint8 *rank, int k)
{
	uint32	   *count = jny_alloc0(((size_t) data->nseen * k + 1) * sizeof(uint32));

	for (uint32 i = 0; i < data->n; i++)
		for (uint32 j = data->tr_start[i]; j < data->tr_start[i + 1]; j++)
			count[(size_t) data->tr[j] * k + rank[i]] += (uint32) data->weight[i];
	for (uint32 t = 0; t < data->nseen; t++)
	{
		jny_put16(p, data->seen[t]);
		p += 2;
		for (int c = 0; c < k; c++, p += 4)
			jny_put32(p, count[(size_t) t * k + c]);
	}
	jny_free(count);
	return p;
}

/*
 * The bytes of a fit that has at least one member; stability (by cluster of
 * the fit) may be NULL.  O(steps).
 */
uint8 *
jny_model_write(const JnyClusterData *data, const JnyClusterFit *fit,
				const double *stability, int64 customers, int64 skipped,
				size_t reserve, size_t *len)
{
	JnyArchetypes *model = jny_archetypes_make(data, fit);
	uint8	   *rank = jny_alloc((size_t) data->n + 1);
	size_t		size = JNY_MODEL_HEAD_SIZE;
	size_t		medoids = 0;
	uint8	   *bytes;
	uint8	   *p;

	for (uint32 i = 0; i < data->nnames; i++)
		size += 2 + data->names[i].len;
	for (int k = 0; k < model->k; k++)
		medoids += model->medoid_len[k];
	size += tail_size(model->k, data->nnames, data->nseen, medoids);
	for (uint32 i = 0; i < data->n; i++)
		rank[i] = (uint8) model->number[fit->label[i]];

	bytes = jny_alloc(reserve + size);
	p = bytes + reserve;
	p[0] = JNY_MODEL_MAGIC;
	p[1] = JNY_MODEL_VERSION;
	p[2] = 0;
	p[3] = (uint8) model->k;
	jny_put16(p + 4, (uint16) data->nnames);
	jny_put16(p + 6, 0);
	jny_put64(p + 8, (uint64) customers);
	jny_put64(p + 16, (uint64) skipped);
	jny_put32(p + 24, (uint32) data->total);
	jny_put32(p + 28, data->nseen);
	p += JNY_MODEL_HEAD_SIZE;
	for (uint32 i = 0; i < data->nnames; i++)
	{
		jny_put16(p, (uint16) data->names[i].len);
		memcpy(p + 2, data->names[i].data, data->names[i].len);
		p += 2 + data->names[i].len;
	}
	for (int k = 0; k < model->k; k++)
		p = put_archetype(p, model, k, stability);
	p = put_events(p, data, rank, model->k);
	p = put_transitions(p, data, rank, model->k);
	Assert(p == bytes + reserve + size);
	*len = size;
	jny_free(rank);
	jny_archetypes_free(model);
	return bytes;
}

/* ---- check ---- */

/* A cursor over the bytes. */
typedef struct Reader
{
	const uint8 *bytes;
	size_t		len;
	size_t		at;
	JnyError   *err;
} Reader;

static bool
fail(const Reader *r, const char *expected)
{
	jny_fail(r->err, JNY_E_CORRUPT, r->at, 0, 0, expected);
	return false;
}

/* Moves over n bytes that must be there; returns where they begin. */
static const uint8 *
take(Reader *r, size_t n)
{
	const uint8 *p = r->bytes + r->at;

	if (r->len - r->at < n)
	{
		fail(r, "more bytes");
		return NULL;
	}
	r->at += n;
	return p;
}

static bool
read_head(Reader *r, JnyModelView *view)
{
	const uint8 *p = r->bytes;

	if (r->len < JNY_MODEL_HEAD_SIZE)
		return fail(r, "a header of 32 bytes");
	if (p[0] != JNY_MODEL_MAGIC)
		return fail(r, "the byte 'A'");
	r->at = 1;
	if (p[1] != JNY_MODEL_VERSION || p[2] != 0)
	{
		jny_fail(r->err, JNY_E_VERSION, 1, 0, 0, "format version 1 without flags");
		return false;
	}
	r->at = 3;
	view->k = p[3];
	view->nnames = jny_get16(p + 4);
	view->customers = (int64) jny_get64(p + 8);
	view->skipped = (int64) jny_get64(p + 16);
	view->total = jny_get32(p + 24);
	view->npairs = jny_get32(p + 28);
	if (view->k < 1 || view->k > JNY_CLUSTER_MAX_K)
		return fail(r, "1 to 16 archetypes");
	r->at = 4;
	if (view->nnames > JNY_CLUSTER_NAMES || jny_get16(p + 6) != 0)
		return fail(r, "at most 254 names and two zero bytes");
	r->at = 8;
	if (view->customers < 1 || view->skipped < 0 || view->total < 1 ||
		view->total > view->customers)
		return fail(r, "counts of customers");
	r->at = 28;
	if (view->npairs > (view->nnames + 2) * (view->nnames + 2))
		return fail(r, "fewer transitions than pairs of names");
	r->at = JNY_MODEL_HEAD_SIZE;
	return true;
}

static bool
read_names(Reader *r, JnyModelView *view)
{
	for (uint32 i = 0; i < view->nnames; i++)
	{
		const uint8 *p = take(r, 2);

		if (p == NULL)
			return false;
		view->names[i].len = jny_get16(p);
		if (view->names[i].len < 1 || view->names[i].len > JNY_MAX_NAME_BYTES)
			return fail(r, "a name of 1 to 4096 bytes");
		p = take(r, view->names[i].len);
		if (p == NULL)
			return false;
		view->names[i].data = (const char *) p;
		if (i > 0 && jny_name_cmp(view->names[i - 1], view->names[i]) >= 0)
			return fail(r, "names in order");
	}
	return true;
}

static bool
read_archetypes(Reader *r, JnyModelView *view)
{
	uint64		sum = 0;

	for (int k = 0; k < view->k; k++)
	{
		const uint8 *p = take(r, 10);

		if (p == NULL)
			return false;
		view->weight[k] = jny_get32(p);
		view->stability[k] = jny_get16(p + 4);
		view->medoid_len[k] = jny_get32(p + 6);
		sum += view->weight[k];
		if (view->weight[k] < 1 || (k > 0 && view->weight[k] > view->weight[k - 1]))
			return fail(r, "archetypes in order of size");
		if (view->stability[k] > 1000 && view->stability[k] != JNY_STABILITY_UNKNOWN)
			return fail(r, "a stability of at most 1000");
		if (view->medoid_len[k] < 1 || view->medoid_len[k] > JNY_CLUSTER_MAX_PATH)
			return fail(r, "a representative of 1 to 4000 events");
		view->medoid[k] = take(r, view->medoid_len[k]);
		if (view->medoid[k] == NULL)
			return false;
		for (uint32 i = 0; i < view->medoid_len[k]; i++)
			if (view->medoid[k][i] < 1 || view->medoid[k][i] > view->nnames + 1)
				return fail(r, "codes of names in the representative");
	}
	return sum == view->total || fail(r, "archetypes that add up to the sample");
}

/* Counts of events and transitions: none above the size of its archetype. */
static bool
read_counts(Reader *r, JnyModelView *view)
{
	uint32		width = view->nnames + 2;

	view->events = take(r, 4 * (size_t) view->k * (view->nnames + 1));
	if (view->events == NULL)
		return false;
	for (int k = 0; k < view->k; k++)
		for (uint32 code = 1; code <= view->nnames + 1; code++)
			if (jny_model_event_count(view, k, code) > view->weight[k])
				return fail(r, "counts of events within their archetype");
	view->pairs = take(r, (size_t) view->npairs * (2 + 4 * view->k));
	if (view->pairs == NULL)
		return false;
	for (uint32 i = 0; i < view->npairs; i++)
	{
		uint32		any = 0;

		if (jny_model_pair(view, i) >= width * width ||
			(i > 0 && jny_model_pair(view, i) <= jny_model_pair(view, i - 1)))
			return fail(r, "transitions in order");
		for (int k = 0; k < view->k; k++)
		{
			any |= jny_model_pair_count(view, i, k);
			if (jny_model_pair_count(view, i, k) > view->weight[k])
				return fail(r, "counts of transitions within their archetype");
		}
		if (any == 0)
			return fail(r, "no transition without customers");
	}
	return r->at == r->len || fail(r, "no more bytes");
}

/*
 * Checks bytes and points into them.  Whatever they are, nothing outside them
 * is touched.  O(bytes).
 */
JnyCode
jny_model_open(const uint8 *bytes, size_t len, JnyModelView *view,
			   JnyError *err)
{
	Reader		r = {bytes, len, 0, err};

	memset(view, 0, sizeof(*view));
	if (!read_head(&r, view))
		return err->code;
	view->names = jny_alloc(((size_t) view->nnames + 1) * sizeof(JnyName));
	if (!read_names(&r, view) || !read_archetypes(&r, view) ||
		!read_counts(&r, view))
	{
		jny_free(view->names);
		view->names = NULL;
		return err->code;
	}
	return JNY_OK;
}

/*
 * archetype.c
 *	  Asking a model: whose archetype is it, what are the archetypes, what has
 *	  become of them.
 *
 * A call site opens the model once and keeps it as long as it gets the same
 * value: tables, scratch, and the value as it came, which is compared without
 * being detoasted.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "pg/archetype.h"

/* Transitions a signature shows. */
#define SIGNATURE_MOST 3

/* Steps the short path shows. */
#define PATH_STEPS 6

/* |z| from which a changed share is more than chance, and "steady" below. */
#define CHANGE_Z 1.96

/*
 * What a call site keeps.
 *
 *	  value  as the argument came, perhaps a toast pointer
 *	  map    scratch: the model's code + 1 of each name of a journey, 0 unknown
 */
typedef struct ModelCache
{
	MemoryContext context;		/* holds value and model */
	struct varlena *value;
	JnyArchetypes *model;
	JnyTransitions *set;
	uint16	   *map;
	uint8	   *codes;
} ModelCache;

JOURNEY_FUNCTION(journey_archetype_of);
JOURNEY_FUNCTION(journey_archetype_scores);
JOURNEY_FUNCTION(journey_archetypes);
JOURNEY_FUNCTION(journey_archetype_drift);

/* ---- the model of a call site ---- */

static ModelCache *
create_cache(MemoryContext parent)
{
	ModelCache *cache = MemoryContextAllocZero(parent, sizeof(ModelCache));

	cache->context = AllocSetContextCreate(parent, "archetype_model",
										   ALLOCSET_DEFAULT_SIZES);
	cache->set = MemoryContextAllocZero(parent, sizeof(JnyTransitions));
	cache->map = MemoryContextAlloc(parent, JNY_MAX_NAMES * sizeof(uint16));
	cache->codes = MemoryContextAlloc(parent, JNY_CLUSTER_MAX_PATH);
	return cache;
}

/* The open model in argument 0. */
static ModelCache *
get_model(FunctionCallInfo fcinfo)
{
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(0);
	ModelCache *cache = (ModelCache *) fcinfo->flinfo->fn_extra;
	size_t		size = VARSIZE_ANY(value);
	MemoryContext old;
	JnyModelView view;

	if (cache == NULL)
		fcinfo->flinfo->fn_extra = cache = create_cache(fcinfo->flinfo->fn_mcxt);
	if (cache->value != NULL && VARSIZE_ANY(cache->value) == size &&
		memcmp(cache->value, value, size) == 0)
		return cache;
	cache->value = NULL;
	MemoryContextReset(cache->context);
	journey_open_model(PointerGetDatum(value), &view);
	old = MemoryContextSwitchTo(cache->context);
	cache->model = jny_archetypes_open(&view);
	cache->value = palloc(size);
	memcpy(cache->value, value, size);
	MemoryContextSwitchTo(old);
	return cache;
}

uint32
journey_model_codes(const JnyArchetypes *model, const JnyView *view,
					uint16 *map, uint8 *codes)
{
	const char *name = (const char *) view->name_bytes;
	uint32		n = 0;

	for (uint32 i = 0; i < view->nnames; i++)
	{
		JnyName		slice = {name, jny_get16(view->name_lens + 2 * i)};

		map[i] = jny_archetypes_code(model, slice);
		name += slice.len;
	}
	for (uint32 i = 0; i < view->n; i++)
	{
		if (i == JNY_CLUSTER_HEAD && view->n > JNY_CLUSTER_MAX_PATH)
			i = view->n - JNY_CLUSTER_TAIL;
		codes[n++] = (uint8) map[jny_code(view, i)];
	}
	return n;
}

/*
 * Scores the journey in argument 1; false if it has no event.  One that is
 * not finished (argument 2) does not pay for its last event being the last.
 */
static bool
score_journey(FunctionCallInfo fcinfo, ModelCache *cache, int *best,
			  double *score)
{
	JnyView		view;
	JnyTransitions *set = cache->set;
	uint32		n;

	journey_getarg_view(fcinfo, 1, &view);
	if (view.n == 0)
		return false;
	n = journey_model_codes(cache->model, &view, cache->map, cache->codes);
	jny_transitions(set, cache->codes, n, cache->model->width);
	if (!PG_GETARG_BOOL(2))
	{
		uint16		end = (uint16) (cache->codes[n - 1] * cache->model->width);
		uint32		kept = 0;

		for (uint32 i = 0; i < set->n; i++)
			if (set->pair[i] != end)
				set->pair[kept++] = set->pair[i];
		set->n = kept;
	}
	*best = jny_archetypes_assign(cache->model, set, score);
	return true;
}

/* The archetype of a journey, 1 = the largest; NULL without an event. */
Datum
journey_archetype_of(PG_FUNCTION_ARGS)
{
	int			best;

	if (!score_journey(fcinfo, get_model(fcinfo), &best, NULL))
		PG_RETURN_NULL();
	PG_RETURN_INT32(best + 1);
}

/* How probable each archetype is, given the journey. */
Datum
journey_archetype_scores(PG_FUNCTION_ARGS)
{
	ModelCache *cache = get_model(fcinfo);
	double		score[JNY_CLUSTER_MAX_K];
	Datum		value[JNY_CLUSTER_MAX_K];
	double		sum = 0;
	int			best;
	int			k = cache->model->k;

	if (!score_journey(fcinfo, cache, &best, score))
		PG_RETURN_NULL();
	for (int i = 0; i < k; i++)
		sum += exp(score[i] - score[best]);
	for (int i = 0; i < k; i++)
		value[i] = Float8GetDatum(exp(score[i] - score[best]) / sum);
	PG_RETURN_ARRAYTYPE_P(construct_array(value, k, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* ---- a model as rows ---- */

/* The text so far as a datum; the buffer is emptied. */
static Datum
take_text(JnyText *text)
{
	Datum		datum = PointerGetDatum(journey_name_text((JnyName)
														  {text->data, (uint32) text->len}));

	text->len = 0;
	return datum;
}

/* "cart > checkout 92 % (5.1x), ends purchase 40 % (12x)" */
static void
append_signature(const JnyModelView *view, const JnySignature *signature,
				 int n, JnyText *text)
{
	char		buffer[64];

	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			jny_text_append(text, ", ", 2);
		jny_model_transition(view, signature[i].pair, text);
		snprintf(buffer, sizeof(buffer), " %.0f %% (%.*fx)",
				 100 * signature[i].inside, signature[i].lift < 10 ? 1 : 0,
				 signature[i].lift);
		jny_text_append(text, buffer, strlen(buffer));
	}
}

static Datum
flag_of(const JnyModelView *view, int k)
{
	const char *flag = "";

	if (view->weight[k] < JNY_MODEL_SMALL ||
		view->weight[k] < JNY_MODEL_SMALL_SHARE * view->total)
		flag = "too small";
	else if (view->stability[k] < 1000 * JNY_MODEL_STABLE)
		flag = "unstable";
	return PointerGetDatum(cstring_to_text(flag));
}

/*
 * One row per archetype: number, name, share, customers, path, path_events,
 * signature, lift, sample_size, stability, flag.
 */
Datum
journey_archetypes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JnyModelView view;
	JnyText		text;

	InitMaterializedSRF(fcinfo, 0);
	journey_open_model(PG_GETARG_DATUM(0), &view);
	jny_text_init(&text);
	for (int k = 0; k < view.k; k++)
	{
		Datum		values[10];
		bool		nulls[10] = {false};
		JnySignature signature[SIGNATURE_MOST];
		int			n = jny_model_signature(&view, k, signature, SIGNATURE_MOST);

		values[0] = Int32GetDatum(k + 1);
		jny_model_name(&view, k, &text);
		values[1] = take_text(&text);
		values[2] = Float8GetDatum(view.weight[k] / (double) view.total);
		values[3] = Int64GetDatum((int64) view.weight[k]);
		jny_model_path(&view, k, PATH_STEPS, " > ", &text);
		values[4] = take_text(&text);
		append_signature(&view, signature, n, &text);
		values[5] = take_text(&text);
		nulls[6] = n == 0;
		values[6] = Float8GetDatum(n == 0 ? 0 : signature[0].lift);
		values[7] = Int64GetDatum((int64) view.total);
		nulls[8] = view.stability[k] == JNY_STABILITY_UNKNOWN;
		values[8] = Float8GetDatum(view.stability[k] / 1000.0);
		values[9] = flag_of(&view, k);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ---- drift ---- */

/* How an archetype's share changed, if by more than two samples differ. */
static const char *
change_of(double before, double after, double n_before, double n_after)
{
	double		pooled = (before * n_before + after * n_after) / (n_before + n_after);
	double		error = sqrt(pooled * (1 - pooled) * (1 / n_before + 1 / n_after));

	if (fabs(after - before) < CHANGE_Z * error || after == before)
		return "steady";
	return after > before ? "grown" : "shrunk";
}

/* One row of archetype_drift; a or b is -1 where there is none. */
static void
put_drift(ReturnSetInfo *rsinfo, const JnyModelView *old_model, int a,
		  const JnyModelView *new_model, int b, double likeness)
{
	Datum		values[8];
	bool		nulls[8] = {false};
	double		before = a < 0 ? 0 : old_model->weight[a] / (double) old_model->total;
	double		after = b < 0 ? 0 : new_model->weight[b] / (double) new_model->total;
	const char *status = a < 0 ? "new" : b < 0 ? "vanished" :
		change_of(before, after, old_model->total, new_model->total);
	JnyText		text;

	jny_text_init(&text);
	nulls[0] = a < 0;
	values[0] = Int32GetDatum(a + 1);
	nulls[1] = b < 0;
	values[1] = Int32GetDatum(b + 1);
	if (b >= 0)
		jny_model_name(new_model, b, &text);
	else
		jny_model_name(old_model, a, &text);
	values[2] = take_text(&text);
	values[3] = Float8GetDatum(before);
	values[4] = Float8GetDatum(after);
	values[5] = Float8GetDatum(after - before);
	nulls[6] = a < 0 || b < 0;
	values[6] = Float8GetDatum(likeness);
	values[7] = PointerGetDatum(cstring_to_text(status));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	jny_free(text.data);
}

/*
 * One row per archetype of the old model, then those that are new:
 * old_archetype, new_archetype, name, old_share, new_share, change, likeness,
 * status.
 */
Datum
journey_archetype_drift(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JnyModelView old_model;
	JnyModelView new_model;
	int			match[JNY_CLUSTER_MAX_K];
	double		likeness[JNY_CLUSTER_MAX_K];
	bool		old_one[JNY_CLUSTER_MAX_K] = {false};

	InitMaterializedSRF(fcinfo, 0);
	journey_open_model(PG_GETARG_DATUM(0), &old_model);
	journey_open_model(PG_GETARG_DATUM(1), &new_model);
	jny_model_match(&old_model, &new_model, match, likeness);
	for (int a = 0; a < old_model.k; a++)
	{
		put_drift(rsinfo, &old_model, a, &new_model, match[a], likeness[a]);
		if (match[a] >= 0)
			old_one[match[a]] = true;
	}
	for (int b = 0; b < new_model.k; b++)
		if (!old_one[b])
			put_drift(rsinfo, &old_model, -1, &new_model, b, 0);
	return (Datum) 0;
}

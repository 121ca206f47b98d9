/*
 * archetype_sample.c
 *	  The aggregate archetype_model: from customers and journeys to a model.
 *
 * The state has a type of its own, archetype_sample, so that every executor
 * can combine it, also across nodes.  While it is filled it is an expanded
 * object that transitions change in place; it is flattened only to travel:
 *
 *	  u8 'S', u8 version, u8 k or 0, u8 0, u32 bytes of the model to start
 *	  from, these bytes, then the sample (core/cluster_sample.c)
 *
 * A row whose key is not in the sample costs one hash: its journey is not
 * even detoasted.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "core/cluster_sample.h"
#include "pg/archetype.h"
#include "pg/bytes_io.h"

#define STATE_MAGIC 'S'
#define STATE_VERSION 1
#define STATE_HEAD_SIZE 8
#define STATE_OBJECT 1398361674 /* marks our expanded objects */

/* Milliseconds between two messages about the progress of a fit. */
#define PROGRESS_EVERY 1000

/*
 *	  hdr     makes it an expanded object
 *	  k       0: chosen, or that of init
 *	  init    bytes of a model without varlena header, or NULL
 *	  flat    flat form, made when its size is asked for; NULL after a change
 */
typedef struct SampleState
{
	ExpandedObjectHeader hdr;
	int			magic;
	int			k;
	uint8	   *init;
	size_t		init_len;
	struct varlena *init_value; /* as the argument came, toasted perhaps */
	JnySample  *sample;
	uint8	   *flat;
	size_t		flat_len;
	uint32	   *map;			/* scratch: names of a journey */
	uint32		map_cap;
} SampleState;

JOURNEY_FUNCTION(journey_archetype_sample_in);
JOURNEY_FUNCTION(journey_archetype_sample_out);
JOURNEY_FUNCTION(journey_archetype_sample_recv);
JOURNEY_FUNCTION(journey_archetype_sample_send);
JOURNEY_FUNCTION(journey_archetype_model_trans_bigint);
JOURNEY_FUNCTION(journey_archetype_model_trans_text);
JOURNEY_FUNCTION(journey_archetype_model_trans_uuid);
JOURNEY_FUNCTION(journey_archetype_model_combine);
JOURNEY_FUNCTION(journey_archetype_model_final);

/* ---- the expanded object ---- */

/* The flat form, with room for a varlena header, in the object's memory. */
static void
flatten(SampleState *state)
{
	MemoryContext old;
	uint8	   *bytes;
	size_t		len;

	if (state->flat != NULL)
		return;
	old = MemoryContextSwitchTo(state->hdr.eoh_context);
	bytes = jny_sample_write(state->sample,
							 VARHDRSZ + STATE_HEAD_SIZE + state->init_len, &len);
	MemoryContextSwitchTo(old);
	len += STATE_HEAD_SIZE + state->init_len;
	if (len + VARHDRSZ > MaxAllocSize)
		elog(ERROR, "archetype_sample has %zu bytes", len);
	bytes[VARHDRSZ] = STATE_MAGIC;
	bytes[VARHDRSZ + 1] = STATE_VERSION;
	bytes[VARHDRSZ + 2] = (uint8) state->k;
	bytes[VARHDRSZ + 3] = 0;
	jny_put32(bytes + VARHDRSZ + 4, (uint32) state->init_len);
	if (state->init_len > 0)
		memcpy(bytes + VARHDRSZ + STATE_HEAD_SIZE, state->init, state->init_len);
	SET_VARSIZE(bytes, len + VARHDRSZ);
	state->flat = bytes;
	state->flat_len = len + VARHDRSZ;
}

static Size
get_flat_size(ExpandedObjectHeader *eohptr)
{
	SampleState *state = (SampleState *) eohptr;

	flatten(state);
	return state->flat_len;
}

static void
flatten_into(ExpandedObjectHeader *eohptr, void *result, Size allocated_size)
{
	SampleState *state = (SampleState *) eohptr;

	flatten(state);
	Assert(allocated_size == state->flat_len);
	memcpy(result, state->flat, state->flat_len);
}

static const ExpandedObjectMethods sample_methods = {
	get_flat_size,
	flatten_into
};

/* An empty state that lives as long as its parent. */
static SampleState *
create_state(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "archetype_sample",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	SampleState *state = palloc0(sizeof(SampleState));

	EOH_init_header(&state->hdr, &sample_methods, context);
	state->magic = STATE_OBJECT;
	state->sample = jny_sample_create();
	MemoryContextSwitchTo(old);
	return state;
}

/* The object is about to change. */
static void
forget_flat(SampleState *state)
{
	if (state->flat != NULL)
		pfree(state->flat);
	state->flat = NULL;
}

/* Reads the flat form; false, with err set, if it is not one. */
static bool
read_state(const uint8 *bytes, size_t len, SampleState *state, JnyError *err)
{
	MemoryContext old;
	JnyModelView view;
	bool		good;

	if (len < STATE_HEAD_SIZE || bytes[0] != STATE_MAGIC || bytes[1] != STATE_VERSION ||
		bytes[2] > JNY_CLUSTER_MAX_K || bytes[3] != 0 ||
		jny_get32(bytes + 4) > len - STATE_HEAD_SIZE)
	{
		jny_fail(err, JNY_E_CORRUPT, 0, 0, 0, "the head of an archetype_sample");
		return false;
	}
	state->k = bytes[2];
	state->init_len = jny_get32(bytes + 4);
	if (state->init_len > 0)
	{
		if (jny_model_open(bytes + STATE_HEAD_SIZE, state->init_len, &view, err) != JNY_OK)
			return false;
		jny_free(view.names);
		state->init = MemoryContextAlloc(state->hdr.eoh_context, state->init_len);
		memcpy(state->init, bytes + STATE_HEAD_SIZE, state->init_len);
	}
	old = MemoryContextSwitchTo(state->hdr.eoh_context);
	good = jny_sample_read(bytes + STATE_HEAD_SIZE + state->init_len,
						   len - STATE_HEAD_SIZE - state->init_len,
						   state->sample, err) == JNY_OK;
	MemoryContextSwitchTo(old);
	return good;
}

/*
 * The state behind a datum.  An expanded one is used as it is: the caller may
 * change it only if the datum is read-write.  A flat one is read into memory
 * that lives as long as "parent".
 */
static SampleState *
get_state(Datum datum, MemoryContext parent)
{
	SampleState *state;
	struct varlena *value;
	JnyError	err;

	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
	{
		state = (SampleState *) DatumGetEOHP(datum);
		if (state->magic != STATE_OBJECT)
			elog(ERROR, "unexpected expanded object");
		return state;
	}
	value = PG_DETOAST_DATUM_PACKED(datum);
	state = create_state(parent);
	if (!read_state((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
					state, &err))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("archetype_sample is damaged"),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected)));
	return state;
}

/* ---- input and output of the state ---- */

/* A state of bytes from outside, as a datum. */
static Datum
state_from_bytes(const uint8 *bytes, size_t len, int sqlerrcode)
{
	SampleState *state = create_state(CurrentMemoryContext);
	JnyError	err;

	if (!read_state(bytes, len, state, &err))
		ereport(ERROR,
				(errcode(sqlerrcode),
				 errmsg("invalid archetype_sample"),
				 errdetail("At byte %zu: expected %s.", err.at, err.expected),
				 errhint("It is the unfinished state of archetype_model() and no type for columns.")));
	return EOHPGetRWDatum(&state->hdr);
}

/* The text form is that of bytea. */
Datum
journey_archetype_sample_in(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = DatumGetByteaPP(DirectFunctionCall1(byteain, PG_GETARG_DATUM(0)));

	return state_from_bytes((const uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes),
							ERRCODE_INVALID_TEXT_REPRESENTATION);
}

Datum
journey_archetype_sample_out(PG_FUNCTION_ARGS)
{
	return journey_bytes_out(fcinfo);
}

Datum
journey_archetype_sample_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			n = buf->len - buf->cursor;

	return state_from_bytes((const uint8 *) pq_getmsgbytes(buf, n), n,
							ERRCODE_INVALID_BINARY_REPRESENTATION);
}

Datum
journey_archetype_sample_send(PG_FUNCTION_ARGS)
{
	return journey_bytes_send(fcinfo);
}

/* ---- settings: k and the model to start from ---- */

static void
throw_changed(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be constant within a group", what),
			 errhint("Add the expression it depends on to GROUP BY.")));
}

static int
get_k(FunctionCallInfo fcinfo)
{
	int			k;

	if (PG_NARGS() < 4 || PG_ARGISNULL(3))
		return 0;
	k = PG_GETARG_INT32(3);
	if (k < 1 || k > JNY_CLUSTER_MAX_K)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be between 1 and %d", JNY_CLUSTER_MAX_K),
				 errdetail("The number of archetypes asked for is %d.", k),
				 errhint("Pass NULL to have the number chosen.")));
	return k;
}

/* Takes k and init from the arguments of the first row. */
static void
set_settings(FunctionCallInfo fcinfo, SampleState *state)
{
	state->k = get_k(fcinfo);
	if (PG_NARGS() >= 5 && !PG_ARGISNULL(4))
	{
		struct varlena *init = PG_GETARG_VARLENA_PP(4);
		JnyModelView view;

		journey_open_model(PointerGetDatum(init), &view);
		if (state->k != 0 && state->k != view.k)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("k must be that of the model to start from"),
					 errdetail("k is %d, the model has %d archetypes.", state->k, view.k),
					 errhint("Pass NULL as k, or leave out the model.")));
		jny_free(view.names);
		state->init_len = VARSIZE_ANY_EXHDR(init);
		state->init = MemoryContextAlloc(state->hdr.eoh_context, state->init_len);
		memcpy(state->init, VARDATA_ANY(init), state->init_len);
	}
}

/*
 * Whether a datum is the model as it came before, told without detoasting it.
 */
static bool
is_init_value(SampleState *state, Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);
	size_t		size = VARSIZE_ANY(value);

	if (state->init_value != NULL && VARSIZE_ANY(state->init_value) == size &&
		memcmp(state->init_value, value, size) == 0)
		return true;
	if (state->init_value != NULL)
		pfree(state->init_value);
	state->init_value = MemoryContextAlloc(state->hdr.eoh_context, size);
	memcpy(state->init_value, value, size);
	return false;
}

/* Refuses other arguments than those of the first row. */
static void
check_settings(FunctionCallInfo fcinfo, SampleState *state)
{
	if (PG_NARGS() >= 4 && get_k(fcinfo) != state->k)
		throw_changed("k");
	if (PG_NARGS() < 5)
		return;
	if (PG_ARGISNULL(4) != (state->init == NULL))
		throw_changed("init");
	if (!PG_ARGISNULL(4) && !is_init_value(state, PG_GETARG_DATUM(4)))
	{
		struct varlena *init = PG_GETARG_VARLENA_PP(4);

		if (VARSIZE_ANY_EXHDR(init) != state->init_len ||
			memcmp(VARDATA_ANY(init), state->init, state->init_len) != 0)
			throw_changed("init");
		PG_FREE_IF_COPY(init, 4);
	}
}

/* ---- transitions ---- */

/* Whether a journey has no event, told by its size alone. */
static bool
is_empty(Datum journey)
{
	return toast_raw_datum_size(journey) <= VARHDRSZ + JNY_HEAD_SIZE;
}

/*
 * Puts a journey into the sample: its head and tail as far as
 * JNY_SAMPLE_CUSTOMER_COST goes.
 */
static void
take_journey(SampleState *state, uint64 hash, Datum journey)
{
	JnySample  *sample = state->sample;
	JnyView		view;
	JnyName    *names;
	uint32		cost = 0;
	uint32		n = 0;

	journey_open_datum(journey, &view);
	names = palloc(view.nnames * sizeof(JnyName) + 1);
	jny_view_names(&view, names);
	if (view.nnames > state->map_cap)
	{
		if (state->map != NULL)
			pfree(state->map);
		state->map_cap = view.nnames + 64;
		state->map = MemoryContextAlloc(state->hdr.eoh_context,
										state->map_cap * sizeof(uint32));
	}
	memset(state->map, 0xFF, view.nnames * sizeof(uint32));
	jny_sample_begin(sample);
	for (uint32 i = 0; i < view.n && cost < JNY_SAMPLE_CUSTOMER_COST; i++)
	{
		uint32	   *code;

		if (i == JNY_CLUSTER_HEAD && view.n > JNY_CLUSTER_MAX_PATH)
			i = view.n - JNY_CLUSTER_TAIL;
		code = &state->map[jny_code(&view, i)];
		if (*code == PG_UINT32_MAX)
		{
			JnyName		name = names[jny_code(&view, i)];

			*code = jny_dict_put(sample->dict, name);
			cost += jny_name_cost(name);
		}
		sample->codes[n++] = *code;
		cost++;
	}
	jny_sample_end(sample, hash, n, cost);
	pfree(names);
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function works inside an aggregate only"),
				 errhint("Call archetype_model().")));
	return context;
}

/* One row of which the key's hash is known. */
static Datum
add_row(FunctionCallInfo fcinfo, bool no_key, uint64 hash)
{
	MemoryContext aggcontext = aggregate_context(fcinfo);
	MemoryContext old;
	SampleState *state;

	if (PG_ARGISNULL(0))
	{
		state = create_state(aggcontext);
		set_settings(fcinfo, state);
	}
	else
	{
		state = get_state(PG_GETARG_DATUM(0), aggcontext);
		check_settings(fcinfo, state);
	}
	forget_flat(state);
	if (no_key || PG_ARGISNULL(2) || is_empty(PG_GETARG_DATUM(2)))
		state->sample->skipped++;
	else
	{
		state->sample->customers++;
		if (jny_sample_wants(state->sample, hash))
		{
			old = MemoryContextSwitchTo(state->hdr.eoh_context);
			take_journey(state, hash, PG_GETARG_DATUM(2));
			MemoryContextSwitchTo(old);
		}
	}
	return EOHPGetRWDatum(&state->hdr);
}

Datum
journey_archetype_model_trans_bigint(PG_FUNCTION_ARGS)
{
	bool		no_key = PG_ARGISNULL(1);

	return add_row(fcinfo, no_key,
				   no_key ? 0 : jny_key_hash_int(PG_GETARG_INT64(1)));
}

Datum
journey_archetype_model_trans_text(PG_FUNCTION_ARGS)
{
	JnyName		key = journey_getarg_name(fcinfo, 1);

	return add_row(fcinfo, PG_ARGISNULL(1), jny_key_hash_bytes(key.data, key.len));
}

Datum
journey_archetype_model_trans_uuid(PG_FUNCTION_ARGS)
{
	bool		no_key = PG_ARGISNULL(1);
	uint64		hash = 0;

	if (!no_key)
		hash = jny_key_hash_bytes((const char *) PG_GETARG_UUID_P(1)->data, UUID_LEN);
	return add_row(fcinfo, no_key, hash);
}

/* Two parts of one group: their samples, if they have the same settings. */
Datum
journey_archetype_model_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggcontext = aggregate_context(fcinfo);
	MemoryContext old;
	SampleState *state;
	SampleState *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		return PG_GETARG_DATUM(0);
	other = get_state(PG_GETARG_DATUM(1), CurrentMemoryContext);
	if (PG_ARGISNULL(0))
	{
		state = create_state(aggcontext);
		state->k = other->k;
		state->init_len = other->init_len;
		if (other->init != NULL)
		{
			state->init = MemoryContextAlloc(state->hdr.eoh_context, other->init_len);
			memcpy(state->init, other->init, other->init_len);
		}
	}
	else
		state = get_state(PG_GETARG_DATUM(0), aggcontext);
	if (state->k != other->k)
		throw_changed("k");
	if (state->init_len != other->init_len ||
		(state->init_len > 0 &&
		 memcmp(state->init, other->init, state->init_len) != 0))
		throw_changed("init");
	forget_flat(state);
	old = MemoryContextSwitchTo(state->hdr.eoh_context);
	jny_sample_merge(state->sample, other->sample);
	MemoryContextSwitchTo(old);
	return EOHPGetRWDatum(&state->hdr);
}

/* ---- the fit ---- */

/* When the fit that runs now last said something. */
static TimestampTz last_message;

/* Says where a long fit is, to those who set client_min_messages = debug1. */
static void
report_progress(int k, int start, int starts)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!TimestampDifferenceExceeds(last_message, now, PROGRESS_EVERY))
		return;
	last_message = now;
	ereport(DEBUG1,
			(errmsg("archetype_model: trying %d archetypes, start %d of %d",
					k, start, starts)));
}

/* Labels of the data by an older model: where a warm start begins. */
static void
label_by_model(const JnyArchetypes *model, const JnyClusterData *data,
			   uint8 *label)
{
	JnyTransitions *set = jny_alloc0(sizeof(JnyTransitions));
	uint8	   *path = jny_alloc(JNY_CLUSTER_MAX_PATH);
	uint8		map[JNY_CLUSTER_WIDTH];

	for (uint32 i = 0; i < data->nnames; i++)
		map[i + 1] = jny_archetypes_code(model, data->names[i]);
	map[data->nnames + 1] = (uint8) (model->nnames + 1);
	for (uint32 i = 0; i < data->n; i++)
	{
		uint32		n = 0;

		CHECK_FOR_INTERRUPTS();
		for (size_t j = data->path_start[i]; j < data->path_start[i + 1]; j++)
			path[n++] = map[data->path[j]];
		jny_transitions(set, path, n, model->width);
		label[i] = (uint8) jny_archetypes_assign(model, set, NULL);
	}
	jny_free(path);
	jny_free(set);
}

/* EM from the labels an older model gives. */
static void
fit_from_model(const SampleState *state, const JnyClusterData *data,
			   JnyClusterFit *fit)
{
	JnyModelView view;
	JnyError	err;
	JnyArchetypes *model;

	if (jny_model_open(state->init, state->init_len, &view, &err) != JNY_OK)
		elog(ERROR, "model to start from is damaged");
	model = jny_archetypes_open(&view);
	memset(fit, 0, sizeof(*fit));
	fit->label = jny_alloc((size_t) data->n + 1);
	label_by_model(model, data, fit->label);
	jny_cluster_em(data, view.k, true, fit);
	jny_archetypes_free(model);
}

/*
 * The model of a state, which stays as it is; NULL when no row had a journey.
 */
Datum
journey_archetype_model_final(PG_FUNCTION_ARGS)
{
	const SampleState *state;
	const JnySample *sample;
	JnyClusterData *data;
	JnyClusterFit *fit = palloc(sizeof(JnyClusterFit));
	double		stability[JNY_CLUSTER_MAX_K];
	uint8	   *bytes;
	size_t		len;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = get_state(PG_GETARG_DATUM(0), CurrentMemoryContext);
	sample = state->sample;
	if (sample->customers == 0)
		PG_RETURN_NULL();
	if (sample->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("too many journeys have the same customer key"),
				 errdetail("The sample takes all journeys of a key or none, and at most %d.",
						   JNY_CLUSTER_SAMPLE),
				 errhint("The first argument must tell customers apart: one row each.")));
	last_message = GetCurrentTimestamp();
	data = jny_cluster_data(jny_sample_corpus(sample), sample->dict, 0,
							JNY_CLUSTER_SAMPLE);
	data->progress = report_progress;
	if (state->init != NULL)
		fit_from_model(state, data, fit);
	else
		jny_cluster_fit(data,
						state->k == 0 ? JNY_CLUSTER_MIN_AUTO_K : state->k,
						state->k == 0 ? JNY_CLUSTER_MAX_AUTO_K : state->k,
						0, JNY_CLUSTER_STARTS, fit);
	jny_cluster_stability(data, fit, 0, JNY_CLUSTER_REFITS,
						  JNY_CLUSTER_REFIT_STARTS, stability);
	bytes = jny_model_write(data, fit, stability, sample->customers,
							sample->skipped, VARHDRSZ, &len);
	return journey_model_datum(bytes, len);
}

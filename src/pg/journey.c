/*
 * journey.c
 *	  The type journey: text and binary input and output, comparison, hash.
 *
 * Whatever comes in goes through a path and is packed anew, so every value of
 * the type is canonical: sorted, with equal bytes for equal content.
 *
 * Wire format (network byte order, names in the client's encoding):
 *	  u8 version (1); i32 events
 *	  i32 names, each i32 length + bytes; i32 channels, likewise
 *	  per event: i64 ts, i32 name (from 0), i32 channel (from 1, 0 none),
 *				 u8 has a value [f64 value]
 */

#include "postgres.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"

#include "core/text.h"
#include "pg/reader.h"

#define WIRE_VERSION 1

/* Least bytes on the wire of an event, and of a name. */
#define WIRE_EVENT_SIZE 17
#define WIRE_NAME_SIZE 5

/* Least characters of an event in text: its time, and three around the name. */
#define TEXT_EVENT_SIZE 23

/*
 * Packs what an input function has collected; NULL after a soft error.
 */
static struct varlena *
pack_input(JnyPath *path, JourneySource source, const char *text, size_t len,
		   struct Node *escontext)
{
	JnyError	err;
	size_t		size;
	uint8	   *bytes = jny_path_pack(path, VARHDRSZ, &size, &err);

	if (bytes == NULL)
	{
		journey_save_error(&err, source, text, len, escontext);
		return NULL;
	}
	SET_VARSIZE(bytes, size + VARHDRSZ);
	return (struct varlena *) bytes;
}

/* Text input.  Events may come in any order; repeats are kept. */
JOURNEY_FUNCTION(journey_in);
Datum
journey_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	struct Node *escontext = (struct Node *) JOURNEY_ESCONTEXT(fcinfo);
	struct varlena *result;
	JnyPath		path;
	JnyError	err;

	jny_path_init(&path, jny_dict_create());
	if (jny_parse(text, len, &path, &err) != JNY_OK)
	{
		journey_save_error(&err, JOURNEY_FROM_TEXT, text, len, escontext);
		PG_RETURN_NULL();
	}
	result = pack_input(&path, JOURNEY_FROM_TEXT, text, len, escontext);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

/* Text output: canonical, in UTC whatever the settings. */
JOURNEY_FUNCTION(journey_out);
Datum
journey_out(PG_FUNCTION_ARGS)
{
	JnyView		view;
	JnyText		text;

	journey_getarg_view(fcinfo, 0, &view);
	journey_check_form(journey_least_form(&view, TEXT_EVENT_SIZE),
					   MaxAllocSize, "text");
	jny_text_init(&text);
	jny_print(&view, &text);
	journey_check_form((double) text.len + 1, MaxAllocSize, "text");
	PG_RETURN_CSTRING(text.data);
}

/* ---- binary ---- */

/* Throws 22P03 unless the rule holds; "expected" completes the detail. */
static void
check_wire(bool holds, StringInfo buf, const char *expected)
{
	JnyError	err;

	if (holds)
		return;
	jny_fail(&err, JNY_E_CORRUPT, buf->cursor, 0, 0, expected);
	journey_throw(&err, JOURNEY_FROM_BINARY);
}

/*
 * Reads a count and refuses what the bytes that follow cannot hold, so that
 * nothing is allocated on the word of a forged message.
 */
static uint32
recv_count(StringInfo buf, size_t least, JnyCode code, int64 limit,
		   const char *expected)
{
	uint32		count = pq_getmsgint(buf, 4);
	size_t		rest = buf->len - buf->cursor;
	JnyError	err;

	if (count > limit && count <= PG_INT32_MAX)
	{
		jny_fail(&err, code, buf->cursor, 0, limit, NULL);
		journey_throw(&err, JOURNEY_FROM_BINARY);
	}
	check_wire(count <= rest / least, buf, expected);
	return count;
}

/*
 * Reads a list of names and interns them.  A name is converted to the server
 * encoding, hence validated in it.
 */
static uint32 *
recv_names(StringInfo buf, JnyDict *dict, uint32 count)
{
	uint32	   *codes = (uint32 *) palloc(count * sizeof(uint32) + 1);
	const JnyName none = {"", 0};
	uint32		i;

	for (i = 0; i < count; i++)
	{
		uint32		len = pq_getmsgint(buf, 4);
		int			nbytes;
		JnyName		name;
		JnyError	err;

		check_wire(len > 0 && len <= (uint32) (buf->len - buf->cursor), buf,
				   "the length of a name that is there");
		name.data = pq_getmsgtext(buf, (int) len, &nbytes);
		name.len = (uint32) nbytes;
		if (jny_event_check(0, name, none, NULL, &err) != JNY_OK)
			journey_throw(&err, JOURNEY_FROM_BINARY);
		codes[i] = jny_dict_put(dict, name);
		pfree((char *) name.data);
	}
	return codes;
}

/* Reads one event of a message and appends it. */
static void
recv_event(StringInfo buf, JnyPath *path, const uint32 *names, uint32 nnames,
		   const uint32 *channels, uint32 nchannels)
{
	const JnyName some = {"x", 1};
	const JnyName none = {"", 0};
	JnyEvent	event;
	JnyError	err;
	uint32		name;
	uint32		channel;
	int			has_value;

	event.ts = pq_getmsgint64(buf);
	name = pq_getmsgint(buf, 4);
	check_wire(name < nnames, buf, "the number of a name in the list");
	event.name = names[name];
	channel = pq_getmsgint(buf, 4);
	check_wire(channel <= nchannels, buf, "0 or the number of a channel in the list");
	event.channel = channel > 0 ? channels[channel - 1] + 1 : 0;
	has_value = pq_getmsgbyte(buf);
	check_wire(has_value == 0 || has_value == 1, buf, "0 or 1 for a value");
	event.value = NAN;
	if (has_value)
		event.value = pq_getmsgfloat8(buf);
	if (jny_event_check(event.ts, some, none, has_value ? &event.value : NULL,
						&err) != JNY_OK ||
		jny_path_push(path, &event, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_BINARY);
}

/* Binary input.  Trusts nothing: checks, sorts and packs what it reads. */
JOURNEY_FUNCTION(journey_recv);
Datum
journey_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	JnyDict    *dict = jny_dict_create();
	JnyPath		path;
	JnyError	err;
	uint32		n;
	uint32		nnames;
	uint32		nchannels;
	uint32	   *names;
	uint32	   *channels;
	uint32		i;

	if (pq_getmsgbyte(buf) != WIRE_VERSION)
	{
		jny_fail(&err, JNY_E_VERSION, 0, 1, 0, "wire version 1");
		journey_throw(&err, JOURNEY_FROM_BINARY);
	}
	n = recv_count(buf, WIRE_EVENT_SIZE, JNY_E_MAX_EVENTS, JNY_MAX_EVENTS,
				   "as many events as announced");
	nnames = recv_count(buf, WIRE_NAME_SIZE, JNY_E_MAX_NAMES, JNY_MAX_NAMES,
						"as many names as announced");
	names = recv_names(buf, dict, nnames);
	nchannels = recv_count(buf, WIRE_NAME_SIZE, JNY_E_MAX_CHANNELS,
						   JNY_MAX_CHANNELS, "as many channels as announced");
	channels = recv_names(buf, dict, nchannels);
	check_wire(n <= (buf->len - buf->cursor) / WIRE_EVENT_SIZE, buf,
			   "as many events as announced");

	jny_path_init(&path, dict);
	if (jny_path_reserve(&path, n, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_BINARY);
	for (i = 0; i < n; i++)
	{
		if ((i & JNY_INTERRUPT_MASK) == 0)
			JNY_CHECK_INTERRUPTS();
		recv_event(buf, &path, names, nnames, channels, nchannels);
	}
	PG_RETURN_POINTER(pack_input(&path, JOURNEY_FROM_BINARY, "", 0, NULL));
}

/* Writes a list of names in the client's encoding. */
static void
send_names(StringInfo buf, const JnyName *names, uint32 count)
{
	uint32		i;

	pq_sendint32(buf, count);
	for (i = 0; i < count; i++)
	{
		char	   *text = pg_server_to_client(names[i].data, (int) names[i].len);
		uint32		len = names[i].len;

		if (text != names[i].data)
			len = (uint32) strlen(text);
		pq_sendint32(buf, len);
		pq_sendbytes(buf, text, (int) len);
		if (text != names[i].data)
			pfree(text);
	}
}

/* Binary output. */
JOURNEY_FUNCTION(journey_send);
Datum
journey_send(PG_FUNCTION_ARGS)
{
	JnyView		view;
	JnyName    *names;
	StringInfoData buf;

	journey_getarg_view(fcinfo, 0, &view);
	journey_check_form((double) view.n * WIRE_EVENT_SIZE + (double) view.nvalues * 8,
					   MaxAllocSize, "binary");
	names = (JnyName *) palloc((size_t) Max(view.nnames, view.nchannels) *
							   sizeof(JnyName) + 1);

	pq_begintypsend(&buf);
	pq_sendint8(&buf, WIRE_VERSION);
	pq_sendint32(&buf, view.n);
	jny_view_names(&view, names);
	send_names(&buf, names, view.nnames);
	jny_view_channels(&view, names);
	send_names(&buf, names, view.nchannels);
	for (JnyWalk walk = jny_walk(&view); journey_walk_next(&walk);)
	{
		bool		has_value = !isnan(walk.value);

		pq_sendint64(&buf, walk.ts);
		pq_sendint32(&buf, walk.code);
		pq_sendint32(&buf, walk.channel);
		pq_sendint8(&buf, has_value ? 1 : 0);
		if (has_value)
			pq_sendfloat8(&buf, walk.value);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---- comparison ---- */

static void
open_value(struct varlena *value, JnyView *view)
{
	JnyError	err;

	if (jny_open((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
				 JNY_CHECK_SAFE, view, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_STORED);
}

/*
 * Opens argument n and says what to free afterwards (NULL: nothing): an index
 * compares in a long-lived context, where a detoasted copy must not stay.
 */
static void *
open_operand(FunctionCallInfo fcinfo, int n, JnyView *view)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(n);

	open_value(value, view);
	return (Pointer) value == PG_GETARG_POINTER(n) ? NULL : value;
}

static void
free_operand(void *value)
{
	if (value != NULL)
		pfree(value);
}

/* Three-way comparison of the two arguments. */
static int
compare_args(FunctionCallInfo fcinfo)
{
	JnyView		a;
	JnyView		b;
	void	   *free_a = open_operand(fcinfo, 0, &a);
	void	   *free_b = open_operand(fcinfo, 1, &b);
	int			result = jny_compare(&a, &b);

	free_operand(free_a);
	free_operand(free_b);
	return result;
}

static bool
equal_args(FunctionCallInfo fcinfo)
{
	JnyView		a;
	JnyView		b;
	void	   *free_a = open_operand(fcinfo, 0, &a);
	void	   *free_b = open_operand(fcinfo, 1, &b);
	bool		result = jny_equal(&a, &b);

	free_operand(free_a);
	free_operand(free_b);
	return result;
}

JOURNEY_FUNCTION(journey_eq);
Datum
journey_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(equal_args(fcinfo));
}

JOURNEY_FUNCTION(journey_ne);
Datum
journey_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!equal_args(fcinfo));
}

JOURNEY_FUNCTION(journey_lt);
Datum
journey_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) < 0);
}

JOURNEY_FUNCTION(journey_le);
Datum
journey_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) <= 0);
}

JOURNEY_FUNCTION(journey_gt);
Datum
journey_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) > 0);
}

JOURNEY_FUNCTION(journey_ge);
Datum
journey_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) >= 0);
}

/* btree support function 1. */
JOURNEY_FUNCTION(journey_cmp);
Datum
journey_cmp(PG_FUNCTION_ARGS)
{
	int			result = compare_args(fcinfo);

	PG_RETURN_INT32((result > 0) - (result < 0));
}

/*
 * The same for arguments that may be toasted and long, as those of min() and
 * max() are: their heads mostly decide.
 */
static int
compare_heads(FunctionCallInfo fcinfo)
{
	int64		first[2];

	for (int i = 0; i < 2; i++)
	{
		JnyHead		head;

		journey_getarg_head(fcinfo, i, &head);
		first[i] = head.n == 0 ? PG_INT64_MIN : head.first;
	}
	if (first[0] != first[1])
		return first[0] < first[1] ? -1 : 1;
	return compare_args(fcinfo);
}

/* Transition and combination of min(journey). */
JOURNEY_FUNCTION(journey_smaller);
Datum
journey_smaller(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(compare_heads(fcinfo) <= 0 ? 0 : 1));
}

/* Transition and combination of max(journey). */
JOURNEY_FUNCTION(journey_larger);
Datum
journey_larger(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(compare_heads(fcinfo) >= 0 ? 0 : 1));
}

/*
 * Sorting.  The abbreviated key is the time of the first event, which the head
 * tells; the empty journey is first, as in the full order.  Opening two
 * journeys for each comparison is what would cost, and times are distinct
 * enough to avoid it nearly always.
 */

static int
compare_datums(Datum a, Datum b, SortSupport ssup)
{
	struct varlena *left = PG_DETOAST_DATUM_PACKED(a);
	struct varlena *right = PG_DETOAST_DATUM_PACKED(b);
	JnyView		left_view;
	JnyView		right_view;
	int			result;

	open_value(left, &left_view);
	open_value(right, &right_view);
	result = jny_compare(&left_view, &right_view);
	if ((Pointer) left != DatumGetPointer(a))
		pfree(left);
	if ((Pointer) right != DatumGetPointer(b))
		pfree(right);
	return result;
}

#if SIZEOF_DATUM == 8
static int
compare_abbreviated(Datum a, Datum b, SortSupport ssup)
{
	int64		left = DatumGetInt64(a);
	int64		right = DatumGetInt64(b);

	return (left > right) - (left < right);
}

static Datum
abbreviate(Datum original, SortSupport ssup)
{
	JnyHead		head;

	journey_datum_head(original, &head);
	return Int64GetDatum(head.n == 0 ? PG_INT64_MIN : head.first);
}

/* Never: reading the head costs next to nothing even when all keys tie. */
static bool
abort_abbreviation(int memtupcount, SortSupport ssup)
{
	return false;
}
#endif

/* btree support function 2. */
JOURNEY_FUNCTION(journey_sortsupport);
Datum
journey_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport ssup = (SortSupport) PG_GETARG_POINTER(0);

	ssup->comparator = compare_datums;
#if SIZEOF_DATUM == 8
	if (ssup->abbreviate)
	{
		ssup->comparator = compare_abbreviated;
		ssup->abbrev_converter = abbreviate;
		ssup->abbrev_abort = abort_abbreviation;
		ssup->abbrev_full_comparator = compare_datums;
	}
#endif
	PG_RETURN_VOID();
}

/* The hash of argument 0: by content, hence equal for equal journeys. */
static uint64
hash_arg(FunctionCallInfo fcinfo, uint64 seed)
{
	JnyView		view;
	void	   *value = open_operand(fcinfo, 0, &view);
	uint64		result = jny_hash(&view, seed);

	free_operand(value);
	return result;
}

/* hash support function 1: the low half of the extended hash with seed 0. */
JOURNEY_FUNCTION(journey_hash);
Datum
journey_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) (uint32) hash_arg(fcinfo, 0));
}

/* hash support function 2. */
JOURNEY_FUNCTION(journey_hash_extended);
Datum
journey_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) hash_arg(fcinfo, (uint64) PG_GETARG_INT64(1)));
}

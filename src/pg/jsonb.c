/*
 * jsonb.c
 *	  The casts between journey and jsonb.
 *
 *	  [{"ts": "2024-03-13T10:25:00Z", "event": "purchase",
 *		"channel": "web", "value": 49.9}, ...]
 *
 * channel and value are left out where an event has none.  The tree is built
 * here rather than pushed piece by piece: the call for that has changed
 * between server versions, and names are shared instead of copied.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "core/text.h"
#include "pg/reader.h"

/* Keys in jsonb's own order: by length, then bytewise. */
enum
{
	KEY_TS,
	KEY_EVENT,
	KEY_VALUE,
	KEY_CHANNEL,
	KEYS
};

static const char *const key_name[KEYS] = {"ts", "event", "value", "channel"};

/*
 * What jsonb itself allows an array to hold, and the least an event adds to it
 * beside its name: headers of element, object and two pairs, keys, time.
 */
#define JSONB_MAX_SIZE 0x0FFFFFFF
#define JSONB_EVENT_SIZE (4 + 4 + 16 + 7 + 20)

static void
set_string(JsonbValue *value, const char *data, size_t len)
{
	value->type = jbvString;
	value->val.string.val = unconstify(char *, data);
	value->val.string.len = (int) len;
}

/* The number as numeric, with exactly the digits the text form prints. */
static void
set_number(JsonbValue *value, double number)
{
	JnyText		text;

	jny_text_init(&text);
	jny_text_number(&text, number);
	value->type = jbvNumeric;
	value->val.numeric =
		DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text.data),
											ObjectIdGetDatum(InvalidOid),
											Int32GetDatum(-1)));
	jny_free(text.data);
}

/* Appends a pair to an object whose pairs have room for all keys. */
static JsonbValue *
add_pair(JsonbValue *object, int key)
{
	JsonbPair  *pair = &object->val.object.pairs[object->val.object.nPairs++];

	set_string(&pair->key, key_name[key], strlen(key_name[key]));
	pair->order = 0;
	return &pair->value;
}

/* One event as an object.  Its strings point into the view. */
static void
set_event(JsonbValue *object, JsonbPair *pairs, const JnyWalk *event,
		  const JnyName *names, const JnyName *channels)
{
	JnyText		time;

	object->type = jbvObject;
	object->val.object.nPairs = 0;
	object->val.object.pairs = pairs;

	jny_text_init(&time);
	jny_text_time(&time, event->ts);
	set_string(add_pair(object, KEY_TS), time.data, time.len);
	set_string(add_pair(object, KEY_EVENT), names[event->code].data,
			   names[event->code].len);
	if (!isnan(event->value))
		set_number(add_pair(object, KEY_VALUE), event->value);
	if (event->channel != 0)
		set_string(add_pair(object, KEY_CHANNEL),
				   channels[event->channel - 1].data,
				   channels[event->channel - 1].len);
}

/*
 * journey -> jsonb.  jsonb holds no array beyond 256 MB; what cannot fit is
 * refused before the work.
 */
JOURNEY_FUNCTION(journey_to_jsonb);
Datum
journey_to_jsonb(PG_FUNCTION_ARGS)
{
	JnyView		view;
	JnyName    *names;
	JnyName    *channels;
	JsonbValue	array;
	JsonbPair  *pairs;

	journey_getarg_view(fcinfo, 0, &view);
	journey_check_form(journey_least_form(&view, JSONB_EVENT_SIZE),
					   JSONB_MAX_SIZE, "jsonb");
	names = (JnyName *) palloc(view.nnames * sizeof(JnyName) + 1);
	channels = (JnyName *) palloc(view.nchannels * sizeof(JnyName) + 1);
	jny_view_names(&view, names);
	jny_view_channels(&view, channels);

	array.type = jbvArray;
	array.val.array.rawScalar = false;
	array.val.array.nElems = (int) view.n;
	array.val.array.elems = (JsonbValue *) jny_alloc(view.n * sizeof(JsonbValue) + 1);
	pairs = (JsonbPair *) jny_alloc((size_t) view.n * KEYS * sizeof(JsonbPair) + 1);
	for (JnyWalk walk = jny_walk(&view); journey_walk_next(&walk);)
	{
		size_t		i = walk.next - 1;

		set_event(&array.val.array.elems[i], pairs + i * KEYS, &walk, names,
				  channels);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(&array));
}

/* ---- and back ---- */

static void
refuse_event(int at, const char *detail) pg_attribute_noreturn();

/* "at" is the number of the array element, from 1; "detail" is its fault. */
static void
refuse_event(int at, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot cast jsonb to journey"),
			 errdetail("Element %d of the array %s.", at, detail),
			 errhint("An event is {\"ts\": \"2024-03-13T10:25:00Z\", \"event\": \"purchase\"}, with \"channel\" and \"value\" if it has them.")));
}

/*
 * The value of a key in an object: false when it is absent or null.  Counts
 * the keys it has found, so that one that means nothing to us is noticed.
 */
static bool
get_field(JsonbContainer *object, int key, JsonbValue *value, uint32 *found)
{
	JsonbValue	name;
	JsonbValue *result;

	set_string(&name, key_name[key], strlen(key_name[key]));
	result = findJsonbValueFromContainer(object, JB_FOBJECT, &name);
	if (result == NULL)
		return false;
	(*found)++;
	*value = *result;
	pfree(result);
	return value->type != jbvNull;
}

/* Adds one element of the array to the path. */
static void
add_element(JnyPath *path, const JsonbValue *element, int at)
{
	JsonbContainer *object = element->val.binary.data;
	JsonbValue	field;
	JnyName		name;
	JnyName		channel = {"", 0};
	uint32		found = 0;
	size_t		pos = 0;
	int64		ts;
	double		number;
	bool		has_value;
	JnyCode		code;
	JnyError	err;

	if (element->type != jbvBinary || !JsonContainerIsObject(object))
		refuse_event(at, "is not an object");
	if (!get_field(object, KEY_TS, &field, &found) || field.type != jbvString)
		refuse_event(at, "has no \"ts\" that is a string");
	code = jny_scan_time(field.val.string.val, field.val.string.len, &pos, &ts,
						 &err);
	if (code == JNY_E_TIME_RANGE)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	if (code != JNY_OK || pos != field.val.string.len)
		refuse_event(at, "has a \"ts\" that is not an ISO 8601 time");
	if (!get_field(object, KEY_EVENT, &field, &found) || field.type != jbvString)
		refuse_event(at, "has no \"event\" that is a string");
	name.data = field.val.string.val;
	name.len = (uint32) field.val.string.len;
	if (get_field(object, KEY_CHANNEL, &field, &found))
	{
		if (field.type != jbvString)
			refuse_event(at, "has a \"channel\" that is not a string");
		channel.data = field.val.string.val;
		channel.len = (uint32) field.val.string.len;
	}
	has_value = get_field(object, KEY_VALUE, &field, &found);
	if (has_value)
	{
		if (field.type != jbvNumeric)
			refuse_event(at, "has a \"value\" that is not a number");
		number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
													NumericGetDatum(field.val.numeric)));
	}
	if (found != JsonContainerSize(object))
		refuse_event(at, "has a key other than \"ts\", \"event\", \"channel\" and \"value\"");
	if (jny_event_check(ts, name, channel, has_value ? &number : NULL,
						&err) != JNY_OK ||
		jny_path_add(path, ts, name, channel, has_value ? &number : NULL,
					 &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
}

/* jsonb -> journey.  Takes what the other cast writes, in any order. */
JOURNEY_FUNCTION(journey_from_jsonb);
Datum
journey_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb	   *jsonb = PG_GETARG_JSONB_P(0);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;
	JnyPath		path;
	int			at = 0;

	if (!JB_ROOT_IS_ARRAY(jsonb) || JB_ROOT_IS_SCALAR(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot cast jsonb to journey"),
				 errdetail("It must be an array of events.")));

	jny_path_init(&path, jny_dict_create());
	iterator = JsonbIteratorInit(&jsonb->root);
	token = JsonbIteratorNext(&iterator, &element, false);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) == WJB_ELEM)
	{
		if ((++at & 0xFFF) == 0)
			JNY_CHECK_INTERRUPTS();
		add_element(&path, &element, at);
	}
	PG_RETURN_DATUM(journey_path_datum(&path));
}

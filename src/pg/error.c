/*
 * error.c
 *	  From a core result code to the one right ereport.
 *
 * Every message of the engine stands here, so that wording and SQLSTATE are
 * decided once: 22P02 text that does not parse, 22P03 bytes from outside,
 * XX001 a stored value, 22008 time, 22023 an argument, 54000 a limit.
 */
#include "pg/error.h"

#include <ctype.h>

#include "mb/pg_wchar.h"

#include "core/path.h"
#include "core/text.h"

/* Longest piece of user input quoted in a message, in bytes. */
#define MAX_QUOTED 64

/*
 * Copies at most MAX_QUOTED bytes of input[at .. at+len), cut between
 * characters, with "..." where something was left out.
 */
static char *
quoted_part(const char *input, size_t at, size_t len)
{
	int			keep = (int) Min(len, MAX_QUOTED);

	if (len > MAX_QUOTED)
		keep = pg_mbcliplen(input + at, (int) Min(len, 2 * MAX_QUOTED), keep);
	return psprintf("%.*s%s", keep, input + at, len > MAX_QUOTED ? "..." : "");
}

/*
 * Whether a pattern goes on with a word where a link could stand: nearly
 * always a name with a blank in it.
 */
static bool
second_word(const JnyError *err, JourneySource source, const char *input)
{
	unsigned char c = (unsigned char) input[err->at];

	return source == JOURNEY_FROM_PATTERN && (isalnum(c) || c >= 128) &&
		strncmp(err->expected, "\"->\"", 4) == 0;
}

static void
save_syntax_error(const JnyError *err, JourneySource source,
				  const char *input, size_t len, struct Node *escontext)
{
	const char *type = source == JOURNEY_FROM_PATTERN ?
		"journey_pattern" : "journey";
	char	   *whole = quoted_part(input, 0, len);

	if (err->at >= len || err->len == 0)
		errsave(escontext,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", type, whole),
				 errdetail("At offset %zu: found the end of the text, expected %s.",
						   err->at, err->expected)));
	else
		errsave(escontext,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", type, whole),
				 errdetail("At offset %zu: found \"%s\", expected %s.",
						   err->at, quoted_part(input, err->at, Min(err->len, len - err->at)),
						   err->expected),
				 second_word(err, source, input) ?
				 errhint("Put a name of several words into double quotes, as in \"Added to cart\".") : 0));
}

static void
save_corrupt_error(const JnyError *err, JourneySource source,
				   struct Node *escontext)
{
	bool		version = err->code == JNY_E_VERSION;

	if (source == JOURNEY_FROM_STORED)
		errsave(escontext,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 version ? errmsg("stored journey has an unknown format")
				 : errmsg("stored journey is damaged"),
				 errdetail("At byte %zu: expected %s.", err->at, err->expected),
				 version ? errhint("It was written by a newer version of the extension; upgrade the extension.")
				 : 0));
	else
		errsave(escontext,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary representation of a journey"),
				 errdetail("At byte %zu: expected %s.", err->at, err->expected)));
}

/* What is too much, the unit of its limit, and what to do about it. */
static void
save_limit_error(const JnyError *err, struct Node *escontext)
{
	const char *what = "";
	const char *unit = "";
	const char *hint = "";

	switch (err->code)
	{
		case JNY_E_MAX_EVENTS:
			what = "journey has too many events";
			unit = "events";
			hint = "Split the customer's history by time, or keep only the events that matter.";
			break;
		case JNY_E_MAX_NAMES:
			what = "journey has too many distinct event names";
			unit = "distinct event names";
			hint = "Leave identifiers out of event names, or coarsen the names.";
			break;
		case JNY_E_MAX_CHANNELS:
			what = "journey has too many distinct channels";
			unit = "distinct channels";
			hint = "Leave identifiers out of channels, or coarsen the channels.";
			break;
		case JNY_E_MAX_NAME_BYTES:
			what = "event name or channel is too long";
			unit = "bytes";
			hint = "Shorten it, for example with left(event, 200).";
			break;
		case JNY_E_MAX_BYTES:
			what = "journey is too large";
			unit = "bytes, in storage and as text";
			hint = "Split the customer's history by time, or keep only the events that matter.";
			break;
		case JNY_E_MAX_ITEMS:
			what = "journey_pattern has too many steps";
			unit = "steps";
			hint = "Split the pattern.";
			break;
		case JNY_E_MAX_NESTING:
			what = "journey_pattern is nested too deeply";
			unit = "levels of parentheses";
			hint = "Parentheses inside an alternation are not needed.";
			break;
		case JNY_E_MAX_PATTERN_BYTES:
			what = "journey_pattern is too long";
			unit = "bytes";
			hint = "Use a prefix such as name* instead of a long alternation.";
			break;
		case JNY_E_MAX_MIXED_ITEMS:
			what = "journey_pattern mixes \"=>\" with too many \"->\"";
			unit = "parts between \"->\"";
			hint = "Split the pattern.";
			break;
		case JNY_E_MAX_UNITS:
			what = "journey_pattern asks for too many events";
			unit = "events in all quantifiers";
			hint = "Use smaller quantifiers; event_count() and match_count() count without a limit.";
			break;
		default:
			elog(ERROR, "unexpected journey result code %d", (int) err->code);
	}

	errsave(escontext,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("%s", what),
			 errdetail("The limit is %lld %s.", (long long) err->limit, unit),
			 errhint("%s", hint)));
}

/* Where in a text a thing stands that is well formed but cannot be. */
static int
detail_place(const JnyError *err, JourneySource source, const char *input,
			 size_t len)
{
	if (source != JOURNEY_FROM_TEXT || err->len == 0 || err->at >= len)
		return 0;
	return errdetail("At offset %zu: found \"%s\".", err->at,
					 quoted_part(input, err->at, Min(err->len, len - err->at)));
}

void
journey_save_error(const JnyError *err, JourneySource source,
				   const char *input, size_t len, struct Node *escontext)
{
	switch (err->code)
	{
		case JNY_E_SYNTAX:
			save_syntax_error(err, source, input, len, escontext);
			break;
		case JNY_E_CORRUPT:
		case JNY_E_VERSION:
			save_corrupt_error(err, source, escontext);
			break;
		case JNY_E_INFINITE_TIME:
			errsave(escontext,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("time of an event must be finite"),
					 errhint("Leave out rows whose time is infinity or -infinity.")));
			break;
		case JNY_E_TIME_RANGE:
			errsave(escontext,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("time of an event is out of range"),
					 detail_place(err, source, input, len)));
			break;
		case JNY_E_EMPTY_NAME:
			errsave(escontext,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("event name must not be empty"),
					 errhint("Use nullif(event, '') to leave such rows out.")));
			break;
		case JNY_E_VALUE:
			errsave(escontext,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("value of an event must be a finite number"),
					 detail_place(err, source, input, len),
					 errhint("Use nullif(value, 'NaN') to leave such values out.")));
			break;
		default:
			save_limit_error(err, escontext);
	}
}

void
journey_throw(const JnyError *err, JourneySource source)
{
	journey_save_error(err, source, "", 0, NULL);
	pg_unreachable();
}

void
journey_bad_state(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid serialized aggregate state"),
			 errhint("All nodes of a cluster must run the same version of the extension.")));
}

/* A time as ISO 8601 in UTC, whatever the settings. */
static char *
utc_time(int64 ts)
{
	JnyText		text;

	jny_text_init(&text);
	jny_text_time(&text, ts);
	return text.data;
}

/* An event of a row that cannot be: which it is, and how to find such rows. */
static void
throw_row(const JnyError *err, int64 ts, JnyName name, JnyName channel,
		  double value)
{
	JnyName		longest = name.len >= channel.len ? name : channel;

	switch (err->code)
	{
		case JNY_E_INFINITE_TIME:
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("time of an event must be finite"),
					 errdetail("The event is \"%s\".", quoted_part(name.data, 0, name.len)),
					 errhint("Find such rows with WHERE NOT isfinite(ts), and leave them out.")));
			break;
		case JNY_E_TIME_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("time of an event is out of range"),
					 errdetail("The event is \"%s\".", quoted_part(name.data, 0, name.len)),
					 errhint("Times end with the year 294276.")));
			break;
		case JNY_E_EMPTY_NAME:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("event name must not be empty"),
					 errdetail("The event without a name is at %s.", utc_time(ts)),
					 errhint("Find such rows with WHERE event = ''; nullif(event, '') leaves them out.")));
			break;
		case JNY_E_VALUE:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("value of an event must be a finite number"),
					 errdetail("The event \"%s\" at %s has the value %s.",
							   quoted_part(name.data, 0, name.len), utc_time(ts),
							   isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"),
					 errhint("Find such rows with WHERE value IN ('NaN', 'Infinity', '-Infinity'); nullif(value, 'NaN') leaves a value out.")));
			break;
		case JNY_E_MAX_NAME_BYTES:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("event name or channel is too long"),
					 errdetail("The limit is %lld bytes; that of an event at %s has %u and begins with \"%s\".",
							   (long long) err->limit, utc_time(ts), longest.len,
							   quoted_part(longest.data, 0, longest.len)),
					 errhint("Shorten it, for example with left(event, 200).")));
			break;
		default:
			journey_throw(err, JOURNEY_FROM_EVENT);
	}
	pg_unreachable();
}

void
journey_refuse_row(int64 ts, JnyName name, JnyName channel, double value,
				   bool has_value)
{
	JnyError	err;

	if (jny_event_check(ts, name, channel, has_value ? &value : NULL,
						&err) != JNY_OK)
		throw_row(&err, ts, name, channel, value);
}

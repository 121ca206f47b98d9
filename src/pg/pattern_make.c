/*
 * pattern_make.c
 *	  Patterns for programs: journey_pattern(steps, ...) and pattern_name.
 *
 * The parts are checked one by one before they become one text, so that no
 * part can say more than it should.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/datum.h"

extern Datum journey_pattern_in(PG_FUNCTION_ARGS);

static void
append(JnyText *out, const char *literal)
{
	jny_text_append(out, literal, strlen(literal));
}

/* Refuses a part that says more than one thing. */
static void
refuse_part(const char *what, JnyName part, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s is more than one step: \"%.*s\"", what, (int) part.len,
					part.data),
			 errhint("%s", hint)));
}

/*
 * Parses "prefix part".  Errors are told with offsets into the part.
 */
static JnyPattern *
parse_part(const char *prefix, JnyName part)
{
	JnyText		text;
	JnyPattern *pattern;
	JnyError	err;
	size_t		before = strlen(prefix);

	jny_text_init(&text);
	append(&text, prefix);
	jny_text_append(&text, part.data, part.len);
	if (jny_pattern_parse(text.data, text.len, &pattern, &err) != JNY_OK)
	{
		err.at = err.at > before ? err.at - before : 0;
		journey_save_error(&err, JOURNEY_FROM_PATTERN, part.data, part.len, NULL);
		pg_unreachable();
	}
	jny_free(text.data);
	return pattern;
}

/* One element: an item, perhaps with the link in front of it. */
static void
append_item(JnyText *out, JnyName part, bool first)
{
	bool		linked = part.len >= 2 && (part.data[0] == '-' ||
										   part.data[0] == '=') &&
		part.data[1] == '>';
	JnyPattern *pattern;

	if (linked && first)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the first step cannot begin with a link")));
	pattern = parse_part(first ? "" : linked ? ". " : ". -> ", part);
	if (pattern->nitems != (first ? 1 : 2) || pattern->begins ||
		pattern->ends || pattern->within >= 0 || pattern->session >= 0 ||
		pattern->without >= 0 || pattern->no_more >= 0 ||
		pattern->from_first || pattern->any_order || pattern->distinct_times)
		refuse_part("step", part,
					"Make each step an element of its own, and give clauses as named arguments.");
	jny_pattern_free(pattern);
	append(out, first ? "" : linked ? " " : " -> ");
	jny_text_append(out, part.data, part.len);
}

/* The items in array argument 0. */
static void
append_items(JnyText *out, ArrayType *array)
{
	Datum	   *elements;
	int			n;

	if (ARR_NDIM(array) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("steps must be a one-dimensional array of at least one element")));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("steps must not contain nulls")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
		append_item(out, journey_text_name(DatumGetTextPP(elements[i])), i == 0);
}

/* An optional clause: key words, then a step in text argument n. */
static bool
append_step(FunctionCallInfo fcinfo, int n, const char *words, JnyText *out)
{
	JnyPattern *pattern;
	JnyName		part;

	if (PG_ARGISNULL(n))
		return false;
	part = journey_text_name(PG_GETARG_TEXT_PP(n));
	pattern = parse_part("", part);
	if (!jny_pattern_is_step(pattern) || pattern->items[0].max != 1)
		refuse_part("excluded step", part,
					"List the events as alternatives, for example 'cancel | refund'.");
	jny_pattern_free(pattern);
	append(out, words);
	jny_text_append(out, part.data, part.len);
	return true;
}

/* An optional clause: key words, then a duration in interval argument n. */
static bool
append_duration(FunctionCallInfo fcinfo, int n, const char *words,
				const char *what, JnyText *out)
{
	if (PG_ARGISNULL(n))
		return false;
	append(out, words);
	jny_text_duration(out, journey_interval_us(PG_GETARG_INTERVAL_P(n), what));
	return true;
}

/* An optional clause that is there or not, in boolean argument n. */
static void
append_flag(FunctionCallInfo fcinfo, int n, const char *words, JnyText *out)
{
	if (!PG_ARGISNULL(n) && PG_GETARG_BOOL(n))
		append(out, words);
}

/*
 * journey_pattern(steps text[], within interval, session_timeout interval,
 *				   without text, from_first boolean, any_order boolean,
 *				   distinct_times boolean, then_no text, then_no_for interval,
 *				   begins boolean, ends boolean) journey_pattern
 *
 * NULL is what is not asked for; NULL steps give NULL.
 */
JOURNEY_FUNCTION(journey_pattern_make);
Datum
journey_pattern_make(PG_FUNCTION_ARGS)
{
	JnyText		text;
	bool		absence;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jny_text_init(&text);
	append_flag(fcinfo, 9, "^ ", &text);
	append_items(&text, PG_GETARG_ARRAYTYPE_P(0));
	append_flag(fcinfo, 10, " $", &text);
	append_duration(fcinfo, 1, " within ", "within", &text);
	if (append_duration(fcinfo, 2, " within session [", "session_timeout", &text))
		append(&text, "]");
	append_step(fcinfo, 3, " without ", &text);
	append_flag(fcinfo, 4, " from first", &text);
	append_flag(fcinfo, 5, " in any order", &text);
	append_flag(fcinfo, 6, " at distinct times", &text);
	absence = append_step(fcinfo, 7, " then no ", &text);
	if (append_duration(fcinfo, 8, " for ", "then_no_for", &text) != absence)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("then_no and then_no_for must be given together")));
	PG_RETURN_DATUM(DirectFunctionCall1(journey_pattern_in,
										CStringGetDatum(text.data)));
}

/*
 * pattern_name(text) text
 *
 * An event name or channel as it is written in a pattern: in quotes if need be.
 */
JOURNEY_FUNCTION(journey_pattern_name);
Datum
journey_pattern_name(PG_FUNCTION_ARGS)
{
	JnyName		name = journey_text_name(PG_GETARG_TEXT_PP(0));
	JnyText		text;

	if (name.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("event name must not be empty")));
	jny_text_init(&text);
	jny_text_name(&text, name);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, (int) text.len));
}

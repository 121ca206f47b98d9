/*
 * transform.c
 *	  From a journey to another: slices, filters, new names, replacement.
 *
 * Every function copies the events that stay into a path and packs it, which
 * is linear and keeps the result canonical; one that keeps all events returns
 * the value it was given.  What leaves nothing is the empty journey.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/ask.h"
#include "pg/reader.h"

/* The events at positions from .. to - 1 of journey argument 0. */
static Datum
part_datum(FunctionCallInfo fcinfo, const JnyView *view, uint32 from, uint32 to)
{
	JnyPath		path;
	JourneyCopy copy;

	if (from == 0 && to >= view->n)
		return PG_GETARG_DATUM(0);
	jny_path_init(&path, jny_dict_create());
	journey_copy_init(&copy, view, &path);
	journey_copy_range(&copy, from, to);
	return journey_path_datum(&path);
}

/* An optional bound in argument n: "none" where it is NULL. */
static int64
bound_arg(FunctionCallInfo fcinfo, int n, int64 none)
{
	return PG_ARGISNULL(n) ? none : PG_GETARG_TIMESTAMPTZ(n);
}

/*
 * The positions a time range covers: [starting_at, ending_before).  An
 * infinite time of day cannot occur in a journey, so infinite bounds are
 * ordinary ones, and NULL is no bound.
 */
static void
find_range(const JnyView *view, int64 starting_at, int64 ending_before,
		   uint32 *from, uint32 *to)
{
	*from = journey_lower_bound(view, starting_at);
	*to = Max(*from, journey_lower_bound(view, ending_before));
}

/* slice(j, starting_at, ending_before): not strict, for the bounds' sake. */
JOURNEY_FUNCTION(journey_slice);
Datum
journey_slice(PG_FUNCTION_ARGS)
{
	JnyView		view;
	uint32		from;
	uint32		to;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey_getarg_view(fcinfo, 0, &view);
	find_range(&view, bound_arg(fcinfo, 1, DT_NOBEGIN),
			   bound_arg(fcinfo, 2, DT_NOEND), &from, &to);
	PG_RETURN_DATUM(part_datum(fcinfo, &view, from, to));
}

/*
 * The extent, in canonical order, of the match that before() and after() cut
 * at: the complete one that finishes earliest.  False if there is none.
 */
static bool
find_match(const JourneyAsk *ask, uint32 *first, uint32 *last)
{
	JnyAttempt	attempt;

	if (!jny_match_next(ask->pattern, ask->hits, 0, &attempt))
		return false;
	*first = attempt.first;
	*last = attempt.last;
	return true;
}

JOURNEY_FUNCTION(journey_before);
Datum
journey_before(PG_FUNCTION_ARGS)
{
	JourneyAsk	ask;
	uint32		first;
	uint32		last;

	journey_ask_args(fcinfo, 0, 1, &ask);
	if (!find_match(&ask, &first, &last))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(part_datum(fcinfo, &ask.view, 0, first));
}

JOURNEY_FUNCTION(journey_after);
Datum
journey_after(PG_FUNCTION_ARGS)
{
	JourneyAsk	ask;
	uint32		first;
	uint32		last;

	journey_ask_args(fcinfo, 0, 1, &ask);
	if (!find_match(&ask, &first, &last))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(part_datum(fcinfo, &ask.view, last + 1, ask.view.n));
}

/* Keeps the first of consecutive events of the same name. */
JOURNEY_FUNCTION(journey_collapse);
Datum
journey_collapse(PG_FUNCTION_ARGS)
{
	JnyView		view;
	JnyPath		path;
	JourneyCopy copy;
	uint32		previous = JOURNEY_NO_CODE;

	journey_getarg_view(fcinfo, 0, &view);
	jny_path_init(&path, jny_dict_create());
	journey_copy_init(&copy, &view, &path);
	for (JnyWalk walk = jny_walk(&view); journey_walk_next(&walk);)
	{
		if (walk.code != previous)
			journey_copy_event(&copy, &walk);
		previous = walk.code;
	}
	if (path.n == view.n)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	PG_RETURN_DATUM(journey_path_datum(&path));
}

/* The events that match a one-step pattern, or all others. */
static Datum
filter_events(FunctionCallInfo fcinfo, bool keep)
{
	JnyView		view;
	JourneyStep step;
	JnyPath		path;
	JourneyCopy copy;

	journey_getarg_view(fcinfo, 0, &view);
	journey_getarg_step(fcinfo, 1, &view,
						"List the events as alternatives, for example 'visit | purchase'; before(), after() and cycles() cut at longer patterns.",
						&step);
	jny_path_init(&path, jny_dict_create());
	journey_copy_init(&copy, &view, &path);
	for (JnyWalk walk = jny_walk(&view); journey_walk_next(&walk);)
	{
		if (journey_step_matches(&step, &walk) == keep)
			journey_copy_event(&copy, &walk);
	}
	if (path.n == view.n)
		return PG_GETARG_DATUM(0);
	return journey_path_datum(&path);
}

JOURNEY_FUNCTION(journey_keep);
Datum
journey_keep(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(filter_events(fcinfo, true));
}

JOURNEY_FUNCTION(journey_drop_events);
Datum
journey_drop_events(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(filter_events(fcinfo, false));
}

/* ---- relabel ---- */

/*
 * The rules of relabel, kept in fn_extra: parsed once for a constant, which
 * is what they are in practice.
 *
 *	  from, to --> copies of the two arrays, to notice that they have changed
 *	  pattern[i] and name[i] --> rule i
 */
typedef struct RelabelRules
{
	ArrayType  *from;
	ArrayType  *to;
	int			n;
	JnyPattern **pattern;
	JnyName    *name;
} RelabelRules;

/* The elements of a text array, none of which may be NULL. */
static Datum *
rule_elements(ArrayType *array, const char *what, int *n)
{
	Datum	   *elements;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a one-dimensional array", what)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", what)));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, n);
	return elements;
}

/* Parses and checks rule i: a one-step pattern and a proper name. */
static void
set_rule(RelabelRules *rules, int i, JnyName pattern, JnyName name)
{
	const JnyName none = {"", 0};
	JnyError	err;

	if (jny_pattern_parse(pattern.data, pattern.len, &rules->pattern[i],
						  &err) != JNY_OK)
	{
		journey_save_error(&err, JOURNEY_FROM_PATTERN, pattern.data,
						   pattern.len, NULL);
		pg_unreachable();
	}
	journey_check_step(rules->pattern[i],
					   "Each rule names single events anew; write one rule for each step.");
	if (name.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("new event name must not be empty"),
				 errhint("Use drop_events() to leave events out.")));
	if (jny_event_check(0, name, none, NULL, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
	rules->name[i] = name;
}

/* Reads both arrays into rules that live as long as the query. */
static RelabelRules *
parse_rules(FunctionCallInfo fcinfo, ArrayType *from, ArrayType *to)
{
	MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	RelabelRules *rules = (RelabelRules *) palloc(sizeof(RelabelRules));
	Datum	   *patterns;
	Datum	   *names;
	int			nnames;
	int			i;

	rules->from = (ArrayType *) palloc(VARSIZE(from));
	memcpy(rules->from, from, VARSIZE(from));
	rules->to = (ArrayType *) palloc(VARSIZE(to));
	memcpy(rules->to, to, VARSIZE(to));
	patterns = rule_elements(rules->from, "from_patterns", &rules->n);
	names = rule_elements(rules->to, "to_names", &nnames);
	if (rules->n != nnames)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("from_patterns and to_names must have the same length"),
				 errdetail("They have %d and %d elements.", rules->n, nnames)));
	rules->pattern = (JnyPattern **) palloc(rules->n * sizeof(JnyPattern *) + 1);
	rules->name = (JnyName *) palloc(rules->n * sizeof(JnyName) + 1);
	for (i = 0; i < rules->n; i++)
		set_rule(rules, i, journey_text_name((text *) DatumGetPointer(patterns[i])),
				 journey_text_name((text *) DatumGetPointer(names[i])));
	MemoryContextSwitchTo(old);
	return rules;
}

static bool
same_array(const ArrayType *a, const ArrayType *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

static void
free_rules(RelabelRules *rules)
{
	int			i;

	for (i = 0; i < rules->n; i++)
		jny_pattern_free(rules->pattern[i]);
	pfree(rules->pattern);
	pfree(rules->name);
	pfree(rules->from);
	pfree(rules->to);
	pfree(rules);
}

static const RelabelRules *
getarg_rules(FunctionCallInfo fcinfo)
{
	ArrayType  *from = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *to = PG_GETARG_ARRAYTYPE_P(2);
	RelabelRules *rules = (RelabelRules *) fcinfo->flinfo->fn_extra;

	if (rules != NULL && same_array(rules->from, from) && same_array(rules->to, to))
		return rules;
	if (rules != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		free_rules(rules);
	}
	rules = parse_rules(fcinfo, from, to);
	fcinfo->flinfo->fn_extra = rules;
	return rules;
}

/* Whether the events of a name match a rule. */
typedef enum RelabelFit
{
	FITS_NEVER = 0,
	FITS_MAYBE,					/* the channel or value of the event tells */
	FITS_ALWAYS
} RelabelFit;

/*
 * The fit of all rules to all names of a view, rules of one name side by side;
 * false when none of them can change a name.
 */
static bool
fit_rules(const RelabelRules *rules, const JnyView *view, const JnyName *names,
		  uint8 *fit)
{
	bool		changes = false;

	for (uint32 i = 0; i < view->nnames; i++)
	{
		for (int k = 0; k < rules->n; k++, fit++)
		{
			uint64		maybe;
			uint64		always = jny_pattern_masks(rules->pattern[k], names[i], &maybe);

			*fit = always & 1 ? FITS_ALWAYS : maybe & 1 ? FITS_MAYBE : FITS_NEVER;
			if (*fit != FITS_NEVER)
				changes |= jny_name_cmp(names[i], rules->name[k]) != 0;
		}
	}
	return changes;
}

/* The first rule that an event matches, rules->n if there is none. */
static int
find_rule(const RelabelRules *rules, const uint8 *fit, const JourneyCopy *copy,
		  const JnyWalk *walk)
{
	const JnyName none = {"", 0};
	int			k;

	fit += (size_t) walk->code * rules->n;
	for (k = 0; k < rules->n && fit[k] != FITS_ALWAYS; k++)
	{
		if (fit[k] == FITS_MAYBE &&
			jny_pattern_test(rules->pattern[k], 1, copy->names[walk->code],
							 walk->channel ? copy->channels[walk->channel - 1] : none,
							 walk->value) != 0)
			break;
	}
	return k;
}

/*
 * Gives each event the name of the first rule whose pattern it matches; one
 * that matches none keeps its own.  Rules see the old names only.
 *
 * The names of the rules stand behind those of the view, so that an event is
 * renamed by giving it another code.  O(names * rules + n), and n * rules where
 * they look at channels or values.
 */
JOURNEY_FUNCTION(journey_relabel);
Datum
journey_relabel(PG_FUNCTION_ARGS)
{
	const RelabelRules *rules = getarg_rules(fcinfo);
	JnyView		view;
	JnyPath		path;
	JourneyCopy copy;
	uint8	   *fit;
	size_t		nnames;

	journey_getarg_view(fcinfo, 0, &view);
	jny_path_init(&path, jny_dict_create());
	journey_copy_init(&copy, &view, &path);
	fit = (uint8 *) MemoryContextAllocHuge(CurrentMemoryContext,
										   (size_t) view.nnames * rules->n + 1);
	if (!fit_rules(rules, &view, copy.names, fit))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));

	nnames = (size_t) view.nnames + rules->n;
	copy.names = (JnyName *) repalloc(copy.names, nnames * sizeof(JnyName));
	copy.name_code = (uint32 *) repalloc(copy.name_code, nnames * sizeof(uint32));
	for (int k = 0; k < rules->n; k++)
	{
		copy.names[view.nnames + k] = rules->name[k];
		copy.name_code[view.nnames + k] = JOURNEY_NO_CODE;
	}
	for (JnyWalk walk = jny_walk(&view); journey_walk_next(&walk);)
	{
		JnyWalk		event = walk;
		int			k = find_rule(rules, fit, &copy, &walk);

		if (k < rules->n)
			event.code = view.nnames + k;
		journey_copy_event(&copy, &event);
	}
	PG_RETURN_DATUM(journey_path_datum(&path));
}

/* ---- replace ---- */

/* Throws unless all events of delta lie in [starting_at, ending_before). */
static void
check_delta(const JnyView *delta, int64 starting_at, int64 ending_before)
{
	bool		early = delta->n > 0 && delta->first < starting_at;
	bool		late = delta->n > 0 && delta->last >= ending_before;

	if (!early && !late)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("delta has events outside the range it replaces"),
			 early ? errdetail("Its first event is earlier than starting_at.")
			 : errdetail("Its last event is not earlier than ending_before."),
			 errhint("Widen the range, or cut delta with slice().")));
}

/* The journey in argument n; NULL is the empty one. */
static void
getarg_view_or_empty(FunctionCallInfo fcinfo, int n, JnyView *view)
{
	if (PG_ARGISNULL(n))
		memset(view, 0, sizeof(*view));
	else
		journey_getarg_view(fcinfo, n, view);
}

/*
 * Replaces the events of [starting_at, ending_before) by those of delta, which
 * must lie in it; an empty delta removes them.  NULL is no bound.
 *
 * A NULL journey is an empty one, unless both are NULL: delta is what an
 * aggregate found in the range, which is NULL where it found nothing, and an
 * UPDATE must not lose the history of such a customer.
 */
JOURNEY_FUNCTION(journey_replace);
Datum
journey_replace(PG_FUNCTION_ARGS)
{
	int64		starting_at = bound_arg(fcinfo, 2, DT_NOBEGIN);
	int64		ending_before = bound_arg(fcinfo, 3, DT_NOEND);
	JnyView		view;
	JnyView		delta;
	JnyPath		path;
	JourneyCopy old;
	JourneyCopy new;
	uint32		from;
	uint32		to;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	getarg_view_or_empty(fcinfo, 0, &view);
	getarg_view_or_empty(fcinfo, 1, &delta);
	check_delta(&delta, starting_at, ending_before);
	find_range(&view, starting_at, ending_before, &from, &to);

	jny_path_init(&path, jny_dict_create());
	journey_copy_init(&old, &view, &path);
	journey_copy_init(&new, &delta, &path);
	journey_copy_range(&old, 0, from);
	journey_copy_range(&new, 0, delta.n);
	journey_copy_range(&old, to, view.n);
	PG_RETURN_DATUM(journey_path_datum(&path));
}

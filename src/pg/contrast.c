/*
 * contrast.c
 *	  touchpoint_lift and session_rules: what goes with an outcome.
 *
 * The keys of the counts are told in contrast_count.c.
 */
#include "pg/contrast.h"

#include "utils/builtins.h"

#include "core/session.h"
#include "pg/reader.h"

/* [stratum][outcome] */
static const JourneyCountsShape lift_shape = {
	JOURNEY_COUNTS_LIFT, 2 * JNY_STRATA, 0, "min_support"
};

/* [outcome] */
static const JourneyCountsShape rules_shape = {
	JOURNEY_COUNTS_RULES, 2, 0, "goal, timeout, min_support, within and as_of"
};

/* ---- counting ---- */

/* min_support in argument n as a parameter; NULL or not negative. */
static void
put_min_support(JourneyParams *params, FunctionCallInfo fcinfo, int n)
{
	uint8		bytes[8];

	if (PG_ARGISNULL(n))
	{
		journey_params_put(params, NULL, 0, true);
		return;
	}
	if (PG_GETARG_INT32(n) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_support must not be negative"),
				 errhint("It is a number of customers or sessions; NULL takes 1 %% of them, at least 20.")));
	jny_put64(bytes, (uint64) PG_GETARG_INT32(n));
	journey_params_put(params, bytes, 8, false);
}

/* (state, j, outcome, outcome_at, min_support) */
JOURNEY_FUNCTION(journey_touchpoint_lift_trans);
Datum
journey_touchpoint_lift_trans(PG_FUNCTION_ARGS)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	JnyView		view;
	JourneySpans		spans;
	int64		until;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return journey_counts_unchanged(fcinfo);
	put_min_support(&params, fcinfo, 4);
	state = journey_counts_state(fcinfo, &lift_shape, &params);
	journey_getarg_view(fcinfo, 1, &view);
	until = PG_ARGISNULL(3) ? DT_NOEND : PG_GETARG_INT64(3);
	journey_spans_init(&spans, &view);
	for (JnyWalk walk = jny_walk(&view); journey_walk_next(&walk);)
	{
		if (walk.ts >= until)
			break;
		journey_spans_add(&spans, walk.code, walk.ts);
	}
	journey_spans_count(state, &spans,
				2 * jny_stratum(spans.events) + PG_GETARG_BOOL(2));
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* What session_rules keeps beside the counts. */
typedef struct RulesSpec
{
	JnyPattern *goal;
	int64		timeout;
	int64		within;			/* of the end of a session; -1: in it only */
	int64		as_of;			/* end of the data, if within >= 0 */
	JnyHits		hits;
} RulesSpec;

static void *
read_rules(const JnyCounts *counts)
{
	RulesSpec  *spec = (RulesSpec *) palloc0(sizeof(RulesSpec));
	uint32		at = 0;
	uint32		len;
	const uint8 *bytes;

	spec->goal = journey_params_pattern(counts, &at);
	bytes = journey_params_get(counts, &at, &len);
	if (spec->goal == NULL || bytes == NULL || len != 8)
		journey_params_bad();
	spec->timeout = (int64) jny_get64(bytes);
	spec->within = -1;
	journey_params_get(counts, &at, &len);
	if (at < counts->nparams)
	{
		bytes = journey_params_get(counts, &at, &len);
		if (bytes == NULL || len != 16)
			journey_params_bad();
		spec->within = (int64) jny_get64(bytes);
		spec->as_of = (int64) jny_get64(bytes + 8);
	}
	return spec;
}

/* The state for (state, j, goal, timeout, min_support [, within, as_of]). */
static JourneyCounts *
getarg_rules(FunctionCallInfo fcinfo)
{
	JourneyParams params = {{0}};
	JourneyCounts *state;
	uint8		bytes[16];

	journey_check_not_null(fcinfo, 2, "goal");
	journey_check_not_null(fcinfo, 3, "timeout");
	journey_params_arg(&params, fcinfo, 2);
	jny_put64(bytes, (uint64) journey_interval_us(PG_GETARG_INTERVAL_P(3), "timeout"));
	journey_params_put(&params, bytes, 8, false);
	put_min_support(&params, fcinfo, 4);
	if (PG_NARGS() > 5)
	{
		journey_check_not_null(fcinfo, 5, "within");
		journey_check_not_null(fcinfo, 6, "as_of");
		jny_put64(bytes, (uint64) journey_interval_us(PG_GETARG_INTERVAL_P(5), "within"));
		jny_put64(bytes + 8, (uint64) PG_GETARG_INT64(6));
		journey_params_put(&params, bytes, 16, false);
	}
	state = journey_counts_state(fcinfo, &rules_shape, &params);
	journey_counts_extra(state, read_rules);
	return state;
}

/*
 * Whether a session that ended at a time is old enough for all that may follow
 * it to be known.
 */
static inline bool
is_known(const RulesSpec *spec, int64 end)
{
	return spec->within < 0 ||
		(end <= spec->as_of && journey_us_between(end, spec->as_of) >= (uint64) spec->within);
}

/*
 * (state, j, goal, timeout, min_support [, within, as_of]): what of a session
 * comes before its first conversion, and whether there is one, or one within
 * so long after its end.
 */
JOURNEY_FUNCTION(journey_session_rules_trans);
Datum
journey_session_rules_trans(PG_FUNCTION_ARGS)
{
	JourneyCounts *state;
	RulesSpec  *spec;
	JnyView		view;
	JourneySpans		spans;
	JnyAttempt	goal;
	bool		more;
	MemoryContext old;

	if (PG_ARGISNULL(1))
		return journey_counts_unchanged(fcinfo);
	state = getarg_rules(fcinfo);
	spec = (RulesSpec *) state->extra;
	journey_getarg_view(fcinfo, 1, &view);
	if (spec->within >= 0 && spec->as_of < PG_INT64_MAX)
		view.n = journey_lower_bound(&view, spec->as_of + 1);
	old = MemoryContextSwitchTo(state->header.eoh_context);
	jny_hits_of_view(&spec->hits, spec->goal, &view);
	MemoryContextSwitchTo(old);
	journey_spans_init(&spans, &view);
	more = view.n > 0 && jny_match_next(spec->goal, &spec->hits, 0, &goal);
	for (uint32 start = 0, end; start < view.n; start = end)
	{
		bool		inside;
		bool		converted;
		uint32		until;
		int64		last;

		end = jny_session_end(&view, start, spec->timeout);
		last = jny_time(&view, end - 1);
		if (!is_known(spec, last))
			break;
		while (more && goal.last < start)
			more = jny_match_next(spec->goal, &spec->hits, goal.last + 1, &goal);
		inside = more && goal.last < end;
		converted = inside || (more && spec->within >= 0 &&
							   journey_us_between(last, jny_time(&view, goal.last)) <= (uint64) spec->within);
		until = inside ? goal.last : end;
		journey_spans_reset(&spans);
		for (uint32 i = start; i < until; i++)
			journey_spans_add(&spans, jny_code(&view, i), jny_time(&view, i));
		journey_spans_count(state, &spans, converted);
	}
	PG_RETURN_JOURNEY_COUNTS(state);
}

/* ---- the answer ---- */

/* A key of the counts, taken apart. */
typedef struct Contrast
{
	JnyName		a;
	JnyName		b;				/* data NULL: A alone */
	uint32		at;				/* in the counts */
	JnyContrast is;
	double		low;			/* rules: Wilson bound of rate_with */
	double		best_part;		/* rules: rate of A or B alone, the higher */
	bool		finding;
} Contrast;

/* Takes a key apart; false if it is none of A or A, B. */
static bool
read_key(const JnyCounts *counts, uint32 at, Contrast *contrast)
{
	JnyName		key = jny_counts_key(counts, at);
	uint32		len;

	if (key.len < 3 || (key.data[0] != 's' && key.data[0] != 'p'))
		return false;
	len = jny_get16((const uint8 *) key.data + 1);
	if (len > key.len - 3)
		return false;
	contrast->at = at;
	contrast->a.data = key.data + 3;
	contrast->a.len = len;
	contrast->b.data = key.data[0] == 'p' ? key.data + 3 + len : NULL;
	contrast->b.len = key.len - 3 - len;
	return true;
}

/* Numbers of people by stratum; session_rules has one stratum. */
static JnyStrata
read_strata(const JnyCounts *counts, uint32 at)
{
	JnyStrata	strata;

	memset(&strata, 0, sizeof(strata));
	if (at != PG_UINT32_MAX)
		memcpy(strata.n, jny_counts_of(counts, at), counts->ncounts * sizeof(int64));
	return strata;
}

/* The least number of people to compare: as asked for, or 1 %, at least 20. */
static int64
min_support(const JnyCounts *counts, uint32 at, const JnyStrata *all)
{
	uint32		len;
	const uint8 *bytes = journey_params_get(counts, &at, &len);
	int64		n = 0;

	if (bytes && len == 8)
		return (int64) jny_get64(bytes);
	for (int s = 0; s < JNY_STRATA; s++)
		n += all->n[s][0] + all->n[s][1];
	return Max(20, (n + 99) / 100);
}

/* What speaks most against chance first, then by name. */
static int
contrast_cmp(const void *x, const void *y)
{
	const Contrast *a = (const Contrast *) x;
	const Contrast *b = (const Contrast *) y;
	int			c;

	if (a->is.p != b->is.p)
		return a->is.p < b->is.p ? -1 : 1;
	c = jny_name_cmp(a->a, b->a);
	if (c != 0)
		return c;
	if (a->b.data == NULL || b->b.data == NULL)
		return (a->b.data != NULL) - (b->b.data != NULL);
	return jny_name_cmp(a->b, b->b);
}

/* q values over all that were compared. */
static void
set_q(Contrast *contrasts, uint32 n)
{
	double	   *q = (double *) palloc(n * sizeof(double) + 1);

	for (uint32 i = 0; i < n; i++)
		q[i] = contrasts[i].is.p;
	jny_bh_adjust(q, n);
	for (uint32 i = 0; i < n; i++)
		contrasts[i].is.q = q[i];
	pfree(q);
}

/* The counts of A alone. */
static uint32
find_single(const JnyCounts *counts, JnyName name)
{
	uint8		key[3 + JNY_MAX_NAME_BYTES];

	if (name.len > JNY_MAX_NAME_BYTES)
		return PG_UINT32_MAX;
	key[0] = 's';
	jny_put16(key + 1, (uint16) name.len);
	memcpy(key + 3, name.data, name.len);
	return jny_counts_find(counts, key, 3 + name.len);
}

/* The contrast of A alone. */
static JnyContrast
single_contrast(const JnyCounts *counts, JnyName name, const JnyStrata *all)
{
	JnyStrata	with = read_strata(counts, find_single(counts, name));
	JnyContrast contrast;

	jny_contrast(&with, all, 0.95, &contrast);
	return contrast;
}

/*
 * All contrasts of enough people, sorted; only pairs if "pairs" is set.  "at"
 * is where min_support stands among the parameters.
 */
static Contrast *
read_contrasts(const JnyCounts *counts, uint32 at, bool pairs, uint32 *n)
{
	Contrast   *contrasts = (Contrast *) MemoryContextAllocHuge(CurrentMemoryContext,
																(counts->n + 1) * sizeof(Contrast));
	JnyStrata	all = read_strata(counts, jny_counts_find(counts, "t", 1));
	int64		least = min_support(counts, at, &all);

	*n = 0;
	for (uint32 i = 0; i < counts->n; i++)
	{
		Contrast   *contrast = &contrasts[*n];
		JnyStrata	with;
		int64		people = 0;

		JNY_CHECK_INTERRUPTS();
		if (!read_key(counts, i, contrast) || (pairs && contrast->b.data == NULL))
			continue;
		with = read_strata(counts, i);
		for (int s = 0; s < JNY_STRATA; s++)
			people += with.n[s][0] + with.n[s][1];
		if (people < least)
			continue;
		jny_contrast(&with, &all, 0.95, &contrast->is);
		(*n)++;
	}
	return contrasts;
}

/* A pair is worth telling only if it tells more than either part does. */
static bool
lift_finding(const JnyCounts *counts, const Contrast *contrast, const JnyStrata *all)
{
	if (!jny_contrast_finding(&contrast->is))
		return false;
	return contrast->b.data == NULL ||
		(contrast->is.p * 10 <= single_contrast(counts, contrast->a, all).p &&
		 contrast->is.p * 10 <= single_contrast(counts, contrast->b, all).p);
}

void
journey_contrast_columns(const JnyContrast *is, Datum *values, bool *nulls, int at)
{
	const double number[] = {
		is->rate_with, is->rate_without, is->lift, is->odds_ratio,
		is->odds.low, is->odds.high, is->p, is->q, is->adjusted_odds,
		is->adjusted_p, is->extra, is->extra_range.low, is->extra_range.high
	};

	values[at++] = Int64GetDatum(is->with);
	values[at++] = Int64GetDatum(is->without);
	values[at++] = Int64GetDatum(is->with_outcome);
	values[at++] = Int64GetDatum(is->without_outcome);
	for (int i = 0; i < lengthof(number); i++)
		journey_rows_number(values, nulls, at++, number[i]);
}

JOURNEY_FUNCTION(journey_touchpoint_lift_final);
Datum
journey_touchpoint_lift_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &lift_shape);
	JourneyRows rows;
	JnyStrata	all;
	Contrast   *contrasts;
	uint32		n;

	if (counts == NULL)
		PG_RETURN_NULL();
	all = read_strata(counts, jny_counts_find(counts, "t", 1));
	contrasts = read_contrasts(counts, 0, false, &n);
	set_q(contrasts, n);
	if (n > 1)
		qsort(contrasts, n, sizeof(Contrast), contrast_cmp);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		const JnyContrast *is = &contrasts[i].is;
		Datum		values[20] = {0};
		bool		nulls[20] = {false};

		values[0] = PointerGetDatum(journey_name_text(contrasts[i].a));
		nulls[1] = contrasts[i].b.data == NULL;
		if (!nulls[1])
			values[1] = PointerGetDatum(journey_name_text(contrasts[i].b));
		journey_contrast_columns(is, values, nulls, 2);
		values[19] = BoolGetDatum(lift_finding(counts, &contrasts[i], &all));
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

/* ---- rules ---- */

/*
 * The test is one-sided, for a rule promises more; and the rule must surely
 * beat the base rate and both of its parts.
 */
static void
finish_rule(const JnyCounts *counts, const JnyStrata *all, Contrast *rule)
{
	JnyContrast *is = &rule->is;

	is->p = jny_fisher_more(is->without_outcome, is->without,
							is->with_outcome, is->with);
	rule->low = jny_wilson(is->with_outcome, is->with, 0.95).low;
	rule->best_part = Max(single_contrast(counts, rule->a, all).rate_with,
						  single_contrast(counts, rule->b, all).rate_with);
}

JOURNEY_FUNCTION(journey_session_rules_final);
Datum
journey_session_rules_final(PG_FUNCTION_ARGS)
{
	const JnyCounts *counts = journey_counts_final(fcinfo, &rules_shape);
	JourneyRows rows;
	JnyStrata	all;
	Contrast   *rules;
	uint32		n;
	uint32		at = 0;
	uint32		len;

	if (counts == NULL)
		PG_RETURN_NULL();
	journey_params_get(counts, &at, &len);
	journey_params_get(counts, &at, &len);
	all = read_strata(counts, jny_counts_find(counts, "t", 1));
	rules = read_contrasts(counts, at, true, &n);
	for (uint32 i = 0; i < n; i++)
		finish_rule(counts, &all, &rules[i]);
	set_q(rules, n);
	if (n > 1)
		qsort(rules, n, sizeof(Contrast), contrast_cmp);
	journey_rows_begin(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		const JnyContrast *is = &rules[i].is;
		double		people = (double) is->with + is->without;
		double		base = ((double) is->with_outcome + is->without_outcome) / people;
		Datum		values[19];
		bool		nulls[19] = {false};

		values[0] = PointerGetDatum(journey_name_text(rules[i].a));
		values[1] = PointerGetDatum(journey_name_text(rules[i].b));
		values[2] = Int64GetDatum(is->with);
		values[3] = Int64GetDatum(is->with_outcome);
		values[4] = Int64GetDatum(is->without);
		values[5] = Int64GetDatum(is->without_outcome);
		journey_rows_number(values, nulls, 6, is->with / people);
		journey_rows_number(values, nulls, 7, is->rate_with);
		journey_rows_number(values, nulls, 8, rules[i].low);
		journey_rows_number(values, nulls, 9, base);
		journey_rows_number(values, nulls, 10, base > 0 ? is->rate_with / base : NAN);
		journey_rows_number(values, nulls, 11, is->lift);
		journey_rows_number(values, nulls, 12, is->with_outcome / people - is->with / people * base);
		journey_rows_number(values, nulls, 13, is->rate_with < 1 ? (1 - base) / (1 - is->rate_with) : NAN);
		journey_rows_number(values, nulls, 14, is->p);
		journey_rows_number(values, nulls, 15, is->q);
		journey_rows_number(values, nulls, 16, is->extra);
		journey_rows_number(values, nulls, 17, rules[i].best_part);
		values[18] = BoolGetDatum(is->with >= 50 && is->with_outcome >= 10 && is->q < 0.05 &&
								  rules[i].low > base && rules[i].low > rules[i].best_part);
		journey_rows_put(&rows, values, nulls);
	}
	PG_RETURN_DATUM(journey_rows_end(&rows));
}

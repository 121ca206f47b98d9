/*
 * support.c
 *	  What the planner is told about journey_match.
 *
 * journey_match(j, p) is j @@ p under another name, so it may use an index
 * and is estimated like the operator: by trying the pattern on the journeys
 * that ANALYZE sampled.  With as_of, a weaker pattern goes to the index.
 */
#include "pg/datum.h"

#include "access/htup_details.h"
#include "catalog/pg_am.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "core/index.h"

/* journey @@ journey_pattern in the operator family of an index. */
#define MATCH_STRATEGY 1

JOURNEY_FUNCTION(journey_match_support);

/* ---- index condition ---- */

/*
 * The operator j @@ p of the index's own operator family; InvalidOid if the
 * index is of another kind.  No name is looked up.
 */
static Oid
match_operator(const SupportRequestIndexCondition *req, Oid journey, Oid pattern)
{
	if (req->index->relam != GIN_AM_OID)
		return InvalidOid;
	return get_opfamily_member(req->opfamily, journey, pattern, MATCH_STRATEGY);
}

static Expr *
match_clause(Oid op, Node *journey, Node *pattern)
{
	return make_opclause(op, BOOLOID, false, (Expr *) journey,
						 (Expr *) pattern, InvalidOid, InvalidOid);
}

/*
 * A condition that holds whatever as_of is, because later events cannot undo
 * it; NIL unless the pattern is a constant of which the index knows something.
 */
static List *
weaker_condition(Oid op, Node *journey, Node *pattern)
{
	Const	   *constant = (Const *) pattern;
	Const	   *weaker;
	JnyText		text;
	JnyPattern *compiled;
	Oid			input;
	Oid			param;

	if (!IsA(pattern, Const) || constant->constisnull)
		return NIL;
	compiled = journey_pattern_compile(constant->constvalue,
									   CurrentMemoryContext);
	jny_text_init(&text);
	if (jny_index_plan(compiled)->keys.n == 0 ||
		!jny_index_weaken(compiled, &text))
		return NIL;
	weaker = (Const *) copyObject(constant);
	getTypeInputInfo(constant->consttype, &input, &param);
	weaker->constvalue = OidInputFunctionCall(input, text.data, param, -1);
	return list_make1(match_clause(op, journey, (Node *) weaker));
}

/*
 * journey_match(j, p): exactly j @@ p.  journey_match(j, p, as_of): weaker.
 * NIL where the journey is not what is indexed, or the pattern changes from
 * row to row.
 */
static List *
index_condition(SupportRequestIndexCondition *req)
{
	List	   *args;
	Node	   *journey;
	Node	   *pattern;
	Oid			op;

	if (!is_funcclause(req->node) || req->indexarg != 0)
		return NIL;
	args = ((FuncExpr *) req->node)->args;
	if (list_length(args) < 2)
		return NIL;
	journey = (Node *) linitial(args);
	pattern = (Node *) lsecond(args);
	op = match_operator(req, exprType(journey), exprType(pattern));
	if (!OidIsValid(op) ||
		!is_pseudo_constant_for_index(req->root, pattern, req->index))
		return NIL;

	if (list_length(args) > 2)
		return weaker_condition(op, journey, pattern);
	if (get_opcode(op) != req->funcid)
		return NIL;
	req->lossy = false;
	return list_make1(match_clause(op, journey, pattern));
}

/* ---- selectivity ---- */

/* The smallest share that a sample without a match still allows. */
#define LEAST_SHARE 0.0001

/* Journeys of the histogram from which on it is believed alone. */
#define FULL_HISTOGRAM 100
#define LEAST_HISTOGRAM 10

/*
 * The share of sampled journeys for which the function is true: what the
 * server's matchingsel does for the operator.
 */
static double
sampled_share(VariableStatData *vardata, Oid funcid, Oid collation,
			  Datum pattern, bool journey_is_left)
{
	FmgrInfo	match;
	double		in_mcvs;
	double		mcv_share;
	double		share;
	double		nulls = 0;
	int			size;

	fmgr_info(funcid, &match);
	mcv_share = mcv_selectivity(vardata, &match, collation, pattern,
								journey_is_left, &in_mcvs);
	share = histogram_selectivity(vardata, &match, collation, pattern,
								  journey_is_left, LEAST_HISTOGRAM, 1, &size);
	if (share < 0)
		share = DEFAULT_MATCHING_SEL;
	else if (size < FULL_HISTOGRAM)
	{
		double		weight = size / (double) FULL_HISTOGRAM;

		share = share * weight + DEFAULT_MATCHING_SEL * (1 - weight);
	}
	share = Min(Max(share, LEAST_SHARE), 1 - LEAST_SHARE);
	if (HeapTupleIsValid(vardata->statsTuple))
		nulls = ((Form_pg_statistic) GETSTRUCT(vardata->statsTuple))->stanullfrac;
	share = share * (1 - nulls - in_mcvs) + mcv_share;
	CLAMP_PROBABILITY(share);
	return share;
}

/*
 * Estimates a restriction by a constant pattern; what is known as of a moment,
 * joins and other patterns get the default of such operators.
 */
static double
selectivity(SupportRequestSelectivity *req)
{
	double		share = DEFAULT_MATCHING_SEL;
	VariableStatData vardata;
	Node	   *other;
	bool		left;

	if (req->is_join || list_length(req->args) != 2 ||
		!get_restriction_variable(req->root, req->args, req->varRelid,
								  &vardata, &other, &left))
		return share;
	if (IsA(other, Const))
	{
		Const	   *pattern = (Const *) other;

		/* the function is strict */
		share = pattern->constisnull ? 0 :
			sampled_share(&vardata, req->funcid, req->inputcollid,
						  pattern->constvalue, left);
	}
	ReleaseVariableStats(vardata);
	return share;
}

/*
 * journey_match_support(internal) internal
 */
Datum
journey_match_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestIndexCondition))
		PG_RETURN_POINTER(index_condition((SupportRequestIndexCondition *) request));
	if (IsA(request, SupportRequestSelectivity))
	{
		SupportRequestSelectivity *req = (SupportRequestSelectivity *) request;

		req->selectivity = selectivity(req);
		PG_RETURN_POINTER(req);
	}
	PG_RETURN_POINTER(NULL);
}

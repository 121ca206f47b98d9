/*
 * result.c
 *	  Rows of a final function that returns an array of a row type.
 */
#include "pg/result.h"

#include "funcapi.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

void
journey_rows_begin(JourneyRows *rows, FunctionCallInfo fcinfo)
{
	Oid			array = get_func_rettype(fcinfo->flinfo->fn_oid);

	rows->type = get_element_type(array);
	rows->desc = lookup_rowtype_tupdesc_copy(rows->type, -1);
	rows->n = 0;
	rows->cap = 16;
	rows->row = (Datum *) palloc(rows->cap * sizeof(Datum));
}

void
journey_rows_put(JourneyRows *rows, Datum *values, bool *nulls)
{
	if (rows->n == rows->cap)
	{
		rows->cap *= 2;
		rows->row = (Datum *) repalloc_huge(rows->row,
											rows->cap * sizeof(Datum));
	}
	rows->row[rows->n++] =
		HeapTupleGetDatum(heap_form_tuple(rows->desc, values, nulls));
}

Datum
journey_rows_end(JourneyRows *rows)
{
	return PointerGetDatum(construct_array(rows->row, rows->n, rows->type, -1,
										   false, TYPALIGN_DOUBLE));
}

Datum
journey_row_datum(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

double
journey_check_sum(double sum)
{
	if (!isfinite(sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of values is out of range")));
	return sum;
}

double
journey_sum_value(const JnySum *sum)
{
	return journey_check_sum(jny_sum_value(sum));
}

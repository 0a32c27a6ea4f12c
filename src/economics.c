/*-------------------------------------------------------------------------
 *
 * economics.c
 *	  What a customer is worth and costs, and shares of yes and no.
 *
 * Definitions and sources are in doc/economics.md.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "catalog/pg_type.h"
#include "count.h"
#include "economics.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* ----------
 * Values
 * ----------
 */

/* A margin above 1 is one in per cent. */
void
margin_check(const Amount *margin)
{
	Amount		one = amount_from_int64(1);

	if (amount_cmp(margin, &one) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("margin must not be above 1"),
				 errhint("For 80 %% write 0.8.")));
}

/*
 * ltv(arpa numeric, churn_rate numeric [, margin numeric]) -> numeric
 *
 * Without churn a customer would stay forever: NULL.
 */
PG_FUNCTION_INFO_V1(ltv);
Datum
ltv(PG_FUNCTION_ARGS)
{
	Amount		value = amount_from_numeric(PG_GETARG_NUMERIC(0));
	Amount		churn = amount_from_numeric(PG_GETARG_NUMERIC(1));
	Amount		one = amount_from_int64(1);

	if (amount_cmp(&churn, &one) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("churn rate must not be above 1"),
				 errdetail("More customers cannot leave than there are."),
				 errhint("For 2 %% write 0.02.")));
	if (PG_NARGS() > 2)
	{
		Amount		margin = amount_from_numeric(PG_GETARG_NUMERIC(2));

		margin_check(&margin);
		value = amount_mul(&value, &margin);
	}
	if (amount_sign(&churn) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(amount_ratio(&value, &churn));
}

/*
 * cac_payback_months(spend numeric, new_mrr numeric, margin numeric) -> numeric
 *
 * What brings in nothing never pays back: NULL.
 */
PG_FUNCTION_INFO_V1(cac_payback_months);
Datum
cac_payback_months(PG_FUNCTION_ARGS)
{
	Amount		spend = amount_from_numeric(PG_GETARG_NUMERIC(0));
	Amount		new_mrr = amount_from_numeric(PG_GETARG_NUMERIC(1));
	Amount		margin = amount_from_numeric(PG_GETARG_NUMERIC(2));

	margin_check(&margin);
	new_mrr = amount_mul(&new_mrr, &margin);
	if (amount_sign(&new_mrr) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(amount_ratio(&spend, &new_mrr));
}

/* gross_margin(revenue numeric, cost numeric) -> numeric */
PG_FUNCTION_INFO_V1(gross_margin);
Datum
gross_margin(PG_FUNCTION_ARGS)
{
	Amount		revenue = amount_from_numeric(PG_GETARG_NUMERIC(0));
	Amount		cost = amount_from_numeric(PG_GETARG_NUMERIC(1));

	if (amount_sign(&revenue) == 0)
		PG_RETURN_NULL();
	cost = amount_sub(&revenue, &cost);
	PG_RETURN_NUMERIC(amount_ratio(&cost, &revenue));
}

/* ----------
 * Shares
 *
 * The state is an array of how many there are and how many of these have what
 * is asked for, as that of the server's own avg(integer) is.
 * ----------
 */

#define SHARE_WHOLE	0
#define SHARE_PART	1
#define SHARE_COUNTS	2

/* The counts in a state, which may come from a caller in SQL. */
static int64 *
share_counts(ArrayType *state)
{
	int64	   *result = (int64 *) ((char *) state + ARR_OVERHEAD_NONULLS(1));

	if (ARR_NDIM(state) != 1 || ARR_HASNULL(state) || ARR_ELEMTYPE(state) != INT8OID ||
		ARR_DIMS(state)[0] != SHARE_COUNTS ||
		result[SHARE_PART] < 0 || result[SHARE_PART] > result[SHARE_WHOLE])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("state of a share is an array of a count, and of how many of these")));
	return result;
}

/* The state in argument 0, ready to be changed. */
static ArrayType *
share_from_arg(FunctionCallInfo fcinfo)
{
	return AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_ARRAYTYPE_P(0) :
		PG_GETARG_ARRAYTYPE_P_COPY(0);
}

static Datum
share_add(FunctionCallInfo fcinfo, int64 whole, int64 part)
{
	ArrayType  *state = share_from_arg(fcinfo);
	int64	   *counts = share_counts(state);

	counts[SHARE_WHOLE] = count_add(counts[SHARE_WHOLE], whole);
	counts[SHARE_PART] += part;
	PG_RETURN_ARRAYTYPE_P(state);
}

/* sla_accum(bigint[], met boolean), strict: NULL is not decided */
PG_FUNCTION_INFO_V1(sla_accum);
Datum
sla_accum(PG_FUNCTION_ARGS)
{
	return share_add(fcinfo, 1, PG_GETARG_BOOL(1));
}

/* share_accum(bigint[], whole boolean, part boolean), NULL being false */
PG_FUNCTION_INFO_V1(share_accum);
Datum
share_accum(PG_FUNCTION_ARGS)
{
	bool		whole = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	bool		part = whole && !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return share_add(fcinfo, whole, part);
}

/* share_combine(bigint[], bigint[]), strict */
PG_FUNCTION_INFO_V1(share_combine);
Datum
share_combine(PG_FUNCTION_ARGS)
{
	int64	   *other = share_counts(PG_GETARG_ARRAYTYPE_P(1));

	return share_add(fcinfo, other[SHARE_WHOLE], other[SHARE_PART]);
}

/* share_final(bigint[]) -> numeric, strict; NULL where there are none */
PG_FUNCTION_INFO_V1(share_final);
Datum
share_final(PG_FUNCTION_ARGS)
{
	int64	   *counts = share_counts(PG_GETARG_ARRAYTYPE_P(0));
	Amount		whole = amount_from_int64(counts[SHARE_WHOLE]);
	Amount		part = amount_from_int64(counts[SHARE_PART]);

	if (amount_sign(&whole) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(amount_ratio(&part, &whole));
}

/*-------------------------------------------------------------------------
 *
 * metric_view.c
 *	  Work on a metric view as its owner.
 *
 * Refreshing a metric view evaluates what its owner wrote: source views, the
 * functions in them, triggers, index expressions.  None of that may run with
 * the rights of whoever asks for the refresh, be it a superuser in a nightly
 * job.  So each function here is a door: it checks that the caller may act for
 * the owner, becomes the owner in a security-restricted operation with a fixed
 * search_path, as REFRESH MATERIALIZED VIEW does, and calls the worker of the
 * same name, which is in PL/pgSQL: NAME() calls metric_view_NAME().
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(metric_view_ratio);
PG_FUNCTION_INFO_V1(metric_view_amount);
PG_FUNCTION_INFO_V1(metric_view_as_owner);
PG_FUNCTION_INFO_V1(metric_view_for_reader);

/*
 * What the caller has set must not be seen in what is stored: dimensions are
 * text, whatever they are in the source, and what one session stores another
 * compares.  Nor may it change what the workers' SQL means.
 */
static const char *const worker_settings[][2] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"extra_float_digits", "1"},
	{"intervalstyle", "postgres"},
	{"bytea_output", "hex"},
	{"quote_all_identifiers", "off"},
	{"standard_conforming_strings", "on"},
	{"transform_null_equals", "off"},
	{"array_nulls", "on"},
};

/* The view, which is the first argument, and its owner. */
static Oid
view_from_args(FunctionCallInfo fcinfo, Oid *owner)
{
	Oid			view;
	HeapTuple	tuple;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the metric view must not be NULL")));
	view = PG_GETARG_OID(0);
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(view));

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", view)));
	*owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return view;
}

/* The call of the worker: the same arguments, by position. */
static char *
worker_call(FunctionCallInfo fcinfo, Oid *types, char *nulls)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Oid		   *declared;
	int			count;
	StringInfoData call;

	(void) get_func_signature(function, &declared, &count);
	initStringInfo(&call);
	appendStringInfo(&call, "SELECT * FROM %s.%s(",
					 quote_identifier(get_namespace_name(get_func_namespace(function))),
					 quote_identifier(psprintf("metric_view_%s", get_func_name(function))));
	for (int i = 0; i < fcinfo->nargs; i++)
	{
		types[i] = declared[i];
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
		appendStringInfo(&call, "%s$%d", i > 0 ? ", " : "", i + 1);
	}
	appendStringInfoChar(&call, ')');
	return call.data;
}

/*
 * Become the owner of the view that is the first argument, call the worker and
 * return its rows, or its one value.  An error takes back the change of user
 * with the transaction.
 */
static Datum
call_worker(FunctionCallInfo fcinfo, Oid owner)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		retset = fcinfo->flinfo->fn_retset;
	Oid			user;
	int			context;
	int			nest_level;
	Oid			types[FUNC_MAX_ARGS];
	char		nulls[FUNC_MAX_ARGS];
	Datum		arguments[FUNC_MAX_ARGS];
	char	   *call = worker_call(fcinfo, types, nulls);
	Datum		result = (Datum) 0;

	if (retset)
		InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < fcinfo->nargs; i++)
		arguments[i] = fcinfo->args[i].value;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
	nest_level = NewGUCNestLevel();
	for (size_t i = 0; i < lengthof(worker_settings); i++)
		(void) set_config_option(worker_settings[i][0], worker_settings[i][1], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);

	SPI_connect();
	if (SPI_execute_with_args(call, fcinfo->nargs, types, arguments, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not call the worker of a metric view");
	if (retset)
		for (uint64 row = 0; row < SPI_processed; row++)
			tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[row]);
	else
	{
		Form_pg_attribute column = TupleDescAttr(SPI_tuptable->tupdesc, 0);

		fcinfo->isnull = true;
		if (SPI_processed > 0)
			result = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &fcinfo->isnull);
		if (!fcinfo->isnull)
			result = SPI_datumTransfer(result, column->attbyval, column->attlen);
	}
	SPI_finish();

	AtEOXact_GUC(false, nest_level);
	SetUserIdAndSecContext(user, context);
	return result;
}

/* For those who may act as the owner of the view. */
Datum
metric_view_as_owner(PG_FUNCTION_ARGS)
{
	Oid			owner;
	Oid			view = view_from_args(fcinfo, &owner);

	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of metric view %s", quote_identifier(get_rel_name(view))),
				 errdetail("It belongs to role %s, of which the current role is not a member.",
						   quote_identifier(GetUserNameFromId(owner, false)))));
	return call_worker(fcinfo, owner);
}

/* For those who may read the view. */
Datum
metric_view_for_reader(PG_FUNCTION_ARGS)
{
	Oid			owner;
	Oid			view = view_from_args(fcinfo, &owner);

	if (pg_class_aclcheck(view, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for metric view %s", quote_identifier(get_rel_name(view))),
				 errdetail("Reading it takes SELECT on it.")));
	return call_worker(fcinfo, owner);
}

/*
 * A number rounded to what a column of a view holds, NULL where it does not
 * hold it: from limit on, and NaN.  Each row of a view has a dozen of these.
 */
static Datum
shown(FunctionCallInfo fcinfo, const char *limit, int decimals)
{
	Datum		number = PG_GETARG_DATUM(0);

	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		fcinfo->flinfo->fn_extra = DatumGetPointer(DirectFunctionCall3(numeric_in, CStringGetDatum(limit),
																	   ObjectIdGetDatum(InvalidOid),
																	   Int32GetDatum(-1)));
		MemoryContextSwitchTo(old);
	}
	if (!DatumGetBool(DirectFunctionCall2(numeric_lt, DirectFunctionCall1(numeric_abs, number),
										  PointerGetDatum(fcinfo->flinfo->fn_extra))))
		PG_RETURN_NULL();
	return DirectFunctionCall2(numeric_round, number, Int32GetDatum(decimals));
}

/* A ratio, for a column of type numeric(24,6). */
Datum
metric_view_ratio(PG_FUNCTION_ARGS)
{
	return shown(fcinfo, "999999999999999999.0", 6);
}

/* An amount, for a column of type numeric(38,10). */
Datum
metric_view_amount(PG_FUNCTION_ARGS)
{
	return shown(fcinfo, "9999999999999999999999999999.0", 10);
}

/*-------------------------------------------------------------------------
 *
 * period.c
 *	  period_start() and period_end(): the calendar's grains for SQL.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "calendar.h"
#include "fmgr.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(period_start_of_date);
PG_FUNCTION_INFO_V1(period_end_of_date);

static Grain
grain_from_arg(text *name)
{
	return grain_parse(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), "grain", false);
}

/* At the ends of the calendar a period reaches beyond what a date can say. */
static Datum
checked_date(DateADT date)
{
	if (!IS_VALID_DATE(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range"),
				 errdetail("The period begins or ends outside the calendar of type date.")));
	return DateADTGetDatum(date);
}

/* An infinite date begins and ends with itself, as date_trunc() has it. */
Datum
period_start_of_date(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	Grain		grain = grain_from_arg(PG_GETARG_TEXT_PP(1));

	if (DATE_NOT_FINITE(day))
		PG_RETURN_DATEADT(day);
	return checked_date(period_start(grain, period_number(grain, day)));
}

Datum
period_end_of_date(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	Grain		grain = grain_from_arg(PG_GETARG_TEXT_PP(1));

	if (DATE_NOT_FINITE(day))
		PG_RETURN_DATEADT(day);
	return checked_date(period_end(grain, period_number(grain, day)));
}

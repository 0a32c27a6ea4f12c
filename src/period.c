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

/*
 * The day where a period starts, or so many days after it.  At the ends of the
 * calendar that may be beyond what a date can say; month_start() stays inside.
 */
static Datum
checked_date(Grain grain, int period, int after)
{
	DateADT		start = period_start(grain, period);

	if (!IS_VALID_DATE(start + after) || period_number(grain, start) != period ||
		(grain_months(grain) > 0 && day_of_month(start) != 1))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range"),
				 errdetail("The period begins or ends outside the calendar of type date.")));
	return DateADTGetDatum(start + after);
}

/* An infinite date begins and ends with itself, as date_trunc() has it. */
Datum
period_start_of_date(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	Grain		grain = grain_from_arg(PG_GETARG_TEXT_PP(1));

	if (DATE_NOT_FINITE(day))
		PG_RETURN_DATEADT(day);
	return checked_date(grain, period_number(grain, day), 0);
}

Datum
period_end_of_date(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	Grain		grain = grain_from_arg(PG_GETARG_TEXT_PP(1));

	if (DATE_NOT_FINITE(day))
		PG_RETURN_DATEADT(day);
	return checked_date(grain, period_number(grain, day) + 1, -1);
}

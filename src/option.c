/*-------------------------------------------------------------------------
 *
 * option.c
 *	  Options of aggregates: see option.h.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "option.h"

void
report_option(const char *name, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s of an aggregate %s", name, problem),
			 errdetail("An option has one value for all rows of a group.")));
}

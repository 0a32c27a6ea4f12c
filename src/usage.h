/*-------------------------------------------------------------------------
 *
 * usage.h
 *	  Type usage_summary: one customer's usage by day.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_USAGE_H
#define CCX_USAGE_H

#include "codec.h"

typedef struct UsageDay
{
	DateADT		day;
	Amount		usage;			/* above zero */
} UsageDay;

/*
 * Days ascend.  Days between the first and the last without usage are not
 * there; a row of zero says no more than no row, but for these two.
 */
typedef struct UsageSummary
{
	int64		skipped;		/* rows that could not be used */
	bool		known;			/* are there a first and a last day? */
	DateADT		first;			/* with a row */
	DateADT		last;
	int			places;			/* decimal places it was written with */
	int			ndays;
	UsageDay   *days;
} UsageSummary;

extern const CodecType usage_summary_type;

#endif							/* CCX_USAGE_H */

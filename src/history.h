/*-------------------------------------------------------------------------
 *
 * history.h
 *	  Type mrr_history: one customer's signed MRR as a step function over days.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_HISTORY_H
#define CCX_HISTORY_H

#include "codec.h"
#include "currency.h"

/* The MRR from a day on, until the next step. */
typedef struct HistoryStep
{
	DateADT		from;
	Amount		mrr;
} HistoryStep;

/* The day that the rows of a month had. */
typedef struct HistoryMonth
{
	int32		month;
	int32		day;
} HistoryMonth;

/*
 * Steps ascend by day, each with another MRR than the one before (zero before
 * the first).  Months are known only while a history is built from monthly
 * snapshots, to notice daily ones.
 */
typedef struct MrrHistory
{
	Currency	currency;
	int64		skipped;		/* rows that could not be used */
	int			nsteps;
	HistoryStep *steps;
	int			nmonths;
	HistoryMonth *months;
} MrrHistory;

extern const CodecType mrr_history_type;

extern void history_read(Datum datum, MrrHistory *history);

#endif							/* CCX_HISTORY_H */

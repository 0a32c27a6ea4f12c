/*-------------------------------------------------------------------------
 *
 * backtest.h
 *	  Type backtest_summary: who left and who stayed, by the health score or
 *	  the probability of leaving that was known beforehand.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_BACKTEST_H
#define CCX_BACKTEST_H

#include "codec.h"

/*
 * What customers were judged by.  A score is high for those who are expected to
 * stay, a probability for those expected to leave.  The numbers are on disk:
 * never change one.
 */
typedef enum BacktestMeasure
{
	BACKTEST_SCORE = 0,			/* 0 to 100, in hundredths */
	BACKTEST_PROBABILITY = 1	/* 0 to 1, in ten-thousandths */
} BacktestMeasure;

#define BACKTEST_MEASURES	(BACKTEST_PROBABILITY + 1)

/* Either measure, in its unit, is from 0 to this. */
#define BACKTEST_MAX		10000
#define BACKTEST_VALUES		(BACKTEST_MAX + 1)

typedef enum BacktestOutcome
{
	BACKTEST_KEPT,
	BACKTEST_CHURNED
} BacktestOutcome;

#define BACKTEST_OUTCOMES	(BACKTEST_CHURNED + 1)

/* Those with just this score or probability. */
typedef struct BacktestItem
{
	int32		value;			/* in the unit of the measure */
	int64		count[BACKTEST_OUTCOMES];
	Amount		arr[BACKTEST_OUTCOMES];
} BacktestItem;

/* The type itself; values ascend, and none is without anybody. */
typedef struct BacktestSummary
{
	BacktestMeasure measure;
	bool		has_arr;		/* else all amounts are 0 */
	int64		skipped;		/* rows that could not be used */
	int			nitems;
	BacktestItem *items;
} BacktestSummary;

/* The bin of calibration() that one value belongs to. */
typedef struct BacktestBin
{
	int32		bin;			/* from 1 */
	int32		low;			/* least and greatest value in it */
	int32		high;
	int64		count[BACKTEST_OUTCOMES];
	int128		values;			/* sum over its customers */
} BacktestBin;

extern const CodecType backtest_summary_type;

extern void backtest_read(Datum datum, BacktestSummary *summary);
extern int64 backtest_total(const BacktestSummary *summary, BacktestOutcome outcome);
extern int	backtest_bins(const BacktestSummary *summary, int32 bins, BacktestBin **result);
extern Amount backtest_value_amount(BacktestMeasure measure, int32 value);
extern Amount backtest_judgement(Numeric num, BacktestMeasure measure);

#endif							/* CCX_BACKTEST_H */

/*-------------------------------------------------------------------------
 *
 * retention.h
 *	  Type retention_summary: what became of the customers of one opening
 *	  until one closing, as counts and exact amounts by movement.
 *
 * The movements of a customer are defined in doc/retention.md.  Every number
 * of a comparison is made of seven items, each a count and an amount; what can
 * be derived from them (closing, retained, unchanged) is not stored, so that it
 * cannot contradict them.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_RETENTION_H
#define CCX_RETENTION_H

#include "codec.h"
#include "count.h"
#include "currency.h"

typedef enum RetentionItem
{
	RETENTION_OPENING,			/* customers with opening > 0, and that */
	RETENTION_NEW,				/* closing of those never seen before */
	RETENTION_REACTIVATION,		/* closing of those who came back */
	RETENTION_EXPANSION,		/* closing - opening where that is > 0 */
	RETENTION_CONTRACTION,		/* opening - closing where closing is left */
	RETENTION_CHURN,			/* opening of those with closing 0 */
	RETENTION_NEGATIVE			/* rows with a negative amount; their sum */
} RetentionItem;

#define RETENTION_ITEMS		(RETENTION_NEGATIVE + 1)

/*
 * Second moments of opening o, closing c and capped closing g = least(o, c)
 * over customers with o > 0, for intervals.
 */
typedef enum RetentionMoment
{
	MOMENT_OO,
	MOMENT_CC,
	MOMENT_OC,
	MOMENT_GG,
	MOMENT_OG
} RetentionMoment;

#define RETENTION_MOMENTS	(MOMENT_OG + 1)

/* Items of any size. */
typedef struct RetentionSums
{
	int64		count[RETENTION_ITEMS];
	Amount		amount[RETENTION_ITEMS];
} RetentionSums;

/* Items while they are added up, amounts as integers at one scale. */
typedef struct RetentionTotals
{
	int64		count[RETENTION_ITEMS];
	int128		amount[RETENTION_ITEMS];
} RetentionTotals;

/* An amount this large in RetentionTotals must be moved out before adding. */
#define RETENTION_TOTAL_MAX (((int128) 1) << 125)

/* The type itself. */
typedef struct RetentionSummary
{
	bool		has_window;
	DateADT		t0;				/* days of opening and closing, if known */
	DateADT		t1;
	Currency	currency;
	int64		skipped;		/* rows that could not be used */
	RetentionSums sums;
	bool		has_moments;
	Amount		moment[RETENTION_MOMENTS];
} RetentionSummary;

extern const CodecType retention_summary_type;

extern void retention_read(Datum datum, RetentionSummary *summary);

extern int	retention_movement(int opening_sign, int closing_sign, int comparison, bool seen);
extern bool retention_totals_add(RetentionTotals *totals, int128 opening, int128 closing,
								 bool seen, int sign);
extern bool retention_totals_merge(RetentionTotals *into, const RetentionTotals *other);
extern bool retention_totals_move(RetentionTotals *totals, RetentionSums *sums, int scale);
extern bool retention_totals_rescale(RetentionTotals *totals, int from, int to);
extern bool retention_totals_from_sums(RetentionTotals *totals, const RetentionSums *sums,
									   int scale);
extern int	retention_sums_scale(const RetentionSums *sums);
extern void retention_sums_add_row(RetentionSums *sums, const Amount *opening,
								   const Amount *closing, bool seen, int sign);
extern void retention_sums_add(RetentionSums *into, const RetentionSums *other, int sign);
extern bool retention_sums_are_zero(const RetentionSums *sums);
extern void retention_sums_walk(Codec *codec, RetentionSums *sums);
extern const char *retention_sums_check(const RetentionSums *sums);

extern Amount retention_sums_retained(const RetentionSums *sums);
extern Amount retention_sums_closing(const RetentionSums *sums);
extern int64 retention_sums_closing_customers(const RetentionSums *sums);
extern Datum retention_sums_nrr(const RetentionSums *sums, bool include_reactivation, bool *isnull);
extern Datum retention_sums_grr(const RetentionSums *sums, bool *isnull);
extern Datum retention_sums_logo(const RetentionSums *sums, bool *isnull);

#endif							/* CCX_RETENTION_H */

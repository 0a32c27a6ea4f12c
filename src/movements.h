/*-------------------------------------------------------------------------
 *
 * movements.h
 *	  Type mrr_movements: a retention summary per period for one group of
 *	  customers.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_MOVEMENTS_H
#define CCX_MOVEMENTS_H

#include "calendar.h"
#include "codec.h"
#include "currency.h"
#include "retention.h"

/* What changes in the summaries from a period on. */
typedef struct MovementsDelta
{
	int32		period;
	RetentionSums by;
} MovementsDelta;

/*
 * The summary of a period is the sum of all deltas up to it.  Between changes
 * nothing is stored, so customers without an end need no end either.
 */
typedef struct MrrMovements
{
	Grain		step;			/* distance of the periods */
	int32		span;			/* from opening to closing, in months */
	Currency	currency;
	int64		skipped;		/* rows that could not be used */
	bool		paid;			/* was there any day with MRR > 0? */
	bool		running;		/* and is there no last one? */
	int32		first_month;	/* months of the first and the last such day */
	int32		last_month;
	int			ndeltas;
	MovementsDelta *deltas;
} MrrMovements;

extern const CodecType mrr_movements_type;

/*
 * One customer's MRR as months in which it changes, ascending, with the MRR at
 * the end of the month, which may be negative; before the first it is 0.
 */
typedef struct MovementsCustomer
{
	int			count;
	const int32 *months;
	const int128 *mrr;			/* in units of 10000^-scale, each small */
	int			scale;
	bool		paid;			/* as in MrrMovements */
	bool		running;
	int32		first_month;
	int32		last_month;
} MovementsCustomer;

/*
 * A sum over customers, being a transition state.  Functions that return it may
 * return another one than they were given, in the current memory context.
 */
typedef struct MovementsState MovementsState;

extern void movements_parse_options(const char *step, int step_length,
									const char *span, int span_length,
									Grain *step_grain, int *span_months);
extern MovementsState *movements_state_create(Grain step, int span);
extern MovementsState *movements_state_add(MovementsState *state,
										   const MovementsCustomer *customer);
extern MovementsState *movements_state_merge(MovementsState *state,
											 const MrrMovements *other);
extern void movements_state_read(MovementsState *state, MrrMovements *movements);

#endif							/* CCX_MOVEMENTS_H */

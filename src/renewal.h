/*-------------------------------------------------------------------------
 *
 * renewal.h
 *	  Type renewal_summary: what became of the contracts that were due for
 *	  renewal, as counts and exact annual amounts.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_RENEWAL_H
#define CCX_RENEWAL_H

#include "codec.h"

/* What became of a contract.  Each is one of the first four. */
typedef enum RenewalItem
{
	RENEWAL_ON_TIME,			/* renewed by its due date */
	RENEWAL_LATE,				/* renewed after it, within grace */
	RENEWAL_LOST,				/* not renewed within grace */
	RENEWAL_OPEN,				/* may still be renewed within grace */
	RENEWAL_RECOVERED,			/* of those lost: signed later */
	RENEWAL_SIGNED				/* of those open: signed already */
} RenewalItem;

#define RENEWAL_ITEMS	(RENEWAL_SIGNED + 1)

/*
 * Amounts of the items: ARR renewed of those that were signed, ARR due of those
 * lost and open.  And of contracts renewed on time or late:
 */
typedef enum RenewalAmount
{
	RENEWAL_DUE = RENEWAL_ITEMS,	/* ARR due */
	RENEWAL_CAPPED				/* ARR renewed, of each at most its ARR due */
} RenewalAmount;

#define RENEWAL_AMOUNTS (RENEWAL_CAPPED + 1)

/* The type itself. */
typedef struct RenewalSummary
{
	int64		skipped;		/* rows that could not be used */
	int64		count[RENEWAL_ITEMS];
	Amount		amount[RENEWAL_AMOUNTS];
} RenewalSummary;

extern const CodecType renewal_summary_type;

#endif							/* CCX_RENEWAL_H */

/*-------------------------------------------------------------------------
 *
 * health.h
 *	  Type health_summary: the signals of a health score, with their weights.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_HEALTH_H
#define CCX_HEALTH_H

#include "codec.h"

/* a signal's name and its terminator */
#define HEALTH_NAME_SIZE	128

/* more names than that are no signals, but ids */
#define HEALTH_MAX_SIGNALS	1000

/* What one signal says of so many customers. */
typedef struct HealthSignal
{
	char		name[HEALTH_NAME_SIZE];
	int64		present;		/* customers that have a score */
	int64		missing;		/* customers that have only a weight */
	Amount		weight;			/* of those present */
	Amount		missing_weight;
	Amount		points;			/* weight by score, summed up */
} HealthSignal;

/* The type itself; signals are in the order of their names' bytes. */
typedef struct HealthSummary
{
	int64		customers;
	int64		skipped;		/* rows without a signal */
	int64		clamped;		/* scores outside 0 to 100 */
	int			nsignals;
	HealthSignal *signals;
} HealthSummary;

extern const CodecType health_summary_type;

#endif							/* CCX_HEALTH_H */

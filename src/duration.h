/*-------------------------------------------------------------------------
 *
 * duration.h
 *	  Type duration_summary: after how many units of time something happened,
 *	  or for how many it has not happened yet.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_DURATION_H
#define CCX_DURATION_H

#include "codec.h"

/* The numbers are on disk: never change one. */
typedef enum DurationUnit
{
	DURATION_DAY = 0,
	DURATION_HOUR = 1
} DurationUnit;

#define DURATION_UNITS	(DURATION_HOUR + 1)

/* Those who were watched for just so many units. */
typedef struct DurationItem
{
	int32		t;
	int64		events;			/* it happened */
	int64		censored;		/* it had not happened when last seen */
} DurationItem;

/* The type itself; durations ascend, and none is without anybody. */
typedef struct DurationSummary
{
	DurationUnit unit;
	int64		skipped;		/* rows that could not be used */
	int			nitems;
	DurationItem *items;
} DurationSummary;

extern const CodecType duration_summary_type;

/* The working form, for those who count durations on their way. */
typedef struct DurationState DurationState;

extern DurationState *duration_state_create(DurationUnit unit);
extern DurationState *duration_state_add(DurationState *state, int32 t, int64 events, int64 censored);
extern bool duration_state_median(const DurationState *state, int32 *t);

#endif							/* CCX_DURATION_H */

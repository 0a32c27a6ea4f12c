/*-------------------------------------------------------------------------
 *
 * count.h
 *	  Counts that are added without overflowing unnoticed.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_COUNT_H
#define CCX_COUNT_H

#include "common/int.h"

static inline int64
count_add(int64 a, int64 b)
{
	int64		result;

	/* the least integer has no negative */
	if (unlikely(pg_add_s64_overflow(a, b, &result) || result == PG_INT64_MIN))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count out of range")));
	return result;
}

#endif							/* CCX_COUNT_H */

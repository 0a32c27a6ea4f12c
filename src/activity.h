/*-------------------------------------------------------------------------
 *
 * activity.h
 *	  Type activity: the set of periods of one grain in which one customer was
 *	  active.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_ACTIVITY_H
#define CCX_ACTIVITY_H

#include "calendar.h"
#include "codec.h"

/*
 * A piece of the set: an active period and which of the 56 periods after it
 * are active.  The number of bits is what fills eight bytes of varint.
 */
typedef struct ActivityWord
{
	int32		period;
	uint64		following;		/* bit i is period + 1 + i */
} ActivityWord;

#define ACTIVITY_FOLLOWING	56
#define ACTIVITY_SMALL		4

/*
 * The type itself.  Each word begins at the first active period that the one
 * before does not reach, so a set is cut into words in one way only.
 */
typedef struct Activity
{
	Grain		grain;
	int64		skipped;		/* rows without a date */
	int			nwords;
	ActivityWord *words;		/* points to small where they fit */
	ActivityWord small[ACTIVITY_SMALL];
} Activity;

extern const CodecType activity_type;

/* the word as one bitmap that begins with its own period */
#define ACTIVITY_BITS(word) (((word)->following << 1) | 1)

extern void activity_read(Datum datum, Activity *activity);
extern int32 activity_last(const Activity *activity);
extern bool activity_between(const Activity *activity, int64 from, int64 to);

/* what cohorts need as well */
extern void grain_walk(Codec *codec, Grain *grain);
extern void grain_check_same(Grain a, Grain b, const char *what);

#endif							/* CCX_ACTIVITY_H */

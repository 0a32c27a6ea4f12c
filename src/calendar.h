/*-------------------------------------------------------------------------
 *
 * calendar.h
 *	  Grains, period numbers and time zones.
 *
 * A grain cuts the calendar into periods, numbered without gaps; everything
 * that counts periods works on those numbers and comes back to dates only to
 * show them.  Nothing here adds an interval repeatedly: Jan 31 plus a month
 * plus a month is not where Jan 31 plus two months is.
 *
 * Months are numbered 12 * year + month - 1 with the astronomical year (1 BC
 * is 0), days as dates are.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_CALENDAR_H
#define CCX_CALENDAR_H

#include "utils/date.h"

typedef enum GrainUnit
{
	GRAIN_DAY,
	GRAIN_WEEK,
	GRAIN_MONTH,
	GRAIN_QUARTER,
	GRAIN_YEAR
} GrainUnit;

#define GRAIN_UNITS		(GRAIN_YEAR + 1)

/*
 * The anchor says where the first period of a unit begins: for weeks the
 * number of days after Monday, for quarters and years the number of months
 * after January, below the length of the unit.  Zero is the plain unit, so a
 * grain has one spelling here however it was written.
 */
typedef struct Grain
{
	GrainUnit	unit;
	int			anchor;
} Grain;

/* long enough for every canonical name and its terminator */
#define GRAIN_NAME_SIZE 16

/* and for the name of a month */
#define MONTH_NAME_SIZE 24

extern Grain grain_parse(const char *name, int length, const char *role, bool months);
extern bool grain_parse_soft(const char *name, int length, Grain *grain);
extern void grain_name(Grain grain, char *name);
extern bool grain_valid(Grain grain);
extern bool grain_equal(Grain a, Grain b);
extern int	grain_months(Grain grain);
extern int32 grain_first_period(Grain grain);
extern int32 grain_last_period(Grain grain);
extern int32 grain_period_of(Grain grain, DateADT date);

/* months that dates lie in */
#define MONTH_MIN		(12 * JULIAN_MINYEAR)
#define MONTH_MAX		(12 * JULIAN_MAXYEAR - 1)

extern int	month_number(DateADT date);
extern int	day_of_month(DateADT date);
extern void month_name(int month, char *name);
extern DateADT month_start(int month);
extern int	period_of_month(Grain grain, int month);
extern int	period_number(Grain grain, DateADT date);
extern DateADT period_start(Grain grain, int period);
extern DateADT period_end(Grain grain, int period);

/* How a date is given. */
typedef enum DateInput
{
	INPUT_DATE,
	INPUT_TIMESTAMP,
	INPUT_ZONED					/* timestamptz with a zone */
} DateInput;

/*
 * A time zone, named as AT TIME ZONE takes it.  It is looked up when the name is
 * another than last time, wherever the caller keeps this between rows.
 */
typedef struct Zone
{
	char		name[256];		/* TZ_STRLEN_MAX and its terminator */
	int			length;			/* 0: none yet */
	uint64		hash;			/* of the name, never 0 */
	int64		shift;			/* microseconds to add to UTC, or ZONE_VARIES */
	struct pg_tz *rules;		/* if it varies; NULL: ask the server each time */
} Zone;

#define ZONE_VARIES		PG_INT64_MAX

extern void zone_set(Zone *zone, const text *name);
extern DateADT zone_date(const Zone *zone, TimestampTz at);

extern DateADT date_from_timestamp(Timestamp timestamp);
pg_noreturn extern void report_timestamptz(const char *what);

#endif							/* CCX_CALENDAR_H */

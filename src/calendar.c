/*-------------------------------------------------------------------------
 *
 * calendar.c
 *	  Grains, period numbers and time zones: see calendar.h.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "calendar.h"
#include "common/hashfn.h"
#include "parser/scansup.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

static const char *const unit_names[GRAIN_UNITS] = {
	"day", "week", "month", "quarter", "year"
};

/* length in months; 0 for units that are not made of months */
static const int unit_months[GRAIN_UNITS] = {0, 0, 1, 3, 12};

static const char *const weekday_names[] = {
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
};

static const char *const month_names[] = {
	"jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec"
};

static inline int
floor_div(int a, int b)
{
	return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/* The number of a name in a list, or -1. */
static int
find_name(const char *const *names, int count, const char *name, int length)
{
	for (int i = 0; i < count; i++)
	{
		if ((int) strlen(names[i]) == length &&
			memcmp(names[i], name, length) == 0)
			return i;
	}
	return -1;
}

/*
 * The grain written as `unit' or `unit:anchor'; false if there is none.
 */
bool
grain_parse_soft(const char *name, int length, Grain *grain)
{
	const char *colon = memchr(name, ':', length);
	int			unit;
	int			anchor = 0;

	unit = find_name(unit_names, GRAIN_UNITS, name,
					 colon ? (int) (colon - name) : length);
	if (unit < 0)
		return false;
	if (colon)
	{
		const char *rest = colon + 1;
		int			rest_length = name + length - rest;

		if (unit == GRAIN_WEEK)
			anchor = find_name(weekday_names, lengthof(weekday_names), rest, rest_length);
		else if (unit == GRAIN_QUARTER || unit == GRAIN_YEAR)
			anchor = find_name(month_names, lengthof(month_names), rest, rest_length);
		else
			return false;
		if (anchor < 0)
			return false;
		if (unit != GRAIN_WEEK)
			anchor %= unit_months[unit];
	}
	grain->unit = unit;
	grain->anchor = anchor;
	return true;
}

/*
 * The same for an argument of a function; `role' is what the message calls it,
 * and `months' says that it must be made of months.
 */
Grain
grain_parse(const char *name, int length, const char *role, bool months)
{
	Grain		result;
	bool		known = grain_parse_soft(name, length, &result);

	if (!known || (months && grain_months(result) == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 known ? errmsg("%s \"%.*s\" is finer than a month", role, length, name) :
				 errmsg("unknown %s \"%.*s\"", role, shown_length(name, length), name),
				 months ? errdetail("Valid are month, quarter and year, and with an anchor quarter:jan to quarter:dec and year:jan to year:dec.") :
				 errdetail("Valid are day, week, month, quarter and year, and with an anchor week:monday to week:sunday, quarter:jan to quarter:dec and year:jan to year:dec.")));
	return result;
}

/* Write the canonical name to a buffer of GRAIN_NAME_SIZE. */
void
grain_name(Grain grain, char *name)
{
	if (grain.anchor == 0)
		strlcpy(name, unit_names[grain.unit], GRAIN_NAME_SIZE);
	else
		snprintf(name, GRAIN_NAME_SIZE, "%s:%s", unit_names[grain.unit],
				 grain.unit == GRAIN_WEEK ? weekday_names[grain.anchor] :
				 month_names[grain.anchor]);
}

bool
grain_valid(Grain grain)
{
	if ((int) grain.unit < 0 || grain.unit >= GRAIN_UNITS || grain.anchor < 0)
		return false;
	if (grain.unit == GRAIN_WEEK)
		return grain.anchor < 7;
	return grain.anchor < Max(unit_months[grain.unit], 1);
}

bool
grain_equal(Grain a, Grain b)
{
	return a.unit == b.unit && a.anchor == b.anchor;
}

/* The length in months of a unit that is made of months, else 0. */
int
grain_months(Grain grain)
{
	return unit_months[grain.unit];
}

/*
 * What j2date() says, in a third of the time: with years that begin in March,
 * the month is a linear function of the day of the year, and the year one of
 * the day of the century, rounded down (C. Neri, L. Schneider: Euclidean affine
 * functions and their application to calendar algorithms, 2022).
 */
int
month_number(DateADT date)
{
	/* from the first of March of the year -4800 on; 2000-01-01 is day 730425 of year 0 */
	uint64		day = (uint64) ((int64) date + 730425 + 12 * 146097);
	uint64		century = (4 * day + 3) / 146097;
	uint32		day_of_century = (uint32) ((4 * day + 3) % 146097) / 4;
	uint64		product = (uint64) 2939745 * (4 * day_of_century + 3);
	uint32		year = (uint32) (product >> 32);
	uint32		day_of_year = (uint32) product / 2939745 / 4;
	uint32		month = (2141 * day_of_year + 197913) >> 16;

	Assert(!DATE_NOT_FINITE(date));
	return 12 * ((int) (100 * century + year) - 4800) + (int) month - 1;
}

int
day_of_month(DateADT date)
{
	int			year;
	int			month;
	int			day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return day;
}

/* For messages: YYYY-MM, in a buffer of MONTH_NAME_SIZE. */
void
month_name(int month, char *name)
{
	int			year = floor_div(month, 12);

	snprintf(name, MONTH_NAME_SIZE, "%04d-%02d%s", year > 0 ? year : 1 - year,
			 month - 12 * year + 1, year > 0 ? "" : " BC");
}

/*
 * The first day of a month.  The calendar's first month has only its last days,
 * and after its last month comes a day that is no valid date any more.
 */
DateADT
month_start(int month)
{
	const DateADT first = DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE;
	const DateADT end = DATE_END_JULIAN - POSTGRES_EPOCH_JDATE;
	int			year = floor_div(month, 12);

	if (year >= JULIAN_MAXYEAR)
		return end;
	if (year < JULIAN_MINYEAR)
		return first;
	return Max(first, Min(end, date2j(year, month - 12 * year + 1, 1) - POSTGRES_EPOCH_JDATE));
}

/* The period of a grain from month up that a month lies in. */
int
period_of_month(Grain grain, int month)
{
	Assert(grain_months(grain) > 0);
	if (grain.unit == GRAIN_MONTH)
		return month;
	return floor_div(month - grain.anchor, grain_months(grain));
}

int
period_number(Grain grain, DateADT date)
{
	switch (grain.unit)
	{
		case GRAIN_DAY:
			return date;
		case GRAIN_WEEK:
			/* 2000-01-03, day 2, was a Monday */
			return floor_div(date - 2 - grain.anchor, 7);
		case GRAIN_MONTH:
		case GRAIN_QUARTER:
		case GRAIN_YEAR:
			break;
	}
	return period_of_month(grain, month_number(date));
}

/* The first day of a period. */
DateADT
period_start(Grain grain, int period)
{
	switch (grain.unit)
	{
		case GRAIN_DAY:
			return period;
		case GRAIN_WEEK:
			return period * 7 + 2 + grain.anchor;
		case GRAIN_MONTH:
		case GRAIN_QUARTER:
		case GRAIN_YEAR:
			break;
	}
	return month_start(period * grain_months(grain) + grain.anchor);
}

/* The last day of a period. */
DateADT
period_end(Grain grain, int period)
{
	return period_start(grain, period + 1) - 1;
}

/*
 * The periods that values can have.  The first one that a date can lie in may
 * begin before the first date, so it is left out.
 */
int32
grain_first_period(Grain grain)
{
	return period_number(grain, DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE) + 1;
}

int32
grain_last_period(Grain grain)
{
	return period_number(grain, DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1);
}

/* The period of a date; infinite dates, and those before the first period, are errors. */
int32
grain_period_of(Grain grain, DateADT date)
{
	if (unlikely(DATE_NOT_FINITE(date)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("date must be finite, not %s",
						DATE_IS_NOEND(date) ? "infinity" : "-infinity"),
				 errdetail("An infinite date lies in no period."),
				 errhint("Exclude such rows with FILTER (WHERE isfinite(...)).")));

	/* only near the first date is the look-up needed */
	if (unlikely(date < DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE + 800) &&
		period_number(grain, date) < grain_first_period(grain))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range"),
				 errdetail("The period begins before the first date there is.")));
	return period_number(grain, date);
}

/* ----------
 * Time zones
 * ----------
 */

static void
report_zone(const char *name, int length)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("time zone \"%.*s\" not recognized", shown_length(name, length), name),
			 errhint("Valid names are in view pg_timezone_names, for example Europe/Berlin.")));
}

/*
 * Look a time zone up, unless it is still the same.
 *
 * AT TIME ZONE, which this must agree with, tries abbreviations before names,
 * and which abbreviations there are is a setting.  A name with a slash is none.
 * Some abbreviations have meant different things over time, by rules that the
 * server keeps to itself.
 */
void
zone_set(Zone *zone, const text *name)
{
	int			length = VARSIZE_ANY_EXHDR(name);
	const char *data = VARDATA_ANY(name);
	long		seconds;

	if (likely(length == zone->length && length > 0 &&
			   memcmp(data, zone->name, length) == 0))
		return;
	if (length == 0 || length >= (int) sizeof(zone->name))
		report_zone(data, length);
	zone->length = 0;
	memcpy(zone->name, data, length);
	zone->name[length] = '\0';
	zone->shift = ZONE_VARIES;
	zone->rules = NULL;
	if (strchr(zone->name, '/') != NULL)
	{
		zone->rules = pg_tzset(zone->name);
		if (zone->rules == NULL)
			report_zone(data, length);
	}
	else
	{
		int			offset;
		pg_tz	   *rules;
		int			type = ccx_decode_zone(zone->name, &offset, &rules);

		if (CCX_ZONE_IS_FIXED(type))
			zone->shift = offset * USECS_PER_SEC;
		else if (CCX_ZONE_IS_NAME(type))
			zone->rules = pg_tzset(zone->name);
	}
	if (zone->rules != NULL && pg_get_timezone_offset(zone->rules, &seconds))
		zone->shift = seconds * USECS_PER_SEC;
	zone->hash = Max(DatumGetUInt64(hash_any_extended((const unsigned char *) data,
													  length, 0)), 1);
	zone->length = length;

	/* complain about a wrong name even where no value needs it */
	if (zone->rules == NULL && zone->shift == ZONE_VARIES)
		(void) zone_date(zone, 0);
}

/* The date that it is in the zone; infinities stay what they are. */
DateADT
zone_date(const Zone *zone, TimestampTz at)
{
	int			offset;
	struct pg_tm tm;
	fsec_t		fsec;
	const char *abbreviation;

	if (TIMESTAMP_NOT_FINITE(at))
		return date_from_timestamp(at);
	if (zone->shift != ZONE_VARIES)
		return date_from_timestamp(at + zone->shift);
	if (zone->rules == NULL)
		return date_from_timestamp(DatumGetTimestamp(
			DirectFunctionCall2(timestamptz_zone,
								PointerGetDatum(cstring_to_text_with_len(zone->name, zone->length)),
								TimestampTzGetDatum(at))));
	if (timestamp2tm(at, &offset, &tm, &fsec, &abbreviation, zone->rules) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

/* The date of a timestamp without zone; infinities stay what they are. */
DateADT
date_from_timestamp(Timestamp timestamp)
{
	int64		days;

	if (TIMESTAMP_IS_NOBEGIN(timestamp))
		return DATEVAL_NOBEGIN;
	if (TIMESTAMP_IS_NOEND(timestamp))
		return DATEVAL_NOEND;
	days = timestamp / USECS_PER_DAY;
	if (timestamp % USECS_PER_DAY < 0)
		days--;
	return (DateADT) days;
}

/*
 * A timestamp with time zone is another date in each zone; which one is meant
 * must not depend on a setting of the session.
 */
void
report_timestamptz(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s needs a date or a timestamp without time zone", what),
			 errdetail("The date of a timestamp with time zone depends on the zone it is read in."),
			 errhint("Say which zone: (x AT TIME ZONE 'zone'). Cast what only became one on the way: a literal, or date_trunc('month', day)::date of a date.")));
}

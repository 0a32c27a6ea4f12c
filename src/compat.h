/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Every difference between PostgreSQL majors that ccx has to know.
 *
 * No other file of the project tests PG_VERSION_NUM.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_COMPAT_H
#define CCX_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "ccx needs PostgreSQL 15 or later"
#endif

/* varlena macros moved out of postgres.h in 16 */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* where the names of temporary files are defined moved in 17 */
#if PG_VERSION_NUM >= 170000
#include "common/file_utils.h"
#else
#include "storage/fd.h"
#endif

/* 18 says pg_noreturn before a declaration, others pg_attribute_noreturn() */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/*
 * Soft errors came in 16: an input function reports bad input to the caller's
 * error context when there is one.  Before, every error is a hard one.
 */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#define CCX_ESCONTEXT(fcinfo) ((fcinfo)->context)
#define ccx_ereturn(escontext, result, ...) \
	ereturn(escontext, result, __VA_ARGS__)
#else
#define CCX_ESCONTEXT(fcinfo) ((Node *) NULL)
#define ccx_ereturn(escontext, result, ...) \
	do { \
		(void) (escontext); \
		ereport(ERROR, __VA_ARGS__); \
		return result; \
	} while (0)
#endif

/*
 * What AT TIME ZONE takes a name for, with utils/datetime.h and
 * parser/scansup.h: an abbreviation of a fixed offset in seconds to the east, a
 * name for pg_tzset(), or an abbreviation whose meaning depends on the time.
 */
#if PG_VERSION_NUM >= 160000
#define ccx_decode_zone(name, offset, zone) \
	DecodeTimezoneName(name, offset, zone)
#define CCX_ZONE_IS_FIXED(type) ((type) == TZNAME_FIXED_OFFSET)
#define CCX_ZONE_IS_NAME(type) ((type) == TZNAME_ZONE)
#else
#define ccx_decode_zone(name, offset, zone) \
	DecodeTimezoneAbbrev(0, downcase_truncate_identifier(name, strlen(name), false), \
						 offset, zone)
#define CCX_ZONE_IS_FIXED(type) ((type) == TZ || (type) == DTZ)
#define CCX_ZONE_IS_NAME(type) (!CCX_ZONE_IS_FIXED(type) && (type) != DYNTZ)
#endif

/*
 * From 16 on a sort of datums is told whether to copy one that is returned;
 * before it always did.  With utils/tuplesort.h.
 */
#if PG_VERSION_NUM >= 160000
#define ccx_tuplesort_getdatum(sort, datum, isnull) \
	tuplesort_getdatum(sort, true, true, datum, isnull, NULL)
#else
#define ccx_tuplesort_getdatum(sort, datum, isnull) \
	tuplesort_getdatum(sort, true, datum, isnull, NULL)
#endif

#endif							/* CCX_COMPAT_H */

/*-------------------------------------------------------------------------
 *
 * ccx.h
 *	  What every file of ccx starts with.
 *
 * The files of this directory are layered; see README here.  The foundations
 * (amount, calendar, codec) know no metric; a capability knows the
 * foundations and the public interface of the capabilities it builds on.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_H
#define CCX_H

#include "postgres.h"

#include "fmgr.h"

#include "compat.h"
#include "mb/pg_wchar.h"

#ifndef HAVE_INT128
#error "ccx needs a compiler with 128-bit integers"
#endif

/*
 * For messages: how much of somebody's string to show with %.*s.  A character
 * must not be cut.
 */
static inline int
shown_length(const char *string, int length)
{
	return length <= 100 ? length : pg_mbcliplen(string, length, 100);
}

#endif							/* CCX_H */

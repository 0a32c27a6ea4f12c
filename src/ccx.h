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

#ifndef HAVE_INT128
#error "ccx needs a compiler with 128-bit integers"
#endif

#endif							/* CCX_H */

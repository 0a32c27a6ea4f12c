/*-------------------------------------------------------------------------
 *
 * economics.h
 *	  What a customer is worth: what values over time need as well.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_ECONOMICS_H
#define CCX_ECONOMICS_H

#include "amount.h"

extern void margin_check(const Amount *margin);

#endif							/* CCX_ECONOMICS_H */

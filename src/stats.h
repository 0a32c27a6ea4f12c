/*-------------------------------------------------------------------------
 *
 * stats.h
 *	  Quantiles and intervals.
 *
 * These are of sampling theory, not of money: in double precision.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_STATS_H
#define CCX_STATS_H

extern double normal_quantile(double level);
extern double student_quantile(double level, double df);
extern void wilson_interval(double successes, double n, double z, double *low, double *high);
extern void tango_interval(double pluses, double minuses, double n, double z, double *low, double *high);
extern double level_from_arg(FunctionCallInfo fcinfo, int argno);

#endif							/* CCX_STATS_H */

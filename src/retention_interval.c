/*-------------------------------------------------------------------------
 *
 * retention_interval.c
 *	  Confidence intervals of NRR, GRR and logo retention.
 *
 * All customers are observed, so there is no sampling: the interval is the
 * uncertainty of the process, how far the number would move if as many
 * customers of the same kind decided once more.
 *
 * NRR is a ratio R of two sums over customers with o > 0.  Linearised, its
 * variance is that of the residuals c - R o by the square of the sum of o
 * (Cochran, "Sampling Techniques", 3rd ed., 6.4).  A few large customers count
 * for most of it, so the number of customers that matters is the effective one,
 * n_eff = (sum o)^2 / sum o^2 (Kish): it corrects the variance, and degrees of
 * freedom are one less.
 *
 * GRR is a ratio of the same kind, but cannot exceed 1, is near it, and differs
 * from it by few losses, which the plain form takes for none too often (see the
 * table in doc/retention.md).  So it is treated as the share that it is: the
 * score interval of Wilson, with t, for that number of customers of equal size
 * that keep all or lose all, to which its variance corresponds.  The number is
 * not taken for less than n_eff, as losing a part varies less than losing all,
 * nor for more than three times that, however small the variance of the losses
 * that happened to occur.
 *
 * Logo retention is a plain share, and its interval Wilson's.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "funcapi.h"
#include "retention.h"
#include "stats.h"
#include "utils/builtins.h"
#include "utils/float.h"

/* below this effective number of customers there is no interval */
#define MIN_EFFECTIVE	10

/* a share's variance counts for at most so many customers per effective one */
#define MAX_ALIKE		3

/* The row (low, high, n, n_eff). */
static Datum
return_interval(FunctionCallInfo fcinfo, bool known, double low, double high,
				int64 n, double effective)
{
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {!known, !known, false, effective < 0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(low);
	values[1] = Float8GetDatum(high);
	values[2] = Int64GetDatum(n);
	values[3] = Float8GetDatum(effective);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * The interval of num / den, a share or any ratio, sums over n customers with
 * the given second moments.  The sum of squared residuals is the difference of
 * large numbers that nearly cancel out, so it is taken exactly.
 */
static Datum
ratio_interval(FunctionCallInfo fcinfo, const Amount *num, const Amount *den, int64 n,
			   const Amount *num_num, const Amount *num_den, const Amount *den_den,
			   bool share)
{
	double		level = PG_GETARG_FLOAT8(1);
	Amount		squares;
	Amount		term;
	Amount		den2;
	Amount		one = amount_from_int64(1);
	double		effective;
	double		ratio;
	double		variance;
	double		t;
	double		low;
	double		high;

	if (amount_sign(den) == 0)
		return return_interval(fcinfo, false, 0, 0, n, -1);

	/* den^2 * sum of (num_i - R den_i)^2 */
	den2 = amount_mul(den, den);
	squares = amount_mul(num_num, &den2);
	term = amount_mul(num, den);
	term = amount_mul(&term, num_den);
	squares = amount_sub(&squares, &term);
	squares = amount_sub(&squares, &term);
	term = amount_mul(num, num);
	term = amount_mul(&term, den_den);
	squares = amount_add(&squares, &term);

	/* exact: amount_quotient() may be a digit below 10 for ten equal customers */
	effective = DatumGetFloat8(DirectFunctionCall1(numeric_float8,
												   NumericGetDatum(amount_ratio(&den2, den_den))));
	if (n < 2 || effective < MIN_EFFECTIVE)
		return return_interval(fcinfo, false, 0, 0, n, effective);
	/* the quotient of equal amounts may be a digit off, as if something was lost */
	ratio = amount_cmp(num, den) == 0 ? 1 : amount_quotient(num, den, &one);
	variance = Max(amount_quotient(&squares, &den2, &den2), 0) * effective / (effective - 1);
	t = student_quantile(level, effective - 1);
	if (share)
	{
		double		spread = ratio * (1 - ratio);
		double		alike = effective;

		/* where all is kept or all lost, that nothing varies says nothing */
		if (spread > 0)
			alike = variance > 0 ? spread / variance : get_float8_infinity();
		alike = Min(Max(alike, effective), MAX_ALIKE * effective);
		wilson_interval(ratio * alike, alike, t, &low, &high);
	}
	else
	{
		low = Max(ratio - t * sqrt(variance), 0);
		high = ratio + t * sqrt(variance);
	}
	return return_interval(fcinfo, true, low, high, n, effective);
}

/*
 * Read the arguments.  Without second moments there is no interval, only the
 * number of customers.
 */
static bool
read_moments(FunctionCallInfo fcinfo, RetentionSummary *summary)
{
	retention_read(PG_GETARG_DATUM(0), summary);
	level_from_arg(fcinfo, 1);
	return summary->has_moments;
}

/* nrr_ci(retention_summary, level double precision) -> (low, high, n, n_eff) */
PG_FUNCTION_INFO_V1(retention_nrr_ci);
Datum
retention_nrr_ci(PG_FUNCTION_ARGS)
{
	RetentionSummary summary;
	Amount		retained;
	int64		n;

	if (!read_moments(fcinfo, &summary))
		return return_interval(fcinfo, false, 0, 0,
							   summary.sums.count[RETENTION_OPENING], -1);
	retained = retention_sums_retained(&summary.sums);
	n = summary.sums.count[RETENTION_OPENING];
	return ratio_interval(fcinfo, &retained, &summary.sums.amount[RETENTION_OPENING], n,
						  &summary.moment[MOMENT_CC], &summary.moment[MOMENT_OC],
						  &summary.moment[MOMENT_OO], false);
}

/* grr_ci(retention_summary, level double precision) -> (low, high, n, n_eff) */
PG_FUNCTION_INFO_V1(retention_grr_ci);
Datum
retention_grr_ci(PG_FUNCTION_ARGS)
{
	RetentionSummary summary;
	Amount		capped;
	int64		n;

	if (!read_moments(fcinfo, &summary))
		return return_interval(fcinfo, false, 0, 0,
							   summary.sums.count[RETENTION_OPENING], -1);
	capped = amount_sub(&summary.sums.amount[RETENTION_OPENING],
						&summary.sums.amount[RETENTION_CONTRACTION]);
	capped = amount_sub(&capped, &summary.sums.amount[RETENTION_CHURN]);
	n = summary.sums.count[RETENTION_OPENING];
	return ratio_interval(fcinfo, &capped, &summary.sums.amount[RETENTION_OPENING], n,
						  &summary.moment[MOMENT_GG], &summary.moment[MOMENT_OG],
						  &summary.moment[MOMENT_OO], true);
}

/* logo_retention_ci(retention_summary, level double precision) -> (low, high, n, n_eff) */
PG_FUNCTION_INFO_V1(retention_logo_ci);
Datum
retention_logo_ci(PG_FUNCTION_ARGS)
{
	RetentionSummary summary;
	double		level = level_from_arg(fcinfo, 1);
	int64		n;
	double		low;
	double		high;

	retention_read(PG_GETARG_DATUM(0), &summary);
	n = summary.sums.count[RETENTION_OPENING];
	if (n == 0)
		return return_interval(fcinfo, false, 0, 0, n, -1);
	wilson_interval(n - summary.sums.count[RETENTION_CHURN], n,
					normal_quantile(level), &low, &high);
	return return_interval(fcinfo, n >= MIN_EFFECTIVE, low, high, n, n);
}

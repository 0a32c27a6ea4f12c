/*-------------------------------------------------------------------------
 *
 * stats.c
 *	  Quantiles and intervals.
 *
 * Quantiles are found by halving an interval until it cannot be halved: that
 * takes some sixty evaluations of the distribution function, is as exact as
 * that, and has no constants to be trusted.  It runs once per interval shown.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "stats.h"

typedef double (*Distribution) (double x, double parameter);

static double
normal_distribution(double x, double unused)
{
	return 0.5 * erfc(-x / sqrt(2.0));
}

/*
 * The regularized incomplete beta function by its continued fraction, which
 * converges quickly for x below (a + 1) / (a + b + 2).  Evaluated by the
 * modified method of Lentz; Abramowitz and Stegun 26.5.8.
 */
static double
beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double		c = 1.0;
	double		d = 1.0 - (a + b) * x / (a + 1.0);
	double		result;

	d = 1.0 / (fabs(d) < tiny ? tiny : d);
	result = d;
	for (int m = 1; m < 10000; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double		step;

		d = 1.0 + even * d;
		c = 1.0 + even / c;
		d = 1.0 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		result *= d * c;

		d = 1.0 + odd * d;
		c = 1.0 + odd / c;
		d = 1.0 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		result *= step;
		if (fabs(step - 1.0) < 1e-16)
			break;
	}
	return result;
}

static double
incomplete_beta(double a, double b, double x)
{
	double		front;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* Student's t; Abramowitz and Stegun 26.7.1 */
static double
student_distribution(double x, double df)
{
	double		tail = 0.5 * incomplete_beta(df / 2, 0.5, df / (df + x * x));

	return x > 0 ? 1 - tail : tail;
}

/* The x at which a distribution reaches p, 0 < p < 1. */
static double
quantile(Distribution distribution, double parameter, double p)
{
	double		low = -1;
	double		high = 1;

	while (distribution(low, parameter) > p)
		low *= 2;
	while (distribution(high, parameter) < p)
		high *= 2;
	for (;;)
	{
		double		middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			return middle;
		if (distribution(middle, parameter) < p)
			low = middle;
		else
			high = middle;
	}
}

/*
 * Both are symmetric, and their lower tail is the one computed without loss;
 * so the quantile of the upper one is that of the lower with its sign changed.
 */
double
normal_quantile(double p)
{
	return p > 0.5 ? -quantile(normal_distribution, 0, 1 - p) :
		quantile(normal_distribution, 0, p);
}

/* df need not be whole */
double
student_quantile(double p, double df)
{
	/* from here on lgamma() loses more than the first term of the expansion */
	if (df > 1e6)
	{
		double		z = normal_quantile(p);

		return z + (z * z * z + z) / (4 * df);
	}

	return p > 0.5 ? -quantile(student_distribution, df, 1 - p) :
		quantile(student_distribution, df, p);
}

/*
 * Wilson's score interval of a share: Wilson, "Probable inference, the law of
 * succession, and statistical inference", JASA 22 (1927).
 */
void
wilson_interval(double successes, double n, double z, double *low, double *high)
{
	double		share = successes / n;
	double		z2n = z * z / n;
	double		center = (share + z2n / 2) / (1 + z2n);
	double		half = z / (1 + z2n) * sqrt(share * (1 - share) / n + z2n / (4 * n));

	*low = successes <= 0 ? 0 : Max(center - half, 0);
	*high = successes >= n ? 1 : Min(center + half, 1);
}

/*
 * The variance of a +1, 0 or -1 whose mean is by, given what was observed: shares
 * of plus and minus.  That of minus is the most likely one under this hypothesis,
 * the root of a quadratic equation.
 */
static double
variance_given_mean(double plus, double minus, double by)
{
	double		b;
	double		c;
	double		root;
	double		share;

	/* below zero the roles are swapped, so that nothing cancels */
	if (by < 0)
		return variance_given_mean(minus, plus, -by);
	b = (2 - plus + minus) * by - plus - minus;
	c = minus * by * (1 - by);
	root = sqrt(b * b + 8 * c);
	share = b > 0 ? 2 * c / (b + root) : (root - b) / 4;
	return Max(2 * share + by * (1 - by), 0);
}

/* The least mean of a +1, 0 or -1 that is not rejected. */
static double
tango_low(double plus, double minus, double n, double z)
{
	double		rejected = -1;
	double		accepted = plus - minus;

	/* halved until nothing of a double is left of the distance */
	for (int i = 0; i < 60; i++)
	{
		double		middle = (rejected + accepted) / 2;

		if ((plus - minus - middle) * sqrt(n) > z * sqrt(variance_given_mean(plus, minus, middle)))
			rejected = middle;
		else
			accepted = middle;
	}
	return accepted;
}

/*
 * The score interval of the mean of n independent answers +1, 0 or -1, that is of
 * the difference between two shares of one sample: Tango, "Equivalence test and
 * confidence interval for the difference in proportions for the paired-sample
 * design", Statistics in Medicine 17 (1998).  What Wilson's is to one share.
 */
void
tango_interval(double pluses, double minuses, double n, double z, double *low, double *high)
{
	*low = tango_low(pluses / n, minuses / n, n, z);
	*high = -tango_low(minuses / n, pluses / n, n, z);
}

/* A confidence level in an argument. */
double
level_from_arg(FunctionCallInfo fcinfo, int argno)
{
	double		level = PG_GETARG_FLOAT8(argno);

	/* written so that NaN is refused, too */
	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence level must be between 0 and 1, not %g", level),
				 errhint("For 95 %% write 0.95.")));
	return level;
}

/*-------------------------------------------------------------------------
 *
 * stats.c
 *	  Quantiles and intervals.
 *
 * Quantiles are found by halving an interval until it cannot be halved: that
 * takes some sixty evaluations of the distribution function, is as exact as
 * that, and has no constants to be trusted.  It runs once per interval shown.
 * They are of a level, 0.95 say, and not of 0.975, which has fewer digits left
 * of the level the closer that is to 0.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "stats.h"

/*
 * What a symmetric distribution has between -t and t, and outside of that.  They
 * add up to 1, and the smaller one is exact in all its digits.
 */
typedef void (*Distribution) (double t, const double *parameters, double *inside, double *outside);

static void
normal_distribution(double t, const double *unused, double *inside, double *outside)
{
	*inside = erf(t / sqrt(2.0));
	*outside = erfc(t / sqrt(2.0));
}

/*
 * The continued fraction of the regularized incomplete beta function, which
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

/*
 * 1 / B(a, 1/2).  By Stirling's series where the gamma function overflows, and
 * the difference of two of its logarithms has lost digits.
 */
static double
inverse_beta(double a)
{
	double		ratio;

	if (a < 100)
		ratio = tgamma(a + 0.5) / tgamma(a);
	else
		ratio = sqrt(a) * exp((-1.0 / 8 + (1.0 / 192 - 1 / (640 * a * a)) / (a * a)) / a);
	return ratio / sqrt(M_PI);
}

/*
 * Student's t with df degrees of freedom; the other parameter is 1 / B(df/2, 1/2).
 * Abramowitz and Stegun 26.7.1, where t^2 / (df + t^2) and df / (df + t^2) are
 * computed each by itself, for one of them may be as close to 1 as doubles are.
 */
static void
student_distribution(double t, const double *parameters, double *inside, double *outside)
{
	double		df = parameters[0];
	double		a = df / 2;
	double		square = t * t;
	double		x = df / (df + square);
	double		front = parameters[1] * exp(-a * log1p(square / df)) * t / sqrt(df + square);

	if (x < (a + 1) / (a + 2.5))
	{
		*outside = front * beta_fraction(a, 0.5, x) / a;
		*inside = 1 - *outside;
	}
	else
	{
		*inside = front * beta_fraction(0.5, a, square / (df + square)) / 0.5;
		*outside = 1 - *inside;
	}
}

static bool
reaches(Distribution distribution, const double *parameters, double t, double level)
{
	double		inside;
	double		outside;

	distribution(t, parameters, &inside, &outside);
	/* from one half on 1 - level is exact */
	return level < 0.5 ? inside >= level : outside <= 1 - level;
}

/* The t for which a distribution has the level between -t and t, 0 < level < 1. */
static double
quantile(Distribution distribution, const double *parameters, double level)
{
	double		low = 0;
	double		high = 1;

	while (!reaches(distribution, parameters, high, level))
	{
		low = high;
		high *= 2;
	}
	for (;;)
	{
		double		middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			return high;
		if (reaches(distribution, parameters, middle, level))
			high = middle;
		else
			low = middle;
	}
}

double
normal_quantile(double level)
{
	return quantile(normal_distribution, NULL, level);
}

/* df need not be whole */
double
student_quantile(double level, double df)
{
	double		parameters[2];

	/*
	 * From here on the fraction loses more than the first term of the expansion
	 * leaves; Abramowitz and Stegun 26.7.5.
	 */
	if (df > 1e6)
	{
		double		z = normal_quantile(level);

		return z + (z * z * z + z) / (4 * df);
	}

	parameters[0] = df;
	parameters[1] = inverse_beta(df / 2);
	return quantile(student_distribution, parameters, level);
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

/*-------------------------------------------------------------------------
 *
 * amount.h
 *	  Exact money.
 *
 * Whatever finite numeric comes in, no digit of it is lost and nothing is
 * rounded.  Amounts are kept as 128-bit integers at a scale counted in
 * base-10000 digits, as those are the digits that a numeric is stored in: most
 * numerics become integers by a few multiplications, without an allocation.
 * What does not fit is kept as a numeric, and gives the same bytes in the end.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_AMOUNT_H
#define CCX_AMOUNT_H

#include "lib/stringinfo.h"
#include "utils/numeric.h"

/*
 * A numeric is "small" when at most this many base-10000 digits hold it,
 * counted from its own first digit (or the units) to the last place of the
 * scale.  10000^8 is less than 2^107, so that 2^20 of them can be added before
 * an int128 overflows (additions are checked all the same), and a product of
 * two leaves room for 2^42 more in 256 bits.
 */
#define AMOUNT_SMALL_DIGITS 8

/* finest scale of a small amount: 20 decimal places, as quotients have */
#define AMOUNT_MAX_SCALE	5

/* limits of numeric itself, in base-10000 digits */
#define AMOUNT_MAX_WEIGHT	32767
#define AMOUNT_MAX_FRACTION 4096

/*
 * One exact amount: value / 10000^scale when big is NULL, else *big, which is
 * finite.  The same number may be held at several scales; compare with
 * amount_cmp().
 */
typedef struct Amount
{
	int128		value;
	int			scale;
	Numeric		big;
} Amount;

/* A sum of products of small amounts, never negative, least limb first. */
typedef struct AmountWide
{
	uint64		limb[4];
} AmountWide;

typedef enum AmountFit
{
	AMOUNT_FITS,				/* small at this scale */
	AMOUNT_FINER,				/* has digits below this scale */
	AMOUNT_LARGE,				/* does not fit at this scale */
	AMOUNT_SPECIAL				/* NaN or infinite */
} AmountFit;

extern const int64 amount_power[5];

#define AMOUNT_ZERO ((Amount) {0, 0, NULL})

/* row by row: no allocation */
extern AmountFit amount_decode(Numeric num, int scale, int128 *result);
extern int	amount_fraction_digits(Numeric num);
extern bool amount_make_finer(int128 *value, int from, int to);
extern bool amount_numeric_valid(Numeric num);

/*
 * Bring a value to a finer scale, which mostly it has.  False, and nothing
 * changed, if it would not fit.
 */
static inline bool
amount_rescale(int128 *value, int from, int to)
{
	return likely(from == to) || amount_make_finer(value, from, to);
}

/* whole amounts */
extern Amount amount_from_numeric(Numeric num);
extern Amount amount_from_int64(int64 value);
extern Amount amount_from_scaled(int128 value, int scale);
extern Amount amount_copy(const Amount *a);
extern Numeric amount_to_numeric(const Amount *a);
extern int	amount_sign(const Amount *a);
extern int	amount_cmp(const Amount *a, const Amount *b);
extern Amount amount_add(const Amount *a, const Amount *b);
extern Amount amount_sub(const Amount *a, const Amount *b);
extern Amount amount_mul(const Amount *a, const Amount *b);
extern bool amount_can_be_squared(const Amount *a);

/* An amount as an integer at that scale; false if it is none, or too large. */
static inline bool
amount_to_scaled(const Amount *a, int scale, int128 *result)
{
#ifdef CCX_SLOW_AMOUNTS
	return false;
#else
	if (a->big != NULL || a->scale > scale)
		return false;
	*result = a->value;
	return amount_rescale(result, a->scale, scale);
#endif
}

/* quotients: exact, rounded half away from zero to 20 decimals, trimmed */
extern Numeric amount_ratio(const Amount *num, const Amount *den);
extern Amount amount_ratio_rounded(const Amount *num, const Amount *den, int decimals);

extern double amount_quotient(const Amount *a, const Amount *b, const Amount *c);

/* sums of products */
extern bool amount_wide_add_product(AmountWide *sum, int128 a, int128 b);
extern bool amount_wide_sub_product(AmountWide *sum, int128 a, int128 b);
extern bool amount_wide_add(AmountWide *sum, const AmountWide *other);
extern bool amount_wide_rescale(AmountWide *sum, int digits);
extern Amount amount_from_wide(const AmountWide *sum, int scale);
extern bool amount_to_wide(const Amount *a, int scale, AmountWide *result);

/* digits, for the codec */
typedef struct AmountDigits
{
	bool		negative;
	int			weight;			/* power of 10000 of the first digit */
	int			ndigits;		/* 0 for zero; no leading or trailing zeros */
	int16	   *digits;			/* points to small_digits where they fit */
	int16		small_digits[24];
} AmountDigits;

extern void amount_get_digits(const Amount *a, AmountDigits *d);
extern Amount amount_from_digits(const AmountDigits *d);

pg_noreturn extern void amount_report_special(Numeric num);

#endif							/* CCX_AMOUNT_H */

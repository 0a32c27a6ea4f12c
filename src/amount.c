/*-------------------------------------------------------------------------
 *
 * amount.c
 *	  Exact money: see amount.h.
 *
 * The layout of a numeric is private to the server's numeric.c, but it is
 * what lies on disk and so does not change under a running cluster; reading
 * it here saves an allocation and a copy per row.  Numerics are built only
 * through the server's own functions.
 *
 * Compiled with -DCCX_SLOW_AMOUNTS nothing that comes from outside is ever
 * "small": the tests run twice, once that way, and compare the bytes.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "amount.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

/* The on-disk header of a numeric. */
#define NUM_SIGN_MASK		0xC000
#define NUM_NEG				0x4000
#define NUM_SHORT			0x8000
#define NUM_SPECIAL			0xC000
#define NUM_SHORT_NEG		0x2000
#define NUM_SHORT_DSCALE	0x1F80
#define NUM_SHORT_DSCALE_SHIFT	7
#define NUM_DSCALE			0x3FFF
#define NUM_SHORT_WSIGN		0x0040
#define NUM_SHORT_WMASK		0x003F

#define NUM_BASE			10000
#define NUM_NEG_WIRE		0x4000	/* sign in the binary send format */
#define DEC_PER_DIGIT		4

/* 10000^4, the largest power of the base that fits 64 bits */
#define CHUNK				INT64CONST(10000000000000000)

const int64 amount_power[5] = {
	1, INT64CONST(10000), INT64CONST(100000000), INT64CONST(1000000000000), CHUNK
};

/* A numeric taken apart.  The digits may be unaligned. */
typedef struct NumericParts
{
	bool		special;
	bool		negative;
	int			weight;
	int			ndigits;
	const char *digits;
} NumericParts;

static inline int
part_digit(const NumericParts *parts, int i)
{
	int16		digit;

	memcpy(&digit, parts->digits + i * sizeof(int16), sizeof(int16));
	return digit;
}

static inline void
numeric_take_apart(Numeric num, NumericParts *parts)
{
	const char *data = VARDATA_ANY(num);
	int			size = VARSIZE_ANY_EXHDR(num);
	uint16		header;

	memcpy(&header, data, sizeof(header));
	parts->special = (header & NUM_SIGN_MASK) == NUM_SPECIAL;
	if (header & NUM_SHORT)
	{
		parts->negative = (header & NUM_SHORT_NEG) != 0;
		parts->weight = ((header & NUM_SHORT_WSIGN) ? ~NUM_SHORT_WMASK : 0) |
			(header & NUM_SHORT_WMASK);
		data += sizeof(uint16);
		size -= sizeof(uint16);
	}
	else
	{
		int16		weight;

		memcpy(&weight, data + sizeof(uint16), sizeof(weight));
		parts->negative = (header & NUM_SIGN_MASK) == NUM_NEG;
		parts->weight = weight;
		data += 2 * sizeof(uint16);
		size -= 2 * sizeof(uint16);
	}
	parts->digits = data;
	parts->ndigits = size / (int) sizeof(int16);
}

/* value * 10000^n, for n up to 8; the caller knows that it fits */
static inline int128
times_power(int128 value, int n)
{
	if (n > 4)
	{
		value *= CHUNK;
		n -= 4;
	}
	return value * amount_power[n];
}

/*
 * Read a numeric as an integer in units of 10000^-scale.
 */
AmountFit
amount_decode(Numeric num, int scale, int128 *result)
{
	NumericParts parts;
	int			fraction;
	int128		value;

	numeric_take_apart(num, &parts);
	if (unlikely(parts.special))
		return AMOUNT_SPECIAL;

#ifdef CCX_SLOW_AMOUNTS
	return AMOUNT_LARGE;
#endif

	if (parts.ndigits == 0)
	{
		*result = 0;
		return AMOUNT_FITS;
	}
	if (unlikely(parts.weight + 1 + scale > AMOUNT_SMALL_DIGITS))
		return AMOUNT_LARGE;
	fraction = parts.ndigits - 1 - parts.weight;
	if (unlikely(fraction > scale))
		return AMOUNT_FINER;

	/*
	 * The sum of digits present and powers missing is at most
	 * AMOUNT_SMALL_DIGITS, so nothing here can overflow.
	 */
	if (likely(parts.ndigits <= 4))
	{
		int64		low = 0;

		for (int i = 0; i < parts.ndigits; i++)
			low = low * NUM_BASE + part_digit(&parts, i);
		value = low;
	}
	else
	{
		value = 0;
		for (int i = 0; i < parts.ndigits; i++)
			value = value * NUM_BASE + part_digit(&parts, i);
	}
	value = times_power(value, scale - fraction);
	*result = parts.negative ? -value : value;
	return AMOUNT_FITS;
}

/* How many base-10000 digits a finite numeric has after the point. */
int
amount_fraction_digits(Numeric num)
{
	NumericParts parts;

	numeric_take_apart(num, &parts);
	return Max(parts.ndigits - 1 - parts.weight, 0);
}

/*
 * Are these bytes, of which only the length is known to be right, a finite numeric?
 */
bool
amount_numeric_valid(Numeric num)
{
	NumericParts parts;
	Size		size = VARSIZE_ANY_EXHDR(num);
	uint16		header;
	int			decimals;
	int			last;

	if (size < sizeof(header) || size % sizeof(int16) != 0)
		return false;
	memcpy(&header, VARDATA_ANY(num), sizeof(header));
	if ((header & NUM_SHORT) == 0 && size < 2 * sizeof(header))
		return false;
	numeric_take_apart(num, &parts);
	if (parts.special)
		return false;
	if (parts.ndigits == 0)
		return true;
	for (int i = 0; i < parts.ndigits; i++)
	{
		int			digit = part_digit(&parts, i);

		if (digit < 0 || digit >= NUM_BASE)
			return false;
	}
	last = part_digit(&parts, parts.ndigits - 1);
	if (last == 0 || part_digit(&parts, 0) == 0 || parts.weight < -AMOUNT_MAX_FRACTION)
		return false;

	/* the server multiplies as many decimals as it says there are */
	decimals = (parts.ndigits - 1 - parts.weight) * DEC_PER_DIGIT;
	for (; last % 10 == 0; last /= 10)
		decimals--;
	return decimals <= ((header & NUM_SHORT) ?
						(header & NUM_SHORT_DSCALE) >> NUM_SHORT_DSCALE_SHIFT :
						header & NUM_DSCALE);
}

bool
amount_make_finer(int128 *value, int from, int to)
{
	int128		result = *value;

	Assert(from <= to);
	if (result != 0)
	{
		for (int left = to - from; left > 0; left -= 4)
		{
			if (__builtin_mul_overflow(result,
									   (int128) amount_power[Min(left, 4)],
									   &result))
				return false;
		}
	}
	*value = result;
	return true;
}

/*
 * Refuse NaN and infinities: they would spread to every total, and BI clients
 * cannot read them.
 */
void
amount_report_special(Numeric num)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("amount must be a finite number, not %s",
					numeric_is_nan(num) ? "NaN" :
					DatumGetCString(DirectFunctionCall1(numeric_out,
														NumericGetDatum(num)))),
			 errdetail("NaN and infinite amounts have no place in a total."),
			 errhint("Exclude such rows with FILTER (WHERE ...), or store NULL for an unknown amount.")));
}

Amount
amount_from_scaled(int128 value, int scale)
{
	Amount		result;

	result.value = value;
	result.scale = scale;
	result.big = NULL;
	return result;
}

/*
 * A copy in the current memory context: an amount that comes out of a sum may
 * share its numeric with an addend.
 */
Amount
amount_copy(const Amount *a)
{
	Amount		result = *a;

	if (a->big != NULL)
		result.big = memcpy(palloc(VARSIZE_ANY(a->big)), a->big, VARSIZE_ANY(a->big));
	return result;
}

Amount
amount_from_int64(int64 value)
{
	return amount_from_scaled(value, 0);
}

/*
 * Any finite numeric; NaN and infinities are errors.
 */
Amount
amount_from_numeric(Numeric num)
{
	Amount		result = AMOUNT_ZERO;
	int			scale = Min(amount_fraction_digits(num), AMOUNT_MAX_SCALE);

	switch (amount_decode(num, scale, &result.value))
	{
		case AMOUNT_FITS:
			result.scale = scale;
			break;
		case AMOUNT_SPECIAL:
			amount_report_special(num);
			break;
		case AMOUNT_FINER:
		case AMOUNT_LARGE:
			result.big = DatumGetNumericCopy(NumericGetDatum(num));
			break;
	}
	return result;
}

/* ----------
 * Digits
 * ----------
 */

/* Drop zeros at both ends. */
static void
digits_trim(AmountDigits *d)
{
	while (d->ndigits > 0 && d->digits[d->ndigits - 1] == 0)
		d->ndigits--;
	while (d->ndigits > 0 && d->digits[0] == 0)
	{
		d->digits++;
		d->ndigits--;
		d->weight--;
	}
	if (d->ndigits == 0)
	{
		d->weight = 0;
		d->negative = false;
	}
}

/*
 * Lay out chunks of four digits each, least significant first, as the digits
 * of a number with the given scale.
 */
static void
digits_from_chunks(AmountDigits *d, const int64 *chunk, int nchunks, int scale)
{
	d->digits = d->small_digits;
	d->ndigits = nchunks * 4;
	for (int i = 0; i < nchunks; i++)
	{
		int64		rest = chunk[nchunks - 1 - i];

		for (int j = 3; j >= 0; j--)
		{
			d->small_digits[i * 4 + j] = rest % NUM_BASE;
			rest /= NUM_BASE;
		}
	}
	d->weight = d->ndigits - 1 - scale;
	digits_trim(d);
}

void
amount_get_digits(const Amount *a, AmountDigits *d)
{
	if (a->big != NULL)
	{
		NumericParts parts;

		numeric_take_apart(a->big, &parts);
		d->negative = parts.negative;
		d->weight = parts.weight;
		d->ndigits = parts.ndigits;
		d->digits = d->small_digits;
		if (parts.ndigits > (int) lengthof(d->small_digits))
			d->digits = palloc(parts.ndigits * sizeof(int16));
		memcpy(d->digits, parts.digits, parts.ndigits * sizeof(int16));
		digits_trim(d);
	}
	else
	{
		int64		chunk[3];
		int			nchunks = 0;
		uint128		rest = a->value < 0 ? -(uint128) a->value : (uint128) a->value;

		while (rest > (uint128) PG_INT64_MAX)
		{
			chunk[nchunks++] = (int64) (rest % CHUNK);
			rest /= CHUNK;
		}
		for (uint64 low = (uint64) rest; low > 0; low /= CHUNK)
			chunk[nchunks++] = (int64) (low % CHUNK);
		d->negative = a->value < 0;
		digits_from_chunks(d, chunk, nchunks, a->scale);
	}
}

/*
 * A numeric of these digits, with no more decimal places than it needs.  The
 * binary receive format is the one way to build a numeric from digits that the
 * server offers.
 */
static Numeric
numeric_from_digits(const AmountDigits *d)
{
	StringInfoData buf;
	int			fraction = Max(d->ndigits - 1 - d->weight, 0);
	int			dscale = fraction * DEC_PER_DIGIT;
	Datum		result;

	if (fraction > 0)
	{
		for (int last = d->digits[d->ndigits - 1]; last % 10 == 0; last /= 10)
			dscale--;
	}
	initStringInfo(&buf);
	pq_sendint16(&buf, d->ndigits);
	pq_sendint16(&buf, d->weight);
	pq_sendint16(&buf, d->negative ? NUM_NEG_WIRE : 0);
	pq_sendint16(&buf, dscale);
	for (int i = 0; i < d->ndigits; i++)
		pq_sendint16(&buf, d->digits[i]);
	result = DirectFunctionCall3(numeric_recv, PointerGetDatum(&buf),
								 ObjectIdGetDatum(InvalidOid),
								 Int32GetDatum(-1));
	pfree(buf.data);
	return DatumGetNumeric(result);
}

/*
 * The digits must be valid (0 to 9999), without zeros at either end.
 */
Amount
amount_from_digits(const AmountDigits *d)
{
	Amount		result = AMOUNT_ZERO;

	if (d->ndigits == 0)
		return result;

#ifndef CCX_SLOW_AMOUNTS
	{
		int			fraction = d->ndigits - 1 - d->weight;
		int			scale = Max(fraction, 0);
		int128		value = 0;

		if (scale <= AMOUNT_MAX_SCALE &&
			d->weight + 1 + scale <= AMOUNT_SMALL_DIGITS)
		{
			for (int i = 0; i < d->ndigits; i++)
				value = value * NUM_BASE + d->digits[i];
			value = times_power(value, scale - fraction);
			result.value = d->negative ? -value : value;
			result.scale = scale;
			return result;
		}
	}
#endif
	result.big = numeric_from_digits(d);
	return result;
}

/*
 * a / (b * c) in double precision, however large or small the amounts are, as
 * long as the quotient is a double.
 */
double
amount_quotient(const Amount *a, const Amount *b, const Amount *c)
{
	const Amount *parts[3] = {a, b, c};
	double		mantissa[3];
	double		weight[3];

	for (int i = 0; i < 3; i++)
	{
		AmountDigits d;

		amount_get_digits(parts[i], &d);
		mantissa[i] = 0;
		/* digits beyond the eighth are below a double's precision */
		for (int j = Min(d.ndigits, 8) - 1; j >= 0; j--)
			mantissa[i] = (mantissa[i] + d.digits[j]) / NUM_BASE;
		if (d.negative)
			mantissa[i] = -mantissa[i];
		weight[i] = d.weight + 1;
	}
	return mantissa[0] / (mantissa[1] * mantissa[2]) *
		pow(NUM_BASE, weight[0] - weight[1] - weight[2]);
}

Numeric
amount_to_numeric(const Amount *a)
{
	AmountDigits d;

	amount_get_digits(a, &d);
	return numeric_from_digits(&d);
}

/* ----------
 * Arithmetic
 * ----------
 */

int
amount_sign(const Amount *a)
{
	if (a->big != NULL)
	{
		NumericParts parts;

		numeric_take_apart(a->big, &parts);
		return parts.ndigits == 0 ? 0 : parts.negative ? -1 : 1;
	}
	return a->value == 0 ? 0 : a->value < 0 ? -1 : 1;
}

/* Bring two small amounts to one scale, if that is possible. */
static bool
same_scale(const Amount *a, const Amount *b, int128 *x, int128 *y, int *scale)
{
	if (a->big != NULL || b->big != NULL)
		return false;
	*x = a->value;
	*y = b->value;
	*scale = Max(a->scale, b->scale);
	return amount_rescale(x, a->scale, *scale) &&
		amount_rescale(y, b->scale, *scale);
}

/* An amount as an argument of the server's functions, zeros at its end or not. */
static Datum
numeric_argument(const Amount *a)
{
	return NumericGetDatum(a->big ? a->big : amount_to_numeric(a));
}

/* Use one of the server's functions of two numerics. */
static Amount
by_numeric(PGFunction function, const Amount *a, const Amount *b)
{
	Datum		result = DirectFunctionCall2(function, numeric_argument(a), numeric_argument(b));

	return amount_from_numeric(DatumGetNumeric(result));
}

int
amount_cmp(const Amount *a, const Amount *b)
{
	int128		x;
	int128		y;
	int			scale;

	if (same_scale(a, b, &x, &y, &scale))
		return x < y ? -1 : x > y ? 1 : 0;
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, numeric_argument(a), numeric_argument(b)));
}

Amount
amount_add(const Amount *a, const Amount *b)
{
	int128		x;
	int128		y;
	int128		sum;
	int			scale;

	if (same_scale(a, b, &x, &y, &scale) &&
		!__builtin_add_overflow(x, y, &sum))
		return amount_from_scaled(sum, scale);
	if (amount_sign(b) == 0)
		return *a;
	if (amount_sign(a) == 0)
		return *b;
	return by_numeric(numeric_add, a, b);
}

Amount
amount_sub(const Amount *a, const Amount *b)
{
	int128		x;
	int128		y;
	int128		difference;
	int			scale;

	if (same_scale(a, b, &x, &y, &scale) &&
		!__builtin_sub_overflow(x, y, &difference))
		return amount_from_scaled(difference, scale);
	if (amount_sign(b) == 0)
		return *a;
	return by_numeric(numeric_sub, a, b);
}

/*
 * numeric_mul keeps at most 16383 decimal places and rounds off the rest, so
 * that finer products must be refused here.
 */
Amount
amount_mul(const Amount *a, const Amount *b)
{
	AmountDigits x;
	AmountDigits y;

	amount_get_digits(a, &x);
	amount_get_digits(b, &y);
	if ((x.ndigits - 1 - x.weight) + (y.ndigits - 1 - y.weight) >= AMOUNT_MAX_FRACTION)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("product has too many decimal places to be exact"),
				 errhint("Round the numbers first, for example to 12 decimal places.")));
	return by_numeric(numeric_mul, a, b);
}

/* That is, by amount_mul(). */
bool
amount_can_be_squared(const Amount *a)
{
	AmountDigits d;

	amount_get_digits(a, &d);
	return 2 * (d.ndigits - 1 - d.weight) < AMOUNT_MAX_FRACTION && d.weight < AMOUNT_MAX_WEIGHT / 2;
}

/*
 * num / den as every ratio of ccx is returned: the exact quotient, rounded
 * half away from zero to 20 decimal places, without trailing zeros.  Dividing
 * at a finer scale and rounding then would round twice; so this is integer
 * division of (2 * 10^20 * |num| + |den|) by 2 * |den|.
 */
Numeric
amount_ratio(const Amount *num, const Amount *den)
{
	bool		negative = (amount_sign(num) < 0) != (amount_sign(den) < 0);
	Amount		result;
	int128		x;
	int128		y;
	int			scale;
	const int128 twice = (int128) 20000 * CHUNK;	/* 2 * 10^20 */

	Assert(amount_sign(den) != 0);

	if (same_scale(num, den, &x, &y, &scale))
	{
		int128		dividend;

		if (x < 0)
			x = -x;
		if (y < 0)
			y = -y;
		if (x >= 0 && y >= 0 && y < (((int128) 1) << 125) &&
			!__builtin_mul_overflow(x, twice, &dividend) &&
			!__builtin_add_overflow(dividend, y, &dividend))
		{
			result = amount_from_scaled(dividend / (2 * y), 5);
			if (negative)
				result.value = -result.value;
			return amount_to_numeric(&result);
		}
	}

	{
		Amount		factor = amount_from_scaled(twice, 0);
		Amount		two = amount_from_int64(2);
		Amount		unit = amount_from_scaled(1, 5);	/* 10^-20 */
		Amount		a = *num;
		Amount		b = *den;
		Amount		zero = AMOUNT_ZERO;

		if (amount_sign(&a) < 0)
			a = amount_sub(&zero, &a);
		if (amount_sign(&b) < 0)
			b = amount_sub(&zero, &b);
		a = by_numeric(numeric_mul, &a, &factor);
		a = amount_add(&a, &b);
		b = by_numeric(numeric_mul, &b, &two);
		result = by_numeric(numeric_div_trunc, &a, &b);
		result = by_numeric(numeric_mul, &result, &unit);
		if (negative)
			result = amount_sub(&zero, &result);
		return amount_to_numeric(&result);
	}
}

/*
 * num / den rounded half away from zero to fewer decimal places.  It is rounded
 * once: as a quotient of 20 places by a denominator that is too large by the
 * power of ten that makes up for the rest.
 */
Amount
amount_ratio_rounded(const Amount *num, const Amount *den, int decimals)
{
	Amount		power = AMOUNT_ZERO;
	Amount		by;

	Assert(decimals >= 2 && decimals <= 20);
	power.value = 1;
	for (int i = decimals; i < 20; i++)
		power.value *= 10;
	by = amount_mul(den, &power);
	by = amount_from_numeric(amount_ratio(num, &by));
	return amount_mul(&by, &power);
}

/* ----------
 * Sums of products
 * ----------
 */

/* |a| * |b| in 256 bits; a and b are below 2^127 in size */
static void
wide_product(AmountWide *product, int128 a, int128 b)
{
	uint128		x = a < 0 ? -(uint128) a : (uint128) a;
	uint128		y = b < 0 ? -(uint128) b : (uint128) b;
	uint64		x0 = (uint64) x;
	uint64		x1 = (uint64) (x >> 64);
	uint64		y0 = (uint64) y;
	uint64		y1 = (uint64) (y >> 64);
	uint128		low = (uint128) x0 * y0;
	uint128		mid1;
	uint128		mid2;

	product->limb[0] = (uint64) low;
	mid1 = (uint128) x1 * y0 + (uint64) (low >> 64);
	mid2 = (uint128) x0 * y1 + (uint64) mid1;
	product->limb[1] = (uint64) mid2;
	low = (uint128) x1 * y1 + (uint64) (mid1 >> 64) + (uint64) (mid2 >> 64);
	product->limb[2] = (uint64) low;
	product->limb[3] = (uint64) (low >> 64);
}

/* False, and nothing changed, on overflow. */
bool
amount_wide_add(AmountWide *sum, const AmountWide *other)
{
	AmountWide	result;
	uint128		carry = 0;

	for (int i = 0; i < 4; i++)
	{
		carry += (uint128) sum->limb[i] + other->limb[i];
		result.limb[i] = (uint64) carry;
		carry >>= 64;
	}
	if (carry != 0)
		return false;
	*sum = result;
	return true;
}

/* a and b are not negative; false, and nothing changed, on overflow */
bool
amount_wide_add_product(AmountWide *sum, int128 a, int128 b)
{
	AmountWide	product;

	Assert(a >= 0 && b >= 0);
	wide_product(&product, a, b);
	return amount_wide_add(sum, &product);
}

/* False, and nothing changed, if the sum would go below zero. */
bool
amount_wide_sub_product(AmountWide *sum, int128 a, int128 b)
{
	AmountWide	product;
	AmountWide	result;
	uint64		borrow = 0;

	Assert(a >= 0 && b >= 0);
	wide_product(&product, a, b);
	for (int i = 0; i < 4; i++)
	{
		uint128		difference = (uint128) sum->limb[i] - product.limb[i] - borrow;

		result.limb[i] = (uint64) difference;
		borrow = (uint64) (difference >> 64) ? 1 : 0;
	}
	if (borrow != 0)
		return false;
	*sum = result;
	return true;
}

/* sum = sum * factor + addend; false, and nothing changed, on overflow */
static bool
wide_times_plus(AmountWide *sum, uint64 factor, uint64 addend)
{
	AmountWide	result;
	uint128		carry = addend;

	for (int i = 0; i < 4; i++)
	{
		carry += (uint128) sum->limb[i] * factor;
		result.limb[i] = (uint64) carry;
		carry >>= 64;
	}
	if (carry != 0)
		return false;
	*sum = result;
	return true;
}

/* Make the scale finer by that many base-10000 digits. */
bool
amount_wide_rescale(AmountWide *sum, int digits)
{
	AmountWide	result = *sum;

	for (; digits > 0; digits -= 4)
	{
		if (!wide_times_plus(&result, amount_power[Min(digits, 4)], 0))
			return false;
	}
	*sum = result;
	return true;
}

Amount
amount_from_wide(const AmountWide *sum, int scale)
{
	AmountWide	rest = *sum;
	int64		chunk[5];		/* 10^80 is more than 2^256 */
	AmountDigits d;

	for (int i = 0; i < 5; i++)
	{
		uint128		remainder = 0;

		for (int j = 3; j >= 0; j--)
		{
			remainder = (remainder << 64) | rest.limb[j];
			rest.limb[j] = (uint64) (remainder / CHUNK);
			remainder %= CHUNK;
		}
		chunk[i] = (int64) remainder;
	}
	d.negative = false;
	digits_from_chunks(&d, chunk, 5, scale);
	return amount_from_digits(&d);
}

/*
 * The amount, not negative, as an integer in units of 10000^-scale; false if
 * it is not one or does not fit.
 */
bool
amount_to_wide(const Amount *a, int scale, AmountWide *result)
{
	AmountDigits d;
	int			missing;

#ifdef CCX_SLOW_AMOUNTS
	return false;
#endif
	memset(result, 0, sizeof(*result));
	amount_get_digits(a, &d);
	missing = scale - (d.ndigits - 1 - d.weight);
	if (d.ndigits == 0)
		return true;
	/* 10000^20 is more than 2^256 */
	if (missing < 0 || d.ndigits + missing > 20)
		return false;
	for (int i = 0; i < d.ndigits; i++)
	{
		if (!wide_times_plus(result, NUM_BASE, d.digits[i]))
			return false;
	}
	return amount_wide_rescale(result, missing);
}

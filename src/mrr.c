/*-------------------------------------------------------------------------
 *
 * mrr.c
 *	  Single amounts and rates: the movement of one customer, monthly and
 *	  annual amounts, rates compounded over time.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "amount.h"
#include "retention.h"
#include "utils/builtins.h"
#include "utils/date.h"

/*
 * mrr_movement(opening numeric, closing numeric, seen boolean) -> text
 *
 * The name of what a customer did; NULL when it was not there at either end.
 */
PG_FUNCTION_INFO_V1(mrr_movement);
Datum
mrr_movement(PG_FUNCTION_ARGS)
{
	Amount		opening = AMOUNT_ZERO;
	Amount		closing = AMOUNT_ZERO;
	int			opening_sign;
	int			closing_sign;

	if (!PG_ARGISNULL(0))
		opening = amount_from_numeric(PG_GETARG_NUMERIC(0));
	if (!PG_ARGISNULL(1))
		closing = amount_from_numeric(PG_GETARG_NUMERIC(1));

	/* credits are not recurring: negative counts as zero */
	opening_sign = Max(amount_sign(&opening), 0);
	closing_sign = Max(amount_sign(&closing), 0);
	switch (retention_movement(opening_sign, closing_sign,
							   amount_cmp(&closing, &opening),
							   !PG_ARGISNULL(2) && PG_GETARG_BOOL(2)))
	{
		case RETENTION_NEW:
			PG_RETURN_TEXT_P(cstring_to_text("new"));
		case RETENTION_REACTIVATION:
			PG_RETURN_TEXT_P(cstring_to_text("reactivation"));
		case RETENTION_EXPANSION:
			PG_RETURN_TEXT_P(cstring_to_text("expansion"));
		case RETENTION_CONTRACTION:
			PG_RETURN_TEXT_P(cstring_to_text("contraction"));
		case RETENTION_CHURN:
			PG_RETURN_TEXT_P(cstring_to_text("churn"));
	}
	if (opening_sign == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text("unchanged"));
}

/*
 * monthly_amount(amount numeric, unit text, count integer) -> numeric
 *
 * What is paid every `count' units, per month.
 */
PG_FUNCTION_INFO_V1(monthly_amount);
Datum
monthly_amount(PG_FUNCTION_ARGS)
{
	static const struct
	{
		const char *unit;
		int			times;		/* months in so many units */
		int			by;
	}			units[] = {
		{"day", 365, 12},
		{"week", 52, 12},
		{"month", 1, 1},
		{"quarter", 1, 3},
		{"year", 1, 12}
	};
	Amount		amount = amount_from_numeric(PG_GETARG_NUMERIC(0));
	char	   *unit = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int32		count = PG_GETARG_INT32(2);

	if (count < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("count of billing units must be at least 1, not %d", count)));
	for (int i = 0; i < (int) lengthof(units); i++)
	{
		if (strcmp(unit, units[i].unit) == 0)
		{
			Amount		times = amount_from_int64(units[i].times);
			Amount		by = amount_from_int64((int64) units[i].by * count);

			times = amount_mul(&amount, &times);
			PG_RETURN_NUMERIC(amount_ratio(&times, &by));
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown billing unit \"%.*s\"", shown_length(unit, strlen(unit)), unit),
			 errdetail("Valid are day, week, month, quarter and year; what is billed every other month has unit month and count 2.")));
}

/* arr(mrr numeric) -> numeric */
PG_FUNCTION_INFO_V1(arr);
Datum
arr(PG_FUNCTION_ARGS)
{
	Amount		mrr = amount_from_numeric(PG_GETARG_NUMERIC(0));
	Amount		months = amount_from_int64(12);

	mrr = amount_mul(&mrr, &months);
	PG_RETURN_NUMERIC(amount_to_numeric(&mrr));
}

/*
 * convert_amount(amount numeric, rate numeric, currency text, day date) -> numeric
 *
 * The exact product.  An amount without a rate is an error and not NULL, which
 * sums would leave out without a word; currency and day are for its message.
 */
PG_FUNCTION_INFO_V1(convert_amount);
Datum
convert_amount(PG_FUNCTION_ARGS)
{
	Amount		amount;
	Amount		rate;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
	{
		char	   *currency = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
		char	   *day = PG_ARGISNULL(3) ? NULL :
			DatumGetCString(DirectFunctionCall1(date_out, PG_GETARG_DATUM(3)));

		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("no exchange rate for %.*s on %s",
						currency ? shown_length(currency, strlen(currency)) : 4, currency ? currency : "NULL",
						day ? day : "an unknown day"),
				 errdetail("Without it the amount would be left out of every total."),
				 errhint("Put it into the table of rates.")));
	}
	amount = amount_from_numeric(PG_GETARG_NUMERIC(0));
	rate = amount_from_numeric(PG_GETARG_NUMERIC(1));
	if (amount_sign(&rate) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an exchange rate must be above 0, not %s",
						DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(1))))));
	rate = amount_mul(&amount, &rate);
	PG_RETURN_NUMERIC(amount_to_numeric(&rate));
}

/*
 * compound_accum(numeric, numeric) -> numeric
 *
 * The exact product so far.  NaN, which is no valid input, stands for "one of
 * the rates is unknown", and so for the result.
 */
PG_FUNCTION_INFO_V1(compound_accum);
Datum
compound_accum(PG_FUNCTION_ARGS)
{
	Amount		rate;
	Amount		product;

	if (PG_ARGISNULL(1))
		return DirectFunctionCall3(numeric_in, CStringGetDatum("NaN"),
								   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	rate = amount_from_numeric(PG_GETARG_NUMERIC(1));
	if (amount_sign(&rate) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a rate to be compounded must not be negative")));
	if (PG_ARGISNULL(0))
		PG_RETURN_NUMERIC(amount_to_numeric(&rate));
	if (numeric_is_nan(PG_GETARG_NUMERIC(0)))
		return PG_GETARG_DATUM(0);
	product = amount_from_numeric(PG_GETARG_NUMERIC(0));
	product = amount_mul(&product, &rate);
	PG_RETURN_NUMERIC(amount_to_numeric(&product));
}

/* compound_final(numeric) -> numeric */
PG_FUNCTION_INFO_V1(compound_final);
Datum
compound_final(PG_FUNCTION_ARGS)
{
	Numeric		state = PG_GETARG_NUMERIC(0);
	Amount		product;
	Amount		one = amount_from_int64(1);

	if (numeric_is_nan(state))
		PG_RETURN_NULL();
	product = amount_from_numeric(state);
	PG_RETURN_NUMERIC(amount_ratio(&product, &one));
}

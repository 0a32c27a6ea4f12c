/*-------------------------------------------------------------------------
 *
 * currency.c
 *	  The one currency that amounts of a group may have.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "currency.h"
#include "utils/builtins.h"

/* The currency in a text argument, which may be NULL. */
Currency
currency_from_arg(FunctionCallInfo fcinfo, int argno)
{
	Currency	result = {CURRENCY_NULL, ""};
	text	   *code;
	int			length;

	if (PG_ARGISNULL(argno))
		return result;
	code = PG_GETARG_TEXT_PP(argno);
	length = VARSIZE_ANY_EXHDR(code);
	if (length == 0 || length >= CURRENCY_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid currency \"%.*s\"",
						shown_length(VARDATA_ANY(code), length), VARDATA_ANY(code)),
				 errdetail("A currency is a code of 1 to %d bytes, such as USD.",
						   CURRENCY_SIZE - 1)));
	result.state = CURRENCY_KNOWN;
	memcpy(result.code, VARDATA_ANY(code), length);
	return result;
}

/* Of one that another process made. */
bool
currency_valid(const Currency *currency)
{
	int			length = strnlen(currency->code, CURRENCY_SIZE);

	if (currency->state != CURRENCY_KNOWN)
		return currency->state < CURRENCY_KNOWN && length == 0;
	return length > 0 && length < CURRENCY_SIZE &&
		pg_verifymbstr(currency->code, length, true);
}

static const char *
currency_label(const Currency *currency)
{
	return currency->state == CURRENCY_KNOWN ? currency->code : "NULL";
}

/* Amounts of another currency join; they must not have a different one. */
void
currency_merge(Currency *into, const Currency *other)
{
	if (other->state == CURRENCY_NOT_GIVEN)
		return;
	if (into->state == CURRENCY_NOT_GIVEN)
		*into = *other;
	else if (into->state != other->state || strcmp(into->code, other->code) != 0)
	{
		/* the same message whichever came first */
		bool		swap = strcmp(currency_label(into), currency_label(other)) > 0;

		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("amounts of different currencies cannot be added"),
				 errdetail("One group has both %s and %s.",
						   currency_label(swap ? other : into),
						   currency_label(swap ? into : other)),
				 errhint("Group by currency, or convert first, opening and closing with one rate.")));
	}
}

void
currency_walk(Codec *codec, Currency *currency)
{
	uint64		state = currency->state;

	/* for reading there is just a currency, or none */
	if (codec->mode == CODEC_DESCRIBE)
	{
		if (state == CURRENCY_KNOWN)
			codec_text(codec, "currency", currency->code, CURRENCY_SIZE);
		return;
	}
	codec_uint(codec, "currency_state", &state, CURRENCY_KNOWN);
	currency->state = state;
	if (state == CURRENCY_KNOWN)
	{
		codec_text(codec, "currency", currency->code, CURRENCY_SIZE);
		if (currency->code[0] == '\0')
			codec_fail(codec, "A known currency has an empty code.");
	}
}

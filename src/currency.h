/*-------------------------------------------------------------------------
 *
 * currency.h
 *	  The one currency that amounts of a group may have.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_CURRENCY_H
#define CCX_CURRENCY_H

#include "codec.h"

/* longest code in bytes, and its terminator */
#define CURRENCY_SIZE 16

/*
 * Not given merges with everything.  NULL given for every row is a value of
 * its own: NULL beside 'USD' means that somebody does not know.
 */
typedef enum CurrencyState
{
	CURRENCY_NOT_GIVEN,
	CURRENCY_NULL,
	CURRENCY_KNOWN
} CurrencyState;

typedef struct Currency
{
	uint8		state;			/* a CurrencyState */
	char		code[CURRENCY_SIZE];	/* empty unless known */
} Currency;

extern Currency currency_from_arg(FunctionCallInfo fcinfo, int argno);
extern bool currency_valid(const Currency *currency);
extern void currency_merge(Currency *into, const Currency *other);
extern void currency_walk(Codec *codec, Currency *currency);

#endif							/* CCX_CURRENCY_H */

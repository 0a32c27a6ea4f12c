/*-------------------------------------------------------------------------
 *
 * customer_amount.h
 *	  Amounts of any size in the payload of a customer: their numerics are of
 *	  the customer table's memory.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_CUSTOMER_AMOUNT_H
#define CCX_CUSTOMER_AMOUNT_H

#include "amount.h"
#include "customer_table.h"

/* Move an amount's numeric to the table's memory. */
static inline void
customer_amount_keep(CustomerTable *table, Amount *amount)
{
	if (amount->big != NULL)
		amount->big = memcpy(customer_alloc(table, VARSIZE_ANY(amount->big)),
							 amount->big, VARSIZE_ANY(amount->big));
}

static inline void
customer_amount_free(CustomerTable *table, Amount *amount)
{
	if (amount->big != NULL)
		customer_free(table, amount->big, VARSIZE_ANY(amount->big));
}

static inline void
customer_amount_add(CustomerTable *table, Amount *to, const Amount *by)
{
	Amount		sum = amount_add(to, by);

	customer_amount_keep(table, &sum);
	customer_amount_free(table, to);
	*to = sum;
}

/* An amount in a packed payload is a numeric, whatever its size. */
static inline void
customer_amount_put(CustomerBuffer *buffer, const Amount *amount)
{
	Numeric		number = amount_to_numeric(amount);

	customer_buffer_put(buffer, number, VARSIZE(number));
	pfree(number);
}

static inline Amount
customer_amount_get(const char *name, const char **data, Size *size)
{
	varattrib_4b header;
	Size		length;
	Numeric		aligned;
	Amount		result;

	if (*size < VARHDRSZ)
		customer_table_report_corrupt(name);
	memcpy(&header, *data, VARHDRSZ);
	length = VARSIZE(&header);
	if (!VARATT_IS_4B_U(&header) || length < VARHDRSZ || length > *size)
		customer_table_report_corrupt(name);
	aligned = memcpy(palloc(length), *data, length);
	if (!amount_numeric_valid(aligned))
		customer_table_report_corrupt(name);
	result = amount_from_numeric(aligned);
	pfree(aligned);
	*data += length;
	*size -= length;
	return result;
}

#endif							/* CCX_CUSTOMER_AMOUNT_H */

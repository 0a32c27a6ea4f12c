/*-------------------------------------------------------------------------
 *
 * reconcile.c
 *	  reconcile(): why two systems report different retention for one period.
 *
 * Each customer has an opening and a closing in either system.  Its rows are
 * added first and then clamped at zero; then it gets one cause, and an effect on
 * the rates R = N / D, bars being the mean of the two systems:
 *
 *		effect = ((N_b - N_a) - R_bar * (D_b - D_a)) / D_bar
 *
 * Effects add up to R_b - R_a.  They are exact until those of a cause are
 * rounded, to 12 decimals; what is then missing goes to the largest of them.
 * Definitions are in doc/drivers.md.
 *
 * The customer table keeps the four sums of each customer.  In the end customers
 * are gone through twice: as examples those with the largest effects are named,
 * and an effect depends on the totals.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "access/htup_details.h"
#include "amount.h"
#include "catalog/pg_type_d.h"
#include "count.h"
#include "customer_amount.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#define RECONCILE_DECIMALS	12

/* customers named per cause */
#define MAX_EXAMPLES	5

/* ----------
 * One customer
 * ----------
 */

typedef enum Figure
{
	OPENING_A,
	CLOSING_A,
	OPENING_B,
	CLOSING_B
} Figure;

#define FIGURES		(CLOSING_B + 1)

/* The payload: integers in units of 10000^-scale, or amounts of any size. */
typedef struct Account
{
	uint32		form;			/* the tag of a payload, see below */
	union
	{
		int64		small[FIGURES];
		Amount	   *large;		/* FIGURES; numerics are the customer's memory */
	}			u;
} Account;

/* form, scale and which systems know the customer, in one */
#define ACCOUNT_SMALL	1
#define ACCOUNT_LARGE	2
#define ACCOUNT_IN_A	65536
#define ACCOUNT_IN_B	131072
#define ACCOUNT_IN		(ACCOUNT_IN_A | ACCOUNT_IN_B)
#define ACCOUNT_FORM(account)	((account)->form & 255)
#define ACCOUNT_SCALE(account)	((int) ((account)->form >> 8 & 255))
#define ACCOUNT_MAKE(form, scale, in) ((form) | (uint32) (scale) << 8 | (in))

typedef struct AccountInput
{
	bool		large;			/* figures are numerics, NULL for zero */
	uint8		scale;
	uint32		in;				/* ACCOUNT_IN_A and so on */
	union
	{
		int64		value[FIGURES];
		Numeric		numeric[FIGURES];
	}			u;
} AccountInput;

typedef struct ReconcileState
{
	CustomerTable table;
	int			scale;			/* that amounts are read at */
	int64		unknown;		/* rows without a customer */
} ReconcileState;

static void
account_forget(CustomerTable *table, void *payload)
{
	Account    *account = payload;

	if (ACCOUNT_FORM(account) != ACCOUNT_LARGE)
		return;
	for (int i = 0; i < FIGURES; i++)
		customer_amount_free(table, &account->u.large[i]);
	customer_free(table, account->u.large, FIGURES * sizeof(Amount));
}

static void
account_add_large(CustomerTable *table, Account *account, const Amount *by, uint32 in)
{
	if (account->form == CUSTOMER_NEW || ACCOUNT_FORM(account) != ACCOUNT_LARGE)
	{
		Amount	   *large = customer_alloc(table, FIGURES * sizeof(Amount));

		for (int i = 0; i < FIGURES; i++)
			large[i] = account->form == CUSTOMER_NEW ? AMOUNT_ZERO :
				amount_from_scaled(account->u.small[i], ACCOUNT_SCALE(account));
		if (account->form != CUSTOMER_NEW)
			in |= account->form & ACCOUNT_IN;
		account->form = ACCOUNT_MAKE(ACCOUNT_LARGE, 0, 0);
		account->u.large = large;
	}
	account->form |= in;
	for (int i = 0; i < FIGURES; i++)
		customer_amount_add(table, &account->u.large[i], &by[i]);
}

/* Bring figures to a finer scale; false if one does not fit. */
static bool
rescale(int64 *figures, int digits)
{
	for (int i = 0; i < FIGURES; i++)
	{
		if (figures[i] != 0 &&
			(digits > 4 ||
			 __builtin_mul_overflow(figures[i], amount_power[digits], &figures[i])))
			return false;
	}
	return true;
}

static void
account_add(CustomerTable *table, Account *account, const int64 *by, int scale, uint32 in)
{
	if (account->form == CUSTOMER_NEW)
	{
		account->form = ACCOUNT_MAKE(ACCOUNT_SMALL, scale, in);
		memcpy(account->u.small, by, sizeof(account->u.small));
		return;
	}
	if (likely(ACCOUNT_FORM(account) == ACCOUNT_SMALL))
	{
		int			finest = Max(scale, ACCOUNT_SCALE(account));
		int64		sums[FIGURES];
		int64		addends[FIGURES];
		bool		fits;

		memcpy(sums, account->u.small, sizeof(sums));
		memcpy(addends, by, sizeof(addends));
		fits = rescale(sums, finest - ACCOUNT_SCALE(account)) &&
			rescale(addends, finest - scale);
		for (int i = 0; fits && i < FIGURES; i++)
			fits = !__builtin_add_overflow(sums[i], addends[i], &sums[i]);
		if (likely(fits))
		{
			account->form = ACCOUNT_MAKE(ACCOUNT_SMALL, finest,
										 in | (account->form & ACCOUNT_IN));
			memcpy(account->u.small, sums, sizeof(sums));
			return;
		}
	}
	{
		Amount		large[FIGURES];

		for (int i = 0; i < FIGURES; i++)
			large[i] = amount_from_scaled(by[i], scale);
		account_add_large(table, account, large, in);
	}
}

/* ----------
 * What the customer table wants to know
 * ----------
 */

static void
account_apply(const CustomerRow *rows, void *const *payloads, const void *inputs, int count)
{
	const AccountInput *input = inputs;

	for (int i = 0; i < count; i++, input++)
	{
		Amount		large[FIGURES];

		if (likely(!input->large))
		{
			account_add(rows[i].table, payloads[i], input->u.value, input->scale, input->in);
			continue;
		}
		for (int j = 0; j < FIGURES; j++)
			large[j] = input->u.numeric[j] == NULL ? AMOUNT_ZERO :
				amount_from_numeric(input->u.numeric[j]);
		account_add_large(rows[i].table, payloads[i], large, input->in);
	}
}

/* Form, scale and systems; then four integers, or four numerics. */
static void
account_pack(const CustomerTable *table, const void *payload, CustomerBuffer *buffer)
{
	const Account *account = payload;

	customer_buffer_put(buffer, &account->form, sizeof(account->form));
	if (ACCOUNT_FORM(account) == ACCOUNT_SMALL)
	{
		customer_buffer_put(buffer, account->u.small, sizeof(account->u.small));
		return;
	}
	for (int i = 0; i < FIGURES; i++)
		customer_amount_put(buffer, &account->u.large[i]);
}

static void
account_merge(CustomerTable *table, void *payload, const char *data, Size size)
{
	Account		other;
	Amount		large[FIGURES];

	if (size < sizeof(other.form))
		customer_table_report_corrupt("reconcile");
	memcpy(&other.form, data, sizeof(other.form));
	data += sizeof(other.form);
	size -= sizeof(other.form);
	if (ACCOUNT_FORM(&other) == ACCOUNT_SMALL)
	{
		if (size != sizeof(other.u.small) || ACCOUNT_SCALE(&other) > AMOUNT_MAX_SCALE)
			customer_table_report_corrupt("reconcile");
		memcpy(other.u.small, data, sizeof(other.u.small));
		account_add(table, payload, other.u.small, ACCOUNT_SCALE(&other),
					other.form & ACCOUNT_IN);
		return;
	}
	for (int i = 0; i < FIGURES; i++)
		large[i] = customer_amount_get("reconcile", &data, &size);
	if (size != 0)
		customer_table_report_corrupt("reconcile");
	account_add_large(table, payload, large, other.form & ACCOUNT_IN);
}

static const CustomerOps account_ops = {
	"reconcile", sizeof(ReconcileState), sizeof(Account), sizeof(AccountInput),
	account_apply, account_pack, account_merge, account_forget, NULL
};

/* ----------
 * States
 * ----------
 */

/*
 * Four amounts at the scale of the state, which may become finer.  False if one
 * does not fit; NaN and infinities are errors.
 */
static bool
decode(ReconcileState *state, const Numeric *amounts, int64 *result)
{
	bool		fits = true;

	for (int i = 0; i < FIGURES; i++)
	{
		int128		value = 0;
		AmountFit	fit = AMOUNT_FITS;

		if (amounts[i] != NULL)
			fit = amount_decode(amounts[i], state->scale, &value);
		if (fit == AMOUNT_SPECIAL)
			amount_report_special(amounts[i]);
		if (fit == AMOUNT_FINER && amount_fraction_digits(amounts[i]) <= AMOUNT_MAX_SCALE)
		{
			state->scale = amount_fraction_digits(amounts[i]);
			/* those before it have to become finer, too */
			i = -1;
			fits = true;
			continue;
		}
		result[i] = (int64) value;
		fits &= fit == AMOUNT_FITS && result[i] == value;
	}
	return fits;
}

/* reconcile_accum(internal, customer, opening_a, closing_a, opening_b, closing_b) */
PG_FUNCTION_INFO_V1(reconcile_accum);
Datum
reconcile_accum(PG_FUNCTION_ARGS)
{
	ReconcileState *state = PG_ARGISNULL(0) ?
		(ReconcileState *) customer_table_create(fcinfo, &account_ops, 1) :
		(ReconcileState *) PG_GETARG_POINTER(0);
	Numeric		amounts[FIGURES];
	AccountInput row;

	memset(&row, 0, sizeof(row));
	for (int i = 0; i < FIGURES; i++)
	{
		amounts[i] = PG_ARGISNULL(2 + i) ? NULL :
			(Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2 + i));
		if (amounts[i] != NULL)
			row.in |= i == OPENING_A || i == CLOSING_A ? ACCOUNT_IN_A : ACCOUNT_IN_B;
	}
	row.large = !decode(state, amounts, row.u.value);
	row.scale = state->scale;

	if (PG_ARGISNULL(1))
		state->unknown = count_add(state->unknown, 1);
	else if (row.in == 0)
	{
		/* neither system knows anything of the customer */
	}
	else if (likely(!row.large))
		*(AccountInput *) customer_table_add(&state->table, PG_GETARG_DATUM(1)) = row;
	else
	{
		memcpy(row.u.numeric, amounts, sizeof(amounts));
		*(AccountInput *) customer_table_add(&state->table, PG_GETARG_DATUM(1)) = row;
		/* numerics are there only during this call */
		customer_table_flush(&state->table);
	}
	PG_RETURN_POINTER(state);
}

/* reconcile_serial(internal) -> bytea */
PG_FUNCTION_INFO_V1(reconcile_serial);
Datum
reconcile_serial(PG_FUNCTION_ARGS)
{
	ReconcileState *state = (ReconcileState *) PG_GETARG_POINTER(0);

	PG_RETURN_BYTEA_P(customer_table_serialize(&state->table, &state->unknown,
											   sizeof(state->unknown)));
}

/* reconcile_deserial(bytea, internal) -> internal */
PG_FUNCTION_INFO_V1(reconcile_deserial);
Datum
reconcile_deserial(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_table_deserialize(&account_ops, PG_GETARG_BYTEA_PP(0)));
}

/*
 * reconcile_combine(internal, internal) -> internal
 *
 * The first argument is a state, the second what deserialization made.
 */
PG_FUNCTION_INFO_V1(reconcile_combine);
Datum
reconcile_combine(PG_FUNCTION_ARGS)
{
	ReconcileState *state = PG_ARGISNULL(0) ? NULL : (ReconcileState *) PG_GETARG_POINTER(0);
	CustomerPartial *partial;
	int64		unknown;

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	partial = (CustomerPartial *) PG_GETARG_POINTER(1);
	if (partial->head_size != sizeof(unknown))
		customer_table_report_corrupt(account_ops.name);
	memcpy(&unknown, partial->head, sizeof(unknown));
	if (unknown < 0)
		customer_table_report_corrupt(account_ops.name);

	if (state == NULL)
		state = (ReconcileState *) customer_table_create_like(fcinfo, &account_ops, partial);
	customer_table_merge(&state->table, partial);
	state->unknown = count_add(state->unknown, unknown);
	PG_RETURN_POINTER(state);
}

/* ----------
 * Causes and sums
 * ----------
 */

/* In the order in which they are tried, and come out. */
typedef enum Cause
{
	CAUSE_ONLY_A,
	CAUSE_ONLY_B,
	CAUSE_CLAMPED,
	CAUSE_CHURNED,
	CAUSE_REACTIVATED,
	CAUSE_OPENING,
	CAUSE_CLOSING,
	CAUSE_BOTH,
	CAUSE_SAME,
	CAUSE_UNKNOWN				/* rows, not customers */
} Cause;

#define CAUSES	(CAUSE_UNKNOWN + 1)

static const char *const cause_names[CAUSES] = {
	"only in A", "only in B", "clamped", "churned in one", "reactivated in one",
	"opening differs", "closing differs", "both differ", "same", "unknown customer"
};

/* What is added up of customers: for A, for B, or the difference. */
typedef enum Part
{
	PART_OPENING,				/* denominator of both rates */
	PART_CLOSING,
	PART_NET,					/* numerator of NRR */
	PART_GROSS					/* numerator of GRR */
} Part;

#define PARTS	(PART_GROSS + 1)

/* A customer, as far as it matters here. */
typedef struct Difference
{
	Cause		cause;
	bool		large;			/* look at amounts, not at values */
	int			scale;
	int128		value[2][PARTS];	/* A, B */
	Amount		amount[2][PARTS];
} Difference;

/* A sum of any size; its numeric is the collector's. */
typedef struct Sum
{
	int			scale;
	int128		value;
	Amount		rest;
} Sum;

/* One of the customers with the largest effect; amounts are not negative. */
typedef struct Example
{
	Amount		effect;			/* on NRR, times a denominator that all have */
	Amount		opening;		/* differences */
	Amount		closing;
	double		least;			/* the effect is at least this, over D_a * D_b */
	char	   *customer;
} Example;

typedef struct Tally
{
	int64		customers;
	Sum			difference[PARTS];	/* B - A */
	int			nexamples;
	Example		example[MAX_EXAMPLES];	/* best first */
} Tally;

typedef struct Collector
{
	const CustomerTable *table;
	MemoryContext context;
	Tally		tally[CAUSES];
	Sum			total[2][PARTS];

	/*
	 * What effects of customers on NRR are compared by: numerators over the
	 * denominator that all of them have.
	 */
	bool		has_rates;
	Amount		by_net;			/* 2 * D_a * D_b */
	Amount		by_opening;		/* N_a * D_b + N_b * D_a */
	double		rates;			/* R_a + R_b */
} Collector;

/* Sums are kept in the given context. */
static void
sum_add_amount(Sum *sum, const Amount *amount, MemoryContext context)
{
	Amount		result = amount_add(&sum->rest, amount);
	MemoryContext old = MemoryContextSwitchTo(context);

	result = amount_copy(&result);
	MemoryContextSwitchTo(old);
	if (sum->rest.big != NULL)
		pfree(sum->rest.big);
	sum->rest = result;
}

/* What is in small form joins the rest. */
static void
sum_flush(Sum *sum, MemoryContext context)
{
	Amount		small = amount_from_scaled(sum->value, sum->scale);

	sum->value = 0;
	sum_add_amount(sum, &small, context);
}

/* Add an integer below 2^65. */
static inline void
sum_add(Sum *sum, int128 value, int scale, MemoryContext context)
{
	if (unlikely(scale != sum->scale))
	{
		sum_flush(sum, context);
		sum->scale = scale;
	}
	sum->value += value;
	if (unlikely(sum->value > ((int128) 1) << 125 || sum->value < -(((int128) 1) << 125)))
		sum_flush(sum, context);
}

static Amount
sum_get(Sum *sum)
{
	sum_flush(sum, CurrentMemoryContext);
	return sum->rest;
}

/*
 * The cause of a customer.  Figures are told by their signs after clamping, and
 * by how A compares with B.
 */
static Cause
find_cause(uint32 in, bool clamped, const int *sign, int opening_cmp, int closing_cmp)
{
	if (!(in & ACCOUNT_IN_B))
		return CAUSE_ONLY_A;
	if (!(in & ACCOUNT_IN_A))
		return CAUSE_ONLY_B;
	if (clamped)
		return CAUSE_CLAMPED;
	if (sign[OPENING_A] > 0 && sign[OPENING_B] > 0 &&
		(sign[CLOSING_A] > 0) != (sign[CLOSING_B] > 0))
		return CAUSE_CHURNED;
	if ((sign[OPENING_A] == 0 && sign[CLOSING_A] > 0) !=
		(sign[OPENING_B] == 0 && sign[CLOSING_B] > 0))
		return CAUSE_REACTIVATED;
	if (opening_cmp != 0)
		return closing_cmp == 0 ? CAUSE_OPENING : CAUSE_BOTH;
	return closing_cmp != 0 ? CAUSE_CLOSING : CAUSE_SAME;
}

static void
read_account(const Account *account, Difference *difference)
{
	int			sign[FIGURES];
	bool		clamped = false;
	int			cmp[2];			/* of openings, of closings */

	difference->large = ACCOUNT_FORM(account) == ACCOUNT_LARGE;
	difference->scale = ACCOUNT_SCALE(account);
	if (!difference->large)
	{
		for (int i = 0; i < FIGURES; i++)
		{
			clamped |= account->u.small[i] < 0;
			sign[i] = account->u.small[i] > 0;
		}
		for (int side = 0; side < 2; side++)
		{
			int128	   *value = difference->value[side];

			value[PART_OPENING] = Max(account->u.small[OPENING_A + 2 * side], 0);
			value[PART_CLOSING] = Max(account->u.small[CLOSING_A + 2 * side], 0);
			value[PART_NET] = value[PART_OPENING] > 0 ? value[PART_CLOSING] : 0;
			value[PART_GROSS] = Min(value[PART_OPENING], value[PART_CLOSING]);
		}
		for (int i = 0; i < 2; i++)
			cmp[i] = difference->value[0][i] != difference->value[1][i];
	}
	else
	{
		Amount		zero = AMOUNT_ZERO;

		for (int i = 0; i < FIGURES; i++)
		{
			sign[i] = amount_sign(&account->u.large[i]);
			clamped |= sign[i] < 0;
			sign[i] = Max(sign[i], 0);
		}
		for (int side = 0; side < 2; side++)
		{
			Amount	   *amount = difference->amount[side];
			int			o = OPENING_A + 2 * side;
			int			c = CLOSING_A + 2 * side;

			amount[PART_OPENING] = sign[o] > 0 ? account->u.large[o] : zero;
			amount[PART_CLOSING] = sign[c] > 0 ? account->u.large[c] : zero;
			amount[PART_NET] = sign[o] > 0 ? amount[PART_CLOSING] : zero;
			amount[PART_GROSS] = amount_cmp(&amount[PART_OPENING], &amount[PART_CLOSING]) < 0 ?
				amount[PART_OPENING] : amount[PART_CLOSING];
		}
		for (int i = 0; i < 2; i++)
			cmp[i] = amount_cmp(&difference->amount[0][i], &difference->amount[1][i]);
	}
	difference->cause = find_cause(account->form, clamped, sign, cmp[PART_OPENING],
								   cmp[PART_CLOSING]);
}

/* B - A */
static Amount
difference_of(const Difference *difference, Part part)
{
	if (difference->large)
		return amount_sub(&difference->amount[1][part], &difference->amount[0][part]);
	return amount_from_scaled(difference->value[1][part] - difference->value[0][part],
							  difference->scale);
}

/* First time: sums. */
static void
visit_sums(void *arg, void *payload)
{
	Collector  *collector = arg;
	Difference	difference;
	Tally	   *tally;

	read_account(payload, &difference);
	tally = &collector->tally[difference.cause];
	tally->customers++;
	for (int part = 0; part < PARTS; part++)
	{
		if (likely(!difference.large))
		{
			int128		a = difference.value[0][part];
			int128		b = difference.value[1][part];

			sum_add(&collector->total[0][part], a, difference.scale, collector->context);
			sum_add(&collector->total[1][part], b, difference.scale, collector->context);
			if (difference.cause != CAUSE_SAME)
				sum_add(&tally->difference[part], b - a, difference.scale, collector->context);
		}
		else
		{
			Amount		by = difference_of(&difference, part);

			for (int side = 0; side < 2; side++)
				sum_add_amount(&collector->total[side][part], &difference.amount[side][part],
							   collector->context);
			sum_add_amount(&tally->difference[part], &by, collector->context);
		}
	}
}

/* ----------
 * Examples
 * ----------
 */

static Amount
absolute(Amount a)
{
	Amount		zero = AMOUNT_ZERO;

	return amount_sign(&a) < 0 ? amount_sub(&zero, &a) : a;
}

static double
to_double(const Amount *a)
{
	Amount		one = amount_from_int64(1);

	return amount_quotient(a, &one, &one);
}

/* Negative if a is the better example, without asking for names. */
static int
compare_examples(const Example *a, const Example *b)
{
	int			result = amount_cmp(&b->effect, &a->effect);

	if (result == 0)
		result = amount_cmp(&b->opening, &a->opening);
	if (result == 0)
		result = amount_cmp(&b->closing, &a->closing);
	return result;
}

static void
forget_example(Example *example)
{
	Amount	   *amounts[] = {&example->effect, &example->opening, &example->closing};

	for (int i = 0; i < (int) lengthof(amounts); i++)
	{
		if (amounts[i]->big != NULL)
			pfree(amounts[i]->big);
	}
	pfree(example->customer);
}

/*
 * Put an example where it belongs, and forget the last one if there are too
 * many.  It is not worse than that.
 */
static void
insert_example(Collector *collector, Tally *tally, const Example *example)
{
	MemoryContext old = MemoryContextSwitchTo(collector->context);
	int			at = tally->nexamples;

	while (at > 0)
	{
		int			cmp = compare_examples(example, &tally->example[at - 1]);

		if (cmp == 0)
			cmp = strcmp(example->customer, tally->example[at - 1].customer);
		if (cmp > 0)
			break;
		at--;
	}
	if (tally->nexamples == MAX_EXAMPLES)
		forget_example(&tally->example[--tally->nexamples]);
	memmove(&tally->example[at + 1], &tally->example[at],
			(tally->nexamples - at) * sizeof(Example));
	tally->nexamples++;
	tally->example[at].effect = amount_copy(&example->effect);
	tally->example[at].opening = amount_copy(&example->opening);
	tally->example[at].closing = amount_copy(&example->closing);
	tally->example[at].least = example->least;
	tally->example[at].customer = pstrdup(example->customer);
	MemoryContextSwitchTo(old);
}

/*
 * Second time: the customers with the largest effects.  Nearly all can be told
 * to be none of them by an estimate.
 */
static void
visit_examples(void *arg, void *payload, const CustomerKey *key)
{
	Collector  *collector = arg;
	Difference	difference;
	Tally	   *tally;
	Amount		net;
	Amount		opening;
	Amount		closing;
	Example		example;
	Example    *last = NULL;

	read_account(payload, &difference);
	tally = &collector->tally[difference.cause];
	if (tally->nexamples == MAX_EXAMPLES)
		last = &tally->example[MAX_EXAMPLES - 1];
	net = difference_of(&difference, PART_NET);
	opening = difference_of(&difference, PART_OPENING);
	closing = difference_of(&difference, PART_CLOSING);

	example.effect = AMOUNT_ZERO;
	example.least = 0;
	if (collector->has_rates && (amount_sign(&net) != 0 || amount_sign(&opening) != 0))
	{
		double		by_net = 2 * to_double(&net);
		double		by_opening = collector->rates * to_double(&opening);
		double		size = fabs(by_net - by_opening);
		double		error = 1e-12 * (fabs(by_net) + fabs(by_opening));

		if (last != NULL && size + error < last->least)
			return;
		net = amount_mul(&collector->by_net, &net);
		example.effect = amount_mul(&collector->by_opening, &opening);
		example.effect = absolute(amount_sub(&net, &example.effect));
		if (isfinite(size))
			example.least = size - error;
	}
	example.opening = absolute(opening);
	example.closing = absolute(closing);
	example.customer = NULL;
	if (last != NULL)
	{
		int			cmp = compare_examples(&example, last);

		if (cmp > 0)
			return;
		if (cmp == 0)
		{
			example.customer = customer_key_text(collector->table, key);
			if (strcmp(example.customer, last->customer) > 0)
				return;
		}
	}
	if (example.customer == NULL)
		example.customer = customer_key_text(collector->table, key);
	insert_example(collector, tally, &example);
}

/* ----------
 * The result
 * ----------
 */

/* Columns of reconciliation, the type of the result's elements. */
#define COLUMN_CAUSE		0
#define COLUMN_CUSTOMERS	1
#define COLUMN_OPENING		2
#define COLUMN_CLOSING		3
#define COLUMN_NRR			4
#define COLUMN_GRR			5
#define COLUMN_EXAMPLES		6
#define COLUMNS				7

static Amount
cross(const Amount *a, const Amount *b, const Amount *c, const Amount *d)
{
	Amount		x = amount_mul(a, b);
	Amount		y = amount_mul(c, d);

	return amount_add(&x, &y);
}

/*
 * The effects of all causes on the rate whose numerator is `part'.  With
 * R_bar = (N_a D_b + N_b D_a) / (2 D_a D_b) and D_bar = (D_a + D_b) / 2 they are
 *
 *		(2 D_a D_b dN - (N_a D_b + N_b D_a) dD) / (D_a D_b (D_a + D_b))
 */
static void
find_effects(Collector *collector, Part part, const Amount *denominator, Amount *effects)
{
	Amount		a = sum_get(&collector->total[0][part]);
	Amount		b = sum_get(&collector->total[1][part]);
	Amount		two = amount_from_int64(2);
	Amount		zero = AMOUNT_ZERO;
	Amount		product = amount_mul(&denominator[0], &denominator[1]);
	Amount		all = amount_add(&denominator[0], &denominator[1]);
	Amount		by_part = amount_mul(&product, &two);
	Amount		by_opening = cross(&a, &denominator[1], &b, &denominator[0]);
	Amount		left;
	int			largest = -1;
	Amount		size = AMOUNT_ZERO;

	all = amount_mul(&all, &product);
	by_opening = amount_sub(&zero, &by_opening);

	/* what they have to add up to */
	left = amount_sub(&zero, &a);
	left = cross(&b, &denominator[0], &left, &denominator[1]);
	left = amount_ratio_rounded(&left, &product, RECONCILE_DECIMALS);

	for (int cause = 0; cause < CAUSE_UNKNOWN; cause++)
	{
		Tally	   *tally = &collector->tally[cause];
		Amount		dn = sum_get(&tally->difference[part]);
		Amount		dd = sum_get(&tally->difference[PART_OPENING]);
		Amount		this_size;

		if (tally->customers == 0)
			continue;
		effects[cause] = cross(&by_part, &dn, &by_opening, &dd);
		effects[cause] = amount_ratio_rounded(&effects[cause], &all, RECONCILE_DECIMALS);
		left = amount_sub(&left, &effects[cause]);
		this_size = absolute(effects[cause]);
		if (largest < 0 || amount_cmp(&this_size, &size) > 0)
		{
			largest = cause;
			size = this_size;
		}
	}
	effects[largest] = amount_add(&effects[largest], &left);
}

static ArrayType *
make_examples(const Tally *tally)
{
	Datum		names[MAX_EXAMPLES];

	for (int i = 0; i < tally->nexamples; i++)
		names[i] = CStringGetTextDatum(tally->example[i].customer);
	return construct_array(names, tally->nexamples, TEXTOID, -1, false, TYPALIGN_INT);
}

/* reconcile_final(internal) -> reconciliation[] */
PG_FUNCTION_INFO_V1(reconcile_final);
Datum
reconcile_final(PG_FUNCTION_ARGS)
{
	ReconcileState *state;
	Collector  *collector;
	Oid			type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	Amount		denominator[2];
	Amount		nrr[CAUSES] = {0};
	Amount		grr[CAUSES] = {0};
	TupleDesc	desc;
	Datum		rows[CAUSES];
	int			nrows = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ReconcileState *) PG_GETARG_POINTER(0);
	collector = palloc0(sizeof(Collector));
	collector->table = &state->table;
	collector->context = CurrentMemoryContext;
	customer_table_scan(&state->table, visit_sums, collector);

	denominator[0] = sum_get(&collector->total[0][PART_OPENING]);
	denominator[1] = sum_get(&collector->total[1][PART_OPENING]);
	collector->has_rates = amount_sign(&denominator[0]) != 0 && amount_sign(&denominator[1]) != 0;
	if (collector->has_rates)
	{
		Amount		a = sum_get(&collector->total[0][PART_NET]);
		Amount		b = sum_get(&collector->total[1][PART_NET]);
		Amount		two = amount_from_int64(2);

		collector->by_net = amount_mul(&denominator[0], &denominator[1]);
		collector->by_net = amount_mul(&collector->by_net, &two);
		collector->by_opening = cross(&a, &denominator[1], &b, &denominator[0]);
		collector->rates = amount_quotient(&collector->by_opening, &denominator[0], &denominator[1]);
		find_effects(collector, PART_NET, denominator, nrr);
		find_effects(collector, PART_GROSS, denominator, grr);
	}
	customer_table_scan_keys(&state->table, visit_examples, collector);
	collector->tally[CAUSE_UNKNOWN].customers = state->unknown;

	desc = lookup_rowtype_tupdesc(type, -1);
	for (int cause = 0; cause < CAUSES; cause++)
	{
		Tally	   *tally = &collector->tally[cause];
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS] = {false};
		Amount		opening;
		Amount		closing;

		if (tally->customers == 0)
			continue;
		opening = sum_get(&tally->difference[PART_OPENING]);
		closing = sum_get(&tally->difference[PART_CLOSING]);
		values[COLUMN_CAUSE] = CStringGetTextDatum(cause_names[cause]);
		values[COLUMN_CUSTOMERS] = Int64GetDatum(tally->customers);
		values[COLUMN_OPENING] = NumericGetDatum(amount_to_numeric(&opening));
		values[COLUMN_CLOSING] = NumericGetDatum(amount_to_numeric(&closing));
		nulls[COLUMN_NRR] = nulls[COLUMN_GRR] = !collector->has_rates;
		if (collector->has_rates)
		{
			values[COLUMN_NRR] = NumericGetDatum(amount_to_numeric(&nrr[cause]));
			values[COLUMN_GRR] = NumericGetDatum(amount_to_numeric(&grr[cause]));
		}
		nulls[COLUMN_EXAMPLES] = cause == CAUSE_UNKNOWN;
		if (cause != CAUSE_UNKNOWN)
			values[COLUMN_EXAMPLES] = PointerGetDatum(make_examples(tally));
		rows[nrows++] = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
	}
	ReleaseTupleDesc(desc);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, nrows, type, -1, false, TYPALIGN_DOUBLE));
}

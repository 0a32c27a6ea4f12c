/*-------------------------------------------------------------------------
 *
 * retention_by.c
 *	  retention_agg_by(): the retention of customers that have several rows.
 *
 * A customer's rows are added first, and only then clamped and compared: a
 * second subscription is neither a second customer nor a movement of its own.
 * The customer table keeps the two sums of each customer.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "count.h"
#include "currency.h"
#include "customer_amount.h"
#include "miscadmin.h"
#include "retention.h"
#include "utils/memutils.h"

/* ----------
 * One customer
 * ----------
 */

/*
 * Opening and closing, as integers in units of 10000^-scale, or as amounts of
 * any size.
 */
typedef struct LargePair
{
	Amount		opening;		/* numerics are of the customer's memory */
	Amount		closing;
} LargePair;

typedef struct Pair
{
	uint32		form;			/* the tag of a payload, see below */
	union
	{
		struct
		{
			int64		opening;
			int64		closing;
		}			small;
		LargePair  *large;
	}			u;
} Pair;

/* form, scale and whether the customer was seen before, in one */
#define PAIR_SMALL		1
#define PAIR_LARGE		2
#define PAIR_SEEN		65536
#define PAIR_FORM(pair)	((pair)->form & 255)
#define PAIR_SCALE(pair) ((int) ((pair)->form >> 8 & 255))
#define PAIR_MAKE(form, scale, seen) \
	((form) | (uint32) (scale) << 8 | ((seen) ? PAIR_SEEN : 0))

typedef struct PairInput
{
	bool		large;			/* amounts are numerics, NULL for zero */
	bool		seen;
	uint8		scale;
	union
	{
		int64		value;
		Numeric		numeric;
	}			opening,
				closing;
} PairInput;

typedef struct PairState
{
	CustomerTable table;
	int			scale;			/* that amounts are read at */
	Currency	currency;
	int64		skipped;
} PairState;

/* What a partial state has before its customers. */
typedef struct PairHead
{
	int64		skipped;
	Currency	currency;
} PairHead;

static void
pair_forget(CustomerTable *table, void *payload)
{
	Pair	   *pair = payload;

	if (PAIR_FORM(pair) == PAIR_LARGE)
	{
		customer_amount_free(table, &pair->u.large->opening);
		customer_amount_free(table, &pair->u.large->closing);
		customer_free(table, pair->u.large, sizeof(LargePair));
	}
}

/* Add amounts of any size. */
static void
pair_add_large(CustomerTable *table, Pair *pair, const Amount *opening,
			   const Amount *closing, bool seen)
{
	if (PAIR_FORM(pair) != PAIR_LARGE || pair->form == CUSTOMER_NEW)
	{
		LargePair  *large = customer_alloc(table, sizeof(LargePair));

		large->opening = AMOUNT_ZERO;
		large->closing = AMOUNT_ZERO;
		if (pair->form != CUSTOMER_NEW)
		{
			large->opening = amount_from_scaled(pair->u.small.opening, PAIR_SCALE(pair));
			large->closing = amount_from_scaled(pair->u.small.closing, PAIR_SCALE(pair));
			seen |= (pair->form & PAIR_SEEN) != 0;
		}
		pair->form = PAIR_MAKE(PAIR_LARGE, 0, seen);
		pair->u.large = large;
	}
	if (seen)
		pair->form |= PAIR_SEEN;
	customer_amount_add(table, &pair->u.large->opening, opening);
	customer_amount_add(table, &pair->u.large->closing, closing);
}

static inline bool
rescale(int64 *value, int digits)
{
	if (*value == 0)
		return true;
	return digits <= 4 && !__builtin_mul_overflow(*value, amount_power[digits], value);
}

static inline void
pair_add(CustomerTable *table, Pair *pair, int64 opening, int64 closing, int scale, bool seen)
{
	int64		o;
	int64		c;

	if (pair->form == CUSTOMER_NEW)
	{
		pair->form = PAIR_MAKE(PAIR_SMALL, scale, seen);
		pair->u.small.opening = opening;
		pair->u.small.closing = closing;
		return;
	}
	if (likely(PAIR_FORM(pair) == PAIR_SMALL))
	{
		int			finest = Max(scale, PAIR_SCALE(pair));
		int64		x = opening;
		int64		y = closing;

		o = pair->u.small.opening;
		c = pair->u.small.closing;
		if (likely((scale == PAIR_SCALE(pair) ||
					(rescale(&o, finest - PAIR_SCALE(pair)) &&
					 rescale(&c, finest - PAIR_SCALE(pair)) &&
					 rescale(&x, finest - scale) && rescale(&y, finest - scale))) &&
				   !__builtin_add_overflow(o, x, &o) &&
				   !__builtin_add_overflow(c, y, &c)))
		{
			pair->form = PAIR_MAKE(PAIR_SMALL, finest,
								   seen || (pair->form & PAIR_SEEN) != 0);
			pair->u.small.opening = o;
			pair->u.small.closing = c;
			return;
		}
	}
	{
		Amount		large_opening = amount_from_scaled(opening, scale);
		Amount		large_closing = amount_from_scaled(closing, scale);

		pair_add_large(table, pair, &large_opening, &large_closing, seen);
	}
}

/* ----------
 * What the customer table wants to know
 * ----------
 */

static void
pair_apply(const CustomerRow *rows, void *const *payloads, const void *inputs, int count)
{
	const PairInput *input = inputs;

	for (int i = 0; i < count; i++, input++)
	{
		if (likely(!input->large))
			pair_add(rows[i].table, payloads[i], input->opening.value, input->closing.value,
					 input->scale, input->seen);
		else
		{
			Amount		opening = AMOUNT_ZERO;
			Amount		closing = AMOUNT_ZERO;

			if (input->opening.numeric != NULL)
				opening = amount_from_numeric(input->opening.numeric);
			if (input->closing.numeric != NULL)
				closing = amount_from_numeric(input->closing.numeric);
			pair_add_large(rows[i].table, payloads[i], &opening, &closing, input->seen);
		}
	}
}

/* Form, scale and seen; then two integers, or two numerics. */
static void
pair_pack(const CustomerTable *table, const void *payload, CustomerBuffer *buffer)
{
	const Pair *pair = payload;

	customer_buffer_put(buffer, &pair->form, sizeof(pair->form));
	if (PAIR_FORM(pair) == PAIR_SMALL)
		customer_buffer_put(buffer, &pair->u.small, sizeof(pair->u.small));
	else
	{
		customer_amount_put(buffer, &pair->u.large->opening);
		customer_amount_put(buffer, &pair->u.large->closing);
	}
}

static const CustomerOps pair_ops;

static void
pair_merge(CustomerTable *table, void *payload, const char *data, Size size)
{
	Pair		pair;

	if (size < sizeof(pair.form))
		customer_table_report_corrupt(pair_ops.name);
	memcpy(&pair.form, data, sizeof(pair.form));
	data += sizeof(pair.form);
	size -= sizeof(pair.form);
	if (PAIR_FORM(&pair) == PAIR_SMALL)
	{
		if (size != sizeof(pair.u.small) || PAIR_SCALE(&pair) > AMOUNT_MAX_SCALE)
			customer_table_report_corrupt(pair_ops.name);
		memcpy(&pair.u.small, data, sizeof(pair.u.small));
		pair_add(table, payload, pair.u.small.opening, pair.u.small.closing,
				 PAIR_SCALE(&pair), (pair.form & PAIR_SEEN) != 0);
	}
	else
	{
		Amount		opening = customer_amount_get(pair_ops.name, &data, &size);
		Amount		closing = customer_amount_get(pair_ops.name, &data, &size);

		if (size != 0)
			customer_table_report_corrupt(pair_ops.name);
		pair_add_large(table, payload, &opening, &closing, (pair.form & PAIR_SEEN) != 0);
	}
}

static const CustomerOps pair_ops = {
	"retention_agg_by", sizeof(PairState), sizeof(Pair), sizeof(PairInput),
	pair_apply, pair_pack, pair_merge, pair_forget, NULL
};

/* ----------
 * States
 * ----------
 */

/*
 * An amount at the scale of the state, which may become finer.  False if it
 * does not fit; NaN and infinities are errors.
 */
static bool
decode(PairState *state, Numeric amount, int64 *result)
{
	int128		value = 0;

	if (amount == NULL)
	{
		*result = 0;
		return true;
	}
	for (;;)
	{
		switch (amount_decode(amount, state->scale, &value))
		{
			case AMOUNT_FITS:
				*result = (int64) value;
				return *result == value;
			case AMOUNT_FINER:
				if (amount_fraction_digits(amount) > AMOUNT_MAX_SCALE)
					return false;
				state->scale = amount_fraction_digits(amount);
				break;
			case AMOUNT_LARGE:
				return false;
			case AMOUNT_SPECIAL:
				amount_report_special(DatumGetNumeric(NumericGetDatum(amount)));
		}
	}
}

static Datum
pair_transition(FunctionCallInfo fcinfo)
{
	PairState  *state;
	Numeric		opening;
	Numeric		closing;
	PairInput	row;
	bool		fits;
	int			scale;

	state = PG_ARGISNULL(0) ?
		(PairState *) customer_table_create(fcinfo, &pair_ops, 1) :
		(PairState *) PG_GETARG_POINTER(0);
	opening = PG_ARGISNULL(2) ? NULL :
		(Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2));
	closing = PG_ARGISNULL(3) ? NULL :
		(Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(3));

	if (PG_ARGISNULL(1) || (opening == NULL && closing == NULL))
	{
		state->skipped = count_add(state->skipped, 1);
		PG_RETURN_POINTER(state);
	}
	if (PG_NARGS() > 5)
	{
		Currency	currency = currency_from_arg(fcinfo, 5);

		currency_merge(&state->currency, &currency);
	}

	memset(&row, 0, sizeof(row));
	row.seen = PG_NARGS() > 4 && !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	fits = decode(state, opening, &row.opening.value);
	scale = state->scale;
	fits &= decode(state, closing, &row.closing.value);
	/* the closing may just have made the scale finer */
	if (fits && unlikely(state->scale != scale))
		fits = decode(state, opening, &row.opening.value);
	if (likely(fits))
	{
		row.scale = state->scale;
		*(PairInput *) customer_table_add(&state->table, PG_GETARG_DATUM(1)) = row;
	}
	else
	{
		row.large = true;
		row.opening.numeric = opening;
		row.closing.numeric = closing;
		*(PairInput *) customer_table_add(&state->table, PG_GETARG_DATUM(1)) = row;
		/* numerics are there only during this call */
		customer_table_flush(&state->table);
	}
	PG_RETURN_POINTER(state);
}

CODEC_FUNCTION(retention_by, accum, pair_transition(fcinfo));

/*
 * retention_by_serial(internal) -> bytea
 */
PG_FUNCTION_INFO_V1(retention_by_serial);
Datum
retention_by_serial(PG_FUNCTION_ARGS)
{
	PairState  *state = (PairState *) PG_GETARG_POINTER(0);
	PairHead	head;

	memset(&head, 0, sizeof(head));
	head.skipped = state->skipped;
	head.currency = state->currency;
	PG_RETURN_BYTEA_P(customer_table_serialize(&state->table, &head, sizeof(head)));
}

/*
 * retention_by_deserial(bytea, internal) -> internal
 */
PG_FUNCTION_INFO_V1(retention_by_deserial);
Datum
retention_by_deserial(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_table_deserialize(&pair_ops, PG_GETARG_BYTEA_PP(0)));
}

/*
 * retention_by_combine(internal, internal) -> internal
 *
 * The first argument is a state, the second what deserialization made.
 */
PG_FUNCTION_INFO_V1(retention_by_combine);
Datum
retention_by_combine(PG_FUNCTION_ARGS)
{
	PairState  *state = PG_ARGISNULL(0) ? NULL : (PairState *) PG_GETARG_POINTER(0);
	CustomerPartial *partial;
	PairHead	head;

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	partial = (CustomerPartial *) PG_GETARG_POINTER(1);
	if (partial->head_size != sizeof(head))
		customer_table_report_corrupt(pair_ops.name);
	memcpy(&head, partial->head, sizeof(head));
	if (head.skipped < 0 || !currency_valid(&head.currency))
		customer_table_report_corrupt(pair_ops.name);

	if (state == NULL)
		state = (PairState *) customer_table_create_like(fcinfo, &pair_ops, partial);
	customer_table_merge(&state->table, partial);
	currency_merge(&state->currency, &head.currency);
	state->skipped = count_add(state->skipped, head.skipped);
	PG_RETURN_POINTER(state);
}

/* ----------
 * The summary
 * ----------
 */

/* Sums at one scale, and what does not fit them. */
typedef struct Collector
{
	int			scale;
	RetentionTotals totals;
	AmountWide	moments[RETENTION_MOMENTS];
	RetentionSums sums;
	Amount		large_moments[RETENTION_MOMENTS];
	int			nlarge;			/* since the context was a new one */
	MemoryContext context;		/* of the numerics of sums and moments */
} Collector;

/* Put the moments aside and begin again. */
static void
move_moments(Collector *collector)
{
	for (int i = 0; i < RETENTION_MOMENTS; i++)
	{
		Amount		moment = amount_from_wide(&collector->moments[i], 2 * collector->scale);

		collector->large_moments[i] = amount_add(&collector->large_moments[i], &moment);
	}
	memset(collector->moments, 0, sizeof(collector->moments));
}

static bool
add_moments(Collector *collector, int128 o, int128 c)
{
	AmountWide	sums[RETENTION_MOMENTS];
	int128		g;

	if (o <= 0)
		return true;
	c = Max(c, 0);
	g = Min(o, c);
	memcpy(sums, collector->moments, sizeof(sums));
	if (!amount_wide_add_product(&sums[MOMENT_OO], o, o) ||
		!amount_wide_add_product(&sums[MOMENT_CC], c, c) ||
		!amount_wide_add_product(&sums[MOMENT_OC], o, c) ||
		!amount_wide_add_product(&sums[MOMENT_GG], g, g) ||
		!amount_wide_add_product(&sums[MOMENT_OG], o, g))
		return false;
	memcpy(collector->moments, sums, sizeof(sums));
	return true;
}

static void
collect_large(Collector *collector, const Amount *o, const Amount *c, bool seen)
{
	Amount		zero = AMOUNT_ZERO;
	const Amount *clamped = amount_sign(c) > 0 ? c : &zero;
	const Amount *capped = amount_cmp(clamped, o) < 0 ? clamped : o;
	const Amount *factors[RETENTION_MOMENTS][2] = {
		[MOMENT_OO] = {o, o},
		[MOMENT_CC] = {clamped, clamped},
		[MOMENT_OC] = {o, clamped},
		[MOMENT_GG] = {capped, capped},
		[MOMENT_OG] = {o, capped}
	};

	retention_sums_add_row(&collector->sums, o, c, seen, 1);
	if (amount_sign(o) <= 0)
		return;
	for (int i = 0; i < RETENTION_MOMENTS; i++)
	{
		Amount		product = amount_mul(factors[i][0], factors[i][1]);

		collector->large_moments[i] = amount_add(&collector->large_moments[i], &product);
	}
}

/* Each sum leaves the one before behind: now and then begin a new context. */
static void
renew_context(Collector *collector)
{
	MemoryContext old = collector->context;

	collector->context = AllocSetContextCreate(MemoryContextGetParent(old),
											   "retention of large amounts",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(collector->context);
	for (int i = 0; i < RETENTION_ITEMS; i++)
		collector->sums.amount[i] = amount_copy(&collector->sums.amount[i]);
	for (int i = 0; i < RETENTION_MOMENTS; i++)
		collector->large_moments[i] = amount_copy(&collector->large_moments[i]);
	MemoryContextDelete(old);
	collector->nlarge = 0;
}

static void
collect(void *arg, void *payload)
{
	Collector  *collector = arg;
	const Pair *pair = payload;
	bool		seen = (pair->form & PAIR_SEEN) != 0;
	MemoryContext old = MemoryContextSwitchTo(collector->context);

	if (likely(PAIR_FORM(pair) == PAIR_SMALL))
	{
		int128		o = pair->u.small.opening;
		int128		c = pair->u.small.closing;

		if (PAIR_SCALE(pair) > collector->scale)
		{
			/* begin again at the finer scale */
			move_moments(collector);
			(void) retention_totals_move(&collector->totals, &collector->sums, collector->scale);
			collector->scale = PAIR_SCALE(pair);
		}
		if (amount_rescale(&o, PAIR_SCALE(pair), collector->scale) &&
			amount_rescale(&c, PAIR_SCALE(pair), collector->scale) &&
			o < RETENTION_TOTAL_MAX / 4 && o > -(RETENTION_TOTAL_MAX / 4) &&
			c < RETENTION_TOTAL_MAX / 4 && c > -(RETENTION_TOTAL_MAX / 4))
		{
			if (unlikely(!add_moments(collector, o, c)))
			{
				move_moments(collector);
				if (!add_moments(collector, o, c))
					elog(ERROR, "second moments overflow");
			}
			if (unlikely(!retention_totals_add(&collector->totals, o, c, seen, 1)))
				(void) retention_totals_move(&collector->totals, &collector->sums,
											 collector->scale);
			MemoryContextSwitchTo(old);
			return;
		}
	}

	{
		Amount		opening;
		Amount		closing;

		if (PAIR_FORM(pair) == PAIR_SMALL)
		{
			opening = amount_from_scaled(pair->u.small.opening, PAIR_SCALE(pair));
			closing = amount_from_scaled(pair->u.small.closing, PAIR_SCALE(pair));
		}
		else
		{
			opening = amount_copy(&pair->u.large->opening);
			closing = amount_copy(&pair->u.large->closing);
		}
		collect_large(collector, &opening, &closing, seen);
		if (++collector->nlarge >= 1024)
			renew_context(collector);
	}
	MemoryContextSwitchTo(old);
}

/*
 * retention_by_final(internal) -> retention_summary
 */
PG_FUNCTION_INFO_V1(retention_by_final);
Datum
retention_by_final(PG_FUNCTION_ARGS)
{
	PairState  *state;
	Collector	collector;
	RetentionSummary summary;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (PairState *) PG_GETARG_POINTER(0);

	memset(&collector, 0, sizeof(collector));
	collector.context = AllocSetContextCreate(CurrentMemoryContext,
											  "retention of large amounts",
											  ALLOCSET_DEFAULT_SIZES);
	customer_table_scan(&state->table, collect, &collector);
	move_moments(&collector);
	(void) retention_totals_move(&collector.totals, &collector.sums, collector.scale);

	memset(&summary, 0, sizeof(summary));
	summary.currency = state->currency;
	summary.skipped = state->skipped;
	summary.sums = collector.sums;
	summary.has_moments = true;
	memcpy(summary.moment, collector.large_moments, sizeof(summary.moment));
	PG_RETURN_POINTER(codec_pack(&retention_summary_type, &summary));
}

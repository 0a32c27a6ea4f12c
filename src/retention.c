/*-------------------------------------------------------------------------
 *
 * retention.c
 *	  Type retention_summary, its aggregates and accessors.
 *
 * The movements and what is made of them (definitions and sources are in
 * doc/retention.md), for a customer with opening o and closing c, both clamped
 * at zero:
 *
 *		o = 0, c > 0			new, or reactivation if seen before
 *		o > 0, c > o			expansion by c - o
 *		o > 0, 0 < c < o		contraction by o - c
 *		o > 0, c = 0			churn of o
 *
 * The transition state of all aggregates is the type itself in a working form:
 * a flat varlena which is updated in place, with sums as 128-bit integers.
 * Rows that do not fit those go to a remainder, a packed summary behind the
 * fixed part; the value is the sum of both.  So the fast path allocates
 * nothing, and the slow path needs no code of its own for merging.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "retention.h"
#include "utils/builtins.h"

/*
 * The working form.  A remainder follows where the size says so, after
 * `moment_room' moments.
 */
typedef struct RetentionState
{
	CodecHeader header;
	uint8		scale;			/* of totals; moments have twice that */
	uint8		moment_room;	/* 0 or RETENTION_MOMENTS */
	bool		has_moments;
	bool		has_window;
	DateADT		t0;
	DateADT		t1;
	Currency	currency;
	int64		skipped;
	RetentionTotals totals;
	AmountWide	moment[FLEXIBLE_ARRAY_MEMBER];
} RetentionState;

#define STATE_KIND	(CODEC_KIND_RETENTION_SUMMARY | CODEC_WORKING)

static void retention_walk(Codec *codec, void *value);
static const char *retention_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType retention_summary_type = {
	"retention_summary", CODEC_KIND_RETENTION_SUMMARY, sizeof(RetentionSummary),
	retention_walk, retention_check, state_read
};

CODEC_TYPE_FUNCTIONS(retention_summary, retention_summary_type);

/* ----------
 * The type
 * ----------
 */

static const char *const item_names[RETENTION_ITEMS][2] = {
	{"opening_customers", "opening_mrr"},
	{"new_customers", "new_mrr"},
	{"reactivation_customers", "reactivation_mrr"},
	{"expansion_customers", "expansion_mrr"},
	{"contraction_customers", "contraction_mrr"},
	{"churned_customers", "churned_mrr"},
	{"negative_rows", "negative_mrr"}
};

static const char *const moment_names[RETENTION_MOMENTS] = {
	"opening_squared", "closing_squared", "opening_times_closing",
	"capped_squared", "opening_times_capped"
};

void
retention_sums_walk(Codec *codec, RetentionSums *sums)
{
	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		codec_int(codec, item_names[i][0], &sums->count[i]);
		codec_amount(codec, item_names[i][1], &sums->amount[i]);
	}
}

static void
retention_walk(Codec *codec, void *value)
{
	RetentionSummary *summary = value;

	codec_bool(codec, "window_known", &summary->has_window);
	if (summary->has_window)
	{
		codec_date(codec, "t0", &summary->t0);
		codec_date(codec, "t1", &summary->t1);
	}
	currency_walk(codec, &summary->currency);
	codec_int(codec, "skipped_rows", &summary->skipped);
	retention_sums_walk(codec, &summary->sums);
	codec_bool(codec, "has_moments", &summary->has_moments);
	if (summary->has_moments)
	{
		for (int i = 0; i < RETENTION_MOMENTS; i++)
			codec_amount(codec, moment_names[i], &summary->moment[i]);
	}
}

/*
 * What holds for every set of rows.  Returns a sentence, or NULL.
 */
const char *
retention_sums_check(const RetentionSums *sums)
{
	Amount		left;

	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		int			sign = amount_sign(&sums->amount[i]);

		if (i == RETENTION_NEGATIVE)
			sign = -sign;
		if (sums->count[i] < 0)
			return "A count is negative.";
		if (sign < 0)
			return "An amount has the wrong sign.";
		if ((sums->count[i] == 0) != (sign == 0))
			return "A count and its amount contradict each other: both or neither must be zero.";
	}

	/* each is below 2^63 */
	if ((int128) sums->count[RETENTION_OPENING] + sums->count[RETENTION_NEW] +
		sums->count[RETENTION_REACTIVATION] > PG_INT64_MAX)
		return "A count is out of range.";
	if ((int128) sums->count[RETENTION_EXPANSION] + sums->count[RETENTION_CONTRACTION] +
		sums->count[RETENTION_CHURN] > sums->count[RETENTION_OPENING])
		return "More customers moved than there were at opening.";
	left = amount_sub(&sums->amount[RETENTION_OPENING], &sums->amount[RETENTION_CHURN]);
	if (amount_cmp(&sums->amount[RETENTION_CONTRACTION], &left) > 0)
		return "More was lost than there was at opening.";
	return NULL;
}

/*
 * Is the square of each sum between the sum of squares and n times that?  As
 * openings are not negative, they are.  Amounts too fine to be squared never had
 * moments.
 */
static bool
squares_fit(const RetentionSummary *summary)
{
	const Amount *opening = &summary->sums.amount[RETENTION_OPENING];
	const Amount *oo = &summary->moment[MOMENT_OO];
	Amount		n = amount_from_int64(summary->sums.count[RETENTION_OPENING]);
	Amount		square;
	Amount		most;

	if (!amount_can_be_squared(opening))
		return false;
	square = amount_mul(opening, opening);
	most = amount_mul(&n, oo);
	return amount_cmp(oo, &square) <= 0 && amount_cmp(&square, &most) <= 0;
}

static const char *
retention_check(const void *value)
{
	const RetentionSummary *summary = value;
	const char *error = retention_sums_check(&summary->sums);

	if (error != NULL)
		return error;
	if (summary->skipped < 0)
		return "A count is negative.";
	if (summary->has_window && summary->t0 >= summary->t1)
		return "The window ends before it begins.";
	if (summary->has_moments)
	{
		const Amount *m = summary->moment;

		for (int i = 0; i < RETENTION_MOMENTS; i++)
		{
			if (amount_sign(&m[i]) < 0)
				return "A second moment is negative.";
		}
		if ((amount_sign(&m[MOMENT_OO]) == 0) != (summary->sums.count[RETENTION_OPENING] == 0))
			return "A second moment contradicts the count.";

		/* as g is the lesser of o and c */
		if (amount_cmp(&m[MOMENT_GG], &m[MOMENT_OG]) > 0 ||
			amount_cmp(&m[MOMENT_OG], &m[MOMENT_OO]) > 0 ||
			amount_cmp(&m[MOMENT_GG], &m[MOMENT_CC]) > 0 ||
			amount_cmp(&m[MOMENT_OG], &m[MOMENT_OC]) > 0)
			return "Second moments contradict each other.";
		if (!squares_fit(summary))
			return "Second moments contradict the amounts.";
	}
	return NULL;
}

/* ----------
 * Adding rows and summaries
 * ----------
 */

/*
 * Which movement a customer made: the item it belongs to, or -1 for none.  The
 * arguments are the signs of opening and closing, neither negative, and that
 * of closing minus opening.
 */
int
retention_movement(int opening_sign, int closing_sign, int comparison, bool seen)
{
	if (opening_sign == 0)
	{
		if (closing_sign == 0)
			return -1;
		return seen ? RETENTION_REACTIVATION : RETENTION_NEW;
	}
	if (closing_sign == 0)
		return RETENTION_CHURN;
	if (comparison > 0)
		return RETENTION_EXPANSION;
	if (comparison < 0)
		return RETENTION_CONTRACTION;
	return -1;
}

static inline bool
total_fits(int128 amount)
{
	return amount < RETENTION_TOTAL_MAX && amount > -RETENTION_TOTAL_MAX;
}

/*
 * Add one customer, or take it away with sign -1.  Returns false when the
 * totals have become so large that they must be moved out before the next one.
 */
bool
retention_totals_add(RetentionTotals *totals, int128 opening, int128 closing,
					 bool seen, int sign)
{
	bool		fits = true;
	int			movement;

	if (unlikely(opening < 0 || closing < 0))
	{
		int128		negative = Min(opening, 0) + Min(closing, 0);

		totals->count[RETENTION_NEGATIVE] =
			count_add(totals->count[RETENTION_NEGATIVE], sign);
		totals->amount[RETENTION_NEGATIVE] += sign * negative;
		fits &= total_fits(totals->amount[RETENTION_NEGATIVE]);
		opening = Max(opening, 0);
		closing = Max(closing, 0);
	}
	if (opening > 0)
	{
		totals->count[RETENTION_OPENING] =
			count_add(totals->count[RETENTION_OPENING], sign);
		totals->amount[RETENTION_OPENING] += sign < 0 ? -opening : opening;
		fits &= total_fits(totals->amount[RETENTION_OPENING]);
	}
	movement = retention_movement(opening > 0, closing > 0,
								  closing > opening ? 1 : closing < opening ? -1 : 0,
								  seen);
	if (movement >= 0)
	{
		int128		amount = closing > opening ? closing - opening : opening - closing;

		totals->count[movement] = count_add(totals->count[movement], sign);
		totals->amount[movement] += sign < 0 ? -amount : amount;
		fits &= total_fits(totals->amount[movement]);
	}
	return fits;
}

/* The same for amounts of any size. */
void
retention_sums_add_row(RetentionSums *sums, const Amount *opening,
					   const Amount *closing, bool seen, int sign)
{
	RetentionSums row;
	Amount		zero = AMOUNT_ZERO;
	int			movement;

	memset(&row, 0, sizeof(row));
	if (amount_sign(opening) < 0 || amount_sign(closing) < 0)
	{
		row.count[RETENTION_NEGATIVE] = 1;
		if (amount_sign(opening) < 0)
		{
			row.amount[RETENTION_NEGATIVE] = *opening;
			opening = &zero;
		}
		if (amount_sign(closing) < 0)
		{
			row.amount[RETENTION_NEGATIVE] =
				amount_add(&row.amount[RETENTION_NEGATIVE], closing);
			closing = &zero;
		}
	}
	if (amount_sign(opening) > 0)
	{
		row.count[RETENTION_OPENING] = 1;
		row.amount[RETENTION_OPENING] = *opening;
	}
	movement = retention_movement(amount_sign(opening), amount_sign(closing),
								  amount_cmp(closing, opening), seen);
	if (movement >= 0)
	{
		row.count[movement] = 1;
		row.amount[movement] = amount_cmp(closing, opening) > 0 ?
			amount_sub(closing, opening) : amount_sub(opening, closing);
	}
	retention_sums_add(sums, &row, sign);
}

void
retention_sums_add(RetentionSums *into, const RetentionSums *other, int sign)
{
	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		into->count[i] = count_add(into->count[i], sign * other->count[i]);
		into->amount[i] = sign > 0 ?
			amount_add(&into->amount[i], &other->amount[i]) :
			amount_sub(&into->amount[i], &other->amount[i]);
	}
}

bool
retention_sums_are_zero(const RetentionSums *sums)
{
	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		if (sums->count[i] != 0 || amount_sign(&sums->amount[i]) != 0)
			return false;
	}
	return true;
}

/*
 * Move totals into sums, and leave zeros.  Returns whether there was anything.
 */
bool
retention_totals_move(RetentionTotals *totals, RetentionSums *sums, int scale)
{
	bool		any = false;

	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		Amount		amount = amount_from_scaled(totals->amount[i], scale);

		any |= totals->count[i] != 0 || totals->amount[i] != 0;
		sums->count[i] = count_add(sums->count[i], totals->count[i]);
		sums->amount[i] = amount_add(&sums->amount[i], &amount);
	}
	memset(totals, 0, sizeof(*totals));
	return any;
}

/* False, and nothing changed, if an amount would become too large. */
bool
retention_totals_rescale(RetentionTotals *totals, int from, int to)
{
	RetentionTotals result = *totals;

	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		if (!amount_rescale(&result.amount[i], from, to) ||
			!total_fits(result.amount[i]))
			return false;
	}
	*totals = result;
	return true;
}

/* The scale that the amounts of sums need, as far as they are small. */
int
retention_sums_scale(const RetentionSums *sums)
{
	int			result = 0;

	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		if (sums->amount[i].big == NULL)
			result = Max(result, sums->amount[i].scale);
	}
	return Min(result, AMOUNT_MAX_SCALE);
}

/* Sums as totals, if each amount fits that. */
bool
retention_totals_from_sums(RetentionTotals *totals, const RetentionSums *sums, int scale)
{
	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		totals->count[i] = sums->count[i];
		if (!amount_to_scaled(&sums->amount[i], scale, &totals->amount[i]) ||
			!total_fits(totals->amount[i]))
			return false;
	}
	return true;
}

/* As retention_totals_add(), for totals that each fit. */
bool
retention_totals_merge(RetentionTotals *into, const RetentionTotals *other)
{
	bool		fits = true;

	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		into->count[i] = count_add(into->count[i], other->count[i]);
		/* both are below 2^125 */
		into->amount[i] += other->amount[i];
		fits &= total_fits(into->amount[i]);
	}
	return fits;
}

/* ----------
 * Transition states
 * ----------
 */

static Size
state_fixed_size(int moment_room)
{
	return MAXALIGN(offsetof(RetentionState, moment) + moment_room * sizeof(AmountWide));
}

static RetentionState *
state_create(bool moments)
{
	int			room = moments ? RETENTION_MOMENTS : 0;
	Size		size = state_fixed_size(room);
	RetentionState *state = palloc0(size);

	SET_VARSIZE(state, size);
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->moment_room = room;
	state->has_moments = moments;
	return state;
}

/* The packed summary behind the fixed part, or NULL. */
static CodecHeader *
state_remainder(RetentionState *state)
{
	Size		fixed = state_fixed_size(state->moment_room);

	return VARSIZE(state) > fixed ? (CodecHeader *) ((char *) state + fixed) : NULL;
}

static void
summary_add(RetentionSummary *into, const RetentionSummary *other, int sign)
{
	retention_sums_add(&into->sums, &other->sums, sign);
	into->has_moments = into->has_moments && other->has_moments;
	for (int i = 0; into->has_moments && i < RETENTION_MOMENTS; i++)
		into->moment[i] = sign > 0 ?
			amount_add(&into->moment[i], &other->moment[i]) :
			amount_sub(&into->moment[i], &other->moment[i]);
}

/*
 * Add a summary's sums and moments to the remainder.  The result is a new
 * state, as the size changes; the old one belongs to the executor.
 */
static RetentionState *
state_add_to_remainder(RetentionState *state, const RetentionSummary *summary, int sign)
{
	CodecHeader *old = state_remainder(state);
	Size		fixed = state_fixed_size(state->moment_room);
	RetentionSummary sum;
	RetentionState *result;
	CodecHeader *packed;

	memset(&sum, 0, sizeof(sum));
	sum.has_moments = state->has_moments;
	if (old != NULL)
		codec_unpack(&retention_summary_type, old, &sum);
	summary_add(&sum, summary, sign);
	packed = codec_pack(&retention_summary_type, &sum);

	result = palloc(fixed + VARSIZE(packed));
	memcpy(result, state, fixed);
	memcpy((char *) result + fixed, packed, VARSIZE(packed));
	SET_VARSIZE(result, fixed + VARSIZE(packed));
	pfree(packed);
	return result;
}

/* Move the sums of the fixed part to the given summary, and leave zeros. */
static bool
state_move_sums(RetentionState *state, RetentionSummary *summary)
{
	bool		any = retention_totals_move(&state->totals, &summary->sums, state->scale);

	summary->has_moments = summary->has_moments && state->has_moments;
	for (int i = 0; i < state->moment_room; i++)
	{
		Amount		moment = amount_from_wide(&state->moment[i], 2 * state->scale);

		summary->moment[i] = amount_add(&summary->moment[i], &moment);
		any |= amount_sign(&moment) != 0;
		memset(&state->moment[i], 0, sizeof(AmountWide));
	}
	return any;
}

/* Move the sums of the fixed part to the remainder. */
static RetentionState *
state_flush(RetentionState *state)
{
	RetentionSummary summary;

	memset(&summary, 0, sizeof(summary));
	summary.has_moments = state->has_moments;
	if (!state_move_sums(state, &summary))
		return state;
	return state_add_to_remainder(state, &summary, 1);
}

/* Make the scale of the fixed part finer. */
static RetentionState *
state_rescale(RetentionState *state, int scale)
{
	RetentionTotals totals = state->totals;
	AmountWide	moment[RETENTION_MOMENTS];
	bool		fits = retention_totals_rescale(&totals, state->scale, scale);

	for (int i = 0; fits && i < state->moment_room; i++)
	{
		moment[i] = state->moment[i];
		fits = amount_wide_rescale(&moment[i], 2 * (scale - state->scale));
	}
	if (fits)
	{
		state->totals = totals;
		memcpy(state->moment, moment, state->moment_room * sizeof(AmountWide));
	}
	else
		state = state_flush(state);
	state->scale = scale;
	return state;
}

/* The whole content of a state. */
static void
state_read(const CodecHeader *working, void *value)
{
	RetentionState *state = (RetentionState *) working;
	RetentionSummary *summary = value;
	RetentionState *copy;
	CodecHeader *remainder = state_remainder(state);

	memset(summary, 0, sizeof(*summary));
	summary->has_moments = state->has_moments;
	if (remainder != NULL)
		codec_unpack(&retention_summary_type, remainder, summary);

	/* finals must not modify the state */
	copy = palloc(state_fixed_size(state->moment_room));
	memcpy(copy, state, state_fixed_size(state->moment_room));
	state_move_sums(copy, summary);
	pfree(copy);

	/* moments that not all parts had mean nothing */
	for (int i = 0; !summary->has_moments && i < RETENTION_MOMENTS; i++)
		summary->moment[i] = AMOUNT_ZERO;
	summary->has_window = state->has_window;
	summary->t0 = state->t0;
	summary->t1 = state->t1;
	summary->currency = state->currency;
	summary->skipped = state->skipped;
}

/* An argument in whichever form. */
void
retention_read(Datum datum, RetentionSummary *summary)
{
	codec_read(&retention_summary_type, datum, summary);
}

/*
 * Windows must agree.  Unknown ones, of rows that say nothing of dates, go with
 * every other.
 */
static void
state_merge_window(RetentionState *state, const RetentionSummary *summary)
{
	if (!summary->has_window)
		return;
	if (state->has_window &&
		(state->t0 != summary->t0 || state->t1 != summary->t1))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("summaries of different windows cannot be rolled up"),
				 errdetail("Rates over time multiply, they do not add up: three months at 0.90 are a quarter at 0.729."),
				 errhint("Roll up only over customers, and ask mrr_movements_agg() for the longer step or span.")));
	state->has_window = true;
	state->t0 = summary->t0;
	state->t1 = summary->t1;
}

/* Add a whole summary. */
static RetentionState *
state_merge(RetentionState *state, const RetentionSummary *summary)
{
	RetentionTotals totals;
	AmountWide	moment[RETENTION_MOMENTS];
	int			scale = retention_sums_scale(&summary->sums);
	bool		fits;

	state_merge_window(state, summary);
	currency_merge(&state->currency, &summary->currency);
	state->skipped = count_add(state->skipped, summary->skipped);
	state->has_moments = state->has_moments && summary->has_moments;

	if (scale > state->scale)
		state = state_rescale(state, scale);
	fits = retention_totals_from_sums(&totals, &summary->sums, state->scale);
	for (int i = 0; fits && state->has_moments && i < RETENTION_MOMENTS; i++)
	{
		AmountWide	sum = state->moment[i];

		fits = amount_to_wide(&summary->moment[i], 2 * state->scale, &moment[i]) &&
			amount_wide_add(&sum, &moment[i]);
	}
	if (!fits)
		return state_add_to_remainder(state, summary, 1);

	fits = retention_totals_merge(&state->totals, &totals);
	for (int i = 0; state->has_moments && i < RETENTION_MOMENTS; i++)
		amount_wide_add(&state->moment[i], &moment[i]);
	return fits ? state : state_flush(state);
}

/*
 * The state in argument 0, ready to be changed.  In an aggregate it is the
 * executor's and may be changed in place; a direct call gets a copy, as the
 * argument may be anybody's.
 */
static RetentionState *
state_from_arg(FunctionCallInfo fcinfo, bool moments)
{
	RetentionState *state;
	RetentionSummary summary;

	if (PG_ARGISNULL(0))
		return state_create(moments);
	state = (RetentionState *) codec_get(&retention_summary_type, PG_GETARG_DATUM(0));
	if (likely(((CodecHeader *) state)->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return state;

	retention_read(PointerGetDatum(state), &summary);
	state = state_create(summary.has_moments);
	return state_merge(state, &summary);
}

/* What a transition returns: the state, or a value for a direct call. */
static Datum
state_to_result(FunctionCallInfo fcinfo, RetentionState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_checked(&retention_summary_type, codec_pack_state(&retention_summary_type, &state->header)));
}

/* A row that the fixed part cannot take. */
static RetentionState *
state_add_large_row(RetentionState *state, Numeric opening, Numeric closing,
					bool seen, int sign)
{
	Amount		o = AMOUNT_ZERO;
	Amount		c = AMOUNT_ZERO;
	RetentionSummary row;

	memset(&row, 0, sizeof(row));
	row.has_moments = state->has_moments;
	if (opening != NULL)
		o = amount_from_numeric(opening);
	if (closing != NULL)
		c = amount_from_numeric(closing);
	retention_sums_add_row(&row.sums, &o, &c, seen, 1);
	if (row.has_moments && amount_sign(&o) > 0)
	{
		Amount		zero = AMOUNT_ZERO;
		const Amount *closing_clamped = amount_sign(&c) > 0 ? &c : &zero;
		const Amount *capped = amount_cmp(closing_clamped, &o) < 0 ? closing_clamped : &o;

		row.moment[MOMENT_OO] = amount_mul(&o, &o);
		row.moment[MOMENT_CC] = amount_mul(closing_clamped, closing_clamped);
		row.moment[MOMENT_OC] = amount_mul(&o, closing_clamped);
		row.moment[MOMENT_GG] = amount_mul(capped, capped);
		row.moment[MOMENT_OG] = amount_mul(&o, capped);
	}
	return state_add_to_remainder(state, &row, sign);
}

/*
 * Add the products of one customer, or take them away.  False, with nothing
 * changed, if that does not fit.
 */
static bool
state_add_moments(RetentionState *state, int128 o, int128 c, int sign)
{
	AmountWide	result[RETENTION_MOMENTS];
	int128		g;
	bool		(*add) (AmountWide *sum, int128 a, int128 b) =
		sign > 0 ? amount_wide_add_product : amount_wide_sub_product;

	if (o <= 0)
		return true;
	c = Max(c, 0);
	g = Min(o, c);
	memcpy(result, state->moment, sizeof(result));
	if (!add(&result[MOMENT_OO], o, o) ||
		!add(&result[MOMENT_CC], c, c) ||
		!add(&result[MOMENT_OC], o, c) ||
		!add(&result[MOMENT_GG], g, g) ||
		!add(&result[MOMENT_OG], o, g))
		return false;
	memcpy(state->moment, result, sizeof(result));
	return true;
}

/*
 * Read one amount at the state's scale, making that finer where it helps.
 */
static bool
state_decode(RetentionState **state, Numeric amount, int128 *result)
{
	AmountFit	fit;

	*result = 0;
	if (amount == NULL)
		return true;
	fit = amount_decode(amount, (*state)->scale, result);
	if (likely(fit == AMOUNT_FITS))
		return true;
	if (fit == AMOUNT_SPECIAL)
		amount_report_special(amount);
	if (fit == AMOUNT_FINER)
	{
		int			scale = amount_fraction_digits(amount);

		if (scale <= AMOUNT_MAX_SCALE)
		{
			*state = state_rescale(*state, scale);
			return amount_decode(amount, scale, result) == AMOUNT_FITS;
		}
	}
	return false;
}

/*
 * Add one row (opening, closing), or take it away with sign -1.
 */
static RetentionState *
state_add_row(RetentionState *state, Numeric opening, Numeric closing,
			  bool seen, int sign)
{
	int128		o;
	int128		c;
	bool		fits;

	fits = state_decode(&state, opening, &o);
	if (fits)
	{
		int			scale = state->scale;

		fits = state_decode(&state, closing, &c);
		/* the closing may just have made the scale finer */
		if (fits && unlikely(state->scale != scale))
			fits = state_decode(&state, opening, &o);
	}
	else if (closing != NULL && amount_decode(closing, 0, &c) == AMOUNT_SPECIAL)
		amount_report_special(closing);

	if (!fits || (state->has_moments && !state_add_moments(state, o, c, sign)))
		return state_add_large_row(state, opening, closing, seen, sign);
	if (unlikely(!retention_totals_add(&state->totals, o, c, seen, sign)))
		state = state_flush(state);
	return state;
}

typedef struct RetentionForm
{
	bool		moments;
	int			seen_arg;		/* argument number, or 0 */
	int			currency_arg;	/* likewise */
	int			sign;
} RetentionForm;

/* The one transition function behind all. */
static Datum
retention_transition(FunctionCallInfo fcinfo, RetentionForm form)
{
	RetentionState *state = state_from_arg(fcinfo, form.moments);
	Numeric		opening = PG_ARGISNULL(1) ? NULL :
		(Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	Numeric		closing = PG_ARGISNULL(2) ? NULL :
		(Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2));

	if (opening == NULL && closing == NULL)
	{
		/* nothing is known of this customer, not even that it is one */
		state->skipped = count_add(state->skipped, form.sign);
		return state_to_result(fcinfo, state);
	}
	if (form.currency_arg)
	{
		Currency	currency = currency_from_arg(fcinfo, form.currency_arg);

		currency_merge(&state->currency, &currency);
	}
	state = state_add_row(state, opening, closing,
						  form.seen_arg && !PG_ARGISNULL(form.seen_arg) &&
						  PG_GETARG_BOOL(form.seen_arg),
						  form.sign);
	return state_to_result(fcinfo, state);
}

#define RETENTION_TRANSITION(name, ...) \
	CODEC_FUNCTION(retention, name, \
				   retention_transition(fcinfo, ((RetentionForm) {__VA_ARGS__})))

/* the one-step aggregates have no use for moments */
RETENTION_TRANSITION(accum_plain, false, 0, 0, 1);
RETENTION_TRANSITION(accum_plain_inv, false, 0, 0, -1);
RETENTION_TRANSITION(accum, true, 0, 0, 1);
RETENTION_TRANSITION(accum_inv, true, 0, 0, -1);
RETENTION_TRANSITION(accum_seen, true, 3, 0, 1);
RETENTION_TRANSITION(accum_seen_inv, true, 3, 0, -1);
RETENTION_TRANSITION(accum_currency, true, 3, 4, 1);

/*
 * retention_combine(retention_summary, retention_summary)
 *
 * Strict.  It is the combine function of all aggregates here and the transition
 * function of rollup(); called directly it adds two values.
 */
PG_FUNCTION_INFO_V1(retention_combine);
Datum
retention_combine(PG_FUNCTION_ARGS)
{
	RetentionState *state = state_from_arg(fcinfo, true);
	RetentionSummary summary;

	retention_read(PG_GETARG_DATUM(1), &summary);
	return state_to_result(fcinfo, state_merge(state, &summary));
}

PG_FUNCTION_INFO_V1(retention_final);
Datum
retention_final(PG_FUNCTION_ARGS)
{
	/* checked, as others may make aggregates of our support functions */
	PG_RETURN_POINTER(codec_checked(&retention_summary_type,
									codec_get_packed(&retention_summary_type,
													 PG_GETARG_DATUM(0))));
}

/* ----------
 * Reading
 * ----------
 */

Amount
retention_sums_retained(const RetentionSums *sums)
{
	Amount		result = sums->amount[RETENTION_OPENING];

	result = amount_add(&result, &sums->amount[RETENTION_EXPANSION]);
	result = amount_sub(&result, &sums->amount[RETENTION_CONTRACTION]);
	return amount_sub(&result, &sums->amount[RETENTION_CHURN]);
}

Amount
retention_sums_closing(const RetentionSums *sums)
{
	Amount		result = retention_sums_retained(sums);

	result = amount_add(&result, &sums->amount[RETENTION_NEW]);
	return amount_add(&result, &sums->amount[RETENTION_REACTIVATION]);
}

static int64
retained_customers(const RetentionSums *sums)
{
	return sums->count[RETENTION_OPENING] - sums->count[RETENTION_CHURN];
}

int64
retention_sums_closing_customers(const RetentionSums *sums)
{
	int64		result = retained_customers(sums);

	result = count_add(result, sums->count[RETENTION_NEW]);
	return count_add(result, sums->count[RETENTION_REACTIVATION]);
}

/* NULL where there is nothing to divide by. */
static Datum
ratio_or_null(Amount numerator, Amount denominator, bool *isnull)
{
	*isnull = amount_sign(&denominator) == 0;
	if (*isnull)
		return (Datum) 0;
	return NumericGetDatum(amount_ratio(&numerator, &denominator));
}

/* Closing of the opening customers by their opening; see doc/retention.md. */
Datum
retention_sums_nrr(const RetentionSums *sums, bool include_reactivation, bool *isnull)
{
	Amount		numerator = retention_sums_retained(sums);

	if (include_reactivation)
		numerator = amount_add(&numerator, &sums->amount[RETENTION_REACTIVATION]);
	return ratio_or_null(numerator, sums->amount[RETENTION_OPENING], isnull);
}

/* Likewise, with the closing of each customer capped at its opening. */
Datum
retention_sums_grr(const RetentionSums *sums, bool *isnull)
{
	Amount		numerator = sums->amount[RETENTION_OPENING];

	numerator = amount_sub(&numerator, &sums->amount[RETENTION_CONTRACTION]);
	numerator = amount_sub(&numerator, &sums->amount[RETENTION_CHURN]);
	return ratio_or_null(numerator, sums->amount[RETENTION_OPENING], isnull);
}

Datum
retention_sums_logo(const RetentionSums *sums, bool *isnull)
{
	return ratio_or_null(amount_from_int64(retained_customers(sums)),
						 amount_from_int64(sums->count[RETENTION_OPENING]), isnull);
}

static Datum
nrr_of(const RetentionSummary *summary, bool *isnull)
{
	return retention_sums_nrr(&summary->sums, false, isnull);
}

static Datum
grr_of(const RetentionSummary *summary, bool *isnull)
{
	return retention_sums_grr(&summary->sums, isnull);
}

static Datum
logo_retention_of(const RetentionSummary *summary, bool *isnull)
{
	return retention_sums_logo(&summary->sums, isnull);
}

/* 1 - GRR */
static Datum
revenue_churn_rate_of(const RetentionSummary *summary, bool *isnull)
{
	const RetentionSums *sums = &summary->sums;

	return ratio_or_null(amount_add(&sums->amount[RETENTION_CONTRACTION],
									&sums->amount[RETENTION_CHURN]),
						 sums->amount[RETENTION_OPENING], isnull);
}

/* 1 - logo retention */
static Datum
logo_churn_rate_of(const RetentionSummary *summary, bool *isnull)
{
	return ratio_or_null(amount_from_int64(summary->sums.count[RETENTION_CHURN]),
						 amount_from_int64(summary->sums.count[RETENTION_OPENING]),
						 isnull);
}

/* what was won by what was lost */
static Datum
quick_ratio_of(const RetentionSummary *summary, bool *isnull)
{
	const RetentionSums *sums = &summary->sums;
	Amount		won = amount_add(&sums->amount[RETENTION_NEW],
								 &sums->amount[RETENTION_REACTIVATION]);

	won = amount_add(&won, &sums->amount[RETENTION_EXPANSION]);
	return ratio_or_null(won, amount_add(&sums->amount[RETENTION_CONTRACTION],
										 &sums->amount[RETENTION_CHURN]), isnull);
}

/* closing MRR by closing customers */
static Datum
arpa_of(const RetentionSummary *summary, bool *isnull)
{
	return ratio_or_null(retention_sums_closing(&summary->sums),
						 amount_from_int64(retention_sums_closing_customers(&summary->sums)),
						 isnull);
}

static Datum
return_figure(FunctionCallInfo fcinfo,
			  Datum (*figure) (const RetentionSummary *summary, bool *isnull))
{
	RetentionSummary summary;
	bool		isnull;
	Datum		result;

	retention_read(PG_GETARG_DATUM(0), &summary);
	result = figure(&summary, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	return result;
}

#define RETENTION_FIGURE(name) \
	CODEC_FUNCTION(retention, name, return_figure(fcinfo, name##_of))

/* these are also the final functions of the one-step aggregates */
RETENTION_FIGURE(nrr);
RETENTION_FIGURE(grr);
RETENTION_FIGURE(logo_retention);
RETENTION_FIGURE(revenue_churn_rate);
RETENTION_FIGURE(logo_churn_rate);
RETENTION_FIGURE(quick_ratio);
RETENTION_FIGURE(arpa);

PG_FUNCTION_INFO_V1(retention_nrr_switch);
Datum
retention_nrr_switch(PG_FUNCTION_ARGS)
{
	RetentionSummary summary;
	bool		isnull;
	Datum		result;

	retention_read(PG_GETARG_DATUM(0), &summary);
	result = retention_sums_nrr(&summary.sums, PG_GETARG_BOOL(1), &isnull);
	if (isnull)
		PG_RETURN_NULL();
	return result;
}

static Datum
return_amount(FunctionCallInfo fcinfo, int item)
{
	RetentionSummary summary;

	retention_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_NUMERIC(amount_to_numeric(&summary.sums.amount[item]));
}

static Datum
return_sum(FunctionCallInfo fcinfo, Amount (*sum) (const RetentionSums *sums))
{
	RetentionSummary summary;
	Amount		result;

	retention_read(PG_GETARG_DATUM(0), &summary);
	result = sum(&summary.sums);
	PG_RETURN_NUMERIC(amount_to_numeric(&result));
}

static Datum
return_count(FunctionCallInfo fcinfo, int item)
{
	RetentionSummary summary;

	retention_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.sums.count[item]);
}

static Datum
return_customers(FunctionCallInfo fcinfo, int64 (*customers) (const RetentionSums *sums))
{
	RetentionSummary summary;

	retention_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(customers(&summary.sums));
}

static int64
unchanged_customers(const RetentionSums *sums)
{
	return retained_customers(sums) - sums->count[RETENTION_EXPANSION] -
		sums->count[RETENTION_CONTRACTION];
}

CODEC_FUNCTION(retention, opening_mrr, return_amount(fcinfo, RETENTION_OPENING));
CODEC_FUNCTION(retention, new_mrr, return_amount(fcinfo, RETENTION_NEW));
CODEC_FUNCTION(retention, reactivation_mrr, return_amount(fcinfo, RETENTION_REACTIVATION));
CODEC_FUNCTION(retention, expansion_mrr, return_amount(fcinfo, RETENTION_EXPANSION));
CODEC_FUNCTION(retention, contraction_mrr, return_amount(fcinfo, RETENTION_CONTRACTION));
CODEC_FUNCTION(retention, churned_mrr, return_amount(fcinfo, RETENTION_CHURN));
CODEC_FUNCTION(retention, negative_mrr, return_amount(fcinfo, RETENTION_NEGATIVE));
CODEC_FUNCTION(retention, retained_mrr, return_sum(fcinfo, retention_sums_retained));
CODEC_FUNCTION(retention, closing_mrr, return_sum(fcinfo, retention_sums_closing));

CODEC_FUNCTION(retention, opening_customers, return_count(fcinfo, RETENTION_OPENING));
CODEC_FUNCTION(retention, new_customers, return_count(fcinfo, RETENTION_NEW));
CODEC_FUNCTION(retention, reactivation_customers, return_count(fcinfo, RETENTION_REACTIVATION));
CODEC_FUNCTION(retention, expansion_customers, return_count(fcinfo, RETENTION_EXPANSION));
CODEC_FUNCTION(retention, contraction_customers, return_count(fcinfo, RETENTION_CONTRACTION));
CODEC_FUNCTION(retention, churned_customers, return_count(fcinfo, RETENTION_CHURN));
CODEC_FUNCTION(retention, negative_rows, return_count(fcinfo, RETENTION_NEGATIVE));
CODEC_FUNCTION(retention, retained_customers, return_customers(fcinfo, retained_customers));
CODEC_FUNCTION(retention, unchanged_customers, return_customers(fcinfo, unchanged_customers));
CODEC_FUNCTION(retention, closing_customers, return_customers(fcinfo, retention_sums_closing_customers));

PG_FUNCTION_INFO_V1(retention_skipped_rows);
Datum
retention_skipped_rows(PG_FUNCTION_ARGS)
{
	RetentionSummary summary;

	retention_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.skipped);
}

/*-------------------------------------------------------------------------
 *
 * backtest.c
 *	  Type backtest_summary, its aggregates, and what a score was worth.
 *
 * A back-test compares what was thought of customers then with what they have
 * done since.  All that it needs is how many left and how many stayed at each
 * score; ranks, bins and means follow from these counts, exactly.  Scores have
 * two decimals and probabilities four, so that there are at most 10,001
 * different ones and a summary of any number of customers is small.
 * Definitions and sources: doc/backtest.md.
 *
 * The transition state is the type itself in a working form: a flat varlena
 * which is updated in place.  It has a slot for each value that occurred, in
 * order of appearance, and an index of 16-bit slot numbers to find it by: a
 * group of few customers takes some hundred bytes, and no group more than
 * 700 kB.  Behind that, ARR that does not fit its 128-bit sums is in a
 * remainder, a packed summary; the value of the state is the sum of both.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "backtest.h"
#include "count.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "stats.h"
#include "utils/builtins.h"

/* Those with one value; their ARR is in an array of its own. */
typedef struct BacktestSlot
{
	int64		count[BACKTEST_OUTCOMES];
	int32		value;
} BacktestSlot;

/*
 * The working form.  Behind it are room for `capacity' slots, if there is ARR
 * for as many BacktestSlotArr, 2^bits numbers of the index, and maybe a
 * remainder.
 */
typedef struct BacktestState
{
	CodecHeader header;
	uint8		measure;		/* a BacktestMeasure */
	bool		has_arr;
	uint8		scale;			/* of amounts */
	uint8		bits;
	int32		used;			/* slots */
	int64		skipped;
	int64		total;			/* customers in the slots */
} BacktestState;

typedef struct BacktestSlotArr
{
	int128		arr[BACKTEST_OUTCOMES];
} BacktestSlotArr;

#define STATE_KIND	(CODEC_KIND_BACKTEST_SUMMARY | CODEC_WORKING)

#define STATE_FIRST_BITS	3

/* An amount this large must be moved out before adding. */
#define STATE_AMOUNT_MAX	(((int128) 1) << 125)

/* of the normal distribution, for intervals at 95 % */
#define CALIBRATION_QUANTILE	1.959963984540054

static void backtest_walk(Codec *codec, void *value);
static const char *backtest_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType backtest_summary_type = {
	"backtest_summary", CODEC_KIND_BACKTEST_SUMMARY, sizeof(BacktestSummary),
	backtest_walk, backtest_check, state_read
};

CODEC_TYPE_FUNCTIONS(backtest_summary, backtest_summary_type);

static const struct
{
	const char *name;			/* of one value */
	const char *names;			/* of several */
	int			most;			/* the largest */
	int			decimals;
	int			unit;			/* in units of 10^-4 */
}			measures[BACKTEST_MEASURES] = {
	{"score", "scores", 100, 2, 100},
	{"probability", "probabilities", 1, 4, 1}
};

/* A value in the unit of its measure, as a number. */
Amount
backtest_value_amount(BacktestMeasure measure, int32 value)
{
	return amount_from_scaled((int128) value * measures[measure].unit, 1);
}

/* ----------
 * The type
 * ----------
 */

static void
backtest_walk(Codec *codec, void *value)
{
	BacktestSummary *summary = value;
	int			next = 0;		/* the least that the next value can be */

	if (codec->mode == CODEC_DESCRIBE)
	{
		char		name[12];

		strlcpy(name, measures[summary->measure].name, sizeof(name));
		codec_text(codec, "measure", name, sizeof(name));
	}
	else
	{
		uint64		measure = summary->measure;

		codec_uint(codec, "measure", &measure, BACKTEST_MEASURES - 1);
		summary->measure = (BacktestMeasure) measure;
	}
	codec_bool(codec, "has_arr", &summary->has_arr);
	codec_int(codec, "skipped_rows", &summary->skipped);
	summary->nitems = codec_list_of(codec, "values", summary->nitems, 3);
	if (CODEC_READING(codec))
	{
		if (summary->nitems > BACKTEST_VALUES)
		{
			codec_fail(codec, "There are more values than there can be.");
			summary->nitems = 0;
		}
		summary->items = palloc0(Max(summary->nitems, 1) * sizeof(BacktestItem));
	}
	for (int i = 0; i < summary->nitems; i++)
	{
		BacktestItem *item = &summary->items[i];
		uint64		kept = item->count[BACKTEST_KEPT];
		uint64		churned = item->count[BACKTEST_CHURNED];

		codec_item(codec);
		if (codec->mode == CODEC_DESCRIBE)
		{
			Amount		shown = backtest_value_amount(summary->measure, item->value);

			codec_amount(codec, measures[summary->measure].name, &shown);
		}
		else
		{
			uint64		gap = item->value - next;

			codec_uint(codec, "gap", &gap, BACKTEST_MAX);
			next += gap;
			if (next > BACKTEST_MAX)
			{
				codec_fail(codec, "A value is out of range.");
				next = 0;
			}
			if (CODEC_READING(codec))
				item->value = next;
			next++;
		}
		codec_uint(codec, "kept", &kept, PG_INT64_MAX);
		codec_uint(codec, "churned", &churned, PG_INT64_MAX);
		item->count[BACKTEST_KEPT] = kept;
		item->count[BACKTEST_CHURNED] = churned;
		if (summary->has_arr)
		{
			codec_amount(codec, "kept_arr", &item->arr[BACKTEST_KEPT]);
			codec_amount(codec, "churned_arr", &item->arr[BACKTEST_CHURNED]);
		}
		codec_item_end(codec);
	}
	codec_list_end(codec);
}

static const char *
backtest_check(const void *value)
{
	const BacktestSummary *summary = value;
	int128		total = 0;

	if (summary->skipped < 0)
		return "A count is negative.";
	for (int i = 0; i < summary->nitems; i++)
	{
		const BacktestItem *item = &summary->items[i];

		if (item->count[BACKTEST_KEPT] == 0 && item->count[BACKTEST_CHURNED] == 0)
			return "There is a value of nobody.";
		for (int outcome = 0; outcome < BACKTEST_OUTCOMES; outcome++)
		{
			if (amount_sign(&item->arr[outcome]) < 0)
				return "An amount is negative.";
			if (item->count[outcome] == 0 && amount_sign(&item->arr[outcome]) != 0)
				return "There is an amount of nobody.";
			total += item->count[outcome];
		}
		if (total > PG_INT64_MAX)
			return "There are too many customers.";
	}
	return NULL;
}

/* ----------
 * Transition states
 * ----------
 */

static int
capacity_of(int bits)
{
	/* at most half of the index is full, so that look-ups are short */
	return Min(1 << (bits - 1), BACKTEST_VALUES);
}

/* where the parts behind the fixed one begin, and where they end */
#define SLOTS_OFFSET		MAXALIGN(sizeof(BacktestState))

static Size
arrs_offset(int bits)
{
	return SLOTS_OFFSET + capacity_of(bits) * sizeof(BacktestSlot);
}

static Size
index_offset(bool has_arr, int bits)
{
	return arrs_offset(bits) + (has_arr ? capacity_of(bits) * sizeof(BacktestSlotArr) : 0);
}

static Size
state_size_of(bool has_arr, int bits)
{
	return MAXALIGN(index_offset(has_arr, bits) + ((Size) 1 << bits) * sizeof(uint16));
}

static BacktestSlot *
state_slots(BacktestState *state)
{
	return (BacktestSlot *) ((char *) state + SLOTS_OFFSET);
}

static BacktestSlotArr *
state_arrs(BacktestState *state)
{
	return (BacktestSlotArr *) ((char *) state + arrs_offset(state->bits));
}

static uint16 *
state_index(BacktestState *state)
{
	return (uint16 *) ((char *) state + index_offset(state->has_arr, state->bits));
}

/* without a remainder */
static Size
state_size(const BacktestState *state)
{
	return state_size_of(state->has_arr, state->bits);
}

static BacktestState *
state_create(BacktestMeasure measure, bool has_arr, int bits)
{
	Size		size = state_size_of(has_arr, bits);
	BacktestState *state = palloc0(size);

	SET_VARSIZE(state, size);
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->measure = measure;
	state->has_arr = has_arr;
	state->bits = bits;
	return state;
}

/* The packed summary behind the rest, or NULL. */
static CodecHeader *
state_remainder(BacktestState *state)
{
	Size		size = state_size(state);

	return VARSIZE(state) > size ? (CodecHeader *) ((char *) state + size) : NULL;
}

/* Where the index says, or could say, in which slot a value is. */
static uint16 *
index_find(BacktestState *state, int32 value)
{
	BacktestSlot *slots = state_slots(state);
	uint16	   *numbers = state_index(state);
	uint32		mask = (1 << state->bits) - 1;
	uint32		i = ((uint32) value * 2654435769U) >> (32 - state->bits);

	/* numbers count from 1: 0 is none */
	while (numbers[i] != 0 && slots[numbers[i] - 1].value != value)
		i = (i + 1) & mask;
	return &numbers[i];
}

/* A state with twice the room. */
static BacktestState *
state_grow(BacktestState *old)
{
	BacktestState *state = state_create((BacktestMeasure) old->measure, old->has_arr, old->bits + 1);
	CodecHeader *remainder = state_remainder(old);

	state->scale = old->scale;
	state->used = old->used;
	state->skipped = old->skipped;
	state->total = old->total;
	memcpy(state_slots(state), state_slots(old), old->used * sizeof(BacktestSlot));
	if (old->has_arr)
		memcpy(state_arrs(state), state_arrs(old), old->used * sizeof(BacktestSlotArr));
	for (int i = 0; i < state->used; i++)
		*index_find(state, state_slots(state)[i].value) = i + 1;
	if (remainder != NULL)
	{
		Size		size = state_size(state);

		state = repalloc(state, size + VARSIZE(remainder));
		memcpy((char *) state + size, remainder, VARSIZE(remainder));
		SET_VARSIZE(state, size + VARSIZE(remainder));
	}
	return state;
}

/*
 * The number of the slot of a value.  For a new value the state may become
 * another one, as a varlena cannot grow where it is.
 */
static int
state_find(BacktestState **state, int32 value)
{
	uint16	   *number = index_find(*state, value);

	if (unlikely(*number == 0))
	{
		if ((*state)->used == capacity_of((*state)->bits))
		{
			*state = state_grow(*state);
			number = index_find(*state, value);
		}
		state_slots(*state)[(*state)->used].value = value;
		*number = ++(*state)->used;
	}
	return *number - 1;
}

static int
item_cmp(const void *a, const void *b)
{
	return ((const BacktestItem *) a)->value - ((const BacktestItem *) b)->value;
}

/* What the slots hold, in order. */
static void
state_read_slots(BacktestState *state, BacktestSummary *summary)
{
	BacktestSlot *slots = state_slots(state);
	BacktestSlotArr *arrs = state_arrs(state);

	summary->measure = (BacktestMeasure) state->measure;
	summary->has_arr = state->has_arr;
	summary->skipped = state->skipped;
	summary->nitems = state->used;
	summary->items = palloc0(Max(state->used, 1) * sizeof(BacktestItem));
	for (int i = 0; i < state->used; i++)
	{
		BacktestItem *item = &summary->items[i];

		item->value = slots[i].value;
		memcpy(item->count, slots[i].count, sizeof(item->count));
		for (int outcome = 0; outcome < BACKTEST_OUTCOMES && state->has_arr; outcome++)
			item->arr[outcome] = amount_from_scaled(arrs[i].arr[outcome], state->scale);
	}
	qsort(summary->items, summary->nitems, sizeof(BacktestItem), item_cmp);
}

/* Customers with an outcome. */
int64
backtest_total(const BacktestSummary *summary, BacktestOutcome outcome)
{
	int64		result = 0;

	for (int i = 0; i < summary->nitems; i++)
		result = count_add(result, summary->items[i].count[outcome]);
	return result;
}

/* Add a summary of the same kind to another one. */
static void
summary_add(BacktestSummary *into, const BacktestSummary *other)
{
	BacktestItem *items = palloc((into->nitems + other->nitems + 1) * sizeof(BacktestItem));
	int			nitems = 0;
	int			i = 0;
	int			j = 0;

	while (i < into->nitems || j < other->nitems)
	{
		BacktestItem *item = &items[nitems++];

		if (j == other->nitems ||
			(i < into->nitems && into->items[i].value < other->items[j].value))
			*item = into->items[i++];
		else if (i == into->nitems || into->items[i].value > other->items[j].value)
			*item = other->items[j++];
		else
		{
			*item = into->items[i++];
			for (int outcome = 0; outcome < BACKTEST_OUTCOMES; outcome++)
			{
				item->count[outcome] = count_add(item->count[outcome], other->items[j].count[outcome]);
				item->arr[outcome] = amount_add(&item->arr[outcome], &other->items[j].arr[outcome]);
			}
			j++;
		}
	}
	into->skipped = count_add(into->skipped, other->skipped);
	into->items = items;
	into->nitems = nitems;
	count_add(backtest_total(into, BACKTEST_KEPT), backtest_total(into, BACKTEST_CHURNED));
}

/* The whole content of a state. */
static void
state_read(const CodecHeader *working, void *value)
{
	BacktestState *state = (BacktestState *) working;
	BacktestSummary *summary = value;
	CodecHeader *remainder = state_remainder(state);

	state_read_slots(state, summary);
	if (remainder != NULL)
	{
		BacktestSummary more;

		codec_unpack(&backtest_summary_type, remainder, &more);
		summary_add(summary, &more);
	}
}

/*
 * Add a summary to the remainder.  The result is a new state, as the size
 * changes; the old one belongs to the executor.
 */
static BacktestState *
state_add_to_remainder(BacktestState *state, const BacktestSummary *summary)
{
	CodecHeader *old = state_remainder(state);
	Size		size = state_size(state);
	BacktestSummary sum = *summary;
	BacktestState *result;
	CodecHeader *packed;

	if (old != NULL)
	{
		codec_unpack(&backtest_summary_type, old, &sum);
		summary_add(&sum, summary);
	}
	packed = codec_pack(&backtest_summary_type, &sum);
	result = palloc(size + VARSIZE(packed));
	memcpy(result, state, size);
	memcpy((char *) result + size, packed, VARSIZE(packed));
	SET_VARSIZE(result, size + VARSIZE(packed));
	pfree(packed);
	return result;
}

/* Move what the slots hold to the remainder. */
static BacktestState *
state_flush(BacktestState *state)
{
	BacktestSummary summary;

	state_read_slots(state, &summary);
	state = state_add_to_remainder(state, &summary);
	state->used = 0;
	state->skipped = 0;
	state->total = 0;
	memset((char *) state + SLOTS_OFFSET, 0, state_size(state) - SLOTS_OFFSET);
	return state;
}

/* Make the scale of amounts finer. */
static BacktestState *
state_rescale(BacktestState *state, int scale)
{
	BacktestSlotArr *arrs = state_arrs(state);

	for (int pass = 0; pass < 2; pass++)
	{
		/* first see whether all fit, then change them */
		for (int i = 0; i < state->used; i++)
		{
			for (int outcome = 0; outcome < BACKTEST_OUTCOMES; outcome++)
			{
				int128		value = arrs[i].arr[outcome];

				if (!amount_rescale(&value, state->scale, scale) || value >= STATE_AMOUNT_MAX)
				{
					state = state_flush(state);
					state->scale = scale;
					return state;
				}
				if (pass == 1)
					arrs[i].arr[outcome] = value;
			}
		}
	}
	state->scale = scale;
	return state;
}

/* One or more customers with one value and outcome, whose ARR fits. */
static BacktestState *
state_add(BacktestState *state, int32 value, BacktestOutcome outcome, int64 count, int128 arr)
{
	int			i = state_find(&state, value);
	BacktestSlot *slot = &state_slots(state)[i];

	/* the sum of all is at least as large as any */
	state->total = count_add(state->total, count);
	slot->count[outcome] += count;
	if (state->has_arr)
	{
		int128	   *sum = &state_arrs(state)[i].arr[outcome];

		*sum += arr;
		if (unlikely(*sum >= STATE_AMOUNT_MAX))
			state = state_flush(state);
	}
	return state;
}

/* One value with amounts of any size. */
static BacktestState *
state_add_large(BacktestState *state, const BacktestItem *item)
{
	BacktestSummary summary = {
		.measure = state->measure, .has_arr = state->has_arr, .nitems = 1,
		.items = unconstify(BacktestItem *, item)
	};

	return state_add_to_remainder(state, &summary);
}

static BacktestState *
state_merge_item(BacktestState *state, const BacktestItem *item)
{
	int			scale = state->scale;
	int128		arr[BACKTEST_OUTCOMES];

	for (int outcome = 0; outcome < BACKTEST_OUTCOMES; outcome++)
	{
		if (item->arr[outcome].big == NULL)
			scale = Max(scale, item->arr[outcome].scale);
	}
	scale = Min(scale, AMOUNT_MAX_SCALE);
	if (scale > state->scale)
		state = state_rescale(state, scale);
	for (int outcome = 0; outcome < BACKTEST_OUTCOMES; outcome++)
	{
		arr[outcome] = 0;
		if (state->has_arr &&
			(!amount_to_scaled(&item->arr[outcome], state->scale, &arr[outcome]) ||
			 arr[outcome] >= STATE_AMOUNT_MAX))
			return state_add_large(state, item);
	}
	for (int outcome = 0; outcome < BACKTEST_OUTCOMES; outcome++)
	{
		if (item->count[outcome] > 0)
			state = state_add(state, item->value, (BacktestOutcome) outcome, item->count[outcome], arr[outcome]);
	}
	return state;
}

/* Complain if what is combined is not of one kind, the same whichever came first. */
static void
check_same_kind(BacktestMeasure measure, bool has_arr, BacktestMeasure other_measure, bool other_has_arr)
{
	if (unlikely(measure != other_measure))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("back-tests of scores and of probabilities cannot be combined")));
	if (unlikely(has_arr != other_has_arr))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("back-tests with and without ARR cannot be combined"),
				 errhint("Build them all from the raw rows with ARR, or all without.")));
}

static BacktestState *
state_merge(BacktestState *state, const BacktestSummary *summary)
{
	check_same_kind((BacktestMeasure) state->measure, state->has_arr, summary->measure, summary->has_arr);
	state->skipped = count_add(state->skipped, summary->skipped);
	for (int i = 0; i < summary->nitems; i++)
		state = state_merge_item(state, &summary->items[i]);
	return state;
}

/* A state with room for so many values. */
static BacktestState *
state_create_for(const BacktestSummary *summary)
{
	int			bits = STATE_FIRST_BITS;

	while (capacity_of(bits) < summary->nitems)
		bits++;
	return state_create(summary->measure, summary->has_arr, bits);
}

/* An argument in whichever form. */
void
backtest_read(Datum datum, BacktestSummary *summary)
{
	codec_read(&backtest_summary_type, datum, summary);
}

/*
 * The state in argument 0, ready to be changed, or NULL if there is none.  In
 * an aggregate it is the executor's and may be changed in place; a direct call
 * gets a copy, as the argument may be anybody's.
 */
static BacktestState *
state_from_arg(FunctionCallInfo fcinfo)
{
	BacktestState *state;
	BacktestSummary summary;

	if (PG_ARGISNULL(0))
		return NULL;
	state = (BacktestState *) codec_get(&backtest_summary_type, PG_GETARG_DATUM(0));
	if (likely(((CodecHeader *) state)->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return state;

	backtest_read(PointerGetDatum(state), &summary);
	return state_merge(state_create_for(&summary), &summary);
}

/* What a transition returns: the state, or a value for a direct call. */
static Datum
state_to_result(FunctionCallInfo fcinfo, BacktestState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_pack_state(&backtest_summary_type, &state->header));
}

/* ----------
 * Rows
 * ----------
 */

static char *
numeric_text(Numeric num)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num)));
}

/* A score or a probability of any precision, within its limits. */
Amount
backtest_judgement(Numeric num, BacktestMeasure measure)
{
	Amount		amount;
	Amount		limit = amount_from_int64(measures[measure].most);

	/* these look at the header, which must not be a short one */
	num = DatumGetNumeric(NumericGetDatum(num));
	if (numeric_is_nan(num) || numeric_is_inf(num))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a finite number, not %s", measures[measure].name, numeric_text(num)),
				 errhint("Store NULL where there is none.")));
	amount = amount_from_numeric(num);
	if (amount_sign(&amount) < 0 || amount_cmp(&amount, &limit) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s %.100s is out of range", measures[measure].name, numeric_text(num)),
				 errdetail("It must be from 0 to %d.", measures[measure].most)));
	return amount;
}

/* A score or a probability in its unit, which it must be a multiple of. */
static int32
value_from_numeric(Numeric num, BacktestMeasure measure)
{
	int			unit = measures[measure].unit;
	Amount		amount;
	Amount		rounded;
	int128		value;

	if (likely(amount_decode(num, 1, &value) == AMOUNT_FITS && value >= 0 &&
			   value <= (int128) BACKTEST_MAX * unit && value % unit == 0))
		return (int32) (value / unit);
	amount = backtest_judgement(num, measure);

	/* within limits: so many units exactly, or not */
	value = DatumGetInt64(DirectFunctionCall1(numeric_int8,
											  DirectFunctionCall2(numeric_mul, NumericGetDatum(num),
																  NumericGetDatum(int64_to_numeric(BACKTEST_MAX / measures[measure].most)))));
	rounded = backtest_value_amount(measure, (int32) value);
	if (amount_cmp(&amount, &rounded) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s %.100s has more than %d decimals", measures[measure].name,
						numeric_text(num), measures[measure].decimals),
				 errdetail("A back-test counts customers by %s, and is exact.", measures[measure].name),
				 errhint("Write round(%s, %d).", measures[measure].name, measures[measure].decimals)));
	return (int32) value;
}

/*
 * The one transition function behind all; arguments are state, score or
 * probability, churned, and maybe ARR.
 */
static Datum
backtest_transition(FunctionCallInfo fcinfo, BacktestMeasure measure)
{
	BacktestState *state = state_from_arg(fcinfo);
	bool		has_arr = PG_NARGS() > 3;
	bool		usable = true;
	int32		value = 0;
	BacktestOutcome outcome = BACKTEST_KEPT;
	int128		arr = 0;
	Amount		whole = AMOUNT_ZERO;
	bool		fits = true;

	if (unlikely(state == NULL))
		state = state_create(measure, has_arr, STATE_FIRST_BITS);
	else
		check_same_kind((BacktestMeasure) state->measure, state->has_arr, measure, has_arr);

	/* a bad argument is an error even in a row that another one makes useless */
	if (PG_ARGISNULL(1))
		usable = false;
	else
		value = value_from_numeric((Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)), measure);
	if (PG_ARGISNULL(2))
		usable = false;
	else if (PG_GETARG_BOOL(2))
		outcome = BACKTEST_CHURNED;
	if (has_arr && PG_ARGISNULL(3))
		usable = false;
	else if (has_arr)
	{
		Numeric		num = (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(3));
		AmountFit	fit = amount_decode(num, state->scale, &arr);
		bool		negative;

		if (unlikely(fit == AMOUNT_FINER && amount_fraction_digits(num) <= AMOUNT_MAX_SCALE))
		{
			state = state_rescale(state, amount_fraction_digits(num));
			fit = amount_decode(num, state->scale, &arr);
		}
		fits = fit == AMOUNT_FITS;
		if (likely(fits))
			negative = arr < 0;
		else
		{
			whole = amount_from_numeric(num);	/* complains about NaN */
			negative = amount_sign(&whole) < 0;
		}
		if (unlikely(negative))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("ARR must not be negative"),
					 errhint("Add up the lines of a customer first, credits included.")));
	}

	if (unlikely(!usable))
		state->skipped = count_add(state->skipped, 1);
	else if (likely(fits))
		state = state_add(state, value, outcome, 1, arr);
	else
	{
		BacktestItem item = {.value = value};

		item.count[outcome] = 1;
		item.arr[outcome] = whole;
		state = state_add_large(state, &item);
	}
	return state_to_result(fcinfo, state);
}

CODEC_FUNCTION(backtest, accum, backtest_transition(fcinfo, BACKTEST_SCORE));
CODEC_FUNCTION(backtest, accum_probability, backtest_transition(fcinfo, BACKTEST_PROBABILITY));

/* backtest_combine(backtest_summary, backtest_summary), strict */
PG_FUNCTION_INFO_V1(backtest_combine);
Datum
backtest_combine(PG_FUNCTION_ARGS)
{
	BacktestState *state = state_from_arg(fcinfo);
	BacktestSummary summary;

	backtest_read(PG_GETARG_DATUM(1), &summary);
	return state_to_result(fcinfo, state_merge(state, &summary));
}

PG_FUNCTION_INFO_V1(backtest_final);
Datum
backtest_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_get_packed(&backtest_summary_type, PG_GETARG_DATUM(0)));
}

/* ----------
 * How well it ranks
 * ----------
 */

/* The item that is so many from the worst: a low score, a high probability. */
static const BacktestItem *
from_worst(const BacktestSummary *summary, int i)
{
	return &summary->items[summary->measure == BACKTEST_SCORE ? i : summary->nitems - 1 - i];
}

static int64
item_customers(const BacktestItem *item)
{
	return item->count[BACKTEST_KEPT] + item->count[BACKTEST_CHURNED];
}

static int64
total_customers(const BacktestSummary *summary)
{
	return count_add(backtest_total(summary, BACKTEST_KEPT), backtest_total(summary, BACKTEST_CHURNED));
}

/*
 * auc(backtest_summary) -> numeric
 *
 * Of all pairs of one who left and one who stayed, the share in which the first
 * was worse, and half of those in which both were the same.
 */
PG_FUNCTION_INFO_V1(backtest_auc);
Datum
backtest_auc(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;
	AmountWide	twice = {{0, 0, 0, 0}}; /* the pairs, counted twice */
	AmountWide	pairs = {{0, 0, 0, 0}};
	int64		kept;
	int64		churned;
	int64		better;			/* of those kept */
	Amount		num;
	Amount		den;

	backtest_read(PG_GETARG_DATUM(0), &summary);
	better = kept = backtest_total(&summary, BACKTEST_KEPT);
	churned = backtest_total(&summary, BACKTEST_CHURNED);
	if (kept == 0 || churned == 0)
		PG_RETURN_NULL();
	for (int i = 0; i < summary.nitems; i++)
	{
		const BacktestItem *item = from_worst(&summary, i);

		better -= item->count[BACKTEST_KEPT];
		amount_wide_add_product(&twice, item->count[BACKTEST_CHURNED],
								2 * (int128) better + item->count[BACKTEST_KEPT]);
	}
	amount_wide_add_product(&pairs, 2 * (int128) kept, churned);
	num = amount_from_wide(&twice, 0);
	den = amount_from_wide(&pairs, 0);
	PG_RETURN_NUMERIC(amount_ratio(&num, &den));
}

/* A share of customers in an argument: above 0, at most 1. */
static Amount
share_from_arg(FunctionCallInfo fcinfo, int argno)
{
	Numeric		num = PG_GETARG_NUMERIC(argno);
	Amount		one = amount_from_int64(1);
	Amount		share = AMOUNT_ZERO;
	bool		finite = !numeric_is_nan(num) && !numeric_is_inf(num);

	if (finite)
		share = amount_from_numeric(num);
	if (!finite || amount_sign(&share) <= 0 || amount_cmp(&share, &one) > 0)
		ereport(ERROR,
				(errcode(finite ? ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE : ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("share of customers must be above 0 and at most 1, not %.100s", numeric_text(num)),
				 errhint("For the worst 10 %% write 0.1.")));
	return share;
}

/* What of an item is added up over the worst customers. */
typedef Amount (*ItemPart) (const BacktestItem *item);

static Amount
item_churned(const BacktestItem *item)
{
	return amount_from_int64(item->count[BACKTEST_CHURNED]);
}

static Amount
item_churned_arr(const BacktestItem *item)
{
	return item->arr[BACKTEST_CHURNED];
}

static Amount
summary_part(const BacktestSummary *summary, ItemPart part)
{
	Amount		sum = AMOUNT_ZERO;

	for (int i = 0; i < summary->nitems; i++)
	{
		Amount		more = part(&summary->items[i]);

		sum = amount_add(&sum, &more);
	}
	return sum;
}

/*
 * The part of a share of the customers, the worst of them; of those who are on
 * the boundary with others as many as are missing, and as much of their part.
 * The result is *num / *den.
 */
static void
worst_part(const BacktestSummary *summary, const Amount *share, ItemPart part, Amount *num, Amount *den)
{
	Amount		n = amount_from_int64(total_customers(summary));
	Amount		missing = amount_mul(share, &n);

	*num = AMOUNT_ZERO;
	*den = amount_from_int64(1);
	for (int i = 0; i < summary->nitems && amount_sign(&missing) > 0; i++)
	{
		const BacktestItem *item = from_worst(summary, i);
		Amount		customers = amount_from_int64(item_customers(item));
		Amount		its = part(item);

		if (amount_cmp(&customers, &missing) <= 0)
		{
			*num = amount_add(num, &its);
			missing = amount_sub(&missing, &customers);
		}
		else
		{
			*den = customers;
			*num = amount_mul(num, &customers);
			its = amount_mul(&its, &missing);
			*num = amount_add(num, &its);
			break;
		}
	}
}

/*
 * lift(backtest_summary, numeric) -> numeric
 *
 * The churn rate of the worst by that of all.  With n customers, of whom c
 * left, and l of the worst q n of them: (l / (q n)) / (c / n) = l / (q c).
 */
PG_FUNCTION_INFO_V1(backtest_lift);
Datum
backtest_lift(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;
	Amount		share = share_from_arg(fcinfo, 1);
	Amount		churned;
	Amount		num;
	Amount		den;

	backtest_read(PG_GETARG_DATUM(0), &summary);
	churned = summary_part(&summary, item_churned);
	if (amount_sign(&churned) == 0)
		PG_RETURN_NULL();
	worst_part(&summary, &share, item_churned, &num, &den);
	den = amount_mul(&den, &share);
	den = amount_mul(&den, &churned);
	PG_RETURN_NUMERIC(amount_ratio(&num, &den));
}

static void
check_has_arr(const BacktestSummary *summary, const char *what)
{
	if (summary->has_arr)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s needs a back-test with ARR", what),
			 errhint("Build it with ARR as the third argument: %s.",
					 summary->measure == BACKTEST_SCORE ? "backtest_agg(score, churned, arr)" :
					 "backtest_probability_agg(p_churn, churned, arr)")));
}

/* capture(backtest_summary, numeric) -> numeric */
PG_FUNCTION_INFO_V1(backtest_capture);
Datum
backtest_capture(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;
	Amount		share = share_from_arg(fcinfo, 1);
	Amount		churned;
	Amount		num;
	Amount		den;

	backtest_read(PG_GETARG_DATUM(0), &summary);
	check_has_arr(&summary, "capture");
	churned = summary_part(&summary, item_churned_arr);
	if (amount_sign(&churned) == 0)
		PG_RETURN_NULL();
	worst_part(&summary, &share, item_churned_arr, &num, &den);
	den = amount_mul(&den, &churned);
	PG_RETURN_NUMERIC(amount_ratio(&num, &den));
}

/* part / (part + rest), or NULL of nothing */
static Datum
share_of(int64 part, int64 rest, bool *isnull)
{
	Amount		num = amount_from_int64(part);
	Amount		den = amount_from_int64(count_add(part, rest));

	*isnull = amount_sign(&den) == 0;
	return *isnull ? (Datum) 0 : NumericGetDatum(amount_ratio(&num, &den));
}

/* A tuple of a function's own result type. */
static Datum
return_tuple(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * confusion(backtest_summary, numeric) -> (true_positives, false_positives,
 * true_negatives, false_negatives, precision_rate, recall_rate)
 */
PG_FUNCTION_INFO_V1(backtest_confusion);
Datum
backtest_confusion(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;
	Amount		cut = amount_from_numeric(PG_GETARG_NUMERIC(1));
	int64		flagged[BACKTEST_OUTCOMES] = {0, 0};
	int64		other[BACKTEST_OUTCOMES] = {0, 0};
	Datum		values[6] = {0};
	bool		nulls[6] = {false};

	backtest_read(PG_GETARG_DATUM(0), &summary);
	for (int i = 0; i < summary.nitems; i++)
	{
		const BacktestItem *item = &summary.items[i];
		Amount		value = backtest_value_amount(summary.measure, item->value);
		int			cmp = amount_cmp(&value, &cut);
		bool		is_flagged = summary.measure == BACKTEST_SCORE ? cmp <= 0 : cmp >= 0;

		for (int outcome = 0; outcome < BACKTEST_OUTCOMES; outcome++)
			(is_flagged ? flagged : other)[outcome] += item->count[outcome];
	}
	values[0] = Int64GetDatum(flagged[BACKTEST_CHURNED]);
	values[1] = Int64GetDatum(flagged[BACKTEST_KEPT]);
	values[2] = Int64GetDatum(other[BACKTEST_KEPT]);
	values[3] = Int64GetDatum(other[BACKTEST_CHURNED]);
	values[4] = share_of(flagged[BACKTEST_CHURNED], flagged[BACKTEST_KEPT], &nulls[4]);
	values[5] = share_of(flagged[BACKTEST_CHURNED], other[BACKTEST_CHURNED], &nulls[5]);
	return return_tuple(fcinfo, values, nulls);
}

/* ----------
 * How well it predicts
 * ----------
 */

/*
 * Bins of about equal numbers of customers, who are all in the bin where the
 * first of those with their value is.  Returns how many are not empty.
 */
int
backtest_bins(const BacktestSummary *summary, int32 bins, BacktestBin **result)
{
	int128		n = total_customers(summary);
	int128		below = 0;		/* customers with lower values */
	int			nbins = 0;

	if (bins < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of bins must be at least 1, not %d", bins)));
	*result = palloc(Max(summary->nitems, 1) * sizeof(BacktestBin));
	for (int i = 0; i < summary->nitems; i++)
	{
		const BacktestItem *item = &summary->items[i];
		int32		number = 1 + (int32) (bins * below / n);
		BacktestBin *bin = &(*result)[nbins - 1];

		if (nbins == 0 || bin->bin != number)
		{
			bin = &(*result)[nbins++];
			memset(bin, 0, sizeof(*bin));
			bin->bin = number;
			bin->low = item->value;
		}
		bin->high = item->value;
		for (int outcome = 0; outcome < BACKTEST_OUTCOMES; outcome++)
			bin->count[outcome] += item->count[outcome];
		bin->values += (int128) item->value * item_customers(item);
		below += item_customers(item);
	}
	return nbins;
}

#define CALIBRATION_COLUMNS 9

/* calibration(backtest_summary, integer) */
PG_FUNCTION_INFO_V1(backtest_calibration);
Datum
backtest_calibration(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	BacktestSummary summary;
	BacktestBin *bins;
	int			nbins;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	backtest_read(PG_GETARG_DATUM(0), &summary);
	nbins = backtest_bins(&summary, PG_GETARG_INT32(1), &bins);
	for (int i = 0; i < nbins; i++)
	{
		const BacktestBin *bin = &bins[i];
		Datum		values[CALIBRATION_COLUMNS] = {0};
		bool		nulls[CALIBRATION_COLUMNS] = {false};
		int64		churned = bin->count[BACKTEST_CHURNED];
		int64		customers = churned + bin->count[BACKTEST_KEPT];
		Amount		low_value = backtest_value_amount(summary.measure, bin->low);
		Amount		high_value = backtest_value_amount(summary.measure, bin->high);
		double		low;
		double		high;

		CHECK_FOR_INTERRUPTS();
		wilson_interval(churned, customers, CALIBRATION_QUANTILE, &low, &high);
		values[0] = Int32GetDatum(bin->bin);
		values[1] = NumericGetDatum(amount_to_numeric(&low_value));
		values[2] = NumericGetDatum(amount_to_numeric(&high_value));
		values[3] = Int64GetDatum(customers);
		values[4] = Int64GetDatum(churned);
		values[5] = share_of(churned, bin->count[BACKTEST_KEPT], &nulls[5]);
		values[6] = Float8GetDatum(low);
		values[7] = Float8GetDatum(high);
		nulls[8] = summary.measure == BACKTEST_SCORE;
		if (!nulls[8])
		{
			Amount		sum = amount_from_scaled(bin->values, 1);
			Amount		n = amount_from_int64(customers);

			values[8] = NumericGetDatum(amount_ratio(&sum, &n));
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * brier(backtest_summary) -> numeric
 *
 * The mean of the squares of p - 1 of those who left and p of those who stayed.
 * Brier, "Verification of forecasts expressed in terms of probability", 1950.
 */
PG_FUNCTION_INFO_V1(backtest_brier);
Datum
backtest_brier(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;
	int128		squares = 0;
	Amount		num;
	Amount		den;

	backtest_read(PG_GETARG_DATUM(0), &summary);
	if (summary.measure != BACKTEST_PROBABILITY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("brier is of probabilities, not of scores"),
				 errdetail("A score orders customers; 1 - score/100 is no probability."),
				 errhint("Back-test probabilities with backtest_probability_agg(p_churn, churned).")));
	den = amount_from_int64(total_customers(&summary));
	if (amount_sign(&den) == 0)
		PG_RETURN_NULL();
	for (int i = 0; i < summary.nitems; i++)
	{
		const BacktestItem *item = &summary.items[i];
		int32		rest = BACKTEST_MAX - item->value;

		/* counts add up to less than 2^63 */
		squares += (int128) item->count[BACKTEST_KEPT] * (item->value * item->value);
		squares += (int128) item->count[BACKTEST_CHURNED] * (rest * rest);
	}
	num = amount_from_scaled(squares, 2);
	PG_RETURN_NUMERIC(amount_ratio(&num, &den));
}

/* ----------
 * Counts
 * ----------
 */

PG_FUNCTION_INFO_V1(backtest_customers);
Datum
backtest_customers(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;

	backtest_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(total_customers(&summary));
}

PG_FUNCTION_INFO_V1(backtest_churned);
Datum
backtest_churned(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;

	backtest_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(backtest_total(&summary, BACKTEST_CHURNED));
}

static Amount
item_arr(const BacktestItem *item)
{
	return amount_add(&item->arr[BACKTEST_KEPT], &item->arr[BACKTEST_CHURNED]);
}

static Datum
return_arr(FunctionCallInfo fcinfo, const char *what, ItemPart part)
{
	BacktestSummary summary;
	Amount		result;

	backtest_read(PG_GETARG_DATUM(0), &summary);
	check_has_arr(&summary, what);
	result = summary_part(&summary, part);
	PG_RETURN_NUMERIC(amount_to_numeric(&result));
}

CODEC_FUNCTION(backtest, arr, return_arr(fcinfo, "backtest_arr", item_arr));
CODEC_FUNCTION(backtest, churned_arr, return_arr(fcinfo, "backtest_churned_arr", item_churned_arr));

PG_FUNCTION_INFO_V1(backtest_skipped_rows);
Datum
backtest_skipped_rows(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;

	backtest_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.skipped);
}

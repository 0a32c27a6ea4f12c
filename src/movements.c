/*-------------------------------------------------------------------------
 *
 * movements.c
 *	  Type mrr_movements: a retention summary per period for one group of
 *	  customers.
 *
 * For a period p of the step, closing is the MRR on the last day of p, opening
 * that on the last day of the period one span earlier, and a customer is seen
 * if it had MRR on any day until then.  All three change only where the MRR
 * changes, or one span later: between such breakpoints a customer adds the same
 * row to every period.  So a customer is added as differences, its row from one
 * breakpoint until the next, however many periods lie between.
 *
 * The transition state is the type in a working form: an array of differences
 * over a range of periods, with 128-bit sums, in a flat varlena that is made
 * larger when a customer lies outside.  There is a second range, as those who
 * still run may be said to end on 9999-12-31.  What does not fit, in amount or
 * in time, goes to a remainder, a packed value; the value is the sum of both.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "count.h"
#include "funcapi.h"
#include "history.h"
#include "miscadmin.h"
#include "movements.h"
#include "utils/builtins.h"

/* longest spelling of a step or span that is remembered */
#define OPTION_SIZE		GRAIN_NAME_SIZE

/* Periods, from the first one on, that have differences in a working form. */
typedef struct MovementsRange
{
	int32		base;
	int32		count;
} MovementsRange;

#define RANGES			2

/* The working form.  The remainder comes next, then the differences. */
struct MovementsState
{
	CodecHeader header;
	uint8		scale;			/* of the differences */
	bool		paid;
	bool		running;
	Grain		step;
	int32		span;
	char		step_text[OPTION_SIZE]; /* as written, to compare quickly */
	char		span_text[OPTION_SIZE];
	Currency	currency;
	int32		first_month;
	int32		last_month;
	int64		skipped;
	int32		remainder_size; /* MAXALIGNed; 0 if there is none */
	MovementsRange ranges[RANGES];	/* the second may overlap the first, which has precedence */
};

#define STATE_KIND		(CODEC_KIND_MRR_MOVEMENTS | CODEC_WORKING)
#define SLACK			12		/* periods of room at each end */
#define MAX_PERIODS		4096	/* that a range may have */

/* no period a span after a date is beyond this */
#define MAX_PERIOD		(MONTH_MAX + 12)

static void movements_walk(Codec *codec, void *value);
static const char *movements_check(const void *value);
static void read_state(const CodecHeader *working, void *value);

const CodecType mrr_movements_type = {
	"mrr_movements", CODEC_KIND_MRR_MOVEMENTS, sizeof(MrrMovements),
	movements_walk, movements_check, read_state
};

CODEC_TYPE_FUNCTIONS(mrr_movements, mrr_movements_type);

/* ----------
 * The type
 * ----------
 */

static void
walk_month(Codec *codec, const char *name, int32 *month, int32 max)
{
	int64		number = *month;

	if (codec->mode == CODEC_DESCRIBE)
	{
		DateADT		start = month_start(*month);

		codec_date(codec, name, &start);
		return;
	}
	codec_int(codec, name, &number);
	if (CODEC_READING(codec))
	{
		if (number < MONTH_MIN || number > max)
		{
			codec_fail(codec, codec->error ? codec->error :
					   psprintf("Field \"%s\" is out of range.", name));
			number = 0;
		}
		*month = number;
	}
}

/*
 * For reading: what the summaries are from a period on until the next one
 * named, and not the differences.
 */
static void
describe_periods(Codec *codec, MrrMovements *movements)
{
	RetentionSums sums;

	memset(&sums, 0, sizeof(sums));
	codec_list(codec, "periods", movements->ndeltas);
	for (int i = 0; i < movements->ndeltas; i++)
	{
		DateADT		from = period_start(movements->step, movements->deltas[i].period);

		retention_sums_add(&sums, &movements->deltas[i].by, 1);
		codec_item(codec);
		codec_date(codec, "from", &from);
		retention_sums_walk(codec, &sums);
		codec_item_end(codec);
	}
	codec_list_end(codec);
}

static void
movements_walk(Codec *codec, void *value)
{
	MrrMovements *movements = value;
	uint64		unit = movements->step.unit;
	uint64		anchor = movements->step.anchor;
	uint64		span = movements->span;

	if (codec->mode == CODEC_DESCRIBE)
	{
		char		name[GRAIN_NAME_SIZE];

		grain_name(movements->step, name);
		codec_text(codec, "step", name, sizeof(name));
	}
	else
	{
		codec_uint(codec, "step_unit", &unit, GRAIN_YEAR);
		codec_uint(codec, "step_anchor", &anchor, 11);
	}
	codec_uint(codec, "span_months", &span, 12);
	if (CODEC_READING(codec))
	{
		movements->step.unit = (GrainUnit) unit;
		movements->step.anchor = anchor;
		movements->span = span;
	}
	currency_walk(codec, &movements->currency);
	codec_int(codec, "skipped_rows", &movements->skipped);
	codec_bool(codec, "paid", &movements->paid);
	if (movements->paid)
	{
		walk_month(codec, "first_month", &movements->first_month, MONTH_MAX);
		codec_bool(codec, "running", &movements->running);
		if (!movements->running)
			walk_month(codec, "last_month", &movements->last_month, MONTH_MAX);
	}
	if (codec->mode == CODEC_DESCRIBE)
	{
		describe_periods(codec, movements);
		return;
	}
	movements->ndeltas = codec_list_of(codec, "changes", movements->ndeltas,
									   1 + 2 * RETENTION_ITEMS);
	if (CODEC_READING(codec))
	{
		Size		size = (Size) movements->ndeltas * sizeof(MovementsDelta);

		if (!AllocSizeIsValid(size))
		{
			codec_fail(codec, "There are too many changes.");
			movements->ndeltas = 0;
			size = 0;
		}
		movements->deltas = palloc0(size);
	}
	for (int i = 0; i < movements->ndeltas && codec->error == NULL; i++)
	{
		CHECK_FOR_INTERRUPTS();
		codec_item(codec);
		walk_month(codec, "period", &movements->deltas[i].period, MAX_PERIOD);
		retention_sums_walk(codec, &movements->deltas[i].by);
		codec_item_end(codec);
	}
	codec_list_end(codec);
}

static const char *
movements_check(const void *value)
{
	const MrrMovements *movements = value;
	RetentionSums sums;
	const char *error;

	if (!grain_valid(movements->step) || grain_months(movements->step) == 0 ||
		(movements->span != 1 && movements->span != 3 && movements->span != 12) ||
		movements->span % grain_months(movements->step) != 0)
		return "Step and span do not go together.";
	if (movements->skipped < 0)
		return "A count is negative.";
	if (movements->paid && !movements->running &&
		movements->last_month < movements->first_month)
		return "The last month with MRR is before the first.";

	memset(&sums, 0, sizeof(sums));
	for (int i = 0; i < movements->ndeltas; i++)
	{
		const MovementsDelta *delta = &movements->deltas[i];

		if (i > 0 && delta->period <= delta[-1].period)
			return "Changes are not in ascending order.";
		if (retention_sums_are_zero(&delta->by))
			return "A change changes nothing.";
		for (int j = 0; j < RETENTION_ITEMS; j++)
		{
			int64		count;

			if (pg_add_s64_overflow(sums.count[j], delta->by.count[j], &count))
				return "A count is out of range.";
		}
		retention_sums_add(&sums, &delta->by, 1);
		error = retention_sums_check(&sums);
		if (error != NULL)
			return error;
		if (!movements->paid && (sums.count[RETENTION_OPENING] != 0 ||
								 retention_sums_closing_customers(&sums) != 0))
			return "There is MRR where there should be none.";
	}
	/* customers at the end stay for ever */
	if (!movements->running && (sums.count[RETENTION_OPENING] != 0 ||
								sums.count[RETENTION_NEW] != 0 ||
								sums.count[RETENTION_REACTIVATION] != 0))
		return "There is MRR after the last month with any.";
	return NULL;
}

/* ----------
 * Sums of whole values
 * ----------
 */

/* Deltas of two lists by period; those that cancel out are dropped. */
static void
add_deltas(MrrMovements *into, const MovementsDelta *other, int nother)
{
	MovementsDelta *result;
	int			i = 0;
	int			j = 0;
	int			n = 0;

	result = palloc(Max(into->ndeltas + nother, 1) * sizeof(MovementsDelta));
	while (i < into->ndeltas || j < nother)
	{
		if (j >= nother ||
			(i < into->ndeltas && into->deltas[i].period < other[j].period))
			result[n] = into->deltas[i++];
		else if (i >= into->ndeltas || other[j].period < into->deltas[i].period)
			result[n] = other[j++];
		else
		{
			result[n] = into->deltas[i++];
			retention_sums_add(&result[n].by, &other[j++].by, 1);
		}
		if (!retention_sums_are_zero(&result[n].by))
			n++;
	}
	into->deltas = result;
	into->ndeltas = n;
}

/* Widen the months with MRR. */
static void
add_paid(bool *paid, bool *running, int32 *first_month, int32 *last_month,
		 bool other_running, int32 other_first, int32 other_last)
{
	if (!*paid)
	{
		*first_month = other_first;
		*last_month = other_last;
	}
	*paid = true;
	*running |= other_running;
	*first_month = Min(*first_month, other_first);
	*last_month = Max(*last_month, other_last);
}

static void
check_same_comparison(Grain step_a, int span_a, Grain step_b, int span_b)
{
	if (!grain_equal(step_a, step_b) || span_a != span_b)
	{
		char		a[GRAIN_NAME_SIZE];
		char		b[GRAIN_NAME_SIZE];

		grain_name(step_a, a);
		grain_name(step_b, b);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("movements of different steps or spans cannot be rolled up"),
				 errdetail("One has step %s and a span of %d months, another step %s and a span of %d months.",
						   a, span_a, b, span_b)));
	}
}

/* ----------
 * Transition states
 * ----------
 */

static CodecHeader *
state_remainder(MovementsState *state)
{
	return state->remainder_size > 0 ?
		(CodecHeader *) ((char *) state + MAXALIGN(sizeof(MovementsState))) : NULL;
}

/* The differences, those of one range after those of the other. */
static RetentionTotals *
state_totals(MovementsState *state)
{
	return (RetentionTotals *) ((char *) state + MAXALIGN(sizeof(MovementsState)) +
								state->remainder_size);
}

static int
state_count(const MovementsState *state)
{
	return state->ranges[0].count + state->ranges[1].count;
}

static inline bool
range_includes(const MovementsRange *range, int32 period)
{
	return period >= range->base && (int64) period < (int64) range->base + range->count;
}

/* The differences of a period that is in one of the ranges. */
static inline RetentionTotals *
state_find(MovementsState *state, int32 period)
{
	const MovementsRange *range = state->ranges;

	return likely(range_includes(range, period)) ?
		state_totals(state) + (period - range->base) :
		state_totals(state) + range->count + (period - range[1].base);
}

/*
 * A copy of a state with that remainder and those ranges, which include the
 * ones it has.
 */
static MovementsState *
state_copy(MovementsState *state, const CodecHeader *remainder, const MovementsRange *ranges)
{
	Size		remainder_size = remainder ? MAXALIGN(VARSIZE(remainder)) : 0;
	int			count = ranges[0].count + ranges[1].count;
	Size		size = MAXALIGN(sizeof(MovementsState)) + remainder_size +
		count * sizeof(RetentionTotals);
	MovementsState *result;
	RetentionTotals *from = state_totals(state);
	RetentionTotals *to;

	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many periods for one group of MRR movements"),
				 errhint("Group by customer attributes with fewer distinct dates, or use a coarser step.")));
	/* zeros: somebody's own aggregate could store it, and what memory held before */
	result = palloc0(size);
	memcpy(result, state, sizeof(MovementsState));
	SET_VARSIZE(result, size);
	result->remainder_size = remainder_size;
	if (remainder)
		memcpy(state_remainder(result), remainder, VARSIZE(remainder));
	memcpy(result->ranges, ranges, sizeof(result->ranges));
	to = state_totals(result);
	for (int i = 0; i < RANGES; i++)
	{
		const MovementsRange *old = &state->ranges[i];

		if (old->count > 0)
			memcpy(to + (old->base - ranges[i].base), from, old->count * sizeof(RetentionTotals));
		from += old->count;
		to += ranges[i].count;
	}
	return result;
}

MovementsState *
movements_state_create(Grain step, int span)
{
	Size		size = MAXALIGN(sizeof(MovementsState));
	MovementsState *state = palloc0(size);

	SET_VARSIZE(state, size);
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->step = step;
	state->span = span;
	return state;
}

/*
 * Make one of the state's ranges include periods from first to last.  False if
 * it would become too long.
 */
static bool
state_include(MovementsState **state, int32 first, int32 last)
{
	for (int i = 0; i < RANGES; i++)
	{
		MovementsRange ranges[RANGES];
		MovementsRange *range = &ranges[i];
		int64		base = first;
		int64		end = (int64) last + 1;

		memcpy(ranges, (*state)->ranges, sizeof(ranges));
		if (likely(range_includes(range, first) && range_includes(range, last)))
			return true;
		if (range->count > 0)
		{
			base = Min(base, range->base);
			end = Max(end, (int64) range->base + range->count);
		}
		if (end - base > MAX_PERIODS)
			continue;
		/* some room to grow in the direction in which it does */
		if (range->count == 0 || base < range->base)
			base -= SLACK;
		if (range->count == 0 || end > (int64) range->base + range->count)
			end += SLACK;
		range->base = base;
		range->count = end - base;
		*state = state_copy(*state, state_remainder(*state), ranges);
		return true;
	}
	return false;
}

/* Add the differences of a state to a value. */
static void
add_totals(MrrMovements *into, MovementsState *state)
{
	RetentionTotals *totals = state_totals(state);
	MovementsDelta *deltas = palloc(Max(state_count(state), 1) * sizeof(MovementsDelta));

	for (int i = 0; i < RANGES; i++)
	{
		const MovementsRange *range = &state->ranges[i];
		int			n = 0;

		for (int j = 0; j < range->count; j++)
		{
			RetentionTotals copy = totals[j];

			memset(&deltas[n].by, 0, sizeof(RetentionSums));
			deltas[n].period = range->base + j;
			if (retention_totals_move(&copy, &deltas[n].by, state->scale))
				n++;
		}
		add_deltas(into, deltas, n);
		totals += range->count;
	}
	pfree(deltas);
}

/* The whole content of a state, which is not changed. */
void
movements_state_read(MovementsState *state, MrrMovements *movements)
{
	memset(movements, 0, sizeof(*movements));
	if (state->remainder_size > 0)
		codec_unpack(&mrr_movements_type, state_remainder(state), movements);
	movements->step = state->step;
	movements->span = state->span;
	movements->currency = state->currency;
	movements->skipped = state->skipped;
	movements->paid = state->paid;
	movements->running = state->running;
	movements->first_month = state->first_month;
	movements->last_month = state->last_month;
	add_totals(movements, state);
}

static void
read_state(const CodecHeader *working, void *value)
{
	movements_state_read((MovementsState *) working, value);
}

/*
 * Add deltas to the remainder, and the differences of the state as well when
 * those are full.
 */
static MovementsState *
state_add_to_remainder(MovementsState *state, const MovementsDelta *deltas, int ndeltas,
					   bool flush)
{
	MrrMovements remainder;
	MovementsState *result;
	CodecHeader *packed;

	memset(&remainder, 0, sizeof(remainder));
	if (state->remainder_size > 0)
		codec_unpack(&mrr_movements_type, state_remainder(state), &remainder);
	if (flush)
	{
		add_totals(&remainder, state);
		memset(state_totals(state), 0, state_count(state) * sizeof(RetentionTotals));
	}
	add_deltas(&remainder, deltas, ndeltas);
	packed = codec_pack(&mrr_movements_type, &remainder);
	result = state_copy(state, packed, state->ranges);
	pfree(packed);
	return result;
}

/* Make the scale of the differences finer. */
static MovementsState *
state_rescale(MovementsState *state, int scale)
{
	RetentionTotals *totals = state_totals(state);
	bool		fits = true;

	for (int i = 0; fits && i < state_count(state); i++)
	{
		RetentionTotals copy = totals[i];

		fits = retention_totals_rescale(&copy, state->scale, scale);
	}
	if (fits)
	{
		for (int i = 0; i < state_count(state); i++)
			retention_totals_rescale(&totals[i], state->scale, scale);
	}
	else
		state = state_add_to_remainder(state, NULL, 0, true);
	state->scale = scale;
	return state;
}

/* ----------
 * One customer
 * ----------
 */

/*
 * A walk along a customer's breakpoints.  Between one and the next, opening
 * and closing are those of changes number `opening' and `closing', or zero
 * when that is -1.
 */
typedef struct Sweep
{
	const MovementsCustomer *customer;
	int32	   *periods;		/* of the changes */
	int			span;			/* in periods */
	int			next_opening;	/* change that comes next, for each */
	int			next_closing;
	int			opening;
	int			closing;
	bool		seen;
	int32		seen_from;		/* the period from which it is seen */
} Sweep;

static void
sweep_begin(Sweep *sweep, const MovementsCustomer *customer, Grain step, int span_months)
{
	sweep->customer = customer;
	sweep->periods = palloc(Max(customer->count, 1) * sizeof(int32));
	for (int i = 0; i < customer->count; i++)
		sweep->periods[i] = period_of_month(step, customer->months[i]);
	sweep->span = span_months / grain_months(step);
	sweep->next_opening = 0;
	sweep->next_closing = 0;
	sweep->opening = -1;
	sweep->closing = -1;
	sweep->seen = false;
	sweep->seen_from = customer->paid ?
		period_of_month(step, customer->first_month) + sweep->span : 0;
}

/*
 * Go to the next breakpoint; false after the last.  Several changes within one
 * period count as the last of them.
 */
static bool
sweep_next(Sweep *sweep, int32 *period)
{
	const int	count = sweep->customer->count;
	const int32 *periods = sweep->periods;
	bool		unseen = sweep->customer->paid && !sweep->seen;
	int32		next = PG_INT32_MAX;

	if (sweep->next_closing < count)
		next = periods[sweep->next_closing];
	if (sweep->next_opening < count)
		next = Min(next, periods[sweep->next_opening] + sweep->span);
	if (unseen)
		next = Min(next, sweep->seen_from);
	if (next == PG_INT32_MAX)
	{
		pfree(sweep->periods);
		return false;
	}

	while (sweep->next_closing < count && periods[sweep->next_closing] == next)
		sweep->closing = sweep->next_closing++;
	while (sweep->next_opening < count && periods[sweep->next_opening] + sweep->span == next)
		sweep->opening = sweep->next_opening++;
	if (unseen && sweep->seen_from == next)
		sweep->seen = true;
	*period = next;
	return true;
}

/* Periods of the first and the last breakpoint; false if there is none. */
static bool
sweep_range(const MovementsCustomer *customer, Grain step, int span_months,
			int32 *first, int32 *last)
{
	int			span = span_months / grain_months(step);

	if (customer->count == 0 && !customer->paid)
		return false;
	*first = PG_INT32_MAX;
	*last = PG_INT32_MIN;
	if (customer->count > 0)
	{
		*first = period_of_month(step, customer->months[0]);
		*last = period_of_month(step, customer->months[customer->count - 1]) + span;
	}
	if (customer->paid)
	{
		int32		seen_from = period_of_month(step, customer->first_month) + span;

		*first = Min(*first, seen_from);
		*last = Max(*last, seen_from);
	}
	return true;
}

/* Make the state's ranges include all breakpoints of a customer, if they can. */
static bool
state_include_customer(MovementsState **state, const MovementsCustomer *customer,
					   int32 first, int32 last)
{
	Sweep		sweep;
	int32		period;
	bool		fits = true;

	if (range_includes((*state)->ranges, first) && range_includes((*state)->ranges, last))
		return true;
	if ((int64) last - first < MAX_PERIODS)
		return state_include(state, first, last);
	sweep_begin(&sweep, customer, (*state)->step, (*state)->span);
	while (sweep_next(&sweep, &period))
		fits = fits && state_include(state, period, period);
	return fits;
}

static void
state_add_paid(MovementsState *state, const MovementsCustomer *customer)
{
	if (customer->paid)
		add_paid(&state->paid, &state->running,
				 &state->first_month, &state->last_month,
				 customer->running, customer->first_month, customer->last_month);
}

/* Add a customer whose amounts are small and at the state's scale. */
static MovementsState *
state_add_customer(MovementsState *state, const MovementsCustomer *customer)
{
	int128		opening = 0;
	int128		closing = 0;
	bool		seen = false;
	bool		fits = true;
	Sweep		sweep;
	int32		period;

	sweep_begin(&sweep, customer, state->step, state->span);
	while (sweep_next(&sweep, &period))
	{
		RetentionTotals *here = state_find(state, period);

		/* the row until here, and the one from here on */
		fits &= retention_totals_add(here, opening, closing, seen, -1);
		opening = sweep.opening < 0 ? 0 : customer->mrr[sweep.opening];
		closing = sweep.closing < 0 ? 0 : customer->mrr[sweep.closing];
		seen = sweep.seen;
		fits &= retention_totals_add(here, opening, closing, seen, 1);
	}
	if (unlikely(!fits))
		state = state_add_to_remainder(state, NULL, 0, true);
	return state;
}

/* Add a customer of any amounts, which stand beside it. */
static MovementsState *
state_add_large_customer(MovementsState *state, const MovementsCustomer *customer,
						 const Amount *mrr)
{
	/* each change twice, when the customer is first seen, and one that ends it */
	MovementsDelta *deltas = palloc((2 * customer->count + 2) * sizeof(MovementsDelta));
	Amount		zero = AMOUNT_ZERO;
	const Amount *opening = &zero;
	const Amount *closing = &zero;
	bool		seen = false;
	Sweep		sweep;
	int			n = 0;

	sweep_begin(&sweep, customer, state->step, state->span);
	while (sweep_next(&sweep, &deltas[n].period))
	{
		RetentionSums *by = &deltas[n].by;

		memset(by, 0, sizeof(*by));
		retention_sums_add_row(by, opening, closing, seen, -1);
		opening = sweep.opening < 0 ? &zero : &mrr[sweep.opening];
		closing = sweep.closing < 0 ? &zero : &mrr[sweep.closing];
		seen = sweep.seen;
		retention_sums_add_row(by, opening, closing, seen, 1);
		n++;
	}
	return state_add_to_remainder(state, deltas, n, false);
}

/*
 * Add a customer.
 */
MovementsState *
movements_state_add(MovementsState *state, const MovementsCustomer *customer)
{
	int32		first;
	int32		last;
	Amount	   *amounts;

	state_add_paid(state, customer);
	if (!sweep_range(customer, state->step, state->span, &first, &last))
		return state;
	if (customer->scale > state->scale)
		state = state_rescale(state, customer->scale);
	if (state_include_customer(&state, customer, first, last))
	{
		MovementsCustomer scaled = *customer;
		int128	   *mrr = NULL;
		bool		fits = true;

		if (customer->scale < state->scale)
		{
			scaled.mrr = mrr = palloc(Max(customer->count, 1) * sizeof(int128));
			for (int i = 0; fits && i < customer->count; i++)
			{
				mrr[i] = customer->mrr[i];
				fits = amount_rescale(&mrr[i], customer->scale, state->scale) &&
					mrr[i] < RETENTION_TOTAL_MAX / 4 && mrr[i] > -RETENTION_TOTAL_MAX / 4;
			}
		}
		if (fits)
			state = state_add_customer(state, &scaled);
		if (mrr)
			pfree(mrr);
		if (fits)
			return state;
	}

	amounts = palloc(Max(customer->count, 1) * sizeof(Amount));
	for (int i = 0; i < customer->count; i++)
		amounts[i] = amount_from_scaled(customer->mrr[i], customer->scale);
	return state_add_large_customer(state, customer, amounts);
}

/*
 * A history as the months in which it changes.
 */
static MovementsState *
state_add_history(MovementsState *state, Datum datum)
{
	MrrHistory	history;
	MovementsCustomer customer;
	int32	   *months;
	int128	   *mrr;
	Amount	   *amounts;
	bool		small = true;
	int			last_paid = 0;
	int			n = 0;

	history_read(datum, &history);
	currency_merge(&state->currency, &history.currency);
	state->skipped = count_add(state->skipped, history.skipped);

	memset(&customer, 0, sizeof(customer));
	months = palloc(Max(history.nsteps, 1) * sizeof(int32));
	mrr = palloc(Max(history.nsteps, 1) * sizeof(int128));
	amounts = palloc(Max(history.nsteps, 1) * sizeof(Amount));
	for (int i = 0; i < history.nsteps; i++)
	{
		HistoryStep *step = &history.steps[i];
		int			month = month_number(step->from);

		/* of several steps in a month the last is what its end sees */
		if (n > 0 && months[n - 1] == month)
			n--;
		months[n] = month;
		amounts[n] = step->mrr;
		n++;
		if (amount_sign(&step->mrr) > 0)
		{
			if (!customer.paid)
				customer.first_month = month;
			customer.paid = true;
			last_paid = i;
		}
	}
	if (customer.paid)
	{
		customer.running = last_paid == history.nsteps - 1;
		customer.last_month = customer.running ?
			month_number(history.steps[last_paid].from) :
			month_number(history.steps[last_paid + 1].from - 1);
	}
	for (int i = 0; i < n; i++)
	{
		small &= amounts[i].big == NULL;
		customer.scale = Max(customer.scale, amounts[i].scale);
	}
	for (int i = 0; small && i < n; i++)
		small = amount_to_scaled(&amounts[i], customer.scale, &mrr[i]) &&
			mrr[i] < RETENTION_TOTAL_MAX / 4 && mrr[i] > -RETENTION_TOTAL_MAX / 4;
	customer.count = n;
	customer.months = months;
	customer.mrr = mrr;
	if (small)
		return movements_state_add(state, &customer);
	state_add_paid(state, &customer);
	return state_add_large_customer(state, &customer, amounts);
}

/* Add a whole value. */
MovementsState *
movements_state_merge(MovementsState *state, const MrrMovements *other)
{
	int32		first;
	int32		last;
	int			scale = 0;
	bool		fits = true;

	check_same_comparison(state->step, state->span, other->step, other->span);
	currency_merge(&state->currency, &other->currency);
	state->skipped = count_add(state->skipped, other->skipped);
	if (other->paid)
		add_paid(&state->paid, &state->running,
				 &state->first_month, &state->last_month,
				 other->running, other->first_month, other->last_month);
	if (other->ndeltas == 0)
		return state;

	for (int i = 0; i < other->ndeltas; i++)
		scale = Max(scale, retention_sums_scale(&other->deltas[i].by));
	if (scale > state->scale)
		state = state_rescale(state, scale);
	first = other->deltas[0].period;
	last = other->deltas[other->ndeltas - 1].period;
	if ((int64) last - first < MAX_PERIODS)
		fits = state_include(&state, first, last);
	for (int i = 0; (int64) last - first >= MAX_PERIODS && fits && i < other->ndeltas; i++)
		fits = state_include(&state, other->deltas[i].period, other->deltas[i].period);
	if (fits)
	{
		RetentionTotals *addend = palloc(other->ndeltas * sizeof(RetentionTotals));

		for (int i = 0; fits && i < other->ndeltas; i++)
			fits = retention_totals_from_sums(&addend[i], &other->deltas[i].by,
											  state->scale);
		if (fits)
		{
			for (int i = 0; i < other->ndeltas; i++)
				fits &= retention_totals_merge(state_find(state, other->deltas[i].period),
											   &addend[i]);
			pfree(addend);
			return fits ? state : state_add_to_remainder(state, NULL, 0, true);
		}
	}
	return state_add_to_remainder(state, other->deltas, other->ndeltas, false);
}

/* ----------
 * Aggregates
 * ----------
 */

/*
 * Step and span of a comparison; the span may be NULL, and is the step then.
 */
void
movements_parse_options(const char *step, int step_length,
						const char *span, int span_length,
						Grain *step_grain, int *span_months)
{
	*step_grain = grain_parse(step, step_length, "step", true);
	*span_months = grain_months(*step_grain);
	if (span != NULL)
	{
		Grain		grain = grain_parse(span, span_length, "span", true);

		*span_months = grain_months(grain);
		if (grain.anchor != 0 ||
			*span_months % grain_months(*step_grain) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("span \"%.*s\" does not go with step \"%.*s\"",
							span_length, span, step_length, step),
					 errdetail("A span is a distance, so it is month, quarter or year without an anchor, and a whole number of steps.")));
	}
}

/* A text argument as the state remembers it; NULL is an error. */
static text *
option_from_arg(FunctionCallInfo fcinfo, int argno, const char *role)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be NULL", role)));
	return PG_GETARG_TEXT_PP(argno);
}

static void
remember_option(char *remembered, const text *option)
{
	int			length = Min(VARSIZE_ANY_EXHDR(option), OPTION_SIZE - 1);

	memcpy(remembered, VARDATA_ANY(option), length);
	remembered[length] = '\0';
}

static bool
is_remembered(const char *remembered, const text *option)
{
	return strncmp(remembered, VARDATA_ANY(option), VARSIZE_ANY_EXHDR(option)) == 0 &&
		strlen(remembered) == VARSIZE_ANY_EXHDR(option);
}

/*
 * The state in argument 0, ready to be changed, for the options in arguments
 * from 2 on.  Options are the same for all rows of a group, so that they are
 * parsed only when they are not spelled as before.
 */
static MovementsState *
state_from_arg(FunctionCallInfo fcinfo, int noptions)
{
	MovementsState *state = NULL;
	text	   *step = noptions > 0 ? option_from_arg(fcinfo, 2, "step") : NULL;
	text	   *span = noptions > 1 ? option_from_arg(fcinfo, 3, "span") : NULL;
	Grain		step_grain = {GRAIN_MONTH, 0};
	int			span_months = 1;

	if (!PG_ARGISNULL(0))
	{
		CodecHeader *value = codec_get(&mrr_movements_type, PG_GETARG_DATUM(0));

		if (likely(value->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
			state = (MovementsState *) value;
		else
		{
			MrrMovements movements;

			codec_read(&mrr_movements_type, PointerGetDatum(value), &movements);
			state = movements_state_create(movements.step, movements.span);
			state = movements_state_merge(state, &movements);
		}
		if (likely((step == NULL || is_remembered(state->step_text, step)) &&
				   (span == NULL || is_remembered(state->span_text, span))))
			return state;
	}
	if (step != NULL)
		movements_parse_options(VARDATA_ANY(step), VARSIZE_ANY_EXHDR(step),
								span ? VARDATA_ANY(span) : NULL,
								span ? VARSIZE_ANY_EXHDR(span) : 0,
								&step_grain, &span_months);
	if (state == NULL)
		state = movements_state_create(step_grain, span_months);
	else if (!grain_equal(state->step, step_grain) || state->span != span_months)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step and span must be the same for all rows of a group")));
	if (step != NULL)
		remember_option(state->step_text, step);
	if (span != NULL)
		remember_option(state->span_text, span);
	return state;
}

static Datum
state_to_result(FunctionCallInfo fcinfo, MovementsState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_checked(&mrr_movements_type, codec_pack_state(&mrr_movements_type, &state->header)));
}

static Datum
movements_transition(FunctionCallInfo fcinfo, int noptions)
{
	MovementsState *state = state_from_arg(fcinfo, noptions);

	if (PG_ARGISNULL(1))
		state->skipped = count_add(state->skipped, 1);
	else
		state = state_add_history(state, PG_GETARG_DATUM(1));
	return state_to_result(fcinfo, state);
}

CODEC_FUNCTION(movements, accum, movements_transition(fcinfo, 0));
CODEC_FUNCTION(movements, accum_step, movements_transition(fcinfo, 1));
CODEC_FUNCTION(movements, accum_step_span, movements_transition(fcinfo, 2));

/*
 * movements_combine(mrr_movements, mrr_movements)
 *
 * Strict.  Combine function, and transition function of rollup(); called
 * directly it adds two values.
 */
PG_FUNCTION_INFO_V1(movements_combine);
Datum
movements_combine(PG_FUNCTION_ARGS)
{
	MovementsState *state = state_from_arg(fcinfo, 0);
	MrrMovements other;

	codec_read(&mrr_movements_type, PG_GETARG_DATUM(1), &other);
	return state_to_result(fcinfo, movements_state_merge(state, &other));
}

PG_FUNCTION_INFO_V1(movements_final);
Datum
movements_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_checked(&mrr_movements_type,
									codec_get_packed(&mrr_movements_type,
													 PG_GETARG_DATUM(0))));
}

/* ----------
 * Reading
 * ----------
 */

/* The smallest period whose last month is not before the given one. */
static int
period_ending_from(Grain step, int month)
{
	return period_of_month(step, month);
}

/* The largest period whose last month is not after the given one. */
static int
period_ending_until(Grain step, int month)
{
	return period_of_month(step, month + 1) - 1;
}

/* A bound of the observed window as a month; false if there is none. */
static bool
month_from_arg(FunctionCallInfo fcinfo, int argno, int *month)
{
	DateADT		date;

	if (argno >= PG_NARGS() || PG_ARGISNULL(argno))
		return false;
	date = PG_GETARG_DATEADT(argno);
	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the observed window must have finite bounds")));
	*month = month_number(date);
	return true;
}

/*
 * The periods that lie wholly inside the observed window; false if there are
 * none, or nothing is known of where to begin or end.
 */
static bool
observed_periods(FunctionCallInfo fcinfo, const MrrMovements *movements,
				 int *first, int *last)
{
	int			span = movements->span / grain_months(movements->step);
	int			from = movements->first_month;
	int			to = movements->last_month;
	bool		has_from = month_from_arg(fcinfo, 1, &from);
	bool		has_to = month_from_arg(fcinfo, 2, &to);

	if (has_from && has_to && to < from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the observed window ends before it begins")));
	if (!movements->paid && !(has_from && has_to))
		return false;
	if (!has_to && movements->running)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the observed window needs an end"),
				 errdetail("Some customers have MRR without an end date, so the data do not say how far they reach."),
				 errhint("Say the last month that is complete: movements(m, observed_from, observed_to).")));
	*first = period_ending_from(movements->step, from) + span;
	*last = period_ending_until(movements->step, to);
	return *first <= *last;
}

/*
 * Return a row for each observed period, made by `make_row' from its sums.
 */
static Datum
return_periods(FunctionCallInfo fcinfo,
			   void (*make_row) (const MrrMovements *movements, int period,
								 const RetentionSums *sums, Datum *values, bool *nulls))
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MrrMovements movements;
	RetentionSums sums;
	MemoryContext row_context;
	int			first;
	int			last;
	int			next = 0;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	codec_read(&mrr_movements_type, PG_GETARG_DATUM(0), &movements);
	if (!observed_periods(fcinfo, &movements, &first, &last))
		return (Datum) 0;

	memset(&sums, 0, sizeof(sums));
	row_context = AllocSetContextCreate(CurrentMemoryContext, "mrr_movements row",
										ALLOCSET_DEFAULT_SIZES);
	for (int period = first; period <= last; period++)
	{
		Datum		values[32];
		bool		nulls[32];
		MemoryContext old;

		CHECK_FOR_INTERRUPTS();
		for (; next < movements.ndeltas && movements.deltas[next].period <= period; next++)
			retention_sums_add(&sums, &movements.deltas[next].by, 1);
		old = MemoryContextSwitchTo(row_context);
		memset(nulls, 0, sizeof(nulls));
		make_row(&movements, period, &sums, values, nulls);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
	MemoryContextDelete(row_context);
	return (Datum) 0;
}

static Datum
amount_datum(Amount amount)
{
	return NumericGetDatum(amount_to_numeric(&amount));
}

static void
movements_row(const MrrMovements *movements, int period, const RetentionSums *sums,
			  Datum *values, bool *nulls)
{
	int			n = 0;

	values[n++] = DateADTGetDatum(period_start(movements->step, period));
	for (int i = RETENTION_OPENING; i <= RETENTION_CHURN; i++)
		values[n++] = amount_datum(sums->amount[i]);
	values[n++] = amount_datum(retention_sums_closing(sums));
	values[n] = retention_sums_nrr(sums, false, &nulls[n]);
	n++;
	values[n] = retention_sums_grr(sums, &nulls[n]);
	n++;
	values[n] = retention_sums_logo(sums, &nulls[n]);
	n++;
	for (int i = RETENTION_OPENING; i <= RETENTION_CHURN; i++)
		values[n++] = Int64GetDatum(sums->count[i]);
	values[n++] = Int64GetDatum(retention_sums_closing_customers(sums));
}

/*
 * movements(mrr_movements [, observed_from date [, observed_to date]])
 */
PG_FUNCTION_INFO_V1(movements);
Datum
movements(PG_FUNCTION_ARGS)
{
	return return_periods(fcinfo, movements_row);
}

static void
summary_row(const MrrMovements *movements, int period, const RetentionSums *sums,
			Datum *values, bool *nulls)
{
	int			span = movements->span / grain_months(movements->step);
	RetentionSummary summary;

	memset(&summary, 0, sizeof(summary));
	summary.has_window = true;
	summary.t0 = period_end(movements->step, period - span);
	summary.t1 = period_end(movements->step, period);
	summary.currency = movements->currency;
	summary.sums = *sums;
	values[0] = DateADTGetDatum(period_start(movements->step, period));
	values[1] = PointerGetDatum(codec_pack(&retention_summary_type, &summary));
}

/*
 * retention_summaries(mrr_movements [, observed_from date [, observed_to date]])
 */
PG_FUNCTION_INFO_V1(retention_summaries);
Datum
retention_summaries(PG_FUNCTION_ARGS)
{
	return return_periods(fcinfo, summary_row);
}

PG_FUNCTION_INFO_V1(movements_skipped_rows);
Datum
movements_skipped_rows(PG_FUNCTION_ARGS)
{
	MrrMovements movements;

	codec_read(&mrr_movements_type, PG_GETARG_DATUM(0), &movements);
	PG_RETURN_INT64(movements.skipped);
}

/*-------------------------------------------------------------------------
 *
 * duration.c
 *	  Type duration_summary, its aggregates, and survival analysis.
 *
 * Who has not arrived yet is not left out, but counted as "not within so many
 * days": the estimator is that of Kaplan and Meier, "Nonparametric estimation
 * from incomplete observations", JASA 53 (1958).  With n still waiting just
 * before t and d arriving at t, S(t) is the product of (n - d) / n over all
 * durations up to t.  Definitions are in doc/durations.md.
 *
 * S is a quotient of integers and is returned as such, rounded once.  Its
 * numerator and denominator can have tens of thousands of digits, so they are
 * computed only where they must be: see "Exact survival".
 *
 * The transition state is the type itself in a working form: a flat varlena
 * with a hash table of durations, updated in place.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "calendar.h"
#include "count.h"
#include "duration.h"
#include "economics.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "option.h"
#include "stats.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* One duration; nobody in it: the slot is free. */
typedef struct DurationSlot
{
	int64		events;
	int64		censored;
	int32		t;
} DurationSlot;

/* The working form. */
struct DurationState
{
	CodecHeader header;
	uint8		unit;			/* a DurationUnit */
	uint8		bits;			/* there are 2^bits slots */
	int32		used;
	int64		skipped;
	DurationSlot slot[FLEXIBLE_ARRAY_MEMBER];
};

#define STATE_KIND	(CODEC_KIND_DURATION_SUMMARY | CODEC_WORKING)

#define STATE_SLOTS(state)	(1 << (state)->bits)
#define STATE_SIZE(bits) \
	(offsetof(DurationState, slot) + ((Size) 1 << (bits)) * sizeof(DurationSlot))

#define STATE_FIRST_BITS	3

/* more would not fit a varlena */
#define STATE_MAX_BITS		25

static void duration_walk(Codec *codec, void *value);
static const char *duration_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType duration_summary_type = {
	"duration_summary", CODEC_KIND_DURATION_SUMMARY, sizeof(DurationSummary),
	duration_walk, duration_check, state_read
};

CODEC_TYPE_FUNCTIONS(duration_summary, duration_summary_type);

static const char *const unit_names[DURATION_UNITS] = {"day", "hour"};

/* ----------
 * The type
 * ----------
 */

static void
duration_walk(Codec *codec, void *value)
{
	DurationSummary *summary = value;
	int64		next = 0;		/* the least that the next duration can be */

	if (codec->mode == CODEC_DESCRIBE)
	{
		char		name[8];

		strlcpy(name, unit_names[summary->unit], sizeof(name));
		codec_text(codec, "unit", name, sizeof(name));
	}
	else
	{
		uint64		unit = summary->unit;

		codec_uint(codec, "unit", &unit, DURATION_UNITS - 1);
		summary->unit = (DurationUnit) unit;
	}
	codec_int(codec, "skipped_rows", &summary->skipped);
	summary->nitems = codec_list_of(codec, "durations", summary->nitems, 3);
	if (CODEC_READING(codec))
	{
		if (summary->nitems > (int) (MaxAllocSize / sizeof(DurationItem)))
		{
			codec_fail(codec, "There are too many durations.");
			summary->nitems = 0;
		}
		summary->items = palloc(Max(summary->nitems, 1) * sizeof(DurationItem));
	}
	for (int i = 0; i < summary->nitems; i++)
	{
		DurationItem *item = &summary->items[i];
		uint64		events = item->events;
		uint64		censored = item->censored;

		codec_item(codec);
		if (codec->mode == CODEC_DESCRIBE)
		{
			int64		t = item->t;

			codec_int(codec, "duration", &t);
		}
		else
		{
			uint64		gap = item->t - next;

			codec_uint(codec, "gap", &gap, PG_INT32_MAX);
			next += gap;
			if (CODEC_READING(codec))
			{
				if (next > PG_INT32_MAX)
				{
					codec_fail(codec, "A duration is out of range.");
					next = 0;
				}
				item->t = next;
			}
			next++;
		}
		codec_uint(codec, "events", &events, PG_INT64_MAX);
		codec_uint(codec, "censored", &censored, PG_INT64_MAX);
		item->events = events;
		item->censored = censored;
		codec_item_end(codec);
	}
	codec_list_end(codec);
}

static const char *
duration_check(const void *value)
{
	const DurationSummary *summary = value;
	int128		total = 0;

	if (summary->skipped < 0)
		return "A count is negative.";
	for (int i = 0; i < summary->nitems; i++)
	{
		const DurationItem *item = &summary->items[i];

		if (item->events == 0 && item->censored == 0)
			return "There is a duration of nobody.";
		total += (int128) item->events + item->censored;
		if (total > PG_INT64_MAX)
			return "There are too many rows.";
	}
	return NULL;
}

/* ----------
 * Transition states
 * ----------
 */

static DurationState *
state_create(DurationUnit unit, int bits)
{
	DurationState *state;

	if (bits > STATE_MAX_BITS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many different durations"),
				 errdetail("The limit is %d in one value.", 1 << (STATE_MAX_BITS - 1)),
				 errhint("Count in days instead of hours.")));
	state = palloc0(STATE_SIZE(bits));
	SET_VARSIZE(state, STATE_SIZE(bits));
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->unit = unit;
	state->bits = bits;
	return state;
}

/* The slot of a duration, or the free one where it belongs. */
static DurationSlot *
state_find(DurationState *state, int32 t)
{
	uint32		mask = STATE_SLOTS(state) - 1;
	uint32		i = ((uint32) t * 2654435769U) >> (32 - state->bits);

	for (;; i = (i + 1) & mask)
	{
		DurationSlot *slot = &state->slot[i];

		if ((slot->events == 0 && slot->censored == 0) || slot->t == t)
			return slot;
	}
}

DurationState *
duration_state_create(DurationUnit unit)
{
	return state_create(unit, STATE_FIRST_BITS);
}

/*
 * Add some who were watched for t units.  The result may be a new state, as a
 * varlena cannot grow where it is.
 */
DurationState *
duration_state_add(DurationState *state, int32 t, int64 events, int64 censored)
{
	DurationSlot *slot = state_find(state, t);

	if (slot->events == 0 && slot->censored == 0)
	{
		/* at most half full, so that look-ups are short */
		if (2 * (state->used + 1) > STATE_SLOTS(state))
		{
			DurationState *old = state;

			state = state_create((DurationUnit) old->unit, old->bits + 1);
			state->used = old->used;
			state->skipped = old->skipped;
			for (int i = 0; i < STATE_SLOTS(old); i++)
			{
				if (old->slot[i].events != 0 || old->slot[i].censored != 0)
					*state_find(state, old->slot[i].t) = old->slot[i];
			}
			slot = state_find(state, t);
		}
		slot->t = t;
		state->used++;
	}
	slot->events = count_add(slot->events, events);
	slot->censored = count_add(slot->censored, censored);
	return state;
}

static int
item_cmp(const void *a, const void *b)
{
	int32		x = ((const DurationItem *) a)->t;
	int32		y = ((const DurationItem *) b)->t;

	return x < y ? -1 : x > y;
}

/* The content of a state, in order. */
static void
state_read(const CodecHeader *working, void *value)
{
	const DurationState *state = (const DurationState *) working;
	DurationSummary *summary = value;
	int64		total = 0;

	summary->unit = (DurationUnit) state->unit;
	summary->skipped = state->skipped;
	summary->nitems = 0;
	summary->items = palloc(Max(state->used, 1) * sizeof(DurationItem));
	for (int i = 0; i < STATE_SLOTS(state); i++)
	{
		const DurationSlot *slot = &state->slot[i];

		if (slot->events != 0 || slot->censored != 0)
		{
			DurationItem *item = &summary->items[summary->nitems++];

			item->t = slot->t;
			item->events = slot->events;
			item->censored = slot->censored;
			total = count_add(total, count_add(slot->events, slot->censored));
		}
	}
	qsort(summary->items, summary->nitems, sizeof(DurationItem), item_cmp);
}

/* An argument in whichever form. */
static void
duration_read(Datum datum, DurationSummary *summary)
{
	codec_read(&duration_summary_type, datum, summary);
}

static void
check_same_unit(DurationUnit a, DurationUnit b)
{
	if (likely(a == b))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("durations in days and in hours cannot be combined"),
			 errhint("Build them all from the raw rows with one unit.")));
}

static DurationState *
state_merge(DurationState *state, const DurationSummary *summary)
{
	check_same_unit((DurationUnit) state->unit, summary->unit);
	state->skipped = count_add(state->skipped, summary->skipped);
	for (int i = 0; i < summary->nitems; i++)
		state = duration_state_add(state, summary->items[i].t,
								   summary->items[i].events,
								   summary->items[i].censored);
	return state;
}

/* A state with room for so many durations. */
static DurationState *
state_create_for(DurationUnit unit, int nitems)
{
	int			bits = STATE_FIRST_BITS;

	while (bits < STATE_MAX_BITS && (1 << bits) < 2 * nitems)
		bits++;
	return state_create(unit, bits);
}

/*
 * The state in argument 0, ready to be changed, or NULL if there is none.  In
 * an aggregate it is the executor's and may be changed in place; a direct call
 * gets a copy, as the argument may be anybody's.
 */
static DurationState *
state_from_arg(FunctionCallInfo fcinfo)
{
	DurationState *state;
	DurationSummary summary;

	if (PG_ARGISNULL(0))
		return NULL;
	state = (DurationState *) codec_get(&duration_summary_type, PG_GETARG_DATUM(0));
	if (likely(((CodecHeader *) state)->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return state;

	duration_read(PointerGetDatum(state), &summary);
	return state_merge(state_create_for(summary.unit, summary.nitems), &summary);
}

/* What a transition returns: the state, or a value for a direct call. */
static Datum
state_to_result(FunctionCallInfo fcinfo, DurationState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_pack_state(&duration_summary_type, &state->header));
}

/* ----------
 * Rows
 * ----------
 */

static DurationUnit
unit_parse(text *name)
{
	int			unit = option_find(name, unit_names, DURATION_UNITS);

	if (unit < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown unit of durations \"%.*s\"",
						shown_length(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)), VARDATA_ANY(name)),
				 errdetail("Valid are day and hour.")));
	return (DurationUnit) unit;
}

/*
 * An instant in an argument, in days, or in microseconds for the hours between
 * timestamps; infinities at the ends.
 */
static int64
instant_from_arg(FunctionCallInfo fcinfo, int argno, bool is_timestamp, DurationUnit unit)
{
	DateADT		date;

	/* timestamps have infinities at the ends already */
	if (is_timestamp && unit == DURATION_HOUR)
		return PG_GETARG_TIMESTAMP(argno);
	date = is_timestamp ? date_from_timestamp(PG_GETARG_TIMESTAMP(argno)) :
		PG_GETARG_DATEADT(argno);
	if (DATE_IS_NOBEGIN(date))
		return PG_INT64_MIN;
	if (DATE_IS_NOEND(date))
		return PG_INT64_MAX;
	return date;
}

static void
check_finite(int64 instant, const char *name)
{
	if (instant == PG_INT64_MIN || instant == PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of a duration must be finite, not %s", name,
						instant > 0 ? "infinity" : "-infinity"),
				 errhint("Exclude such rows with FILTER (WHERE isfinite(...)).")));
}

/*
 * The one transition function behind all; arguments are state, start, done,
 * as_of and unit.  Days are those of the calendar, however they are given; hours
 * are whole hours gone by.
 */
static Datum
duration_transition(FunctionCallInfo fcinfo, bool is_timestamp)
{
	DurationState *state = state_from_arg(fcinfo);
	DurationUnit unit = DURATION_DAY;
	int64		start;
	int64		end;
	bool		event = false;
	int128		t;

	if (PG_NARGS() > 4)
	{
		if (PG_ARGISNULL(4))
			report_option("unit", "is NULL");
		unit = unit_parse(PG_GETARG_TEXT_PP(4));
	}
	if (state == NULL)
		state = duration_state_create(unit);
	else if (unlikely(state->unit != unit))
		report_option("unit", "changes from row to row");

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
		goto skip;
	start = instant_from_arg(fcinfo, 1, is_timestamp, unit);
	check_finite(start, "start");
	end = instant_from_arg(fcinfo, 3, is_timestamp, unit);
	check_finite(end, "as_of");
	if (start > end)
		goto skip;
	if (!PG_ARGISNULL(2))
	{
		int64		done = instant_from_arg(fcinfo, 2, is_timestamp, unit);

		if (done < start)
			goto skip;
		event = done <= end;
		if (event)
			end = done;
	}

	t = (int128) end - start;
	if (unit == DURATION_HOUR)
		t = is_timestamp ? t / USECS_PER_HOUR : t * HOURS_PER_DAY;
	if (t > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("duration out of range")));
	state = duration_state_add(state, (int32) t, event, !event);
	return state_to_result(fcinfo, state);

skip:
	state->skipped = count_add(state->skipped, 1);
	return state_to_result(fcinfo, state);
}

CODEC_FUNCTION(duration, accum_date, duration_transition(fcinfo, false));
CODEC_FUNCTION(duration, accum_timestamp, duration_transition(fcinfo, true));

/* duration_agg() of instants whose zone is not said */
PG_FUNCTION_INFO_V1(duration_accum_timestamptz);
Datum
duration_accum_timestamptz(PG_FUNCTION_ARGS)
{
	report_timestamptz("duration_agg");
	PG_RETURN_NULL();
}

/* duration_combine(duration_summary, duration_summary), strict */
PG_FUNCTION_INFO_V1(duration_combine);
Datum
duration_combine(PG_FUNCTION_ARGS)
{
	DurationState *state = state_from_arg(fcinfo);
	DurationSummary summary;

	duration_read(PG_GETARG_DATUM(1), &summary);
	return state_to_result(fcinfo, state_merge(state, &summary));
}

PG_FUNCTION_INFO_V1(duration_final);
Datum
duration_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_get_packed(&duration_summary_type, PG_GETARG_DATUM(0)));
}

/* ----------
 * Exact survival
 *
 * S is held as an integer number of units of 10^-60, rounded down, with a bound
 * for what the rounding can have lost.  Whatever is to be told of S, digits or
 * a comparison, is told of both ends of that interval.  If the answers differ,
 * which they do only where S is on the very point that decides, it is worked
 * out again as a quotient of integers.
 *
 * While nobody is censored factors cancel out, (n - d) / n is followed by
 * something / (n - d), and there is nothing to lose.
 * ----------
 */

/* scale of S, in base-10000 digits */
#define SURVIVAL_SCALE	15

typedef struct Survival
{
	int64		waiting;		/* before the next duration */
	int64		from;			/* value is base * to / from */
	int64		to;
	AmountWide	base;
	uint64		base_error;
	AmountWide	value;
	uint64		error;			/* S is at most so much above value */
} Survival;

static int64
total_count(const DurationSummary *summary)
{
	int64		result = 0;

	for (int i = 0; i < summary->nitems; i++)
		result += summary->items[i].events + summary->items[i].censored;
	return result;
}

static void
survival_begin(Survival *survival, const DurationSummary *summary)
{
	memset(survival, 0, sizeof(*survival));
	survival->waiting = survival->from = survival->to = total_count(summary);
	survival->base.limb[0] = 1;
	amount_wide_rescale(&survival->base, SURVIVAL_SCALE);
	survival->value = survival->base;
}

/* a * times / by, rounded down; true if something was lost by that */
static bool
wide_times_by(AmountWide *result, const AmountWide *a, uint64 times, uint64 by)
{
	uint64		product[5];
	uint128		carry = 0;

	for (int i = 0; i < 4; i++)
	{
		carry += (uint128) a->limb[i] * times;
		product[i] = (uint64) carry;
		carry >>= 64;
	}
	product[4] = (uint64) carry;
	carry = 0;
	for (int i = 4; i >= 0; i--)
	{
		carry = (carry << 64) | product[i];
		if (i < 4)
			result->limb[i] = (uint64) (carry / by);
		carry %= by;
	}
	return carry != 0;
}

/* Go on past one duration. */
static void
survival_step(Survival *survival, const DurationItem *item)
{
	int64		n = survival->waiting;

	if (item->events > 0)
	{
		if (n != survival->to)
		{
			/* somebody was censored: a new chain of factors */
			survival->base = survival->value;
			survival->base_error = survival->error;
			survival->from = n;
		}
		survival->to = n - item->events;
		survival->error = survival->base_error;
		if (wide_times_by(&survival->value, &survival->base,
						  survival->to, survival->from))
			survival->error++;
		if (survival->to == 0)
			survival->error = 0;
	}
	survival->waiting = n - item->events - item->censored;
}

/* The least and the most that a wide number with a bound can be. */
static void
wide_bounds(const AmountWide *value, uint64 error, Amount *low, Amount *high)
{
	AmountWide	more = {{error, 0, 0, 0}};

	*low = *high = amount_from_wide(value, SURVIVAL_SCALE);
	if (error > 0)
	{
		amount_wide_add(&more, value);
		*high = amount_from_wide(&more, SURVIVAL_SCALE);
	}
}

static int64
greatest_divisor(int64 a, int64 b)
{
	while (b != 0)
	{
		int64		rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static void
multiply(Amount *a, int64 by)
{
	Amount		factor = amount_from_int64(by);

	*a = amount_mul(a, &factor);
}

/* S after the first so many durations, as a quotient. */
static void
survival_exact(const DurationSummary *summary, int nitems, Amount *num, Amount *den)
{
	int64		waiting = total_count(summary);
	int64		from = waiting;
	int64		to = waiting;

	*num = *den = amount_from_int64(1);
	for (int i = 0; i <= nitems; i++)
	{
		bool		last = i == nitems;

		CHECK_FOR_INTERRUPTS();
		if (last || (summary->items[i].events > 0 && waiting != to))
		{
			int64		divisor = Max(greatest_divisor(from, to), 1);

			multiply(num, to / divisor);
			multiply(den, from / divisor);
			if (last)
				break;
			from = waiting;
		}
		if (summary->items[i].events > 0)
			to = waiting - summary->items[i].events;
		waiting -= summary->items[i].events + summary->items[i].censored;
	}
}

/* num / 1 as every ratio is returned */
static Numeric
round_amount(const Amount *num)
{
	Amount		one = amount_from_int64(1);

	return amount_ratio(num, &one);
}

static bool
same_numeric(Numeric a, Numeric b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(a), NumericGetDatum(b)));
}

/* S after the first so many durations, where that is. */
static Numeric
survival_round(const DurationSummary *summary, int nitems, const Survival *survival)
{
	Amount		low;
	Amount		high;
	Numeric		result;

	wide_bounds(&survival->value, survival->error, &low, &high);
	result = round_amount(&low);
	if (survival->error > 0 && !same_numeric(result, round_amount(&high)))
	{
		survival_exact(summary, nitems, &low, &high);
		result = amount_ratio(&low, &high);
	}
	return result;
}

/* S after the first so many durations <= limit? */
static bool
survival_reached(const DurationSummary *summary, int nitems, const Survival *survival,
				 const Amount *limit)
{
	Amount		low;
	Amount		high;

	wide_bounds(&survival->value, survival->error, &low, &high);
	if (amount_cmp(&high, limit) <= 0)
		return true;
	if (survival->error == 0 || amount_cmp(&low, limit) > 0)
		return false;
	survival_exact(summary, nitems, &low, &high);
	high = amount_mul(&high, limit);
	return amount_cmp(&low, &high) <= 0;
}

/* ----------
 * Kaplan-Meier
 * ----------
 */

static void
report_negative(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must not be negative", name)));
}

/* km_survival(duration_summary, integer) -> numeric */
PG_FUNCTION_INFO_V1(duration_km_survival);
Datum
duration_km_survival(PG_FUNCTION_ARGS)
{
	DurationSummary summary;
	int32		t = PG_GETARG_INT32(1);
	Survival	survival;
	int			i;

	duration_read(PG_GETARG_DATUM(0), &summary);
	if (summary.nitems == 0)
		PG_RETURN_NULL();
	survival_begin(&survival, &summary);
	for (i = 0; i < summary.nitems && summary.items[i].t <= t; i++)
		survival_step(&survival, &summary.items[i]);
	PG_RETURN_NUMERIC(survival_round(&summary, i, &survival));
}

/* The least t with S(t) <= limit; false if there is none. */
static bool
find_quantile(const DurationSummary *summary, const Amount *limit, int32 *t)
{
	Survival	survival;

	survival_begin(&survival, summary);
	for (int i = 0; i < summary->nitems; i++)
	{
		CHECK_FOR_INTERRUPTS();
		survival_step(&survival, &summary->items[i]);
		if (summary->items[i].events > 0 &&
			survival_reached(summary, i + 1, &survival, limit))
		{
			*t = summary->items[i].t;
			return true;
		}
	}
	return false;
}

static Datum
return_quantile(FunctionCallInfo fcinfo, const Amount *limit)
{
	DurationSummary summary;
	int32		t;

	duration_read(PG_GETARG_DATUM(0), &summary);
	if (!find_quantile(&summary, limit, &t))
		PG_RETURN_NULL();
	PG_RETURN_INT32(t);
}

bool
duration_state_median(const DurationState *state, int32 *t)
{
	DurationSummary summary;
	Amount		half = amount_from_scaled(5000, 1);

	state_read(&state->header, &summary);
	return find_quantile(&summary, &half, t);
}

/* km_median(duration_summary) -> integer */
PG_FUNCTION_INFO_V1(duration_km_median);
Datum
duration_km_median(PG_FUNCTION_ARGS)
{
	Amount		half = amount_from_scaled(5000, 1);

	return return_quantile(fcinfo, &half);
}

/* km_quantile(duration_summary, numeric) -> integer */
PG_FUNCTION_INFO_V1(duration_km_quantile);
Datum
duration_km_quantile(PG_FUNCTION_ARGS)
{
	Numeric		num = PG_GETARG_NUMERIC(1);
	Amount		one = amount_from_int64(1);
	Amount		p = AMOUNT_ZERO;
	Amount		limit;
	bool		finite = !numeric_is_nan(num) && !numeric_is_inf(num);

	if (finite)
		p = amount_from_numeric(num);
	if (!finite || amount_sign(&p) <= 0 || amount_cmp(&p, &one) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantile must be above 0 and at most 1, not %.100s",
						DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num)))),
				 errhint("For the time by which 90 %% have arrived write 0.9.")));
	limit = amount_sub(&one, &p);
	return return_quantile(fcinfo, &limit);
}

/* The area under S from 0 to the horizon, times the factor, as a quotient. */
static void
area_exact(const DurationSummary *summary, int32 horizon, const Amount *factor,
		   Amount *num, Amount *den)
{
	int64		waiting = total_count(summary);
	int			nitems = 0;

	while (nitems < summary->nitems && summary->items[nitems].t < horizon)
	{
		waiting -= summary->items[nitems].events + summary->items[nitems].censored;
		nitems++;
	}

	/*
	 * From the end: what is to come, as seen from after a duration, is
	 * num / den; before it, that is the time since the one before plus the
	 * share that gets past it of what is to come.
	 */
	*num = amount_from_int64(horizon - (nitems > 0 ? summary->items[nitems - 1].t : 0));
	*den = amount_from_int64(1);
	for (int i = nitems - 1; i >= 0; i--)
	{
		const DurationItem *item = &summary->items[i];
		Amount		wait = amount_from_int64(item->t - (i > 0 ? summary->items[i - 1].t : 0));

		CHECK_FOR_INTERRUPTS();
		waiting += item->events + item->censored;
		if (item->events > 0)
		{
			int64		divisor = greatest_divisor(waiting, waiting - item->events);

			multiply(num, (waiting - item->events) / divisor);
			multiply(den, waiting / divisor);
		}
		wait = amount_mul(&wait, den);
		*num = amount_add(num, &wait);
	}
	*num = amount_mul(num, factor);
}

/* The area under S from 0 to the horizon, times the factor. */
static Numeric
area_round(const DurationSummary *summary, int32 horizon, const Amount *factor)
{
	Survival	survival;
	AmountWide	area = {{0, 0, 0, 0}};
	uint64		error = 0;
	int32		reached = 0;
	Amount		low;
	Amount		high;
	Numeric		result;

	survival_begin(&survival, summary);
	for (int i = 0; i <= summary->nitems; i++)
	{
		bool		last = i == summary->nitems || summary->items[i].t >= horizon;
		int32		t = last ? horizon : summary->items[i].t;
		AmountWide	part;

		/* S is below 2^200, durations below 2^31, and their sum is t */
		wide_times_by(&part, &survival.value, t - reached, 1);
		amount_wide_add(&area, &part);
		error += survival.error * (t - reached);
		reached = t;
		if (last)
			break;
		survival_step(&survival, &summary->items[i]);
	}

	wide_bounds(&area, error, &low, &high);
	low = amount_mul(&low, factor);
	result = round_amount(&low);
	if (error > 0)
	{
		high = amount_mul(&high, factor);
		if (!same_numeric(result, round_amount(&high)))
		{
			area_exact(summary, horizon, factor, &low, &high);
			result = amount_ratio(&low, &high);
		}
	}
	return result;
}

/* restricted_mean(duration_summary, integer) -> numeric */
PG_FUNCTION_INFO_V1(duration_restricted_mean);
Datum
duration_restricted_mean(PG_FUNCTION_ARGS)
{
	DurationSummary summary;
	int32		horizon = PG_GETARG_INT32(1);
	Amount		one = amount_from_int64(1);

	if (horizon < 0)
		report_negative("horizon");
	duration_read(PG_GETARG_DATUM(0), &summary);
	if (summary.nitems == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(area_round(&summary, horizon, &one));
}

/*
 * km_lifetime_value(duration_summary, arpa numeric, margin numeric, horizon
 * integer) -> numeric
 */
PG_FUNCTION_INFO_V1(duration_km_lifetime_value);
Datum
duration_km_lifetime_value(PG_FUNCTION_ARGS)
{
	DurationSummary summary;
	Amount		arpa = amount_from_numeric(PG_GETARG_NUMERIC(1));
	Amount		margin = amount_from_numeric(PG_GETARG_NUMERIC(2));
	int32		horizon = PG_GETARG_INT32(3);
	Amount		factor = amount_mul(&arpa, &margin);

	margin_check(&margin);
	if (horizon < 0)
		report_negative("horizon");
	duration_read(PG_GETARG_DATUM(0), &summary);
	if (summary.nitems == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(area_round(&summary, horizon, &factor));
}

/* A sum of doubles that loses nothing worth mentioning: Neumaier's. */
typedef struct DoubleSum
{
	double		sum;
	double		lost;
} DoubleSum;

static void
double_add(DoubleSum *sum, double x)
{
	double		total = sum->sum + x;

	if (fabs(sum->sum) >= fabs(x))
		sum->lost += (sum->sum - total) + x;
	else
		sum->lost += (x - total) + sum->sum;
	sum->sum = total;
}

static double
double_total(const DoubleSum *sum)
{
	return sum->sum + sum->lost;
}

#define CURVE_COLUMNS	8

/* of the normal distribution, for intervals at 95 % */
#define CURVE_QUANTILE	1.959963984540054

/*
 * km_curve(duration_summary)
 *
 * The variance is Greenwood's, S^2 times the sum of d / (n (n - d)); the
 * interval that of log(-log(S)), which stays between 0 and 1.  Neither is
 * there at the ends, S = 0 and 1, but that S = 1 is certain of itself.
 */
PG_FUNCTION_INFO_V1(duration_km_curve);
Datum
duration_km_curve(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context;
	DurationSummary summary;
	Survival	survival;
	DoubleSum	greenwood = {0, 0};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	duration_read(PG_GETARG_DATUM(0), &summary);
	survival_begin(&survival, &summary);
	context = AllocSetContextCreate(CurrentMemoryContext, "duration line",
									ALLOCSET_SMALL_SIZES);
	for (int i = 0; i < summary.nitems; i++)
	{
		const DurationItem *item = &summary.items[i];
		MemoryContext old = MemoryContextSwitchTo(context);
		int64		n = survival.waiting;
		Datum		values[CURVE_COLUMNS] = {0};
		bool		nulls[CURVE_COLUMNS] = {false};
		Amount		low;
		Amount		high;
		double		s;

		CHECK_FOR_INTERRUPTS();
		survival_step(&survival, item);
		values[0] = Int32GetDatum(item->t);
		values[1] = Int64GetDatum(n);
		values[2] = Int64GetDatum(item->events);
		values[3] = Int64GetDatum(item->censored);
		values[4] = NumericGetDatum(survival_round(&summary, i + 1, &survival));

		wide_bounds(&survival.value, survival.error, &low, &high);
		s = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											   NumericGetDatum(amount_to_numeric(&low))));
		nulls[5] = nulls[6] = nulls[7] = true;
		if (item->events < n)
		{
			if (item->events > 0)
				double_add(&greenwood, item->events / ((double) n * (n - item->events)));
			values[5] = Float8GetDatum(s * sqrt(double_total(&greenwood)));
			nulls[5] = false;
			if (double_total(&greenwood) > 0)
			{
				double		width = CURVE_QUANTILE * sqrt(double_total(&greenwood)) / -log(s);

				values[6] = Float8GetDatum(pow(s, exp(width)));
				values[7] = Float8GetDatum(pow(s, exp(-width)));
				nulls[6] = nulls[7] = false;
			}
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(context);
	}
	return (Datum) 0;
}

/*
 * log_rank(duration_summary, duration_summary) -> (chi_square, p_value,
 * observed_1, expected_1, observed_2, expected_2)
 *
 * Whether two groups arrive at the same pace: at each duration the events are
 * compared with what they would be if they were spread over both groups as
 * those waiting are.  Mantel, "Evaluation of survival data and two new rank
 * order statistics", 1966.
 */
PG_FUNCTION_INFO_V1(duration_log_rank);
Datum
duration_log_rank(PG_FUNCTION_ARGS)
{
	DurationSummary group[2];
	int64		waiting[2];
	int64		observed[2] = {0, 0};
	int			at[2] = {0, 0};
	DoubleSum	expected[2] = {{0, 0}, {0, 0}};
	DoubleSum	surplus = {0, 0};	/* of the first group */
	DoubleSum	variance = {0, 0};
	TupleDesc	desc;
	Datum		values[6] = {0};
	bool		nulls[6] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	for (int g = 0; g < 2; g++)
	{
		duration_read(PG_GETARG_DATUM(g), &group[g]);
		waiting[g] = total_count(&group[g]);
	}
	check_same_unit(group[0].unit, group[1].unit);

	while (at[0] < group[0].nitems || at[1] < group[1].nitems)
	{
		int64		t = PG_INT64_MAX;
		int64		events[2] = {0, 0};
		int64		gone[2] = {0, 0};
		double		n;
		double		d;

		for (int g = 0; g < 2; g++)
		{
			if (at[g] < group[g].nitems)
				t = Min(t, group[g].items[at[g]].t);
		}
		for (int g = 0; g < 2; g++)
		{
			if (at[g] < group[g].nitems && group[g].items[at[g]].t == t)
			{
				events[g] = group[g].items[at[g]].events;
				gone[g] = events[g] + group[g].items[at[g]].censored;
				at[g]++;
			}
		}
		n = (double) waiting[0] + waiting[1];
		d = (double) events[0] + events[1];
		if (d > 0)
		{
			for (int g = 0; g < 2; g++)
			{
				observed[g] += events[g];
				double_add(&expected[g], d * (waiting[g] / n));
			}

			/* (events[0] * waiting[1] - events[1] * waiting[0]) / n */
			double_add(&surplus, events[0] - d * (waiting[0] / n));
			if (n > 1)
				double_add(&variance, d * (waiting[0] / n) * (waiting[1] / n) *
						   ((n - d) / (n - 1)));
		}
		waiting[0] -= gone[0];
		waiting[1] -= gone[1];
	}

	nulls[0] = nulls[1] = true;
	if (double_total(&variance) > 0)
	{
		double		chi_square = double_total(&surplus) * double_total(&surplus) /
			double_total(&variance);

		values[0] = Float8GetDatum(chi_square);
		values[1] = Float8GetDatum(erfc(sqrt(chi_square / 2)));
		nulls[0] = nulls[1] = false;
	}
	values[2] = Int64GetDatum(observed[0]);
	values[3] = Float8GetDatum(double_total(&expected[0]));
	values[4] = Int64GetDatum(observed[1]);
	values[5] = Float8GetDatum(double_total(&expected[1]));
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* ----------
 * Counts
 * ----------
 */

PG_FUNCTION_INFO_V1(duration_event_count);
Datum
duration_event_count(PG_FUNCTION_ARGS)
{
	DurationSummary summary;
	int64		result = 0;

	duration_read(PG_GETARG_DATUM(0), &summary);
	for (int i = 0; i < summary.nitems; i++)
		result += summary.items[i].events;
	PG_RETURN_INT64(result);
}

PG_FUNCTION_INFO_V1(duration_censored_count);
Datum
duration_censored_count(PG_FUNCTION_ARGS)
{
	DurationSummary summary;
	int64		result = 0;

	duration_read(PG_GETARG_DATUM(0), &summary);
	for (int i = 0; i < summary.nitems; i++)
		result += summary.items[i].censored;
	PG_RETURN_INT64(result);
}

PG_FUNCTION_INFO_V1(duration_skipped_rows);
Datum
duration_skipped_rows(PG_FUNCTION_ARGS)
{
	DurationSummary summary;

	duration_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.skipped);
}

/*-------------------------------------------------------------------------
 *
 * usage.c
 *	  Type usage_summary, its aggregates, and how usage changed.
 *
 * A change is judged against the customer's own past, in whole weeks, with
 * medians: definitions, and what they detect, are in doc/usage.md.
 *
 * The transition state is the type itself in a working form: a flat varlena,
 * updated in place, with blocks of a few days each, sorted.  So days may come
 * in any order, a state is as long as the customer has days, and rows of one
 * day take no room.  What does not fit is kept in a remainder, a packed value;
 * the value of the state is the sum of both.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "calendar.h"
#include "count.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "usage.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define BLOCK_DAYS		8

typedef struct UsageBlock
{
	int128		usage[BLOCK_DAYS];	/* of day 8 * number + i */
	int32		number;
} UsageBlock;

/* The working form.  The remainder comes next, then the blocks. */
typedef struct UsageState
{
	CodecHeader header;
	uint8		scale;			/* of the blocks' amounts */
	bool		known;			/* the first and last day of rows added */
	DateADT		first;
	DateADT		last;
	int32		remainder_size; /* MAXALIGNed; 0 if there is none */
	int32		nblocks;
	int32		recent;			/* the block that the last row was in */
	int64		skipped;
} UsageState;

#define STATE_KIND		(CODEC_KIND_USAGE_SUMMARY | CODEC_WORKING)
#define FIRST_BLOCKS	2		/* room of a new state */

/*
 * Then the blocks are summed up: to insert one, the ones after it move.  It is
 * twenty years of days.
 */
#define MAX_BLOCKS		1024

/*
 * Usage is written as integers in units of 10^-places, which takes a byte or
 * two a day, if all of it fits; else as amounts.
 */
#define MAX_PLACES		20
#define NO_PLACES		(MAX_PLACES + 1)

static void usage_walk(Codec *codec, void *value);
static const char *usage_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType usage_summary_type = {
	"usage_summary", CODEC_KIND_USAGE_SUMMARY, sizeof(UsageSummary),
	usage_walk, usage_check, state_read
};

CODEC_TYPE_FUNCTIONS(usage_summary, usage_summary_type);

/* ----------
 * The type
 * ----------
 */

static int128
power_of_ten(int n)
{
	int128		result = 1;

	while (n-- > 0)
		result *= 10;
	return result;
}

/* How many decimal places an amount needs, if more than `places'. */
static int
places_of(const Amount *amount, int places)
{
	AmountDigits d;
	int			result;

	if (amount->big == NULL && amount->scale <= AMOUNT_MAX_SCALE)
	{
		int128		unit;

		result = 4 * amount->scale;
		if (result <= places)
			return places;
		unit = power_of_ten(result - places);
		for (result = places; amount->value % unit != 0; result++)
			unit /= 10;
		return result;
	}
	amount_get_digits(amount, &d);
	result = 4 * (d.ndigits - 1 - d.weight);
	if (result > places)
	{
		for (int last = d.digits[d.ndigits - 1]; last % 10 == 0; last /= 10)
			result--;
	}
	return Max(result, places);
}

/* An amount in units of 10^-places, which it has at most; false if that does not fit. */
static bool
units_of(const Amount *amount, int places, uint64 *units)
{
	AmountDigits d;
	int128		value = 0;
	int			have;

	if (amount->big == NULL && amount->scale <= AMOUNT_MAX_SCALE)
	{
		value = amount->value;
		have = 4 * amount->scale;
	}
	else
	{
		amount_get_digits(amount, &d);
		have = 4 * (d.ndigits - 1 - d.weight);
		for (int i = 0; i < d.ndigits; i++)
		{
			value = value * 10000 + d.digits[i];
			/* four digits more may be dropped again, but no others */
			if (value > (int128) PG_INT64_MAX * 10000)
				return false;
		}
		if (d.negative)
			value = -value;
	}
	if (have >= places)
		value /= power_of_ten(have - places);
	else if (places - have > 18 + MAX_PLACES)
		return false;
	else if (__builtin_mul_overflow(value, power_of_ten(places - have), &value))
		return false;
	if (value < 0 || value > PG_INT64_MAX)
		return false;
	*units = (uint64) value;
	return true;
}

/* The places that usage is written with. */
static int
usage_places(const UsageSummary *summary)
{
	int			places = 0;
	uint64		units;

	for (int i = 0; i < summary->ndays && places <= MAX_PLACES; i++)
		places = places_of(&summary->days[i].usage, places);
	for (int i = 0; i < summary->ndays && places <= MAX_PLACES; i++)
	{
		if (!units_of(&summary->days[i].usage, places, &units))
			places = NO_PLACES;
	}
	return Min(places, NO_PLACES);
}

/*
 * One item of the list of days: the usage of a day, or zero and how many days
 * without usage follow the first of them.
 */
static void
usage_walk_item(Codec *codec, int places, Amount *usage, int64 *zeros)
{
	if (places > MAX_PLACES)
		codec_amount(codec, "usage", usage);
	else
	{
		uint64		units = 0;

		if (!CODEC_READING(codec))
			(void) units_of(usage, places, &units);
		codec_uint(codec, "usage", &units, PG_INT64_MAX);
		if (CODEC_READING(codec))
		{
			int			scale = (places + 3) / 4;

			*usage = amount_from_scaled((int128) units * power_of_ten(4 * scale - places), scale);
		}
	}
	if (amount_sign(usage) == 0)
	{
		uint64		more = *zeros - 1;

		codec_uint(codec, "days_without", &more, PG_INT32_MAX);
		*zeros = (int64) more + 1;
	}
}

/* The days of which there is more than zeros, for people. */
static void
usage_describe(Codec *codec, const UsageSummary *summary)
{
	UsageSummary copy = *summary;

	if (summary->known)
	{
		codec_date(codec, "first_day", &copy.first);
		codec_date(codec, "last_day", &copy.last);
	}
	codec_list(codec, "usage", summary->ndays);
	for (int i = 0; i < summary->ndays; i++)
	{
		UsageDay	day = summary->days[i];

		codec_item(codec);
		codec_date(codec, "day", &day.day);
		codec_amount(codec, "usage", &day.usage);
		codec_item_end(codec);
	}
	codec_list_end(codec);
}

/* Read the list of days; what is wrong with them is told to the codec. */
static void
usage_read_days(Codec *codec, UsageSummary *summary, int nitems, int places)
{
	int64		day = summary->first;
	bool		after_zeros = false;

	summary->ndays = 0;
	summary->days = palloc(Max(nitems, 1) * sizeof(UsageDay));
	for (int i = 0; i < nitems && codec->error == NULL; i++)
	{
		Amount		usage = AMOUNT_ZERO;
		int64		zeros = 1;
		int			sign;

		CHECK_FOR_INTERRUPTS();
		usage_walk_item(codec, places, &usage, &zeros);
		sign = amount_sign(&usage);
		if (sign < 0)
			codec_fail(codec, "Usage is negative.");
		if (sign == 0 && after_zeros)
			codec_fail(codec, "Days without usage are not counted in one.");
		after_zeros = sign == 0;
		if (sign > 0)
		{
			summary->days[summary->ndays].day = day;
			summary->days[summary->ndays].usage = usage;
			summary->ndays++;
		}
		day += zeros;
		if (day > DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)
		{
			codec_fail(codec, "A day is out of range.");
			day = summary->first + 1;
		}
	}
	if (nitems == 0)
		codec_fail(codec, "There is no day.");
	summary->last = day - 1;
	summary->places = places;
}

static void
usage_write_days(Codec *codec, const UsageSummary *summary, int places)
{
	DateADT		next = summary->first;
	Amount		zero = AMOUNT_ZERO;

	for (int i = 0; i <= summary->ndays; i++)
	{
		/* the day after the last one ends it */
		DateADT		day = i < summary->ndays ? summary->days[i].day : summary->last + 1;
		int64		zeros = day - next;

		CHECK_FOR_INTERRUPTS();
		if (zeros > 0)
			usage_walk_item(codec, places, &zero, &zeros);
		if (i < summary->ndays)
		{
			Amount		usage = summary->days[i].usage;

			usage_walk_item(codec, places, &usage, &zeros);
		}
		next = day + 1;
	}
}

/* How many items the list of days has. */
static int
usage_items(const UsageSummary *summary)
{
	int			result = summary->ndays;
	DateADT		next = summary->first;

	for (int i = 0; i < summary->ndays; i++)
	{
		if (summary->days[i].day != next)
			result++;
		next = summary->days[i].day + 1;
	}
	return result + (next <= summary->last ? 1 : 0);
}

static void
usage_walk(Codec *codec, void *value)
{
	UsageSummary *summary = value;
	uint64		skipped = summary->skipped;
	uint64		places = 0;
	int			nitems = 0;

	codec_uint(codec, "skipped_rows", &skipped, PG_INT64_MAX);
	summary->skipped = skipped;
	if (codec->mode == CODEC_DESCRIBE)
	{
		usage_describe(codec, summary);
		return;
	}
	codec_bool(codec, "known", &summary->known);
	if (!summary->known)
		return;
	codec_date(codec, "first_day", &summary->first);
	if (!CODEC_READING(codec))
	{
		places = usage_places(summary);
		nitems = usage_items(summary);
	}
	codec_uint(codec, "places", &places, NO_PLACES);
	nitems = codec_list(codec, "usage", nitems);
	if (CODEC_READING(codec))
		usage_read_days(codec, summary, nitems, (int) places);
	else
		usage_write_days(codec, summary, (int) places);
	codec_list_end(codec);
}

static const char *
usage_check(const void *value)
{
	const UsageSummary *summary = value;

	/* otherwise days are looked at when they are read */
	if (!summary->known && summary->skipped == 0)
		return "There is neither a day nor a skipped row.";
	if (summary->known && summary->places != usage_places(summary))
		return "The number of decimal places is not what the usage needs.";
	return NULL;
}

/* An argument in whichever form. */
static void
usage_read(Datum datum, UsageSummary *summary)
{
	codec_read(&usage_summary_type, datum, summary);
}

/* ----------
 * Sums
 * ----------
 */

/* Stretch a history to a day. */
static void
usage_reach(bool *known, DateADT *first, DateADT *last, DateADT day)
{
	if (!*known || day < *first)
		*first = day;
	if (!*known || day > *last)
		*last = day;
	*known = true;
}

/* sum = sum + a, without a call where both are as usual */
static inline void
accumulate(Amount *sum, const Amount *a)
{
	int128		value = 0;	/* keep compiler quiet */

	if (likely(sum->big == NULL && a->big == NULL && sum->scale == a->scale &&
			   !__builtin_add_overflow(sum->value, a->value, &value)))
		sum->value = value;
	else
		*sum = amount_add(sum, a);
}

/* Add another summary. */
static void
usage_add(UsageSummary *into, const UsageSummary *other)
{
	UsageDay   *days = palloc(Max(into->ndays + other->ndays, 1) * sizeof(UsageDay));
	int			ndays = 0;
	int			i = 0;
	int			j = 0;

	while (i < into->ndays || j < other->ndays)
	{
		bool		one = i < into->ndays &&
			(j == other->ndays || into->days[i].day <= other->days[j].day);
		bool		two = j < other->ndays &&
			(i == into->ndays || other->days[j].day <= into->days[i].day);

		days[ndays] = one ? into->days[i] : other->days[j];
		if (one && two)
			days[ndays].usage = amount_add(&into->days[i].usage, &other->days[j].usage);
		ndays++;
		i += one ? 1 : 0;
		j += two ? 1 : 0;
	}
	into->days = days;
	into->ndays = ndays;
	into->skipped = count_add(into->skipped, other->skipped);
	if (other->known)
	{
		usage_reach(&into->known, &into->first, &into->last, other->first);
		usage_reach(&into->known, &into->first, &into->last, other->last);
	}
}

/* ----------
 * Transition states
 * ----------
 */

static CodecHeader *
state_remainder(UsageState *state)
{
	return state->remainder_size > 0 ?
		(CodecHeader *) ((char *) state + MAXALIGN(sizeof(UsageState))) : NULL;
}

static UsageBlock *
state_blocks(UsageState *state)
{
	return (UsageBlock *) ((char *) state + MAXALIGN(sizeof(UsageState)) +
						   state->remainder_size);
}

static int
state_room(UsageState *state)
{
	return (VARSIZE(state) - ((char *) state_blocks(state) - (char *) state)) /
		sizeof(UsageBlock);
}

/* A state with that remainder, if any, and room for so many blocks. */
static UsageState *
state_create(const CodecHeader *remainder, int room)
{
	Size		remainder_size = remainder ? MAXALIGN(VARSIZE(remainder)) : 0;
	Size		size = MAXALIGN(sizeof(UsageState)) + remainder_size +
		room * sizeof(UsageBlock);
	/* zeros: somebody's own aggregate could store it, and what memory held before */
	UsageState *state = palloc0(size);

	SET_VARSIZE(state, size);
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->remainder_size = remainder_size;
	if (remainder)
		memcpy(state_remainder(state), remainder, VARSIZE(remainder));
	return state;
}

/* A copy with more room, as a varlena cannot grow where it is. */
static UsageState *
state_grow(UsageState *state)
{
	UsageState *larger = state_create(state_remainder(state),
									  Max(2 * state->nblocks, FIRST_BLOCKS));
	int32		size = VARSIZE(larger);

	memcpy(larger, state, sizeof(UsageState));
	SET_VARSIZE(larger, size);
	memcpy(state_blocks(larger), state_blocks(state), state->nblocks * sizeof(UsageBlock));
	return larger;
}

/* The whole content of a state. */
static void
state_read(const CodecHeader *working, void *value)
{
	UsageState *state = (UsageState *) working;
	UsageSummary *summary = value;
	UsageBlock *blocks = state_blocks(state);

	memset(summary, 0, sizeof(*summary));
	summary->days = palloc(Max(state->nblocks, 1) * BLOCK_DAYS * sizeof(UsageDay));
	for (int i = 0; i < state->nblocks; i++)
	{
		for (int j = 0; j < BLOCK_DAYS; j++)
		{
			if (blocks[i].usage[j] != 0)
			{
				UsageDay   *day = &summary->days[summary->ndays++];

				day->day = blocks[i].number * BLOCK_DAYS + j;
				day->usage = amount_from_scaled(blocks[i].usage[j], state->scale);
			}
		}
	}
	summary->known = state->known;
	summary->first = state->first;
	summary->last = state->last;
	summary->skipped = state->skipped;
	if (state->remainder_size > 0)
	{
		UsageSummary remainder;

		codec_unpack(&usage_summary_type, state_remainder(state), &remainder);
		usage_add(summary, &remainder);
	}
}

/* A state of one summary, which becomes the remainder. */
static UsageState *
state_from_summary(const UsageSummary *summary)
{
	CodecHeader *packed = codec_pack(&usage_summary_type, summary);
	UsageState *state = state_create(packed, FIRST_BLOCKS);

	pfree(packed);
	return state;
}

/* Sum up the blocks, to make room for others. */
static UsageState *
state_sum_up(UsageState *state)
{
	UsageSummary summary;

	state_read(&state->header, &summary);
	return state_from_summary(&summary);
}

/*
 * The state in argument 0, ready to be changed; a direct call gets a copy.
 */
static UsageState *
state_from_arg(FunctionCallInfo fcinfo)
{
	CodecHeader *value;
	UsageSummary summary;

	if (PG_ARGISNULL(0))
		return state_create(NULL, FIRST_BLOCKS);
	value = codec_get(&usage_summary_type, PG_GETARG_DATUM(0));
	if (likely(value->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return (UsageState *) value;
	usage_read(PointerGetDatum(value), &summary);
	return state_from_summary(&summary);
}

static Datum
state_to_result(FunctionCallInfo fcinfo, UsageState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_checked(&usage_summary_type, codec_pack_state(&usage_summary_type, &state->header)));
}

/* Make the scale of the blocks finer, if all amounts allow it. */
static bool
state_rescale(UsageState *state, int scale)
{
	UsageBlock *blocks = state_blocks(state);

	for (int i = 0; i < state->nblocks * BLOCK_DAYS; i++)
	{
		int128		amount = blocks[i / BLOCK_DAYS].usage[i % BLOCK_DAYS];

		if (!amount_rescale(&amount, state->scale, scale))
			return false;
	}
	for (int i = 0; i < state->nblocks * BLOCK_DAYS; i++)
		amount_rescale(&blocks[i / BLOCK_DAYS].usage[i % BLOCK_DAYS], state->scale, scale);
	state->scale = scale;
	return true;
}

/*
 * Where the usage of a day is kept.  The result may be a new state.
 */
static UsageState *
state_find(UsageState *state, DateADT day, int128 **place)
{
	UsageBlock *blocks = state_blocks(state);
	int32		number = day >> 3;	/* rounded down, also before the epoch */
	int			low = 0;
	int			high = state->nblocks;

	StaticAssertStmt(BLOCK_DAYS == 1 << 3, "a shift divides by the days of a block");
	if (likely(state->recent < state->nblocks && blocks[state->recent].number == number))
	{
		*place = &blocks[state->recent].usage[day & (BLOCK_DAYS - 1)];
		return state;
	}
	/* rows mostly come in order */
	if (state->nblocks > 0 && blocks[state->nblocks - 1].number < number)
		low = high;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (blocks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == state->nblocks || blocks[low].number != number)
	{
		if (unlikely(state->nblocks >= MAX_BLOCKS))
		{
			state = state_sum_up(state);
			low = 0;
		}
		if (state->nblocks == state_room(state))
			state = state_grow(state);
		blocks = state_blocks(state);
		memmove(&blocks[low + 1], &blocks[low], (state->nblocks - low) * sizeof(UsageBlock));
		memset(&blocks[low], 0, sizeof(UsageBlock));
		blocks[low].number = number;
		state->nblocks++;
	}
	state->recent = low;
	*place = &blocks[low].usage[day & (BLOCK_DAYS - 1)];
	return state;
}

/* Add usage at the state's scale, which is not negative. */
static UsageState *
state_add_scaled(UsageState *state, DateADT day, int128 usage)
{
	int128	   *place;
	int128		sum;
	uint8		scale = state->scale;

	usage_reach(&state->known, &state->first, &state->last, day);
	if (usage == 0)
		return state;
	state = state_find(state, day, &place);
	if (unlikely(__builtin_add_overflow(*place, usage, &sum)))
	{
		state = state_sum_up(state);
		usage_reach(&state->known, &state->first, &state->last, day);
		state = state_find(state, day, &place);
		sum = usage;
	}
	/* after it was summed up, a state without any amount */
	state->scale = scale;
	*place = sum;
	return state;
}

/* Add a whole summary, by its days if they fit. */
static UsageState *
state_add_summary(UsageState *state, const UsageSummary *other)
{
	int			scale = state->scale;
	bool		fits = true;
	int128		usage;

	for (int i = 0; i < other->ndays && fits; i++)
	{
		scale = Max(scale, other->days[i].usage.scale);
		fits = other->days[i].usage.big == NULL;
	}
	for (int i = 0; i < other->ndays && fits; i++)
		fits = amount_to_scaled(&other->days[i].usage, scale, &usage);
	if (fits && (scale == state->scale || state_rescale(state, scale)))
	{
		for (int i = 0; i < other->ndays; i++)
		{
			amount_to_scaled(&other->days[i].usage, scale, &usage);
			state = state_add_scaled(state, other->days[i].day, usage);
		}
		if (other->known)
		{
			usage_reach(&state->known, &state->first, &state->last, other->first);
			usage_reach(&state->known, &state->first, &state->last, other->last);
		}
		state->skipped = count_add(state->skipped, other->skipped);
	}
	else
	{
		UsageSummary summary;

		state_read(&state->header, &summary);
		usage_add(&summary, other);
		state = state_from_summary(&summary);
	}
	return state;
}

static void
report_negative(Numeric usage)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("usage must not be negative, as %.100s is",
					DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(usage)))),
			 errhint("Add a correction to the day that it corrects before it is aggregated, or exclude such rows with FILTER (WHERE ...).")));
}

/* Add a row. */
static UsageState *
state_add_row(UsageState *state, DateADT day, Numeric number)
{
	int128		usage;
	AmountFit	fit = amount_decode(number, state->scale, &usage);

	if (fit == AMOUNT_SPECIAL)
		amount_report_special(number);
	if (fit == AMOUNT_FINER)
	{
		int			scale = amount_fraction_digits(number);

		if (scale <= AMOUNT_MAX_SCALE && state_rescale(state, scale))
			fit = amount_decode(number, scale, &usage);
	}
	if (unlikely(fit != AMOUNT_FITS))
	{
		UsageSummary row = {.known = true,.first = day,.last = day};
		UsageDay	only = {.day = day,.usage = amount_from_numeric(number)};

		if (amount_sign(&only.usage) < 0)
			report_negative(number);
		if (amount_sign(&only.usage) > 0)
		{
			row.days = &only;
			row.ndays = 1;
		}
		return state_add_summary(state, &row);
	}
	if (usage < 0)
		report_negative(number);
	return state_add_scaled(state, day, usage);
}

typedef enum UsageDate
{
	USAGE_DATE,
	USAGE_TIMESTAMP,
	USAGE_TIMESTAMPTZ
} UsageDate;

static Datum
usage_transition(FunctionCallInfo fcinfo, UsageDate kind)
{
	UsageState *state;
	DateADT		day;

	if (kind == USAGE_TIMESTAMPTZ)
		report_timestamptz("usage_agg");
	state = state_from_arg(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		state->skipped = count_add(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	day = kind == USAGE_DATE ? PG_GETARG_DATEADT(1) :
		date_from_timestamp(PG_GETARG_TIMESTAMP(1));
	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("day of usage must be finite, not %s",
						DATE_IS_NOEND(day) ? "infinity" : "-infinity"),
				 errhint("Exclude such rows with FILTER (WHERE isfinite(...)).")));
	state = state_add_row(state, day, (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2)));
	return state_to_result(fcinfo, state);
}

CODEC_FUNCTION(usage, accum_date, usage_transition(fcinfo, USAGE_DATE));
CODEC_FUNCTION(usage, accum_timestamp, usage_transition(fcinfo, USAGE_TIMESTAMP));
CODEC_FUNCTION(usage, accum_timestamptz, usage_transition(fcinfo, USAGE_TIMESTAMPTZ));

/* usage_combine(usage_summary, usage_summary), strict */
PG_FUNCTION_INFO_V1(usage_combine);
Datum
usage_combine(PG_FUNCTION_ARGS)
{
	UsageState *state = state_from_arg(fcinfo);
	UsageSummary other;

	usage_read(PG_GETARG_DATUM(1), &other);
	return state_to_result(fcinfo, state_add_summary(state, &other));
}

PG_FUNCTION_INFO_V1(usage_final);
Datum
usage_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_get_packed(&usage_summary_type, PG_GETARG_DATUM(0)));
}

/* ----------
 * What there is
 * ----------
 */

PG_FUNCTION_INFO_V1(usage_total);
Datum
usage_total(PG_FUNCTION_ARGS)
{
	UsageSummary summary;
	Amount		total = AMOUNT_ZERO;

	usage_read(PG_GETARG_DATUM(0), &summary);
	for (int i = 0; i < summary.ndays; i++)
		accumulate(&total, &summary.days[i].usage);
	PG_RETURN_NUMERIC(amount_to_numeric(&total));
}

PG_FUNCTION_INFO_V1(usage_days);
Datum
usage_days(PG_FUNCTION_ARGS)
{
	UsageSummary summary;

	usage_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.ndays);
}

PG_FUNCTION_INFO_V1(usage_skipped_rows);
Datum
usage_skipped_rows(PG_FUNCTION_ARGS)
{
	UsageSummary summary;

	usage_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.skipped);
}

PG_FUNCTION_INFO_V1(usage_first_day);
Datum
usage_first_day(PG_FUNCTION_ARGS)
{
	UsageSummary summary;

	usage_read(PG_GETARG_DATUM(0), &summary);
	if (!summary.known)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(summary.first);
}

PG_FUNCTION_INFO_V1(usage_last_day);
Datum
usage_last_day(PG_FUNCTION_ARGS)
{
	UsageSummary summary;

	usage_read(PG_GETARG_DATUM(0), &summary);
	if (!summary.known)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(summary.last);
}

/* ----------
 * Histories
 * ----------
 */

static DateADT
as_of_from_arg(FunctionCallInfo fcinfo, int argno)
{
	DateADT		as_of = PG_GETARG_DATEADT(argno);

	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be finite, not %s",
						DATE_IS_NOEND(as_of) ? "infinity" : "-infinity"),
				 errhint("Pass the last day that data is complete for.")));
	return as_of;
}

/* A number of weeks or days that is asked for. */
static int64
length_from_arg(FunctionCallInfo fcinfo, int argno, const char *what, int least)
{
	int32		length = PG_GETARG_INT32(argno);

	if (length < least)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of %s must be at least %d, not %d", what, least, length)));
	return length;
}

/* Days from the first one to as_of; 0 if that is before. */
static int64
history_length(const UsageSummary *summary, DateADT as_of)
{
	return summary->known ? Max((int64) as_of - summary->first + 1, 0) : 0;
}

/* Two thousand years: with more, a date is wrong. */
#define MAX_HISTORY		1000000

static void
check_length(int64 days)
{
	if (days > MAX_HISTORY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("usage goes over too many days"),
				 errdetail("There are %lld, of at most %d.", (long long) days, MAX_HISTORY),
				 errhint("See first_day(), last_day() and as_of: one of them is likely to be a mistake.")));
}

/*
 * Totals of so many weeks of seven days, ascending, of which the last one ends
 * on as_of.  They must be in the history.
 */
static Amount *
weekly_totals(const UsageSummary *summary, DateADT as_of, int64 weeks)
{
	Amount	   *totals;

	check_length(7 * weeks);
	totals = palloc0(Max(weeks, 1) * sizeof(Amount));
	for (int i = summary->ndays - 1; i >= 0; i--)
	{
		const UsageDay *day = &summary->days[i];
		int64		week;

		if (day->day > as_of)
			continue;
		week = weeks - 1 - ((int64) as_of - day->day) / 7;
		if (week < 0)
			break;
		accumulate(&totals[week], &day->usage);
	}
	return totals;
}

static int
compare_amounts(const void *a, const void *b)
{
	return amount_cmp(a, b);
}

/* Twice the median, which needs no division; sorts the amounts. */
static Amount
twice_median(Amount *amounts, int64 n)
{
	qsort(amounts, n, sizeof(Amount), compare_amounts);
	return amount_add(&amounts[(n - 1) / 2], &amounts[n / 2]);
}

static Amount
times(const Amount *a, int64 by)
{
	Amount		factor;
	int128		product;

	if (a->big == NULL && !__builtin_mul_overflow(a->value, (int128) by, &product))
		return amount_from_scaled(product, a->scale);
	factor = amount_from_int64(by);
	return amount_mul(a, &factor);
}

static Amount
distance(const Amount *a, const Amount *b)
{
	return amount_cmp(a, b) < 0 ? amount_sub(b, a) : amount_sub(a, b);
}

static Numeric
half(const Amount *twice)
{
	Amount		two = amount_from_int64(2);

	return amount_ratio(twice, &two);
}

/*
 * Two groups of weeks, one before the other, and how far apart they are: the
 * difference of their medians by a scale, which is 1.4826 times the median of
 * |week - median of its group|, and a tenth of the larger median.
 *
 * 1.4826 makes the first part the standard deviation where noise is normal.
 * With few weeks it is small by chance every so often, above all where usage
 * is a few whole numbers; what is added keeps the quotient from exploding, and
 * bounds it by 10.  Deviations are from both medians so that a shift does not
 * count as noise and noise in either group does.
 */
typedef struct Shift
{
	Amount		twice_before;	/* the medians */
	Amount		twice_after;
	Amount		rise;			/* twice the difference */
	Amount		scale;			/* 20000 times the scale */
} Shift;

/* so that rise by scale has to be multiplied with this */
#define SHIFT_FACTOR	10000

static Amount
shift_scale(const Amount *twice_before, const Amount *twice_after, const Amount *deviation_4)
{
	Amount		noise = times(deviation_4, 7413);
	Amount		level = times(amount_cmp(twice_before, twice_after) < 0 ?
							  twice_after : twice_before, 1000);

	return amount_add(&noise, &level);
}

static void
shift_measure(const Amount *before, int64 nbefore, const Amount *after, int64 nafter,
			  Shift *shift)
{
	int64		n = nbefore + nafter;
	Amount	   *amounts = palloc(n * sizeof(Amount));
	Amount		twice;

	memcpy(amounts, before, nbefore * sizeof(Amount));
	memcpy(amounts + nbefore, after, nafter * sizeof(Amount));
	shift->twice_before = twice_median(amounts, nbefore);
	shift->twice_after = twice_median(amounts + nbefore, nafter);
	shift->rise = amount_sub(&shift->twice_after, &shift->twice_before);
	for (int64 i = 0; i < n; i++)
	{
		const Amount *median = i < nbefore ? &shift->twice_before : &shift->twice_after;

		twice = times(&amounts[i], 2);
		amounts[i] = distance(&twice, median);
	}
	/* of doubled deviations, so four times their median */
	twice = twice_median(amounts, n);
	shift->scale = shift_scale(&shift->twice_before, &shift->twice_after, &twice);
	pfree(amounts);
}

/* usage_level(usage_summary, weeks integer, as_of date) */
PG_FUNCTION_INFO_V1(usage_level);
Datum
usage_level(PG_FUNCTION_ARGS)
{
	UsageSummary summary;
	int64		weeks = length_from_arg(fcinfo, 1, "weeks", 1);
	DateADT		as_of = as_of_from_arg(fcinfo, 2);
	Amount		twice;

	usage_read(PG_GETARG_DATUM(0), &summary);
	if (history_length(&summary, as_of) / 7 < weeks)
		PG_RETURN_NULL();
	twice = twice_median(weekly_totals(&summary, as_of, weeks), weeks);
	PG_RETURN_NUMERIC(half(&twice));
}

/* usage_drop(usage_summary, recent integer, base integer, as_of date) */
PG_FUNCTION_INFO_V1(usage_drop);
Datum
usage_drop(PG_FUNCTION_ARGS)
{
	UsageSummary summary;
	int64		recent = length_from_arg(fcinfo, 1, "recent weeks", 1);
	int64		base = length_from_arg(fcinfo, 2, "base weeks", 2);
	DateADT		as_of = as_of_from_arg(fcinfo, 3);
	Amount	   *weeks;
	Amount		drop;
	Shift		shift;

	usage_read(PG_GETARG_DATUM(0), &summary);
	if (history_length(&summary, as_of) / 7 < recent + base)
		PG_RETURN_NULL();
	weeks = weekly_totals(&summary, as_of, recent + base);
	shift_measure(weeks, base, weeks + base, recent, &shift);
	if (amount_sign(&shift.twice_before) == 0)
		PG_RETURN_NULL();
	drop = times(&shift.rise, -SHIFT_FACTOR);
	PG_RETURN_NUMERIC(amount_ratio(&drop, &shift.scale));
}

/*
 * usage_slope(usage_summary, days integer, as_of date)
 *
 * With x from 0 on and n days, the slope is the sum of (x - mean x) y by that of
 * (x - mean x)^2, which is n (n^2 - 1) / 12.  With the sum s of (2x - n + 1) y,
 * and divided by the mean of y, it is 6 s / ((n^2 - 1) * sum of y).
 */
PG_FUNCTION_INFO_V1(usage_slope);
Datum
usage_slope(PG_FUNCTION_ARGS)
{
	UsageSummary summary;
	int64		n = length_from_arg(fcinfo, 1, "days", 2);
	DateADT		as_of = as_of_from_arg(fcinfo, 2);
	Amount		moment = AMOUNT_ZERO;
	Amount		sum = AMOUNT_ZERO;

	usage_read(PG_GETARG_DATUM(0), &summary);
	if (history_length(&summary, as_of) < n)
		PG_RETURN_NULL();
	for (int i = summary.ndays - 1; i >= 0; i--)
	{
		const UsageDay *day = &summary.days[i];
		int64		x = n - 1 - ((int64) as_of - day->day);
		Amount		part;

		if (day->day > as_of)
			continue;
		if (x < 0)
			break;
		part = times(&day->usage, 2 * x - n + 1);
		moment = amount_add(&moment, &part);
		sum = amount_add(&sum, &day->usage);
	}
	if (amount_sign(&sum) == 0)
		PG_RETURN_NULL();
	/* n is at most the days of the calendar, so this is no overflow */
	moment = times(&moment, 6);
	sum = times(&sum, n * n - 1);
	PG_RETURN_NUMERIC(amount_ratio(&moment, &sum));
}

/* usage_recency(usage_summary, as_of date) */
PG_FUNCTION_INFO_V1(usage_recency);
Datum
usage_recency(PG_FUNCTION_ARGS)
{
	UsageSummary summary;
	DateADT		as_of = as_of_from_arg(fcinfo, 1);

	usage_read(PG_GETARG_DATUM(0), &summary);
	for (int i = summary.ndays - 1; i >= 0; i--)
	{
		if (summary.days[i].day <= as_of)
			PG_RETURN_INT32(as_of - summary.days[i].day);
	}
	PG_RETURN_NULL();
}

/* ----------
 * The strongest shift
 * ----------
 */

/*
 * A shift after week k is looked for in up to 26 weeks before and after it: in
 * half a year, so that slow growth does not add up to one, and so that histories
 * of different lengths are comparable.  Four weeks are the least on each side;
 * less would find the holidays.  By chance the difference of two medians varies
 * with sqrt(1/a + 1/b) for a and b weeks, so it is divided by that as well.
 */
#define WINDOW_WEEKS	26
#define LEAST_WEEKS		4

/* Usage up to this size leaves room for what is computed with it. */
#define WINDOW_LIMIT	(((int128) 1) << 100)

/* One place for a shift. */
typedef struct Place
{
	int64		k;				/* weeks before it, of all; 0: none */
	int64		before;			/* weeks looked at */
	int64		after;
	double		square;			/* of the strength, nearly */
	Amount		rise;			/* as in Shift */
	Amount		scale;
} Place;

/* The weeks of one side, ascending. */
typedef struct Window
{
	int			n;
	int128		week[WINDOW_WEEKS];
} Window;

static void
window_add(Window *window, int128 week)
{
	int			i = window->n++;

	for (; i > 0 && window->week[i - 1] > week; i--)
		window->week[i] = window->week[i - 1];
	window->week[i] = week;
}

static void
window_remove(Window *window, int128 week)
{
	int			i = 0;

	while (window->week[i] != week)
		i++;
	for (window->n--; i < window->n; i++)
		window->week[i] = window->week[i + 1];
}

static int128
window_twice_median(const Window *window)
{
	return window->week[(window->n - 1) / 2] + window->week[window->n / 2];
}

/*
 * Four times the median of all weeks' deviations from the medians of their
 * windows.  From the median outwards, deviations ascend: four runs to merge.
 */
static int128
window_deviation_4(const Window *windows[2], const int128 twice[2])
{
	struct
	{
		const int128 *at;
		int			left;
		int			step;
		int128		twice;
	}			run[4];
	int			nruns = 0;
	int			n = windows[0]->n + windows[1]->n;
	int128		head[4];
	int128		previous = 0;
	int128		current = 0;

	for (int i = 0; i < 2; i++)
	{
		const Window *window = windows[i];
		int			middle = (window->n + 1) / 2;

		run[nruns].at = &window->week[middle - 1];
		run[nruns].left = middle;
		run[nruns].step = -1;
		run[nruns++].twice = twice[i];
		run[nruns].at = &window->week[middle];
		run[nruns].left = window->n - middle;
		run[nruns].step = 1;
		run[nruns++].twice = twice[i];
	}
#define RUN_HEAD(r) \
	((r).left == 0 ? 4 * WINDOW_LIMIT : \
	 (r).step > 0 ? 2 * *(r).at - (r).twice : (r).twice - 2 * *(r).at)
	for (int i = 0; i < 4; i++)
		head[i] = RUN_HEAD(run[i]);
	for (int i = 0; i <= n / 2; i++)
	{
		int			least = 0;

		for (int j = 1; j < 4; j++)
		{
			if (head[j] < head[least])
				least = j;
		}
		previous = current;
		current = head[least];
		run[least].at += run[least].step;
		run[least].left--;
		head[least] = RUN_HEAD(run[least]);
	}
#undef RUN_HEAD
	return n % 2 == 0 ? previous + current : 2 * current;
}

/* How many weeks' doubled deviations from the median are within a limit. */
static int
window_count(const Window *window, int128 twice, int128 limit)
{
	int			result = 0;

	for (int i = 0; i < window->n; i++)
		result += (2 * window->week[i] >= twice - limit) & (2 * window->week[i] <= twice + limit);
	return result;
}

/* factor of the square of rise by scale, as a quotient */
static int64
place_numerator(const Place *place)
{
	return place->before * place->after;
}

static int64
place_denominator(const Place *place)
{
	return place->before + place->after;
}

/*
 * Compare strengths, exactly: rise^2 / scale^2 * before * after / (before + after).
 */
static int
place_cmp(const Place *a, const Place *b)
{
	Amount		x;
	Amount		y;

	/* squares are known to some 15 digits */
	if (a->square > b->square * (1 + 1e-12))
		return 1;
	if (a->square < b->square * (1 - 1e-12))
		return -1;

	/* what can be too large or too fine for this are only ties of absurd amounts */
	x = amount_mul(&a->rise, &b->scale);
	x = amount_mul(&x, &x);
	x = times(&x, place_numerator(a) * place_denominator(b));
	y = amount_mul(&b->rise, &a->scale);
	y = amount_mul(&y, &y);
	y = times(&y, place_numerator(b) * place_denominator(a));
	return amount_cmp(&x, &y);
}

/* Keep the stronger of two places, and of equal ones the later. */
static void
place_offer(Place *best, const Place *place)
{
	if (amount_sign(&place->rise) != 0 && (best->k == 0 || place_cmp(place, best) >= 0))
		*best = *place;
}

/* Look at each place for a shift in n weeks, with integers. */
static void
find_shift_scaled(const int128 *weeks, int64 n, int scale, Place *best)
{
	Window		before = {0};
	Window		after = {0};
	const Window *windows[2] = {&before, &after};

	for (int64 i = 0; i < Min(n, WINDOW_WEEKS); i++)
		window_add(&after, weeks[i]);
	for (int64 k = 1; k <= n - LEAST_WEEKS; k++)
	{
		int128		twice[2];
		int128		rise;
		int128		level;
		int128		noise;
		double		factor;
		double		quotient;
		Place		place;

		CHECK_FOR_INTERRUPTS();
		if (k > WINDOW_WEEKS)
			window_remove(&before, weeks[k - 1 - WINDOW_WEEKS]);
		window_add(&before, weeks[k - 1]);
		window_remove(&after, weeks[k - 1]);
		if (k - 1 + WINDOW_WEEKS < n)
			window_add(&after, weeks[k - 1 + WINDOW_WEEKS]);
		if (k < LEAST_WEEKS)
			continue;

		twice[0] = window_twice_median(&before);
		twice[1] = window_twice_median(&after);
		rise = twice[1] - twice[0];
		if (rise == 0)
			continue;
		level = 1000 * Max(twice[0], twice[1]);
		factor = (double) (before.n * after.n) / (before.n + after.n);

		/*
		 * How much noise may there be for this to be the strongest so far?
		 * Not less than none; and half of the weeks must be within that.
		 */
		if (best->k > 0)
		{
			double		most = fabs((double) rise) * sqrt(factor / best->square) - (double) level;
			int128		limit;

			if (most < -1e-9 * (double) level)
				continue;
			limit = (int128) (Max(most, 0) / (2 * 7413) * (1 + 1e-9)) +
				(int128) ((double) level * 1e-9) + 1;
			if (window_count(&before, twice[0], limit) +
				window_count(&after, twice[1], limit) <= (before.n + after.n - 1) / 2)
				continue;
		}
		noise = 7413 * window_deviation_4(windows, twice);
		quotient = (double) rise / (double) (level + noise);
		place.k = k;
		place.before = before.n;
		place.after = after.n;
		place.square = quotient * quotient * factor;
		place.rise = amount_from_scaled(rise, scale);
		place.scale = amount_from_scaled(level + noise, scale);
		place_offer(best, &place);
	}
}

/* The same with any amounts. */
static void
find_shift(const Amount *weeks, int64 n, Place *best)
{
	Amount		one = amount_from_int64(1);

	for (int64 k = LEAST_WEEKS; k <= n - LEAST_WEEKS; k++)
	{
		Shift		shift;
		Place		place;
		double		quotient = 0;

		CHECK_FOR_INTERRUPTS();
		place.k = k;
		place.before = Min(k, WINDOW_WEEKS);
		place.after = Min(n - k, WINDOW_WEEKS);
		shift_measure(weeks + k - place.before, place.before, weeks + k, place.after, &shift);
		place.rise = shift.rise;
		place.scale = shift.scale;
		if (amount_sign(&shift.rise) != 0)
			quotient = amount_quotient(&shift.rise, &shift.scale, &one);
		place.square = quotient * quotient * place_numerator(&place) / place_denominator(&place);
		place_offer(best, &place);
	}
}

/*
 * When a shift happened: where the weeks of both windows are divided so that
 * they are, in sum, the least away from the two medians.  Strength is not good
 * at telling, as medians do not mind some weeks on the wrong side.
 */
static int64
shift_week(const Amount *weeks, const Place *place, const Shift *shift)
{
	int64		first = place->k - place->before;
	int64		end = place->k + place->after;
	int64		result = 0;
	Amount		excess = AMOUNT_ZERO;
	Amount		least = AMOUNT_ZERO;

	for (int64 j = first + 1; j <= end - LEAST_WEEKS; j++)
	{
		/* what it adds that week j is on the side before */
		Amount		twice = times(&weeks[j - 1], 2);
		Amount		before = distance(&twice, &shift->twice_before);
		Amount		after = distance(&twice, &shift->twice_after);

		before = amount_sub(&before, &after);
		excess = amount_add(&excess, &before);
		if (j >= first + LEAST_WEEKS && (result == 0 || amount_cmp(&excess, &least) <= 0))
		{
			result = j;
			least = excess;
		}
	}
	return result;
}

/*
 * usage_changepoint(usage_summary, as_of date) -> (changed_on, before, after, strength)
 */
PG_FUNCTION_INFO_V1(usage_changepoint);
Datum
usage_changepoint(PG_FUNCTION_ARGS)
{
	UsageSummary summary;
	DateADT		as_of = as_of_from_arg(fcinfo, 1);
	int64		n;
	TupleDesc	desc;
	Datum		values[4] = {0};
	bool		nulls[4] = {true, true, true, true};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	usage_read(PG_GETARG_DATUM(0), &summary);
	n = history_length(&summary, as_of) / 7;
	if (n >= 2 * LEAST_WEEKS)
	{
		Amount	   *weeks = weekly_totals(&summary, as_of, n);
		int128	   *scaled = palloc(n * sizeof(int128));
		int			scale = 0;
		bool		fits = true;
		Place		best = {0};

		for (int64 i = 0; i < n; i++)
			scale = Max(scale, weeks[i].scale);
		for (int64 i = 0; i < n && fits; i++)
			fits = amount_to_scaled(&weeks[i], scale, &scaled[i]) && scaled[i] < WINDOW_LIMIT;
		if (fits)
			find_shift_scaled(scaled, n, scale, &best);
		else
			find_shift(weeks, n, &best);

		/* nothing ever changed: no date, and no strength */
		values[3] = Float8GetDatum(0);
		nulls[3] = false;
		if (best.k > 0)
		{
			Amount		one = amount_from_int64(1);
			Shift		shift;
			Amount		rise;
			double		strength;
			int64		week;

			shift_measure(weeks + best.k - best.before, best.before,
						  weeks + best.k, best.after, &shift);
			rise = times(&shift.rise, SHIFT_FACTOR);
			strength = amount_quotient(&rise, &shift.scale, &one);

			/* not too small for 20 decimals: to the last bit */
			if (fabs(strength) > 1e-3)
				strength = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
															  NumericGetDatum(amount_ratio(&rise, &shift.scale))));
			strength *= sqrt((double) place_numerator(&best) / place_denominator(&best));
			week = shift_week(weeks, &best, &shift);
			values[0] = DateADTGetDatum((DateADT) (as_of - 7 * (n - week) + 1));
			values[1] = NumericGetDatum(half(&shift.twice_before));
			values[2] = NumericGetDatum(half(&shift.twice_after));
			values[3] = Float8GetDatum(fabs(strength));
			nulls[0] = nulls[1] = nulls[2] = false;
		}
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* ----------
 * Tables
 * ----------
 */

static void
put_row(ReturnSetInfo *rsinfo, DateADT day, Amount usage)
{
	Numeric		number = amount_to_numeric(&usage);
	Datum		values[2] = {DateADTGetDatum(day), NumericGetDatum(number)};
	bool		nulls[2] = {false, false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	pfree(number);
}

/* usage_by_day(usage_summary): from the first to the last day, none left out */
PG_FUNCTION_INFO_V1(usage_by_day);
Datum
usage_by_day(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	UsageSummary summary;
	int			i = 0;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	usage_read(PG_GETARG_DATUM(0), &summary);
	if (!summary.known)
		return (Datum) 0;
	check_length((int64) summary.last - summary.first + 1);
	for (DateADT day = summary.first; day <= summary.last; day++)
	{
		bool		used = i < summary.ndays && summary.days[i].day == day;

		CHECK_FOR_INTERRUPTS();
		put_row(rsinfo, day, used ? summary.days[i].usage : AMOUNT_ZERO);
		i += used ? 1 : 0;
	}
	return (Datum) 0;
}

/* usage_by_week(usage_summary, as_of date): whole weeks, by their first day */
PG_FUNCTION_INFO_V1(usage_by_week);
Datum
usage_by_week(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	UsageSummary summary;
	DateADT		as_of;
	int64		n;
	Amount	   *weeks;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	as_of = as_of_from_arg(fcinfo, 1);
	usage_read(PG_GETARG_DATUM(0), &summary);
	n = history_length(&summary, as_of) / 7;
	weeks = weekly_totals(&summary, as_of, n);
	for (int64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_row(rsinfo, (DateADT) (as_of - 7 * (n - i) + 1), weeks[i]);
	}
	return (Datum) 0;
}

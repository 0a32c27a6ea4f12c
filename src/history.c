/*-------------------------------------------------------------------------
 *
 * history.c
 *	  Type mrr_history: one customer's signed MRR as a step function over days.
 *
 * It is built from monthly snapshots or from intervals.  Rows of one customer
 * add up, so that a discount line nets against its own customer; only reading
 * clamps at zero.
 *
 * The transition state is the type in a working form: rows as they came, with
 * 128-bit amounts, in a flat varlena that doubles when it is full.  Amounts that
 * do not fit lie at its end.  Histories that are added whole, and a long list
 * of rows, go to a remainder, a packed history; the value is the sum of both.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "calendar.h"
#include "history.h"
#include "miscadmin.h"
#include "retention.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* A row: that amount from a day until before another. */
typedef struct HistoryRow
{
	int128		amount;
	DateADT		from;			/* of a monthly row: the day it has */
	DateADT		until;			/* NOEND: still running; monthly: unused */
	int32		large;			/* where the amount is, from the end; 0: here */
	int32		unused;			/* 0: there are no bytes that nobody sets */
} HistoryRow;

/* The working form.  The remainder comes next, then the rows; large amounts end it. */
typedef struct HistoryState
{
	CodecHeader header;
	uint8		scale;			/* of the rows' amounts */
	bool		monthly;		/* what rows are */
	Currency	currency;
	int32		remainder_size; /* MAXALIGNed; 0 if there is none */
	int32		nrows;
	int32		large_size;		/* of all large amounts, each MAXALIGNed */
	int64		skipped;
} HistoryState;

#define STATE_KIND		(CODEC_KIND_MRR_HISTORY | CODEC_WORKING)
#define FIRST_ROWS		4		/* room of a new state */
#define MAX_ROWS		16384	/* then they are summed up */
#define MAX_LARGE_SIZE	(1024 * 1024)	/* likewise */

static void history_walk(Codec *codec, void *value);
static const char *history_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType mrr_history_type = {
	"mrr_history", CODEC_KIND_MRR_HISTORY, sizeof(MrrHistory),
	history_walk, history_check, state_read
};

CODEC_TYPE_FUNCTIONS(mrr_history, mrr_history_type);

/* ----------
 * The type
 * ----------
 */

static void
history_walk(Codec *codec, void *value)
{
	MrrHistory *history = value;

	currency_walk(codec, &history->currency);
	codec_int(codec, "skipped_rows", &history->skipped);

	history->nsteps = codec_list_of(codec, "steps", history->nsteps, 2);
	if (CODEC_READING(codec))
		history->steps = palloc0(history->nsteps * sizeof(HistoryStep));
	for (int i = 0; i < history->nsteps && codec->error == NULL; i++)
	{
		codec_item(codec);
		codec_date(codec, "from", &history->steps[i].from);
		codec_amount(codec, "mrr", &history->steps[i].mrr);
		codec_item_end(codec);
	}
	codec_list_end(codec);

	/* not of the value, but of how it is being built */
	if (codec->mode == CODEC_DESCRIBE)
		return;
	history->nmonths = codec_list_of(codec, "snapshot_days", history->nmonths, 2);
	if (CODEC_READING(codec))
		history->months = palloc0(history->nmonths * sizeof(HistoryMonth));
	for (int i = 0; i < history->nmonths && codec->error == NULL; i++)
	{
		int64		month = history->months[i].month;
		int64		day = history->months[i].day;

		codec_item(codec);
		codec_int(codec, "month", &month);
		codec_int(codec, "day", &day);
		codec_item_end(codec);
		if (CODEC_READING(codec))
		{
			if (day < 1 || day > 31 || month < PG_INT32_MIN || month > PG_INT32_MAX)
				codec_fail(codec, "A snapshot day is out of range.");
			history->months[i].month = month;
			history->months[i].day = day;
		}
	}
	codec_list_end(codec);
}

static const char *
history_check(const void *value)
{
	const MrrHistory *history = value;

	if (history->skipped < 0)
		return "A count is negative.";
	for (int i = 0; i < history->nsteps; i++)
	{
		const HistoryStep *step = &history->steps[i];

		if (i == 0 ? amount_sign(&step->mrr) == 0 :
			amount_cmp(&step->mrr, &step[-1].mrr) == 0)
			return "A step does not change the MRR.";
		if (i > 0 && step->from <= step[-1].from)
			return "Steps are not in ascending order.";
	}
	for (int i = 1; i < history->nmonths; i++)
	{
		if (history->months[i].month <= history->months[i - 1].month)
			return "Snapshot months are not in ascending order.";
	}
	return NULL;
}

/* An argument in whichever form. */
void
history_read(Datum datum, MrrHistory *history)
{
	codec_read(&mrr_history_type, datum, history);
}

/* ----------
 * Sums of step functions
 * ----------
 */

/* A change of the MRR on a day. */
typedef struct HistoryChange
{
	DateADT		day;
	Amount		by;
} HistoryChange;

static int
compare_changes(const void *a, const void *b)
{
	DateADT		x = ((const HistoryChange *) a)->day;
	DateADT		y = ((const HistoryChange *) b)->day;

	return x < y ? -1 : x > y ? 1 : 0;
}

static int
compare_months(const void *a, const void *b)
{
	const HistoryMonth *x = a;
	const HistoryMonth *y = b;

	if (x->month != y->month)
		return x->month < y->month ? -1 : 1;
	return x->day < y->day ? -1 : x->day > y->day ? 1 : 0;
}

/* Make steps of changes in any order. */
static void
steps_from_changes(MrrHistory *history, HistoryChange *changes, int count)
{
	Amount		mrr = AMOUNT_ZERO;
	int			nsteps = 0;

	qsort(changes, count, sizeof(HistoryChange), compare_changes);
	history->steps = palloc(Max(count, 1) * sizeof(HistoryStep));
	for (int i = 0; i < count;)
	{
		DateADT		day = changes[i].day;
		Amount		before = mrr;

		for (; i < count && changes[i].day == day; i++)
			mrr = amount_add(&mrr, &changes[i].by);
		if (amount_cmp(&mrr, &before) != 0)
		{
			history->steps[nsteps].from = day;
			history->steps[nsteps].mrr = mrr;
			nsteps++;
		}
	}
	history->nsteps = nsteps;
}

/*
 * Bring months in order, each once.  Two days in one month are taken for daily
 * snapshots: added up they would give some thirty times the MRR.
 */
static void
merge_months(MrrHistory *history)
{
	int			used = 0;

	if (history->nmonths == 0)
		return;
	qsort(history->months, history->nmonths, sizeof(HistoryMonth), compare_months);
	for (int i = 1; i < history->nmonths; i++)
	{
		HistoryMonth *last = &history->months[used];
		HistoryMonth *next = &history->months[i];

		if (next->month != last->month)
			history->months[++used] = *next;
		else if (next->day != last->day)
		{
			char		month[MONTH_NAME_SIZE];

			month_name(last->month, month);
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the input of mrr_history looks like daily snapshots"),
					 errdetail("One customer has rows of days %d and %d of month %s; a row stands for a whole month.",
							   last->day, next->day, month),
					 errhint("Keep one snapshot a month, for example the last: WHERE day = (date_trunc('month', day) + interval '1 month - 1 day')::date; or use mrr_history(valid_from, valid_to, mrr). Group by customer; and where the days of a month only differ by customer or invoice, give date_trunc('month', day)::date.")));
		}
	}
	history->nmonths = used + 1;
}

/* Add another history. */
static void
history_add(MrrHistory *into, const MrrHistory *other)
{
	int			count = into->nsteps + other->nsteps;
	HistoryChange *changes = palloc(Max(count, 1) * sizeof(HistoryChange));
	const MrrHistory *both[2] = {into, other};
	int			n = 0;

	currency_merge(&into->currency, &other->currency);
	into->skipped = count_add(into->skipped, other->skipped);
	for (int k = 0; k < 2; k++)
	{
		Amount		before = AMOUNT_ZERO;

		for (int i = 0; i < both[k]->nsteps; i++, n++)
		{
			changes[n].day = both[k]->steps[i].from;
			changes[n].by = amount_sub(&both[k]->steps[i].mrr, &before);
			before = both[k]->steps[i].mrr;
		}
	}
	steps_from_changes(into, changes, count);
	pfree(changes);

	if (other->nmonths > 0)
	{
		HistoryMonth *months = palloc((into->nmonths + other->nmonths) * sizeof(HistoryMonth));

		if (into->nmonths > 0)
			memcpy(months, into->months, into->nmonths * sizeof(HistoryMonth));
		memcpy(months + into->nmonths, other->months, other->nmonths * sizeof(HistoryMonth));
		into->months = months;
		into->nmonths += other->nmonths;
		merge_months(into);
	}
}

/* ----------
 * Transition states
 * ----------
 */

static CodecHeader *
state_remainder(HistoryState *state)
{
	return state->remainder_size > 0 ?
		(CodecHeader *) ((char *) state + MAXALIGN(sizeof(HistoryState))) : NULL;
}

static HistoryRow *
state_rows(HistoryState *state)
{
	return (HistoryRow *) ((char *) state + MAXALIGN(sizeof(HistoryState)) +
						   state->remainder_size);
}

/* How many more bytes there are for rows and large amounts. */
static Size
state_room(HistoryState *state)
{
	return (char *) state + VARSIZE(state) - state->large_size -
		(char *) (state_rows(state) + state->nrows);
}

static Amount
row_amount(HistoryState *state, const HistoryRow *row)
{
	if (row->large == 0)
		return amount_from_scaled(row->amount, state->scale);
	return amount_from_numeric((Numeric) ((char *) state + VARSIZE(state) - row->large));
}

/* A state with that remainder, if any, and room for rows and large amounts. */
static HistoryState *
state_create(const CodecHeader *remainder, Size room)
{
	Size		remainder_size = remainder ? MAXALIGN(VARSIZE(remainder)) : 0;
	Size		size = MAXALIGN(sizeof(HistoryState)) + remainder_size + MAXALIGN(room);
	/* zeros: somebody's own aggregate could store it, and what memory held before */
	HistoryState *state = palloc0(size);

	SET_VARSIZE(state, size);
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->remainder_size = remainder_size;
	if (remainder)
		memcpy(state_remainder(state), remainder, VARSIZE(remainder));
	return state;
}

/* A copy of a state with room for that much more, and for as much again. */
static HistoryState *
state_enlarge(HistoryState *state, Size more)
{
	Size		used = state->nrows * sizeof(HistoryRow) + state->large_size;
	HistoryState *larger = state_create(state_remainder(state), Max(2 * used, used + more));

	larger->scale = state->scale;
	larger->monthly = state->monthly;
	larger->currency = state->currency;
	larger->skipped = state->skipped;
	larger->nrows = state->nrows;
	larger->large_size = state->large_size;
	memcpy(state_rows(larger), state_rows(state), state->nrows * sizeof(HistoryRow));
	memcpy((char *) larger + VARSIZE(larger) - state->large_size,
		   (char *) state + VARSIZE(state) - state->large_size, state->large_size);
	return larger;
}

/* Stretch a monthly row from its day to its month. */
static void
whole_month(DateADT *from, DateADT *until, HistoryMonth *month)
{
	month->month = month_number(*from);
	month->day = day_of_month(*from);
	*from = month_start(month->month);
	*until = month_start(month->month + 1);
	if (*until >= DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range"),
				 errdetail("The last month of the calendar has no day after it.")));
}

/* What the rows of a state add up to. */
static void
rows_to_history(HistoryState *state, MrrHistory *history)
{
	HistoryRow *rows = state_rows(state);
	HistoryChange *changes = palloc(Max(2 * state->nrows, 1) * sizeof(HistoryChange));
	Amount		zero = AMOUNT_ZERO;
	int			n = 0;

	memset(history, 0, sizeof(*history));
	if (state->monthly)
		history->months = palloc(state->nrows * sizeof(HistoryMonth));
	for (int i = 0; i < state->nrows; i++)
	{
		DateADT		from = rows[i].from;
		DateADT		until = rows[i].until;

		if (state->monthly)
		{
			whole_month(&from, &until, &history->months[history->nmonths++]);
		}
		changes[n].day = from;
		changes[n].by = row_amount(state, &rows[i]);
		n++;
		if (!DATE_IS_NOEND(until))
		{
			changes[n].day = until;
			changes[n].by = amount_sub(&zero, &changes[n - 1].by);
			n++;
		}
	}
	/* before the sum: daily snapshots may be too many for it to make sense */
	merge_months(history);
	steps_from_changes(history, changes, n);
	pfree(changes);
}

/* The whole content of a state. */
static void
state_read(const CodecHeader *working, void *value)
{
	HistoryState *state = (HistoryState *) working;
	MrrHistory *history = value;
	rows_to_history(state, history);
	if (state->remainder_size > 0)
	{
		MrrHistory	remainder;

		codec_unpack(&mrr_history_type, state_remainder(state), &remainder);
		history_add(history, &remainder);
	}
	currency_merge(&history->currency, &state->currency);
	history->skipped = count_add(history->skipped, state->skipped);
}

/*
 * A state of one history, which becomes the remainder.  Currency and skipped
 * rows go with it.
 */
static HistoryState *
state_from_history(const MrrHistory *history)
{
	CodecHeader *packed = codec_pack(&mrr_history_type, history);
	HistoryState *state = state_create(packed, FIRST_ROWS * sizeof(HistoryRow));

	state->currency = history->currency;
	pfree(packed);
	return state;
}

/* Sum up the rows, to make room for others. */
static HistoryState *
state_sum_up(HistoryState *state)
{
	MrrHistory	history;

	state_read(&state->header, &history);
	return state_from_history(&history);
}

/*
 * The state in argument 0, ready to be changed; a direct call gets a copy.
 */
static HistoryState *
state_from_arg(FunctionCallInfo fcinfo)
{
	CodecHeader *value;
	MrrHistory	history;

	if (PG_ARGISNULL(0))
		return state_create(NULL, FIRST_ROWS * sizeof(HistoryRow));
	value = codec_get(&mrr_history_type, PG_GETARG_DATUM(0));
	if (likely(value->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return (HistoryState *) value;
	history_read(PointerGetDatum(value), &history);
	return state_from_history(&history);
}

static Datum
state_to_result(FunctionCallInfo fcinfo, HistoryState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_checked(&mrr_history_type, codec_pack_state(&mrr_history_type, &state->header)));
}

/* Make the scale of the rows finer, if all amounts allow it. */
static bool
state_rescale(HistoryState *state, int scale)
{
	HistoryRow *rows = state_rows(state);

	for (int i = 0; i < state->nrows; i++)
	{
		int128		amount = rows[i].large == 0 ? rows[i].amount : 0;

		if (!amount_rescale(&amount, state->scale, scale))
			return false;
	}
	for (int i = 0; i < state->nrows; i++)
	{
		if (rows[i].large == 0)
			amount_rescale(&rows[i].amount, state->scale, scale);
	}
	state->scale = scale;
	return true;
}

/* Add the amount from a day until before another. */
static HistoryState *
state_add_row(HistoryState *state, bool monthly, DateADT from, DateADT until,
			  Numeric mrr)
{
	HistoryRow	row = {0, from, until, 0, 0};
	AmountFit	fit;

	/* rows of the other form can only come through a direct call */
	if (unlikely(state->nrows >= MAX_ROWS || state->large_size >= MAX_LARGE_SIZE ||
				 (state->nrows > 0 && state->monthly != monthly)))
		state = state_sum_up(state);
	state->monthly = monthly;

	fit = amount_decode(mrr, state->scale, &row.amount);
	if (fit == AMOUNT_SPECIAL)
		amount_report_special(mrr);
	if (fit == AMOUNT_FINER)
	{
		int			scale = amount_fraction_digits(mrr);

		if (scale <= AMOUNT_MAX_SCALE && state_rescale(state, scale))
			fit = amount_decode(mrr, scale, &row.amount);
	}
	if (unlikely(fit != AMOUNT_FITS))
	{
		Size		size = MAXALIGN(VARSIZE_ANY(mrr));

		if (state_room(state) < sizeof(HistoryRow) + size)
			state = state_enlarge(state, sizeof(HistoryRow) + size);
		state->large_size += size;
		memcpy((char *) state + VARSIZE(state) - state->large_size, mrr, VARSIZE_ANY(mrr));
		row.amount = 0;
		row.large = state->large_size;
	}
	else if (state_room(state) < sizeof(HistoryRow))
		state = state_enlarge(state, sizeof(HistoryRow));
	state_rows(state)[state->nrows++] = row;
	return state;
}

typedef enum HistoryDate
{
	HISTORY_DATE,
	HISTORY_TIMESTAMP,
	HISTORY_TIMESTAMPTZ
} HistoryDate;

typedef struct HistoryForm
{
	HistoryDate kind;			/* type of the date arguments */
	bool		interval;		/* valid_from, valid_to, or a month */
	bool		has_currency;	/* as the last argument */
} HistoryForm;

static DateADT
date_from_arg(FunctionCallInfo fcinfo, int argno, HistoryDate kind)
{
	if (kind == HISTORY_DATE)
		return PG_GETARG_DATEADT(argno);
	return date_from_timestamp(PG_GETARG_TIMESTAMP(argno));
}

/* The one transition function behind all. */
static Datum
history_transition(FunctionCallInfo fcinfo, HistoryForm form)
{
	int			mrr_arg = form.interval ? 3 : 2;
	HistoryState *state;
	DateADT		from;
	DateADT		until = DATEVAL_NOEND;

	if (form.kind == HISTORY_TIMESTAMPTZ)
		report_timestamptz("mrr_history");
	state = state_from_arg(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(mrr_arg))
	{
		state->skipped = count_add(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	if (form.has_currency)
	{
		Currency	currency = currency_from_arg(fcinfo, mrr_arg + 1);

		currency_merge(&state->currency, &currency);
	}

	from = date_from_arg(fcinfo, 1, form.kind);
	if (DATE_NOT_FINITE(from))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("MRR cannot begin at an infinite date"),
				 errhint("Use the first day on record instead.")));
	if (form.interval)
	{
		/* infinity says the same as NULL: still running */
		if (!PG_ARGISNULL(2))
			until = date_from_arg(fcinfo, 2, form.kind);
		if (until < from)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("valid_to is before valid_from"),
					 errdetail("An interval begins with day valid_from and ends before day valid_to.")));
	}
	state = state_add_row(state, !form.interval, from, until,
						  (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(mrr_arg)));
	return state_to_result(fcinfo, state);
}

#define HISTORY_TRANSITION(name, ...) \
	CODEC_FUNCTION(history, name, \
				   history_transition(fcinfo, ((HistoryForm) {__VA_ARGS__})))

HISTORY_TRANSITION(month_date, HISTORY_DATE, false, false);
HISTORY_TRANSITION(month_date_currency, HISTORY_DATE, false, true);
HISTORY_TRANSITION(month_timestamp, HISTORY_TIMESTAMP, false, false);
HISTORY_TRANSITION(month_timestamp_currency, HISTORY_TIMESTAMP, false, true);
HISTORY_TRANSITION(month_timestamptz, HISTORY_TIMESTAMPTZ, false, false);
HISTORY_TRANSITION(month_timestamptz_currency, HISTORY_TIMESTAMPTZ, false, true);
HISTORY_TRANSITION(interval_date, HISTORY_DATE, true, false);
HISTORY_TRANSITION(interval_date_currency, HISTORY_DATE, true, true);
HISTORY_TRANSITION(interval_timestamp, HISTORY_TIMESTAMP, true, false);
HISTORY_TRANSITION(interval_timestamp_currency, HISTORY_TIMESTAMP, true, true);
HISTORY_TRANSITION(interval_timestamptz, HISTORY_TIMESTAMPTZ, true, false);
HISTORY_TRANSITION(interval_timestamptz_currency, HISTORY_TIMESTAMPTZ, true, true);

/*
 * history_combine(mrr_history, mrr_history)
 *
 * Strict.  Combine function, and transition function of rollup(); called
 * directly it adds two values.
 */
PG_FUNCTION_INFO_V1(history_combine);
Datum
history_combine(PG_FUNCTION_ARGS)
{
	MrrHistory	history;
	MrrHistory	other;

	history_read(PG_GETARG_DATUM(0), &history);
	history_read(PG_GETARG_DATUM(1), &other);
	history_add(&history, &other);

	/* the working form only so that the next transition finds room */
	return state_to_result(fcinfo, state_from_history(&history));
}

/* The value, without what only building it needed. */
PG_FUNCTION_INFO_V1(history_final);
Datum
history_final(PG_FUNCTION_ARGS)
{
	MrrHistory	history;

	history_read(PG_GETARG_DATUM(0), &history);
	history.nmonths = 0;
	PG_RETURN_POINTER(codec_pack(&mrr_history_type, &history));
}

/* ----------
 * Reading
 * ----------
 */

/* mrr_at(mrr_history, date) -> numeric */
PG_FUNCTION_INFO_V1(history_mrr_at);
Datum
history_mrr_at(PG_FUNCTION_ARGS)
{
	MrrHistory	history;
	DateADT		day = PG_GETARG_DATEADT(1);
	Amount		mrr = AMOUNT_ZERO;

	history_read(PG_GETARG_DATUM(0), &history);
	for (int i = 0; i < history.nsteps && history.steps[i].from <= day; i++)
		mrr = history.steps[i].mrr;
	if (amount_sign(&mrr) < 0)
		mrr = AMOUNT_ZERO;
	PG_RETURN_NUMERIC(amount_to_numeric(&mrr));
}

PG_FUNCTION_INFO_V1(history_skipped_rows);
Datum
history_skipped_rows(PG_FUNCTION_ARGS)
{
	MrrHistory	history;

	history_read(PG_GETARG_DATUM(0), &history);
	PG_RETURN_INT64(history.skipped);
}

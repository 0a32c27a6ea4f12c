/*-------------------------------------------------------------------------
 *
 * renewal.c
 *	  Type renewal_summary, its aggregates and accessors.
 *
 * A contract belongs to the period it is due in, whenever it is signed; which
 * period that is the caller says by GROUP BY.  With the date it was due, that
 * of its renewal if it was renewed by as_of, and days of grace:
 *
 *		due + grace >= as_of			open: outside all rates, signed or not
 *		renewed <= due					on time
 *		due < renewed <= due + grace	late
 *		renewed later, or not at all	lost; recovered if signed later
 *
 * Contracts already signed stay outside while others of the same period are
 * still to decide, as else the rate of a period that is not over would be
 * that of those who sign early.  Definitions and sources: doc/renewals.md.
 *
 * The transition state is the type itself in a working form: a flat varlena
 * which is updated in place, with sums as 128-bit integers.  Rows that do not
 * fit those go to a remainder, a packed summary behind the fixed part; the
 * value is the sum of both.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "calendar.h"
#include "count.h"
#include "option.h"
#include "renewal.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The working form.  A remainder follows where the size says so. */
typedef struct RenewalState
{
	CodecHeader header;
	uint8		scale;			/* of amounts */
	bool		has_options;	/* there was a row */
	DateADT		as_of;			/* options of the aggregate */
	int32		grace;
	int64		skipped;
	int64		count[RENEWAL_ITEMS];
	int128		amount[RENEWAL_AMOUNTS];
} RenewalState;

#define STATE_KIND	(CODEC_KIND_RENEWAL_SUMMARY | CODEC_WORKING)

/* An amount this large must be moved out before adding. */
#define STATE_AMOUNT_MAX	(((int128) 1) << 125)

static void renewal_walk(Codec *codec, void *value);
static const char *renewal_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType renewal_summary_type = {
	"renewal_summary", CODEC_KIND_RENEWAL_SUMMARY, sizeof(RenewalSummary),
	renewal_walk, renewal_check, state_read
};

CODEC_TYPE_FUNCTIONS(renewal_summary, renewal_summary_type);

/* ----------
 * The type
 * ----------
 */

static void
renewal_walk(Codec *codec, void *value)
{
	static const char *const names[RENEWAL_ITEMS][2] = {
		{"on_time_count", "on_time_arr"},
		{"late_count", "late_arr"},
		{"lost_count", "lost_arr"},
		{"open_count", "open_arr"},
		{"recovered_count", "recovered_arr"},
		{"signed_count", "signed_arr"}
	};
	RenewalSummary *summary = value;

	codec_int(codec, "skipped_rows", &summary->skipped);
	for (int i = 0; i < RENEWAL_ITEMS; i++)
	{
		codec_int(codec, names[i][0], &summary->count[i]);
		codec_amount(codec, names[i][1], &summary->amount[i]);
	}
	codec_amount(codec, "renewed_arr_due", &summary->amount[RENEWAL_DUE]);
	codec_amount(codec, "renewed_arr_capped", &summary->amount[RENEWAL_CAPPED]);
}

/* Contracts on which is decided: the denominator of rates. */
static int128
due_count(const RenewalSummary *summary)
{
	return (int128) summary->count[RENEWAL_ON_TIME] + summary->count[RENEWAL_LATE] +
		summary->count[RENEWAL_LOST];
}

static Amount
renewed_arr(const RenewalSummary *summary)
{
	return amount_add(&summary->amount[RENEWAL_ON_TIME], &summary->amount[RENEWAL_LATE]);
}

static const char *
renewal_check(const void *value)
{
	const RenewalSummary *summary = value;
	const int64 *count = summary->count;
	const Amount *amount = summary->amount;
	Amount		renewed = renewed_arr(summary);

	if (summary->skipped < 0)
		return "A count is negative.";
	for (int i = 0; i < RENEWAL_ITEMS; i++)
	{
		if (count[i] < 0)
			return "A count is negative.";
	}
	for (int i = 0; i < RENEWAL_AMOUNTS; i++)
	{
		if (amount_sign(&amount[i]) < 0)
			return "An amount is negative.";
		if (i < RENEWAL_ITEMS && count[i] == 0 && amount_sign(&amount[i]) != 0)
			return "There is an amount of no contracts.";
	}
	if (due_count(summary) + count[RENEWAL_OPEN] > PG_INT64_MAX)
		return "There are too many contracts.";
	if (count[RENEWAL_RECOVERED] > count[RENEWAL_LOST] ||
		count[RENEWAL_SIGNED] > count[RENEWAL_OPEN])
		return "A part is larger than its whole.";
	if (amount_cmp(&amount[RENEWAL_CAPPED], &renewed) > 0 ||
		amount_cmp(&amount[RENEWAL_CAPPED], &amount[RENEWAL_DUE]) > 0)
		return "More was renewed without growth than was renewed or due.";
	if (count[RENEWAL_ON_TIME] == 0 && count[RENEWAL_LATE] == 0 &&
		amount_sign(&amount[RENEWAL_DUE]) != 0)
		return "There is an amount of no contracts.";
	return NULL;
}

/* ----------
 * Transition states
 * ----------
 */

#define STATE_SIZE	MAXALIGN(sizeof(RenewalState))

static RenewalState *
state_create(void)
{
	RenewalState *state = palloc0(STATE_SIZE);

	SET_VARSIZE(state, STATE_SIZE);
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	return state;
}

static void
summary_add(RenewalSummary *into, const RenewalSummary *other)
{
	int128		total;

	into->skipped = count_add(into->skipped, other->skipped);
	for (int i = 0; i < RENEWAL_ITEMS; i++)
		into->count[i] = count_add(into->count[i], other->count[i]);
	for (int i = 0; i < RENEWAL_AMOUNTS; i++)
		into->amount[i] = amount_add(&into->amount[i], &other->amount[i]);
	total = due_count(into) + into->count[RENEWAL_OPEN];
	if (total > PG_INT64_MAX)
		count_add(PG_INT64_MAX, 1);
}

/* The packed summary behind the fixed part, or NULL. */
static CodecHeader *
state_remainder(RenewalState *state)
{
	return VARSIZE(state) > STATE_SIZE ? (CodecHeader *) ((char *) state + STATE_SIZE) : NULL;
}

/* The content of the fixed part. */
static void
state_read_fixed(const RenewalState *state, RenewalSummary *summary)
{
	summary->skipped = state->skipped;
	memcpy(summary->count, state->count, sizeof(summary->count));
	for (int i = 0; i < RENEWAL_AMOUNTS; i++)
		summary->amount[i] = amount_from_scaled(state->amount[i], state->scale);
}

/* The whole content of a state. */
static void
state_read(const CodecHeader *working, void *value)
{
	RenewalState *state = (RenewalState *) working;
	RenewalSummary *summary = value;
	CodecHeader *remainder = state_remainder(state);

	state_read_fixed(state, summary);
	if (remainder != NULL)
	{
		RenewalSummary more;

		codec_unpack(&renewal_summary_type, remainder, &more);
		summary_add(summary, &more);
	}
}

/*
 * Add a summary to the remainder.  The result is a new state, as the size
 * changes; the old one belongs to the executor.
 */
static RenewalState *
state_add_to_remainder(RenewalState *state, const RenewalSummary *summary)
{
	CodecHeader *old = state_remainder(state);
	RenewalSummary sum = *summary;
	RenewalState *result;
	CodecHeader *packed;

	if (old != NULL)
	{
		codec_unpack(&renewal_summary_type, old, &sum);
		summary_add(&sum, summary);
	}
	packed = codec_pack(&renewal_summary_type, &sum);
	result = palloc(STATE_SIZE + VARSIZE(packed));
	memcpy(result, state, STATE_SIZE);
	memcpy((char *) result + STATE_SIZE, packed, VARSIZE(packed));
	SET_VARSIZE(result, STATE_SIZE + VARSIZE(packed));
	pfree(packed);
	return result;
}

/* Move the fixed part to the remainder. */
static RenewalState *
state_flush(RenewalState *state)
{
	RenewalSummary summary;

	state_read_fixed(state, &summary);
	state = state_add_to_remainder(state, &summary);
	state->skipped = 0;
	memset(state->count, 0, sizeof(state->count));
	memset(state->amount, 0, sizeof(state->amount));
	return state;
}

/* Make the scale of the fixed part finer. */
static RenewalState *
state_rescale(RenewalState *state, int scale)
{
	int128		amount[RENEWAL_AMOUNTS];
	bool		fits = true;

	for (int i = 0; fits && i < RENEWAL_AMOUNTS; i++)
	{
		amount[i] = state->amount[i];
		fits = amount_rescale(&amount[i], state->scale, scale) &&
			amount[i] < STATE_AMOUNT_MAX;
	}
	if (fits)
		memcpy(state->amount, amount, sizeof(amount));
	else
		state = state_flush(state);
	state->scale = scale;
	return state;
}

/* Add a whole summary. */
static RenewalState *
state_merge(RenewalState *state, const RenewalSummary *summary)
{
	int			scale = state->scale;
	int128		amount[RENEWAL_AMOUNTS];
	int128		total = 0;

	for (int i = 0; i < RENEWAL_AMOUNTS; i++)
	{
		if (summary->amount[i].big == NULL)
			scale = Max(scale, summary->amount[i].scale);
	}
	scale = Min(scale, AMOUNT_MAX_SCALE);
	if (scale > state->scale)
		state = state_rescale(state, scale);
	for (int i = 0; i < RENEWAL_AMOUNTS; i++)
	{
		if (!amount_to_scaled(&summary->amount[i], state->scale, &amount[i]) ||
			amount[i] >= STATE_AMOUNT_MAX ||
			state->amount[i] + amount[i] >= STATE_AMOUNT_MAX)
			return state_add_to_remainder(state, summary);
	}
	state->skipped = count_add(state->skipped, summary->skipped);
	for (int i = 0; i < RENEWAL_ITEMS; i++)
	{
		state->count[i] = count_add(state->count[i], summary->count[i]);
		if (i <= RENEWAL_OPEN)
			total += state->count[i];
	}
	if (total > PG_INT64_MAX)
		count_add(PG_INT64_MAX, 1);
	for (int i = 0; i < RENEWAL_AMOUNTS; i++)
		state->amount[i] += amount[i];
	return state;
}

/* An argument in whichever form. */
static void
renewal_read(Datum datum, RenewalSummary *summary)
{
	codec_read(&renewal_summary_type, datum, summary);
}

/*
 * The state in argument 0, ready to be changed.  In an aggregate it is the
 * executor's and may be changed in place; a direct call gets a copy, as the
 * argument may be anybody's.
 */
static RenewalState *
state_from_arg(FunctionCallInfo fcinfo)
{
	RenewalState *state;
	RenewalSummary summary;

	if (PG_ARGISNULL(0))
		return state_create();
	state = (RenewalState *) codec_get(&renewal_summary_type, PG_GETARG_DATUM(0));
	if (likely(((CodecHeader *) state)->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return state;

	renewal_read(PointerGetDatum(state), &summary);
	return state_merge(state_create(), &summary);
}

/* What a transition returns: the state, or a value for a direct call. */
static Datum
state_to_result(FunctionCallInfo fcinfo, RenewalState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_pack_state(&renewal_summary_type, &state->header));
}

/* ----------
 * Rows
 * ----------
 */

static void
state_merge_options(RenewalState *state, DateADT as_of, int32 grace)
{
	if (state->has_options)
	{
		if (state->as_of != as_of)
			report_option("as_of", "changes from row to row");
		if (state->grace != grace)
			report_option("grace", "changes from row to row");
	}
	state->has_options = true;
	state->as_of = as_of;
	state->grace = grace;
}

/* A date in an argument, of either type. */
static DateADT
date_from_arg(FunctionCallInfo fcinfo, int argno, bool timestamps)
{
	return timestamps ? date_from_timestamp(PG_GETARG_TIMESTAMP(argno)) :
		PG_GETARG_DATEADT(argno);
}

static void
check_finite(DateADT date, const char *name, const char *hint)
{
	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite, not %s", name,
						DATE_IS_NOEND(date) ? "infinity" : "-infinity"),
				 errhint("%s", hint)));
}

/*
 * An amount in an argument, as an integer at the state's scale, which is made
 * finer where that helps.  False if it does not fit.
 */
static bool
amount_from_arg(FunctionCallInfo fcinfo, int argno, const char *name,
				RenewalState **state, int128 *result, Amount *whole)
{
	Numeric		num;
	AmountFit	fit;

	*result = 0;
	*whole = AMOUNT_ZERO;
	if (PG_ARGISNULL(argno))
		return true;
	num = (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(argno));
	fit = amount_decode(num, (*state)->scale, result);
	if (fit == AMOUNT_FINER && amount_fraction_digits(num) <= AMOUNT_MAX_SCALE)
	{
		*state = state_rescale(*state, amount_fraction_digits(num));
		fit = amount_decode(num, (*state)->scale, result);
	}
	if (likely(fit == AMOUNT_FITS))
		*whole = amount_from_scaled(*result, (*state)->scale);
	else
		*whole = amount_from_numeric(num);	/* complains about NaN */
	if (amount_sign(whole) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name),
				 errhint("Add up the lines of a contract first, credits included.")));
	return fit == AMOUNT_FITS;
}

/*
 * What became of a contract: the item it counts for, and whether it counts for
 * the part of that item as well that was signed all the same.
 */
static RenewalItem
contract_item(DateADT due, bool renewed, DateADT renewed_on, DateADT as_of,
			  int32 grace, bool *also_signed)
{
	bool		known = renewed && renewed_on <= as_of;
	int64		last = (int64) due + grace;

	*also_signed = false;
	if (last >= as_of)
	{
		*also_signed = known;
		return RENEWAL_OPEN;
	}
	if (known && renewed_on <= due)
		return RENEWAL_ON_TIME;
	if (known && renewed_on <= last)
		return RENEWAL_LATE;
	*also_signed = known;
	return RENEWAL_LOST;
}

/*
 * The one transition function behind all; arguments are state, due, arr_due,
 * renewed_on, arr_renewed, as_of and grace.
 */
static Datum
renewal_transition(FunctionCallInfo fcinfo, bool timestamps)
{
	RenewalState *state = state_from_arg(fcinfo);
	bool		renewed = !PG_ARGISNULL(3);
	DateADT		as_of;
	DateADT		due;
	int32		grace = 0;
	int128		due_value;
	int128		renewed_value;
	Amount		arr_due;
	Amount		arr_renewed;
	bool		fits;
	RenewalItem item;
	RenewalItem part;			/* of the item, if also signed */
	bool		also_signed;

	if (PG_ARGISNULL(5))
		report_option("as_of", "is NULL");
	as_of = date_from_arg(fcinfo, 5, timestamps);
	check_finite(as_of, "as_of", "Say the day up to which renewals are known, for example current_date.");
	if (PG_NARGS() > 6)
	{
		if (PG_ARGISNULL(6))
			report_option("grace", "is NULL");
		grace = PG_GETARG_INT32(6);
		if (grace < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("grace must not be negative: %d", grace),
					 errdetail("It is the number of days after the due date in which a renewal still counts.")));
	}
	state_merge_options(state, as_of, grace);

	/* the first call may make the scale finer, the second one again */
	fits = amount_from_arg(fcinfo, 2, "ARR due", &state, &due_value, &arr_due);
	fits &= amount_from_arg(fcinfo, 4, "ARR renewed", &state, &renewed_value, &arr_renewed);
	fits = fits && amount_to_scaled(&arr_due, state->scale, &due_value);
	if (renewed && PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("renewed contract without the ARR renewed"),
				 errdetail("A row has a renewal date, and NULL as its ARR renewed."),
				 errhint("Give the ARR of the new contract, or exclude the row with FILTER (WHERE ...).")));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		state->skipped = count_add(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	due = date_from_arg(fcinfo, 1, timestamps);
	check_finite(due, "due date",
				 "Exclude contracts without an end with FILTER (WHERE isfinite(...)).");

	item = contract_item(due, renewed,
						 renewed ? date_from_arg(fcinfo, 3, timestamps) : 0,
						 as_of, grace, &also_signed);
	part = item == RENEWAL_OPEN ? RENEWAL_SIGNED : RENEWAL_RECOVERED;
	if (likely(fits))
	{
		bool		small = true;

		state->count[item] = count_add(state->count[item], 1);
		if (item == RENEWAL_ON_TIME || item == RENEWAL_LATE)
		{
			state->amount[item] += renewed_value;
			state->amount[RENEWAL_DUE] += due_value;
			state->amount[RENEWAL_CAPPED] += Min(renewed_value, due_value);
			small &= state->amount[RENEWAL_DUE] < STATE_AMOUNT_MAX;
		}
		else
		{
			state->amount[item] += due_value;
			if (also_signed)
			{
				state->count[part] = count_add(state->count[part], 1);
				state->amount[part] += renewed_value;
				small &= state->amount[part] < STATE_AMOUNT_MAX;
			}
		}
		small &= state->amount[item] < STATE_AMOUNT_MAX;
		if (unlikely(!small))
			state = state_flush(state);
	}
	else
	{
		RenewalSummary row;

		memset(&row, 0, sizeof(row));
		row.count[item] = 1;
		if (item == RENEWAL_ON_TIME || item == RENEWAL_LATE)
		{
			row.amount[item] = arr_renewed;
			row.amount[RENEWAL_DUE] = arr_due;
			row.amount[RENEWAL_CAPPED] =
				amount_cmp(&arr_renewed, &arr_due) < 0 ? arr_renewed : arr_due;
		}
		else
		{
			row.amount[item] = arr_due;
			row.count[part] = also_signed;
			if (also_signed)
				row.amount[part] = arr_renewed;
		}
		state = state_add_to_remainder(state, &row);
	}
	return state_to_result(fcinfo, state);
}

CODEC_FUNCTION(renewal, accum_date, renewal_transition(fcinfo, false));
CODEC_FUNCTION(renewal, accum_timestamp, renewal_transition(fcinfo, true));

/* renewal_agg() of dates whose zone is not said */
PG_FUNCTION_INFO_V1(renewal_accum_timestamptz);
Datum
renewal_accum_timestamptz(PG_FUNCTION_ARGS)
{
	report_timestamptz("renewal_agg");
	PG_RETURN_NULL();
}

/*
 * renewal_combine(renewal_summary, renewal_summary)
 *
 * Strict.  Halves of one aggregation know its options, summaries do not.
 */
PG_FUNCTION_INFO_V1(renewal_combine);
Datum
renewal_combine(PG_FUNCTION_ARGS)
{
	RenewalState *state = state_from_arg(fcinfo);
	RenewalState *other = (RenewalState *) codec_get(&renewal_summary_type, PG_GETARG_DATUM(1));
	RenewalSummary summary;

	if (((CodecHeader *) other)->kind == STATE_KIND && other->has_options)
		state_merge_options(state, other->as_of, other->grace);
	renewal_read(PointerGetDatum(other), &summary);
	return state_to_result(fcinfo, state_merge(state, &summary));
}

PG_FUNCTION_INFO_V1(renewal_final);
Datum
renewal_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_get_packed(&renewal_summary_type, PG_GETARG_DATUM(0)));
}

/* ----------
 * Reading
 * ----------
 */

static Amount
due_arr(const RenewalSummary *summary)
{
	return amount_add(&summary->amount[RENEWAL_DUE], &summary->amount[RENEWAL_LOST]);
}

static int64
renewed_count(const RenewalSummary *summary)
{
	return summary->count[RENEWAL_ON_TIME] + summary->count[RENEWAL_LATE];
}

/* NULL where there is nothing to divide by. */
static Datum
return_ratio(FunctionCallInfo fcinfo, Amount numerator, Amount denominator)
{
	if (amount_sign(&denominator) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(amount_ratio(&numerator, &denominator));
}

PG_FUNCTION_INFO_V1(renewal_renewal_rate);
Datum
renewal_renewal_rate(PG_FUNCTION_ARGS)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	return return_ratio(fcinfo, renewed_arr(&summary), due_arr(&summary));
}

PG_FUNCTION_INFO_V1(renewal_gross_renewal_rate);
Datum
renewal_gross_renewal_rate(PG_FUNCTION_ARGS)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	return return_ratio(fcinfo, summary.amount[RENEWAL_CAPPED], due_arr(&summary));
}

PG_FUNCTION_INFO_V1(renewal_logo_renewal_rate);
Datum
renewal_logo_renewal_rate(PG_FUNCTION_ARGS)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	return return_ratio(fcinfo, amount_from_int64(renewed_count(&summary)),
						amount_from_int64((int64) due_count(&summary)));
}

PG_FUNCTION_INFO_V1(renewal_on_time_rate);
Datum
renewal_on_time_rate(PG_FUNCTION_ARGS)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	return return_ratio(fcinfo, amount_from_int64(summary.count[RENEWAL_ON_TIME]),
						amount_from_int64(renewed_count(&summary)));
}

static Datum
return_count(FunctionCallInfo fcinfo, RenewalItem item)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.count[item]);
}

static Datum
return_amount(FunctionCallInfo fcinfo, int item)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_NUMERIC(amount_to_numeric(&summary.amount[item]));
}

CODEC_FUNCTION(renewal, on_time_count, return_count(fcinfo, RENEWAL_ON_TIME));
CODEC_FUNCTION(renewal, late_count, return_count(fcinfo, RENEWAL_LATE));
CODEC_FUNCTION(renewal, lost_count, return_count(fcinfo, RENEWAL_LOST));
CODEC_FUNCTION(renewal, open_count, return_count(fcinfo, RENEWAL_OPEN));
CODEC_FUNCTION(renewal, recovered_count, return_count(fcinfo, RENEWAL_RECOVERED));
CODEC_FUNCTION(renewal, signed_count, return_count(fcinfo, RENEWAL_SIGNED));

CODEC_FUNCTION(renewal, on_time_arr, return_amount(fcinfo, RENEWAL_ON_TIME));
CODEC_FUNCTION(renewal, late_arr, return_amount(fcinfo, RENEWAL_LATE));
CODEC_FUNCTION(renewal, lost_arr, return_amount(fcinfo, RENEWAL_LOST));
CODEC_FUNCTION(renewal, open_arr, return_amount(fcinfo, RENEWAL_OPEN));
CODEC_FUNCTION(renewal, recovered_arr, return_amount(fcinfo, RENEWAL_RECOVERED));
CODEC_FUNCTION(renewal, signed_arr, return_amount(fcinfo, RENEWAL_SIGNED));

PG_FUNCTION_INFO_V1(renewal_due_count);
Datum
renewal_due_count(PG_FUNCTION_ARGS)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64((int64) due_count(&summary));
}

static Datum
return_sum(FunctionCallInfo fcinfo, Amount (*sum) (const RenewalSummary *summary))
{
	RenewalSummary summary;
	Amount		result;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	result = sum(&summary);
	PG_RETURN_NUMERIC(amount_to_numeric(&result));
}

CODEC_FUNCTION(renewal, due_arr, return_sum(fcinfo, due_arr));
CODEC_FUNCTION(renewal, renewed_arr, return_sum(fcinfo, renewed_arr));

PG_FUNCTION_INFO_V1(renewal_renewed_count);
Datum
renewal_renewed_count(PG_FUNCTION_ARGS)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(renewed_count(&summary));
}

PG_FUNCTION_INFO_V1(renewal_skipped_rows);
Datum
renewal_skipped_rows(PG_FUNCTION_ARGS)
{
	RenewalSummary summary;

	renewal_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.skipped);
}

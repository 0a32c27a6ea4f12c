/*-------------------------------------------------------------------------
 *
 * forecast.c
 *	  What of the ARR due for renewal is to be expected, by the health score.
 *
 * The probability that a contract is lost is the churn rate that a back-test
 * observed of customers with such scores: that of the score's bin, of ten.  How
 * sure that rate is says its Wilson interval.
 *
 * A portfolio of contracts can differ from what is expected for two reasons.
 * Each contract is renewed or not, independently: z^2 times the variance of that
 * is, with ARR a,
 *
 *		V = z^2 * sum over bins of r'(1 - r') * sum of a^2
 *
 * where r' = (churned + z^2 / 2) / (customers + z^2) is the center of Wilson's
 * interval, so that a bin in which nobody has left yet is not certain.  And the
 * rates are estimates, each shared by all contracts of its bin: if one is wrong,
 * it is wrong for all of them.  By the method of variance estimates recovery
 * (Zou and Donner, "Construction of confidence limits about effect measures",
 * Statistics in Medicine 27, 2008) the distances to the limits of each bin are
 * added as squares.  With the rate r, its limits l and u and the ARR A of a bin,
 *
 *		low  = expected - sqrt(sum of (A (u - r))^2 + V)
 *		high = expected + sqrt(sum of (A (r - l))^2 + V)
 *
 * within 0 and all that is due.  How often that has the truth in it is simulated
 * in test/simulation/forecast.sql; doc/backtest.md has the table.
 *
 * The state of the aggregate is ten bins with exact sums, and the back-test they
 * come from, which must be one for all rows.  It has no combine function: as the
 * back-test is an argument of every row, splitting the rows would cost more than
 * adding up what is due in a quarter.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "backtest.h"
#include "count.h"
#include "funcapi.h"
#include "stats.h"
#include "utils/builtins.h"

#define FORECAST_BINS		10

/* of the normal distribution, for intervals at 95 % */
#define FORECAST_QUANTILE	1.959963984540054

/* What is due in one bin. */
typedef struct ForecastDue
{
	Amount		due;
	Amount		squares;
} ForecastDue;

/* The state of the aggregate. */
typedef struct ForecastState
{
	struct varlena *given;		/* the back-test as it came last, toasted or not */
	CodecHeader *backtest;		/* its canonical form */
	BacktestMeasure measure;
	int			nbins;
	BacktestBin *bins;
	ForecastDue *dues;			/* by bin */
	Amount		due;			/* also where there are no bins */
	int64		accounts;
	int64		skipped;
} ForecastState;

static int64
bin_customers(const BacktestBin *bin)
{
	return bin->count[BACKTEST_KEPT] + bin->count[BACKTEST_CHURNED];
}

static void
bin_interval(const BacktestBin *bin, double *low, double *high)
{
	wilson_interval(bin->count[BACKTEST_CHURNED], bin_customers(bin), FORECAST_QUANTILE, low, high);
}

/*
 * The bin of a score: the last that begins at or below it, or the first.  So a
 * score between two bins is in the lower one.
 */
static int
find_bin(const BacktestBin *bins, int nbins, BacktestMeasure measure, const Amount *score)
{
	int			result = 0;

	for (int i = 1; i < nbins; i++)
	{
		Amount		low = backtest_value_amount(measure, bins[i].low);

		if (amount_cmp(&low, score) > 0)
			break;
		result = i;
	}
	return result;
}

static Amount
due_from_arg(FunctionCallInfo fcinfo, int argno)
{
	Amount		due = amount_from_numeric(PG_GETARG_NUMERIC(argno));

	if (amount_sign(&due) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ARR due must not be negative"),
				 errhint("Add up the lines of a contract first, credits included.")));
	return due;
}

static double
amount_double(const Amount *amount)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(amount_to_numeric(amount))));
}

static Datum
return_tuple(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * renewal_forecast(backtest_summary, score numeric, arr_due numeric) ->
 * (low, expected, high)
 */
PG_FUNCTION_INFO_V1(forecast_renewal);
Datum
forecast_renewal(PG_FUNCTION_ARGS)
{
	BacktestSummary summary;
	BacktestBin *bins;
	int			nbins;
	Amount		score;
	Amount		due = due_from_arg(fcinfo, 2);
	Datum		values[3] = {0};
	bool		nulls[3] = {true, true, true};

	backtest_read(PG_GETARG_DATUM(0), &summary);
	score = backtest_judgement(PG_GETARG_NUMERIC(1), summary.measure);
	nbins = backtest_bins(&summary, FORECAST_BINS, &bins);
	if (nbins > 0)
	{
		const BacktestBin *bin = &bins[find_bin(bins, nbins, summary.measure, &score)];
		Amount		customers = amount_from_int64(bin_customers(bin));
		Amount		kept = amount_from_int64(bin->count[BACKTEST_KEPT]);
		double		low;
		double		high;

		bin_interval(bin, &low, &high);
		kept = amount_mul(&kept, &due);
		values[0] = Float8GetDatum(amount_double(&due) * (1 - high));
		values[1] = NumericGetDatum(amount_ratio(&kept, &customers));
		values[2] = Float8GetDatum(amount_double(&due) * (1 - low));
		memset(nulls, 0, sizeof(nulls));
	}
	return return_tuple(fcinfo, values, nulls);
}

/* ----------
 * A portfolio
 * ----------
 */

/* Add an amount to a sum that lives in a context. */
static void
sum_add(Amount *sum, const Amount *more, MemoryContext context)
{
	Amount		result = amount_add(sum, more);

	if (result.big != NULL && result.big != sum->big)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		result.big = DatumGetNumericCopy(NumericGetDatum(result.big));
		MemoryContextSwitchTo(old);
	}
	if (sum->big != NULL && sum->big != result.big)
		pfree(sum->big);
	*sum = result;
}

/* A state for a back-test, in a context. */
static ForecastState *
state_create(CodecHeader *backtest, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	ForecastState *state = palloc0(sizeof(ForecastState));
	BacktestSummary summary;

	state->backtest = memcpy(palloc(VARSIZE(backtest)), backtest, VARSIZE(backtest));
	codec_unpack(&backtest_summary_type, backtest, &summary);
	state->measure = summary.measure;
	state->nbins = backtest_bins(&summary, FORECAST_BINS, &state->bins);
	state->dues = palloc0(Max(state->nbins, 1) * sizeof(ForecastDue));
	pfree(summary.items);
	MemoryContextSwitchTo(old);
	return state;
}

/*
 * The state for the back-test in argument 1.  That is most often the very same
 * datum in every row, which is told without detoasting it.
 */
static ForecastState *
state_from_args(FunctionCallInfo fcinfo, MemoryContext context)
{
	ForecastState *state = PG_ARGISNULL(0) ? NULL : (ForecastState *) PG_GETARG_POINTER(0);
	struct varlena *given;
	CodecHeader *backtest;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("back-test of an aggregate is NULL"),
				 errdetail("An option has one value for all rows of a group.")));
	given = (struct varlena *) PG_GETARG_POINTER(1);
	if (state != NULL && VARSIZE_ANY(state->given) == VARSIZE_ANY(given) &&
		memcmp(state->given, given, VARSIZE_ANY(given)) == 0)
		return state;

	backtest = codec_get_packed(&backtest_summary_type, PG_GETARG_DATUM(1));
	if (state == NULL)
		state = state_create(backtest, context);
	else if (VARSIZE(state->backtest) != VARSIZE(backtest) ||
			 memcmp(state->backtest, backtest, VARSIZE(backtest)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("back-test of an aggregate changes from row to row"),
				 errdetail("An option has one value for all rows of a group."),
				 errhint("Group by what the back-tests are of, for example by segment, or roll them up to one.")));
	if (state->given != NULL)
		pfree(state->given);
	state->given = memcpy(MemoryContextAlloc(context, VARSIZE_ANY(given)), given, VARSIZE_ANY(given));
	return state;
}

/* forecast_accum(internal, backtest_summary, score numeric, arr_due numeric) */
PG_FUNCTION_INFO_V1(forecast_accum);
Datum
forecast_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	ForecastState *state;
	Amount		score = AMOUNT_ZERO;
	Amount		due = AMOUNT_ZERO;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "forecast_accum called outside of an aggregate");
	state = state_from_args(fcinfo, context);
	if (!PG_ARGISNULL(2))
		score = backtest_judgement(PG_GETARG_NUMERIC(2), state->measure);
	if (!PG_ARGISNULL(3))
		due = due_from_arg(fcinfo, 3);
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		state->skipped = count_add(state->skipped, 1);
	else
	{
		state->accounts = count_add(state->accounts, 1);
		sum_add(&state->due, &due, context);
		if (state->nbins > 0)
		{
			ForecastDue *bin = &state->dues[find_bin(state->bins, state->nbins, state->measure, &score)];
			Amount		square = amount_mul(&due, &due);

			sum_add(&bin->due, &due, context);
			sum_add(&bin->squares, &square, context);
		}
	}
	PG_RETURN_POINTER(state);
}

/* What is expected of all bins: a sum of quotients, rounded once. */
static Numeric
expected_due(const ForecastState *state)
{
	Amount		num = AMOUNT_ZERO;
	Amount		den = amount_from_int64(1);

	for (int i = 0; i < state->nbins; i++)
	{
		Amount		customers = amount_from_int64(bin_customers(&state->bins[i]));
		Amount		kept = amount_from_int64(state->bins[i].count[BACKTEST_KEPT]);

		kept = amount_mul(&kept, &state->dues[i].due);
		kept = amount_mul(&kept, &den);
		num = amount_mul(&num, &customers);
		num = amount_add(&num, &kept);
		den = amount_mul(&den, &customers);
	}
	return amount_ratio(&num, &den);
}

#define FORECAST_COLUMNS	6

/* forecast_final(internal) -> portfolio_forecast */
PG_FUNCTION_INFO_V1(forecast_final);
Datum
forecast_final(PG_FUNCTION_ARGS)
{
	ForecastState *state;
	Datum		values[FORECAST_COLUMNS] = {0};
	bool		nulls[FORECAST_COLUMNS] = {true, true, true, false, false, false};

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "forecast_final called outside of an aggregate");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ForecastState *) PG_GETARG_POINTER(0);
	if (state->nbins > 0)
	{
		const double z2 = FORECAST_QUANTILE * FORECAST_QUANTILE;
		Numeric		expected = expected_due(state);
		double		middle = DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(expected)));
		double		all = amount_double(&state->due);
		double		below = 0;
		double		above = 0;

		/* in parts of what is due, as a square may be beyond a double */
		for (int i = 0; i < state->nbins && all > 0; i++)
		{
			const BacktestBin *bin = &state->bins[i];
			const ForecastDue *due = &state->dues[i];
			double		n = bin_customers(bin);
			double		rate = bin->count[BACKTEST_CHURNED] / n;
			double		center = (bin->count[BACKTEST_CHURNED] + z2 / 2) / (n + z2);
			double		part = amount_double(&due->due) / all;
			double		variance = z2 * center * (1 - center) *
				amount_quotient(&due->squares, &state->due, &state->due);
			double		low;
			double		high;

			bin_interval(bin, &low, &high);
			below += part * (high - rate) * part * (high - rate) + variance;
			above += part * (rate - low) * part * (rate - low) + variance;
		}
		values[0] = Float8GetDatum(Max(middle - all * sqrt(below), 0));
		values[1] = NumericGetDatum(expected);
		values[2] = Float8GetDatum(Min(middle + all * sqrt(above), all));
		nulls[0] = nulls[1] = nulls[2] = false;
	}
	values[3] = NumericGetDatum(amount_to_numeric(&state->due));
	values[4] = Int64GetDatum(state->accounts);
	values[5] = Int64GetDatum(state->skipped);
	return return_tuple(fcinfo, values, nulls);
}

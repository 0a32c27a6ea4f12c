/*-------------------------------------------------------------------------
 *
 * health_fit.c
 *	  fit_health_weights(): what the signals of a health score are worth,
 *	  learned from who has left.
 *
 * The model is a logistic regression of leaving on the signals, each brought to
 * mean 0 and standard deviation 1, with an L2 penalty: the coefficients b, b[0]
 * being the intercept, maximise
 *
 *		sum over customers of log P(what each did) - ridge / 2 * sum of b[j]^2, j > 0
 *
 * With a ridge above 0 this is strictly concave, so there is one maximum and it
 * is finite even where a signal tells those who left from those who stayed
 * without an error.  It is found by Newton's method, which needs some six passes
 * over the data, whatever their number; a step that does not improve is halved.
 * The matrix of a step is positive definite, and solved by Cholesky's
 * decomposition.  Signals are brought to the range from 0 to 1 before anything
 * is added up, so their size does not matter.
 *
 * Sums of doubles depend on the order of their terms.  For a result that does
 * not depend on the order of rows, those are sorted first, by outcome and then
 * signal by signal; equal ones are interchangeable.  So the state of the
 * aggregate is a sort: PostgreSQL's own, which keeps to work_mem, goes to
 * temporary files beyond it that end with the query, can be read several times,
 * and cannot be merged, wherefore there is no combine function.  Small sums that
 * could be merged do not exist for this model: each Newton step weighs every
 * customer anew.  A row is one bytea, whose bytes sort as its numbers do, on
 * every platform; that is one comparison of bytes with an abbreviated key, and
 * a third of the size of a tuple with an array.  A sort takes no rows after it
 * has been read, so the final function is not read-only but shareable, and the
 * server refuses the aggregate as a window function.
 *
 * For an honest AUC, five more models are fitted in the same passes, each without
 * one fifth of the customers: those in places 0, 5, 10, ... of the order, and so
 * on.  As outcome comes first in it, each fifth has its part of those who left.
 * Definitions: doc/backtest.md.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "amount.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

/* The matrix of a model has the square of this many elements. */
#define FIT_MAX_SIGNALS		500

#define FIT_FOLDS			5
#define FIT_MODELS			(FIT_FOLDS + 1)

#define FIT_MAX_ITERATIONS	200

/* A Newton step this small, in standard deviations, is the last one. */
#define FIT_STEP			1e-9

/* The state. */
typedef struct FitState
{
	Tuplesortstate *sort;
	bool		sorted;
	int			nsignals;		/* 0: not known yet */
	double		ridge;
	int64		customers;		/* rows in the sort */
	int64		churned;
	int64		skipped;
} FitState;

/* The range of a signal, and its moments over the customers of a fold. */
typedef struct FitSignal
{
	double		low;
	double		high;
	double		fold_low[FIT_FOLDS];
	double		fold_high[FIT_FOLDS];
	double		sum[FIT_FOLDS]; /* of values in parts of the range */
	double		squares[FIT_FOLDS]; /* of deviations from the mean of all */
	double		deviations[FIT_FOLDS];
} FitSignal;

/* One model: of all customers, or of all but those of one fold. */
typedef struct FitModel
{
	int			left_out;		/* a fold, or -1 */
	bool		usable;			/* some left and some stayed */
	bool		done;
	int			iterations;
	double	   *mean;			/* of signals, in parts of the range */
	double	   *scale;			/* 1 / standard deviation, 0 if constant */
	double	   *accepted;		/* coefficients */
	double	   *step;			/* from there */
	double		factor;			/* how much of the step is tried */
	double		objective;		/* at the accepted ones */
	double	   *trial;			/* coefficients */
	double		trial_objective;
	double	   *gradient;		/* at those tried */
	double	   *matrix;			/* the negative second derivatives there */
} FitModel;

/* ----------
 * Rows
 * ----------
 */

static char *
array_data(ArrayType *array)
{
	return (char *) array +
		(ARR_HASNULL(array) ? (Size) array->dataoffset : ARR_OVERHEAD_NONULLS(ARR_NDIM(array)));
}

/* A double as eight bytes that sort as it does. */
static void
put_double(char *to, double x)
{
	uint64		bits;

	memcpy(&bits, &x, sizeof(bits));
	bits = (bits >> 63) ? ~bits : bits | (UINT64CONST(1) << 63);
	bits = pg_hton64(bits);
	memcpy(to, &bits, sizeof(bits));
}

static double
get_double(const char *from)
{
	uint64		bits;
	double		x;

	memcpy(&bits, from, sizeof(bits));
	bits = pg_ntoh64(bits);
	bits = (bits >> 63) ? bits & ~(UINT64CONST(1) << 63) : ~bits;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* A sort of bytea, in the current memory context. */
static Tuplesortstate *
sort_begin(void)
{
	TypeCacheEntry *type = lookup_type_cache(BYTEAOID, TYPECACHE_LT_OPR);

	return tuplesort_begin_datum(BYTEAOID, type->lt_opr, InvalidOid, false, work_mem,
								 NULL, TUPLESORT_RANDOMACCESS);
}

/* The next bytea of a sort, to be freed, or NULL after the last one. */
static bytea *
sort_next(Tuplesortstate *sort)
{
	Datum		datum;
	bool		isnull;

	CHECK_FOR_INTERRUPTS();
	if (!ccx_tuplesort_getdatum(sort, &datum, &isnull))
		return NULL;
	return DatumGetByteaPP(datum);
}

static void
state_shutdown(Datum arg)
{
	FitState   *state = (FitState *) DatumGetPointer(arg);

	if (state->sort != NULL)
		tuplesort_end(state->sort);
	state->sort = NULL;
}

static void
report_option(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("ridge of an aggregate %s", problem),
			 errdetail("An option has one value for all rows of a group.")));
}

static void
report_dimensions(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("signals must be an array of one dimension")));
}

/* ridge in argument 3, or its default */
static double
ridge_from_arg(FunctionCallInfo fcinfo)
{
	double		ridge;

	if (PG_NARGS() <= 3)
		return 1;
	if (PG_ARGISNULL(3))
		report_option("is NULL");
	ridge = PG_GETARG_FLOAT8(3);
	/* written so that NaN is refused, too */
	if (!(ridge > 0) || isinf(ridge))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ridge must be above 0 and finite, not %g", ridge),
				 errdetail("Without it, signals that tell who leaves without an error have infinite weights."),
				 errhint("The default is 1; for hardly any, write 0.001.")));
	return ridge;
}

/*
 * The signals in an argument, checked.  False if one of them is NULL.
 */
static bool
signals_from_array(ArrayType *array, char *key)
{
	int			nsignals = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	bits8	   *nulls = ARR_NULLBITMAP(array);
	char	   *data = array_data(array);
	bool		complete = true;

	for (int i = 0; i < nsignals; i++)
	{
		double		x;

		if (nulls != NULL && !(nulls[i / 8] & (1 << (i % 8))))
		{
			complete = false;
			continue;
		}
		memcpy(&x, data, sizeof(x));
		data += sizeof(x);
		if (isnan(x) || isinf(x))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("signal %d must be a finite number, not %s", i + 1,
							isnan(x) ? "NaN" : x > 0 ? "Infinity" : "-Infinity"),
					 errhint("Store NULL for an unknown signal; such customers are skipped.")));
		/* there is but one zero */
		put_double(key + i * sizeof(x), x == 0 ? 0 : x);
	}
	return complete;
}

static int
nsignals_of_array(const FitState *state, ArrayType *array)
{
	int			nsignals = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1)
		report_dimensions();
	if (nsignals == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are no signals in the array")));
	if (nsignals > FIT_MAX_SIGNALS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many signals: %d", nsignals),
				 errdetail("The limit is %d.", FIT_MAX_SIGNALS)));
	if (state->nsignals != 0 && state->nsignals != nsignals)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of signals changes from row to row"),
				 /* the same whichever came first */
				 errdetail("There are arrays of %d and of %d signals.",
						   Min(state->nsignals, nsignals), Max(state->nsignals, nsignals)),
				 errhint("Give every customer all signals, NULL where one is not known.")));
	return nsignals;
}

/* health_fit_accum(internal, churned boolean, signals float8[] [, ridge float8]) */
PG_FUNCTION_INFO_V1(health_fit_accum);
Datum
health_fit_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MemoryContext old;
	FitState   *state;
	double		ridge;
	bool		usable = !PG_ARGISNULL(1);

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "health_fit_accum called outside of an aggregate");
	ridge = ridge_from_arg(fcinfo);
	if (PG_ARGISNULL(0))
	{
		old = MemoryContextSwitchTo(context);
		state = palloc0(sizeof(FitState));
		state->ridge = ridge;
		AggRegisterCallback(fcinfo, state_shutdown, PointerGetDatum(state));
		state->sort = sort_begin();
		MemoryContextSwitchTo(old);
	}
	else
		state = (FitState *) PG_GETARG_POINTER(0);
	if (unlikely(state->ridge != ridge))
		report_option("changes from row to row");

	if (PG_ARGISNULL(2))
		usable = false;
	else
	{
		ArrayType  *array = PG_GETARG_ARRAYTYPE_P(2);
		Size		size;
		bytea	   *row;

		state->nsignals = nsignals_of_array(state, array);
		size = VARHDRSZ + 1 + state->nsignals * sizeof(double);
		row = palloc(size);
		SET_VARSIZE(row, size);
		if (!signals_from_array(array, VARDATA(row) + 1))
			usable = false;
		if (usable)
		{
			bool		churned = PG_GETARG_BOOL(1);

			*VARDATA(row) = churned;
			tuplesort_putdatum(state->sort, PointerGetDatum(row), false);
			state->customers++;
			state->churned += churned;
		}
		pfree(row);
	}
	if (!usable)
		state->skipped++;
	PG_RETURN_POINTER(state);
}

/* The next row, in canonical order; false after the last one. */
static bool
next_row(FitState *state, bool *churned, double *x)
{
	bytea	   *row = sort_next(state->sort);
	const char *data;

	if (row == NULL)
		return false;
	data = VARDATA_ANY(row);
	*churned = *data++;
	for (int i = 0; i < state->nsignals; i++)
		x[i] = get_double(data + i * sizeof(double));
	pfree(row);
	return true;
}

/* ----------
 * Standardising
 * ----------
 */

/* A value in parts of its signal's range, even if that is beyond a double. */
static double
in_range(const FitSignal *signal, double x)
{
	double		range = signal->high / 2 - signal->low / 2;

	return range > 0 ? (x / 2 - signal->low / 2) / range : 0;
}

/*
 * Ranges, means and standard deviations, from two passes: deviations from a mean
 * are added up when that is known, as the square of a sum would swallow them.
 */
static FitSignal *
measure_signals(FitState *state, double *x, int64 fold_customers[FIT_FOLDS],
				int64 fold_churned[FIT_FOLDS])
{
	FitSignal  *signals = palloc0(state->nsignals * sizeof(FitSignal));
	double	   *mean = palloc0(state->nsignals * sizeof(double));
	bool		churned;
	int64		place;

	for (int i = 0; i < state->nsignals; i++)
	{
		signals[i].low = get_float8_infinity();
		signals[i].high = -get_float8_infinity();
		for (int fold = 0; fold < FIT_FOLDS; fold++)
		{
			signals[i].fold_low[fold] = signals[i].low;
			signals[i].fold_high[fold] = signals[i].high;
		}
	}
	tuplesort_rescan(state->sort);
	for (place = 0; next_row(state, &churned, x); place++)
	{
		int			fold = place % FIT_FOLDS;

		fold_customers[fold]++;
		fold_churned[fold] += churned;
		for (int i = 0; i < state->nsignals; i++)
		{
			signals[i].fold_low[fold] = Min(signals[i].fold_low[fold], x[i]);
			signals[i].fold_high[fold] = Max(signals[i].fold_high[fold], x[i]);
			signals[i].low = Min(signals[i].low, x[i]);
			signals[i].high = Max(signals[i].high, x[i]);
		}
	}
	tuplesort_rescan(state->sort);
	for (place = 0; next_row(state, &churned, x); place++)
	{
		for (int i = 0; i < state->nsignals; i++)
			mean[i] += in_range(&signals[i], x[i]);
	}
	for (int i = 0; i < state->nsignals; i++)
		mean[i] /= state->customers;
	tuplesort_rescan(state->sort);
	for (place = 0; next_row(state, &churned, x); place++)
	{
		int			fold = place % FIT_FOLDS;

		for (int i = 0; i < state->nsignals; i++)
		{
			double		u = in_range(&signals[i], x[i]);

			signals[i].sum[fold] += u;
			signals[i].deviations[fold] += u - mean[i];
			signals[i].squares[fold] += (u - mean[i]) * (u - mean[i]);
		}
	}
	pfree(mean);
	return signals;
}

/* A model ready for its first pass. */
static void
model_init(FitModel *model, int left_out, const FitState *state, const FitSignal *signals,
		   const int64 *fold_customers, const int64 *fold_churned)
{
	int			nsignals = state->nsignals;
	int			size = nsignals + 1;
	int64		customers = 0;
	int64		churned = 0;

	memset(model, 0, sizeof(*model));
	model->left_out = left_out;
	for (int fold = 0; fold < FIT_FOLDS; fold++)
	{
		if (fold != left_out)
		{
			customers += fold_customers[fold];
			churned += fold_churned[fold];
		}
	}
	model->usable = churned > 0 && churned < customers &&
		(left_out < 0 || fold_customers[left_out] > 0);
	model->done = !model->usable;
	if (!model->usable)
		return;

	model->mean = palloc0(nsignals * sizeof(double));
	model->scale = palloc0(nsignals * sizeof(double));
	for (int i = 0; i < nsignals; i++)
	{
		const FitSignal *signal = &signals[i];
		double		low = get_float8_infinity();
		double		high = -get_float8_infinity();
		double		sum = 0;
		double		deviations = 0;
		double		squares = 0;

		for (int fold = 0; fold < FIT_FOLDS; fold++)
		{
			if (fold != left_out)
			{
				low = Min(low, signal->fold_low[fold]);
				high = Max(high, signal->fold_high[fold]);
				sum += signal->sum[fold];
				deviations += signal->deviations[fold];
				squares += signal->squares[fold];
			}
		}
		model->mean[i] = sum / customers;
		/* what is constant is told by its values, which no rounding has touched */
		if (low < high)
		{
			double		shift = deviations / customers;
			double		variance = squares / customers - shift * shift;

			if (variance > 0)
				model->scale[i] = 1 / sqrt(variance);
		}
	}
	model->accepted = palloc0(size * sizeof(double));
	model->step = palloc0(size * sizeof(double));
	model->trial = palloc0(size * sizeof(double));
	model->gradient = palloc0(size * sizeof(double));
	model->matrix = palloc0(size * size * sizeof(double));

	/* where all signals are worth nothing */
	model->trial[0] = log((double) churned / (customers - churned));
	model->objective = -get_float8_infinity();
}

/* ----------
 * Newton's method
 * ----------
 */

/* A customer's signals as a model sees them, behind a 1 for the intercept. */
static void
standardise(const FitModel *model, int nsignals, const double *u, double *z)
{
	z[0] = 1;
	for (int i = 0; i < nsignals; i++)
		z[i + 1] = (u[i] - model->mean[i]) * model->scale[i];
}

static double
dot(const double *a, const double *b, int n)
{
	double		result = 0;

	for (int i = 0; i < n; i++)
		result += a[i] * b[i];
	return result;
}

/* Add a customer to a model's sums. */
static void
model_add(FitModel *model, int size, const double *z, bool churned)
{
	double		eta = dot(model->trial, z, size);
	double		small = exp(-fabs(eta));
	double		p = eta > 0 ? 1 / (1 + small) : small / (1 + small);
	double		weight = small / ((1 + small) * (1 + small));
	double		rest = (churned ? 1 : 0) - p;

	model->trial_objective += (churned ? Min(eta, 0) : Min(-eta, 0)) - log1p(small);
	for (int i = 0; i < size; i++)
	{
		double	   *line = &model->matrix[i * size];
		double		factor = weight * z[i];

		model->gradient[i] += rest * z[i];
		for (int j = 0; j <= i; j++)
			line[j] += factor * z[j];
	}
}

/*
 * The lower triangle of a positive definite matrix becomes its Cholesky factor.
 * False if it is not, to the precision there is.
 */
static bool
cholesky(double *matrix, int size)
{
	for (int i = 0; i < size; i++)
	{
		for (int j = 0; j <= i; j++)
		{
			double		rest = matrix[i * size + j] -
				dot(&matrix[i * size], &matrix[j * size], j);

			if (j < i)
				matrix[i * size + j] = rest / matrix[j * size + j];
			else if (rest > 0 && !isinf(rest))
				matrix[i * size + i] = sqrt(rest);
			else
				return false;
		}
	}
	return true;
}

/* Solve L L' x = b, x in place of b, with L from cholesky(). */
static void
cholesky_solve(const double *matrix, int size, double *x)
{
	for (int i = 0; i < size; i++)
		x[i] = (x[i] - dot(&matrix[i * size], x, i)) / matrix[i * size + i];
	for (int i = size - 1; i >= 0; i--)
	{
		for (int j = i + 1; j < size; j++)
			x[i] -= matrix[j * size + i] * x[j];
		x[i] /= matrix[i * size + i];
	}
}

static void
report_not_converging(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("health weights cannot be found in double precision"),
			 errdetail("Some signals, or some together, tell almost without an error who leaves, or say the same as others."),
			 errhint("Give a larger ridge, for example 1.")));
}

/* After a pass over all customers: judge what was tried, and say what next. */
static void
model_step(FitModel *model, int size, double ridge)
{
	double		largest = 0;
	double		longest = 0;

	for (int i = 1; i < size; i++)
	{
		model->trial_objective -= ridge / 2 * model->trial[i] * model->trial[i];
		model->gradient[i] -= ridge * model->trial[i];
		model->matrix[i * size + i] += ridge;
	}

	/* it must not get worse, but for rounding in the sum of very many */
	if (!(model->trial_objective >= model->objective - 1e-10 * fabs(model->objective)))
	{
		model->factor /= 2;
		if (model->factor < 1e-12)
			report_not_converging();
		for (int i = 0; i < size; i++)
			model->trial[i] = model->accepted[i] + model->factor * model->step[i];
		return;
	}

	if (model->iterations++ == FIT_MAX_ITERATIONS || !cholesky(model->matrix, size))
		report_not_converging();
	memcpy(model->step, model->gradient, size * sizeof(double));
	cholesky_solve(model->matrix, size, model->step);
	memcpy(model->accepted, model->trial, size * sizeof(double));
	model->objective = model->trial_objective;
	model->factor = 1;
	for (int i = 0; i < size; i++)
	{
		longest = Max(longest, fabs(model->step[i]));
		largest = Max(largest, fabs(model->accepted[i]));
		model->trial[i] += model->step[i];
	}

	/* steps get shorter by their square: the next one would not be seen */
	if (longest <= FIT_STEP * (1 + largest))
	{
		memcpy(model->accepted, model->trial, size * sizeof(double));
		model->done = true;
	}
}

/* Fit all models. */
static void
fit_models(FitState *state, FitModel *models, const FitSignal *signals, double *x, double *z)
{
	int			size = state->nsignals + 1;
	bool		all_done;

	do
	{
		bool		churned;

		for (int i = 0; i < FIT_MODELS; i++)
		{
			FitModel   *model = &models[i];

			if (!model->done)
			{
				model->trial_objective = 0;
				memset(model->gradient, 0, size * sizeof(double));
				memset(model->matrix, 0, size * size * sizeof(double));
			}
		}
		tuplesort_rescan(state->sort);
		for (int64 place = 0; next_row(state, &churned, x); place++)
		{
			for (int i = 0; i < state->nsignals; i++)
				x[i] = in_range(&signals[i], x[i]);
			for (int i = 0; i < FIT_MODELS; i++)
			{
				FitModel   *model = &models[i];

				if (!model->done && model->left_out != place % FIT_FOLDS)
				{
					standardise(model, state->nsignals, x, z);
					model_add(model, size, z, churned);
				}
			}
		}
		all_done = true;
		for (int i = 0; i < FIT_MODELS; i++)
		{
			if (!models[i].done)
				model_step(&models[i], size, state->ridge);
			all_done = all_done && models[i].done;
		}
	} while (!all_done);
}

/* ----------
 * How well it ranks
 * ----------
 */

/* Half the pairs that are in order, and all pairs, of one model's predictions. */
typedef struct FitPairs
{
	AmountWide	twice;			/* 2 for a pair in order, 1 for a tie */
	AmountWide	pairs;			/* each counted twice */
	int64		kept;			/* so far, from the lowest prediction on */
	int64		churned;
	int64		kept_here;		/* with the prediction at hand */
	int64		churned_here;
} FitPairs;

/* Done with one prediction. */
static void
pairs_next_value(FitPairs *pairs)
{
	/* who left should be above who stayed */
	amount_wide_add_product(&pairs->twice, pairs->churned_here,
							2 * (int128) pairs->kept + pairs->kept_here);
	pairs->kept += pairs->kept_here;
	pairs->churned += pairs->churned_here;
	pairs->kept_here = pairs->churned_here = 0;
}

/* Done with one model. */
static void
pairs_next_model(FitPairs *pairs)
{
	pairs_next_value(pairs);
	amount_wide_add_product(&pairs->pairs, 2 * (int128) pairs->kept, pairs->churned);
	pairs->kept = pairs->churned = 0;
}

static Datum
pairs_auc(const FitPairs *pairs, bool *isnull)
{
	Amount		num = amount_from_wide(&pairs->twice, 0);
	Amount		den = amount_from_wide(&pairs->pairs, 0);

	*isnull = amount_sign(&den) == 0;
	return *isnull ? (Datum) 0 : NumericGetDatum(amount_ratio(&num, &den));
}

/* what is sorted: number of the model, prediction, outcome */
#define PREDICTION_SIZE		(1 + sizeof(double))

/*
 * AUC of the whole model on the customers that it was fitted on, and of the
 * others on those that each has not seen.  The latter compares only customers
 * of one fold: predictions of two models are not on one scale.
 */
static void
measure_models(FitState *state, const FitModel *models, const FitSignal *signals,
			   double *x, double *z, FitPairs *in_sample, FitPairs *held_out)
{
	Tuplesortstate *sort = sort_begin();
	int			size = state->nsignals + 1;
	char		last[PREDICTION_SIZE] = {0};
	bool		churned;
	bytea	   *row = palloc0(VARHDRSZ + PREDICTION_SIZE + 1);

	SET_VARSIZE(row, VARHDRSZ + PREDICTION_SIZE + 1);
	tuplesort_rescan(state->sort);
	for (int64 place = 0; next_row(state, &churned, x); place++)
	{
		const int	numbers[2] = {0, 1 + place % FIT_FOLDS};

		for (int i = 0; i < state->nsignals; i++)
			x[i] = in_range(&signals[i], x[i]);
		for (int i = 0; i < 2; i++)
		{
			const FitModel *model = &models[numbers[i]];
			char	   *data = VARDATA(row);

			if (!model->usable)
				continue;
			standardise(model, state->nsignals, x, z);
			data[0] = numbers[i];
			put_double(data + 1, dot(model->accepted, z, size));
			data[PREDICTION_SIZE] = churned;
			tuplesort_putdatum(sort, PointerGetDatum(row), false);
		}
	}
	pfree(row);
	tuplesort_performsort(sort);
	while ((row = sort_next(sort)) != NULL)
	{
		const char *data = VARDATA_ANY(row);
		FitPairs   *pairs = data[0] == 0 ? in_sample : held_out;

		if (data[0] != last[0])
			pairs_next_model(last[0] == 0 ? in_sample : held_out);
		else if (memcmp(data, last, PREDICTION_SIZE) != 0)
			pairs_next_value(pairs);
		memcpy(last, data, PREDICTION_SIZE);
		if (data[PREDICTION_SIZE])
			pairs->churned_here++;
		else
			pairs->kept_here++;
		pfree(row);
	}
	pairs_next_model(last[0] == 0 ? in_sample : held_out);
	tuplesort_end(sort);
}

/* ----------
 * The result
 * ----------
 */

static Datum
float_array(const double *x, int n)
{
	Datum	   *datums = palloc(n * sizeof(Datum));

	for (int i = 0; i < n; i++)
	{
		if (isnan(x[i]) || isinf(x[i]))
			report_not_converging();
		datums[i] = Float8GetDatum(x[i]);
	}
	return PointerGetDatum(construct_array(datums, n, FLOAT8OID, sizeof(float8),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/*
 * Weights of a score in which a high signal is good: what a standard deviation
 * of it takes off the odds of leaving, in parts of 100 of the sum of all such.
 * What rounding to two decimals leaves goes to the largest, the first of them.
 */
static Datum
weights_array(const double *standardised, int n)
{
	Datum	   *datums = palloc(n * sizeof(Datum));
	int64	   *hundredths = palloc0(n * sizeof(int64));
	double		sum = 0;
	int64		left = 10000;
	int			largest = 0;

	for (int i = 0; i < n; i++)
		sum += Max(-standardised[i], 0);
	for (int i = 0; i < n && sum > 0; i++)
	{
		hundredths[i] = (int64) floor(10000 * (Max(-standardised[i], 0) / sum) + 0.5);
		left -= hundredths[i];
		if (hundredths[i] > hundredths[largest])
			largest = i;
	}
	if (sum > 0)
		hundredths[largest] += left;
	for (int i = 0; i < n; i++)
	{
		/* in units of 10^-4 */
		Amount		weight = amount_from_scaled((int128) hundredths[i] * 100, 1);

		datums[i] = NumericGetDatum(amount_to_numeric(&weight));
	}
	return PointerGetDatum(construct_array(datums, n, NUMERICOID, -1, false, TYPALIGN_INT));
}

#define FIT_COLUMNS		11

/* health_fit_final(internal) -> health_fit */
PG_FUNCTION_INFO_V1(health_fit_final);
Datum
health_fit_final(PG_FUNCTION_ARGS)
{
	FitState   *state;
	FitSignal  *signals;
	FitModel	models[FIT_MODELS];
	FitModel   *whole = &models[0];
	FitPairs	in_sample = {0};
	FitPairs	held_out = {0};
	int64		fold_customers[FIT_FOLDS] = {0};
	int64		fold_churned[FIT_FOLDS] = {0};
	int			n;
	double	   *x;
	double	   *z;
	double	   *coefficients;
	double	   *std_errors;
	double		intercept;
	TupleDesc	desc;
	Datum		values[FIT_COLUMNS] = {0};
	bool		nulls[FIT_COLUMNS] = {false};

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "health_fit_final called outside of an aggregate");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (FitState *) PG_GETARG_POINTER(0);
	if (state->churned == 0 || state->churned == state->customers)
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (!state->sorted)
		tuplesort_performsort(state->sort);
	state->sorted = true;

	n = state->nsignals;
	x = palloc(n * sizeof(double));
	z = palloc((n + 1) * sizeof(double));
	signals = measure_signals(state, x, fold_customers, fold_churned);
	for (int i = 0; i < FIT_MODELS; i++)
		model_init(&models[i], i - 1, state, signals, fold_customers, fold_churned);
	fit_models(state, models, signals, x, z);
	measure_models(state, models, signals, x, z, &in_sample, &held_out);

	/* back to the units of signals; half a range is a double, a whole may not be */
	coefficients = palloc(n * sizeof(double));
	std_errors = palloc(n * sizeof(double));
	intercept = whole->accepted[0];
	for (int i = 0; i < n; i++)
	{
		double		half = signals[i].high / 2 - signals[i].low / 2;
		double	   *column = palloc0((n + 1) * sizeof(double));

		coefficients[i] = std_errors[i] = 0;
		if (whole->scale[i] > 0)
		{
			/* a diagonal element of the inverse */
			column[i + 1] = 1;
			cholesky_solve(whole->matrix, n + 1, column);
			coefficients[i] = whole->accepted[i + 1] * whole->scale[i] / half / 2;
			std_errors[i] = sqrt(column[i + 1]) * whole->scale[i] / half / 2;
			intercept -= whole->accepted[i + 1] * whole->scale[i] *
				(whole->mean[i] + signals[i].low / 2 / half);
		}
		pfree(column);
	}
	if (isnan(intercept) || isinf(intercept))
		report_not_converging();

	values[0] = Float8GetDatum(intercept);
	values[1] = float_array(coefficients, n);
	values[2] = float_array(std_errors, n);
	values[3] = weights_array(whole->accepted + 1, n);
	values[4] = pairs_auc(&in_sample, &nulls[4]);
	values[5] = pairs_auc(&held_out, &nulls[5]);
	values[6] = Int64GetDatum(state->customers);
	values[7] = Int64GetDatum(state->churned);
	values[8] = Int64GetDatum(state->skipped);
	values[9] = Int32GetDatum(whole->iterations);
	values[10] = Float8GetDatum(state->ridge);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* ----------
 * Using it
 * ----------
 */

/* churn_probability(health_fit, float8[]) -> numeric */
PG_FUNCTION_INFO_V1(health_fit_churn_probability);
Datum
health_fit_churn_probability(PG_FUNCTION_ARGS)
{
	HeapTupleHeader fit = PG_GETARG_HEAPTUPLEHEADER(0);
	ArrayType  *signals = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *coefficients;
	Datum		datum;
	bool		isnull;
	double		eta;
	double		small;
	const double *c;
	const double *x;
	int			n;
	Amount		result;

	datum = GetAttributeByNum(fit, 1, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	eta = DatumGetFloat8(datum);
	datum = GetAttributeByNum(fit, 2, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	coefficients = DatumGetArrayTypeP(datum);
	n = ArrayGetNItems(ARR_NDIM(coefficients), ARR_DIMS(coefficients));
	if (ARR_NDIM(signals) > 1)
		report_dimensions();
	if (ArrayGetNItems(ARR_NDIM(signals), ARR_DIMS(signals)) != n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be as many signals as the weights were fitted on"),
				 errdetail("There are %d, and %d coefficients.",
						   ArrayGetNItems(ARR_NDIM(signals), ARR_DIMS(signals)), n)));
	if (array_contains_nulls(signals) || array_contains_nulls(coefficients))
		PG_RETURN_NULL();
	c = (const double *) array_data(coefficients);
	x = (const double *) array_data(signals);
	for (int i = 0; i < n; i++)
	{
		if (isnan(x[i]) || isinf(x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("signal %d must be a finite number, not %s", i + 1,
							isnan(x[i]) ? "NaN" : x[i] > 0 ? "Infinity" : "-Infinity")));
		eta += c[i] * x[i];
	}
	if (isnan(eta))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("probability of leaving is out of range")));
	small = exp(-fabs(eta));

	/* to four decimals, as a back-test takes them */
	result = amount_from_scaled((int64) floor(10000 * ((eta > 0 ? 1 : small) / (1 + small)) + 0.5), 1);
	PG_RETURN_NUMERIC(amount_to_numeric(&result));
}

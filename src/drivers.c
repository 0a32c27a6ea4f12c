/*-------------------------------------------------------------------------
 *
 * drivers.c
 *	  drivers(): why a retention rate moved between two periods.
 *
 * For segments s with weight w = o_s / O (their share of the opening) and rate
 * r_s, bars being the mean of the two periods:
 *
 *		rate_s = w_bar * (r_s1 - r_s0)
 *		mix_s  = (w_s1 - w_s0) * (r_bar_s - R_bar)
 *
 * These add up to R1 - R0 without a remainder and whichever period comes first.
 * The rate effect is made of expansion, contraction and churn.  Definitions are
 * in doc/drivers.md.
 *
 * All of it is exact until mix, expansion, contraction and churn of each
 * segment, the leaves, are rounded to 12 decimals.  What is then missing to the
 * rounded change goes to the largest leaf, and everything that is printed is a
 * sum of leaves.
 *
 * The state is an array of the rows that came, each with what is needed of its
 * summaries: a type like any other, so that it can be sent and distributed.
 * While an aggregate runs it is an expanded array: a flat one would be copied
 * for every row.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "option.h"
#include "retention.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* more is a mistake: customers instead of segments */
#define DRIVERS_MAX_SEGMENTS	100000

#define DRIVERS_DECIMALS		12

typedef enum DriverMetric
{
	DRIVER_NRR,
	DRIVER_GRR,
	DRIVER_LOGO
} DriverMetric;

#define DRIVER_METRICS	(DRIVER_LOGO + 1)

static const char *const metric_names[DRIVER_METRICS] = {
	"nrr", "grr", "logo_retention"
};

/* Columns of driver_input, the type of the state's elements. */
#define INPUT_SEGMENT	0
#define INPUT_METRIC	1
#define INPUT_PRIOR		2
#define INPUT_CURRENT	3
#define INPUT_COLUMNS	4

/* Columns of driver, the type of the result's elements. */
#define DRIVER_COLUMNS	11

/* What is rounded; the order in which equally large ones are preferred. */
typedef enum DriverLeaf
{
	LEAF_MIX,
	LEAF_EXPANSION,
	LEAF_CONTRACTION,
	LEAF_CHURN
} DriverLeaf;

#define DRIVER_LEAVES	(LEAF_CHURN + 1)

/* One segment in one period. */
typedef struct DriverSide
{
	Amount		opening;
	Amount		part[DRIVER_LEAVES];	/* signed; not of LEAF_MIX */
	Amount		kept;			/* opening and all parts: the rate's numerator */
} DriverSide;

typedef struct DriverSegment
{
	text	   *name;			/* or NULL */
	DriverSide	side[2];		/* prior, current */
	Amount		leaf[DRIVER_LEAVES];
} DriverSegment;

/* ----------
 * Arithmetic
 * ----------
 */

static Amount
plus(Amount a, Amount b)
{
	return amount_add(&a, &b);
}

static Amount
minus(Amount a, Amount b)
{
	return amount_sub(&a, &b);
}

static Amount
times(Amount a, Amount b)
{
	return amount_mul(&a, &b);
}

static Amount
absolute(Amount a)
{
	return amount_sign(&a) < 0 ? minus(AMOUNT_ZERO, a) : a;
}

/* a leaf, or what leaves have to add up to */
static Amount
quotient(Amount num, Amount den)
{
	return amount_ratio_rounded(&num, &den, DRIVERS_DECIMALS);
}

/* ----------
 * The state
 * ----------
 */

static DriverMetric
metric_parse(const text *name)
{
	int			metric = option_find(name, metric_names, DRIVER_METRICS);

	if (metric < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown metric \"%.*s\"",
						shown_length(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)), VARDATA_ANY(name)),
				 errdetail("Valid are nrr, grr and logo_retention.")));
	return (DriverMetric) metric;
}

static void
report_metric(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("metric of drivers %s", problem),
			 errdetail("An option has one value for all rows of a group.")));
}

static void
report_too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("drivers has too many segments"),
			 errdetail("The limit is %d in one group.", DRIVERS_MAX_SEGMENTS),
			 errhint("A segment is a group of customers, such as a region; for the customers behind a change use reconcile().")));
}

/*
 * The array in argument 0, ready to be changed.  In an aggregate it is in the
 * executor's memory and stays there from row to row.
 */
static ExpandedArrayHeader *
state_from_arg(FunctionCallInfo fcinfo, Oid element)
{
	MemoryContext context;
	MemoryContext old;
	ExpandedArrayHeader *state;

	if (!AggCheckCallContext(fcinfo, &context))
		context = CurrentMemoryContext;
	old = MemoryContextSwitchTo(context);
	if (PG_ARGISNULL(0))
		state = construct_empty_expanded_array(element, context, NULL);
	else
		state = PG_GETARG_EXPANDED_ARRAY(0);
	MemoryContextSwitchTo(old);
	return state;
}

static void
state_append(ExpandedArrayHeader *state, Datum element)
{
	int			count = ArrayGetNItems(state->ndims, state->dims);
	int			index = count + (state->ndims > 0 ? state->lbound[0] : 1);

	if (count >= DRIVERS_MAX_SEGMENTS)
		report_too_many();
	(void) array_set_element(EOHPGetRWDatum(&state->hdr), 1, &index, element, false, -1,
							 state->typlen, state->typbyval, state->typalign);
}

/*
 * What is needed of a summary, packed: who was there, and what became of them.
 */
static Datum
strip_summary(Datum datum)
{
	RetentionSummary summary;
	RetentionSummary result;

	retention_read(datum, &summary);
	memset(&result, 0, sizeof(result));
	result.has_window = summary.has_window;
	result.t0 = summary.t0;
	result.t1 = summary.t1;
	result.currency = summary.currency;
	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		if (i == RETENTION_OPENING || i == RETENTION_EXPANSION ||
			i == RETENTION_CONTRACTION || i == RETENTION_CHURN)
		{
			result.sums.count[i] = summary.sums.count[i];
			result.sums.amount[i] = summary.sums.amount[i];
		}
	}
	return PointerGetDatum(codec_pack(&retention_summary_type, &result));
}

/* drivers_accum(driver_input[], segment, prior, current [, metric]) */
PG_FUNCTION_INFO_V1(drivers_accum);
Datum
drivers_accum(PG_FUNCTION_ARGS)
{
	Oid			type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	ExpandedArrayHeader *state = state_from_arg(fcinfo, type);
	DriverMetric metric = DRIVER_NRR;
	TupleDesc	desc;
	Datum		values[INPUT_COLUMNS] = {0};
	bool		nulls[INPUT_COLUMNS] = {false};

	if (PG_NARGS() > 4)
	{
		if (PG_ARGISNULL(4))
			report_metric("is NULL");
		metric = metric_parse(PG_GETARG_TEXT_PP(4));
	}
	nulls[INPUT_SEGMENT] = PG_ARGISNULL(1);
	if (!PG_ARGISNULL(1))
		values[INPUT_SEGMENT] = PointerGetDatum(PG_GETARG_TEXT_PP(1));
	values[INPUT_METRIC] = CStringGetTextDatum(metric_names[metric]);
	for (int i = 0; i < 2; i++)
	{
		nulls[INPUT_PRIOR + i] = PG_ARGISNULL(2 + i);
		if (!PG_ARGISNULL(2 + i))
			values[INPUT_PRIOR + i] = strip_summary(PG_GETARG_DATUM(2 + i));
	}
	desc = lookup_rowtype_tupdesc(type, -1);
	state_append(state, HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
	ReleaseTupleDesc(desc);
	PG_RETURN_EXPANDED_ARRAY(state);
}

/* drivers_combine(driver_input[], driver_input[]), strict */
PG_FUNCTION_INFO_V1(drivers_combine);
Datum
drivers_combine(PG_FUNCTION_ARGS)
{
	Oid			type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	ExpandedArrayHeader *state = state_from_arg(fcinfo, type);
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), type, state->typlen, state->typbyval,
					  state->typalign, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		/* of our own making there is none */
		if (nulls[i])
			report_metric("is NULL");
		state_append(state, elements[i]);
	}
	PG_RETURN_EXPANDED_ARRAY(state);
}

/* ----------
 * Reading the state
 * ----------
 */

/* Which metric, and whose currency and windows, all rows have. */
typedef struct DriverCommon
{
	bool		known;			/* is there a metric yet */
	DriverMetric metric;
	Currency	currency;
	bool		has_window[2];	/* of prior, and of current summaries */
	DateADT		t0[2];
	DateADT		t1[2];
} DriverCommon;

static void
read_side(DriverCommon *common, int which, Datum datum, DriverSide *side)
{
	RetentionSummary summary;
	const RetentionSums *sums = &summary.sums;
	Amount		zero = AMOUNT_ZERO;

	retention_read(datum, &summary);
	currency_merge(&common->currency, &summary.currency);
	if (summary.has_window)
	{
		if (common->has_window[which] &&
			(common->t0[which] != summary.t0 || common->t1[which] != summary.t1))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("the segments of one period have different windows"),
					 errdetail("All %s summaries must be of the same opening and the same closing.",
							   which == 0 ? "prior" : "current"),
					 errhint("Compare two periods at a time: rollup(summary) FILTER (WHERE period = ...) for each, GROUP BY segment.")));
		common->has_window[which] = true;
		common->t0[which] = summary.t0;
		common->t1[which] = summary.t1;
	}

	if (common->metric == DRIVER_LOGO)
	{
		side->opening = amount_from_int64(sums->count[RETENTION_OPENING]);
		side->part[LEAF_CHURN] = amount_from_int64(-sums->count[RETENTION_CHURN]);
	}
	else
	{
		side->opening = sums->amount[RETENTION_OPENING];
		if (common->metric == DRIVER_NRR)
			side->part[LEAF_EXPANSION] = sums->amount[RETENTION_EXPANSION];
		side->part[LEAF_CONTRACTION] = minus(zero, sums->amount[RETENTION_CONTRACTION]);
		side->part[LEAF_CHURN] = minus(zero, sums->amount[RETENTION_CHURN]);
	}
	side->kept = side->opening;
	for (int i = LEAF_EXPANSION; i < DRIVER_LEAVES; i++)
		side->kept = plus(side->kept, side->part[i]);
}

static int
compare_segments(const void *a, const void *b)
{
	const text *x = ((const DriverSegment *) a)->name;
	const text *y = ((const DriverSegment *) b)->name;
	Size		x_size;
	Size		y_size;
	int			result;

	/* NULL is last */
	if (x == NULL || y == NULL)
		return (x == NULL) - (y == NULL);
	x_size = VARSIZE_ANY_EXHDR(x);
	y_size = VARSIZE_ANY_EXHDR(y);
	result = memcmp(VARDATA_ANY(x), VARDATA_ANY(y), Min(x_size, y_size));
	if (result != 0)
		return result;
	return x_size < y_size ? -1 : x_size > y_size;
}

static void
check_distinct(const DriverSegment *segments, int count)
{
	for (int i = 1; i < count; i++)
	{
		const text *name = segments[i].name;

		if (compare_segments(&segments[i - 1], &segments[i]) != 0)
			continue;
		if (name == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("segment NULL is given twice to drivers"),
					 errhint("Add its summaries first: rollup(summary), GROUP BY segment.")));
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("segment \"%.*s\" is given twice to drivers",
						shown_length(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)), VARDATA_ANY(name)),
				 errhint("Add its summaries first: rollup(summary), GROUP BY segment.")));
	}
}

/*
 * The segments of a state, in order.  The state may come from anywhere: an
 * array of the right type can be made of anything.
 */
static DriverSegment *
read_state(ArrayType *state, DriverCommon *common, int *nsegments)
{
	Oid			type = ARR_ELEMTYPE(state);
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	DriverSegment *segments;
	Datum	   *elements;
	bool	   *element_nulls;
	int			count;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	if (ArrayGetNItems(ARR_NDIM(state), ARR_DIMS(state)) > DRIVERS_MAX_SEGMENTS)
		report_too_many();
	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(state, type, typlen, typbyval, typalign,
					  &elements, &element_nulls, &count);
	segments = palloc0(Max(count, 1) * sizeof(DriverSegment));
	memset(common, 0, sizeof(*common));
	for (int i = 0; i < count; i++)
	{
		Datum		values[INPUT_COLUMNS];
		bool		nulls[INPUT_COLUMNS];
		HeapTupleData tuple;
		DriverMetric metric;

		if (element_nulls[i])
			report_metric("is NULL");
		memset(&tuple, 0, sizeof(tuple));
		tuple.t_data = DatumGetHeapTupleHeader(elements[i]);
		tuple.t_len = HeapTupleHeaderGetDatumLength(tuple.t_data);
		heap_deform_tuple(&tuple, desc, values, nulls);

		if (nulls[INPUT_METRIC])
			report_metric("is NULL");
		metric = metric_parse(DatumGetTextPP(values[INPUT_METRIC]));
		if (common->known && common->metric != metric)
			report_metric("changes from row to row");
		common->known = true;
		common->metric = metric;

		if (!nulls[INPUT_SEGMENT])
			segments[i].name = DatumGetTextPP(values[INPUT_SEGMENT]);
		for (int which = 0; which < 2; which++)
		{
			if (!nulls[INPUT_PRIOR + which])
				read_side(common, which, values[INPUT_PRIOR + which], &segments[i].side[which]);
		}
	}
	ReleaseTupleDesc(desc);
	qsort(segments, count, sizeof(DriverSegment), compare_segments);
	check_distinct(segments, count);
	*nsegments = count;
	return segments;
}

/* ----------
 * The effects
 * ----------
 */

/* The leaves of a segment, with the sums of all segments in total. */
static void
find_leaves(DriverSegment *segment, const DriverSide *total)
{
	Amount		o0 = segment->side[0].opening;
	Amount		o1 = segment->side[1].opening;
	Amount		totals = times(total[0].opening, total[1].opening);
	bool		was = amount_sign(&o0) != 0;
	bool		is = amount_sign(&o1) != 0;
	Amount		two = amount_from_int64(2);
	Amount		num;
	Amount		den;

	if (!was && !is)
		return;

	/*
	 * Its rate less the whole's, both the mean of the two periods: over twice
	 * the product of openings and totals.  A segment that is there on one side
	 * only has the rate of that side.
	 */
	if (was && is)
	{
		num = plus(times(segment->side[0].kept, o1), times(segment->side[1].kept, o0));
		den = times(o0, o1);
	}
	else
	{
		num = times(segment->side[was ? 0 : 1].kept, two);
		den = was ? o0 : o1;
	}
	num = minus(times(num, totals),
				times(plus(times(total[0].kept, total[1].opening),
						   times(total[1].kept, total[0].opening)), den));
	den = times(times(den, two), totals);

	/* by the change of its weight */
	num = times(num, minus(times(o1, total[0].opening), times(o0, total[1].opening)));
	segment->leaf[LEAF_MIX] = quotient(num, times(den, totals));
	if (!was || !is)
		return;

	/* the mean of its weights, by the change of each part of its rate */
	den = times(times(times(o0, o1), two), totals);
	for (int i = LEAF_EXPANSION; i < DRIVER_LEAVES; i++)
	{
		num = minus(times(segment->side[1].part[i], o0), times(segment->side[0].part[i], o1));
		if (amount_sign(&num) == 0)
			continue;
		num = times(num, plus(times(o0, total[1].opening), times(o1, total[0].opening)));
		segment->leaf[i] = quotient(num, den);
	}
}

/* Give what rounding left over to the largest leaf. */
static void
spread_residual(DriverSegment *segments, int count, const DriverSide *total)
{
	Amount		left = quotient(minus(times(total[1].kept, total[0].opening),
									  times(total[0].kept, total[1].opening)),
								times(total[0].opening, total[1].opening));
	Amount	   *largest = NULL;
	Amount		size = AMOUNT_ZERO;

	for (int i = 0; i < count; i++)
	{
		for (int j = 0; j < DRIVER_LEAVES; j++)
		{
			Amount	   *leaf = &segments[i].leaf[j];
			Amount		this_size = absolute(*leaf);

			left = minus(left, *leaf);
			if (largest == NULL || amount_cmp(&this_size, &size) > 0)
			{
				largest = leaf;
				size = this_size;
			}
		}
	}
	*largest = plus(*largest, left);
}

static Datum
amount_datum(Amount amount)
{
	return NumericGetDatum(amount_to_numeric(&amount));
}

static Datum
form_driver(TupleDesc desc, const DriverSegment *segment, const DriverSide *total)
{
	Datum		values[DRIVER_COLUMNS] = {0};
	bool		nulls[DRIVER_COLUMNS] = {false};
	Amount		rate_effect = AMOUNT_ZERO;
	int			column = 0;

	nulls[column] = segment->name == NULL;
	values[column++] = PointerGetDatum(segment->name);
	for (int i = 0; i < 2; i++)
		values[column++] = NumericGetDatum(amount_ratio(&segment->side[i].opening,
														&total[i].opening));
	for (int i = 0; i < 2; i++, column++)
	{
		nulls[column] = amount_sign(&segment->side[i].opening) == 0;
		if (!nulls[column])
			values[column] = NumericGetDatum(amount_ratio(&segment->side[i].kept,
														  &segment->side[i].opening));
	}
	for (int i = LEAF_EXPANSION; i < DRIVER_LEAVES; i++)
		rate_effect = plus(rate_effect, segment->leaf[i]);
	values[column++] = amount_datum(segment->leaf[LEAF_MIX]);
	values[column++] = amount_datum(rate_effect);
	for (int i = LEAF_EXPANSION; i < DRIVER_LEAVES; i++)
		values[column++] = amount_datum(segment->leaf[i]);
	values[column++] = amount_datum(plus(segment->leaf[LEAF_MIX], rate_effect));
	Assert(column == DRIVER_COLUMNS);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* drivers_final(driver_input[]) -> driver[] */
PG_FUNCTION_INFO_V1(drivers_final);
Datum
drivers_final(PG_FUNCTION_ARGS)
{
	Oid			type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	DriverCommon common;
	DriverSegment *segments;
	int			count;
	DriverSide	total[2];
	MemoryContext work;
	MemoryContext old;
	TupleDesc	desc;
	Datum	   *result;

	segments = read_state(PG_GETARG_ARRAYTYPE_P(0), &common, &count);

	memset(total, 0, sizeof(total));
	for (int i = 0; i < count; i++)
	{
		for (int which = 0; which < 2; which++)
		{
			total[which].opening = plus(total[which].opening, segments[i].side[which].opening);
			total[which].kept = plus(total[which].kept, segments[i].side[which].kept);
		}
	}
	/* a rate that one of the periods does not have did not move */
	if (amount_sign(&total[0].opening) == 0 || amount_sign(&total[1].opening) == 0)
		PG_RETURN_NULL();

	work = AllocSetContextCreate(CurrentMemoryContext, "drivers of a segment",
								 ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		old = MemoryContextSwitchTo(work);
		find_leaves(&segments[i], total);
		MemoryContextSwitchTo(old);
		for (int j = 0; j < DRIVER_LEAVES; j++)
			segments[i].leaf[j] = amount_copy(&segments[i].leaf[j]);
		MemoryContextReset(work);
	}
	spread_residual(segments, count, total);

	desc = lookup_rowtype_tupdesc(type, -1);
	result = palloc(count * sizeof(Datum));
	for (int i = 0; i < count; i++)
	{
		HeapTupleHeader row;

		CHECK_FOR_INTERRUPTS();
		old = MemoryContextSwitchTo(work);
		row = DatumGetHeapTupleHeader(form_driver(desc, &segments[i], total));
		MemoryContextSwitchTo(old);
		result[i] = PointerGetDatum(memcpy(palloc(VARSIZE(row)), row, VARSIZE(row)));
		MemoryContextReset(work);
	}
	ReleaseTupleDesc(desc);
	PG_RETURN_ARRAYTYPE_P(construct_array(result, count, type, -1, false, TYPALIGN_DOUBLE));
}

/*-------------------------------------------------------------------------
 *
 * cohort_table.c
 *	  What is read from a cohort_matrix: the table of cohorts and the curve
 *	  over all of them.
 *
 * Which retention it is, and which customers have been observed for long
 * enough, is decided here; the matrix only has the counts.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "cohort.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "option.h"
#include "stats.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef enum CohortKind
{
	KIND_ON,
	KIND_ON_OR_AFTER,
	KIND_PREVIOUS
} CohortKind;

static CohortKind
kind_parse(const text *name)
{
	static const char *const names[] = {"on", "on_or_after", "previous"};
	int			kind = option_find(name, names, lengthof(names));

	if (kind < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown retention kind \"%.*s\"",
						shown_length(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)), VARDATA_ANY(name)),
				 errdetail("Valid are on, on_or_after and previous."),
				 errhint("For ranges of periods build the matrix with cohort_bracket_agg().")));
	return (CohortKind) kind;
}

/* One cohort at one distance from its start. */
typedef struct CohortLine
{
	DateADT		cohort;
	int32		step;			/* lines of a cohort are numbered from 0 */
	int32		period;			/* the number that is shown */
	int64		size;
	int64		eligible;		/* customers observed to the end of the period */
	int64		active;			/* of these */
	int64		denominator;	/* of retention */
	bool		complete;
	bool		first_observed; /* may its customers be older than they seem? */
	const CohortMoney *money;	/* NULL without MRR */
	const Amount *base;			/* MRR at the start, likewise */
} CohortLine;

typedef struct CohortReader
{
	CohortMatrix matrix;
	CohortKind	kind;
	bool		has_from;
	bool		has_to;
	DateADT		observed_from;	/* if given */
	DateADT		observed_to;
	bool		skip_first;		/* leave first observed cohorts out */
	void		(*line) (void *context, const CohortLine *line);
	void	   *context;
} CohortReader;

/* Where in a row's cells we are, going through its offsets. */
typedef struct CohortCursor
{
	const CohortRow *row;
	int			next;			/* cell at or after the offset */
	int64		reached;		/* customers whose last cell is not before that */
} CohortCursor;

static void
cursor_init(CohortCursor *cursor, const CohortRow *row)
{
	cursor->row = row;
	cursor->next = 0;
	cursor->reached = cohort_row_ever(row);
}

/*
 * Customers active at an offset; offsets are asked for in ascending order.
 * Sets *reached to those active then or later.
 */
static int64
cursor_active(CohortCursor *cursor, int64 offset, int64 *reached, const CohortMoney **money)
{
	static const CohortMoney no_money = {AMOUNT_ZERO, AMOUNT_ZERO};
	const CohortRow *row = cursor->row;

	while (cursor->next < row->ncells && row->cells[cursor->next].offset < offset)
		cursor->reached -= row->cells[cursor->next++].last;
	*reached = cursor->reached;
	if (cursor->next < row->ncells && row->cells[cursor->next].offset == offset)
	{
		*money = row->money ? &row->money[cursor->next] : NULL;
		return row->cells[cursor->next].active;
	}
	if (row->running > 0 && offset >= row->running_from)
	{
		*money = &row->running_money;
		return row->running;
	}
	*money = row->money || row->running > 0 ? &no_money : NULL;
	return 0;
}

/* A result that would fill the disk rather than help anybody. */
#define COHORT_MAX_LINES	1000000

static void
check_lines(int64 count)
{
	if (count > COHORT_MAX_LINES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("cohort would have more than %d periods", COHORT_MAX_LINES),
				 errhint("Say where the observed time ends, with observed_to, or use a coarser grain.")));
}

static void
report_unobserved(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("retention of kind on_or_after cannot leave out activity after observed_to"),
			 errdetail("The matrix has activity after that date, and does not tell which of those customers were active before it."),
			 errhint("Build the matrix from rows up to that date, or leave observed_to out.")));
}

/*
 * Make a row what it would be if nobody had been watched after an offset: the
 * customers who were active later are then active for the last time earlier.
 *
 * Counts say only of some customers when.  Of the later customers ("later" of
 * them) at least low and at most high were active from some offset on until the
 * end: at a single offset those who are active there and were not so for the last
 * time (at most), less the others who can be (at least); and at one offset or
 * another between the greatest of these and their sum.  Counts do not restrict
 * it any further, so if the two differ it cannot be told.
 *
 * If the offset after the end is partly observed, any of those who are active
 * there may have been so in that part.
 */
static void
row_end_at(CohortRow *row, int64 end, bool partly)
{
	int64		later = row->running;
	int64		low = 0;
	int64		high = 0;
	int64		others = 0;		/* active for the last time between here and the end */
	int			ncells = row->ncells;

	/* whoever is running is active at the end, whatever was before */
	if (row->running > 0 && row->running_from <= end)
		return;
	while (ncells > 0 && row->cells[ncells - 1].offset > end)
		later += row->cells[--ncells].last;
	if (partly && ncells < row->ncells && row->cells[ncells].offset == end + 1)
	{
		high = row->cells[ncells].active;
		if (ncells == 0 || row->cells[ncells - 1].offset < end)
			report_unobserved();
	}

	for (int i = ncells - 1; i >= 0 && later > 0; i--)
	{
		CohortCell *cell = &row->cells[i];
		int64		before = low;

		others += cell->last;
		low = Max(low, cell->active - others);
		high = Min(later, high + cell->active - cell->last);
		if (low != high)
			report_unobserved();
		cell->last += low - before;
	}
	row->ncells = ncells;
	row->running = 0;
}

/*
 * What was before the observed time is unknown, so whoever was active in its
 * first period may have begun before.  Not so if the caller has said when.
 * Periods are those that cohorts are labelled by.
 */
static bool
is_first_observed(const CohortReader *reader, Grain grain, int64 cohort, int64 first)
{
	if (reader->matrix.shape.basis == COHORT_DATE)
		return false;
	if (reader->has_from)
		first = period_number(grain, reader->observed_from);
	return cohort <= first;
}

static void
put_line(const CohortReader *reader, const CohortLine *line)
{
	if (!line->first_observed || !reader->skip_first)
		reader->line(reader->context, line);
}

static int64
retention_denominator(CohortKind kind, int64 eligible, int64 before)
{
	return kind == KIND_PREVIOUS ? before : eligible;
}

/* Cohorts whose offsets are periods. */
static void
read_periods(CohortReader *reader)
{
	CohortMatrix *matrix = &reader->matrix;
	Grain		grain = matrix->shape.grain;
	int64		end = PG_INT64_MIN; /* last period observed */
	DateADT		end_day;		/* last day known to be over */

	for (int i = 0; i < matrix->nrows; i++)
	{
		const CohortRow *row = &matrix->rows[i];

		if (row->running > 0 && !reader->has_to)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the cohorts have no end: some customer is still paying"),
					 errhint("Say up to which day MRR is known, for example cohort_table(m, 'on', current_date).")));
		if (row->ncells > 0)
			end = Max(end, (int64) row->cohort + row->cells[row->ncells - 1].offset);
	}
	if (reader->has_to)
	{
		end = period_number(grain, reader->observed_to);
		end_day = reader->observed_to;
	}
	else if (end == PG_INT64_MIN)
		return;
	else
	{
		/* of the last period with activity, more may be to come */
		end_day = period_start(grain, end) - 1;
	}

	for (int i = 0; i < matrix->nrows; i++)
	{
		CohortRow  *row = &matrix->rows[i];
		int64		width = end - row->cohort;
		int64		before = row->size;
		CohortCursor cursor;
		const CohortMoney *start;
		CohortLine	line;

		if (width < 0)
			break;
		check_lines(width);
		if (reader->kind == KIND_ON_OR_AFTER)
			row_end_at(row, width, false);

		cursor_init(&cursor, row);
		cursor_active(&cursor, 0, &line.active, &start);
		line.cohort = period_start(grain, row->cohort);
		line.size = row->size;
		line.eligible = row->size;
		line.first_observed = is_first_observed(reader, grain, row->cohort, matrix->rows[0].cohort);
		line.base = start ? &start->net : NULL;
		for (int64 offset = 0; offset <= width; offset++)
		{
			int64		reached;
			int64		active = cursor_active(&cursor, offset, &reached, &line.money);

			CHECK_FOR_INTERRUPTS();
			line.step = line.period = offset;
			line.active = reader->kind == KIND_ON_OR_AFTER ? reached : active;
			line.denominator = retention_denominator(reader->kind, row->size, before);
			line.complete = offset < width || period_end(grain, end) <= end_day;
			put_line(reader, &line);
			before = active;
		}
	}
}

/*
 * Cohorts of a month whose offsets are windows of days since each customer's
 * own first day: at one offset some are old enough, others not yet.
 */
static void
read_ages(CohortReader *reader)
{
	CohortMatrix *matrix = &reader->matrix;
	Grain		month = {GRAIN_MONTH, 0};
	int64		age_days = matrix->shape.age_days;
	DateADT		end_day = reader->has_to ? reader->observed_to : matrix->last_day;
	int			from;
	int			to;

	for (from = 0; from < matrix->nrows && matrix->rows[from].cohort <= end_day; from = to)
	{
		int32		cohort = period_number(month, matrix->rows[from].cohort);
		CohortCursor cursors[31];
		int64		before[31];
		CohortLine	line;

		/* customers who came after the observed time are not known yet */
		line.size = 0;
		for (to = from; to < matrix->nrows && matrix->rows[to].cohort <= end_day &&
			 period_number(month, matrix->rows[to].cohort) == cohort; to++)
		{
			CohortRow  *row = &matrix->rows[to];

			/* windows that are not over are not shown, but what is known of them counts */
			if (reader->kind == KIND_ON_OR_AFTER && end_day < matrix->last_day)
			{
				int64		days = (int64) end_day - row->cohort + 1;

				if (days >= age_days)
					row_end_at(row, days / age_days - 1, days % age_days > 0);
			}
			cursor_init(&cursors[to - from], row);
			before[to - from] = row->size;
			line.size += row->size;
		}
		check_lines((end_day - (int64) matrix->rows[from].cohort) / age_days);

		line.cohort = period_start(month, cohort);
		line.first_observed = is_first_observed(reader, month, cohort,
												period_number(month, matrix->rows[0].cohort));
		line.money = NULL;
		line.base = NULL;
		for (int64 offset = 0;; offset++)
		{
			int64		all_before = 0;

			CHECK_FOR_INTERRUPTS();
			line.step = line.period = offset;
			line.eligible = 0;
			line.active = 0;
			for (int i = 0; from + i < to; i++)
			{
				const CohortRow *row = &matrix->rows[from + i];
				int64		reached;
				int64		active;

				if (row->cohort + (offset + 1) * age_days - 1 > end_day)
					break;
				active = cursor_active(&cursors[i], offset, &reached, &line.money);
				line.eligible += row->size;
				line.active += reader->kind == KIND_ON_OR_AFTER ? reached : active;
				all_before += before[i];
				before[i] = active;
			}
			if (line.eligible == 0)
				break;
			line.denominator = retention_denominator(reader->kind, line.eligible, all_before);

			/* over for everybody who could have come in that month */
			line.complete = period_end(month, cohort) + (offset + 1) * age_days - 1 <=
				end_day - (reader->has_to ? 0 : 1);
			put_line(reader, &line);
		}
	}
}

/* Cohorts whose offsets are ranges of periods. */
static void
read_ranges(CohortReader *reader)
{
	CohortMatrix *matrix = &reader->matrix;
	CohortShape *shape = &matrix->shape;
	DateADT		end_day = shape->observed_to;
	int64		end;

	if (reader->has_to && reader->observed_to > end_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("observed_to is after that of cohort_bracket_agg()"),
				 errdetail("Ranges that were not over at the time are not in the matrix.")));
	if (reader->has_to)
		end_day = reader->observed_to;
	end = period_number(shape->grain, end_day);

	for (int i = 0; i < matrix->nrows; i++)
	{
		CohortRow  *row = &matrix->rows[i];
		int64		before = row->size;
		int			nranges = 0;	/* that are over */
		CohortCursor cursor;
		CohortLine	line;

		if (row->cohort > end)
			break;
		while (nranges < shape->nranges - 1 &&
			   row->cohort + (int64) shape->ranges[nranges + 1] - 1 <= end)
			nranges++;
		if (reader->kind == KIND_ON_OR_AFTER)
			row_end_at(row, nranges - 1, false);

		cursor_init(&cursor, row);
		line.cohort = period_start(shape->grain, row->cohort);
		line.size = row->size;
		line.eligible = row->size;
		line.first_observed = is_first_observed(reader, shape->grain, row->cohort,
												matrix->rows[0].cohort);
		line.base = NULL;
		for (int j = 0; j < nranges; j++)
		{
			int64		reached;
			int64		active = cursor_active(&cursor, j, &reached, &line.money);

			line.step = j;
			line.period = shape->ranges[j];
			line.active = reader->kind == KIND_ON_OR_AFTER ? reached : active;
			line.denominator = retention_denominator(reader->kind, row->size, before);
			line.complete = period_end(shape->grain, row->cohort + shape->ranges[j + 1] - 1) <= end_day;
			put_line(reader, &line);
			before = active;
		}
	}
}

/* All lines of a matrix, by cohort and offset. */
static void
read_lines(CohortReader *reader)
{
	Grain		month = {GRAIN_MONTH, 0};

	if (!reader->matrix.shape.grain_known)
		cohort_matrix_settle(&reader->matrix, month);
	switch (reader->matrix.shape.basis)
	{
		case COHORT_FIRST:
		case COHORT_DATE:
		case COHORT_MRR:
			read_periods(reader);
			break;
		case COHORT_AGE:
			read_ages(reader);
			break;
		case COHORT_BRACKET:
			read_ranges(reader);
			break;
	}
}

/* An end of the observed time; false if it is not given. */
static bool
observed_from_arg(FunctionCallInfo fcinfo, int argno, const char *name, DateADT *result)
{
	if (PG_ARGISNULL(argno))
		return false;
	*result = PG_GETARG_DATEADT(argno);
	if (DATE_NOT_FINITE(*result))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a finite date", name),
				 errhint("Say from which day and up to which day the rows are complete, or leave it out.")));
	return true;
}

/* The arguments of both functions: the matrix, and observed_to and observed_from. */
static void
reader_init(CohortReader *reader, FunctionCallInfo fcinfo, int observed_arg)
{
	memset(reader, 0, sizeof(*reader));
	cohort_matrix_read(PG_GETARG_DATUM(0), &reader->matrix);
	reader->kind = KIND_ON;
	reader->has_to = observed_from_arg(fcinfo, observed_arg, "observed_to",
									   &reader->observed_to);
	reader->has_from = observed_from_arg(fcinfo, observed_arg + 1, "observed_from",
										 &reader->observed_from);
	if (reader->has_from && reader->has_to && reader->observed_to < reader->observed_from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the observed window ends before it begins")));
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

/* Numerics of a line are made in a context that is emptied for each. */
typedef struct CohortOutput
{
	ReturnSetInfo *rsinfo;
	MemoryContext context;
} CohortOutput;

#define TABLE_COLUMNS	13

static void
put_table_line(void *context, const CohortLine *line)
{
	CohortOutput *output = context;
	MemoryContext old = MemoryContextSwitchTo(output->context);
	Datum		values[TABLE_COLUMNS] = {0};
	bool		nulls[TABLE_COLUMNS] = {false};

	values[0] = DateADTGetDatum(line->cohort);
	values[1] = Int32GetDatum(line->period);
	values[2] = Int64GetDatum(line->size);
	values[3] = Int64GetDatum(line->eligible);
	values[4] = Int64GetDatum(line->active);
	values[5] = ratio_or_null(amount_from_int64(line->active),
							  amount_from_int64(line->denominator), &nulls[5]);
	nulls[6] = nulls[7] = nulls[8] = nulls[11] = nulls[12] = true;
	if (line->money != NULL && line->base != NULL)
	{
		values[6] = NumericGetDatum(amount_to_numeric(&line->money->net));
		nulls[6] = false;
		values[7] = ratio_or_null(line->money->net, *line->base, &nulls[7]);
		values[8] = ratio_or_null(line->money->capped, *line->base, &nulls[8]);
		values[11] = NumericGetDatum(amount_to_numeric(line->base));
		values[12] = NumericGetDatum(amount_to_numeric(&line->money->capped));
		nulls[11] = nulls[12] = false;
	}
	values[9] = BoolGetDatum(line->complete);
	values[10] = BoolGetDatum(line->first_observed);
	tuplestore_putvalues(output->rsinfo->setResult, output->rsinfo->setDesc, values, nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(output->context);
}

static void
output_init(CohortOutput *output, FunctionCallInfo fcinfo)
{
	InitMaterializedSRF(fcinfo, 0);
	output->rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	output->context = AllocSetContextCreate(CurrentMemoryContext, "cohort line",
											ALLOCSET_SMALL_SIZES);
}

/*
 * cohort_table(cohort_matrix, kind text, observed_to date, observed_from date)
 */
PG_FUNCTION_INFO_V1(cohort_table);
Datum
cohort_table(PG_FUNCTION_ARGS)
{
	CohortReader reader;
	CohortOutput output;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention kind is NULL"),
				 errdetail("Valid are on, on_or_after and previous.")));
	output_init(&output, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	reader_init(&reader, fcinfo, 2);
	reader.kind = kind_parse(PG_GETARG_TEXT_PP(1));
	reader.line = put_table_line;
	reader.context = &output;
	read_lines(&reader);
	return (Datum) 0;
}

/* Sums over cohorts at one offset. */
typedef struct CurvePoint
{
	int32		period;
	int64		cohorts;
	int64		eligible;
	int64		active;
	Amount		base;
	CohortMoney money;
} CurvePoint;

typedef struct Curve
{
	CurvePoint *points;
	int			count;
	int			room;
	bool		has_money;
} Curve;

static void
add_curve_line(void *context, const CohortLine *line)
{
	Curve	   *curve = context;
	CurvePoint *point;

	if (line->step >= curve->room)
	{
		int			room = Max(2 * line->step, 64);

		curve->points = curve->points ?
			repalloc_huge(curve->points, room * sizeof(CurvePoint)) :
			palloc(room * sizeof(CurvePoint));
		memset(&curve->points[curve->room], 0, (room - curve->room) * sizeof(CurvePoint));
		curve->room = room;
	}
	curve->count = Max(curve->count, line->step + 1);
	point = &curve->points[line->step];
	point->period = line->period;
	point->cohorts++;
	point->eligible += line->eligible;
	point->active += line->active;
	if (line->money != NULL && line->base != NULL)
	{
		curve->has_money = true;
		point->base = amount_add(&point->base, line->base);
		point->money.net = amount_add(&point->money.net, &line->money->net);
		point->money.capped = amount_add(&point->money.capped, &line->money->capped);
	}
}

/* intervals are of 95 % */
#define CURVE_QUANTILE	1.959963984540054

#define CURVE_COLUMNS	9

/*
 * retention_curve(cohort_matrix, observed_to date, observed_from date)
 */
PG_FUNCTION_INFO_V1(retention_curve);
Datum
retention_curve(PG_FUNCTION_ARGS)
{
	CohortReader reader;
	CohortOutput output;
	Curve		curve = {NULL, 0, 0, false};

	output_init(&output, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	reader_init(&reader, fcinfo, 1);
	reader.skip_first = reader.has_from;
	reader.line = add_curve_line;
	reader.context = &curve;
	read_lines(&reader);

	for (int i = 0; i < curve.count; i++)
	{
		CurvePoint *point = &curve.points[i];
		MemoryContext old = MemoryContextSwitchTo(output.context);
		Datum		values[CURVE_COLUMNS] = {0};
		bool		nulls[CURVE_COLUMNS] = {false};
		double		low;
		double		high;

		CHECK_FOR_INTERRUPTS();
		wilson_interval(point->active, point->eligible, CURVE_QUANTILE, &low, &high);
		values[0] = Int32GetDatum(point->period);
		values[1] = Int64GetDatum(point->cohorts);
		values[2] = Int64GetDatum(point->eligible);
		values[3] = Int64GetDatum(point->active);
		values[4] = ratio_or_null(amount_from_int64(point->active),
								  amount_from_int64(point->eligible), &nulls[4]);
		values[5] = Float8GetDatum(low);
		values[6] = Float8GetDatum(high);
		nulls[7] = nulls[8] = true;
		if (curve.has_money)
		{
			values[7] = ratio_or_null(point->money.net, point->base, &nulls[7]);
			values[8] = ratio_or_null(point->money.capped, point->base, &nulls[8]);
		}
		tuplestore_putvalues(output.rsinfo->setResult, output.rsinfo->setDesc, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(output.context);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(cohort_skipped_rows);
Datum
cohort_skipped_rows(PG_FUNCTION_ARGS)
{
	CohortMatrix matrix;

	cohort_matrix_read(PG_GETARG_DATUM(0), &matrix);
	PG_RETURN_INT64(matrix.skipped);
}

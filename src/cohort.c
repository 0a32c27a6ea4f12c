/*-------------------------------------------------------------------------
 *
 * cohort.c
 *	  Type cohort_matrix and its aggregates; cohort_table.c reads it.
 *
 * The transition state is the type itself in a working form: a flat varlena
 * which is updated in place.  It holds blocks of 64 offsets of one cohort, found
 * by a hash table, so that neither many cohorts nor far offsets cost more than
 * what is in them.  Counting the active customers of a block is done bit by bit
 * for all 64 offsets at once: see block_count().
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "activity.h"
#include "catalog/pg_type.h"
#include "cohort.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "currency.h"
#include "history.h"
#include "miscadmin.h"
#include "option.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

/* ----------
 * The type
 * ----------
 */

/* so that no sum of customers or rows can overflow */
#define COHORT_MAX_COUNT	(PG_INT64_MAX / 4)

static void cohort_walk(Codec *codec, void *value);
static const char *cohort_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

static const CodecType cohort_matrix_type = {
	"cohort_matrix", CODEC_KIND_COHORT_MATRIX, sizeof(CohortMatrix),
	cohort_walk, cohort_check, state_read
};

CODEC_TYPE_FUNCTIONS(cohort_matrix, cohort_matrix_type);

static const char *const basis_names[COHORT_BASES] = {
	"first period", "cohort date", "age", "brackets", "first paid period"
};

/* Allocate a list whose length was just read, unless that is a forgery. */
static void *
alloc_list(Codec *codec, int *count, Size size)
{
	if ((Size) *count > MaxAllocSize / size)
	{
		codec_fail(codec, "A list is too long.");
		*count = 0;
	}
	return palloc0(*count * size);
}

/* A number of customers or rows. */
static void
count_walk(Codec *codec, const char *name, int64 *count)
{
	uint64		number = *count;

	codec_uint(codec, name, &number, COHORT_MAX_COUNT);
	*count = number;
}

static void
shape_walk(Codec *codec, CohortShape *shape)
{
	uint64		number = shape->basis;

	if (codec->mode == CODEC_DESCRIBE)
	{
		char		name[32];

		strlcpy(name, basis_names[shape->basis], sizeof(name));
		codec_text(codec, "basis", name, sizeof(name));
	}
	else
	{
		codec_uint(codec, "basis", &number, COHORT_BASES - 1);
		shape->basis = number;
		codec_bool(codec, "grain_known", &shape->grain_known);
	}
	if (shape->grain_known)
		grain_walk(codec, &shape->grain);
	if (shape->basis == COHORT_AGE)
	{
		number = shape->age_days;
		codec_uint(codec, "age_days", &number, PG_INT32_MAX);
		shape->age_days = number;
	}
	if (shape->basis == COHORT_BRACKET)
	{
		codec_date(codec, "observed_to", &shape->observed_to);
		shape->nranges = codec_list(codec, "ranges", shape->nranges);
		if (shape->nranges > COHORT_MAX_RANGES)
		{
			codec_fail(codec, "There are too many ranges.");
			shape->nranges = 0;
		}
		for (int i = 0; i < shape->nranges; i++)
		{
			number = shape->ranges[i];
			codec_item(codec);
			codec_uint(codec, "from", &number, PG_INT32_MAX);
			codec_item_end(codec);
			shape->ranges[i] = number;
		}
		codec_list_end(codec);
	}
}


/* An offset, as the distance from the first one that it could be. */
static void
offset_walk(Codec *codec, const char *name, int32 *offset, int64 *next)
{
	uint64		gap;

	if (codec->mode == CODEC_DESCRIBE)
	{
		int64		value = *offset;

		codec_int(codec, name, &value);
		return;
	}
	gap = *offset - *next;
	codec_uint(codec, name, &gap, PG_INT32_MAX);
	if (CODEC_READING(codec))
	{
		if (*next + (int64) gap > PG_INT32_MAX)
		{
			codec_fail(codec, "An offset is out of range.");
			*next = gap = 0;
		}
		*offset = *next + gap;
	}
	*next = (int64) *offset + 1;
}

/*
 * Read cells with small numbers only, of bytes, as most are in what is stored and
 * merged; returns how many there were before another one or the end.
 */
static inline int
cells_unpack_small(Codec *codec, CohortCell *cells, int count, int64 *next)
{
	const uint8 *in = (const uint8 *) codec->in;
	int32		offset = *next;
	int			done;

	count = Min(count, (codec->end - codec->in) / 3);
	if (*next > PG_INT32_MAX - (int64) count * PG_UINT8_MAX)
		return 0;
	for (done = 0; done < count; done++)
	{
		CohortCell *cell = &cells[done];

		if ((in[0] | in[1] | in[2]) >= 0x80)
			break;
		cell->offset = offset + in[0];
		cell->active = in[1];
		cell->last = in[2];
		offset = cell->offset + 1;
		in += 3;
	}
	codec->in = (const char *) in;
	*next = offset;
	return done;
}

/* Write one such cell; false, and nothing done, with any other. */
static inline bool
cell_pack_small(Codec *codec, const CohortCell *cell, int64 *next)
{
	uint64		numbers[3] = {cell->offset - *next, cell->active, cell->last};

	if (!codec_put_small_uints(codec, numbers, 3))
		return false;
	*next = (int64) cell->offset + 1;
	return true;
}

static void
row_walk(Codec *codec, const CohortShape *shape, CohortRow *row, int64 *next)
{
	bool		has_money = shape->basis == COHORT_MRR;
	int64		next_offset = 0;
	uint64		number;

	codec_item(codec);
	if (codec->mode == CODEC_DESCRIBE)
	{
		DateADT		date = shape->grain_known ?
			period_start(shape->grain, row->cohort) : row->cohort;

		codec_date(codec, "cohort", &date);
	}
	else
	{
		/* the first one is any number, the others are after it */
		int64		cohort = row->cohort;

		if (*next == PG_INT64_MIN)
			codec_int(codec, "cohort", &cohort);
		else
		{
			number = cohort - *next;
			codec_uint(codec, "cohort", &number, PG_UINT32_MAX);
			cohort = *next + number;
		}
		if (CODEC_READING(codec))
		{
			if (cohort < PG_INT32_MIN || cohort > PG_INT32_MAX)
			{
				codec_fail(codec, "A cohort is out of range.");
				cohort = 0;
			}
			row->cohort = cohort;
		}
		*next = (int64) row->cohort + 1;
	}
	count_walk(codec, "size", &row->size);

	row->ncells = codec_list(codec, "offsets", row->ncells);
	if (CODEC_READING(codec))
	{
		row->cells = alloc_list(codec, &row->ncells, sizeof(CohortCell));
		row->money = has_money ? alloc_list(codec, &row->ncells, sizeof(CohortMoney)) : NULL;
	}
	for (int i = 0; i < row->ncells; i++)
	{
		CohortCell *cell = &row->cells[i];
		bool		small = false;

		if (codec->mode == CODEC_UNPACK)
		{
			/* amounts lie between the cells */
			int			done = cells_unpack_small(codec, cell, has_money ? 1 : row->ncells - i, &next_offset);

			small = done > 0;
			i += Max(done - 1, 0);
		}
		else if (codec->mode == CODEC_PACK)
			small = cell_pack_small(codec, cell, &next_offset);
		if (!small)
		{
			codec_item(codec);
			offset_walk(codec, "offset", &cell->offset, &next_offset);
			count_walk(codec, "active", &cell->active);
			count_walk(codec, "last_active", &cell->last);
		}
		if (has_money)
		{
			codec_amount(codec, "mrr", &row->money[i].net);
			codec_amount(codec, "capped_mrr", &row->money[i].capped);
		}
		if (!small)
			codec_item_end(codec);
	}
	codec_list_end(codec);

	if (has_money)
	{
		count_walk(codec, "running", &row->running);
		if (row->running > 0)
		{
			offset_walk(codec, "running_from", &row->running_from, &next_offset);
			codec_amount(codec, "running_mrr", &row->running_money.net);
			codec_amount(codec, "running_capped_mrr", &row->running_money.capped);
		}
	}
	codec_item_end(codec);
}

static void
cohort_walk(Codec *codec, void *value)
{
	CohortMatrix *matrix = value;
	int64		next = PG_INT64_MIN;

	shape_walk(codec, &matrix->shape);
	if (matrix->shape.basis == COHORT_MRR)
		currency_walk(codec, &matrix->currency);
	if (matrix->shape.basis == COHORT_AGE &&
		(codec->mode != CODEC_DESCRIBE || matrix->nrows > 0))
		codec_date(codec, "last_day", &matrix->last_day);
	count_walk(codec, "skipped_rows", &matrix->skipped);
	matrix->nrows = codec_list(codec, "cohorts", matrix->nrows);
	if (CODEC_READING(codec))
		matrix->rows = alloc_list(codec, &matrix->nrows, sizeof(CohortRow));
	for (int i = 0; i < matrix->nrows; i++)
		row_walk(codec, &matrix->shape, &matrix->rows[i], &next);
	codec_list_end(codec);
}

/* Customers who were ever active. */
int64
cohort_row_ever(const CohortRow *row)
{
	int64		result = row->running;

	for (int i = 0; i < row->ncells; i++)
		result += row->cells[i].last;
	return result;
}

static bool
money_equal(const CohortMoney *a, const CohortMoney *b)
{
	return amount_cmp(&a->net, &b->net) == 0 && amount_cmp(&a->capped, &b->capped) == 0;
}

/* Is the last cell what runs on behind it, and so not to be kept? */
static bool
row_overlong(const CohortRow *row)
{
	const CohortCell *cell = &row->cells[row->ncells - 1];

	return row->running > 0 && row->ncells > 0 &&
		cell->offset == row->running_from - 1 &&
		cell->active == row->running && cell->last == 0 &&
		money_equal(&row->money[row->ncells - 1], &row->running_money);
}

static const char *
shape_check(const CohortShape *shape)
{
	if (shape->basis == COHORT_AGE)
	{
		if (shape->age_days < 1)
			return "The length of an age is not positive.";
		if (!shape->grain_known || shape->grain.unit != GRAIN_DAY)
			return "A matrix by age has another grain than day.";
	}
	if (shape->basis == COHORT_BRACKET)
	{
		if (shape->nranges < 2)
			return "There are no ranges.";
		for (int i = 1; i < shape->nranges; i++)
		{
			if (shape->ranges[i] <= shape->ranges[i - 1])
				return "Ranges are not in ascending order.";
		}
	}
	if (shape->basis == COHORT_MRR &&
		(!shape->grain_known || grain_months(shape->grain) == 0))
		return "A matrix with MRR has a step that is not made of months.";
	return NULL;
}

/* The last offset that a cohort may have a cell at. */
static int64
shape_last_offset(const CohortShape *shape, int32 cohort)
{
	int64		result;

	if (shape->basis == COHORT_AGE)
		return ((int64) DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1 - cohort) / shape->age_days;
	if (shape->basis == COHORT_BRACKET)
	{
		int64		observed = (int64) period_number(shape->grain, shape->observed_to) - cohort;

		for (result = shape->nranges - 2; result >= 0; result--)
		{
			if (shape->ranges[result + 1] - 1 <= observed)
				break;
		}
		return result;
	}
	return (int64) grain_last_period(shape->grain) - cohort;
}

/* What holds for the MRR of a number of customers of a cohort. */
static const char *
money_check(const CohortMoney *money, const Amount *base)
{
	if (amount_sign(&money->net) <= 0 || amount_sign(&money->capped) <= 0)
		return "Active customers have no MRR.";
	if (amount_cmp(&money->capped, &money->net) > 0 ||
		amount_cmp(&money->capped, base) > 0)
		return "Capped MRR is above its limits.";
	return NULL;
}

static const char *
row_check(const CohortShape *shape, const CohortRow *row)
{
	int64		ever;
	int64		reached;		/* customers whose last cell is not before */
	bool		has_money = shape->basis == COHORT_MRR;
	bool		from_start;		/* is everybody active at offset 0? */
	int64		last_offset;
	const Amount *base;

	if (row->size == 0)
		return "A cohort has no customers.";
	ever = row->running;
	for (int i = 0; i < row->ncells && ever <= row->size; i++)
		ever += row->cells[i].last;
	if (ever > row->size)
		return "More customers were active than there are.";
	if (!shape->grain_known)
		return shape->basis != COHORT_DATE || row->ncells > 0 ?
			"There is activity, but no grain." : NULL;

	last_offset = shape_last_offset(shape, row->cohort);
	from_start = shape->basis != COHORT_DATE;
	if (shape->basis == COHORT_BRACKET)
	{
		if (period_number(shape->grain, shape->observed_to) < row->cohort)
			return "A cohort is after the last day observed.";
		from_start = shape->ranges[0] == 0 && last_offset >= 0;
	}
	if (from_start && ever != row->size)
		return "The customers of a cohort were not all active.";
	if (from_start &&
		(row->ncells > 0 ? row->cells[0].offset != 0 || row->cells[0].active != row->size :
		 row->running_from != 0))
		return "The customers of a cohort were not all active at its beginning.";
	if (row->ncells > 0 && row->cells[row->ncells - 1].offset > last_offset)
		return "An offset is out of range.";

	base = has_money ? (row->ncells > 0 ? &row->money[0].net : &row->running_money.net) : NULL;
	reached = ever;
	for (int i = 0; i < row->ncells; i++)
	{
		const CohortCell *cell = &row->cells[i];

		if (cell->active < 1 || cell->active > reached || cell->last > cell->active)
			return "Counts of a cohort contradict each other.";
		reached -= cell->last;
		if (has_money)
		{
			const char *error = money_check(&row->money[i], base);

			if (error != NULL)
				return error;
		}
	}
	if (row->running > 0)
	{
		const char *error = money_check(&row->running_money, base);

		if (error != NULL)
			return error;
		if (row->running_from > last_offset)
			return "An offset is out of range.";
		if (row_overlong(row))
			return "A cohort has a cell that does not differ from what runs on.";
	}
	if (has_money &&
		amount_cmp(base, row->ncells > 0 ? &row->money[0].capped : &row->running_money.capped) != 0)
		return "Capped MRR is not the MRR at the beginning.";
	return NULL;
}

static const char *
cohort_check(const void *value)
{
	const CohortMatrix *matrix = value;
	const CohortShape *shape = &matrix->shape;
	const char *error = shape_check(shape);
	Grain		day = {GRAIN_DAY, 0};
	Grain		grain = shape->grain_known ? shape->grain : day;
	int64		total = 0;
	int64		latest = PG_INT64_MIN;	/* first day of the last window by age */

	if (error != NULL)
		return error;
	for (int i = 0; i < matrix->nrows; i++)
	{
		const CohortRow *row = &matrix->rows[i];

		if (row->cohort < grain_first_period(grain) || row->cohort > grain_last_period(grain))
			return "A cohort is out of range.";
		error = row_check(shape, row);
		if (error != NULL)
			return error;
		total += row->size;
		if (total > COHORT_MAX_COUNT)
			return "There are more customers than can be counted.";
		if (shape->basis == COHORT_AGE)
			latest = Max(latest, row->cohort +
						 (int64) row->cells[row->ncells - 1].offset * shape->age_days);
	}
	if (shape->basis == COHORT_AGE &&
		(matrix->nrows == 0 ? matrix->last_day != 0 :
		 matrix->last_day < latest || matrix->last_day - latest >= shape->age_days))
		return "The last day with activity is not in the last window.";
	return NULL;
}

/* ----------
 * What can be added
 * ----------
 */

static inline int64
add_count(int64 a, int64 b)
{
	int64		result;

	if (unlikely(pg_add_s64_overflow(a, b, &result) || result > COHORT_MAX_COUNT))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count out of range")));
	return result;
}

static bool
same_ranges(const CohortShape *a, const CohortShape *b)
{
	return a->nranges == b->nranges && a->observed_to == b->observed_to &&
		memcmp(a->ranges, b->ranges, a->nranges * sizeof(int32)) == 0;
}

/* Everything but the grain, which one of both may not know yet. */
static void
shape_check_same(const CohortShape *a, const CohortShape *b)
{
	if (a->basis != b->basis)
	{
		CohortBasis first = Min(a->basis, b->basis);
		CohortBasis second = Max(a->basis, b->basis);

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cohort matrices of different kinds cannot be combined"),
				 errdetail("One has cohorts by %s, another by %s.",
						   basis_names[first], basis_names[second])));
	}
	if (a->age_days != b->age_days)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cohort matrices of different ages cannot be combined"),
				 errdetail("One counts windows of %d days, another of %d.",
						   Min(a->age_days, b->age_days), Max(a->age_days, b->age_days))));
	if (!same_ranges(a, b))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cohort matrices of different ranges cannot be combined"),
				 errdetail("Ranges and observed_to must be the same.")));
}

/* ----------
 * Changes from offset to offset
 *
 * Where MRR is added up, customers come as changes, not as a figure for each
 * offset: one who pays the same for ten years is two numbers.
 * ----------
 */

/* with MRR; as many as cohort_table() would show */
#define COHORT_MAX_CELLS	1000000

typedef struct CohortChange
{
	int32		offset;
	int64		active;			/* more customers than at the offset before */
	int64		last;			/* customers active for the last time here */
	CohortMoney money;			/* more MRR than at the offset before */
} CohortChange;

static int
compare_changes(const void *a, const void *b)
{
	int32		x = ((const CohortChange *) a)->offset;
	int32		y = ((const CohortChange *) b)->offset;

	return x < y ? -1 : x > y ? 1 : 0;
}

static CohortChange *
append_change(CohortChange **changes, int *count, int *room)
{
	if (*count == *room)
	{
		*room = Max(2 * *room, 64);
		*changes = *changes ?
			repalloc_huge(*changes, *room * sizeof(CohortChange)) :
			MemoryContextAllocHuge(CurrentMemoryContext, *room * sizeof(CohortChange));
	}
	memset(&(*changes)[*count], 0, sizeof(CohortChange));
	return &(*changes)[(*count)++];
}

/* The changes that make up a row, appended. */
static void
row_to_changes(const CohortRow *row, CohortChange **changes, int *count, int *room)
{
	CohortCell	none = {0, 0, 0};
	CohortMoney no_money = {AMOUNT_ZERO, AMOUNT_ZERO};
	CohortCell	before = none;
	CohortMoney before_money = no_money;

	for (int i = 0; i <= row->ncells; i++)
	{
		bool		running = i == row->ncells;
		CohortCell	cell = none;
		CohortMoney money = no_money;
		CohortChange *change;

		if (!running)
		{
			cell = row->cells[i];
			money = row->money[i];
		}
		else if (row->running > 0)
		{
			cell.offset = row->running_from;
			cell.active = row->running;
			money = row->running_money;
		}
		else
			cell.offset = before.offset + 1;

		/* nobody was active between the cells */
		if (i > 0 && cell.offset > before.offset + 1)
		{
			change = append_change(changes, count, room);
			change->offset = before.offset + 1;
			change->active = -before.active;
			change->money.net = amount_sub(&no_money.net, &before_money.net);
			change->money.capped = amount_sub(&no_money.net, &before_money.capped);
			before = none;
			before_money = no_money;
		}
		change = append_change(changes, count, room);
		change->offset = cell.offset;
		change->active = cell.active - before.active;
		change->last = cell.last;
		change->money.net = amount_sub(&money.net, &before_money.net);
		change->money.capped = amount_sub(&money.capped, &before_money.capped);
		before = cell;
		before_money = money;
	}
}

/* Fill cells and what runs on of a row from changes in any order. */
static void
row_from_changes(CohortRow *row, CohortChange *changes, int count)
{
	int			room = 0;
	int64		active = 0;
	CohortMoney money = {AMOUNT_ZERO, AMOUNT_ZERO};

	qsort(changes, count, sizeof(CohortChange), compare_changes);
	row->ncells = 0;
	row->cells = NULL;
	row->money = NULL;
	for (int i = 0; i < count;)
	{
		int32		offset = changes[i].offset;
		int32		end;
		int64		last = 0;

		for (; i < count && changes[i].offset == offset; i++)
		{
			active += changes[i].active;
			last += changes[i].last;
			money.net = amount_add(&money.net, &changes[i].money.net);
			money.capped = amount_add(&money.capped, &changes[i].money.capped);
		}
		end = i < count ? changes[i].offset : offset + 1;
		for (; active > 0 && offset < end; offset++)
		{
			CHECK_FOR_INTERRUPTS();
			if (row->ncells == room)
			{
				if (room > COHORT_MAX_CELLS)
					ereport(ERROR,
							(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							 errmsg("cohort matrix is too large"),
							 errdetail("There is MRR in more than %d periods of one cohort.", COHORT_MAX_CELLS),
							 errhint("Use a coarser step, and NULL instead of an end that only stands for \"never\".")));
				room = Max(2 * room, 16);
				row->cells = row->cells ? repalloc(row->cells, room * sizeof(CohortCell)) :
					palloc(room * sizeof(CohortCell));
				row->money = row->money ? repalloc(row->money, room * sizeof(CohortMoney)) :
					palloc(room * sizeof(CohortMoney));
			}
			row->cells[row->ncells].offset = offset;
			row->cells[row->ncells].active = active;
			row->cells[row->ncells].last = last;
			row->money[row->ncells] = money;
			row->ncells++;
			last = 0;
		}
	}

	/* what is left after the last change stays */
	row->running = active;
	row->running_from = 0;
	if (active > 0)
	{
		row->running_from = changes[count - 1].offset + 1;
		row->running_money = money;
		while (row_overlong(row))
		{
			row->ncells--;
			row->running_from--;
		}
	}
}

/* ----------
 * Transition states
 * ----------
 */

#define BLOCK_OFFSETS	64
#define BLOCK_PLANES	8
#define BLOCK_PENDING	((1 << BLOCK_PLANES) - 1)	/* what planes can count */

/*
 * Offsets 64 * number to 64 * number + 63 of a cohort.  With MRR, `active' and
 * the money are changes from the offset before; see above.
 */
typedef struct CohortBlock
{
	int32		cohort;
	int32		number;
	int64		size;			/* customers, in block 0; others have 0 */
	int32		pending;		/* bitmaps counted in the planes */
	uint64		plane[BLOCK_PLANES];
	int64		active[BLOCK_OFFSETS];
	int64		last[BLOCK_OFFSETS];
} CohortBlock;

typedef struct CohortMoneyBlock
{
	CohortBlock counts;
	int128		net[BLOCK_OFFSETS];
	int128		capped[BLOCK_OFFSETS];
} CohortMoneyBlock;

/*
 * An amount this large in a block must be moved out before the difference of
 * two that are less is added.
 */
#define BLOCK_MAX_AMOUNT	(((int128) 1) << 124)

/*
 * The working form.  Slots of the hash table follow, then blocks, then the
 * remainder, a packed matrix of customers with amounts that do not fit.  All of
 * them are within VARSIZE.
 */
typedef struct CohortState
{
	CodecHeader header;
	uint8		scale;			/* of amounts in blocks */
	Currency	currency;
	CohortShape shape;
	DateADT		last_day;		/* AGE; meaningless without blocks */
	int64		skipped;
	int64		customers;		/* in blocks and remainder */
	int32		remainder_size;
	int32		nblocks;
	int32		room;			/* for blocks */
	uint32		nslots;			/* a power of two */
	uint32		block_size;
	uint32		blocks_at;		/* bytes from the state's own address */
} CohortState;

#define STATE_KIND	(CODEC_KIND_COHORT_MATRIX | CODEC_WORKING)

#define STATE_FIRST_ROOM	4
#define STATE_MAX_SIZE		((Size) 512 * 1024 * 1024)

static Size
block_size(const CohortShape *shape)
{
	return shape->basis == COHORT_MRR ? sizeof(CohortMoneyBlock) : sizeof(CohortBlock);
}

/* each holds the number of a block plus one, or zero */
static inline uint32 *
state_slots(CohortState *state)
{
	return (uint32 *) ((char *) state + MAXALIGN(sizeof(CohortState)));
}

static inline CohortBlock *
state_block(CohortState *state, uint32 number)
{
	return (CohortBlock *) ((char *) state + state->blocks_at +
							(Size) number * state->block_size);
}

static CodecHeader *
state_remainder(CohortState *state)
{
	return state->remainder_size > 0 ?
		(CodecHeader *) ((char *) state + VARSIZE(state) - state->remainder_size) : NULL;
}

/* A state with that remainder, if any, and room for so many blocks. */
static CohortState *
state_create(const CohortShape *shape, int room, const CodecHeader *remainder)
{
	uint32		nslots = pg_nextpower2_32(2 * room);
	Size		remainder_size = remainder ? MAXALIGN(VARSIZE(remainder)) : 0;
	Size		blocks_at = MAXALIGN(sizeof(CohortState)) + MAXALIGN(nslots * sizeof(uint32));
	Size		size = blocks_at + room * block_size(shape) + remainder_size;
	/* zeros: somebody's own aggregate could store it, and what memory held before */
	CohortState *state = palloc0(size);

	SET_VARSIZE(state, size);
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->shape = *shape;
	state->room = room;
	state->nslots = nslots;
	state->block_size = block_size(shape);
	state->blocks_at = blocks_at;
	state->remainder_size = remainder_size;
	if (remainder)
		memcpy(state_remainder(state), remainder, VARSIZE(remainder));
	return state;
}

/* What is not in blocks or remainder. */
static void
state_copy_header(CohortState *to, const CohortState *from)
{
	to->scale = from->scale;
	to->currency = from->currency;
	to->last_day = from->last_day;
	to->skipped = from->skipped;
	to->customers = from->customers;
}

static inline uint32
block_hash(int32 cohort, int32 number)
{
	/* neighbours in both directions must not collide */
	return murmurhash32((uint32) cohort ^ (((uint32) number << 16) | ((uint32) number >> 16)));
}

static uint32 *
state_free_slot(CohortState *state, uint32 hash)
{
	uint32	   *slots = state_slots(state);
	uint32		i = hash;

	while (slots[i & (state->nslots - 1)] != 0)
		i++;
	return &slots[i & (state->nslots - 1)];
}

/* A copy with more room, as a varlena cannot grow where it is. */
static CohortState *
state_grow(CohortState *state)
{
	int64		room = Max((int64) state->room * 2, STATE_FIRST_ROOM);
	CohortState *result;

	/* four more bytes a block are more than its slots take */
	room = Min(room, (int64) ((STATE_MAX_SIZE - MAXALIGN(sizeof(CohortState))) /
							  (state->block_size + 4 * sizeof(uint32))));
	if (room <= state->room)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("cohort matrix is too large"),
				 errdetail("It has more than %d pieces of %d offsets of one cohort.",
						   state->room, BLOCK_OFFSETS),
				 errhint("Use a coarser grain, leave out dates that only stand for \"never\", or build cohorts in several groups.")));
	result = state_create(&state->shape, room, state_remainder(state));
	state_copy_header(result, state);
	result->nblocks = state->nblocks;
	memcpy(state_block(result, 0), state_block(state, 0),
		   state->nblocks * (Size) state->block_size);
	for (int i = 0; i < result->nblocks; i++)
	{
		CohortBlock *block = state_block(result, i);

		*state_free_slot(result, block_hash(block->cohort, block->number)) = i + 1;
	}
	return result;
}

static CohortBlock *
state_add_block(CohortState **state, int32 cohort, int32 number)
{
	CohortBlock *block;

	if ((*state)->nblocks == (*state)->room)
		*state = state_grow(*state);
	block = state_block(*state, (*state)->nblocks++);
	memset(block, 0, (*state)->block_size);
	block->cohort = cohort;
	block->number = number;
	*state_free_slot(*state, block_hash(cohort, number)) = (*state)->nblocks;
	return block;
}

/*
 * The block of a cohort with that number.  The state may move, and with it all
 * blocks.
 */
static inline CohortBlock *
state_find(CohortState **state, int32 cohort, int32 number)
{
	uint32	   *slots = state_slots(*state);
	uint32		mask = (*state)->nslots - 1;

	for (uint32 i = block_hash(cohort, number);; i++)
	{
		uint32		slot = slots[i & mask];
		CohortBlock *block;

		if (slot == 0)
			return state_add_block(state, cohort, number);
		block = state_block(*state, slot - 1);
		if (likely(block->cohort == cohort && block->number == number))
			return block;
	}
}

/* Move what planes have counted to where it belongs. */
static void
block_settle(CohortBlock *block)
{
	for (int i = 0; i < BLOCK_PLANES; i++)
	{
		for (int j = 0; j < BLOCK_OFFSETS; j++)
			block->active[j] += (int64) (block->plane[i] >> j & 1) << i;
		block->plane[i] = 0;
	}
	block->pending = 0;
}

/*
 * Count the active offsets of one customer.  Bit j of plane i is worth 2^i
 * customers at offset j, so this is 64 binary counters going up by one at the
 * same time, however many bits there are.  To stop when nothing is left to carry
 * would touch two planes on average, but cost a mispredicted branch.
 */
static inline void
block_count(CohortBlock *block, uint64 bits)
{
	if (unlikely(block->pending == BLOCK_PENDING))
		block_settle(block);
	block->pending++;
	for (int i = 0; i < BLOCK_PLANES; i++)
	{
		uint64		carry = block->plane[i] & bits;

		block->plane[i] ^= bits;
		bits = carry;
	}
}

/* How many customers are active at each offset of a block. */
static void
block_active(const CohortBlock *block, int64 *active)
{
	memcpy(active, block->active, sizeof(block->active));
	for (int i = 0; i < BLOCK_PLANES; i++)
	{
		for (uint64 bits = block->plane[i]; bits != 0; bits &= bits - 1)
			active[pg_rightmost_one_pos64(bits)] += (int64) 1 << i;
	}
}

static int
compare_blocks(const void *a, const void *b, void *arg)
{
	CohortState *state = arg;
	const CohortBlock *x = state_block(state, *(const int32 *) a);
	const CohortBlock *y = state_block(state, *(const int32 *) b);

	if (x->cohort != y->cohort)
		return x->cohort < y->cohort ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number ? 1 : 0;
}

/* Cells of a row from its blocks, which are in order. */
static void
row_from_blocks(CohortRow *row, CohortState *state, const int32 *order, int count)
{
	int64		active[BLOCK_OFFSETS];
	int			ncells = 0;

	/* as many as are needed, which for one block is mostly far less */
	for (int i = 0; i < count; i++)
	{
		block_active(state_block(state, order[i]), active);
		for (int j = 0; j < BLOCK_OFFSETS; j++)
			ncells += active[j] > 0 ? 1 : 0;
	}
	row->cells = palloc(Max(ncells, 1) * sizeof(CohortCell));
	for (int i = 0; i < count; i++)
	{
		CohortBlock *block = state_block(state, order[i]);

		block_active(block, active);
		for (int j = 0; j < BLOCK_OFFSETS; j++)
		{
			if (active[j] > 0)
			{
				CohortCell *cell = &row->cells[row->ncells++];

				cell->offset = block->number * BLOCK_OFFSETS + j;
				cell->active = active[j];
				cell->last = block->last[j];
			}
		}
	}
}

/* The changes in a block, appended. */
static void
block_to_changes(const CohortMoneyBlock *block, int scale,
				 CohortChange **changes, int *count, int *room)
{
	for (int j = 0; j < BLOCK_OFFSETS; j++)
	{
		CohortChange *change;

		if (block->counts.active[j] == 0 && block->counts.last[j] == 0 &&
			block->net[j] == 0 && block->capped[j] == 0)
			continue;
		change = append_change(changes, count, room);
		change->offset = block->counts.number * BLOCK_OFFSETS + j;
		change->active = block->counts.active[j];
		change->last = block->counts.last[j];
		change->money.net = amount_from_scaled(block->net[j], scale);
		change->money.capped = amount_from_scaled(block->capped[j], scale);
	}
}

/* Bring a matrix whose cohorts are days to a grain; nobody in it was active. */
void
cohort_matrix_settle(CohortMatrix *matrix, Grain grain)
{
	int			nrows = 0;

	Assert(!matrix->shape.grain_known);
	for (int i = 0; i < matrix->nrows; i++)
	{
		CohortRow  *row = &matrix->rows[i];

		row->cohort = grain_period_of(grain, row->cohort);
		if (nrows > 0 && matrix->rows[nrows - 1].cohort == row->cohort)
			matrix->rows[nrows - 1].size += row->size;
		else
			matrix->rows[nrows++] = *row;
	}
	matrix->nrows = nrows;
	matrix->shape.grain = grain;
	matrix->shape.grain_known = true;
}

/* The whole content of a state, which stays as it is. */
static void
state_read(const CodecHeader *working, void *value)
{
	CohortState *state = (CohortState *) working;
	CohortMatrix *matrix = value;
	CohortMatrix remainder;
	int32	   *order = palloc(Max(state->nblocks, 1) * sizeof(int32));
	bool		has_money = state->shape.basis == COHORT_MRR;
	int			next = 0;		/* in order */
	int			next_rest = 0;	/* in the remainder */
	CohortChange *changes = NULL;
	int			room = 0;

	memset(matrix, 0, sizeof(*matrix));
	matrix->shape = state->shape;
	matrix->currency = state->currency;
	matrix->skipped = state->skipped;
	if (state->nblocks > 0)
		matrix->last_day = state->last_day;

	memset(&remainder, 0, sizeof(remainder));
	if (state->remainder_size > 0)
		codec_unpack(&cohort_matrix_type, state_remainder(state), &remainder);

	for (int i = 0; i < state->nblocks; i++)
		order[i] = i;
	qsort_arg(order, state->nblocks, sizeof(int32), compare_blocks, state);

	matrix->rows = palloc0(Max(state->nblocks + remainder.nrows, 1) * sizeof(CohortRow));
	while (next < state->nblocks || next_rest < remainder.nrows)
	{
		CohortRow  *row = &matrix->rows[matrix->nrows++];
		int			count = 0;
		int			from = next;

		CHECK_FOR_INTERRUPTS();
		row->cohort = PG_INT32_MAX;
		if (next < state->nblocks)
			row->cohort = state_block(state, order[next])->cohort;
		if (next_rest < remainder.nrows)
			row->cohort = Min(row->cohort, remainder.rows[next_rest].cohort);
		while (next < state->nblocks &&
			   state_block(state, order[next])->cohort == row->cohort)
		{
			CohortBlock *block = state_block(state, order[next++]);

			row->size += block->size;
			if (has_money)
				block_to_changes((CohortMoneyBlock *) block, state->scale,
								 &changes, &count, &room);
		}
		if (!has_money)
		{
			row_from_blocks(row, state, &order[from], next - from);
			continue;
		}
		if (next_rest < remainder.nrows && remainder.rows[next_rest].cohort == row->cohort)
		{
			row->size += remainder.rows[next_rest].size;
			row_to_changes(&remainder.rows[next_rest++], &changes, &count, &room);
		}
		row_from_changes(row, changes, count);
	}
	pfree(order);
}

/* An argument in whichever form. */
void
cohort_matrix_read(Datum datum, CohortMatrix *matrix)
{
	codec_read(&cohort_matrix_type, datum, matrix);
}

/* Make the remainder hold everything, so that the blocks are empty. */
static CohortState *
state_flush(CohortState *state)
{
	CohortMatrix matrix;
	CodecHeader *packed;
	CohortState *result;

	state_read(&state->header, &matrix);
	matrix.skipped = 0;
	packed = codec_pack(&cohort_matrix_type, &matrix);
	result = state_create(&state->shape, STATE_FIRST_ROOM, packed);
	state_copy_header(result, state);
	pfree(packed);
	return result;
}

/* Make the scale of amounts finer. */
static CohortState *
state_rescale(CohortState *state, int scale)
{
	bool		fits = true;

	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; fits && i < state->nblocks; i++)
		{
			CohortMoneyBlock *block = (CohortMoneyBlock *) state_block(state, i);

			for (int j = 0; fits && j < 2 * BLOCK_OFFSETS; j++)
			{
				int128	   *amount = j < BLOCK_OFFSETS ? &block->net[j] :
					&block->capped[j - BLOCK_OFFSETS];
				int128		value = *amount;

				fits = amount_rescale(&value, state->scale, scale) &&
					value < BLOCK_MAX_AMOUNT && value > -BLOCK_MAX_AMOUNT;
				if (pass == 1)
					*amount = value;
			}
		}
	}
	if (!fits)
		state = state_flush(state);
	state->scale = scale;
	return state;
}

/* An amount as an integer at the state's scale. */
static bool
amount_fits(const Amount *amount, int scale, int128 *result)
{
	return amount_to_scaled(amount, scale, result) &&
		*result < BLOCK_MAX_AMOUNT && *result > -BLOCK_MAX_AMOUNT;
}

/* The same blocks with another remainder. */
static CohortState *
state_replace_remainder(CohortState *state, const CodecHeader *remainder)
{
	CohortState *result = state_create(&state->shape, state->room, remainder);

	state_copy_header(result, state);
	result->nblocks = state->nblocks;
	memcpy(state_slots(result), state_slots(state), state->nslots * sizeof(uint32));
	memcpy(state_block(result, 0), state_block(state, 0),
		   state->nblocks * (Size) state->block_size);
	return result;
}

/* Add customers whose amounts do not fit. */
static CohortState *
state_add_to_remainder(CohortState *state, int32 cohort, int64 size,
					   const CohortChange *changes, int count)
{
	CohortMatrix rest;
	CohortRow  *rows;
	int			place = 0;
	CohortChange *all = NULL;
	int			all_count = 0;
	int			room = 0;

	memset(&rest, 0, sizeof(rest));
	rest.shape = state->shape;
	if (state->remainder_size > 0)
		codec_unpack(&cohort_matrix_type, state_remainder(state), &rest);

	while (place < rest.nrows && rest.rows[place].cohort < cohort)
		place++;
	if (place == rest.nrows || rest.rows[place].cohort != cohort)
	{
		rows = palloc0((rest.nrows + 1) * sizeof(CohortRow));
		if (rest.nrows > 0)
		{
			memcpy(rows, rest.rows, place * sizeof(CohortRow));
			memcpy(rows + place + 1, rest.rows + place, (rest.nrows - place) * sizeof(CohortRow));
		}
		rows[place].cohort = cohort;
		rest.rows = rows;
		rest.nrows++;
	}
	else
		row_to_changes(&rest.rows[place], &all, &all_count, &room);
	for (int i = 0; i < count; i++)
		*append_change(&all, &all_count, &room) = changes[i];
	rest.rows[place].size += size;
	row_from_changes(&rest.rows[place], all, all_count);
	return state_replace_remainder(state, codec_pack(&cohort_matrix_type, &rest));
}

/*
 * Add to one offset of a cohort, of which *block is some block.  The state may
 * move.  True if a sum must be moved out before the next one is added.
 */
static inline bool
state_add_change(CohortState **state, CohortBlock **block, int32 offset,
				 int64 active, int64 last, int128 net, int128 capped)
{
	int			j = offset % BLOCK_OFFSETS;
	CohortMoneyBlock *money;

	if (unlikely((*block)->number != offset / BLOCK_OFFSETS))
		*block = state_find(state, (*block)->cohort, offset / BLOCK_OFFSETS);
	money = (CohortMoneyBlock *) *block;
	money->counts.active[j] += active;
	money->counts.last[j] += last;
	money->net[j] += net;
	money->capped[j] += capped;
	return money->net[j] >= BLOCK_MAX_AMOUNT || money->net[j] <= -BLOCK_MAX_AMOUNT ||
		money->capped[j] >= BLOCK_MAX_AMOUNT || money->capped[j] <= -BLOCK_MAX_AMOUNT;
}

/* The scale that a state of that scale needs for amounts, where they are small. */
static int
finest_scale(int scale, const CohortMoney *money)
{
	if (money->net.big == NULL)
		scale = Max(scale, money->net.scale);
	if (money->capped.big == NULL)
		scale = Max(scale, money->capped.scale);
	return scale;
}

/*
 * Add customers of one cohort, who are in state->customers already, by their
 * changes.
 */
static CohortState *
state_add_changes(CohortState *state, int32 cohort, int64 size,
				  const CohortChange *changes, int count)
{
	int			scale = state->scale;
	CohortBlock *block;
	bool		full = false;
	int128		net;
	int128		capped;

	for (int i = 0; i < count; i++)
		scale = finest_scale(scale, &changes[i].money);
	if (scale > state->scale)
		state = state_rescale(state, scale);
	for (int i = 0; i < count; i++)
	{
		if (!amount_fits(&changes[i].money.net, scale, &net) ||
			!amount_fits(&changes[i].money.capped, scale, &capped))
			return state_add_to_remainder(state, cohort, size, changes, count);
	}

	block = state_find(&state, cohort, 0);
	block->size += size;
	for (int i = 0; i < count; i++)
	{
		amount_fits(&changes[i].money.net, scale, &net);
		amount_fits(&changes[i].money.capped, scale, &capped);
		full |= state_add_change(&state, &block, changes[i].offset,
								 changes[i].active, changes[i].last, net, capped);
	}
	return full ? state_flush(state) : state;
}

/* Give an amount that scale; false, and nothing done, if it does not fit. */
static inline bool
amount_use_scale(Amount *amount, int scale)
{
	int128		value;

	/* mostly it has it, and is not copied: that would stall the processor */
	if (likely(amount->big == NULL && amount->scale == scale))
		return amount->value < BLOCK_MAX_AMOUNT && amount->value > -BLOCK_MAX_AMOUNT;
	if (!amount_fits(amount, scale, &value))
		return false;
	amount->value = value;
	amount->scale = scale;
	return true;
}

/*
 * The same for a row of a matrix with MRR, without a list of its changes where
 * all amounts fit: merging stored matrices is mostly this.  The row's amounts
 * change their scale.
 */
static CohortState *
state_add_row(CohortState *state, CohortRow *row)
{
	int			scale = row->running > 0 ?
		finest_scale(state->scale, &row->running_money) : state->scale;
	bool		fits = true;
	int32		next = 0;		/* after the offset that was last */
	int64		active = 0;		/* there */
	int128		net = 0;
	int128		capped = 0;
	CohortBlock *block;
	bool		full = false;

	for (int i = 0; i < row->ncells; i++)
		scale = finest_scale(scale, &row->money[i]);
	if (scale > state->scale)
		state = state_rescale(state, scale);
	for (int i = 0; fits && i < row->ncells; i++)
		fits = amount_use_scale(&row->money[i].net, scale) &&
			amount_use_scale(&row->money[i].capped, scale);
	if (fits && row->running > 0)
		fits = amount_use_scale(&row->running_money.net, scale) &&
			amount_use_scale(&row->running_money.capped, scale);
	if (!fits)
	{
		CohortChange *changes = NULL;
		int			count = 0;
		int			room = 0;

		row_to_changes(row, &changes, &count, &room);
		state = state_add_changes(state, row->cohort, row->size, changes, count);
		pfree(changes);
		return state;
	}

	block = state_find(&state, row->cohort, 0);
	block->size += row->size;
	for (int i = 0; i <= row->ncells; i++)
	{
		bool		running = i == row->ncells;
		CohortMoney *money = running ? &row->running_money : &row->money[i];
		int32		offset = running ? row->running_from : row->cells[i].offset;
		int64		now_active = running ? row->running : row->cells[i].active;

		/* nobody was active between the cells, or is after the last */
		if (active > 0 && (now_active == 0 || offset > next))
		{
			full |= state_add_change(&state, &block, next, -active, 0, -net, -capped);
			active = 0;
			net = capped = 0;
		}
		if (now_active == 0)
			break;
		full |= state_add_change(&state, &block, offset, now_active - active,
								 running ? 0 : row->cells[i].last,
								 money->net.value - net, money->capped.value - capped);
		next = offset + 1;
		active = now_active;
		net = money->net.value;
		capped = money->capped.value;
	}
	return full ? state_flush(state) : state;
}

/* Learn the grain, or check it. */
static CohortState *
state_use_grain(CohortState *state, Grain grain)
{
	CohortMatrix matrix;
	CohortState *result;

	if (likely(state->shape.grain_known))
	{
		grain_check_same(state->shape.grain, grain, "cohorts");
		return state;
	}
	if (state->nblocks == 0)
	{
		state->shape.grain = grain;
		state->shape.grain_known = true;
		return state;
	}
	state_read(&state->header, &matrix);
	cohort_matrix_settle(&matrix, grain);
	result = state_create(&matrix.shape, state->room, NULL);
	state_copy_header(result, state);
	for (int i = 0; i < matrix.nrows; i++)
		state_find(&result, matrix.rows[i].cohort, 0)->size = matrix.rows[i].size;
	return result;
}

/* Add a whole matrix. */
static CohortState *
state_merge(CohortState *state, CohortMatrix *matrix)
{
	shape_check_same(&state->shape, &matrix->shape);
	if (matrix->shape.grain_known)
		state = state_use_grain(state, matrix->shape.grain);
	else if (state->shape.grain_known)
		cohort_matrix_settle(matrix, state->shape.grain);
	currency_merge(&state->currency, &matrix->currency);
	state->skipped = add_count(state->skipped, matrix->skipped);
	if (matrix->nrows > 0)
		state->last_day = state->nblocks > 0 ?
			Max(state->last_day, matrix->last_day) : matrix->last_day;

	for (int i = 0; i < matrix->nrows; i++)
	{
		CohortRow  *row = &matrix->rows[i];
		CohortBlock *block;
		uint32		number;

		CHECK_FOR_INTERRUPTS();
		state->customers = add_count(state->customers, row->size);
		if (state->shape.basis == COHORT_MRR)
		{
			state = state_add_row(state, row);
			continue;
		}
		block = state_find(&state, row->cohort, 0);
		block->size += row->size;
		number = 0;
		for (int j = 0; j < row->ncells; j++)
		{
			CohortCell *cell = &row->cells[j];
			uint32		offset = cell->offset;

			if (unlikely(offset / BLOCK_OFFSETS != number))
			{
				number = offset / BLOCK_OFFSETS;
				block = state_find(&state, row->cohort, number);
			}
			block->active[offset % BLOCK_OFFSETS] += cell->active;
			block->last[offset % BLOCK_OFFSETS] += cell->last;
		}
	}
	return state;
}

/* ----------
 * One customer
 * ----------
 */

/*
 * Where a customer's bitmaps go: the block found last, and the last active
 * offset so far.
 */
typedef struct CohortCustomer
{
	CohortState *state;
	CohortBlock *block;
	int64		last;			/* -1: never active */
} CohortCustomer;

static inline void
customer_begin(CohortCustomer *customer, CohortState *state, int32 cohort)
{
	customer->state = state;
	customer->block = state_find(&customer->state, cohort, 0);
	customer->block->size++;
	customer->state->customers = add_count(customer->state->customers, 1);
	customer->last = -1;
}

static inline CohortBlock *
customer_block(CohortCustomer *customer, int32 number)
{
	if (unlikely(customer->block->number != number))
		customer->block = state_find(&customer->state, customer->block->cohort, number);
	return customer->block;
}

/* Bits from an offset on; later calls are about later offsets. */
static inline void
customer_add_bits(CohortCustomer *customer, uint64 offset, uint64 bits)
{
	int32		number = offset / BLOCK_OFFSETS;
	int			shift = offset % BLOCK_OFFSETS;

	if (unlikely(bits == 0))
		return;
	if (bits << shift != 0)
		block_count(customer_block(customer, number), bits << shift);
	if (shift > 0 && bits >> (BLOCK_OFFSETS - shift) != 0)
		block_count(customer_block(customer, number + 1), bits >> (BLOCK_OFFSETS - shift));
	customer->last = offset + pg_leftmost_one_pos64(bits);
}

/* Returns the state, which may have moved. */
static inline CohortState *
customer_end(CohortCustomer *customer)
{
	/* that offset is in the block found last */
	if (customer->last >= 0)
		customer->block->last[customer->last % BLOCK_OFFSETS]++;
	return customer->state;
}

/* Add a customer to a cohort; what it did before that is left out. */
static CohortState *
state_add_activity(CohortState *state, int32 cohort, const Activity *activity)
{
	CohortCustomer customer;

	customer_begin(&customer, state, cohort);
	for (int i = 0; i < activity->nwords; i++)
	{
		int64		offset = (int64) activity->words[i].period - cohort;
		uint64		bits = ACTIVITY_BITS(&activity->words[i]);

		if (unlikely(offset < 0))
		{
			bits = offset < -ACTIVITY_FOLLOWING ? 0 : bits >> -offset;
			offset = 0;
		}
		customer_add_bits(&customer, offset, bits);
	}
	return customer_end(&customer);
}

/* The same with windows of days for offsets, for activity by day. */
static CohortState *
state_add_ages(CohortState *state, const Activity *activity)
{
	CohortCustomer customer;
	int32		cohort = activity->words[0].period;
	int64		offset = 0;
	uint64		bits = 0;

	customer_begin(&customer, state, cohort);
	for (int i = 0; i < activity->nwords; i++)
	{
		for (uint64 rest = ACTIVITY_BITS(&activity->words[i]); rest != 0; rest &= rest - 1)
		{
			int64		age = (int64) activity->words[i].period +
				pg_rightmost_one_pos64(rest) - cohort;
			int64		window = age / state->shape.age_days;

			if (window >= offset + BLOCK_OFFSETS)
			{
				customer_add_bits(&customer, offset, bits);
				offset = window;
				bits = 0;
			}
			bits |= (uint64) 1 << (window - offset);
		}
	}
	customer_add_bits(&customer, offset, bits);
	return customer_end(&customer);
}

/* The same with ranges of periods for offsets, as far as they are observed. */
static CohortState *
state_add_ranges(CohortState *state, const Activity *activity)
{
	CohortCustomer customer;
	const CohortShape *shape = &state->shape;
	int32		cohort = activity->words[0].period;
	int64		nranges = shape_last_offset(shape, cohort) + 1;
	uint64		bits = 0;

	for (int i = 0; i < nranges; i++)
	{
		if (activity_between(activity, (int64) cohort + shape->ranges[i],
							 (int64) cohort + shape->ranges[i + 1] - 1))
			bits |= (uint64) 1 << i;
	}
	customer_begin(&customer, state, cohort);
	customer_add_bits(&customer, 0, bits);
	return customer_end(&customer);
}

/*
 * Add the customer of an MRR history: its MRR of a period is that of the last
 * day, it is active when that is positive, and its cohort is the first such
 * period.
 */
static CohortState *
state_add_history(CohortState *state, const MrrHistory *history)
{
	CohortChange *changes = palloc((history->nsteps + 1) * sizeof(CohortChange));
	int			count = 0;
	int32		cohort = 0;
	int32		last = 0;		/* offset before the last end */
	bool		paid = false;
	Amount		zero = AMOUNT_ZERO;
	Amount		base = zero;
	CohortMoney before = {zero, zero};

	for (int i = 0; i < history->nsteps; i++)
	{
		CohortMoney money;
		int32		period = grain_period_of(state->shape.grain, history->steps[i].from);
		bool		was_active = amount_sign(&before.net) > 0;
		bool		is_active;
		CohortChange *change;

		/* does another step take its place before the period is over? */
		if (i + 1 < history->nsteps &&
			period_number(state->shape.grain, history->steps[i + 1].from) == period)
			continue;
		money.net = history->steps[i].mrr;
		if (amount_sign(&money.net) < 0)
			money.net = zero;
		is_active = amount_sign(&money.net) > 0;
		if (!paid)
		{
			if (!is_active)
				continue;
			paid = true;
			cohort = period;
			base = money.net;
		}
		money.capped = amount_cmp(&money.net, &base) > 0 ? base : money.net;

		if (was_active && !is_active)
			last = period - 1 - cohort;
		change = &changes[count++];
		memset(change, 0, sizeof(*change));
		change->offset = period - cohort;
		change->active = (is_active ? 1 : 0) - (was_active ? 1 : 0);
		change->money.net = amount_sub(&money.net, &before.net);
		change->money.capped = amount_sub(&money.capped, &before.capped);
		before = money;
	}
	if (paid)
	{
		/* only the last end is for good */
		if (amount_sign(&before.net) == 0)
		{
			memset(&changes[count], 0, sizeof(CohortChange));
			changes[count].offset = last;
			changes[count++].last = 1;
		}
		state->customers = add_count(state->customers, 1);
		state = state_add_changes(state, cohort, 1, changes, count);
	}
	pfree(changes);
	return state;
}

/* ----------
 * Building
 * ----------
 */

static void
shape_init(CohortShape *shape, CohortBasis basis)
{
	memset(shape, 0, sizeof(*shape));
	shape->basis = basis;
}

/*
 * The state in argument 0, ready to be changed.  In an aggregate it is the
 * executor's and may be changed in place; a direct call gets a copy, as the
 * argument may be anybody's.  The shape is that of a new one.
 */
static CohortState *
state_from_arg(FunctionCallInfo fcinfo, const CohortShape *shape)
{
	CohortState *state;
	CohortMatrix matrix;

	if (PG_ARGISNULL(0))
		return state_create(shape, STATE_FIRST_ROOM, NULL);
	state = (CohortState *) codec_get(&cohort_matrix_type, PG_GETARG_DATUM(0));
	if (likely(((CodecHeader *) state)->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return state;

	cohort_matrix_read(PointerGetDatum(state), &matrix);
	state = state_create(&matrix.shape, STATE_FIRST_ROOM, NULL);
	return state_merge(state, &matrix);
}

/* What a transition returns: the state, or a value for a direct call. */
static Datum
state_to_result(FunctionCallInfo fcinfo, CohortState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_pack_state(&cohort_matrix_type, &state->header));
}

/* Only a direct call can come with a value of another kind. */
static void
state_check_basis(const CohortState *state, CohortBasis basis)
{
	CohortShape shape = state->shape;

	shape.basis = basis;
	shape_check_same(&state->shape, &shape);
}

/*
 * cohort_accum(cohort_matrix, activity)
 */
PG_FUNCTION_INFO_V1(cohort_accum);
Datum
cohort_accum(PG_FUNCTION_ARGS)
{
	CohortShape shape;
	CohortState *state;
	Activity	activity;

	shape_init(&shape, COHORT_FIRST);
	state = state_from_arg(fcinfo, &shape);
	state_check_basis(state, COHORT_FIRST);
	if (PG_ARGISNULL(1))
	{
		state->skipped = add_count(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	activity_read(PG_GETARG_DATUM(1), &activity);
	state = state_use_grain(state, activity.grain);
	state->skipped = add_count(state->skipped, activity.skipped);
	if (activity.nwords > 0)
		state = state_add_activity(state, activity.words[0].period, &activity);
	return state_to_result(fcinfo, state);
}

/*
 * cohort_accum(cohort_matrix, activity, date)
 *
 * No activity is a customer all the same, one who never was active: to leave
 * it out would make retention of the others look like that of all.
 */
static Datum
accum_at(FunctionCallInfo fcinfo, bool is_timestamp)
{
	CohortShape shape;
	CohortState *state;
	Activity	activity;
	bool		known = !PG_ARGISNULL(1);
	DateADT		date;
	Grain		day = {GRAIN_DAY, 0};

	shape_init(&shape, COHORT_DATE);
	state = state_from_arg(fcinfo, &shape);
	state_check_basis(state, COHORT_DATE);
	if (known)
	{
		activity_read(PG_GETARG_DATUM(1), &activity);
		state = state_use_grain(state, activity.grain);
		state->skipped = add_count(state->skipped, activity.skipped);
	}
	if (PG_ARGISNULL(2))
	{
		state->skipped = add_count(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	date = is_timestamp ? date_from_timestamp(PG_GETARG_TIMESTAMP(2)) : PG_GETARG_DATEADT(2);
	if (!known)
	{
		/* until the grain is known, cohorts are days */
		memset(&activity, 0, sizeof(activity));
		activity.grain = state->shape.grain_known ? state->shape.grain : day;
	}
	state = state_add_activity(state, grain_period_of(activity.grain, date), &activity);
	return state_to_result(fcinfo, state);
}

CODEC_FUNCTION(cohort, accum_date, accum_at(fcinfo, false));
CODEC_FUNCTION(cohort, accum_timestamp, accum_at(fcinfo, true));

/* cohort_agg() by a timestamptz, which is another date in each zone */
PG_FUNCTION_INFO_V1(cohort_accum_timestamptz);
Datum
cohort_accum_timestamptz(PG_FUNCTION_ARGS)
{
	report_timestamptz("cohort_agg");
	PG_RETURN_NULL();
}

/*
 * cohort_age_accum(cohort_matrix, activity, age_days integer)
 */
PG_FUNCTION_INFO_V1(cohort_age_accum);
Datum
cohort_age_accum(PG_FUNCTION_ARGS)
{
	CohortShape shape;
	CohortState *state;
	Activity	activity;
	DateADT		last_day;

	shape_init(&shape, COHORT_AGE);
	shape.grain_known = true;
	shape.grain.unit = GRAIN_DAY;
	if (PG_ARGISNULL(2))
		report_option("age_days", "is NULL");
	shape.age_days = PG_GETARG_INT32(2);
	if (shape.age_days < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age_days must be at least 1, not %d", shape.age_days),
				 errdetail("It is the length of a window in days.")));
	state = state_from_arg(fcinfo, &shape);
	state_check_basis(state, COHORT_AGE);
	if (state->shape.age_days != shape.age_days)
		report_option("age_days", "changes from row to row");
	if (PG_ARGISNULL(1))
	{
		state->skipped = add_count(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	activity_read(PG_GETARG_DATUM(1), &activity);
	if (activity.grain.unit != GRAIN_DAY)
	{
		char		name[GRAIN_NAME_SIZE];

		grain_name(activity.grain, name);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cohort_agg_by_age needs activity by day"),
				 errdetail("The activity has grain %s, which does not tell how many days lie between two of its periods.", name),
				 errhint("Build it with activity_agg(at, 'day').")));
	}
	state->skipped = add_count(state->skipped, activity.skipped);
	if (activity.nwords > 0)
	{
		last_day = activity_last(&activity);
		state->last_day = state->nblocks > 0 ? Max(state->last_day, last_day) : last_day;
		state = state_add_ages(state, &activity);
	}
	return state_to_result(fcinfo, state);
}

/* Ranges and the last day observed, from arguments 2 and 3. */
static void
shape_read_ranges(FunctionCallInfo fcinfo, CohortShape *shape)
{
	ArrayType  *array;
	Datum	   *values;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(2))
		report_option("ranges", "is NULL");
	if (PG_ARGISNULL(3))
		report_option("observed_to", "is NULL");
	shape->observed_to = PG_GETARG_DATEADT(3);
	if (DATE_NOT_FINITE(shape->observed_to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("observed_to must be a finite date"),
				 errhint("Say up to which day the rows are complete.")));
	array = PG_GETARG_ARRAYTYPE_P(2);
	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT,
					  &values, &nulls, &count);
	if (ARR_NDIM(array) != 1 || count < 2 || count > COHORT_MAX_RANGES)
		goto invalid;
	for (int i = 0; i < count; i++)
	{
		int32		value = DatumGetInt32(values[i]);

		if (nulls[i] || value < 0 || (i > 0 && value <= shape->ranges[i - 1]))
			goto invalid;
		shape->ranges[i] = value;
	}
	shape->nranges = count;
	return;

invalid:
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("ranges must be 2 to %d numbers of periods in ascending order, none negative or NULL",
					COHORT_MAX_RANGES),
			 errdetail("Each number is where a range begins, and the last one where the last range has ended."),
			 errhint("For example '{0,1,4,12}' for periods 0, 1 to 3 and 4 to 11.")));
}

/*
 * cohort_bracket_accum(cohort_matrix, activity, ranges integer[], observed_to date)
 */
PG_FUNCTION_INFO_V1(cohort_bracket_accum);
Datum
cohort_bracket_accum(PG_FUNCTION_ARGS)
{
	CohortShape shape;
	CohortState *state;
	Activity	activity;

	shape_init(&shape, COHORT_BRACKET);
	shape_read_ranges(fcinfo, &shape);
	state = state_from_arg(fcinfo, &shape);
	state_check_basis(state, COHORT_BRACKET);
	if (!same_ranges(&state->shape, &shape))
		report_option("ranges or observed_to", "changes from row to row");
	if (PG_ARGISNULL(1))
	{
		state->skipped = add_count(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	activity_read(PG_GETARG_DATUM(1), &activity);
	state = state_use_grain(state, activity.grain);
	state->skipped = add_count(state->skipped, activity.skipped);

	/* a cohort that begins after the observed time is not known to exist */
	if (activity.nwords > 0 &&
		activity.words[0].period <= period_number(activity.grain, shape.observed_to))
		state = state_add_ranges(state, &activity);
	return state_to_result(fcinfo, state);
}

/*
 * cohort_revenue_accum(cohort_matrix, mrr_history [, step text])
 */
PG_FUNCTION_INFO_V1(cohort_revenue_accum);
Datum
cohort_revenue_accum(PG_FUNCTION_ARGS)
{
	CohortShape shape;
	CohortState *state;
	MrrHistory	history;

	shape_init(&shape, COHORT_MRR);
	shape.grain_known = true;
	shape.grain.unit = GRAIN_MONTH;
	if (PG_NARGS() > 2)
	{
		text	   *name;

		if (PG_ARGISNULL(2))
			report_option("step", "is NULL");
		name = PG_GETARG_TEXT_PP(2);
		shape.grain = grain_parse(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), "step", true);
	}
	state = state_from_arg(fcinfo, &shape);
	state_check_basis(state, COHORT_MRR);
	if (!grain_equal(state->shape.grain, shape.grain))
		report_option("step", "changes from row to row");
	if (PG_ARGISNULL(1))
	{
		state->skipped = add_count(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	history_read(PG_GETARG_DATUM(1), &history);
	currency_merge(&state->currency, &history.currency);
	state->skipped = add_count(state->skipped, history.skipped);
	return state_to_result(fcinfo, state_add_history(state, &history));
}

/*
 * cohort_combine(cohort_matrix, cohort_matrix)
 *
 * Strict.  It is the combine function of all aggregates here and the transition
 * function of rollup(); called directly it adds two values.
 */
PG_FUNCTION_INFO_V1(cohort_combine);
Datum
cohort_combine(PG_FUNCTION_ARGS)
{
	CohortState *state = state_from_arg(fcinfo, NULL);
	CohortMatrix matrix;

	cohort_matrix_read(PG_GETARG_DATUM(1), &matrix);
	return state_to_result(fcinfo, state_merge(state, &matrix));
}

PG_FUNCTION_INFO_V1(cohort_final);
Datum
cohort_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_get_packed(&cohort_matrix_type, PG_GETARG_DATUM(0)));
}

/* ----------
 * The builder
 * ----------
 */

struct CohortBuilder
{
	MemoryContext context;
	CohortState *state;
};

/* The state has been added to, and may be another one now. */
static inline void
builder_set_state(CohortBuilder *builder, CohortState *state)
{
	if (unlikely(state != builder->state))
	{
		pfree(builder->state);
		builder->state = state;
	}
}

CohortBuilder *
cohort_builder_create(Grain grain)
{
	CohortBuilder *builder = palloc(sizeof(CohortBuilder));
	CohortShape shape;

	shape_init(&shape, COHORT_FIRST);
	shape.grain_known = true;
	shape.grain = grain;
	builder->context = CurrentMemoryContext;
	builder->state = state_create(&shape, 16 * STATE_FIRST_ROOM, NULL);
	return builder;
}

void
cohort_builder_add_bits(CohortBuilder *builder, int32 first,
						const uint64 *words, int nwords)
{
	MemoryContext old = MemoryContextSwitchTo(builder->context);
	CohortCustomer customer;

	Assert(nwords > 0 && (words[0] & 1) != 0);
	customer_begin(&customer, builder->state, first);
	for (int i = 0; i < nwords; i++)
		customer_add_bits(&customer, (uint64) i * BLOCK_OFFSETS, words[i]);
	builder_set_state(builder, customer_end(&customer));
	MemoryContextSwitchTo(old);
}

void
cohort_builder_add_list(CohortBuilder *builder, const int32 *periods, int count)
{
	MemoryContext old = MemoryContextSwitchTo(builder->context);
	CohortCustomer customer;
	int64		offset = 0;
	uint64		bits = 0;

	Assert(count > 0);
	customer_begin(&customer, builder->state, periods[0]);
	for (int i = 0; i < count; i++)
	{
		int64		next = (int64) periods[i] - periods[0];

		if (next >= offset + BLOCK_OFFSETS)
		{
			customer_add_bits(&customer, offset, bits);
			offset = next;
			bits = 0;
		}
		bits |= (uint64) 1 << (next - offset);
	}
	customer_add_bits(&customer, offset, bits);
	builder_set_state(builder, customer_end(&customer));
	MemoryContextSwitchTo(old);
}

void
cohort_builder_add_skipped(CohortBuilder *builder, uint64 rows)
{
	builder->state->skipped = add_count(builder->state->skipped, rows);
}

CodecHeader *
cohort_builder_finish(const CohortBuilder *builder)
{
	return codec_pack_state(&cohort_matrix_type, &builder->state->header);
}

void
cohort_builder_free(CohortBuilder *builder)
{
	pfree(builder->state);
	pfree(builder);
}

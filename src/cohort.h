/*-------------------------------------------------------------------------
 *
 * cohort.h
 *	  Cohort matrices: how many customers of each cohort were active at each
 *	  distance from its start.
 *
 * A matrix has a row for each cohort and in it a cell for each offset at which
 * somebody was active.  What retention means (doc/cohorts.md) is decided when
 * it is read.  There are five ways to build one, called its basis here, and
 * matrices of different bases cannot be added.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_COHORT_H
#define CCX_COHORT_H

#include "calendar.h"
#include "codec.h"
#include "currency.h"

/* How customers came to their cohort and offsets.  On disk: never renumber. */
typedef enum CohortBasis
{
	COHORT_FIRST,				/* first active period; periods since */
	COHORT_DATE,				/* date of the caller; periods since */
	COHORT_AGE,					/* first active day; windows of days since */
	COHORT_BRACKET,				/* first active period; ranges of periods */
	COHORT_MRR					/* first paid period; periods since */
} CohortBasis;

#define COHORT_BASES		(COHORT_MRR + 1)
#define COHORT_MAX_RANGES	65	/* limits of 64 ranges */

/* What matrices must have in common to be added. */
typedef struct CohortShape
{
	CohortBasis basis;
	bool		grain_known;	/* false while no activity told it */
	Grain		grain;
	int32		age_days;		/* AGE: length of a window */
	DateADT		observed_to;	/* BRACKET: last day observed */
	int32		nranges;		/* BRACKET: limits, ascending */
	int32		ranges[COHORT_MAX_RANGES];
} CohortShape;

typedef struct CohortCell
{
	int32		offset;
	int64		active;			/* customers active at that offset */
	int64		last;			/* of these, never active later */
} CohortCell;

/* MRR of the active customers, and capped at what each had at offset 0. */
typedef struct CohortMoney
{
	Amount		net;
	Amount		capped;
} CohortMoney;

/*
 * One cohort: by number of the first period, which is a day if the basis is AGE
 * or the grain is not known.  Cells with nobody active are left out.
 *
 * Customers who pay without an end keep their MRR for ever: they are "running"
 * from an offset on behind the last cell.
 */
typedef struct CohortRow
{
	int32		cohort;
	int64		size;
	int			ncells;
	CohortCell *cells;
	CohortMoney *money;			/* beside each cell; NULL without MRR */
	int64		running;
	int32		running_from;
	CohortMoney running_money;
} CohortRow;

typedef struct CohortMatrix
{
	CohortShape shape;
	Currency	currency;		/* MRR */
	DateADT		last_day;		/* AGE: last day with activity */
	int64		skipped;		/* rows that could not be used */
	int			nrows;
	CohortRow  *rows;
} CohortMatrix;

extern int64 cohort_row_ever(const CohortRow *row);
extern void cohort_matrix_read(Datum datum, CohortMatrix *matrix);
extern void cohort_matrix_settle(CohortMatrix *matrix, Grain grain);

/*
 * The builder makes matrices by first active period, from one customer after
 * the other.
 */
typedef struct CohortBuilder CohortBuilder;

/*
 * A builder for the cohorts of a grain, in the current memory context; it grows
 * there, and nowhere else.
 */
extern CohortBuilder *cohort_builder_create(Grain grain);

/*
 * Add one customer by the bitmap of its active periods: bit i of words[j] is
 * period first + 64 * j + i.  Bit 0 of words[0] is set, as that is the first
 * active period; later words may be zero.
 */
extern void cohort_builder_add_bits(CohortBuilder *builder, int32 first,
									const uint64 *words, int nwords);

/* Add one customer by the list of its active periods, ascending, each once. */
extern void cohort_builder_add_list(CohortBuilder *builder,
									const int32 *periods, int count);

/* Count rows that had no customer or no date. */
extern void cohort_builder_add_skipped(CohortBuilder *builder, uint64 rows);

/*
 * The cohort_matrix of the customers so far, in the current memory context.
 * The builder stays as it is and can go on.
 */
extern CodecHeader *cohort_builder_finish(const CohortBuilder *builder);

extern void cohort_builder_free(CohortBuilder *builder);

#endif							/* CCX_COHORT_H */

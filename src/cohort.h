/*-------------------------------------------------------------------------
 *
 * cohort.h
 *	  Cohort matrices: how many customers of each cohort were active at each
 *	  distance from its start.
 *
 * A customer belongs to the cohort of the first period it was active in.  Per
 * cohort the matrix holds the number of customers, and per offset (periods
 * since the cohort's) how many were active and how many were active for the
 * last time.  All other numbers are derived when it is read.
 *
 * What is here for other files is the builder, which takes one customer after
 * the other.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_COHORT_H
#define CCX_COHORT_H

#include "calendar.h"
#include "codec.h"

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

/* Add all customers of another builder of the same grain, or of a value. */
extern void cohort_builder_merge(CohortBuilder *builder,
								 const CohortBuilder *other);
extern void cohort_builder_merge_packed(CohortBuilder *builder,
										const CodecHeader *packed);

/*
 * The cohort_matrix of the customers so far, in the current memory context.
 * The builder stays as it is and can go on.
 */
extern CodecHeader *cohort_builder_finish(const CohortBuilder *builder);

extern void cohort_builder_free(CohortBuilder *builder);

#endif							/* CCX_COHORT_H */

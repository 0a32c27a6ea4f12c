/*-------------------------------------------------------------------------
 *
 * movements_by.c
 *	  MRR movements from raw monthly snapshots in one pass:
 *	  mrr_movements_agg(customer, month, mrr), mrr_movements_by(), and for metric
 *	  views metric_view_movements().
 *
 * The customer table keeps the MRR of each customer by month.  In the end each
 * customer is looked at once: for every period in which it had MRR, or had it
 * one span before, its opening and closing are added to the totals of the
 * period, and of the segment it counts in.
 *
 * A customer that changes segment counts where it was at opening, so that the
 * segments add up to the whole; one without MRR at opening counts where it is
 * at closing.
 *
 * Where segments are those of another table, with a row for each customer, the
 * rows of that table can be fed to metric_view_movements() behind those of the
 * snapshots (UNION ALL): each names the home of its customer.  A tenth of the
 * work of joining them with each snapshot and grouping by the segment.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "access/htup_details.h"
#include "calendar.h"
#include "common/hashfn.h"
#include "customer_amount.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "movements.h"
#include "port/pg_bitutils.h"
#include "retention.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* ----------
 * The MRR of one customer
 * ----------
 */

/*
 * Nearly always the months from the first to the last one, an amount each, all
 * at one scale.  Amounts that do not fit, and months far apart, are in a list.
 */
typedef enum SeriesForm
{
	SERIES_ONE = 1,				/* a single month, without segment */
	SERIES_NARROW,				/* months in a row, of 32 bits */
	SERIES_WIDE,				/* months in a row, of 64 bits */
	SERIES_LIST,
	SERIES_NONE					/* nothing: a customer with a home only */
} SeriesForm;

/*
 * The amount of a month, and the day that its rows have: two days in one month
 * are taken for daily snapshots.  A month without rows is 0.
 *
 * There are as many of them as customers times months, so most are kept in 32
 * bits: these count hundredths, unless all amounts are whole.
 */
typedef int64 MonthValue;

#define DAY_BITS		5
#define VALUE_DAY(value)	((int) ((value) & 31))
#define VALUE_AMOUNT(value) ((value) >> DAY_BITS)
#define VALUE_MAKE(amount, day) ((MonthValue) ((uint64) (amount) << DAY_BITS | (uint64) (day)))
#define VALUE_MAX		(INT64CONST(1) << (62 - DAY_BITS))
#define VALUE_FITS(amount)	((amount) < VALUE_MAX && (amount) > -VALUE_MAX)
#define NARROW_MAX		(INT64CONST(1) << (31 - DAY_BITS))
#define NARROW_FITS(amount) ((amount) < NARROW_MAX && (amount) > -NARROW_MAX)
#define NARROW_UNIT(scale)	((scale) > 0 ? 100 : 1)

typedef struct ListEntry
{
	int32		month;
	int32		day;
	uint32		segment;
	Amount		amount;			/* its numeric is of the customer's memory */
} ListEntry;

typedef struct ListSeries
{
	int32		count;
	int32		room;
	ListEntry	entries[FLEXIBLE_ARRAY_MEMBER];
} ListSeries;

/* Months in a row are followed by their segments, where there are any. */
typedef struct Series
{
	uint32		form;			/* the tag of a payload: form and scale */
	int32		first;			/* month, unless a list */
	int32		count;			/* of months in a row, from the first to the last */
	int32		room;
	union
	{
		MonthValue	one;
		int32	   *narrow;
		MonthValue *wide;
		ListSeries *list;
	}			months;
} Series;

/*
 * The same of a customer that counts in one segment in all months: the one that
 * a row of its own names, its home.
 */
typedef struct HomedSeries
{
	Series		series;
	uint32		home;			/* 0 if no row names one */
	uint64		skipped;		/* rows that could not be used */
} HomedSeries;

#define FORM(series)	((series)->form & 255)
#define SCALE(series)	((int) ((series)->form >> 8))
#define MAKE_FORM(form, scale) ((uint32) (form) | (uint32) (scale) << 8)
#define IS_DENSE(series) (FORM(series) == SERIES_NARROW || FORM(series) == SERIES_WIDE)

/* months of a dense series that hardly anybody fills */
#define DENSE_MAX_EMPTY 96

/* What a row says. */
typedef struct MonthInput
{
	int32		month;
	uint8		day;			/* 0: it names a home, or cannot be used */
	uint8		scale;
	bool		large;			/* amount is a numeric */
	uint32		segment;
	union
	{
		int64		value;
		Numeric		numeric;
	}			amount;
} MonthInput;

/* Names of segments, numbered from 1 on; 0 is NULL. */
typedef struct SegmentName
{
	uint64		hash;
	Size		size;
	char	   *name;
	bool		used;			/* by a row; for NULL, which is always there */
	uint64		skipped;		/* rows of it that could not be used */
} SegmentName;

/* Options of a group; groups with the same ones share them. */
#define CACHE_SIZE	2048

typedef struct DateCache
{
	DateADT		date;
	int32		month;
	int32		day;
} DateCache;

typedef struct MovementOptions
{
	struct MovementOptions *next;
	Grain		step;
	int			span;
	char		step_text[GRAIN_NAME_SIZE]; /* as written */
	char		span_text[GRAIN_NAME_SIZE];
	int			step_size;
	int			span_size;
	DateCache	dates[CACHE_SIZE];
} MovementOptions;

typedef struct SeriesState
{
	CustomerTable table;
	MovementOptions *options;
	int			scale;			/* that amounts are read at */
	uint32		nnames;			/* including NULL */
	uint32		names_room;
	SegmentName *names;			/* NULL before the first */
	uint32	   *index;			/* by hash, twice the room */
} SeriesState;

/* What a partial state has before its customers; names used in rows follow. */
typedef struct SeriesHead
{
	int32		unit;
	int32		anchor;
	int32		span;
	uint32		nnames;
} SeriesHead;

static const CustomerOps series_ops;
static const CustomerOps segmented_ops;
static const CustomerOps homed_ops;

static inline uint32 *
dense_segments(const Series *series)
{
	return FORM(series) == SERIES_NARROW ? (uint32 *) &series->months.narrow[series->room] :
		(uint32 *) &series->months.wide[series->room];
}

static Size
dense_size(const Series *series, bool segmented)
{
	return (Size) series->room *
		((FORM(series) == SERIES_NARROW ? sizeof(int32) : sizeof(MonthValue)) +
		 (segmented ? sizeof(uint32) : 0));
}

/* What one in an amount of months in a row stands for, at the scale. */
static inline int64
dense_unit(const Series *series)
{
	return FORM(series) == SERIES_NARROW ? NARROW_UNIT(SCALE(series)) : 1;
}

/* A month of months in a row, its amount in units. */
static inline MonthValue
dense_get(const Series *series, int i)
{
	return FORM(series) == SERIES_NARROW ? series->months.narrow[i] : series->months.wide[i];
}

static inline bool
is_segmented(const CustomerTable *table)
{
	return customer_table_ops(table) == &segmented_ops;
}

static inline bool
is_homed(const CustomerTable *table)
{
	return customer_table_ops(table) == &homed_ops;
}

static Size
list_size(int64 room)
{
	return offsetof(ListSeries, entries) + room * sizeof(ListEntry);
}

/* The function that the user called. */
static const char *
state_name(const CustomerTable *table)
{
	return customer_table_ops(table)->name;
}

static void
report_daily(const CustomerTable *table, int month, int a, int b)
{
	int			year = month >= 0 ? month / 12 : -((11 - month) / 12);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the input of %s looks like daily snapshots", state_name(table)),
			 errdetail("One customer has rows of days %d and %d of month %04d-%02d; a row stands for a whole month.",
					   Min(a, b), Max(a, b), year, month - 12 * year + 1),
			 errhint("Keep one snapshot a month, for example the last: WHERE day = (date_trunc('month', day) + interval '1 month - 1 day')::date; or where the days of a month only differ by invoice, give date_trunc('month', day)::date.")));
}

static void
report_segments(const CustomerTable *table, int month, uint32 a, uint32 b)
{
	SeriesState *state = (SeriesState *) table;
	int			year = month >= 0 ? month / 12 : -((11 - month) / 12);
	const char *names[2];

	for (int i = 0; i < 2; i++)
	{
		uint32		id = i == 0 ? a : b;

		names[i] = id == 0 ? "NULL" :
			pnstrdup(state->names[id].name,
					 pg_mbcliplen(state->names[id].name, state->names[id].size, 64));
	}
	/* the same message whichever came first */
	if (strcmp(names[0], names[1]) > 0)
	{
		const char *swap = names[0];

		names[0] = names[1];
		names[1] = swap;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a customer is in two segments in one month"),
			 errdetail("In %04d-%02d one customer is in %s and in %s.",
					   year, month - 12 * year + 1, names[0], names[1]),
			 errhint("Decide on one segment a customer and month, or make the segment a part of the customer's key.")));
}

/* ----------
 * Building it
 * ----------
 */

static void
series_forget(CustomerTable *table, void *payload)
{
	Series	   *series = payload;

	if (IS_DENSE(series))
		customer_free(table, series->months.wide, dense_size(series, is_segmented(table)));
	else if (FORM(series) == SERIES_LIST)
	{
		ListSeries *list = series->months.list;

		for (int i = 0; i < list->count; i++)
			customer_amount_free(table, &list->entries[i].amount);
		customer_free(table, list, list_size(list->room));
	}
}

static void
series_prefetch(const void *payload, const void *input)
{
	const Series *series = payload;

	if (!IS_DENSE(series))
		return;
	if (input != NULL)
	{
		int64		offset = (int64) ((const MonthInput *) input)->month - series->first;

		if (offset >= 0 && offset < series->room)
			__builtin_prefetch(FORM(series) == SERIES_NARROW ?
							   (void *) &series->months.narrow[offset] :
							   (void *) &series->months.wide[offset], 1);
	}
	else
	{
		const char *months = (const char *) series->months.wide;

		__builtin_prefetch(months);
		__builtin_prefetch(months + 64);
		__builtin_prefetch(months + 128);
	}
}

static void
list_add(CustomerTable *table, Series *series, int32 month, int day, uint32 segment,
		 const Amount *amount)
{
	ListSeries *list = series->months.list;
	int			low = 0;
	int			high = list->count;

	if (high > 0 && list->entries[high - 1].month < month)
		low = high;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (list->entries[middle].month < month)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < list->count && list->entries[low].month == month)
	{
		ListEntry  *entry = &list->entries[low];

		if (entry->day != day)
			report_daily(table, month, entry->day, day);
		if (entry->segment != segment)
			report_segments(table, month, entry->segment, segment);
		customer_amount_add(table, &entry->amount, amount);
		return;
	}

	if (list->count >= list->room)
	{
		ListSeries *larger;
		int			room = 2 * list->room;

		if (list_size(room) > MaxAllocSize)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s has too many months of one customer", state_name(table))));
		larger = customer_alloc(table, list_size(room));
		memcpy(larger, list, list_size(list->count));
		larger->room = room;
		customer_free(table, list, list_size(list->room));
		series->months.list = list = larger;
	}
	memmove(&list->entries[low + 1], &list->entries[low],
			(list->count - low) * sizeof(ListEntry));
	list->entries[low].month = month;
	list->entries[low].day = day;
	list->entries[low].segment = segment;
	list->entries[low].amount = *amount;
	customer_amount_keep(table, &list->entries[low].amount);
	list->count++;
}

/* Whatever the series is, make it a list. */
static void
make_list(CustomerTable *table, Series *series)
{
	ListSeries *list;
	Series		old = *series;

	if (FORM(series) == SERIES_LIST)
		return;
	list = customer_alloc(table, list_size(4));
	list->count = 0;
	list->room = 4;
	series->form = SERIES_LIST;
	series->months.list = list;
	if (FORM(&old) == SERIES_ONE)
	{
		Amount		amount = amount_from_scaled(VALUE_AMOUNT(old.months.one), SCALE(&old));

		list_add(table, series, old.first, VALUE_DAY(old.months.one), 0, &amount);
	}
	else if (IS_DENSE(&old))
	{
		bool		segmented = is_segmented(table);

		for (int i = 0; i < old.count; i++)
		{
			MonthValue	value = dense_get(&old, i);
			Amount		amount = amount_from_scaled(VALUE_AMOUNT(value) * dense_unit(&old),
													SCALE(&old));

			if (value != 0)
				list_add(table, series, old.first + i, VALUE_DAY(value),
						 segmented ? dense_segments(&old)[i] : 0, &amount);
		}
		series_forget(table, &old);
	}
}

/* The value of a single month in units of a narrow series. */
static inline bool
narrow_from_value(MonthValue value, int scale, int32 *narrow)
{
	int64		amount = VALUE_AMOUNT(value);

	if (scale > 0)
	{
		if (amount % NARROW_UNIT(1) != 0)
			return false;
		amount /= NARROW_UNIT(1);
	}
	if (!NARROW_FITS(amount))
		return false;
	*narrow = (int32) VALUE_MAKE(amount, VALUE_DAY(value));
	return true;
}

/*
 * Put months in a row into memory for `count' of them from `first' on, which
 * include those there are.  There will be some room in the direction in which
 * it grows.  The form is the one there shall be; a series that is not new has
 * its scale already, and a single month that does not fit a narrow series makes
 * it wide.
 */
static void
dense_resize(CustomerTable *table, Series *series, uint32 form, int32 first, int64 count)
{
	bool		segmented = is_segmented(table);
	Series		old = *series;
	int			spare = Min(Max(count, 6), 24);
	int32		narrow = 0;
	int			shift;

	if (old.form != CUSTOMER_NEW && first < old.first)
	{
		first -= spare;
		count += spare;
		spare = 1;
	}
	if (FORM(&old) == SERIES_ONE &&
		!narrow_from_value(old.months.one, SCALE(&old), &narrow))
		form = MAKE_FORM(SERIES_WIDE, SCALE(&old));

	series->form = form;
	series->first = first;
	series->count = count;
	series->room = count + spare;
	series->months.wide = customer_alloc(table, dense_size(series, segmented));
	memset(series->months.wide, 0, dense_size(series, segmented));
	if (old.form == CUSTOMER_NEW)
		return;

	shift = old.first - first;
	if (FORM(&old) == SERIES_ONE)
	{
		if (FORM(series) == SERIES_NARROW)
			series->months.narrow[shift] = narrow;
		else
			series->months.wide[shift] = old.months.one;
		return;
	}
	if (form != old.form)
	{
		/* it becomes wide */
		for (int i = 0; i < old.count; i++)
			series->months.wide[shift + i] =
				VALUE_MAKE(VALUE_AMOUNT(old.months.narrow[i]) * dense_unit(&old),
						   VALUE_DAY(old.months.narrow[i]));
	}
	else if (FORM(series) == SERIES_NARROW)
		memcpy(&series->months.narrow[shift], old.months.narrow, old.count * sizeof(int32));
	else
		memcpy(&series->months.wide[shift], old.months.wide, old.count * sizeof(MonthValue));
	if (segmented)
		memcpy(&dense_segments(series)[shift], dense_segments(&old), old.count * sizeof(uint32));
	series_forget(table, &old);
}

/* Could months in a row, some of them with values, be `count'? */
static bool
dense_is_worth(const Series *series, int64 count)
{
	int64		used = 0;

	if (count - series->count <= DENSE_MAX_EMPTY)
		return true;
	for (int i = 0; i < series->count; i++)
		used += dense_get(series, i) != 0;
	/* an entry of a list takes as much as six months or more */
	return count <= 6 * (used + 1) + DENSE_MAX_EMPTY;
}

/* Make months in a row finer; false, and no amount changed, if they do not fit. */
static bool
dense_rescale(CustomerTable *table, Series *series, int scale)
{
	int			digits = scale - SCALE(series);
	bool		narrow = FORM(series) == SERIES_NARROW;
	int64		factor;

	if (digits > 4)
		return false;
	factor = amount_power[digits];
	if (narrow)
		factor = factor * dense_unit(series) / NARROW_UNIT(scale);
	for (int i = 0; i < series->count; i++)
	{
		int64		amount = VALUE_AMOUNT(dense_get(series, i));

		if (__builtin_mul_overflow(amount, factor, &amount) || !VALUE_FITS(amount))
			return false;
		if (narrow && !NARROW_FITS(amount))
		{
			dense_resize(table, series, MAKE_FORM(SERIES_WIDE, SCALE(series)),
						 series->first, series->count);
			return dense_rescale(table, series, scale);
		}
	}
	for (int i = 0; i < series->count; i++)
	{
		MonthValue	value = dense_get(series, i);

		value = VALUE_MAKE(VALUE_AMOUNT(value) * factor, VALUE_DAY(value));
		if (narrow)
			series->months.narrow[i] = (int32) value;
		else
			series->months.wide[i] = value;
	}
	series->form = MAKE_FORM(FORM(series), scale);
	return true;
}

/* Add to a series what may not fit its form. */
static void
series_add_far(CustomerTable *table, Series *series, int32 month, int day, uint32 segment,
			   const Amount *amount)
{
	make_list(table, series);
	list_add(table, series, month, day, segment, amount);
}

/*
 * Add an amount to a month of a row of months; false if it does not fit there.
 */
static pg_attribute_always_inline bool
dense_add(CustomerTable *table, Series *series, int32 month, MonthValue value, uint32 segment,
		  bool narrow, bool segmented)
{
	int			offset = month - series->first;
	MonthValue	old = narrow ? series->months.narrow[offset] : series->months.wide[offset];

	if (old == 0)
	{
		if (segmented)
			dense_segments(series)[offset] = segment;
	}
	else
	{
		int64		sum = VALUE_AMOUNT(old) + VALUE_AMOUNT(value);

		if (unlikely(VALUE_DAY(old) != VALUE_DAY(value)))
			report_daily(table, month, VALUE_DAY(old), VALUE_DAY(value));
		if (segmented && unlikely(dense_segments(series)[offset] != segment))
			report_segments(table, month, dense_segments(series)[offset], segment);
		if (unlikely(narrow ? !NARROW_FITS(sum) : !VALUE_FITS(sum)))
			return false;
		value = VALUE_MAKE(sum, VALUE_DAY(value));
	}
	if (narrow)
		series->months.narrow[offset] = (int32) value;
	else
		series->months.wide[offset] = value;
	return true;
}

/* Add an amount below VALUE_MAX. */
static pg_attribute_always_inline void
series_add(CustomerTable *table, Series *series, int32 month, int day, uint32 segment,
		   int64 amount, int scale, bool segmented)
{
	MonthValue	value = VALUE_MAKE(amount, day);
	int32		narrow;
	int64		offset;
	int64		count;
	Amount		large;

	if (series->form == CUSTOMER_NEW)
	{
		if (!segmented)
		{
			series->form = MAKE_FORM(SERIES_ONE, scale);
			series->first = month;
			series->months.one = value;
			return;
		}
		dense_resize(table, series, MAKE_FORM(SERIES_NARROW, scale), month, 1);
	}
	if (FORM(series) == SERIES_LIST)
		goto far;
	if (FORM(series) == SERIES_ONE)
	{
		if ((int64) month - series->first > DENSE_MAX_EMPTY ||
			(int64) series->first - month > DENSE_MAX_EMPTY)
			goto far;
		dense_resize(table, series, MAKE_FORM(SERIES_NARROW, SCALE(series)),
					 Min(month, series->first), abs(month - series->first) + 1);
	}

	offset = (int64) month - series->first;
	if (unlikely(offset < 0 || offset >= series->count))
	{
		count = offset < 0 ? series->count - offset : offset + 1;
		if (offset >= 0 && count <= series->room)
			series->count = count;
		else
		{
			if (!dense_is_worth(series, count))
				goto far;
			dense_resize(table, series, series->form, Min(month, series->first), count);
		}
	}
	if (unlikely(scale > SCALE(series)) && !dense_rescale(table, series, scale))
		goto far;
	if (unlikely(scale < SCALE(series)))
	{
		int64		scaled;

		if (SCALE(series) - scale > 4 ||
			__builtin_mul_overflow(amount, amount_power[SCALE(series) - scale], &scaled) ||
			!VALUE_FITS(scaled))
			goto far;
		value = VALUE_MAKE(scaled, day);
	}

	if (likely(FORM(series) == SERIES_NARROW))
	{
		if (likely(narrow_from_value(value, SCALE(series), &narrow)) &&
			likely(dense_add(table, series, month, narrow, segment, true, segmented)))
			return;
		dense_resize(table, series, MAKE_FORM(SERIES_WIDE, SCALE(series)),
					 series->first, series->count);
	}
	if (likely(dense_add(table, series, month, value, segment, false, segmented)))
		return;

far:
	large = amount_from_scaled(amount, scale);
	series_add_far(table, series, month, day, segment, &large);
}

static inline void
apply_rows(const CustomerRow *rows, void *const *payloads, const void *inputs, int count,
		   bool segmented)
{
	const MonthInput *input = inputs;

	for (int i = 0; i < count; i++)
	{
		if (likely(!input[i].large))
			series_add(rows[i].table, payloads[i], input[i].month, input[i].day,
					   input[i].segment, input[i].amount.value, input[i].scale, segmented);
		else
		{
			Amount		amount = amount_from_numeric(input[i].amount.numeric);

			series_add_far(rows[i].table, payloads[i], input[i].month, input[i].day,
						   input[i].segment, &amount);
		}
	}
}

static void
series_apply(const CustomerRow *rows, void *const *payloads, const void *inputs, int count)
{
	apply_rows(rows, payloads, inputs, count, false);
}

static void
segmented_apply(const CustomerRow *rows, void *const *payloads, const void *inputs, int count)
{
	apply_rows(rows, payloads, inputs, count, true);
}

static void
report_homes(const CustomerTable *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s got two homes for one customer", state_name(table))));
}

static void
set_home(const CustomerTable *table, HomedSeries *homed, uint32 home)
{
	if (homed->home != 0 && home != 0 && homed->home != home)
		report_homes(table);
	if (home != 0)
		homed->home = home;
}

static void
homed_apply(const CustomerRow *rows, void *const *payloads, const void *inputs, int count)
{
	const MonthInput *input = inputs;

	for (int i = 0; i < count; i++)
	{
		HomedSeries *homed = payloads[i];

		if (likely(input[i].day != 0))
		{
			if (homed->series.form == SERIES_NONE)
				homed->series.form = CUSTOMER_NEW;
			apply_rows(&rows[i], &payloads[i], &input[i], 1, false);
			continue;
		}
		if (homed->series.form == CUSTOMER_NEW)
			homed->series.form = SERIES_NONE;
		if (input[i].segment != 0)
			set_home(rows[i].table, homed, input[i].segment);
		else
			homed->skipped++;
	}
}

/* ----------
 * Names of segments
 * ----------
 */

/* Room for more names, and for their numbers by hash. */
static void
enlarge_names(SeriesState *state)
{
	uint32		room = Max(2 * state->names_room, 8);
	SegmentName *names = customer_table_alloc_shared(&state->table,
													 room * sizeof(SegmentName));
	uint32	   *index = customer_table_alloc_shared(&state->table,
													2 * room * sizeof(uint32));

	memset(names, 0, room * sizeof(SegmentName));
	memset(index, 0, 2 * room * sizeof(uint32));
	if (state->names != NULL)
		memcpy(names, state->names, state->nnames * sizeof(SegmentName));
	state->names = names;
	state->index = index;
	state->names_room = room;
	state->nnames = Max(state->nnames, 1);
	for (uint32 id = 1; id < state->nnames; id++)
	{
		uint32		at = names[id].hash & (2 * room - 1);

		while (index[at] != 0)
			at = (at + 1) & (2 * room - 1);
		index[at] = id;
	}
}

static uint32
intern_name(SeriesState *state, const char *name, Size size)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) name, size, 0);
	uint32		mask;
	uint32		at;
	SegmentName *entry;

	if (state->nnames >= state->names_room)
		enlarge_names(state);
	mask = 2 * state->names_room - 1;
	for (at = hash & mask; state->index[at] != 0; at = (at + 1) & mask)
	{
		entry = &state->names[state->index[at]];
		if (entry->hash == hash && entry->size == size &&
			memcmp(entry->name, name, size) == 0)
			return state->index[at];
	}
	entry = &state->names[state->nnames];
	entry->hash = hash;
	entry->size = size;
	entry->used = true;
	entry->name = customer_table_alloc_shared(&state->table, Max(size, 1));
	memcpy(entry->name, name, size);
	state->index[at] = state->nnames;
	return state->nnames++;
}

/* ----------
 * Partial states
 * ----------
 */

static void
put_number(CustomerBuffer *buffer, uint64 number)
{
	char	   *at = customer_buffer_reserve(buffer, 10);
	char	   *start = at;

	for (; number >= 128; number >>= 7)
		*at++ = (char) (number | 128);
	*at++ = (char) number;
	buffer->size -= 10 - (at - start);
}

static inline uint64
zigzag(int64 number)
{
	return (uint64) number << 1 ^ (uint64) (number >> 63);
}

static inline int64
unzigzag(uint64 number)
{
	return (int64) (number >> 1) ^ -(int64) (number & 1);
}

/* What is left to read of a packed series. */
typedef struct Reader
{
	const CustomerTable *table;
	const unsigned char *at;
	const unsigned char *end;
} Reader;

static inline uint64
get_number(Reader *reader)
{
	uint64		result = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		if (unlikely(reader->at >= reader->end))
			break;
		result |= (uint64) (*reader->at & 127) << shift;
		if (*reader->at++ < 128)
			return result;
	}
	customer_table_report_corrupt(state_name(reader->table));
}

static const char *
get_bytes(Reader *reader, uint64 size)
{
	const char *result = (const char *) reader->at;

	if (size > (uint64) (reader->end - reader->at))
		customer_table_report_corrupt(state_name(reader->table));
	reader->at += size;
	return result;
}

/* Segments are written when they change: 0 the same, 1 NULL, or size + 2 and a name. */
static void
put_segment(const SeriesState *state, CustomerBuffer *buffer, uint32 segment, uint32 *last)
{
	if (segment == *last)
		put_number(buffer, 0);
	else if (segment == 0)
		put_number(buffer, 1);
	else
	{
		put_number(buffer, state->names[segment].size + 2);
		customer_buffer_put(buffer, state->names[segment].name, state->names[segment].size);
	}
	*last = segment;
}

static uint32
get_segment(SeriesState *state, Reader *reader, uint32 last)
{
	uint64		code = get_number(reader);

	if (code == 0)
	{
		if (last == PG_UINT32_MAX)
			customer_table_report_corrupt(state_name(reader->table));
		return last;
	}
	if (code == 1)
		return 0;
	return intern_name(state, get_bytes(reader, code - 2), code - 2);
}

/*
 * Months in a row, or a single month, are packed as this head, a bit for each
 * month that has a value, the values, and their segments.
 */
typedef struct PackedDense
{
	uint8		form;			/* SERIES_NARROW or SERIES_WIDE */
	uint8		scale;
	uint16		width;			/* bytes of a value */
	int32		first;			/* month */
	uint32		count;			/* of months */
} PackedDense;

/*
 * A list is packed as its form, the number of months, and for each month, day,
 * segment, and size and bytes of the amount.
 */
static void
pack_list(const SeriesState *state, const ListSeries *list, CustomerBuffer *buffer,
		  bool segmented)
{
	uint32		last = PG_UINT32_MAX;

	put_number(buffer, SERIES_LIST);
	put_number(buffer, list->count);
	for (int i = 0; i < list->count; i++)
	{
		const ListEntry *entry = &list->entries[i];
		Numeric		amount = amount_to_numeric(&entry->amount);

		put_number(buffer, zigzag(entry->month));
		put_number(buffer, entry->day);
		if (segmented)
			put_segment(state, buffer, entry->segment, &last);
		put_number(buffer, VARSIZE(amount));
		customer_buffer_put(buffer, amount, VARSIZE(amount));
		pfree(amount);
	}
}

/* Write months in a row; `narrow' and `wide' are the same, for the compiler. */
static pg_attribute_always_inline void
pack_dense(const int32 *narrow, const MonthValue *wide, int count, PackedDense *head,
		   CustomerBuffer *buffer)
{
	uint64		all = 0;
	char	   *at;
	char	   *bits_at;

	for (int i = 0; i < count; i++)
		all |= zigzag(narrow ? narrow[i] : wide[i]);
	head->width = 1;
	while (head->width < 8 && all >> (8 * head->width) != 0)
		head->width++;
	head->count = count;

	at = customer_buffer_reserve(buffer, sizeof(*head) + (count + 7) / 8 +
								 (Size) count * head->width + sizeof(uint64));
	memcpy(at, head, sizeof(*head));
	at += sizeof(*head);
	bits_at = at;
	at += (count + 7) / 8;
	for (int base = 0; base < count; base += 64)
	{
		int			end = Min(base + 64, count);
		uint64		bits = 0;

		for (int i = base; i < end; i++)
		{
			MonthValue	value = narrow ? narrow[i] : wide[i];
			uint64		number = zigzag(value);

			bits |= (uint64) (value != 0) << (i - base);
			/* what is too much is overwritten, or given back below */
			memcpy(at, &number, sizeof(number));
			at += value != 0 ? head->width : 0;
		}
		memcpy(bits_at + base / 8, &bits, (end - base + 7) / 8);
	}
	buffer->size = at - buffer->data;
}

static void
pack_series(const CustomerTable *table, const void *payload, CustomerBuffer *buffer,
			bool segmented)
{
	const SeriesState *state = (const SeriesState *) table;
	const Series *series = payload;
	PackedDense head = {FORM(series), SCALE(series), 0, series->first, 0};
	int			skip = 0;

	if (FORM(series) == SERIES_LIST)
	{
		pack_list(state, series->months.list, buffer, segmented);
		return;
	}
	if (FORM(series) == SERIES_ONE)
	{
		int32		narrow;

		if (narrow_from_value(series->months.one, SCALE(series), &narrow))
		{
			head.form = SERIES_NARROW;
			pack_dense(&narrow, NULL, 1, &head, buffer);
		}
		else
		{
			head.form = SERIES_WIDE;
			pack_dense(NULL, &series->months.one, 1, &head, buffer);
		}
		return;
	}

	/* there may be room for earlier months */
	while (skip < series->count - 1 && dense_get(series, skip) == 0)
		skip++;
	head.first += skip;
	if (FORM(series) == SERIES_NARROW)
		pack_dense(series->months.narrow + skip, NULL, series->count - skip, &head, buffer);
	else
		pack_dense(NULL, series->months.wide + skip, series->count - skip, &head, buffer);
	if (segmented)
	{
		uint32		last = PG_UINT32_MAX;

		for (int i = skip; i < series->count; i++)
		{
			if (dense_get(series, i) != 0)
				put_segment(state, buffer, dense_segments(series)[i], &last);
		}
	}
}

static void
series_pack(const CustomerTable *table, const void *payload, CustomerBuffer *buffer)
{
	pack_series(table, payload, buffer, false);
}

static void
segmented_pack(const CustomerTable *table, const void *payload, CustomerBuffer *buffer)
{
	pack_series(table, payload, buffer, true);
}

static void
merge_list(CustomerTable *table, Series *series, Reader *reader, bool segmented)
{
	uint32		segment = segmented ? PG_UINT32_MAX : 0;
	uint64		count;

	reader->at++;
	count = get_number(reader);
	for (uint64 i = 0; i < count; i++)
	{
		int64		month = unzigzag(get_number(reader));
		uint64		day = get_number(reader);
		Size		size;
		const char *bytes;
		Amount		amount;

		if (segmented)
			segment = get_segment((SeriesState *) table, reader, segment);
		size = get_number(reader);
		bytes = get_bytes(reader, size);
		if (month < MONTH_MIN || month > MONTH_MAX || day < 1 || day > 31)
			customer_table_report_corrupt(state_name(table));
		amount = customer_amount_get(state_name(table), &bytes, &size);
		if (size != 0)
			customer_table_report_corrupt(state_name(table));
		if (series->form == CUSTOMER_NEW)
		{
			series->form = SERIES_LIST;
			series->months.list = customer_alloc(table, list_size(4));
			series->months.list->count = 0;
			series->months.list->room = 4;
		}
		series_add_far(table, series, month, day, segment, &amount);
	}
}

static pg_attribute_always_inline void
merge_dense(CustomerTable *table, Series *series, Reader *reader, bool narrow, bool segmented)
{
	uint32		segment = segmented ? PG_UINT32_MAX : 0;
	PackedDense head;
	uint32		form;
	int64		unit;
	int64		end;
	uint64		mask;
	uint64		present = 0;
	bool		same;
	const unsigned char *bits;
	const unsigned char *values;

	memcpy(&head, get_bytes(reader, sizeof(head)), sizeof(head));
	end = (int64) head.first + head.count;
	if (head.scale > AMOUNT_MAX_SCALE || head.width < 1 || head.width > 8 ||
		head.count < 1 || head.first < MONTH_MIN || end > MONTH_MAX + 1)
		customer_table_report_corrupt(state_name(table));
	form = MAKE_FORM(head.form, head.scale);
	unit = narrow ? NARROW_UNIT(head.scale) : 1;
	mask = PG_UINT64_MAX >> (64 - 8 * head.width);
	bits = (const unsigned char *) get_bytes(reader, (head.count + 7) / 8);
	for (uint32 i = 0; i < (head.count + 7) / 8; i++)
		present += pg_number_of_ones[bits[i]];
	values = (const unsigned char *) get_bytes(reader, present * head.width);

	/* where forms are the same, values are put into empty months as they are */
	same = false;
	if (series->form == CUSTOMER_NEW && head.count > 1)
	{
		/* another half may have a few months more at either end */
		dense_resize(table, series, form, head.first - 2, (int64) head.count + 2);
		same = true;
	}
	else if (series->form == form)
	{
		int32		first = Min(head.first, series->first);
		int64		count = Max(end, (int64) series->first + series->count) - first;

		same = true;
		if (first == series->first && count <= series->room)
			series->count = count;
		else if (dense_is_worth(series, count))
			dense_resize(table, series, form, first, count);
		else
			same = false;
	}

	for (uint32 base = 0; base < head.count; base += 64)
	{
		uint64		left = 0;

		memcpy(&left, bits + base / 8, Min((head.count - base + 7) / 8, 8));
		for (; left != 0; left &= left - 1)
		{
			int64		month = (int64) head.first + base + pg_rightmost_one_pos64(left);
			int64		offset = month - series->first;
			uint64		number = 0;
			MonthValue	value;

			/* eight bytes at once, but for the last ones */
			if (likely(values + sizeof(number) <= reader->end))
			{
				memcpy(&number, values, sizeof(number));
				number &= mask;
			}
			else
				memcpy(&number, values, head.width);
			values += head.width;
			value = unzigzag(number);
			if (VALUE_DAY(value) == 0 || month >= end ||
				(narrow ? !NARROW_FITS(VALUE_AMOUNT(value)) : !VALUE_FITS(VALUE_AMOUNT(value))))
				customer_table_report_corrupt(state_name(table));
			if (segmented)
				segment = get_segment((SeriesState *) table, reader, segment);
			if (likely(same) &&
				likely((narrow ? series->months.narrow[offset] :
						series->months.wide[offset]) == 0))
			{
				if (narrow)
					series->months.narrow[offset] = (int32) value;
				else
					series->months.wide[offset] = value;
				if (segmented)
					dense_segments(series)[offset] = segment;
				continue;
			}
			series_add(table, series, month, VALUE_DAY(value), segment,
					   VALUE_AMOUNT(value) * unit, head.scale, segmented);
			/* it may have become wide, or a list */
			same = same && series->form == form;
		}
	}
}

static inline void
merge_series(CustomerTable *table, void *payload, const char *data, Size size, bool segmented)
{
	Series	   *series = payload;
	Reader		reader = {table, (const unsigned char *) data, (const unsigned char *) data + size};

	if (size > 0 && *data == SERIES_LIST)
		merge_list(table, series, &reader, segmented);
	else if (size > 0 && *data == SERIES_NARROW)
		merge_dense(table, series, &reader, true, segmented);
	else if (size > 0 && *data == SERIES_WIDE)
		merge_dense(table, series, &reader, false, segmented);
	else
		customer_table_report_corrupt(state_name(table));
	if (reader.at != reader.end)
		customer_table_report_corrupt(state_name(table));
}

static void
series_merge(CustomerTable *table, void *payload, const char *data, Size size)
{
	merge_series(table, payload, data, size, false);
}

static void
segmented_merge(CustomerTable *table, void *payload, const char *data, Size size)
{
	merge_series(table, payload, data, size, true);
}

/* A homed series is packed as the rows skipped, the home, and the series if there is one. */
static void
homed_pack(const CustomerTable *table, const void *payload, CustomerBuffer *buffer)
{
	const HomedSeries *homed = payload;
	uint32		last = PG_UINT32_MAX;

	put_number(buffer, homed->skipped);
	put_segment((const SeriesState *) table, buffer, homed->home, &last);
	if (homed->series.form != SERIES_NONE)
		pack_series(table, &homed->series, buffer, false);
}

static void
homed_merge(CustomerTable *table, void *payload, const char *data, Size size)
{
	HomedSeries *homed = payload;
	Reader		reader = {table, (const unsigned char *) data, (const unsigned char *) data + size};

	homed->skipped += get_number(&reader);
	set_home(table, homed, get_segment((SeriesState *) table, &reader, PG_UINT32_MAX));
	if (reader.at < reader.end)
	{
		if (homed->series.form == SERIES_NONE)
			homed->series.form = CUSTOMER_NEW;
		merge_series(table, &homed->series, (const char *) reader.at, reader.end - reader.at, false);
	}
	else if (homed->series.form == CUSTOMER_NEW)
		homed->series.form = SERIES_NONE;
}

static const CustomerOps series_ops = {
	"mrr_movements_agg", sizeof(SeriesState), sizeof(Series), sizeof(MonthInput),
	series_apply, series_pack, series_merge, series_forget, series_prefetch
};

static const CustomerOps segmented_ops = {
	"mrr_movements_by", sizeof(SeriesState), sizeof(Series), sizeof(MonthInput),
	segmented_apply, segmented_pack, segmented_merge, series_forget, series_prefetch
};

static const CustomerOps homed_ops = {
	"metric_view_movements", sizeof(SeriesState), sizeof(HomedSeries), sizeof(MonthInput),
	homed_apply, homed_pack, homed_merge, series_forget, series_prefetch
};

/* ----------
 * Transition
 * ----------
 */

static MovementOptions *
get_options(CustomerTable *table, Grain step, int span)
{
	MovementOptions **list = (MovementOptions **) customer_table_shared(table);
	MovementOptions *options;

	for (options = *list; options != NULL; options = options->next)
	{
		if (grain_equal(options->step, step) && options->span == span)
			return options;
	}
	options = customer_table_alloc_shared(table, sizeof(MovementOptions));
	memset(options, 0, sizeof(MovementOptions));
	options->step = step;
	options->span = span;
	for (int i = 0; i < CACHE_SIZE; i++)
		options->dates[i].date = DATEVAL_NOEND;
	options->next = *list;
	*list = options;
	return options;
}

static text *
option_from_arg(FunctionCallInfo fcinfo, int argno, const char *role)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be NULL", role)));
	return PG_GETARG_TEXT_PP(argno);
}

static inline bool
is_remembered(const char *remembered, int size, const text *option)
{
	return size == (int) VARSIZE_ANY_EXHDR(option) &&
		memcmp(remembered, VARDATA_ANY(option), size) == 0;
}

static void
remember(char *remembered, int *size, const text *option)
{
	if (VARSIZE_ANY_EXHDR(option) <= GRAIN_NAME_SIZE)
	{
		*size = VARSIZE_ANY_EXHDR(option);
		memcpy(remembered, VARDATA_ANY(option), *size);
	}
}

/* Parse the options of a row; those of a group are all the same. */
static void
set_options(SeriesState *state, const text *step, const text *span)
{
	Grain		step_grain = {GRAIN_MONTH, 0};
	int			span_months = 1;

	if (step != NULL)
		movements_parse_options(VARDATA_ANY(step), VARSIZE_ANY_EXHDR(step),
								span ? VARDATA_ANY(span) : NULL,
								span ? VARSIZE_ANY_EXHDR(span) : 0,
								&step_grain, &span_months);
	if (state->options == NULL)
		state->options = get_options(&state->table, step_grain, span_months);
	else if (!grain_equal(state->options->step, step_grain) ||
			 state->options->span != span_months)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step and span must be the same for all rows of a group")));
	if (step != NULL)
		remember(state->options->step_text, &state->options->step_size, step);
	if (span != NULL)
		remember(state->options->span_text, &state->options->span_size, span);
}

/* Month and day of a date, which the cache does not have. */
static void
find_date(DateCache *cache, DateADT date, const char *name)
{
	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("month of %s must be finite, not %s", name,
						DATE_IS_NOEND(date) ? "infinity" : "-infinity"),
				 errhint("Exclude such rows with FILTER (WHERE isfinite(...)).")));
	cache->month = month_number(date);
	cache->day = date - month_start(cache->month) + 1;
	cache->date = date;
}

/* The entry of no segment. */
static inline SegmentName *
use_null(SeriesState *state)
{
	if (unlikely(state->names == NULL))
		enlarge_names(state);
	state->names[0].used = true;
	return &state->names[0];
}

/* A row with an amount that does not fit 64 bits. */
static void
add_large_row(SeriesState *state, Datum customer, const MonthInput *row, Numeric amount)
{
	MonthInput *input;

	input = customer_table_add(&state->table, customer);
	*input = *row;
	input->large = true;
	input->amount.numeric = amount;

	/* it is there only during this call */
	customer_table_flush(&state->table);
}

/* A row that has no month: it names the home of a customer, or could not be used. */
static void
add_homed_row(SeriesState *state, Datum customer, uint32 home)
{
	MonthInput	row = {.segment = home};

	*(MonthInput *) customer_table_add(&state->table, customer) = row;
}

static pg_attribute_always_inline Datum
series_transition(FunctionCallInfo fcinfo, bool timestamp, const CustomerOps *ops)
{
	bool		segmented = ops == &segmented_ops;
	bool		homed = ops == &homed_ops;
	const int	step_arg = segmented || homed ? 5 : 4;
	SeriesState *state;
	text	   *step = NULL;
	text	   *span = NULL;
	uint32		segment = 0;
	DateADT		date;
	DateCache  *cache;
	Numeric		amount;
	int128		value = 0;
	MonthInput	row;

	state = PG_ARGISNULL(0) ?
		(SeriesState *) customer_table_create(fcinfo, ops, 1) :
		(SeriesState *) PG_GETARG_POINTER(0);

	if (PG_NARGS() > step_arg)
		step = option_from_arg(fcinfo, step_arg, "step");
	if (PG_NARGS() > step_arg + 1)
		span = option_from_arg(fcinfo, step_arg + 1, "span");
	if (unlikely(state->options == NULL) ||
		(step != NULL &&
		 !is_remembered(state->options->step_text, state->options->step_size, step)) ||
		(span != NULL &&
		 !is_remembered(state->options->span_text, state->options->span_size, span)))
		set_options(state, step, span);

	if (segmented && PG_ARGISNULL(4))
		(void) use_null(state);
	else if (segmented)
	{
		text	   *name = PG_GETARG_TEXT_PP(4);

		segment = intern_name(state, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
	if (homed && !PG_ARGISNULL(1) && !PG_ARGISNULL(4))
	{
		text	   *name = PG_GETARG_TEXT_PP(4);

		add_homed_row(state, PG_GETARG_DATUM(1),
					  intern_name(state, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)));
		PG_RETURN_POINTER(state);
	}
	if (homed && !PG_ARGISNULL(1) && (PG_ARGISNULL(2) || PG_ARGISNULL(3)))
	{
		add_homed_row(state, PG_GETARG_DATUM(1), 0);
		PG_RETURN_POINTER(state);
	}
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		(segment == 0 ? use_null(state) : &state->names[segment])->skipped++;
		PG_RETURN_POINTER(state);
	}

	date = timestamp ? date_from_timestamp(PG_GETARG_TIMESTAMP(2)) : PG_GETARG_DATEADT(2);
	cache = &state->options->dates[(uint32) date % CACHE_SIZE];
	if (unlikely(cache->date != date || date == DATEVAL_NOEND))
		find_date(cache, date, state_name(&state->table));
	row.month = cache->month;
	row.day = cache->day;
	row.segment = segment;
	row.large = false;

	amount = (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(3));
	for (;;)
	{
		AmountFit	fit = amount_decode(amount, state->scale, &value);

		if (likely(fit == AMOUNT_FITS && VALUE_FITS(value)))
			break;
		if (fit == AMOUNT_FINER && amount_fraction_digits(amount) <= AMOUNT_MAX_SCALE)
		{
			state->scale = amount_fraction_digits(amount);
			continue;
		}
		if (fit == AMOUNT_SPECIAL)
			amount_report_special(PG_GETARG_NUMERIC(3));
		row.scale = 0;
		add_large_row(state, PG_GETARG_DATUM(1), &row, amount);
		PG_RETURN_POINTER(state);
	}
	row.scale = state->scale;
	row.amount.value = (int64) value;
	*(MonthInput *) customer_table_add(&state->table, PG_GETARG_DATUM(1)) = row;
	PG_RETURN_POINTER(state);
}

CODEC_FUNCTION(movements_by_customer, accum_date, series_transition(fcinfo, false, &series_ops));
CODEC_FUNCTION(movements_by_customer, accum_timestamp, series_transition(fcinfo, true, &series_ops));
CODEC_FUNCTION(movements_by_segment, accum_date, series_transition(fcinfo, false, &segmented_ops));
CODEC_FUNCTION(movements_by_segment, accum_timestamp, series_transition(fcinfo, true, &segmented_ops));
CODEC_FUNCTION(movements_by_home, accum, series_transition(fcinfo, false, &homed_ops));

/* months that are timestamps with time zone */
PG_FUNCTION_INFO_V1(movements_by_customer_accum_timestamptz);
Datum
movements_by_customer_accum_timestamptz(PG_FUNCTION_ARGS)
{
	report_timestamptz("mrr_movements_agg");
	PG_RETURN_NULL();
}

PG_FUNCTION_INFO_V1(movements_by_segment_accum_timestamptz);
Datum
movements_by_segment_accum_timestamptz(PG_FUNCTION_ARGS)
{
	report_timestamptz("mrr_movements_by");
	PG_RETURN_NULL();
}

/*
 * movements_by_serial(internal) -> bytea
 */
PG_FUNCTION_INFO_V1(movements_by_serial);
Datum
movements_by_serial(PG_FUNCTION_ARGS)
{
	SeriesState *state = (SeriesState *) PG_GETARG_POINTER(0);
	CustomerBuffer buffer = {0};
	SeriesHead	head = {0};

	head.unit = state->options->step.unit;
	head.anchor = state->options->step.anchor;
	head.span = state->options->span;
	customer_buffer_put(&buffer, &head, sizeof(head));
	for (uint32 id = 0; id < state->nnames; id++)
	{
		SegmentName *name = &state->names[id];

		if (!name->used)
			continue;
		head.nnames++;
		put_number(&buffer, name->skipped);
		put_number(&buffer, id == 0 ? 0 : name->size + 1);
		customer_buffer_put(&buffer, name->name, name->size);
	}
	memcpy(buffer.data, &head, sizeof(head));
	PG_RETURN_BYTEA_P(customer_table_serialize(&state->table, buffer.data, buffer.size));
}

CODEC_FUNCTION(movements_by_customer, deserial,
			   PointerGetDatum(customer_table_deserialize(&series_ops, PG_GETARG_BYTEA_PP(0))));
CODEC_FUNCTION(movements_by_segment, deserial,
			   PointerGetDatum(customer_table_deserialize(&segmented_ops, PG_GETARG_BYTEA_PP(0))));
CODEC_FUNCTION(movements_by_home, deserial,
			   PointerGetDatum(customer_table_deserialize(&homed_ops, PG_GETARG_BYTEA_PP(0))));

/* The first argument is a state, the second what deserialization made. */
static Datum
series_combine(FunctionCallInfo fcinfo, const CustomerOps *ops)
{
	SeriesState *state = PG_ARGISNULL(0) ? NULL : (SeriesState *) PG_GETARG_POINTER(0);
	CustomerPartial *partial;
	SeriesHead	head;
	Grain		step;
	Reader		reader;

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	partial = (CustomerPartial *) PG_GETARG_POINTER(1);
	if (partial->head_size < sizeof(head))
		customer_table_report_corrupt(ops->name);
	memcpy(&head, partial->head, sizeof(head));
	step.unit = head.unit;
	step.anchor = head.anchor;
	if (!grain_valid(step) || grain_months(step) == 0 || head.span < 1 || head.span > 12 ||
		head.span % grain_months(step) != 0)
		customer_table_report_corrupt(ops->name);

	if (state == NULL)
	{
		state = (SeriesState *) customer_table_create_like(fcinfo, ops, partial);
		state->options = get_options(&state->table, step, head.span);
	}
	else if (get_options(&state->table, step, head.span) != state->options)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step and span must be the same for all rows of a group")));
	customer_table_merge(&state->table, partial);

	reader.table = &state->table;
	reader.at = (const unsigned char *) partial->head + sizeof(head);
	reader.end = (const unsigned char *) partial->head + partial->head_size;
	for (uint32 i = 0; i < head.nnames; i++)
	{
		uint64		skipped = get_number(&reader);
		uint64		size = get_number(&reader);

		if (size == 0)
			use_null(state)->skipped += skipped;
		else
		{
			const char *name = get_bytes(&reader, size - 1);
			uint32		id = intern_name(state, name, size - 1);

			state->names[id].skipped += skipped;
		}
	}
	PG_RETURN_POINTER(state);
}

CODEC_FUNCTION(movements_by_customer, combine, series_combine(fcinfo, &series_ops));
CODEC_FUNCTION(movements_by_segment, combine, series_combine(fcinfo, &segmented_ops));
CODEC_FUNCTION(movements_by_home, combine, series_combine(fcinfo, &homed_ops));

/* ----------
 * Totals by period
 * ----------
 */

/* Periods that totals may have; what lies outside goes the slow way. */
#define MAX_PERIODS		4096

/* What is known of one segment. */
typedef struct SegmentTotals
{
	bool		used;			/* by a row, where customers have homes */
	uint64		skipped;		/* rows of these that could not be used */
	bool		paid;			/* as in MrrMovements */
	int32		first_month;
	int32		last_month;
	int32		base;			/* period of the first of the totals */
	int32		count;
	RetentionTotals *totals;	/* of each period, not differences */

	/* what did not fit them: differences in any order, and their memory */
	MemoryContext slow_context;
	MovementsDelta *slow;
	int			nslow;
	int			slow_room;
} SegmentTotals;

/* A customer's months, as amounts of one scale or of any size. */
typedef struct Months
{
	int			count;
	int			room;
	int32	   *months;
	uint32	   *segments;
	int128	   *mrr;
	Amount	   *amounts;
	int32	   *periods;		/* of those that end a period */
	int		   *ends;
	int			scale;
	bool		large;			/* look at amounts */
} Months;

typedef struct Collector
{
	SeriesState *state;
	MovementOptions *options;
	MemoryContext context;
	int			scale;			/* of all totals */
	uint32		nsegments;
	SegmentTotals *segments;
	Months		months;
} Collector;

static void
months_reserve(Months *months, int room)
{
	if (room <= months->room)
		return;
	room = Max(room, 2 * months->room);
	months->room = room;
	months->months = palloc(room * sizeof(int32));
	months->segments = palloc(room * sizeof(uint32));
	months->mrr = palloc(room * sizeof(int128));
	months->amounts = palloc(room * sizeof(Amount));
	months->periods = palloc(room * sizeof(int32));
	months->ends = palloc(room * sizeof(int));
}

/* Read a payload. */
static void
months_read(Months *months, const Series *series, bool segmented)
{
	int			n = 0;

	months->large = false;
	switch (FORM(series))
	{
		case SERIES_ONE:
			months_reserve(months, 1);
			months->months[0] = series->first;
			months->segments[0] = 0;
			months->mrr[0] = VALUE_AMOUNT(series->months.one);
			months->scale = SCALE(series);
			n = 1;
			break;
		case SERIES_NARROW:
		case SERIES_WIDE:
			months_reserve(months, series->count);
			months->scale = SCALE(series);
			for (int i = 0; i < series->count; i++)
			{
				MonthValue	value = dense_get(series, i);

				if (value == 0)
					continue;
				months->months[n] = series->first + i;
				months->segments[n] = segmented ? dense_segments(series)[i] : 0;
				months->mrr[n] = VALUE_AMOUNT(value) * dense_unit(series);
				n++;
			}
			break;
		case SERIES_LIST:
			{
				ListSeries *list = series->months.list;

				months_reserve(months, list->count);
				months->scale = 0;
				for (int i = 0; i < list->count; i++)
				{
					months->large |= list->entries[i].amount.big != NULL;
					months->scale = Max(months->scale, list->entries[i].amount.scale);
				}
				for (; n < list->count; n++)
				{
					months->months[n] = list->entries[n].month;
					months->segments[n] = list->entries[n].segment;
					months->amounts[n] = list->entries[n].amount;
					if (!months->large &&
						!amount_to_scaled(&months->amounts[n], months->scale, &months->mrr[n]))
						months->large = true;
				}
				if (months->large)
				{
					months->count = n;
					return;
				}
				break;
			}
	}
	months->count = n;
}

/* Bring the amounts of a customer to the scale of the totals. */
static void
months_rescale(Collector *collector, Months *months)
{
	if (months->large)
		return;
	if (months->scale > collector->scale)
	{
		for (uint32 i = 0; i < collector->nsegments; i++)
		{
			SegmentTotals *segment = &collector->segments[i];

			for (int j = 0; j < segment->count; j++)
			{
				RetentionTotals copy = segment->totals[j];

				if (!retention_totals_rescale(&copy, collector->scale, months->scale))
				{
					months->large = true;
					goto large;
				}
			}
		}
		for (uint32 i = 0; i < collector->nsegments; i++)
		{
			SegmentTotals *segment = &collector->segments[i];

			for (int j = 0; j < segment->count; j++)
				(void) retention_totals_rescale(&segment->totals[j], collector->scale,
												months->scale);
		}
		collector->scale = months->scale;
	}
	for (int i = 0; i < months->count; i++)
	{
		int128		mrr = months->mrr[i];

		if (!amount_rescale(&mrr, months->scale, collector->scale) ||
			mrr > RETENTION_TOTAL_MAX / 4 || mrr < -(RETENTION_TOTAL_MAX / 4))
		{
			months->large = true;
			break;
		}
	}
	if (!months->large)
	{
		if (months->scale != collector->scale)
		{
			for (int i = 0; i < months->count; i++)
				(void) amount_rescale(&months->mrr[i], months->scale, collector->scale);
		}
		return;
	}

large:
	for (int i = 0; i < months->count; i++)
		months->amounts[i] = amount_from_scaled(months->mrr[i], months->scale);
}

static SegmentTotals *
get_segment_totals(Collector *collector, uint32 id)
{
	if (unlikely(id >= collector->nsegments))
	{
		uint32		count = Max(id + 1, collector->state->nnames);

		if (collector->segments == NULL)
			collector->segments = palloc(count * sizeof(SegmentTotals));
		else
			collector->segments = repalloc(collector->segments, count * sizeof(SegmentTotals));
		memset(&collector->segments[collector->nsegments], 0,
			   (count - collector->nsegments) * sizeof(SegmentTotals));
		collector->nsegments = count;
	}
	return &collector->segments[id];
}

/* Totals of a period, or NULL if it lies too far from the others. */
static RetentionTotals *
get_totals(SegmentTotals *segment, int32 period)
{
	if (unlikely(segment->count == 0 || period < segment->base ||
				 period - segment->base >= segment->count))
	{
		int64		base = period;
		int64		end = (int64) period + 1;
		RetentionTotals *totals;

		if (segment->count > 0)
		{
			base = Min(base, segment->base);
			end = Max(end, (int64) segment->base + segment->count);
		}
		if (end - base > MAX_PERIODS)
			return NULL;
		/* some room in the direction in which it grows */
		if (segment->count == 0 || base < segment->base)
			base -= 12;
		if (segment->count == 0 || end > (int64) segment->base + segment->count)
			end += 12;
		totals = palloc0((end - base) * sizeof(RetentionTotals));
		if (segment->count > 0)
		{
			memcpy(totals + (segment->base - base), segment->totals,
				   segment->count * sizeof(RetentionTotals));
			pfree(segment->totals);
		}
		segment->totals = totals;
		segment->base = base;
		segment->count = end - base;
	}
	return &segment->totals[period - segment->base];
}

/* Copy numerics of sums to the current context: sums may share them with addends. */
static void
copy_numerics(RetentionSums *by)
{
	for (int i = 0; i < RETENTION_ITEMS; i++)
	{
		Numeric		big = by->amount[i].big;

		if (big != NULL)
			by->amount[i].big = memcpy(palloc(VARSIZE_ANY(big)), big, VARSIZE_ANY(big));
	}
}

static int
compare_deltas(const void *a, const void *b)
{
	int32		x = ((const MovementsDelta *) a)->period;
	int32		y = ((const MovementsDelta *) b)->period;

	return x < y ? -1 : x > y ? 1 : 0;
}

/*
 * Bring differences in order, each period once, into memory of their own, with
 * as much room again.
 */
static void
sum_up_slow(Collector *collector, SegmentTotals *segment)
{
	MemoryContext old_context = segment->slow_context;
	MovementsDelta *result;
	MemoryContext old;
	int			count = 0;

	CHECK_FOR_INTERRUPTS();
	segment->slow_context = AllocSetContextCreate(collector->context,
												  "movements of large amounts",
												  ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(old_context != NULL ? old_context : segment->slow_context);
	qsort(segment->slow, segment->nslow, sizeof(MovementsDelta), compare_deltas);
	for (int i = 0; i < segment->nslow; i++)
	{
		if (count > 0 && segment->slow[count - 1].period == segment->slow[i].period)
			retention_sums_add(&segment->slow[count - 1].by, &segment->slow[i].by, 1);
		else
		{
			if (count > 0 && retention_sums_are_zero(&segment->slow[count - 1].by))
				count--;
			segment->slow[count++] = segment->slow[i];
		}
	}
	if (count > 0 && retention_sums_are_zero(&segment->slow[count - 1].by))
		count--;

	MemoryContextSwitchTo(segment->slow_context);
	segment->slow_room = Max(2 * count, 64);
	result = MemoryContextAllocHuge(segment->slow_context,
									segment->slow_room * sizeof(MovementsDelta));
	for (int i = 0; i < count; i++)
	{
		result[i] = segment->slow[i];
		copy_numerics(&result[i].by);
	}
	segment->slow = result;
	segment->nslow = count;
	MemoryContextSwitchTo(old);
	if (old_context != NULL)
		MemoryContextDelete(old_context);
}

/* The two differences that put something into one period only. */
static void
add_slowly(Collector *collector, SegmentTotals *segment, int32 period,
		   const RetentionSums *by)
{
	MovementsDelta *deltas;
	MemoryContext old;

	old = MemoryContextSwitchTo(segment->slow_context);
	deltas = &segment->slow[segment->nslow];
	memset(deltas, 0, 2 * sizeof(MovementsDelta));
	deltas[0].period = period;
	deltas[0].by = *by;
	copy_numerics(&deltas[0].by);
	deltas[1].period = period + 1;
	retention_sums_add(&deltas[1].by, by, -1);
	segment->nslow += 2;
	MemoryContextSwitchTo(old);
	if (segment->nslow + 2 > segment->slow_room)
		sum_up_slow(collector, segment);
}

/* Totals are about to overflow: move them to where they cannot. */
static void
move_totals(Collector *collector, SegmentTotals *segment, RetentionTotals *totals, int32 period)
{
	RetentionSums by;

	if (segment->slow_context == NULL)
		sum_up_slow(collector, segment);
	memset(&by, 0, sizeof(by));
	(void) retention_totals_move(totals, &by, collector->scale);
	add_slowly(collector, segment, period, &by);
}

/* MRR was paid in these months. */
static void
add_paid_months(SegmentTotals *segment, int32 first, int32 last)
{
	if (!segment->paid || first < segment->first_month)
		segment->first_month = first;
	if (!segment->paid || last > segment->last_month)
		segment->last_month = last;
	segment->paid = true;
}

/* Add a customer's row of one period; indexes are into months, or -1. */
static void
add_row(Collector *collector, Months *months, int32 period, int opening, int closing, bool seen)
{
	int			opening_sign = 0;
	int			closing_sign = 0;
	uint32		id;
	SegmentTotals *segment;
	RetentionTotals *totals;

	if (opening >= 0)
		opening_sign = months->large ? amount_sign(&months->amounts[opening]) :
			months->mrr[opening] > 0 ? 1 : months->mrr[opening] < 0 ? -1 : 0;
	if (closing >= 0)
		closing_sign = months->large ? amount_sign(&months->amounts[closing]) :
			months->mrr[closing] > 0 ? 1 : months->mrr[closing] < 0 ? -1 : 0;
	if (opening_sign == 0 && closing_sign == 0)
		return;

	if (opening_sign > 0)
		id = months->segments[opening];
	else if (closing_sign > 0)
		id = months->segments[closing];
	else
		id = months->segments[opening_sign != 0 ? opening : closing];
	segment = get_segment_totals(collector, id);

	/* it counts there in both months, so both are months of the segment */
	if (opening_sign > 0 || closing_sign > 0)
	{
		int32		first = months->months[opening_sign > 0 ? opening : closing];
		int32		last = months->months[closing_sign > 0 ? closing : opening];

		add_paid_months(segment, first, last);
	}

	totals = get_totals(segment, period);
	if (likely(!months->large && totals != NULL))
	{
		if (unlikely(!retention_totals_add(totals,
										   opening >= 0 ? months->mrr[opening] : 0,
										   closing >= 0 ? months->mrr[closing] : 0,
										   seen, 1)))
			move_totals(collector, segment, totals, period);
	}
	else
	{
		RetentionSums by;
		Amount		o = AMOUNT_ZERO;
		Amount		c = AMOUNT_ZERO;
		MemoryContext old;

		/* what is left over here goes when they are summed up */
		if (segment->slow_context == NULL)
			sum_up_slow(collector, segment);
		old = MemoryContextSwitchTo(segment->slow_context);
		if (opening >= 0)
			o = months->large ? months->amounts[opening] :
				amount_from_scaled(months->mrr[opening], collector->scale);
		if (closing >= 0)
			c = months->large ? months->amounts[closing] :
				amount_from_scaled(months->mrr[closing], collector->scale);
		memset(&by, 0, sizeof(by));
		retention_sums_add_row(&by, &o, &c, seen, 1);
		MemoryContextSwitchTo(old);
		add_slowly(collector, segment, period, &by);
	}
}

/*
 * Add a customer to the totals of months, if its amounts are at their scale.
 * This is what add_row() does, for what is nearly every customer.
 */
static pg_attribute_always_inline bool
collect_quickly(Collector *collector, const Series *series, uint32 home, bool narrow)
{
	int			span = collector->options->span;
	int32		first = series->first;
	int			count = series->count;
	int64		unit = narrow ? NARROW_UNIT(SCALE(series)) : 1;
	int			first_paid = -1;
	int			last_paid = -1;
	SegmentTotals *segment = get_segment_totals(collector, home);
	RetentionTotals *totals;

	if (collector->options->step.unit != GRAIN_MONTH || SCALE(series) != collector->scale ||
		is_segmented(&collector->state->table))
		return false;
	while (count > 0 && dense_get(series, count - 1) == 0)
		count--;
	if (get_totals(segment, first + count + span) == NULL ||
		get_totals(segment, first) == NULL)
		return false;
	totals = get_totals(segment, first);

#define AMOUNT_OF(i) (VALUE_AMOUNT(narrow ? series->months.narrow[i] : series->months.wide[i]) * unit)
	for (int i = 0; i < count + span; i++)
	{
		int64		opening = i >= span ? AMOUNT_OF(i - span) : 0;
		int64		closing = i < count ? AMOUNT_OF(i) : 0;
		bool		fits;

		if (closing > 0)
		{
			if (first_paid < 0)
				first_paid = i;
			last_paid = i;
		}
		if (opening == closing && opening >= 0)
		{
			/* no movement */
			if (opening == 0)
				continue;
			totals[i].count[RETENTION_OPENING]++;
			totals[i].amount[RETENTION_OPENING] += opening;
			fits = totals[i].amount[RETENTION_OPENING] < RETENTION_TOTAL_MAX;
		}
		else
			fits = retention_totals_add(&totals[i], opening, closing,
										first_paid >= 0 && i >= first_paid + span, 1);
		if (unlikely(!fits))
			move_totals(collector, segment, &totals[i], first + i);
	}
#undef AMOUNT_OF
	if (first_paid >= 0)
		add_paid_months(segment, first + first_paid, first + last_paid);
	return true;
}

/* Add a customer. */
static void
collect(void *arg, void *payload)
{
	Collector  *collector = arg;
	Months	   *months = &collector->months;
	Grain		step = collector->options->step;
	int			span = collector->options->span / grain_months(step);
	bool		paid = false;
	int32		seen_from = 0;
	int			n = 0;
	int			next_opening = 0;
	int			next_closing = 0;
	MemoryContext old = MemoryContextSwitchTo(collector->context);
	Series	   *series = payload;
	uint32		home = 0;

	if (is_homed(&collector->state->table))
	{
		HomedSeries *homed = payload;
		SegmentTotals *segment;

		home = homed->home;
		segment = get_segment_totals(collector, home);
		segment->used |= homed->skipped > 0 || FORM(series) != SERIES_NONE;
		segment->skipped += homed->skipped;
	}
	if (FORM(series) == SERIES_NONE ||
		(FORM(series) == SERIES_NARROW && likely(collect_quickly(collector, series, home, true))) ||
		(FORM(series) == SERIES_WIDE && likely(collect_quickly(collector, series, home, false))))
	{
		MemoryContextSwitchTo(old);
		return;
	}
	months_read(months, series, is_segmented(&collector->state->table));
	for (int i = 0; home != 0 && i < months->count; i++)
		months->segments[i] = home;
	months_rescale(collector, months);

	for (int i = 0; i < months->count; i++)
	{
		int32		month = months->months[i];
		bool		positive = months->large ? amount_sign(&months->amounts[i]) > 0 :
			months->mrr[i] > 0;
		int32		period = step.unit == GRAIN_MONTH ? month : period_of_month(step, month);

		if (positive)
		{
			/* periods look at their last month only, but every month was paid */
			add_paid_months(get_segment_totals(collector, months->segments[i]), month, month);
			if (!paid)
				seen_from = period + span;
			paid = true;
		}
		if (step.unit == GRAIN_MONTH || period_of_month(step, month + 1) != period)
		{
			months->periods[n] = period;
			months->ends[n++] = i;
		}
	}

	while (next_opening < n)
	{
		int32		period = months->periods[next_opening] + span;
		int			opening = -1;
		int			closing = -1;

		if (next_closing < n)
			period = Min(period, months->periods[next_closing]);
		if (months->periods[next_opening] + span == period)
			opening = months->ends[next_opening++];
		if (next_closing < n && months->periods[next_closing] == period)
			closing = months->ends[next_closing++];
		add_row(collector, months, period, opening, closing, paid && period >= seen_from);
	}
	MemoryContextSwitchTo(old);
}

/* The movements of a segment, packed. */
static CodecHeader *
finish_segment(Collector *collector, SegmentTotals *segment, uint64 skipped)
{
	MovementsState *state = movements_state_create(collector->options->step,
												   collector->options->span);
	MrrMovements movements;

	memset(&movements, 0, sizeof(movements));
	movements.step = collector->options->step;
	movements.span = collector->options->span;
	movements.skipped = skipped;
	movements.paid = segment->paid;
	movements.first_month = segment->first_month;
	movements.last_month = segment->last_month;
	if (segment->count > 0)
	{
		RetentionSums last;

		memset(&last, 0, sizeof(last));
		movements.deltas = palloc((segment->count + 1) * sizeof(MovementsDelta));
		for (int i = 0; i <= segment->count; i++)
		{
			MovementsDelta *delta = &movements.deltas[movements.ndeltas];
			RetentionSums now;

			memset(&now, 0, sizeof(now));
			if (i < segment->count)
			{
				/* totals may be read once more by another final function */
				RetentionTotals copy = segment->totals[i];

				(void) retention_totals_move(&copy, &now, collector->scale);
			}
			delta->period = segment->base + i;
			delta->by = now;
			retention_sums_add(&delta->by, &last, -1);
			last = now;
			if (!retention_sums_are_zero(&delta->by))
				movements.ndeltas++;
		}
	}
	state = movements_state_merge(state, &movements);
	if (segment->nslow > 0)
	{
		MrrMovements slow;

		sum_up_slow(collector, segment);
		memset(&slow, 0, sizeof(slow));
		slow.step = movements.step;
		slow.span = movements.span;
		slow.deltas = segment->slow;
		slow.ndeltas = segment->nslow;
		state = movements_state_merge(state, &slow);
	}
	movements_state_read(state, &movements);
	return codec_pack(&mrr_movements_type, &movements);
}

static void
collect_all(Collector *collector, SeriesState *state)
{
	memset(collector, 0, sizeof(*collector));
	collector->state = state;
	collector->options = state->options;
	collector->context = CurrentMemoryContext;
	customer_table_scan(&state->table, collect, collector);
}

/*
 * movements_by_customer_final(internal) -> mrr_movements
 */
PG_FUNCTION_INFO_V1(movements_by_customer_final);
Datum
movements_by_customer_final(PG_FUNCTION_ARGS)
{
	SeriesState *state;
	Collector	collector;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (SeriesState *) PG_GETARG_POINTER(0);
	collect_all(&collector, state);
	PG_RETURN_POINTER(finish_segment(&collector, get_segment_totals(&collector, 0),
									 state->names ? state->names[0].skipped : 0));
}

static int
compare_names(const void *a, const void *b, void *arg)
{
	const SegmentName *names = arg;
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;
	int			result;

	/* NULL is last */
	if (x == 0 || y == 0)
		return x == y ? 0 : x == 0 ? 1 : -1;
	result = memcmp(names[x].name, names[y].name, Min(names[x].size, names[y].size));
	if (result == 0 && names[x].size != names[y].size)
		result = names[x].size < names[y].size ? -1 : 1;
	return result;
}

/*
 * Final functions that return segment_movements[].
 *
 * Every segment that a row names is there, also without any MRR: who asks for
 * its movements gets rows of zero, and not none.  A home is there if a customer
 * that it is the home of has rows.
 */
static Datum
segments_final(FunctionCallInfo fcinfo)
{
	SeriesState *state;
	bool		homed;
	Collector	collector;
	Oid			element = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	TupleDesc	tupdesc;
	uint32	   *ids;
	uint32		count = 0;
	Datum	   *elements;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (SeriesState *) PG_GETARG_POINTER(0);
	collect_all(&collector, state);
	homed = is_homed(&state->table);
	if (state->names == NULL)
		enlarge_names(state);

	(void) get_segment_totals(&collector, state->nnames - 1);
	ids = palloc(state->nnames * sizeof(uint32));
	for (uint32 id = 0; id < state->nnames; id++)
	{
		if (homed ? collector.segments[id].used : state->names[id].used)
			ids[count++] = id;
	}
	qsort_arg(ids, count, sizeof(uint32), compare_names, state->names);

	tupdesc = lookup_rowtype_tupdesc_copy(element, -1);
	elements = palloc(Max(count, 1) * sizeof(Datum));
	for (uint32 i = 0; i < count; i++)
	{
		uint32		id = ids[i];
		Datum		values[2];
		bool		nulls[2] = {id == 0, false};

		CHECK_FOR_INTERRUPTS();
		if (id != 0)
			values[0] = PointerGetDatum(cstring_to_text_with_len(state->names[id].name,
																 state->names[id].size));
		values[1] = PointerGetDatum(finish_segment(&collector, &collector.segments[id],
												   homed ? collector.segments[id].skipped :
												   state->names[id].skipped));
		elements[i] = HeapTupleGetDatum(heap_form_tuple(tupdesc, values, nulls));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, count, element, -1, false, TYPALIGN_DOUBLE));
}

CODEC_FUNCTION(movements_by_segment, final, segments_final(fcinfo));
CODEC_FUNCTION(movements_by_home, final, segments_final(fcinfo));

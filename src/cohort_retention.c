/*-------------------------------------------------------------------------
 *
 * cohort_retention.c
 *	  cohort_retention(): cohorts from raw events in one pass.
 *
 * The customer table keeps the set of active periods of each customer; in the
 * end the sets go to the builder of cohort_matrix, one after the other.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "activity.h"
#include "cohort.h"
#include "count.h"
#include "customer_table.h"
#include "option.h"
#include "pgtime.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* ----------
 * Sets of periods
 * ----------
 */

/*
 * The set of one customer.  Nearly always it is a bitmap of 64 periods from the
 * first one on.  Sets that reach further are, whichever is smaller, a sorted
 * list of periods or a longer bitmap.
 */
typedef enum PeriodsForm
{
	PERIODS_WORD = 1,
	PERIODS_LIST,
	PERIODS_BITMAP
} PeriodsForm;

typedef struct Periods
{
	uint32		form;			/* the tag of a payload; a PeriodsForm */
	int32		first;			/* first active period, unless a list */
	union
	{
		uint64		word;		/* bit i is first + i */
		struct PeriodsArray *array;
	}			set;
} Periods;

typedef struct PeriodsArray
{
	uint32		count;			/* of periods or words */
	uint32		size;			/* in bytes */
	union
	{
		int32		periods[1];
		uint64		words[1];
	}			u;
} PeriodsArray;

#define ARRAY_HEAD	offsetof(PeriodsArray, u)
#define WORD_BITS	64

/*
 * More words than this are not worth one period, as it takes as much memory as
 * a list of them.
 */
static inline bool
bitmap_is_smaller(int64 nwords, int64 nperiods)
{
	return nwords * (int64) sizeof(uint64) < nperiods * (int64) sizeof(int32);
}

/*
 * Elements that an array may have, for every day of eleven thousand years, or
 * for as many days far apart.  More is bad data, and the limit keeps the moving
 * of elements, which is quadratic, at seconds at the very worst.
 */
#define PERIODS_MAX		131072

static void
report_size(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("cohort_retention has too many active periods of one customer"),
			 errhint("Use a coarser grain, or two steps: cohort_agg() over activity_agg() by customer.")));
}

/* An array for at least `count' elements, mostly with some to spare. */
static PeriodsArray *
array_create(CustomerTable *table, Size count, Size element)
{
	Size		size = ARRAY_HEAD + count * element;
	PeriodsArray *result;

	if (count > PERIODS_MAX)
		report_size();
	size = TYPEALIGN(32, size + size / 4);
	result = customer_alloc(table, size);
	result->count = 0;
	result->size = size;
	return result;
}

static PeriodsArray *
array_reserve(CustomerTable *table, PeriodsArray *array, Size count, Size element)
{
	PeriodsArray *result;

	if (likely(ARRAY_HEAD + count * element <= array->size && count <= PERIODS_MAX))
		return array;
	result = array_create(table, count, element);
	result->count = array->count;
	memcpy(&result->u, &array->u, array->count * element);
	customer_free(table, array, array->size);
	return result;
}

/* The number of periods in a set. */
static int64
periods_count(const Periods *set)
{
	int64		result = 0;

	switch ((PeriodsForm) set->form)
	{
		case PERIODS_WORD:
			return pg_popcount64(set->set.word);
		case PERIODS_LIST:
			return set->set.array->count;
		case PERIODS_BITMAP:
			for (uint32 i = 0; i < set->set.array->count; i++)
				result += pg_popcount64(set->set.array->u.words[i]);
			break;
	}
	return result;
}

/* All periods of a set, ascending; `periods' has room for periods_count(). */
static void
periods_to_list(const Periods *set, int32 *periods)
{
	const uint64 *words = &set->set.word;
	uint32		nwords = 1;

	if (set->form == PERIODS_LIST)
	{
		memcpy(periods, set->set.array->u.periods,
			   set->set.array->count * sizeof(int32));
		return;
	}
	if (set->form == PERIODS_BITMAP)
	{
		words = set->set.array->u.words;
		nwords = set->set.array->count;
	}
	for (uint32 i = 0; i < nwords; i++)
	{
		for (uint64 left = words[i]; left != 0; left &= left - 1)
			*periods++ = set->first + i * WORD_BITS + pg_rightmost_one_pos64(left);
	}
}

static void
periods_forget(CustomerTable *table, void *payload)
{
	Periods    *set = payload;

	if (set->form == PERIODS_LIST || set->form == PERIODS_BITMAP)
		customer_free(table, set->set.array, set->set.array->size);
}

/* Make a set a list, with room for one more. */
static void
periods_make_list(CustomerTable *table, Periods *set)
{
	int64		count = periods_count(set);
	PeriodsArray *array = array_create(table, count + 1, sizeof(int32));

	periods_to_list(set, array->u.periods);
	array->count = count;
	periods_forget(table, set);
	set->form = PERIODS_LIST;
	set->set.array = array;
}

/* Make a list a bitmap of so many words. */
static void
periods_make_bitmap(CustomerTable *table, Periods *set, uint32 nwords)
{
	PeriodsArray *list = set->set.array;
	PeriodsArray *array = array_create(table, nwords, sizeof(uint64));

	memset(array->u.words, 0, nwords * sizeof(uint64));
	array->count = nwords;
	set->first = list->u.periods[0];
	for (uint32 i = 0; i < list->count; i++)
	{
		uint32		offset = (int64) list->u.periods[i] - set->first;

		array->u.words[offset / WORD_BITS] |= UINT64CONST(1) << (offset % WORD_BITS);
	}
	customer_free(table, list, list->size);
	set->form = PERIODS_BITMAP;
	set->set.array = array;
}

static void
list_add(CustomerTable *table, Periods *set, int32 period)
{
	PeriodsArray *list = set->set.array;
	uint32		low = 0;
	uint32		high = list->count;
	int64		span;

	/* rows mostly come in order of time, or nearly so */
	if (list->u.periods[high - 1] < period)
		low = high;
	while (low < high)
	{
		uint32		middle = (low + high) / 2;

		if (list->u.periods[middle] < period)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < list->count && list->u.periods[low] == period)
		return;
	list = array_reserve(table, list, list->count + 1, sizeof(int32));
	memmove(&list->u.periods[low + 1], &list->u.periods[low],
			(list->count - low) * sizeof(int32));
	list->u.periods[low] = period;
	list->count++;
	set->set.array = list;

	span = (int64) list->u.periods[list->count - 1] - list->u.periods[0] + 1;
	if (bitmap_is_smaller(span / WORD_BITS + 1, list->count))
		periods_make_bitmap(table, set, span / WORD_BITS + 1);
}

static void
bitmap_add(CustomerTable *table, Periods *set, int32 period)
{
	PeriodsArray *bitmap = set->set.array;
	int64		offset = (int64) period - set->first;
	int64		more = 0;

	/* how many words are missing, before or after */
	if (offset < 0)
		more = (-offset + WORD_BITS - 1) / WORD_BITS;
	else if (offset / WORD_BITS >= bitmap->count)
		more = offset / WORD_BITS + 1 - bitmap->count;
	if (more > 0)
	{
		/* twice the size of a list, so that it does not go back and forth */
		if (!bitmap_is_smaller(bitmap->count + more, 2 * periods_count(set)))
		{
			periods_make_list(table, set);
			list_add(table, set, period);
			return;
		}
		bitmap = array_reserve(table, bitmap, bitmap->count + more, sizeof(uint64));
		if (offset < 0)
		{
			/* by whole words, until the first is put right below */
			memmove(&bitmap->u.words[more], bitmap->u.words, bitmap->count * sizeof(uint64));
			memset(bitmap->u.words, 0, more * sizeof(uint64));
			set->first -= more * WORD_BITS;
			offset += more * WORD_BITS;
		}
		else
			memset(&bitmap->u.words[bitmap->count], 0, more * sizeof(uint64));
		bitmap->count += more;
		set->set.array = bitmap;
	}
	bitmap->u.words[offset / WORD_BITS] |= UINT64CONST(1) << (offset % WORD_BITS);
}

/* Add to a set that does not fit a word any more. */
static void
periods_add_far(CustomerTable *table, Periods *set, int32 period)
{
	switch ((PeriodsForm) set->form)
	{
		case PERIODS_WORD:
			periods_make_list(table, set);
			/* FALLTHROUGH */
		case PERIODS_LIST:
			list_add(table, set, period);
			break;
		case PERIODS_BITMAP:
			bitmap_add(table, set, period);
			break;
	}
}

static inline void
periods_add(CustomerTable *table, Periods *set, int32 period)
{
	if (likely(set->form == PERIODS_WORD))
	{
		int64		offset = (int64) period - set->first;

		if (likely(offset >= 0 && offset < WORD_BITS))
		{
			set->set.word |= UINT64CONST(1) << offset;
			return;
		}
		if (offset < 0 &&
			pg_leftmost_one_pos64(set->set.word) - offset < WORD_BITS)
		{
			set->set.word = set->set.word << -offset | 1;
			set->first = period;
			return;
		}
	}
	else if (set->form == CUSTOMER_NEW)
	{
		set->form = PERIODS_WORD;
		set->first = period;
		set->set.word = 1;
		return;
	}
	periods_add_far(table, set, period);
}

/*
 * Periods of dates that came lately, and how days of a time zone lie.  Finding
 * a period takes some divisions, and a local date much more than that.
 */
#define CACHE_SIZE	2048

typedef struct PeriodCache
{
	DateADT		date;
	int32		period;
} PeriodCache;

/* One day of UTC in a time zone. */
typedef struct ZoneDay
{
	int64		day;
	int64		shift;			/* microseconds to add, or ZONE_VARIES */
} ZoneDay;

/* The options of a group; groups with the same ones share it. */
typedef struct CohortOptions
{
	struct CohortOptions *next;
	int			grain_size;
	char		grain_text[GRAIN_NAME_SIZE];	/* as it was given */
	Grain		grain;
	int32		first_period;	/* that there is, and the last */
	int32		last_period;
	Zone		zone;			/* its length is 0 if there is none */
	ZoneDay    *days;			/* of one that varies */
	PeriodCache periods[CACHE_SIZE];
} CohortOptions;

typedef struct CohortState
{
	CustomerTable table;
	CohortOptions *options;
	uint64		skipped;
} CohortState;

/* ----------
 * What the customer table wants to know
 * ----------
 */

static void
cohort_apply(const CustomerRow *rows, void *const *payloads, const void *inputs, int count)
{
	const int32 *periods = inputs;

	/* arrays are far away, unless there are none */
	if (count > 0 && rows[0].table->heap != NULL)
	{
		for (int i = 0; i < count; i++)
		{
			const Periods *set = payloads[i];

			if (set->form == PERIODS_LIST || set->form == PERIODS_BITMAP)
				__builtin_prefetch(set->set.array, 1);
		}
	}
	for (int i = 0; i < count; i++)
		periods_add(rows[i].table, payloads[i], periods[i]);
}

static void
cohort_pack(const CustomerTable *table, const void *payload, CustomerBuffer *buffer)
{
	const Periods *set = payload;
	uint8		form = set->form;
	char	   *at;

	if (likely(form == PERIODS_WORD))
	{
		at = customer_buffer_reserve(buffer, 1 + sizeof(int32) + sizeof(uint64));
		*at = (char) form;
		memcpy(at + 1, &set->first, sizeof(int32));
		memcpy(at + 1 + sizeof(int32), &set->set.word, sizeof(uint64));
		return;
	}
	customer_buffer_put(buffer, &form, 1);
	if (form == PERIODS_LIST)
		customer_buffer_put(buffer, set->set.array->u.periods,
							set->set.array->count * sizeof(int32));
	else
	{
		customer_buffer_put(buffer, &set->first, sizeof(int32));
		customer_buffer_put(buffer, set->set.array->u.words,
							set->set.array->count * sizeof(uint64));
	}
}

/* Add a period that was written somewhere else. */
static void
merge_period(CustomerTable *table, Periods *set, int64 period)
{
	const CohortOptions *options = ((CohortState *) table)->options;

	if (period < options->first_period || period > options->last_period)
		customer_table_report_corrupt("cohort_retention");
	periods_add(table, set, period);
}

static void
cohort_merge(CustomerTable *table, void *payload, const char *data, Size size)
{
	const CohortOptions *options = ((CohortState *) table)->options;
	Periods    *set = payload;
	uint8		form;
	int32		first;
	uint64		word;

	if (size < 1 + sizeof(int32))
		customer_table_report_corrupt("cohort_retention");
	form = *(const uint8 *) data++;
	size--;
	memcpy(&first, data, sizeof(int32));
	if (form == PERIODS_LIST)
	{
		if (size % sizeof(int32) != 0)
			customer_table_report_corrupt("cohort_retention");
		for (; size > 0; size -= sizeof(int32), data += sizeof(int32))
		{
			memcpy(&first, data, sizeof(int32));
			merge_period(table, set, first);
		}
		return;
	}

	data += sizeof(int32);
	size -= sizeof(int32);
	if ((form != PERIODS_WORD && form != PERIODS_BITMAP) || size == 0 ||
		size % sizeof(uint64) != 0)
		customer_table_report_corrupt("cohort_retention");
	memcpy(&word, data, sizeof(uint64));
	if (size == sizeof(uint64) && (word & 1) != 0 && first >= options->first_period &&
		(int64) first + pg_leftmost_one_pos64(word) <= options->last_period)
	{
		if (set->form == CUSTOMER_NEW)
		{
			set->form = PERIODS_WORD;
			set->first = first;
			set->set.word = word;
			return;
		}
		if (set->form == PERIODS_WORD)
		{
			int64		offset = (int64) first - set->first;

			if (offset >= 0 && offset + pg_leftmost_one_pos64(word) < WORD_BITS)
			{
				set->set.word |= word << offset;
				return;
			}
			if (offset < 0 && pg_leftmost_one_pos64(set->set.word) - offset < WORD_BITS)
			{
				set->set.word = set->set.word << -offset | word;
				set->first = first;
				return;
			}
		}
	}
	for (int64 base = first; size > 0; base += WORD_BITS, size -= sizeof(uint64), data += sizeof(uint64))
	{
		memcpy(&word, data, sizeof(uint64));
		for (; word != 0; word &= word - 1)
			merge_period(table, set, base + pg_rightmost_one_pos64(word));
	}
}

/* ----------
 * States
 * ----------
 */

static const CustomerOps cohort_ops = {
	"cohort_retention", sizeof(CohortState), sizeof(Periods), sizeof(int32),
	cohort_apply, cohort_pack, cohort_merge, periods_forget, NULL
};

/* What options are in a partial state. */
typedef struct CohortHead
{
	uint64		skipped;
	int32		unit;
	int32		anchor;
	int32		zone_size;		/* 0: none; its name follows */
} CohortHead;

/* The options of a grain and, unless it is NULL, a time zone. */
static CohortOptions *
get_options(CustomerTable *table, Grain grain, text *zone)
{
	CohortOptions **list = (CohortOptions **) customer_table_shared(table);
	CohortOptions *options;

	for (options = *list; options != NULL; options = options->next)
	{
		if (grain_equal(options->grain, grain) &&
			(zone == NULL ? options->zone.length == 0 :
			 option_is(zone, options->zone.name, options->zone.length)))
			return options;
	}

	options = customer_table_alloc_shared(table, sizeof(CohortOptions));
	memset(options, 0, sizeof(CohortOptions));
	options->grain = grain;
	options->first_period = grain_first_period(grain);
	options->last_period = grain_last_period(grain);
	grain_name(grain, options->grain_text);
	options->grain_size = strlen(options->grain_text);
	for (int i = 0; i < CACHE_SIZE; i++)
		options->periods[i].date = DATEVAL_NOEND;
	if (zone != NULL)
	{
		zone_set(&options->zone, zone);
		if (options->zone.shift == ZONE_VARIES && options->zone.rules != NULL)
		{
			options->days = customer_table_alloc_shared(table, CACHE_SIZE * sizeof(ZoneDay));
			for (int i = 0; i < CACHE_SIZE; i++)
				options->days[i].day = PG_INT64_MAX;
		}
	}
	options->next = *list;
	*list = options;
	return options;
}

static inline int32
get_period(CohortOptions *options, DateADT date)
{
	PeriodCache *cache = &options->periods[(uint32) date % CACHE_SIZE];

	/* infinity is in the empty cache, and not in any period */
	if (unlikely(cache->date != date) || unlikely(date == DATEVAL_NOEND))
	{
		cache->period = grain_period_of(options->grain, date);
		cache->date = date;
	}
	return cache->period;
}

/* How does a day of UTC lie in the zone? */
static void
find_zone_day(const CohortOptions *options, ZoneDay *entry, int64 day)
{
	pg_time_t	from = (day + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)) * SECS_PER_DAY;
	pg_time_t	boundary;
	long		before;
	long		after;
	int			before_dst;
	int			after_dst;
	int			found;

	found = pg_next_dst_boundary(&from, &before, &before_dst, &boundary,
								 &after, &after_dst, options->zone.rules);
	entry->day = day;
	if (found == 0 || (found > 0 && boundary >= from + SECS_PER_DAY))
		entry->shift = before * USECS_PER_SEC;
	else
		entry->shift = ZONE_VARIES;
}

static inline DateADT
get_zoned_date(CohortOptions *options, TimestampTz at)
{
	if (options->days != NULL && likely(!TIMESTAMP_NOT_FINITE(at)))
	{
		int64		day = at / USECS_PER_DAY - (at % USECS_PER_DAY < 0);
		ZoneDay    *entry = &options->days[(uint64) day % CACHE_SIZE];

		if (unlikely(entry->day != day))
			find_zone_day(options, entry, day);
		if (likely(entry->shift != ZONE_VARIES))
			return date_from_timestamp(at + entry->shift);
	}
	return zone_date(&options->zone, at);
}

/*
 * The options are not as the text of the grain and the zone tell: is that
 * another way to say the same, or is this the first row?
 */
static void
set_options(CohortState *state, text *grain_text, text *zone)
{
	Grain		grain = {GRAIN_MONTH, 0};

	if (grain_text != NULL)
		grain = grain_parse(VARDATA_ANY(grain_text), VARSIZE_ANY_EXHDR(grain_text), "grain", false);
	if (state->options == NULL)
	{
		state->options = get_options(&state->table, grain, zone);

		/* so that it is recognised next time */
		if (grain_text != NULL && VARSIZE_ANY_EXHDR(grain_text) <= GRAIN_NAME_SIZE)
		{
			state->options->grain_size = VARSIZE_ANY_EXHDR(grain_text);
			memcpy(state->options->grain_text, VARDATA_ANY(grain_text),
				   state->options->grain_size);
		}
		return;
	}
	if (!grain_equal(grain, state->options->grain))
		report_option("grain", "changes from row to row");
	if (zone != NULL && !option_is(zone, state->options->zone.name, state->options->zone.length))
		report_option("time zone", "changes from row to row");
}

static inline Datum
cohort_transition(FunctionCallInfo fcinfo, DateInput input)
{
	CohortState *state;
	text	   *grain = NULL;
	text	   *zone = NULL;
	DateADT		date;

	state = PG_ARGISNULL(0) ?
		(CohortState *) customer_table_create(fcinfo, &cohort_ops, 1) :
		(CohortState *) PG_GETARG_POINTER(0);

	if (PG_NARGS() > 3)
	{
		if (PG_ARGISNULL(3))
			report_option("grain", "is NULL");
		grain = PG_GETARG_TEXT_PP(3);
	}
	if (input == INPUT_ZONED)
	{
		if (PG_ARGISNULL(4))
			report_option("time zone", "is NULL");
		zone = PG_GETARG_TEXT_PP(4);
	}
	if (unlikely(state->options == NULL) ||
		(grain != NULL &&
		 !option_is(grain, state->options->grain_text, state->options->grain_size)) ||
		(zone != NULL &&
		 !option_is(zone, state->options->zone.name, state->options->zone.length)))
		set_options(state, grain, zone);

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		state->skipped++;
		PG_RETURN_POINTER(state);
	}
	if (input == INPUT_DATE)
		date = PG_GETARG_DATEADT(2);
	else if (input == INPUT_TIMESTAMP)
		date = date_from_timestamp(PG_GETARG_TIMESTAMP(2));
	else
		date = get_zoned_date(state->options, PG_GETARG_TIMESTAMPTZ(2));

	{
		int32		period = get_period(state->options, date);

		*(int32 *) customer_table_add(&state->table, PG_GETARG_DATUM(1)) = period;
	}
	PG_RETURN_POINTER(state);
}

CODEC_FUNCTION(cohort_retention, accum_date, cohort_transition(fcinfo, INPUT_DATE));
CODEC_FUNCTION(cohort_retention, accum_timestamp, cohort_transition(fcinfo, INPUT_TIMESTAMP));
CODEC_FUNCTION(cohort_retention, accum_zoned, cohort_transition(fcinfo, INPUT_ZONED));

/* cohort_retention() of a timestamptz whose zone is not said */
PG_FUNCTION_INFO_V1(cohort_retention_accum_timestamptz);
Datum
cohort_retention_accum_timestamptz(PG_FUNCTION_ARGS)
{
	report_timestamptz("cohort_retention");
	PG_RETURN_NULL();
}

/*
 * cohort_retention() of a date or a timestamp with a zone.  Without this the
 * value would be cast to timestamptz, in the zone of the session.
 */
PG_FUNCTION_INFO_V1(cohort_retention_accum_zone_refused);
Datum
cohort_retention_accum_zone_refused(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cohort_retention takes a time zone only with a timestamp with time zone"),
			 errdetail("A date, and a timestamp without time zone, is the same in every zone."),
			 errhint("Leave the time zone out, or say which zone the timestamp is of: (x AT TIME ZONE 'zone').")));
	PG_RETURN_NULL();
}

/*
 * cohort_retention_serial(internal) -> bytea
 */
PG_FUNCTION_INFO_V1(cohort_retention_serial);
Datum
cohort_retention_serial(PG_FUNCTION_ARGS)
{
	CohortState *state = (CohortState *) PG_GETARG_POINTER(0);
	CohortOptions *options = state->options;
	CohortHead *head = palloc0(sizeof(CohortHead) + sizeof(options->zone.name));

	head->skipped = state->skipped;
	head->unit = options->grain.unit;
	head->anchor = options->grain.anchor;
	head->zone_size = options->zone.length;
	memcpy(head + 1, options->zone.name, head->zone_size);
	PG_RETURN_BYTEA_P(customer_table_serialize(&state->table, head,
											   sizeof(CohortHead) + head->zone_size));
}

/*
 * cohort_retention_deserial(bytea, internal) -> internal
 */
PG_FUNCTION_INFO_V1(cohort_retention_deserial);
Datum
cohort_retention_deserial(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_table_deserialize(&cohort_ops, PG_GETARG_BYTEA_PP(0)));
}

/*
 * cohort_retention_combine(internal, internal) -> internal
 *
 * The first argument is a state, the second what deserialization made.
 */
PG_FUNCTION_INFO_V1(cohort_retention_combine);
Datum
cohort_retention_combine(PG_FUNCTION_ARGS)
{
	CohortState *state = PG_ARGISNULL(0) ? NULL : (CohortState *) PG_GETARG_POINTER(0);
	CustomerPartial *partial;
	CohortHead	head;
	Grain		grain;
	text	   *zone = NULL;

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	partial = (CustomerPartial *) PG_GETARG_POINTER(1);

	if (partial->head_size < sizeof(head))
		customer_table_report_corrupt(cohort_ops.name);
	memcpy(&head, partial->head, sizeof(head));
	grain.unit = head.unit;
	grain.anchor = head.anchor;
	if (!grain_valid(grain) || head.zone_size < 0 || head.skipped > PG_INT64_MAX ||
		partial->head_size != sizeof(head) + head.zone_size)
		customer_table_report_corrupt(cohort_ops.name);
	if (head.zone_size > 0)
		zone = cstring_to_text_with_len(partial->head + sizeof(head), head.zone_size);

	if (state == NULL)
	{
		state = (CohortState *) customer_table_create_like(fcinfo, &cohort_ops, partial);
		state->options = get_options(&state->table, grain, zone);
	}
	else
	{
		if (!grain_equal(grain, state->options->grain))
			report_option("grain", "changes from row to row");
		if (get_options(&state->table, grain, zone) != state->options)
			report_option("time zone", "changes from row to row");
	}
	customer_table_merge(&state->table, partial);
	state->skipped = count_add(state->skipped, head.skipped);
	PG_RETURN_POINTER(state);
}

static void
cohort_visit(void *arg, void *payload)
{
	CohortBuilder *builder = arg;
	const Periods *set = payload;

	switch ((PeriodsForm) set->form)
	{
		case PERIODS_WORD:
			cohort_builder_add_bits(builder, set->first, &set->set.word, 1);
			break;
		case PERIODS_LIST:
			cohort_builder_add_list(builder, set->set.array->u.periods, set->set.array->count);
			break;
		case PERIODS_BITMAP:
			{
				const uint64 *words = set->set.array->u.words;
				int			nwords = set->set.array->count;
				int			skip = pg_rightmost_one_pos64(words[0]);
				uint64	   *moved;

				/* periods before the first may have come in words of 64 */
				if (skip == 0)
				{
					cohort_builder_add_bits(builder, set->first, words, nwords);
					break;
				}
				moved = palloc(nwords * sizeof(uint64));
				for (int i = 0; i < nwords; i++)
					moved[i] = words[i] >> skip |
						(i + 1 < nwords ? words[i + 1] << (WORD_BITS - skip) : 0);
				cohort_builder_add_bits(builder, set->first + skip, moved, nwords);
				pfree(moved);
				break;
			}
	}
}

/*
 * cohort_retention_final(internal) -> cohort_matrix
 */
PG_FUNCTION_INFO_V1(cohort_retention_final);
Datum
cohort_retention_final(PG_FUNCTION_ARGS)
{
	CohortState *state;
	CohortBuilder *builder;
	CodecHeader *result;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (CohortState *) PG_GETARG_POINTER(0);
	builder = cohort_builder_create(state->options->grain);
	cohort_builder_add_skipped(builder, state->skipped);
	customer_table_scan(&state->table, cohort_visit, builder);
	result = cohort_builder_finish(builder);
	cohort_builder_free(builder);
	PG_RETURN_POINTER(result);
}

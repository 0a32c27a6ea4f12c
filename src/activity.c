/*-------------------------------------------------------------------------
 *
 * activity.c
 *	  Type activity, its aggregates and accessors.
 *
 * The transition state is the type itself in a working form: a flat varlena
 * which is updated in place.  It holds the set as a bitmap cut into blocks of
 * 64 periods, of which only those that have an active period are there, sorted
 * by number.  So a state is as long as the customer was active, wherever on
 * the calendar that was.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "activity.h"
#include "count.h"
#include "option.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define BLOCK_PERIODS	64

typedef struct ActivityBlock
{
	uint64		bits;			/* bit i is period 64 * number + i */
	int32		number;
} ActivityBlock;

/* The working form. */
typedef struct ActivityState
{
	CodecHeader header;
	uint8		unit;			/* of the grain */
	uint8		anchor;
	int32		nblocks;
	int64		skipped;
	uint64		zone_hash;		/* zone that dates were read in; 0: none */
	ActivityBlock block[FLEXIBLE_ARRAY_MEMBER];
} ActivityState;

#define STATE_KIND	(CODEC_KIND_ACTIVITY | CODEC_WORKING)

#define STATE_SIZE(room) (offsetof(ActivityState, block) + (room) * sizeof(ActivityBlock))
#define STATE_ROOM(state) \
	((int) ((VARSIZE(state) - offsetof(ActivityState, block)) / sizeof(ActivityBlock)))

/* fills a chunk of 64 bytes, and is enough for most customers by month */
#define STATE_FIRST_ROOM	2

/*
 * Every day of eleven thousand years: more is bad data.  The limit also keeps
 * the moving of blocks, which is quadratic, at seconds at the very worst.
 */
#define STATE_MAX_ROOM		65536

static void activity_walk(Codec *codec, void *value);
static const char *activity_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType activity_type = {
	"activity", CODEC_KIND_ACTIVITY, sizeof(Activity),
	activity_walk, activity_check, state_read
};

CODEC_TYPE_FUNCTIONS(activity, activity_type);

/* ----------
 * Grains
 * ----------
 */

void
grain_check_same(Grain a, Grain b, const char *what)
{
	char		a_name[GRAIN_NAME_SIZE];
	char		b_name[GRAIN_NAME_SIZE];
	bool		swap;

	if (likely(grain_equal(a, b)))
		return;
	grain_name(a, a_name);
	grain_name(b, b_name);

	/* the same message whichever came first */
	swap = strcmp(a_name, b_name) > 0;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s of different grains cannot be combined", what),
			 errdetail("One group has both %s and %s.",
					   swap ? b_name : a_name, swap ? a_name : b_name),
			 errhint("Build them all from the raw rows with one grain.")));
}

/* In text and bytes a grain is one number; jsonb shows its name. */
void
grain_walk(Codec *codec, Grain *grain)
{
	uint64		code;

	if (codec->mode == CODEC_DESCRIBE)
	{
		char		name[GRAIN_NAME_SIZE];

		grain_name(*grain, name);
		codec_text(codec, "grain", name, sizeof(name));
		return;
	}
	code = (uint64) grain->anchor * 8 + grain->unit;
	codec_uint(codec, "grain", &code, 127);
	if (CODEC_READING(codec))
	{
		grain->unit = code % 8;
		grain->anchor = code / 8;
		if (!grain_valid(*grain))
		{
			codec_fail(codec, "The grain is not one that there is.");
			grain->unit = GRAIN_DAY;
			grain->anchor = 0;
		}
	}
}

/* ----------
 * The type
 * ----------
 */

/* Runs of active periods, by the dates they begin and end on. */
static void
describe_runs(Codec *codec, const Activity *activity)
{
	int64		from = 0;
	int64		to = 0;			/* the period after the run */
	bool		open = false;

	codec_list(codec, "active", 0);
	for (int i = 0; i <= activity->nwords; i++)
	{
		const ActivityWord *word = &activity->words[i];
		uint64		bits = i < activity->nwords ? ACTIVITY_BITS(word) : 0;

		do
		{
			int64		period = 0;
			int			length = 0;

			if (bits != 0)
			{
				int			skip = pg_rightmost_one_pos64(bits);

				length = pg_rightmost_one_pos64(~(bits >> skip));
				period = (int64) word->period + skip;
				bits &= ~((((uint64) 1 << length) - 1) << skip);
			}
			if (open && length > 0 && period == to)
			{
				to += length;
				continue;
			}
			if (open)
			{
				DateADT		first_day = period_start(activity->grain, from);
				DateADT		last_day = period_end(activity->grain, to - 1);
				int64		count = to - from;

				codec_item(codec);
				codec_date(codec, "from", &first_day);
				codec_date(codec, "to", &last_day);
				codec_int(codec, "periods", &count);
				codec_item_end(codec);
			}
			open = length > 0;
			from = period;
			to = period + length;
		} while (bits != 0);
	}
	codec_list_end(codec);
}

static void
activity_walk(Codec *codec, void *value)
{
	Activity   *activity = value;
	int64		next = 0;		/* first period that no word has reached */
	uint64		skipped;

	grain_walk(codec, &activity->grain);
	skipped = activity->skipped;
	codec_uint(codec, "skipped_rows", &skipped, PG_INT64_MAX);
	activity->skipped = skipped;
	if (codec->mode == CODEC_DESCRIBE)
	{
		describe_runs(codec, activity);
		return;
	}

	activity->nwords = codec_list(codec, "words", activity->nwords);
	if (CODEC_READING(codec))
	{
		activity->words = activity->small;
		if (activity->nwords > ACTIVITY_SMALL)
		{
			if (activity->nwords > (int) (MaxAllocSize / sizeof(ActivityWord)))
			{
				codec_fail(codec, "There are too many words.");
				activity->nwords = 0;
			}
			activity->words = palloc(activity->nwords * sizeof(ActivityWord));
		}
	}
	for (int i = 0; i < activity->nwords; i++)
	{
		ActivityWord *word = &activity->words[i];

		codec_item(codec);
		if (i == 0)
		{
			int64		period = word->period;

			codec_int(codec, "period", &period);
			next = period;
		}
		else
		{
			uint64		gap = word->period - next;

			codec_uint(codec, "gap", &gap, PG_UINT32_MAX);
			next += gap;
		}
		if (CODEC_READING(codec))
		{
			if (next < PG_INT32_MIN || next > PG_INT32_MAX)
			{
				codec_fail(codec, "A period is out of range.");
				next = 0;
			}
			word->period = next;
		}
		codec_uint(codec, "following", &word->following,
				   ((uint64) 1 << ACTIVITY_FOLLOWING) - 1);
		next += ACTIVITY_FOLLOWING + 1;
		codec_item_end(codec);
	}
	codec_list_end(codec);
}

static const char *
activity_check(const void *value)
{
	const Activity *activity = value;

	if (activity->nwords == 0)
		return activity->skipped == 0 ?
			"There is neither an active period nor a skipped row." : NULL;
	if (activity->words[0].period < grain_first_period(activity->grain) ||
		activity_last(activity) > grain_last_period(activity->grain))
		return "A period is out of range.";
	return NULL;
}

/* ----------
 * Transition states
 * ----------
 */

static ActivityState *
state_create(Grain grain, int room)
{
	ActivityState *state = palloc0(STATE_SIZE(room));

	SET_VARSIZE(state, STATE_SIZE(room));
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->unit = grain.unit;
	state->anchor = grain.anchor;
	return state;
}

static Grain
state_grain(const ActivityState *state)
{
	Grain		result;

	result.unit = state->unit;
	result.anchor = state->anchor;
	return result;
}

/* A copy with more room, as a varlena cannot grow where it is. */
static ActivityState *
state_grow(const ActivityState *state)
{
	int			room = Max(2 * STATE_ROOM(state), STATE_FIRST_ROOM);
	ActivityState *result;

	if (state->nblocks >= STATE_MAX_ROOM)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("activity has too many active periods"),
				 errdetail("The limit is %d blocks of %d periods with activity in one value.",
						   STATE_MAX_ROOM, BLOCK_PERIODS),
				 errhint("Aggregate one customer at a time, or use a coarser grain.")));
	result = palloc0(STATE_SIZE(room));
	memcpy(result, state, STATE_SIZE(state->nblocks));
	SET_VARSIZE(result, STATE_SIZE(room));
	return result;
}

/* Add periods of one block. */
static ActivityState *
state_add_bits(ActivityState *state, int32 number, uint64 bits)
{
	int			low = 0;
	int			high = state->nblocks;

	/* rows mostly come in order of time, or nearly so */
	if (high > 0 && state->block[high - 1].number <= number)
		low = state->block[high - 1].number == number ? high - 1 : high;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (state->block[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == state->nblocks || state->block[low].number != number)
	{
		if (state->nblocks >= STATE_ROOM(state))
			state = state_grow(state);
		memmove(&state->block[low + 1], &state->block[low],
				(state->nblocks - low) * sizeof(ActivityBlock));
		state->block[low].number = number;
		state->block[low].bits = 0;
		state->nblocks++;
	}
	state->block[low].bits |= bits;
	return state;
}

static inline int32
block_of(int32 period)
{
	return period >= 0 ? period / BLOCK_PERIODS : -((-(int64) period + BLOCK_PERIODS - 1) / BLOCK_PERIODS);
}

static ActivityState *
state_add_period(ActivityState *state, int32 period)
{
	return state_add_bits(state, block_of(period),
						  (uint64) 1 << (period & (BLOCK_PERIODS - 1)));
}

/* Add the periods of a whole value; rows skipped are the caller's business. */
static ActivityState *
state_add_activity(ActivityState *state, const Activity *activity)
{
	for (int i = 0; i < activity->nwords; i++)
	{
		const ActivityWord *word = &activity->words[i];
		int32		number = block_of(word->period);
		int			shift = word->period & (BLOCK_PERIODS - 1);
		uint64		bits = ACTIVITY_BITS(word);

		state = state_add_bits(state, number, bits << shift);
		if (shift > 0 && bits >> (BLOCK_PERIODS - shift) != 0)
			state = state_add_bits(state, number + 1, bits >> (BLOCK_PERIODS - shift));
	}
	return state;
}

/*
 * The set of a state, cut into words.  There are at most two for a block, as
 * two of them reach further than a block.
 */
static void
state_read(const CodecHeader *working, void *value)
{
	const ActivityState *state = (const ActivityState *) working;
	Activity   *activity = value;
	ActivityWord *word = NULL;

	activity->grain = state_grain(state);
	activity->skipped = state->skipped;
	activity->nwords = 0;
	activity->words = activity->small;
	if (2 * state->nblocks > ACTIVITY_SMALL)
		activity->words = palloc(2 * state->nblocks * sizeof(ActivityWord));

	for (int i = 0; i < state->nblocks; i++)
	{
		int64		period = (int64) state->block[i].number * BLOCK_PERIODS;
		uint64		bits = state->block[i].bits;

		while (bits != 0)
		{
			int			skip = pg_rightmost_one_pos64(bits);
			int			reached;	/* of the word's 57 periods */
			int			left;
			uint64		part;

			period += skip;
			bits >>= skip;
			if (word == NULL || period > (int64) word->period + ACTIVITY_FOLLOWING)
			{
				word = &activity->words[activity->nwords++];
				word->period = period;
				word->following = 0;
			}
			reached = period - word->period;
			left = ACTIVITY_FOLLOWING + 1 - reached;
			part = bits & (((uint64) 1 << left) - 1);
			word->following |= reached == 0 ? part >> 1 : part << (reached - 1);
			bits >>= left;
			period += left;
		}
	}
	Assert(activity->nwords <= Max(2 * state->nblocks, ACTIVITY_SMALL));
}

/* An argument in whichever form. */
void
activity_read(Datum datum, Activity *activity)
{
	codec_read(&activity_type, datum, activity);
}

/*
 * The state in argument 0, ready to be changed, or NULL if there is none.  In
 * an aggregate it is the executor's and may be changed in place; a direct call
 * gets a copy, as the argument may be anybody's.
 */
static ActivityState *
state_from_arg(FunctionCallInfo fcinfo)
{
	ActivityState *state;
	Activity	activity;

	if (PG_ARGISNULL(0))
		return NULL;
	state = (ActivityState *) codec_get(&activity_type, PG_GETARG_DATUM(0));
	if (likely(((CodecHeader *) state)->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return state;

	activity_read(PointerGetDatum(state), &activity);
	state = state_create(activity.grain, Max(2 * activity.nwords, STATE_FIRST_ROOM));
	state->skipped = activity.skipped;
	return state_add_activity(state, &activity);
}

/* What a transition returns: the state, or a value for a direct call. */
static Datum
state_to_result(FunctionCallInfo fcinfo, ActivityState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_pack_state(&activity_type, &state->header));
}

/* The one transition function behind all; arguments are state, at, grain, zone. */
static Datum
activity_transition(FunctionCallInfo fcinfo, DateInput input)
{
	ActivityState *state = state_from_arg(fcinfo);
	Grain		grain = {GRAIN_MONTH, 0};
	Zone	   *zone = NULL;
	DateADT		date;

	if (PG_NARGS() > 2)
	{
		text	   *name;

		if (PG_ARGISNULL(2))
			report_option("grain", "is NULL");
		name = PG_GETARG_TEXT_PP(2);
		grain = grain_parse(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), "grain", false);
	}
	if (state == NULL)
		state = state_create(grain, STATE_FIRST_ROOM);
	else if (unlikely(!grain_equal(grain, state_grain(state))))
		report_option("grain", "changes from row to row");

	if (input == INPUT_ZONED)
	{
		if (PG_ARGISNULL(3))
			report_option("time zone", "is NULL");
		zone = fcinfo->flinfo->fn_extra;
		if (zone == NULL)
			zone = fcinfo->flinfo->fn_extra =
				MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Zone));
		zone_set(zone, PG_GETARG_TEXT_PP(3));
		if (unlikely(state->zone_hash != zone->hash))
		{
			if (state->zone_hash != 0)
				report_option("time zone", "changes from row to row");
			state->zone_hash = zone->hash;
		}
	}

	if (PG_ARGISNULL(1))
	{
		state->skipped = count_add(state->skipped, 1);
		return state_to_result(fcinfo, state);
	}
	if (input == INPUT_DATE)
		date = PG_GETARG_DATEADT(1);
	else if (input == INPUT_TIMESTAMP)
		date = date_from_timestamp(PG_GETARG_TIMESTAMP(1));
	else
		date = zone_date(zone, PG_GETARG_TIMESTAMPTZ(1));
	state = state_add_period(state, grain_period_of(grain, date));
	return state_to_result(fcinfo, state);
}

CODEC_FUNCTION(activity, accum_date, activity_transition(fcinfo, INPUT_DATE));
CODEC_FUNCTION(activity, accum_timestamp, activity_transition(fcinfo, INPUT_TIMESTAMP));
CODEC_FUNCTION(activity, accum_zoned, activity_transition(fcinfo, INPUT_ZONED));

/* activity_agg() of a timestamptz whose zone is not said */
PG_FUNCTION_INFO_V1(activity_accum_timestamptz);
Datum
activity_accum_timestamptz(PG_FUNCTION_ARGS)
{
	report_timestamptz("activity_agg");
	PG_RETURN_NULL();
}

/*
 * activity_agg() of a date or a timestamp with a zone.  Without this the value
 * would be cast to timestamptz, in the zone of the session, and then be read
 * in the one that is given.
 */
PG_FUNCTION_INFO_V1(activity_accum_zone_refused);
Datum
activity_accum_zone_refused(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("activity_agg takes a time zone only with a timestamp with time zone"),
			 errdetail("A date, and a timestamp without time zone, is the same in every zone."),
			 errhint("Leave the time zone out, or say which zone the timestamp is of: (x AT TIME ZONE 'zone').")));
	PG_RETURN_NULL();
}

/*
 * Two values of one customer.  Periods are a set and their union is one.  Rows
 * skipped are not: halves of one aggregation add them, but a union takes the
 * larger number, as it cannot know that they are not the same rows.  So it
 * changes nothing to add a value once more.
 */
static Datum
merge(FunctionCallInfo fcinfo, bool disjoint)
{
	ActivityState *state = state_from_arg(fcinfo);
	CodecHeader *other = codec_get(&activity_type, PG_GETARG_DATUM(1));
	Activity	activity;

	/* halves of one aggregation know the zone */
	if (other->kind == STATE_KIND)
	{
		uint64		zone_hash = ((ActivityState *) other)->zone_hash;

		if (state->zone_hash != 0 && zone_hash != 0 && state->zone_hash != zone_hash)
			report_option("time zone", "changes from row to row");
		state->zone_hash = Max(state->zone_hash, zone_hash);
	}
	activity_read(PointerGetDatum(other), &activity);
	if (disjoint && unlikely(!grain_equal(activity.grain, state_grain(state))))
		report_option("grain", "changes from row to row");
	grain_check_same(activity.grain, state_grain(state), "activities");
	state = state_add_activity(state, &activity);
	if (!disjoint)
		state->skipped = Max(state->skipped, activity.skipped);
	else
		state->skipped = count_add(state->skipped, activity.skipped);
	return state_to_result(fcinfo, state);
}

/* both strict: combine function of activity_agg(), and all of rollup() */
CODEC_FUNCTION(activity, combine, merge(fcinfo, true));
CODEC_FUNCTION(activity, union, merge(fcinfo, false));

PG_FUNCTION_INFO_V1(activity_final);
Datum
activity_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_get_packed(&activity_type, PG_GETARG_DATUM(0)));
}

/* ----------
 * Reading
 * ----------
 */

/* The last active period of a set that is not empty. */
int32
activity_last(const Activity *activity)
{
	const ActivityWord *word = &activity->words[activity->nwords - 1];

	return (int32) Min((int64) word->period + pg_leftmost_one_pos64(ACTIVITY_BITS(word)),
					   PG_INT32_MAX);
}

/* Is any of these periods active? */
bool
activity_between(const Activity *activity, int64 from, int64 to)
{
	int			low = 0;
	int			high = activity->nwords;

	/* the first word that reaches from */
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if ((int64) activity->words[middle].period + ACTIVITY_FOLLOWING < from)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < activity->nwords && activity->words[low].period <= to; low++)
	{
		const ActivityWord *word = &activity->words[low];
		int64		first = Max(from - word->period, 0);
		int64		last = Min(to - word->period, ACTIVITY_FOLLOWING);

		/* both are now bits of the word */
		if (first <= last &&
			(ACTIVITY_BITS(word) >> first & (((uint64) 1 << (last - first + 1)) - 1)) != 0)
			return true;
	}
	return false;
}

PG_FUNCTION_INFO_V1(activity_first_period);
Datum
activity_first_period(PG_FUNCTION_ARGS)
{
	Activity	activity;

	activity_read(PG_GETARG_DATUM(0), &activity);
	if (activity.nwords == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(period_start(activity.grain, activity.words[0].period));
}

PG_FUNCTION_INFO_V1(activity_last_period);
Datum
activity_last_period(PG_FUNCTION_ARGS)
{
	Activity	activity;

	activity_read(PG_GETARG_DATUM(0), &activity);
	if (activity.nwords == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(period_start(activity.grain, activity_last(&activity)));
}

PG_FUNCTION_INFO_V1(activity_active_periods);
Datum
activity_active_periods(PG_FUNCTION_ARGS)
{
	Activity	activity;
	int32		result = 0;

	activity_read(PG_GETARG_DATUM(0), &activity);
	for (int i = 0; i < activity.nwords; i++)
		result += pg_popcount64(ACTIVITY_BITS(&activity.words[i]));
	PG_RETURN_INT32(result);
}

PG_FUNCTION_INFO_V1(activity_is_active);
Datum
activity_is_active(PG_FUNCTION_ARGS)
{
	Activity	activity;
	DateADT		date = PG_GETARG_DATEADT(1);
	int32		period;

	activity_read(PG_GETARG_DATUM(0), &activity);
	if (DATE_NOT_FINITE(date))
		PG_RETURN_BOOL(false);
	period = period_number(activity.grain, date);
	PG_RETURN_BOOL(activity_between(&activity, period, period));
}

/* How often the customer came back: the runs of active periods after the first. */
PG_FUNCTION_INFO_V1(activity_reactivations);
Datum
activity_reactivations(PG_FUNCTION_ARGS)
{
	Activity	activity;
	int32		runs = 0;
	int64		next = PG_INT64_MIN;	/* after the last active period */

	activity_read(PG_GETARG_DATUM(0), &activity);
	for (int i = 0; i < activity.nwords; i++)
	{
		const ActivityWord *word = &activity.words[i];
		uint64		bits = ACTIVITY_BITS(word);

		/* active ones whose predecessor in the word is not */
		runs += pg_popcount64(bits & ~(bits << 1));
		if (word->period == next)
			runs--;
		next = (int64) word->period + pg_leftmost_one_pos64(bits) + 1;
	}
	PG_RETURN_INT32(Max(runs - 1, 0));
}

PG_FUNCTION_INFO_V1(activity_skipped_rows);
Datum
activity_skipped_rows(PG_FUNCTION_ARGS)
{
	Activity	activity;

	activity_read(PG_GETARG_DATUM(0), &activity);
	PG_RETURN_INT64(activity.skipped);
}

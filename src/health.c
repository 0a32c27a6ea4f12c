/*-------------------------------------------------------------------------
 *
 * health.c
 *	  Health scores: scalers, type health_summary, its aggregates, and what a
 *	  score is made of.
 *
 * A score is the weighted mean of those signals that are there: sum(w * s) /
 * sum(w).  One that is missing gives its weight to the others, and coverage
 * says how much of all weight is left.  Definitions are in doc/health.md.
 *
 * The transition state is the type itself in a working form: a flat varlena
 * with a slot per signal, updated in place, and the names behind the slots.
 * What its 128-bit sums cannot take goes to a remainder, a packed summary
 * behind all that; the value is the sum of both.
 *
 * The one-step score, which knows no names, is that of a summary with one
 * signal without a name, of which each row is a customer.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "count.h"
#include "funcapi.h"
#include "health.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

typedef struct HealthSlot
{
	int128		weight;			/* at weight_scale */
	int128		missing_weight; /* at weight_scale */
	int128		points;			/* at weight_scale + score_scale */
	int64		present;
	int64		missing;
	uint64		prefix;			/* of the name, to tell most apart */
	uint32		name;			/* where it begins among the names */
	uint32		length;			/* of the name */
} HealthSlot;

/* The working form: slots, names and remainder follow. */
typedef struct HealthState
{
	CodecHeader header;
	uint8		weight_scale;
	uint8		score_scale;
	uint16		nslots;
	uint16		room;			/* for slots */
	uint16		hint;			/* slot where the next name is likely to be */
	int32		names_used;
	int32		names_room;
	int32		remainder_size;
	int64		customers;
	int64		skipped;
	int64		clamped;
} HealthState;

#define STATE_KIND	(CODEC_KIND_HEALTH_SUMMARY | CODEC_WORKING)

/* enough for most customers */
#define FIRST_SLOTS		8
#define FIRST_NAMES		96

#define NAMES_AT(room)	(MAXALIGN(sizeof(HealthState)) + (Size) (room) * sizeof(HealthSlot))
#define REMAINDER_AT(room, names_room)	(NAMES_AT(room) + MAXALIGN(names_room))

#define STATE_SLOTS(state)	((HealthSlot *) ((char *) (state) + MAXALIGN(sizeof(HealthState))))
#define STATE_NAMES(state)	((char *) (state) + NAMES_AT((state)->room))

/* How rows and summaries that are added belong together. */
typedef enum HealthAdding
{
	ONE_CUSTOMER,				/* other signals of the same customer */
	OTHER_CUSTOMERS
} HealthAdding;

#define HIGHEST_SCORE	100

static void health_walk(Codec *codec, void *value);
static const char *health_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType health_summary_type = {
	"health_summary", CODEC_KIND_HEALTH_SUMMARY, sizeof(HealthSummary),
	health_walk, health_check, state_read
};

CODEC_TYPE_FUNCTIONS(health_summary, health_summary_type);

/* ----------
 * Numbers
 * ----------
 */

static void
check_finite(Numeric num, const char *what)
{
	/* these look at the header, which must not be a short one */
	num = DatumGetNumeric(NumericGetDatum(num));
	if (unlikely(numeric_is_nan(num) || numeric_is_inf(num)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a finite number, not %s", what,
						DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num)))),
				 strcmp(what, "score") == 0 ? errhint("Store NULL where there is no score.") : 0));
}

static Amount
number_from_arg(FunctionCallInfo fcinfo, int argno, const char *what)
{
	Numeric		num = PG_GETARG_NUMERIC(argno);

	check_finite(num, what);
	return amount_from_numeric(num);
}

/*
 * A hundred times an amount.  amount_mul() would refuse what has nearly as many
 * decimal places as there can be, which a whole factor does not add to.
 */
static Amount
times_hundred(const Amount *a)
{
	Amount		hundred = amount_from_int64(100);
	int128		value;

	if (a->big == NULL && !__builtin_mul_overflow(a->value, (int128) 100, &value))
		return amount_from_scaled(value, a->scale);
	return amount_from_numeric(DatumGetNumeric(
		DirectFunctionCall2(numeric_mul,
							NumericGetDatum(amount_to_numeric(a)),
							NumericGetDatum(amount_to_numeric(&hundred)))));
}

/* Between 0 and 100; returns whether it was not. */
static bool
clamp_score(Amount *score)
{
	Amount		highest = amount_from_int64(HIGHEST_SCORE);

	if (amount_sign(score) < 0)
		*score = AMOUNT_ZERO;
	else if (amount_cmp(score, &highest) > 0)
		*score = highest;
	else
		return false;
	return true;
}

/*
 * An amount as an integer in units of 10000^-scale, as amount_to_scaled(), but
 * also of those that are big for no other reason than their decimal places.
 */
static bool
amount_to_int128(const Amount *a, int scale, int128 *result)
{
	AmountWide	wide;

	if (amount_to_scaled(a, scale, result))
		return true;
	if (!amount_to_wide(a, scale, &wide) || wide.limb[3] != 0 || wide.limb[2] != 0 ||
		wide.limb[1] > (uint64) PG_INT64_MAX)
		return false;
	*result = (int128) (((uint128) wide.limb[1] << 64) | wide.limb[0]);
	return true;
}

/* The scale that an amount needs. */
static int
amount_scale(const Amount *a)
{
	return a->big ? amount_fraction_digits(a->big) : a->scale;
}

/* ----------
 * The type
 * ----------
 */

static void
walk_count(Codec *codec, const char *name, int64 *count)
{
	uint64		value = *count;

	codec_uint(codec, name, &value, PG_INT64_MAX);
	*count = value;
}

static void
health_walk(Codec *codec, void *value)
{
	HealthSummary *summary = value;

	walk_count(codec, "customers", &summary->customers);
	walk_count(codec, "skipped_rows", &summary->skipped);
	walk_count(codec, "clamped_signals", &summary->clamped);
	summary->nsignals = codec_list_of(codec, "signals", summary->nsignals, 4);
	if (CODEC_READING(codec))
	{
		if (summary->nsignals > HEALTH_MAX_SIGNALS)
		{
			codec_fail(codec, "There are too many signals.");
			summary->nsignals = 0;
		}
		summary->signals = palloc0(Max(summary->nsignals, 1) * sizeof(HealthSignal));
	}
	for (int i = 0; i < summary->nsignals; i++)
	{
		HealthSignal *signal = &summary->signals[i];

		codec_item(codec);
		codec_text(codec, "signal", signal->name, HEALTH_NAME_SIZE);
		walk_count(codec, "present", &signal->present);
		if (signal->present > 0 || codec->mode == CODEC_DESCRIBE)
		{
			codec_amount(codec, "weight", &signal->weight);
			codec_amount(codec, "weight_by_score", &signal->points);
		}
		walk_count(codec, "missing", &signal->missing);
		if (signal->missing > 0 || codec->mode == CODEC_DESCRIBE)
			codec_amount(codec, "missing_weight", &signal->missing_weight);
		codec_item_end(codec);
	}
	codec_list_end(codec);
}

static const char *
health_check(const void *value)
{
	const HealthSummary *summary = value;
	int128		present = 0;

	if (summary->customers == 0)
		return "There is no customer.";
	for (int i = 0; i < summary->nsignals; i++)
	{
		const HealthSignal *signal = &summary->signals[i];
		Amount		most;

		if (i > 0 && strcmp(signal[-1].name, signal->name) >= 0)
			return "Signals are not in the order of their names, or one is there twice.";
		if (signal->present == 0 && signal->missing == 0)
			return "A signal is neither present nor missing.";
		if ((int128) signal->present + signal->missing > summary->customers)
			return "A signal has more customers than there are.";
		if (amount_sign(&signal->weight) < 0 || amount_sign(&signal->missing_weight) < 0)
			return "A weight is negative.";
		most = times_hundred(&signal->weight);
		if (amount_sign(&signal->points) < 0 || amount_cmp(&signal->points, &most) > 0)
			return "A score is not between 0 and 100.";
		present += signal->present;
	}
	return summary->clamped > present ? "More scores were clamped than there are." : NULL;
}

static void
report_twice(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("signal \"%.*s\" occurs twice", shown_length(name, strlen(name)), name),
			 errdetail("One customer has one score of each signal."),
			 errhint("GROUP BY the customer. Where a signal has several rows, aggregate those first; summaries of several customers are added by rollup().")));
}

static void
report_too_many_signals(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many different signals"),
			 errdetail("The limit is %d in one value.", HEALTH_MAX_SIGNALS),
			 errhint("A signal is a name such as 'usage', the same for all customers, not an id.")));
}

/* Add one signal to another of the same name. */
static void
signal_add(HealthSignal *into, const HealthSignal *other)
{
	into->present = count_add(into->present, other->present);
	into->missing = count_add(into->missing, other->missing);
	into->weight = amount_add(&into->weight, &other->weight);
	into->missing_weight = amount_add(&into->missing_weight, &other->missing_weight);
	into->points = amount_add(&into->points, &other->points);
}

/* Add the signals of another summary; the counts are the caller's business. */
static void
signals_add(HealthSummary *into, const HealthSummary *other, HealthAdding adding)
{
	HealthSignal *result = palloc((into->nsignals + other->nsignals + 1) * sizeof(HealthSignal));
	int			n = 0;
	int			i = 0;
	int			j = 0;

	while (i < into->nsignals || j < other->nsignals)
	{
		int			comparison = i == into->nsignals ? 1 : j == other->nsignals ? -1 :
			strcmp(into->signals[i].name, other->signals[j].name);

		result[n] = comparison <= 0 ? into->signals[i++] : other->signals[j++];
		if (comparison == 0)
		{
			if (adding == ONE_CUSTOMER)
				report_twice(result[n].name);
			signal_add(&result[n], &other->signals[j++]);
		}
		n++;
	}
	if (n > HEALTH_MAX_SIGNALS)
		report_too_many_signals();
	into->signals = result;
	into->nsignals = n;
}

/* ----------
 * Transition states
 * ----------
 */

/* A state with that room, and that remainder if any. */
static HealthState *
state_create(int room, int names_room, const CodecHeader *remainder)
{
	Size		size = REMAINDER_AT(room, names_room);
	HealthState *state = palloc0(size + (remainder ? VARSIZE(remainder) : 0));

	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->room = room;
	state->names_room = names_room;
	if (remainder)
	{
		state->remainder_size = VARSIZE(remainder);
		memcpy((char *) state + size, remainder, state->remainder_size);
	}
	SET_VARSIZE(state, size + state->remainder_size);
	return state;
}

static CodecHeader *
state_remainder(const HealthState *state)
{
	return state->remainder_size == 0 ? NULL :
		(CodecHeader *) ((char *) state + REMAINDER_AT(state->room, state->names_room));
}

/* The same content with other room, or another remainder. */
static HealthState *
state_resize(const HealthState *state, int room, int names_room, const CodecHeader *remainder)
{
	HealthState *result = state_create(room, names_room, remainder);

	result->weight_scale = state->weight_scale;
	result->score_scale = state->score_scale;
	result->nslots = state->nslots;
	result->hint = state->hint;
	result->names_used = state->names_used;
	result->customers = state->customers;
	result->skipped = state->skipped;
	result->clamped = state->clamped;
	memcpy(STATE_SLOTS(result), STATE_SLOTS(state), state->nslots * sizeof(HealthSlot));
	memcpy(STATE_NAMES(result), STATE_NAMES(state), state->names_used);
	return result;
}

static inline uint64
name_prefix(const char *name, int length)
{
	uint64		result = 0;

	memcpy(&result, name, Min(length, (int) sizeof(result)));
	return result;
}

/* The slot of that name, or NULL. */
static HealthSlot *
state_find(HealthState *state, const char *name, int length)
{
	HealthSlot *slots = STATE_SLOTS(state);
	uint64		prefix = name_prefix(name, length);
	int			i = state->hint;

	/* summaries come with their signals in the same order, mostly */
	for (int left = state->nslots; left > 0; left--, i++)
	{
		if (i >= state->nslots)
			i = 0;
		if (slots[i].prefix == prefix && slots[i].length == (uint32) length &&
			memcmp(STATE_NAMES(state) + slots[i].name, name, length) == 0)
		{
			state->hint = i + 1;
			return &slots[i];
		}
	}
	return NULL;
}

/* A new slot of that name, all zero; the state may become another. */
static HealthSlot *
state_new_slot(HealthState **state, const char *name, int length)
{
	HealthState *s = *state;
	HealthSlot *slot;

	if (unlikely(s->nslots >= HEALTH_MAX_SIGNALS))
		report_too_many_signals();
	if (unlikely(s->nslots == s->room || s->names_used + length > s->names_room))
	{
		int			room = s->room;
		int			names_room = s->names_room;

		if (s->nslots == room)
			room = Max(2 * room, FIRST_SLOTS);
		if (s->names_used + length > names_room)
			names_room = Max(2 * names_room, s->names_used + length + FIRST_NAMES);
		*state = s = state_resize(s, room, names_room, state_remainder(s));
	}
	slot = &STATE_SLOTS(s)[s->nslots++];
	memset(slot, 0, sizeof(HealthSlot));
	slot->prefix = name_prefix(name, length);
	slot->name = s->names_used;
	slot->length = length;
	memcpy(STATE_NAMES(s) + s->names_used, name, length);
	s->names_used += length;
	return slot;
}

static int
signal_cmp(const void *a, const void *b)
{
	return strcmp(((const HealthSignal *) a)->name, ((const HealthSignal *) b)->name);
}

/* The whole content of a state. */
static void
state_read(const CodecHeader *working, void *value)
{
	HealthState *state = (HealthState *) working;
	HealthSummary *summary = value;
	HealthSlot *slots = STATE_SLOTS(state);
	CodecHeader *remainder = state_remainder(state);

	summary->customers = state->customers;
	summary->skipped = state->skipped;
	summary->clamped = state->clamped;
	summary->nsignals = state->nslots;
	summary->signals = palloc(Max(state->nslots, 1) * sizeof(HealthSignal));
	for (int i = 0; i < state->nslots; i++)
	{
		HealthSignal *signal = &summary->signals[i];

		memcpy(signal->name, STATE_NAMES(state) + slots[i].name, slots[i].length);
		signal->name[slots[i].length] = '\0';
		signal->present = slots[i].present;
		signal->missing = slots[i].missing;
		signal->weight = amount_from_scaled(slots[i].weight, state->weight_scale);
		signal->missing_weight = amount_from_scaled(slots[i].missing_weight, state->weight_scale);
		signal->points = amount_from_scaled(slots[i].points,
											state->weight_scale + state->score_scale);
	}
	qsort(summary->signals, summary->nsignals, sizeof(HealthSignal), signal_cmp);
	if (remainder != NULL)
	{
		HealthSummary rest;

		codec_unpack(&health_summary_type, remainder, &rest);
		signals_add(summary, &rest, OTHER_CUSTOMERS);
	}
}

/* An argument in whichever form. */
static void
health_read(Datum datum, HealthSummary *summary)
{
	codec_read(&health_summary_type, datum, summary);
}

/* Put signals where there is room for amounts of any size. */
static HealthState *
state_add_to_remainder(HealthState *state, const HealthSummary *signals)
{
	CodecHeader *remainder = state_remainder(state);
	CodecHeader *packed;
	HealthSummary sum;

	memset(&sum, 0, sizeof(sum));
	if (remainder != NULL)
		codec_unpack(&health_summary_type, remainder, &sum);
	signals_add(&sum, signals, OTHER_CUSTOMERS);
	packed = codec_pack(&health_summary_type, &sum);
	state = state_resize(state, state->room, state->names_room, packed);
	pfree(packed);
	return state;
}

/* Is there a signal of that name in the remainder? */
static bool
remainder_has(const HealthState *state, const char *name, int length)
{
	CodecHeader *remainder = state_remainder(state);
	HealthSummary rest;

	if (likely(remainder == NULL))
		return false;
	codec_unpack(&health_summary_type, remainder, &rest);
	for (int i = 0; i < rest.nsignals; i++)
	{
		if (strlen(rest.signals[i].name) == (size_t) length &&
			memcmp(rest.signals[i].name, name, length) == 0)
			return true;
	}
	return false;
}

/*
 * Make scales finer.  Where a sum would not fit any more, all go to the
 * remainder.
 */
static HealthState *
state_rescale(HealthState *state, int weight_scale, int score_scale)
{
	HealthSlot *slots = STATE_SLOTS(state);
	int			from = state->weight_scale + state->score_scale;
	bool		fits = true;

	weight_scale = Max(weight_scale, state->weight_scale);
	score_scale = Max(score_scale, state->score_scale);
	for (int i = 0; fits && i < state->nslots; i++)
	{
		HealthSlot	slot = slots[i];

		fits = amount_rescale(&slot.weight, state->weight_scale, weight_scale) &&
			amount_rescale(&slot.missing_weight, state->weight_scale, weight_scale) &&
			amount_rescale(&slot.points, from, weight_scale + score_scale);
	}
	if (fits)
	{
		for (int i = 0; i < state->nslots; i++)
		{
			amount_rescale(&slots[i].weight, state->weight_scale, weight_scale);
			amount_rescale(&slots[i].missing_weight, state->weight_scale, weight_scale);
			amount_rescale(&slots[i].points, from, weight_scale + score_scale);
		}
	}
	else
	{
		HealthSummary summary;
		HealthState *empty = state_resize(state, state->room, state->names_room, NULL);

		/* with what is in the remainder already */
		state_read(&state->header, &summary);
		empty->nslots = empty->hint = empty->names_used = 0;
		state = state_add_to_remainder(empty, &summary);
	}
	state->weight_scale = weight_scale;
	state->score_scale = score_scale;
	return state;
}

/* Add to a slot; false, and nothing changed, if a sum would not fit. */
static bool
slot_add(HealthSlot *slot, int64 present, int128 weight, int128 points,
		 int64 missing, int128 missing_weight)
{
	int128		sums[3];

	if (__builtin_add_overflow(slot->weight, weight, &sums[0]) ||
		__builtin_add_overflow(slot->points, points, &sums[1]) ||
		__builtin_add_overflow(slot->missing_weight, missing_weight, &sums[2]))
		return false;
	slot->present = count_add(slot->present, present);
	slot->missing = count_add(slot->missing, missing);
	slot->weight = sums[0];
	slot->points = sums[1];
	slot->missing_weight = sums[2];
	return true;
}

/*
 * Read a number at the state's scale of weights or of scores, making that finer
 * where it helps.  False if it does not fit.
 */
static bool
state_decode(HealthState **state, bool is_score, Numeric num, int128 *result)
{
	int			scale = is_score ? (*state)->score_scale : (*state)->weight_scale;
	AmountFit	fit = amount_decode(num, scale, result);

	if (likely(fit == AMOUNT_FITS))
		return true;
	if (fit == AMOUNT_SPECIAL)
		check_finite(num, is_score ? "score" : "weight");
	if (fit == AMOUNT_FINER)
	{
		scale = amount_fraction_digits(num);
		if (scale <= AMOUNT_MAX_SCALE)
		{
			*state = state_rescale(*state, is_score ? 0 : scale, is_score ? scale : 0);
			return amount_decode(num, scale, result) == AMOUNT_FITS;
		}
	}
	return false;
}

static void
report_weight(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("weight of a signal is %s", problem),
			 errdetail("A weight is a number from 0 on, also where the score is missing."),
			 errhint("To leave a signal out say so with FILTER (WHERE ...), or give it weight 0.")));
}

/* A row whose numbers the slots cannot take. */
static HealthState *
state_add_large_row(HealthState *state, const char *name, int length,
					Numeric score, Numeric weight)
{
	HealthSummary row;
	HealthSignal signal;
	Amount		w = amount_from_numeric(weight);

	if (amount_sign(&w) < 0)
		report_weight("negative");
	memset(&signal, 0, sizeof(signal));
	memcpy(signal.name, name, length);
	if (score == NULL)
	{
		signal.missing = 1;
		signal.missing_weight = w;
	}
	else
	{
		Amount		s = amount_from_numeric(score);

		if (clamp_score(&s))
			state->clamped = count_add(state->clamped, 1);
		signal.present = 1;
		signal.weight = w;
		signal.points = amount_mul(&w, &s);
	}
	memset(&row, 0, sizeof(row));
	row.nsignals = 1;
	row.signals = &signal;
	return state_add_to_remainder(state, &row);
}

/* Add one row; score is NULL where there is none. */
static HealthState *
state_add_row(HealthState *state, const char *name, int length, Numeric score,
			  Numeric weight, HealthAdding adding)
{
	int128		s = 0;
	int128		w;
	bool		fits;

	if (adding == ONE_CUSTOMER &&
		unlikely(state_find(state, name, length) != NULL ||
				 remainder_has(state, name, length)))
		report_twice(pnstrdup(name, length));

	/* both are looked at, as either may be no number */
	fits = state_decode(&state, false, weight, &w);
	if (score != NULL)
		fits &= state_decode(&state, true, score, &s);
	if (likely(fits))
	{
		int128		highest = HIGHEST_SCORE * (int128) amount_power[Min(state->score_scale, 4)];
		bool		clamped = false;
		int128		points;

		if (state->score_scale > 4)
			highest *= amount_power[state->score_scale - 4];
		if (unlikely(w < 0))
			report_weight("negative");
		if (unlikely(s < 0 || s > highest))
		{
			s = s < 0 ? 0 : highest;
			clamped = true;
		}
		if (likely(!__builtin_mul_overflow(w, s, &points)))
		{
			HealthSlot *slot = NULL;

			if (adding == OTHER_CUSTOMERS)
				slot = state_find(state, name, length);
			if (slot == NULL)
				slot = state_new_slot(&state, name, length);
			if (score != NULL ? slot_add(slot, 1, w, points, 0, 0) : slot_add(slot, 0, 0, 0, 1, w))
			{
				if (unlikely(clamped))
					state->clamped = count_add(state->clamped, 1);
				return state;
			}
		}
	}
	return state_add_large_row(state, name, length, score, weight);
}

/* Add one signal of a summary; false, and nothing changed, if it does not fit. */
static bool
state_add_signal(HealthState **state, const HealthSignal *signal)
{
	int			length = strlen(signal->name);
	int			weight_scale = Max((*state)->weight_scale,
								   Max(amount_scale(&signal->weight),
									   amount_scale(&signal->missing_weight)));
	int			score_scale = Max((*state)->score_scale,
								  amount_scale(&signal->points) - weight_scale);
	int128		weight;
	int128		missing_weight;
	int128		points;
	HealthSlot *slot;

	if (weight_scale > AMOUNT_MAX_SCALE || score_scale > AMOUNT_MAX_SCALE)
		return false;
	if (!amount_to_int128(&signal->weight, weight_scale, &weight) ||
		!amount_to_int128(&signal->missing_weight, weight_scale, &missing_weight) ||
		!amount_to_int128(&signal->points, weight_scale + score_scale, &points))
		return false;
	if (unlikely(weight_scale > (*state)->weight_scale || score_scale > (*state)->score_scale))
		*state = state_rescale(*state, weight_scale, score_scale);
	slot = state_find(*state, signal->name, length);
	if (slot == NULL)
		slot = state_new_slot(state, signal->name, length);
	return slot_add(slot, signal->present, weight, points, signal->missing, missing_weight);
}

/* Add a whole summary's signals. */
static HealthState *
state_merge(HealthState *state, const HealthSummary *summary, HealthAdding adding)
{
	HealthSummary rest;

	state->skipped = count_add(state->skipped, summary->skipped);
	state->clamped = count_add(state->clamped, summary->clamped);
	memset(&rest, 0, sizeof(rest));
	for (int i = 0; i < summary->nsignals; i++)
	{
		const HealthSignal *signal = &summary->signals[i];
		int			length = strlen(signal->name);

		if (adding == ONE_CUSTOMER &&
			(state_find(state, signal->name, length) != NULL ||
			 remainder_has(state, signal->name, length)))
			report_twice(signal->name);
		if (!state_add_signal(&state, signal))
		{
			if (rest.signals == NULL)
				rest.signals = palloc(summary->nsignals * sizeof(HealthSignal));
			rest.signals[rest.nsignals++] = *signal;
		}
	}
	return rest.nsignals == 0 ? state : state_add_to_remainder(state, &rest);
}

/*
 * The state in argument 0, ready to be changed, or NULL if there is none.  In
 * an aggregate it is the executor's and may be changed in place; a direct call
 * gets a copy, as the argument may be anybody's.
 */
static HealthState *
state_from_arg(FunctionCallInfo fcinfo)
{
	CodecHeader *value;
	HealthSummary summary;
	HealthState *state;

	if (PG_ARGISNULL(0))
		return NULL;
	value = codec_get(&health_summary_type, PG_GETARG_DATUM(0));
	if (likely(value->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return (HealthState *) value;

	health_read(PointerGetDatum(value), &summary);
	state = state_create(Max(summary.nsignals, 1), FIRST_NAMES, NULL);
	state->customers = summary.customers;
	return state_merge(state, &summary, OTHER_CUSTOMERS);
}

/* What a transition returns: the state, or a value for a direct call. */
static Datum
state_to_result(FunctionCallInfo fcinfo, HealthState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_checked(&health_summary_type, codec_pack_state(&health_summary_type, &state->header)));
}

static void
check_one_customer(int64 customers)
{
	if (unlikely(customers != 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("signals can only be added to the summary of one customer"),
				 errhint("Use rollup() for summaries of several.")));
}

/* The numbers of a row: score, or NULL, in the first argument, weight in the other. */
static Numeric
score_from_arg(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL :
		(Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(argno));
}

static Numeric
weight_from_arg(FunctionCallInfo fcinfo, int argno)
{
	if (unlikely(PG_ARGISNULL(argno)))
		report_weight("NULL");
	return (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(argno));
}

/* health_accum(health_summary, signal text, score numeric, weight numeric) */
PG_FUNCTION_INFO_V1(health_accum);
Datum
health_accum(PG_FUNCTION_ARGS)
{
	HealthState *state = state_from_arg(fcinfo);

	if (state == NULL)
	{
		state = state_create(FIRST_SLOTS, FIRST_NAMES, NULL);
		state->customers = 1;
	}
	check_one_customer(state->customers);
	if (PG_ARGISNULL(1))
	{
		/* as in an outer join of a customer without any */
		state->skipped = count_add(state->skipped, 1);
	}
	else
	{
		text	   *name = PG_GETARG_TEXT_PP(1);
		int			length = VARSIZE_ANY_EXHDR(name);

		if (unlikely(length >= HEALTH_NAME_SIZE))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("name of a signal is longer than %d bytes", HEALTH_NAME_SIZE - 1)));
		state = state_add_row(state, VARDATA_ANY(name), length, score_from_arg(fcinfo, 2),
							  weight_from_arg(fcinfo, 3), ONE_CUSTOMER);
	}
	return state_to_result(fcinfo, state);
}

/* health_accum_score(health_summary, score numeric, weight numeric) */
PG_FUNCTION_INFO_V1(health_accum_score);
Datum
health_accum_score(PG_FUNCTION_ARGS)
{
	HealthState *state = state_from_arg(fcinfo);

	if (state == NULL)
		state = state_create(1, 0, NULL);
	state->customers = count_add(state->customers, 1);
	state = state_add_row(state, "", 0, score_from_arg(fcinfo, 1),
						  weight_from_arg(fcinfo, 2), OTHER_CUSTOMERS);
	return state_to_result(fcinfo, state);
}

/* health_combine(health_summary, health_summary), strict: of one customer */
PG_FUNCTION_INFO_V1(health_combine);
Datum
health_combine(PG_FUNCTION_ARGS)
{
	HealthState *state = state_from_arg(fcinfo);
	HealthSummary summary;

	health_read(PG_GETARG_DATUM(1), &summary);
	check_one_customer(state->customers);
	check_one_customer(summary.customers);
	return state_to_result(fcinfo, state_merge(state, &summary, ONE_CUSTOMER));
}

/* health_add(health_summary, health_summary), strict: of different customers */
PG_FUNCTION_INFO_V1(health_add);
Datum
health_add(PG_FUNCTION_ARGS)
{
	HealthState *state = state_from_arg(fcinfo);
	HealthSummary summary;

	health_read(PG_GETARG_DATUM(1), &summary);
	state->customers = count_add(state->customers, summary.customers);
	return state_to_result(fcinfo, state_merge(state, &summary, OTHER_CUSTOMERS));
}

PG_FUNCTION_INFO_V1(health_final);
Datum
health_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_get_packed(&health_summary_type, PG_GETARG_DATUM(0)));
}

/* ----------
 * Reading
 * ----------
 */

/* All signals together. */
static void
health_totals(const HealthSummary *summary, Amount *weight, Amount *missing_weight, Amount *points)
{
	*weight = *missing_weight = *points = AMOUNT_ZERO;
	for (int i = 0; i < summary->nsignals; i++)
	{
		const HealthSignal *signal = &summary->signals[i];

		*weight = amount_add(weight, &signal->weight);
		*missing_weight = amount_add(missing_weight, &signal->missing_weight);
		*points = amount_add(points, &signal->points);
	}
}

/* health_score_final(health_summary) -> numeric; NULL without a present weight */
PG_FUNCTION_INFO_V1(health_score_final);
Datum
health_score_final(PG_FUNCTION_ARGS)
{
	HealthSummary summary;
	Amount		weight;
	Amount		missing_weight;
	Amount		points;

	health_read(PG_GETARG_DATUM(0), &summary);
	health_totals(&summary, &weight, &missing_weight, &points);
	if (amount_sign(&weight) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(amount_ratio(&points, &weight));
}

/* health_score(health_summary, min_coverage numeric) -> numeric */
PG_FUNCTION_INFO_V1(health_score);
Datum
health_score(PG_FUNCTION_ARGS)
{
	HealthSummary summary;
	Amount		min_coverage = number_from_arg(fcinfo, 1, "min_coverage");
	Amount		one = amount_from_int64(1);
	Amount		weight;
	Amount		missing_weight;
	Amount		points;

	if (amount_sign(&min_coverage) < 0 || amount_cmp(&min_coverage, &one) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("min_coverage must be between 0 and 1"),
				 errdetail("It is the share of all weight that must be present."),
				 errhint("For 60 %% write 0.6.")));
	health_read(PG_GETARG_DATUM(0), &summary);
	health_totals(&summary, &weight, &missing_weight, &points);
	if (amount_sign(&weight) == 0)
		PG_RETURN_NULL();
	if (amount_sign(&min_coverage) > 0)
	{
		Amount		all = amount_add(&weight, &missing_weight);
		Amount		coverage = amount_from_numeric(amount_ratio(&weight, &all));

		/* that which health_coverage() shows */
		if (amount_cmp(&coverage, &min_coverage) < 0)
			PG_RETURN_NULL();
	}
	PG_RETURN_NUMERIC(amount_ratio(&points, &weight));
}

/* health_coverage(health_summary) -> numeric; NULL without weights */
PG_FUNCTION_INFO_V1(health_coverage);
Datum
health_coverage(PG_FUNCTION_ARGS)
{
	HealthSummary summary;
	Amount		weight;
	Amount		missing_weight;
	Amount		points;
	Amount		all;

	health_read(PG_GETARG_DATUM(0), &summary);
	health_totals(&summary, &weight, &missing_weight, &points);
	all = amount_add(&weight, &missing_weight);
	if (amount_sign(&all) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(amount_ratio(&weight, &all));
}

PG_FUNCTION_INFO_V1(health_customers);
Datum
health_customers(PG_FUNCTION_ARGS)
{
	HealthSummary summary;

	health_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.customers);
}

PG_FUNCTION_INFO_V1(health_skipped_rows);
Datum
health_skipped_rows(PG_FUNCTION_ARGS)
{
	HealthSummary summary;

	health_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.skipped);
}

PG_FUNCTION_INFO_V1(health_clamped_signals);
Datum
health_clamped_signals(PG_FUNCTION_ARGS)
{
	HealthSummary summary;

	health_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.clamped);
}

/* ----------
 * Drivers
 * ----------
 */

#define DRIVER_COLUMNS	4

typedef struct HealthDriver
{
	const HealthSignal *signal;
	Amount		lost;
} HealthDriver;

/* Who lost most comes first; signals are in the order of their names. */
static int
driver_cmp(const void *a, const void *b)
{
	const HealthDriver *x = a;
	const HealthDriver *y = b;
	int			result = amount_cmp(&y->lost, &x->lost);

	if (result != 0)
		return result;
	return x->signal < y->signal ? -1 : x->signal > y->signal;
}

/*
 * health_drivers(health_summary) -> TABLE (signal text, score numeric,
 * weight numeric, points_lost numeric)
 *
 * Each loss is rounded, and what that leaves over goes to the largest: so they
 * add up to 100 less the score as it is printed, to the last digit.
 */
PG_FUNCTION_INFO_V1(health_drivers);
Datum
health_drivers(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	HealthSummary summary;
	HealthDriver *drivers;
	Amount		weight;
	Amount		missing_weight;
	Amount		points;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	health_read(PG_GETARG_DATUM(0), &summary);
	health_totals(&summary, &weight, &missing_weight, &points);
	drivers = palloc(Max(summary.nsignals, 1) * sizeof(HealthDriver));
	for (int i = 0; i < summary.nsignals; i++)
	{
		HealthSignal *signal = &summary.signals[i];

		drivers[i].signal = signal;
		drivers[i].lost = AMOUNT_ZERO;
		if (amount_sign(&weight) > 0)
		{
			Amount		most = times_hundred(&signal->weight);

			most = amount_sub(&most, &signal->points);
			drivers[i].lost = amount_from_numeric(amount_ratio(&most, &weight));
		}
	}
	if (amount_sign(&weight) > 0)
	{
		Amount		left = amount_from_int64(HIGHEST_SCORE);
		Amount		score = amount_from_numeric(amount_ratio(&points, &weight));
		int			largest = 0;

		left = amount_sub(&left, &score);
		for (int i = 0; i < summary.nsignals; i++)
		{
			left = amount_sub(&left, &drivers[i].lost);
			if (amount_cmp(&drivers[i].lost, &drivers[largest].lost) > 0)
				largest = i;
		}
		drivers[largest].lost = amount_add(&drivers[largest].lost, &left);
	}
	qsort(drivers, summary.nsignals, sizeof(HealthDriver), driver_cmp);

	for (int i = 0; i < summary.nsignals; i++)
	{
		const HealthSignal *signal = drivers[i].signal;
		Amount		all = amount_add(&signal->weight, &signal->missing_weight);
		Datum		values[DRIVER_COLUMNS] = {0};
		bool		nulls[DRIVER_COLUMNS] = {false, true, false, false};

		values[0] = CStringGetTextDatum(signal->name);
		if (amount_sign(&signal->weight) > 0)
		{
			values[1] = NumericGetDatum(amount_ratio(&signal->points, &signal->weight));
			nulls[1] = false;
		}
		values[2] = NumericGetDatum(amount_to_numeric(&all));
		values[3] = NumericGetDatum(amount_to_numeric(&drivers[i].lost));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ----------
 * Scalers and bands
 * ----------
 */

/*
 * scale_linear(x numeric, worst numeric, best numeric) -> numeric
 *
 * worst may be above best: then less is better.
 */
PG_FUNCTION_INFO_V1(scale_linear);
Datum
scale_linear(PG_FUNCTION_ARGS)
{
	Amount		x = number_from_arg(fcinfo, 0, "value to scale");
	Amount		worst = number_from_arg(fcinfo, 1, "worst value");
	Amount		best = number_from_arg(fcinfo, 2, "best value");
	Amount		zero = AMOUNT_ZERO;
	Amount		width;
	Amount		distance;

	width = amount_sub(&best, &worst);
	distance = amount_sub(&x, &worst);
	if (amount_sign(&width) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("worst and best value of a scale must differ")));
	if (amount_sign(&width) < 0)
	{
		width = amount_sub(&zero, &width);
		distance = amount_sub(&zero, &distance);
	}
	if (amount_sign(&distance) < 0)
		distance = zero;
	else if (amount_cmp(&distance, &width) > 0)
		distance = width;
	distance = times_hundred(&distance);
	PG_RETURN_NUMERIC(amount_ratio(&distance, &width));
}

/* The elements of an array, none of which is NULL. */
static Datum *
elements_from_arg(FunctionCallInfo fcinfo, int argno, const char *what, int *count)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argno);
	Datum	   *result;

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a one-dimensional array without NULLs", what)));
	/* numeric and text are alike in this */
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT, &result, NULL, count);
	return result;
}

/*
 * How many of the cuts in an array are below x, which is the number of its
 * part of the scale: a cut belongs to the part that it ends.
 */
static int
part_of_scale(FunctionCallInfo fcinfo, int argno, const Amount *x, int *count)
{
	Datum	   *cuts = elements_from_arg(fcinfo, argno, "cuts", count);
	Amount		before = AMOUNT_ZERO;
	int			result = 0;

	for (int i = 0; i < *count; i++)
	{
		Amount		cut;

		check_finite(DatumGetNumeric(cuts[i]), "cut");
		cut = amount_from_numeric(DatumGetNumeric(cuts[i]));
		if (i > 0 && amount_cmp(&before, &cut) >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cuts must ascend")));
		if (amount_cmp(x, &cut) > 0)
			result++;
		before = cut;
	}
	return result;
}

static void
check_part_count(int cuts, int parts, const char *what, const char *hint)
{
	if (parts != cuts + 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of %s must be one more than that of cuts", what),
				 errdetail("Number of %s is %d, of cuts %d.", what, parts, cuts),
				 hint ? errhint("%s", hint) : 0));
}

/* scale_steps(x numeric, cuts numeric[], scores numeric[]) -> numeric */
PG_FUNCTION_INFO_V1(scale_steps);
Datum
scale_steps(PG_FUNCTION_ARGS)
{
	Amount		x = number_from_arg(fcinfo, 0, "value to scale");
	Amount		result = AMOUNT_ZERO;
	int			ncuts;
	int			part = part_of_scale(fcinfo, 1, &x, &ncuts);
	int			nscores;
	Datum	   *scores = elements_from_arg(fcinfo, 2, "scores", &nscores);

	check_part_count(ncuts, nscores, "scores", NULL);
	for (int i = 0; i < nscores; i++)
	{
		Amount		score;

		check_finite(DatumGetNumeric(scores[i]), "score");
		score = amount_from_numeric(DatumGetNumeric(scores[i]));
		if (i == part)
			result = score;
		if (clamp_score(&score))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("scores must be between 0 and 100")));
	}
	PG_RETURN_NUMERIC(amount_to_numeric(&result));
}

/* Beyond this many slopes' lengths from the middle the score is 0 or 100. */
#define LOGISTIC_END	100

/* decimal places of the exponential, and of the score made of it */
#define LOGISTIC_DIGITS 30
#define LOGISTIC_ROUNDED	10

static Datum
numeric_of_int(int64 value)
{
	Amount		amount = amount_from_int64(value);

	return NumericGetDatum(amount_to_numeric(&amount));
}

/*
 * scale_logistic(x numeric, mid numeric, slope numeric) -> numeric
 *
 * 100 / (1 + exp(-slope * (x - mid))).  The exponential is that of numeric, with
 * so many places more than are returned that it is the same on every machine.
 */
PG_FUNCTION_INFO_V1(scale_logistic);
Datum
scale_logistic(PG_FUNCTION_ARGS)
{
	Amount		x = number_from_arg(fcinfo, 0, "value to scale");
	Amount		mid = number_from_arg(fcinfo, 1, "middle value");
	Amount		slope = number_from_arg(fcinfo, 2, "slope");
	Amount		end = amount_from_int64(LOGISTIC_END);
	Amount		zero = AMOUNT_ZERO;
	Amount		result;
	Datum		value;

	if (amount_sign(&slope) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("slope of a scale must not be 0"),
				 errdetail("All values would have the same score.")));
	mid = amount_sub(&mid, &x);
	x = amount_mul(&mid, &slope);	/* the exponent */
	if (amount_cmp(&x, &end) > 0)
		PG_RETURN_DATUM(numeric_of_int(0));
	mid = amount_sub(&zero, &x);
	if (amount_cmp(&mid, &end) > 0)
		PG_RETURN_DATUM(numeric_of_int(HIGHEST_SCORE));

	value = DirectFunctionCall2(numeric_round, NumericGetDatum(amount_to_numeric(&x)),
								Int32GetDatum(LOGISTIC_DIGITS));
	value = DirectFunctionCall1(numeric_exp, value);
	value = DirectFunctionCall2(numeric_add, value, numeric_of_int(1));
	value = DirectFunctionCall2(numeric_div, numeric_of_int(HIGHEST_SCORE), value);
	value = DirectFunctionCall2(numeric_round, value, Int32GetDatum(LOGISTIC_ROUNDED));
	result = amount_from_numeric(DatumGetNumeric(value));
	PG_RETURN_NUMERIC(amount_to_numeric(&result));
}

/* The name of the band that a score is in; cuts and names are arguments 1 and 2. */
static Datum
return_band(FunctionCallInfo fcinfo, const Amount *score)
{
	int			ncuts;
	int			band = part_of_scale(fcinfo, 1, score, &ncuts);
	int			nnames;
	Datum	   *names = elements_from_arg(fcinfo, 2, "names", &nnames);

	check_part_count(ncuts, nnames, "names",
					 "Name the bands from the worst to the best: health_band(score, cuts, names).");
	PG_RETURN_DATUM(names[band]);
}

/* health_band(score numeric, cuts numeric[], names text[]) -> text */
PG_FUNCTION_INFO_V1(health_band_of_score);
Datum
health_band_of_score(PG_FUNCTION_ARGS)
{
	Amount		score = number_from_arg(fcinfo, 0, "score");

	return return_band(fcinfo, &score);
}

/* health_band(health_summary, cuts numeric[], names text[]) -> text */
PG_FUNCTION_INFO_V1(health_band);
Datum
health_band(PG_FUNCTION_ARGS)
{
	HealthSummary summary;
	Amount		weight;
	Amount		missing_weight;
	Amount		points;
	Amount		score;

	health_read(PG_GETARG_DATUM(0), &summary);
	health_totals(&summary, &weight, &missing_weight, &points);
	if (amount_sign(&weight) == 0)
		PG_RETURN_NULL();
	score = amount_from_numeric(amount_ratio(&points, &weight));
	return return_band(fcinfo, &score);
}

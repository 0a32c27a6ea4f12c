/*-------------------------------------------------------------------------
 *
 * stage_funnel.c
 *	  stage_funnel(): how many customers reach each stage, how many of these the
 *	  next one, and how long that takes.
 *
 * The customer table keeps when each customer first reached each stage.  What
 * the next stage is says the data, so in the end the customers are gone through
 * twice.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "access/htup_details.h"
#include "calendar.h"
#include "customer_table.h"
#include "duration.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* A stage, and the day on which a customer first reached it. */
typedef struct Step
{
	int32		stage;
	DateADT		at;
} Step;

#define STEPS_INLINE	1
#define STEPS_ARRAY		2

#define INLINE_STEPS	3

/* The payload of a customer; steps ascend by stage. */
typedef struct Steps
{
	uint32		form;			/* the tag of a payload */
	uint32		count;
	union
	{
		Step		few[INLINE_STEPS];
		struct
		{
			Step	   *steps;
			uint32		room;
		}			many;
	}			u;
} Steps;

typedef struct FunnelState
{
	CustomerTable table;
} FunnelState;

static const Step *
steps_of(const Steps *steps)
{
	return steps->form == STEPS_ARRAY ? steps->u.many.steps : steps->u.few;
}

/* The position of a stage among the steps, or where it belongs. */
static uint32
steps_find(const Step *steps, uint32 count, int32 stage)
{
	uint32		low = 0;
	uint32		high = count;

	while (low < high)
	{
		uint32		middle = (low + high) / 2;

		if (steps[middle].stage < stage)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
steps_add(CustomerTable *table, Steps *steps, const Step *step)
{
	Step	   *list;
	uint32		at;
	uint32		room;

	if (steps->form == CUSTOMER_NEW)
	{
		steps->form = STEPS_INLINE;
		steps->count = 0;
	}
	list = unconstify(Step *, steps_of(steps));
	at = steps_find(list, steps->count, step->stage);
	if (at < steps->count && list[at].stage == step->stage)
	{
		list[at].at = Min(list[at].at, step->at);
		return;
	}

	room = steps->form == STEPS_ARRAY ? steps->u.many.room : INLINE_STEPS;
	if (steps->count == room)
	{
		Size		size = 2 * (room + 1) * sizeof(Step);
		Step	   *larger;

		if (size > MaxAllocSize / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("stage_funnel has too many stages of one customer")));
		larger = customer_alloc(table, size);
		memcpy(larger, list, steps->count * sizeof(Step));
		if (steps->form == STEPS_ARRAY)
			customer_free(table, list, room * sizeof(Step));
		steps->form = STEPS_ARRAY;
		steps->u.many.steps = list = larger;
		steps->u.many.room = 2 * (room + 1);
	}
	memmove(&list[at + 1], &list[at], (steps->count - at) * sizeof(Step));
	list[at] = *step;
	steps->count++;
}

/* ----------
 * What the customer table wants to know
 * ----------
 */

static void
funnel_apply(const CustomerRow *rows, void *const *payloads, const void *inputs, int count)
{
	const Step *steps = inputs;

	for (int i = 0; i < count; i++)
		steps_add(rows[i].table, payloads[i], &steps[i]);
}

static void
funnel_pack(const CustomerTable *table, const void *payload, CustomerBuffer *buffer)
{
	const Steps *steps = payload;

	customer_buffer_put(buffer, steps_of(steps), steps->count * sizeof(Step));
}

static void
funnel_merge(CustomerTable *table, void *payload, const char *data, Size size)
{
	if (size == 0 || size % sizeof(Step) != 0)
		customer_table_report_corrupt("stage_funnel");
	for (; size > 0; size -= sizeof(Step), data += sizeof(Step))
	{
		Step		step;

		memcpy(&step, data, sizeof(Step));
		steps_add(table, payload, &step);
	}
}

static void
funnel_forget(CustomerTable *table, void *payload)
{
	Steps	   *steps = payload;

	if (steps->form == STEPS_ARRAY)
		customer_free(table, steps->u.many.steps, steps->u.many.room * sizeof(Step));
}

static const CustomerOps funnel_ops = {
	"stage_funnel", sizeof(FunnelState), sizeof(Steps), sizeof(Step),
	funnel_apply, funnel_pack, funnel_merge, funnel_forget, NULL
};

/* ----------
 * States
 * ----------
 */

/*
 * A row without a customer, a stage or a day leaves no trace, but that there
 * was a row.
 */
static Datum
funnel_transition(FunctionCallInfo fcinfo, bool timestamps)
{
	FunnelState *state = PG_ARGISNULL(0) ?
		(FunnelState *) customer_table_create(fcinfo, &funnel_ops, 1) :
		(FunnelState *) PG_GETARG_POINTER(0);
	Step		step;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_POINTER(state);
	step.stage = PG_GETARG_INT32(2);
	step.at = timestamps ? date_from_timestamp(PG_GETARG_TIMESTAMP(3)) : PG_GETARG_DATEADT(3);
	if (DATE_NOT_FINITE(step.at))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("date must be finite, not %s",
						DATE_IS_NOEND(step.at) ? "infinity" : "-infinity"),
				 errhint("Exclude such rows with FILTER (WHERE isfinite(...)).")));
	*(Step *) customer_table_add(&state->table, PG_GETARG_DATUM(1)) = step;
	PG_RETURN_POINTER(state);
}

CODEC_FUNCTION(stage_funnel, accum_date, funnel_transition(fcinfo, false));
CODEC_FUNCTION(stage_funnel, accum_timestamp, funnel_transition(fcinfo, true));

/* stage_funnel() of a timestamptz whose zone is not said */
PG_FUNCTION_INFO_V1(stage_funnel_accum_timestamptz);
Datum
stage_funnel_accum_timestamptz(PG_FUNCTION_ARGS)
{
	report_timestamptz("stage_funnel");
	PG_RETURN_NULL();
}

/* stage_funnel_serial(internal) -> bytea */
PG_FUNCTION_INFO_V1(stage_funnel_serial);
Datum
stage_funnel_serial(PG_FUNCTION_ARGS)
{
	FunnelState *state = (FunnelState *) PG_GETARG_POINTER(0);

	PG_RETURN_BYTEA_P(customer_table_serialize(&state->table, NULL, 0));
}

/* stage_funnel_deserial(bytea, internal) -> internal */
PG_FUNCTION_INFO_V1(stage_funnel_deserial);
Datum
stage_funnel_deserial(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_table_deserialize(&funnel_ops, PG_GETARG_BYTEA_PP(0)));
}

/*
 * stage_funnel_combine(internal, internal) -> internal
 *
 * The first argument is a state, the second what deserialization made.
 */
PG_FUNCTION_INFO_V1(stage_funnel_combine);
Datum
stage_funnel_combine(PG_FUNCTION_ARGS)
{
	CustomerTable *state = PG_ARGISNULL(0) ? NULL : (CustomerTable *) PG_GETARG_POINTER(0);
	CustomerPartial *partial;

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	partial = (CustomerPartial *) PG_GETARG_POINTER(1);
	if (partial->head_size != 0)
		customer_table_report_corrupt(funnel_ops.name);
	if (state == NULL)
		state = customer_table_create_like(fcinfo, &funnel_ops, partial);
	customer_table_merge(state, partial);
	PG_RETURN_POINTER(state);
}

/* ----------
 * The result
 * ----------
 */

typedef struct FunnelStage
{
	int32		stage;
	int64		reached;
	int64		converted;
	DurationState *days;		/* to the next stage, of those converted */
} FunnelStage;

typedef struct Funnel
{
	MemoryContext context;
	int			count;
	int			room;
	FunnelStage *stages;		/* ascending */
} Funnel;

static int
funnel_find(const Funnel *funnel, int32 stage)
{
	int			low = 0;
	int			high = funnel->count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (funnel->stages[middle].stage < stage)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* First time: who reached what. */
static void
visit_reached(void *arg, void *payload)
{
	Funnel	   *funnel = arg;
	const Steps *steps = payload;
	const Step *list = steps_of(steps);

	for (uint32 i = 0; i < steps->count; i++)
	{
		int			at = funnel_find(funnel, list[i].stage);

		if (at == funnel->count || funnel->stages[at].stage != list[i].stage)
		{
			if (funnel->count == funnel->room)
			{
				funnel->room *= 2;
				funnel->stages = repalloc(funnel->stages, funnel->room * sizeof(FunnelStage));
			}
			memmove(&funnel->stages[at + 1], &funnel->stages[at],
					(funnel->count - at) * sizeof(FunnelStage));
			memset(&funnel->stages[at], 0, sizeof(FunnelStage));
			funnel->stages[at].stage = list[i].stage;
			funnel->count++;
		}
		funnel->stages[at].reached++;
	}
}

/*
 * Second time: who went on to the next stage, on the same day or later.  The
 * durations grow in the funnel's context, as that of a visit does not last.
 */
static void
visit_converted(void *arg, void *payload)
{
	Funnel	   *funnel = arg;
	MemoryContext old = MemoryContextSwitchTo(funnel->context);
	const Steps *steps = payload;
	const Step *list = steps_of(steps);

	for (uint32 i = 0; i + 1 < steps->count; i++)
	{
		int			at = funnel_find(funnel, list[i].stage);
		FunnelStage *stage = &funnel->stages[at];
		DurationState *days;

		if (at + 1 == funnel->count ||
			funnel->stages[at + 1].stage != list[i + 1].stage ||
			list[i + 1].at < list[i].at)
			continue;
		stage->converted++;
		days = duration_state_add(stage->days, list[i + 1].at - list[i].at, 1, 0);
		if (days != stage->days)
		{
			pfree(stage->days);
			stage->days = days;
		}
	}
	MemoryContextSwitchTo(old);
}

/* stage_funnel_final(internal) -> funnel_stage[] */
PG_FUNCTION_INFO_V1(stage_funnel_final);
Datum
stage_funnel_final(PG_FUNCTION_ARGS)
{
	FunnelState *state;
	Funnel		funnel = {CurrentMemoryContext, 0, 16, NULL};
	Oid			type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	TupleDesc	desc;
	Datum	   *rows;
	int			dims[1];
	int			lower[1] = {1};
	int16		typlen;
	bool		typbyval;
	char		typalign;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (FunnelState *) PG_GETARG_POINTER(0);
	funnel.stages = palloc(funnel.room * sizeof(FunnelStage));
	customer_table_scan(&state->table, visit_reached, &funnel);
	for (int i = 0; i < funnel.count; i++)
		funnel.stages[i].days = duration_state_create(DURATION_DAY);
	if (funnel.count > 1)
		customer_table_scan(&state->table, visit_converted, &funnel);

	desc = lookup_rowtype_tupdesc(type, -1);
	rows = palloc(Max(funnel.count, 1) * sizeof(Datum));
	for (int i = 0; i < funnel.count; i++)
	{
		const FunnelStage *stage = &funnel.stages[i];
		Datum		values[4];
		bool		nulls[4] = {false};
		int32		median = 0;

		nulls[3] = !duration_state_median(stage->days, &median);
		values[0] = Int32GetDatum(stage->stage);
		values[1] = Int64GetDatum(stage->reached);
		values[2] = Int64GetDatum(stage->converted);
		values[3] = Int32GetDatum(median);
		rows[i] = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
	}
	ReleaseTupleDesc(desc);
	if (funnel.count == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(type));
	dims[0] = funnel.count;
	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	PG_RETURN_ARRAYTYPE_P(construct_md_array(rows, NULL, 1, dims, lower, type,
											 typlen, typbyval, typalign));
}

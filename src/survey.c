/*-------------------------------------------------------------------------
 *
 * survey.c
 *	  Type survey_summary, its aggregates and accessors: NPS, CSAT and CES.
 *
 * Definitions and sources are in doc/voice.md.  All of them are read from how
 * many answers there were at each score, so that is what is kept: it merges,
 * and no order of rows shows.
 *
 * The transition state is the type itself in a working form: a flat varlena of
 * fixed size, which is updated in place.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <math.h>

#include "count.h"
#include "funcapi.h"
#include "option.h"
#include "stats.h"
#include "survey.h"
#include "utils/builtins.h"

/* The working form. */
typedef struct SurveyState
{
	CodecHeader header;
	uint8		scale;			/* a SurveyScale */
	uint8		top;
	int64		skipped;
	int64		count[SURVEY_SCORES];
} SurveyState;

#define STATE_KIND	(CODEC_KIND_SURVEY_SUMMARY | CODEC_WORKING)

/* lowest score of CSAT that is satisfied, unless told otherwise */
#define USUAL_TOP	4

static void survey_walk(Codec *codec, void *value);
static const char *survey_check(const void *value);
static void state_read(const CodecHeader *working, void *value);

const CodecType survey_summary_type = {
	"survey_summary", CODEC_KIND_SURVEY_SUMMARY, sizeof(SurveySummary),
	survey_walk, survey_check, state_read
};

CODEC_TYPE_FUNCTIONS(survey_summary, survey_summary_type);

static const struct
{
	const char *name;
	int			lowest;
	int			highest;
}			scales[SURVEY_SCALES] = {
	{"nps", 0, 10},
	{"1-5", 1, 5},
	{"1-7", 1, 7}
};

/* ----------
 * The type
 * ----------
 */

static void
survey_walk(Codec *codec, void *value)
{
	static const char *const names[SURVEY_SCORES] = {
		"score_0", "score_1", "score_2", "score_3", "score_4", "score_5",
		"score_6", "score_7", "score_8", "score_9", "score_10"
	};
	SurveySummary *summary = value;

	if (codec->mode == CODEC_DESCRIBE)
	{
		char		name[8];

		strlcpy(name, scales[summary->scale].name, sizeof(name));
		codec_text(codec, "scale", name, sizeof(name));
	}
	else
	{
		uint64		scale = summary->scale;

		codec_uint(codec, "scale", &scale, SURVEY_SCALES - 1);
		summary->scale = (SurveyScale) scale;
	}
	if (summary->scale == SURVEY_FIVE &&
		(codec->mode != CODEC_DESCRIBE || summary->top != 0))
	{
		uint64		top = summary->top;

		codec_uint(codec, "top", &top, 5);
		summary->top = (int) top;
	}
	codec_int(codec, "skipped_rows", &summary->skipped);
	for (int i = scales[summary->scale].lowest; i <= scales[summary->scale].highest; i++)
		codec_int(codec, names[i], &summary->count[i]);
}

static const char *
survey_check(const void *value)
{
	const SurveySummary *summary = value;
	int128		total = 0;

	if (summary->skipped < 0)
		return "A count is negative.";
	for (int i = 0; i < SURVEY_SCORES; i++)
	{
		if (summary->count[i] < 0)
			return "A count is negative.";
		total += summary->count[i];
	}
	return total > PG_INT64_MAX ? "There are too many answers." : NULL;
}

/* ----------
 * Scales, scores and options
 * ----------
 */

static SurveyScale
scale_parse(text *name)
{
	for (int i = 0; i < SURVEY_SCALES; i++)
	{
		if (option_is(name, scales[i].name, strlen(scales[i].name)))
			return (SurveyScale) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown survey scale \"%.*s\"",
					shown_length(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)), VARDATA_ANY(name)),
			 errdetail("Valid are nps (answers from 0 to 10), 1-5 and 1-7.")));
}

static void
check_top(int32 top)
{
	if (top < 1 || top > 5)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lowest satisfied score must be from 1 to 5, not %d", top),
				 errhint("csat(score) counts answers of 4 and 5.")));
}

/* A score as an integer on the scale. */
static int
score_read(Numeric num, SurveyScale scale)
{
	int			lowest = scales[scale].lowest;
	int			highest = scales[scale].highest;
	int128		value;
	AmountFit	fit = amount_decode(num, 0, &value);

	if (fit == AMOUNT_SPECIAL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("survey score must be a finite number, not %s",
						DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num)))),
				 errhint("Store NULL where there is no answer.")));
	if (likely(fit == AMOUNT_FITS))
	{
		if (likely(value >= lowest && value <= highest))
			return (int) value;
	}
	else
	{
		Amount		amount = amount_from_numeric(num);

		for (int i = lowest; i <= highest; i++)
		{
			Amount		score = amount_from_int64(i);

			if (amount_cmp(&amount, &score) == 0)
				return i;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("survey score %.100s is not on the scale",
					DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num)))),
			 errdetail("Answers on scale %s are whole numbers from %d to %d.",
					   scales[scale].name, lowest, highest)));
}

/* ----------
 * Transition states
 * ----------
 */

static SurveyState *
state_create(SurveyScale scale, int top)
{
	SurveyState *state = palloc0(sizeof(SurveyState));

	SET_VARSIZE(state, sizeof(SurveyState));
	state->header.version = CODEC_WORKING_VERSION;
	state->header.kind = STATE_KIND;
	state->scale = scale;
	state->top = top;
	return state;
}

static void
state_read(const CodecHeader *working, void *value)
{
	const SurveyState *state = (const SurveyState *) working;
	SurveySummary *summary = value;
	summary->scale = (SurveyScale) state->scale;
	summary->top = state->top;
	summary->skipped = state->skipped;
	memcpy(summary->count, state->count, sizeof(summary->count));
}

/* An argument in whichever form. */
static void
survey_read(Datum datum, SurveySummary *summary)
{
	codec_read(&survey_summary_type, datum, summary);
}

static void
state_merge(SurveyState *state, const SurveySummary *summary)
{
	int64		total = 0;

	if (state->scale != summary->scale)
	{
		/* the same message whichever came first */
		int			a = Min(state->scale, summary->scale);
		int			b = Max(state->scale, summary->scale);

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("answers on different scales cannot be combined"),
				 errdetail("One group has both %s and %s.", scales[a].name, scales[b].name),
				 errhint("Group by scale, or by question.")));
	}
	if (state->top != summary->top)
		report_option("lowest satisfied score", "changes from row to row");
	state->skipped = count_add(state->skipped, summary->skipped);
	for (int i = 0; i < SURVEY_SCORES; i++)
	{
		state->count[i] = count_add(state->count[i], summary->count[i]);
		total = count_add(total, state->count[i]);
	}
}

/*
 * The state in argument 0, ready to be changed, or NULL if there is none.  In
 * an aggregate it is the executor's and may be changed in place; a direct call
 * gets a copy, as the argument may be anybody's.
 */
static SurveyState *
state_from_arg(FunctionCallInfo fcinfo)
{
	SurveyState *state;
	SurveySummary summary;

	if (PG_ARGISNULL(0))
		return NULL;
	state = (SurveyState *) codec_get(&survey_summary_type, PG_GETARG_DATUM(0));
	if (likely(((CodecHeader *) state)->kind == STATE_KIND && AggCheckCallContext(fcinfo, NULL)))
		return state;

	survey_read(PointerGetDatum(state), &summary);
	state = state_create(summary.scale, summary.top);
	state_merge(state, &summary);
	return state;
}

/* What a transition returns: the state, or a value for a direct call. */
static Datum
state_to_result(FunctionCallInfo fcinfo, SurveyState *state)
{
	if (likely(AggCheckCallContext(fcinfo, NULL)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(codec_pack_state(&survey_summary_type, &state->header));
}

/* The one transition function behind all; argument 1 is the score. */
static Datum
survey_transition(FunctionCallInfo fcinfo, SurveyScale scale, int top)
{
	SurveyState *state = state_from_arg(fcinfo);

	if (state == NULL)
		state = state_create(scale, top);
	else if (unlikely(state->scale != scale))
		report_option("survey scale", "changes from row to row");
	else if (unlikely(state->top != top))
		report_option("lowest satisfied score", "changes from row to row");

	if (PG_ARGISNULL(1))
		state->skipped = count_add(state->skipped, 1);
	else
	{
		Numeric		num = (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
		int			score = score_read(num, scale);

		state->count[score] = count_add(state->count[score], 1);
	}
	return state_to_result(fcinfo, state);
}

CODEC_FUNCTION(survey, accum_nps, survey_transition(fcinfo, SURVEY_NPS, 0));
CODEC_FUNCTION(survey, accum_csat, survey_transition(fcinfo, SURVEY_FIVE, 0));
CODEC_FUNCTION(survey, accum_ces, survey_transition(fcinfo, SURVEY_SEVEN, 0));

/* survey_accum(survey_summary, numeric, text) */
PG_FUNCTION_INFO_V1(survey_accum);
Datum
survey_accum(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		report_option("survey scale", "is NULL");
	return survey_transition(fcinfo, scale_parse(PG_GETARG_TEXT_PP(2)), 0);
}

/* survey_accum_csat(survey_summary, numeric, integer) */
PG_FUNCTION_INFO_V1(survey_accum_csat_top);
Datum
survey_accum_csat_top(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		report_option("lowest satisfied score", "is NULL");
	check_top(PG_GETARG_INT32(2));
	return survey_transition(fcinfo, SURVEY_FIVE, PG_GETARG_INT32(2));
}

/* survey_combine(survey_summary, survey_summary), strict */
PG_FUNCTION_INFO_V1(survey_combine);
Datum
survey_combine(PG_FUNCTION_ARGS)
{
	SurveyState *state = state_from_arg(fcinfo);
	SurveySummary summary;

	survey_read(PG_GETARG_DATUM(1), &summary);
	state_merge(state, &summary);
	return state_to_result(fcinfo, state);
}

PG_FUNCTION_INFO_V1(survey_final);
Datum
survey_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(codec_get_packed(&survey_summary_type, PG_GETARG_DATUM(0)));
}

/* ----------
 * Reading
 * ----------
 */

/* An argument, which must be on one of two scales. */
static void
read_on_scale(Datum datum, const char *what, SurveyScale scale, SurveyScale other,
			  SurveySummary *summary)
{
	survey_read(datum, summary);
	if (summary->scale == scale || summary->scale == other)
		return;
	if (scale == other)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is of answers on scale %s, not %s",
						what, scales[scale].name, scales[summary->scale].name)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s is of answers on scale %s or %s, not %s", what,
					scales[scale].name, scales[other].name, scales[summary->scale].name)));
}

/* Answers from one score to another. */
static int64
answers_between(const SurveySummary *summary, int from, int to)
{
	int64		result = 0;

	for (int i = from; i <= to; i++)
		result += summary->count[i];
	return result;
}

static int64
answers(const SurveySummary *summary)
{
	return answers_between(summary, 0, SURVEY_SCORES - 1);
}

static int64
promoters(const SurveySummary *summary)
{
	return answers_between(summary, 9, 10);
}

static int64
passives(const SurveySummary *summary)
{
	return answers_between(summary, 7, 8);
}

static int64
detractors(const SurveySummary *summary)
{
	return answers_between(summary, 0, 6);
}

/* numerator / answers, NULL where nobody answered */
static Datum
return_by_answers(FunctionCallInfo fcinfo, Amount numerator, const SurveySummary *summary)
{
	Amount		denominator = amount_from_int64(answers(summary));

	if (amount_sign(&denominator) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(amount_ratio(&numerator, &denominator));
}

/* nps(survey_summary): also the final function of the aggregate, as the next two */
PG_FUNCTION_INFO_V1(survey_nps);
Datum
survey_nps(PG_FUNCTION_ARGS)
{
	SurveySummary summary;
	int128		difference;

	read_on_scale(PG_GETARG_DATUM(0), "NPS", SURVEY_NPS, SURVEY_NPS, &summary);
	difference = (int128) promoters(&summary) - detractors(&summary);
	return return_by_answers(fcinfo, amount_from_scaled(100 * difference, 0), &summary);
}

static Datum
return_csat(FunctionCallInfo fcinfo, int top)
{
	SurveySummary summary;

	read_on_scale(PG_GETARG_DATUM(0), "CSAT", SURVEY_FIVE, SURVEY_FIVE, &summary);
	if (top == 0)
		top = summary.top == 0 ? USUAL_TOP : summary.top;
	return return_by_answers(fcinfo, amount_from_int64(answers_between(&summary, top, 5)),
							 &summary);
}

/* csat(survey_summary) */
CODEC_FUNCTION(survey, csat, return_csat(fcinfo, 0));

/* csat(survey_summary, integer) */
PG_FUNCTION_INFO_V1(survey_csat_top);
Datum
survey_csat_top(PG_FUNCTION_ARGS)
{
	check_top(PG_GETARG_INT32(1));
	return return_csat(fcinfo, PG_GETARG_INT32(1));
}

/* ces(survey_summary) */
PG_FUNCTION_INFO_V1(survey_ces);
Datum
survey_ces(PG_FUNCTION_ARGS)
{
	SurveySummary summary;
	int128		sum = 0;

	read_on_scale(PG_GETARG_DATUM(0), "CES", SURVEY_SEVEN, SURVEY_FIVE, &summary);
	for (int i = 1; i <= 7; i++)
		sum += (int128) i * summary.count[i];
	return return_by_answers(fcinfo, amount_from_scaled(sum, 0), &summary);
}

/* ces_easy(survey_summary) */
PG_FUNCTION_INFO_V1(survey_ces_easy);
Datum
survey_ces_easy(PG_FUNCTION_ARGS)
{
	SurveySummary summary;

	read_on_scale(PG_GETARG_DATUM(0), "share of easy answers", SURVEY_SEVEN, SURVEY_SEVEN,
				  &summary);
	return return_by_answers(fcinfo, amount_from_int64(answers_between(&summary, 5, 7)),
							 &summary);
}

static Datum
return_count(FunctionCallInfo fcinfo, const char *what,
			 int64 (*count) (const SurveySummary *summary))
{
	SurveySummary summary;

	read_on_scale(PG_GETARG_DATUM(0), what, SURVEY_NPS, SURVEY_NPS, &summary);
	PG_RETURN_INT64(count(&summary));
}

CODEC_FUNCTION(survey, promoters, return_count(fcinfo, "number of promoters", promoters));
CODEC_FUNCTION(survey, passives, return_count(fcinfo, "number of passives", passives));
CODEC_FUNCTION(survey, detractors, return_count(fcinfo, "number of detractors", detractors));

PG_FUNCTION_INFO_V1(survey_responses);
Datum
survey_responses(PG_FUNCTION_ARGS)
{
	SurveySummary summary;

	survey_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(answers(&summary));
}

PG_FUNCTION_INFO_V1(survey_skipped_rows);
Datum
survey_skipped_rows(PG_FUNCTION_ARGS)
{
	SurveySummary summary;

	survey_read(PG_GETARG_DATUM(0), &summary);
	PG_RETURN_INT64(summary.skipped);
}

/*
 * nps_ci(survey_summary, level double precision) -> (low, high, n)
 *
 * An answer is worth 100, 0 or -100.  The interval is the score interval of their
 * mean; the normal one with the observed variance is too sure where nearly all
 * are promoters, see doc/voice.md.
 */
PG_FUNCTION_INFO_V1(survey_nps_ci);
Datum
survey_nps_ci(PG_FUNCTION_ARGS)
{
	SurveySummary summary;
	double		level = level_from_arg(fcinfo, 1);
	int64		n;
	TupleDesc	desc;
	Datum		values[3] = {0};
	bool		nulls[3] = {true, true, false};

	read_on_scale(PG_GETARG_DATUM(0), "NPS", SURVEY_NPS, SURVEY_NPS, &summary);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	n = answers(&summary);
	values[2] = Int64GetDatum(n);
	if (n >= 2)
	{
		double		low;
		double		high;

		tango_interval(promoters(&summary), detractors(&summary), n,
					   normal_quantile(level), &low, &high);
		values[0] = Float8GetDatum(100 * low);
		values[1] = Float8GetDatum(100 * high);
		nulls[0] = nulls[1] = false;
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

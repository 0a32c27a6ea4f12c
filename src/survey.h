/*-------------------------------------------------------------------------
 *
 * survey.h
 *	  Type survey_summary: how many answers of a survey there were at each
 *	  point of its scale.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_SURVEY_H
#define CCX_SURVEY_H

#include "codec.h"

/* The numbers are on disk: never change one. */
typedef enum SurveyScale
{
	SURVEY_NPS = 0,				/* 0 to 10 */
	SURVEY_FIVE = 1,			/* 1 to 5 */
	SURVEY_SEVEN = 2			/* 1 to 7 */
} SurveyScale;

#define SURVEY_SCALES	(SURVEY_SEVEN + 1)

/* scores of every scale are below this */
#define SURVEY_SCORES	11

/* The type itself. */
typedef struct SurveySummary
{
	SurveyScale scale;

	/*
	 * From which score on an answer on the scale 1 to 5 is satisfied, where
	 * csat(score, top) was told; else 0.  The state of that aggregate can
	 * travel as a value, so the value has to know.
	 */
	int			top;
	int64		skipped;		/* rows without a score */
	int64		count[SURVEY_SCORES];	/* by score */
} SurveySummary;

extern const CodecType survey_summary_type;

#endif							/* CCX_SURVEY_H */

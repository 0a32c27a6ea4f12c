-- Qualtrics, as Fivetran lands it, for ccx: survey answers.  See doc/sources.md.
--
--   psql -v landed=qualtrics -v customer_key=account_id -f examples/sources/qualtrics.sql
--
-- Reads question, question_option, question_response, survey, survey_embedded_data, survey_response.  Who the customer is
-- travels as embedded data: customer_key is its name (default customer_id).

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed qualtrics \endif
\if :{?source} \else \set source qualtrics \endif
\if :{?zone}   \else \set zone UTC         \endif
\if :{?customer_key} \else \set customer_key customer_id \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- Which questions are on which scale.  NPS is a kind of question.  A question is CSAT or CES when the survey is made for that
-- and the recoded values of its choices are 1 to 5, or 1 to 7: five choices alone may be five countries.  Look at the others
-- and add yours.  The id of a question is unique in its survey only.
CREATE OR REPLACE VIEW :"views".questions AS
SELECT q.survey_id, q.id AS question_id, q.question_text,
       CASE WHEN q.selector = 'NPS' THEN 'nps'
            WHEN s.project_type = 'CustomerSatisfactionScore' AND o.codes = '{1,2,3,4,5}' THEN '1-5'
            WHEN s.project_type = 'CustomerEffortScore' AND o.codes = '{1,2,3,4,5,6,7}' THEN '1-7' END AS scale
FROM question AS q
JOIN survey AS s ON s.id = q.survey_id AND s._fivetran_deleted IS NOT TRUE
LEFT JOIN LATERAL (SELECT array_agg(DISTINCT recode_value::integer ORDER BY recode_value::integer) AS codes
                   FROM question_option AS o
                   WHERE o.survey_id = q.survey_id AND o.question_id = q.id AND o._fivetran_deleted IS NOT TRUE
                     AND o.recode_value BETWEEN 1 AND 7) AS o ON true
WHERE q._fivetran_deleted IS NOT TRUE;

-- Answers of finished responses; previews (status bit 1), tests (2) and what Qualtrics takes for spam (8) do not count.  An answer
-- is of the day on which the respondent ended: unfinished ones are recorded a week later, by themselves.  The score is the
-- recoded value (the text is what was read), or the one of the choice where the answer has none; what is off the scale, such as
-- a "don't know" of 99, is left out.  Each statement of a matrix is an answer of its own.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, nullif(c.value, '') AS customer, nullif(lower(r.recipient_email), '') AS respondent,
       concat_ws('/', a.survey_id, a.question_id, a.sub_question_key::text) AS survey,
       to_timestamp(extract(epoch FROM r.end_date)) AS answered_at, a.scale, a.score
FROM (SELECT v.response_id, q.survey_id, q.question_id, v.sub_question_key, q.scale, coalesce(v.value, o.recode_value)::numeric AS score
      FROM question_response AS v
      JOIN survey_response AS r ON r.id = v.response_id
      JOIN :"views".questions AS q ON q.survey_id = r.survey_id AND q.question_id = v.question_id
      LEFT JOIN question_option AS o ON o.survey_id = q.survey_id AND o.question_id = q.question_id AND o.key::text = v.question_option_key::text
                                    AND o._fivetran_deleted IS NOT TRUE) AS a
JOIN survey_response AS r ON r.id = a.response_id
LEFT JOIN survey_embedded_data AS c ON c.response_id = r.id AND c.key = :'customer_key'
WHERE r.finished::integer = 1 AND r.status & 11 = 0
  AND CASE a.scale WHEN 'nps' THEN a.score BETWEEN 0 AND 10 WHEN '1-5' THEN a.score BETWEEN 1 AND 5 WHEN '1-7' THEN a.score BETWEEN 1 AND 7 END;
COMMIT;

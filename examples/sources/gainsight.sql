-- Gainsight CS (NXT) for ccx: customers, segments, MRR, renewals, survey answers, milestones, health signals.  See
-- doc/sources.md.  Gainsight PX: gainsight_px.sql.
--
--   psql -v landed=gainsight -v zone=Europe/Paris -v amounts=arr -v currency=USD -f examples/sources/gainsight.sql
--
-- Reads call_to_action, company, da_picklist, gs_opportunity, survey_participant, survey_user_answer, and two tables that
-- you make.  company_snapshot: Gainsight has only the present, so keep it, at the end of each month and before midnight,
-- with INSERT INTO company_snapshot SELECT current_date, gsid, mrr, arr, managed_as, current_score FROM company.
-- survey_scale (question_id, scale): which questions are of which scale of ccx (nps, 1-5, 1-7); others are left out.
-- amounts says what the amounts of opportunities are, arr or mrr: Gainsight asks for one of them and does not look.

\set ON_ERROR_STOP on
\if :{?landed}   \else \set landed gainsight \endif
\if :{?source}   \else \set source gainsight \endif
\if :{?zone}     \else \set zone UTC         \endif
\if :{?amounts}  \else \set amounts arr      \endif
\if :{?currency} \else \set currency ''      \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- Prospects and partners are companies, but not customers; a former customer is one that left.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, gsid AS customer, name, NULL::text AS external_id, parent_company AS parent, original_contract_date AS since
FROM company WHERE managed_as IN ('Customer', 'Ex-customer');

-- Picklists hold the id of an item, whose label is elsewhere; or the label, as some loaders put it.
CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, c.gsid AS customer, d.dimension::text, coalesce(p.label, d.value) AS value, NULL::date AS valid_from, NULL::date AS valid_to
FROM company AS c, LATERAL (VALUES ('stage', c.stage), ('status', c.status)) AS d (dimension, value)
LEFT JOIN da_picklist AS p ON p.gsid = d.value
WHERE c.managed_as IN ('Customer', 'Ex-customer') AND d.value IS NOT NULL;

-- A month is what its last snapshot says.  It holds until the month of the next snapshot that was taken at all: a month in
-- which the job did not run is not one in which everybody left.  Who is no customer pays nothing, though the amount stays
-- on the company.  ARR stands in where there is no MRR.  One-time revenue is not in either.
CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, s.gsid AS customer, s.gsid AS contract, 'recurring'::text AS part, m.month AS valid_from,
       coalesce(m.next_month, (m.month + interval '1 month')::date) AS valid_to, coalesce(s.mrr, s.arr / 12) AS mrr, nullif(:'currency', '') AS currency
FROM (SELECT date_trunc('month', taken_on::timestamp)::date AS month, max(taken_on) AS taken_on,
             lead(date_trunc('month', taken_on::timestamp)::date) OVER (ORDER BY date_trunc('month', taken_on::timestamp)) AS next_month
      FROM company_snapshot GROUP BY date_trunc('month', taken_on::timestamp)) AS m
JOIN company_snapshot AS s USING (taken_on)
WHERE s.managed_as = 'Customer' AND coalesce(s.mrr, s.arr / 12) <> 0;

-- Renewed is what was closed with an amount.  Lost ones have a close date, too, and a final amount of 0; that of open ones is
-- when somebody hopes to close them, and has no final amount.
CREATE OR REPLACE VIEW :"views".renewals AS
SELECT :'source'::text AS source, o.company AS customer, o.gsid AS contract, o.due_date AS due, o.target_amount * u.a_year AS arr_due,
       CASE WHEN o.final_amount > 0 THEN o.close_date END AS renewed_on,
       CASE WHEN o.final_amount > 0 THEN o.final_amount * u.a_year END AS arr_renewed, nullif(:'currency', '') AS currency
FROM gs_opportunity AS o, (SELECT CASE :'amounts' WHEN 'arr' THEN 1 WHEN 'mrr' THEN 12 END AS a_year) AS u
WHERE o.deleted IS NOT TRUE;

-- The score is the text of the answer, a number; answer_rank is the place among the options, which for 0 is 1.  Who answered
-- twice counts with the last answer.  Answers of people whose company is not known stay, without a customer.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT DISTINCT ON (a.participant_id, a.question_id)
       :'source'::text AS source, p.company_id AS customer, a.participant_id AS respondent, a.survey_id AS survey,
       to_timestamp(extract(epoch FROM a.responded_date)) AS answered_at, s.scale, a.answer_text::numeric AS score
FROM survey_user_answer AS a
JOIN survey_scale AS s USING (question_id)
LEFT JOIN survey_participant AS p USING (participant_id)
WHERE a.answer_text ~ '^[0-9]+$'
ORDER BY a.participant_id, a.question_id, a.responded_date DESC;

-- Calls to action that end in a milestone are onboarding; the others are everyday work.  Closed is reached, whoever or
-- whatever rule closed it.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, account AS customer, milestone, min(to_timestamp(extract(epoch FROM at))) AS at
FROM (SELECT account, 'onboarding_started'::text AS milestone, created_date AS at FROM call_to_action WHERE final_milestone IS NOT NULL
      UNION ALL
      SELECT account, final_milestone, closed_date FROM call_to_action WHERE final_milestone IS NOT NULL AND closed_date IS NOT NULL) AS c
GROUP BY account, milestone;

-- The scorecard as it was on the day of each snapshot, not today's: a back-test must not know what came after.  A score that
-- is a colour or an id rather than a number is missing.
CREATE OR REPLACE VIEW :"views".health_signals AS
SELECT :'source'::text AS source, gsid AS customer, 'gainsight_scorecard'::text AS signal, taken_on AS day,
       CASE WHEN current_score ~ '^[0-9]+([.][0-9]+)?$' THEN current_score::numeric END AS score
FROM company_snapshot
WHERE managed_as = 'Customer' AND current_score IS NOT NULL;
COMMIT;

-- HubSpot, as Fivetran lands it, for ccx: customers, segments, renewals, tickets, survey answers, meetings, milestones.
-- See doc/sources.md.
--
--   psql -v landed=hubspot -v zone=Europe/Paris -f examples/sources/hubspot.sql
--
-- Reads company, contact_company, deal, deal_company, deal_pipeline, deal_pipeline_stage, deal_property_history, deal_stage,
-- engagement_company, engagement_meeting, feedback_submission, merged_deal, ticket, ticket_company, ticket_pipeline_stage.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed hubspot \endif
\if :{?source} \else \set source hubspot \endif
\if :{?zone}   \else \set zone UTC       \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- A customer is a company.  (Its annual revenue is what it earns, not what it pays.)
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id::text AS customer, property_name AS name, NULL::text AS external_id, NULL::text AS parent,
       (to_timestamp(extract(epoch FROM property_createdate)) AT TIME ZONE :'zone')::date AS since
FROM company
WHERE is_deleted IS NOT TRUE;

-- As they are today, and so since ever: no history of companies lands.  A blank may be dressed as a word.
CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, id::text AS customer, dimension::text, value, NULL::date AS valid_from, NULL::date AS valid_to
FROM company, LATERAL (VALUES ('industry', property_industry), ('country', property_country)) AS p (dimension, value)
WHERE is_deleted IS NOT TRUE AND lower(trim(value)) NOT IN ('', 'null', 'n/a');

-- One company for a deal or a ticket, though several may be tied to it: the one tied as primary (association types 5 and 26
-- of HubSpot), else the oldest.  Pipelines and stages that were deleted still say what a deal was and how it ended.
CREATE OR REPLACE VIEW :"views".deals AS
SELECT d.deal_id, c.company_id::text AS customer, p.label AS pipeline, s.is_closed, s.closed_won,
       to_timestamp(extract(epoch FROM d.property_createdate)) AS created,
       to_timestamp(extract(epoch FROM d.property_closedate)) AS closes, d.property_amount::numeric AS amount
FROM deal AS d
LEFT JOIN LATERAL (SELECT company_id FROM deal_company AS c WHERE c.deal_id = d.deal_id ORDER BY (type_id = 5) IS TRUE DESC, company_id LIMIT 1) AS c ON true
LEFT JOIN deal_pipeline AS p ON p.pipeline_id = d.deal_pipeline_id
LEFT JOIN deal_pipeline_stage AS s ON s.stage_id = d.deal_pipeline_stage_id
WHERE d.is_deleted IS NOT TRUE
  AND NOT EXISTS (SELECT FROM merged_deal AS m WHERE m.merged_deal_id = d.deal_id);  -- lives on in another deal

-- Renewals are the deals of pipelines with "renewal" in their name.  The close date of an open deal is when it is due, of a
-- closed one when it was closed: due is the first close date that the deal was given, which its history has, and the amount
-- due the first amount.  Amounts are taken as a year's, in the currency of the portal.
CREATE OR REPLACE VIEW :"views".renewals AS
SELECT :'source'::text AS source, customer, deal_id::text AS contract,
       (coalesce(first_close, closes) AT TIME ZONE :'zone')::date AS due, coalesce(first_amount, amount) AS arr_due,
       CASE WHEN closed_won THEN (closes AT TIME ZONE :'zone')::date END AS renewed_on,
       CASE WHEN closed_won THEN amount END AS arr_renewed, NULL::text AS currency
FROM :"views".deals AS d
LEFT JOIN LATERAL (SELECT CASE WHEN value ~ '^\d{12,13}$' THEN to_timestamp(value::numeric / 1000)   -- epoch milliseconds
                               ELSE to_timestamp(extract(epoch FROM value::timestamptz AT TIME ZONE 'UTC')) END AS first_close
                   FROM deal_property_history AS h
                   WHERE h.deal_id = d.deal_id AND h.name = 'closedate' AND h.value <> ''
                   ORDER BY "timestamp" LIMIT 1) AS c ON true
LEFT JOIN LATERAL (SELECT value::numeric AS first_amount
                   FROM deal_property_history AS h
                   WHERE h.deal_id = d.deal_id AND h.name = 'amount' AND h.value <> ''
                   ORDER BY "timestamp" LIMIT 1) AS a ON true
WHERE pipeline ILIKE '%renewal%' AND coalesce(first_close, closes) IS NOT NULL;

-- Whether a ticket is closed, its stage knows (of its pipeline: the same stage id occurs in several); one with a close date in
-- an open stage was opened again.  Where the stage is not known the close date tells.  A ticket closed before it was created
-- stays as it is: ccx skips and counts it.
CREATE OR REPLACE VIEW :"views".tickets AS
SELECT :'source'::text AS source, c.company_id::text AS customer, t.id::text AS ticket,
       to_timestamp(extract(epoch FROM t.property_createdate)) AS opened_at,
       to_timestamp(extract(epoch FROM t.property_first_agent_reply_date)) AS first_reply_at,
       CASE WHEN state.closed THEN to_timestamp(extract(epoch FROM t.property_closed_date)) END AS resolved_at,
       CASE WHEN state.closed THEN 'resolved' ELSE 'open' END::text AS status,
       t.property_hs_ticket_priority AS priority, NULL::text AS channel
FROM ticket AS t
LEFT JOIN LATERAL (SELECT company_id FROM ticket_company AS c WHERE c.ticket_id = t.id ORDER BY (type_id = 26) IS TRUE DESC, company_id LIMIT 1) AS c ON true
LEFT JOIN ticket_pipeline_stage AS s ON s.stage_id = t.property_hs_pipeline_stage AND s.pipeline_id = t.property_hs_pipeline,
     LATERAL (SELECT t.property_closed_date IS NOT NULL AND coalesce(s.is_closed OR s.ticket_state = 'CLOSED', true) AS closed) AS state
WHERE t.is_deleted IS NOT TRUE;

-- Feedback submissions.  HubSpot's CSAT has three faces, 0 to 2: here 1, 3 and 5, so that the happy ones are the top box.  NPS is
-- 0 to 10 and CES 1 to 7 as everywhere; custom surveys have no scale that could be known, and answers off it are left out.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, c.company_id::text AS customer, f.property_hs_contact_id::text AS respondent, f.property_hs_survey_name AS survey,
       to_timestamp(extract(epoch FROM f.property_hs_submission_timestamp)) AS answered_at, a.scale, a.score
FROM feedback_submission AS f
LEFT JOIN LATERAL (SELECT company_id FROM contact_company AS c
                   WHERE c.contact_id = f.property_hs_contact_id::bigint ORDER BY (type_id = 1) IS TRUE DESC, company_id LIMIT 1) AS c ON true,
     LATERAL (SELECT CASE property_hs_survey_type WHEN 'NPS' THEN 'nps' WHEN 'CSAT' THEN '1-5' WHEN 'CES' THEN '1-7' END AS scale,
                     CASE property_hs_survey_type WHEN 'CSAT' THEN 2 * property_hs_value::numeric + 1 ELSE property_hs_value::numeric END AS score) AS a
WHERE f._fivetran_deleted IS NOT TRUE
  AND CASE a.scale WHEN 'nps' THEN score BETWEEN 0 AND 10 WHEN '1-5' THEN score IN (1, 3, 5) WHEN '1-7' THEN score BETWEEN 1 AND 7 END;

-- Meetings by company and day; one with two companies is a meeting of each.  Seconds that were taken for milliseconds start in
-- January 1970: they are put right.  Meetings that did not take place do not count.
CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, c.company_id::text AS customer, (m.starts AT TIME ZONE :'zone')::date AS day, 'meetings'::text AS measure,
       count(*)::numeric AS n
FROM (SELECT engagement_id, meeting_outcome,
             to_timestamp(extract(epoch FROM start_time) * CASE WHEN start_time < '1970-02-01' THEN 1000 ELSE 1 END) AS starts
      FROM engagement_meeting) AS m
LEFT JOIN (SELECT DISTINCT engagement_id, company_id FROM engagement_company) AS c USING (engagement_id)
WHERE coalesce(m.meeting_outcome, '') NOT IN ('CANCELED', 'NO_SHOW', 'RESCHEDULED')
GROUP BY c.company_id, day;

-- Won: the first deal that reached a won stage, when it entered that.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, d.customer, 'won'::text AS milestone, min(to_timestamp(extract(epoch FROM h.date_entered))) AS at
FROM :"views".deals AS d
JOIN deal_stage AS h ON h.deal_id = d.deal_id
JOIN deal_pipeline_stage AS s ON s.stage_id = h.value AND s.closed_won
WHERE d.closed_won AND d.customer IS NOT NULL
GROUP BY d.customer;
COMMIT;

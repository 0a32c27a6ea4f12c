-- Pendo, as Fivetran lands it, for ccx: customers, segments, usage, NPS, milestones.  See doc/sources.md.
--
--   psql -v landed=pendo -v zone=Europe/Paris -f examples/sources/pendo.sql
--
-- Reads account_history, event, feature_event, guide_event, poll, poll_event.  Do not load the IP addresses and coordinates
-- that the event tables have: nothing here needs them.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed pendo \endif
\if :{?source} \else \set source pendo \endif
\if :{?zone}   \else \set zone UTC     \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.  A time of 1970-01-01 is Pendo's "never".

-- The latest version of each account.
CREATE OR REPLACE VIEW :"views".accounts AS
SELECT DISTINCT ON (id) *
FROM account_history
ORDER BY id, last_updated_at DESC;

-- agent_ columns are what your own product tells Pendo about an account, salesforce_ ones what Pendo reads there.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id AS customer, agent_name AS name, agent_salesforceaccountid AS external_id, NULL::text AS parent,
       CASE WHEN first_visit >= '1971-01-01' THEN (to_timestamp(extract(epoch FROM first_visit)) AT TIME ZONE :'zone')::date END AS since
FROM :"views".accounts;

-- From the versions: one holds until the next; the first since ever, the last until now.
CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, id AS customer, dimension::text, value, valid_from, valid_to
FROM (SELECT id, agent_planlevel, agent_is_paying,
             CASE WHEN row_number() OVER version > 1 THEN (to_timestamp(extract(epoch FROM last_updated_at)) AT TIME ZONE :'zone')::date END AS valid_from,
             (to_timestamp(extract(epoch FROM lead(last_updated_at) OVER version)) AT TIME ZONE :'zone')::date AS valid_to
      FROM account_history
      WINDOW version AS (PARTITION BY id ORDER BY last_updated_at)) AS v,
     LATERAL (VALUES ('plan', agent_planlevel), ('paying', agent_is_paying::boolean::text)) AS p (dimension, value)
WHERE value <> '' AND (valid_to > valid_from) IS NOT FALSE;

-- A row of event is what a visitor did in an hour: num_events of them, in num_minutes; it is added up, not counted.  Page and
-- feature events are in it already; feature events are given apart, as a measure of their own, for adoption.  An hour belongs to
-- the day that it begins on.  Visitors without an account have no customer.
CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, customer, day, measure::text, sum(n) AS n
FROM (SELECT nullif(account_id, '') AS customer, (to_timestamp(extract(epoch FROM "timestamp")) AT TIME ZONE :'zone')::date AS day, measure, n
      FROM event, LATERAL (VALUES ('events', num_events::numeric), ('minutes', num_minutes::numeric)) AS m (measure, n)
      UNION ALL
      SELECT nullif(account_id, ''), (to_timestamp(extract(epoch FROM "timestamp")) AT TIME ZONE :'zone')::date, 'feature events', num_events
      FROM feature_event) AS e
WHERE n > 0
GROUP BY customer, day, measure;

-- Answers to NPS polls, as long as they are on the scale; other polls answer with ids of their choices.  Every answer counts: take
-- the latest of each respondent if yours answer often.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, nullif(e.account_id, '') AS customer, e.visitor_id AS respondent, p.question AS survey,
       to_timestamp(extract(epoch FROM e."timestamp")) AS answered_at, 'nps'::text AS scale, trim(e.poll_response)::numeric AS score
FROM poll_event AS e
JOIN poll AS p ON p.id = e.poll_id
WHERE p.attribute_type = 'NPSRating' AND e.poll_response ~ '^\s*([0-9]|10)\s*$';

-- First use, and the first time that somebody of the account did what a guide proposes (seen or dismissed is not done).
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, customer, milestone, at
FROM (SELECT id AS customer, 'first_use' AS milestone, to_timestamp(extract(epoch FROM first_visit)) AS at FROM :"views".accounts
      UNION ALL
      SELECT account_id, 'guide ' || guide_id, min(to_timestamp(extract(epoch FROM "timestamp")))
      FROM guide_event WHERE type = 'guideActivity' AND account_id <> '' GROUP BY account_id, guide_id) AS m
WHERE at >= '1971-01-01 00:00+00';
COMMIT;

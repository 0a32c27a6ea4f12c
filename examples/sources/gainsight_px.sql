-- Gainsight PX, as its API has it, for ccx: customers, segments, NPS, usage, milestones.  See doc/sources.md.
--
--   psql -v landed=gainsight_px -v zone=Europe/Paris -v answered=ANSWERED -f examples/sources/gainsight_px.sql
--
-- Reads accounts, custom_events, feature_match_events, session_events, survey_responses, users.  Names are those of the API,
-- which have capitals.  answered is the surveyState of an answer; look at what yours has:
-- SELECT "surveyState", count(*), count(score) FROM survey_responses GROUP BY 1.

\set ON_ERROR_STOP on
\if :{?landed}   \else \set landed gainsight_px \endif
\if :{?source}   \else \set source gainsight_px \endif
\if :{?zone}     \else \set zone UTC            \endif
\if :{?answered} \else \set answered ANSWERED   \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- Times are milliseconds since 1970, UTC; 0 is never.

-- The id is the one that your application gave; sfdcId is the account in Salesforce, and where Gainsight CS meets it.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id AS customer, name, "sfdcId" AS external_id, "parentGroupId" AS parent,
       (to_timestamp(nullif("createDate", 0) / 1000.0) AT TIME ZONE :'zone')::date AS since
FROM accounts;

CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, id AS customer, 'plan'::text AS dimension, plan AS value, NULL::date AS valid_from, NULL::date AS valid_to
FROM accounts WHERE plan IS NOT NULL;

-- A survey gives rows for being shown, for the answer, for the comment, all of one executionId: the answer is one, the last.
-- A survey that was shown may have a score of 0, which nobody gave.  Other types than NPS have scales of your own.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT DISTINCT ON ("executionId") :'source'::text AS source, "accountId" AS customer, "identifyId" AS respondent, "engagementId" AS survey,
       to_timestamp(date / 1000.0) AS answered_at, 'nps'::text AS scale, score::numeric AS score
FROM survey_responses
WHERE "questionType" = 'NPS' AND "surveyState" = :'answered' AND score IS NOT NULL
ORDER BY "executionId", date DESC;

-- An event counts once, whatever often it was loaded.  Page views are left out: a click on a page would be two events.
CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, "accountId" AS customer, (to_timestamp(date / 1000.0) AT TIME ZONE :'zone')::date AS day, measure, count(DISTINCT "eventId")::numeric AS n
FROM (SELECT 'features'::text AS measure, "eventId", date, "accountId" FROM feature_match_events
      UNION ALL
      SELECT 'events', "eventId", date, "accountId" FROM custom_events
      UNION ALL
      SELECT 'sessions', "eventId", date, "accountId" FROM session_events) AS e
GROUP BY "accountId", day, measure;

-- Of an account's first user to do so.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, "accountId" AS customer, milestone, min(to_timestamp(at / 1000.0)) AS at
FROM (SELECT "accountId", 'signed_up'::text AS milestone, "signUpDate" AS at FROM users
      UNION ALL
      SELECT "accountId", 'first_use', "firstVisitDate" FROM users) AS u
WHERE at > 0
GROUP BY "accountId", milestone;
COMMIT;

-- Delighted, as Airbyte lands it, for ccx: survey answers.  See doc/sources.md.
--
--   psql -v landed=delighted -v customer_key=account_id -f examples/sources/delighted.sql
--
-- Reads survey_responses: a raw table, with a record of the API as jsonb in _airbyte_data.  Delighted asks persons: who their
-- customer is travels in person_properties, where customer_key is its name (default customer_id).

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed delighted \endif
\if :{?source} \else \set source delighted \endif
\if :{?customer_key} \else \set customer_key customer_id \endif
\set views source_ :source

BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- A raw table gets a record again when the answer is changed: the one updated last is it.  Times are epoch seconds, though
-- Airbyte's own are milliseconds.  NPS is 0 to 10; csat, ces, smileys and stars have five points, ces7 has seven; the other
-- kinds of survey have no scale of ccx.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, nullif(r -> 'person_properties' ->> :'customer_key', '') AS customer, r ->> 'person' AS respondent,
       r ->> 'survey_type' AS survey, to_timestamp((r ->> 'created_at')::bigint) AS answered_at, scale, (r ->> 'score')::numeric AS score
FROM (SELECT DISTINCT ON (_airbyte_data ->> 'id') _airbyte_data AS r
      FROM survey_responses
      ORDER BY _airbyte_data ->> 'id', (_airbyte_data ->> 'updated_at')::bigint DESC) AS l,
     LATERAL (SELECT CASE WHEN r ->> 'survey_type' = 'nps' THEN 'nps'
                          WHEN r ->> 'survey_type' IN ('csat', 'ces', 'smileys', 'stars5') THEN '1-5'
                          WHEN r ->> 'survey_type' = 'ces7' THEN '1-7' END AS scale) AS s
WHERE scale IS NOT NULL AND r ->> 'score' IS NOT NULL;
COMMIT;

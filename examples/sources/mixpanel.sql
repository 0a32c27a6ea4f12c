-- Mixpanel, as Fivetran lands it, for ccx: usage, milestones.  See doc/sources.md.
--
--   psql -v landed=mixpanel -v zone=Europe/Paris -v customer_key=company_id -v activated=report_created -f examples/sources/mixpanel.sql
--
-- Reads event.  Events are of persons: which customer they are of is a property, customer_key (default: company_id).
-- activated is the event after which a customer counts as activated; without it that milestone is left out.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed mixpanel \endif
\if :{?source} \else \set source mixpanel \endif
\if :{?zone}   \else \set zone UTC        \endif
\if :{?customer_key} \else \set customer_key company_id \endif
\if :{?activated} \else \set activated '' \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- insert_id is Mixpanel's own key against doubles: of several rows with one, the first that landed.  time is an instant in UTC,
-- whether timestamp or timestamptz; an export in the project's zone has to be put right first.
CREATE OR REPLACE VIEW :"views".events AS
SELECT DISTINCT ON (insert_id) insert_id, nullif(properties::jsonb ->> :'customer_key', '') AS customer, name, to_timestamp(extract(epoch FROM time)) AS at
FROM event
ORDER BY insert_id, _fivetran_synced, time;

CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, customer, (at AT TIME ZONE :'zone')::date AS day, 'events'::text AS measure, count(*)::numeric AS n
FROM :"views".events
GROUP BY customer, day;

CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, customer, milestone::text, min(at) AS at
FROM :"views".events, LATERAL (VALUES ('first_use', true), ('activated', name = :'activated')) AS m (milestone, reached)
WHERE reached AND customer IS NOT NULL
GROUP BY customer, milestone;
COMMIT;

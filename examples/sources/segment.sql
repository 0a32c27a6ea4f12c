-- Segment, as its warehouse connector lands it, for ccx: customers, usage, milestones.  See doc/sources.md.
--
--   psql -v landed=segment -v zone=Europe/Paris -v 'activated=Create Report' -f examples/sources/segment.sql
--
-- Reads groups, tracks, users.  A customer is a group.  activated is the event (or its text) after which a customer counts as
-- activated; without it that milestone is left out.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed segment \endif
\if :{?source} \else \set source segment \endif
\if :{?zone}   \else \set zone UTC       \endif
\if :{?activated} \else \set activated '' \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- Every call to group() lands: the last one about a group is how it is, the first creation is when it began.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, group_id AS customer, (array_agg(name ORDER BY received_at DESC))[1] AS name,
       NULL::text AS external_id, NULL::text AS parent,
       (to_timestamp(extract(epoch FROM min(created_at))) AT TIME ZONE :'zone')::date AS since
FROM groups
GROUP BY group_id;

-- Events once each (a client that gets no answer sends again), when they happened by a clock that is put right (timestamp), not
-- when they were sent or received.  The customer is the one that the event names, else the user's.  What visitors did before
-- they were known stays without a customer: it was not use by a customer then.
CREATE OR REPLACE VIEW :"views".events AS
SELECT DISTINCT ON (t.id) t.id, coalesce(nullif(t.context_group_id, ''), nullif(u.context_group_id, '')) AS customer, t.event, t.event_text,
       to_timestamp(extract(epoch FROM t."timestamp")) AS at
FROM tracks AS t
LEFT JOIN users AS u ON u.user_id = t.user_id
ORDER BY t.id, t.received_at;

CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, customer, (at AT TIME ZONE :'zone')::date AS day, 'events'::text AS measure, count(*)::numeric AS n
FROM :"views".events
GROUP BY customer, day;

CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, customer, milestone::text, min(at) AS at
FROM :"views".events,
     LATERAL (VALUES ('signed_up', event = 'Signed Up'), ('first_use', event <> 'Signed Up'),
                     ('activated', :'activated' IN (event, event_text) AND :'activated' <> '')) AS m (milestone, reached)
WHERE reached AND customer IS NOT NULL
GROUP BY customer, milestone;
COMMIT;

-- Freshdesk, as Airbyte lands it, for ccx: customers, segments, health signals, tickets, SLA, satisfaction, costs.  See
-- doc/sources.md.
--
--   psql -v landed=freshdesk -v zone=Europe/Paris -f examples/sources/freshdesk.sql
--
-- Reads companies, conversations, satisfaction_ratings, tickets, time_entries: raw tables, with a record of the API as
-- jsonb in _airbyte_data.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed freshdesk \endif
\if :{?source} \else \set source freshdesk \endif
\if :{?zone}   \else \set zone UTC         \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- Instants are text with a Z, the same in every time zone of the session.  A raw table gets a record again each time that it
-- changes, or that a sync is repeated: the one updated last is it.
CREATE OR REPLACE VIEW :"views".latest_companies AS
SELECT DISTINCT ON (_airbyte_data ->> 'id') _airbyte_data ->> 'id' AS id, _airbyte_data AS r FROM companies
ORDER BY _airbyte_data ->> 'id', (_airbyte_data ->> 'updated_at')::timestamptz DESC;

CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id AS customer, r ->> 'name' AS name, NULL::text AS external_id, NULL::text AS parent,
       ((r ->> 'created_at')::timestamptz AT TIME ZONE :'zone')::date AS since
FROM :"views".latest_companies;

-- As they are today; Freshdesk keeps no former ones.
CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, id AS customer, dimension, r ->> dimension AS value, NULL::date AS valid_from, NULL::date AS valid_to
FROM :"views".latest_companies, unnest('{account_tier,industry}'::text[]) AS dimension
WHERE r ->> dimension IS NOT NULL;

-- renewal_date is of no use without what is to be renewed: take renewals from where the contracts are.

-- Health is a word that somebody chose, of a list that can be changed.  A word that is not here has no score.
CREATE OR REPLACE VIEW :"views".health_signals AS
SELECT :'source'::text AS source, id AS customer, 'freshdesk_health'::text AS signal,
       ((r ->> 'updated_at')::timestamptz AT TIME ZONE :'zone')::date AS day,
       CASE r ->> 'health_score' WHEN 'Happy' THEN 100 WHEN 'Doing okay' THEN 50 WHEN 'At risk' THEN 0 END::numeric AS score
FROM :"views".latest_companies
WHERE r ->> 'health_score' IS NOT NULL;

-- Spam and what was deleted are no tickets.
CREATE OR REPLACE VIEW :"views".live_tickets AS
SELECT id, r
FROM (SELECT DISTINCT ON (_airbyte_data ->> 'id') _airbyte_data ->> 'id' AS id, _airbyte_data AS r FROM tickets
      ORDER BY _airbyte_data ->> 'id', (_airbyte_data ->> 'updated_at')::timestamptz DESC) AS t
WHERE (r ->> 'spam')::boolean IS NOT TRUE AND (r ->> 'deleted')::boolean IS NOT TRUE;

-- Without first_responded_at the first reply is the first message out: not one coming in, not a note, not an automatic one.
CREATE OR REPLACE VIEW :"views".replies AS
SELECT _airbyte_data ->> 'ticket_id' AS ticket_id, min((_airbyte_data ->> 'created_at')::timestamptz) AS first_reply_at
FROM conversations
WHERE NOT (_airbyte_data ->> 'incoming')::boolean AND NOT (_airbyte_data ->> 'private')::boolean
  AND (_airbyte_data ->> 'auto_response')::boolean IS NOT TRUE
GROUP BY 1;

-- 2 open, 3 pending, 4 resolved, 5 closed, 6 waiting on the customer; the other ones (7 waiting on a third party, and your
-- own) are open.  resolved_at comes before closed_at, which is set days later; and a ticket that was opened again is not
-- resolved, whatever its stats say.  Merged tickets are closed like others, and nothing in them tells.
CREATE OR REPLACE VIEW :"views".tickets AS
SELECT :'source'::text AS source, r ->> 'company_id' AS customer, id AS ticket, (r ->> 'created_at')::timestamptz AS opened_at,
       coalesce((r -> 'stats' ->> 'first_responded_at')::timestamptz, p.first_reply_at) AS first_reply_at,
       CASE WHEN r ->> 'status' IN ('4', '5')
            THEN coalesce((r -> 'stats' ->> 'resolved_at')::timestamptz, (r -> 'stats' ->> 'closed_at')::timestamptz) END AS resolved_at,
       CASE WHEN r ->> 'status' IN ('4', '5') THEN 'resolved' WHEN r ->> 'status' IN ('3', '6') THEN 'pending' ELSE 'open' END::text AS status,
       CASE r ->> 'priority' WHEN '1' THEN 'low' WHEN '2' THEN 'medium' WHEN '3' THEN 'high' WHEN '4' THEN 'urgent' END::text AS priority,
       CASE r ->> 'source' WHEN '1' THEN 'email' WHEN '2' THEN 'portal' WHEN '3' THEN 'phone' WHEN '7' THEN 'chat' ELSE r ->> 'source' END::text AS channel
FROM :"views".live_tickets LEFT JOIN :"views".replies AS p ON p.ticket_id = id;

-- Freshdesk itself says when it is due, by the policy and the priority of the ticket and by business hours and time spent
-- pending.  Working that out from sla_policies would take today's policy for old tickets.  The flags fr_escalated and
-- is_escalated say that somebody was told, which need not happen; the instants say whether it was in time.
CREATE OR REPLACE VIEW :"views".sla AS
SELECT :'source'::text AS source, t.customer, t.ticket, p.target::text, p.due_at, p.done_at, p.done_at <= p.due_at AS met
FROM :"views".tickets AS t JOIN :"views".live_tickets AS l ON l.id = t.ticket,
     LATERAL (VALUES ('first_reply', (l.r ->> 'fr_due_by')::timestamptz, t.first_reply_at),
                     ('resolution', (l.r ->> 'due_by')::timestamptz, t.resolved_at)) AS p (target, due_at, done_at)
WHERE p.due_at IS NOT NULL;

-- The first question of a survey is the one about satisfaction, whatever else is asked.  103, 102, 101 are happy to some
-- degree, 100 is neutral, -101, -102, -103 are unhappy; a survey offers 2, 3, 5 or 7 of these.  On the scale 1-5 all that
-- are happy are 4 or 5, so that csat() is their share.  ratings is an object, or an array of name and value (other loaders).
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, t.r ->> 'company_id' AS customer, a.r ->> 'user_id' AS respondent, a.r ->> 'survey_id' AS survey,
       (a.r ->> 'created_at')::timestamptz AS answered_at, '1-5'::text AS scale,
       CASE rating WHEN '103' THEN 5 WHEN '102' THEN 4 WHEN '101' THEN 4 WHEN '100' THEN 3
                   WHEN '-101' THEN 2 WHEN '-102' THEN 2 WHEN '-103' THEN 1 END::numeric AS score
FROM (SELECT DISTINCT ON (_airbyte_data ->> 'id') _airbyte_data AS r FROM satisfaction_ratings
      ORDER BY _airbyte_data ->> 'id', (_airbyte_data ->> 'updated_at')::timestamptz DESC) AS a
LEFT JOIN :"views".live_tickets AS t ON t.id = a.r ->> 'ticket_id',
     LATERAL (SELECT CASE jsonb_typeof(a.r -> 'ratings')
                     WHEN 'object' THEN a.r -> 'ratings' ->> 'default_question'
                     ELSE jsonb_path_query_first(a.r -> 'ratings', '$[*] ? (@.name == "default_question").value') #>> '{}' END AS rating) AS d
WHERE rating IS NOT NULL;

-- The time that agents noted, billable or not: what is billed is revenue, what is worked is cost.  time_spent is hours and
-- minutes, cut; the seconds are exact.  A timer that still runs says nothing yet.  The rate an hour is yours.
CREATE OR REPLACE VIEW :"views".costs AS
SELECT :'source'::text AS source, coalesce(e.r ->> 'company_id', t.r ->> 'company_id') AS customer,
       ((e.r ->> 'executed_at')::timestamptz AT TIME ZONE :'zone')::date AS day, 'support'::text AS kind,
       NULL::numeric AS amount, NULL::text AS currency, (e.r ->> 'time_spent_in_seconds')::numeric / 3600 AS hours
FROM (SELECT DISTINCT ON (_airbyte_data ->> 'id') _airbyte_data AS r FROM time_entries
      ORDER BY _airbyte_data ->> 'id', (_airbyte_data ->> 'updated_at')::timestamptz DESC) AS e
LEFT JOIN :"views".live_tickets AS t ON t.id = e.r ->> 'ticket_id'
WHERE (e.r ->> 'timer_running')::boolean IS NOT TRUE;
COMMIT;

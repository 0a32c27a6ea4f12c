-- Intercom, as Fivetran lands it, for ccx: customers, segments, MRR, tickets, SLA, ratings, usage, milestones.  See
-- doc/sources.md.
--
--   psql -v landed=intercom -v zone=Europe/Paris -f examples/sources/intercom.sql
--
-- Reads company_history, contact_company_history, contact_history, conversation_contact_history, conversation_history,
-- conversation_part_history.  contact_history has custom_onboarding_step only if you have made that attribute: use yours.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed intercom \endif
\if :{?source} \else \set source intercom \endif
\if :{?zone}   \else \set zone UTC        \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- Versions go by updated_at.  _fivetran_start to _fivetran_end is of no use: it was seen empty in every row, and
-- _fivetran_active true in each.  A version holds from its day to that of the next one; of several on a day the last.
-- Intercom makes a company for each lead ("...-qualification-company"): that is nobody's customer yet.
CREATE OR REPLACE VIEW :"views".company_versions AS
SELECT v.*, lead(day) OVER (PARTITION BY id ORDER BY updated_at) AS until
FROM (SELECT DISTINCT ON (id, (to_timestamp(extract(epoch FROM updated_at)) AT TIME ZONE :'zone')::date)
             id, company_id, name, industry, plan_name, monthly_spend, updated_at, coalesce(remote_created_at, created_at) AS created_at,
             (to_timestamp(extract(epoch FROM updated_at)) AT TIME ZONE :'zone')::date AS day
      FROM company_history
      WHERE company_id NOT LIKE '%-qualification-company'
      ORDER BY id, (to_timestamp(extract(epoch FROM updated_at)) AT TIME ZONE :'zone')::date, updated_at DESC) AS v;

-- Since: when the company came to you (remote_created_at) rather than to Intercom, if you have told Intercom.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id AS customer, name, company_id AS external_id, NULL::text AS parent,
       (to_timestamp(extract(epoch FROM created_at)) AT TIME ZONE :'zone')::date AS since
FROM :"views".company_versions WHERE until IS NULL;

CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, id AS customer, dimension::text, value, day AS valid_from, until AS valid_to
FROM :"views".company_versions, LATERAL (VALUES ('plan', plan_name), ('industry', industry)) AS d (dimension, value)
WHERE value IS NOT NULL;

-- monthly_spend is what your own application said, in whole units of a currency that Intercom does not know; 0 also where
-- it never said anything, so that 0 is no row: who never had more has none, and for the others MRR ends there.
CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, id AS customer, id AS contract, 'recurring'::text AS part, day AS valid_from, until AS valid_to,
       monthly_spend::numeric AS mrr, NULL::text AS currency
FROM :"views".company_versions WHERE monthly_spend > 0;

-- A contact's companies are those of its latest update.  Who has several cannot be told apart: of no company, rather than
-- counted for each.
CREATE OR REPLACE VIEW :"views".contact_customers AS
SELECT contact_id, CASE WHEN count(DISTINCT company_id) FILTER (WHERE is_latest) = 1 THEN min(id) FILTER (WHERE is_latest) END AS customer
FROM (SELECT contact_id, company_id, contact_updated_at = max(contact_updated_at) OVER (PARTITION BY contact_id) AS is_latest
      FROM contact_company_history) AS c
LEFT JOIN (SELECT DISTINCT id FROM :"views".company_versions) AS v ON v.id = c.company_id
GROUP BY contact_id;

-- The latest version of each conversation, and whose it is: of the contact that began it, else of one that takes part.
CREATE OR REPLACE VIEW :"views".conversations AS
SELECT DISTINCT ON (v.id) v.*, coalesce(CASE WHEN source_author_type IN ('user', 'lead', 'contact') THEN source_author_id END, k.contact_id) AS contact_id
FROM conversation_history AS v
LEFT JOIN (SELECT conversation_id, min(contact_id) AS contact_id FROM conversation_contact_history GROUP BY conversation_id) AS k ON k.conversation_id = v.id
ORDER BY v.id, v.updated_at DESC;

-- What an admin wrote to the customer: not notes, which are internal, not bots, and of assigning and closing only what has
-- words.  (first_contact_reply_created_at is the contact's message, not yours.)
CREATE OR REPLACE VIEW :"views".replies AS
SELECT conversation_id, min(to_timestamp(extract(epoch FROM created_at))) AS first_reply_at
FROM conversation_part_history
WHERE author_type = 'admin' AND (part_type = 'comment' OR part_type IN ('assignment', 'open', 'close') AND body <> '')
GROUP BY conversation_id;

-- Closed for good: the last closing part; where parts are not there, the first closed version after the last that was not.
CREATE OR REPLACE VIEW :"views".closings AS
SELECT v.id, to_timestamp(extract(epoch FROM coalesce(max(p.closed_at), min(v.updated_at)))) AS closed_at
FROM (SELECT id, updated_at, state, max(updated_at) FILTER (WHERE state <> 'closed') OVER (PARTITION BY id) AS last_open
      FROM conversation_history) AS v
LEFT JOIN (SELECT conversation_id, max(created_at) AS closed_at FROM conversation_part_history WHERE part_type = 'close' GROUP BY conversation_id) AS p
          ON p.conversation_id = v.id
WHERE v.state = 'closed' AND (v.updated_at > v.last_open) IS NOT FALSE
GROUP BY v.id;

-- What you send out (campaigns, messages of admins and bots) is no ticket.  Snoozed is put aside until the customer, or a
-- day, comes.
CREATE OR REPLACE VIEW :"views".tickets AS
SELECT :'source'::text AS source, k.customer, c.id::text AS ticket, to_timestamp(extract(epoch FROM c.created_at)) AS opened_at, r.first_reply_at,
       l.closed_at AS resolved_at, CASE c.state WHEN 'closed' THEN 'resolved' WHEN 'snoozed' THEN 'pending' ELSE 'open' END::text AS status,
       c.priority, c.source_type AS channel
FROM :"views".conversations AS c
LEFT JOIN :"views".contact_customers AS k ON k.contact_id = c.contact_id
LEFT JOIN :"views".replies AS r ON r.conversation_id = c.id
LEFT JOIN :"views".closings AS l ON l.id = c.id
WHERE c.source_delivered_as = 'customer_initiated';

-- Intercom tells the outcome, not the times.  A conversation is missed only once somebody replies too late, so that one
-- nobody answers stays active: attainment looks better than it is, by these.  An SLA taken off again (cancelled, or no
-- status) is no promise.
CREATE OR REPLACE VIEW :"views".sla AS
SELECT :'source'::text AS source, k.customer, c.id::text AS ticket, c.sla_name AS target, NULL::timestamptz AS due_at, NULL::timestamptz AS done_at,
       CASE c.sla_status WHEN 'hit' THEN true WHEN 'missed' THEN false END AS met
FROM :"views".conversations AS c LEFT JOIN :"views".contact_customers AS k ON k.contact_id = c.contact_id
WHERE c.sla_name IS NOT NULL AND c.sla_status IN ('hit', 'missed', 'active');

-- One rating a conversation, from 1 (terrible) to 5 (amazing); each version has it again, and a changed mind counts.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, k.customer, c.contact_id AS respondent, 'conversation_rating'::text AS survey,
       to_timestamp(extract(epoch FROM c.conversation_rating_created_at)) AS answered_at, '1-5'::text AS scale,
       c.conversation_rating_value::numeric AS score
FROM :"views".conversations AS c LEFT JOIN :"views".contact_customers AS k ON k.contact_id = c.contact_id
WHERE c.conversation_rating_value IS NOT NULL;

-- session_count only grows: what was added since the version before, on this version's day.  Of the first version nobody
-- knows since when, so it tells nothing; a count that fell has started anew.
CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, customer, day, 'sessions'::text AS measure, sum(CASE WHEN n < before THEN n ELSE n - before END)::numeric AS n
FROM (SELECT id AS customer, (to_timestamp(extract(epoch FROM updated_at)) AT TIME ZONE :'zone')::date AS day, session_count AS n,
             lag(session_count) OVER (PARTITION BY id ORDER BY updated_at) AS before
      FROM company_history WHERE company_id NOT LIKE '%-qualification-company') AS c
WHERE before IS NOT NULL
GROUP BY customer, day;

-- A company signed up with its first contact, and is as far as the contact that is farthest: the first time a step is seen.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, k.customer, m.milestone, min(to_timestamp(extract(epoch FROM m.at))) AS at
FROM (SELECT id, 'signed_up'::text AS milestone, signed_up_at AS at FROM contact_history
      UNION ALL
      SELECT id, custom_onboarding_step, updated_at FROM contact_history) AS m
JOIN :"views".contact_customers AS k ON k.contact_id = m.id
WHERE m.milestone IS NOT NULL AND m.at IS NOT NULL AND k.customer IS NOT NULL
GROUP BY k.customer, m.milestone;
COMMIT;

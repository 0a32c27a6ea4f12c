-- Zendesk Support, as Fivetran lands it, for ccx: customers, segments, tickets, SLA, satisfaction.  See doc/sources.md.
--
--   psql -v landed=zendesk -v zone=Europe/Paris -f examples/sources/zendesk.sql
--
-- Reads organization, organization_tag, schedule, schedule_holiday, sla_policy_metric_history, ticket, ticket_chat,
-- ticket_comment, ticket_field_history, ticket_schedule, ticket_sla_policy, user.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed zendesk \endif
\if :{?source} \else \set source zendesk \endif
\if :{?zone}   \else \set zone UTC       \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- Zendesk names time zones as Ruby on Rails does: "Pacific Time (US & Canada)", "Magadan".  Most are the city of an IANA
-- name and are found in the server's own list; the others are spelt out, after ActiveSupport::TimeZone::MAPPING
-- (https://api.rubyonrails.org/classes/ActiveSupport/TimeZone.html).  The *_utc columns of schedule are no help: they
-- have one offset for the whole year, and are an hour off in the other half.
CREATE TABLE IF NOT EXISTS :"views".rails_zones (name text PRIMARY KEY, zone text NOT NULL);
INSERT INTO :"views".rails_zones
SELECT name, zone
FROM (VALUES
  ('Pacific/Pago_Pago', '{International Date Line West,Midway Island,American Samoa}'::text[]),
  ('Pacific/Honolulu', '{Hawaii}'), ('America/Juneau', '{Alaska}'),
  ('America/Los_Angeles', '{Pacific Time (US & Canada)}'), ('America/Denver', '{Mountain Time (US & Canada)}'),
  ('America/Chicago', '{Central Time (US & Canada)}'), ('America/New_York', '{Eastern Time (US & Canada)}'),
  ('America/Halifax', '{Atlantic Time (Canada)}'), ('America/St_Johns', '{Newfoundland}'), ('America/Phoenix', '{Arizona}'),
  ('America/Regina', '{Saskatchewan}'), ('America/Indiana/Indianapolis', '{Indiana (East)}'), ('America/Lima', '{Quito}'),
  ('America/Mexico_City', '{Guadalajara}'), ('America/Guatemala', '{Central America}'), ('America/Sao_Paulo', '{Brasilia}'),
  ('America/Argentina/Buenos_Aires', '{Buenos Aires}'), ('America/Guyana', '{Georgetown}'), ('America/Nuuk', '{Greenland}'),
  ('Atlantic/South_Georgia', '{Mid-Atlantic}'), ('Atlantic/Cape_Verde', '{Cape Verde Is.}'), ('Europe/London', '{Edinburgh}'),
  ('Europe/Zurich', '{Bern}'), ('Europe/Moscow', '{St. Petersburg}'), ('Africa/Algiers', '{West Central Africa}'),
  ('Africa/Johannesburg', '{Pretoria}'), ('Asia/Muscat', '{Abu Dhabi}'), ('Asia/Yekaterinburg', '{Ekaterinburg}'),
  ('Asia/Karachi', '{Islamabad}'), ('Asia/Kolkata', '{Chennai,Mumbai,New Delhi}'), ('Asia/Colombo', '{Sri Jayawardenepura}'),
  ('Asia/Dhaka', '{Astana}'), ('Asia/Yangon', '{Rangoon}'), ('Asia/Bangkok', '{Hanoi}'), ('Asia/Shanghai', '{Beijing,Chongqing}'),
  ('Asia/Tokyo', '{Osaka,Sapporo}'), ('Australia/Melbourne', '{Canberra}'), ('Pacific/Guadalcanal', '{Solomon Is.}'),
  ('Pacific/Noumea', '{New Caledonia}'), ('Pacific/Majuro', '{Marshall Is.}'), ('Pacific/Auckland', '{Wellington}'),
  ('Pacific/Tongatapu', '{Nuku''alofa}'), ('Pacific/Fakaofo', '{Tokelau Is.}'), ('Pacific/Chatham', '{Chatham Is.}'),
  ('Pacific/Apia', '{Samoa}'), ('UTC', '{UTC}')) AS v (zone, names), unnest(names) AS name
ON CONFLICT DO NOTHING;
INSERT INTO :"views".rails_zones
SELECT DISTINCT ON (city) city, name
FROM (SELECT replace(regexp_replace(name, '.*/', ''), '_', ' ') AS city, name FROM pg_timezone_names
      WHERE name ~ '^(Africa|America|Asia|Atlantic|Australia|Europe|Pacific)/') AS z
ORDER BY city, name
ON CONFLICT DO NOTHING;

CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id::text AS customer, name, external_id, NULL::text AS parent,
       (to_timestamp(extract(epoch FROM created_at)) AT TIME ZONE :'zone')::date AS since
FROM organization;

-- Tags have no history, and land twice now and then.
CREATE OR REPLACE VIEW :"views".segments AS
SELECT DISTINCT :'source'::text AS source, organization_id::text AS customer, 'tag'::text AS dimension, tag AS value,
       NULL::date AS valid_from, NULL::date AS valid_to
FROM organization_tag;

-- Deleted tickets stay as rows, most of them spam.  A merged ticket is a second report of what another one is about: the
-- survivor lists it in merged_ticket_ids, and counts alone.  The customer is the ticket's organization; where the ticket
-- has none, the one that its requester belongs to today.
CREATE OR REPLACE VIEW :"views".live_tickets AS
SELECT t.id, coalesce(t.organization_id, u.organization_id)::text AS customer, t.requester_id, t.status, t.priority, t.via_channel,
       to_timestamp(extract(epoch FROM t.created_at)) AS opened_at
FROM ticket AS t LEFT JOIN "user" AS u ON u.id = t.requester_id
WHERE t.status <> 'deleted'
  AND NOT EXISTS (SELECT FROM ticket AS survivor, jsonb_array_elements_text(survivor.merged_ticket_ids::jsonb) AS merged
                  WHERE survivor.merged_ticket_ids::jsonb <> '[]' AND merged::bigint = t.id);

-- The status over time.  Changes land twice now and then (one ticket was "solved" four times in one second).
CREATE OR REPLACE VIEW :"views".statuses AS
SELECT ticket_id, status, since, lead(since) OVER (PARTITION BY ticket_id ORDER BY since) AS until
FROM (SELECT DISTINCT ticket_id, value AS status, to_timestamp(extract(epoch FROM updated)) AS since
      FROM ticket_field_history WHERE field_name = 'status') AS s;

-- Solved for good: by the first "solved" after which the ticket was not opened again.  Not "closed": Zendesk does that by
-- itself, days later.
CREATE OR REPLACE VIEW :"views".resolutions AS
SELECT ticket_id, min(since) AS resolved_at
FROM (SELECT ticket_id, status, since, max(since) FILTER (WHERE status NOT IN ('solved', 'closed')) OVER (PARTITION BY ticket_id) AS last_opened
      FROM :"views".statuses) AS s
WHERE status IN ('solved', 'closed') AND (since > last_opened) IS NOT FALSE
GROUP BY ticket_id;

-- What the customer can read, and by which side.  Internal notes (public false) are no reply, nor is what comes from a user
-- who is not known.
CREATE OR REPLACE VIEW :"views".messages AS
SELECT ticket_id, at, by_agent, lag(by_agent) OVER w AS after_agent,
       min(at) FILTER (WHERE NOT by_agent) OVER w AS asked_at,
       min(at) FILTER (WHERE by_agent) OVER (w ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_reply_at
FROM (SELECT c.ticket_id, to_timestamp(extract(epoch FROM c.created)) AS at, u.role <> 'end-user' AS by_agent
      FROM ticket_comment AS c JOIN "user" AS u ON u.id = c.user_id WHERE c.public) AS m
WINDOW w AS (PARTITION BY ticket_id ORDER BY at);

-- A reply answers somebody: what an agent writes on opening a ticket for a customer is none.
CREATE OR REPLACE VIEW :"views".first_replies AS
SELECT ticket_id, min(asked_at) AS asked_at, min(at) FILTER (WHERE by_agent AND asked_at IS NOT NULL) AS first_reply_at
FROM :"views".messages GROUP BY ticket_id;

-- On hold is waiting for somebody else than the customer, who waits too: open.  A solved ticket whose history is not there
-- has no resolved_at; updated_at would be that of the last change, often weeks later.
CREATE OR REPLACE VIEW :"views".tickets AS
SELECT :'source'::text AS source, t.customer, t.id::text AS ticket, t.opened_at, f.first_reply_at,
       CASE WHEN t.status IN ('solved', 'closed') THEN r.resolved_at END AS resolved_at,
       CASE WHEN t.status IN ('solved', 'closed') THEN 'resolved' WHEN t.status = 'pending' THEN 'pending' ELSE 'open' END::text AS status,
       t.priority, coalesce(c.channel, t.via_channel) AS channel
FROM :"views".live_tickets AS t
LEFT JOIN (SELECT ticket_id, min(channel) AS channel FROM ticket_chat GROUP BY ticket_id) AS c ON c.ticket_id = t.id
LEFT JOIN :"views".first_replies AS f ON f.ticket_id = t.id
LEFT JOIN :"views".resolutions AS r ON r.ticket_id = t.id;

-- Business hours.  An interval is minutes since Sunday 00:00 on the clock of the schedule's zone, whatever the clock does
-- that week.  Holidays are whole days there, both ends included.
CREATE OR REPLACE VIEW :"views".calendars AS
SELECT id AS schedule_id, start_time, end_time, zone, min(since) OVER (PARTITION BY id) AS since,
       sum(end_time - start_time) OVER (PARTITION BY id) AS minutes_a_week
FROM (SELECT DISTINCT s.id, s.start_time, s.end_time, z.zone, s.created_at AS since
      FROM schedule AS s JOIN :"views".rails_zones AS z ON z.name = s.time_zone
      WHERE s._fivetran_deleted IS NOT TRUE) AS s;

CREATE OR REPLACE VIEW :"views".priorities AS
SELECT ticket_id, priority, since, lead(since) OVER (PARTITION BY ticket_id ORDER BY since) AS until
FROM (SELECT DISTINCT ticket_id, value AS priority, to_timestamp(extract(epoch FROM updated)) AS since
      FROM ticket_field_history WHERE field_name = 'priority') AS p;

-- A version of a policy is all of its rows of one sla_policy_updated_at.
CREATE OR REPLACE VIEW :"views".policy_versions AS
SELECT sla_policy_id, since, lead(since) OVER (PARTITION BY sla_policy_id ORDER BY since) AS until
FROM (SELECT DISTINCT sla_policy_id, sla_policy_updated_at AS since FROM sla_policy_metric_history) AS v;

-- What was promised: by the policy applied last, in the version that was in force then (a metric that a newer version does
-- not have is promised no more), for the priority that the ticket had when it was done, since a raised priority brings its
-- own target.  A priority without a target, and no priority, is no promise.  Reply times run from when somebody waits for
-- one; waiting and work time only while the ticket has these statuses, and after the end the clock is thought to go on, so
-- that due_at is known for what was met, too.
CREATE OR REPLACE VIEW :"views".promises AS
WITH wait AS (
  SELECT id AS ticket_id, 'first_reply_time' AS metric, coalesce(asked_at, opened_at) AS began_at, first_reply_at AS done_at
  FROM :"views".live_tickets LEFT JOIN :"views".first_replies ON ticket_id = id
  UNION ALL
  SELECT m.ticket_id, 'next_reply_time', m.at, m.next_reply_at
  FROM :"views".messages AS m JOIN :"views".first_replies AS f USING (ticket_id)
  WHERE NOT m.by_agent AND m.after_agent AND m.at > f.first_reply_at
  UNION ALL
  SELECT t.id, metric, t.opened_at, r.resolved_at
  FROM :"views".live_tickets AS t LEFT JOIN :"views".resolutions AS r ON r.ticket_id = t.id,
       unnest('{requester_wait_time,agent_work_time}'::text[]) AS metric
)
SELECT t.id AS ticket_id, t.customer, w.metric, w.began_at, w.done_at, v.target, v.business_hours,
       coalesce(s.schedule_id, (SELECT c.schedule_id FROM :"views".calendars AS c ORDER BY c.since LIMIT 1)) AS schedule_id   -- the first is the default
FROM :"views".live_tickets AS t
JOIN (SELECT DISTINCT ON (ticket_id) * FROM ticket_sla_policy ORDER BY ticket_id, policy_applied_at DESC) AS p ON p.ticket_id = t.id
JOIN wait AS w ON w.ticket_id = t.id
LEFT JOIN (SELECT DISTINCT ON (ticket_id) * FROM ticket_schedule ORDER BY ticket_id, created_at DESC) AS s ON s.ticket_id = t.id
LEFT JOIN :"views".priorities AS h ON h.ticket_id = t.id AND (h.since <= w.done_at) IS NOT FALSE AND (w.done_at < h.until OR h.until IS NULL)
JOIN :"views".policy_versions AS f ON f.sla_policy_id = p.sla_policy_id AND f.since <= p.policy_applied_at AND (p.policy_applied_at < f.until OR f.until IS NULL)
JOIN sla_policy_metric_history AS v ON v.sla_policy_id = f.sla_policy_id AND v.sla_policy_updated_at = f.since
                                    AND v.metric = w.metric AND v.priority = coalesce(h.priority, t.priority);

-- Due is the moment at which the time that counts reaches the target: target minutes, of business hours or of the clock.
-- Of other metrics (update times) and of schedules whose zone is not known there is nothing here.
CREATE OR REPLACE VIEW :"views".sla AS
WITH span AS (       -- when the clock runs
  SELECT p.*, p.began_at AS since, NULL::timestamptz AS until FROM :"views".promises AS p
  WHERE metric IN ('first_reply_time', 'next_reply_time')
  UNION ALL
  SELECT p.*, s.since, s.until
  FROM :"views".promises AS p JOIN :"views".statuses AS s USING (ticket_id)
  WHERE metric IN ('requester_wait_time', 'agent_work_time')
    AND (s.status IN ('new', 'open') OR s.status IN ('hold', 'on-hold') AND metric = 'requester_wait_time' OR s.since >= p.done_at)
), counted AS (
  SELECT ticket_id, customer, metric, began_at, done_at, target * interval '1 minute' AS target,
         since AS from_at, coalesce(until, since + target * interval '1 minute') AS to_at
  FROM span WHERE NOT business_hours
  UNION ALL
  SELECT s.ticket_id, s.customer, s.metric, s.began_at, s.done_at, s.target * interval '1 minute', greatest(s.since, i.opens), least(s.until, i.closes)
  FROM span AS s
  JOIN :"views".calendars AS c USING (schedule_id),
       -- Sundays, on the schedule's clock; where there is no end, enough of them for the target and two months of holidays
       LATERAL generate_series(date_trunc('day', s.since AT TIME ZONE c.zone) - extract(dow FROM s.since AT TIME ZONE c.zone) * interval '1 day',
                               coalesce(s.until, s.since + (s.target / c.minutes_a_week + 9) * interval '7 days') AT TIME ZONE c.zone,
                               interval '7 days') AS sunday,
       LATERAL (SELECT sunday + c.start_time * interval '1 minute' AS local, (sunday + c.start_time * interval '1 minute') AT TIME ZONE c.zone AS opens,
                       (sunday + c.end_time * interval '1 minute') AT TIME ZONE c.zone AS closes) AS i
  WHERE s.business_hours AND i.closes > s.since AND (i.opens < s.until) IS NOT FALSE
    AND NOT EXISTS (SELECT FROM schedule_holiday AS h WHERE h.schedule_id = c.schedule_id AND h._fivetran_deleted IS NOT TRUE
                    AND i.local::date BETWEEN h.start_date AND h.end_date)
), sums AS (
  SELECT *, sum(to_at - from_at) OVER (PARTITION BY ticket_id, metric, began_at ORDER BY from_at) AS so_far
  FROM counted
), due AS (
  SELECT ticket_id, customer, metric, began_at, done_at, min(to_at - (so_far - target)) FILTER (WHERE so_far >= target) AS due_at
  FROM sums GROUP BY ticket_id, customer, metric, began_at, done_at
)
SELECT :'source'::text AS source, customer, ticket_id::text AS ticket,
       CASE metric WHEN 'first_reply_time' THEN 'first_reply' WHEN 'next_reply_time' THEN 'next_reply' ELSE metric END::text AS target,
       due_at, done_at, CASE WHEN done_at IS NOT NULL THEN (done_at <= due_at) IS NOT FALSE END AS met
FROM due;

-- Satisfaction is a field with a history.  offered and unoffered are no answers; good and bad, with or without a comment,
-- are, and the last one counts.  On the scale 1-5 they are 5 and 1, so that csat() is good ÷ (good + bad), as Zendesk has it.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT DISTINCT ON (t.id) :'source'::text AS source, t.customer, t.requester_id::text AS respondent, 'satisfaction_score'::text AS survey,
       to_timestamp(extract(epoch FROM h.updated)) AS answered_at, '1-5'::text AS scale,
       CASE WHEN h.value LIKE 'good%' THEN 5 ELSE 1 END::numeric AS score
FROM ticket_field_history AS h JOIN :"views".live_tickets AS t ON t.id = h.ticket_id
WHERE h.field_name = 'satisfaction_score' AND (h.value LIKE 'good%' OR h.value LIKE 'bad%')
ORDER BY t.id, h.updated DESC, h.value;
COMMIT;

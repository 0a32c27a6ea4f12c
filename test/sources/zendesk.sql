-- examples/sources/zendesk.sql; see README.md.
\set vendor zendesk
\ir setup.sql

CREATE SCHEMA zendesk;
SET search_path = zendesk;
CREATE TABLE organization (id bigint, name text, external_id text, created_at timestamp);
CREATE TABLE organization_tag (organization_id bigint, tag text);
CREATE TABLE "user" (id bigint, role text, organization_id bigint);
CREATE TABLE ticket (id bigint, organization_id bigint, requester_id bigint, status text, priority text, via_channel text, created_at timestamp,
                     merged_ticket_ids jsonb);
CREATE TABLE ticket_chat (chat_id text, ticket_id bigint, channel text);
CREATE TABLE ticket_comment (id bigint, ticket_id bigint, user_id bigint, created timestamp, public boolean);
CREATE TABLE ticket_field_history (ticket_id bigint, field_name text, updated timestamp, value text);
CREATE TABLE sla_policy_metric_history (sla_policy_id bigint, index integer, sla_policy_updated_at timestamp, metric text, priority text,
                                        target integer, business_hours boolean);
CREATE TABLE ticket_sla_policy (ticket_id bigint, sla_policy_id bigint, policy_applied_at timestamp);
CREATE TABLE schedule (id bigint, start_time integer, end_time integer, time_zone text, created_at timestamp, _fivetran_deleted boolean);
CREATE TABLE ticket_schedule (ticket_id bigint, schedule_id bigint, created_at timestamp);
CREATE TABLE schedule_holiday (id bigint, schedule_id bigint, start_date date, end_date date, _fivetran_deleted boolean);

INSERT INTO organization VALUES (501, 'Acorn', 'A-1', '2024-01-01 23:30'), (502, 'Birch', NULL, '2024-01-02 12:00');
INSERT INTO organization_tag VALUES (501, 'enterprise'), (501, 'enterprise'), (502, 'small');
INSERT INTO "user" VALUES (1, 'agent', NULL), (2, 'admin', NULL), (11, 'end-user', 501), (12, 'end-user', 502);

-- 7, the default as the first one made: Monday to Friday, 9 to 17 on the Pacific coast; one interval landed twice, one was
-- deleted (Saturday).  8: the same days, 9 to 18 in Magadan (UTC+11).
INSERT INTO schedule
SELECT 7, day * 1440 + 540, day * 1440 + 1020, 'Pacific Time (US & Canada)', timestamp '2023-01-01 12:00', day = 6 FROM unnest('{1,2,3,3,4,5,6}'::int[]) AS day
UNION ALL
SELECT 8, day * 1440 + 540, day * 1440 + 1080, 'Magadan', '2023-06-01 12:00', false FROM generate_series(1, 5) AS day;
INSERT INTO schedule_holiday VALUES (1, 7, '2024-03-11', '2024-03-11', false), (2, 7, '2024-03-12', '2024-03-12', true);

INSERT INTO sla_policy_metric_history VALUES
  (71, 0, '2024-01-01', 'first_reply_time', 'urgent', 60, true), (71, 1, '2024-01-01', 'first_reply_time', 'high', 240, true),
  (71, 0, '2024-01-01', 'next_reply_time', 'high', 120, true), (71, 1, '2024-01-01', 'next_reply_time', 'low', 120, true),
  (71, 0, '2024-03-01', 'first_reply_time', 'urgent', 30, true), (71, 1, '2024-03-01', 'first_reply_time', 'high', 60, true),
  (71, 2, '2024-03-01', 'first_reply_time', 'normal', 480, true), (71, 3, '2024-03-01', 'first_reply_time', 'low', 1440, true),
  (72, 0, '2024-01-01', 'requester_wait_time', 'high', 600, false), (72, 0, '2024-01-01', 'agent_work_time', 'high', 240, false);

INSERT INTO ticket VALUES
  (1, 501, 11, 'hold', 'high', 'email', '2024-02-28 18:00', '[6]'),
  (2, 501, 11, 'closed', 'normal', 'email', '2024-03-08 23:30', '[]'),
  (3, 502, 12, 'open', 'low', 'email', '2024-03-13 17:00', NULL),
  (4, 502, 12, 'new', 'high', 'web', '2024-03-14 17:00', NULL),
  (5, 501, 11, 'deleted', 'high', 'email', '2024-03-01 18:00', NULL),
  (6, 501, 11, 'closed', 'high', 'email', '2024-02-28 19:00', NULL),
  (7, 501, 11, 'closed', 'high', 'email', '2024-03-04 08:00', NULL),
  (8, 502, 12, 'solved', 'high', 'email', '2024-03-04 08:00', NULL),
  (9, NULL, 12, 'closed', 'solved', 'email', '2024-02-01 08:00', NULL),
  (10, 501, 11, 'pending', 'normal', 'email', '2024-03-06 09:00', NULL),
  (11, 501, 11, 'open', NULL, 'web', '2024-03-15 09:00', NULL);
INSERT INTO ticket_chat VALUES ('c1', 11, 'chat');
INSERT INTO ticket_sla_policy
SELECT id, CASE WHEN id IN (7, 8) THEN 72 ELSE 71 END, created_at FROM ticket;
INSERT INTO ticket_sla_policy VALUES (4, 72, '2024-03-14 16:59');    -- the one applied before
INSERT INTO ticket_schedule VALUES (4, 7, '2024-03-14 17:00'), (4, 8, '2024-03-14 17:01');

INSERT INTO ticket_comment VALUES
  (101, 1, 11, '2024-02-28 18:00', true), (102, 1, 1, '2024-02-28 21:30', true),
  (103, 1, 11, '2024-02-29 18:00', true), (104, 1, 1, '2024-02-29 18:30', false), (105, 1, 11, '2024-02-29 19:00', true), (106, 1, 2, '2024-02-29 20:30', true),
  (201, 2, 11, '2024-03-08 23:30', true), (202, 2, 99, '2024-03-09 01:00', true), (203, 2, 1, '2024-03-12 22:45', true),
  (301, 3, 12, '2024-03-13 17:00', true), (302, 3, 1, '2024-03-13 17:45', true),
  (303, 3, 12, '2024-03-13 18:00', true),      -- this version of the policy promises no next reply
  (401, 4, 12, '2024-03-14 17:00', true),
  (1001, 10, 1, '2024-03-06 09:00', true), (1002, 10, 11, '2024-03-07 17:00', true), (1003, 10, 1, '2024-03-07 18:00', true);

INSERT INTO ticket_field_history VALUES
  (2, 'status', '2024-03-08 23:30', 'new'), (2, 'status', '2024-03-12 22:50', 'solved'), (2, 'status', '2024-03-16 22:50', 'closed'),
  (3, 'priority', '2024-03-13 17:00', 'high'), (3, 'priority', '2024-03-13 17:20', 'urgent'), (3, 'priority', '2024-03-13 19:00', 'low'),
  (7, 'status', '2024-03-04 08:00', 'new'), (7, 'status', '2024-03-04 09:00', 'open'), (7, 'status', '2024-03-04 10:00', 'pending'),
  (7, 'status', '2024-03-05 10:00', 'hold'), (7, 'status', '2024-03-05 12:00', 'open'),
  (7, 'status', '2024-03-05 15:00', 'solved'), (7, 'status', '2024-03-05 15:00', 'solved'), (7, 'status', '2024-03-09 15:00', 'closed'),
  (8, 'status', '2024-03-04 08:00', 'open'), (8, 'status', '2024-03-04 11:00', 'solved'), (8, 'status', '2024-03-06 12:00', 'open'),
  (8, 'status', '2024-03-07 12:00', 'solved'),
  (1, 'satisfaction_score', '2024-03-01 12:00', 'offered'), (1, 'satisfaction_score', '2024-03-02 12:00', 'good'),
  (1, 'satisfaction_score', '2024-03-03 12:00', 'bad'),
  (2, 'satisfaction_score', '2024-03-13 12:00', 'offered'), (2, 'satisfaction_comment', '2024-03-13 12:00', 'bad'),
  (5, 'satisfaction_score', '2024-03-03 12:00', 'bad'), (6, 'satisfaction_score', '2024-03-03 12:00', 'bad'),
  (7, 'satisfaction_score', '2024-03-06 12:00', 'good'), (7, 'satisfaction_score', '2024-03-06 12:00', 'good'),
  (8, 'satisfaction_score', '2024-03-08 12:00', 'goodwithcomment');

\set zone Europe/Berlin
\ir :mapping

SELECT tap.rows_are('SELECT customer, name, external_id, since FROM source_zendesk.customers', $$
  501|Acorn|A-1|2024-01-02
  502|Birch|-|2024-01-02$$, 'customers');
SELECT tap.rows_are('SELECT customer, dimension, value FROM source_zendesk.segments', $$
  501|tag|enterprise
  502|tag|small$$, 'tags');

-- 5 is deleted, 6 was merged into 1.  9 has its requester's organization, and no history.  8 was solved twice.  10 begins
-- with an agent's message: the reply is the one after the customer's.
SELECT tap.rows_are('SELECT ticket, customer, first_reply_at, resolved_at, status, channel FROM source_zendesk.tickets', $$
  1|501|2024-02-28T21:30:00+00:00|-|open|email
  10|501|2024-03-07T18:00:00+00:00|-|pending|email
  11|501|-|-|open|chat
  2|501|2024-03-12T22:45:00+00:00|2024-03-12T22:50:00+00:00|resolved|email
  3|502|2024-03-13T17:45:00+00:00|-|open|email
  4|502|-|-|open|web
  7|501|-|2024-03-05T15:00:00+00:00|resolved|email
  8|502|-|2024-03-07T12:00:00+00:00|resolved|email
  9|502|-|-|resolved|email$$, 'tickets');

-- Time to resolution on 20 March, hours: 7 after 31, 8 after 76 (not 3, when it was solved for the first time), 2 after 95
-- (95:20); not yet: 1, 3, 4, 10, 11.  9 is left out: when it was resolved is not known.  Of 8 waiting, 7 / 8 after 31 and
-- 6 / 8 after 76 hours.
SELECT tap.rows_are($$
  SELECT ccx.event_count(d), ccx.censored_count(d), ccx.km_quantile(d, 0.25), ccx.km_median(d)
  FROM (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2024-03-20', 'hour') AS d
        FROM source_zendesk.tickets WHERE status <> 'resolved' OR resolved_at IS NOT NULL) AS t$$, '3|5|76|-', 'time to resolution');

-- 1: 10:00 on the coast, 240 minutes of the version in force (60 of the next one).  The question of 10:00 next day is
--    answered at 12:30; a note is no answer, and a second question does not start the clock anew.
-- 2: 15:30 on a Friday: 90 minutes that day; Monday is a holiday, on Sunday the clock changed; 390 minutes on Tuesday from
--    9:00, which is 16:00 in UTC.  (Unknown user 99 is no agent.)
-- 3: urgent when it was answered: 30 minutes.   4: 4:00 in Magadan, where it opens at 9:00, 22:00 in UTC.
-- 7: waiting 8-10, then from 10:00 next day: 7 of 10 hours at 15:00.  Worked on 8-10 and from 12:00: 4 hours at 14:00.
-- 8: waiting 8-11, and from 12:00 on the 6th: 10 hours at 19:00, 4 hours at 13:00.
-- 10: from the customer's message, 9:00 on the coast, 480 minutes.   9, 11: no such priority, no target.
SELECT tap.rows_are('SELECT ticket, target, due_at, done_at, met FROM source_zendesk.sla', $$
  1|first_reply|2024-02-28T22:00:00+00:00|2024-02-28T21:30:00+00:00|true
  1|next_reply|2024-02-29T20:00:00+00:00|2024-02-29T20:30:00+00:00|false
  10|first_reply|2024-03-08T01:00:00+00:00|2024-03-07T18:00:00+00:00|true
  2|first_reply|2024-03-12T22:30:00+00:00|2024-03-12T22:45:00+00:00|false
  3|first_reply|2024-03-13T17:30:00+00:00|2024-03-13T17:45:00+00:00|false
  4|first_reply|2024-03-14T23:00:00+00:00|-|-
  7|agent_work_time|2024-03-05T14:00:00+00:00|2024-03-05T15:00:00+00:00|false
  7|requester_wait_time|2024-03-05T18:00:00+00:00|2024-03-05T15:00:00+00:00|true
  8|agent_work_time|2024-03-06T13:00:00+00:00|2024-03-07T12:00:00+00:00|false
  8|requester_wait_time|2024-03-06T19:00:00+00:00|2024-03-07T12:00:00+00:00|false$$, 'what was promised');
-- Of 9 decided 3 are kept; first replies 2 of 4.  On the 15th 4 is overdue, too: 2 of 5.
SELECT tap.rows_are($$
  SELECT round(ccx.sla_attainment(met), 4), ccx.sla_attainment(met) FILTER (WHERE target = 'first_reply'),
         ccx.sla_attainment(coalesce(met, CASE WHEN due_at < '2024-03-15' THEN false END)) FILTER (WHERE target = 'first_reply')
  FROM source_zendesk.sla$$, '0.3333|0.5|0.4', 'SLA attainment');

-- 1 was good and became bad, 7 and 8 are good, 2 did not answer; 5 and 6 do not count: 2 of 3.
SELECT tap.rows_are('SELECT customer, respondent, answered_at, scale, score FROM source_zendesk.survey_answers', $$
  501|11|2024-03-03T12:00:00+00:00|1-5|1
  501|11|2024-03-06T12:00:00+00:00|1-5|5
  502|12|2024-03-08T12:00:00+00:00|1-5|5$$, 'satisfaction');
SELECT tap.rows_are('SELECT round(ccx.csat(score), 4) FROM source_zendesk.survey_answers', '0.6667', 'CSAT');

-- One of each way to know a name.
SELECT tap.rows_are($$SELECT name, zone FROM source_zendesk.rails_zones WHERE name IN ('Magadan', 'Samoa', 'Mexico City', 'Pacific Time (US & Canada)')$$, $$
  Magadan|Asia/Magadan
  Mexico City|America/Mexico_City
  Pacific Time (US & Canada)|America/Los_Angeles
  Samoa|Pacific/Apia$$, 'names of zones');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || quote_ident(t), format('%s/%s_data.csv', :'folder', t))
FROM unnest('{organization,organization_tag,schedule,schedule_holiday,sla_policy_metric_history,ticket,ticket_chat,ticket_comment,ticket_field_history,
              ticket_schedule,ticket_sla_policy,user}'::text[]) AS t \g /dev/null
-- Of ten tickets two are deleted; seven of the others have no history.
SELECT tap.rows_are('SELECT status, count(*), count(resolved_at), count(customer) FROM source_sample.tickets GROUP BY status', 'resolved|8|1|8',
                    'sample tables: tickets');
-- 11071: 28 August 18:06:36 to 14 November 11:01:27, 77 days 16:54:51.
SELECT tap.rows_are($$
  SELECT ccx.km_median(ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2021-01-01', 'hour'))
  FROM source_sample.tickets WHERE resolved_at IS NOT NULL$$, '1864', 'sample tables: time to resolution');
-- 11071, the only one with a priority, urgent in the end: two hours by the clock to a reply, that is not there; four hours of
-- waiting, counted from the first status (which is stamped seven hours before the ticket), against 50 days.
SELECT tap.rows_are('SELECT ticket, target, due_at, done_at, met FROM source_sample.sla', $$
  11071|first_reply|2020-08-28T20:06:36+00:00|-|-
  11071|requester_wait_time|2020-08-28T15:01:27+00:00|2020-11-14T11:01:27+00:00|false$$, 'sample tables: SLA');
SELECT tap.rows_are($$SELECT ccx.sla_attainment(coalesce(met, CASE WHEN due_at < '2021-01-01' THEN false END)) FROM source_sample.sla$$, '0',
                    'sample tables: SLA attainment');
-- Five days of twelve hours; 12 tags, 8 of them different.
SELECT tap.rows_are($$
  SELECT (SELECT string_agg(DISTINCT zone || ' ' || minutes_a_week, ',') FROM source_sample.calendars), (SELECT count(*) FROM source_sample.customers),
         (SELECT count(*) FROM source_sample.segments), (SELECT count(*) FROM source_sample.survey_answers)$$,
  'America/Los_Angeles 3600|10|8|0', 'sample tables: schedule, customers, tags, no satisfaction');

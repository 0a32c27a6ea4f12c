-- examples/sources/freshdesk.sql; see README.md.
\set vendor freshdesk
\ir setup.sql

CREATE SCHEMA freshdesk;
SET search_path = freshdesk;
CREATE TABLE companies (_airbyte_data jsonb);
CREATE TABLE conversations (_airbyte_data jsonb);
CREATE TABLE satisfaction_ratings (_airbyte_data jsonb);
CREATE TABLE tickets (_airbyte_data jsonb);
CREATE TABLE time_entries (_airbyte_data jsonb);

INSERT INTO companies
SELECT to_jsonb(c) FROM (VALUES
  (501, 'Acorn', 'Basic', 'Happy', '2024-01-01T23:30:00Z', '2024-02-01T12:00:00Z'),        -- a former version
  (501, 'Acorn', 'Premium', 'Doing okay', '2024-01-01T23:30:00Z', '2024-03-01T23:30:00Z'),
  (502, 'Birch', NULL, 'Smiling', '2024-01-02T12:00:00Z', '2024-03-01T12:00:00Z'),
  (503, 'Cedar', NULL, NULL, '2024-01-02T12:00:00Z', '2024-03-01T12:00:00Z'))
  AS c (id, name, account_tier, health_score, created_at, updated_at);

INSERT INTO tickets
SELECT to_jsonb(t) - 'first' - 'resolved' - 'closed'
       || jsonb_build_object('stats', jsonb_build_object('first_responded_at', first, 'resolved_at', resolved, 'closed_at', closed))
FROM (VALUES
  (1, 501, 5, 2, 1, '2024-03-04T09:00:00Z', '2024-03-04T17:00:00Z', '2024-03-05T09:00:00Z', '2024-03-20T12:00:00Z', false, false, true, '2024-03-04T16:00:00Z', '2024-03-05T08:00:00Z', '2024-03-19T08:00:00Z'),
  (1, 501, 2, 2, 1, '2024-03-04T09:00:00Z', '2024-03-04T17:00:00Z', '2024-03-05T09:00:00Z', '2024-03-04T12:00:00Z', false, false, false, NULL, NULL, NULL),
  (2, 501, 4, 4, 2, '2024-03-04T09:00:00Z', '2024-03-04T10:00:00Z', '2024-03-04T13:00:00Z', '2024-03-05T12:00:00Z', false, false, false, NULL, '2024-03-05T11:00:00Z', NULL),
  (3, 502, 2, 1, 3, '2024-03-04T09:00:00Z', '2024-03-05T09:00:00Z', '2024-03-07T09:00:00Z', '2024-03-05T12:00:00Z', false, false, false, '2024-03-04T10:00:00Z', '2024-03-04T11:00:00Z', NULL),
  (4, 502, 6, 3, 7, '2024-03-06T09:00:00Z', NULL, NULL, '2024-03-06T12:00:00Z', false, false, false, NULL, NULL, NULL),
  (5, 502, 7, 3, 9, '2024-03-06T09:00:00Z', NULL, NULL, '2024-03-06T12:00:00Z', false, false, false, NULL, NULL, NULL),
  (6, 502, 2, 1, 1, '2024-03-04T09:00:00Z', '2024-03-04T10:00:00Z', '2024-03-04T11:00:00Z', '2024-03-05T12:00:00Z', true, false, false, NULL, NULL, NULL),
  (7, 502, 2, 1, 1, '2024-03-04T09:00:00Z', '2024-03-04T10:00:00Z', '2024-03-04T11:00:00Z', '2024-03-05T12:00:00Z', false, true, false, NULL, NULL, NULL),
  (8, NULL, 5, 1, 1, '2024-03-04T09:00:00Z', '2024-03-05T09:00:00Z', '2024-03-07T09:00:00Z', '2024-03-08T12:00:00Z', false, NULL, false, '2024-03-05T09:00:00Z', NULL, '2024-03-08T09:00:00Z'))
  AS t (id, company_id, status, priority, source, created_at, fr_due_by, due_by, updated_at, spam, deleted, fr_escalated, first, resolved, closed);
-- 2: what comes in, a note, and an automatic answer come before the reply.
INSERT INTO conversations
SELECT to_jsonb(c) FROM (VALUES
  (2, true, false, false, '2024-03-04T09:10:00Z'), (2, false, true, false, '2024-03-04T09:20:00Z'), (2, false, false, true, '2024-03-04T09:01:00Z'),
  (2, false, false, false, '2024-03-04T10:30:00Z'), (2, false, false, NULL, '2024-03-04T11:30:00Z'))
  AS c (ticket_id, incoming, private, auto_response, created_at);
INSERT INTO satisfaction_ratings
SELECT to_jsonb(a) FROM (VALUES
  (1, 1, 9, 11, '{"default_question": -103, "question_2": 103}'::jsonb, '2024-03-05T12:00:00Z', '2024-03-05T12:00:00Z'),
  (1, 1, 9, 11, '{"default_question": 103, "question_2": -103}', '2024-03-05T12:00:00Z', '2024-03-05T13:00:00Z'),       -- changed
  (2, 2, 9, 11, '{"default_question": 100}', '2024-03-05T12:00:00Z', '2024-03-05T12:00:00Z'),
  (3, 3, 9, 12, '[{"name": "question_2", "value": -103}, {"name": "default_question", "value": 102}]', '2024-03-06T12:00:00Z', '2024-03-06T12:00:00Z'),
  (4, 4, 9, 12, '{"default_question": -101}', '2024-03-06T12:00:00Z', '2024-03-06T12:00:00Z'),
  (5, 5, 9, 12, '{"default_question": 101}', '2024-03-06T12:00:00Z', '2024-03-06T12:00:00Z'),
  (6, 8, 9, 13, '{"question_2": 103}', '2024-03-06T12:00:00Z', '2024-03-06T12:00:00Z'))
  AS a (id, ticket_id, survey_id, user_id, ratings, created_at, updated_at);
INSERT INTO time_entries
SELECT to_jsonb(e) FROM (VALUES
  (1, 1, NULL, '2024-03-04T23:30:00Z', '01:30', 5400, true, false, '2024-03-05T12:00:00Z'),
  (2, 1, 502, '2024-03-05T12:00:00Z', '00:01', 103, false, false, '2024-03-05T12:00:00Z'),
  (3, 1, NULL, '2024-03-05T12:00:00Z', '00:10', 600, true, true, '2024-03-05T12:00:00Z'))
  AS e (id, ticket_id, company_id, executed_at, time_spent, time_spent_in_seconds, billable, timer_running, updated_at);

\set zone Europe/Berlin
\ir :mapping

SELECT tap.rows_are('SELECT customer, name, since FROM source_freshdesk.customers', $$
  501|Acorn|2024-01-02
  502|Birch|2024-01-02
  503|Cedar|2024-01-02$$, 'customers');
SELECT tap.rows_are('SELECT customer, dimension, value FROM source_freshdesk.segments', '501|account_tier|Premium', 'segments');
SELECT tap.rows_are('SELECT customer, signal, day, score FROM source_freshdesk.health_signals', $$
  501|freshdesk_health|2024-03-02|50
  502|freshdesk_health|2024-03-01|-$$, 'health: a word that is not known has no score');
-- Acorn is at 50.  What Birch is nobody knows, so that half of the weight counts.
SELECT tap.rows_are($$
  SELECT customer, ccx.health_score(h), ccx.health_coverage(h)
  FROM (SELECT customer, ccx.health_agg(signal, score, 1) AS h FROM source_freshdesk.health_signals GROUP BY customer) AS s$$, $$
  501|50|1
  502|-|0$$, 'health');

-- 6 is spam, 7 deleted.  1 in its last version; 2 has its reply from the conversation; 3 was opened again; 8 has only the
-- time of closing.
SELECT tap.rows_are('SELECT ticket, customer, first_reply_at, resolved_at, status, priority, channel FROM source_freshdesk.tickets', $$
  1|501|2024-03-04T16:00:00+00:00|2024-03-05T08:00:00+00:00|resolved|medium|email
  2|501|2024-03-04T10:30:00+00:00|2024-03-05T11:00:00+00:00|resolved|urgent|portal
  3|502|2024-03-04T10:00:00+00:00|-|open|low|phone
  4|502|-|-|pending|high|chat
  5|502|-|-|open|high|9
  8|-|2024-03-05T09:00:00+00:00|2024-03-08T09:00:00+00:00|resolved|low|email$$, 'tickets');
-- Hours: 1 after 23, 2 after 26, 8 after 96; 3, 4, 5 are not resolved on 9 March 9:00 (120, 72, 72 hours).  S: 5/6, 4/6, and
-- of the two left at 96 one: 2/6.
SELECT tap.rows_are($$
  SELECT ccx.event_count(d), ccx.censored_count(d), ccx.km_quantile(d, 0.25), ccx.km_median(d)
  FROM (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2024-03-09 09:00', 'hour') AS d
        FROM source_freshdesk.tickets) AS t$$, '3|3|26|96', 'time to resolution');

-- 1: both in time, though somebody was told.  2: both late.  3: a reply in time; not resolved.  8: the reply on the second.
SELECT tap.rows_are('SELECT ticket, target, due_at, met FROM source_freshdesk.sla', $$
  1|first_reply|2024-03-04T17:00:00+00:00|true
  1|resolution|2024-03-05T09:00:00+00:00|true
  2|first_reply|2024-03-04T10:00:00+00:00|false
  2|resolution|2024-03-04T13:00:00+00:00|false
  3|first_reply|2024-03-05T09:00:00+00:00|true
  3|resolution|2024-03-07T09:00:00+00:00|-
  8|first_reply|2024-03-05T09:00:00+00:00|true
  8|resolution|2024-03-07T09:00:00+00:00|false$$, 'what was promised');
-- 4 of 7; with ticket 3 overdue on 8 March 4 of 8.
SELECT tap.rows_are($$
  SELECT round(ccx.sla_attainment(met), 4), ccx.sla_attainment(coalesce(met, CASE WHEN due_at < '2024-03-08' THEN false END))
  FROM source_freshdesk.sla$$, '0.5714|0.5', 'SLA attainment');

-- 103, 100, 102, -101, 101 of the first question, in its last version: three of five are happy.
SELECT tap.rows_are('SELECT customer, respondent, survey, scale, score FROM source_freshdesk.survey_answers', $$
  501|11|9|1-5|3
  501|11|9|1-5|5
  502|12|9|1-5|2
  502|12|9|1-5|4
  502|12|9|1-5|4$$, 'satisfaction');
SELECT tap.rows_are('SELECT ccx.csat(score) FROM source_freshdesk.survey_answers', '0.6', 'CSAT');

-- An hour and a half on 5 March in Berlin, by the ticket's company; 103 seconds by their own.
SELECT tap.rows_are('SELECT customer, day, kind, round(hours, 4), amount FROM source_freshdesk.costs', $$
  501|2024-03-05|support|1.5000|-
  502|2024-03-05|support|0.0286|-$$, 'costs');
-- 5503 seconds at 72 an hour: 110.06; of a revenue of 1000 the margin is 0.88994.
SELECT tap.rows_are('SELECT ccx.gross_margin(1000, round(sum(hours) * 72, 2)) FROM source_freshdesk.costs', '0.88994', 'margin after cost to serve');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_jsonl('sample.' || t, format('%s/%s.jsonl', :'folder', t))
FROM unnest('{companies,conversations,satisfaction_ratings,tickets,time_entries}'::text[]) AS t \g /dev/null
-- Two tickets, open without a reply; due 8 and 24 hours of reply (priorities 2 and 1), 24 and 72 of resolution, after
-- 2022-05-25 21:25:35: 16 and 48 hours apart.
SELECT tap.rows_are('SELECT ticket, priority, first_reply_at, resolved_at, status FROM source_sample.tickets', $$
  18|medium|-|-|open
  19|low|-|-|open$$, 'sample tables: tickets');
SELECT tap.rows_are('SELECT ticket, target, due_at, met FROM source_sample.sla', $$
  18|first_reply|2022-05-26T05:25:35+00:00|-
  18|resolution|2022-05-26T21:25:35+00:00|-
  19|first_reply|2022-05-26T21:25:35+00:00|-
  19|resolution|2022-05-28T21:25:35+00:00|-$$, 'sample tables: what was promised');
-- At noon on 26 May one is overdue, in June all are.
SELECT tap.rows_are($$
  SELECT count(*) FILTER (WHERE due_at < '2022-05-26 12:00Z'), ccx.sla_attainment(coalesce(met, CASE WHEN due_at < '2022-06-01' THEN false END))
  FROM source_sample.sla$$, '1|0', 'sample tables: SLA attainment');
-- One answer, 103 to the first question (100 to others); its ticket is not among the two.
SELECT tap.rows_are('SELECT customer, respondent, answered_at, score FROM source_sample.survey_answers', '-|67042965499|2022-11-22T15:02:29+00:00|5',
                    'sample tables: satisfaction');
SELECT tap.rows_are('SELECT ccx.csat(score) FROM source_sample.survey_answers', '1', 'sample tables: CSAT');
-- 5400 + 103 seconds, 1.5286 hours; four companies; the only reply (to a ticket that is not there) is the message, not the note.
SELECT tap.rows_are($$
  SELECT (SELECT round(sum(hours), 4) FROM source_sample.costs), (SELECT count(*) FROM source_sample.customers),
         (SELECT count(*) FROM source_sample.health_signals), (SELECT string_agg(ticket_id || ' ' || to_char(first_reply_at AT TIME ZONE 'UTC', 'HH24:MI:SS'), ',') FROM source_sample.replies)$$,
  '1.5286|4|0|22 16:16:58', 'sample tables: hours, companies, replies');

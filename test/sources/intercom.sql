-- examples/sources/intercom.sql; see README.md.
\set vendor intercom
\ir setup.sql

CREATE SCHEMA intercom;
SET search_path = intercom;
CREATE TABLE company_history (id text, updated_at timestamp, company_id text, created_at timestamp, remote_created_at timestamp, name text,
                              industry text, plan_name text, monthly_spend integer, session_count integer);
CREATE TABLE contact_company_history (contact_id text, company_id text, contact_updated_at timestamp);
CREATE TABLE contact_history (id text, updated_at timestamp, signed_up_at timestamp, custom_onboarding_step text);
CREATE TABLE conversation_contact_history (conversation_id bigint, contact_id text);
CREATE TABLE conversation_history (id bigint, updated_at timestamp, created_at timestamp, state text, priority text, source_type text,
                                   source_delivered_as text, source_author_id text, source_author_type text, sla_name text, sla_status text,
                                   first_contact_reply_created_at timestamp,
                                   conversation_rating_value text, conversation_rating_created_at timestamp);
CREATE TABLE conversation_part_history (id bigint, conversation_id bigint, created_at timestamp, part_type text, author_type text, body text);

INSERT INTO company_history VALUES
  ('acorn', '2024-02-20 18:00', 'A-1', '2024-01-10 12:00', '2023-06-30 23:00', 'Acorn', 'Trees', 'Pro', 120, 41),
  ('acorn', '2024-02-20 10:00', 'A-1', '2024-01-10 12:00', '2023-06-30 23:00', 'Acorn', 'Trees', 'Pro', 200, 40),
  ('acorn', '2024-02-10 23:30', 'A-1', '2024-01-10 12:00', '2023-06-30 23:00', 'Acorn', 'Trees', 'Pro', 150, 25),
  ('acorn', '2024-01-10 12:00', 'A-1', '2024-01-10 12:00', '2023-06-30 23:00', 'Acorn', 'Trees', 'Basic', 100, 10),
  ('birch', '2024-01-10 12:00', 'B-1', '2024-01-10 12:00', NULL, 'Birch', NULL, NULL, 80, 5),
  ('birch', '2024-03-10 12:00', 'B-1', '2024-01-10 12:00', NULL, 'Birch', NULL, NULL, 0, 3),          -- left; counts anew
  ('lead', '2024-01-10 12:00', 'x9-qualification-company', '2024-01-10 12:00', NULL, NULL, NULL, NULL, 500, 5),
  ('lead', '2024-01-12 12:00', 'x9-qualification-company', '2024-01-10 12:00', NULL, NULL, NULL, NULL, 500, 9),
  ('cedar', '2024-01-10 12:00', 'C-1', '2024-01-10 12:00', NULL, 'Cedar', NULL, NULL, 0, 0);          -- never said what it pays
INSERT INTO contact_company_history VALUES
  ('k1', 'acorn', '2024-01-02 12:00'), ('k2', 'acorn', '2024-01-02 12:00'), ('k2', 'birch', '2024-02-02 12:00'),   -- k2 moved
  ('k3', 'lead', '2024-01-02 12:00'), ('k4', 'acorn', '2024-01-02 12:00'), ('k4', 'birch', '2024-01-02 12:00'),    -- k4 has two
  ('k5', 'acorn', '2024-01-02 12:00');
INSERT INTO contact_history VALUES
  ('k1', '2024-01-06 12:00', '2024-01-05 10:00', 'invited'), ('k1', '2024-01-20 12:00', '2024-01-05 10:00', 'live'),
  ('k1', '2024-02-01 12:00', '2024-01-05 10:00', 'live'), ('k5', '2024-01-02 12:00', '2024-01-02 10:00', NULL),
  ('k2', '2024-01-02 12:00', '2024-01-03 10:00', NULL), ('k3', '2024-01-02 12:00', NULL, NULL),
  ('k4', '2024-01-02 12:00', '2024-01-01 10:00', NULL);

INSERT INTO conversation_history VALUES
  (1, '2024-03-06 12:00', '2024-03-04 09:00', 'closed', 'priority', 'email', 'customer_initiated', 'k1', 'user', 'Gold', 'hit', '2024-03-04 09:00', '5', '2024-03-06 12:00'),
  (1, '2024-03-05 10:00', '2024-03-04 09:00', 'open', 'priority', 'email', 'customer_initiated', 'k1', 'user', 'Gold', 'active', '2024-03-04 09:00', '2', '2024-03-04 13:00'),
  (1, '2024-03-04 12:00', '2024-03-04 09:00', 'closed', 'priority', 'email', 'customer_initiated', 'k1', 'user', 'Gold', 'active', '2024-03-04 09:00', NULL, NULL),
  (2, '2024-03-05 12:00', '2024-03-04 09:00', 'open', 'priority', 'conversation', 'customer_initiated', 'k2', 'user', 'Gold', 'missed', '2024-03-04 09:00', '1', '2024-03-05 12:00'),
  (2, '2024-03-04 15:00', '2024-03-04 09:00', 'closed', 'priority', 'conversation', 'customer_initiated', 'k2', 'user', 'Gold', 'missed', '2024-03-04 09:00', NULL, NULL),
  (3, '2024-03-05 10:00', '2024-03-04 09:00', 'closed', 'not_priority', 'conversation', 'customer_initiated', NULL, 'user', 'Gold', 'active', '2024-03-04 09:00', NULL, NULL),
  (3, '2024-03-05 09:00', '2024-03-04 09:00', 'closed', 'not_priority', 'conversation', 'customer_initiated', NULL, 'user', 'Gold', 'active', '2024-03-04 09:00', NULL, NULL),
  (3, '2024-03-04 11:00', '2024-03-04 09:00', 'open', 'not_priority', 'conversation', 'customer_initiated', NULL, 'user', 'Gold', 'active', '2024-03-04 09:00', NULL, NULL),
  (4, '2024-03-04 12:00', '2024-03-04 09:00', 'snoozed', 'not_priority', 'conversation', 'customer_initiated', 'k4', 'user', 'Gold', NULL, '2024-03-04 09:00', '4', '2024-03-05 12:00'),
  (5, '2024-03-04 12:00', '2024-03-04 09:00', 'open', 'not_priority', 'conversation', 'admin_initiated', '77', 'admin', NULL, NULL, '2024-03-04 11:00', NULL, NULL),
  (6, '2024-03-05 09:00', '2024-03-04 09:00', 'closed', 'not_priority', 'conversation', 'customer_initiated', 'k3', 'lead', 'Gold', 'cancelled', '2024-03-04 09:00', '3', '2024-03-05 12:00');
INSERT INTO conversation_contact_history VALUES (1, 'k1'), (3, 'k1'), (5, 'k1');
INSERT INTO conversation_part_history VALUES
  (11, 1, '2024-03-04 09:05', 'comment', 'bot', 'Hello'), (12, 1, '2024-03-04 09:30', 'note', 'admin', 'Who knows?'),
  (13, 1, '2024-03-04 09:40', 'comment', 'user', 'Well?'), (14, 1, '2024-03-04 10:00', 'comment', 'admin', 'So'),
  (15, 1, '2024-03-04 11:59:30', 'close', 'admin', NULL), (16, 1, '2024-03-06 11:59:30', 'close', 'admin', NULL),
  (31, 3, '2024-03-04 10:00', 'assignment', 'admin', NULL), (61, 6, '2024-03-05 08:30', 'close', 'admin', 'Done');

\set zone Europe/Berlin
\ir :mapping

SELECT tap.rows_are('SELECT customer, name, external_id, since FROM source_intercom.customers', $$
  acorn|Acorn|A-1|2023-07-01
  birch|Birch|B-1|2024-01-10
  cedar|Cedar|C-1|2024-01-10$$, 'customers: no leads');
SELECT tap.rows_are($$SELECT customer, value, valid_from, valid_to FROM source_intercom.segments WHERE dimension = 'plan'$$, $$
  acorn|Basic|2024-01-10|2024-02-11
  acorn|Pro|2024-02-11|2024-02-20
  acorn|Pro|2024-02-20|-$$, 'plans');

SELECT tap.rows_are('SELECT customer, valid_from, valid_to, mrr FROM source_intercom.mrr', $$
  acorn|2024-01-10|2024-02-11|100
  acorn|2024-02-11|2024-02-20|150
  acorn|2024-02-20|-|120
  birch|2024-01-10|2024-03-10|80$$, 'mrr');
-- 15 January to 15 March: 120 of 180; capped 100 of 180.
SELECT tap.rows_are($$
  SELECT round(ccx.nrr(s), 4), round(ccx.grr(s), 4), ccx.churned_customers(s)
  FROM (SELECT ccx.retention_agg(ccx.mrr_at(h, '2024-01-15'), ccx.mrr_at(h, '2024-03-15')) AS s
        FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr) AS h FROM source_intercom.mrr GROUP BY customer) AS c) AS r$$,
  '0.6667|0.5556|1', 'NRR and GRR');

-- 1 was closed twice; the first to write were a bot and a note.  2 was closed once, but is open; it is of the company that k2
-- moved to.  4 is of one of two companies; 6 of a lead, answered on closing.  3 is of a contact that takes part, and was
-- assigned, not answered.  5 came from us.
SELECT tap.rows_are('SELECT ticket, customer, first_reply_at, resolved_at, status, channel FROM source_intercom.tickets', $$
  1|acorn|2024-03-04T10:00:00+00:00|2024-03-06T11:59:30+00:00|resolved|email
  2|birch|-|-|open|conversation
  3|acorn|-|2024-03-05T09:00:00+00:00|resolved|conversation
  4|-|-|-|pending|conversation
  6|-|2024-03-05T08:30:00+00:00|2024-03-05T08:30:00+00:00|resolved|conversation$$, 'tickets');
-- Hours: 6 after 23, 3 after 24, 1 after 50; 2 and 4 not by 10 March 9:00.  S: 4/5, 3/5, 2/5.
SELECT tap.rows_are($$
  SELECT ccx.event_count(d), ccx.censored_count(d), ccx.km_median(d)
  FROM (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2024-03-10 09:00', 'hour') AS d
        FROM source_intercom.tickets) AS t$$, '3|2|50', 'time to resolution');

-- 1 hit, 2 missed, 3 undecided; taken off 4 and 6.
SELECT tap.rows_are('SELECT ticket, customer, target, met FROM source_intercom.sla', $$
  1|acorn|Gold|true
  2|birch|Gold|false
  3|acorn|Gold|-$$, 'what was promised');
SELECT tap.rows_are('SELECT ccx.sla_attainment(met) FROM source_intercom.sla', '0.5', 'SLA attainment');

-- 5 (a 2 before), 1, 4, 3: two of four.
SELECT tap.rows_are('SELECT customer, respondent, answered_at, score FROM source_intercom.survey_answers', $$
  -|k3|2024-03-05T12:00:00+00:00|3
  -|k4|2024-03-05T12:00:00+00:00|4
  acorn|k1|2024-03-06T12:00:00+00:00|5
  birch|k2|2024-03-05T12:00:00+00:00|1$$, 'ratings');
SELECT tap.rows_are('SELECT ccx.csat(score) FROM source_intercom.survey_answers', '0.5', 'CSAT');

-- 10, 25 / 40, 41: 15 and 16 more; birch started anew and has 3.
SELECT tap.rows_are('SELECT customer, day, measure, n FROM source_intercom.usage', $$
  acorn|2024-02-11|sessions|15
  acorn|2024-02-20|sessions|16
  birch|2024-03-10|sessions|3$$, 'sessions');
SELECT tap.rows_are('SELECT customer, ccx.usage_total(ccx.usage_agg(day, n)) FROM source_intercom.usage GROUP BY customer', $$
  acorn|31
  birch|3$$, 'usage');

SELECT tap.rows_are('SELECT customer, milestone, at FROM source_intercom.milestones', $$
  acorn|invited|2024-01-06T12:00:00+00:00
  acorn|live|2024-01-20T12:00:00+00:00
  acorn|signed_up|2024-01-02T10:00:00+00:00
  birch|signed_up|2024-01-03T10:00:00+00:00$$, 'milestones');
-- acorn after 18 days, birch not yet: half of them by then.
SELECT tap.rows_are($$
  SELECT ccx.km_median(ccx.duration_agg(started, live, '2024-03-01'))
  FROM (SELECT (min(at) FILTER (WHERE milestone = 'signed_up') AT TIME ZONE 'UTC')::date AS started, (min(at) FILTER (WHERE milestone = 'live') AT TIME ZONE 'UTC')::date AS live
        FROM source_intercom.milestones GROUP BY customer) AS m$$, '18', 'time to value');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || t, format('%s/%s_data.csv', :'folder', t))
FROM unnest('{company_history,contact_company_history,contact_history,conversation_contact_history,conversation_history,conversation_part_history}'::text[]) AS t \g /dev/null
-- Nine versions of two conversations, both closed in their last.  28 October 23:59:37 to 2 November 14:17:59: 110 hours
-- (4 days 14:18:22); 4 November 3:12:03 to 6 November 13:55:01: 58 hours.  The parts' conversations were masked.
SELECT tap.rows_are('SELECT ticket, customer, resolved_at, status FROM source_sample.tickets', $$
  156643300001311|-|2020-11-02T14:17:59+00:00|resolved
  156643300001372|-|2020-11-06T13:55:01+00:00|resolved$$, 'sample tables: tickets');
SELECT tap.rows_are($$
  SELECT ccx.km_median(d), ccx.km_quantile(d, 0.9)
  FROM (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2021-01-01', 'hour') AS d FROM source_sample.tickets) AS t$$,
  '58|110', 'sample tables: time to resolution');
-- Of nine companies seven are leads'; monthly_spend is 0 in all.  No SLA, no rating, no sign-up is filled in.
SELECT tap.rows_are($$
  SELECT (SELECT string_agg(external_id, ',' ORDER BY external_id) FROM source_sample.customers), (SELECT count(*) FROM source_sample.mrr),
         (SELECT count(*) FROM source_sample.sla), (SELECT count(*) FROM source_sample.survey_answers), (SELECT count(*) FROM source_sample.milestones),
         (SELECT count(*) FROM source_sample.usage)$$,
  '10hNkSuS4Niit8s48jDM,154pAIt4n2R143aexUWL|0|0|0|0|0', 'sample tables: companies, and what is empty');

-- examples/sources/hubspot.sql; see README.md.
\set vendor hubspot
\ir setup.sql

CREATE SCHEMA hubspot;
SET search_path = hubspot;
CREATE TABLE company (id bigint, is_deleted boolean, property_name text, property_createdate timestamp, property_industry text, property_country text);
CREATE TABLE contact_company (contact_id bigint, company_id bigint, type_id integer);
CREATE TABLE deal (deal_id bigint, is_deleted boolean, deal_pipeline_id text, deal_pipeline_stage_id text, property_amount text, property_closedate timestamp,
                   property_createdate timestamp);
CREATE TABLE deal_company (deal_id bigint, company_id bigint, type_id integer);
CREATE TABLE deal_pipeline (pipeline_id text, label text, _fivetran_deleted boolean);
CREATE TABLE deal_pipeline_stage (stage_id text, closed_won boolean, is_closed boolean, _fivetran_deleted boolean);
CREATE TABLE deal_property_history (deal_id bigint, name text, "timestamp" timestamp, value text);
CREATE TABLE deal_stage (deal_id bigint, value text, date_entered timestamp);
CREATE TABLE merged_deal (deal_id bigint, merged_deal_id bigint);
CREATE TABLE engagement_company (engagement_id bigint, company_id bigint);
CREATE TABLE engagement_meeting (engagement_id bigint, start_time timestamp, meeting_outcome text);
CREATE TABLE feedback_submission (id bigint, _fivetran_deleted boolean, property_hs_survey_type text, property_hs_survey_name text, property_hs_value text,
                                  property_hs_contact_id bigint, property_hs_submission_timestamp timestamp);
CREATE TABLE ticket (id bigint, is_deleted boolean, property_createdate timestamp, property_closed_date timestamp, property_first_agent_reply_date timestamp,
                     property_hs_pipeline text, property_hs_pipeline_stage text, property_hs_ticket_priority text);
CREATE TABLE ticket_company (ticket_id bigint, company_id bigint, type_id integer);
CREATE TABLE ticket_pipeline_stage (stage_id text, pipeline_id text, is_closed boolean, ticket_state text, _fivetran_deleted boolean);

INSERT INTO company VALUES
  (1, false, 'Acme', '2024-01-01 02:00', 'Retail', 'France'), (2, NULL, 'Birch', '2024-01-01 12:00', 'null', ' '),
  (3, true, 'Gone', '2024-01-01 12:00', 'Retail', 'France'), (4, false, 'Cedar', '2024-01-01 12:00', NULL, NULL);
INSERT INTO deal_pipeline VALUES ('r', 'Renewals 2024', NULL), ('n', 'New business', false), ('o', 'Renewals 2022', true);
INSERT INTO deal_pipeline_stage VALUES ('open', false, false, false), ('won', true, true, false), ('lost', false, true, false), ('oldwon', true, true, true);
INSERT INTO deal VALUES
  (11, false, 'r', 'won', '1500', '2024-03-20 12:00', '2024-01-01'),     -- was due on 1 April with 1200
  (12, false, 'r', 'lost', '800', '2024-04-20 12:00', '2024-01-01'),
  (13, NULL, 'r', 'open', '500', '2024-09-01 12:00', '2024-01-01'),
  (14, false, 'r', 'won', '700', '2024-02-01 12:00', '2024-01-01'),      -- merged into 11
  (15, true, 'r', 'won', '700', '2024-02-01 12:00', '2024-01-01'),
  (16, false, 'n', 'won', '900', '2023-02-01 12:00', '2023-01-01'),      -- not a renewal
  (17, false, 'r', 'oldwon', '300', '2024-05-01 02:00', '2024-01-01'),   -- by a stage that is no longer used
  (19, false, 'o', 'won', '50', '2024-08-01 12:00', '2024-01-01'),       -- of a pipeline that is no longer used
  (18, false, 'r', 'open', '100', NULL, '2024-01-01');                   -- not planned yet
INSERT INTO merged_deal VALUES (11, 14);
INSERT INTO deal_company VALUES (11, 2, 341), (11, 1, 5), (12, 2, 341), (12, 4, 341), (13, 4, 5), (16, 1, 5), (17, 4, 5), (18, 4, 5), (19, 4, 5), (19, 2, NULL), (14, 2, 5), (15, 2, 5);
INSERT INTO deal_property_history VALUES
  (11, 'closedate', '2024-01-01 12:00', '2024-04-01T12:00:00Z'), (11, 'closedate', '2024-03-20 12:00', '2024-03-20T12:00:00Z'),
  (11, 'amount', '2024-01-01 12:00', '1200'), (11, 'amount', '2024-03-01 12:00', '1500'), (11, 'dealname', '2024-01-01 12:00', 'x'),
  (12, 'closedate', '2024-01-01 12:00', '1711972800000'), (12, 'closedate', '2024-01-01 11:00', '');   -- 2024-04-01 12:00 in milliseconds
INSERT INTO deal_stage VALUES (11, 'open', '2024-01-01 12:00'), (11, 'won', '2024-03-20 12:00'), (16, 'won', '2023-02-01 12:00'), (12, 'won', '2024-03-01 12:00'),
  (12, 'lost', '2024-04-20 12:00'), (17, 'open', '2024-04-01 12:00'), (17, 'oldwon', '2024-04-30 12:00'), (14, 'won', '2022-01-01 12:00');
INSERT INTO ticket_pipeline_stage VALUES ('1', 'a', false, 'OPEN', false), ('1', 'b', true, 'CLOSED', NULL), ('2', 'a', true, 'CLOSED', false);
INSERT INTO ticket VALUES
  (21, false, '2024-05-01 12:00', '2024-05-02 12:00', '2024-05-01 13:00', 'a', '2', 'HIGH'),
  (22, false, '2024-05-01 12:00', '2024-05-02 12:00', NULL, 'a', '1', NULL),      -- opened again
  (23, false, '2024-05-01 12:00', '2024-05-04 12:00', NULL, 'b', '1', NULL),      -- the same stage id, in a pipeline where it is closed
  (24, false, '2024-05-01 12:00', NULL, NULL, 'a', '1', NULL),
  (25, false, '2024-05-01 12:00', '2024-04-01 12:00', NULL, 'a', '2', NULL),      -- closed before it was created
  (26, NULL, '2024-05-01 12:00', '2024-05-03 12:00', NULL, 'c', '9', NULL),      -- a stage that nobody knows
  (27, true, '2024-05-01 12:00', '2024-05-03 12:00', NULL, 'a', '2', NULL);
INSERT INTO ticket_company VALUES (21, 2, 339), (21, 1, 26), (21, 4, NULL), (23, 4, NULL), (23, 2, NULL);
INSERT INTO contact_company VALUES (31, 1, 1), (32, 2, 279), (32, 4, 1), (32, 2, NULL);
INSERT INTO feedback_submission VALUES
  (41, NULL, 'NPS', 'Loyalty', '10', 31, '2024-05-01 12:00'), (42, false, 'NPS', 'Loyalty', '3', 32, '2024-05-02 12:00'), (43, false, 'NPS', 'Loyalty', '11', 31, '2024-05-03 12:00'),
  (44, false, 'CSAT', 'Support', '2', 31, '2024-05-01 12:00'), (45, false, 'CSAT', 'Support', '1', 32, '2024-05-01 12:00'), (46, false, 'CSAT', 'Support', '0', 32, '2024-05-01 12:00'),
  (47, false, 'CES', 'Effort', '6', 33, '2024-05-01 12:00'), (48, false, 'CUSTOM', 'Own', '4', 31, '2024-05-01 12:00'), (49, true, 'NPS', 'Loyalty', '0', 31, '2024-05-01 12:00'),
  (50, false, 'NPS', 'Loyalty', NULL, 31, '2024-05-01 12:00');
INSERT INTO engagement_meeting VALUES
  (51, '2024-05-01 02:00', NULL), (52, '2024-04-30 15:00', 'COMPLETED'), (53, '2024-05-01 15:00', 'NO_SHOW'), (54, '2024-05-01 15:00', 'CANCELED'),
  (55, '1970-01-19 07:51:57.6', NULL), (56, '2024-05-01 15:00', 'SCHEDULED');
INSERT INTO engagement_company VALUES (51, 1), (51, 1), (52, 1), (52, 2), (53, 1), (54, 1), (55, 1);

\set zone America/New_York
\ir :mapping

-- 11 belongs to its primary company, was due on 1 April with 1200, and was closed on 20 March with 1500.  12 was due on 1 April
-- too (in milliseconds) and lost; no company is primary, so the older.  17 was won, and closed at 22:00 of 30 April in New York.
SELECT tap.rows_are('SELECT customer, contract, due, arr_due, renewed_on, arr_renewed FROM source_hubspot.renewals', $$
  1|11|2024-04-01|1200|2024-03-20|1500
  2|12|2024-04-01|800|-|-
  4|13|2024-09-01|500|-|-
  4|17|2024-04-30|300|2024-04-30|300
  4|19|2024-08-01|50|2024-08-01|50$$, 'renewals');
-- As of 30 June: 1800 of 1200 + 800 + 300 = 2300: 0.7826; gross 1500 of 2300: 0.6522; by customers 2 of 3.
SELECT tap.rows_are($$
  SELECT round(ccx.renewal_rate(r), 4), round(ccx.gross_renewal_rate(r), 4), round(ccx.logo_renewal_rate(r), 4), ccx.open_count(r)
  FROM (SELECT ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-06-30') AS r FROM source_hubspot.renewals) AS s$$,
  '0.7826|0.6522|0.6667|2', 'renewal rates');

SELECT tap.rows_are('SELECT customer, ticket, opened_at, first_reply_at, resolved_at, status, priority FROM source_hubspot.tickets', $$
  -|22|2024-05-01T12:00:00+00:00|-|-|open|-
  -|24|2024-05-01T12:00:00+00:00|-|-|open|-
  -|25|2024-05-01T12:00:00+00:00|-|2024-04-01T12:00:00+00:00|resolved|-
  -|26|2024-05-01T12:00:00+00:00|-|2024-05-03T12:00:00+00:00|resolved|-
  1|21|2024-05-01T12:00:00+00:00|2024-05-01T13:00:00+00:00|2024-05-02T12:00:00+00:00|resolved|HIGH
  2|23|2024-05-01T12:00:00+00:00|-|2024-05-04T12:00:00+00:00|resolved|-$$, 'tickets');
-- By 6 May: 24, 48 and 72 hours, two still open after 120, and one that took less than no time.  S(24) = 4/5, S(48) = 3/5,
-- S(72) = 2/5: half are resolved within 72 hours.
SELECT tap.rows_are($$
  SELECT ccx.event_count(d), ccx.censored_count(d), ccx.skipped_rows(d), ccx.km_median(d)
  FROM (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2024-05-06 12:00', 'hour') AS d FROM source_hubspot.tickets) AS t$$,
  '3|2|1|72', 'time to resolution');

SELECT tap.rows_are('SELECT customer, respondent, survey, answered_at, scale, score FROM source_hubspot.survey_answers', $$
  -|33|Effort|2024-05-01T12:00:00+00:00|1-7|6
  1|31|Loyalty|2024-05-01T12:00:00+00:00|nps|10
  1|31|Support|2024-05-01T12:00:00+00:00|1-5|5
  4|32|Loyalty|2024-05-02T12:00:00+00:00|nps|3
  4|32|Support|2024-05-01T12:00:00+00:00|1-5|1
  4|32|Support|2024-05-01T12:00:00+00:00|1-5|3$$, 'survey answers');
-- NPS: one promoter, one detractor.  CSAT: one of three happy.
SELECT tap.rows_are($$
  SELECT ccx.nps(score) FILTER (WHERE scale = 'nps'), round(ccx.csat(score) FILTER (WHERE scale = '1-5'), 4), ccx.ces(score) FILTER (WHERE scale = '1-7')
  FROM source_hubspot.survey_answers$$, '0|0.3333|6', 'NPS, CSAT, CES');

-- 51: 22:00 of 30 April in New York.  52: with two companies.  55: 1,583,517,117.6 seconds, which is 6 March 2020, 17:51:57.
SELECT tap.rows_are('SELECT customer, day, measure, n FROM source_hubspot.usage', $$
  -|2024-05-01|meetings|1
  1|2020-03-06|meetings|1
  1|2024-04-30|meetings|2
  2|2024-04-30|meetings|1$$, 'meetings');
SELECT tap.is(ccx.usage_recency(ccx.usage_agg(day, n), '2024-05-10'), 10, 'days since the last meeting') FROM source_hubspot.usage WHERE customer = '1';

-- 16, in 2023, came before 11; 14 is merged; 12 was won once and then lost.
SELECT tap.rows_are('SELECT customer, milestone, at FROM source_hubspot.milestones', $$
  1|won|2023-02-01T12:00:00+00:00
  4|won|2024-04-30T12:00:00+00:00$$, 'milestones');
SELECT tap.rows_are('SELECT customer, name, since FROM source_hubspot.customers', $$
  1|Acme|2023-12-31
  2|Birch|2024-01-01
  4|Cedar|2024-01-01$$, 'customers');
SELECT tap.rows_are('SELECT customer, dimension, value, valid_from FROM source_hubspot.segments', $$
  1|country|France|-
  1|industry|Retail|-$$, 'segments: blanks are not a segment');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || t, format('%s/%s_data.csv', :'folder', t))
FROM unnest('{deal,deal_company,deal_pipeline,deal_pipeline_stage,deal_property_history,deal_stage,merged_deal,engagement_company,engagement_meeting,ticket,ticket_company,ticket_pipeline_stage}'::text[]) AS t \g /dev/null
SELECT tap.load_csv('sample.company', :'folder' || '/company_data_postgres.csv') \g /dev/null
-- 25 tickets: 23 have a close date, one of them in a stage that is open; one was closed before it was created.
SELECT tap.rows_are($$
  SELECT count(*), count(resolved_at), count(first_reply_at), ccx.event_count(d), ccx.censored_count(d), ccx.skipped_rows(d)
  FROM source_sample.tickets, (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2025-12-31') AS d FROM source_sample.tickets) AS a
  GROUP BY d$$, '25|22|4|21|3|1', 'sample tables: tickets');
-- 100 meetings, 7 of them from 1970, which were in February to April 2020.
SELECT tap.rows_are($$SELECT sum(n), min(day) > '1971-01-01', sum(n) FILTER (WHERE day IN ('2020-03-06', '2020-02-07', '2020-04-02', '2020-04-03', '2020-02-21', '2020-03-14', '2020-03-23'))
                      FROM source_sample.usage$$, '100|true|7', 'sample tables: meetings');
-- 44 deals in no pipeline: renewals cannot be told.
SELECT tap.rows_are('SELECT (SELECT count(*) FROM source_sample.deals), (SELECT count(*) FROM source_sample.renewals), (SELECT count(*) FROM source_sample.customers)',
                    '44|0|24', 'sample tables: deals, renewals, customers');

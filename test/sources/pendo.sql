-- examples/sources/pendo.sql; see README.md.
\set vendor pendo
\ir setup.sql

CREATE SCHEMA pendo;
SET search_path = pendo;
CREATE TABLE account_history (id text, last_updated_at timestamp, first_visit timestamp, agent_name text, agent_planlevel text, agent_is_paying boolean,
                              agent_salesforceaccountid text);
CREATE TABLE event (account_id text, visitor_id text, app_id integer, "timestamp" timestamp, num_events integer, num_minutes integer);
CREATE TABLE feature_event (account_id text, visitor_id text, feature_id text, "timestamp" timestamp, num_events integer, num_minutes integer);
CREATE TABLE guide_event (account_id text, visitor_id text, guide_id text, "timestamp" timestamp, type text);
CREATE TABLE poll (id text, attribute_type text, question text);
CREATE TABLE poll_event (account_id text, visitor_id text, poll_id text, "timestamp" timestamp, poll_response text);

INSERT INTO account_history VALUES
  ('acme', '2024-01-01 12:00', '2024-01-01 02:00', 'Old name', 'Free', false, 'sf1'), ('acme', '2024-03-01 12:00', '2024-01-01 02:00', 'Acme', 'Pro', true, 'sf1'),
  ('birch', '2024-01-01 12:00', '1970-01-01 00:00', 'Birch', '', NULL, NULL);
INSERT INTO event VALUES
  ('acme', 'v1', -323232, '2024-05-01 02:00', 20, 5), ('acme', 'v1', -323232, '2024-04-30 15:00', 3, 1), ('acme', 'v2', -323232, '2024-04-30 15:00', 4, 2),
  ('acme', 'v1', 7, '2024-05-01 15:00', 10, 9), ('', 'v3', 7, '2024-05-01 15:00', 6, 1), (NULL, 'v4', 7, '2024-05-01 16:00', 1, 1), ('birch', 'v5', 7, '2024-05-01 15:00', 0, 0);
INSERT INTO feature_event VALUES ('acme', 'v1', 'f1', '2024-05-01 15:00', 2, 1), ('acme', 'v1', 'f2', '2024-05-01 15:00', 1, 1);
INSERT INTO guide_event VALUES
  ('acme', 'v1', 'g1', '2024-05-01 12:00', 'guideSeen'), ('acme', 'v1', 'g1', '2024-05-02 12:00', 'guideActivity'), ('acme', 'v2', 'g1', '2024-05-03 12:00', 'guideActivity'),
  ('birch', 'v5', 'g1', '2024-05-01 12:00', 'guideDismissed');
INSERT INTO poll VALUES ('nps', 'NPSRating', 'How likely?'), ('pick', 'PickList', 'Which?');
INSERT INTO poll_event VALUES
  ('acme', 'v1', 'nps', '2024-05-01 12:00', '10'), ('acme', 'v2', 'nps', '2024-05-02 12:00', ' 9'), ('birch', 'v5', 'nps', '2024-05-02 12:00', '0'),
  ('acme', 'v1', 'nps', '2024-05-03 12:00', '003isdx53ctwpf'), ('acme', 'v1', 'nps', '2024-05-03 12:00', '11'), ('acme', 'v1', 'pick', '2024-05-03 12:00', '5'),
  ('acme', 'v1', 'gone', '2024-05-03 12:00', '5'), ('', 'v3', 'nps', '2024-05-03 12:00', '7');

\set zone America/New_York
\ir :mapping

-- acme on 30 April in New York: 20 + 3 + 4 = 27 events in 5 + 1 + 2 = 8 minutes, in three rows; v3 and v4 have no account.
SELECT tap.rows_are('SELECT customer, day, measure, n FROM source_pendo.usage', $$
  -|2024-05-01|events|7
  -|2024-05-01|minutes|2
  acme|2024-04-30|events|27
  acme|2024-04-30|minutes|8
  acme|2024-05-01|events|10
  acme|2024-05-01|feature events|3
  acme|2024-05-01|minutes|9$$, 'usage');
SELECT tap.rows_are($$
  SELECT ccx.usage_total(u), ccx.usage_days(u), ccx.usage_recency(u, '2024-05-08')
  FROM (SELECT ccx.usage_agg(day, n) AS u FROM source_pendo.usage WHERE customer = 'acme' AND measure = 'events') AS a$$, '37|2|7', 'usage of an account');

SELECT tap.rows_are('SELECT customer, respondent, survey, answered_at, scale, score FROM source_pendo.survey_answers', $$
  -|v3|How likely?|2024-05-03T12:00:00+00:00|nps|7
  acme|v1|How likely?|2024-05-01T12:00:00+00:00|nps|10
  acme|v2|How likely?|2024-05-02T12:00:00+00:00|nps|9
  birch|v5|How likely?|2024-05-02T12:00:00+00:00|nps|0$$, 'survey answers');
-- Two promoters, one passive, one detractor.
SELECT tap.is(ccx.nps(score), 25, 'NPS') FROM source_pendo.survey_answers;

-- birch was never there, and has no plan; the guide was done on 2 May first.
SELECT tap.rows_are('SELECT customer, milestone, at FROM source_pendo.milestones', $$
  acme|first_use|2024-01-01T02:00:00+00:00
  acme|guide g1|2024-05-02T12:00:00+00:00$$, 'milestones');
SELECT tap.rows_are('SELECT customer, name, external_id, since FROM source_pendo.customers', $$
  acme|Acme|sf1|2023-12-31
  birch|Birch|-|-$$, 'customers: their latest version');
SELECT tap.rows_are('SELECT customer, dimension, value, valid_from, valid_to FROM source_pendo.segments', $$
  acme|paying|false|-|2024-03-01
  acme|paying|true|2024-03-01|-
  acme|plan|Free|-|2024-03-01
  acme|plan|Pro|2024-03-01|-$$, 'segments');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || t, format('%s/%s.csv', :'folder', t))
FROM unnest('{account_history,event,feature_event,guide_event,poll,poll_event}'::text[]) AS t \g /dev/null
-- 21 + 12 + 16 + 1 + 4 = 54 events in 4 + 2 + 3 + 1 + 2 = 12 minutes, not five; 1 + 1 + 2 + 1 + 1 = 6 of features.
SELECT tap.rows_are('SELECT measure, sum(n), count(DISTINCT customer) FROM source_sample.usage GROUP BY measure', $$
  events|54|5
  feature events|6|3
  minutes|12|5$$, 'sample tables: usage');
-- The polls that were answered are not among the polls, and answers are ids of choices.
SELECT tap.rows_are('SELECT count(*) FROM source_sample.survey_answers', '0', 'sample tables: no NPS answers');
-- Five accounts, and the one guide of four events that was followed.
SELECT tap.rows_are($$SELECT count(*) FILTER (WHERE milestone = 'first_use'), count(*) FILTER (WHERE milestone LIKE 'guide %') FROM source_sample.milestones$$,
                    '5|1', 'sample tables: milestones');

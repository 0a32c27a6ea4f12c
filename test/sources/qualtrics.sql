-- examples/sources/qualtrics.sql; see README.md.
\set vendor qualtrics
\ir setup.sql

CREATE SCHEMA qualtrics;
SET search_path = qualtrics;
CREATE TABLE survey (id text, _fivetran_deleted boolean, project_type text);
CREATE TABLE question (id text, survey_id text, _fivetran_deleted boolean, question_text text, question_type text, selector text);
CREATE TABLE question_option (key integer, question_id text, survey_id text, _fivetran_deleted boolean, recode_value integer);
CREATE TABLE question_response (response_id text, question_id text, question_option_key text, sub_question_key text, value integer, text text);
CREATE TABLE survey_embedded_data (response_id text, key text, value text);
CREATE TABLE survey_response (id text, survey_id text, end_date timestamp, recorded_date timestamp, finished integer, status integer, recipient_email text);

INSERT INTO survey VALUES ('s1', NULL, NULL), ('s2', false, 'CustomerSatisfactionScore'), ('s3', false, 'CustomerEffortScore'), ('s4', true, NULL);
INSERT INTO question VALUES
  ('Q1', 's1', false, 'How likely?', 'MC', 'NPS'), ('Q1', 's2', false, 'How satisfied?', 'MC', 'SAVR'), ('Q2', 's2', false, 'Which product?', 'MC', 'SAVR'),
  ('Q3', 's2', false, 'How satisfied with', 'Matrix', 'Likert'), ('Q1', 's3', NULL, 'How easy?', 'MC', 'SAHR'), ('Q2', 's1', false, 'Which country?', 'MC', 'SAVR'),
  ('Q9', 's1', true, 'How likely?', 'MC', 'NPS'), ('Q1', 's4', false, 'How likely?', 'MC', 'NPS');
INSERT INTO question_option SELECT k, 'Q1', 's2', false, 6 - k FROM generate_series(1, 5) AS k;                -- the first choice is the best
INSERT INTO question_option VALUES (6, 'Q1', 's2', false, 99), (7, 'Q1', 's2', true, 7);                       -- don't know; a deleted choice
INSERT INTO question_option SELECT k, 'Q2', 's2', false, k FROM generate_series(1, 3) AS k;
INSERT INTO question_option SELECT k, 'Q3', 's2', false, k FROM generate_series(1, 5) AS k;
INSERT INTO question_option SELECT k, 'Q1', 's3', NULL, k FROM generate_series(1, 7) AS k;
INSERT INTO question_option SELECT k, 'Q2', 's1', false, k FROM generate_series(1, 5) AS k;                    -- five countries
INSERT INTO survey_response VALUES
  ('r1', 's1', '2024-05-01 12:00', '2024-05-01 12:00', 1, 0, 'Ann@example.com'), ('r2', 's1', '2024-05-02 12:00', '2024-05-09 12:00', 1, 16, ''),
  ('r3', 's1', '2024-05-01 12:00', '2024-05-08 12:00', 0, 0, ''), ('r4', 's1', '2024-05-01 12:00', '2024-05-01 12:00', 1, 1, ''),
  ('r5', 's1', '2024-05-01 12:00', '2024-05-01 12:00', 1, 2, ''), ('r6', 's1', '2024-05-01 12:00', '2024-05-01 12:00', 1, 8, ''),
  ('r7', 's2', '2024-05-01 12:00', '2024-05-01 12:00', 1, 0, ''), ('r8', 's2', '2024-05-01 12:00', '2024-05-01 12:00', 1, 4, ''),
  ('r9', 's2', '2024-05-01 12:00', '2024-05-01 12:00', 1, 0, ''), ('r10', 's3', '2024-05-01 12:00', '2024-05-01 12:00', 1, 0, ''),
  ('r11', 's4', '2024-05-01 12:00', '2024-05-01 12:00', 1, 0, '');
INSERT INTO question_response VALUES
  ('r1', 'Q1', NULL, NULL, 10, '10'), ('r1', 'Q2', NULL, NULL, 2, 'France'), ('r1', 'Q9', NULL, NULL, 0, '0'), ('r2', 'Q1', NULL, NULL, 4, '4'),
  ('r3', 'Q1', NULL, NULL, 0, '0'), ('r4', 'Q1', NULL, NULL, 0, '0'), ('r5', 'Q1', NULL, NULL, 0, '0'), ('r6', 'Q1', NULL, NULL, 0, '0'),
  ('r7', 'Q1', '1', NULL, 5, 'Very satisfied'), ('r7', 'Q2', '3', NULL, 3, 'Pro'), ('r7', 'Q3', NULL, '1', 4, 'good'), ('r7', 'Q3', NULL, '2', 2, 'poor'),
  ('r8', 'Q1', '4', NULL, NULL, 'Dissatisfied'),                                                               -- its choice is 6 - 4 = 2
  ('r9', 'Q1', '6', NULL, 99, 'Don''t know'), ('r10', 'Q1', NULL, NULL, 6, '6'), ('r11', 'Q1', NULL, NULL, 0, '0');
INSERT INTO survey_embedded_data VALUES ('r1', 'account', 'acme'), ('r1', 'country', 'France'), ('r2', 'account', ''), ('r7', 'account', 'birch'), ('r8', 'account', 'acme');

\set customer_key account
\ir :mapping

SELECT tap.rows_are('SELECT customer, respondent, survey, answered_at, scale, score FROM source_qualtrics.survey_answers', $$
  -|-|s1/Q1|2024-05-02T12:00:00+00:00|nps|4
  -|-|s3/Q1|2024-05-01T12:00:00+00:00|1-7|6
  acme|-|s2/Q1|2024-05-01T12:00:00+00:00|1-5|2
  acme|ann@example.com|s1/Q1|2024-05-01T12:00:00+00:00|nps|10
  birch|-|s2/Q1|2024-05-01T12:00:00+00:00|1-5|5
  birch|-|s2/Q3/1|2024-05-01T12:00:00+00:00|1-5|4
  birch|-|s2/Q3/2|2024-05-01T12:00:00+00:00|1-5|2$$, 'survey answers');
-- NPS: one promoter, one detractor.  CSAT: 5 and 4 of 5, 4, 2, 2.
SELECT tap.rows_are($$
  SELECT ccx.nps(score) FILTER (WHERE scale = 'nps'), ccx.csat(score) FILTER (WHERE scale = '1-5'), ccx.ces(score) FILTER (WHERE scale = '1-7')
  FROM source_qualtrics.survey_answers$$, '0|0.5|6', 'NPS, CSAT, CES');
-- By scale: what is not on one can be found, and given one.
SELECT tap.rows_are('SELECT survey_id, question_id FROM source_qualtrics.questions WHERE scale IS NULL', $$
  s1|Q2
  s2|Q2$$, 'questions without a scale');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || t, format('%s/%s.csv', :'folder', t))
FROM unnest('{survey,question,question_option,question_response,survey_embedded_data}'::text[]) AS t \g /dev/null
-- None of the five questions is of a survey among the five, and the table of responses, which names persons, is not there.
SELECT tap.rows_are('SELECT (SELECT count(*) FROM sample.question), (SELECT count(*) FROM source_sample.questions), (SELECT count(*) FROM source_sample.survey_answers)',
                    '5|0|0', 'sample tables: no answers to date');
-- Given responses for them, the four answers with a value would be read, from their recoded values 2, 2, 1, 3.
INSERT INTO sample.survey SELECT 'made', false;
INSERT INTO sample.question SELECT DISTINCT question_id, 'made', false, 'made', 'MC', 'NPS' FROM sample.question_response;
INSERT INTO sample.survey_response SELECT response_id, 'made', '2023-01-01', '2023-01-08', 1, 0 FROM sample.question_response;
SELECT tap.rows_are('SELECT count(*), sum(score) FROM source_sample.survey_answers', '4|8', 'sample tables: recoded values');

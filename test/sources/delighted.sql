-- examples/sources/delighted.sql; see README.md.
\set vendor delighted
\ir setup.sql

CREATE SCHEMA delighted;
SET search_path = delighted;
CREATE TABLE survey_responses (_airbyte_data jsonb);
INSERT INTO survey_responses VALUES
  ('{"id": "1", "person": "p1", "survey_type": "nps", "score": 9, "created_at": 1704110400, "updated_at": 1704110400, "person_properties": {"account": "acme", "plan": "Pro"}}'),
  ('{"id": "1", "person": "p1", "survey_type": "nps", "score": 3, "created_at": 1704110400, "updated_at": 1704110500, "person_properties": {"account": "acme"}}'),
  ('{"id": "2", "person": "p2", "survey_type": "nps", "score": 10, "created_at": 1704110400, "updated_at": 1704110400, "person_properties": null}'),
  ('{"id": "3", "person": "p3", "survey_type": "csat", "score": 5, "created_at": 1704110400, "updated_at": 1704110400, "person_properties": {"account": ""}}'),
  ('{"id": "4", "person": "p3", "survey_type": "ces7", "score": 6, "created_at": 1704110400, "updated_at": 1704110400}'),
  ('{"id": "5", "person": "p3", "survey_type": "thumbs", "score": 1, "created_at": 1704110400, "updated_at": 1704110400}'),
  ('{"id": "6", "person": "p4", "survey_type": "nps", "score": null, "created_at": 1704110400, "updated_at": 1704110400}');

\set customer_key account
\ir :mapping

-- 1 January 2024, 12:00 UTC is second 1704110400.  Answer 1 was changed from 9 to 3; 5 has no scale of ccx, 6 no score.
SELECT tap.rows_are('SELECT customer, respondent, survey, answered_at, scale, score FROM source_delighted.survey_answers', $$
  -|p2|nps|2024-01-01T12:00:00+00:00|nps|10
  -|p3|ces7|2024-01-01T12:00:00+00:00|1-7|6
  -|p3|csat|2024-01-01T12:00:00+00:00|1-5|5
  acme|p1|nps|2024-01-01T12:00:00+00:00|nps|3$$, 'survey answers');
SELECT tap.is(ccx.nps(score), 0, 'NPS of a promoter and a detractor') FROM source_delighted.survey_answers WHERE scale = 'nps';

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_jsonl('sample.survey_responses', :'folder' || '/survey_responses.jsonl') \g /dev/null
-- Ten answers, 44 in all: one promoter, three passives, six detractors: 100 x (1 - 6) / 10 = -50; mean 4.4.
SELECT tap.rows_are($$
  SELECT ccx.responses(s), ccx.promoters(s), ccx.passives(s), ccx.detractors(s), ccx.nps(s), mean
  FROM (SELECT ccx.survey_agg(score, scale) AS s, round(avg(score), 1) AS mean FROM source_sample.survey_answers) AS a$$,
  '10|1|3|6|-50|4.4', 'sample tables: NPS');

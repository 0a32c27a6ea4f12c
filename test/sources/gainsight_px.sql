-- examples/sources/gainsight_px.sql; see README.md.  There are no sample tables of this vendor.
\set vendor gainsight_px
\ir setup.sql

CREATE SCHEMA gainsight_px;
SET search_path = gainsight_px;
CREATE TABLE accounts (id text, name text, "createDate" bigint, plan text, "sfdcId" text, "parentGroupId" text);
CREATE TABLE users ("aptrinsicId" text, "accountId" text, "signUpDate" bigint, "firstVisitDate" bigint);
CREATE TABLE survey_responses ("eventId" text, date bigint, "accountId" text, "identifyId" text, "engagementId" text, "questionType" text, score int,
                               "executionId" text, "surveyState" text);
CREATE TABLE feature_match_events ("eventId" text, date bigint, "accountId" text, "featureId" text);
CREATE TABLE custom_events ("eventId" text, date bigint, "accountId" text, "eventName" text);
CREATE TABLE session_events ("eventId" text, date bigint, "accountId" text);
CREATE TABLE page_view_events ("eventId" text, date bigint, "accountId" text);

-- 2024-03-01 12:00 UTC is second 1709294400, 23:30 is 1709335800; 1 January 2024 1704067200; a day has 86400.
INSERT INTO accounts VALUES ('acorn', 'Acorn', 1704151800000, 'Pro', '001A', NULL), ('birch', 'Birch', 0, NULL, NULL, 'acorn');   -- 1 January 23:30
INSERT INTO users VALUES
  ('u1', 'acorn', 1704153600000, 1704499200000), ('u2', 'acorn', 1704110400000, 0), ('u3', 'birch', 1704110400000, NULL);
INSERT INTO survey_responses VALUES
  ('1', 1709294400000, 'acorn', 'u1', 'g1', 'NPS', 0, 'x1', 'SHOWN'), ('2', 1709294460000, 'acorn', 'u1', 'g1', 'NPS', 8, 'x1', 'ANSWERED'),
  ('3', 1709294520000, 'acorn', 'u1', 'g1', 'NPS', 9, 'x1', 'ANSWERED'), ('4', 1709294400000, 'birch', 'u3', 'g1', 'NPS', 3, 'x2', 'ANSWERED'),
  ('5', 1709294400000, 'acorn', 'u2', 'g1', 'NPS', 0, 'x3', 'SHOWN'), ('6', 1709294400000, 'acorn', 'u2', 'g2', 'RATING', 5, 'x4', 'ANSWERED'),
  ('7', 1709294400000, 'birch', 'u3', 'g1', 'NPS', 10, 'x5', 'ANSWERED');
INSERT INTO feature_match_events VALUES
  ('e1', 1709294400000, 'acorn', 'f1'), ('e1', 1709294400000, 'acorn', 'f1'), ('e2', 1709294401000, 'acorn', 'f1'),
  ('e3', 1709335800000, 'acorn', 'f1'), ('e4', 1709294400000, NULL, 'f1');
INSERT INTO custom_events VALUES ('e5', 1709294400000, 'acorn', 'Report made');
INSERT INTO session_events VALUES ('e6', 1709294400000, 'acorn');
INSERT INTO page_view_events VALUES ('e7', 1709294400000, 'acorn');

\set zone Europe/Berlin
\ir :mapping

SELECT tap.rows_are('SELECT customer, name, external_id, parent, since FROM source_gainsight_px.customers', $$
  acorn|Acorn|001A|-|2024-01-02
  birch|Birch|-|acorn|-$$, 'customers');
SELECT tap.rows_are('SELECT customer, dimension, value FROM source_gainsight_px.segments', 'acorn|plan|Pro', 'segments');

-- e1 landed twice, e3 is on 2 March in Berlin.
SELECT tap.rows_are('SELECT customer, day, measure, n FROM source_gainsight_px.usage', $$
  -|2024-03-01|features|1
  acorn|2024-03-01|events|1
  acorn|2024-03-01|features|2
  acorn|2024-03-01|sessions|1
  acorn|2024-03-02|features|1$$, 'usage');
SELECT tap.rows_are($$
  SELECT customer, ccx.usage_total(u), ccx.usage_recency(u, '2024-03-05')
  FROM (SELECT customer, ccx.usage_agg(day, n) AS u FROM source_gainsight_px.usage WHERE measure = 'features' GROUP BY customer) AS c$$, $$
  -|1|4
  acorn|3|3$$, 'usage to number');

-- 9 (an 8 before), 3 and 10; two were only shown, one is on another scale.  Two promoters, one detractor of three.
SELECT tap.rows_are('SELECT customer, respondent, survey, answered_at, score FROM source_gainsight_px.survey_answers', $$
  acorn|u1|g1|2024-03-01T12:02:00+00:00|9
  birch|u3|g1|2024-03-01T12:00:00+00:00|10
  birch|u3|g1|2024-03-01T12:00:00+00:00|3$$, 'survey answers');
SELECT tap.rows_are('SELECT round(ccx.nps(score), 2) FROM source_gainsight_px.survey_answers', '33.33', 'NPS');

-- The first user signed up on 1 January at noon; the first visit was on 6 January.  Birch has none yet.
SELECT tap.rows_are('SELECT customer, milestone, at FROM source_gainsight_px.milestones', $$
  acorn|first_use|2024-01-06T00:00:00+00:00
  acorn|signed_up|2024-01-01T12:00:00+00:00
  birch|signed_up|2024-01-01T12:00:00+00:00$$, 'milestones');
SELECT tap.rows_are($$
  SELECT ccx.km_median(d), ccx.censored_count(d)
  FROM (SELECT ccx.duration_agg(signed_up, first_use, '2024-03-01') AS d
        FROM (SELECT (min(at) FILTER (WHERE milestone = 'signed_up') AT TIME ZONE 'UTC')::date AS signed_up,
                     (min(at) FILTER (WHERE milestone = 'first_use') AT TIME ZONE 'UTC')::date AS first_use
              FROM source_gainsight_px.milestones GROUP BY customer) AS m) AS t$$, '5|1', 'time to value');

\ir zones.sql

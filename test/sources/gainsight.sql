-- examples/sources/gainsight.sql; see README.md.  There are no sample tables of this vendor.
\set vendor gainsight
\ir setup.sql

CREATE SCHEMA gainsight;
SET search_path = gainsight;
CREATE TABLE company (gsid text, name text, arr numeric, mrr numeric, original_contract_date date, current_score text, stage text, status text,
                      managed_as text, parent_company text);
CREATE TABLE company_snapshot (taken_on date, gsid text, mrr numeric, arr numeric, managed_as text, current_score text);
CREATE TABLE da_picklist (gsid text, label text);
CREATE TABLE gs_opportunity (gsid text, company text, close_date date, due_date date, target_amount numeric, forecast_amount numeric, final_amount numeric,
                             deleted boolean);
CREATE TABLE survey_user_answer (answer_id text, question_id text, participant_id text, survey_id text, answer_text text, answer_rank int, responded_date timestamp);
CREATE TABLE survey_participant (participant_id text, company_id text);
CREATE TABLE survey_scale (question_id text, scale text);
CREATE TABLE call_to_action (gsid text, account text, created_date timestamp, closed_date timestamp, final_milestone text);

INSERT INTO company VALUES
  ('acorn', 'Acorn', 1800, 150, '2023-06-01', '70', '1I001', 'Live', 'Customer', NULL), ('birch', 'Birch', 960, 80, '2023-06-01', NULL, NULL, NULL, 'Ex-customer', 'acorn'),
  ('cedar', 'Cedar', 1200, NULL, '2023-06-01', 'Green', NULL, NULL, 'Customer', NULL), ('dale', 'Dale', 6000, 500, NULL, NULL, 'Pilot', NULL, 'Prospect', NULL),
  ('elm', 'Elm', 6000, 500, NULL, NULL, NULL, NULL, 'Partner', NULL);
INSERT INTO da_picklist VALUES ('1I001', 'Adoption');
INSERT INTO company_snapshot VALUES
  ('2024-01-31', 'acorn', 100, 1200, 'Customer', '80'), ('2024-01-31', 'birch', 80, 960, 'Customer', '40'), ('2024-01-31', 'cedar', NULL, 1200, 'Customer', 'Green'),
  ('2024-01-31', 'dale', 500, 6000, 'Prospect', '99'),
  ('2024-02-15', 'acorn', 999, 1200, 'Customer', '75'),
  ('2024-02-29', 'acorn', 150, 1200, 'Customer', '70'), ('2024-02-29', 'birch', 80, 960, 'Customer', '20'), ('2024-02-29', 'cedar', NULL, 1200, 'Customer', 'Green'),
  -- none in March
  ('2024-04-30', 'acorn', 150, 1800, 'Customer', '70'), ('2024-04-30', 'birch', 80, 960, 'Ex-customer', '20'), ('2024-04-30', 'cedar', NULL, 1200, 'Customer', 'Green');
INSERT INTO gs_opportunity VALUES
  ('o1', 'acorn', '2024-03-20', '2024-03-31', 100, 130, 120, false),
  ('o2', 'birch', '2024-04-02', '2024-03-31', 80, 80, 0, NULL),          -- lost
  ('o3', 'cedar', '2024-06-15', '2024-06-30', 100, 110, NULL, false),    -- hoped for
  ('o4', 'cedar', '2024-03-15', '2024-03-31', 500, 500, 500, true),
  ('o5', 'cedar', '2024-03-10', '2024-02-29', 100, 100, 90, false);      -- late
INSERT INTO survey_scale VALUES ('q1', 'nps'), ('q2', '1-5');
INSERT INTO survey_participant VALUES ('p1', 'acorn'), ('p2', 'birch'), ('p4', 'cedar');
INSERT INTO survey_user_answer VALUES
  ('1', 'q1', 'p1', 's1', '9', 10, '2024-03-01 12:00'), ('2', 'q1', 'p1', 's1', '6', 7, '2024-03-05 12:00'), ('3', 'q1', 'p2', 's1', '10', 11, '2024-03-01 12:00'),
  ('4', 'q1', 'p3', 's1', '0', 1, '2024-03-01 12:00'), ('5', 'q1', 'p4', 's1', 'no idea', 12, '2024-03-01 12:00'),
  ('6', 'q2', 'p1', 's1', '4', 4, '2024-03-05 12:00'), ('7', 'q2', 'p2', 's1', '2', 2, '2024-03-01 12:00'), ('8', 'q9', 'p1', 's1', '7', 7, '2024-03-05 12:00');
INSERT INTO call_to_action VALUES
  ('t1', 'acorn', '2024-01-05 12:00', '2024-02-04 12:00', 'Live'), ('t2', 'cedar', '2024-01-10 12:00', NULL, 'Live'),
  ('t3', 'acorn', '2024-01-01 12:00', '2024-01-02 12:00', NULL);

\set zone Europe/Berlin
\set amounts mrr
\set currency USD
\ir :mapping

SELECT tap.rows_are('SELECT customer, name, parent, since FROM source_gainsight.customers', $$
  acorn|Acorn|-|2023-06-01
  birch|Birch|acorn|2023-06-01
  cedar|Cedar|-|2023-06-01$$, 'customers: no prospects, no partners');
SELECT tap.rows_are('SELECT customer, dimension, value FROM source_gainsight.segments', $$
  acorn|stage|Adoption
  acorn|status|Live$$, 'segments');

-- February by its last snapshot, and for March, too.  Birch has an amount in April, but is no customer.
SELECT tap.rows_are('SELECT customer, valid_from, valid_to, round(mrr, 2), currency FROM source_gainsight.mrr', $$
  acorn|2024-01-01|2024-02-01|100.00|USD
  acorn|2024-02-01|2024-04-01|150.00|USD
  acorn|2024-04-01|2024-05-01|150.00|USD
  birch|2024-01-01|2024-02-01|80.00|USD
  birch|2024-02-01|2024-04-01|80.00|USD
  cedar|2024-01-01|2024-02-01|100.00|USD
  cedar|2024-02-01|2024-04-01|100.00|USD
  cedar|2024-04-01|2024-05-01|100.00|USD$$, 'mrr');
-- Of 280 in January 330 are there in March, and 250 in April; capped 280 and 200.
SELECT tap.rows_are($$
  SELECT m.month, round(ccx.nrr(s), 4), round(ccx.grr(s), 4)
  FROM (SELECT month, ccx.retention_agg(ccx.mrr_at(h, '2024-01-15'), ccx.mrr_at(h, month)) AS s
        FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_gainsight.mrr GROUP BY customer) AS c,
             unnest('{2024-03-15,2024-04-15}'::date[]) AS month
        GROUP BY month) AS m$$, $$
  2024-03-15|1.1786|1.0000
  2024-04-15|0.8929|0.7143$$, 'NRR and GRR');

-- Amounts are a month's: 12 times.
SELECT tap.rows_are('SELECT contract, due, arr_due, renewed_on, arr_renewed FROM source_gainsight.renewals', $$
  o1|2024-03-31|1200|2024-03-20|1440
  o2|2024-03-31|960|-|-
  o3|2024-06-30|1200|-|-
  o5|2024-02-29|1200|2024-03-10|1080$$, 'renewals');
-- 1 May, 30 days of grace: o1 on time, o5 late, o2 lost.  (1440 + 1080) / 3360; capped (1200 + 1080) / 3360; 2 of 3.
SELECT tap.rows_are($$
  SELECT ccx.renewal_rate(r), round(ccx.gross_renewal_rate(r), 4), round(ccx.logo_renewal_rate(r), 4), ccx.on_time_rate(r), ccx.open_arr(r)
  FROM (SELECT ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-05-01', 30) AS r FROM source_gainsight.renewals) AS s$$,
  '0.75|0.6786|0.6667|0.5|1200', 'renewal rates');

-- p1 thought better of 9, p4 gave no number, q9 is on no scale.
SELECT tap.rows_are('SELECT customer, respondent, scale, score FROM source_gainsight.survey_answers', $$
  -|p3|nps|0
  acorn|p1|1-5|4
  acorn|p1|nps|6
  birch|p2|1-5|2
  birch|p2|nps|10$$, 'survey answers');
-- One promoter and two detractors; one of two is satisfied.
SELECT tap.rows_are($$SELECT round(ccx.nps(score) FILTER (WHERE scale = 'nps'), 2), ccx.csat(score) FILTER (WHERE scale = '1-5') FROM source_gainsight.survey_answers$$,
                    '-33.33|0.5', 'NPS and CSAT');

SELECT tap.rows_are('SELECT customer, milestone, at FROM source_gainsight.milestones', $$
  acorn|Live|2024-02-04T12:00:00+00:00
  acorn|onboarding_started|2024-01-05T12:00:00+00:00
  cedar|onboarding_started|2024-01-10T12:00:00+00:00$$, 'milestones');
-- Acorn after 30 days; Cedar not by 1 March.
SELECT tap.rows_are($$
  SELECT ccx.km_median(d), ccx.censored_count(d)
  FROM (SELECT ccx.duration_agg(started, live, '2024-03-01') AS d
        FROM (SELECT (min(at) FILTER (WHERE milestone = 'onboarding_started') AT TIME ZONE 'UTC')::date AS started, (min(at) FILTER (WHERE milestone = 'Live') AT TIME ZONE 'UTC')::date AS live
              FROM source_gainsight.milestones GROUP BY customer) AS m) AS t$$, '30|1', 'time to value');

-- In January 80, 40 and a colour.
SELECT tap.rows_are($$
  SELECT customer, score, ccx.health_band(ccx.health_agg(signal, score, 1)) FROM source_gainsight.health_signals WHERE day = '2024-01-31' GROUP BY customer, score$$, $$
  acorn|80|green
  birch|40|red
  cedar|-|-$$, 'health on a day');
-- Birch, which left, had less than Acorn, which did not: all pairs are the right way round.
SELECT tap.rows_are($$
  SELECT ccx.auc(ccx.backtest_agg(score, c.managed_as <> 'Customer'))
  FROM source_gainsight.health_signals AS h JOIN gainsight.company AS c ON c.gsid = h.customer WHERE day = '2024-02-29'$$, '1', 'back-test');

\ir zones.sql

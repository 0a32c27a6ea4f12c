-- examples/sources/totango.sql; see README.md.  There are no sample tables of this vendor.
\set vendor totango
\ir setup.sql

CREATE SCHEMA totango;
SET search_path = totango;
CREATE TABLE account (account_id text, account_name text, parent_id text, sfid text, "Account Type" text, "Industry" text, "Tier" text, "Create Date" date,
                      "Contract Start Date" date, "Trial Expiration Date" date, "Cancellation Date" date, "Contract Value" numeric, "Status" text);
CREATE TABLE account_snapshot (taken_on date, account_id text, "Status" text, "Contract Value" numeric, "Contract Renewal Date" date, "Customer Journey Stage" text);
CREATE TABLE account_list (account_id text, status jsonb, engagement jsonb);
CREATE TABLE event (sdr_s text, sdr_o text, sdr_u text, sdr_a text, sdr_m text, at timestamp);
CREATE TABLE support_ticket (id text, account_id text, created_date text, status text, severity text, csat_score text, missed_sla text, time_to_resolution text);

INSERT INTO account VALUES
  ('acorn', 'Acorn', NULL, '001A', 'SaaS', 'Trees', NULL, '2023-03-01', '2023-03-15', '2023-03-31', NULL, 1800, 'Paying'),
  ('birch', 'Birch', 'acorn', NULL, NULL, NULL, 'Gold', '2023-02-01', '2023-02-28', NULL, NULL, 960, 'Canceled'),
  ('cedar', 'Cedar', NULL, NULL, NULL, NULL, NULL, '2023-04-01', '2023-04-15', '2023-04-10', NULL, 720, 'Paying'),
  ('dale', 'Dale', NULL, NULL, NULL, NULL, NULL, '2024-01-01', '2024-01-01', NULL, NULL, 5000, 'Free'),
  ('elm', 'Elm', NULL, NULL, NULL, NULL, NULL, '2022-12-01', '2023-01-01', NULL, '2023-12-31', 2400, 'Canceled');
INSERT INTO account_snapshot
SELECT taken_on::date, account, status, value, renewal::date, stage
FROM (VALUES
  ('2024-01-31', 'acorn', 'Paying', 1200, '2024-03-15', 'Onboarding'), ('2024-02-29', 'acorn', 'Paying', 1320, '2024-03-15', 'Live'),
  ('2024-03-31', 'acorn', 'Paying', 1800, '2025-03-15', 'Live'), ('2024-04-30', 'acorn', 'Paying', 1800, '2025-03-15', 'Live'),
  ('2024-02-10', 'acorn', 'Paying', 9999, '2024-03-15', 'Onboarding'),
  -- put off twice, then gone, with the value left behind
  ('2024-01-31', 'birch', 'Paying', 960, '2024-02-29', 'Live'), ('2024-02-29', 'birch', 'Paying', 960, '2024-03-31', 'Live'),
  ('2024-03-31', 'birch', 'Paying', 960, '2024-04-30', 'Live'), ('2024-04-30', 'birch', 'Canceled', 960, '2025-04-30', 'Live'),
  -- a date that was wrong
  ('2024-01-31', 'cedar', 'Paying', 600, '2025-12-31', NULL), ('2024-02-29', 'cedar', 'Paying', 600, '2024-04-15', NULL),
  ('2024-03-31', 'cedar', 'Paying', 600, '2024-04-15', NULL), ('2024-04-30', 'cedar', 'Paying', 720, '2025-04-15', NULL),
  ('2024-01-31', 'dale', 'Free', 5000, '2024-03-31', NULL)) AS s (taken_on, account, status, value, renewal, stage);
-- 1713915000 s is 2024-04-23 23:30 UTC, 24 April in Berlin.
INSERT INTO account_list VALUES
  ('birch', '{"current": "Canceled", "changed": 1713915000000}', '{"score": {"current": 20}, "health": {"current": "Poor", "last_changed": 1713915000000}}'),
  ('acorn', '{"current": "Paying", "changed": 1}', '{"score": {"current": 75}, "health": {"current": "Good", "last_changed": 1713915000000}}'),
  ('elm', '{"current": "Canceled", "changed": 1713915000000}', '{"health": {"current": "Unknown"}}');
INSERT INTO event VALUES
  ('live', 'acorn', 'u1', 'Login', 'Main', '2024-03-01 12:00'), ('live', 'acorn', 'u1', 'Login', 'Main', '2024-03-01 12:00'),
  ('live', 'acorn', 'u1', 'Report', 'Main', '2024-03-01 12:00'), ('live', 'acorn', 'u1', 'Report', 'Main', '2024-03-01 23:30'),
  ('test', 'acorn', 'u1', 'Login', 'Main', '2024-03-01 12:00');
INSERT INTO support_ticket VALUES
  ('1', 'acorn', '2024-03-04T09:00:00Z', 'Closed', 'High', '5', 'false', '24.5'), ('2', 'acorn', '2024-03-04T09:00:00Z', 'Solved', 'Low', '2', 'true', '72'),
  ('3', 'birch', '2024-03-04T09:00:00Z', 'Open', 'Low', NULL, 'false', '10'), ('4', 'birch', '2024-03-04T09:00:00Z', 'Pending', 'Low', 'n/a', NULL, NULL),
  ('5', 'cedar', '2024-03-04T09:00:00Z', 'Open', 'Low', NULL, 'true', NULL), ('6', 'cedar', '2024-03-04T09:00:00Z', 'resolved', 'Low', '4', NULL, '48');

\set zone Europe/Berlin
\set amounts arr
\set currency USD
\set service live
\ir :mapping

SELECT tap.rows_are($$SELECT customer, name, external_id, parent, since FROM source_totango.customers WHERE customer < 'c'$$, $$
  acorn|Acorn|001A|-|2023-03-01
  birch|Birch|-|acorn|2023-02-01$$, 'customers');
SELECT tap.rows_are('SELECT customer, dimension, value FROM source_totango.segments', $$
  acorn|industry|Trees
  acorn|type|SaaS
  birch|tier|Gold$$, 'segments');

SELECT tap.rows_are('SELECT customer, valid_from, valid_to, round(mrr, 2), currency FROM source_totango.mrr', $$
  acorn|2024-01-01|2024-02-01|100.00|USD
  acorn|2024-02-01|2024-03-01|110.00|USD
  acorn|2024-03-01|2024-04-01|150.00|USD
  acorn|2024-04-01|2024-05-01|150.00|USD
  birch|2024-01-01|2024-02-01|80.00|USD
  birch|2024-02-01|2024-03-01|80.00|USD
  birch|2024-03-01|2024-04-01|80.00|USD
  cedar|2024-01-01|2024-02-01|50.00|USD
  cedar|2024-02-01|2024-03-01|50.00|USD
  cedar|2024-03-01|2024-04-01|50.00|USD
  cedar|2024-04-01|2024-05-01|60.00|USD$$, 'mrr');
-- Of 100 + 80 + 50 in January there are 150 + 0 + 60 in April; capped 150.
SELECT tap.rows_are($$
  SELECT round(ccx.nrr(s), 4), round(ccx.grr(s), 4)
  FROM (SELECT ccx.retention_agg(ccx.mrr_at(h, '2024-01-15'), ccx.mrr_at(h, '2024-04-15')) AS s
        FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_totango.mrr GROUP BY customer) AS c) AS r$$,
  '0.9130|0.6522', 'NRR and GRR');
-- acorn from the end of its trial, birch until its status changed, elm until its cancellation date.
SELECT tap.rows_are('SELECT customer, valid_from, valid_to, round(mrr, 2) FROM source_totango.mrr_by_dates', $$
  acorn|2023-03-31|-|150.00
  birch|2023-02-28|2024-04-24|80.00
  cedar|2023-04-15|-|60.00
  elm|2023-01-01|2023-12-31|200.00$$, 'mrr by dates');

-- acorn is due with what it had in the end; birch on the first of its dates, and the last one it got came with leaving; cedar on the one put right.
SELECT tap.rows_are('SELECT customer, due, arr_due, renewed_on, arr_renewed FROM source_totango.renewals', $$
  acorn|2024-03-15|1320|2024-03-31|1800
  acorn|2025-03-15|1800|-|-
  birch|2024-02-29|960|-|-
  cedar|2024-04-15|600|2024-04-30|720
  cedar|2025-04-15|720|-|-$$, 'renewals');
-- On 31 May with 30 days: (1800 + 720) / (1320 + 960 + 600); capped (1320 + 600) / 2880; 2 of 3, none on time.
SELECT tap.rows_are($$
  SELECT round(ccx.renewal_rate(r), 4), round(ccx.gross_renewal_rate(r), 4), round(ccx.logo_renewal_rate(r), 4), ccx.on_time_rate(r), ccx.open_count(r)
  FROM (SELECT ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-05-31', 30) AS r FROM source_totango.renewals) AS s$$,
  '0.8750|0.6667|0.6667|0|2', 'renewal rates');

SELECT tap.rows_are('SELECT ticket, customer, resolved_at, status, priority FROM source_totango.tickets', $$
  1|acorn|2024-03-05T09:30:00+00:00|resolved|High
  2|acorn|2024-03-07T09:00:00+00:00|resolved|Low
  3|birch|-|open|Low
  4|birch|-|pending|Low
  5|cedar|-|open|Low
  6|cedar|2024-03-06T09:00:00+00:00|resolved|Low$$, 'tickets');
-- Hours: 1 after 24, 6 after 48, 2 after 72; three not by 10 March: 5/6, 4/6, 3/6.
SELECT tap.rows_are($$
  SELECT ccx.km_quantile(d, 0.25), ccx.km_median(d)
  FROM (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2024-03-10 09:00', 'hour') AS d FROM source_totango.tickets) AS t$$,
  '48|72', 'time to resolution');
-- 1 kept, 2 and 5 missed, 3 not decided.
SELECT tap.rows_are('SELECT count(*), round(ccx.sla_attainment(met), 4) FROM source_totango.sla', '4|0.3333', 'SLA attainment');
-- 5, 2, 4.
SELECT tap.rows_are('SELECT count(*), round(ccx.csat(score), 4) FROM source_totango.survey_answers', '3|0.6667', 'CSAT');

-- A login that landed twice and a report on 1 March, a report on 2 March in Berlin.
SELECT tap.rows_are('SELECT customer, day, measure, n FROM source_totango.usage', $$
  acorn|2024-03-01|actions|2
  acorn|2024-03-02|actions|1$$, 'usage');
SELECT tap.rows_are('SELECT ccx.usage_total(u), ccx.usage_days(u) FROM (SELECT ccx.usage_agg(day, n) AS u FROM source_totango.usage) AS c', '3|2', 'usage to number');

SELECT tap.rows_are($$SELECT customer, milestone, at FROM source_totango.milestones WHERE customer IN ('acorn', 'birch')$$, $$
  acorn|Live|2024-02-28T23:00:00+00:00
  acorn|Onboarding|2024-01-30T23:00:00+00:00
  acorn|activated|2023-03-30T22:00:00+00:00
  acorn|signed_up|2023-02-28T23:00:00+00:00
  birch|Live|2024-01-30T23:00:00+00:00
  birch|activated|2023-02-27T23:00:00+00:00
  birch|cancelled|2024-04-23T22:00:00+00:00
  birch|signed_up|2023-01-31T23:00:00+00:00$$, 'milestones: days begin in Berlin');
-- elm left after 364 days, of four: 3/4.  cedar was watched for 412, and when birch left after 421 (365 + 29 + 27, from 28
-- February 2023 to 24 April 2024) there was acorn besides: 3/8.
SELECT tap.rows_are($$
  SELECT ccx.km_median(ccx.duration_agg(activated, cancelled, '2024-05-31'))
  FROM (SELECT (min(at) FILTER (WHERE milestone = 'activated') AT TIME ZONE 'Europe/Berlin')::date AS activated,
               (min(at) FILTER (WHERE milestone = 'cancelled') AT TIME ZONE 'Europe/Berlin')::date AS cancelled
        FROM source_totango.milestones GROUP BY customer) AS m$$, '421', 'lifetime');

SELECT tap.rows_are('SELECT customer, signal, day, score FROM source_totango.health_signals', $$
  acorn|totango_engagement|-|75
  acorn|totango_health|2024-04-24|100
  birch|totango_engagement|-|20
  birch|totango_health|2024-04-24|0
  elm|totango_health|-|-$$, 'health signals');
-- Engagement three times as heavy: (3 x 75 + 100) / 4 and (3 x 20 + 0) / 4.
SELECT tap.rows_are($$
  SELECT customer, ccx.health_score(ccx.health_agg(signal, score, CASE signal WHEN 'totango_engagement' THEN 3 ELSE 1 END))
  FROM source_totango.health_signals GROUP BY customer$$, $$
  acorn|81.25
  birch|15
  elm|-$$, 'health');

\ir zones.sql

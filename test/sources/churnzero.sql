-- examples/sources/churnzero.sql; see README.md.  There are no sample tables of this vendor.
\set vendor churnzero
\ir setup.sql

CREATE SCHEMA churnzero;
SET search_path = churnzero;
CREATE TABLE account (id text, account_external_id text, name text, next_renewal_date date, total_contract_amount double precision, is_active boolean,
                      start_date timestamp, end_date timestamp, parent_account_external_id text);
CREATE TABLE account_snapshot (taken_on date, account_external_id text, is_active boolean, total_contract_amount double precision, start_date timestamp,
                               next_renewal_date date);
CREATE TABLE contact (id text, account_external_id text, contact_external_id text);
CREATE TABLE contact_custom (contact_id text, name text, value text);
CREATE TABLE event (account_external_id text, contact_external_id text, event_name text, event_date timestamp, quantity int);
CREATE TABLE time_in_app (account_external_id text, contact_external_id text, start_date timestamp, end_date timestamp);
CREATE TABLE journey_progress (id text, account_id text, journey_id text, begin_date timestamp, end_date timestamp, is_completed boolean, is_failed boolean);

-- Midnight in Berlin is 23:00 of the day before, in summer 22:00.
INSERT INTO account VALUES
  ('1', 'acorn', 'Acorn', '2025-01-01', 1200.12, true, '2023-12-31 23:00', '2024-12-30 23:00', NULL),     -- 1 January to 31 December
  ('2', 'birch', 'Birch', NULL, 800, false, '2023-06-30 22:00', '2024-02-29 23:00', 'acorn'),             -- 1 July to 1 March
  ('3', 'cedar', 'Cedar', '2026-01-01', 2400, true, '2023-12-31 23:00', NULL, NULL),                      -- two years
  ('4', 'dale', 'Dale', '2024-01-01', 600, false, '2022-12-31 23:00', NULL, NULL),
  ('5', 'elm', 'Elm', NULL, 10, true, '2024-01-10 12:00', '2024-01-20 12:00', NULL);
INSERT INTO account_snapshot
SELECT taken_on::date, account, active, amount, start::timestamp, renewal::date
FROM (VALUES
  ('2024-01-31', 'acorn', true, 1200, '2023-02-28 23:00', '2024-03-01'), ('2024-02-29', 'acorn', true, 1200, '2023-02-28 23:00', '2024-03-01'),
  ('2024-03-31', 'acorn', true, 1500, '2023-02-28 23:00', '2025-03-01'), ('2024-04-30', 'acorn', true, 1500, '2023-02-28 23:00', '2025-03-01'),
  ('2024-01-31', 'birch', true, 1920, '2022-02-14 23:00', '2024-02-15'), ('2024-02-29', 'birch', false, 1920, '2022-02-14 23:00', '2025-02-15'),
  ('2024-01-31', 'cedar', true, 600, '2023-04-14 22:00', '2024-04-15'), ('2024-02-29', 'cedar', true, 600, '2023-04-14 22:00', '2024-05-15'),
  ('2024-03-31', 'cedar', true, 600, '2023-04-14 22:00', '2024-05-15'), ('2024-04-30', 'cedar', true, 600, '2023-04-14 22:00', '2025-04-15'))
  AS s (taken_on, account, active, amount, start, renewal);
INSERT INTO contact VALUES ('11', 'acorn', 'ann'), ('12', 'acorn', 'bob'), ('13', 'birch', 'cy');
INSERT INTO contact_custom VALUES ('11', 'NPS Score', '9'), ('12', 'NPS Score', '10'), ('13', 'NPS Score', '3'), ('13', 'Floor', '7'), ('11', 'NPS Score', 'none');
INSERT INTO event VALUES
  ('acorn', 'ann', 'Login', '2024-03-01 12:00', NULL), ('acorn', 'bob', 'Login', '2024-03-01 13:00', NULL), ('acorn', 'ann', 'Messages', '2024-03-01 12:00', 500),
  ('acorn', 'ann', 'Login', '2024-03-01 23:30', 2);
INSERT INTO time_in_app VALUES
  ('acorn', 'ann', '2024-03-01 22:50', '2024-03-01 23:20'), ('acorn', 'bob', '2024-03-01 12:00', '2024-03-01 12:00:30'), ('acorn', 'bob', '2024-03-01 13:00', NULL),
  ('acorn', 'bob', '2024-03-01 14:00', '2024-03-01 13:00');
INSERT INTO journey_progress VALUES
  ('j1', '1', 'onboarding', '2024-01-05 12:00', '2024-01-25 12:00', true, false), ('j2', '3', 'onboarding', '2024-01-05 12:00', '2024-01-10 12:00', false, true),
  ('j3', '5', 'onboarding', '2024-01-15 12:00', NULL, false, false), ('j4', '2', 'onboarding', '2024-01-06 12:00', '2024-01-08 12:00', true, true);

\set zone Europe/Berlin
\set currency USD
\ir :mapping

SELECT tap.rows_are($$SELECT customer, name, parent, since FROM source_churnzero.customers WHERE customer < 'c'$$, $$
  acorn|Acorn|-|2024-01-01
  birch|Birch|acorn|2023-07-01$$, 'customers');
-- acorn: 12 months with 31 December, of 1200.12.  birch: 8 months without 1 March.  cedar: 24 months, goes on.  elm: 10 days.
-- dale left, nobody knows when.
SELECT tap.rows_are('SELECT customer, valid_from, valid_to, round(mrr, 4), currency FROM source_churnzero.mrr_by_dates', $$
  acorn|2024-01-01|2025-01-01|100.0100|USD
  birch|2023-07-01|2024-03-01|100.0000|USD
  cedar|2024-01-01|-|100.0000|USD
  elm|2024-01-10|2024-01-20|30.4167|USD$$, 'mrr by dates');

-- acorn's second term is the year from 1 March 2024, though start_date stays; birch's first was two years; cedar's is one,
-- though its renewal was put off.
SELECT tap.rows_are('SELECT customer, valid_from, valid_to, round(mrr, 2) FROM source_churnzero.mrr', $$
  acorn|2024-01-01|2024-02-01|100.00
  acorn|2024-02-01|2024-03-01|100.00
  acorn|2024-03-01|2024-04-01|125.00
  acorn|2024-04-01|2024-05-01|125.00
  birch|2024-01-01|2024-02-01|80.00
  cedar|2024-01-01|2024-02-01|50.00
  cedar|2024-02-01|2024-03-01|50.00
  cedar|2024-03-01|2024-04-01|50.00
  cedar|2024-04-01|2024-05-01|50.00$$, 'mrr');
-- Of 230 in January 175 are there in April; capped 150.
SELECT tap.rows_are($$
  SELECT round(ccx.nrr(s), 4), round(ccx.grr(s), 4)
  FROM (SELECT ccx.retention_agg(ccx.mrr_at(h, '2024-01-15'), ccx.mrr_at(h, '2024-04-15')) AS s
        FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_churnzero.mrr GROUP BY customer) AS c) AS r$$,
  '0.7609|0.6522', 'NRR and GRR');

-- birch left, with a new date; cedar is due on the first of its dates.
SELECT tap.rows_are('SELECT customer, due, round(arr_due, 2), renewed_on, round(arr_renewed, 2) FROM source_churnzero.renewals', $$
  acorn|2024-03-01|1200.00|2024-03-31|1500.00
  acorn|2025-03-01|1500.00|-|-
  birch|2024-02-15|960.00|-|-
  cedar|2024-04-15|600.00|2024-04-30|600.00
  cedar|2025-04-15|600.00|-|-$$, 'renewals');
-- On 31 May with 30 days: (1500 + 600) / (1200 + 960 + 600); capped 1800 / 2760.
SELECT tap.rows_are($$
  SELECT round(ccx.renewal_rate(r), 4), round(ccx.gross_renewal_rate(r), 4), ccx.late_count(r), ccx.lost_count(r)
  FROM (SELECT ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-05-31', 30) AS r FROM source_churnzero.renewals) AS s$$,
  '0.7609|0.6522|2|1', 'renewal rates');

SELECT tap.rows_are('SELECT customer, respondent, answered_at, score FROM source_churnzero.survey_answers', $$
  acorn|ann|-|9
  acorn|bob|-|10
  birch|cy|-|3$$, 'survey answers');
-- Two promoters and a detractor of three.
SELECT tap.rows_are('SELECT round(ccx.nps(score), 2) FROM source_churnzero.survey_answers', '33.33', 'NPS');

-- Half an hour from 23:50 on 1 March in Berlin, and half a minute; sessions without an end, or ending before they begin, tell
-- nothing.
SELECT tap.rows_are('SELECT customer, day, measure, round(n, 2) FROM source_churnzero.usage', $$
  acorn|2024-03-01|Login|2.00
  acorn|2024-03-01|Messages|500.00
  acorn|2024-03-01|minutes in app|30.50
  acorn|2024-03-02|Login|2.00$$, 'usage');
SELECT tap.rows_are($$SELECT ccx.usage_total(ccx.usage_agg(day, n)) FROM source_churnzero.usage WHERE measure = 'Login'$$, '4', 'logins');

SELECT tap.rows_are($$SELECT customer, milestone, at FROM source_churnzero.milestones WHERE milestone <> 'signed_up'$$, $$
  acorn|onboarding begun|2024-01-05T12:00:00+00:00
  acorn|onboarding completed|2024-01-25T12:00:00+00:00
  birch|cancelled|2024-02-29T23:00:00+00:00
  birch|onboarding begun|2024-01-06T12:00:00+00:00
  birch|onboarding failed|2024-01-08T12:00:00+00:00
  cedar|onboarding begun|2024-01-05T12:00:00+00:00
  cedar|onboarding failed|2024-01-10T12:00:00+00:00
  elm|onboarding begun|2024-01-15T12:00:00+00:00$$, 'milestones');
-- acorn after 20 days, birch and cedar given up after 2 and 5, elm not by 1 March (46): of two at 20 days one is there.
SELECT tap.rows_are($$
  SELECT ccx.event_count(d), ccx.censored_count(d), ccx.km_median(d)
  FROM (SELECT ccx.duration_agg(begun, completed, coalesce(failed, '2024-03-01')) AS d
        FROM (SELECT (min(at) FILTER (WHERE milestone = 'onboarding begun') AT TIME ZONE 'UTC')::date AS begun,
                     (min(at) FILTER (WHERE milestone = 'onboarding completed') AT TIME ZONE 'UTC')::date AS completed,
                     (min(at) FILTER (WHERE milestone = 'onboarding failed') AT TIME ZONE 'UTC')::date AS failed
              FROM source_churnzero.milestones GROUP BY customer) AS m) AS t$$, '1|3|20', 'time to value');

\ir zones.sql

-- examples/sources/zuora.sql; see README.md.
\set vendor zuora
\ir setup.sql

CREATE SCHEMA zuora;
SET search_path = zuora;
CREATE TABLE account (id text, _fivetran_deleted boolean, currency text, mrr numeric, name text, account_number text, parent_id text, created_date timestamp);
CREATE TABLE subscription (id text, original_id text, version integer, account_id text, status text, term_type text, term_start_date timestamp,
                           term_end_date timestamp, cancelled_date timestamp, service_activation_date timestamp, _fivetran_deleted boolean);
CREATE TABLE rate_plan_charge (id text, original_id text, segment integer, version integer, account_id text, subscription_id text, charge_type text,
                               effective_start_date date, effective_end_date date, mrr numeric, mrrhome_currency numeric,
                               transaction_currency text, _fivetran_deleted boolean);
CREATE TABLE amendment (id text, type text, status text, subscription_id text, contract_effective_date date, booking_date date, _fivetran_deleted boolean);
CREATE TABLE invoice (id text, status text, _fivetran_deleted boolean);
CREATE TABLE invoice_item (id text, account_id text, invoice_id text, rate_plan_charge_id text, uom text, quantity numeric, service_start_date date,
                           service_end_date date, _fivetran_deleted boolean);

INSERT INTO account VALUES
  ('acme', false, 'USD', 150, 'Acme', 'A1', NULL, '2023-01-01 02:00'), ('nippon', false, 'JPY', NULL, 'Nippon', 'A2', NULL, '2023-04-01 12:00'),
  ('ever', false, 'USD', 50, 'Ever', 'A3', 'acme', '2023-01-01 12:00'), ('late', NULL, 'USD', 20, 'Late', 'A4', NULL, '2023-01-01 12:00'),
  ('gone', true, 'USD', 7, 'Gone', 'A5', NULL, '2023-01-01 12:00');
INSERT INTO subscription VALUES
  ('a1', 'a1', 1, 'acme', 'Expired', 'TERMED', '2023-01-01', '2024-01-01', NULL, '2023-01-02', false),
  ('a2', 'a1', 2, 'acme', 'Expired', 'TERMED', '2024-01-01', '2025-01-01', NULL, '2023-01-02', false),       -- renewed
  ('a3', 'a1', 3, 'acme', 'Active', 'TERMED', '2024-01-01', '2025-01-01', NULL, '2023-01-02', false),        -- more seats from July
  ('b1', 'b1', 1, 'nippon', 'Expired', 'TERMED', '2023-04-01', '2024-04-01', NULL, '2023-04-01', false),
  ('b2', 'b1', 2, 'nippon', 'Cancelled', 'TERMED', '2023-04-01', '2024-04-01', '2024-02-01', '2023-04-01', false),
  ('c1', 'c1', 1, 'acme', 'Draft', 'TERMED', '2023-01-01', '2024-01-01', NULL, NULL, false),
  ('d1', 'd1', 1, 'ever', 'Active', 'EVERGREEN', '2023-01-01', '2024-01-01', NULL, '2023-01-01', false),     -- of its former term
  ('h1', 'h1', 1, 'ever', 'Cancelled', 'TERMED', '2023-01-01', '2024-01-01', '2023-09-01', '2023-02-01', false),
  ('e1', 'e1', 1, 'ever', 'Active', 'TERMED', '2023-01-01', '2024-01-01', NULL, '2023-01-01', true),         -- deleted
  ('f1', 'f1', 1, 'late', 'Expired', 'TERMED', '2023-01-01', '2024-01-01', NULL, '2023-01-01', false),
  ('f2', 'f1', 2, 'late', 'Active', 'TERMED', '2024-01-01', '2025-01-01', NULL, '2023-01-01', NULL);
INSERT INTO rate_plan_charge VALUES
  ('ca1', 'ca1', 1, 1, 'acme', 'a1', 'Recurring', '2023-01-01', '2024-01-01', 100, 90, 'USD', false),
  ('ca2', 'ca1', 1, 2, 'acme', 'a2', 'Recurring', '2023-01-01', '2025-01-01', 100, 90, 'USD', false),
  ('ca3', 'ca1', 1, 3, 'acme', 'a3', 'Recurring', '2023-01-01', '2024-07-01', 100, 90, 'USD', false),
  ('ca4', 'ca1', 2, 3, 'acme', 'a3', 'Recurring', '2024-07-01', '2025-01-01', 150, 135, 'USD', false),
  ('cb1', 'cb1', 1, 1, 'nippon', 'b1', 'Recurring', '2023-04-01', '2024-04-01', 30000, 200, 'JPY', false),
  ('cb2', 'cb1', 1, 2, 'nippon', 'b2', 'Recurring', '2023-04-01', '2024-02-01', 30000, 200, 'JPY', false),
  ('cb3', 'cb3', 1, 1, 'nippon', 'b1', 'Usage', '2023-04-01', '2024-04-01', NULL, NULL, 'JPY', false),
  ('cc1', 'cc1', 1, 1, 'acme', 'c1', 'Recurring', '2023-01-01', '2024-01-01', 999, 999, 'USD', false),       -- of a draft
  ('cd1', 'cd1', 1, 1, 'ever', 'd1', 'Recurring', '2023-01-01', NULL, 50, 45, 'usd', false),
  ('cd2', 'cd2', 1, 1, 'ever', 'd1', 'Recurring', '2023-01-01', '2024-01-01', 77, 70, 'USD', true),          -- deleted
  ('cd3', 'cd3', 1, 1, 'ever', 'd1', 'OneTime', '2023-01-01', '2023-01-02', 500, 450, 'USD', false),
  ('cd4', 'cd4', 1, 1, 'ever', 'd1', 'Recurring', '2023-01-01', NULL, 0, 0, 'USD', false),                   -- free
  ('ce1', 'ce1', 1, 1, 'ever', 'e1', 'Recurring', '2023-01-01', '2024-01-01', 78, 70, 'USD', false),
  ('cf1', 'cf1', 1, 1, 'late', 'f1', 'Recurring', '2023-01-01', '2024-01-01', 20, 18, 'USD', false),
  ('cf2', 'cf1', 1, 2, 'late', 'f2', 'Recurring', '2023-01-01', '2025-01-01', 20, 18, 'USD', NULL);
INSERT INTO amendment VALUES
  ('m1', 'Renewal', 'Completed', 'a1', '2024-01-01', '2023-12-10', false), ('m1', 'Renewal', 'Completed', 'a1', '2024-01-01', '2023-12-10', false),
  ('m2', 'Renewal', 'Draft', 'a1', '2024-01-01', '2023-11-01', false), ('m3', 'UpdateProduct', 'Completed', 'a1', '2024-07-01', '2023-10-01', false),
  ('m4', 'Renewal', 'Completed', 'f1', '2024-01-01', '2024-02-10', NULL), ('m5', 'Renewal', 'Completed', 'f1', '2024-01-01', '2023-09-01', true);
INSERT INTO invoice VALUES ('i1', 'Posted', NULL), ('i2', 'Draft', false), ('i3', 'Posted', true);
INSERT INTO invoice_item VALUES
  ('1', 'nippon', 'i1', 'cb3', 'Call', 310, '2024-01-01', '2024-01-31', NULL), ('2', 'nippon', 'i1', 'cb3', 'Call', 10, '2024-02-01', '2024-02-03', false),
  ('3', 'nippon', 'i2', 'cb3', 'Call', 1000, '2024-02-01', '2024-02-03', false), ('4', 'nippon', 'i3', 'cb3', 'Call', 1000, '2024-02-01', '2024-02-03', false),
  ('5', 'nippon', 'i1', 'cb3', 'Call', 1000, '2024-02-01', '2024-02-03', true), ('6', 'acme', 'i1', 'ca2', 'User', 5, '2024-02-01', '2024-02-29', false);

\set zone America/New_York
\ir :mapping

-- acme: one charge in four rows: of segment 1 the third version counts, until July; then segment 2.  nippon: cancelled in
-- February, yen as they are.  No draft, nothing deleted, no usage, nothing once.
SELECT tap.rows_are('SELECT customer, contract, part, valid_from, valid_to, mrr, currency FROM source_zuora.mrr', $$
  acme|a3|recurring|2023-01-01|2024-07-01|100|USD
  acme|a3|recurring|2024-07-01|2025-01-01|150|USD
  ever|d1|recurring|2023-01-01|-|50|USD
  late|f2|recurring|2023-01-01|2025-01-01|20|USD
  nippon|b2|recurring|2023-04-01|2024-02-01|30000|JPY$$, 'mrr, row by row');
-- USD from January to August 2024: (150 + 50 + 20) / (100 + 50 + 20) = 220 / 170 = 1.2941.  JPY: nothing of 30000.
SELECT tap.rows_are($$
  SELECT currency, round(ccx.nrr(ccx.mrr_at(h, '2024-01-15'), ccx.mrr_at(h, '2024-08-15')), 4)
  FROM (SELECT currency, ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_zuora.mrr GROUP BY customer, currency) AS c
  GROUP BY currency$$, 'JPY|0.0000
  USD|1.2941', 'NRR by currency');
SELECT tap.rows_are($$SELECT currency, sum(mrr), count(*), count(mrr) FROM source_zuora.account_mrr GROUP BY currency$$, 'JPY|-|1|0
  USD|220|3|3', 'Zuora''s own MRR of USD is the same 220');

-- acme: due on 1 January 2024 with 1200, booked on 10 December (of the completed renewal); due a year later with 150 a month.
-- nippon: would have been due in April, was cancelled in February.  ever has no term.  late was booked 40 days late.
SELECT tap.rows_are('SELECT customer, contract, due, arr_due, renewed_on, arr_renewed, currency FROM source_zuora.renewals', $$
  acme|a1|2024-01-01|1200|2023-12-10|1200|USD
  acme|a1|2025-01-01|1800|-|-|USD
  late|f1|2024-01-01|240|2024-02-10|240|USD
  late|f1|2025-01-01|240|-|-|USD
  nippon|b1|2024-04-01|360000|-|-|JPY$$, 'renewals');
-- As of 30 June 2024, 60 days of grace.  USD: both renewed, one of the two on time.  JPY: lost, and so none on time or late.
SELECT tap.rows_are($$
  SELECT currency, ccx.renewal_rate(r), ccx.on_time_rate(r), ccx.open_count(r)
  FROM (SELECT currency, ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-06-30', 60) AS r FROM source_zuora.renewals GROUP BY currency) AS s$$,
  'JPY|0|-|0
  USD|1|0.5|2', 'renewal rates');

-- 310 calls in the 31 days of January; 10 in 3 days are 3.333333 + 3.333334 + 3.333333.
SELECT tap.rows_are($$SELECT customer, measure, count(*), min(day), max(day), sum(n), min(n), max(n) FROM source_zuora.usage GROUP BY 1, 2, day >= '2024-02-01'$$, $$
  nippon|Call|3|2024-02-01|2024-02-03|10.000000|3.333333|3.333334
  nippon|Call|31|2024-01-01|2024-01-31|310.000000|10.000000|10.000000$$, 'usage');
SELECT tap.is(ccx.usage_total(ccx.usage_agg(day, n)), 320, 'usage adds up') FROM source_zuora.usage;

-- ever cancelled one subscription and has another.  The activation is a date: midnight in New York is 05:00 UTC in winter, 04:00 in summer.
SELECT tap.rows_are($$SELECT customer, milestone, at FROM source_zuora.milestones WHERE customer IN ('acme', 'ever', 'nippon', 'gone')$$, $$
  acme|activated|2023-01-02T05:00:00+00:00
  acme|signed_up|2023-01-01T02:00:00+00:00
  ever|activated|2023-01-01T05:00:00+00:00
  ever|signed_up|2023-01-01T12:00:00+00:00
  nippon|activated|2023-04-01T04:00:00+00:00
  nippon|cancelled|2024-02-01T05:00:00+00:00
  nippon|signed_up|2023-04-01T12:00:00+00:00$$, 'milestones');
SELECT tap.rows_are('SELECT customer, external_id, parent, since FROM source_zuora.customers', $$
  acme|A1|-|2022-12-31
  ever|A3|acme|2023-01-01
  late|A4|-|2023-01-01
  nippon|A2|-|2023-04-01$$, 'customers');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || t, format('%s/zuora_%s_data.csv', :'folder', t))
FROM unnest('{account,subscription,rate_plan_charge,amendment,invoice,invoice_item}'::text[]) AS t \g /dev/null
-- 49 + 43279.17 USD of two accounts, a third without; yen apart.
SELECT tap.rows_are('SELECT currency, count(*), count(mrr), sum(mrr) FROM source_sample.account_mrr GROUP BY currency', $$
  JPY|1|1|2726666.67
  USD|3|2|43328.17$$, 'sample tables: MRR of accounts by currency');
-- Of five charges one is deleted, two bring 0, one is usage: 49 USD, from 31 December 2019 until the day before that of 2023.
SELECT tap.rows_are($$SELECT valid_from, valid_to, mrr, currency FROM source_sample.mrr$$, '2019-12-31|2023-12-31|49|USD', 'sample tables: mrr');
-- 31, 30, 30, 31 days with 33580 + 38000 + 40900 + 42130 = 154610 calls, and 31 + 30 days of none.
SELECT tap.rows_are('SELECT measure, count(*), sum(n) FROM source_sample.usage GROUP BY measure', 'Transaction|183|154610.000000', 'sample tables: usage');

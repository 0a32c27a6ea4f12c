-- examples/sources/salesforce.sql; see README.md.
\set vendor salesforce
\ir setup.sql

CREATE SCHEMA salesforce;
SET search_path = salesforce;
CREATE TABLE account (id text, is_deleted boolean, master_record_id text, parent_id text, name text, account_number text, created_date timestamp);
CREATE TABLE account_history (id text, is_deleted boolean, _fivetran_active boolean, _fivetran_start timestamp, _fivetran_end timestamp, industry text, type text,
                              billing_country text);
CREATE TABLE opportunity (id text, account_id text, type text, is_closed boolean, is_won boolean, is_deleted boolean, amount numeric, close_date timestamp);
CREATE TABLE opportunity_history (id text, _fivetran_start timestamp, amount numeric, close_date timestamp);
CREATE TABLE opportunity_line_item (id text, opportunity_id text, product_2_id text, total_price numeric, months_c integer, sbqq_subscription_type_c text,
                                    service_date timestamp, is_deleted boolean);
CREATE TABLE product_2 (id text, non_recurring_c boolean);
CREATE TABLE "case" (id text, account_id text, created_date timestamp, closed_date timestamp, is_closed boolean, is_deleted boolean, priority text, origin text);

INSERT INTO account VALUES
  ('acme', false, NULL, NULL, 'Acme', 'A1', '2023-01-01 02:00'), ('birch', false, NULL, 'acme', 'Birch', 'A2', '2023-01-01 12:00'),
  ('double', true, 'acme', NULL, 'Acme Inc', 'A3', '2023-01-01 12:00');
INSERT INTO account_history VALUES
  ('acme', false, false, '2023-01-01 12:00', '2024-03-01 11:59:59.999', 'Retail', 'SMB', NULL),
  ('acme', false, true, '2024-03-01 12:00', '9999-12-31 23:59:59', 'Retail', 'Enterprise', NULL),
  ('double', false, false, '2023-01-01 12:00', '2023-06-01 11:59:59', 'Retail', '', NULL),
  ('double', true, true, '2023-06-01 12:00', '9999-12-31 23:59:59', 'Retail', '', NULL),
  ('purged', false, false, '2023-01-01 12:00', '2023-02-01 12:00', NULL, NULL, 'France');
INSERT INTO opportunity VALUES
  ('first', 'acme', 'New Business', true, true, false, 2400, '2022-12-15'),
  ('renewal', 'acme', 'Renewal', true, true, false, 4800, '2024-01-20'),        -- for two years; was due on 1 January with 3600
  ('lost', 'birch', 'Renewal', true, false, false, 1200, '2024-02-01'),
  ('open', 'birch', 'Renewal - early', false, false, false, 600, '2024-09-01'),
  ('binned', 'birch', 'Renewal', true, true, true, 9999, '2024-02-01'),
  ('big', 'birch', 'New Business', true, true, false, 1300, '2023-01-31'),
  ('maybe', 'birch', 'New Business', false, true, false, 500, '2023-01-31');    -- its stage is won, but it is not closed
INSERT INTO opportunity_history VALUES
  ('renewal', '2023-06-01 12:00', NULL, '2024-01-01'), ('renewal', '2023-07-01 12:00', 3600, '2024-01-01'), ('renewal', '2024-01-20 12:00', 4800, '2024-01-20');
INSERT INTO product_2 VALUES ('seat', false), ('training', true), ('plain', NULL);
INSERT INTO opportunity_line_item VALUES
  ('1', 'first', 'seat', 2400, 12, 'Renewable', '2023-01-01', false),           -- 200 a month for the year 2023
  ('2', 'first', 'training', 999, 12, 'Renewable', '2023-01-01', false),        -- marked on the product
  ('3', 'first', 'plain', 500, 12, 'One-time', '2023-01-01', false),
  ('4', 'first', 'plain', 700, 12, 'Renewable', '2023-01-01', true),            -- in the bin
  ('5', 'renewal', 'seat', 4800, 24, 'Renewable', '2024-01-01', false),         -- 200 a month for two years
  ('6', 'renewal', 'plain', -480, 24, NULL, '2024-01-01', NULL),                -- a credit of 20 a month
  ('7', 'big', 'plain', 600, NULL, NULL, NULL, false),                          -- no months, no date: 50 a month for a year from the close date
  ('8', 'big', 'plain', 120, 1, NULL, NULL, false),                             -- a month from 31 January
  ('9', 'big', 'plain', 700, 7, 'Evergreen', '2023-02-01', false),              -- 100 a month without end
  ('10', 'maybe', 'seat', 500, 12, 'Renewable', '2023-01-01', false), ('11', 'binned', 'seat', 9999, 12, 'Renewable', '2023-01-01', false),
  ('12', 'lost', 'seat', 1200, 12, 'Renewable', '2024-02-01', false), ('13', 'big', 'plain', 0, 12, NULL, NULL, false);
INSERT INTO "case" VALUES
  ('c1', 'acme', '2024-05-01 12:00', '2024-05-03 12:00', true, false, 'High', 'Email'), ('c2', 'acme', '2024-05-01 12:00', '2024-05-02 12:00', false, false, 'Low', 'Web'),
  ('c3', 'acme', '2024-05-01 12:00', '2024-05-02 12:00', true, true, 'Low', 'Web');

\set zone America/New_York
\ir :mapping

SELECT tap.rows_are('SELECT customer, contract, part, valid_from, valid_to, round(mrr, 2), currency FROM source_salesforce.mrr', $$
  acme|first|recurring|2023-01-01|2024-01-01|200.00|-
  acme|renewal|recurring|2024-01-01|2026-01-01|-20.00|-
  acme|renewal|recurring|2024-01-01|2026-01-01|200.00|-
  birch|big|recurring|2023-01-31|2023-02-28|120.00|-
  birch|big|recurring|2023-01-31|2024-01-31|50.00|-
  birch|big|recurring|2023-02-01|-|100.00|-$$, 'mrr, row by row');
-- From June 2023 to June 2024: acme 200 -> 180, birch 150 -> 100.  280 / 350 = 0.8, and GRR the same.
SELECT tap.rows_are($$
  SELECT ccx.nrr(s), ccx.grr(s), ccx.contraction_customers(s)
  FROM (SELECT ccx.retention_agg(ccx.mrr_at(h, '2023-06-15'), ccx.mrr_at(h, '2024-06-15')) AS s
        FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr) AS h FROM source_salesforce.mrr GROUP BY customer) AS c) AS r$$,
  '0.8|0.8|2', 'NRR and GRR');

-- renewal: due on 1 January with 3600 for two years, closed on 20 January with 4800.
SELECT tap.rows_are('SELECT customer, contract, due, round(arr_due, 2), renewed_on, round(arr_renewed, 2) FROM source_salesforce.renewals', $$
  acme|renewal|2024-01-01|1800.00|2024-01-20|2400.00
  birch|lost|2024-02-01|1200.00|-|-
  birch|open|2024-09-01|600.00|-|-$$, 'renewals');
-- As of 30 June, 30 days of grace: 2400 of 3000, none on time.
SELECT tap.rows_are($$
  SELECT ccx.renewal_rate(r), ccx.gross_renewal_rate(r), ccx.on_time_rate(r), ccx.open_count(r)
  FROM (SELECT ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-06-30', 30) AS r FROM source_salesforce.renewals) AS s$$,
  '0.8|0.6|0|1', 'renewal rates');

-- acme was SMB, and is Enterprise since March.  double was deleted in June, purged is gone since February.
SELECT tap.rows_are('SELECT customer, dimension, value, valid_from, valid_to FROM source_salesforce.segments', $$
  acme|industry|Retail|-|2024-03-01
  acme|industry|Retail|2024-03-01|-
  acme|type|Enterprise|2024-03-01|-
  acme|type|SMB|-|2024-03-01
  double|industry|Retail|-|2023-06-01
  purged|country|France|-|2023-02-01$$, 'segments');
SELECT tap.rows_are('SELECT customer, name, external_id, parent, since FROM source_salesforce.customers', $$
  acme|Acme|A1|-|2022-12-31
  birch|Birch|A2|acme|2023-01-01$$, 'customers');
SELECT tap.rows_are('TABLE source_salesforce.merged_accounts', 'double|acme', 'merged accounts');
-- Dates: midnight in New York is 05:00 UTC.
SELECT tap.rows_are('SELECT customer, milestone, at FROM source_salesforce.milestones', $$
  acme|won|2022-12-15T05:00:00+00:00
  birch|won|2023-01-31T05:00:00+00:00$$, 'milestones');
SELECT tap.rows_are('SELECT customer, ticket, opened_at, resolved_at, status, priority, channel FROM source_salesforce.tickets', $$
  acme|c1|2024-05-01T12:00:00+00:00|2024-05-03T12:00:00+00:00|resolved|High|Email
  acme|c2|2024-05-01T12:00:00+00:00|-|open|Low|Web$$, 'tickets');
-- By 10 May: one after two days, one open after nine.
SELECT tap.rows_are($$
  SELECT ccx.km_median(d), ccx.censored_count(d)
  FROM (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2024-05-10 12:00') AS d FROM source_salesforce.tickets) AS t$$,
  '2|1', 'time to resolution');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || t, format('%s/sf_%s_data.csv', :'folder', t))
FROM unnest('{account,account_history,opportunity,opportunity_history,opportunity_line_item,product_2}'::text[]) AS t \g /dev/null
-- All ten opportunities are deleted, and nine of ten accounts, one of which was merged.
SELECT tap.rows_are('SELECT (SELECT count(*) FROM source_sample.opportunities), (SELECT count(*) FROM source_sample.customers), (SELECT count(*) FROM source_sample.merged_accounts)',
                    '0|1|1', 'sample tables: what is deleted does not count');
-- Ten lines for 12 months, eight of them renewable: 38093 + 84250.32 + 4000 + 162000 + 2045.45 = 290388.77, 24199.06 a month.
SELECT tap.rows_are('SELECT count(*), round(sum(mrr), 2) FROM source_sample.line_amounts WHERE recurring', '8|24199.06', 'sample tables: lines');
-- One account is not deleted, and has a type, masked.
SELECT tap.rows_are('SELECT dimension, valid_from, valid_to FROM source_sample.segments', 'type|-|-', 'sample tables: segments');

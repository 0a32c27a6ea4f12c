-- examples/sources/recurly.sql; see README.md.
\set vendor recurly
\ir setup.sql

CREATE SCHEMA recurly;
SET search_path = recurly;
CREATE TABLE account_history (id text, updated_at timestamp, created_at timestamp, deleted_at timestamp, code text, company text);
CREATE TABLE subscription_history (id text, updated_at timestamp, account_id text, plan_id text, state text, activated_at timestamp,
                                   canceled_at timestamp, expires_at timestamp, current_period_started_at timestamp,
                                   current_term_started_at timestamp, current_term_ends_at timestamp, trial_started_at timestamp,
                                   trial_ends_at timestamp, unit_amount numeric, subtotal numeric, currency text);
CREATE TABLE plan_history (id text, updated_at timestamp, interval_unit text, interval_length integer);
CREATE TABLE coupon_discount (coupon_id text, type text, amount numeric, percentage integer, currency text);
CREATE TABLE coupon_redemption_history (id text, updated_at timestamp, account_id text, coupon_id text, created_at timestamp, removed_at timestamp);

INSERT INTO plan_history VALUES ('monthly', '2024-01-01', 'months', 1), ('yearly', '2024-01-01', 'months', 12), ('daily', '2024-01-01', 'days', 30),
  ('monthly', '2020-01-01', 'months', 3);         -- a former version
INSERT INTO account_history
SELECT id, '2024-01-01', '2023-12-01 02:00', CASE id WHEN 'left' THEN timestamp '2024-07-01' END, upper(id), initcap(id) FROM unnest('{grow,left,quit,pause,future,trial,minutes,days,year,back,early}'::text[]) AS id;
INSERT INTO account_history VALUES ('grow', '2023-12-01', '2023-12-01 02:00', NULL, 'OLD', 'Old name');

-- The columns: id, version of, account, plan, state, activated, cancelled, expires, period, term from, to, trial from, to, unit amount,
-- subtotal, currency.
INSERT INTO subscription_history VALUES
  ('grow', '2024-01-01 12:00', 'grow', 'monthly', 'active', '2024-01-01 12:00', NULL, NULL, '2024-01-01 12:00', NULL, '2024-02-01 12:00', NULL, NULL, 100, 100, 'USD'),
  ('grow', '2024-03-01 12:00', 'grow', 'monthly', 'active', '2024-01-01 12:00', NULL, NULL, '2024-03-01 12:00', NULL, '2024-04-01 12:00', NULL, NULL, 100, 150, 'USD'),
  ('left', '2024-01-01 12:00', 'left', 'monthly', 'active', '2024-01-01 12:00', NULL, NULL, '2024-01-01 12:00', NULL, '2024-02-01 12:00', NULL, NULL, 80, 80, 'USD'),
  ('left', '2024-04-10 12:00', 'left', 'monthly', 'canceled', '2024-01-01 12:00', '2024-04-10 12:00', '2024-05-01 12:00', '2024-04-01 12:00', NULL, '2024-05-01 12:00', NULL, NULL, 80, 80, 'USD'),
  ('left', '2024-05-03 12:00', 'left', 'monthly', 'expired', '2024-01-01 12:00', '2024-04-10 12:00', '2024-05-01 12:00', '2024-04-01 12:00', NULL, '2024-05-01 12:00', NULL, NULL, 80, 80, 'USD'),
  ('quit', '2024-01-15 12:00', 'quit', 'monthly', 'expired', '2024-01-01 12:00', '2024-01-10 12:00', '2024-01-15 12:00', '2024-01-01 12:00', NULL, '2024-01-15 12:00', '2024-01-01 12:00', '2024-01-15 12:00', 70, 70, 'USD'),
  ('pause', '2024-01-01 12:00', 'pause', 'monthly', 'active', '2024-01-01 12:00', NULL, NULL, '2024-01-01 12:00', NULL, '2024-02-01 12:00', NULL, NULL, 60, 60, 'USD'),
  ('pause', '2024-03-01 12:00', 'pause', 'monthly', 'paused', '2024-01-01 12:00', NULL, NULL, '2024-03-01 12:00', NULL, '2024-04-01 12:00', NULL, NULL, 60, 60, 'USD'),
  ('pause', '2024-06-01 12:00', 'pause', 'monthly', 'active', '2024-01-01 12:00', NULL, NULL, '2024-06-01 12:00', NULL, '2024-07-01 12:00', NULL, NULL, 60, 60, 'USD'),
  ('future', '2024-01-01 12:00', 'future', 'monthly', 'future', '2024-09-01 12:00', NULL, NULL, '2024-09-01 12:00', NULL, '2024-10-01 12:00', NULL, NULL, 50, 50, 'USD'),
  ('trial', '2024-02-15 12:00', 'trial', 'monthly', 'active', '2024-02-01 12:00', NULL, NULL, '2024-02-15 12:00', NULL, '2024-03-15 12:00', '2024-02-01 12:00', '2024-02-15 12:00', 40, 40, 'EUR'),
  ('minutes', '2024-02-01 12:09', 'minutes', 'monthly', 'expired', '2024-02-01 12:00', '2024-02-01 12:09', '2024-02-01 12:09', '2024-02-01 12:00', NULL, '2024-03-01 12:00', NULL, NULL, 99, 99, 'USD'),
  ('days', '2024-01-01 02:00', 'days', 'daily', 'active', '2024-01-01 02:00', NULL, NULL, '2024-01-01 12:00', NULL, '2024-01-31 12:00', NULL, NULL, 36, 36, 'USD'),
  ('year', '2023-02-01 12:00', 'year', 'yearly', 'active', '2023-02-01 12:00', NULL, NULL, '2023-02-01 12:00', '2023-02-01 12:00', '2024-02-01 12:00', NULL, NULL, 1200, 1200, 'USD'),
  ('year', '2024-02-01 12:00', 'year', 'yearly', 'active', '2023-02-01 12:00', NULL, NULL, '2024-02-01 12:00', '2024-02-01 12:00', '2025-02-01 12:00', NULL, NULL, 1200, 1500, 'USD'),
  ('early', '2023-03-01 12:00', 'early', 'yearly', 'active', '2023-03-01 12:00', NULL, NULL, '2023-03-01 12:00', '2023-03-01 12:00', '2024-03-01 12:00', NULL, NULL, 1200, 1200, 'EUR'),
  ('early', '2023-06-01 12:00', 'early', 'yearly', 'active', '2023-03-01 12:00', NULL, NULL, '2023-03-01 12:00', '2023-03-01 12:00', '2024-03-15 12:00', NULL, NULL, 1260, 1260, 'EUR'),
  ('early', '2023-12-01 12:00', 'early', 'yearly', 'active', '2023-03-01 12:00', NULL, NULL, '2023-12-01 12:00', '2023-12-01 12:00', '2024-12-01 12:00', NULL, NULL, 1380, 1380, 'EUR'),
  ('back', '2023-03-01 12:00', 'back', 'yearly', 'canceled', '2023-03-01 12:00', '2023-06-01 12:00', '2024-03-01 12:00', '2023-03-01 12:00', '2023-03-01 12:00', '2024-03-01 12:00', NULL, NULL, 600, 600, 'USD');
INSERT INTO coupon_discount VALUES ('ten', 'percent', NULL, 10, NULL), ('five', 'fixed', 5, NULL, 'USD'), ('five', 'fixed', 4, NULL, 'EUR'), ('hundred', 'fixed', 100, NULL, 'USD');
INSERT INTO coupon_redemption_history VALUES
  ('r1', '2024-02-01', 'grow', 'ten', '2024-02-01 12:00', NULL), ('r1', '2024-04-01', 'grow', 'ten', '2024-02-01 12:00', '2024-04-01 12:00'),
  ('r2', '2024-03-01', 'trial', 'five', '2024-03-01 12:00', NULL), ('r3', '2024-06-01', 'days', 'five', '2024-06-01 12:00', NULL),
  ('r4', '2024-06-15', 'pause', 'hundred', '2024-06-15 12:00', NULL);

\set zone America/New_York
\ir :mapping

-- grow: the second version begins in March; subtotal counts its add-on (150), the unit amount (100) does not; a tenth off from
-- February to April, by the latest version of the redemption: 10 and then 15.  left: cancelled on 10 April, expired on 1 May,
-- noticed on 3 May.  quit: in its trial.  pause: not for March to May.  minutes: nine of them.  days: 36 for 30 days are
-- 36 / 30 x 365 / 12 = 36.5 a month, and begin on 31 December in New York.  trial: 4 EUR off, not 5 USD.  year: 1200 and then
-- 1500 a year.  back: cancelled, paid until 1 March 2024.  r3: 5 off what is billed every 30 days, 5.0694 a month.  r4: 100 off,
-- but no more than the 60 that are to be paid.
SELECT tap.rows_are('SELECT customer, part, valid_from, valid_to, round(mrr, 4), currency FROM source_recurly.mrr', $$
  back|recurring|2023-03-01|2024-03-01|50.0000|USD
  days|discount|2024-06-01|-|-5.0694|USD
  days|recurring|2023-12-31|-|36.5000|USD
  early|recurring|2023-03-01|2023-06-01|100.0000|EUR
  early|recurring|2023-06-01|2023-12-01|105.0000|EUR
  early|recurring|2023-12-01|-|115.0000|EUR
  grow|discount|2024-02-01|2024-03-01|-10.0000|USD
  grow|discount|2024-03-01|2024-04-01|-15.0000|USD
  grow|recurring|2024-01-01|2024-03-01|100.0000|USD
  grow|recurring|2024-03-01|-|150.0000|USD
  left|recurring|2024-01-01|2024-04-10|80.0000|USD
  left|recurring|2024-04-10|2024-05-01|80.0000|USD
  pause|discount|2024-06-15|-|-60.0000|USD
  pause|recurring|2024-01-01|2024-03-01|60.0000|USD
  pause|recurring|2024-06-01|-|60.0000|USD
  trial|discount|2024-03-01|-|-4.0000|EUR
  trial|recurring|2024-02-15|-|40.0000|EUR
  year|recurring|2023-02-01|2024-02-01|100.0000|USD
  year|recurring|2024-02-01|-|125.0000|USD$$, 'mrr, row by row');

-- USD, from 15 February to 15 May 2024: back 50 -> 0, days 36.5 -> 36.5, grow 90 -> 150, left 80 -> 0, pause 60 -> 0,
-- year 125 -> 125.  311.5 / 441.5 = 0.7055; GRR (36.5 + 90 + 125) / 441.5 = 251.5 / 441.5 = 0.5696.
SELECT tap.rows_are($$
  SELECT ccx.opening_mrr(s), ccx.closing_mrr(s), round(ccx.nrr(s), 4), round(ccx.grr(s), 4), ccx.churned_customers(s)
  FROM (SELECT ccx.retention_agg(ccx.mrr_at(h, '2024-02-15'), ccx.mrr_at(h, '2024-05-15')) AS s
        FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_recurly.mrr WHERE currency = 'USD' GROUP BY customer) AS c) AS r$$,
  '441.5|311.5|0.7055|0.5696|3', 'NRR and GRR');

-- Only terms of more than a month.  year: due on 1 February 2024 with 1200, renewed at 1500; due again a year later.
-- back: due on 1 March 2024, lost.  early: due on 15 March 2024, as its term was changed; it began another on 1 December.
-- USD as of 30 June: 1500 / (1200 + 600) = 0.8333, gross 1200 / 1800 = 0.6667.
SELECT tap.rows_are('SELECT customer, due, arr_due, renewed_on, arr_renewed, currency FROM source_recurly.renewals', $$
  back|2024-03-01|600|-|-|USD
  early|2024-03-15|1260|2023-12-01|1380|EUR
  early|2024-12-01|1380|-|-|EUR
  year|2024-02-01|1200|2024-02-01|1500|USD
  year|2025-02-01|1500|-|-|USD$$, 'renewals');
SELECT tap.rows_are($$
  SELECT round(ccx.renewal_rate(r), 4), round(ccx.gross_renewal_rate(r), 4), ccx.open_count(r)
  FROM (SELECT ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-06-30') AS r FROM source_recurly.renewals WHERE currency = 'USD') AS s$$,
  '0.8333|0.6667|1', 'renewal rates');

SELECT tap.rows_are($$SELECT customer, milestone, at FROM source_recurly.milestones WHERE milestone <> 'signed_up'$$, $$
  back|activated|2023-03-01T12:00:00+00:00
  days|activated|2024-01-01T02:00:00+00:00
  early|activated|2023-03-01T12:00:00+00:00
  grow|activated|2024-01-01T12:00:00+00:00
  left|activated|2024-01-01T12:00:00+00:00
  left|cancelled|2024-05-01T12:00:00+00:00
  minutes|activated|2024-02-01T12:00:00+00:00
  minutes|cancelled|2024-02-01T12:09:00+00:00
  pause|activated|2024-01-01T12:00:00+00:00
  quit|cancelled|2024-01-15T12:00:00+00:00
  quit|trial_started|2024-01-01T12:00:00+00:00
  trial|activated|2024-02-15T12:00:00+00:00
  trial|trial_started|2024-02-01T12:00:00+00:00
  year|activated|2023-02-01T12:00:00+00:00$$, 'milestones');
SELECT tap.rows_are($$SELECT customer, name, external_id, since FROM source_recurly.customers WHERE customer IN ('grow', 'left')$$, $$
  grow|Grow|GROW|2023-11-30
  left|Left|LEFT|2023-11-30$$, 'customers: their latest version, closed ones too');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || t, format('%s/%s_data.csv', :'folder', t))
FROM unnest('{account_history,subscription_history,plan_history,coupon_discount,coupon_redemption_history}'::text[]) AS t \g /dev/null
-- 99 + 5596 of two accounts, by the latest versions of their subscriptions; two more subscriptions lived minutes.
SELECT tap.rows_are($$SELECT count(DISTINCT customer), sum(mrr), min(currency) FROM source_sample.mrr WHERE part = 'recurring' AND valid_to IS NULL$$,
                    '2|5695|USD', 'sample tables: 5695 USD a month, before discounts');
-- One account has 10 % off: 559.60 (41 invoices of 559.6 make the 22943.6 that Recurly has counted).  5695 - 559.6 = 5135.4.
SELECT tap.is(round(sum(ccx.mrr_at(h, '2022-09-01')), 2), 5135.40, 'sample tables: 5135.40 USD a month after discounts')
FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_sample.mrr GROUP BY customer) AS c;
SELECT tap.rows_are($$SELECT count(*) FROM source_sample.customers$$, '4', 'sample tables: four accounts in five versions');

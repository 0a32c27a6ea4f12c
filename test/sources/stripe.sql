-- examples/sources/stripe.sql; see README.md.
\set vendor stripe
\ir setup.sql

CREATE SCHEMA stripe;
SET search_path = stripe;
CREATE TABLE customer (id text, created timestamp, is_deleted boolean, livemode boolean, name text, metadata jsonb);
CREATE TABLE subscription_history (id text, customer_id text, status text, _fivetran_active boolean, livemode boolean,
                                   current_period_start timestamp, current_period_end timestamp, canceled_at timestamp,
                                   ended_at timestamp, trial_start timestamp, trial_end timestamp);
CREATE TABLE subscription_item (id text, subscription_id text, plan_id text, quantity integer, created timestamp);
CREATE TABLE plan (id text, amount integer, currency text, "interval" text, interval_count integer, usage_type text, is_deleted boolean,
                   transform_usage_divide_by text, transform_usage_round text);
CREATE TABLE price (id text, unit_amount integer, unit_amount_decimal text, currency text, type text, recurring_interval text,
                    recurring_interval_count integer, recurring_usage_type text, transform_quantity_divide_by text,
                    transform_quantity_round text);
CREATE TABLE coupon (id text, amount_off integer, percent_off numeric, currency text, duration text);
CREATE TABLE subscription_discount (id text, subscription_id text, coupon_id text, "start" timestamp, "end" timestamp);
CREATE TABLE invoice (id text, customer_id text, status text, livemode boolean, is_deleted boolean);
CREATE TABLE invoice_line_item (id text, invoice_id text, subscription_id text, plan_id text, amount integer, currency text,
                                proration boolean, period_start timestamp, period_end timestamp);
CREATE TABLE balance_transaction (id text, created timestamp, fee integer, currency text);
CREATE TABLE charge (id text, customer_id text, balance_transaction_id text, livemode boolean);

INSERT INTO plan VALUES
  ('month', 10000, 'usd', 'month', 1, 'licensed', false, NULL, NULL),      -- 100 a month
  ('year', 120000, 'usd', 'year', 1, 'licensed', true, NULL, NULL),        -- 100 a month, no longer sold
  ('half', 60000, 'usd', 'month', 6, 'licensed', false, NULL, NULL),       -- 100 a month
  ('yen', 5000, 'jpy', 'month', 1, 'licensed', false, NULL, NULL),         -- 5000 a month: no hundredths
  ('dinar', 144000, 'kwd', 'year', 1, 'licensed', false, NULL, NULL),      -- 12 a month: thousandths
  ('pack', 5000, 'usd', 'month', 1, 'licensed', false, '100', 'up'),       -- 50 a month for each hundred begun
  ('metered', 100, 'usd', 'month', 1, 'metered', false, NULL, NULL),       -- nothing before it is used
  ('euro', 120000, 'eur', 'year', 1, 'licensed', false, NULL, NULL),
  ('tiers', NULL, 'usd', 'month', 1, 'licensed', false, NULL, NULL);       -- an amount nobody knows
INSERT INTO price VALUES
  ('quarter', 30001, '30000.6', 'usd', 'recurring', 'month', 3, 'licensed', NULL, NULL),   -- 100.002 a month
  ('setup', 99900, NULL, 'usd', 'one_time', NULL, NULL, NULL, NULL, NULL),                 -- once
  ('month', 77700, NULL, 'usd', 'recurring', 'month', 1, 'licensed', NULL, NULL);          -- the plan again, as price

INSERT INTO customer
SELECT id, '2023-12-01 12:00', id = 'left', id <> 'test', initcap(id), CASE id WHEN 'plain' THEN '{"external_id": "A-1"}' ELSE '{}' END::jsonb
FROM unnest('{plain,zone,yen,dinar,quarter,trialing,trial,quit,left,unpaid,late,incomplete,test,odd,pack,off,year_off,dunning}'::text[]) AS id;

-- Each runs from its first item; what is said of it is the trap.
INSERT INTO subscription_history VALUES
  ('s_plain', 'plain', 'active', true, true, '2024-06-01 12:00', '2024-07-01 12:00', NULL, NULL, NULL, NULL),
  ('s_plain', 'plain', 'incomplete', false, true, '2024-01-01 12:00', '2024-02-01 12:00', NULL, NULL, NULL, NULL),  -- a former version
  ('s_old', 'plain', 'canceled', true, true, '2023-11-01 12:00', '2023-12-01 12:00', '2023-11-01 12:00', '2023-12-01 12:00', NULL, NULL),
  ('s_zone', 'zone', 'active', true, true, '2024-03-01 02:00', '2025-03-01 02:00', NULL, NULL, NULL, NULL),         -- 29 Feb in New York
  ('s_yen', 'yen', 'active', true, true, '2024-06-01 12:00', '2024-07-01 12:00', NULL, NULL, NULL, NULL),
  ('s_dinar', 'dinar', 'active', true, true, '2024-06-01 12:00', '9999-08-13 16:00', NULL, NULL, NULL, NULL),
  ('s_quarter', 'quarter', 'active', false, true, '2024-01-01 12:00', '2024-04-01 12:00', NULL, NULL, NULL, NULL),  -- was due 1 April,
  ('s_quarter', 'quarter', 'active', true, true, '2024-04-01 12:00', '2024-07-01 12:00', NULL, NULL, NULL, NULL),   -- renewed
  ('s_trialing', 'trialing', 'trialing', true, true, '2024-06-20 12:00', '2024-07-20 12:00', NULL, NULL, '2024-06-20 12:00', '2024-07-20 12:00'),
  ('s_trial', 'trial', 'active', true, true, '2024-06-24 12:00', '2024-07-24 12:00', NULL, NULL, '2024-01-10 12:00', '2024-01-24 12:00'),
  ('s_quit', 'quit', 'canceled', true, true, '2024-01-10 12:00', '2024-01-24 12:00', '2024-01-20 12:00', '2024-01-20 12:00', '2024-01-10 12:00', '2024-01-24 12:00'),
  ('s_left', 'left', 'canceled', true, true, '2023-06-01 12:00', '2024-06-01 12:00', '2024-03-10 12:00', '2024-06-01 12:00', NULL, NULL),
  ('s_unpaid', 'unpaid', 'unpaid', true, true, '2024-05-01 12:00', '2024-06-01 12:00', NULL, NULL, NULL, NULL),
  ('s_late', 'late', 'past_due', true, true, '2024-06-01 12:00', '2024-07-01 12:00', NULL, NULL, NULL, NULL),
  ('s_incomplete', 'incomplete', 'incomplete_expired', true, true, '2024-02-01 12:00', '2024-03-01 12:00', NULL, '2024-02-02 12:00', NULL, NULL),
  ('s_test', 'test', 'active', true, false, '2024-06-01 12:00', '2024-07-01 12:00', NULL, NULL, NULL, NULL),
  ('s_odd', 'odd', 'active', true, true, '2024-06-01 12:00', '2024-07-01 12:00', NULL, NULL, NULL, NULL),
  ('s_dunning', 'dunning', 'active', false, true, '2023-03-01 12:00', '2024-03-01 12:00', NULL, NULL, NULL, NULL),
  ('s_dunning', 'dunning', 'past_due', false, true, '2024-03-01 12:00', '2025-03-01 12:00', NULL, NULL, NULL, NULL),  -- tried,
  ('s_dunning', 'dunning', 'unpaid', true, true, '2024-03-01 12:00', '2025-03-01 12:00', NULL, NULL, NULL, NULL),     -- and given up
  ('s_pack', 'pack', 'active', true, true, '2024-06-01 12:00', '2024-07-01 12:00', NULL, NULL, NULL, NULL),
  ('s_off', 'off', 'active', true, true, '2024-06-01 12:00', '2024-07-01 12:00', NULL, NULL, NULL, NULL),
  ('s_year_off', 'year_off', 'active', true, true, '2024-01-01 12:00', '2025-01-01 12:00', NULL, NULL, NULL, NULL);
INSERT INTO subscription_item VALUES
  ('1', 's_plain', 'month', 2, '2024-01-01 12:00'), ('2', 's_zone', 'year', 1, '2024-03-01 02:00'), ('3', 's_yen', 'yen', 1, '2024-01-01 12:00'),
  ('4', 's_dinar', 'dinar', 1, '2024-01-01 12:00'), ('5', 's_quarter', 'quarter', 1, '2024-01-01 12:00'), ('6', 's_trialing', 'month', 1, '2024-06-20 12:00'),
  ('7', 's_trial', 'month', 1, '2024-01-10 12:00'), ('8', 's_quit', 'month', 1, '2024-01-10 12:00'), ('9', 's_left', 'year', 1, '2023-06-01 12:00'),
  ('10', 's_unpaid', 'month', 1, '2024-01-01 12:00'), ('11', 's_late', 'month', 1, '2024-01-01 12:00'), ('12', 's_incomplete', 'month', 1, '2024-02-01 12:00'),
  ('13', 's_test', 'month', 1, '2024-01-01 12:00'), ('14', 's_odd', 'metered', 1, '2024-01-01 12:00'), ('15', 's_odd', 'setup', 1, '2024-01-01 12:00'),
  ('16', 's_odd', 'tiers', 1, '2024-01-01 12:00'), ('17', 's_pack', 'pack', 250, '2024-01-01 12:00'), ('18', 's_off', 'month', 3, '2024-01-01 12:00'),
  ('19', 's_off', 'half', 1, '2024-01-01 12:00'), ('20', 's_year_off', 'year', 1, '2024-01-01 12:00'), ('21', 's_nowhere', 'month', 1, '2024-01-01 12:00'),
  ('23', 's_dunning', 'euro', 1, '2023-03-01 12:00'), ('22', 's_old', 'month', 1, '2023-06-01 12:00');
INSERT INTO coupon VALUES
  ('quarter_off', NULL, 25, NULL, 'forever'), ('once', NULL, 50, NULL, 'once'), ('twenty', 2000, NULL, 'usd', 'repeating'),
  ('euro', 1000, NULL, 'eur', 'forever'), ('big', 24000000, NULL, 'usd', 'forever');
INSERT INTO subscription_discount VALUES
  ('d1', 's_off', 'twenty', '2024-02-01 12:00', '2024-05-01 12:00'), ('d2', 's_off', 'once', '2024-01-01 12:00', NULL),
  ('d3', 's_off', 'euro', '2024-01-01 12:00', NULL), ('d4', 's_year_off', 'quarter_off', '2023-01-01 12:00', NULL),
  ('d5', 's_left', 'big', '2024-05-01 12:00', NULL);

\set zone America/New_York
\ir :mapping

-- s_plain: 2 x 100.  s_zone: 1200 a year, and begins on 29 Feb in New York.  s_trial from the end of the trial.  s_left: to
-- the end of what was paid (1 June), not to the day of asking (10 March); the coupon of 240,000 a year takes off no more
-- than the 100.  s_unpaid: to the start of the period that was not paid.  s_pack: 250 are 3 hundreds begun.  s_off: items of
-- 300 and 100; 20 off the bill for three months: 15 of the monthly item (300 of 400), and of the item billed every six
-- months 20 / 6 x 100 / 400 = 0.8333.  s_year_off: a quarter of 100.
SELECT tap.rows_are('SELECT customer, contract, part, valid_from, valid_to, round(mrr, 4), currency FROM source_stripe.mrr', $$
  dinar|s_dinar|recurring|2024-01-01|-|12.0000|KWD
  dunning|s_dunning|recurring|2023-03-01|2024-03-01|100.0000|EUR
  late|s_late|recurring|2024-01-01|-|100.0000|USD
  left|s_left|discount|2024-05-01|2024-06-01|-100.0000|USD
  left|s_left|recurring|2023-06-01|2024-06-01|100.0000|USD
  off|s_off|discount|2024-02-01|2024-05-01|-0.8333|USD
  off|s_off|discount|2024-02-01|2024-05-01|-15.0000|USD
  off|s_off|recurring|2024-01-01|-|100.0000|USD
  off|s_off|recurring|2024-01-01|-|300.0000|USD
  pack|s_pack|recurring|2024-01-01|-|150.0000|USD
  plain|s_old|recurring|2023-06-01|2023-12-01|100.0000|USD
  plain|s_plain|recurring|2024-01-01|-|200.0000|USD
  quarter|s_quarter|recurring|2024-01-01|-|100.0020|USD
  trial|s_trial|recurring|2024-01-24|-|100.0000|USD
  unpaid|s_unpaid|recurring|2024-01-01|2024-05-01|100.0000|USD
  year_off|s_year_off|discount|2024-01-01|-|-25.0000|USD
  year_off|s_year_off|recurring|2024-01-01|-|100.0000|USD
  yen|s_yen|recurring|2024-01-01|-|5000.0000|JPY
  zone|s_zone|recurring|2024-02-29|-|100.0000|USD$$, 'mrr of items, row by row');
SELECT tap.rows_are('SELECT item, mrr FROM source_stripe.item_amounts WHERE mrr IS NULL', '14|-
  15|-
  16|-', 'items without an amount can be found');

-- USD, 15 February to 15 June.  At opening: late 100, left 100, off 400 - 15.8333 = 384.1667, pack 150, plain 200,
-- quarter 100.002, trial 100, unpaid 100, year_off 75: 1309.1687.  At closing, of these: late 100, left 0, off 400 (the
-- discount is over), pack 150, plain 200, quarter 100.002, trial 100, unpaid 0, year_off 75: 1125.002; and zone is new: 1225.002.
-- NRR 1125.002 / 1309.1687 = 0.8593; GRR (1125.002 - 15.8333) / 1309.1687 = 1109.1687 / 1309.1687 = 0.8472.
SELECT tap.rows_are($$
  SELECT round(ccx.opening_mrr(s), 4), round(ccx.closing_mrr(s), 4), round(ccx.nrr(s), 4), round(ccx.grr(s), 4), ccx.churned_customers(s)
  FROM (SELECT ccx.retention_agg(ccx.mrr_at(h, '2024-02-15'), ccx.mrr_at(h, '2024-06-15')) AS s
        FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_stripe.mrr WHERE currency = 'USD' GROUP BY customer) AS c) AS r$$,
  '1309.1687|1225.0020|0.8593|0.8472|2', 'NRR and GRR from mrr');

-- Invoices.  December: one seat, 100; January on: two seats, 200.  Not counted: the proration of the change, a draft, a void
-- one, test mode, a deleted one, and a line without subscription.  s_off is billed 400 less 20 for February.
INSERT INTO invoice VALUES ('i1', 'plain', 'paid', true, false), ('i2', 'plain', 'open', true, NULL), ('i3', 'plain', 'draft', true, false),
  ('i4', 'plain', 'void', true, false), ('i5', 'plain', 'paid', false, false), ('i6', 'plain', 'paid', true, true), ('i7', 'off', 'paid', true, false);
INSERT INTO invoice_line_item VALUES
  ('l1', 'i1', 's_plain', 'month', 10000, 'usd', false, '2023-12-01 12:00', '2024-01-01 12:00'),
  ('l2', 'i2', 's_plain', 'month', 20000, 'usd', NULL, '2024-01-01 12:00', '2024-02-01 12:00'),
  ('l3', 'i2', 's_plain', 'month', 5000, 'usd', true, '2023-12-15 12:00', '2024-01-01 12:00'),
  ('l4', 'i3', 's_plain', 'month', 20000, 'usd', false, '2024-02-01 12:00', '2024-03-01 12:00'),
  ('l5', 'i4', 's_plain', 'month', 20000, 'usd', false, '2024-02-01 12:00', '2024-03-01 12:00'),
  ('l6', 'i5', 's_plain', 'month', 20000, 'usd', false, '2024-02-01 12:00', '2024-03-01 12:00'),
  ('l7', 'i6', 's_plain', 'month', 20000, 'usd', false, '2024-02-01 12:00', '2024-03-01 12:00'),
  ('l8', 'i1', NULL, 'month', 20000, 'usd', false, '2024-02-01 12:00', '2024-03-01 12:00'),
  ('l9', 'i7', 's_off', 'month', 40000, 'usd', false, '2024-02-01 12:00', '2024-03-01 12:00');
SELECT tap.rows_are('SELECT customer, part, valid_from, valid_to, round(mrr, 4), currency FROM source_stripe.mrr_invoiced', $$
  off|discount|2024-02-01|2024-03-01|-20.0000|USD
  off|recurring|2024-02-01|2024-03-01|400.0000|USD
  plain|recurring|2023-12-01|2024-01-01|100.0000|USD
  plain|recurring|2024-01-01|2024-02-01|200.0000|USD$$, 'mrr of invoices, row by row');
-- From December (100) to January (200).
SELECT tap.is(ccx.nrr(ccx.mrr_at(h, '2023-12-31'), ccx.mrr_at(h, '2024-01-31')), 2, 'NRR from invoices sees the second seat')
FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_stripe.mrr_invoiced WHERE customer = 'plain') AS c;

-- Only terms longer than a month, and not one that ends in the year 9999: quarter (100.002 x 12), zone (1200; due on 28 Feb
-- in New York), left (100 less 100: 0), dunning (1200; the term that nobody paid is none), off (400 x 12; one of its items is
-- billed by six months; the 20 off are over), year_off (75 x 12).
SELECT tap.rows_are('SELECT customer, contract, due, round(arr_due, 3), renewed_on, round(arr_renewed, 3), currency FROM source_stripe.renewals', $$
  dunning|s_dunning|2024-03-01|1200.000|-|-|EUR
  left|s_left|2024-06-01|0.000|-|-|USD
  off|s_off|2024-07-01|4800.000|-|-|USD
  quarter|s_quarter|2024-04-01|1200.024|2024-04-01|1200.024|USD
  quarter|s_quarter|2024-07-01|1200.024|-|-|USD
  year_off|s_year_off|2025-01-01|900.000|-|-|USD
  zone|s_zone|2025-02-28|1200.000|-|-|USD$$, 'renewals');
-- USD as of 15 July 2024: due quarter twice, renewed once; off lost; left lost at 0 ARR; the others not due.
-- 1200.024 / (1200.024 + 1200.024 + 4800 + 0) = 0.1667; by contracts 1 of 4.
SELECT tap.rows_are($$
  SELECT round(ccx.renewal_rate(r), 4), ccx.logo_renewal_rate(r), ccx.open_count(r)
  FROM (SELECT ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-07-15') AS r FROM source_stripe.renewals WHERE currency = 'USD') AS s$$,
  '0.1667|0.25|2', 'renewal rate');

-- plain has another subscription that runs, so it did not cancel.
SELECT tap.rows_are($$SELECT customer, milestone, at FROM source_stripe.milestones WHERE customer IN ('plain', 'trial', 'quit', 'left', 'trialing', 'test')$$, $$
  left|activated|2023-06-01T12:00:00+00:00
  left|cancelled|2024-06-01T12:00:00+00:00
  left|signed_up|2023-12-01T12:00:00+00:00
  plain|activated|2023-06-01T12:00:00+00:00
  plain|signed_up|2023-12-01T12:00:00+00:00
  quit|cancelled|2024-01-20T12:00:00+00:00
  quit|signed_up|2023-12-01T12:00:00+00:00
  quit|trial_started|2024-01-10T12:00:00+00:00
  trial|activated|2024-01-24T12:00:00+00:00
  trial|signed_up|2023-12-01T12:00:00+00:00
  trial|trial_started|2024-01-10T12:00:00+00:00
  trialing|signed_up|2023-12-01T12:00:00+00:00
  trialing|trial_started|2024-06-20T12:00:00+00:00$$, 'milestones');
-- Trials of trial (14 days), quit and trialing (not by 30 June): one of three became a customer, after 14 days.
SELECT tap.rows_are($$
  SELECT ccx.event_count(d), ccx.censored_count(d), ccx.km_quantile(d, 0.25)
  FROM (SELECT ccx.duration_agg(started, activated, '2024-06-30') AS d
        FROM (SELECT customer, min(at) FILTER (WHERE milestone = 'trial_started')::date AS started,
                     min(at) FILTER (WHERE milestone = 'activated')::date AS activated
              FROM source_stripe.milestones GROUP BY customer) AS m WHERE started IS NOT NULL) AS a$$, '1|2|14', 'trials');

SELECT tap.rows_are($$SELECT customer, name, external_id, since FROM source_stripe.customers WHERE customer IN ('plain', 'left', 'test')$$, $$
  left|Left|-|2023-12-01
  plain|Plain|A-1|2023-12-01$$, 'customers: deleted ones stay, those of test mode do not');

INSERT INTO balance_transaction VALUES ('b1', '2024-02-01 02:00', 320, 'usd'), ('b2', '2024-02-01 12:00', 180, 'jpy'), ('b3', '2024-02-01 12:00', 0, 'usd'),
  ('b4', '2024-02-01 12:00', 55, 'usd');
INSERT INTO charge VALUES ('h1', 'plain', 'b1', true), ('h2', 'yen', 'b2', true);
SELECT tap.rows_are('SELECT customer, day, kind, round(amount, 2), currency FROM source_stripe.costs', $$
  -|2024-02-01|fee|0.55|USD
  plain|2024-01-31|fee|3.20|USD
  yen|2024-02-01|fee|180.00|JPY$$, 'fees');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.' || t, format('%s/%s_data.csv', :'folder', t))
FROM unnest('{customer,subscription_history,subscription_item,plan,price,coupon,invoice,invoice_line_item,balance_transaction,charge}'::text[]) AS t \g /dev/null
SELECT tap.load_csv('sample.subscription_discount', :'folder' || '/subscription_discount_data_postgres.csv') \g /dev/null
-- 13 of 14 items have a price; 11838.20 a month, 21108.60 if interval_count is forgotten.
SELECT tap.rows_are('SELECT count(*), count(mrr), round(sum(mrr), 2), min(currency), max(currency) FROM source_sample.item_amounts', '14|13|11838.20|USD|USD',
                    'sample tables: items and their prices');
-- 12 customers; the keys of subscriptions, customers and items were masked apart, and both subscriptions end before their
-- items begin, so there is no MRR to tell.
SELECT tap.rows_are('SELECT (SELECT count(*) FROM source_sample.customers), (SELECT count(*) FROM source_sample.mrr)', '12|0', 'sample tables: customers, mrr');
-- The fees of nine transactions, one of them 0: 591.90 + 34.38 + 2099.72 + 74.35 + 127.54 + 5.91 + 1373.08 + 2175.30 = 6482.18.
SELECT tap.rows_are('SELECT count(*), round(sum(amount), 2), count(customer) FROM source_sample.costs', '8|6482.18|8', 'sample tables: fees');

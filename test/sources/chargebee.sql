-- examples/sources/chargebee.sql; see README.md.
\set vendor chargebee
\ir setup.sql

CREATE SCHEMA chargebee;
SET search_path = chargebee;
CREATE TABLE invoice (_airbyte_data jsonb);

-- The columns: id, customer, currency, status, deleted, updated, from, to, kind, amount, discount.
INSERT INTO invoice
SELECT jsonb_build_object('id', id, 'customer_id', customer, 'subscription_id', 's_' || customer, 'currency_code', currency, 'status', status, 'deleted', deleted, 'updated_at', updated,
         'line_items', jsonb_build_array(jsonb_build_object('date_from', extract(epoch FROM f::timestamptz)::bigint, 'date_to', extract(epoch FROM t::timestamptz)::bigint,
                                                            'entity_type', kind, 'amount', amount, 'discount_amount', discount),
                                         jsonb_build_object('date_from', extract(epoch FROM f::timestamptz)::bigint, 'date_to', extract(epoch FROM t::timestamptz)::bigint,
                                                            'entity_type', 'charge_item_price', 'amount', 99900)))
FROM (VALUES
  (1, 'month', 'USD', 'paid', false, 1, '2024-02-01 12:00Z', '2024-03-01 11:59:59Z', 'plan_item_price', 10000, 0),
  (1, 'month', 'USD', 'paid', false, 2, '2024-02-01 12:00Z', '2024-03-01 11:59:59Z', 'plan_item_price', 12000, 2000),      -- changed since
  (2, 'month', 'USD', 'payment_due', false, 1, '2024-03-01 12:00Z', '2024-04-01 11:59:59Z', 'addon', 15000, NULL),
  (3, 'month', 'USD', 'voided', false, 1, '2024-04-01 12:00Z', '2024-05-01 11:59:59Z', 'plan', 10000, 0),
  (4, 'month', 'USD', 'paid', true, 1, '2024-04-01 12:00Z', '2024-05-01 11:59:59Z', 'plan', 10000, 0),
  (5, 'year', 'USD', 'paid', false, 1, '2024-02-01 02:00Z', '2025-02-01 01:59:59Z', 'plan', 120000, 0),                    -- 31 January in New York
  (6, 'week', 'USD', 'paid', false, 1, '2024-02-01 12:00Z', '2024-02-08 12:00Z', 'plan', 8400, 0),                         -- 12 a day
  (7, 'yen', 'JPY', 'paid', false, 1, '2024-02-01 12:00Z', '2024-03-01 12:00Z', 'plan', 5000, 0),
  (9, 'end', 'USD', 'paid', false, 1, '2024-01-31 12:00Z', '2024-02-29 11:59:59Z', 'plan', 10000, 0),                        -- two months
  (10, 'end', 'USD', 'paid', false, 1, '2024-02-29 12:00Z', '2024-03-31 11:59:59Z', 'plan', 10000, 0),
  (11, 'weeks', 'USD', 'paid', false, 1, '2024-01-01 12:00Z', '2024-01-29 12:00Z', 'plan', 8400, 0),                          -- 3 a day
  (12, 'night', 'EUR', 'paid', false, 1, '2024-02-01 05:00Z', '2024-03-01 04:59:59Z', 'plan', 10000, 0),                      -- midnight in New York
  (8, 'free', 'USD', 'paid', false, 1, '2024-02-01 12:00Z', '2024-03-01 12:00Z', 'plan', 0, 0)
) AS v (id, customer, currency, status, deleted, updated, f, t, kind, amount, discount);

\set zone America/New_York
\ir :mapping

-- A week of 84 is 12 x 365 / 12 = 365 a month, four weeks are 3 x 365 / 12 = 91.25.  The changed invoice is 120 less 20.
SELECT tap.rows_are('SELECT customer, contract, part, valid_from, valid_to, round(mrr, 4), currency FROM source_chargebee.mrr', $$
  end|s_end|recurring|2024-01-31|2024-02-29|100.0000|USD
  end|s_end|recurring|2024-02-29|2024-03-31|100.0000|USD
  month|s_month|discount|2024-02-01|2024-03-01|-20.0000|USD
  month|s_month|recurring|2024-02-01|2024-03-01|120.0000|USD
  month|s_month|recurring|2024-03-01|2024-04-01|150.0000|USD
  night|s_night|recurring|2024-02-01|2024-03-01|100.0000|EUR
  week|s_week|recurring|2024-02-01|2024-02-08|365.0000|USD
  weeks|s_weeks|recurring|2024-01-01|2024-01-29|91.2500|USD
  year|s_year|recurring|2024-01-31|2025-01-31|100.0000|USD
  yen|s_yen|recurring|2024-02-01|2024-03-01|5000.0000|JPY$$, 'mrr, row by row');
-- USD from 5 February to 15 March: month 100 -> 150, week 365 -> 0, end 100 -> 100,
-- year 100 -> 100: 350 / 665 = 0.5263.
SELECT tap.rows_are($$
  SELECT round(ccx.nrr(ccx.mrr_at(h, '2024-02-05'), ccx.mrr_at(h, '2024-03-15')), 4)
  FROM (SELECT ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h FROM source_chargebee.mrr WHERE currency = 'USD' GROUP BY customer) AS c$$,
  '0.5263', 'NRR');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_jsonl('sample.invoice', :'folder' || '/invoice.jsonl') \g /dev/null
\set zone UTC
\ir :mapping
-- A plan of 600 and an add-on of 200, an add-on of 500, and a plan of 10 a day: 10 x 365 / 12 = 304.1667.  The setup charge of
-- 500 is left out.
SELECT tap.rows_are('SELECT customer, valid_from, valid_to, round(mrr, 4), currency FROM source_sample.mrr', $$
  cbdemo_douglas|2023-01-18|2023-02-18|500.0000|USD
  cbdemo_tyler|2021-07-12|2021-08-12|200.0000|USD
  cbdemo_tyler|2021-07-12|2021-08-12|600.0000|USD
  cbdemo_tyler|2023-01-18|2023-01-19|304.1667|USD$$, 'sample tables: mrr');

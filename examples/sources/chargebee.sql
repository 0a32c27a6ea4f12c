-- Chargebee, as Airbyte lands it, for ccx: MRR.  See doc/sources.md.
--
--   psql -v landed=chargebee -v zone=Europe/Paris -f examples/sources/chargebee.sql
--
-- Reads invoice: a raw table, with a record of the API as jsonb in _airbyte_data.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed chargebee \endif
\if :{?source} \else \set source chargebee \endif
\if :{?zone}   \else \set zone UTC         \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- Lines of invoices that are out: paid or not, but not void, pending or deleted.  A raw table gets a record again when it
-- changes: the one updated last is it.  Plans and add-ons recur, charges do not.  Times are epoch seconds, amounts integers in
-- the smallest unit of the currency.  A period ends a second before the next begins.  The amount of a line is without tax, and before its discount.
CREATE OR REPLACE VIEW :"views".lines AS
SELECT r ->> 'customer_id' AS customer_id, coalesce(l ->> 'subscription_id', r ->> 'subscription_id') AS subscription_id, upper(r ->> 'currency_code') AS currency,
       (to_timestamp((l ->> 'date_from')::bigint) AT TIME ZONE :'zone')::date AS valid_from,
       (to_timestamp((l ->> 'date_to')::bigint + 1) AT TIME ZONE :'zone')::date AS valid_to,
       (l ->> 'amount')::numeric / units AS amount, coalesce((l ->> 'discount_amount')::numeric, 0) / units AS discount
FROM (SELECT DISTINCT ON (_airbyte_data ->> 'id') _airbyte_data AS r
      FROM invoice
      ORDER BY _airbyte_data ->> 'id', (_airbyte_data ->> 'updated_at')::bigint DESC) AS i,
     LATERAL (SELECT CASE WHEN r ->> 'currency_code' IN ('BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
                          WHEN r ->> 'currency_code' IN ('BHD', 'JOD', 'KWD', 'OMR', 'TND') THEN 1000 ELSE 100 END AS units) AS u,
     jsonb_array_elements(r -> 'line_items') AS l
WHERE (r ->> 'deleted')::boolean IS NOT TRUE AND r ->> 'status' IN ('paid', 'posted', 'payment_due', 'not_paid')
  AND l ->> 'entity_type' ~ '^(plan|addon)';

-- What a line brings a month: by months where its period is whole ones (from the 31st to the 29th as well), else by days.
-- Chargebee's own mrr of subscriptions is not read: it is 0 for one with a last billing cycle to come.
CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, customer_id AS customer, subscription_id AS contract, part::text, valid_from, valid_to,
       CASE WHEN valid_from + make_interval(months => months) = valid_to OR valid_to - make_interval(months => months) = valid_from
            THEN ccx.monthly_amount(amount, 'month', months)
            ELSE ccx.monthly_amount(amount, 'day', valid_to - valid_from) END AS mrr, currency
FROM (SELECT customer_id, subscription_id, 'recurring' AS part, valid_from, valid_to, amount, currency FROM :"views".lines
      UNION ALL
      SELECT customer_id, subscription_id, 'discount', valid_from, valid_to, -discount, currency FROM :"views".lines) AS l,
     LATERAL (SELECT (12 * (date_part('year', valid_to) - date_part('year', valid_from))
                      + date_part('month', valid_to) - date_part('month', valid_from))::integer AS months) AS m
WHERE amount <> 0 AND valid_to > valid_from;
COMMIT;

-- Stripe, as Fivetran lands it, for ccx: customers, MRR, renewals, milestones, costs.  See doc/sources.md.
--
--   psql -v landed=stripe -v zone=Europe/Paris -f examples/sources/stripe.sql
--
-- Reads balance_transaction, charge, coupon, customer, invoice, invoice_line_item, plan, price, subscription_discount,
-- subscription_history, subscription_item.  (An older connector lands subscription without versions: make
-- subscription_history a view of it with _fivetran_active true.)

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed stripe \endif
\if :{?source} \else \set source stripe \endif
\if :{?zone}   \else \set zone UTC      \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- Amounts are integers in the smallest unit of the currency, and not every currency has a hundredth.  (UGX and ISK have
-- none, but Stripe counts them in hundredths.)
CREATE OR REPLACE VIEW :"views".currency_units AS
SELECT lower(code) AS currency, units
FROM (SELECT unnest('{BIF,CLP,DJF,GNF,JPY,KMF,KRW,MGA,PYG,RWF,VND,VUV,XAF,XOF,XPF}'::text[]), 1
      UNION ALL
      SELECT unnest('{BHD,JOD,KWD,OMR,TND}'::text[]), 1000) AS c (code, units);

-- A deleted customer is one that left, not a row made by mistake: it stays, and so does what it paid.  The id by which
-- other systems know the customer is where one puts it: here in the metadata.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id AS customer, name, metadata::jsonb ->> 'external_id' AS external_id, NULL::text AS parent,
       (to_timestamp(extract(epoch FROM created)) AT TIME ZONE :'zone')::date AS since
FROM customer
WHERE livemode;

-- Subscriptions as they are now, live ones (test mode lands in the same tables).  Incomplete ones were never paid, and a
-- trial is not paid yet.  A subscription that is unpaid or paused is still there, but the period it is in was not paid:
-- it ends where that began.  Past due is revenue: the customer is still there, and Stripe still tries.
CREATE OR REPLACE VIEW :"views".paying_subscriptions AS
SELECT id, customer_id, to_timestamp(extract(epoch FROM trial_end)) AS trial_end,
       -- The end is when the subscription ended, not when somebody asked for it (canceled_at): until then it is paid.
       to_timestamp(extract(epoch FROM CASE WHEN status IN ('unpaid', 'paused') THEN current_period_start ELSE ended_at END)) AS ends
FROM subscription_history
WHERE _fivetran_active AND livemode AND status NOT IN ('trialing', 'incomplete', 'incomplete_expired');

-- What an item costs a month.  Metered prices have no amount before they are used, one-time prices no period: NULL, and so
-- have items whose price is not there or in tiers.  An archived price (is_deleted, active) holds for those who have it.
CREATE OR REPLACE VIEW :"views".prices AS
SELECT id, amount / coalesce(units, 100) AS amount, upper(p.currency) AS currency, unit, count, divide_by, rounding
FROM (SELECT id, amount::numeric, currency, "interval" AS unit, interval_count AS count,
             transform_usage_divide_by::numeric AS divide_by, transform_usage_round AS rounding
      FROM plan WHERE usage_type = 'licensed'
      UNION ALL
      SELECT id, coalesce(unit_amount_decimal::numeric, unit_amount), currency, recurring_interval, recurring_interval_count,
             transform_quantity_divide_by::numeric, transform_quantity_round
      FROM price
      WHERE type = 'recurring' AND recurring_usage_type = 'licensed' AND NOT EXISTS (SELECT FROM plan WHERE plan.id = price.id)
     ) AS p
LEFT JOIN :"views".currency_units USING (currency);

CREATE OR REPLACE VIEW :"views".item_amounts AS
SELECT i.id AS item, i.subscription_id, to_timestamp(extract(epoch FROM i.created)) AS created, p.currency, p.unit, p.count,
       ccx.monthly_amount(p.amount * CASE WHEN divide_by IS NULL THEN quantity              -- sold by the piece,
                                          WHEN rounding = 'down' THEN floor(quantity / divide_by)
                                          ELSE ceil(quantity / divide_by) END,              -- or by packages of pieces
                          p.unit, p.count) AS mrr
FROM subscription_item AS i
LEFT JOIN :"views".prices AS p ON p.id = i.plan_id;

-- Two ways to the periods of an amount.  By items: from the item's creation or the end of the trial to the end of the
-- subscription.  Stripe keeps no former quantities and prices, so that this knows who came and who left, but no expansion
-- or contraction.  By invoices: the periods that were invoiced, at what they were invoiced; a prorated line is what a
-- change costs until the next period, which shows the new amount, so it is left out.  An invoice counts once it is out
-- (open or paid), whether it is paid or not; drafts, void and uncollectible ones do not.
CREATE OR REPLACE VIEW :"views".amounts AS
SELECT 'items' AS basis, s.customer_id, s.id AS subscription_id,
       (greatest(i.created, s.trial_end) AT TIME ZONE :'zone')::date AS valid_from, (s.ends AT TIME ZONE :'zone')::date AS valid_to,
       i.mrr, i.currency, i.unit, i.count
FROM :"views".item_amounts AS i
JOIN :"views".paying_subscriptions AS s ON s.id = i.subscription_id
WHERE i.mrr IS NOT NULL
UNION ALL
SELECT 'invoices', v.customer_id, l.subscription_id,
       (to_timestamp(extract(epoch FROM l.period_start)) AT TIME ZONE :'zone')::date,
       (to_timestamp(extract(epoch FROM l.period_end)) AT TIME ZONE :'zone')::date,
       ccx.monthly_amount(l.amount::numeric / coalesce(u.units, 100), p.unit, p.count), upper(l.currency), p.unit, p.count
FROM invoice_line_item AS l
JOIN invoice AS v ON v.id = l.invoice_id
JOIN :"views".prices AS p ON p.id = l.plan_id
LEFT JOIN :"views".currency_units AS u ON u.currency = l.currency
WHERE v.livemode AND v.status IN ('open', 'paid') AND v.is_deleted IS NOT TRUE
  AND l.subscription_id IS NOT NULL AND l.proration IS NOT TRUE;

-- Discounts are negative rows beside the full price, for as long as both hold.  One that holds once takes something off one
-- invoice and nothing off what recurs.  An amount off is off each invoice, and shared by the items of the subscription.
-- Discounts of a customer rather than of a subscription are not looked for.
CREATE OR REPLACE VIEW :"views".all_mrr AS
SELECT basis, customer_id, subscription_id, 'recurring' AS part, valid_from, valid_to, mrr, currency
FROM :"views".amounts
WHERE mrr <> 0 AND (valid_to > valid_from) IS NOT FALSE
UNION ALL
SELECT basis, customer_id, subscription_id, 'discount', valid_from, valid_to, -least(off, mrr), currency
FROM (SELECT a.basis, a.customer_id, a.subscription_id, a.mrr, a.currency,
             greatest(a.valid_from, (to_timestamp(extract(epoch FROM d."start")) AT TIME ZONE :'zone')::date) AS valid_from,
             least(a.valid_to, (to_timestamp(extract(epoch FROM d."end")) AT TIME ZONE :'zone')::date) AS valid_to,
             CASE WHEN c.percent_off IS NOT NULL THEN a.mrr * c.percent_off / 100
                  WHEN c.currency = lower(a.currency)
                  THEN ccx.monthly_amount(c.amount_off::numeric / coalesce(u.units, 100), a.unit, a.count)
                       * a.mrr / nullif(sum(a.mrr) OVER (PARTITION BY a.basis, a.subscription_id, a.valid_from, d.id), 0)
             END AS off
      FROM :"views".amounts AS a
      JOIN subscription_discount AS d USING (subscription_id)
      JOIN coupon AS c ON c.id = d.coupon_id AND c.duration <> 'once'
      LEFT JOIN :"views".currency_units AS u ON u.currency = c.currency) AS d
WHERE off > 0 AND (valid_to > valid_from) IS NOT FALSE;

CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, customer_id AS customer, subscription_id AS contract, part::text, valid_from, valid_to, mrr, currency
FROM :"views".all_mrr WHERE basis = 'items';

-- The same columns from invoices: what NRR and GRR need.
CREATE OR REPLACE VIEW :"views".mrr_invoiced AS
SELECT :'source'::text AS source, customer_id AS customer, subscription_id AS contract, part::text, valid_from, valid_to, mrr, currency
FROM :"views".all_mrr WHERE basis = 'invoices';

-- A subscription is due at the end of each of its periods, which its versions tell; renewed if a later version has a period
-- that starts there and is not one that stayed unpaid.  One billed each month or more often has no term to renew: when it ends
-- that is churn, not a renewal lost.  ARR is what the subscription brings at its end, discounts taken off that still hold then;
-- Stripe keeps no former amounts, so it is the same for past periods.
CREATE OR REPLACE VIEW :"views".renewals AS
WITH term AS (
  SELECT DISTINCT id, s.customer_id, h.current_period_end AS ends, s.ends AS subscription_ends
  FROM subscription_history AS h
  JOIN :"views".paying_subscriptions AS s USING (id)
  WHERE h.status NOT IN ('trialing', 'incomplete', 'incomplete_expired') AND h.current_period_end < '3000-01-01'
    AND (to_timestamp(extract(epoch FROM h.current_period_start)) < s.ends) IS NOT FALSE
), arr AS (
  SELECT s.id, m.currency, 12 * sum(m.mrr) AS arr
  FROM :"views".paying_subscriptions AS s
  JOIN :"views".all_mrr AS m ON m.subscription_id = s.id AND m.valid_to IS NOT DISTINCT FROM (s.ends AT TIME ZONE :'zone')::date
  WHERE m.basis = 'items'
    AND EXISTS (SELECT FROM :"views".item_amounts AS i
                WHERE i.subscription_id = s.id AND (i.unit = 'year' OR i.unit = 'month' AND i.count > 1))
  GROUP BY s.id, m.currency
)
SELECT :'source'::text AS source, t.customer_id AS customer, t.id AS contract,
       (to_timestamp(extract(epoch FROM t.ends)) AT TIME ZONE :'zone')::date AS due, a.arr AS arr_due,
       CASE WHEN renewed THEN (to_timestamp(extract(epoch FROM t.ends)) AT TIME ZONE :'zone')::date END AS renewed_on,
       CASE WHEN renewed THEN a.arr END AS arr_renewed, a.currency
FROM term AS t
JOIN arr AS a USING (id),
     LATERAL (SELECT EXISTS (SELECT FROM subscription_history AS h
                             WHERE h.id = t.id AND h.current_period_start >= t.ends
                               AND (to_timestamp(extract(epoch FROM h.current_period_start)) < t.subscription_ends) IS NOT FALSE) AS renewed) AS r;

-- Cancelled: the last subscription ended, and no other runs.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, customer_id AS customer, milestone::text, at
FROM (SELECT id AS customer_id, 'signed_up' AS milestone, to_timestamp(extract(epoch FROM created)) AS at FROM customer WHERE livemode
      UNION ALL
      SELECT customer_id, 'trial_started', min(to_timestamp(extract(epoch FROM trial_start)))
      FROM subscription_history WHERE _fivetran_active AND livemode GROUP BY customer_id
      UNION ALL
      SELECT s.customer_id, 'activated', min(greatest(i.created, s.trial_end))
      FROM :"views".paying_subscriptions AS s JOIN :"views".item_amounts AS i ON i.subscription_id = s.id
      WHERE i.mrr > 0 AND (s.ends > greatest(i.created, s.trial_end)) IS NOT FALSE
      GROUP BY s.customer_id
      UNION ALL
      SELECT customer_id, 'cancelled', max(ends) FROM :"views".paying_subscriptions GROUP BY customer_id HAVING bool_and(ends IS NOT NULL)
     ) AS m
WHERE at IS NOT NULL;

-- Stripe's fees, by the customer whose charge they were; of what is no charge, by no customer.
CREATE OR REPLACE VIEW :"views".costs AS
SELECT :'source'::text AS source, c.customer_id AS customer, (to_timestamp(extract(epoch FROM b.created)) AT TIME ZONE :'zone')::date AS day,
       'fee'::text AS kind, b.fee::numeric / coalesce(u.units, 100) AS amount, upper(b.currency) AS currency, NULL::numeric AS hours
FROM balance_transaction AS b
LEFT JOIN charge AS c ON c.balance_transaction_id = b.id AND c.livemode
LEFT JOIN :"views".currency_units AS u ON u.currency = b.currency
WHERE b.fee <> 0;
COMMIT;

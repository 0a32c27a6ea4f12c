-- Zuora, as Fivetran lands it, for ccx: customers, MRR, renewals, usage, milestones.  See doc/sources.md.
--
--   psql -v landed=zuora -v zone=Europe/Paris -f examples/sources/zuora.sql
--
-- Reads account, amendment, invoice, invoice_item, rate_plan_charge, subscription.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed zuora \endif
\if :{?source} \else \set source zuora \endif
\if :{?zone}   \else \set zone UTC     \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.  Zuora's contract dates land as a timestamp at midnight: they are dates in no zone.
-- Rows deleted in Zuora land as _fivetran_deleted, and are left out of everything.

CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id AS customer, name, account_number AS external_id, parent_id AS parent,
       (to_timestamp(extract(epoch FROM created_date)) AT TIME ZONE :'zone')::date AS since
FROM account
WHERE _fivetran_deleted IS NOT TRUE;

-- What Zuora itself says that accounts pay a month: to compare with, one sum for each currency.
CREATE OR REPLACE VIEW :"views".account_mrr AS
SELECT id AS customer, mrr::numeric, currency
FROM account
WHERE _fivetran_deleted IS NOT TRUE;

-- Versions of subscriptions with their terms.  Not yet in force are drafts and those that wait for activation or acceptance.
CREATE OR REPLACE VIEW :"views".versions AS
SELECT id, original_id, version, account_id, status, term_type,
       (to_timestamp(extract(epoch FROM term_start_date)) AT TIME ZONE 'UTC')::date AS term_start,
       (to_timestamp(extract(epoch FROM term_end_date)) AT TIME ZONE 'UTC')::date AS term_end,
       (to_timestamp(extract(epoch FROM cancelled_date)) AT TIME ZONE 'UTC')::date AS cancelled,
       (to_timestamp(extract(epoch FROM service_activation_date)) AT TIME ZONE 'UTC')::date AS activated
FROM subscription
WHERE _fivetran_deleted IS NOT TRUE AND status NOT IN ('Draft', 'Pending Activation', 'Pending Acceptance');

-- A charge's mrr from effective_start_date until the day before effective_end_date; Zuora makes a new segment when the price
-- or the quantity changes.  Every version of a subscription has all its charges again: of each segment the last version
-- counts.  mrr is in the currency of the transaction, in major units, without tax; mrrhome_currency is another.  Usage has
-- no mrr and one-time charges no month.  mrr is before discounts, which are charges of their own without an mrr.
CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, account_id AS customer, subscription_id AS contract, 'recurring'::text AS part,
       effective_start_date AS valid_from, effective_end_date AS valid_to, mrr::numeric, upper(transaction_currency) AS currency
FROM (SELECT DISTINCT ON (c.original_id, c.segment) c.*
      FROM rate_plan_charge AS c
      LEFT JOIN subscription AS s ON s.id = c.subscription_id
      WHERE c._fivetran_deleted IS NOT TRUE
        AND (s.id IS NULL OR s.id IN (SELECT id FROM :"views".versions))
      ORDER BY c.original_id, c.segment, c.version DESC) AS c
WHERE charge_type = 'Recurring' AND mrr <> 0 AND (effective_end_date > effective_start_date) IS NOT FALSE;

-- Due at the end of each term of a subscription that has terms; renewed if a later version is in another term.  It was
-- renewed on the day on which the renewal was booked, so that early and late ones can be told.  ARR is of the version's
-- own charges on its last day, and on the first day of the new term.  One that was cancelled before is still due, with what
-- it brought until then, and lost.
CREATE OR REPLACE VIEW :"views".renewals AS
WITH charge AS (
  SELECT subscription_id, effective_start_date, effective_end_date, mrr::numeric, upper(transaction_currency) AS currency
  FROM rate_plan_charge
  WHERE charge_type = 'Recurring' AND _fivetran_deleted IS NOT TRUE
), term AS (
  SELECT DISTINCT ON (original_id, term_start) *
  FROM :"views".versions
  WHERE term_type = 'TERMED'
  ORDER BY original_id, term_start, version DESC
)
SELECT :'source'::text AS source, t.account_id AS customer, t.original_id AS contract, t.term_end AS due, 12 * d.mrr AS arr_due,
       r.renewed_on, CASE WHEN r.renewed_on IS NOT NULL
                          THEN 12 * (SELECT coalesce(sum(c.mrr), 0) FROM charge AS c
                                     WHERE c.subscription_id = r.id AND c.currency = d.currency AND c.effective_start_date <= r.term_start
                                       AND (c.effective_end_date > r.term_start) IS NOT FALSE) END AS arr_renewed, d.currency
FROM term AS t
JOIN LATERAL (SELECT c.currency, sum(c.mrr) AS mrr
              FROM charge AS c
              WHERE c.subscription_id = t.id AND c.effective_start_date < least(t.term_end, t.cancelled)
                AND (c.effective_end_date >= least(t.term_end, t.cancelled)) IS NOT FALSE
              GROUP BY c.currency) AS d ON true
LEFT JOIN LATERAL (SELECT n.id, n.term_start, coalesce(min(a.booking_date), n.term_start) AS renewed_on
                   FROM :"views".versions AS n
                   LEFT JOIN :"views".versions AS before ON before.original_id = n.original_id AND before.version = n.version - 1
                   LEFT JOIN amendment AS a ON a.subscription_id = before.id AND a.type = 'Renewal' AND a.status = 'Completed'
                                           AND a._fivetran_deleted IS NOT TRUE
                   WHERE n.original_id = t.original_id AND n.version > t.version
                   GROUP BY n.id, n.term_start, n.version
                   ORDER BY n.version LIMIT 1) AS r ON true;

-- Usage is known by the billing period, whose last day is service_end_date itself: it is spread over its days, rounded so that
-- they add up.  Items of charges that are not for usage are left out, and so are those of invoices that are not posted.
CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, i.account_id AS customer, service_start_date + k - 1 AS day, i.uom::text AS measure,
       round(i.quantity * k::numeric / days, 6) - round(i.quantity * (k - 1)::numeric / days, 6) AS n
FROM (SELECT i.account_id, i.uom, i.quantity, i.service_start_date, i.service_end_date - i.service_start_date + 1 AS days
      FROM invoice_item AS i
      JOIN invoice AS v ON v.id = i.invoice_id AND v.status = 'Posted' AND v._fivetran_deleted IS NOT TRUE
      WHERE i._fivetran_deleted IS NOT TRUE AND i.uom IS NOT NULL
        AND NOT EXISTS (SELECT FROM rate_plan_charge AS c WHERE c.id = i.rate_plan_charge_id AND c.charge_type <> 'Usage')) AS i,
     generate_series(1, days) AS k;

CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, customer, milestone::text, at
FROM (SELECT id AS customer, 'signed_up' AS milestone, to_timestamp(extract(epoch FROM created_date)) AS at
      FROM account WHERE _fivetran_deleted IS NOT TRUE
      UNION ALL
      SELECT account_id, 'activated', min(activated)::timestamp AT TIME ZONE :'zone' FROM :"views".versions GROUP BY account_id
      UNION ALL
      SELECT account_id, 'cancelled', max(cancelled)::timestamp AT TIME ZONE :'zone'
      FROM (SELECT DISTINCT ON (original_id) * FROM :"views".versions ORDER BY original_id, version DESC) AS latest
      GROUP BY account_id HAVING bool_and(status = 'Cancelled')) AS m
WHERE at IS NOT NULL;
COMMIT;

-- Recurly, as Fivetran lands it, for ccx: customers, MRR, renewals, milestones.  See doc/sources.md.
--
--   psql -v landed=recurly -v zone=Europe/Paris -f examples/sources/recurly.sql
--
-- Reads account_history, coupon_discount, coupon_redemption_history, plan_history, subscription_history.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed recurly \endif
\if :{?source} \else \set source recurly \endif
\if :{?zone}   \else \set zone UTC       \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- Every table holds all versions that Fivetran has seen; the latest per id is how things are.  Accounts are known to other
-- systems by their code.  A closed account (deleted_at) is one that left, not a row made by mistake: it stays.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT DISTINCT ON (id) :'source'::text AS source, id AS customer, company AS name, code AS external_id, NULL::text AS parent,
       (to_timestamp(extract(epoch FROM created_at)) AT TIME ZONE :'zone')::date AS since
FROM account_history
ORDER BY id, updated_at DESC;

-- What each version of a subscription brings a month, from when to when.  subtotal is quantity x unit amount + add-ons,
-- without tax and before discounts.  Recurly says months and days where ccx says month and day.  A version holds until the
-- next; the first one goes back to when the subscription was activated, or its trial ended.  The end is expires_at: a
-- cancelled subscription (canceled_at) is paid until then.  Amounts are decimals in major units.
CREATE OR REPLACE VIEW :"views".versions AS
SELECT v.id, account_id, n, updated_at, state, currency, unit, length, ccx.monthly_amount(subtotal, unit, length) AS mrr,
       (to_timestamp(extract(epoch FROM coalesce(current_term_started_at, current_period_started_at))) AT TIME ZONE :'zone')::date AS term_start,
       (to_timestamp(extract(epoch FROM current_term_ends_at)) AT TIME ZONE :'zone')::date AS term_end,
       to_timestamp(extract(epoch FROM greatest(CASE n WHEN 1 THEN activated_at ELSE updated_at END, trial_ends_at))) AS starts,
       to_timestamp(extract(epoch FROM least(next_at, expired_at))) AS ends,
       to_timestamp(extract(epoch FROM expired_at)) AS expired
FROM (SELECT *, row_number() OVER version AS n, lead(updated_at) OVER version AS next_at,
             -- as the latest version has it: a subscription that is resumed has an end no longer
             last_value(expires_at) OVER (PARTITION BY id ORDER BY updated_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS expired_at
      FROM subscription_history
      WINDOW version AS (PARTITION BY id ORDER BY updated_at)) AS v
LEFT JOIN (SELECT DISTINCT ON (id) id AS plan_id, rtrim(interval_unit, 's') AS unit, interval_length AS length
           FROM plan_history ORDER BY id, updated_at DESC) AS p USING (plan_id);

-- Paid for are active and cancelled subscriptions, and expired ones until they expired; not those that are paused, failed or
-- begin in the future.
CREATE OR REPLACE VIEW :"views".amounts AS
SELECT id, account_id, currency, unit, length, mrr, (starts AT TIME ZONE :'zone')::date AS valid_from, (ends AT TIME ZONE :'zone')::date AS valid_to
FROM :"views".versions
WHERE state IN ('active', 'canceled', 'expired') AND mrr <> 0
  AND ((ends AT TIME ZONE :'zone')::date > (starts AT TIME ZONE :'zone')::date) IS NOT FALSE;

-- A coupon is off from its redemption to its removal, for all subscriptions of the account: a share of each, or an amount off
-- each invoice, in its currency.  One redeemed for a single invoice is removed once that is written.
CREATE OR REPLACE VIEW :"views".discounts AS
SELECT account_id, coupon_id, id,
       (to_timestamp(extract(epoch FROM created_at)) AT TIME ZONE :'zone')::date AS valid_from,
       (to_timestamp(extract(epoch FROM removed_at)) AT TIME ZONE :'zone')::date AS valid_to
FROM (SELECT DISTINCT ON (id) * FROM coupon_redemption_history ORDER BY id, updated_at DESC) AS r;

CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, account_id AS customer, id AS contract, part::text, valid_from, valid_to, mrr, currency
FROM (SELECT account_id, id, 'recurring' AS part, valid_from, valid_to, mrr, currency FROM :"views".amounts
      UNION ALL
      SELECT a.account_id, a.id, 'discount', greatest(a.valid_from, d.valid_from), least(a.valid_to, d.valid_to),
             - a.mrr * c.percentage / 100, a.currency
      FROM :"views".amounts AS a
      JOIN :"views".discounts AS d USING (account_id)
      JOIN coupon_discount AS c ON c.coupon_id = d.coupon_id AND c.type = 'percent'
      UNION ALL
      SELECT a.account_id, a.id, 'discount', greatest(a.valid_from, d.valid_from), least(a.valid_to, d.valid_to),
             - least(ccx.monthly_amount(c.amount, a.unit, a.length), a.mrr), a.currency
      FROM :"views".discounts AS d
      JOIN coupon_discount AS c ON c.coupon_id = d.coupon_id AND c.type = 'fixed'
      JOIN (SELECT *, min(id) OVER (PARTITION BY account_id, currency) AS first FROM :"views".amounts) AS a
        ON a.account_id = d.account_id AND a.currency = c.currency AND a.id = a.first      -- once, not for each subscription
     ) AS m
WHERE (valid_to > valid_from) IS NOT FALSE;

-- Due at the end of each term that a version tells; renewed when a later version is in another one, which may start before the
-- old one ends.  Amounts are those of the last version in the old term and the first in the new, before discounts.  A term of a month is no term: its end is churn,
-- not a renewal lost.
CREATE OR REPLACE VIEW :"views".renewals AS
SELECT :'source'::text AS source, t.account_id AS customer, t.id AS contract, t.term_end AS due, 12 * t.mrr AS arr_due,
       r.term_start AS renewed_on, 12 * r.mrr AS arr_renewed, t.currency
FROM (SELECT DISTINCT ON (id, term_start) * FROM :"views".versions
      WHERE state IN ('active', 'canceled', 'expired') AND term_end - term_start > 31
      ORDER BY id, term_start, n DESC) AS t
LEFT JOIN LATERAL (SELECT term_start, mrr FROM :"views".versions AS v
                   WHERE v.id = t.id AND v.n > t.n AND v.state IN ('active', 'canceled')
                   ORDER BY n LIMIT 1) AS r ON true;

-- Activated: the first day that was paid for.  Cancelled: every subscription has expired, the last one then.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, account_id AS customer, milestone::text, at
FROM (SELECT id AS account_id, 'signed_up' AS milestone, min(to_timestamp(extract(epoch FROM created_at))) AS at FROM account_history GROUP BY id
      UNION ALL
      SELECT account_id, 'trial_started', min(to_timestamp(extract(epoch FROM trial_started_at))) FROM subscription_history GROUP BY account_id
      UNION ALL
      SELECT account_id, 'activated', min(starts) FROM :"views".versions
      WHERE state IN ('active', 'canceled', 'expired') AND mrr > 0 AND (expired > starts) IS NOT FALSE GROUP BY account_id
      UNION ALL
      SELECT account_id, 'cancelled', max(expired)
      FROM (SELECT DISTINCT ON (id) * FROM :"views".versions ORDER BY id, n DESC) AS latest
      GROUP BY account_id HAVING bool_and(state = 'expired')) AS m
WHERE at IS NOT NULL;
COMMIT;

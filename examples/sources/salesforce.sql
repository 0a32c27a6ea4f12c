-- Salesforce, as Fivetran lands it, for ccx: customers, segments, MRR, renewals, tickets, milestones.  See doc/sources.md.
--
--   psql -v landed=salesforce -v zone=Europe/Paris -f examples/sources/salesforce.sql
--
-- Reads account, account_history, case, opportunity, opportunity_history, opportunity_line_item, product_2.  The columns that
-- end in _c are custom fields, of which every organisation has its own: months_c (the term of a line), non_recurring_c, and
-- sbqq_subscription_type_c of Salesforce CPQ.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed salesforce \endif
\if :{?source} \else \set source salesforce \endif
\if :{?zone}   \else \set zone UTC          \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.  Salesforce's dates (CloseDate, ServiceDate) may land as a timestamp at midnight: they are
-- dates in no zone.  What is in the recycle bin lands with is_deleted, and is left out of everything.

CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, id AS customer, name, account_number AS external_id, parent_id AS parent,
       (to_timestamp(extract(epoch FROM created_date)) AT TIME ZONE :'zone')::date AS since
FROM account
WHERE is_deleted IS NOT TRUE;

-- Merged accounts are deleted and name the one that they are part of: other systems may still have the old id.
CREATE OR REPLACE VIEW :"views".merged_accounts AS
SELECT id AS customer, master_record_id AS survivor
FROM account
WHERE master_record_id <> '';

-- From the versions of accounts: one holds until the next begins (its own end is an instant earlier, or in the year 9999 for
-- the one in force), the first one since ever.  A version that was deleted ends the one before.
CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, id AS customer, dimension::text, value, valid_from, valid_to
FROM (SELECT id, is_deleted, industry, type, billing_country,
             CASE WHEN row_number() OVER version > 1 THEN (to_timestamp(extract(epoch FROM _fivetran_start)) AT TIME ZONE :'zone')::date END AS valid_from,
             (to_timestamp(extract(epoch FROM coalesce(lead(_fivetran_start) OVER version,
                                                       CASE WHEN NOT _fivetran_active THEN _fivetran_end END))) AT TIME ZONE :'zone')::date AS valid_to
      FROM account_history
      WINDOW version AS (PARTITION BY id ORDER BY _fivetran_start)) AS v,
     LATERAL (VALUES ('industry', industry), ('type', type), ('country', billing_country)) AS p (dimension, value)
WHERE is_deleted IS NOT TRUE AND value <> '' AND (valid_to > valid_from) IS NOT FALSE;

-- What a line of an opportunity brings a month: its total price (after the line's discount) by its months, a year if it has none.
-- Recurring is what CPQ calls renewable or evergreen, or does not speak of, unless the product is marked otherwise.
CREATE OR REPLACE VIEW :"views".line_amounts AS
SELECT l.id AS line, l.opportunity_id, l.total_price::numeric / months AS mrr, months, l.sbqq_subscription_type_c = 'Evergreen' AS evergreen,
       coalesce(l.sbqq_subscription_type_c, 'Renewable') IN ('Renewable', 'Evergreen') AND p.non_recurring_c IS NOT TRUE AS recurring,
       (to_timestamp(extract(epoch FROM l.service_date)) AT TIME ZONE 'UTC')::date AS starts
FROM opportunity_line_item AS l
LEFT JOIN product_2 AS p ON p.id = l.product_2_id,
     LATERAL (SELECT coalesce(nullif(l.months_c, 0), 12) AS months) AS m
WHERE l.is_deleted IS NOT TRUE;

CREATE OR REPLACE VIEW :"views".opportunities AS
SELECT id, account_id, type, is_closed AND is_won AS won, amount::numeric, (to_timestamp(extract(epoch FROM close_date)) AT TIME ZONE 'UTC')::date AS closes
FROM opportunity
WHERE is_deleted IS NOT TRUE;

-- MRR is what was won, from its service date, or else its close date, for its months.  Orders are not read beside it: they are
-- the same revenue once more.  Nothing here knows that a customer left before the end of the term.  There is no currency
-- unless an organisation has several; then opportunity has currency_iso_code, which goes in place of NULL.
CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, o.account_id AS customer, o.id AS contract, 'recurring'::text AS part, s.starts AS valid_from,
       CASE WHEN l.evergreen IS NOT TRUE THEN (s.starts + make_interval(months => l.months::integer))::date END AS valid_to,
       l.mrr, NULL::text AS currency
FROM :"views".opportunities AS o
JOIN :"views".line_amounts AS l ON l.opportunity_id = o.id,
     LATERAL (SELECT coalesce(l.starts, o.closes) AS starts) AS s
WHERE o.won AND l.recurring AND l.mrr <> 0;

-- Renewals are the opportunities with "renewal" in their type.  The close date of an open one is when it is due, of a closed one
-- when it was closed: due is the first close date that its versions tell, and the first amount the amount due.  An amount is
-- for the whole term: the longest of its recurring lines, or a year.
CREATE OR REPLACE VIEW :"views".renewals AS
SELECT :'source'::text AS source, o.account_id AS customer, o.id AS contract, coalesce(v.first_close, o.closes) AS due,
       coalesce(v.first_amount, o.amount) * 12 / t.months AS arr_due, CASE WHEN o.won THEN o.closes END AS renewed_on,
       CASE WHEN o.won THEN o.amount * 12 / t.months END AS arr_renewed, NULL::text AS currency
FROM :"views".opportunities AS o,
     LATERAL (SELECT (array_agg((to_timestamp(extract(epoch FROM h.close_date)) AT TIME ZONE 'UTC')::date ORDER BY h._fivetran_start)
                      FILTER (WHERE h.close_date IS NOT NULL))[1] AS first_close,
                     (array_agg(h.amount::numeric ORDER BY h._fivetran_start) FILTER (WHERE h.amount IS NOT NULL))[1] AS first_amount
              FROM opportunity_history AS h WHERE h.id = o.id) AS v,
     LATERAL (SELECT coalesce(max(l.months) FILTER (WHERE l.recurring), 12) AS months
              FROM :"views".line_amounts AS l WHERE l.opportunity_id = o.id) AS t
WHERE o.type ILIKE '%renewal%' AND coalesce(v.first_close, o.closes) IS NOT NULL;

-- A case that was opened again has no closed date.
CREATE OR REPLACE VIEW :"views".tickets AS
SELECT :'source'::text AS source, account_id AS customer, id AS ticket, to_timestamp(extract(epoch FROM created_date)) AS opened_at,
       NULL::timestamptz AS first_reply_at, CASE WHEN is_closed THEN to_timestamp(extract(epoch FROM closed_date)) END AS resolved_at,
       CASE WHEN is_closed THEN 'resolved' ELSE 'open' END::text AS status, priority, origin AS channel
FROM "case"
WHERE is_deleted IS NOT TRUE;

-- Won: the first opportunity that was.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, account_id AS customer, 'won'::text AS milestone, min(closes)::timestamp AT TIME ZONE :'zone' AS at
FROM :"views".opportunities
WHERE won AND account_id IS NOT NULL
GROUP BY account_id;
COMMIT;

-- Dynamics 365 (Dataverse), for ccx: customers, segments, MRR, renewals, tickets, SLA, satisfaction, milestones, costs.  See
-- doc/sources.md.
--
--   psql -v landed=dynamics_365_crm -v zone=Europe/Paris -f examples/sources/dynamics_365_crm.sql
--
-- Reads account, contact, contract, contractdetail, incident, incidentresolution, stringmap, transactioncurrency, with the
-- names of the Common Data Model in lower case; a loader that splits words (created_on) needs views in between.

\set ON_ERROR_STOP on
\if :{?landed} \else \set landed dynamics_365_crm \endif
\if :{?source} \else \set source dynamics_365_crm \endif
\if :{?zone}   \else \set zone UTC                \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

-- What a code means depends on the table and the column; other tables have the same codes.  Labels that are no more stay.
CREATE OR REPLACE VIEW :"views".labels AS
SELECT DISTINCT objecttypecode AS object, attributename AS attribute, attributevalue AS code, value AS label
FROM stringmap WHERE _fivetran_deleted IS NOT TRUE;

-- An account that was merged into another one is there twice; its contracts and cases went with it.  An inactive one is a
-- former customer.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, accountid::text AS customer, name, accountnumber AS external_id, parentaccountid::text AS parent,
       (to_timestamp(extract(epoch FROM createdon)) AT TIME ZONE :'zone')::date AS since
FROM account WHERE merged IS NOT TRUE;

-- As they are today; there is no history.
CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, a.accountid::text AS customer, d.dimension::text, coalesce(l.label, d.code::text) AS value,
       NULL::date AS valid_from, NULL::date AS valid_to
FROM account AS a,
     LATERAL (VALUES ('industry', 'industrycode', a.industrycode), ('type', 'customertypecode', a.customertypecode)) AS d (dimension, attribute, code)
LEFT JOIN :"views".labels AS l ON l.object = 'account' AND l.attribute = d.attribute AND l.code = d.code
WHERE a.merged IS NOT TRUE AND d.code IS NOT NULL;

-- customerid is an account, or a contact, who is of an account or (a private customer) of none.  A draft (0) is no contract.
-- One on hold (3) is still one: service pauses, the contract does not.  One cancelled (4) holds to the day of cancelling, and
-- if that came before it began it never was.
CREATE OR REPLACE VIEW :"views".contracts AS
SELECT c.contractid, coalesce(k.parentcustomerid, c.customerid)::text AS customer, c.originatingcontract, c.activeon, c.expireson,
       CASE WHEN c.statecode = 4 THEN c.cancelon END AS cancelon, t.isocurrencycode AS currency, c.netprice_base / nullif(c.netprice, 0) AS to_base
FROM contract AS c
LEFT JOIN contact AS k ON k.contactid = c.customerid
LEFT JOIN transactioncurrency AS t USING (transactioncurrencyid)
WHERE c.statecode <> 0 AND NOT (c.statecode = 4 AND c.cancelon <= c.activeon);

-- net is for the whole of activeon to expireson, both included, however often it is billed, less discount and without tax,
-- in the contract's currency (the columns in _base are another one, at the rate of the day the contract was saved).
-- Whole months where they are whole, else by the days.  Of a cancelled line (2) of a contract that goes on nobody knows
-- when it ended: it is left out, for its past, too.
CREATE OR REPLACE VIEW :"views".lines AS
SELECT d.contractid, d.activeon, d.expireson, ccx.monthly_amount(d.net, m.unit, m.count) AS net,
       ccx.monthly_amount(coalesce(d.discount, 0), m.unit, m.count) AS discount
FROM contractdetail AS d
JOIN :"views".contracts AS c USING (contractid),
     LATERAL (SELECT (12 * extract(year FROM age(d.expireson + 1, d.activeon)) + extract(month FROM age(d.expireson + 1, d.activeon)))::int AS months) AS a,
     LATERAL (SELECT CASE WHEN whole THEN 'month' ELSE 'day' END AS unit, CASE WHEN whole THEN months ELSE d.expireson + 1 - d.activeon END AS count
              FROM (SELECT months > 0 AND d.activeon + months * interval '1 month' = d.expireson + 1 AS whole) AS w) AS m
WHERE d.statecode <> 2 AND d.expireson >= d.activeon;

-- What renews a contract names it as its origin; and what that brings when it begins.  The one place where amounts are
-- converted: what was renewed in another currency is in that of the contract due, at the rates that both were saved at.
CREATE OR REPLACE VIEW :"views".successors AS
SELECT o.contractid, min(n.activeon) AS first,
       12 * coalesce(sum(l.net * CASE WHEN n.currency IS DISTINCT FROM o.currency THEN n.to_base / o.to_base ELSE 1 END), 0) AS arr
FROM :"views".contracts AS o
JOIN :"views".contracts AS n ON n.originatingcontract = o.contractid
LEFT JOIN :"views".lines AS l ON l.contractid = n.contractid AND n.activeon BETWEEN l.activeon AND l.expireson
GROUP BY o.contractid;

-- A renewal that begins before the contract it renews has ended takes its place: the customer does not pay twice.
CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, c.customer, contractid::text AS contract, p.part::text, l.activeon AS valid_from, e.valid_to,
       p.mrr, c.currency
FROM :"views".contracts AS c
JOIN :"views".lines AS l USING (contractid)
LEFT JOIN :"views".successors AS r USING (contractid),
     LATERAL (SELECT least(l.expireson + 1, c.cancelon, r.first) AS valid_to) AS e,
     LATERAL (VALUES ('recurring', l.net + l.discount), ('discount', -l.discount)) AS p (part, mrr)
WHERE p.mrr <> 0 AND e.valid_to > l.activeon;

-- A contract is due on its last day, with what runs that day, cancelled before or not; renewed the day before its successor
-- begins, as when that was signed is not known.  Opportunities do not say which contract they are about, and are not used.
CREATE OR REPLACE VIEW :"views".renewals AS
SELECT :'source'::text AS source, c.customer, contractid::text AS contract, c.expireson AS due,
       d.arr AS arr_due, r.first - 1 AS renewed_on, r.arr AS arr_renewed, c.currency
FROM :"views".contracts AS c
LEFT JOIN (SELECT l.contractid, 12 * sum(l.net) AS arr
           FROM :"views".lines AS l JOIN :"views".contracts AS o USING (contractid) WHERE o.expireson BETWEEN l.activeon AND l.expireson
           GROUP BY l.contractid) AS d USING (contractid)
LEFT JOIN :"views".successors AS r USING (contractid);

-- Cancelled cases (2) are no tickets, and merged ones, cancelled by merging, are another one's second report.  A case is
-- resolved by its resolution; when it is reactivated that is cancelled, and another one comes.  statuscode means something
-- with statecode alone: 3, of an active case, is waiting for the customer.
CREATE OR REPLACE VIEW :"views".cases AS
SELECT i.*, coalesce(k.parentcustomerid, i.customerid)::text AS customer,
       CASE WHEN i.statecode = 1 THEN to_timestamp(extract(epoch FROM r.actualend)) END AS resolved_at
FROM incident AS i
LEFT JOIN contact AS k ON k.contactid = i.customerid
LEFT JOIN (SELECT incidentid, max(actualend) AS actualend FROM incidentresolution WHERE statecode = 1 GROUP BY incidentid) AS r ON r.incidentid = i.incidentid
WHERE i.statecode <> 2 AND i.merged IS NOT TRUE;

-- When the first reply was is not in the case, only whether it was in time.
CREATE OR REPLACE VIEW :"views".tickets AS
SELECT :'source'::text AS source, customer, incidentid::text AS ticket, to_timestamp(extract(epoch FROM createdon)) AS opened_at,
       NULL::timestamptz AS first_reply_at, resolved_at,
       CASE WHEN statecode = 1 THEN 'resolved' WHEN statuscode = 3 THEN 'pending' ELSE 'open' END::text AS status,
       CASE prioritycode WHEN 1 THEN 'high' WHEN 2 THEN 'normal' WHEN 3 THEN 'low' END::text AS priority, NULL::text AS channel
FROM :"views".cases;

-- Minutes on hold, which tickets has in it: subtract them where you count time to resolution as the SLA does.
CREATE OR REPLACE VIEW :"views".holds AS
SELECT incidentid::text AS ticket, coalesce(onholdtime, 0) AS minutes FROM :"views".cases;

-- The outcome is as Dynamics says, which knows of business hours and of holds: 3 succeeded, 4 noncompliant, 1 in progress, 2
-- nearing.  A case without an SLA has a status, too, but nothing it is due by.
CREATE OR REPLACE VIEW :"views".sla AS
SELECT :'source'::text AS source, c.customer, c.incidentid::text AS ticket, p.target::text, to_timestamp(extract(epoch FROM p.due)) AS due_at, p.done_at,
       CASE p.status WHEN 3 THEN true WHEN 4 THEN false END AS met
FROM :"views".cases AS c,
     LATERAL (VALUES ('first_reply', c.responseby, NULL::timestamptz, c.firstresponseslastatus),
                     ('resolution', c.resolveby, c.resolved_at, c.resolvebyslastatus)) AS p (target, due, done_at, status)
WHERE p.due IS NOT NULL;

-- 5 is very satisfied and 1 very dissatisfied: the scale 1-5 as it is.  When it was answered is not known: on resolution.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, customer, customerid::text AS respondent, 'customersatisfactioncode'::text AS survey, resolved_at AS answered_at,
       '1-5'::text AS scale, customersatisfactioncode::numeric AS score
FROM :"views".cases WHERE customersatisfactioncode IS NOT NULL;

-- A customer is live when its first contract begins.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, customer, 'activated'::text AS milestone, min(activeon)::timestamp AT TIME ZONE :'zone' AS at
FROM :"views".contracts GROUP BY customer;

-- What a case took, not what was billed of it.  Service units are minutes where contracts are for time; if yours are for
-- cases, there are no hours to have here.
CREATE OR REPLACE VIEW :"views".costs AS
SELECT :'source'::text AS source, customer, (resolved_at AT TIME ZONE :'zone')::date AS day, 'support'::text AS kind,
       NULL::numeric AS amount, NULL::text AS currency, actualserviceunits::numeric / 60 AS hours
FROM :"views".cases WHERE resolved_at IS NOT NULL AND actualserviceunits > 0;
COMMIT;

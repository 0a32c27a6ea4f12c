-- ChurnZero for ccx: customers, MRR, renewals, NPS, usage, milestones.  See doc/sources.md.
--
--   psql -v landed=churnzero -v zone=Europe/Paris -v currency=USD -v nps_field='NPS Score' -f examples/sources/churnzero.sql
--
-- Reads account, contact, contact_custom, event, journey_progress, time_in_app, and account_snapshot, which you make:
-- ChurnZero has only the present contract, so keep it, every day or at least at the end of each month, with INSERT INTO
-- account_snapshot SELECT current_date, account_external_id, is_active, total_contract_amount, start_date,
-- next_renewal_date FROM account.  account and contact need both ids, id (ChurnZero's) and ..._external_id (yours): some
-- tables have the one, some the other.  nps_field is the custom field of contacts that holds the answer.

\set ON_ERROR_STOP on
\if :{?landed}    \else \set landed churnzero       \endif
\if :{?source}    \else \set source churnzero       \endif
\if :{?zone}      \else \set zone UTC               \endif
\if :{?currency}  \else \set currency ''            \endif
\if :{?nps_field} \else \set nps_field 'NPS Score'  \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.  Dates of contracts are midnight in your zone, as instants: often the day before in UTC.

-- The first day after a term.  A term from 1 January to 31 December is whole months with its last day, one to 1 January
-- without; where neither gives whole months the end is taken as the day after.
CREATE OR REPLACE FUNCTION :"views".day_after(starts date, ends date) RETURNS date LANGUAGE sql IMMUTABLE
RETURN ends + (extract(day FROM age(ends + 1, starts)) = 0)::int;

-- The amount is for the whole term, whatever its length, without unit or currency; it comes as a double, of which 15 digits
-- are right.  Whole months where they are whole, else by the days.
CREATE OR REPLACE FUNCTION :"views".a_month(amount numeric, starts date, day_after date) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN CASE WHEN day_after > starts
            THEN CASE WHEN extract(day FROM age(day_after, starts)) = 0
                      THEN ccx.monthly_amount(amount, 'month', (12 * extract(year FROM age(day_after, starts)) + extract(month FROM age(day_after, starts)))::int)
                      ELSE ccx.monthly_amount(amount, 'day', day_after - starts) END END;

-- Inactive accounts are former customers.
CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, account_external_id AS customer, name, account_external_id AS external_id, parent_account_external_id AS parent,
       (to_timestamp(extract(epoch FROM start_date)) AT TIME ZONE :'zone')::date AS since
FROM account;

-- The present contract, by its dates: from start to end, or to the renewal where there is no end, and then it goes on.  An
-- inactive account without an end left nobody knows when: it is left out, for its past, too.  There is no expansion in this,
-- so it is not for NRR.
CREATE OR REPLACE VIEW :"views".mrr_by_dates AS
SELECT :'source'::text AS source, account_external_id AS customer, account_external_id AS contract, 'recurring'::text AS part, starts AS valid_from,
       CASE WHEN ended IS NOT NULL THEN after END AS valid_to, :"views".a_month(amount, starts, after) AS mrr, nullif(:'currency', '') AS currency
FROM (SELECT *, :"views".day_after(starts, coalesce(ended, next_renewal_date)) AS after
      FROM (SELECT account_external_id, is_active, total_contract_amount::numeric AS amount, next_renewal_date,
                   (to_timestamp(extract(epoch FROM start_date)) AT TIME ZONE :'zone')::date AS starts,
                   (to_timestamp(extract(epoch FROM end_date)) AT TIME ZONE :'zone')::date AS ended
            FROM account) AS a) AS a
WHERE amount <> 0 AND after > starts AND (is_active OR ended IS NOT NULL);

-- Terms, as snapshots show them.  The renewal date moving on is a new term; one that moves by less than three months, or
-- back, is the same renewal put off or put right, and stays due on the earliest of its dates.  start_date stays that of the
-- first contract in most tenants, so that a term after the first begins where the last one was due.
CREATE OR REPLACE VIEW :"views".terms AS
SELECT *, 12 * :"views".a_month(amount, starts, :"views".day_after(starts, due)) AS arr
FROM (SELECT *, greatest((to_timestamp(extract(epoch FROM start_date)) AT TIME ZONE :'zone')::date,
                         max(due) OVER (PARTITION BY account_external_id ORDER BY term RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS starts
      FROM (SELECT *, min(next_renewal_date) OVER (PARTITION BY account_external_id, term) AS due
            FROM (SELECT *, total_contract_amount::numeric AS amount, sum(coalesce(moved_on, 0)) OVER (PARTITION BY account_external_id ORDER BY taken_on) AS term
                  FROM (SELECT *, (next_renewal_date >= lag(next_renewal_date) OVER (PARTITION BY account_external_id ORDER BY taken_on) + interval '3 months')::int AS moved_on
                        FROM account_snapshot WHERE next_renewal_date IS NOT NULL) AS s) AS s) AS s) AS s;

-- A month is what its last snapshot says, and holds until the month of the next snapshot that was taken at all: a month in
-- which the job did not run is not one in which everybody left.
CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, t.account_external_id AS customer, t.account_external_id AS contract, 'recurring'::text AS part, m.month AS valid_from,
       coalesce(m.next_month, (m.month + interval '1 month')::date) AS valid_to, t.arr / 12 AS mrr, nullif(:'currency', '') AS currency
FROM (SELECT date_trunc('month', taken_on::timestamp)::date AS month, max(taken_on) AS taken_on,
             lead(date_trunc('month', taken_on::timestamp)::date) OVER (ORDER BY date_trunc('month', taken_on::timestamp)) AS next_month
      FROM account_snapshot GROUP BY date_trunc('month', taken_on::timestamp)) AS m
JOIN :"views".terms AS t USING (taken_on)
WHERE t.is_active AND t.arr <> 0;

-- Due with what the last snapshot of the term says, renewed on the day of the first snapshot of the next one: later than it
-- was by what lies between two snapshots.
CREATE OR REPLACE VIEW :"views".renewals AS
WITH term AS (
  SELECT account_external_id, term, due, min(taken_on) AS first_seen, (array_agg(arr ORDER BY taken_on DESC) FILTER (WHERE is_active))[1] AS arr_due,
         (array_agg(CASE WHEN is_active THEN arr END ORDER BY taken_on))[1] AS arr_at_start
  FROM :"views".terms GROUP BY account_external_id, term, due
)
SELECT :'source'::text AS source, t.account_external_id AS customer, t.account_external_id AS contract, t.due, t.arr_due,
       CASE WHEN n.arr_at_start IS NOT NULL THEN n.first_seen END AS renewed_on, n.arr_at_start AS arr_renewed, nullif(:'currency', '') AS currency
FROM term AS t LEFT JOIN term AS n ON n.account_external_id = t.account_external_id AND n.term = t.term + 1
WHERE t.arr_due IS NOT NULL;

-- The answer is a custom field: the last one, and nobody knows since when.
CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, c.account_external_id AS customer, c.contact_external_id AS respondent, f.name AS survey,
       NULL::timestamptz AS answered_at, 'nps'::text AS scale, f.value::numeric AS score
FROM contact_custom AS f JOIN contact AS c ON c.id = f.contact_id
WHERE f.name = :'nps_field' AND f.value ~ '^([0-9]|10)$';

-- Each event by its name: three logins and 500 messages do not add up.  No quantity is one.  Time in the application in
-- minutes, on the day that it began.
CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, account_external_id AS customer, (to_timestamp(extract(epoch FROM event_date)) AT TIME ZONE :'zone')::date AS day,
       event_name AS measure, sum(coalesce(quantity, 1))::numeric AS n
FROM event GROUP BY account_external_id, day, event_name
UNION ALL
SELECT :'source', account_external_id, (to_timestamp(extract(epoch FROM start_date)) AT TIME ZONE :'zone')::date AS day, 'minutes in app',
       round(sum(extract(epoch FROM end_date - start_date)) / 60, 2)
FROM time_in_app WHERE end_date >= start_date GROUP BY account_external_id, day;

-- A journey's end is an arrival only if it was completed; one that failed ended, too.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, account_external_id AS customer, milestone, min(to_timestamp(extract(epoch FROM at))) AS at
FROM (SELECT account_external_id, 'signed_up'::text AS milestone, start_date AS at FROM account
      UNION ALL
      SELECT account_external_id, 'cancelled', end_date FROM account WHERE NOT is_active
      UNION ALL
      SELECT a.account_external_id, j.journey_id || m.what, m.at
      FROM journey_progress AS j JOIN account AS a ON a.id = j.account_id,
           LATERAL (VALUES (' begun', j.begin_date, true), (' completed', j.end_date, j.is_completed AND j.is_failed IS NOT TRUE),
                           (' failed', j.end_date, j.is_failed)) AS m (what, at, happened)
      WHERE m.happened) AS m
WHERE at IS NOT NULL
GROUP BY account_external_id, milestone;
COMMIT;

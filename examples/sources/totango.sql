-- Totango for ccx: customers, segments, MRR, renewals, tickets, SLA, satisfaction, usage, milestones, health signals.  See
-- doc/sources.md.
--
--   psql -v landed=totango -v zone=Europe/Paris -v amounts=arr -v currency=USD -f examples/sources/totango.sql
--
-- Reads account, account_list, event, support_ticket, and account_snapshot, which you make: Totango has only the present, so
-- keep it, every day or at least at the end of each month, with INSERT INTO account_snapshot SELECT current_date, account_id,
-- "Status", "Contract Value", "Contract Renewal Date", "Customer Journey Stage" FROM account.
-- amounts says what Contract Value is, arr or mrr: the vendor leaves it to you.  service: count events of this service alone
-- (sdr_s), where tests send theirs to another one.

\set ON_ERROR_STOP on
\if :{?landed}   \else \set landed totango \endif
\if :{?source}   \else \set source totango \endif
\if :{?zone}     \else \set zone UTC       \endif
\if :{?amounts}  \else \set amounts arr    \endif
\if :{?currency} \else \set currency ''    \endif
\if :{?service}  \else \set service ''     \endif
\set views source_ :source

BEGIN;
SET LOCAL timezone = :'zone';    -- an unknown zone is an error here
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"views";
SET LOCAL search_path = :"landed", pg_catalog;

-- to_timestamp(extract(epoch FROM x)) is an instant, whether x is a timestamp (which means UTC) or a timestamptz, in
-- every time zone of the session.

CREATE OR REPLACE VIEW :"views".customers AS
SELECT :'source'::text AS source, account_id AS customer, account_name AS name, sfid AS external_id, parent_id AS parent, "Create Date" AS since
FROM account;

CREATE OR REPLACE VIEW :"views".segments AS
SELECT :'source'::text AS source, account_id AS customer, dimension::text, value, NULL::date AS valid_from, NULL::date AS valid_to
FROM account, LATERAL (VALUES ('type', "Account Type"), ('industry', "Industry"), ('tier', "Tier")) AS d (dimension, value)
WHERE value IS NOT NULL;

-- Only a paying account pays: Contract Value stays on those that are on trial (Free) or left (Canceled).  If you have
-- configured other words, put those of the status group Paying here.
CREATE OR REPLACE VIEW :"views".snapshots AS
SELECT taken_on, account_id, "Status" = 'Paying' AS paying, "Contract Renewal Date" AS renewal_date, "Customer Journey Stage" AS stage,
       "Contract Value" * CASE :'amounts' WHEN 'arr' THEN 1 WHEN 'mrr' THEN 12 END AS arr
FROM account_snapshot;

-- A month is what its last snapshot says, and holds until the month of the next snapshot that was taken at all: a month in
-- which the job did not run is not one in which everybody left.
CREATE OR REPLACE VIEW :"views".mrr AS
SELECT :'source'::text AS source, s.account_id AS customer, s.account_id AS contract, 'recurring'::text AS part, m.month AS valid_from,
       coalesce(m.next_month, (m.month + interval '1 month')::date) AS valid_to, s.arr / 12 AS mrr, nullif(:'currency', '') AS currency
FROM (SELECT date_trunc('month', taken_on::timestamp)::date AS month, max(taken_on) AS taken_on,
             lead(date_trunc('month', taken_on::timestamp)::date) OVER (ORDER BY date_trunc('month', taken_on::timestamp)) AS next_month
      FROM account_snapshot GROUP BY date_trunc('month', taken_on::timestamp)) AS m
JOIN :"views".snapshots AS s USING (taken_on)
WHERE s.paying AND s.arr <> 0;

-- When an account left: its cancellation date, else when its status changed, in milliseconds since 1970.
CREATE OR REPLACE VIEW :"views".cancellations AS
SELECT a.account_id, coalesce(a."Cancellation Date", (to_timestamp((l.status ->> 'changed')::numeric / 1000) AT TIME ZONE :'zone')::date) AS cancelled_on
FROM account AS a LEFT JOIN account_list AS l USING (account_id)
WHERE a."Status" = 'Canceled';

-- The same columns for the time before the first snapshot: today's value for all of the contract, from its start or the end
-- of the trial to when it was cancelled.  Good for who came and left; there is no expansion in it, so it is not for NRR.
CREATE OR REPLACE VIEW :"views".mrr_by_dates AS
SELECT :'source'::text AS source, account_id AS customer, account_id AS contract, 'recurring'::text AS part, valid_from, cancelled_on AS valid_to,
       arr / 12 AS mrr, nullif(:'currency', '') AS currency
FROM (SELECT a.account_id, greatest(a."Contract Start Date", a."Trial Expiration Date") AS valid_from, a."Status", c.cancelled_on,
             a."Contract Value" * CASE :'amounts' WHEN 'arr' THEN 1 WHEN 'mrr' THEN 12 END AS arr
      FROM account AS a LEFT JOIN :"views".cancellations AS c USING (account_id)) AS a
WHERE arr <> 0 AND ("Status" = 'Paying' OR "Status" = 'Canceled' AND cancelled_on > valid_from);

-- Renewed is seen by the renewal date moving on.  One that moves by less than three months, or back, is the same renewal put
-- off or put right: it stays due on the earliest of its dates, so that nobody is on time by changing the date.  It is due
-- with the last value before, and renewed on the day of the snapshot that shows it, with its value: later than it was by
-- what lies between two snapshots.
CREATE OR REPLACE VIEW :"views".renewals AS
WITH seen AS (
  SELECT account_id, taken_on, renewal_date, paying, arr,
         (renewal_date >= lag(renewal_date) OVER (PARTITION BY account_id ORDER BY taken_on) + interval '3 months')::int AS moved_on
  FROM :"views".snapshots WHERE renewal_date IS NOT NULL
), numbered AS (
  SELECT *, sum(coalesce(moved_on, 0)) OVER (PARTITION BY account_id ORDER BY taken_on) AS term FROM seen
), term AS (
  SELECT account_id, term, min(renewal_date) AS due, min(taken_on) AS first_seen,
         (array_agg(arr ORDER BY taken_on DESC) FILTER (WHERE paying))[1] AS arr_due,      -- NULL: never paid
         (array_agg(CASE WHEN paying THEN arr END ORDER BY taken_on))[1] AS arr_at_start
  FROM numbered GROUP BY account_id, term
)
SELECT :'source'::text AS source, t.account_id AS customer, t.account_id AS contract, t.due, t.arr_due,
       CASE WHEN n.arr_at_start IS NOT NULL THEN n.first_seen END AS renewed_on, n.arr_at_start AS arr_renewed, nullif(:'currency', '') AS currency
FROM term AS t LEFT JOIN term AS n ON n.account_id = t.account_id AND n.term = t.term + 1
WHERE t.arr_due IS NOT NULL;

-- All is text.  time_to_resolution is taken for hours, and csat_score for 1 to 5: neither is documented, look at yours.
CREATE OR REPLACE VIEW :"views".tickets AS
SELECT :'source'::text AS source, account_id AS customer, id AS ticket, created_date::timestamp AT TIME ZONE 'UTC' AS opened_at, NULL::timestamptz AS first_reply_at,
       CASE WHEN resolved THEN created_date::timestamp AT TIME ZONE 'UTC' + time_to_resolution::float8 * interval '1 hour' END AS resolved_at,
       CASE WHEN resolved THEN 'resolved' WHEN lower(status) = 'pending' THEN 'pending' ELSE 'open' END::text AS status, severity AS priority, NULL::text AS channel
FROM support_ticket, LATERAL (SELECT lower(status) IN ('solved', 'resolved', 'closed') AS resolved) AS r;

-- One that is open and not missed is not kept yet.
CREATE OR REPLACE VIEW :"views".sla AS
SELECT :'source'::text AS source, s.account_id AS customer, s.id AS ticket, 'sla'::text AS target, NULL::timestamptz AS due_at, t.resolved_at AS done_at,
       CASE WHEN s.missed_sla::boolean THEN false WHEN t.status = 'resolved' THEN true END AS met
FROM support_ticket AS s JOIN :"views".tickets AS t ON t.ticket = s.id
WHERE s.missed_sla IS NOT NULL;

CREATE OR REPLACE VIEW :"views".survey_answers AS
SELECT :'source'::text AS source, t.customer, NULL::text AS respondent, 'csat_score'::text AS survey, coalesce(t.resolved_at, t.opened_at) AS answered_at,
       '1-5'::text AS scale, s.csat_score::numeric AS score
FROM support_ticket AS s JOIN :"views".tickets AS t ON t.ticket = s.id
WHERE s.csat_score ~ '^[1-5]([.]0*)?$';

-- A row is an action.  Events have no id; the same in all columns at the same moment is one that was sent twice.
CREATE OR REPLACE VIEW :"views".usage AS
SELECT :'source'::text AS source, sdr_o AS customer, (at AT TIME ZONE :'zone')::date AS day, 'actions'::text AS measure, count(*)::numeric AS n
FROM (SELECT DISTINCT sdr_s, sdr_o, sdr_u, sdr_a, sdr_m, to_timestamp(extract(epoch FROM at)) AS at FROM event) AS e
WHERE :'service' = '' OR sdr_s = :'service'
GROUP BY sdr_o, (at AT TIME ZONE :'zone')::date;

-- A stage of the journey is reached on the day of the first snapshot that shows it.
CREATE OR REPLACE VIEW :"views".milestones AS
SELECT :'source'::text AS source, account_id AS customer, milestone, day::timestamp AT TIME ZONE :'zone' AS at
FROM (SELECT account_id, 'signed_up'::text AS milestone, "Create Date" AS day FROM account
      UNION ALL
      SELECT customer, 'activated', valid_from FROM :"views".mrr_by_dates
      UNION ALL
      SELECT account_id, 'cancelled', cancelled_on FROM :"views".cancellations
      UNION ALL
      SELECT account_id, stage, min(taken_on) FROM :"views".snapshots WHERE stage IS NOT NULL GROUP BY account_id, stage) AS m
WHERE day IS NOT NULL;

-- As they are now, engagement without a day; keep copies to back-test them.  Health is a word: good is 100, average 50, poor
-- 0, and any other is missing.
CREATE OR REPLACE VIEW :"views".health_signals AS
SELECT :'source'::text AS source, account_id AS customer, 'totango_engagement'::text AS signal, NULL::date AS day,
       (engagement -> 'score' ->> 'current')::numeric AS score
FROM account_list WHERE engagement -> 'score' IS NOT NULL
UNION ALL
SELECT :'source', account_id, 'totango_health', (to_timestamp((engagement -> 'health' ->> 'last_changed')::numeric / 1000) AT TIME ZONE :'zone')::date,
       CASE lower(engagement -> 'health' ->> 'current') WHEN 'good' THEN 100 WHEN 'average' THEN 50 WHEN 'poor' THEN 0 END
FROM account_list WHERE engagement -> 'health' IS NOT NULL;
COMMIT;

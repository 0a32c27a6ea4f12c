-- examples/sources/dynamics_365_crm.sql; see README.md.
\set vendor dynamics_365_crm
\ir setup.sql

CREATE SCHEMA dynamics_365_crm;
SET search_path = dynamics_365_crm;
CREATE TABLE account (accountid uuid, name text, accountnumber text, customertypecode int, industrycode int, parentaccountid uuid, statecode int,
                      merged boolean, createdon timestamp);
CREATE TABLE contact (contactid uuid, parentcustomerid uuid);
CREATE TABLE contract (contractid uuid, customerid uuid, originatingcontract uuid, activeon date, expireson date, cancelon date,
                       billingfrequencycode int, netprice numeric, netprice_base numeric, statecode int, transactioncurrencyid uuid);
CREATE TABLE transactioncurrency (transactioncurrencyid uuid, isocurrencycode text);
CREATE TABLE contractdetail (contractdetailid uuid, contractid uuid, activeon date, expireson date, price numeric, discount numeric, net numeric, statecode int);
CREATE TABLE incident (incidentid uuid, customerid uuid, createdon timestamp, responseby timestamp, resolveby timestamp,
                       firstresponseslastatus int, resolvebyslastatus int, customersatisfactioncode int, prioritycode int, statecode int, statuscode int,
                       merged boolean, onholdtime int, billedserviceunits int, actualserviceunits int);
CREATE TABLE incidentresolution (activityid uuid, incidentid uuid, actualend timestamp, statecode int);
CREATE TABLE stringmap (objecttypecode text, attributename text, attributevalue int, value text, _fivetran_deleted boolean);

-- 'a1' is an account, 'k1' a contact, 'c1' a contract, '01' a case
CREATE FUNCTION id(name text) RETURNS uuid LANGUAGE sql RETURN ('00000000-0000-0000-0000-0000000000' || name)::uuid;

INSERT INTO account VALUES
  (id('a1'), 'Acorn', 'A-1', NULL, 33, NULL, 0, false, '2022-12-31 23:30'), (id('a2'), 'Birch', NULL, 3, 7, id('a1'), 1, NULL, '2023-01-02 12:00'),
  (id('a3'), 'Acorn', 'A-1', NULL, 33, NULL, 1, true, '2023-01-02 12:00'), (id('a5'), 'Cedar', NULL, NULL, NULL, NULL, 0, false, '2023-01-02 12:00'),
  (id('a6'), 'Dale', NULL, NULL, NULL, NULL, 0, false, '2023-01-02 12:00');
INSERT INTO contact VALUES (id('51'), id('a5')), (id('52'), NULL);
INSERT INTO stringmap VALUES
  ('account', 'industrycode', 33, 'Software', false), ('account', 'industrycode', 33, 'Computers', true), ('lead', 'industrycode', 33, 'Wood', false),
  ('account', 'customertypecode', 33, 'Reseller', false), ('account', 'customertypecode', 3, 'Customer', false);

INSERT INTO transactioncurrency VALUES (id('f1'), 'USD'), (id('f2'), 'EUR');    -- EUR is the base
INSERT INTO contract VALUES
  (id('c1'), id('a1'), NULL, '2023-01-01', '2023-12-31', NULL, 1, 2400, 1200, 5, id('f1')),
  (id('c2'), id('a1'), id('c1'), '2023-12-15', '2024-12-14', NULL, 5, 1800, 900, 2, id('f1')),          -- begins early
  (id('c3'), id('a2'), NULL, '2023-07-01', '2025-06-30', '2024-03-10', 1, 4800, 4800, 4, id('f2')),      -- two years, cancelled
  (id('c4'), id('a2'), id('c3'), '2024-03-01', '2025-02-28', NULL, 1, 999, 999, 0, id('f2')),            -- a draft
  (id('c5'), id('51'), NULL, '2024-01-01', '2024-03-31', '2024-02-01', 1, 920, 920, 3, id('f2')),        -- on hold; cancelon is a plan
  (id('c6'), id('51'), id('c5'), '2024-04-11', '2025-04-10', NULL, 1, 2400, 1200, 1, id('f1')),          -- ten days late, in dollars
  (id('c7'), id('a6'), NULL, '2024-01-01', '2024-06-30', NULL, 1, 600, 600, 5, id('f2')),
  (id('c8'), id('a6'), id('c7'), '2024-07-01', '2025-06-30', '2024-06-20', 1, 1200, 1200, 4, id('f2'));  -- cancelled before it began
INSERT INTO contractdetail VALUES
  (id('d1'), id('c1'), '2023-01-01', '2023-12-31', 2640, 240, 2400, 1), (id('d2'), id('c2'), '2023-12-15', '2024-12-14', 1800, NULL, 1800, 0),
  (id('d3'), id('c3'), '2023-07-01', '2025-06-30', 4800, 0, 4800, 0), (id('d4'), id('c4'), '2024-03-01', '2025-02-28', 999, 0, 999, 0),
  (id('d5'), id('c5'), '2024-01-01', '2024-03-31', 300, 0, 300, 0), (id('d6'), id('c5'), '2024-01-01', '2024-01-20', 20, 0, 20, 3),
  (id('d7'), id('c5'), '2024-01-01', '2024-03-31', 600, 0, 600, 2),
  (id('d8'), id('c6'), '2024-04-11', '2025-04-10', 2400, 0, 2400, 0), (id('d9'), id('c7'), '2024-01-01', '2024-06-30', 600, 0, 600, 0),
  (id('da'), id('c8'), '2024-07-01', '2025-06-30', 1200, 0, 1200, 2);

INSERT INTO incident VALUES
  (id('01'), id('a1'), '2024-03-04 09:00', '2024-03-04 10:00', '2024-03-05 09:00', 3, 4, 5, 1, 1, 5, false, 600, 60, 90),
  (id('02'), id('51'), '2024-03-04 09:00', '2024-03-04 10:00', '2024-03-10 09:00', 4, 2, NULL, 2, 0, 3, false, NULL, NULL, 15),
  (id('03'), id('a1'), '2024-03-04 09:00', '2024-03-04 10:00', '2024-03-05 09:00', 4, 4, 1, 2, 2, 2000, true, NULL, NULL, NULL),
  (id('04'), id('a1'), '2024-03-04 09:00', '2024-03-04 10:00', '2024-03-05 09:00', 4, 4, 1, 2, 2, 6, NULL, NULL, NULL, NULL),
  (id('05'), id('a1'), '2024-03-04 09:00', '2024-03-04 10:00', '2024-03-05 09:00', 3, 3, 2, 3, 1, 1000, NULL, 0, 0, 30),
  (id('06'), id('a2'), '2024-03-04 09:00', NULL, NULL, 1, 1, NULL, 2, 0, 1, NULL, NULL, NULL, NULL),
  (id('07'), id('52'), '2024-03-04 09:00', '2024-03-04 10:00', '2024-03-08 09:00', 3, 3, 4, 2, 1, 5, false, NULL, NULL, NULL);
INSERT INTO incidentresolution VALUES
  (id('e1'), id('01'), '2024-03-04 12:00', 2), (id('e2'), id('01'), '2024-03-06 10:00', 1), (id('e3'), id('05'), '2024-03-05 09:00', 1),
  (id('e4'), id('07'), '2024-03-07 09:00', 1), (id('e6'), id('07'), '2024-03-05 09:00', 1), (id('e7'), id('05'), '2024-03-09 09:00', 0),
  (id('e5'), id('02'), '2024-03-05 09:00', 1);    -- of a case that is active again

\set zone Europe/Berlin
\ir :mapping

SELECT tap.rows_are('SELECT right(customer, 2), name, external_id, right(parent, 2), since FROM source_dynamics_365_crm.customers', $$
  a1|Acorn|A-1|-|2023-01-01
  a2|Birch|-|a1|2023-01-02
  a5|Cedar|-|-|2023-01-02
  a6|Dale|-|-|2023-01-02$$, 'customers: no merged ones');
SELECT tap.rows_are('SELECT right(customer, 2), dimension, value FROM source_dynamics_365_crm.segments', $$
  a1|industry|Software
  a2|industry|7
  a2|type|Customer$$, 'segments');

-- c1: 2640 and a discount of 240 a year, until c2 begins.  c3: 4800 in 24 months, until it was cancelled.  c5, of a contact of Cedar: 300 in 3 months; 20 in 20 days, a month being 365/12; the third line
-- was cancelled.
SELECT tap.rows_are('SELECT right(customer, 2), right(contract, 2), part, valid_from, valid_to, round(mrr, 4), currency FROM source_dynamics_365_crm.mrr', $$
  a1|c1|discount|2023-01-01|2023-12-15|-20.0000|USD
  a1|c1|recurring|2023-01-01|2023-12-15|220.0000|USD
  a1|c2|recurring|2023-12-15|2024-12-15|150.0000|USD
  a2|c3|recurring|2023-07-01|2024-03-10|200.0000|EUR
  a5|c5|recurring|2024-01-01|2024-01-21|30.4167|EUR
  a5|c5|recurring|2024-01-01|2024-04-01|100.0000|EUR
  a5|c6|recurring|2024-04-11|2025-04-11|200.0000|USD
  a6|c7|recurring|2024-01-01|2024-07-01|100.0000|EUR$$, 'mrr');
-- 15 January to 1 December 2024.  USD: Acorn 150 stays, Cedar's 200 is new.  EUR: of Birch's 200, Cedar's 130.4167 and
-- Dale's 100 nothing.  A year from 1 December 2023, USD: of Acorn's 200 150.
SELECT tap.rows_are($$
  SELECT currency, ccx.nrr(s), ccx.new_mrr(s)::int, ccx.opening_customers(s), ccx.nrr(y)
  FROM (SELECT currency, ccx.retention_agg(ccx.mrr_at(h, '2024-01-15'), ccx.mrr_at(h, '2024-12-01')) AS s,
               ccx.retention_agg(ccx.mrr_at(h, '2023-12-01'), ccx.mrr_at(h, '2024-12-01')) AS y
        FROM (SELECT currency, ccx.mrr_history(valid_from, valid_to, mrr, currency) AS h
              FROM source_dynamics_365_crm.mrr GROUP BY currency, customer) AS c
        GROUP BY currency) AS r$$, $$
  EUR|0|0|3|0
  USD|1|200|1|0.75$$, 'NRR by currency');

-- c1: by c2, which begins on 15 December.  c5, of what runs on the last day: by c6, 2400 dollars at 1200/2400.  c4 is a
-- draft, c8 never began.
SELECT tap.rows_are('SELECT right(contract, 2), due, round(arr_due, 2), renewed_on, round(arr_renewed, 2), currency FROM source_dynamics_365_crm.renewals', $$
  c1|2023-12-31|2400.00|2023-12-14|1800.00|USD
  c2|2024-12-14|1800.00|-|-|USD
  c3|2025-06-30|2400.00|-|-|EUR
  c5|2024-03-31|1200.00|2024-04-10|1200.00|EUR
  c6|2025-04-10|2400.00|-|-|USD
  c7|2024-06-30|1200.00|-|-|EUR$$, 'renewals');
-- On 31 July with 30 days of grace.  USD: c1 on time, 1800 / 2400.  EUR: c5 late, c7 lost, 1200 / 2400.
SELECT tap.rows_are($$
  SELECT currency, ccx.renewal_rate(r), ccx.on_time_rate(r), ccx.late_count(r), ccx.lost_count(r), ccx.open_count(r)
  FROM (SELECT currency, ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, '2024-07-31', 30) AS r
        FROM source_dynamics_365_crm.renewals GROUP BY currency) AS s$$, $$
  EUR|0.5|0|1|1|1
  USD|0.75|1|0|0|2$$, 'renewal rates');

-- 03 was merged, 04 cancelled.  01 was opened again; 02 is active, whatever was once resolved.  07 is of a private customer.
SELECT tap.rows_are('SELECT right(ticket, 2), right(customer, 2), resolved_at, status, priority FROM source_dynamics_365_crm.tickets', $$
  01|a1|2024-03-06T10:00:00+00:00|resolved|high
  02|a5|-|pending|normal
  05|a1|2024-03-05T09:00:00+00:00|resolved|low
  06|a2|-|open|normal
  07|52|2024-03-07T09:00:00+00:00|resolved|normal$$, 'tickets');
-- Hours: 05 after 24, 01 after 49, 07 after 72; 02 and 06 not by 10 March.  S: 4/5, 3/5, 2/5.  Less the ten hours on hold 01
-- took 39.
SELECT tap.rows_are($$
  SELECT ccx.km_quantile(d, 0.4), ccx.km_median(d), ccx.km_quantile(n, 0.4)
  FROM (SELECT ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC', '2024-03-10 09:00', 'hour') AS d,
               ccx.duration_agg(opened_at AT TIME ZONE 'UTC', resolved_at AT TIME ZONE 'UTC' - minutes * interval '1 minute', '2024-03-10 09:00', 'hour') AS n
        FROM source_dynamics_365_crm.tickets JOIN source_dynamics_365_crm.holds USING (ticket)) AS t$$, '49|72|39', 'time to resolution');

SELECT tap.rows_are('SELECT right(ticket, 2), target, due_at, met FROM source_dynamics_365_crm.sla', $$
  01|first_reply|2024-03-04T10:00:00+00:00|true
  01|resolution|2024-03-05T09:00:00+00:00|false
  02|first_reply|2024-03-04T10:00:00+00:00|false
  02|resolution|2024-03-10T09:00:00+00:00|-
  05|first_reply|2024-03-04T10:00:00+00:00|true
  05|resolution|2024-03-05T09:00:00+00:00|true
  07|first_reply|2024-03-04T10:00:00+00:00|true
  07|resolution|2024-03-08T09:00:00+00:00|true$$, 'what was promised');
-- 5 of 7; on 11 March 02 is overdue: 5 of 8.
SELECT tap.rows_are($$
  SELECT round(ccx.sla_attainment(met), 4), ccx.sla_attainment(coalesce(met, CASE WHEN due_at < '2024-03-11' THEN false END))
  FROM source_dynamics_365_crm.sla$$, '0.7143|0.625', 'SLA attainment');

-- 5, 2, 4: two of three are satisfied.
SELECT tap.rows_are('SELECT right(customer, 2), answered_at, score FROM source_dynamics_365_crm.survey_answers', $$
  52|2024-03-07T09:00:00+00:00|4
  a1|2024-03-05T09:00:00+00:00|2
  a1|2024-03-06T10:00:00+00:00|5$$, 'satisfaction');
SELECT tap.rows_are('SELECT round(ccx.csat(score), 4) FROM source_dynamics_365_crm.survey_answers', '0.6667', 'CSAT');

SELECT tap.rows_are('SELECT right(customer, 2), milestone, at FROM source_dynamics_365_crm.milestones', $$
  a1|activated|2022-12-31T23:00:00+00:00
  a2|activated|2023-06-30T22:00:00+00:00
  a5|activated|2023-12-31T23:00:00+00:00
  a6|activated|2023-12-31T23:00:00+00:00$$, 'milestones: the day begins in Berlin');
SELECT tap.rows_are('SELECT right(customer, 2), day, round(hours, 2) FROM source_dynamics_365_crm.costs', $$
  a1|2024-03-05|0.50
  a1|2024-03-06|1.50$$, 'costs');
-- Two hours at 90: of 600 420 are left.
SELECT tap.rows_are('SELECT ccx.gross_margin(600, sum(hours) * 90) FROM source_dynamics_365_crm.costs', '0.7', 'margin after cost to serve');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.stringmap', :'folder' || '/stringmap_data.csv') \g /dev/null
-- The sample's accounts, cases and opportunities are codes alone.
CREATE TABLE sample.codes (object text, name01 int, name02 int);
INSERT INTO sample.codes
SELECT t, (string_to_array(line, ','))[2]::int, (string_to_array(line, ','))[3]::int
FROM unnest('{account,incident,opportunity}'::text[]) AS t, string_to_table(pg_read_file(format('%s/%s_data.csv', :'folder', t)), E'\n') WITH ORDINALITY AS l (line, n)
WHERE n = 2;
-- One of the labels is deleted; msdyn_customerasset has codes 16 and 17, too.
SELECT tap.rows_are($$
  SELECT c.object, a.label, b.label
  FROM sample.codes AS c
  LEFT JOIN source_sample.labels AS a ON a.object = c.object AND a.attribute = 'name01' AND a.code = c.name01
  LEFT JOIN source_sample.labels AS b ON b.object = c.object AND b.attribute = 'name02' AND b.code = c.name02$$, $$
  account|Readable Name 01|Readable Name 02
  incident|Readable Name 07|Readable Name 08
  opportunity|Readable Name 09|-$$, 'sample tables: labels');

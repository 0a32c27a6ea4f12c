-- examples/sources/mixpanel.sql; see README.md.
\set vendor mixpanel
\ir setup.sql

CREATE SCHEMA mixpanel;
SET search_path = mixpanel;
CREATE TABLE event (insert_id text, name text, time timestamp, properties jsonb, _fivetran_synced timestamp);
INSERT INTO event VALUES
  ('1', 'open', '2024-05-01 02:00', '{"company_id": "acme"}', '2024-05-01 03:00'),        -- 30 April in New York
  ('2', 'report', '2024-05-02 12:00', '{"company_id": "acme"}', '2024-05-02 13:00'),
  ('2', 'report', '2024-05-02 12:00', '{"company_id": "acme"}', '2024-05-02 13:00'),      -- a double,
  ('2', 'report', '2024-05-01 12:00', '{"company_id": "acme"}', '2024-05-09 13:00'),      -- and one that came later
  ('3', 'open', '2024-05-02 12:00', '{"company_id": ""}', '2024-05-02 13:00'), ('4', 'open', '2024-05-02 12:00', '{}', '2024-05-02 13:00');

\set zone America/New_York
\set activated report
\ir :mapping

SELECT tap.rows_are('SELECT customer, day, measure, n FROM source_mixpanel.usage', $$
  -|2024-05-02|events|2
  acme|2024-04-30|events|1
  acme|2024-05-02|events|1$$, 'usage');
SELECT tap.is(ccx.usage_days(ccx.usage_agg(day, n)), 2, 'days of usage') FROM source_mixpanel.usage WHERE customer = 'acme';
SELECT tap.rows_are('SELECT customer, milestone, at FROM source_mixpanel.milestones', $$
  acme|activated|2024-05-02T12:00:00+00:00
  acme|first_use|2024-05-01T02:00:00+00:00$$, 'milestones');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.event', :'folder' || '/event.csv') \g /dev/null
\set zone UTC
\set customer_key user_id
\ir :mapping
-- Five rows, three events.
SELECT tap.rows_are('SELECT customer, day, n FROM source_sample.usage', $$
  114521|2020-08-01|1
  129997|2020-08-01|1
  129998|2024-01-31|1$$, 'sample tables: usage');

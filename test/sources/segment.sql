-- examples/sources/segment.sql; see README.md.
\set vendor segment
\ir setup.sql

CREATE SCHEMA segment;
SET search_path = segment;
CREATE TABLE groups (group_id text, name text, created_at timestamp, received_at timestamp);
CREATE TABLE users (user_id text, context_group_id text);
CREATE TABLE tracks (id text, user_id text, context_group_id text, event text, event_text text, "timestamp" timestamp, received_at timestamp);
INSERT INTO groups VALUES ('acme', 'Old name', '2024-01-01 02:00', '2024-01-01'), ('acme', 'Acme', '2024-02-01 12:00', '2024-02-01');
INSERT INTO users VALUES ('u1', 'acme'), ('u2', NULL);
INSERT INTO tracks VALUES
  ('1', 'u1', 'acme', 'Signed Up', 'User Registration', '2024-05-01 02:00', '2024-05-03 12:00'),       -- 30 April in New York, received later
  ('2', 'u1', 'acme', 'Feature Used', 'Dashboard View', '2024-05-01 12:00', '2024-05-01 12:00'),
  ('2', 'u1', 'acme', 'Feature Used', 'Dashboard View', '2024-05-01 12:00', '2024-05-01 12:01'),       -- sent again
  ('3', 'u1', NULL, 'Feature Used', 'Create Report', '2024-05-02 12:00', '2024-05-02 12:00'),          -- the customer of its user
  ('4', NULL, '', 'Page Viewed', 'Landing Page', '2024-05-01 12:00', '2024-05-01 12:00'),
  ('5', 'u2', NULL, 'Page Viewed', 'Landing Page', '2024-05-01 12:00', '2024-05-01 12:00');

\set zone America/New_York
\set activated 'Create Report'
\ir :mapping

SELECT tap.rows_are('SELECT customer, day, measure, n FROM source_segment.usage', $$
  -|2024-05-01|events|2
  acme|2024-04-30|events|1
  acme|2024-05-01|events|1
  acme|2024-05-02|events|1$$, 'usage');
SELECT tap.rows_are('SELECT customer, milestone, at FROM source_segment.milestones', $$
  acme|activated|2024-05-02T12:00:00+00:00
  acme|first_use|2024-05-01T12:00:00+00:00
  acme|signed_up|2024-05-01T02:00:00+00:00$$, 'milestones');
-- From the evening of 30 April to 2 May: two days.
SELECT tap.rows_are($$
  SELECT ccx.km_median(ccx.duration_agg(signed_up, activated, '2024-06-01'))
  FROM (SELECT min((at AT TIME ZONE 'America/New_York')::date) FILTER (WHERE milestone = 'signed_up') AS signed_up,
               min((at AT TIME ZONE 'America/New_York')::date) FILTER (WHERE milestone = 'activated') AS activated
        FROM source_segment.milestones GROUP BY customer) AS m$$, '2', 'time to value');
SELECT tap.rows_are('SELECT customer, name, since FROM source_segment.customers', 'acme|Acme|2023-12-31', 'customers: their last name and first day');

\ir zones.sql
\if :absent
\echo ok - sample tables # SKIP not in :vendor_data
\quit
\endif
SELECT tap.load_csv('sample.tracks', :'folder' || '/tracks.csv'), tap.load_csv('sample.groups', :'folder' || '/groups.csv'),
       tap.load_csv('sample.users', :'folder' || '/segment_users.csv') \g /dev/null
\set zone UTC
\ir :mapping
-- 78 events; the two without a user are of a visitor who signed up later.
SELECT tap.rows_are('SELECT customer, sum(n), count(*) FROM source_sample.usage GROUP BY customer', $$
  -|2|1
  account_001|37|12
  account_002|25|11
  account_003|14|9$$, 'sample tables: usage');
SELECT tap.rows_are($$SELECT customer, ccx.usage_total(ccx.usage_agg(day, n)), ccx.usage_days(ccx.usage_agg(day, n)) FROM source_sample.usage WHERE customer = 'account_001' GROUP BY customer$$,
                    'account_001|37|12', 'sample tables: usage by ccx');

-- Metric views: every kind, filled, changed and refreshed, is what its source gives.
CREATE SCHEMA shop;
SET search_path = shop, ccx, public;
SET client_min_messages = warning;

CREATE TABLE account (customer int PRIMARY KEY, region text, size text);
INSERT INTO account SELECT i, (ARRAY['AMER', 'EMEA', NULL])[1 + i % 3], CASE WHEN i % 5 = 0 THEN 'large' ELSE 'small' END FROM generate_series(1, 60) AS i;
CREATE TABLE snapshot (customer int, month date, mrr numeric, plan text);
INSERT INTO snapshot
SELECT c, (date '2024-01-31' + make_interval(months => m))::date, 100 + (c * 7 + m * m) % 50, CASE WHEN (c + m / 6) % 2 = 0 THEN 'basic' ELSE 'pro' END
FROM generate_series(1, 60) AS c, generate_series(0, 17) AS m WHERE m >= c % 7 AND (c * m) % 11 <> 3 AND m < 6 + c % 13;
UPDATE snapshot SET month = (date_trunc('month', month) + interval '1 month - 1 day')::date;
CREATE INDEX ON snapshot (customer);
CREATE TABLE subscription (customer int, valid_from date, valid_to date, mrr numeric);
INSERT INTO subscription SELECT 1 + i % 60, date '2023-01-01' + i * 3, CASE WHEN i % 4 > 0 THEN date '2023-01-01' + i * 3 + 100 + i % 400 END, 10 + i % 90 FROM generate_series(1, 150) AS i;
CREATE TABLE answer (customer int, answered date, score int);
INSERT INTO answer SELECT nullif(i % 61, 0), date '2024-01-01' + i, (i * 7) % 11 FROM generate_series(1, 300) AS i;
CREATE TABLE renewal (customer int, due date, arr numeric, signed date, signed_arr numeric);
INSERT INTO renewal SELECT 1 + i % 60, date '2024-01-01' + i * 4, 1000 + i, CASE WHEN i % 3 > 0 THEN date '2024-01-01' + i * 4 + i % 50 - 10 END, CASE WHEN i % 3 > 0 THEN 900 + i * 2 END FROM generate_series(1, 120) AS i;
CREATE TABLE milestone (customer int, started date, arrived date);
INSERT INTO milestone SELECT i, date '2024-01-01' + i * 5, CASE WHEN i % 4 > 0 THEN date '2024-01-01' + i * 5 + i % 60 END FROM generate_series(1, 60) AS i;
CREATE TABLE event (customer int, day date, n int);
INSERT INTO event SELECT 1 + (i * 17) % 60, date '2024-01-01' + i % 400, i % 5 FROM generate_series(1, 2000) AS i;
CREATE TABLE signal (customer int, name text, score numeric, weight numeric);
INSERT INTO signal SELECT c, s, CASE WHEN c % 7 > 0 OR s <> 'nps' THEN (c * length(s) * 13) % 101 END, length(s) FROM generate_series(1, 60) AS c, unnest('{usage,nps,tickets}'::text[]) AS s;

SELECT create_metric_view('movements', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{plan}', mode => 'incremental');
SELECT create_metric_view('movements_two', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region,size}', dimensions_from => 'account', step => 'quarter', span => 'year', mode => 'incremental');
SELECT create_metric_view('subscribed', 'movements', 'subscription', customer => 'customer', at => 'valid_from', valid_to => 'valid_to', amount => 'mrr', mode => 'incremental');
SELECT create_metric_view('cohort', 'cohort', 'snapshot', customer => 'customer', at => 'month', dimensions => '{plan}', mode => 'incremental');
SELECT create_metric_view('revenue_cohort', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{size}', dimensions_from => 'account', step => 'quarter:feb', mode => 'incremental');
SELECT create_metric_view('nps', 'survey', 'answer', customer => 'customer', at => 'answered', amount => 'score', scale => 'nps', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('renewals', 'renewal', 'renewal', customer => 'customer', at => 'due', amount => 'arr', renewed_on => 'signed', renewed_amount => 'signed_arr', grace => 14, step => 'quarter', mode => 'incremental');
SELECT create_metric_view('time_to_value', 'duration', 'milestone', customer => 'customer', at => 'started', done => 'arrived', step => 'quarter', dimensions => '{size}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('usage', 'usage', 'event', customer => 'customer', at => 'day', amount => 'n', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('health', 'health', 'signal', customer => 'customer', signal => 'name', amount => 'score', weight => 'weight', mode => 'incremental');
SELECT create_metric_view('movements_full', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{plan}');

CREATE VIEW state AS SELECT replace(view, 'shop.', '') AS view, kind, mode, status, row_count > 0 AS has_rows, customer_count, pending_changes AS pending, message FROM metric_views ORDER BY view COLLATE "C";
SELECT * FROM state;
CREATE FUNCTION wrong() RETURNS TABLE (view text, rows bigint) LANGUAGE sql AS
$$ SELECT v.view, n FROM metric_views AS v, LATERAL (SELECT count(*) FROM verify(v.view::regclass)) AS c (n) WHERE n > 0 ORDER BY 1 $$;
SELECT * FROM wrong();
TABLE movements EXCEPT TABLE movements_full;
SELECT period, plan, opening_mrr, new_mrr, churned_mrr, closing_mrr, nrr, grr, logo_retention, opening_customers, is_complete FROM movements ORDER BY 1, 2 LIMIT 3;
SELECT * FROM usage ORDER BY period, region LIMIT 1 \gx

-- changes are taken in, customer by customer
INSERT INTO snapshot VALUES (200, '2024-05-31', 500, 'basic'), (7, '2025-01-31', 0, 'pro');
UPDATE snapshot SET mrr = mrr * 2 WHERE customer = 3;
DELETE FROM snapshot WHERE customer = 9;
UPDATE account SET size = 'huge', region = 'APAC' WHERE customer = 4;
INSERT INTO subscription VALUES (5, '2024-02-02', NULL, -3);
UPDATE answer SET score = 10 WHERE customer IS NULL;
UPDATE renewal SET signed_arr = 5000 WHERE customer = 8 AND signed IS NOT NULL;
UPDATE milestone SET arrived = NULL WHERE customer IN (1, 2);
UPDATE event SET customer = 61 WHERE customer = 30;
DELETE FROM signal WHERE customer = 10;
SELECT view FROM wrong();
CALL refresh_all();
SELECT * FROM state;
SELECT * FROM wrong();

-- nothing changed, nothing is done; a statement that touches many customers is one row in the log
SELECT status, rows_changed, message FROM refresh('movements');
UPDATE snapshot SET mrr = mrr + 1;
SELECT customers, whole, reason FROM movements_dirty;
SELECT status, message FROM refresh('movements');
SELECT status, message FROM refresh('movements', all_of_it => true);

-- a value that comes out as it was is not written again, nor what is made of it
SELECT array_agg(ctid ORDER BY ctid) AS customers FROM movements_customers \gset
SELECT array_agg(ctid ORDER BY ctid) AS buckets FROM movements_buckets \gset
UPDATE snapshot SET mrr = mrr WHERE customer = 3;
SELECT status, rows_changed, message FROM refresh('movements');
SELECT array_agg(ctid ORDER BY ctid) = :'customers' AS same FROM movements_customers;
SELECT array_agg(ctid ORDER BY ctid) = :'buckets' AS same FROM movements_buckets;
-- a change in one group leaves the rows of others alone, unless it changes what is observed of all
UPDATE snapshot SET mrr = mrr + 1 WHERE customer = 3 AND plan = 'pro';
SELECT status, rows_changed > 0 AS changed, message FROM refresh('movements');
INSERT INTO snapshot VALUES (300, '2025-10-31', 90, 'pro');
SELECT plan, max(period) FROM movements GROUP BY plan ORDER BY plan;
SELECT status, message FROM refresh('movements');
SELECT plan, max(period) FROM movements GROUP BY plan ORDER BY plan;
-- the only customer of a group leaves it, and comes back
SELECT status, message FROM refresh('movements_two');
UPDATE account SET region = 'EMEA' WHERE customer = 4;
SELECT status, message FROM refresh('movements_two');
SELECT region, count(*) FROM movements_two_buckets GROUP BY region ORDER BY region;
SELECT region, count(*) > 0 AS rows FROM movements_two GROUP BY region ORDER BY region;
UPDATE account SET region = 'APAC' WHERE customer = 4;
SELECT status, message FROM refresh('movements_two');
SELECT region, count(*) > 0 AS rows FROM movements_two GROUP BY region ORDER BY region;
-- the unknown customer changes, and goes
UPDATE answer SET score = 3 WHERE customer IS NULL AND answered < '2024-06-01';
DELETE FROM answer WHERE customer IS NULL AND answered > '2024-06-01';
SELECT status, message FROM refresh('nps');
SELECT count(*) FROM verify('movements');
SELECT count(*) FROM verify('movements_two');
SELECT count(*) FROM verify('nps');
TRUNCATE answer;
SELECT status, message FROM refresh('nps');
SELECT count(*) FROM nps;
BEGIN;
SELECT status FROM refresh('movements');
SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
COMMIT;

-- what escapes the triggers is found, and everything computed again
ALTER TABLE signal DISABLE TRIGGER USER;
UPDATE signal SET score = 1 WHERE customer = 11;
SELECT status, message FROM refresh('health');
SELECT status, message FROM refresh('health');
ALTER TABLE signal ENABLE TRIGGER USER;
SELECT status, message FROM refresh('health');
ALTER TABLE event RENAME TO event_before;
CREATE TABLE event AS TABLE event_before;
DELETE FROM event WHERE customer = 1;
SELECT status, message FROM refresh('usage');
ALTER TABLE event RENAME COLUMN customer TO who;
DELETE FROM event WHERE who = 2;
SELECT status, message FROM refresh('usage');
DELETE FROM event WHERE who = 3;
SELECT status, message FROM refresh('usage');
ALTER TABLE event RENAME TO events;
DELETE FROM events WHERE who = 4;
SELECT status, message FROM refresh('usage');
ALTER SCHEMA shop RENAME TO store;
SET search_path = store, ccx, public;
DELETE FROM milestone WHERE customer = 3;
SELECT status, message FROM refresh('time_to_value');
DELETE FROM milestone WHERE customer = 4;
SELECT status, message FROM refresh('time_to_value');
CALL refresh_all();
SELECT * FROM wrong();

-- partitions: triggers follow
CREATE TABLE part (customer text, month date, mrr numeric) PARTITION BY RANGE (month);
CREATE TABLE part_2024 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO part SELECT 'c' || i % 40, make_date(2024, 1 + i / 40, 28), i FROM generate_series(0, 279) AS i;
SELECT create_metric_view('parted', 'movements', 'part', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental');
INSERT INTO part_2024 VALUES ('c1', '2024-02-28', 100);
SELECT status, message FROM refresh('parted');
CREATE TABLE part_2025 PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO part_2025 VALUES ('c2', '2025-01-28', 100);
SELECT status, message FROM refresh('parted');
INSERT INTO part_2025 VALUES ('c3', '2025-01-28', 100);
SELECT status, message FROM refresh('parted');
ALTER TABLE part DETACH PARTITION part_2024;
SELECT status, message FROM refresh('parted');
SELECT count(*) FROM verify('parted');

-- changed_at
CREATE TABLE replicated (customer uuid, month timestamptz, mrr bigint, changed timestamptz);
INSERT INTO replicated SELECT ('00000000-0000-0000-0000-0000000000' || 10 + i)::uuid, timestamptz '2024-01-15 12:00+00' + make_interval(months => m), 100, '2024-06-01' FROM generate_series(1, 30) AS i, generate_series(0, 3) AS m;
SELECT create_metric_view('changed', 'movements', 'replicated', customer => 'customer', at => 'month', amount => 'mrr', zone => 'Europe/Berlin', mode => 'changed_at', changed_at => 'changed');
UPDATE replicated SET mrr = 200, changed = '2024-07-01' WHERE customer = '00000000-0000-0000-0000-000000000015' AND month > '2024-03-01';
SELECT status, message FROM refresh('changed');
SELECT period, opening_mrr, expansion_mrr, nrr FROM changed ORDER BY period;
SELECT count(*) FROM verify('changed');

-- without dimensions all customers are in one group, and in many buckets of it; where these are too few, there will be more
CREATE TABLE grown (customer int, month date, mrr numeric, p text, g text, members text, n text DEFAULT 'x');
INSERT INTO grown SELECT i, '2024-01-31', i FROM generate_series(1, 1000) AS i;
CREATE INDEX ON grown (customer);
SELECT create_metric_view('grown_movements', 'movements', 'grown', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental');
SELECT create_metric_view('grown_cohort', 'cohort', 'grown', customer => 'customer', at => 'month', dimensions => '{p,g,members,n}', mode => 'incremental');
SELECT bucket_count, (SELECT count(*) FROM grown_movements_buckets) AS buckets FROM grown_movements_definition;
SELECT bucket_count, (SELECT count(*) FROM grown_cohort_buckets) AS buckets FROM grown_cohort_definition;
UPDATE grown_movements_definition SET bucket_count = 1;
UPDATE grown SET mrr = 7 WHERE customer = 3;
SELECT status, message FROM refresh('grown_movements');
SELECT bucket_count, (SELECT count(*) FROM grown_movements_buckets) AS buckets FROM grown_movements_definition;
SELECT count(*) FROM verify('grown_movements');
UPDATE grown SET g = 'other' WHERE customer = 4;
SELECT status, message FROM refresh('grown_cohort');
SELECT p, g, members, n, cohort_size FROM grown_cohort WHERE period = 0 ORDER BY cohort_size;
SELECT count(*) FROM verify('grown_cohort');
SELECT drop_metric_view('grown_movements'), drop_metric_view('grown_cohort');
DROP TABLE grown;

-- what cannot be
\set SHOW_CONTEXT never
SELECT create_metric_view('x', 'revenue', 'snapshot');
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'month');
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'money');
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'plan', amount => 'mrr');
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', step => 'week');
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', mode => 'fast');
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', done => 'month');
SELECT create_metric_view('x', 'movements', 'state', customer => 'view', at => 'month', amount => 'mrr', mode => 'incremental');
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'milestone');
SELECT create_metric_view('x', 'movements', 'replicated', customer => 'customer', at => 'month', amount => 'mrr');
SELECT create_metric_view('x', 'survey', 'answer', at => 'answered', amount => 'score');
SELECT create_metric_view('x', 'survey', 'answer', at => 'answered', amount => 'score', scale => '0-100');
SELECT create_metric_view('x', 'survey', 'answer', at => 'answered', amount => 'score', scale => 'nps', mode => 'incremental');
SELECT create_metric_view('x', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', step => 'week');
SELECT create_metric_view('x', 'cohort', 'replicated', customer => 'customer', at => 'month', mode => 'changed_at', changed_at => 'changed', changed_overlap => NULL);
SELECT create_metric_view('x', 'cohort', 'replicated', customer => 'customer', at => 'month', mode => 'changed_at', changed_at => 'changed', changed_overlap => '-1 hour');
SELECT create_metric_view('movements', 'cohort', 'snapshot', customer => 'customer', at => 'month');
SELECT refresh('snapshot');
SELECT verify(NULL);
-- a bad row is told, and the view stays what it was
INSERT INTO snapshot VALUES (1, '2025-06-30', 'NaN', 'basic');
SELECT status, rows_changed, message FROM refresh('movements');
SELECT status, message FROM state WHERE view LIKE '%.movements';
DELETE FROM snapshot WHERE mrr = 'NaN';
SELECT status, message FROM refresh('movements');
SELECT refreshed_at('movements') <= now() AS refreshed, staleness('movements') < interval '1 minute' AS fresh;

-- the ledger
SELECT close_period('movements', '2025-03-17');
SELECT close_period('movements', '2025-03-01');
\set VERBOSITY terse
SELECT close_period('movements', '2999-01-01');
\set VERBOSITY default
SELECT close_period('movements', '1999-01-01');
SELECT close_period('cohort', '2025-03-31') > 0 AS closed;
UPDATE snapshot SET mrr = mrr + 5 WHERE customer = (SELECT min(customer) FROM snapshot WHERE month = '2025-03-31') AND month = '2025-03-31';
SELECT status, rows_changed, message FROM refresh('movements');
SELECT * FROM restatements('movements');
SELECT * FROM restatements('movements', '2026-01-01');
SELECT period, plan, closing_mrr, closed_period, definition_version FROM movements_published ORDER BY plan;
DELETE FROM movements_ledger;
SELECT drop_metric_view('movements');
-- revenue cohorts whose rows end within a quarter: the month of the last row counts as observed to its end, a quarter with its last month
CREATE TABLE begun AS SELECT c AS customer, make_date(2025, m, 1) AS month, 10 AS mrr FROM generate_series(1, 2) AS c, generate_series(1, 8) AS m;
CREATE TABLE running AS SELECT customer, (date_trunc('month', current_date) - make_interval(months => 9 - m))::date AS month, mrr
FROM (SELECT customer, extract(month FROM month)::int AS m, mrr FROM begun UNION VALUES (1, 9, 10), (2, 9, 10)) AS s;
CREATE FUNCTION pg_temp.last_seen(source regclass, step text, partial boolean, OUT mrr numeric, OUT is_complete boolean, OUT period integer) LANGUAGE plpgsql AS $$ BEGIN
	PERFORM create_metric_view('last_seen', 'revenue_cohort', source, customer => 'customer', at => 'month', amount => 'mrr', step => step, include_partial => partial);
	SELECT l.mrr, l.is_complete, l.period INTO mrr, is_complete, period FROM last_seen AS l ORDER BY cohort, period DESC;
	PERFORM drop_metric_view('last_seen');
END $$;
SELECT source, step, partial, l.*
FROM unnest('{begun,running}'::regclass[]) AS source, unnest('{month,quarter}'::text[]) AS step, unnest('{f,t}'::boolean[]) AS partial, LATERAL pg_temp.last_seen(source, step, partial) AS l
WHERE source = 'begun'::regclass OR step = 'month' ORDER BY source::text, step, partial;
INSERT INTO begun VALUES (1, '2025-09-01', 10), (2, '2025-09-01', 10);
SELECT * FROM pg_temp.last_seen('begun', 'quarter', false);
DROP TABLE begun, running;
-- forgetting a customer
SELECT erase_customer('changed', '00000000-0000-0000-0000-000000000020');
DELETE FROM replicated WHERE customer = '00000000-0000-0000-0000-000000000020';
SELECT status, message FROM refresh('changed');
SELECT count(*) FROM verify('changed');
SELECT erase_customer('changed', '00000000-0000-0000-0000-000000000020');
SELECT count(*) FROM verify('changed');
SELECT erase_customer('movements', 'nobody');

-- dropped, nothing is left
SELECT count(drop_metric_view(view::regclass, with_ledger => true)) FROM metric_views;
SELECT relname FROM pg_class WHERE relnamespace = 'store'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY 1;
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'store.%';
SELECT proname FROM pg_proc WHERE pronamespace = 'store'::regnamespace;
DROP SCHEMA store CASCADE;

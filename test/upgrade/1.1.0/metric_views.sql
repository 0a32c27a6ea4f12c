-- Metric views of every kind and mode with their sources, and a closed period: what a database has when it is
-- upgraded.
SET client_min_messages = warning;
SET search_path = public, ccx;

CREATE TABLE account (customer int PRIMARY KEY, region text);
INSERT INTO account SELECT i, 'r' || i % 3 FROM generate_series(1, 60) AS i;
CREATE TABLE snapshot (customer int, month date, mrr numeric, changed timestamptz DEFAULT '2025-01-01');
INSERT INTO snapshot SELECT c, (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date, (c * 37 + m * 11) % 90
FROM generate_series(1, 60) AS c, generate_series(0, 9) AS m WHERE (c + m) % 5 > 0 AND m < 4 + c % 9;
CREATE TABLE event (customer int, day date, n int, done date, amount numeric, signal text);
INSERT INTO event SELECT c, date '2024-01-01' + (c * 13 + i * 31) % 360, (c + i) % 11, CASE WHEN (c + i) % 3 > 0 THEN date '2024-01-01' + (c * 13 + i * 31) % 360 + i * 5 END, c % 100, 's' || i
FROM generate_series(1, 60) AS c, generate_series(1, 2) AS i;

SELECT create_metric_view('v_movements', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('v_full', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr');
SELECT create_metric_view('v_changed', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', mode => 'changed_at', changed_at => 'changed');
SELECT create_metric_view('v_cohort', 'cohort', 'event', customer => 'customer', at => 'day', step => 'month', mode => 'incremental');
SELECT create_metric_view('v_revenue', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental');
SELECT create_metric_view('v_survey', 'survey', 'event', customer => 'customer', at => 'day', amount => 'n', scale => 'nps', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('v_renewal', 'renewal', 'event', customer => 'customer', at => 'day', amount => 'amount', renewed_on => 'done', renewed_amount => 'amount', mode => 'incremental');
SELECT create_metric_view('v_duration', 'duration', 'event', customer => 'customer', at => 'day', done => 'done', dimensions => '{signal}', mode => 'incremental');
SELECT create_metric_view('v_usage', 'usage', 'event', customer => 'customer', at => 'day', amount => 'n', mode => 'incremental');
SELECT create_metric_view('v_health', 'health', 'event', customer => 'customer', signal => 'signal', amount => 'n', weight => 'amount', mode => 'incremental');
SELECT close_period('v_movements', (SELECT min(period) FROM v_movements));

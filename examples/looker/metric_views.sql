-- Metric views of the sample company for the LookML project beside this file.
--
--     psql -f examples/sample_company.sql -f examples/looker/metric_views.sql
--
-- They go into the schema "metrics", which must not exist.  The role "looker" may read them, and nothing else.
\set ON_ERROR_STOP on
CREATE SCHEMA metrics;
SET search_path = metrics, ccx, sample;

-- a customer's segment and region of today
CREATE TABLE customer AS
SELECT a.customer, s.segment, a.region FROM accounts AS a JOIN account_segments AS s USING (customer) WHERE s.valid_to IS NULL;
ALTER TABLE customer ADD PRIMARY KEY (customer);

-- one view for each grain that a dashboard asks for, since ratios do not add up over periods
SELECT create_metric_view('retention_month', 'movements', 'mrr_monthly', customer => 'customer', at => 'month', amount => 'mrr',
       dimensions => '{segment,region}');
SELECT create_metric_view('retention_quarter', 'movements', 'mrr_monthly', customer => 'customer', at => 'month', amount => 'mrr',
       dimensions => '{segment,region}', step => 'quarter');
SELECT create_metric_view('retention_ttm', 'movements', 'mrr_monthly', customer => 'customer', at => 'month', amount => 'mrr',
       dimensions => '{segment,region}', step => 'month', span => 'year');
SELECT create_metric_view('cohort_customers', 'cohort', 'mrr_monthly', customer => 'customer', at => 'month', dimensions => '{segment}', step => 'quarter');
SELECT create_metric_view('cohort_revenue', 'revenue_cohort', 'mrr_monthly', customer => 'customer', at => 'month', amount => 'mrr',
       dimensions => '{segment}', step => 'quarter');

CREATE VIEW answer_nps AS SELECT customer, answered_on, score FROM surveys WHERE scale = 'nps';
CREATE VIEW answer_csat AS SELECT customer, answered_on, score FROM surveys WHERE scale = '1-5';
CREATE VIEW answer_ces AS SELECT customer, answered_on, score FROM surveys WHERE scale = '1-7';
SELECT create_metric_view('nps', 'survey', 'answer_nps', customer => 'customer', at => 'answered_on', amount => 'score', scale => 'nps',
       dimensions => '{segment,region}', dimensions_from => 'customer');
SELECT create_metric_view('csat', 'survey', 'answer_csat', customer => 'customer', at => 'answered_on', amount => 'score', scale => '1-5',
       dimensions => '{segment,region}', dimensions_from => 'customer');
SELECT create_metric_view('ces', 'survey', 'answer_ces', customer => 'customer', at => 'answered_on', amount => 'score', scale => '1-7',
       dimensions => '{segment}', dimensions_from => 'customer', step => 'quarter');
SELECT create_metric_view('renewal', 'renewal', 'renewals', customer => 'customer', at => 'due', amount => 'arr_due', renewed_on => 'renewed_on',
       renewed_amount => 'arr_renewed', grace => 30, dimensions => '{segment,region}', dimensions_from => 'customer');
SELECT create_metric_view('time_to_value', 'duration', 'milestones', customer => 'customer', at => 'signed_up', done => 'first_value',
       dimensions => '{segment}', dimensions_from => 'customer', step => 'quarter');
SELECT create_metric_view('product_usage', 'usage', 'usage', customer => 'customer', at => 'week', amount => 'events',
       dimensions => '{segment}', dimensions_from => 'customer');

-- two signals, as of the last day of the data: what customers said last, and how often they needed help
CREATE VIEW signal AS
SELECT c.customer, s.name, s.score, s.weight
FROM customer AS c,
     LATERAL (SELECT count(*) AS tickets FROM tickets AS t WHERE t.customer = c.customer AND t.opened_at >= timestamp '2025-10-01') AS t,
     LATERAL (SELECT max(a.score) FILTER (WHERE a.n = 1) AS said
              FROM (SELECT score, row_number() OVER (ORDER BY answered_on DESC) AS n FROM answer_nps WHERE answer_nps.customer = c.customer) AS a) AS a,
     LATERAL (VALUES ('nps', scale_linear(a.said, 0, 10), 1), ('tickets', scale_steps(t.tickets, '{0,2,5}', '{100,80,50,10}'), 2)) AS s (name, score, weight);
SELECT create_metric_view('health', 'health', 'signal', customer => 'customer', signal => 'name', amount => 'score', weight => 'weight',
       dimensions => '{segment,region}', dimensions_from => 'customer');

DO $$ BEGIN CREATE ROLE looker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA metrics TO looker;
GRANT SELECT ON retention_month, retention_quarter, retention_ttm, cohort_customers, cohort_revenue, nps, csat, ces, renewal, time_to_value,
      product_usage, health TO looker;

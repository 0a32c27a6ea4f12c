-- What every object of ccx promises, checked against the catalogs; and the ledger of
-- everything public, so that nothing becomes public, or vanishes, unnoticed.
--
-- A new public object is entered in the ledger with the version it appears in.  An
-- exception to a rule is entered in "excepted" with its reason.  A failing test lists
-- what is missing.
BEGIN;
\set QUIET on
SET client_min_messages = warning;
SET search_path = public, ccx;
SELECT no_plan();

-- -- the ledger -----------------------------------------------------------------

CREATE TEMP TABLE ledger (object text PRIMARY KEY, since text NOT NULL);
INSERT INTO ledger VALUES
    ('aggregate activity_agg(date)', '1.0.0'),
    ('aggregate activity_agg(date,text)', '1.0.0'),
    ('aggregate activity_agg(date,text,text)', '1.0.0'),
    ('aggregate activity_agg(timestamp with time zone)', '1.0.0'),
    ('aggregate activity_agg(timestamp with time zone,text)', '1.0.0'),
    ('aggregate activity_agg(timestamp with time zone,text,text)', '1.0.0'),
    ('aggregate activity_agg(timestamp without time zone)', '1.0.0'),
    ('aggregate activity_agg(timestamp without time zone,text)', '1.0.0'),
    ('aggregate activity_agg(timestamp without time zone,text,text)', '1.0.0'),
    ('aggregate adoption_rate(boolean,boolean)', '1.0.0'),
    ('aggregate advocacy_rate(boolean,boolean)', '1.0.0'),
    ('aggregate backtest_agg(numeric,boolean)', '1.0.0'),
    ('aggregate backtest_agg(numeric,boolean,numeric)', '1.0.0'),
    ('aggregate backtest_probability_agg(numeric,boolean)', '1.0.0'),
    ('aggregate backtest_probability_agg(numeric,boolean,numeric)', '1.0.0'),
    ('aggregate ces(numeric)', '1.0.0'),
    ('aggregate ces(numeric,text)', '1.0.0'),
    ('aggregate cohort_agg(activity)', '1.0.0'),
    ('aggregate cohort_agg(activity,date)', '1.0.0'),
    ('aggregate cohort_agg(activity,timestamp with time zone)', '1.0.0'),
    ('aggregate cohort_agg(activity,timestamp without time zone)', '1.0.0'),
    ('aggregate cohort_agg_by_age(activity,integer)', '1.0.0'),
    ('aggregate cohort_bracket_agg(activity,integer[],date)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,date)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,date,text)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,date,text,text)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,timestamp with time zone)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,timestamp with time zone,text)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,timestamp with time zone,text,text)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,timestamp without time zone)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,timestamp without time zone,text)', '1.0.0'),
    ('aggregate cohort_retention(anynonarray,timestamp without time zone,text,text)', '1.0.0'),
    ('aggregate cohort_revenue_agg(mrr_history)', '1.0.0'),
    ('aggregate cohort_revenue_agg(mrr_history,text)', '1.0.0'),
    ('aggregate compound(numeric)', '1.0.0'),
    ('aggregate csat(numeric)', '1.0.0'),
    ('aggregate csat(numeric,integer)', '1.0.0'),
    ('aggregate drivers(text,retention_summary,retention_summary)', '1.0.0'),
    ('aggregate drivers(text,retention_summary,retention_summary,text)', '1.0.0'),
    ('aggregate duration_agg(date,date,date)', '1.0.0'),
    ('aggregate duration_agg(date,date,date,text)', '1.0.0'),
    ('aggregate duration_agg(timestamp with time zone,timestamp with time zone,timestamp with time zone)', '1.0.0'),
    ('aggregate duration_agg(timestamp with time zone,timestamp with time zone,timestamp with time zone,text)', '1.0.0'),
    ('aggregate duration_agg(timestamp without time zone,timestamp without time zone,timestamp without time zone)', '1.0.0'),
    ('aggregate duration_agg(timestamp without time zone,timestamp without time zone,timestamp without time zone,text)', '1.0.0'),
    ('aggregate fit_health_weights(boolean,double precision[])', '1.0.0'),
    ('aggregate fit_health_weights(boolean,double precision[],double precision)', '1.0.0'),
    ('aggregate grr(numeric,numeric)', '1.0.0'),
    ('aggregate health_agg(text,numeric,numeric)', '1.0.0'),
    ('aggregate health_score(numeric,numeric)', '1.0.0'),
    ('aggregate logo_churn_rate(numeric,numeric)', '1.0.0'),
    ('aggregate logo_retention(numeric,numeric)', '1.0.0'),
    ('aggregate mrr_history(date,date,numeric)', '1.0.0'),
    ('aggregate mrr_history(date,date,numeric,text)', '1.0.0'),
    ('aggregate mrr_history(date,numeric)', '1.0.0'),
    ('aggregate mrr_history(date,numeric,text)', '1.0.0'),
    ('aggregate mrr_history(timestamp with time zone,numeric)', '1.0.0'),
    ('aggregate mrr_history(timestamp with time zone,numeric,text)', '1.0.0'),
    ('aggregate mrr_history(timestamp with time zone,timestamp with time zone,numeric)', '1.0.0'),
    ('aggregate mrr_history(timestamp with time zone,timestamp with time zone,numeric,text)', '1.0.0'),
    ('aggregate mrr_history(timestamp without time zone,numeric)', '1.0.0'),
    ('aggregate mrr_history(timestamp without time zone,numeric,text)', '1.0.0'),
    ('aggregate mrr_history(timestamp without time zone,timestamp without time zone,numeric)', '1.0.0'),
    ('aggregate mrr_history(timestamp without time zone,timestamp without time zone,numeric,text)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,date,numeric)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,date,numeric,text)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,date,numeric,text,text)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,timestamp with time zone,numeric)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,timestamp with time zone,numeric,text)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,timestamp with time zone,numeric,text,text)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,timestamp without time zone,numeric)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,timestamp without time zone,numeric,text)', '1.0.0'),
    ('aggregate mrr_movements_agg(anynonarray,timestamp without time zone,numeric,text,text)', '1.0.0'),
    ('aggregate mrr_movements_agg(mrr_history)', '1.0.0'),
    ('aggregate mrr_movements_agg(mrr_history,text)', '1.0.0'),
    ('aggregate mrr_movements_agg(mrr_history,text,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,date,numeric,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,date,numeric,text,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,date,numeric,text,text,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,timestamp with time zone,numeric,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,timestamp with time zone,numeric,text,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,timestamp with time zone,numeric,text,text,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,timestamp without time zone,numeric,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,timestamp without time zone,numeric,text,text)', '1.0.0'),
    ('aggregate mrr_movements_by(anynonarray,timestamp without time zone,numeric,text,text,text)', '1.0.0'),
    ('aggregate nps(numeric)', '1.0.0'),
    ('aggregate nrr(numeric,numeric)', '1.0.0'),
    ('aggregate quick_ratio(numeric,numeric)', '1.0.0'),
    ('aggregate reconcile(anynonarray,numeric,numeric,numeric,numeric)', '1.0.0'),
    ('aggregate renewal_agg(date,numeric,date,numeric,date)', '1.0.0'),
    ('aggregate renewal_agg(date,numeric,date,numeric,date,integer)', '1.0.0'),
    ('aggregate renewal_agg(timestamp with time zone,numeric,timestamp with time zone,numeric,timestamp with time zone)', '1.0.0'),
    ('aggregate renewal_agg(timestamp with time zone,numeric,timestamp with time zone,numeric,timestamp with time zone,integer)', '1.0.0'),
    ('aggregate renewal_agg(timestamp without time zone,numeric,timestamp without time zone,numeric,timestamp without time zone)', '1.0.0'),
    ('aggregate renewal_agg(timestamp without time zone,numeric,timestamp without time zone,numeric,timestamp without time zone,integer)', '1.0.0'),
    ('aggregate renewal_forecast_total(backtest_summary,numeric,numeric)', '1.0.0'),
    ('aggregate retention_agg(numeric,numeric)', '1.0.0'),
    ('aggregate retention_agg(numeric,numeric,boolean)', '1.0.0'),
    ('aggregate retention_agg(numeric,numeric,boolean,text)', '1.0.0'),
    ('aggregate retention_agg_by(anynonarray,numeric,numeric)', '1.0.0'),
    ('aggregate retention_agg_by(anynonarray,numeric,numeric,boolean)', '1.0.0'),
    ('aggregate retention_agg_by(anynonarray,numeric,numeric,boolean,text)', '1.0.0'),
    ('aggregate revenue_churn_rate(numeric,numeric)', '1.0.0'),
    ('aggregate rollup(activity)', '1.0.0'),
    ('aggregate rollup(backtest_summary)', '1.0.0'),
    ('aggregate rollup(cohort_matrix)', '1.0.0'),
    ('aggregate rollup(duration_summary)', '1.0.0'),
    ('aggregate rollup(health_summary)', '1.0.0'),
    ('aggregate rollup(mrr_history)', '1.0.0'),
    ('aggregate rollup(mrr_movements)', '1.0.0'),
    ('aggregate rollup(renewal_summary)', '1.0.0'),
    ('aggregate rollup(retention_summary)', '1.0.0'),
    ('aggregate rollup(survey_summary)', '1.0.0'),
    ('aggregate rollup(usage_summary)', '1.0.0'),
    ('aggregate sla_attainment(boolean)', '1.0.0'),
    ('aggregate stage_funnel(anynonarray,integer,date)', '1.0.0'),
    ('aggregate stage_funnel(anynonarray,integer,timestamp with time zone)', '1.0.0'),
    ('aggregate stage_funnel(anynonarray,integer,timestamp without time zone)', '1.0.0'),
    ('aggregate survey_agg(numeric,text)', '1.0.0'),
    ('aggregate usage_agg(date,numeric)', '1.0.0'),
    ('aggregate usage_agg(timestamp with time zone,numeric)', '1.0.0'),
    ('aggregate usage_agg(timestamp without time zone,numeric)', '1.0.0'),
    ('function active_periods(activity)', '1.0.0'),
    ('function arpa(retention_summary)', '1.0.0'),
    ('function arr(numeric)', '1.0.0'),
    ('function auc(backtest_summary)', '1.0.0'),
    ('function backtest_arr(backtest_summary)', '1.0.0'),
    ('function backtest_churned(backtest_summary)', '1.0.0'),
    ('function backtest_churned_arr(backtest_summary)', '1.0.0'),
    ('function backtest_customers(backtest_summary)', '1.0.0'),
    ('function brier(backtest_summary)', '1.0.0'),
    ('function cac_payback_months(numeric,numeric,numeric)', '1.0.0'),
    ('function calibration(backtest_summary,integer)', '1.0.0'),
    ('function capture(backtest_summary,numeric)', '1.0.0'),
    ('function censored_count(duration_summary)', '1.0.0'),
    ('function ces(survey_summary)', '1.0.0'),
    ('function ces_easy(survey_summary)', '1.0.0'),
    ('function churn_probability(health_fit,double precision[])', '1.0.0'),
    ('function churned_customers(retention_summary)', '1.0.0'),
    ('function churned_mrr(retention_summary)', '1.0.0'),
    ('function clamped_signals(health_summary)', '1.0.0'),
    ('function closing_customers(retention_summary)', '1.0.0'),
    ('function closing_mrr(retention_summary)', '1.0.0'),
    ('function cohort_table(cohort_matrix,text,date,date)', '1.0.0'),
    ('function confusion(backtest_summary,numeric)', '1.0.0'),
    ('function contraction_customers(retention_summary)', '1.0.0'),
    ('function contraction_mrr(retention_summary)', '1.0.0'),
    ('function convert_amount(numeric,numeric,text,date)', '1.0.0'),
    ('function close_period(regclass,date)', '1.0.0'),
    ('function erase_customer(regclass,text)', '1.0.0'),
    ('function explain_metric_view(regclass)', '1.0.0'),
    ('function publish_view(regclass,integer,date)', '1.0.0'),
    ('function renewal_forecast(backtest_summary,numeric,numeric)', '1.0.0'),
    ('function restatements(regclass,date)', '1.0.0'),
    ('function create_metric_view(text,text,regclass,name,name,name,name[],regclass,text,text,name,text,name,name,name,name,name,name,text,text,integer,text,boolean,name,interval,boolean,name)', '1.0.0'),
    ('function csat(survey_summary)', '1.0.0'),
    ('function csat(survey_summary,integer)', '1.0.0'),
    ('function describe(activity)', '1.0.0'),
    ('function describe(backtest_summary)', '1.0.0'),
    ('function describe(cohort_matrix)', '1.0.0'),
    ('function describe(duration_summary)', '1.0.0'),
    ('function describe(health_summary)', '1.0.0'),
    ('function describe(mrr_history)', '1.0.0'),
    ('function describe(mrr_movements)', '1.0.0'),
    ('function describe(renewal_summary)', '1.0.0'),
    ('function describe(retention_summary)', '1.0.0'),
    ('function describe(survey_summary)', '1.0.0'),
    ('function describe(usage_summary)', '1.0.0'),
    ('function detractors(survey_summary)', '1.0.0'),
    ('function drop_metric_view(regclass,boolean)', '1.0.0'),
    ('function due_arr(renewal_summary)', '1.0.0'),
    ('function due_count(renewal_summary)', '1.0.0'),
    ('function event_count(duration_summary)', '1.0.0'),
    ('function expansion_customers(retention_summary)', '1.0.0'),
    ('function expansion_mrr(retention_summary)', '1.0.0'),
    ('function first_day(usage_summary)', '1.0.0'),
    ('function explain_metric(text)', '1.0.0'),
    ('function explain_metric(text,retention_summary)', '1.0.0'),
    ('function first_period(activity)', '1.0.0'),
    ('function gross_margin(numeric,numeric)', '1.0.0'),
    ('function gross_renewal_rate(renewal_summary)', '1.0.0'),
    ('function grr(retention_summary)', '1.0.0'),
    ('function grr_ci(retention_summary,double precision)', '1.0.0'),
    ('function health_band(health_summary,numeric[],text[])', '1.0.0'),
    ('function health_band(numeric,numeric[],text[])', '1.0.0'),
    ('function health_coverage(health_summary)', '1.0.0'),
    ('function health_customers(health_summary)', '1.0.0'),
    ('function health_drivers(health_summary)', '1.0.0'),
    ('function health_score(health_summary,numeric)', '1.0.0'),
    ('function is_active(activity,date)', '1.0.0'),
    ('function km_curve(duration_summary)', '1.0.0'),
    ('function km_lifetime_value(duration_summary,numeric,numeric,integer)', '1.0.0'),
    ('function km_median(duration_summary)', '1.0.0'),
    ('function km_quantile(duration_summary,numeric)', '1.0.0'),
    ('function km_survival(duration_summary,integer)', '1.0.0'),
    ('function last_day(usage_summary)', '1.0.0'),
    ('function last_period(activity)', '1.0.0'),
    ('function late_arr(renewal_summary)', '1.0.0'),
    ('function late_count(renewal_summary)', '1.0.0'),
    ('function lift(backtest_summary,numeric)', '1.0.0'),
    ('function log_rank(duration_summary,duration_summary)', '1.0.0'),
    ('function logo_churn_rate(retention_summary)', '1.0.0'),
    ('function logo_renewal_rate(renewal_summary)', '1.0.0'),
    ('function logo_retention(retention_summary)', '1.0.0'),
    ('function logo_retention_ci(retention_summary,double precision)', '1.0.0'),
    ('function lost_arr(renewal_summary)', '1.0.0'),
    ('function lost_count(renewal_summary)', '1.0.0'),
    ('function ltv(numeric,numeric)', '1.0.0'),
    ('function ltv(numeric,numeric,numeric)', '1.0.0'),
    ('function metric_definitions()', '1.0.0'),
    ('function monthly_amount(numeric,text,integer)', '1.0.0'),
    ('function movements(mrr_movements,date,date)', '1.0.0'),
    ('function mrr_at(mrr_history,date)', '1.0.0'),
    ('function mrr_movement(numeric,numeric,boolean)', '1.0.0'),
    ('function negative_mrr(retention_summary)', '1.0.0'),
    ('function negative_rows(retention_summary)', '1.0.0'),
    ('function new_customers(retention_summary)', '1.0.0'),
    ('function new_mrr(retention_summary)', '1.0.0'),
    ('function nps(survey_summary)', '1.0.0'),
    ('function nps_ci(survey_summary,double precision)', '1.0.0'),
    ('function nrr(retention_summary)', '1.0.0'),
    ('function nrr(retention_summary,boolean)', '1.0.0'),
    ('function nrr_ci(retention_summary,double precision)', '1.0.0'),
    ('function on_time_arr(renewal_summary)', '1.0.0'),
    ('function on_time_count(renewal_summary)', '1.0.0'),
    ('function on_time_rate(renewal_summary)', '1.0.0'),
    ('function open_arr(renewal_summary)', '1.0.0'),
    ('function open_count(renewal_summary)', '1.0.0'),
    ('function opening_customers(retention_summary)', '1.0.0'),
    ('function opening_mrr(retention_summary)', '1.0.0'),
    ('function passives(survey_summary)', '1.0.0'),
    ('function period_end(date,text)', '1.0.0'),
    ('function period_start(date,text)', '1.0.0'),
    ('function promoters(survey_summary)', '1.0.0'),
    ('function quick_ratio(retention_summary)', '1.0.0'),
    ('function reactivation_customers(retention_summary)', '1.0.0'),
    ('function reactivation_mrr(retention_summary)', '1.0.0'),
    ('function reactivations(activity)', '1.0.0'),
    ('function recovered_arr(renewal_summary)', '1.0.0'),
    ('function recovered_count(renewal_summary)', '1.0.0'),
    ('function refresh(regclass,boolean,boolean)', '1.0.0'),
    ('function refreshed_at(regclass)', '1.0.0'),
    ('function renewal_rate(renewal_summary)', '1.0.0'),
    ('function renewed_arr(renewal_summary)', '1.0.0'),
    ('function renewed_count(renewal_summary)', '1.0.0'),
    ('function responses(survey_summary)', '1.0.0'),
    ('function restricted_mean(duration_summary,integer)', '1.0.0'),
    ('function retained_customers(retention_summary)', '1.0.0'),
    ('function retained_mrr(retention_summary)', '1.0.0'),
    ('function retention_curve(cohort_matrix,date,date)', '1.0.0'),
    ('function retention_summaries(mrr_movements,date,date)', '1.0.0'),
    ('function revenue_churn_rate(retention_summary)', '1.0.0'),
    ('function scale_linear(numeric,numeric,numeric)', '1.0.0'),
    ('function scale_logistic(numeric,numeric,numeric)', '1.0.0'),
    ('function scale_steps(numeric,numeric[],numeric[])', '1.0.0'),
    ('function signed_arr(renewal_summary)', '1.0.0'),
    ('function signed_count(renewal_summary)', '1.0.0'),
    ('function skipped_rows(activity)', '1.0.0'),
    ('function skipped_rows(backtest_summary)', '1.0.0'),
    ('function skipped_rows(cohort_matrix)', '1.0.0'),
    ('function skipped_rows(duration_summary)', '1.0.0'),
    ('function skipped_rows(health_summary)', '1.0.0'),
    ('function skipped_rows(mrr_history)', '1.0.0'),
    ('function skipped_rows(mrr_movements)', '1.0.0'),
    ('function skipped_rows(renewal_summary)', '1.0.0'),
    ('function skipped_rows(retention_summary)', '1.0.0'),
    ('function skipped_rows(survey_summary)', '1.0.0'),
    ('function skipped_rows(usage_summary)', '1.0.0'),
    ('function staleness(regclass)', '1.0.0'),
    ('function unchanged_customers(retention_summary)', '1.0.0'),
    ('function usage_by_day(usage_summary)', '1.0.0'),
    ('function usage_by_week(usage_summary,date)', '1.0.0'),
    ('function usage_changepoint(usage_summary,date)', '1.0.0'),
    ('function usage_days(usage_summary)', '1.0.0'),
    ('function usage_drop(usage_summary,integer,integer,date)', '1.0.0'),
    ('function usage_level(usage_summary,integer,date)', '1.0.0'),
    ('function usage_recency(usage_summary,date)', '1.0.0'),
    ('function usage_slope(usage_summary,integer,date)', '1.0.0'),
    ('function usage_total(usage_summary)', '1.0.0'),
    ('function verify(regclass)', '1.0.0'),
    ('procedure refresh_all(boolean)', '1.0.0'),
    ('type activity', '1.0.0'),
    ('type backtest_summary', '1.0.0'),
    ('type cohort_matrix', '1.0.0'),
    ('type driver', '1.0.0'),
    ('type driver_input', '1.0.0'),
    ('type duration_summary', '1.0.0'),
    ('type funnel_stage', '1.0.0'),
    ('type health_fit', '1.0.0'),
    ('type health_summary', '1.0.0'),
    ('type metric_view_definition', '1.0.0'),
    ('type mrr_history', '1.0.0'),
    ('type mrr_movements', '1.0.0'),
    ('type portfolio_forecast', '1.0.0'),
    ('type reconciliation', '1.0.0'),
    ('type renewal_summary', '1.0.0'),
    ('type retention_summary', '1.0.0'),
    ('type segment_movements', '1.0.0'),
    ('type survey_summary', '1.0.0'),
    ('type usage_summary', '1.0.0'),
    ('view metric_views', '1.0.0');

CREATE TEMP TABLE excepted (rule text, object text, reason text NOT NULL, PRIMARY KEY (rule, object));
INSERT INTO excepted VALUES
    ('combine', 'renewal_forecast_total(backtest_summary,numeric,numeric)', 'the back-test is an argument of every row, which costs more to send than its sum to make'),
    ('combine', 'compound(numeric)', 'one unknown rate makes the product unknown, which a skipped partial state would hide'),
    ('float', 'nps_ci(survey_summary,double precision)', 'a confidence level, as in every interval');
INSERT INTO excepted
SELECT rule, 'fit_health_weights' || args, reason
FROM unnest('{"(boolean,double precision[])","(boolean,double precision[],double precision)"}'::text[]) AS args,
     (VALUES ('combine', 'a fit needs all rows several times, in one order'), ('readonly', 'a sort takes no rows after it has been read; not for windows'),
             ('float', 'signals are measures, not money, and the coefficients are found in floats')) AS v (rule, reason);
INSERT INTO excepted
SELECT rule, object, 'always an error, which says what to write instead'
FROM unnest('{combine,space}'::text[]) AS rule, unnest(ARRAY[
    'cohort_retention(anynonarray,date,text,text)',
    'cohort_retention(anynonarray,timestamp with time zone)',
    'cohort_retention(anynonarray,timestamp with time zone,text)',
    'cohort_retention(anynonarray,timestamp without time zone,text,text)',
    'mrr_movements_agg(anynonarray,timestamp with time zone,numeric)',
    'mrr_movements_agg(anynonarray,timestamp with time zone,numeric,text)',
    'mrr_movements_agg(anynonarray,timestamp with time zone,numeric,text,text)',
    'mrr_movements_by(anynonarray,timestamp with time zone,numeric,text)',
    'mrr_movements_by(anynonarray,timestamp with time zone,numeric,text,text)',
    'mrr_movements_by(anynonarray,timestamp with time zone,numeric,text,text,text)',
    'stage_funnel(anynonarray,integer,timestamp with time zone)']) AS object;

-- -- what there is --------------------------------------------------------------

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid
FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'ccx';

CREATE TEMP VIEW func AS
SELECT p.*, p.oid::regprocedure::text AS object
FROM member AS m JOIN pg_proc AS p ON p.oid = m.objid WHERE m.classid = 'pg_proc'::regclass;

CREATE TEMP VIEW agg AS
SELECT f.object, f.oid, a.* FROM func AS f JOIN pg_aggregate AS a ON a.aggfnoid = f.oid;

CREATE TEMP VIEW typ AS         -- base and composite types, not their arrays
SELECT t.*, t.oid::regtype::text AS object
FROM pg_type AS t
WHERE t.typnamespace = 'ccx'::regnamespace AND t.typcategory <> 'A'
  AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind <> 'c');

-- Functions that SQL calls by itself: input and output, operators, index support,
-- aggregate transitions.
CREATE TEMP VIEW support AS
SELECT DISTINCT f.oid, f.object
FROM func AS f
WHERE f.oid IN (SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze]::oid[]) FROM pg_type)
   OR f.oid IN (SELECT unnest(ARRAY[oprcode, oprrest, oprjoin]::oid[]) FROM pg_operator)
   OR f.oid IN (SELECT amproc FROM pg_amproc)
   OR f.oid IN (SELECT unnest(ARRAY[aggtransfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn]::oid[])
                FROM pg_aggregate)
   OR f.proname LIKE '%\_final' AND f.oid IN (SELECT unnest(ARRAY[aggfinalfn, aggmfinalfn]::oid[]) FROM pg_aggregate);

CREATE TEMP VIEW public_object AS
SELECT CASE f.prokind WHEN 'a' THEN 'aggregate ' WHEN 'p' THEN 'procedure ' ELSE 'function ' END || f.object AS object
FROM func AS f WHERE f.oid NOT IN (SELECT oid FROM support) AND f.proname NOT LIKE 'metric\_view\_%'    -- the inside of metric views
UNION ALL SELECT 'type ' || object FROM typ
UNION ALL SELECT CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || c.oid::regclass
FROM member AS m JOIN pg_class AS c ON c.oid = m.objid
WHERE m.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
UNION ALL SELECT 'operator ' || o.oid::regoperator
FROM member AS m JOIN pg_operator AS o ON o.oid = m.objid WHERE m.classid = 'pg_operator'::regclass
  AND o.oprname NOT IN ('<', '<=', '=', '<>', '>=', '>')    -- every type has these; a test of its own
UNION ALL SELECT 'cast ' || pg_describe_object(m.classid, m.objid, 0)
FROM member AS m WHERE m.classid = 'pg_cast'::regclass;

-- metric views: what makes, fills and reads tables
INSERT INTO excepted
SELECT rule, object, 'works on tables, which it reads or writes in the snapshot of its statement'
FROM unnest('{parallel,volatile}'::text[]) AS rule, func
WHERE proname LIKE 'metric\_view\_%' OR proname IN ('create_metric_view', 'drop_metric_view', 'refresh', 'refresh_all', 'verify', 'refreshed_at', 'staleness',
    'close_period', 'restatements', 'erase_customer', 'publish_view', 'explain_metric_view');
INSERT INTO excepted VALUES ('path', 'refresh_all(boolean)', 'commits after each metric view, which a SET clause would forbid; all its names are qualified');

-- everything of kind that breaks rule and is not excepted
CREATE FUNCTION pg_temp.nobody(rule_name text, breakers text, description text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN is_empty(format('SELECT object FROM (%s) AS b WHERE object NOT IN (SELECT object FROM excepted WHERE rule = %L)',
                           breakers, rule_name), description);
END $$;

-- -- ledger ---------------------------------------------------------------------

SELECT is_empty('SELECT object FROM public_object EXCEPT SELECT object FROM ledger ORDER BY object', 'every public object is in the ledger');
SELECT is_empty('SELECT object FROM ledger EXCEPT SELECT object FROM public_object ORDER BY object', 'everything in the ledger is there');
SELECT is_empty($$SELECT * FROM ledger WHERE since !~ '^\d+\.\d+\.\d+$'$$, 'the ledger names versions');
SELECT is_empty($$SELECT rule, object FROM excepted
                  WHERE object NOT IN (SELECT object FROM func UNION ALL SELECT object FROM typ)$$,
                'every exception is of something that is there');

-- -- everything -----------------------------------------------------------------

SELECT pg_temp.nobody('comment', $$
    SELECT pg_describe_object(classid, objid, 0) AS object FROM member
    WHERE classid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_cast'::regclass)
      AND obj_description(objid, classid::regclass::name) IS NULL
    UNION ALL SELECT object FROM typ WHERE obj_description(oid, 'pg_type') IS NULL
    UNION ALL SELECT c.oid::regclass::text FROM member AS m JOIN pg_class AS c ON c.oid = m.objid
    WHERE m.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'v', 'm') AND obj_description(c.oid, 'pg_class') IS NULL$$,
    'everything has a COMMENT');
SELECT isnt(obj_description(oid, 'pg_extension'), NULL, 'the extension too') FROM pg_extension WHERE extname = 'ccx';
SELECT is_empty($$SELECT pg_describe_object(classid, objid, 0) FROM member
                  WHERE (pg_identify_object(classid, objid, 0)).schema <> 'ccx'
                    AND classid NOT IN ('pg_amop'::regclass, 'pg_amproc'::regclass)$$, 'everything is in schema ccx');

-- -- functions ------------------------------------------------------------------

SELECT pg_temp.nobody('parallel', $$SELECT object FROM func WHERE proparallel <> 's'$$, 'every function is PARALLEL SAFE');
SELECT pg_temp.nobody('volatile', $$SELECT object FROM func WHERE provolatile = 'v'$$, 'no function is VOLATILE');
SELECT pg_temp.nobody('definer', $$SELECT object FROM func WHERE prosecdef$$, 'no function is SECURITY DEFINER');
SELECT pg_temp.nobody('path', $$
    SELECT f.object FROM func AS f JOIN pg_language AS l ON l.oid = f.prolang
    WHERE l.lanname NOT IN ('c', 'internal') AND f.prokind <> 'a' AND f.prosqlbody IS NULL
      AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (f.proconfig), false)$$,
    'every function that is not C fixes its search_path');
SELECT pg_temp.nobody('acl', $$SELECT object FROM func WHERE NOT has_function_privilege('pg_monitor', oid, 'EXECUTE')$$,
    'everybody may call every function');
-- With a float overload beside numeric, plain int columns would go there, and amounts would be rounded.
SELECT pg_temp.nobody('float', $$
    SELECT f.object FROM func AS f WHERE f.prokind = 'a'
      AND (f.proargtypes::oid[] && '{float4,float8,float4[],float8[]}'::regtype[]::oid[])$$,
    'no aggregate takes floats');
SELECT pg_temp.nobody('named', $$
    SELECT f.object FROM func AS f WHERE f.oid NOT IN (SELECT oid FROM support) AND f.prokind <> 'p'
      AND f.pronargs > 1 AND coalesce(array_position(f.proargnames, ''), cardinality(f.proargnames) + 1, 1) <= f.pronargs$$,
    'public functions of two and more arguments name them');
SELECT pg_temp.nobody('pseudo', $$
    SELECT f.object FROM func AS f WHERE 'internal'::regtype = ANY (f.proargtypes::oid[])
      AND f.oid NOT IN (SELECT oid FROM support)$$, 'internal arguments only where SQL cannot call');

-- -- aggregates -----------------------------------------------------------------

SELECT pg_temp.nobody('combine', $$SELECT object FROM agg WHERE aggcombinefn = 0$$, 'every aggregate has a combine function');
SELECT pg_temp.nobody('state', $$
    SELECT a.object FROM agg AS a JOIN func AS f USING (oid)
    WHERE aggcombinefn <> 0 AND (SELECT typtype FROM pg_type WHERE oid = aggtranstype) = 'p'
      AND 'anynonarray'::regtype <> ALL (f.proargtypes::oid[])$$,
    'states are of real types, so that they can be distributed; but for aggregates that take a customer');
SELECT pg_temp.nobody('serial', $$
    SELECT object FROM agg WHERE aggtranstype = 'internal'::regtype AND aggcombinefn <> 0
      AND (aggserialfn = 0 OR aggdeserialfn = 0)$$, 'internal states can be sent to other processes');
SELECT pg_temp.nobody('readonly', $$
    SELECT object FROM agg WHERE aggfinalfn <> 0 AND aggfinalmodify <> 'r' OR aggmfinalfn <> 0 AND aggmfinalmodify <> 'r'$$,
    'final functions leave the state alone');
SELECT pg_temp.nobody('plain', $$SELECT object FROM agg WHERE aggkind <> 'n'$$, 'no ordered-set aggregates');
SELECT pg_temp.nobody('space', $$SELECT object FROM agg WHERE aggtransspace = 0
      AND aggtranstype IN (SELECT 'internal'::regtype UNION SELECT oid FROM typ)$$, 'the planner knows the size of every state');
SELECT is_empty($$
    SELECT a.object FROM agg AS a JOIN agg AS nrr ON nrr.object = 'nrr(numeric,numeric)'
    WHERE split_part(a.object, '(', 1) IN ('grr', 'logo_retention', 'revenue_churn_rate', 'logo_churn_rate', 'quick_ratio')
      AND (a.aggtransfn, a.aggtranstype, a.agginitval, a.aggcombinefn)
          IS DISTINCT FROM (nrr.aggtransfn, nrr.aggtranstype, nrr.agginitval, nrr.aggcombinefn)$$,
    'the six metrics of two columns share one state');

-- -- types ----------------------------------------------------------------------

SELECT pg_temp.nobody('binary', $$SELECT object FROM typ WHERE typtype = 'b' AND (typsend = 0 OR typreceive = 0)$$,
    'every type has binary input and output');
SELECT pg_temp.nobody('toast', $$SELECT object FROM typ WHERE typtype = 'b' AND (typlen <> -1 OR typstorage = 'p')$$,
    'every type can be stored out of line');
SELECT pg_temp.nobody('io', $$
    SELECT t.object FROM typ AS t WHERE typtype = 'b'
      AND (typinput::text, typoutput::text, typreceive::text, typsend::text) <>
          (object || '_in', object || '_out', object || '_recv', object || '_send')$$,
    'input and output functions are named after their type');
SELECT pg_temp.nobody('equal', $$
    SELECT t.object FROM typ AS t WHERE typtype = 'b' AND NOT EXISTS (
        SELECT FROM pg_operator AS o WHERE o.oprname = '=' AND o.oprleft = t.oid AND o.oprright = t.oid
          AND o.oprcanmerge AND o.oprcanhash AND o.oprcom = o.oid AND o.oprnegate <> 0)$$,
    'every type has =, which merges and hashes');
SELECT pg_temp.nobody(am.amname, format($$
    SELECT t.object FROM typ AS t WHERE typtype = 'b' AND NOT EXISTS (
        SELECT FROM pg_opclass AS c JOIN pg_am AS a ON a.oid = c.opcmethod
        WHERE c.opcintype = t.oid AND c.opcdefault AND a.amname = %L)$$, am.amname),
    format('every type has a default %s operator class', am.amname))
FROM pg_am AS am WHERE am.amname IN ('btree', 'hash');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_opclass AS c JOIN typ AS t ON t.oid = c.opcintype WHERE NOT amvalidate(c.oid)$$,
    'operator classes are complete and consistent');
SELECT pg_temp.nobody('orders', $$
    SELECT t.object FROM typ AS t WHERE typtype = 'b' AND
        (SELECT count(*) FROM pg_operator AS o WHERE o.oprleft = t.oid AND o.oprright = t.oid
           AND o.oprname IN ('<', '<=', '=', '<>', '>=', '>')
           AND o.oprcom <> 0 AND o.oprnegate <> 0 AND o.oprrest <> 0 AND o.oprjoin <> 0) <> 6$$,
    'every type has six comparisons with commutator, negator and estimators');
SELECT pg_temp.nobody('rollup', $$
    SELECT t.object FROM typ AS t WHERE typtype = 'b' AND NOT EXISTS (
        SELECT FROM func AS f WHERE f.proname = 'rollup' AND f.prokind = 'a' AND f.proargtypes[0] = t.oid)$$,
    'every type has rollup()');
SELECT pg_temp.nobody('describe', $$
    SELECT t.object FROM typ AS t WHERE typtype = 'b' AND NOT EXISTS (
        SELECT FROM func AS f WHERE f.proname = 'describe' AND f.proargtypes[0] = t.oid AND f.prorettype = 'jsonb'::regtype)$$,
    'every type has describe()');
SELECT is_empty($$SELECT c.castsource::regtype, c.casttarget::regtype FROM pg_cast AS c JOIN typ AS t ON t.oid IN (c.castsource, c.casttarget)
                  WHERE c.castmethod <> 'f'$$, 'no cast goes round the validation');

SELECT * FROM finish();
ROLLBACK;

-- Every summary of a table "raw", by customer and by segment.
CREATE SCHEMA summaries;

CREATE VIEW summaries.by_customer AS
SELECT customer, segment, ccx.mrr_history(month, mrr) AS history,
       ccx.activity_agg(at, 'month', 'UTC') AS months, ccx.activity_agg(at, 'day', 'Europe/Berlin') AS days,
       ccx.usage_agg((at AT TIME ZONE 'UTC')::date, abs(mrr)) AS used,
       ccx.health_agg(signal, score * 10, weight) FILTER (WHERE signal IS NOT NULL) AS health
FROM raw GROUP BY customer, segment;

CREATE VIEW summaries.of_rows AS
SELECT segment,
       ccx.retention_agg(opening, mrr, seen, 'EUR') FILTER (WHERE month = '2023-06-01') AS retention,
       ccx.survey_agg(score, 'nps') AS survey,
       ccx.duration_agg(at AT TIME ZONE 'UTC', CASE WHEN score > 3 THEN done AT TIME ZONE 'UTC' END, timestamp '2024-06-30', 'hour') AS duration,
       ccx.renewal_agg(month, abs(opening), (done AT TIME ZONE 'UTC')::date, abs(mrr), date '2024-03-31', 30)
           FILTER (WHERE opening IS NOT NULL AND mrr IS NOT NULL) AS renewal,
       ccx.backtest_agg(score * 10, churned, abs(opening)) AS backtest,
       ccx.backtest_probability_agg(score / 100.0, churned) AS forecast
FROM raw GROUP BY segment;

CREATE VIEW summaries.of_customers AS
SELECT segment,
       ccx.mrr_movements_agg(history) AS movements, ccx.mrr_movements_agg(history, 'month', 'year') AS twelve_months,
       ccx.cohort_agg(months) AS cohorts, ccx.cohort_agg_by_age(days, 30) AS ages,
       ccx.cohort_bracket_agg(months, '{0,1,4,12}', '2024-04-30') AS brackets,
       ccx.cohort_revenue_agg(history) AS revenue, ccx.rollup(health) AS health
FROM summaries.by_customer GROUP BY segment;

-- in one pass over raw rows
CREATE VIEW summaries.by_key AS
SELECT segment, ccx.retention_agg_by(customer, opening, mrr) AS retention,
       ccx.mrr_movements_agg(customer, month, mrr) AS movements, ccx.cohort_retention(customer, at, 'week', 'UTC') AS cohorts
FROM raw GROUP BY segment;

CREATE VIEW summaries.by_plan AS
SELECT segment, movements FROM (SELECT ccx.mrr_movements_by(customer, month, mrr, plan) AS moved FROM raw) AS m, unnest(moved);

import {send} from "./db.js";

// When customers were won: since the data begin, in one of the years, or before (of whom only those still there in the
// first month are known).
const rolled = (view) => `
  SELECT coalesce(segment, 'All') AS segment, w.won, rollup(summary) AS m
  FROM ${view}_summaries AS s,
       LATERAL (VALUES (won), (CASE WHEN won <> 'before' THEN 'since' END)) AS w (won)
  WHERE w.won IS NOT NULL
  GROUP BY GROUPING SETS ((w.won), (w.won, segment))`;

const triangle = (view, columns) => `
  SELECT segment, won, cohort, period_name(cohort, 'quarter') AS name, period, cohort_size, eligible, is_complete, ${columns}
  FROM (${rolled(view)}) AS r, books, LATERAL cohort_table(m, 'on', closed) AS t
  ORDER BY segment, won, cohort, period`;

await send("cohorts", {
  customers: triangle("cohort_customers", "active, retention"),
  revenue: triangle("cohort_revenue", "mrr, net_retention, gross_retention"),
  curve: `
    SELECT segment, won, period, cohorts, eligible, active, retention, low, high
    FROM (${rolled("cohort_customers")}) AS r, books, LATERAL retention_curve(m, closed)
    ORDER BY segment, won, period`,
  revenue_curve: `
    SELECT segment, won, period, eligible, net_retention, gross_retention
    FROM (${rolled("cohort_revenue")}) AS r, books, LATERAL retention_curve(m, closed)
    ORDER BY segment, won, period`
});

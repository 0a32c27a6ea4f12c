import {send} from "./db.js";

await send("health", {
  days: `SELECT ends AS day, to_char(ends, 'FMDD Mon YYYY') AS name FROM score_day ORDER BY ends DESC`,

  // today's score from the metric view, and what takes the points off
  score: `
    SELECT coalesce(segment, 'All') AS segment, health_score(rollup(summary)) AS score,
           health_coverage(rollup(summary)) AS coverage, health_customers(rollup(summary)) AS customers
    FROM health_data GROUP BY GROUPING SETS ((), (segment))`,
  drivers: `
    SELECT segment, d.* FROM (SELECT coalesce(segment, 'All') AS segment, rollup(summary) AS h
                              FROM health_data GROUP BY GROUPING SETS ((), (segment))) AS s, LATERAL health_drivers(h) AS d
    ORDER BY segment, points_lost DESC, signal`,

  bands: `
    SELECT ends AS day, coalesce(segment, 'All') AS segment, band, sum(customers) AS customers, sum(arr) AS arr,
           sum(arr) / sum(sum(arr)) OVER (PARTITION BY ends, GROUPING(segment), segment) AS share
    FROM health_distribution GROUP BY GROUPING SETS ((ends, band), (ends, band, segment))
    ORDER BY ends, segment, band`,
  bins: `
    SELECT ends AS day, coalesce(segment, 'All') AS segment, 5 * bin AS low, 5 * bin + 5 AS high, band,
           sum(customers) AS customers, sum(arr) AS arr
    FROM health_distribution WHERE bin IS NOT NULL
    GROUP BY GROUPING SETS ((ends, bin, band), (ends, bin, band, segment)) ORDER BY ends, segment, bin`,

  // the accounts at risk, those with most ARR first
  at_risk: `
    SELECT ends AS day, segment, name, arr, score, worst_signal, points_lost, rank, accounts
    FROM health_watch ORDER BY day, segment, rank`,

  backtest: `SELECT segment, auc, scores, churned, churned_arr FROM backtest_total ORDER BY segment`,
  lift: `SELECT segment, q, lift, capture FROM backtest_lift ORDER BY segment, q`,
  calibration: `SELECT * FROM backtest_calibration ORDER BY segment, bin`
});

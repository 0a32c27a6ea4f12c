import {send} from "./db.js";

const backtests = `
  SELECT coalesce(segment, 'All') AS segment, rollup(summary) AS b FROM backtest GROUP BY GROUPING SETS ((), (segment))`;

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

  backtest: `
    SELECT segment, auc(b) AS auc, backtest_customers(b) AS scores, backtest_churned(b) AS churned,
           backtest_churned_arr(b) AS churned_arr FROM (${backtests}) AS s ORDER BY segment`,
  lift: `
    SELECT segment, q, lift(b, q) AS lift, capture(b, q) AS capture
    FROM (${backtests}) AS s, unnest('{0.05,0.1,0.2,0.3,0.5}'::numeric[]) AS q ORDER BY segment, q`,
  calibration: `
    SELECT segment, c.* FROM (${backtests}) AS s, LATERAL calibration(b, 10) AS c ORDER BY segment, bin`
});

import {send} from "./db.js";

const survey = (view, columns) => `
  SELECT period, name, segment, responses(s) AS responses, ${columns}
  FROM (SELECT period, period_name(period, 'quarter') AS name, coalesce(segment, 'All') AS segment, rollup(summary) AS s
        FROM ${view}_data WHERE is_complete GROUP BY GROUPING SETS ((period), (period, segment))) AS r`;

await send("voice", {
  nps: `${survey("nps", "promoters(s) AS promoters, passives(s) AS passives, detractors(s) AS detractors, " +
    "nps(s) AS nps, c.low AS nps_low, c.high AS nps_high")}, LATERAL nps_ci(s) AS c ORDER BY segment, period`,
  csat: `${survey("csat", "csat(s) AS csat")} ORDER BY segment, period`,
  ces: `${survey("ces", "ces(s) AS ces")} ORDER BY segment, period`,

  time_to_value: `
    SELECT segment, year, km_median(summary) AS median, km_quantile(summary, 0.9) AS p90,
           1 - km_survival(summary, 30) AS within_30, event_count(summary) + censored_count(summary) AS starts,
           event_count(summary) AS arrived, censored_count(summary) AS waiting
    FROM time_to_value_total ORDER BY segment, year`,
  curve: `SELECT segment, year, t, arrived, low, high, at_risk FROM time_to_value_curve ORDER BY segment, year, t`
});

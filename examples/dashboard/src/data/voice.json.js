import {send} from "./db.js";

const survey = (view, columns) => `
  SELECT period, name, segment, responses(s) AS responses, ${columns}
  FROM (SELECT period, period_name(period, 'quarter') AS name, coalesce(segment, 'All') AS segment, rollup(summary) AS s
        FROM ${view}_data WHERE is_complete GROUP BY GROUPING SETS ((period), (period, segment))) AS r`;

const durations = `
  SELECT coalesce(segment, 'All') AS segment, coalesce(year::text, 'All') AS year, rollup(summary) AS d
  FROM time_to_value GROUP BY GROUPING SETS ((), (segment), (year), (segment, year))`;

await send("voice", {
  nps: `${survey("nps", "promoters(s) AS promoters, passives(s) AS passives, detractors(s) AS detractors, " +
    "nps(s) AS nps, c.low AS nps_low, c.high AS nps_high")}, LATERAL nps_ci(s) AS c ORDER BY segment, period`,
  csat: `${survey("csat", "csat(s) AS csat")} ORDER BY segment, period`,
  ces: `${survey("ces", "ces(s) AS ces")} ORDER BY segment, period`,

  time_to_value: `
    SELECT segment, year, km_median(d) AS median, km_quantile(d, 0.9) AS p90, 1 - km_survival(d, 30) AS within_30,
           event_count(d) + censored_count(d) AS starts, event_count(d) AS arrived, censored_count(d) AS waiting
    FROM (${durations}) AS s ORDER BY segment, year`,
  curve: `
    SELECT segment, year, t, 1 - survival AS arrived, 1 - high AS low, 1 - low AS high, at_risk
    FROM (${durations}) AS s, LATERAL km_curve(d) AS k WHERE t <= 180 ORDER BY segment, year, t`
});

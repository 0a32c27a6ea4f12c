import {send} from "./db.js";

await send("renewals", {
  quarters: `
    SELECT period, name, segment, period_end(period, quarter) <= closed AS is_over,
           due_count(s) AS decided, renewed_count(s) AS renewed, lost_count(s) AS lost, open_count(s) AS open,
           recovered_count(s) AS recovered, due_arr(s) AS due_arr, renewed_arr(s) AS renewed_arr, lost_arr(s) AS lost_arr,
           open_arr(s) AS open_arr, signed_count(s) AS signed, signed_arr(s) AS signed_arr, renewal_rate(s) AS rate, gross_renewal_rate(s) AS gross_rate,
           logo_renewal_rate(s) AS logo_rate, on_time_rate(s) AS on_time
    FROM (SELECT period, period_name(period, 'quarter') AS name, coalesce(segment, 'All') AS segment, rollup(summary) AS s
          FROM renewal GROUP BY GROUPING SETS ((period), (period, segment))) AS r, books
    ORDER BY segment, period`,
  forecast: `
    SELECT period, CASE WHEN ends >= period THEN 'rest of ' ELSE '' END || period_name(period, 'quarter') AS name,
           coalesce(segment, 'All') AS segment, (forecast).arr_due, (forecast).low, (forecast).expected, (forecast).high, (forecast).skipped_rows AS without_score,
           (forecast).expected / nullif((forecast).arr_due, 0) AS expected_share,
           kept_arr, contracts, open, past, ends = closed AS is_ahead
    FROM forecast, books ORDER BY segment, ends`,
  // open contracts of the quarter ahead: the lowest scores first
  watch: `
    SELECT segment, name, to_char(due, 'FMDD Mon YYYY') AS due_name, arr_due, score, rank, contracts, arr
    FROM renewal_watch ORDER BY segment, rank`
});

import {send} from "./db.js";

await send("about", {
  // what the figures are as of
  books: `
    SELECT closed, to_char(closed, 'FMDD FMMonth YYYY') AS closed_name, currency, quarter <> 'quarter:jan' AS fiscal,
           to_char(period_start(closed, replace(quarter, 'quarter', 'year')), 'FMMonth') AS year_starts
    FROM books`,
  segments: `SELECT DISTINCT segment, min(ordinal) OVER (PARTITION BY segment) AS ordinal
    FROM (SELECT segment, row_number() OVER (ORDER BY closing_mrr DESC) AS ordinal
          FROM retention_month WHERE period = (SELECT max(period) FROM retention_month)
          UNION ALL SELECT segment, 1000 FROM retention_month) AS s ORDER BY ordinal`,
  // where they come from, and what was left out on the way
  sources: `
    SELECT split_part(view, '.', 2) AS view, kind, mode, status, to_char(refreshed_at, 'FMDD Mon YYYY HH24:MI') AS refreshed,
           row_count, skipped_rows, pending_changes
    FROM metric_views WHERE view LIKE 'dashboard.%' ORDER BY view`,
  // what they mean, in the words of the extension
  definitions: `SELECT metric, unit, formula, undefined_when FROM metric_definitions()`
});

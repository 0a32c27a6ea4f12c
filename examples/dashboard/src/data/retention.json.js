import {send} from "./db.js";

// Each period of each span, for all and by segment: rolled up from summaries, never from ratios. Intervals of NRR and GRR
// are read from summaries of the same customers that hold second moments as well.
const rolled = `
  rolled AS (
    SELECT span, period, coalesce(segment, 'All') AS segment, rollup(summary) AS s
    FROM retention GROUP BY GROUPING SETS ((span, period), (span, period, segment))
  )`;

await send("retention", {
  periods: `
    WITH ${rolled}, spread AS (
      SELECT span, period, coalesce(segment, 'All') AS segment, rollup(summary) AS i
      FROM retention_interval GROUP BY GROUPING SETS ((span, period), (span, period, segment))
    )
    SELECT span, period, segment, period_name(period, span) AS name,
           nrr(s) AS nrr, n.low AS nrr_low, n.high AS nrr_high, grr(s) AS grr, g.low AS grr_low, g.high AS grr_high,
           logo_retention(s) AS logo, l.low AS logo_low, l.high AS logo_high, round(n.n_eff::numeric) AS n_eff,
           opening_mrr(s) AS opening_mrr, closing_mrr(s) AS closing_mrr, arr(closing_mrr(s)) AS closing_arr,
           opening_customers(s) AS opening_customers, closing_customers(s) AS closing_customers,
           churned_customers(s) AS churned_customers
    FROM rolled LEFT JOIN spread USING (span, period, segment),
         LATERAL nrr_ci(i) AS n, LATERAL grr_ci(i) AS g, LATERAL logo_retention_ci(s) AS l
    ORDER BY span, period, segment`,

  // The bridge: each movement, and from where to where it leads.
  bridge: `
    WITH ${rolled}, step AS (
      SELECT span, period, segment, m.*
      FROM rolled, LATERAL (VALUES
        (1, 'Opening', opening_mrr(s), opening_customers(s)), (2, 'New', new_mrr(s), new_customers(s)),
        (3, 'Won back', reactivation_mrr(s), reactivation_customers(s)),
        (4, 'Expansion', expansion_mrr(s), expansion_customers(s)),
        (5, 'Contraction', -contraction_mrr(s), contraction_customers(s)),
        (6, 'Churn', -churned_mrr(s), churned_customers(s))) AS m (ordinal, movement, mrr, customers)
      UNION ALL
      SELECT span, period, segment, 7, 'Closing', closing_mrr(s), closing_customers(s) FROM rolled
    )
    SELECT *, CASE WHEN ordinal IN (1, 7) THEN 0 ELSE level - mrr END AS low, CASE ordinal WHEN 7 THEN mrr ELSE level END AS high
    FROM (SELECT *, sum(mrr) OVER (PARTITION BY span, period, segment ORDER BY ordinal) AS level FROM step) AS s
    ORDER BY span, period, segment, ordinal`
});

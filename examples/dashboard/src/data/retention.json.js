import {send} from "./db.js";

// Each period of each span, for all and by segment.
await send("retention", {
  periods: `
    SELECT span, period, segment, period_name(period, span) AS name, nrr, nrr_low, nrr_high, grr, grr_low, grr_high,
           logo, logo_low, logo_high, n_eff, opening_mrr, closing_mrr, closing_arr, opening_customers, closing_customers,
           churned_customers
    FROM retention_total ORDER BY span, period, segment`,
  bridge: `
    SELECT span, period, segment, ordinal, movement, mrr, customers, level, low, high
    FROM retention_bridge ORDER BY span, period, segment, ordinal`
});

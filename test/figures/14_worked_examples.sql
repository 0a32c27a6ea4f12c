-- Examples printed on the web, most as totals of a period: customers are built that have these movements, and ccx is
-- asked about them.
--   psql -X -v figures=../shared/data/figures -f test/figures/14_worked_examples.sql
\set case 14_worked_examples
\set ON_ERROR_STOP on
\ir setup.sql
\if :absent
\quit
\endif
\set folder :figures /14_worked_examples
\cd :folder
\i load.sql

INSERT INTO left_out VALUES
    ('cac', 'not a metric of ccx: spend by new customers');

CREATE TEMP VIEW input AS
SELECT example,
       max(value) FILTER (WHERE name = 'opening_mrr') AS opening,
       max(value) FILTER (WHERE name = 'new_mrr') AS new,
       max(value) FILTER (WHERE name = 'reactivation_mrr') AS reactivation,
       max(value) FILTER (WHERE name = 'expansion_mrr') AS expansion,
       max(value) FILTER (WHERE name = 'contraction_mrr') AS contraction,
       max(value) FILTER (WHERE name = 'churned_mrr') AS churned,
       max(value) FILTER (WHERE name = 'start_mrr') AS start_mrr,
       max(value) FILTER (WHERE name = 'end_mrr') AS end_mrr,
       max(value) FILTER (WHERE name = 'price_month') AS price_month,
       max(value) FILTER (WHERE name = 'n_monthly') AS n_monthly,
       max(value) FILTER (WHERE name = 'price_year') AS price_year,
       max(value) FILTER (WHERE name = 'n_yearly') AS n_yearly,
       max(value) FILTER (WHERE name = 'customers_opening') AS customers,
       max(value) FILTER (WHERE name = 'customers_lost') AS lost,
       max(value) FILTER (WHERE name = 'due_count') AS due,
       max(value) FILTER (WHERE name = 'renewed_count') AS renewed,
       max(value) FILTER (WHERE name = 'due_mrr') AS due_mrr,
       max(value) FILTER (WHERE name = 'renewed_mrr') AS renewed_mrr,
       max(value) FILTER (WHERE name = 'sm_spend') AS spend,
       max(value) FILTER (WHERE name = 'new_customers') AS new_customers,
       max(value) FILTER (WHERE name = 'arpu') AS arpu,
       max(value) FILTER (WHERE name = 'gross_margin') AS margin,
       max(value) FILTER (WHERE name = 'churn_rate') AS churn_rate
FROM inputs
GROUP BY example;

-- One customer for each movement: one leaves with what was lost, one halves, one stays with the rest and takes all
-- of the expansion. Where only movements are printed (ex09) nobody else is there.
CREATE TEMP TABLE summary AS
SELECT example, ccx.retention_agg(c.opening, c.closing, c.seen) AS s
FROM input,
     LATERAL (VALUES (churned, 0, true),
                     (2 * contraction, contraction, true),
                     (coalesce(input.opening, 2 * contraction + churned + 1) - 2 * contraction - churned,
                      coalesce(input.opening, 2 * contraction + churned + 1) - 2 * contraction - churned + expansion, true),
                     (0, reactivation, true),
                     (0, new, false)) AS c (opening, closing, seen)
WHERE churned IS NOT NULL
GROUP BY example;

INSERT INTO actual
SELECT v.metric, 'example=' || example, '', '', v.value
FROM summary JOIN input USING (example),
     LATERAL (VALUES ('nrr', ccx.nrr(s)),
                     ('grr', ccx.grr(s)),
                     ('gross_mrr_churn_rate', ccx.revenue_churn_rate(s)),
                     -- this one has the reactivations in it: the switch
                     ('net_mrr_churn_rate', 1 - ccx.nrr(s, true)),
                     ('net_mrr_change', ccx.expansion_mrr(s) - ccx.contraction_mrr(s) - ccx.churned_mrr(s))) AS v (metric, value)
WHERE input.opening IS NOT NULL
UNION ALL
SELECT 'quick_ratio', 'example=' || example, '', '', ccx.quick_ratio(s)
FROM summary JOIN input USING (example)
WHERE new IS NOT NULL;

-- the "Shopify" form is 1 − NRR of one day: its window, not another formula
INSERT INTO actual
SELECT 'net_mrr_churn_rate_daily', 'example=' || example, '', '', 1 - ccx.nrr(c.opening, c.closing)
FROM input, LATERAL (VALUES (start_mrr, end_mrr - new), (0, new)) AS c (opening, closing)
WHERE start_mrr IS NOT NULL
GROUP BY example;

INSERT INTO actual
SELECT 'mrr_from_plans', 'example=' || example, '', '', sum(n * ccx.monthly_amount(price, unit))
FROM input, LATERAL (VALUES (n_monthly, price_month, 'month'), (n_yearly, price_year, 'year')) AS plan (n, price, unit)
WHERE price_year IS NOT NULL
GROUP BY example;

INSERT INTO actual
SELECT 'logo_churn_rate', 'example=' || example, '', '', ccx.logo_churn_rate(1, CASE WHEN n > lost THEN 1 END)
FROM input, generate_series(1, customers::int) AS n
WHERE customers IS NOT NULL
GROUP BY example;

-- So many contracts were due and so many of them renewed, on the day; where only money is printed, it was one contract.
INSERT INTO actual
SELECT 'renewal_rate_count', 'example=' || example, '', '',
       ccx.logo_renewal_rate(ccx.renewal_agg(date '2024-03-31', 100, CASE WHEN n <= renewed THEN date '2024-03-31' END,
                                             CASE WHEN n <= renewed THEN 100 END, date '2024-04-01') FILTER (WHERE n IS NOT NULL))
FROM input LEFT JOIN LATERAL generate_series(1, due::int) AS n ON true
WHERE due IS NOT NULL
GROUP BY example
UNION ALL
SELECT 'renewal_rate_value', 'example=' || example, '', '',
       ccx.renewal_rate(ccx.renewal_agg(date '2024-03-31', due_mrr / greatest(due, 1), CASE WHEN n <= greatest(renewed, 1) THEN date '2024-03-31' END,
                                        CASE WHEN n <= greatest(renewed, 1) THEN renewed_mrr / greatest(renewed, 1) END, date '2024-04-01'))
FROM input, generate_series(1, greatest(due, 1)::int) AS n
WHERE due IS NOT NULL
GROUP BY example;

INSERT INTO actual
SELECT 'cac_payback_months', 'example=' || example, '', '', ccx.cac_payback_months(spend, new_customers * arpu, margin)
FROM input WHERE spend IS NOT NULL
UNION ALL
SELECT 'clv', 'example=' || example, '', '', ccx.ltv(arpu, churn_rate, margin)
FROM input WHERE churn_rate IS NOT NULL;

-- signals by number, as scores and weights
INSERT INTO actual
SELECT 'health_score', 'example=' || example, '', '', ccx.health_score(s.value, w.value)
FROM inputs AS s JOIN inputs AS w USING (example)
WHERE s.name LIKE 'score\_%' AND w.name = replace(s.name, 'score', 'weight')
GROUP BY example;

SELECT pg_temp.verdict('h14', :'case');

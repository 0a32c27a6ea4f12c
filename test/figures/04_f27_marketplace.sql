-- Cohorts of a marketplace, from its orders: activity, rolling retention and spend, by month and by week.
--   psql -X -v figures=../shared/data/figures -f test/figures/04_f27_marketplace.sql
\set case 04_f27_marketplace
\set ON_ERROR_STOP on
\ir setup.sql
\if :absent
\quit
\endif
\set folder :figures /04_f27_marketplace
\cd :folder
\i load.sql

-- More than half of the customers order in several cities, and a customer's first month in a city is not its first
-- month: cities are not disjoint in customers, so the whole is asked of the orders, not rolled up from the cities.
CREATE TEMP VIEW segmented AS
SELECT '' AS segment, orders.* FROM orders
UNION ALL
SELECT 'city=' || city, orders.* FROM orders;

CREATE TEMP TABLE by_month AS
SELECT segment, ccx.cohort_retention(customer_id, order_ts, 'month') AS m FROM segmented GROUP BY segment;

INSERT INTO actual
SELECT 'month_retention', segment, t.cohort, t.period, t.retention
FROM by_month, ccx.cohort_table(m, 'on', '2018-03-31') AS t
UNION ALL
SELECT 'month_retention_rolling', segment, t.cohort, t.period, t.retention
FROM by_month, ccx.cohort_table(m, 'on_or_after', '2018-03-31') AS t;

-- ISO weeks; 31 March 2018 is a Saturday, its week counts as observed
INSERT INTO actual
SELECT 'week_retention', 'city=' || city, t.cohort, t.period, t.retention
FROM (SELECT city, ccx.cohort_retention(customer_id, order_ts, 'week') AS m FROM orders WHERE city = 'Paris' GROUP BY city) AS w,
     ccx.cohort_table(m, 'on', '2018-03-31') AS t
WHERE t.period <= 12;

-- spend of a month ÷ spend of the first: net retention of dollar cohorts. The orders of a month add up.
INSERT INTO actual
SELECT 'month_spend_retention', segment, t.cohort, t.period, t.net_retention
FROM (SELECT segment, ccx.cohort_revenue_agg(h) AS m
      FROM (SELECT segment, customer_id, ccx.mrr_history(date_trunc('month', order_ts)::date, spend) AS h
            FROM segmented GROUP BY segment, customer_id) AS customer
      GROUP BY segment) AS spent,
     ccx.cohort_table(m, 'on', '2018-03-31') AS t;

-- the two-argument form counts rows: each order an "account" that pays
INSERT INTO actual
SELECT v.metric, '', '', '', v.value
FROM (SELECT ccx.retention_agg(NULL, spend) AS s FROM orders) AS all_orders,
     LATERAL (VALUES ('row_count', ccx.closing_customers(s)::numeric), ('spend_total', ccx.closing_mrr(s))) AS v (metric, value);

SELECT pg_temp.verdict('h04', :'case');

-- The same from stored activity.
CREATE TEMP TABLE stored AS
SELECT segment, customer_id, ccx.activity_agg(order_ts, 'month') AS a FROM segmented GROUP BY segment, customer_id;
DELETE FROM actual WHERE metric IN ('month_retention', 'month_retention_rolling');
INSERT INTO actual
SELECT v.metric, segment, t.cohort, t.period, t.retention
FROM (SELECT segment, ccx.cohort_agg(a) AS m FROM stored GROUP BY segment) AS g,
     LATERAL (VALUES ('month_retention', 'on'), ('month_retention_rolling', 'on_or_after')) AS v (metric, kind),
     ccx.cohort_table(m, v.kind, '2018-03-31') AS t;
SELECT pg_temp.verdict('h04', :'case' || ' from stored activity');

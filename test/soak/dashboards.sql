-- Readers, with SELECT on what they read.  Whatever a query sees adds up.

-- script retention weight 8
SELECT must('movements add up', count(*)) FROM v_movements
WHERE opening_mrr + new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churned_mrr <> closing_mrr
	OR opening_customers - churned_customers <> retained_customers OR retained_customers + new_customers + reactivation_customers <> closing_customers
	OR opening_mrr > 0 AND abs(nrr - retained_mrr / opening_mrr) > 0.000001;
SELECT period, sum(retained_mrr) / nullif(sum(opening_mrr), 0) AS nrr FROM v_movements GROUP BY period ORDER BY period;

-- script periods weight 4
SELECT must('a period closes where the next one opens', count(*)) FROM (
	SELECT period, sum(opening_mrr) AS opening, lag(sum(closing_mrr)) OVER (ORDER BY period) AS closed, lag(period) OVER (ORDER BY period) AS before
	FROM v_movements GROUP BY period) AS p
WHERE before = period - interval '1 month' AND opening <> closed;
SELECT period, opening_mrr, closing_mrr, nrr, logo_retention_low FROM v_quarter ORDER BY period;

-- script rollup weight 4
SELECT must('rolled-up summaries are the sums', count(*)) FROM (
	SELECT sum(opening_mrr) AS opening, sum(closing_customers) AS customers, rollup(summary) AS all_of_it FROM v_movements_data GROUP BY period) AS p
WHERE opening_mrr(all_of_it) <> opening OR closing_customers(all_of_it) <> customers;
SELECT nps(rollup(summary)), (nps_ci(rollup(summary))).* FROM v_survey_data;
SELECT km_median(rollup(summary)) FROM v_duration_data;
SELECT health_score(rollup(summary)) FROM v_health_data;

-- script history weight 3
SELECT must('customers add up to the rows of the view', count(*)) FROM (
	SELECT period, region, sum(opening) AS opening, sum(closing) AS closing, count(*) FILTER (WHERE movement = 'churn') AS churned FROM v_movements_customer_history GROUP BY period, region) AS h
FULL JOIN v_movements AS v USING (period, region)
WHERE coalesce(h.opening, 0) <> coalesce(v.opening_mrr, 0) OR coalesce(h.closing, 0) <> coalesce(v.closing_mrr, 0) OR coalesce(h.churned, 0) <> coalesce(v.churned_customers, 0);

-- script customer weight 5
\set c random(1, 2100)
SELECT customer, region, period, opening, closing, movement FROM v_movements_customer_history WHERE customer = (:c)::text ORDER BY period;
SELECT customer, region, change FROM v_movements_top_movers;

-- script cohorts weight 5
SELECT must('cohorts are whole', count(*)) FROM v_cohort WHERE active > eligible OR eligible > cohort_size OR active + 0.0 <> round(retention * eligible);
SELECT cohort, cohort_size, m0, m1, m6, m12 FROM v_cohort_wide ORDER BY cohort;
SELECT cohort, region, tier, m0, m3 FROM v_revenue_wide ORDER BY cohort, region, tier;
SELECT cohort, sum(mrr), sum(base_mrr) FROM v_revenue GROUP BY cohort ORDER BY cohort;

-- script voice weight 5
SELECT must('answers add up', count(*)) FROM v_survey WHERE promoters + passives + detractors <> responses OR abs(nps - 100.0 * (promoters - detractors) / responses) > 0.000001;
SELECT period, signal, nps, nps_low, nps_high FROM v_answers ORDER BY period, signal;
SELECT region, sum(responses) FROM v_survey_public WHERE NOT is_suppressed GROUP BY region;

-- script renewals weight 4
SELECT must('renewals add up', count(*)) FROM v_renewal WHERE renewed_renewals + lost_renewals <> due_renewals OR on_time_renewals > renewed_renewals;
SELECT due_on, sum(arr) FROM v_renewal_at_risk GROUP BY due_on ORDER BY due_on;
SELECT period, signal, starts, arrived, median_time FROM v_duration ORDER BY period, signal;

-- script health weight 4
SELECT must('scores are their quotients', count(*)) FROM v_health WHERE abs(health_score - weighted_score / nullif(present_weight, 0)) > 0.000001;
SELECT customer, health_score, worst_signal FROM v_health_at_risk LIMIT 20;
SELECT region, customers, health_band FROM v_health ORDER BY region;

-- script others weight 3
SELECT period, tier, nrr FROM v_subscription ORDER BY period, tier;
SELECT must('movements by segment add up', count(*)) FROM v_billing WHERE opening_mrr + new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churned_mrr <> closing_mrr;
SELECT period, opening_usage, closing_usage FROM v_usage ORDER BY period;
SELECT customer, usage_drop FROM v_usage_at_risk LIMIT 10;
SELECT period, nrr FROM v_converted ORDER BY period;

-- script one_snapshot_of_all weight 2
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SELECT must('rows and summaries are of one refresh', count(*)) FROM v_movements AS v FULL JOIN v_movements_data AS d USING (period, region)
WHERE v.nrr IS DISTINCT FROM metric_view_ratio(nrr(d.summary)) OR v.closing_mrr <> closing_mrr(d.summary);
\sleep 100 ms
SELECT must('published periods stay', (count(*) = 0)::int) FROM v_movements_published WHERE closed_period = '2024-03-01';
SELECT must('rows and summaries are of one refresh, later', count(*)) FROM v_movements AS v FULL JOIN v_movements_data AS d USING (period, region)
WHERE v.nrr IS DISTINCT FROM metric_view_ratio(nrr(d.summary)) OR v.closing_mrr <> closing_mrr(d.summary);
COMMIT;

-- script cursor weight 2
BEGIN;
DECLARE c CURSOR FOR SELECT period, region, nrr FROM v_movements ORDER BY period, region;
FETCH 5 FROM c;
\sleep 200 ms
FETCH ALL FROM c;
COMMIT;

-- script parallel weight 2
BEGIN;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT describe(mrr_movements_agg(customer, month, mrr, 'year', 'year')) FROM snapshot WHERE customer IS NOT NULL;
SELECT count(*), sum(closing_mrr(summary)), sum(opening_mrr(summary)) FROM v_movements_data;
SELECT region, count(*), logo_retention(rollup(m)) FROM (
	SELECT region, retention_agg(opening, closing) AS m FROM v_movements_customer_history WHERE period = '2024-06-01' GROUP BY region) AS r GROUP BY region;
COMMIT;

-- script age weight 4
SELECT must('it was refreshed at some time', (refreshed_at('v_movements') IS NULL OR staleness('v_cohort') IS NULL)::int);
SELECT count(*) FROM explain_metric_view('v_movements');
SELECT must('one view is for this reader to see', (count(*) <> 1)::int) FROM metric_views WHERE status IN ('refreshed', 'failed', 'stopped');

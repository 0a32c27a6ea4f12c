-- the same over numbers of months from a calendar, with the account joined before the window
WITH w AS (
	SELECT segment, region, customer, number, mrr, lag(mrr) OVER c AS mrr_before, lag(number) OVER c AS before, lead(number) OVER c AS next
	FROM mrr JOIN calendar USING (month) LEFT JOIN account USING (customer)
	WINDOW c AS (PARTITION BY customer ORDER BY number)
), n AS (
	SELECT segment, region, number, CASE WHEN before = number - 1 THEN mrr_before ELSE 0 END AS o, mrr AS c, before IS NULL AS is_new FROM w
	UNION ALL SELECT segment, region, number + 1, mrr, 0, false FROM w WHERE next IS DISTINCT FROM number + 1
)
SELECT m.month AS period, coalesce(a.segment, '(none)') AS segment, coalesce(a.region, '(none)') AS region,
	   sum(o) AS opening_mrr, coalesce(sum(c) FILTER (WHERE is_new), 0) AS new_mrr,
	   coalesce(sum(c) FILTER (WHERE o = 0 AND NOT is_new), 0) AS reactivation_mrr,
	   coalesce(sum(c - o) FILTER (WHERE o > 0 AND c > o), 0) AS expansion_mrr,
	   coalesce(sum(o - c) FILTER (WHERE c > 0 AND c < o), 0) AS contraction_mrr,
	   coalesce(sum(o) FILTER (WHERE c = 0), 0) AS churned_mrr, sum(c) AS closing_mrr,
	   coalesce(sum(c) FILTER (WHERE o > 0), 0) AS retained_mrr, coalesce(sum(least(o, c)), 0) AS gross_retained_mrr,
	   round(sum(c) FILTER (WHERE o > 0) / nullif(sum(o), 0), 6) AS nrr, round(sum(least(o, c)) / nullif(sum(o), 0), 6) AS grr,
	   round((count(*) FILTER (WHERE o > 0 AND c > 0))::numeric / nullif(count(*) FILTER (WHERE o > 0), 0), 6) AS logo_retention,
	   count(*) FILTER (WHERE o > 0) AS opening_customers, count(*) FILTER (WHERE is_new) AS new_customers,
	   count(*) FILTER (WHERE o = 0 AND NOT is_new) AS reactivation_customers,
	   count(*) FILTER (WHERE o > 0 AND c > o) AS expansion_customers, count(*) FILTER (WHERE c > 0 AND c < o) AS contraction_customers,
	   count(*) FILTER (WHERE c = 0) AS churned_customers, count(*) FILTER (WHERE c > 0) AS closing_customers,
	   count(*) FILTER (WHERE o > 0 AND c > 0) AS retained_customers
FROM n AS a JOIN calendar AS m USING (number)
WHERE m.month > '2022-01-01' AND m.month <= '2024-12-01'
GROUP BY 1, 2, 3

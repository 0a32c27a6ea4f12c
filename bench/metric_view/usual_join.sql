-- each month joined with the one before
WITH seen AS (
	SELECT customer, min(month) AS since FROM mrr GROUP BY customer
), m AS (
	SELECT coalesce(o.customer, c.customer) AS customer, coalesce(c.month, o.after) AS month, coalesce(o.mrr, 0) AS o, coalesce(c.mrr, 0) AS c,
		   o.mrr IS NULL AND c.month = since AS is_new
	FROM (SELECT customer, (month + interval '1 month')::date AS after, mrr FROM mrr) AS o
	FULL JOIN mrr AS c ON c.customer = o.customer AND c.month = o.after
	LEFT JOIN seen ON seen.customer = c.customer
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
FROM m LEFT JOIN account AS a USING (customer)
WHERE m.month > '2022-01-01' AND m.month <= '2024-12-01'
GROUP BY 1, 2, 3
